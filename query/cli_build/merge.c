#include <string.h>

#include "common/base/limits.h"
#include "common/json/out.h"
#include "indexer/build/join.h"
#include "query/args/indexes.h"
#include "query/cli/cmd.h"
#include "query/cli_build/report.h"

static const char HELP[] =
    "Usage: ngidx merge INDEX... -o INDEX [options]\n"
    "\n"
    "Joins indexes into one without sorting again. Documents are renumbered consecutively, in the order given.\n"
    "Shards are taken over unchanged, as hard links if the file system supports them. Neighbouring shards that fit\n"
    "into one shard are merged. The input indexes stay unchanged.\n"
    "\n"
    "Options:\n"
    "  -o, --output INDEX       folder to write (default ./index.ngidx); it appears only once it is complete\n"
    "  -f, --force              replace an existing index, which may be one of the inputs\n"
    "  -m, --memory SIZE        memory to use (default: half of what is available)\n"
    "  -t, --threads N          threads to use (default: one per processor)\n"
    "      --shard-size SIZE    merge neighbouring shards up to this much text (default: as memory allows)\n"
    "      --id-field PATH      member that holds a document's id, for all documents (default: the indexes' own)\n"
    "      --url-field PATH     member that holds its URL\n"
    "  -q, --quiet              no progress and no summary, only errors\n"
    "      --json               print the summary as one JSON object on standard output, and progress on standard\n"
    "                           error as JSON lines\n"
    "  -h, --help               show this help\n"
    "\n"
    "Exit code: 0 done, 2 error. After an error there is no new index.\n"
    "\n"
    "Examples:\n"
    "  ngidx merge part-1.ngidx part-2.ngidx -o whole.ngidx\n"
    "  ngidx merge *.ngidx -o whole.ngidx --shard-size 1T\n";

struct options {
    struct ng_join_options join;
    struct ng_cmd_report report;
};

static int join(int argc, char **argv, void *context, struct ng_err *err) {
    struct options *options = context;
    struct ng_join_options *join = &options->join;
    struct ng_build_result result;
    if (optind == argc) {
        (void)ng_err_set(err, NG_ERR_USAGE, "%s: no INDEX was given", argv[0]);
        return ng_err_hint(err, "ngidx merge A B -o C");
    }
    join->indexes = (const char *const *)&argv[optind];
    join->index_count = (size_t)(argc - optind);
    int status = NG_OK;
    for (size_t i = 0; i < join->index_count && !status; i++) {
        status = ng_cmd_indexes_refuse_address(join->indexes[i], "be merged", err);
    }
    if (status) return status;
    ng_cmd_report_start(&options->report);
    join->progress = ng_cmd_report_progress;
    join->progress_context = &options->report;
    status = ng_join_run(join, &result, err);
    return ng_cmd_report_end(&options->report, status, join->output, &result, err);
}

static int run(int argc, char **argv) {
    struct options options = {.join = {.output = "./index.ngidx"}};
    const struct ng_cli_option table[] = {NG_CMD_REPORT_OPTIONS(&options.join, &options.report),
                                          {.name = "id-field", .text = &options.join.id_field},
                                          {.name = "url-field", .text = &options.join.url_field},
                                          {0}};
    return ng_cli_run(argc, argv, HELP, table, join, &options);
}

const struct ng_cli_command ng_cmd_merge = {"merge", "join indexes into one", HELP, run};
