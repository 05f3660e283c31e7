#include "indexer/remove/remove.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/text.h"
#include "common/container/container_write.h"
#include "common/shard/index_files.h"
#include "indexer/remove/rows.h"

struct removing {
    const struct ng_publish *publish;
    const struct ng_remove_options *options;
    struct ng_index_files files;
    struct ng_remove_result *result;
};

static bool is_wanted(const struct removing *r, uint64_t document) {
    return r->options->documents[document / 8] >> document % 8 & 1;
}

/* Opens shard file number, with what was removed from it before. */
static int open_shard(struct removing *r, uint64_t number, struct ng_shard *shard, struct ng_err *err) {
    const struct ng_manifest_shard *entry = ng_manifest_file(&r->files.manifest, number);
    struct ng_container *container = NULL;
    char *path = NULL;
    int status = ng_file_join(&path, ng_publish_target(r->publish), entry->file, err);
    if (!status) status = ng_container_adopt(&container, &r->files.shards[number], path, err);
    if (!status) status = ng_shard_open(shard, container, err);
    free(path);
    if (status) return status;
    if (shard->documents != entry->documents || shard->rows != entry->documents + entry->text_bytes) {
        status = ng_err_set(err, NG_ERR_CORRUPT, "%s does not match its index", shard->container->path);
    }
    if (status || entry->removed.documents == 0) goto out;
    status = ng_file_join(&path, ng_publish_target(r->publish), entry->removed.file, err);
    if (status) goto out;
    status = ng_container_adopt(&container, &r->files.removed[number], path, err);
    if (!status) status = ng_removed_open(&shard->removed, container, shard->rows, shard->documents, err);
    free(path);
    if (!status && (shard->removed.documents.count != entry->removed.documents ||
                    shard->removed.rows.count != entry->removed.documents + entry->removed.text_bytes)) {
        status = ng_err_set(err, NG_ERR_CORRUPT, "%s does not match its index", shard->removed.container->path);
    }
out:
    if (status) ng_shard_close(shard);
    return status;
}

/* The documents of a shard that are to go and are still there, and all that are gone then, as Elias-Fano. */
static int choose(const struct removing *r, const struct ng_shard *shard, uint64_t first, struct ng_buf *chosen,
                  struct ng_buf *set, struct ng_err *err) {
    struct ng_ef_builder builder = {0};
    int status = NG_OK;
    for (uint64_t document = 0; document < shard->documents && !status; document++) {
        if (!is_wanted(r, first + document) || ng_removed_has(&shard->removed, document)) continue;
        status = ng_buf_append(chosen, &document, sizeof document, err);
    }
    if (!status) status = ng_shard_status(shard, err);
    if (status || chosen->length == 0) return status;
    uint64_t all = shard->removed.documents.count + chosen->length / sizeof(uint64_t);
    uint64_t pushed = 0;
    status = ng_ef_builder_init(&builder, all, shard->documents, err);
    for (uint64_t document = 0; document < shard->documents && pushed < all && !status; document++) {
        if (!is_wanted(r, first + document) && !ng_removed_has(&shard->removed, document)) continue;
        ng_ef_builder_push(&builder, document);
        pushed++;
    }
    if (!status && pushed < all) ng_container_mark_damaged(shard->container);
    if (!status) status = ng_shard_status(shard, err);
    if (!status) status = ng_ef_builder_finish(&builder, set, err);
    ng_ef_builder_free(&builder);
    return status;
}

static int write_file(struct removing *r, const char *name, const struct ng_buf *documents, const struct ng_buf *rows,
                      struct ng_container_written *written, struct ng_err *err) {
    struct ng_container_writer *writer = NULL;
    char *path = NULL;
    int status = ng_file_join(&path, ng_publish_target(r->publish), name, err);
    /* A removal that was killed may have left it. */
    if (!status && unlink(path) != 0 && errno != ENOENT) status = ng_err_sys(err, errno, "cannot remove %s", path);
    if (!status) status = ng_container_create(&writer, path, err);
    if (!status) {
        status = ng_container_write_section(writer, NG_REMOVED_DOCUMENTS_SECTION, documents->data, documents->length, err);
    }
    if (!status) status = ng_container_write_section(writer, NG_REMOVED_ROWS_SECTION, rows->data, rows->length, err);
    if (!status) status = ng_container_finish(writer, written, err);
    if (!status) status = ng_publish_share(r->publish, name, err);
    ng_container_writer_free(writer);
    free(path);
    return status;
}

