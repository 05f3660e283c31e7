/*
 * Checks everything that a leaf says about its rows and symbols against its neighbours, for a check of a whole shard.
 * It runs at the speed of memory, since it only counts rows. A part of rank_impl.h, compiled once for each kind of
 * processor.
 */

/* Version 1: a superblock's code, as its matrix spells it. */
struct code_check {
    uint16_t words[MOST_CHILDREN]; /* of this level's nodes; first bit lowest, a one above the last */
    unsigned place;                /* of the first symbol that ends on this level */
};

/* Whether a place has the word that leads to it, and its symbol leads to the place. */
static bool place_is_right(const struct super *super, unsigned place, unsigned word) {
    const uint8_t *at = super_place(super, place);
    return ng_le_load16(at + NG_PLACE_WORD_AT) == word && find_place(super, place_symbol(super, place)) == (int)place;
}

/* Goes down the matrix of a superblock's code. Checks that all places have their words, and that there are no more
 * symbols than places. */
static bool code_is_right(const struct super *super) {
    struct code_check check = {.words = {1}};
    unsigned symbols = super->symbols;
    unsigned levels = super->head[NG_SUPER_DEPTH_AT];
    if (levels > NG_MAX_CODE_BITS) return false;
    if (levels == 0) return symbols == 1 && place_is_right(super, 0, 1);
    for (unsigned depth = 0; depth < levels; depth++) {
        const uint8_t *inner_at = super->head + NG_SUPER_INNER_AT + depth;
        unsigned inner = inner_at[0];
        unsigned next_inner = depth + 1 < levels ? inner_at[1] : 0;
        uint16_t children[MOST_CHILDREN];
        if ((depth == 0 && inner != 1) || inner == 0 || 2 * inner < next_inner ||
            check.place + 2 * inner - next_inner > symbols) {
            return false;
        }
        for (unsigned k = 0; k < inner; k++) {
            unsigned word = check.words[k] ^ 1u << depth;
            children[k] = (uint16_t)(word | 2u << depth);
            children[inner + k] = (uint16_t)(word | 3u << depth);
        }
        for (unsigned k = next_inner; k < 2 * inner; k++) {
            if (!place_is_right(super, check.place++, children[k])) return false;
        }
        memcpy(check.words, children, next_inner * sizeof *children);
    }
    return check.place == symbols;
}

/* Whether each symbol of a superblock leads to a place, and the place to the symbol. */
static bool symbols_are_right(const struct super *super) {
    unsigned symbols = 0;
    for (unsigned i = 0; i < 4; i++) {
        symbols += popcount(ng_le_load64(super->head + NG_SUPER_BITMAP_AT + (size_t)8 * i));
    }
    if (symbols != super->symbols) return false;
    for (unsigned place = 0; place < symbols; place++) {
        if (find_place(super, place_symbol(super, place)) != (int)place) return false;
    }
    return true;
}

/* Whether the symbols of a leaf have places, no two the same. Marks them as seen. */
static bool order_is_right(const struct super *super, const struct leaf *leaf, bool seen[256]) {
    for (unsigned i = 0; i < leaf->symbols; i++) {
        unsigned place = leaf->order[i];
        if (place >= super->symbols || seen[place]) return false;
        seen[place] = true;
    }
    return true;
}

/* Whether each cell has as many ones as its header says, and each sparse form is as long as its header says. */
static bool cells_are_right(const struct descent *d, const uint64_t *bits) {
    for (unsigned c = 0; c < d->level_cells; c++) {
        struct level_cell cell = find_cell(d, c << NG_CELL_LOG2);
        unsigned length = ng_cell_length_bytes(cell.header);
        unsigned ones = ones_in(bits, c << NG_CELL_LOG2, (c << NG_CELL_LOG2) + cell.bits);
        if (ones != sum_of_ones(&d->sums, c + 1) - sum_of_ones(&d->sums, c)) return false;
        if (length == 0 || length == ng_cell_plain_bytes(cell.bits)) continue;
        unsigned used = 1 + popcount(cell.data[0]);
        for (unsigned i = 1; i <= popcount(cell.data[0]); i++) used += popcount(cell.data[i]);
        if (used != length) return false;
    }
    return true;
}

