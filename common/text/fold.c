#include "common/text/fold.h"

#include <stdlib.h>
#include <string.h>

#include "common/text/decode.h"
#include "common/text/normal.h"

enum {
    MAX_SEQUENCE_BYTES = 4096, /* of a letter and the marks that join it */
    PIECE_BYTES = 65536,       /* folded at a time */
    ORIGIN_STEP_BYTES = 4096   /* folded again to find an offset */
};

_Static_assert(MAX_SEQUENCE_BYTES + 2 * NG_DECODE_AHEAD_BYTES < NG_FOLD_AHEAD_BYTES, "a decision looks too far ahead");

struct ng_fold {
    struct ng_normal *normal;
    uint8_t ascii[256]; /* ascii_class of each byte */
    struct ng_buf held; /* text that cannot be folded yet, or is being copied together with what follows */
};

/* A letter with the marks that join it, or any other character. */
struct sequence {
    int32_t characters[NG_NORMAL_SEQUENCE];
    size_t count;
    size_t end;
};

/* ASCII characters that stand for themselves; bit 7 tells those that folding keeps, and the others are the small
 * letter or digit. 0 stands for all other bytes: those of other characters, backslash, ampersand, and less than. */
enum { KEPT = 0x80 };
static uint8_t ascii_class(uint8_t byte) {
    if (byte >= 0x80 || byte == '\\' || byte == '&' || byte == '<') return 0;
    bool is_upper = byte >= 'A' && byte <= 'Z';
    if (is_upper || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9')) {
        return (uint8_t)(KEPT | (is_upper ? byte | 0x20 : byte));
    }
    return 1;
}

int ng_fold_open(struct ng_fold **fold, struct ng_err *err) {
    *fold = calloc(1, sizeof **fold);
    if (!*fold) return ng_err_nomem(err, sizeof **fold, "folding text");
    for (unsigned byte = 0; byte < 256; byte++) (*fold)->ascii[byte] = ascii_class((uint8_t)byte);
    int status = ng_normal_open(&(*fold)->normal, err);
    if (!status) return NG_OK;
    ng_fold_close(*fold);
    *fold = NULL;
    return status;
}

void ng_fold_close(struct ng_fold *fold) {
    if (!fold) return;
    ng_normal_close(fold->normal);
    ng_buf_free(&fold->held);
    free(fold);
}

const char *ng_fold_unicode(void) {
    return ng_normal_unicode();
}

/* Folds ASCII that stands for itself from at on; out has room for until - at bytes. Returns the offset of the first
 * byte that it leaves, which is until or begins something else, or stands before that: a mark may join a letter. */
static size_t fold_ascii(const uint8_t classes[256], const uint8_t *bytes, size_t at, size_t until,
                         struct ng_buf *out) {
    uint8_t *to = out->data + out->length;
    size_t begin = at;
    for (; at < until; at++) {
        uint8_t class = classes[bytes[at]];
        if (class == 0) break;
        *to = class & 0x7F;
        to += class >> 7;
    }
    if (at > begin) {
        at--;
        to -= classes[bytes[at]] >> 7;
    }
    out->length = (size_t)(to - out->data);
    return at;
}

/* Reads the sequence at at. What follows a sequence decides where it ends. */
static void read_sequence(struct ng_fold *fold, const uint8_t *bytes, size_t length, size_t at,
                          struct sequence *sequence) {
    sequence->end = ng_decode_next(bytes, length, at, &sequence->characters[0]);
    sequence->count = 1;
    while (sequence->end < length && sequence->count < NG_NORMAL_SEQUENCE && sequence->end - at < MAX_SEQUENCE_BYTES) {
        if (fold->ascii[bytes[sequence->end]] != 0) return; /* joins nothing */
        int32_t next;
        size_t end = ng_decode_next(bytes, length, sequence->end, &next);
        if (!ng_normal_joins(fold->normal, next)) return;
        sequence->characters[sequence->count++] = next;
        sequence->end = end;
    }
}

/* Appends what a sequence folds to. */
static int write_sequence(struct ng_normal *normal, const struct sequence *sequence, struct ng_buf *out,
                          struct ng_err *err) {
    if (out->capacity - out->length < NG_NORMAL_BYTES) {
        int status = ng_buf_reserve(out, NG_NORMAL_BYTES, err);
        if (status) return status;
    }
    uint8_t *to = out->data + out->length;
    out->length += sequence->count == 1 ? ng_normal_write(normal, sequence->characters[0], to)
                                        : ng_normal_write_sequence(sequence->characters, sequence->count, to);
    return NG_OK;
}

/* Folds the sequences that begin at *at or behind it, and before until, which is at most length. */
static int fold_range(struct ng_fold *fold, const uint8_t *bytes, size_t length, size_t *at, size_t until,
                      struct ng_buf *out, struct ng_err *err) {
    while (*at < until) {
        size_t piece_end = until - *at > PIECE_BYTES ? *at + PIECE_BYTES : until;
        int status = ng_buf_reserve(out, piece_end - *at, err);
        if (status) return status;
        *at = fold_ascii(fold->ascii, bytes, *at, piece_end, out);
        struct sequence sequence;
        read_sequence(fold, bytes, length, *at, &sequence);
        status = write_sequence(fold->normal, &sequence, out, err);
        if (status) return status;
        *at = sequence.end;
    }
    return NG_OK;
}

