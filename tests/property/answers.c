/* Hundreds of small and adversarial corpora: every answer against a scan of the documents. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/container/ahead.h"
#include "query/include/ngidx.h"
#include "query/lib/search.h"
#include "query/lib/search_sweep.h"
#include "query/lib/snippet.h"
#include "tests/support/make_index.h"
#include "tests/support/runner.h"
#include "tests/support/sanitized.h"
#include "tests/support/temp.h"

enum { MAX_DOCUMENTS = 400, MAX_TEXT = 6000, CORPORA = TEST_SANITIZED ? 84 : 360, PHRASES = 60 };

struct corpus {
    struct test_document documents[MAX_DOCUMENTS];
    size_t count;
    uint8_t text[MAX_TEXT];
};

enum kind { RANDOM, ONE_RUN, PERIODIC, EQUAL_DOCUMENTS, NO_DOCUMENT_END, KINDS };

/* Documents over an alphabet that starts at first, so that byte 0 and byte 254 get their turn as the smallest. */
static void fill_corpus(struct corpus *corpus, struct test_random *random, enum kind kind, uint64_t alphabet,
                        uint64_t first) {
    uint64_t total = 1 + test_random_below(random, test_random_below(random, 4) ? 500 : MAX_TEXT - 1);
    uint64_t mean = 1 + test_random_below(random, 60);
    uint64_t period = 1 + test_random_below(random, 7);
    for (size_t i = 0; i < total; i++) {
        uint64_t symbol = test_random_below(random, alphabet);
        if (kind == ONE_RUN) symbol = 0;
        if ((kind == PERIODIC || kind == EQUAL_DOCUMENTS) && i >= period) {
            corpus->text[i] = corpus->text[i - period];
        } else {
            corpus->text[i] = (uint8_t)(first + symbol);
        }
    }
    corpus->count = 0;
    size_t at = 0;
    while (corpus->count + 1 < MAX_DOCUMENTS && at < total && kind != NO_DOCUMENT_END) {
        /* One in four is empty, where documents are random. */
        size_t length = kind == EQUAL_DOCUMENTS ? (size_t)(period * 3) : (size_t)test_random_below(random, mean + 1);
        if (kind != EQUAL_DOCUMENTS && test_random_below(random, 4) == 0) length = 0;
        if (length > total - at) length = total - at;
        corpus->documents[corpus->count++] = (struct test_document){.text = corpus->text + at, .length = length};
        at += length;
    }
    corpus->documents[corpus->count++] = (struct test_document){.text = corpus->text + at, .length = total - at};
}

static bool occurs_at(const struct test_document *document, size_t offset, struct ng_bytes phrase) {
    return offset + phrase.length_bytes <= document->length &&
           memcmp(document->text + offset, phrase.data, phrase.length_bytes) == 0;
}

static uint64_t naive_count(const struct corpus *corpus, struct ng_bytes phrase) {
    uint64_t count = 0;
    for (size_t d = 0; d < corpus->count; d++) {
        for (size_t o = 0; o <= corpus->documents[d].length; o++) count += occurs_at(&corpus->documents[d], o, phrase);
    }
    return count;
}

/* A phrase of the corpus, sometimes with a byte changed, sometimes empty or longer than everything. */
static struct ng_bytes pick_phrase(const struct corpus *corpus, struct test_random *random, uint8_t *bytes) {
    const struct test_document *document = &corpus->documents[test_random_below(random, corpus->count)];
    uint64_t length = test_random_below(random, document->length < 40 ? document->length + 1 : 40);
    uint64_t offset = test_random_below(random, document->length - length + 1);
    memcpy(bytes, document->text + offset, length);
    uint64_t change = test_random_below(random, 6);
    if (change == 0 && length > 0) bytes[test_random_below(random, length)] = (uint8_t)test_random_below(random, 255);
    if (change == 1) bytes[length++] = (uint8_t)test_random_below(random, 255);
    return (struct ng_bytes){.data = bytes, .length_bytes = length};
}

static void check_same(const struct ng_hit *hit, const struct ng_snippet *snippet, const struct ng_hit *wanted_hit,
                       const struct ng_snippet *wanted) {
    ck_assert_mem_eq(hit, wanted_hit, sizeof *hit);
    ck_assert_uint_eq(snippet->offset, wanted->offset);
    ck_assert_uint_eq(snippet->length_bytes, wanted->length_bytes);
    ck_assert_mem_eq(snippet->text, wanted->text, wanted->length_bytes);
}

