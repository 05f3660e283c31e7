/* What the newest reports say: benchmarks by corpora, the same as a list, methods side by side. */
#include <string.h>

#include "query/bulletin/html.h"

static void write_link(FILE *out, const struct ng_grid *grid, size_t benchmark, size_t corpus) {
    (void)fputs("<a href=\"#", out);
    ng_html_anchor(out, grid, benchmark, corpus);
    (void)fputs("\">", out);
}

/* ---- Benchmarks by corpora ---- */

static void write_overview_cell(FILE *out, const struct ng_grid *grid, size_t benchmark, size_t corpus) {
    double worst = 0.0;
    bool any = false;
    for (size_t m = 0; m < grid->methods.count; m++) {
        struct ng_line line = ng_grid_line(grid, benchmark, corpus, m);
        const struct ng_bulletin_result *newest = ng_line_newest(&line);
        if (newest && newest->rates[NG_CONTAM_DIRTY].percent > worst) worst = newest->rates[NG_CONTAM_DIRTY].percent;
        any = any || newest;
    }
    if (!any) {
        (void)fputs("<td class=\"none\" data-v=\"-1\">not checked", out);
        return;
    }
    (void)fprintf(out, "<td data-v=\"%.4f\"", worst);
    ng_html_tint(out, worst);
    (void)putc('>', out);
    write_link(out, grid, benchmark, corpus);
    for (size_t m = 0; m < grid->methods.count; m++) {
        struct ng_line line = ng_grid_line(grid, benchmark, corpus, m);
        const struct ng_bulletin_result *newest = ng_line_newest(&line);
        if (!newest) continue;
        (void)fputs("<span class=\"rate\">", out);
        if (grid->methods.count > 1) {
            (void)fputs("<i>", out);
            ng_html_name(out, grid->methods.names[m]);
            (void)fputs("</i> ", out);
        }
        (void)fputs("<b>", out);
        ng_html_percent(out, &newest->rates[NG_CONTAM_DIRTY]);
        (void)fputs("</b>", out);
        ng_html_interval(out, &newest->rates[NG_CONTAM_DIRTY]);
        ng_html_spark(out, &line);
        (void)fputs("</span>", out);
    }
    (void)fputs("</a>", out);
}

void ng_html_overview(FILE *out, const struct ng_grid *grid) {
    (void)fputs("<section aria-labelledby=\"overview\"><h2 id=\"overview\">Overview</h2>\n"
                "<p class=\"note\">Percentage of each benchmark’s entries that are <b>dirty</b>: overlap with the corpus was "
                "found at the settings of the method. The figures are those of the newest report of each cell; small figures "
                "are 95&#8239;% intervals of samples, lines the history. A cell leads to its history.</p>\n"
                "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table of benchmarks by corpora\">"
                "<table class=\"grid sortable\"><caption>Dirty entries, benchmarks by corpora</caption><thead><tr><th scope=\"col\">"
                "Benchmark", out);
    for (size_t k = 0; k < grid->corpora.count; k++) {
        (void)fputs("<th scope=\"col\" class=\"high\">", out);
        ng_html_name(out, grid->corpora.names[k]);
    }
    (void)fputs("</tr></thead><tbody>\n", out);
    for (size_t b = 0; b < grid->benchmarks.count; b++) {
        (void)fprintf(out, "<tr><th scope=\"row\"><a href=\"#%s\">", grid->benchmarks.anchors[b]);
        ng_html_name(out, grid->benchmarks.names[b]);
        (void)fputs("</a>", out);
        for (size_t k = 0; k < grid->corpora.count; k++) write_overview_cell(out, grid, b, k);
        (void)fputs("</tr>\n", out);
    }
    (void)fputs("</tbody></table></div></section>\n", out);
}

/* ---- The list ---- */

static void write_change(FILE *out, const struct ng_line *line) {
    if (line->count < 2) {
        (void)fputs("<td class=\"n\" data-v=\"\">new", out);
        return;
    }
    double now = line->rows[line->count - 1]->rates[NG_CONTAM_DIRTY].percent;
    double before = line->rows[line->count - 2]->rates[NG_CONTAM_DIRTY].percent;
    double change = now - before;
    bool none = change < 0.005 && change > -0.005;
    (void)fprintf(out, "<td class=\"n\" data-v=\"%.4f\">", change);
    if (none) (void)fputs("0", out);
    else (void)fprintf(out, "%s%.2f", change > 0 ? "+" : "−", change > 0 ? change : -change);
}

