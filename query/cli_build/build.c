#include "query/cli/cmd.h"

#include <inttypes.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "common/base/limits.h"
#include "common/base/text.h"
#include "common/json/out.h"
#include "common/shard/shard_format.h"
#include "indexer/build/build.h"
#include "indexer/build/compact.h"
#include "indexer/build/join.h"
#include "indexer/done/done.h"
#include "indexer/task/task.h"
#include "query/args/indexes.h"
#include "query/cli_build/report.h"

static const char HELP[] =
    "Usage: ngidx build CORPUS... [options]\n"
    "\n"
    "Builds an index of a corpus. CORPUS is a folder (searched recursively, in sorted order), a file, or - for\n"
    "standard input. The content of a file decides its format, not its name:\n"
    "  JSON lines     one document per line, its text in one member; all other members are kept verbatim\n"
    "  JSON           an object, an array of objects, or a dict of columns or rows: one document per object or row\n"
    "  WET            one document per record, with the page's id, URL and date\n"
    "  Parquet        one document per row; needs duckdb, Python or Node, whichever is installed\n"
    "  other text     one document per file; UTF-16 is decoded\n"
    "All formats but Parquet may be compressed (gzip, zstd, bzip2, xz) or in a tar archive. Binary files are\n"
    "skipped. The summary reports what was read, skipped and repaired.\n"
    "\n"
    "Options:\n"
    "  -o, --output INDEX       folder to write (default ./index.ngidx); it appears only once it is complete\n"
    "  -f, --force              replace an existing index; it stays usable until the new one is complete\n"
    "  -m, --memory SIZE        memory to use (default: half of what is available)\n"
    "  -t, --threads N          threads to use (default: one per processor)\n"
    "      --shard-size SIZE    most text in one shard (default: as much as memory allows)\n"
    "      --block-size SIZE    most text sorted at a time (default: what memory allows; 128M of a pipe; 2G at most)\n"
    "      --view VIEWS         what to index: exact (the default); folded, which ignores case, spacing, punctuation\n"
    "                           and markup and serves contamination checks; or exact,folded\n"
    "      --text-field PATHS   members that hold the text (default text): a path may lead into objects and arrays\n"
    "                           (messages.content, choices.0.text); several (title,body) are joined by line ends\n"
    "      --id-field PATH      member that holds a document's id (default id), which ngidx doc --id looks up\n"
    "      --url-field PATH     member that holds its URL (default url, or else metadata.url)\n"
    "      --json-as WHAT       how to read JSON files: auto (the default: judged by their members), records, or\n"
    "                           text, which indexes them as they are\n"
    "      --sa-sample N        keep every N-th position (default 128). A smaller N makes locate faster and the\n"
    "                           index larger. A folded view beside an exact one keeps every 24N-th; alone, every\n"
    "                           N-th (default 512)\n"
    "      --invalid-utf8 WHAT  text that is not UTF-8: replace invalid bytes by U+FFFD (the default), skip the\n"
    "                           document, or fail\n"
    "      --skip-bad-lines     count lines that are not documents and go on, instead of failing\n"
    "      --skip-bad-files     do the same with truncated or unreadable files; documents before the damage are kept\n"
    "      --max-bad N          give up at more than N bad lines and files; each task counts its own\n"
    "      --list-skipped       name everything that is skipped, not only the first few\n"
    "      --list-repaired      name every repair: text that was not UTF-8, NaN in metadata, JSON read as text; append\n"
    "                           also names every file that was in the index, or has changed\n"
    "      --long-window        unpack zstd and xz with windows over 128 MB, for which --memory must have room\n"
    "      --include GLOB       take only files from folders that match: by name, or by path if GLOB has a slash\n"
    "                           (may be repeated)\n"
    "      --exclude GLOB       leave out files and folders that match (may be repeated)\n"
    "      --hidden             also take files and folders whose names start with a dot\n"
    "      --follow             follow symbolic links to folders; each file is still read only once\n"
    "      --resume             continue a build of the same corpus and options that was killed or ran out of memory\n"
    "                           or disk; start anew if there is none; do nothing if INDEX is finished and is of the\n"
    "                           same files, which are read for this, and options\n"
    "      --task I/N           build only part I (from 0) of N, as one of N tasks on any machines that see INDEX and\n"
    "                           the corpus; the first task lists the corpus and cuts it into parts by size. This list\n"
    "                           of files, sizes and times is what all tasks build: files that come later are not in\n"
    "                           the index, and one that has changed or gone when its task reads it is an error.\n"
    "                           Repeat a task that was killed: it resumes, or does nothing if its part is there, or\n"
    "                           INDEX is finished and of the same files and options\n"
    "      --finish             make the index of the parts once all tasks are done; needs only -o. With the CORPUS and\n"
    "                           options of the tasks it does nothing if INDEX is finished and of these. Its summary is\n"
    "                           that of all tasks together, and names files that the corpus has gained, lost or\n"
    "                           changed since it was listed\n"
    "      --dry-run            only print the plan: shards, blocks, and the time, memory and disk they will take; this\n"
    "                           reads the corpus in some places and sorts what it finds, for some seconds, to measure\n"
    "                           the machine\n"
    "  -q, --quiet              no progress and no summary, only errors\n"
    "      --json               print the summary as one JSON object on standard output, and progress on standard\n"
    "                           error as JSON lines: one per second and one at the end of each stage, and after an\n"
    "                           error one with error, hint and status (such as NOTFOUND)\n"
    "  -h, --help               show this help\n"
    "\n"
    "Sizes are in bytes, or have a unit: 8G and 8GiB use powers of 1024, 8GB powers of 1000. 1.5G works, too.\n"
    "\n"
    "Exit code: 0 done, 2 error. After an error there is no new index, and an old one is unchanged.\n"
    "\n"
    "Examples:\n"
    "  ngidx build corpus/\n"
    "  ngidx build -o wiki.ngidx wiki-*.jsonl.zst --text-field content --memory 8G\n"
    "  zcat dump.jsonl.gz | ngidx build - --force\n"
    "  ngidx build corpus/ -o big.ngidx --task 3/8; ngidx build -o big.ngidx --finish\n";

