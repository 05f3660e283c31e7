#include "query/cli_build/report.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/cli/cli.h"
#include "common/json/out.h"
#include "query/cli/cmd.h"

void ng_cmd_report_start(struct ng_cmd_report *report) {
    report->started_seconds = ng_clock_seconds();
    /* Else freed pieces would be kept for a while, and count twice against a memory cap. */
    (void)mallopt(M_MMAP_THRESHOLD, 1 << 20);
    ng_progress_init(&report->progress, report->quiet ? NULL : stderr, report->json);
}

void ng_cmd_report_progress(void *context, enum ng_build_stage stage, uint64_t shard, uint64_t done, uint64_t total) {
    static const char *const names[] = {[NG_BUILD_READ] = "reading",
                                        [NG_BUILD_SORT] = "sorting",
                                        [NG_BUILD_MERGE] = "merging",
                                        [NG_BUILD_ENCODE] = "encoding",
                                        [NG_BUILD_WRITE] = "writing",
                                        [NG_BUILD_UNPACK] = "unpacking",
                                        [NG_BUILD_COPY] = "copying",
                                        [NG_BUILD_FOLD] = "folding"};
    struct ng_cmd_report *report = context;
    ng_progress_update(&report->progress, names[stage], shard, done, total);
}

static const struct {
    const char *key;  /* in JSON */
    const char *text;
    bool is_skip;     /* it was passed over */
    bool counts_only; /* no news where names are not asked for */
} kinds[NG_NOTES] = {
    [NG_NOTE_HIDDEN] = {"hidden", "hidden, passed over (--hidden takes them)", true, true},
    [NG_NOTE_EXCLUDED] = {"excluded", "left out by --include or --exclude", true, true},
    [NG_NOTE_LINK] = {"folder_links", "links to folders, passed over (--follow enters them)", true, false},
    [NG_NOTE_DANGLING] = {"dangling_links", "links to nothing, passed over", true, false},
    [NG_NOTE_REPEATED] = {"repeated_links", "links to what is read under another name, passed over", true, true},
    [NG_NOTE_INDEX] = {"indexes", "folders of indexes, passed over", true, false},
    [NG_NOTE_SPECIAL] = {"special", "sockets, fifos and devices, passed over", true, false},
    [NG_NOTE_BINARY] = {"binary", "binary files, passed over", true, false},
    [NG_NOTE_NO_FIELD] = {"no_field", "JSON lines without the text field, passed over (--text-field, or --json-as text)", true, false},
    [NG_NOTE_BAD_FILE] = {"bad_files", "damaged or unreadable files, read as far as possible", true, false},
    [NG_NOTE_BAD_LINE] = {"bad_lines", "bad lines passed over", true, false},
    [NG_NOTE_KNOWN_SKIPPED] = {"known", "files that are in the index already, passed over", true, false},
    [NG_NOTE_KNOWN] = {"known", "warning: files that were in the index already are in it once more now (--skip-known passes over them)",
                       false, false},
    [NG_NOTE_CHANGED] = {"changed", "files that changed since they were added; both versions are in the index now", false, false},
    [NG_NOTE_AS_TEXT] = {"json_as_text", "JSON without the text field, read as text", false, false},
    [NG_NOTE_TWICE] = {"twice", "warning: files that are given more than once, and are in the index as often", false, false},
    [NG_NOTE_EMPTY] = {"empty", "documents without a byte of text", false, false},
    [NG_NOTE_REPAIRED] = {"repaired", "documents that were not UTF-8", false, false},
    [NG_NOTE_NONFINITE] = {"nonfinite", "documents with NaN or Infinity in their metadata, kept as they are", false, false},
};

static const char *const kind_keys[NG_KINDS] = {
    [NG_KIND_TEXT] = "text", [NG_KIND_LINES] = "json_lines", [NG_KIND_CR_LINES] = "json_lines_cr",
    [NG_KIND_VALUES] = "json_values", [NG_KIND_COLUMNS] = "json_columns", [NG_KIND_ROWS] = "json_rows",
    [NG_KIND_WARC] = "wet", [NG_KIND_PARQUET] = "parquet", [NG_KIND_TAR] = "tar", [NG_KIND_UTF16] = "utf16",
    [NG_KIND_UTF32] = "utf32"};

