#include "common/container/container.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "common/container/container_format.h"
#include "common/container/page_sum.h"
#include "common/os/memory.h"

enum { NOT_TRIED = -2, NO_DESCRIPTOR = -1 };

static _Atomic uint64_t last_serial;
static _Atomic uint64_t open_descriptors;
static _Atomic uint64_t mapped_bytes;

static const char RESTORE[] = "restore the file from a copy, or build the index again";

static int fail_header(const struct ng_container *c, struct ng_err *err, const char *why) {
    (void)ng_err_set(err, NG_ERR_CORRUPT, "%s: %s", c->path, why);
    return ng_err_hint(err, RESTORE);
}

/* Sections follow each other, page-aligned, from page 1 to the end of the file; the checksums come last. */
static int read_section_table(struct ng_container *c, struct ng_err *err) {
    const uint8_t *page = c->map.data;
    uint32_t count = ng_le_load32(page + NG_HEADER_SECTIONS_AT);
    if (count == 0 || count > NG_MAX_SECTIONS) return fail_header(c, err, "section count out of range");
    uint64_t next = NG_PAGE_BYTES;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *entry = page + NG_HEADER_TABLE_AT + (size_t)i * NG_SECTION_ENTRY_BYTES;
        struct ng_container_section *section = &c->sections[i];
        memcpy(section->name, entry, NG_SECTION_NAME_BYTES);
        for (uint32_t k = 0; k < i; k++) {
            if (memcmp(c->sections[k].name, section->name, NG_SECTION_NAME_BYTES) != 0) continue;
            return fail_header(c, err, "two sections have one name");
        }
        section->offset = ng_le_load64(entry + NG_SECTION_OFFSET_AT);
        section->length_bytes = ng_le_load64(entry + NG_SECTION_LENGTH_AT);
        if (section->offset != next || !ng_checked_range(next, section->length_bytes, c->map.length_bytes)) {
            return fail_header(c, err, "sections do not follow each other");
        }
        next += (section->length_bytes + NG_PAGE_BYTES - 1) & ~(NG_PAGE_BYTES - 1);
    }
    if (next != c->map.length_bytes) return fail_header(c, err, "sections do not fill the file");
    c->section_count = count;
    const struct ng_container_section *sums = &c->sections[count - 1];
    if (memcmp(sums->name, NG_CHECKSUM_SECTION, NG_SECTION_NAME_BYTES) != 0) {
        return fail_header(c, err, "the checksum section is not the last");
    }
    c->data_pages = (sums->offset >> NG_PAGE_LOG2) - 1;
    uint64_t table_pages = (c->data_pages + NG_CHECKSUMS_PER_PAGE - 1) / NG_CHECKSUMS_PER_PAGE;
    if (table_pages == 0) table_pages = 1;
    if (sums->length_bytes != table_pages << NG_PAGE_LOG2) return fail_header(c, err, "wrong number of checksums");
    c->checksums = page + sums->offset;
    return NG_OK;
}

static int read_header(struct ng_container *c, struct ng_err *err) {
    const uint8_t *page = c->map.data;
    uint64_t length = c->map.length_bytes;
    if (length < NG_PAGE_BYTES) return fail_header(c, err, "cut short: no whole header page");
    if (memcmp(page, NG_CONTAINER_MAGIC, NG_CONTAINER_MAGIC_BYTES) != 0) {
        return fail_header(c, err, "not a shard of ngidx (wrong magic number)");
    }
    uint32_t version = ng_le_load32(page + NG_HEADER_VERSION_AT);
    if (XXH3_64bits(page, NG_PAGE_SUM_AT) != ng_le_load64(page + NG_PAGE_SUM_AT)) {
        return fail_header(c, err, "header page damaged (checksum)");
    }
    if (version < NG_FORMAT_VERSION || version > NG_FORMAT_VERSION_LAST) {
        (void)ng_err_set(err, NG_ERR_VERSION, "%s: shard format %u, this program reads formats %u to %u", c->path, version,
                         NG_FORMAT_VERSION, NG_FORMAT_VERSION_LAST);
        return ng_err_hint(err, "use the version of ngidx that built it, or build the index again");
    }
    c->version = version;
    if (ng_le_load32(page + NG_HEADER_PAGE_BYTES_AT) != NG_PAGE_BYTES) return fail_header(c, err, "unknown page size");
    uint64_t file_bytes = ng_le_load64(page + NG_HEADER_FILE_BYTES_AT);
    if (file_bytes != length) {
        (void)ng_err_set(err, NG_ERR_CORRUPT, "%s: holds %llu bytes, should hold %llu", c->path,
                         (unsigned long long)length, (unsigned long long)file_bytes);
        return ng_err_hint(err, RESTORE);
    }
    return read_section_table(c, err);
}

