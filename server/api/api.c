#include "server/api/api.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "common/base/clock.h"
#include "common/base/limits.h"
#include "common/base/memstream.h"
#include "server/api/api_impl.h"
#include "server/assets/assets.h"

/* Of the pages that are part of this program: they ask this server only. */
static const char PAGE_POLICY[] =
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
static const char UPLOAD_POLICY[] =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
static const char PAGE_TYPE[] = "text/html; charset=utf-8";
static const char JSON_TYPE[] = "application/json";
static const char PROBLEM_TYPE[] = "application/problem+json";

const char *ng_api_reason(int status) {
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {{200, "OK"},
                   {202, "Accepted"},
                   {204, "No Content"},
                   {301, "Moved Permanently"},
                   {304, "Not Modified"},
                   {400, "Bad Request"},
                   {401, "Unauthorized"},
                   {403, "Forbidden"},
                   {404, "Not Found"},
                   {405, "Method Not Allowed"},
                   {408, "Request Timeout"},
                   {409, "Conflict"},
                   {413, "Content Too Large"},
                   {414, "URI Too Long"},
                   {415, "Unsupported Media Type"},
                   {417, "Expectation Failed"},
                   {421, "Misdirected Request"},
                   {429, "Too Many Requests"},
                   {431, "Request Header Fields Too Large"},
                   {499, "Client Closed Request"},
                   {500, "Internal Server Error"},
                   {501, "Not Implemented"},
                   {502, "Bad Gateway"},
                   {503, "Service Unavailable"},
                   {504, "Gateway Timeout"},
                   {505, "HTTP Version Not Supported"},
                   {508, "Loop Detected"}};
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        if (reasons[i].status == status) return reasons[i].reason;
    }
    return "Unknown";
}

void ng_api_answer_free(struct ng_api_answer *answer) {
    if (!answer) return;
    free(answer->owned);
    if (answer->has_file) (void)close(answer->file);
    answer->has_file = false;
    answer->owned = NULL;
    answer->bytes = NULL;
    answer->length_bytes = 0;
}

bool ng_api_is_peer(const struct ng_api_request *request) {
    return request->method == NG_METHOD_POST && strcmp(request->path, "/") == 0;
}

static void put_static(struct ng_api_answer *answer, const char *type, const char *bytes, size_t length) {
    answer->status = 200;
    answer->content_type = type;
    answer->bytes = bytes;
    answer->length_bytes = length;
}

/* Whether a list of entity tags has one; a weak one counts as well (RFC 9110, 13.1.2). */
static bool has_tag(const char *list, const char *etag) {
    return list && (strcmp(list, "*") == 0 || strstr(list, etag));
}

bool ng_api_put_tag(struct ng_api_turn *turn, const char *etag) {
    bool known = has_tag(turn->request->if_none_match, etag);
    (void)snprintf(turn->answer->etag, sizeof turn->answer->etag, "%s", etag);
    turn->answer->may_cache = true;
    turn->answer->status = known ? 304 : 200;
    return known;
}

/* What is part of this program. Hashing it takes some microseconds. */
static void put_asset(struct ng_api_turn *turn, const char *type, const char *bytes, size_t length) {
    char etag[NG_ETAG_BYTES];
    (void)snprintf(etag, sizeof etag, "\"%016llx\"", (unsigned long long)XXH3_64bits(bytes, length));
    if (!ng_api_put_tag(turn, etag)) put_static(turn->answer, type, bytes, length);
}

/* The peer's protocol knows errors 400 and 500 only; what it has no name for (the queue is full, no token) stays. */
static int peer_status(int status) {
    switch (status) {
    case 404:
    case 409:
    case 413: return 400;
    case 502:
    case 503:
    case 504: return 500;
    default: return status;
    }
}

