#include "indexer/task/task_list.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "indexer/task/sealed.h"

#define FIRST_LINE "ngidx tasks 1\n"

enum { FLAG_GIVEN = 1, FLAG_LINK = 2, FLAGS = 3 };

bool ng_task_file_is(const struct ng_task_file *file, const struct stat *found) {
    return (uint64_t)found->st_size == file->file.bytes && (uint64_t)found->st_mtim.tv_sec == file->changed_seconds &&
           (uint64_t)found->st_mtim.tv_nsec == file->changed_nanoseconds;
}

void ng_task_list_cut(struct ng_task_list *list) {
    long double total = 0;
    for (size_t i = 0; i < list->file_count; i++) total += (long double)list->files[i].file.bytes + 1;
    long double before = 0;
    for (size_t i = 0; i < list->file_count; i++) {
        const long double bytes = (long double)list->files[i].file.bytes + 1; /* empty files spread, too */
        const uint64_t part = (uint64_t)((before + bytes / 2) / total * (long double)list->tasks);
        list->files[i].part = part < list->tasks ? part : list->tasks - 1;
        before += bytes;
    }
}

int ng_task_list_format(const struct ng_task_list *list, struct ng_buf *out, struct ng_err *err) {
    const size_t begin = out->length;
    const size_t options_bytes = strlen(list->options);
    int status = ng_buf_print(out, err, FIRST_LINE "%" PRIu64 " %" PRIu64 " %" PRIu64 " %zu %zu\n", list->tasks,
                             list->shard_text, list->shard_weight, list->file_count, options_bytes);
    if (!status) status = ng_buf_append(out, list->options, options_bytes, err);
    for (size_t i = 0; i < list->file_count && !status; i++) {
        const struct ng_task_file *f = &list->files[i];
        const unsigned flags = (f->file.is_given ? FLAG_GIVEN : 0u) | (f->file.is_link ? FLAG_LINK : 0u);
        status = ng_buf_print(out, err, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %u ", f->part, f->file.bytes,
                             f->changed_seconds, f->changed_nanoseconds, flags);
        if (!status) status = ng_buf_append(out, f->file.path, strlen(f->file.path) + 1, err);
    }
    return status ? status : ng_sealed_seal(out, begin, err);
}

static int read_file(struct ng_sealed *in, struct ng_task_file *f, struct ng_err *err) {
    uint64_t flags = 0;
    int status = ng_sealed_number(in, ' ', &f->part, err);
    if (!status) status = ng_sealed_number(in, ' ', &f->file.bytes, err);
    if (!status) status = ng_sealed_number(in, ' ', &f->changed_seconds, err);
    if (!status) status = ng_sealed_number(in, ' ', &f->changed_nanoseconds, err);
    if (!status) status = ng_sealed_number(in, ' ', &flags, err);
    if (status) return status;
    const char *path = NULL;
    status = ng_sealed_string(in, &path, err);
    if (status) return status;
    if (path[0] == '\0' || flags > FLAGS) return ng_sealed_refuse(in, "a file is described wrongly", err);
    f->file.is_given = (flags & FLAG_GIVEN) != 0;
    f->file.is_link = (flags & FLAG_LINK) != 0;
    f->file.path = strdup(path);
    return f->file.path ? NG_OK : ng_err_nomem(err, strlen(path), "a file name");
}

static int read_files(struct ng_sealed *in, struct ng_task_list *list, uint64_t count, struct ng_err *err) {
    enum { LEAST_FILE_BYTES = 12 };
    if (count == 0 || count > (uint64_t)(in->end - in->at) / LEAST_FILE_BYTES) return ng_sealed_refuse(in, "files are missing", err);
    list->files = calloc((size_t)count, sizeof *list->files);
    if (!list->files) return ng_err_nomem(err, count * sizeof *list->files, "the list of files");
    uint64_t least = 0;
    for (; list->file_count < count; list->file_count++) {
        struct ng_task_file *f = &list->files[list->file_count];
        int status = read_file(in, f, err);
        if (!status && (f->part < least || f->part >= list->tasks)) {
            free(f->file.path);
            status = ng_sealed_refuse(in, "the parts are out of order", err);
        }
        if (status) return status;
        least = f->part;
    }
    return in->at == in->end ? NG_OK : ng_sealed_refuse(in, "there is more than the files", err);
}

int ng_task_list_parse(struct ng_task_list *list, const char *path, const uint8_t *bytes, size_t length,
                       struct ng_err *err) {
    struct ng_sealed in;
    uint64_t files = 0;
    uint64_t options_bytes = 0;
    *list = (struct ng_task_list){0};
    int status = ng_sealed_open(&in, path, bytes, length, FIRST_LINE, err);
    if (!status) status = ng_sealed_number(&in, ' ', &list->tasks, err);
    if (!status) status = ng_sealed_number(&in, ' ', &list->shard_text, err);
    if (!status) status = ng_sealed_number(&in, ' ', &list->shard_weight, err);
    if (!status) status = ng_sealed_number(&in, ' ', &files, err);
    if (!status) status = ng_sealed_number(&in, '\n', &options_bytes, err);
    if (!status && (list->tasks == 0 || list->tasks > NG_MAX_TASKS)) status = ng_sealed_refuse(&in, "a wrong number of tasks", err);
    if (!status && (options_bytes > (uint64_t)(in.end - in.at) || memchr(in.at, '\0', (size_t)options_bytes))) {
        status = ng_sealed_refuse(&in, "the options are cut", err);
    }
    if (!status) {
        list->options = strndup((const char *)in.at, (size_t)options_bytes);
        if (!list->options) status = ng_err_nomem(err, options_bytes, "options");
        in.at += options_bytes;
    }
    if (!status) status = read_files(&in, list, files, err);
    if (status) ng_task_list_free(list);
    return status;
}

void ng_task_list_free(struct ng_task_list *list) {
    for (size_t i = 0; i < list->file_count; i++) free(list->files[i].file.path);
    free(list->files);
    free(list->options);
    *list = (struct ng_task_list){0};
}
