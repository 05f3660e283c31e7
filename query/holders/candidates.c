#include <stdlib.h>

#include "common/base/utf8.h"
#include "query/holders/holders.h"

/* As in query/contam/judge.c: less of an entry than this share, and common text counts. */
#define KEEP 0.1

typedef bool choice(const struct ng_contam *contam, const struct ng_contam_fact *fact);

static bool every(const struct ng_contam *contam, const struct ng_contam_fact *fact) {
    (void)contam;
    (void)fact;
    return true;
}

/* Too many occurrences for the guard over documents, unless they are in few. */
static bool may_be_overrun(const struct ng_contam *contam, const struct ng_contam_fact *fact) {
    return contam->options.corpus_guard > 0 && fact->count > contam->options.corpus_guard && !fact->crowded;
}

static int choose(const struct ng_holders_search *search, int size, choice *wanted, struct ng_buf *asked, struct ng_err *err) {
    struct ng_contam_work *work = search->work;
    for (size_t t = 0; t < work->entry->text_count; t++) {
        struct ng_contam_text *text = &work->texts[t];
        const struct ng_windows *windows = ng_holders_windows(text, size);
        for (uint64_t i = 0; text->facts[size] && i < windows->count; i++) {
            struct ng_contam_fact *fact = &text->facts[size][i];
            struct ng_contam_asked one = {.work = work, .text = text, .begin = windows->begins[i],
                                          .end = ng_windows_end(windows, i), .fact = fact};
            int status = wanted(search->contam, fact) ? ng_buf_append(asked, &one, sizeof one, err) : NG_OK;
            if (status) return status;
        }
    }
    return NG_OK;
}

static int start_facts(const struct ng_holders_search *search, int size, struct ng_err *err) {
    const struct ng_contam *contam = search->contam;
    uint64_t guard = contam->guard ? contam->options.benchmark_guard : 0;
    for (size_t t = 0; t < search->work->entry->text_count; t++) {
        struct ng_contam_text *text = &search->work->texts[t];
        const struct ng_windows *windows = ng_holders_windows(text, size);
        if (size == NG_CONTAM_SMALL && text->windows[0].count == 0) continue; /* it does not count */
        if (size == NG_CONTAM_SMALL) {
            int status = ng_contam_fold_windows(&text->small, text, contam->small_units, &search->cost->watch, err);
            if (status) return status;
        }
        struct ng_contam_fact *facts = calloc((size_t)windows->count + 1, sizeof *facts);
        text->facts[size] = facts;
        if (!facts) return ng_err_nomem(err, windows->count * sizeof *facts, "the windows of an entry");
        for (uint64_t i = 0; guard > 0 && i < windows->count; i++) {
            uint64_t begin = windows->begins[i];
            struct ng_bytes window = {text->bytes.data + begin, ng_windows_end(windows, i) - begin};
            facts[i].crowded = ng_guard_entries(contam->guard, window) > guard;
        }
    }
    return NG_OK;
}

/* The letters that long windows cover, without common text. */
static uint64_t kept_letters(const struct ng_holders_search *search) {
    uint64_t letters = 0;
    for (size_t t = 0; t < search->work->entry->text_count; t++) {
        const struct ng_contam_text *text = &search->work->texts[t];
        uint64_t reach = 0;
        for (uint64_t i = 0; i < text->windows[0].count; i++) {
            uint64_t begin = text->windows[0].begins[i] > reach ? text->windows[0].begins[i] : reach;
            uint64_t end = ng_windows_end(&text->windows[0], i);
            if (end <= begin || ng_contam_is_common(&text->facts[NG_CONTAM_LONG][i])) continue;
            letters += ng_utf8_characters(text->bytes.data + begin, end - begin);
            reach = end;
        }
    }
    return letters;
}

/* The letters of the texts that have windows. */
static uint64_t all_letters(const struct ng_holders_search *search) {
    uint64_t letters = 0;
    for (size_t t = 0; t < search->work->entry->text_count; t++) {
        const struct ng_contam_text *text = &search->work->texts[t];
        if (text->windows[0].count > 0) letters += text->characters;
    }
    return letters;
}

static bool has_common(const struct ng_holders_search *search) {
    for (size_t t = 0; t < search->work->entry->text_count; t++) {
        const struct ng_contam_text *text = &search->work->texts[t];
        for (uint64_t i = 0; i < text->windows[0].count; i++) {
            if (ng_contam_is_common(&text->facts[NG_CONTAM_LONG][i])) return true;
        }
    }
    return false;
}

/* Windows that are asked about side by side. */
enum { ASKED = 4096 };

typedef int question(const struct ng_contam *contam, const struct ng_contam_asked *asked, size_t count,
                     struct ng_contam_cost *cost, struct ng_err *err);

static int ask(const struct ng_holders_list *list, question *what, struct ng_buf *asked, struct ng_err *err) {
    const struct ng_contam_asked *windows = (const struct ng_contam_asked *)(const void *)asked->data;
    size_t count = asked->length / sizeof *windows;
    asked->length = 0;
    return count > 0 ? what(list->contam, windows, count, list->cost, err) : NG_OK;
}

/* Asks about those windows of all entries that are wanted, many at a time. */
static int ask_all(const struct ng_holders_list *list, int size, question *what, choice *wanted, struct ng_err *err) {
    struct ng_buf asked = {0};
    int status = NG_OK;
    for (size_t i = 0; i < list->count && !status; i++) {
        status = choose(list->searches[i], size, wanted, &asked, err);
        bool full = asked.length >= ASKED * sizeof(struct ng_contam_asked) || i + 1 == list->count;
        if (!status && full) status = ask(list, what, &asked, err);
    }
    ng_buf_free(&asked);
    return status;
}

static int count_windows(const struct ng_holders_list *list, int size, struct ng_err *err) {
    int status = NG_OK;
    for (size_t i = 0; i < list->count && !status; i++) status = start_facts(list->searches[i], size, err);
    if (!status) status = ask_all(list, size, ng_contam_windows_limit, every, err);
    if (status || !list->contam->guard) return status;
    return ask_all(list, size, ng_contam_documents_find, may_be_overrun, err);
}

int ng_holders_count(const struct ng_holders_list *list, struct ng_err *err) {
    int status = count_windows(list, NG_CONTAM_LONG, err);
    for (size_t i = 0; i < list->count && list->contam->guard && !status; i++) {
        struct ng_holders_search *search = list->searches[i];
        search->guarded = search->work->is_short || (double)kept_letters(search) >= KEEP * (double)all_letters(search);
        search->left_out = search->guarded && has_common(search);
    }
    return status;
}

int ng_holders_count_small(const struct ng_holders_list *list, struct ng_err *err) {
    for (size_t i = 0; i < list->count; i++) list->searches[i]->small = true;
    return count_windows(list, NG_CONTAM_SMALL, err);
}
