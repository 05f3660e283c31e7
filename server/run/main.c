/* The program ngidxd: settings, indexes, sockets, then the event loop until it is told to end. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/text.h"
#include "common/cli/cli.h"
#include "common/cpu/cpu.h"
#include "common/os/file.h"
#include "query/include/ngidx.h"
#include "server/bulletin/checker.h"
#include "server/run/config.h"
#include "server/run/reloader.h"

enum { DAEMON_ID_BYTES = 8 };

/* Everything that runs. */
struct daemon {
    struct ng_config config;
    struct ng_metrics metrics;
    struct ng_registry *registry;
    struct ng_access_log *log;
    struct ng_reloader *reloader;
    struct ng_checker *checker;
    char *bulletin; /* absolute */
    struct ng_http *http;
    struct ng_api api;
    char id[2 * DAEMON_ID_BYTES + 1]; /* random: no two daemons have the same */
};

static void on_reload(void *context) {
    ng_reloader_ask(((struct daemon *)context)->reloader);
}

/* Tells systemd, if that is who started us (sd_notify(3)). */
static void notify(const char *state) {
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!path || (path[0] != '/' && path[0] != '@') || strlen(path) >= sizeof address.sun_path) return;
    size_t length = strlen(path);
    memcpy(address.sun_path, path, length);
    if (path[0] == '@') address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return;
    (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)(const void *)&address,
                 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
    (void)close(fd);
}

/* How many sockets systemd hands over (sd_listen_fds(3)); they are numbered from 3. */
static unsigned activated_sockets(void) {
    const char *pid = getenv("LISTEN_PID");
    const char *count = getenv("LISTEN_FDS");
    if (!pid || !count || strtoul(pid, NULL, 10) != (unsigned long)getpid()) return 0;
    unsigned long sockets = strtoul(count, NULL, 10);
    return sockets <= NG_MAX_HTTP_LISTENERS ? (unsigned)sockets : NG_MAX_HTTP_LISTENERS;
}

static void announce(const struct daemon *d, const char *shown, bool loopback) {
    (void)fprintf(stderr, "ngidxd: listening on http://%s/\n", shown);
    if (loopback || d->config.token) return;
    (void)fputs("ngidxd: WARNING: other machines can reach this address, and no token is required: whoever reaches\n"
                "it can read every text of these indexes. --token-file requires one; 127.0.0.1 is this machine only.\n",
                stderr);
}

static int listen_everywhere(struct daemon *d, struct ng_err *err) {
    enum { FIRST_SOCKET = 3 };
    char shown[NG_HTTP_ADDRESS_BYTES];
    bool loopback;
    const struct ng_config_list *listen = &d->config.listen;
    unsigned activated = activated_sockets();
    size_t count = listen->count ? listen->count : activated == 0;
    int status = NG_OK;
    for (size_t i = 0; i < activated + count && !status; i++) {
        int fd = FIRST_SOCKET + (int)i;
        if (i >= activated) status = ng_http_bind(listen->count ? listen->texts[i - activated] : "127.0.0.1:8642", &fd, err);
        if (!status) status = ng_http_listen(d->http, fd, shown, &loopback, err);
        if (!status) announce(d, shown, loopback);
    }
    return status;
}

/* Connections are bounded by the file descriptors that we may have: at the bound no more are accepted, and wait. */
static int bound_connections(uint64_t connections, struct ng_err *err) {
    enum { OTHER_FILES = 64 };
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return ng_err_sys(err, errno, "cannot read the limit of open files");
    rlim_t wanted = connections > 0 ? (rlim_t)connections + OTHER_FILES : limit.rlim_max;
    if (wanted > limit.rlim_max) {
        return ng_err_set(err, NG_ERR_USAGE, "--connections: the system allows %llu open files",
                          (unsigned long long)limit.rlim_max);
    }
    limit.rlim_cur = wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return ng_err_sys(err, errno, "cannot set the limit of open files");
    return NG_OK;
}

static int open_indexes(struct daemon *d, struct ng_err *err) {
    uint8_t id[DAEMON_ID_BYTES];
    if (getrandom(id, sizeof id, 0) != (ssize_t)sizeof id) return ng_err_sys(err, errno, "cannot get random bytes");
    ng_text_hex(d->id, id, sizeof id);
    d->config.remote.token = d->config.part_token;
    d->config.remote.id = d->id;
    int status = ng_registry_new(&d->registry, d->config.preload, &d->config.remote, err);
    for (size_t i = 0; i < d->config.indexes.count && !status; i++) {
        status = ng_registry_add(d->registry, d->config.indexes.texts[i], err);
    }
    for (size_t i = 0; i < d->config.descriptions.count && !status; i++) {
        status = ng_registry_describe(d->registry, d->config.descriptions.texts[i], err);
    }
    for (size_t i = 0; i < d->config.examples.count && !status; i++) {
        status = ng_registry_exemplify(d->registry, d->config.examples.texts[i], err);
    }
    return status;
}

/* The absolute path of a folder that may not be there, but the folder around it is. A link stays one, so that what it
 * leads to may change. */
