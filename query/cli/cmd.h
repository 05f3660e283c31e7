/* The subcommands that search an index, one a file, and what they share. */
#ifndef NG_QUERY_CLI_CMD_H
#define NG_QUERY_CLI_CMD_H

#include "common/cli/cli.h"
#include "common/cli/options.h"
#include "query/include/ngidx.h"

extern const struct ng_cli_command ng_cmd_count;
extern const struct ng_cli_command ng_cmd_locate;
extern const struct ng_cli_command ng_cmd_doc;
extern const struct ng_cli_command ng_cmd_export;
extern const struct ng_cli_command ng_cmd_stats;
extern const struct ng_cli_command ng_cmd_verify;
extern const struct ng_cli_command ng_cmd_serve;
extern const struct ng_cli_command ng_cmd_contam;
extern const struct ng_cli_command ng_cmd_trace;

/* A NUL-terminated argument as a phrase. */
struct ng_bytes ng_cmd_phrase(const char *argument);

struct ng_json;

/* Writes the members "metadata" and "source" of a document. */
void ng_cmd_json_source(struct ng_json *json, const struct ng_doc_source *source);

#endif
