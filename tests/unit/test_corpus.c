/*
 * The corpus readers on files: listing, streams, lines, and whole corpora. Each test has a folder of its own.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "common/base/buf.h"
#include "common/base/limits.h"
#include "common/os/stream.h"
#include "indexer/corpus/corpus.h"
#include "indexer/record/jsonl.h"
#include "indexer/corpus/listing.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

#define TEXT(literal) (literal), sizeof(literal) - 1

/* ---- files ---- */

static const char *folder;

static void make_folder(void) {
    folder = test_temp_folder();
}

static const char *at(const char *name) {
    return test_temp_path(name);
}

static const char *write_file(const char *name, const void *bytes, size_t length) {
    const char *path = at(name);
    test_write_file(path, bytes, length);
    return path;
}

static const char *write_text(const char *name, const char *text) {
    return write_file(name, text, strlen(text));
}

/* Each ck_assert is a message to another process: not for what is done a million times. */
static void append(struct ng_buf *buf, const void *bytes, size_t length) {
    if (ng_buf_append(buf, bytes, length, NULL)) ck_abort_msg("out of memory");
}

static void append_gzip(struct ng_buf *out, const void *bytes, size_t length) {
    z_stream gzip = {0};
    ck_assert_int_eq(deflateInit2(&gzip, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    ck_assert_int_eq(ng_buf_reserve(out, deflateBound(&gzip, length), NULL), NG_OK);
    gzip.next_in = (Bytef *)(uintptr_t)bytes;
    gzip.avail_in = (uInt)length;
    gzip.next_out = out->data + out->length;
    gzip.avail_out = (uInt)(out->capacity - out->length);
    ck_assert_int_eq(deflate(&gzip, Z_FINISH), Z_STREAM_END);
    out->length += gzip.total_out;
    (void)deflateEnd(&gzip);
}

static void append_zstd(struct ng_buf *out, const void *bytes, size_t length, int window_log) {
    ZSTD_CCtx *zstd = ZSTD_createCCtx();
    ck_assert_ptr_nonnull(zstd);
    (void)ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1);
    if (window_log) {
        (void)ZSTD_CCtx_setParameter(zstd, ZSTD_c_enableLongDistanceMatching, 1);
        (void)ZSTD_CCtx_setParameter(zstd, ZSTD_c_windowLog, window_log);
    }
    ck_assert_int_eq(ng_buf_reserve(out, ZSTD_compressBound(length), NULL), NG_OK);
    size_t made = ZSTD_compress2(zstd, out->data + out->length, out->capacity - out->length, bytes, length);
    ck_assert(!ZSTD_isError(made));
    out->length += made;
    (void)ZSTD_freeCCtx(zstd);
}

/* ---- streams ---- */

/* Reads a whole stream, step bytes at a time. Returns the status of the read that ended it. */
static int read_stream(const char *path, size_t step, struct ng_buf *out, struct ng_err *err) {
    struct ng_stream *stream;
    int status = ng_stream_open(&stream, path, err);
    if (status) return status;
    size_t length = 1;
    out->length = 0;
    while (!status && length > 0) {
        ck_assert_int_eq(ng_buf_reserve(out, step, NULL), NG_OK);
        status = ng_stream_read(stream, out->data + out->length, step, &length, err);
        if (!status) out->length += length;
    }
    if (!status) {
        struct stat found;
        ck_assert_int_eq(stat(path, &found), 0);
        ck_assert_uint_eq(ng_stream_input_bytes(stream), (uint64_t)found.st_size);
    }
    ng_stream_close(stream);
    return status;
}

static void check_stream(const char *path, const struct ng_buf *expected, size_t step) {
    struct ng_buf out = {0};
    struct ng_err err = {0};
    ck_assert_msg(read_stream(path, step, &out, &err) == NG_OK, "%s", err.text);
    ck_assert_uint_eq(out.length, expected->length);
    if (out.length) ck_assert_mem_eq(out.data, expected->data, out.length);
    ng_buf_free(&out);
}

static void check_broken(const char *path, int status, const char *reason) {
    struct ng_buf out = {0};
    struct ng_err err = {0};
    ck_assert_int_eq(read_stream(path, 1000, &out, &err), status);
    ck_assert_msg(strstr(err.text, path) && strstr(err.text, reason), "%s lacks %s", err.text, reason);
    ck_assert_str_ne(err.hint, "");
    ng_buf_free(&out);
}

/* Numbers that hardly compress. */
static void append_noise(struct ng_buf *out, size_t count, uint64_t seed) {
    for (size_t i = 0; i < count; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint8_t byte = (uint8_t)(seed >> 56);
        append(out, &byte, 1);
    }
}

START_TEST(stream_joins_members_and_frames) {
    static const size_t steps[] = {1, 7, 4096, 1 << 20};
    struct ng_buf plain = {0};
    struct ng_buf gzip = {0};
    struct ng_buf zstd = {0};
    for (unsigned part = 0; part < 4; part++) {
        size_t begin = plain.length;
        if (part != 2) append_noise(&plain, 300001 * (part % 2) + 17, part); /* the third is empty */
        append_gzip(&gzip, plain.data + begin, plain.length - begin);
        append_zstd(&zstd, plain.data + begin, plain.length - begin, 0);
    }
    static const uint8_t skippable[] = {0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 'a', 'b', 'c'};
    append(&zstd, skippable, sizeof skippable);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        check_stream(write_file("plain.GZ.txt", plain.data, plain.length), &plain, steps[i]);
        check_stream(write_file("f.gz", gzip.data, gzip.length), &plain, steps[i]);
        check_stream(write_file("f.ZST", zstd.data, zstd.length), &plain, steps[i]);
    }
    ng_buf_free(&plain);
    ng_buf_free(&gzip);
    ng_buf_free(&zstd);
}
END_TEST

