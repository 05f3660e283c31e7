#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/base/utf8.h"
#include "query/parts/parts.h"

int ng_answer_refuse(const struct ng_answering *answering) {
    return ng_err_set(answering->err, NG_ERR_INPUT, "a question to a part of an index that does not fit");
}

static int answer_info(struct ng_answering *a) {
    struct ng_buf content = {0};
    const struct ng_index *whole = a->view->exact ? a->view->exact : a->view;
    if (!ng_wire_is_whole(&a->in)) return ng_answer_refuse(a);
    struct ng_manifest manifest = whole->manifest;
    if (whole->folded) manifest.folded = whole->folded->manifest.shards;
    int status = ng_manifest_format(&manifest, &content, a->err);
    if (!status) ng_wire_put_bytes(&a->out, content.data, content.length);
    ng_buf_free(&content);
    return status;
}

/* The caller frees *phrases. */
static int read_phrases(struct ng_answering *a, struct ng_bytes **phrases, size_t *count) {
    *count = (size_t)ng_wire_get_most(&a->in, NG_PARTS_PHRASES);
    *phrases = calloc(*count + 1, sizeof **phrases);
    if (!*phrases) return ng_err_nomem(a->err, *count * sizeof **phrases, "phrases");
    for (size_t i = 0; i < *count; i++) (*phrases)[i] = ng_wire_get_bytes(&a->in);
    return ng_wire_is_whole(&a->in) ? NG_OK : ng_answer_refuse(a);
}

static int answer_count(struct ng_answering *a) {
    struct ng_bytes *phrases;
    size_t count;
    int status = read_phrases(a, &phrases, &count);
    uint64_t *counts = status ? NULL : calloc(count + 1, sizeof *counts);
    if (!status && !counts) status = ng_err_nomem(a->err, count * sizeof *counts, "counts");
    if (!status) status = ng_index_count_batch(a->view, phrases, count, counts, a->err);
    for (size_t i = 0; i < count && !status; i++) ng_wire_put(&a->out, counts[i]);
    free(phrases);
    free(counts);
    return status;
}

static int answer_find(struct ng_answering *a) {
    struct ng_bytes *phrases;
    size_t count;
    size_t shards = (size_t)a->view->shard_count;
    int status = read_phrases(a, &phrases, &count);
    if (!status && count > ng_parts_finds_at_once(a->view->shard_count)) status = ng_answer_refuse(a);
    struct ng_interval *rows = status ? NULL : calloc(count * shards + 1, sizeof *rows);
    if (!status && !rows) status = ng_err_nomem(a->err, count * shards * sizeof *rows, "intervals");
    if (!status) status = ng_index_find_batch(a->view, phrases, count, rows, a->err);
    for (size_t i = 0; i < count * shards && !status; i++) {
        bool none = rows[i].begin == rows[i].end;
        ng_wire_put(&a->out, none ? 0 : rows[i].begin);
        ng_wire_put(&a->out, none ? 0 : rows[i].end - rows[i].begin);
    }
    free(phrases);
    free(rows);
    return status;
}

static int answer_rows(struct ng_answering *a) {
    size_t count = ng_wire_get_count(&a->in);
    int status = NG_OK;
    for (size_t i = 0; i < count && !status; i++) {
        struct ng_hit hit;
        uint64_t shard = ng_wire_get(&a->in);
        uint64_t row = ng_wire_get(&a->in);
        status = a->in.bad ? ng_answer_refuse(a) : ng_index_locate_row(a->view, shard, row, &hit, a->err);
        if (!status) ng_wire_put_hit(&a->out, &hit);
    }
    return status || ng_wire_is_whole(&a->in) ? status : ng_answer_refuse(a);
}

static int answer_ids(struct ng_answering *a) {
    struct ng_bytes id = ng_wire_get_bytes(&a->in);
    uint64_t wanted = ng_wire_get(&a->in);
    size_t room = wanted < NG_PARTS_IDS ? (size_t)wanted : NG_PARTS_IDS;
    if (!ng_wire_is_whole(&a->in)) return ng_answer_refuse(a);
    uint64_t count;
    uint64_t *docs = calloc(room + 1, sizeof *docs);
    if (!docs) return ng_err_nomem(a->err, room * sizeof *docs, "documents");
    int status = ng_index_docs_with_id(a->view, id, docs, room, &count, a->err);
    if (!status) {
        size_t given = count < room ? (size_t)count : room;
        ng_wire_put(&a->out, count);
        ng_wire_put(&a->out, given);
        for (size_t i = 0; i < given; i++) ng_wire_put(&a->out, docs[i]);
    }
    free(docs);
    return status;
}

/* ---- Windows ---- */

/* Windows of one length: as they came, begins then ends, then verdicts in one piece of memory. */
static int read_windows(struct ng_answering *a, struct ng_bytes text, struct ng_call_windows *windows) {
    size_t count = ng_wire_get_count(&a->in);
    uint64_t *memory = calloc(count + 1, 2 * sizeof *memory + 1);
    if (!memory) return ng_err_nomem(a->err, count * (2 * sizeof *memory + 1), "windows");
    *windows = (struct ng_call_windows){
        .begins = memory, .ends = memory + count, .count = count, .verdicts = (uint8_t *)(memory + 2 * count)};
    uint64_t begin = 0;
    uint64_t last_end = 0;
    for (size_t i = 0; i < count; i++) {
        begin += ng_wire_get_most(&a->in, text.length_bytes - begin);
        uint64_t end = begin + ng_wire_get_most(&a->in, text.length_bytes - begin);
        if (a->in.bad || end == begin || end < last_end) return ng_answer_refuse(a);
        memory[i] = begin;
        memory[count + i] = last_end = end;
    }
    return NG_OK;
}

