/* The options of benchmark files on a command line: each for all of them, or as BENCHMARK:VALUE for one. */
#ifndef NG_QUERY_ARGS_BENCHMARKS_H
#define NG_QUERY_ARGS_BENCHMARKS_H

#include "common/cli/options.h"
#include "query/benchmark/benchmark.h"

enum { NG_CMD_BENCHMARK_VALUES = 128, NG_CMD_BENCHMARK_FIELDS = 32 };

struct ng_cmd_benchmark_value {
    char option; /* of ng_cmd_benchmarks_take_... */
    const char *text;
    size_t owner_length; /* of "NAME", the benchmark that it is for; 0: for all */
};

struct ng_cmd_benchmarks {
    struct ng_cmd_benchmark_value values[NG_CMD_BENCHMARK_VALUES]; /* borrowed from argv */
    size_t count;
    bool no_header;
    bool tsv_raw;
};

/* Those of one benchmark. */
struct ng_cmd_benchmark {
    struct ng_benchmark_options options;
    const char *fields[NG_CMD_BENCHMARK_FIELDS];
};

/* For a command's table of options. */
#define NG_CMD_BENCHMARK_OPTIONS(benchmarks)                                                             \
    {.name = "field", .letter = 'f', .take = ng_cmd_benchmarks_take_field, .to = (benchmarks)},          \
    {.name = "id-field", .take = ng_cmd_benchmarks_take_id, .to = (benchmarks)},                         \
    {.name = "answer-field", .take = ng_cmd_benchmarks_take_answer, .to = (benchmarks)},                 \
    {.name = "entries", .take = ng_cmd_benchmarks_take_entries, .to = (benchmarks)},                     \
    {.name = "no-header", .flag = &(benchmarks)->no_header},                                             \
    {.name = "tsv-raw", .flag = &(benchmarks)->tsv_raw}

/* Add a value to the struct ng_cmd_benchmarks at to. Errors: NG_ERR_USAGE. */
int ng_cmd_benchmarks_take_field(const char *text, void *to, struct ng_err *err);
int ng_cmd_benchmarks_take_id(const char *text, void *to, struct ng_err *err);
int ng_cmd_benchmarks_take_answer(const char *text, void *to, struct ng_err *err);
int ng_cmd_benchmarks_take_entries(const char *text, void *to, struct ng_err *err);

/* Tells a benchmark's name, so that "NAME:" before a value is known from a field's name that holds a colon. To be called for
 * all benchmarks before the first of ng_cmd_benchmarks_settle. */
void ng_cmd_benchmarks_name(struct ng_cmd_benchmarks *benchmarks, const char *name);

/* The options of the benchmark of that name: its own, or those for all where it has none of a kind. *one must outlive the
 * file that is opened with them. Errors: NG_ERR_USAGE. */
int ng_cmd_benchmarks_settle(const struct ng_cmd_benchmarks *benchmarks, const char *name, struct ng_cmd_benchmark *one,
                             struct ng_err *err);

/* The last value that was given for --id-field or --answer-field, with its benchmark; NULL: none. */
const char *ng_cmd_benchmarks_id(const struct ng_cmd_benchmarks *benchmarks);
const char *ng_cmd_benchmarks_answer(const struct ng_cmd_benchmarks *benchmarks);

#endif
