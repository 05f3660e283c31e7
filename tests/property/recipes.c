/* The recipes of publications on small random corpora, beside scans by independent Python (recipe_reference.py): against
 * one index of one shard, and against two of many; as they are, and with limits that are soon reached. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/text/fold.h"
#include "query/include/ngidx_recipe.h"
#include "query/lib/index.h"
#include "query/preset/preset.h"
#include "tests/support/make_index.h"
#include "tests/support/runner.h"
#include "tests/support/sanitized.h"
#include "tests/support/temp.h"

enum { PARTS = 4, CORPORA = TEST_SANITIZED ? 20 : 125, LIMITED_CORPORA = TEST_SANITIZED ? 20 : 60, MOST = 64, MOST_TEXTS = 8 };

/* A corpus and its benchmark. */
struct corpus {
    uint64_t seed;
    size_t split;  /* documents from here on may be in a second index */
    uint64_t hits; /* of an n-gram whose documents are looked at; 0: no limits */
    struct ng_buf documents[MOST];
    struct ng_buf folded[MOST];
    size_t document_count;
    struct ng_buf texts[MOST][MOST_TEXTS];
    struct ng_buf answers[MOST];
    struct ng_bytes pieces[MOST][MOST_TEXTS];
    struct ng_contam_entry entries[MOST];
    struct ng_recipe_verdict wanted[MOST][NG_RECIPES];
    char classes[MOST][NG_RECIPES][16];
    size_t entry_count;
};

static void decode_hex(const char *hex, struct ng_buf *out) {
    size_t digits = strspn(hex, "0123456789abcdef");
    ck_assert_int_eq(ng_buf_reserve(out, digits / 2 + 1, NULL), 0);
    for (size_t i = 0; i + 1 < digits; i += 2) {
        char pair[3] = {hex[i], hex[i + 1], '\0'};
        out->data[out->length++] = (uint8_t)strtoul(pair, NULL, 16);
    }
}

static void read_entry(struct corpus *corpus, char *line) {
    size_t e = corpus->entry_count++;
    struct ng_contam_entry *entry = &corpus->entries[e];
    char *save = NULL;
    char *texts = strtok_r(line, " \n", &save);
    char *answer = strtok_r(NULL, " \n", &save);
    ck_assert(e < MOST && texts && answer);
    *entry = (struct ng_contam_entry){.texts = corpus->pieces[e]};
    for (char *at = texts; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
        struct ng_buf *text = &corpus->texts[e][entry->text_count];
        decode_hex(at + 1, text);
        corpus->pieces[e][entry->text_count++] = (struct ng_bytes){text->data, text->length};
    }
    decode_hex(answer + 1, &corpus->answers[e]);
    entry->answer = (struct ng_bytes){corpus->answers[e].data, corpus->answers[e].length};
    for (int r = 0; r < NG_RECIPES; r++) {
        struct ng_recipe_verdict *wanted = &corpus->wanted[e][r];
        unsigned long long found;
        unsigned long long of;
        const char *verdict = strtok_r(NULL, " \n", &save);
        ck_assert_ptr_nonnull(verdict);
        /* NOLINTNEXTLINE(cert-err34-c): repr() of Python */
        ck_assert_int_eq(sscanf(verdict, "%15[a-z]:%lf:%llu:%llu", corpus->classes[e][r], &wanted->share, &found, &of), 4);
        wanted->found = found;
        wanted->of = of;
    }
}

static void clear(struct corpus *corpus) {
    for (size_t d = 0; d < corpus->document_count; d++) {
        ng_buf_free(&corpus->documents[d]);
        ng_buf_free(&corpus->folded[d]);
    }
    for (size_t e = 0; e < corpus->entry_count; e++) {
        for (size_t t = 0; t < MOST_TEXTS; t++) ng_buf_free(&corpus->texts[e][t]);
        ng_buf_free(&corpus->answers[e]);
    }
    *corpus = (struct corpus){0};
}

