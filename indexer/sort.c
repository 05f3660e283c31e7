#include "indexer/sort.h"

#include <assert.h>
#include <divsufsort.h>
#include <divsufsort64.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "common/packed.h"
#include "common/shard_format.h"

/* Positions are looked up in random order, so what is needed of one place of the text stands in one cache line:
 * how many tie bytes come before, and which of the next 448 places are tie bytes. */
struct tie_line {
    uint64_t before;
    uint64_t bits[7];
};

enum { TIE_LINE_PLACES = 448, READ_AHEAD = 32 };

struct ng_sort {
    struct ng_buf text;      /* tie bytes included */
    struct tie_line *ties;
    unsigned tie_bytes;      /* behind each terminator */
    void *suffixes;          /* saidx_t or saidx64_t */
    bool wide;
    uint64_t next;
};

/* The mapping is large and read at random: without huge pages most reads would miss the TLB too. Advice only. */
static void *allocate_huge(size_t bytes) {
    const size_t huge = (size_t)2 << 20;
    void *memory = NULL;
    if (bytes < huge) return malloc(bytes);
    if (posix_memalign(&memory, huge, bytes) != 0) return NULL;
    (void)madvise(memory, bytes, MADV_HUGEPAGE);
    return memory;
}

/* Puts each document's number behind its terminator, from the last document to the first, in place. */
static int insert_ties(struct ng_sort *sort, uint64_t document_count, struct ng_err *err) {
    sort->tie_bytes = (ng_packed_width(document_count - 1) + 7) / 8;
    size_t extra = (size_t)document_count * sort->tie_bytes;
    int status = ng_buf_reserve(&sort->text, extra, err);
    if (status) return status;
    size_t lines = (sort->text.length + extra) / TIE_LINE_PLACES + 1;
    sort->ties = allocate_huge(lines * sizeof *sort->ties);
    if (!sort->ties) return ng_err_nomem(err, lines * sizeof *sort->ties, "the places of document ends");
    memset(sort->ties, 0, lines * sizeof *sort->ties);

    uint8_t *data = sort->text.data;
    size_t from = sort->text.length;
    size_t to = from + extra;
    sort->text.length = to;
    for (uint64_t document = document_count; document-- > 0;) {
        assert(from > 0 && data[from - 1] == NG_TERMINATOR);
        for (unsigned i = 0; i < sort->tie_bytes; i++) {
            data[--to] = (uint8_t)(document >> (8 * i));
            sort->ties[to / TIE_LINE_PLACES].bits[to % TIE_LINE_PLACES / 64] |= UINT64_C(1)
                                                                                << (to % TIE_LINE_PLACES % 64);
        }
        const uint8_t *before = from > 1 ? memrchr(data, NG_TERMINATOR, from - 1) : NULL;
        size_t start = before ? (size_t)(before - data) + 1 : 0;
        size_t length = from - start;
        to -= length;
        memmove(data + to, data + start, length);
        from = start;
    }
    assert(from == 0 && to == 0);
    uint64_t ties = 0;
    for (size_t i = 0; i < lines; i++) {
        sort->ties[i].before = ties;
        for (int w = 0; w < 7; w++) ties += (uint64_t)__builtin_popcountll(sort->ties[i].bits[w]);
    }
    return NG_OK;
}

static int sort_suffixes(struct ng_sort *sort, struct ng_err *err) {
    uint64_t length = sort->text.length;
    sort->wide = length > INT32_MAX;
    size_t bytes = (size_t)length * (sort->wide ? sizeof(saidx64_t) : sizeof(saidx_t));
    sort->suffixes = allocate_huge(bytes);
    if (!sort->suffixes) return ng_err_nomem(err, bytes, "the suffix array");
    int failed = sort->wide ? divsufsort64(sort->text.data, sort->suffixes, (saidx64_t)length)
                            : divsufsort(sort->text.data, sort->suffixes, (saidx_t)length);
    /* Its only failures are arguments that are out of range and its own work memory. */
    return failed ? ng_err_nomem(err, bytes, "suffix sorting") : NG_OK;
}

