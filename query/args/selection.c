#include "query/args/selection.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/order.h"
#include "common/base/text.h"
#include "common/json/find.h"
#include "common/json/member.h"
#include "common/os/stream.h"

/* Either a document, with what the list tells of it, or an id, whose documents are looked for. */
struct ng_selection_item {
    bool is_id;
    bool is_found;
    bool has_id; /* of a document */
    size_t index; /* or ANY_INDEX, of an id */
    uint64_t doc;
    uint64_t source_line; /* of the document; 0: not told */
    size_t id;            /* where it begins among the ids */
};

#define ANY_INDEX SIZE_MAX
#define AT "%s:%llu: "
#define OTHER_STATE ": the list is of another state of the index"

static const char *id_of(const struct ng_selection *selection, const struct ng_selection_item *item) {
    return (const char *)selection->ids.data + item->id;
}

static struct ng_selection_item *items_of(const struct ng_selection *selection, size_t *count) {
    *count = selection->items.length / sizeof(struct ng_selection_item);
    return (struct ng_selection_item *)(void *)selection->items.data; /* from malloc: aligned for any type */
}

/* item: of the id, or of a document that has it. */
static int add_item_with_id(struct ng_selection *selection, struct ng_selection_item item, const char *id,
                            struct ng_err *err) {
    assert(id);
    item.id = selection->ids.length;
    int status = ng_buf_append(&selection->ids, id, strlen(id) + 1, err);
    return status ? status : ng_buf_append(&selection->items, &item, sizeof item, err);
}

static int add_id(struct ng_selection *selection, size_t index, const char *id, struct ng_err *err) {
    return add_item_with_id(selection, (struct ng_selection_item){.is_id = true, .index = index}, id, err);
}

/* The number of the index of a name; their count if there is none. */
static size_t index_of(const struct ng_cmd_indexes *indexes, const char *name) {
    size_t index = 0;
    while (index < indexes->count && strcmp(indexes->named[index].name, name) != 0) index++;
    return index;
}

/* name: of the index; NULL: any. */
static int add_named_id(struct ng_selection *selection, const struct ng_cmd_indexes *indexes, const char *name,
                        const char *id, struct ng_err *err) {
    size_t index = name ? index_of(indexes, name) : ANY_INDEX;
    if (index != indexes->count) return add_id(selection, index, id, err);
    selection->elsewhere++;
    return NG_OK;
}

/* item: a document, without its index. name: of the index; NULL: there is one. id: of the document, or NULL. */
static int add_number(struct ng_selection *selection, const struct ng_cmd_indexes *indexes, const char *name,
                      struct ng_selection_item item, const char *id, uint64_t line, struct ng_err *err) {
    uint64_t doc = item.doc;
    item.has_id = id != NULL;
    if (!name && indexes->count > 1) {
        (void)ng_err_set(err, NG_ERR_INPUT, AT "document %llu of which of the indexes?", selection->path,
                         (unsigned long long)line, (unsigned long long)doc);
        return ng_err_hint(err, "write NAME:%llu", (unsigned long long)doc);
    }
    item.index = name ? index_of(indexes, name) : 0;
    if (item.index == indexes->count) {
        selection->elsewhere++;
        return NG_OK;
    }
    struct ng_index_info info;
    ng_index_get_info(indexes->indexes[item.index], &info);
    if (doc < info.document_end && id) return add_item_with_id(selection, item, id, err);
    if (doc < info.document_end) return ng_buf_append(&selection->items, &item, sizeof item, err);
    return ng_err_set(err, NG_ERR_INPUT, AT "there is no document %llu: those of index '%s' are numbered up to %llu",
                      selection->path, (unsigned long long)line, (unsigned long long)doc,
                      indexes->named[item.index].name, (unsigned long long)info.document_end - 1);
}

