/* Checks an index whole: every page and file against its checksum, and sections against each other. */
#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "common/container/container_format.h"
#include "common/os/file.h"
#include "common/shard/index_files.h"
#include "common/shard/shard_format.h"
#include "query/lib/index.h"

/* So many chains of LF steps are followed in each shard: a second or less, whatever the size. */
enum { VERIFY_CHAINS = 4096, VERIFY_PIECE_PAGES = 256 };

/* The longest strings that FORMAT.md lets a jump table have. */
enum { JUMP_BYTES = 8 };

struct verify {
    ng_verify_report *report;
    void *context;
    uint64_t damage_count;
    uint64_t done_bytes;
    uint64_t total_bytes;
};

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
    for (uint64_t i = 0; i < pages; i++) {
        const uint8_t *page = c->checksums + (i << NG_PAGE_LOG2);
        if (XXH3_64bits(page, NG_PAGE_SUM_AT) == ng_le_load64(page + NG_PAGE_SUM_AT)) continue;
        damage(v, "%s: section %s is damaged at offset %" PRIu64, c->path, NG_CHECKSUM_SECTION,
               (uint64_t)(page - c->map.data));
    }
}

/* Every page against its checksum, and all of them against the manifest's. Returns whether all is sound. */
static bool check_bytes(struct verify *v, struct ng_container *c, const struct ng_manifest_shard *entry) {
    uint64_t before = v->damage_count;
    XXH3_state_t *hash = XXH3_createState(); /* without memory for it only this one check is left out */
    if (hash) (void)XXH3_128bits_reset(hash);
    const uint64_t piece = VERIFY_PIECE_PAGES * NG_PAGE_BYTES;
    for (uint64_t at = NG_PAGE_BYTES; at < c->map.length_bytes; at += piece) {
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
        if (v->damage_count == before && memcmp(canonical.digest, entry->xxh3_128, sizeof canonical.digest) != 0) {
            damage(v, "%s: not the file that index.json describes (checksum)", c->path);
        }
    }
    (void)XXH3_freeState(hash);
    return v->damage_count == before;
}

/* Follows LF from sampled position number sample down to the one before it: it must get there, at each step where the
 * position is sampled the SA sample must say so, and at a document's start the terminator must stand. */
static bool chain_is_sound(const struct ng_shard *shard, uint64_t sample) {
    uint64_t position = sample * shard->sa_sample;
    uint64_t stop = position - shard->sa_sample;
    struct ng_rank_step step = {.row = ng_shard_sampled_row(shard, sample)};
    uint64_t document = ng_docs_of_position(&shard->docs, position);
    while (position > stop) {
        bool marked;
        uint64_t index = ng_ef_rank(&shard->marks, step.row, &marked);
        if (marked != (position % shard->sa_sample == 0)) return false;
        if (marked && ng_shard_array_get(&shard->samples, index, UINT64_MAX) != position / shard->sa_sample) return false;
        bool starts = position == ng_docs_start(&shard->docs, document);
        ng_rank_lf(&shard->rank, &step);
        if (starts != (step.symbol == NG_TERMINATOR)) return false;
        if (starts) {
            uint64_t order = step.row - shard->rank.first[NG_TERMINATOR];
            if (ng_shard_array_get(&shard->doc_order, order, shard->documents - 1) != document) return false;
            /* The chain goes on at the end of the document before. */
            if (document == 0) return false;
            document--;
            step.row = shard->first_terminator_row + document;
        }
        position--;
    }
    return step.row == ng_shard_sampled_row(shard, sample - 1);
}

static void check_chains(struct verify *v, const struct ng_shard *shard) {
    uint64_t chains = shard->samples.count - 1;
    uint64_t stride = chains / VERIFY_CHAINS + 1;
    for (uint64_t sample = 1; sample <= chains; sample += stride) {
        if (chain_is_sound(shard, sample)) continue;
        damage(v, "%s: text, samples and documents do not agree before position %" PRIu64, shard->container->path,
               sample * shard->sa_sample);
        return;
    }
}

/* Searches for every string that ends with what bytes holds from left on, whose rows are known, and compares those of
 * the table's length with it. The depth is the table's string length, at most JUMP_BYTES. */
static bool jump_is_sound(const struct ng_shard *shard, uint8_t *bytes, uint64_t left, struct ng_rank_range known) {
    if (left == 0) {
        struct ng_rank_range found;
        ng_jump_find(&shard->jump, &shard->rank, bytes, &found);
        return known.begin < known.end ? found.begin == known.begin && found.end == known.end
                                       : found.begin == found.end;
    }
    struct ng_rank_range ranges[NG_TERMINATOR];
    size_t count = 0;
    for (unsigned c = 0; c < NG_TERMINATOR; c++) {
        if (shard->rank.dense[c] == NG_RANK_ABSENT) continue;
        ranges[count++] = (struct ng_rank_range){.begin = known.begin, .end = known.end, .symbol = (uint8_t)c};
    }
    ng_rank_extend_batch(&shard->rank, ranges, count);
    for (size_t i = 0; i < count; i++) {
        if (left > 1 && ranges[i].begin == ranges[i].end) continue;
        bytes[left - 1] = ranges[i].symbol;
        if (!jump_is_sound(shard, bytes, left - 1, ranges[i])) return false;
    }
    return true;
}

