/*
 * How to make errors; struct ng_err itself is public, in ngidx_base.h.
 *
 * An error is filled once, where the failure is found. It says what went wrong, where (file, section, offset, line) and
 * why, and gives the next step for the user if one is known. The program that owns the terminal prints err->text and
 * err->hint.
 */
#ifndef NG_COMMON_BASE_ERR_H
#define NG_COMMON_BASE_ERR_H

#include "query/include/ngidx_base.h"

#define NG_PRINTF_LIKE(format_at, first_at) __attribute__((format(printf, format_at, first_at)))

/* Resets err to no error. err may be NULL. */
void ng_err_clear(struct ng_err *err);

/* Records status and a printf-formatted text, clears the hint, and returns status, so that a caller can
 * write "return ng_err_set(...)". Control bytes in the text are replaced by '?', since file names and
 * corpus text may hold any. err may be NULL: then only the status is returned. */
int ng_err_set(struct ng_err *err, int status, const char *format, ...) NG_PRINTF_LIKE(3, 4);

/* As ng_err_set, for a failed system call: the status follows from error_number (an errno value), and
 * its description is appended to the text after ": ". */
int ng_err_sys(struct ng_err *err, int error_number, const char *format, ...) NG_PRINTF_LIKE(3, 4);

/* Records that bytes of memory could not be allocated; what names the thing they were for. Returns NG_ERR_NOMEM, inline
 * so that static analysis of callers sees it. */
static inline int ng_err_nomem(struct ng_err *err, unsigned long long bytes, const char *what) {
    (void)ng_err_set(err, NG_ERR_NOMEM, "out of memory: %llu bytes for %s", bytes, what);
    return NG_ERR_NOMEM;
}

/* The name of a status as in enum ng_status, without NG_ and NG_ERR_: "NOTFOUND". A static string. */
const char *ng_err_status_name(int status);

/* Adds the next step for the user to the error that this thread has just set, and returns its status. err may be NULL
 * if it was NULL for the error, too. */
int ng_err_hint(struct ng_err *err, const char *format, ...) NG_PRINTF_LIKE(2, 3);

#endif
