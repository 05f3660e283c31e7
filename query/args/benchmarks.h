/* The options of benchmark files on a command line: each for all of them, or as BENCHMARK:VALUE for one. */
#ifndef NG_QUERY_ARGS_BENCHMARKS_H
#define NG_QUERY_ARGS_BENCHMARKS_H

#include "common/cli/options.h"
#include "common/benchmark/benchmark.h"

enum { NG_CMD_BENCHMARK_VALUES = 128, NG_CMD_BENCHMARK_FIELDS = 32 };

struct ng_cmd_benchmark_value {
    const char *text;
    size_t owner_length; /* of "NAME", the benchmark that it is for; 0: for all */
};

/* The values of an option, in the order they were given. */
struct ng_cmd_benchmark_list {
    struct ng_cmd_benchmark_value values[NG_CMD_BENCHMARK_VALUES]; /* borrowed from argv */
    size_t count;
};

enum ng_cmd_benchmark_option {
    NG_CMD_BENCHMARK_FIELD,
    NG_CMD_BENCHMARK_ID,
    NG_CMD_BENCHMARK_ANSWER,
    NG_CMD_BENCHMARK_ENTRIES,
    NG_CMD_BENCHMARK_LISTS
};

struct ng_cmd_benchmarks {
    struct ng_cmd_benchmark_list lists[NG_CMD_BENCHMARK_LISTS];
    bool no_header;
    bool tsv_raw;
};

/* The options of one benchmark. */
struct ng_cmd_benchmark {
    struct ng_benchmark_options options;
    const char *fields[NG_CMD_BENCHMARK_FIELDS];
};

/* For a command's table of options. */
#define NG_CMD_BENCHMARK_LIST(benchmarks, option) \
    .take = ng_cmd_benchmarks_take, .to = &(benchmarks)->lists[NG_CMD_BENCHMARK_##option]
#define NG_CMD_BENCHMARK_OPTIONS(benchmarks)                                             \
    {.name = "field", .letter = 'f', NG_CMD_BENCHMARK_LIST(benchmarks, FIELD)},          \
    {.name = "id-field", NG_CMD_BENCHMARK_LIST(benchmarks, ID)},                         \
    {.name = "answer-field", NG_CMD_BENCHMARK_LIST(benchmarks, ANSWER)},                 \
    {.name = "entries", NG_CMD_BENCHMARK_LIST(benchmarks, ENTRIES)},                     \
    {.name = "no-header", .flag = &(benchmarks)->no_header},                             \
    {.name = "tsv-raw", .flag = &(benchmarks)->tsv_raw}

/* Adds a value to the struct ng_cmd_benchmark_list at to. Errors: NG_ERR_USAGE. */
int ng_cmd_benchmarks_take(const char *text, void *to, struct ng_err *err);

/* Adds the name of a benchmark, so that "NAME:" before a value differs from the name of a field that contains a colon.
 * Call it for all benchmarks before the first ng_cmd_benchmarks_settle. */
void ng_cmd_benchmarks_name(struct ng_cmd_benchmarks *benchmarks, const char *name);

/* The options of the benchmark with this name: its own, or those for all where it has none of a kind. *one must outlive
 * the file that is opened with them. Errors: NG_ERR_USAGE. */
int ng_cmd_benchmarks_settle(const struct ng_cmd_benchmarks *benchmarks, const char *name, struct ng_cmd_benchmark *one,
                             struct ng_err *err);

/* The last value given for an option, with its benchmark; NULL if there is none. */
const char *ng_cmd_benchmarks_last(const struct ng_cmd_benchmarks *benchmarks, enum ng_cmd_benchmark_option option);

#endif
