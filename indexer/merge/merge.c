#include "indexer/merge/merge.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/os/parallel.h"
#include "common/shard/shard_format.h"
#include "indexer/bwt/dense.h"
#include "indexer/merge/interleave.h"
#include "indexer/pages/pages.h"
#include "indexer/sort/sort.h"

enum {
    PIECE_BYTES = 64 << 20, /* of text walked at a time, unless a document is larger */
    LEAST_PIECE_BYTES = 1 << 20,
    TEXT_MARGIN = 64        /* before a piece: a byte is read there */
};

/* A piece of text in memory. */
struct piece {
    uint8_t *memory;
    size_t capacity;
    size_t length;   /* of whole documents */
    uint64_t *ends;
    size_t end_count;
    size_t end_capacity;
};

static void report(struct ng_merge *merge, uint64_t more) {
    merge->done += more;
    if (merge->progress) merge->progress(merge->progress_context, merge->done, merge->total);
}

static int find_ends(struct piece *piece, struct ng_err *err) {
    const uint8_t *text = piece->memory + TEXT_MARGIN;
    piece->end_count = 0;
    for (const uint8_t *at = text;;) {
        const uint8_t *end = memchr(at, NG_TERMINATOR, (size_t)(text + piece->length - at));
        if (!end) return NG_OK;
        uint64_t *ends = ng_array_grow(piece->ends, sizeof *ends, piece->end_count, &piece->end_capacity,
                                       "document ends of a merge", err);
        if (!ends) return NG_ERR_NOMEM;
        piece->ends = ends;
        piece->ends[piece->end_count++] = (uint64_t)(end - text);
        at = end + 1;
    }
}

/* Reads whole documents from an offset of the text on: about PIECE_BYTES, or one that is larger. */
static int load_piece(const struct ng_block *block, const struct ng_spool *file, uint64_t at, size_t wanted,
                      struct piece *piece, struct ng_err *err) {
    uint64_t rest = block->rows - at;
    for (;; wanted *= 2) {
        size_t length = rest < wanted ? (size_t)rest : wanted;
        if (length + TEXT_MARGIN > piece->capacity) {
            ng_pages_give(piece->memory, piece->capacity);
            piece->capacity = length + TEXT_MARGIN;
            piece->memory = ng_pages_take(piece->capacity);
            if (!piece->memory) {
                piece->capacity = 0;
                return ng_err_nomem(err, length, "text of a merge");
            }
            memset(piece->memory, 0, TEXT_MARGIN);
        }
        uint8_t *bytes = piece->memory + TEXT_MARGIN;
        int status = ng_spool_read(file, at, bytes, length, err);
        if (status) return status;
        const uint8_t *last = memrchr(bytes, NG_TERMINATOR, length);
        piece->length = last ? (size_t)(last - bytes) + 1 : 0;
        if (last) return find_ends(piece, err);
        if (length == rest) return ng_err_set(err, NG_ERR_IO, "%s: a document has no end", file->path);
    }
}

static size_t piece_bytes(const struct ng_merge *merge) {
    uint64_t part = merge->memory_bytes / 16;
    if (part < LEAST_PIECE_BYTES) return LEAST_PIECE_BYTES;
    return part < PIECE_BYTES ? (size_t)part : PIECE_BYTES;
}

/* Whether a run of this many rows fits into memory to be walked over. */
static bool fits(const struct ng_merge *merge, uint64_t rows) {
    return ng_dense_memory(rows) + piece_bytes(merge) <= merge->memory_bytes;
}

/* Walks the text of a run over dense. */
static int walk_run(struct ng_merge *merge, struct ng_dense *dense, const struct ng_run *run, uint64_t terminator_row,
                    struct ng_err *err) {
    struct piece piece = {0};
    int status = NG_OK;
    for (size_t b = 0; b < merge->block_count && !status; b++) {
        const struct ng_block *block = merge->blocks[b];
        if (block->first_position < run->first_position) continue;
        if (block->first_position >= run->first_position + run->rows) break;
        struct ng_spool file;
        status = ng_spool_open(&file, block->path, err);
        uint64_t document = block->first_document;
        for (uint64_t at = 0; at < block->rows && !status; at += piece.length) {
            status = load_piece(block, &file, at, piece_bytes(merge), &piece, err);
            if (status) break;
            struct ng_chain_text chains = {.text = piece.memory + TEXT_MARGIN, .length = piece.length,
                                           .first_position = block->first_position + at,
                                           .sa_sample = merge->sa_sample, .samples = merge->samples,
                                           .ends = piece.ends, .starts = merge->starts + document,
                                           .documents = piece.end_count};
            status = ng_dense_walk(dense, &chains, terminator_row, merge->threads, err);
            document += piece.end_count;
            report(merge, piece.length);
        }
        ng_spool_close(&file);
    }
    ng_pages_give(piece.memory, piece.capacity);
    free(piece.ends);
    return status;
}

