#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/utf8.h"
#include "common/os/file.h"
#include "query/report/documents.h"
#include "query/report/report.h"

/* The files, in the order in which they get their names: report.json last. */
enum { ENTRIES, ROWS, DOCUMENTS, RATES, CARD, PAGE, SUMMARY, FILES };
static const char *const NAMES[FILES] = {"entries.jsonl", "entries.csv", "contaminated-docs.jsonl", "summary.csv", "report.md",
                                         "report.html", "report.json"};

/* What a browser can show: entries of each class, and bytes of each text. The others are in entries.jsonl. */
static const uint64_t SHOWN[] = {
    [NG_CONTAM_CLEAN] = 2000, [NG_CONTAM_SUSPICIOUS] = 5000, [NG_CONTAM_DIRTY] = 5000, [NG_CONTAM_COMMON] = 2000,
    [NG_CONTAM_SHORT] = 100, [NG_CONTAM_SKIPPED] = 100};
enum { SHOWN_TEXT_BYTES = 20000, BUFFER_BYTES = 1 << 16 };

struct file {
    char *path;      /* owned */
    char *temporary; /* owned */
    bool is_there;   /* under its temporary name */
    FILE *stream;
    char buffer[BUFFER_BYTES]; /* of the stream; its own would be smaller, for more calls of the system */
};

struct ng_report_folder {
    char *path; /* owned */
    bool made;  /* and not there before */
    const struct ng_report_settings *settings;
    struct file files[FILES];
    struct ng_report_documents *documents; /* owned */
    FILE *page_stream;    /* to the page's entries */
    struct ng_json entries;
    struct ng_json page_entries;
    uint64_t shown[NG_CONTAM_SKIPPED + 1];
    uint64_t left_out; /* of the page */
};

static int write_failed(const char *path, struct ng_err *err) {
    return ng_err_sys(err, errno ? errno : EIO, "cannot write %s", path);
}

static int open_file(struct ng_report_folder *folder, int number, struct ng_err *err) {
    struct file *file = &folder->files[number];
    int status = ng_file_join(&file->path, folder->path, NAMES[number], err);
    if (status) return status;
    size_t length = strlen(file->path);
    file->temporary = malloc(length + sizeof ".tmp");
    if (!file->temporary) return ng_err_nomem(err, length, "a file name");
    memcpy(file->temporary, file->path, length);
    memcpy(file->temporary + length, ".tmp", sizeof ".tmp");
    file->stream = fopen(file->temporary, "we");
    if (!file->stream) return ng_err_sys(err, errno, "cannot make %s", file->temporary);
    file->is_there = true;
    (void)setvbuf(file->stream, file->buffer, _IOFBF, sizeof file->buffer);
    return NG_OK;
}

int ng_report_folder_open(struct ng_report_folder **out, const char *path, const struct ng_report_settings *settings,
                          struct ng_err *err) {
    *out = NULL;
    struct stat found;
    bool made = mkdir(path, 0777) == 0;
    if (!made && errno != EEXIST) return ng_err_sys(err, errno, "cannot make the folder %s", path);
    if (stat(path, &found) != 0) return ng_err_sys(err, errno, "cannot use the folder %s", path);
    if (!S_ISDIR(found.st_mode)) return ng_err_set(err, NG_ERR_USAGE, "--report: %s is not a folder", path);
    struct ng_report_folder *folder = calloc(1, sizeof *folder);
    if (!folder) {
        if (made) (void)rmdir(path);
        return ng_err_nomem(err, sizeof *folder, "a report");
    }
    folder->made = made;
    folder->settings = settings;
    folder->path = strdup(path);
    int status = folder->path ? NG_OK : ng_err_nomem(err, strlen(path), "a file name");
    for (int i = 0; i < FILES && !status; i++) status = open_file(folder, i, err);
    if (!status) status = ng_report_documents_open(&folder->documents, settings, err);
    if (!status) status = ng_json_init(&folder->entries, folder->files[ENTRIES].stream, err);
    if (!status) status = ng_report_page_begin(folder->files[PAGE].stream, &folder->page_stream, err);
    if (!status) status = ng_json_init(&folder->page_entries, folder->page_stream, err);
    if (status) {
        ng_report_folder_close(folder);
        if (made) (void)rmdir(path);
        return status;
    }
    ng_report_csv_header(folder->files[ROWS].stream, settings);
    *out = folder;
    return NG_OK;
}

static int check_written(const struct file *file, struct ng_err *err) {
    return ferror(file->stream) ? write_failed(file->temporary, err) : NG_OK;
}

