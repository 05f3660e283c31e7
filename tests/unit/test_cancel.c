/* Every long call is told to stop at each of its questions in turn: it stops there, holds nothing back, and gives no
 * part of a result. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "common/container/ahead.h"
#include "query/contam/hits.h"
#include "query/include/ngidx_contam.h"
#include "query/lib/snippet.h"
#include "tests/support/make_index.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

enum { LARGE_BYTES = 200000, SMALL = 150, SMALL_BYTES = 400, CONTEXT = 700, ENTRIES = 150, ENTRY_BYTES = 160, HITS = 300 };

struct world {
    const char *folder;
    struct ng_index *index; /* not bound */
    uint8_t large[LARGE_BYTES];
    uint8_t small[SMALL][SMALL_BYTES];
};

/* Text of few words, so that much of it occurs elsewhere. */
static void write_words(uint8_t *text, size_t length, struct test_random *random) {
    static const char *const words[] = {"the ", "of ", "rank ", "a ", "structure ", "Gr\xC3\xB6\xC3\x9Fung ", "row ", "and "};
    size_t at = 0;
    while (at < length) {
        const char *word = words[test_random_below(random, sizeof words / sizeof *words)];
        size_t bytes = strlen(word);
        if (bytes > length - at) word = ".", bytes = 1;
        memcpy(text + at, word, bytes);
        at += bytes;
    }
}

static struct world *make_world(void) {
    struct test_document documents[SMALL + 1];
    struct test_random random = test_random_make(16);
    struct ng_err err = {0};
    struct world *world = calloc(1, sizeof *world);
    ck_assert_ptr_nonnull(world);
    write_words(world->large, LARGE_BYTES, &random);
    documents[0] = (struct test_document){.text = world->large, .length = LARGE_BYTES, .metadata = "{\"n\":0}"};
    for (size_t i = 0; i < SMALL; i++) {
        write_words(world->small[i], SMALL_BYTES, &random);
        documents[i + 1] = (struct test_document){.text = world->small[i], .length = SMALL_BYTES};
    }
    world->folder = test_temp_path("cancelled");
    test_make_index(world->folder, documents, SMALL + 1, LARGE_BYTES + 10000, 64);
    ck_assert_int_eq(ng_index_open(&world->index, world->folder, &err), 0);
    return world;
}

static void free_world(struct world *world) {
    ng_index_close(world->index);
    free(world);
}

/* What a call gave, in one number. */
static void add(uint64_t *sum, const void *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) *sum = (*sum ^ ((const uint8_t *)bytes)[i]) * UINT64_C(0x100000001b3);
}

static void add_number(uint64_t *sum, uint64_t number) {
    add(sum, &number, sizeof number);
}

static struct ng_bytes bytes_of(const char *text) {
    return (struct ng_bytes){.data = (const uint8_t *)text, .length_bytes = strlen(text)};
}

/* An occurrence in the middle of the large document. */
static struct ng_hit middle(const struct world *world) {
    struct ng_hit hit;
    struct ng_err err = {0};
    size_t count = 0;
    const struct ng_bytes phrase = {world->large + LARGE_BYTES / 2, 100};
    ck_assert_int_eq(ng_index_locate(world->index, phrase, 0, &hit, 1, &count, NULL, &err), 0);
    ck_assert_uint_eq(count, 1);
    ck_assert_uint_eq(hit.doc, 0);
    return hit;
}

/* A call to be cancelled. Where it fails there is nothing to free. */
typedef int call(const struct world *world, struct ng_index *index, const struct ng_cancel *cancel, uint64_t *sum,
                 struct ng_err *err);

static int call_count(const struct world *world, struct ng_index *index, const struct ng_cancel *cancel, uint64_t *sum,
                      struct ng_err *err) {
    uint64_t count = 0;
    (void)cancel;
    int status = ng_index_count(index, (struct ng_bytes){world->large, 9000}, &count, err);
    add_number(sum, count);
    return status;
}

