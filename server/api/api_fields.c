/* The parameters of every endpoint of /v1: names, types, ranges, defaults. */
#include <assert.h>
#include <string.h>

#include "common/base/limits.h"
#include "query/include/ngidx_compare.h"
#include "query/include/ngidx_contam.h"
#include "server/api/api_impl.h"

enum { DEFAULT_HITS = 10, DEFAULT_CONTEXT_BYTES = 80, DEFAULT_CONTINUATIONS = 20, DEFAULT_WINDOWS = 1000 };

static void set_fields(struct ng_api_turn *turn, const struct ng_field *fields, size_t count) {
    assert(count <= NG_API_MAX_FIELDS);
    memcpy(turn->field, fields, count * sizeof *fields);
    turn->fields.count = count;
}

static struct ng_field text(const char *name, bool required) {
    return (struct ng_field){.name = name, .type = NG_FIELD_TEXT, .required = required};
}

/* number is the default, where the range holds it. */
static struct ng_field whole(const char *name, uint64_t least, uint64_t most, uint64_t number) {
    number = number < most ? number : most;
    return (struct ng_field){.name = name, .type = NG_FIELD_NUMBER, .least = least, .most = most, .number = number};
}

static struct ng_field share(const char *name) {
    return (struct ng_field){.name = name, .type = NG_FIELD_DECIMAL, .most = 1};
}

static struct ng_field texts(const char *name, uint64_t most) {
    return (struct ng_field){.name = name, .type = NG_FIELD_TEXTS, .most = most, .required = true};
}

static struct ng_field groups(const char *name, uint64_t most) {
    return (struct ng_field){.name = name, .type = NG_FIELD_GROUPS, .most = most, .required = true};
}

static struct ng_field flag(const char *name) {
    return (struct ng_field){.name = name, .type = NG_FIELD_FLAG};
}

static struct ng_field condition(const char *name, enum ng_field_type type) {
    return (struct ng_field){.name = name, .type = type};
}

/* What count and locate have in common. A server spends less on a request than a command does, unless it is asked to. */
static void set_common(struct ng_field *fields) {
    fields[NG_API_QUERY] = text("query", true);
    fields[NG_API_AND] = condition("and", NG_FIELD_AND);
    fields[NG_API_OR] = condition("or", NG_FIELD_OR);
    fields[NG_API_NOT] = condition("not", NG_FIELD_NOT);
    fields[NG_API_WITHIN] = whole("within", 0, UINT64_MAX, 0);
    fields[NG_API_DOCS_LIMIT] = whole("docs_limit", 1, NG_DEFAULT_MOST_HITS, NG_SERVED_DOCS_LIMIT);
    fields[NG_API_TEXT_LIMIT] = whole("text_limit", 1, NG_DEFAULT_MOST_TEXT_BYTES, NG_SERVED_TEXT_LIMIT_BYTES);
    fields[NG_API_SEED] = whole("seed", 0, UINT64_MAX, 0);
}

static void set_count(struct ng_api_turn *turn) {
    struct ng_field fields[NG_API_COUNT_DOCS + 2];
    set_common(fields);
    fields[NG_API_COUNT_DOCS] = flag("docs");
    fields[NG_API_COUNT_DOCS + 1] = text("view", false); /* the last field of an endpoint that has it */
    set_fields(turn, fields, sizeof fields / sizeof *fields);
}

static void set_next(struct ng_api_turn *turn) {
    const struct ng_field fields[] = {
        [NG_API_QUERY] = text("query", true),
        [NG_API_NEXT_MOST] = whole("k", 0, NG_MAX_SERVED_NEXT, DEFAULT_CONTINUATIONS),
        [NG_API_WORDS] = whole("words", 1, NG_MAX_NEXT_BYTES, 0), /* the unit's default depends on the view */
        [NG_API_CHARACTERS] = whole("chars", 1, NG_MAX_NEXT_BYTES, 0),
        [NG_API_BYTES] = flag("bytes"),
        [NG_API_BEFORE] = flag("before"),
        text("view", false),
    };
    set_fields(turn, fields, sizeof fields / sizeof *fields);
}

static void set_compare(struct ng_api_turn *turn) {
    struct ng_compare_options defaults;
    ng_compare_options_init(&defaults);
    const struct ng_field fields[] = {
        [NG_API_WITH] = text("with", true),
        [NG_API_WINDOWS] = whole("sample", 1, NG_MAX_SERVED_WINDOWS, DEFAULT_WINDOWS),
        [NG_API_WINDOW_CHARS] = whole("chars", 1, NG_MAX_COMPARE_CHARS, defaults.chars),
        [NG_API_WINDOW_SEED] = whole("seed", 0, UINT64_MAX, defaults.seed),
        text("view", false),
    };
    set_fields(turn, fields, sizeof fields / sizeof *fields);
}

static void set_locate(struct ng_api_turn *turn, const struct ng_api_limits *limits) {
    struct ng_field fields[NG_API_SORT + 2];
    set_common(fields);
    fields[NG_API_LIMIT] = whole("limit", 0, limits->hits, DEFAULT_HITS);
    fields[NG_API_CONTEXT] = whole("context", 0, limits->context_bytes, DEFAULT_CONTEXT_BYTES);
    fields[NG_API_OFFSET] = whole("offset", 0, UINT64_MAX, 0);
    fields[NG_API_CURSOR] = text("cursor", false);
    fields[NG_API_SAMPLE] = whole("sample", 1, limits->hits, 0);
    fields[NG_API_UNIQUE_DOCS] = flag("unique_docs");
    fields[NG_API_SORT] = text("sort", false);
    fields[NG_API_SORT + 1] = text("view", false);
    set_fields(turn, fields, sizeof fields / sizeof *fields);
}

