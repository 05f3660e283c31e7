/* Folded text beside what Python's unicodedata makes of it (fold_reference.py), whole, in pieces and with its map. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text/fold.h"
#include "tests/support/runner.h"
#include "tests/support/sanitized.h"
#include "tests/support/temp.h"

enum { TEXTS = TEST_SANITIZED ? 300 : 3000 };

static void decode_hex(const char *hex, size_t digits, struct ng_buf *out) {
    out->length = 0;
    ck_assert_int_eq(ng_buf_reserve(out, digits / 2 + 1, NULL), 0);
    for (size_t i = 0; i + 1 < digits; i += 2) {
        char pair[3] = {hex[i], hex[i + 1], '\0'};
        out->data[out->length++] = (uint8_t)strtoul(pair, NULL, 16);
    }
}

static void check_equal(const struct ng_buf *found, const struct ng_buf *wanted, const struct ng_buf *text) {
    if (found->length == wanted->length &&
        (found->length == 0 || memcmp(found->data, wanted->data, wanted->length) == 0)) {
        return;
    }
    ck_abort_msg("text %.*s\nfolds to %.*s\nand not to %.*s", (int)text->length, (char *)text->data,
                 (int)found->length, (char *)found->data, (int)wanted->length, (char *)wanted->data);
}

/* Pieces of random length, so that every place is a border at times. */
static void check_pieces(struct ng_fold *fold, const struct ng_buf *text, const struct ng_buf *wanted,
                         struct test_random *random) {
    struct ng_buf folded = {0};
    size_t longest = 1 + (size_t)test_random_below(random, 40);
    for (size_t at = 0; at < text->length;) {
        size_t length = 1 + (size_t)test_random_below(random, longest);
        if (length > text->length - at) length = text->length - at;
        ck_assert_int_eq(ng_fold_append(fold, text->data + at, length, &folded, NULL), 0);
        at += length;
    }
    ck_assert_int_eq(ng_fold_finish(fold, &folded, NULL), 0);
    check_equal(&folded, wanted, text);
    ng_buf_free(&folded);
}

/* The map covers the folded text, its places in the text ascend, and each is what a search for the origin finds. */
static void check_map(struct ng_fold *fold, const struct ng_buf *text, const struct ng_buf *wanted,
                      struct test_random *random) {
    struct ng_buf folded = {0};
    struct ng_buf chars = {0};
    ck_assert_int_eq(ng_fold_map(fold, text->data, text->length, &folded, &chars, NULL), 0);
    check_equal(&folded, wanted, text);
    const struct ng_fold_char *map = (const struct ng_fold_char *)(const void *)chars.data;
    size_t count = chars.length / sizeof *map;
    uint64_t folded_end = 0;
    uint64_t end = 0;
    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_eq(map[i].folded_begin, folded_end);
        ck_assert_uint_ge(map[i].begin, end);
        folded_end = map[i].folded_end;
        end = map[i].end;
        ck_assert_uint_gt(folded_end, map[i].folded_begin);
        ck_assert_uint_gt(end, map[i].begin);
    }
    ck_assert_uint_eq(folded_end, folded.length);
    ck_assert_uint_le(end, text->length);
    if (count > 0) {
        size_t first = (size_t)test_random_below(random, count);
        size_t last = first + (size_t)test_random_below(random, count - first);
        uint64_t begin;
        struct ng_fold_place place = {0};
        size_t before = (size_t)test_random_below(random, first + 1); /* a range before leaves the place to go on from */
        ck_assert_int_eq(ng_fold_origin(fold, text->data, text->length, &place, map[before].folded_begin,
                                             map[before].folded_end, &begin, &end, NULL), 0);
        ck_assert_uint_eq(begin, map[before].begin);
        ck_assert_int_eq(ng_fold_origin(fold, text->data, text->length, &place, map[first].folded_begin,
                                             map[last].folded_end, &begin, &end, NULL), 0);
        ck_assert_uint_eq(begin, map[first].begin);
        ck_assert_uint_eq(end, map[last].end);
        struct ng_fold_place from = {0};
        ck_assert_int_eq(ng_fold_origin(fold, text->data, text->length, &from, map[first].folded_begin,
                                        map[last].folded_end, &begin, &end, NULL), 0);
        ck_assert_uint_eq(begin, map[first].begin);
        ck_assert_uint_eq(end, map[last].end);
        /* By itself that piece folds to the same, but where it ends in the middle of a command that begins as an
         * escape does. */
        if (memchr(text->data + begin, '\\', (size_t)(end - begin))) goto out;
        struct ng_buf again = {0};
        ck_assert_int_eq(ng_fold_text(fold, text->data + begin, (size_t)(end - begin), &again, NULL), 0);
        ck_assert_uint_eq(again.length, map[last].folded_end - map[first].folded_begin);
        ck_assert_mem_eq(again.data, folded.data + map[first].folded_begin, again.length);
        ng_buf_free(&again);
    }
out:
    ng_buf_free(&folded);
    ng_buf_free(&chars);
}

START_TEST(folds_as_python_does) {
    struct test_random random = test_random_make((uint64_t)_i);
    struct ng_fold *fold;
    struct ng_buf text = {0};
    struct ng_buf wanted = {0};
    struct ng_buf folded = {0};
    char command[128];
    char *line = NULL;
    size_t capacity = 0;
    size_t texts = 0;
    ck_assert_int_eq(ng_fold_open(&fold, NULL), 0);
    (void)snprintf(command, sizeof command, "python3 tests/property/fold_reference.py %d %d", _i, TEXTS);
    FILE *reference = popen(command, "r"); /* NOLINT(cert-env33-c) */
    ck_assert_ptr_nonnull(reference);
    for (ssize_t length; (length = getline(&line, &capacity, reference)) > 0; texts++) {
        char *plus = strchr(line, '+');
        ck_assert_ptr_nonnull(plus);
        decode_hex(line, (size_t)(plus - line), &text);
        decode_hex(plus + 1, strlen(plus + 1), &wanted);
        folded.length = 0;
        ck_assert_int_eq(ng_fold_text(fold, text.data, text.length, &folded, NULL), 0);
        check_equal(&folded, &wanted, &text);
        check_pieces(fold, &text, &wanted, &random);
        check_map(fold, &text, &wanted, &random);
    }
    ck_assert_int_eq(pclose(reference), 0);
    ck_assert_uint_eq(texts, TEXTS);
    free(line);
    ng_buf_free(&text);
    ng_buf_free(&wanted);
    ng_buf_free(&folded);
    ng_fold_close(fold);
}
END_TEST

static Suite *fold_suite(void) {
    Suite *suite = suite_create("fold");
    TCase *cases = tcase_create("reference");
    tcase_add_loop_test(cases, folds_as_python_does, 1, 4);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) {
    static test_suite_new *const suites[] = {fold_suite};
    return test_run(suites, 1);
}
