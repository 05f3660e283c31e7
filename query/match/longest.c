#include "query/match/longest.h"

/* A match of this length is taken for a piece of a copy, which goes on far. Its end is then looked for from the right:
 * a search from behind it fails soon, one from within it takes as many steps as it is long. */
enum { COPY_BYTES = 32 };

/* After this many windows without a search, the watch is asked whether to go on. */
enum { WINDOWS = 4096 };

enum { STAGE_FIRST, STAGE_SURVEY, STAGE_LONGEST, STAGE_WINDOWS };

static uint64_t log2_of(uint64_t value) {
    return value < 2 ? 0 : 63 - (uint64_t)__builtin_clzll(value);
}

/* About how long the longest chance match of a text is: text carries some two bits a byte, so that pieces of
 * log2(rows) / 2 bytes tend to occur by chance, and the best of many is longer by half the logarithm of their number.
 * A guess saves steps where it is right and costs a few where it is not. */
static uint64_t guess_longest(const struct ng_plan *plan) {
    return (log2_of(plan->shard->rows) + log2_of(plan->text.length_bytes)) * 9 / 16;
}

void ng_plan_start(struct ng_plan *plan) {
    ng_known_clear(&plan->known);
    plan->stage = STAGE_FIRST;
    plan->length = 0;
    plan->window = 0;
    plan->spread = false;
    plan->piece = 0;
    plan->reach = 1;
    plan->least = guess_longest(plan);
}

bool ng_plan_match_before(const struct ng_plan_match *a, const struct ng_plan_match *b) {
    if (a->length_bytes != b->length_bytes) return a->length_bytes > b->length_bytes;
    return a->text != b->text ? a->text < b->text : a->begin < b->begin;
}

static bool ask(struct ng_plan *plan, struct ng_probe *probe, uint64_t bound, uint64_t end) {
    *probe = (struct ng_probe){.text = plan->text.data, .end = end, .bound = bound};
    ng_known_set_near(&plan->known, probe);
    return true;
}

static int take_answer(struct ng_plan *plan, const struct ng_probe *probe, struct ng_err *err) {
    return probe->text ? ng_known_add(&plan->known, probe, err) : NG_OK;
}

/* Passes over the windows that are decided; false where all are. */
static bool find_open_window(struct ng_plan *plan, const struct ng_plan_windows *length) {
    uint64_t low = 0;   /* windows end behind the ones before, so what failed for one of those fails for them */
    uint64_t reach = 0; /* and begin behind them, so up to here what was found for one of those is found for them */
    for (; plan->window < length->windows->count; plan->window++) {
        if (plan->window % WINDOWS == WINDOWS - 1 && ng_watch_stops(plan->watch, NG_WATCH_STEPS)) return false;
        uint8_t *verdict = &length->verdicts[plan->window];
        if (*verdict != NG_VERDICT_OPEN) continue;
        uint64_t begin = length->windows->begins[plan->window];
        uint64_t end = ng_windows_end(length->windows, plan->window);
        if (begin < low) continue;
        if (end <= reach) {
            *verdict = NG_VERDICT_FOUND;
            continue;
        }
        struct ng_known_bounds bounds = ng_known_bounds(&plan->known, end);
        if (bounds.high <= begin) {
            *verdict = NG_VERDICT_FOUND;
            reach = bounds.reach;
        } else if (bounds.low <= begin) {
            return true;
        }
        low = bounds.low;
    }
    return false;
}

/* Where to search from for the windows of one length, back to the first that is undecided. */
static bool next_window(struct ng_plan *plan, const struct ng_plan_windows *length, struct ng_probe *probe) {
    uint64_t before = plan->window;
    if (!find_open_window(plan, length)) return false;
    uint64_t first = plan->window;
    /* The last search was for this window itself, or settled it. */
    if (first > before) plan->spread = length->verdicts[first - 1] == NG_VERDICT_FOUND;
    uint64_t target = plan->spread ? length->windows->count - 1 : first;
    uint64_t begin = length->windows->begins[first];
    while (target > first && ng_known_bounds(&plan->known, ng_windows_end(length->windows, target)).low > begin) {
        target = first + (target - first) * 3 / 4; /* nearer to where it fails: that is soon known */
    }
    return ask(plan, probe, begin, ng_windows_end(length->windows, target));
}

