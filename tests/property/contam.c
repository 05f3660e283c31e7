/* Contamination on small random texts: the engine and its naive mode against a scan of the documents. */
#include <stdlib.h>
#include <string.h>

#include "query/include/ngidx_contam.h"
#include "tests/support/overlap.h"
#include "tests/support/runner.h"
#include "tests/support/shares.h"
#include "tests/support/sanitized.h"
#include "tests/support/scan_answer.h"

enum {
    CORPORA = TEST_SANITIZED ? 4 : 24,
    ENTRIES = 200, /* so many that one thread has blocks side by side, where more threads have them one by one */
    MOST_TEXTS = 3,
    MORE = 3
};

struct benchmark {
    struct test_text template; /* that many entries start with */
    struct test_text texts[ENTRIES][MOST_TEXTS];
    struct ng_bytes views[ENTRIES][MOST_TEXTS];
    struct ng_contam_entry entries[ENTRIES];
};

static void fill_benchmark(struct benchmark *benchmark, const struct test_corpus *corpus, struct test_random *random,
                           uint64_t letters) {
    const struct test_text empty = {.length = 0};
    benchmark->template = empty;
    test_fill_text(&benchmark->template, corpus, random, letters);
    for (size_t i = 0; i < ENTRIES; i++) {
        struct ng_contam_entry *entry = &benchmark->entries[i];
        *entry = (struct ng_contam_entry){.texts = benchmark->views[i]};
        entry->text_count = test_random_below(random, 4) ? 1 : (size_t)test_random_below(random, MOST_TEXTS + 1);
        for (size_t t = 0; t < entry->text_count; t++) {
            benchmark->texts[i][t] = test_random_below(random, 2) ? empty : benchmark->template;
            test_fill_text(&benchmark->texts[i][t], corpus, random, letters);
            benchmark->views[i][t] = (struct ng_bytes){benchmark->texts[i][t].bytes, benchmark->texts[i][t].length};
        }
        /* Equal entries, and an answer that some documents hold. */
        if (i > 0 && test_random_below(random, 6) == 0) *entry = benchmark->entries[i - 1];
        static const char *const answers[] = {" aba\n", "abab", "a bb-A", "c\xC3\xA9 ba"};
        if (test_random_below(random, 3) > 0) continue;
        const char *answer = answers[test_random_below(random, sizeof answers / sizeof *answers)];
        entry->answer = (struct ng_bytes){(const uint8_t *)answer, strlen(answer)};
    }
}

struct expected {
    uint64_t windows;
    uint64_t found;
    uint64_t found_in[2];
    uint64_t covered;
    uint64_t rarest;
    bool is_short;
    bool blank;
};

static void expect_window(const struct test_corpus *corpus, struct expected *expected, const struct test_characters *characters,
                          struct ng_bytes text, uint64_t first, uint64_t end, bool *covered) {
    const uint8_t *bytes = text.data + characters->at[first];
    uint64_t length = characters->at[end] - characters->at[first];
    uint64_t counts[2] = {test_scan(corpus, 0, corpus->first_of_second, bytes, length),
                          test_scan(corpus, corpus->first_of_second, corpus->count, bytes, length)};
    expected->windows++;
    expected->found_in[0] += counts[0] > 0;
    expected->found_in[1] += counts[1] > 0;
    if (counts[0] + counts[1] == 0) return;
    expected->found++;
    if (counts[0] + counts[1] < expected->rarest) expected->rarest = counts[0] + counts[1];
    for (uint64_t c = first; c < end; c++) covered[c] = true;
}

/* Windows by the letter of their definition; whole: one of each text that is not blank. */
static void expect_windows(const struct test_corpus *corpus, struct expected *expected, const struct ng_contam_entry *entry,
                           uint64_t chars, uint64_t stride, bool whole) {
    for (size_t t = 0; t < entry->text_count; t++) {
        struct test_characters characters;
        bool covered[TEST_MOST_TEXT] = {false};
        test_split(&characters, entry->texts[t]);
        if (!characters.blank) expected->blank = false;
        if (whole && !characters.blank) {
            expect_window(corpus, expected, &characters, entry->texts[t], 0, characters.count, covered);
        }
        uint64_t word = 0;
        for (uint64_t c = 0; c < characters.count && !whole; c++) {
            if (!characters.starts_word[c] || word++ % stride != 0 || characters.count - c < chars) continue;
            expect_window(corpus, expected, &characters, entry->texts[t], c, c + chars, covered);
        }
        for (uint64_t c = 0; c < characters.count; c++) expected->covered += covered[c];
    }
}

