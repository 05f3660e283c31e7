#include "common/shard/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "common/base/text.h"
#include "common/os/file.h"
#include "common/shard/manifest_format.h"

#define TEMPORARY_FILE NG_MANIFEST_FILE ".tmp"
#define SHARD_NAME_HEAD "shard-"
#define SHARD_NAME_TAIL ".ngx"
#define FOLDED_NAME_TAIL ".ngf"

enum { SHARD_NUMBER_DIGITS = 5 };

void ng_shard_name_format(char name[static NG_SHARD_NAME_BYTES], uint64_t number, bool folded) {
    (void)snprintf(name, NG_SHARD_NAME_BYTES, SHARD_NAME_HEAD "%05u%s", (unsigned)(number % NG_MAX_SHARDS),
                   folded ? FOLDED_NAME_TAIL : SHARD_NAME_TAIL);
}

bool ng_shard_name_valid(const char *name) {
    uint64_t number = 0;
    if (strncmp(name, SHARD_NAME_HEAD, sizeof SHARD_NAME_HEAD - 1) != 0) return false;
    const char *digits = name + sizeof SHARD_NAME_HEAD - 1;
    const char *tail = digits + SHARD_NUMBER_DIGITS;
    return strnlen(digits, SHARD_NUMBER_DIGITS) == SHARD_NUMBER_DIGITS &&
           ng_text_decimal(digits, SHARD_NUMBER_DIGITS, &number) && number < NG_MAX_SHARDS &&
           (strcmp(tail, SHARD_NAME_TAIL) == 0 || strcmp(tail, FOLDED_NAME_TAIL) == 0);
}

bool ng_shard_name_folded(const char *name) {
    return strcmp(name + sizeof SHARD_NAME_HEAD - 1 + SHARD_NUMBER_DIGITS, FOLDED_NAME_TAIL) == 0;
}

uint64_t ng_manifest_files(const struct ng_manifest *manifest) {
    return manifest->folded ? 2 * manifest->shard_count : manifest->shard_count;
}

uint64_t ng_manifest_index_bytes(const struct ng_manifest *manifest, uint64_t manifest_bytes) {
    uint64_t bytes = manifest_bytes;
    for (uint64_t i = 0; i < ng_manifest_files(manifest); i++) bytes += ng_manifest_file(manifest, i)->bytes;
    return bytes;
}

bool ng_manifest_hex_decode(uint8_t *bytes, size_t count, const unsigned char *digits, size_t digit_count) {
    if (digit_count != 2 * count) return false;
    for (size_t i = 0; i < digit_count; i++) {
        int value = ng_text_hex_digit((char)digits[i]);
        if (value < 0 || (digits[i] >= 'A' && digits[i] <= 'F')) return false;
        bytes[i / 2] = (uint8_t)(i % 2 ? bytes[i / 2] | value : value << 4);
    }
    return true;
}

static void compute_sum(uint8_t sum[static NG_MANIFEST_SUM_BYTES], const uint8_t *bytes, size_t length) {
    XXH64_canonical_t canonical;
    XXH64_canonicalFromHash(&canonical, XXH3_64bits(bytes, length));
    memcpy(sum, canonical.digest, NG_MANIFEST_SUM_BYTES);
}

bool ng_manifest_sealed(const uint8_t *bytes, size_t length) {
    if (length < NG_MANIFEST_SEAL_BYTES) return false;
    size_t content = length - NG_MANIFEST_SEAL_BYTES;
    const uint8_t *digits = bytes + content + NG_MANIFEST_SEAL_HEAD_BYTES;
    const uint8_t *tail = digits + (size_t)2 * NG_MANIFEST_SUM_BYTES;
    uint8_t stored[NG_MANIFEST_SUM_BYTES];
    uint8_t actual[NG_MANIFEST_SUM_BYTES];
    compute_sum(actual, bytes, content);
    return memcmp(bytes + content, NG_MANIFEST_SEAL_HEAD, NG_MANIFEST_SEAL_HEAD_BYTES) == 0 &&
           memcmp(tail, NG_MANIFEST_SEAL_TAIL, NG_MANIFEST_SEAL_TAIL_BYTES) == 0 &&
           ng_manifest_hex_decode(stored, sizeof stored, digits, (size_t)2 * NG_MANIFEST_SUM_BYTES) &&
           memcmp(stored, actual, sizeof stored) == 0;
}

static int append_format(struct ng_buf *out, struct ng_err *err, const char *format, ...) NG_PRINTF_LIKE(3, 4);

/* Appends formatted text of less than 256 bytes. */
static int append_format(struct ng_buf *out, struct ng_err *err, const char *format, ...) {
    char text[256];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return ng_buf_append(out, text, (size_t)length, err);
}

/* Appends a JSON string. */
static int append_string(struct ng_buf *out, const char *text, struct ng_err *err) {
    int status = ng_buf_append(out, "\"", 1, err);
    for (; !status && *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte < 0x20) status = append_format(out, err, "\\u%04x", byte);
        else if (byte == '"' || byte == '\\') status = append_format(out, err, "\\%c", byte);
        else status = ng_buf_append(out, &byte, 1, err);
    }
    return status ? status : ng_buf_append(out, "\"", 1, err);
}

