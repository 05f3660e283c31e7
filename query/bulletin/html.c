#include "query/bulletin/html.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

/* query/bulletin/page.html as it was when the program was compiled; the Makefile knows that this depends on it. */
extern const uint8_t ng_bulletin_page[];
extern const uint64_t ng_bulletin_page_bytes;
__asm__(".pushsection .rodata\n"
        "ng_bulletin_page: .incbin \"query/bulletin/page.html\"\n"
        "1: .balign 8\n"
        "ng_bulletin_page_bytes: .quad 1b - ng_bulletin_page\n"
        ".popsection\n");

static const char TITLE_MARK[] = "<!-- title -->";
static const char BODY_MARK[] = "<!-- body -->";

void ng_html_name(FILE *out, const char *name) {
    (void)fputs("<bdi>", out);
    ng_html_text(out, name);
    (void)fputs("</bdi>", out);
}

void ng_html_also(FILE *out, const char *before, const char *name) {
    if (!name) return;
    (void)fputs(before, out);
    ng_html_name(out, name);
}

void ng_html_address(FILE *out, const char *text) {
    bool web = text && (strncasecmp(text, "https://", 8) == 0 || strncasecmp(text, "http://", 7) == 0);
    if (web) {
        (void)fputs("<a rel=\"noopener noreferrer nofollow\" href=\"", out);
        ng_html_text(out, text);
        (void)fputs("\">", out);
    }
    ng_html_name(out, text);
    if (web) (void)fputs("</a>", out);
}

void ng_html_number(FILE *out, uint64_t number) {
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, number);
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) (void)putc(',', out);
        (void)putc(digits[i], out);
    }
}

static void write_number(FILE *out, double percent) {
    if (percent <= 0.0) (void)putc('0', out);
    else (void)fprintf(out, percent < 0.995 ? "%.2f" : "%.1f", percent);
}

void ng_html_percent(FILE *out, const struct ng_bulletin_rate *rate) {
    write_number(out, rate->entries > 0 ? rate->percent : 0.0);
    (void)fputs("&#8239;%", out);
}

void ng_html_interval(FILE *out, const struct ng_bulletin_rate *rate) {
    if (!rate->sampled) return;
    (void)fputs(" <small>", out);
    write_number(out, rate->low);
    (void)fputs("–", out);
    write_number(out, rate->high);
    (void)fputs("</small>", out);
}

void ng_html_day(FILE *out, const char *date) {
    (void)fprintf(out, "<time datetime=\"%s\">%.10s</time>", date, date);
}

void ng_html_tint(FILE *out, double percent) {
    if (percent > 0.0) (void)fprintf(out, " style=\"background:rgba(var(--heat),%.2f)\"", 0.08 + 0.0034 * percent);
}

void ng_html_rate_cell(FILE *out, const struct ng_bulletin_rate *rate, bool tint) {
    (void)fprintf(out, "<td class=\"n\" data-v=\"%.4f\"", rate->percent);
    if (tint) ng_html_tint(out, rate->percent);
    (void)putc('>', out);
    ng_html_percent(out, rate);
    ng_html_interval(out, rate);
}

void ng_html_anchor(FILE *out, const struct ng_grid *grid, size_t benchmark, size_t corpus) {
    (void)fprintf(out, "%s--%s", grid->benchmarks.anchors[benchmark], grid->corpora.anchors[corpus]);
}

/* ---- The page around it ---- */

static const uint8_t *find(const char *mark) {
    const uint8_t *at = memmem(ng_bulletin_page, (size_t)ng_bulletin_page_bytes, mark, strlen(mark));
    assert(at);
    return at;
}

void ng_html_page_begin(FILE *out, const char *title) {
    const uint8_t *after = find(TITLE_MARK) + sizeof TITLE_MARK - 1;
    (void)fwrite(ng_bulletin_page, 1, (size_t)(find(TITLE_MARK) - ng_bulletin_page), out);
    ng_html_text(out, title);
    (void)fwrite(after, 1, (size_t)(find(BODY_MARK) - after), out);
}

void ng_html_page_end(FILE *out) {
    const uint8_t *after = find(BODY_MARK) + sizeof BODY_MARK - 1;
    (void)fwrite(after, 1, (size_t)(ng_bulletin_page + ng_bulletin_page_bytes - after), out);
}