static struct expected expect(const struct test_corpus *corpus, const struct ng_contam_entry *entry, uint64_t chars,
                              uint64_t stride) {
    struct expected expected = {.rarest = UINT64_MAX, .blank = true};
    expect_windows(corpus, &expected, entry, chars, stride, false);
    if (expected.windows == 0 && !expected.blank) {
        expected.is_short = true;
        expect_windows(corpus, &expected, entry, chars, stride, true);
    }
    return expected;
}

static void check_longest(const struct test_corpus *corpus, const struct ng_contam_entry *entry,
                          const struct ng_contam_result *result) {
    uint64_t best = 0;
    uint64_t best_text = 0;
    uint64_t best_begin = 0;
    for (size_t t = 0; t < entry->text_count; t++) {
        struct test_characters characters;
        test_split(&characters, entry->texts[t]);
        if (characters.blank) continue;
        for (uint64_t b = 0; b < entry->texts[t].length_bytes; b++) {
            while (b + best + 1 <= entry->texts[t].length_bytes &&
                   test_scan(corpus, 0, corpus->count, entry->texts[t].data + b, best + 1) > 0) {
                best++;
                best_text = t;
                best_begin = b;
            }
        }
    }
    ck_assert_uint_eq(result->longest.span.end - result->longest.span.begin, best);
    if (best == 0) return;
    ck_assert_uint_eq(result->longest.span.text, best_text);
    ck_assert_uint_eq(result->longest.span.begin, best_begin);
    ck_assert_uint_eq(result->longest.count,
                      test_scan(corpus, 0, corpus->count, entry->texts[best_text].data + best_begin, best));
}

/* The answer in a document: as whole words, and not within the piece. */
static void check_answer(const struct test_document *document, const struct ng_contam_options *options,
                         struct ng_bytes given, const struct ng_contam_evidence *evidence) {
    uint64_t piece_end = evidence->offset + (evidence->span.end - evidence->span.begin);
    struct test_answer wanted = test_scan_answer(document, given, evidence->offset, piece_end, options->answer_chars);
    bool asked = given.length_bytes > 0;
    ck_assert_int_eq(evidence->answer, !asked ? NG_CONTAM_ANSWER_NOT_ASKED
                                       : !wanted.tells ? NG_CONTAM_ANSWER_NOT_TELLING
                                       : wanted.near ? NG_CONTAM_ANSWER_NEAR : NG_CONTAM_ANSWER_ABSENT);
    ck_assert_int_eq(evidence->together, !asked ? NG_CONTAM_TOGETHER_NOT_ASKED
                                         : !wanted.tells ? NG_CONTAM_TOGETHER_NOT_TELLING
                                         : wanted.together ? NG_CONTAM_TOGETHER : NG_CONTAM_APART);
}

static void check_evidence(const struct test_corpus *corpus, const struct ng_contam_options *options,
                           const struct ng_contam_entry *entry, const struct ng_contam_result *result, size_t indexes) {
    ck_assert_uint_le(result->evidence_count, result->documents_seen);
    ck_assert(result->found == 0 || result->evidence_count > 0);
    for (size_t i = 0; i < result->evidence_count; i++) {
        const struct ng_contam_evidence *evidence = &result->evidence[i];
        size_t doc = (size_t)evidence->doc + (evidence->index == 1 ? corpus->first_of_second : 0);
        ck_assert_uint_lt(evidence->index, indexes);
        const struct test_document *document = &corpus->documents[doc];
        uint64_t length = evidence->span.end - evidence->span.begin;
        ck_assert_uint_le(evidence->offset + length, document->length);
        ck_assert_mem_eq(document->text + evidence->offset,
                         entry->texts[evidence->span.text].data + evidence->span.begin, length);
        ck_assert_uint_le(evidence->snippet.offset, evidence->offset);
        ck_assert_uint_ge(evidence->snippet.offset + evidence->snippet.length_bytes, evidence->offset + length);
        for (size_t k = 0; k < i; k++) {
            ck_assert(result->evidence[k].doc != evidence->doc || result->evidence[k].index != evidence->index);
        }
        check_answer(document, options, entry->answer, evidence);
    }
}

