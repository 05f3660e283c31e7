#include "indexer/build/join.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/container/container.h"
#include "common/files/files.h"
#include "common/os/file.h"
#include "common/rank/format.h"
#include "common/shard/index_files.h"
#include "common/shard/manifest.h"
#include "common/text/fold.h"
#include "indexer/plan/budget.h"
#include "indexer/build/publish.h"
#include "indexer/build/shard_build.h"
#include "indexer/build/take.h"
#include "query/include/ngidx_base.h"

/* A file of a shard that is there already, with what was removed from it. */
struct source_file {
    const struct ng_manifest_shard *entry; /* NULL: no such view */
    struct ng_map *map;
    struct ng_map *removed;
};

/* A shard that is there already, in all its views. */
struct source {
    const char *index; /* folder */
    struct source_file exact; /* or the only view */
    struct source_file beside; /* the folded one beside it */
};

struct join {
    const struct ng_join_options *options;
    struct ng_publish *publish;
    struct ng_plan plan;
    struct ng_index_files *inputs; /* index_count of them; their files stay, whatever replaces the indexes */
    struct source *sources;
    uint64_t source_count;
    uint64_t *groups; /* of sources, each to become one shard */
    uint64_t group_count;
    struct ng_merge_limits limits;
    struct ng_manifest manifest;
    bool lost_files; /* a list of files was damaged, and left out */
};

/* Indexes that are joined have the same views, made in the same way. */
static int check_views(const struct join *j, size_t number, struct ng_err *err) {
    const struct ng_manifest *first = &j->inputs[0].manifest;
    const struct ng_manifest *other = &j->inputs[number].manifest;
    const char *const *names = j->options->indexes;
    if (first->sa_sample != other->sa_sample || first->folded_sa_sample != other->folded_sa_sample) {
        uint64_t one = first->sa_sample != other->sa_sample ? first->sa_sample : first->folded_sa_sample;
        uint64_t two = first->sa_sample != other->sa_sample ? other->sa_sample : other->folded_sa_sample;
        (void)ng_err_set(err, NG_ERR_USAGE, "%s samples every %llu-th position, %s every %llu-th", names[0],
                         (unsigned long long)one, names[number], (unsigned long long)two);
        return ng_err_hint(err, "build one of them again with the --sa-sample of the other");
    }
    if (first->fold_version == other->fold_version && strcmp(first->fold_unicode, other->fold_unicode) == 0) return NG_OK;
    (void)ng_err_set(err, NG_ERR_USAGE, "%s was folded by version %llu with Unicode %s, %s by version %llu with Unicode %s",
                     names[0], (unsigned long long)first->fold_version, first->fold_unicode, names[number],
                     (unsigned long long)other->fold_version, other->fold_unicode);
    return ng_err_hint(err, "build one of them again");
}

/* Ids and URLs of all documents are in one place, unless an option names another. */
static int check_fields(const struct join *j, size_t number, struct ng_err *err) {
    const struct ng_manifest *first = &j->inputs[0].manifest;
    const struct ng_manifest *other = &j->inputs[number].manifest;
    const char *const *names = j->options->indexes;
    bool same_ids = j->options->id_field || strcmp(ng_manifest_id_field(first), ng_manifest_id_field(other)) == 0;
    bool same_urls = j->options->url_field || strcmp(ng_manifest_url_field(first), ng_manifest_url_field(other)) == 0;
    if (same_ids && same_urls) return NG_OK;
    (void)ng_err_set(err, NG_ERR_USAGE, "%s has the %s of its documents in '%.100s', %s in '%.100s'", names[0],
                     same_ids ? "URLs" : "ids", same_ids ? ng_manifest_url_field(first) : ng_manifest_id_field(first),
                     names[number], same_ids ? ng_manifest_url_field(other) : ng_manifest_id_field(other));
    return ng_err_hint(err, "name the field to go by with %s", same_ids ? "--url-field" : "--id-field");
}

static const char *name_views(const struct ng_manifest *manifest) {
    if (!ng_manifest_has_folded(manifest)) return "exact";
    return ng_manifest_only_folded(manifest) ? "folded" : "exact,folded";
}

