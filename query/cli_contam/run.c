#include <assert.h>
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
#include "common/os/parallel.h"
#include "query/cli_contam/contam.h"
#include "query/cli_contam/presets.h"
#include "query/cli_contam/share.h"

/* Entries are checked in waves, so that a benchmark of any size takes bounded memory. A guard over its entries has to
 * see all of them first: up to so many bytes are held meanwhile, of a larger one the file is read twice. */
enum { WAVE_ENTRIES = 4096, WAVE_BYTES = 16 << 20, HELD_BYTES = 64 << 20 };

/* An entry that outlives the reading of the next: everything is in one block behind it. */
struct held {
    uint64_t bytes;
    struct ng_benchmark_entry entry;
    struct ng_bytes texts[];
};

struct checking {
    struct ng_cmd_contam *command;
    struct ng_contam *contam;
    struct ng_cmd_presets presets;
    struct ng_cmd_share *share;
    struct ng_report_folder *folder; /* NULL: none */
    struct ng_report_attributes *attributes; /* NULL: none */
    const struct ng_index *views[NG_MAX_CONTAM_INDEXES];
    struct ng_report_benchmark *benchmarks;
    size_t benchmark_count;
    struct ng_progress progress;
    struct ng_buf held; /* of struct held *, which are owned */
    uint64_t held_bytes;
};

static struct held **held_entries(struct checking *checking, size_t *count) {
    *count = checking->held.length / sizeof(struct held *);
    return (struct held **)(void *)checking->held.data; /* from malloc: aligned for any type */
}

static struct ng_bytes hold(struct ng_bytes bytes, uint8_t **at) {
    if (bytes.length_bytes > 0) memcpy(*at, bytes.data, (size_t)bytes.length_bytes);
    struct ng_bytes copy = {*at, bytes.length_bytes};
    *at += bytes.length_bytes;
    return copy;
}

static int hold_entry(struct checking *checking, const struct ng_benchmark_entry *entry, struct ng_err *err) {
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
    held->bytes = bytes;
    checking->held_bytes += bytes;
    int status = ng_buf_append(&checking->held, &held, sizeof(struct held *), err);
    if (status) free(held);
    return status;
}

static void clear_held(struct checking *checking) {
    size_t count;
    struct held **held = held_entries(checking, &count);
    for (size_t i = 0; i < count; i++) free(held[i]);
    ng_buf_free(&checking->held);
    checking->held_bytes = 0;
}

static struct ng_contam_entry entry_of(const struct held *held) {
    return (struct ng_contam_entry){
        .texts = held->entry.texts, .text_count = held->entry.text_count, .answer = held->entry.answer};
}

/* Entries that were checked together, and what came of it. */
struct wave {
    struct checking *checking;
    struct ng_report_benchmark *benchmark;
    struct held *const *held;
    const struct ng_contam_result *results;
    const struct ng_contam_holders *holders;
    const struct ng_recipe_verdict *verdicts;
    size_t count;
};

/* Adds a wave to sums and report: first to all but the page, then to the page. Each takes about as long. */
static int add_wave(void *context, uint64_t turn, struct ng_err *err) {
    const struct wave *wave = context;
    struct ng_report_folder *folder = wave->checking->folder;
    struct ng_report_benchmark *benchmark = wave->benchmark;
    const struct ng_report_settings *settings = &wave->checking->command->settings;
    int status = NG_OK;
    for (size_t i = 0; i < wave->count && !status; i++) {
        const struct ng_benchmark_entry *entry = &wave->held[i]->entry;
        const struct ng_contam_result *result = &wave->results[i];
        const struct ng_recipe_verdict *judged = wave->verdicts + i * settings->judges.count;
        if (turn == 1) {
            status = ng_report_folder_show(folder, benchmark, entry, result, judged, err);
            continue;
        }
        ng_report_benchmark_add(benchmark, settings, result, judged);
        if (!folder) continue;
        benchmark->cut_entries += wave->holders[i].cut ? 1 : 0;
        status = ng_report_folder_add(folder, benchmark, entry, result, &wave->holders[i], judged, err);
    }
    return status;
}