/* Without memory for the text of an error, only its status is sent. */
void ng_api_refuse(const struct ng_api_request *request, struct ng_api_answer *answer, int status, const char *detail,
                   const char *hint) {
    char *bytes = NULL;
    size_t length = 0;
    bool peer = ng_api_is_peer(request);
    if ((status == 429 || status == 503) && answer->retry_seconds == 0) answer->retry_seconds = 1;
    if (peer) status = peer_status(status);
    ng_api_answer_free(answer);
    /* Nor does what was to be told of the bytes hold for those of the error. */
    answer->coding = answer->location = NULL;
    answer->etag[0] = '\0';
    answer->may_cache = false;
    answer->status = status;
    answer->content_type = peer ? JSON_TYPE : PROBLEM_TYPE;
    FILE *stream = open_memstream(&bytes, &length);
    if (!stream) return;
    struct ng_json json;
    if (ng_json_init(&json, stream, NULL) == NG_OK) {
        ng_json_object_begin(&json);
        if (!peer) {
            ng_json_member_text(&json, "type", "about:blank");
            ng_json_member_text(&json, "title", ng_api_reason(status));
            ng_json_member_u64(&json, "status", (uint64_t)status);
        }
        ng_json_member_text(&json, peer ? "error" : "detail", detail);
        if (!peer && hint && *hint) ng_json_member_text(&json, "hint", hint);
        ng_json_object_end(&json);
        ng_json_end_line(&json);
        ng_json_free(&json);
    }
    if (!ng_memstream_close(stream, &bytes)) length = 0;
    answer->owned = bytes;
    answer->bytes = bytes;
    answer->length_bytes = length;
}

/* The HTTP status of an error. */
static int http_status_of(const struct ng_api_turn *turn) {
    int status;
    switch (turn->err.status) {
    case NG_ERR_USAGE:
    case NG_ERR_INPUT: status = 400; break;
    case NG_ERR_NOTFOUND: status = 404; break;
    case NG_ERR_LIMIT: status = 413; break;
    case NG_ERR_EXISTS: status = 429; break;
    case NG_ERR_NOMEM:
    case NG_ERR_IO:
    case NG_ERR_NOSPACE:
    case NG_ERR_VERSION: /* of folding */
    case NG_ERR_CORRUPT: status = 503; break;
    case NG_ERR_REMOTE: status = 502; break;
    default: status = 500;
    }
    return turn->http_status ? turn->http_status : status;
}

/* Damage is told to the log, once; a client need not know where files lie. */
static void note_damage(struct ng_api_turn *turn) {
    struct ng_served *served[NG_MAX_REQUEST_INDEXES];
    const struct ng_index *indexes[NG_MAX_REQUEST_INDEXES];
    if (turn->err.status != NG_ERR_CORRUPT || !turn->served) return;
    size_t count = ng_api_get_indexes(turn, indexes, NULL, served);
    size_t at = 0; /* the damaged one */
    while (at + 1 < count && !atomic_load(&served[at]->damaged) && (!indexes[at] || !ng_index_status(indexes[at], NULL))) at++;
    if (!atomic_exchange(&served[at]->damaged, true)) {
        (void)fprintf(stderr, "ngidxd: index %s is no longer ready: %s\n", served[at]->name, turn->err.text);
    }
    (void)ng_err_set(&turn->err, NG_ERR_CORRUPT, "the index \"%s\" is damaged", served[at]->name);
    (void)ng_err_hint(&turn->err, "the server's log says where; restore the index, then send SIGHUP to open it anew");
}

static bool client_gone(const struct ng_api_request *request) {
    return request->cancelled && atomic_load_explicit(request->cancelled, memory_order_relaxed);
}

/* Whether nobody waits for the answer any more. The library asks it all the time. */
static bool is_over(void *context) {
    const struct ng_api_request *request = ((const struct ng_api_turn *)context)->request;
    return client_gone(request) || (request->deadline_ns > 0 && ng_clock_ns() > request->deadline_ns);
}

/* The error of a turn that is over. */
static int fail_over(struct ng_api_turn *turn) {
    if (client_gone(turn->request)) return ng_api_fail(turn, 499, "the client disconnected");
    char part[NG_ERR_HINT_BYTES];
    (void)snprintf(part, sizeof part, "%.500s", turn->index && ng_index_is_in_parts(turn->index) ? turn->err.text : "");
    (void)ng_api_fail(turn, 504, "the request took longer than this server allows");
    return part[0] ? ng_err_hint(&turn->err, "%s", part) : turn->err.status; /* whom it waited for */
}

static void put_error(struct ng_api_turn *turn) {
    if (turn->err.status == NG_ERR_CANCELLED) (void)fail_over(turn);
    note_damage(turn);
    ng_api_refuse(turn->request, turn->answer, http_status_of(turn), turn->err.text, turn->err.hint);
}

int ng_api_fail(struct ng_api_turn *turn, int http_status, const char *detail) {
    turn->http_status = http_status;
    return ng_err_set(&turn->err, NG_ERR_USAGE, "%s", detail);
}

