#include "common/os/parallel.h"

#include <pthread.h>
#include <sched.h>

#include "common/base/limits.h"
#include "common/os/cgroup.h"

struct loop {
    ng_parallel_work *work;
    void *context;
    uint64_t turns;
    pthread_mutex_t lock; /* guards what follows */
    uint64_t next;
    uint64_t failed_turn; /* the lowest that failed; turns while none did */
    int status;
    struct ng_err err; /* of failed_turn */
};

/* Processors that the process may run on, or as much time as it gets of them. */
static uint64_t allowed_processors(void) {
    cpu_set_t sets[8]; /* of 1024 processors each: as many as Linux knows */
    uint64_t quota = ng_cgroup_processors("");
    int affinity = sched_getaffinity(0, sizeof sets, sets) == 0 ? CPU_COUNT_S(sizeof sets, sets) : 1;
    return (uint64_t)affinity < quota ? (uint64_t)affinity : quota;
}

unsigned ng_parallel_threads(unsigned wanted) {
    uint64_t threads = wanted ? wanted : allowed_processors();
    return threads < NG_MAX_THREADS ? (unsigned)threads : NG_MAX_THREADS;
}

static void *run_turns(void *context) {
    struct loop *loop = context;
    (void)pthread_mutex_lock(&loop->lock);
    while (loop->next < loop->turns && loop->status == NG_OK) {
        uint64_t turn = loop->next++;
        (void)pthread_mutex_unlock(&loop->lock);
        struct ng_err err;
        ng_err_clear(&err);
        int status = loop->work(loop->context, turn, &err);
        (void)pthread_mutex_lock(&loop->lock);
        if (status == NG_OK || turn >= loop->failed_turn) continue;
        loop->failed_turn = turn;
        loop->status = status;
        loop->err = err;
    }
    (void)pthread_mutex_unlock(&loop->lock);
    return NULL;
}

int ng_parallel_run(unsigned threads, uint64_t turns, ng_parallel_work *work, void *context, struct ng_err *err) {
    struct loop loop = {.work = work, .context = context, .turns = turns, .failed_turn = turns};
    pthread_t helpers[NG_MAX_THREADS];
    unsigned started = 0;
    if (threads > NG_MAX_THREADS) threads = NG_MAX_THREADS;
    (void)pthread_mutex_init(&loop.lock, NULL);
    while (started + 1 < threads && started + 1 < turns &&
           pthread_create(&helpers[started], NULL, run_turns, &loop) == 0) {
        started++;
    }
    (void)run_turns(&loop);
    for (unsigned i = 0; i < started; i++) (void)pthread_join(helpers[i], NULL);
    (void)pthread_mutex_destroy(&loop.lock);
    if (loop.status && err) *err = loop.err;
    return loop.status;
}
