/*
 * What libevent asks of glibc for random numbers, which glibc has since 2.36 only. A program that is linked with a static
 * libevent (make wheel) takes these instead, and so runs with older versions, too. One linked with the shared libevent
 * does not use them.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

#if !__GLIBC_PREREQ(2, 36)
void arc4random_buf(void *bytes, size_t count);
uint32_t arc4random(void);
#endif

void arc4random_buf(void *bytes, size_t count) {
    uint8_t *at = bytes;
    while (count > 0) {
        ssize_t got = getrandom(at, count, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) abort(); /* there is no way to say so, and no other source */
        at += got;
        count -= (size_t)got;
    }
}

uint32_t arc4random(void) {
    uint32_t number;
    arc4random_buf(&number, sizeof number);
    return number;
}
