#include "server/state/metrics.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "common/base/limits.h"
#include "query/include/ngidx_base.h"
#include "server/state/process.h"
#include "server/state/registry.h"

static const char *const names[NG_ENDPOINTS] = {
    [NG_ENDPOINT_OTHER] = "other",
    [NG_ENDPOINT_PEER_COUNT] = "peer_count",
    [NG_ENDPOINT_PEER_FIND] = "peer_find",
    [NG_ENDPOINT_PEER_DOC] = "peer_get_doc_by_rank",
    [NG_ENDPOINT_PEER_INVALID] = "peer_invalid",
    [NG_ENDPOINT_COUNT] = "count",
    [NG_ENDPOINT_LOCATE] = "locate",
    [NG_ENDPOINT_FIND] = "find",
    [NG_ENDPOINT_NEXT] = "next",
    [NG_ENDPOINT_COMPARE] = "compare",
    [NG_ENDPOINT_DOC] = "doc",
    [NG_ENDPOINT_BATCH] = "batch",
    [NG_ENDPOINT_CONTAM] = "contam",
    [NG_ENDPOINT_TRACE] = "trace",
    [NG_ENDPOINT_BENCHMARK] = "benchmark",
    [NG_ENDPOINT_PART] = "part",
    [NG_ENDPOINT_INDEXES] = "indexes",
    [NG_ENDPOINT_PAGE] = "page",
    [NG_ENDPOINT_PAGE_STYLE] = "page_style",
    [NG_ENDPOINT_PAGE_SCRIPT] = "page_script",
    [NG_ENDPOINT_OPENAPI] = "openapi",
    [NG_ENDPOINT_LIVEZ] = "livez",
    [NG_ENDPOINT_READYZ] = "readyz",
    [NG_ENDPOINT_METRICS] = "metrics",
    [NG_ENDPOINT_BULLETIN] = "bulletin",
    [NG_ENDPOINT_BENCHMARKS] = "benchmarks",
    [NG_ENDPOINT_BENCHMARKS_STATE] = "benchmarks_state",
};

static const uint64_t bounds_us[NG_METRICS_BUCKETS] = {50,    100,    250,    500,     1000,    2500,    5000,
                                                       10000, 50000, 100000, 500000, 1000000, 5000000, 30000000};

const char *ng_endpoint_name(enum ng_endpoint endpoint) {
    return names[endpoint];
}

void ng_metrics_count(struct ng_metrics *metrics, enum ng_endpoint endpoint, int status, uint64_t nanoseconds) {
    size_t code = (size_t)status < NG_METRICS_CODES ? (size_t)status : 0;
    size_t bucket = 0;
    while (bucket < NG_METRICS_BUCKETS && nanoseconds > bounds_us[bucket] * 1000) bucket++;
    (void)atomic_fetch_add_explicit(&metrics->endpoints[endpoint].by_code[code], 1, memory_order_relaxed);
    (void)atomic_fetch_add_explicit(&metrics->endpoints[endpoint].buckets[bucket], 1, memory_order_relaxed);
    (void)atomic_fetch_add_explicit(&metrics->endpoints[endpoint].nanoseconds, nanoseconds, memory_order_relaxed);
}

static uint64_t get(const _Atomic uint64_t *counter) {
    return atomic_load_explicit(counter, memory_order_relaxed);
}

void ng_metrics_queue(struct ng_metrics *metrics, uint64_t requests, uint64_t now_ns) {
    uint64_t before = atomic_fetch_add_explicit(&metrics->queued, requests, memory_order_relaxed);
    if (before == 0) atomic_store_explicit(&metrics->moved_ns, now_ns, memory_order_relaxed);
}

void ng_metrics_take(struct ng_metrics *metrics, uint64_t requests, uint64_t now_ns) {
    atomic_store_explicit(&metrics->moved_ns, now_ns, memory_order_relaxed);
    (void)atomic_fetch_sub_explicit(&metrics->queued, requests, memory_order_relaxed);
    (void)atomic_fetch_add_explicit(&metrics->running, requests, memory_order_relaxed);
}

bool ng_metrics_stalled(const struct ng_metrics *metrics, uint64_t now_ns) {
    uint64_t moved_ns = get(&metrics->moved_ns);
    return get(&metrics->queued) > 0 && now_ns > moved_ns && now_ns - moved_ns > NG_STALLED_SECONDS * UINT64_C(1000000000);
}

