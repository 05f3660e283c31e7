#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "common/base/buf.h"
#include "common/base/random.h"
#include "common/base/text.h"
#include "common/cli/cli.h"
#include "common/cli/progress.h"
#include "common/os/file.h"
#include "query/cli/contam.h"

/* Entries are checked in waves, so that a benchmark of any size takes bounded memory. */
enum { WAVE_ENTRIES = 4096, WAVE_BYTES = 16 << 20 };

/* An entry that outlives the reading of the next: everything is in one block behind it. */
struct held {
    struct ng_benchmark_entry entry;
    struct ng_bytes texts[];
};

struct checking {
    struct ng_cmd_contam *command;
    struct ng_contam *contam;
    struct ng_report_folder *folder; /* NULL: none */
    struct ng_report_benchmark *benchmarks;
    size_t benchmark_count;
    struct ng_progress progress;
    struct held *wave[WAVE_ENTRIES]; /* owned */
    size_t wave_count;
    uint64_t wave_bytes;
};

static struct ng_bytes hold(struct ng_bytes bytes, uint8_t **at) {
    if (bytes.length_bytes > 0) memcpy(*at, bytes.data, (size_t)bytes.length_bytes);
    struct ng_bytes copy = {*at, bytes.length_bytes};
    *at += bytes.length_bytes;
    return copy;
}

static int add_to_wave(struct checking *checking, const struct ng_benchmark_entry *entry, struct ng_err *err) {
    uint64_t bytes = entry->id.length_bytes + entry->answer.length_bytes;
    for (size_t t = 0; t < entry->text_count; t++) bytes += entry->texts[t].length_bytes;
    size_t size = sizeof(struct held) + entry->text_count * sizeof(struct ng_bytes) + (size_t)bytes;
    struct held *held = malloc(size);
    if (!held) return ng_err_nomem(err, size, "an entry");
    uint8_t *at = (uint8_t *)&held->texts[entry->text_count];
    held->entry = *entry;
    held->entry.texts = held->texts;
    held->entry.id = hold(entry->id, &at);
    held->entry.answer = hold(entry->answer, &at);
    for (size_t t = 0; t < entry->text_count; t++) held->texts[t] = hold(entry->texts[t], &at);
    checking->wave[checking->wave_count++] = held;
    checking->wave_bytes += bytes;
    return NG_OK;
}

static void clear_wave(struct checking *checking) {
    for (size_t i = 0; i < checking->wave_count; i++) free(checking->wave[i]);
    checking->wave_count = 0;
    checking->wave_bytes = 0;
}

/* Checks what the wave holds and adds it to sums and report. */
static int check_wave(struct checking *checking, struct ng_report_benchmark *benchmark, struct ng_err *err) {
    size_t count = checking->wave_count;
    struct ng_contam_entry *entries = calloc(count + 1, sizeof *entries);
    struct ng_contam_result *results = calloc(count + 1, sizeof *results);
    int status = NG_OK;
    if (!entries || !results) {
        status = ng_err_nomem(err, count * sizeof *results, "a wave of entries");
        goto out;
    }
    for (size_t i = 0; i < count; i++) {
        const struct ng_benchmark_entry *entry = &checking->wave[i]->entry;
        entries[i] = (struct ng_contam_entry){
            .texts = entry->texts, .text_count = entry->text_count, .answer = entry->answer};
    }
    status = ng_contam_check(checking->contam, entries, count, results, err);
    if (status) goto out;
    for (size_t i = 0; i < count && !status; i++) {
        ng_report_benchmark_add(benchmark, &checking->command->settings, &results[i]);
        if (!checking->folder) continue;
        status = ng_report_folder_add(checking->folder, benchmark, &checking->wave[i]->entry, &results[i], err);
    }
    ng_contam_results_free(results, count);
out:
    free(entries);
    free(results);
    clear_wave(checking);
    return status;
}

