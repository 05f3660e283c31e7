#include "server/http/head.h"

#include <string.h>
#include <strings.h>

#include "common/base/text.h"

size_t ng_http_scan(struct ng_http_scan *scan, const uint8_t *bytes, size_t length) {
    size_t i = 0;
    while (i < length && scan->state == NG_HTTP_SCAN_MORE) {
        unsigned char c = bytes[i++];
        if (c == '\n' && scan->after_cr) {
            if (scan->line_bytes > 0) scan->lines++;
            else if (scan->lines > 0) scan->state = NG_HTTP_SCAN_WHOLE;
            scan->line_bytes = 0;
            scan->after_cr = false;
        } else if (scan->after_cr || (c != '\r' && ng_http_is_control(c))) {
            scan->state = NG_HTTP_SCAN_BROKEN;
        } else if (c == '\r') {
            scan->after_cr = true;
        } else {
            scan->line_bytes++;
        }
    }
    return i;
}

/* RFC 9110, 5.6.2 */
static bool is_token(const char *text) {
    static const char others[] = "!#$%&'*+-.^_`|~";
    if (*text == '\0') return false;
    for (; *text; text++) {
        char c = *text;
        bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!alphanumeric && !strchr(others, c)) return false;
    }
    return true;
}

static int refuse(struct ng_http_head *head, int status, const char *why) {
    head->why = why;
    return status;
}

/* Cuts the next line off the text; NULL at its end. */
static char *next_line(char **text, const char *end) {
    char *line = *text;
    char *cr = line < end ? memchr(line, '\r', (size_t)(end - line)) : NULL;
    if (!cr) return NULL;
    *cr = '\0';
    *text = cr + 2;
    return line;
}

static int parse_version(struct ng_http_head *head, const char *version) {
    bool named = strncmp(version, "HTTP/", 5) == 0 && strlen(version) == 8 && version[6] == '.' &&
                 version[5] >= '0' && version[5] <= '9' && version[7] >= '0' && version[7] <= '9';
    if (!named) return refuse(head, 400, "the request line does not end with an HTTP version");
    if (version[5] != '1' || version[7] > '1') return refuse(head, 505, "this server speaks HTTP/1.1 and 1.0 only");
    head->old = version[7] == '0';
    head->keep_alive = !head->old;
    return 0;
}

/* RFC 3986, 3.2: a name, an address or an address in brackets, and perhaps a port; no user. */
static bool is_host(const char *text) {
    const char *port = text + strcspn(text, *text == '[' ? "]" : ":");
    if (*text == '[' && *port == ']') port++;
    if (*port == ':') port += 1 + strspn(port + 1, "0123456789");
    return *port == '\0' && text[strcspn(text, " \t/\\?#@,\"<>")] == '\0';
}

/* The target is a path, or a whole URL: then its authority counts, whatever Host says (RFC 9112, 3.2.2). */
static int parse_target(struct ng_http_head *head, char *target) {
    size_t scheme = strncasecmp(target, "http://", 7) == 0 ? 7 : strncasecmp(target, "https://", 8) == 0 ? 8 : 0;
    char *path = target + scheme;
    if (scheme > 0) {
        size_t length = strcspn(path, "/?");
        if (length == 0) return refuse(head, 400, "the URL names no host");
        /* One byte to the left, so that there is room for its end. */
        head->host = memmove(path - 1, path, length);
        path[length - 1] = '\0';
        path += length;
        if (!is_host(head->host)) return refuse(head, 400, "the URL names no host");
    }
    if (strchr(path, '#')) return refuse(head, 400, "a request target must not have a fragment");
    char *question = strchr(path, '?');
    if (question) {
        *question = '\0';
        head->query = question + 1;
    }
    if (scheme > 0 && *path == '\0') {
        head->path = "/";
        return 0;
    }
    if (*path != '/' && strcmp(path, "*") != 0) return refuse(head, 400, "the request target is not a path");
    head->path = path;
    return 0;
}

static int parse_request_line(struct ng_http_head *head, char *line) {
    char *target = strchr(line, ' ');
    char *version = target ? strchr(target + 1, ' ') : NULL;
    if (!version || version == target + 1 || strchr(line, '\t'))
        return refuse(head, 400, "the request line is not a method, a target and a version, with one space between");
    *target++ = '\0';
    *version++ = '\0';
    if (!is_token(line)) return refuse(head, 400, "the method is not a token");
    int status = parse_version(head, version);
    if (status) return status;
    head->method = line;
    if (strcmp(line, "CONNECT") == 0) return refuse(head, 501, "this server is not a proxy");
    return parse_target(head, target);
}

static int parse_length(struct ng_http_head *head, const char *value) {
    if (head->has_length) return refuse(head, 400, "the body has two lengths");
    head->has_length = true;
    size_t digits = strspn(value, "0123456789");
    if (digits == 0 || value[digits] != '\0') return refuse(head, 400, "the length of the body is not a number");
    if (!ng_text_decimal(value, digits, &head->content_length)) head->content_length = UINT64_MAX;
    return 0;
}

