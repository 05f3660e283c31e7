/* Whom the daemon talks to: decided from the head of a request, before its body is there. */
#include <string.h>
#include <strings.h>

#include "common/base/limits.h"
#include "server/api/api_impl.h"

/* Looks at every byte of what was given, whatever the first difference. */
static bool is_token(const char *token, const char *given, size_t given_length) {
    size_t token_length = strlen(token);
    volatile unsigned difference = token_length != given_length;
    for (size_t i = 0; i < given_length; i++) {
        difference |= (unsigned)(unsigned char)given[i] ^ (unsigned)(unsigned char)token[i % token_length];
    }
    return difference == 0;
}

static bool has_scheme(const char **authorization, const char *scheme) {
    size_t length = strlen(scheme);
    if (!*authorization || strncasecmp(*authorization, scheme, length) != 0) return false;
    *authorization += length;
    return true;
}

static bool has_token(const char *token, const char *authorization) {
    return has_scheme(&authorization, "Bearer ") && is_token(token, authorization, strlen(authorization));
}

/* Decodes base64 (RFC 4648, 4). Returns the length, 0 where it is none or there is too much of it. */
static size_t decode_base64(const char *text, char *bytes, size_t room) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t length = 0;
    unsigned bits = 0;
    unsigned bit_count = 0;
    for (; *text && *text != '='; text++) {
        const char *digit = strchr(digits, *text);
        if (!digit || length == room) return 0;
        bits = (bits << 6 | (unsigned)(digit - digits)) & 0xffff;
        bit_count += 6;
        if (bit_count < 8) continue;
        bit_count -= 8;
        bytes[length++] = (char)(bits >> bit_count & 0xff);
    }
    return text[strspn(text, "=")] ? 0 : length;
}

/* A browser asks for a name and a password (RFC 7617); the password is the token. */
static bool has_password(const char *token, const char *authorization) {
    enum { NAME_BYTES = 256 };
    char pair[NAME_BYTES + NG_MAX_TOKEN_BYTES];
    if (!has_scheme(&authorization, "Basic ")) return false;
    size_t length = decode_base64(authorization, pair, sizeof pair);
    const char *colon = memchr(pair, ':', length);
    return colon && is_token(token, colon + 1, length - (size_t)(colon + 1 - pair));
}

/* The length of a host without its port, or the dot that ends a full name. */
static size_t name_length(const char *host) {
    const char *bracket = *host == '[' ? strchr(host, ']') : NULL;
    size_t length = bracket ? (size_t)(bracket - host) + 1 : strcspn(host, ":");
    return length > 0 && host[length - 1] == '.' ? length - 1 : length;
}

static bool same_name(const char *a, const char *b) {
    size_t length = name_length(a);
    return length == name_length(b) && strncasecmp(a, b, length) == 0;
}

/* A web page may name this server by a domain of its own (DNS rebinding), and the browser then takes the two for one.
 * The page cannot choose the name that the browser sends. */
static bool host_is_ours(const struct ng_api *api, const struct ng_api_request *request) {
    static const char *const always[] = {"localhost", "127.0.0.1", "[::1]"};
    if (!request->host) return true; /* no browser sends none */
    for (size_t i = 0; i < sizeof always / sizeof *always; i++) {
        if (same_name(request->host, always[i])) return true;
    }
    for (size_t i = 0; i < api->host_count; i++) {
        if (strcmp(api->hosts[i], "*") == 0 || same_name(request->host, api->hosts[i])) return true;
    }
    return request->local_host && same_name(request->host, request->local_host);
}

/* Host and port, without the one that the scheme implies. */
static size_t authority_length(const char *authority) {
    size_t name = name_length(authority);
    const char *port = authority + name + strspn(authority + name, ".");
    if (strcmp(port, ":80") == 0 || strcmp(port, ":443") == 0) return name;
    return strlen(authority);
}

