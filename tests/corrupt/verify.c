/* Bytes of a shard's sections changed under checksums that are right: what verify calls sound gives the right answers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/container/container.h"
#include "query/include/ngidx.h"
#include "tests/support/make_index.h"
#include "tests/support/runner.h"
#include "tests/support/sanitized.h"
#include "tests/support/seal.h"
#include "tests/support/temp.h"

/* Text of four letters is short enough for tests, and has a jump table; a fifth letter does not occur. */
enum { DOCUMENTS = 40, MOST_BYTES = 800, LETTERS = 5, STRINGS = 5 + 25 + 125, SA_SAMPLE = 32 };
enum { BYTE_STEP = TEST_SANITIZED ? 11 : 2 };

static uint8_t texts[DOCUMENTS][MOST_BYTES];
static struct test_document documents[DOCUMENTS];
static uint8_t strings[STRINGS][3];
static struct ng_bytes phrases[STRINGS];
static uint64_t counts[STRINGS];
static char metadata[DOCUMENTS][64];

static void make_strings(void) {
    size_t used = 0;
    for (unsigned length = 1, number = LETTERS; length <= 3; length++, number *= LETTERS) {
        for (unsigned i = 0; i < number; i++, used++) {
            unsigned rest = i;
            for (unsigned b = 0; b < length; b++, rest /= LETTERS) strings[used][b] = (uint8_t)('a' + rest % LETTERS);
            phrases[used] = (struct ng_bytes){.data = strings[used], .length_bytes = length};
        }
    }
}

static void make_index(const char *folder) {
    struct test_random random = test_random_make(7);
    struct ng_index *index = NULL;
    make_strings();
    for (size_t d = 0; d < DOCUMENTS; d++) {
        size_t length = (size_t)test_random_below(&random, MOST_BYTES);
        for (size_t i = 0; i < length; i++) texts[d][i] = (uint8_t)('a' + test_random_below(&random, LETTERS - 1));
        documents[d] = (struct test_document){
            .text = texts[d], .length = length, .metadata = d % 3 ? metadata[d] : NULL};
        (void)snprintf(metadata[d], sizeof metadata[d], "{\"title\": \"a b c\", \"id\": %zu}", d / 4);
    }
    const struct test_index_options options = {.shard_rows = 1 << 20, .block_rows = 1 << 20, .sa_sample = SA_SAMPLE,
                                               .merge_memory_bytes = 1 << 30, .threads = 1, .id_field = "id"};
    test_make_index_with(folder, documents, DOCUMENTS, &options);
    ck_assert_int_eq(ng_index_open(&index, folder, NULL), NG_OK);
    ck_assert_int_eq(ng_index_count_batch(index, phrases, STRINGS, counts, NULL), NG_OK);
    ng_index_close(index);
}

static void assert_ids(const struct ng_index *index) {
    for (size_t id = 0; id <= DOCUMENTS / 4; id++) {
        char digits[16];
        uint64_t docs[DOCUMENTS];
        uint64_t found;
        uint64_t expected = 0;
        int length = snprintf(digits, sizeof digits, "%zu", id);
        const struct ng_bytes bytes = {(const uint8_t *)digits, (uint64_t)length};
        ck_assert_int_eq(ng_index_docs_with_id(index, bytes, docs, DOCUMENTS, &found, NULL), NG_OK);
        for (uint64_t d = id * 4; d < id * 4 + 4 && d < DOCUMENTS; d++) {
            if (d % 3) ck_assert_uint_eq(docs[expected++], d);
        }
        ck_assert_uint_eq(found, expected);
    }
}

