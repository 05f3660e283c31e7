#include "indexer/merge/interleave.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/le.h"
#include "common/cpu/cpu.h"
#include "common/os/parallel.h"
#include "indexer/merge/interleave_kernels.h"

enum {
    CHUNK_ROWS = 1 << 20, /* of base, a turn */
    BUFFER_BYTES = 1 << 16, /* a divisor of that */
    FAST_GAP = 16,        /* copied at once, needed or not */
    GROUP = 64            /* rows that the portable kernel merges before the other is tried again */
};

struct job {
    const struct ng_run *base;
    const struct ng_gaps *gaps;
    const struct ng_run *other;
    const struct ng_interleave_out *out;
    ng_interleave_kernel *kernel;
};

/* One turn under way. */
struct piece {
    const struct job *job;
    uint8_t *rows;       /* of base, BUFFER_BYTES of them from rows_at on */
    uint64_t rows_at;
    uint8_t *in;         /* symbols of the other run */
    size_t in_at;
    size_t in_end;
    uint64_t other_row;  /* the row behind in_end */
    uint8_t *buffer;     /* of the result */
    size_t filled;
    uint64_t out_row;    /* where the buffer goes */
    uint64_t wrap;       /* the next that matters */
};

static int flush(struct piece *p, struct ng_err *err) {
    const struct ng_interleave_out *out = p->job->out;
    if (out->bytes) memcpy(out->bytes + p->out_row, p->buffer, p->filled);
    for (size_t at = 0; at < p->filled && !out->bytes;) {
        ssize_t written = pwrite(out->fd, p->buffer + at, p->filled - at, (off_t)(p->out_row + at));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return ng_err_sys(err, errno, "cannot write %s", out->path);
        at += (size_t)written;
    }
    p->out_row += p->filled;
    p->filled = 0;
    return NG_OK;
}

static int refill(struct piece *p, struct ng_err *err) {
    size_t rest = p->in_end - p->in_at;
    memmove(p->in, p->in + p->in_at, rest);
    uint64_t left = p->job->other->rows - p->other_row;
    size_t length = left < BUFFER_BYTES - rest ? (size_t)left : BUFFER_BYTES - rest;
    int status = ng_run_read(p->job->other, p->other_row, p->in + rest, length, err);
    p->in_at = 0;
    p->in_end = rest + length;
    p->other_row += length;
    return status;
}

/* Copies symbols of the other run, however many. */
static int copy_other(struct piece *p, uint64_t count, struct ng_err *err) {
    while (count > 0) {
        int status = NG_OK;
        if (p->in_at == p->in_end) status = refill(p, err);
        if (!status && p->filled >= BUFFER_BYTES) status = flush(p, err);
        if (status) return status;
        size_t part = p->in_end - p->in_at;
        if (part > BUFFER_BYTES - p->filled) part = BUFFER_BYTES - p->filled;
        if (part > count) part = (size_t)count;
        memcpy(p->buffer + p->filled, p->in + p->in_at, part);
        p->filled += part;
        p->in_at += part;
        count -= part;
    }
    return NG_OK;
}

/* The gap of a row, wraps included. */
static uint64_t whole_gap(struct piece *p, uint64_t row) {
    const struct ng_gaps *gaps = p->job->gaps;
    uint64_t gap = gaps->bytes[row];
    for (; p->wrap < gaps->wrap_count && gaps->wraps[p->wrap] == row; p->wrap++) gap += 256;
    return gap;
}

size_t ng_interleave_portable(struct ng_interleave_at *at, size_t rows) {
    const uint8_t *in = at->in;
    uint8_t *out = at->out;
    size_t done = 0;
    while (done < rows && at->out_end - out > FAST_GAP) {
        size_t gap = at->gaps[done];
        if (gap == 0 && done + 8 <= rows && ng_le_load64(at->gaps + done) == 0) {
            memcpy(out, at->rows + done, 8);
            out += 8;
            done += 8;
            continue;
        }
        if (gap > FAST_GAP || gap > (size_t)(at->in_end - in)) break;
        memcpy(out, in, FAST_GAP);
        in += gap;
        out += gap;
        *out++ = at->rows[done++];
    }
    at->rows += done;
    at->gaps += done;
    at->in = in;
    at->out = out;
    return done;
}