static void check_jump(struct verify *v, const struct ng_shard *shard) {
    uint8_t bytes[JUMP_BYTES] = {0};
    char shown[2 * JUMP_BYTES + 1] = "";
    uint64_t length = shard->jump.length_bytes;
    const struct ng_rank_range all = {.begin = 0, .end = shard->rows};
    assert(length <= JUMP_BYTES);
    if (length == 0 || jump_is_sound(shard, bytes, length, all)) return;
    for (size_t i = 0; i < length; i++) (void)snprintf(shown + 2 * i, 3, "%02x", bytes[i]);
    damage(v, "%s: section %s: the rows of the string 0x%s are not those of a search", shard->container->path,
           NG_JUMP_SECTION, shown);
}

/* Whether a search finds the rows of a frequent string that stand in its table. */
static bool frequent_is_sound(const struct ng_shard *shard, const uint8_t *bytes) {
    const struct ng_jump_frequent *frequent = &shard->frequent;
    struct ng_rank_range searched = {.begin = 0, .end = shard->rows};
    struct ng_rank_range found = {0};
    for (uint64_t i = frequent->length_bytes; i-- > 0;) {
        searched.symbol = bytes[i];
        ng_rank_extend(&shard->rank, &searched);
    }
    return ng_jump_frequent_find(frequent, &shard->rank, bytes, &found) && found.begin == searched.begin &&
           found.end == searched.end;
}

static void check_frequent(struct verify *v, const struct ng_shard *shard) {
    const struct ng_jump_frequent *frequent = &shard->frequent;
    uint8_t bytes[NG_FREQUENT_MAX_BYTES] = {0};
    for (uint64_t i = 0; frequent->length_bytes > 0 && i < frequent->layout.buckets; i++) {
        bool free_before = false;
        for (unsigned slot = 0; slot < frequent->layout.slots; slot++) {
            bool is_free = !ng_jump_frequent_spell(frequent, i, slot, bytes);
            if (is_free || (!free_before && frequent_is_sound(shard, bytes))) {
                free_before = is_free;
                continue;
            }
            damage(v, "%s: section %s: string number %u of bucket %" PRIu64 " %s", shard->container->path,
                   NG_FREQUENT_SECTION, slot, i,
                   free_before ? "stands behind a free slot" : "has other rows than a search finds");
            return;
        }
    }
}

static int check_docs(const struct ng_shard *shard, struct ng_err *found) {
    int status = NG_OK;
    for (uint64_t block = 0; block < shard->docs.block_count && !status; block++) {
        status = ng_docs_check_block(&shard->docs, block, found);
    }
    return status;
}

/* What is left to check once every byte is what was written. Errors: NG_ERR_NOMEM; NG_ERR_CORRUPT, for one damage. */
static int check_sections(struct verify *v, const struct ng_shard *shard, struct ng_err *found) {
    int status = check_docs(shard, found);
    if (status && status != NG_ERR_CORRUPT) return status;
    uint64_t before = v->damage_count;
    check_jump(v, shard);
    check_frequent(v, shard);
    check_chains(v, shard);
    /* A value out of bounds that did not show otherwise. */
    return status || v->damage_count > before ? status : ng_shard_status(shard, found);
}

static int check_shard(struct verify *v, const char *folder, const struct ng_manifest_shard *entry,
                       struct ng_map *map, struct ng_err *err) {
    char *path = NULL;
    struct ng_container *container = NULL;
    struct ng_shard shard = {0};
    struct ng_err found = {0};
    int status = ng_file_join(&path, folder, entry->file, err);
    if (status) return status;
    bool sound = false;
    /* A shard that could not be mapped says why when it is opened by its path. */
    status = map->data ? ng_container_adopt(&container, map, path, &found)
                       : ng_container_open(&container, path, &found);
    if (status == NG_OK) {
        ng_map_advise(&container->map, true);
        sound = check_bytes(v, container, entry);
        ng_map_advise(&container->map, false);
    }
    if (!sound) {
        ng_container_close(container);
    } else {
        status = ng_shard_open(&shard, container, &found);
        if (status == NG_OK) {
            if (shard.documents != entry->documents || shard.rows - shard.documents != entry->text_bytes) {
                damage(v, "%s: not the shard that index.json describes", path);
            }
            status = check_sections(v, &shard, &found);
        }
        ng_shard_close(&shard);
    }
    free(path);
    if (!status) return NG_OK;
    /* The system's refusals are no damage. */
    if (status == NG_ERR_NOMEM || status == NG_ERR_IO) {
        if (err) *err = found;
        return status;
    }
    damage(v, "%s", found.text);
    return NG_OK;
}

int ng_index_verify(const char *path, ng_verify_report *report, void *context, uint64_t *damage_count,
                    struct ng_err *err) {
    struct verify v = {.report = report, .context = context};
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
    for (uint64_t s = 0; s < manifest->shard_count; s++) v.total_bytes += manifest->shards[s].bytes;
    for (uint64_t s = 0; s < manifest->shard_count && !status; s++) {
        status = check_shard(&v, path, &manifest->shards[s], &files.shards[s], err);
    }
    ng_index_files_close(&files);
    *damage_count = v.damage_count;
    return status;
}
