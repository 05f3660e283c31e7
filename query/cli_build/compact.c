#include <inttypes.h>
#include <stdlib.h>

#include "common/base/clock.h"
#include "indexer/build/compact.h"
#include "query/args/indexes.h"
#include "query/cli/cmd.h"
#include "query/cli_build/report.h"

static const char HELP[] =
    "Usage: ngidx compact INDEX [options]\n"
    "\n"
    "Merges small shards of an index, which ngidx append makes one after the other, into larger ones, without sorting\n"
    "again. Fewer shards make searches faster. Only neighbours are merged, so documents keep their order and numbers.\n"
    "\n"
    "Shards are merged by tiers: a tier holds up to three shards, and the next tier shards of up to four times the\n"
    "text; the lowest those below 16 MB. As soon as a tier has four shards, they become one. So an index that grows\n"
    "day by day keeps at most 27 shards per TB, if memory allows shards that large, and each document is rewritten\n"
    "only once or a few times per tier. If no tier is full, nothing is merged.\n"
    "\n"
    "Shards with documents that ngidx remove took out are written anew without them, all of them: no byte of these\n"
    "documents is left in the index. Copies and hard links that were made of it earlier, reports and bulletins keep\n"
    "theirs. The documents behind them get other numbers then, so lists of numbers from before, for ngidx remove or\n"
    "export, name other documents.\n"
    "\n"
    "The index stays usable and intact, whatever happens. Merged shards are published after every 16 MB of text. If a\n"
    "compaction is killed, the next one goes on after the last of them. Programs that have the index open go on using\n"
    "the old one; ngidxd opens the new one at once on SIGHUP, else within the seconds of its --watch.\n"
    "\n"
    "Options:\n"
    "      --full               make as few shards as possible, whatever the tiers, and write shards of an earlier\n"
    "                           format anew: they are 5 to 7 % larger\n"
    "  -m, --memory SIZE        memory to use (default: half of what is available); it limits the size of shards\n"
    "  -t, --threads N          threads to use (default: one per processor)\n"
    "      --shard-size SIZE    most text in a merged shard (default: the index's own --shard-size, if it was built\n"
    "                           with one, and what memory allows)\n"
    "      --dry-run            only print which shards would be merged or written anew\n"
    "  -q, --quiet              no progress and no summary, only errors\n"
    "      --json               print the summary as one JSON object on standard output, and progress on standard\n"
    "                           error as JSON lines\n"
    "  -h, --help               show this help\n"
    "\n"
    "Exit code: 0 done, or nothing to do; 2 error. After an error the index is whole.\n"
    "\n"
    "Examples:\n"
    "  ngidx append wiki.ngidx today.jsonl.zst && ngidx compact wiki.ngidx\n"
    "  ngidx compact wiki.ngidx --full --memory 64G\n";

struct options {
    struct ng_compact_options compact;
    struct ng_cmd_report report;
    bool dry_run;
};

static void print_group(const struct ng_join_group *group) {
    char text[NG_CLI_SIZE_CHARS];
    char file[NG_CLI_SIZE_CHARS];
    if (group->shards == 1) (void)printf("shard %" PRIu64 " is written anew: ", group->first);
    else (void)printf("shards %" PRIu64 " to %" PRIu64 " become one: ", group->first, group->first + group->shards - 1);
    (void)printf("%" PRIu64 " document%s, %s of text, now %s", group->documents, ng_cli_plural(group->documents),
                 ng_cli_format_size(group->text_bytes, text), ng_cli_format_size(group->file_bytes, file));
    if (group->removed > 0) (void)printf("; drops %" PRIu64 " removed document%s", group->removed, ng_cli_plural(group->removed));
    (void)putchar('\n');
}

static int print_plan(const struct options *options, const struct ng_join_group *groups, uint64_t count,
                      struct ng_err *err) {
    struct ng_json json;
    for (uint64_t g = 0; g < count && !options->report.json; g++) print_group(&groups[g]);
    if (count == 0 && !options->report.json) (void)puts("nothing to do");
    if (!options->report.json) return NG_OK;
    int status = ng_cmd_json_begin(&json, err);
    if (status) return status;
    ng_json_member_text(&json, "index", options->compact.index);
    ng_json_member_array(&json, "merges");
    for (uint64_t g = 0; g < count; g++) {
        ng_json_object_begin(&json);
        ng_json_member_u64(&json, "first_shard", groups[g].first);
        ng_json_member_u64(&json, "shards", groups[g].shards);
        ng_json_member_u64(&json, "documents", groups[g].documents);
        ng_json_member_u64(&json, "removed_documents", groups[g].removed);
        ng_json_member_u64(&json, "text_bytes", groups[g].text_bytes);
        ng_json_member_u64(&json, "file_bytes", groups[g].file_bytes);
        ng_json_object_end(&json);
    }
    ng_json_array_end(&json);
    return ng_cmd_json_end(&json);
}

