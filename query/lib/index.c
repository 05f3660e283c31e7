#include "query/lib/index.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "common/base/limits.h"
#include "common/base/order.h"
#include "common/base/text.h"
#include "common/container/ahead.h"
#include "common/os/file.h"
#include "common/os/map_guard.h"
#include "common/os/parallel.h"
#include "common/shard/index_files.h"
#include "common/text/fold.h"
#include "query/lib/extract.h"
#include "query/lib/locate.h"
#include "query/lib/search.h"

/* A shard must be what the manifest says. */
static int check_shard(const struct ng_index_shard *s, const struct ng_manifest_shard *entry, struct ng_err *err) {
    const struct ng_shard *shard = &s->shard;
    if (shard->container->map.length_bytes == entry->bytes && shard->documents == entry->documents &&
        shard->rows - shard->documents == entry->text_bytes) {
        return NG_OK;
    }
    (void)ng_err_set(err, NG_ERR_CORRUPT, "%s: not the shard that index.json describes", shard->container->path);
    return ng_err_hint(err, "restore the folder from a copy, or build the index again");
}

/* What was removed from a shard; map is its file. */
static int open_removed(struct ng_index_shard *s, const struct ng_manifest_removed *entry, struct ng_map *map,
                        const char *path, struct ng_err *err) {
    struct ng_removed *removed = &s->shard.removed;
    struct ng_container *container = NULL;
    char *file = NULL;
    if (entry->documents == 0) return NG_OK;
    int status = ng_file_join(&file, path, entry->file, err);
    if (!status) status = ng_container_adopt(&container, map, file, err);
    free(file);
    if (!status) status = ng_removed_open(removed, container, s->shard.rows, s->shard.documents, err);
    if (status) return status;
    if (removed->container->map.length_bytes == entry->bytes && removed->documents.count == entry->documents &&
        removed->rows.count - removed->documents.count == entry->text_bytes) {
        return NG_OK;
    }
    (void)ng_err_set(err, NG_ERR_CORRUPT, "%s: not the file that index.json describes", removed->container->path);
    return ng_err_hint(err, "restore the folder from a copy, or build the index again");
}

/* The shards of a view; the maps of them and of what was removed are theirs, and go over to the index. */
static int open_shards(struct ng_index *index, struct ng_map *maps, struct ng_map *removed, const char *path,
                       struct ng_err *err) {
    uint64_t first_document = 0;
    ng_container_ask_heads(maps, index->manifest.shard_count);
    index->shards = calloc(index->manifest.shard_count, sizeof *index->shards);
    if (!index->shards) return ng_err_nomem(err, index->manifest.shard_count * sizeof *index->shards, "the shards");
    for (; index->shard_count < index->manifest.shard_count; index->shard_count++) {
        const struct ng_manifest_shard *entry = &index->manifest.shards[index->shard_count];
        struct ng_index_shard *s = &index->shards[index->shard_count];
        struct ng_container *container = NULL;
        char *file = NULL;
        int status = ng_file_join(&file, path, entry->file, err);
        if (!status) status = ng_container_adopt(&container, &maps[index->shard_count], file, err);
        free(file);
        if (!status) status = ng_shard_open(&s->shard, container, err);
        if (!status) status = check_shard(s, entry, err);
        if (!status) status = open_removed(s, &entry->removed, &removed[index->shard_count], path, err);
        if (status) {
            ng_shard_close(&s->shard);
            return status;
        }
        s->first_document = first_document;
        first_document += s->shard.documents;
        index->documents += entry->documents - entry->removed.documents;
        index->text_bytes += entry->text_bytes - entry->removed.text_bytes;
    }
    return NG_OK;
}

/* The folded view beside an exact one. The list of its shards goes over to it. */
static int open_folded(struct ng_index *index, struct ng_index_files *files, const char *path, struct ng_err *err) {
    struct ng_index *folded = calloc(1, sizeof *folded);
    if (!folded) return ng_err_nomem(err, sizeof *folded, "an index");
    index->folded = folded;
    folded->is_folded = true;
    folded->exact = index;
    folded->manifest = index->manifest;
    folded->manifest.shards = index->manifest.folded;
    folded->manifest.folded = index->manifest.folded = NULL;
    folded->manifest.removals = NULL;
    folded->manifest.removal_count = 0;
    folded->manifest.text_bytes = index->manifest.folded_text_bytes;
    folded->manifest.sa_sample = index->manifest.folded_sa_sample;
    uint64_t first = index->manifest.shard_count;
    return open_shards(folded, files->shards + first, files->removed + first, path, err);
}

