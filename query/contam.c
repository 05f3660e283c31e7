#include "query/contam.h"

#include <stdlib.h>
#include <string.h>

#include "common/parallel.h"

/* Entries between two points at which the memo learns: the same for any number of threads, so that the cost is, too. */
enum { WAVE_ENTRIES = 1024 };

void ng_contam_options_init(struct ng_contam_options *options) {
    *options = (struct ng_contam_options){.chars = 50,
                                          .stride = 1,
                                          .suspicious = 0.2,
                                          .dirty = 0.8,
                                          .evidence_limit = 5,
                                          .context_bytes = 80,
                                          .answer_chars = 200};
}

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
    if (!status) status = check_number("the number of indexes", index_count, 1, NG_MAX_CONTAM_INDEXES, err);
    if (status) return status;
    /* Written so that a NaN fails. */
    if (options->suspicious >= 0.0 && options->dirty >= options->suspicious && options->dirty <= 1.0) return NG_OK;
    return ng_err_set(err, NG_ERR_USAGE, "the thresholds must be 0 <= suspicious <= dirty <= 1, not %g and %g",
                      options->suspicious, options->dirty);
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
    for (size_t k = 0; k < index_count; k++) contam->indexes[k] = indexes[k];
    *out = contam;
    return NG_OK;
}

void ng_contam_close(struct ng_contam *contam) {
    if (!contam) return;
    ng_contam_memo_free(&contam->memo);
    free(contam);
}

void ng_contam_get_stats(const struct ng_contam *contam, struct ng_contam_stats *stats) {
    *stats = contam->stats;
    if (contam->options.naive) return;
    /* Windows that failed, each at the mean length of the searches that did. */
    if (contam->failed_probes > 0) {
        stats->naive_lf_steps += contam->absent_windows * (contam->failed_bytes / contam->failed_probes + 1);
    }
}

/* The entries of a wave, cut into blocks. */
struct wave {
    const struct ng_contam *contam;
    struct ng_contam_work *works;
    size_t count;
    size_t first; /* number of the first entry among the caller's */
    size_t block_entries;
    struct ng_contam_cost *costs; /* of each block */
};

static int check_block(void *context, uint64_t turn, struct ng_err *err) {
    const struct wave *wave = context;
    const struct ng_contam *contam = wave->contam;
    size_t begin = (size_t)turn * wave->block_entries;
    size_t count = wave->count - begin < wave->block_entries ? wave->count - begin : wave->block_entries;
    struct ng_contam_work *works = wave->works + begin;
    struct ng_contam_cost *cost = &wave->costs[turn];
    int status = NG_OK;
    for (size_t i = 0; i < count && !status; i++) {
        status = ng_contam_entry_init(contam, &works[i], wave->first + begin + i, err);
    }
    if (!status) {
        status = contam->options.naive ? ng_contam_search_naive(contam, works, count, cost, err)
                                       : ng_contam_search(contam, works, count, cost, err);
    }
    for (size_t i = 0; i < count && !status; i++) status = ng_contam_result_make(contam, &works[i], err);
    if (!status) status = ng_contam_count(contam, works, count, cost, err);
    if (!status) status = ng_contam_evidence(contam, works, count, cost, err);
    return status;
}

/* What each window that was searched for by itself would have cost. */
static void add_naive_cost(struct ng_contam *contam, const struct ng_contam_text *text) {
    for (size_t k = 0; k < contam->index_count; k++) {
        uint64_t known = contam->indexes[k]->shard_count > 0 ? contam->indexes[k]->shards[0].shard.jump.length_bytes : 0;
        for (uint64_t i = 0; i < text->windows[0].count; i++) {
            uint64_t bytes = text->windows[0].ends[i] - text->windows[0].begins[i];
            bool found = ng_contam_verdicts(text, k)[i] == NG_VERDICT_FOUND;
            if (found) contam->stats.naive_lf_steps += bytes > known ? bytes - known : 0;
            contam->absent_windows += contam->indexes[k]->shard_count - (found ? 1 : 0);
        }
    }
}