static int check_input(const struct join *j, size_t number, struct ng_err *err) {
    const char *first = name_views(&j->inputs[0].manifest);
    const char *other = name_views(&j->inputs[number].manifest);
    int status = check_fields(j, number, err);
    if (status) return status;
    if (strcmp(first, other) == 0) return check_views(j, number, err);
    (void)ng_err_set(err, NG_ERR_USAGE, "%s has the view %s, %s has %s", j->options->indexes[0], first,
                     j->options->indexes[number], other);
    return ng_err_hint(err, "build one of them again with the --view of the other");
}

static int read_inputs(struct join *j, struct ng_err *err) {
    size_t count = j->options->index_count;
    j->inputs = calloc(count, sizeof *j->inputs);
    if (!j->inputs) return ng_err_nomem(err, count * sizeof *j->inputs, "indexes");
    for (size_t i = 0; i < count; i++) {
        int status = ng_index_files_open(&j->inputs[i], j->options->indexes[i], NG_INDEX_FILES_MAP, err);
        if (!status) status = check_input(j, i, err);
        if (status) return status;
        j->source_count += j->inputs[i].manifest.shard_count;
    }
    j->sources = calloc((size_t)j->source_count, sizeof *j->sources);
    if (!j->sources) return ng_err_nomem(err, j->source_count * sizeof *j->sources, "the list of shards");
    uint64_t next = 0;
    for (size_t i = 0; i < count; i++) {
        const struct ng_manifest *manifest = &j->inputs[i].manifest;
        for (uint64_t s = 0; s < manifest->shard_count; s++) {
            struct source *source = &j->sources[next++];
            struct ng_map *const removed = j->inputs[i].removed;
            *source = (struct source){.index = j->options->indexes[i],
                                      .exact = {&manifest->shards[s], &j->inputs[i].shards[s], &removed[s]}};
            if (!manifest->folded) continue;
            uint64_t beside = manifest->shard_count + s;
            source->beside = (struct source_file){&manifest->folded[s], &j->inputs[i].shards[beside], &removed[beside]};
        }
    }
    return NG_OK;
}

static int compare_times(const void *a, const void *b) {
    return strcmp(((const struct ng_manifest_removal *)a)->time, ((const struct ng_manifest_removal *)b)->time);
}

/* The journals of removals of all indexes. */
static int join_removals(struct join *j, struct ng_err *err) {
    struct ng_manifest *manifest = &j->manifest;
    uint64_t count = 0;
    for (size_t i = 0; i < j->options->index_count; i++) count += j->inputs[i].manifest.removal_count;
    if (count == 0) return NG_OK;
    if (count > NG_MAX_REMOVALS) {
        return ng_err_set(err, NG_ERR_LIMIT, "over %llu removals (NG_MAX_REMOVALS)", (unsigned long long)NG_MAX_REMOVALS);
    }
    manifest->removals = calloc((size_t)count, sizeof *manifest->removals);
    if (!manifest->removals) return ng_err_nomem(err, count * sizeof *manifest->removals, "the journal of removals");
    for (size_t i = 0; i < j->options->index_count; i++) {
        const struct ng_manifest *from = &j->inputs[i].manifest;
        for (uint64_t r = 0; r < from->removal_count; r++) manifest->removals[manifest->removal_count++] = from->removals[r];
    }
    qsort(manifest->removals, (size_t)count, sizeof *manifest->removals, compare_times);
    return NG_OK;
}