static int open_index(struct ng_index **index, const char *path, bool in_memory, struct ng_err *err) {
    struct ng_index *i = calloc(1, sizeof *i);
    if (!i) return ng_err_nomem(err, sizeof *i, "an index");
    struct ng_index_files files;
    int status = ng_index_files_open(&files, path, in_memory ? NG_INDEX_FILES_LOAD : NG_INDEX_FILES_MAP, err);
    if (status) goto out;
    i->manifest = files.manifest;
    i->manifest_bytes = files.manifest_bytes;
    i->is_folded = ng_manifest_only_folded(&files.manifest);
    files.manifest = (struct ng_manifest){0};
    status = open_shards(i, files.shards, files.removed, path, err);
    if (!status && i->manifest.folded) status = open_folded(i, &files, path, err);
    if (status) goto out;
    *index = i;
    i = NULL;
out:
    ng_index_files_close(&files);
    ng_index_close(i);
    return status;
}

int ng_index_open(struct ng_index **index, const char *path, struct ng_err *err) {
    return open_index(index, path, false, err);
}

int ng_index_load(struct ng_index **index, const char *path, struct ng_err *err) {
    return open_index(index, path, true, err);
}

int ng_index_guard(struct ng_err *err) {
    return ng_map_guard_install(err);
}

/* A handle of an index whose parts are elsewhere keeps for itself which of them it missed. */
static int own_missing(struct ng_index *bound, struct ng_err *err) {
    bound->missing = calloc(1, sizeof *bound->missing);
    if (!bound->missing) return ng_err_nomem(err, sizeof *bound->missing, "a handle of an index");
    if (bound->folded) bound->folded->missing = bound->missing;
    return NG_OK;
}

int ng_index_bind(struct ng_index **bound, const struct ng_index *index, const struct ng_cancel *cancel,
                  struct ng_err *err) {
    struct ng_index *b = malloc(sizeof *b);
    *bound = b;
    if (!b) return ng_err_nomem(err, sizeof *b, "a handle of an index");
    *b = *index;
    b->cancel = *cancel;
    b->bound = true;
    int status = index->folded ? ng_index_bind(&b->folded, index->folded, cancel, err) : NG_OK;
    if (b->folded && !status) b->folded->exact = b;
    if (!status && index->missing && !index->exact) status = own_missing(b, err);
    if (!status) return NG_OK;
    ng_index_close(b->folded);
    free(b);
    *bound = NULL;
    return status;
}

void ng_index_close(struct ng_index *index) {
    if (!index) return;
    ng_index_close(index->folded);
    if (!index->exact) free((void *)index->missing);
    if (!index->bound) {
        for (uint64_t s = 0; s < index->shard_count && !index->calls; s++) ng_shard_close(&index->shards[s].shard);
        free(index->shards);
        ng_manifest_free(&index->manifest);
        if (index->calls && !index->exact) index->calls->close(index->parts);
    }
    free(index);
}

const char *ng_version(void) {
    return NGIDX_VERSION;
}

int ng_index_status(const struct ng_index *index, struct ng_err *err) {
    for (uint64_t s = 0; s < index->shard_count && !index->calls; s++) {
        int status = ng_shard_status(&index->shards[s].shard, err);
        if (status) return status;
    }
    return index->folded ? ng_index_status(index->folded, err) : NG_OK;
}

static void chain_sum(XXH128_canonical_t *sum, const uint8_t next[static 16]) {
    uint8_t chained[sizeof sum->digest + 16];
    memcpy(chained, sum->digest, sizeof sum->digest);
    memcpy(chained + sizeof sum->digest, next, 16);
    XXH128_canonicalFromHash(sum, XXH3_128bits(chained, sizeof chained));
}

static void chain_sums(const struct ng_manifest *manifest, XXH128_canonical_t *sum) {
    for (uint64_t s = 0; s < manifest->shard_count; s++) {
        const struct ng_manifest_shard *shard = &manifest->shards[s];
        chain_sum(sum, shard->xxh3_128);
        if (shard->removed.documents > 0) chain_sum(sum, shard->removed.xxh3_128);
    }
}

void ng_index_get_id(const struct ng_index *index, char id[NG_INDEX_ID_CHARS]) {
    XXH128_canonical_t sum = {{0}};
    chain_sums(&index->manifest, &sum);
    if (index->folded) chain_sums(&index->folded->manifest, &sum);
    ng_text_hex(id, sum.digest, sizeof sum.digest);
}

