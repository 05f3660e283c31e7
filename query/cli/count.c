#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/json/explored.h"
#include "common/os/parallel.h"
#include "query/args/conditions.h"
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
    "With --docs, prints how many documents hold the phrase. Up to --docs-limit occurrences that is exact. Beyond, it is\n"
    "estimated from a random sample; a message on standard error tells the 95 % confidence interval.\n"
    "\n"
    "With --and, --or or --not, counts the occurrences of PHRASE, and of its alternatives, that meet the conditions. The\n"
    "rarest phrase is located and its documents are checked. If that reaches a limit, a message says so, and the number\n"
    "is what was found until then.\n"
    "\n"
    "Options:\n"
    "  -i, --index INDEX   the index (default: $NGIDX_INDEX, else ./index.ngidx). If repeated, the sum over all\n"
    "                      indexes is followed by the count in each, as NAME=N after a TAB; -i NAME=INDEX gives an\n"
    "                      index a name\n"
    "      --docs          count documents instead of occurrences\n"
    "      --queries FILE  count every line of FILE (- for standard input) and print one number per line, in order.\n"
    "                      Lines end with LF or CRLF and are matched exactly; an empty line is the empty phrase\n"
    "      --view VIEW     search the exact or the folded text (default: exact if the index has it); for folded text\n"
    "                      the phrase is folded, too\n"
    "      --threads N     threads for --queries, --docs and conditions (default: one per processor)\n"
    "  -0, --null          phrases of FILE end with a NUL byte, so that they may contain LF or end in CR\n"
    "      --json          one object per line: {\"query\":...,\"count\":N}, with several indexes also\n"
    "                      \"indexes\":[{\"index\":NAME,\"count\":N},...]. With --docs also documents,\n"
    "                      documents_exact and, for an estimate, documents_low, documents_high, sampled. With\n"
    "                      conditions also documents, exact and, if it is cut, unlocated (occurrences) and\n"
    "                      unread_documents\n"
    "\n"
    "Conditions:\n"
    NG_CMD_HELP_CONDITIONS
    "\n"
    "Limits:\n"
    "      --docs-limit N   occurrences to follow to their documents (default 1000000)\n"
    "      --text-limit SIZE  text of documents to read for conditions (default 256M)\n"
    "      --seed S         of the sample (default 0)\n"
    NG_CMD_HELP_REMOTE
    "\n"
    "  -h, --help          show this help\n"
    "\n"
    "Exit code: 0 found (with --queries: at least one), 1 nothing found, 2 error (an empty FILE, too).\n"
    "\n"
    "Examples:\n"
    "  ngidx count 'the quick brown fox'\n"
    "  ngidx count -i wiki.ngidx --json \"$(printf 'line one\\nline two')\"\n"
    "  ngidx count --queries phrases.txt\n"
    "  ngidx count --docs 'lorem ipsum'\n"
    "  ngidx count 'climate' --and 'tax' --not 'hoax' --within 500\n"
    "  ngidx count -- '--starts with a dash'\n";

struct options {
    struct ng_cmd_indexes indexes;
    const char *queries;
    const char *view; /* NULL: the default */
    struct ng_cmd_conditions conditions;
    uint64_t seed;
    bool docs;        /* count documents */
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
    ng_cmd_indexes_put_missing(indexes, json);
    ng_json_object_end(json);
    ng_json_end_line(json);
}

/* What documents hold of a phrase in one index, or in all. */
struct held {
    struct ng_docs_count docs;
    struct ng_match_totals totals;
};

/* As hypot, whose symbol needs a glibc newer than all else here does. Counts do not overflow when squared. */
static double root_of_squares(double a, double b) {
    return sqrt(a * a + b * b);
}

/* The documents of several indexes together: the errors of estimates are independent of each other. */
static void add_docs(struct ng_docs_count *sum, const struct ng_docs_count *docs) {
    double below = root_of_squares((double)(sum->documents - sum->low), (double)(docs->documents - docs->low));
    double above = root_of_squares((double)(sum->high - sum->documents), (double)(docs->high - docs->documents));
    sum->hits += docs->hits;
    sum->documents += docs->documents;
    sum->sampled += docs->sampled;
    sum->exact = sum->exact && docs->exact;
    sum->low = sum->documents - (uint64_t)below;
    sum->high = sum->documents + (uint64_t)above;
}

static void add_totals(struct ng_match_totals *sum, const struct ng_match_totals *totals) {
    sum->hits += totals->hits;
    sum->documents += totals->documents;
    sum->unlocated_hits += totals->unlocated_hits;
    sum->unread_documents += totals->unread_documents;
    sum->cut = sum->cut || totals->cut;
}

