/*
 * Which backward searches decide the windows of a text, and find its longest match, in one shard: as few as can be.
 * Internal to the query library.
 *
 * A search from the end of the first undecided window that fails rules out every window that holds the piece that
 * failed; where a text occurs at length, one search from far behind settles all windows inside. The longest match is
 * certified the same way: M bytes are the longest once every piece of M + 1 bytes holds a piece that is known to fail.
 * Searches that end near each other mostly come together on their way, and then need not go it twice (probe.h). What is
 * remembered from other texts is not searched for again (memo.h).
 */
#ifndef NG_QUERY_MATCH_LONGEST_H
#define NG_QUERY_MATCH_LONGEST_H

#include "query/match/bounds.h"
#include "query/match/memo.h"
#include "query/match/probe.h"
#include "query/match/windows.h"

/* The verdict on a window in one index. */
enum { NG_VERDICT_OPEN, NG_VERDICT_FOUND, NG_VERDICT_ABSENT };

/* Windows of one length, and what is known of each from shards or texts before. */
struct ng_plan_windows {
    const struct ng_windows *windows;
    uint8_t *verdicts; /* open ones are decided by the plan for its shard; those it finds become NG_VERDICT_FOUND */
};

/* A match in one of several texts. */
struct ng_plan_match {
    uint64_t text; /* its number */
    uint64_t begin;
    uint64_t length_bytes;
    const struct ng_shard *shard; /* where a search has found it; NULL: the path is not known */
    struct ng_probe_path path;    /* of that search */
};

struct ng_plan {
    /* To be set for each text; borrowed. */
    struct ng_bytes text;
    uint64_t text_number;
    const struct ng_shard *shard;
    struct ng_memo *memo; /* of that shard */
    struct ng_watch *watch; /* where it stops the plan, nothing that is found means anything */
    const struct ng_plan_windows *lengths;
    size_t length_count;
    struct ng_plan_match *longest; /* becomes the text's, where that is longer, or as long and before */

    /* Progress. */
    struct ng_known known;
    int stage;
    size_t length;   /* the one whose windows are being decided */
    uint64_t window; /* the first undecided */
    bool spread;     /* its neighbour was found: try far ends first */
    uint64_t piece;  /* first begin for which a longer match is possible */
    uint64_t least;  /* the shortest match to look for, at first */
    uint64_t reach;  /* how many bytes longer a match to try for */
};

/* Starts on a text, whose fields above are set; keeps the memory of the one before. */
void ng_plan_start(struct ng_plan *plan);

/* Takes the answer to the last probe (none where probe->text is NULL) and sets the next one that the memo does not
 * answer. *more is false when all is decided, and probe->text then NULL. Errors: NG_ERR_NOMEM. */
int ng_plan_next(struct ng_plan *plan, struct ng_probe *probe, bool *more, struct ng_err *err);

/* True where a is the longer match, or as long and in an earlier place. */
bool ng_plan_match_before(const struct ng_plan_match *a, const struct ng_plan_match *b);

/* Idempotent. */
void ng_plan_free(struct ng_plan *plan);

#endif
