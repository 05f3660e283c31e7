#include "common/shard/removed.h"

#include "common/base/order.h"

static int open_set(struct ng_ef *set, struct ng_container *container, const char *name, uint64_t bound,
                    struct ng_err *err) {
    struct ng_view view;
    int status = ng_container_view(container, name, &view, err);
    if (!status) status = ng_ef_open(set, &view, 0, err);
    if (status) return status;
    if (set->bound == bound && set->count > 0 && set->count <= bound) return NG_OK;
    return ng_container_fail(container, name, "at odds with its shard", err);
}

int ng_removed_open(struct ng_removed *removed, struct ng_container *container, uint64_t rows, uint64_t documents,
                    struct ng_err *err) {
    *removed = (struct ng_removed){.container = container};
    int status = open_set(&removed->documents, container, NG_REMOVED_DOCUMENTS_SECTION, documents, err);
    if (!status) status = open_set(&removed->rows, container, NG_REMOVED_ROWS_SECTION, rows, err);
    if (!status && removed->rows.count < removed->documents.count) {
        status = ng_container_fail(container, NG_REMOVED_ROWS_SECTION, "fewer rows than documents", err);
    }
    if (status) ng_removed_close(removed);
    return status;
}

void ng_removed_close(struct ng_removed *removed) {
    if (!removed) return;
    ng_container_close(removed->container);
    *removed = (struct ng_removed){0};
}

bool ng_removed_has(const struct ng_removed *removed, uint64_t document) {
    bool has = false;
    if (removed->container) (void)ng_ef_rank(&removed->documents, document, &has);
    return has;
}

void ng_removed_to_ranks(const struct ng_removed *removed, uint64_t *begin, uint64_t *end) {
    uint64_t before_begin = ng_ef_rank(&removed->rows, *begin, NULL);
    uint64_t before_end = *end > *begin ? ng_ef_rank(&removed->rows, *end, NULL) : before_begin;
    if (before_begin > *begin || before_end < before_begin || before_end - before_begin > *end - *begin) {
        ng_container_mark_damaged(removed->container);
        *end = *begin = 0;
        return;
    }
    *end -= before_end;
    *begin -= before_begin;
}

uint64_t ng_removed_row(const struct ng_removed *removed, uint64_t rank) {
    /* Behind how many of the removed rows: number i has i of them and get(i) - i living rows before it. */
    uint64_t low = 0;
    NG_ORDER_SEEK(low, removed->rows.count, middle, ng_ef_get(&removed->rows, middle) <= rank + middle);
    return rank + low; /* a row of the shard, even in a damaged one */
}
