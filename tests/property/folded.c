/* NG_PRESET_FOLDED on small random texts in twelve scripts: the engine and its naive mode against the rule written down
 * once more, with scans of the folded documents. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text/fold.h"
#include "query/include/ngidx_contam.h"
#include "query/lib/index.h"
#include "tests/support/make_index.h"
#include "tests/support/runner.h"
#include "tests/support/shares.h"
#include "tests/support/sanitized.h"
#include "tests/support/temp.h"

enum {
    CORPORA = TEST_SANITIZED ? 2 : 20,
    SCRIPTS = 12,
    DOCUMENTS = 14,
    ENTRIES = 70,
    MOST_BYTES = 1200,  /* of a text, as it is */
    MOST_LETTERS = 400,
    PIECES = 10,        /* that documents and entries share */
    UNITS_OF_UNSPACED = 2
};

/* Words of each script; those of scripts without spaces are written one behind the other. */
static const struct {
    const char *words[6];
    bool unspaced;
} LANGUAGES[SCRIPTS] = {
    {{"The", "cat", "SAT", "don't", "mat", "x9"}, false},
    {{"Кот", "сел", "на", "МАТ", "ёж", "ы"}, false},
    {{"ΓΆΤΑ", "στο", "χαλί", "και", "ὁ", "ς"}, false},
    {{"قطة", "على", "سجادة", "في", "٣", "و"}, false},
    {{"חתול", "על", "שטיח", "את", "גם", "ב"}, false},
    {{"बिल्ली", "चटाई", "पर", "है", "में", "क"}, false},
    {{"고양이", "매트", "위", "에", "그", "나"}, false},
    {{"猫", "坐在", "垫子", "上", "天地", "玄"}, true},
    {{"ネコ", "が", "マット", "の上", "に", "ル"}, true},
    {{"แมว", "นั่ง", "บน", "เสื่อ", "ก็", "ดี"}, true},
    {{"ແມວ", "ນັ່ງ", "ຢູ່", "ເທິງ", "ເສື່ອ", "ດີ"}, true},
    {{"ឆ្មា", "អង្គុយ", "លើ", "កន្ទេល", "ហើយ", "ល"}, true},
};
static const char *const SPACES[] = {" ", "\n", "  ", "\t> ", " - ", " &amp; ", ", ", "</p><p>"};

/* A text as it was written, and folded by its words. */
struct text {
    char bytes[MOST_BYTES + 1];
    size_t length;
    uint8_t folded[MOST_BYTES + 1];
    size_t folded_length;
    size_t at[MOST_LETTERS + 1]; /* byte offset of each folded letter, and the end */
    bool begins_word[MOST_LETTERS];
    bool begins_copy[MOST_LETTERS]; /* no mark of the letter before */
    bool unspaced[MOST_LETTERS];
    size_t letters;
};

struct corpus {
    struct text pieces[PIECES];
    struct text documents[DOCUMENTS];
    struct text entries[ENTRIES];
    size_t first_of_second;
    struct ng_fold *fold;
};

static void add_word(struct corpus *corpus, struct text *text, const char *word, bool unspaced, bool space) {
    struct ng_err err;
    struct ng_buf folded = {0};
    if (text->length + strlen(word) + 8 > MOST_BYTES || text->letters + strlen(word) > MOST_LETTERS) return;
    text->length += (size_t)sprintf(text->bytes + text->length, "%s", word);
    ck_assert_int_eq(ng_fold_text(corpus->fold, (const uint8_t *)word, strlen(word), &folded, &err), 0);
    bool first = space;
    for (size_t i = 0; i < folded.length; i++) {
        if ((folded.data[i] & 0xC0) != 0x80) {
            text->at[text->letters] = text->folded_length + i;
            text->begins_word[text->letters] = first;
            text->begins_copy[text->letters] = i == 0;
            text->unspaced[text->letters++] = unspaced;
            first = false;
        }
    }
    if (folded.length > 0) memcpy(text->folded + text->folded_length, folded.data, folded.length);
    text->folded_length += folded.length;
    text->at[text->letters] = text->folded_length;
    ng_buf_free(&folded);
}

static bool ends_in_space(const struct text *text) {
    if (text->length == 0) return true;
    char last = text->bytes[text->length - 1];
    return last == ' ' || last == '\n' || last == '\t' || last == '>';
}