int ng_sort_open(struct ng_sort **sort, struct ng_buf *text, uint64_t document_count, struct ng_err *err) {
    assert(document_count > 0 && text->length >= document_count);
    struct ng_sort *s = calloc(1, sizeof *s);
    if (!s) return ng_err_nomem(err, sizeof *s, "a suffix sort");
    s->text = *text;
    *text = (struct ng_buf){0};
    int status = insert_ties(s, document_count, err);
    if (!status) status = sort_suffixes(s, err);
    if (status) {
        ng_sort_close(s);
        return status;
    }
    *sort = s;
    return NG_OK;
}

static uint64_t suffix_at(const struct ng_sort *sort, uint64_t index) {
    return sort->wide ? (uint64_t)((const saidx64_t *)sort->suffixes)[index]
                      : (uint64_t)((const saidx_t *)sort->suffixes)[index];
}

static bool is_tie(const struct ng_sort *sort, uint64_t place) {
    const struct tie_line *line = &sort->ties[place / TIE_LINE_PLACES];
    return line->bits[place % TIE_LINE_PLACES / 64] >> (place % TIE_LINE_PLACES % 64) & 1;
}

static uint64_t ties_before(const struct ng_sort *sort, uint64_t place) {
    const struct tie_line *line = &sort->ties[place / TIE_LINE_PLACES];
    unsigned at = (unsigned)(place % TIE_LINE_PLACES);
    uint64_t count = line->before;
    for (unsigned w = 0; w < at / 64; w++) count += (uint64_t)__builtin_popcountll(line->bits[w]);
    uint64_t mask = (UINT64_C(1) << (at % 64)) - 1;
    return count + (uint64_t)__builtin_popcountll(line->bits[at / 64] & mask);
}

size_t ng_sort_read(struct ng_sort *sort, struct ng_sort_row *rows, size_t capacity) {
    uint64_t length = sort->text.length;
    size_t count = 0;
    for (; count < capacity && sort->next < length; sort->next++) {
        if (sort->next + READ_AHEAD < length) {
            uint64_t ahead = suffix_at(sort, sort->next + READ_AHEAD);
            __builtin_prefetch(sort->text.data + ahead - (ahead > 0));
            __builtin_prefetch(&sort->ties[ahead / TIE_LINE_PLACES]);
        }
        uint64_t place = suffix_at(sort, sort->next);
        if (is_tie(sort, place)) continue;
        uint64_t ties = ties_before(sort, place);
        struct ng_sort_row *row = &rows[count++];
        row->position = place - ties;
        row->document = sort->tie_bytes ? ties / sort->tie_bytes : 0;
        bool starts = place == 0 || is_tie(sort, place - 1);
        row->symbol = starts ? NG_TERMINATOR : sort->text.data[place - 1];
    }
    return count;
}

void ng_sort_close(struct ng_sort *sort) {
    if (!sort) return;
    ng_buf_free(&sort->text);
    free(sort->ties);
    free(sort->suffixes);
    free(sort);
}

/* The text, which may double while it grows, its suffix array, and a seventh for the tie lines; documents of a few
 * bytes make it more, for which a sixteenth is added. */
static uint64_t memory_per_16_bytes(bool wide) {
    return 16 * (wide ? 9 : 5) + 3 + 1;
}

uint64_t ng_sort_memory(uint64_t text_bytes) {
    return text_bytes / 16 * memory_per_16_bytes(text_bytes > INT32_MAX) + memory_per_16_bytes(true);
}

uint64_t ng_sort_fitting(uint64_t memory_bytes) {
    uint64_t narrow = memory_bytes / memory_per_16_bytes(false) * 16;
    /* A sixteenth below the limit of 32 bits leaves room for the documents' numbers. */
    const uint64_t most_narrow = INT32_MAX / 16 * UINT64_C(15);
    if (narrow <= most_narrow) return narrow;
    uint64_t wide = memory_bytes / memory_per_16_bytes(true) * 16;
    return wide > most_narrow ? wide : most_narrow;
}
