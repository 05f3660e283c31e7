/*
 * decon: clusters of 5-grams of the question, and what of answer and passage is near them, as by Allen AI's decon with its
 * default configuration. Words stand in for its tokens, and every 5-gram of a document is looked up, not each tenth.
 *
 * An n-gram weighs ln((N + 1) / d) if d of the benchmark's N entries hold it (there N / d, which gives a benchmark of
 * one entry no weight at all). The overlap of a part with n-grams found is their weight, each once, over that of all.
 *   - Cluster: places of a document where 5-grams of the question stand, with at most 10 others between two of them. One
 *     whose overlap is below the least for the question's length counts for nothing: 1 up to 20 words, from 50 on what
 *     could reach the threshold with all the others found (0.714), between them in proportion.
 *   - Answer of up to 3 words: stands whole in the 50 words after the cluster; a longer one: overlap of 3-grams in the 100
 *     words after it, or twice its length.
 *   - Passage: overlap of 4-grams in the 100 words before the cluster, or twice its length; from its last place there
 *     backwards, until 3 others follow each other.
 *   - Score: 0.7 question, 0.2 answer, 0.1 passage; 0.75 and 0.25 without a passage; 0.85 and 0.15 without an answer. A
 *     question of less than 20 distinct 5-grams, and with a passage an answer of less than 4 words, gives weight to the
 *     others. Below a length of 50 words in all, a score that is not perfect is scaled down, from 20 words downwards by
 *     the threshold.
 */
#include <math.h>
#include <stdlib.h>
#include <xxhash.h>

#include "common/base/order.h"
#include "query/preset/preset.h"

enum {
    QUESTION_GRAM = 5,
    ANSWER_GRAM = 3,
    PASSAGE_GRAM = 4,
    MISSES = 11,
    PASSAGE_MISSES = 2,
    LEAST_WORDS = 20, /* of question, answer and passage; shorter entries are left out */
    LEAST_DISTINCT_WORDS = 4,
    PERFECT_WORDS = 20, /* up to this length only a perfect match counts, */
    LONG_WORDS = 50,    /* from this one on the threshold holds as it is */
    SHORT_ANSWER = 3,
    SHORT_ANSWER_WINDOW = 50,
    LEAST_WINDOW = 100
};

/* Sums of the same weights in the same order are equal; those of others may differ by this. */
#define ROUNDING 1e-9

static const size_t GRAM_WORDS[NG_DECON_PARTS] = {QUESTION_GRAM, ANSWER_GRAM, PASSAGE_GRAM};

/* The distinct n-grams of question, answer or passage. */
struct part {
    uint32_t *ids;   /* owned */
    uint32_t *ends;  /* as in struct ng_sequence; owned */
    size_t count;    /* words */
    struct ng_gram_table table;
    uint32_t *distinct; /* of the n-gram that begins at a word: the first place where the same one begins; owned */
    double *weights;    /* of the n-gram that begins at a word, at its first place, else 0; owned */
    double weight;      /* sum of all */
    size_t distinct_count;
    uint32_t *seen; /* of the n-gram that begins at a word, at its first place: the look at which it was found; owned */
    uint32_t look;
};

struct ng_decon {
    struct ng_words answer;
    struct ng_vocabulary vocabulary;
    struct part parts[NG_DECON_PARTS];
    double score;
};

/* The parts of an entry, as words. */
struct source {
    const struct ng_words *texts;
    size_t text_count;
};

static void find_sources(const struct ng_preset_entry *entry, const struct ng_words *answer,
                         struct source sources[NG_DECON_PARTS]) {
    const struct ng_words *texts = entry->words[NG_FORM_SPLIT];
    size_t count = entry->given->text_count;
    sources[NG_DECON_QUESTION] = (struct source){texts, count > 0 ? 1 : 0};
    sources[NG_DECON_ANSWER] = (struct source){answer, 1};
    sources[NG_DECON_PASSAGE] = (struct source){texts + 1, count > 0 ? count - 1 : 0};
}

static size_t count_words(const struct source *source) {
    size_t count = 0;
    for (size_t t = 0; t < source->text_count; t++) count += source->texts[t].count;
    return count;
}

