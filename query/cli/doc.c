#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/json/out.h"
#include "query/args/indexes.h"
#include "query/cli/cmd.h"

static const char HELP[] =
    "Usage: ngidx doc [NAME:]N [options]\n"
    "       ngidx doc --id ID [options]\n"
    "\n"
    "Prints the text of a document, byte for byte: the one with number N of an index, or the one with the given id.\n"
    "Documents are numbered from 0 in the order of the corpus; 'ngidx locate' shows the document number of each hit.\n"
    "An id is a string or a number in the document's metadata: the member 'id', or the one that ngidx build was given\n"
    "as --id-field.\n"
    "\n"
    "Options:\n"
    "      --id ID        find the document by its id, in all indexes given; if several have it, their numbers are\n"
    "                     listed, and --json prints all of them, one object per line\n"
    "  -i, --index INDEX  the index (default: $NGIDX_INDEX, else ./index.ngidx); -i NAME=INDEX gives it a name. If\n"
    "                     repeated, NAME:N is document number N of the index NAME\n"
    "      --json         one object: index (its name, if there are several), doc, id and url (from the metadata, or\n"
    "                     null), length (of the text, in bytes), text, metadata (the document's JSON object without\n"
    "                     its text, verbatim), source (path, and line or 0)\n"
    "  -h, --help         show this help\n"
    NG_CMD_HELP_REMOTE
    "\n"
    "Exit code: 0 done, 1 no document with this id, 2 error (such as no document with this number).\n"
    "\n"
    "Examples:\n"
    "  ngidx doc 0\n"
    "  ngidx doc -i wiki.ngidx --json 12345 | jq .metadata\n"
    "  ngidx doc --id '<urn:uuid:7e9a1d3c-5a0f-4e57-8d13-3f5cf0e6f7b2>'\n";

enum { PIECE_BYTES = 1 << 20, MOST_LISTED = 1000 };

struct options {
    struct ng_cmd_indexes indexes;
    const char *id;
    bool json;
};

