/*
 * The manifest of an index: index.json, the file that makes a folder an index. It says what the index holds, how it was
 * built, and which shards belong to it. It is written last; a folder without it is not an index. The layout is in
 * FORMAT.md, section "index.json".
 *
 * Its last member is a checksum of every byte before it, and the bytes around the checksum are fixed. So every bit of
 * the file is protected: a change, by hand or by a bad disk, is detected and never changes an answer.
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
#define NG_MANIFEST_FILES_FILE "files.ngx" /* the list of the corpus's files (common/files) */

enum {
    NG_MANIFEST_PROGRAM_BYTES = 64,
    NG_MANIFEST_POLICY_BYTES = 16,
    NG_MANIFEST_JSON_AS_BYTES = 8, /* "records" and NUL */
    NG_MANIFEST_UNICODE_BYTES = 16,
    NG_SHARD_NAME_BYTES = 16,   /* "shard-00000.ngx" and NUL */
    NG_REMOVED_NAME_BYTES = 24, /* "removed-00000-00001.ngx" and NUL */
    NG_FILES_NAME_BYTES = 10,   /* "files.ngx" and NUL */
    NG_REMOVAL_TIME_BYTES = 21, /* "2026-12-01T06:15:52Z" and NUL */
    NG_REMOVAL_BY_BYTES = 16
};

/* The format of an index.json without and with a folded view, and of one whose shards have removed documents. */
enum { NG_MANIFEST_VERSION = 1, NG_MANIFEST_VERSION_FOLDED = 2, NG_MANIFEST_VERSION_REMOVED = 3 };

/* What was removed from a shard; all zeros: nothing. */
struct ng_manifest_removed {
    char file[NG_REMOVED_NAME_BYTES]; /* name within the folder of the index */
    uint64_t bytes;                   /* size of the file */
    uint64_t documents;               /* that were removed, */
    uint64_t text_bytes;              /* and their text */
    uint8_t xxh3_128[16];
};

struct ng_manifest_shard {
    char file[NG_SHARD_NAME_BYTES]; /* name within the folder of the index */
    uint64_t bytes;                 /* size of the file */
    uint64_t documents;             /* at least 1; with those that were removed, */
    uint64_t text_bytes;            /* as here */
    uint8_t xxh3_128[16];           /* of the whole file, as in struct ng_container_written */
    struct ng_manifest_removed removed;
};

/* An entry of the journal of removals. */
struct ng_manifest_removal {
    char time[NG_REMOVAL_TIME_BYTES]; /* of day, UTC */
    char by[NG_REMOVAL_BY_BYTES];     /* how the documents were named: docs, ids, phrase */
    uint64_t documents;               /* that were removed then, */
    uint64_t text_bytes;              /* and their text; of the exact view, if there is one */
};

/* The list of the corpus's files. */
struct ng_manifest_files {
    char file[NG_FILES_NAME_BYTES];
    uint64_t bytes; /* size of the file; 0: there is none */
    uint8_t xxh3_128[16];
};

struct ng_manifest {
    uint64_t format_version;                 /* one of NG_MANIFEST_VERSION... */
    char program[NG_MANIFEST_PROGRAM_BYTES]; /* what built the index, such as "ngidx 1.0" */

    /* How it was built. */
    char text_field[NG_MAX_FIELD_NAME_BYTES + 1]; /* UTF-8 */
    char id_field[NG_MAX_FIELD_NAME_BYTES + 1];   /* path of documents' ids in their metadata; "": the default */
    char url_field[NG_MAX_FIELD_NAME_BYTES + 1];  /* and of their URLs */
    char invalid_utf8[NG_MANIFEST_POLICY_BYTES];  /* name of the policy */
    char json_as[NG_MANIFEST_JSON_AS_BYTES];      /* how JSON was read; "": as its members suggest */
    uint64_t sa_sample;                           /* at least 1 */
    uint64_t shard_bytes;                         /* the limit given for a shard; 0: none */

    /* What it holds: sums over the shards, with the documents that were removed. */
    uint64_t documents;
    uint64_t text_bytes;

    struct ng_manifest_shard *shards; /* owned; in ascending order of name */
    uint64_t shard_count;             /* 1 to NG_MAX_SHARDS */

    /* Of the folded view, if there is one; else zero. */
    uint64_t fold_version;                          /* at least 1 */
    char fold_unicode[NG_MANIFEST_UNICODE_BYTES];   /* such as "15.0.0" */
    uint64_t folded_sa_sample;
    uint64_t folded_text_bytes;
    struct ng_manifest_shard *folded; /* shard_count of them, with the same documents as shards; owned. NULL in an index
                                         that holds only folded text, in shards */

    /* The journal of removals, oldest first; owned. */
    struct ng_manifest_removal *removals;
    uint64_t removal_count; /* at most NG_MAX_REMOVALS */