/* All shards together, as if their pages were absent. */
static int call_count_absent(const struct world *world, struct ng_index *index, const struct ng_cancel *cancel,
                             uint64_t *sum, struct ng_err *err) {
    ng_ahead_thread.looked = ng_ahead_thread.asks = true;
    int status = call_count(world, index, cancel, sum, err);
    ng_ahead_thread.asks = false;
    return status;
}

static int call_count_batch(const struct world *world, struct ng_index *index, const struct ng_cancel *cancel,
                            uint64_t *sum, struct ng_err *err) {
    enum { PHRASES = 3000 };
    struct ng_bytes phrases[PHRASES];
    uint64_t counts[PHRASES];
    (void)cancel;
    for (size_t i = 0; i < PHRASES; i++) phrases[i] = (struct ng_bytes){world->large + 7 * i, 20};
    int status = ng_index_count_batch(index, phrases, PHRASES, counts, err);
    if (!status) add(sum, counts, sizeof counts);
    return status;
}

static int call_find(const struct world *world, struct ng_index *index, const struct ng_cancel *cancel, uint64_t *sum,
                     struct ng_err *err) {
    struct ng_interval intervals[2];
    (void)cancel;
    int status = ng_index_find(index, (struct ng_bytes){world->small[0], SMALL_BYTES}, intervals, err);
    for (size_t s = 0; s < 2 && !status; s++) add_number(sum, intervals[s].end - intervals[s].begin);
    return status;
}

static int call_locate(const struct world *world, struct ng_index *index, const struct ng_cancel *cancel, uint64_t *sum,
                       struct ng_err *err) {
    struct ng_hit hits[HITS];
    size_t count = 0;
    (void)world;
    (void)cancel;
    int status = ng_index_locate(index, bytes_of("rank of "), 0, hits, HITS, &count, NULL, err);
    if (!status) add(sum, hits, count * sizeof *hits);
    return status;
}

static int call_locate_row(const struct world *world, struct ng_index *index, const struct ng_cancel *cancel,
                           uint64_t *sum, struct ng_err *err) {
    struct ng_hit hit;
    (void)cancel;
    int status = ng_index_locate_row(index, 0, middle(world).rank, &hit, err);
    if (!status) add(sum, &hit, sizeof hit);
    return status;
}

static int call_extract(const struct world *world, struct ng_index *index, const struct ng_cancel *cancel,
                        uint64_t *sum, struct ng_err *err) {
    uint8_t *text = malloc(LARGE_BYTES);
    (void)cancel;
    ck_assert_ptr_nonnull(text);
    int status = ng_index_extract(index, 0, 0, LARGE_BYTES, text, err);
    if (!status) {
        ck_assert_mem_eq(text, world->large, LARGE_BYTES);
        add(sum, text, LARGE_BYTES);
    }
    free(text);
    return status;
}

static int call_snippet(const struct world *world, struct ng_index *index, const struct ng_cancel *cancel,
                        uint64_t *sum, struct ng_err *err) {
    const struct ng_hit hit = middle(world);
    struct ng_snippet snippet;
    (void)cancel;
    int status = ng_index_snippet(index, &hit, 1, 50000, &snippet, err);
    if (status) return status;
    add(sum, snippet.text, snippet.length_bytes);
    ng_snippet_free(&snippet);
    return 0;
}

static int call_show(const struct world *world, struct ng_index *index, const struct ng_cancel *cancel, uint64_t *sum,
                     struct ng_err *err) {
    struct ng_hit hits[HITS];
    struct ng_snippet snippets[HITS];
    size_t count = 0;
    (void)world;
    (void)cancel;
    int status = ng_index_show(index, bytes_of("structure "), 3, CONTEXT, hits, snippets, HITS, &count, NULL, err);
    for (size_t i = 0; i < count && !status; i++) {
        add(sum, snippets[i].text, snippets[i].length_bytes);
        ng_snippet_free(&snippets[i]);
    }
    return status;
}