static void put_held(struct ng_json *json, const struct options *options, const struct held *held) {
    if (options->conditions.added > 0) {
        ng_json_match_totals(json, &held->totals);
    } else {
        ng_json_member_u64(json, "count", held->docs.hits);
        ng_json_docs_count(json, &held->docs);
    }
}

static uint64_t number_of(const struct options *options, const struct held *held) {
    if (options->conditions.added == 0) return held->docs.documents;
    return options->docs ? held->totals.documents : held->totals.hits;
}

/* held: one an index, then the sum. */
static void print_held(struct answers *answers, const struct options *options, struct ng_bytes phrase,
                       const struct held *held) {
    const struct ng_cmd_indexes *indexes = answers->indexes;
    const struct held *sum = &held[indexes->count];
    struct ng_json *json = answers->json;
    answers->found = answers->found || number_of(options, sum) > 0;
    if (!json) {
        (void)printf("%" PRIu64, number_of(options, sum));
        for (size_t k = 0; indexes->count > 1 && k < indexes->count; k++) {
            (void)putchar('\t');
            ng_cli_print_visible(stdout, (const uint8_t *)indexes->named[k].name, strlen(indexes->named[k].name));
            (void)printf("=%" PRIu64, number_of(options, &held[k]));
        }
        (void)putchar('\n');
        ng_cmd_tell_cut(&sum->totals);
        if (options->conditions.added > 0 || sum->docs.exact) return;
        (void)fprintf(stderr, "estimated from %" PRIu64 " of %" PRIu64 " occurrences; 95 %% confidence: %" PRIu64
                      " to %" PRIu64 " documents\n", sum->docs.sampled, sum->docs.hits, sum->docs.low, sum->docs.high);
        return;
    }
    ng_json_object_begin(json);
    ng_json_member_string(json, "query", phrase.data, phrase.length_bytes);
    put_held(json, options, sum);
    if (indexes->count > 1) ng_json_member_array(json, "indexes");
    for (size_t k = 0; indexes->count > 1 && k < indexes->count; k++) {
        ng_json_object_begin(json);
        ng_json_member_text(json, "index", indexes->named[k].name);
        put_held(json, options, &held[k]);
        ng_json_object_end(json);
    }
    if (indexes->count > 1) ng_json_array_end(json);
    ng_json_object_end(json);
    ng_json_end_line(json);
}

static int count_held(const struct options *options, const struct ng_index *view, struct ng_bytes phrase,
                      struct held *held, struct ng_err *err) {
    const struct ng_cmd_conditions *conditions = &options->conditions;
    if (conditions->added > 0) {
        struct ng_matches *matches;
        int status = ng_cmd_conditions_open(conditions, view, phrase, false, true, &matches, err);
        if (status) return status;
        ng_matches_get_totals(matches, &held->totals);
        ng_matches_close(matches);
        return NG_OK;
    }
    const struct ng_docs_options docs = {
        .most_hits = conditions->most_hits, .seed = options->seed, .threads = conditions->threads};
    struct ng_bytes *phrases = NULL;
    int status = ng_index_phrases(view, &phrase, 1, &phrases, err);
    if (!status) status = ng_index_count_docs(view, *phrases, &docs, &held->docs, err);
    ng_phrases_free(phrases);
    return status;
}

