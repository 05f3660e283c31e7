/*
 * Words, characters and bytes, read one byte at a time in one direction: where a continuation ends. Internal to the
 * query library.
 *
 * Any bytes are read, UTF-8 or not. Forwards, the first byte of a character gives its length, and a byte that starts no
 * character counts as one. Backwards, a character ends at a byte that does not continue one, after at most four bytes.
 */
#ifndef NG_QUERY_EXPLORE_UNITS_H
#define NG_QUERY_EXPLORE_UNITS_H

#include "query/include/ngidx.h"

/* What is read. */
struct ng_reading {
    enum ng_next_unit unit;
    uint64_t length; /* units of a continuation */
    bool before;
};

/* How far a continuation has been read. Zero-initialised memory is its start. */
struct ng_read_state {
    uint64_t done;   /* units read whole */
    uint8_t partial; /* bytes of a character that is not yet whole */
    bool in_word;    /* the last character belongs to a word that may go on */
};

/* What a byte does to a continuation. */
enum ng_read_effect {
    NG_READ_ON,      /* it goes on */
    NG_READ_LAST,    /* the byte is its last */
    NG_READ_BEHIND,  /* it ended before the character whose last byte this is */
    NG_READ_PARTIAL  /* more bytes of the character are needed */
};

/* Whether the continuation is complete unless the next character goes on with its last word. */
static inline bool ng_read_is_word_end(const struct ng_reading *reading, const struct ng_read_state *state) {
    return reading->unit == NG_NEXT_WORDS && state->in_word && state->done + 1 == reading->length;
}

/* Reads the last of the bytes[0, length), which are in the order of reading, none of them a terminator. */
enum ng_read_effect ng_read_byte(const struct ng_reading *reading, struct ng_read_state *state, const uint8_t *bytes,
                                 size_t length);

/* Whether an ASCII character continues a word: letters and digits do. */
static inline bool ng_read_is_ascii_word(uint8_t byte) {
    uint8_t letter = byte | 0x20;
    return (byte >= '0' && byte <= '9') || (letter >= 'a' && letter <= 'z');
}

#endif
