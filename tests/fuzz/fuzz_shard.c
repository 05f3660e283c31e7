/*
 * libFuzzer target: an index of some kind is changed anywhere, by a program of a few steps, all checksums are made
 * right, and everything is asked of it. The first byte chooses the index, the second what is asked beside the library.
 * Whatever was changed, every answer comes to an end, what claims to be JSON is JSON, and an index that verify calls
 * sound opens, refuses nothing, and gives the answers of a scan of its own documents.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yajl/yajl_parse.h>

#include "common/base/utf8.h"
#include "common/container/ahead.h"
#include "common/container/container.h"
#include "indexer/build/join.h"
#include "query/cli/cmd.h"
#include "query/include/ngidx.h"
#include "query/lib/index.h"
#include "query/lib/search.h"
#include "server/api/api.h"
#include "tests/support/bases.h"
#include "tests/support/mutate.h"
#include "tests/support/seal.h"
#include "tests/support/temp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);

enum { MOST_TEXT_BYTES = 1 << 20, PHRASES = 24, HITS = 8, MEMORY_BYTES = 1 << 28 };

static struct test_base bases[TEST_BASES];
static char folder[256];
static char joined[256];
static char more[256];
static FILE *standard_error;
static FILE *nowhere; /* for what is said to people */

static void require(bool condition, const char *what) {
    if (condition) return;
    (void)fprintf(stderr, "fuzz_shard: %s\n", what);
    abort();
}

/* ---- What an index holds, as it tells itself ---- */

struct told {
    uint8_t *text; /* the documents, one behind the other; owned */
    uint64_t *starts;
    bool *there; /* owned, as is starts; false for those that were removed, which have no text */
    uint64_t documents;
};

static void told_free(struct told *told) {
    free(told->text);
    free(told->starts);
    free(told->there);
    *told = (struct told){0};
}

static bool is_json(const char *bytes, size_t length) {
    yajl_handle yajl = yajl_alloc(NULL, NULL, NULL);
    require(yajl != NULL, "out of memory");
    yajl_status status = yajl_parse(yajl, (const unsigned char *)bytes, length);
    if (status == yajl_status_ok) status = yajl_complete_parse(yajl);
    yajl_free(yajl);
    return status == yajl_status_ok && ng_utf8_valid_prefix((const uint8_t *)bytes, length) == length;
}

/* Every line that was ended is JSON; with no error, nothing else is there. */
static void require_json_lines(const char *bytes, size_t length, bool failed) {
    while (length > 0) {
        const char *newline = memchr(bytes, '\n', length);
        if (!newline) {
            require(failed, "half a line of JSON without an error");
            return;
        }
        require(is_json(bytes, (size_t)(newline - bytes)), "a line is not JSON");
        length -= (size_t)(newline - bytes) + 1;
        bytes = newline + 1;
    }
}

/* An error of an index that verify called sound is one of verify. */
static void require_only_if(bool sound, int status, const struct ng_err *err) {
    if (!sound || status == NG_OK) return;
    (void)fprintf(stderr, "fuzz_shard: verify called it sound, but: %s\n", err->text);
    abort();
}

/* The document is among those that have its id. */
static void check_id(const struct ng_index *index, uint64_t doc, const struct ng_doc_source *source, bool sound) {
    enum { MOST = 64 };
    struct ng_doc_names names;
    uint64_t docs[MOST];
    uint64_t count;
    struct ng_err err = {0};
    ng_index_doc_names(index, source, &names);
    if (names.id.length_bytes == 0 || memchr(names.id.data, '\\', (size_t)names.id.length_bytes)) return;
    const uint64_t quotes = names.id.data[0] == '"' ? 1 : 0;
    const struct ng_bytes id = {names.id.data + quotes, names.id.length_bytes - 2 * quotes};
    int status = ng_index_docs_with_id(index, id, docs, MOST, &count, &err);
    require_only_if(sound, status, &err);
    bool found = !status && count > MOST;
    for (uint64_t i = 0; !status && i < count && i < MOST; i++) found = found || docs[i] == doc;
    require(!sound || found, "a document is not found by its id");
}

