/*
 * How much memory it takes to unpack a file, for plans made before it is read.
 */
#ifndef NG_COMMON_OS_WINDOW_H
#define NG_COMMON_OS_WINDOW_H

#include <stdint.h>

/* The window that the first frame of a zstd file names (RFC 8878, 3.1.1.1.2), what the first block of an xz file takes,
 * or what bzip2 takes, at most `most`; 0 for other files, and for those that cannot be read, which whoever reads them
 * will tell. */
uint64_t ng_window_bytes(const char *path, uint64_t most);

#endif
