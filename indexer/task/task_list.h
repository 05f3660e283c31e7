/*
 * The list that the tasks of a build share: the files of the corpus, the part that each file belongs to, where shards
 * are cut, and the options of the build. The first task makes it, so that all tasks agree even if the corpus grows
 * meanwhile. It lives in the folder of the index until the build is finished, in the file "tasks":
 *
 *   ngidx tasks 1\n
 *   <tasks> <shard text> <shard weight> <files> <bytes of the options>\n
 *   <the options, a line each, as the program describes them>
 *   <part> <bytes> <seconds> <nanoseconds> <flags> <path>\0      for each file; the time is that of its last change
 *   <checksum>\n                                            of sealed.h
 */
#ifndef NG_INDEXER_TASK_TASK_LIST_H
#define NG_INDEXER_TASK_TASK_LIST_H

#include "common/base/buf.h"
#include "indexer/corpus/listing.h"

#define NG_TASK_LIST_FILE "tasks"

struct stat;

struct ng_task_file {
    struct ng_walk_file file; /* without device and inode, which may differ from machine to machine */
    uint64_t part;            /* ascending */
    uint64_t changed_seconds;
    uint64_t changed_nanoseconds; /* less than 10^9 */
};

struct ng_task_list {
    uint64_t tasks; /* 1 to NG_MAX_TASKS */
    uint64_t shard_text;
    uint64_t shard_weight;
    char *options; /* lines; owned, NUL-terminated */
    struct ng_task_file *files; /* owned, with their paths */
    size_t file_count;
};

/* Whether what was found at the path of a file is still the file that was listed: by its size and the time of its last
 * change. */
bool ng_task_file_is(const struct ng_task_file *file, const struct stat *found);

/* Gives each file a part, so that parts are of about equal size and follow each other: list->tasks and the files' sizes
 * are set. The same sizes always give the same parts. */
void ng_task_list_cut(struct ng_task_list *list);

/* Appends the bytes of the file. Errors: NG_ERR_NOMEM. */
int ng_task_list_format(const struct ng_task_list *list, struct ng_buf *out, struct ng_err *err);

/* Reads them; path names the file in errors. On success the caller frees list with ng_task_list_free.
 * Errors: NG_ERR_CORRUPT, NG_ERR_VERSION, NG_ERR_NOMEM. */
int ng_task_list_parse(struct ng_task_list *list, const char *path, const uint8_t *bytes, size_t length,
                       struct ng_err *err);

/* Idempotent; all zeros is fine. */
void ng_task_list_free(struct ng_task_list *list);

#endif
