#include "common/rank/code.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Inner nodes at each depth, as FORMAT.md lists them. */
static const uint8_t inner_nodes[NG_SHAPES][NG_SHAPE_MAX_BITS] = {
    {0},
    {1},
    {1, 1},
    {1, 1, 1, 1, 1},
    {1, 1, 1, 1, 1, 2},
    {1, 1, 1, 1, 1, 1, 1, 1, 2},
    {1, 1, 1, 1, 1, 1, 1, 2, 3, 5},
    {1, 1, 1, 1, 1, 2, 2, 2, 3, 4},
    {1, 1, 2, 1, 1, 1, 1, 2, 4, 5},
    {1, 1, 2, 2, 2, 2, 2, 3, 3, 3},
    {1, 2, 1, 1, 1, 1, 2, 3, 4, 5},
    {1, 2, 2, 1, 1, 1, 2, 3, 5, 3},
    {1, 1, 1, 1, 2, 2, 3, 3, 3, 5},
    {1, 2, 2, 2, 2, 2, 2, 3, 3, 4},
    {1, 1, 1, 2, 2, 2, 2, 3, 4, 6},
    {1, 1, 2, 3, 3, 3, 3, 2, 3, 3},
    {1, 2, 3, 3, 3, 3, 3, 2, 2, 2},
    {1, 1, 1, 2, 3, 4, 3, 3, 4, 4},
    {1, 2, 3, 3, 2, 2, 3, 2, 3, 5},
    {1, 2, 3, 4, 3, 2, 2, 2, 3, 4},
    {1, 2, 4, 4, 3, 3, 2, 2, 3, 3},
    {1, 2, 3, 4, 4, 3, 2, 2, 3, 4},
    {1, 1, 2, 2, 2, 2, 3, 4, 6, 6},
    {1, 2, 2, 3, 3, 3, 3, 3, 4, 5},
    {1, 1, 1, 1, 1, 2, 3, 4, 7, 10},
    {1, 1, 1, 2, 2, 3, 4, 5, 6, 6},
    {1, 1, 2, 2, 3, 3, 4, 4, 5, 7},
    {1, 2, 2, 2, 3, 4, 4, 4, 5, 7},
    {1, 2, 3, 3, 3, 3, 3, 4, 5, 7},
    {1, 1, 2, 3, 4, 4, 4, 4, 5, 7},
    {1, 2, 1, 1, 1, 2, 3, 5, 8, 11},
    {1, 2, 4, 4, 3, 3, 3, 3, 5, 7},
    {1, 2, 1, 2, 3, 3, 4, 5, 7, 8},
    {1, 1, 1, 1, 2, 3, 4, 6, 8, 10},
    {1, 2, 3, 2, 3, 3, 4, 4, 6, 9},
    {1, 2, 3, 4, 3, 3, 3, 4, 6, 9},
    {1, 1, 1, 2, 3, 3, 5, 6, 8, 10},
    {1, 2, 2, 2, 2, 3, 4, 6, 8, 11},
    {1, 1, 2, 3, 4, 4, 5, 5, 8, 9},
    {1, 2, 3, 4, 4, 4, 4, 5, 7, 9},
    {1, 2, 4, 7, 4, 4, 4, 6, 7, 4},
    {1, 1, 2, 2, 2, 3, 5, 7, 9, 12},
    {1, 2, 3, 5, 6, 7, 5, 6, 6, 4},
    {1, 2, 4, 7, 8, 6, 5, 5, 6, 1},
    {1, 2, 4, 4, 5, 4, 4, 6, 9, 9},
    {1, 1, 1, 1, 2, 3, 5, 7, 11, 17},
    {1, 2, 2, 3, 4, 5, 5, 7, 9, 12},
    {1, 1, 1, 2, 3, 5, 6, 8, 12, 16},
    {1, 2, 3, 4, 5, 6, 6, 8, 11, 11},
    {1, 1, 2, 3, 4, 5, 5, 7, 12, 19},
    {1, 1, 2, 4, 6, 6, 8, 8, 12, 12},
    {1, 2, 3, 3, 4, 5, 6, 8, 13, 15},
    {1, 2, 3, 5, 6, 6, 8, 9, 12, 13},
    {1, 2, 3, 5, 8, 9, 9, 11, 12, 10},
    {1, 2, 2, 3, 5, 7, 8, 11, 15, 19},
    {1, 2, 4, 6, 7, 7, 8, 10, 14, 16},
    {1, 1, 2, 3, 5, 8, 10, 12, 16, 19},
    {1, 2, 3, 4, 5, 5, 7, 10, 17, 23},
    {1, 2, 4, 5, 5, 6, 7, 11, 17, 20},
    {1, 2, 3, 5, 7, 9, 12, 14, 16, 15},
    {1, 2, 4, 7, 9, 10, 11, 14, 17, 16},
    {1, 1, 2, 3, 5, 8, 12, 17, 23, 23},
    {1, 2, 4, 6, 9, 14, 17, 22, 23, 3},
    {1, 2, 4, 7, 12, 20, 32, 48, 64, 65},
    {1, 2, 4, 8, 16, 32, 64, 128},
    {1, 2},
    {1, 2, 4},
    {1, 2, 4, 8},
    {1, 2, 4, 8, 16},
    {1, 2, 4, 8, 16, 32},
    {1, 2, 4, 8, 16, 32, 64},
};

