#include "tests/support/shares.h"

#include <stdlib.h>

#include "query/lib/index.h"
#include "tests/support/check.h"

void test_shares_give(struct test_shares *shares, struct ng_contam *contam, size_t index_count,
                      struct ng_contam_entry *entries, size_t count, struct test_random *random) {
    uint64_t shards = 0;
    uint64_t ends[TEST_SHARES];
    struct ng_err err = {0};
    for (size_t k = 0; k < index_count; k++) shards += ng_contam_get_view(contam, k)->shard_count;
    *shares = (struct test_shares){.entries = count, .count = 1 + (size_t)test_random_below(random, TEST_SHARES)};
    for (size_t p = 0; p < shares->count; p++) {
        uint64_t begin = p > 0 ? ends[p - 1] : 0;
        ends[p] = p + 1 == shares->count ? shards : begin + test_random_below(random, shards - begin + 1);
    }
    size_t first = (size_t)test_random_below(random, shares->count);
    for (size_t i = 0; i < shares->count; i++) {
        size_t p = (first + i) % shares->count;
        uint64_t begin = p > 0 ? ends[p - 1] : 0;
        shares->found[p] = calloc(count + 1, sizeof *shares->found[p]);
        int status = ng_contam_search_shards(contam, entries, count, begin, ends[p] - begin, shares->found[p], &err);
        ck_assert_msg(status == 0, "%s", err.text);
    }
    shares->given = calloc(count * shares->count + 1, sizeof *shares->given);
    for (size_t i = 0; i < count; i++) {
        entries[i].shares = shares->given + i * shares->count;
        entries[i].share_count = shares->count;
        for (size_t p = 0; p < shares->count; p++) shares->given[i * shares->count + p] = shares->found[p][i];
    }
}

void test_shares_free(struct test_shares *shares) {
    for (size_t p = 0; p < shares->count; p++) {
        ng_contam_shares_free(shares->found[p], shares->entries);
        free(shares->found[p]);
    }
    free(shares->given);
    *shares = (struct test_shares){0};
}
