#include "query/compare/side.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/limits.h"
#include "query/lib/calls.h"

/* Draws windows while the documents pass. */
struct pass {
    struct ng_side *side;
    const struct ng_compare_options *options;
    XXH3_state_t *state;
    uint64_t *places; /* in the text of all documents, ascending */
    size_t place_count;
    size_t next;
    uint64_t passed_bytes; /* text before the piece */
};

/* The length of a window that begins a text; 0 if the text is too short, or may be: more says that it goes on. */
static size_t window_length(const uint8_t *text, size_t length, uint64_t chars, bool more) {
    uint64_t starts = 0;
    for (size_t i = 0; i < length; i++) {
        if (ng_side_is_start(text[i]) && starts++ == chars) return i;
    }
    return starts == chars && !more ? length : 0;
}

static int keep_window(struct ng_side *side, uint64_t doc, uint64_t offset, const uint8_t *text, size_t length,
                       struct ng_err *err) {
    side->windows[side->window_count++] =
        (struct ng_window){.doc = doc, .offset = offset, .at = side->texts.length, .length_bytes = length};
    return ng_buf_append(&side->texts, text, length, err);
}

enum { LONGEST_CHARACTER = 4 };

/* Keeps the windows that begin at these places, where a character does and the document is long enough. Only document and
 * offset of hits are looked at. */
static int extract_windows(struct ng_side *side, uint64_t chars, const struct ng_hit *hits, size_t count, struct ng_err *err) {
    enum { AT_ONCE = 512 };
    struct ng_call_piece pieces[AT_ONCE];
    uint64_t wanted = chars * LONGEST_CHARACTER + 1;
    int status = NG_OK;
    for (size_t at = 0, some = AT_ONCE; at < count && !status; at += some) {
        if (some > count - at) some = count - at;
        for (size_t i = 0; i < some; i++) {
            pieces[i] = (struct ng_call_piece){.doc = hits[at + i].doc, .offset = hits[at + i].offset, .most_bytes = wanted};
        }
        status = ng_index_read(side->view, pieces, some, err);
        bool read = !status;
        for (size_t i = 0; i < some && read; i++) {
            const struct ng_call_piece *piece = &pieces[i];
            bool more = piece->doc_bytes > piece->offset + piece->length_bytes;
            bool begins = piece->length_bytes > 0 && ng_side_is_start(*piece->text);
            size_t length = begins ? window_length(piece->text, (size_t)piece->length_bytes, chars, more) : 0;
            if (length > 0 && !status) status = keep_window(side, piece->doc, piece->offset, piece->text, length, err);
            ng_call_piece_free(&pieces[i]);
        }
    }
    return status;
}

static int draw(struct pass *pass, const struct ng_documents_piece *piece, struct ng_err *err) {
    int status = NG_OK;
    for (; pass->next < pass->place_count && !status; pass->next++) {
        uint64_t place = pass->places[pass->next] - pass->passed_bytes;
        if (place >= piece->length_bytes) break;
        const uint8_t *text = piece->text + place;
        size_t rest = (size_t)(piece->length_bytes - place);
        if (!ng_side_is_start(*text)) continue;
        size_t length = window_length(text, rest, pass->options->chars, !piece->last);
        if (length > 0) status = keep_window(pass->side, piece->doc, piece->offset + place, text, length, err);
        else if (!piece->last) {
            const struct ng_hit here = {.doc = piece->doc, .offset = piece->offset + place};
            status = extract_windows(pass->side, pass->options->chars, &here, 1, err);
        }
    }
    pass->passed_bytes += piece->length_bytes;
    return status;
}

static int take_piece(struct pass *pass, const struct ng_documents_piece *piece, struct ng_err *err) {
    if (piece->offset == 0) (void)XXH3_128bits_reset(pass->state);
    (void)XXH3_128bits_update(pass->state, piece->text, (size_t)piece->length_bytes);
    if (piece->last) {
        pass->side->documents[piece->doc] = (struct ng_fingerprint){
            .hash = XXH3_128bits_digest(pass->state), .length_bytes = piece->offset + piece->length_bytes};
    }
    return draw(pass, piece, err);
}