/* The ways to have a hit and its snippet in one call, against the hits and the snippet of hit number at. */
static void check_shown(const struct ng_index *index, struct ng_bytes phrase, const struct ng_hit *hits, uint64_t count,
                        uint64_t at, const struct ng_snippet *wanted) {
    struct ng_err err = {0};
    struct ng_hit shown[2];
    struct ng_snippet snippets[2];
    struct ng_bytes unknown = {.data = NULL, .length_bytes = phrase.length_bytes};
    for (int known = 0; known < 2; known++) {
        struct ng_bytes given = known ? phrase : unknown;
        ck_assert_int_eq(ng_index_show_rows(index, hits[at].shard, &hits[at].rank, &given, 1, 10, shown, snippets, &err), 0);
        check_same(shown, snippets, &hits[at], wanted);
        ng_snippet_free(snippets);
    }
    size_t found = 0;
    uint64_t total = 0;
    ck_assert_int_eq(ng_index_show(index, phrase, at, 10, shown, snippets, 2, &found, &total, &err), 0);
    ck_assert_uint_eq(total, count);
    ck_assert_uint_eq(found, count - at < 2 ? count - at : 2);
    check_same(shown, snippets, &hits[at], wanted);
    if (found == 2) ck_assert_mem_eq(&shown[1], &hits[at + 1], sizeof *hits);
    for (size_t i = 0; i < found; i++) ng_snippet_free(&snippets[i]);
}

static void check_hits(const struct ng_index *index, const struct corpus *corpus, struct ng_bytes phrase,
                       uint64_t count, struct test_random *random) {
    struct ng_err err = {0};
    size_t found = 0;
    uint64_t total = 0;
    struct ng_hit *hits = malloc((count + 1) * sizeof *hits);
    bool *seen = calloc(MAX_TEXT + MAX_DOCUMENTS, 1);
    ck_assert(hits && seen);
    ck_assert_int_eq(ng_index_locate(index, phrase, 0, hits, count + 1, &found, &total, &err), 0);
    ck_assert_uint_eq(found, count);
    ck_assert_uint_eq(total, count);
    for (size_t i = 0; i < found; i++) {
        ck_assert_uint_lt(hits[i].doc, corpus->count);
        const struct test_document *document = &corpus->documents[hits[i].doc];
        ck_assert(occurs_at(document, hits[i].offset, phrase));
        /* Each place once: its number among all bytes and document ends. */
        size_t place = (size_t)(document->text - corpus->text) + hits[i].offset + hits[i].doc;
        ck_assert(!seen[place]);
        seen[place] = true;
        struct ng_hit same;
        ck_assert_int_eq(ng_index_locate_row(index, hits[i].shard, hits[i].rank, &same, &err), 0);
        ck_assert_mem_eq(&same, &hits[i], sizeof same);
    }
    uint64_t first = test_random_below(random, count + 2);
    struct ng_hit page[3];
    ck_assert_int_eq(ng_index_locate(index, phrase, first, page, 3, &found, NULL, &err), 0);
    ck_assert_uint_eq(found, first >= count ? 0 : count - first < 3 ? count - first : 3);
    for (size_t i = 0; i < found; i++) ck_assert_mem_eq(&page[i], &hits[first + i], sizeof *page);
    if (count > 0) {
        const struct ng_hit *hit = &hits[test_random_below(random, count)];
        const struct test_document *document = &corpus->documents[hit->doc];
        struct ng_snippet snippet;
        ck_assert_int_eq(ng_index_snippet(index, hit, phrase.length_bytes, 10, &snippet, &err), 0);
        ck_assert_uint_le(snippet.offset, hit->offset);
        ck_assert_uint_ge(snippet.offset + snippet.length_bytes, hit->offset + phrase.length_bytes);
        ck_assert_uint_le(snippet.offset + snippet.length_bytes, document->length);
        ck_assert_mem_eq(snippet.text, document->text + snippet.offset, snippet.length_bytes);
        check_shown(index, phrase, hits, count, (size_t)(hit - hits), &snippet);
        ng_snippet_free(&snippet);
    }
    free(hits);
    free(seen);
}

