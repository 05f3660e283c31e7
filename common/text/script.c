#include "common/text/script.h"

#include <stddef.h>

bool ng_script_is_unspaced(int32_t character) {
    /* Blocks of Unicode, in their order. */
    static const struct {
        int32_t first;
        int32_t last;
    } blocks[] = {
        {0x0E00, 0x0EFF},   /* Thai, Lao */
        {0x0F00, 0x109F},   /* Tibetan, Myanmar */
        {0x1780, 0x17FF},   /* Khmer */
        {0x1950, 0x19FF},   /* Tai Le, New Tai Lue, Khmer symbols */
        {0x1A20, 0x1AAF},   /* Tai Tham */
        {0x1B00, 0x1B7F},   /* Balinese */
        {0x2E80, 0x2FDF},   /* radicals */
        {0x3005, 0x3007},   /* ideographic iteration mark and zero */
        {0x3021, 0x312F},   /* Hangzhou numerals, kana, Bopomofo */
        {0x31A0, 0x31FF},   /* Bopomofo, strokes, kana */
        {0x3400, 0x4DBF},   /* Han, extension A */
        {0x4E00, 0xA4CF},   /* Han, Yi */
        {0xA980, 0xA9DF},   /* Javanese */
        {0xA9E0, 0xA9FF},   /* Myanmar */
        {0xAA60, 0xAADF},   /* Myanmar, Tai Viet */
        {0xF900, 0xFAFF},   /* Han, compatibility */
        {0x1AFF0, 0x1B16F}, /* kana */
        {0x20000, 0x3FFFF}, /* Han, extensions B and on */
    };
    if (character < blocks[0].first) return false;
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        if (character <= blocks[i].last) return character >= blocks[i].first;
    }
    return false;
}
