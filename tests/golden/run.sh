#!/bin/bash
# Decodes indexes with tests/golden/decode.py, which was written from common/FORMAT.md: run.sh. The program that builds
# them is $NGIDX (default build/ngidx).
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/support/run_scripts.sh
. tests/support/run_scripts.sh
NGIDX=$(realpath "${NGIDX:-build/ngidx}")
export NGIDX GOLDEN=$PWD/tests/golden
run_scripts "$GOLDEN"
