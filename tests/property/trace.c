/* Tracing of small random texts, with all its options, against a scan of the documents. */
#include <string.h>

#include "query/include/ngidx_contam.h"
#include "tests/support/overlap.h"
#include "tests/support/runner.h"
#include "tests/support/sanitized.h"

enum { CORPORA = TEST_SANITIZED ? 4 : 24, TEXTS = 120 };

/* Whether a piece that begins or ends here would cut a word; of LETTERS, these are parts of words. */
static bool cuts_word(const struct test_characters *characters, struct ng_bytes text, uint64_t at) {
    if (at == 0 || at == characters->count) return false;
    for (uint64_t c = at - 1; c <= at; c++) {
        uint8_t byte = text.data[characters->at[c]];
        if (byte != 0xC3 && (byte < 'a' || byte > 'c')) return false;
    }
    return true;
}

/* Pieces that occur often enough and cannot be longer, by trying all. Returns their number. */
static size_t expect_trace(const struct test_corpus *corpus, const struct test_characters *characters, struct ng_bytes text,
                           const struct ng_trace_options *options, uint64_t (*pieces)[2]) {
    size_t count = 0;
    uint64_t last_end = 0;
    for (uint64_t begin = 0; begin < characters->count; begin++) {
        uint64_t end = begin;
        if (options->whole_words && cuts_word(characters, text, begin)) continue;
        while (end < characters->count && test_scan(corpus, 0, corpus->count, text.data + characters->at[begin],
                                               characters->at[end + 1] - characters->at[begin]) >= options->min_count) end++;
        while (options->whole_words && end > begin && cuts_word(characters, text, end)) end--;
        if (end <= last_end || end - begin < options->min_chars) {
            if (end > last_end && !options->whole_words) last_end = end;
            continue;
        }
        last_end = end;
        pieces[count][0] = characters->at[begin];
        pieces[count++][1] = characters->at[end];
    }
    return count;
}

/* How many characters of the text are in pieces that a document holds. */
static uint64_t share_of(const struct test_corpus *corpus, const struct test_characters *characters, struct ng_bytes text, size_t doc,
                         uint64_t (*pieces)[2], size_t count) {
    uint64_t sum = 0;
    for (uint64_t c = 0; c < characters->count; c++) {
        for (size_t i = 0; i < count; i++) {
            if (characters->at[c] < pieces[i][0] || characters->at[c] >= pieces[i][1]) continue;
            if (test_scan(corpus, doc, doc + 1, text.data + pieces[i][0], pieces[i][1] - pieces[i][0]) == 0) continue;
            sum++;
            break;
        }
    }
    return sum;
}

static void check_ranking(const struct test_corpus *corpus, const struct test_characters *characters, struct ng_bytes text,
                          const struct ng_trace *trace, uint64_t limit, uint64_t (*pieces)[2], size_t count) {
    uint64_t shares[TEST_MOST_DOCUMENTS];
    size_t holding = 0;
    for (size_t d = 0; d < corpus->count; d++) {
        shares[d] = share_of(corpus, characters, text, d, pieces, count);
        holding += shares[d] > 0;
    }
    ck_assert_uint_eq(trace->unlocated, 0);
    ck_assert_uint_eq(trace->documents_seen, limit > 0 ? holding : 0);
    ck_assert_uint_eq(trace->document_count, limit < holding ? limit : holding);
    for (size_t i = 0; i < trace->document_count; i++) {
        const struct ng_trace_document *document = &trace->documents[i];
        size_t doc = (size_t)document->evidence.doc + (document->evidence.index ? corpus->first_of_second : 0);
        size_t best = 0;
        for (size_t d = 1; d < corpus->count; d++) best = shares[d] > shares[best] ? d : best;
        ck_assert_uint_eq(document->characters, shares[best]);
        ck_assert_uint_eq(shares[doc], shares[best]);
        shares[doc] = 0;
        size_t held = 0;
        for (size_t p = 0; p < count; p++) {
            uint64_t length = pieces[p][1] - pieces[p][0];
            if (test_scan(corpus, doc, doc + 1, text.data + pieces[p][0], length) == 0) continue;
            ck_assert_uint_lt(held, document->span_count);
            ck_assert_uint_eq(document->spans[held++], p);
        }
        ck_assert_uint_eq(held, document->span_count);
        const struct ng_contam_evidence *evidence = &document->evidence;
        const struct ng_contam_span *longest = &trace->spans[document->longest].span;
        ck_assert_mem_eq(&evidence->span, longest, sizeof *longest);
        ck_assert_mem_eq(corpus->documents[doc].text + evidence->offset, text.data + longest->begin, longest->end - longest->begin);
    }
}

