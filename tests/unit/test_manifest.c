#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "common/container/container.h"
#include "common/shard/index_files.h"
#include "common/shard/manifest.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

/* A manifest of three shards; the caller frees it. */
static struct ng_manifest sample(void) {
    struct ng_manifest manifest = {.format_version = NG_MANIFEST_VERSION,
                                   .program = "ngidx 1.2.3",
                                   .text_field = "text",
                                   .invalid_utf8 = "replace",
                                   .sa_sample = 128,
                                   .shard_bytes = UINT64_C(1) << 30,
                                   .shard_count = 3};
    manifest.shards = calloc(manifest.shard_count, sizeof *manifest.shards);
    ck_assert_ptr_nonnull(manifest.shards);
    for (uint64_t i = 0; i < manifest.shard_count; i++) {
        struct ng_manifest_shard *shard = &manifest.shards[i];
        ng_shard_name_format(shard->file, 7 * i, false);
        shard->bytes = 4096 * (i + 2);
        shard->documents = i + 1;
        shard->text_bytes = 1000 * i;
        for (size_t k = 0; k < sizeof shard->xxh3_128; k++) shard->xxh3_128[k] = (uint8_t)(17 * k + i);
        manifest.documents += shard->documents;
        manifest.text_bytes += shard->text_bytes;
    }
    return manifest;
}

static struct ng_buf format(const struct ng_manifest *manifest) {
    struct ng_buf out = {0};
    struct ng_err err = {0};
    ck_assert_msg(ng_manifest_format(manifest, &out, &err) == NG_OK, "%s", err.text);
    return out;
}

static void assert_same(const struct ng_manifest *a, const struct ng_manifest *b) {
    struct ng_buf left = format(a);
    struct ng_buf right = format(b);
    ck_assert_uint_eq(left.length, right.length);
    ck_assert_mem_eq(left.data, right.data, left.length);
    ng_buf_free(&left);
    ng_buf_free(&right);
}

/* Parses content with the checksum that belongs to it. content is owned by the caller. */
static int parse_sealed(struct ng_manifest *manifest, const char *content, size_t length, struct ng_err *err) {
    struct ng_buf file = {0};
    char seal[64];
    ck_assert_int_eq(ng_buf_append(&file, content, length, NULL), NG_OK);
    int seal_bytes = snprintf(seal, sizeof seal, "  \"checksum\": \"%016llx\"\n}\n",
                              (unsigned long long)XXH3_64bits(content, length));
    ck_assert_int_eq(ng_buf_append(&file, seal, (size_t)seal_bytes, NULL), NG_OK);
    int status = ng_manifest_parse(manifest, "index.json", file.data, file.length, err);
    ng_buf_free(&file);
    return status;
}

