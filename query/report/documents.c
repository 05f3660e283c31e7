/* contaminated-docs.jsonl: which documents to take out of a corpus, why, and where in them the overlap is. */
#include "query/report/documents.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/json/member.h"

/* An entry that documents hold text of. */
struct flagged {
    const char *benchmark; /* borrowed */
    char *id;              /* owned; not NUL-terminated */
    size_t id_bytes;
    uint64_t number;
    enum ng_contam_class class;
};

/* That a document holds one of them. */
struct claim {
    size_t index;
    uint64_t doc;
    uint64_t entry; /* number of the flagged entry */
    double share;
};

/* A piece of a document. */
struct piece {
    size_t index;
    uint64_t doc;
    struct ng_text_range range;
    double score;
};

struct ng_report_documents {
    const struct ng_report_settings *settings;
    struct ng_buf flagged; /* of struct flagged */
    struct ng_buf claims;  /* of struct claim */
    struct ng_buf pieces;  /* of struct piece */
    struct ng_buf documents; /* of struct ng_report_document */
};

int ng_report_documents_open(struct ng_report_documents **documents, const struct ng_report_settings *settings,
                             struct ng_err *err) {
    *documents = calloc(1, sizeof **documents);
    if (!*documents) return ng_err_nomem(err, sizeof **documents, "documents");
    (*documents)->settings = settings;
    return NG_OK;
}

void ng_report_documents_free(struct ng_report_documents *documents) {
    if (!documents) return;
    struct flagged *flagged = (struct flagged *)(void *)documents->flagged.data;
    for (size_t i = 0; i < documents->flagged.length / sizeof *flagged; i++) free(flagged[i].id);
    struct ng_report_document *all = (struct ng_report_document *)(void *)documents->documents.data;
    for (size_t i = 0; i < documents->documents.length / sizeof *all; i++) {
        free(all[i].ranges);
        free(all[i].scores);
    }
    ng_buf_free(&documents->flagged);
    ng_buf_free(&documents->claims);
    ng_buf_free(&documents->pieces);
    ng_buf_free(&documents->documents);
    free(documents);
}

static int add_holder(struct ng_report_documents *documents, const struct ng_contam_holder *holder, struct ng_err *err) {
    uint64_t entry = documents->flagged.length / sizeof(struct flagged) - 1;
    struct claim claim = {.index = holder->index, .doc = holder->doc, .entry = entry, .share = holder->share};
    int status = ng_buf_append(&documents->claims, &claim, sizeof claim, err);
    for (size_t i = 0; i < holder->piece_count && !status; i++) {
        struct piece piece = {.index = holder->index,
                              .doc = holder->doc,
                              .range = {.begin = holder->pieces[i].begin, .end = holder->pieces[i].end},
                              .score = holder->share};
        status = ng_buf_append(&documents->pieces, &piece, sizeof piece, err);
    }
    return status;
}

int ng_report_documents_add(struct ng_report_documents *documents, const char *benchmark_name,
                            const struct ng_benchmark_entry *entry, const struct ng_contam_result *result,
                            const struct ng_contam_holders *holders, struct ng_err *err) {
    struct flagged flagged = {.benchmark = benchmark_name,
                              .id = malloc((size_t)entry->id.length_bytes + 1),
                              .id_bytes = (size_t)entry->id.length_bytes,
                              .number = entry->number,
                              .class = result->verdict};
    if (!flagged.id) return ng_err_nomem(err, entry->id.length_bytes, "the id of an entry");
    if (flagged.id_bytes > 0) memcpy(flagged.id, entry->id.data, flagged.id_bytes);
    int status = ng_buf_append(&documents->flagged, &flagged, sizeof flagged, err);
    if (status) free(flagged.id);
    for (size_t i = 0; i < holders->count && !status; i++) {
        if (holders->holders[i].needed) status = add_holder(documents, &holders->holders[i], err);
    }
    return status;
}

static int by_document(size_t index_a, uint64_t doc_a, size_t index_b, uint64_t doc_b) {
    if (index_a != index_b) return index_a < index_b ? -1 : 1;
    return (doc_a > doc_b) - (doc_a < doc_b);
}

static int compare_claims(const void *a, const void *b) {
    const struct claim *x = a;
    const struct claim *y = b;
    int order = by_document(x->index, x->doc, y->index, y->doc);
    return order ? order : (x->entry > y->entry) - (x->entry < y->entry);
}

