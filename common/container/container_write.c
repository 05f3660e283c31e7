#include "common/container/container_write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "common/base/buf.h"
#include "common/container/container.h"
#include "common/container/container_format.h"
#include "common/container/page_sum.h"
#include "common/os/memory.h"

/* A huge page: what is written at once, the page cache keeps in one piece, and readers then map it in one piece. */
enum { WRITE_BUFFER_BYTES = NG_HUGE_PAGE_BYTES };

struct ng_container_writer {
    int fd;
    char *path;
    bool finished;
    uint32_t version;
    struct ng_container_section sections[NG_MAX_SECTIONS];
    unsigned section_count;
    uint64_t offset;          /* bytes given out so far, those in buffer included */
    uint8_t *buffer;          /* the end of them, not yet in the file */
    size_t buffered;
    struct ng_buf checksums;  /* one XXH3-64 for each page, then the table's own */
    XXH3_state_t *file_hash;  /* of all but the header page, which is written last */
};

int ng_container_create(struct ng_container_writer **writer, const char *path, struct ng_err *err) {
    struct ng_container_writer *w = calloc(1, sizeof *w);
    if (!w) return ng_err_nomem(err, sizeof *w, "a shard writer");
    int status = NG_OK;
    w->fd = -1;
    w->version = NG_FORMAT_VERSION;
    w->path = strdup(path);
    w->buffer = calloc(1, WRITE_BUFFER_BYTES);
    w->file_hash = XXH3_createState();
    if (!w->path || !w->buffer || !w->file_hash) {
        status = ng_err_nomem(err, WRITE_BUFFER_BYTES, "a shard writer");
        goto out;
    }
    (void)XXH3_128bits_reset(w->file_hash);
    w->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (w->fd < 0) {
        status = ng_err_sys(err, errno, "cannot create %s", path);
        goto out;
    }
    if (lseek(w->fd, NG_PAGE_BYTES, SEEK_SET) < 0) {
        status = ng_err_sys(err, errno, "cannot seek in %s", path);
        goto out;
    }
    w->offset = NG_PAGE_BYTES;
    *writer = w;
    w = NULL;
out:
    ng_container_writer_free(w);
    return status;
}

/* Writes the buffered pages, all of them whole, and notes their checksums. */
static int write_pages(struct ng_container_writer *w, struct ng_err *err) {
    (void)XXH3_128bits_update(w->file_hash, w->buffer, w->buffered);
    for (size_t at = 0; at < w->buffered; at += NG_PAGE_BYTES) {
        int status = ng_buf_append_u64(&w->checksums, ng_page_sum(w->buffer + at), err);
        if (status) return status;
    }
    int status = ng_file_write(w->fd, w->buffer, w->buffered, w->path, err);
    w->buffered = 0;
    return status;
}

/* Ends the current section: fills its last page with zeros. */
static int pad_page(struct ng_container_writer *w, struct ng_err *err) {
    size_t rest = (size_t)(-w->offset & (NG_PAGE_BYTES - 1));
    memset(w->buffer + w->buffered, 0, rest);
    w->buffered += rest;
    w->offset += rest;
    return w->buffered == WRITE_BUFFER_BYTES ? write_pages(w, err) : NG_OK;
}

int ng_container_begin(struct ng_container_writer *w, const char *name, struct ng_err *err) {
    if (w->section_count == NG_MAX_SECTIONS) {
        return ng_err_set(err, NG_ERR_LIMIT, "%s: over %u sections", w->path, NG_MAX_SECTIONS);
    }
    int status = pad_page(w, err);
    if (status) return status;
    struct ng_container_section *section = &w->sections[w->section_count++];
    memcpy(section->name, name, NG_SECTION_NAME_BYTES);
    section->offset = w->offset;
    return NG_OK;
}

int ng_container_write(struct ng_container_writer *w, const void *bytes, size_t length, struct ng_err *err) {
    const uint8_t *next = bytes;
    w->sections[w->section_count - 1].length_bytes += length;
    w->offset += length;
    while (length > 0) {
        bool full = ng_fill(w->buffer, WRITE_BUFFER_BYTES, &w->buffered, &next, &length);
        int status = full ? write_pages(w, err) : NG_OK;
        if (status) return status;
    }
    return NG_OK;
}

