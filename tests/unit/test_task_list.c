/* The list that the tasks of a build share, and what they leave to tell: written and read again, damaged in every way. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "indexer/task/tally.h"
#include "indexer/task/task_list.h"
#include "tests/support/check.h"
#include "tests/unit/suites.h"

static struct ng_task_list make_list(uint64_t seed, uint64_t tasks, size_t files) {
    struct ng_task_list list = {.tasks = tasks, .shard_text = 1000, .shard_weight = 2000, .options = strdup("a=1\nb=2\n")};
    list.files = calloc(files, sizeof *list.files);
    ck_assert_ptr_nonnull(list.files);
    list.file_count = files;
    for (size_t i = 0; i < files; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "corpus/\x01 file\n\xff%zu", i);
        list.files[i].file = (struct ng_walk_file){.path = strdup(path), .is_given = i % 2, .is_link = i % 3 == 0};
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        list.files[i].file.bytes = seed >> (20 + seed % 40);
        list.files[i].changed_seconds = seed >> 40;
        list.files[i].changed_nanoseconds = i;
    }
    ng_task_list_cut(&list);
    return list;
}

START_TEST(round_trip) {
    struct ng_err err = {0};
    for (size_t files = 1; files < 40; files += 7) {
        struct ng_task_list list = make_list(files, 1 + files % 5, files);
        struct ng_task_list again;
        struct ng_buf bytes = {0};
        struct ng_buf twice = {0};
        ck_assert_int_eq(ng_task_list_format(&list, &bytes, &err), NG_OK);
        ck_assert_int_eq(ng_task_list_parse(&again, "tasks", bytes.data, bytes.length, &err), NG_OK);
        ck_assert_uint_eq(again.tasks, list.tasks);
        ck_assert_uint_eq(again.shard_weight, 2000);
        ck_assert_str_eq(again.options, list.options);
        for (size_t i = 0; i < files; i++) {
            ck_assert_str_eq(again.files[i].file.path, list.files[i].file.path);
            ck_assert_uint_eq(again.files[i].part, list.files[i].part);
            ck_assert_uint_eq(again.files[i].file.bytes, list.files[i].file.bytes);
            ck_assert_int_eq(again.files[i].file.is_given, list.files[i].file.is_given);
            ck_assert_int_eq(again.files[i].file.is_link, list.files[i].file.is_link);
        }
        ck_assert_int_eq(ng_task_list_format(&again, &twice, &err), NG_OK);
        ck_assert_uint_eq(twice.length, bytes.length);
        ck_assert_mem_eq(twice.data, bytes.data, bytes.length);
        ng_buf_free(&bytes);
        ng_buf_free(&twice);
        ng_task_list_free(&list);
        ng_task_list_free(&again);
    }
}
END_TEST

/* Files of equal size give parts of equal size. */
START_TEST(cut_evenly) {
    struct ng_task_list list = make_list(1, 8, 800);
    uint64_t counts[8] = {0};
    for (size_t i = 0; i < list.file_count; i++) list.files[i].file.bytes = UINT64_C(1) << 50;
    ng_task_list_cut(&list);
    for (size_t i = 0; i < list.file_count; i++) {
        ck_assert(i == 0 || list.files[i].part >= list.files[i - 1].part);
        counts[list.files[i].part]++;
    }
    for (size_t i = 0; i < 8; i++) ck_assert_uint_eq(counts[i], 100);
    ng_task_list_free(&list);
}
END_TEST

/* Writes the checksum that belongs to the bytes before it. */
static void seal(uint8_t *bytes, size_t length) {
    char digits[18];
    if (length < 17) return;
    (void)snprintf(digits, sizeof digits, "%016llx\n", (unsigned long long)XXH3_64bits(bytes, length - 17));
    memcpy(bytes + length - 17, digits, 17);
}

