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

#include "common/base/memstream.h"
#include "common/base/text.h"
#include "common/base/utf8.h"
#include "common/os/file.h"
#include "common/shard/manifest_format.h"

#define TEMPORARY_FILE NG_MANIFEST_FILE ".tmp"
#define SHARD_NAME_HEAD "shard-"
#define SHARD_NAME_TAIL ".ngx"
#define FOLDED_NAME_TAIL ".ngf"
#define REMOVED_NAME_HEAD "removed-"

enum { SHARD_NUMBER_DIGITS = 5, GENERATION_DIGITS = 5 };

void ng_shard_name_format(char name[static NG_SHARD_NAME_BYTES], uint64_t number, bool folded) {
    (void)snprintf(name, NG_SHARD_NAME_BYTES, SHARD_NAME_HEAD "%05u%s", (unsigned)(number % NG_MAX_SHARDS),
                   folded ? FOLDED_NAME_TAIL : SHARD_NAME_TAIL);
}

/* Passes over a head and the number of a shard; NULL where they are not there. */
static const char *skip_number(const char *name, const char *head) {
    uint64_t number = 0;
    if (strncmp(name, head, strlen(head)) != 0) return NULL;
    const char *digits = name + strlen(head);
    bool valid = strnlen(digits, SHARD_NUMBER_DIGITS) == SHARD_NUMBER_DIGITS &&
                 ng_text_decimal(digits, SHARD_NUMBER_DIGITS, &number) && number < NG_MAX_SHARDS;
    return valid ? digits + SHARD_NUMBER_DIGITS : NULL;
}

static bool is_tail(const char *tail) {
    return strcmp(tail, SHARD_NAME_TAIL) == 0 || strcmp(tail, FOLDED_NAME_TAIL) == 0;
}

bool ng_shard_name_valid(const char *name) {
    const char *tail = skip_number(name, SHARD_NAME_HEAD);
    return tail && is_tail(tail);
}

bool ng_shard_name_folded(const char *name) {
    return strcmp(name + sizeof SHARD_NAME_HEAD - 1 + SHARD_NUMBER_DIGITS, FOLDED_NAME_TAIL) == 0;
}

void ng_removed_name_format(char name[static NG_REMOVED_NAME_BYTES], const char *shard, unsigned generation) {
    const char *digits = shard + sizeof SHARD_NAME_HEAD - 1;
    (void)snprintf(name, NG_REMOVED_NAME_BYTES, REMOVED_NAME_HEAD "%.5s-%05u%.4s", digits, generation % 100000,
                   digits + SHARD_NUMBER_DIGITS);
}

bool ng_removed_name_valid(const char *name) {
    uint64_t generation;
    const char *dash = skip_number(name, REMOVED_NAME_HEAD);
    return dash && *dash == '-' && strnlen(dash + 1, GENERATION_DIGITS) == GENERATION_DIGITS &&
           ng_text_decimal(dash + 1, GENERATION_DIGITS, &generation) && is_tail(dash + 1 + GENERATION_DIGITS);
}

bool ng_removed_name_is_of(const char *name, const char *shard) {
    char expected[NG_REMOVED_NAME_BYTES];
    ng_removed_name_format(expected, shard, ng_removed_name_generation(name));
    return strcmp(name, expected) == 0;
}

unsigned ng_removed_name_generation(const char *name) {
    uint64_t generation = 0;
    (void)ng_text_decimal(name + sizeof REMOVED_NAME_HEAD + SHARD_NUMBER_DIGITS, GENERATION_DIGITS, &generation);
    return (unsigned)generation;
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
    uint64_t bytes = manifest_bytes + manifest->files.bytes;
    for (uint64_t i = 0; i < ng_manifest_files(manifest); i++) {
        const struct ng_manifest_shard *shard = ng_manifest_file(manifest, i);
        bytes += shard->bytes + shard->removed.bytes;
    }
    return bytes;
}

