/* report.json -> struct ng_bulletin_report. */
#include "query/bulletin/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/limits.h"
#include "query/schema/schema.h"

/* The Makefile knows that this depends on the schema. */
__asm__(".pushsection .rodata\n"
        ".globl ng_bulletin_schema, ng_bulletin_schema_bytes\n"
        ".hidden ng_bulletin_schema, ng_bulletin_schema_bytes\n"
        "ng_bulletin_schema: .incbin \"query/report/report.schema.json\"\n"
        "1: .balign 8\n"
        "ng_bulletin_schema_bytes: .quad 1b - ng_bulletin_schema\n"
        ".popsection\n");

enum { OLD_VERSION = 1, VERSION = NG_BULLETIN_REPORT_VERSION };

/* Reads on until something fails; status and err tell what. */
struct reader {
    const struct ng_doc *doc;
    struct ng_arena *arena;
    const char *name;
    int status;
    struct ng_err *err;
};

static const char *read_text(struct reader *r, uint32_t node, const char *member) {
    const char *text = NULL;
    if (!r->status) {
        r->status = ng_doc_text(r->doc, ng_doc_member(r->doc, node, member), r->arena, &text, r->err);
    }
    return text;
}

static uint64_t read_u64(const struct reader *r, uint32_t node, const char *member) {
    uint64_t value = 0;
    (void)ng_doc_u64(r->doc, ng_doc_member(r->doc, node, member), &value);
    return value;
}

static double read_decimal(const struct reader *r, uint32_t node, const char *member, double otherwise) {
    (void)ng_doc_decimal(r->doc, ng_doc_member(r->doc, node, member), &otherwise);
    return otherwise;
}

/* A member without which a report is none; what names its place. */
static uint32_t need(struct reader *r, uint32_t node, const char *member, enum ng_json_event kind, const char *what) {
    uint32_t found = ng_doc_member(r->doc, node, member);
    if (r->status || (found != NG_TREE_NONE && ng_doc_kind(r->doc, found) == kind)) return found;
    r->status = ng_err_set(r->err, NG_ERR_INPUT, "%s: %s has no member '%s' that is %s", r->name, what, member,
                           ng_json_kinds[kind]);
    return NG_TREE_NONE;
}

static uint64_t need_u64(struct reader *r, uint32_t node, const char *member, const char *what) {
    uint64_t value = 0;
    uint32_t found = need(r, node, member, NG_JSON_NUMBER, what);
    if (!r->status && !ng_doc_u64(r->doc, found, &value)) {
        r->status = ng_err_set(r->err, NG_ERR_INPUT, "%s: '%s' of %s is not a whole number", r->name, member, what);
    }
    return value;
}

/* Room for count things and one more. */
static void *allot(struct reader *r, uint64_t count, size_t size, const char *things) {
    if (count > NG_MAX_REPORT_RESULTS) {
        r->status = ng_err_set(r->err, NG_ERR_LIMIT, "%s has over %u %s (NG_MAX_REPORT_RESULTS)", r->name,
                               NG_MAX_REPORT_RESULTS, things);
        return NULL;
    }
    void *room = calloc(count + 1, size);
    if (!room) r->status = ng_err_nomem(r->err, count * size, things);
    return room;
}

static uint64_t count_items(const struct ng_doc *doc, uint32_t array) {
    uint64_t count = 0;
    for (uint32_t i = ng_doc_first(doc, array); i != NG_TREE_NONE; i = ng_doc_next(doc, array, i)) count++;
    return count;
}

/* ---- The report ---- */

/* The command line, with quotes around words that need them. */
static const char *read_command(struct reader *r) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@_[]";
    uint32_t words = ng_doc_member(r->doc, 0, "command");
    struct ng_buf line = {0};
    const char *command = NULL;
    if (words == NG_TREE_NONE) return NULL;
    for (uint32_t w = ng_doc_first(r->doc, words); w != NG_TREE_NONE && !r->status; w = ng_doc_next(r->doc, words, w)) {
        const char *word = "";
        r->status = ng_doc_text(r->doc, w, r->arena, &word, r->err);
        if (r->status) break;
        const char *quote = *word && word[strspn(word, plain)] == '\0' ? "" : "'";
        if (line.length > 0) r->status = ng_buf_append(&line, " ", 1, r->err);
        if (!r->status) r->status = ng_buf_append(&line, quote, strlen(quote), r->err);
        for (; *word && !r->status; word++) {
            bool escape = *word == '\'';
            r->status = ng_buf_append(&line, escape ? "'\\''" : word, escape ? 4 : 1, r->err);
        }
        if (!r->status) r->status = ng_buf_append(&line, quote, strlen(quote), r->err);
    }
    if (!r->status) r->status = ng_arena_copy(r->arena, line.data, line.length, &command, r->err);
    ng_buf_free(&line);
    return command;
}

