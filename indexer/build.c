#include "indexer/build.h"

#include <stdlib.h>
#include <string.h>

#include "common/container.h"
#include "common/manifest.h"
#include "common/shard_format.h"
#include "common/version.h"
#include "indexer/plan.h"
#include "indexer/publish.h"
#include "indexer/shard_build.h"

/* A build under way. */
struct run {
    const struct ng_build_options *options;
    struct ng_plan plan;
    struct ng_sorters *sorters;
    struct ng_corpus *corpus;
    struct ng_publish *publish;
    struct ng_shard_build *shard; /* that takes documents now, or NULL */
    struct ng_manifest manifest;
};

static int end_shard(struct run *run, struct ng_err *err) {
    struct ng_manifest *manifest = &run->manifest;
    if (manifest->shard_count == NG_MAX_SHARDS) {
        (void)ng_err_set(err, NG_ERR_LIMIT, "over %llu shards (NG_MAX_SHARDS)", (unsigned long long)NG_MAX_SHARDS);
        return ng_err_hint(err, "give a larger --shard-size");
    }
    size_t bytes = (size_t)(manifest->shard_count + 1) * sizeof *manifest->shards;
    struct ng_manifest_shard *shards = realloc(manifest->shards, bytes);
    if (!shards) return ng_err_nomem(err, bytes, "the list of shards");
    manifest->shards = shards;
    struct ng_manifest_shard *entry = &shards[manifest->shard_count];
    int status = ng_shard_build_finish(run->shard, entry, err);
    if (status) return status;
    ng_shard_build_close(run->shard);
    run->shard = NULL;
    manifest->shard_count++;
    manifest->documents += entry->documents;
    manifest->text_bytes += entry->text_bytes;
    return NG_OK;
}

static int open_shard(struct run *run, struct ng_err *err) {
    const struct ng_shard_options shard = {.folder = ng_publish_folder(run->publish),
                                           .number = run->manifest.shard_count,
                                           .sa_sample = run->options->sa_sample,
                                           .threads = run->plan.threads,
                                           .merge_memory_bytes = run->plan.merge_memory_bytes,
                                           .block_rows = run->plan.block_rows,
                                           .sorters = run->sorters,
                                           .progress = run->options->progress,
                                           .progress_context = run->options->progress_context};
    return ng_shard_build_open(&run->shard, &shard, err);
}

static int add_document(struct run *run, const struct ng_document *document, struct ng_err *err) {
    uint64_t rows = document->text_bytes + 1;
    if (rows > run->plan.shard_rows) {
        (void)ng_err_set(err, NG_ERR_LIMIT, "%s: line %llu: a document of %llu bytes does not fit a shard of %llu",
                         document->path, (unsigned long long)document->line,
                         (unsigned long long)document->text_bytes, (unsigned long long)run->plan.shard_rows);
        return ng_err_hint(err, "give a larger --shard-size or --memory");
    }
    int status = NG_OK;
    if (run->shard && ng_shard_build_rows(run->shard) + rows > run->plan.shard_rows) status = end_shard(run, err);
    if (!status && !run->shard) {
        status = open_shard(run, err);
    }
    if (!status) status = ng_shard_build_push(run->shard, document, err);
    return status;
}

/* Blocks of equal size keep all threads at work to the end: what is to come is told from the part of the input read. */
static void size_blocks(struct run *run) {
    struct ng_corpus_counts counts;
    ng_corpus_get_counts(run->corpus, &counts);
    if (!run->shard || counts.input_bytes_total == 0 || counts.input_bytes == 0) return;
    double in_shard = (double)ng_shard_build_rows(run->shard);
    double so_far = (double)(run->manifest.text_bytes + run->manifest.documents) + in_shard;
    double whole = so_far * (double)counts.input_bytes_total / (double)counts.input_bytes;
    double shard = whole - so_far + in_shard;
    if (shard > (double)run->plan.shard_rows) shard = (double)run->plan.shard_rows;
    ng_shard_build_set_block(run->shard, ng_plan_block(&run->plan, (uint64_t)shard));
}

static void report_reading(const struct run *run) {
    if (!run->options->progress) return;
    struct ng_corpus_counts counts;
    ng_corpus_get_counts(run->corpus, &counts);
    run->options->progress(run->options->progress_context, NG_BUILD_READ, run->manifest.shard_count,
                           counts.input_bytes, counts.input_bytes_total);
}

