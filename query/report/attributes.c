/*
 * --attributes: the spans of contaminated documents as Dolma's toolkit takes them (docs/data-format.md of
 * github.com/allenai/dolma): a gzipped file for each of the corpus, under the same name, with a row for each document in
 * the same order.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/json/member.h"
#include "common/os/stream.h"
#include "query/report/documents.h"
#include "query/report/tree.h"

#define ATTRIBUTE "ngidx__contamination__overlap"

struct ng_report_attributes {
    struct ng_report_tree *tree; /* owned */
    const struct ng_report_settings *settings;
};

/* The file of the corpus whose rows are written. */
struct writing {
    const struct ng_report_attributes *attributes;
    char *source; /* owned */
    char *path;   /* owned */
    FILE *stream; /* NULL: none is open */
    struct ng_json json;
    uint64_t line; /* the last */
    uint64_t files;
    uint64_t gaps;
};

static int check_views(const struct ng_report_settings *settings, struct ng_err *err) {
    for (size_t k = 0; k < settings->index_count; k++) {
        struct ng_index_info info;
        ng_index_get_info(settings->indexes[k].index, &info);
        if (info.exact) continue;
        (void)ng_err_set(err, NG_ERR_USAGE, "--attributes: index '%s' has no exact view, so that places in its documents are "
                         "not known", settings->indexes[k].name);
        return ng_err_hint(err, "ngidx build --view exact,folded");
    }
    return NG_OK;
}

int ng_report_attributes_open(struct ng_report_attributes **out, const char *path,
                              const struct ng_report_settings *settings, struct ng_err *err) {
    *out = NULL;
    int status = check_views(settings, err);
    if (status) return status;
    struct ng_report_attributes *attributes = calloc(1, sizeof *attributes);
    if (!attributes) return ng_err_nomem(err, sizeof *attributes, "attributes");
    attributes->settings = settings;
    status = ng_report_tree_open(&attributes->tree, path, "--attributes", err);
    if (status) ng_report_attributes_close(attributes);
    else *out = attributes;
    return status;
}

void ng_report_attributes_close(struct ng_report_attributes *attributes) {
    if (!attributes) return;
    ng_report_tree_close(attributes->tree);
    free(attributes);
}

/* Where the rows of a corpus file go. Dolma keeps documents under documents/, attributes under attributes/NAME/. */
static int name_file(const struct writing *writing, size_t index, const char *source, char **path, struct ng_err *err) {
    const struct ng_report_settings *settings = writing->attributes->settings;
    const char *name = ng_cite_path_in_corpus(settings->paths, index, source);
    const char *documents = strstr(source, "/documents/");
    if (documents) name = documents + strlen("/documents/");
    const char *within = settings->index_count > 1 ? settings->indexes[index].name : NULL;
    return ng_report_tree_name(writing->attributes->tree, within, name, ".gz", path, err);
}

static int close_file(struct writing *writing, struct ng_err *err) {
    if (!writing->stream) return NG_OK;
    ng_json_free(&writing->json);
    errno = 0;
    bool failed = ferror(writing->stream) != 0;
    if (fclose(writing->stream) != 0) failed = true;
    writing->stream = NULL;
    return failed ? ng_err_sys(err, errno ? errno : EIO, "cannot write %s", writing->path) : NG_OK;
}

/* Begins the file of another source. */
static int start_file(struct writing *writing, size_t index, const char *source, struct ng_err *err) {
    int status = close_file(writing, err);
    free(writing->source);
    free(writing->path);
    writing->path = NULL;
    writing->source = strdup(source);
    if (!writing->source && !status) status = ng_err_nomem(err, strlen(source), "a file name");
    if (!status) status = name_file(writing, index, source, &writing->path, err);
    if (status) return status;
    status = ng_stream_create_gzip(&writing->stream, writing->path, err);
    if (status) return status;
    writing->files++;
    writing->line = 0;
    status = ng_json_init(&writing->json, writing->stream, err);
    if (!status) return NG_OK;
    (void)fclose(writing->stream);
    writing->stream = NULL;
    return status;
}

