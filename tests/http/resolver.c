/* To be preloaded: a resolver for the tests of names. "slow.test" is found after a minute, "two.test" has two
 * addresses, at the first of which nothing listens, so has "silent.test", whose first is 127.0.0.3, "gone.test" has none, and "later.test" is slow once there is a
 * file "slow". All else is as usual. */
#include <dlfcn.h>
#include <netdb.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

typedef int resolver(const char *, const char *, const struct addrinfo *, struct addrinfo **);

int getaddrinfo(const char *name, const char *service, const struct addrinfo *wanted, struct addrinfo **found) {
    resolver *usual = (resolver *)dlsym(RTLD_NEXT, "getaddrinfo");
    if (!name || !strstr(name, ".test") || (wanted && wanted->ai_flags & AI_NUMERICHOST)) {
        return usual(name, service, wanted, found);
    }
    if (strcmp(name, "gone.test") == 0) return EAI_NONAME;
    if (strcmp(name, "slow.test") == 0 || (strcmp(name, "later.test") == 0 && access("slow", F_OK) == 0)) (void)sleep(60);
    bool silent = strcmp(name, "silent.test") == 0;
    if (!silent && strcmp(name, "two.test") != 0) return usual("127.0.0.1", service, wanted, found);
    struct addrinfo *first;
    int failure = usual(silent ? "127.0.0.3" : "127.0.0.2", service, wanted, &first);
    if (failure) return failure;
    failure = usual("127.0.0.1", service, wanted, &first->ai_next);
    *found = first;
    return failure;
}
