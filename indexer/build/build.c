#include "indexer/build/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "common/container/container.h"
#include "common/files/files.h"
#include "common/shard/manifest.h"
#include "common/shard/shard_format.h"
#include "common/text/fold.h"
#include "indexer/build/fold_shard.h"
#include "indexer/build/publish.h"
#include "indexer/build/resume.h"
#include "indexer/build/shard_build.h"
#include "indexer/build/take.h"
#include "indexer/merge/merge.h"
#include "indexer/plan/measure.h"
#include "indexer/spool/files_log.h"
#include "indexer/spool/journal.h"
#include "query/include/ngidx_base.h"

/* A build under way. */
struct run {
    const struct ng_build_options *options;
    struct ng_plan plan;
    struct ng_sorters *sorters;
    struct ng_journal *journal;
    struct ng_corpus *corpus;
    struct ng_files_log *files;
    struct ng_publish *publish;
    struct ng_shard_build *shard; /* that takes documents now, or NULL */
    struct ng_folder folder;      /* for a folded view */
    struct ng_manifest manifest;
    bool has_ids; /* a document has an id, or may have one */
};

/* What is set aside for a block is not more than the corpus can fill, whatever memory allows: it is not free where a
 * sanitizer or a limit counts it. Files seldom unpack to more than so many times their size; where they do, it grows. */
static uint64_t most_block_rows(const struct run *run) {
    enum { MOST_SHRINKING = 16, LEAST = 1 << 20 };
    struct ng_corpus_counts counts;
    ng_corpus_get_counts(run->corpus, &counts);
    if (counts.input_bytes_total == 0) return run->plan.usual_rows;
    if (counts.input_bytes_total >= run->plan.block_rows / MOST_SHRINKING) return run->plan.block_rows;
    uint64_t text = MOST_SHRINKING * counts.input_bytes_total;
    return text > LEAST ? text : LEAST;
}

static struct ng_shard_options describe_shard(const struct run *run) {
    return (struct ng_shard_options){.folder = ng_publish_folder(run->publish),
                                     .number = run->manifest.shard_count,
                                     .folded = !run->options->exact,
                                     .id_field = ng_manifest_id_field(&run->manifest),
                                     .sa_sample = run->options->sa_sample,
                                     .threads = run->plan.threads,
                                     .merge_memory_bytes = run->plan.merge_memory_bytes,
                                     .block_rows = run->plan.usual_rows,
                                     .most_block_rows = most_block_rows(run),
                                     .block_memory_bytes = run->plan.block_memory_bytes,
                                     .sorters = run->sorters,
                                     .journal = run->journal,
                                     .progress = run->options->progress,
                                     .progress_context = run->options->progress_context};
}

static int open_shard(struct run *run, struct ng_err *err) {
    const struct ng_shard_options shard = describe_shard(run);
    return ng_shard_build_open(&run->shard, &shard, err);
}

/* The second view of the shard that is finished. */
static int fold_shard(struct run *run, struct ng_manifest_shard *entry, struct ng_err *err) {
    struct ng_shard_options shard = describe_shard(run);
    shard.folded = true;
    shard.nameless = true;
    shard.sa_sample = run->manifest.folded_sa_sample;
    shard.journal = NULL;
    return ng_folder_shard(&run->folder, run->shard, &shard, &run->plan, entry, err);
}

static int end_shard(struct run *run, struct ng_err *err) {
    const bool both = run->options->exact && run->options->folded;
    struct ng_manifest_shard exact;
    struct ng_manifest_shard second;
    const struct ng_manifest_shard *folded = both ? &second : NULL;
    int status = ng_shard_build_finish(run->shard, &exact, err);
    if (!status && both) status = fold_shard(run, &second, err);
    if (!status) status = ng_manifest_append(&run->manifest, &exact, folded, err);
    if (!status) status = ng_journal_add_shard(run->journal, &exact, folded, err);
    if (status) return status;
    run->has_ids = run->has_ids || ng_shard_build_ids(run->shard) > 0;
    ng_shard_build_close(run->shard);
    run->shard = NULL;
    return NG_OK;
}