static void add_space(struct text *text, struct test_random *random) {
    if (text->length + 16 > MOST_BYTES) return;
    text->length += (size_t)sprintf(text->bytes + text->length, "%s", SPACES[test_random_below(random, 8)]);
}

/* Adds random words of a script, or of another now and then. */
static void add_words(struct corpus *corpus, struct text *text, size_t script, size_t count, struct test_random *random) {
    for (size_t i = 0; i < count; i++) {
        size_t language = test_random_below(random, 12) ? script : (size_t)test_random_below(random, SCRIPTS);
        const char *word = LANGUAGES[language].words[test_random_below(random, 6)];
        bool unspaced = LANGUAGES[language].unspaced;
        /* A bare number in a script without spaces has none either. */
        bool space = ends_in_space(text);
        if (!space && (!unspaced || test_random_below(random, 9) == 0)) {
            add_space(text, random);
            space = ends_in_space(text);
        }
        if (space || unspaced) add_word(corpus, text, word, unspaced, space);
    }
}

/* Adds the words of another text again: its bytes, behind a space. */
static void add_copy(struct text *text, const struct text *other, size_t from, size_t letters, struct test_random *random) {
    if (!ends_in_space(text)) add_space(text, random);
    if (!ends_in_space(text) && text->length > 0) return;
    size_t bytes = other->at[from + letters] - other->at[from];
    if (text->length + bytes + 8 > MOST_BYTES || text->letters + letters > MOST_LETTERS) return;
    memcpy(text->bytes + text->length, other->folded + other->at[from], bytes);
    text->length += bytes;
    memcpy(text->folded + text->folded_length, other->folded + other->at[from], bytes);
    for (size_t i = 0; i < letters; i++) {
        text->at[text->letters] = text->folded_length + other->at[from + i] - other->at[from];
        text->begins_word[text->letters] = i == 0;
        text->begins_copy[text->letters] = i == 0 || other->begins_copy[from + i];
        text->unspaced[text->letters++] = other->unspaced[from + i];
    }
    text->folded_length += bytes;
    text->at[text->letters] = text->folded_length;
}

static void add_stuff(struct corpus *corpus, struct text *text, size_t script, size_t parts, struct test_random *random) {
    for (size_t i = 0; i < parts; i++) {
        const struct text *other = &corpus->pieces[test_random_below(random, PIECES)];
        if (test_random_below(random, 3) == 0 || other->letters == 0) {
            add_words(corpus, text, script, 1 + (size_t)test_random_below(random, 5), random);
            continue;
        }
        size_t from = test_random_below(random, 2) ? 0 : (size_t)test_random_below(random, other->letters);
        while (!other->begins_copy[from]) from--;
        size_t letters = test_random_below(random, 2) ? other->letters - from : (size_t)test_random_below(random, other->letters - from + 1);
        if (letters > 0) add_copy(text, other, from, letters, random);
    }
}

static void fill(struct corpus *corpus, size_t script, struct test_random *random) {
    for (size_t i = 0; i < PIECES; i++) add_words(corpus, &corpus->pieces[i], script, 2 + (size_t)test_random_below(random, 14), random);
    for (size_t i = 0; i < DOCUMENTS; i++) add_stuff(corpus, &corpus->documents[i], script, (size_t)test_random_below(random, 6), random);
    for (size_t i = 0; i < ENTRIES; i++) add_stuff(corpus, &corpus->entries[i], script, (size_t)test_random_below(random, 6), random);
    corpus->first_of_second = test_random_below(random, 2) ? DOCUMENTS : 1 + (size_t)test_random_below(random, DOCUMENTS - 1);
}

/* ---- The rule, by scans ---- */

struct window {
    size_t begin; /* letters */
    size_t end;
    uint32_t documents; /* a bit each */
    bool crowded;
    bool overrun;
    bool confirmed;
};

struct oracle {
    const struct corpus *corpus;
    const struct ng_contam_options *options;
    const struct text *text;
    struct window large[MOST_LETTERS];
    struct window small[MOST_LETTERS];
    size_t large_count;
    size_t small_count;
    bool whole;
};

struct verdict {
    enum ng_contam_class class;
    double coverage;
    double document_coverage;
    bool asked; /* documents decide */
};

