#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cli/options.h"
#include "common/json/out.h"
#include "query/bulletin/bulletin.h"
#include "query/cli/cmd.h"

static const char HELP[] =
    "Usage: ngidx bulletin REPORT... -o SITE [options]\n"
    "       ngidx bulletin check FILE...\n"
    "\n"
    "Makes one static site from many contamination reports: a table of benchmarks by corpora, the history of every cell,\n"
    "methods side by side, the reports themselves, and everything as CSV and JSON. The pages need no server, no network\n"
    "and, except for sorting, no script.\n"
    "\n"
    "A REPORT is a folder that 'ngidx contam --report' wrote, its report.json, or a site, which stands for all of its\n"
    "reports. SITE is replaced as a whole once the new site is complete; so 'ngidx bulletin SITE REPORT -o SITE' adds a\n"
    "report. A report that is given twice is taken once. Reports of older versions are taken, and what they lack is told.\n"
    "\n"
    "'check' checks the file report.json of each FILE (which may be its folder): whether it fits the schema that the site\n"
    "holds as report.schema.json, and whether its figures agree with each other.\n"
    "\n"
    "Options:\n"
    "  -o, --output SITE  the folder to write; it must be missing, empty or a site\n"
    "      --title TEXT   title of the site (default: that of the site among the reports)\n"
    "      --data-only    leave out the pages report.html, which may hold any script: for reports of people that you do\n"
    "                     not trust\n"
    "      --json         print what was done as one JSON object\n"
    "  -q, --quiet        print errors only\n"
    "  -h, --help         show this help\n"
    "\n"
    "Exit code: 0 done, or all reports are well; 2 error, or a report is not.\n"
    "\n"
    "Examples:\n"
    "  ngidx bulletin reports/* -o bulletin\n"
    "  ngidx bulletin bulletin new-report -o bulletin\n"
    "  ngidx bulletin check new-report/report.json\n"
    "  ngidx serve -i web.ngidx --bulletin bulletin\n";

struct command {
    const char *output;
    struct ng_bulletin_options options;
    bool json;
    bool quiet;
};

static void tell_old(const struct ng_bulletin *bulletin) {
    for (size_t i = 0; i < bulletin->count; i++) {
        const struct ng_bulletin_report *report = bulletin->reports[i];
        if (report->version > 1 || report->in_site) continue;
        (void)fputs("ngidx: ", stderr);
        ng_cli_print_visible(stderr, (const uint8_t *)report->folder, strlen(report->folder));
        (void)fprintf(stderr, " is of version 1: it has no date (its file's, %.10s, stands in), no command line and no "
                      "intervals\n", report->date);
    }
}

static int print_json(const struct ng_bulletin *bulletin, const struct command *command, struct ng_err *err) {
    struct ng_json json;
    int status = ng_cmd_json_begin(&json, err);
    if (status) return status;
    ng_json_member_text(&json, "site", command->output);
    ng_json_member_u64(&json, "reports", bulletin->count);
    ng_json_member_u64(&json, "results", bulletin->results);
    ng_json_member_u64(&json, "duplicates", bulletin->duplicates);
    return ng_cmd_json_end(&json);
}

static int make(int argc, char **argv, const struct command *command, struct ng_bulletin *bulletin, struct ng_err *err) {
    int lock;
    int status = ng_bulletin_lock(command->output, &lock, err);
    for (int i = optind; i < argc && !status; i++) status = ng_bulletin_add(bulletin, argv[i], err);
    if (!status && !command->quiet) tell_old(bulletin);
    if (!status) status = ng_bulletin_publish(bulletin, command->output, &command->options, err);
    if (lock >= 0) (void)close(lock);
    return status;
}

static int run_make(int argc, char **argv, void *context, struct ng_err *err) {
    const struct command *command = context;
    struct ng_bulletin bulletin = {0};
    if (optind == argc) return ng_err_set(err, NG_ERR_USAGE, "REPORT is missing");
    if (!command->output || !*command->output) return ng_err_set(err, NG_ERR_USAGE, "-o SITE is missing");
    int status = make(argc, argv, command, &bulletin, err);
    if (!status && command->json) {
        status = print_json(&bulletin, command, err);
    } else if (!status && !command->quiet) {
        ng_cli_print_visible(stdout, (const uint8_t *)command->output, strlen(command->output));
        (void)printf("/index.html: %" PRIu64 " result%s of %zu report%s", bulletin.results, ng_cli_plural(bulletin.results),
                     bulletin.count, ng_cli_plural(bulletin.count));
        if (bulletin.duplicates > 0) (void)printf(" (%" PRIu64 " given more than once)", bulletin.duplicates);
        (void)putchar('\n');
    }
    ng_bulletin_free(&bulletin);
    return status;
}

/* ---- check ---- */

/* Goes on behind a report that is not well, so that one run tells of all. */
static int run_check(int argc, char **argv, void *context, struct ng_err *err) {
    const bool *quiet = context;
    int bad = 0;
    if (optind == argc) return ng_err_set(err, NG_ERR_USAGE, "FILE is missing");
    for (int i = optind; i < argc; i++) {
        struct ng_err cause;
        ng_err_clear(&cause);
        if (ng_bulletin_check(argv[i], &cause)) {
            (void)ng_cli_report(&cause);
            bad++;
        } else if (!*quiet) {
            ng_cli_print_visible(stdout, (const uint8_t *)argv[i], strlen(argv[i]));
            (void)puts(": a report, and well");
        }
    }
    return bad ? NG_EXIT_ERROR : NG_EXIT_FOUND;
}

static int run(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "check") == 0) {
        static char name[] = "bulletin";
        bool quiet = false;
        const struct ng_cli_option table[] = {NG_CLI_OPTION_QUIET(&quiet), {0}};
        argv[1] = name;
        return ng_cli_run(argc - 1, argv + 1, HELP, table, run_check, &quiet);
    }
    struct command command = {0};
    const struct ng_cli_option table[] = {{.name = "output", .letter = 'o', .text = &command.output},
                                          {.name = "title", .text = &command.options.title},
                                          {.name = "data-only", .flag = &command.options.data_only},
                                          NG_CLI_OPTION_JSON(&command.json),
                                          NG_CLI_OPTION_QUIET(&command.quiet),
                                          {0}};
    return ng_cli_run(argc, argv, HELP, table, run_make, &command);
}

const struct ng_cli_command ng_cmd_bulletin = {"bulletin", "make a site from contamination reports", HELP, run};
