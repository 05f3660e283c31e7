#include "indexer/cmd_build.h"

#include <inttypes.h>
#include <string.h>

#include "common/json_out.h"
#include "common/limits.h"
#include "common/shard_format.h"
#include "indexer/build.h"
#include "indexer/cmd_report.h"
#include "indexer/join.h"

static const char HELP[] =
    "Usage: ngidx build CORPUS... [options]\n"
    "\n"
    "Builds an index of a corpus. CORPUS is a folder (with all below it, in sorted order), a file, or - for JSON\n"
    "lines on standard input. Files named *.jsonl, *.ndjson and *.json hold one document a line, a JSON object\n"
    "with its text in one member; all its other members are kept verbatim. Any other file is one document. All\n"
    "of these may be compressed (.gz, .zst).\n"
    "\n"
    "Options:\n"
    "  -o, --output INDEX       folder to write (default ./index.ngidx); appears only when it is complete\n"
    "  -f, --force              replace an index that is there; it stays usable until the new one is complete\n"
    "  -m, --memory SIZE        memory to use (default: half of what is available)\n"
    "  -t, --threads N          threads to use (default: one a processor)\n"
    "      --shard-size SIZE    most text in one shard (default: as much as memory allows)\n"
    "      --block-size SIZE    most text sorted at a time (default 64M, or what memory allows)\n"
    "      --text-field NAME    member that holds the text (default text)\n"
    "      --sa-sample N        keep every N-th position (default 128); less: faster locate, larger index\n"
    "      --invalid-utf8 WHAT  text that is not UTF-8: replace what is wrong by U+FFFD (the default), skip the\n"
    "                           document, or fail\n"
    "      --skip-bad-lines     count lines that are no documents, and go on, instead of failing\n"
    "      --resume             go on where a build of the same corpus and options was killed, or stopped for lack of\n"
    "                           memory or disk; start anew where there was none\n"
    "      --dry-run            only print the plan: shards, blocks, and the time, memory and disk they will take\n"
    "  -q, --quiet              no progress and no summary, only errors\n"
    "      --json               the summary as one JSON object on standard output; progress on standard error as JSON\n"
    "                           lines, one a second and one at the end of each stage\n"
    "  -h, --help               this text\n"
    "\n"
    "Sizes are bytes, or have K, M, G or T behind them (powers of 1024).\n"
    "\n"
    "Exit code: 0 done, 2 error; after an error there is no new index, and an old one is as it was.\n"
    "\n"
    "Examples:\n"
    "  ngidx build corpus/\n"
    "  ngidx build -o wiki.ngidx wiki-*.jsonl.zst --text-field content --memory 8G\n"
    "  zcat dump.jsonl.gz | ngidx build - --force\n";

static const char APPEND_HELP[] =
    "Usage: ngidx append INDEX CORPUS... [options]\n"
    "\n"
    "Adds the documents of a corpus to an index, behind those it has. CORPUS is as for ngidx build. The documents are\n"
    "built into shards beside the index; the index's last shard and the first new one become one where they fit a\n"
    "shard together, without sorting anew. The index stays usable, and whole whatever happens, until the new one\n"
    "takes its place at once; programs that have it open go on with the old one.\n"
    "\n"
    "Options: those of ngidx build but -o, -f and --resume. --text-field is the index's unless it is given here.\n"
    "\n"
    "Exit code: 0 done, 2 error; after an error the index is as it was.\n"
    "\n"
    "Examples:\n"
    "  ngidx append wiki.ngidx wiki-2024-*.jsonl.zst\n"
    "  zcat new.jsonl.gz | ngidx append index.ngidx -\n";

struct options {
    struct ng_build_options build;
    bool quiet;
    bool json;
    bool dry_run;
    bool help;
};

enum { SHARD_SIZE = NG_CLI_OPT_OWN, BLOCK_SIZE, TEXT_FIELD, SA_SAMPLE, INVALID_UTF8, SKIP_BAD_LINES, RESUME, DRY_RUN };

