/*
 * What follows or precedes a phrase: the parts of the search. Internal to the query library.
 *
 *   next.c         the search as a whole
 *   next_queue.c   what is to be looked at next, and the best found so far
 *   next_after.c   how often the phrase is followed by what
 *   next_before.c  how often it is preceded by what
 *   next_far.c     the same of indexes whose parts are elsewhere, and what a part answers
 *
 * The continuations form a tree, in which the children of a string are the strings that are one byte longer. A
 * continuation is never more frequent than the strings that it starts with. So the search always goes on at the most
 * frequent node, and ends when no node is more frequent than the last of the best continuations found.
 *
 * A continuation whose last word may go on is a class: the string, and after it anything but a letter. A character of
 * several bytes decides that only with its last byte; until then the occurrence is pending.
 */
#ifndef NG_QUERY_EXPLORE_NEXT_H
#define NG_QUERY_EXPLORE_NEXT_H

#include <stddef.h>

#include "common/base/buf.h"
#include "common/base/limits.h"
#include "common/shard/shard.h"
#include "query/explore/units.h"
#include "query/lib/calls.h"

#define NG_NO_ITEM UINT32_MAX

enum { NG_BYTE_VALUES = 256 };

enum ng_item_kind {
    NG_ITEM_NODE,  /* a string; nothing is known about longer ones */
    NG_ITEM_RANGE, /* a string and then a byte of [first, end) */
    NG_ITEM_CLASS  /* a continuation; its pending occurrences are not decided */
};

/* A part of the tree that is still to be searched, or a continuation. */
struct ng_item {
    uint64_t count;   /* occurrences; for a class, the decided ones */
    uint64_t pending;
    size_t text_at;   /* its string, in the order of reading: bytes of struct ng_next_search.texts */
    size_t rows_at;   /* of a node before the phrase: its intervals, one for each shard, of all rows */
    struct ng_read_state state;
    uint32_t owner;      /* the class whose pending occurrences these are, or NG_NO_ITEM */
    uint32_t next_owned; /* the next one of the same owner; of a class, the first */
    uint16_t length_bytes;
    uint16_t first;
    uint16_t end;
    uint8_t kind;
    bool at_end;
    bool shortened;
    bool is_done; /* nothing is left to do for it */
};

/* An entry of the queue: key is what the item's count was when it was entered, or more. */
struct ng_queued {
    uint64_t key;
    uint32_t item;
};

struct ng_next_search {
    struct ng_bytes phrase;
    struct ng_reading reading;
    const struct ng_shard **shards;  /* the shards here that hold the phrase; owned */
    const struct ng_cancel **cancels; /* of the index of each; owned */
    size_t shard_count;
    const struct ng_index **far; /* views whose parts are elsewhere, and are asked; owned */
    size_t far_count;
    unsigned threads;
    uint64_t weights[NG_BYTE_VALUES + 1]; /* occurrences of smaller bytes in these shards */
    struct ng_item *items;   /* owned */
    size_t item_count;
    size_t item_capacity;
    struct ng_buf texts;
    struct ng_interval *rows; /* owned */
    size_t row_count;
    size_t row_capacity;
    struct ng_queued *queue;  /* a heap, the largest key on top; owned */
    size_t queue_count;
    size_t queue_capacity;
    struct ng_queued *best;   /* a heap, the smallest count on top; owned */
    size_t best_count;
    size_t most;              /* the room in best */
};

/* ---- next_queue.c ---- */

/* Enters an item. Errors: NG_ERR_NOMEM. */
int ng_next_enter(struct ng_next_search *search, uint64_t key, uint32_t item, struct ng_err *err);

/* Takes the item with the largest key; queue_count > 0. */
struct ng_queued ng_next_take(struct ng_next_search *search);

/* Keeps a continuation if it is among the best so far. */
void ng_next_keep(struct ng_next_search *search, uint32_t item);

/* Continuations with at most this many occurrences are no longer needed. */
uint64_t ng_next_threshold(const struct ng_next_search *search);

/* Whether a string with this many occurrences has to be looked at: it may be more frequent than the best, or a class
 * awaits it. */
bool ng_next_matters(const struct ng_next_search *search, uint64_t count, uint32_t owner);