/* The documents [first, end), piece by piece. */
static void check_pieces(struct ng_index *index, const struct corpus *corpus, uint64_t first, uint64_t end,
                         uint64_t memory_bytes) {
    struct ng_err err = {0};
    struct ng_documents *documents = NULL;
    const struct ng_documents_piece *piece;
    const struct ng_documents_options options = {
        .first_doc = first, .end_doc = end, .memory_bytes = memory_bytes, .threads = 2};
    ck_assert_int_eq(ng_documents_open(&documents, index, &options, &err), 0);
    for (uint64_t d = first; d < end; d++) {
        ck_assert_int_eq(ng_documents_next(documents, &piece, &err), 0);
        ck_assert(piece && piece->doc == d && piece->offset == 0 && piece->last);
        ck_assert_uint_eq(piece->length_bytes, corpus->documents[d].length);
        ck_assert_mem_eq(piece->text, corpus->documents[d].text, piece->length_bytes);
        ck_assert_uint_eq(piece->source.line, d);
    }
    ck_assert_int_eq(ng_documents_next(documents, &piece, &err), 0);
    ck_assert_ptr_null(piece);
    ng_documents_close(documents);
}

static void check_documents(struct ng_index *index, const struct corpus *corpus, struct test_random *random) {
    struct ng_err err = {0};
    uint8_t bytes[MAX_TEXT];
    for (size_t d = 0; d < corpus->count; d++) {
        uint64_t length;
        ck_assert_int_eq(ng_index_doc_length(index, d, &length, &err), 0);
        ck_assert_uint_eq(length, corpus->documents[d].length);
        ck_assert_int_eq(ng_index_extract(index, d, 0, length, bytes, &err), 0);
        ck_assert_mem_eq(bytes, corpus->documents[d].text, length);
        uint64_t from = test_random_below(random, length + 1);
        uint64_t part = test_random_below(random, length - from + 1);
        ck_assert_int_eq(ng_index_extract(index, d, from, part, bytes, &err), 0);
        ck_assert_mem_eq(bytes, corpus->documents[d].text + from, part);
        ck_assert_int_eq(ng_index_extract(index, d, from, length - from + 1, bytes, &err), NG_ERR_USAGE);
        struct ng_doc_source source;
        ck_assert_int_eq(ng_index_doc_source(index, d, &source, &err), 0);
        ck_assert_uint_eq(source.line, d);
        ck_assert_str_eq(source.metadata, "{}");
        ng_doc_source_free(&source);
    }
    uint64_t length;
    ck_assert_int_eq(ng_index_doc_length(index, corpus->count, &length, &err), NG_ERR_NOTFOUND);
    uint64_t first = test_random_below(random, corpus->count + 1);
    check_pieces(index, corpus, 0, corpus->count, UINT64_MAX);
    check_pieces(index, corpus, first, first + test_random_below(random, corpus->count - first + 1), 0);
    const struct ng_documents_options beyond = {.end_doc = corpus->count + 1};
    struct ng_documents *none = NULL;
    ck_assert_int_eq(ng_documents_open(&none, index, &beyond, &err), NG_ERR_USAGE);
    ck_assert_ptr_null(none);
}

/* The same phrases over and over, so many that they are searched for in step: each has the rows that it has alone. */
static void check_sweep(const struct ng_index *index, const struct ng_bytes phrases[PHRASES],
                        const struct ng_interval *intervals, uint64_t shards, size_t count, struct test_random *random) {
    struct ng_err err = {0};
    struct ng_bytes *many = calloc(count, sizeof *many);
    size_t *numbers = calloc(count, sizeof *numbers);
    struct ng_interval *found = calloc(count * shards, sizeof *found);
    ck_assert(many && numbers && found);
    for (size_t i = 0; i < count; i++) {
        numbers[i] = (size_t)test_random_below(random, PHRASES);
        many[i] = phrases[numbers[i]];
    }
    ck_assert_int_eq(ng_index_find_batch(index, many, count, found, &err), 0);
    for (size_t i = 0; i < count; i++) {
        for (uint64_t s = 0; s < shards; s++) {
            const struct ng_interval *alone = &intervals[numbers[i] * shards + s];
            const struct ng_interval *here = &found[i * shards + s];
            ck_assert_uint_eq(here->end - here->begin, alone->end - alone->begin);
            if (alone->begin < alone->end) ck_assert_uint_eq(here->begin, alone->begin);
        }
    }
    free(many);
    free(numbers);
    free(found);
}

