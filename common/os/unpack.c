#include "common/os/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "common/base/le.h"

enum {
    MAGIC_BYTES = 4,
    DESCRIPTOR_AT = 4,
    WINDOW_AT = 5,
    HEADER_LEAST = 6,
    SKIPPABLE_BYTES = 8,
    BZIP2_BYTES = 4 << 20, /* what its decoder takes at most (bzip2.txt) */
    SINGLE_SEGMENT = 0x20
};

/* Reading the indexes of an xz file: the most memory, and the bytes read at a time. */
enum { MOST_MEMORY = 16 << 20, PIECE = 1 << 14 };

/* A frame in one segment has no window of its own: it takes its content's size. */
static uint64_t zstd_bytes(const uint8_t *header, size_t length) {
    if (header[DESCRIPTOR_AT] & SINGLE_SEGMENT) {
        unsigned long long bytes = ZSTD_getFrameContentSize(header, length);
        return bytes == ZSTD_CONTENTSIZE_ERROR ? 0 : bytes;
    }
    uint64_t base = UINT64_C(1) << (10 + (header[WINDOW_AT] >> 3));
    return base + base / 8 * (header[WINDOW_AT] & 7);
}

/* Where the first frame is that holds data: those before it say how long they are. */
static off_t pass_skippable(int fd) {
    enum { MOST_FRAMES = 16 };
    uint8_t head[SKIPPABLE_BYTES];
    off_t at = 0;
    for (int i = 0; i < MOST_FRAMES; i++) {
        if (pread(fd, head, sizeof head, at) != sizeof head) break;
        if ((head[0] & 0xF0) != 0x50 || memcmp(head + 1, "\x2A\x4D\x18", 3) != 0) break;
        at += SKIPPABLE_BYTES + (off_t)ng_le_load32(head + MAGIC_BYTES);
    }
    return at;
}

static uint64_t xz_bytes(const uint8_t *header, size_t length) {
    lzma_filter filters[LZMA_FILTERS_MAX + 1] = {{.id = LZMA_VLI_UNKNOWN}};
    lzma_stream_flags flags;
    if (length <= LZMA_STREAM_HEADER_SIZE || lzma_stream_header_decode(&flags, header) != LZMA_OK) return 0;
    const uint8_t *at = header + LZMA_STREAM_HEADER_SIZE;
    lzma_block block = {.check = flags.check, .filters = filters, .header_size = lzma_block_header_size_decode(*at)};
    if (*at == 0 || block.header_size > length - LZMA_STREAM_HEADER_SIZE) return 0;
    if (lzma_block_header_decode(&block, NULL, at) != LZMA_OK) return 0;
    uint64_t bytes = lzma_raw_decoder_memusage(filters);
    for (size_t i = 0; filters[i].id != LZMA_VLI_UNKNOWN; i++) free(filters[i].options);
    return bytes;
}

uint64_t ng_unpack_window_bytes(const char *path, uint64_t most) {
    static const uint8_t magic[MAGIC_BYTES] = {0x28, 0xB5, 0x2F, 0xFD};
    uint8_t header[LZMA_STREAM_HEADER_SIZE + LZMA_BLOCK_HEADER_SIZE_MAX] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return 0;
    ssize_t got = pread(fd, header, sizeof header, pass_skippable(fd));
    (void)close(fd);
    uint64_t window = 0;
    if (got >= HEADER_LEAST && memcmp(header, magic, MAGIC_BYTES) == 0) window = zstd_bytes(header, (size_t)got);
    else if (got >= HEADER_LEAST && memcmp(header, "BZh", 3) == 0) window = BZIP2_BYTES;
    else if (got > 0) window = xz_bytes(header, (size_t)got);
    return window < most ? window : most;
}

/* Feeds the decoder the parts of the file that it seeks to. */
static lzma_ret read_index(lzma_stream *xz, int fd) {
    uint8_t piece[PIECE];
    off_t at = 0;
    lzma_ret code = LZMA_OK;
    while (code == LZMA_OK) {
        if (xz->avail_in == 0) {
            const ssize_t got = pread(fd, piece, sizeof piece, at);
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) return LZMA_DATA_ERROR;
            xz->next_in = piece;
            xz->avail_in = (size_t)got;
            at += got;
        }
        code = lzma_code(xz, LZMA_RUN);
        if (code != LZMA_SEEK_NEEDED) continue;
        at = (off_t)xz->seek_pos;
        xz->avail_in = 0;
        code = LZMA_OK;
    }
    return code;
}

uint64_t ng_unpack_length_bytes(const char *path) {
    lzma_stream xz = LZMA_STREAM_INIT;
    lzma_index *index = NULL;
    struct stat stat;
    uint64_t bytes = 0;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return 0;
    if (fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode) &&
        lzma_file_info_decoder(&xz, &index, MOST_MEMORY, (uint64_t)stat.st_size) == LZMA_OK &&
        read_index(&xz, fd) == LZMA_STREAM_END) {
        bytes = lzma_index_uncompressed_size(index);
        lzma_index_end(index, NULL);
    }
    lzma_end(&xz);
    (void)close(fd);
    return bytes;
}
