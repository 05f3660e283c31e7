#include "server/http/trust.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "common/base/text.h"

enum { MAPPED_BITS = 96, ALL_BITS = 128, ADDRESS_CHARS = 64 };

static void map_v4(struct in6_addr *address, const struct in_addr *v4) {
    static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};
    memcpy(address->s6_addr, prefix, sizeof prefix);
    memcpy(address->s6_addr + sizeof prefix, &v4->s_addr, sizeof v4->s_addr);
}

static bool read_address(const char *text, struct in6_addr *address) {
    struct in_addr v4;
    if (inet_pton(AF_INET6, text, address) == 1) return true;
    if (inet_pton(AF_INET, text, &v4) != 1) return false;
    map_v4(address, &v4);
    return true;
}

static bool is_v4(const struct in6_addr *address) {
    return IN6_IS_ADDR_V4MAPPED(address) != 0;
}

static bool is_inside(const struct ng_network *network, const struct in6_addr *address) {
    unsigned whole = network->bits / 8;
    unsigned rest = network->bits % 8;
    if (memcmp(network->address.s6_addr, address->s6_addr, whole) != 0) return false;
    return rest == 0 || (network->address.s6_addr[whole] ^ address->s6_addr[whole]) >> (8 - rest) == 0;
}

static bool has_address(const struct ng_trust *trust, const struct in6_addr *address) {
    size_t i = 0;
    while (i < trust->count && !is_inside(&trust->networks[i], address)) i++;
    return i < trust->count;
}

int ng_trust_add(struct ng_trust *trust, const char *text, struct ng_err *err) {
    struct ng_network network = {.bits = ALL_BITS};
    char address[ADDRESS_CHARS] = "";
    const char *slash = text + strcspn(text, "/");
    size_t length = (size_t)(slash - text);
    uint64_t bits = 0;
    if (length < sizeof address) memcpy(address, text, length);
    bool well = read_address(address, &network.address);
    if (well && *slash) {
        unsigned before = is_v4(&network.address) && !strchr(address, ':') ? MAPPED_BITS : 0;
        well = ng_text_decimal(slash + 1, strlen(slash + 1), &bits) && bits <= ALL_BITS - before;
        network.bits = before + (unsigned)bits;
    }
    if (!well) {
        return ng_err_set(err, NG_ERR_USAGE, "'%s' is not ADDRESS or ADDRESS/BITS, such as 127.0.0.1, 10.0.0.0/8 or ::1", text);
    }
    if (trust->count == NG_MAX_TRUSTED_PROXIES) {
        return ng_err_set(err, NG_ERR_LIMIT, "more than %u trusted proxies", NG_MAX_TRUSTED_PROXIES);
    }
    trust->networks[trust->count++] = network;
    return NG_OK;
}

bool ng_trust_has(const struct ng_trust *trust, const struct sockaddr *peer) {
    struct in6_addr address;
    if (peer->sa_family == AF_INET6) {
        address = ((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr;
    } else if (peer->sa_family == AF_INET) {
        map_v4(&address, &((const struct sockaddr_in *)(const void *)peer)->sin_addr);
    } else {
        return false;
    }
    return has_address(trust, &address);
}

struct text {
    const char *begin;
    const char *end;
};

static struct text trim(struct text text) {
    while (text.begin < text.end && strchr(" \t", *text.begin)) text.begin++;
    while (text.begin < text.end && strchr(" \t", text.end[-1])) text.end--;
    return text;
}

/* Cuts the last piece off a text. A separator between quotes does not count. From the end, so that a quote that a client
 * left open in front does not swallow what a proxy added behind. */
static struct text cut_last(struct text *rest, char separator, bool *more) {
    const char *begin = rest->end;
    bool quoted = false;
    while (begin > rest->begin && (quoted || begin[-1] != separator)) {
        if (begin[-1] == '"') quoted = !quoted;
        begin--;
    }
    const struct text piece = {begin, rest->end};
    *more = begin > rest->begin;
    rest->end = *more ? begin - 1 : begin;
    return trim(piece);
}

/* The value of "for" in an element of Forwarded; empty if there is none. */
static struct text take_for(struct text element) {
    bool more = true;
    while (more) {
        struct text pair = cut_last(&element, ';', &more);
        if (pair.end - pair.begin < 4 || strncasecmp(pair.begin, "for=", 4) != 0) continue;
        pair.begin += 4;
        bool quoted = pair.end - pair.begin >= 2 && *pair.begin == '"' && pair.end[-1] == '"';
        return quoted ? (struct text){pair.begin + 1, pair.end - 1} : pair;
    }
    return (struct text){element.begin, element.begin};
}

/* ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT. */
static bool read_node(struct text node, struct in6_addr *address) {
    char text[ADDRESS_CHARS];
    size_t length = (size_t)(node.end - node.begin);
    if (length == 0 || length >= sizeof text) return false;
    memcpy(text, node.begin, length);
    text[length] = '\0';
    char *begin = text;
    char *end = text + length;
    if (*text == '[') {
        begin++;
        end = strchr(text, ']');
        if (!end) return false;
    } else if (strchr(text, ':') == strrchr(text, ':')) {
        end = text + strcspn(text, ":");
    }
    const char *port = *end == ']' ? end + 1 : end;
    if (*port && (*port != ':' || port[1 + strspn(port + 1, "0123456789")] != '\0')) return false;
    *end = '\0';
    return read_address(begin, address);
}

/* The client according to one field; false if the field tells none. */
static bool find_client(const struct ng_trust *trust, const struct ng_http_lines *lines, bool forwarded,
                        struct in6_addr *client) {
    bool found = false;
    for (size_t i = lines->count; i-- > 0;) {
        struct text rest = {lines->values[i], lines->values[i] + strlen(lines->values[i])};
        bool more = true;
        while (more) {
            struct text element = cut_last(&rest, ',', &more);
            struct in6_addr address;
            if (element.begin == element.end) continue;
            if (!read_node(forwarded ? take_for(element) : element, &address)) return found;
            *client = address;
            found = true;
            if (!has_address(trust, &address)) return true;
        }
    }
    return found;
}

bool ng_trust_client(const struct ng_trust *trust, const struct ng_http_head *head, char client[INET6_ADDRSTRLEN]) {
    struct in6_addr address;
    struct in6_addr other;
    bool found = find_client(trust, &head->forwarded_for, false, &address);
    if (head->forwarded.count > 0) {
        bool also = find_client(trust, &head->forwarded, true, &other);
        if (head->forwarded_for.count == 0) {
            found = also;
            address = other;
        } else if (!also || !found || memcmp(&address, &other, sizeof address) != 0) {
            return false;
        }
    }
    if (!found) return false;
    bool v4 = is_v4(&address);
    const uint8_t *bytes = address.s6_addr + (v4 ? MAPPED_BITS / 8 : 0);
    return inet_ntop(v4 ? AF_INET : AF_INET6, bytes, client, INET6_ADDRSTRLEN) != NULL;
}

bool ng_trust_id_is_well(const char *id) {
    static const char fit[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/+=@-";
    size_t length = strlen(id);
    return length > 0 && length <= NG_MAX_REQUEST_ID_BYTES && strspn(id, fit) == length;
}
