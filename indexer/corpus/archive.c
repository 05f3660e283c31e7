#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "indexer/corpus/libarchive.h"
#include "indexer/corpus/sources.h"

enum { READ_BYTES = 1 << 16 };

struct ng_archive {
    const struct ng_libarchive *library;
    char *name;
    struct ng_stream *stream; /* borrowed */
    struct archive *tar;
    struct ng_stream *member;
    char *path;
    int status; /* of the stream */
    struct ng_err err;
    uint8_t bytes[READ_BYTES];
};

static la_ssize_t read_stream(struct archive *tar, void *context, const void **bytes) {
    (void)tar;
    struct ng_archive *a = context;
    size_t length = 0;
    a->status = ng_stream_read(a->stream, a->bytes, sizeof a->bytes, &length, &a->err);
    *bytes = a->bytes;
    return a->status ? -1 : (la_ssize_t)length;
}

/* The stream's own error where it failed, else the archive's. */
static int refuse(const struct ng_archive *a, struct ng_err *err) {
    if (a->status) {
        if (err) *err = a->err;
        return a->status;
    }
    const char *why = a->library->archive_error_string(a->tar);
    (void)ng_err_set(err, NG_ERR_INPUT, "%s: tar archive: %s", a->name, why ? why : "broken");
    return ng_err_hint(err, "tar -tf tests the file; if it is damaged, fetch it again, or pass over such files with "
                       "--skip-bad-files");
}

int ng_archive_open(struct ng_archive **out, const char *name, struct ng_stream *stream, struct ng_err *err) {
    *out = NULL;
    const struct ng_libarchive *library;
    int status = ng_libarchive_load(&library, err);
    if (status) return status;
    struct ng_archive *a = calloc(1, sizeof *a);
    if (!a) return ng_err_nomem(err, sizeof *a, "an archive");
    a->library = library;
    a->stream = stream;
    a->name = strdup(name);
    a->tar = a->library->archive_read_new();
    bool ready = a->name && a->tar && a->library->archive_read_support_format_tar(a->tar) == ARCHIVE_OK;
    status = ready ? NG_OK : ng_err_nomem(err, sizeof *a, "an archive");
    if (ready && a->library->archive_read_open(a->tar, a, NULL, read_stream, NULL) != ARCHIVE_OK) status = refuse(a, err);
    if (status) ng_archive_close(a);
    else *out = a;
    return status;
}

static int read_member(void *context, uint8_t *out, size_t capacity, size_t *length, struct ng_err *err) {
    struct ng_archive *a = context;
    la_ssize_t got = a->library->archive_read_data(a->tar, out, capacity);
    if (got < 0) return refuse(a, err);
    *length = (size_t)got;
    return NG_OK;
}

static void close_member(struct ng_archive *a) {
    ng_stream_close(a->member);
    free(a->path);
    a->member = NULL;
    a->path = NULL;
}

int ng_archive_next(struct ng_archive *a, const char **path, struct ng_stream **member, struct ng_err *err) {
    *path = NULL;
    *member = NULL;
    close_member(a);
    for (;;) {
        struct archive_entry *entry;
        int code = a->library->archive_read_next_header(a->tar, &entry);
        if (code == ARCHIVE_EOF && !a->status) return NG_OK;
        if (code < ARCHIVE_WARN || a->status) return refuse(a, err);
        if (a->library->archive_entry_filetype(entry) != AE_IFREG || a->library->archive_entry_hardlink(entry)) continue;
        const char *name = a->library->archive_entry_pathname(entry);
        if (asprintf(&a->path, "%s/%s", a->name, name ? name : "?") < 0) {
            a->path = NULL;
            return ng_err_nomem(err, strlen(a->name), "a file name");
        }
        const struct ng_stream_source source = {.read = read_member, .context = a};
        int status = ng_stream_open_source(&a->member, a->path, &source, err);
        *path = a->path;
        *member = a->member;
        return status;
    }
}

void ng_archive_close(struct ng_archive *a) {
    if (!a) return;
    close_member(a);
    (void)a->library->archive_read_free(a->tar);
    free(a->name);
    free(a);
}
