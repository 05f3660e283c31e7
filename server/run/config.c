#include "server/run/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli/options.h"
#include "common/os/parallel.h"

const char ng_config_help[] =
    "Usage: ngidxd [-i NAME=INDEX]... [options]      (also: ngidx serve)\n"
    "\n"
    "Serves indexes over HTTP: a web page at /, the API described by /openapi.json, and Infini-gram mini's protocol\n"
    "at POST /.\n"
    "\n"
    "  -i, --index NAME=INDEX   an index to serve; NAME= is optional; may be repeated (default: $NGIDX_INDEX, else\n"
    "                           ./index.ngidx). INDEX is a folder, or where ngidxd serves the parts of an index:\n"
    "                           NAME=http://HOST:PORT/NAME,http://HOST:PORT/NAME,... in order; replicas of a part,\n"
    "                           which are tried in turn, are separated by '|'\n"
    "      --describe NAME=TEXT what the index NAME holds, for the web page and /v1/indexes\n"
    "      --example NAME=PHRASE\n"
    "                           a phrase that the web page offers to search for in NAME; may be repeated (default: the\n"
    "                           first words of a document)\n"
    "  -l, --listen HOST:PORT   where to listen (default 127.0.0.1:8642, this machine only). May be repeated; port 0\n"
    "                           takes any free port\n"
    "      --host NAME          a host name to answer to, besides localhost, 127.0.0.1, [::1] and the address that\n"
    "                           the client connected to; '*': any. May be repeated. Requests for other names get\n"
    "                           421, so that no web page can reach this server through a name of its own\n"
    "      --trusted-proxy ADDRESS[/BITS]\n"
    "                           a proxy in front of this server, whose Forwarded, X-Forwarded-For and X-Request-Id are\n"
    "                           believed: the access log then tells the client behind it. May be repeated (default:\n"
    "                           none is believed)\n"
    "  -c, --config FILE        read settings from a file: lines 'name = value' with the long names here; '#' starts\n"
    "                           a comment\n"
    "      --token-file FILE    clients must send 'Authorization: Bearer TOKEN'; TOKEN is the first line of FILE\n"
    "      --part-token-file FILE\n"
    "                           the token to send to the servers of parts\n"
    "      --part-timeout SECONDS\n"
    "                           time for a part to answer, all its replicas together (default 20)\n"
    "      --allow-partial      answer without parts that do not answer; the answer names them as missing_parts\n"
    "                           (default: an error, 502)\n"
    "      --cors ORIGIN        let web pages of ORIGIN (or '*') use the API (default: none; they get 403)\n"
    "      --peer-any-type      accept bodies of POST / without Content-Type: application/json\n"
    "  -t, --threads N          threads that search (default: one per processor; more help if the indexes are larger\n"
    "                           than memory and searches wait for the disk)\n"
    "      --preload            read the indexes into memory (in huge pages if the system has them) instead of\n"
    "                           mapping their files: searches are faster and never wait for the disk, but opening\n"
    "                           takes longer\n"
    "      --queue N            most requests under way at a time; further ones get 429 (default 1024)\n"
    "      --timeout SECONDS    time limit of a request; after it the client gets 504 (default 30)\n"
    "      --idle SECONDS       time after which a silent connection is closed (default 60)\n"
    "      --header-timeout SECONDS\n"
    "                           time for the head of a request to arrive; its body has as long, plus one second for\n"
    "                           each 4 KiB (default 10)\n"
    "      --drain SECONDS      time for requests under way after SIGTERM (default 30)\n"
    "      --connections N      most open connections at a time (default: what the system allows)\n"
    "      --watch SECONDS      how often to check whether an index was replaced; 0: never (default 1)\n"
    "      --max-body SIZE      largest body of a request (default 16M)\n"
    "      --max-headers SIZE   largest head of a request, its first line included (default 64K)\n"
    "      --max-buffered SIZE  most requests and answers in memory, over all connections; beyond: 503 (default\n"
    "                           256M)\n"
    "      --max-phrase SIZE    largest phrase (default 64K)\n"
    "      --max-text SIZE      largest text to trace (default 256K)\n"
    "      --max-batch N        most phrases, or entries of a benchmark, in one request (default 10000)\n"
    "      --max-hits N         most hits in one answer (default 1000)\n"
    "      --max-context SIZE   most text to show on each side of a hit (default 64K)\n"
    "      --bulletin SITE      serve the site that 'ngidx bulletin' wrote at /bulletin/. A new site in its place is served\n"
    "                           at once. Where a token is required, a browser sends it as a password, with any name\n"
    "      --accept-benchmarks  let people upload benchmarks at /bulletin/benchmarks, up to --max-body. One at a time is\n"
    "                           checked against all indexes ('ngidx contam --redact') and its report added to SITE,\n"
    "                           under any name the uploader chooses; further ones get 429. What waits, and what came\n"
    "                           to nothing, is kept in SITE.queue (default: none are accepted)\n"
    "      --access-log FILE    log each request as a line of JSON; '-' is standard error (default: none)\n"
    "      --log-queries        include the searched text in the access log\n"
    "  -h, --help, --version\n"
    "\n"
    "SIGHUP opens all indexes and the access log anew; requests under way go on with the old indexes. SIGTERM ends\n"
    "the program once the requests under way are answered.\n"
    "\n"
    "Examples:\n"
    "  ngidxd -i wiki=/data/wiki.ngidx -i books=/data/books.ngidx\n"
    "  ngidxd -i wiki=/data/wiki.ngidx --describe wiki='Wikipedia in English, May 2024' --example wiki='of the'\n"
    "  ngidxd --config /etc/ngidxd.conf\n"
    "  curl --json '{\"index\": \"wiki\", \"query_type\": \"count\", \"query\": \"the\"}' http://127.0.0.1:8642/\n"
    "  ngidxd -i wiki=/data/wiki.ngidx --bulletin /data/bulletin --accept-benchmarks\n"
    "  curl 'http://127.0.0.1:8642/v1/wiki/locate?query=quick+brown'\n";

