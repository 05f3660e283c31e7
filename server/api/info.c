/* What the daemon tells of its indexes and of itself, from memory alone. */
#include "common/base/clock.h"
#include "common/base/limits.h"
#include "query/include/ngidx_base.h"
#include "server/api/api_impl.h"

void ng_api_json_index(struct ng_json *json, const struct ng_served *served) {
    const struct ng_index_info *info = &served->info;
    ng_json_object_begin(json);
    ng_json_member_text(json, "name", served->name);
    ng_json_member_text(json, "id", served->id);
    if (served->description) ng_json_member_text(json, "description", served->description);
    ng_json_member_array(json, "examples");
    for (size_t i = 0; i < served->example_count; i++) ng_json_text(json, served->examples[i]);
    ng_json_array_end(json);
    ng_json_member_bool(json, "ready", !atomic_load(&served->damaged));
    ng_json_member_u64(json, "text_bytes", info->text_bytes);
    ng_json_member_u64(json, "documents", info->documents);
    ng_json_member_u64(json, "document_end", info->document_end);
    ng_json_member_u64(json, "shards", info->shards);
    ng_json_member_u64(json, "index_bytes", info->index_bytes);
    ng_json_member_u64(json, "format", info->format_version);
    ng_json_member_array(json, "views");
    if (info->exact) ng_json_text(json, "exact");
    if (info->folded) ng_json_text(json, "folded");
    ng_json_array_end(json);
    ng_json_object_end(json);
}

static void put_limits(struct ng_json *json, const struct ng_api_limits *limits) {
    ng_json_member_object(json, "limits");
    ng_json_member_u64(json, "body_bytes", limits->body_bytes);
    ng_json_member_u64(json, "phrase_bytes", limits->phrase_bytes);
    ng_json_member_u64(json, "text_bytes", limits->text_bytes);
    ng_json_member_u64(json, "batch_phrases", limits->batch_phrases);
    ng_json_member_u64(json, "hits", limits->hits);
    ng_json_member_u64(json, "context_bytes", limits->context_bytes);
    ng_json_member_u64(json, "answer_bytes", NG_MAX_ANSWER_TEXT_BYTES);
    ng_json_object_end(json);
}

int ng_api_put_indexes(struct ng_api_turn *turn) {
    struct ng_registry *registry = turn->api->registry;
    int status = ng_api_begin_object(turn);
    if (status) return status;
    struct ng_json *json = &turn->json;
    ng_json_member_array(json, "indexes");
    for (size_t i = 0; i < ng_registry_count(registry); i++) {
        struct ng_served *served = ng_registry_acquire_number(registry, i);
        ng_api_json_index(json, served);
        ng_served_release(served);
    }
    ng_json_array_end(json);
    ng_json_member_text(json, "version", NGIDX_VERSION);
    put_limits(json, &turn->api->limits);
    return ng_api_end_object(turn, NULL);
}

int ng_api_put_readiness(struct ng_api_turn *turn) {
    struct ng_registry *registry = turn->api->registry;
    bool stalled = ng_metrics_stalled(turn->api->metrics, ng_clock_ns());
    bool ready = !atomic_load(&turn->api->draining) && !stalled;
    int status = ng_api_begin_object(turn);
    if (status) return status;
    struct ng_json *json = &turn->json;
    ng_json_member_object(json, "indexes");
    for (size_t i = 0; i < ng_registry_count(registry); i++) {
        struct ng_served *served = ng_registry_acquire_number(registry, i);
        bool damaged = atomic_load(&served->damaged);
        ng_json_member_bool(json, served->name, !damaged);
        ready = ready && !damaged;
        ng_served_release(served);
    }
    ng_json_object_end(json);
    ng_json_member_bool(json, "draining", atomic_load(&turn->api->draining));
    ng_json_member_bool(json, "stalled", stalled); /* requests wait, and no thread takes them */
    ng_json_member_bool(json, "ready", ready);
    status = ng_api_end_object(turn, NULL);
    if (!status && !ready) turn->answer->status = 503;
    return status;
}

int ng_api_put_metrics(struct ng_api_turn *turn) {
    turn->stream = open_memstream(&turn->bytes, &turn->length_bytes);
    if (!turn->stream) return ng_err_nomem(&turn->err, 0, "an answer");
    ng_metrics_write(turn->api->metrics, turn->api->registry, turn->stream);
    return ng_api_end_stream(turn, "text/plain; version=0.0.4; charset=utf-8");
}