static int count_entries(const struct ng_cmd_contam *command, const char *path, uint64_t *count, struct ng_err *err) {
    struct ng_benchmark *benchmark = NULL;
    struct ng_benchmark_entry entry;
    bool found = true;
    *count = 0;
    int status = ng_benchmark_open(&benchmark, path, &command->benchmark, err);
    while (!status && found) {
        status = ng_benchmark_next(benchmark, &entry, &found, err);
        if (found) (*count)++;
    }
    ng_benchmark_close(benchmark);
    return status;
}

/* Which entries of a benchmark are drawn: each of those left with the chance that fills the sample (Fan, Muller and
 * Rezucha 1962; Knuth, volume 2, algorithm S). */
struct drawing {
    uint64_t wanted; /* still */
    uint64_t left;   /* entries of the file not yet seen */
    uint64_t state;
    bool all;
};

static bool draw(struct drawing *drawing) {
    if (drawing->all) return true;
    if (drawing->wanted == 0 || drawing->left == 0) return false;
    if (ng_random_below(&drawing->state, drawing->left--) >= drawing->wanted) return false;
    drawing->wanted--;
    return true;
}

static int start_drawing(const struct ng_cmd_contam *command, const char *path, struct drawing *drawing,
                         struct ng_err *err) {
    *drawing = (struct drawing){
        .wanted = command->settings.sample, .state = command->settings.seed, .all = command->settings.sample == 0};
    if (drawing->all) return NG_OK;
    if (strcmp(path, "-") == 0) {
        return ng_err_set(err, NG_ERR_USAGE, "--sample has to read a benchmark twice, which standard input is not for");
    }
    return count_entries(command, path, &drawing->left, err);
}

static int hash_file(const char *path, char hash[NG_REPORT_HASH_CHARS], uint64_t *bytes, struct ng_err *err) {
    struct ng_map map;
    *bytes = 0;
    hash[0] = '\0';
    if (strcmp(path, "-") == 0) return NG_OK;
    int status = ng_map_open(&map, path, false, err);
    if (status) return status;
    XXH128_canonical_t sum;
    XXH128_canonicalFromHash(&sum, XXH3_128bits(map.length_bytes ? map.data : (const uint8_t *)"", (size_t)map.length_bytes));
    ng_text_hex(hash, sum.digest, sizeof sum.digest);
    *bytes = map.length_bytes;
    ng_map_close(&map);
    return NG_OK;
}

static int name_fields(struct ng_report_benchmark *benchmark, const struct ng_benchmark *file, struct ng_err *err) {
    size_t count;
    struct ng_buf joined = {0};
    const char *const *fields = ng_benchmark_fields(file, &count);
    int status = NG_OK;
    for (size_t i = 0; i < count && !status; i++) {
        if (i > 0) status = ng_buf_append(&joined, ", ", 2, err);
        if (!status) status = ng_buf_append(&joined, fields[i], strlen(fields[i]), err);
    }
    if (!status) status = ng_buf_append(&joined, "", 1, err);
    if (status) {
        ng_buf_free(&joined);
        return status;
    }
    free(benchmark->fields);
    benchmark->fields = (char *)joined.data;
    return NG_OK;
}

static int read_entries(struct checking *checking, struct ng_benchmark *file, struct ng_report_benchmark *benchmark,
                        struct drawing *drawing, uint64_t file_bytes, struct ng_err *err) {
    char label[NG_PROGRESS_LABEL_BYTES];
    (void)snprintf(label, sizeof label, "checking %s", benchmark->name);
    for (;;) {
        struct ng_benchmark_entry entry;
        bool found;
        int status = ng_benchmark_next(file, &entry, &found, err);
        if (status) return status;
        if (found) {
            benchmark->file_entries++;
            status = draw(drawing) ? add_to_wave(checking, &entry, err) : NG_OK;
        }
        bool full = checking->wave_count == WAVE_ENTRIES || checking->wave_bytes >= WAVE_BYTES;
        if (!status && (full || (!found && checking->wave_count > 0))) {
            status = check_wave(checking, benchmark, err);
            ng_progress_update(&checking->progress, label, NG_PROGRESS_WHOLE, ng_benchmark_input_bytes(file),
                               file_bytes);
        }
        if (status || !found) return status;
    }
}