static void check_result(const struct test_corpus *corpus, const struct ng_contam_options *options,
                         const struct ng_contam_entry *entry, const struct ng_contam_result *result, size_t indexes) {
    struct expected expected = expect(corpus, entry, options->chars, options->stride);
    ck_assert_int_eq(result->verdict == NG_CONTAM_SKIPPED, expected.blank);
    ck_assert_uint_eq(result->windows, expected.windows);
    ck_assert_uint_eq(result->found, expected.found);
    ck_assert_int_eq(result->is_short, expected.is_short);
    ck_assert_uint_eq(result->covered_characters, expected.covered);
    if (indexes == 2) {
        ck_assert_uint_eq(result->index_found[0], expected.found_in[0]);
        ck_assert_uint_eq(result->index_found[1], expected.found_in[1]);
    }
    if (expected.found > 0) ck_assert_uint_eq(result->rarest.count, expected.rarest);
    if (!expected.blank) {
        double eta = (double)expected.found / (double)expected.windows;
        enum ng_contam_class class = eta >= options->dirty        ? NG_CONTAM_DIRTY
                                     : eta >= options->suspicious ? NG_CONTAM_SUSPICIOUS
                                                                  : NG_CONTAM_CLEAN;
        ck_assert_int_eq(result->verdict, class);
        for (size_t l = 0; l < options->more_count; l++) {
            struct expected other = expect(corpus, entry, options->more_chars[l], options->stride);
            ck_assert_uint_eq(result->lengths[l].chars, options->more_chars[l]);
            ck_assert_uint_eq(result->lengths[l].windows, other.windows);
            ck_assert_uint_eq(result->lengths[l].found, other.found);
        }
    }
    check_longest(corpus, entry, result);
    check_evidence(corpus, options, entry, result, indexes);
}

static bool spans_equal(const struct ng_contam_span *a, const struct ng_contam_span *b) {
    return a->text == b->text && a->begin == b->begin && a->end == b->end && a->begin_char == b->begin_char &&
           a->end_char == b->end_char;
}

/* What the scan above does not tell apart: the places of spans, of the rarest window and of evidence. */
static void check_same(const struct ng_contam_result *a, const struct ng_contam_result *b) {
    ck_assert(spans_equal(&a->longest.span, &b->longest.span));
    ck_assert(spans_equal(&a->rarest.span, &b->rarest.span));
    ck_assert_uint_eq(a->span_count, b->span_count);
    for (size_t i = 0; i < a->span_count; i++) ck_assert(spans_equal(&a->spans[i], &b->spans[i]));
    ck_assert_uint_eq(a->evidence_count, b->evidence_count);
    ck_assert_uint_eq(a->hits_seen, b->hits_seen);
    ck_assert_uint_eq(a->documents_seen, b->documents_seen);
    ck_assert_int_eq(a->answer, b->answer);
    ck_assert_int_eq(a->together, b->together);
    for (size_t i = 0; i < a->evidence_count; i++) {
        ck_assert_uint_eq(a->evidence[i].doc, b->evidence[i].doc);
        ck_assert_uint_eq(a->evidence[i].offset, b->evidence[i].offset);
        ck_assert(spans_equal(&a->evidence[i].span, &b->evidence[i].span));
    }
}

/* Checks the entries in two calls, the first of them in several blocks. Returns what that cost. */
static struct ng_contam_stats run_check(const struct ng_index *const *indexes, size_t index_count,
                                        const struct ng_contam_options *options, const struct benchmark *benchmark,
                                        struct ng_contam_result *results) {
    struct ng_err err = {0};
    struct ng_contam *contam = NULL;
    int status = ng_contam_open(&contam, indexes, index_count, options, &err);
    ck_assert_msg(status == 0, "%s", err.text);
    size_t most = ENTRIES - 7;
    status = ng_contam_check(contam, benchmark->entries, most, results, &err);
    ck_assert_msg(status == 0, "%s", err.text);
    status = ng_contam_check(contam, benchmark->entries + most, ENTRIES - most, results + most, &err);
    ck_assert_msg(status == 0, "%s", err.text);
    struct ng_contam_stats stats;
    ng_contam_get_stats(contam, &stats);
    ck_assert_uint_eq(stats.entries, ENTRIES);
    ng_contam_close(contam);
    return stats;
}

