/*
 * libFuzzer target: any bytes as a file of a corpus, told by its content: compressed, an archive, WET, JSON of all shapes,
 * UTF-16, text. Whatever is read comes out as UTF-8 text with metadata that starts and ends as an object; reading once
 * more gives the same, and so does going on from any place; what is refused comes with a reason.
 *
 * The first byte chooses options. Parquet is left out: it would start converters.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xxhash.h>

#include "common/base/utf8.h"
#include "indexer/corpus/corpus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_DOCUMENTS = 2000, MOST_BYTES = 1 << 20 };

static void require(int condition, const char *what) {
    if (condition) return;
    (void)fprintf(stderr, "fuzz_corpus: %s\n", what);
    abort();
}

static void take_note(void *context, enum ng_note note, const char *path, uint64_t line, const char *why) {
    (void)line;
    require(note < NG_NOTES && path[0] && why, "a note without a place");
    ++*(uint64_t *)context;
}

struct result {
    uint64_t documents;
    uint64_t sum;
    int status;
    struct ng_corpus_position middle; /* behind half of the documents of the reading before */
};

/* Reads a corpus from a position on, or from its start. */
static struct result read_all(const struct ng_corpus_options *options, const struct ng_corpus_position *from, uint64_t half) {
    static const struct ng_record_bounds bounds = {.most_bytes = MOST_BYTES, .room_bytes = MOST_BYTES};
    struct result result = {.sum = 0};
    struct ng_corpus *corpus;
    struct ng_err err = {0};
    result.status = ng_corpus_open(&corpus, options, &err);
    require(result.status == NG_OK, err.text);
    ng_corpus_bound(corpus, &bounds);
    if (from) result.status = ng_corpus_seek(corpus, from, &err);
    while (!result.status && result.documents < MOST_DOCUMENTS) {
        struct ng_document d;
        bool found;
        result.status = ng_corpus_next(corpus, &d, &found, &err);
        if (result.status || !found) break;
        require(ng_utf8_valid_prefix(d.text, d.text_bytes) == d.text_bytes, "text is not UTF-8");
        require(d.metadata_bytes >= 2 && d.metadata[0] == '{' && d.metadata[d.metadata_bytes - 1] == '}', "no metadata");
        require(ng_utf8_valid_prefix(d.metadata, d.metadata_bytes) == d.metadata_bytes, "metadata is not UTF-8");
        result.documents++;
        result.sum += XXH3_64bits_withSeed(d.text, d.text_bytes, XXH3_64bits_withSeed(d.metadata, d.metadata_bytes, d.line));
        if (result.documents == half) {
            ng_corpus_tell(corpus, &result.middle);
            result.sum = 0;
        }
    }
    require(!result.status || (err.status == result.status && err.text[0]), "no reason given");
    require(result.status != NG_ERR_NOMEM && result.status != NG_ERR_USAGE, "unexpected status");
    ng_corpus_close(corpus);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const fields[] = {"text", "a.b", "text,t.0,m.c", "t"};
    if (size < 1 || (size >= 5 && memcmp(data + 1, "PAR1", 4) == 0)) return 0;
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    require(fd >= 0 && write(fd, data + 1, size - 1) == (ssize_t)(size - 1), "no memory file");
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    const char *const paths[] = {path};
    uint64_t notes = 0;
    const struct ng_corpus_options options = {
        .paths = paths, .path_count = 1, .text_field = fields[data[0] & 3], .json_as = (enum ng_json_as)((data[0] >> 2 & 3) % 3),
        .skip_bad_lines = data[0] & 16, .skip_bad_files = data[0] & 32, .note = take_note, .note_context = &notes};
    struct result first = read_all(&options, NULL, 0);
    struct result again = read_all(&options, NULL, first.documents / 2);
    require(first.documents == again.documents && first.status == again.status, "another reading gives something else");
    if (first.documents >= 2 && first.documents < MOST_DOCUMENTS) {
        struct result rest = read_all(&options, &again.middle, 0);
        require(rest.documents == first.documents - first.documents / 2 && rest.sum == again.sum && rest.status == first.status,
                "going on gives something else");
    }
    (void)close(fd);
    return 0;
}
