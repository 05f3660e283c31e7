#include "indexer/corpus/zstd_window.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/base/le.h"
#include "common/base/limits.h"

enum {
    MAGIC_BYTES = 4,
    DESCRIPTOR_AT = 4,
    WINDOW_AT = 5,
    HEADER_BYTES = 18, /* the most there can be */
    SINGLE_SEGMENT = 0x20
};

/* A frame in one segment has no window of its own: it takes its content's size. */
static uint64_t single_segment_bytes(const uint8_t *header) {
    static const unsigned dictionary_bytes[] = {0, 1, 2, 4};
    unsigned descriptor = header[DESCRIPTOR_AT];
    const uint8_t *size = header + DESCRIPTOR_AT + 1 + dictionary_bytes[descriptor & 3];
    switch (descriptor >> 6) {
    case 0: return size[0];
    case 1: return ng_le_load16(size) + UINT64_C(256);
    case 2: return ng_le_load32(size);
    default: return ng_le_load64(size);
    }
}

uint64_t ng_window_bytes(const char *path) {
    static const uint8_t magic[MAGIC_BYTES] = {0x28, 0xB5, 0x2F, 0xFD};
    const uint64_t most = UINT64_C(1) << NG_MAX_ZSTD_WINDOW_LOG;
    uint8_t header[HEADER_BYTES] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return 0;
    ssize_t got = read(fd, header, sizeof header);
    (void)close(fd);
    if (got < WINDOW_AT + 1 || memcmp(header, magic, MAGIC_BYTES) != 0) return 0;
    uint64_t window;
    if (header[DESCRIPTOR_AT] & SINGLE_SEGMENT) {
        window = single_segment_bytes(header);
    } else {
        uint64_t base = UINT64_C(1) << (10 + (header[WINDOW_AT] >> 3));
        window = base + base / 8 * (header[WINDOW_AT] & 7);
    }
    return window < most ? window : most;
}
