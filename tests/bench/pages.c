/*
 * How many pages of a cold index a count touches: pages INDEX PHRASES. The peer is counted with the same page_trap.h.
 *
 * For each phrase the index is opened anew, so that no page has been checked yet, and every page of its mapped
 * shards is put under the trap. As a cross-check the same is done after the system was told to drop the shards from
 * its cache, and mincore asked which pages came in. Pages that opening touches are not counted by either.
 * Prints {"pages":[...],"resident":[...],"sections":{"RDAT":N,...}}: pages of each phrase, and all by section.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "common/container/container.h"
#include "tests/bench/page_trap.h"
#include "tests/bench/phrases.h"

enum { PATH_BYTES = 4096, MAX_NAMES = 64 };

/* The mapped shards of an open index. */
struct mappings {
    struct {
        uintptr_t begin;
        uintptr_t end;
        uint64_t file_offset;
        uint64_t shard;
    } all[TRAP_MAX_REGIONS];
    size_t count;
};

struct shard_file {
    char *path;
    struct ng_container_section sections[NG_MAX_SECTIONS];
    unsigned section_count;
};

struct tally {
    char name[5];
    uint64_t pages;
};

static struct shard_file *shards;
static uint64_t shard_count;
static struct tally tallies[MAX_NAMES];

/* Notes each shard's path and where its sections stand. */
static void read_layout(const char *folder) {
    struct ng_err err;
    ng_err_clear(&err);
    struct ng_index *index = NULL;
    check(ng_index_open(&index, folder, &err), &err);
    struct ng_index_info info;
    ng_index_get_info(index, &info);
    shard_count = info.shards;
    shards = allocate(shard_count, sizeof *shards);
    for (uint64_t i = 0; i < shard_count; i++) {
        struct ng_shard_info shard;
        ng_index_get_shard_info(index, i, &shard);
        check(ng_file_join(&shards[i].path, folder, shard.file, &err), &err);
        struct ng_container *container = NULL;
        check(ng_container_open(&container, shards[i].path, &err), &err);
        memcpy(shards[i].sections, container->sections, sizeof shards[i].sections);
        shards[i].section_count = container->section_count;
        ng_container_close(container);
    }
    ng_index_close(index);
}

static void find_mappings(struct mappings *mappings) {
    FILE *maps = fopen("/proc/self/maps", "r");
    if (!maps) give_up("fopen", "/proc/self/maps");
    mappings->count = 0;
    char *line = NULL;
    size_t capacity = 0;
    while (getline(&line, &capacity, maps) > 0) {
        /* begin-end rw-p offset device inode path */
        char *at;
        uint64_t begin = strtoull(line, &at, 16);
        uint64_t end = strtoull(at + 1, &at, 16);
        uint64_t offset = strtoull(at + strlen(" rw-p "), NULL, 16);
        const char *path = strchr(line, '/');
        line[strcspn(line, "\n")] = '\0';
        for (uint64_t i = 0; i < shard_count; i++) {
            if (!path || strcmp(path, shards[i].path) != 0) continue;
            if (mappings->count == TRAP_MAX_REGIONS) refuse("too many mappings", path);
            mappings->all[mappings->count].begin = (uintptr_t)begin;
            mappings->all[mappings->count].end = (uintptr_t)end;
            mappings->all[mappings->count].file_offset = offset;
            mappings->all[mappings->count++].shard = i;
        }
    }
    free(line);
    (void)fclose(maps);
    if (mappings->count == 0) refuse("no shard of the index is mapped", "/proc/self/maps");
}

static void tally_page(const struct shard_file *shard, uint64_t offset) {
    const char *name = "none";
    for (unsigned i = 0; i < shard->section_count; i++) {
        const struct ng_container_section *section = &shard->sections[i];
        if (offset >= section->offset && offset < section->offset + section->length_bytes) name = section->name;
    }
    size_t at = 0;
    while (at < MAX_NAMES - 1 && tallies[at].pages > 0 && strcmp(tallies[at].name, name) != 0) at++;
    (void)snprintf(tallies[at].name, sizeof tallies[at].name, "%s", name);
    tallies[at].pages++;
}