static int read_corpus(struct run *run, struct ng_err *err) {
    enum { REPORT_EVERY = 256 };
    for (uint64_t number = 0;; number++) {
        struct ng_document document;
        bool found;
        if (number % REPORT_EVERY == 0) {
            report_reading(run);
            size_blocks(run);
        }
        int status = ng_corpus_next(run->corpus, &document, &found, err);
        if (!status && found) status = add_document(run, &document, err);
        if (status) return status;
        if (!found) break;
    }
    report_reading(run);
    if (run->shard) return end_shard(run, err);
    (void)ng_err_set(err, NG_ERR_INPUT, "the corpus is empty: no document was found in it");
    return ng_err_hint(err, "name folders, text files, or JSON lines with a text in each (see ngidx help build)");
}

static const char *policy_name(enum ng_utf8_policy policy) {
    switch (policy) {
    case NG_UTF8_SKIP: return "skip";
    case NG_UTF8_FAIL: return "fail";
    case NG_UTF8_REPLACE: break;
    }
    return "replace";
}

static int describe(struct run *run, struct ng_err *err) {
    const struct ng_build_options *options = run->options;
    struct ng_manifest *manifest = &run->manifest;
    size_t field_bytes = strlen(options->corpus.text_field);
    if (field_bytes >= sizeof manifest->text_field) {
        return ng_err_set(err, NG_ERR_USAGE, "the text field's name has over %u bytes (NG_MAX_FIELD_NAME_BYTES)",
                          NG_MAX_FIELD_NAME_BYTES);
    }
    memcpy(manifest->text_field, options->corpus.text_field, field_bytes + 1);
    memcpy(manifest->program, "ngidx " NG_VERSION, sizeof "ngidx " NG_VERSION);
    const char *policy = policy_name(options->corpus.invalid_utf8);
    memcpy(manifest->invalid_utf8, policy, strlen(policy) + 1);
    manifest->format_version = NG_FORMAT_VERSION;
    manifest->sa_sample = options->sa_sample;
    manifest->shard_bytes = options->shard_bytes;
    return NG_OK;
}

static int fill_result(const struct run *run, struct ng_build_result *result, struct ng_err *err) {
    struct ng_buf manifest = {0};
    int status = ng_manifest_format(&run->manifest, &manifest, err);
    *result = (struct ng_build_result){.shards = run->manifest.shard_count,
                                       .documents = run->manifest.documents,
                                       .text_bytes = run->manifest.text_bytes,
                                       .index_bytes = manifest.length};
    for (uint64_t s = 0; s < run->manifest.shard_count; s++) result->index_bytes += run->manifest.shards[s].bytes;
    ng_corpus_get_counts(run->corpus, &result->corpus);
    ng_buf_free(&manifest);
    return status;
}

int ng_build_run(const struct ng_build_options *given, struct ng_build_result *result, struct ng_err *err) {
    struct ng_build_options options = *given;
    struct run run = {.options = &options};
    if (options.sa_sample == 0) options.sa_sample = NG_DEFAULT_SA_SAMPLE;
    if (!options.corpus.text_field) options.corpus.text_field = "text";
    if (options.sa_sample > NG_MAX_SAMPLE) {
        return ng_err_set(err, NG_ERR_USAGE, "--sa-sample is at most %llu", (unsigned long long)NG_MAX_SAMPLE);
    }
    const struct ng_plan_options planning = {.memory_bytes = options.memory_bytes, .threads = options.threads,
                                             .shard_bytes = options.shard_bytes, .block_bytes = options.block_bytes,
                                             .sa_sample = options.sa_sample};
    int status = ng_plan_make(&run.plan, &planning, err);
    if (!status) status = ng_sorters_open(&run.sorters, run.plan.threads, err);
    if (!status) status = describe(&run, err);
    /* Claimed before the corpus is listed, so that a wrong output path is told at once. */
    if (!status) status = ng_publish_begin(&run.publish, options.output, options.force, err);
    if (!status) {
        options.corpus.exclude_paths[0] = options.output;
        options.corpus.exclude_paths[1] = ng_publish_folder(run.publish);
        status = ng_corpus_open(&run.corpus, &options.corpus, err);
    }
    if (!status) status = read_corpus(&run, err);
    if (!status) status = ng_manifest_write(&run.manifest, ng_publish_folder(run.publish), err);
    if (!status) status = fill_result(&run, result, err);
    if (!status) status = ng_publish_commit(run.publish, err);
    ng_shard_build_close(run.shard);
    ng_sorters_close(run.sorters);
    ng_corpus_close(run.corpus);
    ng_publish_free(run.publish);
    ng_manifest_free(&run.manifest);
    return status;
}