static struct ng_rank_shape shapes[NG_SHAPES];
static pthread_once_t shapes_once = PTHREAD_ONCE_INIT;

/* Nodes of depth d + 1 are first all left children, then all right children, of the inner nodes of depth d in their
 * order; the first of them are the inner nodes of that depth, and the rest are ends. */
static void make_shape(struct ng_rank_shape *shape, const uint8_t nodes[NG_SHAPE_MAX_BITS]) {
    uint16_t inner[256] = {0};
    memcpy(shape->inner, nodes, NG_SHAPE_MAX_BITS);
    while (shape->inner[shape->depth] > 0) shape->depth++;
    if (shape->depth == 0) shape->word[shape->words++] = 1;
    for (unsigned depth = 1; depth <= shape->depth; depth++) {
        unsigned parents = shape->inner[depth - 1];
        unsigned stay = shape->inner[depth];
        uint16_t children[512] = {0};
        assert(stay <= 2 * parents);
        for (unsigned i = 0; i < parents; i++) {
            children[i] = inner[i];
            children[parents + i] = (uint16_t)(inner[i] | 1u << (depth - 1));
        }
        for (unsigned i = stay; i < 2 * parents; i++) {
            shape->length[shape->words] = (uint8_t)depth;
            shape->word[shape->words++] = (uint16_t)(children[i] | 1u << depth);
        }
        memcpy(inner, children, stay * sizeof *inner);
    }
}

static void make_shapes(void) {
    for (unsigned i = 0; i < NG_SHAPES; i++) make_shape(&shapes[i], inner_nodes[i]);
}

const struct ng_rank_shape *ng_rank_shapes(void) {
    (void)pthread_once(&shapes_once, make_shapes);
    return shapes;
}

struct weight {
    uint32_t count;
    uint8_t symbol;
};

/* The most frequent first. */
static int compare_weights(const void *a, const void *b) {
    const struct weight *x = a;
    const struct weight *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return (int)x->symbol - (int)y->symbol;
}

void ng_rank_order_make(struct ng_rank_order *order, const uint32_t counts[256]) {
    struct weight weights[256] = {0};
    unsigned n = 0;
    for (unsigned s = 0; s < 256; s++) {
        if (counts[s] > 0) weights[n++] = (struct weight){.count = counts[s], .symbol = (uint8_t)s};
    }
    assert(n > 0);
    qsort(weights, n, sizeof *weights, compare_weights);
    order->symbols = n;
    for (unsigned i = 0; i < n; i++) order->symbol[i] = weights[i].symbol;
}

unsigned ng_rank_shape_fit(const struct ng_rank_order *order, const uint32_t counts[256]) {
    const struct ng_rank_shape *all = ng_rank_shapes();
    uint64_t least = UINT64_MAX;
    unsigned fit = 0;
    for (unsigned i = 0; i < NG_SHAPES; i++) {
        const struct ng_rank_shape *shape = &all[i];
        if (shape->words < order->symbols) continue;
        uint64_t bits = (uint64_t)NG_LEVEL_BITS * shape->depth;
        for (unsigned k = 0; k < order->symbols; k++) bits += (uint64_t)counts[order->symbol[k]] * shape->length[k];
        if (bits >= least) continue;
        least = bits;
        fit = i;
    }
    return fit;
}
