/* Shards that a hostile writer makes, under checksums that are right: what readers show stays what it claims to be,
 * verify comes to an end, and does not pass what a reader calls damaged. The shard fuzzer found the kinds, or would. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/le.h"
#include "common/rank/ef.h"
#include "common/shard/index_files.h"
#include "common/shard/shard.h"
#include "common/shard/shard_format.h"
#include "indexer/build/join.h"
#include "query/include/ngidx.h"
#include "tests/support/make_index.h"
#include "tests/support/parts.h"
#include "tests/support/rank_v1.h"
#include "tests/support/runner.h"
#include "tests/support/seal.h"
#include "tests/support/temp.h"

static uint64_t damages_of(const char *folder) {
    uint64_t damages = 0;
    ck_assert_int_eq(ng_index_verify(folder, NULL, NULL, NULL, &damages, NULL), NG_OK);
    return damages;
}

/* ---- Metadata ---- */

/* A metadata record, and whether it is one JSON object. */
static const struct {
    const char *metadata;
    bool sound;
} records[] = {{"{}", true},
               {"{\"a\": [1e999, -0, \"\\ud83d\\ude00\", null]}", true},
               {"{ }", true},
               {"", false},
               {"null", false},
               {"[]", false},
               {"{\"a\":1", false},
               {"\"a\":1}", false},
               {"{\"a\":1}}", false},
               {"{\"a\":1},\"text\":\"injected\",\"b\":{}", false},
               {"{}{}", false},
               {"{} {}", false},
               {"{}\"}", false},
               {" {}", false},
               {"{} ", false},
               {"{\"a\":\v1}", false},
               {"{\"a\":\"\xff\"}", false},
               {"{\"a\":\"\xed\xa0\x80\"}", false},
               {"{\"a\":01}", false},
               {"{\"a\":NaN}", true}, /* as Python writes it */
               {"{\"a\":NaN7}", false},
               {"{/**/}", false}};

enum { RECORDS = sizeof records / sizeof *records };

static void make_with_metadata(const char *folder, const char *metadata) {
    const struct test_document documents[] = {{.text = (const uint8_t *)"one", .length = 3, .metadata = "{\"n\": 1}"},
                                              {.text = (const uint8_t *)"two", .length = 3, .metadata = metadata},
                                              {.text = (const uint8_t *)"", .length = 0, .metadata = "{\"n\": 3}"}};
    test_make_index(folder, documents, 3, 1 << 20, 4);
}

START_TEST(metadata_that_is_no_object_is_damage) {
    const char *folder = test_temp_path("metadata");
    const char *const indexes[] = {folder, folder};
    const struct ng_join_options options = {.indexes = indexes,
                                            .index_count = 2,
                                            .output = test_temp_path("joined"),
                                            .memory_bytes = UINT64_C(1) << 28,
                                            .threads = 1};
    struct ng_build_result result;
    struct ng_index *index = NULL;
    struct ng_doc_source source;
    make_with_metadata(folder, records[_i].metadata);
    ck_assert_int_eq(ng_index_open(&index, folder, NULL), NG_OK);
    ck_assert_int_eq(ng_index_doc_source(index, 0, &source, NULL), NG_OK);
    ng_doc_source_free(&source);
    ck_assert_int_eq(ng_index_doc_source(index, 1, &source, NULL), records[_i].sound ? NG_OK : NG_ERR_CORRUPT);
    if (records[_i].sound) ck_assert_str_eq(source.metadata, records[_i].metadata);
    ng_doc_source_free(&source);
    ng_index_close(index);
    ck_assert_int_eq(damages_of(folder) == 0, records[_i].sound);
    ck_assert_int_eq(ng_join_run(&options, &result, NULL), records[_i].sound ? NG_OK : NG_ERR_CORRUPT);
}
END_TEST

