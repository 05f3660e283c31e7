#include "common/shard/jump.h"

#include "common/base/le.h"
#include "common/container/ahead.h"
#include "common/shard/shard_format.h"

/* How many strings of so many bytes there could be: 0 where that is no number of 64 bits. */
static uint64_t string_count(const struct ng_rank *rank, uint64_t length_bytes) {
    uint64_t strings = 1;
    for (uint64_t i = 0; i < length_bytes; i++) {
        if (!ng_checked_mul(strings, rank->symbols, &strings)) return 0;
    }
    return strings;
}

int ng_jump_open(struct ng_jump *jump, struct ng_container *container, const struct ng_rank *rank,
                 struct ng_err *err) {
    *jump = (struct ng_jump){0};
    int status = ng_container_view(container, NG_JUMP_SECTION, &jump->view, err);
    if (status) return status;
    if (!ng_view_check(&jump->view, 0, sizeof(uint64_t))) {
        return ng_container_fail(container, NG_JUMP_SECTION, "at odds with HEAD", err);
    }
    jump->length_bytes = ng_le_load64(jump->view.data);
    if (jump->length_bytes == 0) return NG_OK;
    if (jump->length_bytes > NG_JUMP_MAX_BYTES) return ng_container_fail(container, NG_JUMP_SECTION, "at odds with HEAD", err);
    status = ng_ef_open(&jump->codes, &jump->view, sizeof(uint64_t), err);
    if (status) return status;
    jump->starts_at = jump->codes.end;
    jump->width = ng_packed_width(rank->rows);
    /* No overflow: an opened sequence has at most 2^48 numbers below 2^48. */
    uint64_t bytes = ((jump->codes.count + 1) * jump->width + 7) / 8;
    if (jump->codes.bound == string_count(rank, jump->length_bytes) &&
        jump->view.length_bytes - jump->starts_at == bytes) {
        return NG_OK;
    }
    return ng_container_fail(container, NG_JUMP_SECTION, "at odds with HEAD", err);
}

/* The number of a string in base m; false where one of its bytes does not occur. */
static bool number_string(const struct ng_rank *rank, const uint8_t *bytes, uint64_t length_bytes, uint64_t *number) {
    *number = 0;
    for (uint64_t i = 0; i < length_bytes; i++) {
        if (rank->dense[bytes[i]] == NG_RANK_ABSENT) return false;
        *number = *number * rank->symbols + rank->dense[bytes[i]];
    }
    return true;
}

uint64_t ng_jump_start(const struct ng_jump *jump, uint64_t index) {
    uint64_t bit = index * jump->width;
    if (!ng_view_check(&jump->view, jump->starts_at + (bit >> 3), ((bit & 7) + jump->width + 7) >> 3)) return 0;
    return ng_packed_get(jump->view.data + jump->starts_at, bit, jump->width);
}

uint64_t ng_jump_spell(const struct ng_jump *jump, const struct ng_rank *rank, uint64_t number,
                       uint8_t bytes[NG_JUMP_MAX_BYTES]) {
    uint8_t symbols[256] = {0};
    uint64_t length = jump->length_bytes;
    for (unsigned c = 0; c < 256; c++) {
        if (rank->dense[c] != NG_RANK_ABSENT) symbols[rank->dense[c]] = (uint8_t)c;
    }
    for (uint64_t i = jump->length_bytes; i-- > 0; number /= rank->symbols) bytes[i] = symbols[number % rank->symbols];
    while (length > 0 && bytes[length - 1] == NG_TERMINATOR) length--;
    return length;
}

void ng_jump_find(const struct ng_jump *jump, const struct ng_rank *rank, const uint8_t *bytes,
                  struct ng_rank_range *range) {
    uint64_t code;
    bool occurs;
    range->begin = 0;
    range->end = 0;
    if (!number_string(rank, bytes, jump->length_bytes, &code)) return;
    uint64_t index = ng_ef_rank(&jump->codes, code, &occurs);
    if (!occurs) return;
    uint64_t begin = ng_jump_start(jump, index);
    uint64_t end = ng_jump_start(jump, index + 1);
    if (begin > end || end > rank->rows) {
        ng_container_mark_damaged(jump->view.container);
        return;
    }
    range->begin = begin;
    range->end = end;
}

void ng_jump_ask(const struct ng_jump *jump, const struct ng_rank *rank, const uint8_t *bytes, unsigned stage) {
    uint64_t code;
    if (!number_string(rank, bytes, jump->length_bytes, &code)) return;
    if (stage == 0) {
        ng_ef_ask_directory(&jump->codes, code);
    } else if (stage == 1) {
        ng_ef_prefetch(&jump->codes, code);
    } else {
        const uint64_t bit = ng_ef_rank(&jump->codes, code, NULL) * jump->width;
        ng_ahead_ask(&jump->view, jump->starts_at + (bit >> 3), ((uint64_t)2 * jump->width >> 3) + 2);
    }
}
