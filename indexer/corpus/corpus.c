#include "indexer/corpus/corpus.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "common/base/buf.h"
#include "common/base/checked.h"
#include "common/base/limits.h"
#include "common/base/text.h"
#include "common/base/utf8.h"
#include "common/os/stream.h"
#include "indexer/corpus/json_record.h"
#include "indexer/corpus/jsonl.h"
#include "indexer/corpus/listing.h"

enum { READ_BYTES = 1 << 16, KEPT_BYTES = 4 << 20 };

#define DEFAULT_TEXT_FIELD "text"

struct ng_corpus {
    enum ng_utf8_policy invalid_utf8;
    bool skip_bad_lines;
    struct ng_walk walk;
    struct ng_corpus_counts counts;

    /* The file that is being read: walk.files[counts.files], while stream is not NULL. */
    struct ng_stream *stream;
    bool holds_lines; /* JSON lines; else the file is one document */
    uint64_t closed_input_bytes; /* of the files before it */

    struct ng_record_bounds bounds;
    struct ng_jsonl lines;
    struct ng_record_parser *parser;
    struct ng_buf whole;    /* a file that is one document */
    struct ng_buf repaired; /* the same with U+FFFD for what is not UTF-8 */
};

static bool names_json_lines(const char *path) {
    size_t length = ng_text_uncompressed(path);
    if (strcmp(path, "-") == 0) return true;
    return ng_text_ends(path, length, ".jsonl") || ng_text_ends(path, length, ".json") || ng_text_ends(path, length, ".ndjson");
}

static const char *current_path(const struct ng_corpus *corpus) {
    return corpus->walk.files[corpus->counts.files].path;
}

/* The window of standard input is not known beforehand, so that no plan counts it; of that of files see
 * ng_corpus_memory. */
static void bound_window(struct ng_corpus *corpus) {
    if (strcmp(current_path(corpus), "-") == 0) ng_stream_limit_window(corpus->stream, corpus->bounds.most_bytes);
}

static int open_file(struct ng_corpus *corpus, struct ng_err *err) {
    const char *path = current_path(corpus);
    int status = ng_stream_open(&corpus->stream, path, err);
    if (status) return status;
    bound_window(corpus);
    corpus->holds_lines = names_json_lines(path);
    if (corpus->holds_lines) ng_jsonl_start(&corpus->lines, corpus->stream, &corpus->bounds);
    return NG_OK;
}

static void close_file(struct ng_corpus *corpus) {
    corpus->closed_input_bytes += ng_stream_input_bytes(corpus->stream);
    ng_stream_close(corpus->stream);
    corpus->stream = NULL;
    corpus->counts.files++;
}

static int list_files(struct ng_corpus *corpus, const struct ng_corpus_options *options, struct ng_err *err) {
    for (size_t i = 0; i < options->path_count; i++) {
        int status = ng_walk_add(&corpus->walk, options->paths[i], options->exclude_paths, err);
        if (status) return status;
    }
    struct ng_corpus_counts *counts = &corpus->counts;
    counts->files_total = corpus->walk.count;
    bool known = true; /* sizes of sparse files may add up to anything; standard input has none */
    for (size_t i = 0; i < corpus->walk.count && known; i++) {
        known = strcmp(corpus->walk.files[i].path, "-") != 0 &&
                ng_checked_add(counts->input_bytes_total, corpus->walk.files[i].bytes, &counts->input_bytes_total);
    }
    if (!known) counts->input_bytes_total = 0;
    if (corpus->walk.count > 0) return NG_OK;
    return ng_err_set(err, NG_ERR_INPUT, "the corpus holds no file: %s%s",
                      options->path_count ? options->paths[0] : "no path was given",
                      options->path_count > 1 ? " and the other paths" : "");
}

int ng_corpus_open(struct ng_corpus **out, const struct ng_corpus_options *options, struct ng_err *err) {
    *out = NULL;
    struct ng_corpus *corpus = calloc(1, sizeof *corpus);
    if (!corpus) return ng_err_nomem(err, sizeof *corpus, "a corpus");
    corpus->invalid_utf8 = options->invalid_utf8;
    corpus->skip_bad_lines = options->skip_bad_lines;
    corpus->bounds.most_bytes = NG_MAX_RECORD_BYTES;
    const char *text_field = options->text_field ? options->text_field : DEFAULT_TEXT_FIELD;
    int status = ng_record_parser_open(&corpus->parser, text_field, err);
    if (!status) status = list_files(corpus, options, err);
    if (!status) status = open_file(corpus, err);
    if (status) {
        ng_corpus_close(corpus);
        return status;
    }
    *out = corpus;
    return NG_OK;
}

