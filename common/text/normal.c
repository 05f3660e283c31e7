#include "common/text/normal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

enum {
    SLOTS = 8192,           /* characters remembered: more than a Chinese text has */
    SLOT_BYTES = 10,
    LONG = 0xFF,            /* length of what does not fit a slot */
    DECOMPOSED = 18,        /* characters that one becomes at most */
    PARTS = NG_NORMAL_SEQUENCE * DECOMPOSED,
    COMPOSING_END = 0x20000 /* no character from here on composes with one before it */
};

/* NFKC, and NFKC of what is case-folded. */
static const utf8proc_option_t composing_options =
    (utf8proc_option_t)(UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE);
static const utf8proc_option_t folding_options =
    (utf8proc_option_t)(UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);

struct slot {
    int32_t character; /* plus 1: 0 is empty */
    uint8_t joins;
    uint8_t length;
    uint8_t bytes[SLOT_BYTES];
};

struct ng_normal {
    struct slot slots[SLOTS];
};

/* A bit for each character that is a later part of some canonical decomposition. */
static uint64_t composing[COMPOSING_END / 64];

static bool composes(int32_t character) {
    return character < COMPOSING_END && (composing[character / 64] >> (character % 64) & 1) != 0;
}

static void find_composing(void) {
    for (int32_t character = 0; character < COMPOSING_END; character++) {
        if (utf8proc_get_property(character)->decomp_seqindex == UINT16_MAX) continue;
        int32_t parts[DECOMPOSED];
        int last_class = 0;
        utf8proc_ssize_t count = utf8proc_decompose_char(character, parts, DECOMPOSED, UTF8PROC_DECOMPOSE, &last_class);
        for (utf8proc_ssize_t i = 1; i < count && i < DECOMPOSED; i++) {
            if (parts[i] < COMPOSING_END) composing[parts[i] / 64] |= UINT64_C(1) << (parts[i] % 64);
        }
    }
    /* Hangul's vowels and last consonants, whose syllables utf8proc composes by rule. */
    for (int32_t jamo = 0x1161; jamo <= 0x11C2; jamo++) composing[jamo / 64] |= UINT64_C(1) << (jamo % 64);
}

int ng_normal_open(struct ng_normal **normal, struct ng_err *err) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    *normal = calloc(1, sizeof **normal);
    if (!*normal) return ng_err_nomem(err, sizeof **normal, "folding text");
    (void)pthread_once(&once, find_composing);
    return NG_OK;
}

void ng_normal_close(struct ng_normal *normal) {
    free(normal);
}

bool ng_normal_is_word(int32_t character) {
    utf8proc_category_t category = utf8proc_category(character);
    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;
}

/* Normalises UTF-8 of at most NG_NORMAL_SEQUENCE characters or of what they became into parts. */
static size_t normalize(const uint8_t *bytes, size_t length, int32_t parts[PARTS], utf8proc_option_t options) {
    utf8proc_ssize_t count = utf8proc_decompose(bytes, (utf8proc_ssize_t)length, parts, PARTS, options);
    if (count < 0 || count > PARTS) return 0; /* not for characters: they are valid, and there is room */
    return (size_t)utf8proc_normalize_utf32(parts, count, options);
}

/* Before case is folded, marks must stand in their order: one, U+0345, becomes a letter. */
size_t ng_normal_write_sequence(const int32_t *characters, size_t count, uint8_t *out) {
    uint8_t bytes[NG_NORMAL_BYTES];
    int32_t parts[PARTS];
    size_t length = 0;
    for (size_t i = 0; i < count; i++) length += (size_t)utf8proc_encode_char(characters[i], bytes + length);
    if (count > 1) {
        count = normalize(bytes, length, parts, composing_options);
        length = 0;
        for (size_t i = 0; i < count; i++) length += (size_t)utf8proc_encode_char(parts[i], bytes + length);
    }
    count = normalize(bytes, length, parts, folding_options);
    length = 0;
    for (size_t i = 0; i < count; i++) {
        if (ng_normal_is_word(parts[i])) length += (size_t)utf8proc_encode_char(parts[i], out + length);
    }
    return length;
}

static const struct slot *slot_of(struct ng_normal *normal, int32_t character) {
    struct slot *slot = &normal->slots[character % SLOTS];
    if (slot->character == character + 1) return slot;
    int32_t parts[DECOMPOSED];
    int last_class = 0;
    utf8proc_ssize_t count = utf8proc_decompose_char(character, parts, DECOMPOSED, composing_options, &last_class);
    slot->character = character + 1;
    slot->joins = count > 0 && (utf8proc_get_property(parts[0])->combining_class != 0 || composes(parts[0]));
    uint8_t out[NG_NORMAL_BYTES];
    size_t length = ng_normal_write_sequence(&character, 1, out);
    slot->length = length <= SLOT_BYTES ? (uint8_t)length : LONG;
    if (slot->length != LONG) memcpy(slot->bytes, out, length);
    return slot;
}

bool ng_normal_joins(struct ng_normal *normal, int32_t character) {
    return character >= 0x80 && slot_of(normal, character)->joins;
}

size_t ng_normal_write(struct ng_normal *normal, int32_t character, uint8_t *out) {
    const struct slot *slot = slot_of(normal, character);
    if (slot->length == LONG) return ng_normal_write_sequence(&character, 1, out);
    memcpy(out, slot->bytes, SLOT_BYTES);
    return slot->length;
}

const char *ng_normal_unicode(void) {
    return utf8proc_unicode_version();
}

bool ng_normal_is_space(int32_t character) {
    if (character < 0x80) return character == ' ' || (character >= '\t' && character <= '\r');
    utf8proc_category_t category = utf8proc_category(character);
    return character == 0x85 || (category >= UTF8PROC_CATEGORY_ZS && category <= UTF8PROC_CATEGORY_ZP);
}

int ng_normal_append_lower(struct ng_buf *out, const uint8_t *bytes, size_t length, struct ng_err *err) {
    int status = NG_OK;
    for (size_t at = 0; at < length && !status;) {
        utf8proc_int32_t character;
        utf8proc_uint8_t lower[4];
        utf8proc_ssize_t taken = utf8proc_iterate(bytes + at, (utf8proc_ssize_t)(length - at), &character);
        if (taken > 0) {
            status = ng_buf_append(out, lower, (size_t)utf8proc_encode_char(utf8proc_tolower(character), lower), err);
        } else {
            taken = 1;
            status = ng_buf_append(out, bytes + at, 1, err);
        }
        at += (size_t)taken;
    }
    return status;
}
