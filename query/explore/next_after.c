/*
 * How often the phrase is followed by what. A backward search does not lengthen a string to the right. But it may begin
 * with the rows of all suffixes that start with a byte of some range, and thus counts the phrase, then a string, then
 * any of these bytes. So a range is cut in two halves of about equal weight, with one search for the two.
 */
#include <stdlib.h>
#include <string.h>

#include "common/shard/shard_format.h"
#include "query/explore/next.h"

struct questions {
    const struct ng_next_question *list;
    size_t count;
    uint64_t *answers; /* of each shard, one behind the other: occurrences */
};

enum { LANES = NG_RANK_BATCH, WORD_RANGES = 3 };

/* Bytes that go on with a word, then those that may. */
static const struct ng_interval word_bytes[WORD_RANGES + 1] = {
    {'0', '9' + 1}, {'A', 'Z' + 1}, {'a', 'z' + 1}, {0x80, NG_TERMINATOR}};

struct lane {
    size_t question;
    size_t left; /* bytes of phrase and string still to go */
};

static uint8_t byte_at(const struct ng_next_search *search, const struct ng_item *item, size_t at) {
    size_t phrase_bytes = (size_t)search->phrase.length_bytes;
    if (at < phrase_bytes) return search->phrase.data[at];
    return search->texts.data[item->text_at + at - phrase_bytes];
}

static int answer_shard(struct ng_next_search *search, size_t number, void *context, struct ng_err *err) {
    const struct questions *questions = context;
    const struct ng_shard *shard = search->shards[number];
    uint64_t *answers = questions->answers + number * questions->count;
    struct ng_watch watch = ng_watch_make(search->cancels[number]);
    struct lane lanes[LANES];
    struct ng_rank_range ranges[LANES];
    size_t used = 0;
    size_t next = 0;
    while ((used > 0 || next < questions->count) && !ng_watch_stops(&watch, used)) {
        for (; used < LANES && next < questions->count; next++, used++) {
            const struct ng_next_question *q = &questions->list[next];
            lanes[used].question = next;
            lanes[used].left = (size_t)search->phrase.length_bytes + search->items[q->item].length_bytes;
            ranges[used].begin = shard->rank.first[q->first];
            ranges[used].end = shard->rank.first[q->end];
        }
        for (size_t i = 0; i < used;) {
            if (lanes[i].left > 0 && ranges[i].begin < ranges[i].end) {
                const struct ng_item *item = &search->items[questions->list[lanes[i].question].item];
                ranges[i].symbol = byte_at(search, item, --lanes[i].left);
                i++;
                continue;
            }
            ng_shard_to_ranks(shard, &ranges[i].begin, &ranges[i].end);
            answers[lanes[i].question] = ranges[i].end - ranges[i].begin;
            used--;
            lanes[i] = lanes[used];
            ranges[i] = ranges[used];
        }
        if (used == 1) ng_rank_extend(&shard->rank, ranges);
        else if (used > 0) ng_rank_extend_batch(&shard->rank, ranges, used);
    }
    return ng_shard_outcome(shard, &watch, err);
}

/* Where to cut a range of at least two bytes. */
static uint16_t middle(const struct ng_next_search *search, uint16_t first, uint16_t end) {
    uint64_t half = search->weights[first] + (search->weights[end] - search->weights[first]) / 2;
    uint16_t cut = (uint16_t)(first + 1);
    while (cut + 1 < end && search->weights[cut] < half) cut++;
    /* Of the two cuts around the half, the nearer one. */
    if (cut > first + 1 && search->weights[cut] - half > half - search->weights[cut - 1]) cut--;
    return cut;
}

int ng_next_count_after(struct ng_next_search *search, const struct ng_next_question *list, size_t count, uint64_t *answers,
                        struct ng_err *err) {
    struct questions questions = {.list = list, .count = count};
    questions.answers = malloc((count + 1) * (search->shard_count + 1) * sizeof *questions.answers);
    if (!questions.answers) return ng_err_nomem(err, count * search->shard_count * sizeof *questions.answers, "searches");
    int status = ng_next_each_shard(search, answer_shard, &questions, err);
    memset(answers, 0, count * sizeof *answers);
    for (size_t s = 0; s < search->shard_count && !status; s++) {
        for (size_t q = 0; q < count; q++) answers[q] += questions.answers[s * count + q];
    }
    free(questions.answers);
    return status ? status : ng_next_add_far(search, NG_CALL_AFTER, list, count, answers, err);
}