int ng_container_write_section(struct ng_container_writer *w, const char *name, const void *bytes, size_t length,
                               struct ng_err *err) {
    int status = ng_container_begin(w, name, err);
    if (status) return status;
    return ng_container_write(w, bytes, length, err);
}

/* The checksum section: pages of 511 checksums, each closed by the checksum of the page itself. */
static int write_checksums(struct ng_container_writer *w, struct ng_err *err) {
    int status = pad_page(w, err);
    if (!status) status = write_pages(w, err);
    if (!status) status = ng_container_begin(w, NG_CHECKSUM_SECTION, err);
    if (status) return status;
    struct ng_buf sums = w->checksums;
    w->checksums = (struct ng_buf){0};
    size_t at = 0;
    do {
        uint8_t page[NG_PAGE_BYTES] = {0};
        size_t part = sums.length - at;
        if (part > NG_CHECKSUMS_PER_PAGE * sizeof(uint64_t)) part = NG_CHECKSUMS_PER_PAGE * sizeof(uint64_t);
        if (part > 0) memcpy(page, sums.data + at, part);
        at += part;
        ng_le_store64(page + NG_PAGE_SUM_AT, XXH3_64bits(page, NG_PAGE_SUM_AT));
        status = ng_container_write(w, page, sizeof page, err);
    } while (!status && at < sums.length);
    ng_buf_free(&sums);
    return status ? status : write_pages(w, err);
}

void ng_container_need_version(struct ng_container_writer *w, uint32_t version) {
    if (version > w->version) w->version = version;
}

static void fill_header(const struct ng_container_writer *w, uint8_t page[static NG_PAGE_BYTES]) {
    memset(page, 0, NG_PAGE_BYTES);
    memcpy(page, NG_CONTAINER_MAGIC, NG_CONTAINER_MAGIC_BYTES);
    ng_le_store32(page + NG_HEADER_VERSION_AT, w->version);
    ng_le_store32(page + NG_HEADER_PAGE_BYTES_AT, (uint32_t)NG_PAGE_BYTES);
    ng_le_store64(page + NG_HEADER_FILE_BYTES_AT, w->offset);
    ng_le_store32(page + NG_HEADER_SECTIONS_AT, w->section_count);
    for (unsigned i = 0; i < w->section_count; i++) {
        uint8_t *entry = page + NG_HEADER_TABLE_AT + (size_t)i * NG_SECTION_ENTRY_BYTES;
        memcpy(entry, w->sections[i].name, NG_SECTION_NAME_BYTES);
        ng_le_store64(entry + NG_SECTION_OFFSET_AT, w->sections[i].offset);
        ng_le_store64(entry + NG_SECTION_LENGTH_AT, w->sections[i].length_bytes);
    }
    ng_le_store64(page + NG_PAGE_SUM_AT, XXH3_64bits(page, NG_PAGE_SUM_AT));
}

int ng_container_finish(struct ng_container_writer *w, struct ng_container_written *written, struct ng_err *err) {
    int status = write_checksums(w, err);
    if (status) return status;
    uint8_t page[NG_PAGE_BYTES];
    fill_header(w, page);
    (void)XXH3_128bits_update(w->file_hash, page, sizeof page);
    if (lseek(w->fd, 0, SEEK_SET) < 0) return ng_err_sys(err, errno, "cannot seek in %s", w->path);
    status = ng_file_write(w->fd, page, sizeof page, w->path, err);
    if (status) return status;
    if (fsync(w->fd) != 0) return ng_err_sys(err, errno, "cannot make %s durable", w->path);
    written->bytes = w->offset;
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(w->file_hash));
    memcpy(written->xxh3_128, canonical.digest, sizeof written->xxh3_128);
    w->finished = true;
    return NG_OK;
}

void ng_container_writer_free(struct ng_container_writer *w) {
    if (!w) return;
    if (w->fd >= 0) {
        (void)close(w->fd);
        if (!w->finished) (void)unlink(w->path);
    }
    ng_buf_free(&w->checksums);
    (void)XXH3_freeState(w->file_hash);
    free(w->buffer);
    free(w->path);
    free(w);
}
