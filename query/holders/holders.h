/*
 * Which documents hold an entry's text, and where: what one takes out of a corpus. Internal to the query library; the
 * contract is in ngidx_contam.h.
 *
 *   candidates.c  windows that count: long ones, and short ones as in query/contam/judge.c
 *   pieces.c      where they occur: neighbours in one search
 *   widen.c       wider as far as text and document agree
 *   weigh.c       how much each document holds, and which of them are needed
 *   find.c        the call: each thread takes many entries at a time, which are searched side by side
 */
#ifndef NG_QUERY_HOLDERS_HOLDERS_H
#define NG_QUERY_HOLDERS_HOLDERS_H

#include "query/contam/work.h"

/* Occurrences of a piece that are looked at, and pieces of an entry. */
enum { NG_HOLDERS_HITS = 1024, NG_HOLDERS_PIECES = 1 << 20 };

/* A piece of an entry's text that stands in a document, in bytes of the text and the document that are searched. */
struct ng_holders_piece {
    uint64_t document; /* ng_contam_document */
    uint64_t offset;   /* in the document */
    uint64_t text;
    uint64_t begin; /* in the text */
    uint64_t end;
};

/* An entry whose documents are looked for. */
struct ng_holders_search {
    const struct ng_contam *contam;
    struct ng_contam_work *work;
    struct ng_contam_cost *cost;
    bool guarded;  /* common text does not count as found, */
    bool left_out; /* and there is some, which does not belong to the whole either */
    bool small;    /* short windows were looked for, too */
    bool cut;      /* there are more pieces than were looked at */
    struct ng_buf pieces; /* of struct ng_holders_piece; owned */
    size_t held;   /* the first of them, by which short windows are looked for */
};

/* Entries that are searched side by side: all of one check, with one cost. */
struct ng_holders_list {
    const struct ng_contam *contam;
    struct ng_contam_cost *cost;
    struct ng_holders_search **searches; /* owned */
    size_t count;
};

/* The windows of a text, long or short ones: size is NG_CONTAM_LONG or NG_CONTAM_SMALL. */
static inline const struct ng_windows *ng_holders_windows(const struct ng_contam_text *text, int size) {
    return size == NG_CONTAM_SMALL ? &text->small : &text->windows[0];
}

/* Counts all long windows and tells which are common text: sets their facts, guarded and left_out.
 * Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT, NG_ERR_CANCELLED, NG_ERR_LIMIT. */
int ng_holders_count(const struct ng_holders_list *list, struct ng_err *err);

/* The same for short windows of NG_PRESET_FOLDED; sets small. */
int ng_holders_count_small(const struct ng_holders_list *list, struct ng_err *err);

/* Whether window i of a text is one to look for. */
static inline bool ng_holders_counts(const struct ng_holders_search *search, const struct ng_contam_text *text, int size,
                                     uint64_t i) {
    const struct ng_contam_fact *fact = &text->facts[size][i];
    return fact->count > 0 && !(search->guarded && ng_contam_is_common(fact));
}

/* Finds the pieces where long windows occur, in the order of documents, texts and begins. Errors: as above. */
int ng_holders_find_pieces(const struct ng_holders_list *list, struct ng_err *err);

/* Adds those where short windows occur in the same documents. Errors: as above. */
int ng_holders_find_small(const struct ng_holders_list *list, struct ng_err *err);

/* Widens the pieces as far as text and document agree, and keeps one of those that lie within each other. Errors: as
 * above. */
int ng_holders_widen(const struct ng_holders_list *list, struct ng_err *err);

/* Makes the documents of the pieces. Errors: NG_ERR_NOMEM. */
int ng_holders_weigh(const struct ng_holders_search *search, struct ng_contam_holders *holders, struct ng_err *err);

#endif
