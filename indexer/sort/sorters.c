#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "indexer/sort/block.h"

struct slot {
    struct ng_sorters *sorters;
    struct ng_block *block; /* that is being sorted, or NULL */
    pthread_t thread;
    bool started; /* there is a thread to join */
    bool done;
};

struct ng_sorters {
    pthread_mutex_t lock; /* guards what follows and the slots */
    pthread_cond_t ended;
    int status;           /* of the first block that failed */
    struct ng_err err;
    unsigned threads;
    struct slot slots[];
};

int ng_sorters_open(struct ng_sorters **sorters, unsigned threads, struct ng_err *err) {
    size_t bytes = sizeof **sorters + threads * sizeof(struct slot);
    struct ng_sorters *s = calloc(1, bytes);
    if (!s) return ng_err_nomem(err, bytes, "threads");
    (void)pthread_mutex_init(&s->lock, NULL);
    (void)pthread_cond_init(&s->ended, NULL);
    s->threads = threads;
    for (unsigned i = 0; i < threads; i++) s->slots[i].sorters = s;
    *sorters = s;
    return NG_OK;
}

static void *sort_slot(void *context) {
    struct slot *slot = context;
    struct ng_sorters *s = slot->sorters;
    struct ng_err err;
    ng_err_clear(&err);
    int status = ng_block_sort(slot->block, &err);
    (void)pthread_mutex_lock(&s->lock);
    if (status && !s->status) {
        s->status = status;
        s->err = err;
    }
    slot->done = true;
    (void)pthread_cond_broadcast(&s->ended);
    (void)pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* Joins threads that are done. Returns a free slot, or NULL. The lock is held. */
static struct slot *find_free(struct ng_sorters *s) {
    struct slot *found = NULL;
    for (unsigned i = 0; i < s->threads; i++) {
        struct slot *slot = &s->slots[i];
        if (slot->started && slot->done) {
            (void)pthread_join(slot->thread, NULL); /* it has nothing left to do */
            *slot = (struct slot){.sorters = s};
        }
        if (!slot->block) found = slot;
    }
    return found;
}

static int take_status(const struct ng_sorters *s, struct ng_err *err) {
    if (s->status && err) *err = s->err;
    return s->status;
}

int ng_sorters_start(struct ng_sorters *s, struct ng_block *block, struct ng_err *err) {
    (void)pthread_mutex_lock(&s->lock);
    struct slot *slot;
    while (!(slot = find_free(s))) (void)pthread_cond_wait(&s->ended, &s->lock);
    int status = take_status(s, err);
    bool failed = false;
    if (!status) {
        *slot = (struct slot){.sorters = s, .block = block, .started = true};
        failed = pthread_create(&slot->thread, NULL, sort_slot, slot) != 0;
        if (failed) slot->started = false;
    }
    (void)pthread_mutex_unlock(&s->lock);
    if (!failed) return status;
    /* The system gives no more threads: on this one, then. */
    (void)sort_slot(slot);
    (void)pthread_mutex_lock(&s->lock);
    *slot = (struct slot){.sorters = s};
    status = take_status(s, err);
    (void)pthread_mutex_unlock(&s->lock);
    return status;
}

static bool busy(const struct ng_sorters *s) {
    for (unsigned i = 0; i < s->threads; i++) {
        if (s->slots[i].block) return true;
    }
    return false;
}

int ng_sorters_wait(struct ng_sorters *s, struct ng_err *err) {
    (void)pthread_mutex_lock(&s->lock);
    for (;;) {
        (void)find_free(s);
        if (!busy(s)) break;
        (void)pthread_cond_wait(&s->ended, &s->lock);
    }
    int status = take_status(s, err);
    (void)pthread_mutex_unlock(&s->lock);
    return status;
}

void ng_sorters_close(struct ng_sorters *s) {
    if (!s) return;
    (void)ng_sorters_wait(s, NULL);
    (void)pthread_cond_destroy(&s->ended);
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}