static const char *const kind_texts[NG_KINDS] = {
    [NG_KIND_TEXT] = "text", [NG_KIND_LINES] = "JSON lines", [NG_KIND_CR_LINES] = "JSON lines that end in CR",
    [NG_KIND_VALUES] = "JSON values", [NG_KIND_COLUMNS] = "JSON columns", [NG_KIND_ROWS] = "JSON rows",
    [NG_KIND_WARC] = "WET", [NG_KIND_PARQUET] = "Parquet", [NG_KIND_TAR] = "tar", [NG_KIND_UTF16] = "UTF-16",
    [NG_KIND_UTF32] = "UTF-32"};

static void print_place(const char *path, uint64_t line, const char *why) {
    (void)fputs("  ", stderr);
    /* A reason that names its place needs no other. */
    bool is_named = strncmp(why, path, strlen(path)) == 0;
    if (!is_named) {
        ng_cli_print_visible(stderr, (const uint8_t *)path, strlen(path));
        if (line > 0) (void)fprintf(stderr, ":%" PRIu64, line);
        if (why[0]) (void)fputs(": ", stderr);
    }
    ng_cli_print_visible(stderr, (const uint8_t *)why, strlen(why));
    (void)fputc('\n', stderr);
}

static void write_note(struct ng_json *json, enum ng_note note, const char *path, uint64_t line, const char *why) {
    ng_json_object_begin(json);
    ng_json_member_text(json, "note", kinds[note].key);
    ng_json_member_text(json, "path", path);
    if (line > 0) ng_json_member_u64(json, "line", line);
    if (why[0]) ng_json_member_text(json, "why", why);
    ng_json_object_end(json);
}

static void list(const struct ng_notes *notes, enum ng_note note, const char *path, uint64_t line, const char *why) {
    struct ng_json json;
    if (notes->progress) ng_progress_clear(notes->progress);
    if (!notes->json) {
        (void)fprintf(stderr, "%s:", kinds[note].key);
        print_place(path, line, why);
    } else if (ng_json_init(&json, stderr, NULL) == NG_OK) {
        write_note(&json, note, path, line, why);
        ng_json_end_line(&json);
        ng_json_free(&json);
    }
}

void ng_notes_take(void *context, enum ng_note note, const char *path, uint64_t line, const char *why) {
    struct ng_notes *notes = context;
    uint64_t number = notes->counts[note]++;
    if (kinds[note].is_skip ? notes->list_skipped : notes->list_repaired) list(notes, note, path, line, why);
    if (number >= NG_NOTES_NAMED) return;
    /* Without memory the count is all there is. */
    notes->named[note][number] = (struct ng_named_note){strdup(path), strdup(why), line};
}

static void print_note(const struct ng_notes *notes, enum ng_note note) {
    (void)fprintf(stderr, "%s: %" PRIu64 "%s\n", kinds[note].text, notes->counts[note],
                  note == NG_NOTE_REPAIRED && !notes->named[note][0].path ? "" :
                  note == NG_NOTE_REPAIRED && notes->named[note][0].why && notes->named[note][0].why[0] ? ", left out" :
                  note == NG_NOTE_REPAIRED ? ", repaired with U+FFFD" : "");
    /* What tasks have left is no list of all. */
    bool listed = !notes->of_tasks && (kinds[note].is_skip ? notes->list_skipped : notes->list_repaired);
    if (kinds[note].counts_only || listed) return;
    uint64_t named = 0;
    for (; named < NG_NOTES_NAMED && named < notes->counts[note]; named++) {
        const struct ng_named_note *one = &notes->named[note][named];
        if (one->path && one->why) print_place(one->path, one->line, one->why);
    }
    if (named < notes->counts[note]) {
        (void)fprintf(stderr, "  and %" PRIu64 " more (%s%s names them all)\n", notes->counts[note] - named,
                      kinds[note].is_skip ? "--list-skipped" : "--list-repaired", notes->of_tasks ? " of their tasks" : "");
    }
}