void ng_index_get_info(const struct ng_index *index, struct ng_index_info *info) {
    const struct ng_manifest *manifest = &index->manifest;
    const struct ng_index *folded = index->is_folded ? index : index->folded;
    *info = (struct ng_index_info){.format_version = (uint32_t)manifest->format_version,
                                   .text_bytes = index->text_bytes,
                                   .documents = index->documents,
                                   .document_end = manifest->documents,
                                   .removed_text_bytes = manifest->text_bytes - index->text_bytes,
                                   .shards = index->shard_count,
                                   .index_bytes = ng_manifest_index_bytes(manifest, index->manifest_bytes),
                                   .exact = !index->is_folded,
                                   .folded = folded != NULL};
    if (!folded) return;
    if (folded != index) info->folded_bytes = ng_manifest_index_bytes(&folded->manifest, 0);
    info->index_bytes += info->folded_bytes;
    info->folded_text_bytes = folded->text_bytes;
    info->fold_version = (uint32_t)folded->manifest.fold_version;
    info->fold_unicode = folded->manifest.fold_unicode;
    info->fold_unicode_differs = strcmp(info->fold_unicode, ng_fold_unicode()) != 0;
}

bool ng_index_get_removal(const struct ng_index *index, uint64_t number, struct ng_removal_info *removal) {
    const struct ng_manifest *manifest = index->exact ? &index->exact->manifest : &index->manifest;
    if (number >= manifest->removal_count) return false;
    const struct ng_manifest_removal *entry = &manifest->removals[number];
    *removal = (struct ng_removal_info){.time = entry->time, .by = entry->by, .documents = entry->documents,
                                        .text_bytes = entry->text_bytes};
    return true;
}

/* The shard of a document whose number is below manifest.documents. */
static uint64_t find_shard(const struct ng_index *index, uint64_t doc) {
    uint64_t next = 1;
    NG_ORDER_SEEK(next, index->shard_count, middle, index->shards[middle].first_document <= doc);
    return next - 1;
}

int ng_index_next_document(const struct ng_index *index, uint64_t *doc, struct ng_err *err) {
    if (index->documents == index->manifest.documents) return NG_OK;
    for (; *doc < index->manifest.documents; ++*doc) {
        if (index->calls) { /* the part knows */
            uint64_t length_bytes;
            int found = ng_index_doc_length(index, *doc, &length_bytes, err);
            if (found != NG_ERR_NOTFOUND) return found;
            continue;
        }
        const struct ng_index_shard *s = &index->shards[find_shard(index, *doc)];
        bool removed = ng_removed_has(&s->shard.removed, *doc - s->first_document);
        int status = ng_shard_status(&s->shard, err);
        if (status || !removed) return status;
    }
    return NG_OK;
}

void ng_index_get_shard_info(const struct ng_index *index, uint64_t shard, struct ng_shard_info *info) {
    const struct ng_manifest_shard *entry = &index->manifest.shards[shard];
    const struct ng_index_shard *s = &index->shards[shard];
    *info = (struct ng_shard_info){.file = entry->file,
                                   .bytes = entry->bytes,
                                   .text_bytes = entry->text_bytes - entry->removed.text_bytes,
                                   .documents = entry->documents - entry->removed.documents,
                                   .first_document = s->first_document,
                                   .document_end = s->first_document + entry->documents,
                                   .removed_bytes = entry->removed.bytes,
                                   .section_count = index->calls ? 0 : s->shard.container->section_count};
}

void ng_index_get_section(const struct ng_index *index, uint64_t shard, unsigned section, char name[5],
                          uint64_t *length_bytes) {
    const struct ng_container_section *entry = &index->shards[shard].shard.container->sections[section];
    memcpy(name, entry->name, sizeof entry->name);
    *length_bytes = entry->length_bytes;
}

int ng_index_shard_of(const struct ng_index *index, uint64_t doc, uint64_t *shard, struct ng_err *err) {
    if (doc >= index->manifest.documents) {
        (void)ng_err_set(err, NG_ERR_NOTFOUND, "no document %llu: the index has %llu", (unsigned long long)doc,
                         (unsigned long long)index->manifest.documents);
        return ng_err_hint(err, "documents are numbered from 0");
    }
    *shard = find_shard(index, doc);
    const struct ng_index_shard *s = &index->shards[*shard];
    if (!s->shard.removed.container) return NG_OK;
    bool removed = ng_removed_has(&s->shard.removed, doc - s->first_document);
    int status = ng_shard_status(&s->shard, err);
    if (status || !removed) return status;
    return ng_err_set(err, NG_ERR_NOTFOUND, "document %llu was removed", (unsigned long long)doc);
}

