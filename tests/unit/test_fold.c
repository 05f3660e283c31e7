/* What text folds to, where rules meet, and the way back. tests/property/fold.c compares with Python. */
#include <stdlib.h>
#include <string.h>

#include "common/text/fold.h"
#include "common/text/script.h"
#include "tests/support/runner.h"
#include "tests/unit/suites.h"

static struct ng_fold *fold;

static void open_fold(void) {
    ck_assert_int_eq(ng_fold_open(&fold, NULL), 0);
}

static void close_fold(void) {
    ng_fold_close(fold);
}

static void check(const char *text, const char *wanted) {
    struct ng_buf folded = {0};
    ck_assert_int_eq(ng_fold_text(fold, (const uint8_t *)text, strlen(text), &folded, NULL), 0);
    ck_assert_int_eq(ng_buf_append(&folded, "", 1, NULL), 0);
    ck_assert_str_eq((const char *)folded.data, wanted);
    ng_buf_free(&folded);
}

START_TEST(forms_of_a_text) {
    check("", "");
    check("It\xE2\x80\x99s 5 o'clock\xE2\x80\xA6 \xC2\xABOui!\xC2\xBB", "its5oclockoui");
    check("> It's\n> FIVE **o'clock**", "itsfiveoclock");
    check("Stra\xC3\x9F" "e STRASSE", "strassestrasse");
    check("caf\xC3\xA9 CAFE\xCC\x81 caf\\u00e9 caf&eacute; caf&#233; caf&#xE9;",
          "caf\xC3\xA9" "caf\xC3\xA9" "caf\xC3\xA9" "caf\xC3\xA9" "caf\xC3\xA9" "caf\xC3\xA9");
    check("\xEF\xAC\x81x \xEF\xBC\xA1\xEF\xBC\x91 x\xC2\xB2", "fixa1x2");
    check("soft\xC2\xADhyphen zero\xE2\x80\x8Bwidth", "softhyphenzerowidth");
    check("\xE4\xB8\xAD \xE6\x96\x87\xEF\xBC\x8C\xE3\x80\x82", "\xE4\xB8\xAD\xE6\x96\x87");
    check("a\xFF" "b\xE2\x82" "c\xC0\x80", "abc");
}
END_TEST

START_TEST(escapes) {
    check("one\\ntwo\\tthree\\r\\nfour", "onetwothreefour");
    check("one\\\\ntwo\\\\\\\\tthree", "onetwothree");
    check("say \\\"hi\\\" \\/ \\\\ \\b \\f", "sayhibf");
    check("\\ud83d\\ude00\\ud835\\udc00 \\ud835x \\udc00 \\u12g", "axu12g");
    /* LaTeX, as it is and inside JSON. */
    check("\\nabla\\theta\\frac{\\tau}\\rho\\neq\\beta", "nablathetafractaurhoneqbeta");
    check("\\\\nabla\\\\theta\\\\frac{\\\\tau}\\\\rho", "nablathetafractaurho");
    check("\\not\\note\\texts\\text", "nototeextstext");
    check("C:\\new", "cew");
    check("end\\", "end");
    check("end\\n", "end");
    check("end\\u00e", "endu00e");
}
END_TEST

START_TEST(references) {
    check("a&nbsp;b&amp;c &lt;d&gt; &quot;&apos;&#39;&hellip;", "abcd");
    check("&amp;eacute;&amp;amp;amp;Eacute;&amp;&amp;x", "\xC3\xA9\xC3\xA9x");
    check("&eacute &bogus; AT&T; R&D; &#; &#x; &#xg; &;", "eacutebogusattrdxxg");
    check("&#xD800;&#1114112;&#999999999;", "999999999");
    check("\\u0026eacute; \\u0026amp;eacute;", "\xC3\xA9\xC3\xA9");
}
END_TEST

START_TEST(tags) {
    check("<p>a<br/>b<BR />c</p><a href=\"/x?y=z\" class='u v'>d</a>", "abcd");
    check("&lt;p&gt;a&lt;/p&gt; \\u003cb\\u003eb <a href=\\\"x\\\">c", "abc");
    check("a < b and c > d, i<n && j>m, x<b && y>z, p<a and b>c", "abandcdinjmxbyzpaandbc");
    check("vector<int> <stdio.h> List<String> <question>", "vectorintstdiohliststringquestion");
    check("<b <b>x", "bx");
    check("<p", "p");
    check("<p id", "pid");
    check("<p id=\"x", "pidx");
    check("<img alt=\"a red ball\">x", "x");
    check("<img alt=\"What has a head and a tail?\">x", "imgaltwhathasaheadandatailx");
    check("<i class=\"a b c d e f g h\">x", "x");
    char text[300] = "<a id=";
    memset(text + 6, 'x', 249);
    memcpy(text + 255, ">y", 3);
    check(text, "y");
    memcpy(text + 255, "x>y", 4); /* one character too long */
    struct ng_buf folded = {0};
    ck_assert_int_eq(ng_fold_text(fold, (const uint8_t *)text, strlen(text), &folded, NULL), 0);
    ck_assert_uint_eq(folded.length, 3 + 250 + 1);
    ng_buf_free(&folded);
}
END_TEST

