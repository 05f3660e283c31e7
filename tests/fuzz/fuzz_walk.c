/*
 * libFuzzer target: any bytes as names of files, folders and links in a folder, and as globs. What is listed is sorted,
 * lies below the folder and can be opened; all that is not listed is noted.
 *
 * Lines of the input are names; the first byte of each says what it becomes, the first two lines are globs.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "indexer/corpus/listing.h"
#include "indexer/corpus/tell.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_NAMES = 12, MOST_NAME = 100 };

static void require(int condition, const char *what) {
    if (condition) return;
    (void)fprintf(stderr, "fuzz_walk: %s\n", what);
    abort();
}

static void take_note(void *context, enum ng_note note, const char *path, uint64_t line, const char *why) {
    require(note < NG_NOTES && path[0] && why && line == 0, "a note without a place");
    ++*(uint64_t *)context;
}

/* Makes one entry of the folder; whether there is one more for the walk to meet. */
static uint64_t make_entry(int folder, uint8_t kind, const char *name) {
    if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return 0;
    switch (kind & 7) {
    case 0:
        (void)mkdirat(folder, name, 0755); /* an empty folder gives nothing */
        return 0;
    case 1: return symlinkat("nowhere", folder, name) == 0;
    case 2: return symlinkat(".", folder, name) == 0;
    case 3: return mkfifoat(folder, name, 0644) == 0;
    default: break;
    }
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0) return 0;
    (void)close(fd);
    return 1;
}

static void clear(int folder, char names[][MOST_NAME + 1], int count) {
    for (int i = 0; i < count; i++) {
        if (names[i][0] == '\0') continue;
        if (unlinkat(folder, names[i], 0) != 0) (void)unlinkat(folder, names[i], AT_REMOVEDIR);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static char root[] = "/tmp/fuzz_walk.XXXXXX";
    static int folder = -1;
    char names[MOST_NAMES][MOST_NAME + 1] = {{0}};
    uint64_t notes = 0;
    uint64_t expected = 0;
    int count = 0;
    if (folder < 0) {
        require(mkdtemp(root) != NULL, "no folder");
        folder = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    for (size_t at = 0; at < size && count < MOST_NAMES; count++) {
        const uint8_t *newline = memchr(data + at, '\n', size - at);
        size_t length = newline ? (size_t)(newline - data) - at : size - at;
        uint8_t kind = data[at];
        for (size_t i = 1; i < length && i <= MOST_NAME; i++) {
            bool is_glob = count < 2;
            names[count][i - 1] = (char)(data[at + i] && (is_glob || data[at + i] != '/') ? data[at + i] : '_');
        }
        if (count >= 2) expected += make_entry(folder, kind, names[count]);
        at += length + 1;
    }
    struct ng_walk_options options = {.note = take_note, .note_context = &notes, .follow = size & 1, .hidden = size & 2};
    if (count > 0 && names[0][0]) options.exclude[options.exclude_count++] = names[0];
    if (count > 1 && names[1][0]) options.include[options.include_count++] = names[1];
    struct ng_walk walk = {0};
    struct ng_err err = {0};
    require(ng_walk_add(&walk, root, &options, &err) == NG_OK, err.text);
    for (size_t i = 0; i < walk.count; i++) {
        struct ng_told told;
        struct stat found;
        require(strncmp(walk.files[i].path, root, strlen(root)) == 0, "a file from elsewhere");
        require(stat(walk.files[i].path, &found) == 0 && S_ISREG(found.st_mode), "no file");
        require(i == 0 || strcmp(walk.files[i - 1].path, walk.files[i].path) < 0, "out of order");
        require(ng_tell(&told, walk.files[i].path, (const uint8_t *)"{}", 2, "text", NG_JSON_AS_AUTO, &err) == NG_OK, err.text);
    }
    require(walk.count + notes >= expected, "something is neither listed nor noted");
    ng_walk_free(&walk);
    if (count > 2) clear(folder, names + 2, count - 2);
    return 0;
}
