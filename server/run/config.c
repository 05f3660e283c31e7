#include "server/run/config.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli/cli.h"
#include "common/os/parallel.h"

const char ng_config_help[] =
    "Usage: ngidxd [-i NAME=INDEX]... [options]      (also: ngidx serve)\n"
    "\n"
    "Serves indexes over HTTP: a web page at /, the API described by /openapi.json, and Infini-gram mini's\n"
    "protocol by POST /.\n"
    "\n"
    "  -i, --index NAME=INDEX   an index to serve; NAME= may be left out. More than one may be given. (default:\n"
    "                           $NGIDX_INDEX, else ./index.ngidx)\n"
    "  -l, --listen HOST:PORT   where to listen (default 127.0.0.1:8642, this machine only). May be repeated; port 0\n"
    "                           is any that is free\n"
    "      --host NAME          a name to answer to, beside localhost, 127.0.0.1, [::1] and the address that the client\n"
    "                           reached; '*': any. May be repeated. Requests for others get 421, so that no web page\n"
    "                           can reach this server through a name of its own\n"
    "  -c, --config FILE        settings from a file: lines 'name = value' with the long names here, '#' a comment\n"
    "      --token-file FILE    clients have to send 'Authorization: Bearer TOKEN', the first line of FILE\n"
    "      --cors ORIGIN        let web pages of ORIGIN (or '*') use the API (default: none; they get 403)\n"
    "      --peer-any-type      take bodies of POST / that do not say Content-Type: application/json\n"
    "  -t, --threads N          threads that search (default: as many as processors; more pay where indexes are\n"
    "                           larger than memory and the disk is waited for)\n"
    "      --preload            read the indexes into memory, in huge pages where the system has them, instead of\n"
    "                           mapping their files: faster, and no disk is waited for, but opening takes longer\n"
    "      --queue N            requests under way at a time; more are answered with 429 (default 1024)\n"
    "      --timeout SECONDS    after which a request is given up with 504 (default 30)\n"
    "      --idle SECONDS       after which a silent connection is closed (default 60)\n"
    "      --header-timeout SECONDS\n"
    "                           in which the head of a request has to come; its body has as long, and a second\n"
    "                           more for each 4 KiB (default 10)\n"
    "      --drain SECONDS      time for requests under way after SIGTERM (default 30)\n"
    "      --connections N      open connections at a time (default: what the system allows)\n"
    "      --watch SECONDS      how often to look whether an index was replaced; 0: never (default 1)\n"
    "      --max-body SIZE      of a request (default 16M)\n"
    "      --max-headers SIZE   of a request, its first line included (default 64K)\n"
    "      --max-buffered SIZE  requests and answers in memory, over all connections; past it 503 (default 256M)\n"
    "      --max-phrase SIZE    of a phrase (default 64K)\n"
    "      --max-text SIZE      of a text to trace (default 256K)\n"
    "      --max-batch N        phrases, or entries of a benchmark, in one request (default 10000)\n"
    "      --max-hits N         hits in one answer (default 1000)\n"
    "      --max-context SIZE   text to show on each side of a hit (default 64K)\n"
    "      --access-log FILE    a line of JSON for each request, '-' to standard error (default: none)\n"
    "      --log-queries        with the text that was searched for\n"
    "  -h, --help, --version\n"
    "\n"
    "SIGHUP opens all indexes anew, and the access log; requests go on meanwhile, on the old ones. SIGTERM ends\n"
    "the program once the requests under way are answered.\n"
    "\n"
    "Examples:\n"
    "  ngidxd -i wiki=/data/wiki.ngidx -i books=/data/books.ngidx\n"
    "  ngidxd --config /etc/ngidxd.conf\n"
    "  curl --json '{\"index\": \"wiki\", \"query_type\": \"count\", \"query\": \"the\"}' http://127.0.0.1:8642/\n"
    "  curl 'http://127.0.0.1:8642/v1/wiki/locate?query=quick+brown'\n";

