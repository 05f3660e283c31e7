/* Phrases that have to occur together: --and, --or, --not, --within, and what may be spent on finding them. */
#ifndef NG_QUERY_ARGS_CONDITIONS_H
#define NG_QUERY_ARGS_CONDITIONS_H

#include "common/base/limits.h"
#include "query/include/ngidx.h"

/* Zero-initialise, but for within_bytes: UINT64_MAX where --within is not given. */
struct ng_cmd_conditions {
    struct ng_bytes phrases[NG_MAX_CLAUSE_PHRASES]; /* the first is the command's PHRASE; borrowed from argv */
    size_t clause_of[NG_MAX_CLAUSE_PHRASES];
    bool negated[NG_MAX_CLAUSE_PHRASES]; /* by clause */
    size_t added;     /* phrases after the first */
    size_t clauses;   /* after the first */
    uint64_t within_bytes;
    uint64_t most_hits;       /* 0: the default */
    uint64_t most_text_bytes; /* 0: the default */
    unsigned threads;
};

/* For a command's table of options, the help of which should include NG_CMD_HELP_CONDITIONS. */
#define NG_CMD_OPTIONS_CONDITIONS(conditions)                                                     \
    {.name = "and", .take = ng_cmd_conditions_and, .to = (conditions)},                           \
    {.name = "or", .take = ng_cmd_conditions_or, .to = (conditions)},                             \
    {.name = "not", .take = ng_cmd_conditions_not, .to = (conditions)},                           \
    {.name = "within", .number = &(conditions)->within_bytes, .most = UINT64_MAX - 1},            \
    {.name = "docs-limit", .number = &(conditions)->most_hits, .least = 1, .most = UINT64_MAX},   \
    {.name = "text-limit", .size = &(conditions)->most_text_bytes},                               \
    {.name = "threads", .threads = &(conditions)->threads}

#define NG_CMD_HELP_CONDITIONS                                                                                     \
    "      --and PHRASE     only where this phrase is in the same document, too\n"                                 \
    "      --or PHRASE      an alternative to the phrase before it: PHRASE --or B --and C --or D means (PHRASE or\n" \
    "                       B) and (C or D)\n"                                                                     \
    "      --not PHRASE     only where this phrase is not in the document; with --or behind it, neither\n"         \
    "      --within BYTES   how far --and and --not look: up to BYTES from the hit, counted from the end of the\n" \
    "                       one to the start of the other\n"

int ng_cmd_conditions_and(const char *argument, void *conditions, struct ng_err *err);
int ng_cmd_conditions_or(const char *argument, void *conditions, struct ng_err *err);
int ng_cmd_conditions_not(const char *argument, void *conditions, struct ng_err *err);

/* Finds the hits of phrase that meet the conditions in a view, folding all phrases as the view is. The caller closes
 * *matches. Errors: those of ng_index_phrases and ng_matches_open; NG_ERR_LIMIT if the search was cut before it found
 * anything. */
int ng_cmd_conditions_open(const struct ng_cmd_conditions *conditions, const struct ng_index *view,
                           struct ng_bytes phrase, bool unique_docs, bool count_only, struct ng_matches **matches,
                           struct ng_err *err);

/* Says on standard error where a search was cut. */
void ng_cmd_tell_cut(const struct ng_match_totals *totals);

#endif
