/*
 * Plans the backward searches that decide the windows of a text in one shard and find its longest match, with as few
 * searches as possible. Internal to the query library.
 *
 * A search starts at the end of the first undecided window. If it fails, it rules out every window that contains the
 * failed piece. If a long piece of the text occurs, one search from its end settles all windows inside. The same
 * reasoning certifies the longest match: M bytes are the longest once every piece of M + 1 bytes contains a piece that
 * is known to fail. Searches that end near each other mostly converge, and then share the rest of their steps
 * (probe.h). Results remembered from other texts save searches, too (memo.h).
 */
#ifndef NG_QUERY_MATCH_LONGEST_H
#define NG_QUERY_MATCH_LONGEST_H

#include "query/match/bounds.h"
#include "query/match/memo.h"
#include "query/match/probe.h"
#include "query/match/windows.h"

/* The verdict on a window in one index. */
enum { NG_VERDICT_OPEN, NG_VERDICT_FOUND, NG_VERDICT_ABSENT };

/* Windows of one length, and what earlier shards or texts say about each. */
struct ng_plan_windows {
    const struct ng_windows *windows;
    uint8_t *verdicts; /* the plan decides the open ones for its shard, and sets NG_VERDICT_FOUND for those it finds */
};

/* A match in one of several texts. */
struct ng_plan_match {
    uint64_t text; /* number of the text */
    uint64_t begin;
    uint64_t length_bytes;
    const struct ng_shard *shard; /* where a search found it; NULL: the path is not known */
    struct ng_probe_path path;    /* of that search */
};

struct ng_plan {
    /* The caller sets these for each text; borrowed. */
    struct ng_bytes text;
    uint64_t text_number;
    const struct ng_shard *shard;
    struct ng_memo *memo; /* of that shard */
    struct ng_watch *watch; /* if it stops the plan, no result is valid */
    const struct ng_plan_windows *lengths;
    size_t length_count;
    struct ng_plan_match *longest; /* replaced by the text's longest match if that is longer, or as long and earlier */

    /* Progress. */
    struct ng_known known;
    int stage;
    size_t length;   /* the index in lengths whose windows are being decided */
    uint64_t window; /* the first undecided */
    bool spread;     /* the neighbour of that window was found: try distant ends first */
    uint64_t piece;  /* first begin for which a longer match is possible */
    uint64_t least;  /* initially, the shortest match to look for */
    uint64_t reach;  /* how many bytes longer the next match to try is */
};

/* Starts a text. The fields above are set; memory of the previous text is reused. */
void ng_plan_start(struct ng_plan *plan);

/* Takes the answer to the last probe (none if probe->text is NULL) and sets the next probe that the memo does not
 * answer. When everything is decided, *more is false and probe->text is NULL. Errors: NG_ERR_NOMEM. */
int ng_plan_next(struct ng_plan *plan, struct ng_probe *probe, bool *more, struct ng_err *err);

/* True if a is longer than b, or as long and in an earlier place. */
bool ng_plan_match_before(const struct ng_plan_match *a, const struct ng_plan_match *b);

/* Idempotent. */
void ng_plan_free(struct ng_plan *plan);

#endif
