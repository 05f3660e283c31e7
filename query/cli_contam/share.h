/* A check that tasks share: --task leaves a part, "contam gather" makes the report of all parts. Part of the subcommand
 * contam. */
#ifndef NG_QUERY_CLI_CONTAM_SHARE_H
#define NG_QUERY_CLI_CONTAM_SHARE_H

#include "query/cli_contam/contam.h"
#include "query/shares/shares.h"

/* Zero-initialised memory is a check that is not shared. */
struct ng_cmd_share {
    const struct ng_cmd_contam *command;
    char **facts; /* what has to be the same in all parts; owned */
    size_t fact_count;
    uint64_t shards; /* of all indexes, */
    uint64_t *ends;  /* of each task, where its shards end; owned */
    struct ng_shares_writer *writer; /* of a task; owned */
    bool was_there;  /* the part was, and there is nothing to do */
};

/* Whether a command is one of several tasks: it searches its shards, and neither judges nor reports. */
bool ng_cmd_share_is_task(const struct ng_cmd_contam *command);

/* Starts the part of a task, unless it is there; or checks that the gathered parts are of these indexes and benchmarks.
 * Does nothing for a check that is not shared. Free share with ng_cmd_share_close also after an error. Errors:
 * NG_ERR_USAGE, NG_ERR_INPUT (a part is of another check), those of ng_shares_create. */
int ng_cmd_share_open(struct ng_cmd_share *share, const struct ng_cmd_contam *command,
                      const struct ng_report_benchmark *benchmarks, size_t count, struct ng_err *err);

/* Adds to the part of a task what its shards hold of entries. Errors: those of searching and writing. */
int ng_cmd_share_search(struct ng_cmd_share *share, struct ng_contam *contam, const struct ng_contam_entry *entries,
                        size_t count, struct ng_err *err);

/* Gives the next entries their shares from all parts. The caller frees *given. Errors: NG_ERR_CORRUPT, NG_ERR_NOMEM. */
int ng_cmd_share_give(struct ng_cmd_share *share, struct ng_contam_entry *entries, size_t count,
                      struct ng_contam_share **given, struct ng_err *err);

/* Seals the part of a task, and says so; or checks that all of the parts was used. Errors: those of ng_shares_finish,
 * NG_ERR_CORRUPT. */
int ng_cmd_share_finish(struct ng_cmd_share *share, struct ng_err *err);

/* When the first of the gathered parts was begun. */
const char *ng_cmd_share_date(const struct ng_cmd_share *share);

/* Idempotent. */
void ng_cmd_share_close(struct ng_cmd_share *share);

#endif
