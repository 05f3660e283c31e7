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
extern const struct ng_cli_command ng_cmd_remove;
extern const struct ng_cli_command ng_cmd_compact;
extern const struct ng_cli_command ng_cmd_count;
extern const struct ng_cli_command ng_cmd_locate;
extern const struct ng_cli_command ng_cmd_next;
extern const struct ng_cli_command ng_cmd_compare;
extern const struct ng_cli_command ng_cmd_doc;
extern const struct ng_cli_command ng_cmd_export;
extern const struct ng_cli_command ng_cmd_stats;
extern const struct ng_cli_command ng_cmd_verify;
extern const struct ng_cli_command ng_cmd_serve;
extern const struct ng_cli_command ng_cmd_contam;
extern const struct ng_cli_command ng_cmd_bulletin;
extern const struct ng_cli_command ng_cmd_trace;

/* A NUL-terminated argument as a phrase. */
static inline struct ng_bytes ng_cmd_phrase(const char *argument) {
    return (struct ng_bytes){(const uint8_t *)argument, strlen(argument)};
}

/* Begins an object on standard output, and ends it, with its line. Errors: NG_ERR_NOMEM; then json is not to be ended. */
static inline int ng_cmd_json_begin(struct ng_json *json, struct ng_err *err) {
    int status = ng_json_init(json, stdout, err);
    if (!status) ng_json_object_begin(json);
    return status;
}

static inline int ng_cmd_json_end(struct ng_json *json) {
    ng_json_object_end(json);
    ng_json_end_line(json);
    ng_json_free(json);
    return NG_OK;
}

#endif