int ng_report_folder_show(struct ng_report_folder *folder, const struct ng_report_benchmark *benchmark,
                          const struct ng_benchmark_entry *entry, const struct ng_contam_result *result,
                          const struct ng_recipe_verdict *verdicts, struct ng_err *err) {
    errno = 0;
    if (folder->shown[result->verdict] == SHOWN[result->verdict]) {
        folder->left_out++;
        return NG_OK;
    }
    struct ng_bytes *texts = calloc(entry->text_count ? entry->text_count : 1, sizeof *texts);
    if (!texts) return ng_err_nomem(err, entry->text_count * sizeof *texts, "the texts of an entry");
    for (size_t t = 0; t < entry->text_count; t++) {
        texts[t] = entry->texts[t];
        if (texts[t].length_bytes <= SHOWN_TEXT_BYTES) continue;
        texts[t].length_bytes = SHOWN_TEXT_BYTES;
        while (ng_utf8_is_continuation(texts[t].data[texts[t].length_bytes])) texts[t].length_bytes--;
    }
    struct ng_benchmark_entry cut = *entry;
    cut.texts = texts;
    bool first = true;
    for (int class = 0; class <= NG_CONTAM_SKIPPED; class++) first = first && folder->shown[class] == 0;
    if (!first) (void)putc(',', folder->page_stream);
    folder->shown[result->verdict]++;
    ng_report_entry_write(&folder->page_entries, folder->settings, benchmark->name, &cut, result, verdicts, true);
    ng_json_end_line(&folder->page_entries);
    free(texts);
    return check_written(&folder->files[PAGE], err);
}

int ng_report_folder_add(struct ng_report_folder *folder, const struct ng_report_benchmark *benchmark,
                         const struct ng_benchmark_entry *entry, const struct ng_contam_result *result,
                         const struct ng_contam_holders *holders, const struct ng_recipe_verdict *verdicts,
                         struct ng_err *err) {
    errno = 0;
    ng_report_entry_write(&folder->entries, folder->settings, benchmark->name, entry, result, verdicts, false);
    ng_json_end_line(&folder->entries);
    ng_report_csv_row(folder->files[ROWS].stream, folder->settings, benchmark, entry, result, verdicts);
    int status = check_written(&folder->files[ENTRIES], err);
    if (!status) status = check_written(&folder->files[ROWS], err);
    if (status || holders->count == 0) return status;
    return ng_report_documents_add(folder->documents, benchmark->name, entry, result, holders, err);
}

/* There is no fsync here: a report that a crash of the system loses is made again. */
static int close_file(struct file *file, struct ng_err *err) {
    errno = 0;
    bool failed = ferror(file->stream);
    if (fclose(file->stream) != 0) failed = true;
    file->stream = NULL;
    return failed ? write_failed(file->temporary, err) : NG_OK;
}

static int publish(const struct file *file, const char *name, struct ng_err *err) {
    if (rename(file->temporary, file->path) == 0) return NG_OK;
    int status = ng_err_sys(err, errno, "cannot rename %s to %s", file->temporary, name);
    (void)unlink(file->temporary);
    return status;
}

int ng_report_folder_finish(struct ng_report_folder *folder, const struct ng_report_benchmark *benchmarks,
                            size_t benchmark_count, const struct ng_contam_stats *stats,
                            struct ng_report_attributes *attributes, struct ng_report_told *told, struct ng_err *err) {
    *told = (struct ng_report_told){0};
    struct file *files = folder->files;
    struct ng_json json;
    int status = ng_json_init(&json, files[SUMMARY].stream, err);
    if (status) return status;
    ng_report_summary_write(&json, folder->settings, benchmarks, benchmark_count, stats);
    ng_json_end_line(&json);
    ng_json_free(&json);
    ng_report_rates_write(files[RATES].stream, folder->settings, benchmarks, benchmark_count);
    ng_report_card_write(files[CARD].stream, folder->settings, benchmarks, benchmark_count);
    status = ng_report_page_end(files[PAGE].stream, folder->page_stream, folder->settings, benchmarks, benchmark_count,
                                stats, folder->left_out, err);
    folder->page_stream = NULL;
    if (!status) status = ng_report_documents_write(folder->documents, files[DOCUMENTS].stream, &told->documents, err);
    if (!status && attributes) {
        status = ng_report_attributes_write(attributes, folder->documents, &told->attribute_files, &told->gaps, err);
    }
    /* All are written before the first takes the place of one that is there. */
    for (int i = 0; i < FILES && !status; i++) status = close_file(&files[i], err);
    for (int i = 0; i < FILES && !status; i++) {
        status = publish(&files[i], NAMES[i], err);
        files[i].is_there = false;
    }
    return status || !attributes ? status : ng_report_attributes_publish(attributes, err);
}

void ng_report_folder_close(struct ng_report_folder *folder) {
    if (!folder) return;
    ng_report_documents_free(folder->documents);
    ng_json_free(&folder->entries);
    ng_json_free(&folder->page_entries);
    if (folder->page_stream) (void)fclose(folder->page_stream);
    for (int i = 0; i < FILES; i++) {
        struct file *file = &folder->files[i];
        if (file->stream) (void)fclose(file->stream);
        if (file->is_there) (void)unlink(file->temporary);
        free(file->path);
        free(file->temporary);
    }
    if (folder->made && folder->path) (void)rmdir(folder->path); /* where nothing is in it */
    free(folder->path);
    free(folder);
}
