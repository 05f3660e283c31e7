#include <stdlib.h>
#include <string.h>

#include "common/base/order.h"
#include "common/base/utf8.h"
#include "query/holders/holders.h"

/*
 * How much of an entry documents hold is counted as the class counts it: in letters that count, or in windows. Of each byte
 * of the texts, one after another, weights[] tells how many such units begin there.
 */
struct scale {
    const struct ng_holders_search *search;
    uint8_t *weights; /* owned */
    uint8_t *marks;   /* bytes that are held; owned */
    uint64_t *bases;  /* where each text begins; owned */
    uint64_t bytes;
    uint64_t all;     /* the sum of the weights */
    uint64_t letters; /* of the texts that have windows */
};

/* A document, and how much it holds by the scale. */
struct weighed {
    uint64_t held;
    size_t number;
};

static void add_letters(struct scale *scale, size_t number, uint64_t begin, uint64_t end) {
    struct ng_bytes text = scale->search->work->texts[number].bytes;
    for (uint64_t at = begin; at < end; at++) {
        scale->weights[scale->bases[number] + at] = ng_utf8_is_continuation(text.data[at]) ? 0 : 1;
    }
}

/* The letters that are the whole of the coverage: all of the texts with windows; without common text those of the other
 * windows, and of short windows in documents. */
static void weigh_letters(struct scale *scale) {
    const struct ng_holders_search *search = scale->search;
    const struct ng_holders_piece *pieces = (const struct ng_holders_piece *)(const void *)search->pieces.data;
    for (size_t t = 0; t < search->work->entry->text_count; t++) {
        const struct ng_contam_text *text = &search->work->texts[t];
        const struct ng_windows *windows = &text->windows[0];
        if (windows->count > 0 && !search->left_out) add_letters(scale, t, 0, text->bytes.length_bytes);
        for (uint64_t i = 0; i < windows->count && search->left_out; i++) {
            if (ng_contam_is_common(&text->facts[NG_CONTAM_LONG][i])) continue;
            add_letters(scale, t, windows->begins[i], ng_windows_end(windows, i));
        }
    }
    for (size_t i = 0; i < search->pieces.length / sizeof *pieces && search->small && search->left_out; i++) {
        add_letters(scale, pieces[i].text, pieces[i].begin, pieces[i].end);
    }
}

static void fill_weights(struct scale *scale) {
    const struct ng_holders_search *search = scale->search;
    for (size_t t = 0; t < search->work->entry->text_count; t++) {
        const struct ng_contam_text *text = &search->work->texts[t];
        const struct ng_windows *windows = &text->windows[0];
        if (windows->count > 0) scale->letters += text->characters;
        for (uint64_t i = 0; i < windows->count && !search->contam->guard; i++) {
            scale->weights[scale->bases[t] + windows->begins[i]] = 1;
        }
    }
    if (search->contam->guard) weigh_letters(scale);
    for (uint64_t at = 0; at < scale->bytes; at++) scale->all += scale->weights[at];
}

static void close_scale(struct scale *scale) {
    free(scale->weights);
    free(scale->marks);
    free(scale->bases);
}

static int open_scale(struct scale *scale, const struct ng_holders_search *search, struct ng_err *err) {
    *scale = (struct scale){.search = search};
    size_t texts = search->work->entry->text_count;
    scale->bases = calloc(texts + 1, sizeof *scale->bases);
    for (size_t t = 0; t < texts && scale->bases; t++) {
        scale->bases[t] = scale->bytes;
        scale->bytes += search->work->texts[t].bytes.length_bytes;
    }
    scale->weights = calloc((size_t)scale->bytes + 1, 1);
    scale->marks = calloc((size_t)scale->bytes + 1, 1);
    if (!scale->bases || !scale->weights || !scale->marks) {
        close_scale(scale);
        return ng_err_nomem(err, 2 * scale->bytes, "the weight of an entry");
    }
    fill_weights(scale);
    return NG_OK;
}

/* How many bytes at the end of a piece begin no window that it holds whole. */
static uint64_t last_begin(const struct scale *scale, const struct ng_holders_piece *piece) {
    const struct ng_windows *windows = &scale->search->work->texts[piece->text].windows[0];
    uint64_t low = 0;
    if (scale->search->contam->guard) return piece->end;
    NG_ORDER_SEEK(low, windows->count, middle, ng_windows_end(windows, middle) <= piece->end);
    return low > 0 ? windows->begins[low - 1] + 1 : piece->begin;
}

/* Marks what pieces hold; returns the weight of what was not marked before. */
static uint64_t mark(struct scale *scale, const struct ng_holders_piece *pieces, size_t count) {
    uint64_t added = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t base = scale->bases[pieces[i].text];
        uint64_t end = last_begin(scale, &pieces[i]);
        for (uint64_t at = base + pieces[i].begin; at < base + end; at++) {
            added += scale->marks[at] ? 0 : scale->weights[at];
            scale->marks[at] = 1;
        }
    }
    return added;
}

