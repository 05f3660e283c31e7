#include <inttypes.h>
#include <string.h>

#include "common/cli/progress.h"
#include "common/json/out.h"
#include "query/args/indexes.h"
#include "query/cli/cmd.h"

static const char HELP[] =
    "Usage: ngidx verify [options]\n"
    "\n"
    "Reads a whole index, verifies every checksum, and checks its parts against each other. Each damage is named on\n"
    "standard error. Samples and document starts are checked against the whole text in shards of up to 2^18 bytes,\n"
    "and against a random part of it in larger ones (1/64 of the text, or 2^18 bytes). Checksums find accidental\n"
    "damage anywhere; damage with recomputed checksums may take several runs to find.\n"
    "\n"
    "Options:\n"
    "  -i, --index INDEX  the index (default: $NGIDX_INDEX, else ./index.ngidx); may be repeated to check several;\n"
    "                     -i NAME=INDEX gives an index a name\n"
    "  -q, --quiet        no progress, and no 'ok' for a sound index\n"
    "      --json         one object per index: {\"index\":NAME,\"ok\":true|false,\"damages\":[\"...\"]}\n"
    "  -h, --help         show this help\n"
    "\n"
    "Exit code: 0 sound, 2 damaged, or the check itself failed.\n"
    "\n"
    "Examples:\n"
    "  ngidx verify\n"
    "  ngidx verify -i wiki.ngidx --json | jq -r '.damages[]'\n";

struct options {
    struct ng_cmd_indexes indexes;
    bool quiet;
    bool json;
};

/* Where damages go while they are found. */
struct report {
    struct ng_progress progress;
    const char *name;
    struct ng_json *json; /* NULL: lines on standard error */
    bool begun;           /* the JSON object, with the first damage or at the end */
};

static void begin_json(struct report *report, bool ok) {
    ng_json_object_begin(report->json);
    ng_json_member_text(report->json, "index", report->name);
    ng_json_member_bool(report->json, "ok", ok);
    ng_json_member_array(report->json, "damages");
    report->begun = true;
}

static void end_json(struct report *report) {
    ng_json_array_end(report->json);
    ng_json_object_end(report->json);
    ng_json_end_line(report->json);
}

static void on_report(void *context, const char *text, uint64_t done_bytes, uint64_t total_bytes) {
    struct report *report = context;
    if (!text) {
        ng_progress_update(&report->progress, "verifying", NG_PROGRESS_WHOLE, done_bytes, total_bytes);
        return;
    }
    ng_progress_clear(&report->progress);
    (void)fprintf(stderr, "ngidx: damage: ");
    ng_cli_print_visible(stderr, (const uint8_t *)text, strlen(text));
    (void)fputc('\n', stderr);
    if (!report->json) return;
    if (!report->begun) begin_json(report, false);
    ng_json_text(report->json, text);
}

static int verify(const char *path, const struct options *options, struct report *report, struct ng_err *err) {
    uint64_t damages = 0;
    int status = ng_index_verify(path, on_report, report, NULL, &damages, err);
    if (status)
        ng_progress_clear(&report->progress);
    else
        ng_progress_end_stage(&report->progress);
    if (report->json && !status && !report->begun) begin_json(report, damages == 0);
    if (report->begun) end_json(report);
    if (status) return status;
    if (damages > 0) {
        (void)ng_err_set(err, NG_ERR_CORRUPT, "%s is damaged: %llu %s found", path, (unsigned long long)damages,
                         damages == 1 ? "place was" : "places were");
        return ng_err_hint(err, "build the index again, or restore it from a sound copy");
    }
    if (!report->json && !options->quiet) (void)printf("%s: ok\n", path);
    return NG_OK;
}

/* Every index is checked, whatever is wrong with those before. */
static int verify_all(const struct options *options, struct report *report, struct ng_err *err) {
    int code = NG_EXIT_FOUND;
    for (size_t k = 0; k < options->indexes.count; k++) {
        report->name = options->indexes.named[k].name;
        report->begun = false;
        if (verify(options->indexes.named[k].path, options, report, err)) code = ng_cli_report(err);
        ng_err_clear(err);
    }
    return code;
}

static int check(int argc, char **argv, void *context, struct ng_err *err) {
    struct options *options = context;
    struct ng_json json = {0};
    struct report report = {.json = options->json ? &json : NULL};
    ng_progress_init(&report.progress, options->quiet ? NULL : stderr, false);
    int status = ng_cli_expect_arguments(argc, argv, 0, "", err);
    if (!status && options->json) status = ng_json_init(&json, stdout, err);
    if (!status) status = ng_cmd_indexes_settle(&options->indexes, err);
    if (!status) status = ng_cmd_indexes_refuse_remote(&options->indexes, "be verified: that reads its files", err);
    if (!status) status = verify_all(options, &report, err);
    ng_progress_close(&report.progress);
    ng_json_free(&json);
    return status;
}

static int run(int argc, char **argv) {
    struct options options = {0};
    const struct ng_cli_option table[] = {NG_CMD_OPTION_INDEXES(&options.indexes), NG_CLI_OPTION_QUIET(&options.quiet),
                                          NG_CLI_OPTION_JSON(&options.json), {0}};
    return ng_cli_run(argc, argv, HELP, table, check, &options);
}

const struct ng_cli_command ng_cmd_verify = {"verify", "whether an index is sound", HELP, run};
