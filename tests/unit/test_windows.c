/* Words and windows, what is known of matches, and the memo of searches. */
#include <stdlib.h>
#include <string.h>

#include "common/base/utf8.h"
#include "query/match/bounds.h"
#include "query/match/memo.h"
#include "query/match/windows.h"
#include "tests/support/runner.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

static struct ng_bytes bytes_of(const char *text) {
    return (struct ng_bytes){(const uint8_t *)text, strlen(text)};
}

/* Checks the windows of a text: begins and ends, up to a begin of UINT64_MAX. */
static void check_windows(const char *text, uint64_t chars, uint64_t stride, const uint64_t (*wanted)[2]) {
    struct ng_err err = {0};
    struct ng_windows windows;
    uint64_t *begins;
    uint64_t count;
    ck_assert_int_eq(ng_windows_find_starts(bytes_of(text), stride, &begins, &count, &(struct ng_watch){0}, &err), 0);
    bool is_ascii = ng_utf8_characters(bytes_of(text).data, strlen(text)) == strlen(text);
    ck_assert_int_eq(ng_windows_make(&windows, bytes_of(text), is_ascii, begins, count, chars, &(struct ng_watch){0}, &err), 0);
    for (uint64_t i = 0; i < windows.count; i++) {
        ck_assert_uint_eq(windows.begins[i], wanted[i][0]);
        ck_assert_uint_eq(ng_windows_end(&windows, i), wanted[i][1]);
    }
    ck_assert_uint_eq(wanted[windows.count][0], UINT64_MAX);
    ng_windows_free(&windows);
    free(begins);
}

#define WINDOWS(text, chars, stride, ...) \
    check_windows(text, chars, stride, (const uint64_t[][2]){__VA_ARGS__ __VA_OPT__(, ) {UINT64_MAX, 0}})

START_TEST(windows_of_a_text) {
    WINDOWS("one two three", 5, 1, {0, 5}, {4, 9}, {8, 13});
    WINDOWS("one two three", 6, 1, {0, 6}, {4, 10});
    WINDOWS("one two three", 5, 2, {0, 5}, {8, 13});
    WINDOWS("one two three", 13, 1, {0, 13});
    WINDOWS("one two three", 14, 1);
    WINDOWS("  one  two ", 3, 1, {2, 5}, {7, 10});
    WINDOWS("  one  two ", 4, 1, {2, 6}, {7, 11});
    WINDOWS("", 1, 1);
    WINDOWS(" \n\t", 1, 1);
    WINDOWS("\xC3\xA9\xE2\x82\xAC \xF0\x9F\x98\x80x", 2, 1, {0, 5}, {6, 11});
    WINDOWS("\xC3\xA9\xE2\x82\xAC \xF0\x9F\x98\x80x", 4, 1, {0, 10});
    WINDOWS("a\nb\rc\x0B" "d\x0C" "e", 1, 1, {0, 1}, {2, 3}, {4, 5}, {6, 7}, {8, 9});
}
END_TEST

/* Appends a code point below U+11000; returns its bytes. */
static size_t append_character(uint8_t *out, uint32_t code) {
    size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const uint8_t leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = length; i-- > 1;) out[i] = (uint8_t)(0x80 | (code >> 6 * (length - 1 - i) & 0x3F));
    out[0] = (uint8_t)(leads[length] | (length == 1 ? code : code >> 6 * (length - 1)));
    return length;
}

