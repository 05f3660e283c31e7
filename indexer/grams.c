#include "indexer/grams.h"

#include <assert.h>
#include <stdlib.h>

int ng_grams_push(struct ng_grams *grams, uint32_t code, uint64_t count, struct ng_err *err) {
    if (grams->count > 0 && grams->list[grams->count - 1].code == code) {
        grams->list[grams->count - 1].count += count;
        return NG_OK;
    }
    assert(grams->count == 0 || grams->list[grams->count - 1].code < code);
    if (grams->count == grams->capacity) {
        size_t capacity = grams->capacity ? 2 * grams->capacity : 1024;
        struct ng_gram *list = reallocarray(grams->list, capacity, sizeof *list);
        if (!list) return ng_err_nomem(err, capacity * sizeof *list, "the strings of three bytes");
        grams->list = list;
        grams->capacity = capacity;
    }
    grams->list[grams->count++] = (struct ng_gram){.code = code, .count = count};
    return NG_OK;
}

int ng_grams_add(struct ng_grams *grams, const struct ng_grams *other, struct ng_err *err) {
    struct ng_grams sum = {0};
    size_t i = 0;
    size_t j = 0;
    while (i < grams->count || j < other->count) {
        bool from_other = i == grams->count || (j < other->count && other->list[j].code < grams->list[i].code);
        const struct ng_gram *next = from_other ? &other->list[j++] : &grams->list[i++];
        int status = ng_grams_push(&sum, next->code, next->count, err);
        if (!status) continue;
        ng_grams_free(&sum);
        return status;
    }
    ng_grams_free(grams);
    *grams = sum;
    return NG_OK;
}

void ng_grams_free(struct ng_grams *grams) {
    free(grams->list);
    *grams = (struct ng_grams){0};
}
