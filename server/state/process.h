/* The metrics of its process that a Prometheus client usually gives, under the usual names. */
#ifndef NG_SERVER_STATE_PROCESS_H
#define NG_SERVER_STATE_PROCESS_H

#include <stdint.h>
#include <stdio.h>

/* Writes a metric without labels. */
void ng_process_write_value(FILE *out, const char *name, const char *type, const char *help, uint64_t value);

/* Writes the process_* metrics, and page faults. Leaves out what the system does not tell. */
void ng_process_write(FILE *out);

#endif
