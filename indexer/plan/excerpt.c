#include "indexer/plan/excerpt.h"

#include "common/base/clock.h"
#include "common/base/limits.h"
#include "common/os/stream.h"
#include "common/os/unpack.h"
#include "common/shard/shard_format.h"

/* Enough text for the sort to miss the caches as it will. */
enum { MOST_BYTES = 24 << 20 };
static const double READ_SECONDS = 0.5; /* of processor time */

/* Places to look at, with this much text, or time, for each. */
enum { PLACES = 8, PLACE_BYTES = 12 << 20, PLACE_FILES = 64, PART_BYTES = MOST_BYTES / PLACES };
static const double PLACE_SECONDS = 0.2; /* of processor time */
static const double UNPACK_SECONDS = 1.6; /* likewise, of all places */

/* Appends a document to the text with its terminator, as far as the text may grow. */
static int add(struct ng_buf *text, const struct ng_document *document, size_t most_bytes, struct ng_err *err) {
    const uint8_t terminator = NG_TERMINATOR;
    size_t room = text->length < most_bytes ? most_bytes - text->length : 0;
    if (room == 0) return NG_OK;
    int status = ng_buf_append(text, document->text, document->text_bytes < room ? (size_t)document->text_bytes : room, err);
    return status ? status : ng_buf_append(text, &terminator, 1, err);
}

/* Since a place was begun: whether it had its time, or too much of what passes on a machine that does much else, or waits. */
static bool is_late(double begun, double used, double seconds) {
    return ng_clock_thread_seconds() - used >= seconds || ng_clock_seconds() - begun >= NG_EXCERPT_MOST_STALL * seconds;
}

/* Of the start of the corpus. *whole: that is all of it. */
static int read_start(struct ng_corpus *corpus, struct ng_buf *text, struct ng_excerpt *excerpt, bool *whole,
                      struct ng_err *err) {
    const double begun = ng_clock_seconds();
    const double used = ng_clock_thread_seconds();
    bool found = true;
    while (found && excerpt->read_bytes < MOST_BYTES && !is_late(begun, used, READ_SECONDS)) {
        struct ng_document document;
        int status = ng_corpus_next(corpus, &document, &found, err);
        if (!status && found) status = add(text, &document, MOST_BYTES, err);
        if (status) return status;
        if (found) excerpt->read_bytes += document.text_bytes;
    }
    *whole = !found;
    excerpt->read_passed = ng_clock_seconds() - begun;
    excerpt->read_used = ng_clock_thread_seconds() - used;
    return NG_OK;
}

/* A place: what was read of it, from the start of a file on, or from within. */
struct place {
    const struct ng_walk_file *file;
    uint64_t begin;       /* bytes of the corpus before it */
    uint64_t text_bytes;
    uint64_t input_bytes;
    bool is_plain_lines;  /* the file is: one may begin anywhere in it */
};

static bool is_plain(const char *path) {
    struct ng_stream *stream = NULL;
    const uint8_t *bytes;
    size_t length;
    if (ng_stream_open(&stream, path, NULL) != NG_OK) return false;
    bool plain = ng_stream_peek(stream, &bytes, &length, NULL) == NG_OK && !ng_stream_is_compressed(stream);
    ng_stream_close(stream);
    return plain;
}

/* Takes down what was read of a place, from its file alone or from those after it, too. */
static void describe(struct place *place, const struct ng_corpus *corpus, uint64_t text_bytes) {
    struct ng_corpus_counts counts;
    uint64_t kinds = 0;
    ng_corpus_get_counts(corpus, &counts);
    for (int i = 0; i < NG_KINDS; i++) kinds += counts.kinds[i];
    place->text_bytes = text_bytes;
    place->input_bytes = counts.input_bytes;
    place->is_plain_lines = kinds == 1 && counts.kinds[NG_KIND_LINES] == 1 && is_plain(place->file->path);
}

/* How much better, or worse, a compressed file shrinks further on than where it was read: text varies less in how much of
 * a file it is than in how well it is compressed, and unpacking is faster than parsing. Some files tell how much they
 * hold. */
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
    const uint64_t told = ng_unpack_length_bytes(place->file->path);
    const double begun = ng_clock_seconds();
    const double used = ng_clock_thread_seconds();
    while (length > 0 && !is_late(begun, used, seconds) && (told == 0 || input <= place->input_bytes)) {
        if (ng_stream_read(stream, piece, sizeof piece, &length, NULL) != NG_OK) break; /* the build will tell */
        if (!ng_stream_is_compressed(stream)) break;
        unpacked += length;
        input = ng_stream_input_bytes(stream);
        if (input <= place->input_bytes) read = unpacked;
    }
    ng_stream_close(stream);
    if (told > 0) {
        unpacked = told;
        input = place->file->bytes;
    }
    if (read == 0 || input <= place->input_bytes) return 1;
    return (double)unpacked / (double)input * (double)place->input_bytes / (double)read;
}

