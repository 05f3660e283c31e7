#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli/options.h"
#include "common/json/out.h"
#include "query/cli/cmd.h"
#include "query/cli_contam/contam.h"
#include "query/report/diff.h"

static const char HELP[] =
    "Usage: ngidx contam diff REPORT REPORT [--json]\n"
    "\n"
    "Shows what changed from one report folder to another: settings, and entries (matched by benchmark and id) whose\n"
    "class or eta differs or that only one report has. Each entry is one line of TAB-separated fields: benchmark,\n"
    "id, class and eta before, class and eta now; '-' if the report lacks the entry.\n"
    "\n"
    "Options:\n"
    "      --json  print one JSON object: settings, counts, changes\n"
    "  -h, --help  show this help\n"
    "\n"
    "Exit code: 0 done, 2 error.\n";

static void print_side(const struct ng_report_diff_entry *entry) {
    (void)printf("\t%s\t%s", entry ? entry->class : "-", entry ? entry->eta : "-");
}

static void print_text(const struct ng_report_diff *diff) {
    for (size_t i = 0; i < diff->setting_count; i++) {
        (void)printf("%s: %s before, %s now\n", diff->settings[i].name, diff->settings[i].a, diff->settings[i].b);
    }
    for (size_t i = 0; i < diff->change_count && !ng_cli_output_lost(); i++) {
        const struct ng_report_diff_change *change = &diff->changes[i];
        const struct ng_report_diff_entry *named = change->a ? change->a : change->b;
        ng_cli_print_visible(stdout, (const uint8_t *)named->benchmark, strlen(named->benchmark));
        (void)putchar('\t');
        ng_cli_print_visible(stdout, (const uint8_t *)named->id, strlen(named->id));
        print_side(change->a);
        print_side(change->b);
        (void)putchar('\n');
    }
    (void)printf("%zu of %zu entries before and %zu now differ\n", diff->change_count, diff->count_a, diff->count_b);
}

static void write_side(struct ng_json *json, const char *key, const struct ng_report_diff_entry *entry) {
    if (!entry) {
        ng_json_member_null(json, key);
        return;
    }
    ng_json_member_object(json, key);
    ng_json_member_text(json, "class", entry->class);
    ng_json_member_decimal(json, "eta", strtod(entry->eta, NULL), 6);
    ng_json_object_end(json);
}

static int print_json(const struct ng_report_diff *diff, struct ng_err *err) {
    struct ng_json json;
    int status = ng_cmd_json_begin(&json, err);
    if (status) return status;
    ng_json_member_u64(&json, "entries_before", diff->count_a);
    ng_json_member_u64(&json, "entries_now", diff->count_b);
    ng_json_member_array(&json, "settings");
    for (size_t i = 0; i < diff->setting_count; i++) {
        ng_json_object_begin(&json);
        ng_json_member_text(&json, "name", diff->settings[i].name);
        ng_json_member_text(&json, "before", diff->settings[i].a);
        ng_json_member_text(&json, "now", diff->settings[i].b);
        ng_json_object_end(&json);
    }
    ng_json_array_end(&json);
    ng_json_member_array(&json, "changes");
    for (size_t i = 0; i < diff->change_count; i++) {
        const struct ng_report_diff_change *change = &diff->changes[i];
        ng_json_object_begin(&json);
        ng_json_member_text(&json, "benchmark", (change->a ? change->a : change->b)->benchmark);
        ng_json_member_text(&json, "id", (change->a ? change->a : change->b)->id);
        write_side(&json, "before", change->a);
        write_side(&json, "now", change->b);
        ng_json_object_end(&json);
    }
    ng_json_array_end(&json);
    return ng_cmd_json_end(&json);
}

static int show_diff(int argc, char **argv, void *context, struct ng_err *err) {
    const bool *json = context;
    struct ng_report_diff diff = {0};
    int status = ng_cli_expect_arguments(argc, argv, 2, "a report folder", err);
    if (!status) status = ng_report_diff_make(&diff, argv[optind], argv[optind + 1], err);
    if (!status && *json) status = print_json(&diff, err);
    else if (!status) print_text(&diff);
    ng_report_diff_free(&diff);
    return status;
}

int ng_cmd_contam_diff(int argc, char **argv) {
    static char help_is_with[] = "contam";
    bool json = false;
    argv[0] = help_is_with;
    const struct ng_cli_option table[] = {NG_CLI_OPTION_JSON(&json), {0}};
    return ng_cli_run(argc, argv, HELP, table, show_diff, &json);
}
