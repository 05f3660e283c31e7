#include <inttypes.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/json/explored.h"
#include "query/args/indexes.h"
#include "query/cli/cmd.h"

static const char HELP[] =
    "Usage: ngidx next PHRASE [options]\n"
    "\n"
    "Shows what follows a phrase most often: one line for each continuation, with TAB-separated fields: how often the\n"
    "phrase is followed by it, its share of all occurrences in percent, and the continuation between quotes. Counts are\n"
    "exact. The last lines, on standard error, say how many occurrences these are and how many go on otherwise.\n"
    "\n"
    "A word is a run of letters, marks and numbers, or one other character that is not white space. In scripts without\n"
    "spaces every character is a word. White space before a word belongs to it. If the phrase ends within a word, the\n"
    "rest of that word counts as one.\n"
    "\n"
    "Options:\n"
    "  -i, --index INDEX  the index (default: $NGIDX_INDEX, else ./index.ngidx). If repeated, counts are those of all\n"
    "                     indexes together\n"
    "  -k N               show at most N continuations (default 20)\n"
    "      --words N      continuations of N words (default 1)\n"
    "      --chars N      continuations of N characters (default for folded text: 1), which may be parts of words\n"
    "      --bytes        continuations of one byte; shown as \\xNN if it is not ASCII\n"
    "      --before       what precedes the phrase\n"
    "      --view VIEW    search the exact or the folded text (default: exact if the index has it). Folded text has no\n"
    "                     spaces, so it has no words\n"
    "      --threads N    threads for an index of several shards (default: one per processor)\n"
    "      --json         one object: query, count (occurrences of the phrase), shown (the sum of those below), rest,\n"
    "                     complete (false if the search ended early, so that frequent continuations may be missing), unit,\n"
    "                     length, before, continuations: each with text, count, share, end (true if the document ends\n"
    "                     there), shortened (true if it is longer than 256 bytes), and hex, its bytes, if they are not\n"
    "                     UTF-8\n"
    NG_CMD_HELP_REMOTE_WHOLE
    "\n"
    "  -h, --help         show this help\n"
    "\n"
    "Exit code: 0 found, 1 nothing found, 2 error.\n"
    "\n"
    "Examples:\n"
    "  ngidx next 'the quick'\n"
    "  ngidx next 'the quick' --words 2 -k 5\n"
    "  ngidx next 'fox' --before --json\n";

enum { DEFAULT_CONTINUATIONS = 20 };

struct options {
    struct ng_cmd_indexes indexes;
    const char *view;
    uint64_t most;
    uint64_t words;
    uint64_t chars;
    unsigned threads;
    bool bytes;
    bool before;
    bool json;
};

static int choose_unit(const struct options *options, struct ng_next_options *next, struct ng_err *err) {
    if ((options->words > 0) + (options->chars > 0) + (options->bytes ? 1 : 0) > 1) {
        return ng_err_set(err, NG_ERR_USAGE, "next: only one of --words, --chars and --bytes can be used");
    }
    bool folded = ng_index_text_view(options->indexes.views[0]) == NG_VIEW_FOLDED;
    next->unit = options->bytes                                       ? NG_NEXT_BYTES
                 : options->chars > 0 || (folded && options->words == 0) ? NG_NEXT_CHARACTERS
                                                                      : NG_NEXT_WORDS;
    next->length = options->words > 0 ? options->words : options->chars > 0 ? options->chars : 1;
    return NG_OK;
}

static double percent(uint64_t part, uint64_t whole) {
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

static void print_text(const struct ng_continuation *c, bool bytes) {
    if (bytes && c->length_bytes == 1 && c->text[0] >= 0x80) (void)printf("\\x%02x", c->text[0]);
    else ng_cli_print_visible(stdout, c->text, c->length_bytes);
}

static void print_lines(const struct ng_next *next, const struct ng_next_options *options) {
    for (size_t i = 0; i < next->count; i++) {
        const struct ng_continuation *c = &next->continuations[i];
        (void)printf("%" PRIu64 "\t%.3f\t\"", c->count, percent(c->count, next->hits));
        print_text(c, options->unit == NG_NEXT_BYTES);
        (void)printf("\"%s%s\n", c->at_end ? options->before ? " (the document starts)" : " (the document ends)" : "",
                     c->shortened ? " (shortened)" : "");
    }
    (void)fprintf(stderr, "%" PRIu64 " of %" PRIu64 " occurrences (%.1f %%); %" PRIu64 " %s otherwise\n", next->shown,
                  next->hits, percent(next->shown, next->hits), next->hits - next->shown,
                  options->before ? "begin" : "go on");
    if (!next->complete) {
        (void)fprintf(stderr, "the search was ended early: continuations that are more frequent than the last one may be "
                      "missing\n");
    }
}

static int print_json(struct ng_bytes phrase, const struct ng_next *next, const struct ng_next_options *options,
                      struct ng_err *err) {
    struct ng_json json;
    int status = ng_cmd_json_begin(&json, err);
    if (status) return status;
    ng_json_member_string(&json, "query", phrase.data, phrase.length_bytes);
    ng_json_next(&json, next, options);
    return ng_cmd_json_end(&json);
}

static int show_next(int argc, char **argv, void *context, struct ng_err *err) {
    struct options *options = context;
    struct ng_next_options next_options = {
        .most = (size_t)options->most, .before = options->before, .threads = options->threads};
    struct ng_bytes *phrases = NULL;
    struct ng_next *next = NULL;
    int status = ng_cli_expect_arguments(argc, argv, 1, "PHRASE", err);
    if (!status) status = ng_cmd_indexes_open(&options->indexes, err);
    if (!status) status = ng_cmd_indexes_choose(&options->indexes, options->view, err);
    if (!status) status = choose_unit(options, &next_options, err);
    if (status) return status;
    const struct ng_bytes phrase = ng_cmd_phrase(argv[optind]);
    status = ng_index_phrases(options->indexes.views[0], &phrase, 1, &phrases, err);
    if (!status) {
        status = ng_index_next(options->indexes.views, options->indexes.count, *phrases, &next_options, &next, err);
    }
    ng_phrases_free(phrases);
    if (status) return status;
    if (options->json) status = print_json(phrase, next, &next_options, err);
    else if (next->hits > 0) print_lines(next, &next_options);
    if (!status && next->hits == 0) status = NG_EXIT_NONE;
    ng_next_free(next);
    return status;
}

static int run(int argc, char **argv) {
    struct options options = {.most = DEFAULT_CONTINUATIONS};
    const struct ng_cli_option table[] = {
        NG_CMD_OPTION_INDEXES(&options.indexes),
        NG_CMD_OPTIONS_REMOTE_WHOLE(&options.indexes),
        NG_CLI_OPTION_JSON(&options.json),
        {.name = "view", .text = &options.view},
        {.name = "limit", .letter = 'k', .number = &options.most, .most = NG_MAX_NEXT},
        {.name = "words", .number = &options.words, .least = 1, .most = NG_MAX_NEXT_BYTES},
        {.name = "chars", .number = &options.chars, .least = 1, .most = NG_MAX_NEXT_BYTES},
        {.name = "bytes", .flag = &options.bytes},
        {.name = "before", .flag = &options.before},
        {.name = "threads", .threads = &options.threads},
        {0}};
    return ng_cli_run(argc, argv, HELP, table, show_next, &options);
}

const struct ng_cli_command ng_cmd_next = {"next", "what follows a phrase most often, or precedes it", HELP, run};
