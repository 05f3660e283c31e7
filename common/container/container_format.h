/*
 * Offsets of the fields of a shard container, which FORMAT.md describes. For container.c and container_write.c only.
 */
#ifndef NG_COMMON_CONTAINER_CONTAINER_FORMAT_H
#define NG_COMMON_CONTAINER_CONTAINER_FORMAT_H

#include "common/base/le.h"
#include "common/container/page_sum.h"

/* A byte over 127, line ends of both kinds and a control-Z, so that a transfer in text mode is detected (as in PNG). */
#define NG_CONTAINER_MAGIC "\x89NGX\r\n\x1a\n"

enum {
    NG_CONTAINER_MAGIC_BYTES = 8,
    NG_HEADER_VERSION_AT = 8,
    NG_HEADER_PAGE_BYTES_AT = 12,
    NG_HEADER_FILE_BYTES_AT = 16,
    NG_HEADER_SECTIONS_AT = 24,
    NG_HEADER_TABLE_AT = 32,
    NG_SECTION_ENTRY_BYTES = 24,
    NG_SECTION_NAME_BYTES = 4,
    NG_SECTION_OFFSET_AT = 8,
    NG_SECTION_LENGTH_AT = 16,
    NG_PAGE_SUM_AT = (1 << NG_PAGE_LOG2) - 8,
    NG_CHECKSUMS_PER_PAGE = NG_PAGE_SUM_AT / 8
};

#define NG_CHECKSUM_SECTION "PAGE"

#endif
