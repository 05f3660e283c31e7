/* From a shard back to its block: with the LF-mapping in memory or without, and against the documents themselves. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/os/file.h"
#include "common/shard/shard_format.h"
#include "indexer/merge/unsort.h"
#include "tests/support/make_index.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

enum { DOCUMENTS = 700, MOST = 400 };

struct corpus {
    struct test_document documents[DOCUMENTS];
    uint8_t bytes[DOCUMENTS][MOST];
    uint8_t text[DOCUMENTS * (MOST + 1)]; /* each with its terminator */
    size_t length;
};

static struct corpus *make_corpus(unsigned alphabet) {
    struct corpus *corpus = calloc(1, sizeof *corpus);
    struct test_random random = test_random_make(alphabet);
    ck_assert_ptr_nonnull(corpus);
    for (size_t i = 0; i < DOCUMENTS; i++) {
        size_t length = test_random_below(&random, MOST);
        for (size_t k = 0; k < length; k++) corpus->bytes[i][k] = (uint8_t)test_random_below(&random, alphabet);
        corpus->documents[i] = (struct test_document){.text = corpus->bytes[i], .length = length};
        memcpy(corpus->text + corpus->length, corpus->bytes[i], length);
        corpus->length += length;
        corpus->text[corpus->length++] = NG_TERMINATOR;
    }
    return corpus;
}

/* The file of the block that the shard at path came from. */
static uint8_t *unsort(const char *path, const struct ng_unsort_options *options, uint64_t first_position, size_t *length) {
    struct ng_err err = {0};
    struct ng_shard shard;
    struct ng_block block = {.path = strdup(test_temp_path("block")), .first_position = first_position, .sa_sample = 32};
    struct ng_container *container = NULL;
    ck_assert_int_eq(ng_container_open(&container, path, &err), 0);
    ck_assert_int_eq(ng_shard_open(&shard, container, &err), 0);
    ck_assert_msg(ng_unsort_block(&shard, &block, options, &err) == 0, "%s", err.text);
    ng_shard_close(&shard);
    uint8_t *bytes = test_read_file(block.path, length);
    ng_block_free(&block);
    return bytes;
}

START_TEST(test_both_ways) {
    static const unsigned alphabets[] = {1, 2, 4, 26, 255};
    struct corpus *corpus = make_corpus(alphabets[_i]);
    const char *folder = test_temp_path("unsorted");
    struct ng_err err = {0};
    char *path = NULL;
    test_make_index(folder, corpus->documents, DOCUMENTS, UINT64_MAX, 32);
    ck_assert_int_eq(ng_file_join(&path, folder, "shard-00000.ngx", &err), 0);
    for (unsigned threads = 1; threads <= 3; threads += 2) {
        size_t lengths[2];
        const struct ng_unsort_options options[2] = {{.memory_bytes = 0, .threads = threads},
                                                     {.memory_bytes = 5 * corpus->length, .threads = threads}};
        uint8_t *walked = unsort(path, &options[0], 1000 * threads, &lengths[0]);
        uint8_t *mapped = unsort(path, &options[1], 1000 * threads, &lengths[1]);
        ck_assert_uint_eq(lengths[0], lengths[1]);
        ck_assert_mem_eq(walked, mapped, lengths[0]);
        ck_assert_uint_gt(lengths[0], 2 * corpus->length);
        ck_assert_mem_eq(walked, corpus->text, corpus->length);
        free(walked);
        free(mapped);
    }
    free(path);
    free(corpus);
}
END_TEST

Suite *test_unsort_suite(void) {
    TCase *cases = tcase_create("unsort");
    tcase_add_loop_test(cases, test_both_ways, 0, 5);
    Suite *suite = suite_create("unsort");
    suite_add_tcase(suite, cases);
    return suite;
}
