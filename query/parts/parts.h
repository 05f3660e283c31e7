/*
 * An index in parts, and questions to its parts. Internal to the query library; the contract is in ngidx_parts.h.
 *
 *   wire.c    messages as bytes
 *   open.c    an index from what its parts hold
 *   ask.c     questions to several parts side by side, and their answers checked
 *   search.c  counts, rows, hits and windows of all parts united (struct ng_index_calls)
 *   show.c    text, documents and places from the parts that hold them
 *   explore.c documents that hold a phrase, phrases together, what follows a phrase, pieces of a text
 *   answer.c  the other end: a part's answers; answer_text.c those about text; answer_explore.c those of explore.c;
 *             match.c windows in its shards
 */
#ifndef NG_QUERY_PARTS_PARTS_H
#define NG_QUERY_PARTS_PARTS_H

#include "query/include/ngidx_parts.h"
#include "query/lib/index.h"
#include "query/parts/wire.h"

struct ng_part {
    char id[NG_INDEX_ID_CHARS];
    uint64_t first_shard;
    uint64_t shard_count;
    uint64_t first_document;
    uint64_t documents;
    bool absent; /* it did not answer when the index was opened */
};

struct ng_parts {
    struct ng_part_transport transport;
    struct ng_part parts[NG_MAX_PARTS];
};

extern const struct ng_index_calls ng_parts_calls;

/* ---- Questions ---- */

/* One question to several parts. */
struct ng_ask {
    const struct ng_index *view;
    struct ng_parts *parts;
    enum ng_wire_operation operation;
    struct ng_err *err;
    bool may_miss; /* a part that does not answer is left out, if the index allows that */
    struct {
        bool asked;
        bool answered;
        struct ng_wire_out out;
        struct ng_wire_in in; /* the answer, behind its head */
        struct ng_part_exchange exchange;
    } of[NG_MAX_PARTS];
};

/* Errors: NG_ERR_NOMEM. */
int ng_ask_open(struct ng_ask **ask, const struct ng_index *view, enum ng_wire_operation operation, bool may_miss,
                struct ng_err *err);

/* Where the question to a part is written. The first call begins it. */
struct ng_wire_out *ng_ask_part(struct ng_ask *ask, size_t part);

/* Asks all parts that something was written for. Where answered is set then, in has the answer. Can be called again after
 * further questions. Errors: NG_ERR_REMOTE, NG_ERR_CANCELLED, NG_ERR_NOMEM, and those of the part. */
int ng_ask_run(struct ng_ask *ask);

/* Checks that the answers of all parts were read to their ends, and fitted. Errors: NG_ERR_REMOTE. */
int ng_ask_check(struct ng_ask *ask);

/* NULL is fine. */
void ng_ask_close(struct ng_ask *ask);

/* The error of a part whose answer does not fit the question. */
int ng_ask_refuse(const struct ng_ask *ask, size_t part);

/* The part that holds a shard, or a document, of the index. */
size_t ng_parts_of_shard(const struct ng_parts *parts, uint64_t shard);
size_t ng_parts_of_document(const struct ng_parts *parts, uint64_t document);

/* ---- Values that several operations have ---- */

/* A message has at most about this many bytes, unless a single value is longer. */
enum { NG_PARTS_MESSAGE_BYTES = 4 << 20, NG_PARTS_TEXT_BYTES = 8 << 20 };

void ng_wire_put_hit(struct ng_wire_out *out, const struct ng_hit *hit);
struct ng_hit ng_wire_get_hit(struct ng_wire_in *in);

/* What a message asks about at most. A part refuses more, so that a small request cannot take much of its memory. */
enum {
    NG_PARTS_PHRASES = 1 << 16,
    NG_PARTS_TEXTS = 1 << 14,
    NG_PARTS_DOCUMENTS = 256,
    NG_PARTS_IDS = 1 << 16,
    NG_PARTS_ROWS = 1 << 17,
    NG_PARTS_STRINGS = 1 << 10,
    NG_PARTS_RANGES = 64
};

/* How many hits to ask for in a message, at least one; no part gives more. */
size_t ng_parts_hits_at_once(uint64_t context_bytes, uint64_t length_bytes);

/* How many phrases to send in one message that asks a part with this many shards for rows; at least one. */
size_t ng_parts_finds_at_once(uint64_t shards);

/* The text around a hit from a message; on success the caller frees it. *place says where the hit stands, unless the
 * message does (placed). Sets in->bad if that is not in the text. Errors: NG_ERR_NOMEM. */
