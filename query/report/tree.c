#include "query/report/tree.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/text.h"

struct ng_report_tree {
    char *path;      /* owned */
    char *temporary; /* the folder until it is whole; owned */
    const char *option;
    bool is_there;
    struct ng_buf made; /* the paths of its folders and files, each with a NUL, as they were made */
};

static int check_empty(const char *path, const char *option, struct ng_err *err) {
    DIR *folder = opendir(path);
    if (!folder && errno == ENOENT) return NG_OK;
    if (!folder) return ng_err_sys(err, errno, "cannot use the folder %s", path);
    bool empty = true;
    for (const struct dirent *entry = readdir(folder); entry && empty; entry = readdir(folder)) {
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    }
    (void)closedir(folder);
    return empty ? NG_OK : ng_err_set(err, NG_ERR_USAGE, "%s: the folder %s is not empty", option, path);
}

static int make_folder(struct ng_report_tree *tree, struct ng_err *err) {
    tree->is_there = mkdir(tree->temporary, 0777) == 0;
    if (tree->is_there) return NG_OK;
    bool exists = errno == EEXIST;
    int status = ng_err_sys(err, errno, "cannot make the folder %s", tree->temporary);
    return exists ? ng_err_hint(err, "a run that was killed left it, or another writes to it: if none does, remove it") : status;
}

int ng_report_tree_open(struct ng_report_tree **out, const char *path, const char *option, struct ng_err *err) {
    *out = NULL;
    struct ng_report_tree *tree = calloc(1, sizeof *tree);
    if (!tree) return ng_err_nomem(err, sizeof *tree, "a folder");
    tree->option = option;
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') length--;
    tree->path = strndup(path, length);
    if (!tree->path || asprintf(&tree->temporary, "%s.tmp", tree->path) < 0) {
        tree->temporary = NULL;
        ng_report_tree_close(tree);
        return ng_err_nomem(err, length, "a file name");
    }
    int status = check_empty(tree->path, option, err);
    if (!status) status = make_folder(tree, err);
    if (status) ng_report_tree_close(tree);
    else *out = tree;
    return status;
}

/* Makes the folders on the way to a file. */
static int make_folders(struct ng_report_tree *tree, char *path, size_t from, struct ng_err *err) {
    for (char *slash = strchr(path + from, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int code = mkdir(path, 0777) != 0 ? errno : 0;
        if (code && code != EEXIST) return ng_err_sys(err, code, "cannot make the folder %s", path);
        int status = code ? NG_OK : ng_buf_append(&tree->made, path, strlen(path) + 1, err);
        if (status) (void)rmdir(path);
        if (status) return status;
        *slash = '/';
    }
    return NG_OK;
}

int ng_report_tree_name(struct ng_report_tree *tree, const char *within, const char *name, const char *ending, char **path,
                        struct ng_err *err) {
    size_t length = ng_text_uncompressed(name);
    if (length == 0) length = strlen(name);
    if (asprintf(path, "%s/%s%s%.*s%s", tree->temporary, within ? within : "", within ? "/" : "", (int)length, name,
                 ending) < 0) {
        *path = NULL;
        return ng_err_nomem(err, length, "a file name");
    }
    size_t root = strlen(tree->temporary) + 1;
    for (char *part = *path + root; *part; part += strspn(part, "/")) {
        size_t part_length = strcspn(part, "/");
        if (part_length < 3 && strspn(part, ".") >= part_length) memset(part, '_', part_length);
        part += part_length;
    }
    int status = make_folders(tree, *path, root, err);
    if (!status && access(*path, F_OK) == 0) {
        status = ng_err_set(err, NG_ERR_INPUT, "%s: two files of the corpus are %s there", tree->option, *path + root);
    }
    if (!status) status = ng_buf_append(&tree->made, *path, strlen(*path) + 1, err);
    if (status) {
        free(*path);
        *path = NULL;
    }
    return status;
}

int ng_report_tree_publish(struct ng_report_tree *tree, struct ng_err *err) {
    if (rename(tree->temporary, tree->path) != 0) {
        return ng_err_sys(err, errno, "cannot rename %s to %s", tree->temporary, tree->path);
    }
    tree->is_there = false;
    return NG_OK;
}

/* Removes what was made, the last first; without asking for memory, which may be what is missing. */
static void remove_all(struct ng_report_tree *tree) {
    const char *paths = (const char *)tree->made.data;
    for (size_t end = paths ? tree->made.length : 0; end > 0;) {
        size_t begin = end - 1;
        while (begin > 0 && paths[begin - 1]) begin--;
        (void)remove(paths + begin);
        end = begin;
    }
    if (tree->temporary) (void)rmdir(tree->temporary);
}

void ng_report_tree_close(struct ng_report_tree *tree) {
    if (!tree) return;
    if (tree->is_there) remove_all(tree);
    ng_buf_free(&tree->made);
    free(tree->path);
    free(tree->temporary);
    free(tree);
}
