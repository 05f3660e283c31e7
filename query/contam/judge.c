/* Coverage and class by the rule of NG_PRESET_FOLDED (ngidx_contam.h), from what is known of an entry's windows. */
#include <stdlib.h>

#include "common/base/utf8.h"
#include "query/contam/work.h"

/* If less of an entry than this share would remain, common text counts. */
#define KEEP 0.1

/* A quotation is in more documents than this; stretches of an entry are at least this many letters apart. */
enum { QUOTE_DOCUMENTS = 2, QUOTE_GAP_LETTERS = 10 };

/* What a byte of the entry is covered by. */
enum {
    KEPT = 1,       /* long windows that count */
    FOUND = 2,      /* long windows that are found */
    SMALL = 4,      /* short windows that are found and count, if confirmed */
    CONFIRMED = 8,  /* short windows that are confirmed */
    UNQUOTED = 16   /* FOUND and CONFIRMED without quotations */
};

/* A window of an entry that is found and counts. */
struct cover {
    struct ng_contam_fact *fact;
    uint64_t text;
    uint64_t begin;
    uint64_t end;
    bool small;
};

/* A window in one of its documents. */
struct pair {
    uint64_t document;
    const struct cover *cover;
};

struct scene {
    const struct ng_contam *contam;
    struct ng_contam_work *work;
    uint64_t mask;
    uint8_t *marks;        /* of all texts' bytes, one after another; owned */
    struct ng_buf covers;  /* of struct cover: long ones first */
    struct ng_buf pairs;   /* of struct pair: of the long ones, by document and place */
    bool left_out;         /* common text is */
    uint64_t letters;      /* of the texts that have windows */
    struct ng_watch *watch;
    struct ng_err *err;
};

static void mark(struct scene *scene, uint64_t number, uint64_t begin, uint64_t end, uint8_t bits) {
    uint64_t base = 0;
    for (uint64_t t = 0; t < number; t++) base += scene->work->texts[t].bytes.length_bytes;
    for (uint64_t at = begin; at < end; at++) scene->marks[base + at] |= bits;
}

/* Code points with any of the bits. */
static uint64_t count_marked(const struct scene *scene, uint8_t bits) {
    const uint8_t *marks = scene->marks;
    uint64_t letters = 0;
    for (size_t t = 0; t < scene->work->entry->text_count; t++) {
        struct ng_bytes text = scene->work->texts[t].bytes;
        for (uint64_t at = 0; at < text.length_bytes; at++) {
            letters += (marks[at] & bits) != 0 && !ng_utf8_is_continuation(text.data[at]) ? 1 : 0;
        }
        marks += text.length_bytes;
    }
    return letters;
}

static double share(uint64_t part, uint64_t whole) {
    return whole ? (double)part / (double)whole : 0.0;
}

/* The share of letters with these bits among all letters that count. */
static double coverage_of(const struct scene *scene, uint8_t bits, uint8_t counted) {
    return share(count_marked(scene, bits), scene->left_out ? count_marked(scene, KEPT | counted) : scene->letters);
}

/* Decides which long windows count: all of them, if too little would remain without common text. */
static void mark_kept(struct scene *scene, struct ng_contam_judgement *judgement) {
    struct ng_contam_work *work = scene->work;
    for (int pass = 0; pass == 0 || (pass == 1 && !judgement->guarded); pass++) {
        for (size_t t = 0; t < work->entry->text_count; t++) {
            struct ng_contam_text *text = &work->texts[t];
            if (pass == 0 && text->windows[0].count > 0) scene->letters += text->characters;
            for (uint64_t i = 0; i < text->windows[0].count; i++) {
                bool common = ng_contam_is_common(&text->facts[NG_CONTAM_LONG][i]);
                if (common && pass == 0) scene->left_out = true;
                if (common && pass == 0) continue;
                mark(scene, t, text->windows[0].begins[i], ng_windows_end(&text->windows[0], i), KEPT);
            }
        }
        if (pass > 0) break;
        judgement->guarded = work->is_short || (double)count_marked(scene, KEPT) >= KEEP * (double)scene->letters;
        scene->left_out = scene->left_out && judgement->guarded;
    }
}

