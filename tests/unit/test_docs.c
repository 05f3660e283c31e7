#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/container/container_format.h"
#include "common/shard/docs.h"
#include "common/shard/docs_format.h"
#include "indexer/write/docs_write.h"
#include "tests/support/seal.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

struct document {
    uint64_t text_bytes;
    const char *path;
    uint64_t line;
    const char *metadata;
    uint64_t metadata_bytes;
};

/* Gives document number i to the writer and to the comparison. */
typedef struct document make_document(uint64_t i);

/* An open shard with documents in it. */
struct shard {
    struct ng_container *container;
    struct ng_docs docs;
    uint64_t rows;
    uint64_t count;
    uint64_t blocks;
};

static int damage_of(const struct shard *shard) {
    struct ng_err err;
    return ng_container_status(shard->container, &err);
}

static void write_shard(const char *path, make_document *make, struct shard *shard) {
    struct ng_container_writer *container = NULL;
    struct ng_container_written written;
    struct ng_docs_writer writer;
    struct ng_err err = {0};
    shard->rows = 0;
    ck_assert_msg(ng_container_create(&container, path, &err) == NG_OK, "%s", err.text);
    ck_assert_msg(ng_docs_writer_init(&writer, container, &err) == NG_OK, "%s", err.text);
    for (uint64_t i = 0; i < shard->count; i++) {
        struct document d = make(i);
        int status = ng_docs_writer_push(&writer, d.text_bytes, d.path, d.line, (const uint8_t *)d.metadata,
                                         d.metadata_bytes, &err);
        ck_assert_msg(status == NG_OK, "%s", err.text);
        shard->rows += d.text_bytes + 1;
    }
    ck_assert_msg(ng_docs_writer_finish(&writer, shard->rows, &err) == NG_OK, "%s", err.text);
    shard->blocks = writer.block_first.length / sizeof(uint64_t);
    ng_docs_writer_free(&writer);
    ng_docs_writer_free(&writer);
    ck_assert_msg(ng_container_finish(container, &written, &err) == NG_OK, "%s", err.text);
    ng_container_writer_free(container);
}

static int open_shard(const char *path, struct shard *shard, struct ng_err *err) {
    int status = ng_container_open(&shard->container, path, err);
    if (status) return status;
    status = ng_docs_open(&shard->docs, shard->container, shard->rows, shard->count, err);
    if (status) {
        ng_docs_close(&shard->docs);
        ng_container_close(shard->container);
    }
    return status;
}

static struct shard make_shard(const char *name, make_document *make, uint64_t count) {
    struct shard shard = {.count = count};
    struct ng_err err = {0};
    const char *path = test_temp_path(name);
    write_shard(path, make, &shard);
    ck_assert_msg(open_shard(path, &shard, &err) == NG_OK, "%s", err.text);
    ck_assert_uint_eq(shard.docs.starts.count, count);
    return shard;
}

static void assert_source(const struct shard *shard, uint64_t i, const struct document *d) {
    struct ng_doc_source source;
    struct ng_err err = {0};
    ck_assert_msg(ng_docs_source(&shard->docs, i, &source, &err) == NG_OK, "%s", err.text);
    ck_assert_str_eq(source.path, d->path);
    ck_assert_uint_eq(source.line, d->line);
    ck_assert_uint_eq(source.metadata_bytes, d->metadata_bytes);
    ck_assert_mem_eq(source.metadata, d->metadata, d->metadata_bytes);
    ng_docs_source_free(&source);
    ng_docs_source_free(&source);
}

/* start is where document i has to start; returns where the next one has to. */
static uint64_t assert_place(const struct shard *shard, uint64_t i, uint64_t start, uint64_t text_bytes) {
    uint64_t end = start + text_bytes;
    ck_assert_uint_eq(ng_docs_start(&shard->docs, i), start);
    ck_assert_uint_eq(ng_docs_end(&shard->docs, i), end);
    ck_assert_uint_eq(ng_docs_of_position(&shard->docs, start), i);
    ck_assert_uint_eq(ng_docs_of_position(&shard->docs, start + text_bytes / 2), i);
    ck_assert_uint_eq(ng_docs_of_position(&shard->docs, end), i);
    return end + 1;
}

static void assert_all(const struct shard *shard, make_document *make, uint64_t source_step) {
    uint64_t start = 0;
    for (uint64_t i = 0; i < shard->count; i++) {
        struct document d = make(i);
        start = assert_place(shard, i, start, d.text_bytes);
        if (i % source_step == 0 || i + 1 == shard->count) assert_source(shard, i, &d);
    }
    ck_assert_uint_eq(start, shard->rows);
    ck_assert_int_eq(damage_of(shard), NG_OK);
}

