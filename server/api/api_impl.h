/* What the files of the API share. Internal to server/api. */
#ifndef NG_SERVER_API_API_IMPL_H
#define NG_SERVER_API_API_IMPL_H

#include <stdio.h>

#include "common/base/limits.h"
#include "common/json/out.h"
#include "query/include/ngidx_contam.h"
#include "server/api/api.h"
#include "server/fields/fields.h"

enum { NG_API_MAX_FIELDS = 16 };

/* Methods that a path supports, as bits. */
enum { NG_API_GET = 1, NG_API_POST = 2 };

/* The endpoint that a path leads to. */
struct ng_api_route {
    enum ng_endpoint endpoint;
    unsigned methods;
    const char *index; /* name of the index within the path; NULL if the path names none */
    size_t index_length;
    const char *rest; /* what follows the endpoint's name: the number of a document (NULL: its id is a field), the path of
                         a file; or NULL */
};

/* An index of a request. */
struct ng_api_part {
    struct ng_served *served;
    struct ng_index *index; /* the handle knows the turn's deadline and whether the client has gone */
    const struct ng_index *view;
};

/* One request on its way to its answer. */
struct ng_api_turn {
    struct ng_api *api;
    const struct ng_api_request *request;
    struct ng_api_answer *answer;
    struct ng_api_route route;
    bool peer; /* speaks the peer's protocol */
    struct ng_served *served;
    struct ng_index *index; /* its index; the handle knows the turn's deadline and whether the client has gone */
    const struct ng_index *view; /* the view of the index to search */
    struct ng_api_part more[NG_MAX_REQUEST_INDEXES - 1]; /* the other indexes, where several are named */
    size_t more_count;
    struct ng_bytes *phrases;    /* folded as the view is; owned, or NULL */
    struct ng_field field[NG_API_MAX_FIELDS];
    struct ng_fields fields;
    struct ng_err err;
    int http_status; /* of the error, if its ng_status does not determine it; else 0 */
    uint64_t started_ns;
    FILE *stream; /* the answer being written */
    struct ng_json json;
    char *bytes;
    size_t length_bytes;
};

/* The route of a path; false if there is none. */
bool ng_api_route(const char *path, struct ng_api_route *route);

/* Holds the index that the path names, or several, separated by commas, where the endpoint searches them as one
 * (several.c). Errors: NG_ERR_NOTFOUND, NG_ERR_USAGE, NG_ERR_LIMIT. */
int ng_api_hold_indexes(struct ng_api_turn *turn);

/* Holds the other index to compare with, after the fields are read. Errors: NG_ERR_NOTFOUND, NG_ERR_USAGE. */
int ng_api_hold_other(struct ng_api_turn *turn);

/* Opens handles of these indexes for the turn, and chooses their views by name; NULL: the default. Errors: those of
 * ng_index_bind and ng_index_choose_view, NG_ERR_CORRUPT (damage was found earlier). */
int ng_api_open_indexes(struct ng_api_turn *turn, const struct ng_cancel *cancel);
int ng_api_choose_views(struct ng_api_turn *turn, const char *name);

/* All indexes of the turn, their views, and their names. Each is an array of NG_MAX_REQUEST_INDEXES, or NULL. Returns
 * the number of indexes. */
size_t ng_api_get_indexes(const struct ng_api_turn *turn, const struct ng_index **indexes, const struct ng_index **views,
                          struct ng_served **served);

void ng_api_release_indexes(struct ng_api_turn *turn);

/* Whether the request speaks the peer's protocol. */
bool ng_api_is_peer(const struct ng_api_request *request);

/* Refuses a request to a name that is not this server's, or from a foreign web page (door.c). Returns whether it
 * did. */
bool ng_api_refuse_stranger(const struct ng_api *api, const struct ng_api_request *request,
                            struct ng_api_answer *answer);