/* The run before has told nothing, and its journal has no more than this. */
static void print_resumed(const struct ng_corpus_counts *counts) {
    (void)fprintf(stderr, "resumed after %" PRIu64 " document%s, of which nothing is named here; passed over before: %" PRIu64
                  " bad line%s; repaired before: %" PRIu64 " document%s\n",
                  counts->resumed_documents, ng_cli_plural(counts->resumed_documents), counts->resumed_bad_lines,
                  ng_cli_plural(counts->resumed_bad_lines), counts->resumed_invalid_documents,
                  ng_cli_plural(counts->resumed_invalid_documents));
}

/* For people: what was read, and a line for each kind of file passed over or repaired. counts may be NULL: the build
 * failed. */
static void print_notes(const struct ng_notes *notes, const struct ng_corpus_counts *counts) {
    const char *before = "read: ";
    for (unsigned kind = 0; counts && kind < NG_KINDS; kind++) {
        if (!kind_texts[kind] || counts->kinds[kind] == 0) continue;
        (void)fprintf(stderr, "%s%" PRIu64 " %s", before, counts->kinds[kind], kind_texts[kind]);
        before = ", ";
    }
    if (before[0] == ',') (void)fputc('\n', stderr);
    if (counts && counts->resumed_documents > 0) print_resumed(counts);
    for (unsigned note = 0; note < NG_NOTES; note++) {
        if (notes->counts[note] > 0) print_note(notes, (enum ng_note)note);
    }
}

/* Members "read", "skipped", "repaired" and "notes" of an object that is being written. */
static void write_notes(const struct ng_notes *notes, const struct ng_corpus_counts *counts, struct ng_json *json) {
    ng_json_member_object(json, "read");
    for (unsigned kind = 0; kind < NG_KINDS; kind++) {
        if (kind_keys[kind] && counts->kinds[kind] > 0) ng_json_member_u64(json, kind_keys[kind], counts->kinds[kind]);
    }
    ng_json_object_end(json);
    ng_json_member_object(json, "skipped");
    for (unsigned note = 0; note < NG_NOTES; note++) {
        if (kinds[note].is_skip && notes->counts[note] > 0) ng_json_member_u64(json, kinds[note].key, notes->counts[note]);
    }
    ng_json_object_end(json);
    ng_json_member_u64(json, "empty", notes->counts[NG_NOTE_EMPTY]);
    ng_json_member_u64(json, "repaired", notes->counts[NG_NOTE_REPAIRED]);
    ng_json_member_u64(json, "known", notes->counts[NG_NOTE_KNOWN]);
    ng_json_member_u64(json, "changed", notes->counts[NG_NOTE_CHANGED]);
    ng_json_member_array(json, "notes");
    for (unsigned note = 0; note < NG_NOTES; note++) {
        for (unsigned i = 0; i < NG_NOTES_NAMED; i++) {
            const struct ng_named_note *one = &notes->named[note][i];
            if (one->path && one->why) write_note(json, (enum ng_note)note, one->path, one->line, one->why);
        }
    }
    ng_json_array_end(json);
}

void ng_notes_free(struct ng_notes *notes) {
    for (unsigned note = 0; note < NG_NOTES; note++) {
        for (unsigned i = 0; i < NG_NOTES_NAMED; i++) {
            free(notes->named[note][i].path);
            free(notes->named[note][i].why);
        }
    }
    *notes = (struct ng_notes){0};
}

static double ratio(const struct ng_build_result *result) {
    return result->text_bytes > 0 ? (double)result->index_bytes / (double)result->text_bytes : 0.0;
}

