/* The indexes of a request: one, or several that are searched as one. */
#include <string.h>

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

int ng_api_hold_indexes(struct ng_api_turn *turn) {
    const char *name = turn->route.index;
    const char *end = name + turn->route.index_length;
    const char *comma = takes_several(turn->route.endpoint) ? memchr(name, ',', (size_t)(end - name)) : NULL;
    int status = acquire(turn, name, (size_t)((comma ? comma : end) - name), &turn->served);
    while (!status && comma) {
        name = comma + 1;
        comma = memchr(name, ',', (size_t)(end - name));
        if (turn->more_count == NG_MAX_REQUEST_INDEXES - 1) {
            return ng_err_set(&turn->err, NG_ERR_LIMIT, "more than %u indexes (NG_MAX_REQUEST_INDEXES)", NG_MAX_REQUEST_INDEXES);
        }
        struct ng_served *served;
        status = acquire(turn, name, (size_t)((comma ? comma : end) - name), &served);
        if (status) break;
        bool twice = is_held(turn, served);
        turn->more[turn->more_count++] = (struct ng_api_part){.served = served};
        if (twice) status = ng_err_set(&turn->err, NG_ERR_USAGE, "the index \"%s\" is named twice", served->name);
    }
    return status;
}

static int open_one(struct ng_api_turn *turn, const struct ng_served *served, struct ng_index **index,
                    const struct ng_cancel *cancel) {
    if (atomic_load_explicit(&served->damaged, memory_order_relaxed)) {
        return ng_err_set(&turn->err, NG_ERR_CORRUPT, "damage was found earlier");
    }
    return ng_index_bind(index, served->index, cancel, &turn->err);
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