static const char APPEND_HELP[] =
    "Usage: ngidx append INDEX CORPUS... [options]\n"
    "\n"
    "Adds the documents of a corpus to the end of an index. CORPUS is as for ngidx build. The new documents are\n"
    "built into shards of their own; the others stay as they are. So appending takes as long as building what is\n"
    "added. As many small shards make searches slower, 'ngidx compact INDEX' merges them; append tells when to.\n"
    "The index stays usable and intact, whatever happens. The new index replaces it in one step; programs that\n"
    "have the old one open go on using it.\n"
    "\n"
    "Files whose content is in the index already are named in the summary, and so are files that have changed\n"
    "since they were added. --skip-known passes over the former (not over standard input, which cannot be read\n"
    "twice).\n"
    "\n"
    "Options: the same as for ngidx build, except -o and -f. The text field defaults to the index's own. So do the\n"
    "fields of ids and URLs; another one given here holds for the whole index. The views are always the index's.\n"
    "\n"
    "Exit code: 0 done, 2 error. After an error the index is unchanged.\n"
    "\n"
    "Examples:\n"
    "  ngidx append wiki.ngidx wiki-2024-*.jsonl.zst\n"
    "  ngidx append wiki.ngidx dumps/ --skip-known\n"
    "  zcat new.jsonl.gz | ngidx append index.ngidx -\n";

struct options {
    struct ng_build_options build;
    struct ng_cmd_report report;
    struct ng_notes notes;
    struct ng_task task; /* count 0: none */
    bool finish;
    bool dry_run;
};

static int take_task(const char *text, void *to, struct ng_err *err) {
    struct ng_task *task = to;
    return ng_cli_parse_task(text, &task->number, &task->count, err);
}

static int take_policy(const char *text, void *policy, struct ng_err *err) {
    static const struct {
        const char *name;
        enum ng_utf8_policy policy;
    } policies[] = {{"replace", NG_UTF8_REPLACE}, {"skip", NG_UTF8_SKIP}, {"fail", NG_UTF8_FAIL}};
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        if (strcmp(text, policies[i].name) != 0) continue;
        *(enum ng_utf8_policy *)policy = policies[i].policy;
        return NG_OK;
    }
    return ng_err_set(err, NG_ERR_USAGE, "--invalid-utf8 is replace, skip or fail, not '%s'", text);
}

static int take_views(const char *text, void *to, struct ng_err *err) {
    struct ng_build_options *build = to;
    bool both = strcmp(text, "exact,folded") == 0 || strcmp(text, "folded,exact") == 0;
    build->exact = both || strcmp(text, "exact") == 0;
    build->folded = both || strcmp(text, "folded") == 0;
    if (build->exact || build->folded) return NG_OK;
    return ng_err_set(err, NG_ERR_USAGE, "--view is exact, folded or exact,folded, not '%s'", text);
}