static void check_corpus(const struct corpus *corpus, struct test_random *random, uint64_t shard_rows,
                         uint64_t sa_sample) {
    struct ng_err err = {0};
    struct ng_index *index = NULL;
    const char *folder = test_temp_path("index");
    test_make_index(folder, corpus->documents, corpus->count, shard_rows, sa_sample);
    int status = test_random_below(random, 4) == 0 ? ng_index_load(&index, folder, &err) : ng_index_open(&index, folder, &err);
    ck_assert_msg(status == 0, "%s", err.text);
    static uint8_t bytes[PHRASES][64];
    struct ng_bytes phrases[PHRASES];
    uint64_t counts[PHRASES];
    for (int i = 0; i < PHRASES; i++) phrases[i] = pick_phrase(corpus, random, bytes[i]);
    /* The smallest byte of a corpus, which the peer never finds, and every other one. */
    for (int i = 0; i < PHRASES / 3; i++) {
        bytes[i][0] = (uint8_t)(test_random_below(random, 2) ? corpus->text[0] : (uint8_t)i);
        phrases[i].length_bytes = 1;
    }
    ck_assert_int_eq(ng_index_count_batch(index, phrases, PHRASES, counts, &err), 0);
    struct ng_index_info info;
    ng_index_get_info(index, &info);
    struct ng_interval *intervals = calloc(PHRASES * info.shards, sizeof *intervals);
    ck_assert_ptr_nonnull(intervals);
    ck_assert_int_eq(ng_index_find_batch(index, phrases, PHRASES, intervals, &err), 0);
    bool pieces = !TEST_SANITIZED && info.shards == 1 && test_random_below(random, 4) == 0;
    check_sweep(index, phrases, intervals, info.shards,
                NG_SEARCH_SWEEP_LEAST + (size_t)test_random_below(random, 99) + (pieces ? NG_SEARCH_MOST : 0), random);
    for (int i = 0; i < PHRASES; i++) {
        uint64_t count = naive_count(corpus, phrases[i]);
        uint64_t single;
        ck_assert_uint_eq(counts[i], count);
        /* As if pages were absent: then shards are searched together. */
        ng_ahead_thread.looked = true;
        ng_ahead_thread.asks = test_random_below(random, 2);
        ck_assert_int_eq(ng_index_count(index, phrases[i], &single, &err), 0);
        ck_assert_uint_eq(single, count);
        for (uint64_t s = 0; s < info.shards; s++) {
            const struct ng_interval *interval = &intervals[(uint64_t)i * info.shards + s];
            single -= interval->end - interval->begin;
        }
        ck_assert_uint_eq(single, 0);
        if (i % 6 == 0 || count < 20) check_hits(index, corpus, phrases[i], count, random);
    }
    free(intervals);
    check_documents(index, corpus, random);
    uint64_t damages;
    ck_assert_int_eq(ng_index_verify(folder, NULL, NULL, NULL, &damages, &err), 0);
    ck_assert_uint_eq(damages, 0);
    ng_index_close(index);
}

START_TEST(test_corpora) {
    static const uint64_t alphabets[] = {1, 2, 3, 26, 255};
    static const uint64_t samples[] = {1, 2, 7, 32, 128, 100000};
    struct corpus *corpus = calloc(1, sizeof *corpus);
    ck_assert_ptr_nonnull(corpus);
    for (int i = _i; i < CORPORA; i += 12) {
        struct test_random random = test_random_make((uint64_t)i + 1);
        uint64_t alphabet = alphabets[test_random_below(&random, 5)];
        uint64_t first = test_random_below(&random, 3) ? test_random_below(&random, 256 - alphabet) : 0;
        fill_corpus(corpus, &random, (enum kind)(i % KINDS), alphabet, first);
        uint64_t shard_rows = test_random_below(&random, 3) ? 1 << 20 : 1 + test_random_below(&random, 900);
        check_corpus(corpus, &random, shard_rows, samples[test_random_below(&random, 6)]);
    }
    free(corpus);
}
END_TEST

static Suite *answers_suite(void) {
    Suite *suite = suite_create("answers");
    TCase *tcase = tcase_create("corpora");
    tcase_set_timeout(tcase, 300);
    tcase_add_loop_test(tcase, test_corpora, 0, 12);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void) {
    static test_suite_new *const suites[] = {answers_suite};
    return test_run(suites, 1);
}