/* In parts, the results are the same. */
static void check_shares(const struct test_corpus *corpus, const struct ng_index *const *indexes, size_t index_count,
                         const struct ng_contam_options *options, const struct benchmark *benchmark,
                         const struct ng_contam_result *whole, struct test_random *random) {
    static struct ng_contam_entry entries[ENTRIES];
    static struct ng_contam_result results[ENTRIES];
    struct ng_err err = {0};
    struct ng_contam *contam = NULL;
    struct test_shares shares;
    memcpy(entries, benchmark->entries, sizeof entries);
    ck_assert_int_eq(ng_contam_open(&contam, indexes, index_count, options, &err), 0);
    test_shares_give(&shares, contam, index_count, entries, ENTRIES, random);
    ck_assert_msg(ng_contam_check(contam, entries, ENTRIES, results, &err) == 0, "%s", err.text);
    for (size_t i = 0; i < ENTRIES; i++) {
        check_same(&results[i], &whole[i]);
        check_result(corpus, options, &entries[i], &results[i], index_count);
    }
    ng_contam_results_free(results, ENTRIES);
    test_shares_free(&shares);
    ng_contam_close(contam);
}

static uint64_t check_contam(const struct test_corpus *corpus, const struct benchmark *benchmark,
                             const struct ng_index *const *indexes, size_t index_count, struct test_random *random) {
    static struct ng_contam_result quick[ENTRIES];
    static struct ng_contam_result naive[ENTRIES];
    uint64_t more[MORE];
    struct ng_contam_options options;
    ng_contam_options_init(&options);
    options.chars = 1 + test_random_below(random, 25);
    options.stride = 1 + test_random_below(random, 3);
    for (size_t l = 0; l < MORE; l++) more[l] = 1 + test_random_below(random, 40);
    options.more_chars = more;
    options.more_count = (size_t)test_random_below(random, MORE + 1);
    options.threads = 1 + (unsigned)test_random_below(random, 8); /* shards in several groups, or all in one */
    options.evidence_limit = test_random_below(random, 4) + 1;
    options.context_bytes = test_random_below(random, 20);
    options.answer_chars = test_random_below(random, 20);
    struct ng_contam_stats stats = run_check(indexes, index_count, &options, benchmark, quick);
    struct ng_contam_stats again = run_check(indexes, index_count, &options, benchmark, naive);
    for (size_t i = 0; i < ENTRIES; i++) check_same(&quick[i], &naive[i]);
    ck_assert_mem_eq(&stats, &again, sizeof stats);
    ng_contam_results_free(naive, ENTRIES);
    options.threads = options.threads % 8 + 1;
    again = run_check(indexes, index_count, &options, benchmark, naive);
    for (size_t i = 0; i < ENTRIES; i++) check_same(&quick[i], &naive[i]);
    ck_assert_uint_eq(again.windows, stats.windows);
    ck_assert_uint_eq(again.entries, stats.entries);
    ng_contam_results_free(naive, ENTRIES);
    check_shares(corpus, indexes, index_count, &options, benchmark, quick, random);
    options.naive = true;
    ck_assert_uint_eq(run_check(indexes, index_count, &options, benchmark, naive).searches_recalled, 0);
    for (size_t i = 0; i < ENTRIES; i++) {
        check_result(corpus, &options, &benchmark->entries[i], &quick[i], index_count);
        check_result(corpus, &options, &benchmark->entries[i], &naive[i], index_count);
        check_same(&quick[i], &naive[i]);
    }
    ng_contam_results_free(quick, ENTRIES);
    ng_contam_results_free(naive, ENTRIES);
    return stats.searches_recalled;
}

/* So many entries that one thread searches four blocks side by side, where more have them one by one. */
static void check_many(const struct test_corpus *corpus, const struct benchmark *benchmark,
                       const struct ng_index *const *indexes, size_t index_count) {
    enum { MANY = 500, RUNS = 2 };
    static struct ng_contam_entry entries[MANY];
    static struct ng_contam_result results[RUNS][MANY];
    struct ng_contam_stats stats[RUNS];
    struct ng_contam_options options;
    ng_contam_options_init(&options);
    options.chars = 7;
    options.evidence_limit = 2;
    for (size_t i = 0; i < MANY; i++) entries[i] = benchmark->entries[i * 3 % ENTRIES];
    for (unsigned r = 0; r < RUNS; r++) {
        struct ng_err err = {0};
        struct ng_contam *contam = NULL;
        options.threads = r == 0 ? 1 : 4;
        ck_assert_int_eq(ng_contam_open(&contam, indexes, index_count, &options, &err), 0);
        ck_assert_int_eq(ng_contam_check(contam, entries, MANY, results[r], &err), 0);
        ng_contam_get_stats(contam, &stats[r]);
        ng_contam_close(contam);
    }
    ck_assert_mem_eq(&stats[0], &stats[1], sizeof stats[0]);
    for (size_t i = 0; i < MANY; i++) {
        check_result(corpus, &options, &entries[i], &results[0][i], index_count);
        check_same(&results[0][i], &results[1][i]);
    }
    for (unsigned r = 0; r < RUNS; r++) ng_contam_results_free(results[r], MANY);
}

