/* What control groups leave a process, told from trees of files as systems have them. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/os/cgroup.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

#define V1_MOUNTS                                                                                       \
    "23 1 8:1 / / rw,relatime - ext4 /dev/root rw\n"                                                    \
    "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n"                                        \
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 master:3 - cgroup cgroup rw,cpu,cpuacct\n"     \
    "35 31 0:32 / /sys/fs/cgroup/memory rw shared:10 - cgroup cgroup rw,memory\n"                       \
    "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
#define V2_MOUNTS "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"

static void check_find(const char *controller, const char *mounts, const char *groups, const char *folder) {
    static struct ng_cgroup group;
    bool found = ng_cgroup_find(&group, controller, mounts, strlen(mounts), groups, strlen(groups));
    ck_assert_int_eq(found, folder != NULL);
    if (folder) ck_assert_str_eq(group.folder, folder);
}

START_TEST(the_group_is_found) {
    static const char v1[] = "9:name=systemd:/\n4:memory:/a/b\n2:cpu,cpuacct:/c:d\n0::/user.slice\n";
    check_find("memory", V1_MOUNTS, v1, "/sys/fs/cgroup/memory/a/b");
    check_find("cpu", V1_MOUNTS, v1, "/sys/fs/cgroup/cpu,cpuacct/c:d");
    check_find("memory", V2_MOUNTS, "0::/user.slice/user-1.slice\n", "/sys/fs/cgroup/user.slice/user-1.slice");
    check_find("cpu", V2_MOUNTS, "0::/", "/sys/fs/cgroup");
    /* Version 1 without this controller, version 2 beside it. */
    check_find("memory", V1_MOUNTS, "2:cpu,cpuacct:/\n0::/x\n", "/sys/fs/cgroup/unified/x");
    /* A container that sees its part of the tree only: under its name, and from outside of it. */
    static const char inner[] = "35 31 0:32 /docker/1 /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n";
    check_find("memory", inner, "4:memory:/docker/1\n", "/sys/fs/cgroup/memory");
    check_find("memory", inner, "4:memory:/docker/1/job\n", "/sys/fs/cgroup/memory/job");
    check_find("memory", inner, "4:memory:/docker/12\n", "/sys/fs/cgroup/memory");
    check_find("memory", V2_MOUNTS, "0::/../other\n", "/sys/fs/cgroup");
}
END_TEST

START_TEST(broken_texts_find_nothing) {
    static const char *const texts[] = {"", "\n", ":", "0:", "0::", "4:memory", "4:memory:", "- - -", "a - cgroup2",
                                        "a b c d e - cgroup2 x", "1 2 3 / /p - cgroup x rw,memory"};
    const size_t count = sizeof texts / sizeof *texts;
    static struct ng_cgroup group;
    for (size_t i = 0; i < count * count; i++) {
        const char *mounts = texts[i / count];
        const char *groups = texts[i % count];
        bool found = ng_cgroup_find(&group, "memory", mounts, strlen(mounts), groups, strlen(groups));
        if (found) ck_assert_uint_lt(strlen(group.folder), sizeof group.folder);
    }
    check_find("memory", "", "4:memory:/a\n", NULL);
    check_find("memory", V1_MOUNTS, "", NULL);
    static char longest[2 * PATH_MAX] = "0::/";
    memset(longest + 4, 'x', sizeof longest - 5);
    check_find("memory", V2_MOUNTS, longest, NULL);
}
END_TEST

/* Writes a file of a system, and the folders that hold it. */
static void put(const char *root, const char *path, const char *text) {
    char full[PATH_MAX];
    (void)snprintf(full, sizeof full, "%s%s", root, path);
    for (char *slash = strchr(full + strlen(root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(full, 0755);
        *slash = '/';
    }
    test_write_file(full, text, strlen(text));
}

static const char *make_root(const char *name, const char *mounts, const char *groups) {
    const char *root = test_temp_path(name);
    ck_assert_int_eq(mkdir(root, 0755), 0);
    put(root, "/proc/self/mountinfo", mounts);
    put(root, "/proc/self/cgroup", groups);
    return root;
}

START_TEST(limits_of_version_2) {
    const char *root = make_root("v2", V2_MOUNTS, "0::/a/b\n");
    ck_assert_uint_eq(ng_cgroup_memory_left(root), NG_CGROUP_NO_LIMIT);
    ck_assert_uint_eq(ng_cgroup_processors(root), NG_CGROUP_NO_LIMIT);
    put(root, "/sys/fs/cgroup/a/b/memory.max", "max\n");
    put(root, "/sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
    ck_assert_uint_eq(ng_cgroup_memory_left(root), NG_CGROUP_NO_LIMIT);
    ck_assert_uint_eq(ng_cgroup_processors(root), NG_CGROUP_NO_LIMIT);
    /* The parent's limit holds, too. */
    put(root, "/sys/fs/cgroup/a/memory.max", "1000000\n");
    put(root, "/sys/fs/cgroup/a/cpu.max", "250000 100000\n");
    ck_assert_uint_eq(ng_cgroup_memory_left(root), 1000000);
    ck_assert_uint_eq(ng_cgroup_processors(root), 3);
    put(root, "/sys/fs/cgroup/a/memory.current", "700000\n");
    put(root, "/sys/fs/cgroup/a/memory.stat", "anon 5\nfile 300000\ninactive_file 200000\nactive_file 9\n");
    ck_assert_uint_eq(ng_cgroup_memory_left(root), 500000);
    ck_assert_uint_eq(ng_cgroup_memory_limit(root), 1000000);
    put(root, "/sys/fs/cgroup/a/b/memory.high", "400000\n");
    put(root, "/sys/fs/cgroup/a/b/cpu.max", "5000 100000\n");
    ck_assert_uint_eq(ng_cgroup_memory_left(root), 400000);
    ck_assert_uint_eq(ng_cgroup_memory_limit(root), 400000);
    ck_assert_uint_eq(ng_cgroup_processors(root), 1);
    put(root, "/sys/fs/cgroup/a/b/memory.current", "400001\n");
    ck_assert_uint_eq(ng_cgroup_memory_left(root), 0);
}
END_TEST

START_TEST(limits_of_version_1) {
    const char *root = make_root("v1", V1_MOUNTS, "4:memory:/a/b\n2:cpu,cpuacct:/a\n0::/\n");
    put(root, "/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "9223372036854771712\n");
    put(root, "/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "314572800\n");
    put(root, "/sys/fs/cgroup/memory/a/memory.usage_in_bytes", "14572800\n");
    put(root, "/sys/fs/cgroup/memory/a/memory.stat", "cache 1\ninactive_file 7\ntotal_inactive_file 4572800\n");
    ck_assert_uint_eq(ng_cgroup_memory_left(root), 304572800);
    put(root, "/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "-1\n");
    put(root, "/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
    ck_assert_uint_eq(ng_cgroup_processors(root), NG_CGROUP_NO_LIMIT);
    put(root, "/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "400000\n");
    ck_assert_uint_eq(ng_cgroup_processors(root), 4);
    put(root, "/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "0\n");
    ck_assert_uint_eq(ng_cgroup_processors(root), NG_CGROUP_NO_LIMIT);
}
END_TEST

Suite *test_cgroup_suite(void) {
    Suite *suite = suite_create("cgroup");
    TCase *tests = tcase_create("cgroup");
    tcase_add_test(tests, the_group_is_found);
    tcase_add_test(tests, broken_texts_find_nothing);
    tcase_add_test(tests, limits_of_version_2);
    tcase_add_test(tests, limits_of_version_1);
    suite_add_tcase(suite, tests);
    return suite;
}
