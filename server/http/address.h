/* Addresses, and sockets that listen. */
#ifndef NG_SERVER_HTTP_ADDRESS_H
#define NG_SERVER_HTTP_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "common/base/err.h"

/* Size of an address as text. */
enum { NG_HTTP_ADDRESS_BYTES = 96 };

/* Binds a new socket to "HOST:PORT", "[ADDRESS]:PORT" or "PORT" (of 127.0.0.1), and listens there; port 0 is any free
 * port. Errors: NG_ERR_USAGE, NG_ERR_IO. */
int ng_http_bind(const char *address, int *fd, struct ng_err *err);

/* What may follow "http://" for an address, and whether only this machine can reach it. */
void ng_http_show_address(const struct sockaddr *address, char shown[NG_HTTP_ADDRESS_BYTES], bool *loopback);

/* The same for the address that a socket is bound to. */
void ng_http_describe(int fd, char shown[NG_HTTP_ADDRESS_BYTES], bool *loopback);

#endif