static void head(FILE *out, const char *name, const char *type, const char *help) {
    (void)fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void write_requests(const struct ng_metrics *metrics, FILE *out) {
    head(out, "ngidx_requests_total", "counter", "Requests answered, by endpoint and status code.");
    for (size_t e = 0; e < NG_ENDPOINTS; e++) {
        for (size_t c = 0; c < NG_METRICS_CODES; c++) {
            uint64_t count = get(&metrics->endpoints[e].by_code[c]);
            if (count == 0) continue;
            (void)fprintf(out, "ngidx_requests_total{endpoint=\"%s\",code=\"%zu\"} %" PRIu64 "\n", names[e], c, count);
        }
    }
    head(out, "ngidx_request_duration_seconds", "histogram", "From a request's last byte to its answer.");
    for (size_t e = 0; e < NG_ENDPOINTS; e++) {
        uint64_t sum = 0;
        for (size_t b = 0; b <= NG_METRICS_BUCKETS; b++) sum += get(&metrics->endpoints[e].buckets[b]);
        if (sum == 0) continue;
        uint64_t below = 0;
        for (size_t b = 0; b < NG_METRICS_BUCKETS; b++) {
            below += get(&metrics->endpoints[e].buckets[b]);
            (void)fprintf(out, "ngidx_request_duration_seconds_bucket{endpoint=\"%s\",le=\"%g\"} %" PRIu64 "\n",
                          names[e], (double)bounds_us[b] / 1e6, below);
        }
        below += get(&metrics->endpoints[e].buckets[NG_METRICS_BUCKETS]);
        (void)fprintf(out, "ngidx_request_duration_seconds_bucket{endpoint=\"%s\",le=\"+Inf\"} %" PRIu64 "\n", names[e],
                      below);
        (void)fprintf(out, "ngidx_request_duration_seconds_sum{endpoint=\"%s\"} %.9f\n", names[e],
                      (double)get(&metrics->endpoints[e].nanoseconds) / 1e9);
        (void)fprintf(out, "ngidx_request_duration_seconds_count{endpoint=\"%s\"} %" PRIu64 "\n", names[e], below);
    }
}

static void write_indexes(struct ng_registry *registry, FILE *out) {
    static const struct {
        const char *name;
        const char *help;
        size_t offset; /* in struct ng_index_info */
    } values[] = {
        {"ngidx_index_text_bytes", "Bytes of text in the index.", offsetof(struct ng_index_info, text_bytes)},
        {"ngidx_index_documents", "Documents in the index.", offsetof(struct ng_index_info, documents)},
        {"ngidx_index_bytes", "Size of the index's files.", offsetof(struct ng_index_info, index_bytes)},
        {"ngidx_index_shards", "Shards of the index.", offsetof(struct ng_index_info, shards)},
        {"ngidx_index_ready", "1 while no damage was met in the index.", SIZE_MAX},
    };
    for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
        head(out, values[v].name, "gauge", values[v].help);
        for (size_t i = 0; i < ng_registry_count(registry); i++) {
            struct ng_served *served = ng_registry_acquire_number(registry, i);
            uint64_t value = atomic_load(&served->damaged) ? 0 : 1;
            if (values[v].offset != SIZE_MAX) memcpy(&value, (char *)&served->info + values[v].offset, sizeof value);
            (void)fprintf(out, "%s{index=\"%s\"} %" PRIu64 "\n", values[v].name, served->name, value);
            ng_served_release(served);
        }
    }
}

void ng_metrics_write(struct ng_metrics *metrics, struct ng_registry *registry, FILE *out) {
    head(out, "ngidx_build_info", "gauge", "The version.");
    (void)fprintf(out, "ngidx_build_info{version=\"%s\"} 1\n", NGIDX_VERSION);
    write_requests(metrics, out);
    ng_process_write_value(out, "ngidx_queue_length", "gauge", "Requests that wait for a thread.",
                           get(&metrics->queued));
    ng_process_write_value(out, "ngidx_requests_running", "gauge", "Requests that a thread works on.",
                           get(&metrics->running));
    ng_process_write_value(out, "ngidx_requests_cancelled_total", "counter", "Requests whose client went away first.",
                           get(&metrics->cancelled));
    ng_process_write_value(out, "ngidx_reloads_total", "counter", "Indexes opened anew.", get(&metrics->reloads));
    ng_process_write_value(out, "ngidx_reload_failures_total", "counter", "Indexes that could not be opened anew.",
                           get(&metrics->reload_failures));
    write_indexes(registry, out);
    ng_process_write(out);
}
