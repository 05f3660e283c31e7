#include "query/cli/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/os/file.h"
#include "common/os/parallel.h"

enum { PAGE = 4096, MOST_SHARDS = 1024, SINGLE = 64, BATCH = 2000, LEAST_BATCH = 128 };

static const double SECONDS = 0.7;

/* The files of an index. */
struct files {
    int fds[MOST_SHARDS];
    uint64_t pages[MOST_SHARDS];
    size_t count;
    uint64_t all_pages;
};

static void close_files(struct files *files) {
    for (size_t i = 0; i < files->count; i++) (void)close(files->fds[i]);
    files->count = 0;
}

/* Opens the shards of all views, the first MOST_SHARDS of them. *direct is false where the file system has no
 * O_DIRECT. */
static int open_files(const char *path, const struct ng_index *index, struct files *files, bool *direct, struct ng_err *err) {
    struct ng_index_info info;
    *files = (struct files){.count = 0};
    *direct = true;
    ng_index_get_info(index, &info);
    for (int view = NG_VIEW_EXACT; view <= NG_VIEW_FOLDED; view++) {
        const struct ng_index *one = ng_index_view(index, (enum ng_text_view)view);
        for (uint64_t i = 0; one && i < info.shards && files->count < MOST_SHARDS; i++) {
            struct ng_shard_info shard;
            char *name = NULL;
            ng_index_get_shard_info(one, i, &shard);
            int status = ng_file_join(&name, path, shard.file, err);
            if (status) return status;
            int fd = open(name, O_RDONLY | O_CLOEXEC | O_DIRECT);
            if (fd < 0 && errno == EINVAL) {
                *direct = false;
                fd = open(name, O_RDONLY | O_CLOEXEC);
            }
            if (fd < 0) status = ng_err_sys(err, errno, "cannot read %s", name);
            free(name);
            if (status) return status;
            files->fds[files->count] = fd;
            files->pages[files->count++] = shard.bytes / PAGE;
            files->all_pages += shard.bytes / PAGE;
        }
    }
    return NG_OK;
}

struct reading {
    const struct files *files;
    double end_seconds;
    uint64_t reads[NG_CMD_PROBE_DEPTH];
};

/* Reads pages at random until the time is over. */
static int read_pages(void *context, uint64_t number, struct ng_err *err) {
    struct reading *reading = context;
    const struct files *files = reading->files;
    uint64_t random = number;
    void *page = NULL;
    if (posix_memalign(&page, PAGE, PAGE) != 0) return ng_err_nomem(err, PAGE, "a page");
    int status = NG_OK;
    while (!status && ng_clock_seconds() < reading->end_seconds) {
        uint64_t at = ng_random_below(&random, files->all_pages);
        size_t file = 0;
        while (at >= files->pages[file]) at -= files->pages[file++];
        if (pread(files->fds[file], page, PAGE, (off_t)(at * PAGE)) != PAGE) {
            status = ng_err_sys(err, errno, "cannot read page %llu of shard %zu", (unsigned long long)at, file);
        }
        reading->reads[number]++;
    }
    free(page);
    return status;
}

static int measure_reads(const struct files *files, unsigned depth, double *rate, struct ng_err *err) {
    const double start = ng_clock_seconds();
    struct reading reading = {.files = files, .end_seconds = start + SECONDS};
    int status = ng_parallel_run(depth, depth, read_pages, &reading, err);
    uint64_t reads = 0;
    for (unsigned i = 0; i < depth; i++) reads += reading.reads[i];
    *rate = (double)reads / (ng_clock_seconds() - start);
    return status;
}

/* Draws phrases from the text: from documents at random, at random places. */
static int draw_phrases(const struct ng_index *index, uint8_t *bytes, struct ng_bytes *phrases, size_t *count,
                        struct ng_err *err) {
    struct ng_index_info info;
    uint64_t random = 0;
    ng_index_get_info(index, &info);
    const uint64_t tries = (uint64_t)2 * BATCH;
    for (uint64_t i = 0; i < tries && *count < BATCH; i++) {
        uint8_t *to = bytes + *count * NG_CMD_PROBE_PHRASE_BYTES;
        uint64_t doc = ng_random_below(&random, info.document_end);
        uint64_t length;
        int status = ng_index_next_document(index, &doc, err);
        if (!status && doc == info.document_end) continue;
        if (!status) status = ng_index_doc_length(index, doc, &length, err);
        if (status) return status;
        if (length < NG_CMD_PROBE_PHRASE_BYTES) continue;
        uint64_t offset = ng_random_below(&random, length - NG_CMD_PROBE_PHRASE_BYTES + 1);
        status = ng_index_extract(index, doc, offset, NG_CMD_PROBE_PHRASE_BYTES, to, err);
        if (status) return status;
        phrases[(*count)++] = (struct ng_bytes){to, NG_CMD_PROBE_PHRASE_BYTES};
    }
    return NG_OK;
}

/* Counts phrases right after the index was dropped from the page cache; *ms is the time of one. */
static int count_cold(const char *path, const struct files *files, const struct ng_bytes *phrases, size_t count, bool batch,
                      double *ms, struct ng_err *err) {
    struct ng_index *index = NULL;
    uint64_t *counts = calloc(count, sizeof *counts);
    if (!counts) return ng_err_nomem(err, count * sizeof *counts, "counts");
    for (size_t i = 0; i < files->count; i++) (void)posix_fadvise(files->fds[i], 0, 0, POSIX_FADV_DONTNEED);
    int status = ng_index_open(&index, path, err);
    const double start = ng_clock_seconds();
    if (!status && batch) status = ng_index_count_batch(index, phrases, count, counts, err);
    for (size_t i = 0; i < count && !batch && !status; i++) status = ng_index_count(index, phrases[i], &counts[i], err);
    *ms = (ng_clock_seconds() - start) * 1e3 / (double)count;
    ng_index_close(index);
    free(counts);
    return status;
}

int ng_cmd_probe_run(const char *path, struct ng_cmd_probe *probe, struct ng_err *err) {
    struct ng_index *index = NULL;
    struct files files = {.count = 0};
    bool direct = false;
    size_t count = 0;
    *probe = (struct ng_cmd_probe){.phrases = 0};
    uint8_t *bytes = malloc((size_t)BATCH * NG_CMD_PROBE_PHRASE_BYTES);
    struct ng_bytes *phrases = malloc(BATCH * sizeof *phrases);
    int status = bytes && phrases ? ng_index_open(&index, path, err) : ng_err_nomem(err, BATCH * sizeof *phrases, "phrases");
    if (!status) status = open_files(path, index, &files, &direct, err);
    if (!status) status = draw_phrases(index, bytes, phrases, &count, err);
    ng_index_close(index); /* what is mapped cannot be dropped */
    if (!status && direct && files.all_pages > 0) {
        status = measure_reads(&files, 1, &probe->reads_single, err);
        if (!status) status = measure_reads(&files, NG_CMD_PROBE_DEPTH, &probe->reads_deep, err);
    }
    if (!status && count >= LEAST_BATCH) {
        probe->phrases = count;
        status = count_cold(path, &files, phrases, SINGLE, false, &probe->count_ms, err);
        if (!status) status = count_cold(path, &files, phrases + SINGLE, count - SINGLE, true, &probe->batch_ms, err);
    }
    close_files(&files);
    free(phrases);
    free(bytes);
    return status;
}