/* One that merges many rows at a time, or NULL. */
static ng_interleave_kernel *choose_kernel(void) {
#if defined(__x86_64__)
    if (ng_cpu_runs_avx512()) return ng_interleave_avx512;
    if (ng_cpu_runs_bmi2()) return ng_interleave_bmi2;
#endif
    return NULL;
}

/* Rows [row, end), which are read, for as long as gaps are small and buffers have room, and no wrap comes; returns where
 * it stopped. */
static uint64_t merge_fast(struct piece *p, uint64_t row, uint64_t end) {
    const struct ng_gaps *gaps = p->job->gaps;
    struct ng_interleave_at at = {.rows = p->rows + (row - p->rows_at), .gaps = gaps->bytes + row,
                                  .in = p->in + p->in_at, .in_end = p->in + p->in_end,
                                  .out = p->buffer + p->filled, .out_end = p->buffer + BUFFER_BYTES};
    if (p->wrap < gaps->wrap_count && gaps->wraps[p->wrap] < end) end = gaps->wraps[p->wrap];
    for (size_t done = 1; row < end && done > 0; row += done) {
        done = p->job->kernel ? p->job->kernel(&at, (size_t)(end - row)) : 0;
        size_t left = (size_t)(end - row) - done;
        done += ng_interleave_portable(&at, left < GROUP ? left : GROUP);
    }
    p->in_at = (size_t)(at.in - p->in);
    p->filled = (size_t)(at.out - p->buffer);
    return row;
}

static int merge_rows(struct piece *p, uint64_t row, uint64_t end, struct ng_err *err) {
    assert(p->in && p->buffer && p->rows);
    p->rows_at = row;
    int status = ng_run_read(p->job->base, row, p->rows, (size_t)(end - row), err);
    while (row < end && !status) {
        row = merge_fast(p, row, end);
        if (row == end) break;
        status = copy_other(p, whole_gap(p, row), err);
        if (!status && p->filled + FAST_GAP + 1 >= BUFFER_BYTES) status = flush(p, err);
        if (!status) p->buffer[p->filled++] = p->rows[row - p->rows_at];
        row++;
    }
    return status;
}

static int merge_chunk(void *context, uint64_t turn, struct ng_err *err) {
    struct piece p = {.job = context};
    const struct ng_gaps *gaps = p.job->gaps;
    uint64_t row = turn * CHUNK_ROWS;
    uint64_t end = gaps->rows - row < CHUNK_ROWS ? gaps->rows : row + CHUNK_ROWS;
    int status = NG_OK;
    p.rows = malloc(BUFFER_BYTES + NG_INTERLEAVE_SLACK);
    p.in = malloc(BUFFER_BYTES + NG_INTERLEAVE_SLACK);
    p.buffer = malloc(BUFFER_BYTES + NG_INTERLEAVE_SLACK);
    if (!p.rows || !p.in || !p.buffer) status = ng_err_nomem(err, 3 * BUFFER_BYTES, "a merge");
    p.other_row = row ? ng_gaps_before(gaps, row - 1) : 0;
    p.out_row = row + p.other_row;
    p.wrap = ng_gaps_wraps_below(gaps, row);
    for (; row < end && !status; row += BUFFER_BYTES) {
        status = merge_rows(&p, row, end - row < BUFFER_BYTES ? end : row + BUFFER_BYTES, err);
    }
    if (!status && end == gaps->rows) status = copy_other(&p, whole_gap(&p, end), err);
    if (!status) status = flush(&p, err);
    free(p.rows);
    free(p.in);
    free(p.buffer);
    return status;
}

int ng_interleave(const struct ng_run *base, const struct ng_gaps *gaps, const struct ng_run *other,
                  const struct ng_interleave_out *out, unsigned threads, struct ng_err *err) {
    struct job job = {.base = base, .gaps = gaps, .other = other, .out = out, .kernel = choose_kernel()};
    return ng_parallel_run(threads, (gaps->rows + CHUNK_ROWS - 1) / CHUNK_ROWS, merge_chunk, &job, err);
}
