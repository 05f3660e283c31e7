/*
 * What it takes to decompress a file, and what comes out, for planning before it is read.
 */
#ifndef NG_COMMON_OS_UNPACK_H
#define NG_COMMON_OS_UNPACK_H

#include <stdint.h>

/* The window that the first frame of a zstd file names (RFC 8878, 3.1.1.1.2), the memory of the first block of an xz
 * file, or the memory of bzip2; at most `most`. 0 for other files, and for files that cannot be read, which the reader
 * reports later. */
uint64_t ng_unpack_window_bytes(const char *path, uint64_t most);

/* How much an xz file holds, as its indexes say. 0 for other files, for those that are damaged or cannot be read, and for an
 * index that takes over 16 MB of memory. */
uint64_t ng_unpack_length_bytes(const char *path);

#endif
