#include <stdlib.h>

#include "common/os/parallel.h"
#include "query/holders/holders.h"

struct task {
    const struct ng_contam *contam;
    const struct ng_contam_entry *entries;
    struct ng_contam_holders *holders;
};

static bool leaves_any_out(const struct ng_contam_holders *holders) {
    for (size_t i = 0; i < holders->count; i++) {
        if (!holders->holders[i].needed) return true;
    }
    return false;
}

/* Documents that are left out may hold more of the entry in short windows, which count once the others are gone. */
static int weigh_again(struct ng_holders_search *search, struct ng_contam_holders *holders, struct ng_err *err) {
    ng_contam_holders_free(holders, 1);
    int status = ng_holders_count_small(search, err);
    if (!status) status = ng_holders_find_small(search, err);
    return status ? status : ng_holders_weigh(search, holders, err);
}

static int find_in(const struct ng_contam *contam, struct ng_contam_work *work, size_t number,
                   struct ng_contam_holders *holders, struct ng_contam_cost *cost, struct ng_err *err) {
    struct ng_holders_search search = {.contam = contam, .work = work, .cost = cost};
    int status = ng_contam_entry_init(contam, work, number, cost, err);
    if (status || work->skipped) return status;
    status = ng_holders_count(&search, err);
    if (!status) status = ng_holders_find_pieces(&search, err);
    if (!status) status = ng_holders_weigh(&search, holders, err);
    if (!status && contam->guard && !work->is_short && leaves_any_out(holders)) status = weigh_again(&search, holders, err);
    ng_buf_free(&search.pieces);
    return status;
}

/* A turn is an entry. */
static int find_one(void *context, uint64_t turn, struct ng_err *err) {
    const struct task *task = context;
    const struct ng_contam *contam = task->contam;
    struct ng_contam_work work = {.entry = &task->entries[turn]};
    struct ng_contam_cost cost = {.watch = ng_contam_watch_make(contam->given, contam->index_count)};
    int status = contam->guard ? ng_fold_open(&cost.fold, err) : NG_OK;
    if (!status) status = find_in(contam, &work, (size_t)turn, &task->holders[turn], &cost, err);
    ng_contam_entry_free(&work);
    ng_fold_close(cost.fold);
    return status;
}

int ng_contam_find_holders(const struct ng_contam *contam, const struct ng_contam_entry *entries, size_t count,
                           struct ng_contam_holders *holders, struct ng_err *err) {
    struct task task = {.contam = contam, .entries = entries, .holders = holders};
    for (size_t i = 0; i < count; i++) holders[i] = (struct ng_contam_holders){0};
    int status = ng_parallel_run(ng_parallel_threads(contam->options.threads), count, find_one, &task, err);
    if (status) ng_contam_holders_free(holders, count);
    return status;
}

const struct ng_index *ng_contam_get_view(const struct ng_contam *contam, size_t index) {
    return contam->indexes[index];
}

void ng_contam_holders_free(struct ng_contam_holders *holders, size_t count) {
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < holders[i].count; k++) free(holders[i].holders[k].pieces);
        free(holders[i].holders);
        holders[i] = (struct ng_contam_holders){0};
    }
}
