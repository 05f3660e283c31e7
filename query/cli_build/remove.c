#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli/options.h"
#include "common/json/out.h"
#include "indexer/remove/remove.h"
#include "query/args/selection.h"
#include "query/args/view.h"
#include "query/cli/cmd.h"
#include "query/cli_build/report.h"

static const char HELP[] =
    "Usage: ngidx remove INDEX --docs FILE|--ids FILE|--phrase PHRASE [options]\n"
    "\n"
    "Takes documents out of an index, at once and without building it again. From then on no count, hit, document,\n"
    "export or report tells of them: every answer is that of an index built without them. The documents that are left\n"
    "keep their numbers. The text of those removed stays in the files, where no command shows it, until\n"
    "'ngidx compact INDEX' writes the index anew. A daemon serves the new state at once after SIGHUP, else within the seconds\n"
    "of its --watch.\n"
    "\n"
    "Which documents:\n"
    "      --docs FILE      those that FILE lists: contaminated-docs.jsonl of a report, or a line for each document: its\n"
    "                       number, or its id as for --ids. - reads standard input. Bare numbers, and a report made\n"
    "                       with --redact, must be of the present state of the index: 'ngidx compact' gives documents\n"
    "                       other numbers, and no id tells\n"
    "      --ids FILE       those whose metadata has an id of FILE: an id a line, plain or as a JSON string, or JSON\n"
    "                       objects with a member id\n"
    "      --phrase PHRASE  all that hold the phrase\n"
    "      --view VIEW      exact or folded: the view in which to look for the phrase (default: exact, if there is one)\n"
    "\n"
    "Options:\n"
    "      --dry-run        say what would be removed, and change nothing\n"
    "      --allow-missing  go on if no document has some of the ids\n"
    "  -t, --threads N      threads to use (default: one per processor)\n"
    "  -q, --quiet          no summary, only errors\n"
    "      --json           print one JSON object: dry_run, documents, text_bytes (of those removed), removed_before (in\n"
    "                       the list), missing (ids), left (documents), first (numbers of up to 10 of them); an error\n"
    "                       is a line of JSON on standard error\n"
    "  -h, --help           show this help\n"
    "\n"
    "INDEX may be NAME=INDEX, with the name that the index has in the report. 'ngidx stats' shows what was removed when\n"
    "(at the time of SOURCE_DATE_EPOCH, if that is set); the phrase is written down nowhere. Killed at any moment, the\n"
    "index is as before or as after. A build, an append and a removal of the same index exclude each other.\n"
    "\n"
    "Exit code: 0 done, 1 nothing to remove, 2 error.\n"
    "\n"
    "Examples:\n"
    "  ngidx remove corpus.ngidx --phrase 'Jane Q. Public, 12 Elm Street' --dry-run\n"
    "  ngidx remove corpus.ngidx --ids takedown.txt\n"
    "  ngidx remove corpus=corpus.ngidx --docs report/contaminated-docs.jsonl\n";

enum { NAMED = 10 };

struct options {
    struct ng_cmd_indexes indexes;
    const char *docs;
    const char *ids;
    const char *phrase;
    const char *view;
    bool dry_run;
    bool allow_missing;
    bool quiet;
    bool json;
    unsigned threads;
};

/* What is to be removed, or was. */
struct chosen {
    uint8_t *bits; /* of documents; owned */
    uint64_t documents;
    uint64_t text_bytes;
    uint64_t gone;
    uint64_t missing;
    uint64_t left;
    uint64_t named[NAMED];
};

static int settle(struct options *options, int argc, char **argv, struct ng_err *err) {
    int given = (options->docs ? 1 : 0) + (options->ids ? 1 : 0) + (options->phrase ? 1 : 0);
    int status = ng_cli_expect_arguments(argc, argv, 1, "INDEX", err);
    if (!status && given != 1) {
        (void)ng_err_set(err, NG_ERR_USAGE, "%s", given ? "--docs, --ids and --phrase: give one of them"
                                                        : "no documents to remove were named");
        status = ng_err_hint(err, "ngidx remove INDEX --docs FILE, --ids FILE or --phrase PHRASE");
    }
    if (!status && options->view && !options->phrase) {
        status = ng_err_set(err, NG_ERR_USAGE, "--view is for --phrase alone");
    }
    if (!status && options->allow_missing && options->phrase) {
        status = ng_err_set(err, NG_ERR_USAGE, "--allow-missing is for --docs and --ids");
    }
    if (!status && options->phrase && !*options->phrase) {
        status = ng_err_set(err, NG_ERR_USAGE, "the empty phrase is in every document");
    }
    if (!status) status = ng_cmd_indexes_take(argv[optind], &options->indexes, err);
    return status ? status : ng_cmd_indexes_refuse_remote(&options->indexes, "have documents removed", err);
}

