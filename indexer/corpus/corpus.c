#include "indexer/corpus/corpus.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "common/base/buf.h"
#include "common/base/checked.h"
#include "common/base/limits.h"
#include "common/base/utf8.h"
#include "common/files/files.h"
#include "common/os/unpack.h"
#include "indexer/corpus/input.h"
#include "indexer/record/json_record.h"

enum { KEPT_BYTES = 4 << 20 };

#define DEFAULT_TEXT_FIELD "text"

struct ng_corpus {
    struct ng_corpus_options options; /* paths, and those of walk, are not ours */
    char *text_field;
    struct ng_walk walk;
    struct ng_corpus_counts counts;

    struct ng_input input; /* the file that is being read: walk.files[counts.files], while is_open */
    bool is_open;
    uint64_t closed_input_bytes; /* of the files before it */
    uint64_t no_field_bytes;     /* of those that were passed over because they have no text field */
    uint64_t bad;                /* lines and files */
    struct ng_files read;        /* the files before it */

    struct ng_record_parser *parser;
    struct ng_buf repaired; /* a text with U+FFFD for what is not UTF-8 */
};

static const char *current_path(const struct ng_corpus *corpus) {
    return corpus->walk.files[corpus->counts.files].path;
}

static void take_note(void *context, enum ng_note note, const char *path, uint64_t line, const char *why) {
    struct ng_corpus *corpus = context;
    corpus->counts.notes[note]++;
    if (corpus->options.note) corpus->options.note(corpus->options.note_context, note, path, line, why);
}

static uint64_t most_window(const struct ng_corpus *corpus) {
    return UINT64_C(1) << (corpus->options.long_window ? NG_MAX_LONG_WINDOW_LOG : NG_MAX_ZSTD_WINDOW_LOG);
}

static int open_file(struct ng_corpus *corpus, struct ng_err *err) {
    int status = ng_input_open(&corpus->input, current_path(corpus), corpus->walk.files[corpus->counts.files].is_given, err);
    const uint64_t begin = corpus->counts.files == 0 ? corpus->options.begin_bytes : 0;
    if (!status && begin > 0) status = ng_stream_begin_after(corpus->input.file, begin, err);
    corpus->is_open = status == NG_OK;
    return status;
}

/* Notes what is known of a file, and tells whether it is to be passed over. */
static bool note_known(struct ng_corpus *corpus, const struct ng_file_record *record, bool may_skip) {
    const char *path = ng_listed_content(corpus->options.known, record);
    if (path) {
        bool skips = may_skip && corpus->options.skip_known;
        const char *why = strcmp(path, record->path) == 0 ? "" : path;
        take_note(corpus, skips ? NG_NOTE_KNOWN_SKIPPED : NG_NOTE_KNOWN, record->path, 0, why);
        return skips;
    }
    if (may_skip && ng_listed_path(corpus->options.known, record->path)) {
        take_note(corpus, NG_NOTE_CHANGED, record->path, 0, "");
    }
    return false;
}

/* Whether the next file is in the index already and is passed over. A file is read for this only if the index has one of
 * the same size. Errors in the file are reported later, when it is read for its documents. */
static bool skips_known(struct ng_corpus *corpus) {
    const struct ng_walk_file *file = &corpus->walk.files[corpus->counts.files];
    struct ng_file_record record = {.path = file->path, .bytes = file->bytes};
    struct ng_stream *stream = NULL;
    if (!corpus->options.known || strcmp(file->path, "-") == 0) return false;
    if (ng_listed_size(corpus->options.known, file->bytes)) {
        int status = ng_stream_open(&stream, file->path, NULL);
        if (!status) status = ng_stream_hash(stream, NULL);
        if (!status) status = ng_stream_finish_hash(stream, &record.bytes, record.xxh3_128, NULL);
        ng_stream_close(stream);
        if (status) return false;
    }
    return note_known(corpus, &record, true);
}