static int append_shards(const char *name, const struct ng_manifest_shard *shards, uint64_t count, struct ng_buf *out,
                         struct ng_err *err) {
    int status = append_format(out, err, "  \"%s\": [", name);
    for (uint64_t i = 0; !status && i < count; i++) {
        const struct ng_manifest_shard *shard = &shards[i];
        char hash[2 * sizeof shard->xxh3_128 + 1];
        ng_text_hex(hash, shard->xxh3_128, sizeof shard->xxh3_128);
        status = append_format(out, err, "%s\n    {\"file\": ", i > 0 ? "," : "");
        if (!status) status = append_string(out, shard->file, err);
        if (status) break;
        status = append_format(out, err,
                               ", \"bytes\": %" PRIu64 ", \"documents\": %" PRIu64 ", \"text_bytes\": %" PRIu64
                               ", \"xxh3_128\": \"%s\"}",
                               shard->bytes, shard->documents, shard->text_bytes, hash);
    }
    return status ? status : append_format(out, err, "\n  ],\n");
}

static int append_fold(const struct ng_manifest *manifest, struct ng_buf *out, struct ng_err *err) {
    int status = append_format(out, err, "  \"fold\": {\n    \"version\": %" PRIu64 ",\n    \"unicode\": ",
                               manifest->fold_version);
    if (!status) status = append_string(out, manifest->fold_unicode, err);
    return status ? status : append_format(out, err, ",\n    \"sa_sample\": %" PRIu64 ",\n    \"text_bytes\": %" PRIu64
                                           "\n  },\n", manifest->folded_sa_sample, manifest->folded_text_bytes);
}

static int append_seal(struct ng_buf *out, size_t start, struct ng_err *err) {
    uint8_t sum[NG_MANIFEST_SUM_BYTES];
    char digits[2 * sizeof sum + 1];
    compute_sum(sum, out->data + start, out->length - start);
    ng_text_hex(digits, sum, sizeof sum);
    return append_format(out, err, "%s%s%s", NG_MANIFEST_SEAL_HEAD, digits, NG_MANIFEST_SEAL_TAIL);
}

int ng_manifest_format(const struct ng_manifest *manifest, struct ng_buf *out, struct ng_err *err) {
    size_t start = out->length;
    int status = append_format(out, err, "{\n  \"format_version\": %" PRIu64 ",\n  \"program\": ",
                               manifest->format_version);
    if (!status) status = append_string(out, manifest->program, err);
    if (!status) status = append_format(out, err, ",\n  \"parameters\": {\n    \"text_field\": ");
    if (!status) status = append_string(out, manifest->text_field, err);
    if (!status) status = append_format(out, err, ",\n    \"invalid_utf8\": ");
    if (!status) status = append_string(out, manifest->invalid_utf8, err);
    if (!status) {
        status = append_format(out, err, ",\n    \"sa_sample\": %" PRIu64 ",\n    \"shard_bytes\": %" PRIu64 "\n  },\n",
                               manifest->sa_sample, manifest->shard_bytes);
    }
    if (!status) {
        status = append_format(out, err, "  \"documents\": %" PRIu64 ",\n  \"text_bytes\": %" PRIu64 ",\n",
                               manifest->documents, manifest->text_bytes);
    }
    if (!status && ng_manifest_has_folded(manifest)) status = append_fold(manifest, out, err);
    if (!status) status = append_shards("shards", manifest->shards, manifest->shard_count, out, err);
    if (!status && manifest->folded) {
        status = append_shards("folded_shards", manifest->folded, manifest->shard_count, out, err);
    }
    return status ? status : append_seal(out, start, err);
}

static int write_durably(const char *path, const struct ng_buf *content, struct ng_err *err) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) return ng_err_sys(err, errno, "cannot create %s", path);
    int status = ng_file_write(fd, content->data, content->length, path, err);
    if (!status && fsync(fd) != 0) status = ng_err_sys(err, errno, "cannot make %s durable", path);
    if (close(fd) != 0 && !status) status = ng_err_sys(err, errno, "cannot write %s", path);
    if (status) (void)unlink(path);
    return status;
}

int ng_manifest_write(const struct ng_manifest *manifest, const char *folder, struct ng_err *err) {
    struct ng_buf content = {0};
    struct ng_manifest again = {0};
    char *path = NULL;
    char *temporary = NULL;
    int status = ng_file_join(&path, folder, NG_MANIFEST_FILE, err);
    if (!status) status = ng_file_join(&temporary, folder, TEMPORARY_FILE, err);
    if (!status) status = ng_manifest_format(manifest, &content, err);
    if (!status) status = ng_manifest_parse(&again, path, content.data, content.length, err);
    if (!status) status = write_durably(temporary, &content, err);
    if (status) goto out;
    if (rename(temporary, path) != 0) {
        status = ng_err_sys(err, errno, "cannot rename %s to %s", temporary, path);
        (void)unlink(temporary);
        goto out;
    }
    status = ng_file_sync_folder(folder, err);
out:
    ng_manifest_free(&again);
    ng_buf_free(&content);
    free(temporary);
    free(path);
    return status;
}

void ng_manifest_free(struct ng_manifest *manifest) {
    if (!manifest) return;
    free(manifest->shards);
    free(manifest->folded);
    *manifest = (struct ng_manifest){0};
}
