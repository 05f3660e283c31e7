/* The plan keeps within the memory, and cuts blocks of equal size. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/limits.h"
#include "common/shard/shard_format.h"
#include "indexer/plan/budget.h"
#include "indexer/plan/excerpt.h"
#include "indexer/merge/merge.h"
#include "indexer/sort/sort.h"
#include "indexer/write/encode.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

#define MB(n) ((uint64_t)(n) << 20)

START_TEST(test_memory) {
    static const uint64_t samples[] = {1, 2, 16, 128, 100000};
    static const unsigned threads[] = {1, 2, 16, 128};
    struct ng_err err = {0};
    for (uint64_t memory = MB(256); memory < MB(1 << 20); memory += memory / 2) {
        struct ng_plan_options options = {.memory_bytes = memory, .threads = threads[_i / 5], .sa_sample = samples[_i % 5]};
        struct ng_plan plan;
        ck_assert_msg(ng_plan_make(&plan, &options, &err) == 0, "%s", err.text);
        uint64_t block = ng_sort_memory(plan.block_rows, plan.block_rows / 256, options.sa_sample);
        ck_assert_uint_le(block * plan.sorters + plan.block_rows, memory);
        ck_assert_uint_le(ng_merge_memory(plan.shard_weight, options.sa_sample), memory);
        ck_assert_uint_le(ng_encode_memory(plan.shard_weight, 0, options.sa_sample), memory);
        ck_assert_uint_gt(plan.block_rows, 0);
        ck_assert_uint_ge(plan.sorters, 1);
        ck_assert_uint_le(ng_plan_document_memory(plan.record_bytes, options.sa_sample), memory);
        ck_assert(plan.record_bytes >= memory / 256 || plan.record_bytes == NG_MAX_RECORD_BYTES);
        ck_assert_uint_le(plan.sorters, plan.threads);
        uint64_t round = plan.shard_weight >> __builtin_ctzll(plan.shard_weight);
        ck_assert(round == 1 || round == 3);
    }
}
END_TEST

START_TEST(test_refused) {
    struct ng_err err = {0};
    struct ng_plan plan;
    struct ng_plan_options options = {.memory_bytes = MB(100), .threads = 1, .sa_sample = 128};
    ck_assert_int_eq(ng_plan_make(&plan, &options, &err), NG_ERR_USAGE);
    options.memory_bytes = MB(256);
    ck_assert_int_eq(ng_plan_make(&plan, &options, &err), 0);
    options.reader_bytes = MB(200);
    ck_assert_int_eq(ng_plan_make(&plan, &options, &err), NG_ERR_USAGE);
    options = (struct ng_plan_options){.memory_bytes = MB(512), .threads = 1, .sa_sample = 128, .shard_bytes = MB(4096)};
    ck_assert_int_eq(ng_plan_make(&plan, &options, &err), NG_ERR_USAGE);
    options.shard_bytes = MB(50);
    ck_assert_int_eq(ng_plan_make(&plan, &options, &err), 0);
    ck_assert_uint_eq(plan.shard_text, MB(50));
}
END_TEST

START_TEST(test_blocks) {
    struct ng_err err = {0};
    struct ng_plan plan;
    struct ng_plan_options options = {.memory_bytes = MB(8192), .threads = 1 + (unsigned)_i, .sa_sample = 128};
    ck_assert_int_eq(ng_plan_make(&plan, &options, &err), 0);
    for (uint64_t rows = 1; rows < MB(100000); rows += rows / 3 + 1) {
        uint64_t block = ng_plan_block(&plan, rows);
        ck_assert_uint_le(block, plan.block_rows);
        uint64_t blocks = (rows + block - 1) / block;
        /* Those of sizes of their own hold it all, too. */
        uint64_t rest = rows;
        uint64_t last = plan.block_rows;
        for (uint64_t begun = 0; begun < blocks; begun++) {
            uint64_t next = ng_plan_next_block(&plan, rows, begun);
            ck_assert_uint_le(next, last);
            last = next;
            rest -= rest < next ? rest : next;
        }
        ck_assert_uint_eq(rest, 0);
        if (blocks == plan.sorters && blocks > 1 && 2 * block < plan.block_rows && block > MB(4)) {
            ck_assert_uint_gt(ng_plan_next_block(&plan, rows, 0), ng_plan_next_block(&plan, rows, 1));
        }
        /* No thread is left over, unless blocks would get very small. */
        ck_assert(blocks % plan.sorters == 0 || block == MB(4) || blocks > 8 * plan.sorters);
    }
}
END_TEST

/* More memory makes blocks larger, as far as it is known how much text there is; never smaller. */
START_TEST(test_large_blocks) {
    struct ng_err err = {0};
    struct ng_plan plan;
    uint64_t last = 0;
    for (uint64_t memory = MB(512); memory < MB(65536); memory += memory / 2) {
        struct ng_plan_options options = {.memory_bytes = memory, .threads = 1 + (unsigned)_i, .sa_sample = 128};
        ck_assert_int_eq(ng_plan_make(&plan, &options, &err), 0);
        uint64_t block = ng_plan_block(&plan, MB(1200));
        ck_assert_uint_ge(block, last);
        ck_assert_uint_le(plan.usual_rows, NG_PLAN_BLOCK_BYTES);
        if (memory >= MB(4096)) ck_assert_uint_gt(plan.room_bytes, memory / 128); /* long lines still fit beside them */
        last = block;
        options.block_bytes = MB(200);
        ck_assert_int_eq(ng_plan_make(&plan, &options, &err), 0);
        ck_assert_uint_eq(plan.usual_rows, plan.block_rows);
    }
    ck_assert_uint_ge(last, MB(1200) / (1 + (unsigned)_i));
}
END_TEST