/* The hash by which the benchmark knows an n-gram. */
static uint64_t hash_gram(const struct ng_words *words, size_t at, size_t n) {
    uint64_t hashes[QUESTION_GRAM] = {0};
    for (size_t i = 0; i < n; i++) hashes[i] = ng_word_hash(words, at + i);
    return XXH3_64bits(hashes, n * sizeof *hashes);
}

/* Appends the hashes of a part's n-grams, each once. */
static int tell_part(struct ng_buf *grams, const struct source *source, size_t n, struct ng_err *err) {
    size_t before = grams->length / sizeof(uint64_t);
    for (size_t t = 0; t < source->text_count; t++) {
        for (size_t i = 0; i < ng_words_grams(source->texts[t].count, n); i++) {
            uint64_t hash = hash_gram(&source->texts[t], i, n);
            int status = ng_buf_append(grams, &hash, sizeof hash, err);
            if (status) return status;
        }
    }
    size_t count = grams->length / sizeof(uint64_t) - before;
    if (count == 0) return NG_OK;
    uint64_t *all = (uint64_t *)(void *)grams->data + before;
    grams->length = (before + ng_order_distinct(all, count)) * sizeof *all;
    return NG_OK;
}

int ng_decon_tell(struct ng_preset_benchmark *benchmark, struct ng_preset_entry *entry, struct ng_words_tools *tools,
                  struct ng_err *err) {
    struct ng_words answer = {0};
    struct source sources[NG_DECON_PARTS];
    int status = ng_preset_words(entry, NG_FORM_SPLIT, tools, err);
    if (!status) status = ng_words_make(&answer, NG_FORM_SPLIT, entry->given->answer, tools, err);
    if (!status) find_sources(entry, &answer, sources);
    for (int p = 0; p < NG_DECON_PARTS && !status; p++) {
        status = tell_part(&benchmark->grams[p], &sources[p], GRAM_WORDS[p], err);
    }
    ng_words_free(&answer);
    return status;
}

/* Makes the ids and ends of a part. */
static int number_words(struct part *part, const struct source *source, struct ng_vocabulary *vocabulary,
                        struct ng_err *err) {
    part->count = count_words(source);
    part->ids = calloc(part->count + 1, sizeof *part->ids);
    part->ends = calloc(part->count + 1, sizeof *part->ends);
    part->distinct = calloc(part->count + 1, sizeof *part->distinct);
    part->seen = calloc(part->count + 1, sizeof *part->seen);
    part->weights = calloc(part->count + 1, sizeof *part->weights);
    if (!part->ids || !part->ends || !part->distinct || !part->seen || !part->weights) {
        return ng_err_nomem(err, part->count * sizeof *part->weights, "the words of an entry");
    }
    size_t at = 0;
    for (size_t t = 0; t < source->text_count; t++) {
        ng_vocabulary_add(vocabulary, &source->texts[t], part->ids + at);
        size_t end = at + source->texts[t].count;
        while (at < end) part->ends[at++] = (uint32_t)end;
    }
    return NG_OK;
}

static int open_part(const struct ng_preset_benchmark *benchmark, enum ng_decon_part number, struct part *part,
                     const struct source *source, struct ng_vocabulary *vocabulary, struct ng_err *err) {
    size_t n = GRAM_WORDS[number];
    int status = number_words(part, source, vocabulary, err);
    if (!status) status = ng_gram_table_make(&part->table, part->ids, part->ends, part->count, n, err);
    if (status) return status;
    for (size_t t = 0, at = 0; t < source->text_count; at += source->texts[t++].count) {
        for (size_t i = 0; i < ng_words_grams(source->texts[t].count, n); i++) {
            size_t first;
            size_t last;
            ng_gram_table_find(&part->table, part->ids + at + i, &first, &last);
            part->distinct[at + i] = part->table.grams[first].at;
            if (part->distinct[at + i] != at + i) continue;
            part->weights[at + i] = ng_preset_benchmark_weight(benchmark, number, hash_gram(&source->texts[t], i, n));
            part->weight += part->weights[at + i];
            part->distinct_count++;
        }
    }
    return NG_OK;
}

