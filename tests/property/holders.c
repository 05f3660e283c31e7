/* ng_contam_find_holders on small random corpora: its pieces are text of entry and document, all documents with a window
 * are there, and without the needed ones no entry is suspicious; ng_index_original_ranges gives the places back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/utf8.h"
#include "common/text/fold.h"
#include "query/include/ngidx_contam.h"
#include "query/lib/index.h"
#include "tests/support/make_index.h"
#include "tests/support/runner.h"
#include "tests/support/shares.h"
#include "tests/support/sanitized.h"
#include "tests/support/temp.h"

enum { CORPORA = TEST_SANITIZED ? 2 : 30, DOCUMENTS = 16, ENTRIES = 20, MOST_BYTES = 2000, MOST_WORDS = 30 };

static const char *const WORDS[] = {"the", "Cat", "SAT", "on", "a", "mat", "Straße", "ÉTÉ", "猫", "don't", "x9", "ﬁne"};
static const char *const SPACES[] = {" ", "\n", "  ", " - ", " &amp; ", ", "};
enum { WORD_COUNT = sizeof WORDS / sizeof *WORDS, SPACE_COUNT = sizeof SPACES / sizeof *SPACES };

struct text {
    uint8_t bytes[MOST_BYTES];
    size_t length;
    struct ng_buf folded;
};

struct corpus {
    struct text documents[DOCUMENTS];
    struct text entries[ENTRIES];
    struct ng_fold *fold;
    bool is_folded; /* the preset's view */
};

static void add(struct text *text, const char *bytes) {
    size_t length = strlen(bytes);
    if (text->length + length > MOST_BYTES) return;
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
}

static void add_words(struct text *text, uint64_t count, struct test_random *random) {
    for (uint64_t i = 0; i < count; i++) {
        add(text, WORDS[test_random_below(random, WORD_COUNT)]);
        add(text, SPACES[test_random_below(random, SPACE_COUNT)]);
    }
}

/* Words of another text, spaced anew where the folded text is what counts. */
static void add_copy(struct text *text, const struct text *other, bool anew, struct test_random *random) {
    size_t begin = (size_t)test_random_below(random, other->length + 1);
    size_t end = begin + (size_t)test_random_below(random, other->length - begin + 1);
    if (test_random_below(random, 2)) begin = 0, end = other->length;
    while (begin > 0 && other->bytes[begin - 1] != ' ') begin--;
    while (end < other->length && other->bytes[end] != ' ') end++;
    for (size_t at = begin; at < end && text->length < MOST_BYTES; at++) {
        if (anew && other->bytes[at] == ' ' && test_random_below(random, 4) == 0) add(text, "\n> ");
        else text->bytes[text->length++] = other->bytes[at];
    }
    if (test_random_below(random, 4) == 0 && text->length > 0 && text->length < MOST_BYTES) add(text, " ");
}

static void fill(struct corpus *corpus, struct test_random *random) {
    for (size_t i = 0; i < ENTRIES; i++) add_words(&corpus->entries[i], 4 + test_random_below(random, MOST_WORDS), random);
    for (size_t i = 0; i < DOCUMENTS; i++) {
        struct text *document = &corpus->documents[i];
        add_words(document, test_random_below(random, MOST_WORDS), random);
        for (uint64_t n = test_random_below(random, 4); n > 0; n--) {
            add_copy(document, &corpus->entries[test_random_below(random, ENTRIES)], corpus->is_folded, random);
            add(document, " ");
            add_words(document, test_random_below(random, 6), random);
        }
    }
}

static void fold(struct corpus *corpus, struct text *text) {
    struct ng_err err;
    text->folded.length = 0;
    ck_assert_int_eq(ng_fold_text(corpus->fold, text->bytes, text->length, &text->folded, &err), 0);
}