START_TEST(stream_takes_the_windows_that_zstd_long_writes) {
    struct ng_buf plain = {0};
    struct ng_buf zstd = {0};
    enum { PIECE = 1 << 16, DISTANCE = 24 << 20 };
    append_noise(&plain, PIECE, 1);
    ck_assert_int_eq(ng_buf_reserve(&plain, DISTANCE + PIECE, NULL), NG_OK);
    memset(plain.data + PIECE, 'x', DISTANCE);
    memcpy(plain.data + PIECE + DISTANCE, plain.data, PIECE);
    plain.length = DISTANCE + (size_t)2 * PIECE;
    append_zstd(&zstd, plain.data, plain.length, (int)NG_MAX_ZSTD_WINDOW_LOG);
    ck_assert_uint_lt(zstd.length, 2 * PIECE); /* the second piece was found far behind */
    check_stream(write_file("long.zst", zstd.data, zstd.length), &plain, 1 << 17);

    /* One raw block "abc" under a header that asks for windows of 2^27 and 2^28 bytes. */
    uint8_t frame[] = {0x28, 0xB5, 0x2F, 0xFD, 0, 0x88, 0x19, 0, 0, 'a', 'b', 'c'};
    struct ng_buf abc = {.data = frame + 9, .length = 3};
    check_stream(write_file("max.zst", frame, sizeof frame), &abc, 10);
    frame[5] = 0x90;
    check_broken(write_file("over.zst", frame, sizeof frame), NG_ERR_LIMIT, "NG_MAX_ZSTD_WINDOW_LOG");
    ng_buf_free(&plain);
    ng_buf_free(&zstd);
}
END_TEST

/* A file cut anywhere is an error, except between its two parts, where it is the shorter file that it seems. */
static void check_cuts(const char *name, const struct ng_buf *whole, size_t first_part, const struct ng_buf *text) {
    struct ng_buf half = {.data = text->data, .length = text->length / 2};
    for (size_t length = 0; length < whole->length; length++) {
        const char *path = write_file(name, whole->data, length);
        if (length == first_part) check_stream(path, &half, 1000);
        else check_broken(path, NG_ERR_INPUT, "cut short");
    }
    check_stream(write_file(name, whole->data, whole->length), text, 1000);
}

