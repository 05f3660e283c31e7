/* Documents, phrases together, first hits and continuations in folded views, against scans of the folded documents; and
 * what is shown of a hit is original text that folds to its phrase. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text/fold.h"
#include "query/include/ngidx.h"
#include "query/lib/index.h"
#include "tests/support/make_index.h"
#include "tests/support/runner.h"
#include "tests/support/sanitized.h"
#include "tests/support/temp.h"

enum { CORPORA = TEST_SANITIZED ? 10 : 60, RUNS = 4, DOCUMENTS = 20, WORDS = 60, PHRASES = 8, MOST_HITS = 4000 };

static const char *const PIECES[] = {"The", " the ", "CAT", "cat", "-", ", ", "\n", "Straße", "STRASSE", "ﬁsh", "é", "&amp;",
                                     "<b>", "猫", "が", "x9", " ", "…", "Kот", "и"};
enum { PIECE_COUNT = sizeof PIECES / sizeof *PIECES };

struct corpus {
    struct test_document exact[DOCUMENTS];
    struct test_document folded[DOCUMENTS];
    struct ng_buf texts[2][DOCUMENTS]; /* owned: the bytes of both */
    struct ng_fold *fold;
    struct ng_index *index;      /* exact; owns the view */
    const struct ng_index *view; /* folded */
};

static void fill_corpus(struct corpus *corpus, struct test_random *random) {
    struct ng_err err;
    uint64_t few = 3 + test_random_below(random, PIECE_COUNT - 3);
    uint64_t first = test_random_below(random, PIECE_COUNT);
    for (size_t d = 0; d < DOCUMENTS; d++) {
        struct ng_buf *texts[] = {&corpus->texts[0][d], &corpus->texts[1][d]};
        uint64_t words = test_random_below(random, WORDS);
        ck_assert_int_eq(ng_buf_append(texts[0], "", 0, &err), 0);
        for (uint64_t w = 0; w < words; w++) {
            const char *piece = PIECES[(first + test_random_below(random, few)) % PIECE_COUNT];
            ck_assert_int_eq(ng_buf_append(texts[0], piece, strlen(piece), &err), 0);
        }
        ck_assert_int_eq(ng_fold_text(corpus->fold, texts[0]->data, texts[0]->length, texts[1], &err), 0);
        corpus->exact[d] = (struct test_document){.text = texts[0]->data, .length = texts[0]->length};
        corpus->folded[d] = (struct test_document){.text = texts[1]->data, .length = texts[1]->length};
    }
}

/* An index of which the folded view was folded here, so that its shards are cut anywhere. */
static void open_corpus(struct corpus *corpus, struct test_random *random) {
    struct ng_index *view = NULL;
    struct ng_err err = {0};
    uint64_t shard_rows = test_random_below(random, 2) ? UINT64_MAX : 100 + test_random_below(random, 600);
    test_make_index(test_temp_path("exact"), corpus->exact, DOCUMENTS, UINT64_MAX, 4);
    test_make_index(test_temp_path("folded"), corpus->folded, DOCUMENTS, shard_rows, 1 + test_random_below(random, 16));
    ck_assert_msg(ng_index_open(&corpus->index, test_temp_path("exact"), &err) == 0, "%s", err.text);
    ck_assert_msg(ng_index_open(&view, test_temp_path("folded"), &err) == 0, "%s", err.text);
    view->is_folded = true;
    view->manifest.fold_version = NG_FOLD_VERSION;
    (void)snprintf(view->manifest.fold_unicode, sizeof view->manifest.fold_unicode, "%s", ng_fold_unicode());
    view->exact = corpus->index;
    corpus->index->folded = view;
    corpus->view = view;
}

