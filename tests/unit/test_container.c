/* The container: sections as they were written, whatever their lengths, and the checksums of pages. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xxhash.h>

#include "common/container/ahead.h"
#include "common/container/container.h"
#include "common/container/container_write.h"
#include "common/container/frames.h"
#include "common/container/page_sum.h"
#include "common/cpu/cpu.h"
#include "tests/support/runner.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

enum { PAGE = 4096, BUFFER = 1 << 20, MOST = 5 * BUFFER };

/* Writes sections of those lengths in pieces, reads them back, and checks the whole file's hash. */
static void check_sections(const size_t *lengths, size_t count, size_t piece_bytes, const uint8_t *bytes) {
    static const char *const names[] = {"AAAA", "BBBB", "CCCC", "DDDD"};
    const char *path = test_temp_path("container");
    struct ng_container_writer *writer = NULL;
    struct ng_container_written written;
    struct ng_container *container = NULL;
    struct ng_err err = {0};
    ck_assert_int_eq(ng_container_create(&writer, path, &err), 0);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(ng_container_begin(writer, names[i], &err), 0);
        for (size_t at = 0; at < lengths[i]; at += piece_bytes) {
            size_t piece = lengths[i] - at < piece_bytes ? lengths[i] - at : piece_bytes;
            ck_assert_int_eq(ng_container_write(writer, bytes + i + at, piece, &err), 0);
        }
    }
    ck_assert_int_eq(ng_container_finish(writer, &written, &err), 0);
    ng_container_writer_free(writer);
    ck_assert_msg(ng_container_open(&container, path, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(container->map.length_bytes, written.bytes);
    for (size_t i = 0; i < count; i++) {
        struct ng_view view;
        ck_assert_int_eq(ng_container_view(container, names[i], &view, &err), 0);
        ck_assert_uint_eq(view.length_bytes, lengths[i]);
        ck_assert(ng_view_check(&view, 0, view.length_bytes));
        ck_assert_int_eq(memcmp(view.data, bytes + i, lengths[i]), 0);
    }
    ng_container_check_pages(container, 0, UINT64_MAX);
    ck_assert_uint_eq(atomic_load(&container->unverified), 0);
    XXH3_state_t *hash = XXH3_createState();
    ck_assert_ptr_nonnull(hash);
    (void)XXH3_128bits_reset(hash);
    (void)XXH3_128bits_update(hash, container->map.data + PAGE, (size_t)written.bytes - PAGE);
    (void)XXH3_128bits_update(hash, container->map.data, PAGE);
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(hash));
    ck_assert_mem_eq(canonical.digest, written.xxh3_128, sizeof written.xxh3_128);
    (void)XXH3_freeState(hash);
    ng_container_close(container);
    ck_assert_int_eq(unlink(path), 0);
}

/* One section in a new file at one path. */
static struct ng_container *write_and_open(const uint8_t *bytes, size_t length, struct ng_view *view) {
    const char *path = test_temp_path("copies");
    struct ng_container_writer *writer = NULL;
    struct ng_container_written written;
    struct ng_container *container = NULL;
    struct ng_err err = {0};
    (void)unlink(path);
    ck_assert_int_eq(ng_container_create(&writer, path, &err), 0);
    ck_assert_int_eq(ng_container_begin(writer, "AAAA", &err), 0);
    ck_assert_int_eq(ng_container_write(writer, bytes, length, &err), 0);
    ck_assert_int_eq(ng_container_finish(writer, &written, &err), 0);
    ng_container_writer_free(writer);
    ck_assert_int_eq(ng_container_open(&container, path, &err), 0);
    ck_assert_int_eq(ng_container_view(container, "AAAA", view, &err), 0);
    return container;
}

