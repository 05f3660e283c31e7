#include <stdlib.h>

#include "common/os/parallel.h"
#include "query/holders/holders.h"

/* Entries of a turn: so many are searched side by side, but each of several threads has a turn. */
enum { TURN_ENTRIES = 256, LEAST_TURN_ENTRIES = 16 };

struct task {
    const struct ng_contam *contam;
    const struct ng_contam_entry *entries;
    size_t count;
    size_t turn_entries;
    struct ng_contam_holders *holders;
};

static bool leaves_any_out(const struct ng_contam_holders *holders) {
    for (size_t i = 0; i < holders->count; i++) {
        if (!holders->holders[i].needed) return true;
    }
    return false;
}

/* What a turn holds of its entries. */
struct turn {
    struct ng_contam_work *works;
    struct ng_holders_search *searches;
    struct ng_holders_list list; /* the entries to search */
};

static int weigh(const struct turn *turn, struct ng_contam_holders *holders, struct ng_err *err) {
    int status = NG_OK;
    for (size_t i = 0; i < turn->list.count && !status; i++) {
        size_t number = (size_t)(turn->list.searches[i] - turn->searches);
        ng_contam_holders_free(&holders[number], 1);
        status = ng_holders_weigh(turn->list.searches[i], &holders[number], err);
    }
    return status;
}

/* Documents that are left out may hold more of the entry in short windows, which count once the others are gone. */
static int weigh_again(struct turn *turn, struct ng_contam_holders *holders, struct ng_err *err) {
    struct ng_holders_list *list = &turn->list;
    size_t count = list->count;
    list->count = 0;
    for (size_t i = 0; i < count; i++) {
        struct ng_holders_search *search = list->searches[i];
        if (search->work->is_short || !leaves_any_out(&holders[search - turn->searches])) continue;
        list->searches[list->count++] = search;
    }
    int status = ng_holders_count_small(list, err);
    if (!status) status = ng_holders_find_small(list, err);
    return status ? status : weigh(turn, holders, err);
}

static int find_some(struct turn *turn, const struct ng_contam_entry *entries, size_t first, size_t count,
                     struct ng_contam_holders *holders, struct ng_err *err) {
    struct ng_holders_list *list = &turn->list;
    int status = NG_OK;
    for (size_t i = 0; i < count && !status; i++) {
        turn->works[i].entry = &entries[i];
        turn->searches[i] = (struct ng_holders_search){.contam = list->contam, .work = &turn->works[i], .cost = list->cost};
        status = ng_contam_entry_init(list->contam, &turn->works[i], first + i, list->cost, err);
        if (!turn->works[i].skipped) list->searches[list->count++] = &turn->searches[i];
    }
    if (!status) status = ng_holders_count(list, err);
    if (!status) status = ng_holders_find_pieces(list, err);
    if (!status) status = weigh(turn, holders, err);
    return status || !list->contam->guard ? status : weigh_again(turn, holders, err);
}

static int find_turn(void *context, uint64_t number, struct ng_err *err) {
    const struct task *task = context;
    const struct ng_contam *contam = task->contam;
    size_t first = (size_t)number * task->turn_entries;
    size_t count = task->count - first < task->turn_entries ? task->count - first : task->turn_entries;
    struct ng_contam_cost cost = {.watch = ng_contam_watch_make(contam->given, contam->index_count)};
    struct turn turn = {.works = calloc(count, sizeof *turn.works),
                        .searches = calloc(count, sizeof *turn.searches),
                        .list = {.contam = contam, .cost = &cost}};
    turn.list.searches = calloc(count, sizeof(struct ng_holders_search *));
    int status = turn.works && turn.searches && turn.list.searches
                     ? NG_OK : ng_err_nomem(err, count * sizeof *turn.works, "entries");
    if (!status && contam->guard) status = ng_fold_open(&cost.fold, err);
    if (!status) status = find_some(&turn, task->entries + first, first, count, task->holders + first, err);
    for (size_t i = 0; i < count; i++) {
        if (turn.searches) ng_buf_free(&turn.searches[i].pieces);
        if (turn.works && turn.works[i].entry) ng_contam_entry_free(&turn.works[i]);
    }
    free(turn.works);
    free(turn.searches);
    free(turn.list.searches);
    ng_fold_close(cost.fold);
    return status;
}

int ng_contam_find_holders(const struct ng_contam *contam, const struct ng_contam_entry *entries, size_t count,
                           struct ng_contam_holders *holders, struct ng_err *err) {
    unsigned threads = ng_parallel_threads(contam->options.threads);
    size_t share = threads > 1 ? count / threads + 1 : count;
    struct task task = {.contam = contam, .entries = entries, .count = count, .holders = holders};
    task.turn_entries = share < LEAST_TURN_ENTRIES ? LEAST_TURN_ENTRIES : share < TURN_ENTRIES ? share : TURN_ENTRIES;
    size_t turns = (count + task.turn_entries - 1) / task.turn_entries;
    for (size_t i = 0; i < count; i++) holders[i] = (struct ng_contam_holders){0};
    int status = ng_parallel_run(threads, turns, find_turn, &task, err);
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
