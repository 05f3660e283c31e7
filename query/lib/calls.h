/*
 * What an index whose parts are elsewhere does (ngidx_parts.h): a table of functions that the library calls instead of
 * reading shards. Internal to the query library; query/parts has the only such table. The functions are thread-safe and
 * leave no answer after an error. Their errors are those of the functions of ngidx.h that call them, and NG_ERR_REMOTE.
 */
#ifndef NG_QUERY_LIB_CALLS_H
#define NG_QUERY_LIB_CALLS_H

#include "query/include/ngidx.h"

/* The kind of a page of hits: as ng_index_locate gives them; with the text of the view; or with the original text. */
enum ng_call_page { NG_CALL_HITS, NG_CALL_SHOW, NG_CALL_SHOW_VIEW };

/* Hits to show: as ng_index_show_hits, as ng_index_show_originals, or with the text of the view. */
enum ng_call_show { NG_CALL_SHOW_HITS, NG_CALL_SHOW_ORIGINALS, NG_CALL_SHOW_AS_VIEW };

#define NG_CALL_REMOVED UINT64_MAX

/* A piece of a document: bytes [offset, offset + most_bytes), as far as they exist. */
struct ng_call_piece {
    uint64_t doc;
    uint64_t offset;
    uint64_t most_bytes;
    bool with_source;
    bool may_be_removed; /* with parts elsewhere, a removed document is no error */

    /* The answer. */
    uint64_t doc_bytes; /* NG_CALL_REMOVED: the document was removed, and the rest is not set */
    uint64_t length_bytes;
    uint8_t *text; /* not NULL; owned */
    struct ng_doc_source source; /* owned */
};

/* Windows of a text, in ascending order of begins and ends. */
struct ng_call_windows {
    const uint64_t *begins;
    const uint64_t *ends; /* NULL: all have length_bytes */
    uint64_t length_bytes;
    uint64_t count;
    uint8_t *verdicts; /* the answer: 1 is set where a window occurs */
};

/* A text to match: which windows occur, and the longest piece that occurs, the first of several. */
struct ng_call_text {
    struct ng_bytes text;            /* UTF-8 */
    struct ng_call_windows *lengths; /* windows of each length */
    uint64_t longest_begin;          /* the answer */
    uint64_t longest_bytes;
};

/* An occurrence of a phrase, in a search for phrases together. */
struct ng_match {
    uint64_t position; /* in the text of its shard, or in a document */
    uint64_t phrase;   /* its number among the phrases of all clauses */
};

/* The search for phrases together. */
struct ng_call_matches {
    const struct ng_match_options *options;
    uint64_t most_hits; /* instead of the one in the options; 0 is no limit */
    uint64_t most_text_bytes;

    /* The answer. */
    struct ng_match_totals totals; /* but for cut */
    struct ng_match *items;   /* of all shards, in order; owned */
    size_t count;
    size_t *shard_ends; /* the hits of shard s end at [s]; the caller's array */
};

/* What to count about the phrase and a string. */
enum ng_call_next {
    NG_CALL_BEGIN,  /* without a string: how often the phrase occurs, then the bytes of all shards that hold it, with those
                     * of removed text: 257 counts. A part that is left out here is not asked again with this handle */
    NG_CALL_AFTER,  /* how often the string follows, and then a byte of [first, end): one count for each question */
    NG_CALL_BEFORE, /* how often it precedes, last byte first, and before it each byte but FF: 256 counts */
    NG_CALL_NEXT_KINDS
};

struct ng_call_string {
    struct ng_bytes text; /* in the order of reading */
    uint16_t first;
    uint16_t end;
};

/* Bytes [begin, end) of a text. */
struct ng_call_range {
    uint64_t begin;
    uint64_t end;
};

struct ng_parts;

struct ng_index_calls {
    int (*count)(const struct ng_index *view, const struct ng_bytes *phrases, size_t count, uint64_t *counts,
                 struct ng_err *err);
    int (*find)(const struct ng_index *view, const struct ng_bytes *phrases, size_t count,
                struct ng_interval *intervals, struct ng_err *err);
    /* places and snippets are NULL for NG_CALL_HITS; places for NG_CALL_SHOW, too. */
    int (*page)(const struct ng_index *view, struct ng_bytes phrase, uint64_t first, enum ng_call_page kind,
                uint64_t context_bytes, struct ng_hit *hits, struct ng_text_place *places, struct ng_snippet *snippets,
                size_t hit_capacity, size_t *hit_count, uint64_t *total, struct ng_err *err);
    /* Locates hits whose shard and rank are set. */
    int (*rows)(const struct ng_index *view, struct ng_hit *hits, size_t count, struct ng_err *err);
    /* places may be NULL. */
    int (*show)(const struct ng_index *view, enum ng_call_show kind, const struct ng_hit *hits,
                const uint64_t *lengths_bytes, size_t count, uint64_t context_bytes, struct ng_text_place *places,
                struct ng_snippet *snippets, struct ng_err *err);
    int (*read)(const struct ng_index *view, struct ng_call_piece *pieces, size_t count, struct ng_err *err);
    int (*ids)(const struct ng_index *index, struct ng_bytes id, uint64_t *docs, size_t doc_capacity,
               uint64_t *doc_count, struct ng_err *err);
    int (*ranges)(const struct ng_index *view, struct ng_doc_ranges *documents, size_t count, bool *original,
                  struct ng_err *err);
    int (*match)(const struct ng_index *view, struct ng_call_text *texts, size_t count, size_t length_count,
                 struct ng_err *err);
    /* How many documents hold a phrase, exactly. */
    int (*docs)(const struct ng_index *view, struct ng_bytes phrase, uint64_t *documents, struct ng_err *err);
    /* As ng_docs_first, for hits of the phrase whose shard and rank are set. */
    int (*first)(const struct ng_index *view, struct ng_bytes phrase, const struct ng_hit *hits, size_t count,
                 uint64_t turn_steps, uint8_t *is_first, struct ng_err *err);
    int (*matches)(const struct ng_index *view, struct ng_call_matches *matches, struct ng_err *err);
    /* Finds the rows and documents of hits whose shard and position are set. */
    int (*places)(const struct ng_index *view, struct ng_hit *hits, size_t count, struct ng_err *err);
    int (*next)(const struct ng_index *view, enum ng_call_next kind, struct ng_bytes phrase,
                const struct ng_call_string *strings, size_t count, uint64_t *counts, struct ng_err *err);
    /* Adds to counts[r][i] of each range r how often its last i + 1 bytes occur. */
    int (*suffixes)(const struct ng_index *view, struct ng_bytes text, const struct ng_call_range *ranges,
                    uint64_t *const *counts, size_t count, struct ng_err *err);
    void (*close)(struct ng_parts *parts);
};

/* Reads pieces of documents of any index. On success, free each with ng_call_piece_free. */
int ng_index_read(const struct ng_index *view, struct ng_call_piece *pieces, size_t count, struct ng_err *err);

/* Idempotent. */
void ng_call_piece_free(struct ng_call_piece *piece);

/* NG_ERR_USAGE if the parts of an index are elsewhere, so that it cannot do what; else NG_OK. */
int ng_index_refuse_remote(const struct ng_index *index, const char *what, struct ng_err *err);

#endif
