/*
 * The inside of tracing. Internal to the query library; the contract is in ngidx_contam.h.
 *
 *   trace.c   the calls; pieces counted, with their documents
 *   pieces.c  the pieces of a text that occur
 *   folded.c  folded text, and the way back from it
 *   rank.c    documents in the order of how much they share with the text
 */
#ifndef NG_QUERY_TRACE_TRACE_H
#define NG_QUERY_TRACE_TRACE_H

#include "query/contam/hits.h"
#include "query/contam/work.h"

/* Bytes [begin, end) of the text. */
struct ng_trace_range {
    uint64_t begin;
    uint64_t end;
};

/* A document that holds a piece: the first hit there. */
struct ng_trace_holding {
    struct ng_contam_hit hit;
    size_t span;
};

/* The search for pieces. */
struct ng_tracing {
    const struct ng_index *const *indexes;
    size_t index_count;
    const struct ng_trace_options *options;
    struct ng_watch watch;
    struct ng_contam_room room;
    struct ng_bytes text;
    const uint8_t *cuts;    /* text.length_bytes + 1 flags: a piece that begins or ends here would cut a word; NULL: may */
    struct ng_buf ranges;   /* of struct ng_trace_range: the pieces found; owned, as are the holdings */
    struct ng_buf holdings; /* of struct ng_trace_holding, if documents are ranked */
    uint64_t lf_steps;
};

/* Finds the maximal pieces, in order. Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT, NG_ERR_CANCELLED. */
int ng_trace_find_pieces(struct ng_tracing *tracing, struct ng_err *err);

/* Marks where a text's words would be cut: length_bytes + 1 flags, which the caller frees. Errors: NG_ERR_NOMEM. */
int ng_trace_find_cuts(struct ng_bytes text, uint8_t **cuts, struct ng_err *err);

/* Finds, counts and shows the pieces of the text, which is searched as it is. Errors: as ng_trace_text. */
int ng_trace_search(struct ng_tracing *tracing, struct ng_trace *trace, struct ng_err *err);

/* Makes trace->documents of the holdings. The places of spans in the text given are set by now. Errors: those of
 * ng_contam_evidence_load. */
int ng_trace_rank(struct ng_tracing *tracing, struct ng_trace *trace, struct ng_err *err);

/* As ng_trace_search and ng_trace_rank, by folded text; tracing->text is the text given. */
int ng_trace_search_folded(struct ng_tracing *tracing, struct ng_trace *trace, struct ng_err *err);

/* Sums up which characters of the text are in any span. */
void ng_trace_sum(struct ng_trace *trace);

#endif
