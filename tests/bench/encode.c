/*
 * How fast a BWT in memory becomes a rank structure, one thread: encode INDEX BYTES SCRATCH ROUNDS.
 *
 * The BWT is that of the index's first shard, read back from its rank structure: where it is longer than BYTES, pieces
 * of 1 MB spread evenly over it, since its parts differ much. SCRATCH is a folder in memory, so that no disk is timed.
 * Prints {"symbols":N,"bytes":M,"seconds":[...]}; bytes is the size of the container that was written.
 */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "common/rank/rank.h"
#include "tests/bench/phrases.h"

enum { PIECE_ROWS = 1 << 20, BATCH_ROWS = 64 };

/* The symbols of rows [begin, begin + count). */
static void read_rows(const struct ng_rank *rank, uint64_t begin, uint64_t count, uint8_t *symbols) {
    struct ng_rank_step steps[BATCH_ROWS];
    for (uint64_t done = 0; done < count; done += BATCH_ROWS) {
        size_t batch = count - done < BATCH_ROWS ? (size_t)(count - done) : BATCH_ROWS;
        for (size_t i = 0; i < batch; i++) steps[i] = (struct ng_rank_step){.row = begin + done + i};
        ng_rank_lf_batch(rank, steps, batch);
        for (size_t i = 0; i < batch; i++) symbols[done + i] = steps[i].symbol;
    }
}

/* Returns the symbols, owned by the caller. */
static uint8_t *read_bwt(const char *shard_path, uint64_t most_bytes, uint64_t *count) {
    struct ng_err err;
    ng_err_clear(&err);
    struct ng_container *container = NULL;
    struct ng_rank rank;
    check(ng_container_open(&container, shard_path, &err), &err);
    check(ng_rank_open(&rank, container, &err), &err);
    uint64_t pieces = most_bytes / PIECE_ROWS > 0 ? most_bytes / PIECE_ROWS : 1;
    uint8_t *symbols;
    if (rank.rows <= pieces * PIECE_ROWS) {
        *count = rank.rows;
        symbols = allocate(*count, 1);
        read_rows(&rank, 0, *count, symbols);
    } else {
        *count = pieces * PIECE_ROWS;
        symbols = allocate(*count, 1);
        for (uint64_t i = 0; i < pieces; i++) {
            read_rows(&rank, (rank.rows - PIECE_ROWS) / pieces * i, PIECE_ROWS, symbols + i * PIECE_ROWS);
        }
    }
    check(ng_container_status(container, &err), &err);
    ng_container_close(container);
    return symbols;
}

/* Returns the seconds that it took. */
static double encode(const uint8_t *symbols, uint64_t count, const char *path, uint64_t *bytes) {
    struct ng_err err;
    ng_err_clear(&err);
    struct ng_container_writer *container = NULL;
    struct ng_rank_builder *builder = NULL;
    struct ng_container_written written;
    double start = now_seconds();
    check(ng_container_create(&container, path, &err), &err);
    check(ng_rank_builder_open(&builder, container, 1, &err), &err);
    for (uint64_t done = 0; done < count; done += PIECE_ROWS) {
        size_t piece = count - done < PIECE_ROWS ? (size_t)(count - done) : PIECE_ROWS;
        check(ng_rank_builder_push(builder, symbols + done, piece, &err), &err);
    }
    check(ng_rank_builder_finish(builder, &err), &err);
    check(ng_container_finish(container, &written, &err), &err);
    double seconds = now_seconds() - start;
    *bytes = written.bytes;
    ng_rank_builder_close(builder);
    ng_container_writer_free(container);
    if (unlink(path) != 0) give_up("unlink", path);
    return seconds;
}

int main(int argc, char **argv) {
    if (argc != 5) {
        fprintf(stderr, "usage: %s INDEX BYTES SCRATCH ROUNDS\n", argv[0]);
        return EXIT_FAILURE;
    }
    struct ng_err err;
    ng_err_clear(&err);
    struct ng_index *index = NULL;
    check(ng_index_open(&index, argv[1], &err), &err);
    struct ng_shard_info shard;
    ng_index_get_shard_info(index, 0, &shard);
    char *shard_path = NULL;
    char *scratch_path = NULL;
    check(ng_file_join(&shard_path, argv[1], shard.file, &err), &err);
    check(ng_file_join(&scratch_path, argv[3], "encode.ngx", &err), &err);
    uint64_t count;
    uint8_t *symbols = read_bwt(shard_path, strtoull(argv[2], NULL, 10), &count);
    uint64_t bytes = 0;
    (void)unlink(scratch_path); /* of a run that was ended */
    (void)encode(symbols, count, scratch_path, &bytes); /* warms up */
    printf("{\"symbols\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"seconds\":[", count, bytes);
    unsigned long rounds = strtoul(argv[4], NULL, 10);
    for (unsigned long i = 0; i < rounds; i++) {
        printf("%s%.6f", i ? "," : "", encode(symbols, count, scratch_path, &bytes));
    }
    printf("]}\n");
    free(symbols);
    free(scratch_path);
    free(shard_path);
    ng_index_close(index);
    return EXIT_SUCCESS;
}
