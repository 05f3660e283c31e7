/*
 * libFuzzer target: any bytes as a text to fold. Folded text is UTF-8, the same whole, in pieces and with a map, and
 * every place of it has an origin that lies in the text.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/utf8.h"
#include "common/text/fold.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition, const char *what) {
    if (condition) return;
    (void)fprintf(stderr, "fuzz_fold: %s\n", what);
    abort();
}

static int same(const struct ng_buf *a, const struct ng_buf *b) {
    return a->length == b->length && (a->length == 0 || memcmp(a->data, b->data, a->length) == 0);
}

static void check_origin(struct ng_fold *fold, const uint8_t *data, size_t size, const struct ng_buf *chars) {
    const struct ng_fold_char *map = (const struct ng_fold_char *)(const void *)chars->data;
    size_t count = chars->length / sizeof *map;
    if (count == 0) return;
    const struct ng_fold_char *first = &map[size % count];
    const struct ng_fold_char *last = &map[count - 1];
    uint64_t begin = 0;
    uint64_t end = 0;
    struct ng_fold_place from = {0};
    int status = ng_fold_origin(fold, data, size, &from, first->folded_begin, last->folded_end, &begin, &end, NULL);
    require(status == NG_OK && begin == first->begin && end == last->end && end <= size, "an origin is wrong");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ng_fold *fold;
    struct ng_buf whole = {0};
    struct ng_buf other = {0};
    struct ng_buf chars = {0};
    require(ng_fold_open(&fold, NULL) == NG_OK, "out of memory");
    require(ng_fold_text(fold, data, size, &whole, NULL) == NG_OK, "not folded");
    require(ng_utf8_valid_prefix(whole.data, whole.length) == whole.length, "folded text is not UTF-8");
    for (size_t at = 0, length = 1; at < size; at += length, length = (length * 7 + 3) % 41 + 1) {
        if (length > size - at) length = size - at;
        require(ng_fold_append(fold, data + at, length, &other, NULL) == NG_OK, "a piece is not folded");
    }
    require(ng_fold_finish(fold, &other, NULL) == NG_OK, "the rest is not folded");
    require(same(&whole, &other), "pieces fold to something else");
    other.length = 0;
    require(ng_fold_map(fold, data, size, &other, &chars, NULL) == NG_OK, "not mapped");
    require(same(&whole, &other), "a map's text is something else");
    check_origin(fold, data, size, &chars);
    ng_buf_free(&whole);
    ng_buf_free(&other);
    ng_buf_free(&chars);
    ng_fold_close(fold);
    return 0;
}