START_TEST(metadata_nested_too_deeply_is_damage) {
    enum { DEEP = 200000 };
    const char *folder = test_temp_path("deep");
    char *metadata = malloc(2 * DEEP + 8);
    ck_assert_ptr_nonnull(metadata);
    memcpy(metadata, "{\"a\":", 5);
    memset(metadata + 5, '[', DEEP);
    memset(metadata + 5 + DEEP, ']', DEEP);
    memcpy(metadata + 5 + 2 * DEEP, "}", 2);
    make_with_metadata(folder, metadata);
    ck_assert_uint_eq(damages_of(folder), 1);
    free(metadata);
}
END_TEST

/* ---- Sections ---- */

static uint8_t text[3000];

/* Text of two letters, in documents of so many bytes. */
static void make_letters(const char *folder, size_t documents, size_t length, uint64_t sa_sample) {
    struct test_document made[100];
    struct test_random random = test_random_make(3);
    ck_assert(documents <= 100 && length <= sizeof text);
    for (size_t i = 0; i < sizeof text; i++) text[i] = (uint8_t)('a' + test_random_below(&random, 2));
    for (size_t d = 0; d < documents; d++) {
        made[d] = (struct test_document){.text = text + (d * 31) % (sizeof text - length + 1), .length = length};
    }
    test_make_index(folder, made, documents, 1 << 20, sa_sample);
    ck_assert_uint_eq(damages_of(folder), 0);
}

static void take(const char *folder, struct test_parts *parts) {
    char path[600];
    size_t length;
    (void)snprintf(path, sizeof path, "%s/shard-00000.ngx", folder);
    uint8_t *bytes = test_read_file(path, &length);
    test_parts_take(parts, bytes, length);
    free(bytes);
}

static void put(const char *folder, struct test_parts *parts) {
    size_t length;
    uint8_t *bytes = test_parts_join(parts, &length);
    test_seal_index(folder, bytes, length);
    test_parts_free(parts);
    free(bytes);
}

/* Eight levels whose numbers say that every string occurs: a walk over the strings of three symbols that may have more
 * rows than the string that they are longer than takes for ever. */
START_TEST(a_jump_table_of_eight_levels) {
    enum { SYMBOLS = 3, LEVELS = 8, STRINGS = 6561 };
    const char *folder = test_temp_path("jump");
    struct test_parts parts;
    struct ng_ef_builder builder;
    struct ng_buf section = {0};
    const uint64_t rows = 2 * 3000 + 2;
    unsigned width = ng_packed_width(rows);
    make_letters(folder, 2, 3000, 16);
    take(folder, &parts);
    ck_assert_int_eq(ng_buf_append_u64(&section, LEVELS, NULL), NG_OK);
    ck_assert_int_eq(ng_ef_builder_init(&builder, STRINGS, STRINGS, NULL), NG_OK);
    for (uint64_t i = 0; i < STRINGS; i++) ng_ef_builder_push(&builder, i);
    ck_assert_int_eq(ng_ef_builder_finish(&builder, &section, NULL), NG_OK);
    ng_ef_builder_free(&builder);
    uint8_t starts[(STRINGS + 1) * 2 + 16] = {0};
    for (uint64_t i = 0; i <= STRINGS; i++) ng_packed_put(starts, i * width, width, i < rows ? i : rows);
    ck_assert_int_eq(ng_buf_append(&section, starts, ((STRINGS + 1) * width + 7) / 8, NULL), NG_OK);
    struct test_part *jump = test_parts_find(&parts, NG_JUMP_SECTION);
    test_part_splice(jump, 0, jump->length, section.data, section.length);
    ng_buf_free(&section);
    put(folder, &parts);
    ck_assert_uint_ge(damages_of(folder), 1);
}
END_TEST

static uint8_t *section_bytes(struct test_parts *parts, const char *name, size_t *length) {
    struct test_part *part = test_parts_find(parts, name);
    ck_assert_ptr_nonnull(part);
    *length = part->length;
    return part->bytes;
}

/* Every bit of BWT and its directory, of the order of documents, and of the samples: of shards that end behind their
 * last sample, are shorter than one, and have more documents than samples. What verify passes, a reader reads. */