/* Metadata may be others: only their page's checksum vouches for every bit of them. */
static void assert_answers(const char *folder, bool same_metadata) {
    struct ng_index *index = NULL;
    uint64_t got[STRINGS];
    uint8_t text[MOST_BYTES];
    ck_assert_int_eq(ng_index_open(&index, folder, NULL), NG_OK);
    ck_assert_int_eq(ng_index_count_batch(index, phrases, STRINGS, got, NULL), NG_OK);
    ck_assert_mem_eq(got, counts, sizeof got);
    for (size_t d = 0; d < DOCUMENTS; d++) {
        struct ng_doc_source source;
        uint64_t length;
        ck_assert_int_eq(ng_index_doc_length(index, d, &length, NULL), NG_OK);
        ck_assert_uint_eq(length, documents[d].length);
        ck_assert_int_eq(ng_index_extract(index, d, 0, length, text, NULL), NG_OK);
        ck_assert_mem_eq(text, texts[d], length);
        ck_assert_int_eq(ng_index_doc_source(index, d, &source, NULL), NG_OK);
        ng_doc_source_free(&source);
    }
    if (same_metadata) assert_ids(index);
    ng_index_close(index);
}

/* A section, and whether verify named it. */
struct place {
    char section[5];
    bool named;
};

static void on_report(void *context, const char *text, uint64_t done_bytes, uint64_t total_bytes) {
    struct place *place = context;
    char wanted[16];
    (void)done_bytes;
    (void)total_bytes;
    (void)snprintf(wanted, sizeof wanted, "section %s", place->section);
    if (text && strstr(text, wanted)) place->named = true;
}

static struct ng_container_section find_section(const char *path, const char *name) {
    struct ng_container *container = NULL;
    struct ng_container_section found = {0};
    ck_assert_int_eq(ng_container_open(&container, path, NULL), NG_OK);
    for (unsigned i = 0; i < container->section_count; i++) {
        if (strcmp(container->sections[i].name, name) == 0) found = container->sections[i];
    }
    ng_container_close(container);
    ck_assert_uint_gt(found.length_bytes, sizeof(uint64_t));
    return found;
}

/* In all of them a third of the changes at least must be found (the others are to text of metadata, or to bits that
 * nothing reads); where verify looks at a section by itself, most of those by its name. */
static const struct {
    const char *section;
    bool named;
} cases[] = {{"JUMP", true}, {"META", true}, {"DOCS", false}, {"MARK", false},
             {"SAMP", false}, {"SINV", false}, {"DORD", false}, {"DIDS", true}};

START_TEST(what_is_called_sound_is_right) {
    const char *folder = test_temp_path("sealed");
    struct place place = {0};
    char path[600];
    size_t length;
    unsigned tried = 0;
    unsigned found = 0;
    unsigned named = 0;
    make_index(folder);
    (void)snprintf(path, sizeof path, "%s/shard-00000.ngx", folder);
    (void)snprintf(place.section, sizeof place.section, "%s", cases[_i].section);
    struct ng_container_section section = find_section(path, place.section);
    uint8_t *bytes = test_read_file(path, &length);
    for (uint64_t at = section.offset; at < section.offset + section.length_bytes; at += BYTE_STEP, tried++) {
        uint64_t damages;
        const uint8_t before = bytes[at];
        bytes[at] = (uint8_t)(before ^ 1u << (tried * 5 & 7));
        test_seal_page(bytes, length, at >> NG_PAGE_LOG2);
        test_seal_index(folder, bytes, length);
        place.named = false;
        ck_assert_int_eq(ng_index_verify(folder, on_report, &place, NULL, &damages, NULL), NG_OK);
        if (damages == 0) assert_answers(folder, strcmp(place.section, "META") != 0);
        found += damages > 0;
        named += place.named;
        bytes[at] = before;
        test_seal_page(bytes, length, at >> NG_PAGE_LOG2);
    }
    free(bytes);
    ck_assert_uint_gt(3 * found, tried);
    if (cases[_i].named) ck_assert_uint_gt(2 * named, found);
}
END_TEST

static Suite *verify_suite(void) {
    Suite *suite = suite_create("verify");
    TCase *tcase = tcase_create("sealed");
    tcase_set_timeout(tcase, 600);
    tcase_add_loop_test(tcase, what_is_called_sound_is_right, 0, (int)(sizeof cases / sizeof *cases));
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void) {
    static test_suite_new *const suites[] = {verify_suite};
    return test_run(suites, 1);
}
