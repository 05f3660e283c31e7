/* The indexes of a request: one, several that are searched as one, or two beside each other. */
#include <string.h>
#include <strings.h>

#include "query/include/ngidx_compare.h"
#include "server/api/api_impl.h"

static int acquire(struct ng_api_turn *turn, const char *name, size_t length, struct ng_served **served) {
    *served = ng_registry_acquire(turn->api->registry, name, length);
    if (*served) return NG_OK;
    (void)ng_err_set(&turn->err, NG_ERR_NOTFOUND, "there is no index \"%.*s\"", (int)length, name);
    return ng_err_hint(&turn->err, "GET /v1/indexes lists them");
}

static bool is_held(const struct ng_api_turn *turn, const struct ng_served *served) {
    bool held = turn->served->name == served->name;
    for (size_t i = 0; i < turn->more_count; i++) held = held || turn->more[i].served->name == served->name;
    return held;
}

/* Counts and hits of several indexes add up; what these endpoints find does not. */
static bool takes_several(enum ng_endpoint endpoint) {
    return endpoint == NG_ENDPOINT_NEXT || endpoint == NG_ENDPOINT_TRACE || endpoint == NG_ENDPOINT_CONTAM;
}

static int add(struct ng_api_turn *turn, const char *name, size_t length) {
    struct ng_served *served;
    int status = acquire(turn, name, length, &served);
    if (status) return status;
    bool twice = is_held(turn, served);
    turn->more[turn->more_count++] = (struct ng_api_part){.served = served};
    return twice ? ng_err_set(&turn->err, NG_ERR_USAGE, "the index \"%s\" is named twice", served->name) : NG_OK;
}

/* Where the first of several names ends. Sets *next to the one behind it, or NULL. Many clients encode the comma. */
static const char *end_of_name(const char *name, const char *end, bool several, const char **next) {
    const char *at = name;
    *next = NULL;
    for (; several && at < end && !*next; at++) {
        if (*at == ',') *next = at + 1;
        else if (end - at >= 3 && strncasecmp(at, "%2C", 3) == 0) *next = at + 3;
    }
    return *next ? at - 1 : end;
}

int ng_api_hold_indexes(struct ng_api_turn *turn) {
    const char *name = turn->route.index;
    const char *end = name + turn->route.index_length;
    bool several = takes_several(turn->route.endpoint);
    const char *next;
    const char *stop = end_of_name(name, end, several, &next);
    int status = acquire(turn, name, (size_t)(stop - name), &turn->served);
    while (!status && next) {
        name = next;
        stop = end_of_name(name, end, several, &next);
        if (turn->more_count == NG_MAX_REQUEST_INDEXES - 1) {
            return ng_err_set(&turn->err, NG_ERR_LIMIT, "more than %u indexes (NG_MAX_REQUEST_INDEXES)", NG_MAX_REQUEST_INDEXES);
        }
        status = add(turn, name, (size_t)(stop - name));
    }
    return status;
}

int ng_api_hold_other(struct ng_api_turn *turn) {
    struct ng_bytes name = turn->field[NG_API_WITH].text;
    return add(turn, (const char *)name.data, (size_t)name.length_bytes);
}

static int open_one(struct ng_api_turn *turn, const struct ng_served *served, struct ng_index **index,
                    const struct ng_cancel *cancel) {
    if (atomic_load_explicit(&served->damaged, memory_order_relaxed)) {
        return ng_err_set(&turn->err, NG_ERR_CORRUPT, "damage was found earlier");
    }
    int status = ng_index_bind(index, served->index, cancel, &turn->err);
    if (!status) ng_index_set_via(*index, turn->request->via);
    return status;
}

int ng_api_open_indexes(struct ng_api_turn *turn, const struct ng_cancel *cancel) {
    int status = open_one(turn, turn->served, &turn->index, cancel);
    for (size_t i = 0; i < turn->more_count && !status; i++) {
        status = open_one(turn, turn->more[i].served, &turn->more[i].index, cancel);
    }
    return status;
}

int ng_api_choose_views(struct ng_api_turn *turn, const char *name) {
    int status = ng_index_choose_view(turn->index, name, &turn->view, &turn->err);
    for (size_t i = 0; i < turn->more_count && !status; i++) {
        struct ng_api_part *part = &turn->more[i];
        status = ng_index_choose_view(part->index, name, &part->view, &turn->err);
        if (!status && ng_index_text_view(part->view) != ng_index_text_view(turn->view)) {
            (void)ng_api_fail(turn, 400, "some of the indexes are exact and some folded");
            return ng_err_hint(&turn->err, "name a \"view\" that all of them have");
        }
    }
    return status;
}

size_t ng_api_get_indexes(const struct ng_api_turn *turn, const struct ng_index **indexes, const struct ng_index **views,
                          struct ng_served **served) {
    const struct ng_api_part first = {.served = turn->served, .index = turn->index, .view = turn->view};
    for (size_t i = 0; i <= turn->more_count; i++) {
        const struct ng_api_part *part = i == 0 ? &first : &turn->more[i - 1];
        if (indexes) indexes[i] = part->index;
        if (views) views[i] = part->view;
        if (served) served[i] = part->served;
    }
    return turn->more_count + 1;
}

void ng_api_release_indexes(struct ng_api_turn *turn) {
    ng_index_close(turn->index);
    ng_served_release(turn->served);
    for (size_t i = 0; i < turn->more_count; i++) {
        ng_index_close(turn->more[i].index);
        ng_served_release(turn->more[i].served);
    }
}

static void put_share(struct ng_api_turn *turn, const char *key, const char *name, const struct ng_compare_share *share) {
    ng_json_member_object(&turn->json, key);
    ng_json_member_text(&turn->json, "name", name);
    ng_json_member_u64(&turn->json, "windows", share->windows);
    ng_json_member_u64(&turn->json, "found", share->found);
    ng_json_member_decimal(&turn->json, "share", share->share, 6);
    ng_json_member_decimal(&turn->json, "low", share->low, 6);
    ng_json_member_decimal(&turn->json, "high", share->high, 6);
    ng_json_object_end(&turn->json);
}

int ng_api_compare(struct ng_api_turn *turn) {
    const struct ng_api_part *other = &turn->more[0];
    const struct ng_index *const views[2] = {turn->view, other->view};
    struct ng_compare_share shares[2];
    struct ng_compare_options options;
    ng_compare_options_init(&options);
    options.windows = turn->field[NG_API_WINDOWS].number;
    options.chars = turn->field[NG_API_WINDOW_CHARS].number;
    options.seed = turn->field[NG_API_WINDOW_SEED].number;
    int status = ng_index_compare_shares(views, &options, shares, &turn->err);
    if (!status) status = ng_api_begin_object(turn);
    if (status) return status;
    put_share(turn, "a", turn->served->name, &shares[0]);
    put_share(turn, "b", other->served->name, &shares[1]);
    ng_json_member_u64(&turn->json, "chars", options.chars);
    ng_json_member_u64(&turn->json, "seed", options.seed);
    return ng_api_end_object(turn, "latency_ms");
}