/* What the result is described as: by the first of the indexes. */
static int describe(struct join *j, struct ng_err *err) {
    struct ng_manifest *manifest = &j->manifest;
    const struct ng_manifest *first = &j->inputs[0].manifest;
    uint64_t version = ng_manifest_has_folded(first) ? NG_MANIFEST_VERSION_FOLDED : NG_MANIFEST_VERSION;
    *manifest = (struct ng_manifest){.format_version = version, .sa_sample = first->sa_sample,
                                     .shard_bytes = first->shard_bytes, .fold_version = first->fold_version,
                                     .folded_sa_sample = first->folded_sa_sample};
    memcpy(manifest->fold_unicode, first->fold_unicode, sizeof manifest->fold_unicode);
    memcpy(manifest->program, "ngidx " NGIDX_VERSION, sizeof "ngidx " NGIDX_VERSION);
    memcpy(manifest->text_field, first->text_field, sizeof manifest->text_field);
    memcpy(manifest->invalid_utf8, first->invalid_utf8, sizeof manifest->invalid_utf8);
    memcpy(manifest->json_as, first->json_as, sizeof manifest->json_as);
    for (size_t i = 1; i < j->options->index_count; i++) {
        if (strcmp(j->inputs[i].manifest.json_as, first->json_as) != 0) memcpy(manifest->json_as, "mixed", sizeof "mixed");
    }
    memcpy(manifest->id_field, first->id_field, sizeof manifest->id_field);
    memcpy(manifest->url_field, first->url_field, sizeof manifest->url_field);
    int status = ng_manifest_set_field(manifest->id_field, j->options->id_field, "--id-field", err);
    if (!status) status = ng_manifest_set_field(manifest->url_field, j->options->url_field, "--url-field", err);
    return status ? status : join_removals(j, err);
}

static int make_plan(struct join *j, struct ng_err *err) {
    const struct ng_plan_options planning = {.memory_bytes = j->options->memory_bytes, .threads = j->options->threads,
                                             .shard_bytes = j->options->shard_bytes,
                                             .sa_sample = j->manifest.sa_sample};
    int status = ng_plan_make(&j->plan, &planning, err);
    const uint64_t most = j->manifest.shard_bytes;
    if (j->options->compact && planning.shard_bytes == 0 && most > 0 && most < j->plan.shard_text) j->plan.shard_text = most;
    j->limits = ng_merge_limits_of(&j->plan);
    return status;
}

/* Which sources make one shard together. */
static int group_sources(struct join *j, struct ng_err *err) {
    struct ng_merge_size *sizes = malloc((size_t)j->source_count * sizeof *sizes);
    j->groups = malloc((size_t)j->source_count * sizeof *j->groups);
    if (!sizes || !j->groups) {
        free(sizes);
        return ng_err_nomem(err, j->source_count * (sizeof *sizes + sizeof *j->groups), "the list of shards");
    }
    for (uint64_t i = 0; i < j->source_count; i++) sizes[i] = ng_merge_size_of(j->sources[i].exact.entry, j->sources[i].beside.entry);
    int status = ng_merge_groups(sizes, j->source_count, j->options->rule, &j->limits, j->groups, &j->group_count, err);
    free(sizes);
    return status;
}

static bool has_removed(const struct join *j, uint64_t source) {
    return j->sources[source].exact.entry->removed.documents > 0;
}

static bool is_too_large(const struct join *j, uint64_t source) {
    const struct source *s = &j->sources[source];
    return ng_merge_size_of(s->exact.entry, s->beside.entry).part_weight > j->limits.part_weight;
}

/* Whether a shard has an earlier version of the format and is small enough to be rewritten. Rewriting makes it smaller. */
static bool is_old(const struct join *j, uint64_t source) {
    const struct source *s = &j->sources[source];
    bool old = ng_container_peek_version(s->exact.map) < NG_RANK_VERSION ||
               (s->beside.entry && ng_container_peek_version(s->beside.map) < NG_RANK_VERSION);
    return old && !is_too_large(j, source);
}

/* Whether a group, which starts at source first, is to become another shard. A group of one stays if nothing was removed
 * from it, and its format is the one that is written or the compaction is not a full one. */
static bool changes(const struct join *j, uint64_t group, uint64_t first) {
    bool full = j->options->compact && j->options->rule == NG_MERGE_FITTING;
    return j->groups[group] > 1 || has_removed(j, first) || (full && is_old(j, first));
}

static bool any_changes(const struct join *j) {
    uint64_t at = 0;
    for (uint64_t g = 0; g < j->group_count; at += j->groups[g++]) {
        if (changes(j, g, at)) return true;
    }
    return false;
}