/* Some letters of a folded document, cut between characters; "q" where there are none. */
static struct ng_bytes pick_phrase(const struct corpus *corpus, struct test_random *random) {
    static const uint8_t none[] = "q";
    const struct test_document *document = &corpus->folded[test_random_below(random, DOCUMENTS)];
    if (document->length == 0) return (struct ng_bytes){none, 1};
    size_t begin = (size_t)test_random_below(random, document->length);
    size_t end = begin + 1 + (size_t)test_random_below(random, 6);
    while (begin > 0 && document->text[begin] >> 6 == 2) begin--;
    while (end < document->length && document->text[end] >> 6 == 2) end++;
    if (end > document->length) end = document->length;
    return (struct ng_bytes){document->text + begin, end - begin};
}

/* Offset of the next occurrence at or behind from; the document's length where there is none. */
static size_t find(const struct test_document *document, size_t from, struct ng_bytes phrase) {
    const uint8_t *at = from < document->length
        ? memmem(document->text + from, document->length - from, phrase.data, (size_t)phrase.length_bytes) : NULL;
    return at ? (size_t)(at - document->text) : document->length;
}

static bool holds(const struct test_document *document, struct ng_bytes phrase) {
    return find(document, 0, phrase) < document->length;
}

static void check_docs(const struct corpus *corpus, struct ng_bytes phrase) {
    struct ng_docs_count count;
    struct ng_err err;
    uint64_t documents = 0;
    uint64_t hits = 0;
    for (size_t d = 0; d < DOCUMENTS; d++) {
        const struct test_document *document = &corpus->folded[d];
        documents += holds(document, phrase) ? 1 : 0;
        for (size_t at = find(document, 0, phrase); at < document->length; at = find(document, at + 1, phrase)) hits++;
    }
    ck_assert_int_eq(ng_index_count_docs(corpus->view, phrase, NULL, &count, &err), 0);
    ck_assert(count.exact);
    ck_assert_uint_eq(count.documents, documents);
    ck_assert_uint_eq(count.hits, hits);
}

/* What is shown of a hit folds to its phrase. */
static void check_shown(const struct corpus *corpus, const struct ng_hit *hit, uint64_t length_bytes) {
    struct ng_text_place place;
    struct ng_snippet snippet;
    struct ng_buf folded = {0};
    struct ng_err err;
    ck_assert_int_eq(ng_index_show_hits(corpus->view, hit, &length_bytes, 1, 5, &place, &snippet, &err), 0);
    const struct test_document *document = &corpus->exact[hit->doc];
    ck_assert(place.original && place.offset + place.length_bytes <= document->length);
    ck_assert_int_eq(ng_fold_text(corpus->fold, document->text + place.offset, (size_t)place.length_bytes, &folded, &err), 0);
    const uint8_t *phrase = corpus->folded[hit->doc].text + hit->offset;
    ck_assert(memmem(folded.data, folded.length, phrase, (size_t)length_bytes) != NULL);
    ng_buf_free(&folded);
    ng_snippet_free(&snippet);
}

static void check_matches(const struct corpus *corpus, const struct ng_bytes *phrases, bool unique) {
    const struct ng_clause clauses[] = {{.phrases = phrases, .phrase_count = 1},
                                        {.phrases = phrases + 1, .phrase_count = 2},
                                        {.phrases = phrases + 3, .phrase_count = 1, .negated = true}};
    const struct ng_match_options options = {.clauses = clauses, .clause_count = 3, .unique_docs = unique, .threads = 1};
    static uint64_t numbers[MOST_HITS];
    static uint64_t lengths[MOST_HITS];
    static struct ng_hit hits[MOST_HITS];
    struct ng_matches *matches = NULL;
    struct ng_match_totals totals;
    struct ng_err err;
    size_t at = 0;
    ck_assert_int_eq(ng_matches_open(&matches, corpus->view, &options, &err), 0);
    ng_matches_get_totals(matches, &totals);
    ck_assert(!totals.cut && totals.hits <= MOST_HITS);
    for (size_t i = 0; i < totals.hits; i++) numbers[i] = i;
    ck_assert_int_eq(ng_matches_locate(matches, numbers, (size_t)totals.hits, hits, lengths, &err), 0);
    for (size_t d = 0; d < DOCUMENTS; d++) {
        const struct test_document *document = &corpus->folded[d];
        if (!(holds(document, phrases[1]) || holds(document, phrases[2])) || holds(document, phrases[3])) continue;
        for (size_t o = find(document, 0, phrases[0]); o < document->length; o = find(document, o + 1, phrases[0])) {
            ck_assert_uint_lt(at, totals.hits);
            ck_assert(hits[at].doc == d && hits[at].offset == o && lengths[at] == phrases[0].length_bytes);
            if (at % 5 == 0) check_shown(corpus, &hits[at], lengths[at]);
            at++;
            if (unique) break;
        }
    }
    ck_assert_uint_eq(at, totals.hits);
    ng_matches_close(matches);
}

