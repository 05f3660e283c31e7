/* One line of JSON for each request. The searched text is left out unless asked for. */
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

/* Opens the file anew, after it was moved away. If that fails, keeps the old one and says so. */
void ng_access_log_reopen(struct ng_access_log *log);

/* The client, and the id of the request. */
struct ng_access {
    const char *client;
    const char *proxy; /* the trusted proxy that passed it on, or NULL */
    const char *id;
    const char *method;
};

void ng_access_log_write(struct ng_access_log *log, const struct ng_access *access, const struct ng_api_request *request,
                         const struct ng_api_answer *answer, uint64_t nanoseconds);

/* Writes buffered lines. If lines are lost, reports it on standard error, once until writing works again. */
void ng_access_log_flush(struct ng_access_log *log);

#endif
