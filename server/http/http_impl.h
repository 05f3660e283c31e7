/* Sockets to listen at. Internal to server/http*.c. */
#ifndef NG_SERVER_HTTP_HTTP_IMPL_H
#define NG_SERVER_HTTP_HTTP_IMPL_H

#include <pthread.h>

#include "common/base/limits.h"
#include "server/http/http.h"

/* Binds a new socket to an address as in ng_http_listen. Errors: NG_ERR_USAGE, NG_ERR_IO. */
int ng_http_bind(const char *address, int *fd, struct ng_err *err);

/* What to show of a bound socket's address, and whether only this machine can reach it. */
void ng_http_describe(int fd, char shown[NG_HTTP_ADDRESS_BYTES], bool *loopback);

#endif
