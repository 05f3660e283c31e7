#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/utf8.h"
#include "common/json/contam.h"
#include "common/os/file.h"
#include "query/args/indexes.h"
#include "query/cli/cmd.h"

static const char HELP[] =
    "Usage: ngidx trace FILE [-i NAME=INDEX]... [options]\n"
    "       ngidx trace TEXT [-i NAME=INDEX]... [options]\n"
    "\n"
    "Finds the longest pieces of a text, such as a model's output, that occur in the corpus, how often each occurs,\n"
    "and in which documents. Each piece is one line of TAB-separated fields: where it begins and ends in the text\n"
    "(in characters, from 0), how often it occurs, the name of the index, the document's number, the byte offset in\n"
    "the document, the corpus file and line of the document, and the piece itself. On a terminal, the text comes\n"
    "first, with its pieces in bold. Documents come last, one a line: characters shared, pieces shared, index, number,\n"
    "offset of the longest piece, file and line.\n"
    "\n"
    "The text is that of FILE (- for standard input), or, where there is no file of that name, TEXT itself.\n"
    "\n"
    "Options:\n"
    "  -i, --index NAME=INDEX  an index; may be repeated (default: $NGIDX_INDEX, else ./index.ngidx)\n"
    "      --view VIEW         search the exact or the folded text (default: exact if all indexes have it). For\n"
    "                          folded text the given text is folded, too; pieces and documents are shown in the\n"
    "                          original text\n"
    "  -c, --min-chars N       shortest piece to report, in characters, or in letters of folded text (default 30)\n"
    "      --min-count N       find the longest pieces that occur at least N times (default 1)\n"
    "      --max-count N       leave out pieces that occur more often\n"
    "      --whole-words       pieces that begin and end between words of the text\n"
    "      --documents K       also the K documents that share most with the text, by the characters of its pieces that\n"
    "                          they hold\n"
    "  -n, --limit K           documents to look up for each piece; only --json shows all of them (default 3)\n"
    "  -C, --context BYTES     text around an occurrence, for --json (default 80)\n"
    "      --json              one object: characters, covered_characters, spans with their evidence; documents with\n"
    "                          --documents; for folded text also view\n"
    NG_CMD_HELP_REMOTE_WHOLE
    "\n"
    "  -h, --help              show this help\n"
    "\n"
    "Exit code: 0 at least one piece found, 1 none found, 2 error.\n"
    "\n"
    "Examples:\n"
    "  ngidx trace 'It was the best of times, it was the worst of times, it was a Tuesday'\n"
    "  ngidx trace answer.txt --min-chars 50 --json\n"
    "  ngidx trace - --whole-words --max-count 1000 --documents 10 < answer.txt\n";

struct options {
    struct ng_cmd_indexes indexes;
    struct ng_trace_options trace;
    const char *view;
    bool json;
};

static int read_all(int file, const char *name, struct ng_buf *text, struct ng_err *err) {
    enum { READ_BYTES = 1 << 16 };
    size_t got = 1;
    int status = NG_OK;
    while (!status && got > 0 && text->length <= NG_MAX_ENTRY_BYTES) {
        status = ng_file_append(file, text, READ_BYTES, &got, name, err);
    }
    if (status || got == 0) return status;
    return ng_err_set(err, NG_ERR_LIMIT, "the text of %s is over %llu bytes (NG_MAX_ENTRY_BYTES)", name,
                      (unsigned long long)NG_MAX_ENTRY_BYTES);
}

/* The argument is a file where there is one of that name, and else the text. */
static int read_raw(const char *argument, struct ng_buf *raw, struct ng_err *err) {
    if (strcmp(argument, "-") == 0) return read_all(STDIN_FILENO, "standard input", raw, err);
    struct stat found;
    if (stat(argument, &found) != 0) {
        if (*argument && !strpbrk(argument, " \n")) (void)fputs("ngidx: there is no file of this name: it is itself the text\n", stderr);
        return ng_buf_append(raw, argument, strlen(argument), err);
    }
    int file = open(argument, O_RDONLY | O_CLOEXEC);
    if (file < 0) return ng_err_sys(err, errno, "cannot open %s", argument);
    (void)fputs("ngidx: the text is that of the file ", stderr);
    ng_cli_print_visible(stderr, (const uint8_t *)argument, strlen(argument));
    (void)fputc('\n', stderr);
    int status = read_all(file, argument, raw, err);
    (void)close(file);
    return status;
}

