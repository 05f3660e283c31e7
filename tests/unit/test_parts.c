/* Addresses of parts, messages between them, and an index in parts whose answers are changed on their way. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "common/base/le.h"
#include "common/base/random.h"
#include "query/include/ngidx_contam.h"
#include "query/include/ngidx_parts.h"
#include "query/parts/parts.h"
#include "query/remote/address.h"
#include "tests/support/sanitized.h"
#include "tests/support/make_index.h"
#include "tests/support/runner.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

START_TEST(addresses_are_read) {
    struct ng_remote_addresses addresses;
    struct ng_err err;
    ck_assert_int_eq(ng_remote_addresses_read(&addresses, "http://a:8642/web|http://[::1]:99/x.y,http://proxy/search/my/web/", &err),
                     NG_OK);
    ck_assert_uint_eq(addresses.count, 2);
    ck_assert_uint_eq(addresses.parts[0].count, 2);
    ck_assert_str_eq(addresses.parts[0].shown, "http://a:8642/web|http://[::1]:99/x.y");
    const struct ng_remote_address *first = &addresses.parts[0].replicas[0];
    ck_assert_str_eq(first->host, "a");
    ck_assert_uint_eq(first->port, 8642);
    ck_assert_str_eq(first->authority, "a:8642");
    ck_assert_str_eq(first->path, "/v1/web/part");
    ck_assert_str_eq(addresses.parts[0].replicas[1].host, "::1");
    ck_assert_str_eq(addresses.parts[0].replicas[1].authority, "[::1]:99");
    ck_assert_uint_eq(addresses.parts[1].replicas[0].port, 80);
    ck_assert_str_eq(addresses.parts[1].replicas[0].path, "/search/my/v1/web/part");
    ng_remote_addresses_free(&addresses);
    ng_remote_addresses_free(&addresses);
}
END_TEST

START_TEST(other_addresses_are_refused) {
    static const char *const wrong[] = {"",           "http://",           "http://a",         "http://a/",
                                        "ftp://a/b",  "https://a/b",       "http://a:/b",      "http://a:0/b",
                                        "http://a:65536/b", "http://:1/b", "http://[::1/b",    "http://[]/b",
                                        "http://a b/c", "http://a/b?c",    "http://a/b,",      "http://a/b,,http://c/d",
                                        "http://a/b|", "http://a/b\r\nX:", "http://a\r\n/b",   "http://a/%2f",
                                        "http://user:x@a/b"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct ng_remote_addresses addresses;
        struct ng_err err;
        ck_assert_msg(ng_remote_addresses_read(&addresses, wrong[i], &err) == NG_ERR_USAGE, "%s", wrong[i]);
        ng_remote_addresses_free(&addresses);
    }
}
END_TEST

START_TEST(numbers_and_bytes_go_and_come) {
    static const uint64_t numbers[] = {0, 1, 127, 128, 16384, UINT32_MAX, UINT64_MAX - 1, UINT64_MAX};
    struct ng_err err;
    struct ng_wire_out out = {.err = &err};
    ng_wire_begin_answer(&out, NG_WIRE_COUNT, "0123456789abcdef0123456789abcdef");
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) ng_wire_put(&out, numbers[i]);
    ng_wire_put_bytes(&out, "a\0\xff", 3);
    ck_assert_int_eq(ng_wire_end(&out), NG_OK);
    struct ng_wire_in in;
    struct ng_wire_head head;
    ck_assert_int_eq(ng_wire_open(&in, out.buf.data, out.buf.length, false, &head, &err), NG_OK);
    ck_assert_int_eq(head.operation, NG_WIRE_COUNT);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) ck_assert_uint_eq(ng_wire_get(&in), numbers[i]);
    struct ng_bytes bytes = ng_wire_get_bytes(&in);
    ck_assert_uint_eq(bytes.length_bytes, 3);
    ck_assert_mem_eq(bytes.data, "a\0\xff", 3);
    ck_assert(ng_wire_is_whole(&in));
    ck_assert_uint_eq(ng_wire_get(&in), 0);
    ck_assert(in.bad);
    for (size_t cut = 0; cut < out.buf.length; cut++) {
        ck_assert_int_eq(ng_wire_open(&in, out.buf.data, cut, false, &head, &err), NG_ERR_INPUT);
    }
    for (size_t at = 0; at < 8 * out.buf.length; at++) { /* no bit may change */
        out.buf.data[at / 8] ^= (uint8_t)(1 << at % 8);
        ck_assert_int_ne(ng_wire_open(&in, out.buf.data, out.buf.length, false, &head, &err), NG_OK);
        out.buf.data[at / 8] ^= (uint8_t)(1 << at % 8);
    }
    ng_buf_free(&out.buf);
}
END_TEST