static uint64_t units_of(const struct text *text, size_t begin, size_t end) {
    uint64_t units = 0;
    for (size_t i = begin; i < end; i++) units += text->unspaced[i] ? UNITS_OF_UNSPACED : 1;
    return units;
}

static bool holds(const struct text *text, const struct text *other, size_t begin, size_t end) {
    return memmem(text->folded, text->folded_length, other->folded + other->at[begin], other->at[end] - other->at[begin]);
}

static struct window look_at(const struct oracle *oracle, size_t begin, size_t end) {
    struct window window = {.begin = begin, .end = end};
    uint64_t entries = 0;
    for (size_t d = 0; d < DOCUMENTS; d++) {
        if (holds(&oracle->corpus->documents[d], oracle->text, begin, end)) window.documents |= UINT32_C(1) << d;
    }
    for (size_t i = 0; i < ENTRIES; i++) entries += holds(&oracle->corpus->entries[i], oracle->text, begin, end);
    window.crowded = oracle->options->benchmark_guard > 0 && entries > oracle->options->benchmark_guard;
    window.overrun = oracle->options->corpus_guard > 0 &&
                     (uint64_t)__builtin_popcount(window.documents) > oracle->options->corpus_guard;
    return window;
}

static bool is_start(const struct oracle *oracle, size_t i) {
    const struct text *text = oracle->text;
    if (text->begins_word[i] || text->unspaced[i] || (i > 0 && text->unspaced[i - 1])) return true;
    size_t token = i; /* a long token has starts within */
    while (!(text->begins_word[token] || text->unspaced[token] || (token > 0 && text->unspaced[token - 1]))) token--;
    size_t end = i + 1;
    while (end < text->letters && !text->begins_word[end] && !text->unspaced[end]) end++;
    size_t step = oracle->options->chars / 2;
    return step > 0 && end - token > oracle->options->chars && (i - token) % step == 0;
}

static size_t find_windows(const struct oracle *oracle, uint64_t units, struct window *windows) {
    size_t count = 0;
    uint64_t starts = 0;
    for (size_t i = 0; i < oracle->text->letters; i++) {
        if (!is_start(oracle, i) || starts++ % oracle->options->stride != 0) continue;
        size_t end = i;
        while (end < oracle->text->letters && units_of(oracle->text, i, end) < units) end++;
        if (units_of(oracle->text, i, end) >= units) windows[count++] = look_at(oracle, i, end);
    }
    return count;
}

static void cover(bool *letters, const struct window *window) {
    for (size_t i = window->begin; i < window->end; i++) letters[i] = true;
}

static double count(const bool *letters) {
    double sum = 0;
    for (size_t i = 0; i < MOST_LETTERS; i++) sum += letters[i];
    return sum;
}

static bool is_common(const struct window *window) {
    return window->crowded || window->overrun;
}

/* Bytes of the longest piece of the entry that occurs, the first of several. */
static void find_longest(const struct oracle *oracle, size_t *begin, size_t *end) {
    const struct text *text = oracle->text;
    *begin = *end = 0;
    for (size_t b = 0; b < text->folded_length; b++) {
        for (;;) {
            size_t length = *end - *begin + 1;
            bool found = false;
            for (size_t d = 0; d < DOCUMENTS && !found && b + length <= text->folded_length; d++) {
                const struct text *document = &oracle->corpus->documents[d];
                found = memmem(document->folded, document->folded_length, text->folded + b, length);
            }
            if (!found) break;
            *begin = b;
            *end = b + length;
        }
    }
}

/* The best coverage by one document, of what counts. */
static double best_document(const struct oracle *oracle, uint32_t mask, bool guarded, double counted) {
    double best = 0;
    size_t begin;
    size_t end;
    find_longest(oracle, &begin, &end);
    for (size_t d = 0; d <= DOCUMENTS; d++) { /* the last is where the longest match is */
        bool letters[MOST_LETTERS] = {false};
        for (size_t i = 0; i < oracle->large_count; i++) {
            const struct window *w = &oracle->large[i];
            if (!(w->documents & mask) || (guarded && is_common(w))) continue;
            bool in = d == DOCUMENTS ? oracle->text->at[w->begin] >= begin && oracle->text->at[w->end] <= end
                                     : !w->overrun && w->documents >> d & 1;
            if (in) cover(letters, w);
        }
        for (size_t i = 0; i < oracle->small_count && d < DOCUMENTS; i++) {
            if (oracle->small[i].confirmed && oracle->small[i].documents >> d & 1) cover(letters, &oracle->small[i]);
        }
        if (counted > 0 && count(letters) / counted > best) best = count(letters) / counted;
    }
    return best;
}

