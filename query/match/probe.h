/*
 * Backward searches that depend on the results of earlier ones, many side by side. Internal to the query library.
 *
 * A probe searches backwards from the end of text[?, end). It stops when the longer string no longer occurs, or at a
 * bound. Many probes run interleaved, one per lane. When its probe has ended, a lane asks its owner for the next one.
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

/* The path of a search. counts[k] is the number of occurrences of the last k bytes of text[begin, end); 0: not counted,
 * or more than 255. */
struct ng_probe_path {
    uint64_t begin;
    uint64_t end;
    bool failed;             /* text[begin - 1, end) does not occur */
    struct ng_interval rows; /* of text[begin, end), by their ranks among the living */
    uint8_t counts[NG_PROBE_COUNTS];
};

struct ng_probe {
    const uint8_t *text; /* borrowed; holds no terminator byte in [bound, end) */
    uint64_t end;
    uint64_t bound; /* search no further than here; <= end */
    uint64_t few;   /* or until text[path.begin, end) occurs at most so often */
    /* Paths of searches in the same text and shard that ended near here; borrowed; NULL: none. One of text[at, end) and
     * text[at, near->end) is part of the other. If both occur equally often, they occur in the same places. The search
     * then ends as the other one did, without another step and perhaps beyond its bound. */
    const struct ng_probe_path *near[2];
    bool met_before; /* a memo has seen the bytes before end already (memo.h) */

    /* The answer: text[path.begin, end) occurs. Either path.failed is set, or path.begin <= bound, or it occurs at most
     * few times; if path.begin is below bound, text[bound, end) occurs just as often. path.end is end. */
    struct ng_probe_path path;
};

/* Takes the answer in *probe, unless probe->text is NULL, and puts the lane's next probe there. Returns false if the
 * lane has no more. Before a lane's first probe, probe->text is NULL. */
typedef bool ng_probe_next(void *context, size_t lane, struct ng_probe *probe);

/* Runs lane_count lanes, up to NG_PROBE_MAX_LANES, until none has another probe. In each round every lane takes a step;
 * then the lanes whose probe has ended ask for the next, in the order of their numbers. *lf_steps grows by the number
 * of steps of backward search (a look-up in the jump table is not a step). Damage is recorded in the shard. If the
 * watch stops the run, the lanes stay as they are. */
void ng_probe_run(const struct ng_shard *shard, size_t lane_count, ng_probe_next *next, void *context,
                  uint64_t *lf_steps, struct ng_watch *watch);

/* As ng_probe_run, for probes that are known in advance. Their answers are valid only once ng_shard_outcome has
 * returned NG_OK. */
void ng_probe_list(const struct ng_shard *shard, struct ng_probe *probes, size_t count, uint64_t *lf_steps,
                   struct ng_watch *watch);

#endif