START_TEST(rows_of_many_shards_are_asked_for_in_small_groups) {
    ck_assert_uint_eq(ng_parts_finds_at_once(0), NG_PARTS_PHRASES);
    ck_assert_uint_eq(ng_parts_finds_at_once(1), NG_PARTS_PHRASES);
    ck_assert_uint_eq(ng_parts_finds_at_once(1 << 20), 5);
    ck_assert_uint_eq(ng_parts_finds_at_once(UINT64_MAX), 1);
}
END_TEST

/* ---- An index in parts in one program ---- */

enum { PARTS = 3, DOCUMENTS = 30 };

/* What becomes of the answers. */
struct wire {
    struct ng_index *parts[PARTS];
    size_t changes; /* of bytes, in each answer after opening */
    bool opened;
    uint64_t seed;
};

/* Changes bytes, lengthens or shortens, and makes the checksum right again. */
static void change(struct wire *wire, struct ng_part_exchange *exchange) {
    enum { HEAD = 38, SUM = 8 };
    size_t content = exchange->answer_bytes - SUM;
    for (size_t i = 0; i < wire->changes && content > HEAD; i++) {
        size_t at = HEAD + (size_t)ng_random_below(&wire->seed, content - HEAD);
        static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff};
        if (ng_random_below(&wire->seed, 4) == 0) content = at;
        else if (ng_random_below(&wire->seed, 2) == 0) exchange->answer[at] = values[ng_random_below(&wire->seed, sizeof values)];
        else exchange->answer[at] ^= (uint8_t)(1 << ng_random_below(&wire->seed, 8));
    }
    ng_le_store64(exchange->answer + content, XXH3_64bits(exchange->answer, content));
    exchange->answer_bytes = content + SUM;
}

static void exchange(void *context, struct ng_part_exchange *exchanges, size_t count, const struct ng_cancel *cancel) {
    struct wire *wire = context;
    (void)cancel;
    for (size_t i = 0; i < count; i++) {
        struct ng_part_exchange *e = &exchanges[i];
        ng_err_clear(&e->err);
        e->status = ng_index_answer_part(wire->parts[e->part], e->request, e->request_bytes, &e->answer, &e->answer_bytes,
                                         &e->err);
        if (!e->status && wire->opened && wire->changes > 0) change(wire, e);
    }
}

static const char *name(void *context, size_t part) {
    static const char *const names[PARTS] = {"one", "two", "three"};
    (void)context;
    return names[part];
}

static size_t replicas(void *context, size_t part) {
    (void)context;
    (void)part;
    return 1;
}

static void close_nothing(void *context) {
    (void)context;
}

