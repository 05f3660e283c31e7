#include "query/verify/shard.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "common/base/le.h"
#include "common/base/random.h"
#include "common/rank/format.h"
#include "common/shard/shard_format.h"
#include "query/verify/ids.h"

/* Chains of LF steps are followed in groups, side by side. */
enum { GROUP_CHAINS = NG_SHARD_WALKS, LEAST_STEPS = 1 << 18, TEXT_PER_STEP = 64 };

/* What other work takes, in the steps that a watch counts. */
enum { LEAF_STEPS = 16, BLOCK_STEPS = 128, NUMBERS_A_STEP = 16 };

static int fail(const struct ng_shard *shard, const char *section, const char *why, struct ng_err *err) {
    return ng_err_set(err, NG_ERR_CORRUPT, "%s: section %s: %s", shard->container->path, section, why);
}

/* The BWT: what it says of every symbol and row agrees from leaf to leaf. */
static int check_rank(const struct ng_shard *shard, struct ng_watch *watch, struct ng_err *err) {
    const struct ng_rank *rank = &shard->rank;
    uint64_t counts[256] = {0};
    for (uint64_t row = 0; row < rank->rows; row += ng_rank_leaf_rows(rank)) {
        if (!ng_rank_check_leaf(rank, row, counts)) {
            return fail(shard, NG_RANK_DATA_SECTION, "the counts of symbols do not add up", err);
        }
        if (ng_watch_stops(watch, LEAF_STEPS)) return ng_watch_status(watch, err);
    }
    if (memcmp(counts, rank->total, sizeof counts) == 0) return NG_OK;
    return fail(shard, NG_RANK_DIRECTORY_SECTION, "the totals of symbols are others than its rows have", err);
}

static int check_docs(const struct ng_shard *shard, struct ng_watch *watch, struct ng_err *err) {
    int status = ng_docs_check_directory(&shard->docs, err);
    for (uint64_t block = 0; block < shard->docs.block_count && !status; block++) {
        status = ng_docs_check_block(&shard->docs, block, err);
        if (!status) status = ng_watch_check(watch, BLOCK_STEPS, err);
    }
    return status;
}

/* Searches for one string of the jump table, which the rows of a search have to follow next. */
static bool entry_is_right(const struct ng_shard *shard, uint64_t code, uint64_t *next,
                           uint8_t bytes[NG_JUMP_MAX_BYTES]) {
    const struct ng_jump *jump = &shard->jump;
    const struct ng_rank *rank = &shard->rank;
    struct ng_rank_range found = {.begin = 0, .end = rank->rows};
    uint64_t length = ng_jump_spell(jump, rank, code, bytes);
    bool whole = length == jump->length_bytes;
    /* A string that ends with its document starts from the terminators. */
    if (!whole) found.begin = shard->first_terminator_row;
    for (uint64_t i = length; i-- > 0 && found.begin < found.end;) {
        if (bytes[i] == NG_TERMINATOR) return false;
        found.symbol = bytes[i];
        ng_rank_extend(rank, &found);
    }
    if (found.begin != *next || found.begin >= found.end) return false;
    *next = found.end;
    return true;
}

/* The rows of its strings, one behind the other, are all rows: so those of each are the ones that a search finds, and
 * no string that occurs is missing. */
static int check_jump(const struct ng_shard *shard, struct ng_watch *watch, struct ng_err *err) {
    const struct ng_jump *jump = &shard->jump;
    uint8_t bytes[NG_JUMP_MAX_BYTES] = {0};
    char shown[2 * NG_JUMP_MAX_BYTES + 1] = "";
    uint64_t next = 0;
    if (jump->length_bytes == 0) return NG_OK;
    if (!ng_ef_check(&jump->codes, true)) return fail(shard, NG_JUMP_SECTION, "its strings are out of order", err);
    for (uint64_t i = 0; i < jump->codes.count; i++) {
        if (ng_watch_stops(watch, jump->length_bytes)) return ng_watch_status(watch, err);
        if (ng_jump_start(jump, i) == next && entry_is_right(shard, ng_ef_get(&jump->codes, i), &next, bytes)) continue;
        for (size_t b = 0; b < jump->length_bytes; b++) (void)snprintf(shown + 2 * b, 3, "%02x", bytes[b]);
        return ng_err_set(err, NG_ERR_CORRUPT,
                          "%s: section %s: the rows of string number %" PRIu64 ", 0x%s, differ from those of a search",
                          shard->container->path, NG_JUMP_SECTION, i, shown);
    }
    if (next == shard->rows && ng_jump_start(jump, jump->codes.count) == next) return NG_OK;
    return fail(shard, NG_JUMP_SECTION, "strings are missing at its end", err);
}