/* The preset, and in parentheses what is not as the preset has it. */
static const char *read_method(struct reader *r, uint32_t parameters, const char *preset_name) {
    struct ng_contam_options usual;
    enum ng_contam_preset preset;
    char other[256] = "";
    size_t used = 0;
    const char *method = preset_name;
    if (r->status || !ng_contam_preset_find(preset_name, &preset)) return method;
    ng_contam_options_init(&usual);
    ng_contam_options_set_preset(&usual, preset);
    const struct {
        const char *member;
        const char *shown;
        double value;
    } settings[] = {{"chars", "windows of", (double)usual.chars},
                    {"stride", "stride", (double)usual.stride},
                    {"suspicious", "suspicious from", usual.suspicious},
                    {"dirty", "dirty from", usual.dirty},
                    {"benchmark_guard", "benchmark guard", (double)usual.benchmark_guard},
                    {"corpus_guard", "corpus guard", (double)usual.corpus_guard},
                    {"minimum_units", "minimum", (double)usual.minimum_units}};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        double value = read_decimal(r, parameters, settings[i].member, settings[i].value);
        double difference = value - settings[i].value;
        if (difference < 0.0001 && difference > -0.0001) continue; /* reports round to four digits */
        int added = snprintf(other + used, sizeof other - used, "%s%s %.4g", used > 0 ? ", " : "", settings[i].shown, value);
        if (added > 0 && (size_t)added < sizeof other - used) used += (size_t)added;
    }
    if (used > 0) r->status = ng_arena_format(r->arena, &method, r->err, "%s (%s)", preset_name, other);
    return method;
}

static const char *read_measured(struct reader *r) {
    uint32_t measured = ng_doc_member(r->doc, 0, "measured");
    const char *set = read_text(r, measured, "set");
    const char *sentence = NULL;
    if (!set || r->status) return NULL;
    r->status = ng_arena_format(r->arena, &sentence, r->err,
                                "Measured on %s: precision %.3f and recall %.3f of the class dirty (%" PRIu64
                                " entries, %" PRIu64 " documents).",
                                set, read_decimal(r, measured, "precision", 0.0), read_decimal(r, measured, "recall", 0.0),
                                read_u64(r, measured, "entries"), read_u64(r, measured, "documents"));
    return sentence;
}

static void read_texts(struct reader *r, struct ng_bulletin_report *report) {
    uint32_t texts = ng_doc_member(r->doc, 0, "method");
    uint64_t count = count_items(r->doc, texts);
    report->texts = allot(r, count, sizeof *report->texts, "texts");
    if (texts == NG_TREE_NONE) return;
    for (uint32_t t = ng_doc_first(r->doc, texts); t != NG_TREE_NONE && !r->status; t = ng_doc_next(r->doc, texts, t)) {
        const char *text = NULL;
        r->status = ng_doc_text(r->doc, t, r->arena, &text, r->err);
        if (text) report->texts[report->text_count++] = text;
    }
}

static void read_head(struct reader *r, struct ng_bulletin_report *report, const char *fallback_date) {
    uint32_t parameters = need(r, 0, "parameters", NG_JSON_OBJECT, "the report");
    (void)need(r, parameters, "preset", NG_JSON_STRING, "'parameters'");
    report->program = read_text(r, 0, "program");
    report->date = read_text(r, 0, "date");
    report->preset = read_text(r, parameters, "preset");
    report->source = read_text(r, parameters, "source");
    report->measure = read_text(r, parameters, "measure");
    report->sample = read_u64(r, parameters, "sample");
    uint32_t redacted = ng_doc_member(r->doc, parameters, "redacted");
    report->redacted = redacted != NG_TREE_NONE && r->doc->tree.text[ng_tree_node(&r->doc->tree, redacted)->begin] == 't';
    if (r->status) return;
    report->command = read_command(r);
    report->measured = read_measured(r);
    report->method = read_method(r, parameters, report->preset);
    report->date_of_file = !report->date;
    if (!report->date) report->date = fallback_date;
    if (!r->status) read_texts(r, report);
}

