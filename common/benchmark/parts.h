/*
 * The file that a benchmark is read from and the entry that is being read: what the readers of each format share.
 * Internal to this folder.
 *
 *   entries.c    opens a file, and makes an entry of the values that were found
 *   fields.c     which fields to look for: those asked for, those of a known shape (shapes.c), or the usual ones
 *   json.c       objects of a JSON file, and their values (tree.c)
 *   nested.c     where in an object the entries are
 *   samples.c    samples of lm-evaluation-harness
 *   table.c      rows of CSV and TSV
 *   canary.c     canary strings
 *   parts.c      the buffer, and the clean-up of a value
 */
#ifndef NG_COMMON_BENCHMARK_PARTS_H
#define NG_COMMON_BENCHMARK_PARTS_H

#include "common/base/buf.h"
#include "common/base/limits.h"
#include "common/os/stream.h"
#include "common/benchmark/benchmark.h"
#include "common/benchmark/tree.h"

enum ng_benchmark_kind {
    NG_BENCHMARK_TEXT,
    NG_BENCHMARK_ID,
    NG_BENCHMARK_ANSWER,
    NG_BENCHMARK_CHOICE, /* the answer is one of these, */
    NG_BENCHMARK_LABEL   /* by these */
};

enum { NG_BENCHMARK_CANARIES = 16, NG_BENCHMARK_SLOTS = 64, NG_BENCHMARK_LISTED = 12, NG_BENCHMARK_LISTED_BYTES = 40 };

/* A field to look for. */
struct ng_benchmark_slot {
    char *name; /* owned */
    enum ng_benchmark_kind kind;
    bool fold;     /* compare names whatever their case: the first entry has none of the very name */
    bool seen;     /* in this entry */
    size_t column; /* of a table; SIZE_MAX: none */
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

    struct ng_benchmark_options options; /* borrowed */
    struct ng_benchmark_slot slots[NG_BENCHMARK_SLOTS];
    size_t slot_count;
    bool settled; /* the slots are final */
    const char *fields[NG_BENCHMARK_SLOTS];
    size_t field_count;
    struct ng_buf canary_text; /* one after the other */
    size_t canary_ends[NG_BENCHMARK_CANARIES];
    size_t canary_count;
    bool canaries_cut; /* there were more */
    uint64_t ill_formed;      /* entries whose text was not UTF-8 */
    uint64_t ill_formed_line; /* where the first of them is */
    uint64_t surrogate_line;  /* of the first object with half a surrogate pair; 0: none */
    struct ng_buf note; /* what was found out about the file, for the user; ends with NUL where it is not empty */

    /* The current entry. */
    uint64_t entry_line;
    struct ng_buf values;
    struct ng_buf found; /* of struct ng_benchmark_value */
    struct ng_buf texts; /* of struct ng_bytes */
    struct ng_buf listed; /* the names it has, for errors */
    size_t listed_count;
    bool is_ill_formed; /* a value was not UTF-8 */
    struct ng_bytes name_id; /* its name in a dict of entries, where it has one; borrowed */
    char id[24];

    /* JSON */
    bool lines;    /* an object ends with its line */
    bool in_array; /* a '[' was met */
    bool any;      /* an object was met */
    bool placed;   /* where entries are is decided */
    bool closed;   /* the ']' was met */
    struct ng_buf repaired;
    bool repaired_object; /* the current one is read from repaired */
    struct ng_tree tree; /* of the current object */
    size_t object_bytes; /* from begin on; 0: there is no object */

    /* Entries within an object (nested.c). */
    char *entries_path; /* owned; NULL: objects are entries */
    bool columns;       /* the object at the path holds columns */
    struct ng_buf rows; /* of uint32_t: the nodes of entries; for columns, the cells of the row that comes next */
    size_t row;         /* the next */
    size_t row_count;
    uint64_t nested_entries;
    bool place_noted;
    size_t counted; /* bytes of the object whose line ends have been counted, */
    uint64_t counted_line; /* and the line there */

    /* Samples of lm-evaluation-harness (samples.c). */
    bool samples;         /* objects are */
    struct ng_buf filter; /* of the first, as it is written */
    uint64_t repeated;    /* samples of other filters */
    bool repeats_noted;

    /* Tables */
    uint8_t separator; /* 0: JSON */
    bool raw;          /* no quotes: a row is a line */
    bool cr_rows;      /* rows end with CR alone */
    bool rows_known;   /* a row's end was met */
    bool quotes_fail; /* a cell in quotes was broken */
    bool swallows;     /* read with quotes, a cell took in lines that look like rows (while raw is found out) */
    uint64_t quoted_separators; /* of the row, in quotes */
    size_t columns_wanted; /* of a row; 0: the header is still to be read */
    uint64_t header_line;
    bool row_ready;        /* the first row is no header, and still to be given */
    struct ng_buf names;      /* of columns, as cells are */
    struct ng_buf name_ends;
    struct ng_buf cells; /* of the row, decoded, one after the other */
    struct ng_buf ends;  /* of size_t: where each cell ends in cells */
};

#define NG_BENCHMARK_AT "%s:%llu: "
#define NG_BENCHMARK_AT_ARGS(benchmark, line) (benchmark)->path, (unsigned long long)(line)

/* Moves the content of the buffer to its front and reads more after it. Errors: those of ng_stream_read; NG_ERR_LIMIT
 * if one entry takes more than NG_MAX_ENTRY_RECORD_BYTES. */
int ng_benchmark_read_more(struct ng_benchmark *benchmark, struct ng_err *err);

/* Passes over the mark of UTF-8 at the start of the file, all of which is still to be read. Errors: NG_ERR_INPUT (UTF-16). */
int ng_benchmark_pass_mark(struct ng_benchmark *benchmark, struct ng_err *err);

