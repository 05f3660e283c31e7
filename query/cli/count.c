#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/json/out.h"
#include "common/os/parallel.h"
#include "query/args/indexes.h"
#include "query/args/queries.h"
#include "query/cli/cmd.h"

static const char HELP[] =
    "Usage: ngidx count PHRASE [options]\n"
    "       ngidx count --queries FILE [options]\n"
    "\n"
    "Prints how often a phrase occurs in all documents of an index. A phrase is a string of bytes, matched exactly:\n"
    "case, spaces and accents count. Occurrences may overlap; none crosses the end of a document. The empty phrase\n"
    "counts every byte and the end of every document.\n"
    "\n"
    "Options:\n"
    "  -i, --index INDEX   the index (default: $NGIDX_INDEX, else ./index.ngidx). If repeated, the sum over all\n"
    "                      indexes is followed by the count in each, as NAME=N after a TAB; -i NAME=INDEX gives an\n"
    "                      index a name\n"
    "      --queries FILE  count every line of FILE (- for standard input) and print one number per line, in order.\n"
    "                      Lines end with LF or CRLF and are matched exactly; an empty line is the empty phrase\n"
    "      --view VIEW     search the exact or the folded text (default: exact if the index has it); for folded text\n"
    "                      the phrase is folded, too\n"
    "      --threads N     threads for --queries (default: one per processor)\n"
    "  -0, --null          phrases of FILE end with a NUL byte, so that they may contain LF or end in CR\n"
    "      --json          one object per line: {\"query\":...,\"count\":N}, with several indexes also\n"
    "                      \"indexes\":[{\"index\":NAME,\"count\":N},...]\n"
    "  -h, --help          show this help\n"
    "\n"
    "Exit code: 0 found (with --queries: at least one), 1 nothing found, 2 error.\n"
    "\n"
    "Examples:\n"
    "  ngidx count 'the quick brown fox'\n"
    "  ngidx count -i wiki.ngidx --json \"$(printf 'line one\\nline two')\"\n"
    "  ngidx count --queries phrases.txt\n"
    "  ngidx count -- '--starts with a dash'\n";

struct options {
    struct ng_cmd_indexes indexes;
    const char *queries;
    const char *view; /* NULL: the default */
    unsigned threads; /* 0: one a processor */
    bool null;        /* phrases of the file end with NUL instead of LF */
    bool json;
};

/* Where a phrase's counts go. */
struct answers {
    const struct ng_cmd_indexes *indexes;
    struct ng_json *json; /* NULL: plain numbers */
    bool found;
};

/* counts: one an index, stride apart. */
static void print_counts(struct answers *answers, struct ng_bytes phrase, const uint64_t *counts, size_t stride) {
    const struct ng_cmd_indexes *indexes = answers->indexes;
    struct ng_json *json = answers->json;
    uint64_t sum = 0;
    for (size_t k = 0; k < indexes->count; k++) sum += counts[k * stride];
    answers->found = answers->found || sum > 0;
    if (!json) {
        (void)printf("%" PRIu64, sum);
        for (size_t k = 0; indexes->count > 1 && k < indexes->count; k++) {
            (void)putchar('\t');
            ng_cli_print_visible(stdout, (const uint8_t *)indexes->named[k].name, strlen(indexes->named[k].name));
            (void)printf("=%" PRIu64, counts[k * stride]);
        }
        (void)putchar('\n');
        return;
    }
    ng_json_object_begin(json);
    ng_json_member_string(json, "query", phrase.data, phrase.length_bytes);
    ng_json_member_u64(json, "count", sum);
    if (indexes->count > 1) ng_json_member_array(json, "indexes");
    for (size_t k = 0; indexes->count > 1 && k < indexes->count; k++) {
        ng_json_object_begin(json);
        ng_json_member_text(json, "index", indexes->named[k].name);
        ng_json_member_u64(json, "count", counts[k * stride]);
        ng_json_object_end(json);
    }
    if (indexes->count > 1) ng_json_array_end(json);
    ng_json_object_end(json);
    ng_json_end_line(json);
}

