#include "query/jump.h"

#include "common/packed.h"
#include "common/shard_format.h"

enum { MAX_LENGTH = 8 };

static int fail_open(const struct ng_container *container, struct ng_err *err) {
    if (ng_container_status(container, err)) return NG_ERR_CORRUPT;
    (void)ng_err_set(err, NG_ERR_CORRUPT, "%s: section %s: at odds with HEAD", container->path, NG_JUMP_SECTION);
    return ng_err_hint(err, "restore the file from a copy, or build the index again");
}

int ng_jump_open(struct ng_jump *jump, struct ng_container *container, const struct ng_rank *rank,
                 struct ng_err *err) {
    *jump = (struct ng_jump){0};
    int status = ng_container_view(container, NG_JUMP_SECTION, &jump->view, err);
    if (status) return status;
    if (!ng_view_check(&jump->view, 0, sizeof(uint64_t))) return fail_open(container, err);
    jump->length_bytes = ng_le_load64(jump->view.data);
    if (jump->length_bytes == 0) return NG_OK;
    if (jump->length_bytes > MAX_LENGTH) return fail_open(container, err);
    status = ng_ef_open(&jump->codes, &jump->view, sizeof(uint64_t), err);
    if (status) return status;
    jump->starts_at = jump->codes.end;
    jump->width = ng_packed_width(rank->rows);
    uint64_t strings = 1;
    for (uint64_t i = 0; i < jump->length_bytes; i++) {
        if (!ng_checked_mul(strings, rank->symbols, &strings)) return fail_open(container, err);
    }
    /* No overflow: an opened sequence has at most 2^48 numbers below 2^48. */
    uint64_t bytes = ((jump->codes.count + 1) * jump->width + 7) / 8;
    if (jump->codes.bound != strings || jump->view.length_bytes - jump->starts_at != bytes) {
        return fail_open(container, err);
    }
    return NG_OK;
}

void ng_jump_find(const struct ng_jump *jump, const struct ng_rank *rank, const uint8_t *bytes,
                  struct ng_rank_range *range) {
    uint64_t code = 0;
    bool occurs = true;
    range->begin = 0;
    range->end = 0;
    for (uint64_t i = 0; i < jump->length_bytes && occurs; i++) {
        occurs = rank->dense[bytes[i]] != NG_RANK_ABSENT;
        code = code * rank->symbols + rank->dense[bytes[i]];
    }
    if (!occurs) return;
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