/* Writes the questions about an item. Returns how many. */
static size_t ask(const struct ng_next_search *search, uint32_t number, struct ng_next_question *next) {
    const struct ng_item *item = &search->items[number];
    if (item->kind == NG_ITEM_NODE) {
        for (size_t r = 0; r <= WORD_RANGES; r++) {
            next[r] = (struct ng_next_question){number, (uint16_t)word_bytes[r].begin, (uint16_t)word_bytes[r].end};
        }
        return WORD_RANGES + 1;
    }
    if (item->end - item->first <= 1) return 0;
    *next = (struct ng_next_question){number, item->first, middle(search, item->first, item->end)};
    return 1;
}

/* A part of a range. What one byte is left of becomes a longer string. */
static int enter_range(struct ng_next_search *search, uint32_t parent, uint16_t first, uint16_t end, uint64_t count,
                       uint32_t owner, struct ng_err *err) {
    if (count == 0 || !ng_next_matters(search, count, owner)) return NG_OK;
    if (end - first == 1) return ng_next_grow(search, parent, (uint8_t)first, count, 0, owner, err);
    struct ng_item made = search->items[parent];
    uint32_t number;
    made.kind = NG_ITEM_RANGE;
    made.first = first;
    made.end = end;
    made.count = count;
    made.owner = owner;
    made.next_owned = NG_NO_ITEM;
    made.is_done = false;
    int status = ng_next_add(search, &made, &number, err);
    return status ? status : ng_next_enter(search, count, number, err);
}

/* A string whose last word is whole unless it goes on. */
static int take_node(struct ng_next_search *search, uint32_t number, const uint64_t *counts,
                     struct ng_err *err) {
    uint64_t sure = search->items[number].count;
    uint32_t class;
    for (size_t r = 0; r <= WORD_RANGES; r++) sure -= counts[r];
    int status = ng_next_add_class(search, number, sure, counts[WORD_RANGES], &class, err);
    for (size_t r = 0; r <= WORD_RANGES && !status; r++) {
        status = enter_range(search, number, (uint16_t)word_bytes[r].begin, (uint16_t)word_bytes[r].end, counts[r],
                             r == WORD_RANGES ? class : NG_NO_ITEM, err);
    }
    return status;
}

static int take_answers(struct ng_next_search *search, const struct ng_next_question *questions, size_t count,
                        const uint64_t *answers, struct ng_err *err) {
    int status = NG_OK;
    for (size_t q = 0; q < count && !status;) {
        uint32_t number = questions[q].item;
        const struct ng_item *item = &search->items[number];
        if (item->kind == NG_ITEM_NODE) {
            status = take_node(search, number, answers + q, err);
            q += WORD_RANGES + 1;
            continue;
        }
        uint16_t first = item->first;
        uint16_t end = item->end;
        uint64_t rest = item->count - answers[q];
        uint32_t owner = item->owner;
        uint16_t cut = questions[q].end;
        status = enter_range(search, number, first, cut, answers[q], owner, err);
        if (!status) status = enter_range(search, number, cut, end, rest, owner, err);
        q++;
    }
    return status;
}

int ng_next_expand_after(struct ng_next_search *search, const uint32_t *items, size_t count, struct ng_err *err) {
    size_t most = count * (WORD_RANGES + 1);
    size_t asked = 0;
    struct ng_next_question *questions = malloc(most * sizeof *questions);
    uint64_t *answers = malloc(most * sizeof *answers);
    int status = questions && answers ? NG_OK : ng_err_nomem(err, most * sizeof *questions, "searches");
    for (size_t i = 0; i < count && !status; i++) asked += ask(search, items[i], questions + asked);
    if (!status) status = ng_next_count_after(search, questions, asked, answers, err);
    if (!status) status = take_answers(search, questions, asked, answers, err);
    free(questions);
    free(answers);
    return status;
}