static int call_show_rows(const struct world *world, struct ng_index *index, const struct ng_cancel *cancel,
                         uint64_t *sum, struct ng_err *err) {
    struct ng_hit hit;
    struct ng_snippet snippet = {0};
    (void)cancel;
    const struct ng_bytes phrase = {NULL, 3};
    const uint64_t row = middle(world).rank;
    int status = ng_index_show_rows(index, 0, &row, &phrase, 1, 20000, &hit, &snippet, err);
    if (!status) add(sum, snippet.text, snippet.length_bytes);
    ng_snippet_free(&snippet);
    return status;
}

static int count_docs(struct ng_index *index, const struct ng_docs_options *options, uint64_t *sum, struct ng_err *err) {
    struct ng_docs_count count;
    int status = ng_index_count_docs(index, bytes_of("rank "), options, &count, err);
    if (!status) add_number(sum, count.documents);
    return status;
}

static int call_count_docs(const struct world *world, struct ng_index *index, const struct ng_cancel *cancel,
                           uint64_t *sum, struct ng_err *err) {
    const struct ng_docs_options options = {.threads = 2};
    (void)world;
    (void)cancel;
    return count_docs(index, &options, sum, err);
}

static int call_estimate_docs(const struct world *world, struct ng_index *index, const struct ng_cancel *cancel,
                              uint64_t *sum, struct ng_err *err) {
    const struct ng_docs_options options = {.most_hits = 1, .most_draws = 2000, .threads = 2};
    (void)world;
    (void)cancel;
    return count_docs(index, &options, sum, err);
}

static int call_locate_numbers(const struct world *world, struct ng_index *index, const struct ng_cancel *cancel,
                               uint64_t *sum, struct ng_err *err) {
    uint64_t numbers[HITS];
    struct ng_hit hits[HITS];
    (void)world;
    (void)cancel;
    size_t drawn = ng_sample_numbers(1000, HITS, 5, numbers);
    int status = ng_index_locate_numbers(index, bytes_of("rank "), numbers, drawn, hits, err);
    if (!status) add(sum, hits, sizeof hits);
    return status;
}

static int call_matches(const struct world *world, struct ng_index *index, const struct ng_cancel *cancel, uint64_t *sum,
                        struct ng_err *err) {
    const struct ng_bytes phrases[] = {bytes_of("rank of "), bytes_of("row a "), bytes_of("and and and ")};
    const struct ng_clause clauses[] = {{.phrases = phrases, .phrase_count = 1},
                                        {.phrases = phrases + 1, .phrase_count = 1},
                                        {.phrases = phrases + 2, .phrase_count = 1, .negated = true}};
    const struct ng_match_options options = {
        .clauses = clauses, .clause_count = 3, .is_within = true, .within_bytes = 400, .threads = 2};
    struct ng_matches *matches = NULL;
    struct ng_match_totals totals;
    uint64_t numbers[HITS];
    uint64_t lengths[HITS];
    struct ng_hit hits[HITS];
    (void)world;
    (void)cancel;
    int status = ng_matches_open(&matches, index, &options, err);
    if (status) {
        ck_assert_ptr_null(matches);
        return status;
    }
    ng_matches_get_totals(matches, &totals);
    ck_assert(totals.hits > HITS && !totals.cut);
    size_t drawn = ng_sample_numbers(totals.hits, HITS, 5, numbers);
    status = ng_matches_locate(matches, numbers, drawn, hits, lengths, err);
    ng_matches_close(matches);
    if (!status) add(sum, hits, sizeof hits);
    return status;
}

