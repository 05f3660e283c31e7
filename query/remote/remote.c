#include "query/remote/remote.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/limits.h"
#include "query/remote/exchange.h"

static const char *name_of(void *context, size_t part) {
    return ((struct ng_remote *)context)->addresses.parts[part].shown;
}

static size_t replicas_of(void *context, size_t part) {
    return ((struct ng_remote *)context)->addresses.parts[part].count;
}

static void close_remote(void *context) {
    struct ng_remote *remote = context;
    ng_remote_close_channels(remote);
    ng_remote_addresses_free(&remote->addresses);
    (void)pthread_mutex_destroy(&remote->lock);
    free(remote->token);
    free(remote->id);
    free(remote);
}

int ng_remote_open(struct ng_index **index, const char *addresses, const struct ng_remote_options *options,
                   struct ng_err *err) {
    *index = NULL;
    struct ng_remote *remote = calloc(1, sizeof *remote);
    if (!remote) return ng_err_nomem(err, sizeof *remote, "a remote index");
    (void)pthread_mutex_init(&remote->lock, NULL);
    remote->timeout_ns = options->timeout_seconds * 1000000000;
    remote->token = options->token ? strdup(options->token) : NULL;
    remote->id = options->id ? strdup(options->id) : NULL;
    bool lost = (options->token && !remote->token) || (options->id && !remote->id);
    int status = lost ? ng_err_nomem(err, NG_MAX_TOKEN_BYTES, "a token") : NG_OK;
    if (!status) status = ng_remote_addresses_read(&remote->addresses, addresses, err);
    if (status) {
        close_remote(remote);
        return status;
    }
    const struct ng_part_transport transport = {.exchange = ng_remote_exchange,
                                                .name = name_of,
                                                .replicas = replicas_of,
                                                .close = close_remote,
                                                .context = remote,
                                                .part_count = remote->addresses.count,
                                                .allow_partial = options->allow_partial,
                                                .allow_absent = options->allow_absent};
    return ng_index_open_parts(index, &transport, err);
}

int ng_remote_read_token(char **token, const char *path, struct ng_err *err) {
    char line[NG_MAX_TOKEN_BYTES + 2];
    *token = NULL;
    FILE *file = fopen(path, "re");
    if (!file) return ng_err_sys(err, errno, "cannot open %s", path);
    bool well = fgets(line, sizeof line, file) != NULL;
    (void)fclose(file);
    size_t length = well ? strcspn(line, "\r\n") : 0;
    if (length == 0 || length > NG_MAX_TOKEN_BYTES) {
        return ng_err_set(err, NG_ERR_USAGE, "%s: its first line must be a token of 1 to %u bytes", path,
                          NG_MAX_TOKEN_BYTES);
    }
    *token = strndup(line, length);
    return *token ? NG_OK : ng_err_nomem(err, length, "a token");
}
