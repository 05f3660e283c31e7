#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/utf8.h"
#include "common/json/in.h"
#include "common/json/out.h"
#include "common/os/memory.h"
#include "query/args/selection.h"
#include "query/cli/cmd.h"
#include "query/cli/export_files.h"

static const char HELP[] =
    "Usage: ngidx export [options]\n"
    "\n"
    "Writes the corpus of an index as JSON lines, one document per line, in order: the text first, then the members of\n"
    "the document's metadata, verbatim. 'ngidx export | ngidx build -' gives the same documents. A plain file becomes\n"
    "{\"text\":...}.\n"
    "\n"
    "Options:\n"
    "  -i, --index INDEX      the index (default: $NGIDX_INDEX, else ./index.ngidx); may be repeated to export\n"
    "                         several, one after the other; -i NAME=INDEX gives it a name\n"
    "      --without FILE     leave out the documents that FILE lists: contaminated-docs.jsonl of a report, or a line\n"
    "                         for each document: its number (NAME:N of several indexes), or the id in its metadata (in\n"
    "                         quotes if it looks like a number). - reads standard input\n"
    "      --only FILE        write those documents alone\n"
    "      --to DIR           write the files of the corpus to DIR, which is new or empty, each under its own name, and\n"
    "                         each record on the line where it was; lines of documents left out are empty. What is\n"
    "                         built from DIR has the sources and lines of before. Files that held no JSON get the\n"
    "                         ending .jsonl; .gz stays\n"
    "      --source-field NAME\n"
    "                         add a member NAME: {\"path\": the file of the corpus, \"line\": N, or 0 for a plain file}\n"
    "      --text-field NAME  name of the member for the text (default text). If the index was built with another\n"
    "                         text field, its metadata may have a member called text; give another NAME then\n"
    "  -m, --memory SIZE      memory for a table that makes reading several times as fast. It takes four bytes per\n"
    "                         byte of text in a shard; without enough memory it is left out (default: half of what\n"
    "                         is available)\n"
    "      --threads N        threads to use (default: one per processor)\n"
    NG_CMD_HELP_REMOTE_WHOLE
    "\n"
    "  -h, --help             show this help\n"
    "\n"
    "Exit code: 0 done, 1 --only selected nothing, 2 error.\n"
    "\n"
    "Examples:\n"
    "  ngidx export | zstd > corpus.jsonl.zst\n"
    "  ngidx export -i old.ngidx | ngidx build - -o new.ngidx --sa-sample 32\n"
    "  ngidx export --without report/contaminated-docs.jsonl --to clean\n";

struct options {
    struct ng_cmd_indexes indexes;
    const char *text_field;
    const char *source_field; /* NULL: none, as below */
    const char *without;
    const char *only;
    const char *to;
    uint64_t memory_bytes; /* 0: half of what is available */
    unsigned threads; /* 0: one a processor */
};

/* The index that is written, and how far. */
struct exporting {
    const struct options *options;
    struct ng_index *index;
    size_t number;          /* among the indexes */
    struct ng_export_files *files; /* NULL: standard output */
    struct ng_json json;
    uint64_t documents;     /* of all indexes, */
    uint64_t written;       /* and those of them that were written */
};

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
static int check_names(const struct ng_documents_piece *piece, const char *name, const char *what, struct ng_err *err) {
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
    (void)ng_err_set(err, NG_ERR_USAGE, "document %llu has metadata named '%s', the name that the %s would get",
                     (unsigned long long)piece->doc, name, what);
    return strcmp(what, "text") == 0 ? ng_err_hint(err, "give --text-field NAME with the name used in the build")
                                     : ng_err_hint(err, "give another name with --source-field NAME");
}

/* Points the writer to the file of a document that begins. */
static int begin_document(struct exporting *exporting, const struct ng_documents_piece *piece, struct ng_err *err) {
    struct ng_doc_source source = {0};
    FILE *stream = NULL;
    if (!exporting->files) return NG_OK;
    int status = piece->last ? NG_OK : ng_index_doc_source(exporting->index, piece->doc, &source, err);
    if (!status) {
        status = ng_export_files_next(exporting->files, exporting->number, piece->last ? &piece->source : &source, &stream, err);
    }
    ng_doc_source_free(&source);
    if (status || stream == exporting->json.stream) return status;
    ng_json_free(&exporting->json);
    return ng_json_init(&exporting->json, stream, err);
}

