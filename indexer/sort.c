#include "indexer/sort.h"

#include <assert.h>
#include <divsufsort.h>
#include <divsufsort64.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/le.h"
#include "common/packed.h"
#include "common/shard_format.h"
#include "common/memory.h"

enum { READ_AHEAD = 32, TEXT_SLACK = 8 };

struct ng_sort {
    struct ng_sort_options options;
    struct ng_buf text;      /* tie bytes included */
    unsigned tie_bytes;      /* behind each terminator */
    uint64_t *ends;          /* places of the terminators in text */
    uint64_t *special;       /* a bit a place of the text: tie bytes, starts of documents, sampled positions */
    void *suffixes;          /* saidx_t or saidx64_t */
    bool wide;
    uint64_t next;           /* in suffixes */
    uint64_t row;            /* at hand */
    uint64_t row_at_call;    /* that a call of ng_sort_read starts with */
    uint32_t gram;           /* of the rows at hand, and how many of them there were */
    uint64_t gram_count;
    struct ng_sort_notes notes;
};

uint64_t ng_sort_sample_count(uint64_t first, uint64_t rows, uint64_t distance) {
    uint64_t before = first ? (first - 1) / distance + 1 : 0;
    uint64_t end = first + rows;
    return (end ? (end - 1) / distance + 1 : 0) - before;
}

/* Puts each document's number behind its terminator, from the last document to the first, in place. */
static int insert_ties(struct ng_sort *sort, struct ng_err *err) {
    sort->tie_bytes = (ng_packed_width(sort->options.documents - 1) + 7) / 8;
    size_t extra = (size_t)sort->options.documents * sort->tie_bytes;
    int status = ng_buf_reserve(&sort->text, extra + TEXT_SLACK, err);
    if (status) return status;
    uint8_t *data = sort->text.data;
    size_t from = sort->text.length;
    size_t to = from + extra;
    sort->text.length = to;
    memset(data + to, 0, TEXT_SLACK);
    for (uint64_t document = sort->options.documents; document-- > 0;) {
        assert(from > 0 && data[from - 1] == NG_TERMINATOR);
        for (unsigned i = 0; i < sort->tie_bytes; i++) data[--to] = (uint8_t)(document >> (8 * i));
        const uint8_t *before = from > 1 ? memrchr(data, NG_TERMINATOR, from - 1) : NULL;
        size_t start = before ? (size_t)(before - data) + 1 : 0;
        size_t length = from - start;
        sort->ends[document] = to - 1;
        to -= length;
        memmove(data + to, data + start, length);
        from = start;
    }
    assert(from == 0 && to == 0);
    return NG_OK;
}

/* Where a document starts in the text with ties. */
static uint64_t start_place(const struct ng_sort *sort, uint64_t document) {
    return document ? sort->ends[document - 1] + sort->tie_bytes + 1 : 0;
}

static void set_special(struct ng_sort *sort, uint64_t place) {
    sort->special[place / 64] |= UINT64_C(1) << place % 64;
}

static int mark_special(struct ng_sort *sort, struct ng_err *err) {
    size_t words = sort->text.length / 64 + 1;
    sort->special = ng_memory_huge(words * sizeof *sort->special);
    if (!sort->special) return ng_err_nomem(err, words * sizeof *sort->special, "places of a block");
    memset(sort->special, 0, words * sizeof *sort->special);
    const uint64_t distance = sort->options.sa_sample;
    uint64_t sampled = (sort->options.first_position + distance - 1) / distance * distance;
    for (uint64_t d = 0; d < sort->options.documents; d++) {
        set_special(sort, start_place(sort, d));
        for (unsigned i = 1; i <= sort->tie_bytes; i++) set_special(sort, sort->ends[d] + i);
        uint64_t shift = sort->options.first_position - d * sort->tie_bytes; /* position less place, modulo 2^64 */
        for (; sampled <= sort->ends[d] + shift; sampled += distance) set_special(sort, sampled - shift);
    }
    return NG_OK;
}

static int sort_suffixes(struct ng_sort *sort, struct ng_err *err) {
    uint64_t length = sort->text.length;
    sort->wide = length > INT32_MAX;
    size_t bytes = (size_t)length * (sort->wide ? sizeof(saidx64_t) : sizeof(saidx_t));
    sort->suffixes = ng_memory_huge(bytes);
    if (!sort->suffixes) return ng_err_nomem(err, bytes, "the suffix array");
    int failed = sort->wide ? divsufsort64(sort->text.data, sort->suffixes, (saidx64_t)length)
                            : divsufsort(sort->text.data, sort->suffixes, (saidx_t)length);
    /* Its only failures are arguments that are out of range and its own work memory. */
    return failed ? ng_err_nomem(err, bytes, "suffix sorting") : NG_OK;
}

static int allocate(struct ng_sort *s, struct ng_err *err) {
    struct ng_sort_notes *notes = &s->notes;
    size_t documents = (size_t)s->options.documents;
    notes->sample_count = ng_sort_sample_count(s->options.first_position, s->text.length, s->options.sa_sample);
    notes->samples = malloc((size_t)(notes->sample_count + 1) * sizeof *notes->samples);
    notes->starts = malloc(documents * sizeof *notes->starts);
    s->ends = malloc(documents * sizeof *s->ends);
    if (notes->samples && notes->starts && s->ends) return NG_OK;
    return ng_err_nomem(err, (notes->sample_count + 2 * documents) * sizeof(uint64_t), "the rows of samples");
}