    struct ng_manifest_files files;
};

/* Whether the index holds folded text, and whether it holds only folded text. */
static inline bool ng_manifest_has_folded(const struct ng_manifest *manifest) {
    return manifest->fold_version > 0;
}

static inline bool ng_manifest_only_folded(const struct ng_manifest *manifest) {
    return ng_manifest_has_folded(manifest) && !manifest->folded;
}

/* Where the id and the URL of a document are. */
#define NG_MANIFEST_ID_FIELD "id"
#define NG_MANIFEST_URL_FIELD "url"
static inline const char *ng_manifest_id_field(const struct ng_manifest *manifest) {
    return manifest->id_field[0] ? manifest->id_field : NG_MANIFEST_ID_FIELD;
}

static inline const char *ng_manifest_url_field(const struct ng_manifest *manifest) {
    return manifest->url_field[0] ? manifest->url_field : NG_MANIFEST_URL_FIELD;
}

/* Sets id_field or url_field to what an option of that name gave; path NULL: leaves it as it is.
 * Errors: NG_ERR_USAGE (empty, over NG_MAX_FIELD_NAME_BYTES, not UTF-8). */
int ng_manifest_set_field(char field[static NG_MAX_FIELD_NAME_BYTES + 1], const char *path, const char *option,
                          struct ng_err *err);

/* The number of shard files of all views. They are numbered from 0, first those in shards, then those in folded. */
uint64_t ng_manifest_files(const struct ng_manifest *manifest);

/* The shard file with a number less than ng_manifest_files. */
static inline const struct ng_manifest_shard *ng_manifest_file(const struct ng_manifest *manifest, uint64_t number) {
    return number < manifest->shard_count ? &manifest->shards[number]
                                          : &manifest->folded[number - manifest->shard_count];
}

/* What was removed from all shards of a view: its documents and their text. */
struct ng_manifest_removed ng_manifest_sum_removed(const struct ng_manifest_shard *shards, uint64_t count);

/* Total size in bytes of index.json, which has manifest_bytes, of all shards, of what tells their removed documents and of the
 * list of files. */
uint64_t ng_manifest_index_bytes(const struct ng_manifest *manifest, uint64_t manifest_bytes);

/* Adds a shard to the end of shards, and one to the end of folded unless it is NULL, with all their sums.
 * Errors: NG_ERR_LIMIT (NG_MAX_SHARDS), NG_ERR_NOMEM. */
int ng_manifest_append(struct ng_manifest *manifest, const struct ng_manifest_shard *shard,
                       const struct ng_manifest_shard *folded, struct ng_err *err);

/* Parses the bytes of an index.json; path names it in errors. On success, free manifest with ng_manifest_free.
 * Errors: NG_ERR_CORRUPT (wrong checksum; not JSON; a member is missing, duplicate, ill-typed, out of range or
 * inconsistent with another; the error names it), NG_ERR_VERSION, NG_ERR_LIMIT (NG_MAX_MANIFEST_BYTES),
 * NG_ERR_NOMEM. */
int ng_manifest_parse(struct ng_manifest *manifest, const char *path, const uint8_t *bytes, size_t length,
                      struct ng_err *err);

/* Appends the bytes of index.json to out. The same manifest always gives the same bytes. Errors: NG_ERR_NOMEM. */
int ng_manifest_format(const struct ng_manifest *manifest, struct ng_buf *out, struct ng_err *err);

/* Writes index.json into folder, whole and durable or not at all (through index.json.tmp). It does not write a manifest
 * that ng_manifest_parse would reject. Errors: those of ng_manifest_parse, NG_ERR_NOSPACE, NG_ERR_IO. */
int ng_manifest_write(const struct ng_manifest *manifest, const char *folder, struct ng_err *err);

/* Idempotent. manifest may be NULL. */
void ng_manifest_free(struct ng_manifest *manifest);

/* The file name of shard number (below NG_MAX_SHARDS) of exact or folded text. */
void ng_shard_name_format(char name[static NG_SHARD_NAME_BYTES], uint64_t number, bool folded);

/* Whether ng_shard_name_format makes such a name; and whether a valid name is for folded text. */
bool ng_shard_name_valid(const char *name);
bool ng_shard_name_folded(const char *name);

/* The file name for what was removed from a shard, by its name; generation is below 10^5. */
void ng_removed_name_format(char name[static NG_REMOVED_NAME_BYTES], const char *shard, unsigned generation);

/* Whether ng_removed_name_format makes such a name; and of which shard and generation a valid name is. */
bool ng_removed_name_valid(const char *name);
bool ng_removed_name_is_of(const char *name, const char *shard);
unsigned ng_removed_name_generation(const char *name);

#endif