static void check_source(const struct ng_index *index, uint64_t doc, bool sound) {
    struct ng_doc_source source;
    struct ng_err err = {0};
    int status = ng_index_doc_source(index, doc, &source, &err);
    require_only_if(sound, status, &err);
    if (status) return;
    require(source.metadata_bytes > 0 && source.metadata[0] == '{', "metadata is no JSON object");
    require(is_json(source.metadata, (size_t)source.metadata_bytes), "metadata is not JSON");
    check_id(index, doc, &source, sound);
    ng_doc_source_free(&source);
}

/* False where not all of it can be had, or it is much. */
static bool tell(const struct ng_index *index, struct told *told, bool sound) {
    struct ng_index_info info;
    struct ng_err err = {0};
    ng_index_get_info(index, &info);
    if (info.text_bytes > MOST_TEXT_BYTES || info.document_end > MOST_TEXT_BYTES) return false;
    *told = (struct told){.text = malloc((size_t)info.text_bytes + 1),
                          .documents = info.document_end,
                          .there = calloc((size_t)info.document_end + 1, sizeof(bool)),
                          .starts = malloc(((size_t)info.document_end + 1) * sizeof(uint64_t))};
    require(told->text && told->starts && told->there, "out of memory");
    uint64_t used = 0;
    uint64_t left = 0;
    for (uint64_t doc = 0; doc < info.document_end; doc++) {
        uint64_t length;
        uint64_t next = doc;
        told->starts[doc] = used;
        require_only_if(sound, ng_index_next_document(index, &next, &err), &err);
        if (next != doc) continue;
        told->there[doc] = true;
        left++;
        int status = ng_index_doc_length(index, doc, &length, &err);
        if (!status && length > info.text_bytes - used) {
            require(!sound, "documents are longer than the text");
            return false;
        }
        if (!status) status = ng_index_extract(index, doc, 0, length, told->text + used, &err);
        require_only_if(sound, status, &err);
        if (status) return false;
        used += length;
        check_source(index, doc, sound);
    }
    told->starts[info.document_end] = used;
    require(!sound || used == info.text_bytes, "documents are shorter than the text");
    require(!sound || left == info.documents, "not as many documents as are told");
    return true;
}

static uint64_t scan(const struct told *told, struct ng_bytes phrase) {
    uint64_t count = 0;
    for (uint64_t doc = 0; doc < told->documents; doc++) {
        const uint8_t *at = told->text + told->starts[doc];
        const uint8_t *end = told->text + told->starts[doc + 1];
        if (phrase.length_bytes == 0 && told->there[doc]) count += (uint64_t)(end - at) + 1;
        while (phrase.length_bytes > 0 && (at = memmem(at, (size_t)(end - at), phrase.data, phrase.length_bytes))) {
            count++;
            at++;
        }
    }
    return count;
}

static void check_hits(const struct ng_index *index, const struct told *told, struct ng_bytes phrase, uint64_t count) {
    struct ng_hit hits[HITS];
    struct ng_snippet snippets[HITS];
    struct ng_err err = {0};
    uint64_t total;
    size_t found;
    int status =
        ng_index_show(index, phrase, count > HITS ? count / 2 : 0, 5, hits, snippets, HITS, &found, &total, &err);
    require_only_if(told != NULL, status, &err);
    if (status) return;
    for (size_t i = 0; i < found; i++) {
        const struct ng_hit *hit = &hits[i];
        for (size_t j = 0; told && j < i; j++)
            require(hits[j].doc != hit->doc || hits[j].offset != hit->offset, "a hit twice");
        if (told) {
            require(hit->doc < told->documents && told->there[hit->doc], "a hit in no document");
            const uint8_t *text = told->text + told->starts[hit->doc];
            uint64_t length = told->starts[hit->doc + 1] - told->starts[hit->doc];
            require(hit->offset <= length && phrase.length_bytes <= length - hit->offset, "a hit outside its document");
            require(memcmp(text + hit->offset, phrase.data, phrase.length_bytes) == 0, "a hit is not the phrase");
            require(memcmp(text + snippets[i].offset, snippets[i].text, snippets[i].length_bytes) == 0,
                    "wrong snippet");
        }
        ng_snippet_free(&snippets[i]);
    }
}