/* Has the memo learn the verdicts of a text. */
static void learn(struct ng_contam *contam, const struct ng_contam_text *text) {
    uint64_t keys[NG_CONTAM_KEYS][2];
    size_t count;
    for (uint64_t first = 0; (count = ng_contam_window_keys(&contam->memo, text, first, keys)) > 0; first += count) {
        for (size_t i = 0; i < count; i++) {
            uint64_t found = 0;
            for (size_t k = 0; k < contam->index_count; k++) {
                if (ng_contam_verdicts(text, k)[first + i] == NG_VERDICT_FOUND) found |= UINT64_C(1) << k;
            }
            ng_contam_memo_put(&contam->memo, keys[i], found);
        }
    }
}

static void finish_entry(struct ng_contam *contam, const struct ng_contam_work *work) {
    contam->stats.entries++;
    if (work->skipped) return;
    contam->stats.windows += work->result.windows;
    contam->stats.windows_reused += work->reused;
    for (size_t t = 0; t < work->entry->text_count && !contam->options.naive; t++) {
        add_naive_cost(contam, &work->texts[t]);
        learn(contam, &work->texts[t]);
    }
}

/* Adds what a wave has found to sums and memo. */
static int finish_wave(struct ng_contam *contam, const struct wave *wave, struct ng_err *err) {
    uint64_t windows = 0;
    for (size_t i = 0; i < wave->count; i++) windows += wave->works[i].result.windows;
    int status = contam->options.naive ? NG_OK : ng_contam_memo_reserve(&contam->memo, windows, err);
    for (size_t i = 0; i < wave->count && !status; i++) finish_entry(contam, &wave->works[i]);
    return status;
}

/* Searches take about a step for each byte of text. */
static void expect_steps(const struct ng_contam *contam, const struct wave *wave, unsigned threads) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < wave->count; i++) {
        const struct ng_contam_entry *entry = wave->works[i].entry;
        for (size_t t = 0; t < entry->text_count; t++) bytes += entry->texts[t].length_bytes;
    }
    for (size_t k = 0; k < contam->index_count; k++) ng_index_expect_steps(contam->indexes[k], bytes, threads);
}

static int check_wave(struct ng_contam *contam, struct wave *wave, struct ng_err *err) {
    unsigned threads = ng_parallel_threads(contam->options.threads);
    expect_steps(contam, wave, threads);
    wave->block_entries = (wave->count + threads - 1) / threads;
    size_t blocks = (wave->count + wave->block_entries - 1) / wave->block_entries;
    wave->costs = calloc(blocks, sizeof *wave->costs);
    if (!wave->costs) return ng_err_nomem(err, blocks * sizeof *wave->costs, "blocks of entries");
    int status = ng_parallel_run(threads, blocks, check_block, wave, err);
    for (size_t i = 0; i < blocks; i++) {
        contam->stats.lf_steps += wave->costs[i].lf_steps;
        contam->stats.naive_lf_steps += wave->costs[i].naive_lf_steps;
        contam->failed_bytes += wave->costs[i].failed_bytes;
        contam->failed_probes += wave->costs[i].failed_probes;
    }
    if (!status) status = finish_wave(contam, wave, err);
    free(wave->costs);
    return status;
}

int ng_contam_check(struct ng_contam *contam, const struct ng_contam_entry *entries, size_t count,
                    struct ng_contam_result *results, struct ng_err *err) {
    struct ng_contam_work *works = calloc(WAVE_ENTRIES, sizeof *works);
    if (!works) return ng_err_nomem(err, WAVE_ENTRIES * sizeof *works, "entries");
    int status = NG_OK;
    size_t done = 0;
    while (done < count && !status) {
        size_t here = count - done < WAVE_ENTRIES ? count - done : WAVE_ENTRIES;
        memset(works, 0, WAVE_ENTRIES * sizeof *works);
        for (size_t i = 0; i < here; i++) works[i].entry = &entries[done + i];
        struct wave wave = {.contam = contam, .works = works, .count = here, .first = done};
        status = check_wave(contam, &wave, err);
        for (size_t i = 0; i < here; i++) {
            results[done + i] = works[i].result;
            ng_contam_entry_free(&works[i]);
        }
        done += here;
    }
    if (status) ng_contam_results_free(results, done);
    free(works);
    return status;
}