#define METADATA(text) (text), sizeof(text) - 1

/* Every turn that a record can take. */
static const struct document sample[] = {
    {0, "", 0, METADATA("{}")},
    {5, "corpus/a.jsonl", 1, METADATA("{\"id\": 12345678901234567890123}")},
    {0, "corpus/a.jsonl", 2, METADATA("{ }")},
    {0, "corpus/a.jsonl", 3, METADATA("{\"\\u0000\": [\"\\ud83d\\ude00\", \"\xc3\xaf\"]}")},
    {300, "corpus/a.jsonl", 7, METADATA("{}")},
    {1, "corpus/a.jsonl", 7, METADATA("{}")},
    {1, "corpus/a.jsonl", 6, METADATA("{}")},
    {70000, "corpus/b.jsonl", 7, METADATA("{}")},
    {1, "corpus/b", 0, METADATA("{}")},
    {1, "corpus/b", 1, METADATA("{}")},
    {1, "corpus/b/", 2, METADATA("{}")},
    {1, "-", UINT64_MAX, METADATA("{}")},
    {1, "-", 0, METADATA("{}")},
    {0, "\xff\x01", UINT64_MAX - 1, METADATA("{\"x\":1}")},
    {0, "\xff\x01", UINT64_MAX, METADATA("{\"y\":null}")},
};

static struct document sample_document(uint64_t i) {
    return sample[i];
}
enum { SAMPLE_COUNT = sizeof sample / sizeof sample[0] };

START_TEST(every_kind_of_record_comes_back) {
    for (uint64_t count = 1; count <= SAMPLE_COUNT; count++) {
        char name[16];
        (void)snprintf(name, sizeof name, "%u", (unsigned)count);
        struct shard shard = make_shard(name, sample_document, count);
        assert_all(&shard, sample_document, 1);
        ng_docs_close(&shard.docs);
        ng_container_close(shard.container);
    }
}
END_TEST

static struct document tiny_document(uint64_t i) {
    static char path[64];
    static char metadata[64];
    (void)snprintf(path, sizeof path, "corpus/part-%05u.jsonl", (unsigned)(i / 1000));
    int bytes = snprintf(metadata, sizeof metadata, "{\"n\": %u}", (unsigned)(i * 2654435761u));
    return (struct document){i % 7, path, i % 1000 + 1, metadata, (uint64_t)bytes};
}

START_TEST(a_hundred_thousand_tiny_documents) {
    struct shard shard = make_shard("x", tiny_document, 100000);
    ck_assert_uint_gt(shard.blocks, 50);
    assert_all(&shard, tiny_document, 97);
    ng_docs_close(&shard.docs);
    ng_container_close(shard.container);
}
END_TEST

static struct document empty_document(uint64_t i) {
    (void)i;
    return (struct document){0, "", 0, METADATA("{}")};
}

START_TEST(documents_with_nothing_in_them) {
    struct shard shard = make_shard("x", empty_document, 70000);
    assert_all(&shard, empty_document, 1009);
    ng_docs_close(&shard.docs);
    ng_container_close(shard.container);
}
END_TEST

/* A JSON object of so many bytes. */
static char *make_object(uint64_t length) {
    char *object = malloc(length);
    ck_assert_ptr_nonnull(object);
    for (uint64_t k = 0; k < length; k++) object[k] = (char)('a' + (k * k >> 7) % 26);
    memcpy(object, "{\"a\":\"", 6);
    memcpy(object + length - 2, "\"}", 2);
    return object;
}

/* The largest that may be, in the midst of small ones. */
static struct document huge_document(uint64_t i) {
    enum { LARGE_BYTES = 3000000 };
    static char *metadata;
    static char *large;
    static char *path;
    if (!metadata) {
        metadata = make_object(NG_MAX_METADATA_BYTES);
        large = make_object(LARGE_BYTES);
        path = malloc(NG_DOCS_MAX_PATH_BYTES + 1);
        ck_assert_ptr_nonnull(path);
        memset(path, 'p', NG_DOCS_MAX_PATH_BYTES);
        path[NG_DOCS_MAX_PATH_BYTES] = '\0';
    }
    if (i == 2) return (struct document){UINT64_C(1) << 40, path, UINT64_MAX, metadata, NG_MAX_METADATA_BYTES};
    if (i == 4) return (struct document){9, "b", 9, large, LARGE_BYTES};
    return (struct document){1, "a", i, METADATA("{}")};
}