static void report_unpacking(const struct join *j, uint64_t source, uint64_t done, uint64_t total) {
    if (j->options->progress) j->options->progress(j->options->progress_context, NG_BUILD_UNPACK, source, done, total);
}

/* Opens the container of a file of a source, which is mapped. */
static int open_container(const struct source *source, const char *name, struct ng_map *map,
                          struct ng_container **container, struct ng_err *err) {
    char *path = NULL;
    int status = ng_file_join(&path, source->index, name, err);
    if (!status) status = ng_container_adopt(container, map, path, err);
    free(path);
    return status;
}

static int check_source(const struct ng_shard *shard, const struct ng_manifest_shard *entry, uint64_t sa_sample,
                        struct ng_err *err) {
    bool matches = shard->documents == entry->documents && shard->rows == entry->documents + entry->text_bytes &&
                   shard->sa_sample == sa_sample && shard->removed.documents.count == entry->removed.documents &&
                   shard->removed.rows.count == entry->removed.documents + entry->removed.text_bytes;
    return matches ? NG_OK : ng_err_set(err, NG_ERR_CORRUPT, "%s does not match its index", shard->container->path);
}

static int push_source(const struct source *source, const struct source_file *file, struct ng_shard_build *build,
                       uint64_t sa_sample, struct ng_err *err) {
    const struct ng_manifest_shard *entry = file->entry;
    struct ng_shard shard = {0};
    struct ng_container *container = NULL;
    int status = open_container(source, entry->file, file->map, &container, err);
    if (!status) status = ng_shard_open(&shard, container, err);
    if (status) return status;
    if (entry->removed.documents > 0) {
        status = open_container(source, entry->removed.file, file->removed, &container, err);
        if (!status) status = ng_removed_open(&shard.removed, container, shard.rows, shard.documents, err);
    }
    if (!status) status = check_source(&shard, entry, sa_sample, err);
    if (!status) status = ng_shard_build_push_shard(build, &shard, err);
    ng_shard_close(&shard);
    return status;
}

/* Makes one shard of the exact or only view, or of the folded one beside it. */
static int merge_shards(const struct join *j, uint64_t first, uint64_t count, bool beside,
                        struct ng_manifest_shard *entry, struct ng_err *err) {
    struct ng_shard_build *build = NULL;
    struct ng_shard_options options = {.folder = ng_publish_folder(j->publish),
                                       .number = j->manifest.shard_count,
                                       .folded = beside || ng_shard_name_folded(j->sources[first].exact.entry->file),
                                       .nameless = beside,
                                       .id_field = ng_manifest_id_field(&j->manifest),
                                       .sa_sample = beside ? j->manifest.folded_sa_sample : j->manifest.sa_sample,
                                       .threads = j->plan.threads,
                                       .merge_memory_bytes = j->plan.merge_memory_bytes,
                                       .progress = j->options->progress,
                                       .progress_context = j->options->progress_context};
    int status = ng_sorters_open(&options.sorters, 1, err);
    if (!status) status = ng_shard_build_open(&build, &options, err);
    for (uint64_t i = first; i < first + count && !status; i++) {
        const struct source *source = &j->sources[i];
        const struct source_file *file = beside ? &source->beside : &source->exact;
        report_unpacking(j, i, 0, file->entry->text_bytes);
        status = push_source(source, file, build, options.sa_sample, err);
        if (!status) report_unpacking(j, i, file->entry->text_bytes, file->entry->text_bytes);
    }
    if (!status) status = ng_shard_build_finish(build, entry, err);
    ng_shard_build_close(build);
    ng_sorters_close(options.sorters);
    return status;
}

/* Makes a view of the next shard: a source as it is, or a new one of count sources from first on. */
static int make_view(const struct join *j, uint64_t first, uint64_t count, bool as_it_is, bool beside,
                     struct ng_manifest_shard *entry, struct ng_err *err) {
    const struct source *source = &j->sources[first];
    const struct source_file *file = beside ? &source->beside : &source->exact;
    if (!as_it_is) return merge_shards(j, first, count, beside, entry, err);
    const struct ng_take take = {ng_publish_folder(j->publish), j->manifest.shard_count, j->options->progress,
                                 j->options->progress_context};
    return ng_take_shard(&take, source->index, file->entry, file->map, file->removed, entry, err);
}