enum option_id {
    OPTION_INDEX = 'i',
    OPTION_LISTEN = 'l',
    OPTION_CONFIG = 'c',
    OPTION_THREADS = 't',
    OPTION_HELP = 'h',
    OPTION_TOKEN = NG_CLI_OPT_OWN,
    OPTION_CORS,
    OPTION_QUEUE,
    OPTION_TIMEOUT,
    OPTION_IDLE,
    OPTION_DRAIN,
    OPTION_CONNECTIONS,
    OPTION_WATCH,
    OPTION_MAX_BODY,
    OPTION_MAX_HEADERS,
    OPTION_MAX_PHRASE,
    OPTION_MAX_TEXT,
    OPTION_MAX_BATCH,
    OPTION_MAX_HITS,
    OPTION_MAX_CONTEXT,
    OPTION_ACCESS_LOG,
    OPTION_LOG_QUERIES,
    OPTION_PRELOAD,
    OPTION_HOST,
    OPTION_PEER_ANY_TYPE,
    OPTION_HEADER_TIMEOUT,
    OPTION_MAX_BUFFERED,
    OPTION_VERSION
};

static const struct option options[] = {
    {"index", required_argument, NULL, OPTION_INDEX},
    {"listen", required_argument, NULL, OPTION_LISTEN},
    {"host", required_argument, NULL, OPTION_HOST},
    {"config", required_argument, NULL, OPTION_CONFIG},
    {"token-file", required_argument, NULL, OPTION_TOKEN},
    {"cors", required_argument, NULL, OPTION_CORS},
    {"peer-any-type", no_argument, NULL, OPTION_PEER_ANY_TYPE},
    {"threads", required_argument, NULL, OPTION_THREADS},
    {"queue", required_argument, NULL, OPTION_QUEUE},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"idle", required_argument, NULL, OPTION_IDLE},
    {"header-timeout", required_argument, NULL, OPTION_HEADER_TIMEOUT},
    {"drain", required_argument, NULL, OPTION_DRAIN},
    {"connections", required_argument, NULL, OPTION_CONNECTIONS},
    {"watch", required_argument, NULL, OPTION_WATCH},
    {"max-body", required_argument, NULL, OPTION_MAX_BODY},
    {"max-headers", required_argument, NULL, OPTION_MAX_HEADERS},
    {"max-buffered", required_argument, NULL, OPTION_MAX_BUFFERED},
    {"max-phrase", required_argument, NULL, OPTION_MAX_PHRASE},
    {"max-text", required_argument, NULL, OPTION_MAX_TEXT},
    {"max-batch", required_argument, NULL, OPTION_MAX_BATCH},
    {"max-hits", required_argument, NULL, OPTION_MAX_HITS},
    {"max-context", required_argument, NULL, OPTION_MAX_CONTEXT},
    {"access-log", required_argument, NULL, OPTION_ACCESS_LOG},
    {"log-queries", no_argument, NULL, OPTION_LOG_QUERIES},
    {"preload", no_argument, NULL, OPTION_PRELOAD},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

static int copy(char **to, const char *text, struct ng_err *err) {
    free(*to);
    *to = strdup(text);
    return *to ? NG_OK : ng_err_nomem(err, strlen(text), "a setting");
}

static int append(char **list, size_t *count, size_t most, const char *text, const char *what, struct ng_err *err) {
    if (*count == most) return ng_err_set(err, NG_ERR_LIMIT, "more than %zu %s", most, what);
    int status = copy(&list[*count], text, err);
    if (!status) (*count)++;
    return status;
}

static int parse_size(const char *text, const char *name, uint64_t most, uint64_t *bytes, struct ng_err *err) {
    int status = ng_cli_parse_size(text, name, bytes, err);
    if (status || *bytes <= most) return status;
    return ng_err_set(err, NG_ERR_USAGE, "%s is at most %llu bytes", name, (unsigned long long)most);
}

