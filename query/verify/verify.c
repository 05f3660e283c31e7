/* Checks an index whole: every page and file against its checksum, and sections against each other. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "common/container/container_format.h"
#include "common/files/files.h"
#include "common/os/file.h"
#include "common/shard/index_files.h"
#include "common/shard/shard_format.h"
#include "query/lib/index.h"
#include "query/verify/removed.h"
#include "query/verify/shard.h"

enum { VERIFY_PIECE_PAGES = 256 };

struct verify {
    struct ng_watch watch;
    ng_verify_report *report;
    void *context;
    uint64_t damage_count;
    uint64_t done_bytes;
    uint64_t total_bytes;
    uint64_t *removed; /* a hash of the removed documents of each shard of the first view, 0: not known; owned */
};

/* Whether to stop after reading some bytes. Checking STEP_BYTES takes about as long as one step. */
static bool stops(struct verify *v, uint64_t bytes) {
    enum { STEP_BYTES = 1024 };
    return ng_watch_stops(&v->watch, bytes / STEP_BYTES + 1);
}

static void damage(struct verify *v, const char *format, ...) NG_PRINTF_LIKE(2, 3);

static void damage(struct verify *v, const char *format, ...) {
    char text[NG_ERR_TEXT_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    v->damage_count++;
    if (v->report) v->report(v->context, text, v->done_bytes, v->total_bytes);
}

static void advance(struct verify *v, uint64_t bytes) {
    v->done_bytes += bytes;
    if (v->report) v->report(v->context, NULL, v->done_bytes, v->total_bytes);
}

static const char *section_at(const struct ng_container *c, uint64_t offset) {
    const char *name = "header";
    for (unsigned i = 0; i < c->section_count && c->sections[i].offset <= offset; i++) name = c->sections[i].name;
    return name;
}

static void check_table_pages(struct verify *v, const struct ng_container *c) {
    uint64_t pages = (c->data_pages + NG_CHECKSUMS_PER_PAGE - 1) / NG_CHECKSUMS_PER_PAGE;
    for (uint64_t i = 0; i < pages && !stops(v, NG_PAGE_BYTES); i++) {
        const uint8_t *page = c->checksums + (i << NG_PAGE_LOG2);
        if (XXH3_64bits(page, NG_PAGE_SUM_AT) == ng_le_load64(page + NG_PAGE_SUM_AT)) continue;
        damage(v, "%s: section %s is damaged at offset %" PRIu64, c->path, NG_CHECKSUM_SECTION,
               (uint64_t)(page - c->map.data));
    }
}

/* Every page against its checksum, and all of them against the manifest's. Returns whether all is sound. */
static bool check_bytes(struct verify *v, struct ng_container *c, const uint8_t xxh3_128[static 16]) {
    uint64_t before = v->damage_count;
    XXH3_state_t *hash = XXH3_createState(); /* without memory, only this check is left out */
    if (hash) (void)XXH3_128bits_reset(hash);
    const uint64_t piece = VERIFY_PIECE_PAGES * NG_PAGE_BYTES;
    for (uint64_t at = NG_PAGE_BYTES; at < c->map.length_bytes && !stops(v, piece); at += piece) {
        uint64_t end = c->map.length_bytes - at < piece ? c->map.length_bytes : at + piece;
        for (uint64_t page = at >> NG_PAGE_LOG2; page < end >> NG_PAGE_LOG2 && page <= c->data_pages; page++) {
            if (ng_container_check_page(c, page)) continue;
            damage(v, "%s: section %s is damaged at offset %" PRIu64, c->path,
                   section_at(c, page << NG_PAGE_LOG2), page << NG_PAGE_LOG2);
        }
        if (hash) (void)XXH3_128bits_update(hash, c->map.data + at, end - at);
        advance(v, end - at);
    }
    check_table_pages(v, c);
    if (hash) {
        (void)XXH3_128bits_update(hash, c->map.data, NG_PAGE_BYTES);
        XXH128_canonical_t canonical;
        XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(hash));
        if (v->damage_count == before && !v->watch.stopped && memcmp(canonical.digest, xxh3_128, sizeof canonical.digest) != 0) {
            damage(v, "%s: not the file that index.json describes (checksum)", c->path);
        }
    }
    (void)XXH3_freeState(hash);
    return v->damage_count == before && !v->watch.stopped;
}

static void on_damage(void *context, const struct ng_err *err) {
    damage(context, "%s", err->text);
}

/* Opens a file whose bytes are sound; else *container is NULL. A file that could not be mapped says why when it is opened
 * by its path. */
static int open_sound(struct verify *v, struct ng_container **container, struct ng_map *map, const char *path,
                      const uint8_t xxh3_128[static 16], struct ng_err *found) {
    int status = map->data ? ng_container_adopt(container, map, path, found) : ng_container_open(container, path, found);
    if (status) return status;
    ng_map_advise(&(*container)->map, true);
    bool sound = check_bytes(v, *container, xxh3_128);
    ng_map_advise(&(*container)->map, false);
    if (sound) return NG_OK;
    ng_container_close(*container);
    *container = NULL;
    return NG_OK;
}