START_TEST(stream_never_takes_a_cut_file_for_a_short_one) {
    struct ng_buf text = {0};
    append_noise(&text, 20, 9);
    for (int i = 0; i < 40; i++) append(&text, "some words, ", 12);
    text.length &= ~(size_t)1;
    size_t half = text.length / 2;
    for (int format = 0; format < 2; format++) {
        struct ng_buf whole = {0};
        size_t first_part = 0;
        for (size_t begin = 0; begin < text.length; begin += half) {
            first_part = whole.length;
            if (format == 0) append_gzip(&whole, text.data + begin, half);
            else append_zstd(&whole, text.data + begin, half, 0);
        }
        check_cuts(format == 0 ? "cut.gz" : "cut.zst", &whole, first_part, &text);
        ng_buf_free(&whole);
    }
    ng_buf_free(&text);
}
END_TEST

START_TEST(stream_names_what_is_broken) {
    struct ng_buf text = {0};
    struct ng_buf gzip = {0};
    struct ng_buf zstd = {0};
    append_noise(&text, 5000, 3);
    append_gzip(&gzip, text.data, text.length);
    append_zstd(&zstd, text.data, text.length, 0);
    append(&gzip, "garbage garbage", 15);
    append(&zstd, "garbage garbage", 15);
    check_broken(write_file("f.gz", gzip.data, gzip.length), NG_ERR_INPUT, "byte 5000: bytes follow");
    check_broken(write_file("f.zst", zstd.data, zstd.length), NG_ERR_INPUT, "byte 5000: bytes follow");
    gzip.data[gzip.length - 20] ^= 1; /* in the checksum */
    zstd.data[zstd.length - 17] ^= 1;
    check_broken(write_file("f.gz", gzip.data, gzip.length - 15), NG_ERR_INPUT, "incorrect data check");
    check_broken(write_file("f.zst", zstd.data, zstd.length - 15), NG_ERR_INPUT, "checksum");
    check_broken(write_file("text.gz", text.data, text.length), NG_ERR_INPUT, "byte 0: ");
    check_broken(write_file("text.zst", text.data, text.length), NG_ERR_INPUT, "byte 0: not zstd data");
    struct ng_stream *stream;
    struct ng_err err = {0};
    ck_assert_int_eq(ng_stream_open(&stream, at("missing"), &err), NG_ERR_NOTFOUND);
    ck_assert_ptr_null(stream);
    ck_assert_int_eq(ng_stream_open(&stream, folder, &err), NG_ERR_INPUT);
    ck_assert_int_eq(mkfifo(at("fifo"), 0644), 0);
    ck_assert_int_eq(ng_stream_open(&stream, at("fifo"), &err), NG_ERR_INPUT);
    ng_stream_close(NULL);
    ng_buf_free(&text);
    ng_buf_free(&gzip);
    ng_buf_free(&zstd);
}
END_TEST

/* ---- lines ---- */

/* All lines of a file as "NUMBER:LINE|"; a line that is too long as "NUMBER!". */
static void check_lines(const char *bytes, size_t length, size_t max_line_bytes, const char *expected) {
    struct ng_stream *stream;
    ck_assert_int_eq(ng_stream_open(&stream, write_file("lines", bytes, length), NULL), NG_OK);
    struct ng_jsonl lines = {0};
    ng_jsonl_start(&lines, stream, NG_JSONL_LINES, &(struct ng_record_bounds){.most_bytes = max_line_bytes});
    struct ng_buf shown = {0};
    for (;;) {
        struct ng_line line;
        bool found;
        ck_assert_int_eq(ng_jsonl_next(&lines, &line, &found, NULL), NG_OK);
        if (!found) break;
        char number[32];
        int digits = snprintf(number, sizeof number, "%u%c", (unsigned)line.number, line.too_long ? '!' : ':');
        append(&shown, number, (size_t)digits);
        append(&shown, line.bytes, line.length);
        if (!line.too_long) append(&shown, "|", 1);
    }
    append(&shown, "", 1);
    ck_assert_str_eq((const char *)shown.data, expected);
    ng_jsonl_free(&lines);
    ng_stream_close(stream);
    ng_buf_free(&shown);
}

