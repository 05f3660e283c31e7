#include "query/cli/export_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/os/stream.h"
#include "query/cite/cite.h"
#include "query/report/tree.h"

struct ng_export_files {
    struct ng_report_tree *tree; /* owned, as are the others */
    struct ng_cite_paths *paths;
    const struct ng_cmd_indexes *indexes;
    size_t index;   /* of the file that is written, */
    char *source;   /* and its name in the corpus */
    char *path;
    FILE *stream;   /* NULL: none is open */
    uint64_t line;  /* the next to write */
    uint64_t count;
    uint64_t moved;
};

int ng_export_files_open(struct ng_export_files **out, const char *path, const struct ng_cmd_indexes *indexes,
                         struct ng_err *err) {
    *out = NULL;
    struct ng_export_files *files = calloc(1, sizeof *files);
    if (!files) return ng_err_nomem(err, sizeof *files, "files");
    files->indexes = indexes;
    int status = ng_cite_paths_open(&files->paths, indexes->indexes, indexes->count, err);
    if (!status) status = ng_report_tree_open(&files->tree, path, "--to", err);
    if (status) ng_export_files_close(files);
    else *out = files;
    return status;
}

static int close_file(struct ng_export_files *files, struct ng_err *err) {
    if (!files->stream) return NG_OK;
    errno = 0;
    bool failed = ferror(files->stream) != 0;
    if (fclose(files->stream) != 0) failed = true;
    files->stream = NULL;
    return failed ? ng_err_sys(err, errno ? errno : EIO, "cannot write %s", files->path) : NG_OK;
}

/* A file of records keeps its name; what had other content gets the ending of JSON lines. */
static const char *ending_of(const char *source) {
    static const char *const records[] = {".jsonl", ".ndjson", ".json"};
    size_t length = ng_text_uncompressed(source);
    bool gzip = ng_text_ends(source, strlen(source), ".gz");
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        if (ng_text_ends(source, length, records[i])) return gzip ? ".gz" : "";
    }
    return gzip ? ".jsonl.gz" : ".jsonl";
}

static int start_file(struct ng_export_files *files, size_t index, const char *source, struct ng_err *err) {
    const char *within = files->indexes->count > 1 ? files->indexes->named[index].name : NULL;
    const char *ending = ending_of(source);
    int status = close_file(files, err);
    free(files->source);
    free(files->path);
    files->path = NULL;
    files->source = strdup(source);
    files->index = index;
    files->line = 1;
    if (!files->source && !status) status = ng_err_nomem(err, strlen(source), "a file name");
    if (!status) {
        status = ng_report_tree_name(files->tree, within, ng_cite_path_in_corpus(files->paths, index, source), ending,
                                     &files->path, err);
    }
    if (status == NG_ERR_INPUT) {
        (void)ng_err_hint(err, "their names differ only in how they are compressed, or one was added twice; without --to, all "
                          "documents are one stream of JSON lines");
    }
    if (status) return status;
    if (ng_text_ends(ending, strlen(ending), ".gz")) status = ng_stream_create_gzip(&files->stream, files->path, err);
    else files->stream = fopen(files->path, "wxe");
    if (!status && !files->stream) status = ng_err_sys(err, errno, "cannot make %s", files->path);
    files->count += status ? 0 : 1;
    return status;
}

int ng_export_files_next(struct ng_export_files *files, size_t index, const struct ng_doc_source *source, FILE **stream,
                         struct ng_err *err) {
    int status = NG_OK;
    bool same = files->source && files->index == index && strcmp(files->source, source->path) == 0;
    if (same && ferror(files->stream)) return close_file(files, err);
    if (!same) status = start_file(files, index, source->path, err);
    if (status) return status;
    if (files->line > source->line && source->line > 0) files->moved++;
    for (; files->line < source->line; files->line++) (void)putc_unlocked('\n', files->stream);
    files->line++;
    *stream = files->stream;
    return NG_OK;
}

int ng_export_files_finish(struct ng_export_files *files, uint64_t *count, uint64_t *moved, struct ng_err *err) {
    int status = close_file(files, err);
    *count = files->count;
    *moved = files->moved;
    return status ? status : ng_report_tree_publish(files->tree, err);
}

void ng_export_files_close(struct ng_export_files *files) {
    struct ng_err ignored;
    if (!files) return;
    ng_err_clear(&ignored);
    (void)close_file(files, &ignored);
    ng_report_tree_close(files->tree);
    ng_cite_paths_free(files->paths);
    free(files->source);
    free(files->path);
    free(files);
}
