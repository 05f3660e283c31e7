/*
 * Streams made of others: the members of a tar archive, text in UTF-16 as UTF-8. Each is read as it arrives and never
 * held in memory as a whole.
 */
#ifndef NG_INDEXER_CORPUS_SOURCES_H
#define NG_INDEXER_CORPUS_SOURCES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/err.h"
#include "common/os/stream.h"

struct ng_archive;

/* Starts on a tar archive, which borrows the stream; errors refer to it by name. Errors: NG_ERR_NOMEM, NG_ERR_IO
 * (no libarchive). */
int ng_archive_open(struct ng_archive **archive, const char *name, struct ng_stream *stream, struct ng_err *err);

/* The next member that is a file, named "ARCHIVE/MEMBER" in *path, as a stream; both are the archive's until its next
 * call, and NULL at its end. The member's name is never used to write a file.
 * Errors: NG_ERR_INPUT (broken), NG_ERR_NOMEM, those of the stream. */
int ng_archive_next(struct ng_archive *archive, const char **path, struct ng_stream **member, struct ng_err *err);

void ng_archive_close(struct ng_archive *archive);

/* The text of stream, which is in charset ("UTF-16", with a byte order mark), as UTF-8. Half a surrogate pair becomes
 * U+FFFD. Borrows stream. Errors: NG_ERR_NOMEM. */
int ng_recode_open(struct ng_stream **recoded, const char *name, struct ng_stream *stream, const char *charset,
                   struct ng_err *err);

#endif
