#include "query/explore/units.h"

#include "common/base/utf8.h"
#include "common/text/normal.h"
#include "common/text/script.h"

enum { MOST_BYTES = 4 }; /* of a character */

enum kind { SPACE, WORD, SINGLE };

static size_t length_by_first(uint8_t byte) {
    if (byte < 0xC0 || byte >= 0xF8) return 1;
    return byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

static enum kind kind_of(const uint8_t *bytes, size_t length) {
    int32_t character = bytes[0];
    if (bytes[0] < 0x80 && length == 1 && ng_read_is_ascii_word(bytes[0])) return WORD;
    if (ng_utf8_valid_prefix(bytes, length) < length || ng_utf8_characters(bytes, length) != 1) return SINGLE;
    if (length > 1) character &= (int32_t)(0x7Fu >> length);
    for (size_t i = 1; i < length; i++) character = character << 6 | (bytes[i] & 0x3F);
    if (ng_normal_is_space(character)) return SPACE;
    return ng_normal_is_word(character) && !ng_script_is_unspaced(character) ? WORD : SINGLE;
}

/* The kind of the character whose bytes were the last ones read. */
static enum kind kind_of_last(const struct ng_reading *reading, const uint8_t *bytes, size_t length, size_t size) {
    uint8_t character[MOST_BYTES] = {0};
    for (size_t i = 0; i < size; i++) {
        character[i] = reading->before ? bytes[length - 1 - i] : bytes[length - size + i];
    }
    return kind_of(character, size);
}

static enum ng_read_effect read_word(const struct ng_reading *reading, struct ng_read_state *state, enum kind kind) {
    if (ng_read_is_word_end(reading, state) && kind != WORD) return NG_READ_BEHIND;
    if (kind == WORD) {
        state->in_word = true;
        return NG_READ_ON;
    }
    if (state->in_word) state->done++;
    state->in_word = false;
    if (kind == SPACE) return NG_READ_ON;
    state->done++;
    return state->done == reading->length ? NG_READ_LAST : NG_READ_ON;
}

enum ng_read_effect ng_read_byte(const struct ng_reading *reading, struct ng_read_state *state, const uint8_t *bytes,
                                 size_t length) {
    uint8_t byte = bytes[length - 1];
    if (reading->unit == NG_NEXT_BYTES) return ++state->done == reading->length ? NG_READ_LAST : NG_READ_ON;
    state->partial++;
    bool whole = reading->before ? !ng_utf8_is_continuation(byte) || state->partial == MOST_BYTES
                                 : state->partial == length_by_first(bytes[length - state->partial]);
    if (!whole) return NG_READ_PARTIAL;
    size_t size = state->partial;
    state->partial = 0;
    if (reading->unit == NG_NEXT_WORDS) return read_word(reading, state, kind_of_last(reading, bytes, length, size));
    return ++state->done == reading->length ? NG_READ_LAST : NG_READ_ON;
}