static size_t leave_out(const struct test_corpus *corpus, struct ng_bytes text, uint64_t max_count, uint64_t (*pieces)[2], size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t found = test_scan(corpus, 0, corpus->count, text.data + pieces[i][0], pieces[i][1] - pieces[i][0]);
        if (max_count > 0 && found > max_count) continue;
        pieces[kept][0] = pieces[i][0];
        pieces[kept++][1] = pieces[i][1];
    }
    return kept;
}

static void check_trace(const struct test_corpus *corpus, struct ng_bytes text, const struct ng_index *const *indexes,
                        size_t index_count, struct test_random *random) {
    struct ng_err err = {0};
    struct ng_trace_options options;
    ng_trace_options_init(&options);
    options.min_chars = 1 + test_random_below(random, 12);
    if (test_random_below(random, 2)) options.min_count = 1 + test_random_below(random, 6);
    if (test_random_below(random, 2)) options.max_count = 1 + test_random_below(random, 9);
    if (test_random_below(random, 2)) options.document_limit = 1 + test_random_below(random, TEST_MOST_DOCUMENTS);
    options.whole_words = test_random_below(random, 2);
    struct ng_trace trace;
    int status = ng_trace_text(&trace, indexes, index_count, text, &options, &err);
    ck_assert_msg(status == 0, "%s", err.text);
    struct test_characters characters;
    uint64_t pieces[TEST_MOST_TEXT][2];
    bool covered[TEST_MOST_TEXT] = {false};
    test_split(&characters, text);
    size_t count = expect_trace(corpus, &characters, text, &options, pieces);
    count = leave_out(corpus, text, options.max_count, pieces, count);
    ck_assert_uint_eq(trace.span_count, count);
    ck_assert_uint_eq(trace.characters, characters.count);
    for (size_t i = 0; i < count; i++) {
        const struct ng_trace_span *span = &trace.spans[i];
        ck_assert_uint_eq(span->span.begin, pieces[i][0]);
        ck_assert_uint_eq(span->span.end, pieces[i][1]);
        ck_assert_uint_eq(span->count, test_scan(corpus, 0, corpus->count, text.data + pieces[i][0], pieces[i][1] - pieces[i][0]));
        ck_assert_uint_gt(span->evidence_count, 0);
        ck_assert_uint_eq(characters.at[span->span.begin_char], span->span.begin);
        ck_assert_uint_eq(characters.at[span->span.end_char], span->span.end);
        for (uint64_t c = span->span.begin_char; c < span->span.end_char; c++) covered[c] = true;
    }
    uint64_t sum = 0;
    for (size_t c = 0; c < TEST_MOST_TEXT; c++) sum += covered[c];
    ck_assert_uint_eq(trace.covered_characters, sum);
    check_ranking(corpus, &characters, text, &trace, options.document_limit, pieces, count);
    ng_trace_free(&trace);
}

static void check_corpus(uint64_t seed) {
    static struct test_corpus corpus;
    struct test_random random = test_random_make(seed);
    uint64_t letters = 2 + test_random_below(&random, TEST_LETTERS - 1);
    test_fill_corpus(&corpus, &random, letters);
    bool two = corpus.count > 1 && test_random_below(&random, 2);
    if (!two) corpus.first_of_second = corpus.count;
    struct ng_index *first = test_make_random_index("first", corpus.documents, corpus.first_of_second, &random);
    struct ng_index *second = NULL;
    if (two) {
        second = test_make_random_index("second", corpus.documents + corpus.first_of_second,
                                        corpus.count - corpus.first_of_second, &random);
    }
    const struct ng_index *const indexes[] = {first, second};
    for (size_t i = 0; i < TEXTS; i++) {
        struct test_text text = {.length = 0};
        test_fill_text(&text, &corpus, &random, letters);
        check_trace(&corpus, (struct ng_bytes){text.bytes, text.length}, indexes, two ? 2 : 1, &random);
    }
    ng_index_close(first);
    ng_index_close(second);
}

START_TEST(against_a_scan) {
    for (uint64_t seed = 0; seed < CORPORA / 4; seed++) check_corpus(101 + 4 * seed + (uint64_t)_i);
}
END_TEST

static Suite *trace_suite(void) {
    Suite *suite = suite_create("trace");
    TCase *cases = tcase_create("random");
    tcase_set_timeout(cases, 120);
    tcase_add_loop_test(cases, against_a_scan, 0, 4);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) {
    static test_suite_new *const suites[] = {trace_suite};
    return test_run(suites, 1);
}
