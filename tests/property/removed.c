/* An index from which documents were removed gives the answers of one that was built without them: hundreds of small
 * corpora in both views. With one shard even ranks, orders and evidence are the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/container/ahead.h"
#include "common/text/fold.h"
#include "indexer/build/compact.h"
#include "indexer/remove/remove.h"
#include "query/include/ngidx_contam.h"
#include "query/lib/index.h"
#include "query/lib/search_sweep.h"
#include "query/lib/snippet.h"
#include "tests/support/make_index.h"
#include "tests/support/parts.h"
#include "tests/support/runner.h"
#include "tests/support/sanitized.h"
#include "tests/support/temp.h"

enum {
    CORPORA = TEST_SANITIZED ? 30 : 200,
    DOCUMENTS = 40,
    WORDS = 40,
    PHRASES = 10,
    ENTRIES = 6,
    MOST_HITS = 4096,
    MOST_NEXT = 2000
};

static const char *const PIECES[] = {"The ", "the ", "CAT ", "cat", "-", ", ", "\n", "Straße ", "ﬁsh ", "é", "猫", "が", "x9 ", " ",
                                     "K", "a", "ba", "na "};
enum { PIECE_COUNT = sizeof PIECES / sizeof *PIECES };

struct side {
    const char *name;
    struct ng_index *index; /* exact, with the folded view */
};

struct corpus {
    size_t count;
    struct test_document documents[2][DOCUMENTS]; /* exact, folded */
    struct test_document living[2][DOCUMENTS];
    struct ng_buf texts[2][DOCUMENTS]; /* owned */
    char metadata[DOCUMENTS][24];
    bool removed[DOCUMENTS];
    uint64_t number[DOCUMENTS]; /* among the living */
    uint64_t living_count;
    bool one_shard;
    struct side sides[2]; /* with removals, built without */
    struct ng_fold *fold;
};

static void fill(struct corpus *corpus, struct test_random *random) {
    struct ng_err err;
    uint64_t few = 2 + test_random_below(random, PIECE_COUNT - 2);
    corpus->count = 2 + (size_t)test_random_below(random, DOCUMENTS - 2);
    for (size_t d = 0; d < corpus->count; d++) {
        struct ng_buf *texts[] = {&corpus->texts[0][d], &corpus->texts[1][d]};
        uint64_t words = test_random_below(random, 6) ? test_random_below(random, WORDS) : 0;
        texts[0]->length = texts[1]->length = 0;
        ck_assert_int_eq(ng_buf_reserve(texts[0], 1, &err), 0);
        ck_assert_int_eq(ng_buf_reserve(texts[1], 1, &err), 0);
        if (d > 0 && test_random_below(random, 5) == 0) { /* a copy */
            const struct ng_buf *other = &corpus->texts[0][test_random_below(random, d)];
            ck_assert_int_eq(ng_buf_append(texts[0], other->data, other->length, &err), 0);
        }
        for (uint64_t w = 0; w < words; w++) {
            const char *piece = PIECES[test_random_below(random, few)];
            ck_assert_int_eq(ng_buf_append(texts[0], piece, strlen(piece), &err), 0);
        }
        ck_assert_int_eq(ng_fold_text(corpus->fold, texts[0]->data, texts[0]->length, texts[1], &err), 0);
        (void)snprintf(corpus->metadata[d], sizeof corpus->metadata[d], "{\"id\":\"d%zu\"}", d / 2);
        corpus->removed[d] = false;
        for (int v = 0; v < 2; v++) {
            corpus->documents[v][d] = (struct test_document){
                .text = texts[v]->data, .length = texts[v]->length, .metadata = v == 0 ? corpus->metadata[d] : NULL};
        }
    }
}