/* An index of the documents [first, end), the folded view in shards of its own. */
static struct ng_index *make_index(const struct corpus *corpus, const char *name, size_t first, size_t end,
                                   uint64_t shard_rows) {
    static char folded_name[64];
    struct test_document exact[MOST];
    struct test_document folded[MOST];
    struct ng_index *index = NULL;
    struct ng_index *view = NULL;
    struct ng_err err = {0};
    for (size_t i = first; i < end; i++) {
        exact[i - first] = (struct test_document){.text = corpus->documents[i].data, .length = corpus->documents[i].length};
        folded[i - first] = (struct test_document){.text = corpus->folded[i].data, .length = corpus->folded[i].length};
    }
    test_make_index(test_temp_path(name), exact, end - first, shard_rows, 4);
    (void)snprintf(folded_name, sizeof folded_name, "%s.folded", name);
    test_make_index(test_temp_path(folded_name), folded, end - first, shard_rows / 2, 8);
    ck_assert_msg(ng_index_open(&index, test_temp_path(name), &err) == 0, "%s", err.text);
    ck_assert_msg(ng_index_open(&view, test_temp_path(folded_name), &err) == 0, "%s", err.text);
    view->is_folded = true;
    view->manifest.fold_version = NG_FOLD_VERSION;
    (void)snprintf(view->manifest.fold_unicode, sizeof view->manifest.fold_unicode, "%s", ng_fold_unicode());
    view->exact = index;
    index->folded = view;
    return index;
}

static void compare(const struct corpus *corpus, const struct ng_recipe_verdict *verdicts, uint32_t recipes) {
    for (size_t e = 0; e < corpus->entry_count; e++) {
        for (int r = 0; r < NG_RECIPES; r++) {
            const struct ng_recipe_verdict *found = &verdicts[e * NG_RECIPES + (size_t)r];
            const struct ng_recipe_verdict *wanted = &corpus->wanted[e][r];
            if (!(recipes >> r & 1)) continue;
            const char *class = ng_contam_class_name(found->verdict);
            double off = found->share - wanted->share;
            bool same = off < 1e-9 && off > -1e-9 && found->found == wanted->found && found->of == wanted->of;
            bool near = r == NG_RECIPE_DECON && wanted->share > 0.8 - 1e-9 && wanted->share < 0.8 + 1e-9;
            if (same && (near || strcmp(class, corpus->classes[e][r]) == 0) && !found->limited) continue;
            ck_abort_msg("corpus %llu, entry %zu, %s: %s %.12f %llu of %llu%s, not %s %.12f %llu of %llu",
                         (unsigned long long)corpus->seed, e, ng_recipe_name((enum ng_recipe)r), class, found->share,
                         (unsigned long long)found->found, (unsigned long long)found->of,
                         found->limited ? ", limited" : "", corpus->classes[e][r], wanted->share,
                         (unsigned long long)wanted->found, (unsigned long long)wanted->of);
        }
    }
}

/* How bad a class is; of an entry that is not judged, a number of its own. */
static int rank_class(const char *class) {
    static const char *const classes[] = {"clean", "suspicious", "dirty", "short", "skipped"};
    for (int i = 0; i < 5; i++) {
        if (strcmp(class, classes[i]) == 0) return i < 3 ? i : 10 * i;
    }
    ck_abort_msg("class %s", class);
}

/* Whether an entry is one text that stands, as it is, in more places than a check looks at. */
static bool is_copied(const struct corpus *corpus, size_t e) {
    struct ng_bytes text = corpus->entries[e].texts[0];
    uint64_t places = 0;
    if (corpus->entries[e].text_count != 1 || text.length_bytes == 0) return false;
    for (size_t d = 0; d < corpus->document_count; d++) {
        const uint8_t *at = corpus->documents[d].data;
        const uint8_t *end = at + corpus->documents[d].length;
        while (at < end && (at = memmem(at, (size_t)(end - at), text.data, text.length_bytes))) {
            places++;
            at++;
        }
    }
    return places > corpus->hits;
}