static int refuse_document(const struct run *run, const struct ng_document *document, struct ng_err *err) {
    const struct ng_plan *plan = &run->plan;
    uint64_t memory = ng_plan_document_memory(document->text_bytes, run->options->sa_sample);
    bool too_long = document->text_bytes > plan->shard_text ||
                    ng_plan_weight(document->text_bytes, 1) > plan->shard_weight;
    if (!too_long && (document->text_bytes < plan->block_rows || memory <= plan->memory_bytes)) return NG_OK;
    char line[32] = ""; /* a plain file has none */
    if (document->line > 0) (void)snprintf(line, sizeof line, ":%llu", (unsigned long long)document->line);
    (void)ng_err_set(err, NG_ERR_LIMIT, "%s%s: a document of %llu bytes %s", document->path, line,
                     (unsigned long long)document->text_bytes,
                     too_long ? "does not fit into a shard" : "does not fit into memory");
    bool small_shards = run->options->shard_bytes > 0 && document->text_bytes > run->options->shard_bytes;
    if (small_shards && memory <= plan->memory_bytes) return ng_err_hint(err, "give a larger --shard-size");
    return ng_err_hint(err, "give --memory %lluM or more%s", (unsigned long long)(memory >> 20) + 1,
                       small_shards ? ", and a larger --shard-size" : "");
}

static bool fits_shard(const struct run *run, uint64_t text_bytes) {
    uint64_t documents = ng_shard_build_documents(run->shard) + 1;
    uint64_t text = ng_shard_build_rows(run->shard) - (documents - 1) + text_bytes;
    return text <= run->plan.shard_text && ng_plan_weight(text, documents) <= run->plan.shard_weight;
}

static int add_document(struct run *run, const struct ng_document *given, struct ng_err *err) {
    struct ng_document folded;
    const struct ng_document *document = given;
    int status = NG_OK;
    if (!run->options->exact) {
        status = ng_folder_document(&run->folder, given, run->plan.record_bytes, &folded, err);
        document = &folded;
    }
    if (!status) status = refuse_document(run, document, err);
    if (!status && run->shard && !fits_shard(run, document->text_bytes)) status = end_shard(run, err);
    if (!status && !run->shard) status = open_shard(run, err);
    if (!status) status = ng_shard_build_push(run->shard, document, err);
    if (status) return status;
    struct ng_corpus_position end;
    ng_corpus_tell(run->corpus, &end);
    ng_shard_build_set_end(run->shard, &end);
    return NG_OK;
}

/* Blocks that end together keep all threads at work to the end: what is to come is told from the part of the input read. */
static void size_blocks(struct run *run) {
    struct ng_corpus_counts counts;
    ng_corpus_get_counts(run->corpus, &counts);
    if (!run->shard || counts.input_bytes_total == 0 || counts.input_bytes == 0) return;
    double in_shard = (double)ng_shard_build_rows(run->shard);
    double so_far = (double)(run->manifest.text_bytes + run->manifest.documents) + in_shard;
    double whole = so_far * (double)counts.input_bytes_total / (double)counts.input_bytes;
    double shard = whole - so_far + in_shard;
    if (shard > (double)run->plan.shard_text) shard = (double)run->plan.shard_text;
    if (shard > (double)run->plan.shard_weight) shard = (double)run->plan.shard_weight;
    uint64_t begun = ng_shard_build_blocks(run->shard);
    ng_shard_build_set_block(run->shard, ng_plan_next_block(&run->plan, (uint64_t)shard, begun));
}

static void report_reading(const struct run *run) {
    if (!run->options->progress) return;
    struct ng_corpus_counts counts;
    ng_corpus_get_counts(run->corpus, &counts);
    run->options->progress(run->options->progress_context, NG_BUILD_READ, run->manifest.shard_count,
                           counts.input_bytes, counts.input_bytes_total);
}