static int add_object(struct ng_selection *selection, enum ng_selection_kind kind, const struct ng_cmd_indexes *indexes,
                      const char *text, uint64_t line, struct ng_err *err) {
    enum { MEMBERS = 4 };
    static const char *const names[MEMBERS] = {"index", "doc", "id", "line"};
    char *values[MEMBERS];
    struct ng_selection_item item = {0};
    int status = ng_json_find_members(text, strlen(text), names, values, MEMBERS, err);
    if (status) return status;
    if (kind != NG_SELECTION_IDS && values[1] && ng_text_decimal(values[1], strlen(values[1]), &item.doc)) {
        if (values[3] && !ng_text_decimal(values[3], strlen(values[3]), &item.source_line)) item.source_line = 0;
        status = add_number(selection, indexes, values[0], item, values[2], line, err);
    } else if (values[2]) {
        status = add_named_id(selection, indexes, values[0], values[2], err);
    } else if (kind == NG_SELECTION_IDS) {
        status = ng_err_set(err, NG_ERR_INPUT, AT "no JSON object with an id", selection->path, (unsigned long long)line);
    } else {
        (void)ng_err_set(err, NG_ERR_INPUT, AT "no JSON object with a doc, or an id", selection->path, (unsigned long long)line);
        status = ng_err_hint(err, "lines of contaminated-docs.jsonl, or document numbers or ids");
    }
    for (size_t i = 0; i < MEMBERS; i++) free(values[i]);
    return status;
}

/* A JSON string is an id, whatever it holds. */
static int add_quoted(struct ng_selection *selection, const char *text, uint64_t line, struct ng_err *err) {
    static const char *const names[] = {"id"};
    struct ng_buf object = {0};
    char *id = NULL;
    int status = ng_buf_append(&object, "{\"id\":", 6, err);
    if (!status) status = ng_buf_append(&object, text, strlen(text), err);
    if (!status) status = ng_buf_append(&object, "}", 1, err);
    if (!status) status = ng_json_find_members((const char *)object.data, object.length, names, &id, 1, err);
    if (!status && !id) {
        status = ng_err_set(err, NG_ERR_INPUT, AT "not a JSON string", selection->path, (unsigned long long)line);
    }
    if (!status) status = add_id(selection, ANY_INDEX, id, err);
    free(id);
    ng_buf_free(&object);
    return status;
}

static int add_line(struct ng_selection *selection, enum ng_selection_kind kind, const struct ng_cmd_indexes *indexes,
                    char *text, uint64_t line, struct ng_err *err) {
    uint64_t doc;
    if (*text == '{') return add_object(selection, kind, indexes, text, line, err);
    if (*text == '"') return add_quoted(selection, text, line, err);
    if (kind == NG_SELECTION_IDS) return add_id(selection, ANY_INDEX, text, err);
    if (ng_text_decimal(text, strlen(text), &doc)) {
        return add_number(selection, indexes, NULL, (struct ng_selection_item){.doc = doc}, NULL, line, err);
    }
    char *colon = strrchr(text, ':');
    if (colon && ng_text_decimal(colon + 1, strlen(colon + 1), &doc) &&
        ng_cmd_indexes_find(indexes, text, (size_t)(colon - text))) {
        *colon = '\0';
        return add_number(selection, indexes, text, (struct ng_selection_item){.doc = doc}, NULL, line, err);
    }
    return add_id(selection, ANY_INDEX, text, err);
}

/* Adds the whole lines of buffer, and the rest too at the end. */
static int add_lines(struct ng_selection *selection, enum ng_selection_kind kind, const struct ng_cmd_indexes *indexes,
                     struct ng_buf *buffer, bool at_end, uint64_t *line, struct ng_err *err) {
    size_t done = 0;
    while (done < buffer->length) {
        uint8_t *begin = buffer->data + done;
        uint8_t *end = memchr(begin, '\n', buffer->length - done);
        if (!end && !at_end) break;
        size_t length = end ? (size_t)(end - begin) : buffer->length - done;
        done += length + (end ? 1 : 0);
        ++*line;
        while (length > 0 && strchr(" \t\r", begin[length - 1]) && begin[length - 1]) length--;
        while (length > 0 && (*begin == ' ' || *begin == '\t')) begin++, length--;
        if (length == 0) continue;
        char *text = strndup((const char *)begin, length);
        int status = text ? add_line(selection, kind, indexes, text, *line, err) : ng_err_nomem(err, length, "a line");
        free(text);
        if (status) return status;
    }
    ng_buf_drop(buffer, done < buffer->length ? done : buffer->length);
    return NG_OK;
}

