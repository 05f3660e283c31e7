/* Dirty entries over time, as SVG. */
#include <inttypes.h>
#include <string.h>

#include "query/bulletin/html.h"

enum { STYLES = 6 }; /* of lines in page.html */

/* Where a chart draws: x grows with the date, y falls with the rate. */
struct frame {
    double left, right, top, bottom;
    int64_t first, last; /* days */
    double most;         /* percent */
};

/* Days from 1970-01-01, by the algorithm of Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms". */
static int64_t day_of(const char *date) {
    int64_t year = ng_bulletin_digits(date, 4);
    int64_t month = ng_bulletin_digits(date + 5, 2);
    int64_t day = ng_bulletin_digits(date + 8, 2);
    if (month <= 2) year--;
    int64_t era = year / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static void extend(struct frame *frame, const struct ng_line *line) {
    for (size_t i = 0; i < line->count; i++) {
        const struct ng_bulletin_rate *dirty = &line->rows[i]->rates[NG_CONTAM_DIRTY];
        int64_t day = day_of(line->rows[i]->report->date);
        double most = dirty->sampled ? dirty->high : dirty->percent;
        if (day < frame->first) frame->first = day;
        if (day > frame->last) frame->last = day;
        if (most > frame->most) frame->most = most;
    }
}

static double x_of(const struct frame *frame, const struct ng_line *line, size_t i) {
    double width = frame->right - frame->left;
    if (frame->last == frame->first) { /* all on one day: one after the other */
        return line->count > 1 ? frame->left + width * (double)i / (double)(line->count - 1) : frame->left + width / 2;
    }
    int64_t day = day_of(line->rows[i]->report->date);
    return frame->left + width * (double)(day - frame->first) / (double)(frame->last - frame->first);
}

static double y_of(const struct frame *frame, double percent) {
    return frame->bottom - (frame->bottom - frame->top) * percent / frame->most;
}

static void write_path(FILE *out, const struct frame *frame, const struct ng_line *line, size_t style) {
    (void)fprintf(out, "<polyline class=\"l%zu\" points=\"", style % STYLES);
    for (size_t i = 0; i < line->count; i++) {
        (void)fprintf(out, "%s%.1f,%.1f", i > 0 ? " " : "", x_of(frame, line, i),
                      y_of(frame, line->rows[i]->rates[NG_CONTAM_DIRTY].percent));
    }
    (void)fputs("\"/>", out);
}

void ng_html_spark(FILE *out, const struct ng_line *line) {
    struct frame frame = {.left = 3, .right = 61, .top = 3, .bottom = 17, .first = INT64_MAX, .last = INT64_MIN, .most = 1.0};
    if (line->count < 2) return;
    extend(&frame, line);
    size_t last = line->count - 1;
    (void)fputs("<svg class=\"spark\" viewBox=\"0 0 64 20\" aria-hidden=\"true\">", out);
    write_path(out, &frame, line, 0);
    (void)fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2\"/></svg>", x_of(&frame, line, last),
                  y_of(&frame, line->rows[last]->rates[NG_CONTAM_DIRTY].percent));
}

/* ---- The chart to read ---- */

/* The next number whose half is short, too. */
static double round_up(double value) {
    double power = 1.0;
    while (value > 10.0 * power) power *= 10.0;
    static const double steps[] = {1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0};
    size_t i = 0;
    while (i + 1 < sizeof steps / sizeof *steps && value > steps[i] * power) i++;
    return steps[i] * power < 100.0 ? steps[i] * power : 100.0;
}

static void write_axes(FILE *out, const struct frame *frame, const char *first, const char *last) {
    for (int i = 0; i <= 2; i++) {
        double percent = frame->most * i / 2.0;
        double y = y_of(frame, percent);
        (void)fprintf(out, "<line class=\"rule\" x1=\"%.0f\" x2=\"%.0f\" y1=\"%.1f\" y2=\"%.1f\"/>"
                      "<text x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">%g&#8239;%%</text>",
                      frame->left, frame->right, y, y, frame->left - 8, y + 4, percent);
    }
    (void)fprintf(out, "<text x=\"%.0f\" y=\"%.0f\">%.10s</text>", frame->left, frame->bottom + 20, first);
    (void)fprintf(out, "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"end\">%.10s</text>", frame->right, frame->bottom + 20, last);
}

static void write_points(FILE *out, const struct frame *frame, const struct ng_line *line, size_t style) {
    for (size_t i = 0; i < line->count; i++) {
        const struct ng_bulletin_rate *dirty = &line->rows[i]->rates[NG_CONTAM_DIRTY];
        double x = x_of(frame, line, i);
        if (dirty->sampled) {
            (void)fprintf(out, "<line class=\"w%zu\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>", style % STYLES, x, x,
                          y_of(frame, dirty->high), y_of(frame, dirty->low));
        }
        (void)fprintf(out, "<circle class=\"c%zu\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"/>", style % STYLES, x,
                      y_of(frame, dirty->percent));
    }
}

void ng_html_chart(FILE *out, const struct ng_grid *grid, size_t benchmark, size_t corpus) {
    struct frame frame = {.left = 52, .right = 628, .top = 10, .bottom = 130, .first = INT64_MAX, .last = INT64_MIN, .most = 1.0};
    struct ng_line cell = ng_grid_cell(grid, benchmark, corpus);
    extend(&frame, &cell);
    if (frame.first == frame.last) return;
    frame.most = round_up(frame.most);
    const char *first = cell.rows[0]->report->date;
    const char *last = first;
    for (size_t i = 0; i < cell.count; i++) {
        const char *date = cell.rows[i]->report->date;
        if (strcmp(date, first) < 0) first = date;
        if (strcmp(date, last) > 0) last = date;
    }
    (void)fputs("<svg class=\"chart\" viewBox=\"0 0 640 156\" role=\"img\" aria-label=\"Dirty entries over time; the table "
                "below has the figures\">", out);
    write_axes(out, &frame, first, last);
    for (size_t m = 0; m < grid->methods.count; m++) {
        struct ng_line line = ng_grid_line(grid, benchmark, corpus, m);
        if (line.count == 0) continue;
        write_path(out, &frame, &line, m);
        write_points(out, &frame, &line, m);
    }
    (void)fputs("</svg>\n", out);
}
