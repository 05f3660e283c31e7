#include "query/report/diff.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/os/file.h"
#include "common/benchmark/benchmark.h"

/* The settings that are compared: members of report.json. The ids of the indexes, any number, are last. */
static const char *const SETTINGS[] = {"parameters.preset", "parameters.chars", "parameters.stride", "parameters.suspicious",
                                       "parameters.dirty", "parameters.benchmark_guard",
                                       "parameters.corpus_guard", "parameters.minimum_units", "parameters.sample", "parameters.seed", "index_ids"};
enum { SETTING_COUNT = sizeof SETTINGS / sizeof *SETTINGS };

/* Whether two values are the same, however the program that wrote a number rounded it. */
static bool same_value(const char *a, const char *b) {
    char *end_a;
    char *end_b;
    if (strcmp(a, b) == 0) return true;
    double x = strtod(a, &end_a);
    double y = strtod(b, &end_b);
    bool numbers = end_a > a && end_b > b && !*end_a && !*end_b && (strchr(a, '.') || strchr(b, '.'));
    return numbers && x - y < 1e-4 && y - x < 1e-4;
}

static char *copy(struct ng_bytes bytes) {
    return strndup((const char *)bytes.data, (size_t)bytes.length_bytes);
}

int ng_report_diff_path(char **path, const char *report, const char *name, struct ng_err *err) {
    struct stat about;
    if (stat(report, &about) != 0 || !S_ISREG(about.st_mode)) return ng_file_join(path, report, name, err);
    *path = strdup(report);
    return *path ? NG_OK : ng_err_nomem(err, strlen(report), "a file name");
}

/* Opens a file of a report by the reader of benchmarks, to which its lines are entries. entries: where they are in a
 * report that is one file. */
static int open_part(struct ng_benchmark **part, const char *folder, const char *name, const char *entries,
                     const struct ng_benchmark_options *given, struct ng_err *err) {
    char *path = NULL;
    struct ng_benchmark_options options = *given;
    int status = ng_report_diff_path(&path, folder, name, err);
    if (!status && strcmp(path, folder) == 0) options.entries = entries;
    if (!status) status = ng_benchmark_open(part, path, &options, err);
    if (status == NG_ERR_NOTFOUND) (void)ng_err_hint(err, "ngidx contam BENCH --report %s makes a report", folder);
    free(path);
    return status;
}

static void free_entry(struct ng_report_diff_entry *entry) {
    free(entry->benchmark);
    free(entry->id);
    free(entry->class);
    free(entry->eta);
}

static int add_entry(struct ng_buf *entries, const struct ng_benchmark_entry *line, struct ng_err *err) {
    if (line->text_count != 3) return ng_err_set(err, NG_ERR_INPUT, "entry %llu is not from a report",
                                                 (unsigned long long)line->number);
    struct ng_report_diff_entry entry = {.benchmark = copy(line->texts[0]),
                                         .class = copy(line->texts[1]),
                                         .eta = copy(line->texts[2]),
                                         .id = copy(line->id),
                                         .number = line->number};
    int status = NG_ERR_NOMEM;
    if (entry.benchmark && entry.class && entry.eta && entry.id) {
        status = ng_buf_append(entries, &entry, sizeof entry, err);
    } else {
        (void)ng_err_nomem(err, sizeof entry, "an entry of a report");
    }
    if (status) free_entry(&entry);
    return status;
}

static int compare_keys(const struct ng_report_diff_entry *a, const struct ng_report_diff_entry *b) {
    int order = strcmp(a->benchmark, b->benchmark);
    return order ? order : strcmp(a->id, b->id);
}

static int compare_entries(const void *a, const void *b) {
    const struct ng_report_diff_entry *x = a;
    const struct ng_report_diff_entry *y = b;
    int order = compare_keys(x, y);
    return order ? order : (x->number > y->number) - (x->number < y->number);
}