bool ng_api_is_full(const struct ng_api_turn *turn) {
    return ftello(turn->stream) > (off_t)NG_MAX_ANSWER_TEXT_BYTES;
}

int ng_api_check_size(struct ng_api_turn *turn) {
    if (!ng_api_is_full(turn)) return NG_OK;
    (void)ng_err_set(&turn->err, NG_ERR_LIMIT, "the answer is larger than %llu bytes, this server's limit",
                     (unsigned long long)NG_MAX_ANSWER_TEXT_BYTES);
    return ng_err_hint(&turn->err, "ask for fewer entries or less text, evidence or context at a time");
}

int ng_api_begin_object(struct ng_api_turn *turn) {
    turn->stream = open_memstream(&turn->bytes, &turn->length_bytes);
    if (!turn->stream) return ng_err_nomem(&turn->err, 0, "an answer");
    int status = ng_json_init(&turn->json, turn->stream, &turn->err);
    if (!status) ng_json_object_begin(&turn->json);
    return status;
}

int ng_api_end_stream(struct ng_api_turn *turn, const char *content_type) {
    bool whole = ng_memstream_close(turn->stream, &turn->bytes);
    turn->stream = NULL;
    if (!whole) return ng_err_nomem(&turn->err, turn->length_bytes, "an answer");
    put_static(turn->answer, content_type, turn->bytes, turn->length_bytes);
    turn->answer->owned = turn->bytes;
    turn->bytes = NULL;
    return NG_OK;
}

/* The parts of the indexes that the answer is without. */
static void put_missing(struct ng_api_turn *turn) {
    const struct ng_index *indexes[NG_MAX_REQUEST_INDEXES];
    size_t count = ng_api_get_indexes(turn, indexes, NULL, NULL);
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        uint64_t missing = indexes[i] ? ng_index_missing_parts(indexes[i]) : 0;
        for (size_t p = 0; p < NG_MAX_PARTS; p++) {
            if (!(missing >> p & 1)) continue;
            if (!any) ng_json_member_array(&turn->json, "missing_parts");
            any = true;
            ng_json_text(&turn->json, ng_index_part_name(indexes[i], p));
        }
    }
    if (any) ng_json_array_end(&turn->json);
}

int ng_api_end_object(struct ng_api_turn *turn, const char *latency) {
    put_missing(turn);
    if (latency) {
        ng_json_member_decimal(&turn->json, latency, (double)(ng_clock_ns() - turn->started_ns) / 1e6, 6);
    }
    ng_json_object_end(&turn->json);
    ng_json_end_line(&turn->json);
    return ng_api_end_stream(turn, JSON_TYPE);
}

static void turn_init(struct ng_api_turn *turn, struct ng_api *api, const struct ng_api_request *request,
                      struct ng_api_answer *answer) {
    turn->api = api;
    turn->request = request;
    turn->answer = answer;
    turn->route = (struct ng_api_route){0};
    turn->peer = ng_api_is_peer(request);
    turn->served = NULL;
    turn->index = NULL;
    turn->view = NULL;
    turn->more_count = 0;
    turn->phrases = NULL;
    turn->fields = (struct ng_fields){.fields = turn->field};
    ng_err_clear(&turn->err);
    turn->http_status = 0;
    turn->started_ns = ng_clock_ns();
    turn->stream = NULL;
    turn->json = (struct ng_json){0};
    turn->bytes = NULL;
    *answer = (struct ng_api_answer){0};
}

static void turn_free(struct ng_api_turn *turn) {
    if (turn->stream) (void)fclose(turn->stream);
    free(turn->bytes);
    ng_json_free(&turn->json);
    ng_phrases_free(turn->phrases);
    ng_fields_free(&turn->fields);
    ng_api_release_indexes(turn);
}

/* Reads the parameters: of the URL for GET, of the body for POST. */
static int read_fields(struct ng_api_turn *turn) {
    ng_api_fields_of(turn);
    if (turn->request->method == NG_METHOD_GET || turn->route.endpoint == NG_ENDPOINT_BENCHMARK) {
        return ng_fields_read_url(&turn->fields, turn->request->query, &turn->err);
    }
    return ng_fields_read_json(&turn->fields, turn->request->body, turn->request->body_bytes, &turn->err);
}

