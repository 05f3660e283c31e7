/* The subcommands, one a file, and what they share. */
#ifndef NG_QUERY_CLI_CMD_H
#define NG_QUERY_CLI_CMD_H

#include <string.h>

#include "common/cli/cli.h"
#include "common/cli/options.h"
#include "common/json/out.h"
#include "query/args/view.h"
#include "query/include/ngidx.h"

extern const struct ng_cli_command ng_cmd_build;
extern const struct ng_cli_command ng_cmd_append;
extern const struct ng_cli_command ng_cmd_merge;
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
static inline struct ng_bytes ng_cmd_phrase(const char *argument) {
    return (struct ng_bytes){(const uint8_t *)argument, strlen(argument)};
}

/* Writes the members "metadata" and "source" of a document. */
static inline void ng_cmd_json_source(struct ng_json *json, const struct ng_doc_source *source) {
    ng_json_origin(json, source->metadata, (size_t)source->metadata_bytes, source->path, source->line);
}

#endif