static int read_entries(const char *folder, struct ng_report_diff_entry **entries, size_t *count, struct ng_err *err) {
    static const char *const fields[] = {"benchmark", "class", "eta"};
    const struct ng_benchmark_options options = {
        .fields = fields, .field_count = sizeof fields / sizeof *fields, .id_field = "id", .scalars = true};
    struct ng_benchmark *part = NULL;
    struct ng_buf found = {0};
    bool more = true;
    int status = open_part(&part, folder, "entries.jsonl", "entries", &options, err);
    while (!status && more) {
        struct ng_benchmark_entry line;
        status = ng_benchmark_next(part, &line, &more, err);
        if (!status && more) status = add_entry(&found, &line, err);
    }
    ng_benchmark_close(part);
    *entries = (struct ng_report_diff_entry *)(void *)found.data; /* from malloc: aligned for any type */
    *count = found.length / sizeof **entries;
    return status;
}

/* The settings of a report as strings. */
static int read_settings(const char *folder, char *values[SETTING_COUNT], struct ng_err *err) {
    const struct ng_benchmark_options options = {
        .fields = SETTINGS, .field_count = SETTING_COUNT, .id_field = "report", .scalars = true};
    struct ng_benchmark *part = NULL;
    struct ng_benchmark_entry summary = {0};
    bool found = false;
    int status = open_part(&part, folder, "report.json", ".", &options, err);
    if (!status) status = ng_benchmark_next(part, &summary, &found, err);
    if (!status && (!found || summary.text_count < SETTING_COUNT)) {
        status = ng_err_set(err, NG_ERR_INPUT, "%s/report.json is not a report", folder);
    }
    for (size_t i = 0; i < SETTING_COUNT && !status; i++) {
        struct ng_buf joined = {0};
        size_t end = i + 1 == SETTING_COUNT ? summary.text_count : i + 1;
        for (size_t t = i; t < end && !status; t++) {
            if (t > i) status = ng_buf_append(&joined, " ", 1, err);
            if (!status) status = ng_buf_append(&joined, summary.texts[t].data, (size_t)summary.texts[t].length_bytes, err);
        }
        if (!status) status = ng_buf_append(&joined, "", 1, err);
        values[i] = (char *)joined.data;
    }
    ng_benchmark_close(part);
    return status;
}

static int compare_settings(struct ng_report_diff *diff, const char *folder_a, const char *folder_b,
                            struct ng_err *err) {
    char *a[SETTING_COUNT] = {NULL};
    char *b[SETTING_COUNT] = {NULL};
    diff->settings = calloc(SETTING_COUNT, sizeof *diff->settings);
    if (!diff->settings) return ng_err_nomem(err, SETTING_COUNT * sizeof *diff->settings, "settings");
    int status = read_settings(folder_a, a, err);
    if (!status) status = read_settings(folder_b, b, err);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (!status && !same_value(a[i], b[i])) {
            diff->settings[diff->setting_count++] =
                (struct ng_report_diff_setting){.name = SETTINGS[i], .a = a[i], .b = b[i]};
            continue;
        }
        free(a[i]);
        free(b[i]);
    }
    return status;
}

/* Gives the entries of paired benchmarks the same name. */
static int rename_entries(struct ng_report_diff_entry *entries, size_t count, const struct ng_report_diff_benchmark *benchmarks,
                          size_t benchmark_count, struct ng_err *err) {
    for (size_t i = 0; i < count; i++) {
        for (size_t b = 0; b < benchmark_count; b++) {
            if (strcmp(entries[i].benchmark, benchmarks[b].name) != 0) continue;
            char *name = strdup(benchmarks[b].paired);
            if (!name) return ng_err_nomem(err, strlen(benchmarks[b].paired), "the name of a benchmark");
            free(entries[i].benchmark);
            entries[i].benchmark = name;
            break;
        }
    }
    if (count > 0) qsort(entries, count, sizeof *entries, compare_entries);
    return NG_OK;
}

