#include "server/http/coding.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common/base/limits.h"

/* Answers are made once and sent once; static bytes are compressed once and sent often. */
enum { QUICK_LEVEL = 3, THOROUGH_LEVEL = 9 };
enum { FULL_QUALITY = 1000 };

static const char *const names[] = {[NG_CODING_NONE] = "identity", [NG_CODING_GZIP] = "gzip", [NG_CODING_ZSTD] = "zstd"};

/* The weight of an item, in thousandths, from behind its name. */
static unsigned read_quality(const char *text, const char *end) {
    text += strspn(text, " \t;");
    if (text >= end || strncasecmp(text, "q=", 2) != 0) return FULL_QUALITY;
    text += 2;
    if (text < end && *text == '1') return FULL_QUALITY;
    if (text >= end || *text != '0') return 0;
    unsigned quality = 0;
    unsigned place = FULL_QUALITY / 10;
    for (text += text + 1 < end && text[1] == '.' ? 2 : 1; text < end && *text >= '0' && *text <= '9'; text++) {
        quality += (unsigned)(*text - '0') * place;
        place /= 10;
    }
    return quality;
}

static bool is_name(const char *item, size_t length, const char *name) {
    return length == strlen(name) && strncasecmp(item, name, length) == 0;
}

/* If two weigh the same, zstd: it is faster, and its output smaller. */
enum ng_coding ng_coding_choose(const char *accept_encoding) {
    int quality[] = {[NG_CODING_NONE] = -1, [NG_CODING_GZIP] = -1, [NG_CODING_ZSTD] = -1};
    int any = 0;
    const char *item = accept_encoding ? accept_encoding : "";
    while (*item) {
        const char *end = item + strcspn(item, ",");
        item += strspn(item, " \t");
        size_t length = strcspn(item, ",; \t");
        int given = (int)read_quality(item + length, end);
        if (is_name(item, length, "*")) any = given;
        if (is_name(item, length, "x-gzip")) quality[NG_CODING_GZIP] = given;
        for (size_t i = NG_CODING_NONE; i <= NG_CODING_ZSTD; i++) {
            if (is_name(item, length, names[i])) quality[i] = given;
        }
        item = *end ? end + 1 : end;
    }
    enum ng_coding best = NG_CODING_NONE;
    int best_weight = quality[NG_CODING_NONE]; /* whoever does not name it likes any other better */
    for (size_t i = NG_CODING_GZIP; i <= NG_CODING_ZSTD; i++) {
        int weight = quality[i] < 0 ? any : quality[i];
        if (weight <= 0 || weight < best_weight) continue;
        best = (enum ng_coding)i;
        best_weight = weight;
    }
    return best;
}

static bool is_worth(enum ng_coding coding, const struct ng_api_answer *answer) {
    return coding != NG_CODING_NONE && answer->length_bytes >= NG_MIN_PACKED_BYTES;
}

static bool read_file(int fd, char *bytes, size_t length) {
    size_t at = 0;
    while (at < length) {
        ssize_t got = pread(fd, bytes + at, length - at, (off_t)at);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        at += (size_t)got;
    }
    return true;
}

static char *pack_file(enum ng_coding coding, const struct ng_api_answer *answer, size_t *length) {
    char *bytes = answer->length_bytes <= NG_MAX_PACKED_FILE_BYTES ? malloc(answer->length_bytes) : NULL;
    char *packed = NULL;
    if (bytes && read_file(answer->file, bytes, answer->length_bytes)) {
        packed = ng_encode_bytes(coding, QUICK_LEVEL, bytes, answer->length_bytes, length);
    }
    free(bytes);
    return packed;
}

void ng_coding_pack(enum ng_coding coding, struct ng_api_answer *answer) {
    size_t length;
    if (!is_worth(coding, answer)) return;
    char *packed = answer->has_file ? pack_file(coding, answer, &length)
                                    : ng_encode_bytes(coding, QUICK_LEVEL, answer->bytes, answer->length_bytes, &length);
    if (!packed) return;
    ng_api_answer_free(answer);
    answer->owned = packed;
    answer->bytes = packed;
    answer->length_bytes = length;
    answer->coding = names[coding];
}

void ng_coding_pack_static(struct ng_coding_cache *cache, enum ng_coding coding, struct ng_api_answer *answer) {
    size_t i = 0;
    if (!is_worth(coding, answer) || answer->owned || answer->has_file) return;
    while (i < cache->count && (cache->items[i].plain != answer->bytes || cache->items[i].coding != coding)) i++;
    if (i == sizeof cache->items / sizeof *cache->items) return;
    if (i == cache->count) {
        cache->count++;
        cache->items[i].plain = answer->bytes;
        cache->items[i].coding = coding;
        cache->items[i].bytes = ng_encode_bytes(coding, THOROUGH_LEVEL, answer->bytes, answer->length_bytes,
                                                &cache->items[i].length_bytes);
    }
    if (!cache->items[i].bytes) return;
    answer->bytes = cache->items[i].bytes;
    answer->length_bytes = cache->items[i].length_bytes;
    answer->coding = names[coding];
}

void ng_coding_cache_free(struct ng_coding_cache *cache) {
    for (size_t i = 0; i < cache->count; i++) free(cache->items[i].bytes);
    *cache = (struct ng_coding_cache){0};
}