/* More text, a slower machine and fewer threads take longer; a busy one takes longer for the same work. */
START_TEST(test_expected) {
    struct ng_err err = {0};
    struct ng_plan plan;
    struct ng_plan_options options = {.memory_bytes = MB(8192), .threads = 1 + (unsigned)_i, .sa_sample = 128};
    ck_assert_int_eq(ng_plan_make(&plan, &options, &err), 0);
    struct ng_speed slow = ng_speed_usual;
    struct ng_speed busy = ng_speed_usual;
    slow.sort_ns *= 2;
    slow.read_ns *= 2;
    slow.fill_ns *= 2;
    slow.walk_ns *= 2;
    slow.move_ns *= 2;
    slow.encode_ns *= 2;
    busy.stall = 3;
    double before = 0;
    for (uint64_t text = MB(1); text < MB(100000); text += text / 2) {
        struct ng_plan_expected usual, slower, busier;
        ng_plan_expect(&plan, &ng_speed_usual, text, &usual);
        ng_plan_expect(&plan, &slow, text, &slower);
        ng_plan_expect(&plan, &busy, text, &busier);
        ck_assert(usual.cpu_seconds > before && usual.seconds > 0);
        ck_assert(usual.cpu_seconds > 20e-9 * (double)text && usual.cpu_seconds < 300e-9 * (double)text);
        ck_assert(slower.cpu_seconds > 1.9 * usual.cpu_seconds && slower.cpu_seconds < 2.1 * usual.cpu_seconds);
        ck_assert(busier.cpu_seconds <= usual.cpu_seconds && busier.seconds > 2 * usual.seconds - 0.2);
        ck_assert(usual.seconds * (double)plan.threads > usual.cpu_seconds);
        before = usual.cpu_seconds;
    }
}
END_TEST

static size_t occurrences(const struct ng_buf *text, uint8_t byte) {
    size_t count = 0;
    for (size_t i = 0; i < text->length; i++) count += text->data[i] == byte;
    return count;
}

/* Reads an excerpt of a corpus whose text is A in the first quarter, then B, C and D. */
static void read_excerpt(const char *path, uint64_t text_bytes) {
    struct ng_corpus *corpus = NULL;
    struct ng_excerpt excerpt;
    struct ng_buf text = {0};
    struct ng_err err = {0};
    const struct ng_corpus_options options = {.paths = &path, .path_count = 1};
    ck_assert_int_eq(ng_corpus_open(&corpus, &options, &err), 0);
    ck_assert_msg(ng_excerpt_read(corpus, &options, &text, &excerpt, &err) == 0, "%s", err.text);
    ck_assert_uint_ge(excerpt.text_bytes, text_bytes - text_bytes / 10);
    ck_assert_uint_le(excerpt.text_bytes, text_bytes + text_bytes / 10);
    for (int letter = 'A'; letter <= 'D'; letter++) ck_assert_uint_ge(occurrences(&text, (uint8_t)letter), text.length / 8);
    ck_assert_uint_eq(text.data[text.length - 1], NG_TERMINATOR);
    ck_assert_uint_le(text.length, MB(25));
    ng_buf_free(&text);
    ng_corpus_close(corpus);
}

/* An excerpt is of all parts of a corpus: of one file of lines, and of many files. */
START_TEST(test_excerpt) {
    enum { LINES = 60000, TEXT_BYTES = 1000 };
    char text[TEXT_BYTES + 1];
    const char *path = test_temp_path("excerpt.jsonl");
    const char *folder = test_temp_path("excerpt");
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(mkdir(folder, 0700), 0);
    text[TEXT_BYTES] = '\0';
    for (int i = 0; i < LINES; i++) {
        memset(text, 'A' + 4 * i / LINES, TEXT_BYTES);
        ck_assert_int_gt(fprintf(file, "{\"id\": %d, \"text\": \"%s\"}\n", i, text), TEXT_BYTES);
    }
    ck_assert_int_eq(fclose(file), 0);
    read_excerpt(path, (uint64_t)LINES * TEXT_BYTES);
    for (int i = 0; i < 400; i++) {
        char name[600];
        (void)snprintf(name, sizeof name, "%s/%03d.txt", folder, i);
        file = fopen(name, "w");
        ck_assert_ptr_nonnull(file);
        memset(text, 'A' + i / 100, TEXT_BYTES);
        for (int k = 0; k < 150; k++) ck_assert_int_gt(fputs(text, file), 0);
        ck_assert_int_eq(fclose(file), 0);
    }
    read_excerpt(folder, (uint64_t)400 * 150 * TEXT_BYTES);
}
END_TEST

Suite *test_plan_suite(void) {
    Suite *suite = suite_create("plan");
    TCase *tcase = tcase_create("plan");
    tcase_add_loop_test(tcase, test_memory, 0, 20);
    tcase_add_test(tcase, test_refused);
    tcase_add_loop_test(tcase, test_blocks, 0, 5);
    tcase_add_loop_test(tcase, test_large_blocks, 0, 5);
    tcase_add_loop_test(tcase, test_expected, 0, 5);
    tcase_add_test(tcase, test_excerpt);
    suite_add_tcase(suite, tcase);
    return suite;
}