START_TEST(huge_metadata_and_paths) {
    struct shard shard = make_shard("x", huge_document, 7);
    ck_assert_uint_eq(shard.blocks, 5);
    assert_all(&shard, huge_document, 1);
    ng_docs_close(&shard.docs);
    ng_container_close(shard.container);
}
END_TEST

START_TEST(beyond_the_limits) {
    struct ng_container_writer *container = NULL;
    struct ng_docs_writer writer;
    struct ng_err err = {0};
    const uint8_t byte = 0;
    char *path = malloc(NG_DOCS_MAX_PATH_BYTES + 2);
    ck_assert_ptr_nonnull(path);
    memset(path, 'p', NG_DOCS_MAX_PATH_BYTES + 1);
    path[NG_DOCS_MAX_PATH_BYTES + 1] = '\0';
    ck_assert_int_eq(ng_container_create(&container, test_temp_path("x"), &err), NG_OK);
    ck_assert_int_eq(ng_docs_writer_init(&writer, container, &err), NG_OK);
    ck_assert_int_eq(ng_docs_writer_push(&writer, 1, path, 1, &byte, 1, &err), NG_ERR_LIMIT);
    ck_assert_int_eq(ng_docs_writer_push(&writer, 1, "file.jsonl", 42, &byte, NG_MAX_METADATA_BYTES + 1, &err),
                     NG_ERR_LIMIT);
    ck_assert_ptr_nonnull(strstr(err.text, "file.jsonl:42"));
    ng_docs_writer_free(&writer);
    ng_docs_writer_free(NULL);
    ng_docs_source_free(NULL);
    ng_container_writer_free(container);
    free(path);
}
END_TEST

START_TEST(at_odds_with_the_shard) {
    struct shard shard = make_shard("x", sample_document, SAMPLE_COUNT);
    struct ng_docs docs;
    struct ng_err err = {0};
    ck_assert_int_eq(ng_docs_open(&docs, shard.container, shard.rows + 1, SAMPLE_COUNT, &err), NG_ERR_CORRUPT);
    ck_assert_int_eq(ng_docs_open(&docs, shard.container, shard.rows, SAMPLE_COUNT - 1, &err), NG_ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(err.text, "DOCS"));
    ng_docs_close(&shard.docs);
    ng_container_close(shard.container);
}
END_TEST

/* Whether everything that a damaged shard answers without an error is right. */
static bool answers_are_right(const char *path, const struct shard *whole) {
    struct shard shard = {.rows = whole->rows, .count = whole->count};
    struct ng_err err = {0};
    if (open_shard(path, &shard, &err)) return err.status != NG_OK && err.text[0];
    bool right = true;
    uint64_t start = 0;
    for (uint64_t i = 0; i < shard.count && right; i++) {
        const struct document *d = &sample[i];
        struct ng_doc_source source;
        uint64_t place[3] = {ng_docs_start(&shard.docs, i), ng_docs_end(&shard.docs, i),
                             ng_docs_of_position(&shard.docs, start)};
        int status = ng_docs_source(&shard.docs, i, &source, &err);
        if (!status) {
            right = strcmp(source.path, d->path) == 0 && source.line == d->line &&
                    source.metadata_bytes == d->metadata_bytes &&
                    memcmp(source.metadata, d->metadata, d->metadata_bytes) == 0;
            ng_docs_source_free(&source);
        } else {
            right = status == NG_ERR_CORRUPT && damage_of(&shard) == NG_ERR_CORRUPT;
        }
        if (damage_of(&shard) == NG_OK) {
            right = right && place[0] == start && place[1] == start + d->text_bytes && place[2] == i;
        }
        start += d->text_bytes + 1;
    }
    ng_docs_close(&shard.docs);
    ng_container_close(shard.container);
    return right;
}

static void patch(FILE *file, size_t at, const void *bytes, size_t length) {
    ck_assert_int_eq(fseek(file, (long)at, SEEK_SET), 0);
    ck_assert_uint_eq(fwrite(bytes, 1, length, file), length);
    ck_assert_int_eq(fflush(file), 0);
}

