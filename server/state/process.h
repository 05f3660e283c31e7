/* What Prometheus' clients tell of the process they are part of, under the usual names. */
#ifndef NG_SERVER_STATE_PROCESS_H
#define NG_SERVER_STATE_PROCESS_H

#include <stdint.h>
#include <stdio.h>

/* Writes a metric without labels. */
void ng_process_write_value(FILE *out, const char *name, const char *type, const char *help, uint64_t value);

/* Writes the process_* metrics, and page faults. What the system does not tell is left out. */
void ng_process_write(FILE *out);

#endif