/* The view is the last parameter of the endpoints that have it; for all others it is the default one. */
static int choose_view(struct ng_api_turn *turn) {
    enum { NAME_CHARS = 48 };
    char name[NAME_CHARS] = "";
    const struct ng_field *last = turn->fields.count > 0 ? &turn->field[turn->fields.count - 1] : NULL;
    bool given = last && strcmp(last->name, "view") == 0 && last->present;
    if (given && last->text.length_bytes > 0) {
        size_t length = last->text.length_bytes < NAME_CHARS ? (size_t)last->text.length_bytes : NAME_CHARS - 1;
        memcpy(name, last->text.data, length);
        name[length] = '\0';
    }
    return ng_api_choose_views(turn, given ? name : NULL);
}

/* Everything up to the search itself. */
static int begin(struct ng_api_turn *turn) {
    if (is_over(turn)) return fail_over(turn);
    int status;
    if (turn->peer) {
        status = ng_api_peer_begin(turn);
    } else {
        (void)ng_api_route(turn->request->path, &turn->route);
        turn->answer->endpoint = turn->route.endpoint;
        if (ng_api_is_bulletin(turn->route.endpoint)) return NG_OK;
        if (turn->route.endpoint == NG_ENDPOINT_BENCHMARK) return read_fields(turn);
        status = ng_api_hold_indexes(turn);
        if (!status && turn->route.endpoint != NG_ENDPOINT_PART) status = read_fields(turn);
        if (!status && turn->route.endpoint == NG_ENDPOINT_COMPARE) status = ng_api_hold_other(turn);
    }
    const struct ng_cancel cancel = {.asked = is_over, .context = turn};
    if (!status) status = ng_api_open_indexes(turn, &cancel);
    return status ? status : choose_view(turn);
}

static int run(struct ng_api_turn *turn) {
    int status;
    if (ng_api_is_bulletin(turn->answer->endpoint)) return ng_api_bulletin(turn);
    if (turn->answer->endpoint == NG_ENDPOINT_BENCHMARK) return ng_api_read_benchmark(turn);
    switch (turn->answer->endpoint) {
    case NG_ENDPOINT_COUNT: status = ng_api_count_documents(turn); break;
    case NG_ENDPOINT_NEXT: status = ng_api_next(turn); break;
    case NG_ENDPOINT_COMPARE: status = ng_api_compare(turn); break;
    case NG_ENDPOINT_LOCATE: status = ng_api_locate(turn); break;
    case NG_ENDPOINT_DOC: status = ng_api_doc(turn); break;
    case NG_ENDPOINT_BATCH: status = ng_api_batch(turn); break;
    case NG_ENDPOINT_CONTAM: status = ng_api_contam(turn); break;
    case NG_ENDPOINT_TRACE: status = ng_api_trace(turn); break;
    case NG_ENDPOINT_PART: status = ng_api_part(turn); break;
    case NG_ENDPOINT_FIND:
    case NG_ENDPOINT_PEER_FIND: status = ng_api_find(turn); break;
    case NG_ENDPOINT_PEER_DOC: status = ng_api_peer_doc(turn); break;
    default: return ng_api_fail(turn, 404, "there is nothing here");
    }
    /* Damage may have come up behind the last check of a call. */
    if (!status) status = ng_index_status(turn->index, &turn->err);
    for (size_t i = 0; i < turn->more_count && !status; i++) status = ng_index_status(turn->more[i].index, &turn->err);
    return status;
}

static void count_alone(struct ng_api_turn *turn, struct ng_bytes phrase) {
    uint64_t count = 0;
    int status = ng_index_count(turn->view, phrase, &count, &turn->err);
    if (!status) status = ng_api_put_count(turn, count);
    if (status) put_error(turn);
}

/* Turns that are counted side by side. */
struct group {
    struct ng_api_turn *const *turns;
    size_t count;
};

static bool all_over(void *context) {
    const struct group *group = context;
    size_t over = 0;
    while (over < group->count && is_over(group->turns[over])) over++;
    return over == group->count;
}

static int count_side_by_side(struct group *group, const struct ng_bytes *phrases, uint64_t *counts) {
    struct ng_index *index = NULL;
    const struct ng_cancel cancel = {.asked = all_over, .context = group};
    int status = ng_index_bind(&index, group->turns[0]->served->index, &cancel, NULL);
    enum ng_text_view view = ng_index_text_view(group->turns[0]->view);
    if (!status) status = ng_index_count_batch(ng_index_view(index, view), phrases, group->count, counts, NULL);
    /* Each tells by itself which parts it is without. */
    if (!status && ng_index_missing_parts(index)) status = NG_ERR_REMOTE;
    ng_index_close(index);
    return status;
}