/* What does not occur, what often does, and pieces of the text. */
static size_t make_phrases(const struct told *told, uint64_t seed, struct ng_bytes phrases[PHRASES]) {
    static const char *const fixed[] = {"",   "a",        "the suffix", "zebra",    "\xc3\xaf",
                                        "\n", "aaaaaaaa", "abcab",      "text\nof", "qq"};
    struct test_random random = test_random_make(seed);
    size_t count = 0;
    for (; count < sizeof fixed / sizeof *fixed; count++) {
        phrases[count] = (struct ng_bytes){.data = (const uint8_t *)fixed[count], .length_bytes = strlen(fixed[count])};
    }
    uint64_t length = told ? told->starts[told->documents] : 0;
    for (; count < PHRASES && length > 0; count++) {
        uint64_t at = test_random_below(&random, length);
        uint64_t most = length - at < 20 ? length - at : 20;
        phrases[count] =
            (struct ng_bytes){.data = told->text + at, .length_bytes = 1 + test_random_below(&random, most)};
    }
    return count;
}

/* All shards together, as if their pages were absent. */
static void ask_together(const struct ng_index *index, const struct told *told, struct ng_bytes phrase) {
    const struct ng_shard *shards[NG_SEARCH_ACROSS];
    struct ng_interval intervals[NG_SEARCH_ACROSS];
    struct ng_watch watch = {0};
    struct ng_err err = {0};
    uint64_t count = 0;
    if (index->shard_count > NG_SEARCH_ACROSS) return;
    for (uint64_t s = 0; s < index->shard_count; s++) shards[s] = &index->shards[s].shard;
    ng_ahead_thread.looked = ng_ahead_thread.asks = true;
    ng_search_across(shards, (size_t)index->shard_count, phrase, intervals, &watch);
    ng_ahead_thread.asks = false;
    int status = ng_index_status(index, &err);
    require_only_if(told != NULL, status, &err);
    for (uint64_t s = 0; s < index->shard_count; s++) count += intervals[s].end - intervals[s].begin;
    require(!told || status || count == scan(told, phrase), "a wrong count of shards together");
}

/* told is NULL where nothing is known. */
static void ask_index(const struct ng_index *index, const struct told *told, uint64_t seed) {
    struct ng_bytes phrases[PHRASES];
    uint64_t counts[PHRASES];
    struct ng_err err = {0};
    size_t count = make_phrases(told, seed, phrases);
    for (size_t i = 0; i < count; i++) {
        uint64_t alone;
        if (memchr(phrases[i].data, 0xff, phrases[i].length_bytes)) phrases[i].length_bytes = 0; /* of a damaged text */
        int status = ng_index_count(index, phrases[i], &alone, &err);
        require_only_if(told != NULL, status, &err);
        if (status) continue;
        require(!told || alone == scan(told, phrases[i]), "a wrong count");
        check_hits(index, told, phrases[i], alone);
        ask_together(index, told, phrases[i]);
    }
    int status = ng_index_count_batch(index, phrases, count, counts, &err);
    require_only_if(told != NULL, status, &err);
    for (size_t i = 0; told && i < count; i++) require(counts[i] == scan(told, phrases[i]), "a wrong count in a batch");
}

