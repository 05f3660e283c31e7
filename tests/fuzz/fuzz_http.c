/*
 * libFuzzer target: any bytes as the stream of one connection, heads and bodies in turn, as the daemon reads it. The
 * requests must be the same when it is read a byte at a time, and every text of a head must end within the head.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/http/coding.h"
#include "server/http/head.h"
#include "server/http/trust.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition, const char *what) {
    if (condition) return;
    (void)fprintf(stderr, "fuzz_http: %s\n", what);
    abort();
}

/* What was seen of a stream. */
struct seen {
    size_t end; /* of the last whole request */
    unsigned requests;
    int status;
    uint64_t hash;
};

static void mix(struct seen *seen, const void *bytes, size_t length) {
    const unsigned char *c = bytes;
    for (size_t i = 0; i < length; i++) seen->hash = (seen->hash ^ c[i]) * UINT64_C(1099511628211);
}

static void mix_text(struct seen *seen, const char *text, const char *head, size_t length) {
    if (!text) return;
    bool fixed = strcmp(text, "-") == 0 || strcmp(text, "*") == 0 || strcmp(text, "/") == 0;
    require(fixed || (text >= head && text + strlen(text) < head + length), "a text ends outside its head");
    mix(seen, text, strlen(text) + 1);
}

/* Reads the body that the head announces. Returns whether it is whole. */
static bool read_body(struct seen *seen, const struct ng_http_head *head, const uint8_t *data, size_t size, size_t *at,
                      size_t piece) {
    if (!head->chunked) {
        if (head->content_length > size - *at) return false;
        mix(seen, data + *at, (size_t)head->content_length);
        *at += (size_t)head->content_length;
        return true;
    }
    struct ng_http_chunks chunks = {0};
    while (*at < size && chunks.state < NG_HTTP_CHUNK_END) {
        const uint8_t *body;
        size_t length;
        size_t room = piece < size - *at ? piece : size - *at;
        size_t taken = ng_http_chunks_read(&chunks, data + *at, room, &body, &length);
        require(taken > 0, "the chunks stand still");
        require(length == 0 || (body >= data + *at && body + length <= data + *at + taken), "a body outside its bytes");
        mix(seen, body, length);
        *at += taken;
    }
    if (chunks.state == NG_HTTP_CHUNK_BROKEN) seen->status = 400;
    return chunks.state == NG_HTTP_CHUNK_END;
}

/* What a proxy tells: the client, and the codings. */
static void mix_proxy(struct seen *seen, const struct ng_http_head *head) {
    static const struct ng_trust trust = {.networks = {{.address = IN6ADDR_LOOPBACK_INIT, .bits = 127}}, .count = 1};
    char client[INET6_ADDRSTRLEN] = "";
    if (ng_trust_client(&trust, head, client)) mix(seen, client, strlen(client));
    if (head->request_id) (void)ng_trust_id_is_well(head->request_id);
    enum ng_coding coding = ng_coding_choose(head->accept_encoding);
    require(coding <= NG_CODING_ZSTD && (head->accept_encoding || coding == NG_CODING_NONE), "a coding that nobody asked for");
}

static struct seen read_stream(const uint8_t *data, size_t size, size_t piece) {
    struct seen seen = {0};
    size_t at = 0;
    while (at < size && seen.status == 0) {
        struct ng_http_scan scan = {0};
        struct ng_http_head head;
        size_t begin = at;
        while (at < size && scan.state == NG_HTTP_SCAN_MORE) {
            at += ng_http_scan(&scan, data + at, piece < size - at ? piece : size - at);
        }
        if (scan.state == NG_HTTP_SCAN_BROKEN) seen.status = 400;
        if (scan.state != NG_HTTP_SCAN_WHOLE) break;
        /* A copy of its own, so that the sanitizer sees reads and writes beyond it. */
        size_t length = at - begin;
        char *bytes = malloc(length);
        require(bytes != NULL, "out of memory");
        memcpy(bytes, data + begin, length);
        seen.status = ng_http_head_parse(&head, bytes, length);
        require((seen.status == 0) == (head.why == NULL), "a refusal without a reason, or a reason without one");
        require(seen.status || !head.chunked || !head.has_length, "a body that ends in two places");
        require(seen.status || head.old || head.host, "no host");
        mix_text(&seen, head.method, bytes, length);
        mix_text(&seen, head.path, bytes, length);
        mix_text(&seen, head.query, bytes, length);
        mix_text(&seen, head.host, bytes, length);
        mix_text(&seen, head.origin, bytes, length);
        mix_text(&seen, head.authorization, bytes, length);
        mix_text(&seen, head.content_type, bytes, length);
        mix_text(&seen, head.request_id, bytes, length);
        mix_proxy(&seen, &head);
        bool whole = seen.status == 0 && read_body(&seen, &head, data, size, &at, piece);
        free(bytes);
        if (!whole) break;
        seen.requests++;
        seen.end = at;
    }
    return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct seen at_once = read_stream(data, size, size);
    struct seen by_byte = read_stream(data, size, 1);
    require(at_once.end == by_byte.end && at_once.requests == by_byte.requests && at_once.status == by_byte.status &&
                at_once.hash == by_byte.hash,
            "a stream is read in two ways");
    return 0;
}