/* Around the places where what is buffered is written: the header's page is the first of the file. */
START_TEST(sections_of_all_lengths) {
    static const size_t lengths[][4] = {{0, 0, 0, 0},
                                        {1, PAGE, PAGE - 1, PAGE + 1},
                                        {BUFFER - PAGE, BUFFER, 0, 1},
                                        {BUFFER - PAGE - 1, BUFFER + 1, BUFFER - 1, 3},
                                        {BUFFER - 2 * PAGE, PAGE, BUFFER, BUFFER},
                                        {2 * BUFFER, 5, 4 * BUFFER + 7, 0}};
    uint8_t *bytes = malloc(MOST);
    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < MOST; i++) bytes[i] = (uint8_t)(i * 2654435761u >> 15);
    for (size_t n = 0; n < sizeof lengths / sizeof *lengths; n++) {
        check_sections(lengths[n], 4, MOST, bytes);
        check_sections(lengths[n], 4, 100001, bytes);
    }
    free(bytes);
}
END_TEST

START_TEST(sums_of_pages) {
    uint8_t *bytes = malloc(PAGE + 64);
    ck_assert_ptr_nonnull(bytes);
    struct test_random random = test_random_make(5);
    for (size_t round = 0; round < 200; round++) {
        for (size_t i = 0; i < PAGE + 64; i++) bytes[i] = (uint8_t)test_random_below(&random, round % 3 ? 256 : 1);
        const uint8_t *page = bytes + round % 64;
        ck_assert_uint_eq(ng_page_sum(page), XXH3_64bits(page, PAGE));
#if defined(__x86_64__)
        if (ng_cpu_runs_bmi2()) ck_assert_uint_eq(ng_page_sum_bmi2(page), XXH3_64bits(page, PAGE));
#endif
    }
    free(bytes);
}
END_TEST

/* FORMAT.md: a reader rejects a name that occurs twice. */
START_TEST(two_sections_of_one_name) {
    static const char *const names[][2] = {{"AAAA", "AAAB"}, {"AAAA", "AAAA"}, {"PAGE", "AAAA"}};
    for (size_t i = 0; i < 3; i++) {
        const char *path = test_temp_path("twice");
        struct ng_container_writer *writer = NULL;
        struct ng_container_written written;
        struct ng_container *container = NULL;
        struct ng_err err = {0};
        ck_assert_int_eq(ng_container_create(&writer, path, &err), 0);
        for (size_t k = 0; k < 2; k++) ck_assert_int_eq(ng_container_write_section(writer, names[i][k], "x", 1, &err), 0);
        ck_assert_int_eq(ng_container_finish(writer, &written, &err), 0);
        ng_container_writer_free(writer);
        ck_assert_int_eq(ng_container_open(&container, path, &err), i == 0 ? NG_OK : NG_ERR_CORRUPT);
        ng_container_close(container);
        ck_assert_int_eq(unlink(path), 0);
    }
}
END_TEST

/* Copies of pages are what is mapped, all that a round asks for at once, some of it in several pages; some rounds ask for
 * half of it before they begin.
 * The second time copies are read past the page cache, where the file system can. */
