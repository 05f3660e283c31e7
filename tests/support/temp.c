#include "tests/support/temp.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/check.h"

static char folder[256];
static pid_t folder_owner;

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *where) {
    (void)info;
    (void)type;
    (void)where;
    return remove(path);
}

/* Check forks for each test: only the process that made the folder may remove it. */
static void remove_folder(void) {
    if (folder[0] && folder_owner == getpid()) (void)nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

const char *test_temp_folder(void) {
    if (folder[0] && folder_owner == getpid()) return folder;
    const char *base = getenv("TMPDIR");
    (void)snprintf(folder, sizeof folder, "%s/ngidx-test-XXXXXX", base ? base : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chmod(folder, 0755), 0); /* so that a test that gives up root still gets in */
    folder_owner = getpid();
    (void)atexit(remove_folder);
    return folder;
}

const char *test_temp_path(const char *name) {
    static char paths[8][512];
    static unsigned next;
    char *path = paths[next++ % 8];
    (void)snprintf(path, sizeof paths[0], "%s%s%s", test_temp_folder(), *name ? "/" : "", name);
    return path;
}

void test_write_file(const char *path, const void *bytes, size_t length) {
    FILE *file = fopen(path, "wb");
    ck_assert_msg(file != NULL, "cannot create %s", path);
    ck_assert_uint_eq(length ? fwrite(bytes, 1, length, file) : 0, length);
    ck_assert_int_eq(fclose(file), 0);
}

uint8_t *test_read_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "cannot open %s", path);
    ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    ck_assert_int_ge(size, 0);
    rewind(file);
    uint8_t *bytes = malloc((size_t)size + 1);
    ck_assert_ptr_nonnull(bytes);
    ck_assert_uint_eq(fread(bytes, 1, (size_t)size, file), (size_t)size);
    ck_assert_int_eq(fclose(file), 0);
    *length = (size_t)size;
    return bytes;
}

struct test_random test_random_make(uint64_t seed) {
    return (struct test_random){.state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1};
}

uint64_t test_random_next(struct test_random *random) {
    random->state ^= random->state >> 12;
    random->state ^= random->state << 25;
    random->state ^= random->state >> 27;
    return random->state * UINT64_C(0x2545f4914f6cdd1d);
}

uint64_t test_random_below(struct test_random *random, uint64_t bound) {
    return (uint64_t)(((unsigned __int128)test_random_next(random) * bound) >> 64);
}
