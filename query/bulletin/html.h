/*
 * HTML, with all that comes from a report escaped. Write errors stay in the FILE.
 */
#ifndef NG_QUERY_BULLETIN_HTML_H
#define NG_QUERY_BULLETIN_HTML_H

#include <stdio.h>

#include "common/text/html.h"
#include "query/bulletin/grid.h"

/* Text that keeps its own direction: that of a name does not turn around what follows. */
void ng_html_name(FILE *out, const char *name);

/* HTML, then a name; nothing if the name is NULL. */
void ng_html_also(FILE *out, const char *before, const char *name);

/* A link to text if it is an address of the web, else the text. */
void ng_html_address(FILE *out, const char *text);

/* 1,234,567 */
void ng_html_number(FILE *out, uint64_t number);

/* "3.1 %", with as many digits as are significant. */
void ng_html_percent(FILE *out, const struct ng_bulletin_rate *rate);

/* " 2.2–4.3" in a small element, if the rate has an interval. */
void ng_html_interval(FILE *out, const struct ng_bulletin_rate *rate);

/* The day of a date. */
void ng_html_day(FILE *out, const char *date);

/* A cell of a table that holds a rate: sorted by it, tinted with tint. */
void ng_html_rate_cell(FILE *out, const struct ng_bulletin_rate *rate, bool tint);

/* The attribute that tints an element by a percentage. */
void ng_html_tint(FILE *out, double percent);

/* The target of links to a cell, without '#'. */
void ng_html_anchor(FILE *out, const struct ng_grid *grid, size_t benchmark, size_t corpus);

/* A page: everything before its content, and after it. */
void ng_html_page_begin(FILE *out, const char *title);
void ng_html_page_end(FILE *out);

/* Charts of dirty entries over time: one for a table's cell, and one to read, with the methods of a cell. */
void ng_html_spark(FILE *out, const struct ng_line *line);
void ng_html_chart(FILE *out, const struct ng_grid *grid, size_t benchmark, size_t corpus);

/* Sections of index.html. */
void ng_html_overview(FILE *out, const struct ng_grid *grid);
void ng_html_newest(FILE *out, const struct ng_grid *grid);
void ng_html_side_by_side(FILE *out, const struct ng_grid *grid);
void ng_html_history(FILE *out, const struct ng_grid *grid);
void ng_html_reports(FILE *out, const struct ng_grid *grid);
void ng_html_methods(FILE *out, const struct ng_grid *grid);

/* The pages. */
void ng_html_index(FILE *out, const struct ng_grid *grid, const char *title);
void ng_html_add(FILE *out, const char *title);

#endif