/* Returns how many searches were spared. */
static uint64_t check_corpus(uint64_t seed) {
    static struct test_corpus corpus;
    static struct benchmark benchmark;
    struct test_random random = test_random_make(seed);
    uint64_t letters = 2 + test_random_below(&random, TEST_LETTERS - 1);
    test_fill_corpus(&corpus, &random, letters);
    bool two = corpus.count > 1 && test_random_below(&random, 2);
    if (!two) corpus.first_of_second = corpus.count;
    fill_benchmark(&benchmark, &corpus, &random, letters);
    struct ng_index *first = test_make_random_index("first", corpus.documents, corpus.first_of_second, &random);
    struct ng_index *second = NULL;
    if (two) {
        second = test_make_random_index("second", corpus.documents + corpus.first_of_second, corpus.count - corpus.first_of_second,
                            &random);
    }
    const struct ng_index *const indexes[] = {first, second};
    uint64_t recalled = check_contam(&corpus, &benchmark, indexes, two ? 2 : 1, &random);
    if (seed <= 4) check_many(&corpus, &benchmark, indexes, two ? 2 : 1);
    ng_index_close(first);
    ng_index_close(second);
    return recalled;
}

START_TEST(against_a_scan) {
    uint64_t recalled = 0;
    for (uint64_t seed = 0; seed < CORPORA / 4; seed++) recalled += check_corpus(1 + 4 * seed + (uint64_t)_i);
    if (!TEST_SANITIZED) ck_assert_uint_gt(recalled, 0); /* one corpus may have nothing to recall */
}
END_TEST

/* The first of several errors is told, whichever thread meets which of them when. */
START_TEST(entries_that_are_not_utf8) {
    enum { MANY = 300, FIRST = 150 };
    static struct ng_contam_entry entries[MANY];
    static struct ng_contam_result results[MANY];
    struct ng_bytes sound = {(const uint8_t *)"one two three", 13};
    struct ng_bytes broken = {(const uint8_t *)"one \xFE two", 9};
    const struct test_document document = {.text = sound.data, .length = sound.length_bytes};
    struct test_random random = test_random_make(3);
    struct ng_index *index = test_make_random_index("broken", &document, 1, &random);
    const struct ng_index *const indexes[] = {index};
    for (size_t i = 0; i < MANY; i++) {
        bool is_broken = i == FIRST || i == MANY - 1;
        entries[i] = (struct ng_contam_entry){.texts = is_broken ? &broken : &sound, .text_count = 1};
    }
    for (unsigned round = 0; round < 12; round++) {
        struct ng_contam_options options;
        struct ng_contam *contam = NULL;
        struct ng_err err = {0};
        ng_contam_options_init(&options);
        options.chars = 3;
        options.threads = 1 + round % 4;
        ck_assert_int_eq(ng_contam_open(&contam, indexes, 1, &options, &err), 0);
        ck_assert_int_eq(ng_contam_check(contam, entries, MANY, results, &err), NG_ERR_INPUT);
        ck_assert_msg(strstr(err.text, "entry 150:") != NULL, "%s", err.text);
        ck_assert_int_eq(ng_contam_check(contam, entries, FIRST, results, &err), 0);
        ng_contam_results_free(results, FIRST);
        ng_contam_close(contam);
    }
    ng_index_close(index);
}
END_TEST

static Suite *contam_suite(void) {
    Suite *suite = suite_create("contam");
    TCase *cases = tcase_create("random");
    tcase_set_timeout(cases, 120);
    tcase_add_loop_test(cases, against_a_scan, 0, 4);
    tcase_add_test(cases, entries_that_are_not_utf8);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) {
    static test_suite_new *const suites[] = {contam_suite};
    return test_run(suites, 1);
}