static int check_wave(struct checking *checking, struct ng_report_benchmark *benchmark, struct held *const *held,
                      size_t count, struct ng_err *err) {
    struct ng_contam_entry *entries = calloc(count + 1, sizeof *entries);
    struct ng_contam_result *results = calloc(count + 1, sizeof *results);
    struct ng_contam_holders *holders = calloc(count + 1, sizeof *holders);
    size_t judges = checking->command->settings.judges.count;
    struct ng_recipe_verdict *verdicts = calloc(count * judges + 1, sizeof *verdicts);
    struct ng_contam_share *shares = NULL;
    int status = NG_OK;
    if (!entries || !results || !holders || !verdicts) {
        status = ng_err_nomem(err, count * sizeof *results, "a wave of entries");
        goto out;
    }
    for (size_t i = 0; i < count; i++) entries[i] = entry_of(held[i]);
    if (ng_cmd_share_is_task(checking->command)) {
        status = ng_cmd_share_search(checking->share, checking->contam, entries, count, err);
        goto out;
    }
    if (checking->command->gathered) status = ng_cmd_share_give(checking->share, entries, count, &shares, err);
    if (!status) status = ng_contam_check(checking->contam, entries, count, results, err);
    if (status) goto out;
    if (judges > 0) status = ng_cmd_presets_check(&checking->presets, entries, count, results, verdicts, err);
    if (!status && checking->folder) status = ng_cmd_contam_holders(checking->contam, entries, results, count, holders, err);
    if (!status) {
        struct wave wave = {.checking = checking, .benchmark = benchmark, .held = held, .results = results,
                            .holders = holders, .verdicts = verdicts, .count = count};
        unsigned threads = ng_parallel_threads(checking->command->settings.options.threads);
        status = ng_parallel_run(threads, checking->folder ? 2 : 1, add_wave, &wave, err);
    }
    ng_contam_results_free(results, count);
    ng_contam_holders_free(holders, count);
out:
    free(entries);
    free(results);
    free(holders);
    free(verdicts);
    free(shares);
    return status;
}

/* Checks what is held, in waves, and holds nothing then. */
static int check_held(struct checking *checking, struct ng_report_benchmark *benchmark, struct ng_err *err) {
    size_t count;
    struct held **held = held_entries(checking, &count);
    int status = NG_OK;
    for (size_t at = 0; at < count && !status;) {
        uint64_t bytes = 0;
        size_t end = at;
        while (end < count && end - at < WAVE_ENTRIES && bytes < WAVE_BYTES) bytes += held[end++]->bytes;
        status = check_wave(checking, benchmark, held + at, end - at, err);
        at = end;
    }
    clear_held(checking);
    return status;
}

/* Tells the guard over the benchmark of what is held. */
static int tell_held(struct checking *checking, struct ng_err *err) {
    size_t count;
    struct held **held = held_entries(checking, &count);
    struct ng_contam_entry *entries = calloc(count + 1, sizeof *entries);
    if (!entries) return ng_err_nomem(err, count * sizeof *entries, "the entries of a benchmark");
    for (size_t i = 0; i < count; i++) entries[i] = entry_of(held[i]);
    int status = ng_contam_prepare(checking->contam, entries, count, err);
    if (!status) status = ng_cmd_presets_prepare(&checking->presets, entries, count, err);
    free(entries);
    return status;
}