/* Documents that hold several stretches of the found windows. */
static uint32_t find_whole(const struct oracle *oracle, uint32_t mask, bool guarded) {
    uint32_t whole = 0;
    for (size_t d = 0; d < DOCUMENTS; d++) {
        size_t reach = SIZE_MAX;
        if (!(mask >> d & 1)) continue;
        for (size_t i = 0; i < oracle->large_count; i++) {
            const struct window *w = &oracle->large[i];
            if (!(w->documents >> d & 1) || w->overrun || (guarded && is_common(w))) continue;
            if (reach != SIZE_MAX && w->begin > reach + 10) whole |= UINT32_C(1) << d;
            if (reach == SIZE_MAX || w->end > reach) reach = w->end;
        }
    }
    return whole;
}

static bool is_unquoted(const struct window *window, uint32_t mask, uint32_t whole) {
    if (window->overrun) return false;
    return (window->documents & whole) || __builtin_popcount(window->documents & mask) <= 2;
}

static enum ng_contam_class class_of(const struct oracle *oracle, double coverage) {
    if (coverage >= oracle->options->dirty) return NG_CONTAM_DIRTY;
    return coverage >= oracle->options->suspicious ? NG_CONTAM_SUSPICIOUS : NG_CONTAM_CLEAN;
}

/* What the pass that looks at documents found is used in all others. */
static struct verdict judge(struct oracle *oracle, uint32_t mask, bool with_small, bool with_documents) {
    bool kept[MOST_LETTERS] = {false};
    bool found[MOST_LETTERS] = {false};
    bool most[MOST_LETTERS] = {false};
    bool unquoted[MOST_LETTERS] = {false};
    struct verdict verdict = {.document_coverage = -1};
    double letters = (double)oracle->text->letters;
    bool left_out = false;
    uint32_t documents = 0;
    bool is_found = false;
    for (size_t i = 0; i < oracle->large_count; i++) {
        if (is_common(&oracle->large[i])) left_out = true;
        else cover(kept, &oracle->large[i]);
    }
    bool guarded = oracle->whole || count(kept) >= 0.1 * letters;
    if (!guarded) left_out = false;
    bool finds_common = false;
    for (size_t i = 0; i < oracle->large_count; i++) {
        const struct window *w = &oracle->large[i];
        if (!(w->documents & mask)) continue;
        if (is_common(w)) finds_common = true;
        if (guarded && is_common(w)) continue;
        cover(found, w);
        is_found = true;
        if (!w->overrun) documents |= w->documents & mask;
    }
    double coverage = count(found) / (left_out ? count(kept) > 0 ? count(kept) : 1 : letters);
    memcpy(most, found, sizeof most);
    bool counted[MOST_LETTERS];
    memcpy(counted, kept, sizeof counted);
    for (size_t i = 0; i < oracle->small_count && with_small && is_found; i++) {
        struct window *w = &oracle->small[i];
        if (!(w->documents & mask) || (guarded && (w->crowded || (with_documents && w->overrun)))) continue;
        cover(most, w);
        cover(counted, w);
    }
    double above = count(most) / (left_out ? count(counted) > 0 ? count(counted) : 1 : letters);
    verdict.asked = is_found && coverage < 0.8 && above >= oracle->options->suspicious;
    uint32_t whole = with_documents ? find_whole(oracle, mask, guarded) : 0;
    for (size_t i = 0; i < oracle->small_count; i++) {
        struct window *w = &oracle->small[i];
        w->confirmed = with_small && with_documents && is_found && (w->documents & mask & documents) && !w->overrun &&
                       !(guarded && is_common(w));
        if (!w->confirmed) continue;
        cover(found, w);
        cover(kept, w);
        if (is_unquoted(w, mask, whole)) cover(unquoted, w);
    }
    for (size_t i = 0; i < oracle->large_count; i++) {
        const struct window *w = &oracle->large[i];
        if ((w->documents & mask) && !(guarded && is_common(w)) && is_unquoted(w, mask, whole)) cover(unquoted, w);
    }
    double whole_letters = left_out ? count(kept) : letters;
    verdict.coverage = whole_letters > 0 ? count(found) / whole_letters : 0;
    verdict.class = class_of(oracle, verdict.coverage);
    if (verdict.class == NG_CONTAM_CLEAN) {
        if (guarded && finds_common) verdict.class = NG_CONTAM_COMMON;
    } else if (with_documents && verdict.coverage < 0.8) {
        double rest = count(unquoted) / whole_letters;
        if (rest < oracle->options->suspicious) verdict.class = NG_CONTAM_COMMON;
        else if (verdict.class == NG_CONTAM_DIRTY && rest < oracle->options->dirty) verdict.class = NG_CONTAM_SUSPICIOUS;
    }
    if (with_documents || coverage >= 0.8) verdict.document_coverage = best_document(oracle, mask, guarded, whole_letters);
    return verdict;
}

