/* The subcommands that make indexes: "build", "append", "merge". */
#ifndef NG_QUERY_CLI_BUILD_H
#define NG_QUERY_CLI_BUILD_H

#include "common/cli/cli.h"

extern const struct ng_cli_command ng_cmd_build;
extern const struct ng_cli_command ng_cmd_append;
extern const struct ng_cli_command ng_cmd_merge;

#endif