/* Random texts, ASCII or not, cut into words and windows code point by code point. */
START_TEST(words_and_windows_as_by_hand) {
    enum { MOST = 70, ROUNDS = 30000 };
    static const uint32_t spaces[] = {' ', '\n', '\t', '\r', 0x0B, 0x0C, 0x85, 0xA0, 0x1680, 0x2003, 0x2029, 0x3000};
    static const uint32_t others[] = {'a', 'b', '.', 0, 1, 8, 0x0E, 0x1F, 0x21, 0x7F, 0xE9, 0x200B, 0x20AC, 0x10348};
    struct test_random random = test_random_make(9);
    for (int round = 0; round < ROUNDS; round++) {
        uint8_t text[4 * MOST];
        uint64_t offsets[MOST + 1]; /* of each code point, and the end */
        bool is_space[MOST];
        uint64_t wanted[MOST];
        uint64_t wanted_count = 0;
        size_t words = 0;
        size_t length = (size_t)test_random_below(&random, MOST + 1);
        uint64_t stride = 1 + test_random_below(&random, 3);
        uint64_t chars = 1 + test_random_below(&random, 20);
        bool ascii = test_random_below(&random, 2);
        offsets[0] = 0;
        for (size_t i = 0; i < length; i++) {
            is_space[i] = test_random_below(&random, 3) == 0;
            uint32_t code = is_space[i] ? spaces[test_random_below(&random, ascii ? 6 : 12)]
                                        : others[test_random_below(&random, ascii ? 10 : 14)];
            offsets[i + 1] = offsets[i] + append_character(text + offsets[i], code);
            bool starts = !is_space[i] && (i == 0 || is_space[i - 1]);
            if (starts && words++ % stride == 0) wanted[wanted_count++] = i;
        }
        struct ng_bytes bytes = {text, offsets[length]};
        struct ng_windows windows;
        struct ng_err err = {0};
        uint64_t *begins;
        uint64_t count;
        ck_assert_uint_eq(ng_utf8_characters(text, bytes.length_bytes), length);
        ck_assert_int_eq(ng_windows_find_starts(bytes, stride, &begins, &count, &(struct ng_watch){0}, &err), 0);
        ck_assert_uint_eq(count, wanted_count);
        ck_assert_int_eq(ng_windows_make(&windows, bytes, length == bytes.length_bytes, begins, count, chars, &(struct ng_watch){0}, &err), 0);
        uint64_t fitting = 0;
        for (uint64_t i = 0; i < count; i++) {
            ck_assert_uint_eq(begins[i], offsets[wanted[i]]);
            if (length - wanted[i] < chars) continue;
            ck_assert_uint_eq(ng_windows_end(&windows, i), offsets[wanted[i] + chars]);
            fitting++;
        }
        ck_assert_uint_eq(windows.count, fitting);
        ng_windows_free(&windows);
        free(begins);
    }
}
END_TEST

/* Every code point, against the list of the Unicode Character Database. */
START_TEST(white_space) {
    static const uint32_t list[] = {9, 10, 11, 12, 13, 0x20, 0x85, 0xA0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003,
                                    0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200A, 0x2028, 0x2029, 0x202F,
                                    0x205F, 0x3000};
    size_t next = 0;
    for (uint32_t code = 0; code < 0x11000; code++) {
        if (code >= 0xD800 && code < 0xE000) continue;
        uint8_t text[4];
        size_t length = append_character(text, code);
        bool space = next < sizeof list / sizeof *list && list[next] == code;
        next += space;
        if (ng_utf8_space_bytes(text, length) != (space ? length : 0)) ck_abort_msg("U+%04X", code);
        if (length > 1 && ng_utf8_space_bytes(text, 1) != 0) ck_abort_msg("U+%04X, cut", code);
    }
    ck_assert(ng_windows_blank(bytes_of(" \xE3\x80\x80\n")));
    ck_assert(!ng_windows_blank(bytes_of(" \xE2\x80\x8B"))); /* U+200B, the zero width space, is none */
}
END_TEST