static void make_indexes(struct wire *wire, struct ng_index **whole, struct ng_index **united) {
    static char texts[DOCUMENTS][64];
    struct test_document documents[DOCUMENTS];
    struct ng_err err;
    char folder[512];
    for (size_t i = 0; i < DOCUMENTS; i++) {
        (void)snprintf(texts[i], sizeof texts[i], "text %zu of a song of sixpence, %zu", i, i * i);
        documents[i] = (struct test_document){.text = (const uint8_t *)texts[i], .length = strlen(texts[i])};
    }
    for (size_t p = 0; p < PARTS; p++) {
        (void)snprintf(folder, sizeof folder, "%s/part%zu", test_temp_folder(), p);
        test_make_index(folder, documents + 10 * p, 10, 1 << 20, 4);
        ck_assert_int_eq(ng_index_open(&wire->parts[p], folder, &err), NG_OK);
    }
    (void)snprintf(folder, sizeof folder, "%s/whole", test_temp_folder());
    test_make_index(folder, documents, DOCUMENTS, 1 << 20, 4);
    ck_assert_int_eq(ng_index_open(whole, folder, &err), NG_OK);
    const struct ng_part_transport transport = {.exchange = exchange, .name = name, .replicas = replicas,
                                                .close = close_nothing, .context = wire, .part_count = PARTS};
    ck_assert_msg(ng_index_open_parts(united, &transport, &err) == NG_OK, "%s", err.text);
    wire->opened = true;
}

static void close_indexes(struct wire *wire, struct ng_index *whole, struct ng_index *united) {
    ng_index_close(united);
    ng_index_close(whole);
    for (size_t p = 0; p < PARTS; p++) ng_index_close(wire->parts[p]);
}

static struct ng_bytes bytes_of(const char *text) {
    return (struct ng_bytes){(const uint8_t *)text, strlen(text)};
}

START_TEST(parts_are_united) {
    struct wire wire = {.seed = 1};
    struct ng_index *whole;
    struct ng_index *united;
    struct ng_err err;
    make_indexes(&wire, &whole, &united);
    static const char *const phrases[] = {"", "text", "song of", "1", "none of this", "9"};
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++) {
        uint64_t counts[2];
        ck_assert_int_eq(ng_index_count(whole, bytes_of(phrases[i]), &counts[0], &err), NG_OK);
        ck_assert_int_eq(ng_index_count(united, bytes_of(phrases[i]), &counts[1], &err), NG_OK);
        ck_assert_uint_eq(counts[0], counts[1]);
        struct ng_hit hits[16];
        size_t found;
        uint64_t total;
        for (uint64_t first = 0; first <= counts[0]; first += 7) {
            ck_assert_int_eq(ng_index_locate(united, bytes_of(phrases[i]), first, hits, 16, &found, &total, &err), NG_OK);
            ck_assert_uint_eq(total, counts[0]);
            ck_assert_uint_eq(found, counts[0] - first < 16 ? counts[0] - first : 16);
            for (size_t h = 0; h < found; h++) {
                uint8_t text[16];
                size_t length = strlen(phrases[i]);
                ck_assert_int_eq(ng_index_extract(whole, hits[h].doc, hits[h].offset, length, text, &err), NG_OK);
                ck_assert_mem_eq(text, phrases[i], length);
                ck_assert(h == 0 || hits[h].shard > hits[h - 1].shard || hits[h].rank == hits[h - 1].rank + 1);
            }
        }
    }
    for (uint64_t doc = 0; doc < DOCUMENTS; doc++) {
        uint64_t lengths[2];
        uint8_t texts[2][64];
        ck_assert_int_eq(ng_index_doc_length(whole, doc, &lengths[0], &err), NG_OK);
        ck_assert_int_eq(ng_index_doc_length(united, doc, &lengths[1], &err), NG_OK);
        ck_assert_uint_eq(lengths[0], lengths[1]);
        ck_assert_int_eq(ng_index_extract(whole, doc, 0, lengths[0], texts[0], &err), NG_OK);
        ck_assert_int_eq(ng_index_extract(united, doc, 0, lengths[0], texts[1], &err), NG_OK);
        ck_assert_mem_eq(texts[0], texts[1], lengths[0]);
        ck_assert_int_eq(ng_index_extract(united, doc, 1, lengths[0], texts[1], &err), NG_ERR_USAGE);
    }
    uint64_t length;
    ck_assert_int_eq(ng_index_doc_length(united, DOCUMENTS, &length, &err), NG_ERR_NOTFOUND);
    ck_assert_uint_eq(ng_index_missing_parts(united), 0);
    close_indexes(&wire, whole, united);
}
END_TEST