/* Removes documents in one to three rounds, from both views alike. */
static void remove_some(struct corpus *corpus, struct test_random *random, const char *const *folders) {
    uint64_t rounds = 1 + test_random_below(random, 3);
    uint64_t share = 1 + test_random_below(random, 9);
    size_t kept = (size_t)test_random_below(random, corpus->count);
    for (uint64_t round = 0; round < rounds; round++) {
        uint8_t bits[DOCUMENTS / 8 + 1] = {0};
        uint64_t expected = 0;
        for (size_t d = 0; d < corpus->count; d++) {
            if (d == kept || test_random_below(random, 10) >= share) continue;
            bits[d / 8] = (uint8_t)(bits[d / 8] | 1u << d % 8); /* some of them a second time */
            expected += corpus->removed[d] ? 0 : 1;
            corpus->removed[d] = true;
        }
        for (int v = 0; v < 2; v++) {
            struct ng_publish *publish = NULL;
            struct ng_remove_result result;
            struct ng_err err = {0};
            const struct ng_remove_options options = {.documents = bits, .by = "docs", .threads = 1};
            ck_assert_msg(ng_publish_lock(&publish, folders[v], &err) == 0, "%s", err.text);
            ck_assert_msg(ng_remove_run(publish, &options, &result, &err) == 0, "%s", err.text);
            ck_assert_uint_eq(result.documents, expected);
            ng_publish_free(publish);
        }
    }
    corpus->living_count = 0;
    for (size_t d = 0; d < corpus->count; d++) {
        corpus->number[d] = corpus->living_count;
        if (corpus->removed[d]) continue;
        for (int v = 0; v < 2; v++) corpus->living[v][corpus->living_count] = corpus->documents[v][d];
        corpus->living_count++;
    }
}

