/*
 * The daemon's own metrics, and their output in Prometheus' text format.
 * All counters are atomic; any thread may count and read at any time.
 */
#ifndef NG_SERVER_STATE_METRICS_H
#define NG_SERVER_STATE_METRICS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* The endpoint of a request; names are in metrics.c. */
enum ng_endpoint {
    NG_ENDPOINT_OTHER, /* no such path */
    NG_ENDPOINT_PEER_COUNT,
    NG_ENDPOINT_PEER_FIND,
    NG_ENDPOINT_PEER_DOC,
    NG_ENDPOINT_PEER_INVALID,
    NG_ENDPOINT_COUNT,
    NG_ENDPOINT_LOCATE,
    NG_ENDPOINT_FIND,
    NG_ENDPOINT_NEXT,
    NG_ENDPOINT_COMPARE,
    NG_ENDPOINT_DOC,
    NG_ENDPOINT_BATCH,
    NG_ENDPOINT_CONTAM,
    NG_ENDPOINT_TRACE,
    NG_ENDPOINT_BENCHMARK, /* a file of one, read into entries */
    NG_ENDPOINT_PART, /* questions of another server, which has the index as a part */
    NG_ENDPOINT_INDEXES,
    NG_ENDPOINT_PAGE,
    NG_ENDPOINT_PAGE_STYLE,
    NG_ENDPOINT_PAGE_SCRIPT,
    NG_ENDPOINT_OPENAPI,
    NG_ENDPOINT_LIVEZ,
    NG_ENDPOINT_READYZ,
    NG_ENDPOINT_METRICS,
    NG_ENDPOINT_BULLETIN,   /* the files of a site */
    NG_ENDPOINT_BENCHMARKS, /* its upload page, and what is uploaded */
    NG_ENDPOINT_BENCHMARKS_STATE,
    NG_ENDPOINTS
};

/* The name used in the labels of metrics and in the access log. */
const char *ng_endpoint_name(enum ng_endpoint endpoint);

enum { NG_METRICS_BUCKETS = 14, NG_METRICS_CODES = 600 };

struct ng_metrics {
    struct {
        _Atomic uint64_t by_code[NG_METRICS_CODES]; /* of HTTP */
        _Atomic uint64_t buckets[NG_METRICS_BUCKETS + 1]; /* the last: longer than every bound */
        _Atomic uint64_t nanoseconds;
    } endpoints[NG_ENDPOINTS];
    _Atomic uint64_t queued;    /* requests that wait for a thread, at the moment */
    _Atomic uint64_t moved_ns;  /* when a thread last took one, or one came while none waited */
    _Atomic uint64_t running;   /* requests that a thread works on, at the moment */
    _Atomic uint64_t cancelled; /* requests whose client disconnected before the answer */
    _Atomic uint64_t reloads;
    _Atomic uint64_t reload_failures;
};

/* Counts a request, its HTTP status and the nanoseconds it took. */
void ng_metrics_count(struct ng_metrics *metrics, enum ng_endpoint endpoint, int status, uint64_t nanoseconds);

/* Count requests that begin to wait for a thread, and that a thread takes. Times are CLOCK_MONOTONIC. */
void ng_metrics_queue(struct ng_metrics *metrics, uint64_t requests, uint64_t now_ns);
void ng_metrics_take(struct ng_metrics *metrics, uint64_t requests, uint64_t now_ns);

/* Whether requests are waiting and no thread has taken one for NG_STALLED_SECONDS: all are busy with long work. */
bool ng_metrics_stalled(const struct ng_metrics *metrics, uint64_t now_ns);

struct ng_registry;

/* Writes all metrics, including those of the indexes and the process. */
void ng_metrics_write(struct ng_metrics *metrics, struct ng_registry *registry, FILE *out);

#endif