START_TEST(copies_of_pages) {
    enum { PAGES = 3000, ROUND = 400, LENGTH = 600, LONG = 3 * PAGE };
    ng_ahead_thread.exceeds = _i > 0;
    uint8_t *bytes = malloc(PAGES * PAGE);
    ck_assert_ptr_nonnull(bytes);
    struct test_random random = test_random_make(3);
    for (size_t i = 0; i < PAGES * PAGE; i++) bytes[i] = (uint8_t)test_random_next(&random);
    struct ng_view view;
    struct ng_container *container = write_and_open(bytes, PAGES * PAGE, &view);
    if (ng_container_descriptor(container, false) < 0) ck_abort_msg("the file cannot be opened again");
    size_t copied = 0;
    for (unsigned round = 0; round < 5; round++) {
        int frames[ROUND];
        uint64_t offsets[ROUND];
        for (size_t i = 0; i < ROUND; i++) {
            /* Some twice, and some beside each other. */
            offsets[i] = i % 3 == 2 ? offsets[i - 1] + i % 7 * 500 : test_random_below(&random, PAGES * PAGE);
            if (offsets[i] > PAGES * PAGE - LONG) offsets[i] = PAGES * PAGE - LONG;
        }
        for (size_t i = 0; i < ROUND / 2 && round % 2 == 1; i++) (void)ng_frames_ask(&view, offsets[i], LENGTH);
        if (round == 3) ng_frames_submit();
        ng_frames_begin();
        for (size_t i = 0; i < ROUND; i++) frames[i] = ng_frames_ask(&view, offsets[i], i % 50 == 0 ? LONG : LENGTH);
        ng_frames_wait();
        for (size_t i = 0; i < ROUND; i++) {
            const uint8_t *copy = ng_frames_at(frames[i]);
            if (copy) ck_assert_mem_eq(copy, bytes + offsets[i], i % 50 == 0 ? LONG : LENGTH);
            copied += copy != NULL;
        }
    }
    if (copied == 0) test_skip("the system gives no io_uring");
    else ck_assert_uint_ge(copied, 5 * ROUND * 9 / 10);
    ng_frames_begin();
    ck_assert_int_eq(ng_frames_ask(&view, PAGES * PAGE - 10, 11), NG_FRAME_NONE);
    ck_assert_int_eq(ng_frames_ask(&view, 1, 4 * PAGE), NG_FRAME_NONE);
    ng_frames_finish();
    ng_ahead_thread.exceeds = false;
    ng_container_close(container);
    free(bytes);
}
END_TEST

/* A damaged page has no copy, and a file that has been replaced none at all. */
START_TEST(copies_of_damage) {
    enum { PAGES = 4 };
    uint8_t bytes[PAGES * PAGE] = {0};
    struct ng_view view;
    struct ng_container *container = write_and_open(bytes, sizeof bytes, &view);
    int file = open(test_temp_path("copies"), O_RDWR);
    ck_assert_int_eq(pwrite(file, "!", 1, (off_t)(view.first_page + 1) * PAGE + 9), 1);
    (void)close(file);
    ng_frames_begin();
    int sound = ng_frames_ask(&view, 5, 10);
    int damaged = ng_frames_ask(&view, PAGE + 5, 10);
    ng_frames_wait();
    if (sound != NG_FRAME_NONE) ck_assert_ptr_nonnull(ng_frames_at(sound));
    ck_assert_ptr_null(ng_frames_at(damaged));
    ck_assert_int_eq(ng_container_status(container, NULL), NG_OK);
    ck_assert(!ng_view_check(&view, PAGE + 5, 10));
    ng_container_close(container);
    container = write_and_open(bytes, sizeof bytes, &view);
    struct ng_view other;
    struct ng_container *second = write_and_open(bytes, sizeof bytes, &other);
    ck_assert_int_eq(ng_container_descriptor(container, false), -1);
    ck_assert_int_ge(ng_container_descriptor(second, false), 0);
    ng_container_close(container);
    ng_container_close(second);
}
END_TEST

/* Descriptors of rings that the process has. */
static int count_rings(void) {
    int count = 0;
    char path[32];
    char target[32];
    for (int fd = 0; fd < 1024; fd++) {
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(path, target, sizeof target);
        if (length > 0 && memmem(target, (size_t)length, "[io_uring]", 10)) count++;
    }
    return count;
}

static pthread_barrier_t stages;

static void *hold_copies(void *data) {
    const struct ng_view *view = data;
    ng_frames_begin();
    (void)ng_frames_ask(view, 0, 9);
    ng_frames_wait();
    (void)pthread_barrier_wait(&stages);
    (void)pthread_barrier_wait(&stages);
    return NULL;
}

/* A process that was forked while pages are on their way does not touch what its parent's threads use, and keeps no
 * descriptor of their rings. */
