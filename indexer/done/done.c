#include "indexer/done/done.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/files/files.h"
#include "common/os/file.h"
#include "common/os/stream.h"
#include "common/shard/index_files.h"
#include "indexer/build/take.h"

struct done {
    const struct ng_build_options *options;
    const struct ng_done_share *share;
    struct ng_index_files there;
    struct ng_files files; /* that the index lists */
    struct ng_corpus *corpus;
};

static int differ(const struct done *done, struct ng_err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int differ(const struct done *done, struct ng_err *err, const char *format, ...) {
    char what[NG_ERR_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    (void)ng_err_set(err, NG_ERR_EXISTS, "%s is an index already, and not that of this build: %s", done->options->output, what);
    return ng_err_hint(err, "replace it with --force (which tasks cannot), or name another with -o");
}

static const char *name_views(bool exact, bool folded) {
    if (!folded) return "exact";
    return exact ? "exact,folded" : "folded";
}

static const char *or_default(const char *field) {
    return field[0] ? field : "(the default)";
}

static int compare_settings(const struct done *done, const struct ng_manifest *now, struct ng_err *err) {
    const struct ng_manifest *then = &done->there.manifest;
    const bool folded = ng_manifest_has_folded(then);
    const struct {
        const char *name;
        const char *then;
        const char *now;
    } texts[] = {{"--text-field", then->text_field, now->text_field},
                 {"--id-field", then->id_field, now->id_field},
                 {"--url-field", then->url_field, now->url_field},
                 {"--invalid-utf8", then->invalid_utf8, now->invalid_utf8},
                 {"--json-as", then->json_as, now->json_as},
                 {"--view", name_views(!ng_manifest_only_folded(then), folded), name_views(done->options->exact, done->options->folded)},
                 {"the version of Unicode", then->fold_unicode, now->fold_unicode}};
    const struct {
        const char *name;
        uint64_t then;
        uint64_t now;
    } numbers[] = {{"--sa-sample", then->sa_sample, now->sa_sample},
                   {"the folded view's --sa-sample", then->folded_sa_sample, now->folded_sa_sample},
                   {"--shard-size", then->shard_bytes, now->shard_bytes},
                   {"the version of folding", then->fold_version, now->fold_version}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (strcmp(texts[i].then, texts[i].now) == 0) continue;
        return differ(done, err, "%s is %.200s there, and %.200s here", texts[i].name, or_default(texts[i].then),
                      or_default(texts[i].now));
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (numbers[i].then == numbers[i].now) continue;
        return differ(done, err, "%s is %llu there, and %llu here", numbers[i].name, (unsigned long long)numbers[i].then,
                      (unsigned long long)numbers[i].now);
    }
    if (then->removal_count == 0) return NG_OK;
    return differ(done, err, "documents were removed from it");
}

/* Goes through the files of the corpus and those that the index lists, side by side: the order of both is that of the
 * corpus's names. The index lists no file that gave nothing. */
struct pairs {
    const struct done *done;
    size_t number; /* of the file in the corpus */
    size_t at;     /* in the records */
};

/* *record is that of the file; its path is NULL where the index does not list it. */
static const struct ng_walk_file *next_pair(struct pairs *pairs, struct ng_file_record *record) {
    const struct ng_walk *walk = ng_corpus_files(pairs->done->corpus);
    const struct ng_buf *records = &pairs->done->files.records;
    *record = (struct ng_file_record){0};
    if (pairs->number == walk->count) return NULL;
    const struct ng_walk_file *file = &walk->files[pairs->number++];
    size_t at = pairs->at;
    if (ng_files_next(records->data, records->length, &at, record) && strcmp(record->path, file->path) == 0) pairs->at = at;
    else record->path = NULL;
    return file;
}

/* Names and sizes, before any file is read. */
static int compare_names(const struct done *done, struct ng_err *err) {
    struct pairs pairs = {.done = done};
    const struct ng_walk_file *file;
    struct ng_file_record record;
    while ((file = next_pair(&pairs, &record))) {
        if (strcmp(file->path, "-") == 0) return differ(done, err, "standard input cannot be compared");
        if (!record.path || record.bytes == file->bytes) continue;
        return differ(done, err, "%s had %llu bytes then, and has %llu now", file->path, (unsigned long long)record.bytes,
                      (unsigned long long)file->bytes);
    }
    if (!ng_files_next(done->files.records.data, done->files.records.length, &pairs.at, &record)) return NG_OK;
    return differ(done, err, "%s is in it, and not in the corpus, or not at that place", record.path);
}

static int compare_content(const struct done *done, const struct ng_file_record *record, struct ng_err *err) {
    struct ng_file_record now = {0};
    struct ng_stream *stream = NULL;
    int status = ng_stream_open(&stream, record->path, err);
    if (!status) status = ng_stream_hash(stream, err);
    if (!status) status = ng_stream_finish_hash(stream, &now.bytes, now.xxh3_128, err);
    ng_stream_close(stream);
    if (status) return status;
    bool same = now.bytes == record->bytes && memcmp(now.xxh3_128, record->xxh3_128, sizeof now.xxh3_128) == 0;
    return same ? NG_OK : differ(done, err, "%s has changed", record->path);
}

static int compare_contents(const struct done *done, struct ng_err *err) {
    const struct ng_build_options *options = done->options;
    struct pairs pairs = {.done = done};
    const struct ng_walk_file *file;
    struct ng_file_record record;
    struct ng_corpus_counts counts;
    uint64_t bytes = 0;
    ng_corpus_get_counts(done->corpus, &counts);
    while ((file = next_pair(&pairs, &record))) {
        size_t number = pairs.number - 1;
        bool gives = false;
        int status = NG_OK;
        bytes += file->bytes;
        if (number % done->share->count != done->share->number) continue;
        if (record.path) status = compare_content(done, &record, err);
        else status = ng_corpus_gives(done->corpus, number, &gives, err);
        if (!status && gives) status = differ(done, err, "%s is not in it, or not wholly", file->path);
        if (status) return status;
        if (options->progress) options->progress(options->progress_context, NG_BUILD_READ, 0, bytes, counts.input_bytes_total);
    }
    return NG_OK;
}

static int open_both(struct done *done, struct ng_err *err) {
    struct ng_corpus_options corpus = done->options->corpus;
    int status = ng_take_files(&done->files, done->options->output, &done->there, err);
    if (status) return status;
    if (done->files.partial) return differ(done, err, "it does not list all files that it was built of");
    corpus.walk.exclude_paths[0] = done->options->output;
    return ng_corpus_open(&done->corpus, &corpus, err);
}

static int is_there(const char *index, bool *there, struct ng_err *err) {
    char *path = NULL;
    int status = ng_file_join(&path, index, NG_MANIFEST_FILE, err);
    *there = !status && access(path, F_OK) == 0;
    free(path);
    return status;
}

int ng_done_find(const struct ng_build_options *given, const struct ng_done_share *share, struct ng_build_result *result,
                 struct ng_err *err) {
    struct ng_build_options options = *given;
    struct ng_manifest now;
    struct done done = {.options = &options, .share = share};
    bool there = false;
    *result = (struct ng_build_result){0};
    int status = is_there(options.output, &there, err);
    if (status || !there) return status;
    status = ng_build_settle(&options, &now, err);
    if (!status) status = ng_index_files_open(&done.there, options.output, NG_INDEX_FILES_MAP, err);
    if (!status) status = compare_settings(&done, &now, err);
    if (!status) status = open_both(&done, err);
    if (!status) status = compare_names(&done, err);
    if (!status) status = compare_contents(&done, err);
    if (!status) status = ng_build_describe(&done.there.manifest, result, err);
    if (!status) {
        ng_corpus_get_counts(done.corpus, &result->corpus);
        result->corpus.files = result->corpus.files_total;
        result->corpus.input_bytes = result->corpus.input_bytes_total;
        result->was_there = true;
    }
    ng_corpus_close(done.corpus);
    ng_files_free(&done.files);
    ng_index_files_close(&done.there);
    return status;
}
