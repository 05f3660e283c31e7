/*
 * Where the bits of the rank structure are, and how many there would be in other layouts: bits SHARD [STEP]. Takes every
 * STEP-th piece of 262,144 rows (1: all of them), deals its rows out again and adds up what FORMAT.md would take for each layout.
 * Prints a table in bits a row, and what leaves of runs would take. scripts/BENCHMARKS.md says what came of it.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "common/base/symbols.h"
#include "common/rank/cell.h"
#include "common/rank/code.h"
#include "common/rank/rank.h"
#include "common/rank/split.h"
#include "tests/bench/phrases.h"
#include "tests/support/rank_v1.h"

/* Ways to store a cell. Each takes the smallest form that it has; NIBBLES and GAPS have those before, too. */
enum way {
    NOW,     /* as ng_rank_cell_encode */
    NIBBLES, /* a byte of words that are not zero, 16 bits a word of its nibbles that are not zero, those nibbles */
    GAPS,    /* Elias-Fano of the ones */
    BLOCKS,  /* RRR (Raman, Raman and Rao, 2002): the ones of each block of 63 bits, and its number among such blocks */
    ENTROPY, /* no form: of the ones, or of the bits that differ from the one before */
    WAYS
};

/* A code for so many rows, leaves of so many, superblocks of so many. Codes are Huffman's, or have shapes; those of leaves
 * are in the leaves. */
struct layout {
    const char *name;
    size_t code_rows;
    size_t leaf_rows;
    size_t super_rows;
    bool shapes;
};

enum { PIECE_ROWS = 1 << 18 };

/* Bits. */
struct bits {
    double cells[WAYS], headers, sizes, counts, codes, places, levels;
};

struct work {
    uint16_t words[PIECE_ROWS + NG_SPLIT_SLACK];
    uint16_t next[PIECE_ROWS + NG_SPLIT_SLACK];
    uint16_t ones[PIECE_ROWS + NG_SPLIT_SLACK];
    uint64_t bits[PIECE_ROWS / 64 + NG_CELL_WORDS];
    ng_rank_split *split;
};

static double entropy(double all, double some) {
    if (some <= 0 || some >= all) return 0;
    double share = some / all;
    return -all * (share * log2(share) + (1 - share) * log2(1 - share));
}

static double whole_bytes(double bits) {
    return 8 * ceil(bits / 8);
}

static double gaps(double ones, double all) {
    if (ones == 0) return 0;
    double low = fmax(0, floor(log2(all / ones)));
    return ones * (low + 1) + ceil(all / exp2(low));
}

static unsigned ones_of(const uint64_t *words) {
    unsigned ones = 0;
    for (unsigned i = 0; i < NG_CELL_WORDS; i++) ones += (unsigned)__builtin_popcountll(words[i]);
    return ones;
}

static double blocks(const uint64_t *words, unsigned bits) {
    enum { BLOCK = 63, CLASS_BITS = 6 };
    double sum = 0;
    for (unsigned begin = 0; begin < bits; begin += BLOCK) {
        unsigned ones = 0;
        for (unsigned i = begin; i < begin + BLOCK && i < bits; i++) ones += words[i / 64] >> i % 64 & 1;
        double choices = lgamma(BLOCK + 1) - lgamma(ones + 1) - lgamma(BLOCK - ones + 1);
        sum += CLASS_BITS + ceil(choices / log(2) - 1e-9);
    }
    return sum;
}

static double nibbles(const uint64_t *words) {
    double sum = 8;
    for (unsigned i = 0; i < NG_CELL_WORDS; i++) {
        uint64_t some = words[i] | words[i] >> 1;
        some = (some | some >> 2) & UINT64_C(0x1111111111111111);
        sum += words[i] ? 16 + 4 * __builtin_popcountll(some) : 0;
    }
    return sum;
}