static uint32_t mask_of(const struct corpus *corpus, size_t index) {
    uint32_t first = (UINT32_C(1) << corpus->first_of_second) - 1;
    uint32_t all = (UINT32_C(1) << DOCUMENTS) - 1;
    return index == 0 ? all : index == 1 ? first : all & ~first;
}

static void check_entry(struct oracle *oracle, const struct ng_contam_result *result, size_t indexes) {
    const struct ng_contam_options *options = oracle->options;
    const struct text *text = oracle->text;
    uint64_t units = units_of(text, 0, text->letters);
    bool blank = text->length == 0;
    if (units < options->minimum_units || text->letters == 0) {
        if (blank) ck_assert_int_eq(result->verdict, NG_CONTAM_SKIPPED);
        else if (text->letters > 0) ck_assert_int_eq(result->verdict, NG_CONTAM_SHORT);
        return;
    }
    oracle->large_count = find_windows(oracle, options->chars, oracle->large);
    oracle->small_count = find_windows(oracle, options->chars * 2 / 3, oracle->small);
    oracle->whole = oracle->large_count == 0;
    if (oracle->whole) {
        oracle->large[oracle->large_count++] = look_at(oracle, 0, text->letters);
        oracle->small_count = 0;
    }
    uint64_t found = 0;
    uint64_t common = 0;
    for (size_t i = 0; i < oracle->large_count; i++) {
        found += oracle->large[i].documents != 0;
        common += oracle->large[i].documents && is_common(&oracle->large[i]);
    }
    ck_assert_uint_eq(result->units, units);
    ck_assert_uint_eq(result->windows, oracle->large_count);
    ck_assert_uint_eq(result->found, found);
    ck_assert_uint_eq(result->common, common);
    ck_assert_int_eq(result->is_short, oracle->whole);
    size_t masks = indexes == 1 ? 1 : 3;
    bool with_small = false;
    bool asked = false;
    for (size_t m = 0; m < masks; m++) {
        struct verdict verdict = judge(oracle, mask_of(oracle->corpus, m), false, false);
        with_small = with_small || (verdict.coverage < 0.8 && verdict.coverage > 0);
    }
    for (size_t m = 0; m < masks; m++) asked = judge(oracle, mask_of(oracle->corpus, m), with_small, false).asked || asked;
    for (size_t m = 0; m < masks; m++) {
        struct verdict verdict = judge(oracle, mask_of(oracle->corpus, m), with_small, asked);
        if (m > 0) ck_assert_int_eq(result->index_class[m - 1], verdict.class);
        if (m > 0) continue;
        ck_assert_int_eq(result->verdict, verdict.class);
        ck_assert_double_eq_tol(result->coverage, verdict.coverage, 1e-12);
        if (verdict.document_coverage < 0 || found == 0) ck_assert_double_lt(result->document_coverage, 0);
        else ck_assert_double_eq_tol(result->document_coverage, verdict.document_coverage, 1e-12);
    }
}

/* ---- The runs ---- */

