#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/limits.h"
#include "query/args/conditions.h"
#include "query/args/indexes.h"
#include "query/cli/hits.h"

static const char HELP[] =
    "Usage: ngidx locate PHRASE [options]\n"
    "\n"
    "Shows where a phrase occurs. Each hit is one line of TAB-separated fields: the document's number, the byte\n"
    "offset in the document, the corpus file and line of the document, and the text around the hit. On a terminal\n"
    "the phrase is bold. Control characters are shown as \\n, \\t, \\x1b; --json gives the exact text.\n"
    "\n"
    "Options:\n"
    "  -i, --index INDEX    the index (default: $NGIDX_INDEX, else ./index.ngidx). If repeated, the indexes are\n"
    "                       searched in order and each line begins with the index's name and a TAB; -i NAME=INDEX\n"
    "                       gives an index a name\n"
    "  -n, --limit N        show at most N hits (default 10)\n"
    "      --all            show all hits\n"
    "      --offset K       skip the first K hits (default 0); the order of hits is always the same\n"
    "      --sample N       show N hits drawn at random, each set of N with the same probability\n"
    "      --seed S         of that sample (default 0): the same seed draws the same hits\n"
    "      --unique-docs    show only the first hit of each document, in the order of documents\n"
    "      --sort doc       in the order of documents, then of offsets\n"
    "      --view VIEW      search the exact or the folded text (default: exact if the index has it). For folded\n"
    "                       text the phrase is folded, too; hits are shown in the original text if the index has it\n"
    "  -C, --context BYTES  text to show before and after the phrase (default 80); never cuts a character\n"
    "      --json           one object per hit and line: index (its name), shard, rank, position, doc, id and url (of\n"
    "                       the document, from its metadata, or null), offset, length (of the phrase, in bytes),\n"
    "                       snippet, snippet_offset (of the snippet in the document), metadata (of the document,\n"
    "                       verbatim), source (path, and line or 0). For folded text also view, text (original or\n"
    "                       folded: what offset, length and snippet refer to; folded if the index has no exact\n"
    "                       text, and in documents over 16 MB), folded_offset, folded_length\n"
    "  -h, --help           show this help\n"
    "\n"
    "Conditions. Hits are those of PHRASE and of its alternatives, in the order of documents:\n"
    NG_CMD_HELP_CONDITIONS
    "\n"
    "Limits for conditions, --unique-docs and --sort doc. If one is reached, a message says so:\n"
    "      --docs-limit N   occurrences to locate (default 1000000)\n"
    "      --text-limit SIZE  text of documents to read (default 256M)\n"
    "      --threads N      threads (default: one per processor)\n"
    NG_CMD_HELP_REMOTE
    "\n"
    "Exit code: 0 found, 1 nothing found, 2 error.\n"
    "\n"
    "Examples:\n"
    "  ngidx locate 'the quick brown fox'\n"
    "  ngidx locate --limit 100 --context 20 'fox'\n"
    "  ngidx locate --sample 20 --seed 1 'the'\n"
    "  ngidx locate 'fox' --and 'dog' --or 'hound' --within 200\n"
    "  ngidx locate --json 'fox' | jq -r .metadata.url\n"
    "  ngidx doc \"$(ngidx locate --json --limit 1 'fox' | jq .doc)\"\n";

enum { DEFAULT_HITS = 10 };

struct options {
    struct ng_cmd_indexes indexes;
    struct ng_cmd_conditions conditions;
    const char *view;
    const char *sort;
    uint64_t limit;
    const char *limit_text; /* NULL: not given */
    uint64_t offset;
    uint64_t sample; /* 0: none */
    uint64_t seed;
    uint64_t context_bytes;
    bool all;
    bool unique_docs;
    bool json;
};

/* The hits to show, numbered over all indexes one behind the other. */
struct page {
    uint64_t first;
    uint64_t end;
    uint64_t total;    /* hits there are */
    uint64_t *numbers; /* of a sample, in ascending order; owned */
    size_t number_count;
};