uint32_t ng_container_peek_version(const struct ng_map *map) {
    return map->length_bytes < NG_PAGE_BYTES ? 0 : ng_le_load32(map->data + NG_HEADER_VERSION_AT);
}

/* The first pages of sections, and their checksums. The table is advice here, and not checked but for its bounds. */
static void ask_sections(const struct ng_map *map) {
    const uint64_t pages = map->length_bytes >> NG_PAGE_LOG2;
    if (pages == 0) return;
    const uint32_t count = ng_le_load32(map->data + NG_HEADER_SECTIONS_AT);
    if (count == 0 || count > NG_MAX_SECTIONS) return;
    const uint8_t *table = map->data + NG_HEADER_TABLE_AT;
    const uint64_t sums = ng_le_load64(table + (count - 1) * NG_SECTION_ENTRY_BYTES + NG_SECTION_OFFSET_AT) >> NG_PAGE_LOG2;
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t page = ng_le_load64(table + i * NG_SECTION_ENTRY_BYTES + NG_SECTION_OFFSET_AT) >> NG_PAGE_LOG2;
        if (page == 0 || page >= pages) continue;
        const uint64_t sum = sums + (page - 1) / NG_CHECKSUMS_PER_PAGE;
        ng_memory_advise(map->data + (page << NG_PAGE_LOG2), 1, MADV_WILLNEED);
        if (sum < pages) ng_memory_advise(map->data + (sum << NG_PAGE_LOG2), 1, MADV_WILLNEED);
    }
}

void ng_container_ask_heads(const struct ng_map *maps, uint64_t count) {
    enum { LOOKS = 16, LEAST_ABSENT = 4 };
    unsigned absent = 0;
    for (uint64_t i = 0; i < count && i < LOOKS; i++) absent += maps[i].data && !ng_memory_is_present(maps[i].data);
    if (absent < LEAST_ABSENT) return;
    for (uint64_t i = 0; i < count; i++) {
        if (maps[i].data) ng_memory_advise(maps[i].data, 1, MADV_WILLNEED);
    }
    for (uint64_t i = 0; i < count; i++) {
        if (maps[i].data) ask_sections(&maps[i]);
    }
}

static const uint8_t *page_of(const struct ng_container *c, uint64_t page) {
    return c->map.data + (page << NG_PAGE_LOG2);
}

const uint8_t *ng_container_sum_of(const struct ng_container *c, uint64_t page) {
    uint64_t index = page - 1;
    const uint8_t *table = c->checksums + (index / NG_CHECKSUMS_PER_PAGE << NG_PAGE_LOG2);
    return table + index % NG_CHECKSUMS_PER_PAGE * sizeof(uint64_t);
}

/* Damage to the table itself shows as damage to the pages it vouches for. */
static bool page_is_sound(const struct ng_container *c, uint64_t page, const uint8_t *bytes) {
    return ng_page_sum(bytes) == ng_le_load64(ng_container_sum_of(c, page));
}

