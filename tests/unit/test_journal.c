/* The journal: what was written down is read again, up to the first line that is not whole. */
#include <stdlib.h>

#include "indexer/spool/journal.h"
#include "indexer/spool/spool.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

static struct ng_journal_block make_block(uint64_t shard, uint64_t index) {
    uint64_t n = shard * 100 + index + 1;
    return (struct ng_journal_block){.shard = shard, .index = index, .rows = n, .documents = n + 1,
                                     .sum = {n + 2, UINT64_MAX - n}, .documents_sum = {n + 3, n << 40},
                                     .end = {n + 4, n + 5, n + 6, n + 7, n + 8}};
}

static void write_journal(const char *folder) {
    struct ng_err err = {0};
    struct ng_journal *journal = NULL;
    const struct ng_journal_state fresh = {.head = {.fingerprint = UINT64_MAX, .shard_text = 5, .shard_weight = 6}};
    ck_assert_int_eq(ng_journal_create(&journal, folder, &fresh, &err), 0);
    ck_assert_uint_eq(ng_journal_steps(journal), 0);
    /* Blocks are sorted side by side: number 2 of shard 1 is missing. */
    static const uint64_t steps[][2] = {{0, 1}, {0, 0}, {1, 1}, {1, 0}, {1, 3}};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct ng_journal_block block = make_block(steps[i][0], steps[i][1]);
        ck_assert_int_eq(ng_journal_add_block(journal, &block, &err), 0);
        if (i != 1) continue;
        struct ng_manifest_shard shard = {.file = "shard-00000.ngx", .bytes = 7, .documents = 8, .text_bytes = 9,
                                          .xxh3_128 = {0xff, 1, 2, [15] = 0x80}};
        ck_assert_int_eq(ng_journal_add_shard(journal, &shard, NULL, &err), 0);
    }
    ck_assert_uint_eq(ng_journal_steps(journal), 6);
    ng_journal_close(journal);
}

static void check_state(const struct ng_journal_state *state, uint64_t blocks) {
    ck_assert_uint_eq(state->head.fingerprint, UINT64_MAX);
    ck_assert_uint_eq(state->shard_count, 1);
    ck_assert_str_eq(state->shards[0].file, "shard-00000.ngx");
    ck_assert_uint_eq(state->shards[0].text_bytes, 9);
    ck_assert_uint_eq(state->shards[0].xxh3_128[0], 0xff);
    ck_assert_uint_eq(state->shards[0].xxh3_128[15], 0x80);
    ck_assert_uint_eq(state->block_count, blocks);
    struct ng_journal_block last = blocks ? make_block(1, blocks - 1) : make_block(0, 1);
    ck_assert_mem_eq(&state->end, &last.end, sizeof last.end);
    for (uint64_t i = 0; i < blocks; i++) {
        struct ng_journal_block wanted = make_block(1, i);
        ck_assert_mem_eq(&state->blocks[i], &wanted, sizeof wanted);
    }
}

START_TEST(test_round_trip) {
    struct ng_err err = {0};
    struct ng_journal_state state;
    struct ng_journal *journal = NULL;
    bool found = true;
    const char *folder = test_temp_folder();
    ck_assert_int_eq(ng_journal_load(&state, folder, &found, &err), 0);
    ck_assert(!found);
    write_journal(folder);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(ng_journal_load(&state, folder, &found, &err), 0);
        ck_assert(found);
        check_state(&state, 2);
        /* Written anew, it says the same. */
        ck_assert_int_eq(ng_journal_create(&journal, folder, &state, &err), 0);
        ng_journal_close(journal);
        ng_journal_state_free(&state);
    }
}
END_TEST

/* Cut anywhere, or with any byte changed, it says a part of what it said, and nothing else. */
START_TEST(test_damage) {
    struct ng_err err = {0};
    struct ng_journal_state state;
    bool found;
    const char *folder = test_temp_folder();
    write_journal(folder);
    const char *path = test_temp_path(NG_JOURNAL_FILE);
    size_t length;
    uint8_t *whole = test_read_file(path, &length);
    for (size_t at = 0; at < length; at++) {
        uint8_t byte = whole[at];
        if (at % 2) whole[at] ^= 1;
        test_write_file(path, whole, at % 2 ? length : at);
        whole[at] = byte;
        ck_assert_int_eq(ng_journal_load(&state, folder, &found, &err), 0);
        if (found) {
            ck_assert_uint_le(state.shard_count, 1);
            ck_assert_uint_le(state.block_count, 2);
            if (state.shard_count == 1) check_state(&state, state.block_count);
        }
        ng_journal_state_free(&state);
    }
    free(whole);
}
END_TEST

Suite *test_journal_suite(void) {
    Suite *suite = suite_create("journal");
    TCase *tcase = tcase_create("journal");
    tcase_add_test(tcase, test_round_trip);
    tcase_add_test(tcase, test_damage);
    suite_add_tcase(suite, tcase);
    return suite;
}