/* Compares the ranks of a place at both ends of the leaf with the counts so far, and adds its rows to them. */
static bool count_place(const struct ng_rank *rank, const struct visit *v, unsigned place, unsigned begin, unsigned end,
                        uint64_t counts[256]) {
    const unsigned ends[2] = {begin, end};
    uint64_t ranks[2];
    uint8_t symbol = place_symbol(&v->super, place);
    ranks_from(rank, &v->super, &v->leaf, place, symbol, ends, ranks);
    if (ranks[0] != counts[symbol] || ranks[1] != counts[symbol] + (end - begin)) return false;
    counts[symbol] = ranks[1];
    return true;
}

/* The same for the places of the leaf's words, level by level. Words after that of the last symbol have no rows.
 * Neither do words of levels without rows. */
static bool count_levels(const struct ng_rank *rank, const struct visit *v, struct descent *d, uint64_t counts[256]) {
    uint64_t bits[LEVEL_WORDS];
    unsigned begins[2][MOST_CHILDREN + 1];
    unsigned number = 0;
    unsigned size = d->size;
    begins[0][0] = 0;
    begins[0][1] = size;
    for (unsigned depth = 0; size > 0; depth++) {
        if (depth == v->leaf.depth || d->size != size || !enter_level(d)) return false;
        const uint8_t *inner_at = v->leaf.inner + depth;
        unsigned inner = inner_at[0];
        unsigned next_inner = depth + 1 < v->leaf.depth ? inner_at[1] : 0;
        unsigned *children = begins[1 - depth % 2];
        decode_level(d, bits);
        if (!cells_are_right(d, bits)) return false;
        (void)find_children(bits, begins[depth % 2], inner, children);
        for (unsigned k = next_inner; k < 2 * inner; k++, number++) {
            if (number >= v->leaf.symbols && children[k] != children[k + 1]) return false;
            if (number >= v->leaf.symbols) continue;
            if (!count_place(rank, v, v->leaf.order[number], children[k], children[k + 1], counts)) return false;
        }
        size = children[next_inner];
        if (depth + 1 < v->leaf.depth) leave_level(d);
    }
    /* A query enters the next level, and finds it empty. */
    if (number < v->leaf.symbols && d->size != 0) return false;
    for (; number < v->leaf.symbols; number++) {
        if (!count_place(rank, v, v->leaf.order[number], 0, 0, counts)) return false;
    }
    return true;
}

/* Whether the superblock leads to the right counts of the symbols that it does not have. */
static bool absent_are_right(const struct ng_rank *rank, const struct super *super, uint64_t row,
                             const uint64_t counts[256]) {
    for (unsigned s = 0; s < 256; s++) {
        if (rank->dense[s] == NG_RANK_ABSENT || find_place(super, (uint8_t)s) >= 0) continue;
        if (rank_where_absent(rank, (uint8_t)s, row) != counts[s]) return false;
    }
    return true;
}

static bool check_leaf(const struct ng_rank *rank, uint64_t row, uint64_t counts[256]) {
    struct visit v = {.row = row};
    struct descent d = {0};
    bool seen[256] = {false};
    if (!seek_super(rank, row, &v.spot) || !seek_leaf(rank, row, &v.spot) || !load_super(rank, &v.spot, &v.super)) {
        return false;
    }
    bool first = (row >> rank->leaf_log2) % NG_SUPER_LEAVES == 0;
    if (first && (!symbols_are_right(&v.super) || !absent_are_right(rank, &v.super, row, counts))) return false;
    if (first && rank->is_v1 && !code_is_right(&v.super)) return false;
    if (!load_leaf(rank, &v.spot, &v.super, row, &v.leaf, &d)) return false;
    if (!order_is_right(&v.super, &v.leaf, seen)) return false;
    if (v.leaf.depth > 0 && !count_levels(rank, &v, &d, counts)) return false;
    if (v.leaf.depth == 0 && v.leaf.cell_count > 0) return false;
    if (v.leaf.depth == 0 && !count_place(rank, &v, v.leaf.order[0], 0, d.size, counts)) return false;
    for (unsigned place = 0; place < v.super.symbols; place++) {
        if (!seen[place] && !count_place(rank, &v, place, 0, 0, counts)) return false;
    }
    return true;
}