static int read_corpus(struct run *run, struct ng_err *err) {
    enum { REPORT_EVERY = 256, REPORT_BYTES = 4 << 20 }; /* whichever comes first */
    uint64_t passed_bytes = 0;
    for (uint64_t number = 0;; number++) {
        struct ng_document document;
        bool found;
        if (number % REPORT_EVERY == 0 || passed_bytes >= REPORT_BYTES) {
            report_reading(run);
            size_blocks(run);
            passed_bytes = 0;
        }
        int status = ng_corpus_next(run->corpus, &document, &found, err);
        if (!status) status = ng_files_log_add(run->files, ng_corpus_read_files(run->corpus), err);
        if (!status && found) status = add_document(run, &document, err);
        if (status) return status;
        if (!found) break;
        passed_bytes += document.text_bytes;
    }
    report_reading(run);
    if (run->shard) return end_shard(run, err);
    struct ng_corpus_counts counts;
    ng_corpus_get_counts(run->corpus, &counts);
    if (run->manifest.shard_count > 0 || run->options->may_be_empty || counts.notes[NG_NOTE_KNOWN_SKIPPED] > 0) return NG_OK;
    (void)ng_err_set(err, NG_ERR_INPUT, "the corpus is empty: no document was found in it");
    return ng_err_hint(err, "name folders, text files, or JSON lines with a text field (see ngidx help build)");
}

const char *ng_build_policy_name(enum ng_utf8_policy policy) {
    switch (policy) {
    case NG_UTF8_SKIP: return "skip";
    case NG_UTF8_FAIL: return "fail";
    case NG_UTF8_REPLACE: break;
    }
    return "replace";
}

static void describe_fold(const struct ng_build_options *options, struct ng_manifest *manifest) {
    uint64_t sample = options->sa_sample;
    if (options->exact) sample = options->folded_sa_sample ? options->folded_sa_sample : sample * NG_BESIDE_SAMPLE_FACTOR;
    manifest->folded_sa_sample = sample < NG_MAX_SAMPLE ? sample : NG_MAX_SAMPLE;
    manifest->fold_version = NG_FOLD_VERSION;
    (void)snprintf(manifest->fold_unicode, sizeof manifest->fold_unicode, "%s", ng_fold_unicode());
}

static int describe(const struct ng_build_options *options, struct ng_manifest *manifest, struct ng_err *err) {
    size_t field_bytes = strlen(options->corpus.text_field);
    if (field_bytes >= sizeof manifest->text_field) {
        return ng_err_set(err, NG_ERR_USAGE, "the text field's name is over %u bytes (NG_MAX_FIELD_NAME_BYTES)",
                          NG_MAX_FIELD_NAME_BYTES);
    }
    memcpy(manifest->text_field, options->corpus.text_field, field_bytes + 1);
    memcpy(manifest->program, "ngidx " NGIDX_VERSION, sizeof "ngidx " NGIDX_VERSION);
    const char *policy = ng_build_policy_name(options->corpus.invalid_utf8);
    memcpy(manifest->invalid_utf8, policy, strlen(policy) + 1);
    if (options->corpus.json_as == NG_JSON_AS_RECORDS) memcpy(manifest->json_as, "records", sizeof "records");
    if (options->corpus.json_as == NG_JSON_AS_TEXT) memcpy(manifest->json_as, "text", sizeof "text");
    manifest->format_version = options->folded ? NG_MANIFEST_VERSION_FOLDED : NG_MANIFEST_VERSION;
    manifest->sa_sample = options->sa_sample;
    manifest->shard_bytes = options->shard_bytes;
    int status = ng_manifest_set_field(manifest->id_field, options->id_field, "--id-field", err);
    if (!status) status = ng_manifest_set_field(manifest->url_field, options->url_field, "--url-field", err);
    if (options->folded) describe_fold(options, manifest);
    return status;
}