static int read_token(struct ng_config *config, const char *path, struct ng_err *err) {
    char line[NG_MAX_TOKEN_BYTES + 2];
    FILE *file = fopen(path, "re");
    if (!file) return ng_err_sys(err, errno, "cannot open %s", path);
    bool well = fgets(line, sizeof line, file) != NULL;
    (void)fclose(file);
    size_t length = well ? strcspn(line, "\r\n") : 0;
    if (length == 0 || length > NG_MAX_TOKEN_BYTES) {
        return ng_err_set(err, NG_ERR_USAGE, "%s: its first line has to be a token of 1 to %u bytes", path,
                          NG_MAX_TOKEN_BYTES);
    }
    line[length] = '\0';
    return copy(&config->token, line, err);
}

static int set_number(struct ng_config *config, int option, const char *name, const char *value, struct ng_err *err) {
    struct ng_http_options *http = &config->http;
    uint64_t number = 0;
    int status;
    switch (option) {
    case OPTION_THREADS:
        status = ng_cli_parse_number(value, name, 1, NG_MAX_THREADS, &number, err);
        if (!status) http->threads = (unsigned)number;
        return status;
    case OPTION_QUEUE: return ng_cli_parse_number(value, name, 1, NG_MAX_HTTP_QUEUE, &http->queue, err);
    case OPTION_TIMEOUT: return ng_cli_parse_number(value, name, 1, 86400, &http->deadline_seconds, err);
    case OPTION_IDLE: return ng_cli_parse_number(value, name, 1, 86400, &http->idle_seconds, err);
    case OPTION_HEADER_TIMEOUT: return ng_cli_parse_number(value, name, 1, 86400, &http->header_seconds, err);
    case OPTION_DRAIN: return ng_cli_parse_number(value, name, 0, 86400, &http->drain_seconds, err);
    case OPTION_CONNECTIONS: return ng_cli_parse_number(value, name, 1, 1000000, &config->connections, err);
    case OPTION_WATCH: return ng_cli_parse_number(value, name, 0, 86400, &config->watch_seconds, err);
    case OPTION_MAX_BATCH:
        return ng_cli_parse_number(value, name, 1, NG_MAX_BATCH_PHRASES, &config->limits.batch_phrases, err);
    default: return ng_cli_parse_number(value, name, 1, NG_MAX_PAGE_HITS, &config->limits.hits, err);
    }
}

static int read_file(struct ng_config *config, const char *path, struct ng_err *err);