static int take_text(const char *text, void *to, struct ng_err *err) {
    char **place = to;
    free(*place);
    *place = strdup(text);
    return *place ? NG_OK : ng_err_nomem(err, strlen(text), "a setting");
}

static int take_item(const char *text, void *to, struct ng_err *err) {
    struct ng_config_list *list = to;
    if (list->count == list->most) return ng_err_set(err, NG_ERR_LIMIT, "more than %zu %s", list->most, list->what);
    int status = take_text(text, &list->texts[list->count], err);
    if (!status) list->count++;
    return status;
}

static int take_token(const char *path, void *to, struct ng_err *err) {
    char *token;
    int status = ng_remote_read_token(&token, path, err);
    if (!status) status = take_text(token, to, err);
    free(token);
    return status;
}

static int take_proxy(const char *text, void *to, struct ng_err *err) {
    return ng_trust_add(to, text, err);
}

static int take_file(const char *path, void *to, struct ng_err *err);

#define TAKE(what, place) .take = take_##what, .to = (place)
#define SECONDS(low, place) .number = (place), .least = (low), .most = 86400
#define SIZE(largest, place) .size = (place), .most = (largest)

struct table {
    struct ng_cli_option options[NG_CLI_MAX_OPTIONS];
};

static struct table make_table(struct ng_config *c) {
    struct ng_api_limits *limits = &c->limits;
    return (struct table){{
        {.name = "index", .letter = 'i', TAKE(item, &c->indexes)},
        {.name = "describe", TAKE(item, &c->descriptions)},
        {.name = "example", TAKE(item, &c->examples)},
        {.name = "listen", .letter = 'l', TAKE(item, &c->listen)},
        {.name = "host", TAKE(item, &c->hosts)},
        {.name = "trusted-proxy", TAKE(proxy, &c->http.trust)},
        {.name = "config", .letter = 'c', TAKE(file, c)},
        {.name = "token-file", TAKE(token, &c->token)},
        {.name = "part-token-file", TAKE(token, &c->part_token)},
        {.name = "part-timeout", SECONDS(1, &c->remote.timeout_seconds)},
        {.name = "allow-partial", .flag = &c->remote.allow_partial},
        {.name = "cors", TAKE(text, &c->cors_origin)},
        {.name = "peer-any-type", .flag = &c->peer_any_type},
        {.name = "threads", .letter = 't', .threads = &c->http.threads},
        {.name = "queue", .number = &c->http.queue, .least = 1, .most = NG_MAX_HTTP_QUEUE},
        {.name = "timeout", SECONDS(1, &c->http.deadline_seconds)},
        {.name = "idle", SECONDS(1, &c->http.idle_seconds)},
        {.name = "header-timeout", SECONDS(1, &c->http.header_seconds)},
        {.name = "drain", SECONDS(0, &c->http.drain_seconds)},
        {.name = "connections", .number = &c->connections, .least = 1, .most = 1000000},
        {.name = "watch", SECONDS(0, &c->watch_seconds)},
        {.name = "max-body", SIZE(NG_MAX_HTTP_BODY_BYTES, &limits->body_bytes)},
        {.name = "max-headers", SIZE(NG_MAX_HTTP_HEADER_BYTES, &c->http.header_bytes)},
        {.name = "max-buffered", SIZE(NG_MAX_HTTP_BUFFERED_BYTES, &c->http.buffered_bytes)},
        {.name = "max-phrase", SIZE(NG_MAX_PHRASE_BYTES, &limits->phrase_bytes)},
        {.name = "max-text", SIZE(NG_MAX_ENTRY_BYTES, &limits->text_bytes)},
        {.name = "max-batch", .number = &limits->batch_phrases, .least = 1, .most = NG_MAX_BATCH_PHRASES},
        {.name = "max-hits", .number = &limits->hits, .least = 1, .most = NG_MAX_PAGE_HITS},
        {.name = "max-context", SIZE(NG_MAX_CONTEXT_BYTES, &limits->context_bytes)},
        {.name = "bulletin", TAKE(text, &c->bulletin)},
        {.name = "accept-benchmarks", .flag = &c->accept_benchmarks},
        {.name = "access-log", TAKE(text, &c->access_log)},
        {.name = "log-queries", .flag = &c->log_queries},
        {.name = "preload", .flag = &c->preload},
        {.name = "version", .flag = &c->version},
    }};
}

