#include "common/rank/ef.h"

#include <stdlib.h>

#include "common/base/le.h"
#include "common/cpu/cpu.h"
#include "common/rank/ef_format.h"
#include "common/rank/kernels.h"

/* floor(log2(bound / count)): within half a bit of the best for every density. */
static unsigned best_low_bits(uint64_t count, uint64_t bound) {
    if (count == 0 || bound / count < 2) return 0;
    unsigned bits = ng_packed_width(bound / count) - 1;
    return bits < NG_EF_MAX_LOW_BITS ? bits : NG_EF_MAX_LOW_BITS;
}

static uint64_t bucket_count(uint64_t bound, unsigned low_bits) {
    uint64_t buckets = ((bound - 1) >> low_bits) + 1;
    return (buckets + NG_EF_BLOCK_BUCKETS - 1) / NG_EF_BLOCK_BUCKETS * NG_EF_BLOCK_BUCKETS;
}

int ng_ef_builder_init(struct ng_ef_builder *builder, uint64_t count, uint64_t bound, struct ng_err *err) {
    *builder = (struct ng_ef_builder){.bound = bound, .count = count};
    if (bound == 0 || bound > UINT64_C(1) << NG_EF_MAX_LOW_BITS || count > UINT64_C(1) << NG_EF_MAX_LOW_BITS) {
        return ng_err_set(err, NG_ERR_LIMIT, "sequence of %llu numbers below %llu is out of range",
                          (unsigned long long)count, (unsigned long long)bound);
    }
    builder->low_bits = best_low_bits(count, bound);
    builder->high_words = (bucket_count(bound, builder->low_bits) + count + 63) / 64 + 1;
    /* One word more than the bits need: ng_packed_put touches eight bytes. */
    size_t low_words = (size_t)((count * builder->low_bits + 63) / 64 + 1);
    builder->low = calloc(low_words, sizeof *builder->low);
    builder->high = calloc((size_t)builder->high_words, sizeof *builder->high);
    if (!builder->low || !builder->high) {
        ng_ef_builder_free(builder);
        return ng_err_nomem(err, (low_words + builder->high_words) * sizeof(uint64_t), "an Elias-Fano sequence");
    }
    return NG_OK;
}

void ng_ef_builder_push(struct ng_ef_builder *builder, uint64_t value) {
    uint64_t at = (value >> builder->low_bits) + builder->pushed;
    uint8_t *high = (uint8_t *)builder->high + (at >> 3);
    *high = (uint8_t)(*high | 1u << (at & 7));
    ng_packed_put((uint8_t *)builder->low, builder->pushed * builder->low_bits, builder->low_bits,
                  value & NG_EF_LOW_MASK(builder->low_bits));
    builder->pushed++;
}

/* The number of ones before each block of buckets, and the number of all behind the last block. */
static int append_directory(const struct ng_ef_builder *builder, struct ng_buf *out, struct ng_err *err) {
    const uint8_t *high = (const uint8_t *)builder->high;
    uint64_t buckets = bucket_count(builder->bound, builder->low_bits);
    uint64_t ones = 0;
    uint64_t zeros = 0;
    for (uint64_t at = 0; zeros < buckets; at++) {
        bool one = high[at >> 3] >> (at & 7) & 1;
        if (!one && zeros % NG_EF_BLOCK_BUCKETS == 0) {
            /* The ones of the block's first bucket stand before this zero, but belong to the block. */
            uint64_t before = at;
            while (before > 0 && high[(before - 1) >> 3] >> ((before - 1) & 7) & 1) before--;
            uint8_t entry[8];
            ng_le_store64(entry, ones - (at - before));
            int status = ng_buf_append(out, entry, NG_EF_DIRECTORY_ENTRY_BYTES, err);
            if (status) return status;
        }
        if (one) ones++;
        else zeros++;
    }
    uint8_t entry[8];
    ng_le_store64(entry, builder->count);
    return ng_buf_append(out, entry, NG_EF_DIRECTORY_ENTRY_BYTES, err);
}

int ng_ef_builder_finish(struct ng_ef_builder *builder, struct ng_buf *out, struct ng_err *err) {
    int status = ng_buf_append_u64(out, builder->count, err);
    if (!status) status = ng_buf_append_u64(out, builder->bound, err);
    if (!status) status = ng_buf_append_u64(out, builder->low_bits, err);
    if (!status) status = append_directory(builder, out, err);
    size_t high_bytes = (size_t)((bucket_count(builder->bound, builder->low_bits) + builder->count + 7) / 8);
    size_t low_bytes = (size_t)((builder->count * builder->low_bits + 7) / 8);
    if (!status) status = ng_buf_append(out, builder->high, high_bytes, err);
    if (!status) status = ng_buf_append(out, builder->low, low_bytes, err);
    return status;
}