/* Makes the parts of an entry; entry->decon stays NULL if it is too short. */
static int open_decon(struct ng_preset_turn *turn, struct ng_preset_entry *entry, struct ng_err *err) {
    struct ng_decon *decon = calloc(1, sizeof *decon);
    if (!decon) return ng_err_nomem(err, sizeof *decon, "an entry");
    struct source sources[NG_DECON_PARTS];
    size_t words = 0;
    int status = ng_preset_words(entry, NG_FORM_SPLIT, &turn->tools, err);
    if (!status) status = ng_words_make(&decon->answer, NG_FORM_SPLIT, entry->given->answer, &turn->tools, err);
    if (!status) {
        find_sources(entry, &decon->answer, sources);
        for (int p = 0; p < NG_DECON_PARTS; p++) words += count_words(&sources[p]);
        status = ng_vocabulary_open(&decon->vocabulary, words, err);
    }
    for (int p = 0; p < NG_DECON_PARTS && !status; p++) {
        status = open_part(&turn->recipes->benchmark, (enum ng_decon_part)p, &decon->parts[p], &sources[p],
                           &decon->vocabulary, err);
    }
    bool is_short = words < LEAST_WORDS || decon->vocabulary.count < LEAST_DISTINCT_WORDS ||
                    decon->parts[NG_DECON_QUESTION].distinct_count == 0;
    if (!status && !is_short) entry->decon = decon;
    else ng_decon_free(decon);
    return status;
}

void ng_decon_free(struct ng_decon *decon) {
    if (!decon) return;
    for (int p = 0; p < NG_DECON_PARTS; p++) {
        struct part *part = &decon->parts[p];
        free(part->ids);
        free(part->ends);
        free(part->distinct);
        free(part->weights);
        free(part->seen);
        ng_gram_table_free(&part->table);
    }
    ng_vocabulary_free(&decon->vocabulary);
    ng_words_free(&decon->answer);
    free(decon);
}

/* From perfect for short texts down to most for long ones. */
static double demand(size_t words, double most) {
    if (words <= PERFECT_WORDS) return 1.0;
    if (words >= LONG_WORDS) return most;
    return 1.0 - (1.0 - most) * (double)(words - PERFECT_WORDS) / (double)(LONG_WORDS - PERFECT_WORDS);
}

/* The least overlap of a question for its cluster to count. */
static double question_demand(const struct ng_recipes *recipes, const struct ng_decon *decon) {
    double least = (recipes->options.dirty[NG_RECIPE_DECON] - 0.3) / 0.7;
    return demand(decon->parts[NG_DECON_QUESTION].count, least > 0.0 ? least : 0.0);
}

/* An n-gram of the question, and how often it occurs. */
struct seed {
    uint64_t count;
    double weight;
    size_t number; /* among the phrases */
};

