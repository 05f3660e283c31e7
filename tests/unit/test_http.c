/* The reader of HTTP heads and chunks by itself: byte by byte or at once, the result is the same. */
#include <stdlib.h>
#include <string.h>

#include "common/base/limits.h"
#include "server/http/head.h"
#include "tests/unit/suites.h"

/* Scans in pieces, then parses a copy whose bytes the caller frees. Returns the status; -1 where no head ended. */
static int parse(const char *text, size_t length, size_t piece, struct ng_http_head *head, char **bytes) {
    struct ng_http_scan scan = {0};
    size_t at = 0;
    while (at < length && scan.state == NG_HTTP_SCAN_MORE) {
        size_t room = length - at < piece ? length - at : piece;
        at += ng_http_scan(&scan, (const uint8_t *)text + at, room);
    }
    *bytes = malloc(at + 1);
    ck_assert_ptr_nonnull(*bytes);
    memcpy(*bytes, text, at);
    if (scan.state == NG_HTTP_SCAN_BROKEN) return 400;
    if (scan.state == NG_HTTP_SCAN_MORE) return -1;
    ck_assert_uint_eq(at, length);
    return ng_http_head_parse(head, *bytes, at);
}

START_TEST(heads_are_read) {
    static const char text[] = "\r\nPOST http://a.example:1?x=y HTTP/1.1\r\nhOST: b\r\ncontent-length:  012 \t\r\n"
                               "Authorization: Bearer x y\r\nOrigin: http://o\r\nContent-Type: application/json\r\n"
                               "Expect: 100-Continue\r\nConnection: upgrade , CLOSE\r\n\r\n";
    for (size_t piece = 1; piece < sizeof text; piece++) {
        struct ng_http_head head;
        char *bytes;
        ck_assert_int_eq(parse(text, sizeof text - 1, piece, &head, &bytes), 0);
        ck_assert_str_eq(head.method, "POST");
        ck_assert_str_eq(head.path, "/");
        ck_assert_str_eq(head.query, "x=y");
        ck_assert_str_eq(head.host, "a.example:1");
        ck_assert_uint_eq(head.content_length, 12);
        ck_assert_str_eq(head.authorization, "Bearer x y");
        ck_assert_str_eq(head.origin, "http://o");
        ck_assert_str_eq(head.content_type, "application/json");
        ck_assert(head.expects_continue && !head.keep_alive && !head.chunked && !head.old && !head.encoded);
        free(bytes);
    }
}
END_TEST

START_TEST(unsound_heads_are_refused) {
    static const struct {
        const char *text;
        int status;
    } heads[] = {
        {"GET / HTTP/1.1\r\nHost: a\r\n", -1},
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0},
        {"GET / HTTP/1.0\r\n\r\n", 0},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\nHost: a\n\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
        {"GET /\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nA : b\r\n\r\n", 400},
        {"GET http:/// HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET http:// HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 501},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
        {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n", 417},
    };
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        for (size_t piece = 1; piece < 30; piece += 7) {
            struct ng_http_head head;
            char *bytes;
            int status = parse(heads[i].text, strlen(heads[i].text), piece, &head, &bytes);
            ck_assert_msg(status == heads[i].status, "%s: %d", heads[i].text, status);
            free(bytes);
        }
    }
    struct ng_http_scan scan = {0};
    (void)ng_http_scan(&scan, (const uint8_t *)"GET /\0", 6);
    ck_assert_int_eq(scan.state, NG_HTTP_SCAN_BROKEN);
}
END_TEST

START_TEST(a_length_over_64_bits_is_the_largest) {
    static const char text[] = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 184467440737095516150000000000\r\n\r\n";
    struct ng_http_head head;
    char *bytes;
    ck_assert_int_eq(parse(text, sizeof text - 1, 100, &head, &bytes), 0);
    ck_assert_uint_eq(head.content_length, UINT64_MAX);
    free(bytes);
}
END_TEST

/* Decodes in pieces; returns how long the body is, -1 where the chunks are unsound, -2 where they do not end. */
static int decode(const char *text, size_t length, size_t piece, char *body) {
    struct ng_http_chunks chunks = {0};
    int used = 0;
    size_t at = 0;
    while (at < length && chunks.state < NG_HTTP_CHUNK_END) {
        const uint8_t *data;
        size_t data_length;
        size_t room = length - at < piece ? length - at : piece;
        at += ng_http_chunks_read(&chunks, (const uint8_t *)text + at, room, &data, &data_length);
        for (size_t i = 0; i < data_length; i++) body[used++] = (char)data[i];
    }
    if (chunks.state == NG_HTTP_CHUNK_BROKEN) return -1;
    return chunks.state == NG_HTTP_CHUNK_END ? used : -2;
}

START_TEST(chunks_are_decoded) {
    static const struct {
        const char *text;
        int length;
    } bodies[] = {
        {"0\r\n\r\n", 0},
        {"3\r\nabc\r\n4 ;x=\"y\"\r\ndefg\r\n0;z\r\nA: b\r\nC: d\r\n\r\n", 7},
        {"3\r\nabc\r\n0\r\n", -2},
        {"3\r\nab", -2},
        {"\r\n", -1},
        {"+3\r\nabc\r\n0\r\n\r\n", -1},
        {"0x3\r\nabc\r\n0\r\n\r\n", -1},
        {"3 \r\nabc\r\n0\r\n\r\n", -1},
        {"3\nabc\r\n0\r\n\r\n", -1},
        {"3\r\nabcd\r\n0\r\n\r\n", -1},
        {"3\r\nabc\n0\r\n\r\n", -1},
        {"3\r\nabc\r\n0\r\nA: b\n\r\n", -1},
        {"00000000000000003\r\nabc\r\n0\r\n\r\n", -1},
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        for (size_t piece = 1; piece < 50; piece++) {
            char body[64];
            int length = decode(bodies[i].text, strlen(bodies[i].text), piece, body);
            ck_assert_msg(length == bodies[i].length, "%s: %d", bodies[i].text, length);
            if (length > 0) ck_assert_mem_eq(body, "abcdefg", (size_t)length);
        }
    }
}
END_TEST

START_TEST(what_is_skipped_of_chunks_is_bounded) {
    struct ng_http_chunks chunks = {0};
    const uint8_t *data;
    size_t data_length;
    (void)ng_http_chunks_read(&chunks, (const uint8_t *)"1;", 2, &data, &data_length);
    for (uint64_t i = 0; i < NG_MAX_HTTP_CHUNK_EXTRA_BYTES; i++) {
        ck_assert_int_eq(chunks.state, NG_HTTP_CHUNK_EXTENSION);
        (void)ng_http_chunks_read(&chunks, (const uint8_t *)"x", 1, &data, &data_length);
    }
    (void)ng_http_chunks_read(&chunks, (const uint8_t *)"x", 1, &data, &data_length);
    ck_assert_int_eq(chunks.state, NG_HTTP_CHUNK_BROKEN);
}
END_TEST

Suite *test_http_suite(void) {
    Suite *suite = suite_create("http");
    TCase *tests = tcase_create("http");
    tcase_add_test(tests, heads_are_read);
    tcase_add_test(tests, unsound_heads_are_refused);
    tcase_add_test(tests, a_length_over_64_bits_is_the_largest);
    tcase_add_test(tests, chunks_are_decoded);
    tcase_add_test(tests, what_is_skipped_of_chunks_is_bounded);
    suite_add_tcase(suite, tests);
    return suite;
}
