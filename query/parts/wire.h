/*
 * What goes between an index and its parts, as bytes. Internal to the query library.
 *
 * A message is "ngp", the version of this encoding (one byte), the operation, the view (requests only) and the identity
 * of the index in hexadecimal (empty in a request for NG_WIRE_INFO), then the operation's own values, and the XXH3-64 of
 * all that, little-endian. Values are numbers (seven bits a byte, least significant first, the highest bit set in all
 * but the last) and byte strings (the length as a number, then the bytes).
 */
#ifndef NG_QUERY_PARTS_WIRE_H
#define NG_QUERY_PARTS_WIRE_H

#include "common/base/buf.h"
#include "query/include/ngidx.h"

enum { NG_WIRE_VERSION = 2 };

/* The length of a document that was removed. */
#define NG_WIRE_REMOVED UINT64_MAX

enum ng_wire_operation {
    NG_WIRE_INFO,   /* -> index.json */
    NG_WIRE_COUNT,  /* phrases -> counts */
    NG_WIRE_FIND,   /* phrases -> rows in each shard */
    NG_WIRE_PAGE,   /* a phrase, which of its hits -> hits, with text */
    NG_WIRE_ROWS,   /* rows -> hits */
    NG_WIRE_SHOW,   /* hits -> text around them */
    NG_WIRE_READ,   /* pieces of documents -> their text, metadata */
    NG_WIRE_IDS,    /* an id -> documents */
    NG_WIRE_RANGES, /* ranges of documents -> the same in their original text */
    NG_WIRE_MATCH,  /* texts and windows -> which occur, longest pieces */
    NG_WIRE_DOCS,   /* a phrase -> how many documents hold it */
    NG_WIRE_FIRST,  /* a phrase, rows -> which are the first of their documents */
    NG_WIRE_MATCHES, /* phrases together -> totals, places */
    NG_WIRE_PLACES, /* places -> hits */
    NG_WIRE_NEXT,   /* a phrase, strings -> how often they follow or precede it */
    NG_WIRE_SUFFIXES, /* a text, ranges -> how often their ends occur */
    NG_WIRE_OPERATIONS
};

enum ng_wire_view { NG_WIRE_EXACT, NG_WIRE_FOLDED, NG_WIRE_VIEWS };

/* A message being written. The first error stays. */
struct ng_wire_out {
    struct ng_buf buf; /* owned */
    int status;
    struct ng_err *err;
};

void ng_wire_put(struct ng_wire_out *out, uint64_t number);
void ng_wire_put_bytes(struct ng_wire_out *out, const void *bytes, uint64_t length_bytes);

/* Begins a message; id "" for none. */
void ng_wire_begin_request(struct ng_wire_out *out, enum ng_wire_operation operation, enum ng_wire_view view,
                           const char *id);
void ng_wire_begin_answer(struct ng_wire_out *out, enum ng_wire_operation operation, const char *id);

/* Adds the checksum. Returns the first error of all that was written. */
int ng_wire_end(struct ng_wire_out *out);

/* A message being read. Once something does not fit, bad is set and all further values are 0 or empty. */
struct ng_wire_in {
    const uint8_t *at;
    const uint8_t *end;
    bool bad;
};

uint64_t ng_wire_get(struct ng_wire_in *in);
struct ng_bytes ng_wire_get_bytes(struct ng_wire_in *in); /* borrowed from the message */

/* A number up to most. */
uint64_t ng_wire_get_most(struct ng_wire_in *in, uint64_t most);

/* How many values of at least a byte each follow: never more than there are bytes. */
size_t ng_wire_get_count(struct ng_wire_in *in);

/* The head of a message that came. */
struct ng_wire_head {
    enum ng_wire_operation operation;
    enum ng_wire_view view; /* of a request */
    char id[NG_INDEX_ID_CHARS];
};

/* Checks the checksum, and reads the head. Errors: NG_ERR_INPUT (no such message, or not whole), NG_ERR_VERSION. */
int ng_wire_open(struct ng_wire_in *in, const uint8_t *bytes, size_t length_bytes, bool request,
                 struct ng_wire_head *head, struct ng_err *err);

/* Whether all was read, and fitted. */
static inline bool ng_wire_is_whole(const struct ng_wire_in *in) {
    return !in->bad && in->at == in->end;
}

#endif