/* Shows the hits of an index from first on, left of them, some at a time. *total is the number of all. */
static int show_in_order(const struct ng_cmd_hits *to, struct ng_bytes phrase, uint64_t first, uint64_t left,
                         uint64_t *total, struct ng_err *err) {
    size_t most = ng_cmd_hits_at_once(to, phrase.length_bytes);
    struct ng_hit *hits = calloc(most, sizeof *hits);
    struct ng_text_place *places = calloc(most, sizeof *places);
    struct ng_snippet *snippets = calloc(most, sizeof *snippets);
    size_t found = 0;
    int status = hits && places && snippets ? NG_OK : ng_err_nomem(err, most * sizeof *hits, "hits");
    while (!status) {
        size_t wanted = left < most ? (size_t)left : most;
        status = ng_index_show_view(to->view, phrase, first, to->context_bytes, hits, places, snippets, wanted, &found,
                                    total, err);
        if (!status) status = ng_cmd_hits_print(to, hits, NULL, phrase.length_bytes, places, snippets, found, err);
        first += found;
        left -= found;
        if (found == 0 || left == 0 || ng_cli_output_lost()) break;
    }
    free(snippets);
    free(places);
    free(hits);
    return status;
}

static struct ng_cmd_hits hits_of(const struct options *options, size_t k, struct ng_json *json) {
    return (struct ng_cmd_hits){.view = options->indexes.views[k],
                                .name = options->indexes.named[k].name,
                                .show_name = options->indexes.count > 1,
                                .context_bytes = options->context_bytes,
                                .json = options->json ? json : NULL,
                                .color = ng_cli_color(stdout)};
}

/* Goes through the indexes as if their hits stood one behind the other. */
static int locate_in_order(const struct options *options, struct ng_bytes phrase, struct ng_json *json,
                           struct page *page, struct ng_err *err) {
    int status = NG_OK;
    for (size_t k = 0; k < options->indexes.count && !status && !ng_cli_output_lost(); k++) {
        uint64_t hits = 0;
        uint64_t first = page->first > page->total ? page->first - page->total : 0;
        uint64_t left = page->end > page->total + first ? page->end - page->total - first : 0;
        struct ng_cmd_hits to = hits_of(options, k, json);
        struct ng_bytes *phrases = NULL;
        status = ng_index_phrases(to.view, &phrase, 1, &phrases, err);
        if (!status) status = show_in_order(&to, *phrases, first, left, &hits, err);
        ng_phrases_free(phrases);
        page->total += hits;
    }
    return status;
}

/* Hits that are given by numbers: of a phrase or, if matches is not NULL, of those. */
struct numbered {
    const struct ng_matches *matches;
    struct ng_bytes phrase;
};