/* An index of the documents that are kept, with both views. */
static struct ng_index *make_index(const struct corpus *corpus, const char *name, const bool *dropped) {
    struct test_document exact[DOCUMENTS];
    struct test_document folded[DOCUMENTS];
    char folded_name[64];
    struct ng_index *index = NULL;
    struct ng_index *view = NULL;
    struct ng_err err = {0};
    size_t count = 0;
    for (size_t i = 0; i < DOCUMENTS; i++) {
        const struct text *text = &corpus->documents[i];
        if (dropped && dropped[i]) continue;
        exact[count] = (struct test_document){.text = text->bytes, .length = text->length};
        folded[count++] = (struct test_document){.text = text->folded.data, .length = text->folded.length};
    }
    if (count == 0) return NULL;
    test_make_index(test_temp_path(name), exact, count, 3000, 4);
    (void)snprintf(folded_name, sizeof folded_name, "%s.folded", name);
    test_make_index(test_temp_path(folded_name), folded, count, 700, 4);
    ck_assert_msg(ng_index_open(&index, test_temp_path(name), &err) == 0, "%s", err.text);
    ck_assert_msg(ng_index_open(&view, test_temp_path(folded_name), &err) == 0, "%s", err.text);
    view->is_folded = true;
    view->manifest.fold_version = NG_FOLD_VERSION;
    (void)snprintf(view->manifest.fold_unicode, sizeof view->manifest.fold_unicode, "%s", ng_fold_unicode());
    view->exact = index;
    index->folded = view;
    return index;
}

static struct ng_bytes searched(const struct corpus *corpus, const struct text *text) {
    return corpus->is_folded ? (struct ng_bytes){text->folded.data, text->folded.length}
                             : (struct ng_bytes){text->bytes, text->length};
}

static bool holds(struct ng_bytes text, struct ng_bytes piece) {
    return memmem(text.data, (size_t)text.length_bytes, piece.data, (size_t)piece.length_bytes) != NULL;
}

static void check_ranges(const struct corpus *corpus, const struct ng_index *view, const struct ng_contam_holder *holder) {
    const struct text *document = &corpus->documents[holder->doc];
    for (size_t i = 0; i < holder->piece_count; i++) {
        struct ng_err err;
        struct ng_buf folded = {0};
        struct ng_fold *again = NULL;
        struct ng_text_range range = {.begin = holder->pieces[i].begin, .end = holder->pieces[i].end};
        bool original;
        struct ng_doc_ranges one = {.doc = holder->doc, .ranges = &range, .count = 1};
        ck_assert_int_eq(ng_index_original_ranges(view, &one, 1, &original, &err), 0);
        ck_assert(original && range.begin < range.end && range.end <= document->length);
        ck_assert_uint_eq(range.begin_char, ng_utf8_characters(document->bytes, range.begin));
        ck_assert_uint_eq(range.end_char, ng_utf8_characters(document->bytes, range.end));
        if (!corpus->is_folded) {
            ck_assert_uint_eq(range.begin, holder->pieces[i].begin);
            ck_assert_uint_eq(range.end, holder->pieces[i].end);
            continue;
        }
        ck_assert_int_eq(ng_fold_open(&again, &err), 0);
        ck_assert_int_eq(ng_fold_text(again, document->bytes + range.begin, (size_t)(range.end - range.begin), &folded, &err), 0);
        ck_assert_msg(holds((struct ng_bytes){folded.data, folded.length},
                            (struct ng_bytes){document->folded.data + holder->pieces[i].begin,
                                              holder->pieces[i].end - holder->pieces[i].begin}), "another place");
        ng_buf_free(&folded);
        ng_fold_close(again);
    }
}

/* Documents that are read side by side give what each gives alone. */
static void check_all_ranges(const struct ng_index *view, const struct ng_contam_holders *holders) {
    struct ng_doc_ranges *documents = calloc(holders->count + 1, sizeof *documents);
    struct ng_text_range *ranges = calloc(holders->count + 1, sizeof *ranges);
    struct ng_err err;
    bool original;
    ck_assert(documents && ranges);
    for (size_t h = 0; h < holders->count; h++) {
        const struct ng_contam_holder *holder = &holders->holders[h];
        ranges[h] = (struct ng_text_range){.begin = holder->pieces[0].begin, .end = holder->pieces[0].end};
        documents[h] = (struct ng_doc_ranges){.doc = holder->doc, .ranges = &ranges[h], .count = 1};
    }
    ck_assert_int_eq(ng_index_original_ranges(view, documents, holders->count, &original, &err), 0);
    for (size_t h = 0; h < holders->count; h++) {
        const struct ng_contam_piece *piece = &holders->holders[h].pieces[0];
        struct ng_text_range range = {.begin = piece->begin, .end = piece->end};
        struct ng_doc_ranges one = {.doc = holders->holders[h].doc, .ranges = &range, .count = 1};
        ck_assert_int_eq(ng_index_original_ranges(view, &one, 1, &original, &err), 0);
        ck_assert_mem_eq(&range, &ranges[h], sizeof range);
    }
    free(documents);
    free(ranges);
}