int ng_index_find(const struct ng_index *index, struct ng_bytes phrase, struct ng_interval *intervals,
                  struct ng_err *err) {
    return ng_index_find_batch(index, &phrase, 1, intervals, err);
}

/* Takes the intervals that some of the phrases have in one shard. */
typedef void take_intervals(void *context, uint64_t shard, size_t first, size_t count,
                            const struct ng_interval *intervals);

/* Whether the shards are not in memory, as far as is known. */
static bool are_absent(const struct ng_index *index) {
    const struct ng_shard *shards[NG_AHEAD_LOOKS];
    size_t count = 0;
    for (; count < NG_AHEAD_LOOKS && count < index->shard_count; count++) shards[count] = &index->shards[count].shard;
    return ng_search_asks(shards, count);
}

/* A phrase in all shards; it is number `first` of those that take knows. */
static int search_across(const struct ng_index *index, struct ng_bytes phrase, size_t first, take_intervals *take,
                         void *context, struct ng_watch *watch, struct ng_err *err) {
    const struct ng_shard *shards[NG_SEARCH_ACROSS];
    struct ng_interval intervals[NG_SEARCH_ACROSS];
    for (uint64_t at = 0; at < index->shard_count; at += NG_SEARCH_ACROSS) {
        const uint64_t left = index->shard_count - at;
        const size_t some = left < NG_SEARCH_ACROSS ? (size_t)left : NG_SEARCH_ACROSS;
        for (size_t i = 0; i < some; i++) shards[i] = &index->shards[at + i].shard;
        ng_search_across(shards, some, phrase, intervals, watch);
        for (size_t i = 0; i < some; i++) {
            int status = ng_shard_outcome(shards[i], watch, err);
            if (status) return status;
            take(context, at + i, first, 1, &intervals[i]);
        }
    }
    return NG_OK;
}

/* All phrases in a shard, then in the next. */
static int search_each(const struct ng_index *index, const struct ng_bytes *phrases, size_t phrase_count,
                       take_intervals *take, void *context, struct ng_watch *watch, struct ng_err *err) {
    const size_t most = phrase_count < NG_SEARCH_MOST ? phrase_count : NG_SEARCH_MOST;
    struct ng_interval *intervals = malloc(most * sizeof *intervals);
    int status = intervals ? NG_OK : ng_err_nomem(err, most * sizeof *intervals, "a batch of phrases");
    for (uint64_t s = 0; s < index->shard_count && !status; s++) {
        const struct ng_shard *shard = &index->shards[s].shard;
        for (size_t at = 0; at < phrase_count && !status; at += most) {
            size_t piece = phrase_count - at < most ? phrase_count - at : most;
            ng_search_batch(shard, phrases + at, piece, intervals, watch);
            status = ng_shard_outcome(shard, watch, err);
            if (!status) take(context, s, at, piece, intervals);
        }
    }
    free(intervals);
    return status;
}

static int search_all(const struct ng_index *index, const struct ng_bytes *phrases, size_t phrase_count,
                      take_intervals *take, void *context, struct ng_err *err) {
    struct ng_watch watch = ng_watch_make(&index->cancel);
    for (size_t i = 0; i < phrase_count; i++) {
        int status = ng_watch_check(&watch, 1, err);
        if (!status) status = ng_search_check(phrases[i], err);
        if (status) return status;
    }
    if (phrase_count == 0) return NG_OK;
    if (phrase_count >= NG_AHEAD_LEAST || phrase_count >= index->shard_count)
        return search_each(index, phrases, phrase_count, take, context, &watch, err);
    /* This few phrases keep a disk busy only if all shards are searched together. */
    const uint64_t begin_ns = ng_ahead_begin(NG_AHEAD_LEAST);
    int status = NG_OK;
    if (are_absent(index)) {
        for (size_t i = 0; i < phrase_count && !status; i++) {
            status = search_across(index, phrases[i], i, take, context, &watch, err);
        }
    } else {
        status = search_each(index, phrases, phrase_count, take, context, &watch, err);
    }
    ng_ahead_end(begin_ns, NG_AHEAD_LEAST);
    return status;
}

