#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "server/fields/fields.h"
#include "tests/unit/suites.h"

enum { TEXT, NUMBER, DECIMAL, TEXTS, FLAG, AND, OR, NOT, COUNT };

/* A list of one field of each type, and a reading of it. */
struct reading {
    struct ng_field field[COUNT];
    struct ng_fields fields;
    struct ng_err err;
};

static void set_up(struct reading *r) {
    memset(r, 0, sizeof *r);
    r->field[TEXT] = (struct ng_field){.name = "text", .type = NG_FIELD_TEXT};
    r->field[NUMBER] = (struct ng_field){.name = "number", .type = NG_FIELD_NUMBER, .least = 3, .most = 1000, .number = 7};
    r->field[DECIMAL] = (struct ng_field){.name = "decimal", .type = NG_FIELD_DECIMAL, .most = 1, .decimal = 0.5};
    r->field[TEXTS] = (struct ng_field){.name = "texts", .type = NG_FIELD_TEXTS, .most = 3};
    r->field[FLAG] = (struct ng_field){.name = "flag", .type = NG_FIELD_FLAG};
    r->field[AND] = (struct ng_field){.name = "and", .type = NG_FIELD_AND};
    r->field[OR] = (struct ng_field){.name = "or", .type = NG_FIELD_OR};
    r->field[NOT] = (struct ng_field){.name = "not", .type = NG_FIELD_NOT};
    r->fields = (struct ng_fields){.fields = r->field, .count = COUNT};
}

static void read_json(struct reading *r, const char *json, int status) {
    set_up(r);
    int seen = ng_fields_read_json(&r->fields, (const uint8_t *)json, strlen(json), &r->err);
    ck_assert_msg(seen == status, "%s: %d: %s", json, seen, r->err.text);
}

static void read_url(struct reading *r, const char *query, int status) {
    set_up(r);
    int seen = ng_fields_read_url(&r->fields, query, &r->err);
    ck_assert_msg(seen == status, "%s: %d: %s", query, seen, r->err.text);
}

static void check_text(struct ng_bytes text, const char *wanted, size_t length) {
    ck_assert_uint_eq(text.length_bytes, length);
    ck_assert_mem_eq(text.data, wanted, length);
}

START_TEST(json_fills_every_type) {
    struct reading r;
    read_json(&r, "{\"texts\": [\"a\", \"\", \"\\u00e9\"], \"number\": 12, \"text\": \"x\\u0000y\", \"decimal\": 2e-1}",
              NG_OK);
    check_text(r.field[TEXT].text, "x\0y", 3);
    ck_assert_uint_eq(r.field[NUMBER].number, 12);
    ck_assert_double_eq_tol(r.field[DECIMAL].decimal, 0.2, 1e-9);
    ck_assert_uint_eq(r.field[TEXTS].text_count, 3);
    check_text(r.field[TEXTS].texts[0], "a", 1);
    check_text(r.field[TEXTS].texts[1], "", 0);
    check_text(r.field[TEXTS].texts[2], "\xc3\xa9", 2);
    ng_fields_free(&r.fields);
}
END_TEST

START_TEST(what_is_absent_keeps_its_default) {
    static const char *const bodies[] = {"{}", "{\"number\": null, \"texts\": null}"};
    struct reading r;
    for (size_t i = 0; i < 2; i++) {
        read_json(&r, bodies[i], NG_OK);
        for (size_t f = 0; f < COUNT; f++) ck_assert(!r.field[f].present);
        ck_assert_uint_eq(r.field[NUMBER].number, 7);
        ck_assert_double_eq(r.field[DECIMAL].decimal, 0.5);
        ng_fields_free(&r.fields);
    }
    read_url(&r, "", NG_OK);
    ng_fields_free(&r.fields);
}
END_TEST

/* Writes the phrases of conditions as clause:text, with - before what is negated. */
static void check_conditions(const struct reading *r, const char *wanted, size_t clauses) {
    const struct ng_field_phrase *phrases = ng_fields_phrases(&r->fields);
    char seen[256] = "";
    for (size_t i = 0; i < r->fields.phrase_count; i++) {
        size_t used = strlen(seen);
        (void)snprintf(seen + used, sizeof seen - used, "%s%s%zu:%.*s", i > 0 ? " " : "", phrases[i].negated ? "-" : "",
                       phrases[i].clause, (int)phrases[i].text.length_bytes, (const char *)phrases[i].text.data);
    }
    ck_assert_str_eq(seen, wanted);
    ck_assert_uint_eq(r->fields.clause_count, clauses);
}