/* Rows of the run that was not walked move by the gaps before them. */
struct move {
    const struct ng_gaps *gaps;
    uint64_t *rows;
    uint64_t count;
};

enum { MOVE_TURN = 1 << 14, MOVE_AHEAD = 16 };

static int move_some(void *context, uint64_t turn, struct ng_err *err) {
    const struct move *move = context;
    (void)err;
    uint64_t begin = turn * MOVE_TURN;
    uint64_t end = move->count - begin < MOVE_TURN ? move->count : begin + MOVE_TURN;
    for (uint64_t i = begin; i < end; i++) {
        if (i + MOVE_AHEAD < end) ng_gaps_prefetch_before(move->gaps, move->rows[i + MOVE_AHEAD]);
        move->rows[i] += ng_gaps_before(move->gaps, move->rows[i]);
    }
    return NG_OK;
}

static int move_rows(const struct ng_merge *merge, const struct ng_gaps *gaps, const struct ng_run *run,
                     struct ng_err *err) {
    uint64_t first = ng_sort_sample_count(0, run->first_position, merge->sa_sample);
    struct move moves[] = {{gaps, merge->samples + first,
                            ng_sort_sample_count(run->first_position, run->rows, merge->sa_sample)},
                           {gaps, merge->starts + run->first_document, run->documents}};
    int status = NG_OK;
    for (int i = 0; i < 2 && !status; i++) {
        status = ng_parallel_run(merge->threads, (moves[i].count + MOVE_TURN - 1) / MOVE_TURN, move_some, &moves[i], err);
    }
    return status;
}

/* Opens the result: memory where it fits, else a file. */
static int open_out(const struct ng_merge *merge, const struct ng_run *run, struct ng_run *out, bool in_memory,
                    struct ng_err *err) {
    if (in_memory) return ng_run_allocate(&out->bytes, out->rows, err);
    char *path = NULL;
    if (asprintf(&path, "%s/run-%llu-%llu.tmp", merge->folder, (unsigned long long)run->first_position,
                 (unsigned long long)out->rows) < 0) {
        return ng_err_nomem(err, 64, "a file name");
    }
    int status = NG_OK;
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) {
        status = ng_err_sys(err, errno, "cannot create %s", path);
        free(path);
        return status;
    }
    out->file = (struct ng_spool){.path = path, .fd = fd, .bytes = out->rows};
    out->temporary = true;
    return status;
}

/* Frees the BWT in memory, where it is there. */
static void drop_bytes(struct ng_merge *merge, struct ng_run *run) {
    if (run->bytes) merge->held_bytes -= run->rows;
    ng_pages_give(run->bytes, (size_t)run->rows);
    run->bytes = NULL;
}

/* Whether left is to be walked over. To walk the larger over the smaller takes longer, but less memory. */
static bool is_base(const struct ng_merge *merge, uint64_t left_rows, uint64_t right_rows) {
    bool larger = left_rows >= right_rows;
    return fits(merge, larger ? left_rows : right_rows) ? larger : !larger;
}

/* left and right follow each other. Both are freed. */
static int merge_two(struct ng_merge *merge, struct ng_run *left, struct ng_run *right, struct ng_run *out,
                     struct ng_err *err) {
    struct ng_dense dense = {0};
    struct ng_run *base = is_base(merge, left->rows, right->rows) ? left : right;
    struct ng_run *walker = base == left ? right : left;
    *out = (struct ng_run){.first_position = left->first_position, .rows = left->rows + right->rows,
                           .first_document = left->first_document, .documents = left->documents + right->documents,
                           .file = {.fd = -1}};
    uint64_t held = merge->held_bytes + piece_bytes(merge);
    bool in_memory = held + ng_dense_memory(base->rows) + out->rows <= merge->memory_bytes;
    if (in_memory) held += out->rows;
    uint64_t left_bytes = merge->memory_bytes > held ? merge->memory_bytes - held : 0;
    int status = ng_dense_open(&dense, base, left_bytes, merge->threads, err);
    uint64_t terminator_row = base == left ? base->rows : base->rows - base->documents;
    if (!status) status = walk_run(merge, &dense, walker, terminator_row, err);
    if (!status) status = ng_gaps_sum(&dense.gaps, merge->threads, err);
    if (!status) status = move_rows(merge, &dense.gaps, base, err);
    if (!status) status = open_out(merge, left, out, in_memory, err);
    struct ng_interleave_out to = {.bytes = out->bytes, .fd = out->file.fd, .path = out->file.path};
    if (!status) status = ng_interleave(base, &dense.gaps, walker, &to, merge->threads, err);
    report(merge, out->rows);
    ng_dense_free(&dense);
    drop_bytes(merge, left);
    drop_bytes(merge, right);
    ng_run_free(left);
    ng_run_free(right);
    if (status) ng_run_free(out);
    else if (in_memory) merge->held_bytes += out->rows;
    return status;
}

static uint64_t count_rows(const struct ng_run *runs, size_t count) {
    uint64_t rows = 0;
    for (size_t i = 0; i < count; i++) rows += runs[i].rows;
    return rows;
}

