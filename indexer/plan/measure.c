#include "indexer/plan/measure.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/os/parallel.h"
#include "common/shard/shard_format.h"
#include "indexer/pages/pages.h"
#include "indexer/plan/excerpt.h"
#include "indexer/plan/measure_merge.h"
#include "indexer/sort/sort.h"

enum { PILOT_ROWS = 1 << 20 };
static const double SORT_SECONDS = 1.3;

/* Time that passed, and processor time. */
struct spent {
    double passed;
    double used;
};

/* Threads that sort the same text, each for itself. */
struct sorting {
    const uint8_t *text;
    uint64_t rows;
    uint64_t documents;
    uint64_t sa_sample;
    struct spent spent[NG_MAX_THREADS];
};

static int sort_copy(void *context, uint64_t turn, struct ng_err *err) {
    struct sorting *s = context;
    struct ng_sort_notes notes;
    const struct ng_sort_options options = {.documents = s->documents, .sa_sample = s->sa_sample};
    uint8_t *copy = malloc((size_t)s->rows);
    if (!copy) return ng_err_nomem(err, s->rows, "a sample of the corpus");
    memcpy(copy, s->text, (size_t)s->rows);
    copy[s->rows - 1] = NG_TERMINATOR; /* the last document may be cut there */
    const double begun = ng_clock_seconds();
    const double used = ng_clock_thread_seconds();
    int status = ng_sort(copy, s->rows, &options, &notes, err);
    s->spent[turn] = (struct spent){ng_clock_seconds() - begun, ng_clock_thread_seconds() - used};
    if (!status) ng_sort_notes_free(&notes);
    free(copy);
    return status;
}

/* Sorts the first rows of the text on so many threads. */
static int sort_rows(const struct ng_buf *text, uint64_t rows, unsigned threads, uint64_t sa_sample, struct spent *mean,
                     struct ng_err *err) {
    struct sorting s = {.text = text->data, .rows = rows, .documents = 1, .sa_sample = sa_sample};
    for (uint64_t i = 0; i + 1 < rows; i++) s.documents += text->data[i] == NG_TERMINATOR;
    int status = ng_parallel_run(threads, threads, sort_copy, &s, err);
    *mean = (struct spent){0};
    for (unsigned i = 0; i < threads && !status; i++) {
        mean->passed += s.spent[i].passed / threads;
        mean->used += s.spent[i].used / threads;
    }
    return status;
}

/* Few rows first, to tell how many fit into the time. Then merging as many. */
static int measure_sort(struct ng_buf *text, const struct ng_plan *plan, uint64_t sa_sample, struct ng_speed *speed,
                        struct ng_err *err) {
    uint64_t rows = text->length < PILOT_ROWS ? text->length : PILOT_ROWS;
    struct spent spent;
    int status = sort_rows(text, rows, plan->sorters, sa_sample, &spent, err);
    if (status) return status;
    double time = spent.passed / NG_EXCERPT_MOST_STALL;
    if (time < spent.used) time = spent.used;
    double fitting = (double)rows * SORT_SECONDS / (time > 1e-6 ? time : 1e-6);
    uint64_t more = fitting < (double)text->length ? (uint64_t)fitting : text->length;
    if (more > plan->block_rows) more = plan->block_rows;
    if (more > rows + rows / 2) {
        rows = more;
        status = sort_rows(text, rows, plan->sorters, sa_sample, &spent, err);
    }
    if (status || spent.used <= 0) return status;
    speed->sort_ns = spent.used * 1e9 / (double)rows;
    speed->sort_rows = rows;
    speed->stall = spent.passed > spent.used ? spent.passed / spent.used : 1;
    text->data[rows - 1] = NG_TERMINATOR;
    return ng_measure_merge(text->data, rows, plan, sa_sample, speed, err);
}

int ng_measure(struct ng_corpus *corpus, const struct ng_corpus_options *options, const struct ng_plan *plan,
               uint64_t sa_sample, struct ng_speed *speed, uint64_t *text_bytes, struct ng_err *err) {
    struct ng_buf text = {0};
    struct ng_excerpt excerpt;
    *speed = ng_speed_usual;
    int status = ng_excerpt_read(corpus, options, &text, &excerpt, err);
    if (!status && text.length > 0) status = measure_sort(&text, plan, sa_sample, speed, err);
    if (!status && excerpt.read_bytes > 0) {
        /* What waits for the disk, or for a converter, counts as the reader's work; what waits for a processor does not. */
        double used = excerpt.read_passed / speed->stall;
        if (used < excerpt.read_used) used = excerpt.read_used;
        speed->read_ns = used * 1e9 / (double)excerpt.read_bytes;
    }
    *text_bytes = excerpt.text_bytes;
    ng_pages_drop();
    ng_buf_free(&text);
    return status;
}
