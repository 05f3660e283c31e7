/*
 * Another program as a child process: without a shell, with nothing of the daemon but its environment, and less urgent
 * than the threads of the daemon. One thread runs children; any thread may end them.
 */
#ifndef NG_SERVER_BULLETIN_CHILD_H
#define NG_SERVER_BULLETIN_CHILD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/base/err.h"

struct ng_child {
    pthread_mutex_t lock; /* guards what follows */
    pid_t pid;            /* 0: none runs */
    bool may_be_ended;
    bool ended; /* no other child may start */
};

struct ng_child_order {
    const char *program;     /* its path */
    const char *const *argv; /* ends with NULL */
    int folder;              /* descriptor of its working directory */
    const char *messages;    /* name of the file there that gets its standard error; overwritten */
    uint64_t cpu_seconds;    /* after which it is ended */
    bool finishes; /* goes on even if ng_child_end is called, or the daemon dies */
};

void ng_child_init(struct ng_child *child);
void ng_child_free(struct ng_child *child);

/* Runs it to its end. *code is its exit status, or 128 and the number of the signal that ended it. Errors: NG_ERR_IO,
 * NG_ERR_CANCELLED (ng_child_end was called before). */
int ng_child_run(struct ng_child *child, const struct ng_child_order *order, int *code, struct ng_err *err);

/* Ends the one that runs, unless it finishes, and every later one before it starts. Does not wait. Thread-safe. */
void ng_child_end(struct ng_child *child);

#endif
