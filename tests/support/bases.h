/*
 * Small indexes of every kind, in memory: what the shard fuzzer changes.
 */
#ifndef NG_TESTS_SUPPORT_BASES_H
#define NG_TESTS_SUPPORT_BASES_H

#include "common/shard/manifest.h"
#include "tests/support/parts.h"

enum { TEST_BASES = 16, TEST_BASE_SHARDS = 4 };

struct test_base {
    const char *name;
    char folder[256]; /* where it is, and stays, unchanged */
    struct ng_manifest manifest;
    struct test_parts shards[TEST_BASE_SHARDS];  /* one for each ng_manifest_file */
    struct test_parts removed[TEST_BASE_SHARDS]; /* and what was removed from it; without sections: nothing */
};

/* Makes them in the folder of test_temp_folder. golden is the folder of an index of the first version of the format. */
void test_bases_make(struct test_base bases[TEST_BASES], const char *golden);

#endif