/* Whether the web page that sent the request may: one of this server, or one that CORS allows. */
static bool origin_is_ours(const struct ng_api *api, const struct ng_api_request *request) {
    const char *origin = request->origin;
    if (!origin) return true; /* no browser, or no other page */
    if (api->cors_origin && (strcmp(api->cors_origin, "*") == 0 || strcmp(api->cors_origin, origin) == 0)) return true;
    const char *authority = strstr(origin, "://");
    if (!authority || !request->host) return false;
    authority += 3;
    size_t length = authority_length(authority);
    return length == authority_length(request->host) && strncasecmp(authority, request->host, length) == 0;
}

static bool has_type(const char *type, const char *wanted) {
    size_t length = type ? strcspn(type, "; \t") : 0;
    return length == strlen(wanted) && strncasecmp(type, wanted, length) == 0;
}

static bool may_enter(const struct ng_api *api, const struct ng_api_request *request, bool bulletin) {
    return !api->token || has_token(api->token, request->authorization) ||
           (bulletin && has_password(api->token, request->authorization));
}

/* A browser sends a body of these types to another site only where CORS allows it. */
static bool type_fits(const struct ng_api *api, const struct ng_api_request *request, bool bytes) {
    if (request->method != NG_METHOD_POST) return true;
    if (bytes) return has_type(request->content_type, "application/octet-stream");
    if (has_type(request->content_type, "application/json")) return true;
    return api->peer_any_type && ng_api_is_peer(request);
}

bool ng_api_refuse_stranger(const struct ng_api *api, const struct ng_api_request *request,
                            struct ng_api_answer *answer) {
    if (!host_is_ours(api, request)) {
        ng_api_refuse(request, answer, 421, "this server does not answer to the name in Host",
                      "start it with --host NAME");
    } else if (!origin_is_ours(api, request)) {
        ng_api_refuse(request, answer, 403, "web pages of that origin may not use this server",
                      "start it with --cors ORIGIN");
    } else {
        return false;
    }
    return true;
}

bool ng_api_refuse_circle(const struct ng_api *api, const struct ng_api_request *request, struct ng_api_answer *answer) {
    const char *via = request->via;
    if (answer->endpoint != NG_ENDPOINT_PART || !via) return false;
    if (via[strspn(via, "0123456789abcdef,")] || strlen(via) > NG_MAX_VIA_BYTES) {
        ng_api_refuse(request, answer, 508, "the question came through too many daemons, or Ngidx-Via is no list of their ids",
                      "let an index have parts that are there, not again in parts");
    } else if (api->id && strstr(via, api->id)) {
        ng_api_refuse(request, answer, 508, "the question came through this daemon before: its index and another one are parts "
                      "of each other", "let one of them have parts that lie in a folder");
    } else {
        return false;
    }
    return true;
}

bool ng_api_refuse_body(const struct ng_api *api, const struct ng_api_request *request, bool needs_token,
                        struct ng_api_answer *answer) {
    bool bulletin = ng_api_is_bulletin(answer->endpoint);
    bool bytes = bulletin || answer->endpoint == NG_ENDPOINT_BENCHMARK || answer->endpoint == NG_ENDPOINT_PART;
    if (needs_token && !may_enter(api, request, bulletin)) {
        ng_api_refuse(request, answer, 401, "this server requires a token",
                      "send the header Authorization: Bearer TOKEN");
        answer->takes_password = bulletin;
    } else if (!type_fits(api, request, bytes)) {
        ng_api_refuse(request, answer, 415, bytes ? "the body must be a file, or bytes" : "the body must be JSON, with the Content-Type to match",
                      bytes ? "send the header Content-Type: application/octet-stream"
                               : "send the header Content-Type: application/json");
    } else if (request->encoded) {
        ng_api_refuse(request, answer, 415, "this server does not accept compressed bodies",
                      "send it without Content-Encoding");
    } else if (request->body_bytes > api->limits.body_bytes) {
        ng_api_refuse(request, answer, 413, "the body is larger than this server allows", NULL);
    } else {
        return false;
    }
    return true;
}