static void check_same(const struct ng_contam_result *a, const struct ng_contam_result *b, size_t indexes) {
    ck_assert_int_eq(a->verdict, b->verdict);
    ck_assert(a->coverage == b->coverage && a->document_coverage == b->document_coverage);
    ck_assert_uint_eq(a->found, b->found);
    ck_assert_uint_eq(a->common, b->common);
    ck_assert_uint_eq(a->longest.count, b->longest.count);
    ck_assert_uint_eq(a->rarest.count, b->rarest.count);
    ck_assert_uint_eq(a->covered_characters, b->covered_characters);
    ck_assert_uint_eq(a->span_count, b->span_count);
    if (a->span_count > 0) ck_assert_mem_eq(a->spans, b->spans, a->span_count * sizeof *a->spans);
    ck_assert_mem_eq(a->index_class, b->index_class, indexes * sizeof *a->index_class);
    ck_assert_uint_eq(a->evidence_count, b->evidence_count);
    for (size_t i = 0; i < a->evidence_count; i++) {
        ck_assert_uint_eq(a->evidence[i].doc, b->evidence[i].doc);
        ck_assert_uint_eq(a->evidence[i].offset, b->evidence[i].offset);
    }
}

/* What a place in the entry and its evidence say folds to the same. */
static void check_places(const struct corpus *corpus, const struct text *text, const struct ng_contam_result *result) {
    struct ng_buf folded = {0};
    struct ng_err err;
    for (size_t i = 0; i < result->span_count; i++) {
        const struct ng_contam_span *span = &result->spans[i];
        ck_assert_uint_lt(span->begin, span->end);
        ck_assert_uint_le(span->end, text->length);
        folded.length = 0;
        int status = ng_fold_text(corpus->fold, (const uint8_t *)text->bytes + span->begin,
                                  (size_t)(span->end - span->begin), &folded, &err);
        ck_assert_int_eq(status, 0);
        ck_assert(memmem(text->folded, text->folded_length, folded.data, folded.length));
    }
    ng_buf_free(&folded);
}

static void run_check(const struct corpus *corpus, const struct ng_index *const *indexes, size_t index_count,
                      const struct ng_contam_options *options, struct test_random *parts,
                      struct ng_contam_result *results) {
    struct test_shares shares = {0};
    static struct ng_bytes texts[ENTRIES];
    static struct ng_contam_entry entries[ENTRIES];
    struct ng_contam *contam = NULL;
    struct ng_err err = {0};
    for (size_t i = 0; i < ENTRIES; i++) {
        texts[i] = (struct ng_bytes){(const uint8_t *)corpus->entries[i].bytes, corpus->entries[i].length};
        entries[i] = (struct ng_contam_entry){.texts = &texts[i], .text_count = 1};
    }
    ck_assert_msg(ng_contam_open(&contam, indexes, index_count, options, &err) == 0, "%s", err.text);
    ck_assert_msg(ng_contam_prepare(contam, entries, 20, &err) == 0, "%s", err.text);
    ck_assert_msg(ng_contam_prepare(contam, entries + 20, ENTRIES - 20, &err) == 0, "%s", err.text);
    if (parts) test_shares_give(&shares, contam, index_count, entries, ENTRIES, parts);
    ck_assert_msg(ng_contam_check(contam, entries, 11, results, &err) == 0, "%s", err.text);
    ck_assert_msg(ng_contam_check(contam, entries + 11, ENTRIES - 11, results + 11, &err) == 0, "%s", err.text);
    test_shares_free(&shares);
    ng_contam_close(contam);
}

static struct ng_index *make_index(const struct corpus *corpus, const char *name, size_t first, size_t end,
                                   struct test_random *random);