/* A document is asked for by its number in the path, or by its id. */
static void set_doc(struct ng_api_turn *turn) {
    /* A piece of at least one character, so that who reads piece by piece gets on. */
    const struct ng_field fields[] = {
        [NG_API_DOC_OFFSET] = whole("offset", 0, UINT64_MAX, 0),
        [NG_API_DOC_LENGTH] = whole("length", 4, NG_MAX_ANSWER_TEXT_BYTES, NG_MAX_ANSWER_TEXT_BYTES),
        [NG_API_DOC_ID] = text("id", true),
    };
    set_fields(turn, fields, sizeof fields / sizeof *fields - (turn->route.rest ? 1 : 0));
}

/* What a preset decides has no default here. */
static void set_contam(struct ng_api_turn *turn, const struct ng_api_limits *limits) {
    const struct ng_field fields[] = {
        [NG_API_ENTRIES] = groups("entries", limits->batch_phrases),
        [NG_API_CHARS] = whole("chars", 1, NG_MAX_WINDOW_CHARS, 1),
        [NG_API_STRIDE] = whole("stride", 1, NG_MAX_ENTRY_BYTES, 1),
        [NG_API_SUSPICIOUS] = share("suspicious"),
        [NG_API_DIRTY] = share("dirty"),
        [NG_API_CONTAM_EVIDENCE] = whole("evidence", 0, NG_MAX_SERVED_EVIDENCE, 1),
        [NG_API_CONTAM_CONTEXT] = whole("context", 0, limits->context_bytes, DEFAULT_CONTEXT_BYTES),
        [NG_API_PRESET] = text("preset", false),
        [NG_API_BENCHMARK_GUARD] = whole("benchmark_guard", 0, UINT32_MAX, 0),
        [NG_API_CORPUS_GUARD] = whole("corpus_guard", 0, NG_MAX_CORPUS_GUARD, 0),
        [NG_API_MINIMUM_UNITS] = whole("minimum_units", 0, NG_MAX_WINDOW_CHARS, 0),
        [NG_API_FIRST] = whole("first", 0, UINT64_MAX, 0), /* the other entries are told to guards and recipes only */
        [NG_API_END] = whole("end", 0, UINT64_MAX, 0),
    };
    set_fields(turn, fields, sizeof fields / sizeof *fields);
}

static void set_benchmark(struct ng_api_turn *turn) {
    struct ng_field field = texts("field", NG_MAX_SERVED_FIELDS);
    field.required = false;
    const struct ng_field fields[] = {
        [NG_API_NAME] = text("name", true),
        [NG_API_FIELD] = field,
        [NG_API_ID_FIELD] = text("id_field", false),
        [NG_API_ENTRIES_PATH] = text("entries", false),
        [NG_API_NO_HEADER] = flag("no_header"),
    };
    set_fields(turn, fields, sizeof fields / sizeof *fields);
}

static void set_trace(struct ng_api_turn *turn, const struct ng_api_limits *limits) {
    struct ng_trace_options defaults;
    ng_trace_options_init(&defaults);
    const struct ng_field fields[] = {
        [NG_API_TEXT] = text("text", true),
        [NG_API_MIN_CHARS] = whole("min_chars", 1, NG_MAX_ENTRY_BYTES, defaults.min_chars),
        [NG_API_TRACE_EVIDENCE] = whole("evidence", 0, NG_MAX_SERVED_EVIDENCE, defaults.evidence_limit),
        [NG_API_TRACE_CONTEXT] = whole("context", 0, limits->context_bytes, DEFAULT_CONTEXT_BYTES),
        [NG_API_MIN_COUNT] = whole("min_count", 1, UINT64_MAX, 1),
        [NG_API_MAX_COUNT] = whole("max_count", 1, UINT64_MAX, 0),
        [NG_API_WHOLE_WORDS] = flag("whole_words"),
        [NG_API_DOCUMENTS] = whole("documents", 0, NG_MAX_SERVED_RANKED, 0),
        text("view", false), /* the last field of an endpoint that has it */
    };
    set_fields(turn, fields, sizeof fields / sizeof *fields);
}

void ng_api_fields_of(struct ng_api_turn *turn) {
    const struct ng_api_limits *limits = &turn->api->limits;
    const struct ng_field batch[] = {texts("queries", limits->batch_phrases), text("view", false)};
    const struct ng_field find[] = {[NG_API_QUERY] = text("query", true), text("view", false)};
    switch (turn->route.endpoint) {
    case NG_ENDPOINT_LOCATE: set_locate(turn, limits); break;
    case NG_ENDPOINT_FIND: set_fields(turn, find, 2); break;
    case NG_ENDPOINT_BATCH: set_fields(turn, batch, 2); break;
    case NG_ENDPOINT_DOC: set_doc(turn); break;
    case NG_ENDPOINT_CONTAM: set_contam(turn, limits); break;
    case NG_ENDPOINT_BENCHMARK: set_benchmark(turn); break;
    case NG_ENDPOINT_TRACE: set_trace(turn, limits); break;
    case NG_ENDPOINT_NEXT: set_next(turn); break;
    case NG_ENDPOINT_COMPARE: set_compare(turn); break;
    default: set_count(turn);
    }
}
