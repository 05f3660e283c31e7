#include <string.h>

#include "common/json_out.h"
#include "common/limits.h"
#include "indexer/cmd_build.h"
#include "indexer/cmd_report.h"
#include "indexer/join.h"

static const char HELP[] =
    "Usage: ngidx merge INDEX... -o INDEX [options]\n"
    "\n"
    "Joins indexes into one, without sorting anew; documents are numbered on from one to the next. Shards are taken\n"
    "over as they are, as hard links where the file system has them; neighbours that fit one shard together become\n"
    "one. The indexes stay as they are.\n"
    "\n"
    "Options:\n"
    "  -o, --output INDEX       folder to write (default ./index.ngidx); appears only when it is complete\n"
    "  -f, --force              replace an index that is there; it may be one of those that are joined\n"
    "  -m, --memory SIZE        memory to use (default: half of what is available)\n"
    "  -t, --threads N          threads to use (default: one a processor)\n"
    "      --shard-size SIZE    make one shard of neighbours that have up to so much text (default: as memory allows)\n"
    "  -q, --quiet              no progress and no summary, only errors\n"
    "      --json               the summary as one JSON object on standard output; progress on standard error as JSON\n"
    "                           lines\n"
    "  -h, --help               this text\n"
    "\n"
    "Exit code: 0 done, 2 error; after an error there is no new index.\n"
    "\n"
    "Examples:\n"
    "  ngidx merge part-1.ngidx part-2.ngidx -o whole.ngidx\n"
    "  ngidx merge *.ngidx -o whole.ngidx --shard-size 1T\n";

struct options {
    struct ng_join_options join;
    bool quiet;
    bool json;
    bool help;
};

enum { SHARD_SIZE = NG_CLI_OPT_OWN };

static const struct option OPTION_TABLE[] = {NG_CLI_LONG_HELP,
                                             NG_CLI_LONG_JSON,
                                             {"output", required_argument, NULL, 'o'},
                                             {"force", no_argument, NULL, 'f'},
                                             {"memory", required_argument, NULL, 'm'},
                                             {"threads", required_argument, NULL, 't'},
                                             {"shard-size", required_argument, NULL, SHARD_SIZE},
                                             {"quiet", no_argument, NULL, 'q'},
                                             {NULL, 0, NULL, 0}};

static int take_option(int option, struct options *options, struct ng_err *err) {
    struct ng_join_options *join = &options->join;
    uint64_t number = 0;
    int status = NG_OK;
    switch (option) {
    case 'o': join->output = optarg; break;
    case 'f': join->force = true; break;
    case 'm': status = ng_cli_parse_size(optarg, "--memory", &join->memory_bytes, err); break;
    case 't':
        status = ng_cli_parse_number(optarg, "--threads", 1, NG_MAX_THREADS, &number, err);
        join->threads = (unsigned)number;
        break;
    case SHARD_SIZE: status = ng_cli_parse_size(optarg, "--shard-size", &join->shard_bytes, err); break;
    case 'q': options->quiet = true; break;
    case NG_CLI_OPT_JSON: options->json = true; break;
    default: options->help = true; break;
    }
    return status;
}

static int parse(int argc, char **argv, struct options *options, struct ng_err *err) {
    *options = (struct options){.join = {.output = "./index.ngidx"}};
    for (;;) {
        int option;
        int status = ng_cli_next_option(argc, argv, "ho:fm:t:q", OPTION_TABLE, &option, err);
        if (!status && option != -1) status = take_option(option, options, err);
        if (status || options->help) return status;
        if (option == -1) break;
    }
    if (optind == argc) {
        (void)ng_err_set(err, NG_ERR_USAGE, "merge: no INDEX was given");
        return ng_err_hint(err, "ngidx merge A B -o C");
    }
    options->join.indexes = (const char *const *)&argv[optind];
    options->join.index_count = (size_t)(argc - optind);
    return NG_OK;
}

static int run(int argc, char **argv) {
    struct ng_err err;
    ng_err_clear(&err);
    struct options options;
    if (parse(argc, argv, &options, &err)) return ng_cli_report_usage(argv[0], &err);
    if (options.help) {
        (void)fputs(HELP, stdout);
        return NG_EXIT_FOUND;
    }
    struct ng_cmd_report report;
    ng_cmd_report_start(&report, options.join.output, options.quiet, options.json);
    options.join.progress = ng_cmd_report_progress;
    options.join.progress_context = &report;
    struct ng_build_result result;
    if (ng_join_run(&options.join, &result, &err)) return ng_cmd_report_failure(&report, argv[0], &err);
    return ng_cmd_report_end(&report, &result, NULL, &err);
}

const struct ng_cli_command ng_cmd_merge = {"merge", "join indexes into one", HELP, run};
