/*
 * The file that a benchmark is read from and the entry that is being read: what the readers of each format share.
 * json.c and table.c read one entry each; benchmark.c chooses between them. Internal to this folder.
 */
#ifndef NG_QUERY_BENCHMARK_PARTS_H
#define NG_QUERY_BENCHMARK_PARTS_H

#include "common/base/buf.h"
#include "common/base/limits.h"
#include "common/json/in.h"
#include "common/os/stream.h"
#include "query/include/ngidx.h"

enum ng_benchmark_kind { NG_BENCHMARK_TEXT, NG_BENCHMARK_ID, NG_BENCHMARK_ANSWER };

enum { NG_BENCHMARK_SLOTS = 64, NG_BENCHMARK_LISTED = 12, NG_BENCHMARK_LISTED_BYTES = 40 };

/* A field to look for. */
struct ng_benchmark_slot {
    const char *name; /* borrowed */
    enum ng_benchmark_kind kind;
    bool wanted_always; /* its lack is an error; else it is one of several to choose from */
    bool dropped;       /* another one was chosen */
    bool seen;          /* in this entry */
    size_t column;      /* of a table */
};

/* A value that was found: bytes [offset, offset + length) of values. */
struct ng_benchmark_value {
    size_t slot;
    size_t offset;
    size_t length;
};

struct ng_benchmark {
    char *path;
    struct ng_stream *stream;
    struct ng_buf buffer; /* what was read and not yet used is [begin, buffer.length) */
    size_t begin;
    bool at_end;
    uint64_t line; /* of begin, from 1 */
    uint64_t next_number;

    struct ng_benchmark_slot slots[NG_BENCHMARK_SLOTS];
    size_t slot_count;
    bool chosen; /* the slots are final */
    const char *fields[NG_BENCHMARK_SLOTS];
    size_t field_count;

    /* The current entry. */
    uint64_t entry_line;
    struct ng_buf values;
    struct ng_buf found; /* of struct ng_benchmark_value */
    struct ng_buf texts; /* of struct ng_bytes */
    char listed[NG_BENCHMARK_LISTED * (NG_BENCHMARK_LISTED_BYTES + 8)]; /* the names it has, for errors */
    size_t listed_count;
    size_t listed_bytes;
    char id[24];

    /* JSON */
    bool scalars;
    bool lines;    /* an object ends with its line */
    bool in_array; /* a '[' was met */
    bool any;      /* an entry was met */
    bool closed;   /* the ']' was met */
    struct ng_buf repaired;
    struct ng_json_in in;

    /* Tables */
    uint8_t separator; /* 0: JSON */
    size_t columns;    /* 0: the header is still to be read */
    struct ng_buf cells;  /* of the row, decoded, one behind the other */
    struct ng_buf ends;   /* of struct size_t: where each cell ends in cells */
};

#define NG_BENCHMARK_AT "%s:%llu: "
#define NG_BENCHMARK_AT_ARGS(benchmark, line) (benchmark)->path, (unsigned long long)(line)

/* Reads on behind what the buffer holds, having moved that to its front. Errors: those of ng_stream_read; NG_ERR_LIMIT
 * where one entry takes more than NG_MAX_ENTRY_RECORD_BYTES. */
int ng_benchmark_read_more(struct ng_benchmark *benchmark, struct ng_err *err);

/* Passes over a byte order mark at the start of the buffer. */
void ng_benchmark_skip_mark(struct ng_benchmark *benchmark);

/* Takes a value of a slot. Errors: NG_ERR_NOMEM, NG_ERR_LIMIT. */
int ng_benchmark_take(struct ng_benchmark *benchmark, size_t slot, const uint8_t *bytes, size_t length,
                      struct ng_err *err);

/* Notes a name that the entry, or the table, has. */
void ng_benchmark_list(struct ng_benchmark *benchmark, const uint8_t *name, size_t length);

/* Read one entry's values, by ng_benchmark_take. */
int ng_benchmark_next_json(struct ng_benchmark *benchmark, bool *found, struct ng_err *err);
int ng_benchmark_next_row(struct ng_benchmark *benchmark, bool *found, struct ng_err *err);

#endif
