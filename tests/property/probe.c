/* Searches that meet the paths of others: the same answers as by themselves, and as a scan's, in fewer steps. */
#include <stdlib.h>
#include <string.h>

#include "query/lib/index.h"
#include "query/lib/locate.h"
#include "query/match/memo.h"
#include "query/match/probe.h"
#include "tests/support/make_index.h"
#include "tests/support/runner.h"
#include "tests/support/sanitized.h"
#include "tests/support/temp.h"

enum { CORPORA = TEST_SANITIZED ? 10 : 40, DOCUMENTS = 6, DOCUMENT = 300, QUERY = 120, PROBES = 60 };

struct corpus {
    struct test_document documents[DOCUMENTS];
    uint8_t text[DOCUMENTS][DOCUMENT];
};

/* Random letters, and copies of earlier documents in between. */
static void fill(uint8_t *out, size_t length, const struct corpus *corpus, size_t before, struct test_random *random,
                 uint64_t letters) {
    for (size_t at = 0; at < length;) {
        size_t some = 1 + (size_t)test_random_below(random, 40);
        if (some > length - at) some = length - at;
        if (before > 0 && test_random_below(random, 2)) {
            const struct test_document *from = &corpus->documents[test_random_below(random, before)];
            size_t begin = (size_t)test_random_below(random, from->length - some + 1);
            memcpy(out + at, from->text + begin, some);
        } else {
            for (size_t i = 0; i < some; i++) out[at + i] = (uint8_t)('a' + test_random_below(random, letters));
        }
        at += some;
    }
}

static uint64_t count_of(const struct corpus *corpus, const uint8_t *bytes, size_t length) {
    uint64_t count = 0;
    for (size_t d = 0; d < DOCUMENTS; d++) {
        const struct test_document *document = &corpus->documents[d];
        for (size_t i = 0; i + length <= document->length; i++) count += memcmp(document->text + i, bytes, length) == 0;
    }
    return count;
}

static void check_answer(const struct ng_shard *shard, const struct corpus *corpus, const struct ng_probe *probe) {
    const struct ng_probe_path *path = &probe->path;
    const uint8_t *text = probe->text;
    uint64_t count = path->rows.end - path->rows.begin;
    ck_assert_uint_eq(path->end, probe->end);
    if (path->begin < path->end) {
        ck_assert_uint_eq(count, count_of(corpus, text + path->begin, path->end - path->begin));
        struct ng_probe alone = {.text = text, .end = probe->end, .bound = path->begin};
        uint64_t steps = 0;
        ng_probe_list(shard, &alone, 1, &steps, &(struct ng_watch){0});
        ck_assert(!alone.path.failed);
        ck_assert_uint_eq(alone.path.rows.begin, path->rows.begin);
        ck_assert_uint_eq(alone.path.rows.end, path->rows.end);
    }
    if (path->failed) {
        ck_assert_uint_gt(path->begin, 0);
        ck_assert_uint_eq(count_of(corpus, text + path->begin - 1, path->end - path->begin + 1), 0);
    } else {
        ck_assert_uint_le(path->begin, probe->bound);
    }
    if (path->begin < probe->bound && probe->bound < probe->end) {
        ck_assert_uint_eq(count, count_of(corpus, text + probe->bound, probe->end - probe->bound));
    }
    for (uint64_t k = 1; k < NG_PROBE_COUNTS && k <= probe->end; k++) {
        if (path->counts[k] == 0) continue;
        ck_assert_uint_le(k, path->end - path->begin);
        ck_assert_uint_eq(path->counts[k], count_of(corpus, text + probe->end - k, k));
    }
}

/* Asks for what is remembered of a probe, or searches and remembers. */
static void ask_memo(const struct ng_shard *shard, const struct corpus *corpus, struct ng_memo *memo,
                     const struct ng_probe *probe) {
    struct ng_probe answer = *probe;
    struct ng_err err = {0};
    uint64_t steps = 0;
    if (!ng_memo_get(memo, &answer)) {
        ng_probe_list(shard, &answer, 1, &steps, &(struct ng_watch){0});
        ck_assert_int_eq(ng_memo_put(memo, &answer, &err), 0);
    }
    check_answer(shard, corpus, &answer);
}

/* Probes a text from ends mostly close to each other, each near the answer before and another one; adds up their
 * steps, and those they would have taken alone. */
