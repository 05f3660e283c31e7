/*
 * The files of a bulletin's site, by the path that a request names.
 *
 * A path is names joined by '/', of letters, digits, '.', '_' and '-', none of which begins with a dot; no name may be a
 * link. So nothing outside the site can be reached. Thread-safe.
 */
#ifndef NG_SERVER_BULLETIN_STATIC_FILE_H
#define NG_SERVER_BULLETIN_STATIC_FILE_H

#include <stdint.h>

#include "common/base/err.h"

enum ng_static_kind {
    NG_STATIC_DATA,
    NG_STATIC_PAGE,  /* a page of the site itself, which ngidx bulletin wrote */
    NG_STATIC_REPORT /* the page of a report, which may come from anybody */
};

enum { NG_ETAG_BYTES = 64 };

struct ng_static_file {
    int fd;
    uint64_t length_bytes;
    const char *type; /* static */
    enum ng_static_kind kind;
    char etag[NG_ETAG_BYTES]; /* with its quotes; changes whenever the content changes */
};

/* Opens the file at path below the folder site; "" is index.html. The caller closes file->fd. Errors: NG_ERR_NOTFOUND
 * (no such file, or one that is not for readers), NG_ERR_IO, NG_ERR_NOMEM. */
int ng_static_open(struct ng_static_file *file, const char *site, const char *path, struct ng_err *err);

#endif