int ng_selection_read(struct ng_selection *selection, const char *path, enum ng_selection_kind kind,
                      const struct ng_cmd_indexes *indexes, struct ng_err *err) {
    enum { READ_BYTES = 1 << 16 };
    struct ng_stream *stream = NULL;
    struct ng_buf buffer = {0};
    uint64_t line = 0;
    bool at_end = false;
    *selection = (struct ng_selection){.path = path};
    int status = ng_stream_open(&stream, path, err);
    while (!status && !at_end) {
        status = ng_stream_append(stream, &buffer, READ_BYTES, &at_end, err);
        if (!status) status = add_lines(selection, kind, indexes, &buffer, at_end, &line, err);
    }
    if (!status && selection->elsewhere > 0 && selection->items.length == 0) {
        (void)ng_err_set(err, NG_ERR_INPUT,
                         selection->elsewhere == 1 ? "%s: its %llu document is of an index with another name"
                                                   : "%s: all %llu documents are of indexes with other names",
                         path, (unsigned long long)selection->elsewhere);
        status = ng_err_hint(err, "-i NAME=INDEX gives an index the name that it has in the report");
    }
    ng_stream_close(stream);
    ng_buf_free(&buffer);
    return status;
}

/* Numbers, then ids, both in their order. */
static int compare_items(const void *a, const void *b, void *ids) {
    const struct ng_selection_item *x = a;
    const struct ng_selection_item *y = b;
    if (x->is_id != y->is_id) return x->is_id ? 1 : -1;
    if (x->is_id) return strcmp((const char *)ids + x->id, (const char *)ids + y->id);
    return x->doc != y->doc ? (x->doc > y->doc) - (x->doc < y->doc) : (x->index > y->index) - (x->index < y->index);
}

static void mark(uint8_t *bits, uint64_t doc) {
    bits[doc / 8] = (uint8_t)(bits[doc / 8] | 1U << doc % 8);
}

/* Whether all shards have a section in which ids are looked up. */
static bool has_id_sections(const struct ng_index *index, uint64_t shards) {
    for (uint64_t s = 0; s < shards; s++) {
        struct ng_shard_info shard;
        bool has = false;
        ng_index_get_shard_info(index, s, &shard);
        for (unsigned i = 0; i < shard.section_count && !has; i++) {
            char name[5];
            uint64_t length_bytes;
            ng_index_get_section(index, s, i, name, &length_bytes);
            has = strcmp(name, "DIDS") == 0;
        }
        if (!has) return false;
    }
    return true;
}

/* Marks the documents that have an id. */
static int look_up_id(const struct ng_index *index, const char *id, uint8_t *bits, bool *found, struct ng_err *err) {
    enum { FEW = 16 };
    uint64_t few[FEW];
    uint64_t *docs = few;
    uint64_t count;
    const struct ng_bytes bytes = {(const uint8_t *)id, strlen(id)};
    int status = ng_index_docs_with_id(index, bytes, few, FEW, &count, err);
    if (!status && count > FEW) {
        docs = calloc((size_t)count, sizeof *docs);
        if (!docs) return ng_err_nomem(err, count * sizeof *docs, "documents of one id");
        status = ng_index_docs_with_id(index, bytes, docs, (size_t)count, &count, err);
    }
    for (uint64_t i = 0; i < count && !status; i++) mark(bits, docs[i]);
    *found = *found || (!status && count > 0);
    if (docs != few) free(docs);
    return status;
}