/* Notes a page that is sound; the one who is first to do so counts it. */
static bool check_page(struct ng_container *c, uint64_t page, const uint8_t *bytes) {
    if (!page_is_sound(c, page, bytes)) return false;
    const uint64_t bit = UINT64_C(1) << (page & 63);
    uint64_t before = atomic_fetch_or_explicit(&c->verified[page >> 6], bit, memory_order_relaxed);
    if (!(before & bit)) (void)atomic_fetch_sub_explicit(&c->unverified, 1, memory_order_relaxed);
    return true;
}

/* At most a quarter of the descriptors that the process may have: most are for others. */
static bool may_open(void) {
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 && atomic_load(&open_descriptors) < limit.rlim_cur / 4;
}

/* Opens the file that is mapped, if it is still at its path. */
static int open_again(const struct ng_container *c, bool is_direct) {
    struct stat info;
    if (!c->map.slot || !may_open()) return NO_DESCRIPTOR;
    const int file = open(c->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (is_direct ? O_DIRECT : 0));
    if (file < 0) return NO_DESCRIPTOR;
    if (fstat(file, &info) == 0 && info.st_dev == c->map.device && info.st_ino == c->map.inode) {
        (void)atomic_fetch_add(&open_descriptors, 1);
        (void)posix_fadvise(file, 0, 0, POSIX_FADV_RANDOM); /* as for the mapping: no page that nobody asked for */
        return file;
    }
    (void)close(file);
    return NO_DESCRIPTOR;
}

static void close_descriptor(int file) {
    if (file < 0) return;
    (void)close(file);
    (void)atomic_fetch_sub(&open_descriptors, 1);
}

int ng_container_descriptor(struct ng_container *c, bool is_direct) {
    _Atomic int *descriptor = &c->descriptors[is_direct];
    int file = atomic_load_explicit(descriptor, memory_order_acquire);
    if (file != NOT_TRIED) return file;
    const int opened = open_again(c, is_direct);
    if (atomic_compare_exchange_strong(descriptor, &file, opened)) return opened;
    close_descriptor(opened);
    return file;
}

uint64_t ng_container_mapped_bytes(void) {
    return atomic_load(&mapped_bytes);
}

int ng_container_adopt(struct ng_container **container, struct ng_map *map, const char *path, struct ng_err *err) {
    struct ng_container *c = calloc(1, sizeof *c);
    if (!c) {
        ng_map_close(map);
        return ng_err_nomem(err, sizeof *c, "a shard");
    }
    c->map = *map;
    c->serial = atomic_fetch_add(&last_serial, 1) + 1;
    for (size_t i = 0; i < 2; i++) atomic_init(&c->descriptors[i], NOT_TRIED);
    if (c->map.slot) (void)atomic_fetch_add(&mapped_bytes, c->map.length_bytes);
    *map = (struct ng_map){0};
    c->path = strdup(path);
    int status = c->path ? read_header(c, err) : ng_err_nomem(err, strlen(path), "a file name");
    if (status) goto out;
    size_t words = (size_t)((c->data_pages >> 6) + 1);
    c->verified = calloc(words, sizeof *c->verified);
    atomic_init(&c->unverified, c->data_pages);
    if (!c->verified) {
        status = ng_err_nomem(err, words * sizeof *c->verified, "the map of checked pages");
        goto out;
    }
    /* What is in memory for good was read in order: each page is checked while it is at hand. */
    if (!c->map.slot) ng_container_check_pages(c, 0, UINT64_MAX);
    *container = c;
    c = NULL;
out:
    ng_container_close(c);
    return status;
}

int ng_container_open(struct ng_container **container, const char *path, struct ng_err *err) {
    struct ng_map map;
    int status = ng_map_open(&map, path, false, err);
    return status ? status : ng_container_adopt(container, &map, path, err);
}