static void write_newest(FILE *out, const struct ng_grid *grid, size_t b, size_t k, const struct ng_line *line) {
    const struct ng_bulletin_result *newest = ng_line_newest(line);
    (void)fputs("<tr><th scope=\"row\">", out);
    write_link(out, grid, b, k);
    ng_html_name(out, newest->benchmark);
    (void)fputs("</a><td>", out);
    ng_html_name(out, newest->corpus->name);
    (void)fputs("<td>", out);
    ng_html_name(out, newest->report->method);
    (void)fputs("<td>", out);
    ng_html_day(out, newest->report->date);
    (void)fprintf(out, "<td class=\"n\" data-v=\"%llu\">", (unsigned long long)newest->checked);
    ng_html_number(out, newest->checked);
    ng_html_rate_cell(out, &newest->rates[NG_CONTAM_DIRTY], true);
    ng_html_rate_cell(out, &newest->rates[NG_CONTAM_SUSPICIOUS], false);
    ng_html_rate_cell(out, &newest->rates[NG_CONTAM_COMMON], false);
    ng_html_rate_cell(out, &newest->rates[NG_CONTAM_CLEAN], false);
    write_change(out, line);
    (void)fprintf(out, "<td><a href=\"#%s\">report</a></tr>\n", newest->report->key);
}

void ng_html_newest(FILE *out, const struct ng_grid *grid) {
    (void)fputs("<section aria-labelledby=\"results\"><h2 id=\"results\">Newest results</h2>\n"
                "<p class=\"note\">One row for each benchmark, corpus and method. Change: percentage points of dirty entries "
                "since the report before.</p>\n<div class=\"controls\" data-filter=\"newest\"></div>"
                "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table of the newest results\"><table class=\"sortable rows list\" "
                "id=\"newest\"><caption>Newest result of each benchmark, corpus and method</caption><thead><tr>"
                "<th scope=\"col\">Benchmark<th scope=\"col\">Corpus<th scope=\"col\">Method<th scope=\"col\">Date"
                "<th scope=\"col\" class=\"n high\">Entries<th scope=\"col\" class=\"n high\">Dirty"
                "<th scope=\"col\" class=\"n high\">Suspicious<th scope=\"col\" class=\"n high\">Common"
                "<th scope=\"col\" class=\"n high\">Clean<th scope=\"col\" class=\"n high\">Change"
                "<td><span class=\"hidden-text\">Report</span></tr></thead><tbody>\n", out);
    for (size_t b = 0; b < grid->benchmarks.count; b++) {
        for (size_t k = 0; k < grid->corpora.count; k++) {
            for (size_t m = 0; m < grid->methods.count; m++) {
                struct ng_line line = ng_grid_line(grid, b, k, m);
                if (line.count > 0) write_newest(out, grid, b, k, &line);
            }
        }
    }
    (void)fputs("</tbody></table></div></section>\n", out);
}

/* ---- Methods side by side ---- */

static void write_beside(FILE *out, const struct ng_grid *grid, size_t b, size_t k) {
    if (ng_grid_cell(grid, b, k).count == 0) return;
    (void)fputs("<tr><th scope=\"row\">", out);
    write_link(out, grid, b, k);
    ng_html_name(out, grid->benchmarks.names[b]);
    (void)fputs("</a><td>", out);
    ng_html_name(out, grid->corpora.names[k]);
    for (size_t m = 0; m < grid->methods.count; m++) {
        struct ng_line line = ng_grid_line(grid, b, k, m);
        const struct ng_bulletin_result *newest = ng_line_newest(&line);
        if (newest) ng_html_rate_cell(out, &newest->rates[NG_CONTAM_DIRTY], true);
        else (void)fputs("<td class=\"n none\" data-v=\"-1\">–", out);
    }
    (void)fputs("</tr>\n", out);
}

void ng_html_side_by_side(FILE *out, const struct ng_grid *grid) {
    if (grid->methods.count < 2) return;
    (void)fputs("<section aria-labelledby=\"beside\"><h2 id=\"beside\">Methods side by side</h2>\n"
                "<p class=\"note\">Dirty entries by each method, newest reports. <a href=\"#methods\">Methods</a> says what each "
                "does.</p>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table of methods\">"
                "<table class=\"sortable rows\"><caption>Dirty entries by method</caption><thead><tr><th scope=\"col\">Benchmark"
                "<th scope=\"col\">Corpus", out);
    for (size_t m = 0; m < grid->methods.count; m++) {
        (void)fputs("<th scope=\"col\" class=\"n high\">", out);
        ng_html_name(out, grid->methods.names[m]);
    }
    (void)fputs("</tr></thead><tbody>\n", out);
    for (size_t b = 0; b < grid->benchmarks.count; b++) {
        for (size_t k = 0; k < grid->corpora.count; k++) write_beside(out, grid, b, k);
    }
    (void)fputs("</tbody></table></div></section>\n", out);
}