/* A set of numbers, all below a bound. */
static uint64_t *set_new(uint64_t bound) {
    return calloc((size_t)(bound / 64 + 1), sizeof(uint64_t));
}

static bool set_has(const uint64_t *set, uint64_t number) {
    return set[number >> 6] >> (number & 63) & 1;
}

/* False where it was there before. */
static bool set_add(uint64_t *set, uint64_t number) {
    if (set_has(set, number)) return false;
    set[number >> 6] |= UINT64_C(1) << (number & 63);
    return true;
}

/* Each document once. */
static int check_order(const struct ng_shard *shard, struct ng_watch *watch, struct ng_err *err) {
    uint64_t *seen = set_new(shard->documents);
    if (!seen) return ng_err_nomem(err, shard->documents / 8, "a check of the documents' order");
    int status = NG_OK;
    for (uint64_t i = 0; i < shard->documents && !status; i++) {
        if (i % NUMBERS_A_STEP == 0) status = ng_watch_check(watch, 1, err);
        if (status || set_add(seen, ng_shard_array_get(&shard->doc_order, i, shard->documents - 1))) continue;
        status = fail(shard, NG_DOC_ORDER_SECTION, "a document occurs in it twice", err);
    }
    free(seen);
    return status;
}

/* Of the samples' permutation, those elements that the inverse finds by a short cut or without. */
struct inverse {
    const struct ng_shard *shard;
    struct ng_watch *watch;
    uint64_t *cuts;    /* elements that have one */
    uint64_t *covered; /* elements whose number is found */
};

static uint64_t follow(const struct inverse *inverse, uint64_t element) {
    return ng_shard_array_get(&inverse->shard->samples, element, inverse->shard->samples.count - 1);
}

/* Whether a short cut leads back a few steps on its cycle, past no other. The inverse finds all numbers between. */
static bool cut_is_right(const struct inverse *inverse, uint64_t element, uint64_t target) {
    for (uint64_t steps = 0; steps < NG_SHORT_CUT_STEPS; steps++) {
        target = follow(inverse, target);
        if (!set_add(inverse->covered, target)) return false;
        if (target == element) return true;
        if (set_has(inverse->cuts, target)) return false;
    }
    return false;
}

/* Whether an element that is not covered yet is on a cycle so short that it needs none. */
static bool cycle_is_short(const struct inverse *inverse, uint64_t element) {
    uint64_t at = element;
    for (uint64_t steps = 0; steps < NG_SHORT_CUT_STEPS; steps++) {
        if (set_has(inverse->cuts, at) || !set_add(inverse->covered, at)) return false;
        at = follow(inverse, at);
        if (at == element) return true;
    }
    return false;
}

/* As each number is found once, SAMP is a permutation. True where the watch has stopped the look. */
static bool inverse_is_right(const struct inverse *inverse) {
    const struct ng_shard *shard = inverse->shard;
    uint64_t largest = shard->samples.count - 1;
    for (uint64_t i = 0; i < shard->short_cuts.count; i++) {
        (void)set_add(inverse->cuts, ng_ef_get(&shard->short_cut_elements, i));
    }
    for (uint64_t i = 0; i < shard->short_cuts.count; i++) {
        uint64_t element = ng_ef_get(&shard->short_cut_elements, i);
        if (ng_watch_stops(inverse->watch, 1)) return true;
        if (!cut_is_right(inverse, element, ng_shard_array_get(&shard->short_cuts, i, largest))) return false;
    }
    for (uint64_t i = 0; i <= largest; i++) {
        if (i % NUMBERS_A_STEP == 0 && ng_watch_stops(inverse->watch, 1)) return true;
        if (!set_has(inverse->covered, i) && !cycle_is_short(inverse, i)) return false;
    }
    return true;
}