/* Folds what is held back as far as is decided, or all of it. */
static int fold_held(struct ng_fold *fold, bool is_last, struct ng_buf *out, struct ng_err *err) {
    struct ng_buf *held = &fold->held;
    size_t at = 0;
    size_t until = is_last ? held->length : held->length > NG_FOLD_AHEAD_BYTES ? held->length - NG_FOLD_AHEAD_BYTES : 0;
    int status = fold_range(fold, held->data, held->length, &at, until, out, err);
    if (!status) ng_buf_drop(held, at);
    return status;
}

int ng_fold_append(struct ng_fold *fold, const uint8_t *bytes, size_t length, struct ng_buf *out, struct ng_err *err) {
    int status = NG_OK;
    while (length > 0 && !status) {
        if (fold->held.length == 0 && length > NG_FOLD_AHEAD_BYTES) {
            size_t at = 0;
            status = fold_range(fold, bytes, length, &at, length - NG_FOLD_AHEAD_BYTES, out, err);
            bytes += at;
            length -= at;
            continue;
        }
        size_t piece = length < PIECE_BYTES ? length : PIECE_BYTES;
        status = ng_buf_append(&fold->held, bytes, piece, err);
        if (!status) status = fold_held(fold, false, out, err);
        bytes += piece;
        length -= piece;
    }
    return status;
}

int ng_fold_finish(struct ng_fold *fold, struct ng_buf *out, struct ng_err *err) {
    return fold_held(fold, true, out, err);
}

void ng_fold_reset(struct ng_fold *fold) {
    fold->held.length = 0;
}

int ng_fold_text(struct ng_fold *fold, const uint8_t *bytes, size_t length, struct ng_buf *out, struct ng_err *err) {
    size_t at = 0;
    return fold_range(fold, bytes, length, &at, length, out, err);
}

/* Room for one more character and what it folds to. */
static int reserve_char(struct ng_buf *out, struct ng_buf *chars, struct ng_err *err) {
    int status = NG_OK;
    if (out->capacity - out->length < NG_NORMAL_BYTES) status = ng_buf_reserve(out, NG_NORMAL_BYTES, err);
    if (!status && chars->capacity - chars->length < sizeof(struct ng_fold_char)) {
        status = ng_buf_reserve(chars, sizeof(struct ng_fold_char), err);
    }
    return status;
}

int ng_fold_map(struct ng_fold *fold, const uint8_t *bytes, size_t length, struct ng_buf *out, struct ng_buf *chars,
                struct ng_err *err) {
    size_t base = out->length;
    bool follows_space = true;
    for (size_t at = 0; at < length;) {
        struct ng_fold_char found = {.folded_begin = out->length - base, .begin = at, .begins_word = follows_space};
        int status = reserve_char(out, chars, err);
        if (status) return status;
        uint8_t class = fold->ascii[bytes[at]];
        int32_t first = bytes[at];
        if (class != 0 && at + 1 < length && fold->ascii[bytes[at + 1]] != 0) { /* most text: it folds by itself */
            out->data[out->length] = class & 0x7F;
            out->length += class >> 7;
            at++;
        } else {
            struct sequence sequence;
            read_sequence(fold, bytes, length, at, &sequence);
            status = write_sequence(fold->normal, &sequence, out, err);
            if (status) return status;
            first = sequence.characters[0];
            at = sequence.end;
        }
        found.folded_end = out->length - base;
        found.end = at;
        if (ng_normal_is_space(first)) follows_space = true;
        if (found.folded_end == found.folded_begin) continue;
        follows_space = false;
        memcpy(chars->data + chars->length, &found, sizeof found);
        chars->length += sizeof found;
    }
    return NG_OK;
}

/* Moves place on, in steps of step bytes, as long as what lies before it folds to at most folded bytes. */
static int go_on(struct ng_fold *fold, const uint8_t *bytes, size_t length, size_t step, uint64_t folded,
                 struct ng_fold_place *place, struct ng_err *err) {
    struct ng_buf scratch = {0};
    int status = NG_OK;
    while (place->at < length && !status) {
        size_t at = place->at;
        scratch.length = 0;
        status = fold_range(fold, bytes, length, &at, length - at > step ? at + step : length, &scratch, err);
        if (place->folded + scratch.length > folded) break;
        *place = (struct ng_fold_place){.at = at, .folded = place->folded + scratch.length};
    }
    ng_buf_free(&scratch);
    return status;
}

int ng_fold_origin(struct ng_fold *fold, const uint8_t *bytes, size_t length, struct ng_fold_place *from,
                   uint64_t folded_begin, uint64_t folded_end, uint64_t *begin, uint64_t *end, struct ng_err *err) {
    struct ng_fold_place last;
    if (folded_begin >= folded_end) return ng_err_set(err, NG_ERR_USAGE, "a range of folded text is empty");
    int status = go_on(fold, bytes, length, ORIGIN_STEP_BYTES, folded_begin, from, err);
    if (!status) status = go_on(fold, bytes, length, 1, folded_begin, from, err);
    last = *from;
    if (!status) status = go_on(fold, bytes, length, ORIGIN_STEP_BYTES, folded_end - 1, &last, err);
    if (!status) status = go_on(fold, bytes, length, 1, folded_end - 1, &last, err);
    if (status) return status;
    if (last.at == length) {
        return ng_err_set(err, NG_ERR_USAGE, "a text folds to less than %llu bytes", (unsigned long long)folded_end);
    }
    struct sequence sequence;
    read_sequence(fold, bytes, length, last.at, &sequence);
    *begin = from->at;
    *end = sequence.end;
    return NG_OK;
}
