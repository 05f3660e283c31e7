#include "query/contam/work.h"

#include <stdlib.h>
#include <string.h>

#include "common/os/parallel.h"
#include "query/contam/hits.h"

/* The size of a block depends only on the number of entries in the call. A larger block remembers more searches for its
 * other entries, but leaves fewer blocks to share out among threads. */
enum { BLOCKS = 16, LEAST_BLOCK_ENTRIES = 64, MOST_BLOCK_ENTRIES = 256 };
_Static_assert((int)LEAST_BLOCK_ENTRIES >= 2 * (int)NG_CONTAM_BLOCK_LANES,
               "half of a block's entries start when others ended");

/* At most this many entries are a turn, so that they share their searches side by side. With several threads, each gets
 * at least THREAD_TURNS turns, if there are enough blocks, so that none waits long for the last turns of the others.
 * Where shards are searched in groups, THREAD_GROUP_TURNS are enough, as each group costs. */
enum { TURN_ENTRIES = 2048, THREAD_TURNS = 4, THREAD_GROUP_TURNS = 2 };

/* Rows that are searched for evidence at once. Each takes about a hundred bytes, and there may be up to eight times as
 * many. */
enum { EVIDENCE_ROWS = 1 << 16 };

static int check_number(const char *name, uint64_t value, uint64_t least, uint64_t most, struct ng_err *err) {
    if (value >= least && value <= most) return NG_OK;
    return ng_err_set(err, NG_ERR_USAGE, "%s is %llu; it must be from %llu to %llu", name, (unsigned long long)value,
                      (unsigned long long)least, (unsigned long long)most);
}

static int check_options(const struct ng_contam_options *options, size_t index_count, struct ng_err *err) {
    int status = check_number("the length of a window", options->chars, 1, NG_MAX_WINDOW_CHARS, err);
    for (size_t i = 0; i < options->more_count && i < NG_MAX_CONTAM_LENGTHS && !status; i++) {
        status = check_number("the length of a window", options->more_chars[i], 1, NG_MAX_WINDOW_CHARS, err);
    }
    if (!status) status = check_number("the number of other lengths", options->more_count, 0, NG_MAX_CONTAM_LENGTHS - 1, err);
    if (!status) status = check_number("the stride", options->stride, 1, UINT64_MAX, err);
    if (!status) status = check_number("the limit of evidence", options->evidence_limit, 0, NG_MAX_EVIDENCE, err);
    if (!status) status = check_number("the context in bytes", options->context_bytes, 0, NG_MAX_CONTEXT_BYTES, err);
    if (!status) status = check_number("the reach for answers", options->answer_chars, 0, NG_MAX_CONTEXT_BYTES, err);
    if (!status) status = check_number("the preset", options->preset, 0, NG_PRESETS - 1, err);
    if (!status) status = check_number("the corpus guard", options->corpus_guard, 0, NG_MAX_CORPUS_GUARD, err);
    if (!status) status = check_number("the number of indexes", index_count, 1, NG_MAX_CONTAM_INDEXES, err);
    if (status) return status;
    /* Written so that a NaN fails. */
    if (options->suspicious >= 0.0 && options->dirty >= options->suspicious && options->dirty <= 1.0) return NG_OK;
    return ng_err_set(err, NG_ERR_USAGE, "the thresholds must be 0 <= suspicious <= dirty <= 1, not %g and %g",
                      options->suspicious, options->dirty);
}

/* Chooses the view of each index that the preset searches. */
static int take_indexes(struct ng_contam *contam, const struct ng_index *const *indexes, struct ng_err *err) {
    enum ng_text_view view = contam->options.preset == NG_PRESET_FOLDED ? NG_VIEW_FOLDED : NG_VIEW_EXACT;
    for (size_t k = 0; k < contam->index_count; k++) {
        contam->given[k] = indexes[k];
        contam->indexes[k] = ng_index_view(indexes[k], view);
        if (contam->indexes[k]) {
            struct ng_index_info info;
            ng_index_get_info(indexes[k], &info);
            /* Another version of Unicode folded the index: places in its original text are unknown. */
            contam->originals[k] = view == NG_VIEW_FOLDED && info.exact && !info.fold_unicode_differs;
            continue;
        }
        (void)ng_err_set(err, NG_ERR_USAGE, "index %zu has no %s view, which the preset %s searches", k,
                         view == NG_VIEW_FOLDED ? "folded" : "exact", ng_contam_preset_name(contam->options.preset));
        return ng_err_hint(err, "ngidx build --view exact,folded");
    }
    return NG_OK;
}

