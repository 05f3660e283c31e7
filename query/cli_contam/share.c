#include "query/cli_contam/share.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/cli/cli.h"
#include "common/cli/options.h"
#include "common/json/out.h"
#include "query/include/ngidx_base.h"

static const char HELP[] =
    "Usage: ngidx contam gather REPORT\n"
    "\n"
    "Makes the report of a check whose parts tasks have left in REPORT (ngidx contam BENCH --report REPORT --task I/N): the\n"
    "same, byte for byte, as that of one run over everything. Benchmarks, indexes and options are those of the tasks.\n"
    "A part that is missing, damaged or of another check is an error. The parts are removed at the end.\n"
    "\n"
    "Options:\n"
    "  -h, --help  show this help\n"
    "\n"
    "Exit code: 0 done, 2 error, 3 a --fail-on rule of the tasks applied.\n";

bool ng_cmd_share_is_task(const struct ng_cmd_contam *command) {
    return command->task_count > 0 && !command->gathered;
}

static struct ng_shares_words facts_of(const struct ng_cmd_share *share) {
    return (struct ng_shares_words){.words = (const char *const *)share->facts, .count = share->fact_count};
}

/* ---- What has to be the same ---- */

/* Adds a fact; takes what it is made of. */
static int add_fact(struct ng_cmd_share *share, struct ng_buf *text, int status, struct ng_err *err) {
    if (!status) status = ng_buf_append(text, "", 1, err);
    char **grown = status ? NULL : reallocarray((void *)share->facts, share->fact_count + 1, sizeof(char *));
    if (!status && !grown) status = ng_err_nomem(err, (share->fact_count + 1) * sizeof(char *), "what a part is of");
    if (grown) {
        share->facts = grown;
        share->facts[share->fact_count++] = (char *)text->data;
    } else {
        ng_buf_free(text);
    }
    return status;
}

static int add_command(struct ng_cmd_share *share, struct ng_err *err) {
    const struct ng_report_settings *settings = &share->command->settings;
    struct ng_buf text = {0};
    int status = ng_buf_print(&text, err, "command");
    for (size_t i = 0; i < settings->command_count && !status; i++) {
        status = ng_buf_print(&text, err, " %s", settings->command[i]);
    }
    return add_fact(share, &text, status, err);
}

static int add_index(struct ng_cmd_share *share, const struct ng_report_index *index, struct ng_err *err) {
    struct ng_buf text = {0};
    struct ng_index_info info;
    char id[NG_INDEX_ID_CHARS];
    ng_index_get_info(index->index, &info);
    ng_index_get_id(index->index, id);
    share->shards += info.shards;
    return add_fact(share, &text, ng_buf_print(&text, err, "index %s %s, %" PRIu64 " shards", index->name, id, info.shards), err);
}

static int add_benchmark(struct ng_cmd_share *share, const struct ng_report_benchmark *benchmark, struct ng_err *err) {
    struct ng_buf text = {0};
    if (!benchmark->hash[0]) {
        return ng_err_set(err, NG_ERR_USAGE, "--task: all tasks read the benchmark, which standard input cannot give");
    }
    return add_fact(share, &text, ng_buf_print(&text, err, "benchmark %s %s", benchmark->name, benchmark->hash), err);
}

static int add_facts(struct ng_cmd_share *share, const struct ng_report_benchmark *benchmarks, size_t count,
                     struct ng_err *err) {
    const struct ng_report_settings *settings = &share->command->settings;
    struct ng_buf program = {0};
    int status = add_fact(share, &program, ng_buf_print(&program, err, "program ngidx %s", NGIDX_VERSION), err);
    if (!status) status = add_command(share, err);
    for (size_t k = 0; k < settings->index_count && !status; k++) status = add_index(share, &settings->indexes[k], err);
    for (size_t i = 0; i < count && !status; i++) status = add_benchmark(share, &benchmarks[i], err);
    return status;
}

/* ---- Which shards ---- */

/* Cuts the shards of all indexes into parts of about equal size: a shard goes to the task in whose part its middle is. */
static int cut(struct ng_cmd_share *share, uint64_t tasks, struct ng_err *err) {
    const struct ng_report_settings *settings = &share->command->settings;
    uint64_t total = 0;
    share->ends = calloc((size_t)tasks, sizeof *share->ends);
    if (!share->ends) return ng_err_nomem(err, tasks * sizeof *share->ends, "the shards of tasks");
    for (size_t k = 0; k < settings->index_count; k++) {
        struct ng_index_info info;
        ng_index_get_info(settings->indexes[k].index, &info);
        total += info.text_bytes;
    }
    uint64_t step = total / tasks + 1;
    uint64_t before = 0;
    uint64_t number = 0;
    for (size_t k = 0; k < settings->index_count; k++) {
        struct ng_index_info info;
        ng_index_get_info(settings->indexes[k].index, &info);
        for (uint64_t s = 0; s < info.shards; s++) {
            struct ng_shard_info shard;
            ng_index_get_shard_info(settings->indexes[k].index, s, &shard);
            uint64_t task = (before + shard.text_bytes / 2) / step;
            share->ends[task < tasks ? task : tasks - 1] = ++number;
            before += shard.text_bytes;
        }
    }
    for (uint64_t t = 1; t < tasks; t++) {
        if (share->ends[t] < share->ends[t - 1]) share->ends[t] = share->ends[t - 1];
    }
    return NG_OK;
}

