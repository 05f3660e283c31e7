/* Every result of every cell, by date. */
#include <string.h>

#include "query/bulletin/html.h"

static bool differ(const char *a, const char *b) {
    return a && b && strcmp(a, b) != 0;
}

/* What makes a rate incomparable with the one before it. */
static void write_remark(FILE *out, const struct ng_bulletin_result *row, const struct ng_bulletin_result *before) {
    const char *separator = "";
    if (row->corpus->version || row->corpus->crawl_date) {
        ng_html_text(out, row->corpus->version ? "corpus " : "crawled ");
        ng_html_name(out, row->corpus->version ? row->corpus->version : row->corpus->crawl_date);
        separator = ", ";
    }
    if (row->revision) {
        (void)fprintf(out, "%sbenchmark ", separator);
        ng_html_name(out, row->revision);
        separator = ", ";
    }
    if (row->report->sample > 0) {
        (void)fprintf(out, "%ssample of ", separator);
        ng_html_number(out, row->report->sample);
        separator = ", ";
    }
    if (before && differ(row->hash, before->hash)) {
        (void)fprintf(out, "%s<b>benchmark file changed</b>", separator);
        separator = ", ";
    }
    if (before && differ(row->corpus->id, before->corpus->id)) {
        (void)fprintf(out, "%s<b>corpus changed</b>", separator);
        separator = ", ";
    }
    if (row->report->date_of_file) (void)fprintf(out, "%sno date in the report: that of its file", separator);
}

static void write_row(FILE *out, const struct ng_grid *grid, size_t method, const struct ng_bulletin_result *row,
                      const struct ng_bulletin_result *before) {
    (void)fputs("<tr><th scope=\"row\">", out);
    ng_html_day(out, row->report->date);
    if (grid->methods.count > 1) {
        (void)fputs("<td>", out);
        ng_html_name(out, grid->methods.names[method]);
    }
    (void)fputs("<td class=\"n\">", out);
    ng_html_number(out, row->checked);
    static const enum ng_contam_class order[] = {NG_CONTAM_DIRTY, NG_CONTAM_SUSPICIOUS, NG_CONTAM_COMMON, NG_CONTAM_CLEAN};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        (void)fputs("<td class=\"n\">", out);
        ng_html_percent(out, &row->rates[order[i]]);
        ng_html_interval(out, &row->rates[order[i]]);
    }
    (void)fputs("<td>", out);
    write_remark(out, row, before);
    (void)fprintf(out, "<td><a href=\"#%s\">report</a></tr>\n", row->report->key);
}

static void write_summary(FILE *out, const struct ng_grid *grid, size_t benchmark, size_t corpus) {
    (void)fputs("<summary><span class=\"what\">", out);
    ng_html_name(out, grid->benchmarks.names[benchmark]);
    (void)fputs(" in ", out);
    ng_html_name(out, grid->corpora.names[corpus]);
    (void)fputs("</span>", out);
    for (size_t m = 0; m < grid->methods.count; m++) {
        struct ng_line line = ng_grid_line(grid, benchmark, corpus, m);
        const struct ng_bulletin_result *newest = ng_line_newest(&line);
        if (!newest) continue;
        (void)fputs(" <span class=\"rate\">", out);
        if (grid->methods.count > 1) {
            (void)fprintf(out, "<i class=\"k%zu\">", m % 6);
            ng_html_name(out, grid->methods.names[m]);
            (void)fputs("</i> ", out);
        }
        (void)fputs("<b>", out);
        ng_html_percent(out, &newest->rates[NG_CONTAM_DIRTY]);
        (void)fputs("</b>", out);
        ng_html_spark(out, &line);
        (void)fputs("</span>", out);
    }
    (void)fputs("</summary>\n", out);
}

/* A browser opens what a link into it leads to, without a script too: the target is within the details. */
static void write_cell(FILE *out, const struct ng_grid *grid, size_t benchmark, size_t corpus) {
    if (ng_grid_cell(grid, benchmark, corpus).count == 0) return;
    (void)fputs("<details class=\"cell\">", out);
    write_summary(out, grid, benchmark, corpus);
    (void)fputs("<div class=\"in\" id=\"", out);
    ng_html_anchor(out, grid, benchmark, corpus);
    (void)fputs("\">", out);
    ng_html_chart(out, grid, benchmark, corpus);
    (void)fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"History of ", out);
    ng_html_text(out, grid->benchmarks.names[benchmark]);
    (void)fputs(" in ", out);
    ng_html_text(out, grid->corpora.names[corpus]);
    (void)fputs("\"><table class=\"rows list\"><thead><tr><th scope=\"col\">Date", out);
    if (grid->methods.count > 1) (void)fputs("<th scope=\"col\">Method", out);
    (void)fputs("<th scope=\"col\" class=\"n\">Entries<th scope=\"col\" class=\"n\">Dirty<th scope=\"col\" class=\"n\">Suspicious"
                "<th scope=\"col\" class=\"n\">Common<th scope=\"col\" class=\"n\">Clean<th scope=\"col\">Remarks"
                "<td><span class=\"hidden-text\">Report</span></tr></thead><tbody>\n", out);
    for (size_t m = 0; m < grid->methods.count; m++) {
        struct ng_line line = ng_grid_line(grid, benchmark, corpus, m);
        for (size_t i = line.count; i > 0; i--) {
            write_row(out, grid, m, line.rows[i - 1], i > 1 ? line.rows[i - 2] : NULL);
        }
    }
    (void)fputs("</tbody></table></div></div></details>\n", out);
}

/* What is known of the benchmark, from its newest result. */
static void write_benchmark(FILE *out, const struct ng_grid *grid, size_t benchmark) {
    const struct ng_bulletin_result *newest = NULL;
    for (size_t k = 0; k < grid->corpora.count; k++) {
        struct ng_line cell = ng_grid_cell(grid, benchmark, k);
        for (size_t i = 0; i < cell.count; i++) {
            if (!newest || strcmp(cell.rows[i]->report->date, newest->report->date) > 0) newest = cell.rows[i];
        }
    }
    if (!newest) return;
    (void)fputs("<p class=\"note\">", out);
    ng_html_number(out, newest->entries);
    (void)fputs(newest->entries == 1 ? " entry" : " entries", out);
    ng_html_also(out, ", checked: ", newest->fields);
    ng_html_also(out, "; revision ", newest->revision);
    ng_html_also(out, "; licence ", newest->licence);
    if (newest->url) {
        (void)fputs("; ", out);
        ng_html_address(out, newest->url);
    }
    if (newest->hash) {
        (void)fputs("; XXH3-128 of the file <code>", out);
        ng_html_text(out, newest->hash);
        (void)fputs("</code>", out);
    }
    (void)fputs("</p>\n", out);
}

void ng_html_history(FILE *out, const struct ng_grid *grid) {
    (void)fputs("<section aria-labelledby=\"history\"><h2 id=\"history\">History</h2>\n"
                "<p class=\"note\">Every result of every report, newest first. Rates are comparable as long as neither the "
                "benchmark’s file nor the corpus changed; where one did, a remark says so.</p>\n", out);
    for (size_t b = 0; b < grid->benchmarks.count; b++) {
        (void)fprintf(out, "<h3 id=\"%s\">", grid->benchmarks.anchors[b]);
        ng_html_name(out, grid->benchmarks.names[b]);
        (void)fputs("</h3>\n", out);
        write_benchmark(out, grid, b);
        for (size_t k = 0; k < grid->corpora.count; k++) write_cell(out, grid, b, k);
    }
    (void)fputs("</section>\n", out);
}