static int count_entries(const struct ng_benchmark_options *options, const char *path, uint64_t *count, struct ng_err *err) {
    struct ng_benchmark *benchmark = NULL;
    struct ng_benchmark_entry entry;
    bool found = true;
    *count = 0;
    int status = ng_benchmark_open(&benchmark, path, options, err);
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

static int start_drawing(const struct ng_cmd_contam *command, const struct ng_benchmark_options *options, const char *path,
                         struct drawing *drawing, struct ng_err *err) {
    *drawing = (struct drawing){
        .wanted = command->settings.sample, .state = command->settings.seed, .all = command->settings.sample == 0};
    if (drawing->all) return NG_OK;
    if (strcmp(path, "-") == 0) {
        return ng_err_set(err, NG_ERR_USAGE, "--sample reads a benchmark twice; standard input can be read only once");
    }
    return count_entries(options, path, &drawing->left, err);
}

static int hash_file(const char *path, char hash[NG_REPORT_HASH_CHARS], uint64_t *bytes, struct ng_err *err) {
    struct ng_map map;
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

static void show_progress(struct checking *checking, const char *verb, const struct ng_report_benchmark *benchmark,
                          const struct ng_benchmark *file) {
    char label[NG_PROGRESS_LABEL_BYTES];
    (void)snprintf(label, sizeof label, "%s %s", verb, benchmark->name);
    ng_progress_update(&checking->progress, label, NG_PROGRESS_WHOLE, ng_benchmark_input_bytes(file),
                       benchmark->file_bytes);
}

static int read_entries(struct checking *checking, struct ng_benchmark *file, struct ng_report_benchmark *benchmark,
                        struct drawing *drawing, struct ng_err *err) {
    for (;;) {
        struct ng_benchmark_entry entry;
        bool found;
        int status = ng_benchmark_next(file, &entry, &found, err);
        if (status) return status;
        if (found) {
            benchmark->file_entries++;
            status = draw(drawing) ? hold_entry(checking, &entry, err) : NG_OK;
        }
        size_t count;
        (void)held_entries(checking, &count);
        bool full = count == WAVE_ENTRIES || checking->held_bytes >= WAVE_BYTES;
        if (!status && (full || (!found && count > 0))) {
            status = check_held(checking, benchmark, err);
            show_progress(checking, "checking", benchmark, file);
        }
        if (status || !found) return status;
    }
}

/* Nothing checked is no success; what was found out about the file is told. */
static int end_benchmark(struct checking *checking, struct ng_benchmark *file, struct ng_report_benchmark *benchmark,
                         struct ng_err *err) {
    const char *note;
    int status = ng_benchmark_note(file, &note, err);
    if (status) return status;
    benchmark->note = *note ? strdup(note) : NULL;
    if (*note && !benchmark->note) return ng_err_nomem(err, strlen(note), "a note");
    ng_progress_clear(&checking->progress);
    if (*note) {
        (void)fprintf(stderr, "ngidx: %s: ", benchmark->path);
        ng_cli_print_visible(stderr, (const uint8_t *)note, strlen(note));
        (void)fputc('\n', stderr);
    }
    uint64_t entries = benchmark->file_entries;
    /* A task does not know what the entries are, which the report says. */
    if (ng_report_checked(&benchmark->all) > 0 || (entries > 0 && ng_cmd_share_is_task(checking->command))) return NG_OK;
    uint64_t too_short = benchmark->all.classes[NG_CONTAM_SHORT];
    if (entries == 0) {
        (void)ng_err_set(err, NG_ERR_INPUT, "%s: no entry was checked: the file has none", benchmark->path);
    } else {
        (void)ng_err_set(err, NG_ERR_INPUT, "%s: no entry was checked: %" PRIu64 " of %" PRIu64 " are blank%s", benchmark->path,
                         benchmark->all.classes[NG_CONTAM_SKIPPED], entries,
                         too_short > 0 ? ", the others too short to judge (--minimum)" : "");
    }
    return ng_err_hint(err, "name the field to check with --field NAME, and where the entries are with --entries PATH");
}

/* Tells the guard over the benchmark of all entries. They are held then, if they are few; else *read_again. */
static int tell_entries(struct checking *checking, struct ng_benchmark *file, struct ng_report_benchmark *benchmark,
                        bool *read_again, struct ng_err *err) {
    bool found = true;
    *read_again = false;
    ng_contam_forget(checking->contam);
    ng_cmd_presets_forget(&checking->presets);
    while (found) {
        struct ng_benchmark_entry entry;
        int status = ng_benchmark_next(file, &entry, &found, err);
        if (!status && found) status = hold_entry(checking, &entry, err);
        if (status) return status;
        bool full = checking->held_bytes >= HELD_BYTES;
        *read_again = *read_again || full;
        if (!full && found) continue;
        status = tell_held(checking, err);
        if (*read_again) clear_held(checking);
        if (status) return status;
        show_progress(checking, "reading", benchmark, file);
    }
    return NG_OK;
}

/* Checks those of the held entries that are drawn. */
static int check_drawn(struct checking *checking, struct ng_report_benchmark *benchmark, struct drawing *drawing,
                       struct ng_err *err) {
    size_t count;
    size_t drawn = 0;
    struct held **held = held_entries(checking, &count);
    benchmark->file_entries = count;
    for (size_t i = 0; i < count; i++) {
        if (draw(drawing)) held[drawn++] = held[i];
        else free(held[i]);
    }
    checking->held.length = drawn * sizeof(struct held *);
    return check_held(checking, benchmark, err);
}

/* Reads a benchmark once, or twice where a guard over its entries has to see them first and they are many. */
static int read_benchmark(struct checking *checking, const struct ng_benchmark_options *how, const char *path,
                          struct ng_report_benchmark *benchmark, struct drawing *drawing, struct ng_err *err) {
    const struct ng_contam_options *options = &checking->command->settings.options;
    struct ng_benchmark *file = NULL;
    bool task = ng_cmd_share_is_task(checking->command); /* it judges nothing */
    bool again = task || ((options->preset == NG_PRESET_PAPER || options->benchmark_guard == 0) &&
                          !ng_cmd_presets_asks_all(&checking->presets));
    int status = ng_benchmark_open(&file, path, how, err);
    if (!status && !again) {
        status = tell_entries(checking, file, benchmark, &again, err);
        if (!status && !again) status = check_drawn(checking, benchmark, drawing, err);
        else if (!status && strcmp(path, "-") == 0) {
            (void)ng_err_set(err, NG_ERR_LIMIT, "over %d bytes of entries on standard input, which cannot be read twice, "
                             "as the guard over the benchmark would", HELD_BYTES);
            status = ng_err_hint(err, "give a file, or --benchmark-guard 0");
        } else if (!status) {
            ng_benchmark_close(file);
            file = NULL;
            status = ng_benchmark_open(&file, path, how, err);
        }
    }
    if (!status && again) status = read_entries(checking, file, benchmark, drawing, err);
    if (!status) status = name_fields(benchmark, file, err);
    if (!status && !task) status = ng_cmd_contam_canaries(&checking->command->settings, file, benchmark, err);
    if (!status) status = end_benchmark(checking, file, benchmark, err);
    ng_benchmark_close(file);
    return status;
}

static int check_benchmark(struct checking *checking, const char *path, struct ng_report_benchmark *benchmark,
                           struct ng_err *err) {
    struct drawing drawing;
    struct ng_cmd_benchmark one;
    bool is_sample = (size_t)(benchmark - checking->benchmarks) >= checking->command->first_sample;
    ng_cmd_contam_cite_benchmark(checking->command, benchmark->name);
    int status = ng_cmd_benchmarks_settle(&checking->command->benchmarks, benchmark->name, &one, err);
    if (is_sample && !one.options.answer_field) one.options.answer_field = "auto"; /* samples have one */
    if (!status) status = start_drawing(checking->command, &one.options, path, &drawing, err);
    if (!status) status = read_benchmark(checking, &one.options, path, benchmark, &drawing, err);
    return status;
}

static bool is_taken(const struct checking *checking, const char *name) {
    for (size_t i = 0; i < checking->benchmark_count; i++) {
        assert(checking->benchmarks[i].name);
        if (strcmp(checking->benchmarks[i].name, name) == 0) return true;
    }
    return false;
}

/* The name of a benchmark: that of its file, if there are two its path, else with a number. The caller owns *name. */
static int name_benchmark(const struct checking *checking, const char *path, char **name, struct ng_err *err) {
    static const char *const endings[] = {".gz", ".zst", ".zstd", ".bz2", ".xz", ".jsonl", ".ndjson",
                                          ".json", ".csv", ".tsv", ".parquet", NULL};
    const struct ng_report_settings *settings = &checking->command->settings;
    struct ng_text base = ng_text_base_name(path, endings);
    struct ng_text task = ng_cmd_samples_task(path, NULL);
    if (task.length > 0) base = task;
    *name = strcmp(path, "-") == 0 ? strdup("standard input") : strndup(base.at, base.length);
    if (*name && is_taken(checking, *name) && !settings->redact) {
        free(*name);
        *name = strdup(ng_cite_path(settings->paths, path));
    }
    for (unsigned number = 2; *name && is_taken(checking, *name); number++) {
        char *numbered = NULL;
        if (asprintf(&numbered, "%.*s (%u)", (int)base.length, base.at, number) < 0) numbered = NULL;
        free(*name);
        *name = numbered;
    }
    return *name ? NG_OK : ng_err_nomem(err, strlen(path), "the name of a benchmark");
}

static int init_benchmarks(struct checking *checking, char **paths, size_t count, struct ng_err *err) {
    checking->benchmarks = calloc(count, sizeof *checking->benchmarks);
    if (!checking->benchmarks) return ng_err_nomem(err, count * sizeof *checking->benchmarks, "benchmarks");
    while (checking->benchmark_count < count) {
        const char *path = paths[checking->benchmark_count];
        struct ng_report_benchmark *benchmark = &checking->benchmarks[checking->benchmark_count];
        char *name = NULL;
        int status = name_benchmark(checking, path, &name, err);
        if (!status) status = ng_report_benchmark_init(benchmark, &checking->command->settings, name, path, err);
        free(name);
        if (status) return status;
        checking->benchmark_count++;
        status = hash_file(path, benchmark->hash, &benchmark->file_bytes, err);
        if (status) return status;
        ng_cmd_benchmarks_name(&checking->command->benchmarks, benchmark->name);
    }
    return NG_OK;
}

/* Documents with a canary of the benchmark. */
static uint64_t canary_documents(const struct ng_report_settings *settings, const struct ng_report_benchmark *benchmark) {
    uint64_t documents = 0;
    for (size_t i = 0; i < benchmark->canary_count; i++) {
        documents += ng_report_canary_all(settings, &benchmark->canaries[i]).documents;
    }
    return documents;
}

/* Whether a benchmark passed the limit of a rule; says so if it did. */
static bool passed(const struct ng_report_settings *settings, const struct ng_cmd_contam_rule *rule,
                   const struct ng_report_benchmark *benchmark) {
    const struct ng_report_tally *tally = &benchmark->all;
    if (strcmp(rule->what, "canary") == 0) {
        double documents = (double)canary_documents(settings, benchmark);
        if (!(rule->or_equal ? documents >= rule->limit : documents > rule->limit)) return false;
        (void)fprintf(stderr, "ngidx: %s: %.0f documents hold its canary string, which passes '%s'\n", benchmark->name,
                      documents, rule->text);
        return true;
    }
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

static int finish(struct checking *checking, struct ng_err *err) {
    struct ng_cmd_contam *command = checking->command;
    struct ng_contam_stats stats;
    ng_contam_get_stats(checking->contam, &stats);
    ng_progress_clear(&checking->progress);
    ng_cmd_contam_warn(command, checking->benchmarks, checking->benchmark_count);
    int status = ng_cmd_share_finish(checking->share, err);
    if (status || ng_cmd_share_is_task(command)) return status;
    if (command->gathered) (void)snprintf(command->settings.date, NG_CITE_DATE_CHARS, "%s", ng_cmd_share_date(checking->share));
    else if (command->report || command->json) status = ng_cite_date(command->settings.date, err);
    struct ng_report_told told = {0};
    if (!status && checking->folder) {
        status = ng_report_folder_finish(checking->folder, checking->benchmarks, checking->benchmark_count, &stats,
                                         checking->attributes, &told, err);
    }
    if (status) return status;
    if (told.gaps) {
        (void)fprintf(stderr, "ngidx: %s: %" PRIu64 " lines of the corpus are no documents of the index and have no row: "
                      "the rows after them do not line up\n", command->attributes, told.gaps);
    }
    if (!command->json) {
        ng_cmd_contam_show(command, checking->benchmarks, checking->benchmark_count, &stats, &told);
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

/* All that comes before the first entry. */
static int start(struct checking *checking, char **paths, size_t count, struct ng_err *err) {
    struct ng_cmd_contam *command = checking->command;
    bool task = ng_cmd_share_is_task(command);
    int status = ng_cmd_contam_open(command, err);
    if (status) return status;
    command->settings.indexes = command->indexes.named;
    command->settings.index_count = command->indexes.count;
    command->settings.id_field = ng_cmd_benchmarks_last(&command->benchmarks, NG_CMD_BENCHMARK_ID);
    command->settings.answer_field = ng_cmd_benchmarks_last(&command->benchmarks, NG_CMD_BENCHMARK_ANSWER);
    if (command->lm_eval && !command->settings.answer_field) command->settings.answer_field = "auto";
    status = ng_cmd_contam_cite(command, err);
    if (!status && command->self_test && !task) {
        status = ng_cmd_contam_measure(command, err);
        command->settings.self_test = &command->outcome;
    }
    if (status) return status;
    status = ng_contam_open(&checking->contam, command->indexes.indexes, command->indexes.count,
                            &command->settings.options, err);
    for (size_t k = 0; k < command->indexes.count && !status; k++) {
        checking->views[k] = ng_contam_get_view(checking->contam, k);
    }
    command->settings.views = checking->views;
    if (!status) status = ng_cmd_presets_open(&checking->presets, command, err);
    return status ? status : init_benchmarks(checking, paths, count, err);
}

static int open_report(struct checking *checking, struct ng_err *err) {
    const struct ng_cmd_contam *command = checking->command;
    int status = NG_OK;
    if (command->attributes) {
        status = ng_report_attributes_open(&checking->attributes, command->attributes, &command->settings, err);
    }
    return status || !command->report
               ? status : ng_report_folder_open(&checking->folder, command->report, &command->settings, err);
}

int ng_cmd_contam_run(struct ng_cmd_contam *command, char **paths, size_t count) {
    struct ng_err err;
    ng_err_clear(&err);
    struct ng_cmd_share share = {0};
    struct checking checking = {.command = command, .share = &share};
    ng_progress_init(&checking.progress, stderr, false);
    int status = start(&checking, paths, count, &err);
    if (!status) status = ng_cmd_share_open(&share, command, checking.benchmarks, count, &err);
    if (!status && !ng_cmd_share_is_task(command)) status = open_report(&checking, &err);
    for (size_t i = 0; i < count && !status && !share.was_there; i++) {
        status = check_benchmark(&checking, paths[i], &checking.benchmarks[i], &err);
    }
    if (!status) status = finish(&checking, &err);
    ng_progress_close(&checking.progress);
    int code = status ? ng_cli_report_usage("contam", &err) : NG_EXIT_FOUND;
    for (size_t i = 0; i < checking.benchmark_count; i++) {
        for (size_t r = 0; r < command->rule_count && !status && !ng_cmd_share_is_task(command); r++) {
            if (passed(&command->settings, &command->rules[r], &checking.benchmarks[i])) code = NG_EXIT_LIMIT;
        }
        ng_report_benchmark_free(&checking.benchmarks[i]);
    }
    free(checking.benchmarks);
    clear_held(&checking);
    ng_report_folder_close(checking.folder);
    ng_report_attributes_close(checking.attributes);
    ng_cmd_share_close(&share);
    ng_cmd_presets_close(&checking.presets);
    ng_contam_close(checking.contam);
    return code;
}
