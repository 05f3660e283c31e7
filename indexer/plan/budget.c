#include "indexer/plan/budget.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "common/base/limits.h"
#include "common/os/memory.h"
#include "common/os/parallel.h"
#include "indexer/merge/merge.h"
#include "indexer/sort/sort.h"
#include "indexer/write/encode.h"

/* What a build holds beside blocks and merges: buffers of the readers, of the document store and of the encoder. */
#define FIXED_BYTES (UINT64_C(64) << 20)

/* Blocks are not cut smaller than this to keep threads at work. */
#define LEAST_BLOCK_BYTES (UINT64_C(4) << 20)

/* Rows of documents of a few hundred bytes, which most are longer than; a block of shorter ones is cut before. */
static uint64_t sort_memory(uint64_t rows, uint64_t sa_sample) {
    return ng_sort_memory(rows, rows / 256 + 1, sa_sample);
}

/* A memory budget. */
struct room {
    uint64_t bytes;
    uint64_t sa_sample;
    unsigned threads;
};

/* The largest size up to most that fits; smaller ones fit as well. */
static uint64_t largest_fitting(bool (*fits)(const struct room *room, uint64_t size), const struct room *room,
                                uint64_t most) {
    uint64_t low = 0;
    while (low < most) {
        uint64_t middle = low + (most - low + 1) / 2;
        if (fits(room, middle)) low = middle;
        else most = middle - 1;
    }
    return low;
}

/* Whether blocks of this many rows fit, one being sorted by each thread and one more being read. */
static bool block_fits(const struct room *room, uint64_t rows) {
    return sort_memory(rows, room->sa_sample) <= (room->bytes - rows) / room->threads;
}

/* The largest power of two, or three halves of one, that is not larger. */
static uint64_t round_down(uint64_t value) {
    if (value == 0) return 0;
    uint64_t power = UINT64_C(1) << (63 - __builtin_clzll(value));
    return value - power >= power / 2 ? power + power / 2 : power;
}

/* Whether a shard of this weight can be merged and encoded. */
static bool shard_fits(const struct room *room, uint64_t weight) {
    return ng_merge_memory(weight, room->sa_sample) <= room->bytes &&
           ng_encode_memory(weight, 0, room->sa_sample) <= room->bytes;
}

static bool record_fits(const struct room *room, uint64_t text_bytes) {
    return ng_plan_document_memory(text_bytes, room->sa_sample) <= room->bytes;
}

static int choose_shard(struct ng_plan *plan, const struct ng_plan_options *options, struct ng_err *err) {
    const struct room room = {.bytes = plan->merge_memory_bytes, .sa_sample = options->sa_sample};
    uint64_t most = room.bytes < NG_MAX_SHARD_ROWS / 2 ? 2 * room.bytes : NG_MAX_SHARD_ROWS;
    uint64_t fitting = largest_fitting(shard_fits, &room, most);
    if (options->shard_bytes > fitting) {
        (void)ng_err_set(err, NG_ERR_USAGE, "shards of %llu MB need more than %llu MB of memory; %llu MB would fit",
                         (unsigned long long)(options->shard_bytes >> 20),
                         (unsigned long long)(plan->memory_bytes >> 20), (unsigned long long)(fitting >> 20));
        return ng_err_hint(err, "give a smaller --shard-size or a larger --memory");
    }
    /* A round number, so that shards do not depend on how much memory happens to be free. */
    plan->shard_weight = round_down(fitting);
    if (options->shard_bytes > plan->shard_weight) plan->shard_weight = fitting;
    plan->shard_text = options->shard_bytes ? options->shard_bytes : plan->shard_weight;
    return NG_OK;
}

/* Copies of a record that reading holds at most: the line, what the JSON library unescapes, text, and repaired text. */
enum { RECORD_COPIES = 4 };

static void choose_record(struct ng_plan *plan, const struct ng_plan_options *options) {
    const uint64_t notes = plan->shard_weight / options->sa_sample * sizeof(uint64_t);
    const struct room room = {.bytes = plan->merge_memory_bytes - notes + FIXED_BYTES, .sa_sample = options->sa_sample};
    plan->record_bytes = largest_fitting(record_fits, &room, NG_MAX_RECORD_BYTES);
    uint64_t taken = notes + plan->sorters * plan->block_memory_bytes + plan->block_rows;
    uint64_t spare = plan->merge_memory_bytes > taken ? (plan->merge_memory_bytes - taken) / RECORD_COPIES : 0;
    plan->room_bytes = spare > LEAST_BLOCK_BYTES ? spare : LEAST_BLOCK_BYTES;
}

