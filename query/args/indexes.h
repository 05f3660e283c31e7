/* The indexes that a command was given, each with a name: -i NAME=INDEX, or -i INDEX, any number of times. */
#ifndef NG_QUERY_ARGS_INDEXES_H
#define NG_QUERY_ARGS_INDEXES_H

#include "common/base/err.h"
#include "common/base/limits.h"
#include "common/json/out.h"
#include "query/include/ngidx.h"
#include "query/remote/remote.h"
#include "query/report/report.h"

struct ng_cmd_indexes {
    struct ng_report_index named[NG_MAX_CONTAM_INDEXES]; /* names are owned, paths borrowed */
    const struct ng_index *indexes[NG_MAX_CONTAM_INDEXES];
    const struct ng_index *views[NG_MAX_CONTAM_INDEXES]; /* once they were chosen */
    size_t count;
    struct ng_remote_options remote; /* how parts that are served elsewhere are asked; no timeout: the default */
    char *token;                     /* owned */
};

/* For a command's table of options. */
#define NG_CMD_OPTION_INDEXES(indexes) \
    {.name = "index", .letter = 'i', .take = ng_cmd_indexes_take, .to = (indexes), .free = ng_cmd_indexes_close}

/* Likewise, for commands that can do without some parts of an index that is served elsewhere; and for those that cannot. */
#define NG_CMD_OPTIONS_REMOTE_WHOLE(indexes)                                                                       \
    {.name = "token-file", .take = ng_cmd_indexes_take_token, .to = (indexes)},                                     \
        {.name = "part-timeout", .number = &(indexes)->remote.timeout_seconds, .least = 1, .most = 86400}
#define NG_CMD_OPTIONS_REMOTE(indexes)                                                                             \
    NG_CMD_OPTIONS_REMOTE_WHOLE(indexes), {.name = "allow-partial", .flag = &(indexes)->remote.allow_partial}

/* Their help. */
#define NG_CMD_HELP_REMOTE_WHOLE                                                                                    \
    "\n"                                                                                                            \
    "An index served by other machines: -i NAME=http://HOST:PORT/NAME,http://HOST:PORT/NAME,... are its parts, in\n"  \
    "order, each served by ngidxd; replicas of a part, which are tried in turn, are separated by '|'.\n"              \
    "      --token-file FILE    the token that these servers require\n"                                             \
    "      --part-timeout SECONDS\n"                                                                               \
    "                           time for a part to answer (default 20)\n"
#define NG_CMD_HELP_REMOTE                                                                                          \
    NG_CMD_HELP_REMOTE_WHOLE                                                                                        \
    "      --allow-partial    go on without parts that do not answer, and say which (default: an error)\n"

int ng_cmd_indexes_take_token(const char *path, void *indexes, struct ng_err *err);

/* Tells on standard error which parts did not answer. */
void ng_cmd_indexes_tell_missing(const struct ng_cmd_indexes *indexes);

/* Writes the member missing_parts, if some did not answer. */
void ng_cmd_indexes_put_missing(const struct ng_cmd_indexes *indexes, struct ng_json *json);

/* Adds the argument of an option -i to the struct ng_cmd_indexes at indexes; for a table of options.
 * Errors: NG_ERR_USAGE (a name twice, too many), NG_ERR_NOMEM. */
int ng_cmd_indexes_take(const char *argument, void *indexes, struct ng_err *err);

/* Refuses an index that is served elsewhere, before it is opened: it cannot do what. Errors: NG_ERR_USAGE. */
int ng_cmd_indexes_refuse_remote(const struct ng_cmd_indexes *indexes, const char *what, struct ng_err *err);
int ng_cmd_indexes_refuse_address(const char *path, const char *what, struct ng_err *err);

/* Adds the default index where none was given. Errors: NG_ERR_NOMEM. */
int ng_cmd_indexes_settle(struct ng_cmd_indexes *indexes, struct ng_err *err);

/* The same, and opens all of them. Errors: those of ng_index_open. */
int ng_cmd_indexes_open(struct ng_cmd_indexes *indexes, struct ng_err *err);

/* Chooses the view of a name in each; with name NULL the exact one where all have it, else the folded one, which a
 * message tells. Errors: those of ng_index_choose_view. */
int ng_cmd_indexes_choose(struct ng_cmd_indexes *indexes, const char *name, struct ng_err *err);

/* The index of a name; NULL where there is none. */
const struct ng_report_index *ng_cmd_indexes_find(const struct ng_cmd_indexes *indexes, const char *name, size_t length);

/* Closes the struct ng_cmd_indexes at indexes. Idempotent. */
void ng_cmd_indexes_close(void *indexes);

#endif
