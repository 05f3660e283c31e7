#include "server/state/workers.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "common/base/limits.h"

struct ng_workers {
    ng_workers_run *run;
    void *context;
    unsigned threads;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t filled;
    struct ng_work *first;
    struct ng_work *last;
    size_t count;
    unsigned idle;
    bool stopping;
    pthread_t ids[NG_MAX_THREADS];
};

/* Takes one piece, and behind a light one more light ones, but no more than this thread's share. */
static size_t take(struct ng_workers *w, struct ng_work **works) {
    size_t share = w->count / w->threads + 1;
    size_t most = share < NG_WORKERS_TOGETHER ? share : NG_WORKERS_TOGETHER;
    size_t taken = 0;
    do {
        works[taken++] = w->first;
        w->first = w->first->next;
    } while (taken < most && w->first && w->first->light && works[0]->light);
    w->count -= taken;
    if (!w->first) w->last = NULL;
    return taken;
}

static void *work(void *context) {
    struct ng_workers *w = context;
    struct ng_work *works[NG_WORKERS_TOGETHER];
    (void)pthread_mutex_lock(&w->lock);
    for (;;) {
        while (!w->first && !w->stopping) {
            w->idle++;
            (void)pthread_cond_wait(&w->filled, &w->lock);
            w->idle--;
        }
        if (!w->first) break;
        size_t taken = take(w, works);
        /* Whoever pushed woke one thread only; the rest is passed on. */
        if (w->first && w->idle > 0) (void)pthread_cond_signal(&w->filled);
        (void)pthread_mutex_unlock(&w->lock);
        w->run(w->context, works, taken);
        (void)pthread_mutex_lock(&w->lock);
    }
    (void)pthread_mutex_unlock(&w->lock);
    return NULL;
}

int ng_thread_start(void *thread, void *(*run)(void *), void *context, struct ng_err *err) {
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    /* What a thread does to itself reaches that thread. */
    (void)sigdelset(&all, SIGBUS);
    (void)sigdelset(&all, SIGSEGV);
    (void)sigdelset(&all, SIGFPE);
    (void)sigdelset(&all, SIGILL);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int error_number = pthread_create(thread, NULL, run, context);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error_number ? ng_err_sys(err, error_number, "cannot start a thread") : NG_OK;
}

int ng_workers_start(struct ng_workers **workers, unsigned threads, ng_workers_run *run, void *context,
                     struct ng_err *err) {
    struct ng_workers *w = calloc(1, sizeof *w);
    if (!w) return ng_err_nomem(err, sizeof *w, "the threads");
    w->run = run;
    w->context = context;
    (void)pthread_mutex_init(&w->lock, NULL);
    (void)pthread_cond_init(&w->filled, NULL);
    if (threads > NG_MAX_THREADS) threads = NG_MAX_THREADS;
    int status = NG_OK;
    (void)pthread_mutex_lock(&w->lock);
    while (w->threads < threads && !status) {
        status = ng_thread_start(&w->ids[w->threads], work, w, err);
        if (!status) w->threads++;
    }
    unsigned started = w->threads;
    (void)pthread_mutex_unlock(&w->lock);
    if (started == 0) {
        ng_workers_stop(w);
        return status;
    }
    *workers = w;
    return NG_OK;
}

void ng_workers_push(struct ng_workers *w, struct ng_work *first, struct ng_work *last, size_t count) {
    last->next = NULL;
    (void)pthread_mutex_lock(&w->lock);
    if (w->last) w->last->next = first;
    else w->first = first;
    w->last = last;
    w->count += count;
    bool wake = w->idle > 0;
    (void)pthread_mutex_unlock(&w->lock);
    if (wake) (void)pthread_cond_signal(&w->filled);
}

void ng_workers_stop(struct ng_workers *w) {
    if (!w) return;
    (void)pthread_mutex_lock(&w->lock);
    w->stopping = true;
    (void)pthread_cond_broadcast(&w->filled);
    (void)pthread_mutex_unlock(&w->lock);
    for (unsigned i = 0; i < w->threads; i++) (void)pthread_join(w->ids[i], NULL);
    (void)pthread_cond_destroy(&w->filled);
    (void)pthread_mutex_destroy(&w->lock);
    free(w);
}
