/* The files of a report in a site. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/os/file.h"
#include "query/bulletin/bulletin.h"
#include "query/bulletin/site.h"

enum { PAGE, REPORT };
const char *const ng_site_report_files[NG_SITE_REPORT_FILES] = {
    [PAGE] = "report.html", [REPORT] = NG_BULLETIN_REPORT, "report.md", "summary.csv", "entries.csv", "entries.jsonl",
    "contaminated-docs.jsonl"};

static int copy_bytes(int from, int to, const char *name, struct ng_err *err) {
    enum { BUFFER_BYTES = 1 << 16 };
    uint8_t buffer[BUFFER_BYTES];
    for (;;) {
        ssize_t length = read(from, buffer, sizeof buffer);
        if (length < 0 && errno == EINTR) continue;
        if (length < 0) return ng_err_sys(err, errno, "cannot read %s", name);
        if (length == 0) return NG_OK;
        int status = ng_file_write(to, buffer, (size_t)length, name, err);
        if (status) return status;
    }
}

/* A copy has the date of its original: it is that of the oldest reports. A link would show what it leads to, and a pipe
 * has no end: neither is a report's file. */
static int copy_file(int from_folder, const char *from_name, int to_folder, const char *name, bool *is_there,
                     struct ng_err *err) {
    struct stat info;
    *is_there = false;
    int from = openat(from_folder, from_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (from < 0 && (errno == ENOENT || errno == ELOOP)) return NG_OK;
    if (from < 0) return ng_err_sys(err, errno, "cannot open %s", from_name);
    int status = fstat(from, &info) != 0 ? ng_err_sys(err, errno, "cannot read %s", from_name) : NG_OK;
    int to = -1;
    if (!status && S_ISREG(info.st_mode)) {
        to = openat(to_folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        status = to < 0 ? ng_err_sys(err, errno, "cannot make %s", name) : copy_bytes(from, to, name, err);
        const struct timespec times[2] = {info.st_mtim, info.st_mtim};
        if (!status && futimens(to, times) != 0) status = ng_err_sys(err, errno, "cannot set the date of %s", name);
        *is_there = !status;
    }
    if (to >= 0 && close(to) != 0 && !status) status = ng_err_sys(err, errno, "cannot write %s", name);
    (void)close(from);
    return status;
}

static bool link_file(int from_folder, int to_folder, const char *name) {
    struct stat info;
    return fstatat(from_folder, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(info.st_mode) &&
           linkat(from_folder, name, to_folder, name, 0) == 0;
}

static int take_files(const struct ng_bulletin_report *report, int to_folder, bool data_only, bool *has_file,
                      struct ng_err *err) {
    if (report->alone) {
        return copy_file(AT_FDCWD, report->folder, to_folder, NG_BULLETIN_REPORT, &has_file[REPORT], err);
    }
    int folder = open(report->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return ng_err_sys(err, errno, "cannot open folder %s", report->folder);
    int status = NG_OK;
    for (size_t i = data_only ? REPORT : PAGE; i < NG_SITE_REPORT_FILES && !status; i++) {
        const char *name = ng_site_report_files[i];
        has_file[i] = report->in_site && link_file(folder, to_folder, name);
        if (!has_file[i]) status = copy_file(folder, name, to_folder, name, &has_file[i], err);
    }
    (void)close(folder);
    return status;
}

int ng_site_take_report(int reports, struct ng_bulletin_report *report, bool data_only, struct ng_err *err) {
    if (mkdirat(reports, report->key, 0777) != 0) return ng_err_sys(err, errno, "cannot make the folder of a report");
    int folder = openat(reports, report->key, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return ng_err_sys(err, errno, "cannot open the folder of a report");
    int status = take_files(report, folder, data_only, report->has_file, err);
    (void)close(folder);
    if (!status && !report->has_file[REPORT]) {
        status = ng_err_set(err, NG_ERR_NOTFOUND, "%s is gone, or a link, which a bulletin does not take", report->folder);
    }
    return status;
}