START_TEST(lines_end_in_many_ways) {
    check_lines("", 0, 100, "");
    check_lines(TEXT("\n\r\n \t\n"), 100, "");
    check_lines(TEXT("a\nb"), 100, "1:a|2:b|");
    check_lines(TEXT("a\r\n\r\n\nb\r\n"), 100, "1:a|4:b|");
    check_lines(TEXT(" a \nb\rc\r"), 100, "1: a |2:b\rc|");
    check_lines(TEXT("\xEF\xBB\xBF" "a\n\xEF\xBB\xBF" "b"), 100, "1:a|2:b|");
    check_lines(TEXT("\xEF\xBB\xBF"), 100, "");
    check_lines(TEXT("\xEF\xBB"), 100, "1:\xEF\xBB|");
    check_lines(TEXT("12345\n123456\n1"), 5, "1:12345|2!3:1|");
    check_lines(TEXT("1\n123456"), 5, "1:1|2!");
}
END_TEST

START_TEST(lines_longer_than_the_buffer_keep_every_byte) {
    struct ng_buf text = {0};
    struct ng_buf expected = {0};
    static const size_t lengths[] = {1, 300000, 5, 262143, 262144, 262145, 3000000, 2};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        bool fits = lengths[i] <= 1000000;
        char number[32];
        append(&expected, number, (size_t)snprintf(number, sizeof number, "%zu%c", i + 1, fits ? ':' : '!'));
        for (size_t k = 0; k < lengths[i]; k++) {
            append(&text, &"abcdefg"[k % 7], 1);
            if (fits) append(&expected, &"abcdefg"[k % 7], 1);
        }
        append(&text, "\n", 1);
        if (fits) append(&expected, "|", 1);
    }
    append(&expected, "", 1);
    check_lines((const char *)text.data, text.length, 1000000, (const char *)expected.data);
    ng_buf_free(&text);
    ng_buf_free(&expected);
}
END_TEST

START_TEST(lines_over_the_limit_take_no_memory) {
    struct ng_buf text = {0};
    enum { LENGTH = 20 << 20, LIMIT = 1000 };
    ck_assert_int_eq(ng_buf_reserve(&text, LENGTH, NULL), NG_OK);
    memset(text.data, 'x', LENGTH);
    struct ng_stream *stream;
    ck_assert_int_eq(ng_stream_open(&stream, write_file("long", text.data, LENGTH), NULL), NG_OK);
    struct ng_jsonl lines = {0};
    struct ng_line line;
    bool found;
    ng_jsonl_start(&lines, stream, NG_JSONL_LINES, &(struct ng_record_bounds){.most_bytes = LIMIT});
    ck_assert_int_eq(ng_jsonl_next(&lines, &line, &found, NULL), NG_OK);
    ck_assert(found && line.too_long);
    ck_assert_uint_le(lines.buffer.capacity, 1 << 20);
    ng_jsonl_free(&lines);
    ng_stream_close(stream);
    ng_buf_free(&text);
}
END_TEST

static int count_room(void *context, struct ng_err *err) {
    (void)err;
    ++*(int *)context;
    return NG_OK;
}

START_TEST(room_is_made_once_for_each_long_line) {
    enum { LINES = 3, LENGTH = 5 << 20 };
    struct ng_buf text = {0};
    for (int i = 0; i < LINES; i++) {
        append(&text, TEXT("short\n"));
        ck_assert_int_eq(ng_buf_reserve(&text, LENGTH, NULL), NG_OK);
        memset(text.data + text.length, 'x', LENGTH);
        text.length += LENGTH;
        append(&text, TEXT("\n"));
    }
    struct ng_stream *stream;
    ck_assert_int_eq(ng_stream_open(&stream, write_file("long", text.data, text.length), NULL), NG_OK);
    int made = 0;
    struct ng_jsonl lines = {0};
    ng_jsonl_start(&lines, stream, NG_JSONL_LINES, &(struct ng_record_bounds){.most_bytes = LENGTH, .room_bytes = LENGTH / 2,
                                                              .make_room = count_room, .context = &made});
    for (int i = 0; i < 2 * LINES; i++) {
        struct ng_line line;
        bool found;
        ck_assert_int_eq(ng_jsonl_next(&lines, &line, &found, NULL), NG_OK);
        ck_assert(found && !line.too_long);
        ck_assert_uint_eq(line.length, i % 2 ? LENGTH : 5);
        ck_assert_int_eq(made, (i + 1) / 2);
        /* What a long line took is given back with the next one. */
        if (i % 2 == 0) ck_assert_uint_le(lines.buffer.capacity, LENGTH);
    }
    ng_jsonl_free(&lines);
    ng_stream_close(stream);
    ng_buf_free(&text);
}
END_TEST