static void choose_block(struct ng_plan *plan, const struct ng_plan_options *options) {
    const uint64_t notes = plan->shard_weight / options->sa_sample * sizeof(uint64_t);
    uint64_t fitting;
    for (plan->sorters = plan->threads;; plan->sorters--) {
        const struct room room = {.bytes = plan->merge_memory_bytes - notes, .sa_sample = options->sa_sample,
                                  .threads = plan->sorters};
        fitting = largest_fitting(block_fits, &room, room.bytes);
        if (fitting >= LEAST_BLOCK_BYTES || plan->sorters == 1) break;
    }
    /* Large blocks leave some memory to long lines. */
    uint64_t wanted = fitting - fitting / 16;
    if (wanted < NG_PLAN_BLOCK_BYTES) wanted = NG_PLAN_BLOCK_BYTES;
    if (options->block_bytes) wanted = options->block_bytes;
    if (wanted > NG_SORT_INDUCED_ROWS) wanted = NG_SORT_INDUCED_ROWS;
    plan->block_rows = wanted < fitting ? wanted : fitting;
    plan->block_memory_bytes = sort_memory(plan->block_rows, options->sa_sample);
    plan->usual_rows = plan->block_rows;
    if (!options->block_bytes && plan->usual_rows > NG_PLAN_BLOCK_BYTES) plan->usual_rows = NG_PLAN_BLOCK_BYTES;
}

int ng_plan_make(struct ng_plan *plan, const struct ng_plan_options *options, struct ng_err *err) {
    *plan = (struct ng_plan){.memory_bytes = options->memory_bytes, .threads = ng_parallel_threads(options->threads)};
    if (plan->memory_bytes == 0) {
        uint64_t available;
        int status = ng_memory_available(&available, err);
        if (status) return status;
        plan->memory_bytes = available / 2;
        /* A machine that is nearly full still builds small indexes. */
        uint64_t least = 2 * FIXED_BYTES + options->reader_bytes;
        if (least < available) least = available < 2 * least ? available : 2 * least;
        if (plan->memory_bytes < least) plan->memory_bytes = least;
    }
    if (plan->memory_bytes < 2 * FIXED_BYTES + options->reader_bytes) {
        char reader[64] = "";
        if (options->reader_bytes > 2 * FIXED_BYTES) {
            (void)snprintf(reader, sizeof reader, ": reading its corpus takes %llu MB",
                           (unsigned long long)(options->reader_bytes >> 20));
        }
        (void)ng_err_set(err, NG_ERR_USAGE, "%llu MB of memory is too little for a build%s",
                         (unsigned long long)(plan->memory_bytes >> 20), reader);
        return ng_err_hint(err, "give --memory %lluM or more",
                           (unsigned long long)((4 * FIXED_BYTES + options->reader_bytes) >> 20));
    }
    /* Some is lost between allocations, to tables that grow with shards, and to arrays that end on whole huge pages: 2 %
     * where it was measured. */
    uint64_t lost = plan->memory_bytes / 32;
    plan->merge_memory_bytes = plan->memory_bytes - FIXED_BYTES - options->reader_bytes - lost;
    int status = choose_shard(plan, options, err);
    if (status) return status;
    choose_block(plan, options);
    choose_record(plan, options);
    return NG_OK;
}

uint64_t ng_plan_document_memory(uint64_t text_bytes, uint64_t sa_sample) {
    /* Sorted alone; beside it the line it was read from, and its text. */
    return FIXED_BYTES + ng_sort_memory(text_bytes + 1, 1, sa_sample) + 2 * text_bytes;
}

const struct ng_speed ng_speed_usual = {.read_ns = 3.5, .sort_ns = 35, .sort_rows = UINT64_C(16) << 20, .stall = 1,
                                        .fill_ns = 5, .walk_ns = 24, .move_ns = 2.5, .base_rows = UINT64_C(16) << 20,
                                        .encode_ns = 4.5, .rank_share = 0.26, .rank_gain = 0.006,
                                        .rank_rows = UINT64_C(16) << 20, .sample_share = 0.04};

/* How much longer sorting takes per byte when a block is twice as large, as more of it misses the caches; and walking,
 * when what is walked over is. */
static const double SORT_GROWTH = 0.16;
static const double WALK_GROWTH = 0.3;

/* Of reading to sorting, by which blocks are cut; never measured, so that blocks are the same each time. */
static const double READ_TO_SORT = 0.1;

uint64_t ng_plan_block(const struct ng_plan *plan, uint64_t expected_rows) {
    uint64_t expected = expected_rows + expected_rows / 64 + 1;
    uint64_t count = (expected + plan->block_rows - 1) / plan->block_rows;
    count = (count + plan->sorters - 1) / plan->sorters * plan->sorters;
    uint64_t rows = expected / count;
    if (rows < LEAST_BLOCK_BYTES) rows = LEAST_BLOCK_BYTES;
    return rows < plan->block_rows ? rows : plan->block_rows;
}

uint64_t ng_plan_next_block(const struct ng_plan *plan, uint64_t expected_rows, uint64_t begun) {
    const uint64_t equal = ng_plan_block(plan, expected_rows);
    const uint64_t steps = plan->sorters - 1;
    if (begun > steps || expected_rows <= equal * steps || expected_rows > equal * plan->sorters) return equal;
    double step = READ_TO_SORT;
    if (step * (double)steps > 1) step = 1 / (double)steps; /* reading is slower than all the sorters */
    const double mean = 1 + step * (double)steps / 2;
    if ((double)equal * (1 + step * (double)steps) / mean > (double)plan->block_rows) return equal;
    return (uint64_t)((double)equal * (1 + step * (double)(steps - begun)) / mean);
}