static int take_json_as(const char *text, void *to, struct ng_err *err) {
    static const char *const names[] = {[NG_JSON_AS_AUTO] = "auto", [NG_JSON_AS_RECORDS] = "records", [NG_JSON_AS_TEXT] = "text"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(text, names[i]) != 0) continue;
        *(enum ng_json_as *)to = (enum ng_json_as)i;
        return NG_OK;
    }
    return ng_err_set(err, NG_ERR_USAGE, "--json-as is auto, records or text, not '%s'", text);
}

static int add_glob(const char *glob, const char **globs, size_t *count, struct ng_err *err) {
    if (*count == NG_MAX_GLOBS) return ng_err_set(err, NG_ERR_USAGE, "over %u globs (NG_MAX_GLOBS)", NG_MAX_GLOBS);
    globs[(*count)++] = glob;
    return NG_OK;
}

static int take_include(const char *glob, void *to, struct ng_err *err) {
    struct ng_walk_options *walk = to;
    return add_glob(glob, walk->include, &walk->include_count, err);
}

static int take_exclude(const char *glob, void *to, struct ng_err *err) {
    struct ng_walk_options *walk = to;
    return add_glob(glob, walk->exclude, &walk->exclude_count, err);
}

/* INDEX, for append, and CORPUS. */
static int take_arguments(int argc, char **argv, bool append, struct ng_build_options *build, struct ng_err *err) {
    if (append && (build->output || build->force)) {
        (void)ng_err_set(err, NG_ERR_USAGE, "append has no option %s", build->output ? "-o" : "-f");
        return ng_err_hint(err, "the first argument is the index: ngidx append INDEX CORPUS");
    }
    if (append && optind < argc) build->output = argv[optind++];
    if (optind == argc) {
        (void)ng_err_set(err, NG_ERR_USAGE, "%s: CORPUS is missing", argv[0]);
        return ng_err_hint(err, append ? "ngidx append INDEX FOLDER, or ngidx append INDEX - for JSON lines on standard input"
                                       : "ngidx build FOLDER, or ngidx build - for JSON lines on standard input");
    }
    build->corpus.paths = (const char *const *)&argv[optind];
    build->corpus.path_count = (size_t)(argc - optind);
    return append ? ng_cmd_indexes_refuse_address(build->output, "be appended to", err) : NG_OK;
}

/* What is free where the index goes; UINT64_MAX where the system does not tell. */
static uint64_t free_bytes(const char *output) {
    struct statvfs disk;
    if (statvfs(output, &disk) != 0) {
        char *path = strdup(output);
        bool told = path && statvfs(dirname(path), &disk) == 0;
        free(path);
        if (!told) return UINT64_MAX;
    }
    return (uint64_t)disk.f_bavail * disk.f_frsize;
}

static int print_forecast(const struct options *options, const struct ng_build_forecast *f, struct ng_err *err) {
    const struct ng_plan *plan = &f->plan;
    const struct ng_plan_expected *e = &f->expected;
    const uint64_t room = free_bytes(options->build.output);
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
                 {"free_bytes", "free on that disk", room, true}};
    const size_t count = sizeof lines / sizeof *lines - (room == UINT64_MAX ? 1 : 0);
    char size[NG_CLI_SIZE_CHARS];
    for (size_t i = 0; i < count && !options->report.json; i++) {
        if (lines[i].bytes) (void)printf("%-40s %s\n", lines[i].text, ng_cli_format_size(lines[i].value, size));
        else (void)printf("%-40s %" PRIu64 "\n", lines[i].text, lines[i].value);
    }
    if (room < e->disk_bytes) {
        (void)fprintf(stderr, "warning: the disk of %s may be too small: %s are free\n", options->build.output,
                      ng_cli_format_size(room, size));
    }
    if (!options->report.json) {
        (void)printf("%-40s %.1f\n%-40s %.1f\n", "seconds of processor time, about", e->cpu_seconds, "seconds, about",
                     e->seconds);
        return NG_OK;
    }
    struct ng_json json;
    int status = ng_cmd_json_begin(&json, err);
    if (status) return status;
    for (size_t i = 0; i < count; i++) ng_json_member_u64(&json, lines[i].key, lines[i].value);
    ng_json_member_decimal(&json, "cpu_seconds", e->cpu_seconds, 2);
    ng_json_member_decimal(&json, "seconds", e->seconds, 2);
    return ng_cmd_json_end(&json);
}