/* Hits in folded text: the original, folded, has the phrase. */
static void ask_originals(const struct ng_index *view, struct ng_bytes phrase, bool sound) {
    struct ng_hit hits[HITS];
    struct ng_text_place places[HITS];
    struct ng_snippet snippets[HITS];
    struct ng_err err = {0};
    size_t found;
    int status = ng_index_show_view(view, phrase, 0, 3, hits, places, snippets, HITS, &found, NULL, &err);
    require_only_if(sound, status, &err);
    for (size_t i = 0; !status && i < found; i++) {
        struct ng_bytes *folded = NULL;
        const struct ng_bytes piece = {.data = snippets[i].text, .length_bytes = snippets[i].length_bytes};
        require(!sound || !places[i].original || places[i].length_bytes > 0, "a place without length");
        if (sound && places[i].original && ng_index_phrases(view, &piece, 1, &folded, &err) == NG_OK) {
            require(memmem(folded->data, folded->length_bytes, phrase.data, phrase.length_bytes), "a wrong original");
        }
        ng_phrases_free(folded);
        ng_snippet_free(&snippets[i]);
    }
}

static void ask_view(const struct ng_index *view, bool sound, uint64_t seed) {
    static const char *const folded[] = {"suffixarray", "na\xc3\xafve", "fizebra", "the"};
    struct told told = {0};
    bool all = tell(view, &told, sound);
    ask_index(view, sound && all ? &told : NULL, seed);
    for (size_t i = 0; i < sizeof folded / sizeof *folded && ng_index_text_view(view) == NG_VIEW_FOLDED; i++) {
        ask_originals(view, (struct ng_bytes){(const uint8_t *)folded[i], strlen(folded[i])}, sound);
    }
    told_free(&told);
}

static void ask_library(bool sound, uint64_t seed) {
    struct ng_index *index = NULL;
    struct ng_err err = {0};
    int status = ng_index_open(&index, folder, &err);
    require_only_if(sound, status, &err);
    if (status) return;
    ask_view(index, sound, seed);
    const struct ng_index *beside = ng_index_view(index, NG_VIEW_FOLDED);
    if (beside && beside != index) ask_view(beside, sound, seed);
    ng_index_close(index);
}

/* ---- Commands, in this process ---- */

/* Runs a command, and returns its exit code and what it printed: owned by the caller. */
static int run_command(const struct ng_cli_command *command, char **arguments, char **output, size_t *length) {
    FILE *const standard_output = stdout;
    int count = 0;
    while (arguments[count]) count++;
    FILE *stream = open_memstream(output, length);
    require(stream != NULL, "out of memory");
    stdout = stream;
    stderr = nowhere;
    optind = 0;
    int code = command->run(count, arguments);
    stdout = standard_output;
    stderr = standard_error;
    require(fclose(stream) == 0, "out of memory");
    return code;
}

static void ask_command(const struct ng_cli_command *command, bool sound, char **arguments) {
    char *output = NULL;
    size_t length;
    int code = run_command(command, arguments, &output, &length);
    require(code == 0 || code == 1 || code == 2, "an exit code that is not told of");
    /* Text that is no UTF-8 is repaired; whether metadata is named "text" is not known to verify. */
    require(!sound || code != 2 || command == &ng_cmd_export, command->name);
    require_json_lines(output, length, code == 2);
    free(output);
}

#define ASK(command, ...) ask_command(&ng_cmd_##command, sound, (char *[]){#command, "-i", folder, __VA_ARGS__, NULL})