static char *trim(char *text) {
    static const char blanks[] = " \t\r\n";
    text += strspn(text, blanks);
    size_t length = strlen(text);
    while (length > 0 && strchr(blanks, text[length - 1])) length--;
    text[length] = '\0';
    return text;
}

/* One line of a file of settings. */
static int read_line(const struct ng_cli_option *option, char *line, struct ng_err *err) {
    char *name = trim(line);
    if (*name == '\0' || *name == '#') return NG_OK;
    char *equals = strchr(name, '=');
    if (equals) *equals = '\0';
    char *value = equals ? trim(equals + 1) : name + strlen(name);
    name = trim(name);
    while (option->name && strcmp(option->name, name) != 0) option++;
    if (!option->name) return ng_err_set(err, NG_ERR_USAGE, "there is no setting '%s'", name);
    if (option->take == take_file) return ng_err_set(err, NG_ERR_USAGE, "a settings file cannot name another");
    if (!option->flag && *value == '\0') return ng_err_set(err, NG_ERR_USAGE, "'%s' needs a value", name);
    if (option->flag && *value && strcmp(value, "true") != 0)
        return ng_err_set(err, NG_ERR_USAGE, "'%s' takes no value but true", name);
    return ng_cli_take(option, name, value, err);
}

static int take_file(const char *path, void *to, struct ng_err *err) {
    const struct table table = make_table(to);
    char *line = NULL;
    size_t room = 0;
    unsigned long number = 0;
    uint64_t bytes = 0;
    int status = NG_OK;
    FILE *file = fopen(path, "re");
    if (!file) return ng_err_sys(err, errno, "cannot open %s", path);
    for (ssize_t length; !status && (length = getline(&line, &room, file)) >= 0;) {
        number++;
        bytes += (uint64_t)length;
        if (bytes > NG_MAX_CONFIG_BYTES) {
            status = ng_err_set(err, NG_ERR_LIMIT, "%s: over %llu bytes (NG_MAX_CONFIG_BYTES)", path,
                                (unsigned long long)NG_MAX_CONFIG_BYTES);
            break;
        }
        struct ng_err cause;
        ng_err_clear(&cause);
        status = read_line(table.options, line, &cause);
        if (!status) continue;
        (void)ng_err_set(err, status, "%s:%lu: %s", path, number, cause.text);
        if (cause.hint[0]) (void)ng_err_hint(err, "%s", cause.hint);
    }
    /* A file that cannot be read to its end may lack the token that it requires. */
    if (!status && !feof(file)) status = ng_err_sys(err, errno, "cannot read %s", path);
    free(line);
    (void)fclose(file);
    return status;
}