START_TEST(words_and_origins) {
    static const char text[] = " \"It's\"<br>caf\xC3\xA9\\n\xC2\xBDx";
    static const struct {
        uint64_t folded_begin, folded_end, begin, end;
        bool begins_word;
    } wanted[] = {{0, 1, 2, 3, true},     {1, 2, 3, 4, false},   {2, 3, 5, 6, false},   {3, 4, 11, 12, true},
                  {4, 5, 12, 13, false},  {5, 6, 13, 14, false}, {6, 8, 14, 16, false}, {8, 10, 18, 20, true},
                  {10, 11, 20, 21, false}};
    size_t count = sizeof wanted / sizeof *wanted;
    struct ng_buf folded = {0};
    struct ng_buf chars = {0};
    ck_assert_int_eq(ng_fold_map(fold, (const uint8_t *)text, strlen(text), &folded, &chars, NULL), 0);
    const struct ng_fold_char *found = (const struct ng_fold_char *)(const void *)chars.data;
    ck_assert_uint_eq(chars.length, count * sizeof *found);
    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_eq(found[i].folded_begin, wanted[i].folded_begin);
        ck_assert_uint_eq(found[i].folded_end, wanted[i].folded_end);
        ck_assert_uint_eq(found[i].begin, wanted[i].begin);
        ck_assert_uint_eq(found[i].end, wanted[i].end);
        ck_assert_int_eq(found[i].begins_word, wanted[i].begins_word);
    }
    uint64_t begin;
    uint64_t end;
    const uint8_t *bytes = (const uint8_t *)text;
    struct ng_fold_place from = {0};
    ck_assert_int_eq(ng_fold_origin(fold, bytes, strlen(text), &from, 9, 10, &begin, &end, NULL), 0); /* amid one half */
    ck_assert_uint_eq(begin, 18);
    ck_assert_uint_eq(end, 20);
    ck_assert_int_eq(ng_fold_origin(fold, bytes, strlen(text), &from, 10, 12, &begin, &end, NULL), NG_ERR_USAGE);
    ck_assert_int_eq(ng_fold_origin(fold, bytes, strlen(text), &from, 4, 4, &begin, &end, NULL), NG_ERR_USAGE);
    ng_buf_free(&folded);
    ng_buf_free(&chars);
}
END_TEST

/* A long text, whole and in pieces around what is held back: the same; and an origin far inside. */
START_TEST(long_texts) {
    static const char part[] = "Caf\xC3\xA9 <b>E\xCC\x81</b>\\u00e9&amp;eacute; ";
    struct ng_buf text = {0};
    struct ng_buf whole = {0};
    struct ng_buf pieces = {0};
    while (text.length < 5 * NG_FOLD_AHEAD_BYTES) ck_assert_int_eq(ng_buf_append(&text, part, strlen(part), NULL), 0);
    ck_assert_int_eq(ng_fold_text(fold, text.data, text.length, &whole, NULL), 0);
    for (size_t at = 0, length = 1; at < text.length; at += length, length = length * 5 / 2 + 1) {
        if (length > text.length - at) length = text.length - at;
        ck_assert_int_eq(ng_fold_append(fold, text.data + at, length, &pieces, NULL), 0);
    }
    ck_assert_int_eq(ng_fold_finish(fold, &pieces, NULL), 0);
    ck_assert_uint_eq(pieces.length, whole.length);
    ck_assert_mem_eq(pieces.data, whole.data, whole.length);
    uint64_t begin;
    uint64_t end;
    size_t repeat = 4000; /* each folds to caf and four times an accented e: 11 bytes */
    struct ng_fold_place from = {0};
    ck_assert_int_eq(ng_fold_origin(fold, text.data, text.length, &from, repeat * 11, repeat * 11 + 11, &begin, &end,
                                    NULL), 0);
    ck_assert_uint_eq(begin, repeat * strlen(part));
    ck_assert_uint_eq(end, (repeat + 1) * strlen(part) - 1);
    /* A document that was given up leaves nothing behind. */
    ck_assert_int_eq(ng_fold_append(fold, text.data, 100, &pieces, NULL), 0);
    ng_fold_reset(fold);
    pieces.length = 0;
    ck_assert_int_eq(ng_fold_finish(fold, &pieces, NULL), 0);
    ck_assert_uint_eq(pieces.length, 0);
    ng_buf_free(&text);
    ng_buf_free(&whole);
    ng_buf_free(&pieces);
}
END_TEST

START_TEST(scripts_without_spaces) {
    static const int32_t unspaced[] = {0x4E2D, 0x3042, 0x30AB, 0x0E01, 0x0E81, 0x0F40, 0x1000, 0x1780, 0x20000, 0xA000};
    static const int32_t spaced[] = {'a', 0xE9, 0x3B1, 0x416, 0x5D0, 0x627, 0x905, 0xAC00, 0x10A0, 0x1200, 0x1F600};
    for (size_t i = 0; i < sizeof unspaced / sizeof *unspaced; i++) ck_assert(ng_script_is_unspaced(unspaced[i]));
    for (size_t i = 0; i < sizeof spaced / sizeof *spaced; i++) ck_assert(!ng_script_is_unspaced(spaced[i]));
    ck_assert_str_ne(ng_fold_unicode(), "");
}
END_TEST

Suite *test_fold_suite(void) {
    Suite *suite = suite_create("fold");
    TCase *cases = tcase_create("fold");
    tcase_add_checked_fixture(cases, open_fold, close_fold);
    tcase_add_test(cases, forms_of_a_text);
    tcase_add_test(cases, escapes);
    tcase_add_test(cases, references);
    tcase_add_test(cases, tags);
    tcase_add_test(cases, words_and_origins);
    tcase_add_test(cases, long_texts);
    tcase_add_test(cases, scripts_without_spaces);
    suite_add_tcase(suite, cases);
    return suite;
}
