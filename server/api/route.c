/* From paths to endpoints. */
#include <string.h>

#include "server/api/api_impl.h"

struct fixed {
    const char *path;
    enum ng_endpoint endpoint;
    unsigned methods;
};

/* POST / is the peer's protocol, GET / the page. */
static const struct fixed fixed_paths[] = {
    {"/", NG_ENDPOINT_PAGE, NG_API_GET | NG_API_POST},    {"/page.css", NG_ENDPOINT_PAGE_STYLE, NG_API_GET},     {"/page.js", NG_ENDPOINT_PAGE_SCRIPT, NG_API_GET},
    {"/livez", NG_ENDPOINT_LIVEZ, NG_API_GET},
    {"/readyz", NG_ENDPOINT_READYZ, NG_API_GET},          {"/metrics", NG_ENDPOINT_METRICS, NG_API_GET},
    {"/openapi.json", NG_ENDPOINT_OPENAPI, NG_API_GET},   {"/v1/indexes", NG_ENDPOINT_INDEXES, NG_API_GET},
    {"/v1/benchmark", NG_ENDPOINT_BENCHMARK, NG_API_POST},
    {"/bulletin", NG_ENDPOINT_BULLETIN, NG_API_GET},
    {"/bulletin/benchmarks", NG_ENDPOINT_BENCHMARKS, NG_API_GET | NG_API_POST},
    {"/bulletin/benchmarks/state", NG_ENDPOINT_BENCHMARKS_STATE, NG_API_GET},
};

/* What may follow /v1/{index}/. */
static const struct fixed index_paths[] = {
    {"count", NG_ENDPOINT_COUNT, NG_API_GET | NG_API_POST},
    {"locate", NG_ENDPOINT_LOCATE, NG_API_GET | NG_API_POST},
    {"find", NG_ENDPOINT_FIND, NG_API_GET | NG_API_POST},
    {"next", NG_ENDPOINT_NEXT, NG_API_GET | NG_API_POST},
    {"compare", NG_ENDPOINT_COMPARE, NG_API_GET | NG_API_POST},
    {"batch", NG_ENDPOINT_BATCH, NG_API_POST},
    {"contam", NG_ENDPOINT_CONTAM, NG_API_POST},
    {"trace", NG_ENDPOINT_TRACE, NG_API_POST},
    {"part", NG_ENDPOINT_PART, NG_API_POST},
};

static bool set(struct ng_api_route *route, const struct fixed *fixed) {
    route->endpoint = fixed->endpoint;
    route->methods = fixed->methods;
    return true;
}

bool ng_api_route(const char *path, struct ng_api_route *route) {
    *route = (struct ng_api_route){.endpoint = NG_ENDPOINT_OTHER};
    for (size_t i = 0; i < sizeof fixed_paths / sizeof *fixed_paths; i++) {
        if (strcmp(path, fixed_paths[i].path) == 0) return set(route, &fixed_paths[i]);
    }
    static const struct fixed file = {"", NG_ENDPOINT_BULLETIN, NG_API_GET};
    if (strncmp(path, "/bulletin/", 10) == 0) {
        route->rest = path + 10;
        return set(route, &file);
    }
    if (strncmp(path, "/v1/", 4) != 0) return false;
    const char *name = path + 4;
    const char *slash = strchr(name, '/');
    if (!slash || slash == name) return false;
    route->index = name;
    route->index_length = (size_t)(slash - name);
    for (size_t i = 0; i < sizeof index_paths / sizeof *index_paths; i++) {
        if (strcmp(slash + 1, index_paths[i].path) == 0) return set(route, &index_paths[i]);
    }
    static const struct fixed doc = {"doc", NG_ENDPOINT_DOC, NG_API_GET};
    bool by_id = strcmp(slash + 1, doc.path) == 0;
    if (!by_id && strncmp(slash + 1, "doc/", 4) != 0) return false;
    route->rest = by_id ? NULL : slash + 5;
    return set(route, &doc);
}