static int compare_hits(const void *a, const void *b) {
    const struct ng_hit *x = a;
    const struct ng_hit *y = b;
    if (x->doc != y->doc) return x->doc < y->doc ? -1 : 1;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static int show_numbers(const struct ng_cmd_hits *to, const struct numbered *from, const uint64_t *numbers,
                        size_t count, bool sort, struct ng_err *err) {
    size_t most = ng_cmd_hits_at_once(to, from->phrase.length_bytes);
    struct ng_hit *hits = calloc(count + 1, sizeof *hits);
    uint64_t *lengths = calloc(count + 1, sizeof *lengths);
    int status = hits && lengths ? NG_OK : ng_err_nomem(err, count * sizeof *hits, "hits");
    for (size_t i = 0; i < count && !status; i++) lengths[i] = from->phrase.length_bytes;
    if (!status) {
        status = from->matches ? ng_matches_locate(from->matches, numbers, count, hits, lengths, err)
                               : ng_index_locate_numbers(to->view, from->phrase, numbers, count, hits, err);
    }
    if (!status && sort && !from->matches) qsort(hits, count, sizeof *hits, compare_hits);
    for (size_t at = 0; at < count && !status && !ng_cli_output_lost(); at += most) {
        status = ng_cmd_hits_show(to, hits + at, lengths + at, count - at < most ? count - at : most, err);
    }
    free(hits);
    free(lengths);
    return status;
}

/* Shows the hits [first, end) of matches, some at a time. */
static int show_matches(const struct ng_cmd_hits *to, const struct numbered *from, uint64_t first, uint64_t end,
                        struct ng_err *err) {
    uint64_t numbers[NG_CMD_HITS_AT_ONCE];
    int status = NG_OK;
    while (first < end && !status && !ng_cli_output_lost()) {
        size_t count = 0;
        while (count < NG_CMD_HITS_AT_ONCE && first < end) numbers[count++] = first++;
        status = show_numbers(to, from, numbers, count, false, err);
    }
    return status;
}

/* How many hits there are in one index: of the phrase, or of what meets the conditions. */
static int find(const struct options *options, size_t k, struct ng_bytes phrase, bool matching,
                struct ng_matches **matches, struct ng_match_totals *totals, struct ng_err *err) {
    const struct ng_index *view = options->indexes.views[k];
    struct ng_bytes *phrases = NULL;
    int status;
    *totals = (struct ng_match_totals){0};
    if (matching) {
        status = ng_cmd_conditions_open(&options->conditions, view, phrase, options->unique_docs, false, matches, err);
        if (!status) ng_matches_get_totals(*matches, totals);
        return status;
    }
    status = ng_index_phrases(view, &phrase, 1, &phrases, err);
    if (!status) status = ng_index_count(view, *phrases, &totals->hits, err);
    ng_phrases_free(phrases);
    return status;
}

/* Shows what is on the page of one index's hits, which are numbered from passed on. */
static int show_index(const struct options *options, size_t k, struct ng_bytes phrase, const struct ng_matches *matches,
                      uint64_t passed, uint64_t hits, const struct page *page, struct ng_json *json,
                      struct ng_err *err) {
    struct ng_cmd_hits to = hits_of(options, k, json);
    struct ng_bytes *phrases = NULL;
    int status = ng_index_phrases(to.view, &phrase, 1, &phrases, err);
    if (status) return status;
    const struct numbered from = {.matches = matches, .phrase = *phrases};
    if (page->numbers) {
        size_t first = 0;
        while (first < page->number_count && page->numbers[first] < passed) first++;
        size_t end = first;
        while (end < page->number_count && page->numbers[end] < passed + hits) page->numbers[end++] -= passed;
        status = show_numbers(&to, &from, page->numbers + first, end - first, options->sort != NULL, err);
        for (size_t i = first; i < end; i++) page->numbers[i] += passed;
    } else {
        uint64_t first = page->first > passed ? page->first - passed : 0;
        uint64_t end = page->end > passed ? page->end - passed : 0;
        status = show_matches(&to, &from, first, end < hits ? end : hits, err);
    }
    ng_phrases_free(phrases);
    return status;
}

/* Draws the sample, and takes what is wanted of it. */
static int draw(const struct options *options, struct page *page, struct ng_err *err) {
    uint64_t most = options->sample < page->total ? options->sample : page->total;
    page->numbers = calloc((size_t)most + 1, sizeof *page->numbers);
    if (!page->numbers) return ng_err_nomem(err, most * sizeof *page->numbers, "a sample of hits");
    size_t drawn = ng_sample_numbers(page->total, (size_t)most, options->seed, page->numbers);
    size_t first = page->first < drawn ? (size_t)page->first : drawn;
    size_t end = page->end < drawn ? (size_t)page->end : drawn;
    page->number_count = end - first;
    memmove(page->numbers, page->numbers + first, page->number_count * sizeof *page->numbers);
    return NG_OK;
}

/* Finds what meets the conditions in all indexes, or how often the phrase occurs; then shows what is wanted of it. */
static int locate_chosen(const struct options *options, struct ng_bytes phrase, bool matching, struct ng_json *json,
                         struct page *page, struct ng_err *err) {
    struct ng_matches *matches[NG_MAX_CONTAM_INDEXES] = {0};
    struct ng_match_totals totals[NG_MAX_CONTAM_INDEXES];
    uint64_t passed = 0;
    int status = NG_OK;
    for (size_t k = 0; k < options->indexes.count && !status; k++) {
        status = find(options, k, phrase, matching, &matches[k], &totals[k], err);
        if (!status) page->total += totals[k].hits;
    }
    if (!status && options->sample > 0) status = draw(options, page, err);
    for (size_t k = 0; k < options->indexes.count && !status; k++) {
        status = show_index(options, k, phrase, matches[k], passed, totals[k].hits, page, json, err);
        passed += totals[k].hits;
    }
    for (size_t k = 0; k < options->indexes.count; k++) {
        if (!status) ng_cmd_tell_cut(&totals[k]);
        ng_matches_close(matches[k]);
    }
    free(page->numbers);
    return status;
}

static int check(struct options *options, struct ng_err *err) {
    if (options->sort && strcmp(options->sort, "doc") != 0)
        return ng_err_set(err, NG_ERR_USAGE, "locate: --sort takes doc, not '%.40s'", options->sort);
    if (options->all && options->limit_text)
        return ng_err_set(err, NG_ERR_USAGE, "locate: only one of --all and --limit can be used");
    if (options->conditions.within_bytes != UINT64_MAX && options->conditions.clauses == 0)
        return ng_err_set(err, NG_ERR_USAGE, "locate: --within needs --and or --not");
    options->limit = options->all ? UINT64_MAX : options->sample > 0 ? options->sample : DEFAULT_HITS;
    if (!options->limit_text) return NG_OK;
    return ng_cli_parse_number(options->limit_text, "--limit", 0, UINT64_MAX, &options->limit, err);
}

static int locate(int argc, char **argv, void *context, struct ng_err *err) {
    struct options *options = context;
    struct ng_json json = {0};
    int status = ng_cli_expect_arguments(argc, argv, 1, "PHRASE", err);
    if (!status) status = check(options, err);
    if (!status) status = ng_cmd_indexes_open(&options->indexes, err);
    if (!status) status = ng_cmd_indexes_choose(&options->indexes, options->view, err);
    if (!status && options->json) status = ng_json_init(&json, stdout, err);
    if (status) goto out;
    uint64_t limit = options->limit;
    struct page page = {.first = options->offset,
                        .end = options->offset > UINT64_MAX - limit ? UINT64_MAX : options->offset + limit};
    bool matching = options->conditions.added > 0 || options->unique_docs || (options->sort && options->sample == 0);
    struct ng_bytes phrase = ng_cmd_phrase(argv[optind]);
    if (matching || options->sample > 0) status = locate_chosen(options, phrase, matching, &json, &page, err);
    else status = locate_in_order(options, phrase, &json, &page, err);
    if (status) goto out;
    const uint64_t there = options->sample > 0 && options->sample < page.total ? options->sample : page.total;
    status = there <= options->offset ? NG_EXIT_NONE : NG_OK;
    if (there > 0 && there <= options->offset && !options->json)
        (void)fprintf(stderr, "nothing behind --offset %" PRIu64 ": there %s %" PRIu64 " hit%s\n", options->offset,
                      there == 1 ? "is" : "are", there, ng_cli_plural(there));
    if (status) goto out;
    if (!options->json && options->sample > 0)
        (void)fprintf(stderr, "%zu hit%s drawn from %" PRIu64 "\n", page.number_count,
                      ng_cli_plural(page.number_count), page.total);
    else if (!options->json && page.total > page.end)
        (void)fprintf(stderr, "%" PRIu64 " more; --limit and --offset show them\n", page.total - page.end);
out:
    ng_json_free(&json);
    ng_cmd_indexes_tell_missing(&options->indexes);
    return status;
}

static int run(int argc, char **argv) {
    struct options options = {.context_bytes = 80, .conditions.within_bytes = UINT64_MAX};
    const struct ng_cli_option table[] = {
        NG_CMD_OPTION_INDEXES(&options.indexes),
        NG_CLI_OPTION_JSON(&options.json),
        {.name = "view", .text = &options.view},
        {.name = "limit", .letter = 'n', .text = &options.limit_text},
        {.name = "all", .flag = &options.all},
        {.name = "offset", .number = &options.offset, .most = UINT64_MAX},
        {.name = "sample", .number = &options.sample, .least = 1, .most = UINT64_C(100000000)},
        {.name = "seed", .number = &options.seed, .most = UINT64_MAX},
        {.name = "unique-docs", .flag = &options.unique_docs},
        {.name = "sort", .text = &options.sort},
        {.name = "context", .letter = 'C', .number = &options.context_bytes, .most = NG_MAX_CONTEXT_BYTES},
        NG_CMD_OPTIONS_REMOTE(&options.indexes),
        NG_CMD_OPTIONS_CONDITIONS(&options.conditions),
        {0}};
    return ng_cli_run(argc, argv, HELP, table, locate, &options);
}

const struct ng_cli_command ng_cmd_locate = {"locate", "where a phrase occurs, with the text around it", HELP, run};
