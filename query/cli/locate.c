#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/base/utf8.h"
#include "common/json/out.h"
#include "query/args/indexes.h"
#include "query/cli/cmd.h"

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
    "      --offset K       skip the first K hits (default 0); the order of hits is always the same\n"
    "      --view VIEW      search the exact or the folded text (default: exact if the index has it). For folded\n"
    "                       text the phrase is folded, too; hits are shown in the original text if the index has it\n"
    "  -C, --context BYTES  text to show before and after the phrase (default 80); never cuts a character\n"
    "      --json           one object per hit and line: index (its name), shard, rank, position, doc, offset,\n"
    "                       length (of the phrase, in bytes), snippet, snippet_offset (of the snippet in the\n"
    "                       document), metadata (of the document, verbatim), source (path, and line or 0). For\n"
    "                       folded text also view, text (original or folded: what offset, length and snippet refer\n"
    "                       to; folded if the index has no exact text, and in documents over 16 MB), folded_offset,\n"
    "                       folded_length\n"
    "  -h, --help           show this help\n"
    "\n"
    "Exit code: 0 found, 1 nothing found, 2 error.\n"
    "\n"
    "Examples:\n"
    "  ngidx locate 'the quick brown fox'\n"
    "  ngidx locate --limit 100 --context 20 'fox'\n"
    "  ngidx locate --json 'fox' | jq -r .metadata.url\n"
    "  ngidx doc \"$(ngidx locate --json --limit 1 'fox' | jq .doc)\"\n";

/* Hits that are held at a time, and the most text that their snippets may take. */
enum { HITS_AT_ONCE = 1024, SNIPPET_BYTES_AT_ONCE = 16 << 20 };

struct options {
    struct ng_cmd_indexes indexes;
    const char *view;
    uint64_t limit;
    uint64_t offset;
    uint64_t context_bytes;
    bool json;
};

/* What is needed to show a hit. */
struct view {
    const struct ng_index *index;
    const char *name;
    bool show_name;
    struct ng_bytes phrase;
    uint64_t context_bytes;
    struct ng_json *json; /* NULL: a line of text */
    bool color;
};

static void print_snippet(const struct view *view, const struct ng_text_place *place, const struct ng_snippet *snippet) {
    const uint8_t *text = snippet->text;
    if (!view->color || view->phrase.length_bytes == 0) {
        ng_cli_print_visible(stdout, text, snippet->length_bytes);
        return;
    }
    uint64_t begin = place->offset - snippet->offset;
    uint64_t end = begin + place->length_bytes;
    if (end > snippet->length_bytes) end = snippet->length_bytes; /* of a long original only so much is shown */
    /* A phrase of bytes may start or end within a character, which is made bold as a whole. */
    while (begin > 0 && ng_utf8_is_continuation(text[begin])) begin--;
    while (end < snippet->length_bytes && ng_utf8_is_continuation(text[end])) end++;
    ng_cli_print_visible(stdout, text, begin);
    (void)fputs("\033[1;31m", stdout);
    ng_cli_print_visible(stdout, text + begin, end - begin);
    (void)fputs("\033[0m", stdout);
    ng_cli_print_visible(stdout, text + end, snippet->length_bytes - end);
}

static void print_line(const struct view *view, const struct ng_hit *hit, const struct ng_text_place *place,
                       const struct ng_snippet *snippet, const struct ng_doc_source *source) {
    if (view->show_name) {
        ng_cli_print_visible(stdout, (const uint8_t *)view->name, strlen(view->name));
        (void)putchar('\t');
    }
    (void)printf("%" PRIu64 "\t%" PRIu64 "\t", hit->doc, place->offset);
    ng_cli_print_visible(stdout, (const uint8_t *)source->path, strlen(source->path));
    if (source->line > 0) (void)printf(":%" PRIu64, source->line);
    (void)putchar('\t');
    print_snippet(view, place, snippet);
    (void)putchar('\n');
}

static int print_hit(const struct view *view, const struct ng_hit *hit, const struct ng_text_place *place,
                     const struct ng_snippet *snippet, struct ng_err *err) {
    struct ng_doc_source source = {0};
    int status = ng_index_doc_source(view->index, hit->doc, &source, err);
    if (status) return status;
    const struct ng_json_shown shown = {.index = view->name, .hit = hit, .place = place, .snippet = snippet, .source = &source,
                                        .folded = ng_index_text_view(view->index) == NG_VIEW_FOLDED,
                                        .phrase_bytes = view->phrase.length_bytes};
    if (view->json) {
        ng_json_hit(view->json, &shown);
        ng_json_end_line(view->json);
    } else {
        print_line(view, hit, place, snippet, &source);
    }
    ng_doc_source_free(&source);
    return NG_OK;
}

static size_t hits_at_once(const struct view *view) {
    uint64_t snippet_bytes = 2 * view->context_bytes + view->phrase.length_bytes + 1;
    if (ng_index_text_view(view->index) == NG_VIEW_FOLDED) {
        snippet_bytes += NG_MAX_ORIGIN_HIT_BYTES + 2 * view->phrase.length_bytes;
    }
    uint64_t hits = SNIPPET_BYTES_AT_ONCE / snippet_bytes;
    return hits < 1 ? 1 : hits < HITS_AT_ONCE ? (size_t)hits : HITS_AT_ONCE;
}