/* Lists the file at hand, unless it is not whole: a read error, or damage that is passed over. */
static int list_file(struct ng_corpus *corpus, bool whole, struct ng_err *err) {
    struct ng_file_record record = {.path = current_path(corpus)};
    struct ng_input *input = &corpus->input;
    bool given = whole && ng_input_position(input) > 0;
    bool listed = given && ng_stream_finish_hash(input->file, &record.bytes, record.xxh3_128, NULL) == NG_OK;
    if (given && !listed) corpus->read.partial = true;
    if (!listed) {
        record = (struct ng_file_record){.path = ""};
    } else if (corpus->options.known && strcmp(record.path, "-") == 0) {
        (void)note_known(corpus, &record, false);
    }
    return ng_files_add(&corpus->read, &record, err);
}

static void close_file(struct ng_corpus *corpus) {
    if (corpus->input.file) corpus->closed_input_bytes += ng_stream_input_bytes(corpus->input.file);
    ng_input_close(&corpus->input);
    corpus->is_open = false;
    corpus->counts.files++;
}

static int list_files(struct ng_corpus *corpus, struct ng_err *err) {
    const struct ng_corpus_options *options = &corpus->options;
    struct ng_walk_options walk = options->walk;
    walk.skip_unreadable = options->skip_bad_files;
    walk.note = take_note;
    walk.note_context = corpus;
    int status = ng_walk_copy(&corpus->walk, options->listed, options->listed_count, err);
    for (size_t i = 0; i < options->path_count && !options->listed && !status; i++) {
        status = ng_walk_add(&corpus->walk, options->paths[i], &walk, err);
    }
    if (!status) status = ng_walk_note_twice(&corpus->walk, &walk, err);
    if (status) return status;
    struct ng_corpus_counts *counts = &corpus->counts;
    counts->files_total = corpus->walk.count;
    bool known = true; /* sizes of sparse files may add up to anything; standard input has none */
    for (size_t i = 0; i < corpus->walk.count && known; i++) {
        known = strcmp(corpus->walk.files[i].path, "-") != 0 &&
                ng_checked_add(counts->input_bytes_total, corpus->walk.files[i].bytes, &counts->input_bytes_total);
    }
    if (!known) counts->input_bytes_total = 0;
    if (corpus->walk.count > 0) return NG_OK;
    (void)ng_err_set(err, NG_ERR_INPUT, "the corpus holds no file: %s%s",
                     options->path_count ? options->paths[0] : "no path was given",
                     options->path_count > 1 ? " and the other paths" : "");
    if (counts->notes[NG_NOTE_INDEX] > 0) return ng_err_hint(err, "an index is no corpus; ngidx merge joins indexes");
    if (counts->notes[NG_NOTE_EXCLUDED] > 0) return ng_err_hint(err, "--include and --exclude left out all files");
    if (counts->notes[NG_NOTE_LINK] > 0) return ng_err_hint(err, "--follow enters the folders that links lead to");
    if (counts->notes[NG_NOTE_HIDDEN] > 0) return ng_err_hint(err, "--hidden takes files whose names start with a dot");
    return NG_ERR_INPUT;
}

int ng_corpus_open(struct ng_corpus **out, const struct ng_corpus_options *options, struct ng_err *err) {
    *out = NULL;
    struct ng_corpus *corpus = calloc(1, sizeof *corpus);
    if (!corpus) return ng_err_nomem(err, sizeof *corpus, "a corpus");
    corpus->options = *options;
    corpus->text_field = strdup(options->text_field ? options->text_field : DEFAULT_TEXT_FIELD);
    corpus->input.bounds.most_bytes = corpus->input.bounds.room_bytes = NG_MAX_RECORD_BYTES;
    corpus->input.options = (struct ng_input_options){.text_field = corpus->text_field, .json_as = options->json_as,
                                                      .most_window_bytes = most_window(corpus),
                                                      .skip_bad_lines = options->skip_bad_lines,
                                                      .note = take_note, .note_context = corpus};
    int status = corpus->text_field ? NG_OK : ng_err_nomem(err, sizeof *corpus, "a corpus");
    if (!status) status = ng_record_parser_open(&corpus->parser, corpus->text_field, err);
    if (!status) status = list_files(corpus, err);
    if (status) {
        ng_corpus_close(corpus);
        return status;
    }
    *out = corpus;
    return NG_OK;
}

const struct ng_walk *ng_corpus_files(const struct ng_corpus *corpus) {
    return &corpus->walk;
}

struct ng_files *ng_corpus_read_files(struct ng_corpus *corpus) {
    return &corpus->read;
}

