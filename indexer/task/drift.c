#include "indexer/task/drift.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "indexer/corpus/listing.h"

/* What is listed, and how: the options of the list, taken apart. */
struct what {
    char *lines; /* owned; the strings lie in it */
    const char **paths; /* owned */
    size_t path_count;
    struct ng_walk_options walk;
};

static void add_glob(const char *glob, const char **globs, size_t *count) {
    if (*count < NG_MAX_GLOBS) globs[(*count)++] = glob;
}

static void take_line(struct what *what, const char *name, const char *value) {
    struct ng_walk_options *walk = &what->walk;
    if (strcmp(name, "CORPUS") == 0) what->paths[what->path_count++] = value;
    else if (strcmp(name, "include") == 0) add_glob(value, walk->include, &walk->include_count);
    else if (strcmp(name, "exclude") == 0) add_glob(value, walk->exclude, &walk->exclude_count);
    else if (strcmp(name, "hidden") == 0) walk->hidden = strcmp(value, "0") != 0;
    else if (strcmp(name, "follow") == 0) walk->follow = strcmp(value, "0") != 0;
}

static int read_options(struct what *what, const char *options, struct ng_err *err) {
    size_t lines = 1;
    for (const char *at = options; (at = strchr(at, '\n')) != NULL; at++) lines++;
    what->lines = strdup(options);
    what->paths = calloc(lines, sizeof *what->paths);
    if (!what->lines || !what->paths) return ng_err_nomem(err, strlen(options), "options");
    char *rest = what->lines;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        char *value = strchr(line, '=');
        if (!value) continue;
        *value++ = '\0';
        take_line(what, line, value);
    }
    return NG_OK;
}

/* A path that is gone is lost, unless all are: then the corpus is elsewhere, as seen from here. */
static int list_again(const struct what *what, struct ng_walk *walk, struct ng_drift *drift, struct ng_err *err) {
    size_t missing = 0;
    for (size_t i = 0; i < what->path_count; i++) {
        struct ng_err cause;
        ng_err_clear(&cause);
        int status = ng_walk_add(walk, what->paths[i], &what->walk, &cause);
        if (status == NG_ERR_NOMEM) return ng_err_set(err, status, "%s", cause.text);
        if (status) (void)snprintf(drift->why, sizeof drift->why, "%s", cause.text);
        if (status == NG_ERR_NOTFOUND) missing++;
        else if (status) drift->unknown = true;
    }
    drift->unknown = drift->unknown || missing == what->path_count;
    return NG_OK;
}

static void take(struct ng_drift *drift, enum ng_drift_kind kind, const char *path) {
    uint64_t number = drift->counts[kind]++;
    if (number < NG_DRIFT_NAMED) drift->named[kind][number] = strdup(path); /* without memory the count is all there is */
}

static int compare_walked(const void *a, const void *b) {
    return strcmp(((const struct ng_walk_file *)a)->path, ((const struct ng_walk_file *)b)->path);
}

/* Of pointers to files of the list, which keeps its own order. */
static int compare_listed(const void *a, const void *b) {
    return strcmp((*(const struct ng_task_file *const *)a)->file.path, (*(const struct ng_task_file *const *)b)->file.path);
}

static int compare(struct ng_drift *drift, const struct ng_task_list *list, struct ng_walk *walk, struct ng_err *err) {
    const size_t count = list->file_count;
    const struct ng_task_file **listed = calloc(count + 1, sizeof(struct ng_task_file *));
    if (!listed) return ng_err_nomem(err, count * sizeof(struct ng_task_file *), "the list of files");
    for (size_t i = 0; i < count; i++) listed[i] = &list->files[i];
    qsort(listed, count, sizeof(struct ng_task_file *), compare_listed);
    if (walk->count > 0) qsort(walk->files, walk->count, sizeof *walk->files, compare_walked);
    size_t was = 0;
    size_t is = 0;
    while (was < count || is < walk->count) {
        int order = was == count ? 1 : is == walk->count ? -1 : strcmp(listed[was]->file.path, walk->files[is].path);
        if (order > 0) {
            take(drift, NG_DRIFT_GAINED, walk->files[is].path);
        } else {
            const struct ng_task_file *file = listed[was];
            struct stat found;
            bool gone = order < 0 || stat(file->file.path, &found) != 0;
            if (gone) take(drift, NG_DRIFT_LOST, file->file.path);
            else if (!ng_task_file_is(file, &found)) take(drift, NG_DRIFT_CHANGED, file->file.path);
        }
        was += order <= 0;
        is += order >= 0;
    }
    free(listed);
    return NG_OK;
}

int ng_drift_find(struct ng_drift *drift, const struct ng_task_list *list, const char *output, struct ng_err *err) {
    struct what what = {.walk = {.skip_unreadable = true, .exclude_paths = {output}}};
    struct ng_walk walk = {0};
    *drift = (struct ng_drift){0};
    int status = read_options(&what, list->options, err);
    if (!status) status = list_again(&what, &walk, drift, err);
    if (!status && !drift->unknown) status = compare(drift, list, &walk, err);
    ng_walk_free(&walk);
    free(what.paths);
    free(what.lines);
    return status;
}

void ng_drift_free(struct ng_drift *drift) {
    for (size_t i = 0; i < NG_DRIFT_KINDS * NG_DRIFT_NAMED; i++) free(drift->named[i / NG_DRIFT_NAMED][i % NG_DRIFT_NAMED]);
    *drift = (struct ng_drift){0};
}
