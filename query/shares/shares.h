/*
 * The parts of a contamination check that tasks share: files in the folder "parts" of the report, one for each task, with
 * what its shards hold of each entry (ng_contam_search_shards). Internal to the command-line program.
 *
 * A part is a container (container.h) of two sections. It gets its name, part-00003, once it is whole and durable, so
 * tasks may be killed and repeated. Numbers are little-endian.
 *   FIND  for each entry that is checked, in order: u32 length, and as many bytes (struct ng_contam_share)
 *   HEAD  strings, each ending with NUL: "ngidx contam part 1", task, tasks, first shard, shards, entries, date, working
 *         folder, words of the command line, these words, facts, these facts
 */
#ifndef NG_QUERY_SHARES_SHARES_H
#define NG_QUERY_SHARES_SHARES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/container/container.h"
#include "query/include/ngidx_contam.h"

struct ng_shares_words {
    const char *const *words;
    size_t count;
};

/* What a part says of itself. All strings are borrowed. */
struct ng_shares_head {
    uint64_t number; /* of the task, */
    uint64_t count;  /* and how many there are */
    uint64_t first_shard;
    uint64_t shard_count;
    uint64_t entries;
    const char *date;
    const char *folder;             /* where the task ran */
    struct ng_shares_words command; /* as main gets it */
    struct ng_shares_words facts;   /* what has to be the same in all parts: index, benchmark, options */
};

/* A part that is read. */
struct ng_shares_part {
    char *path;                     /* owned, as are the others */
    struct ng_container *container;
    const char **words;             /* of head */
    struct ng_shares_head head;
    struct ng_view found;           /* the section FIND, which is checked */
    uint64_t at;                    /* what was read of it */
};

/* The parts of a report, by their tasks. */
struct ng_shares {
    struct ng_shares_part *parts; /* owned */
    size_t count;
};

struct ng_shares_writer;

/* Starts the part of a task; makes the folders that are missing. On success, free *writer with ng_shares_writer_free.
 * Errors: NG_ERR_IO, NG_ERR_NOSPACE, NG_ERR_NOMEM. */
int ng_shares_create(struct ng_shares_writer **writer, const char *report, uint64_t number, struct ng_err *err);

/* Adds what was found of the next entry. Errors: as above; NG_ERR_LIMIT (over 4 GB). */
int ng_shares_add(struct ng_shares_writer *writer, struct ng_bytes found, struct ng_err *err);

/* Seals the part, and gives it its name; it counts the entries. Errors: as above. */
int ng_shares_finish(struct ng_shares_writer *writer, struct ng_shares_head *head, struct ng_err *err);

/* Removes what was not finished. NULL is fine. */
void ng_shares_writer_free(struct ng_shares_writer *writer);

/* Whether a task's part is there, of so many tasks and with these facts. One that cannot be read is not. */
bool ng_shares_is_there(const char *report, uint64_t number, uint64_t count, const struct ng_shares_words *facts);

/* Whether the part of another task is there that does not go with these: *why tells what differs, and what to do. The first
 * part that is met and can be read stands for all. */
bool ng_shares_others_differ(const char *report, uint64_t number, uint64_t count, const struct ng_shares_words *facts,
                             struct ng_err *why);

/* Opens the parts of a report, at least one. They are all there, whole and alike. On success, and after an error, free
 * shares with ng_shares_close. Errors: NG_ERR_NOTFOUND (parts are missing), NG_ERR_INPUT (a part is of another check),
 * NG_ERR_CORRUPT, NG_ERR_VERSION, NG_ERR_IO, NG_ERR_NOMEM. */
int ng_shares_open(struct ng_shares *shares, const char *report, struct ng_err *err);

/* Checks that a part has these facts, which from says the origin of. Errors: NG_ERR_INPUT. */
int ng_shares_check_facts(const struct ng_shares_part *part, const struct ng_shares_words *facts, const char *from,
                          struct ng_err *err);

/* What a part has of the next entry, borrowed. Errors: NG_ERR_CORRUPT (it has no more). */
int ng_shares_next(struct ng_shares_part *part, struct ng_contam_share *share, struct ng_err *err);

/* Idempotent. */
void ng_shares_close(struct ng_shares *shares);

/* Removes the parts of a report, and their folder if nothing else is in it. Errors: NG_ERR_IO, NG_ERR_NOMEM. */
int ng_shares_remove(const char *report, struct ng_err *err);

/* The path of the folder with a report's parts, owned by the caller, and of a part; for write.c and read.c.
 * Errors: NG_ERR_NOMEM. */
int ng_shares_folder(char **path, const char *report, struct ng_err *err);
int ng_shares_path(char **path, const char *report, uint64_t number, struct ng_err *err);

#define NG_SHARES_FORMAT "ngidx contam part 1"
#define NG_SHARES_PREFIX "part-"

#endif