static uint64_t count_touched(const char *folder, struct ng_bytes phrase) {
    struct ng_err err;
    ng_err_clear(&err);
    struct ng_index *index = NULL;
    check(ng_index_open(&index, folder, &err), &err);
    static struct mappings mappings;
    find_mappings(&mappings);
    trap_init(PROT_READ);
    for (size_t i = 0; i < mappings.count; i++) trap_add(mappings.all[i].begin, mappings.all[i].end);
    uint64_t occurrences;
    trap_arm();
    int status = ng_index_count(index, phrase, &occurrences, &err);
    uint64_t touched = trap_disarm();
    check(status, &err);
    for (size_t i = 0; i < mappings.count; i++) {
        for (size_t page = 0; page < trap_regions[i].pages; page++) {
            if (!trap_regions[i].touched[page]) continue;
            tally_page(&shards[mappings.all[i].shard], mappings.all[i].file_offset + page * TRAP_PAGE_BYTES);
        }
    }
    trap_remove_all();
    ng_index_close(index);
    return touched;
}

static uint64_t resident_pages(const struct mappings *mappings) {
    uint64_t resident = 0;
    for (size_t i = 0; i < mappings->count; i++) {
        size_t length = mappings->all[i].end - mappings->all[i].begin;
        size_t pages = length / TRAP_PAGE_BYTES;
        unsigned char *vector = allocate(pages, 1);
        if (mincore((void *)mappings->all[i].begin, length, vector) != 0) give_up("mincore", "mapped shard");
        for (size_t page = 0; page < pages; page++) resident += vector[page] & 1u;
        free(vector);
    }
    return resident;
}

static uint64_t count_resident(const char *folder, struct ng_bytes phrase) {
    for (uint64_t i = 0; i < shard_count; i++) {
        int fd = open(shards[i].path, O_RDONLY | O_CLOEXEC);
        if (fd < 0) give_up("open", shards[i].path);
        int error = posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
        (void)close(fd);
        if (error != 0) refuse("posix_fadvise failed", shards[i].path);
    }
    struct ng_err err;
    ng_err_clear(&err);
    struct ng_index *index = NULL;
    check(ng_index_open(&index, folder, &err), &err);
    static struct mappings mappings;
    find_mappings(&mappings);
    uint64_t before = resident_pages(&mappings);
    uint64_t occurrences;
    check(ng_index_count(index, phrase, &occurrences, &err), &err);
    uint64_t after = resident_pages(&mappings);
    ng_index_close(index);
    return after - before;
}

int main(int argc, char **argv) {
    char folder[PATH_BYTES];
    if (argc != 3 || !realpath(argv[1], folder)) {
        fprintf(stderr, "usage: %s INDEX PHRASES\n", argv[0]);
        return EXIT_FAILURE;
    }
    struct phrases phrases;
    phrases_load(&phrases, argv[2]);
    read_layout(folder);
    printf("{\"pages\":[");
    for (size_t i = 0; i < phrases.count; i++) {
        printf("%s%" PRIu64, i ? "," : "", count_touched(folder, phrases.all[i]));
    }
    printf("],\"resident\":[");
    for (size_t i = 0; i < phrases.count; i++) {
        printf("%s%" PRIu64, i ? "," : "", count_resident(folder, phrases.all[i]));
    }
    printf("],\"sections\":{");
    for (size_t i = 0; i < MAX_NAMES && tallies[i].pages > 0; i++) {
        printf("%s\"%s\":%" PRIu64, i ? "," : "", tallies[i].name, tallies[i].pages);
    }
    printf("}}\n");
    for (uint64_t i = 0; i < shard_count; i++) free(shards[i].path);
    free(shards);
    phrases_free(&phrases);
    return EXIT_SUCCESS;
}
