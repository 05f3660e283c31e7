/*
 * How much memory it takes to unpack a corpus file, for the plan of a build.
 */
#ifndef NG_INDEXER_CORPUS_ZSTD_WINDOW_H
#define NG_INDEXER_CORPUS_ZSTD_WINDOW_H

#include <stdint.h>

/* The window that the first frame of a zstd file names (RFC 8878, 3.1.1.1.2), at most 2^NG_MAX_ZSTD_WINDOW_LOG bytes;
 * 0 for other files, and for those that cannot be read, which whoever reads them will tell. */
uint64_t ng_window_bytes(const char *path);

#endif