int ng_build_describe(const struct ng_manifest *manifest, struct ng_build_result *result, struct ng_err *err) {
    struct ng_buf bytes = {0};
    int status = ng_manifest_format(manifest, &bytes, err);
    const struct ng_manifest_removed removed = ng_manifest_sum_removed(manifest->shards, manifest->shard_count);
    uint64_t folded = ng_manifest_sum_removed(manifest->folded, manifest->folded ? manifest->shard_count : 0).text_bytes;
    if (ng_manifest_only_folded(manifest)) folded = removed.text_bytes;
    *result = (struct ng_build_result){.shards = manifest->shard_count,
                                       .documents = manifest->documents - removed.documents,
                                       .text_bytes = manifest->text_bytes - removed.text_bytes,
                                       .folded_text_bytes = manifest->folded_text_bytes - folded,
                                       .exact = !ng_manifest_only_folded(manifest),
                                       .folded = ng_manifest_has_folded(manifest),
                                       .index_bytes = ng_manifest_index_bytes(manifest, bytes.length)};
    ng_buf_free(&bytes);
    return status;
}

/* Before a long line is read: nothing is sorted beside it. */
static int make_room(void *context, struct ng_err *err) {
    const struct run *run = context;
    return run->shard ? ng_shard_build_drain(run->shard, err) : NG_OK;
}

static int plan_build(const struct ng_build_options *options, const struct ng_corpus *corpus, struct ng_plan *plan,
                      struct ng_err *err) {
    const struct ng_plan_options planning = {.memory_bytes = options->memory_bytes,
                                             .threads = options->threads,
                                             .shard_bytes = options->shard_bytes,
                                             .block_bytes = options->block_bytes,
                                             .sa_sample = options->sa_sample,
                                             .reader_bytes = ng_corpus_memory(corpus)};
    return ng_plan_make(plan, &planning, err);
}

/* Shards are cut as they were before, or by other tasks; that has to fit the memory of now, if that is a matter of
 * will. */
static int take_cuts(struct run *run, const struct ng_build_cuts *cuts, struct ng_err *err) {
    uint64_t needed = ng_merge_memory(cuts->shard_weight, run->options->sa_sample);
    if (run->options->memory_bytes > 0 && needed > run->plan.merge_memory_bytes) {
        (void)ng_err_set(err, NG_ERR_USAGE, run->options->cuts.shard_text ? "the first task of the build had more memory"
                                                                          : "the build to resume had more memory");
        return ng_err_hint(err, "give the --memory it had, or --memory %lluM",
                           (unsigned long long)((run->plan.memory_bytes - run->plan.merge_memory_bytes + needed) >> 20) + 1);
    }
    run->plan.shard_text = cuts->shard_text;
    run->plan.shard_weight = cuts->shard_weight;
    return NG_OK;
}

static int make_plan(struct run *run, struct ng_err *err) {
    int status = plan_build(run->options, run->corpus, &run->plan, err);
    if (!status && run->options->cuts.shard_text) status = take_cuts(run, &run->options->cuts, err);
    const struct ng_record_bounds bounds = {.most_bytes = run->plan.record_bytes, .room_bytes = run->plan.room_bytes,
                                            .make_room = make_room, .context = run};
    if (!status) ng_corpus_bound(run->corpus, &bounds);
    return status;
}

/* Fills in what was left to us, and checks what cannot wait. */
static int complete_options(struct ng_build_options *options, struct ng_err *err) {
    if (!options->folded) options->exact = true;
    if (options->sa_sample == 0) {
        options->sa_sample = options->exact ? NG_DEFAULT_SA_SAMPLE : NG_DEFAULT_SA_SAMPLE * NG_FOLDED_SAMPLE_FACTOR;
    }
    if (!options->corpus.text_field) options->corpus.text_field = "text";
    if (options->sa_sample <= NG_MAX_SAMPLE) return NG_OK;
    return ng_err_set(err, NG_ERR_USAGE, "--sa-sample must be at most %llu", (unsigned long long)NG_MAX_SAMPLE);
}

int ng_build_settle(struct ng_build_options *options, struct ng_manifest *manifest, struct ng_err *err) {
    *manifest = (struct ng_manifest){0};
    int status = complete_options(options, err);
    return status ? status : describe(options, manifest, err);
}

static int open_files_log(struct run *run, uint64_t count, struct ng_err *err) {
    struct ng_files *files = ng_corpus_read_files(run->corpus);
    return ng_files_log_open(&run->files, ng_publish_folder(run->publish), count, files, err);
}