static uint64_t first_of(const struct ng_cmd_share *share, uint64_t task) {
    return task > 0 ? share->ends[task - 1] : 0;
}

/* ---- A check ---- */

static int open_task(struct ng_cmd_share *share, struct ng_err *err) {
    const struct ng_cmd_contam *command = share->command;
    const struct ng_shares_words facts = facts_of(share);
    struct ng_err why;
    int status = cut(share, command->task_count, err);
    if (status) return status;
    /* A new check may take the folder of one that was given up; a mistake would show at the end only. */
    if (ng_shares_others_differ(command->report, command->task, command->task_count, &facts, &why)) {
        (void)fprintf(stderr, "warning: gather will refuse these parts together: %s\n  try: %s\n", why.text, why.hint);
    }
    share->was_there = ng_shares_is_there(command->report, command->task, command->task_count, &facts);
    return share->was_there ? NG_OK : ng_shares_create(&share->writer, command->report, command->task, err);
}

static int open_gathering(struct ng_cmd_share *share, struct ng_err *err) {
    const struct ng_shares *shares = share->command->gathered;
    const struct ng_shares_words facts = facts_of(share);
    int status = ng_shares_check_facts(&shares->parts[0], &facts, "now", err);
    if (!status) status = cut(share, shares->count, err);
    for (size_t i = 0; i < shares->count && !status; i++) {
        const struct ng_shares_head *head = &shares->parts[i].head;
        if (head->first_shard == first_of(share, i) && head->shard_count == share->ends[i] - head->first_shard) continue;
        status = ng_err_set(err, NG_ERR_CORRUPT, "%s has other shards than task %zu searches", shares->parts[i].path, i);
    }
    return status;
}

int ng_cmd_share_open(struct ng_cmd_share *share, const struct ng_cmd_contam *command,
                      const struct ng_report_benchmark *benchmarks, size_t count, struct ng_err *err) {
    *share = (struct ng_cmd_share){.command = command};
    if (!command->gathered && command->task_count == 0) return NG_OK;
    if (command->settings.judges.count > 0) {
        return ng_err_set(err, NG_ERR_USAGE, "--task goes with --preset folded or paper; recipes are not shared by tasks");
    }
    int status = add_facts(share, benchmarks, count, err);
    if (status) return status;
    return command->gathered ? open_gathering(share, err) : open_task(share, err);
}

int ng_cmd_share_search(struct ng_cmd_share *share, struct ng_contam *contam, const struct ng_contam_entry *entries,
                        size_t count, struct ng_err *err) {
    uint64_t first = first_of(share, share->command->task);
    struct ng_contam_share *found = calloc(count + 1, sizeof *found);
    if (!found) return ng_err_nomem(err, count * sizeof *found, "shares of entries");
    int status = ng_contam_search_shards(contam, entries, count, first, share->ends[share->command->task] - first, found, err);
    for (size_t i = 0; i < count && !status; i++) status = ng_shares_add(share->writer, found[i].found, err);
    ng_contam_shares_free(found, count);
    free(found);
    return status;
}

int ng_cmd_share_give(struct ng_cmd_share *share, struct ng_contam_entry *entries, size_t count,
                      struct ng_contam_share **given, struct ng_err *err) {
    struct ng_shares *shares = share->command->gathered;
    *given = calloc(count + 1, shares->count * sizeof **given);
    if (!*given) return ng_err_nomem(err, count * shares->count * sizeof **given, "shares of entries");
    int status = NG_OK;
    for (size_t i = 0; i < count; i++) {
        struct ng_contam_share *own = *given + i * shares->count;
        for (size_t p = 0; p < shares->count && !status; p++) status = ng_shares_next(&shares->parts[p], &own[p], err);
        entries[i].shares = own;
        entries[i].share_count = shares->count;
    }
    return status;
}

