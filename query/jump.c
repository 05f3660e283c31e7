#include "query/jump.h"

#include "common/packed.h"
#include "common/shard_format.h"

enum { MAX_LENGTH = 8 };

static int fail_open(const struct ng_container *container, const char *section, struct ng_err *err) {
    if (ng_container_status(container, err)) return NG_ERR_CORRUPT;
    (void)ng_err_set(err, NG_ERR_CORRUPT, "%s: section %s: at odds with HEAD", container->path, section);
    return ng_err_hint(err, "restore the file from a copy, or build the index again");
}

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
    if (!ng_view_check(&jump->view, 0, sizeof(uint64_t))) return fail_open(container, NG_JUMP_SECTION, err);
    jump->length_bytes = ng_le_load64(jump->view.data);
    if (jump->length_bytes == 0) return NG_OK;
    if (jump->length_bytes > MAX_LENGTH) return fail_open(container, NG_JUMP_SECTION, err);
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
    return fail_open(container, NG_JUMP_SECTION, err);
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

void ng_jump_find(const struct ng_jump *jump, const struct ng_rank *rank, const uint8_t *bytes,
                  struct ng_rank_range *range) {
    uint64_t code;
    bool occurs;
    range->begin = 0;
    range->end = 0;
    if (!number_string(rank, bytes, jump->length_bytes, &code)) return;
    uint64_t index = ng_ef_rank(&jump->codes, code, &occurs);
    if (!occurs) return;
    uint64_t bit = index * jump->width;
    uint64_t at = jump->starts_at + (bit >> 3);
    uint64_t next_at = jump->starts_at + ((bit + jump->width) >> 3);
    if (!ng_view_check(&jump->view, at, next_at - at + 1)) return;
    if (!ng_view_check(&jump->view, next_at, (((bit + jump->width) & 7) + jump->width + 7) >> 3)) return;
    uint64_t begin = ng_packed_get(jump->view.data + jump->starts_at, bit, jump->width);
    uint64_t end = ng_packed_get(jump->view.data + jump->starts_at, bit + jump->width, jump->width);
    if (begin > end || end > rank->rows) {
        ng_container_mark_damaged(jump->view.container);
        return;
    }
    range->begin = begin;
    range->end = end;
}

int ng_jump_frequent_open(struct ng_jump_frequent *frequent, struct ng_container *container,
                          const struct ng_rank *rank, struct ng_err *err) {
    enum { COUNT_WIDTH_AT = 8, CODES_AT = 16, MAX_WIDTH = 48 };
    *frequent = (struct ng_jump_frequent){0};
    struct ng_view *view = &frequent->view;
    if (ng_container_view(container, NG_FREQUENT_SECTION, view, NULL)) return NG_OK;
    if (!ng_view_check(view, 0, sizeof(uint64_t))) return fail_open(container, NG_FREQUENT_SECTION, err);
    frequent->length_bytes = ng_le_load64(view->data);
    if (frequent->length_bytes == 0) return NG_OK;
    if (frequent->length_bytes > NG_FREQUENT_MAX_BYTES || !ng_view_check(view, 0, CODES_AT)) {
        return fail_open(container, NG_FREQUENT_SECTION, err);
    }
    uint64_t count_width = ng_le_load64(view->data + COUNT_WIDTH_AT);
    int status = ng_ef_open(&frequent->codes, view, CODES_AT, err);
    if (status) return status;
    frequent->rows_at = frequent->codes.end;
    frequent->width = ng_packed_width(rank->rows);
    if (count_width == 0 || count_width > MAX_WIDTH ||
        frequent->codes.bound != UINT64_C(1) << (8 * frequent->length_bytes)) {
        return fail_open(container, NG_FREQUENT_SECTION, err);
    }
    frequent->count_width = (unsigned)count_width;
    /* No overflow: as above, and widths are at most 49 and 48. */
    uint64_t bytes = (frequent->codes.count * (frequent->width + frequent->count_width) + 7) / 8;
    if (view->length_bytes - frequent->rows_at == bytes) return NG_OK;
    return fail_open(container, NG_FREQUENT_SECTION, err);
}

bool ng_jump_frequent_find(const struct ng_jump_frequent *frequent, const struct ng_rank *rank, const uint8_t *bytes,
                           struct ng_rank_range *range) {
    bool is_frequent;
    uint64_t code = ng_frequent_code(bytes, frequent->length_bytes);
    uint64_t index = ng_ef_rank(&frequent->codes, code, &is_frequent);
    if (!is_frequent) return false;
    unsigned width = frequent->width + frequent->count_width;
    uint64_t bit = index * width;
    uint64_t at = frequent->rows_at + (bit >> 3);
    if (!ng_view_check(&frequent->view, at, ((bit & 7) + width + 7) >> 3)) return false;
    const uint8_t *rows = frequent->view.data + frequent->rows_at;
    uint64_t begin = ng_packed_get(rows, bit, frequent->width);
    uint64_t count = ng_packed_get(rows, bit + frequent->width, frequent->count_width);
    if (begin > rank->rows || count > rank->rows - begin) {
        ng_container_mark_damaged(frequent->view.container);
        return false;
    }
    range->begin = begin;
    range->end = begin + count;
    return true;
}

void ng_jump_frequent_spell(const struct ng_jump_frequent *frequent, uint64_t index, uint8_t *bytes) {
    uint64_t string = ng_ef_get(&frequent->codes, index) * NG_FREQUENT_INVERSE;
    for (uint64_t i = 0; i < frequent->length_bytes; i++) bytes[i] = (uint8_t)(string >> (8 * i));
}