static struct ng_manifest_shard *entry_of(struct ng_manifest *manifest, uint64_t number) {
    return number < manifest->shard_count ? &manifest->shards[number] : &manifest->folded[number - manifest->shard_count];
}

/* Removes documents from shard file number, whose first document is first. */
static int remove_from(struct removing *r, uint64_t number, uint64_t first, struct ng_err *err) {
    struct ng_manifest *manifest = &r->files.manifest;
    struct ng_manifest_shard *entry = entry_of(manifest, number);
    struct ng_shard shard;
    struct ng_buf chosen = {0};
    struct ng_buf set = {0};
    struct ng_buf rows = {0};
    struct ng_container_written written;
    int status = open_shard(r, number, &shard, err);
    if (status) return status;
    status = choose(r, &shard, first, &chosen, &set, err);
    if (status || chosen.length == 0) goto out;
    const uint64_t *documents = (const uint64_t *)(const void *)chosen.data; /* from malloc: aligned for any type */
    size_t count = chosen.length / sizeof *documents;
    status = ng_remove_rows(&shard, documents, count, r->options->threads, &rows, err);
    unsigned generation = entry->removed.documents ? ng_removed_name_generation(entry->removed.file) + 1 : 1;
    char name[NG_REMOVED_NAME_BYTES];
    ng_removed_name_format(name, entry->file, generation);
    if (!status) status = write_file(r, name, &set, &rows, &written, err);
    if (status) goto out;
    uint64_t text_bytes = 0;
    for (size_t i = 0; i < count; i++) text_bytes += ng_docs_end(&shard.docs, documents[i]) - ng_docs_start(&shard.docs, documents[i]);
    entry->removed.bytes = written.bytes;
    entry->removed.documents += count;
    entry->removed.text_bytes += text_bytes;
    memcpy(entry->removed.file, name, sizeof name);
    memcpy(entry->removed.xxh3_128, written.xxh3_128, sizeof written.xxh3_128);
    r->result->bytes += written.bytes;
    if (number < manifest->shard_count) {
        r->result->documents += count;
        r->result->text_bytes += text_bytes;
    }
    status = ng_shard_status(&shard, err);
out:
    ng_buf_free(&chosen);
    ng_buf_free(&set);
    ng_buf_free(&rows);
    ng_shard_close(&shard);
    return status;
}

/* Removes documents from the shards of all views. */
static int remove_all(struct removing *r, struct ng_err *err) {
    const struct ng_manifest *manifest = &r->files.manifest;
    int status = NG_OK;
    for (uint64_t i = 0, first = 0; i < ng_manifest_files(manifest) && !status; i++) {
        if (i == manifest->shard_count) first = 0;
        uint64_t end = first + ng_manifest_file(manifest, i)->documents;
        uint64_t document = first;
        while (document < end && !is_wanted(r, document)) document++;
        if (document < end) status = remove_from(r, i, first, err);
        first = end;
    }
    if (status || ng_manifest_sum_removed(manifest->shards, manifest->shard_count).documents < manifest->documents) {
        return status;
    }
    (void)ng_err_set(err, NG_ERR_USAGE, "no document of %s would be left", ng_publish_target(r->publish));
    return ng_err_hint(err, "remove the folder instead");
}

