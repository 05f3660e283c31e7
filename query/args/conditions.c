#include "query/args/conditions.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/err.h"

static int add(struct ng_cmd_conditions *conditions, const char *argument, struct ng_err *err) {
    if (conditions->added + 1 == NG_MAX_CLAUSE_PHRASES) {
        return ng_err_set(err, NG_ERR_USAGE, "over %u phrases together (NG_MAX_CLAUSE_PHRASES)", NG_MAX_CLAUSE_PHRASES);
    }
    size_t at = ++conditions->added;
    conditions->phrases[at] = (struct ng_bytes){(const uint8_t *)argument, strlen(argument)};
    conditions->clause_of[at] = conditions->clauses;
    return NG_OK;
}

int ng_cmd_conditions_and(const char *argument, void *to, struct ng_err *err) {
    struct ng_cmd_conditions *conditions = to;
    conditions->clauses++;
    return add(conditions, argument, err);
}

int ng_cmd_conditions_or(const char *argument, void *to, struct ng_err *err) {
    return add(to, argument, err);
}

int ng_cmd_conditions_not(const char *argument, void *to, struct ng_err *err) {
    struct ng_cmd_conditions *conditions = to;
    conditions->clauses++;
    int status = add(conditions, argument, err);
    if (!status) conditions->negated[conditions->clauses] = true;
    return status;
}

static int check_totals(struct ng_matches *matches, struct ng_err *err) {
    struct ng_match_totals totals;
    ng_matches_get_totals(matches, &totals);
    if (totals.hits > 0 || !totals.cut) return NG_OK;
    (void)ng_err_set(err, NG_ERR_LIMIT, "nothing found before the search reached its limit: %" PRIu64
                     " occurrences are not located, %" PRIu64 " documents not read",
                     totals.unlocated_hits, totals.unread_documents);
    return ng_err_hint(err, "raise it with --docs-limit or --text-limit");
}

int ng_cmd_conditions_open(const struct ng_cmd_conditions *conditions, const struct ng_index *view,
                           struct ng_bytes phrase, bool unique_docs, bool count_only, struct ng_matches **matches,
                           struct ng_err *err) {
    struct ng_clause clauses[NG_MAX_CLAUSE_PHRASES] = {0};
    struct ng_bytes given[NG_MAX_CLAUSE_PHRASES];
    struct ng_bytes *phrases = NULL;
    memcpy(given, conditions->phrases, sizeof given);
    given[0] = phrase;
    int status = ng_index_phrases(view, given, conditions->added + 1, &phrases, err);
    if (status) return status;
    for (size_t p = 0; p <= conditions->added; p++) {
        struct ng_clause *clause = &clauses[conditions->clause_of[p]];
        if (clause->phrase_count++ == 0) clause->phrases = &phrases[p];
        clause->negated = conditions->negated[conditions->clause_of[p]];
    }
    const struct ng_match_options options = {.clauses = clauses,
                                             .clause_count = conditions->clauses + 1,
                                             .is_within = conditions->within_bytes != UINT64_MAX,
                                             .within_bytes = conditions->within_bytes,
                                             .most_hits = conditions->most_hits,
                                             .most_text_bytes = conditions->most_text_bytes,
                                             .unique_docs = unique_docs,
                                             .count_only = count_only,
                                             .threads = conditions->threads};
    status = ng_matches_open(matches, view, &options, err);
    ng_phrases_free(phrases);
    if (!status) status = check_totals(*matches, err);
    if (!status) return NG_OK;
    ng_matches_close(*matches);
    *matches = NULL;
    return status;
}

void ng_cmd_tell_cut(const struct ng_match_totals *totals) {
    if (!totals->cut) return;
    (void)fprintf(stderr, "at least: the search reached its limit, %" PRIu64 " occurrences are not located, %" PRIu64
                  " documents not read; --docs-limit and --text-limit raise it\n",
                  totals->unlocated_hits, totals->unread_documents);
}
