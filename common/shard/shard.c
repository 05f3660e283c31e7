#include "common/shard/shard.h"

#include <assert.h>
#include <string.h>

#include "common/base/checked.h"
#include "common/base/le.h"
#include "common/container/ahead.h"
#include "common/shard/shard_format.h"

static int open_head(struct ng_shard *shard, struct ng_err *err) {
    struct ng_view view;
    int status = ng_container_view(shard->container, NG_HEAD_SECTION, &view, err);
    if (status) return status;
    if (!ng_view_check(&view, 0, NG_HEAD_BYTES)) {
        return ng_container_fail(shard->container, NG_HEAD_SECTION, "cut short", err);
    }
    shard->rows = ng_le_load64(view.data + NG_HEAD_ROWS_AT);
    shard->documents = ng_le_load64(view.data + NG_HEAD_DOCUMENTS_AT);
    shard->sa_sample = ng_le_load64(view.data + NG_HEAD_SA_SAMPLE_AT);
    if (shard->rows == 0 || shard->rows > NG_MAX_SHARD_ROWS || shard->documents == 0 ||
        shard->documents > shard->rows || shard->sa_sample == 0 || shard->sa_sample > NG_MAX_SAMPLE) {
        return ng_container_fail(shard->container, NG_HEAD_SECTION, "a value is out of range", err);
    }
    shard->first_terminator_row = shard->rows - shard->documents;
    return NG_OK;
}

static int open_array(struct ng_shard *shard, struct ng_shard_array *array, const char *name, uint64_t count,
                      uint64_t largest, struct ng_err *err) {
    int status = ng_container_view(shard->container, name, &array->view, err);
    if (status) return status;
    array->count = count;
    array->width = ng_packed_width(largest);
    /* Under 2^48 numbers of at most 48 bits: no overflow. */
    if (array->view.length_bytes != (count * array->width + 7) / 8) {
        return ng_container_fail(shard->container, name, "wrong length", err);
    }
    return NG_OK;
}

static int open_inverse(struct ng_shard *shard, uint64_t samples, struct ng_err *err) {
    struct ng_view *view = &shard->short_cuts.view;
    int status = ng_container_view(shard->container, NG_INVERSE_SECTION, view, err);
    if (!status) status = ng_ef_open(&shard->short_cut_elements, view, 0, err);
    if (status) return status;
    shard->short_cuts.count = shard->short_cut_elements.count;
    shard->short_cuts.width = ng_packed_width(samples - 1);
    uint64_t at = shard->short_cut_elements.end;
    if (shard->short_cut_elements.bound != samples ||
        view->length_bytes - at != (shard->short_cuts.count * shard->short_cuts.width + 7) / 8) {
        return ng_container_fail(shard->container, NG_INVERSE_SECTION, "at odds with HEAD", err);
    }
    shard->short_cuts.at = at;
    return NG_OK;
}

static int open_sections(struct ng_shard *shard, struct ng_err *err) {
    int status = open_head(shard, err);
    if (!status) status = ng_rank_open(&shard->rank, shard->container, err);
    if (status) return status;
    if (shard->rank.rows != shard->rows || shard->rank.total[NG_TERMINATOR] != shard->documents) {
        return ng_container_fail(shard->container, NG_HEAD_SECTION, "at odds with the rank structure", err);
    }
    status = ng_jump_open(&shard->jump, shard->container, &shard->rank, err);
    if (status) return status;
    uint64_t last = shard->rows - 1;
    uint64_t samples = last / shard->sa_sample + 1;
    struct ng_view marks;
    status = ng_container_view(shard->container, NG_MARK_SECTION, &marks, err);
    if (!status) status = ng_ef_open(&shard->marks, &marks, 0, err);
    if (status) return status;
    if (shard->marks.count != samples || shard->marks.bound != shard->rows) {
        return ng_container_fail(shard->container, NG_MARK_SECTION, "at odds with HEAD", err);
    }
    status = open_array(shard, &shard->samples, NG_SAMPLE_SECTION, samples, last / shard->sa_sample, err);
    if (!status) status = open_inverse(shard, samples, err);
    if (!status) {
        status = open_array(shard, &shard->doc_order, NG_DOC_ORDER_SECTION, shard->documents, shard->documents - 1, err);
    }
    if (!status) status = ng_docs_open(&shard->docs, shard->container, shard->rows, shard->documents, err);
    return status;
}

int ng_shard_open(struct ng_shard *shard, struct ng_container *container, struct ng_err *err) {
    memset(shard, 0, sizeof *shard);
    shard->container = container;
    int status = open_sections(shard, err);
    if (status) ng_shard_close(shard);
    return status;
}

void ng_shard_close(struct ng_shard *shard) {
    if (!shard) return;
    ng_rank_table_free(&shard->table);
    ng_docs_close(&shard->docs);
    ng_removed_close(&shard->removed);
    ng_container_close(shard->container);
    shard->container = NULL;
}

