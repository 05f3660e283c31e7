/* Ids of documents: found in metadata by a path, and documents by them, against a scan. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json/find.h"
#include "common/shard/index_files.h"
#include "query/include/ngidx.h"
#include "tests/support/make_index.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

/* What a path leads to: a token, and what it stands for; NULL for nothing, or a token that is no id. */
static const struct {
    const char *json, *path, *token, *means;
} paths[] = {
    {"{\"id\":\"a\"}", "id", "\"a\"", "a"},
    {"{ \"x\" : 1 ,\n\"id\" : -1.5e+2 }", "id", "-1.5e+2", "-1.5e+2"},
    {"{\"id\":\"\"}", "id", "\"\"", ""},
    {"{}", "id", NULL, NULL},
    {"{\"idx\":1,\"i\":2,\"ID\":3}", "id", NULL, NULL},
    {"{\"x\":{\"id\":1},\"y\":[{\"id\":2}],\"id\":3}", "id", "3", "3"},
    {"{\"x\":\"}\\\",\\\\\",\"id\":3}", "id", "3", "3"},
    {"{\"x\":\"id\",\"id\":3}", "id", "3", "3"},
    {"{\"id\":1,\"id\":2}", "id", "1", "1"},
    {"{\"i\\u0064\":4}", "id", "4", "4"},
    {"{\"x\":NaN,\"id\":-Infinity}", "id", "-Infinity", NULL},
    {"{\"id\":null}", "id", "null", NULL},
    {"{\"id\":{\"a\":1}}", "id", "{\"a\":1}", NULL},
    {"{\"m\":{\"id\":5,\"x\":[]}}", "m.id", "5", "5"},
    {"{\"m\":{\"id\":5},\"m.id\":6}", "m.id", "6", "6"},
    {"{\"m\":[{\"id\":5},{\"id\":6}]}", "m.1.id", "6", "6"},
    {"{\"m\":[5]}", "m.1", NULL, NULL},
    {"{\"m\":[]}", "m.0", NULL, NULL},
    {"{\"m\":[5]}", "m.x", NULL, NULL},
    {"{\"m\":{\"0\":7}}", "m.0", "7", "7"},
    {"{\"m\":5}", "m.id", NULL, NULL},
    {"{\"\":{\"\":8}}", ".", "8", "8"},
    {"{\"id\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", "id", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
    {"{\"id\":\"caf\\u00e9 \\uD834\\udd1e \\ud834x\"}", "id", "\"caf\\u00e9 \\uD834\\udd1e \\ud834x\"",
     "caf\xc3\xa9 \xf0\x9d\x84\x9e \xef\xbf\xbdx"},
    {"{\"id\":\"\\udd1e\\ud834\\ud834\"}", "id", "\"\\udd1e\\ud834\\ud834\"", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    /* Not JSON: nothing to find, but nothing beyond the end is read. */
    {"{\"id\":", "id", NULL, NULL},
    {"{\"id", "id", NULL, NULL},
    {"[1", "0", "1", "1"},
    {"{\"id\":\"a\\", "id", "\"a\\", NULL},
    {"", "id", NULL, NULL},
};

START_TEST(test_path) {
    size_t length = strlen(paths[_i].json);
    uint8_t *json = malloc(length + 1);
    struct ng_buf room = {0};
    struct ng_err err = {0};
    memcpy(json, paths[_i].json, length);
    struct ng_json_token token = ng_json_find(json, length, paths[_i].path);
    ck_assert_msg((token.data != NULL) == (paths[_i].token != NULL), "%s", paths[_i].json);
    if (token.data) {
        ck_assert_msg(token.length == strlen(paths[_i].token), "%s: %zu bytes", paths[_i].json, token.length);
        ck_assert_mem_eq(token.data, paths[_i].token, token.length);
    }
    bool is_id = ng_json_token_is_string(token) || ng_json_token_is_number(token);
    ck_assert(is_id == (paths[_i].means != NULL));
    if (is_id) {
        const uint8_t *bytes;
        size_t means;
        ck_assert_int_eq(ng_json_token_bytes(token, &room, &bytes, &means, &err), NG_OK);
        ck_assert_uint_eq(means, strlen(paths[_i].means));
        ck_assert_mem_eq(bytes, paths[_i].means, means);
        ck_assert(ng_json_token_equals(token, (const uint8_t *)paths[_i].means, means));
        ck_assert(!ng_json_token_equals(token, (const uint8_t *)"other", 5));
        ck_assert(!ng_json_token_equals(token, (const uint8_t *)paths[_i].means, means - (means > 0)) || means == 0);
    }
    ng_buf_free(&room);
    free(json);
}
END_TEST

enum { DOCUMENTS = 3000, IDS = 700, MOST_DOCS = 40 };

static struct test_document documents[DOCUMENTS];
static char metadata[DOCUMENTS][96];
static int ids[DOCUMENTS]; /* -1: none */

/* Most ids are unique or rare, 0 is very common; a part of the documents has none. */
static void make_documents(struct test_random *random) {
    for (size_t d = 0; d < DOCUMENTS; d++) {
        ids[d] = (int)test_random_below(random, IDS) - 50;
        if (ids[d] < -20) ids[d] = 0;
        if (ids[d] < 0) ids[d] = -1;
        if (ids[d] < 0) (void)snprintf(metadata[d], sizeof metadata[d], "{\"n\":{\"id\":%zu},\"id\":null}", d % 90);
        else if (d % 3 == 0) (void)snprintf(metadata[d], sizeof metadata[d], "{\"url\":\"u%zu\",\"id\":%d}", d, ids[d]);
        else (void)snprintf(metadata[d], sizeof metadata[d], "{\"id\":\"%s%d\",\"n\":{\"id\":\"x\"}}", d % 2 ? "\\u0030" : "0", ids[d]);
        documents[d] = (struct test_document){.text = (const uint8_t *)"text", .length = d % 5, .metadata = metadata[d]};
        if (documents[d].length > 4) documents[d].length = 4;
    }
}

static void check_id(const struct ng_index *index, const char *spelled, bool as_number, int id) {
    const struct ng_bytes bytes = {(const uint8_t *)spelled, strlen(spelled)};
    struct ng_err err = {0};
    uint64_t docs[MOST_DOCS];
    uint64_t found = 0;
    uint64_t wanted = 0;
    ck_assert_msg(ng_index_docs_with_id(index, bytes, docs, MOST_DOCS, &found, &err) == NG_OK, "%s", err.text);
    for (size_t d = 0; d < DOCUMENTS; d++) {
        if (ids[d] != id || id < 0 || (d % 3 == 0) != as_number) continue;
        if (wanted < MOST_DOCS && wanted < found) ck_assert_uint_eq(docs[wanted], d);
        wanted++;
    }
    ck_assert_uint_eq(found, wanted);
}

static void check_ids(const char *folder) {
    struct ng_index *index = NULL;
    struct ng_err err = {0};
    char spelled[16];
    uint64_t damages;
    ck_assert_msg(ng_index_open(&index, folder, &err) == NG_OK, "%s", err.text);
    for (int id = -1; id < IDS; id++) {
        (void)snprintf(spelled, sizeof spelled, "%d", id);
        check_id(index, spelled, true, id);
        (void)snprintf(spelled, sizeof spelled, "0%d", id);
        check_id(index, spelled, false, id);
    }
    ng_index_close(index);
    ck_assert_int_eq(ng_index_verify(folder, NULL, NULL, NULL, &damages, &err), NG_OK);
    ck_assert_uint_eq(damages, 0);
}

/* With a section of ids, without one, and with one of another field. */
START_TEST(test_lookup) {
    static const char *const fields[] = {"id", NULL, "n.id"};
    struct test_random random = test_random_make((uint64_t)_i + 1);
    const char *folder = test_temp_path("ids");
    const struct test_index_options options = {.shard_rows = _i % 2 ? 4000 : 1 << 20, .block_rows = 1 << 20,
                                               .merge_memory_bytes = 1 << 30, .sa_sample = 16, .threads = 1,
                                               .id_field = fields[_i / 2]};
    make_documents(&random);
    test_make_index_with(folder, documents, DOCUMENTS, &options);
    if (_i / 2 == 2) {
        struct ng_manifest manifest = {0};
        struct ng_err err = {0};
        ck_assert_int_eq(ng_manifest_read(&manifest, folder, &err), NG_OK);
        manifest.id_field[0] = '\0';
        ck_assert_int_eq(ng_manifest_write(&manifest, folder, &err), NG_OK);
        ng_manifest_free(&manifest);
    }
    check_ids(folder);
}
END_TEST

static struct ng_bytes string_of(const char *text) {
    return (struct ng_bytes){(const uint8_t *)text, strlen(text)};
}

/* The default of URLs has a second place; a field that was given has none. */
START_TEST(test_names) {
    struct ng_index *index = NULL;
    struct ng_err err = {0};
    struct ng_doc_source source;
    struct ng_doc_names names;
    const char *folder = test_temp_path("names");
    documents[0] = (struct test_document){.text = (const uint8_t *)"a", .length = 1,
                                          .metadata = "{\"id\":7,\"metadata\":{\"url\":\"http://b/\"}}"};
    documents[1] = (struct test_document){.text = (const uint8_t *)"b", .length = 1, .metadata = "{\"url\":5}"};
    test_make_index(folder, documents, 2, 1 << 20, 4);
    ck_assert_int_eq(ng_index_open(&index, folder, &err), NG_OK);
    ck_assert_int_eq(ng_index_doc_source(index, 0, &source, &err), NG_OK);
    ng_index_doc_names(index, &source, &names);
    ck_assert_uint_eq(names.id.length_bytes, 1);
    ck_assert_uint_eq(names.url.length_bytes, string_of("\"http://b/\"").length_bytes);
    ck_assert_mem_eq(names.url.data, "\"http://b/\"", names.url.length_bytes);
    ng_doc_source_free(&source);
    ck_assert_int_eq(ng_index_doc_source(index, 1, &source, &err), NG_OK);
    ng_index_doc_names(index, &source, &names);
    ck_assert_uint_eq(names.id.length_bytes, 0);
    ck_assert_uint_eq(names.url.length_bytes, 0);
    ng_doc_source_free(&source);
    ng_index_close(index);
}
END_TEST

Suite *test_ids_suite(void) {
    Suite *suite = suite_create("ids");
    TCase *tcase = tcase_create("ids");
    tcase_add_loop_test(tcase, test_path, 0, (int)(sizeof paths / sizeof *paths));
    tcase_add_loop_test(tcase, test_lookup, 0, 6);
    tcase_add_test(tcase, test_names);
    suite_add_tcase(suite, tcase);
    return suite;
}
