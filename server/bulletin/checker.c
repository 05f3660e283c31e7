#include "server/bulletin/checker.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/os/file.h"
#include "server/bulletin/child.h"
#include "server/bulletin/note.h"
#include "server/bulletin/reason.h"
#include "server/state/workers.h"

enum { PAUSE_INTERRUPTED_SECONDS = 1, PAUSE_ERROR_SECONDS = 30 };

struct ng_checker {
    char *site;
    char *program;
    struct ng_registry *registry;
    struct ng_slot slot; /* the thread's while a job is under way, else the submitter's */
    struct ng_child child;
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    bool stopping;
    struct ng_checker_state state;
};

/* What came of one try. */
enum outcome { ADDED, REFUSED, INTERRUPTED };

/* ---- The two programs ---- */

struct arguments {
    const char *argv[2 * NG_MAX_SERVED_INDEXES + 10];
    size_t count;
    char *owned[NG_MAX_SERVED_INDEXES];
    size_t owned_count;
};

static void add(struct arguments *a, const char *argument) {
    a->argv[a->count++] = argument;
}

static int add_index(struct arguments *a, struct ng_registry *registry, size_t number, struct ng_err *err) {
    const char *name = ng_registry_name(registry, number);
    char *path = realpath(ng_registry_path(registry, number), NULL);
    if (!path) return ng_err_sys(err, errno, "cannot find the index %s", name);
    size_t room = strlen(name) + strlen(path) + 2;
    char *argument = malloc(room);
    if (argument) (void)snprintf(argument, room, "%s=%s", name, path);
    free(path);
    if (!argument) return ng_err_nomem(err, room, "an argument");
    a->owned[a->owned_count++] = argument;
    add(a, "-i");
    add(a, argument);
    return NG_OK;
}

static int run_program(struct ng_checker *c, const struct arguments *a, bool finishes, int *code, struct ng_err *err) {
    const struct ng_child_order order = {.program = c->program,
                                         .argv = a->argv,
                                         .folder = c->slot.job,
                                         .messages = NG_SLOT_MESSAGES,
                                         .cpu_seconds = NG_MAX_CHECK_CPU_SECONDS,
                                         .finishes = finishes};
    return ng_child_run(&c->child, &order, code, err);
}

/* Its texts and paths stay out of the report: a benchmark that can be read on the web is one that the next crawl has. */
static int run_contam(struct ng_checker *c, int *code, struct ng_err *err) {
    struct arguments a = {0};
    add(&a, "ngidx");
    add(&a, "contam");
    add(&a, c->slot.name); /* begins with a letter or a digit: no option */
    add(&a, "--redact");
    add(&a, "--report");
    add(&a, NG_SLOT_MAKING);
    int status = NG_OK;
    for (size_t i = 0; i < ng_registry_count(c->registry) && !status; i++) status = add_index(&a, c->registry, i, err);
    if (!status) status = run_program(c, &a, false, code, err);
    for (size_t i = 0; i < a.owned_count; i++) free(a.owned[i]);
    return status;
}

/* A site that is there is added to. The report that it has already is taken once. */
static int run_bulletin(struct ng_checker *c, int *code, struct ng_err *err) {
    struct arguments a = {0};
    char *data = NULL;
    int status = ng_file_join(&data, c->site, "bulletin.json", err);
    if (status) return status;
    add(&a, "ngidx");
    add(&a, "bulletin");
    if (access(data, F_OK) == 0) add(&a, c->site);
    add(&a, NG_SLOT_REPORT);
    add(&a, "--quiet");
    add(&a, "--output");
    add(&a, c->site);
    free(data);
    return run_program(c, &a, true, code, err);
}

/* ---- One try ---- */

static void set_phase(struct ng_checker *c, enum ng_checker_phase phase) {
    (void)pthread_mutex_lock(&c->lock);
    c->state.phase = phase;
    (void)pthread_mutex_unlock(&c->lock);
}

/* What the end of a child means for the benchmark; err says why. */
static enum outcome judge(const struct ng_checker *c, const char *command, int code, struct ng_err *err) {
    enum { CANNOT_START = 127, SIGNALLED = 128 };
    if (code == CANNOT_START) {
        (void)ng_err_set(err, NG_ERR_IO, "ngidx %s cannot be started", command);
        return INTERRUPTED;
    }
    if (code == SIGNALLED + SIGXCPU) {
        (void)ng_err_set(err, NG_ERR_LIMIT, "ngidx %s took over %" PRIu64 " seconds of processor time, this server's limit",
                         command, NG_MAX_CHECK_CPU_SECONDS);
        return REFUSED;
    }
    if (code > SIGNALLED) {
        (void)ng_err_set(err, NG_ERR_IO, "ngidx %s was ended by signal %d", command, code - SIGNALLED);
        return INTERRUPTED;
    }
    ng_reason_read(c->slot.job, NG_SLOT_MESSAGES, command, code, err);
    return REFUSED;
}

