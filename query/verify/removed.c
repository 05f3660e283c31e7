#include "query/verify/removed.h"

#include <inttypes.h>
#include <xxhash.h>

#include "common/shard/suffixes.h"

struct check {
    const struct ng_removed *removed;
    uint64_t count; /* rows that are met, and are in the set */
};

static int fail(const struct ng_removed *removed, const char *section, const char *why, struct ng_err *err) {
    return ng_err_set(err, NG_ERR_CORRUPT, "%s: section %s: %s", removed->container->path, section, why);
}

static int take(void *context, const uint64_t *rows, size_t count, struct ng_err *err) {
    struct check *check = context;
    for (size_t i = 0; i < count; i++) {
        bool has = false;
        (void)ng_ef_rank(&check->removed->rows, rows[i], &has);
        if (!has) return fail(check->removed, NG_REMOVED_ROWS_SECTION, "a row of a removed document is missing", err);
    }
    check->count += count;
    return NG_OK;
}

int ng_verify_removed(const struct ng_shard *shard, uint64_t *documents, struct ng_watch *watch, struct ng_err *err) {
    enum { PIECE = 64 };
    const struct ng_removed *removed = &shard->removed;
    struct check check = {.removed = removed};
    uint64_t numbers[PIECE];
    *documents = 0;
    if (!ng_ef_check(&removed->documents, true)) {
        return fail(removed, NG_REMOVED_DOCUMENTS_SECTION, "its documents are out of order", err);
    }
    if (!ng_ef_check(&removed->rows, true)) return fail(removed, NG_REMOVED_ROWS_SECTION, "its rows are out of order", err);
    int status = NG_OK;
    for (uint64_t at = 0; at < removed->documents.count && !status; at += PIECE) {
        uint64_t left = removed->documents.count - at;
        size_t some = left < PIECE ? (size_t)left : PIECE;
        for (size_t i = 0; i < some; i++) numbers[i] = ng_ef_get(&removed->documents, at + i);
        *documents = XXH3_64bits_withSeed(numbers, some * sizeof *numbers, *documents);
        status = ng_suffixes_walk(shard, numbers, some, take, &check, watch, err);
    }
    if (status) return status;
    /* Distinct suffixes have distinct rows, so a set of this size that has them all has no others. */
    if (check.count == removed->rows.count) return ng_shard_status(shard, err);
    return fail(removed, NG_REMOVED_ROWS_SECTION, "it has rows of documents that are not removed", err);
}
