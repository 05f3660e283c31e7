#include "indexer/bwt/run.h"

#include <string.h>
#include <unistd.h>

#include "common/base/symbols.h"
#include "common/os/parallel.h"
#include "indexer/pages/pages.h"

int ng_run_allocate(uint8_t **bytes, uint64_t rows, struct ng_err *err) {
    *bytes = ng_pages_take((size_t)rows);
    return *bytes ? NG_OK : ng_err_nomem(err, rows, "a BWT");
}

int ng_run_open(struct ng_run *run, struct ng_err *err) {
    return run->path ? ng_spool_open(&run->file, run->path, err) : NG_OK;
}

int ng_run_read(const struct ng_run *run, uint64_t row, uint8_t *out, size_t length, struct ng_err *err) {
    if (!run->bytes) return ng_spool_read(&run->file, run->offset + row, out, length, err);
    memcpy(out, run->bytes + row, length);
    return NG_OK;
}

void ng_run_free(struct ng_run *run) {
    if (!run) return;
    ng_pages_give(run->bytes, (size_t)run->rows);
    run->bytes = NULL;
    if (run->temporary && run->file.path) (void)unlink(run->file.path);
    ng_spool_close(&run->file);
    run->temporary = false;
}

int ng_run_read_turn(const struct ng_run *run, uint64_t turn_rows, uint64_t turn, uint8_t *out, size_t *length,
                     struct ng_err *err) {
    uint64_t begin = turn * turn_rows;
    uint64_t left = run->rows - begin;
    *length = left < turn_rows ? (size_t)left : (size_t)turn_rows;
    return ng_run_read(run, begin, out, *length, err);
}

/* What the turns of counting share. */
struct counting {
    const struct ng_run *run;
    uint64_t turn_rows;
    uint64_t *counts;
};

static int count_turn(void *context, uint64_t turn, struct ng_err *err) {
    const struct counting *counting = context;
    uint8_t rows[NG_RUN_TURN_ROWS];
    uint32_t counts[256];
    size_t length;
    int status = ng_run_read_turn(counting->run, counting->turn_rows, turn, rows, &length, err);
    if (status) return status;
    ng_symbols_count(rows, length, counts);
    for (unsigned c = 0; c < 256; c++) counting->counts[turn * 256 + c] = counts[c];
    return NG_OK;
}

int ng_run_count(const struct ng_run *run, uint64_t turn_rows, uint64_t *counts, unsigned threads, struct ng_err *err) {
    struct counting counting = {.run = run, .turn_rows = turn_rows, .counts = counts};
    return ng_parallel_run(threads, run->rows / turn_rows + 1, count_turn, &counting, err);
}
