/* Which shards are merged: the rules kept on random sequences, and what a growing index costs. */
#include <stdlib.h>

#include "indexer/plan/tiers.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

#define MB(n) ((uint64_t)(n) << 20)

enum { MOST = 3000 };

static struct ng_merge_size sizes[MOST];
static uint64_t groups[MOST];

static struct ng_merge_size size_of(uint64_t text_bytes) {
    return (struct ng_merge_size){text_bytes, text_bytes, text_bytes};
}

static uint64_t group(uint64_t count, enum ng_merge_rule rule, const struct ng_merge_limits *limits) {
    struct ng_err err = {0};
    uint64_t made;
    ck_assert_msg(ng_merge_groups(sizes, count, rule, limits, groups, &made, &err) == 0, "%s", err.text);
    uint64_t sum = 0;
    for (uint64_t g = 0; g < made; g++) sum += groups[g];
    ck_assert_uint_eq(sum, count);
    return made;
}

/* Merges the first group of several. Returns how many shards there are then; *written is the text of the new one. */
static uint64_t merge_first(uint64_t count, uint64_t made, uint64_t *written) {
    uint64_t at = 0;
    uint64_t g = 0;
    while (g < made && groups[g] == 1) at += groups[g++];
    *written = 0;
    if (g == made) return count;
    for (uint64_t i = at; i < at + groups[g]; i++) *written += sizes[i].text_bytes;
    sizes[at] = size_of(*written);
    for (uint64_t i = at + groups[g]; i < count; i++) sizes[i - groups[g] + 1] = sizes[i];
    return count - groups[g] + 1;
}

/* Step by step it comes to what was planned at first, within the limits. */
START_TEST(test_steps_keep_to_the_plan) {
    struct test_random random = test_random_make((uint64_t)_i);
    for (int round = 0; round < 200; round++) {
        uint64_t count = 1 + test_random_below(&random, 60);
        uint64_t spread = 1 + test_random_below(&random, 16);
        for (uint64_t i = 0; i < count; i++) {
            sizes[i] = size_of(MB(1) + test_random_below(&random, MB(1) << test_random_below(&random, spread)));
        }
        const struct ng_merge_limits limits = {MB(8) << test_random_below(&random, 14), MB(8) << test_random_below(&random, 14),
                                               MB(8) << test_random_below(&random, 14)};
        enum ng_merge_rule rule = round % 3 ? NG_MERGE_TIERS : NG_MERGE_FITTING;
        uint64_t planned = group(count, rule, &limits);
        uint64_t written = 1;
        for (uint64_t made = planned; written > 0; made = group(count, rule, &limits)) {
            uint64_t most = 0;
            for (uint64_t i = 0, g = 0; g < made; i += groups[g++]) {
                for (uint64_t k = i; groups[g] > 1 && k < i + groups[g]; k++) {
                    if (sizes[k].part_weight > most) most = sizes[k].part_weight;
                }
            }
            ck_assert_uint_le(most, limits.part_weight);
            count = merge_first(count, made, &written);
            ck_assert(written <= limits.text_bytes && written <= limits.weight);
        }
        ck_assert_uint_eq(count, planned);
    }
}
END_TEST

START_TEST(test_nothing) {
    const struct ng_merge_limits limits = {MB(1000), MB(1000), MB(1000)};
    for (uint64_t i = 0; i < 100; i++) sizes[i] = size_of(10);
    ck_assert_uint_eq(group(100, NG_MERGE_NOTHING, &limits), 100);
    ck_assert_uint_eq(group(3, NG_MERGE_TIERS, &limits), 3);
    ck_assert_uint_eq(group(4, NG_MERGE_TIERS, &limits), 1);
    ck_assert_uint_eq(group(3, NG_MERGE_FITTING, &limits), 1);
    sizes[50] = size_of(MB(501)); /* full */
    ck_assert_uint_eq(group(100, NG_MERGE_TIERS, &limits), 3);
    sizes[50] = size_of(MB(499)); /* the small ones before it count as large ones */
    ck_assert_uint_eq(group(100, NG_MERGE_TIERS, &limits), 2);
}
END_TEST

/* 1 TB, appended in random pieces: few shards at any time, and each byte is written a few times per tier. */
START_TEST(test_growth) {
    const struct ng_merge_limits limits = {MB(1) << 24, MB(1) << 24, MB(1) << 24};
    struct test_random random = test_random_make((uint64_t)_i + 7);
    uint64_t count = 0;
    uint64_t text = 0;
    uint64_t rewritten = 0;
    while (text < MB(1) << 20) {
        uint64_t added = _i == 0 ? MB(200) : 1 + test_random_below(&random, MB(1) << test_random_below(&random, 11));
        sizes[count++] = size_of(added);
        text += added;
        for (uint64_t written = 1; written > 0; rewritten += written) {
            count = merge_first(count, group(count, NG_MERGE_TIERS, &limits), &written);
        }
        ck_assert_uint_le(count, 27);
    }
    ck_assert_uint_lt(rewritten / text, 9 * (NG_TIER_SHARDS - 1));
    if (_i == 0) ck_assert_uint_le(rewritten / text, 7); /* equal pieces: once for each of their tiers */
}
END_TEST

Suite *test_tiers_suite(void) {
    TCase *cases = tcase_create("tiers");
    tcase_add_loop_test(cases, test_steps_keep_to_the_plan, 0, 6);
    tcase_add_test(cases, test_nothing);
    tcase_add_loop_test(cases, test_growth, 0, 4);
    Suite *suite = suite_create("tiers");
    suite_add_tcase(suite, cases);
    return suite;
}
