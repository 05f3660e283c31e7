/* Looks files up in a list of them. */
#include <stdlib.h>
#include <string.h>

#include "common/base/le.h"
#include "common/files/files.h"
#include "common/files/files_format.h"


static const char *path_of(const uint8_t *record) {
    return (const char *)record + NG_FILES_PATH_AT;
}

static int compare_sizes(const uint8_t *record, uint64_t bytes) {
    uint64_t own = ng_le_load64(record);
    return own < bytes ? -1 : own > bytes;
}

static int compare_contents(const uint8_t *record, const struct ng_file_record *wanted) {
    int order = compare_sizes(record, wanted->bytes);
    return order ? order : memcmp(record + NG_FILES_HASH_AT, wanted->xxh3_128, NG_FILES_HASH_BYTES);
}

static int sort_by_content(const void *a, const void *b) {
    const uint8_t *one = *(const uint8_t *const *)a;
    const uint8_t *two = *(const uint8_t *const *)b;
    int order = compare_sizes(one, ng_le_load64(two));
    if (!order) order = memcmp(one + NG_FILES_HASH_AT, two + NG_FILES_HASH_AT, NG_FILES_HASH_BYTES);
    return order ? order : strcmp(path_of(one), path_of(two));
}

static int sort_by_path(const void *a, const void *b) {
    return strcmp(path_of(*(const uint8_t *const *)a), path_of(*(const uint8_t *const *)b));
}

int ng_listed_open(struct ng_listed *known, const struct ng_files *files, struct ng_err *err) {
    const size_t count = (size_t)files->count;
    struct ng_file_record record;
    *known = (struct ng_listed){.files = files};
    if (count == 0) return NG_OK;
    known->by_content = calloc(count, sizeof *known->by_content);
    known->by_path = calloc(count, sizeof *known->by_path);
    if (!known->by_content || !known->by_path) {
        ng_listed_close(known);
        return ng_err_nomem(err, 2 * count * sizeof *known->by_path, "the list of files");
    }
    for (size_t i = 0, at = 0, begin = 0; i < count; i++, begin = at) {
        (void)ng_files_next(files->records.data, files->records.length, &at, &record);
        known->by_content[i] = known->by_path[i] = files->records.data + begin;
    }
    qsort(known->by_content, count, sizeof *known->by_content, sort_by_content);
    qsort(known->by_path, count, sizeof *known->by_path, sort_by_path);
    return NG_OK;
}

bool ng_listed_size(const struct ng_listed *known, uint64_t bytes) {
    size_t begin = 0;
    size_t end = (size_t)known->files->count;
    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        int order = compare_sizes(known->by_content[middle], bytes);
        if (order == 0) return true;
        if (order < 0) begin = middle + 1;
        else end = middle;
    }
    return false;
}

const char *ng_listed_content(const struct ng_listed *known, const struct ng_file_record *record) {
    size_t begin = 0;
    size_t end = (size_t)known->files->count;
    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        if (compare_contents(known->by_content[middle], record) < 0) begin = middle + 1;
        else end = middle;
    }
    const char *first = NULL;
    for (; begin < known->files->count && compare_contents(known->by_content[begin], record) == 0; begin++) {
        const char *path = path_of(known->by_content[begin]);
        if (strcmp(path, record->path) == 0) return path;
        if (!first) first = path;
    }
    return first;
}

bool ng_listed_path(const struct ng_listed *known, const char *path) {
    size_t begin = 0;
    size_t end = (size_t)known->files->count;
    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        int order = strcmp(path_of(known->by_path[middle]), path);
        if (order == 0) return true;
        if (order < 0) begin = middle + 1;
        else end = middle;
    }
    return false;
}

void ng_listed_close(struct ng_listed *known) {
    free(known->by_content);
    free(known->by_path);
    *known = (struct ng_listed){0};
}
