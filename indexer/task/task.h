/*
 * A build shared by tasks, on one machine or many that see one folder: task I of N builds its part of the corpus and
 * nothing else, and once all parts are there, the build is finished.
 *
 * Until then the folder of the index holds the list of task_list.h and the parts: each is an index of its own
 * (part-00003), or part-00003.empty where its files hold no document; beside it lies what it has to tell (tally.h). A
 * part depends on the list alone, not on the machine, its memory or its threads. So a task may be repeated: it goes on
 * where it was killed, and does nothing once its part is there. To finish gives the parts' shards second names in the
 * folder of the index, or copies them, and writes index.json last, by a rename; the parts go afterwards. Killed at any
 * time, it is repeated.
 */
#ifndef NG_INDEXER_TASK_TASK_H
#define NG_INDEXER_TASK_TASK_H

#include "indexer/build/build.h"
#include "indexer/task/drift.h"

struct ng_task {
    uint64_t number; /* from 0 */
    uint64_t count;  /* 1 to NG_MAX_TASKS */
};

struct ng_task_result {
    struct ng_build_result build; /* of the part; if it was there already, its corpus is as its tally tells */
    bool was_there;
    bool finished;        /* not only the part: build describes the whole index */
    uint64_t files;       /* of the part */
    uint64_t input_bytes; /* of them */
    uint64_t mean_bytes;  /* of all parts */
    bool untold;          /* it was there, and what it passed over or repaired is not known */
};

struct ng_task_finished {
    struct ng_build_result build; /* its corpus is the sum of what the parts tell, and of what listing them met */
    uint64_t parts;
    bool was_there;  /* the index was, and no part any more: parts is 0, and no drift is known */
    uint64_t untold; /* of them, that do not tell; their tallies are lost */
    bool untold_listing;
    struct ng_drift drift; /* of the corpus since it was listed */
};

/* Builds a part of the index at options->output, or does nothing if it is there, or the index is finished, of the same
 * corpus and options (ng_done_find; each task reads its share of the files for that). The first task makes the folder and
 * the list. memory_bytes, threads and block_bytes may differ from task to task, other options not; standard input cannot
 * be shared.
 * Errors: those of ng_build_run and ng_done_find; NG_ERR_USAGE (the options or the number of tasks differ from the first task's),
 * NG_ERR_INPUT (a file of the part changed since), NG_ERR_EXISTS (the folder holds something else, or another task is
 * building this part). */
int ng_task_build(const struct ng_build_options *options, const struct ng_task *task, struct ng_task_result *result,
                  struct ng_err *err);

/* Makes the index at options->output of its parts; only output, progress and note are used, with their contexts: the
 * first few notes of each kind of each part are told, counts are in the result. If there is a corpus, it and all options
 * that tell in the index must be those of the tasks; an index that is finished is then compared (ng_done_find). The caller
 * frees result->drift, also after an error.
 * Errors: those of ng_done_find; NG_ERR_USAGE (other options), NG_ERR_NOTFOUND (no tasks there; parts are missing, which
 * the text names), NG_ERR_INPUT (all parts are empty), NG_ERR_CORRUPT (a part is damaged), NG_ERR_EXISTS (another program
 * is finishing it), NG_ERR_LIMIT (NG_MAX_SHARDS), NG_ERR_NOSPACE, NG_ERR_IO, NG_ERR_NOMEM. */
int ng_task_finish(const struct ng_build_options *options, struct ng_task_finished *result, struct ng_err *err);

#endif
