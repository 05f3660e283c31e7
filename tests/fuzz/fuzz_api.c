/*
 * libFuzzer target: any bytes as a request to the API of the daemon, against two small indexes. The first line is
 * "METHOD path?query"; what follows it is the body. Whatever is asked, the answer has a status that the API knows, and
 * where it says that it is JSON it is JSON.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "indexer/build/build.h"
#include "server/api/api.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_BATCH = 50 };

static struct ng_metrics metrics;
static struct ng_api api;

static void require(int condition, const char *what) {
    if (condition) return;
    (void)fprintf(stderr, "fuzz_api: %s\n", what);
    abort();
}

static void add_index(const char *folder, const char *name, const char *corpus, uint64_t shard_bytes) {
    char path[256];
    char index[256];
    char argument[512];
    (void)snprintf(path, sizeof path, "%s/%s.jsonl", folder, name);
    (void)snprintf(index, sizeof index, "%s/%s.ngidx", folder, name);
    FILE *file = fopen(path, "we");
    require(file != NULL && fputs(corpus, file) >= 0 && fclose(file) == 0, "no corpus");
    const char *paths[] = {path};
    const struct ng_build_options options = {.corpus = {.paths = paths, .path_count = 1},
                                             .output = index,
                                             .threads = 1,
                                             .shard_bytes = shard_bytes,
                                             .sa_sample = 4};
    struct ng_build_result result;
    struct ng_err err;
    ng_err_clear(&err);
    require(ng_build_run(&options, &result, &err) == NG_OK, err.text);
    (void)snprintf(argument, sizeof argument, "%s=%s", name, index);
    require(ng_registry_add(api.registry, argument, &err) == NG_OK, err.text);
}

static void set_up(void) {
    char folder[] = "/tmp/ngidx-fuzz-XXXXXX";
    struct ng_err err;
    require(mkdtemp(folder) != NULL, "no folder");
    require(ng_registry_new(&api.registry, false, &(struct ng_remote_options){.timeout_seconds = 1}, &err) == NG_OK, "no registry");
    api.metrics = &metrics;
    api.limits = (struct ng_api_limits){.body_bytes = 100000,
                                        .phrase_bytes = 500,
                                        .text_bytes = 500,
                                        .batch_phrases = MAX_BATCH,
                                        .hits = 20,
                                        .context_bytes = 200};
    add_index(folder, "a", "{\"text\": \"one fish, two fish \\u20ac\\ud83d\\ude00\", \"n\": 1}\n{\"text\": \"\"}\n", 0);
    add_index(folder, "b",
              "{\"text\": \"abracadabra\"}\n{\"text\": \"abra \\u0000 abra\", \"k\": [1]}\n{\"text\": \"x\"}\n", 16);
    char command[64]; /* open files stay, their names need not */
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    require(system(command) == 0, "the folder stays"); /* NOLINT(cert-env33-c) */
}

static void check_answer(const struct ng_api_request *request, const struct ng_api_answer *answer) {
    require(strcmp(ng_api_reason(answer->status), "Unknown") != 0, "an unknown status");
    require(answer->status != 500 && answer->status != 503 && answer->status != 504, request->path);
    if (!answer->content_type || !strstr(answer->content_type, "json")) return;
    yajl_handle yajl = yajl_alloc(NULL, NULL, NULL);
    require(yajl != NULL, "out of memory");
    yajl_status status = yajl_parse(yajl, (const unsigned char *)answer->bytes, answer->length_bytes);
    if (status == yajl_status_ok) status = yajl_complete_parse(yajl);
    yajl_free(yajl);
    require(status == yajl_status_ok, "an answer is not JSON");
}

static enum ng_method method_of(const char *line) {
    if (strncmp(line, "GET ", 4) == 0) return NG_METHOD_GET;
    if (strncmp(line, "POST ", 5) == 0) return NG_METHOD_POST;
    return strncmp(line, "OPTIONS ", 8) == 0 ? NG_METHOD_OPTIONS : NG_METHOD_OTHER;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!api.registry) set_up();
    const uint8_t *newline = memchr(data, '\n', size);
    size_t line_bytes = newline ? (size_t)(newline - data) : size;
    char *line = strndup((const char *)data, line_bytes);
    size_t body_bytes = newline ? size - line_bytes - 1 : 0;
    /* A copy of its own, so that the sanitizer sees reads beyond it. */
    uint8_t *body = malloc(body_bytes > 0 ? body_bytes : 1);
    require(line != NULL && body != NULL, "out of memory");
    if (body_bytes > 0) memcpy(body, newline + 1, body_bytes);
    char *path = strchr(line, ' ');
    struct ng_api_request request = {
        .method = method_of(line),
        .path = path ? path + 1 : "",
        .body = body,
        .body_bytes = body_bytes,
        .content_type = "application/json"};
    char *query = path ? strchr(path, '?') : NULL;
    if (query) {
        *query = '\0';
        request.query = query + 1;
    }
    struct ng_api_answer answer;
    if (!ng_api_admit(&api, &request, &answer)) {
        (void)ng_api_is_light(&request);
        ng_api_answer(&api, &request, &answer);
    }
    check_answer(&request, &answer);
    ng_api_answer_free(&answer);
    free(body);
    free(line);
    return 0;
}
