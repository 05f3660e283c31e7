/* Hits on standard output: a line each, or an object each. */
#ifndef NG_QUERY_CLI_HITS_H
#define NG_QUERY_CLI_HITS_H

#include "query/cli/cmd.h"

/* Hits that are held at a time at most. */
enum { NG_CMD_HITS_AT_ONCE = 1024 };

/* Where and how hits are shown. */
struct ng_cmd_hits {
    const struct ng_index *view;
    const char *name; /* of its index */
    bool show_name;
    uint64_t context_bytes;
    struct ng_json *json; /* NULL: lines of text */
    bool color;
};

/* How many hits to hold at a time, at most NG_CMD_HITS_AT_ONCE, so that their texts take little memory. */
size_t ng_cmd_hits_at_once(const struct ng_cmd_hits *to, uint64_t phrase_bytes);

/* Shows hits of a view with their places and texts, which it frees. lengths_bytes are those in the text of the view; if
 * NULL, all are phrase_bytes long. Stops where output is lost. Errors: those of ng_index_doc_source. */
int ng_cmd_hits_print(const struct ng_cmd_hits *to, const struct ng_hit *hits, const uint64_t *lengths_bytes,
                      uint64_t phrase_bytes, const struct ng_text_place *places, struct ng_snippet *snippets,
                      size_t count, struct ng_err *err);

/* Shows hits of a view, at most NG_CMD_HITS_AT_ONCE, with the text around each. Errors: those of ng_index_show_hits and
 * ng_index_doc_source. */
int ng_cmd_hits_show(const struct ng_cmd_hits *to, const struct ng_hit *hits, const uint64_t *lengths_bytes,
                     size_t count, struct ng_err *err);

#endif