void ng_corpus_bound(struct ng_corpus *corpus, const struct ng_record_bounds *bounds) {
    corpus->bounds = *bounds;
    corpus->lines.bounds = *bounds;
    bound_window(corpus);
}

/* The error of a record that is too long. line is 0 for a file. */
static int refuse_record(const struct ng_corpus *corpus, uint64_t line, struct ng_err *err) {
    unsigned long long most = corpus->bounds.most_bytes;
    bool is_own_limit = most == NG_MAX_RECORD_BYTES;
    const char *why = is_own_limit ? "NG_MAX_RECORD_BYTES" : "what fits the memory";
    const char *more = is_own_limit ? "" : "give a larger --memory, ";
    if (line > 0) {
        (void)ng_err_set(err, NG_ERR_LIMIT, "%s:%llu: line over %llu bytes (%s)", current_path(corpus),
                         (unsigned long long)line, most, why);
        return ng_err_hint(err, "%ssplit the document, or pass over such lines with --skip-bad-lines", more);
    }
    (void)ng_err_set(err, NG_ERR_LIMIT, "%s: over %llu bytes (%s), as one document", current_path(corpus), most, why);
    return ng_err_hint(err, "%ssplit it, or make it JSON lines and name it *.jsonl", more);
}

/* Decides about a document with ill-formed text at byte at of its line, or of its file where line is 0. */
static int apply_policy(struct ng_corpus *corpus, uint64_t line, uint64_t at, bool *keep, struct ng_err *err) {
    corpus->counts.invalid_documents++;
    *keep = corpus->invalid_utf8 == NG_UTF8_REPLACE;
    if (corpus->invalid_utf8 != NG_UTF8_FAIL) return NG_OK;
    if (line > 0) {
        (void)ng_err_set(err, NG_ERR_INPUT, "%s:%llu: text is not Unicode (UTF-8) at byte %llu of the line",
                         current_path(corpus), (unsigned long long)line, (unsigned long long)at);
    } else {
        (void)ng_err_set(err, NG_ERR_INPUT, "%s: text is not UTF-8 at byte %llu", current_path(corpus),
                         (unsigned long long)at);
    }
    return ng_err_hint(err, "--invalid-utf8 replace puts U+FFFD there, --invalid-utf8 skip leaves the document out");
}

/* Reads the rest of the file into whole. */
static int read_whole(struct ng_corpus *corpus, struct ng_err *err) {
    struct ng_buf *whole = &corpus->whole;
    const struct ng_record_bounds *bounds = &corpus->bounds;
    bool has_room = !bounds->make_room;
    whole->length = 0;
    for (;;) {
        bool at_end;
        int status = ng_stream_append(corpus->stream, whole, READ_BYTES, &at_end, err);
        if (status || at_end) return status;
        if (whole->length > bounds->most_bytes) return refuse_record(corpus, 0, err);
        if (!has_room && whole->length > bounds->room_bytes) {
            has_room = true;
            status = bounds->make_room(bounds->context, err);
            if (status) return status;
        }
    }
}

static int next_whole(struct ng_corpus *corpus, struct ng_document *document, bool *found, struct ng_err *err) {
    static const uint8_t no_metadata[] = {'{', '}'};
    int status = read_whole(corpus, err);
    if (status) return status;
    const struct ng_buf *text = &corpus->whole;
    size_t valid = ng_utf8_valid_prefix(text->data, text->length);
    bool keep = true;
    if (valid < text->length) {
        status = apply_policy(corpus, 0, valid, &keep, err);
        if (status || !keep) return status;
        corpus->repaired.length = 0;
        status = ng_utf8_append_repaired(&corpus->repaired, text->data, text->length, err);
        if (status) return status;
        text = &corpus->repaired;
    }
    *document = (struct ng_document){.text = text->data, .text_bytes = text->length,
                                     .metadata = no_metadata, .metadata_bytes = sizeof no_metadata,
                                     .path = current_path(corpus)};
    *found = true;
    return NG_OK;
}

static int parse_line(struct ng_corpus *corpus, const struct ng_line *line, struct ng_record *record,
                      struct ng_err *err) {
    if (!line->too_long) {
        return ng_record_parse(corpus->parser, current_path(corpus), line->number, line->bytes, line->length, record,
                               err);
    }
    return refuse_record(corpus, line->number, err);
}