START_TEST(conditions_keep_their_alternatives_together) {
    struct reading r;
    read_json(&r, "{\"and\": [\"a\", [\"b\", \"c\"]], \"or\": [\"d\", \"e\"], \"not\": [\"f\", [\"g\"]]}", NG_OK);
    check_conditions(&r, "1:a 2:b 2:c 0:d 0:e -3:f -4:g", 4);
    ng_fields_free(&r.fields);
    read_url(&r, "or=d&and=a&not=f&or=g&and=b&or=c&flag=true", NG_OK);
    check_conditions(&r, "0:d 1:a -2:f -2:g 3:b 3:c", 3);
    ck_assert(r.field[FLAG].flag);
    ng_fields_free(&r.fields);
    read_json(&r, "{\"and\": [], \"or\": null, \"flag\": false}", NG_OK);
    check_conditions(&r, "", 0);
    ck_assert(r.field[FLAG].present && !r.field[FLAG].flag);
    ng_fields_free(&r.fields);
}
END_TEST

START_TEST(wrong_json_is_refused) {
    static const char *const bodies[] = {
        "", " ", "[]", "1", "\"x\"", "true", "{", "{]", "{\"text\": 1}", "{\"text\": [\"a\"]}", "{\"text\": {}}", "{\"number\": \"1\"}",
        "{\"number\": 2}", "{\"number\": 1001}", "{\"number\": 5.0}", "{\"number\": -5}", "{\"number\": 99999999999999999999}",
        "{\"number\": [5]}", "{\"text\": true}", "{\"number\": [true]}", "{\"decimal\": 1.1}", "{\"decimal\": -0.1}", "{\"decimal\": \"0\"}",
        "{\"texts\": \"a\"}", "{\"texts\": [1]}", "{\"texts\": [[\"a\"]]}", "{\"texts\": [null]}", "{\"texts\": [{\"text\": \"a\"}]}",
        "{\"other\": 1}", "{\"text\": \"a\", \"text\": \"b\"}", "{\"texts\": [], \"texts\": []}", "{\"text\": \"\\ud800\"}",
        "{\"text\": \"\\udc00\"}", "{\"text\": \"\xff\"}", "{\"text\": \"a\"} {}",
        "{\"flag\": 1}", "{\"flag\": \"true\"}", "{\"flag\": [true]}", "{\"and\": \"a\"}", "{\"and\": [1]}", "{\"and\": [[]]}",
        "{\"and\": [[], \"a\"]}", "{\"and\": [[]], \"or\": [\"a\"]}", "{\"and\": [[[\"a\"]]]}", "{\"and\": [null]}", "{\"or\": [[\"a\"]]}",
        "{\"not\": {}}", "{\"not\": [{\"a\": 1}]}", "{\"and\": [\"a\"], \"and\": [\"b\"]}"};
    struct reading r;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        read_json(&r, bodies[i], NG_ERR_USAGE);
        ck_assert_msg(r.err.text[0] != '\0', "%s: no reason", bodies[i]);
        ng_fields_free(&r.fields);
    }
    read_json(&r, "{\"texts\": [\"a\", \"b\", \"c\", \"d\"]}", NG_ERR_LIMIT);
    ng_fields_free(&r.fields);
}
END_TEST

START_TEST(unknown_members_can_be_passed_over) {
    static const char json[] = "{\"x\": {\"text\": [1, {\"number\": 2}]}, \"number\": 9, \"y\": [[[]]], \"text\": \"t\"}";
    struct reading r;
    set_up(&r);
    r.fields.ignore_unknown = true;
    ck_assert_int_eq(ng_fields_read_json(&r.fields, (const uint8_t *)json, strlen(json), &r.err), NG_OK);
    ck_assert_uint_eq(r.field[NUMBER].number, 9);
    check_text(r.field[TEXT].text, "t", 1);
    ng_fields_free(&r.fields);
}
END_TEST

START_TEST(what_is_required_has_to_be_there) {
    struct reading r;
    set_up(&r);
    r.field[TEXT].required = true;
    ck_assert_int_eq(ng_fields_read_json(&r.fields, (const uint8_t *)"{}", 2, &r.err), NG_ERR_USAGE);
    ck_assert_str_eq(r.err.text, "\"text\" is missing");
    ng_fields_free(&r.fields);
}
END_TEST

START_TEST(urls_fill_every_type) {
    struct reading r;
    read_url(&r, "text=a+b%2B%00%fF&number=12&&decimal=1&texts=x&texts=", NG_OK);
    check_text(r.field[TEXT].text, "a b+\0\xff", 6);
    ck_assert_uint_eq(r.field[NUMBER].number, 12);
    ck_assert_double_eq(r.field[DECIMAL].decimal, 1);
    ck_assert_uint_eq(r.field[TEXTS].text_count, 2);
    check_text(r.field[TEXTS].texts[0], "x", 1);
    ng_fields_free(&r.fields);
    read_url(&r, "t%65xt", NG_OK);
    ck_assert(r.field[TEXT].present && r.field[TEXT].text.length_bytes == 0);
    ng_fields_free(&r.fields);
}
END_TEST

