#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/limits.h"
#include "common/base/text.h"
#include "common/cli/progress.h"
#include "query/args/indexes.h"
#include "query/cli/cmd.h"
#include "query/include/ngidx_compare.h"

static const char HELP[] =
    "Usage: ngidx compare A B [options]\n"
    "\n"
    "Shows what two indexes have in common: documents with equal text, exactly; the share of each one's text that occurs\n"
    "in the other, from windows drawn at random; and the longest passages in common that these windows lead to.\n"
    "\n"
    "A and B are indexes, or NAME=INDEX. All of both texts is read once, with 40 bytes of memory for each document.\n"
    "Passages within shared documents are left out. A passage that no window fell into is missed: the longer it is, the\n"
    "more likely it is found.\n"
    "\n"
    "Options:\n"
    "      --sample N       windows to draw from each index (default 2000). A place near the end of a document gives\n"
    "                       none\n"
    "      --seed S         for other windows (default 1)\n"
    "      --chars N        characters of a window (default 50)\n"
    "  -k N                 show at most N passages (default 10)\n"
    "      --view VIEW      compare the exact or the folded texts (default: exact if both indexes have it)\n"
    "  -m, --memory SIZE    memory for reading the texts (default 256M). With four bytes per byte of text in a shard it\n"
    "                       is several times as fast\n"
    "      --threads N      threads to use (default: one per processor)\n"
    "      --json           one object: a and b, each with name, documents, text_bytes, shared_documents, shared_bytes,\n"
    "                       windows, found, share, low and high (its 95 % interval); chars, seed, tried (windows from\n"
    "                       which a passage was looked for), passages: each with characters, cut (true if it goes on\n"
    "                       beyond 64 KiB), a and b (doc, offset), and text\n"
    "  -q, --quiet          no progress\n"
    NG_CMD_HELP_REMOTE_WHOLE
    "\n"
    "  -h, --help           show this help\n"
    "\n"
    "Exit code: 0 done, 2 error.\n"
    "\n"
    "Examples:\n"
    "  ngidx compare crawl-2024.ngidx crawl-2025.ngidx\n"
    "  ngidx compare train.ngidx test.ngidx --chars 100 --sample 20000 --json\n";

enum { SHOWN_BYTES = 160 };

struct options {
    struct ng_cmd_indexes indexes;
    const char *view;
    struct ng_compare_options compare;
    char *named[2]; /* arguments, where they had to get names; owned */
    bool json;
    bool quiet;
};

/* Takes the two indexes. If they have the same name, they are told apart as A and B. */
static int take_indexes(struct options *options, char **arguments, struct ng_err *err) {
    const char *paths[2];
    struct ng_text names[2];
    int status = NG_OK;
    for (size_t i = 0; i < 2; i++) names[i] = ng_text_index_name(arguments[i], &paths[i]);
    bool same = names[0].length == names[1].length && memcmp(names[0].at, names[1].at, names[0].length) == 0;
    for (size_t i = 0; i < 2 && !status; i++) {
        if (same && asprintf(&options->named[i], "%s=%s", i == 0 ? "A" : "B", paths[i]) < 0) {
            options->named[i] = NULL;
            return ng_err_nomem(err, strlen(paths[i]), "a name");
        }
        status = ng_cmd_indexes_take(same ? options->named[i] : arguments[i], &options->indexes, err);
    }
    return status;
}

static void show_progress(void *context, uint64_t done_bytes, uint64_t total_bytes) {
    ng_progress_update(context, "read", NG_PROGRESS_WHOLE, done_bytes, total_bytes);
}