static int check_document(const struct exporting *exporting, const struct ng_documents_piece *piece, struct ng_err *err) {
    const struct options *options = exporting->options;
    int status = check_names(piece, options->text_field, "text", err);
    return status || !options->source_field ? status : check_names(piece, options->source_field, "source", err);
}

static int write_piece(struct exporting *exporting, const struct ng_documents_piece *piece, struct ng_err *err) {
    struct ng_json *json = &exporting->json;
    const struct options *options = exporting->options;
    int status = piece->last ? check_document(exporting, piece, err) : NG_OK;
    if (!status && piece->offset == 0) status = begin_document(exporting, piece, err);
    if (status) return status;
    if (piece->offset == 0) {
        ng_json_object_begin(json);
        ng_json_key(json, options->text_field);
        ng_json_string_begin(json);
    }
    ng_json_string_piece(json, piece->text, (size_t)piece->length_bytes);
    if (!piece->last) return NG_OK;
    ng_json_string_end(json);
    if (options->source_field) {
        ng_json_member_object(json, options->source_field);
        ng_json_member_text(json, "path", piece->source.path);
        ng_json_member_u64(json, "line", piece->source.line);
        ng_json_object_end(json);
    }
    ng_json_members(json, piece->source.metadata, piece->source.metadata_bytes);
    ng_json_object_end(json);
    ng_json_end_line(json);
    exporting->written++;
    return NG_OK;
}

/* Writes documents [begin, end). */
static int export_documents(struct exporting *exporting, struct ng_documents_options *wanted, uint64_t begin, uint64_t end,
                            const uint8_t *kept, struct ng_err *err) {
    struct ng_documents *documents = NULL;
    const struct ng_documents_piece *piece = NULL;
    wanted->first_doc = begin;
    wanted->end_doc = end;
    int status = ng_documents_open(&documents, exporting->index, wanted, err);
    while (!status && !ng_cli_output_lost()) {
        status = ng_documents_next(documents, &piece, err);
        if (status || !piece) break;
        if (!kept || ng_selection_has(kept, piece->doc)) status = write_piece(exporting, piece, err);
    }
    ng_documents_close(documents);
    return status;
}

/* Few documents are read by themselves, and without the table, which is for many. */
static int export_few(struct exporting *exporting, struct ng_documents_options *wanted, uint64_t documents,
                      const uint8_t *kept, struct ng_err *err) {
    int status = NG_OK;
    wanted->memory_bytes = 1;
    for (uint64_t doc = 0; doc < documents && !status && !ng_cli_output_lost();) {
        uint64_t begin = doc;
        while (doc < documents && ng_selection_has(kept, doc)) doc++;
        if (doc > begin) status = export_documents(exporting, wanted, begin, doc, NULL, err);
        else doc++;
    }
    return status;
}

/* Finds which documents to write: all, if *kept stays NULL. */
static int select_documents(const struct exporting *exporting, struct ng_selection *selection, uint64_t documents,
                            uint8_t **kept, uint64_t *count, struct ng_err *err) {
    *kept = NULL;
    *count = documents;
    if (!selection->path) return NG_OK;
    int status = ng_selection_find(selection, exporting->index, exporting->number, kept, count, err);
    if (status || exporting->options->only) return status;
    for (uint64_t i = 0; i <= documents / 8; i++) (*kept)[i] = (uint8_t)~(*kept)[i];
    *count = documents - *count; /* or fewer */
    return NG_OK;
}

static int export_index(struct exporting *exporting, struct ng_selection *selection, struct ng_err *err) {
    enum { FEW = 20 }; /* one document in 20 */
    const struct options *options = exporting->options;
    struct ng_index_info info;
    uint8_t *kept;
    uint64_t count;
    ng_index_get_info(exporting->index, &info);
    struct ng_documents_options wanted = {.memory_bytes = options->memory_bytes, .threads = options->threads};
    if (wanted.memory_bytes == 0) {
        if (ng_memory_available(&wanted.memory_bytes, err)) ng_err_clear(err);
        wanted.memory_bytes /= 2;
    }
    int status = select_documents(exporting, selection, info.document_end, &kept, &count, err);
    if (!status && kept && count < info.document_end / FEW) {
        status = export_few(exporting, &wanted, info.document_end, kept, err);
    } else if (!status) {
        status = export_documents(exporting, &wanted, 0, info.document_end, kept, err);
    }
    exporting->documents += info.documents;
    free(kept);
    return status;
}