/* from_file: a file names no file. */
static int set_option(struct ng_config *config, int option, const char *name, const char *value, bool from_file,
                      struct ng_err *err) {
    struct ng_api_limits *limits = &config->limits;
    switch (option) {
    case OPTION_INDEX:
        return append(config->indexes, &config->index_count, NG_MAX_SERVED_INDEXES, value, "indexes", err);
    case OPTION_LISTEN:
        return append(config->listen, &config->listen_count, NG_MAX_HTTP_LISTENERS, value, "addresses", err);
    case OPTION_HOST: return append(config->hosts, &config->host_count, NG_MAX_HTTP_HOSTS, value, "hosts", err);
    case OPTION_CONFIG:
        if (from_file) return ng_err_set(err, NG_ERR_USAGE, "a file of settings cannot name another");
        return read_file(config, value, err);
    case OPTION_TOKEN: return read_token(config, value, err);
    case OPTION_CORS: return copy(&config->cors_origin, value, err);
    case OPTION_ACCESS_LOG: return copy(&config->access_log, value, err);
    case OPTION_LOG_QUERIES: config->log_queries = true; return NG_OK;
    case OPTION_PRELOAD: config->preload = true; return NG_OK;
    case OPTION_PEER_ANY_TYPE: config->peer_any_type = true; return NG_OK;
    case OPTION_MAX_BODY: return parse_size(value, name, NG_MAX_HTTP_BODY_BYTES, &limits->body_bytes, err);
    case OPTION_MAX_HEADERS: return parse_size(value, name, NG_MAX_HTTP_HEADER_BYTES, &config->http.header_bytes, err);
    case OPTION_MAX_BUFFERED:
        return parse_size(value, name, NG_MAX_HTTP_BUFFERED_BYTES, &config->http.buffered_bytes, err);
    case OPTION_MAX_PHRASE: return parse_size(value, name, NG_MAX_PHRASE_BYTES, &limits->phrase_bytes, err);
    case OPTION_MAX_TEXT: return parse_size(value, name, NG_MAX_ENTRY_BYTES, &limits->text_bytes, err);
    case OPTION_MAX_CONTEXT: return parse_size(value, name, NG_MAX_CONTEXT_BYTES, &limits->context_bytes, err);
    case OPTION_HELP: config->help = true; return NG_OK;
    case OPTION_VERSION: config->version = true; return NG_OK;
    default: return set_number(config, option, name, value, err);
    }
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
static int read_line(struct ng_config *config, char *line, struct ng_err *err) {
    char *name = trim(line);
    if (*name == '\0' || *name == '#') return NG_OK;
    char *equals = strchr(name, '=');
    if (equals) *equals = '\0';
    char *value = equals ? trim(equals + 1) : name + strlen(name);
    name = trim(name);
    for (const struct option *option = options; option->name; option++) {
        if (strcmp(option->name, name) != 0) continue;
        if (option->has_arg == required_argument && *value == '\0')
            return ng_err_set(err, NG_ERR_USAGE, "'%s' needs a value", name);
        if (option->has_arg == no_argument && strcmp(value, "") != 0 && strcmp(value, "true") != 0)
            return ng_err_set(err, NG_ERR_USAGE, "'%s' takes no value but true", name);
        return set_option(config, option->val, name, value, true, err);
    }
    return ng_err_set(err, NG_ERR_USAGE, "there is no setting '%s'", name);
}

static int read_file(struct ng_config *config, const char *path, struct ng_err *err) {
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
        status = read_line(config, line, &cause);
        if (!status) continue;
        (void)ng_err_set(err, status, "%s:%lu: %s", path, number, cause.text);
        if (cause.hint[0]) (void)ng_err_hint(err, "%s", cause.hint);
    }
    free(line);
    (void)fclose(file);
    return status;
}

static void set_defaults(struct ng_config *config) {
    *config = (struct ng_config){
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
        .watch_seconds = 1,
    };
}

static const char *option_name(int value) {
    for (const struct option *option = options; option->name; option++) {
        if (option->val == value) return option->name;
    }
    return "";
}

int ng_config_read(struct ng_config *config, int argc, char **argv, struct ng_err *err) {
    set_defaults(config);
    int status = NG_OK;
    int option = 0;
    while (!status && !config->help && !config->version) {
        status = ng_cli_next_option(argc, argv, "hi:l:c:t:", options, &option, err);
        if (status && err->hint[0]) (void)ng_err_hint(err, "ngidxd --help lists the options");
        if (status || option == -1) break;
        char name[32];
        (void)snprintf(name, sizeof name, "--%s", option_name(option));
        status = set_option(config, option, name, optarg, false, err);
    }
    if (!status && !config->help && !config->version) status = ng_cli_expect_arguments(argc, argv, 0, "", err);
    if (!status && config->index_count == 0) {
        status = append(config->indexes, &config->index_count, NG_MAX_SERVED_INDEXES, ng_cli_index_path(NULL), "", err);
    }
    return status;
}

void ng_config_free(struct ng_config *config) {
    for (size_t i = 0; i < config->index_count; i++) free(config->indexes[i]);
    for (size_t i = 0; i < config->listen_count; i++) free(config->listen[i]);
    for (size_t i = 0; i < config->host_count; i++) free(config->hosts[i]);
    config->index_count = 0;
    config->host_count = 0;
    config->listen_count = 0;
    free(config->token);
    free(config->cors_origin);
    free(config->access_log);
    config->token = NULL;
    config->cors_origin = NULL;
    config->access_log = NULL;
}
