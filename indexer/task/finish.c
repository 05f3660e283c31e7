/* The parts of a build by tasks become one index (task.h). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/files/files.h"
#include "common/shard/index_files.h"
#include "indexer/build/take.h"
#include "indexer/done/done.h"
#include "indexer/task/options.h"
#include "indexer/task/parts.h"
#include "indexer/task/task.h"

struct finish {
    const struct ng_build_options *options;
    struct ng_parts parts;
    struct ng_task_list list;
    struct ng_manifest manifest;
    struct ng_files files;
};

/* All parts must be there; the text names the first few that are not. */
static int check_parts(const struct finish *f, struct ng_err *err) {
    enum { NAMED = 8 };
    char names[NAMED * 8] = "";
    size_t filled = 0;
    uint64_t missing = 0;
    for (uint64_t i = 0; i < f->list.tasks; i++) {
        enum ng_part_state state;
        char *path = NULL;
        int status = ng_parts_find(&f->parts, i, &path, &state, err);
        free(path);
        if (status) return status;
        if (state != NG_PART_MISSING) continue;
        if (missing++ >= NAMED) continue;
        filled += (size_t)snprintf(names + filled, sizeof names - filled, "%s%llu", filled ? ", " : "", (unsigned long long)i);
    }
    if (missing == 0) return NG_OK;
    (void)ng_err_set(err, NG_ERR_NOTFOUND, "%s: %llu of %llu parts are missing: %s%s", f->parts.folder,
                     (unsigned long long)missing, (unsigned long long)f->list.tasks, names, missing > NAMED ? ", ..." : "");
    return ng_err_hint(err, "run these tasks again: --task I/%llu", (unsigned long long)f->list.tasks);
}

/* The index is described as its first part is. */
static void describe(struct ng_manifest *manifest, const struct ng_manifest *first) {
    if (manifest->shard_count > 0) return;
    *manifest = *first;
    manifest->shards = NULL;
    manifest->folded = NULL;
    manifest->shard_count = manifest->documents = manifest->text_bytes = manifest->folded_text_bytes = 0;
}

static int take_part(struct finish *f, const char *part, struct ng_err *err) {
    struct ng_index_files files = {0};
    int status = ng_index_files_open(&files, part, NG_INDEX_FILES_MAP, err);
    if (status) return status;
    const struct ng_manifest *from = &files.manifest;
    describe(&f->manifest, from);
    if (f->manifest.shard_count + from->shard_count > NG_MAX_SHARDS) {
        status = ng_err_set(err, NG_ERR_LIMIT, "over %llu shards (NG_MAX_SHARDS)", (unsigned long long)NG_MAX_SHARDS);
        (void)ng_err_hint(err, "start the tasks anew with a larger --shard-size");
    }
    for (uint64_t i = 0; i < from->shard_count && !status; i++) {
        const struct ng_take take = {f->parts.folder, f->manifest.shard_count, f->options->progress,
                                     f->options->progress_context};
        struct ng_manifest_shard shard;
        struct ng_manifest_shard folded;
        status = ng_take_shard(&take, part, &from->shards[i], &files.shards[i], &files.removed[i], &shard, err);
        if (!status && from->folded) {
            uint64_t beside = from->shard_count + i;
            status = ng_take_shard(&take, part, &from->folded[i], &files.shards[beside], &files.removed[beside], &folded, err);
        }
        if (!status) status = ng_manifest_append(&f->manifest, &shard, from->folded ? &folded : NULL, err);
    }
    if (!status) status = ng_take_files(&f->files, part, &files, err);
    ng_index_files_close(&files);
    return status;
}

static int take_parts(struct finish *f, struct ng_err *err) {
    for (uint64_t i = 0; i < f->list.tasks; i++) {
        enum ng_part_state state;
        char *path = NULL;
        int status = ng_parts_find(&f->parts, i, &path, &state, err);
        if (!status && state == NG_PART_THERE) status = take_part(f, path, err);
        free(path);
        if (status) return status;
    }
    if (f->manifest.shard_count > 0) return ng_file_sync_folder(f->parts.folder, err);
    return ng_err_set(err, NG_ERR_INPUT, "the corpus is empty: no document was found in any part");
}