/* Counts documents, or what meets conditions. */
static int count_documents(const struct options *options, struct ng_bytes phrase, struct answers *answers,
                           struct ng_err *err) {
    struct held held[NG_MAX_CONTAM_INDEXES + 1] = {0};
    size_t count = answers->indexes->count;
    held[count].docs.exact = true;
    for (size_t k = 0; k < count; k++) {
        int status = count_held(options, answers->indexes->views[k], phrase, &held[k], err);
        if (status) return status;
        add_docs(&held[count].docs, &held[k].docs);
        add_totals(&held[count].totals, &held[k].totals);
    }
    print_held(answers, options, phrase, held);
    return NG_OK;
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

/* Each thread takes its share of a batch at once, as many phrases together take fewer steps than apart. A slice has at
 * least so many: enough to keep memory busy. */
enum { LEAST_SLICE = 512 };

struct batch {
    const struct ng_index *index;
    struct ng_bytes *phrases;
    size_t phrase_count;
    size_t slice;
    uint64_t *counts;
};

static int count_slice(void *context, uint64_t turn, struct ng_err *err) {
    const struct batch *batch = context;
    size_t first = (size_t)turn * batch->slice;
    size_t left = batch->phrase_count - first;
    return ng_index_count_batch(batch->index, batch->phrases + first, left < batch->slice ? left : batch->slice,
                                batch->counts + first, err);
}

static int count_batch(const struct ng_queries *queries, unsigned threads, struct answers *answers, struct ng_err *err) {
    size_t count = queries->phrase_count;
    size_t index_count = answers->indexes->count;
    threads = ng_parallel_threads(threads);
    size_t slice = (count + threads - 1) / threads;
    if (slice < LEAST_SLICE) slice = LEAST_SLICE;
    uint64_t *counts = calloc(count, index_count * sizeof *counts);
    if (!counts) return ng_err_nomem(err, count * index_count * sizeof *counts, "the counts of a batch");
    int status = NG_OK;
    for (size_t k = 0; k < index_count && !status; k++) {
        struct batch batch = {.index = answers->indexes->views[k], .phrase_count = count, .slice = slice,
                              .counts = counts + k * count};
        status = ng_index_phrases(batch.index, queries->phrases, count, &batch.phrases, err);
        if (!status) {
            status = ng_parallel_run(threads, (count + slice - 1) / slice, count_slice, &batch, err);
        }
        ng_phrases_free(batch.phrases);
    }
    for (size_t i = 0; !status && i < count; i++) print_counts(answers, queries->phrases[i], counts + i, count);
    free(counts);
    return status;
}

static int count_queries(const struct options *options, struct answers *answers, struct ng_err *err) {
    struct ng_queries queries;
    bool any = false;
    int status = ng_queries_open(&queries, options->queries, options->null ? '\0' : '\n', err);
    while (!status) {
        bool crlf = queries.crlf;
        status = ng_queries_next(&queries, err);
        if (!status && queries.crlf && !crlf)
            (void)fprintf(stderr, "ngidx: %s: lines end with CRLF, which is not part of the phrases; use -0 for "
                          "phrases that end in CR\n", queries.path);
        if (status || queries.phrase_count == 0) break;
        any = true;
        if (!options->docs) status = count_batch(&queries, options->conditions.threads, answers, err);
        for (size_t i = 0; options->docs && !status && i < queries.phrase_count && !ng_cli_output_lost(); i++) {
            status = count_documents(options, queries.phrases[i], answers, err);
        }
        (void)fflush(stdout); /* whoever writes the queries to a pipe may wait for the answers */
        if (ng_cli_output_lost()) break;
    }
    if (!status && !any) status = ng_err_set(err, NG_ERR_INPUT, "%s holds no phrase", queries.path);
    ng_queries_close(&queries);
    return status;
}

static int answer(int argc, char **argv, void *context, struct ng_err *err) {
    struct options *options = context;
    struct ng_json json = {0};
    if (options->null && !options->queries)
        return ng_err_set(err, NG_ERR_USAGE, "count: -0 needs --queries");
    if (options->conditions.added > 0 && options->queries)
        return ng_err_set(err, NG_ERR_USAGE, "count: --and, --or and --not need a PHRASE, not --queries");
    if (options->conditions.within_bytes != UINT64_MAX && options->conditions.clauses == 0)
        return ng_err_set(err, NG_ERR_USAGE, "count: --within needs --and or --not");
    int status = ng_cli_expect_arguments(argc, argv, options->queries ? 0 : 1, "PHRASE", err);
    if (!status) status = ng_cmd_indexes_open(&options->indexes, err);
    if (!status) status = ng_cmd_indexes_choose(&options->indexes, options->view, err);
    if (!status && options->json) status = ng_json_init(&json, stdout, err);
    struct answers answers = {.indexes = &options->indexes, .json = options->json ? &json : NULL};
    if (!status) {
        status = options->queries ? count_queries(options, &answers, err)
                 : options->docs || options->conditions.added > 0
                     ? count_documents(options, ng_cmd_phrase(argv[optind]), &answers, err)
                     : count_phrase(argv[optind], &answers, err);
    }
    ng_json_free(&json);
    ng_cmd_indexes_tell_missing(&options->indexes);
    return status || answers.found ? status : NG_EXIT_NONE;
}

static int run(int argc, char **argv) {
    struct options options = {.conditions.within_bytes = UINT64_MAX};
    const struct ng_cli_option table[] = {NG_CMD_OPTION_INDEXES(&options.indexes), NG_CLI_OPTION_JSON(&options.json),
                                          {.name = "view", .text = &options.view},
                                          {.name = "queries", .text = &options.queries},
                                          {.name = "docs", .flag = &options.docs},
                                          {.name = "seed", .number = &options.seed, .most = UINT64_MAX},
                                          NG_CMD_OPTIONS_REMOTE(&options.indexes),
                                          NG_CMD_OPTIONS_CONDITIONS(&options.conditions),
                                          {.name = "null", .letter = '0', .flag = &options.null},
                                          {0}};
    return ng_cli_run(argc, argv, HELP, table, answer, &options);
}

const struct ng_cli_command ng_cmd_count = {"count", "how often a phrase, or each of many, occurs", HELP, run};
