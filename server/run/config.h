/*
 * The settings of ngidxd: flags, or lines "name = value" of a file, with the flags' long names.
 */
#ifndef NG_SERVER_RUN_CONFIG_H
#define NG_SERVER_RUN_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/base/limits.h"
#include "query/remote/remote.h"
#include "server/api/api.h"
#include "server/http/http.h"

/* The values of a setting that may be repeated. */
struct ng_config_list {
    char *texts[NG_MAX_SERVED_INDEXES]; /* owned */
    size_t count;
    size_t most;
    const char *what; /* names them in errors */
};

struct ng_config {
    struct ng_config_list indexes; /* as for ng_registry_add */
    struct ng_config_list descriptions; /* NAME=TEXT, as for ng_registry_describe */
    struct ng_config_list examples;     /* NAME=PHRASE, as for ng_registry_exemplify */
    struct ng_config_list listen;  /* as for ng_http_bind */
    struct ng_config_list hosts;   /* names to answer to */
    struct ng_http_options http;
    struct ng_api_limits limits;
    uint64_t connections;
    uint64_t watch_seconds; /* how often to check whether an index was replaced; 0: only on SIGHUP */
    char *token;            /* content of the token file; owned */
    char *part_token;       /* likewise */
    struct ng_remote_options remote; /* its token is part_token, set by main */
    char *cors_origin;
    char *access_log;
    char *bulletin;         /* folder of a site; NULL: none. Owned */
    bool accept_benchmarks; /* only with bulletin */
    bool log_queries;
    bool peer_any_type; /* bodies of POST / */
    bool preload; /* read indexes into memory */
    bool help;
    bool version;
};

/* Reads the command line, and the files that --config names in it. Errors: NG_ERR_USAGE, NG_ERR_LIMIT, NG_ERR_NOTFOUND,
 * NG_ERR_IO, NG_ERR_NOMEM. Either way ng_config_free. */
int ng_config_read(struct ng_config *config, int argc, char **argv, struct ng_err *err);

/* Idempotent. */
void ng_config_free(struct ng_config *config);

/* What --help prints. */
extern const char ng_config_help[];

#endif