/* Makes the next shard, in all its views. If all documents of its sources were removed, there is none. */
static int make_shard(struct join *j, uint64_t first, uint64_t count, bool as_it_is, struct ng_err *err) {
    const bool both = j->sources[first].beside.entry;
    struct ng_manifest_shard entry;
    struct ng_manifest_shard folded;
    uint64_t living = 0;
    for (uint64_t i = first; i < first + count; i++) {
        const struct ng_manifest_shard *source = j->sources[i].exact.entry;
        living += source->documents - source->removed.documents;
        if (!as_it_is && is_too_large(j, i)) {
            (void)ng_err_set(err, NG_ERR_USAGE, "%s/%s has removed documents; to write it anew takes more than %llu MB of memory",
                             j->sources[i].index, source->file, (unsigned long long)(j->plan.memory_bytes >> 20));
            return ng_err_hint(err, "give a larger --memory");
        }
    }
    if (!as_it_is && living == 0) return NG_OK;
    int status = make_view(j, first, count, as_it_is, false, &entry, err);
    if (!status && both) status = make_view(j, first, count, as_it_is, true, &folded, err);
    if (!status) status = ng_manifest_append(&j->manifest, &entry, both ? &folded : NULL, err);
    if (!status && entry.removed.documents > 0) j->manifest.format_version = NG_MANIFEST_VERSION_REMOVED;
    return status;
}

static int make_shards(struct join *j, struct ng_err *err) {
    int status = NG_OK;
    uint64_t at = 0;
    for (uint64_t g = 0; g < j->group_count && !status; g++) {
        status = make_shard(j, at, j->groups[g], j->groups[g] == 1, err);
        at += j->groups[g];
    }
    return status;
}

/* Makes the first groups that change shards, up to NG_COMPACT_STEP_BYTES of text or one of them; all other shards stay as
 * they are. *merged: shards of these groups. */
static int make_step(struct join *j, uint64_t *merged, struct ng_err *err) {
    int status = NG_OK;
    uint64_t at = 0;
    uint64_t text_bytes = 0;
    *merged = 0;
    for (uint64_t g = 0; g < j->group_count && !status; g++) {
        const uint64_t end = at + j->groups[g];
        const bool as_it_is = !changes(j, g, at) || text_bytes >= NG_COMPACT_STEP_BYTES;
        if (!as_it_is) {
            for (uint64_t i = at; i < end; i++) text_bytes += j->sources[i].exact.entry->text_bytes;
            *merged += end - at;
            status = make_shard(j, at, end - at, false, err);
        }
        for (uint64_t i = at; i < end && as_it_is && !status; i++) status = make_shard(j, i, 1, true, err);
        at = end;
    }
    return status;
}

/* Reads the inputs and decides what becomes of them. */
static int prepare(struct join *j, struct ng_err *err) {
    int status = read_inputs(j, err);
    if (!status) status = describe(j, err);
    if (!status) status = make_plan(j, err);
    return status ? status : group_sources(j, err);
}

static void join_free(struct join *j) {
    for (size_t i = 0; j->inputs && i < j->options->index_count; i++) ng_index_files_close(&j->inputs[i]);
    free(j->inputs);
    free(j->sources);
    free(j->groups);
    ng_manifest_free(&j->manifest);
}

/* The files that all indexes list. */
static int join_files(struct join *j, struct ng_err *err) {
    struct ng_files files = {0};
    int status = NG_OK;
    for (size_t i = 0; i < j->options->index_count && !status; i++) {
        status = ng_take_files(&files, j->options->indexes[i], &j->inputs[i], err);
        bool lost = status == NG_ERR_CORRUPT || status == NG_ERR_NOTFOUND;
        if (!lost || j->options->force) continue;
        /* A new index can do without; one that replaces its origin might lose what can still be restored. */
        ng_err_clear(err);
        status = NG_OK;
        j->lost_files = files.partial = true;
    }
    if (!status) status = ng_take_files_write(&files, ng_publish_folder(j->publish), &j->manifest, err);
    ng_files_free(&files);
    return status;
}