static int compare_pieces(const void *a, const void *b) {
    const struct piece *x = a;
    const struct piece *y = b;
    int order = by_document(x->index, x->doc, y->index, y->doc);
    if (order) return order;
    if (x->range.begin != y->range.begin) return x->range.begin < y->range.begin ? -1 : 1;
    if (x->range.end != y->range.end) return x->range.end < y->range.end ? -1 : 1;
    return (x->score > y->score) - (x->score < y->score);
}

/* Joins ranges that overlap, which are in order; the score is the largest. */
static void join(struct ng_report_document *document) {
    size_t kept = 0;
    for (size_t i = 0; i < document->range_count; i++) {
        struct ng_text_range *last = kept > 0 ? &document->ranges[kept - 1] : NULL;
        const struct ng_text_range *now = &document->ranges[i];
        if (!last || now->begin >= last->end) {
            document->scores[kept] = document->scores[i];
            document->ranges[kept++] = *now;
            continue;
        }
        if (now->end > last->end) {
            last->end = now->end;
            last->end_char = now->end_char;
        }
        if (document->scores[i] > document->scores[kept - 1]) document->scores[kept - 1] = document->scores[i];
    }
    document->range_count = kept;
}

/* Makes a document of pieces that are all its own, in the text of the view. */
static int make_document(struct ng_report_documents *documents, const struct piece *pieces, size_t count, struct ng_err *err) {
    struct ng_report_document document = {.index = pieces->index,
                                          .doc = pieces->doc,
                                          .ranges = calloc(count, sizeof *document.ranges),
                                          .scores = calloc(count, sizeof *document.scores),
                                          .range_count = count};
    int status = NG_ERR_NOMEM;
    if (!document.ranges || !document.scores) {
        (void)ng_err_nomem(err, count * sizeof *document.ranges, "the pieces of a document");
        goto out;
    }
    for (size_t i = 0; i < count; i++) {
        document.ranges[i] = pieces[i].range;
        document.scores[i] = pieces[i].score;
    }
    join(&document);
    status = ng_buf_append(&documents->documents, &document, sizeof document, err);
out:
    if (!status) return NG_OK;
    free(document.ranges);
    free(document.scores);
    return status;
}

/* Converts the places in documents of one index to the original text. */
static int find_originals(const struct ng_report_documents *documents, struct ng_report_document *some, size_t count,
                          struct ng_err *err) {
    struct ng_doc_ranges *ranges = calloc(count, sizeof *ranges);
    bool original;
    if (!ranges) return ng_err_nomem(err, count * sizeof *ranges, "the pieces of documents");
    for (size_t i = 0; i < count; i++) {
        ranges[i] = (struct ng_doc_ranges){.doc = some[i].doc, .ranges = some[i].ranges, .count = some[i].range_count};
    }
    int status = ng_index_original_ranges(documents->settings->views[some->index], ranges, count, &original, err);
    for (size_t i = 0; i < count && !status; i++) join(&some[i]); /* a character may fold to several, which were apart */
    free(ranges);
    return status;
}

/* Makes the documents of all pieces, which are in order. */
static int make_documents(struct ng_report_documents *documents, struct ng_err *err) {
    const struct piece *pieces = (const struct piece *)(const void *)documents->pieces.data;
    size_t piece_count = documents->pieces.length / sizeof *pieces;
    int status = NG_OK;
    for (size_t i = 0, first = 0; i < piece_count && !status; first = i) {
        while (i < piece_count && by_document(pieces[i].index, pieces[i].doc, pieces[first].index, pieces[first].doc) == 0) i++;
        status = make_document(documents, pieces + first, i - first, err);
    }
    struct ng_report_document *all = (struct ng_report_document *)(void *)documents->documents.data;
    size_t count = documents->documents.length / sizeof *all;
    for (size_t i = 0, first = 0; i < count && !status; first = i) {
        while (i < count && all[i].index == all[first].index) i++;
        status = find_originals(documents, all + first, i - first, err);
    }
    return status;
}