/* What the verdicts of limited corpora show of the limits. */
struct reached {
    size_t limited;
    size_t copies; /* entries copied whole, and dirty */
};

/* A verdict that is not limited is that of all documents and stretches; a limited one is not worse, and never dirty. */
static void compare_limited(const struct corpus *corpus, const struct ng_recipe_verdict *verdicts,
                            struct reached *reached) {
    for (size_t e = 0; e < corpus->entry_count; e++) {
        bool copied = is_copied(corpus, e);
        for (int r = 0; r < NG_RECIPES; r++) {
            const struct ng_recipe_verdict *found = &verdicts[e * NG_RECIPES + (size_t)r];
            const struct ng_recipe_verdict *wanted = &corpus->wanted[e][r];
            bool has_answer = r == NG_RECIPE_DECON && corpus->entries[e].answer.length_bytes > 0;
            int here = rank_class(ng_contam_class_name(found->verdict));
            int worst = rank_class(corpus->classes[e][r]);
            bool near = r == NG_RECIPE_DECON && wanted->share > 0.8 - 1e-9 && wanted->share < 0.8 + 1e-9;
            near = near || (r == NG_RECIPE_OPEN_R1 && worst == 1);
            bool fits = found->limited ? here <= worst && here < 2 : here == worst;
            reached->limited += found->limited ? 1 : 0;
            if (copied && !has_answer && worst < 3) {
                ck_assert_msg(here == 2, "corpus %llu, entry %zu, copied whole: %s by %s", (unsigned long long)corpus->seed, e,
                              ng_contam_class_name(found->verdict), ng_recipe_name((enum ng_recipe)r));
                reached->copies++;
            }
            if ((fits || near) && found->share <= wanted->share + 1e-9) continue;
            ck_abort_msg("corpus %llu, entry %zu, %s: %s %.12f%s, but %s %.12f by all documents",
                         (unsigned long long)corpus->seed, e, ng_recipe_name((enum ng_recipe)r),
                         ng_contam_class_name(found->verdict), found->share, found->limited ? ", limited" : "",
                         corpus->classes[e][r], wanted->share);
        }
    }
}

static void check(const struct corpus *corpus, const struct ng_index *const *indexes, size_t index_count,
                  uint32_t followed, unsigned threads, struct ng_recipe_verdict *verdicts) {
    struct ng_recipe_options options;
    struct ng_recipes *recipes;
    struct ng_err err = {0};
    ng_recipe_options_init(&options);
    options.recipes = followed;
    options.seed = corpus->seed;
    options.threads = threads;
    ck_assert_msg(ng_recipes_open(&recipes, indexes, index_count, &options, &err) == 0, "%s", err.text);
    if (corpus->hits > 0) {
        recipes->limits = (struct ng_preset_limits){.hits = corpus->hits,
                                                    .documents = 1 + corpus->seed % 4,
                                                    .document_bytes = corpus->seed % 2 ? 600 : UINT64_MAX,
                                                    .passages = 1 + corpus->seed % 5};
    }
    size_t half = corpus->entry_count / 2;
    ck_assert_msg(ng_recipes_prepare(recipes, corpus->entries, half, &err) == 0, "%s", err.text);
    ck_assert_msg(ng_recipes_prepare(recipes, corpus->entries + half, corpus->entry_count - half, &err) == 0, "%s",
                  err.text);
    ck_assert_msg(ng_recipes_check(recipes, corpus->entries, corpus->entry_count, verdicts, &err) == 0, "%s", err.text);
    if (corpus->hits == 0) compare(corpus, verdicts, followed);
    ng_recipes_close(recipes);
}

