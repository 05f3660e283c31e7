/* Addresses and sockets. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/http/address.h"

enum { HOST_BYTES = 256, BACKLOG = 1024 };

static int bad_address(const char *address, struct ng_err *err) {
    (void)ng_err_set(err, NG_ERR_USAGE, "cannot listen at '%s'", address);
    return ng_err_hint(err, "write HOST:PORT, such as 127.0.0.1:8642 or [::1]:8642");
}

/* Splits "HOST:PORT", "[ADDRESS]:PORT" or "PORT". */
static int split(const char *address, char host[HOST_BYTES], const char **port, struct ng_err *err) {
    const char *colon = strrchr(address, ':');
    if (!colon) {
        (void)snprintf(host, HOST_BYTES, "127.0.0.1");
        *port = address;
    } else {
        const char *begin = address;
        size_t length = (size_t)(colon - address);
        if (length >= 2 && address[0] == '[' && colon[-1] == ']') {
            begin++;
            length -= 2;
        } else if (memchr(address, ':', length)) {
            return bad_address(address, err);
        }
        if (length == 0 || length >= HOST_BYTES) return bad_address(address, err);
        memcpy(host, begin, length);
        host[length] = '\0';
        *port = colon + 1;
    }
    if (**port == '\0' || strspn(*port, "0123456789") != strlen(*port) || strtoul(*port, NULL, 10) > UINT16_MAX)
        return bad_address(address, err);
    return NG_OK;
}

static int bind_one(const struct addrinfo *info, int *fd) {
    int made = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (made < 0) return errno;
    const int on = 1;
    (void)setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(made, info->ai_addr, info->ai_addrlen) != 0 || listen(made, BACKLOG) != 0) {
        int error_number = errno;
        (void)close(made);
        return error_number;
    }
    *fd = made;
    return 0;
}

int ng_http_bind(const char *address, int *fd, struct ng_err *err) {
    char host[HOST_BYTES];
    const char *port = "0";
    int status = split(address, host, &port, err);
    if (status) return status;
    const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    int failure = getaddrinfo(host, port, &wanted, &found);
    if (failure != 0) return ng_err_set(err, NG_ERR_USAGE, "cannot listen at %s: %s", address, gai_strerror(failure));
    int error_number = bind_one(found, fd);
    freeaddrinfo(found);
    if (error_number == 0) return NG_OK;
    status = ng_err_sys(err, error_number, "cannot listen at %s", address);
    if (error_number == EADDRINUSE) (void)ng_err_hint(err, "--listen 127.0.0.1:0 takes any free port");
    return status;
}

void ng_http_show_address(const struct sockaddr *address, char shown[NG_HTTP_ADDRESS_BYTES], bool *loopback) {
    char host[INET6_ADDRSTRLEN] = "";
    (void)snprintf(shown, NG_HTTP_ADDRESS_BYTES, "a socket");
    *loopback = true;
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
        (void)inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
        (void)snprintf(shown, NG_HTTP_ADDRESS_BYTES, "%s:%u", host, (unsigned)ntohs(v4->sin_port));
        *loopback = ntohl(v4->sin_addr.s_addr) >> 24 == 127;
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
        /* A client of IPv4 at a socket for both writes its address as IPv4. */
        bool mapped = IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr) != 0;
        (void)inet_ntop(mapped ? AF_INET : AF_INET6, v6->sin6_addr.s6_addr + (mapped ? 12 : 0), host, sizeof host);
        (void)snprintf(shown, NG_HTTP_ADDRESS_BYTES, "%s%s%s:%u", mapped ? "" : "[", host, mapped ? "" : "]",
                       (unsigned)ntohs(v6->sin6_port));
        *loopback = mapped ? v6->sin6_addr.s6_addr[12] == 127 : IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr) != 0;
    }
}

void ng_http_describe(int fd, char shown[NG_HTTP_ADDRESS_BYTES], bool *loopback) {
    union {
        struct sockaddr any;
        struct sockaddr_storage storage;
    } address = {0};
    socklen_t length = sizeof address;
    (void)getsockname(fd, &address.any, &length);
    ng_http_show_address(&address.any, shown, loopback);
}
