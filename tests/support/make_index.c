#include "tests/support/make_index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/container/container.h"
#include "common/shard/manifest.h"
#include "indexer/build/shard_build.h"
#include "tests/support/check.h"

static void succeed(int status, const struct ng_err *err) {
    ck_assert_msg(status == 0, "%s", err->text);
}

static void remove_old(const char *folder) {
    char path[600];
    for (uint64_t number = 0;; number++) {
        char name[NG_SHARD_NAME_BYTES];
        ng_shard_name_format(name, number, false);
        (void)snprintf(path, sizeof path, "%s/%s", folder, name);
        if (unlink(path) != 0) break;
    }
    (void)snprintf(path, sizeof path, "%s/%s", folder, NG_MANIFEST_FILE);
    (void)unlink(path);
}

static void finish_shard(struct ng_shard_build *build, struct ng_manifest *manifest) {
    struct ng_err err = {0};
    manifest->shards = realloc(manifest->shards, (manifest->shard_count + 1) * sizeof *manifest->shards);
    ck_assert_ptr_nonnull(manifest->shards);
    struct ng_manifest_shard *entry = &manifest->shards[manifest->shard_count++];
    succeed(ng_shard_build_finish(build, entry, &err), &err);
    manifest->documents += entry->documents;
    manifest->text_bytes += entry->text_bytes;
    ng_shard_build_close(build);
}

void test_make_index(const char *folder, const struct test_document *documents, size_t count, uint64_t shard_rows,
                     uint64_t sa_sample) {
    const struct test_index_options options = {.shard_rows = shard_rows, .block_rows = shard_rows,
                                               .merge_memory_bytes = UINT64_C(1) << 30, .sa_sample = sa_sample,
                                               .threads = 1};
    test_make_index_with(folder, documents, count, &options);
}

void test_make_index_with(const char *folder, const struct test_document *documents, size_t count,
                          const struct test_index_options *wanted) {
    struct ng_err err = {0};
    struct ng_manifest manifest = {.format_version = NG_MANIFEST_VERSION, .sa_sample = wanted->sa_sample};
    struct ng_shard_options options = {.folder = folder, .sa_sample = wanted->sa_sample, .threads = wanted->threads,
                                       .id_field = wanted->id_field,
                                       .merge_memory_bytes = wanted->merge_memory_bytes,
                                       .block_rows = wanted->block_rows,
                                       .block_memory_bytes = UINT64_C(1) << 30};
    struct ng_shard_build *build = NULL;
    succeed(ng_sorters_open(&options.sorters, wanted->threads, &err), &err);
    (void)mkdir(folder, 0755);
    remove_old(folder);
    (void)strcpy(manifest.program, "test");
    (void)strcpy(manifest.text_field, "text");
    if (wanted->id_field) (void)snprintf(manifest.id_field, sizeof manifest.id_field, "%s", wanted->id_field);
    (void)strcpy(manifest.invalid_utf8, "replace");
    for (size_t i = 0; i < count; i++) {
        if (build && ng_shard_build_rows(build) + documents[i].length + 1 > wanted->shard_rows) {
            finish_shard(build, &manifest);
            build = NULL;
        }
        options.number = manifest.shard_count;
        if (!build) succeed(ng_shard_build_open(&build, &options, &err), &err);
        size_t line = wanted->first_line + i;
        const char *metadata = documents[i].metadata ? documents[i].metadata : "{}";
        struct ng_document document = {.text = documents[i].text,
                                       .text_bytes = documents[i].length,
                                       .metadata = (const uint8_t *)metadata,
                                       .metadata_bytes = strlen(metadata),
                                       .path = line % 3 ? "corpus/a.jsonl" : "corpus/b.txt",
                                       .line = line};
        succeed(ng_shard_build_push(build, &document, &err), &err);
    }
    finish_shard(build, &manifest);
    ng_sorters_close(options.sorters);
    succeed(ng_manifest_write(&manifest, folder, &err), &err);
    ng_manifest_free(&manifest);
}
