#include "server/bulletin/slot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/base/limits.h"
#include "common/base/text.h"
#include "common/os/file.h"

static const char INCOMING[] = "incoming";
static const char JOB[] = "job";
static const char DONE[] = "done";
static const char FAILED[] = "failed";
enum { OWN = 0700 };

/* ---- Folders ---- */

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where) {
    (void)info;
    (void)where;
    (void)(kind == FTW_DP ? rmdir(path) : unlink(path));
    return 0;
}

/* Removes slot/folder/name and all below it; folder may be NULL. */
static int remove_tree(const struct ng_slot *slot, const char *folder, const char *name, struct ng_err *err) {
    enum { OPEN_FOLDERS = 8 };
    char *path = NULL;
    char *around = NULL;
    struct stat info;
    int status = ng_file_join(&around, slot->folder, folder ? folder : ".", err);
    if (!status) status = ng_file_join(&path, around, name, err);
    if (!status) (void)nftw(path, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
    if (!status && lstat(path, &info) == 0) status = ng_err_set(err, NG_ERR_IO, "cannot remove %s", path);
    free(around);
    free(path);
    return status;
}

static int make_folder(const struct ng_slot *slot, int parent, const char *name, int *fd, struct ng_err *err) {
    if (mkdirat(parent, name, OWN) != 0 && errno != EEXIST) {
        return ng_err_sys(err, errno, "cannot make the folder %s in %s", name, slot->folder);
    }
    *fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return *fd < 0 ? ng_err_sys(err, errno, "cannot open the folder %s in %s", name, slot->folder) : NG_OK;
}

static int sync_all(const struct ng_slot *slot, int fd, struct ng_err *err) {
    return fsync(fd) == 0 ? NG_OK : ng_err_sys(err, errno, "cannot write %s to the disk", slot->folder);
}

static int move(const struct ng_slot *slot, const char *from, int to_folder, const char *to, struct ng_err *err) {
    if (renameat2(slot->fd, from, to_folder, to, RENAME_NOREPLACE) != 0) {
        return ng_err_sys(err, errno, "cannot rename %s in %s to %s", from, slot->folder, to);
    }
    int status = sync_all(slot, slot->fd, err);
    return status ? status : sync_all(slot, to_folder, err);
}

static void close_job(struct ng_slot *slot) {
    if (slot->job >= 0) (void)close(slot->job);
    slot->job = -1;
}

/* The one file in a job's folder that has a name for a benchmark. False if there is none. */
static bool find_file(int job, char name[NG_SLOT_NAME_BYTES], int64_t *changed) {
    struct stat info;
    bool found = false;
    int fd = openat(job, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (!folder && fd >= 0) (void)close(fd);
    const struct dirent *entry;
    while (folder && !found && (entry = readdir(folder))) {
        size_t length = strlen(entry->d_name);
        found = ng_slot_name_fits(entry->d_name, length) &&
                fstatat(dirfd(folder), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(info.st_mode);
        if (!found) continue;
        memcpy(name, entry->d_name, length + 1);
        *changed = info.st_mtim.tv_sec;
    }
    if (folder) (void)closedir(folder);
    return found;
}

static int take_up(struct ng_slot *slot, struct ng_err *err) {
    slot->job = openat(slot->fd, JOB, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (slot->job < 0 && errno == ENOENT) return NG_OK;
    if (slot->job < 0) return ng_err_sys(err, errno, "cannot open the folder job in %s", slot->folder);
    if (find_file(slot->job, slot->name, &slot->received)) return NG_OK;
    (void)ng_err_set(err, NG_ERR_INPUT, "%s/job holds no benchmark", slot->folder);
    return ng_err_hint(err, "remove that folder");
}

/* ---- Opening ---- */

/* A child of a daemon that was killed may have the lock still, until it becomes another program. */
static int lock(const struct ng_slot *slot, struct ng_err *err) {
    enum { TRIES = 40, PAUSE_MICROSECONDS = 50000 };
    for (unsigned try = 1; flock(slot->fd, LOCK_EX | LOCK_NB) != 0; try++) {
        if (errno != EWOULDBLOCK) return ng_err_sys(err, errno, "cannot lock %s", slot->folder);
        if (try == TRIES) return ng_err_set(err, NG_ERR_EXISTS, "another daemon uses %s", slot->folder);
        (void)usleep(PAUSE_MICROSECONDS);
    }
    return NG_OK;
}

int ng_slot_open(struct ng_slot *slot, const char *site, struct ng_err *err) {
    static const char suffix[] = ".queue";
    size_t length = strlen(site);
    int failed = -1;
    *slot = (struct ng_slot){.fd = -1, .job = -1, .folder = malloc(length + sizeof suffix)};
    if (!slot->folder) return ng_err_nomem(err, length, "a file name");
    memcpy(slot->folder, site, length);
    memcpy(slot->folder + length, suffix, sizeof suffix);
    int status = make_folder(slot, AT_FDCWD, slot->folder, &slot->fd, err);
    if (!status) status = lock(slot, err);
    if (!status) status = make_folder(slot, slot->fd, FAILED, &failed, err);
    if (!status) status = remove_tree(slot, NULL, INCOMING, err);
    if (!status) status = remove_tree(slot, NULL, DONE, err);
    if (!status) status = take_up(slot, err);
    if (failed >= 0) (void)close(failed);
    return status;
}

void ng_slot_close(struct ng_slot *slot) {
    if (!slot->folder) return;
    close_job(slot);
    if (slot->fd >= 0) (void)close(slot->fd);
    free(slot->folder);
    slot->folder = NULL;
    slot->fd = -1;
}

/* ---- A job ---- */

bool ng_slot_name_fits(const char *name, size_t length) {
    static const char fit[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    static const char *const endings[] = {".jsonl", ".json", ".csv", ".tsv"};
    if (length == 0 || length >= NG_SLOT_NAME_BYTES || strchr("._-", name[0])) return false;
    for (size_t i = 0; i < length; i++) {
        if (name[i] == '\0' || !strchr(fit, name[i])) return false;
    }
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (length > strlen(endings[i]) && ng_text_ends(name, length, endings[i])) return true;
    }
    return false;
}

static int write_file(const struct ng_slot *slot, int folder, const char *name, const void *bytes, size_t length,
                      struct ng_err *err) {
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return ng_err_sys(err, errno, "cannot make %s in %s", name, slot->folder);
    int status = ng_file_write(fd, bytes, length, slot->folder, err);
    if (!status) status = sync_all(slot, fd, err);
    if (close(fd) != 0 && !status) status = ng_err_sys(err, errno, "cannot write %s in %s", name, slot->folder);
    return status ? status : sync_all(slot, folder, err);
}

int ng_slot_put(struct ng_slot *slot, const char *name, const uint8_t *bytes, size_t length, struct ng_err *err) {
    int incoming = -1;
    int status = remove_tree(slot, NULL, INCOMING, err);
    if (!status) status = make_folder(slot, slot->fd, INCOMING, &incoming, err);
    if (!status) status = write_file(slot, incoming, name, bytes, length, err);
    if (!status) status = move(slot, INCOMING, slot->fd, JOB, err);
    if (status) {
        if (incoming >= 0) (void)close(incoming);
        (void)remove_tree(slot, NULL, INCOMING, NULL);
        return status;
    }
    slot->job = incoming;
    (void)snprintf(slot->name, sizeof slot->name, "%s", name);
    slot->received = (int64_t)time(NULL);
    return NG_OK;
}

int ng_slot_begin(struct ng_slot *slot, uint64_t *tries, struct ng_err *err) {
    struct stat info;
    int status = remove_tree(slot, JOB, NG_SLOT_MAKING, err);
    if (status) return status;
    int fd = openat(slot->job, "tries", O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return ng_err_sys(err, errno, "cannot make job/tries in %s", slot->folder);
    status = ng_file_write(fd, "+", 1, slot->folder, err);
    if (!status) status = sync_all(slot, fd, err);
    if (!status && fstat(fd, &info) != 0) status = ng_err_sys(err, errno, "cannot read job/tries in %s", slot->folder);
    (void)close(fd);
    if (!status) *tries = (uint64_t)info.st_size;
    return status;
}

void ng_slot_uncount(struct ng_slot *slot, uint64_t tries) {
    int fd = openat(slot->job, "tries", O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return;
    (void)!ftruncate(fd, (off_t)tries - 1);
    (void)close(fd);
}

bool ng_slot_has_report(const struct ng_slot *slot) {
    return faccessat(slot->job, NG_SLOT_REPORT, F_OK, 0) == 0;
}

int ng_slot_keep_report(struct ng_slot *slot, struct ng_err *err) {
    if (syncfs(slot->job) != 0) return ng_err_sys(err, errno, "cannot write %s to the disk", slot->folder);
    if (renameat(slot->job, NG_SLOT_MAKING, slot->job, NG_SLOT_REPORT) != 0) {
        return ng_err_sys(err, errno, "cannot rename job/making in %s to report", slot->folder);
    }
    return sync_all(slot, slot->job, err);
}

int ng_slot_find_report(const struct ng_slot *slot, char **path, struct ng_err *err) {
    char *job = NULL;
    int status = ng_file_join(&job, slot->folder, JOB, err);
    if (!status) status = ng_file_join(path, job, NG_SLOT_REPORT, err);
    free(job);
    return status;
}

int ng_slot_done(struct ng_slot *slot, struct ng_err *err) {
    int status = remove_tree(slot, NULL, DONE, err);
    if (!status) status = move(slot, JOB, slot->fd, DONE, err);
    if (status) return status;
    close_job(slot);
    return remove_tree(slot, NULL, DONE, err);
}

/* ---- Failures ---- */

int ng_slot_fail(struct ng_slot *slot, const char *reason, struct ng_err *err) {
    enum { KEY_BYTES = 64 };
    char key[KEY_BYTES];
    struct timespec now;
    struct tm parts;
    int failed = -1;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (!gmtime_r(&now.tv_sec, &parts)) return ng_err_set(err, NG_ERR_IO, "the system has no time");
    size_t length = strftime(key, sizeof key, "%Y-%m-%dT%H:%M:%S", &parts);
    (void)snprintf(key + length, sizeof key - length, ".%09ldZ", now.tv_nsec);
    int status = write_file(slot, slot->job, "reason", reason, strlen(reason), err);
    if (!status) status = make_folder(slot, slot->fd, FAILED, &failed, err);
    if (!status) status = move(slot, JOB, failed, key, err);
    if (failed >= 0) (void)close(failed);
    if (!status) close_job(slot);
    return status;
}

static void read_failure(int failed, const char *key, struct ng_slot_failure *failure) {
    enum { SECOND_CHARS = 19 };
    int64_t changed;
    *failure = (struct ng_slot_failure){.name = "?", .reason = "the reason cannot be read"};
    (void)snprintf(failure->time, sizeof failure->time, "%.*sZ", SECOND_CHARS, key);
    int folder = openat(failed, key, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0) return;
    (void)find_file(folder, failure->name, &changed);
    int fd = openat(folder, "reason", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0) {
        ssize_t length = read(fd, failure->reason, sizeof failure->reason - 1);
        if (length >= 0) failure->reason[length] = '\0';
        (void)close(fd);
    }
    (void)close(folder);
}

static int is_shown(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static int compare_newest(const struct dirent **a, const struct dirent **b) {
    return strcmp((*b)->d_name, (*a)->d_name);
}

size_t ng_slot_failures(const struct ng_slot *slot, struct ng_slot_failure *failures, size_t most) {
    struct dirent **names = NULL;
    size_t read_count = 0;
    int failed = openat(slot->fd, FAILED, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int count = failed < 0 ? 0 : scandirat(failed, ".", &names, is_shown, compare_newest);
    for (int i = 0; i < count; i++) {
        if (read_count < most) read_failure(failed, names[i]->d_name, &failures[read_count++]);
        else if (i >= (int)NG_MAX_FAILED_BENCHMARKS) (void)remove_tree(slot, FAILED, names[i]->d_name, NULL);
        free(names[i]);
    }
    free(names);
    if (failed >= 0) (void)close(failed);
    return read_count;
}