static int choose_listed(const struct options *options, struct chosen *chosen, struct ng_err *err) {
    const char *path = options->docs ? options->docs : options->ids;
    struct ng_selection selection = {0};
    const char *first = "";
    int status = ng_selection_read(&selection, path, options->ids ? NG_SELECTION_IDS : NG_SELECTION_ANY,
                                   &options->indexes, err);
    if (!status) {
        status = ng_selection_find(&selection, options->indexes.indexes[0], 0, &chosen->bits, &chosen->documents, err);
    }
    if (!status) chosen->missing = ng_selection_missing(&selection, &first);
    chosen->gone = selection.gone;
    if (chosen->missing > 0 && !options->allow_missing) {
        status = ng_selection_check_found(&selection, err);
        (void)ng_err_hint(err, "--allow-missing removes the others");
    } else if (chosen->missing > 0) {
        (void)fprintf(stderr, "ngidx: no document has the id '%s'", first);
        if (chosen->missing > 1) (void)fprintf(stderr, ", nor %" PRIu64 " others of the list", chosen->missing - 1);
        (void)fputc('\n', stderr);
    }
    if (!status && selection.elsewhere > 0) {
        bool one = selection.elsewhere == 1;
        (void)fprintf(stderr, "ngidx: %" PRIu64 " document%s in the list %s\n", selection.elsewhere,
                      ng_cli_plural(selection.elsewhere), one ? "is of another index" : "are of other indexes");
    }
    ng_selection_free(&selection);
    return status;
}

static int choose_by_phrase(const struct options *options, struct chosen *chosen, struct ng_err *err) {
    enum { PAGE = 1 << 14 };
    const struct ng_index *view;
    struct ng_index_info info;
    struct ng_bytes given = ng_cmd_phrase(options->phrase);
    struct ng_bytes *phrase = NULL;
    struct ng_hit *hits = calloc(PAGE, sizeof *hits);
    if (!hits) return ng_err_nomem(err, PAGE * sizeof *hits, "hits");
    ng_index_get_info(options->indexes.indexes[0], &info);
    chosen->bits = calloc((size_t)(info.document_end / 8 + 1), 1);
    int status = chosen->bits ? NG_OK : ng_err_nomem(err, info.document_end / 8 + 1, "a bit for each document");
    if (!status) status = ng_cmd_choose_view(options->indexes.indexes[0], options->view, &view, err);
    if (!status) status = ng_index_phrases(view, &given, 1, &phrase, err);
    size_t count = PAGE;
    for (uint64_t first = 0; count == PAGE && !status; first += count) {
        status = ng_index_locate(view, *phrase, first, hits, PAGE, &count, NULL, err);
        for (size_t i = 0; i < count && !status; i++) {
            uint64_t doc = hits[i].doc;
            if (ng_selection_has(chosen->bits, doc)) continue;
            chosen->bits[doc / 8] = (uint8_t)(chosen->bits[doc / 8] | 1U << doc % 8);
            chosen->documents++;
        }
    }
    ng_phrases_free(phrase);
    free(hits);
    return status;
}

/* Chooses the documents, and sums them up. */
static int choose(struct options *options, struct chosen *chosen, struct ng_err *err) {
    int status = ng_cmd_indexes_open(&options->indexes, err);
    if (!status) status = options->phrase ? choose_by_phrase(options, chosen, err) : choose_listed(options, chosen, err);
    if (status) return status;
    const struct ng_index *index = options->indexes.indexes[0];
    struct ng_index_info info;
    ng_index_get_info(index, &info);
    size_t named = 0;
    for (uint64_t doc = 0; doc < info.document_end && !status; doc++) {
        uint64_t length = 0;
        if (!ng_selection_has(chosen->bits, doc)) continue;
        status = ng_index_doc_length(index, doc, &length, err);
        chosen->text_bytes += length;
        if (named < NAMED) chosen->named[named++] = doc;
    }
    chosen->left = info.documents - chosen->documents;
    if (status || chosen->left > 0) return status;
    (void)ng_err_set(err, NG_ERR_USAGE, "no document of %s would be left", options->indexes.named[0].path);
    return ng_err_hint(err, "remove the folder instead");
}