static int unite(struct finish *f, struct ng_build_result *result, struct ng_err *err) {
    int status = check_parts(f, err);
    if (!status) status = take_parts(f, err);
    if (!status) status = ng_take_files_write(&f->files, f->parts.folder, &f->manifest, err);
    if (!status) status = ng_build_describe(&f->manifest, result, err);
    return status ? status : ng_manifest_write(&f->manifest, f->parts.folder, err);
}

static int tell(const struct finish *f, uint64_t number, bool *found, struct ng_task_finished *result, bool *no_ids,
                struct ng_err *err) {
    struct ng_tally tally;
    int status = ng_parts_read_tally(&f->parts, number, &tally, found, err);
    if (status || !*found) return status;
    ng_tally_tell(&tally, f->options->corpus.note, f->options->corpus.note_context);
    ng_tally_add(&result->build.corpus, &tally);
    if (tally.counts.documents > 0) *no_ids = *no_ids && tally.no_ids;
    ng_tally_free(&tally);
    return NG_OK;
}

/* What listing the corpus met, then the parts in order, as a build in one go would tell it. */
static int tell_all(const struct finish *f, struct ng_task_finished *result, struct ng_err *err) {
    bool no_ids = true;
    bool found = false;
    result->parts = f->list.tasks;
    int status = tell(f, NG_PARTS_LISTING, &found, result, &no_ids, err);
    result->untold_listing = !found;
    for (uint64_t i = 0; i < f->list.tasks && !status; i++) {
        status = tell(f, i, &found, result, &no_ids, err);
        if (!found) result->untold++;
    }
    result->build.no_ids = no_ids && result->untold == 0;
    return status;
}

/* Where a corpus is given, it and the options must be those of the tasks. */
static int check_options(const struct finish *f, struct ng_err *err) {
    struct ng_buf described = {0};
    if (f->options->corpus.path_count == 0) return NG_OK;
    int status = ng_task_options_describe(f->options, &described, err);
    if (!status) status = ng_task_options_compare(f->parts.folder, f->list.options, (const char *)described.data, err);
    ng_buf_free(&described);
    return status;
}

/* An index of which nothing is left to finish; why says so. Without a corpus nothing tells whether its tasks made it. */
static int find_finished(const struct ng_build_options *options, struct ng_task_finished *result, const struct ng_err *why,
                         struct ng_err *err) {
    int status = NG_OK;
    if (options->corpus.path_count > 0) {
        status = ng_done_find(options, &(struct ng_done_share){0, 1}, &result->build, err);
        result->was_there = result->build.was_there;
    }
    if (status || result->was_there) return status;
    if (err) *err = *why;
    return why->status;
}

int ng_task_finish(const struct ng_build_options *options, struct ng_task_finished *result, struct ng_err *err) {
    struct finish f = {.options = options};
    bool found = false;
    *result = (struct ng_task_finished){0};
    struct ng_err why;
    ng_err_clear(&why);
    int status = ng_parts_open(&f.parts, options->output, false, &why);
    if (status) {
        ng_parts_close(&f.parts);
        return find_finished(options, result, &why, err);
    }
    status = ng_parts_read_list(&f.parts, &f.list, &found, err);
    if (!status && !found) {
        status = ng_err_set(err, NG_ERR_NOTFOUND, "%s: no task has begun a build there", options->output);
        (void)ng_err_hint(err, "run ngidx build CORPUS -o %s --task I/N for each I below N first", options->output);
    }
    if (!status) status = check_options(&f, err);
    if (!status) status = ng_parts_lock(&f.parts, err);
    if (!status && f.parts.finished) {
        status = ng_manifest_read(&f.manifest, options->output, err);
        if (!status) status = ng_build_describe(&f.manifest, &result->build, err);
    } else if (!status) {
        status = unite(&f, &result->build, err);
    }
    if (!status) status = tell_all(&f, result, err);
    if (!status) status = ng_drift_find(&result->drift, &f.list, options->output, err);
    if (!status) status = ng_parts_remove(&f.parts, f.list.tasks, err);
    ng_manifest_free(&f.manifest);
    ng_files_free(&f.files);
    ng_task_list_free(&f.list);
    ng_parts_close(&f.parts);
    return status;
}
