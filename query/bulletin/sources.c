/* Where the figures come from: the reports, and the methods that made them. */
#include <string.h>

#include "query/bulletin/html.h"
#include "query/bulletin/site.h"

static void write_files(FILE *out, const struct ng_bulletin_report *report) {
    for (size_t i = 0; i < NG_SITE_REPORT_FILES; i++) {
        if (!report->has_file[i]) continue;
        (void)fprintf(out, "<a href=\"" NG_BULLETIN_REPORTS "/%s/%s\">%s</a> ", report->key, ng_site_report_files[i],
                      ng_site_report_files[i]);
    }
}

static void write_corpora(FILE *out, const struct ng_bulletin_report *report) {
    for (size_t k = 0; k < report->corpus_count; k++) {
        const struct ng_bulletin_corpus *corpus = &report->corpora[k];
        if (k > 0) (void)fputs("; ", out);
        ng_html_name(out, corpus->name);
        ng_html_also(out, " ", corpus->version);
        (void)fputs(" (", out);
        ng_html_number(out, corpus->documents);
        (void)fputs(" documents, ", out);
        ng_html_number(out, corpus->text_bytes);
        (void)fputs(" bytes", out);
        ng_html_also(out, ", licence ", corpus->licence);
        ng_html_also(out, ", crawled ", corpus->crawl_date);
        if (corpus->url) {
            (void)fputs(", ", out);
            ng_html_address(out, corpus->url);
        }
        (void)putc(')', out);
    }
}

static void write_benchmarks(FILE *out, const struct ng_bulletin_report *report) {
    const char *last = NULL;
    for (size_t i = 0; i < report->result_count; i++) {
        const char *name = report->results[i].benchmark;
        if (last && strcmp(name, last) == 0) continue;
        if (last) (void)fputs(", ", out);
        ng_html_name(out, name);
        last = name;
    }
}

static void write_report(FILE *out, const struct ng_bulletin_report *report) {
    (void)fprintf(out, "<article class=\"report\" id=\"%s\"><h3>", report->key);
    ng_html_day(out, report->date);
    (void)fputs(", method ", out);
    ng_html_name(out, report->method);
    (void)fputs("</h3>\n<dl class=\"facts\"><dt>Benchmarks</dt><dd>", out);
    write_benchmarks(out, report);
    (void)fputs("</dd><dt>Corpora</dt><dd>", out);
    write_corpora(out, report);
    (void)fputs("</dd>", out);
    if (report->sample > 0) {
        (void)fputs("<dt>Sample</dt><dd>", out);
        ng_html_number(out, report->sample);
        (void)fputs(" entries of each benchmark</dd>", out);
    }
    if (report->program) {
        (void)fputs("<dt>Program</dt><dd>", out);
        ng_html_name(out, report->program);
        (void)fputs("</dd>", out);
    }
    if (report->command) {
        (void)fputs("<dt>Command</dt><dd><code>", out);
        ng_html_text(out, report->command);
        (void)fputs("</code></dd>", out);
    }
    if (report->version < 2) {
        (void)fputs("<dt>Missing</dt><dd>An older report, of version 1: it has no command line, no intervals and nothing about "
                    "its corpora; its date is that of its file.</dd>", out);
    }
    (void)fputs("<dt>Files</dt><dd>", out);
    write_files(out, report);
    if (report->redacted) (void)fputs("(without texts)", out);
    (void)fputs("</dd></dl></article>\n", out);
}

void ng_html_reports(FILE *out, const struct ng_grid *grid) {
    (void)fputs("<section aria-labelledby=\"reports\"><h2 id=\"reports\">Reports</h2>\n"
                "<p class=\"note\">The reports that the figures come from, newest first, with every entry.</p>\n", out);
    for (size_t i = grid->bulletin->count; i > 0; i--) write_report(out, grid->bulletin->reports[i - 1]);
    (void)fputs("</section>\n", out);
}

/* ---- Methods ---- */

static const struct ng_bulletin_report *newest_with(const struct ng_grid *grid, const char *method) {
    for (size_t i = grid->bulletin->count; i > 0; i--) {
        if (strcmp(grid->bulletin->reports[i - 1]->method, method) == 0) return grid->bulletin->reports[i - 1];
    }
    return NULL;
}

void ng_html_methods(FILE *out, const struct ng_grid *grid) {
    (void)fputs("<section aria-labelledby=\"methods\"><h2 id=\"methods\">Methods</h2>\n"
                "<p class=\"note\">The classes say whether overlap was found at these settings: clean does not mean that a text "
                "was never seen.</p>\n", out);
    for (size_t m = 0; m < grid->methods.count; m++) {
        const struct ng_bulletin_report *report = newest_with(grid, grid->methods.names[m]);
        if (!report) continue;
        (void)fprintf(out, "<h3 id=\"method-%s\">", grid->methods.anchors[m]);
        ng_html_name(out, grid->methods.names[m]);
        (void)fputs("</h3>\n", out);
        if (report->source) {
            (void)fputs("<p class=\"note\">Source: ", out);
            ng_html_name(out, report->source);
            ng_html_also(out, ". What decides the class: ", report->measure);
            (void)fputs(".</p>\n", out);
        }
        if (report->measured) {
            (void)fputs("<p class=\"note\">", out);
            ng_html_name(out, report->measured);
            (void)fputs("</p>\n", out);
        }
        for (size_t i = 0; i < report->text_count; i++) {
            (void)fputs("<p class=\"note\">", out);
            ng_html_name(out, report->texts[i]);
            (void)fputs("</p>\n", out);
        }
    }
    (void)fputs("</section>\n", out);
}