/* The paths nearest to an end must be those of the last searches from the ends that stand there. */
static void check_near(struct ng_known *known, uint64_t end, const uint64_t *searched, uint64_t length) {
    struct ng_probe probe = {.end = end};
    uint64_t before = end;
    uint64_t behind = end;
    while (before > 0 && (before == end || searched[before] == 0)) before--;
    while (behind <= length && searched[behind] == 0) behind++;
    ng_known_set_near(known, &probe);
    ck_assert(probe.near[0] ? probe.near[0]->end == before && probe.near[0]->rows.begin == searched[before]
                            : searched[before] == 0 || before == end);
    ck_assert(probe.near[1] ? probe.near[1]->end == behind && probe.near[1]->rows.begin == searched[behind]
                            : behind > length);
}

/* Random monotone functions L, learnt by probes in any order: what is known is never wrong, and at the ends that were
 * asked for it is exact. */
START_TEST(known_matches) {
    enum { LENGTH = 200, ROUNDS = 200, PROBES = 80 };
    struct test_random random = test_random_make(7);
    struct ng_known known = {0};
    struct ng_err err = {0};
    for (size_t round = 0; round < ROUNDS; round++) {
        uint64_t least[LENGTH + 1] = {0};
        uint64_t searched[LENGTH + 1] = {0}; /* the number of the last search from each end */
        for (uint64_t e = 1; e <= LENGTH; e++) {
            uint64_t room = e - least[e - 1];
            least[e] = least[e - 1] + (test_random_below(&random, 4) ? 0 : test_random_below(&random, room + 1));
        }
        ng_known_clear(&known);
        for (size_t i = 0; i < PROBES; i++) {
            uint64_t end = test_random_below(&random, LENGTH + 1);
            uint64_t bound = test_random_below(&random, 2) ? 0 : test_random_below(&random, end + 1);
            uint64_t begin = least[end] > bound ? least[end] : bound;
            struct ng_probe probe = {
                .end = end, .bound = bound, .path = {.begin = begin, .end = end, .failed = begin > bound}};
            searched[end] = probe.path.rows.begin = i + 1;
            ck_assert_int_eq(ng_known_add(&known, &probe, &err), 0);
            if (begin > bound) ck_assert_uint_eq(ng_known_bounds(&known, end).low, least[end]);
            ck_assert_uint_le(ng_known_bounds(&known, end).high, begin);
            for (uint64_t e = 0; e <= LENGTH; e++) {
                if (ng_known_bounds(&known, e).low > least[e] || ng_known_bounds(&known, e).high < least[e]) {
                    ck_abort_msg("round %zu: wrong at %llu", round, (unsigned long long)e);
                }
            }
            const struct ng_known_fact *reach = ng_known_at(&known, ng_known_reach(&known, begin));
            ck_assert_uint_ge(reach->end, end);
            ck_assert_uint_le(least[reach->end], begin);
            check_near(&known, test_random_below(&random, LENGTH + 1), searched, LENGTH);
        }
        for (size_t i = 1; i < known.count; i++) {
            ck_assert_uint_lt(ng_known_at(&known, i - 1)->end, ng_known_at(&known, i)->end);
        }
    }
    ng_known_free(&known);
}
END_TEST

/* A search that fails behind so many bytes. */
static struct ng_probe failed_probe(const uint8_t *text, uint64_t end, uint64_t bound, uint64_t length, uint64_t rows) {
    struct ng_probe probe = {.text = text, .end = end, .bound = bound};
    probe.path =
        (struct ng_probe_path){.begin = end - length, .end = end, .failed = true, .rows = {rows, rows + 3}};
    return probe;
}

static bool recall(struct ng_memo *memo, const uint8_t *text, uint64_t end, uint64_t bound, struct ng_probe *asked) {
    *asked = (struct ng_probe){.text = text, .end = end, .bound = bound};
    return ng_memo_get(memo, asked);
}

/* What a search does: asks, and where it has to search, takes note of the outcome. */
static void search(struct ng_memo *memo, const struct ng_probe *outcome) {
    struct ng_err err = {0};
    struct ng_probe probe;
    if (recall(memo, outcome->text, outcome->end, outcome->bound, &probe)) return;
    probe.path = outcome->path;
    ck_assert_int_eq(ng_memo_put(memo, &probe, &err), 0);
}

