#include <inttypes.h>
#include <stdlib.h>

#include "common/json/out.h"
#include "common/os/parallel.h"
#include "query/args/queries.h"
#include "query/cli/cmd.h"

static const char HELP[] =
    "Usage: ngidx count PHRASE [options]\n"
    "       ngidx count --queries FILE [options]\n"
    "\n"
    "Prints how often a phrase occurs in all documents of an index. A phrase is bytes, taken exactly: case,\n"
    "blanks and accents count. Occurrences may overlap; none crosses the end of a document. The empty phrase\n"
    "counts every byte and the end of every document.\n"
    "\n"
    "Options:\n"
    "  -i, --index INDEX   the index (default: $NGIDX_INDEX, else ./index.ngidx)\n"
    "      --queries FILE  count every line of FILE (- for standard input), a number a line, in their order.\n"
    "                      Lines end with LF and are taken exactly: a CR before it belongs to the phrase, and\n"
    "                      an empty line is the empty phrase\n"
    "      --view VIEW     search the exact or the folded text (default: exact where the index has it); a phrase is\n"
    "                      folded as the text was\n"
    "      --threads N     threads for --queries (default: one a processor)\n"
    "  -0, --null          phrases of FILE end with a NUL byte instead, so that they may hold LF\n"
    "      --json          one object a line: {\"query\":...,\"count\":N}\n"
    "  -h, --help          this text\n"
    "\n"
    "Exit code: 0 found (with --queries: at least one), 1 nothing found, 2 error.\n"
    "\n"
    "Examples:\n"
    "  ngidx count 'the quick brown fox'\n"
    "  ngidx count -i wiki.ngidx --json \"$(printf 'line one\\nline two')\"\n"
    "  ngidx count --queries phrases.txt\n"
    "  ngidx count -- '--starts with a dash'\n";

struct options {
    const char *index;
    const char *queries;
    const char *view; /* NULL: the default */
    unsigned threads; /* 0: one a processor */
    bool null;        /* phrases of the file end with NUL instead of LF */
    bool json;
};

/* json is NULL where the answer is to be a plain number. */
static void print_count(struct ng_json *json, struct ng_bytes phrase, uint64_t count) {
    if (!json) {
        (void)printf("%" PRIu64 "\n", count);
        return;
    }
    ng_json_object_begin(json);
    ng_json_member_string(json, "query", phrase.data, phrase.length_bytes);
    ng_json_member_u64(json, "count", count);
    ng_json_object_end(json);
    ng_json_end_line(json);
}

static int count_phrase(const struct ng_index *index, const char *argument, struct ng_json *json, bool *found,
                        struct ng_err *err) {
    struct ng_bytes phrase = ng_cmd_phrase(argument);
    struct ng_bytes *phrases = NULL;
    uint64_t count = 0;
    int status = ng_index_phrases(index, &phrase, 1, &phrases, err);
    if (!status) status = ng_index_count(index, *phrases, &count, err);
    ng_phrases_free(phrases);
    if (status) return status;
    print_count(json, phrase, count);
    *found = count > 0;
    return NG_OK;
}

/* Phrases whose searches are interleaved by one thread: enough to keep memory busy. */
enum { SLICE = 512 };

struct batch {
    const struct ng_index *index;
    struct ng_bytes *phrases;
    size_t phrase_count;
    uint64_t *counts;
};

static int count_slice(void *context, uint64_t turn, struct ng_err *err) {
    const struct batch *batch = context;
    size_t first = (size_t)turn * SLICE;
    size_t left = batch->phrase_count - first;
    return ng_index_count_batch(batch->index, batch->phrases + first, left < SLICE ? left : SLICE,
                                batch->counts + first, err);
}

static int count_batch(const struct ng_index *index, const struct ng_queries *queries, unsigned threads,
                       struct ng_json *json, bool *found, struct ng_err *err) {
    struct batch batch = {.index = index, .phrase_count = queries->phrase_count};
    batch.counts = calloc(queries->phrase_count, sizeof *batch.counts);
    if (!batch.counts) return ng_err_nomem(err, queries->phrase_count * sizeof *batch.counts, "the counts of a batch");
    uint64_t slices = (queries->phrase_count + SLICE - 1) / SLICE;
    int status = ng_index_phrases(index, queries->phrases, queries->phrase_count, &batch.phrases, err);
    if (!status) status = ng_parallel_run(ng_parallel_threads(threads), slices, count_slice, &batch, err);
    for (size_t i = 0; !status && i < queries->phrase_count; i++) {
        print_count(json, queries->phrases[i], batch.counts[i]);
        if (batch.counts[i] > 0) *found = true;
    }
    ng_phrases_free(batch.phrases);
    free(batch.counts);
    return status;
}

static int count_queries(const struct ng_index *index, const struct options *options, struct ng_json *json,
                         bool *found, struct ng_err *err) {
    struct ng_queries queries;
    int status = ng_queries_open(&queries, options->queries, options->null ? '\0' : '\n', err);
    while (!status) {
        status = ng_queries_next(&queries, err);
        if (status || queries.phrase_count == 0) break;
        status = count_batch(index, &queries, options->threads, json, found, err);
        (void)fflush(stdout); /* whoever writes the queries to a pipe may wait for the answers */
        if (ng_cli_output_lost()) break;
    }
    ng_queries_close(&queries);
    return status;
}

static int answer(int argc, char **argv, void *context, struct ng_err *err) {
    const struct options *options = context;
    struct ng_index *index = NULL;
    const struct ng_index *view = NULL;
    struct ng_json json = {0};
    bool found = false;
    if (options->null && !options->queries)
        return ng_err_set(err, NG_ERR_USAGE, "count: -0 is for the file of --queries");
    int status = ng_cli_expect_arguments(argc, argv, options->queries ? 0 : 1, "PHRASE", err);
    if (!status) status = ng_cmd_open_view(&index, &view, options->index, options->view, err);
    if (!status && options->json) status = ng_json_init(&json, stdout, err);
    if (!status) {
        struct ng_json *writer = options->json ? &json : NULL;
        status = options->queries ? count_queries(view, options, writer, &found, err)
                                  : count_phrase(view, argv[optind], writer, &found, err);
    }
    ng_json_free(&json);
    ng_index_close(index);
    return status || found ? status : NG_EXIT_NONE;
}

static int run(int argc, char **argv) {
    struct options options = {0};
    const struct ng_cli_option table[] = {NG_CLI_OPTION_INDEX(&options.index), NG_CLI_OPTION_JSON(&options.json),
                                          {.name = "view", .text = &options.view},
                                          {.name = "queries", .text = &options.queries},
                                          {.name = "threads", .threads = &options.threads},
                                          {.name = "null", .letter = '0', .flag = &options.null},
                                          {0}};
    return ng_cli_run(argc, argv, HELP, table, answer, &options);
}

const struct ng_cli_command ng_cmd_count = {"count", "how often a phrase, or each of many, occurs", HELP, run};
