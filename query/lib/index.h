/*
 * An open index: its manifest and shards. Internal to the query library.
 */
#ifndef NG_QUERY_LIB_INDEX_H
#define NG_QUERY_LIB_INDEX_H

#include "common/shard/manifest.h"
#include "common/shard/shard.h"
#include "query/include/ngidx.h"
#include "query/lib/calls.h"

struct ng_index_shard {
    struct ng_shard shard;   /* its rows are named by their ranks among living rows (common/shard/removed.h) */
    uint64_t first_document; /* number of its first document in the index */
};

struct ng_index {
    const struct ng_index_calls *calls; /* if its parts are elsewhere, where shards hold only sizes; else NULL */
    struct ng_parts *parts;             /* for the calls */
    _Atomic uint64_t *missing;          /* bits of the parts that this handle missed; owned by the handle; NULL without calls */
    struct ng_manifest manifest; /* lists the shards of this view; its sums count removed documents, too */
    uint64_t documents;          /* without the removed ones, */
    uint64_t text_bytes;         /* and without their text */
    uint64_t manifest_bytes; /* size of index.json */
    struct ng_index_shard *shards;
    uint64_t shard_count; /* open shards */
    bool is_folded;          /* its text is folded */
    struct ng_index *folded; /* the folded view, if this is the exact view and there is one; else NULL; owned */
    const struct ng_index *exact; /* the exact view, if this is the folded view and there is one; borrowed */
    const char *via; /* of the handle: given to the parts; borrowed; or NULL */
    struct ng_cancel cancel;
    bool bound; /* everything but cancel belongs to another handle */
};

/* Finds the shard that holds a document of the index. Errors: NG_ERR_NOTFOUND (no such document, or it was removed),
 * NG_ERR_CORRUPT. */
int ng_index_shard_of(const struct ng_index *index, uint64_t doc, uint64_t *shard, struct ng_err *err);

/* A document in its shard. */
struct ng_index_place {
    const struct ng_shard *shard;
    uint64_t document; /* number in the shard */
    uint64_t start;    /* text positions */
    uint64_t end;
};

/* Finds a document. Errors: NG_ERR_NOTFOUND, NG_ERR_CORRUPT. */
int ng_index_find_place(const struct ng_index *index, uint64_t doc, struct ng_index_place *place, struct ng_err *err);

/* Checks that the shard and the row exist. Errors: NG_ERR_USAGE. */
int ng_index_check_row(const struct ng_index *index, uint64_t shard, uint64_t row, struct ng_err *err);

/* Finds the intervals of a phrase in all shards. Free *intervals, also after an error. Errors: as ng_index_find, and
 * NG_ERR_NOMEM. */
int ng_index_find_all(const struct ng_index *index, struct ng_bytes phrase, struct ng_interval **intervals,
                      struct ng_err *err);

/* Finds the rows of one shard that are among the occurrences [first, first + room) of a phrase, counted over all
 * shards. *passed is the number of occurrences in earlier shards; the call adds those of this shard. phrase is checked.
 * known: its intervals in all shards; NULL: this call searches. Errors: NG_ERR_CORRUPT, NG_ERR_CANCELLED. */
int ng_index_find_page(const struct ng_index *index, uint64_t shard_number, struct ng_bytes phrase,
                       const struct ng_interval *known, uint64_t first, size_t room, uint64_t *passed,
                       struct ng_interval *page, struct ng_watch *watch, struct ng_err *err);

/* Fills hits from rows of one shard and their positions. */
void ng_index_fill_hits(const struct ng_index *index, uint64_t shard_number, const uint64_t *rows,
                        const uint64_t *positions, size_t count, struct ng_hit *hits);

/* Call this before making lf_steps LF steps in each shard. If they would touch most of its pages anyway, it checks all
 * pages beforehand, in file order, which is faster than checking them at random. Thread-safe.
 * Errors: NG_ERR_CANCELLED. */
int ng_index_expect_steps(const struct ng_index *index, uint64_t lf_steps, unsigned threads, struct ng_err *err);

#endif
