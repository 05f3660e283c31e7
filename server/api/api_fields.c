/* The parameters of every endpoint of /v1: names, types, ranges, defaults. */
#include <string.h>

#include "common/base/limits.h"
#include "query/include/ngidx_contam.h"
#include "server/api/api_impl.h"

enum { DEFAULT_HITS = 10, DEFAULT_CONTEXT_BYTES = 80 };

static void set_fields(struct ng_api_turn *turn, const struct ng_field *fields, size_t count) {
    memcpy(turn->field, fields, count * sizeof *fields);
    turn->fields.count = count;
}

static struct ng_field context_field(const struct ng_api_limits *limits) {
    return (struct ng_field){
        .name = "context",
        .type = NG_FIELD_NUMBER,
        .most = limits->context_bytes,
        .number = limits->context_bytes < DEFAULT_CONTEXT_BYTES ? limits->context_bytes : DEFAULT_CONTEXT_BYTES};
}

static struct ng_field evidence_field(uint64_t number) {
    return (struct ng_field){
        .name = "evidence", .type = NG_FIELD_NUMBER, .most = NG_MAX_SERVED_EVIDENCE, .number = number};
}

/* The last field of an endpoint that has it. */
static const struct ng_field view_field = {.name = "view", .type = NG_FIELD_TEXT};

static void set_locate(struct ng_api_turn *turn, const struct ng_api_limits *limits) {
    const struct ng_field fields[] = {
        [NG_API_QUERY] = {.name = "query", .type = NG_FIELD_TEXT, .required = true},
        [NG_API_LIMIT] = {.name = "limit",
                          .type = NG_FIELD_NUMBER,
                          .most = limits->hits,
                          .number = limits->hits < DEFAULT_HITS ? limits->hits : DEFAULT_HITS},
        [NG_API_CONTEXT] = context_field(limits),
        [NG_API_OFFSET] = {.name = "offset", .type = NG_FIELD_NUMBER, .most = UINT64_MAX},
        [NG_API_CURSOR] = {.name = "cursor", .type = NG_FIELD_TEXT},
        view_field,
    };
    set_fields(turn, fields, sizeof fields / sizeof *fields);
}

static void set_doc(struct ng_api_turn *turn) {
    /* A piece of at least one character, so that who reads piece by piece gets on. */
    const struct ng_field fields[] = {
        [NG_API_DOC_OFFSET] = {.name = "offset", .type = NG_FIELD_NUMBER, .most = UINT64_MAX},
        [NG_API_DOC_LENGTH] = {.name = "length",
                               .type = NG_FIELD_NUMBER,
                               .least = 4,
                               .most = NG_MAX_ANSWER_TEXT_BYTES,
                               .number = NG_MAX_ANSWER_TEXT_BYTES},
    };
    set_fields(turn, fields, sizeof fields / sizeof *fields);
}

static void set_contam(struct ng_api_turn *turn, const struct ng_api_limits *limits) {
    struct ng_contam_options defaults;
    ng_contam_options_init(&defaults);
    const struct ng_field fields[] = {
        [NG_API_ENTRIES] = {.name = "entries", .type = NG_FIELD_TEXTS, .most = limits->batch_phrases, .required = true},
        [NG_API_CHARS] = {.name = "chars",
                          .type = NG_FIELD_NUMBER,
                          .least = 1,
                          .most = NG_MAX_WINDOW_CHARS,
                          .number = defaults.chars},
        [NG_API_STRIDE] = {.name = "stride",
                           .type = NG_FIELD_NUMBER,
                           .least = 1,
                           .most = NG_MAX_ENTRY_BYTES,
                           .number = defaults.stride},
        [NG_API_SUSPICIOUS] = {.name = "suspicious",
                               .type = NG_FIELD_DECIMAL,
                               .most = 1,
                               .decimal = defaults.suspicious},
        [NG_API_DIRTY] = {.name = "dirty", .type = NG_FIELD_DECIMAL, .most = 1, .decimal = defaults.dirty},
        [NG_API_CONTAM_EVIDENCE] = evidence_field(1),
        [NG_API_CONTAM_CONTEXT] = context_field(limits),
    };
    set_fields(turn, fields, sizeof fields / sizeof *fields);
}

static void set_trace(struct ng_api_turn *turn, const struct ng_api_limits *limits) {
    struct ng_trace_options defaults;
    ng_trace_options_init(&defaults);
    const struct ng_field fields[] = {
        [NG_API_TEXT] = {.name = "text", .type = NG_FIELD_TEXT, .required = true},
        [NG_API_MIN_CHARS] = {.name = "min_chars",
                              .type = NG_FIELD_NUMBER,
                              .least = 1,
                              .most = NG_MAX_ENTRY_BYTES,
                              .number = defaults.min_chars},
        [NG_API_TRACE_EVIDENCE] = evidence_field(defaults.evidence_limit),
        [NG_API_TRACE_CONTEXT] = context_field(limits),
        view_field,
    };
    set_fields(turn, fields, sizeof fields / sizeof *fields);
}

void ng_api_fields_of(struct ng_api_turn *turn) {
    const struct ng_api_limits *limits = &turn->api->limits;
    const struct ng_field count[] = {{.name = "query", .type = NG_FIELD_TEXT, .required = true}, view_field};
    const struct ng_field batch[] = {
        {.name = "queries", .type = NG_FIELD_TEXTS, .most = limits->batch_phrases, .required = true}, view_field};
    switch (turn->route.endpoint) {
    case NG_ENDPOINT_LOCATE: set_locate(turn, limits); break;
    case NG_ENDPOINT_BATCH: set_fields(turn, batch, 2); break;
    case NG_ENDPOINT_DOC: set_doc(turn); break;
    case NG_ENDPOINT_CONTAM: set_contam(turn, limits); break;
    case NG_ENDPOINT_TRACE: set_trace(turn, limits); break;
    default: set_fields(turn, count, 2);
    }
}
