#include "common/base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Where the caller keeps no error, a hint still has to return the status of the error that it belongs to. */
static _Thread_local int status_without_err;

static void replace_control_bytes(char *text) {
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f) *text = '?';
    }
}

void ng_err_clear(struct ng_err *err) {
    if (!err) return;
    err->status = NG_OK;
    err->text[0] = '\0';
    err->hint[0] = '\0';
}

static void format_text(struct ng_err *err, int status, const char *format, va_list args) {
    err->status = status;
    err->hint[0] = '\0';
    if (vsnprintf(err->text, sizeof err->text, format, args) < 0) err->text[0] = '\0';
}

int ng_err_set(struct ng_err *err, int status, const char *format, ...) {
    if (!err) return status_without_err = status;
    va_list args;
    va_start(args, format);
    format_text(err, status, format, args);
    va_end(args);
    replace_control_bytes(err->text);
    return status;
}

static int status_of_errno(int error_number) {
    switch (error_number) {
    case ENOMEM: return NG_ERR_NOMEM;
    case ENOSPC:
    case EDQUOT: return NG_ERR_NOSPACE;
    case ENOENT:
    case ENOTDIR: return NG_ERR_NOTFOUND;
    case EEXIST:
    case ENOTEMPTY: return NG_ERR_EXISTS;
    default: return NG_ERR_IO;
    }
}

int ng_err_sys(struct ng_err *err, int error_number, const char *format, ...) {
    int status = status_of_errno(error_number);
    if (!err) return status_without_err = status;
    va_list args;
    va_start(args, format);
    format_text(err, status, format, args);
    va_end(args);
    size_t used = strlen(err->text);
    char reason[128];
    /* The GNU form of strerror_r may return a static string instead of filling the buffer. */
    const char *why = strerror_r(error_number, reason, sizeof reason);
    (void)snprintf(err->text + used, sizeof err->text - used, ": %s", why);
    replace_control_bytes(err->text);
    if (error_number == EFBIG) (void)ng_err_hint(err, "raise the limit on the size of files (ulimit -f)");
    if (status == NG_ERR_NOSPACE) (void)ng_err_hint(err, "free some space on that file system, or write to another one");
    return status;
}

int ng_err_hint(struct ng_err *err, const char *format, ...) {
    if (!err) return status_without_err;
    va_list args;
    va_start(args, format);
    if (vsnprintf(err->hint, sizeof err->hint, format, args) < 0) err->hint[0] = '\0';
    va_end(args);
    replace_control_bytes(err->hint);
    return err->status;
}

const char *ng_err_status_name(int status) {
    static const char *const names[] = {"OK",    "NOMEM", "IO",      "NOSPACE", "NOTFOUND", "EXISTS",
                                        "USAGE", "INPUT", "CORRUPT", "VERSION", "LIMIT",    "CANCELLED", "REMOTE"};
    const int count = sizeof names / sizeof *names;
    return status <= 0 && status > -count ? names[-status] : "ERROR";
}
