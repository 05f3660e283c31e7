#include "tests/support/mutate.h"

#include <stdlib.h>
#include <string.h>

#include "common/container/container_format.h"
#include "common/shard/shard_format.h"

enum kind {
    SET_BYTE,
    SET_NUMBER,
    SET_HEAD,
    SWAP_BITS,
    FILL,
    MOVE_BYTES,
    SPLICE_DONOR,
    RESIZE,
    SWAP_SECTIONS,
    DROP_SECTION,
    COPY_SECTION,
    RENAME_SECTION,
    META_BYTES,
    META_WORD,
    MANIFEST,
    HEADER,
    SET_LOW_NUMBER,
    KINDS
};

/* One step, decoded. */
struct step {
    enum kind kind;
    unsigned where; /* shard and section */
    unsigned at;
    unsigned value;
    unsigned width;
    unsigned argument;
};

static struct step read_step(const uint8_t *bytes) {
    return (struct step){.kind = bytes[0] % KINDS,
                         .where = bytes[1],
                         .at = ng_le_load16(bytes + 2),
                         .value = bytes[4],
                         .width = bytes[5],
                         .argument = ng_le_load16(bytes + 6)};
}

/* A number that is likely to be at the edge of what is allowed. */
static uint64_t pick(const struct step *step, uint64_t current, uint64_t length,
                     const struct ng_manifest_shard *entry) {
    const uint64_t rows = entry->documents + entry->text_bytes;
    const uint64_t choices[] = {0,
                                1,
                                UINT64_MAX,
                                UINT64_C(1) << 31,
                                UINT32_MAX,
                                UINT64_C(1) << 48,
                                (UINT64_C(1) << 48) - 1,
                                UINT64_C(1) << 63,
                                current + 1,
                                current - 1,
                                2 * current,
                                length,
                                rows,
                                rows - 1,
                                rows + 1,
                                entry->documents,
                                entry->documents - 1,
                                step->argument,
                                (uint64_t)step->argument << 8,
                                current ^ UINT64_C(1) << (step->argument & 63),
                                1 << 16,
                                1 << 20,
                                current + step->argument,
                                current - step->argument,
                                8,
                                2,
                                3,
                                255,
                                4096,
                                65535};
    return choices[step->value % (sizeof choices / sizeof *choices)];
}

static void set_number(struct test_part *part, size_t at, const struct step *step,
                       const struct ng_manifest_shard *entry) {
    static const size_t widths[] = {8, 6, 4, 2, 1};
    size_t width = widths[step->width % 5];
    uint8_t bytes[8] = {0};
    if (part->length < width) return;
    at %= part->length - width + 1;
    memcpy(bytes, part->bytes + at, width);
    ng_le_store64(bytes, pick(step, ng_le_load64(bytes), part->length, entry));
    memcpy(part->bytes + at, bytes, width);
}

/* Two neighbouring bits: what an Elias-Fano sequence or a bitmap counts stays the same. */
static void swap_bits(struct test_part *part, size_t at, unsigned bit) {
    uint8_t *byte = part->bytes + at;
    unsigned one = bit % 7;
    unsigned both = *byte >> one & 3;
    if (both == 1 || both == 2) *byte = (uint8_t)(*byte ^ 3u << one);
}

static void change_bytes(struct test_part *part, const struct step *step, const struct test_parts *donor) {
    if (part->length == 0) return;
    size_t at = step->at % part->length;
    size_t most = part->length - at;
    size_t count = 1 + step->argument % 64;
    if (count > most) count = most;
    if (step->kind == SET_BYTE) part->bytes[at] = (uint8_t)step->value;
    if (step->kind == SWAP_BITS) swap_bits(part, at, step->value);
    if (step->kind == FILL) memset(part->bytes + at, (int)step->value, count);
    if (step->kind == MOVE_BYTES) {
        size_t from = (size_t)step->value * 16 % part->length;
        if (count > part->length - from) count = part->length - from;
        memmove(part->bytes + at, part->bytes + from, count);
    }
    if (step->kind == SPLICE_DONOR) {
        const struct test_part *other = test_parts_find((struct test_parts *)donor, part->name);
        size_t from = (size_t)step->value * 16;
        if (!other || from >= other->length) return;
        if (step->width & 1) count = most; /* the whole rest */
        if (count > other->length - from) count = other->length - from;
        memcpy(part->bytes + at, other->bytes + from, count);
    }
}

static void change_sections(struct test_parts *parts, size_t index, const struct step *step) {
    struct test_part *part = &parts->part[index];
    struct test_part *other = &parts->part[step->argument % parts->count];
    struct test_part copy = *part;
    if (step->kind == RESIZE) {
        static const int by[] = {1, -1, 8, -8, 64, -64, 4096, -4096};
        int change = by[step->value % 8];
        size_t length = change < 0 && (size_t)-change > part->length ? 0 : part->length + (size_t)change;
        test_part_resize(part, step->value & 8 ? step->argument % 8192u : length);
    }
    if (step->kind == SWAP_SECTIONS) { /* their contents: names stay */
        part->bytes = other->bytes;
        part->length = other->length;
        other->bytes = copy.bytes;
        other->length = copy.length;
    }
    if (step->kind == DROP_SECTION && parts->count > 1) {
        free(part->bytes);
        memmove(part, part + 1, (parts->count - index - 1) * sizeof *part);
        parts->count--;
    }
    if (step->kind == COPY_SECTION && other != part) {
        test_part_resize(other, part->length);
        memcpy(other->bytes, part->bytes, part->length);
    }
    if (step->kind == RENAME_SECTION) {
        static const char *const names[] = {"FRQB", "FREQ", "FRQH", "META", "JUMP", "XXXX", "PAGE", "RDAT"};
        memcpy(part->name, names[step->value % 8], sizeof part->name);
    }
}

