#include "query/cli/hits.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/base/utf8.h"

/* The most text that the snippets held at a time may take. */
enum { SNIPPET_BYTES_AT_ONCE = 16 << 20 };

size_t ng_cmd_hits_at_once(const struct ng_cmd_hits *to, uint64_t phrase_bytes) {
    uint64_t snippet_bytes = 2 * to->context_bytes + phrase_bytes + 1;
    if (ng_index_text_view(to->view) == NG_VIEW_FOLDED) snippet_bytes += NG_MAX_ORIGIN_HIT_BYTES + 2 * phrase_bytes;
    uint64_t hits = SNIPPET_BYTES_AT_ONCE / snippet_bytes;
    return hits < 1 ? 1 : hits < NG_CMD_HITS_AT_ONCE ? (size_t)hits : NG_CMD_HITS_AT_ONCE;
}

static void print_snippet(const struct ng_cmd_hits *to, const struct ng_text_place *place,
                          const struct ng_snippet *snippet) {
    const uint8_t *text = snippet->text;
    if (!to->color || place->length_bytes == 0) {
        ng_cli_print_visible(stdout, text, snippet->length_bytes);
        return;
    }
    uint64_t begin = place->offset - snippet->offset;
    uint64_t end = begin + place->length_bytes;
    if (end > snippet->length_bytes) end = snippet->length_bytes; /* of a long original only so much is shown */
    /* A phrase of bytes may start or end within a character, which is made bold as a whole. */
    while (begin > 0 && ng_utf8_is_continuation(text[begin])) begin--;
    while (end < snippet->length_bytes && ng_utf8_is_continuation(text[end])) end++;
    ng_cli_print_visible(stdout, text, begin);
    (void)fputs("\033[1;31m", stdout);
    ng_cli_print_visible(stdout, text + begin, end - begin);
    (void)fputs("\033[0m", stdout);
    ng_cli_print_visible(stdout, text + end, snippet->length_bytes - end);
}

static void print_line(const struct ng_cmd_hits *to, const struct ng_hit *hit, const struct ng_text_place *place,
                       const struct ng_snippet *snippet, const struct ng_doc_source *source) {
    if (to->show_name) {
        ng_cli_print_visible(stdout, (const uint8_t *)to->name, strlen(to->name));
        (void)putchar('\t');
    }
    (void)printf("%" PRIu64 "\t%" PRIu64 "\t", hit->doc, place->offset);
    ng_cli_print_visible(stdout, (const uint8_t *)source->path, strlen(source->path));
    if (source->line > 0) (void)printf(":%" PRIu64, source->line);
    (void)putchar('\t');
    print_snippet(to, place, snippet);
    (void)putchar('\n');
}

static int print_hit(const struct ng_cmd_hits *to, const struct ng_hit *hit, uint64_t length_bytes,
                     const struct ng_text_place *place, const struct ng_snippet *snippet, struct ng_err *err) {
    struct ng_doc_source source = {0};
    int status = ng_index_doc_source(to->view, hit->doc, &source, err);
    if (status) return status;
    struct ng_doc_names names;
    ng_index_doc_names(to->view, &source, &names);
    const struct ng_json_shown shown = {.index = to->name, .hit = hit, .place = place, .snippet = snippet,
                                        .source = &source, .names = &names,
                                        .folded = ng_index_text_view(to->view) == NG_VIEW_FOLDED,
                                        .phrase_bytes = length_bytes};
    if (to->json) {
        ng_json_hit(to->json, &shown);
        ng_json_end_line(to->json);
    } else {
        print_line(to, hit, place, snippet, &source);
    }
    ng_doc_source_free(&source);
    return NG_OK;
}

int ng_cmd_hits_print(const struct ng_cmd_hits *to, const struct ng_hit *hits, const uint64_t *lengths_bytes,
                      uint64_t phrase_bytes, const struct ng_text_place *places, struct ng_snippet *snippets,
                      size_t count, struct ng_err *err) {
    int status = NG_OK;
    for (size_t i = 0; i < count; i++) {
        if (!status && !ng_cli_output_lost()) {
            uint64_t length_bytes = lengths_bytes ? lengths_bytes[i] : phrase_bytes;
            status = print_hit(to, &hits[i], length_bytes, &places[i], &snippets[i], err);
        }
        ng_snippet_free(&snippets[i]);
    }
    return status;
}

int ng_cmd_hits_show(const struct ng_cmd_hits *to, const struct ng_hit *hits, const uint64_t *lengths_bytes,
                     size_t count, struct ng_err *err) {
    struct ng_text_place *places = calloc(count + 1, sizeof *places);
    struct ng_snippet *snippets = calloc(count + 1, sizeof *snippets);
    int status = places && snippets ? NG_OK : ng_err_nomem(err, count * sizeof *snippets, "hits");
    if (!status) {
        status = ng_index_show_hits(to->view, hits, lengths_bytes, count, to->context_bytes, places, snippets, err);
    }
    if (!status) status = ng_cmd_hits_print(to, hits, lengths_bytes, 0, places, snippets, count, err);
    free(snippets);
    free(places);
    return status;
}