/* Everything between claiming the output and publishing it. */
static int join_into(struct join *j, struct ng_build_result *result, struct ng_err *err) {
    const bool compact = j->options->compact;
    uint64_t merged = 0;
    int status = prepare(j, err);
    if (!status && compact) {
        if (!any_changes(j)) return ng_build_describe(&j->inputs[0].manifest, result, err);
        status = make_step(j, &merged, err);
    } else if (!status) {
        status = make_shards(j, err);
    }
    if (!status) status = join_files(j, err);
    if (!status) status = ng_manifest_write(&j->manifest, ng_publish_folder(j->publish), err);
    if (!status) status = ng_build_describe(&j->manifest, result, err);
    if (!status) result->lost_files = j->lost_files;
    if (!status && compact) {
        result->merged_shards = merged;
        result->made_shards = j->manifest.shard_count + merged - j->source_count;
        result->dropped_documents = j->inputs[0].manifest.documents - j->manifest.documents;
    }
    return status ? status : ng_publish_commit(j->publish, err);
}

int ng_join_run(const struct ng_join_options *options, struct ng_build_result *result, struct ng_err *err) {
    struct join j = {.options = options};
    *result = (struct ng_build_result){0};
    int status = ng_publish_begin(&j.publish, options->output, options->force, false, err);
    if (!status) status = join_into(&j, result, err);
    join_free(&j);
    ng_publish_free(j.publish);
    return status;
}

int ng_join_plan(const struct ng_join_options *options, struct ng_join_group **groups, uint64_t *count, struct ng_err *err) {
    struct join j = {.options = options};
    int status = prepare(&j, err);
    struct ng_join_group *list = status ? NULL : calloc((size_t)j.group_count, sizeof *list);
    if (!status && !list) status = ng_err_nomem(err, j.group_count * sizeof *list, "the groups of shards");
    uint64_t at = 0;
    for (uint64_t g = 0; g < j.group_count && !status; g++) {
        list[g] = (struct ng_join_group){.first = at, .shards = j.groups[g], .changes = changes(&j, g, at)};
        for (uint64_t end = at + j.groups[g]; at < end; at++) {
            const struct source *source = &j.sources[at];
            list[g].documents += source->exact.entry->documents;
            list[g].removed += source->exact.entry->removed.documents;
            list[g].text_bytes += source->exact.entry->text_bytes;
            list[g].file_bytes += source->exact.entry->bytes + (source->beside.entry ? source->beside.entry->bytes : 0);
        }
    }
    *groups = list;
    *count = status ? 0 : j.group_count;
    join_free(&j);
    return status;
}

/* Fills in what the index says of how it was built. */
static int complete_options(struct ng_build_options *options, struct ng_manifest *manifest, struct ng_err *err) {
    bool exact = !ng_manifest_only_folded(manifest);
    bool folded = ng_manifest_has_folded(manifest);
    if (!options->corpus.text_field) options->corpus.text_field = manifest->text_field;
    if (!options->id_field && manifest->id_field[0]) options->id_field = manifest->id_field;
    if (!options->url_field && manifest->url_field[0]) options->url_field = manifest->url_field;
    if (options->sa_sample == 0) options->sa_sample = manifest->sa_sample;
    if (options->sa_sample != manifest->sa_sample) {
        return ng_err_set(err, NG_ERR_USAGE, "%s samples every %llu-th position; all parts of an index must do so",
                          options->output, (unsigned long long)manifest->sa_sample);
    }
    bool given = options->exact || options->folded;
    if (given && (options->exact != exact || options->folded != folded)) {
        return ng_err_set(err, NG_ERR_USAGE, "%s has the view %s; all parts of an index must have the same views",
                          options->output,
                          name_views(manifest));
    }
    options->exact = exact;
    options->folded = folded;
    options->folded_sa_sample = manifest->folded_sa_sample;
    if (!folded || (manifest->fold_version == NG_FOLD_VERSION && strcmp(manifest->fold_unicode, ng_fold_unicode()) == 0)) {
        return NG_OK;
    }
    (void)ng_err_set(err, NG_ERR_VERSION, "%s was folded by version %llu with Unicode %s; this program folds by version %u "
                     "with Unicode %s", options->output, (unsigned long long)manifest->fold_version, manifest->fold_unicode,
                     NG_FOLD_VERSION, ng_fold_unicode());
    return ng_err_hint(err, "use the version of ngidx that built it, or build the index again");
}