/* ---- whole corpora ---- */

/* Reads all of a corpus as "FILE:LINE=TEXT METADATA\n", FILE without its folder. Returns the status that ended it. */
static int read_corpus(const struct ng_corpus_options *options, struct ng_buf *shown, struct ng_corpus_counts *counts,
                       struct ng_err *err) {
    struct ng_corpus *corpus;
    int status = ng_corpus_open(&corpus, options, err);
    if (status) return status;
    for (;;) {
        struct ng_document document;
        bool found;
        status = ng_corpus_next(corpus, &document, &found, err);
        if (status || !found) break;
        char place[128];
        const char *slash = strrchr(document.path, '/');
        int length = snprintf(place, sizeof place, "%s:%u=", slash ? slash + 1 : document.path,
                              (unsigned)document.line);
        append(shown, place, (size_t)length);
        append(shown, document.text, document.text_bytes);
        append(shown, " ", 1);
        append(shown, document.metadata, document.metadata_bytes);
        append(shown, "\n", 1);
    }
    append(shown, "", 1);
    ng_corpus_get_counts(corpus, counts);
    ng_corpus_close(corpus);
    return status;
}

/* A corpus of the test's folder, read with all the options given. */
static void check_corpus(const struct ng_corpus_options *options, const char *expected,
                         struct ng_corpus_counts *counts) {
    struct ng_buf shown = {0};
    struct ng_err err = {0};
    ck_assert_msg(read_corpus(options, &shown, counts, &err) == NG_OK, "%s", err.text);
    ck_assert_str_eq((const char *)shown.data, expected);
    ck_assert_uint_eq(counts->files, counts->files_total);
    ng_buf_free(&shown);
}

static void check_corpus_error(const struct ng_corpus_options *options, int status, const char *reason,
                               const char *hint) {
    struct ng_buf shown = {0};
    struct ng_corpus_counts counts;
    struct ng_err err = {0};
    ck_assert_int_eq(read_corpus(options, &shown, &counts, &err), status);
    ck_assert_msg(strstr(err.text, reason) != NULL, "%s lacks %s", err.text, reason);
    ck_assert_msg(strstr(err.hint, hint) != NULL, "%s lacks %s", err.hint, hint);
    ng_buf_free(&shown);
}

START_TEST(corpus_reads_every_kind_of_file_by_its_content) {
    const char *const paths[] = {folder};
    struct ng_corpus_options options = {.paths = paths, .path_count = 1, .text_field = "body"};
    struct ng_buf packed = {0};
    (void)write_text("a.json", "\xEF\xBB\xBF{\"body\":\"A\",\"n\":1}\r\n\r\n{\"n\":2,\"body\":\"\"}");
    append_gzip(&packed, TEXT("{\"body\":\"B\"}\n"));
    append_gzip(&packed, TEXT("{\"body\":\"BB\"}\n"));
    (void)write_file("b.JSONL.gz", packed.data, packed.length);
    packed.length = 0;
    append_zstd(&packed, TEXT("{\"body\":\"C\"}\n"), 0);
    (void)write_file("c.ndjson.zst", packed.data, packed.length);
    packed.length = 0;
    append_zstd(&packed, TEXT("plain D"), 0);
    (void)write_file("d.txt.zst", packed.data, packed.length);
    (void)write_text("e", "");
    (void)write_text("f.jsonl", "");
    (void)write_text("g.md", "\xEF\xBB\xBFkept\r\n");
    (void)write_text("jsonl", "no suffix");
    struct ng_corpus_counts counts;
    check_corpus(&options,
                 "a.json:1=A {\"n\":1}\na.json:3= {\"n\":2}\nb.JSONL.gz:1=B {}\nb.JSONL.gz:2=BB {}\n"
                 "c.ndjson.zst:1=C {}\nd.txt.zst:0=plain D {}\ne:0= {}\ng.md:0=\xEF\xBB\xBFkept\r\n {}\n"
                 "jsonl:0=no suffix {}\n",
                 &counts);
    ck_assert_uint_eq(counts.files, 8);
    ck_assert_uint_eq(counts.documents, 9);
    ck_assert_uint_eq(counts.input_bytes, counts.input_bytes_total);
    ck_assert_uint_gt(counts.input_bytes, 0);
    ck_assert_uint_eq(counts.bad_lines + counts.invalid_documents, 0);
    ng_buf_free(&packed);
}
END_TEST

