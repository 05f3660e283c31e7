/*
 * ngidx's side of the bench: opens an index and does the workloads that it is told on standard input, each timed
 * in here, one thread, one query at a time unless it says batch. tests/bench/peer.cpp answers the same commands.
 *
 *   clock processor       from now on, seconds are those on a processor
 *   phrases FILE          the phrases of the commands that follow
 *   count OUT             how often each occurs; OUT: a number a line
 *   batch OUT             the same as one batch
 *   snippet CONTEXT OUT   find, locate the middle one of the hits, its document with metadata, the text around it;
 *                         OUT: position, document, offset in it, position of the snippet, snippet in hex
 *   locate LIMIT OUT      every hit of each phrase, at most LIMIT; OUT: their positions, a line a phrase
 *   extract BYTES OUT     documents spread over the corpus, BYTES in all; OUT: what was extracted
 *
 * Each is answered by a line {"seconds":S,"items":N}: phrases, for locate hits, for extract bytes. Positions count
 * in the text of the whole index, a terminator behind each document.
 */
#include <inttypes.h>
#include <string.h>

#include "query/lib/snippet.h"
#include "tests/bench/phrases.h"

struct server {
    struct ng_index *index;
    struct ng_index_info info;
    uint64_t *shard_begins; /* position of each shard's text in that of the index */
    struct phrases phrases;
};

/* A snippet as it is taken, written out when the clock has stopped. */
struct taken {
    bool found;
    struct ng_hit hit;
    struct ng_doc_source source;
    struct ng_snippet snippet;
};

static FILE *create(const char *path) {
    FILE *out = fopen(path, "wb");
    if (!out) give_up("fopen", path);
    return out;
}

static void finish(FILE *out, const char *path, double seconds, uint64_t items) {
    if (fclose(out) != 0) give_up("fclose", path);
    printf("{\"seconds\":%.9f,\"items\":%" PRIu64 "}\n", seconds, items);
}

static void run_count(const struct server *server, bool batch, const char *path) {
    const struct phrases *phrases = &server->phrases;
    uint64_t *counts = allocate(phrases->count, sizeof *counts);
    struct ng_err err;
    ng_err_clear(&err);
    double start = now_seconds();
    if (batch) {
        check(ng_index_count_batch(server->index, phrases->all, phrases->count, counts, &err), &err);
    } else {
        for (size_t i = 0; i < phrases->count; i++) {
            check(ng_index_count(server->index, phrases->all[i], &counts[i], &err), &err);
        }
    }
    double seconds = now_seconds() - start;
    FILE *out = create(path);
    for (size_t i = 0; i < phrases->count; i++) fprintf(out, "%" PRIu64 "\n", counts[i]);
    finish(out, path, seconds, phrases->count);
    free(counts);
}

static void take_snippet(const struct server *server, struct ng_bytes phrase, uint64_t context_bytes,
                         struct ng_interval *intervals, struct taken *taken) {
    struct ng_err err;
    ng_err_clear(&err);
    check(ng_index_find(server->index, phrase, intervals, &err), &err);
    uint64_t total = 0;
    for (uint64_t i = 0; i < server->info.shards; i++) total += intervals[i].end - intervals[i].begin;
    if (total == 0) return;
    uint64_t shard = 0;
    uint64_t middle = total / 2;
    while (middle >= intervals[shard].end - intervals[shard].begin) {
        middle -= intervals[shard].end - intervals[shard].begin;
        shard++;
    }
    const uint64_t row = intervals[shard].begin + middle;
    check(ng_index_show_rows(server->index, shard, &row, &phrase, 1, context_bytes, &taken->hit, &taken->snippet, &err),
          &err);
    check(ng_index_doc_source(server->index, taken->hit.doc, &taken->source, &err), &err);
    taken->found = true;
}

static void write_taken(const struct server *server, const struct taken *taken, FILE *out) {
    if (!taken->found) {
        fputs("-\n", out);
        return;
    }
    uint64_t position = server->shard_begins[taken->hit.shard] + taken->hit.position;
    fprintf(out, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " ", position, taken->hit.doc, taken->hit.offset,
            position - taken->hit.offset + taken->snippet.offset);
    for (uint64_t i = 0; i < taken->snippet.length_bytes; i++) fprintf(out, "%02x", taken->snippet.text[i]);
    fputc('\n', out);
}

static void run_snippet(const struct server *server, uint64_t context_bytes, const char *path) {
    const struct phrases *phrases = &server->phrases;
    struct taken *all = allocate(phrases->count, sizeof *all);
    struct ng_interval *intervals = allocate(server->info.shards, sizeof *intervals);
    double start = now_seconds();
    for (size_t i = 0; i < phrases->count; i++) {
        take_snippet(server, phrases->all[i], context_bytes, intervals, &all[i]);
    }
    double seconds = now_seconds() - start;
    FILE *out = create(path);
    for (size_t i = 0; i < phrases->count; i++) {
        write_taken(server, &all[i], out);
        ng_doc_source_free(&all[i].source);
        ng_snippet_free(&all[i].snippet);
    }
    finish(out, path, seconds, phrases->count);
    free(intervals);
    free(all);
}

