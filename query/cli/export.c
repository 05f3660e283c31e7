#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/utf8.h"
#include "common/json/in.h"
#include "common/json/out.h"
#include "common/os/memory.h"
#include "common/os/parallel.h"
#include "query/cli/cmd.h"

static const char HELP[] =
    "Usage: ngidx export [options]\n"
    "\n"
    "Writes the whole corpus of an index back as JSON lines, one document a line, in order: the text first, then\n"
    "the members of the document's metadata, verbatim. 'ngidx export | ngidx build -' gives the same documents.\n"
    "A plain file becomes {\"text\":...}; where documents came from is told by 'ngidx doc --json'.\n"
    "\n"
    "Options:\n"
    "  -i, --index INDEX      the index (default: $NGIDX_INDEX, else ./index.ngidx)\n"
    "      --text-field NAME  name of the member for the text (default text). An index that was built with\n"
    "                         another may hold metadata that is named text, which is an error without this\n"
    "  -m, --memory SIZE      memory for a table that makes reading several times as fast: four bytes for each of\n"
    "                         text in a shard, or it is done without (default: half of what is available)\n"
    "      --threads N        threads to use (default: one a processor)\n"
    "  -h, --help             this text\n"
    "\n"
    "Exit code: 0 done, 2 error.\n"
    "\n"
    "Examples:\n"
    "  ngidx export | zstd > corpus.jsonl.zst\n"
    "  ngidx export -i old.ngidx | ngidx build - -o new.ngidx --sa-sample 32\n";

enum { PIECE_BYTES = 1 << 20, WINDOW_BYTES = 16 << 20, WINDOW_PIECES = 1024 };

struct options {
    const char *index;
    const char *text_field;
    uint64_t memory_bytes; /* 0: half of what is available */
    unsigned threads; /* 0: one a processor */
};

/* A document, or a part of one that is larger than PIECE_BYTES. */
struct piece {
    uint64_t doc;
    uint64_t offset;
    size_t length_bytes;
    bool last; /* of its document */
    uint8_t *text;
    struct ng_doc_source source; /* with the last piece, behind whose text the metadata goes */
};

/* The next pieces of the corpus. Threads take them in order and extract them side by side, until the window
 * is full; then they are written, and the next window begins. So memory is bounded by WINDOW_BYTES and a
 * piece for every thread, whatever the size of documents. */
struct window {
    const struct ng_index *index;
    uint64_t documents;
    pthread_mutex_t lock; /* guards what follows */
    uint64_t next_doc;
    uint64_t next_offset;
    uint64_t held_bytes;
    size_t count;
    int status; /* the first error, in err; no piece is taken after it */
    struct ng_err err;
    struct piece pieces[WINDOW_PIECES];
};

/* Claims the next piece; NULL where there is no more, or no more room. To be called under the lock. */
static struct piece *take_locked(struct window *window) {
    if (window->status || window->next_doc == window->documents) return NULL;
    if (window->count == WINDOW_PIECES || window->held_bytes >= WINDOW_BYTES) return NULL;
    uint64_t length_bytes;
    window->status = ng_index_doc_length(window->index, window->next_doc, &length_bytes, &window->err);
    if (window->status) return NULL;
    uint64_t left = length_bytes - window->next_offset;
    struct piece *piece = &window->pieces[window->count++];
    *piece = (struct piece){.doc = window->next_doc,
                            .offset = window->next_offset,
                            .length_bytes = left < PIECE_BYTES ? (size_t)left : PIECE_BYTES};
    piece->last = piece->length_bytes == left;
    window->held_bytes += piece->length_bytes;
    window->next_doc += piece->last ? 1 : 0;
    window->next_offset = piece->last ? 0 : window->next_offset + PIECE_BYTES;
    return piece;
}

static int fill_piece(const struct window *window, struct piece *piece, struct ng_err *err) {
    piece->text = malloc(piece->length_bytes + 1);
    if (!piece->text) return ng_err_nomem(err, piece->length_bytes, "a piece of a document");
    int status = ng_index_extract(window->index, piece->doc, piece->offset, piece->length_bytes, piece->text, err);
    if (!status && piece->last) status = ng_index_doc_source(window->index, piece->doc, &piece->source, err);
    return status;
}

/* Extracts pieces until the window is full; a turn for each thread. */
static int work(void *context, uint64_t turn, struct ng_err *err) {
    struct window *window = context;
    (void)turn;
    (void)pthread_mutex_lock(&window->lock);
    struct piece *piece;
    while ((piece = take_locked(window))) {
        (void)pthread_mutex_unlock(&window->lock);
        int status = fill_piece(window, piece, err);
        (void)pthread_mutex_lock(&window->lock);
        window->held_bytes += piece->source.metadata_bytes;
        if (status && !window->status) {
            window->status = status;
            window->err = *err;
        }
    }
    (void)pthread_mutex_unlock(&window->lock);
    return NG_OK;
}

static void empty_window(struct window *window) {
    for (size_t i = 0; i < window->count; i++) {
        free(window->pieces[i].text);
        ng_doc_source_free(&window->pieces[i].source);
    }
    window->count = 0;
    window->held_bytes = 0;
}

/* What is looked for among the names of an object's own members. */
struct name_search {
    struct ng_json_in in;
    const char *name;
    size_t name_bytes;
    bool found;
};

static int take_name(void *context, enum ng_json_event event, const uint8_t *bytes, size_t length) {
    struct name_search *search = context;
    if (event == NG_JSON_KEY && length == search->name_bytes && memcmp(bytes, search->name, length) == 0)
        search->found = true;
    return NG_OK;
}

