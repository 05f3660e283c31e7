/* A bulletin's site, and the benchmarks that are uploaded for it. */
#include <string.h>

#include "server/api/api_impl.h"
#include "server/bulletin/checker.h"

enum { RETRY_SECONDS = 30 };

#define STATIC_POLICY                                                                                                   \
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; "       \
    "form-action 'none'; frame-ancestors 'none'"

/* The page of a report may come from anybody. In a sandbox its scripts are of no origin: they can use neither this
 * server's API nor the password that the browser sends to it. */
static const char *const policies[] = {
    [NG_STATIC_DATA] = "default-src 'none'; frame-ancestors 'none'",
    [NG_STATIC_PAGE] = STATIC_POLICY,
    [NG_STATIC_REPORT] = STATIC_POLICY "; sandbox allow-scripts allow-downloads allow-popups allow-popups-to-escape-sandbox",
};

bool ng_api_is_bulletin(enum ng_endpoint endpoint) {
    return endpoint == NG_ENDPOINT_BULLETIN || endpoint == NG_ENDPOINT_BENCHMARKS || endpoint == NG_ENDPOINT_BENCHMARKS_STATE;
}

bool ng_api_has_endpoint(const struct ng_api *api, enum ng_endpoint endpoint) {
    if (endpoint == NG_ENDPOINT_BULLETIN) return api->bulletin != NULL;
    return !ng_api_is_bulletin(endpoint) || api->checker;
}

static int put_file(struct ng_api_turn *turn) {
    struct ng_api_answer *answer = turn->answer;
    struct ng_static_file file;
    if (!turn->route.rest) {
        answer->status = 301;
        answer->location = "bulletin/"; /* relative, for there may be a prefix in front */
        return NG_OK;
    }
    int status = ng_static_open(&file, turn->api->bulletin, turn->route.rest, &turn->err);
    if (status) return status;
    bool known = ng_api_put_tag(turn, file.etag);
    answer->has_file = true;
    answer->file = file.fd;
    answer->length_bytes = known ? 0 : (size_t)file.length_bytes;
    answer->content_type = known ? NULL : file.type;
    answer->policy = policies[file.kind];
    return NG_OK;
}

/* ---- Benchmarks ---- */

static const char *const phases[] = {
    [NG_CHECKER_IDLE] = "",
    [NG_CHECKER_TAKING] = "receiving",
    [NG_CHECKER_WAITING] = "waiting",
    [NG_CHECKER_CHECKING] = "checking",
    [NG_CHECKER_ADDING] = "adding",
};

static void put_job(struct ng_json *json, const struct ng_checker_state *state) {
    ng_json_key(json, "job");
    if (state->phase <= NG_CHECKER_TAKING) {
        ng_json_null(json);
        return;
    }
    ng_json_object_begin(json);
    ng_json_member_text(json, "name", state->name);
    ng_json_member_text(json, "received", state->received);
    ng_json_member_text(json, "phase", phases[state->phase]);
    ng_json_object_end(json);
}

static void put_failures(struct ng_json *json, const struct ng_checker_state *state) {
    ng_json_member_array(json, "failed");
    for (size_t i = 0; i < state->failure_count; i++) {
        ng_json_object_begin(json);
        ng_json_member_text(json, "name", state->failures[i].name);
        ng_json_member_text(json, "time", state->failures[i].time);
        ng_json_member_text(json, "reason", state->failures[i].reason);
        ng_json_object_end(json);
    }
    ng_json_array_end(json);
}

int ng_api_put_benchmarks(struct ng_api_turn *turn) {
    struct ng_checker_state state;
    struct ng_registry *registry = turn->api->registry;
    int status = ng_api_begin_object(turn);
    if (status) return status;
    ng_checker_get_state(turn->api->checker, &state);
    struct ng_json *json = &turn->json;
    ng_json_member_bool(json, "free", state.phase == NG_CHECKER_IDLE);
    ng_json_member_u64(json, "most_bytes", turn->api->limits.body_bytes);
    ng_json_member_array(json, "indexes");
    for (size_t i = 0; i < ng_registry_count(registry); i++) ng_json_text(json, ng_registry_name(registry, i));
    ng_json_array_end(json);
    put_job(json, &state);
    ng_json_member_text(json, "added", state.added[0] ? state.added : NULL);
    ng_json_member_text(json, "note", state.note[0] ? state.note : NULL);
    put_failures(json, &state);
    return ng_api_end_object(turn, NULL);
}

static int accept_benchmark(struct ng_api_turn *turn) {
    char name[NG_SLOT_NAME_BYTES + 1]; /* a name that is too long is refused as it is cut */
    turn->field[0] = (struct ng_field){.name = "name", .type = NG_FIELD_TEXT, .required = true};
    turn->fields.count = 1;
    int status = ng_fields_read_url(&turn->fields, turn->request->query, &turn->err);
    if (status) return status;
    struct ng_bytes given = turn->field[0].text;
    size_t length = given.length_bytes < sizeof name ? (size_t)given.length_bytes : sizeof name - 1;
    if (length > 0) memcpy(name, given.data, length);
    name[length] = '\0';
    if (strlen(name) < length) return ng_api_fail(turn, 400, "the name of the benchmark holds NUL");
    status = ng_checker_submit(turn->api->checker, name, turn->request->body, turn->request->body_bytes, &turn->err);
    if (status == NG_ERR_EXISTS) turn->answer->retry_seconds = RETRY_SECONDS;
    if (status == NG_ERR_IO || status == NG_ERR_NOSPACE) { /* where, is for the log */
        (void)fprintf(stderr, "ngidxd: benchmark %s was not accepted: %s\n", name, turn->err.text);
        return ng_err_set(&turn->err, status, "the benchmark cannot be stored");
    }
    if (!status) status = ng_api_begin_object(turn);
    if (status) return status;
    ng_json_member_text(&turn->json, "name", name);
    ng_json_member_text(&turn->json, "state", "/bulletin/benchmarks/state");
    status = ng_api_end_object(turn, NULL);
    if (!status) turn->answer->status = 202;
    return status;
}

int ng_api_bulletin(struct ng_api_turn *turn) {
    return turn->answer->endpoint == NG_ENDPOINT_BENCHMARKS ? accept_benchmark(turn) : put_file(turn);
}
