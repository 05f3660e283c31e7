/*
 * Requests to the parts of an index over HTTP, side by side on kept connections: which replica of a part is asked, and
 * which after it. What happens with one of them is flight.h's. Internal to query/remote.
 *
 * A thread that asks borrows a channel: an event loop with a connection to each replica that it has met. So no thread
 * waits for another, and a connection is used again by whoever asks next.
 */
#ifndef NG_QUERY_REMOTE_EXCHANGE_H
#define NG_QUERY_REMOTE_EXCHANGE_H

#include "query/remote/replicas.h"

/* As exchange of struct ng_part_transport; context is a struct ng_remote. */
void ng_remote_exchange(void *context, struct ng_part_exchange *exchanges, size_t count, const struct ng_cancel *cancel);

/* Frees all channels and lookups. */
void ng_remote_close_channels(struct ng_remote *remote);

#endif
