#include "indexer/plan/measure.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/clock.h"
#include "common/os/parallel.h"
#include "common/shard/shard_format.h"
#include "indexer/sort/sort.h"

/* Enough text for the sort to miss the caches as it will. */
enum { MOST_SAMPLE_BYTES = 24 << 20, PILOT_ROWS = 1 << 20 };
static const double READ_SECONDS = 0.5;
static const double SORT_SECONDS = 1.3;

/* Places of a corpus to look at for the share of text, with this much text, or time, for each. */
enum { PLACES = 8, PLACE_BYTES = 12 << 20, PLACE_FILES = 64 };
static const double PLACE_SECONDS = 0.2; /* of processor time */

static double thread_seconds(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Time that passed, and processor time. */
struct spent {
    double passed;
    double used;
};

/* Adds a document to the text, with its terminator, or the start of one that is too long. */
static int add(struct ng_buf *text, const struct ng_document *document, struct ng_err *err) {
    const uint8_t terminator = NG_TERMINATOR;
    uint64_t room = text->length < MOST_SAMPLE_BYTES ? MOST_SAMPLE_BYTES - text->length : 0;
    size_t part = document->text_bytes < room ? (size_t)document->text_bytes : (size_t)room;
    int status = ng_buf_append(text, document->text, part, err);
    return status ? status : ng_buf_append(text, &terminator, 1, err);
}

static int read_sample(struct ng_corpus *corpus, struct ng_buf *text, struct ng_sample *sample, struct spent *spent,
                       struct ng_err *err) {
    const double begun = ng_clock_seconds();
    const double used = thread_seconds();
    bool found = true;
    *sample = (struct ng_sample){0};
    while (found && text->length < MOST_SAMPLE_BYTES && ng_clock_seconds() - begun < READ_SECONDS) {
        struct ng_document document;
        int status = ng_corpus_next(corpus, &document, &found, err);
        if (!status && found) status = add(text, &document, err);
        if (status) return status;
        if (found) sample->text_bytes += document.text_bytes;
    }
    sample->whole = !found;
    *spent = (struct spent){ng_clock_seconds() - begun, thread_seconds() - used};
    return NG_OK;
}

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
    const double used = thread_seconds();
    int status = ng_sort(copy, s->rows, &options, &notes, err);
    s->spent[turn] = (struct spent){ng_clock_seconds() - begun, thread_seconds() - used};
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

/* Few rows first, to tell how many fit into the time. */
static int measure_sort(const struct ng_buf *text, const struct ng_plan *plan, uint64_t sa_sample, struct ng_speed *speed,
                        struct ng_err *err) {
    uint64_t rows = text->length < PILOT_ROWS ? text->length : PILOT_ROWS;
    struct spent spent;
    int status = sort_rows(text, rows, plan->sorters, sa_sample, &spent, err);
    if (status) return status;
    double fitting = (double)rows * SORT_SECONDS / (spent.passed > 1e-6 ? spent.passed : 1e-6);
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
    return NG_OK;
}

int ng_measure(struct ng_corpus *corpus, const struct ng_plan *plan, uint64_t sa_sample, struct ng_sample *sample,
               struct ng_speed *speed, struct ng_err *err) {
    struct ng_buf text = {0};
    struct spent reading = {0};
    *speed = ng_speed_usual;
    int status = read_sample(corpus, &text, sample, &reading, err);
    if (!status && text.length > 0) status = measure_sort(&text, plan, sa_sample, speed, err);
    if (!status && sample->text_bytes > 0) {
        /* What waits for the disk, or for a converter, counts as the reader's work; what waits for a processor does not. */
        double used = reading.passed / speed->stall;
        if (used < reading.used) used = reading.used;
        speed->read_ns = used * 1e9 / (double)sample->text_bytes;
    }
    ng_buf_free(&text);
    return status;
}

/* Bytes of text for each byte of input in files [first, first + PLACE_FILES), from the start of the first. */
static int look(const struct ng_walk *files, size_t first, const struct ng_corpus_options *options, double *share,
                struct ng_err *err) {
    struct ng_corpus_options some = *options;
    struct ng_corpus *corpus = NULL;
    some.listed = files->files + first;
    some.listed_count = files->count - first < PLACE_FILES ? files->count - first : PLACE_FILES;
    some.known = NULL;
    some.note = NULL;
    const double begun = thread_seconds();
    uint64_t text_bytes = 0;
    bool found = true;
    int status = ng_corpus_open(&corpus, &some, err);
    while (!status && found && text_bytes < PLACE_BYTES && thread_seconds() - begun < PLACE_SECONDS) {
        struct ng_document document;
        status = ng_corpus_next(corpus, &document, &found, err);
        if (!status && found) text_bytes += document.text_bytes;
    }
    if (!status) {
        struct ng_corpus_counts counts;
        ng_corpus_get_counts(corpus, &counts);
        *share = counts.input_bytes > 0 ? (double)text_bytes / (double)counts.input_bytes : 0;
    }
    ng_corpus_close(corpus);
    return status;
}

int ng_measure_text(const struct ng_corpus *corpus, const struct ng_corpus_options *options,
                    const struct ng_sample *sample, uint64_t *text_bytes, struct ng_err *err) {
    struct ng_corpus_counts counts;
    ng_corpus_get_counts(corpus, &counts);
    *text_bytes = sample->text_bytes;
    if (sample->whole || counts.input_bytes_total == 0 || counts.input_bytes == 0) return NG_OK;
    const struct ng_walk *files = ng_corpus_files(corpus);
    double share = (double)sample->text_bytes / (double)counts.input_bytes;
    double text = 0;
    uint64_t begin = 0;  /* where the place begins whose share that is; it reaches to the next */
    uint64_t before = 0; /* bytes of the files before f */
    for (size_t f = 0; f < files->count; before += files->files[f++].bytes) {
        if (before < begin + counts.input_bytes_total / PLACES + 1) continue;
        text += share * (double)(before - begin);
        begin = before;
        int status = look(files, f, options, &share, err);
        if (status) return status;
    }
    *text_bytes = (uint64_t)(text + share * (double)(counts.input_bytes_total - begin));
    return NG_OK;
}
