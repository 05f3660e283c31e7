#include "indexer/plan/measure.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/clock.h"
#include "common/os/parallel.h"
#include "common/os/stream.h"
#include "common/shard/shard_format.h"
#include "indexer/plan/measure_merge.h"
#include "indexer/sort/sort.h"

/* Enough text for the sort to miss the caches as it will. */
enum { MOST_SAMPLE_BYTES = 24 << 20, PILOT_ROWS = 1 << 20 };
static const double READ_SECONDS = 0.5; /* of processor time */
static const double SORT_SECONDS = 1.3;
static const double MOST_STALL = 8; /* a machine that does much else gets that much more time than that */

/* Places of a corpus to look at for the share of text, with this much text, or time, for each. */
enum { PLACES = 8, PLACE_BYTES = 12 << 20, PLACE_FILES = 64 };
static const double PLACE_SECONDS = 0.2; /* of processor time */
static const double UNPACK_SECONDS = 1.6; /* likewise, of all places */

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
    while (found && text->length < MOST_SAMPLE_BYTES && thread_seconds() - used < READ_SECONDS &&
           ng_clock_seconds() - begun < MOST_STALL * READ_SECONDS) {
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

/* Few rows first, to tell how many fit into the time. Then merging as many. */
static int measure_sort(struct ng_buf *text, const struct ng_plan *plan, uint64_t sa_sample, struct ng_speed *speed,
                        struct ng_err *err) {
    uint64_t rows = text->length < PILOT_ROWS ? text->length : PILOT_ROWS;
    struct spent spent;
    int status = sort_rows(text, rows, plan->sorters, sa_sample, &spent, err);
    if (status) return status;
    double time = spent.passed / MOST_STALL;
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

/* A place: what was read of it, from the start of a file on. */
struct place {
    const struct ng_walk_file *file;
    uint64_t begin;       /* bytes of the files before it */
    uint64_t text_bytes;
    uint64_t input_bytes;
};

/* How much better, or worse, a compressed file shrinks further on than where it was read: text varies less in how much of
 * a file it is than in how well it is compressed, and unpacking is faster than parsing. */
static double unpack(const struct place *place, double seconds) {
    enum { PIECE = 1 << 17 };
    struct ng_stream *stream = NULL;
    uint8_t piece[PIECE];
    uint64_t read = 0;    /* of the part that was read */
    uint64_t input = 0;
    uint64_t unpacked = 0;
    size_t length = 1;
    if (place->input_bytes == 0 || place->input_bytes >= place->file->bytes) return 1;
    if (ng_stream_open(&stream, place->file->path, NULL) != NG_OK) return 1;
    const double begun = thread_seconds();
    while (length > 0 && thread_seconds() - begun < seconds) {
        if (ng_stream_read(stream, piece, sizeof piece, &length, NULL) != NG_OK) break; /* the build will tell */
        if (!ng_stream_is_compressed(stream)) break;
        unpacked += length;
        input = ng_stream_input_bytes(stream);
        if (input <= place->input_bytes) read = unpacked;
    }
    ng_stream_close(stream);
    if (read == 0 || input <= place->input_bytes) return 1;
    return (double)unpacked / (double)input * (double)place->input_bytes / (double)read;
}

/* The text of a place that reaches to end, of a corpus of so many bytes. */
static double extend(const struct place *place, uint64_t end, uint64_t total) {
    double part = (double)(end - place->begin);
    if (place->input_bytes == 0) return 0;
    double share = (double)place->text_bytes / (double)place->input_bytes;
    return part * share * unpack(place, UNPACK_SECONDS * part / (double)total);
}

/* Reads text of files [first, first + PLACE_FILES), from the start of the first. */
static int look(const struct ng_walk *files, size_t first, const struct ng_corpus_options *options, struct place *place,
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
        place->file = &files->files[first];
        place->text_bytes = text_bytes;
        place->input_bytes = counts.input_bytes;
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
    struct place place = {.file = files->files, .text_bytes = sample->text_bytes, .input_bytes = counts.input_bytes};
    double text = 0;
    uint64_t before = 0; /* bytes of the files before f */
    for (size_t f = 0; f < files->count; before += files->files[f++].bytes) {
        if (before < place.begin + counts.input_bytes_total / PLACES + 1) continue;
        text += extend(&place, before, counts.input_bytes_total);
        place.begin = before;
        int status = look(files, f, options, &place, err);
        if (status) return status;
    }
    text += extend(&place, counts.input_bytes_total, counts.input_bytes_total);
    *text_bytes = (uint64_t)text;
    return NG_OK;
}