/* Words that may end, open or break a JSON object. */
static void change_meta(struct test_parts *parts, const struct step *step) {
    static const char *const words[] = {
        "}", "{", "\"", ",\"x\":1",  "[]",  "null",          "\xff", "\\u0000", "{},{}", "\xc3", "\x01", "\\ud800", " ",
        ",", ":", "//", "{\"a\":1}", "NaN", "\"text\":\"\"", "01",   "[[[[",    "1e999", "",     "\\"};
    size_t length;
    uint8_t *bytes = test_parts_unpack_meta(parts, step->where / 16 % 4, &length);
    if (!bytes) return;
    struct test_part block = {.bytes = bytes, .length = length};
    /* Records stand at the end, so that half of the places are counted from there. */
    size_t at = length == 0 ? 0 : step->at % length;
    if (step->width & 1) at = length - 1 - (at % 64 < length ? at % 64 : 0);
    if (step->kind == META_BYTES && length > 0) bytes[at] = (uint8_t)step->value;
    if (step->kind == META_WORD) {
        const char *word = words[step->value % (sizeof words / sizeof *words)];
        size_t removed = step->argument % 8 < length - at ? step->argument % 8 : length - at;
        if (step->width & 2) removed = strlen(word) < length - at ? strlen(word) : length - at;
        test_part_splice(&block, at, removed, word, strlen(word));
    }
    test_parts_replace_meta(parts, step->where / 16 % 4, block.bytes, block.length);
    free(block.bytes);
}

static void change_manifest(struct ng_manifest *manifest, struct ng_manifest_shard *entry, bool folded,
                            const struct step *step) {
    uint64_t *const numbers[] = {&entry->documents,          &entry->text_bytes,           &manifest->sa_sample,
                                 &manifest->shard_bytes,     &manifest->documents,         &manifest->text_bytes,
                                 &manifest->format_version,  &manifest->fold_version,      &manifest->folded_sa_sample,
                                 &manifest->folded_text_bytes, &entry->removed.documents,      &entry->removed.text_bytes};
    const size_t count = sizeof numbers / sizeof *numbers - (entry->removed.bytes > 0 ? 0 : 2);
    uint64_t *sum = folded ? &manifest->folded_text_bytes : &manifest->text_bytes;
    uint64_t *number = numbers[step->at % count];
    uint64_t before = *number;
    *number = pick(step, before, entry->bytes, entry);
    /* So that the sums are right as often as not. */
    if (step->width & 1 && number == &entry->documents) manifest->documents += *number - before;
    if (step->width & 1 && number == &entry->text_bytes) *sum += *number - before;
}

static void take_step(struct test_parts *shards, struct test_parts *removed, struct ng_manifest *manifest,
                      const struct test_parts *donor, const struct step *step) {
    const size_t files = ng_manifest_files(manifest);
    const size_t shard = step->where / 16 % files;
    struct test_parts *parts = &shards[shard];
    if (removed[shard].count > 0 && step->where / 16 / files % 2 == 1) parts = &removed[shard];
    bool folded = shard >= manifest->shard_count;
    struct ng_manifest_shard *entry = folded ? &manifest->folded[shard - manifest->shard_count] : &manifest->shards[shard];
    struct test_part *head = test_parts_find(parts, NG_HEAD_SECTION);
    size_t index = step->where % parts->count;
    switch (step->kind) {
    case SET_NUMBER: set_number(&parts->part[index], step->at, step, entry); break;
    case SET_LOW_NUMBER: set_number(&parts->part[index], step->at % 16 * 8u, step, entry); break;
    case SET_HEAD:
        if (head) set_number(head, step->at % 3 * 8u, step, entry);
        break;
    case META_BYTES:
    case META_WORD: change_meta(parts, step); break;
    case MANIFEST: change_manifest(manifest, entry, folded, step); break;
    case HEADER: break; /* once the shard is whole */
    case RESIZE:
    case SWAP_SECTIONS:
    case DROP_SECTION:
    case COPY_SECTION:
    case RENAME_SECTION: change_sections(parts, index, step); break;
    default: change_bytes(&parts->part[index], step, donor);
    }
}

void test_mutate_parts(struct test_parts *shards, struct test_parts *removed, struct ng_manifest *manifest,
                       const struct test_parts *donor, const uint8_t *program, size_t length) {
    for (size_t i = 0; i < length / TEST_MUTATE_STEP_BYTES && i < TEST_MUTATE_MOST_STEPS; i++) {
        const struct step step = read_step(program + i * TEST_MUTATE_STEP_BYTES);
        take_step(shards, removed, manifest, donor, &step);
    }
}

void test_mutate_header(uint8_t *file, size_t shard, const uint8_t *program, size_t length) {
    const struct ng_manifest_shard none = {0};
    struct test_part header = {.bytes = file, .length = NG_HEADER_TABLE_AT + 16 * NG_SECTION_ENTRY_BYTES};
    for (size_t i = 0; i < length / TEST_MUTATE_STEP_BYTES && i < TEST_MUTATE_MOST_STEPS; i++) {
        const struct step step = read_step(program + i * TEST_MUTATE_STEP_BYTES);
        if (step.kind == HEADER && step.where / 16 == shard) set_number(&header, step.at % 64 * 4u, &step, &none);
    }
}
