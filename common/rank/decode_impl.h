/*
 * All symbols of a leaf at once, for callers that read the whole BWT. A part of rank_impl.h, compiled once for each
 * kind of processor.
 *
 * Each level sorts the leaf's rows by their bits, zeros before ones, and otherwise keeps their order. Rows of one node
 * stay together, so a level is a sequence of nodes. Its children are those of the zeros, in the order of the nodes,
 * then those of the ones. Children that are inner nodes come first, because that is how code words are assigned. The
 * rows of the other children have reached their symbols.
 */
enum { LEVEL_WORDS = NG_LEAF_ROWS / 64, MOST_CHILDREN = 512 };

struct dealing {
    uint64_t bits[LEVEL_WORDS];        /* of this level */
    uint16_t rows[2][NG_LEAF_ROWS];    /* places in the leaf, in this level's order; and in the next one's */
    unsigned begins[MOST_CHILDREN + 1]; /* in rows: of this level's nodes, and behind the last */
};

/* The level's bits; NG_CELL_WORDS words a cell. */
static void decode_level(const struct descent *d, uint64_t bits[LEVEL_WORDS]) {
    for (unsigned c = 0; c < d->level_cells; c++) {
        struct level_cell cell = find_cell(d, c << NG_CELL_LOG2);
        unsigned length = ng_cell_length_bytes(cell.header);
        uint64_t *words = bits + (size_t)c * NG_CELL_WORDS;
        if (length > 0) {
            decode_words(&cell, length, (cell.bits - 1) / 64, words);
            continue;
        }
        memset(words, cell_is_all_ones(cell.header) ? 0xff : 0, NG_CELL_WORDS * sizeof *words);
    }
}

static inline unsigned bit_at(const uint64_t *bits, unsigned at) {
    return (unsigned)(bits[at / 64] >> at % 64 & 1);
}

static unsigned ones_in(const uint64_t *bits, unsigned begin, unsigned end) {
    unsigned ones = 0;
    if (begin == end) return 0;
    for (unsigned word = begin / 64; word <= (end - 1) / 64; word++) ones += popcount(bits[word]);
    ones -= popcount(bits[begin / 64] & low_mask(begin % 64));
    if (end % 64) ones -= popcount(bits[end / 64] & ~low_mask(end % 64));
    return ones;
}

/* Finds where the children of this level's nodes begin among the sorted rows. Returns the number of zeros. */
static unsigned find_children(const uint64_t *bits, const unsigned *begins, unsigned nodes,
                              unsigned children[MOST_CHILDREN + 1]) {
    unsigned zeros = 0;
    for (unsigned k = 0; k < nodes; k++) {
        unsigned begin = begins[k];
        unsigned end = begins[k + 1];
        children[k] = zeros;
        children[nodes + k] = ones_in(bits, begin, end);
        zeros += end - begin - children[nodes + k];
    }
    unsigned at = zeros;
    for (unsigned k = nodes; k < 2 * nodes; k++) {
        unsigned ones = children[k];
        children[k] = at;
        at += ones;
    }
    children[2 * nodes] = at;
    return zeros;
}

static void deal(const uint64_t *bits, unsigned size, unsigned zeros, const uint16_t *from, uint16_t *to) {
    unsigned at[2] = {0, zeros};
    for (unsigned i = 0; i < size; i++) {
        unsigned bit = bit_at(bits, i);
        to[at[bit]++] = from[i];
    }
}

/* Sorts by level after level until every row has its symbol. Returns false if the leaf is damaged. */
static bool decode_levels(const struct visit *v, struct descent *d, struct dealing *dealing, uint8_t *symbols) {
    unsigned number = 0; /* of the first word that ends on this level */
    unsigned size = d->size;
    dealing->begins[0] = 0;
    dealing->begins[1] = size;
    for (unsigned i = 0; i < size; i++) dealing->rows[0][i] = (uint16_t)i;
    for (unsigned depth = 0; size > 0; depth++) {
        if (depth == v->leaf.depth || d->size != size || !enter_level(d)) return false;
        const uint16_t *from = dealing->rows[depth % 2];
        uint16_t *to = dealing->rows[1 - depth % 2];
        const uint8_t *inner_at = v->leaf.inner + depth;
        unsigned inner = inner_at[0];
        unsigned next_inner = depth + 1 < v->leaf.depth ? inner_at[1] : 0;
        unsigned children[MOST_CHILDREN + 1];
        if (depth == 0 && inner != 1) return false;
        if (2 * inner < next_inner) return false;
        decode_level(d, dealing->bits);
        deal(dealing->bits, size, find_children(dealing->bits, dealing->begins, inner, children), from, to);
        for (unsigned k = next_inner; k < 2 * inner; k++, number++) {
            if (children[k] == children[k + 1]) continue;
            if (number >= v->leaf.symbols || v->leaf.order[number] >= v->super.symbols) return false;
            uint8_t symbol = place_symbol(&v->super, v->leaf.order[number]);
            for (unsigned i = children[k]; i < children[k + 1]; i++) symbols[to[i]] = symbol;
        }
        memcpy(dealing->begins, children, (next_inner + 1) * sizeof *children);
        size = children[next_inner];
        if (size > 0) leave_level(d);
    }
    return true;
}

static size_t decode_leaf(const struct ng_rank *rank, uint64_t row, uint8_t *symbols) {
    struct visit v = {.row = row - place_in_leaf(rank, row)};
    struct dealing dealing;
    struct descent d = {0};
    size_t rows = leaf_rows(rank, row);
    if (!seek_super(rank, v.row, &v.spot) || !seek_leaf(rank, v.row, &v.spot)) return 0;
    if (!load_super(rank, &v.spot, &v.super) || !load_leaf(rank, &v.spot, &v.super, v.row, &v.leaf, &d)) return 0;
    if (v.leaf.depth == 0 && v.leaf.order[0] < v.super.symbols) {
        memset(symbols, place_symbol(&v.super, v.leaf.order[0]), rows);
        return rows;
    }
    if (v.leaf.depth > 0 && decode_levels(&v, &d, &dealing, symbols)) return rows;
    (void)visit_fail(rank);
    return 0;
}
