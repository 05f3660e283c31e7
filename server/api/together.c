/* Counts of documents, and phrases together. */
#include "common/base/limits.h"
#include "common/json/explored.h"
#include "server/api/api_impl.h"

/* Sorts the phrases of the request by clause: the turn's phrase is the first of clause 0. phrases has room for
 * NG_MAX_CLAUSE_PHRASES; clauses[c] gets its number of phrases. */
static void sort_phrases(const struct ng_api_turn *turn, struct ng_bytes *phrases, struct ng_clause *clauses) {
    const struct ng_field_phrase *given = ng_fields_phrases(&turn->fields);
    size_t used = 0;
    phrases[used++] = turn->field[NG_API_QUERY].text;
    clauses[0].phrase_count = 1;
    for (size_t c = 0; c <= turn->fields.clause_count; c++) {
        for (size_t p = 0; p < turn->fields.phrase_count; p++) {
            if (given[p].clause != c) continue;
            phrases[used++] = given[p].text;
            clauses[c].phrase_count++;
            clauses[c].negated = given[p].negated;
        }
    }
}

int ng_api_open_matches(struct ng_api_turn *turn, bool unique_docs, bool count_only, struct ng_matches **matches) {
    const struct ng_fields *fields = &turn->fields;
    struct ng_bytes given[NG_MAX_CLAUSE_PHRASES] = {{0}};
    struct ng_clause clauses[NG_MAX_CLAUSE_PHRASES] = {0};
    int status = NG_OK;
    *matches = NULL;
    if (turn->field[NG_API_WITHIN].present && fields->clause_count == 0) {
        return ng_api_fail(turn, 400, "\"within\" needs \"and\" or \"not\"");
    }
    sort_phrases(turn, given, clauses);
    for (size_t p = 0; p <= fields->phrase_count && !status; p++) status = ng_api_check_phrase(turn, given[p]);
    if (!status) status = ng_index_phrases(turn->view, given, fields->phrase_count + 1, &turn->phrases, &turn->err);
    if (status) return status;
    const struct ng_bytes *phrases = turn->phrases;
    for (size_t c = 0; c <= fields->clause_count; c++) {
        clauses[c].phrases = phrases;
        phrases += clauses[c].phrase_count;
    }
    const struct ng_match_options options = {.clauses = clauses,
                                             .clause_count = fields->clause_count + 1,
                                             .is_within = turn->field[NG_API_WITHIN].present,
                                             .within_bytes = turn->field[NG_API_WITHIN].number,
                                             .most_hits = turn->field[NG_API_DOCS_LIMIT].number,
                                             .most_text_bytes = turn->field[NG_API_TEXT_LIMIT].number,
                                             .unique_docs = unique_docs,
                                             .count_only = count_only,
                                             .threads = 1}; /* the others are for other requests */
    return ng_matches_open(matches, turn->view, &options, &turn->err);
}

/* What is to be answered. */
struct counted {
    struct ng_docs_count docs;
    struct ng_match_totals totals;
    bool matching;
};

/* How many occurrences to draw for an estimate: a draw takes as many steps as there is text between occurrences. */
static uint64_t choose_draws(const struct ng_index *view, uint64_t hits) {
    enum { LEAST = 1024, MOST = 16384 };
    struct ng_index_info info;
    ng_index_get_info(view, &info);
    uint64_t draws = NG_SERVED_DRAW_STEPS / (info.text_bytes / (hits + 1) + 1);
    return draws < LEAST ? LEAST : draws < MOST ? draws : MOST;
}

static int count_docs(struct ng_api_turn *turn, struct counted *counted) {
    struct ng_docs_options options = {.most_hits = turn->field[NG_API_DOCS_LIMIT].number,
                                      .seed = turn->field[NG_API_SEED].number,
                                      .threads = 1};
    struct ng_bytes phrase;
    uint64_t hits;
    int status = ng_api_phrase(turn, &phrase);
    if (!status) status = ng_index_count(turn->view, phrase, &hits, &turn->err);
    if (!status) options.most_draws = choose_draws(turn->view, hits);
    return status ? status : ng_index_count_docs(turn->view, phrase, &options, &counted->docs, &turn->err);
}

static int count_matches(struct ng_api_turn *turn, struct counted *counted) {
    struct ng_matches *matches;
    int status = ng_api_open_matches(turn, false, true, &matches);
    if (status) return status;
    ng_matches_get_totals(matches, &counted->totals);
    ng_matches_close(matches);
    return NG_OK;
}

int ng_api_count_documents(struct ng_api_turn *turn) {
    struct counted counted = {.matching = turn->fields.phrase_count > 0 || turn->field[NG_API_WITHIN].present};
    struct ng_json *json = &turn->json;
    int status = counted.matching ? count_matches(turn, &counted) : count_docs(turn, &counted);
    if (!status) status = ng_api_begin_object(turn);
    if (status) return status;
    if (counted.matching) {
        ng_json_match_totals(json, &counted.totals);
    } else {
        ng_json_member_u64(json, "count", counted.docs.hits);
        ng_json_docs_count(json, &counted.docs);
    }
    return ng_api_end_object(turn, "latency_ms");
}