static void ask_commands(bool sound) {
    ASK(stats, "--json");
    ASK(verify, "--json", "-q");
    ASK(count, "--json", "the suffix");
    ASK(locate, "--json", "-n", "5", "a");
    /* Exit 2 where there is no folded view, whether sound or not. */
    ask_command(&ng_cmd_locate, false, (char *[]){"locate", "-i", folder, "--view", "folded", "--json", "suffix A", NULL});
    ask_command(&ng_cmd_trace, false,
                (char *[]){"trace", "-i", folder, "--view", "folded", "--json", "-c", "3", "A zebra, suffix ARRAY", NULL});
    ASK(doc, "--json", "0");
    ASK(export, "--threads", "1", "--text-field", "body");
    ASK(export, "--threads", "1", "--memory", "1");
    ASK(trace, "--json", "--min-chars", "3", "a zebra of the suffix array abcab aaaa");
    ASK(contam, "--json", "--preset", "paper", "--chars", "5", "-t", "1", more);
    /* Exit 2 where there is no folded view, whether sound or not. */
    ask_command(&ng_cmd_contam, false,
                (char *[]){"contam", "-i", folder, "--preset", "folded", "--minimum", "1", "--json", "-t", "1", more, NULL});
}

/* ---- The API ---- */

static void ask_api_one(struct ng_api *api, enum ng_method method, const char *path, const char *query,
                        const char *body) {
    struct ng_api_request request = {.method = method,
                                     .path = path,
                                     .query = query,
                                     .body = (const uint8_t *)body,
                                     .body_bytes = body ? strlen(body) : 0};
    struct ng_api_answer answer;
    stderr = nowhere;
    if (!ng_api_admit(api, &request, &answer)) ng_api_answer(api, &request, &answer);
    stderr = standard_error;
    require(strcmp(ng_api_reason(answer.status), "Unknown") != 0, "an unknown status");
    if (answer.content_type && strstr(answer.content_type, "json")) {
        require(is_json(answer.bytes, answer.length_bytes), "an answer is not JSON");
    }
    ng_api_answer_free(&answer);
}

static void ask_api(void) {
    static struct ng_metrics metrics;
    struct ng_api api = {.metrics = &metrics,
                         .limits = {.body_bytes = 100000,
                                    .phrase_bytes = 500,
                                    .text_bytes = 500,
                                    .batch_phrases = 50,
                                    .hits = 20,
                                    .context_bytes = 200}};
    char argument[300];
    require(ng_registry_new(&api.registry, false, &(struct ng_remote_options){.timeout_seconds = 1}, NULL) == NG_OK, "no registry");
    (void)snprintf(argument, sizeof argument, "m=%s", folder);
    if (ng_registry_add(api.registry, argument, NULL) == NG_OK) {
        ask_api_one(&api, NG_METHOD_GET, "/v1/indexes", NULL, NULL);
        ask_api_one(&api, NG_METHOD_GET, "/metrics", NULL, NULL);
        ask_api_one(&api, NG_METHOD_GET, "/v1/m/count", "query=a", NULL);
        ask_api_one(&api, NG_METHOD_GET, "/v1/m/locate", "query=the%20&limit=4&context=9", NULL);
        ask_api_one(&api, NG_METHOD_GET, "/v1/m/locate", "query=The%20suffix&limit=4&context=9&view=folded", NULL);
        ask_api_one(&api, NG_METHOD_GET, "/v1/m/doc/1", NULL, NULL);
        ask_api_one(&api, NG_METHOD_GET, "/v1/m/doc/0", "offset=2&length=1", NULL);
        ask_api_one(&api, NG_METHOD_GET, "/v1/m/doc", "id=1", NULL);
        ask_api_one(&api, NG_METHOD_POST, "/v1/m/batch", NULL, "{\"queries\":[\"a\",\"abra\",\"\"]}");
        ask_api_one(&api, NG_METHOD_POST, "/v1/m/trace", NULL,
                    "{\"text\":\"the suffix abcab aaaa\",\"min_chars\":3,\"evidence\":2,\"context\":4}");
        ask_api_one(
            &api, NG_METHOD_POST, "/v1/m/contam", NULL,
            "{\"entries\":[\"of the text of a zebra\",\"aaaaaaaaaa\",\"\"],\"chars\":4,\"evidence\":2,\"context\":4}");
        ask_api_one(&api, NG_METHOD_POST, "/", NULL, "{\"index\":\"m\",\"query_type\":\"count\",\"query\":\"a\"}");
        ask_api_one(&api, NG_METHOD_POST, "/", NULL, "{\"index\":\"m\",\"query_type\":\"find\",\"query\":\"a\"}");
        ask_api_one(&api, NG_METHOD_POST, "/", NULL,
                    "{\"index\":\"m\",\"query_type\":\"get_doc_by_rank\",\"query\":\"a\",\"s\":0,\"rank\":3,\"max_ctx_"
                    "len\":9}");
    }
    ng_registry_free(api.registry);
}