/* The text of a place that reaches to end, of a corpus of so many bytes. */
static double extend(const struct place *place, uint64_t end, uint64_t total) {
    double part = (double)(end - place->begin);
    if (place->input_bytes == 0) return 0;
    double share = (double)place->text_bytes / (double)place->input_bytes;
    return part * share * (place->is_plain_lines ? 1 : unpack(place, UNPACK_SECONDS * part / (double)total));
}

/* Looks at the corpus's place in a file, so many bytes from its start, and those after it. */
static int look(const struct ng_walk *files, size_t first, uint64_t skip_bytes, const struct ng_corpus_options *options,
                struct place *place, struct ng_buf *text, struct ng_err *err) {
    struct ng_corpus_options some = *options;
    struct ng_corpus *corpus = NULL;
    some.listed = files->files + first;
    some.listed_count = files->count - first < PLACE_FILES ? files->count - first : PLACE_FILES;
    some.begin_bytes = skip_bytes;
    some.known = NULL;
    some.note = NULL;
    /* A bad line would get the wrong number where lines are not counted from the file's start: the build tells. */
    if (skip_bytes > 0) {
        some.skip_bad_lines = true;
        some.max_bad = 0;
    }
    const double begun = ng_clock_seconds();
    const double used = ng_clock_thread_seconds();
    const size_t most_bytes = text->length + PART_BYTES;
    uint64_t text_bytes = 0;
    bool found = true;
    int status = ng_corpus_open(&corpus, &some, err);
    while (!status && found && text_bytes < PLACE_BYTES && !is_late(begun, used, PLACE_SECONDS)) {
        struct ng_document document;
        status = ng_corpus_next(corpus, &document, &found, err);
        if (!status && found) status = add(text, &document, most_bytes, err);
        if (!status && found) text_bytes += document.text_bytes;
    }
    place->file = &files->files[first];
    if (!status) describe(place, corpus, text_bytes);
    ng_corpus_close(corpus);
    return status;
}

/* The estimate so far, at a place. */
struct estimate {
    const struct ng_corpus_options *options;
    const struct ng_walk *files;
    struct ng_buf *excerpt;
    struct place place;
    uint64_t total; /* bytes of all files */
    double text;    /* before the place */
};

/* Goes on to the place so many bytes within a file. */
static int go_on(struct estimate *e, size_t file, uint64_t before, uint64_t skip_bytes, struct ng_err *err) {
    e->text += extend(&e->place, before + skip_bytes, e->total);
    e->place.begin = before + skip_bytes;
    return look(e->files, file, skip_bytes, e->options, &e->place, e->excerpt, err);
}

/* Looks at the other places. A place has at least an eighth of the corpus. */
static int look_on(struct estimate *e, struct ng_err *err) {
    const uint64_t step = e->total / PLACES + 1;
    uint64_t before = 0; /* bytes of the files before f */
    int status = NG_OK;
    for (size_t f = 0; f < e->files->count && !status; before += e->files->files[f++].bytes) {
        const struct ng_walk_file *file = &e->files->files[f];
        if (before >= e->place.begin + step) status = go_on(e, f, before, 0, err);
        const uint64_t end = before + file->bytes;
        while (!status && e->place.file == file && e->place.is_plain_lines && end >= e->place.begin + step + step / 2) {
            status = go_on(e, f, before, e->place.begin + step - before, err);
        }
    }
    return status;
}

int ng_excerpt_read(struct ng_corpus *corpus, const struct ng_corpus_options *options, struct ng_buf *text,
                    struct ng_excerpt *excerpt, struct ng_err *err) {
    const uint8_t terminator = NG_TERMINATOR;
    struct ng_corpus_counts counts;
    bool whole = false;
    *excerpt = (struct ng_excerpt){0};
    int status = read_start(corpus, text, excerpt, &whole, err);
    excerpt->text_bytes = excerpt->read_bytes;
    ng_corpus_get_counts(corpus, &counts);
    if (status || whole || counts.input_bytes_total == 0 || counts.input_bytes == 0) return status;
    struct estimate e = {.options = options, .files = ng_corpus_files(corpus), .excerpt = text, .total = counts.input_bytes_total};
    e.place.file = e.files->files;
    describe(&e.place, corpus, excerpt->read_bytes);
    struct ng_buf rest = {0};
    if (text->length > PART_BYTES) {
        status = ng_buf_append(&rest, text->data + PART_BYTES, text->length - PART_BYTES, err);
        text->length = PART_BYTES;
        if (!status) status = ng_buf_append(text, &terminator, 1, err);
    }
    if (!status) status = look_on(&e, err);
    excerpt->text_bytes = (uint64_t)(e.text + extend(&e.place, e.total, e.total));
    /* Other places may be few, or have little text: then more of the start makes the excerpt large enough. */
    const size_t room = text->length < MOST_BYTES ? MOST_BYTES - text->length : 0;
    if (!status) status = ng_buf_append(text, rest.data, rest.length < room ? rest.length : room, err);
    ng_buf_free(&rest);
    return status;
}