/* Counts the phrases of turns, all in one index, side by side. Where one fails each is counted alone, so that it fails
 * alone. */
static void count_group(struct ng_api_turn *const *turns, const struct ng_bytes *phrases, size_t count) {
    uint64_t counts[NG_API_TOGETHER];
    uint64_t started_ns = ng_clock_ns();
    for (size_t i = 0; i < count; i++) turns[i]->started_ns = started_ns;
    if (count > 1 && count_side_by_side(&(struct group){turns, count}, phrases, counts) == NG_OK) {
        for (size_t i = 0; i < count; i++) {
            if (ng_api_put_count(turns[i], counts[i])) put_error(turns[i]);
        }
        return;
    }
    for (size_t i = 0; i < count; i++) count_alone(turns[i], phrases[i]);
}

/* Takes the turns of one index and view out of waiting[0, *count), and counts theirs. */
static void count_first_group(struct ng_api_turn **waiting, struct ng_bytes *phrases, size_t *count) {
    struct ng_api_turn *group[NG_API_TOGETHER];
    struct ng_bytes group_phrases[NG_API_TOGETHER];
    const struct ng_served *served = waiting[0]->served;
    enum ng_text_view view = ng_index_text_view(waiting[0]->view);
    size_t taken = 0;
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        if (waiting[i]->served == served && ng_index_text_view(waiting[i]->view) == view) {
            group[taken] = waiting[i];
            group_phrases[taken++] = phrases[i];
        } else {
            waiting[kept] = waiting[i];
            phrases[kept++] = phrases[i];
        }
    }
    *count = kept;
    count_group(group, group_phrases, taken);
}

void ng_api_answer_together(struct ng_api *api, const struct ng_api_request *const *requests,
                            struct ng_api_answer *const *answers, size_t count) {
    struct ng_api_turn turns[NG_API_TOGETHER];
    struct ng_api_turn *waiting[NG_API_TOGETHER];
    struct ng_bytes phrases[NG_API_TOGETHER];
    size_t waiting_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct ng_api_turn *turn = &turns[i];
        turn_init(turn, api, requests[i], answers[i]);
        int status = begin(turn);
        if (!status && ng_api_is_plain_count(turn)) {
            status = ng_api_phrase(turn, &phrases[waiting_count]);
            if (!status) waiting[waiting_count++] = turn;
        } else if (!status) {
            turn->started_ns = ng_clock_ns();
            status = run(turn);
        }
        if (status) put_error(turn);
    }
    while (waiting_count > 0) count_first_group(waiting, phrases, &waiting_count);
    for (size_t i = 0; i < count; i++) turn_free(&turns[i]);
}

void ng_api_answer(struct ng_api *api, const struct ng_api_request *request, struct ng_api_answer *answer) {
    ng_api_answer_together(api, &request, &answer, 1);
}

/* Whether parameters seem to be of a count that is not plain. */
static bool names_more(const char *text, size_t length) {
    static const char *const names[] = {"docs", "and", "or", "not"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char quoted[8];
        char equated[8];
        (void)snprintf(quoted, sizeof quoted, "\"%s\"", names[i]);
        (void)snprintf(equated, sizeof equated, "&%s=", names[i]);
        if (memmem(text, length, quoted, strlen(quoted)) || memmem(text, length, equated, strlen(equated)) ||
            (length > strlen(equated) && memcmp(text, equated + 1, strlen(equated) - 1) == 0)) {
            return true;
        }
    }
    return false;
}

bool ng_api_is_light(const struct ng_api_request *request) {
    enum { LOOKED_AT = 512 };
    size_t length = strlen(request->path);
    if (ng_api_is_peer(request)) {
        size_t looked = request->body_bytes < LOOKED_AT ? request->body_bytes : LOOKED_AT;
        return looked > 0 && memmem(request->body, looked, "\"count\"", 7) != NULL;
    }
    if (length <= 6 || request->body_bytes > LOOKED_AT || strcmp(request->path + length - 6, "/count") != 0) return false;
    return !(request->query && names_more(request->query, strlen(request->query))) &&
           !(request->body_bytes > 0 && names_more((const char *)request->body, request->body_bytes));
}

