/*
 * The inside of tracing. Internal to the query library; the contract is in ngidx_contam.h.
 *
 *   trace.c   the calls; pieces counted, with their documents
 *   pieces.c  the pieces of a text that occur; seek.c what to search for to find them; far.c in indexes elsewhere
 *   folded.c  folded text, and the way back from it
 *   rank.c    documents in the order of how much they share with the text
 */
#ifndef NG_QUERY_TRACE_TRACE_H
#define NG_QUERY_TRACE_TRACE_H

#include "query/contam/hits.h"
#include "query/contam/work.h"

/* A document that holds a piece, by its first hit. */
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
    struct ng_buf ranges;   /* of struct ng_call_range: the pieces found; owned, as are the holdings */
    struct ng_buf holdings; /* of struct ng_trace_holding, if documents are ranked */
    uint64_t lf_steps;
};

/* The search for pieces that begin in a part of the text. It finds one after the other, each as long as possible. When
 * it looks for a piece from begin, it knows the pieces from all earlier begins; a piece that ends at most at done lies
 * within one of these. */
struct ng_seek {
    struct ng_bytes text;
    uint64_t min_chars;
    uint64_t begin;  /* of the piece that is looked for */
    uint64_t limit;  /* pieces that begin here or later are not looked for */
    uint64_t done;
    bool found;      /* text[begin, end) occurs, */
    uint64_t end;
    uint64_t absent; /* and text[begin, absent) does not */
    bool leaping;    /* each question doubles the length */
    uint64_t asked;  /* the question is whether text[begin, asked) occurs */
    bool over;
};

/* Sets the next question, unless the search is over. Appends the piece that was found, if it cannot be longer, to ranges.
 * Errors: NG_ERR_NOMEM. */
int ng_seek_ask(struct ng_seek *seek, struct ng_buf *ranges, struct ng_err *err);

/* Takes the answer: whether it occurs. If not, no piece that ends at asked begins before low, which is over begin. */
void ng_seek_take(struct ng_seek *seek, bool occurs, uint64_t low);

/* Adds to counts[i] how often the last i + 1 bytes of the range occur in an index that is here. Errors: NG_ERR_CORRUPT,
 * NG_ERR_CANCELLED. */
int ng_trace_add_suffixes(const struct ng_index *view, struct ng_bytes text, struct ng_call_range range, uint64_t *counts,
                          uint64_t *lf_steps, struct ng_watch *watch, struct ng_err *err);

/* Appends to tracing->ranges the pieces that occur min_count times in all indexes, some of which are elsewhere. If
 * min_count is 1, appends only the pieces that occur in the indexes elsewhere. Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT,
 * NG_ERR_CANCELLED, NG_ERR_REMOTE. */
int ng_trace_find_far(struct ng_tracing *tracing, struct ng_err *err);

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