static int count_phrase(const char *argument, struct answers *answers, struct ng_err *err) {
    struct ng_bytes phrase = ng_cmd_phrase(argument);
    uint64_t counts[NG_MAX_CONTAM_INDEXES];
    for (size_t k = 0; k < answers->indexes->count; k++) {
        const struct ng_index *view = answers->indexes->views[k];
        struct ng_bytes *phrases = NULL;
        int status = ng_index_phrases(view, &phrase, 1, &phrases, err);
        if (!status) status = ng_index_count(view, *phrases, &counts[k], err);
        ng_phrases_free(phrases);
        if (status) return status;
    }
    print_counts(answers, phrase, counts, 1);
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

static int count_batch(const struct ng_queries *queries, unsigned threads, struct answers *answers, struct ng_err *err) {
    size_t count = queries->phrase_count;
    size_t index_count = answers->indexes->count;
    uint64_t *counts = calloc(count, index_count * sizeof *counts);
    if (!counts) return ng_err_nomem(err, count * index_count * sizeof *counts, "the counts of a batch");
    int status = NG_OK;
    for (size_t k = 0; k < index_count && !status; k++) {
        struct batch batch = {.index = answers->indexes->views[k], .phrase_count = count, .counts = counts + k * count};
        status = ng_index_phrases(batch.index, queries->phrases, count, &batch.phrases, err);
        if (!status) {
            status = ng_parallel_run(ng_parallel_threads(threads), (count + SLICE - 1) / SLICE, count_slice, &batch, err);
        }
        ng_phrases_free(batch.phrases);
    }
    for (size_t i = 0; !status && i < count; i++) print_counts(answers, queries->phrases[i], counts + i, count);
    free(counts);
    return status;
}

static int count_queries(const struct options *options, struct answers *answers, struct ng_err *err) {
    struct ng_queries queries;
    int status = ng_queries_open(&queries, options->queries, options->null ? '\0' : '\n', err);
    while (!status) {
        bool crlf = queries.crlf;
        status = ng_queries_next(&queries, err);
        if (!status && queries.crlf && !crlf)
            (void)fprintf(stderr, "ngidx: %s: lines end with CRLF, which is not part of the phrases; use -0 for "
                          "phrases that end in CR\n", queries.path);
        if (status || queries.phrase_count == 0) break;
        status = count_batch(&queries, options->threads, answers, err);
        (void)fflush(stdout); /* whoever writes the queries to a pipe may wait for the answers */
        if (ng_cli_output_lost()) break;
    }
    ng_queries_close(&queries);
    return status;
}

static int answer(int argc, char **argv, void *context, struct ng_err *err) {
    struct options *options = context;
    struct ng_json json = {0};
    if (options->null && !options->queries)
        return ng_err_set(err, NG_ERR_USAGE, "count: -0 needs --queries");
    int status = ng_cli_expect_arguments(argc, argv, options->queries ? 0 : 1, "PHRASE", err);
    if (!status) status = ng_cmd_indexes_open(&options->indexes, err);
    if (!status) status = ng_cmd_indexes_choose(&options->indexes, options->view, err);
    if (!status && options->json) status = ng_json_init(&json, stdout, err);
    struct answers answers = {.indexes = &options->indexes, .json = options->json ? &json : NULL};
    if (!status) {
        status = options->queries ? count_queries(options, &answers, err) : count_phrase(argv[optind], &answers, err);
    }
    ng_json_free(&json);
    return status || answers.found ? status : NG_EXIT_NONE;
}

static int run(int argc, char **argv) {
    struct options options = {0};
    const struct ng_cli_option table[] = {NG_CMD_OPTION_INDEXES(&options.indexes), NG_CLI_OPTION_JSON(&options.json),
                                          {.name = "view", .text = &options.view},
                                          {.name = "queries", .text = &options.queries},
                                          {.name = "threads", .threads = &options.threads},
                                          {.name = "null", .letter = '0', .flag = &options.null},
                                          {0}};
    int code = ng_cli_run(argc, argv, HELP, table, answer, &options);
    ng_cmd_indexes_close(&options.indexes);
    return code;
}

const struct ng_cli_command ng_cmd_count = {"count", "how often a phrase, or each of many, occurs", HELP, run};
