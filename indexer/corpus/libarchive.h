/*
 * libarchive, loaded when the first archive is met. It depends on libraries for XML, Unicode and cryptography, and
 * linking with it makes the start of every command twice as long. (systemd loads its optional libraries this way, too.)
 *
 * Thread-safety: any thread.
 */
#ifndef NG_INDEXER_CORPUS_LIBARCHIVE_H
#define NG_INDEXER_CORPUS_LIBARCHIVE_H

#include <archive.h>
#include <archive_entry.h>

#include "common/base/err.h"

/* The functions in use: X(name). */
#define NG_LIBARCHIVE_FUNCTIONS(X)      \
    X(archive_entry_filetype)           \
    X(archive_entry_hardlink)           \
    X(archive_entry_pathname)           \
    X(archive_error_string)             \
    X(archive_read_data)                \
    X(archive_read_free)                \
    X(archive_read_new)                 \
    X(archive_read_next_header)         \
    X(archive_read_open)                \
    X(archive_read_support_format_tar)

/* Each by its own name. */
struct ng_libarchive {
#define NG_LIBARCHIVE_MEMBER(name) __typeof__(&(name)) name; /* NOLINT(bugprone-macro-parentheses) */
    NG_LIBARCHIVE_FUNCTIONS(NG_LIBARCHIVE_MEMBER)
#undef NG_LIBARCHIVE_MEMBER
};

/* *library stays valid until the process ends. Errors: NG_ERR_IO, if the machine does not have it. */
int ng_libarchive_load(const struct ng_libarchive **library, struct ng_err *err);

#endif