/* Shows the hits of an index from first on, left of them, some at a time. *total is the number of all. */
static int show_hits(const struct view *view, uint64_t first, uint64_t left, uint64_t *total, struct ng_err *err) {
    size_t most = hits_at_once(view);
    struct ng_hit *hits = calloc(most, sizeof *hits);
    struct ng_text_place *places = calloc(most, sizeof *places);
    struct ng_snippet *snippets = calloc(most, sizeof *snippets);
    size_t found = 0;
    int status = NG_OK;
    if (!hits || !places || !snippets) {
        (void)ng_err_nomem(err, most * sizeof *hits, "hits");
        status = NG_ERR_NOMEM;
    }
    while (!status) {
        size_t wanted = left < most ? (size_t)left : most;
        status = ng_index_show_view(view->index, view->phrase, first, view->context_bytes, hits, places, snippets, wanted,
                                    &found, total, err);
        if (status) break;
        for (size_t i = 0; i < found; i++) {
            if (!status && !ng_cli_output_lost()) {
                status = print_hit(view, &hits[i], &places[i], &snippets[i], err);
            }
            ng_snippet_free(&snippets[i]);
        }
        first += found;
        left -= found;
        if (found == 0 || left == 0 || ng_cli_output_lost()) break;
    }
    free(snippets);
    free(places);
    free(hits);
    return status;
}

/* Shows the hits of one index; the phrase is folded as its view was. */
static int locate_one(struct view *view, struct ng_bytes phrase, uint64_t first, uint64_t left, uint64_t *total,
                      struct ng_err *err) {
    struct ng_bytes *phrases = NULL;
    int status = ng_index_phrases(view->index, &phrase, 1, &phrases, err);
    if (!status) {
        view->phrase = *phrases;
        status = show_hits(view, first, left, total, err);
    }
    ng_phrases_free(phrases);
    return status;
}

/* Goes through the indexes as if their hits stood one behind the other. */
static int locate_all(struct view *view, struct ng_bytes phrase, const struct options *options, uint64_t *total,
                      struct ng_err *err) {
    uint64_t end = options->offset > UINT64_MAX - options->limit ? UINT64_MAX : options->offset + options->limit;
    *total = 0;
    for (size_t k = 0; k < options->indexes.count && !ng_cli_output_lost(); k++) {
        uint64_t hits = 0;
        uint64_t first = options->offset > *total ? options->offset - *total : 0;
        uint64_t left = end > *total + first ? end - *total - first : 0;
        view->index = options->indexes.views[k];
        view->name = options->indexes.named[k].name;
        int status = locate_one(view, phrase, first, left, &hits, err);
        if (status) return status;
        *total += hits;
    }
    return NG_OK;
}

static int locate(int argc, char **argv, void *context, struct ng_err *err) {
    struct options *options = context;
    struct ng_json json = {0};
    uint64_t total = 0;
    int status = ng_cli_expect_arguments(argc, argv, 1, "PHRASE", err);
    if (!status) status = ng_cmd_indexes_open(&options->indexes, err);
    if (!status) status = ng_cmd_indexes_choose(&options->indexes, options->view, err);
    if (!status && options->json) status = ng_json_init(&json, stdout, err);
    if (status) goto out;
    struct view view = {.show_name = options->indexes.count > 1,
                        .context_bytes = options->context_bytes,
                        .json = options->json ? &json : NULL,
                        .color = ng_cli_color(stdout)};
    status = locate_all(&view, ng_cmd_phrase(argv[optind]), options, &total, err);
    if (status) goto out;
    if (total <= options->offset) status = NG_EXIT_NONE;
    else if (!options->json && total - options->offset > options->limit)
        (void)fprintf(stderr, "%" PRIu64 " more; --limit and --offset show them\n",
                      total - options->offset - options->limit);
out:
    ng_json_free(&json);
    return status;
}

static int run(int argc, char **argv) {
    struct options options = {.limit = 10, .context_bytes = 80};
    const struct ng_cli_option table[] = {
        NG_CMD_OPTION_INDEXES(&options.indexes),
        NG_CLI_OPTION_JSON(&options.json),
        {.name = "view", .text = &options.view},
        {.name = "limit", .letter = 'n', .number = &options.limit, .most = UINT64_MAX},
        {.name = "offset", .number = &options.offset, .most = UINT64_MAX},
        {.name = "context", .letter = 'C', .number = &options.context_bytes, .most = NG_MAX_CONTEXT_BYTES},
        {0}};
    int code = ng_cli_run(argc, argv, HELP, table, locate, &options);
    ng_cmd_indexes_close(&options.indexes);
    return code;
}

const struct ng_cli_command ng_cmd_locate = {"locate", "where a phrase occurs, with the text around it", HELP, run};