/* A status is an error of this machine's, and the try may succeed later. */
static int try_once(struct ng_checker *c, enum outcome *outcome, struct ng_err *err) {
    int code = 0;
    int status = NG_OK;
    *outcome = INTERRUPTED;
    if (!ng_slot_has_report(&c->slot)) {
        status = run_contam(c, &code, err);
        if (status) return status;
        if (code != 0) {
            *outcome = judge(c, "contam", code, err);
            return NG_OK;
        }
        status = ng_slot_keep_report(&c->slot, err);
        if (status) return status;
    }
    set_phase(c, NG_CHECKER_ADDING);
    status = run_bulletin(c, &code, err);
    if (!status) *outcome = code == 0 ? ADDED : judge(c, "bulletin", code, err);
    return status;
}

/* ---- The thread ---- */

static void load_failures(struct ng_checker *c) {
    struct ng_slot_failure *failures = calloc(NG_MAX_FAILED_BENCHMARKS, sizeof *failures);
    if (!failures) return;
    size_t count = ng_slot_failures(&c->slot, failures, NG_MAX_FAILED_BENCHMARKS);
    (void)pthread_mutex_lock(&c->lock);
    memcpy(c->state.failures, failures, count * sizeof *failures);
    c->state.failure_count = count;
    (void)pthread_mutex_unlock(&c->lock);
    free(failures);
}

static bool is_stopping(struct ng_checker *c) {
    (void)pthread_mutex_lock(&c->lock);
    bool stopping = c->stopping;
    (void)pthread_mutex_unlock(&c->lock);
    return stopping;
}

/* Tells the last one that was added. */
static int set_added(struct ng_checker *c, struct ng_err *err) {
    char note[NG_ERR_TEXT_BYTES];
    char *report = NULL;
    int status = ng_slot_find_report(&c->slot, &report, err);
    if (status) return status;
    ng_note_read(report, note);
    free(report);
    (void)fprintf(stderr, "ngidxd: benchmark %s was checked and added to the bulletin\n", c->slot.name);
    (void)pthread_mutex_lock(&c->lock);
    (void)snprintf(c->state.added, sizeof c->state.added, "%s", c->slot.name);
    (void)snprintf(c->state.note, sizeof c->state.note, "%s", note);
    (void)pthread_mutex_unlock(&c->lock);
    return NG_OK;
}

/* Brings the job to its end where the try did. A status: it stays, and there will be another try. */
static int settle(struct ng_checker *c, enum outcome outcome, uint64_t tries, const struct ng_err *why, struct ng_err *err) {
    struct ng_err reason = *why;
    if (outcome == ADDED) {
        int told = set_added(c, err);
        return told ? told : ng_slot_done(&c->slot, err);
    }
    if (outcome == INTERRUPTED && is_stopping(c)) {
        ng_slot_uncount(&c->slot, tries);
        return NG_ERR_CANCELLED;
    }
    if (outcome == INTERRUPTED) {
        if (tries < NG_MAX_BENCHMARK_TRIES) return NG_ERR_CANCELLED;
        (void)ng_err_set(&reason, NG_ERR_LIMIT, "the check was interrupted %" PRIu64 " times; the last time: %s", tries,
                         why->text[0] ? why->text : "the server ended");
    }
    (void)fprintf(stderr, "ngidxd: benchmark %s was not added to the bulletin: %s\n", c->slot.name, reason.text);
    int status = ng_slot_fail(&c->slot, reason.text, err);
    load_failures(c);
    return status;
}

/* Returns the seconds to wait before another try; 0: the job is at its end. */
static unsigned work(struct ng_checker *c) {
    struct ng_err why;
    struct ng_err err;
    uint64_t tries = 0;
    enum outcome outcome = INTERRUPTED;
    ng_err_clear(&why);
    ng_err_clear(&err);
    int status = ng_slot_begin(&c->slot, &tries, &err);
    /* One more than allowed: the daemon itself was interrupted the last time. */
    if (!status && tries <= NG_MAX_BENCHMARK_TRIES) status = try_once(c, &outcome, &why);
    if (status) err = err.status ? err : why;
    else status = settle(c, outcome, tries, &why, &err);
    if (status == NG_ERR_CANCELLED) return PAUSE_INTERRUPTED_SECONDS;
    if (status) (void)fprintf(stderr, "ngidxd: the queue of benchmarks: %s\n", err.text);
    return c->slot.job < 0 ? 0 : PAUSE_ERROR_SECONDS;
}

static void wait_seconds(struct ng_checker *c, unsigned seconds) {
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += (time_t)seconds;
    int error_number = 0;
    while (!c->stopping && error_number != ETIMEDOUT) error_number = pthread_cond_timedwait(&c->changed, &c->lock, &until);
}

