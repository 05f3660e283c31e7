#include <string.h>

#include "common/base/utf8.h"
#include "common/json/in.h"
#include "common/json/out.h"
#include "common/os/memory.h"
#include "query/args/indexes.h"
#include "query/cli/cmd.h"

static const char HELP[] =
    "Usage: ngidx export [options]\n"
    "\n"
    "Writes the whole corpus of an index as JSON lines, one document per line, in order: the text first, then the\n"
    "members of the document's metadata, verbatim. 'ngidx export | ngidx build -' gives the same documents. A plain\n"
    "file becomes {\"text\":...}. To see where a document came from, use 'ngidx doc --json'.\n"
    "\n"
    "Options:\n"
    "  -i, --index INDEX      the index (default: $NGIDX_INDEX, else ./index.ngidx); may be repeated to export\n"
    "                         several, one after the other\n"
    "      --text-field NAME  name of the member for the text (default text). If the index was built with another\n"
    "                         text field, its metadata may have a member called text; give another NAME then\n"
    "  -m, --memory SIZE      memory for a table that makes reading several times as fast. It takes four bytes per\n"
    "                         byte of text in a shard; without enough memory it is left out (default: half of what\n"
    "                         is available)\n"
    "      --threads N        threads to use (default: one per processor)\n"
    "  -h, --help             show this help\n"
    "\n"
    "Exit code: 0 done, 2 error.\n"
    "\n"
    "Examples:\n"
    "  ngidx export | zstd > corpus.jsonl.zst\n"
    "  ngidx export -i old.ngidx | ngidx build - -o new.ngidx --sa-sample 32\n";

struct options {
    struct ng_cmd_indexes indexes;
    const char *text_field;
    uint64_t memory_bytes; /* 0: half of what is available */
    unsigned threads; /* 0: one a processor */
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
static int check_names(const struct ng_documents_piece *piece, const char *name, struct ng_err *err) {
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
    (void)ng_err_set(err, NG_ERR_USAGE, "document %llu has metadata named '%s', the name that the text would get",
                     (unsigned long long)piece->doc, name);
    return ng_err_hint(err, "give --text-field NAME with the name used in the build");
}

static int write_piece(struct ng_json *json, const struct ng_documents_piece *piece, const char *text_field, struct ng_err *err) {
    if (piece->last) {
        int status = check_names(piece, text_field, err);
        if (status) return status;
    }
    if (piece->offset == 0) {
        ng_json_object_begin(json);
        ng_json_key(json, text_field);
        ng_json_string_begin(json);
    }
    ng_json_string_piece(json, piece->text, (size_t)piece->length_bytes);
    if (!piece->last) return NG_OK;
    ng_json_string_end(json);
    ng_json_members(json, piece->source.metadata, piece->source.metadata_bytes);
    ng_json_object_end(json);
    ng_json_end_line(json);
    return NG_OK;
}

static int export_index(struct ng_index *index, const struct options *options, struct ng_err *err) {
    struct ng_index_info info;
    ng_index_get_info(index, &info);
    struct ng_documents_options wanted = {
        .end_doc = info.documents, .memory_bytes = options->memory_bytes, .threads = options->threads};
    if (wanted.memory_bytes == 0) {
        if (ng_memory_available(&wanted.memory_bytes, err)) ng_err_clear(err);
        wanted.memory_bytes /= 2;
    }
    struct ng_json json = {0};
    struct ng_documents *documents = NULL;
    const struct ng_documents_piece *piece = NULL;
    int status = ng_json_init(&json, stdout, err);
    if (!status) status = ng_documents_open(&documents, index, &wanted, err);
    while (!status && !ng_cli_output_lost()) {
        status = ng_documents_next(documents, &piece, err);
        if (status || !piece) break;
        status = write_piece(&json, piece, options->text_field, err);
    }
    ng_documents_close(documents);
    ng_json_free(&json);
    return status;
}

static int export(int argc, char **argv, void *context, struct ng_err *err) {
    struct options *options = context;
    size_t name_bytes = strlen(options->text_field);
    if (ng_utf8_valid_prefix((const uint8_t *)options->text_field, name_bytes) != name_bytes)
        return ng_err_set(err, NG_ERR_USAGE, "the name given with --text-field is not UTF-8");
    int status = ng_cli_expect_arguments(argc, argv, 0, "", err);
    if (!status) status = ng_cmd_indexes_open(&options->indexes, err);
    for (size_t k = 0; k < options->indexes.count && !status && !ng_cli_output_lost(); k++) {
        struct ng_index *index = (struct ng_index *)options->indexes.indexes[k]; /* NOLINT: ours, lent out as const */
        ng_cmd_tell_folded(index);
        status = export_index(index, options, err);
    }
    return status;
}

static int run(int argc, char **argv) {
    struct options options = {.text_field = "text"};
    const struct ng_cli_option table[] = {NG_CMD_OPTION_INDEXES(&options.indexes),
                                          {.name = "text-field", .text = &options.text_field},
                                          {.name = "memory", .letter = 'm', .size = &options.memory_bytes},
                                          {.name = "threads", .threads = &options.threads},
                                          {0}};
    int code = ng_cli_run(argc, argv, HELP, table, export, &options);
    ng_cmd_indexes_close(&options.indexes);
    return code;
}

const struct ng_cli_command ng_cmd_export = {"export", "the whole corpus back, as JSON lines", HELP, run};