int ng_contam_open(struct ng_contam **out, const struct ng_index *const *indexes, size_t index_count,
                   const struct ng_contam_options *options, struct ng_err *err) {
    *out = NULL;
    int status = check_options(options, index_count, err);
    if (status) return status;
    struct ng_contam *contam = calloc(1, sizeof *contam);
    if (!contam) return ng_err_nomem(err, sizeof *contam, "a contamination check");
    contam->options = *options;
    contam->chars[0] = options->chars;
    contam->length_count = options->more_count + 1;
    for (size_t i = 0; i < options->more_count; i++) contam->chars[i + 1] = options->more_chars[i];
    contam->index_count = index_count;
    contam->small_units = options->chars * 2 / 3 > 0 ? options->chars * 2 / 3 : 1;
    status = take_indexes(contam, indexes, err);
    if (!status && options->preset == NG_PRESET_FOLDED) status = ng_guard_open(&contam->guard, err);
    if (status) {
        ng_contam_close(contam);
        return status;
    }
    *out = contam;
    return NG_OK;
}

struct ng_watch ng_contam_watch_make(const struct ng_index *const *indexes, size_t index_count) {
    size_t k = 0;
    while (k + 1 < index_count && !indexes[k]->cancel.asked) k++;
    return ng_watch_make(&indexes[k]->cancel);
}

void ng_contam_close(struct ng_contam *contam) {
    if (!contam) return;
    ng_guard_close(contam->guard);
    free(contam);
}

void ng_contam_get_stats(const struct ng_contam *contam, struct ng_contam_stats *stats) {
    *stats = contam->cost.stats;
}

/* The entries of a call. They form blocks, and a turn takes a few blocks. */
struct task {
    struct ng_contam *contam;
    const struct ng_contam_entry *entries;
    size_t count;
    unsigned threads;
    size_t block_entries;
    size_t turn_entries;
    size_t turns;
    struct ng_contam_result *results; /* one of the two is wanted; */
    struct ng_contam_share *shares;   /* entry i's are shares[i * groups, (i + 1) * groups) */
    size_t groups;                    /* of the call's shards, which are searched side by side; 1 where results are wanted */
    struct ng_contam_cost *costs;     /* of each turn in each group */
};

static int share_works(const struct task *task, size_t group, struct ng_contam_work *works, size_t count, size_t first,
                       struct ng_contam_cost *cost, struct ng_err *err) {
    struct ng_contam_share *shares = task->shares + first * task->groups + group;
    struct ng_contam part = *task->contam;
    part.first_shard = shares->first_shard;
    part.end_shard = shares->first_shard + shares->shard_count;
    const struct ng_contam *contam = &part;
    int status = NG_OK;
    for (size_t i = 0; i < count && !status; i++) {
        status = ng_contam_entry_init(contam, &works[i], first + i, cost, err);
        works[i].reach = calloc((size_t)shares->shard_count + 1, sizeof *works[i].reach);
        if (!status && !works[i].reach) {
            status = ng_err_nomem(err, shares->shard_count * sizeof *works[i].reach, "an entry's matches");
        }
    }
    if (!status) status = ng_contam_search(contam, works, count, task->block_entries, cost, err);
    for (size_t i = 0; i < count && !status; i++) {
        status = ng_contam_share_make(contam, &works[i], &shares[i * task->groups], err);
    }
    return status;
}

static int check_works(const struct task *task, struct ng_contam_work *works, size_t count, size_t first,
                       struct ng_contam_cost *cost, struct ng_err *err) {
    struct ng_contam *contam = task->contam;
    int status = NG_OK;
    for (size_t i = 0; i < count && !status; i++) {
        status = ng_contam_entry_init(contam, &works[i], first + i, cost, err);
    }
    if (!status) {
        status = contam->options.naive ? ng_contam_search_naive(contam, works, count, cost, err)
                                       : ng_contam_search(contam, works, count, task->block_entries, cost, err);
    }
    for (size_t i = 0; i < count && !status; i++) {
        status = ng_watch_check(&cost->watch, 1, err);
        if (!status) status = ng_contam_result_make(contam, &works[i], err);
    }
    if (!status && contam->guard) status = ng_contam_weigh(contam, works, count, cost, err);
    for (size_t i = 0; i < count && !status; i++) status = ng_contam_result_spans(contam, &works[i], err);
    size_t some = (size_t)(EVIDENCE_ROWS / (ng_contam_hits_wanted(contam->options.evidence_limit) + 1));
    for (size_t at = 0; at < count && !status; at += some) {
        if (some > count - at) some = count - at;
        status = ng_contam_count(contam, works + at, some, cost, err);
        if (!status) status = ng_contam_evidence(contam, works + at, some, cost, err);
    }
    for (size_t i = 0; i < count && contam->guard && !status; i++) ng_contam_fold_return(&works[i]);
    return status;
}