/* Takes over the steps that are finished, those of which the files are whole. */
static int go_on(struct run *run, struct ng_journal_state *state, struct ng_err *err) {
    const struct ng_build_cuts cuts = {state->head.shard_text, state->head.shard_weight};
    int status = take_cuts(run, &cuts, err);
    if (!status) status = ng_resume_check(state, ng_publish_folder(run->publish), err);
    if (!status) status = ng_journal_create(&run->journal, ng_publish_folder(run->publish), state, err);
    for (uint64_t i = 0; i < state->shard_count && !status; i++) {
        status = ng_manifest_append(&run->manifest, &state->shards[i], state->folded ? &state->folded[i] : NULL, err);
        run->has_ids = true; /* it may have */
    }
    if (!status && state->block_count > 0) {
        status = open_shard(run, err);
        if (!status) status = ng_shard_build_restore(run->shard, state->blocks, state->block_count, err);
    }
    if (!status) status = open_files_log(run, state->end.file, err);
    return status ? status : ng_corpus_seek(run->corpus, &state->end, err);
}

/* Everything that tells in the index, beside where shards are cut. */
static uint64_t fingerprint(const struct run *run) {
    const struct ng_manifest *m = &run->manifest;
    const uint64_t numbers[] = {ng_corpus_fingerprint(run->corpus), m->sa_sample, m->shard_bytes,
                                run->options->corpus.skip_bad_lines};
    uint64_t names = XXH3_64bits_withSeed(m->text_field, strlen(m->text_field),
                                          XXH3_64bits(m->program, strlen(m->program)));
    if (m->id_field[0]) names = XXH3_64bits_withSeed(m->id_field, strlen(m->id_field), names);
    if (m->url_field[0]) names = XXH3_64bits_withSeed(m->url_field, strlen(m->url_field), ~names);
    if (run->options->folded) {
        const uint64_t fold[] = {names, m->fold_version, m->folded_sa_sample, run->options->exact};
        names = XXH3_64bits_withSeed(m->fold_unicode, strlen(m->fold_unicode), XXH3_64bits(fold, sizeof fold));
    }
    return XXH3_64bits_withSeed(numbers, sizeof numbers,
                                XXH3_64bits_withSeed(m->invalid_utf8, strlen(m->invalid_utf8), names));
}

static int start_journal(struct run *run, struct ng_err *err) {
    const char *folder = ng_publish_folder(run->publish);
    const struct ng_journal_head head = {.fingerprint = fingerprint(run), .shard_text = run->plan.shard_text,
                                         .shard_weight = run->plan.shard_weight};
    struct ng_journal_state state = {0};
    bool found = false;
    int status = run->options->resume ? ng_journal_load(&state, folder, &found, err) : NG_OK;
    if (!status && found && state.head.fingerprint != head.fingerprint) {
        status = ng_err_set(err, NG_ERR_USAGE, "%s was started from another corpus, or with other options", folder);
        (void)ng_err_hint(err, "run without --resume to start anew");
        ng_publish_keep(run->publish);
    } else if (!status && found) {
        status = go_on(run, &state, err);
    } else if (!status) {
        state.head = head;
        if (run->options->resume) status = ng_resume_check(&state, folder, err);
        if (!status) status = ng_journal_create(&run->journal, folder, &state, err);
        if (!status) status = open_files_log(run, 0, err);
    }
    ng_journal_state_free(&state);
    return status;
}

/* Claims the output, before the corpus is listed, so that a wrong path is told at once. */
static int open_build(struct run *run, struct ng_build_options *options, struct ng_err *err) {
    int status = options->folded ? ng_folder_open(&run->folder, err) : NG_OK;
    if (status) return status;
    status = ng_publish_begin(&run->publish, options->output, options->force, options->resume, err);
    if (status) return status;
    options->corpus.walk.exclude_paths[0] = options->output;
    options->corpus.walk.exclude_paths[1] = ng_publish_folder(run->publish);
    status = ng_corpus_open(&run->corpus, &options->corpus, err);
    if (!status) status = make_plan(run, err);
    if (!status) status = ng_sorters_open(&run->sorters, run->plan.sorters, err);
    return status ? status : start_journal(run, err);
}