static int plan(const struct options *options, struct ng_err *err) {
    struct ng_join_group *groups = NULL;
    uint64_t count;
    int status = ng_compact_plan(&options->compact, &groups, &count, err);
    if (!status) status = print_plan(options, groups, count, err);
    free(groups);
    return status;
}

static int print_result(const struct options *options, const struct ng_compact_result *result, struct ng_err *err) {
    const char *index = options->compact.index;
    double seconds = ng_clock_seconds() - options->report.started_seconds;
    struct ng_json json;
    if (!options->report.json) {
        if (options->report.quiet) return NG_OK;
        char size[NG_CLI_SIZE_CHARS];
        (void)fprintf(stderr, "%s: ", index);
        if (result->merged_shards == 0) (void)fputs("nothing to do; ", stderr);
        else if (result->made_shards == result->merged_shards)
            (void)fprintf(stderr, "%" PRIu64 " shard%s written anew; ", result->made_shards, ng_cli_plural(result->made_shards));
        else (void)fprintf(stderr, "%" PRIu64 " shard%s became %" PRIu64 "; ", result->merged_shards,
                           ng_cli_plural(result->merged_shards), result->made_shards);
        if (result->dropped_documents > 0) {
            (void)fprintf(stderr, "%" PRIu64 " removed document%s dropped; ", result->dropped_documents,
                          ng_cli_plural(result->dropped_documents));
        }
        (void)fprintf(stderr, "%" PRIu64 " shard%s, %s; %.1f s\n", result->index.shards, ng_cli_plural(result->index.shards),
                      ng_cli_format_size(result->index.index_bytes, size), seconds);
        return NG_OK;
    }
    int status = ng_cmd_json_begin(&json, err);
    if (status) return status;
    ng_json_member_text(&json, "index", index);
    ng_json_member_u64(&json, "merged_shards", result->merged_shards);
    ng_json_member_u64(&json, "made_shards", result->made_shards);
    ng_json_member_u64(&json, "dropped_documents", result->dropped_documents);
    ng_json_member_u64(&json, "shards", result->index.shards);
    ng_json_member_u64(&json, "documents", result->index.documents);
    ng_json_member_u64(&json, "text_bytes", result->index.text_bytes);
    ng_json_member_u64(&json, "index_bytes", result->index.index_bytes);
    ng_json_member_decimal(&json, "seconds", seconds, 3);
    return ng_cmd_json_end(&json);
}

static int compact(int argc, char **argv, void *context, struct ng_err *err) {
    struct options *options = context;
    struct ng_compact_options *compacting = &options->compact;
    struct ng_compact_result result;
    if (optind + 1 != argc) {
        (void)ng_err_set(err, NG_ERR_USAGE, "%s: %s", argv[0], optind == argc ? "INDEX is missing" : "only one INDEX at a time");
        return ng_err_hint(err, "ngidx compact INDEX");
    }
    compacting->index = argv[optind];
    int status = ng_cmd_indexes_refuse_address(compacting->index, "be compacted", err);
    if (status) return status;
    if (options->dry_run) return plan(options, err);
    ng_cmd_report_start(&options->report);
    compacting->progress = ng_cmd_report_progress;
    compacting->progress_context = &options->report;
    status = ng_compact_run(compacting, &result, err);
    ng_cmd_report_close(&options->report, status, err);
    return status ? status : print_result(options, &result, err);
}

static int run(int argc, char **argv) {
    struct options options = {0};
    struct ng_compact_options *compacting = &options.compact;
    const struct ng_cli_option table[] = {{.name = "full", .flag = &compacting->full},
                                          {.name = "memory", .letter = 'm', .size = &compacting->memory_bytes},
                                          {.name = "threads", .letter = 't', .threads = &compacting->threads},
                                          {.name = "shard-size", .size = &compacting->shard_bytes},
                                          {.name = "dry-run", .flag = &options.dry_run},
                                          NG_CLI_OPTION_QUIET(&options.report.quiet),
                                          NG_CLI_OPTION_JSON(&options.report.json),
                                          {0}};
    return ng_cli_run(argc, argv, HELP, table, compact, &options);
}

const struct ng_cli_command ng_cmd_compact = {"compact", "merge the small shards of an index that has grown", HELP, run};
