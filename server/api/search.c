/* count, find and batch. */
#include <inttypes.h>
#include <stdlib.h>

#include "common/base/clock.h"
#include "server/api/api_impl.h"

int ng_api_check_phrase(struct ng_api_turn *turn, struct ng_bytes phrase) {
    uint64_t most = turn->api->limits.phrase_bytes;
    if (phrase.length_bytes <= most) return NG_OK;
    return ng_err_set(&turn->err, NG_ERR_LIMIT, "a phrase of %" PRIu64 " bytes; this server's limit is %" PRIu64,
                      phrase.length_bytes, most);
}

static int fold_phrases(struct ng_api_turn *turn, const struct ng_bytes *phrases, size_t count) {
    return ng_index_phrases(turn->view, phrases, count, &turn->phrases, &turn->err);
}

int ng_api_phrase(struct ng_api_turn *turn, struct ng_bytes *phrase) {
    *phrase = turn->field[NG_API_QUERY].text;
    int status = ng_api_check_phrase(turn, *phrase);
    if (status || ng_index_text_view(turn->view) == NG_VIEW_EXACT) return status;
    status = fold_phrases(turn, phrase, 1);
    if (!status) *phrase = *turn->phrases;
    return status;
}

bool ng_api_is_plain_count(const struct ng_api_turn *turn) {
    if (turn->answer->endpoint == NG_ENDPOINT_PEER_COUNT) return true;
    return turn->answer->endpoint == NG_ENDPOINT_COUNT && !turn->field[NG_API_COUNT_DOCS].flag &&
           turn->fields.phrase_count == 0 && !turn->field[NG_API_WITHIN].present;
}

/* Written by hand: it is the answer that is given most. */
int ng_api_put_count(struct ng_api_turn *turn, uint64_t count) {
    enum { ROOM = 128 };
    if (ng_index_missing_parts(turn->index)) {
        int status = ng_api_begin_object(turn);
        if (status) return status;
        ng_json_member_u64(&turn->json, "count", count);
        return ng_api_end_object(turn, turn->peer ? "latency" : "latency_ms");
    }
    char *bytes = malloc(ROOM);
    if (!bytes) return ng_err_nomem(&turn->err, ROOM, "an answer");
    double milliseconds = (double)(ng_clock_ns() - turn->started_ns) / 1e6;
    int length = snprintf(bytes, ROOM, "{\"count\":%" PRIu64 ",\"%s\":%.6f}\n", count,
                          turn->peer ? "latency" : "latency_ms", milliseconds);
    *turn->answer = (struct ng_api_answer){.status = 200,
                                           .content_type = "application/json",
                                           .bytes = bytes,
                                           .length_bytes = (size_t)length,
                                           .owned = bytes,
                                           .endpoint = turn->answer->endpoint};
    return NG_OK;
}

static int count_all(struct ng_api_turn *turn, const struct ng_bytes *phrases, size_t count, uint64_t *counts) {
    int status = NG_OK;
    for (size_t i = 0; i < count && !status; i++) status = ng_api_check_phrase(turn, phrases[i]);
    if (!status) status = fold_phrases(turn, phrases, count);
    return status ? status : ng_index_count_batch(turn->view, turn->phrases, count, counts, &turn->err);
}

int ng_api_batch(struct ng_api_turn *turn) {
    const struct ng_field *queries = &turn->field[NG_API_QUERY];
    uint64_t *counts = calloc(queries->text_count + 1, sizeof *counts);
    if (!counts) return ng_err_nomem(&turn->err, queries->text_count * sizeof *counts, "counts");
    int status = count_all(turn, queries->texts, queries->text_count, counts);
    if (!status) status = ng_api_begin_object(turn);
    if (status) goto out;
    ng_json_member_array(&turn->json, "counts");
    for (size_t i = 0; i < queries->text_count; i++) ng_json_u64(&turn->json, counts[i]);
    ng_json_array_end(&turn->json);
    status = ng_api_end_object(turn, "latency_ms");
out:
    free(counts);
    return status;
}

/* The ranks of a phrase in each shard; the peer's protocol has it, too. */
int ng_api_find(struct ng_api_turn *turn) {
    struct ng_bytes phrase;
    struct ng_index_info info;
    ng_index_get_info(turn->view, &info);
    uint64_t shards = info.shards;
    int status = ng_api_phrase(turn, &phrase);
    if (status) return status;
    struct ng_interval *intervals = calloc(shards + 1, sizeof *intervals);
    if (!intervals) return ng_err_nomem(&turn->err, shards * sizeof *intervals, "intervals");
    status = ng_index_find(turn->view, phrase, intervals, &turn->err);
    if (!status) status = ng_api_begin_object(turn);
    if (status) goto out;
    uint64_t count = 0;
    for (uint64_t s = 0; s < shards; s++) count += intervals[s].end - intervals[s].begin;
    struct ng_json *json = &turn->json;
    ng_json_member_u64(json, turn->peer ? "cnt" : "count", count);
    ng_json_member_array(json, "segment_by_shard");
    for (uint64_t s = 0; s < shards; s++) {
        ng_json_array_begin(json);
        ng_json_u64(json, intervals[s].begin);
        ng_json_u64(json, intervals[s].end);
        ng_json_array_end(json);
    }
    ng_json_array_end(json);
    status = ng_api_end_object(turn, turn->peer ? "latency" : "latency_ms");
out:
    free(intervals);
    return status;
}

/* Questions of another server, or command, that has an index of this one as a part of its own. */
int ng_api_part(struct ng_api_turn *turn) {
    uint8_t *answer;
    size_t length;
    int status = ng_index_answer_part(turn->index, turn->request->body, turn->request->body_bytes, &answer, &length,
                                      &turn->err);
    if (status == NG_ERR_VERSION) turn->http_status = 409;
    if (status) return status;
    *turn->answer = (struct ng_api_answer){.status = 200,
                                           .content_type = "application/octet-stream",
                                           .bytes = (const char *)answer,
                                           .length_bytes = length,
                                           .owned = (char *)answer,
                                           .endpoint = turn->answer->endpoint};
    return NG_OK;
}
