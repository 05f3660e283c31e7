/* A file of a benchmark, read as ngidx contam reads it: the entries, for requests to /v1/{index}/contam. */
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "common/base/limits.h"
#include "common/base/text.h"
#include "common/benchmark/benchmark.h"
#include "server/api/api_impl.h"

/* The options as strings that end. */
struct names {
    char *owned[NG_MAX_SERVED_FIELDS + 3];
    size_t count;
    const char *fields[NG_MAX_SERVED_FIELDS];
    const char *name;
    struct ng_benchmark_options options;
};

static int copy(struct ng_api_turn *turn, struct names *names, struct ng_bytes text, const char **to) {
    char *made = strndup((const char *)text.data, (size_t)text.length_bytes);
    if (!made) return ng_err_nomem(&turn->err, text.length_bytes, "a name");
    names->owned[names->count++] = made;
    *to = made;
    if (memchr(text.data, 0, (size_t)text.length_bytes)) return ng_api_fail(turn, 400, "a name holds a zero byte");
    return NG_OK;
}

static int read_names(struct ng_api_turn *turn, struct names *names) {
    const struct ng_field *fields = turn->field;
    int status = copy(turn, names, fields[NG_API_NAME].text, &names->name);
    for (size_t i = 0; i < fields[NG_API_FIELD].text_count && !status; i++) {
        status = copy(turn, names, fields[NG_API_FIELD].texts[i], &names->fields[i]);
    }
    if (!status && fields[NG_API_ID_FIELD].present) {
        status = copy(turn, names, fields[NG_API_ID_FIELD].text, &names->options.id_field);
    }
    if (!status && fields[NG_API_ENTRIES_PATH].present) {
        status = copy(turn, names, fields[NG_API_ENTRIES_PATH].text, &names->options.entries);
    }
    names->options.fields = names->fields;
    names->options.field_count = fields[NG_API_FIELD].text_count;
    names->options.no_header = fields[NG_API_NO_HEADER].flag;
    return status;
}

static void put_entry(struct ng_json *json, const struct ng_benchmark_entry *entry) {
    ng_json_object_begin(json);
    ng_json_member_string(json, "id", entry->id.data, (size_t)entry->id.length_bytes);
    ng_json_member_array(json, "texts");
    for (size_t t = 0; t < entry->text_count; t++) {
        ng_json_string(json, entry->texts[t].data, (size_t)entry->texts[t].length_bytes);
    }
    ng_json_array_end(json);
    ng_json_object_end(json);
}

static int put_entries(struct ng_api_turn *turn, struct ng_benchmark *benchmark) {
    struct ng_benchmark_entry entry;
    uint64_t count = 0;
    bool found = true;
    int status = NG_OK;
    ng_json_member_array(&turn->json, "entries");
    while (!status && found) {
        status = ng_benchmark_next(benchmark, &entry, &found, &turn->err);
        if (!status && found) put_entry(&turn->json, &entry);
        if (!status && found) count++;
        if (!status) status = ng_api_check_size(turn);
    }
    ng_json_array_end(&turn->json);
    if (status || count > 0) return status;
    return ng_err_set(&turn->err, NG_ERR_INPUT, "the file holds no entries");
}

static int put_facts(struct ng_api_turn *turn, struct ng_benchmark *benchmark) {
    struct ng_json *json = &turn->json;
    XXH128_canonical_t sum;
    char hash[2 * sizeof sum.digest + 1];
    size_t field_count;
    const char *note;
    XXH128_canonicalFromHash(&sum, XXH3_128bits(turn->request->body, turn->request->body_bytes));
    ng_text_hex(hash, sum.digest, sizeof sum.digest);
    ng_json_member_text(json, "xxh3_128", hash);
    const char *const *fields = ng_benchmark_fields(benchmark, &field_count);
    ng_json_member_array(json, "fields");
    for (size_t i = 0; i < field_count; i++) ng_json_text(json, fields[i]);
    ng_json_array_end(json);
    int status = ng_benchmark_note(benchmark, &note, &turn->err);
    if (!status) ng_json_member_text(json, "note", note);
    return status;
}

int ng_api_read_benchmark(struct ng_api_turn *turn) {
    const struct ng_api_request *request = turn->request;
    struct names names = {0};
    struct ng_benchmark *benchmark = NULL;
    int status = read_names(turn, &names);
    if (!status) {
        status = ng_benchmark_open_upload(&benchmark, names.name, request->body ? request->body : (const uint8_t *)"",
                                          request->body_bytes, NG_MAX_ANSWER_TEXT_BYTES, &names.options, &turn->err);
    }
    if (!status) status = ng_api_begin_object(turn);
    if (!status) status = put_entries(turn, benchmark);
    if (!status) status = put_facts(turn, benchmark);
    if (!status) status = ng_api_end_object(turn, "latency_ms");
    ng_benchmark_close(benchmark);
    for (size_t i = 0; i < names.count; i++) free(names.owned[i]);
    return status;
}