static int check_samples(const struct ng_shard *shard, struct ng_watch *watch, struct ng_err *err) {
    struct inverse inverse = {
        .shard = shard, .watch = watch, .cuts = set_new(shard->samples.count), .covered = set_new(shard->samples.count)};
    int status = NG_OK;
    if (!inverse.cuts || !inverse.covered)
        status = ng_err_nomem(err, shard->samples.count / 4, "a check of the samples");
    else if (!ng_ef_check(&shard->marks, true)) status = fail(shard, NG_MARK_SECTION, "its rows are out of order", err);
    else if (!ng_ef_check(&shard->short_cut_elements, true))
        status = fail(shard, NG_INVERSE_SECTION, "it is out of order", err);
    else if (!inverse_is_right(&inverse))
        status = fail(shard, NG_INVERSE_SECTION, "it is not the inverse of " NG_SAMPLE_SECTION, err);
    free(inverse.cuts);
    free(inverse.covered);
    return status ? status : ng_watch_status(watch, err);
}

/* One way from a sampled position, or the end of the text, down to the sampled position before. */
struct chain {
    uint64_t position;
    uint64_t stop;
    uint64_t document; /* that the position is in */
    uint64_t start;    /* of it */
    uint64_t last_row; /* that of stop */
};

static void start_chain(const struct ng_shard *shard, uint64_t number, uint64_t row_before, uint64_t row,
                        struct chain *chain, struct ng_rank_step *step) {
    bool is_last = number == shard->samples.count;
    *chain = (struct chain){.position = is_last ? shard->rows - 1 : number * shard->sa_sample,
                            .stop = (number - 1) * shard->sa_sample,
                            .last_row = row_before};
    chain->document = ng_docs_of_position(&shard->docs, chain->position);
    chain->start = ng_docs_start(&shard->docs, chain->document);
    step->row = is_last ? shard->rows - 1 : row;
}

/* Takes in what an LF step has found, and goes on at the end of the document before where the one at hand has started.
 */
static bool take_step(const struct ng_shard *shard, struct chain *chain, struct ng_rank_step *step) {
    bool starts = chain->position == chain->start;
    if (starts != (step->symbol == NG_TERMINATOR)) return false;
    chain->position--;
    if (!starts) return true;
    uint64_t order = step->row - shard->first_terminator_row;
    if (ng_shard_array_get(&shard->doc_order, order, shard->documents - 1) != chain->document) return false;
    /* The start of the first document is that of the text, where no chain has a step to take. */
    if (chain->document == 0) return false;
    chain->document--;
    chain->start = ng_docs_start(&shard->docs, chain->document);
    step->row = shard->first_terminator_row + chain->document;
    return true;
}

/* Follows chains number first + 1 to first + count; rows has those of samples first to first + count, but not one
 * behind the last sample. *failed is where one went astray. */
static bool chains_are_right(const struct ng_shard *shard, uint64_t first, size_t count, const uint64_t *rows,
                             uint64_t *failed) {
    struct chain chains[GROUP_CHAINS];
    struct ng_rank_step steps[GROUP_CHAINS];
    size_t active = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t number = first + 1 + i;
        uint64_t row = number < shard->samples.count ? rows[i + 1] : 0;
        start_chain(shard, number, rows[i], row, &chains[active], &steps[active]);
        active++;
    }
    for (;;) {
        for (size_t i = active; i-- > 0;) {
            if (chains[i].position > chains[i].stop) continue;
            *failed = chains[i].position;
            if (steps[i].row != chains[i].last_row) return false;
            active--;
            chains[i] = chains[active];
            steps[i] = steps[active];
        }
        if (active == 0) return true;
        ng_rank_lf_batch(&shard->rank, steps, active);
        for (size_t i = 0; i < active; i++) {
            *failed = chains[i].position;
            if (!take_step(shard, &chains[i], &steps[i])) return false;
        }
    }
}