/* The time of day, or that of SOURCE_DATE_EPOCH if it is set. */
static int tell_time(char out[static NG_REMOVAL_TIME_BYTES], struct ng_err *err) {
    const char *wanted = getenv("SOURCE_DATE_EPOCH");
    uint64_t seconds = (uint64_t)time(NULL);
    struct tm utc;
    if (wanted && !ng_text_decimal(wanted, strlen(wanted), &seconds)) {
        return ng_err_set(err, NG_ERR_USAGE, "SOURCE_DATE_EPOCH: '%s' is not a number of seconds since 1970", wanted);
    }
    const time_t now = (time_t)seconds;
    if (seconds <= INT64_MAX && gmtime_r(&now, &utc) && utc.tm_year < 8100 &&
        strftime(out, NG_REMOVAL_TIME_BYTES, "%Y-%m-%dT%H:%M:%SZ", &utc)) {
        return NG_OK;
    }
    return ng_err_set(err, NG_ERR_USAGE, "the time of day is out of range");
}

static int add_to_journal(struct removing *r, struct ng_err *err) {
    struct ng_manifest *manifest = &r->files.manifest;
    if (manifest->removal_count == NG_MAX_REMOVALS) {
        return ng_err_set(err, NG_ERR_LIMIT, "over %llu removals (NG_MAX_REMOVALS)", (unsigned long long)NG_MAX_REMOVALS);
    }
    struct ng_manifest_removal *removals = reallocarray(manifest->removals, (size_t)manifest->removal_count + 1,
                                                        sizeof *removals);
    if (!removals) return ng_err_nomem(err, manifest->removal_count * sizeof *removals, "the journal of removals");
    manifest->removals = removals;
    struct ng_manifest_removal *entry = &removals[manifest->removal_count++];
    *entry = (struct ng_manifest_removal){.documents = r->result->documents, .text_bytes = r->result->text_bytes};
    memcpy(entry->by, r->options->by, strnlen(r->options->by, sizeof entry->by - 1));
    return tell_time(entry->time, err);
}

static int publish(struct removing *r, struct ng_err *err) {
    const char *folder = ng_publish_target(r->publish);
    r->files.manifest.format_version = NG_MANIFEST_VERSION_REMOVED;
    int status = add_to_journal(r, err);
    if (!status) status = ng_file_sync_folder(folder, err);
    return status ? status : ng_manifest_write(&r->files.manifest, folder, err);
}

/* Removes what index.json does not name: of this removal, if it failed, or of those before. */
static int sweep(struct removing *r, const struct ng_manifest_removed *before, struct ng_err *err) {
    struct ng_manifest *manifest = &r->files.manifest;
    if (ng_publish_is_index(r->publish, &r->files.identity)) {
        for (uint64_t i = 0; i < ng_manifest_files(manifest); i++) entry_of(manifest, i)->removed = before[i];
    }
    return ng_publish_sweep(r->publish, manifest, err);
}

int ng_remove_run(const struct ng_publish *publish_to, const struct ng_remove_options *options,
                  struct ng_remove_result *result, struct ng_err *err) {
    struct removing r = {.publish = publish_to, .options = options, .result = result};
    struct ng_err cause;
    *result = (struct ng_remove_result){0};
    int status = ng_index_files_open(&r.files, ng_publish_target(publish_to), NG_INDEX_FILES_MAP, err);
    if (status) return status;
    uint64_t files = ng_manifest_files(&r.files.manifest);
    struct ng_manifest_removed *before = calloc((size_t)files, sizeof *before);
    if (!before) status = ng_err_nomem(err, files * sizeof *before, "the list of files");
    for (uint64_t i = 0; i < files && !status; i++) before[i] = ng_manifest_file(&r.files.manifest, i)->removed;
    if (!status) status = remove_all(&r, err);
    if (!status && result->documents > 0) status = publish(&r, err);
    int swept = before ? sweep(&r, before, &cause) : NG_OK;
    ng_index_files_close(&r.files);
    free(before);
    if (status || !swept) return status;
    (void)ng_err_set(err, swept, "the documents are removed, but a file of an earlier removal is left: %s", cause.text);
    return ng_err_hint(err, "no reader looks at it; remove it yourself, or the next removal will");
}