START_TEST(damaged_bytes_are_found) {
    struct shard whole = {.count = SAMPLE_COUNT};
    const char *path = test_temp_path("x");
    write_shard(path, sample_document, &whole);
    size_t length;
    uint8_t *bytes = test_read_file(path, &length);
    FILE *file = fopen(path, "r+b");
    ck_assert_ptr_nonnull(file);
    ck_assert(answers_are_right(path, &whole));
    for (size_t at = 0; at < length; at++) {
        uint8_t damaged = (uint8_t)(bytes[at] ^ 1u << at % 8);
        patch(file, at, &damaged, 1);
        ck_assert_msg(answers_are_right(path, &whole), "byte %zu", at);
        patch(file, at, &bytes[at], 1);
    }
    for (size_t cut = length; cut-- > 0;) {
        ck_assert_int_eq(ftruncate(fileno(file), (off_t)cut), 0);
        struct ng_err err = {0};
        struct shard shard = whole;
        ck_assert_int_eq(open_shard(path, &shard, &err), NG_ERR_CORRUPT);
    }
    (void)fclose(file);
    free(bytes);
}
END_TEST

/* Damage that no checksum shows: any answer will do, but nothing may be read or written that is not there (the
 * sanitizers look on), and a number stays in its bounds. */
static void use_hostile(const char *path, const struct shard *whole) {
    struct shard shard = {.rows = whole->rows, .count = whole->count};
    struct ng_err err = {0};
    if (open_shard(path, &shard, &err)) {
        ck_assert_int_eq(err.status, NG_ERR_CORRUPT);
        return;
    }
    for (uint64_t i = 0; i < shard.count; i++) {
        struct ng_doc_source source;
        ck_assert_uint_lt(ng_docs_start(&shard.docs, i), shard.rows);
        ck_assert_uint_lt(ng_docs_end(&shard.docs, i), shard.rows);
        ck_assert_uint_lt(ng_docs_of_position(&shard.docs, shard.rows - 1 - i), shard.count);
        int status = ng_docs_source(&shard.docs, i, &source, &err);
        if (status) {
            ck_assert_int_eq(status, NG_ERR_CORRUPT);
            ck_assert_int_eq(damage_of(&shard), NG_ERR_CORRUPT);
            continue;
        }
        ck_assert_uint_le(strlen(source.path), NG_DOCS_MAX_PATH_BYTES);
        ck_assert_int_eq(source.metadata[source.metadata_bytes], '\0');
        ng_docs_source_free(&source);
    }
    ng_docs_close(&shard.docs);
    ng_container_close(shard.container);
}

START_TEST(damage_under_valid_checksums_stays_in_bounds) {
    struct shard whole = {.count = SAMPLE_COUNT};
    const char *path = test_temp_path("x");
    write_shard(path, sample_document, &whole);
    size_t length;
    uint8_t *bytes = test_read_file(path, &length);
    FILE *file = fopen(path, "r+b");
    ck_assert_ptr_nonnull(file);
    /* Pages 1 and 2: META and DOCS, of some 300 bytes each. */
    ck_assert_uint_eq(length, 4 * NG_PAGE_BYTES);
    for (size_t page = 1; page <= 2; page++) {
        for (size_t i = 0; i < 512; i++) {
            uint8_t *byte = bytes + page * NG_PAGE_BYTES + i;
            const uint8_t before = *byte;
            for (unsigned k = 0; k < 10; k++) {
                *byte = k < 8 ? (uint8_t)(before ^ 1u << k) : (uint8_t)(k == 8 ? 0 : 0xff);
                test_seal_page(bytes, length, page);
                patch(file, 0, bytes, length);
                use_hostile(path, &whole);
            }
            *byte = before;
        }
        test_seal_page(bytes, length, page);
    }
    (void)fclose(file);
    free(bytes);
}
END_TEST

/* A shard whose one block of META is a frame of any content. */
static void write_block(const char *path, const uint8_t *raw, size_t raw_bytes, struct shard *shard) {
    struct ng_container_writer *container = NULL;
    struct ng_container_written written;
    struct ng_docs_writer writer;
    struct ng_err err = {0};
    *shard = (struct shard){.rows = 3, .count = 3};
    ck_assert_int_eq(ng_container_create(&container, path, &err), NG_OK);
    ck_assert_int_eq(ng_docs_writer_init(&writer, container, &err), NG_OK);
    for (int i = 0; i < 3; i++) ck_assert_int_eq(ng_docs_writer_push(&writer, 0, "", 0, NULL, 0, &err), NG_OK);
    /* Our bytes in place of the records, less the trailer that the writer appends. */
    writer.metadata.length = 0;
    writer.records.length = 0;
    ck_assert_uint_ge(raw_bytes, NG_DOCS_TRAILER_BYTES);
    uint32_t record_bytes = ng_le_load32(raw + raw_bytes - NG_DOCS_TRAILER_BYTES);
    ck_assert_uint_le(record_bytes, raw_bytes - NG_DOCS_TRAILER_BYTES);
    size_t metadata_bytes = raw_bytes - NG_DOCS_TRAILER_BYTES - record_bytes;
    ck_assert_int_eq(ng_buf_append(&writer.metadata, raw, metadata_bytes, &err), NG_OK);
    ck_assert_int_eq(ng_buf_append(&writer.records, raw + metadata_bytes, record_bytes, &err), NG_OK);
    ck_assert_int_eq(ng_docs_writer_finish(&writer, 3, &err), NG_OK);
    ng_docs_writer_free(&writer);
    ck_assert_int_eq(ng_container_finish(container, &written, &err), NG_OK);
    ng_container_writer_free(container);
}

