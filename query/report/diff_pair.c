/* Which benchmarks of two reports are the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/json/in.h"
#include "common/os/file.h"
#include "query/report/diff.h"

/* Depths in report.json: its members; the array of benchmarks; a benchmark's members. */
enum { REPORT = 1, BENCHMARKS, BENCHMARK };

struct parse {
    struct ng_json_in in;
    struct ng_buf found; /* of struct ng_report_diff_benchmark */
    bool in_benchmarks;
    char **wanted; /* where the next value goes; NULL: nowhere */
    struct ng_err *err;
};

static struct ng_report_diff_benchmark *last_of(struct parse *parse) {
    struct ng_report_diff_benchmark *all = (struct ng_report_diff_benchmark *)(void *)parse->found.data;
    size_t count = parse->found.length / sizeof *all;
    return count > 0 ? &all[count - 1] : NULL;
}

static bool is(const uint8_t *key, size_t length, const char *name) {
    return length == strlen(name) && memcmp(key, name, length) == 0;
}

static int take(void *context, enum ng_json_event event, const uint8_t *bytes, size_t length) {
    struct parse *parse = context;
    unsigned depth = parse->in.depth;
    if (event == NG_JSON_KEY && depth == REPORT) parse->in_benchmarks = is(bytes, length, "benchmarks");
    if (!parse->in_benchmarks) return NG_OK;
    if (event == NG_JSON_OBJECT && depth == BENCHMARKS) {
        struct ng_report_diff_benchmark none = {0};
        return ng_buf_append(&parse->found, &none, sizeof none, parse->err);
    }
    struct ng_report_diff_benchmark *last = last_of(parse);
    if (depth != BENCHMARK || !last) return NG_OK;
    if (event == NG_JSON_KEY) {
        parse->wanted = is(bytes, length, "name") ? &last->name : is(bytes, length, "xxh3_128") ? &last->hash : NULL;
        return NG_OK;
    }
    if (parse->wanted && event == NG_JSON_STRING && !*parse->wanted) {
        *parse->wanted = strndup((const char *)bytes, length);
        if (!*parse->wanted) return ng_err_nomem(parse->err, length, "a benchmark of a report");
    }
    parse->wanted = NULL;
    return NG_OK;
}

static void free_benchmarks(struct ng_report_diff_benchmark *benchmarks, size_t count) {
    for (size_t i = 0; i < count; i++) {
        free(benchmarks[i].name);
        free(benchmarks[i].hash);
        free(benchmarks[i].paired);
    }
    free(benchmarks);
}

static int read_benchmarks(const char *folder, struct ng_report_diff_benchmark **benchmarks, size_t *count,
                           struct ng_err *err) {
    struct ng_map map = {0};
    char *path = NULL;
    struct parse parse = {.in = {.take = take, .deepest = BENCHMARK, .any_bytes = true}, .err = err};
    parse.in.context = &parse;
    int status = ng_report_diff_path(&path, folder, "report.json", err);
    if (!status) status = ng_map_open(&map, path, false, err);
    if (!status) status = ng_json_read(&parse.in, map.data ? map.data : (const uint8_t *)"", (size_t)map.length_bytes, err);
    if (status && parse.in.reason[0]) status = ng_err_set(err, status, "%s: %s", path, parse.in.reason);
    *benchmarks = (struct ng_report_diff_benchmark *)(void *)parse.found.data; /* from malloc: aligned for any type */
    *count = parse.found.length / sizeof **benchmarks;
    for (size_t i = 0; i < *count && !status; i++) {
        struct ng_report_diff_benchmark *one = &(*benchmarks)[i];
        if (!one->name) status = ng_err_set(err, NG_ERR_INPUT, "%s: a benchmark has no name", path);
        else if (!one->hash && !(one->hash = strdup(""))) status = ng_err_nomem(err, 1, "a benchmark of a report");
    }
    ng_map_close(&map);
    free(path);
    return status;
}

static int join(struct ng_report_diff_benchmark *a, struct ng_report_diff_benchmark *b, bool by_name, struct ng_err *err) {
    a->by_name = b->by_name = by_name;
    a->paired = strdup(a->name);
    b->paired = strdup(a->name);
    return a->paired && b->paired ? NG_OK : ng_err_nomem(err, strlen(a->name), "the name of a benchmark");
}

/* Pairs what is not paired yet: the same file under the same name, then under any; then the same name. */
static int pair(struct ng_report_diff *diff, bool same_hash, bool same_name, struct ng_err *err) {
    for (size_t a = 0; a < diff->benchmark_count_a; a++) {
        struct ng_report_diff_benchmark *x = &diff->benchmarks_a[a];
        for (size_t b = 0; b < diff->benchmark_count_b && !x->paired; b++) {
            struct ng_report_diff_benchmark *y = &diff->benchmarks_b[b];
            bool fits = !y->paired && (!same_hash || (x->hash[0] && strcmp(x->hash, y->hash) == 0)) &&
                        (!same_name || strcmp(x->name, y->name) == 0);
            int status = fits ? join(x, y, !same_hash, err) : NG_OK;
            if (status) return status;
        }
    }
    return NG_OK;
}

/* What has no partner keeps its name, unless that is taken by a pair. */
static int name_rest(struct ng_report_diff *diff, struct ng_report_diff_benchmark *benchmarks, size_t count, struct ng_err *err) {
    for (size_t i = 0; i < count; i++) {
        if (benchmarks[i].paired) continue;
        bool taken = false;
        for (size_t a = 0; a < diff->benchmark_count_a; a++) {
            const struct ng_report_diff_benchmark *other = &diff->benchmarks_a[a];
            taken = taken || (other != &benchmarks[i] && strcmp(other->name, benchmarks[i].name) == 0);
        }
        if (asprintf(&benchmarks[i].paired, "%s%s", benchmarks[i].name, taken ? " (another file)" : "") < 0) {
            benchmarks[i].paired = NULL;
            return ng_err_nomem(err, strlen(benchmarks[i].name), "the name of a benchmark");
        }
    }
    return NG_OK;
}

int ng_report_diff_pair(struct ng_report_diff *diff, const char *folder_a, const char *folder_b, struct ng_err *err) {
    int status = read_benchmarks(folder_a, &diff->benchmarks_a, &diff->benchmark_count_a, err);
    if (!status) status = read_benchmarks(folder_b, &diff->benchmarks_b, &diff->benchmark_count_b, err);
    if (!status) status = pair(diff, true, true, err);
    if (!status) status = pair(diff, true, false, err);
    if (!status) status = pair(diff, false, true, err);
    if (!status) status = name_rest(diff, diff->benchmarks_a, diff->benchmark_count_a, err);
    if (!status) status = name_rest(diff, diff->benchmarks_b, diff->benchmark_count_b, err);
    return status;
}

void ng_report_diff_unpair(struct ng_report_diff *diff) {
    free_benchmarks(diff->benchmarks_a, diff->benchmark_count_a);
    free_benchmarks(diff->benchmarks_b, diff->benchmark_count_b);
}