static void check_corpus(struct corpus *corpus, struct ng_fold *fold, struct reached *reached) {
    static struct ng_recipe_verdict verdicts[MOST * NG_RECIPES];
    static struct ng_recipe_verdict others[MOST * NG_RECIPES];
    const uint32_t all = (1u << NG_RECIPES) - 1;
    for (size_t d = 0; d < corpus->document_count; d++) {
        const struct ng_buf *text = &corpus->documents[d];
        ck_assert_int_eq(ng_fold_text(fold, text->data, text->length, &corpus->folded[d], NULL), 0);
    }
    struct ng_index *whole = make_index(corpus, "whole", 0, corpus->document_count, UINT64_MAX);
    const struct ng_index *const one[] = {whole};
    check(corpus, one, 1, all, 1, verdicts);
    check(corpus, one, 1, 1u << corpus->seed % NG_RECIPES, 1, others);
    if (corpus->hits > 0) compare_limited(corpus, verdicts, reached);
    ng_index_close(whole);
    if (corpus->split == corpus->document_count || corpus->seed % 3 > 0) return;
    struct ng_index *first = make_index(corpus, "first", 0, corpus->split, 400);
    struct ng_index *second = make_index(corpus, "second", corpus->split, corpus->document_count, 900);
    const struct ng_index *const both[] = {first, second};
    check(corpus, both, 2, all, 3, others);
    for (size_t i = 0; i < corpus->entry_count * NG_RECIPES; i++) {
        bool same = others[i].verdict == verdicts[i].verdict && others[i].limited == verdicts[i].limited &&
                    others[i].found == verdicts[i].found && others[i].of == verdicts[i].of;
        ck_assert_msg(same, "corpus %llu, entry %zu, recipe %zu: otherwise in two indexes",
                      (unsigned long long)corpus->seed, i / NG_RECIPES, i % NG_RECIPES);
    }
    ng_index_close(first);
    ng_index_close(second);
}

static void check_corpora(int first, int count, const char *mode, struct reached *reached) {
    static struct corpus corpus;
    struct ng_fold *fold;
    char command[128];
    char *line = NULL;
    size_t capacity = 0;
    int corpora = 0;
    ck_assert_int_eq(ng_fold_open(&fold, NULL), 0);
    (void)snprintf(command, sizeof command, "python3 -B tests/property/recipe_reference.py %d %d %s", first, count, mode);
    FILE *reference = popen(command, "r"); /* NOLINT(cert-env33-c) */
    ck_assert_ptr_nonnull(reference);
    while (getline(&line, &capacity, reference) > 0) {
        if (line[0] == 'C') {
            if (corpora++ > 0) check_corpus(&corpus, fold, reached);
            clear(&corpus);
            char *end;
            corpus.seed = strtoull(line + 2, &end, 10);
            corpus.split = (size_t)strtoull(end, &end, 10);
            corpus.hits = strtoull(end, NULL, 10);
        } else if (line[0] == 'D') {
            ck_assert_uint_lt(corpus.document_count, MOST);
            decode_hex(line + 3, &corpus.documents[corpus.document_count++]);
        } else {
            read_entry(&corpus, line + 2);
        }
    }
    ck_assert_int_eq(corpora, count);
    check_corpus(&corpus, fold, reached);
    clear(&corpus);
    ck_assert_int_eq(pclose(reference), 0);
    free(line);
    ng_fold_close(fold);
}

START_TEST(as_python_judges) {
    struct reached reached = {0};
    check_corpora(_i * CORPORA, CORPORA, "", &reached);
}
END_TEST

START_TEST(limits_are_told) {
    struct reached reached = {0};
    check_corpora(1000, LIMITED_CORPORA, "limited", &reached);
    ck_assert_uint_gt(reached.limited, LIMITED_CORPORA / 2);
    ck_assert_uint_gt(reached.copies, LIMITED_CORPORA / 2);
}
END_TEST

static Suite *recipes_suite(void) {
    Suite *suite = suite_create("recipes");
    TCase *cases = tcase_create("reference");
    tcase_set_timeout(cases, 300);
    tcase_add_loop_test(cases, as_python_judges, 0, PARTS);
    tcase_add_test(cases, limits_are_told);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) {
    static test_suite_new *const suites[] = {recipes_suite};
    return test_run(suites, 1);
}
