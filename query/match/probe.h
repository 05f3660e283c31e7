/*
 * Backward searches that depend on what the ones before have found, many side by side. Internal to the query
 * library.
 *
 * A probe searches text[?, end) backwards, and ends where the next byte does not occur, or at a bound. Many of them are
 * under way at a time, interleaved, each lane asking its owner for its next probe when one has ended.
 */
#ifndef NG_QUERY_MATCH_PROBE_H
#define NG_QUERY_MATCH_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/shard/shard.h"
#include "query/include/ngidx.h"

enum {
    NG_PROBE_MAX_LANES = NG_RANK_BATCH,
    NG_PROBE_COUNTS = 32
};

/* Where a search has been. Of text[begin, end), counts[k] tells how often the last k bytes occur; 0: that was not looked
 * at, or it is more than 255 times. */
struct ng_probe_path {
    uint64_t begin;
    uint64_t end;
    bool failed;             /* text[begin - 1, end) does not occur */
    struct ng_interval rows; /* of text[begin, end) */
    uint8_t counts[NG_PROBE_COUNTS];
};

struct ng_probe {
    const uint8_t *text; /* borrowed; holds no terminator byte in [bound, end) */
    uint64_t end;
    uint64_t bound; /* search no further than here; <= end */
    /* What is known of pieces of the same text in the same shard that end near here; borrowed; NULL: nothing. Where
     * text[at, end) occurs as often as text[at, near->end), one being a part of the other, they occur in the same
     * places, so that the search ends as the other one did: without another step, and perhaps beyond its bound. */
    const struct ng_probe_path *near[2];
    bool met_before; /* the bytes before its end were searched for before, as a memo sees it (memo.h) */

    /* The answer: text[path.begin, end) occurs. Either path.failed, or path.begin <= bound; if below it, then
     * text[bound, end) occurs as often. path.end is end. */
    struct ng_probe_path path;
};

/* Takes note of the answer in *probe, if probe->text is not NULL, and puts the next probe of that lane there. False:
 * the lane has no more. Before its first probe a lane's probe->text is NULL. */
typedef bool ng_probe_next(void *context, size_t lane, struct ng_probe *probe);

/* Runs so many lanes, up to NG_PROBE_MAX_LANES, until none has another probe. In each round all lanes take a step; then,
 * in the order of their numbers, those whose probe has ended ask for the next. *lf_steps grows by the steps of backward
 * search made (a look-up in the jump table is none). Damage is recorded in the shard. Where the watch stops it, lanes
 * are left as they are. */
void ng_probe_run(const struct ng_shard *shard, size_t lane_count, ng_probe_next *next, void *context,
                  uint64_t *lf_steps, struct ng_watch *watch);

/* The same for probes that are known beforehand. Their answers mean nothing before ng_shard_outcome said that all is
 * well. */
void ng_probe_list(const struct ng_shard *shard, struct ng_probe *probes, size_t count, uint64_t *lf_steps,
                   struct ng_watch *watch);

#endif