static double percent(uint64_t part, uint64_t whole) {
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

static void print_side(const struct ng_compare_side *side, const char *name, const char *other) {
    const struct ng_compare_share *drawn = &side->drawn;
    (void)printf("%s: %" PRIu64 " document%s, %" PRIu64 " (%.2f %%) with the text of one in %s, %.2f %% of the text\n", name,
                 side->documents, ng_cli_plural(side->documents), side->shared_documents,
                 percent(side->shared_documents, side->documents), other, percent(side->shared_bytes, side->text_bytes));
    if (drawn->windows == 0) {
        (void)printf("%s: no window was drawn: its documents are too short\n", name);
        return;
    }
    (void)printf("%s: %" PRIu64 " of %" PRIu64 " windows occur in %s: %.2f %% (95 %% interval %.2f to %.2f)\n", name,
                 drawn->found, drawn->windows, other, 100 * drawn->share, 100 * drawn->low, 100 * drawn->high);
}

static void print_passage(const struct ng_compare_passage *passage, const struct ng_cmd_indexes *indexes) {
    size_t shown = passage->length_bytes < SHOWN_BYTES ? (size_t)passage->length_bytes : SHOWN_BYTES;
    while (shown > 0 && shown < passage->length_bytes && (passage->text[shown] & 0xc0) == 0x80) shown--;
    (void)printf("%" PRIu64 "%s characters, %s:%" PRIu64 " at %" PRIu64 ", %s:%" PRIu64 " at %" PRIu64 "\n  \"",
                 passage->characters, passage->cut ? " or more" : "", indexes->named[0].name, passage->docs[0],
                 passage->offsets[0], indexes->named[1].name, passage->docs[1], passage->offsets[1]);
    ng_cli_print_visible(stdout, passage->text, shown);
    (void)printf("\"%s\n", shown < passage->length_bytes ? "..." : "");
}

static void print_all(const struct ng_comparison *comparison, const struct options *options) {
    const struct ng_cmd_indexes *indexes = &options->indexes;
    for (size_t i = 0; i < 2; i++) print_side(&comparison->sides[i], indexes->named[i].name, indexes->named[!i].name);
    (void)printf("windows of %" PRIu64 " characters, seed %" PRIu64 "\n", options->compare.chars, options->compare.seed);
    if (options->compare.passages == 0) return;
    (void)printf("\nthe longest of the passages around %" PRIu64 " windows, outside of shared documents:%s\n",
                 comparison->tried, comparison->passage_count ? "" : " none");
    for (size_t i = 0; i < comparison->passage_count; i++) print_passage(&comparison->passages[i], indexes);
}

static void json_side(struct ng_json *json, const char *key, const char *name, const struct ng_compare_side *side) {
    ng_json_member_object(json, key);
    ng_json_member_text(json, "name", name);
    ng_json_member_u64(json, "documents", side->documents);
    ng_json_member_u64(json, "text_bytes", side->text_bytes);
    ng_json_member_u64(json, "shared_documents", side->shared_documents);
    ng_json_member_u64(json, "shared_bytes", side->shared_bytes);
    ng_json_member_u64(json, "windows", side->drawn.windows);
    ng_json_member_u64(json, "found", side->drawn.found);
    ng_json_member_decimal(json, "share", side->drawn.share, 6);
    ng_json_member_decimal(json, "low", side->drawn.low, 6);
    ng_json_member_decimal(json, "high", side->drawn.high, 6);
    ng_json_object_end(json);
}

static void json_passage(struct ng_json *json, const struct ng_compare_passage *passage) {
    static const char *const keys[] = {"a", "b"};
    ng_json_object_begin(json);
    ng_json_member_u64(json, "characters", passage->characters);
    ng_json_member_bool(json, "cut", passage->cut);
    for (size_t i = 0; i < 2; i++) {
        ng_json_member_object(json, keys[i]);
        ng_json_member_u64(json, "doc", passage->docs[i]);
        ng_json_member_u64(json, "offset", passage->offsets[i]);
        ng_json_object_end(json);
    }
    ng_json_member_string(json, "text", passage->text, (size_t)passage->length_bytes);
    ng_json_object_end(json);
}

static int print_json(const struct ng_comparison *comparison, const struct options *options, struct ng_err *err) {
    struct ng_json json;
    int status = ng_cmd_json_begin(&json, err);
    if (status) return status;
    json_side(&json, "a", options->indexes.named[0].name, &comparison->sides[0]);
    json_side(&json, "b", options->indexes.named[1].name, &comparison->sides[1]);
    ng_json_member_u64(&json, "chars", options->compare.chars);
    ng_json_member_u64(&json, "seed", options->compare.seed);
    ng_json_member_u64(&json, "tried", comparison->tried);
    ng_json_member_array(&json, "passages");
    for (size_t i = 0; i < comparison->passage_count; i++) json_passage(&json, &comparison->passages[i]);
    ng_json_array_end(&json);
    return ng_cmd_json_end(&json);
}

static int compare(int argc, char **argv, void *context, struct ng_err *err) {
    struct options *options = context;
    struct ng_comparison comparison = {0};
    struct ng_progress progress;
    int status = ng_cli_expect_arguments(argc, argv, 2, "A B", err);
    if (!status) status = take_indexes(options, argv + optind, err);
    if (!status) status = ng_cmd_indexes_open(&options->indexes, err);
    if (!status) status = ng_cmd_indexes_choose(&options->indexes, options->view, err);
    if (status) return status;
    ng_progress_init(&progress, options->quiet ? NULL : stderr, false);
    options->compare.progress = show_progress;
    options->compare.progress_context = &progress;
    status = ng_index_compare(options->indexes.views, &options->compare, &comparison, err);
    ng_progress_close(&progress);
    if (status) return status;
    if (options->json) status = print_json(&comparison, options, err);
    else print_all(&comparison, options);
    ng_comparison_free(&comparison);
    return status;
}

static int run(int argc, char **argv) {
    struct options options = {0};
    struct ng_compare_options *set = &options.compare;
    ng_compare_options_init(set);
    const struct ng_cli_option table[] = {
        {.name = "sample", .number = &set->windows, .least = 1, .most = NG_MAX_COMPARE_WINDOWS},
        {.name = "seed", .number = &set->seed, .most = UINT64_MAX},
        {.name = "chars", .number = &set->chars, .least = 1, .most = NG_MAX_COMPARE_CHARS},
        {.name = "limit", .letter = 'k', .number = &set->passages, .most = NG_MAX_COMPARE_PASSAGES},
        NG_CMD_OPTIONS_REMOTE_WHOLE(&options.indexes),
        {.name = "view", .text = &options.view},
        {.name = "memory", .letter = 'm', .size = &set->memory_bytes},
        {.name = "threads", .threads = &set->threads},
        {.name = "quiet", .letter = 'q', .flag = &options.quiet},
        NG_CLI_OPTION_JSON(&options.json),
        {0}};
    int code = ng_cli_run(argc, argv, HELP, table, compare, &options);
    ng_cmd_indexes_close(&options.indexes);
    for (size_t i = 0; i < 2; i++) free(options.named[i]);
    return code;
}

const struct ng_cli_command ng_cmd_compare = {"compare", "what two indexes have in common", HELP, run};
