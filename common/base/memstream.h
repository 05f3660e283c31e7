/* Streams that write to memory (open_memstream). */
#ifndef NG_COMMON_BASE_MEMSTREAM_H
#define NG_COMMON_BASE_MEMSTREAM_H

#include <stdbool.h>
#include <stdio.h>

/* Closes a stream of open_memstream. Returns whether *bytes holds all that was written: fclose allocates once more, and
 * glibc does not report it if that fails. */
static inline bool ng_memstream_close(FILE *stream, char *const *bytes) {
    bool lost = ferror(stream) != 0;
    return fclose(stream) == 0 && !lost && *bytes;
}

#endif