/* Tasks name the first few notes of each kind, and count all. */
static void take_counts(struct ng_notes *notes, const struct ng_build_result *result) {
    memcpy(notes->counts, result->corpus.notes, sizeof notes->counts);
    notes->of_tasks = true;
}

static int build_part(struct options *options, struct ng_err *err) {
    const struct ng_task *task = &options->task;
    struct ng_task_result result;
    int status = ng_task_build(&options->build, task, &result, err);
    if (!result.finished) options->report.part = *task;
    options->report.was_there = result.was_there;
    options->report.untold = result.untold ? 1 : 0;
    if (result.was_there) take_counts(&options->notes, &result.build);
    status = ng_cmd_report_end(&options->report, status, options->build.output, &result.build, err);
    if (!status && !options->report.quiet && result.input_bytes / 2 > result.mean_bytes && task->count > 1) {
        char part[NG_CLI_SIZE_CHARS];
        char mean[NG_CLI_SIZE_CHARS];
        (void)fprintf(stderr, "warning: this part has %s of input, the mean is %s: files are not cut, so split large ones\n",
                      ng_cli_format_size(result.input_bytes, part), ng_cli_format_size(result.mean_bytes, mean));
    }
    return status;
}

static int finish(struct options *options, struct ng_err *err) {
    struct ng_task_finished result;
    int status = ng_task_finish(&options->build, &result, err);
    take_counts(&options->notes, &result.build);
    options->report.finished = result.parts;
    options->report.untold = result.untold;
    options->report.untold_listing = result.untold_listing;
    options->report.was_there = result.was_there;
    if (!result.was_there) options->report.drift = &result.drift;
    status = ng_cmd_report_end(&options->report, status, options->build.output, &result.build, err);
    options->report.drift = NULL;
    ng_drift_free(&result.drift);
    return status;
}

/* A job that is run again after it has succeeded has nothing to do. */
static int build_whole(const struct ng_build_options *build, struct ng_build_result *result, struct ng_err *err) {
    *result = (struct ng_build_result){0};
    int status = build->resume && !build->force ? ng_done_find(build, &(struct ng_done_share){0, 1}, result, err) : NG_OK;
    return status || result->was_there ? status : ng_build_run(build, result, err);
}

/* Options that tell in the index; tasks have them. */
static bool given_to_tasks(const struct ng_build_options *build) {
    const struct ng_corpus_options *corpus = &build->corpus;
    return build->exact || build->folded || build->sa_sample || build->shard_bytes || corpus->text_field ||
           corpus->json_as || corpus->invalid_utf8 || corpus->skip_bad_lines || corpus->skip_bad_files ||
           corpus->walk.include_count || corpus->walk.exclude_count || corpus->walk.hidden || corpus->walk.follow;
}

static int check_task(int argc, char **argv, const struct options *options, struct ng_err *err) {
    const char *why = NULL;
    if (options->task.count > 0 && options->finish) why = "--task and --finish exclude each other";
    else if (options->dry_run) why = "--dry-run plans a build without tasks";
    else if (options->build.force) why = "tasks replace no index: --force does not apply";
    else if (options->finish && optind == argc && (options->notes.list_skipped || options->notes.list_repaired)) {
        why = "--finish names the first few of what was passed over or repaired: --list-skipped and --list-repaired of the tasks name all";
    } else if (options->finish && optind == argc && given_to_tasks(&options->build)) {
        why = "--finish takes options of the build only with the corpus, to compare both with those of the tasks";
    }
    else if (strcmp(argv[0], "append") == 0) why = "append is not done by tasks";
    return why ? ng_err_set(err, NG_ERR_USAGE, "%s", why) : NG_OK;
}

/* Tells if compacting is due. That it cannot be told is no failure of the append. */
static void tell_due(const struct options *options) {
    const struct ng_compact_options compacting = {.index = options->build.output, .memory_bytes = options->build.memory_bytes,
                                                  .threads = options->build.threads};
    struct ng_join_group *groups = NULL;
    uint64_t count = 0;
    uint64_t small = 0;
    if (options->report.quiet || options->report.json) return;
    if (ng_compact_plan(&compacting, &groups, &count, NULL)) return;
    for (uint64_t g = 0; g < count; g++) small += groups[g].shards > 1 ? groups[g].shards : 0;
    if (small > 0) {
        (void)fprintf(stderr, "%" PRIu64 " small shards: 'ngidx compact %s' merges them\n", small, compacting.index);
    }
    free(groups);
}