static const struct {
    size_t documents;
    size_t length;
    uint64_t sa_sample;
} shapes[] = {{3, 45, 32}, {2, 9, 128}, {40, 3, 64}, {1, 0, 16}};

static const char *const sections[] = {
    NG_DOC_ORDER_SECTION, NG_SAMPLE_SECTION, NG_MARK_SECTION, NG_INVERSE_SECTION, "RDAT", "RDIR", "DOCS"};

enum { SHAPES = sizeof shapes / sizeof *shapes, SECTIONS = sizeof sections / sizeof *sections, VERSIONS = 2 };

/* Whether all rows lead to the places that they should, and all documents hold what they should. */
static void assert_reads(const char *folder, size_t shape) {
    struct ng_index *index = NULL;
    const uint64_t rows = shapes[shape].documents * (shapes[shape].length + 1);
    uint8_t got[100];
    ck_assert_int_eq(ng_index_open(&index, folder, NULL), NG_OK);
    for (uint64_t row = 0; row < rows; row++) {
        struct ng_hit hit;
        ck_assert_int_eq(ng_index_locate_row(index, 0, row, &hit, NULL), NG_OK);
        ck_assert_uint_eq(hit.position, hit.doc * (shapes[shape].length + 1) + hit.offset);
    }
    for (size_t d = 0; d < shapes[shape].documents; d++) {
        ck_assert_int_eq(ng_index_extract(index, d, 0, shapes[shape].length, got, NULL), NG_OK);
    }
    ng_index_close(index);
}

START_TEST(what_verify_passes_readers_read) {
    size_t shape = (size_t)_i / SECTIONS % SHAPES;
    bool v1 = (size_t)_i / SECTIONS / SHAPES > 0;
    const char *name = sections[(size_t)_i % SECTIONS];
    const char *folder = test_temp_path("shape");
    struct test_parts whole;
    size_t length;
    unsigned found = 0;
    make_letters(folder, shapes[shape].documents, shapes[shape].length, shapes[shape].sa_sample);
    take(folder, &whole);
    if (v1) test_parts_as_v1(&whole);
    struct test_parts as_it_is;
    test_parts_copy(&as_it_is, &whole);
    put(folder, &as_it_is);
    ck_assert_uint_eq(damages_of(folder), 0);
    (void)section_bytes(&whole, name, &length);
    for (size_t bit = 0; bit<8 * length; bit += length> 100 ? 7 : 1) {
        struct test_parts parts;
        test_parts_copy(&parts, &whole);
        section_bytes(&parts, name, &length)[bit / 8] ^= (uint8_t)(1u << bit % 8);
        put(folder, &parts);
        if (damages_of(folder) > 0) found++;
        else assert_reads(folder, shape);
    }
    test_parts_free(&whole);
    ck_assert(found > 0 || length == 0 || shapes[shape].length == 0);
}
END_TEST

/* Of which a merge says that it is not what its index says. */
START_TEST(another_sample_distance_in_the_manifest) {
    const char *folder = test_temp_path("distance");
    struct ng_manifest manifest;
    make_letters(folder, 3, 45, 32);
    ck_assert_int_eq(ng_manifest_read(&manifest, folder, NULL), NG_OK);
    manifest.sa_sample = 33;
    ck_assert_int_eq(ng_manifest_write(&manifest, folder, NULL), NG_OK);
    ng_manifest_free(&manifest);
    ck_assert_uint_eq(damages_of(folder), 1);
}
END_TEST

static Suite *crafted_suite(void) {
    Suite *suite = suite_create("crafted");
    TCase *tcase = tcase_create("shard");
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, metadata_that_is_no_object_is_damage, 0, RECORDS);
    tcase_add_test(tcase, metadata_nested_too_deeply_is_damage);
    tcase_add_test(tcase, a_jump_table_of_eight_levels);
    tcase_add_test(tcase, another_sample_distance_in_the_manifest);
    tcase_add_loop_test(tcase, what_verify_passes_readers_read, 0, SHAPES * SECTIONS * VERSIONS);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void) {
    static test_suite_new *const suites[] = {crafted_suite};
    return test_run(suites, 1);
}
