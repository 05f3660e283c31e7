/* stats --probe: how fast the disk under an index is, and what a count costs that finds nothing in memory. */
#ifndef NG_QUERY_CLI_PROBE_H
#define NG_QUERY_CLI_PROBE_H

#include "query/include/ngidx.h"

enum { NG_CMD_PROBE_DEPTH = 64, NG_CMD_PROBE_PHRASE_BYTES = 50 };

struct ng_cmd_probe {
    double reads_single; /* pages of 4 KiB a second, one at a time, past the page cache; 0: the file system cannot */
    double reads_deep;   /* and NG_CMD_PROBE_DEPTH at a time */
    double count_ms;     /* a count of NG_CMD_PROBE_PHRASE_BYTES, one at a time, */
    double batch_ms;     /* and in a batch; each after the index was dropped from the page cache */
    uint64_t phrases;    /* that were counted, drawn from the text of the index; 0: it is too small */
};

/* Measures for about three seconds. Drops the pages of the index from memory if no other program has them mapped. path
 * is the index's folder. Errors: NG_ERR_IO, NG_ERR_NOMEM, those of counting. */
int ng_cmd_probe_run(const char *path, struct ng_cmd_probe *probe, struct ng_err *err);

#endif
