#include "common/rank/code.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct weight {
    uint64_t count;
    uint8_t symbol;
};

static int compare_weights(const void *a, const void *b) {
    const struct weight *x = a;
    const struct weight *y = b;
    if (x->count != y->count) return x->count < y->count ? -1 : 1;
    return (int)x->symbol - (int)y->symbol;
}

/* Word lengths of a Huffman code for counts in ascending order, the queue-free in-place way: A. Moffat and
 * J. Katajainen, "In-place calculation of minimum-redundancy codes", 1995. lengths[i] belongs to the i-th. */
static void huffman_lengths(const uint64_t *counts, unsigned n, unsigned *lengths) {
    uint64_t node[256];
    assert(n >= 2);
    memcpy(node, counts, n * sizeof *node);
    unsigned leaf = 0;
    unsigned root = 0;
    for (unsigned next = 0; next + 1 < n; next++) { /* node[0..next) become internal nodes, then parents */
        uint64_t sum = 0;
        for (int child = 0; child < 2; child++) {
            if (leaf >= n || (root < next && node[root] < node[leaf])) {
                sum += node[root];
                node[root++] = next;
            } else {
                sum += node[leaf++];
            }
        }
        node[next] = sum;
    }
    unsigned depth_of[256];
    depth_of[n - 2] = 0;
    for (unsigned i = n - 2; i-- > 0;) depth_of[i] = depth_of[node[i]] + 1;
    unsigned available = 1;
    unsigned at = n;
    unsigned inner = n - 1;
    for (unsigned depth = 0; available > 0; depth++) {
        unsigned used = 0;
        while (inner > 0 && depth_of[inner - 1] == depth) {
            used++;
            inner--;
        }
        for (; available > used; available--) lengths[--at] = depth;
        available = 2 * used;
    }
}

/* Lengths of at most NG_MAX_CODE_BITS: rare symbols are counted as less rare until the tree is flat enough. */
static void bounded_lengths(const struct weight *weights, unsigned n, unsigned *lengths) {
    uint64_t counts[256];
    for (unsigned i = 0; i < n; i++) counts[i] = weights[i].count;
    for (;;) {
        huffman_lengths(counts, n, lengths);
        if (lengths[0] <= NG_MAX_CODE_BITS) return;
        for (unsigned i = 0; i < n; i++) counts[i] = counts[i] / 2 + 1;
    }
}

/* Nodes of depth d + 1 are first all left children, then all right children, of the inner nodes of depth d in
 * their order; the last of them become the leaves of that depth. */
static void deal_words(struct ng_rank_code *code) {
    uint16_t inner[256] = {0};
    code->inner[0] = 1;
    unsigned next = 0;
    for (unsigned depth = 1; depth <= code->depth; depth++) {
        unsigned parents = code->inner[depth - 1];
        unsigned leaves = 0;
        while (next + leaves < code->symbols && code->length[next + leaves] == depth) leaves++;
        assert(2 * parents >= leaves);
        unsigned inner_count = 2 * parents - leaves;
        uint16_t children[512] = {0};
        for (unsigned i = 0; i < parents; i++) {
            children[i] = inner[i];
            children[parents + i] = (uint16_t)(inner[i] | 1u << (depth - 1));
        }
        for (unsigned i = 0; i < leaves; i++) {
            code->word[next + i] = (uint16_t)(children[inner_count + i] | 1u << depth);
        }
        next += leaves;
        memcpy(inner, children, inner_count * sizeof *inner);
        code->inner[depth] = (uint16_t)inner_count;
    }
    assert(next == code->symbols);
}

void ng_rank_code_make(struct ng_rank_code *code, const uint32_t counts[256]) {
    memset(code, 0, sizeof *code);
    struct weight weights[256] = {0};
    unsigned n = 0;
    for (unsigned s = 0; s < 256; s++) {
        if (counts[s] > 0) weights[n++] = (struct weight){.count = counts[s], .symbol = (uint8_t)s};
    }
    assert(n > 0);
    code->symbols = n;
    if (n == 1) {
        code->symbol[0] = weights[0].symbol;
        code->word[0] = 1;
        return;
    }
    qsort(weights, n, sizeof *weights, compare_weights);
    unsigned lengths[256];
    bounded_lengths(weights, n, lengths);
    code->depth = lengths[0];
    for (unsigned i = 0; i < n; i++) { /* most frequent first, so shortest first */
        code->symbol[i] = weights[n - 1 - i].symbol;
        code->length[i] = (uint8_t)lengths[n - 1 - i];
    }
    deal_words(code);
}