static int by_count(const void *a, const void *b) {
    const struct seed *x = a;
    const struct seed *y = b;
    if (x->count != y->count) return x->count < y->count ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

/* Chooses the rarest 5-grams, until the rest weigh too little for a document to count by them alone. */
static int choose(const struct ng_recipes *recipes, const struct ng_decon *decon, const struct ng_pieces *grams,
                  bool *wanted, struct ng_err *err) {
    const struct part *question = &decon->parts[NG_DECON_QUESTION];
    size_t count = ng_pieces_size(grams);
    struct seed *seeds = calloc(count + 1, sizeof *seeds);
    if (!seeds) return ng_err_nomem(err, count * sizeof *seeds, "the n-grams of an entry");
    size_t used = 0;
    double rest = 0.0;
    for (size_t i = 0; i < count; i++) {
        if (grams->counts[i] == 0) continue;
        double weight = question->weights[ng_pieces_place(grams, i)];
        seeds[used++] = (struct seed){grams->counts[i], weight, i};
        rest += weight;
    }
    double needed = question_demand(recipes, decon) * question->weight - ROUNDING;
    qsort(seeds, used, sizeof *seeds, by_count);
    for (size_t i = 0; i < used && rest >= needed; i++) {
        wanted[seeds[i].number] = true;
        rest -= seeds[i].weight;
    }
    free(seeds);
    return NG_OK;
}

/* The question's stretches, as documents without answer or passage. */
static int seek_stretches(struct ng_preset_turn *turn, struct ng_preset_entry *entry, struct ng_err *err) {
    struct ng_views views = ng_recipes_folded(turn->recipes);
    struct ng_stretches in = {.views = &views,
                              .texts = entry->words[NG_FORM_SPLIT],
                              .text_count = 1,
                              .form = NG_FORM_SPLIT,
                              .n = QUESTION_GRAM,
                              .least = turn->recipes->limits.hits + 1};
    return ng_preset_seek(turn, entry, NG_RECIPE_DECON, &in, err);
}

static int seed(struct ng_preset_turn *turn, size_t number, struct ng_err *err) {
    struct ng_preset_entry *entry = &turn->entries[number];
    struct ng_views views = ng_recipes_folded(turn->recipes);
    struct ng_pieces grams = {0};
    bool *wanted = NULL;
    int status = open_decon(turn, entry, err);
    if (status || !entry->decon) return status;
    const struct part *question = &entry->decon->parts[NG_DECON_QUESTION];
    const struct ng_words *words = &entry->words[NG_FORM_SPLIT][0];
    for (size_t i = 0; i < ng_words_grams(words->count, QUESTION_GRAM) && !status; i++) {
        if (question->distinct[i] == i) status = ng_pieces_add(&grams, ng_words_piece(words, i, QUESTION_GRAM), i, err);
    }
    if (!status) status = ng_pieces_count(&grams, &views, err);
    if (!status) {
        wanted = calloc(ng_pieces_size(&grams) + 1, sizeof *wanted);
        status = wanted ? choose(turn->recipes, entry->decon, &grams, wanted, err)
                        : ng_err_nomem(err, ng_pieces_size(&grams), "the n-grams of an entry");
    }
    if (!status) status = ng_preset_candidates(turn, number, NG_RECIPE_DECON, &grams, &views, wanted, err);
    if (!status && entry->left_out[NG_RECIPE_DECON]) status = seek_stretches(turn, entry, err);
    free(wanted);
    ng_pieces_free(&grams);
    return status;
}

/* Starts a look at n-grams: none is found yet. */
static void start_look(struct part *part) {
    part->look++;
}

/* Whether an n-gram of the part stands at gram. Marks it as found. */
static bool find_gram(struct part *part, const uint32_t *gram) {
    size_t first;
    size_t last;
    if (gram[0] == 0) return false;
    ng_gram_table_find(&part->table, gram, &first, &last);
    if (first == last) return false;
    part->seen[part->table.grams[first].at] = part->look;
    return true;
}

/* The overlap of a part with the n-grams that were found. */
static double overlap(const struct part *part) {
    double found = 0.0;
    for (size_t i = 0; i < part->count; i++) {
        if (part->seen[i] == part->look && part->weights[i] > 0.0) found += part->weights[i];
    }
    return part->weight > 0.0 ? found / part->weight : 0.0;
}

/* The overlap of the answer with the words after a cluster that ends at begin. */
static double find_answer(struct ng_decon *decon, const uint32_t *ids, size_t count, size_t begin) {
    struct part *answer = &decon->parts[NG_DECON_ANSWER];
    size_t window = answer->count <= SHORT_ANSWER        ? SHORT_ANSWER_WINDOW
                    : 2 * answer->count > LEAST_WINDOW ? 2 * answer->count
                                                       : LEAST_WINDOW;
    size_t end = count - begin < window ? count : begin + window;
    if (answer->count <= SHORT_ANSWER) {
        for (size_t j = begin; j < end && j + answer->count <= count; j++) {
            size_t i = 0;
            while (i < answer->count && ids[j + i] == answer->ids[i]) i++;
            if (i == answer->count) return 1.0;
        }
        return 0.0;
    }
    start_look(answer);
    for (size_t j = begin; j + ANSWER_GRAM <= end; j++) (void)find_gram(answer, ids + j);
    return overlap(answer);
}

/* The overlap of the passage with the words before a cluster that begins at end. */
static double find_passage(struct ng_decon *decon, const uint32_t *ids, size_t end) {
    struct part *passage = &decon->parts[NG_DECON_PASSAGE];
    size_t window = 2 * passage->count > LEAST_WINDOW ? 2 * passage->count : LEAST_WINDOW;
    size_t begin = end > window ? end - window : 0;
    size_t misses = 0;
    bool found = false;
    start_look(passage);
    for (size_t j = end; j >= begin + PASSAGE_GRAM && misses <= PASSAGE_MISSES; j--) {
        bool here = find_gram(passage, ids + j - PASSAGE_GRAM);
        found = found || here;
        misses = here || !found ? 0 : misses + 1;
    }
    return overlap(passage);
}

/* The weighted sum, by how much question and answer tell. */
static double add_up(const struct ng_decon *decon, double question, double answer, double passage) {
    const struct part *parts = decon->parts;
    bool has_answer = parts[NG_DECON_ANSWER].count > 0;
    bool has_passage = parts[NG_DECON_PASSAGE].count > 0;
    double grams = (double)parts[NG_DECON_QUESTION].distinct_count;
    double trust = grams < 20.0 ? 0.5 + grams / 20.0 * 0.5 : 1.0;
    if (has_answer && has_passage) {
        double words = (double)parts[NG_DECON_ANSWER].count;
        double answer_trust = words < 4.0 ? 0.5 + words / 4.0 * 0.5 : 1.0;
        double moved = 0.7 * (1.0 - trust);
        double answer_weight = 0.2 + moved * 0.5;
        return question * 0.7 * trust + answer * answer_weight * answer_trust +
               passage * (0.1 + moved * 0.5 + answer_weight * (1.0 - answer_trust));
    }
    if (has_answer) return question * 0.75 * trust + answer * (0.25 + 0.75 * (1.0 - trust));
    if (has_passage) return question * 0.85 * trust + passage * (0.15 + 0.85 * (1.0 - trust));
    return question;
}

/* Scores the cluster of 5-grams that begin at [first, last] of a document. */
static double score(const struct ng_recipes *recipes, struct ng_decon *decon, const uint32_t *ids, size_t count,
                    size_t first, size_t last) {
    double threshold = recipes->options.dirty[NG_RECIPE_DECON];
    double question = overlap(&decon->parts[NG_DECON_QUESTION]);
    if (question < question_demand(recipes, decon) - ROUNDING) return 0.0;
    const struct part *parts = decon->parts;
    double answer = parts[NG_DECON_ANSWER].count > 0 ? find_answer(decon, ids, count, last + QUESTION_GRAM) : 0.0;
    double passage = parts[NG_DECON_PASSAGE].count > 0 ? find_passage(decon, ids, first) : 0.0;
    double sum = add_up(decon, question, answer, passage);
    if (sum > 1.0 - ROUNDING) return 1.0;
    size_t words = parts[NG_DECON_QUESTION].count + parts[NG_DECON_ANSWER].count + parts[NG_DECON_PASSAGE].count;
    double demanded = demand(words, threshold);
    return demanded > threshold ? sum * threshold / demanded : sum;
}

static int compare(struct ng_preset_turn *turn, struct ng_preset_entry *entry, const struct ng_document_words *document,
                   struct ng_err *err) {
    struct ng_decon *decon = entry->decon;
    struct part *question = &decon->parts[NG_DECON_QUESTION];
    const uint32_t *ids = document->ids;
    size_t count = document->words->count;
    size_t first = SIZE_MAX; /* of the cluster that is open, and its last place so far */
    size_t last = 0;
    ng_vocabulary_find(&decon->vocabulary, document->words, document->hashes, document->ids);
    for (size_t j = 0; j + QUESTION_GRAM <= count + 1; j++) {
        bool is_end = j + QUESTION_GRAM > count;
        if (first != SIZE_MAX && (is_end || j - last > MISSES)) {
            double here = score(turn->recipes, decon, ids, count, first, last);
            if (here > decon->score) decon->score = here;
            first = SIZE_MAX;
            int status = ng_watch_check(&turn->tools.watch, 1 + question->count / 16, err);
            if (status) return status;
        }
        if (is_end) break;
        if (first == SIZE_MAX) start_look(question);
        if (!find_gram(question, ids + j)) continue;
        if (first == SIZE_MAX) first = j;
        last = j;
    }
    return NG_OK;
}

static void finish(const struct ng_recipes *recipes, struct ng_preset_entry *entry) {
    (void)recipes;
    struct ng_recipe_verdict *verdict = &entry->verdicts[NG_RECIPE_DECON];
    verdict->of = entry->decon ? 1 : 0; /* not short */
    verdict->share = entry->decon ? entry->decon->score : 0.0;
}

const struct ng_document_recipe ng_recipe_decon = {
    .form = NG_FORM_SPLIT, .seed = seed, .compare = compare, .finish = finish};
