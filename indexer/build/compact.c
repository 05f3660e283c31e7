#include "indexer/build/compact.h"

#include <errno.h>
#include <stdlib.h>

static struct ng_join_options describe(const struct ng_compact_options *options, const char *const *index) {
    return (struct ng_join_options){.indexes = index, .index_count = 1, .output = *index, .force = true,
                                    .rule = options->full ? NG_MERGE_FITTING : NG_MERGE_TIERS, .compact = true,
                                    .memory_bytes = options->memory_bytes, .threads = options->threads,
                                    .shard_bytes = options->shard_bytes, .progress = options->progress,
                                    .progress_context = options->progress_context};
}

int ng_compact_run(const struct ng_compact_options *options, struct ng_compact_result *result, struct ng_err *err) {
    *result = (struct ng_compact_result){0};
    /* Every step puts another folder in the place of the index: a path within it, or a link, may then lead elsewhere. */
    char *path = realpath(options->index, NULL);
    if (!path) return ng_err_sys(err, errno, "cannot use %s", options->index);
    const char *index = path;
    const struct ng_join_options joining = describe(options, &index);
    int status = NG_OK;
    for (bool more = true; more && !status;) {
        struct ng_build_result step;
        status = ng_join_run(&joining, &step, err);
        if (status) break;
        result->index = step;
        more = step.merged_shards > 0;
        result->merged_shards += step.merged_shards;
        result->made_shards += step.made_shards;
        result->dropped_documents += step.dropped_documents;
    }
    free(path);
    return status;
}

int ng_compact_plan(const struct ng_compact_options *options, struct ng_join_group **groups, uint64_t *count,
                    struct ng_err *err) {
    const char *index = options->index;
    const struct ng_join_options joining = describe(options, &index);
    uint64_t all;
    int status = ng_join_plan(&joining, groups, &all, err);
    *count = 0;
    for (uint64_t g = 0; g < all && !status; g++) {
        if ((*groups)[g].changes) (*groups)[(*count)++] = (*groups)[g];
    }
    return status;
}
