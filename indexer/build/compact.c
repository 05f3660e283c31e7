#include "indexer/build/compact.h"

static struct ng_join_options describe(const struct ng_compact_options *options) {
    return (struct ng_join_options){.indexes = &options->index, .index_count = 1, .output = options->index, .force = true,
                                    .rule = options->full ? NG_MERGE_FITTING : NG_MERGE_TIERS, .compact = true,
                                    .memory_bytes = options->memory_bytes, .threads = options->threads,
                                    .shard_bytes = options->shard_bytes, .progress = options->progress,
                                    .progress_context = options->progress_context};
}

int ng_compact_run(const struct ng_compact_options *options, struct ng_compact_result *result, struct ng_err *err) {
    const struct ng_join_options joining = describe(options);
    *result = (struct ng_compact_result){0};
    for (;;) {
        struct ng_build_result step;
        int status = ng_join_run(&joining, &step, err);
        if (status) return status;
        result->index = step;
        if (step.merged_shards == 0) return NG_OK;
        result->merged_shards += step.merged_shards;
        result->made_shards += step.made_shards;
        result->dropped_documents += step.dropped_documents;
    }
}

int ng_compact_plan(const struct ng_compact_options *options, struct ng_join_group **groups, uint64_t *count,
                    struct ng_err *err) {
    const struct ng_join_options joining = describe(options);
    uint64_t all;
    int status = ng_join_plan(&joining, groups, &all, err);
    *count = 0;
    for (uint64_t g = 0; g < all && !status; g++) {
        if ((*groups)[g].shards > 1 || (*groups)[g].removed > 0) (*groups)[(*count)++] = (*groups)[g];
    }
    return status;
}