/* Takes a value of a slot: well-formed, without white space around it, LF for CRLF. Errors: NG_ERR_NOMEM, NG_ERR_LIMIT. */
int ng_benchmark_take(struct ng_benchmark *benchmark, size_t slot, const uint8_t *bytes, size_t length,
                      struct ng_err *err);

/* Adds to the note. Errors: NG_ERR_NOMEM. */
int ng_benchmark_add_note(struct ng_benchmark *benchmark, struct ng_err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds a name to the list of what an entry or a table has: "a", "b". prefix goes before the name. */
void ng_benchmark_list(struct ng_benchmark *benchmark, const char *prefix, const uint8_t *name, size_t length);

/* Lists anew: the members of an object. */
void ng_benchmark_list_members(struct ng_benchmark *benchmark, const char *prefix, uint32_t object);

/* ---- fields.c ---- */

/* How well a value serves as an entry: 0 it has no text to check; 1 it has one that often belongs to several entries,
 * such as the passage that questions are about; 2 it has what is asked for. entry is NULL for a table. */
unsigned ng_benchmark_rank(const struct ng_benchmark *benchmark, const struct ng_tree_entry *entry);

/* Fills the slots by the first entry. Errors: NG_ERR_INPUT, NG_ERR_USAGE, NG_ERR_NOMEM. */
int ng_benchmark_settle(struct ng_benchmark *benchmark, const struct ng_tree_entry *entry, struct ng_err *err);

/* Adds a field to look for. Errors: NG_ERR_USAGE, NG_ERR_INPUT, NG_ERR_NOMEM. */
int ng_benchmark_add_slot(struct ng_benchmark *benchmark, const struct ng_tree_entry *entry, const char *name,
                          enum ng_benchmark_kind kind, struct ng_err *err);

/* The error for a field that the entry lacks; name is NULL where it lacks all of the usual ones. */
int ng_benchmark_missing(struct ng_benchmark *benchmark, const struct ng_tree_entry *entry, const char *name,
                         struct ng_err *err);

/* Whether name is that of a text by default. */
bool ng_benchmark_usual(const uint8_t *name, size_t length);

/* ---- canary.c ---- */

/* What bytes hold: the word "canary", perhaps with a GUID. */
enum ng_benchmark_canaries { NG_BENCHMARK_NO_CANARY, NG_BENCHMARK_CANARY_WORD, NG_BENCHMARK_CANARY_GUID };

/* Keeps the canary strings with a GUID in some bytes of the file. Errors: NG_ERR_NOMEM. */
int ng_benchmark_find_canaries(struct ng_benchmark *benchmark, const uint8_t *bytes, size_t length,
                               enum ng_benchmark_canaries *found, struct ng_err *err);

/* Keeps those of the current object, also members named as canaries; *any: it may hold one. Errors: NG_ERR_NOMEM. */
int ng_benchmark_object_canaries(struct ng_benchmark *benchmark, bool *any, struct ng_err *err);

/* Keeps the value of a cell if its column is named as a canary. Errors: NG_ERR_NOMEM. */
int ng_benchmark_cell_canary(struct ng_benchmark *benchmark, struct ng_bytes column, struct ng_bytes value,
                             struct ng_err *err);

/* ---- samples.c ---- */

/* Whether the current object is a sample of lm-evaluation-harness. */
bool ng_benchmark_is_samples(const struct ng_benchmark *benchmark);

/* Whether the current object is the same document again, for another filter. Errors: NG_ERR_NOMEM. */
int ng_benchmark_is_repeated(struct ng_benchmark *benchmark, bool *repeated, struct ng_err *err);

/* Adds the texts of samples whose doc has no known ones: members that the prompt quotes, else the prompt.
 * Errors: NG_ERR_INPUT, NG_ERR_USAGE, NG_ERR_NOMEM. */
int ng_benchmark_add_sample_texts(struct ng_benchmark *benchmark, struct ng_err *err);

/* The path of the continuations that a model chooses from; NULL if it does not. */
const char *ng_benchmark_sample_choices(const struct ng_benchmark *benchmark);

/* Tells which fields are read. Errors: NG_ERR_NOMEM. */
int ng_benchmark_note_fields(struct ng_benchmark *benchmark, struct ng_err *err);

/* Tells what was left out. Errors: NG_ERR_NOMEM. */
int ng_benchmark_note_samples(struct ng_benchmark *benchmark, struct ng_err *err);

/* ---- json.c, nested.c, table.c ---- */

/* Read one entry's values, by ng_benchmark_take. */
int ng_benchmark_next_json(struct ng_benchmark *benchmark, bool *found, struct ng_err *err);
int ng_benchmark_next_row(struct ng_benchmark *benchmark, bool *found, struct ng_err *err);

/* Decides by the first object where entries are. only: the file holds nothing else. */
int ng_benchmark_find_entries(struct ng_benchmark *benchmark, bool only, struct ng_err *err);

/* Gathers the entries of the current object. */
int ng_benchmark_gather(struct ng_benchmark *benchmark, struct ng_err *err);

/* The next entry; false if there is none. */
bool ng_benchmark_next_nested(struct ng_benchmark *benchmark, struct ng_tree_entry *entry);

/* Whether a TSV file, which is read to its end, makes sense only without quotes. */
int ng_benchmark_is_raw(struct ng_benchmark *benchmark, bool *raw, struct ng_err *err);

/* Whether the row is an entry of MMLU's original files: a question, four choices, and the letter of one of them. */
bool ng_benchmark_is_mmlu(const struct ng_benchmark *benchmark);

/* The column of a name; SIZE_MAX if there is none. *twice: there are several. */
size_t ng_benchmark_column(const struct ng_benchmark *benchmark, const char *name, bool fold, bool *twice);

#endif