void ng_corpus_bound(struct ng_corpus *corpus, const struct ng_record_bounds *bounds) {
    assert(!corpus->is_open);
    corpus->input.bounds = *bounds;
}

/* The error of a record that is too long. */
static int refuse_long(const struct ng_corpus *corpus, const struct ng_unit *unit, struct ng_err *err) {
    unsigned long long most = corpus->input.bounds.most_bytes;
    bool is_own_limit = most == NG_MAX_RECORD_BYTES;
    (void)ng_err_set(err, NG_ERR_LIMIT, "%s:%llu: line over %llu bytes (%s)", unit->path, (unsigned long long)unit->line,
                     most, is_own_limit ? "NG_MAX_RECORD_BYTES" : "what fits into memory");
    return ng_err_hint(err, "%ssplit the document, or skip such lines with --skip-bad-lines",
                       is_own_limit ? "" : "give a larger --memory, ");
}

/* Decides about a document with ill-formed text at byte at of its line, or of its file where line is 0. */
static int apply_policy(struct ng_corpus *corpus, const struct ng_unit *unit, uint64_t at, bool *keep, struct ng_err *err) {
    enum ng_utf8_policy policy = corpus->options.invalid_utf8;
    corpus->counts.invalid_documents++;
    *keep = policy == NG_UTF8_REPLACE;
    if (policy != NG_UTF8_FAIL) {
        take_note(corpus, NG_NOTE_REPAIRED, unit->path, unit->line, *keep ? "" : "left out");
        return NG_OK;
    }
    if (unit->line > 0) {
        (void)ng_err_set(err, NG_ERR_INPUT, "%s:%llu: text is not Unicode (UTF-8) at byte %llu of the line", unit->path,
                         (unsigned long long)unit->line, (unsigned long long)at);
    } else {
        (void)ng_err_set(err, NG_ERR_INPUT, "%s: text is not UTF-8 at byte %llu", unit->path, (unsigned long long)at);
    }
    return ng_err_hint(err, "--invalid-utf8 replace puts U+FFFD there, --invalid-utf8 skip leaves the document out");
}

/* Notes a bad file or line and goes on, if there are not too many: then err becomes the reason. */
static int pass_over(struct ng_corpus *corpus, enum ng_note note, const char *path, uint64_t line, struct ng_err *err) {
    uint64_t most = corpus->options.max_bad;
    struct ng_err last = {0};
    if (err) last = *err;
    if (most > 0 && ++corpus->bad > most) {
        (void)ng_err_set(err, NG_ERR_INPUT, "over %llu bad files and lines (--max-bad); this one: %s",
                         (unsigned long long)most, last.text);
        return NG_ERR_INPUT;
    }
    take_note(corpus, note, path, line, last.text);
    ng_err_clear(err);
    return NG_OK;
}

static int take_text(struct ng_corpus *corpus, const struct ng_unit *unit, struct ng_document *document, bool *keep,
                     struct ng_err *err) {
    const uint8_t *text = unit->bytes;
    size_t length = (size_t)unit->length;
    size_t valid = ng_utf8_valid_prefix(text, length);
    if (valid < length) {
        int status = apply_policy(corpus, unit, valid, keep, err);
        if (status || !*keep) return status;
        corpus->repaired.length = 0;
        status = ng_utf8_append_repaired(&corpus->repaired, text, length, err);
        if (status) return status;
        text = corpus->repaired.data;
        length = corpus->repaired.length;
    }
    *document = (struct ng_document){.text = text, .text_bytes = length, .metadata = unit->metadata,
                                     .metadata_bytes = unit->metadata_bytes};
    return NG_OK;
}

static int take_record(struct ng_corpus *corpus, const struct ng_unit *unit, const struct ng_record *record,
                       struct ng_document *document, bool *keep, struct ng_err *err) {
    if (record->ill_formed) {
        int status = apply_policy(corpus, unit, record->ill_formed_at, keep, err);
        if (status || !*keep) return status;
    }
    if (record->nonfinite) take_note(corpus, NG_NOTE_NONFINITE, unit->path, unit->line, "");
    *document = (struct ng_document){.text = record->text, .text_bytes = record->text_bytes,
                                     .metadata = record->metadata, .metadata_bytes = record->metadata_bytes};
    return NG_OK;
}