static int tell_json(const struct options *options, const struct chosen *chosen, struct ng_err *err) {
    struct ng_json json;
    int status = ng_cmd_json_begin(&json, err);
    if (status) return status;
    ng_json_member_bool(&json, "dry_run", options->dry_run);
    ng_json_member_u64(&json, "documents", chosen->documents);
    ng_json_member_u64(&json, "text_bytes", chosen->text_bytes);
    ng_json_member_u64(&json, "removed_before", chosen->gone);
    ng_json_member_u64(&json, "missing", chosen->missing);
    ng_json_member_u64(&json, "left", chosen->left);
    ng_json_member_array(&json, "first");
    for (size_t i = 0; i < NAMED && i < chosen->documents; i++) ng_json_u64(&json, chosen->named[i]);
    ng_json_array_end(&json);
    return ng_cmd_json_end(&json);
}

static void tell(const struct options *options, const struct chosen *chosen) {
    char size[NG_CLI_SIZE_CHARS];
    if (options->quiet) return;
    if (chosen->documents == 0) {
        (void)fputs("nothing to remove", stdout);
    } else {
        (void)printf("%s %" PRIu64 " document%s, %s of text", options->dry_run ? "would remove" : "removed",
                     chosen->documents, ng_cli_plural(chosen->documents), ng_cli_format_size(chosen->text_bytes, size));
        (void)fputs(chosen->documents == 1 ? ": number " : ": numbers ", stdout);
        for (size_t i = 0; i < NAMED && i < chosen->documents; i++) {
            (void)printf("%s%" PRIu64, i ? ", " : "", chosen->named[i]);
        }
        if (chosen->documents > NAMED) (void)fputs(", ...", stdout);
    }
    if (chosen->gone > 0) {
        (void)printf("; %" PRIu64 " in the list %s removed before", chosen->gone, chosen->gone == 1 ? "was" : "were");
    }
    (void)printf("\n%" PRIu64 " document%s %s left\n", chosen->left, ng_cli_plural(chosen->left),
                 chosen->left == 1 ? "is" : "are");
}

/* The index is locked before it is opened, so that what was chosen is what is there. */
static int choose_and_remove(struct options *options, struct chosen *chosen, struct ng_err *err) {
    struct ng_publish *publish = NULL;
    struct ng_remove_result result;
    int status = options->dry_run ? NG_OK : ng_publish_lock(&publish, options->indexes.named[0].path, err);
    if (!status) status = choose(options, chosen, err);
    if (!status && publish && chosen->documents > 0) {
        const char *by = options->docs ? "docs" : options->ids ? "ids" : "phrase";
        const struct ng_remove_options removing = {.documents = chosen->bits, .by = by, .threads = options->threads};
        status = ng_remove_run(publish, &removing, &result, err);
    }
    ng_publish_free(publish);
    return status;
}

static int remove_documents(int argc, char **argv, void *context, struct ng_err *err) {
    struct options *options = context;
    struct chosen chosen = {0};
    int status = settle(options, argc, argv, err);
    if (!status) status = choose_and_remove(options, &chosen, err);
    if (!status && options->json) status = tell_json(options, &chosen, err);
    else if (!status) tell(options, &chosen);
    free(chosen.bits);
    if (status && options->json) ng_cmd_report_error(err);
    return status ? status : chosen.documents > 0 ? NG_OK : NG_EXIT_NONE;
}

static int run(int argc, char **argv) {
    struct options options = {0};
    const struct ng_cli_option table[] = {{.name = "docs", .text = &options.docs},
                                          {.name = "ids", .text = &options.ids},
                                          {.name = "phrase", .text = &options.phrase},
                                          {.name = "view", .text = &options.view},
                                          {.name = "dry-run", .flag = &options.dry_run},
                                          {.name = "allow-missing", .flag = &options.allow_missing},
                                          {.name = "threads", .letter = 't', .threads = &options.threads},
                                          NG_CLI_OPTION_QUIET(&options.quiet),
                                          NG_CLI_OPTION_JSON(&options.json),
                                          {0}};
    int code = ng_cli_run(argc, argv, HELP, table, remove_documents, &options);
    ng_cmd_indexes_close(&options.indexes);
    return code;
}

const struct ng_cli_command ng_cmd_remove = {"remove", "take documents out of an index", HELP, run};
