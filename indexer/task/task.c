#include "indexer/task/task.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/shard/index_files.h"
#include "indexer/done/done.h"
#include "indexer/task/options.h"
#include "indexer/task/parts.h"
#include "indexer/task/task_list.h"

static int take_files(struct ng_task_list *list, const struct ng_walk *walk, struct ng_err *err) {
    list->files = calloc(walk->count, sizeof *list->files);
    if (!list->files) return ng_err_nomem(err, walk->count * sizeof *list->files, "the list of files");
    for (; list->file_count < walk->count; list->file_count++) {
        const struct ng_walk_file *from = &walk->files[list->file_count];
        struct ng_task_file *to = &list->files[list->file_count];
        struct stat found;
        if (strcmp(from->path, "-") == 0) {
            (void)ng_err_set(err, NG_ERR_USAGE, "tasks cannot share standard input");
            return ng_err_hint(err, "name the files of the corpus");
        }
        if (stat(from->path, &found) != 0) return ng_err_sys(err, errno, "cannot read %s", from->path);
        to->file = (struct ng_walk_file){.path = strdup(from->path), .bytes = (uint64_t)found.st_size,
                                         .is_given = from->is_given, .is_link = from->is_link};
        to->changed_seconds = (uint64_t)found.st_mtim.tv_sec;
        to->changed_nanoseconds = (uint64_t)found.st_mtim.tv_nsec;
        if (!to->file.path) return ng_err_nomem(err, strlen(from->path) + 1, "a file name");
    }
    return NG_OK;
}

/* Lists the corpus, cuts it, and leaves that for all tasks, unless another task was faster. */
static int make_list(const struct ng_build_options *given, const struct ng_task *task, const char *described,
                     const struct ng_parts *parts, struct ng_err *err) {
    struct ng_build_options options = *given;
    struct ng_task_list list = {.tasks = task->count};
    struct ng_corpus *corpus = NULL;
    struct ng_plan plan;
    struct ng_buf bytes = {0};
    struct ng_tally tally = {.next = given->corpus.note, .next_context = given->corpus.note_context};
    options.corpus.walk.exclude_paths[0] = options.output;
    options.corpus.note = ng_tally_take;
    options.corpus.note_context = &tally;
    int status = ng_build_prepare(&options, &corpus, &plan, err);
    if (status) goto out;
    list.shard_text = plan.shard_text;
    list.shard_weight = plan.shard_weight;
    list.options = strdup(described);
    if (!list.options) status = ng_err_nomem(err, strlen(described), "options");
    if (!status) status = take_files(&list, ng_corpus_files(corpus), err);
    if (!status) ng_task_list_cut(&list);
    if (!status) status = ng_task_list_format(&list, &bytes, err);
    if (!status) status = ng_parts_add_tally(parts, NG_PARTS_LISTING, &tally, err);
    if (!status) status = ng_parts_add_list(parts, bytes.data, bytes.length, err);
out:
    ng_tally_free(&tally);
    ng_buf_free(&bytes);
    ng_task_list_free(&list);
    ng_corpus_close(corpus);
    return status;
}

/* Finds the list of the first task, or makes it. */
static int find_list(const struct ng_build_options *options, const struct ng_task *task, const struct ng_parts *parts,
                     struct ng_task_list *list, struct ng_err *err) {
    struct ng_buf described = {0};
    bool found = false;
    int status = ng_task_options_describe(options, &described, err);
    if (!status) status = ng_parts_read_list(parts, list, &found, err);
    if (!status && !found) {
        status = make_list(options, task, (const char *)described.data, parts, err);
        if (!status) status = ng_parts_read_list(parts, list, &found, err);
        if (!status && !found) status = ng_err_set(err, NG_ERR_IO, "%s: the list of tasks is gone", parts->folder);
    }
    if (!status && list->tasks != task->count) {
        (void)ng_err_set(err, NG_ERR_USAGE, "%s was begun by %llu tasks, not %llu", parts->folder,
                         (unsigned long long)list->tasks, (unsigned long long)task->count);
        status = ng_err_hint(err, "run --task I/%llu for each I below it, or remove the folder to start anew",
                             (unsigned long long)list->tasks);
    }
    if (!status) status = ng_task_options_compare(parts->folder, list->options, (const char *)described.data, err);
    ng_buf_free(&described);
    return status;
}

/* A part is the same whenever it is built. */
static int check_unchanged(const struct ng_task_file *files, size_t count, struct ng_err *err) {
    for (size_t i = 0; i < count; i++) {
        const struct ng_task_file *f = &files[i];
        struct stat found;
        int status = NG_OK;
        if (stat(f->file.path, &found) != 0) {
            status = ng_err_sys(err, errno, "the tasks' list has a file that cannot be read: %s", f->file.path);
        } else if (!ng_task_file_is(f, &found)) {
            status = ng_err_set(err, NG_ERR_INPUT, "%s has changed since the tasks listed it", f->file.path);
        }
        if (status) return ng_err_hint(err, "put the file back, or remove the folder of the index and start all tasks anew");
    }
    return NG_OK;
}