void ng_ef_builder_free(struct ng_ef_builder *builder) {
    if (!builder) return;
    free(builder->low);
    free(builder->high);
    builder->low = NULL;
    builder->high = NULL;
}

static int fail_open(const struct ng_view *view, struct ng_err *err) {
    if (ng_container_status(view->container, err)) return NG_ERR_CORRUPT;
    return ng_err_set(err, NG_ERR_CORRUPT, "%s: an Elias-Fano header is out of range", view->container->path);
}

int ng_ef_open(struct ng_ef *ef, const struct ng_view *view, uint64_t offset, struct ng_err *err) {
    if (!ng_view_check(view, offset, NG_EF_HEADER_BYTES)) return fail_open(view, err);
    const uint8_t *header = view->data + offset;
    uint64_t count = ng_le_load64(header + NG_EF_HEADER_COUNT_AT);
    uint64_t bound = ng_le_load64(header + NG_EF_HEADER_BOUND_AT);
    uint64_t low_bits = ng_le_load64(header + NG_EF_HEADER_LOW_BITS_AT);
    if (bound == 0 || bound > UINT64_C(1) << NG_EF_MAX_LOW_BITS || count > UINT64_C(1) << NG_EF_MAX_LOW_BITS ||
        low_bits != best_low_bits(count, bound)) {
        return fail_open(view, err);
    }
    *ef = (struct ng_ef){.view = *view, .bound = bound, .count = count, .low_bits = (unsigned)low_bits};
    /* No sum below overflows: every term is under 2^55. */
    ef->buckets = bucket_count(bound, ef->low_bits);
    ef->directory_at = offset + NG_EF_HEADER_BYTES;
    ef->high_at = ef->directory_at + (ef->buckets / NG_EF_BLOCK_BUCKETS + 1) * NG_EF_DIRECTORY_ENTRY_BYTES;
    ef->low_at = ef->high_at + (ef->buckets + count + 7) / 8;
    ef->end = ef->low_at + (count * ef->low_bits + 7) / 8;
    ef->kernel = ng_ef_kernel_at(0);
    if (offset > view->length_bytes || ef->end > view->length_bytes) return fail_open(view, err);
    return NG_OK;
}

/* Where a check stands. */
struct ef_check {
    uint64_t bit;   /* of the high bits */
    uint64_t index; /* of the next number */
    uint64_t next;  /* the least that it may be */
};

/* The numbers of one bucket, and the zero behind them. */
static bool check_bucket(const struct ng_ef *ef, uint64_t bucket, bool strictly, struct ef_check *check) {
    const uint8_t *high = ef->view.data + ef->high_at;
    for (; check->bit < ef->buckets + ef->count; check->bit++) {
        if (!(high[check->bit >> 3] >> (check->bit & 7) & 1)) {
            check->bit++;
            return true;
        }
        if (check->index == ef->count) return false;
        uint64_t low = ng_packed_get(ef->view.data + ef->low_at, check->index * ef->low_bits, ef->low_bits);
        uint64_t value = bucket << ef->low_bits | low;
        if (value < check->next || value >= ef->bound) return false;
        check->next = value + strictly;
        check->index++;
    }
    return false;
}

bool ng_ef_check(const struct ng_ef *ef, bool strictly) {
    const uint8_t *directory = ef->view.data + ef->directory_at;
    struct ef_check check = {0};
    if (!ng_view_check(&ef->view, ef->directory_at, ef->end - ef->directory_at)) return false;
    for (uint64_t bucket = 0; bucket <= ef->buckets; bucket++) {
        const uint8_t *entry = directory + bucket / NG_EF_BLOCK_BUCKETS * NG_EF_DIRECTORY_ENTRY_BYTES;
        if (bucket % NG_EF_BLOCK_BUCKETS == 0 && (ng_le_load64(entry) & NG_EF_LOW_MASK(48)) != check.index) return false;
        if (bucket < ef->buckets && !check_bucket(ef, bucket, strictly, &check)) return false;
    }
    return check.index == ef->count;
}

const struct ng_ef_kernel *ng_ef_kernel_at(size_t index) {
    const struct ng_ef_kernel *kernels[2];
    size_t count = 0;
#if defined(__x86_64__)
    if (ng_cpu_runs_bmi2()) kernels[count++] = &ng_ef_kernel_bmi2;
#endif
    kernels[count++] = &ng_ef_kernel_portable;
    return index < count ? kernels[index] : NULL;
}
