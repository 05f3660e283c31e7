#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/limits.h"
#include "query/cite/cite.h"

struct ng_cite_paths {
    char *here; /* the working folder; NULL if it has no path; owned */
    size_t index_count;
    char *roots[NG_MAX_CONTAM_INDEXES]; /* each ends with a slash, or is empty; owned */
};

/* Cuts root to the folders that it has in common with path. */
static void join_root(char *root, const char *path) {
    size_t folders = 0;
    size_t at = 0;
    for (; root[at] && root[at] == path[at]; at++) {
        if (root[at] == '/') folders = at + 1;
    }
    root[folders] = '\0';
}

/* The corpus files of a shard are in order of their paths, folder by folder: its ends tell what they have in common, unless
 * several folders were given. Some documents between tell that. */
static int find_root(char **root, const struct ng_index *index, struct ng_err *err) {
    enum { LOOKS = 16 };
    struct ng_index_info info;
    ng_index_get_info(index, &info);
    for (uint64_t s = 0; s < info.shards; s++) {
        struct ng_shard_info shard;
        ng_index_get_shard_info(index, s, &shard);
        uint64_t last = shard.document_end - shard.first_document - 1;
        for (uint64_t look = 0; look <= LOOKS; look++) {
            struct ng_doc_source source;
            uint64_t doc = shard.first_document + (look == LOOKS ? last : look * (last / LOOKS));
            int status = ng_index_next_document(index, &doc, err);
            if (!status && doc == info.document_end) break;
            if (!status) status = ng_index_doc_source(index, doc, &source, err);
            if (status) return status;
            if (!*root) {
                *root = strdup(source.path);
                char *slash = *root ? strrchr(*root, '/') : NULL;
                if (*root) (*root)[slash ? slash + 1 - *root : 0] = '\0';
            }
            if (*root) join_root(*root, source.path);
            ng_doc_source_free(&source);
            if (!*root) return ng_err_nomem(err, 1, "a path");
        }
    }
    if (!*root) *root = strdup("");
    return *root ? NG_OK : ng_err_nomem(err, 1, "a path");
}

int ng_cite_paths_open(struct ng_cite_paths **out, const struct ng_index *const *indexes, size_t index_count,
                       struct ng_err *err) {
    *out = NULL;
    struct ng_cite_paths *paths = calloc(1, sizeof *paths);
    if (!paths) return ng_err_nomem(err, sizeof *paths, "paths");
    paths->here = getcwd(NULL, 0);
    paths->index_count = index_count;
    int status = NG_OK;
    for (size_t k = 0; k < index_count && !status; k++) status = find_root(&paths->roots[k], indexes[k], err);
    if (status) ng_cite_paths_free(paths);
    else *out = paths;
    return status;
}

void ng_cite_paths_free(struct ng_cite_paths *paths) {
    if (!paths) return;
    free(paths->here);
    for (size_t k = 0; k < paths->index_count; k++) free(paths->roots[k]);
    free(paths);
}

/* What follows a folder in a path; NULL if the path is not below it. */
static const char *below(const char *folder, const char *path) {
    size_t length = folder ? strlen(folder) : 0;
    while (length > 0 && folder[length - 1] == '/') length--;
    if (!folder || strncmp(path, folder, length) != 0 || path[length] != '/') return NULL;
    path += length;
    while (*path == '/') path++;
    return *path ? path : NULL;
}

/* An absolute path has to lose something, whatever it is. */
static const char *without_slashes(const char *path) {
    const char *at = path;
    while (*at == '/') at++;
    return *at ? at : ".";
}

const char *ng_cite_path(const struct ng_cite_paths *paths, const char *path) {
    if (!paths || *path != '/') return path;
    const char *rest = below(paths->here, path);
    if (rest) return rest;
    const char *name = path + strlen(path);
    while (name > path && name[-1] == '/') name--; /* slashes at the end belong to the name */
    while (name > path && name[-1] != '/') name--;
    return without_slashes(name);
}

const char *ng_cite_path_in_corpus(const struct ng_cite_paths *paths, size_t index, const char *path) {
    const char *root = paths->roots[index];
    size_t length = strlen(root);
    return without_slashes(strncmp(path, root, length) == 0 ? path + length : path);
}

const char *ng_cite_path_source(const struct ng_cite_paths *paths, size_t index, const char *path) {
    if (!paths || *path != '/') return path;
    const char *rest = below(paths->here, path);
    return rest ? rest : ng_cite_path_in_corpus(paths, index, path);
}