START_TEST(memo_of_searches) {
    enum { TEXT = 60, LENGTH = 10, ROWS = 77 };
    uint8_t text[TEXT];
    uint8_t other[TEXT];
    for (size_t i = 0; i < TEXT; i++) text[i] = (uint8_t)(i * i);
    memset(other, 1, sizeof other);
    memcpy(other + 20, text + 40 - NG_MEMO_TEXT_BYTES, NG_MEMO_TEXT_BYTES); /* what is before 40, before 44 */
    struct ng_memo memo = {0};
    struct ng_err err = {0};
    struct ng_probe asked;
    struct ng_probe outcome = failed_probe(text, 40, 0, LENGTH, ROWS);
    for (size_t i = 0; i < 3; i++) search(&memo, &outcome);
    ck_assert(!recall(&memo, other, 44, 0, &asked)); /* not started: not remembered */
    ng_memo_start(&memo);
    search(&memo, &outcome);
    ck_assert(!memo.slots);
    search(&memo, &outcome); /* for the second time: remembered */
    for (uint64_t bound = 0; bound < 44; bound++) {
        bool wanted = 44 - bound >= LENGTH;
        ck_assert_int_eq(recall(&memo, other, 44, bound, &asked), wanted);
        if (!wanted) continue;
        ck_assert(asked.path.failed);
        ck_assert_uint_eq(asked.path.begin, 44 - LENGTH);
        ck_assert_uint_eq(asked.path.end, 44);
        ck_assert_uint_eq(asked.path.rows.begin, ROWS);
        ck_assert_uint_eq(asked.path.rows.end, ROWS + 3);
    }
    ck_assert_uint_eq(memo.recalled, 44 - LENGTH + 1);
    for (size_t i = 20; i < 44; i++) { /* each byte counts */
        other[i] ^= 1;
        ck_assert(!recall(&memo, other, 44, 0, &asked));
        other[i] ^= 1;
    }
    asked = failed_probe(text, 40, 0, LENGTH + 1, ROWS); /* the newer one counts */
    asked.met_before = true;
    ck_assert_int_eq(ng_memo_put(&memo, &asked, &err), 0);
    ck_assert(recall(&memo, other, 44, 0, &asked));
    ck_assert_uint_eq(asked.path.begin, 44 - LENGTH - 1);
    ng_memo_start(&memo); /* another shard: forgotten, met or not */
    search(&memo, &outcome);
    ck_assert(!recall(&memo, other, 44, 0, &asked));
    /* Too long for it, found, too near the text's begin: not remembered. */
    struct ng_probe others[] = {failed_probe(text, 40, 0, NG_MEMO_TEXT_BYTES, ROWS),
                                failed_probe(text, 40, 0, LENGTH, ROWS),
                                failed_probe(text, NG_MEMO_TEXT_BYTES - 1, 0, LENGTH, ROWS)};
    others[1].path.failed = false;
    for (size_t i = 0; i < 2 * sizeof others / sizeof *others; i++) search(&memo, &others[i / 2]);
    ck_assert(!recall(&memo, other, 44, 0, &asked));
    ck_assert(!recall(&memo, text, NG_MEMO_TEXT_BYTES - 1, 0, &asked));
    ng_memo_free(&memo);
    ng_memo_free(&memo);
}
END_TEST

Suite *test_windows_suite(void) {
    Suite *suite = suite_create("windows");
    TCase *cases = tcase_create("windows");
    tcase_add_test(cases, windows_of_a_text);
    tcase_add_test(cases, words_and_windows_as_by_hand);
    tcase_add_test(cases, white_space);
    tcase_add_test(cases, known_matches);
    tcase_add_test(cases, memo_of_searches);
    suite_add_tcase(suite, cases);
    return suite;
}
