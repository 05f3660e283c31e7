#include "indexer/bwt/run.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/os/memory.h"

int ng_run_allocate(uint8_t **bytes, uint64_t rows, struct ng_err *err) {
    *bytes = ng_memory_huge((size_t)rows);
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
    free(run->bytes);
    run->bytes = NULL;
    if (run->temporary && run->file.path) (void)unlink(run->file.path);
    ng_spool_close(&run->file);
    run->temporary = false;
}