int ng_parts_get_shown(struct ng_wire_in *in, bool placed, struct ng_text_place *place, struct ng_snippet *snippet,
                       struct ng_err *err);

/* Makes a part's hit one of the index, if it can be one of that view. Sets in->bad if it cannot. */
void ng_parts_take_hit(struct ng_ask *ask, size_t part, struct ng_hit *hit);

/* Asks about hits of which the shard and a place are set: the rank, or with positions the position. Each part gets those
 * that it holds, in order, behind their number. */
void ng_parts_put_places(struct ng_ask *ask, const struct ng_hit *hits, size_t count, bool positions);

/* Asks all parts side by side what such hits are, and completes them. Errors: as ng_ask_run. */
int ng_parts_locate_some(struct ng_ask *ask, struct ng_hit *hits, size_t count, bool positions);

/* The calls of show.c. */
int ng_parts_page(const struct ng_index *view, struct ng_bytes phrase, uint64_t first, enum ng_call_page kind,
                  uint64_t context_bytes, struct ng_hit *hits, struct ng_text_place *places, struct ng_snippet *snippets,
                  size_t hit_capacity, size_t *hit_count, uint64_t *total, struct ng_err *err);
int ng_parts_show(const struct ng_index *view, enum ng_call_show kind, const struct ng_hit *hits,
                  const uint64_t *lengths_bytes, size_t count, uint64_t context_bytes, struct ng_text_place *places,
                  struct ng_snippet *snippets, struct ng_err *err);
int ng_parts_read(const struct ng_index *view, struct ng_call_piece *pieces, size_t count, struct ng_err *err);
int ng_parts_ranges(const struct ng_index *view, struct ng_doc_ranges *documents, size_t count, bool *original,
                    struct ng_err *err);

/* The calls of explore.c. */
int ng_parts_docs(const struct ng_index *view, struct ng_bytes phrase, uint64_t *documents, struct ng_err *err);
int ng_parts_first(const struct ng_index *view, struct ng_bytes phrase, const struct ng_hit *hits, size_t count,
                   uint64_t turn_steps, uint8_t *is_first, struct ng_err *err);
int ng_parts_matches(const struct ng_index *view, struct ng_call_matches *matches, struct ng_err *err);
int ng_parts_places(const struct ng_index *view, struct ng_hit *hits, size_t count, struct ng_err *err);
int ng_parts_next(const struct ng_index *view, enum ng_call_next kind, struct ng_bytes phrase,
                  const struct ng_call_string *strings, size_t count, uint64_t *counts, struct ng_err *err);
int ng_parts_suffixes(const struct ng_index *view, struct ng_bytes text, const struct ng_call_range *ranges,
                      uint64_t *const *counts, size_t count, struct ng_err *err);

/* How often a phrase occurs in each part; 0 where it is missing. Errors: as ng_ask_run. */
int ng_parts_count_each(const struct ng_index *view, struct ng_bytes phrase, uint64_t counts[NG_MAX_PARTS],
                        struct ng_err *err);

/* ---- The other end ---- */

/* A request that is being answered. */
struct ng_answering {
    const struct ng_index *view;
    struct ng_wire_in in;
    struct ng_wire_out out;
    struct ng_err *err;
};

/* The error of a request that does not fit. */
int ng_answer_refuse(const struct ng_answering *answering);

/* Answers texts, each with windows of length_count (1 to NG_MAX_CONTAM_LENGTHS) lengths and zeroed verdicts. Errors:
 * NG_ERR_NOMEM, NG_ERR_CORRUPT, NG_ERR_CANCELLED, NG_ERR_REMOTE. */
int ng_parts_match(const struct ng_index *view, struct ng_call_text *texts, size_t count, size_t length_count,
                   struct ng_err *err);

/* The answers of answer_text.c. */
int ng_answer_page(struct ng_answering *answering);
int ng_answer_show(struct ng_answering *answering);
int ng_answer_read(struct ng_answering *answering);
int ng_answer_ranges(struct ng_answering *answering);

/* Those of answer_explore.c. */
int ng_answer_docs(struct ng_answering *answering);
int ng_answer_first(struct ng_answering *answering);
int ng_answer_matches(struct ng_answering *answering);
int ng_answer_places(struct ng_answering *answering);
int ng_answer_next(struct ng_answering *answering);
int ng_answer_suffixes(struct ng_answering *answering);

#endif