int ng_shard_status(const struct ng_shard *shard, struct ng_err *err) {
    int status = ng_container_status(shard->container, err);
    if (status || !shard->removed.container) return status;
    return ng_container_status(shard->removed.container, err);
}

int ng_shard_outcome(const struct ng_shard *shard, const struct ng_watch *watch, struct ng_err *err) {
    int status = ng_watch_status(watch, err);
    return status ? status : ng_shard_status(shard, err);
}

uint64_t ng_shard_array_get(const struct ng_shard_array *array, uint64_t index, uint64_t largest) {
    uint64_t bit = array->at * 8 + index * array->width;
    if (index >= array->count || !ng_view_check(&array->view, bit >> 3, (array->width + (bit & 7) + 7) >> 3)) {
        ng_container_mark_damaged(array->view.container);
        return 0;
    }
    uint64_t value = ng_packed_get(array->view.data, bit, array->width);
    if (value <= largest) return value;
    ng_container_mark_damaged(array->view.container);
    return 0;
}

/* A way round a cycle, to the element that is followed by number; once on the way a short cut leads back behind it. */
struct cycle_walk {
    size_t index; /* among those that were asked for */
    uint64_t number;
    uint64_t element;
    uint64_t short_cut; /* 1 more than that to be taken next; 0: none */
    bool jumped;
};

void ng_shard_array_prefetch(const struct ng_shard_array *array, uint64_t index) {
    if (ng_ahead_asks()) {
        ng_ahead_ask(&array->view, array->at + (index * array->width >> 3), array->width / 8 + 2);
        return;
    }
    /* Nothing is read, so the index need not be checked. */
    __builtin_prefetch((const void *)((uintptr_t)array->view.data + array->at + (index * array->width >> 3)));
}

static void short_cut_prefetch(const struct ng_shard *shard, uint64_t element) {
    if (ng_ahead_asks()) ng_ef_ask_directory(&shard->short_cut_elements, element);
    else ng_ef_prefetch(&shard->short_cut_elements, element);
}

/* Takes a step, and asks for the memory of the next. True: it has arrived. */
static bool walk_cycle(const struct ng_shard *shard, struct cycle_walk *walk) {
    uint64_t largest = shard->samples.count - 1;
    if (walk->short_cut > 0) {
        walk->element = ng_shard_array_get(&shard->short_cuts, walk->short_cut - 1, largest);
        walk->short_cut = 0;
        ng_shard_array_prefetch(&shard->samples, walk->element);
        return false;
    }
    uint64_t next = ng_shard_array_get(&shard->samples, walk->element, largest);
    if (next == walk->number) return true;
    bool has = false;
    uint64_t index = walk->jumped ? 0 : ng_ef_rank(&shard->short_cut_elements, walk->element, &has);
    if (has) {
        walk->jumped = true;
        walk->short_cut = index + 1;
        ng_shard_array_prefetch(&shard->short_cuts, index);
        return false;
    }
    walk->element = next;
    ng_shard_array_prefetch(&shard->samples, next);
    if (!walk->jumped) short_cut_prefetch(shard, next);
    return false;
}

void ng_shard_sampled_rows(const struct ng_shard *shard, const uint64_t *numbers, size_t count, uint64_t *rows) {
    struct cycle_walk walks[NG_SHARD_WALKS];
    uint64_t elements[NG_SHARD_WALKS] = {0};
    size_t left = count;
    assert(count <= NG_SHARD_WALKS);
    for (size_t i = 0; i < count; i++) {
        walks[i] = (struct cycle_walk){.index = i, .number = numbers[i], .element = numbers[i]};
        ng_shard_array_prefetch(&shard->samples, numbers[i]);
        short_cut_prefetch(shard, numbers[i]);
    }
    for (uint64_t steps = 0; steps <= 2 * NG_SHORT_CUT_STEPS + 1; steps++) {
        size_t still = 0;
        for (size_t i = 0; i < left && ng_ahead_asks(); i++) {
            if (!walks[i].jumped) ng_ef_prefetch(&shard->short_cut_elements, walks[i].element);
        }
        for (size_t i = 0; i < left; i++) {
            if (walk_cycle(shard, &walks[i])) elements[walks[i].index] = walks[i].element;
            else walks[still++] = walks[i];
        }
        left = still;
    }
    if (left > 0) ng_container_mark_damaged(shard->container);
    for (size_t i = 0; i < count && ng_ahead_asks(); i++) ng_ef_ask_get(&shard->marks, elements[i]);
    for (size_t i = 0; i < count; i++) rows[i] = ng_ef_get(&shard->marks, elements[i]);
}

uint64_t ng_shard_sampled_row(const struct ng_shard *shard, uint64_t number) {
    uint64_t row;
    ng_shard_sampled_rows(shard, &number, 1, &row);
    return row;
}
