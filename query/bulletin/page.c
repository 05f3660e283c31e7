/* The two pages of a site. */
#include <string.h>

#include "query/bulletin/html.h"

static void write_title(FILE *out, const char *title) {
    (void)fputs("<p class=\"eyebrow\">Contamination bulletin</p>\n<h1>", out);
    ng_html_name(out, title);
    (void)fputs("</h1>\n", out);
}

static void write_count(FILE *out, size_t count, const char *one, const char *many) {
    ng_html_number(out, count);
    (void)fprintf(out, " %s", count == 1 ? one : many);
}

static void write_lead(FILE *out, const struct ng_grid *grid) {
    enum { DAY_CHARS = 10 };
    const struct ng_bulletin *bulletin = grid->bulletin;
    (void)fputs("<p class=\"lead\">Overlap of ", out);
    write_count(out, grid->benchmarks.count, "benchmark", "benchmarks");
    (void)fputs(" with ", out);
    write_count(out, grid->corpora.count, "corpus", "corpora");
    (void)fputs(", by ", out);
    write_count(out, grid->methods.count, "method", "methods");
    (void)fputs(", from ", out);
    write_count(out, bulletin->count, "report", "reports");
    if (bulletin->count > 0) {
        (void)fputs(" of ", out);
        ng_html_day(out, bulletin->reports[0]->date);
        if (strncmp(bulletin->reports[0]->date, bulletin->reports[bulletin->count - 1]->date, DAY_CHARS) != 0) {
            (void)fputs(" to ", out);
            ng_html_day(out, bulletin->reports[bulletin->count - 1]->date);
        }
    }
    (void)fputs(".</p>\n", out);
}

void ng_html_index(FILE *out, const struct ng_grid *grid, const char *title) {
    ng_html_page_begin(out, title);
    (void)fputs("<a class=\"skip\" href=\"#overview\">Go to the overview</a>\n<header class=\"top\">\n", out);
    write_title(out, title);
    write_lead(out, grid);
    (void)fputs("<nav aria-label=\"Sections\"><a href=\"#overview\">Overview</a> <a href=\"#results\">Newest results</a> ", out);
    if (grid->methods.count > 1) (void)fputs("<a href=\"#beside\">Methods side by side</a> ", out);
    (void)fputs("<a href=\"#history\">History</a> <a href=\"#reports\">Reports</a> <a href=\"#methods\">Methods</a> "
                "<a href=\"#data\">Data</a> <a href=\"add.html\">Add a benchmark</a></nav>\n</header>\n<main>\n", out);
    ng_html_overview(out, grid);
    ng_html_newest(out, grid);
    ng_html_side_by_side(out, grid);
    ng_html_history(out, grid);
    ng_html_reports(out, grid);
    ng_html_methods(out, grid);
    (void)fputs("<section aria-labelledby=\"data\"><h2 id=\"data\">Data</h2>\n"
                "<p class=\"note\"><a href=\"" NG_BULLETIN_DATA "\" download>" NG_BULLETIN_DATA "</a> has every report and every "
                "result, <a href=\"bulletin.csv\" download>bulletin.csv</a> every result, one a row. "
                "<a href=\"report.schema.json\">report.schema.json</a> describes the reports.</p>\n</section>\n</main>\n"
                "<footer><p>Made by <code>ngidx bulletin</code>. <a href=\"add.html\">How to add a benchmark</a></p></footer>\n",
                out);
    ng_html_page_end(out);
}

void ng_html_add(FILE *out, const char *title) {
    ng_html_page_begin(out, "How to add a benchmark");
    (void)fputs("<header class=\"top\">\n", out);
    (void)fputs("<p class=\"eyebrow\"><a href=\"index.html\">", out);
    ng_html_name(out, title);
    (void)fputs(
        "</a></p>\n<h1>How to add a benchmark</h1>\n"
        "<p class=\"lead\">The bulletin is made of reports. A report is a folder that <code>ngidx contam</code> writes; whoever "
        "keeps the bulletin adds it.</p>\n</header>\n<main>\n"
        "<section><h2 id=\"make\">Make a report</h2>\n"
        "<p>Build an index of the corpus once, then check the benchmark against it:</p>\n"
        "<pre tabindex=\"0\"><code>ngidx build corpus/ -o corpus.ngidx --view exact,folded\n"
        "ngidx contam benchmark.jsonl -i NAME=corpus.ngidx --report my-report</code></pre>\n"
        "<p>A benchmark is a file of JSON lines, JSON, CSV or TSV. NAME is what the bulletin calls the corpus, the file’s name "
        "is what it calls the benchmark: results of the same names form one history. <code>--corpus-info</code> and "
        "<code>--benchmark-info</code> add versions, licences and addresses; <code>--redact</code> leaves all texts out.</p>\n"
        "</section>\n<section><h2 id=\"check\">Check it</h2>\n"
        "<pre tabindex=\"0\"><code>ngidx bulletin check my-report/report.json</code></pre>\n"
        "<p>says whether the report fits <a href=\"report.schema.json\">report.schema.json</a> and whether its figures agree with "
        "each other, or what is wrong and where. Reports that other programs make are welcome if they pass.</p>\n"
        "</section>\n<section><h2 id=\"add\">Add it</h2>\n"
        "<pre tabindex=\"0\"><code>ngidx bulletin SITE my-report -o SITE</code></pre>\n"
        "<p>makes the site anew, with all reports that it has and the new one. The old site stays until the new one is whole.</p>\n"
        "</section>\n<section><h2 id=\"upload\">Or upload the benchmark</h2>\n"
        "<p>A server that was started as <code>ngidx serve --bulletin SITE --accept-benchmarks</code> takes benchmarks at "
        "<a href=\"benchmarks\">its upload page</a>, checks them against the corpora that it serves and adds the report. Other "
        "servers have no such page.</p>\n"
        "</section>\n</main>\n<footer><p><a href=\"index.html\">Back to the bulletin</a></p></footer>\n", out);
    ng_html_page_end(out);
}