/* After an error of the system's what is finished stays, to go on from; errors of the corpus come again. */
static void keep_steps(struct run *run, int status, struct ng_err *err) {
    if (status != NG_ERR_NOSPACE && status != NG_ERR_IO && status != NG_ERR_NOMEM) return;
    if (!run->journal || ng_journal_steps(run->journal) == 0) return;
    ng_publish_keep(run->publish);
    if (run->shard) ng_shard_build_keep_files(run->shard);
    (void)ng_err_hint(err, "finished steps were kept: fix the cause, then run the same command with --resume");
}

int ng_build_run(const struct ng_build_options *given, struct ng_build_result *result, struct ng_err *err) {
    struct ng_build_options options = *given;
    struct run run = {.options = &options};
    *result = (struct ng_build_result){0};
    int status = ng_build_settle(&options, &run.manifest, err);
    if (!status) status = open_build(&run, &options, err);
    if (!status) status = read_corpus(&run, err);
    const bool empty = !status && run.manifest.shard_count == 0;
    if (!status && !empty) {
        status = ng_take_files_write(ng_corpus_read_files(run.corpus), ng_publish_folder(run.publish), &run.manifest, err);
    }
    if (!status && !empty) status = ng_manifest_write(&run.manifest, ng_publish_folder(run.publish), err);
    if (!status) status = ng_build_describe(&run.manifest, result, err);
    if (!status) result->no_ids = options.id_field && !run.has_ids;
    if (!status) ng_corpus_get_counts(run.corpus, &result->corpus);
    if (empty) result->exact = options.exact; /* no shard tells */
    if (!status && options.tell) status = options.tell(options.tell_context, result, err);
    if (!status && !empty) {
        ng_shard_build_close(run.shard);
        run.shard = NULL;
        status = ng_resume_clear(ng_publish_folder(run.publish), err);
    }
    if (!status && !empty) status = ng_publish_commit(run.publish, err);
    if (status) keep_steps(&run, status, err);
    ng_shard_build_close(run.shard);
    ng_sorters_close(run.sorters);
    ng_journal_close(run.journal);
    ng_files_log_close(run.files);
    ng_corpus_close(run.corpus);
    ng_publish_free(run.publish);
    ng_folder_close(&run.folder);
    ng_manifest_free(&run.manifest);
    return status;
}

int ng_build_prepare(struct ng_build_options *options, struct ng_corpus **corpus, struct ng_plan *plan,
                     struct ng_err *err) {
    int status = complete_options(options, err);
    if (!status) status = ng_corpus_open(corpus, &options->corpus, err);
    if (!status) status = plan_build(options, *corpus, plan, err);
    if (status) {
        ng_corpus_close(*corpus);
        *corpus = NULL;
        return status;
    }
    const struct ng_record_bounds bounds = {.most_bytes = plan->record_bytes, .room_bytes = plan->record_bytes};
    ng_corpus_bound(*corpus, &bounds);
    return NG_OK;
}

int ng_build_forecast(const struct ng_build_options *given, struct ng_build_forecast *forecast, struct ng_err *err) {
    struct ng_build_options options = *given;
    struct ng_corpus *corpus = NULL;
    struct ng_speed speed;
    options.corpus.walk.exclude_paths[0] = options.output;
    int status = ng_build_prepare(&options, &corpus, &forecast->plan, err);
    if (!status) {
        status = ng_measure(corpus, &options.corpus, &forecast->plan, options.sa_sample, &speed, &forecast->text_bytes, err);
    }
    if (!status) {
        struct ng_corpus_counts counts;
        ng_corpus_get_counts(corpus, &counts);
        forecast->input_bytes = counts.input_bytes_total;
        forecast->files = counts.files_total;
        ng_plan_expect(&forecast->plan, &speed, forecast->text_bytes, &forecast->expected);
        if (options.folded) ng_plan_expect_folded(forecast->text_bytes, options.exact, &forecast->expected);
    }
    ng_corpus_close(corpus);
    return status;
}