/* ---- Indexes made of it ---- */

static bool verify(const char *path, struct ng_err *err) {
    uint64_t damages = 0;
    int status = ng_index_verify(path, NULL, NULL, NULL, &damages, err);
    return status == NG_OK && damages == 0;
}

/* Of a sound index comes a sound one. */
static void check_made(const char *path, int status, bool sound, const struct ng_err *err) {
    struct ng_index *index = NULL;
    struct ng_err found = {0};
    struct told told = {0};
    require_only_if(sound, status, err);
    if (status || !sound) return;
    require(verify(path, &found), "made of sound indexes, but not sound");
    require(ng_index_open(&index, path, &found) == NG_OK, found.text);
    if (tell(index, &told, true)) ask_index(index, &told, 1);
    told_free(&told);
    ng_index_close(index);
}

static void ask_join(const struct test_base *base, bool sound) {
    const char *const indexes[] = {folder, base->folder, folder};
    struct ng_build_result result;
    struct ng_err err = {0};
    const struct ng_join_options options = {.indexes = indexes,
                                            .index_count = 3,
                                            .output = joined,
                                            .force = true,
                                            .memory_bytes = MEMORY_BYTES,
                                            .threads = 1};
    int status = ng_join_run(&options, &result, &err);
    /* The manifest may have another distance of samples than the base. */
    check_made(joined, status, sound && status != NG_ERR_USAGE, &err);
}

static void ask_append(bool sound) {
    const char *const paths[] = {more};
    struct ng_build_result result;
    struct ng_err err = {0};
    const struct ng_build_options options = {
        .corpus = {.paths = paths, .path_count = 1}, .output = folder, .memory_bytes = MEMORY_BYTES, .threads = 1};
    int status = ng_join_append(&options, &result, &err);
    check_made(folder, status, sound, &err);
}

/* ---- One input ---- */

static void set_up(void) {
    static const char lines[] =
        "{\"text\": \"the text of a zebra\", \"k\": 1}\n{\"text\": \"aaaaaaaaaaa\"}\n{\"text\": \"\"}\n";
    struct ng_err err = {0};
    standard_error = stderr;
    nowhere = fopen("/dev/null", "we");
    require(nowhere != NULL, "no /dev/null");
    if (access("/dev/shm", W_OK) == 0) (void)setenv("TMPDIR", "/dev/shm", 0);
    test_bases_make(bases, "tests/golden/v1");
    (void)snprintf(folder, sizeof folder, "%s", test_temp_path("changed.ngidx"));
    (void)snprintf(joined, sizeof joined, "%s", test_temp_path("joined.ngidx"));
    (void)snprintf(more, sizeof more, "%s", test_temp_path("lines.jsonl"));
    test_write_file(more, lines, sizeof lines - 1);
    for (size_t i = 0; i < TEST_BASES; i++) {
        if (!verify(bases[i].folder, &err)) (void)fprintf(stderr, "fuzz_shard: base %s: ", bases[i].name);
        require(verify(bases[i].folder, &err), err.text);
    }
}

