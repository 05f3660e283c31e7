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
    "Shows what changed from one report to another, each a folder, or a file that the web page saved: settings, entries\n"
    "whose class or eta differs or that only one report has, and how many entries went from each class to each other.\n"
    "Benchmarks are paired by the hash of their files, so a file may have another name; what has no such partner is\n"
    "paired by name, which is said. Entries are paired by id. Each entry is one line of TAB-separated fields: benchmark,\n"
    "id, class and eta before, class and eta now; '-' if the report lacks the entry.\n"
    "\n"
    "Options:\n"
    "      --json  print one JSON object: settings, benchmarks, transitions, counts, changes\n"
    "  -h, --help  show this help\n"
    "\n"
    "Exit code: 0 no entry has another class, 1 some have, or only one report has them, 2 error.\n";

/* The order in which classes are shown. */
static const char *const CLASSES[] = {"clean", "common", "suspicious", "dirty", "short", "skipped", "-"};
enum { CLASS_COUNT = sizeof CLASSES / sizeof *CLASSES };

static void print_side(const struct ng_report_diff_entry *entry) {
    (void)printf("\t%s\t%s", entry ? entry->class : "-", entry ? entry->eta : "-");
}

/* Benchmarks that are not simply the same file under the same name. */
static void tell_pairs(const struct ng_report_diff *diff) {
    for (size_t b = 0; b < diff->benchmark_count_b; b++) {
        const struct ng_report_diff_benchmark *now = &diff->benchmarks_b[b];
        bool renamed = strcmp(now->name, now->paired) != 0 && strstr(now->paired, " (another file)") == NULL;
        if (now->by_name) (void)fputs("ngidx: paired by name, as no file is the same: ", stderr);
        else if (renamed) (void)fputs("ngidx: the same file under another name: ", stderr);
        else continue;
        ng_cli_print_visible(stderr, (const uint8_t *)now->paired, strlen(now->paired));
        if (renamed) {
            (void)fputs(", now ", stderr);
            ng_cli_print_visible(stderr, (const uint8_t *)now->name, strlen(now->name));
        }
        (void)fputc('\n', stderr);
    }
}

static uint64_t transitions_of(const struct ng_report_diff *diff, const char *before, const char *now) {
    uint64_t entries = 0;
    for (size_t i = 0; i < diff->transition_count; i++) {
        const struct ng_report_diff_transition *one = &diff->transitions[i];
        if ((!before || strcmp(one->before, before) == 0) && (!now || strcmp(one->now, now) == 0)) entries += one->entries;
    }
    return entries;
}

/* Only the rows and columns that have an entry. */
static void print_transitions(const struct ng_report_diff *diff) {
    (void)printf("\n%-13s", "before \\ now");
    for (size_t n = 0; n < CLASS_COUNT; n++) {
        if (transitions_of(diff, NULL, CLASSES[n])) (void)printf("  %10s", CLASSES[n]);
    }
    for (size_t b = 0; b < CLASS_COUNT; b++) {
        if (!transitions_of(diff, CLASSES[b], NULL)) continue;
        (void)printf("\n%-13s", CLASSES[b]);
        for (size_t n = 0; n < CLASS_COUNT; n++) {
            if (transitions_of(diff, NULL, CLASSES[n])) (void)printf("  %10" PRIu64, transitions_of(diff, CLASSES[b], CLASSES[n]));
        }
    }
    (void)puts("\n");
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
    if (diff->count_a + diff->count_b > 0) print_transitions(diff);
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

static void write_pair(struct ng_json *json, const struct ng_report_diff_benchmark *before,
                       const struct ng_report_diff_benchmark *now) {
    ng_json_object_begin(json);
    ng_json_member_text(json, "before", before->name);
    ng_json_member_text(json, "now", now->name);
    ng_json_member_text(json, "paired_by", now->by_name ? "name" : "hash");
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
    ng_json_member_array(&json, "benchmarks");
    for (size_t b = 0; b < diff->benchmark_count_b; b++) {
        const struct ng_report_diff_benchmark *now = &diff->benchmarks_b[b];
        const struct ng_report_diff_benchmark *before = NULL;
        for (size_t a = 0; a < diff->benchmark_count_a; a++) {
            if (strcmp(diff->benchmarks_a[a].paired, now->paired) == 0) before = &diff->benchmarks_a[a];
        }
        if (before) write_pair(&json, before, now);
    }
    ng_json_array_end(&json);
    ng_json_member_array(&json, "transitions");
    for (size_t i = 0; i < diff->transition_count; i++) {
        ng_json_object_begin(&json);
        ng_json_member_text(&json, "before", diff->transitions[i].before);
        ng_json_member_text(&json, "now", diff->transitions[i].now);
        ng_json_member_u64(&json, "entries", diff->transitions[i].entries);
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
    if (!status) tell_pairs(&diff);
    if (!status && *json) status = print_json(&diff, err);
    else if (!status) print_text(&diff);
    if (!status && diff.verdicts_differ) status = NG_EXIT_NONE;
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