/* What a task leaves to tell may be lost. */
static void print_untold(const struct ng_cmd_report *report) {
    static const char what[] = "what was read, passed over or repaired is not known";
    if (report->untold > 0 && report->finished == 0) (void)fprintf(stderr, "warning: %s\n", what);
    if (report->untold > 0 && report->finished > 0) {
        (void)fprintf(stderr, "warning: of %" PRIu64 " of %" PRIu64 " parts %s\n", report->untold, report->finished, what);
    }
    if (report->untold_listing) {
        (void)fputs("warning: what was passed over when the corpus was listed is not known\n", stderr);
    }
}

static const struct {
    const char *key; /* in JSON */
    const char *text;
} drifts[NG_DRIFT_KINDS] = {
    [NG_DRIFT_GAINED] = {"gained", "came to the corpus after the tasks listed it, and are not in the index (ngidx append adds them)"},
    [NG_DRIFT_LOST] = {"lost", "have gone from the corpus since the tasks listed it"},
    [NG_DRIFT_CHANGED] = {"changed", "have changed since the tasks listed them; the index has them as they were"},
};

static void print_drift(const struct ng_drift *drift) {
    if (drift->unknown) {
        (void)fprintf(stderr, "warning: whether the corpus has changed since the tasks listed it is not known: %s\n", drift->why);
    }
    for (unsigned kind = 0; kind < NG_DRIFT_KINDS; kind++) {
        uint64_t named = 0;
        if (drift->counts[kind] == 0) continue;
        (void)fprintf(stderr, "warning: files that %s: %" PRIu64 "\n", drifts[kind].text, drift->counts[kind]);
        for (; named < NG_DRIFT_NAMED && drift->named[kind][named]; named++) print_place(drift->named[kind][named], 0, "");
        if (named < drift->counts[kind]) (void)fprintf(stderr, "  and %" PRIu64 " more\n", drift->counts[kind] - named);
    }
}

/* Member "since_listing": what is known, or null. */
static void write_drift(const struct ng_drift *drift, struct ng_json *json) {
    ng_json_key(json, "since_listing");
    if (drift->unknown) {
        ng_json_null(json);
        return;
    }
    ng_json_object_begin(json);
    for (unsigned kind = 0; kind < NG_DRIFT_KINDS; kind++) ng_json_member_u64(json, drifts[kind].key, drift->counts[kind]);
    ng_json_member_array(json, "files");
    for (unsigned i = 0; i < NG_DRIFT_KINDS * NG_DRIFT_NAMED; i++) {
        const char *path = drift->named[i / NG_DRIFT_NAMED][i % NG_DRIFT_NAMED];
        if (!path) continue;
        ng_json_object_begin(json);
        ng_json_member_text(json, "change", drifts[i / NG_DRIFT_NAMED].key);
        ng_json_member_text(json, "path", path);
        ng_json_object_end(json);
    }
    ng_json_array_end(json);
    ng_json_object_end(json);
}

static void print_summary(const struct ng_cmd_report *report, const char *output, const struct ng_build_result *result,
                          double seconds) {
    const struct ng_task *part = &report->part;
    char text[NG_CLI_SIZE_CHARS];
    char index[NG_CLI_SIZE_CHARS];
    const char *what = result->exact ? "text" : "folded text";
    (void)fputs(output, stderr);
    if (part->count > 0) (void)fprintf(stderr, ", part %" PRIu64 " of %" PRIu64, part->number, part->count);
    if (report->was_there) (void)fputs(" (it was there)", stderr);
    (void)fprintf(stderr, ": %" PRIu64 " document%s, %s of %s; index%s %s, %.3f of the %s; %.1f s\n",
                  result->documents, ng_cli_plural(result->documents), ng_cli_format_size(result->text_bytes, text), what,
                  result->exact && result->folded ? " of both views" : "",
                  ng_cli_format_size(result->index_bytes, index), ratio(result), what, seconds);
    if (result->no_ids) (void)fputs("warning: no document has an id in the field that --id-field names\n", stderr);
    if (report->notes) print_notes(report->notes, &result->corpus);
    print_untold(report);
    if (report->drift) print_drift(report->drift);
    if (result->lost_files) (void)fputs("warning: a list of files (files.ngx) was damaged or missing, and was left out\n", stderr);
    if (result->unknown_files) {
        (void)fputs("the index does not list all of its files: some that were added now may have been in it before\n", stderr);
    }
}