/* The removed documents are the same in both views. */
static void compare_views(struct verify *v, const struct ng_manifest *manifest, uint64_t number, uint64_t documents,
                          const char *path) {
    uint64_t *first = &v->removed[number % manifest->shard_count];
    if (number < manifest->shard_count) *first = documents;
    else if (*first != 0 && *first != documents) damage(v, "%s: tells other documents than the exact view's", path);
}

/* What was removed from shard file number, which is sound. */
static int check_removed(struct verify *v, const char *folder, struct ng_index_files *files, uint64_t number,
                         struct ng_shard *shard, struct ng_err *found) {
    const struct ng_manifest_removed *entry = &ng_manifest_file(&files->manifest, number)->removed;
    char *path = NULL;
    struct ng_container *container = NULL;
    uint64_t documents;
    if (entry->documents == 0) return NG_OK;
    int status = ng_file_join(&path, folder, entry->file, found);
    if (!status) status = open_sound(v, &container, &files->removed[number], path, entry->xxh3_128, found);
    if (!status && container) {
        status = ng_removed_open(&shard->removed, container, shard->rows, shard->documents, found);
        if (!status && (shard->removed.documents.count != entry->documents ||
                        shard->removed.rows.count != entry->documents + entry->text_bytes)) {
            damage(v, "%s: not the file that index.json describes", path);
        } else if (!status) {
            status = ng_verify_removed(shard, &documents, &v->watch, found);
            if (!status) compare_views(v, &files->manifest, number, documents, path);
        }
    }
    free(path);
    return status;
}

/* What the system refuses, or the caller stops, is no damage. */
static int take_status(struct verify *v, int status, const struct ng_err *found, struct ng_err *err) {
    if (!status) return NG_OK;
    if (status == NG_ERR_NOMEM || status == NG_ERR_IO || status == NG_ERR_CANCELLED) {
        if (err) *err = *found;
        return status;
    }
    damage(v, "%s", found->text);
    return NG_OK;
}

/* Shard file number, and what was removed from it. */
static int check_shard(struct verify *v, const char *folder, struct ng_index_files *files, uint64_t number,
                       struct ng_err *err) {
    const struct ng_manifest *manifest = &files->manifest;
    const struct ng_manifest_shard *entry = ng_manifest_file(manifest, number);
    uint64_t sa_sample = number < manifest->shard_count ? manifest->sa_sample : manifest->folded_sa_sample;
    char *path = NULL;
    struct ng_container *container = NULL;
    struct ng_shard shard = {0};
    struct ng_err found = {0};
    uint64_t before = v->damage_count;
    int status = ng_file_join(&path, folder, entry->file, err);
    if (status) return status;
    status = open_sound(v, &container, &files->shards[number], path, entry->xxh3_128, &found);
    if (!status && container) {
        status = ng_shard_open(&shard, container, &found);
        if (status == NG_OK) {
            if (shard.documents != entry->documents || shard.rows - shard.documents != entry->text_bytes ||
                shard.sa_sample != sa_sample) {
                damage(v, "%s: not the shard that index.json describes", path);
            }
            status = ng_verify_shard(&shard, &v->watch, on_damage, v, &found);
            bool sound = v->damage_count == before;
            if (!status && sound) status = check_removed(v, folder, files, number, &shard, &found);
        }
        ng_shard_close(&shard);
    }
    free(path);
    return take_status(v, status, &found, err);
}

/* The list of the corpus's files. */
static int check_files(struct verify *v, const char *folder, struct ng_index_files *files, struct ng_err *err) {
    const struct ng_manifest_files *entry = &files->manifest.files;
    struct ng_container *container = NULL;
    struct ng_files list = {0};
    struct ng_err found = {0};
    char *path = NULL;
    if (entry->bytes == 0) return NG_OK;
    int status = ng_file_join(&path, folder, entry->file, &found);
    if (!status) status = open_sound(v, &container, &files->corpus_files, path, entry->xxh3_128, &found);
    if (!status && container) status = ng_files_read(&list, container, &found);
    ng_files_free(&list);
    free(path);
    return take_status(v, status, &found, err);
}

int ng_index_verify(const char *path, ng_verify_report *report, void *context, const struct ng_cancel *cancel,
                    uint64_t *damage_count, struct ng_err *err) {
    struct verify v = {.watch = ng_watch_make(cancel), .report = report, .context = context};
    struct ng_index_files files;
    struct ng_err found = {0};
    int status = ng_index_files_open(&files, path, NG_INDEX_FILES_SALVAGE, &found);
    if (status == NG_ERR_CORRUPT) {
        damage(&v, "%s", found.text);
        *damage_count = v.damage_count;
        return NG_OK;
    }
    if (status) {
        if (err) *err = found;
        return status;
    }
    const struct ng_manifest *manifest = &files.manifest;
    v.total_bytes = ng_manifest_index_bytes(manifest, 0);
    v.removed = calloc((size_t)manifest->shard_count, sizeof *v.removed);
    if (!v.removed) status = ng_err_nomem(err, manifest->shard_count * sizeof *v.removed, "a check of the views");
    for (uint64_t s = 0; s < files.shard_count && !status; s++) {
        status = check_shard(&v, path, &files, s, err);
        if (!status) status = ng_watch_status(&v.watch, err);
    }
    if (!status) status = check_files(&v, path, &files, err);
    ng_index_files_close(&files);
    free(v.removed);
    *damage_count = v.damage_count;
    return status;
}