START_TEST(damaged) {
    struct ng_task_list list = make_list(3, 3, 9);
    struct ng_buf bytes = {0};
    struct ng_err err = {0};
    uint64_t seed = 7;
    unsigned taken = 0;
    ck_assert_int_eq(ng_task_list_format(&list, &bytes, &err), NG_OK);
    for (unsigned round = 0; round < 4000; round++) {
        struct ng_task_list again;
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        size_t length = round < bytes.length ? round : bytes.length; /* first cut short at every byte */
        uint8_t *copy = malloc(length + 1); /* so that a sanitizer sees what is read beyond */
        ck_assert_ptr_nonnull(copy);
        memcpy(copy, bytes.data, length);
        if (length > 17) copy[(seed >> 33) % (length - 17)] ^= (uint8_t)(1u << (seed >> 61));
        bool sealed = round % 3 > 0;
        if (sealed) seal(copy, length);
        int status = ng_task_list_parse(&again, "tasks", copy, length, &err);
        if (status == NG_OK) {
            ck_assert(sealed);
            ck_assert_uint_gt(again.file_count, 0);
            ck_assert_uint_lt(again.files[again.file_count - 1].part, again.tasks);
            taken++;
        } else {
            ck_assert(status == NG_ERR_CORRUPT || status == NG_ERR_VERSION);
            ck_assert_ptr_null(again.files);
        }
        ng_task_list_free(&again);
        free(copy);
    }
    ck_assert_uint_gt(taken, 0);
    ng_buf_free(&bytes);
    ng_task_list_free(&list);
}
END_TEST

static void count_note(void *context, enum ng_note note, const char *path, uint64_t line, const char *why) {
    uint64_t *told = context;
    ck_assert_str_eq(path, "a \n\xff path");
    ck_assert_str_eq(why, note % 2 ? "why" : "");
    told[note] += line;
}

static void fill_tally(struct ng_tally *tally) {
    for (unsigned note = 0; note < NG_NOTES; note++) {
        for (uint64_t i = 0; i < 3 * note; i++) {
            ng_tally_take(tally, (enum ng_note)note, "a \n\xff path", i, note % 2 ? "why" : "");
        }
    }
    tally->no_ids = true;
    tally->counts.documents = 77;
    tally->counts.kinds[NG_KINDS - 1] = 3;
}

/* All are counted, the first few of each kind named; damage gives an error or what the checksum stands for. */
START_TEST(tally) {
    struct ng_tally first = {0};
    struct ng_tally again;
    struct ng_buf bytes = {0};
    struct ng_err err = {0};
    uint64_t told[NG_NOTES] = {0};
    fill_tally(&first);
    ck_assert_int_eq(ng_tally_format(&first, &bytes, &err), NG_OK);
    ck_assert_int_eq(ng_tally_parse(&again, "tally", bytes.data, bytes.length, &err), NG_OK);
    ng_tally_tell(&again, count_note, told);
    for (unsigned note = 0; note < NG_NOTES; note++) {
        uint64_t named = 3 * note < NG_TALLY_NAMED ? 3 * note : NG_TALLY_NAMED;
        ck_assert_uint_eq(told[note], named > 0 ? named * (named - 1) / 2 : 0);
    }
    struct ng_corpus_counts sum = again.counts;
    ng_tally_add(&sum, &first);
    ck_assert(again.no_ids);
    ck_assert_uint_eq(sum.documents, 154);
    ck_assert_uint_eq(sum.notes[NG_NOTES - 1], UINT64_C(6) * (NG_NOTES - 1));
    ck_assert_uint_eq(sum.kinds[NG_KINDS - 1], 6);
    ng_tally_free(&again);
    uint64_t seed = 11;
    for (size_t round = 0; round < 2 * bytes.length + 2000; round++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        size_t length = round < bytes.length ? round : bytes.length;
        uint8_t *copy = malloc(length + 1);
        ck_assert_ptr_nonnull(copy);
        memcpy(copy, bytes.data, length);
        if (length > 17) copy[(seed >> 33) % (length - 17)] ^= (uint8_t)(1u << (seed >> 61));
        if (round % 3 > 0) seal(copy, length);
        int status = ng_tally_parse(&again, "tally", copy, length, &err);
        ck_assert(status == NG_ERR_CORRUPT || status == NG_ERR_VERSION || (status == NG_OK && round % 3 > 0));
        ng_tally_free(&again);
        free(copy);
    }
    ng_tally_free(&first);
    ng_buf_free(&bytes);
}
END_TEST

Suite *test_task_list_suite(void) {
    Suite *suite = suite_create("task_list");
    TCase *tests = tcase_create("list");
    tcase_add_test(tests, round_trip);
    tcase_add_test(tests, cut_evenly);
    tcase_add_test(tests, damaged);
    tcase_add_test(tests, tally);
    suite_add_tcase(suite, tests);
    return suite;
}