static void write_entries(struct ng_json *json, const struct ng_report_documents *documents, const struct claim *claims,
                          size_t count) {
    const struct flagged *flagged = (const struct flagged *)(const void *)documents->flagged.data;
    bool dirty = false;
    for (size_t i = 0; i < count; i++) dirty = dirty || flagged[claims[i].entry].class == NG_CONTAM_DIRTY;
    ng_json_member_text(json, "class", ng_contam_class_name(dirty ? NG_CONTAM_DIRTY : NG_CONTAM_SUSPICIOUS));
    ng_json_member_array(json, "entries");
    for (size_t i = 0; i < count; i++) {
        const struct flagged *entry = &flagged[claims[i].entry];
        ng_json_object_begin(json);
        ng_json_member_text(json, "benchmark", entry->benchmark);
        ng_json_member_string(json, "id", (const uint8_t *)entry->id, entry->id_bytes);
        ng_json_member_u64(json, "number", entry->number);
        ng_json_member_text(json, "class", ng_contam_class_name(entry->class));
        ng_json_member_decimal(json, "share", claims[i].share, 4);
        ng_json_object_end(json);
    }
    ng_json_array_end(json);
}

/* Members id, url, source and line; null for all of them if the report is redacted. */
static int write_source(struct ng_json *json, const struct ng_report_settings *settings,
                        const struct ng_report_document *document, struct ng_err *err) {
    static const char *const names[] = {"id", "url"};
    char *values[2] = {NULL, NULL};
    struct ng_doc_source source = {0};
    int status = NG_OK;
    if (!settings->redact) {
        status = ng_index_doc_source(settings->indexes[document->index].index, document->doc, &source, err);
        if (!status) status = ng_json_find_members(source.metadata, (size_t)source.metadata_bytes, names, values, 2, err);
    }
    const char *path = source.path ? ng_cite_path_source(settings->paths, document->index, source.path) : NULL;
    ng_json_member_text(json, "id", values[0]);
    ng_json_member_text(json, "url", values[1]);
    ng_json_member_text(json, "source", path);
    if (source.line > 0) ng_json_member_u64(json, "line", source.line);
    else ng_json_member_null(json, "line");
    free(values[0]);
    free(values[1]);
    ng_doc_source_free(&source);
    return status;
}

static int write_document(struct ng_json *json, const struct ng_report_documents *documents,
                          const struct ng_report_document *document, const struct claim *claims, size_t count,
                          struct ng_err *err) {
    const struct ng_report_settings *settings = documents->settings;
    ng_json_object_begin(json);
    ng_json_member_text(json, "index", settings->indexes[document->index].name);
    ng_json_member_u64(json, "doc", document->doc);
    int status = write_source(json, settings, document, err);
    write_entries(json, documents, claims, count);
    ng_json_member_array(json, "spans");
    for (size_t i = 0; i < document->range_count; i++) {
        const struct ng_text_range *range = &document->ranges[i];
        ng_json_object_begin(json);
        ng_json_member_u64(json, "begin_char", range->begin_char);
        ng_json_member_u64(json, "end_char", range->end_char);
        ng_json_member_u64(json, "begin_byte", range->begin);
        ng_json_member_u64(json, "end_byte", range->end);
        ng_json_member_decimal(json, "score", document->scores[i], 4);
        ng_json_object_end(json);
    }
    ng_json_array_end(json);
    ng_json_object_end(json);
    ng_json_end_line(json);
    return status;
}

int ng_report_documents_write(struct ng_report_documents *documents, FILE *stream, uint64_t *written, struct ng_err *err) {
    struct claim *claims = (struct claim *)(void *)documents->claims.data;
    struct piece *pieces = (struct piece *)(void *)documents->pieces.data;
    size_t claim_count = documents->claims.length / sizeof *claims;
    size_t piece_count = documents->pieces.length / sizeof *pieces;
    struct ng_json json;
    *written = 0;
    int status = ng_json_init(&json, stream, err);
    if (status) return status;
    if (claim_count > 0) qsort(claims, claim_count, sizeof *claims, compare_claims);
    if (piece_count > 0) qsort(pieces, piece_count, sizeof *pieces, compare_pieces);
    status = make_documents(documents, err);
    size_t count;
    const struct ng_report_document *document = ng_report_documents_get(documents, &count);
    /* A document of claims has pieces, and the other way round. */
    for (size_t i = 0; i < claim_count && !status && !ferror(stream); document++) {
        size_t first = i;
        while (i < claim_count && by_document(claims[i].index, claims[i].doc, claims[first].index, claims[first].doc) == 0) i++;
        status = write_document(&json, documents, document, claims + first, i - first, err);
        (*written)++;
    }
    ng_json_free(&json);
    ng_buf_free(&documents->claims);
    ng_buf_free(&documents->pieces);
    return status;
}

const struct ng_report_document *ng_report_documents_get(const struct ng_report_documents *documents, size_t *count) {
    *count = documents->documents.length / sizeof(struct ng_report_document);
    return (const struct ng_report_document *)(const void *)documents->documents.data;
}