/* A document to show. */
struct found {
    const struct ng_report_index *named;
    uint64_t doc;
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

static int print_object(const struct options *options, const struct found *found, uint64_t length_bytes,
                        struct ng_err *err) {
    const struct ng_index *index = found->named->index;
    uint64_t doc = found->doc;
    struct ng_json json = {0};
    struct ng_doc_source source = {0};
    struct ng_doc_names names;
    int status = ng_json_init(&json, stdout, err);
    if (status) goto out;
    status = ng_index_doc_source(index, doc, &source, err);
    if (status) goto out;
    ng_index_doc_names(index, &source, &names);
    ng_json_object_begin(&json);
    if (options->indexes.count > 1) ng_json_member_text(&json, "index", found->named->name);
    ng_json_member_u64(&json, "doc", doc);
    ng_json_names(&json, &names);
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

static int print(const struct options *options, const struct found *found, struct ng_err *err) {
    const struct ng_index *index = found->named->index;
    uint64_t length_bytes;
    ng_cmd_tell_folded(index);
    int status = ng_index_doc_length(index, found->doc, &length_bytes, err);
    if (status) return status;
    return options->json ? print_object(options, found, length_bytes, err)
                         : print_text(index, found->doc, length_bytes, NULL, err);
}

/* The index and the document that an argument N or NAME:N means. */
static int choose(struct ng_cmd_indexes *indexes, const char *argument, struct found *found, struct ng_err *err) {
    const char *colon = strrchr(argument, ':');
    int status = ng_cli_parse_number(colon ? colon + 1 : argument, "N", 0, UINT64_MAX, &found->doc, err);
    if (!status) status = ng_cmd_indexes_open(indexes, err);
    if (status) return status;
    if (!colon && indexes->count > 1) {
        (void)ng_err_set(err, NG_ERR_USAGE, "each of %zu indexes has its own document number %s", indexes->count, argument);
        return ng_err_hint(err, "write %s:%s for the first index", indexes->named[0].name, argument);
    }
    found->named = colon ? ng_cmd_indexes_find(indexes, argument, (size_t)(colon - argument)) : &indexes->named[0];
    if (found->named) return NG_OK;
    return ng_err_set(err, NG_ERR_USAGE, "no index is named '%.*s'", (int)(colon - argument), argument);
}

/* Names the documents that share an id, as arguments of this command. */
static int refuse_several(const struct options *options, const struct found *found, uint64_t count, struct ng_err *err) {
    enum { MOST_NAMED = 20 };
    char list[NG_ERR_HINT_BYTES] = "";
    size_t length = 0;
    for (uint64_t i = 0; i < count && i < MOST_NAMED; i++) {
        bool named = options->indexes.count > 1;
        int more = snprintf(list + length, sizeof list - length, "%s%s%s%" PRIu64, i > 0 ? ", " : "",
                            named ? found[i].named->name : "", named ? ":" : "", found[i].doc);
        if (more < 0 || (size_t)more >= sizeof list - length) {
            list[length] = '\0';
            break;
        }
        length += (size_t)more;
    }
    (void)ng_err_set(err, NG_ERR_USAGE, "%" PRIu64 " documents have the id '%.100s'", count, options->id);
    return ng_err_hint(err, "--json prints all of them; ngidx doc N prints one of %s%s", list,
                       count > MOST_NAMED ? ", ..." : "");
}

/* Finds the documents with an id in all indexes. *count may be above MOST_LISTED, found has only so many. */
static int find_by_id(const struct options *options, struct found *found, uint64_t *count, struct ng_err *err) {
    const struct ng_bytes id = {(const uint8_t *)options->id, strlen(options->id)};
    int status = NG_OK;
    *count = 0;
    for (size_t k = 0; k < options->indexes.count && !status; k++) {
        uint64_t docs[MOST_LISTED];
        uint64_t here;
        status = ng_index_docs_with_id(options->indexes.indexes[k], id, docs, MOST_LISTED, &here, err);
        if (status) break;
        for (uint64_t i = 0; i < here && i < MOST_LISTED && *count + i < MOST_LISTED; i++) {
            found[*count + i] = (struct found){.named = &options->indexes.named[k], .doc = docs[i]};
        }
        *count += here;
    }
    return status;
}

static int show_by_id(struct options *options, struct ng_err *err) {
    struct found found[MOST_LISTED];
    uint64_t count;
    int status = ng_cmd_indexes_open(&options->indexes, err);
    if (!status) status = find_by_id(options, found, &count, err);
    if (status) return status;
    if (count == 0) {
        struct ng_index_fields fields;
        for (size_t k = 0; k < options->indexes.count; k++) {
            if (!ng_index_missing_parts(options->indexes.indexes[k])) continue;
            return ng_err_set(err, NG_ERR_REMOTE, "no document has the id '%.100s' in the parts that answered", options->id);
        }
        ng_index_get_fields(options->indexes.indexes[0], &fields);
        (void)fprintf(stderr, "no document has the id '%s' (member '%s' of its metadata)\n", options->id, fields.id);
        return NG_EXIT_NONE;
    }
    if (count > 1 && !options->json) return refuse_several(options, found, count, err);
    for (uint64_t i = 0; i < count && i < MOST_LISTED && !status; i++) status = print(options, &found[i], err);
    if (!status && count > MOST_LISTED) {
        (void)fprintf(stderr, "%" PRIu64 " more documents have this id\n", count - MOST_LISTED);
    }
    return status;
}

static int show(int argc, char **argv, void *context, struct ng_err *err) {
    struct options *options = context;
    struct found found;
    int status = ng_cli_expect_arguments(argc, argv, options->id ? 0 : 1, options->id ? "" : "the document's number N", err);
    if (status) return status;
    if (options->id) {
        status = show_by_id(options, err);
        ng_cmd_indexes_tell_missing(&options->indexes);
        return status;
    }
    status = choose(&options->indexes, argv[optind], &found, err);
    if (!status) status = print(options, &found, err);
    ng_cmd_indexes_tell_missing(&options->indexes);
    return status;
}

static int run(int argc, char **argv) {
    struct options options = {0};
    const struct ng_cli_option table[] = {NG_CMD_OPTION_INDEXES(&options.indexes), NG_CLI_OPTION_JSON(&options.json),
                                          {.name = "id", .text = &options.id},
                                          NG_CMD_OPTIONS_REMOTE(&options.indexes), {0}};
    return ng_cli_run(argc, argv, HELP, table, show, &options);
}

const struct ng_cli_command ng_cmd_doc = {"doc", "the text of a document, byte for byte", HELP, run};