START_TEST(copies_of_a_child) {
    enum { PAGES = 64 };
    static uint8_t bytes[PAGES * PAGE];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i >> 12);
    struct ng_view view;
    int frames[PAGES];
    struct ng_container *container = write_and_open(bytes, sizeof bytes, &view);
    ng_frames_begin();
    for (size_t i = 0; i < PAGES; i++) frames[i] = ng_frames_ask(&view, i * PAGE, 9);
    pthread_t other;
    ck_assert_int_eq(pthread_barrier_init(&stages, NULL, 2), 0);
    ck_assert_int_eq(pthread_create(&other, NULL, hold_copies, &view), 0);
    (void)pthread_barrier_wait(&stages);
    const int rings = count_rings();
    ck_assert(rings == 2 || frames[0] == NG_FRAME_NONE);
    pid_t child = fork();
    if (child == 0) {
        if (count_rings() != 0) _exit(2);
        ng_frames_begin();
        int frame = ng_frames_ask(&view, 5 * PAGE, 9);
        ng_frames_wait();
        const uint8_t *copy = ng_frames_at(frame);
        _exit(frame == NG_FRAME_NONE || (copy && copy[3] == 5) ? 0 : 1);
    }
    int ended;
    ck_assert_int_eq(waitpid(child, &ended, 0), child);
    ck_assert_int_eq(ended, 0);
    ck_assert_int_eq(count_rings(), rings);
    (void)pthread_barrier_wait(&stages);
    ck_assert_int_eq(pthread_join(other, NULL), 0);
    ng_frames_wait();
    for (size_t i = 0; i < PAGES; i++) {
        const uint8_t *copy = ng_frames_at(frames[i]);
        if (frames[i] != NG_FRAME_NONE) ck_assert_ptr_nonnull(copy);
        if (copy) ck_assert_mem_eq(copy, bytes + i * PAGE, 9);
    }
    ng_frames_finish();
    ng_container_close(container);
}
END_TEST

START_TEST(mapped_bytes) {
    static uint8_t bytes[3 * PAGE];
    struct ng_view view;
    uint64_t before = ng_container_mapped_bytes();
    struct ng_container *container = write_and_open(bytes, sizeof bytes, &view);
    ck_assert_uint_eq(ng_container_mapped_bytes(), before + container->map.length_bytes);
    ng_container_close(container);
    ck_assert_uint_eq(ng_container_mapped_bytes(), before);
}
END_TEST

static pthread_key_t late_key;

static void copy_late(void *data) {
    const struct ng_view *view = data;
    ng_frames_begin();
    const int frame = ng_frames_ask(view, 0, 10);
    ng_frames_wait();
    const uint8_t *copy = ng_frames_at(frame);
    if (copy) ck_assert_mem_eq(copy, view->data, 10);
}

static void *copy_and_end(void *data) {
    struct ng_view *view = data;
    ng_frames_begin();
    (void)ng_frames_ask(view, 0, 10);
    ng_frames_wait();
    ck_assert_int_eq(pthread_setspecific(late_key, view), 0);
    return NULL;
}

/* A thread that searches after its copies were freed gets new ones. */
START_TEST(copies_of_a_thread_that_ends) {
    uint8_t bytes[PAGE] = "some text";
    struct ng_view view;
    pthread_t thread;
    struct ng_container *container = write_and_open(bytes, sizeof bytes, &view);
    ng_frames_begin(); /* makes its key before the test's: the system destroys in the order of keys */
    ck_assert_int_eq(pthread_key_create(&late_key, copy_late), 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, copy_and_end, &view), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_int_eq(pthread_key_delete(late_key), 0);
    ng_container_close(container);
}
END_TEST

Suite *test_container_suite(void) {
    Suite *suite = suite_create("container");
    TCase *cases = tcase_create("container");
    tcase_add_test(cases, sections_of_all_lengths);
    tcase_add_test(cases, sums_of_pages);
    tcase_add_test(cases, two_sections_of_one_name);
    tcase_add_loop_test(cases, copies_of_pages, 0, 2);
    tcase_add_test(cases, copies_of_a_child);
    tcase_add_test(cases, copies_of_a_thread_that_ends);
    tcase_add_test(cases, mapped_bytes);
    tcase_add_test(cases, copies_of_damage);
    suite_add_tcase(suite, cases);
    return suite;
}