/* Refuses a request without the token, or with a body that is not JSON or too large. Returns whether it did. */
bool ng_api_refuse_body(const struct ng_api *api, const struct ng_api_request *request, bool needs_token,
                        struct ng_api_answer *answer);

/* Refuses a question for a part that came through this daemon before, or through too many. Returns whether it did. */
bool ng_api_refuse_circle(const struct ng_api *api, const struct ng_api_request *request, struct ng_api_answer *answer);

/* Begins an answer that is a JSON object: turn->json. Errors: NG_ERR_NOMEM. */
int ng_api_begin_object(struct ng_api_turn *turn);

/* Ends it, with status 200. The last member is latency, milliseconds since the turn's work on its index began; NULL: no
 * such member. Errors: NG_ERR_NOMEM. */
int ng_api_end_object(struct ng_api_turn *turn, const char *latency);

/* Makes what was written to turn->stream the answer, with status 200. Errors: NG_ERR_NOMEM. */
int ng_api_end_stream(struct ng_api_turn *turn, const char *content_type);

/* Gives the answer an entity tag, and status 304 if the client knows the tag, else 200. Returns whether the client
 * knows it. */
bool ng_api_put_tag(struct ng_api_turn *turn, const char *etag);

/* Writes an index's description, an object. */
void ng_api_json_index(struct ng_json *json, const struct ng_served *served);

/* Whether the answer has reached NG_MAX_ANSWER_TEXT_BYTES; and the same as an error, NG_ERR_LIMIT. */
bool ng_api_is_full(const struct ng_api_turn *turn);
int ng_api_check_size(struct ng_api_turn *turn);

/* An error with an HTTP status of its own. */
int ng_api_fail(struct ng_api_turn *turn, int http_status, const char *detail);

/* Sets the fields of the turn's endpoint (api_fields.c). */
void ng_api_fields_of(struct ng_api_turn *turn);

/* Their positions in turn->field. */
enum { /* of count and locate */
    NG_API_QUERY,
    NG_API_AND,
    NG_API_OR,
    NG_API_NOT,
    NG_API_WITHIN,
    NG_API_DOCS_LIMIT,
    NG_API_TEXT_LIMIT,
    NG_API_SEED,
    NG_API_COMMON /* the number of these fields */
};
enum { NG_API_COUNT_DOCS = NG_API_COMMON };
enum {
    NG_API_LIMIT = NG_API_COMMON,
    NG_API_CONTEXT,
    NG_API_OFFSET,
    NG_API_CURSOR,
    NG_API_SAMPLE,
    NG_API_UNIQUE_DOCS,
    NG_API_SORT
};
enum { NG_API_NEXT_MOST = 1, NG_API_WORDS, NG_API_CHARACTERS, NG_API_BYTES, NG_API_BEFORE }; /* after NG_API_QUERY */
enum { NG_API_WITH, NG_API_WINDOWS, NG_API_WINDOW_CHARS, NG_API_WINDOW_SEED };
enum { NG_API_DOC_OFFSET, NG_API_DOC_LENGTH, NG_API_DOC_ID };
enum { NG_API_NAME, NG_API_FIELD, NG_API_ID_FIELD, NG_API_ENTRIES_PATH, NG_API_NO_HEADER };
enum {
    NG_API_ENTRIES,
    NG_API_CHARS,
    NG_API_STRIDE,
    NG_API_SUSPICIOUS,
    NG_API_DIRTY,
    NG_API_CONTAM_EVIDENCE,
    NG_API_CONTAM_CONTEXT,
    NG_API_PRESET,
    NG_API_BENCHMARK_GUARD,
    NG_API_CORPUS_GUARD,
    NG_API_MINIMUM_UNITS,
    NG_API_FIRST,
    NG_API_END
};
enum {
    NG_API_TEXT,
    NG_API_MIN_CHARS,
    NG_API_TRACE_EVIDENCE,
    NG_API_TRACE_CONTEXT,
    NG_API_MIN_COUNT,
    NG_API_MAX_COUNT,
    NG_API_WHOLE_WORDS,
    NG_API_DOCUMENTS
};

