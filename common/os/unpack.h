/*
 * The memory that decompressing a file takes, and its uncompressed size: for planning, before the file is read.
 */
#ifndef NG_COMMON_OS_UNPACK_H
#define NG_COMMON_OS_UNPACK_H

#include <stdint.h>

/* The window that the first frame of a zstd file names (RFC 8878, 3.1.1.1.2), the memory of the first block of an xz
 * file, or the memory of bzip2; at most `most`. 0 for other files, and for files that cannot be read, which the reader
 * reports later. */
uint64_t ng_unpack_window_bytes(const char *path, uint64_t most);

/* The uncompressed size of an xz file, which its indexes record. Returns 0 for a file of another kind, for one that is damaged
 * or cannot be read, and for indexes that need over 16 MB of memory. */
uint64_t ng_unpack_length_bytes(const char *path);

#endif
