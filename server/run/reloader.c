#include "server/run/reloader.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "server/state/workers.h"

struct ng_reloader {
    struct ng_registry *registry;
    struct ng_metrics *metrics;
    uint64_t watch_seconds;
    pthread_t thread;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t asked;
    bool all;
    bool stopping;
};

static void report(void *context, const char *name, const struct ng_err *err) {
    struct ng_reloader *r = context;
    (void)atomic_fetch_add(err ? &r->metrics->reload_failures : &r->metrics->reloads, 1);
    if (err) {
        (void)fprintf(stderr, "ngidxd: index %s cannot be opened anew, so the old one stays in use: %s\n", name,
                      err->text);
    } else {
        (void)fprintf(stderr, "ngidxd: index %s was opened anew\n", name);
    }
}

static void *run(void *context) {
    struct ng_reloader *r = context;
    (void)pthread_mutex_lock(&r->lock);
    while (!r->stopping) {
        struct timespec until;
        (void)clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += (time_t)r->watch_seconds;
        if (!r->all) {
            if (r->watch_seconds > 0) (void)pthread_cond_timedwait(&r->asked, &r->lock, &until);
            else (void)pthread_cond_wait(&r->asked, &r->lock);
        }
        if (r->stopping) break;
        bool all = r->all;
        r->all = false;
        (void)pthread_mutex_unlock(&r->lock);
        ng_registry_reload(r->registry, all, report, r);
        (void)pthread_mutex_lock(&r->lock);
    }
    (void)pthread_mutex_unlock(&r->lock);
    return NULL;
}

int ng_reloader_start(struct ng_reloader **reloader, struct ng_registry *registry, struct ng_metrics *metrics,
                      uint64_t watch_seconds, struct ng_err *err) {
    struct ng_reloader *r = calloc(1, sizeof *r);
    if (!r) return ng_err_nomem(err, sizeof *r, "a thread");
    *r = (struct ng_reloader){.registry = registry, .metrics = metrics, .watch_seconds = watch_seconds};
    (void)pthread_mutex_init(&r->lock, NULL);
    (void)pthread_cond_init(&r->asked, NULL);
    int status = ng_thread_start(&r->thread, run, r, err);
    if (!status) {
        *reloader = r;
        return NG_OK;
    }
    (void)pthread_cond_destroy(&r->asked);
    (void)pthread_mutex_destroy(&r->lock);
    free(r);
    return status;
}

static void tell(struct ng_reloader *r, bool *what) {
    (void)pthread_mutex_lock(&r->lock);
    *what = true;
    (void)pthread_cond_signal(&r->asked);
    (void)pthread_mutex_unlock(&r->lock);
}

void ng_reloader_ask(struct ng_reloader *r) {
    tell(r, &r->all);
}

void ng_reloader_stop(struct ng_reloader *r) {
    if (!r) return;
    tell(r, &r->stopping);
    (void)pthread_join(r->thread, NULL);
    (void)pthread_cond_destroy(&r->asked);
    (void)pthread_mutex_destroy(&r->lock);
    free(r);
}
