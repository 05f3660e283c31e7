#include "query/remote/lookup.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { MOST_ADDRESSES = 8 };

/* Belongs to its callers and to the thread: whoever is done last frees it. */
struct ng_remote_lookup {
    char *host; /* owned */
    pthread_mutex_t lock;
    pthread_cond_t end;
    bool ended;
    unsigned owners;
    int failure;
    size_t count;
    char addresses[MOST_ADDRESSES][NI_MAXHOST];
};

static void destroy(struct ng_remote_lookup *lookup) {
    (void)pthread_mutex_destroy(&lookup->lock);
    (void)pthread_cond_destroy(&lookup->end);
    free(lookup->host);
    free(lookup);
}

static void leave(struct ng_remote_lookup *lookup) {
    (void)pthread_mutex_lock(&lookup->lock);
    bool last = --lookup->owners == 0;
    (void)pthread_mutex_unlock(&lookup->lock);
    if (last) destroy(lookup);
}

static void find(struct ng_remote_lookup *lookup, int flags) {
    const struct addrinfo wanted = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = flags};
    struct addrinfo *found = NULL;
    lookup->failure = getaddrinfo(lookup->host, NULL, &wanted, &found);
    for (const struct addrinfo *at = found; at && lookup->count < MOST_ADDRESSES; at = at->ai_next) {
        char *address = lookup->addresses[lookup->count];
        int failure = getnameinfo(at->ai_addr, at->ai_addrlen, address, NI_MAXHOST, NULL, 0, NI_NUMERICHOST);
        if (failure == 0) lookup->count++;
    }
    if (found) freeaddrinfo(found);
    if (lookup->failure == 0 && lookup->count == 0) lookup->failure = EAI_NONAME;
}

static void *run(void *context) {
    struct ng_remote_lookup *lookup = context;
    find(lookup, 0);
    (void)pthread_mutex_lock(&lookup->lock);
    lookup->ended = true;
    (void)pthread_cond_broadcast(&lookup->end);
    (void)pthread_mutex_unlock(&lookup->lock);
    leave(lookup);
    return NULL;
}

static bool start_thread(struct ng_remote_lookup *lookup) {
    pthread_attr_t detached;
    pthread_t thread;
    if (pthread_attr_init(&detached) != 0) return false;
    bool started = pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED) == 0 &&
                   pthread_create(&thread, &detached, run, lookup) == 0;
    (void)pthread_attr_destroy(&detached);
    return started;
}

struct ng_remote_lookup *ng_remote_lookup_start(const char *host) {
    struct ng_remote_lookup *lookup = calloc(1, sizeof *lookup);
    if (!lookup) return NULL;
    (void)pthread_mutex_init(&lookup->lock, NULL);
    pthread_condattr_t monotonic; /* a clock that is set must not prolong a wait */
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&lookup->end, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    lookup->host = strdup(host);
    if (lookup->host) find(lookup, AI_NUMERICHOST);
    lookup->ended = lookup->host && lookup->failure == 0;
    lookup->owners = lookup->ended ? 1 : 2;
    if (lookup->ended || (lookup->host && start_thread(lookup))) return lookup;
    destroy(lookup);
    return NULL;
}

struct ng_remote_lookup *ng_remote_lookup_share(struct ng_remote_lookup *lookup) {
    (void)pthread_mutex_lock(&lookup->lock);
    lookup->owners++;
    (void)pthread_mutex_unlock(&lookup->lock);
    return lookup;
}

bool ng_remote_lookup_ended(struct ng_remote_lookup *lookup, unsigned wait_ms) {
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
    until.tv_sec += wait_ms / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    (void)pthread_mutex_lock(&lookup->lock);
    while (!lookup->ended && wait_ms > 0 && pthread_cond_timedwait(&lookup->end, &lookup->lock, &until) != ETIMEDOUT) {
    }
    bool ended = lookup->ended;
    (void)pthread_mutex_unlock(&lookup->lock);
    return ended;
}

const char *ng_remote_lookup_failure(const struct ng_remote_lookup *lookup) {
    return lookup->failure ? gai_strerror(lookup->failure) : NULL;
}

const char *ng_remote_lookup_address(const struct ng_remote_lookup *lookup, size_t number) {
    return number < lookup->count ? lookup->addresses[number] : NULL;
}

void ng_remote_lookup_free(struct ng_remote_lookup *lookup) {
    if (lookup) leave(lookup);
}