/* By benchmark, then by the place in the report: ids may be numbers. */
static int compare_changes(const void *a, const void *b) {
    const struct ng_report_diff_change *x = a;
    const struct ng_report_diff_change *y = b;
    const struct ng_report_diff_entry *p = x->a ? x->a : x->b;
    const struct ng_report_diff_entry *q = y->a ? y->a : y->b;
    int order = strcmp(p->benchmark, q->benchmark);
    if (order) return order;
    if (p->number != q->number) return p->number < q->number ? -1 : 1;
    return (x->a == NULL) - (y->a == NULL);
}

static void count_transition(struct ng_report_diff *diff, const char *before, const char *now) {
    for (size_t i = 0; i < diff->transition_count; i++) {
        struct ng_report_diff_transition *known = &diff->transitions[i];
        if (strcmp(known->before, before) != 0 || strcmp(known->now, now) != 0) continue;
        known->entries++;
        return;
    }
    if (diff->transition_count == NG_REPORT_DIFF_TRANSITIONS) return; /* by classes that no version has */
    diff->transitions[diff->transition_count++] =
        (struct ng_report_diff_transition){.before = before, .now = now, .entries = 1};
}

/* Walks through both lists, which are sorted, side by side. */
static void compare_lists(struct ng_report_diff *diff) {
    size_t a = 0;
    size_t b = 0;
    while (a < diff->count_a || b < diff->count_b) {
        const struct ng_report_diff_entry *x = a < diff->count_a ? &diff->entries_a[a] : NULL;
        const struct ng_report_diff_entry *y = b < diff->count_b ? &diff->entries_b[b] : NULL;
        int order = !x ? 1 : !y ? -1 : compare_keys(x, y);
        if (order <= 0) a++;
        if (order >= 0) b++;
        const char *before = x && order <= 0 ? x->class : "-";
        const char *now = y && order >= 0 ? y->class : "-";
        count_transition(diff, before, now);
        diff->verdicts_differ = diff->verdicts_differ || strcmp(before, now) != 0;
        if (x && y && order == 0 && strcmp(x->class, y->class) == 0 && same_value(x->eta, y->eta)) continue;
        diff->changes[diff->change_count++] =
            (struct ng_report_diff_change){.a = order <= 0 ? x : NULL, .b = order >= 0 ? y : NULL};
    }
    if (diff->change_count > 0) qsort(diff->changes, diff->change_count, sizeof *diff->changes, compare_changes);
}

int ng_report_diff_make(struct ng_report_diff *diff, const char *folder_a, const char *folder_b, struct ng_err *err) {
    *diff = (struct ng_report_diff){0};
    int status = compare_settings(diff, folder_a, folder_b, err);
    if (!status) status = read_entries(folder_a, &diff->entries_a, &diff->count_a, err);
    if (!status) status = read_entries(folder_b, &diff->entries_b, &diff->count_b, err);
    if (!status) status = ng_report_diff_pair(diff, folder_a, folder_b, err);
    if (!status) status = rename_entries(diff->entries_a, diff->count_a, diff->benchmarks_a, diff->benchmark_count_a, err);
    if (!status) status = rename_entries(diff->entries_b, diff->count_b, diff->benchmarks_b, diff->benchmark_count_b, err);
    if (!status) {
        diff->changes = calloc(diff->count_a + diff->count_b + 1, sizeof *diff->changes);
        if (diff->changes) compare_lists(diff);
        else status = ng_err_nomem(err, sizeof *diff->changes, "changes");
    }
    if (status) ng_report_diff_free(diff);
    return status;
}

void ng_report_diff_free(struct ng_report_diff *diff) {
    for (size_t i = 0; i < diff->count_a; i++) free_entry(&diff->entries_a[i]);
    for (size_t i = 0; i < diff->count_b; i++) free_entry(&diff->entries_b[i]);
    for (size_t i = 0; i < diff->setting_count; i++) {
        free(diff->settings[i].a);
        free(diff->settings[i].b);
    }
    ng_report_diff_unpair(diff);
    free(diff->entries_a);
    free(diff->entries_b);
    free(diff->settings);
    free(diff->changes);
    *diff = (struct ng_report_diff){0};
}