static int call_next(const struct world *world, struct ng_index *index, const struct ng_cancel *cancel, uint64_t *sum,
                     struct ng_err *err) {
    const struct ng_index *views[] = {index};
    (void)world;
    (void)cancel;
    for (int before = 0; before < 2; before++) {
        const struct ng_next_options options = {
            .most = 300, .unit = NG_NEXT_WORDS, .length = 4, .before = before == 1, .threads = 2};
        struct ng_next *next = NULL;
        uint64_t seen = 0;
        int status = ng_index_next(views, 1, bytes_of("rank"), &options, &next, err);
        for (size_t i = 0; !status && i < next->count; i++) add_number(&seen, next->continuations[i].count);
        ng_next_free(next);
        if (status) {
            *sum = 0;
            return status;
        }
        *sum += seen;
    }
    return 0;
}

static int call_doc_source(const struct world *world, struct ng_index *index, const struct ng_cancel *cancel,
                           uint64_t *sum, struct ng_err *err) {
    struct ng_doc_source source = {0};
    (void)world;
    (void)cancel;
    int status = ng_index_doc_source(index, 0, &source, err);
    if (!status) add(sum, source.metadata, source.metadata_bytes);
    ng_doc_source_free(&source);
    return status;
}

static int call_docs_with_id(const struct world *world, struct ng_index *index, const struct ng_cancel *cancel,
                             uint64_t *sum, struct ng_err *err) {
    uint64_t doc;
    uint64_t found = 0;
    (void)world;
    (void)cancel;
    int status = ng_index_docs_with_id(index, bytes_of("none"), &doc, 1, &found, err);
    if (!status) add_number(sum, found);
    return status;
}

static int call_documents(const struct world *world, struct ng_index *index, const struct ng_cancel *cancel,
                          uint64_t *sum, struct ng_err *err) {
    struct ng_documents *documents = NULL;
    const struct ng_documents_piece *piece = NULL;
    const struct ng_documents_options options = {.end_doc = 1, .memory_bytes = UINT64_MAX, .threads = 2};
    uint64_t read = 0;
    (void)world;
    (void)cancel;
    int status = ng_documents_open(&documents, index, &options, err);
    do {
        if (!status) status = ng_documents_next(documents, &piece, err);
        if (!status && piece) add(&read, piece->text, piece->length_bytes);
    } while (!status && piece);
    ng_documents_close(documents);
    if (!status) *sum += read;
    return status;
}

static int call_verify(const struct world *world, struct ng_index *index, const struct ng_cancel *cancel, uint64_t *sum,
                       struct ng_err *err) {
    uint64_t damages = 0;
    (void)index;
    int status = ng_index_verify(world->folder, NULL, NULL, cancel, &damages, err);
    ck_assert_uint_eq(damages, 0);
    add_number(sum, damages);
    return status;
}

static void add_evidence(uint64_t *sum, const struct ng_contam_evidence *evidence, size_t count) {
    for (size_t i = 0; i < count; i++) {
        add_number(sum, evidence[i].doc);
        add_number(sum, evidence[i].offset);
        add(sum, evidence[i].snippet.text, evidence[i].snippet.length_bytes);
    }
}

static int check_entries(const struct world *world, const struct ng_index *index, const struct ng_contam_options *options,
                         size_t count, uint64_t *sum, struct ng_err *err) {
    struct ng_bytes texts[ENTRIES];
    struct ng_contam_entry entries[ENTRIES];
    struct ng_contam_result results[ENTRIES];
    struct ng_contam *contam = NULL;
    for (size_t i = 0; i < count; i++) {
        texts[i] = (struct ng_bytes){world->small[i % SMALL] + i % 7 * 4, ENTRY_BYTES};
        while (texts[i].data[0] >> 6 == 2) texts[i].data++; /* at a character */
        while (texts[i].data[texts[i].length_bytes] >> 6 == 2) texts[i].length_bytes--;
        entries[i] = (struct ng_contam_entry){.texts = &texts[i], .text_count = 1, .answer = bytes_of("rank")};
    }
    int status = ng_contam_open(&contam, &index, 1, options, err);
    ck_assert_int_eq(status, 0);
    status = ng_contam_check(contam, entries, count, results, err);
    ng_contam_close(contam);
    if (status) return status;
    for (size_t i = 0; i < count; i++) {
        add_number(sum, results[i].found);
        add_number(sum, results[i].longest.count);
        add_evidence(sum, results[i].evidence, results[i].evidence_count);
    }
    ng_contam_results_free(results, count);
    return 0;
}