static struct ng_index *open_sound(const char *folder) {
    struct ng_index *index = NULL;
    struct ng_err err = {0};
    uint64_t damage;
    ck_assert_msg(ng_index_open(&index, folder, &err) == 0, "%s", err.text);
    ck_assert_msg(ng_index_verify(folder, NULL, NULL, NULL, &damage, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(damage, 0);
    return index;
}

static void open_side(struct side *side, const char *const *folders) {
    struct ng_index *view = open_sound(folders[1]);
    side->index = open_sound(folders[0]);
    view->is_folded = true;
    view->manifest.fold_version = NG_FOLD_VERSION;
    (void)snprintf(view->manifest.fold_unicode, sizeof view->manifest.fold_unicode, "%s", ng_fold_unicode());
    view->exact = side->index;
    side->index->folded = view;
}

static void make(struct corpus *corpus, struct test_random *random) {
    const char *names[2][2] = {{"removed", "removed-folded"}, {"without", "without-folded"}};
    char paths[2][2][256];
    const char *folders[2][2];
    uint64_t rows = test_random_below(random, 2) ? UINT64_MAX : 150 + test_random_below(random, 1500);
    uint64_t sample = 1 + test_random_below(random, 16);
    corpus->one_shard = rows == UINT64_MAX;
    for (int s = 0; s < 2; s++) {
        for (int v = 0; v < 2; v++) {
            (void)snprintf(paths[s][v], sizeof paths[s][v], "%s", test_temp_path(names[s][v]));
            folders[s][v] = paths[s][v];
        }
    }
    fill(corpus, random);
    struct test_index_options options = {.shard_rows = rows, .block_rows = 1 << 20, .merge_memory_bytes = 1 << 26,
                                         .sa_sample = sample, .threads = 1,
                                         .id_field = test_random_below(random, 2) ? "id" : NULL};
    for (int v = 0; v < 2; v++) test_make_index_with(folders[0][v], corpus->documents[v], corpus->count, &options);
    remove_some(corpus, random, folders[0]);
    for (int v = 0; v < 2; v++) test_make_index_with(folders[1][v], corpus->living[v], (size_t)corpus->living_count, &options);
    for (int s = 0; s < 2; s++) open_side(&corpus->sides[s], folders[s]);
}

static uint64_t map(const struct corpus *corpus, uint64_t doc) {
    ck_assert_uint_lt(doc, corpus->count);
    ck_assert(!corpus->removed[doc]);
    return corpus->number[doc];
}

/* Bytes of any document, also of a removed one. */
static struct ng_bytes pick(const struct corpus *corpus, int view, struct test_random *random, uint64_t most) {
    const struct test_document *document = &corpus->documents[view][test_random_below(random, corpus->count)];
    if (document->length == 0) return (struct ng_bytes){(const uint8_t *)"a", 1};
    size_t begin = (size_t)test_random_below(random, document->length);
    size_t length = 1 + (size_t)test_random_below(random, most);
    if (length > document->length - begin) length = document->length - begin;
    while (begin > 0 && (document->text[begin] & 0xC0) == 0x80) begin--, length++;
    while (begin + length < document->length && (document->text[begin + length] & 0xC0) == 0x80) length++;
    return (struct ng_bytes){document->text + begin, length};
}

static int by_place(const void *a, const void *b) {
    const struct ng_hit *x = a;
    const struct ng_hit *y = b;
    if (x->doc != y->doc) return x->doc < y->doc ? -1 : 1;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

static void check_hits(const struct corpus *corpus, struct ng_hit *hits[2], size_t count) {
    for (size_t i = 0; i < count; i++) hits[0][i].doc = map(corpus, hits[0][i].doc);
    for (size_t i = 0; i < count && corpus->one_shard; i++) ck_assert_uint_eq(hits[0][i].rank, hits[1][i].rank);
    if (!corpus->one_shard) {
        for (int s = 0; s < 2; s++) qsort(hits[s], count, sizeof *hits[s], by_place);
    }
    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_eq(hits[0][i].doc, hits[1][i].doc);
        ck_assert_uint_eq(hits[0][i].offset, hits[1][i].offset);
    }
}

/* Counts, intervals, hits and their texts. */
static void check_phrase(const struct corpus *corpus, const struct ng_index *const views[2], struct ng_bytes phrase) {
    static struct ng_hit room[2][MOST_HITS];
    static struct ng_text_place places[2][MOST_HITS];
    static struct ng_snippet snippets[2][MOST_HITS];
    struct ng_hit *hits[2] = {room[0], room[1]};
    struct ng_err err = {0};
    size_t found[2];
    uint64_t total[2];
    uint64_t width[2] = {0};
    for (int s = 0; s < 2; s++) {
        struct ng_interval intervals[DOCUMENTS];
        struct ng_hit one;
        uint64_t count;
        ck_assert_int_eq(ng_index_show_view(views[s], phrase, 0, 20, room[s], places[s], snippets[s], MOST_HITS, &found[s],
                                            &total[s], &err), 0);
        ck_assert_int_eq(ng_index_count(views[s], phrase, &count, &err), 0);
        ck_assert_uint_eq(count, total[s]);
        ck_assert_int_eq(ng_index_find(views[s], phrase, intervals, &err), 0);
        for (uint64_t shard = 0; shard < views[s]->shard_count; shard++) {
            width[s] += intervals[shard].end - intervals[shard].begin;
        }
        ck_assert_uint_eq(width[s], total[s]);
        for (size_t i = 0; i < found[s]; i += 7) {
            ck_assert_int_eq(ng_index_locate_row(views[s], room[s][i].shard, room[s][i].rank, &one, &err), 0);
            ck_assert_mem_eq(&one, &room[s][i], sizeof one);
            struct ng_snippet snippet;
            struct ng_snippet shown;
            uint64_t place = phrase.length_bytes;
            ck_assert_int_eq(ng_index_snippet(views[s], &one, place, 20, &snippet, &err), 0);
            ck_assert_int_eq(ng_index_show_rows(views[s], one.shard, &one.rank, &phrase, 1, 20, &one, &shown, &err), 0);
            ck_assert_uint_eq(snippet.length_bytes, shown.length_bytes);
            ck_assert_mem_eq(snippet.text, shown.text, shown.length_bytes);
            ng_snippet_free(&snippet);
            ng_snippet_free(&shown);
        }
    }
    ck_assert_uint_eq(total[0], total[1]);
    ck_assert_uint_eq(found[0], found[1]);
    for (size_t i = 0; i < found[0] && corpus->one_shard; i++) {
        ck_assert_uint_eq(snippets[0][i].length_bytes, snippets[1][i].length_bytes);
        ck_assert_mem_eq(snippets[0][i].text, snippets[1][i].text, snippets[0][i].length_bytes);
        ck_assert_uint_eq(places[0][i].offset, places[1][i].offset);
    }
    for (int s = 0; s < 2; s++) {
        for (size_t i = 0; i < found[s]; i++) ng_snippet_free(&snippets[s][i]);
    }
    check_hits(corpus, hits, found[0]);
}

/* Documents that hold a phrase: exactly, and estimated. */
static void check_docs(const struct corpus *corpus, const struct ng_index *const views[2], struct ng_bytes phrase) {
    for (int most = 0; most < 2; most++) {
        struct ng_docs_count counts[2];
        const struct ng_docs_options options = {.most_hits = most ? 1 : 0, .seed = 5, .most_draws = 200, .threads = 1};
        struct ng_err err;
        for (int s = 0; s < 2; s++) ck_assert_int_eq(ng_index_count_docs(views[s], phrase, &options, &counts[s], &err), 0);
        ck_assert_uint_eq(counts[0].hits, counts[1].hits);
        if (!counts[0].exact && !corpus->one_shard) continue;
        ck_assert_uint_eq(counts[0].documents, counts[1].documents);
        ck_assert_uint_eq(counts[0].low, counts[1].low);
        ck_assert_uint_eq(counts[0].high, counts[1].high);
    }
}

/* Phrases together, and a sample of the hits. */
static void check_together(const struct corpus *corpus, const struct ng_index *const views[2], const struct ng_bytes *phrases,
                           struct test_random *random) {
    static struct ng_hit room[2][MOST_HITS];
    static uint64_t numbers[MOST_HITS];
    static uint64_t lengths[MOST_HITS];
    struct ng_hit *hits[2] = {room[0], room[1]};
    struct ng_match_totals totals[2];
    struct ng_err err = {0};
    const struct ng_clause clauses[] = {{.phrases = phrases, .phrase_count = 2},
                                        {.phrases = phrases + 2, .phrase_count = 1},
                                        {.phrases = phrases + 3, .phrase_count = 1, .negated = true}};
    const struct ng_match_options options = {.clauses = clauses, .clause_count = 1 + (size_t)test_random_below(random, 3),
                                             .is_within = test_random_below(random, 3) == 0, .within_bytes = 9,
                                             .unique_docs = test_random_below(random, 2) == 0, .threads = 1};
    size_t count = 0;
    for (int s = 0; s < 2; s++) {
        struct ng_matches *matches = NULL;
        ck_assert_msg(ng_matches_open(&matches, views[s], &options, &err) == 0, "%s", err.text);
        ng_matches_get_totals(matches, &totals[s]);
        count = totals[s].hits < MOST_HITS ? (size_t)totals[s].hits : MOST_HITS;
        for (size_t i = 0; i < count; i++) numbers[i] = i;
        ck_assert_int_eq(ng_matches_locate(matches, numbers, count, room[s], lengths, &err), 0);
        ng_matches_close(matches);
    }
    ck_assert_uint_eq(totals[0].hits, totals[1].hits);
    ck_assert_uint_eq(totals[0].documents, totals[1].documents);
    check_hits(corpus, hits, count);
}

static void check_next(const struct ng_index *const views[2], struct ng_bytes phrase, struct test_random *random) {
    struct ng_next *next[2];
    struct ng_err err = {0};
    bool folded = ng_index_text_view(views[0]) == NG_VIEW_FOLDED;
    const struct ng_next_options options = {.most = MOST_NEXT, .length = 1 + test_random_below(random, 2), .threads = 1,
                                            .unit = folded ? NG_NEXT_CHARACTERS : (enum ng_next_unit)test_random_below(random, 3),
                                            .before = test_random_below(random, 2) == 0};
    for (int s = 0; s < 2; s++) ck_assert_msg(ng_index_next(&views[s], 1, phrase, &options, &next[s], &err) == 0, "%s", err.text);
    ck_assert_uint_eq(next[0]->hits, next[1]->hits);
    ck_assert_uint_eq(next[0]->count, next[1]->count);
    ck_assert_uint_eq(next[0]->shown, next[1]->shown);
    for (size_t i = 0; i < next[0]->count; i++) {
        const struct ng_continuation *x = &next[0]->continuations[i];
        const struct ng_continuation *y = &next[1]->continuations[i];
        ck_assert_uint_eq(x->count, y->count);
        ck_assert_uint_eq(x->length_bytes, y->length_bytes);
        ck_assert_int_eq(x->at_end, y->at_end);
        if (x->length_bytes > 0) ck_assert_mem_eq(x->text, y->text, x->length_bytes);
    }
    for (int s = 0; s < 2; s++) ng_next_free(next[s]);
}

/* The documents themselves, one by one, by their ids and in order. */
static void check_documents(const struct corpus *corpus, int view) {
    struct ng_index *index = corpus->sides[0].index;
    struct ng_documents *documents = NULL;
    const struct ng_documents_piece *piece;
    struct ng_err err = {0};
    const struct ng_documents_options options = {.end_doc = corpus->count, .memory_bytes = 1 << 20, .threads = 1};
    if (view == 1) index = index->folded;
    ck_assert_int_eq(ng_documents_open(&documents, index, &options, &err), 0);
    for (size_t d = 0; d < corpus->count; d++) {
        uint64_t length;
        int status = ng_index_doc_length(index, d, &length, &err);
        ck_assert_int_eq(status, corpus->removed[d] ? NG_ERR_NOTFOUND : 0);
        if (corpus->removed[d]) {
            struct ng_doc_source source;
            ck_assert_ptr_nonnull(strstr(err.text, "was removed"));
            ck_assert_int_eq(ng_index_doc_source(index, d, &source, &err), NG_ERR_NOTFOUND);
            continue;
        }
        ck_assert_int_eq(ng_documents_next(documents, &piece, &err), 0);
        ck_assert_ptr_nonnull(piece);
        ck_assert_uint_eq(piece->doc, d);
        ck_assert_uint_eq(piece->length_bytes, corpus->documents[view][d].length);
        if (length > 0) ck_assert_mem_eq(piece->text, corpus->documents[view][d].text, length);
    }
    ck_assert_int_eq(ng_documents_next(documents, &piece, &err), 0);
    ck_assert_ptr_null(piece);
    ng_documents_close(documents);
    for (size_t d = 0; d < corpus->count; d += 2) {
        char id[16];
        uint64_t docs[2];
        uint64_t count;
        (void)snprintf(id, sizeof id, "d%zu", d / 2);
        ck_assert_int_eq(ng_index_docs_with_id(index, (struct ng_bytes){(const uint8_t *)id, strlen(id)}, docs, 2, &count, &err), 0);
        bool second = d + 1 < corpus->count && !corpus->removed[d + 1];
        ck_assert_uint_eq(count, (corpus->removed[d] ? 0u : 1u) + (second ? 1u : 0u));
    }
}

static void check_same_evidence(const struct corpus *corpus, const struct ng_contam_evidence *x,
                                const struct ng_contam_evidence *y, size_t count) {
    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_eq(map(corpus, x[i].doc), y[i].doc);
        ck_assert_uint_eq(x[i].offset, y[i].offset);
        ck_assert_uint_eq(x[i].snippet.length_bytes, y[i].snippet.length_bytes);
        ck_assert_mem_eq(x[i].snippet.text, y[i].snippet.text, x[i].snippet.length_bytes);
    }
}

static void check_same_verdict(const struct corpus *corpus, const struct ng_contam_result *x,
                               const struct ng_contam_result *y) {
    ck_assert_int_eq(x->verdict, y->verdict);
    ck_assert_uint_eq(x->windows, y->windows);
    ck_assert_uint_eq(x->found, y->found);
    ck_assert_uint_eq(x->common, y->common);
    ck_assert_double_eq(x->eta, y->eta);
    ck_assert_double_eq(x->coverage, y->coverage);
    ck_assert_double_eq(x->document_coverage, y->document_coverage);
    ck_assert_uint_eq(x->covered_characters, y->covered_characters);
    ck_assert_mem_eq(&x->longest, &y->longest, sizeof x->longest);
    ck_assert_mem_eq(&x->rarest, &y->rarest, sizeof x->rarest);
    ck_assert_uint_eq(x->span_count, y->span_count);
    if (x->span_count > 0) ck_assert_mem_eq(x->spans, y->spans, x->span_count * sizeof *x->spans);
    if (!corpus->one_shard) return;
    ck_assert_uint_eq(x->hits_seen, y->hits_seen);
    ck_assert_uint_eq(x->documents_seen, y->documents_seen);
    ck_assert_uint_eq(x->evidence_count, y->evidence_count);
    check_same_evidence(corpus, x->evidence, y->evidence, x->evidence_count);
}

/* Entries made of pieces of documents that were removed, and of others. */
static void make_entries(const struct corpus *corpus, struct test_random *random, struct ng_buf *texts) {
    struct ng_err err;
    for (size_t e = 0; e < ENTRIES; e++) {
        texts[e].length = 0;
        for (uint64_t i = 1 + test_random_below(random, 4); i > 0; i--) {
            struct ng_bytes piece = pick(corpus, 0, random, 60);
            ck_assert_int_eq(ng_buf_append(&texts[e], piece.data, (size_t)piece.length_bytes, &err), 0);
            ck_assert_int_eq(ng_buf_append(&texts[e], " q ", test_random_below(random, 2) ? 3 : 1, &err), 0);
        }
    }
}

static void check_contam(const struct corpus *corpus, struct test_random *random, enum ng_contam_preset preset) {
    struct ng_contam_result results[2][ENTRIES];
    struct ng_contam_entry entries[ENTRIES];
    struct ng_bytes views[ENTRIES];
    struct ng_buf texts[ENTRIES] = {{0}};
    struct ng_contam_options options;
    struct ng_err err = {0};
    make_entries(corpus, random, texts);
    ng_contam_options_init(&options);
    ng_contam_options_set_preset(&options, preset);
    options.chars = 3 + test_random_below(random, 10);
    options.minimum_units = 4;
    options.threads = 1;
    options.corpus_guard = 1 + test_random_below(random, 6);
    options.naive = test_random_below(random, 4) == 0;
    for (size_t e = 0; e < ENTRIES; e++) {
        views[e] = (struct ng_bytes){texts[e].data, texts[e].length};
        entries[e] = (struct ng_contam_entry){.texts = &views[e], .text_count = 1};
    }
    for (int s = 0; s < 2; s++) {
        struct ng_contam *contam = NULL;
        const struct ng_index *index = corpus->sides[s].index;
        ck_assert_msg(ng_contam_open(&contam, &index, 1, &options, &err) == 0, "%s", err.text);
        ck_assert_msg(ng_contam_check(contam, entries, ENTRIES, results[s], &err) == 0, "%s", err.text);
        ng_contam_close(contam);
    }
    for (size_t e = 0; e < ENTRIES; e++) check_same_verdict(corpus, &results[0][e], &results[1][e]);
    for (int s = 0; s < 2; s++) ng_contam_results_free(results[s], ENTRIES);
    for (size_t e = 0; e < ENTRIES; e++) ng_buf_free(&texts[e]);
}

static void check_trace(const struct corpus *corpus, struct test_random *random) {
    struct ng_trace traces[2];
    struct ng_trace_options options;
    struct ng_buf texts[ENTRIES] = {{0}};
    struct ng_err err = {0};
    make_entries(corpus, random, texts);
    ng_trace_options_init(&options);
    options.min_chars = 2 + test_random_below(random, 8);
    options.min_count = test_random_below(random, 2) ? 1 + test_random_below(random, 4) : options.min_count;
    for (int s = 0; s < 2; s++) {
        const struct ng_index *index = corpus->sides[s].index;
        ck_assert_int_eq(ng_trace_text(&traces[s], &index, 1, (struct ng_bytes){texts[0].data, texts[0].length}, &options,
                                       &err), 0);
    }
    ck_assert_uint_eq(traces[0].span_count, traces[1].span_count);
    ck_assert_uint_eq(traces[0].covered_characters, traces[1].covered_characters);
    for (size_t i = 0; i < traces[0].span_count; i++) {
        const struct ng_trace_span *x = &traces[0].spans[i];
        const struct ng_trace_span *y = &traces[1].spans[i];
        ck_assert_mem_eq(&x->span, &y->span, sizeof x->span);
        ck_assert_uint_eq(x->count, y->count);
        if (!corpus->one_shard) continue;
        ck_assert_uint_eq(x->evidence_count, y->evidence_count);
        check_same_evidence(corpus, x->evidence, y->evidence, x->evidence_count);
    }
    for (int s = 0; s < 2; s++) ng_trace_free(&traces[s]);
    for (size_t e = 0; e < ENTRIES; e++) ng_buf_free(&texts[e]);
}

/* The same phrases over and over, so many that they are searched for in step. */
static void check_sweep(const struct ng_index *index, const struct ng_bytes *phrases, const uint64_t *counts) {
    enum { MANY = NG_SEARCH_SWEEP_LEAST + 7 };
    static struct ng_bytes many[MANY];
    static uint64_t found[MANY];
    struct ng_err err;
    for (size_t i = 0; i < MANY; i++) many[i] = phrases[i % (PHRASES + 1)];
    ck_assert_int_eq(ng_index_count_batch(index, many, MANY, found, &err), 0);
    for (size_t i = 0; i < MANY; i++) ck_assert_uint_eq(found[i], counts[i % (PHRASES + 1)]);
}

static void check_view(const struct corpus *corpus, int view, struct test_random *random) {
    const struct ng_index *views[2];
    struct ng_index_info infos[2];
    struct ng_bytes phrases[PHRASES + 1];
    uint64_t counts[2][PHRASES + 1];
    struct ng_err err;
    for (int s = 0; s < 2; s++) {
        views[s] = view == 0 ? corpus->sides[s].index : corpus->sides[s].index->folded;
        ng_index_get_info(views[s], &infos[s]);
    }
    ck_assert_uint_eq(infos[0].documents, infos[1].documents);
    ck_assert_uint_eq(infos[0].text_bytes, infos[1].text_bytes);
    ck_assert_uint_eq(infos[0].document_end, corpus->count);
    for (size_t i = 0; i < PHRASES; i++) phrases[i] = pick(corpus, view, random, i % 2 ? 4 : 30);
    phrases[PHRASES] = (struct ng_bytes){NULL, 0};
    for (int s = 0; s < 2; s++) ck_assert_int_eq(ng_index_count_batch(views[s], phrases, PHRASES + 1, counts[s], &err), 0);
    ck_assert_mem_eq(counts[0], counts[1], sizeof counts[0]);
    check_sweep(views[0], phrases, counts[0]);
    for (size_t i = 0; i <= PHRASES; i++) {
        /* As if pages were absent: then shards are searched together. */
        ng_ahead_thread.looked = true;
        ng_ahead_thread.asks = i % 2 == 0;
        check_phrase(corpus, views, phrases[i]);
        check_docs(corpus, views, phrases[i]);
        if (i < PHRASES) check_next(views, phrases[i], random);
        if (i + 4 < PHRASES) check_together(corpus, views, phrases + i, random);
    }
    ng_ahead_thread.asks = false;
    check_documents(corpus, view);
}

/* Compacts an index to one shard, and takes it apart. */
static void take_compacted(const char *name, uint64_t dropped, struct test_parts *parts) {
    struct ng_err err = {0};
    struct ng_compact_result result;
    char folder[256];
    char path[300];
    size_t length;
    (void)snprintf(folder, sizeof folder, "%s", test_temp_path(name));
    const struct ng_compact_options options = {.index = folder, .full = true, .memory_bytes = UINT64_C(1) << 28, .threads = 1};
    ck_assert_msg(ng_compact_run(&options, &result, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(result.index.shards, 1);
    ck_assert_uint_eq(result.dropped_documents, dropped);
    ng_index_close(open_sound(folder));
    (void)snprintf(path, sizeof path, "%s/shard-00000.ngx", folder);
    uint8_t *bytes = test_read_file(path, &length);
    test_parts_take(parts, bytes, length);
    free(bytes);
}

/* Compacted, both are the same index, but for the lines of documents. */
static void check_compacted(const struct corpus *corpus) {
    static const char *const names[2][2] = {{"removed", "without"}, {"removed-folded", "without-folded"}};
    static const char *const sections[] = {"RDAT", "RDIR", "JUMP", "MARK", "SAMP", "SINV", "DORD", "HEAD"};
    for (int v = 0; v < 2; v++) {
        struct test_parts parts[2] = {{.count = 0}, {.count = 0}};
        take_compacted(names[v][0], corpus->count - corpus->living_count, &parts[0]);
        take_compacted(names[v][1], 0, &parts[1]);
        for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
            const struct test_part *made = test_parts_find(&parts[0], sections[i]);
            const struct test_part *wanted = test_parts_find(&parts[1], sections[i]);
            ck_assert_uint_eq(made->length, wanted->length);
            ck_assert_mem_eq(made->bytes, wanted->bytes, made->length);
        }
        for (int s = 0; s < 2; s++) test_parts_free(&parts[s]);
    }
}

START_TEST(as_built_without) {
    struct corpus *corpus = calloc(1, sizeof *corpus);
    struct ng_err err;
    ck_assert_ptr_nonnull(corpus);
    struct test_random random = test_random_make(22);
    ck_assert_int_eq(ng_fold_open(&corpus->fold, &err), 0);
    for (size_t round = 0; round < CORPORA; round++) {
        make(corpus, &random);
        for (int view = 0; view < 2; view++) check_view(corpus, view, &random);
        check_contam(corpus, &random, NG_PRESET_PAPER);
        check_contam(corpus, &random, NG_PRESET_FOLDED);
        check_trace(corpus, &random);
        for (int s = 0; s < 2; s++) ng_index_close(corpus->sides[s].index);
        if (round % 4 == 0) check_compacted(corpus);
    }
    ng_fold_close(corpus->fold);
    for (size_t d = 0; d < DOCUMENTS; d++) {
        ng_buf_free(&corpus->texts[0][d]);
        ng_buf_free(&corpus->texts[1][d]);
    }
    free(corpus);
}
END_TEST

static Suite *removed_suite(void) {
    Suite *suite = suite_create("removed");
    TCase *cases = tcase_create("random");
    tcase_set_timeout(cases, 300);
    tcase_add_test(cases, as_built_without);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) {
    static test_suite_new *const suites[] = {removed_suite};
    return test_run(suites, 1);
}