int ng_join_forecast(const struct ng_build_options *given, struct ng_build_forecast *forecast, struct ng_err *err) {
    struct ng_build_options options = *given;
    struct ng_manifest manifest = {0};
    int status = ng_manifest_read(&manifest, given->output, err);
    if (!status) status = complete_options(&options, &manifest, err);
    if (!status) status = ng_build_forecast(&options, forecast, err);
    ng_manifest_free(&manifest);
    return status;
}

/* The files that an index lists, which no one else writes. */
static int read_files(const char *index, struct ng_files *files, struct ng_listed *known, struct ng_err *err) {
    struct ng_index_files from;
    int status = ng_index_files_open(&from, index, NG_INDEX_FILES_MAP, err);
    if (status) return status;
    status = ng_take_files(files, index, &from, err);
    ng_index_files_close(&from);
    return status ? status : ng_listed_open(known, files, err);
}

int ng_join_append(const struct ng_build_options *given, struct ng_build_result *result, struct ng_err *err) {
    struct ng_build_options options = *given;
    struct ng_manifest manifest = {0};
    struct ng_files files = {0};
    struct ng_listed known = {0};
    char *addition = NULL;
    *result = (struct ng_build_result){0};
    const char *indexes[2] = {given->output, NULL};
    const struct ng_join_options joining = {.indexes = indexes, .index_count = 2, .output = given->output,
                                            .id_field = given->id_field, .url_field = given->url_field,
                                            .force = true, .memory_bytes = given->memory_bytes,
                                            .threads = given->threads, .rule = NG_MERGE_NOTHING,
                                            .progress = given->progress,
                                            .progress_context = given->progress_context};
    struct join j = {.options = &joining};
    /* Claimed to the end, so that of two that append at a time the second is told at once. Read only then: what another
     * has just replaced says nothing of the index that is appended to. */
    int status = ng_publish_begin(&j.publish, given->output, true, false, err);
    if (!status) status = ng_manifest_read(&manifest, given->output, err);
    if (!status) status = complete_options(&options, &manifest, err);
    if (!status && asprintf(&addition, "%s.addition", ng_publish_folder(j.publish)) < 0) {
        addition = NULL;
        status = ng_err_nomem(err, strlen(given->output), "a file name");
    }
    if (!status) status = read_files(given->output, &files, &known, err);
    if (status) goto out;
    options.corpus.known = &known;
    options.output = addition;
    options.force = true;
    options.corpus.walk.exclude_paths[2] = given->output;
    options.corpus.walk.exclude_paths[3] = ng_publish_folder(j.publish);
    status = ng_build_run(&options, result, err);
    indexes[1] = addition;
    struct ng_corpus_counts counts = result->corpus;
    bool no_ids = result->no_ids && given->id_field;
    bool nothing = !status && result->documents == 0; /* all files are known */
    if (nothing) status = ng_build_describe(&manifest, result, err);
    else if (!status) status = join_into(&j, result, err);
    join_free(&j);
    result->unknown_files = files.partial;
    result->corpus = counts;
    result->no_ids = no_ids;
    struct ng_err cause;
    int removed = ng_publish_remove(addition, &cause);
    if (!status && removed) {
        status = ng_err_set(err, removed, "the documents are appended, but %s could not be removed: %s", addition, cause.text);
        (void)ng_err_hint(err, "remove it yourself, and do not append them again");
    }
out:
    ng_publish_free(j.publish);
    ng_manifest_free(&manifest);
    ng_listed_close(&known);
    ng_files_free(&files);
    free(addition);
    return status;
}
