/* The subcommand "build". */
#ifndef NG_INDEXER_CMD_BUILD_H
#define NG_INDEXER_CMD_BUILD_H

#include "common/cli.h"

extern const struct ng_cli_command ng_cmd_build;

#endif