static int check_turn(void *context, uint64_t number, struct ng_err *err) {
    const struct task *task = context;
    size_t group = (size_t)number / task->turns;
    size_t first = (size_t)number % task->turns * task->turn_entries;
    size_t count = task->count - first < task->turn_entries ? task->count - first : task->turn_entries;
    /* Local: the neighbours in task->costs belong to other threads. */
    struct ng_contam_cost cost = {.stats.entries = count,
                                  .watch = ng_contam_watch_make(task->contam->given, task->contam->index_count)};
    struct ng_contam_work *works = calloc(count, sizeof *works);
    if (!works) return ng_err_nomem(err, count * sizeof *works, "entries");
    for (size_t i = 0; i < count; i++) works[i].entry = &task->entries[first + i];
    int status = task->contam->guard ? ng_fold_open(&cost.fold, err) : NG_OK;
    if (!status) {
        status = task->shares ? share_works(task, group, works, count, first, &cost, err)
                              : check_works(task, works, count, first, &cost, err);
    }
    for (size_t i = 0; i < count; i++) {
        struct ng_contam_work *work = &works[i];
        if (task->results) task->results[first + i] = work->result;
        cost.stats.windows += work->result.windows;
        ng_contam_entry_free(work);
    }
    ng_fold_close(cost.fold);
    cost.fold = NULL;
    task->costs[number] = cost;
    free(works);
    return status;
}

/* Searches take about one step for each byte of text, except in entries that come with shares. */
static int expect_steps(const struct ng_contam *contam, const struct ng_contam_entry *entries, size_t count,
                        unsigned threads, struct ng_err *err) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        if (entries[i].shares) continue;
        for (size_t t = 0; t < entries[i].text_count; t++) bytes += entries[i].texts[t].length_bytes;
    }
    int status = NG_OK;
    uint64_t number = 0;
    for (size_t k = 0; k < contam->index_count && !status; k++) {
        struct ng_index some = *contam->indexes[k]; /* the shards of this index that the call searches */
        uint64_t begin = contam->first_shard > number ? contam->first_shard - number : 0;
        uint64_t end = contam->end_shard > number ? contam->end_shard - number : 0;
        number += some.shard_count;
        if (end > some.shard_count) end = some.shard_count;
        if (begin >= end) continue;
        some.shards += begin;
        some.shard_count = end - begin;
        status = ng_index_expect_steps(&some, bytes, threads, err);
    }
    return status;
}

static void add_cost(struct ng_contam_cost *sum, const struct ng_contam_cost *cost) {
    sum->stats.entries += cost->stats.entries;
    sum->stats.windows += cost->stats.windows;
    sum->stats.searches_recalled += cost->stats.searches_recalled;
    sum->stats.lf_steps += cost->stats.lf_steps;
}

/* The number of entries in a block. */
static size_t choose_block(size_t count) {
    size_t entries = (count + BLOCKS - 1) / BLOCKS;
    if (entries < LEAST_BLOCK_ENTRIES) return LEAST_BLOCK_ENTRIES;
    return entries < MOST_BLOCK_ENTRIES ? entries : MOST_BLOCK_ENTRIES;
}

/* The number of blocks in a turn. */
static size_t choose_turn(size_t blocks, size_t block_entries, unsigned threads) {
    size_t share = threads > 1 ? blocks / (THREAD_TURNS * (size_t)threads) : blocks;
    size_t most = TURN_ENTRIES / block_entries;
    if (most > share) most = share;
    return most > 0 ? most : 1;
}

