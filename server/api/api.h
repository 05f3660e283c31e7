/*
 * The HTTP API without HTTP: a request (method, path, query, body) in, an answer (status, content type, bytes) out. It
 * has no sockets and no globals, and blocks only on the pages of an index, so it can be tested and fuzzed by itself.
 *
 * There are two steps. ng_api_admit runs on the event loop and answers what needs no index page: pages, health,
 * metrics, and every refusal that the head of a request justifies before its body is read. A worker thread answers
 * the rest, by ng_api_answer.
 *
 * Thread-safe: any number of requests at a time.
 */
#ifndef NG_SERVER_API_API_H
#define NG_SERVER_API_API_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "query/include/ngidx_parts.h"
#include "server/bulletin/static_file.h"
#include "server/state/metrics.h"
#include "server/state/registry.h"

/* What requests may ask for. Each is at most its namesake in common/base/limits.h. */
struct ng_api_limits {
    uint64_t body_bytes;
    uint64_t phrase_bytes;
    uint64_t text_bytes; /* of a text to trace */
    uint64_t batch_phrases;
    uint64_t hits;
    uint64_t context_bytes;
};

struct ng_checker;

struct ng_api {
    struct ng_registry *registry; /* borrowed */
    struct ng_metrics *metrics;   /* borrowed */
    struct ng_api_limits limits;
    const char *id;               /* of this daemon, so that others recognise a question that goes round; hexadecimal */
    const char *token;            /* required after "Authorization: Bearer"; NULL: none is required */
    const char *cors_origin;      /* value of Access-Control-Allow-Origin; NULL: none */
    const char *const *hosts;     /* names to answer to, besides this machine's own; "*" is any. Borrowed */
    size_t host_count;
    bool peer_any_type;           /* POST / takes a body of any type */
    const char *bulletin;         /* folder of a site; NULL: none is served */
    struct ng_checker *checker;   /* of uploaded benchmarks; NULL: none are accepted. Borrowed */
    _Atomic bool draining;        /* shutting down: not ready for more requests */
};

enum ng_method { NG_METHOD_GET, NG_METHOD_POST, NG_METHOD_OPTIONS, NG_METHOD_OTHER };

struct ng_api_request {
    enum ng_method method; /* HEAD counts as GET */
    const char *path;      /* as in the request line, percent-encoded; NUL-terminated, like the rest */
    const char *query;     /* after the '?'; NULL if there is none */
    const uint8_t *body; /* may be NULL for ng_api_admit, which looks at its length only */
    size_t body_bytes;
    const char *authorization;      /* the header's value, or NULL; likewise the next ones */
    const char *host;
    const char *origin;
    const char *content_type;
    const char *via;                /* ids of the daemons that a question for a part came through */
    const char *if_none_match;      /* entity tags that the client knows */
    bool encoded;                   /* the body is compressed or encoded in another way */
    const char *local_host;         /* ADDRESS:PORT that the client reached us at, or NULL */
    const _Atomic bool *cancelled;  /* set while the request is worked on, when its client goes away; or NULL */
    uint64_t deadline_ns;           /* CLOCK_MONOTONIC; 0: none */
};

struct ng_api_answer {
    int status;               /* HTTP status code */
    const char *content_type; /* static */
    const char *bytes;
    size_t length_bytes;
    char *owned;              /* what ng_api_answer_free frees; bytes may point elsewhere */
    bool has_file;            /* instead of bytes: file[0, length_bytes), which ng_api_answer_free closes */
    int file;
    const char *coding;       /* Content-Encoding of the bytes; static; NULL: none */
    unsigned retry_seconds;   /* Retry-After; 0: none */
    const char *allow;        /* methods that the path supports, with status 405 or for OPTIONS; static, or NULL */
    const char *policy;       /* Content-Security-Policy, static; NULL: none */
    const char *location;     /* where to go, static; NULL: none */
    bool may_cache;           /* the client may keep the answer if it asks each time whether it changed */
    bool takes_password;      /* with status 401: the token may be sent as a password, too */
    char etag[NG_ETAG_BYTES]; /* with its quotes; "": none */
    enum ng_endpoint endpoint;
};

/* What a request is for; for the peer's protocol NG_ENDPOINT_PEER_INVALID, until the body is read. */
enum ng_endpoint ng_api_endpoint(const struct ng_api_request *request);

/* Answers at once, without touching an index page, and returns true; or returns false: the request is for a worker. */
bool ng_api_admit(struct ng_api *api, const struct ng_api_request *request, struct ng_api_answer *answer);

/* Answers a request that ng_api_admit left. */
void ng_api_answer(struct ng_api *api, const struct ng_api_request *request, struct ng_api_answer *answer);

/* Whether a request is probably a count of one phrase; many of these are best answered together. A wrong guess only
 * costs time. */
bool ng_api_is_light(const struct ng_api_request *request);

/* Answers several requests; those that count a phrase in the same index are searched side by side. */
enum { NG_API_TOGETHER = 32 };
void ng_api_answer_together(struct ng_api *api, const struct ng_api_request *const *requests,
                            struct ng_api_answer *const *answers, size_t count);

/* An error in the form of the protocol that the request speaks; hint may be NULL. */
void ng_api_refuse(const struct ng_api_request *request, struct ng_api_answer *answer, int status, const char *detail,
                   const char *hint);

/* Idempotent. */
void ng_api_answer_free(struct ng_api_answer *answer);

/* The reason phrase of an HTTP status code. */
const char *ng_api_reason(int status);

#endif
