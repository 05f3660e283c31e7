/*
 * The shard container: a file of named, page-aligned sections, with a checksum for every page. It does not know what
 * the sections hold. The layout is in FORMAT.md, section "Container".
 *
 * Reading is lazy: a page is checked against its checksum when it is first used. So opening costs the same whatever the
 * size, and damage is found before it can become an answer. The container remembers a failed check. Functions on the
 * hot path go on with bounded but meaningless values, and the function that started the query calls ng_container_status
 * before it uses the result. (This combines LMDB's readers, which trust no page number, with file systems that checksum
 * every block.)
 */
#ifndef NG_COMMON_CONTAINER_CONTAINER_H
#define NG_COMMON_CONTAINER_CONTAINER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/checked.h"
#include "common/base/err.h"
#include "common/base/limits.h"
#include "common/container/page_sum.h"
#include "common/os/file.h"

/* Versions of files: 1, unless a section needs a later one. */
#define NG_FORMAT_VERSION 1u
#define NG_FORMAT_VERSION_LAST 2u

/* A reader may load this many bytes past the end of a section: the checksum section comes last and keeps them inside
 * the mapping. The bytes loaded there are meaningless. */
#define NG_VIEW_SLACK_BYTES 128u

struct ng_container;

/* A section as its readers see it. */
struct ng_view {
    const uint8_t *data; /* mapped, read-only; owned by the container */
    uint64_t length_bytes;
    uint64_t first_page; /* of the file */
    struct ng_container *container;
};

struct ng_container_section {
    char name[5]; /* four letters and NUL */
    uint64_t offset;
    uint64_t length_bytes;
};

struct ng_container {
    char *path;
    struct ng_map map;
    uint32_t version;
    struct ng_container_section sections[NG_MAX_SECTIONS];
    unsigned section_count;
    const uint8_t *checksums;         /* the checksum section */
    uint64_t data_pages;              /* pages 1 to data_pages of the file have checksums there */
    _Atomic uint64_t *verified;       /* one bit per page of the file */
    _Atomic uint64_t unverified;      /* number of data pages not yet checked */
    _Atomic uint64_t damaged_page;    /* the first damaged page found; 0: none (page 0 is checked at opening) */
    _Atomic bool damaged_reference;   /* a value pointed outside its section */
    uint64_t serial;                  /* no other container of this process has or had it; not 0 */
    _Atomic int descriptors[2];       /* of the file, for ng_container_descriptor */
};

/* Maps the file and checks its header. On success, close *container with ng_container_close. Errors: NG_ERR_NOTFOUND,
 * NG_ERR_IO, NG_ERR_NOMEM, NG_ERR_VERSION, NG_ERR_CORRUPT (not a shard, truncated, header damaged). */
int ng_container_open(struct ng_container **container, const char *path, struct ng_err *err);

/* As ng_container_open, for a file that is already mapped or loaded. Every page of a loaded file is checked at once.
 * Takes over the map, even on an error, and leaves an empty one. path names the file in errors. */
int ng_container_adopt(struct ng_container **container, struct ng_map *map, const char *path, struct ng_err *err);

/* If headers of these files are not in memory: asks the system for all headers, and for the first pages of all
 * sections, so that opening the containers waits for all pages together. */
void ng_container_ask_heads(const struct ng_map *maps, uint64_t count);

/* The version that the header of a mapped file has; 0 if there is no header. Nothing is checked. */
uint32_t ng_container_peek_version(const struct ng_map *map);

/* container may be NULL. */
void ng_container_close(struct ng_container *container);

/* Finds a section by its four letters. Errors: NG_ERR_CORRUPT (there is none). */
int ng_container_view(struct ng_container *container, const char *name, struct ng_view *view, struct ng_err *err);

/* Returns NG_OK as long as no damage has been met; else NG_ERR_CORRUPT, with the place of the first damage in err. */
int ng_container_status(const struct ng_container *container, struct ng_err *err);

/* Makes the error for a section whose content cannot be right: err says why, or names the damaged page if there is one.
 * Returns NG_ERR_CORRUPT. */
int ng_container_fail(const struct ng_container *container, const char *section, const char *why, struct ng_err *err);

/* Checks page number page (1 to data_pages) of the file and records damage. Returns whether the page is undamaged. */
bool ng_container_check_page(struct ng_container *container, uint64_t page);

/* Checks pages [begin, end) of the file, as far as they exist, so that they need not be checked one by one when used.
 * Does not record damage: the function that uses a damaged page finds it again and records it. Thread-safe. */
void ng_container_check_pages(struct ng_container *container, uint64_t begin, uint64_t end);

/* Checks a copy of a page, and counts the page as checked if it is sound. Does not record damage. Thread-safe. */
bool ng_container_check_copy(struct ng_container *container, uint64_t page, const uint8_t *copy);

/* The place of the checksum of page number page (1 to data_pages). */
const uint8_t *ng_container_sum_of(const struct ng_container *container, uint64_t page);

/* The file's descriptor, to read pages from; -1 if there is none: the file is in memory, its path has another file now,
 * or the process has few descriptors. is_direct: one that reads past the page cache (O_DIRECT), which not every file system
 * can. Owned by the container. Thread-safe. */
int ng_container_descriptor(struct ng_container *container, bool is_direct);

/* The sum of the lengths of all containers that this process has mapped. */
uint64_t ng_container_mapped_bytes(void);

/* Records that a value in the container points outside its section or contradicts another. */
void ng_container_mark_damaged(struct ng_container *container);

/* Whether a page has been checked and is undamaged. */
static inline bool ng_container_is_verified(const struct ng_container *container, uint64_t page) {
    uint64_t word = atomic_load_explicit(&container->verified[page >> 6], memory_order_relaxed);
    return word >> (page & 63) & 1;
}

/* Whether bytes [offset, offset + length) of a section exist and are undamaged; records damage. Thread-safe: two
 * threads may check one page at the same time, with the same result. */
static inline bool ng_view_check(const struct ng_view *view, uint64_t offset, uint64_t length) {
    if (!ng_checked_range(offset, length, view->length_bytes)) {
        ng_container_mark_damaged(view->container);
        return false;
    }
    if (length == 0 || atomic_load_explicit(&view->container->unverified, memory_order_relaxed) == 0) return true;
    uint64_t page = view->first_page + (offset >> NG_PAGE_LOG2);
    uint64_t last = view->first_page + ((offset + length - 1) >> NG_PAGE_LOG2);
    do {
        if (!ng_container_is_verified(view->container, page) && !ng_container_check_page(view->container, page)) return false;
    } while (++page <= last);
    return true;
}

#endif