static struct ng_contam_options contam_options(void) {
    struct ng_contam_options options;
    ng_contam_options_init(&options);
    options.chars = 12;
    options.evidence_limit = 20;
    options.context_bytes = CONTEXT;
    options.threads = 2;
    return options;
}

static int call_contam(const struct world *world, struct ng_index *index, const struct ng_cancel *cancel, uint64_t *sum,
                       struct ng_err *err) {
    struct ng_contam_options options = contam_options();
    (void)cancel;
    return check_entries(world, index, &options, ENTRIES, sum, err);
}

static int call_contam_naive(const struct world *world, struct ng_index *index, const struct ng_cancel *cancel,
                             uint64_t *sum, struct ng_err *err) {
    struct ng_contam_options options = contam_options();
    (void)cancel;
    options.naive = true;
    return check_entries(world, index, &options, 5, sum, err);
}

static int trace_large(const struct world *world, const struct ng_index *index, uint64_t shown_bytes, uint64_t *sum,
                       struct ng_err *err) {
    const struct ng_trace_options options = {
        .min_chars = 1, .evidence_limit = 20, .context_bytes = CONTEXT, .shown_bytes = shown_bytes};
    struct ng_trace trace;
    int status = ng_trace_text(&trace, &index, 1, bytes_of("rank and rank of structure row of a the and"), &options, err);
    if (status) return status;
    (void)world;
    for (size_t i = 0; i < trace.span_count; i++) {
        add_number(sum, trace.spans[i].count);
        add_evidence(sum, trace.spans[i].evidence, trace.spans[i].evidence_count);
    }
    ng_trace_free(&trace);
    return 0;
}

static int call_trace(const struct world *world, struct ng_index *index, const struct ng_cancel *cancel, uint64_t *sum,
                      struct ng_err *err) {
    (void)cancel;
    return trace_large(world, index, 0, sum, err);
}

/* Says stop when it is asked for the at-th time: and after that, or just this once. */
struct hook {
    _Atomic uint64_t asked;
    uint64_t at;
    bool once;
};

static bool ask(void *context) {
    struct hook *hook = context;
    uint64_t number = atomic_fetch_add(&hook->asked, 1);
    return hook->once ? number == hook->at : number >= hook->at;
}

static const struct {
    const char *name;
    call *call;
    uint64_t least_asked; /* of a call that comes to its end: its steps are known to be many times that */
} calls[] = {{"count", call_count, 9000 / 256},
             {"count_absent", call_count_absent, 9000 / 256},
             {"count_batch", call_count_batch, 3000 * 10 / 256},
             {"find", call_find, 2},
             {"locate", call_locate, 10},
             {"locate_row", call_locate_row, 1},
             {"extract", call_extract, LARGE_BYTES / 256},
             {"snippet", call_snippet, 100000 / 256},
             {"show", call_show, HITS * 2 * CONTEXT / 256},
             {"show_rows", call_show_rows, 40000 / 256},
             {"count_docs", call_count_docs, 10},
             {"estimate_docs", call_estimate_docs, 10},
             {"locate_numbers", call_locate_numbers, 10},
             {"matches", call_matches, 10},
             {"next", call_next, 100},
             {"doc_source", call_doc_source, 1},
             {"docs_with_id", call_docs_with_id, 1},
             {"documents", call_documents, 5},
             {"verify", call_verify, 40},
             {"contam", call_contam, ENTRIES * 20 / 256},
             {"contam_naive", call_contam_naive, 5 * ENTRY_BYTES * 5 / 256},
             {"trace", call_trace, 100}};
enum { CALLS = sizeof calls / sizeof *calls };