static void check_corpus(uint64_t seed, uint64_t *classes) {
    static struct corpus corpus;
    static struct ng_contam_result quick[ENTRIES];
    static struct ng_contam_result naive[ENTRIES];
    static struct oracle oracle;
    struct ng_err err;
    struct test_random random = test_random_make(seed + 1);
    memset(&corpus, 0, sizeof corpus);
    ck_assert_int_eq(ng_fold_open(&corpus.fold, &err), 0);
    fill(&corpus, (size_t)seed % SCRIPTS, &random);
    size_t indexes = corpus.first_of_second == DOCUMENTS ? 1 : 2;
    struct ng_index *first = make_index(&corpus, "first", 0, corpus.first_of_second, &random);
    struct ng_index *second = indexes == 2 ? make_index(&corpus, "second", corpus.first_of_second, DOCUMENTS, &random) : NULL;
    const struct ng_index *const both[] = {first, second};
    struct ng_contam_options options;
    ng_contam_options_init(&options);
    ng_contam_options_set_preset(&options, NG_PRESET_FOLDED);
    options.chars = 2 + test_random_below(&random, 12);
    options.stride = test_random_below(&random, 4) ? 1 : 2;
    options.benchmark_guard = test_random_below(&random, 8);
    options.corpus_guard = test_random_below(&random, 6);
    options.minimum_units = 1 + test_random_below(&random, options.chars + 3);
    options.threads = 1 + (unsigned)test_random_below(&random, 3);
    run_check(&corpus, both, indexes, &options, NULL, quick);
    run_check(&corpus, both, indexes, &options, &random, naive);
    for (size_t i = 0; i < ENTRIES; i++) check_same(&quick[i], &naive[i], indexes);
    ng_contam_results_free(naive, ENTRIES);
    options.naive = true;
    options.threads = 1;
    run_check(&corpus, both, indexes, &options, NULL, naive);
    oracle = (struct oracle){.corpus = &corpus, .options = &options};
    for (size_t i = 0; i < ENTRIES; i++) {
        oracle.text = &corpus.entries[i];
        check_same(&quick[i], &naive[i], indexes);
        check_entry(&oracle, &quick[i], indexes);
        check_places(&corpus, oracle.text, &quick[i]);
        classes[quick[i].verdict]++;
    }
    ng_contam_results_free(quick, ENTRIES);
    ng_contam_results_free(naive, ENTRIES);
    ng_index_close(first);
    ng_index_close(second);
    ng_fold_close(corpus.fold);
}

/* An index of which the folded view was folded here, so that its shards are cut anywhere. */
static struct ng_index *make_index(const struct corpus *corpus, const char *name, size_t first, size_t end,
                                   struct test_random *random) {
    static char folded_name[64];
    struct test_document exact[DOCUMENTS];
    struct test_document folded[DOCUMENTS];
    struct ng_index *index = NULL;
    struct ng_index *view = NULL;
    struct ng_err err = {0};
    for (size_t i = first; i < end; i++) {
        const struct text *text = &corpus->documents[i];
        exact[i - first] = (struct test_document){.text = (const uint8_t *)text->bytes, .length = text->length};
        folded[i - first] = (struct test_document){.text = text->folded, .length = text->folded_length};
    }
    uint64_t shard_rows = test_random_below(random, 2) ? UINT64_MAX : 100 + test_random_below(random, 600);
    test_make_index(test_temp_path(name), exact, end - first, UINT64_MAX, 4);
    (void)snprintf(folded_name, sizeof folded_name, "%s.folded", name);
    test_make_index(test_temp_path(folded_name), folded, end - first, shard_rows, 1 + test_random_below(random, 16));
    ck_assert_msg(ng_index_open(&index, test_temp_path(name), &err) == 0, "%s", err.text);
    ck_assert_msg(ng_index_open(&view, test_temp_path(folded_name), &err) == 0, "%s", err.text);
    view->is_folded = true;
    view->manifest.fold_version = NG_FOLD_VERSION;
    (void)snprintf(view->manifest.fold_unicode, sizeof view->manifest.fold_unicode, "%s", ng_fold_unicode());
    view->exact = index;
    index->folded = view;
    return index;
}

START_TEST(against_the_rule) {
    uint64_t classes[NG_CONTAM_SKIPPED + 1] = {0};
    for (uint64_t seed = 0; seed < CORPORA; seed++) check_corpus(4 * seed + (uint64_t)_i, classes);
    for (int c = NG_CONTAM_CLEAN; c <= NG_CONTAM_SHORT && !TEST_SANITIZED; c++) ck_assert_uint_gt(classes[c], 20);
}
END_TEST

static Suite *folded_suite(void) {
    Suite *suite = suite_create("folded");
    TCase *cases = tcase_create("random");
    tcase_set_timeout(cases, 120);
    tcase_add_loop_test(cases, against_the_rule, 0, 4);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) {
    static test_suite_new *const suites[] = {folded_suite};
    return test_run(suites, 1);
}
