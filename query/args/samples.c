#include "query/args/samples.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/buf.h"
#include "common/cli/cli.h"
#include "common/os/file.h"

enum { MOST_DEPTH = 4, DATE_BYTES = 19 };

/* Whether text starts like 2024-05-31T16-17-01. */
static bool is_date(const char *text) {
    static const char form[DATE_BYTES + 1] = "0000-00-00T00-00-00";
    for (size_t i = 0; i < DATE_BYTES; i++) {
        bool fits = form[i] == '0' ? text[i] >= '0' && text[i] <= '9' : text[i] == form[i];
        if (!fits) return false;
    }
    return true;
}

struct ng_text ng_cmd_samples_task(const char *path, struct ng_text *date) {
    static const char *const endings[] = {".gz", ".zst", ".jsonl", NULL};
    static const char prefix[] = "samples_";
    struct ng_text name = ng_text_base_name(path, endings);
    const struct ng_text none = {.at = name.at};
    size_t length = name.length;
    if (date) *date = none;
    if (!ng_text_ends(path, ng_text_uncompressed(path), ".jsonl")) return none;
    if (length <= sizeof prefix - 1 || strncmp(name.at, prefix, sizeof prefix - 1) != 0) return none;
    struct ng_text task = {.at = name.at + sizeof prefix - 1, .length = length - (sizeof prefix - 1)};
    struct ng_text rest = {.at = name.at + length};
    for (size_t i = task.length; i-- > 1;) {
        if (task.at[i] != '_' || task.length - i <= DATE_BYTES || !is_date(task.at + i + 1)) continue;
        rest = (struct ng_text){.at = task.at + i + 1, .length = task.length - i - 1};
        task.length = i;
        break;
    }
    if (date) *date = rest;
    return task;
}

static int compare(struct ng_text a, struct ng_text b) {
    int order = memcmp(a.at, b.at, a.length < b.length ? a.length : b.length);
    return order ? order : (a.length > b.length) - (a.length < b.length);
}

/* By task, the newest first. */
static int compare_paths(const void *a, const void *b) {
    const char *const *x = a;
    const char *const *y = b;
    struct ng_text date_x;
    struct ng_text date_y;
    int order = compare(ng_cmd_samples_task(*x, &date_x), ng_cmd_samples_task(*y, &date_y));
    if (!order) order = compare(date_y, date_x);
    return order ? order : strcmp(*x, *y);
}

static int look_into(struct ng_buf *paths, const char *folder, unsigned depth, struct ng_err *err);

/* Takes an entry of a folder: a file of samples, or a folder of them. Gives *path away or keeps it. */
static int take(struct ng_buf *paths, char **path, unsigned depth, struct ng_err *err) {
    struct stat about;
    if (stat(*path, &about) != 0) {
        if (errno == ENOENT) return NG_OK; /* a link that leads nowhere, or it was removed just now */
        return ng_err_set(err, NG_ERR_IO, "%s: %s", *path, strerror(errno));
    }
    if (S_ISDIR(about.st_mode)) return depth < MOST_DEPTH ? look_into(paths, *path, depth + 1, err) : NG_OK;
    if (!S_ISREG(about.st_mode) || ng_cmd_samples_task(*path, NULL).length == 0) return NG_OK;
    int status = ng_buf_append(paths, path, sizeof *path, err);
    if (!status) *path = NULL;
    return status;
}

static int look_into(struct ng_buf *paths, const char *folder, unsigned depth, struct ng_err *err) {
    DIR *listing = opendir(folder);
    int status = NG_OK;
    if (!listing) return ng_err_set(err, errno == ENOENT ? NG_ERR_NOTFOUND : NG_ERR_IO, "%s: %s", folder, strerror(errno));
    while (!status) {
        errno = 0;
        const struct dirent *entry = readdir(listing);
        if (!entry) {
            if (errno) status = ng_err_set(err, NG_ERR_IO, "%s: %s", folder, strerror(errno));
            break;
        }
        if (entry->d_name[0] == '.') continue;
        char *path = NULL;
        status = ng_file_join(&path, folder, entry->d_name, err);
        if (!status) status = take(paths, &path, depth, err);
        free(path);
    }
    (void)closedir(listing);
    return status;
}

static void tell_left_out(const char *path, struct ng_text task) {
    (void)fputs("ngidx: left out: ", stderr);
    ng_cli_print_visible(stderr, (const uint8_t *)path, strlen(path));
    (void)fputs(", as there is a newer file of the task ", stderr);
    ng_cli_print_visible(stderr, (const uint8_t *)task.at, task.length);
    (void)fputc('\n', stderr);
}

/* Keeps the first file of each task. */
static void keep_newest(struct ng_cmd_samples *samples) {
    size_t kept = 0;
    for (size_t i = 0; i < samples->count; i++) {
        struct ng_text task = ng_cmd_samples_task(samples->paths[i], NULL);
        if (kept > 0 && compare(task, ng_cmd_samples_task(samples->paths[kept - 1], NULL)) == 0) {
            tell_left_out(samples->paths[i], task);
            free(samples->paths[i]);
        } else {
            samples->paths[kept++] = samples->paths[i];
        }
    }
    samples->count = kept;
}

int ng_cmd_samples_find(struct ng_cmd_samples *samples, const char *folder, struct ng_err *err) {
    struct ng_buf paths = {0};
    int status = look_into(&paths, folder, 0, err);
    samples->paths = (char **)(void *)paths.data; /* from malloc: aligned for any type */
    samples->count = paths.length / sizeof(char *);
    if (status) return status;
    if (samples->count == 0) {
        (void)ng_err_set(err, NG_ERR_INPUT, "%s: there is no samples_TASK_DATE.jsonl in it", folder);
        return ng_err_hint(err, "lm_eval --log_samples --output_path DIR saves them");
    }
    qsort(samples->paths, samples->count, sizeof *samples->paths, compare_paths);
    keep_newest(samples);
    return NG_OK;
}

void ng_cmd_samples_free(struct ng_cmd_samples *samples) {
    for (size_t i = 0; i < samples->count; i++) free(samples->paths[i]);
    free((void *)samples->paths);
    *samples = (struct ng_cmd_samples){0};
}
