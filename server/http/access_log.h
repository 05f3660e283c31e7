/* One JSON object a line for each request. The text that was searched for is left out unless asked for. */
#ifndef NG_SERVER_HTTP_ACCESS_LOG_H
#define NG_SERVER_HTTP_ACCESS_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "server/api/api.h"

struct ng_access_log;

/* path is a file, which is appended to, or "-" for standard error. Errors: NG_ERR_IO, NG_ERR_NOMEM, and others of
 * opening a file. */
int ng_access_log_open(struct ng_access_log **log, const char *path, bool with_queries, struct ng_err *err);

/* NULL is fine, here and below: then nothing is written. */
void ng_access_log_close(struct ng_access_log *log);

/* Opens the file anew, after it was moved away; keeps the old one where that fails, and says so. */
void ng_access_log_reopen(struct ng_access_log *log);

void ng_access_log_write(struct ng_access_log *log, const char *client, const char *method,
                         const struct ng_api_request *request, const struct ng_api_answer *answer,
                         uint64_t nanoseconds);

/* Writes out what is held back. Tells standard error where lines are lost, once until they are not. */
void ng_access_log_flush(struct ng_access_log *log);

#endif
