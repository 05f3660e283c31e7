#include "indexer/task/task_list.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "common/base/text.h"

#define FIRST_LINE "ngidx tasks 1\n"

enum { SUM_DIGITS = 16, FLAG_GIVEN = 1, FLAG_LINK = 2, FLAGS = 3 };

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

/* Bytes that are read in order. */
struct reader {
    const char *path;
    const uint8_t *at;
    const uint8_t *end;
};

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
    if (status) return status;
    return ng_buf_print(out, err, "%016" PRIx64 "\n", (uint64_t)XXH3_64bits(out->data + begin, out->length - begin));
}

static int refuse(const struct reader *in, const char *why, struct ng_err *err) {
    (void)ng_err_set(err, NG_ERR_CORRUPT, "%s: %s", in->path, why);
    return ng_err_hint(err, "remove the folder and start the build anew");
}

/* The number before the byte that ends it. */
static int read_number(struct reader *in, char end, uint64_t *value, struct ng_err *err) {
    const uint8_t *stop = memchr(in->at, end, (size_t)(in->end - in->at));
    if (!stop || !ng_text_decimal((const char *)in->at, (size_t)(stop - in->at), value)) {
        return refuse(in, "a number is missing", err);
    }
    in->at = stop + 1;
    return NG_OK;
}

static int read_file(struct reader *in, struct ng_task_file *f, struct ng_err *err) {
    uint64_t flags = 0;
    int status = read_number(in, ' ', &f->part, err);
    if (!status) status = read_number(in, ' ', &f->file.bytes, err);
    if (!status) status = read_number(in, ' ', &f->changed_seconds, err);
    if (!status) status = read_number(in, ' ', &f->changed_nanoseconds, err);
    if (!status) status = read_number(in, ' ', &flags, err);
    if (status) return status;
    const uint8_t *stop = memchr(in->at, '\0', (size_t)(in->end - in->at));
    if (!stop || stop == in->at || flags > FLAGS) return refuse(in, "a file is described wrongly", err);
    f->file.is_given = (flags & FLAG_GIVEN) != 0;
    f->file.is_link = (flags & FLAG_LINK) != 0;
    f->file.path = strdup((const char *)in->at);
    if (!f->file.path) return ng_err_nomem(err, (uint64_t)(stop - in->at), "a file name");
    in->at = stop + 1;
    return NG_OK;
}

static int read_files(struct reader *in, struct ng_task_list *list, uint64_t count, struct ng_err *err) {
    enum { LEAST_FILE_BYTES = 12 };
    if (count == 0 || count > (uint64_t)(in->end - in->at) / LEAST_FILE_BYTES) return refuse(in, "files are missing", err);
    list->files = calloc((size_t)count, sizeof *list->files);
    if (!list->files) return ng_err_nomem(err, count * sizeof *list->files, "the list of files");
    uint64_t least = 0;
    for (; list->file_count < count; list->file_count++) {
        struct ng_task_file *f = &list->files[list->file_count];
        int status = read_file(in, f, err);
        if (!status && (f->part < least || f->part >= list->tasks)) {
            free(f->file.path);
            status = refuse(in, "the parts are out of order", err);
        }
        if (status) return status;
        least = f->part;
    }
    return in->at == in->end ? NG_OK : refuse(in, "there is more than the files", err);
}

/* The last line holds the checksum. */
static int check_sum(struct reader *in, struct ng_err *err) {
    char digits[SUM_DIGITS + 2];
    const size_t length = (size_t)(in->end - in->at);
    const size_t first = sizeof FIRST_LINE - 1;
    if (length >= first && memcmp(in->at, "ngidx tasks ", 12) == 0 && memcmp(in->at, FIRST_LINE, first) != 0) {
        return ng_err_set(err, NG_ERR_VERSION, "%s was made by another version of ngidx", in->path);
    }
    if (length < first + SUM_DIGITS + 1 || memcmp(in->at, FIRST_LINE, first) != 0) return refuse(in, "no list of tasks", err);
    in->end -= SUM_DIGITS + 1;
    (void)snprintf(digits, sizeof digits, "%016" PRIx64 "\n", (uint64_t)XXH3_64bits(in->at, length - SUM_DIGITS - 1));
    if (memcmp(digits, in->end, SUM_DIGITS + 1) != 0) return refuse(in, "wrong checksum", err);
    in->at += first;
    return NG_OK;
}

int ng_task_list_parse(struct ng_task_list *list, const char *path, const uint8_t *bytes, size_t length,
                       struct ng_err *err) {
    struct reader in = {.path = path, .at = bytes, .end = bytes + length};
    uint64_t files = 0;
    uint64_t options_bytes = 0;
    *list = (struct ng_task_list){0};
    int status = check_sum(&in, err);
    if (!status) status = read_number(&in, ' ', &list->tasks, err);
    if (!status) status = read_number(&in, ' ', &list->shard_text, err);
    if (!status) status = read_number(&in, ' ', &list->shard_weight, err);
    if (!status) status = read_number(&in, ' ', &files, err);
    if (!status) status = read_number(&in, '\n', &options_bytes, err);
    if (!status && (list->tasks == 0 || list->tasks > NG_MAX_TASKS)) status = refuse(&in, "a wrong number of tasks", err);
    if (!status && (options_bytes > (uint64_t)(in.end - in.at) || memchr(in.at, '\0', (size_t)options_bytes))) {
        status = refuse(&in, "the options are cut", err);
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