/* Metadata "{}{}{}", then the records given: what is wrong with the second of the three. */
static const struct {
    const char *records;
    uint32_t bytes;
} bad_records[] = {
#define RECORDS(text) {(text), sizeof(text) - 1}
    RECORDS("\x05\x00\x01p\x01"),                             /* none */
    RECORDS("\x05\x00\x01p\x01\x0a"),                         /* metadata beyond their end */
    RECORDS("\x05\x00\x01p\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), /* the same, as far as can be */
    RECORDS("\x05\x00\x01p\x01\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02"), /* a varint of over 64 bits */
    RECORDS("\x05\x00\x01p\x01\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"), /* one of eleven bytes */
    RECORDS("\x05\x00\x01p\x01\x80"),                         /* one cut short */
    RECORDS("\x05\x00\x01p\x01\x03\x02\x00\x01"),             /* shares more path than there was */
    RECORDS("\x05\x00\x01p\x01\x03\x01\x05q\x01"),            /* path beyond the records */
    RECORDS("\x05\x00\x01p\x01\x03\x01\xff\xff\x03q"),        /* path over the limit */
    RECORDS("\x05\x00\x01p\x01\x03\x01\x01\x00\x01"),         /* NUL in the path */
    RECORDS("\x05\x00\x01p\x01\x03\x01\x01q"),                /* no line */
    RECORDS("\x05\x00\x01p\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x02"), /* line past 64 bits */
};

START_TEST(records_out_of_range_are_errors) {
    struct ng_buf raw = {0};
    struct shard shard;
    struct ng_doc_source source;
    struct ng_err err = {0};
    ck_assert_int_eq(ng_buf_append(&raw, "{}{}{}", 6, NULL), NG_OK);
    ck_assert_int_eq(ng_buf_append(&raw, bad_records[_i].records, bad_records[_i].bytes, NULL), NG_OK);
    ck_assert_int_eq(ng_buf_append_u32(&raw, bad_records[_i].bytes, NULL), NG_OK);
    const char *path = test_temp_path("x");
    write_block(path, raw.data, raw.length, &shard);
    ck_assert_msg(open_shard(path, &shard, &err) == NG_OK, "%s", err.text);
    ck_assert_msg(ng_docs_source(&shard.docs, 0, &source, &err) == NG_OK, "%s", err.text);
    ck_assert_str_eq(source.path, "p");
    ck_assert_uint_eq(source.metadata_bytes, 2);
    ck_assert_mem_eq(source.metadata, "{}", 2);
    ng_docs_source_free(&source);
    ck_assert_int_eq(ng_docs_source(&shard.docs, 1, &source, &err), NG_ERR_CORRUPT);
    ck_assert_msg(strstr(err.text, "META: block 0: a record") != NULL, "%s", err.text);
    ck_assert_int_eq(damage_of(&shard), NG_ERR_CORRUPT);
    ck_assert_ptr_null(source.path);
    ng_docs_close(&shard.docs);
    ng_container_close(shard.container);
    ng_buf_free(&raw);
}
END_TEST

Suite *test_docs_suite(void) {
    Suite *suite = suite_create("docs");
    TCase *tests = tcase_create("docs");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, every_kind_of_record_comes_back);
    tcase_add_test(tests, a_hundred_thousand_tiny_documents);
    tcase_add_test(tests, documents_with_nothing_in_them);
    tcase_add_test(tests, huge_metadata_and_paths);
    tcase_add_test(tests, beyond_the_limits);
    tcase_add_test(tests, at_odds_with_the_shard);
    tcase_add_test(tests, damaged_bytes_are_found);
    tcase_add_test(tests, damage_under_valid_checksums_stays_in_bounds);
    tcase_add_loop_test(tests, records_out_of_range_are_errors, 0, (int)(sizeof bad_records / sizeof bad_records[0]));
    suite_add_tcase(suite, tests);
    return suite;
}