static int parse_transfer_encoding(struct ng_http_head *head, const char *value) {
    if (head->chunked) return refuse(head, 400, "the body has two transfer encodings");
    if (strcasecmp(value, "chunked") != 0) return refuse(head, 501, "the only transfer encoding supported is chunked");
    head->chunked = true;
    return 0;
}

/* Whether a list of tokens, with commas between, has one; no case. */
static bool has_token(const char *list, const char *token) {
    static const char between[] = ", \t";
    for (size_t length; *list; list += length) {
        list += strspn(list, between);
        length = strcspn(list, between);
        if (length == strlen(token) && strncasecmp(list, token, length) == 0) return true;
    }
    return false;
}

/* Keeps the value of a field that may be there once. */
static int keep_once(struct ng_http_head *head, const char **place, const char *value) {
    if (*place) return refuse(head, 400, "a header field that may appear once appears twice");
    *place = value;
    return 0;
}

static int keep_line(struct ng_http_head *head, struct ng_http_lines *lines, const char *value) {
    if (lines->count == NG_MAX_FORWARDED_LINES) return refuse(head, 400, "too many proxies passed the request on");
    lines->values[lines->count++] = value;
    return 0;
}

/* What tells how to answer, and to whom; nothing of it changes what is asked. */
static int parse_other(struct ng_http_head *head, const char *name, const char *value) {
    if (strcasecmp(name, "Forwarded") == 0) return keep_line(head, &head->forwarded, value);
    if (strcasecmp(name, "X-Forwarded-For") == 0) return keep_line(head, &head->forwarded_for, value);
    if (strcasecmp(name, "X-Request-Id") == 0 && !head->request_id) head->request_id = value;
    if (strcasecmp(name, "Ngidx-Via") == 0 && !head->via) head->via = value;
    if (strcasecmp(name, "Accept-Encoding") == 0 && !head->accept_encoding) head->accept_encoding = value;
    if (strcasecmp(name, "If-None-Match") == 0 && !head->if_none_match) head->if_none_match = value;
    return 0;
}

static int parse_field(struct ng_http_head *head, const char *name, const char *value, const char **host) {
    if (strcasecmp(name, "Host") == 0) {
        if (!is_host(value)) return refuse(head, 400, "Host is no name of a host");
        return *host ? refuse(head, 400, "Host is there twice") : keep_once(head, host, value);
    }
    if (strcasecmp(name, "Content-Length") == 0) return parse_length(head, value);
    if (strcasecmp(name, "Transfer-Encoding") == 0) return parse_transfer_encoding(head, value);
    if (strcasecmp(name, "Content-Type") == 0) return keep_once(head, &head->content_type, value);
    if (strcasecmp(name, "Authorization") == 0) return keep_once(head, &head->authorization, value);
    if (strcasecmp(name, "Origin") == 0) return keep_once(head, &head->origin, value);
    if (strcasecmp(name, "Content-Encoding") == 0 && strcasecmp(value, "identity") != 0) head->encoded = true;
    if (strcasecmp(name, "Connection") == 0) {
        if (has_token(value, "close")) head->keep_alive = false;
        else if (head->old && has_token(value, "keep-alive")) head->keep_alive = true;
    }
    if (strcasecmp(name, "Expect") == 0) {
        if (strcasecmp(value, "100-continue") != 0)
            return refuse(head, 417, "the only expectation supported is 100-continue");
        head->expects_continue = !head->old;
    }
    return parse_other(head, name, value);
}

static int parse_line(struct ng_http_head *head, char *line, const char **host) {
    if (*line == ' ' || *line == '\t') return refuse(head, 400, "a line of the head is folded");
    char *colon = strchr(line, ':');
    if (!colon) return refuse(head, 400, "a line of the head has no colon");
    *colon = '\0';
    if (!is_token(line)) return refuse(head, 400, "the name of a header field is not a token");
    char *value = colon + 1 + strspn(colon + 1, " \t");
    char *end = value + strlen(value);
    while (end > value && (end[-1] == ' ' || end[-1] == '\t')) *--end = '\0';
    return parse_field(head, line, value, host);
}

int ng_http_head_parse(struct ng_http_head *head, char *bytes, size_t length) {
    *head = (struct ng_http_head){.method = "-", .path = "*"};
    const char *end = bytes + length;
    char *line = next_line(&bytes, end);
    while (line && *line == '\0') line = next_line(&bytes, end);
    if (!line) return refuse(head, 400, "the request is empty");
    int status = parse_request_line(head, line);
    const char *host = NULL;
    while (!status && (line = next_line(&bytes, end)) != NULL && *line) status = parse_line(head, line, &host);
    if (status) {
        head->keep_alive = false;
        return status;
    }
    if (!head->old && !host) return refuse(head, 400, "the Host header is missing");
    if (!head->host) head->host = host;
    if (head->chunked && head->has_length) return refuse(head, 400, "the body has both a length and chunks");
    if (head->chunked && head->old) return refuse(head, 400, "HTTP/1.0 has no chunks");
    return 0;
}