static void write_removed(struct ng_manifest_removed *removed, const struct test_parts *parts) {
    struct ng_manifest_shard sums = {0};
    char path[600];
    size_t bytes;
    uint8_t *file = test_parts_join(parts, &bytes);
    test_seal_entry(&sums, file, bytes);
    removed->bytes = bytes;
    memcpy(removed->xxh3_128, sums.xxh3_128, sizeof removed->xxh3_128);
    (void)snprintf(path, sizeof path, "%s/%s", folder, removed->file);
    test_write_file(path, file, bytes);
    free(file);
}

/* Writes the changed index. */
static void write_index(const struct test_base *base, const uint8_t *program, size_t length) {
    struct ng_manifest_shard entries[TEST_BASE_SHARDS];
    struct test_parts shards[TEST_BASE_SHARDS];
    struct test_parts removed[TEST_BASE_SHARDS];
    struct ng_manifest manifest = base->manifest;
    struct ng_buf text = {0};
    char path[600];
    const uint64_t files = ng_manifest_files(&manifest);
    for (uint64_t s = 0; s < files; s++) {
        entries[s] = *ng_manifest_file(&base->manifest, s);
        test_parts_copy(&shards[s], &base->shards[s]);
        test_parts_copy(&removed[s], &base->removed[s]);
    }
    manifest.shards = entries;
    if (manifest.folded) manifest.folded = entries + manifest.shard_count;
    const struct test_base *donor = &bases[length > 5 ? program[5] % TEST_BASES : 0];
    test_mutate_parts(shards, removed, &manifest, &donor->shards[0], program, length);
    (void)mkdir(folder, 0755);
    for (uint64_t s = 0; s < files; s++) {
        size_t bytes;
        uint8_t *file = test_parts_join(&shards[s], &bytes);
        test_mutate_header(file, (size_t)s, program, length);
        test_seal_header(file);
        test_parts_write(folder, &entries[s], file, bytes);
        free(file);
        if (removed[s].count > 0) write_removed(&entries[s].removed, &removed[s]);
        test_parts_free(&shards[s]);
        test_parts_free(&removed[s]);
    }
    require(ng_manifest_format(&manifest, &text, NULL) == NG_OK, "out of memory");
    (void)snprintf(path, sizeof path, "%s/%s", folder, NG_MANIFEST_FILE);
    test_write_file(path, text.data, text.length);
    ng_buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!bases[0].name) set_up();
    if (size < 2) return 0;
    const struct test_base *base = &bases[data[0] % TEST_BASES];
    struct ng_err err = {0};
    write_index(base, data + 2, size - 2);
    bool sound = verify(folder, &err);
    ask_library(sound, data[size - 1]);
    switch (data[1] % 8) {
    case 1: ask_commands(sound); break;
    case 2: ask_api(); break;
    case 3: ask_join(base, sound); break;
    case 4: ask_append(sound); break;
    default: break;
    }
    return 0;
}

/* Programs of few steps, and whole ones: a change more often than not hides what another would have shown. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
    struct test_random random = test_random_make(seed);
    uint64_t choice = test_random_below(&random, 8);
    if (most < 2 + TEST_MUTATE_STEP_BYTES || (choice == 0 && size > 2)) return LLVMFuzzerMutate(data, size, most);
    size_t steps = size < 2 ? 0 : (size - 2) / TEST_MUTATE_STEP_BYTES;
    if (choice > 4 || 2 + (steps + 1) * TEST_MUTATE_STEP_BYTES > most) steps = 0; /* from the start */
    if (steps == 0 || choice < 3) data[0] = (uint8_t)test_random_below(&random, TEST_BASES);
    if (steps == 0 || choice < 3) data[1] = (uint8_t)test_random_below(&random, 8);
    uint8_t *step = data + 2 + steps * TEST_MUTATE_STEP_BYTES;
    for (size_t i = 0; i < TEST_MUTATE_STEP_BYTES; i++) step[i] = (uint8_t)test_random_next(&random);
    return 2 + (steps + 1) * TEST_MUTATE_STEP_BYTES;
}