static void add_cell(const uint64_t words[NG_CELL_WORDS], unsigned bits, double cells[WAYS]) {
    uint8_t out[NG_CELL_OUT_BYTES];
    uint64_t stored[2][NG_CELL_WORDS]; /* the bits or their complement; those that differ from the one before */
    uint64_t carry = 0;
    unsigned ones = ones_of(words);
    double least[WAYS] = {8.0 * ng_cell_length_bytes(ng_rank_cell_encode(words, bits, out))};
    if (ones == 0 || ones == bits) return;
    for (unsigned i = 0; i < NG_CELL_WORDS; i++) {
        unsigned left = bits > 64 * i ? bits - 64 * i : 0;
        uint64_t valid = left >= 64 ? UINT64_MAX : (UINT64_C(1) << left) - 1;
        stored[0][i] = (words[i] ^ (2 * ones > bits ? UINT64_MAX : 0)) & valid;
        stored[1][i] = (words[i] ^ (words[i] << 1 | carry)) & valid;
        carry = words[i] >> 63;
    }
    for (unsigned i = NIBBLES; i < WAYS; i++) least[i] = least[NOW];
    least[ENTROPY] = entropy(bits, ones);
    for (unsigned i = 0; i < 2; i++) {
        double some = ones_of(stored[i]);
        least[NIBBLES] = fmin(least[NIBBLES], whole_bytes(nibbles(stored[i])));
        least[GAPS] = fmin(least[GAPS], fmin(least[NIBBLES], whole_bytes(gaps(some, bits))));
        least[BLOCKS] = fmin(least[BLOCKS], whole_bytes(blocks(stored[i], bits)));
        least[ENTROPY] = fmin(least[ENTROPY], entropy(bits, some));
    }
    for (unsigned i = 0; i < WAYS; i++) cells[i] += least[i];
}

/* A leaf's matrix, of the words in work->words. */
static void add_leaf(struct work *work, const struct test_code *code, size_t rows, struct bits *bits) {
    bool alike = true;
    for (size_t i = 1; i < rows && alike; i++) alike = work->words[i] == work->words[0];
    bits->sizes += code->depth > 0 && !alike ? 16 * (code->depth - 1) : 0;
    for (unsigned depth = 0; depth < code->depth && !alike; depth++) {
        memset(work->bits, 0, (rows / 64 + NG_CELL_WORDS) * sizeof *work->bits);
        size_t left = work->split(work->words, rows, work->bits, work->next, work->ones);
        for (size_t at = 0; at < rows; at += NG_CELL_BITS) {
            unsigned cell = rows - at < NG_CELL_BITS ? (unsigned)(rows - at) : (unsigned)NG_CELL_BITS;
            add_cell(work->bits + at / 64, cell, bits->cells);
            bits->headers += 16;
        }
        bits->levels += (double)rows;
        memcpy(work->words, work->next, left * sizeof *work->words);
        rows = left;
    }
}

/* The words of a code of a shape instead. */
static void take_shape(struct test_code *code, const uint32_t counts[256]) {
    struct ng_rank_order order;
    ng_rank_order_make(&order, counts);
    const struct ng_rank_shape *shape = &ng_rank_shapes()[ng_rank_shape_fit(&order, counts)];
    code->depth = shape->depth;
    memcpy(code->symbol, order.symbol, sizeof code->symbol);
    memcpy(code->word, shape->word, sizeof code->word);
}

static void add_super(struct work *work, const uint8_t *rows, const struct layout *layout, struct bits *bits) {
    uint32_t counts[256] = {0};
    ng_symbols_count(rows, layout->super_rows, counts);
    unsigned widths = 0;
    unsigned symbols = 0;
    bool own = layout->code_rows == layout->leaf_rows;
    for (unsigned s = 0; s < 256; s++) {
        symbols += counts[s] > 0;
        widths += counts[s] > 0 ? ng_packed_width(counts[s]) : 0;
    }
    for (size_t at = 0; at < layout->super_rows; at += layout->leaf_rows) {
        struct test_code code;
        uint16_t word_of[256] = {0};
        size_t begin = at / layout->code_rows * layout->code_rows;
        ng_symbols_count(rows + begin, layout->code_rows, counts);
        test_code_make(&code, counts);
        if (layout->shapes) take_shape(&code, counts);
        for (unsigned i = 0; i < code.symbols; i++) word_of[code.symbol[i]] = code.word[i];
        for (size_t i = 0; i < layout->leaf_rows; i++) work->words[i] = word_of[rows[at + i]];
        add_leaf(work, &code, layout->leaf_rows, bits);
        bits->counts += widths;
        /* Number of symbols, of cells, shape or depth and inner nodes; the symbols. */
        bits->codes += own ? 24 + 8 * code.symbols + (layout->shapes ? 0 : 8 * code.depth) : 8;
    }
    bits->places += 8 * (double)ng_super_bytes(symbols, own ? NG_PLACE_BYTES : NG_PLACE_BYTES_V1);
}

/* Leaves as runs: the matrix of the symbols of runs at its entropy, Elias-Fano of where runs start in the leaf, and of
 * where they start if the leaf is sorted; against what their matrix takes now. */