static void set_defaults(struct ng_config *config) {
    *config = (struct ng_config){
        .indexes = {.most = NG_MAX_SERVED_INDEXES, .what = "indexes"},
        .descriptions = {.most = NG_MAX_SERVED_INDEXES, .what = "descriptions"},
        .examples = {.most = NG_MAX_SERVED_INDEXES, .what = "examples"},
        .listen = {.most = NG_MAX_HTTP_LISTENERS, .what = "addresses"},
        .hosts = {.most = NG_MAX_HTTP_HOSTS, .what = "hosts"},
        .http = {.threads = ng_parallel_threads(0),
                 .queue = 1024,
                 .deadline_seconds = 30,
                 .idle_seconds = 60,
                 .header_seconds = 10,
                 .drain_seconds = 30,
                 .buffered_bytes = UINT64_C(256) << 20,
                 .header_bytes = UINT64_C(64) << 10},
        .limits = {.body_bytes = UINT64_C(16) << 20,
                   .phrase_bytes = UINT64_C(64) << 10,
                   .text_bytes = UINT64_C(256) << 10,
                   .batch_phrases = 10000,
                   .hits = 1000,
                   .context_bytes = UINT64_C(64) << 10},
        .remote = {.timeout_seconds = NG_REMOTE_TIMEOUT_SECONDS},
        .watch_seconds = 1,
    };
}

int ng_config_read(struct ng_config *config, int argc, char **argv, struct ng_err *err) {
    set_defaults(config);
    const struct table table = make_table(config);
    int status = ng_cli_read(argc, argv, table.options, &config->help, err);
    if (status && err->hint[0]) (void)ng_err_hint(err, "ngidxd --help lists the options");
    if (!status && !config->help && !config->version) status = ng_cli_expect_arguments(argc, argv, 0, "", err);
    if (!status && config->accept_benchmarks && !config->bulletin) {
        status = ng_err_set(err, NG_ERR_USAGE, "--accept-benchmarks needs --bulletin SITE");
    }
    if (!status && config->indexes.count == 0) status = take_item(ng_cli_index_path(), &config->indexes, err);
    return status;
}

static void free_items(struct ng_config_list *list) {
    for (size_t i = 0; i < list->count; i++) free(list->texts[i]);
}

void ng_config_free(struct ng_config *config) {
    free_items(&config->indexes);
    free_items(&config->descriptions);
    free_items(&config->examples);
    free_items(&config->listen);
    free_items(&config->hosts);
    free(config->token);
    free(config->part_token);
    free(config->cors_origin);
    free(config->access_log);
    free(config->bulletin);
    *config = (struct ng_config){0};
}