/* The pieces of one entry; drops the documents that are needed. */
static void check_holders(const struct corpus *corpus, const struct ng_index *view, const struct text *entry,
                          const struct ng_contam_result *result, const struct ng_contam_holders *holders, bool *dropped) {
    struct ng_bytes text = searched(corpus, entry);
    bool held[DOCUMENTS] = {false};
    ck_assert(!holders->cut);
    for (size_t h = 0; h < holders->count; h++) {
        const struct ng_contam_holder *holder = &holders->holders[h];
        ck_assert_uint_lt(holder->doc, DOCUMENTS);
        ck_assert(h == 0 || holder->doc > holders->holders[h - 1].doc);
        ck_assert(holder->share > 0.0 && holder->share <= 1.0 && holder->piece_count > 0);
        struct ng_bytes document = searched(corpus, &corpus->documents[holder->doc]);
        for (size_t i = 0; i < holder->piece_count; i++) {
            const struct ng_contam_piece *piece = &holder->pieces[i];
            ck_assert(piece->begin < piece->end && piece->end <= document.length_bytes);
            ck_assert(holds(text, (struct ng_bytes){document.data + piece->begin, piece->end - piece->begin}));
        }
        if (holds(document, text)) ck_assert(holder->share == 1.0);
        check_ranges(corpus, view, holder);
        held[holder->doc] = true;
        dropped[holder->doc] = dropped[holder->doc] || holder->needed;
    }
    for (size_t i = 0; i < DOCUMENTS && result->verdict != NG_CONTAM_SHORT; i++) {
        if (holds(searched(corpus, &corpus->documents[i]), text)) ck_assert(held[i]);
    }
}

struct checked {
    struct ng_contam *contam;
    struct ng_bytes texts[ENTRIES];
    struct ng_contam_entry entries[ENTRIES];
    struct ng_contam_result results[ENTRIES];
};

static void check(struct checked *checked, const struct corpus *corpus, const struct ng_index *index,
                  const struct ng_contam_options *options) {
    struct ng_err err = {0};
    for (size_t i = 0; i < ENTRIES; i++) {
        checked->texts[i] = (struct ng_bytes){corpus->entries[i].bytes, corpus->entries[i].length};
        checked->entries[i] = (struct ng_contam_entry){.texts = &checked->texts[i], .text_count = 1};
    }
    ck_assert_msg(ng_contam_open(&checked->contam, &index, 1, options, &err) == 0, "%s", err.text);
    ck_assert_int_eq(ng_contam_prepare(checked->contam, checked->entries, ENTRIES, &err), 0);
    ck_assert_msg(ng_contam_check(checked->contam, checked->entries, ENTRIES, checked->results, &err) == 0, "%s", err.text);
}

static bool is_flagged(const struct ng_contam_result *result) {
    return result->verdict == NG_CONTAM_DIRTY || result->verdict == NG_CONTAM_SUSPICIOUS;
}

/* Entries whose shares are known have the same documents. */
static void check_shares(struct checked *checked, const struct ng_contam_holders *whole) {
    struct ng_contam_holders holders[ENTRIES];
    struct ng_err err = {0};
    struct test_shares shares;
    struct test_random random = test_random_make(1);
    test_shares_give(&shares, checked->contam, 1, checked->entries, ENTRIES, &random);
    ck_assert_msg(ng_contam_find_holders(checked->contam, checked->entries, ENTRIES, holders, &err) == 0, "%s", err.text);
    for (size_t i = 0; i < ENTRIES; i++) {
        ck_assert_uint_eq(holders[i].count, whole[i].count);
        ck_assert_int_eq(holders[i].cut, whole[i].cut);
        for (size_t k = 0; k < whole[i].count; k++) {
            const struct ng_contam_holder *a = &holders[i].holders[k];
            const struct ng_contam_holder *b = &whole[i].holders[k];
            ck_assert(a->index == b->index && a->doc == b->doc && a->share == b->share && a->needed == b->needed);
            ck_assert_uint_eq(a->piece_count, b->piece_count);
            if (a->piece_count > 0) ck_assert_mem_eq(a->pieces, b->pieces, a->piece_count * sizeof *a->pieces);
        }
    }
    ng_contam_holders_free(holders, ENTRIES);
    for (size_t i = 0; i < ENTRIES; i++) checked->entries[i].share_count = 0; /* a share is missing */
    ck_assert_int_eq(ng_contam_find_holders(checked->contam, checked->entries, ENTRIES, holders, &err), NG_ERR_CORRUPT);
    test_shares_free(&shares);
}