START_TEST(corpus_reads_standard_input) {
    const char *const paths[] = {"-"};
    struct ng_corpus_options options = {.paths = paths, .path_count = 1};
    struct ng_corpus_counts counts;
    int saved = dup(STDIN_FILENO);
    for (int format = 0; format < 4; format++) {
        struct ng_buf input = {0};
        if (format == 0) append(&input, TEXT("{\"text\":\"x\"}"));
        if (format == 1) append_gzip(&input, TEXT("{\"text\":\"x\"}"));
        if (format == 2) append_zstd(&input, TEXT("{\"text\":\"x\"}"), 0);
        int fd = open(write_file("input", input.data, input.length), O_RDONLY);
        ck_assert_int_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
        (void)close(fd);
        check_corpus(&options, format < 3 ? "-:1=x {}\n" : "", &counts);
        ck_assert_uint_eq(counts.input_bytes, input.length);
        ck_assert_uint_eq(counts.input_bytes_total, 0);
        ng_buf_free(&input);
    }
    if (saved >= 0) (void)dup2(saved, STDIN_FILENO);
}
END_TEST

START_TEST(corpus_handles_text_that_is_not_utf8) {
    const char *const paths[] = {folder};
    struct ng_corpus_options options = {.paths = paths, .path_count = 1};
    struct ng_corpus_counts counts;
    (void)write_text("a", "x\xFFy");
    (void)write_text("b.jsonl", "{\"text\":\"1\"}\n{\"text\":\"\\ud800\"}\n{\"text\":\"3\",\"a\":\"\xC3\"}\n");
    check_corpus(&options,
                 "a:0=x\xEF\xBF\xBDy {}\nb.jsonl:1=1 {}\nb.jsonl:2=\xEF\xBF\xBD {}\n"
                 "b.jsonl:3=3 {\"a\":\"\xEF\xBF\xBD\"}\n",
                 &counts);
    ck_assert_uint_eq(counts.invalid_documents, 3);
    options.invalid_utf8 = NG_UTF8_SKIP;
    check_corpus(&options, "b.jsonl:1=1 {}\n", &counts);
    ck_assert_uint_eq(counts.invalid_documents, 3);
    ck_assert_uint_eq(counts.documents, 1);
    options.invalid_utf8 = NG_UTF8_FAIL;
    check_corpus_error(&options, NG_ERR_INPUT, "/a: text is not UTF-8 at byte 1", "--invalid-utf8 replace");
    ck_assert_int_eq(unlink(at("a")), 0);
    options.skip_bad_lines = true; /* is not about this */
    check_corpus_error(&options, NG_ERR_INPUT, "/b.jsonl:2: text is not Unicode (UTF-8) at byte 9", "skip");
}
END_TEST

START_TEST(corpus_passes_over_bad_lines_where_asked) {
    const char *const paths[] = {at("a.jsonl"), at("b.json")};
    struct ng_corpus_options options = {.paths = paths, .path_count = 2};
    struct ng_corpus_counts counts;
    struct ng_buf lines = {0};
    append(&lines, TEXT("{\"text\":\"1\"}\nnot JSON\n{\"a\":1}\n{\"text\":2}\n{\"text\":\"5\"}\n{\"a\":"));
    for (unsigned i = 0; i < NG_MAX_JSON_DEPTH; i++) append(&lines, "[", 1);
    (void)write_file("a.jsonl", lines.data, lines.length);
    (void)write_text("b.json", "{\n  \"text\": \"pretty\"\n}\n");
    check_corpus_error(&options, NG_ERR_INPUT, "/a.jsonl:2: not JSON", "one document per line");
    options.paths++;
    options.path_count--;
    check_corpus(&options, "b.json:1=pretty {\n}\n", &counts);
    options.paths--;
    options.path_count++;
    options.skip_bad_lines = true;
    check_corpus(&options, "a.jsonl:1=1 {}\na.jsonl:5=5 {}\nb.json:1=pretty {\n}\n", &counts);
    ck_assert_uint_eq(counts.bad_lines, 4);
    ck_assert_uint_eq(counts.documents, 3);
    append(&lines, "", 1);
    struct ng_buf packed = {0};
    append_gzip(&packed, lines.data, lines.length);
    (void)write_file("a.jsonl", TEXT(""));
    const char *const broken[] = {write_file("broken.jsonl.gz", packed.data, packed.length - 1)};
    options.paths = broken;
    options.path_count = 1;
    check_corpus_error(&options, NG_ERR_INPUT, "/broken.jsonl.gz: gzip stream at decompressed byte", "gzip -t");
    ng_buf_free(&lines);
    ng_buf_free(&packed);
}
END_TEST