/* Handlers: answer a turn whose index is held and whose fields are read, or return a status with turn->err filled. */
int ng_api_count_documents(struct ng_api_turn *turn); /* a count that is not plain */
int ng_api_locate(struct ng_api_turn *turn);
int ng_api_next(struct ng_api_turn *turn);
int ng_api_compare(struct ng_api_turn *turn);
int ng_api_doc(struct ng_api_turn *turn);
int ng_api_batch(struct ng_api_turn *turn);
int ng_api_contam(struct ng_api_turn *turn);
int ng_api_trace(struct ng_api_turn *turn);
int ng_api_read_benchmark(struct ng_api_turn *turn); /* holds no index */
int ng_api_part(struct ng_api_turn *turn);
int ng_api_find(struct ng_api_turn *turn);
int ng_api_peer_doc(struct ng_api_turn *turn);

/* The bulletin (bulletin.c): whether an endpoint belongs to it, whether this server has it, and its answers. Only
 * ng_api_put_benchmarks is for the event loop. */
bool ng_api_is_bulletin(enum ng_endpoint endpoint);
bool ng_api_has_endpoint(const struct ng_api *api, enum ng_endpoint endpoint);
int ng_api_bulletin(struct ng_api_turn *turn);
int ng_api_put_benchmarks(struct ng_api_turn *turn);

/* Finds out what a request in the peer's protocol asks for, and holds its index. */
int ng_api_peer_begin(struct ng_api_turn *turn);

/* The phrase to count, folded if the view is; after the fields are read. Errors: NG_ERR_LIMIT, and those of
 * ng_index_phrases. */
int ng_api_phrase(struct ng_api_turn *turn, struct ng_bytes *phrase);

/* Whether the turn counts a phrase alone: no documents, no conditions. After the fields are read. */
bool ng_api_is_plain_count(const struct ng_api_turn *turn);

/* Refuses a phrase that is too long: NG_ERR_LIMIT. */
int ng_api_check_phrase(struct ng_api_turn *turn, struct ng_bytes phrase);

/* Entry number i of a benchmark in the request. */
struct ng_contam_entry ng_api_entry(const struct ng_api_turn *turn, size_t i);

/* Writes a hit as an object, with its document's source. Sets shown->source and shown->folded. */
int ng_api_put_hit(struct ng_api_turn *turn, struct ng_json_shown *shown);

/* Finds the hits of "query" that meet the conditions of the request (together.c). The caller closes *matches. Errors:
 * NG_ERR_LIMIT, and those of ng_index_phrases and ng_matches_open. */
int ng_api_open_matches(struct ng_api_turn *turn, bool unique_docs, bool count_only, struct ng_matches **matches);

/* What an answer says about a page of hits. */
struct ng_api_page {
    uint64_t first;  /* hits before the page */
    uint64_t passed; /* hits on it */
    uint64_t total;  /* hits on all pages */
    bool matching;   /* totals are set */
    struct ng_match_totals totals;
    bool sampled; /* total hits were drawn from drawn_from */
    uint64_t drawn_from;
};

/* Whether locate asks for more than all hits in order: a sample, one per document, sorted, or under conditions. */
bool ng_api_is_chosen(const struct ng_api_turn *turn);

/* Writes the array "hits" for such a request (chosen.c). page->first is set. */
int ng_api_put_chosen(struct ng_api_turn *turn, struct ng_api_page *page);

/* Answers a count. */
int ng_api_put_count(struct ng_api_turn *turn, uint64_t count);

/* Endpoints that need no index page. */
int ng_api_put_indexes(struct ng_api_turn *turn);
int ng_api_put_readiness(struct ng_api_turn *turn);
int ng_api_put_metrics(struct ng_api_turn *turn);

#endif
