/* Windows and longest matches in the shards here, for a check that runs elsewhere. */
#include <stdlib.h>

#include "query/contam/work.h"
#include "query/parts/parts.h"

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
        *contam = (struct ng_contam){.index_count = 1, .length_count = length_count, .indexes = {view},
                                      .end_shard = view->shard_count};
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

int ng_parts_match(const struct ng_index *view, struct ng_call_text *texts, size_t count, size_t length_count,
                   struct ng_err *err) {
    if (view->calls) return view->calls->match(view, texts, count, length_count, err);
    return match_here(view, texts, count, length_count, err);
}