/* Makes a document of a unit; *keep is false where it is passed over. */
static int take_unit(struct ng_corpus *corpus, const struct ng_unit *unit, struct ng_document *document, bool *keep,
                     struct ng_err *err) {
    struct ng_record record = {0};
    int status = NG_OK;
    *keep = true;
    if (unit->too_long) {
        status = refuse_long(corpus, unit, err);
    } else if (unit->is_record) {
        status = ng_record_parse(corpus->parser, unit->path, unit->line, unit->bytes, (size_t)unit->length, &record, err);
    }
    if (corpus->options.skip_bad_lines && (status == NG_ERR_INPUT || status == NG_ERR_LIMIT)) {
        *keep = false;
        corpus->counts.bad_lines++;
        return pass_over(corpus, NG_NOTE_BAD_LINE, unit->path, unit->line, err);
    }
    if (status) return status;
    status = unit->is_record ? take_record(corpus, unit, &record, document, keep, err)
                             : take_text(corpus, unit, document, keep, err);
    document->path = unit->path;
    document->line = unit->line;
    if (!status && *keep && document->text_bytes == 0) take_note(corpus, NG_NOTE_EMPTY, unit->path, unit->line, "");
    return status;
}

/* A folder of records whose text has another name would be passed over file by file. */
static int check_fields(struct ng_corpus *corpus, uint64_t before, struct ng_err *err) {
    if (corpus->input.no_fields == before) return NG_OK;
    corpus->no_field_bytes += corpus->walk.files[corpus->counts.files].bytes;
    if (corpus->no_field_bytes <= corpus->counts.input_bytes_total / 2) return NG_OK;
    (void)ng_err_set(err, NG_ERR_INPUT, "%s: JSON lines without a field \"%s\", as most of the corpus",
                     current_path(corpus), corpus->text_field);
    return ng_err_hint(err, "name the field that holds the text with --text-field, or leave such files out with --exclude");
}

static bool is_files_fault(const struct ng_corpus *corpus, int status) {
    return (status == NG_ERR_INPUT || status == NG_ERR_LIMIT || status == NG_ERR_IO || status == NG_ERR_NOTFOUND) &&
           !corpus->input.blameless;
}

/* The next unit of the open file, or of the files behind it. */
static int next_unit(struct ng_corpus *corpus, struct ng_unit *unit, bool *found, struct ng_err *err) {
    *found = false;
    while (corpus->counts.files < corpus->walk.count) {
        uint64_t no_fields = corpus->input.no_fields;
        bool whole = corpus->is_open || !skips_known(corpus);
        if (!whole) {
            int status = list_file(corpus, false, err);
            if (status) return status;
            corpus->counts.input_bytes_total -= corpus->walk.files[corpus->counts.files].bytes;
            close_file(corpus);
            continue;
        }
        int status = corpus->is_open ? NG_OK : open_file(corpus, err);
        if (!status) status = ng_input_next(&corpus->input, unit, found, err);
        if (status && corpus->options.skip_bad_files && is_files_fault(corpus, status)) {
            whole = false;
            status = pass_over(corpus, NG_NOTE_BAD_FILE, current_path(corpus), 0, err);
        }
        if (!status && !*found) status = check_fields(corpus, no_fields, err);
        if (status || *found) return status;
        status = list_file(corpus, whole, err);
        if (status) return status;
        close_file(corpus);
    }
    return NG_OK;
}

int ng_corpus_gives(struct ng_corpus *corpus, size_t number, bool *gives, struct ng_err *err) {
    struct ng_unit unit;
    *gives = false;
    corpus->counts.files = number;
    int status = open_file(corpus, err);
    if (!status) status = ng_input_next(&corpus->input, &unit, gives, err);
    if (status && corpus->options.skip_bad_files && is_files_fault(corpus, status)) {
        ng_err_clear(err);
        status = NG_OK;
    }
    ng_input_close(&corpus->input);
    corpus->is_open = false;
    return status;
}

int ng_corpus_next(struct ng_corpus *corpus, struct ng_document *document, bool *found, struct ng_err *err) {
    *found = false;
    /* A long document is no longer needed, and others may want its memory. */
    corpus->repaired.length = 0;
    ng_buf_trim(&corpus->repaired, KEPT_BYTES);
    ng_input_trim(&corpus->input);
    ng_record_parser_trim(corpus->parser);
    while (!*found) {
        struct ng_unit unit;
        bool more;
        int status = next_unit(corpus, &unit, &more, err);
        if (!status && more) status = take_unit(corpus, &unit, document, found, err);
        if (status || !more) return status;
    }
    corpus->counts.documents++;
    return NG_OK;
}

