#include "server/http/access_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/json/out.h"

enum { MAX_QUERY_BYTES = 4096 };

struct ng_access_log {
    char *path; /* NULL: standard error */
    FILE *stream;
    struct ng_json json;
    bool with_queries;
    bool pending;
    bool losing; /* was told of, and goes on */
};

/* Standard error by a stream of its own, which holds back a line until it is whole. */
static FILE *open_stream(const char *path) {
    if (path) return fopen(path, "ae");
    int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
    FILE *stream = fd < 0 ? NULL : fdopen(fd, "a");
    if (!stream && fd >= 0) (void)close(fd);
    return stream;
}

int ng_access_log_open(struct ng_access_log **opened, const char *path, bool with_queries, struct ng_err *err) {
    struct ng_access_log *log = calloc(1, sizeof *log);
    if (!log) return ng_err_nomem(err, sizeof *log, "the access log");
    int status = NG_OK;
    log->with_queries = with_queries;
    bool to_stderr = strcmp(path, "-") == 0;
    if (!to_stderr) {
        log->path = strdup(path);
        if (!log->path) status = ng_err_nomem(err, strlen(path), "a file name");
    }
    if (!status) log->stream = open_stream(log->path);
    if (!status && !log->stream) status = ng_err_sys(err, errno, "cannot write to %s", path);
    if (!status) status = ng_json_init(&log->json, log->stream, err);
    if (status) {
        ng_access_log_close(log);
        return status;
    }
    *opened = log;
    return NG_OK;
}

void ng_access_log_close(struct ng_access_log *log) {
    if (!log) return;
    if (log->stream) (void)fclose(log->stream);
    ng_json_free(&log->json);
    free(log->path);
    free(log);
}

void ng_access_log_reopen(struct ng_access_log *log) {
    if (!log || !log->path) return;
    FILE *stream = open_stream(log->path);
    struct ng_json json;
    if (!stream || ng_json_init(&json, stream, NULL) != NG_OK) {
        (void)fprintf(stderr, "ngidxd: the access log continues in the old file: cannot open %s: %s\n", log->path,
                      strerror(errno));
        if (stream) (void)fclose(stream);
        return;
    }
    (void)fclose(log->stream);
    ng_json_free(&log->json);
    log->stream = stream;
    log->json = json;
}

static void write_time(struct ng_json *json) {
    struct timespec now;
    struct tm parts;
    char text[64];
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &parts);
    size_t length = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    (void)snprintf(text + length, sizeof text - length, ".%03ldZ", now.tv_nsec / 1000000);
    ng_json_member_text(json, "time", text);
}

static void write_query(struct ng_json *json, const struct ng_api_request *request) {
    /* A request that was refused at once has its body nowhere. */
    size_t length = !request->body ? 0 : request->body_bytes < MAX_QUERY_BYTES ? request->body_bytes : MAX_QUERY_BYTES;
    if (request->query) ng_json_member_text(json, "query", request->query);
    if (length > 0) ng_json_member_string(json, "body", request->body, length);
}

void ng_access_log_write(struct ng_access_log *log, const struct ng_access *access, const struct ng_api_request *request,
                         const struct ng_api_answer *answer, uint64_t nanoseconds) {
    if (!log) return;
    struct ng_json *json = &log->json;
    ng_json_object_begin(json);
    write_time(json);
    ng_json_member_text(json, "client", access->client);
    if (access->proxy) ng_json_member_text(json, "proxy", access->proxy);
    ng_json_member_text(json, "id", access->id);
    ng_json_member_text(json, "method", access->method);
    ng_json_member_text(json, "path", request->path);
    ng_json_member_text(json, "endpoint", ng_endpoint_name(answer->endpoint));
    ng_json_member_u64(json, "status", (uint64_t)answer->status);
    ng_json_member_u64(json, "bytes", answer->length_bytes);
    ng_json_member_decimal(json, "ms", (double)nanoseconds / 1e6, 3);
    if (log->with_queries) write_query(json, request);
    ng_json_object_end(json);
    ng_json_end_line(json);
    log->pending = true;
}

void ng_access_log_flush(struct ng_access_log *log) {
    if (!log || !log->pending) return;
    log->pending = false;
    bool lost = ferror(log->stream) != 0;
    lost = fflush(log->stream) != 0 || lost;
    if (lost && !log->losing) {
        (void)fprintf(stderr, "ngidxd: lines of the access log are lost: %s\n", strerror(errno));
    }
    log->losing = lost;
    clearerr(log->stream);
}