/* Of runs that memory holds together: how many are merged first, and then added at a time. */
static size_t choose_step(size_t count) {
    size_t step = 1;
    while (step * NG_MERGE_FAN_IN < count) step *= NG_MERGE_FAN_IN;
    return step;
}

/* How many of the runs are merged first, and how many are then added at a time. Where the memory does not hold them
 * all, two halves. */
static size_t choose_group(const struct ng_merge *merge, const struct ng_run *runs, size_t count, size_t *step) {
    uint64_t rows = count_rows(runs, count);
    size_t group = 1;
    if (fits(merge, rows)) {
        *step = choose_step(count);
        return *step;
    }
    uint64_t left = runs[0].rows;
    while (group + 1 < count && left + runs[group].rows / 2 < rows / 2) left += runs[group++].rows;
    *step = count;
    return group;
}

static int merge_range(struct ng_merge *merge, struct ng_run *runs, size_t count, struct ng_run *out,
                       struct ng_err *err) {
    if (count == 1) {
        *out = runs[0];
        runs[0] = (struct ng_run){.file = {.fd = -1}};
        return ng_run_open(out, err);
    }
    size_t step;
    size_t group = choose_group(merge, runs, count, &step);
    struct ng_run sum;
    int status = merge_range(merge, runs, group, &sum, err);
    for (size_t at = group; at < count && !status; at += step) {
        struct ng_run next;
        struct ng_run grown;
        size_t part = count - at < step ? count - at : step;
        status = merge_range(merge, runs + at, part, &next, err);
        if (status) ng_run_free(&sum);
        if (!status) status = merge_two(merge, &sum, &next, &grown, err);
        if (!status) sum = grown;
    }
    if (!status) *out = sum;
    return status;
}

/* What report will have counted in the end, texts walked and results written. */
static uint64_t measure(struct ng_merge *merge, const struct ng_run *runs, size_t count) {
    uint64_t rows = runs[0].rows;
    if (count == 1) return rows;
    size_t step;
    size_t group = choose_group(merge, runs, count, &step);
    rows = measure(merge, runs, group);
    for (size_t at = group; at < count; at += step) {
        uint64_t next = measure(merge, runs + at, count - at < step ? count - at : step);
        uint64_t base = is_base(merge, rows, next) ? rows : next;
        merge->total += 2 * (rows + next) - base;
        rows += next;
    }
    return rows;
}

int ng_merge_blocks(struct ng_merge *merge, struct ng_run *out, struct ng_err *err) {
    size_t count = merge->block_count;
    assert(count > 0);
    struct ng_run *runs = calloc(count, sizeof *runs);
    if (!runs) return ng_err_nomem(err, count * sizeof *runs, "the blocks of a merge");
    for (size_t i = 0; i < count; i++) {
        const struct ng_block *block = merge->blocks[i];
        runs[i] = (struct ng_run){.first_position = block->first_position, .rows = block->rows,
                                  .first_document = block->first_document, .documents = block->documents,
                                  .path = block->path, .file = {.fd = -1}, .offset = ng_block_bwt_at(block)};
    }
    (void)measure(merge, runs, count);
    if (count > 1) report(merge, 0);
    int status = merge_range(merge, runs, count, out, err);
    for (size_t i = 0; i < count; i++) ng_run_free(&runs[i]);
    free(runs);
    return status;
}

static void expect(const struct ng_merge *merge, uint64_t block_rows, uint64_t count, struct ng_merge_work *work) {
    if (count < 2) return;
    bool whole = fits(merge, count * block_rows);
    uint64_t group = whole ? choose_step((size_t)count) : (count + 1) / 2;
    uint64_t step = whole ? group : count;
    expect(merge, block_rows, group, work);
    for (uint64_t at = group; at < count; at += step) {
        uint64_t part = count - at < step ? count - at : step;
        expect(merge, block_rows, part, work);
        uint64_t base = (is_base(merge, at * block_rows, part * block_rows) ? at : part) * block_rows;
        uint64_t walked = (at + part) * block_rows - base;
        work->walked += (double)walked;
        work->log2_bases += (double)walked * log2((double)base);
        work->filled += (double)base;
        work->moved += (double)(at + part) * (double)block_rows;
    }
}

void ng_merge_expect(uint64_t block_rows, uint64_t blocks, uint64_t memory_bytes, struct ng_merge_work *work) {
    const struct ng_merge merge = {.memory_bytes = memory_bytes};
    *work = (struct ng_merge_work){0};
    expect(&merge, block_rows, blocks, work);
}

uint64_t ng_merge_memory(uint64_t rows, uint64_t sa_sample) {
    /* Half of the shard, or a twentieth more, since halves are made of whole blocks, is walked over by the other. */
    uint64_t half = rows / 2 + rows / 40;
    return ng_dense_memory(half) + rows / sa_sample * sizeof(uint64_t) + PIECE_BYTES / 4;
}
