/*
 * Names of hosts, looked up by the system's resolver in a thread of its own, since nothing else bounds how long that
 * takes. Internal to query/remote.
 */
#ifndef NG_QUERY_REMOTE_LOOKUP_H
#define NG_QUERY_REMOTE_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ng_remote_lookup;

/* Starts to look up a name, or takes a number as it is. NULL: there is no memory, or no thread. */
struct ng_remote_lookup *ng_remote_lookup_start(const char *host);

/* The same lookup for another owner, who frees it as well. */
struct ng_remote_lookup *ng_remote_lookup_share(struct ng_remote_lookup *lookup);

/* Whether it has ended. Waits up to this many milliseconds for that. */
bool ng_remote_lookup_ended(struct ng_remote_lookup *lookup, unsigned wait_ms);

/* Once it has ended: why there is no address; NULL: there are some. A static string. */
const char *ng_remote_lookup_failure(const struct ng_remote_lookup *lookup);

/* Once it has ended: an address as a number, in the order in which to try them; NULL behind the last. The lookup's. */
const char *ng_remote_lookup_address(const struct ng_remote_lookup *lookup, size_t number);

/* Also before it has ended: the last owner, who may be its thread, frees its memory. NULL is fine. */
void ng_remote_lookup_free(struct ng_remote_lookup *lookup);

#endif