struct finding {
    uint64_t shards;
    struct ng_interval *intervals;
};

static void keep_intervals(void *context, uint64_t shard, size_t first, size_t count,
                           const struct ng_interval *intervals) {
    const struct finding *finding = context;
    for (size_t i = 0; i < count; i++) finding->intervals[(first + i) * finding->shards + shard] = intervals[i];
}

int ng_index_find_batch(const struct ng_index *index, const struct ng_bytes *phrases, size_t phrase_count,
                        struct ng_interval *intervals, struct ng_err *err) {
    if (index->calls) return index->calls->find(index, phrases, phrase_count, intervals, err);
    struct finding finding = {.shards = index->shard_count, .intervals = intervals};
    return search_all(index, phrases, phrase_count, keep_intervals, &finding, err);
}

static void add_counts(void *context, uint64_t shard, size_t first, size_t count,
                       const struct ng_interval *intervals) {
    uint64_t *counts = context;
    (void)shard;
    for (size_t i = 0; i < count; i++) counts[first + i] += intervals[i].end - intervals[i].begin;
}

int ng_index_count_batch(const struct ng_index *index, const struct ng_bytes *phrases, size_t phrase_count,
                         uint64_t *counts, struct ng_err *err) {
    if (index->calls) return index->calls->count(index, phrases, phrase_count, counts, err);
    for (size_t i = 0; i < phrase_count; i++) counts[i] = 0;
    return search_all(index, phrases, phrase_count, add_counts, counts, err);
}

int ng_index_count(const struct ng_index *index, struct ng_bytes phrase, uint64_t *count, struct ng_err *err) {
    return ng_index_count_batch(index, &phrase, 1, count, err);
}

void ng_index_fill_hits(const struct ng_index *index, uint64_t shard_number, const uint64_t *rows,
                        const uint64_t *positions, size_t count, struct ng_hit *hits) {
    const struct ng_index_shard *s = &index->shards[shard_number];
    for (size_t i = 0; i < count; i++) {
        uint64_t doc = ng_docs_of_position(&s->shard.docs, positions[i]);
        hits[i] = (struct ng_hit){.shard = shard_number,
                                  .rank = rows[i],
                                  .position = positions[i],
                                  .doc = s->first_document + doc,
                                  .offset = positions[i] - ng_docs_start(&s->shard.docs, doc)};
    }
}

static int locate_rows(const struct ng_index *index, uint64_t shard_number, uint64_t first_row, size_t count,
                       struct ng_hit *hits, struct ng_watch *watch, struct ng_err *err) {
    enum { PIECE = 256 };
    uint64_t rows[PIECE];
    uint64_t positions[PIECE];
    const struct ng_shard *shard = &index->shards[shard_number].shard;
    int status = NG_OK;
    for (size_t at = 0; at < count && !status; at += PIECE) {
        size_t piece = count - at < PIECE ? count - at : PIECE;
        for (size_t i = 0; i < piece; i++) rows[i] = first_row + at + i;
        ng_locate_batch(shard, rows, piece, positions, watch);
        status = ng_shard_outcome(shard, watch, err);
        if (!status) ng_index_fill_hits(index, shard_number, rows, positions, piece, hits + at);
    }
    return status ? status : ng_shard_status(shard, err);
}

int ng_index_find_all(const struct ng_index *index, struct ng_bytes phrase, struct ng_interval **intervals,
                      struct ng_err *err) {
    *intervals = calloc(index->shard_count + 1, sizeof **intervals);
    if (!*intervals) return ng_err_nomem(err, index->shard_count * sizeof **intervals, "intervals");
    return ng_index_find(index, phrase, *intervals, err);
}

int ng_index_find_page(const struct ng_index *index, uint64_t shard_number, struct ng_bytes phrase,
                       const struct ng_interval *known, uint64_t first, size_t room, uint64_t *passed,
                       struct ng_interval *page, struct ng_watch *watch, struct ng_err *err) {
    const struct ng_shard *shard = &index->shards[shard_number].shard;
    int status = ng_watch_check(watch, 1, err);
    if (status) return status;
    if (known) {
        *page = known[shard_number];
    } else {
        ng_search_batch(shard, &phrase, 1, page, watch);
        status = ng_shard_outcome(shard, watch, err);
    }
    if (status) return status;
    uint64_t count = page->end - page->begin;
    uint64_t skip = first > *passed ? first - *passed : 0;
    *passed += count;
    page->begin += skip < count ? skip : count;
    if (page->end - page->begin > room) page->end = page->begin + room;
    return NG_OK;
}