static void probe_text(const struct ng_shard *shard, const struct corpus *corpus, const uint8_t *text,
                       struct test_random *random, struct ng_memo *memo, uint64_t *steps, uint64_t *steps_alone) {
    struct ng_probe probes[PROBES];
    for (size_t i = 0; i < PROBES; i++) {
        uint64_t from = i > 0 ? probes[i - 1].end : QUERY;
        uint64_t reach = 1 + test_random_below(random, 16);
        uint64_t end = test_random_below(random, 4) == 0 ? test_random_below(random, QUERY + 1)
                       : from > reach                    ? from - reach
                                                         : QUERY - reach;
        uint64_t bound = test_random_below(random, 2) ? 0 : test_random_below(random, end + 1);
        struct ng_probe alone = {.text = text, .end = end, .bound = bound};
        probes[i] = alone;
        for (size_t k = 0; k < 2 && i > 0; k++) probes[i].near[k] = &probes[k == 0 ? i - 1 : test_random_below(random, i)].path;
        ask_memo(shard, corpus, memo, &probes[i]); /* may be remembered by another's path, which it comes to */
        ask_memo(shard, corpus, memo, &alone);
        ng_probe_list(shard, &alone, 1, steps_alone, &(struct ng_watch){0});
        ng_probe_list(shard, &probes[i], 1, steps, &(struct ng_watch){0});
        check_answer(shard, corpus, &alone);
        check_answer(shard, corpus, &probes[i]);
        ck_assert_uint_eq(alone.path.begin > bound, probes[i].path.begin > bound);
    }
}

/* Rows of sampled positions, found side by side, are those that the samples tell these positions of. */
static void check_sampled_rows(const struct ng_shard *shard, struct test_random *random) {
    uint64_t numbers[NG_SHARD_WALKS];
    uint64_t rows[NG_SHARD_WALKS];
    uint64_t positions[NG_SHARD_WALKS];
    size_t count = 1 + (size_t)test_random_below(random, NG_SHARD_WALKS);
    for (size_t i = 0; i < count; i++) numbers[i] = test_random_below(random, shard->samples.count);
    ng_shard_sampled_rows(shard, numbers, count, rows);
    ng_locate_batch(shard, rows, count, positions, &(struct ng_watch){0});
    for (size_t i = 0; i < count; i++) ck_assert_uint_eq(positions[i], numbers[i] * shard->sa_sample);
}

START_TEST(near_others) {
    struct corpus *corpus = calloc(1, sizeof *corpus);
    ck_assert_ptr_nonnull(corpus);
    struct test_random random = test_random_make(11);
    uint64_t steps = 0;
    uint64_t steps_alone = 0;
    struct ng_memo memo = {0};
    struct ng_err err = {0};
    for (size_t round = 0; round < CORPORA; round++) {
        uint64_t letters = 1 + test_random_below(&random, 5);
        for (size_t d = 0; d < DOCUMENTS; d++) {
            fill(corpus->text[d], DOCUMENT, corpus, d, &random, letters);
            corpus->documents[d] = (struct test_document){.text = corpus->text[d], .length = DOCUMENT};
        }
        const char *folder = test_temp_path("near.ngidx");
        test_make_index(folder, corpus->documents, DOCUMENTS, UINT64_C(1) << 20, 8);
        struct ng_index *index;
        ck_assert_int_eq(ng_index_open(&index, folder, &err), 0);
        check_sampled_rows(&index->shards[0].shard, &random);
        uint8_t text[QUERY];
        fill(text, QUERY, corpus, DOCUMENTS, &random, letters);
        ng_memo_start(&memo);
        probe_text(&index->shards[0].shard, corpus, text, &random, &memo, &steps, &steps_alone);
        ng_index_close(index);
    }
    ck_assert_uint_lt(steps, steps_alone - steps_alone / 32);
    ck_assert_uint_gt(memo.recalled, CORPORA);
    ng_memo_free(&memo);
    free(corpus);
}
END_TEST

static Suite *probe_suite(void) {
    Suite *suite = suite_create("probe");
    TCase *cases = tcase_create("random");
    tcase_set_timeout(cases, 120);
    tcase_add_test(cases, near_others);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) {
    static test_suite_new *const suites[] = {probe_suite};
    return test_run(suites, 1);
}