/* Collects the windows that are found and count. */
static int add_covers(struct scene *scene, bool guarded, bool small) {
    struct ng_contam_work *work = scene->work;
    for (size_t t = 0; t < work->entry->text_count; t++) {
        struct ng_contam_text *text = &work->texts[t];
        const struct ng_windows *windows = small ? &text->small : &text->windows[0];
        struct ng_contam_fact *facts = text->facts[small ? NG_CONTAM_SMALL : NG_CONTAM_LONG];
        for (uint64_t i = 0; facts && i < windows->count; i++) {
            if (!(facts[i].in & scene->mask) || (guarded && ng_contam_is_common(&facts[i]))) continue;
            struct cover cover = {.fact = &facts[i],
                                  .text = t,
                                  .begin = windows->begins[i],
                                  .end = ng_windows_end(windows, i),
                                  .small = small};
            mark(scene, t, cover.begin, cover.end, small ? SMALL : FOUND);
            int status = ng_buf_append(&scene->covers, &cover, sizeof cover, scene->err);
            if (status) return status;
        }
    }
    return NG_OK;
}

/* The documents of a window, as far as known, against the indexes asked about. */
static const uint64_t *documents_of(const struct scene *scene, const struct ng_contam_fact *fact) {
    return (const uint64_t *)(const void *)scene->work->documents.data + fact->doc_begin;
}

static bool is_asked(const struct scene *scene, uint64_t document) {
    return scene->mask >> (document >> NG_CONTAM_DOCUMENT_BITS) & 1;
}