/* Counts of continuations by characters are those of the phrase with them. */
static void check_next(const struct corpus *corpus, struct ng_bytes phrase, bool before, uint64_t length) {
    const struct ng_next_options options = {
        .most = 1000, .unit = NG_NEXT_CHARACTERS, .length = length, .before = before, .threads = 1};
    struct ng_next *next = NULL;
    struct ng_err err;
    uint8_t bytes[256];
    uint64_t sum = 0;
    ck_assert_int_eq(ng_index_next(&corpus->view, 1, phrase, &options, &next, &err), 0);
    ck_assert(next->complete);
    for (size_t i = 0; i < next->count; i++) {
        const struct ng_continuation *c = &next->continuations[i];
        const size_t own = (size_t)phrase.length_bytes;
        const size_t other = (size_t)c->length_bytes;
        memcpy(bytes + (before ? other : 0), phrase.data, own);
        if (other > 0) memcpy(bytes + (before ? 0 : own), c->text, other);
        uint64_t count = 0;
        for (size_t d = 0; d < DOCUMENTS; d++) {
            const struct test_document *document = &corpus->folded[d];
            const struct ng_bytes both = {bytes, own + other};
            for (size_t at = find(document, 0, both); at < document->length; at = find(document, at + 1, both)) {
                count += !c->at_end || (before ? at == 0 : at + own + other == document->length) ? 1 : 0;
            }
        }
        ck_assert_uint_eq(c->count, count);
        sum += count;
    }
    ck_assert_uint_eq(sum, next->hits);
    ng_next_free(next);
}

static void check_corpus(uint64_t seed) {
    struct test_random random = test_random_make(seed + 1);
    struct corpus *corpus = calloc(1, sizeof *corpus);
    struct ng_bytes phrases[PHRASES];
    struct ng_err err;
    ck_assert_ptr_nonnull(corpus);
    ck_assert_int_eq(ng_fold_open(&corpus->fold, &err), 0);
    fill_corpus(corpus, &random);
    open_corpus(corpus, &random);
    for (size_t i = 0; i < PHRASES; i++) phrases[i] = pick_phrase(corpus, &random);
    for (size_t i = 0; i < PHRASES; i++) {
        check_docs(corpus, phrases[i]);
        check_next(corpus, phrases[i], i % 2 == 0, 1 + test_random_below(&random, 3));
        if (i + 4 <= PHRASES) check_matches(corpus, phrases + i, i % 2 == 0);
    }
    ng_index_close(corpus->index);
    for (size_t d = 0; d < DOCUMENTS; d++) {
        ng_buf_free(&corpus->texts[0][d]);
        ng_buf_free(&corpus->texts[1][d]);
    }
    ng_fold_close(corpus->fold);
    free(corpus);
}

START_TEST(folded_corpora) {
    for (uint64_t seed = (uint64_t)_i; seed < CORPORA; seed += RUNS) check_corpus(seed);
}
END_TEST

static Suite *explore_folded_suite(void) {
    Suite *suite = suite_create("explore_folded");
    TCase *tcase = tcase_create("corpora");
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, folded_corpora, 0, RUNS);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void) {
    static test_suite_new *const suites[] = {explore_folded_suite};
    return test_run(suites, 1);
}