/* The first document starts with the text. */
static bool start_is_right(const struct ng_shard *shard, uint64_t row) {
    struct ng_rank_step step = {.row = row};
    if (row >= shard->first_terminator_row && ng_docs_end(&shard->docs, 0) > 0) return false;
    ng_rank_lf(&shard->rank, &step);
    return step.symbol == NG_TERMINATOR &&
           ng_shard_array_get(&shard->doc_order, step.row - shard->first_terminator_row, shard->documents - 1) == 0;
}

/* From each sample to the one before lead the LF steps of the text. */
static int check_text(const struct ng_shard *shard, struct ng_watch *watch, struct ng_err *err) {
    uint64_t samples = shard->samples.count;
    uint64_t most_steps = shard->rows / TEXT_PER_STEP > LEAST_STEPS ? shard->rows / TEXT_PER_STEP : LEAST_STEPS;
    uint64_t chance = 0;
    /* So that no writer knows which chains are followed. */
    if (getrandom(&chance, sizeof chance, GRND_NONBLOCK) < 0) chance = (uint64_t)time(NULL);
    if (!start_is_right(shard, ng_shard_sampled_row(shard, 0))) {
        return fail(shard, NG_MARK_SECTION, "the text does not start with a document", err);
    }
    for (uint64_t first = 0; first < samples; first += GROUP_CHAINS) {
        if (most_steps < shard->rows && ng_random_below(&chance, shard->rows) >= most_steps) continue;
        size_t count = samples - first < GROUP_CHAINS ? (size_t)(samples - first) : (size_t)GROUP_CHAINS;
        size_t found = first + count == samples ? count - 1 : count; /* the text's end has no sample */
        uint64_t numbers[GROUP_CHAINS];
        uint64_t rows[GROUP_CHAINS + 1] = {ng_shard_sampled_row(shard, first)};
        uint64_t failed;
        for (size_t i = 0; i < found; i++) numbers[i] = first + 1 + i;
        ng_shard_sampled_rows(shard, numbers, found, rows + 1);
        if (ng_watch_stops(watch, count * shard->sa_sample)) return ng_watch_status(watch, err);
        if (chains_are_right(shard, first, count, rows, &failed)) continue;
        return ng_err_set(err, NG_ERR_CORRUPT, "%s: text, samples and documents do not agree at position %" PRIu64,
                          shard->container->path, failed);
    }
    return NG_OK;
}

/* A value out of bounds that did not show otherwise. */
static int check_outcome(const struct ng_shard *shard, struct ng_watch *watch, struct ng_err *err) {
    (void)watch;
    return ng_shard_status(shard, err);
}

typedef int check_sections(const struct ng_shard *shard, struct ng_watch *watch, struct ng_err *err);

/* Runs a check. Errors: NG_ERR_NOMEM, NG_ERR_CANCELLED. */
static int run(check_sections *check, const struct ng_shard *shard, struct ng_watch *watch, ng_verify_damage *damage, void *context,
               bool *sound, struct ng_err *err) {
    struct ng_err found = {0};
    int status = check(shard, watch, &found);
    *sound = status == NG_OK;
    if (status == NG_ERR_CORRUPT) {
        damage(context, &found);
        return NG_OK;
    }
    if (status && err) *err = found;
    return status;
}

int ng_verify_shard(const struct ng_shard *shard, struct ng_watch *watch, ng_verify_damage *damage, void *context,
                    struct ng_err *err) {
    /* The others rely on the BWT, or else would answer nothing, and not always end soon. */
    static check_sections *const others[] = {check_jump, check_order, check_samples, check_text, ng_verify_ids, check_outcome};
    bool docs_sound = false;
    bool sound;
    int status = run(check_rank, shard, watch, damage, context, &sound, err);
    if (!status) status = run(check_docs, shard, watch, damage, context, &docs_sound, err);
    sound = sound && docs_sound;
    for (size_t i = 0; i < sizeof others / sizeof *others && sound && !status; i++) {
        status = run(others[i], shard, watch, damage, context, &sound, err);
    }
    return status;
}