/* The part that a task builds, and what there is to tell of it. */
struct told_part {
    const struct ng_parts *parts;
    uint64_t number;
    struct ng_tally tally;
};

/* Before a part is there, so that no part is without its tally. The notes' counts are those of the corpus already. */
static int leave_tally(void *context, const struct ng_build_result *result, struct ng_err *err) {
    struct told_part *told = context;
    told->tally.counts = result->corpus;
    told->tally.no_ids = result->no_ids;
    return ng_parts_add_tally(told->parts, told->number, &told->tally, err);
}

static int build_part(const struct ng_build_options *given, const struct ng_task_list *list, const char *part,
                      struct told_part *told, const struct ng_task_file *files, size_t count,
                      struct ng_build_result *result, struct ng_err *err) {
    struct ng_build_options options = *given;
    int status = check_unchanged(files, count, err);
    if (!status && count == 0) status = leave_tally(told, result, err);
    if (status || count == 0) return status;
    struct ng_walk_file *listed = malloc(count * sizeof *listed);
    if (!listed) return ng_err_nomem(err, count * sizeof *listed, "the list of files");
    for (size_t i = 0; i < count; i++) listed[i] = files[i].file;
    options.corpus.listed = listed;
    options.corpus.listed_count = count;
    options.cuts = (struct ng_build_cuts){list->shard_text, list->shard_weight};
    options.output = part;
    options.resume = true;
    options.may_be_empty = true;
    told->tally.next = given->corpus.note;
    told->tally.next_context = given->corpus.note_context;
    options.corpus.note = ng_tally_take;
    options.corpus.note_context = &told->tally;
    options.tell = leave_tally;
    options.tell_context = told;
    status = ng_build_run(&options, result, err);
    free(listed);
    return status;
}

/* Describes a part that exists, from its manifest and its tally. */
static int describe_part(const struct ng_build_options *options, const char *part, enum ng_part_state state,
                         struct told_part *told, struct ng_task_result *result, struct ng_err *err) {
    struct ng_manifest manifest = {0};
    bool found = false;
    int status = state == NG_PART_THERE ? ng_manifest_read(&manifest, part, err) : NG_OK;
    if (!status && state == NG_PART_THERE) status = ng_build_describe(&manifest, &result->build, err);
    if (!status) status = ng_parts_read_tally(told->parts, told->number, &told->tally, &found, err);
    result->untold = !found;
    result->build.corpus = told->tally.counts;
    result->build.no_ids = told->tally.no_ids;
    ng_tally_tell(&told->tally, options->corpus.note, options->corpus.note_context);
    ng_manifest_free(&manifest);
    return status;
}

int ng_task_build(const struct ng_build_options *options, const struct ng_task *task, struct ng_task_result *result,
                  struct ng_err *err) {
    struct ng_parts parts = {0};
    struct ng_task_list list = {0};
    enum ng_part_state state = NG_PART_MISSING;
    struct told_part told = {.parts = &parts, .number = task->number};
    char *part = NULL;
    *result = (struct ng_task_result){0};
    int status = ng_done_find(options, &(struct ng_done_share){task->number, task->count}, &result->build, err);
    result->was_there = result->finished = result->build.was_there;
    if (status || result->finished) return status;
    status = ng_parts_open(&parts, options->output, true, err);
    if (!status) status = find_list(options, task, &parts, &list, err);
    if (!status) status = ng_parts_find(&parts, task->number, &part, &state, err);
    if (status) goto out;
    size_t first = 0;
    while (first < list.file_count && list.files[first].part < task->number) first++;
    size_t count = 0;
    while (first + count < list.file_count && list.files[first + count].part == task->number) count++;
    for (size_t i = 0; i < list.file_count; i++) result->mean_bytes += list.files[i].file.bytes;
    result->mean_bytes /= list.tasks;
    for (size_t i = 0; i < count; i++) result->input_bytes += list.files[first + i].file.bytes;
    result->files = count;
    result->was_there = state != NG_PART_MISSING;
    if (result->was_there) {
        status = describe_part(options, part, state, &told, result, err);
    } else {
        status = build_part(options, &list, part, &told, list.files + first, count, &result->build, err);
        if (!status && result->build.documents == 0) status = ng_parts_add_empty(&parts, task->number, err);
    }
out:
    ng_tally_free(&told.tally);
    free(part);
    ng_task_list_free(&list);
    ng_parts_close(&parts);
    return status;
}