/* Documents that hold a phrase, phrases together, what follows a phrase, pieces of a text, all documents. */
static void ask_explorations(struct ng_index *united, int statuses[7]) {
    const struct ng_bytes phrases[] = {bytes_of("song"), bytes_of("1")};
    const struct ng_clause clauses[] = {{.phrases = phrases, .phrase_count = 1}, {.phrases = phrases + 1, .phrase_count = 1}};
    const struct ng_match_options together = {.clauses = clauses, .clause_count = 2, .most_hits = 25};
    const struct ng_docs_options estimate = {.most_hits = 1, .most_draws = 20};
    const struct ng_documents_options all = {.end_doc = DOCUMENTS, .threads = 1};
    struct ng_docs_count count;
    struct ng_matches *matches;
    struct ng_next *next;
    struct ng_trace trace;
    struct ng_trace_options tracing;
    struct ng_documents *documents;
    const struct ng_documents_piece *piece = NULL;
    struct ng_err err;
    statuses[0] = ng_index_count_docs(united, phrases[0], NULL, &count, &err);
    statuses[1] = ng_index_count_docs(united, phrases[0], &estimate, &count, &err);
    statuses[2] = ng_matches_open(&matches, united, &together, &err);
    if (!statuses[2]) {
        uint64_t numbers[] = {0, 3};
        struct ng_hit hits[2];
        uint64_t lengths[2];
        struct ng_match_totals totals;
        ng_matches_get_totals(matches, &totals);
        if (totals.hits > 3) statuses[2] = ng_matches_locate(matches, numbers, 2, hits, lengths, &err);
        ng_matches_close(matches);
    }
    for (size_t i = 0; i < 2; i++) {
        const struct ng_next_options options = {.most = 5, .unit = NG_NEXT_WORDS, .length = 1, .before = i == 1, .most_steps = 500};
        statuses[3 + i] = ng_index_next((const struct ng_index *const *)&united, 1, phrases[0], &options, &next, &err);
        if (!statuses[3 + i]) ng_next_free(next);
    }
    ng_trace_options_init(&tracing);
    tracing.min_chars = 6;
    tracing.min_count = 2;
    statuses[5] = ng_trace_text(&trace, (const struct ng_index *const *)&united, 1,
                                bytes_of("a text of a song of sixpence, or a pocket full of rye"), &tracing, &err);
    if (!statuses[5]) ng_trace_free(&trace);
    statuses[6] = ng_documents_open(&documents, united, &all, &err);
    if (statuses[6]) return;
    do statuses[6] = ng_documents_next(documents, &piece, &err);
    while (!statuses[6] && piece);
    ng_documents_close(documents);
}

/* Everything that asks parts. An answer that is wrong in a way that fits is beyond what can be told; all others are
 * errors, and none does harm. */