struct ng_manifest_removed ng_manifest_sum_removed(const struct ng_manifest_shard *shards, uint64_t count) {
    struct ng_manifest_removed sum = {.documents = 0};
    for (uint64_t i = 0; i < count; i++) {
        sum.bytes += shards[i].removed.bytes;
        sum.documents += shards[i].removed.documents;
        sum.text_bytes += shards[i].removed.text_bytes;
    }
    return sum;
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

/* The members of a file, but for the brace at their end. */
static void write_file(FILE *out, const char *file, uint64_t bytes, uint64_t documents, uint64_t text_bytes,
                       const uint8_t xxh3_128[static 16]) {
    char hash[2 * 16 + 1];
    ng_text_hex(hash, xxh3_128, 16);
    (void)fputs("{\"file\": ", out);
    write_string(out, file);
    (void)fprintf(out,
                  ", \"bytes\": %" PRIu64 ", \"documents\": %" PRIu64 ", \"text_bytes\": %" PRIu64
                  ", \"xxh3_128\": \"%s\"",
                  bytes, documents, text_bytes, hash);
}

static void write_shards(FILE *out, const char *name, const struct ng_manifest_shard *shards, uint64_t count) {
    (void)fprintf(out, "  \"%s\": [", name);
    for (uint64_t i = 0; i < count; i++) {
        const struct ng_manifest_shard *shard = &shards[i];
        const struct ng_manifest_removed *removed = &shard->removed;
        (void)fprintf(out, "%s\n    ", i > 0 ? "," : "");
        write_file(out, shard->file, shard->bytes, shard->documents, shard->text_bytes, shard->xxh3_128);
        if (removed->documents > 0) {
            (void)fputs(",\n     \"removed\": ", out);
            write_file(out, removed->file, removed->bytes, removed->documents, removed->text_bytes, removed->xxh3_128);
            (void)fputc('}', out);
        }
        (void)fputc('}', out);
    }
    (void)fputs("\n  ],\n", out);
}

static void write_removals(FILE *out, const struct ng_manifest *manifest) {
    if (manifest->removal_count == 0) return;
    (void)fputs("  \"removals\": [", out);
    for (uint64_t i = 0; i < manifest->removal_count; i++) {
        const struct ng_manifest_removal *removal = &manifest->removals[i];
        (void)fprintf(out, "%s\n    {\"time\": ", i > 0 ? "," : "");
        write_string(out, removal->time);
        (void)fputs(", \"by\": ", out);
        write_string(out, removal->by);
        (void)fprintf(out, ", \"documents\": %" PRIu64 ", \"text_bytes\": %" PRIu64 "}", removal->documents,
                      removal->text_bytes);
    }
    (void)fputs("\n  ],\n", out);
}

static void write_files(FILE *out, const struct ng_manifest_files *files) {
    char hash[2 * sizeof files->xxh3_128 + 1];
    if (files->bytes == 0) return;
    ng_text_hex(hash, files->xxh3_128, sizeof files->xxh3_128);
    (void)fprintf(out, "  \"files\": {\"file\": \"" NG_MANIFEST_FILES_FILE "\", \"bytes\": %" PRIu64
                  ", \"xxh3_128\": \"%s\"},\n", files->bytes, hash);
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
    write_field(out, "json_as", manifest->json_as);
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
    write_removals(out, manifest);
    write_files(out, &manifest->files);
}

int ng_manifest_format(const struct ng_manifest *manifest, struct ng_buf *out, struct ng_err *err) {
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    if (!stream) return ng_err_nomem(err, length, "index.json");
    write_content(stream, manifest);
    bool whole = ng_memstream_close(stream, &text);
    int status = whole ? ng_buf_append(out, text, length, err) : ng_err_nomem(err, length, "index.json");
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
        return ng_err_hint(err, "give a larger --shard-size; ngidx compact merges small shards");
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
    if (!status && unlink(temporary) != 0 && errno != ENOENT) {
        status = ng_err_sys(err, errno, "cannot remove %s", temporary);
    }
    if (!status) status = ng_file_write_durably(temporary, content.data, content.length, err);
    if (status) goto out;
    struct stat old;
    if (path && stat(path, &old) == 0) status = ng_file_take_mode(AT_FDCWD, temporary, &old, err);
    if (status) {
        (void)unlink(temporary);
        goto out;
    }
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
    free(manifest->removals);
    *manifest = (struct ng_manifest){0};
}