/* The sample's text with one piece of it replaced, sealed and parsed. */
static int parse_edited(const char *from, const char *to, struct ng_manifest *manifest, struct ng_err *err) {
    struct ng_manifest original = sample();
    struct ng_buf file = format(&original);
    ck_assert_int_eq(ng_buf_append(&file, "", 1, NULL), NG_OK);
    char *text = (char *)file.data;
    *strstr(text, "  \"checksum\"") = '\0';
    char *at = strstr(text, from);
    ck_assert_msg(at != NULL, "no %s in the sample", from);
    size_t edited_bytes = strlen(text) - strlen(from) + strlen(to);
    char *edited = malloc(edited_bytes + 1);
    ck_assert_ptr_nonnull(edited);
    (void)snprintf(edited, edited_bytes + 1, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    int status = parse_sealed(manifest, edited, edited_bytes, err);
    free(edited);
    ng_buf_free(&file);
    ng_manifest_free(&original);
    return status;
}

START_TEST(what_is_written_comes_back) {
    const char *folder = test_temp_folder();
    struct ng_manifest manifest = sample();
    struct ng_manifest again;
    struct ng_err err = {0};
    ck_assert_msg(ng_manifest_write(&manifest, folder, &err) == NG_OK, "%s", err.text);
    ck_assert_int_eq(access(test_temp_path("index.json.tmp"), F_OK), -1);
    ck_assert_msg(ng_manifest_read(&again, folder, &err) == NG_OK, "%s", err.text);
    ck_assert_uint_eq(again.format_version, NG_MANIFEST_VERSION);
    ck_assert_str_eq(again.program, "ngidx 1.2.3");
    ck_assert_str_eq(again.text_field, "text");
    ck_assert_str_eq(again.invalid_utf8, "replace");
    ck_assert_uint_eq(again.sa_sample, 128);
    ck_assert_uint_eq(again.shard_bytes, UINT64_C(1) << 30);
    ck_assert_uint_eq(again.documents, 6);
    ck_assert_uint_eq(again.text_bytes, 3000);
    ck_assert_uint_eq(again.shard_count, 3);
    ck_assert_str_eq(again.shards[2].file, "shard-00014.ngx");
    ck_assert_uint_eq(again.shards[2].bytes, 4 * 4096);
    ck_assert_mem_eq(again.shards[2].xxh3_128, manifest.shards[2].xxh3_128, 16);
    assert_same(&manifest, &again);

    size_t length;
    uint8_t *bytes = test_read_file(test_temp_path("index.json"), &length);
    ck_assert_int_eq(ng_manifest_write(&again, folder, &err), NG_OK);
    size_t second_length;
    uint8_t *second = test_read_file(test_temp_path("index.json"), &second_length);
    ck_assert_uint_eq(length, second_length);
    ck_assert_mem_eq(bytes, second, length);
    free(bytes);
    free(second);
    ng_manifest_free(&again);
    ng_manifest_free(&again);
    ng_manifest_free(&manifest);
    ng_manifest_free(NULL);
}
END_TEST

START_TEST(field_names_of_all_kinds_come_back) {
    char longest[NG_MAX_FIELD_NAME_BYTES + 1];
    memset(longest, '"', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    const char *const names[] = {"", "a \"quoted\\name\"", "\x01\x1f\t\n\x7f", "\xE6\x96\x87\xF0\x9F\x98\x80", longest};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct ng_manifest manifest = sample();
        struct ng_manifest again;
        struct ng_err err = {0};
        (void)snprintf(manifest.text_field, sizeof manifest.text_field, "%s", names[i]);
        struct ng_buf file = format(&manifest);
        ck_assert_msg(ng_manifest_parse(&again, "x", file.data, file.length, &err) == NG_OK, "%s", err.text);
        ck_assert_str_eq(again.text_field, names[i]);
        ng_buf_free(&file);
        ng_manifest_free(&again);
        ng_manifest_free(&manifest);
    }
}
END_TEST

START_TEST(as_many_shards_as_there_may_be) {
    struct ng_manifest manifest = sample();
    struct ng_manifest again;
    struct ng_err err = {0};
    for (uint64_t count = NG_MAX_SHARDS; count <= NG_MAX_SHARDS + 1; count++) {
        struct ng_manifest_shard first = manifest.shards[0];
        free(manifest.shards);
        manifest.shards = calloc(count, sizeof *manifest.shards);
        ck_assert_ptr_nonnull(manifest.shards);
        for (uint64_t i = 0; i < count; i++) {
            manifest.shards[i] = first;
            ng_shard_name_format(manifest.shards[i].file, i, false);
        }
        manifest.shard_count = count;
        manifest.documents = count * first.documents;
        manifest.text_bytes = count * first.text_bytes;
        struct ng_buf file = format(&manifest);
        int status = ng_manifest_parse(&again, "x", file.data, file.length, &err);
        if (count == NG_MAX_SHARDS) {
            ck_assert_msg(status == NG_OK, "%s", err.text);
            assert_same(&manifest, &again);
        } else {
            ck_assert_int_eq(status, NG_ERR_CORRUPT);
            ck_assert_ptr_nonnull(strstr(err.text, "too many"));
        }
        ng_buf_free(&file);
        ng_manifest_free(&again);
    }
    ng_manifest_free(&manifest);
}
END_TEST

START_TEST(every_truncation_is_an_error) {
    struct ng_manifest manifest = sample();
    struct ng_buf file = format(&manifest);
    for (size_t length = 0; length < file.length; length++) {
        /* A copy of its own, so that the sanitizer sees reads beyond it. */
        uint8_t *cut = malloc(length + 1);
        struct ng_manifest again;
        struct ng_err err = {0};
        ck_assert_ptr_nonnull(cut);
        memcpy(cut, file.data, length);
        ck_assert_int_eq(ng_manifest_parse(&again, "index.json", cut, length, &err), NG_ERR_CORRUPT);
        ck_assert_ptr_nonnull(strstr(err.text, "index.json"));
        ck_assert_str_ne(err.hint, "");
        free(cut);
    }
    ng_buf_free(&file);
    ng_manifest_free(&manifest);
}
END_TEST

START_TEST(every_flipped_bit_is_an_error) {
    struct ng_manifest manifest = sample();
    struct ng_buf file = format(&manifest);
    for (size_t bit = 0; bit < 8 * file.length; bit++) {
        struct ng_manifest again;
        struct ng_err err = {0};
        file.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        int status = ng_manifest_parse(&again, "index.json", file.data, file.length, &err);
        ck_assert_msg(status == NG_ERR_CORRUPT, "bit %zu: status %d", bit, status);
        ck_assert_ptr_nonnull(strstr(err.text, "edited or damaged"));
        file.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    ng_buf_free(&file);
    ng_manifest_free(&manifest);
}
END_TEST

/* Also without the help of the checksum nothing is read that was not given, and nothing gets through that does not
 * hold together. */
START_TEST(damage_under_a_valid_checksum) {
    struct ng_manifest manifest = sample();
    struct ng_buf file = format(&manifest);
    size_t content = file.length - strlen("  \"checksum\": \"0123456789abcdef\"\n}\n");
    for (size_t i = 0; i < content; i++) {
        static const char bytes[] = "\"{}[],:0-\\x\xff";
        const uint8_t before = file.data[i];
        for (size_t k = 0; k < sizeof bytes; k++) {
            struct ng_manifest again;
            struct ng_err err = {0};
            file.data[i] = (uint8_t)bytes[k];
            int status = parse_sealed(&again, (const char *)file.data, content, &err);
            ck_assert_msg(!status || (status == err.status && err.text[0] && !again.shards), "byte %zu", i);
            if (!status) ck_assert_uint_eq(again.shard_count, 3);
            ng_manifest_free(&again);
        }
        file.data[i] = before;
        struct ng_manifest cut;
        /* Without the last byte, a line's end, it is the same. */
        int status = parse_sealed(&cut, (const char *)file.data, i, NULL);
        if (i + 1 < content) ck_assert_msg(status == NG_ERR_CORRUPT, "cut to %zu bytes: %d", i, status);
        ng_manifest_free(&cut);
    }
    ng_buf_free(&file);
    ng_manifest_free(&manifest);
}
END_TEST

static const struct {
    const char *from;
    const char *to;
    const char *error; /* what its text holds */
} bad_edits[] = {
    {"\"program\": \"ngidx 1.2.3\",", "", "program is missing"},
    {"\"program\": \"ngidx 1.2.3\",", "\"program\": \"\",", "program is out of range"},
    {"\"program\": \"ngidx 1.2.3\",", "\"program\": 3,", "program is of the wrong type"},
    {"\"program\": \"ngidx 1.2.3\",", "\"program\": null,", "program is of the wrong type"},
    {"\"program\": \"ngidx 1.2.3\",", "\"program\": [\"x\"],", "program is of the wrong type"},
    {"\"program\": \"ngidx 1.2.3\",", "\"program\": {\"x\": 1},", "program is of the wrong type"},
    {"\"ngidx 1.2.3\"", "\"x\", \"program\": \"y\"", "program is there twice"},
    {"ngidx 1.2.3", "0123456789012345678901234567890123456789012345678901234567890123", "program is out of range"},
    {"\"text_field\": \"text\"", "\"text_field\": \"te\\u0000xt\"", "parameters.text_field holds a NUL"},
    {"\"sa_sample\": 128", "\"sa_sample\": 0", "parameters.sa_sample is out of range"},
    {"\"sa_sample\": 128", "\"sa_sample\": -1", "parameters.sa_sample is out of range"},
    {"\"sa_sample\": 128", "\"sa_sample\": 1.5", "parameters.sa_sample is out of range"},
    {"\"sa_sample\": 128", "\"sa_sample\": 1e3", "parameters.sa_sample is out of range"},
    {"\"sa_sample\": 128", "\"sa_sample\": \"128\"", "parameters.sa_sample is of the wrong type"},
    {"\"sa_sample\": 128", "\"sa_sample\": 18446744073709551744", "parameters.sa_sample is out of range"},
    {"\"sa_sample\": 128,", "", "parameters.sa_sample is missing"},
    {"\"parameters\": {", "\"parameters\": 1, \"x\": {", "parameters is of the wrong type"},
    {"\"documents\": 6,", "\"documents\": 7,", "documents is not the sum"},
    {"\"text_bytes\": 3000,", "\"text_bytes\": 2999,", "text_bytes is not the sum"},
    {"\"bytes\": 12288, ", "", "shards[1].bytes is missing"},
    {"\"documents\": 2, ", "\"documents\": 0, ", "shards[1].documents is out of range"},
    {"\"text_bytes\": 2000, ", "\"text_bytes\": 281474976710656, ", "shards[2] is too large"},
    {"shard-00007.ngx", "shard-0007.ngx", "shards[1].file is not the name of a shard"},
    {"shard-00007.ngx", "../../etc/x.ngx", "shards[1].file is not the name of a shard"},
    {"shard-00007.ngx", "shard-../..ngx", "shards[1].file is not the name of a shard"},
    {"shard-00007.ngx", "shard-65536.ngx", "shards[1].file is not the name of a shard"},
    {"shard-00007.ngx", "shard-00007\\u0000ngx", "shards[1].file is not the name of a shard"},
    {"shard-00007.ngx", "shard-00000.ngx", "shards[1] does not follow"},
    {"shard-00014.ngx", "shard-00003.ngx", "shards[2] does not follow"},
    {"\"xxh3_128\": \"00", "\"xxh3_128\": \"0", "shards[0].xxh3_128 is not 32"},
    {"\"xxh3_128\": \"00", "\"xxh3_128\": \"0A", "shards[0].xxh3_128 is not 32"},
    {"\"shards\": [", "\"shards\": [5,", "shards is not what it should be"},
    {"\"shards\": [", "\"shards\": [[],", "shards is not what it should be"},
    {"\"shards\": [", "\"shards\": [], \"x\": [", "shards is empty"},
    {"{\n", "[\n", "index.json: "},
    {"\"format_version\"", "\"format\"", "format_version is missing"},
    {"\"format_version\": 1", "\"format_version\": \"1\"", "format_version is of the wrong type"},
    {"128,", "128;", "not JSON"},
    {"\"ngidx 1.2.3\"", "\"\xff\"", "not JSON"},
};

START_TEST(bad_members_are_named) {
    struct ng_manifest manifest;
    struct ng_err err = {0};
    int status = parse_edited(bad_edits[_i].from, bad_edits[_i].to, &manifest, &err);
    ck_assert_msg(status == NG_ERR_CORRUPT && err.status == status, "%s: %d", bad_edits[_i].to, status);
    ck_assert_msg(strstr(err.text, bad_edits[_i].error) != NULL, "\"%s\" lacks \"%s\"", err.text, bad_edits[_i].error);
    ck_assert_str_ne(err.hint, "");
    ck_assert_ptr_null(manifest.shards);
}
END_TEST

/* A manifest of both views; the caller frees it. */
static struct ng_manifest sample_folded(void) {
    struct ng_manifest manifest = sample();
    manifest.format_version = NG_MANIFEST_VERSION_FOLDED;
    manifest.fold_version = 1;
    memcpy(manifest.fold_unicode, "15.0.0", sizeof "15.0.0");
    manifest.folded_sa_sample = 256;
    manifest.folded = calloc(manifest.shard_count, sizeof *manifest.folded);
    ck_assert_ptr_nonnull(manifest.folded);
    for (uint64_t i = 0; i < manifest.shard_count; i++) {
        manifest.folded[i] = manifest.shards[i];
        ng_shard_name_format(manifest.folded[i].file, 7 * i, true);
        manifest.folded[i].text_bytes = 100 * i;
        manifest.folded_text_bytes += 100 * i;
    }
    return manifest;
}

START_TEST(views_come_back) {
    struct ng_manifest manifest = sample_folded();
    struct ng_manifest again;
    for (int only = 0; only < 2; only++) {
        struct ng_buf file = format(&manifest);
        ck_assert_int_eq(ng_manifest_parse(&again, "index.json", file.data, file.length, NULL), NG_OK);
        assert_same(&manifest, &again);
        ck_assert_int_eq(ng_manifest_only_folded(&again), only);
        ck_assert_uint_eq(ng_manifest_files(&again), only ? 3 : 6);
        ck_assert_str_eq(ng_manifest_file(&again, only ? 2 : 5)->file, "shard-00014.ngf");
        ng_manifest_free(&again);
        ng_buf_free(&file);
        free(manifest.shards);
        manifest.shards = manifest.folded;
        manifest.folded = NULL;
        manifest.text_bytes = manifest.folded_text_bytes;
    }
    manifest.folded = manifest.shards;
    manifest.shards = NULL;
    ng_manifest_free(&manifest);
}
END_TEST

static const struct {
    const char *from;
    const char *to;
    const char *error;
} bad_views[] = {
    {"\"format_version\": 2", "\"format_version\": 1", "fold is there, which format_version 1"},
    {"\"fold\": {", "\"gold\": {", "fold is missing"},
    {"\"version\": 1,", "\"version\": 0,", "fold.version is out of range"},
    {"\"unicode\": \"15.0.0\",", "", "fold.unicode is missing"},
    {"\"unicode\": \"15.0.0\"", "\"unicode\": \"0123456789012345\"", "fold.unicode is out of range"},
    {"\"text_bytes\": 300\n", "\"text_bytes\": 301\n", "fold.text_bytes is not the sum"},
    {"\"folded_shards\": [", "\"folded_shards\": [], \"x\": [", "folded_shards is not as long"},
    {"\"folded_shards\"", "\"other_shards\"", "shards[0] "}, /* then the exact ones should be folded */
    {"shard-00007.ngf", "shard-00007.ngx", "folded_shards[1] is named as one of another view"},
    {"shard-00007.ngx", "shard-00007.ngf", "shards[1] is named as one of another view"},
    {"00014.ngf\", \"bytes\": 16384, \"documents\": 3", "00014.ngf\", \"bytes\": 16384, \"documents\": 2",
     "folded_shards[2] has other documents"},
    {"shard-00014.ngf", "shard-00001.ngf", "folded_shards[2] does not follow"},
};

/* A manifest with other text in the place of from is refused, and the error says why. */
static void assert_refused(const struct ng_manifest *manifest, const char *from, const char *to, const char *error) {
    struct ng_manifest parsed;
    struct ng_err err = {0};
    struct ng_buf file = format(manifest);
    struct ng_buf edited = {0};
    const char *content = (const char *)file.data;
    const char *seal = strstr(content, "  \"checksum\"");
    const char *at = strstr(content, from);
    ck_assert_msg(at && seal, "%s", from);
    const char *rest = at + strlen(from);
    ck_assert_int_eq(ng_buf_append(&edited, content, (size_t)(at - content), NULL), NG_OK);
    ck_assert_int_eq(ng_buf_append(&edited, to, strlen(to), NULL), NG_OK);
    ck_assert_int_eq(ng_buf_append(&edited, rest, (size_t)(seal - rest), NULL), NG_OK);
    int status = parse_sealed(&parsed, (const char *)edited.data, edited.length, &err);
    ck_assert_msg(status == NG_ERR_CORRUPT, "%s: %d", to, status);
    ck_assert_msg(strstr(err.text, error) != NULL, "\"%s\" lacks \"%s\"", err.text, error);
    ck_assert_ptr_null(parsed.folded);
    ng_buf_free(&edited);
    ng_buf_free(&file);
}

START_TEST(bad_views_are_named) {
    struct ng_manifest manifest = sample_folded();
    assert_refused(&manifest, bad_views[_i].from, bad_views[_i].to, bad_views[_i].error);
    ng_manifest_free(&manifest);
}
END_TEST

/* Both views, and two documents of shard 1 were removed; the caller frees it. */
static struct ng_manifest sample_removed(void) {
    struct ng_manifest manifest = sample_folded();
    manifest.format_version = NG_MANIFEST_VERSION_REMOVED;
    struct ng_manifest_shard *const shards[] = {&manifest.shards[1], &manifest.folded[1]};
    for (int v = 0; v < 2; v++) {
        shards[v]->removed = (struct ng_manifest_removed){.bytes = 4096, .documents = 1, .text_bytes = 1};
        ng_removed_name_format(shards[v]->removed.file, shards[v]->file, 3);
    }
    manifest.removals = calloc(1, sizeof *manifest.removals);
    ck_assert_ptr_nonnull(manifest.removals);
    manifest.removal_count = 1;
    manifest.removals[0] = (struct ng_manifest_removal){
        .time = "2026-12-01T06:15:52Z", .by = "ids", .documents = 1, .text_bytes = 1};
    return manifest;
}

static const struct {
    const char *from, *to, *error;
} bad_removals[] = {
    {"\"format_version\": 3", "\"format_version\": 2", "removed"},
    {"\"format_version\": 3", "\"format_version\": 1", "fold"},
    {"removed-00007-00003.ngx", "removed-00008-00003.ngx", "another shard"},
    {"removed-00007-00003.ngx", "removed-00007-00003.ngf", "another shard"},
    {"removed-00007-00003.ngx", "removed-00007-0000x.ngx", "is not the name"},
    {"removed-00007-00003.ngx", "removed-00007-3.ngx", "is not the name"},
    {"\"bytes\": 4096, \"documents\": 1", "\"bytes\": 4096, \"documents\": 0", "out of range"},
    {"\"bytes\": 4096, \"documents\": 1", "\"bytes\": 4096, \"documents\": 9999999", "less than was removed"},
    {"\"bytes\": 4096, \"documents\": 1", "\"bytes\": 0, \"documents\": 1", "out of range"},
    {"06:15:52Z", "06:15Z", "out of range"},
    {"\"by\": \"ids\"", "\"by\": \"\"", "out of range"},
    {"\"by\": \"ids\", \"documents\": 1", "\"by\": \"ids\", \"documents\": 0", "out of range"},
    {"\"by\": \"ids\", \"documents\": 1, \"text_bytes\": 1", "\"by\": \"ids\", \"documents\": 1, \"text_bytes\": 0",
     "do not tell of all"},
    {"\"removals\": [", "\"removals\": [1, ", "is not what it should be"},
};

START_TEST(removals_come_back) {
    struct ng_manifest manifest = sample_removed();
    struct ng_manifest again;
    struct ng_err err = {0};
    struct ng_buf file = format(&manifest);
    ck_assert_msg(ng_manifest_parse(&again, "index.json", file.data, file.length, &err) == NG_OK, "%s", err.text);
    assert_same(&manifest, &again);
    ck_assert_uint_eq(again.removal_count, 1);
    ck_assert_str_eq(again.removals[0].time, "2026-12-01T06:15:52Z");
    ck_assert_str_eq(again.removals[0].by, "ids");
    ck_assert_str_eq(again.folded[1].removed.file, "removed-00007-00003.ngf");
    ck_assert_uint_eq(again.shards[1].removed.documents, 1);
    ck_assert_uint_eq(ng_removed_name_generation(again.shards[1].removed.file), 3);
    ng_manifest_free(&again);
    ng_buf_free(&file);
    ng_manifest_free(&manifest);
}
END_TEST

START_TEST(bad_removals_are_refused) {
    struct ng_manifest manifest = sample_removed();
    assert_refused(&manifest, bad_removals[_i].from, bad_removals[_i].to, bad_removals[_i].error);
    ng_manifest_free(&manifest);
}
END_TEST

START_TEST(another_format_version_is_told_before_all_else) {
    struct ng_manifest manifest;
    struct ng_err err = {0};
    int status = parse_edited("\"format_version\": 1,\n", "\"format_version\": 4,\n \"program\": [],", &manifest, &err);
    ck_assert_int_eq(status, NG_ERR_VERSION);
    ck_assert_ptr_nonnull(strstr(err.text, "format 4"));
    ck_assert_str_ne(err.hint, "");
}
END_TEST

START_TEST(unknown_members_are_ignored) {
    struct ng_manifest expected = sample();
    struct ng_manifest manifest;
    struct ng_err err = {0};
    static const char *const members[] = {
        "\"later\": {\"program\": 1, \"shards\": [[{}], null, true, 1.5e9, \"\\u00e9\"]}, ",
        "\"later\": -12345678901234567890123, ",
        "\"\": [], \"\\u0000\": \"\", ",
    };
    static const char *const places[] = {"\"program\"", "\"sa_sample\"", "\"bytes\""};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        for (size_t k = 0; k < sizeof places / sizeof places[0]; k++) {
            char edited[256];
            (void)snprintf(edited, sizeof edited, "%s%s", members[i], places[k]);
            ck_assert_msg(parse_edited(places[k], edited, &manifest, &err) == NG_OK, "%s", err.text);
            assert_same(&expected, &manifest);
            ng_manifest_free(&manifest);
        }
    }
    ng_manifest_free(&expected);
}
END_TEST

START_TEST(nesting_is_bounded) {
    struct ng_manifest manifest;
    struct ng_err err = {0};
    for (unsigned depth = NG_MAX_JSON_DEPTH; depth <= NG_MAX_JSON_DEPTH + 1; depth++) {
        char member[4 * NG_MAX_JSON_DEPTH] = "\"x\": ";
        size_t used = strlen(member);
        memset(member + used, '[', depth);
        memset(member + used + depth, ']', depth);
        (void)snprintf(member + used + 2 * (size_t)depth, sizeof member - used - 2 * (size_t)depth, ", \"program\"");
        int status = parse_edited("\"program\"", member, &manifest, &err);
        ck_assert_int_eq(status, depth == NG_MAX_JSON_DEPTH ? NG_OK : NG_ERR_CORRUPT);
        ng_manifest_free(&manifest);
    }
}
END_TEST

START_TEST(large_unknown_strings_are_read_over) {
    /* More than yajl's first buffer, with escapes, so that it is decoded into one. */
    enum { LETTERS = 3 << 20 };
    struct ng_manifest manifest;
    struct ng_err err = {0};
    static const char head[] = "\"x\": \"\\n";
    static const char tail[] = "\", \"program\"";
    char *member = malloc(LETTERS + sizeof head + sizeof tail);
    ck_assert_ptr_nonnull(member);
    memcpy(member, head, sizeof head);
    memset(member + sizeof head - 1, 'a', LETTERS);
    memcpy(member + sizeof head - 1 + LETTERS, tail, sizeof tail);
    ck_assert_msg(parse_edited("\"program\"", member, &manifest, &err) == NG_OK, "%s", err.text);
    ng_manifest_free(&manifest);
    free(member);
}
END_TEST

static void assert_not_found(const char *folder, const char *text) {
    struct ng_manifest manifest;
    struct ng_err err = {0};
    ck_assert_int_eq(ng_manifest_read(&manifest, folder, &err), NG_ERR_NOTFOUND);
    ck_assert_msg(strstr(err.text, text) != NULL, "\"%s\" lacks \"%s\"", err.text, text);
    ck_assert_ptr_nonnull(strstr(err.hint, "ngidx build"));
    ck_assert_ptr_nonnull(strstr(err.hint, "-i"));
}

START_TEST(what_is_missing_is_told_apart) {
    struct ng_manifest manifest;
    struct ng_err err = {0};
    assert_not_found(test_temp_path("nothing"), "there is no index at");
    assert_not_found(test_temp_folder(), "holds no finished index");
    test_write_file(test_temp_path("file"), "x", 1);
    assert_not_found(test_temp_path("file"), "is a file");
    test_write_file(test_temp_path("index.json"), "", 0);
    ck_assert_int_eq(ng_manifest_read(&manifest, test_temp_folder(), &err), NG_ERR_CORRUPT);
    ck_assert_int_eq(unlink(test_temp_path("index.json")), 0);
    ck_assert_int_eq(mkdir(test_temp_path("index.json"), 0755), 0);
    ck_assert_int_eq(ng_manifest_read(&manifest, test_temp_folder(), &err), NG_ERR_IO);
    ck_assert_str_ne(err.hint, "");
}
END_TEST

START_TEST(what_could_not_be_read_is_not_written) {
    struct ng_manifest manifest = sample();
    struct ng_err err = {0};
    manifest.documents++;
    ck_assert_int_eq(ng_manifest_write(&manifest, test_temp_folder(), &err), NG_ERR_CORRUPT);
    ck_assert_int_eq(access(test_temp_path("index.json"), F_OK), -1);
    ck_assert_int_eq(access(test_temp_path("index.json.tmp"), F_OK), -1);
    manifest.documents--;
    ck_assert_int_eq(ng_manifest_write(&manifest, test_temp_path("missing"), &err), NG_ERR_NOTFOUND);
    ng_manifest_free(&manifest);
}
END_TEST

START_TEST(shard_names) {
    char name[NG_SHARD_NAME_BYTES];
    for (uint64_t number = 0; number < NG_MAX_SHARDS; number++) {
        ng_shard_name_format(name, number, false);
        ck_assert(ng_shard_name_valid(name));
    }
    ck_assert_str_eq(name, "shard-65535.ngx");
    static const char *const bad[] = {"", "shard-", "shard-00000", "shard-0000.ngx", "shard-000000.ngx",
                                      "shard-00000.ngx ", "shard-00000.ngx.tmp", "Shard-00000.ngx", "shard--0001.ngx",
                                      "shard-0000a.ngx", "shard-65536.ngx", "shard-99999.ngx", "/shard-00000.ngx"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) ck_assert_msg(!ng_shard_name_valid(bad[i]), "%s", bad[i]);
}
END_TEST

Suite *test_manifest_suite(void) {
    Suite *suite = suite_create("manifest");
    TCase *tests = tcase_create("manifest");
    tcase_add_test(tests, what_is_written_comes_back);
    tcase_add_test(tests, field_names_of_all_kinds_come_back);
    tcase_add_test(tests, as_many_shards_as_there_may_be);
    tcase_add_test(tests, every_truncation_is_an_error);
    tcase_add_test(tests, every_flipped_bit_is_an_error);
    tcase_add_test(tests, damage_under_a_valid_checksum);
    tcase_add_loop_test(tests, bad_members_are_named, 0, (int)(sizeof bad_edits / sizeof bad_edits[0]));
    tcase_add_test(tests, views_come_back);
    tcase_add_loop_test(tests, bad_views_are_named, 0, sizeof bad_views / sizeof bad_views[0]);
    tcase_add_test(tests, removals_come_back);
    tcase_add_loop_test(tests, bad_removals_are_refused, 0, (int)(sizeof bad_removals / sizeof *bad_removals));
    tcase_add_test(tests, another_format_version_is_told_before_all_else);
    tcase_add_test(tests, unknown_members_are_ignored);
    tcase_add_test(tests, nesting_is_bounded);
    tcase_add_test(tests, large_unknown_strings_are_read_over);
    tcase_add_test(tests, what_is_missing_is_told_apart);
    tcase_add_test(tests, what_could_not_be_read_is_not_written);
    tcase_add_test(tests, shard_names);
    suite_add_tcase(suite, tests);
    return suite;
}