/* Adds the windows of an entry, long and short ones or the whole, to the benchmark. */
static int tell_entry(struct ng_contam *contam, struct ng_contam_work *work, size_t number, struct ng_contam_cost *cost,
                      struct ng_err *err) {
    int status = ng_contam_entry_init(contam, work, number, cost, err);
    ng_guard_begin_entry(contam->guard);
    for (size_t t = 0; t < work->entry->text_count && !status; t++) {
        struct ng_contam_text *text = &work->texts[t];
        uint64_t base;
        status = ng_guard_add_text(contam->guard, text->bytes, &base, err);
        const struct ng_windows *windows = &text->windows[0];
        for (uint64_t i = 0; i < windows->count && !status; i++) {
            status = ng_guard_add_window(contam->guard, base + windows->begins[i], base + ng_windows_end(windows, i),
                                         work->is_short ? text->units : contam->options.chars, err);
        }
        if (status || work->is_short || windows->count == 0) continue;
        windows = &text->small;
        status = ng_contam_fold_windows(&text->small, text, contam->small_units, &cost->watch, err);
        for (uint64_t i = 0; i < windows->count && !status; i++) {
            status = ng_guard_add_window(contam->guard, base + windows->begins[i], base + ng_windows_end(windows, i),
                                         contam->small_units, err);
        }
    }
    return status;
}

int ng_contam_prepare(struct ng_contam *contam, const struct ng_contam_entry *entries, size_t count, struct ng_err *err) {
    if (!contam->guard || contam->options.benchmark_guard == 0) return NG_OK;
    struct ng_contam_cost cost = {.watch = ng_contam_watch_make(contam->given, contam->index_count)};
    int status = ng_fold_open(&cost.fold, err);
    contam->benchmark_counted = false;
    for (size_t i = 0; i < count && !status; i++) {
        struct ng_contam_work work = {.entry = &entries[i]};
        status = ng_watch_check(&cost.watch, 1, err);
        if (!status) status = tell_entry(contam, &work, i, &cost, err);
        ng_contam_entry_free(&work);
    }
    ng_fold_close(cost.fold);
    return status;
}

void ng_contam_forget(struct ng_contam *contam) {
    if (contam->guard) ng_guard_clear(contam->guard);
    contam->benchmark_counted = false;
}

static int count_benchmark(struct ng_contam *contam, struct ng_err *err) {
    if (!contam->guard || contam->benchmark_counted) return NG_OK;
    struct ng_watch watch = ng_contam_watch_make(contam->given, contam->index_count);
    int status = ng_guard_count(contam->guard, &watch, err);
    contam->benchmark_counted = !status;
    return status;
}

static struct task plan_turns(struct ng_contam *contam, const struct ng_contam_entry *entries, size_t count) {
    struct task task = {.contam = contam, .entries = entries, .count = count, .groups = 1};
    task.threads = ng_parallel_threads(contam->options.threads);
    task.block_entries = choose_block(count);
    size_t blocks = (count + task.block_entries - 1) / task.block_entries;
    task.turn_entries = choose_turn(blocks, task.block_entries, task.threads) * task.block_entries;
    task.turns = (count + task.turn_entries - 1) / task.turn_entries;
    return task;
}

/* Runs the turns of a call, on the shards that contam names. */
static int run_turns(struct task *task, struct ng_err *err) {
    struct ng_contam *contam = task->contam;
    size_t turns = task->turns * task->groups;
    task->costs = calloc(turns + 1, sizeof *task->costs);
    if (!task->costs) return ng_err_nomem(err, (turns + 1) * sizeof *task->costs, "blocks of entries");
    int status = expect_steps(contam, task->entries, task->count, task->threads, err);
    if (!status) status = ng_parallel_run(task->threads, turns, check_turn, task, err);
    for (size_t i = 0; i < turns && !status; i++) add_cost(&contam->cost, &task->costs[i]);
    free(task->costs);
    return status;
}

/* How many groups of shards make turns enough for all threads, where entries alone do not. Groups do not learn from each
 * other what was found: 16 groups of 1,700 shards take 20 % more steps than one. */
static size_t choose_groups(const struct task *task) {
    const struct ng_contam *contam = task->contam;
    uint64_t shards = ng_contam_shard_count(contam);
    size_t wanted = task->threads > 1 ? THREAD_GROUP_TURNS * (size_t)task->threads : 1;
    if (task->turns == 0 || task->turns >= wanted || shards < 2 || contam->options.naive) return 1;
    for (size_t k = 0; k < contam->index_count; k++) {
        if (contam->indexes[k]->calls) return 1;
    }
    for (size_t i = 0; i < task->count; i++) {
        if (task->entries[i].shares) return 1;
    }
    size_t groups = (wanted + task->turns - 1) / task->turns;
    return groups < shards ? groups : (size_t)shards;
}