int ng_sort_open(struct ng_sort **sort, struct ng_buf *text, const struct ng_sort_options *options,
                 struct ng_err *err) {
    assert(options->documents > 0 && text->length >= options->documents);
    struct ng_sort *s = calloc(1, sizeof *s);
    if (!s) return ng_err_nomem(err, sizeof *s, "a suffix sort");
    s->options = *options;
    s->text = *text;
    *text = (struct ng_buf){0};
    int status = allocate(s, err);
    if (!status) status = insert_ties(s, err);
    if (!status) status = sort_suffixes(s, err);
    if (!status) status = mark_special(s, err);
    if (status) {
        ng_sort_close(s);
        return status;
    }
    *sort = s;
    return NG_OK;
}

static inline uint64_t suffix_at(const void *suffixes, bool wide, uint64_t index) {
    return wide ? (uint64_t)((const saidx64_t *)suffixes)[index] : (uint64_t)((const saidx_t *)suffixes)[index];
}

/* A place that is special: whether it is no row but a tie byte; else notes its row. */
static bool note_special(struct ng_sort *sort, uint64_t place, bool *starts) {
    uint64_t low = 0; /* the document is the first that ends at the place or behind it */
    uint64_t high = sort->options.documents;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (sort->ends[middle] < place) low = middle + 1;
        else high = middle;
    }
    uint64_t start = start_place(sort, low);
    if (low == sort->options.documents || place < start) return false;
    *starts = place == start;
    if (*starts) sort->notes.starts[low] = sort->row;
    uint64_t distance = sort->options.sa_sample;
    uint64_t position = sort->options.first_position + place - low * sort->tie_bytes;
    uint64_t first = sort->options.first_position;
    if (position % distance == 0) sort->notes.samples[position / distance - (first + distance - 1) / distance] = sort->row;
    return true;
}

/* The three bytes that start at a place, filled up with terminators behind a document's end. */
static uint32_t gram_at(const uint8_t *text) {
    if (text[0] == NG_TERMINATOR) return 0xffffff;
    if (text[1] == NG_TERMINATOR) return (uint32_t)text[0] << 16 | 0xffff;
    return (uint32_t)text[0] << 16 | (uint32_t)text[1] << 8 | text[2];
}

static int end_gram(struct ng_sort *sort, uint32_t next, struct ng_err *err) {
    int status = NG_OK;
    if (sort->gram_count > 0) status = ng_grams_push(&sort->notes.grams, sort->gram, sort->gram_count, err);
    sort->gram = next;
    sort->gram_count = 0;
    return status;
}

int ng_sort_read(struct ng_sort *sort, uint8_t *symbols, size_t capacity, size_t *count, struct ng_err *err) {
    /* In locals, which stores to symbols cannot change. */
    const uint8_t *const text = sort->text.data;
    const uint64_t *const special = sort->special;
    const void *const suffixes = sort->suffixes;
    const bool wide = sort->wide;
    const uint64_t length = sort->text.length;
    uint64_t next = sort->next;
    size_t filled = 0;
    int status = NG_OK;
    for (; filled < capacity && next < length && !status; next++) {
        if (next + READ_AHEAD < length) {
            uint64_t ahead = suffix_at(suffixes, wide, next + READ_AHEAD);
            __builtin_prefetch(text + ahead - (ahead > 0));
            __builtin_prefetch(special + ahead / 64);
        }
        uint64_t place = suffix_at(suffixes, wide, next);
        bool starts = false;
        if (special[place / 64] >> place % 64 & 1) {
            sort->row = sort->row_at_call + filled;
            if (!note_special(sort, place, &starts)) continue;
        }
        symbols[filled++] = starts ? NG_TERMINATOR : text[place - 1];
        uint32_t gram = gram_at(text + place);
        if (gram != sort->gram) status = end_gram(sort, gram, err);
        sort->gram_count++;
    }
    sort->next = next;
    sort->row_at_call += filled;
    *count = filled;
    return status || next < length ? status : end_gram(sort, sort->gram, err);
}

void ng_sort_take_notes(struct ng_sort *sort, struct ng_sort_notes *notes) {
    assert(sort->next == sort->text.length);
    *notes = sort->notes;
    sort->notes = (struct ng_sort_notes){0};
}

void ng_sort_notes_free(struct ng_sort_notes *notes) {
    free(notes->samples);
    free(notes->starts);
    ng_grams_free(&notes->grams);
    *notes = (struct ng_sort_notes){0};
}

void ng_sort_close(struct ng_sort *sort) {
    if (!sort) return;
    ng_buf_free(&sort->text);
    ng_sort_notes_free(&sort->notes);
    free(sort->ends);
    free(sort->special);
    free(sort->suffixes);
    free(sort);
}

uint64_t ng_sort_memory(uint64_t rows, uint64_t documents, uint64_t sa_sample) {
    unsigned tie_bytes = (ng_packed_width(documents) + 7) / 8;
    uint64_t places = rows + documents * tie_bytes;
    uint64_t suffix = places > INT32_MAX ? sizeof(saidx64_t) : sizeof(saidx_t);
    /* Text, suffix array, special bits; ends, starts and samples of 8 bytes each. */
    return places * (1 + suffix) + places / 8 + 16 * documents + 8 * (rows / sa_sample);
}