static const struct option OPTION_TABLE[] = {NG_CLI_LONG_HELP,
                                             NG_CLI_LONG_JSON,
                                             {"output", required_argument, NULL, 'o'},
                                             {"force", no_argument, NULL, 'f'},
                                             {"memory", required_argument, NULL, 'm'},
                                             {"threads", required_argument, NULL, 't'},
                                             {"shard-size", required_argument, NULL, SHARD_SIZE},
                                             {"block-size", required_argument, NULL, BLOCK_SIZE},
                                             {"text-field", required_argument, NULL, TEXT_FIELD},
                                             {"sa-sample", required_argument, NULL, SA_SAMPLE},
                                             {"invalid-utf8", required_argument, NULL, INVALID_UTF8},
                                             {"skip-bad-lines", no_argument, NULL, SKIP_BAD_LINES},
                                             {"resume", no_argument, NULL, RESUME},
                                             {"dry-run", no_argument, NULL, DRY_RUN},
                                             {"quiet", no_argument, NULL, 'q'},
                                             {NULL, 0, NULL, 0}};

static int parse_policy(const char *text, enum ng_utf8_policy *policy, struct ng_err *err) {
    static const struct {
        const char *name;
        enum ng_utf8_policy policy;
    } policies[] = {{"replace", NG_UTF8_REPLACE}, {"skip", NG_UTF8_SKIP}, {"fail", NG_UTF8_FAIL}};
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        if (strcmp(text, policies[i].name) != 0) continue;
        *policy = policies[i].policy;
        return NG_OK;
    }
    return ng_err_set(err, NG_ERR_USAGE, "--invalid-utf8 is replace, skip or fail, not '%s'", text);
}

static int parse_threads(const char *text, unsigned *threads, struct ng_err *err) {
    uint64_t number = 0;
    int status = ng_cli_parse_number(text, "--threads", 1, NG_MAX_THREADS, &number, err);
    if (!status) *threads = (unsigned)number;
    return status;
}

static int take_option(int option, struct options *options, struct ng_err *err) {
    struct ng_build_options *build = &options->build;
    switch (option) {
    case 'o': build->output = optarg; return NG_OK;
    case 'f': build->force = true; return NG_OK;
    case 'm': return ng_cli_parse_size(optarg, "--memory", &build->memory_bytes, err);
    case 't': return parse_threads(optarg, &build->threads, err);
    case SHARD_SIZE: return ng_cli_parse_size(optarg, "--shard-size", &build->shard_bytes, err);
    case BLOCK_SIZE: return ng_cli_parse_size(optarg, "--block-size", &build->block_bytes, err);
    case TEXT_FIELD: build->corpus.text_field = optarg; return NG_OK;
    case SA_SAMPLE: return ng_cli_parse_number(optarg, "--sa-sample", 1, NG_MAX_SAMPLE, &build->sa_sample, err);
    case INVALID_UTF8: return parse_policy(optarg, &build->corpus.invalid_utf8, err);
    case SKIP_BAD_LINES: build->corpus.skip_bad_lines = true; return NG_OK;
    case RESUME: build->resume = true; return NG_OK;
    case DRY_RUN: options->dry_run = true; return NG_OK;
    case 'q': options->quiet = true; return NG_OK;
    case NG_CLI_OPT_JSON: options->json = true; return NG_OK;
    default: options->help = true; return NG_OK;
    }
}

static int parse(int argc, char **argv, bool append, struct options *options, struct ng_err *err) {
    *options = (struct options){.build = {.output = append ? NULL : "./index.ngidx"}};
    for (;;) {
        int option;
        int status = ng_cli_next_option(argc, argv, "ho:fm:t:q", OPTION_TABLE, &option, err);
        if (!status && option != -1) status = take_option(option, options, err);
        if (status || options->help) return status;
        if (option == -1) break;
    }
    if (append && !options->build.output && optind < argc) options->build.output = argv[optind++];
    if (optind == argc) {
        (void)ng_err_set(err, NG_ERR_USAGE, "%s: CORPUS is missing", argv[0]);
        return ng_err_hint(err, append ? "ngidx append INDEX FOLDER, or ngidx append INDEX - for JSON lines on standard input"
                                       : "ngidx build FOLDER, or ngidx build - for JSON lines on standard input");
    }
    options->build.corpus.paths = (const char *const *)&argv[optind];
    options->build.corpus.path_count = (size_t)(argc - optind);
    return NG_OK;
}