/* Cuts the call's shards into groups, by their number. */
static void cut_shards(const struct task *task) {
    uint64_t shards = task->contam->end_shard;
    for (size_t i = 0; i < task->count * task->groups; i++) {
        uint64_t group = i % task->groups;
        uint64_t first = shards * group / task->groups;
        uint64_t end = shards * (group + 1) / task->groups;
        task->shares[i] = (struct ng_contam_share){.first_shard = first, .shard_count = end - first};
    }
}

/* Entries, and what is known of them in each group of shards. All owned; NULL: nothing is known. */
struct known {
    struct ng_contam_entry *entries;
    struct ng_contam_share *shares;
    size_t share_count; /* of all entries */
};

static void known_free(struct known *known) {
    if (known->shares) ng_contam_shares_free(known->shares, known->share_count);
    free(known->shares);
    free(known->entries);
}

/* Searches groups of shards side by side, as tasks do, where there is more than one. Free *known also after an error. */
static int search_groups(const struct task *whole, struct known *known, struct ng_err *err) {
    struct task task = *whole;
    struct ng_contam contam = *whole->contam;
    *known = (struct known){0};
    task.groups = choose_groups(whole);
    if (task.groups == 1) return NG_OK;
    known->share_count = task.count * task.groups;
    known->entries = calloc(task.count, sizeof *known->entries);
    known->shares = calloc(known->share_count, sizeof *known->shares);
    if (!known->entries || !known->shares) {
        return ng_err_nomem(err, known->share_count * sizeof *known->shares, "the matches of entries");
    }
    task.contam = &contam;
    task.results = NULL;
    task.shares = known->shares;
    contam.makes_shares = true;
    contam.cost = (struct ng_contam_cost){0};
    cut_shards(&task);
    int status = run_turns(&task, err);
    if (status) return status;
    for (size_t i = 0; i < task.count; i++) {
        known->entries[i] = task.entries[i];
        known->entries[i].shares = task.shares + i * task.groups;
        known->entries[i].share_count = task.groups;
    }
    whole->contam->cost.stats.searches_recalled += contam.cost.stats.searches_recalled;
    whole->contam->cost.stats.lf_steps += contam.cost.stats.lf_steps;
    return NG_OK;
}

int ng_contam_check(struct ng_contam *contam, const struct ng_contam_entry *entries, size_t count,
                    struct ng_contam_result *results, struct ng_err *err) {
    struct task task = plan_turns(contam, entries, count);
    struct known known;
    task.results = results;
    for (size_t i = 0; i < count; i++) results[i] = (struct ng_contam_result){0};
    contam->room.most = contam->options.shown_bytes ? contam->options.shown_bytes : UINT64_MAX;
    atomic_store(&contam->room.used, 0);
    contam->first_shard = 0;
    contam->end_shard = ng_contam_shard_count(contam);
    contam->makes_shares = false;
    int status = count_benchmark(contam, err);
    if (!status) {
        status = search_groups(&task, &known, err);
        if (known.entries) task.entries = known.entries;
        if (!status) status = run_turns(&task, err);
        known_free(&known);
    }
    if (status) ng_contam_results_free(results, count);
    return status;
}

int ng_contam_search_shards(struct ng_contam *contam, const struct ng_contam_entry *entries, size_t count,
                            uint64_t first_shard, uint64_t shard_count, struct ng_contam_share *shares,
                            struct ng_err *err) {
    struct task task = plan_turns(contam, entries, count);
    uint64_t shards = ng_contam_shard_count(contam);
    task.shares = shares;
    if (first_shard > shards || shard_count > shards - first_shard) {
        return ng_err_set(err, NG_ERR_USAGE, "there are no shards %llu to %llu: the indexes have %llu",
                          (unsigned long long)first_shard, (unsigned long long)(first_shard + shard_count),
                          (unsigned long long)shards);
    }
    for (size_t k = 0; k < contam->index_count; k++) {
        int refused = ng_index_refuse_remote(contam->indexes[k], "be checked by tasks, which share out the shards of indexes here",
                                             err);
        if (refused) return refused;
    }
    for (size_t i = 0; i < count; i++) {
        shares[i] = (struct ng_contam_share){.first_shard = first_shard, .shard_count = shard_count};
    }
    contam->first_shard = first_shard;
    contam->end_shard = first_shard + shard_count;
    contam->makes_shares = true;
    int status = run_turns(&task, err);
    if (status) ng_contam_shares_free(shares, count);
    return status;
}