static int read_texts(struct ng_answering *a, struct ng_call_text *texts, struct ng_call_windows *windows, size_t count,
                      size_t length_count) {
    for (size_t i = 0; i < count; i++) {
        struct ng_bytes text = ng_wire_get_bytes(&a->in);
        texts[i] = (struct ng_call_text){.text = text, .lengths = windows + i * length_count};
        if (a->in.bad || text.length_bytes == 0 ||
            ng_utf8_valid_prefix(text.data, (size_t)text.length_bytes) < text.length_bytes) return ng_answer_refuse(a);
        for (size_t l = 0; l < length_count; l++) {
            int status = read_windows(a, text, &texts[i].lengths[l]);
            if (status) return status;
        }
    }
    return ng_wire_is_whole(&a->in) ? NG_OK : ng_answer_refuse(a);
}

static int put_verdicts(struct ng_answering *a, const struct ng_call_windows *windows) {
    size_t bytes = (size_t)(windows->count + 7) / 8;
    uint8_t *bits = calloc(bytes + 1, 1);
    if (!bits) return ng_err_nomem(a->err, bytes, "verdicts");
    for (uint64_t i = 0; i < windows->count; i++) bits[i / 8] |= (uint8_t)((windows->verdicts[i] & 1) << (i % 8));
    ng_wire_put_bytes(&a->out, bits, bytes);
    free(bits);
    return NG_OK;
}

static int answer_match(struct ng_answering *a) {
    size_t length_count = (size_t)ng_wire_get_most(&a->in, NG_MAX_CONTAM_LENGTHS);
    size_t count = (size_t)ng_wire_get_most(&a->in, NG_PARTS_TEXTS);
    if (a->in.bad || length_count == 0) return ng_answer_refuse(a);
    struct ng_call_text *texts = calloc(count + 1, sizeof *texts);
    struct ng_call_windows *windows = calloc(count * length_count + 1, sizeof *windows);
    int status = texts && windows ? NG_OK : ng_err_nomem(a->err, count * length_count * sizeof *windows, "texts");
    if (!status) status = read_texts(a, texts, windows, count, length_count);
    if (!status) status = ng_parts_match(a->view, texts, count, length_count, a->err);
    for (size_t i = 0; i < count && !status; i++) {
        for (size_t l = 0; l < length_count && !status; l++) status = put_verdicts(a, &texts[i].lengths[l]);
        ng_wire_put(&a->out, texts[i].longest_begin);
        ng_wire_put(&a->out, texts[i].longest_bytes);
    }
    for (size_t i = 0; windows && i < count * length_count; i++) free((void *)(uintptr_t)windows[i].begins);
    free(texts);
    free(windows);
    return status;
}

/* ---- Any ---- */

typedef int answer_one(struct ng_answering *answering);

static answer_one *const answers[NG_WIRE_OPERATIONS] = {
    [NG_WIRE_INFO] = answer_info,   [NG_WIRE_COUNT] = answer_count, [NG_WIRE_FIND] = answer_find,
    [NG_WIRE_PAGE] = ng_answer_page, [NG_WIRE_ROWS] = answer_rows,   [NG_WIRE_SHOW] = ng_answer_show,
    [NG_WIRE_READ] = ng_answer_read, [NG_WIRE_IDS] = answer_ids,     [NG_WIRE_RANGES] = ng_answer_ranges,
    [NG_WIRE_MATCH] = answer_match,  [NG_WIRE_DOCS] = ng_answer_docs, [NG_WIRE_FIRST] = ng_answer_first,
    [NG_WIRE_MATCHES] = ng_answer_matches, [NG_WIRE_PLACES] = ng_answer_places, [NG_WIRE_NEXT] = ng_answer_next,
    [NG_WIRE_SUFFIXES] = ng_answer_suffixes};

int ng_index_answer_part(const struct ng_index *index, const uint8_t *request, size_t request_bytes, uint8_t **answer,
                         size_t *answer_bytes, struct ng_err *err) {
    struct ng_answering a = {.out = {.err = err}, .err = err};
    struct ng_wire_head head;
    char id[NG_INDEX_ID_CHARS];
    *answer = NULL;
    int status = ng_wire_open(&a.in, request, request_bytes, true, &head, err);
    if (status) return status;
    ng_index_get_id(index, id);
    bool asks_info = head.operation == NG_WIRE_INFO;
    if (!asks_info && strcmp(id, head.id) != 0) {
        (void)ng_err_set(err, NG_ERR_VERSION, "the question is for the index %s; this is %s", head.id, id);
        return ng_err_hint(err, "the part was replaced, or replicas differ: open the index that it is a part of anew");
    }
    bool folded = head.view == NG_WIRE_FOLDED;
    if (asks_info) a.view = index;
    else status = ng_index_choose_view(index, folded ? "folded" : "exact", &a.view, err);
    if (!status) {
        ng_wire_begin_answer(&a.out, head.operation, id);
        status = answers[head.operation](&a);
    }
    if (!status) status = ng_index_status(index, err);
    /* Who asks cannot tell a partial answer from a whole one. */
    if (!status && ng_index_missing_parts(index)) status = ng_err_set(err, NG_ERR_REMOTE, "a part of this part does not answer");
    if (!status) status = ng_wire_end(&a.out);
    if (status) {
        ng_buf_free(&a.out.buf);
        return status;
    }
    *answer = a.out.buf.data;
    *answer_bytes = a.out.buf.length;
    return NG_OK;
}