/* What says nothing about the indexes needs no token: a browser has to get the page before it can send one. */
static bool needs_token(enum ng_endpoint endpoint) {
    return endpoint != NG_ENDPOINT_PAGE && endpoint != NG_ENDPOINT_PAGE_STYLE && endpoint != NG_ENDPOINT_PAGE_SCRIPT &&
           endpoint != NG_ENDPOINT_OPENAPI && endpoint != NG_ENDPOINT_LIVEZ &&
           endpoint != NG_ENDPOINT_READYZ;
}

static const char *allowed(unsigned methods) {
    if (methods == (NG_API_GET | NG_API_POST)) return "GET, HEAD, POST, OPTIONS";
    return methods == NG_API_GET ? "GET, HEAD, OPTIONS" : "POST, OPTIONS";
}

/* Answers what needs no index. Returns whether that was so. */
static bool answer_plain(struct ng_api_turn *turn) {
    struct ng_api_answer *answer = turn->answer;
    int status;
    switch (answer->endpoint) {
    case NG_ENDPOINT_PAGE:
        put_asset(turn, PAGE_TYPE, ng_asset_page, (size_t)ng_asset_page_bytes);
        answer->policy = PAGE_POLICY;
        return true;
    case NG_ENDPOINT_PAGE_STYLE:
        put_asset(turn, "text/css; charset=utf-8", ng_asset_page_style, (size_t)ng_asset_page_style_bytes);
        return true;
    case NG_ENDPOINT_PAGE_SCRIPT:
        put_asset(turn, "text/javascript; charset=utf-8", ng_asset_page_script, (size_t)ng_asset_page_script_bytes);
        return true;
    case NG_ENDPOINT_BENCHMARKS:
        if (turn->request->method != NG_METHOD_GET) return false;
        put_asset(turn, PAGE_TYPE, ng_asset_benchmarks, (size_t)ng_asset_benchmarks_bytes);
        answer->policy = UPLOAD_POLICY;
        return true;
    case NG_ENDPOINT_BENCHMARKS_STATE: status = ng_api_put_benchmarks(turn); break;
    case NG_ENDPOINT_OPENAPI:
        put_asset(turn, JSON_TYPE, ng_asset_openapi, (size_t)ng_asset_openapi_bytes);
        return true;
    case NG_ENDPOINT_LIVEZ: put_static(answer, "text/plain", "alive\n", 6); return true;
    case NG_ENDPOINT_READYZ: status = ng_api_put_readiness(turn); break;
    case NG_ENDPOINT_METRICS: status = ng_api_put_metrics(turn); break;
    case NG_ENDPOINT_INDEXES: status = ng_api_put_indexes(turn); break;
    default: return false;
    }
    if (status) put_error(turn);
    return true;
}

enum ng_endpoint ng_api_endpoint(const struct ng_api_request *request) {
    struct ng_api_route route;
    (void)ng_api_route(request->path, &route);
    return ng_api_is_peer(request) ? NG_ENDPOINT_PEER_INVALID : route.endpoint;
}

bool ng_api_admit(struct ng_api *api, const struct ng_api_request *request, struct ng_api_answer *answer) {
    struct ng_api_turn turn;
    turn_init(&turn, api, request, answer);
    bool known = ng_api_route(request->path, &turn.route);
    answer->endpoint = turn.peer ? NG_ENDPOINT_PEER_INVALID : turn.route.endpoint;
    unsigned method = request->method == NG_METHOD_GET ? NG_API_GET : 0;
    if (request->method == NG_METHOD_POST) method = NG_API_POST;
    bool done = true;
    if (ng_api_refuse_stranger(api, request, answer)) {
        /* is told so already, as below */
    } else if (!known || !ng_api_has_endpoint(api, answer->endpoint)) {
        ng_api_refuse(request, answer, 404, "there is nothing at this path", "GET /openapi.json lists the paths");
    } else if (request->method == NG_METHOD_OPTIONS) {
        answer->status = 204;
        answer->allow = allowed(turn.route.methods);
    } else if (!(turn.route.methods & method)) {
        ng_api_refuse(request, answer, 405, "this path does not support this method", NULL);
        answer->allow = allowed(turn.route.methods);
    } else if (!ng_api_refuse_circle(api, request, answer) &&
               !ng_api_refuse_body(api, request, turn.peer || needs_token(answer->endpoint), answer)) {
        done = !turn.peer && answer_plain(&turn);
    }
    turn_free(&turn);
    return done;
}
