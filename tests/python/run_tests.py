"""Runs the test modules that are named, or all, and ends with the line that tests/run reads."""

import os
import pathlib
import sys
import unittest

# Programs that tests start have sanitizers of their own.
os.environ["PYTHON_PRELOAD"] = os.environ.pop("LD_PRELOAD", "")  # for a Python that loads the library, too

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here))
names = [f"test_{name}" for name in sys.argv[1:]] or sorted(path.stem for path in here.glob("test_*.py"))
result = unittest.TextTestRunner(verbosity=1).run(unittest.defaultTestLoader.loadTestsFromNames(names))
for test, reason in result.skipped:
    print(f"skip {test.id()} {reason}")
failed = len({test.id() for test, _ in result.failures + result.errors})
passed = result.testsRun - failed - len(result.skipped)
print(f"{passed} passed, {failed} failed, {len(result.skipped)} skipped", flush=True)
sys.exit(failed > 0)
