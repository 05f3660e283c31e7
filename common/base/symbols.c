#include "common/base/symbols.h"

/* In four tables, since equal bytes that follow each other would wait for each other in one. */
void ng_symbols_count(const uint8_t *bytes, size_t length, uint32_t counts[256]) {
    uint32_t parts[4][256] = {{0}};
    size_t at = 0;
    for (; at + 4 <= length; at += 4) {
        for (unsigned i = 0; i < 4; i++) parts[i][bytes[at + i]]++;
    }
    for (; at < length; at++) parts[0][bytes[at]]++;
    for (unsigned c = 0; c < 256; c++) counts[c] = parts[0][c] + parts[1][c] + parts[2][c] + parts[3][c];
}

void ng_symbols_starts(size_t counts[256]) {
    size_t at = 0;
    for (size_t c = 0; c < 256; c++) {
        size_t count = counts[c];
        counts[c] = at;
        at += count;
    }
}

unsigned ng_symbols_order(const uint64_t total[256], uint8_t order[256]) {
    unsigned symbols = 0;
    for (unsigned c = 0; c < 256; c++) {
        if (total[c] == 0) continue;
        unsigned at = symbols++;
        for (; at > 0 && total[order[at - 1]] < total[c]; at--) order[at] = order[at - 1];
        order[at] = (uint8_t)c;
    }
    return symbols;
}