void ng_corpus_tell(const struct ng_corpus *corpus, struct ng_corpus_position *position) {
    *position = (struct ng_corpus_position){.file = corpus->counts.files,
                                            .line = corpus->is_open ? ng_input_position(&corpus->input) : 0,
                                            .documents = corpus->counts.documents,
                                            .bad_lines = corpus->counts.bad_lines,
                                            .invalid_documents = corpus->counts.invalid_documents};
}

int ng_corpus_seek(struct ng_corpus *corpus, const struct ng_corpus_position *position, struct ng_err *err) {
    if (corpus->is_open) close_file(corpus);
    corpus->closed_input_bytes = 0;
    for (uint64_t i = 0; i < position->file && i < corpus->walk.count; i++) {
        corpus->closed_input_bytes += corpus->walk.files[i].bytes;
    }
    corpus->counts.files = position->file;
    corpus->counts.documents = corpus->counts.resumed_documents = position->documents;
    corpus->counts.bad_lines = corpus->counts.resumed_bad_lines = position->bad_lines;
    corpus->counts.invalid_documents = corpus->counts.resumed_invalid_documents = position->invalid_documents;
    if (position->line == 0) return NG_OK;
    bool found = position->file < corpus->walk.count;
    int status = found ? open_file(corpus, err) : NG_OK;
    while (!status && found && ng_input_position(&corpus->input) < position->line) {
        struct ng_unit unit;
        status = ng_input_next(&corpus->input, &unit, &found, err);
    }
    if (!status && !found) status = ng_err_set(err, NG_ERR_INPUT, "the corpus is shorter than it was");
    return status;
}

uint64_t ng_corpus_fingerprint(const struct ng_corpus *corpus) {
    uint64_t sum = corpus->walk.count + ((uint64_t)corpus->options.json_as << 62) +
                   ((uint64_t)corpus->options.skip_bad_files << 61);
    for (size_t i = 0; i < corpus->walk.count; i++) {
        const struct ng_walk_file *file = &corpus->walk.files[i];
        struct stat found;
        bool known = strcmp(file->path, "-") != 0 && stat(file->path, &found) == 0;
        const uint64_t numbers[] = {sum, file->bytes, known ? (uint64_t)found.st_mtim.tv_sec : 0,
                                    known ? (uint64_t)found.st_mtim.tv_nsec : 0};
        sum = XXH3_64bits_withSeed(numbers, sizeof numbers, XXH3_64bits(file->path, strlen(file->path)));
    }
    return sum;
}

uint64_t ng_corpus_memory(const struct ng_corpus *corpus) {
    enum {
        ALLOCATION_BYTES = 16, /* that an allocation takes beside what it is for */
        RECORD_BYTES = 25      /* of a file that was read, beside its path */
    };
    uint64_t list = corpus->walk.capacity * sizeof *corpus->walk.files;
    uint64_t most = 0;
    for (size_t i = 0; i < corpus->walk.count; i++) {
        const char *path = corpus->walk.files[i].path;
        uint64_t window = ng_unpack_window_bytes(path, most_window(corpus));
        if (window > most) most = window;
        list += 2 * strlen(path) + ALLOCATION_BYTES + RECORD_BYTES;
    }
    return list + most;
}

void ng_corpus_get_counts(const struct ng_corpus *corpus, struct ng_corpus_counts *counts) {
    *counts = corpus->counts;
    counts->input_bytes = corpus->closed_input_bytes;
    if (corpus->is_open) counts->input_bytes += ng_stream_input_bytes(corpus->input.file);
    memcpy(counts->kinds, corpus->input.kinds, sizeof counts->kinds);
}

void ng_corpus_close(struct ng_corpus *corpus) {
    if (!corpus) return;
    ng_input_free(&corpus->input);
    ng_record_parser_close(corpus->parser);
    ng_buf_free(&corpus->repaired);
    ng_files_free(&corpus->read);
    ng_walk_free(&corpus->walk);
    free(corpus->text_field);
    free(corpus);
}