/* Adds an item like *made, whose string is that of its text_at and length_bytes. If it has an owner, it joins the
 * owner's list. *number may be NULL. Errors: NG_ERR_NOMEM. */
int ng_next_add(struct ng_next_search *search, const struct ng_item *made, uint32_t *number, struct ng_err *err);

/* Makes a class of the node's string, with sure and pending occurrences. *number is NG_NO_ITEM if it has none. Errors:
 * NG_ERR_NOMEM. */
int ng_next_add_class(struct ng_next_search *search, uint32_t node, uint64_t sure, uint64_t pending, uint32_t *number,
                      struct ng_err *err);

/* Notes that the string of an item, followed by a byte, occurs count > 0 times. rows_at is as in struct ng_item. owner
 * is the class that awaits it, or NG_NO_ITEM. Errors: NG_ERR_NOMEM. */
int ng_next_grow(struct ng_next_search *search, uint32_t number, uint8_t byte, uint64_t count, size_t rows_at,
                 uint32_t owner, struct ng_err *err);

/* ---- next.c ---- */

/* Lists the shards of all views that hold the phrase, with the rows of the phrase, and the views that are elsewhere.
 * *hits is the number of occurrences everywhere. Errors: as ng_index_find. */
int ng_next_find_shards(struct ng_next_search *search, const struct ng_index *const *views, size_t view_count,
                        uint64_t *hits, struct ng_err *err);

/* Frees what a search owns. */
void ng_next_search_free(struct ng_next_search *search);

/* ---- next_after.c, next_before.c ---- */

/* The phrase, the string of an item, and a byte of [first, end). */
struct ng_next_question {
    uint32_t item;
    uint16_t first;
    uint16_t end;
};

/* Sets answers[i] to how often question i is answered by all shards and views. Errors: as ng_next_expand_after. */
int ng_next_count_after(struct ng_next_search *search, const struct ng_next_question *questions, size_t count,
                        uint64_t *answers, struct ng_err *err);

/* For each node and byte, the interval in each shard here: rows[(node * NG_BYTE_VALUES + byte) * shard_count + shard].
 * Errors: as ng_next_expand_before. */
int ng_next_step_before(struct ng_next_search *search, const uint32_t *items, size_t count, struct ng_interval *rows,
                        struct ng_err *err);

/* How often each byte but FF precedes the string of a node, in the shards here; rows are those of the node. */
void ng_next_sum_before(const struct ng_next_search *search, const struct ng_interval *rows,
                        uint64_t counts[NG_BYTE_VALUES]);

/* How many nodes to look at together. */
size_t ng_next_nodes_before(const struct ng_next_search *search);

/* ---- next_far.c ---- */

/* Adds what the views elsewhere answer: NG_CALL_AFTER one count for each question, NG_CALL_BEFORE 256. Errors: those of
 * the call. */
int ng_next_add_far(const struct ng_next_search *search, enum ng_call_next kind, const struct ng_next_question *questions,
                    size_t count, uint64_t *counts, struct ng_err *err);

/* Expands some nodes and ranges, and enters their children. Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT, NG_ERR_CANCELLED. */
int ng_next_expand_after(struct ng_next_search *search, const uint32_t *items, size_t count, struct ng_err *err);
int ng_next_expand_before(struct ng_next_search *search, const uint32_t *items, size_t count, struct ng_err *err);

/* Runs work(search, shard number, context) for every shard, on several threads. */
typedef int ng_next_work(struct ng_next_search *search, size_t shard, void *context, struct ng_err *err);
int ng_next_each_shard(struct ng_next_search *search, ng_next_work *work, void *context, struct ng_err *err);

/* As the call next of struct ng_index_calls, of any index. Errors: NG_ERR_USAGE, NG_ERR_LIMIT, NG_ERR_NOMEM,
 * NG_ERR_CORRUPT, NG_ERR_CANCELLED, NG_ERR_REMOTE. */
int ng_next_count(const struct ng_index *view, enum ng_call_next kind, struct ng_bytes phrase,
                  const struct ng_call_string *strings, size_t count, uint64_t *counts, struct ng_err *err);

#endif
