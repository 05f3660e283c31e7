/* A check in parts: what each share of the shards holds of entries is found by itself. */
#ifndef NG_TESTS_SUPPORT_SHARES_H
#define NG_TESTS_SUPPORT_SHARES_H

#include "query/include/ngidx_contam.h"
#include "tests/support/temp.h"

enum { TEST_SHARES = 5 };

struct test_shares {
    size_t entries;
    size_t count;                               /* 1 to TEST_SHARES */
    struct ng_contam_share *found[TEST_SHARES]; /* of all entries; owned */
    struct ng_contam_share *given;              /* of each entry in turn; owned */
};

/* Cuts the shards of a check's indexes into shares at random, searches them in any order, and gives the entries what was
 * found. Free shares with test_shares_free after the last check of the entries. */
void test_shares_give(struct test_shares *shares, struct ng_contam *contam, size_t index_count,
                      struct ng_contam_entry *entries, size_t count, struct test_random *random);
void test_shares_free(struct test_shares *shares);

#endif