static void *run(void *context) {
    struct ng_checker *c = context;
    (void)pthread_mutex_lock(&c->lock);
    while (!c->stopping) {
        if (c->state.phase != NG_CHECKER_WAITING) {
            (void)pthread_cond_wait(&c->changed, &c->lock);
            continue;
        }
        c->state.phase = NG_CHECKER_CHECKING;
        (void)pthread_mutex_unlock(&c->lock);
        unsigned pause = work(c);
        (void)pthread_mutex_lock(&c->lock);
        c->state.phase = pause > 0 ? NG_CHECKER_WAITING : NG_CHECKER_IDLE;
        if (pause > 0) wait_seconds(c, pause);
    }
    (void)pthread_mutex_unlock(&c->lock);
    return NULL;
}

/* ---- For others ---- */

static void set_job(struct ng_checker *c) {
    struct tm parts;
    time_t received = (time_t)c->slot.received;
    (void)snprintf(c->state.name, sizeof c->state.name, "%s", c->slot.name);
    c->state.received[0] = '\0';
    if (gmtime_r(&received, &parts)) {
        (void)strftime(c->state.received, sizeof c->state.received, "%Y-%m-%dT%H:%M:%SZ", &parts);
    }
    c->state.phase = NG_CHECKER_WAITING;
}

int ng_checker_submit(struct ng_checker *c, const char *name, const uint8_t *bytes, size_t length, struct ng_err *err) {
    if (!ng_slot_name_fits(name, strlen(name))) {
        (void)ng_err_set(err, NG_ERR_USAGE, "'%s' is not a name for a benchmark", name);
        return ng_err_hint(err, "a name has at most %d letters, digits, '.', '_' and '-', begins with a letter or a digit, and "
                           "ends in .jsonl, .json, .csv or .tsv", NG_SLOT_NAME_BYTES - 1);
    }
    if (length == 0) return ng_err_set(err, NG_ERR_INPUT, "the benchmark is empty");
    (void)pthread_mutex_lock(&c->lock);
    bool free_now = c->state.phase == NG_CHECKER_IDLE && !c->stopping;
    if (free_now) c->state.phase = NG_CHECKER_TAKING;
    (void)pthread_mutex_unlock(&c->lock);
    if (!free_now) return ng_err_set(err, NG_ERR_EXISTS, "another benchmark is being checked");
    int status = ng_slot_put(&c->slot, name, bytes, length, err);
    (void)pthread_mutex_lock(&c->lock);
    c->state.phase = NG_CHECKER_IDLE;
    if (!status) set_job(c);
    (void)pthread_cond_signal(&c->changed);
    (void)pthread_mutex_unlock(&c->lock);
    return status;
}

void ng_checker_get_state(struct ng_checker *c, struct ng_checker_state *state) {
    (void)pthread_mutex_lock(&c->lock);
    *state = c->state;
    (void)pthread_mutex_unlock(&c->lock);
}

/* The program ngidx in the folder of this one. */
static int find_program(char **program, struct ng_err *err) {
    static const char name[] = "ngidx";
    enum { PATH_BYTES = 4096 };
    char path[PATH_BYTES];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - sizeof name - 1);
    if (length <= 0) return ng_err_sys(err, errno, "cannot find the folder of this program");
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    memcpy(slash ? slash + 1 : path, name, sizeof name);
    if (access(path, X_OK) != 0) {
        (void)ng_err_set(err, NG_ERR_NOTFOUND, "cannot run %s, which checks benchmarks", path);
        return ng_err_hint(err, "install ngidx in the same folder as ngidxd");
    }
    *program = strdup(path);
    return *program ? NG_OK : ng_err_nomem(err, (unsigned long long)length, "a file name");
}

int ng_checker_start(struct ng_checker **checker, const char *site, struct ng_registry *registry, struct ng_err *err) {
    struct ng_checker *c = calloc(1, sizeof *c);
    if (!c) return ng_err_nomem(err, sizeof *c, "the checker of benchmarks");
    *c = (struct ng_checker){.registry = registry, .slot = {.fd = -1, .job = -1}, .site = strdup(site)};
    ng_child_init(&c->child);
    (void)pthread_mutex_init(&c->lock, NULL);
    (void)pthread_cond_init(&c->changed, NULL);
    int status = c->site ? find_program(&c->program, err) : ng_err_nomem(err, strlen(site), "a file name");
    if (!status) status = ng_slot_open(&c->slot, site, err);
    if (!status) {
        load_failures(c);
        if (c->slot.job >= 0) set_job(c);
        status = ng_thread_start(&c->thread, run, c, err);
    }
    c->has_thread = !status;
    if (status) ng_checker_stop(c);
    else *checker = c;
    return status;
}

void ng_checker_stop(struct ng_checker *c) {
    if (!c) return;
    if (c->has_thread) {
        (void)pthread_mutex_lock(&c->lock);
        c->stopping = true;
        (void)pthread_cond_signal(&c->changed);
        (void)pthread_mutex_unlock(&c->lock);
        ng_child_end(&c->child);
        (void)pthread_join(c->thread, NULL);
    }
    ng_slot_close(&c->slot);
    ng_child_free(&c->child);
    (void)pthread_cond_destroy(&c->changed);
    (void)pthread_mutex_destroy(&c->lock);
    free(c->site);
    free(c->program);
    free(c);
}
