#include <stdlib.h>
#include <string.h>

#include "common/json/out.h"
#include "query/args/indexes.h"
#include "query/cli/cmd.h"

static const char HELP[] =
    "Usage: ngidx doc [NAME:]N [options]\n"
    "\n"
    "Prints the text of document number N of an index, byte for byte. Documents are numbered from 0 in the order of\n"
    "the corpus; 'ngidx locate' shows the document number of each hit.\n"
    "\n"
    "Options:\n"
    "  -i, --index INDEX  the index (default: $NGIDX_INDEX, else ./index.ngidx); -i NAME=INDEX gives it a name. If\n"
    "                     repeated, NAME:N is document number N of the index NAME\n"
    "      --json         one object: doc, length (of the text, in bytes), text, metadata (the document's JSON\n"
    "                     object without its text, verbatim), source (path, and line or 0)\n"
    "  -h, --help         show this help\n"
    "\n"
    "Exit code: 0 done, 2 error (such as no document with this number).\n"
    "\n"
    "Examples:\n"
    "  ngidx doc 0\n"
    "  ngidx doc -i wiki.ngidx --json 12345 | jq .metadata\n";

enum { PIECE_BYTES = 1 << 20 };

struct options {
    struct ng_cmd_indexes indexes;
    bool json;
};

/* Writes the text in pieces, as a JSON string or (json NULL) as it is. */
static int print_text(const struct ng_index *index, uint64_t doc, uint64_t length_bytes, struct ng_json *json,
                      struct ng_err *err) {
    uint8_t *piece = malloc(PIECE_BYTES);
    if (!piece) return ng_err_nomem(err, PIECE_BYTES, "a piece of a document");
    int status = NG_OK;
    for (uint64_t offset = 0; offset < length_bytes && !ng_cli_output_lost();) {
        uint64_t left = length_bytes - offset;
        size_t wanted = left < PIECE_BYTES ? (size_t)left : PIECE_BYTES;
        status = ng_index_extract(index, doc, offset, wanted, piece, err);
        if (status) break;
        if (json)
            ng_json_string_piece(json, piece, wanted);
        else
            (void)fwrite(piece, 1, wanted, stdout);
        offset += wanted;
    }
    free(piece);
    return status;
}

static int print_object(const struct ng_index *index, uint64_t doc, uint64_t length_bytes, struct ng_err *err) {
    struct ng_json json = {0};
    struct ng_doc_source source = {0};
    int status = ng_json_init(&json, stdout, err);
    if (status) goto out;
    status = ng_index_doc_source(index, doc, &source, err);
    if (status) goto out;
    ng_json_object_begin(&json);
    ng_json_member_u64(&json, "doc", doc);
    ng_json_member_u64(&json, "length", length_bytes);
    ng_json_key(&json, "text");
    ng_json_string_begin(&json);
    status = print_text(index, doc, length_bytes, &json, err);
    if (status) goto out; /* the object stays open: half a text must not look like a whole one */
    ng_json_string_end(&json);
    ng_json_source(&json, &source);
    ng_json_object_end(&json);
    ng_json_end_line(&json);
out:
    ng_doc_source_free(&source);
    ng_json_free(&json);
    return status;
}

/* The index and the document that an argument N or NAME:N means. */
static int choose(struct ng_cmd_indexes *indexes, const char *argument, const struct ng_index **index, uint64_t *doc,
                  struct ng_err *err) {
    const char *colon = strrchr(argument, ':');
    int status = ng_cli_parse_number(colon ? colon + 1 : argument, "N", 0, UINT64_MAX, doc, err);
    if (!status) status = ng_cmd_indexes_open(indexes, err);
    if (status) return status;
    if (!colon && indexes->count > 1) {
        (void)ng_err_set(err, NG_ERR_USAGE, "each of %zu indexes has its own document number %s", indexes->count, argument);
        return ng_err_hint(err, "write %s:%s for the first index", indexes->named[0].name, argument);
    }
    *index = colon ? ng_cmd_indexes_find(indexes, argument, (size_t)(colon - argument)) : indexes->indexes[0];
    if (*index) return NG_OK;
    return ng_err_set(err, NG_ERR_USAGE, "no index is named '%.*s'", (int)(colon - argument), argument);
}

static int show(int argc, char **argv, void *context, struct ng_err *err) {
    struct options *options = context;
    const struct ng_index *index = NULL;
    uint64_t doc;
    uint64_t length_bytes;
    int status = ng_cli_expect_arguments(argc, argv, 1, "the document's number N", err);
    if (!status) status = choose(&options->indexes, argv[optind], &index, &doc, err);
    if (!status) ng_cmd_tell_folded(index);
    if (!status) status = ng_index_doc_length(index, doc, &length_bytes, err);
    if (!status) {
        status = options->json ? print_object(index, doc, length_bytes, err)
                               : print_text(index, doc, length_bytes, NULL, err);
    }
    return status;
}

static int run(int argc, char **argv) {
    struct options options = {0};
    const struct ng_cli_option table[] = {NG_CMD_OPTION_INDEXES(&options.indexes), NG_CLI_OPTION_JSON(&options.json), {0}};
    return ng_cli_run(argc, argv, HELP, table, show, &options);
}

const struct ng_cli_command ng_cmd_doc = {"doc", "the text of a document, byte for byte", HELP, run};