void ng_container_close(struct ng_container *c) {
    if (!c) return;
    free((void *)c->verified);
    for (size_t i = 0; i < 2; i++) close_descriptor(atomic_load(&c->descriptors[i]));
    if (c->map.slot) (void)atomic_fetch_sub(&mapped_bytes, c->map.length_bytes);
    ng_map_close(&c->map);
    free(c->path);
    free(c);
}

int ng_container_view(struct ng_container *c, const char *name, struct ng_view *view, struct ng_err *err) {
    for (unsigned i = 0; i + 1 < c->section_count; i++) {
        const struct ng_container_section *section = &c->sections[i];
        if (memcmp(section->name, name, NG_SECTION_NAME_BYTES) != 0) continue;
        *view = (struct ng_view){.data = c->map.data + section->offset,
                                 .length_bytes = section->length_bytes,
                                 .first_page = section->offset >> NG_PAGE_LOG2,
                                 .container = c};
        return NG_OK;
    }
    return ng_err_set(err, NG_ERR_CORRUPT, "%s: no section %s", c->path, name);
}

bool ng_container_check_page(struct ng_container *c, uint64_t page) {
    if (check_page(c, page, page_of(c, page))) return true;
    uint64_t none = 0;
    (void)atomic_compare_exchange_strong(&c->damaged_page, &none, page);
    return false;
}

void ng_container_check_pages(struct ng_container *c, uint64_t begin, uint64_t end) {
    /* The processor fetches ahead within a page only: the start of the next has to be asked for. */
    enum { AHEAD_BYTES = 1024, LINE_BYTES = 64 };
    for (uint64_t page = begin > 0 ? begin : 1; page < end && page <= c->data_pages; page++) {
        if (ng_container_is_verified(c, page)) continue;
        const uint8_t *next = page_of(c, page + 1); /* there is one: the checksums follow */
        for (unsigned at = 0; at < AHEAD_BYTES; at += LINE_BYTES) __builtin_prefetch(next + at);
        (void)check_page(c, page, page_of(c, page));
    }
}

bool ng_container_check_copy(struct ng_container *c, uint64_t page, const uint8_t *copy) {
    return check_page(c, page, copy);
}

void ng_container_mark_damaged(struct ng_container *c) {
    atomic_store_explicit(&c->damaged_reference, true, memory_order_relaxed);
}

static const char *section_of_page(const struct ng_container *c, uint64_t page) {
    for (unsigned i = c->section_count; i-- > 0;) {
        if (page >= c->sections[i].offset >> NG_PAGE_LOG2) return c->sections[i].name;
    }
    return "header";
}

int ng_container_status(const struct ng_container *c, struct ng_err *err) {
    uint64_t page = atomic_load_explicit(&c->damaged_page, memory_order_relaxed);
    bool reference = atomic_load_explicit(&c->damaged_reference, memory_order_relaxed);
    bool lost = ng_map_slot_lost(c->map.slot);
    if (page == 0 && !reference && !lost) return NG_OK;
    if (lost) {
        (void)ng_err_set(err, NG_ERR_CORRUPT, "%s: a page cannot be read: the file was cut short, or its disk fails",
                         c->path);
    } else if (page != 0) {
        (void)ng_err_set(err, NG_ERR_CORRUPT, "%s: section %s is damaged at offset %llu (page checksum)", c->path,
                         section_of_page(c, page), (unsigned long long)(page << NG_PAGE_LOG2));
    } else {
        (void)ng_err_set(err, NG_ERR_CORRUPT, "%s: a value points outside its section", c->path);
    }
    return ng_err_hint(err, "run ngidx verify to see all damage; restore the file, or build the index again");
}

int ng_container_fail(const struct ng_container *c, const char *section, const char *why, struct ng_err *err) {
    if (ng_container_status(c, err)) return NG_ERR_CORRUPT;
    (void)ng_err_set(err, NG_ERR_CORRUPT, "%s: section %s: %s", c->path, section, why);
    return ng_err_hint(err, RESTORE);
}
