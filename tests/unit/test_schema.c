#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "query/bulletin/report.h"
#include "query/schema/schema.h"
#include "tests/support/check.h"
#include "tests/unit/suites.h"

/* Checks value against schema, both JSON; err tells why not. */
static int check(const char *schema, const char *value, struct ng_err *err) {
    struct ng_doc s = {0};
    struct ng_doc v = {0};
    ng_err_clear(err);
    ck_assert_int_eq(ng_doc_parse(&s, schema, strlen(schema), "schema", err), NG_OK);
    char line[128];
    int length = snprintf(line, sizeof line, "%s\n", value);
    int parsed = ng_doc_parse(&v, line, (size_t)length, "value", err);
    ck_assert_msg(parsed == NG_OK, "%s: %s", value, err->text);
    int status = ng_schema_check(&s, &v, err);
    ng_doc_free(&s);
    ng_doc_free(&v);
    return status;
}

START_TEST(values) {
    static const struct {
        const char *schema;
        const char *fits;
        const char *fits_not;
        const char *why;
    } cases[] = {
        {"{\"type\":\"integer\"}", "-7", "7.5", "the file is another number, but must be a whole number"},
        {"{\"type\":[\"string\",\"null\"]}", "null", "true", "the file is a boolean, but must be a string or null"},
        {"{\"minimum\":1}", "1", "0.5", "the file is '0.5', but must be at least 1"},
        {"{\"maximum\":1}", "\"x\"", "2", "the file is '2', but must be at most 1"},
        {"{\"minLength\":1}", "\"x\"", "\"\"", "the file is an empty string"},
        {"{\"enum\":[\"a\",2]}", "2", "\"b\"", "the file is 'b', but must be one of [\"a\",2]"},
        {"{\"const\":\"a\"}", "\"a\"", "3", "the file is '3', but must be a"},
        {"{\"pattern\":\"^[0-9a-f]{2}-x$\"}", "\"0f-x\"", "\"0g-x\"", "the file is '0g-x', but must match ^[0-9a-f]{2}-x$"},
        {"{\"pattern\":\"^[0-9]{2}$\"}", "\"12\"", "\"123\"", "the file is '123', but must match ^[0-9]{2}$"},
        {"{\"pattern\":\"^[0-9]{2}$\"}", "12", "\"1\"", "the file is '1', but must match ^[0-9]{2}$"},
        {"{\"required\":[\"a\"]}", "{\"a\":null}", "{\"b\":1}", "the file has no member 'a'"},
        {"{\"properties\":{\"a\":{\"type\":\"object\",\"properties\":{\"b\":{\"const\":1}}}}}", "{\"a\":{\"b\":1},\"c\":2}",
         "{\"a\":{\"b\":2}}", "a.b is '2', but must be 1"},
        {"{\"additionalProperties\":{\"type\":\"string\"}}", "{\"a\":\"x\"}", "{\"a\":\"x\",\"b\":1}",
         "b is another number, but must be a string"},
        {"{\"properties\":{\"a\":{}},\"additionalProperties\":false}", "{\"a\":1}", "{\"b\":1}", "b must not be there"},
        {"{\"items\":{\"type\":\"array\",\"items\":{\"minimum\":2}}}", "[[],[2,3]]", "[[2],[3,1]]",
         "[1][1] is '1', but must be at least 2"},
        {"{\"prefixItems\":[{\"const\":1},{\"const\":2}]}", "[1,2,3]", "[1,3]", "[1] is '3', but must be 2"},
        {"{\"minItems\":1,\"maxItems\":2}", "[1]", "[1,2,3]", "the file has 3 items, but must have at most 2"},
        {"{\"oneOf\":[{\"type\":\"null\"},{\"type\":\"array\",\"minItems\":2}]}", "null", "[1]",
         "the file has 1 items, but must have at least 2"},
        {"{\"oneOf\":[{\"minimum\":1},{\"minimum\":2}]}", "1", "3", "the file fits more than one alternative"},
        {"{\"allOf\":[{\"minimum\":1},{\"maximum\":2}]}", "2", "3", "the file is '3', but must be at most 2"},
        {"{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"const\":1}}}", "1", "2", "the file is '2', but must be 1"},
    };
    struct ng_err err;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_msg(check(cases[i].schema, cases[i].fits, &err) == NG_OK, "%s: %s", cases[i].schema, err.text);
        ck_assert_msg(check(cases[i].schema, cases[i].fits_not, &err) == NG_ERR_INPUT, "%s", cases[i].schema);
        ck_assert_str_eq(err.text, cases[i].why);
    }
}
END_TEST

START_TEST(what_is_not_known_is_refused) {
    static const char *const schemas[] = {"{\"maxLength\":3}", "{\"if\":{}}", "{\"$ref\":\"#/$defs/none\"}",
                                          "{\"$ref\":\"http://example.org/\"}", "{\"pattern\":\"a|b\"}",
                                          "{\"pattern\":\"^(a)$\"}", "{\"pattern\":\"^a+$\"}", "{\"pattern\":\"^[0-9]{2,3}$\"}",
                                          "{\"pattern\":\"^[0-9\"}", "{\"pattern\":\"^a{9\"}"};
    struct ng_err err;
    for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++) {
        ck_assert_msg(check(schemas[i], "\"aa\"", &err) == NG_ERR_VERSION, "%s: %s", schemas[i], err.text);
    }
}
END_TEST

/* Every rule of the schema is one that the checker knows: it is asked for each. */
START_TEST(the_schema_of_reports) {
    struct ng_doc schema = {0};
    struct ng_err err;
    ck_assert_int_eq(ng_doc_parse(&schema, ng_bulletin_schema, (size_t)ng_bulletin_schema_bytes, "the schema", &err), NG_OK);
    uint32_t definitions = ng_doc_member(&schema, 0, "$defs");
    unsigned count = 0;
    for (uint32_t d = ng_doc_first(&schema, definitions); d != NG_TREE_NONE; d = ng_doc_next(&schema, definitions, d)) {
        const struct ng_tree_node *node = ng_tree_node(&schema.tree, d);
        char *rule = strndup(ng_bulletin_schema + node->begin, node->end - node->begin);
        int status = check(rule, "{\"a\":[{\"a\":1}],\"entries\":\"x\"}", &err);
        ck_assert_msg(status == NG_OK || status == NG_ERR_INPUT || strstr(err.text, "refers"), "%s: %s", rule, err.text);
        free(rule);
        count++;
    }
    ck_assert_uint_gt(count, 10);
    ng_doc_free(&schema);
}
END_TEST

Suite *test_schema_suite(void) {
    Suite *suite = suite_create("schema");
    TCase *tcase = tcase_create("schema");
    tcase_add_test(tcase, values);
    tcase_add_test(tcase, what_is_not_known_is_refused);
    tcase_add_test(tcase, the_schema_of_reports);
    suite_add_tcase(suite, tcase);
    return suite;
}
