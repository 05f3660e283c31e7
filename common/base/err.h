/*
 * The one error convention of ngidx.
 *
 * A function that can fail returns an int: 0, or a negative enum ng_status. Its last parameter is a
 * struct ng_err, filled once, where the failure is found: what went wrong, where (file, section,
 * offset, line) and why, and, if there is one, what the user can do next. Libraries neither print nor
 * exit; the program that owns the terminal prints err->text and err->hint.
 *
 * Thread-safety: a struct ng_err belongs to one thread at a time.
 */
#ifndef NG_COMMON_BASE_ERR_H
#define NG_COMMON_BASE_ERR_H

enum ng_status {
    NG_OK = 0,
    NG_ERR_NOMEM = -1,    /* out of memory */
    NG_ERR_IO = -2,       /* the system refused a read, write, open or map */
    NG_ERR_NOSPACE = -3,  /* disk or quota full */
    NG_ERR_NOTFOUND = -4, /* a named file, index or document does not exist */
    NG_ERR_EXISTS = -5,   /* the thing to be made is there already */
    NG_ERR_USAGE = -6,    /* an argument is out of its range */
    NG_ERR_INPUT = -7,    /* outside data (corpus, benchmark, query file) is not what it should be */
    NG_ERR_CORRUPT = -8,  /* an index is damaged, cut short, or at odds with itself */
    NG_ERR_VERSION = -9,  /* an index of a format this program does not read */
    NG_ERR_LIMIT = -10    /* a limit of common/base/limits.h was passed */
};

enum { NG_ERR_TEXT_BYTES = 1024, NG_ERR_HINT_BYTES = 512 };

struct ng_err {
    int status;                   /* enum ng_status; NG_OK while nothing failed */
    char text[NG_ERR_TEXT_BYTES]; /* one sentence, no newline; cut at the end when too long */
    char hint[NG_ERR_HINT_BYTES]; /* the next step for the user, or "" */
};

#define NG_PRINTF_LIKE(format_at, first_at) __attribute__((format(printf, format_at, first_at)))

/* Makes err hold no error. err may be NULL. */
void ng_err_clear(struct ng_err *err);

/* Records status and a printf-formatted text, clears the hint, and returns status, so that a caller can
 * write "return ng_err_set(...)". Control bytes in the text are replaced by '?', since file names and
 * corpus text may hold any. err may be NULL: then only the status is returned. */
int ng_err_set(struct ng_err *err, int status, const char *format, ...) NG_PRINTF_LIKE(3, 4);

/* As ng_err_set, for a failed system call: the status follows from error_number (an errno value), and
 * its description is appended to the text after ": ". */
int ng_err_sys(struct ng_err *err, int error_number, const char *format, ...) NG_PRINTF_LIKE(3, 4);

/* Out of memory while asking for bytes; what names the thing that was to be held. Returns NG_ERR_NOMEM, as static
 * analysis of its callers can see. */
static inline int ng_err_nomem(struct ng_err *err, unsigned long long bytes, const char *what) {
    (void)ng_err_set(err, NG_ERR_NOMEM, "out of memory: %llu bytes for %s", bytes, what);
    return NG_ERR_NOMEM;
}

/* Adds the next step for the user to the error that this thread has just set, and returns its status. err may be
 * NULL, if it was for the error. */
int ng_err_hint(struct ng_err *err, const char *format, ...) NG_PRINTF_LIKE(2, 3);

#endif