static int tell(const struct ng_cmd_share *share, uint64_t entries, struct ng_err *err) {
    const struct ng_cmd_contam *command = share->command;
    uint64_t own = share->ends[command->task] - first_of(share, command->task);
    if (!command->json) {
        (void)printf("part %" PRIu64 " of %" PRIu64 ": ", command->task, command->task_count);
        if (share->was_there) (void)puts("was there already");
        else (void)printf("%" PRIu64 " of %" PRIu64 " shards, searched for %" PRIu64 " entr%s\n", own, share->shards, entries,
                          ng_cli_plural_y(entries));
        return NG_OK;
    }
    struct ng_json json;
    int status = ng_json_init(&json, stdout, err);
    if (status) return status;
    ng_json_object_begin(&json);
    ng_json_member_u64(&json, "task", command->task);
    ng_json_member_u64(&json, "tasks", command->task_count);
    ng_json_member_u64(&json, "shards", own);
    ng_json_member_bool(&json, "was_there", share->was_there);
    ng_json_object_end(&json);
    ng_json_end_line(&json);
    ng_json_free(&json);
    return NG_OK;
}

static int finish_task(struct ng_cmd_share *share, struct ng_err *err) {
    const struct ng_cmd_contam *command = share->command;
    char *folder = getcwd(NULL, 0);
    if (!folder) return ng_err_sys(err, errno, "cannot tell the working folder");
    struct ng_shares_head head = {.number = command->task,
                                  .count = command->task_count,
                                  .first_shard = first_of(share, command->task),
                                  .date = command->settings.date,
                                  .folder = folder,
                                  .command = {(const char *const *)command->cited.argv, (size_t)command->cited.argc},
                                  .facts = facts_of(share)};
    head.shard_count = share->ends[command->task] - head.first_shard;
    int status = share->was_there ? NG_OK : ng_shares_finish(share->writer, &head, err);
    free(folder);
    return status ? status : tell(share, head.entries, err);
}

static int finish_gathering(const struct ng_cmd_share *share, struct ng_err *err) {
    const struct ng_shares *shares = share->command->gathered;
    for (size_t i = 0; i < shares->count; i++) {
        const struct ng_shares_part *part = &shares->parts[i];
        if (part->at < part->found.length_bytes) {
            return ng_err_set(err, NG_ERR_CORRUPT, "%s has more entries than are checked", part->path);
        }
    }
    return NG_OK;
}

int ng_cmd_share_finish(struct ng_cmd_share *share, struct ng_err *err) {
    if (share->command->gathered) return finish_gathering(share, err);
    return ng_cmd_share_is_task(share->command) ? finish_task(share, err) : NG_OK;
}

const char *ng_cmd_share_date(const struct ng_cmd_share *share) {
    const struct ng_shares *shares = share->command->gathered;
    const char *first = shares->parts[0].head.date;
    for (size_t i = 1; i < shares->count; i++) {
        if (strcmp(shares->parts[i].head.date, first) < 0) first = shares->parts[i].head.date;
    }
    return first;
}

void ng_cmd_share_close(struct ng_cmd_share *share) {
    ng_shares_writer_free(share->writer);
    for (size_t i = 0; i < share->fact_count; i++) free(share->facts[i]);
    free((void *)share->facts);
    free(share->ends);
    *share = (struct ng_cmd_share){0};
}

/* ---- The subcommand ---- */

/* Runs the command of the first task again, where it ran, on the parts of all. */
static int run_command(struct ng_shares *shares, const char *report, struct ng_err *err) {
    const struct ng_shares_head *head = &shares->parts[0].head;
    if (chdir(head->folder) != 0) return ng_err_sys(err, errno, "cannot go to %s, where the tasks ran", head->folder);
    char **argv = calloc(head->command.count + 1, sizeof(char *));
    if (!argv) return ng_err_nomem(err, head->command.count * sizeof(char *), "a command line");
    for (size_t i = 0; i < head->command.count; i++) argv[i] = (char *)(uintptr_t)head->command.words[i];
    optind = 0; /* getopt_long starts anew */
    int code = ng_cmd_contam_start((int)head->command.count, argv, shares, report);
    free((void *)argv);
    return code;
}

static int gather(int argc, char **argv, void *context, struct ng_err *err) {
    struct ng_shares shares = {0};
    (void)context;
    int code = ng_cli_expect_arguments(argc, argv, 1, "the folder of a report", err);
    if (code) return code;
    char *report = realpath(argv[optind], NULL);
    if (!report) return ng_err_sys(err, errno, "cannot use the folder %s", argv[optind]);
    code = ng_shares_open(&shares, report, err);
    if (!code) code = run_command(&shares, report, err);
    ng_shares_close(&shares);
    if (code == NG_EXIT_FOUND || code == NG_EXIT_LIMIT) {
        int status = ng_shares_remove(report, err);
        if (status) {
            (void)ng_err_hint(err, "the report is made; remove %s/parts yourself", report);
            code = status;
        }
    }
    free(report);
    return code;
}

int ng_cmd_contam_gather(int argc, char **argv) {
    static const struct ng_cli_option table[] = {{0}};
    return ng_cli_run(argc, argv, HELP, table, gather, NULL);
}
