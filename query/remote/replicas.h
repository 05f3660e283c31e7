/*
 * What is known of the parts of an index and of their replicas, whatever thread asks. Internal to query/remote.
 */
#ifndef NG_QUERY_REMOTE_REPLICAS_H
#define NG_QUERY_REMOTE_REPLICAS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "query/remote/address.h"

struct ng_remote_channel;
struct ng_remote_lookup;

/*
 * A replica that let a question run out of its time is silent until it answers one. It is asked by one thread at a time,
 * and not at all for a while after each such question; all others go on to the next replica, or fail at once. So it holds
 * one thread of many, and not all the time.
 */
struct ng_remote_silence {
    bool silent;
    bool tried;              /* somebody asks it now */
    uint64_t rests_until_ns; /* it is not asked before */
    uint64_t heard_ns;       /* when it answered last */
};

/* The address of a replica's host that was answered from last, as a number; "": none. Of two addresses one may drop all
 * packets, so that every new connection would wait for it first. */
struct ng_remote_worked {
    char address[64];
};

struct ng_remote {
    struct ng_remote_addresses addresses;
    char *token; /* owned; NULL: none */
    char *id;    /* likewise */
    uint64_t timeout_ns;
    _Atomic size_t preferred[NG_MAX_PARTS]; /* the replica that answered last */
    pthread_mutex_t lock; /* guards what follows */
    struct ng_remote_channel *idle;
    struct ng_remote_silence silences[NG_MAX_PARTS][NG_MAX_REPLICAS];
    struct ng_remote_worked worked[NG_MAX_PARTS][NG_MAX_REPLICAS];
    struct ng_remote_lookup *lookups[NG_MAX_PARTS][NG_MAX_REPLICAS]; /* the last of each host; NULL: none; owned */
};

#endif