static int by_document(const void *a, const void *b) {
    const struct pair *first = a;
    const struct pair *second = b;
    if (first->document != second->document) return first->document < second->document ? -1 : 1;
    const struct cover *x = first->cover;
    const struct cover *y = second->cover;
    if (x->text != y->text) return x->text < y->text ? -1 : 1;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

/* Pairs windows with documents: all of them, or the long ones. */
static int make_pairs(struct scene *scene, bool with_small) {
    const struct cover *covers = (const struct cover *)(const void *)scene->covers.data;
    for (size_t i = 0; i < scene->covers.length / sizeof *covers; i++) {
        const struct ng_contam_fact *fact = covers[i].fact;
        if (!fact->has_documents || (covers[i].small && (!with_small || !fact->confirmed))) continue;
        int status = ng_watch_check(scene->watch, fact->doc_count, scene->err);
        for (uint32_t d = 0; d < fact->doc_count && !status; d++) {
            struct pair pair = {.document = documents_of(scene, fact)[d], .cover = &covers[i]};
            if (is_asked(scene, pair.document)) status = ng_buf_append(&scene->pairs, &pair, sizeof pair, scene->err);
        }
        if (status) return status;
    }
    struct pair *pairs = (struct pair *)(void *)scene->pairs.data;
    if (scene->pairs.length > 0) qsort(pairs, scene->pairs.length / sizeof *pairs, sizeof *pairs, by_document);
    return NG_OK;
}

static uint64_t letters_between(const struct scene *scene, uint64_t text, uint64_t begin, uint64_t end) {
    return ng_utf8_characters(scene->work->texts[text].bytes.data + begin, end - begin);
}

/* Whether pair i goes on where the one before, of the same document, ends. */
static bool joins(const struct scene *scene, const struct pair *pairs, size_t i, uint64_t reach) {
    const struct cover *now = pairs[i].cover;
    if (pairs[i - 1].cover->text != now->text) return false;
    return now->begin <= reach || letters_between(scene, now->text, reach, now->begin) <= QUOTE_GAP_LETTERS;
}

/* A document of long windows, and whether it holds several stretches of the entry. */
struct holder {
    uint64_t document;
    bool whole;
};

/* Collects them in order. */
static int find_holders(const struct scene *scene, struct ng_buf *holders) {
    const struct pair *pairs = (const struct pair *)(const void *)scene->pairs.data;
    size_t count = scene->pairs.length / sizeof *pairs;
    for (size_t i = 0; i < count;) {
        struct holder holder = {.document = pairs[i].document};
        uint64_t reach = pairs[i].cover->end;
        for (i++; i < count && pairs[i].document == holder.document; i++) {
            if (!joins(scene, pairs, i, reach)) holder.whole = true;
            if (pairs[i].cover->text != pairs[i - 1].cover->text || pairs[i].cover->end > reach) reach = pairs[i].cover->end;
        }
        int status = ng_buf_append(holders, &holder, sizeof holder, scene->err);
        if (status) return status;
    }
    return NG_OK;
}

static int find_holder(const void *key, const void *element) {
    uint64_t document = *(const uint64_t *)key;
    uint64_t other = ((const struct holder *)element)->document;
    return (document > other) - (document < other);
}

/* Facts about the documents of a window: their number, and whether one holds a long window or several stretches. */
struct company {
    uint64_t documents;
    bool held;
    bool whole;
};

static struct company look_at(const struct scene *scene, const struct ng_buf *holders, const struct ng_contam_fact *fact) {
    struct company company = {0};
    if (!fact->has_documents) return (struct company){.documents = UINT64_MAX}; /* too many to know */
    for (uint32_t d = 0; d < fact->doc_count; d++) {
        uint64_t document = documents_of(scene, fact)[d];
        if (!is_asked(scene, document)) continue;
        company.documents++;
        if (holders->length == 0) continue;
        const struct holder *holder = bsearch(&document, holders->data, holders->length / sizeof *holder, sizeof *holder,
                                              find_holder);
        company.held = company.held || holder;
        company.whole = company.whole || (holder && holder->whole);
    }
    return company;
}

/* Confirms short windows, and marks all that is no quotation. */
static void mark_confirmed(struct scene *scene, const struct ng_buf *holders) {
    struct cover *covers = (struct cover *)(void *)scene->covers.data;
    for (size_t i = 0; i < scene->covers.length / sizeof *covers; i++) {
        struct cover *cover = &covers[i];
        struct company company = look_at(scene, holders, cover->fact);
        uint8_t bits = 0;
        cover->fact->confirmed = cover->small && company.held;
        if (cover->fact->confirmed) bits |= CONFIRMED;
        if (!cover->small || cover->fact->confirmed) {
            bits |= company.whole || company.documents <= QUOTE_DOCUMENTS ? UNQUOTED : 0;
        }
        if (bits) mark(scene, cover->text, cover->begin, cover->end, bits);
    }
}

static enum ng_contam_class class_of(const struct ng_contam *contam, double coverage) {
    if (coverage >= contam->options.dirty) return NG_CONTAM_DIRTY;
    return coverage >= contam->options.suspicious ? NG_CONTAM_SUSPICIOUS : NG_CONTAM_CLEAN;
}

static bool finds_common_text(const struct scene *scene) {
    for (size_t t = 0; t < scene->work->entry->text_count; t++) {
        const struct ng_contam_text *text = &scene->work->texts[t];
        for (uint64_t i = 0; i < text->windows[0].count; i++) {
            const struct ng_contam_fact *fact = &text->facts[NG_CONTAM_LONG][i];
            if ((fact->in & scene->mask) && ng_contam_is_common(fact)) return true;
        }
    }
    return false;
}

static void decide(const struct scene *scene, struct ng_contam_judgement *judgement) {
    const struct ng_contam_options *options = &scene->contam->options;
    double coverage = judgement->last_coverage;
    judgement->verdict = class_of(scene->contam, coverage);
    if (judgement->verdict == NG_CONTAM_CLEAN) {
        if (judgement->guarded && finds_common_text(scene)) judgement->verdict = NG_CONTAM_COMMON;
    } else if (coverage < NG_CONTAM_QUOTE_BELOW && judgement->found) {
        double rest = coverage_of(scene, UNQUOTED, CONFIRMED);
        if (rest < options->suspicious) judgement->verdict = NG_CONTAM_COMMON;
        else if (coverage >= options->dirty && rest < options->dirty) judgement->verdict = NG_CONTAM_SUSPICIOUS;
    }
}

/* Sets up the scene, and computes everything but the last coverage and the verdict. */
static int open_scene(struct scene *scene, struct ng_contam_judgement *judgement) {
    struct ng_contam_work *work = scene->work;
    uint64_t bytes = 0;
    *judgement = (struct ng_contam_judgement){.guarded = true};
    for (size_t t = 0; t < work->entry->text_count; t++) bytes += work->texts[t].bytes.length_bytes;
    scene->marks = calloc((size_t)bytes + 1, 1);
    if (!scene->marks) return ng_err_nomem(scene->err, bytes, "the coverage of an entry");
    mark_kept(scene, judgement);
    int status = add_covers(scene, judgement->guarded, false);
    judgement->found = scene->covers.length > 0;
    if (!status && judgement->found) status = add_covers(scene, judgement->guarded, true);
    judgement->coverage = coverage_of(scene, FOUND, 0);
    judgement->most_coverage = coverage_of(scene, FOUND | SMALL, SMALL);
    return status;
}

static void close_scene(struct scene *scene) {
    free(scene->marks);
    ng_buf_free(&scene->covers);
    ng_buf_free(&scene->pairs);
}

int ng_contam_judge(const struct ng_contam *contam, struct ng_contam_work *work, uint64_t mask,
                    struct ng_contam_judgement *judgement, struct ng_watch *watch, struct ng_err *err) {
    struct scene scene = {.contam = contam, .work = work, .mask = mask, .watch = watch, .err = err};
    struct ng_buf holders = {0};
    int status = open_scene(&scene, judgement);
    if (!status) status = make_pairs(&scene, false);
    if (!status) status = find_holders(&scene, &holders);
    if (!status) {
        mark_confirmed(&scene, &holders);
        judgement->last_coverage = coverage_of(&scene, FOUND | CONFIRMED, CONFIRMED);
        decide(&scene, judgement);
    }
    ng_buf_free(&holders);
    close_scene(&scene);
    return status;
}

/* The letters of the entry that pairs [begin, end), of one document, cover. */
static uint64_t count_paired(const struct scene *scene, const struct pair *pairs, size_t begin, size_t end) {
    uint64_t letters = 0;
    uint64_t reach = 0;
    for (size_t i = begin; i < end; i++) {
        const struct cover *cover = pairs[i].cover;
        if (i == begin || pairs[i - 1].cover->text != cover->text) reach = 0;
        if (cover->end <= reach) continue;
        letters += letters_between(scene, cover->text, cover->begin > reach ? cover->begin : reach, cover->end);
        reach = cover->end;
    }
    return letters;
}

/* The letters that windows within the longest match cover. */
static uint64_t count_within_longest(const struct scene *scene) {
    const struct ng_plan_match *longest = &scene->work->longest;
    const struct cover *covers = (const struct cover *)(const void *)scene->covers.data;
    uint64_t letters = 0;
    uint64_t reach = 0;
    for (size_t i = 0; i < scene->covers.length / sizeof *covers; i++) {
        const struct cover *cover = &covers[i];
        if (cover->small || cover->text != longest->text || cover->begin < longest->begin ||
            cover->end > longest->begin + longest->length_bytes) continue;
        letters += letters_between(scene, cover->text, cover->begin > reach ? cover->begin : reach, cover->end);
        reach = cover->end;
    }
    return letters;
}

int ng_contam_judge_document(const struct ng_contam *contam, struct ng_contam_work *work, double *coverage,
                             struct ng_watch *watch, struct ng_err *err) {
    struct scene scene = {.contam = contam, .work = work, .mask = UINT64_MAX, .watch = watch, .err = err};
    struct ng_contam_judgement judgement;
    int status = open_scene(&scene, &judgement);
    if (!status) status = make_pairs(&scene, true);
    const struct pair *pairs = (const struct pair *)(const void *)scene.pairs.data;
    uint64_t best = status ? 0 : count_within_longest(&scene);
    for (size_t i = 0; i < scene.pairs.length / sizeof *pairs && !status;) {
        size_t begin = i;
        while (i < scene.pairs.length / sizeof *pairs && pairs[i].document == pairs[begin].document) i++;
        uint64_t letters = count_paired(&scene, pairs, begin, i);
        if (letters > best) best = letters;
        status = ng_watch_check(watch, i - begin, err);
    }
    if (!status) {
        const struct cover *covers = (const struct cover *)(const void *)scene.covers.data;
        for (size_t i = 0; i < scene.covers.length / sizeof *covers; i++) {
            if (covers[i].fact->confirmed) mark(&scene, covers[i].text, covers[i].begin, covers[i].end, CONFIRMED);
        }
        *coverage = share(best, scene.left_out ? count_marked(&scene, KEPT | CONFIRMED) : scene.letters);
    }
    close_scene(&scene);
    return status;
}