START_TEST(wrong_urls_are_refused) {
    static const char *const queries[] = {"text=%", "text=%a", "text=%zz", "%=", "number=", "number=x", "number=5x", "number=2",
                                          "number=yes", "decimal=", "decimal=nan", "decimal=0x1", "decimal=2", "text=a&text=b", "other=1", "=a",
                                          "flag=", "flag=1", "flag=TRUE", "flag=true&flag=true"};
    struct reading r;
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        read_url(&r, queries[i], NG_ERR_USAGE);
        ng_fields_free(&r.fields);
    }
}
END_TEST

/* Values have no end of their own: behind this one stands a page that may not be read. */
START_TEST(decimals_are_read_within_their_bytes) {
    struct reading r;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(pages, MAP_FAILED);
    ck_assert_int_eq(mprotect(pages + page, page, PROT_NONE), 0);
    memcpy(pages + page - 4, "0.25", 4);
    set_up(&r);
    ck_assert_int_eq(ng_fields_store_decimal(&r.field[DECIMAL], pages + page - 4, 4, &r.err), NG_OK);
    ck_assert_double_eq_tol(r.field[DECIMAL].decimal, 0.25, 1e-9);
    ck_assert_int_ne(ng_fields_store_decimal(&r.field[DECIMAL], pages + page, 0, &r.err), NG_OK);
    ck_assert_int_eq(munmap(pages, 2 * page), 0);
}
END_TEST

/* Reads "groups", of at most 3 elements. */
static void read_groups(struct reading *r, const char *json, int status) {
    set_up(r);
    r->field[TEXTS] = (struct ng_field){.name = "groups", .type = NG_FIELD_GROUPS, .most = 3, .required = true};
    int seen = ng_fields_read_json(&r->fields, (const uint8_t *)json, strlen(json), &r->err);
    ck_assert_msg(seen == status, "%s: %d: %s", json, seen, r->err.text);
}

START_TEST(strings_and_arrays_of_strings) {
    static const char *const wrong[] = {
        "{\"groups\": \"a\"}", "{\"groups\": [1]}", "{\"groups\": [[[\"a\"]]]}", "{\"groups\": [[1]]}", "{\"groups\": [{}]}",
        "{\"groups\": null}", "{}", "{\"groups\": [], \"groups\": []}"};
    struct reading r;
    read_groups(&r, "{\"groups\": [\"a\", [\"b\", \"c\"], []]}", NG_OK);
    const struct ng_field *field = &r.field[TEXTS];
    ck_assert_uint_eq(field->group_count, 3);
    ck_assert_uint_eq(field->text_count, 3);
    ck_assert_uint_eq(field->groups[0], 0);
    ck_assert_uint_eq(field->groups[1], 1);
    ck_assert_uint_eq(field->groups[2], 3);
    ck_assert_mem_eq(field->texts[2].data, "c", 1);
    ng_fields_free(&r.fields);
    read_groups(&r, "{\"groups\": []}", NG_OK);
    ck_assert_uint_eq(r.field[TEXTS].group_count, 0);
    ng_fields_free(&r.fields);
    read_groups(&r, "{\"groups\": [\"a\", \"b\", [], \"c\"]}", NG_ERR_LIMIT);
    ng_fields_free(&r.fields);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        read_groups(&r, wrong[i], NG_ERR_USAGE);
        ng_fields_free(&r.fields);
    }
}
END_TEST

Suite *test_fields_suite(void) {
    Suite *suite = suite_create("fields");
    TCase *tests = tcase_create("fields");
    tcase_add_test(tests, json_fills_every_type);
    tcase_add_test(tests, strings_and_arrays_of_strings);
    tcase_add_test(tests, what_is_absent_keeps_its_default);
    tcase_add_test(tests, conditions_keep_their_alternatives_together);
    tcase_add_test(tests, wrong_json_is_refused);
    tcase_add_test(tests, unknown_members_can_be_passed_over);
    tcase_add_test(tests, what_is_required_has_to_be_there);
    tcase_add_test(tests, urls_fill_every_type);
    tcase_add_test(tests, wrong_urls_are_refused);
    tcase_add_test(tests, decimals_are_read_within_their_bytes);
    suite_add_tcase(suite, tests);
    return suite;
}