static int find_site(char **path, const char *given, struct ng_err *err) {
    size_t length = strlen(given);
    while (length > 1 && given[length - 1] == '/') length--;
    size_t begin = length;
    while (begin > 0 && given[begin - 1] != '/') begin--;
    if (begin == length || strcmp(given + begin, ".") == 0 || strcmp(given + begin, "..") == 0) {
        return ng_err_set(err, NG_ERR_USAGE, "--bulletin: '%s' does not name a folder in another one", given);
    }
    char *name = strndup(given + begin, length - begin);
    char *around = strndup(begin > 0 ? given : "./", begin > 0 ? begin : 2);
    char *folder = around ? realpath(around, NULL) : NULL;
    int status = NG_OK;
    if (!name || !around) status = ng_err_nomem(err, length, "a file name");
    else if (!folder) status = ng_err_sys(err, errno, "cannot use the folder %s", around);
    else status = ng_file_join(path, folder, name, err);
    free(name);
    free(around);
    free(folder);
    return status;
}

/* A site may be missing if its first report is still to come. */
static int open_bulletin(struct daemon *d, struct ng_err *err) {
    char *data = NULL;
    int status = find_site(&d->bulletin, d->config.bulletin, err);
    if (!status) status = ng_file_join(&data, d->bulletin, "bulletin.json", err);
    if (!status && access(data, R_OK) != 0 && !(d->config.accept_benchmarks && access(d->bulletin, F_OK) != 0)) {
        status = ng_err_sys(err, errno, "cannot open %s", data);
        (void)ng_err_hint(err, "ngidx bulletin REPORT... -o SITE makes a site");
    }
    free(data);
    if (!status && d->config.accept_benchmarks) {
        status = ng_checker_start(&d->checker, d->bulletin, d->registry, err);
    }
    d->api.bulletin = d->bulletin;
    d->api.checker = d->checker;
    return status;
}

static int start(struct daemon *d, struct ng_err *err) {
    struct ng_config *config = &d->config;
    int status = bound_connections(config->connections, err);
    if (!status) status = ng_index_guard(err);
    if (!status) status = open_indexes(d, err);
    if (!status && config->access_log) {
        status = ng_access_log_open(&d->log, config->access_log, config->log_queries, err);
    }
    if (!status) status = ng_reloader_start(&d->reloader, d->registry, &d->metrics, config->watch_seconds, err);
    if (!status && config->bulletin) status = open_bulletin(d, err);
    if (status) return status;
    d->api.registry = d->registry;
    d->api.metrics = &d->metrics;
    d->api.limits = config->limits;
    d->api.token = config->token;
    d->api.id = d->id;
    d->api.cors_origin = config->cors_origin;
    d->api.hosts = (const char *const *)config->hosts.texts;
    d->api.host_count = config->hosts.count;
    d->api.peer_any_type = config->peer_any_type;
    config->http.log = d->log;
    config->http.reload = on_reload;
    config->http.reload_context = d;
    status = ng_http_new(&d->http, &d->api, &config->http, err);
    if (!status) status = listen_everywhere(d, err);
    return status;
}

static void stop(struct daemon *d) {
    ng_http_free(d->http);
    ng_checker_stop(d->checker);
    free(d->bulletin);
    ng_reloader_stop(d->reloader);
    ng_access_log_close(d->log);
    ng_registry_free(d->registry);
    ng_config_free(&d->config);
}

static int run(struct daemon *d, int argc, char **argv) {
    struct ng_err err;
    ng_err_clear(&err);
    if (ng_cpu_check(&err)) return ng_cli_report(&err);
    if (ng_config_read(&d->config, argc, argv, &err)) {
        if (err.status == NG_ERR_USAGE && !err.hint[0]) (void)ng_err_hint(&err, "ngidxd --help");
        return ng_cli_report(&err);
    }
    if (d->config.help) return fputs(ng_config_help, stdout) < 0 ? NG_EXIT_ERROR : NG_EXIT_FOUND;
    if (d->config.version) return puts("ngidxd " NGIDX_VERSION) < 0 ? NG_EXIT_ERROR : NG_EXIT_FOUND;
    if (start(d, &err)) return ng_cli_report(&err);
    notify("READY=1");
    ng_http_run(d->http);
    notify("STOPPING=1");
    return NG_EXIT_FOUND;
}

int main(int argc, char **argv) {
    static struct daemon d;
    enum { LARGE_BYTES = 1 << 20 };
    ng_cli_guard_standard_files();
    /* A large body or answer goes back to the system when it is freed; the default keeps up to 32 MB of them for later,
     * in pieces that the next one may not fit into. */
    (void)mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
    /* A client that goes away is a failed write. */
    (void)signal(SIGPIPE, SIG_IGN);
    /* So is a file that reaches the limit on its size. */
    (void)signal(SIGXFSZ, SIG_IGN);
    /* One that comes before there is anything to open anew. */
    (void)signal(SIGHUP, SIG_IGN);
    int code = run(&d, argc, argv);
    stop(&d);
    return ng_cli_finish(code);
}