static int make(int argc, char **argv, void *context, struct ng_err *err) {
    struct options *options = context;
    struct ng_build_options *build = &options->build;
    struct ng_build_forecast forecast;
    struct ng_build_result result;
    bool append = strcmp(argv[0], "append") == 0;
    int status = options->task.count > 0 || options->finish ? check_task(argc, argv, options, err) : NG_OK;
    if (build->corpus.skip_known && (!append || options->dry_run)) {
        return ng_err_set(err, NG_ERR_USAGE, append ? "--dry-run does not look for known files" : "--skip-known is for ngidx append");
    }
    if (!status && (!options->finish || optind < argc)) status = take_arguments(argc, argv, append, build, err);
    if (status) return status;
    if (options->dry_run) {
        for (size_t i = 0; i < build->corpus.path_count; i++) {
            if (strcmp(build->corpus.paths[i], "-") != 0) continue;
            (void)ng_err_set(err, NG_ERR_USAGE, "--dry-run cannot tell how much there is on standard input");
            return ng_err_hint(err, "name a file, or pass over the forecast");
        }
        status = append ? ng_join_forecast(build, &forecast, err) : ng_build_forecast(build, &forecast, err);
        return status ? status : print_forecast(options, &forecast, err);
    }
    ng_cmd_report_start(&options->report);
    options->report.notes = &options->notes;
    options->notes.json = options->report.json;
    options->notes.progress = &options->report.progress;
    build->corpus.note = ng_notes_take;
    build->corpus.note_context = &options->notes;
    build->progress = ng_cmd_report_progress;
    build->progress_context = &options->report;
    if (options->task.count > 0) {
        status = build_part(options, err);
    } else if (options->finish) {
        status = finish(options, err);
    } else {
        status = append ? ng_join_append(build, &result, err) : build_whole(build, &result, err);
        options->report.was_there = result.was_there;
        status = ng_cmd_report_end(&options->report, status, build->output, &result, err);
        if (!status && append) tell_due(options);
    }
    ng_notes_free(&options->notes);
    return status;
}

static int run(int argc, char **argv) {
    struct options options = {0};
    struct ng_build_options *build = &options.build;
    struct ng_corpus_options *corpus = &build->corpus;
    const struct ng_cli_option table[] = {
        NG_CMD_REPORT_OPTIONS(build, &options.report),
        {.name = "block-size", .size = &build->block_bytes},
        {.name = "view", .take = take_views, .to = build},
        {.name = "text-field", .text = &corpus->text_field},
        {.name = "id-field", .text = &build->id_field},
        {.name = "url-field", .text = &build->url_field},
        {.name = "sa-sample", .number = &build->sa_sample, .least = 1, .most = NG_MAX_SAMPLE},
        {.name = "invalid-utf8", .take = take_policy, .to = &corpus->invalid_utf8},
        {.name = "skip-bad-lines", .flag = &corpus->skip_bad_lines},
        {.name = "skip-bad-files", .flag = &corpus->skip_bad_files},
        {.name = "max-bad", .number = &corpus->max_bad, .least = 1, .most = UINT64_MAX},
        {.name = "list-skipped", .flag = &options.notes.list_skipped},
        {.name = "list-repaired", .flag = &options.notes.list_repaired},
        {.name = "long-window", .flag = &corpus->long_window},
        {.name = "json-as", .take = take_json_as, .to = &corpus->json_as},
        {.name = "include", .take = take_include, .to = &corpus->walk},
        {.name = "exclude", .take = take_exclude, .to = &corpus->walk},
        {.name = "hidden", .flag = &corpus->walk.hidden},
        {.name = "follow", .flag = &corpus->walk.follow},
        {.name = "skip-known", .flag = &corpus->skip_known},
        {.name = "resume", .flag = &build->resume},
        {.name = "task", .take = take_task, .to = &options.task},
        {.name = "finish", .flag = &options.finish},
        {.name = "dry-run", .flag = &options.dry_run},
        {0}};
    bool append = strcmp(argv[0], "append") == 0;
    if (!append) build->output = "./index.ngidx";
    return ng_cli_run(argc, argv, append ? APPEND_HELP : HELP, table, make, &options);
}

const struct ng_cli_command ng_cmd_build = {"build", "make an index of a corpus", HELP, run};
const struct ng_cli_command ng_cmd_append = {"append", "add documents to an index", APPEND_HELP, run};