static void unmark(struct scale *scale, const struct ng_holders_piece *pieces, size_t count) {
    for (size_t i = 0; i < count; i++) {
        memset(scale->marks + scale->bases[pieces[i].text] + pieces[i].begin, 0, (size_t)(pieces[i].end - pieces[i].begin));
    }
}

/* Letters that pieces of one document, in the order of texts and begins, hold. */
static uint64_t count_letters(const struct ng_holders_search *search, const struct ng_holders_piece *pieces, size_t count) {
    uint64_t letters = 0;
    uint64_t reach = 0;
    for (size_t i = 0; i < count; i++) {
        const struct ng_contam_text *text = &search->work->texts[pieces[i].text];
        if (i == 0 || pieces[i - 1].text != pieces[i].text) reach = 0;
        uint64_t begin = pieces[i].begin > reach ? pieces[i].begin : reach;
        if (text->windows[0].count == 0 || pieces[i].end <= begin) continue;
        letters += ng_utf8_characters(text->bytes.data + begin, pieces[i].end - begin);
        reach = pieces[i].end;
    }
    return letters;
}

static int by_weight(const void *a, const void *b) {
    const struct weighed *x = a;
    const struct weighed *y = b;
    if (x->held != y->held) return x->held < y->held ? -1 : 1;
    return (x->number < y->number) - (x->number > y->number);
}

static int copy_pieces(const struct ng_holders_piece *pieces, struct ng_contam_holder *holder, struct ng_err *err) {
    holder->pieces = calloc(holder->piece_count, sizeof *holder->pieces);
    if (!holder->pieces) return ng_err_nomem(err, holder->piece_count * sizeof *holder->pieces, "pieces");
    for (size_t i = 0; i < holder->piece_count; i++) {
        holder->pieces[i] = (struct ng_contam_piece){.begin = pieces[i].offset,
                                                     .end = pieces[i].offset + (pieces[i].end - pieces[i].begin)};
    }
    return NG_OK;
}

/* Documents from the one that holds least are not needed, as long as they together leave the entry below suspicion. */
static void find_needed(struct scale *scale, const struct ng_holders_piece *pieces, const size_t *firsts,
                        struct weighed *weighed, struct ng_contam_holders *holders) {
    uint64_t left = 0;
    bool enough = true;
    qsort(weighed, holders->count, sizeof *weighed, by_weight);
    for (size_t i = 0; i < holders->count; i++) {
        struct ng_contam_holder *holder = &holders->holders[weighed[i].number];
        left += enough ? mark(scale, pieces + firsts[weighed[i].number], holder->piece_count) : 0;
        enough = enough && (double)left < scale->search->contam->options.suspicious * (double)scale->all;
        holder->needed = !enough;
    }
}

int ng_holders_weigh(const struct ng_holders_search *search, struct ng_contam_holders *holders, struct ng_err *err) {
    const struct ng_holders_piece *pieces = (const struct ng_holders_piece *)(const void *)search->pieces.data;
    size_t count = search->pieces.length / sizeof *pieces;
    *holders = (struct ng_contam_holders){.cut = search->cut};
    if (count == 0) return NG_OK;
    size_t documents = 1;
    for (size_t i = 1; i < count; i++) documents += pieces[i].document != pieces[i - 1].document ? 1 : 0;
    struct scale scale;
    int status = open_scale(&scale, search, err);
    if (status) return status;
    size_t *firsts = calloc(documents, sizeof *firsts);
    struct weighed *weighed = calloc(documents, sizeof *weighed);
    holders->holders = calloc(documents, sizeof *holders->holders);
    if (!firsts || !weighed || !holders->holders) {
        status = ng_err_nomem(err, documents * sizeof *holders->holders, "documents");
    }
    for (size_t i = 0; i < count && !status;) {
        size_t number = holders->count++;
        struct ng_contam_holder *holder = &holders->holders[number];
        firsts[number] = i;
        while (i < count && pieces[i].document == pieces[firsts[number]].document) i++;
        const struct ng_holders_piece *first = &pieces[firsts[number]];
        *holder = (struct ng_contam_holder){.index = (size_t)(first->document >> NG_CONTAM_DOCUMENT_BITS),
                                            .doc = first->document & ((UINT64_C(1) << NG_CONTAM_DOCUMENT_BITS) - 1),
                                            .piece_count = i - firsts[number]};
        uint64_t letters = count_letters(search, first, holder->piece_count);
        holder->share = scale.letters ? (double)letters / (double)scale.letters : 0.0;
        weighed[number] = (struct weighed){.held = mark(&scale, first, holder->piece_count), .number = number};
        unmark(&scale, first, holder->piece_count);
        status = copy_pieces(first, holder, err);
    }
    if (!status) find_needed(&scale, pieces, firsts, weighed, holders);
    free(firsts);
    free(weighed);
    close_scale(&scale);
    return status;
}