static int export_all(struct exporting *exporting, struct ng_selection *selection, struct ng_err *err) {
    const struct options *options = exporting->options;
    int status = NG_OK;
    for (size_t k = 0; k < options->indexes.count && !status && !ng_cli_output_lost(); k++) {
        exporting->index = (struct ng_index *)options->indexes.indexes[k]; /* NOLINT: ours, lent out as const */
        exporting->number = k;
        ng_cmd_tell_folded(exporting->index);
        status = export_index(exporting, selection, err);
    }
    if (!status && selection->path && !ng_cli_output_lost()) status = ng_selection_check_found(selection, err);
    return status;
}

/* Ends the files, and tells what was done. */
static int finish(struct exporting *exporting, const struct ng_selection *selection, struct ng_err *err) {
    uint64_t files = 0;
    uint64_t moved = 0;
    int status = exporting->files ? ng_export_files_finish(exporting->files, &files, &moved, err) : NG_OK;
    if (status) return status;
    if (selection->path || exporting->files) {
        (void)fprintf(stderr, "ngidx: wrote %" PRIu64 " of %" PRIu64 " document%s", exporting->written, exporting->documents,
                      ng_cli_plural(exporting->documents));
        if (exporting->files) (void)fprintf(stderr, ", %" PRIu64 " file%s", files, ng_cli_plural(files));
        if (selection->elsewhere) (void)fprintf(stderr, "; %" PRIu64 " in the list are of other indexes", selection->elsewhere);
        if (selection->gone) (void)fprintf(stderr, "; %" PRIu64 " in the list were removed before", selection->gone);
        (void)fputc('\n', stderr);
    }
    if (moved) {
        (void)fprintf(stderr, "ngidx: %" PRIu64 " record%s on another line than before, as several came from one line\n", moved,
                      moved == 1 ? " is" : "s are");
    }
    return exporting->options->only && exporting->written == 0 ? NG_EXIT_NONE : NG_OK;
}

static int check_name(const char *name, const char *option, struct ng_err *err) {
    size_t length = name ? strlen(name) : 0;
    if (ng_utf8_valid_prefix((const uint8_t *)name, length) == length) return NG_OK;
    return ng_err_set(err, NG_ERR_USAGE, "the name given with %s is not UTF-8", option);
}

static int settle(const struct options *options, int argc, char **argv, struct ng_err *err) {
    int status = check_name(options->text_field, "--text-field", err);
    if (!status) status = check_name(options->source_field, "--source-field", err);
    if (!status && options->source_field && strcmp(options->source_field, options->text_field) == 0) {
        return ng_err_set(err, NG_ERR_USAGE, "--source-field and --text-field are the same");
    }
    if (!status && options->without && options->only) {
        return ng_err_set(err, NG_ERR_USAGE, "--without and --only: give one of them");
    }
    return status ? status : ng_cli_expect_arguments(argc, argv, 0, "", err);
}

static int export(int argc, char **argv, void *context, struct ng_err *err) {
    struct options *options = context;
    struct exporting exporting = {.options = options};
    struct ng_selection selection = {0};
    const char *list = options->without ? options->without : options->only;
    int status = settle(options, argc, argv, err);
    if (!status) status = ng_cmd_indexes_open(&options->indexes, err);
    if (!status && list) status = ng_selection_read(&selection, list, NG_SELECTION_ANY, &options->indexes, err);
    if (!status && options->to) status = ng_export_files_open(&exporting.files, options->to, &options->indexes, err);
    if (!status) status = ng_json_init(&exporting.json, stdout, err);
    if (!status) status = export_all(&exporting, &selection, err);
    if (!status) status = finish(&exporting, &selection, err);
    ng_json_free(&exporting.json);
    ng_export_files_close(exporting.files);
    ng_selection_free(&selection);
    return status;
}

static int run(int argc, char **argv) {
    struct options options = {.text_field = "text"};
    const struct ng_cli_option table[] = {NG_CMD_OPTION_INDEXES(&options.indexes),
                                          NG_CMD_OPTIONS_REMOTE_WHOLE(&options.indexes),
                                          {.name = "without", .text = &options.without},
                                          {.name = "only", .text = &options.only},
                                          {.name = "to", .text = &options.to},
                                          {.name = "source-field", .text = &options.source_field},
                                          {.name = "text-field", .text = &options.text_field},
                                          {.name = "memory", .letter = 'm', .size = &options.memory_bytes},
                                          {.name = "threads", .threads = &options.threads},
                                          {0}};
    return ng_cli_run(argc, argv, HELP, table, export, &options);
}

const struct ng_cli_command ng_cmd_export = {"export", "the corpus back, all or part of it, as JSON lines", HELP, run};