static int read_all(struct pass *pass, uint64_t document_end, uint64_t read_bytes, uint64_t total_bytes, struct ng_err *err) {
    const struct ng_compare_options *options = pass->options;
    const struct ng_documents_options wanted = {
        .end_doc = document_end, .memory_bytes = options->memory_bytes, .threads = options->threads};
    const struct ng_documents_piece *piece = NULL;
    struct ng_documents *reading = NULL;
    /* The reader binds what it changes; the view is the caller's. */
    int status = ng_documents_open(&reading, (struct ng_index *)pass->side->view, &wanted, err); /* NOLINT */
    while (!status) {
        status = ng_documents_next(reading, &piece, err);
        if (status || !piece) break;
        status = take_piece(pass, piece, err);
        if (options->progress) {
            options->progress(options->progress_context, read_bytes + pass->passed_bytes, total_bytes);
        }
    }
    ng_documents_close(reading);
    return status;
}

static int compare_hashes(const void *a, const void *b) {
    return XXH128_cmp(a, b);
}

bool ng_side_has(const struct ng_side *side, const struct ng_fingerprint *fingerprint) {
    return bsearch(&fingerprint->hash, side->sorted, (size_t)side->count, sizeof *side->sorted, compare_hashes) != NULL;
}

int ng_side_read(struct ng_side *side, const struct ng_compare_options *options, uint64_t read_bytes, uint64_t total_bytes,
                 struct ng_err *err) {
    struct ng_index_info info;
    ng_index_get_info(side->view, &info);
    bool folded = ng_index_text_view(side->view) == NG_VIEW_FOLDED && info.exact;
    uint64_t text_bytes = folded ? info.folded_text_bytes : info.text_bytes;
    struct pass pass = {.side = side, .options = options, .state = XXH3_createState()};
    size_t count = (size_t)info.document_end;
    side->document_end = info.document_end;
    side->documents = calloc(count + 1, sizeof *side->documents);
    side->sorted = calloc((size_t)info.documents + 1, sizeof *side->sorted);
    side->windows = calloc((size_t)options->windows, sizeof *side->windows);
    pass.places = calloc((size_t)options->windows, sizeof *pass.places);
    int status = NG_OK;
    if (!pass.state || !side->documents || !side->sorted || !side->windows || !pass.places) {
        status = ng_err_nomem(err, count * sizeof *side->documents, "fingerprints of documents");
    }
    for (size_t i = 0; i < count && !status; i++) side->documents[i].length_bytes = NG_SIDE_REMOVED;
    if (!status) {
        pass.place_count = ng_sample_numbers(text_bytes, (size_t)options->windows, options->seed, pass.places);
        status = read_all(&pass, info.document_end, read_bytes, total_bytes, err);
    }
    if (!status) {
        for (size_t i = 0; i < count; i++) {
            if (side->documents[i].length_bytes != NG_SIDE_REMOVED) side->sorted[side->count++] = side->documents[i].hash;
        }
        qsort(side->sorted, (size_t)side->count, sizeof *side->sorted, compare_hashes);
    }
    (void)XXH3_freeState(pass.state);
    free(pass.places);
    return status;
}

int ng_side_draw(struct ng_side *side, const struct ng_compare_options *options, struct ng_err *err) {
    const struct ng_bytes everything = {(const uint8_t *)"", 0}; /* occurs at every byte, and every end of a document */
    size_t count = (size_t)options->windows;
    uint64_t *numbers = calloc(count, sizeof *numbers);
    struct ng_hit *hits = calloc(count, sizeof *hits);
    uint64_t total;
    side->windows = calloc(count, sizeof *side->windows);
    int status = NG_OK;
    if (!numbers || !hits || !side->windows) status = ng_err_nomem(err, count * sizeof *side->windows, "windows");
    if (!status) status = ng_index_count(side->view, everything, &total, err);
    if (!status) {
        count = ng_sample_numbers(total, count, options->seed, numbers);
        status = ng_index_locate_numbers(side->view, everything, numbers, count, hits, err);
    }
    if (!status) status = extract_windows(side, options->chars, hits, count, err);
    free(numbers);
    free(hits);
    return status;
}

void ng_side_free(struct ng_side *side) {
    free(side->documents);
    free(side->sorted);
    free(side->windows);
    ng_buf_free(&side->texts);
    *side = (struct ng_side){0};
}