static void write_spans(struct ng_json *json, const struct ng_report_document *document) {
    ng_json_member_object(json, "attributes");
    ng_json_member_array(json, ATTRIBUTE);
    for (size_t i = 0; document && i < document->range_count; i++) {
        ng_json_array_begin(json);
        ng_json_u64(json, document->ranges[i].begin_char);
        ng_json_u64(json, document->ranges[i].end_char);
        ng_json_decimal(json, document->scores[i], 4);
        ng_json_array_end(json);
    }
    ng_json_array_end(json);
    ng_json_object_end(json);
}

/* document: its spans; NULL: it has none. */
static int write_row(struct writing *writing, size_t index, const struct ng_doc_source *source,
                     const struct ng_report_document *document, struct ng_err *err) {
    static const char *const names[] = {"id", "source"};
    char *values[2];
    int status = NG_OK;
    if (!writing->source || !writing->stream || strcmp(writing->source, source->path) != 0) {
        status = start_file(writing, index, source->path, err);
    }
    if (!status) status = ng_json_find_members(source->metadata, (size_t)source->metadata_bytes, names, values, 2, err);
    if (status) return status;
    if (source->line > writing->line) writing->gaps += source->line - writing->line - 1;
    writing->line = source->line;
    char *made = NULL; /* an id for a document that has none */
    if (!values[0] && asprintf(&made, "%s:%llu", ng_cite_path_in_corpus(writing->attributes->settings->paths, index,
                                                                        source->path),
                               (unsigned long long)source->line) < 0) made = NULL;
    if (!values[0] && !made) status = ng_err_nomem(err, strlen(source->path), "an id");
    if (!status) {
        ng_json_object_begin(&writing->json);
        ng_json_member_text(&writing->json, "id", values[0] ? values[0] : made);
        if (values[1]) ng_json_member_text(&writing->json, "source", values[1]);
        write_spans(&writing->json, document);
        ng_json_object_end(&writing->json);
        ng_json_end_line(&writing->json);
    }
    free(made);
    free(values[0]);
    free(values[1]);
    return status;
}

static int write_rows(struct writing *writing, const struct ng_report_document *documents, size_t count, struct ng_err *err) {
    const struct ng_report_settings *settings = writing->attributes->settings;
    size_t next = 0;
    for (size_t k = 0; k < settings->index_count; k++) {
        struct ng_index_info info;
        ng_index_get_info(settings->indexes[k].index, &info);
        const struct ng_index *index = settings->indexes[k].index;
        for (uint64_t doc = 0;; doc++) {
            struct ng_doc_source source;
            int status = ng_index_next_document(index, &doc, err);
            if (!status && doc == info.document_end) break;
            if (!status) status = ng_index_doc_source(index, doc, &source, err);
            if (status) return status;
            bool has = next < count && documents[next].index == k && documents[next].doc == doc;
            status = write_row(writing, k, &source, has ? &documents[next] : NULL, err);
            ng_doc_source_free(&source);
            if (status) return status;
            if (writing->stream && ferror(writing->stream)) return close_file(writing, err);
            next += has ? 1 : 0;
        }
        int status = close_file(writing, err); /* a file of the same name in another index is another */
        if (status) return status;
    }
    return NG_OK;
}

int ng_report_attributes_write(struct ng_report_attributes *attributes, const struct ng_report_documents *documents,
                               uint64_t *files, uint64_t *gaps, struct ng_err *err) {
    struct writing writing = {.attributes = attributes};
    size_t count;
    const struct ng_report_document *all = ng_report_documents_get(documents, &count);
    int status = write_rows(&writing, all, count, err);
    struct ng_err ignored;
    ng_err_clear(&ignored);
    (void)close_file(&writing, status ? &ignored : err);
    free(writing.source);
    free(writing.path);
    *files = writing.files;
    *gaps = writing.gaps;
    return status;
}

int ng_report_attributes_publish(struct ng_report_attributes *attributes, struct ng_err *err) {
    return ng_report_tree_publish(attributes->tree, err);
}