/* An error where the metadata has a member of the name that the text gets. Only metadata in which the name's
 * letters occur, or an escape that may spell them, has to be parsed. */
static int check_names(const struct piece *piece, const char *name, struct ng_err *err) {
    const struct ng_doc_source *source = &piece->source;
    size_t name_bytes = strlen(name);
    if (!memmem(source->metadata, source->metadata_bytes, name, name_bytes) &&
        !memchr(source->metadata, '\\', source->metadata_bytes))
        return NG_OK;
    struct name_search search = {.in = {.take = take_name, .deepest = 1}, .name = name, .name_bytes = name_bytes};
    search.in.context = &search;
    int status = ng_json_read(&search.in, (const uint8_t *)source->metadata, source->metadata_bytes, err);
    if (status == NG_ERR_NOMEM) return status;
    if (!search.found) return NG_OK;
    (void)ng_err_set(err, NG_ERR_USAGE, "document %llu has metadata that is named '%s' as the text would be",
                     (unsigned long long)piece->doc, name);
    return ng_err_hint(err, "give --text-field NAME, with the name that the build had");
}

static int write_piece(struct ng_json *json, const struct piece *piece, const char *text_field, struct ng_err *err) {
    if (piece->last) {
        int status = check_names(piece, text_field, err);
        if (status) return status;
    }
    if (piece->offset == 0) {
        ng_json_object_begin(json);
        ng_json_key(json, text_field);
        ng_json_string_begin(json);
    }
    ng_json_string_piece(json, piece->text, piece->length_bytes);
    if (!piece->last) return NG_OK;
    ng_json_string_end(json);
    ng_json_members(json, piece->source.metadata, piece->source.metadata_bytes);
    ng_json_object_end(json);
    ng_json_end_line(json);
    return NG_OK;
}

/* Expands the shard of the next document, if it fits memory, and no other. *expanded is the one that was before. */
static int expand_next(struct ng_index *index, uint64_t doc, uint64_t memory_bytes, unsigned threads, uint64_t *expanded,
                       struct ng_err *err) {
    struct ng_shard_info info;
    uint64_t shard = *expanded;
    for (;; shard++) {
        ng_index_get_shard_info(index, shard, &info);
        if (doc - info.first_document < info.documents) break;
        ng_index_contract(index, shard);
    }
    *expanded = shard;
    if (ng_index_expanded_bytes(index, shard) > memory_bytes) return NG_OK;
    int status = ng_index_expand(index, shard, threads, err);
    if (status != NG_ERR_NOMEM && status != NG_ERR_LIMIT) return status;
    ng_err_clear(err); /* it can be done without */
    return NG_OK;
}

static int export_index(struct ng_index *index, const struct options *options, struct ng_err *err) {
    struct ng_index_info info;
    ng_index_get_info(index, &info);
    unsigned threads = ng_parallel_threads(options->threads);
    uint64_t memory_bytes = options->memory_bytes;
    uint64_t shard = 0;
    if (memory_bytes == 0) {
        if (ng_memory_available(&memory_bytes, err)) ng_err_clear(err);
        memory_bytes /= 2;
    }
    struct ng_json json = {0};
    struct window *window = calloc(1, sizeof *window);
    if (!window) return ng_err_nomem(err, sizeof *window, "a window of documents");
    window->index = index;
    window->documents = info.documents;
    (void)pthread_mutex_init(&window->lock, NULL);
    int status = ng_json_init(&json, stdout, err);
    while (!status && window->next_doc < window->documents && !ng_cli_output_lost()) {
        status = expand_next(index, window->next_doc, memory_bytes, threads, &shard, err);
        if (!status) status = ng_parallel_run(threads, threads, work, window, err);
        if (!status && window->status) {
            status = window->status;
            *err = window->err;
        }
        for (size_t i = 0; !status && i < window->count && !ng_cli_output_lost(); i++)
            status = write_piece(&json, &window->pieces[i], options->text_field, err);
        empty_window(window);
    }
    ng_json_free(&json);
    (void)pthread_mutex_destroy(&window->lock);
    free(window);
    return status;
}

static int export(int argc, char **argv, void *context, struct ng_err *err) {
    const struct options *options = context;
    struct ng_index *index = NULL;
    size_t name_bytes = strlen(options->text_field);
    if (ng_utf8_valid_prefix((const uint8_t *)options->text_field, name_bytes) != name_bytes)
        return ng_err_set(err, NG_ERR_USAGE, "the name that --text-field gives is not UTF-8");
    int status = ng_cli_expect_arguments(argc, argv, 0, "", err);
    if (!status) status = ng_index_open(&index, ng_cli_index_path(options->index), err);
    if (!status) status = export_index(index, options, err);
    ng_index_close(index);
    return status;
}

static int run(int argc, char **argv) {
    struct options options = {.text_field = "text"};
    const struct ng_cli_option table[] = {NG_CLI_OPTION_INDEX(&options.index),
                                          {.name = "text-field", .text = &options.text_field},
                                          {.name = "memory", .letter = 'm', .size = &options.memory_bytes},
                                          {.name = "threads", .threads = &options.threads},
                                          {0}};
    return ng_cli_run(argc, argv, HELP, table, export, &options);
}

const struct ng_cli_command ng_cmd_export = {"export", "the whole corpus back, as JSON lines", HELP, run};
