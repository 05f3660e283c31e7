/*
 * A library to be preloaded that makes one call fail, or all from one on, as when memory or the disk runs out.
 *
 * FAULT=KIND:K fails the K-th call of a kind, FAULT=KIND:K+ that one and all after it. Kinds: alloc (memory, threads),
 * write, short (a write that takes half), sync, name (files and folders made or renamed), stdio (the file behind a stream
 * is full from then on). FAULT_LOG names a file that is made when a call has failed, and FAULT_COUNTS one that gets the
 * number of calls of each kind at the end.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum kind { ALLOC, WRITE, SHORT, SYNC, NAME, STDIO, KINDS };
static const char *const names[KINDS] = {"alloc", "write", "short", "sync", "name", "stdio"};

static enum kind wanted = KINDS;
static unsigned long wanted_call;
static bool all_after;
static const char *log_path;
static const char *counts_path;
static atomic_ulong calls[KINDS];

/* The functions of libc that the ones below replace. They allocate nothing. */
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *memory, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);

__attribute__((constructor)) static void start(void) {
    const char *fault = getenv("FAULT");
    log_path = getenv("FAULT_LOG");
    counts_path = getenv("FAULT_COUNTS");
    for (int kind = 0; fault && kind < KINDS; kind++) {
        size_t length = strlen(names[kind]);
        if (strncmp(fault, names[kind], length) != 0 || fault[length] != ':') continue;
        char *end;
        wanted_call = strtoul(fault + length + 1, &end, 10);
        all_after = *end == '+';
        wanted = (enum kind)kind;
    }
}

__attribute__((destructor)) static void finish(void) {
    if (!counts_path) return;
    long fd = syscall(SYS_openat, AT_FDCWD, counts_path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    char text[64];
    for (int kind = 0; kind < KINDS && fd >= 0; kind++) {
        int length = snprintf(text, sizeof text, "%s %lu\n", names[kind], atomic_load(&calls[kind]));
        (void)syscall(SYS_write, fd, text, (size_t)length);
    }
}

/* Counts a call; whether it is to fail. */
static bool fails(enum kind kind, int error) {
    unsigned long call = atomic_fetch_add(&calls[kind], 1) + 1;
    if (kind != wanted || (call != wanted_call && !(all_after && call > wanted_call))) return false;
    if (log_path && call == wanted_call) {
        long fd = syscall(SYS_openat, AT_FDCWD, log_path, O_WRONLY | O_CREAT, 0644);
        if (fd >= 0) (void)syscall(SYS_close, fd);
    }
    errno = error;
    return true;
}

/* ---- Memory ---- */

void *malloc(size_t bytes) {
    return fails(ALLOC, ENOMEM) ? NULL : __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes) {
    return fails(ALLOC, ENOMEM) ? NULL : __libc_calloc(count, bytes);
}

void *realloc(void *memory, size_t bytes) {
    return fails(ALLOC, ENOMEM) ? NULL : __libc_realloc(memory, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes) {
    return fails(ALLOC, ENOMEM) ? NULL : __libc_memalign(alignment, bytes);
}

int posix_memalign(void **memory, size_t alignment, size_t bytes) {
    if (fails(ALLOC, ENOMEM)) return ENOMEM;
    *memory = __libc_memalign(alignment, bytes);
    return *memory ? 0 : ENOMEM;
}

void *mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset) {
    if (fails(ALLOC, ENOMEM)) return MAP_FAILED;
    return (void *)syscall(SYS_mmap, at, bytes, protection, flags, fd, offset);
}

/* The function of that name behind this library. */
#define NEXT(result, name, ...) result (*next)(__VA_ARGS__) = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*function)(void *), void *context) {
    NEXT(int, pthread_create, pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    return fails(ALLOC, EAGAIN) ? EAGAIN : next(thread, attributes, function, context);
}

/* ---- Files ---- */

ssize_t write(int fd, const void *bytes, size_t count) {
    if (fails(WRITE, ENOSPC)) return -1;
    if (count > 1 && fails(SHORT, 0)) count /= 2;
    return syscall(SYS_write, fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
    if (fails(WRITE, ENOSPC)) return -1;
    if (count > 1 && fails(SHORT, 0)) count /= 2;
    return syscall(SYS_pwrite64, fd, bytes, count, offset);
}

ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t bytes, unsigned flags) {
    return fails(WRITE, ENOSPC) ? -1 : syscall(SYS_copy_file_range, from, from_at, to, to_at, bytes, flags);
}

int ftruncate(int fd, off_t length) {
    return fails(WRITE, ENOSPC) ? -1 : (int)syscall(SYS_ftruncate, fd, length);
}

int fsync(int fd) {
    return fails(SYNC, EIO) ? -1 : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd) {
    return fails(SYNC, EIO) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

static int open_at(int folder, const char *path, int flags, mode_t mode) {
    if ((flags & (O_CREAT | __O_TMPFILE)) && fails(NAME, ENOSPC)) return -1;
    return (int)syscall(SYS_openat, folder, path, flags, mode);
}

int open(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = (flags & (O_CREAT | __O_TMPFILE)) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return open_at(AT_FDCWD, path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = (flags & (O_CREAT | __O_TMPFILE)) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return open_at(folder, path, flags, mode);
}

int mkdir(const char *path, mode_t mode) {
    return fails(NAME, ENOSPC) ? -1 : (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

int link(const char *from, const char *to) {
    return fails(NAME, ENOSPC) ? -1 : (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int rename(const char *from, const char *to) {
    return fails(NAME, EIO) ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags) {
    return fails(NAME, EIO) ? -1 : (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
}

/* ---- Streams ---- */

/* Behind a stream the disk is full. */
static void fill(FILE *stream) {
    int fd = stream && stream != stderr ? fileno(stream) : -1;
    if (fd < 0 || !fails(STDIO, 0)) return;
    long full = syscall(SYS_openat, AT_FDCWD, "/dev/full", O_WRONLY, 0);
    if (full < 0) return;
    (void)syscall(SYS_dup3, full, fd, 0);
    (void)syscall(SYS_close, full);
}

size_t fwrite(const void *bytes, size_t size, size_t count, FILE *stream) {
    NEXT(size_t, fwrite, const void *, size_t, size_t, FILE *);
    fill(stream);
    return next(bytes, size, count, stream);
}

int fputs(const char *text, FILE *stream) {
    NEXT(int, fputs, const char *, FILE *);
    fill(stream);
    return next(text, stream);
}

int fflush(FILE *stream) {
    NEXT(int, fflush, FILE *);
    fill(stream);
    return next(stream);
}

int fclose(FILE *stream) {
    NEXT(int, fclose, FILE *);
    fill(stream);
    return next(stream);
}
