#include "indexer/task/tally.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/limits.h"
#include "indexer/task/sealed.h"

#define FIRST_LINE "ngidx tally 1\n"

enum { COUNTS = sizeof(struct ng_corpus_counts) / sizeof(uint64_t) };

/* All counts as one array: each is a number of what was met, so that those of parts add up. */
union counts {
    struct ng_corpus_counts named;
    uint64_t all[COUNTS];
};

_Static_assert(sizeof(union counts) == sizeof(struct ng_corpus_counts), "there are only numbers in it");

/* Without memory a note is counted and not named. */
static void add_name(struct ng_tally *tally, enum ng_note note, const char *path, uint64_t line, const char *why) {
    struct ng_tally_note *to = &tally->named[tally->named_count];
    *to = (struct ng_tally_note){note, line, strdup(path), strdup(why)};
    if (to->path && to->why) {
        tally->named_count++;
        return;
    }
    free(to->path);
    free(to->why);
}

void ng_tally_take(void *context, enum ng_note note, const char *path, uint64_t line, const char *why) {
    struct ng_tally *tally = context;
    if (tally->counts.notes[note]++ < NG_TALLY_NAMED) add_name(tally, note, path, line, why);
    if (tally->next) tally->next(tally->next_context, note, path, line, why);
}

void ng_tally_tell(const struct ng_tally *tally, ng_note_take *take, void *context) {
    for (size_t i = 0; i < tally->named_count && take; i++) {
        const struct ng_tally_note *named = &tally->named[i];
        take(context, named->note, named->path, named->line, named->why);
    }
}

void ng_tally_add(struct ng_corpus_counts *counts, const struct ng_tally *tally) {
    const union counts part = {.named = tally->counts};
    union counts sum = {.named = *counts};
    for (size_t i = 0; i < COUNTS; i++) sum.all[i] += part.all[i];
    *counts = sum.named;
}

int ng_tally_format(const struct ng_tally *tally, struct ng_buf *out, struct ng_err *err) {
    const size_t begin = out->length;
    const union counts counts = {.named = tally->counts};
    int status = ng_buf_print(out, err, FIRST_LINE "%u\n", tally->no_ids ? 1u : 0u);
    for (size_t i = 0; i < COUNTS && !status; i++) status = ng_buf_print(out, err, "%" PRIu64 " ", counts.all[i]);
    if (!status) status = ng_buf_print(out, err, "\n%zu\n", tally->named_count);
    for (size_t i = 0; i < tally->named_count && !status; i++) {
        const struct ng_tally_note *named = &tally->named[i];
        status = ng_buf_print(out, err, "%u %" PRIu64 " ", (unsigned)named->note, named->line);
        if (!status) status = ng_buf_append(out, named->path, strlen(named->path) + 1, err);
        if (!status) status = ng_buf_append(out, named->why, strlen(named->why) + 1, err);
    }
    return status ? status : ng_sealed_seal(out, begin, err);
}

static int read_name(struct ng_tally *tally, struct ng_sealed *in, struct ng_err *err) {
    uint64_t note = 0;
    uint64_t line = 0;
    const char *path = NULL;
    const char *why = NULL;
    int status = ng_sealed_number(in, ' ', &note, err);
    if (!status) status = ng_sealed_number(in, ' ', &line, err);
    if (!status) status = ng_sealed_string(in, &path, err);
    if (!status) status = ng_sealed_string(in, &why, err);
    if (!status && note >= NG_NOTES) status = ng_sealed_refuse(in, "an unknown kind of note", err);
    if (!status) add_name(tally, (enum ng_note)note, path, line, why);
    return status;
}

static int read_counts(struct ng_corpus_counts *counts, struct ng_sealed *in, struct ng_err *err) {
    union counts read = {0};
    int status = NG_OK;
    for (size_t i = 0; i < COUNTS && !status; i++) {
        status = ng_sealed_number(in, ' ', &read.all[i], err);
        /* So that no sum of NG_MAX_TASKS overflows. */
        if (!status && read.all[i] > UINT64_MAX / (NG_MAX_TASKS + 1)) status = ng_sealed_refuse(in, "a count is too large", err);
    }
    if (!status && (in->at == in->end || *in->at++ != '\n')) status = ng_sealed_refuse(in, "the counts do not end", err);
    *counts = read.named;
    return status;
}

int ng_tally_parse(struct ng_tally *tally, const char *path, const uint8_t *bytes, size_t length, struct ng_err *err) {
    struct ng_sealed in;
    uint64_t no_ids = 0;
    uint64_t names = 0;
    *tally = (struct ng_tally){0};
    int status = ng_sealed_open(&in, path, bytes, length, FIRST_LINE, err);
    if (!status) status = ng_sealed_number(&in, '\n', &no_ids, err);
    if (!status) status = read_counts(&tally->counts, &in, err);
    if (!status) status = ng_sealed_number(&in, '\n', &names, err);
    if (!status && names > sizeof tally->named / sizeof *tally->named) {
        status = ng_sealed_refuse(&in, "there are too many names", err);
    }
    for (uint64_t i = 0; i < names && !status; i++) status = read_name(tally, &in, err);
    if (!status && in.at != in.end) status = ng_sealed_refuse(&in, "there is more than the names", err);
    tally->no_ids = no_ids != 0;
    return status;
}

void ng_tally_free(struct ng_tally *tally) {
    for (size_t i = 0; i < tally->named_count; i++) {
        free(tally->named[i].path);
        free(tally->named[i].why);
    }
    tally->named_count = 0;
}
