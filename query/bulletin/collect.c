#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "common/base/limits.h"
#include "common/os/file.h"
#include "query/bulletin/bulletin.h"

/* The date of its file stands in for the one that the oldest reports do not have. */
static int date_of_file(struct ng_arena *arena, const struct ng_doc *doc, const char **date, struct ng_err *err) {
    enum { DATE_BYTES = 32 };
    char text[DATE_BYTES] = "";
    struct tm parts;
    time_t seconds = doc->changed < 0 ? 0 : (time_t)doc->changed;
    if (gmtime_r(&seconds, &parts)) (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return ng_arena_copy(arena, text, strlen(text), date, err);
}

/* The same report gets the same key wherever it lies, so that it is told apart from others and links to it last. */
static int make_key(struct ng_arena *arena, struct ng_bulletin_report *report, const struct ng_doc *doc,
                    struct ng_err *err) {
    enum { DAY_CHARS = 10 };
    uint64_t hash = XXH3_64bits(doc->bytes.data, doc->bytes.length);
    return ng_arena_format(arena, &report->key, err, "%.*s-%016" PRIx64, DAY_CHARS, report->date, hash);
}

static bool is_there(const struct ng_bulletin *bulletin, const char *key) {
    for (size_t i = 0; i < bulletin->count; i++) {
        if (strcmp(bulletin->reports[i]->key, key) == 0) return true;
    }
    return false;
}

static int make_room(struct ng_bulletin *bulletin, struct ng_err *err) {
    if (bulletin->count == NG_MAX_BULLETIN_REPORTS) {
        return ng_err_set(err, NG_ERR_LIMIT, "more than %u reports (NG_MAX_BULLETIN_REPORTS)", NG_MAX_BULLETIN_REPORTS);
    }
    if (bulletin->count < bulletin->capacity) return NG_OK;
    void *grown = ng_array_grow(bulletin->reports, sizeof(void *), bulletin->count, &bulletin->capacity,
                                "reports", err);
    if (!grown) return NG_ERR_NOMEM;
    bulletin->reports = grown;
    return NG_OK;
}

static void free_report(struct ng_bulletin_report *report) {
    if (report) ng_bulletin_report_free(report);
    free(report);
}

static int read_report(struct ng_bulletin *bulletin, struct ng_bulletin_report *report, const char *path,
                       struct ng_err *err) {
    struct ng_doc doc = {0};
    const char *date = NULL;
    int status = ng_doc_open(&doc, path, err);
    if (!status) status = date_of_file(&bulletin->arena, &doc, &date, err);
    if (!status) status = ng_bulletin_report_read(report, &doc, path, date, &bulletin->arena, err);
    if (!status) status = make_key(&bulletin->arena, report, &doc, err);
    ng_doc_free(&doc);
    return status;
}

/* folder is where the other files of the report lie; NULL: there are none. */
static int add_report(struct ng_bulletin *bulletin, const char *path, const char *folder, bool in_site,
                      struct ng_err *err) {
    int status = make_room(bulletin, err);
    struct ng_bulletin_report *report = status ? NULL : calloc(1, sizeof *report);
    if (!status && !report) status = ng_err_nomem(err, sizeof *report, "a report");
    if (!status) status = read_report(bulletin, report, path, err);
    if (!status && bulletin->results + report->result_count > NG_MAX_BULLETIN_RESULTS) {
        status = ng_err_set(err, NG_ERR_LIMIT, "more than %" PRIu64 " results (NG_MAX_BULLETIN_RESULTS)",
                            NG_MAX_BULLETIN_RESULTS);
    }
    if (!status && is_there(bulletin, report->key)) {
        bulletin->duplicates++;
        free_report(report);
        return NG_OK;
    }
    if (!status) {
        const char *place = folder ? folder : path;
        report->in_site = in_site;
        report->alone = !folder;
        status = ng_arena_copy(&bulletin->arena, place, strlen(place), &report->folder, err);
    }
    if (status) {
        free_report(report);
        return status;
    }
    bulletin->reports[bulletin->count++] = report;
    bulletin->results += report->result_count;
    return NG_OK;
}

static int add_folder(struct ng_bulletin *bulletin, const char *folder, bool in_site, struct ng_err *err) {
    char *path = NULL;
    int status = ng_file_join(&path, folder, NG_BULLETIN_REPORT, err);
    if (!status) status = add_report(bulletin, path, folder, in_site, err);
    free(path);
    return status;
}

/* ---- Sites ---- */

static int compare_names(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_shown(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static int read_title(struct ng_bulletin *bulletin, const char *path, struct ng_err *err) {
    struct ng_doc doc = {0};
    int status = ng_doc_open(&doc, path, err);
    if (!status) {
        status = ng_doc_text(&doc, ng_doc_member(&doc, 0, "title"), &bulletin->arena, &bulletin->title, err);
    }
    ng_doc_free(&doc);
    return status;
}

static int add_site(struct ng_bulletin *bulletin, const char *site, const char *data, struct ng_err *err) {
    char *reports = NULL;
    struct dirent **names = NULL;
    int status = read_title(bulletin, data, err);
    if (!status) status = ng_file_join(&reports, site, NG_BULLETIN_REPORTS, err);
    if (status) return status;
    int count = scandir(reports, &names, is_shown, compare_names);
    if (count < 0) status = ng_err_sys(err, errno, "cannot read %s", reports);
    for (int i = 0; i < count; i++) {
        char *folder = NULL;
        if (!status) status = ng_file_join(&folder, reports, names[i]->d_name, err);
        if (!status) status = add_folder(bulletin, folder, true, err);
        free(folder);
        free(names[i]);
    }
    free(names);
    free(reports);
    return status;
}

/* ---- Arguments ---- */

static int join_if_file(char **path, const char *folder, const char *name, bool *is_file, struct ng_err *err) {
    struct stat info;
    int status = ng_file_join(path, folder, name, err);
    if (!status) *is_file = stat(*path, &info) == 0 && S_ISREG(info.st_mode);
    return status;
}

static int add_any_folder(struct ng_bulletin *bulletin, const char *path, struct ng_err *err) {
    char *report = NULL;
    char *data = NULL;
    bool is_report = false;
    bool is_site = false;
    int status = join_if_file(&report, path, NG_BULLETIN_REPORT, &is_report, err);
    if (!status) status = join_if_file(&data, path, NG_BULLETIN_DATA, &is_site, err);
    if (!status && is_report) status = add_folder(bulletin, path, false, err);
    else if (!status && is_site) status = add_site(bulletin, path, data, err);
    else if (!status) {
        status = ng_err_set(err, NG_ERR_INPUT, "%s holds neither %s nor %s: it is no report and no bulletin", path,
                            NG_BULLETIN_REPORT, NG_BULLETIN_DATA);
        (void)ng_err_hint(err, "ngidx contam BENCH --report DIR makes a report");
    }
    free(report);
    free(data);
    return status;
}

/* DIR/report.json means DIR. */
static int add_file(struct ng_bulletin *bulletin, const char *path, struct ng_err *err) {
    const char *slash = strrchr(path, '/');
    if (strcmp(slash ? slash + 1 : path, NG_BULLETIN_REPORT) != 0) return add_report(bulletin, path, NULL, false, err);
    if (!slash) return add_folder(bulletin, ".", false, err);
    const char *folder;
    size_t length = slash == path ? 1 : (size_t)(slash - path);
    int status = ng_arena_copy(&bulletin->arena, path, length, &folder, err);
    return status ? status : add_folder(bulletin, folder, false, err);
}

int ng_bulletin_add(struct ng_bulletin *bulletin, const char *path, struct ng_err *err) {
    struct stat info;
    if (stat(path, &info) != 0) return ng_err_sys(err, errno, "cannot open %s", path);
    return S_ISDIR(info.st_mode) ? add_any_folder(bulletin, path, err) : add_file(bulletin, path, err);
}

/* The path of the file to check. */
static int find_file(char **file, const char *path, struct ng_err *err) {
    struct stat info;
    if (stat(path, &info) != 0) return ng_err_sys(err, errno, "cannot open %s", path);
    if (S_ISDIR(info.st_mode)) return ng_file_join(file, path, NG_BULLETIN_REPORT, err);
    *file = strdup(path);
    return *file ? NG_OK : ng_err_nomem(err, strlen(path), "a file name");
}

int ng_bulletin_check(const char *path, struct ng_err *err) {
    struct ng_bulletin bulletin = {0};
    struct ng_bulletin_report report = {0};
    char *file = NULL;
    int status = find_file(&file, path, err);
    if (!status) status = read_report(&bulletin, &report, file, err);
    if (!status && report.version < NG_BULLETIN_REPORT_VERSION) {
        status = ng_err_set(err, NG_ERR_VERSION,
                            "%s is of version %" PRIu64 ", which no schema describes; the newest is %d", file,
                            report.version, NG_BULLETIN_REPORT_VERSION);
        (void)ng_err_hint(err, "ngidx bulletin takes it all the same; ngidx contam makes a new one");
    }
    ng_bulletin_report_free(&report);
    ng_bulletin_free(&bulletin);
    free(file);
    return status;
}

void ng_bulletin_free(struct ng_bulletin *bulletin) {
    for (size_t i = 0; i < bulletin->count; i++) free_report(bulletin->reports[i]);
    free(bulletin->reports);
    ng_arena_free(&bulletin->arena);
    *bulletin = (struct ng_bulletin){0};
}