/* The match from begin to the end of fact number i. */
static struct ng_plan_match match_of(const struct ng_plan *plan, size_t i, uint64_t begin) {
    const struct ng_probe_path *path = ng_known_path(&plan->known, i);
    uint64_t end = ng_known_at(&plan->known, i)->end;
    struct ng_plan_match match = {.text = plan->text_number, .begin = begin, .length_bytes = end - begin};
    if (path->begin == begin) {
        match.shard = plan->shard;
        match.path = *path;
    }
    return match;
}

/* The longest match among the known ones. */
static void start_longest(struct ng_plan *plan) {
    for (size_t i = 0; i < plan->known.count; i++) {
        const struct ng_known_fact *fact = ng_known_at(&plan->known, i);
        struct ng_plan_match match = {
            .text = plan->text_number, .begin = fact->high, .length_bytes = fact->end - fact->high};
        if (ng_plan_match_before(&match, plan->longest)) *plan->longest = match_of(plan, i, fact->high);
    }
}

/* Where to search from for a match that is longer than the longest so far, or as long and before it. Begins below
 * plan->piece are out. */
static bool next_piece(struct ng_plan *plan, struct ng_probe *probe) {
    struct ng_plan_match *longest = plan->longest;
    for (;;) {
        struct ng_plan_match better = {
            .text = plan->text_number, .begin = plan->piece, .length_bytes = longest->length_bytes};
        if (better.length_bytes == 0 || !ng_plan_match_before(&better, longest)) better.length_bytes++;
        if (better.length_bytes < plan->least) better.length_bytes = plan->least;
        if (better.length_bytes > plan->text.length_bytes - plan->piece) {
            if (longest->length_bytes >= plan->least) return false;
            plan->least = 0; /* none is that long */
            plan->piece = 0;
            continue;
        }
        uint64_t end = plan->piece + better.length_bytes;
        struct ng_known_bounds bounds = ng_known_bounds(&plan->known, end);
        if (bounds.low > plan->piece) {
            plan->piece = bounds.low;
            plan->reach = 1;
        } else if (bounds.high <= plan->piece) {
            *longest = match_of(plan, ng_known_reach(&plan->known, plan->piece), plan->piece);
            plan->reach = longest->length_bytes < COPY_BYTES ? 2 * plan->reach : plan->text.length_bytes;
        } else {
            uint64_t left = plan->text.length_bytes - end;
            uint64_t further = plan->reach - 1 < left ? plan->reach - 1 : left;
            while (further > 0 && ng_known_bounds(&plan->known, end + further).low > plan->piece) {
                further = longest->length_bytes < COPY_BYTES ? further / 2 : further * 3 / 4;
            }
            return ask(plan, probe, plan->piece, end + further);
        }
    }
}

/* First the whole text, which settles all where it was copied whole. Then the windows, up to the first that is found:
 * what fails there serves the longest match, too. Then the longest match, whose pieces that fail, or are found, settle
 * most of the rest. */
static bool next_stage(struct ng_plan *plan, struct ng_probe *probe) {
    if (plan->stage == STAGE_FIRST) {
        plan->stage = STAGE_SURVEY;
        if (plan->length_count > 0 && find_open_window(plan, &plan->lengths[0])) {
            return ask(plan, probe, 0, plan->text.length_bytes);
        }
    }
    if (plan->stage == STAGE_SURVEY) {
        if (plan->length_count > 0 && next_window(plan, &plan->lengths[0], probe) && !plan->spread) return true;
        start_longest(plan);
        plan->stage = STAGE_LONGEST;
    }
    if (plan->stage == STAGE_LONGEST) {
        if (next_piece(plan, probe)) return true;
        plan->stage = STAGE_WINDOWS;
    }
    for (; plan->length < plan->length_count; plan->length++) {
        if (next_window(plan, &plan->lengths[plan->length], probe)) return true;
        plan->window = 0;
        plan->spread = false;
    }
    return false;
}

int ng_plan_next(struct ng_plan *plan, struct ng_probe *probe, bool *more, struct ng_err *err) {
    int status = probe->text ? ng_memo_put(plan->memo, probe, err) : NG_OK;
    do {
        if (!status) status = take_answer(plan, probe, err);
        *more = !status && next_stage(plan, probe);
    } while (*more && ng_memo_get(plan->memo, probe) && !ng_watch_stops(plan->watch, 1));
    if (!*more) probe->text = NULL;
    return status;
}

void ng_plan_free(struct ng_plan *plan) {
    if (!plan) return;
    ng_known_free(&plan->known);
}