/* ---- Corpora and results ---- */

static void read_corpora(struct reader *r, struct ng_bulletin_report *report) {
    uint32_t list = need(r, 0, "indexes", NG_JSON_ARRAY, "the report");
    if (r->status) return;
    uint64_t count = count_items(r->doc, list);
    report->corpora = allot(r, count, sizeof *report->corpora, "indexes");
    for (uint32_t i = ng_doc_first(r->doc, list); i != NG_TREE_NONE && !r->status; i = ng_doc_next(r->doc, list, i)) {
        (void)need(r, i, "name", NG_JSON_STRING, "an index");
        report->corpora[report->corpus_count++] =
            (struct ng_bulletin_corpus){.name = read_text(r, i, "name"),
                                        .id = read_text(r, i, "id"),
                                        .version = read_text(r, i, "version"),
                                        .licence = read_text(r, i, "licence"),
                                        .url = read_text(r, i, "url"),
                                        .crawl_date = read_text(r, i, "crawl_date"),
                                        .documents = read_u64(r, i, "documents"),
                                        .text_bytes = read_u64(r, i, "text_bytes")};
    }
}

static void read_rates(struct reader *r, struct ng_bulletin_result *result, uint32_t tally) {
    result->checked = need_u64(r, tally, "checked", "a benchmark's figures");
    result->windows = read_u64(r, tally, "windows");
    result->found = read_u64(r, tally, "found");
    for (int class = NG_CONTAM_CLEAN; class < NG_BULLETIN_CLASSES && !r->status; class++) {
        const char *name = ng_contam_class_name((enum ng_contam_class)class);
        struct ng_bulletin_rate *rate = &result->rates[class];
        /* The oldest reports know no common text. */
        if (class == NG_CONTAM_COMMON && ng_doc_member(r->doc, tally, name) == NG_TREE_NONE) continue;
        uint32_t node = need(r, tally, name, NG_JSON_OBJECT, "a benchmark's figures");
        rate->entries = need_u64(r, node, "entries", name);
        rate->percent = read_decimal(r, node, "percent", 0.0);
        uint32_t interval = ng_doc_member(r->doc, node, "interval");
        uint32_t low = ng_doc_first(r->doc, interval);
        if (low == NG_TREE_NONE) continue;
        rate->sampled = ng_doc_decimal(r->doc, low, &rate->low) &&
                        ng_doc_decimal(r->doc, ng_doc_next(r->doc, interval, low), &rate->high);
    }
}

static const struct ng_bulletin_corpus *find_corpus(struct reader *r, const struct ng_bulletin_report *report,
                                                    const char *name, const char *benchmark) {
    for (size_t k = 0; k < report->corpus_count && name; k++) {
        if (report->corpora[k].name && strcmp(report->corpora[k].name, name) == 0) return &report->corpora[k];
    }
    if (!r->status) {
        r->status = ng_err_set(r->err, NG_ERR_INPUT, "%s: benchmark '%s' has figures for index '%s', which 'indexes' does "
                               "not list", r->name, benchmark, name ? name : "");
    }
    return NULL;
}

static void read_benchmark(struct reader *r, struct ng_bulletin_report *report, uint32_t node) {
    (void)need(r, node, "name", NG_JSON_STRING, "a benchmark");
    const struct ng_bulletin_result shared = {.report = report,
                                              .benchmark = read_text(r, node, "name"),
                                              .hash = read_text(r, node, "xxh3_128"),
                                              .revision = read_text(r, node, "revision"),
                                              .licence = read_text(r, node, "licence"),
                                              .url = read_text(r, node, "url"),
                                              .fields = read_text(r, node, "fields"),
                                              .entries = read_u64(r, node, "entries"),
                                              .unjudged = read_u64(r, node, "skipped") + read_u64(r, node, "too_short")};
    uint32_t list = need(r, node, "indexes", NG_JSON_ARRAY, "a benchmark");
    if (r->status) return;
    for (uint32_t i = ng_doc_first(r->doc, list); i != NG_TREE_NONE && !r->status; i = ng_doc_next(r->doc, list, i)) {
        struct ng_bulletin_result *result = &report->results[report->result_count++];
        *result = shared;
        result->corpus = find_corpus(r, report, read_text(r, i, "index"), shared.benchmark);
        read_rates(r, result, i);
    }
}

