/*
 * report.html: the page, with the data of the report put into it. The page builds all it shows from one block of JSON,
 * by DOM calls that take text as text; a small table stands in it for readers without scripts. Nothing that comes from
 * a corpus or a benchmark is written here but by ng_html_text and write_escaped.
 */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "common/text/html.h"
#include "query/report/report.h"

/* query/report/report.html as it was when the program was compiled, which takes no tool but the assembler. The Makefile
 * knows that this depends on it. */
extern const uint8_t ng_report_page[];
extern const uint64_t ng_report_page_bytes;
__asm__(".pushsection .rodata\n"
        "ng_report_page: .incbin \"query/report/report.html\"\n"
        "1: .balign 8\n"
        "ng_report_page_bytes: .quad 1b - ng_report_page\n"
        ".popsection\n");

static const char TABLE_MARK[] = "<!-- table -->";
static const char DATA_MARK[] = "{\"mark\":\"data\"}";

/* Writes JSON so that it may stand in a script element: no '<' can end that, or start a comment. They stand in strings
 * only, where an escape means the same. */
static ssize_t write_escaped(void *cookie, const char *bytes, size_t length) {
    FILE *stream = cookie;
    const char *end = bytes + length;
    for (const char *at = bytes; at < end; at++) {
        const char *plain = at;
        while (at < end && *at != '<' && *at != '>' && *at != '&') at++;
        (void)fwrite_unlocked(plain, 1, (size_t)(at - plain), stream);
        if (at < end) (void)fprintf(stream, "\\u%04x", (unsigned)(unsigned char)*at);
    }
    return ferror(stream) ? 0 : (ssize_t)length;
}

static void write_table(FILE *stream, const struct ng_report_settings *settings,
                        const struct ng_report_benchmark *benchmarks, size_t benchmark_count) {
    (void)fputs("<table><caption>Entries by class</caption><thead><tr><th>Benchmark<th>Corpus<th>Entries<th>Dirty"
                "<th>Suspicious<th>Common<th>Clean</tr></thead><tbody>\n",
                stream);
    for (size_t i = 0; i < benchmark_count; i++) {
        for (size_t k = 0; k < settings->index_count; k++) {
            const struct ng_report_tally *tally = &benchmarks[i].in_index[k];
            (void)fputs("<tr><th scope=\"row\">", stream);
            ng_html_text(stream, benchmarks[i].name);
            (void)fputs("<td>", stream);
            ng_html_text(stream, settings->indexes[k].name);
            (void)fprintf(stream, "<td>%" PRIu64 "<td>%" PRIu64 "<td>%" PRIu64 "<td>%" PRIu64 "<td>%" PRIu64 "</tr>\n",
                          ng_report_checked(tally), tally->classes[NG_CONTAM_DIRTY],
                          tally->classes[NG_CONTAM_SUSPICIOUS], tally->classes[NG_CONTAM_COMMON],
                          tally->classes[NG_CONTAM_CLEAN]);
        }
    }
    (void)fputs("</tbody></table>\n", stream);
}

static const uint8_t *find(const char *mark) {
    const uint8_t *at = memmem(ng_report_page, (size_t)ng_report_page_bytes, mark, strlen(mark));
    assert(at);
    return at;
}

int ng_report_page_begin(FILE *stream, FILE **entries, struct ng_err *err) {
    *entries = fopencookie(stream, "w", (cookie_io_functions_t){.write = write_escaped});
    if (!*entries) return ng_err_nomem(err, BUFSIZ, "a stream");
    (void)fwrite(ng_report_page, 1, (size_t)(find(DATA_MARK) - ng_report_page), stream);
    (void)fputs("{\"entries\":[\n", *entries);
    return NG_OK;
}

int ng_report_page_end(FILE *stream, FILE *entries, const struct ng_report_settings *settings,
                       const struct ng_report_benchmark *benchmarks, size_t benchmark_count,
                       const struct ng_contam_stats *stats, uint64_t left_out, struct ng_err *err) {
    struct ng_json json;
    int status = ng_json_init(&json, entries, err);
    if (!status) {
        (void)fprintf(entries, "],\"left_out\":%" PRIu64 ",\"summary\":", left_out);
        ng_report_summary_write(&json, settings, benchmarks, benchmark_count, stats);
        (void)putc('}', entries);
        ng_json_free(&json);
    }
    (void)fclose(entries); /* what it could not write is an error of the stream below */
    const uint8_t *rest = find(DATA_MARK) + sizeof DATA_MARK - 1;
    const uint8_t *table = find(TABLE_MARK);
    assert(rest < table);
    (void)fwrite(rest, 1, (size_t)(table - rest), stream);
    write_table(stream, settings, benchmarks, benchmark_count);
    table += sizeof TABLE_MARK - 1;
    (void)fwrite(table, 1, (size_t)(ng_report_page + ng_report_page_bytes - table), stream);
    return status;
}