static int check_benchmark(struct checking *checking, const char *path, struct ng_report_benchmark *benchmark,
                           struct ng_err *err) {
    struct drawing drawing;
    struct ng_benchmark *file = NULL;
    uint64_t file_bytes;
    int status = start_drawing(checking->command, path, &drawing, err);
    if (!status) status = ng_benchmark_open(&file, path, &checking->command->benchmark, err);
    if (!status) status = hash_file(path, benchmark->hash, &file_bytes, err);
    if (!status) status = read_entries(checking, file, benchmark, &drawing, file_bytes, err);
    if (!status) status = name_fields(benchmark, file, err);
    ng_benchmark_close(file);
    return status;
}

static int init_benchmarks(struct checking *checking, char **paths, size_t count, struct ng_err *err) {
    static const char *const endings[] = {".gz", ".zst", ".jsonl", ".ndjson", ".json", ".csv", ".tsv", NULL};
    checking->benchmarks = calloc(count, sizeof *checking->benchmarks);
    if (!checking->benchmarks) return ng_err_nomem(err, count * sizeof *checking->benchmarks, "benchmarks");
    for (; checking->benchmark_count < count; checking->benchmark_count++) {
        const char *path = paths[checking->benchmark_count];
        struct ng_text base = ng_text_base_name(path, endings);
        char *name = strcmp(path, "-") == 0 ? strdup("standard input") : strndup(base.at, base.length);
        if (!name) return ng_err_nomem(err, strlen(path), "the name of a benchmark");
        bool taken = false;
        for (size_t i = 0; i < checking->benchmark_count; i++) {
            const char *other = checking->benchmarks[i].name;
            taken = taken || (other && strcmp(other, name) == 0);
        }
        int status = ng_report_benchmark_init(&checking->benchmarks[checking->benchmark_count],
                                              &checking->command->settings, taken ? path : name, path, err);
        free(name);
        if (status) return status;
    }
    return NG_OK;
}

/* Whether a benchmark passed the limit of a rule; says so if it did. */
static bool passed(const struct ng_cmd_contam_rule *rule, const struct ng_report_benchmark *benchmark) {
    const struct ng_report_tally *tally = &benchmark->all;
    uint64_t entries = strcmp(rule->what, "dirty") == 0        ? tally->classes[NG_CONTAM_DIRTY]
                       : strcmp(rule->what, "suspicious") == 0 ? tally->classes[NG_CONTAM_SUSPICIOUS]
                                                               : tally->overlapping;
    double value = rule->percent ? ng_report_percent(entries, ng_report_checked(tally)) : (double)entries;
    if (!(rule->or_equal ? value >= rule->limit : value > rule->limit)) return false;
    (void)fprintf(stderr, "ngidx: %s: %" PRIu64 " of %" PRIu64 " entries are %s (%.2f %%), which passes '%s'\n",
                  benchmark->name, entries, ng_report_checked(tally), rule->what,
                  ng_report_percent(entries, ng_report_checked(tally)), rule->text);
    return true;
}