static void ask_everything(struct ng_index *united, size_t *refused) {
    struct ng_bytes phrases[] = {bytes_of("text"), bytes_of("song")};
    uint64_t counts[2];
    struct ng_interval rows[2 * PARTS];
    struct ng_hit hits[16];
    struct ng_snippet snippets[16];
    struct ng_text_place places[16];
    struct ng_doc_source source;
    struct ng_snippet one;
    uint8_t text[64];
    uint64_t docs[4];
    uint64_t doc_count;
    size_t found = 0;
    struct ng_err err;
    int statuses[15] = {0};
    statuses[0] = ng_index_count_batch(united, phrases, 2, counts, &err);
    statuses[1] = ng_index_find_batch(united, phrases, 2, rows, &err);
    statuses[2] = ng_index_show_view(united, phrases[0], 3, 20, hits, places, snippets, 16, &found, NULL, &err);
    for (size_t i = 0; i < found && !statuses[2]; i++) ng_snippet_free(&snippets[i]);
    statuses[3] = ng_index_locate_row(united, 1, 5, &hits[0], &err);
    statuses[4] = statuses[3] ? NG_OK : ng_index_snippet(united, &hits[0], 2, 10, &one, &err);
    if (!statuses[3] && !statuses[4]) ng_snippet_free(&one);
    statuses[5] = ng_index_extract(united, 14, 0, 20, text, &err);
    statuses[6] = ng_index_doc_source(united, 25, &source, &err);
    if (!statuses[6]) ng_doc_source_free(&source);
    statuses[7] = ng_index_docs_with_id(united, bytes_of("x"), docs, 4, &doc_count, &err);
    ask_explorations(united, statuses + 8);
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) *refused += statuses[i] ? 1 : 0;
}

START_TEST(changed_answers_do_no_harm) {
    const size_t rounds = TEST_SANITIZED ? 500 : 2000;
    struct wire wire = {.seed = 17};
    struct ng_index *whole;
    struct ng_index *united;
    size_t refused = 0;
    make_indexes(&wire, &whole, &united);
    ask_everything(united, &refused);
    ck_assert_uint_eq(refused, 0);
    for (size_t round = 0; round < rounds; round++) {
        wire.changes = 1 + round % 4;
        ask_everything(united, &refused);
    }
    ck_assert_uint_gt(refused, 4 * rounds);
    close_indexes(&wire, whole, united);
}
END_TEST

START_TEST(changed_questions_do_no_harm) {
    struct wire wire = {.seed = 5};
    struct ng_index *whole;
    struct ng_index *united;
    char id[NG_INDEX_ID_CHARS];
    struct ng_err err;
    make_indexes(&wire, &whole, &united);
    ng_index_get_id(whole, id);
    for (size_t round = 0; round < 20000; round++) {
        struct ng_wire_out out = {.err = &err};
        ng_wire_begin_request(&out, (enum ng_wire_operation)ng_random_below(&wire.seed, NG_WIRE_OPERATIONS), NG_WIRE_EXACT, id);
        for (uint64_t i = ng_random_below(&wire.seed, 12); i > 0; i--) {
            if (ng_random_below(&wire.seed, 3) == 0) ng_wire_put_bytes(&out, "song of sixpence", ng_random_below(&wire.seed, 17));
            else ng_wire_put(&out, ng_random_below(&wire.seed, 4) ? ng_random_below(&wire.seed, 5) : ng_random_below(&wire.seed, UINT64_MAX) >> ng_random_below(&wire.seed, 64));
        }
        ck_assert_int_eq(ng_wire_end(&out), NG_OK);
        uint8_t *answer;
        size_t length;
        if (ng_index_answer_part(whole, out.buf.data, out.buf.length, &answer, &length, &err) == NG_OK) free(answer);
        ng_buf_free(&out.buf);
    }
    close_indexes(&wire, whole, united);
}
END_TEST

Suite *test_parts_suite(void) {
    Suite *suite = suite_create("parts");
    TCase *cases = tcase_create("parts");
    tcase_set_timeout(cases, 300);
    tcase_add_test(cases, addresses_are_read);
    tcase_add_test(cases, other_addresses_are_refused);
    tcase_add_test(cases, numbers_and_bytes_go_and_come);
    tcase_add_test(cases, rows_of_many_shards_are_asked_for_in_small_groups);
    tcase_add_test(cases, parts_are_united);
    tcase_add_test(cases, changed_answers_do_no_harm);
    tcase_add_test(cases, changed_questions_do_no_harm);
    suite_add_tcase(suite, cases);
    return suite;
}
