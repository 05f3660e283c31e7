/*
 * The manifest of an index: index.json, the file that makes a folder an index. It says what the index holds,
 * how it was built, and which shards belong to it. It is written last; a folder without it is no index.
 * The layout is in FORMAT.md, section "index.json".
 *
 * Its last member is a checksum of every byte before it, and the bytes from there on are fixed: so each bit of
 * the file is vouched for, and a change to it, by hand or by a bad disk, shows instead of changing an answer.
 */
#ifndef NG_COMMON_SHARD_MANIFEST_H
#define NG_COMMON_SHARD_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/limits.h"

#define NG_MANIFEST_FILE "index.json"

enum {
    NG_MANIFEST_PROGRAM_BYTES = 64,
    NG_MANIFEST_POLICY_BYTES = 16,
    NG_MANIFEST_UNICODE_BYTES = 16,
    NG_SHARD_NAME_BYTES = 16 /* "shard-00000.ngx" and NUL */
};

/* The format of an index.json without and with a folded view. */
enum { NG_MANIFEST_VERSION = 1, NG_MANIFEST_VERSION_FOLDED = 2 };

struct ng_manifest_shard {
    char file[NG_SHARD_NAME_BYTES]; /* name within the folder of the index */
    uint64_t bytes;                 /* size of the file */
    uint64_t documents;             /* at least 1 */
    uint64_t text_bytes;
    uint8_t xxh3_128[16];           /* of the whole file, as in struct ng_container_written */
};

struct ng_manifest {
    uint64_t format_version;                 /* NG_MANIFEST_VERSION or NG_MANIFEST_VERSION_FOLDED */
    char program[NG_MANIFEST_PROGRAM_BYTES]; /* what built the index, such as "ngidx 1.0" */

    /* How it was built. */
    char text_field[NG_MAX_FIELD_NAME_BYTES + 1]; /* UTF-8 */
    char invalid_utf8[NG_MANIFEST_POLICY_BYTES];  /* name of the policy */
    uint64_t sa_sample;                           /* at least 1 */
    uint64_t shard_bytes;                         /* 0: no bound was given */

    /* What it holds: the sums over the shards. */
    uint64_t documents;
    uint64_t text_bytes;

    struct ng_manifest_shard *shards; /* owned; in ascending order of name */
    uint64_t shard_count;             /* 1 to NG_MAX_SHARDS */

    /* Of a folded view, where there is one; else zero. */
    uint64_t fold_version;                          /* at least 1 */
    char fold_unicode[NG_MANIFEST_UNICODE_BYTES];   /* such as "15.0.0" */
    uint64_t folded_sa_sample;
    uint64_t folded_text_bytes;
    struct ng_manifest_shard *folded; /* shard_count of them, with the documents of shards; owned. NULL in an index of
                                         folded text alone, whose shards are these */
};

/* Whether the index holds folded text, and whether it holds nothing else. */
static inline bool ng_manifest_has_folded(const struct ng_manifest *manifest) {
    return manifest->format_version == NG_MANIFEST_VERSION_FOLDED;
}

static inline bool ng_manifest_only_folded(const struct ng_manifest *manifest) {
    return ng_manifest_has_folded(manifest) && !manifest->folded;
}

/* The shards of all views, those of shards before those of folded. */
uint64_t ng_manifest_files(const struct ng_manifest *manifest);

/* number is less than ng_manifest_files. */
static inline const struct ng_manifest_shard *ng_manifest_file(const struct ng_manifest *manifest, uint64_t number) {
    return number < manifest->shard_count ? &manifest->shards[number]
                                          : &manifest->folded[number - manifest->shard_count];
}

/* Size of index.json and of all shards, where index.json has so many bytes. */
uint64_t ng_manifest_index_bytes(const struct ng_manifest *manifest, uint64_t manifest_bytes);

/* Reads the bytes of an index.json; path names it in errors. On success: ng_manifest_free.
 * Errors: NG_ERR_CORRUPT (checksum; not JSON; a member that is missing, twice there, ill-typed, out of range
 * or at odds with another, named), NG_ERR_VERSION, NG_ERR_LIMIT (NG_MAX_MANIFEST_BYTES), NG_ERR_NOMEM. */
int ng_manifest_parse(struct ng_manifest *manifest, const char *path, const uint8_t *bytes, size_t length,
                      struct ng_err *err);

/* Appends the bytes of index.json to out. The same manifest always gives the same bytes. Errors: NG_ERR_NOMEM. */
int ng_manifest_format(const struct ng_manifest *manifest, struct ng_buf *out, struct ng_err *err);

/* Writes index.json into folder, whole and durable or not at all (by way of index.json.tmp). What
 * ng_manifest_parse would refuse is not written. Errors: those of ng_manifest_parse, NG_ERR_NOSPACE, NG_ERR_IO. */
int ng_manifest_write(const struct ng_manifest *manifest, const char *folder, struct ng_err *err);

/* Idempotent; NULL is fine. */
void ng_manifest_free(struct ng_manifest *manifest);

/* The file name of shard number (below NG_MAX_SHARDS) of exact or folded text. */
void ng_shard_name_format(char name[static NG_SHARD_NAME_BYTES], uint64_t number, bool folded);

/* Whether name is one that ng_shard_name_format makes, and, if so, for folded text. */
bool ng_shard_name_valid(const char *name);
bool ng_shard_name_folded(const char *name);

#endif
