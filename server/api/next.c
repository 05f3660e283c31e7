/* What follows a phrase. */
#include "common/base/limits.h"
#include "common/json/explored.h"
#include "server/api/api_impl.h"

static int read_options(struct ng_api_turn *turn, struct ng_next_options *options) {
    const struct ng_field *words = &turn->field[NG_API_WORDS];
    const struct ng_field *characters = &turn->field[NG_API_CHARACTERS];
    bool bytes = turn->field[NG_API_BYTES].flag;
    if ((words->present ? 1 : 0) + (characters->present ? 1 : 0) + (bytes ? 1 : 0) > 1) {
        return ng_api_fail(turn, 400, "only one of \"words\", \"chars\" and \"bytes\" can be used");
    }
    bool folded = ng_index_text_view(turn->view) == NG_VIEW_FOLDED;
    *options = (struct ng_next_options){.most = (size_t)turn->field[NG_API_NEXT_MOST].number,
                                        .unit = NG_NEXT_WORDS,
                                        .length = 1,
                                        .before = turn->field[NG_API_BEFORE].flag,
                                        .most_steps = NG_SERVED_NEXT_STEPS,
                                        .threads = 1}; /* the others are for other requests */
    if (bytes) options->unit = NG_NEXT_BYTES;
    else if (characters->present || (folded && !words->present)) options->unit = NG_NEXT_CHARACTERS;
    if (words->present) options->length = words->number;
    if (characters->present) options->length = characters->number;
    return NG_OK;
}

int ng_api_next(struct ng_api_turn *turn) {
    const struct ng_index *views[NG_MAX_REQUEST_INDEXES];
    size_t view_count = ng_api_get_indexes(turn, NULL, views, NULL);
    struct ng_next_options options;
    struct ng_next *next = NULL;
    struct ng_bytes phrase;
    int status = read_options(turn, &options);
    if (!status) status = ng_api_phrase(turn, &phrase);
    if (!status) status = ng_index_next(views, view_count, phrase, &options, &next, &turn->err);
    if (!status) status = ng_api_begin_object(turn);
    if (!status) {
        ng_json_next(&turn->json, next, &options);
        status = ng_api_end_object(turn, "latency_ms");
    }
    ng_next_free(next);
    return status;
}