static void run_locate(const struct server *server, uint64_t limit, const char *path) {
    const struct phrases *phrases = &server->phrases;
    struct ng_hit *hits = allocate(limit, sizeof *hits);
    struct ng_err err;
    ng_err_clear(&err);
    FILE *out = create(path);
    double seconds = 0;
    uint64_t total = 0;
    for (size_t i = 0; i < phrases->count; i++) {
        size_t count;
        double start = now_seconds();
        check(ng_index_locate(server->index, phrases->all[i], 0, hits, limit, &count, NULL, &err), &err);
        seconds += now_seconds() - start;
        for (size_t k = 0; k < count; k++) {
            fprintf(out, "%" PRIu64 " ", server->shard_begins[hits[k].shard] + hits[k].position);
        }
        fputc('\n', out);
        total += count;
    }
    finish(out, path, seconds, total);
    free(hits);
}

static void run_extract(const struct server *server, uint64_t bytes, const char *path) {
    uint8_t *text = allocate(bytes, 1);
    struct ng_err err;
    ng_err_clear(&err);
    uint64_t stride = server->info.text_bytes / (bytes ? bytes : 1) + 1;
    uint64_t done = 0;
    double start = now_seconds();
    for (uint64_t doc = 0; doc < server->info.documents && done < bytes; doc += stride) {
        uint64_t length;
        check(ng_index_doc_length(server->index, doc, &length, &err), &err);
        if (length > bytes - done) length = bytes - done;
        check(ng_index_extract(server->index, doc, 0, length, text + done, &err), &err);
        done += length;
    }
    double seconds = now_seconds() - start;
    FILE *out = create(path);
    if (fwrite(text, 1, done, out) != done) give_up("fwrite", path);
    finish(out, path, seconds, done);
    free(text);
}

static void open_server(struct server *server, const char *path, bool in_memory) {
    struct ng_err err;
    ng_err_clear(&err);
    check(in_memory ? ng_index_load(&server->index, path, &err) : ng_index_open(&server->index, path, &err), &err);
    ng_index_get_info(server->index, &server->info);
    server->shard_begins = allocate(server->info.shards + 1, sizeof *server->shard_begins);
    for (uint64_t i = 0; i < server->info.shards; i++) {
        struct ng_shard_info shard;
        ng_index_get_shard_info(server->index, i, &shard);
        server->shard_begins[i + 1] = server->shard_begins[i] + shard.text_bytes + shard.documents;
    }
}

static void obey(struct server *server, char *line) {
    const char *command = strtok(line, " \n");
    const char *first = strtok(NULL, " \n");
    const char *second = strtok(NULL, " \n");
    if (!command || !first) refuse("command without its arguments", "standard input");
    uint64_t number = second ? strtoull(first, NULL, 10) : 0;
    if (strcmp(command, "phrases") == 0) {
        phrases_free(&server->phrases);
        phrases_load(&server->phrases, first);
        printf("{\"seconds\":0,\"items\":%zu}\n", server->phrases.count);
    } else if (strcmp(command, "clock") == 0 && strcmp(first, "processor") == 0) {
        bench_clock = CLOCK_PROCESS_CPUTIME_ID;
        printf("{\"seconds\":0,\"items\":0}\n");
    } else if (strcmp(command, "count") == 0 || strcmp(command, "batch") == 0) {
        run_count(server, *command == 'b', first);
    } else if (second && strcmp(command, "snippet") == 0) {
        run_snippet(server, number, second);
    } else if (second && strcmp(command, "locate") == 0) {
        run_locate(server, number, second);
    } else if (second && strcmp(command, "extract") == 0) {
        run_extract(server, number, second);
    } else {
        refuse("unknown command", command);
    }
}

int main(int argc, char **argv) {
    if (argc != 2 && (argc != 3 || strcmp(argv[2], "memory") != 0)) {
        fprintf(stderr, "usage: %s INDEX [memory]\n", argv[0]);
        return EXIT_FAILURE;
    }
    struct server server = {0};
    open_server(&server, argv[1], argc == 3);
    char *line = NULL;
    size_t capacity = 0;
    while (getline(&line, &capacity, stdin) > 0) {
        obey(&server, line);
        if (fflush(stdout) != 0) give_up("fflush", "standard output");
    }
    free(line);
    phrases_free(&server.phrases);
    free(server.shard_begins);
    ng_index_close(server.index);
    return EXIT_SUCCESS;
}