static void add_runs(struct work *work, const uint8_t *rows, double sums[3]) {
    uint32_t counts[256] = {0};
    uint16_t word_of[256] = {0};
    struct test_code code;
    for (size_t at = 0; at < PIECE_ROWS; at += NG_LEAF_ROWS) {
        uint32_t heads[256] = {0};
        struct bits bits = {.levels = 0};
        double runs = 0;
        ng_symbols_count(rows + at, NG_LEAF_ROWS, counts);
        test_code_make(&code, counts);
        for (unsigned i = 0; i < code.symbols; i++) word_of[code.symbol[i]] = code.word[i];
        for (size_t i = at; i < at + NG_LEAF_ROWS; i++) {
            work->words[i - at] = word_of[rows[i]];
            if (i > at && rows[i] == rows[i - 1]) continue;
            heads[rows[i]]++;
            runs++;
        }
        add_leaf(work, &code, NG_LEAF_ROWS, &bits);
        double now = runs > 1 ? bits.cells[NOW] + bits.headers + bits.sizes : 16;
        double as_runs = 16 + 2 * gaps(runs, NG_LEAF_ROWS);
        for (unsigned s = 0; s < 256; s++) as_runs += heads[s] ? heads[s] * log2(runs / heads[s]) : 0;
        sums[0] += runs;
        sums[1] += now;
        sums[2] += fmin(now, as_runs);
    }
}

static void read_piece(const struct ng_rank *rank, uint64_t row, uint8_t *rows) {
    size_t leaf = (size_t)ng_rank_leaf_rows(rank);
    for (size_t at = 0; at < PIECE_ROWS; at += leaf) {
        if (ng_rank_decode_leaf(rank, row + at, rows + at) != leaf) refuse("a leaf is damaged", "bits");
    }
}

int main(int argc, char **argv) {
    static const struct layout layouts[] = {
        {"version 1", 1 << 16, 1 << 12, 1 << 16, false}, {"as it is", 1 << 13, 1 << 13, 1 << 17, true},
        {"Huffman's", 1 << 13, 1 << 13, 1 << 17, false}, {"small", 1 << 12, 1 << 12, 1 << 16, true},
        {"large", 1 << 14, 1 << 14, 1 << 18, true}};
    enum { LAYOUTS = sizeof layouts / sizeof *layouts };
    if (argc < 2 || argc > 3) refuse("usage: bits SHARD [STEP]", argv[0]);
    struct ng_err err;
    ng_err_clear(&err);
    struct ng_container *container = NULL;
    struct ng_rank rank;
    check(ng_container_open(&container, argv[1], &err), &err);
    check(ng_rank_open(&rank, container, &err), &err);
    uint64_t step = argc == 3 ? strtoull(argv[2], NULL, 10) : 1;
    if (step == 0 || rank.rows < PIECE_ROWS) refuse("STEP is 0, or the shard has less than a piece", argv[1]);
    struct work *work = allocate(1, sizeof *work);
    uint8_t *rows = allocate(1, PIECE_ROWS);
    struct bits bits[LAYOUTS] = {{.levels = 0}};
    double runs[3] = {0};
    double all = 0;
    work->split = ng_rank_choose_split();
    for (uint64_t row = 0; row + PIECE_ROWS <= rank.rows; row += step * PIECE_ROWS) {
        read_piece(&rank, row, rows);
        for (unsigned i = 0; i < LAYOUTS; i++) {
            for (size_t at = 0; at < PIECE_ROWS; at += layouts[i].super_rows) add_super(work, rows + at, &layouts[i], &bits[i]);
        }
        add_runs(work, rows, runs);
        all += PIECE_ROWS;
    }
    printf("| layout | code | leaf | cells | nibbles | and gaps | RRR 63 | entropy | headers | sizes | counts | codes | places | levels |\n"
           "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n");
    for (unsigned i = 0; i < LAYOUTS; i++) {
        printf("| %s | %zu | %zu |", layouts[i].name, layouts[i].code_rows, layouts[i].leaf_rows);
        for (unsigned k = 0; k < WAYS; k++) printf(" %.4f |", bits[i].cells[k] / all);
        printf(" %.4f | %.4f | %.4f | %.4f | %.4f | %.3f |\n", bits[i].headers / all, bits[i].sizes / all,
               bits[i].counts / all, bits[i].codes / all, bits[i].places / all, bits[i].levels / all);
    }
    printf("rows a run: %.2f; leaves without counts: %.4f bits a row; with leaves of runs: %.4f\n", all / runs[0],
           runs[1] / all, runs[2] / all);
    free(rows);
    free(work);
    ng_container_close(container);
    return EXIT_SUCCESS;
}
