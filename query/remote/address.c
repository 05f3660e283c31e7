#include "query/remote/address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"

static const char SCHEME[] = "http://";
static const char SECURE[] = "https://";
static const char NAME_CHARS[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
static const char HOST_CHARS[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-:";

bool ng_remote_is_address(const char *index) {
    return strncmp(index, SCHEME, sizeof SCHEME - 1) == 0 || strncmp(index, SECURE, sizeof SECURE - 1) == 0;
}

static int refuse(const char *address, const char *why, struct ng_err *err) {
    (void)ng_err_set(err, NG_ERR_USAGE, "'%.200s' is not the address of an index: %s", address, why);
    return ng_err_hint(err, "write http://HOST:PORT/NAME, as ngidxd serves it");
}

/* The host and the port of authority[0, length). */
static int read_authority(struct ng_remote_address *to, const char *authority, size_t length, struct ng_err *err) {
    enum { DEFAULT_PORT = 80, MOST_PORT = 65535 };
    bool bracketed = length > 0 && authority[0] == '[';
    const char *close = bracketed ? memchr(authority, ']', length) : NULL;
    if (bracketed && !close) return refuse(to->shown, "a bracket is open", err);
    const char *host = bracketed ? authority + 1 : authority;
    const char *rest = bracketed ? close + 1 : memchr(authority, ':', length);
    if (!rest) rest = authority + length;
    size_t host_length = (size_t)((bracketed ? close : rest) - host);
    const char *end = authority + length;
    uint64_t port = DEFAULT_PORT;
    if (rest < end && (*rest != ':' || !ng_text_decimal(rest + 1, (size_t)(end - rest - 1), &port))) {
        return refuse(to->shown, "its port is no number", err);
    }
    if (port == 0 || port > MOST_PORT) return refuse(to->shown, "there is no such port", err);
    if (host_length == 0 || strspn(host, HOST_CHARS) < host_length) return refuse(to->shown, "its host is no name", err);
    to->port = (uint16_t)port;
    to->host = strndup(host, host_length);
    to->authority = strndup(authority, length);
    return to->host && to->authority ? NG_OK : ng_err_nomem(err, length, "an address");
}

static int read_address(struct ng_remote_address *to, const char *text, size_t length, struct ng_err *err) {
    if (length > NG_MAX_ADDRESS_BYTES) {
        return ng_err_set(err, NG_ERR_LIMIT, "an address of %zu bytes; the limit is %u (NG_MAX_ADDRESS_BYTES)", length,
                          NG_MAX_ADDRESS_BYTES);
    }
    to->shown = strndup(text, length);
    if (!to->shown) return ng_err_nomem(err, length, "an address");
    if (strncmp(to->shown, SECURE, sizeof SECURE - 1) == 0) {
        (void)refuse(to->shown, "parts are asked by http, not https", err);
        return ng_err_hint(err, "reach it through a proxy on this machine that speaks TLS, such as HAProxy or stunnel");
    }
    if (strncmp(to->shown, SCHEME, sizeof SCHEME - 1) != 0) return refuse(to->shown, "it does not begin with http://", err);
    const char *authority = to->shown + sizeof SCHEME - 1;
    size_t authority_length = strcspn(authority, "/");
    const char *path = authority + authority_length;
    size_t path_length = strlen(path);
    while (path_length > 0 && path[path_length - 1] == '/') path_length--;
    const char *name = memrchr(path, '/', path_length);
    size_t name_length = name ? (size_t)(path + path_length - name - 1) : 0;
    if (name_length == 0 || strspn(name + 1, NAME_CHARS) < name_length) {
        return refuse(to->shown, "it does not end with the name of an index", err);
    }
    for (const char *at = path; at < path + path_length; at++) {
        if (*at != '/' && !strchr(NAME_CHARS, *at)) return refuse(to->shown, "its path has a character that is not allowed", err);
    }
    if (asprintf(&to->path, "%.*s/v1/%.*s/part", (int)(name - path), path, (int)name_length, name + 1) < 0) {
        to->path = NULL;
        return ng_err_nomem(err, length, "an address");
    }
    return read_authority(to, authority, authority_length, err);
}

/* The replicas of one part: text[0, length). */
static int read_part(struct ng_remote_part *part, const char *text, size_t length, struct ng_err *err) {
    part->shown = strndup(text, length);
    if (!part->shown) return ng_err_nomem(err, length, "an address");
    int status = NG_OK;
    for (size_t at = 0; at <= length && !status;) {
        size_t end = at;
        while (end < length && text[end] != '|') end++;
        if (part->count == NG_MAX_REPLICAS) {
            return ng_err_set(err, NG_ERR_LIMIT, "over %u replicas of a part (NG_MAX_REPLICAS): %.200s", NG_MAX_REPLICAS,
                              part->shown);
        }
        status = read_address(&part->replicas[part->count++], text + at, end - at, err);
        at = end + 1;
    }
    return status;
}

int ng_remote_addresses_read(struct ng_remote_addresses *addresses, const char *list, struct ng_err *err) {
    *addresses = (struct ng_remote_addresses){0};
    int status = NG_OK;
    size_t length = strlen(list);
    for (size_t at = 0; at <= length && !status;) {
        size_t end = at + strcspn(list + at, ",");
        if (addresses->count == NG_MAX_PARTS) {
            return ng_err_set(err, NG_ERR_LIMIT, "over %d parts of an index (NG_MAX_PARTS)", NG_MAX_PARTS);
        }
        status = read_part(&addresses->parts[addresses->count++], list + at, end - at, err);
        at = end + 1;
    }
    return status;
}

void ng_remote_addresses_free(struct ng_remote_addresses *addresses) {
    for (size_t p = 0; p < addresses->count; p++) {
        struct ng_remote_part *part = &addresses->parts[p];
        for (size_t r = 0; r < part->count; r++) {
            free(part->replicas[r].shown);
            free(part->replicas[r].host);
            free(part->replicas[r].authority);
            free(part->replicas[r].path);
        }
        free(part->shown);
    }
    addresses->count = 0;
}