static int print_forecast(const struct options *options, const struct ng_build_forecast *f, struct ng_err *err) {
    const struct ng_plan *plan = &f->plan;
    const struct ng_plan_expected *e = &f->expected;
    const struct {
        const char *key;
        const char *text;
        uint64_t value;
        bool bytes;
    } lines[] = {{"files", "files of the corpus", f->files, false},
                 {"input_bytes", "size of them", f->input_bytes, true},
                 {"text_bytes", "text in them, about", f->text_bytes, true},
                 {"threads", "threads", plan->threads, false},
                 {"memory_bytes", "memory, at most", plan->memory_bytes, true},
                 {"block_bytes", "text sorted at a time, by each of them", ng_plan_block(plan, f->text_bytes), true},
                 {"sorters", "blocks sorted side by side", plan->sorters, false},
                 {"blocks", "blocks, about", e->blocks, false},
                 {"shards", "shards, about", e->shards, false},
                 {"disk_bytes", "disk while building, about", e->disk_bytes, true},
                 {"index_bytes", "index, about", e->index_bytes, true},
                 {"seconds", "seconds, about", e->seconds, false}};
    const size_t count = sizeof lines / sizeof *lines;
    char size[NG_CLI_SIZE_CHARS];
    for (size_t i = 0; i < count && !options->json; i++) {
        if (lines[i].bytes) (void)printf("%-40s %s\n", lines[i].text, ng_cli_format_size(lines[i].value, size));
        else (void)printf("%-40s %" PRIu64 "\n", lines[i].text, lines[i].value);
    }
    if (!options->json) return NG_OK;
    struct ng_json json;
    int status = ng_json_init(&json, stdout, err);
    if (status) return status;
    ng_json_object_begin(&json);
    for (size_t i = 0; i < count; i++) {
        ng_json_key(&json, lines[i].key);
        ng_json_u64(&json, lines[i].value);
    }
    ng_json_object_end(&json);
    ng_json_end_line(&json);
    ng_json_free(&json);
    return NG_OK;
}

static int run_dry(const struct options *options, const char *command, struct ng_err *err) {
    struct ng_build_forecast forecast;
    if (ng_build_forecast(&options->build, &forecast, err)) return ng_cli_report_usage(command, err);
    return print_forecast(options, &forecast, err) ? ng_cli_report(err) : NG_EXIT_FOUND;
}

static int run(int argc, char **argv) {
    struct ng_err err;
    ng_err_clear(&err);
    struct options options;
    bool append = strcmp(argv[0], "append") == 0;
    if (parse(argc, argv, append, &options, &err)) return ng_cli_report_usage(argv[0], &err);
    if (options.help) {
        (void)fputs(append ? APPEND_HELP : HELP, stdout);
        return NG_EXIT_FOUND;
    }
    if (options.dry_run) return run_dry(&options, argv[0], &err);
    struct ng_cmd_report report;
    ng_cmd_report_start(&report, options.build.output, options.quiet, options.json);
    options.build.progress = ng_cmd_report_progress;
    options.build.progress_context = &report;
    struct ng_build_result result;
    int status = append ? ng_join_append(&options.build, &result, &err) : ng_build_run(&options.build, &result, &err);
    if (status) return ng_cmd_report_failure(&report, argv[0], &err);
    return ng_cmd_report_end(&report, &result, &options.build.corpus, &err);
}

const struct ng_cli_command ng_cmd_build = {"build", "make an index of a corpus", HELP, run};
const struct ng_cli_command ng_cmd_append = {"append", "add documents to an index", APPEND_HELP, run};