static int next_record(struct ng_corpus *corpus, struct ng_document *document, bool *found, struct ng_err *err) {
    for (;;) {
        struct ng_line line;
        bool has_line = false;
        int status = ng_jsonl_next(&corpus->lines, &line, &has_line, err);
        if (status || !has_line) return status;
        struct ng_record record = {0};
        status = parse_line(corpus, &line, &record, err);
        if (corpus->skip_bad_lines && (status == NG_ERR_INPUT || status == NG_ERR_LIMIT)) {
            ng_err_clear(err);
            corpus->counts.bad_lines++;
            continue;
        }
        if (status) return status;
        bool keep = true;
        if (record.ill_formed) {
            status = apply_policy(corpus, line.number, record.ill_formed_at, &keep, err);
            if (status) return status;
        }
        if (!keep) continue;
        *document = (struct ng_document){.text = record.text, .text_bytes = record.text_bytes,
                                         .metadata = record.metadata, .metadata_bytes = record.metadata_bytes,
                                         .path = current_path(corpus), .line = line.number};
        *found = true;
        return NG_OK;
    }
}

int ng_corpus_next(struct ng_corpus *corpus, struct ng_document *document, bool *found, struct ng_err *err) {
    *found = false;
    /* A long document is no longer needed, and others may want its memory. */
    corpus->whole.length = corpus->repaired.length = 0;
    ng_buf_trim(&corpus->whole, KEPT_BYTES);
    ng_buf_trim(&corpus->repaired, KEPT_BYTES);
    ng_record_parser_trim(corpus->parser);
    while (!*found && corpus->counts.files < corpus->walk.count) {
        int status = corpus->stream ? NG_OK : open_file(corpus, err);
        if (status) return status;
        status = corpus->holds_lines ? next_record(corpus, document, found, err)
                                     : next_whole(corpus, document, found, err);
        if (status) return status;
        if (!*found || !corpus->holds_lines) close_file(corpus);
    }
    if (*found) corpus->counts.documents++;
    return NG_OK;
}

void ng_corpus_tell(const struct ng_corpus *corpus, struct ng_corpus_position *position) {
    *position = (struct ng_corpus_position){.file = corpus->counts.files,
                                            .line = corpus->stream && corpus->holds_lines ? corpus->lines.number : 0,
                                            .documents = corpus->counts.documents,
                                            .bad_lines = corpus->counts.bad_lines,
                                            .invalid_documents = corpus->counts.invalid_documents};
}

int ng_corpus_seek(struct ng_corpus *corpus, const struct ng_corpus_position *position, struct ng_err *err) {
    ng_stream_close(corpus->stream);
    corpus->stream = NULL;
    for (uint64_t i = 0; i < position->file && i < corpus->walk.count; i++) {
        corpus->closed_input_bytes += corpus->walk.files[i].bytes;
    }
    corpus->counts.files = position->file;
    corpus->counts.documents = position->documents;
    corpus->counts.bad_lines = position->bad_lines;
    corpus->counts.invalid_documents = position->invalid_documents;
    if (position->line == 0) return NG_OK;
    bool found = position->file < corpus->walk.count;
    int status = found ? open_file(corpus, err) : NG_OK;
    while (!status && found && corpus->lines.number < position->line) {
        struct ng_line line;
        status = ng_jsonl_next(&corpus->lines, &line, &found, err);
    }
    if (!status && !found) status = ng_err_set(err, NG_ERR_INPUT, "the corpus is shorter than it was");
    return status;
}

uint64_t ng_corpus_fingerprint(const struct ng_corpus *corpus) {
    uint64_t sum = corpus->walk.count;
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
    enum { ALLOCATION_BYTES = 16 }; /* that an allocation takes beside what it is for */
    uint64_t list = corpus->walk.capacity * sizeof *corpus->walk.files;
    uint64_t most = 0;
    for (size_t i = 0; i < corpus->walk.count; i++) {
        const char *path = corpus->walk.files[i].path;
        uint64_t window = ng_stream_window_bytes(path);
        if (window > most) most = window;
        list += strlen(path) + ALLOCATION_BYTES;
    }
    return list + most;
}

void ng_corpus_get_counts(const struct ng_corpus *corpus, struct ng_corpus_counts *counts) {
    *counts = corpus->counts;
    counts->input_bytes = corpus->closed_input_bytes;
    if (corpus->stream) counts->input_bytes += ng_stream_input_bytes(corpus->stream);
}

void ng_corpus_close(struct ng_corpus *corpus) {
    if (!corpus) return;
    ng_stream_close(corpus->stream);
    ng_jsonl_free(&corpus->lines);
    ng_record_parser_close(corpus->parser);
    ng_buf_free(&corpus->whole);
    ng_buf_free(&corpus->repaired);
    ng_walk_free(&corpus->walk);
    free(corpus);
}