static void read_results(struct reader *r, struct ng_bulletin_report *report) {
    uint32_t list = need(r, 0, "benchmarks", NG_JSON_ARRAY, "the report");
    uint64_t count = 0;
    if (r->status) return;
    for (uint32_t i = ng_doc_first(r->doc, list); i != NG_TREE_NONE; i = ng_doc_next(r->doc, list, i)) {
        uint32_t indexes = ng_doc_member(r->doc, i, "indexes");
        if (indexes != NG_TREE_NONE) count += count_items(r->doc, indexes);
        report->benchmark_count++;
    }
    report->results = allot(r, count, sizeof *report->results, "results");
    for (uint32_t i = ng_doc_first(r->doc, list); i != NG_TREE_NONE && !r->status; i = ng_doc_next(r->doc, list, i)) {
        read_benchmark(r, report, i);
    }
    if (!r->status && count == 0) r->status = ng_err_set(r->err, NG_ERR_INPUT, "%s: the report has no result", r->name);
}

/* ---- Checks ---- */

static int fit_schema(struct reader *r) {
    struct ng_doc schema = {0};
    struct ng_err cause;
    ng_err_clear(&cause);
    int status = ng_doc_parse(&schema, ng_bulletin_schema, (size_t)ng_bulletin_schema_bytes, "the schema", &cause);
    if (!status) status = ng_schema_check(&schema, r->doc, &cause);
    if (status) (void)ng_err_set(r->err, status, "%s: %s", r->name, cause.text);
    ng_doc_free(&schema);
    return status;
}

/* A later report may mean something else by a name that this program knows. */
static int find_version(struct reader *r, uint64_t *version) {
    static const char kind[] = "\"ngidx contamination\"";
    uint32_t what = ng_doc_member(r->doc, 0, "report");
    const struct ng_tree_node *node = what == NG_TREE_NONE ? NULL : ng_tree_node(&r->doc->tree, what);
    if (!node || node->end - node->begin != sizeof kind - 1 ||
        memcmp(r->doc->tree.text + node->begin, kind, sizeof kind - 1) != 0) {
        (void)ng_err_set(r->err, NG_ERR_INPUT, "%s is not a report: it has no member \"report\": %s", r->name, kind);
        return ng_err_hint(r->err, "ngidx contam BENCH --report DIR makes DIR/report.json");
    }
    *version = need_u64(r, 0, "report_version", "the report");
    if (r->status) return r->status;
    if (*version >= OLD_VERSION && *version <= VERSION) return NG_OK;
    return ng_err_set(r->err, NG_ERR_VERSION, "%s: this ngidx reads reports of version %d and %d, not %" PRIu64, r->name,
                      OLD_VERSION, VERSION, *version);
}

int ng_bulletin_report_read(struct ng_bulletin_report *report, const struct ng_doc *doc, const char *name,
                            const char *fallback_date, struct ng_arena *arena, struct ng_err *err) {
    struct reader r = {.doc = doc, .arena = arena, .name = name, .err = err};
    *report = (struct ng_bulletin_report){0};
    r.status = find_version(&r, &report->version);
    if (!r.status && report->version == VERSION) r.status = fit_schema(&r);
    if (!r.status) read_head(&r, report, fallback_date);
    if (!r.status) read_corpora(&r, report);
    if (!r.status) read_results(&r, report);
    if (r.status) return r.status;
    struct ng_err cause;
    ng_err_clear(&cause);
    r.status = ng_bulletin_report_check(report, &cause);
    return r.status ? ng_err_set(err, r.status, "%s: %s", name, cause.text) : NG_OK;
}

void ng_bulletin_report_free(struct ng_bulletin_report *report) {
    free(report->texts);
    free(report->corpora);
    free(report->results);
    *report = (struct ng_bulletin_report){0};
}