START_TEST(corpus_refuses_what_it_cannot_start_on) {
    const char *const paths[] = {at("missing"), folder};
    struct ng_corpus_options options = {.paths = paths, .path_count = 2};
    check_corpus_error(&options, NG_ERR_NOTFOUND, "/missing: No such file", "");
    options.paths = paths + 1;
    options.path_count = 1;
    check_corpus_error(&options, NG_ERR_INPUT, "the corpus holds no file", "");
    (void)write_text("f", "x");
    options.walk.exclude_paths[0] = folder;
    check_corpus_error(&options, NG_ERR_INPUT, "the corpus holds no file", "");
    options.walk.exclude_paths[0] = NULL;
    options.text_field = "\xFF";
    check_corpus_error(&options, NG_ERR_USAGE, "text field", "");
    options.path_count = 0;
    options.text_field = NULL;
    check_corpus_error(&options, NG_ERR_INPUT, "no path was given", "");
    ng_corpus_close(NULL);
}
END_TEST

START_TEST(corpus_names_a_file_that_went_away) {
    const char *const paths[] = {write_text("a", "1"), write_text("b", "2")};
    const struct ng_corpus_options options = {.paths = paths, .path_count = 2};
    struct ng_corpus *corpus;
    struct ng_document document;
    bool found;
    struct ng_err err = {0};
    ck_assert_int_eq(ng_corpus_open(&corpus, &options, &err), NG_OK);
    ck_assert_int_eq(unlink(at("b")), 0);
    ck_assert_int_eq(ng_corpus_next(corpus, &document, &found, &err), NG_OK);
    ck_assert_int_eq(ng_corpus_next(corpus, &document, &found, &err), NG_ERR_NOTFOUND);
    ck_assert_ptr_nonnull(strstr(err.text, "/b: No such file"));
    ng_corpus_close(corpus);
}
END_TEST

static TCase *add_case(Suite *suite, const char *name) {
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, make_folder, NULL);
    tcase_set_timeout(tests, 60);
    suite_add_tcase(suite, tests);
    return tests;
}

Suite *test_corpus_suite(void) {
    Suite *suite = suite_create("corpus");
    TCase *stream = add_case(suite, "stream");
    tcase_add_test(stream, stream_joins_members_and_frames);
    tcase_add_test(stream, stream_takes_the_windows_that_zstd_long_writes);
    tcase_add_test(stream, stream_never_takes_a_cut_file_for_a_short_one);
    tcase_add_test(stream, stream_names_what_is_broken);

    TCase *lines = add_case(suite, "lines");
    tcase_add_test(lines, lines_end_in_many_ways);
    tcase_add_test(lines, lines_longer_than_the_buffer_keep_every_byte);
    tcase_add_test(lines, lines_over_the_limit_take_no_memory);
    tcase_add_test(lines, room_is_made_once_for_each_long_line);

    TCase *corpus = add_case(suite, "corpus");
    tcase_add_test(corpus, corpus_reads_every_kind_of_file_by_its_content);
    tcase_add_test(corpus, corpus_reads_standard_input);
    tcase_add_test(corpus, corpus_handles_text_that_is_not_utf8);
    tcase_add_test(corpus, corpus_passes_over_bad_lines_where_asked);
    tcase_add_test(corpus, corpus_refuses_what_it_cannot_start_on);
    tcase_add_test(corpus, corpus_names_a_file_that_went_away);
    return suite;
}