START_TEST(test_stops_where_it_asks) {
    struct world *world = make_world();
    struct ng_err err = {0};
    uint64_t wanted = 0;
    uint64_t given = 0;
    struct hook hook = {.at = UINT64_MAX};
    ck_assert_msg(calls[_i].call(world, world->index, NULL, &wanted, &err) == 0, "%s: %s", calls[_i].name, err.text);
    for (uint64_t k = 0; given == 0; k += 1 + k / 2) {
        struct ng_index *bound = NULL;
        hook = (struct hook){.at = k, .once = k % 2 == 1};
        const struct ng_cancel cancel = {.asked = ask, .context = &hook};
        ck_assert_int_eq(ng_index_bind(&bound, world->index, &cancel, &err), 0);
        int status = calls[_i].call(world, bound, &cancel, &given, &err);
        ng_index_close(bound);
        if (status == 0) break;
        ck_assert_msg(status == NG_ERR_CANCELLED && err.status == status, "%s at %llu: %s", calls[_i].name,
                      (unsigned long long)k, err.text);
        ck_assert_uint_eq(given, 0);
        ck_assert_uint_gt(atomic_load(&hook.asked), k);
    }
    ck_assert_uint_eq(given, wanted);
    ck_assert_uint_le(atomic_load(&hook.asked), hook.at);
    ck_assert_msg(atomic_load(&hook.asked) >= calls[_i].least_asked, "%s asked %llu times only", calls[_i].name,
                  (unsigned long long)atomic_load(&hook.asked));
    ck_assert_int_eq(ng_index_status(world->index, &err), 0);
    free_world(world);
}
END_TEST

START_TEST(test_evidence_is_bounded) {
    struct world *world = make_world();
    struct ng_err err = {0};
    uint64_t sum = 0;
    struct ng_contam_options options = contam_options();
    for (options.threads = 1; options.threads <= 2; options.threads++) {
        options.shown_bytes = (uint64_t)ENTRIES * 20 * 3 * CONTEXT;
        ck_assert_int_eq(check_entries(world, world->index, &options, ENTRIES, &sum, &err), 0);
        options.shown_bytes = 10 * CONTEXT;
        ck_assert_int_eq(check_entries(world, world->index, &options, ENTRIES, &sum, &err), NG_ERR_LIMIT);
    }
    ck_assert_int_eq(trace_large(world, world->index, 1 << 24, &sum, &err), 0);
    ck_assert_int_eq(trace_large(world, world->index, 10 * CONTEXT, &sum, &err), NG_ERR_LIMIT);
    free_world(world);
}
END_TEST

/* The hits that are the first in their documents are those that no hit before shares one with. */
START_TEST(test_first_in_document) {
    enum { COUNT = 1500, DOCUMENTS = 400 };
    struct test_random random = test_random_make(7);
    struct ng_err err = {0};
    struct ng_contam_hit *hits = calloc(COUNT, sizeof *hits);
    ck_assert_ptr_nonnull(hits);
    for (size_t i = 0; i < COUNT; i++) {
        hits[i].index = test_random_below(&random, 2);
        hits[i].hit.doc = test_random_below(&random, DOCUMENTS);
    }
    ck_assert_int_eq(ng_contam_hits_find_new(hits, COUNT, &err), 0);
    for (size_t i = 0; i < COUNT; i++) {
        size_t k = 0;
        while (hits[k].index != hits[i].index || hits[k].hit.doc != hits[i].hit.doc) k++;
        ck_assert_int_eq(hits[i].is_new, k == i);
    }
    free(hits);
}
END_TEST

Suite *test_cancel_suite(void) {
    TCase *cases = tcase_create("cancel");
    tcase_add_loop_test(cases, test_stops_where_it_asks, 0, CALLS);
    tcase_add_test(cases, test_evidence_is_bounded);
    tcase_add_test(cases, test_first_in_document);
    Suite *suite = suite_create("cancel");
    suite_add_tcase(suite, cases);
    return suite;
}
