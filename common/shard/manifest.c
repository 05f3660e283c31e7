#include "common/shard/manifest.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "common/base/text.h"
#include "common/base/utf8.h"
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

int ng_manifest_set_field(char field[static NG_MAX_FIELD_NAME_BYTES + 1], const char *path, const char *option,
                          struct ng_err *err) {
    if (!path) return NG_OK;
    size_t length = strlen(path);
    if (length == 0 || length > NG_MAX_FIELD_NAME_BYTES) {
        return ng_err_set(err, NG_ERR_USAGE, "%s has 1 to %u bytes (NG_MAX_FIELD_NAME_BYTES)", option,
                          NG_MAX_FIELD_NAME_BYTES);
    }
    if (ng_utf8_valid_prefix((const uint8_t *)path, length) < length) {
        return ng_err_set(err, NG_ERR_USAGE, "%s is not UTF-8", option);
    }
    memcpy(field, path, length + 1);
    return NG_OK;
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

/* Writes a JSON string. */
static void write_string(FILE *out, const char *text) {
    (void)fputc('"', out);
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte < 0x20) (void)fprintf(out, "\\u%04x", byte);
        else (void)fprintf(out, byte == '"' || byte == '\\' ? "\\%c" : "%c", byte);
    }
    (void)fputc('"', out);
}

static void write_shards(FILE *out, const char *name, const struct ng_manifest_shard *shards, uint64_t count) {
    (void)fprintf(out, "  \"%s\": [", name);
    for (uint64_t i = 0; i < count; i++) {
        const struct ng_manifest_shard *shard = &shards[i];
        char hash[2 * sizeof shard->xxh3_128 + 1];
        ng_text_hex(hash, shard->xxh3_128, sizeof shard->xxh3_128);
        (void)fprintf(out, "%s\n    {\"file\": ", i > 0 ? "," : "");
        write_string(out, shard->file);
        (void)fprintf(out,
                      ", \"bytes\": %" PRIu64 ", \"documents\": %" PRIu64 ", \"text_bytes\": %" PRIu64
                      ", \"xxh3_128\": \"%s\"}",
                      shard->bytes, shard->documents, shard->text_bytes, hash);
    }
    (void)fputs("\n  ],\n", out);
}

/* A parameter that is there only if it was given. */
static void write_field(FILE *out, const char *name, const char *path) {
    if (!path[0]) return;
    (void)fprintf(out, ",\n    \"%s\": ", name);
    write_string(out, path);
}

/* Everything but the seal. */
static void write_content(FILE *out, const struct ng_manifest *manifest) {
    (void)fprintf(out, "{\n  \"format_version\": %" PRIu64 ",\n  \"program\": ", manifest->format_version);
    write_string(out, manifest->program);
    (void)fputs(",\n  \"parameters\": {\n    \"text_field\": ", out);
    write_string(out, manifest->text_field);
    (void)fputs(",\n    \"invalid_utf8\": ", out);
    write_string(out, manifest->invalid_utf8);
    (void)fprintf(out, ",\n    \"sa_sample\": %" PRIu64 ",\n    \"shard_bytes\": %" PRIu64, manifest->sa_sample,
                  manifest->shard_bytes);
    write_field(out, "id_field", manifest->id_field);
    write_field(out, "url_field", manifest->url_field);
    (void)fputs("\n  },\n", out);
    (void)fprintf(out, "  \"documents\": %" PRIu64 ",\n  \"text_bytes\": %" PRIu64 ",\n", manifest->documents,
                  manifest->text_bytes);
    if (ng_manifest_has_folded(manifest)) {
        (void)fprintf(out, "  \"fold\": {\n    \"version\": %" PRIu64 ",\n    \"unicode\": ", manifest->fold_version);
        write_string(out, manifest->fold_unicode);
        (void)fprintf(out, ",\n    \"sa_sample\": %" PRIu64 ",\n    \"text_bytes\": %" PRIu64 "\n  },\n",
                      manifest->folded_sa_sample, manifest->folded_text_bytes);
    }
    write_shards(out, "shards", manifest->shards, manifest->shard_count);
    if (manifest->folded) write_shards(out, "folded_shards", manifest->folded, manifest->shard_count);
}

int ng_manifest_format(const struct ng_manifest *manifest, struct ng_buf *out, struct ng_err *err) {
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    if (!stream) return ng_err_nomem(err, length, "index.json");
    write_content(stream, manifest);
    bool lost = ferror(stream) != 0;
    lost = fclose(stream) != 0 || lost;
    int status = lost ? ng_err_nomem(err, length, "index.json") : ng_buf_append(out, text, length, err);
    if (!status) {
        uint8_t sum[NG_MANIFEST_SUM_BYTES];
        char digits[2 * sizeof sum + 1];
        compute_sum(sum, (const uint8_t *)text, length);
        ng_text_hex(digits, sum, sizeof sum);
        status = ng_buf_print(out, err, NG_MANIFEST_SEAL_HEAD "%s" NG_MANIFEST_SEAL_TAIL, digits);
    }
    free(text);
    return status;
}

int ng_manifest_append(struct ng_manifest *manifest, const struct ng_manifest_shard *shard,
                       const struct ng_manifest_shard *folded, struct ng_err *err) {
    struct ng_manifest_shard **const lists[] = {&manifest->shards, &manifest->folded};
    assert(shard);
    const struct ng_manifest_shard *const added[] = {shard, folded};
    if (manifest->shard_count == NG_MAX_SHARDS) {
        (void)ng_err_set(err, NG_ERR_LIMIT, "over %llu shards (NG_MAX_SHARDS)", (unsigned long long)NG_MAX_SHARDS);
        return ng_err_hint(err, "give a larger --shard-size");
    }
    for (int i = 0; i < 2 && added[i]; i++) {
        struct ng_manifest_shard *list = reallocarray(*lists[i], (size_t)manifest->shard_count + 1, sizeof *list);
        if (!list) return ng_err_nomem(err, (manifest->shard_count + 1) * sizeof *list, "the list of shards");
        *lists[i] = list;
        list[manifest->shard_count] = *added[i];
    }
    manifest->shard_count++;
    manifest->documents += shard->documents;
    manifest->text_bytes += shard->text_bytes;
    if (ng_manifest_has_folded(manifest)) manifest->folded_text_bytes += (folded ? folded : shard)->text_bytes;
    return NG_OK;
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
    if (!status) status = ng_file_write_durably(temporary, O_TRUNC, content.data, content.length, err);
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