static int print_json(const struct ng_cmd_report *report, const char *output, const struct ng_build_result *result,
                      double seconds, struct ng_err *err) {
    const struct ng_notes *notes = report->notes;
    struct ng_json json;
    int status = ng_cmd_json_begin(&json, err);
    if (status) return status;
    ng_json_member_text(&json, "index", output);
    if (report->part.count > 0) {
        ng_json_member_u64(&json, "part", report->part.number);
        ng_json_member_u64(&json, "parts", report->part.count);
    }
    if (report->part.count > 0 || report->was_there) ng_json_member_bool(&json, "was_there", report->was_there);
    if (report->finished > 0) ng_json_member_u64(&json, "parts", report->finished);
    if (report->untold > 0) ng_json_member_u64(&json, "untold_parts", report->untold);
    if (report->untold_listing) ng_json_member_bool(&json, "untold_listing", true);
    if (report->drift) write_drift(report->drift, &json);
    ng_json_member_u64(&json, "shards", result->shards);
    ng_json_member_u64(&json, "documents", result->documents);
    ng_json_member_array(&json, "views");
    if (result->exact) ng_json_text(&json, "exact");
    if (result->folded) ng_json_text(&json, "folded");
    ng_json_array_end(&json);
    ng_json_member_u64(&json, "text_bytes", result->text_bytes);
    if (result->folded) ng_json_member_u64(&json, "folded_text_bytes", result->folded_text_bytes);
    ng_json_member_u64(&json, "index_bytes", result->index_bytes);
    ng_json_member_u64(&json, "files", result->corpus.files);
    ng_json_member_u64(&json, "input_bytes", result->corpus.input_bytes);
    ng_json_member_u64(&json, "bad_lines", result->corpus.bad_lines);
    ng_json_member_u64(&json, "invalid_documents", result->corpus.invalid_documents);
    if (result->corpus.resumed_documents > 0) {
        ng_json_member_u64(&json, "resumed_documents", result->corpus.resumed_documents);
    }
    if (result->no_ids) ng_json_member_bool(&json, "no_ids", true);
    if (result->lost_files) ng_json_member_bool(&json, "lost_files", true);
    if (result->unknown_files) ng_json_member_bool(&json, "unknown_files", true);
    if (notes) write_notes(notes, &result->corpus, &json);
    ng_json_member_decimal(&json, "ratio", ratio(result), 4);
    ng_json_member_decimal(&json, "seconds", seconds, 3);
    return ng_cmd_json_end(&json);
}

/* The error as a JSON line, beside the message for people: a program can tell kinds of errors apart by their status. */
void ng_cmd_report_error(const struct ng_err *failure) {
    struct ng_json json;
    if (ng_json_init(&json, stderr, NULL)) return;
    ng_json_object_begin(&json);
    ng_json_member_text(&json, "error", failure->text);
    ng_json_member_text(&json, "hint", failure->hint);
    ng_json_member_text(&json, "status", ng_err_status_name(failure->status));
    ng_json_object_end(&json);
    ng_json_end_line(&json);
    ng_json_free(&json);
}

void ng_cmd_report_close(struct ng_cmd_report *report, int status, const struct ng_err *err) {
    if (!status) ng_progress_end_stage(&report->progress);
    ng_progress_close(&report->progress);
    if (status && report->notes && !report->quiet && !report->json) print_notes(report->notes, NULL);
    if (status && report->json && !report->quiet) ng_cmd_report_error(err);
}

int ng_cmd_report_end(struct ng_cmd_report *report, int status, const char *output,
                      const struct ng_build_result *result, struct ng_err *err) {
    double seconds = ng_clock_seconds() - report->started_seconds;
    ng_cmd_report_close(report, status, err);
    if (status) return status;
    if (!report->quiet && !report->json) print_summary(report, output, result, seconds);
    return report->json ? print_json(report, output, result, seconds, err) : NG_OK;
}