/* Gives the id of a document, which the caller frees; NULL: it has none. */
static int read_id(const struct ng_index *index, const struct ng_doc_source *source, struct ng_buf *room, char **text,
                   struct ng_err *err) {
    struct ng_doc_names names;
    const uint8_t *id = NULL;
    size_t length = 0;
    int status = NG_OK;
    ng_index_doc_names(index, source, &names);
    const struct ng_json_token token = {names.id.data, (size_t)names.id.length_bytes};
    if (token.length > 0) status = ng_json_token_bytes(token, room, &id, &length, err);
    *text = id && !status ? strndup((const char *)id, length) : NULL;
    return id && !status && !*text ? ng_err_nomem(err, length, "an id") : status;
}

/* Whether an id is to be looked for in an index. */
static bool is_wanted(const struct ng_selection_item *id, size_t number) {
    return id->index == ANY_INDEX || id->index == number;
}

/* Marks a document if it has one of the ids, which are sorted. */
static int look_at_document(const struct ng_selection *selection, struct ng_selection_item *ids, size_t count,
                            const struct ng_index *index, size_t number, uint64_t doc, struct ng_buf *room,
                            uint8_t *bits, struct ng_err *err) {
    struct ng_doc_source source;
    char *text;
    int status = ng_index_doc_source(index, doc, &source, err);
    if (status) return status;
    status = read_id(index, &source, room, &text, err);
    ng_doc_source_free(&source);
    size_t low = 0;
    NG_ORDER_SEEK(low, text ? count : 0, middle, strcmp(id_of(selection, &ids[middle]), text) < 0);
    for (; text && low < count && strcmp(id_of(selection, &ids[low]), text) == 0; low++) {
        if (!is_wanted(&ids[low], number)) continue;
        ids[low].is_found = true;
        mark(bits, doc);
    }
    free(text);
    return status;
}

/* Marks the documents that have one of the ids, which are sorted. */
static int find_ids(const struct ng_selection *selection, struct ng_selection_item *ids, size_t count,
                    const struct ng_index *index, size_t number, const struct ng_index_info *info, uint8_t *bits,
                    struct ng_err *err) {
    struct ng_buf room = {0};
    int status = NG_OK;
    if (has_id_sections(index, info->shards)) {
        for (size_t i = 0; i < count && !status; i++) {
            if (!is_wanted(&ids[i], number)) continue;
            status = look_up_id(index, id_of(selection, &ids[i]), bits, &ids[i].is_found, err);
        }
        return status;
    }
    for (uint64_t doc = 0; !status; doc++) {
        status = ng_index_next_document(index, &doc, err);
        if (status || doc == info->document_end) break;
        status = look_at_document(selection, ids, count, index, number, doc, &room, bits, err);
    }
    ng_buf_free(&room);
    return status;
}

/* Whether the source of a document is what the list tells of it. A report gives the member id, wherever the index has
 * its ids. */
static int compare_source(const struct ng_selection *selection, const struct ng_selection_item *item,
                          const struct ng_index *index, const struct ng_doc_source *source, struct ng_err *err) {
    static const char *const names[] = {"id"};
    struct ng_buf room = {0};
    char *own = NULL;
    char *member = NULL;
    int status = NG_OK;
    bool same = item->source_line == 0 || item->source_line == source->line;
    if (item->has_id) {
        const char *id = id_of(selection, item);
        status = read_id(index, source, &room, &own, err);
        if (!status) {
            status = ng_json_find_members(source->metadata, (size_t)source->metadata_bytes, names, &member, 1, err);
        }
        same = (own && strcmp(own, id) == 0) || (member && strcmp(member, id) == 0);
    }
    if (!status && !same) {
        const unsigned long long doc = (unsigned long long)item->doc;
        if (!item->has_id) {
            status = ng_err_set(err, NG_ERR_INPUT, "%s: document %llu is of line %llu, not %llu" OTHER_STATE, selection->path,
                                doc, (unsigned long long)source->line, (unsigned long long)item->source_line);
        } else {
            const char *has = own ? own : member;
            status = ng_err_set(err, NG_ERR_INPUT, "%s: document %llu has %s%s%s, not '%s'" OTHER_STATE, selection->path, doc,
                                has ? "the id '" : "no id", has ? has : "", has ? "'" : "", id_of(selection, item));
        }
        (void)ng_err_hint(err, "make the report again, or give --ids");
    }
    free(own);
    free(member);
    ng_buf_free(&room);
    return status;
}