static void check_corpus(struct corpus *corpus, const struct ng_contam_options *options, uint64_t *flagged, uint64_t *kept) {
    static struct checked before;
    static struct checked after;
    struct ng_contam_holders holders[ENTRIES];
    struct ng_err err = {0};
    bool dropped[DOCUMENTS] = {false};
    struct ng_index *index = make_index(corpus, "before", NULL);
    check(&before, corpus, index, options);
    ck_assert_msg(ng_contam_find_holders(before.contam, before.entries, ENTRIES, holders, &err) == 0, "%s", err.text);
    const struct ng_index *view = ng_contam_get_view(before.contam, 0);
    ck_assert_ptr_eq(view, ng_index_view(index, corpus->is_folded ? NG_VIEW_FOLDED : NG_VIEW_EXACT));
    for (size_t i = 0; i < ENTRIES; i++) {
        bool counts = is_flagged(&before.results[i]);
        bool ignored[DOCUMENTS] = {false};
        check_all_ranges(view, &holders[i]);
        check_holders(corpus, view, &corpus->entries[i], &before.results[i], &holders[i], counts ? dropped : ignored);
        *flagged += counts ? 1 : 0;
    }
    check_shares(&before, holders);
    ng_contam_holders_free(holders, ENTRIES);
    struct ng_index *rest = make_index(corpus, "after", dropped);
    if (rest) {
        check(&after, corpus, rest, options);
        for (size_t i = 0; i < ENTRIES; i++) {
            ck_assert_msg(!is_flagged(&after.results[i]) || !is_flagged(&before.results[i]), "entry %zu is still %s", i,
                          ng_contam_class_name(after.results[i].verdict));
        }
        for (size_t i = 0; i < DOCUMENTS; i++) *kept += dropped[i] ? 0 : 1;
        ng_contam_results_free(after.results, ENTRIES);
        ng_contam_close(after.contam);
        ng_index_close(rest);
    }
    ng_contam_results_free(before.results, ENTRIES);
    ng_contam_close(before.contam);
    ng_index_close(index);
}

static void check_preset(enum ng_contam_preset preset) {
    uint64_t flagged = 0;
    uint64_t kept = 0;
    for (uint64_t seed = 0; seed < CORPORA; seed++) {
        static struct corpus corpus;
        struct ng_err err;
        struct test_random random = test_random_make(1000 * (uint64_t)preset + seed + 1);
        struct ng_contam_options options;
        memset(&corpus, 0, sizeof corpus);
        corpus.is_folded = preset == NG_PRESET_FOLDED;
        ck_assert_int_eq(ng_fold_open(&corpus.fold, &err), 0);
        fill(&corpus, &random);
        for (size_t i = 0; i < DOCUMENTS; i++) fold(&corpus, &corpus.documents[i]);
        for (size_t i = 0; i < ENTRIES; i++) fold(&corpus, &corpus.entries[i]);
        ng_contam_options_init(&options);
        ng_contam_options_set_preset(&options, preset);
        options.chars = 12 + test_random_below(&random, 30);
        options.stride = 1 + test_random_below(&random, 2);
        options.benchmark_guard = 0; /* guards count what is left, which may be less common then */
        options.corpus_guard = 0;
        options.threads = 1 + (unsigned)test_random_below(&random, 2);
        check_corpus(&corpus, &options, &flagged, &kept);
        for (size_t i = 0; i < DOCUMENTS; i++) ng_buf_free(&corpus.documents[i].folded);
        for (size_t i = 0; i < ENTRIES; i++) ng_buf_free(&corpus.entries[i].folded);
        ng_fold_close(corpus.fold);
    }
    if (TEST_SANITIZED) return;
    ck_assert_uint_gt(flagged, 100);
    ck_assert_uint_gt(kept, 100);
}

START_TEST(paper) {
    check_preset(NG_PRESET_PAPER);
}
END_TEST

START_TEST(folded) {
    check_preset(NG_PRESET_FOLDED);
}
END_TEST

static Suite *holders_suite(void) {
    Suite *suite = suite_create("holders");
    TCase *cases = tcase_create("random");
    tcase_set_timeout(cases, 120);
    tcase_add_test(cases, paper);
    tcase_add_test(cases, folded);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) {
    static test_suite_new *const suites[] = {holders_suite};
    return test_run(suites, 1);
}
