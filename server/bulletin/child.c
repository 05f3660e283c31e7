#include "server/bulletin/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NICE = 10, CANNOT_START = 127, SIGNALLED = 128 };

void ng_child_init(struct ng_child *child) {
    *child = (struct ng_child){0};
    (void)pthread_mutex_init(&child->lock, NULL);
}

void ng_child_free(struct ng_child *child) {
    (void)pthread_mutex_destroy(&child->lock);
}

/* In the child of a program with many threads: system calls only. */
_Noreturn static void become(const struct ng_child_order *order, pid_t daemon) {
    static const int ignored[] = {SIGPIPE, SIGXFSZ, SIGHUP};
    sigset_t none;
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++) (void)signal(ignored[i], SIG_DFL);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    /* What a terminal sends is for the daemon. */
    (void)setsid();
    if (!order->finishes) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != daemon) _exit(CANNOT_START);
    }
    const struct rlimit cpu = {.rlim_cur = (rlim_t)order->cpu_seconds, .rlim_max = (rlim_t)order->cpu_seconds + 1};
    (void)setrlimit(RLIMIT_CPU, &cpu);
    (void)setpriority(PRIO_PROCESS, 0, NICE);
    int nothing = open("/dev/null", O_RDWR);
    int messages = openat(order->folder, order->messages, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0666);
    if (nothing < 0 || messages < 0 || fchdir(order->folder) != 0) _exit(CANNOT_START);
    if (dup2(nothing, STDIN_FILENO) < 0 || dup2(nothing, STDOUT_FILENO) < 0 || dup2(messages, STDERR_FILENO) < 0) {
        _exit(CANNOT_START);
    }
    (void)close_range(STDERR_FILENO + 1, ~0U, 0);
    (void)execv(order->program, (char *const *)(const void *)order->argv);
    _exit(CANNOT_START);
}

/* The lock is held while it starts, so that whoever ends it knows it. */
static int start(struct ng_child *child, const struct ng_child_order *order, struct ng_err *err) {
    int status = NG_OK;
    pid_t daemon = getpid();
    (void)pthread_mutex_lock(&child->lock);
    pid_t pid = child->ended ? 0 : fork();
    if (child->ended) {
        status = ng_err_set(err, NG_ERR_CANCELLED, "the server ends");
    } else if (pid == 0) {
        become(order, daemon);
    } else if (pid < 0) {
        status = ng_err_sys(err, errno, "cannot start %s", order->program);
    } else {
        child->pid = pid;
        child->may_be_ended = !order->finishes;
    }
    (void)pthread_mutex_unlock(&child->lock);
    return status;
}

int ng_child_run(struct ng_child *child, const struct ng_child_order *order, int *code, struct ng_err *err) {
    siginfo_t info;
    int status = start(child, order, err);
    if (status) return status;
    /* It stays a zombie, and its number taken, until nobody can end it any more. */
    int failed;
    do failed = waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOWAIT);
    while (failed && errno == EINTR);
    (void)pthread_mutex_lock(&child->lock);
    int result = 0;
    if (waitpid(child->pid, &result, 0) < 0) status = ng_err_sys(err, errno, "cannot wait for %s", order->program);
    child->pid = 0;
    (void)pthread_mutex_unlock(&child->lock);
    *code = WIFSIGNALED(result) ? SIGNALLED + WTERMSIG(result) : WEXITSTATUS(result);
    return status;
}

void ng_child_end(struct ng_child *child) {
    (void)pthread_mutex_lock(&child->lock);
    child->ended = true;
    if (child->pid > 0 && child->may_be_ended) (void)kill(child->pid, SIGKILL);
    (void)pthread_mutex_unlock(&child->lock);
}