/* The text, with U+FFFD for what is not UTF-8. */
static int read_text(const char *argument, struct ng_buf *text, struct ng_err *err) {
    struct ng_buf raw = {0};
    int status = read_raw(argument, &raw, err);
    if (!status && ng_utf8_valid_prefix(raw.data, raw.length) < raw.length) {
        (void)fputs("ngidx: the text is not UTF-8; it is repaired with U+FFFD\n", stderr);
    }
    if (!status) status = ng_buf_reserve(text, 1, err);
    if (!status) status = ng_utf8_append_repaired(text, raw.data, raw.length, err);
    ng_buf_free(&raw);
    return status;
}

static void print_json_span(struct ng_json *json, const struct ng_report_settings *settings, const uint8_t *text,
                            const struct ng_trace_span *span) {
    ng_json_object_begin(json);
    ng_json_member_string(json, "piece", text + span->span.begin, (size_t)(span->span.end - span->span.begin));
    ng_report_span_write(json, &span->span);
    ng_json_member_u64(json, "length_bytes", span->span.end - span->span.begin);
    ng_json_member_u64(json, "count", span->count);
    ng_json_member_u64(json, "hits_seen", span->hits_seen);
    ng_json_member_u64(json, "documents_seen", span->documents_seen);
    ng_json_member_array(json, "evidence");
    for (size_t i = 0; i < span->evidence_count; i++) {
        ng_report_evidence_write(json, settings, &span->evidence[i], false);
    }
    ng_json_array_end(json);
    ng_json_object_end(json);
}

static void print_json_documents(struct ng_json *json, const struct ng_report_settings *settings,
                                 const struct ng_trace *trace) {
    ng_json_member_array(json, "documents");
    for (size_t i = 0; i < trace->document_count; i++) {
        const struct ng_trace_document *document = &trace->documents[i];
        ng_json_object_begin(json);
        ng_json_trace_document(json, document);
        ng_json_key(json, "evidence");
        ng_report_evidence_write(json, settings, &document->evidence, false);
        ng_json_object_end(json);
    }
    ng_json_array_end(json);
    ng_json_member_u64(json, "documents_seen", trace->documents_seen);
    ng_json_member_u64(json, "unlocated", trace->unlocated);
}

static int print_json(const struct options *options, const uint8_t *text, const struct ng_trace *trace,
                      struct ng_err *err) {
    const struct ng_cmd_indexes *indexes = &options->indexes;
    const struct ng_report_settings settings = {.indexes = indexes->named, .index_count = indexes->count};
    struct ng_json json;
    int status = ng_cmd_json_begin(&json, err);
    if (status) return status;
    if (ng_index_text_view(indexes->views[0]) == NG_VIEW_FOLDED) ng_json_member_text(&json, "view", "folded");
    ng_json_member_u64(&json, "characters", trace->characters);
    ng_json_member_u64(&json, "covered_characters", trace->covered_characters);
    ng_json_member_u64(&json, "lf_steps", trace->lf_steps);
    ng_json_member_array(&json, "spans");
    for (size_t i = 0; i < trace->span_count; i++) print_json_span(&json, &settings, text, &trace->spans[i]);
    ng_json_array_end(&json);
    if (options->trace.document_limit > 0) print_json_documents(&json, &settings, trace);
    return ng_cmd_json_end(&json);
}

/* The text with what is covered in bold; line ends stay. */
static void print_marked(const struct ng_buf *text, const struct ng_trace *trace) {
    uint64_t at = 0;
    for (size_t i = 0; i <= trace->span_count; i++) {
        bool last = i == trace->span_count;
        uint64_t begin = last ? text->length : trace->spans[i].span.begin;
        uint64_t end = last ? text->length : trace->spans[i].span.end;
        for (int bold = 0; bold < 2; bold++) {
            uint64_t stop = bold ? end : begin;
            if (bold && stop > at) (void)fputs("\033[1;31m", stdout);
            while (at < stop) {
                uint64_t line = at;
                while (line < stop && text->data[line] != '\n') line++;
                ng_cli_print_visible(stdout, text->data + at, (size_t)(line - at));
                if (line < stop) (void)putchar('\n');
                at = line < stop ? line + 1 : line;
            }
            if (bold) (void)fputs("\033[0m", stdout);
        }
    }
    (void)fputs("\n\n", stdout);
}

/* Index, document, offset, and file with line, separated by tabs. */
static void print_place(const struct ng_cmd_indexes *indexes, const struct ng_contam_evidence *evidence) {
    const char *name = indexes->named[evidence->index].name;
    ng_cli_print_visible(stdout, (const uint8_t *)name, strlen(name));
    (void)printf("\t%" PRIu64 "\t%" PRIu64 "\t", evidence->doc, evidence->offset);
    ng_cli_print_visible(stdout, (const uint8_t *)evidence->source.path, strlen(evidence->source.path));
    if (evidence->source.line > 0) (void)printf(":%" PRIu64, evidence->source.line);
}