/* Checks a document, if it is there, against what the list tells of it: a compaction gives documents other numbers. */
static int check_number(const struct ng_selection *selection, const struct ng_selection_item *item,
                        const struct ng_index *index, struct ng_err *err) {
    struct ng_doc_source source;
    uint64_t next = item->doc;
    if (!item->has_id && item->source_line == 0) return NG_OK;
    int status = ng_index_next_document(index, &next, err);
    if (status || next != item->doc) return status;
    status = ng_index_doc_source(index, item->doc, &source, err);
    if (status) return status;
    status = compare_source(selection, item, index, &source, err);
    ng_doc_source_free(&source);
    return status;
}

/* Counts the documents that are marked, and takes the mark from those that were removed. */
static int count_marked(struct ng_selection *selection, const struct ng_index *index, const struct ng_index_info *info,
                        uint8_t *bits, uint64_t *selected, struct ng_err *err) {
    *selected = 0;
    for (uint64_t doc = 0; doc < info->document_end; doc++) {
        uint64_t next = doc;
        if (!ng_selection_has(bits, doc)) continue;
        int status = ng_index_next_document(index, &next, err);
        if (status) return status;
        if (next == doc) {
            ++*selected;
        } else {
            selection->gone++;
            bits[doc / 8] = (uint8_t)(bits[doc / 8] & ~(1U << doc % 8));
        }
    }
    return NG_OK;
}

int ng_selection_find(struct ng_selection *selection, const struct ng_index *index, size_t number, uint8_t **bits,
                      uint64_t *selected, struct ng_err *err) {
    struct ng_index_info info;
    ng_index_get_info(index, &info);
    *bits = calloc((size_t)(info.document_end / 8 + 1), 1);
    if (!*bits) return ng_err_nomem(err, info.document_end / 8 + 1, "a bit for each document");
    size_t count;
    struct ng_selection_item *items = items_of(selection, &count);
    size_t numbers = 0;
    if (count > 0) qsort_r(items, count, sizeof *items, compare_items, selection->ids.data);
    int status = NG_OK;
    for (; numbers < count && !items[numbers].is_id && !status; numbers++) {
        if (items[numbers].index != number) continue;
        mark(*bits, items[numbers].doc);
        status = check_number(selection, &items[numbers], index, err);
    }
    if (!status && numbers < count) status = find_ids(selection, items + numbers, count - numbers, index, number, &info, *bits, err);
    if (!status) status = count_marked(selection, index, &info, *bits, selected, err);
    if (!status) return NG_OK;
    free(*bits);
    *bits = NULL;
    return status;
}

uint64_t ng_selection_missing(const struct ng_selection *selection, const char **first) {
    size_t count;
    const struct ng_selection_item *items = items_of(selection, &count);
    uint64_t missing = 0;
    for (size_t i = 0; i < count; i++) {
        if (!items[i].is_id || items[i].is_found) continue;
        if (missing++ == 0) *first = id_of(selection, &items[i]);
    }
    return missing;
}

int ng_selection_check_found(const struct ng_selection *selection, struct ng_err *err) {
    const char *first = "";
    uint64_t missing = ng_selection_missing(selection, &first);
    if (missing == 0) return NG_OK;
    return ng_err_set(err, NG_ERR_INPUT, "%s: no document has the id '%s'%s", selection->path, first,
                      missing > 1 ? ", nor others of the list" : "");
}

void ng_selection_free(struct ng_selection *selection) {
    ng_buf_free(&selection->items);
    ng_buf_free(&selection->ids);
    *selection = (struct ng_selection){0};
}