static void show(const struct checking *checking, const struct ng_contam_stats *stats) {
    const struct ng_cmd_contam *command = checking->command;
    const struct ng_contam_options *options = &command->settings.options;
    ng_cmd_contam_table(&command->settings, checking->benchmarks, checking->benchmark_count);
    (void)printf("\nOverlap found / not found at these settings: windows of %" PRIu64 " characters, stride %" PRIu64
                 ";\ndirty from eta %.2f on, suspicious from %.2f on.",
                 options->chars, options->stride, options->dirty, options->suspicious);
    if (command->settings.sample) {
        (void)printf(" Samples of %" PRIu64 " entries, seed %" PRIu64 ".", command->settings.sample,
                     command->settings.seed);
    }
    (void)putchar('\n');
    for (size_t i = 0; i < checking->benchmark_count; i++) {
        const struct ng_report_benchmark *benchmark = &checking->benchmarks[i];
        (void)printf("%s: field %s, %" PRIu64 " entries", benchmark->name, benchmark->fields, benchmark->file_entries);
        if (benchmark->short_entries) (void)printf(", %" PRIu64 " short", benchmark->short_entries);
        if (benchmark->all.classes[NG_CONTAM_SKIPPED]) {
            (void)printf(", %" PRIu64 " empty and skipped", benchmark->all.classes[NG_CONTAM_SKIPPED]);
        }
        if (benchmark->answers_asked) {
            (void)printf(", answer near the overlap in %" PRIu64 " of %" PRIu64, benchmark->answers_near,
                         benchmark->answers_asked);
        }
        (void)putchar('\n');
    }
    (void)printf("%" PRIu64 " windows, %" PRIu64 " LF-steps\n", stats->windows, stats->lf_steps);
    if (command->report) (void)printf("report: %s/report.html\n", command->report);
}

static int finish(struct checking *checking, struct ng_err *err) {
    struct ng_cmd_contam *command = checking->command;
    struct ng_contam_stats stats;
    ng_contam_get_stats(checking->contam, &stats);
    ng_progress_clear(&checking->progress);
    int status = checking->folder ? ng_report_folder_finish(checking->folder, checking->benchmarks,
                                                            checking->benchmark_count, &stats, err)
                                  : NG_OK;
    if (status) return status;
    if (!command->json) {
        show(checking, &stats);
        return NG_OK;
    }
    struct ng_json json;
    status = ng_json_init(&json, stdout, err);
    if (status) return status;
    ng_report_summary_write(&json, &command->settings, checking->benchmarks, checking->benchmark_count, &stats);
    ng_json_end_line(&json);
    ng_json_free(&json);
    return NG_OK;
}

int ng_cmd_contam_run(struct ng_cmd_contam *command, char **paths, size_t count) {
    struct ng_err err;
    ng_err_clear(&err);
    struct checking checking = {.command = command};
    ng_progress_init(&checking.progress, stderr, false);
    int status = ng_cmd_indexes_open(&command->indexes, &err);
    if (status) goto out;
    command->settings.indexes = command->indexes.named;
    command->settings.index_count = command->indexes.count;
    command->settings.id_field = command->benchmark.id_field;
    command->settings.answer_field = command->benchmark.answer_field;
    status = ng_contam_open(&checking.contam, command->indexes.indexes, command->indexes.count,
                            &command->settings.options, &err);
    if (!status) status = init_benchmarks(&checking, paths, count, &err);
    if (!status && command->report) status = ng_report_folder_open(&checking.folder, command->report, &command->settings, &err);
    for (size_t i = 0; i < count && !status; i++) {
        status = check_benchmark(&checking, paths[i], &checking.benchmarks[i], &err);
    }
    if (!status) status = finish(&checking, &err);
out:
    if (status) ng_progress_clear(&checking.progress);
    int code = status ? ng_cli_report_usage("contam", &err) : NG_EXIT_FOUND;
    for (size_t i = 0; i < checking.benchmark_count; i++) {
        for (size_t r = 0; r < command->rule_count && !status; r++) {
            if (passed(&command->rules[r], &checking.benchmarks[i])) code = NG_EXIT_LIMIT;
        }
        ng_report_benchmark_free(&checking.benchmarks[i]);
    }
    free(checking.benchmarks);
    clear_wave(&checking);
    ng_report_folder_close(checking.folder);
    ng_contam_close(checking.contam);
    return code;
}