static void print_lines(const struct ng_cmd_indexes *indexes, const struct ng_buf *text, const struct ng_trace *trace) {
    if (ng_cli_color(stdout) && trace->span_count > 0) print_marked(text, trace);
    for (size_t i = 0; i < trace->span_count; i++) {
        const struct ng_trace_span *span = &trace->spans[i];
        (void)printf("%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t", span->span.begin_char, span->span.end_char, span->count);
        if (span->evidence_count > 0) print_place(indexes, &span->evidence[0]);
        else (void)fputs("\t\t\t", stdout);
        (void)putchar('\t');
        ng_cli_print_visible(stdout, text->data + span->span.begin, (size_t)(span->span.end - span->span.begin));
        (void)putchar('\n');
    }
    if (trace->document_count > 0) (void)putchar('\n');
    for (size_t i = 0; i < trace->document_count; i++) {
        const struct ng_trace_document *document = &trace->documents[i];
        (void)printf("%" PRIu64 "\t%zu\t", document->characters, document->span_count);
        print_place(indexes, &document->evidence);
        (void)putchar('\n');
    }
}

static void print_sum(const struct ng_trace_options *options, const struct ng_trace *trace) {
    (void)fprintf(stderr, "%" PRIu64 " of %" PRIu64 " characters occur, in %zu piece%s of at least %" PRIu64 "\n",
                  trace->covered_characters, trace->characters, trace->span_count, ng_cli_plural(trace->span_count),
                  options->min_chars);
    if (trace->characters < options->min_chars) {
        (void)fprintf(stderr, "the text is shorter than the shortest piece (--min-chars %" PRIu64 ")\n", options->min_chars);
    }
    if (trace->unlocated == 0) return;
    (void)fprintf(stderr, "ngidx: the ranking of documents lacks %" PRIu64 " occurrences of frequent pieces\n", trace->unlocated);
}

static int trace_text(int argc, char **argv, void *context, struct ng_err *err) {
    struct options *options = context;
    struct ng_buf text = {0};
    struct ng_trace trace = {0};
    int status = ng_cli_expect_arguments(argc, argv, 1, "FILE or TEXT", err);
    if (!status) status = read_text(argv[optind], &text, err);
    if (!status) status = ng_cmd_indexes_open(&options->indexes, err);
    if (!status) status = ng_cmd_indexes_choose(&options->indexes, options->view, err);
    if (!status) {
        status = ng_trace_view(&trace, options->indexes.views, options->indexes.count,
                               (struct ng_bytes){text.data, text.length}, &options->trace, err);
    }
    if (!status && options->json) status = print_json(options, text.data, &trace, err);
    else if (!status) print_lines(&options->indexes, &text, &trace);
    if (!status && !options->json) print_sum(&options->trace, &trace);
    if (!status) status = trace.span_count > 0 ? NG_EXIT_FOUND : NG_EXIT_NONE;
    ng_trace_free(&trace);
    ng_buf_free(&text);
    return status;
}

static int run(int argc, char **argv) {
    struct options options = {0};
    const struct ng_cli_option table[] = {
        NG_CMD_OPTION_INDEXES(&options.indexes),
        NG_CMD_OPTIONS_REMOTE_WHOLE(&options.indexes),
        {.name = "view", .text = &options.view},
        {.name = "min-chars", .letter = 'c', .number = &options.trace.min_chars, .least = 1, .most = NG_MAX_ENTRY_BYTES},
        {.name = "min-count", .number = &options.trace.min_count, .least = 1, .most = UINT64_MAX},
        {.name = "max-count", .number = &options.trace.max_count, .least = 1, .most = UINT64_MAX},
        {.name = "whole-words", .flag = &options.trace.whole_words},
        {.name = "documents", .number = &options.trace.document_limit, .least = 1, .most = NG_MAX_EVIDENCE},
        {.name = "limit", .letter = 'n', .number = &options.trace.evidence_limit, .most = NG_MAX_EVIDENCE},
        {.name = "context", .letter = 'C', .number = &options.trace.context_bytes, .most = NG_MAX_CONTEXT_BYTES},
        NG_CLI_OPTION_JSON(&options.json),
        {0}};
    ng_trace_options_init(&options.trace);
    return ng_cli_run(argc, argv, HELP, table, trace_text, &options);
}

const struct ng_cli_command ng_cmd_trace = {"trace", "which pieces of a text occur in an index", HELP, run};