/* Of the text, in hundredths: text and BWT of its blocks, a merged BWT. */
enum { SPOOL_PERCENT = 310 };

/* Repetitions become rarer as text grows: of what a doubling gained in the sample, so much is gained by each further one. */
static const double GAIN_KEPT = 0.8;
static const double LEAST_RANK_PART = 0.6; /* of the sample's share: a doubling of a small sample gains more than later ones */

/* Of the text: an index whose shards have so much of it. */
static double index_share(const struct ng_speed *speed, uint64_t shard) {
    double doublings = log2((double)(shard + 1) / (double)speed->rank_rows);
    double share = speed->rank_share - GAIN_KEPT * speed->rank_gain * doublings;
    if (share < LEAST_RANK_PART * speed->rank_share) share = LEAST_RANK_PART * speed->rank_share;
    return share + speed->sample_share;
}

/* Of making an index durable, and of publishing it. */
static const double LEAST_SECONDS = 0.1;

/* Time per byte where so many rows, given as a logarithm, are worked on together, in that of usual blocks. */
static double grow(double growth, double log2_rows) {
    double grown = 1 + growth * (log2_rows - log2((double)ng_speed_usual.sort_rows));
    return grown > 0.4 ? grown : 0.4;
}

static double log2_rows(uint64_t rows) {
    return log2((double)(rows > 0 ? rows : 1));
}

/* Processor time per byte of merging so many blocks of a shard, and of encoding it. */
static double merge_ns(const struct ng_plan *plan, const struct ng_speed *speed, uint64_t rows, uint64_t blocks) {
    const uint64_t block = rows / blocks + 1;
    struct ng_merge_work work;
    ng_merge_expect(block, blocks, plan->merge_memory_bytes, &work);
    double all = (double)block * (double)blocks;
    double walking = 0;
    if (work.walked > 0) {
        walking = speed->walk_ns / grow(WALK_GROWTH, log2_rows(speed->base_rows)) *
                  grow(WALK_GROWTH, work.log2_bases / work.walked);
    }
    return (work.walked * walking + work.filled * speed->fill_ns + work.moved * speed->move_ns) / all + speed->encode_ns;
}

void ng_plan_expect(const struct ng_plan *plan, const struct ng_speed *speed, uint64_t text_bytes,
                    struct ng_plan_expected *expected) {
    uint64_t most = plan->shard_text < plan->shard_weight ? plan->shard_text : plan->shard_weight;
    uint64_t shards = text_bytes / most + 1;
    uint64_t shard = text_bytes / shards;
    uint64_t block = ng_plan_block(plan, shard);
    uint64_t blocks = shard / block + 1;
    double usual = speed->sort_ns / grow(SORT_GROWTH, log2_rows(speed->sort_rows));
    double sorting = usual * grow(SORT_GROWTH, log2_rows(shard < block ? shard : block));
    double merging = merge_ns(plan, speed, shard, blocks);
    double busy = blocks < plan->sorters ? (double)blocks : plan->sorters;
    /* One thread reads while others sort. */
    double filling = (speed->read_ns + sorting) / busy;
    if (filling < speed->read_ns) filling = speed->read_ns;
    double seconds = (double)text_bytes * 1e-9 * (filling + merging / plan->threads) * speed->stall;
    uint64_t index_bytes = (uint64_t)((double)text_bytes * index_share(speed, shard));
    *expected = (struct ng_plan_expected){.shards = shards, .blocks = blocks * shards,
                                          .seconds = seconds + LEAST_SECONDS,
                                          .cpu_seconds = (double)text_bytes * 1e-9 * (speed->read_ns + sorting + merging),
                                          .disk_bytes = index_bytes + shard / 100 * SPOOL_PERCENT,
                                          .index_bytes = index_bytes};
}

/* Of the text, in hundredths: a folded index of prose; what folding and building that adds to the disk, as the blocks of
 * the exact shard stay meanwhile; and the time for both views, and for the folded one, that for the exact being 100. */
enum { FOLDED_PERCENT = 26, FOLDED_SPOOL_PERCENT = 150, BOTH_SECONDS_PERCENT = 165, FOLDED_SECONDS_PERCENT = 80 };

void ng_plan_expect_folded(uint64_t text_bytes, bool beside, struct ng_plan_expected *expected) {
    uint64_t folded_bytes = text_bytes / 100 * FOLDED_PERCENT;
    if (beside) {
        expected->seconds *= BOTH_SECONDS_PERCENT / 100.0;
        expected->cpu_seconds *= BOTH_SECONDS_PERCENT / 100.0;
        expected->disk_bytes += folded_bytes + text_bytes / expected->shards / 100 * FOLDED_SPOOL_PERCENT;
        expected->index_bytes += folded_bytes;
    } else {
        expected->seconds *= FOLDED_SECONDS_PERCENT / 100.0;
        expected->cpu_seconds *= FOLDED_SECONDS_PERCENT / 100.0;
        expected->disk_bytes -= expected->index_bytes - folded_bytes;
        expected->index_bytes = folded_bytes;
    }
}