int ng_index_locate(const struct ng_index *index, struct ng_bytes phrase, uint64_t first, struct ng_hit *hits,
                    size_t hit_capacity, size_t *hit_count, uint64_t *total, struct ng_err *err) {
    if (index->calls) {
        return index->calls->page(index, phrase, first, NG_CALL_HITS, 0, hits, NULL, NULL, hit_capacity, hit_count, total,
                                  err);
    }
    size_t found = 0;
    uint64_t passed = 0;
    struct ng_watch watch = ng_watch_make(&index->cancel);
    struct ng_interval *all = NULL;
    int status = ng_search_check(phrase, err);
    if (!status && total) status = ng_index_find_all(index, phrase, &all, err);
    for (uint64_t s = 0; s < index->shard_count && !status && (found < hit_capacity || total); s++) {
        struct ng_interval page;
        status = ng_index_find_page(index, s, phrase, all, first, hit_capacity - found, &passed, &page, &watch, err);
        if (status || page.begin == page.end) continue;
        size_t count = (size_t)(page.end - page.begin);
        status = locate_rows(index, s, page.begin, count, hits + found, &watch, err);
        found += count;
    }
    free(all);
    if (status) return status;
    *hit_count = found;
    if (total) *total = passed;
    return NG_OK;
}

int ng_index_check_row(const struct ng_index *index, uint64_t shard, uint64_t row, struct ng_err *err) {
    if (shard >= index->shard_count) {
        return ng_err_set(err, NG_ERR_USAGE, "no shard %llu: the index has %llu", (unsigned long long)shard,
                          (unsigned long long)index->shard_count);
    }
    uint64_t ranks = ng_shard_ranks(&index->shards[shard].shard);
    if (row >= ranks) {
        return ng_err_set(err, NG_ERR_USAGE, "no rank %llu: shard %llu has %llu", (unsigned long long)row,
                          (unsigned long long)shard, (unsigned long long)ranks);
    }
    return NG_OK;
}

int ng_index_locate_row(const struct ng_index *index, uint64_t shard, uint64_t row, struct ng_hit *hit,
                        struct ng_err *err) {
    struct ng_watch watch = ng_watch_make(&index->cancel);
    int status = ng_index_check_row(index, shard, row, err);
    if (!status && index->calls) {
        *hit = (struct ng_hit){.shard = shard, .rank = row};
        return index->calls->rows(index, hit, 1, err);
    }
    return status ? status : locate_rows(index, shard, row, 1, hit, &watch, err);
}

/* Steps come to about one page each, at random. With this many for each page, all but a few in a hundred are met. */
enum { STEPS_A_PAGE = 4 };

enum { TURN_PAGES = 1024 };

struct check {
    struct ng_container *container;
    const struct ng_cancel *cancel;
};

static int check_some(void *context, uint64_t turn, struct ng_err *err) {
    const struct check *check = context;
    struct ng_container *container = check->container;
    struct ng_watch watch = ng_watch_make(check->cancel);
    uint64_t begin = turn * TURN_PAGES;
    uint64_t end = begin + TURN_PAGES;
    ng_map_populate(&container->map, begin << NG_PAGE_LOG2, end << NG_PAGE_LOG2);
    ng_container_check_pages(container, begin, end);
    return ng_watch_check(&watch, 1, err);
}

int ng_index_expect_steps(const struct ng_index *index, uint64_t lf_steps, unsigned threads, struct ng_err *err) {
    int status = NG_OK;
    for (uint64_t s = 0; s < index->shard_count && !index->calls && !status; s++) {
        struct ng_container *container = index->shards[s].shard.container;
        uint64_t unverified = atomic_load_explicit(&container->unverified, memory_order_relaxed);
        if (unverified == 0 || lf_steps / STEPS_A_PAGE < unverified) continue;
        ng_map_advise(&container->map, true);
        struct check check = {.container = container, .cancel = &index->cancel};
        status = ng_parallel_run(threads, container->data_pages / TURN_PAGES + 1, check_some, &check, err);
        ng_map_advise(&container->map, false);
    }
    return status;
}

int ng_index_refuse_remote(const struct ng_index *index, const char *what, struct ng_err *err) {
    if (!index->calls) return NG_OK;
    (void)ng_err_set(err, NG_ERR_USAGE, "a remote index cannot %s", what);
    return ng_err_hint(err, "do it on the machines that hold its parts");
}
