/* Windows and longest matches where the check and the shards are in different places: at one end, the texts of a check
 * that ask; at the other, texts to be answered. */
#include "query/contam/match.h"

#include <stdlib.h>

#include "query/contam/work.h"

/* ---- The check ---- */

/* A text that is asked about, and whose it is. */
struct asked {
    struct ng_contam_work *work;
    size_t text;
};

static size_t count_texts(const struct ng_contam_work *works, size_t count) {
    size_t texts = 0;
    for (size_t i = 0; i < count; i++) texts += works[i].skipped ? 0 : works[i].entry->text_count;
    return texts;
}

static struct ng_call_windows windows_of(const struct ng_contam_text *text, size_t index, size_t length) {
    const struct ng_windows *windows = &text->windows[length];
    return (struct ng_call_windows){.begins = windows->begins,
                                    .ends = windows->ends,
                                    .length_bytes = windows->length_bytes,
                                    .count = windows->count,
                                    .verdicts = length == 0 ? ng_contam_verdicts(text, index) : text->verdicts[length]};
}

int ng_contam_search_remote(const struct ng_contam *contam, size_t index, struct ng_contam_work *works, size_t count,
                            struct ng_err *err) {
    _Static_assert(NG_VERDICT_FOUND == 1, "what ng_call_windows gives");
    const struct ng_index *view = contam->indexes[index];
    size_t most = count_texts(works, count);
    size_t lengths = contam->length_count;
    size_t used = 0;
    struct asked *asked = calloc(most + 1, sizeof *asked);
    struct ng_call_text *texts = calloc(most + 1, sizeof *texts);
    struct ng_call_windows *windows = calloc(most * lengths + 1, sizeof *windows);
    int status = asked && texts && windows ? NG_OK : ng_err_nomem(err, most * lengths * sizeof *windows, "texts to match");
    for (size_t i = 0; i < count && !status; i++) {
        for (size_t t = 0; !works[i].skipped && t < works[i].entry->text_count; t++) {
            const struct ng_contam_text *text = &works[i].texts[t];
            if (text->begin_count == 0) continue;
            for (size_t l = 0; l < lengths; l++) windows[used * lengths + l] = windows_of(text, index, l);
            texts[used] = (struct ng_call_text){.text = text->bytes, .lengths = windows + used * lengths};
            asked[used++] = (struct asked){.work = &works[i], .text = t};
        }
    }
    if (!status && used > 0) status = view->calls->match(view, texts, used, lengths, err);
    for (size_t i = 0; i < used && !status; i++) {
        struct ng_plan_match match = {
            .text = asked[i].text, .begin = texts[i].longest_begin, .length_bytes = texts[i].longest_bytes};
        if (ng_plan_match_before(&match, &asked[i].work->longest)) asked[i].work->longest = match;
    }
    free(asked);
    free(texts);
    free(windows);
    return status;
}

/* ---- The shards ---- */

enum { BLOCK = 128 };

static void set_text(struct ng_contam_work *work, struct ng_contam_entry *entry, struct ng_contam_text *text,
                     const struct ng_call_text *given, size_t length_count) {
    *entry = (struct ng_contam_entry){.texts = &given->text, .text_count = 1};
    *text = (struct ng_contam_text){.bytes = given->text, .begin_count = 1};
    for (size_t l = 0; l < length_count; l++) {
        const struct ng_call_windows *windows = &given->lengths[l];
        text->windows[l] = (struct ng_windows){.begins = windows->begins,
                                               .ends = (uint64_t *)(uintptr_t)windows->ends, /* is only read */
                                               .length_bytes = windows->length_bytes,
                                               .count = windows->count};
        text->verdicts[l] = windows->verdicts;
    }
    *work = (struct ng_contam_work){.entry = entry, .texts = text};
}

static int match_here(const struct ng_index *view, struct ng_call_text *texts, size_t count, size_t length_count,
                      struct ng_err *err) {
    struct ng_contam *contam = calloc(1, sizeof *contam);
    struct ng_contam_work *works = calloc(count + 1, sizeof *works);
    struct ng_contam_entry *entries = calloc(count + 1, sizeof *entries);
    struct ng_contam_text *states = calloc(count + 1, sizeof *states);
    int status = contam && works && entries && states ? NG_OK : ng_err_nomem(err, count * sizeof *works, "texts to match");
    if (!status) {
        struct ng_contam_cost cost = {.watch = ng_watch_make(&view->cancel)};
        *contam = (struct ng_contam){.index_count = 1, .length_count = length_count, .indexes = {view}};
        for (size_t i = 0; i < count; i++) set_text(&works[i], &entries[i], &states[i], &texts[i], length_count);
        status = ng_contam_search(contam, works, count, BLOCK, &cost, err);
    }
    for (size_t i = 0; i < count && !status; i++) {
        texts[i].longest_begin = works[i].longest.begin;
        texts[i].longest_bytes = works[i].longest.length_bytes;
        for (size_t l = 0; l < length_count; l++) {
            struct ng_call_windows *windows = &texts[i].lengths[l];
            for (uint64_t w = 0; w < windows->count; w++) windows->verdicts[w] = windows->verdicts[w] == NG_VERDICT_FOUND;
        }
    }
    free(contam);
    free(works);
    free(entries);
    free(states);
    return status;
}

int ng_contam_match_texts(const struct ng_index *view, struct ng_call_text *texts, size_t count, size_t length_count,
                          struct ng_err *err) {
    if (view->calls) return view->calls->match(view, texts, count, length_count, err);
    return match_here(view, texts, count, length_count, err);
}
