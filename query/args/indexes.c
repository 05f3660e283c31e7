#include "query/args/indexes.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/cli/cli.h"

char *ng_cmd_name_of(const char *path, const char *const *endings) {
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') length--;
    size_t begin = length;
    while (begin > 0 && path[begin - 1] != '/') begin--;
    for (; *endings; endings++) {
        size_t ending = strlen(*endings);
        if (length - begin > ending && strncasecmp(path + length - ending, *endings, ending) == 0) length -= ending;
    }
    return strndup(path + begin, length - begin);
}

int ng_cmd_indexes_take(const char *argument, void *to, struct ng_err *err) {
    struct ng_cmd_indexes *indexes = to;
    static const char *const endings[] = {".ngidx", NULL};
    if (indexes->count == NG_MAX_CONTAM_INDEXES) {
        return ng_err_set(err, NG_ERR_USAGE, "over %u indexes (NG_MAX_CONTAM_INDEXES)", NG_MAX_CONTAM_INDEXES);
    }
    const char *equals = strchr(argument, '=');
    const char *slash = strchr(argument, '/');
    bool named = equals && equals > argument && (!slash || equals < slash); /* a path may hold '=', too */
    struct ng_report_index *added = &indexes->named[indexes->count];
    added->path = named ? equals + 1 : argument;
    added->name = named ? strndup(argument, (size_t)(equals - argument)) : ng_cmd_name_of(argument, endings);
    if (!added->name) return ng_err_nomem(err, strlen(argument), "the name of an index");
    indexes->count++;
    for (size_t i = 0; i + 1 < indexes->count; i++) {
        if (strcmp(indexes->named[i].name, added->name) != 0) continue;
        (void)ng_err_set(err, NG_ERR_USAGE, "two indexes are named '%s'", added->name);
        return ng_err_hint(err, "-i NAME=INDEX gives an index a name of its own");
    }
    return NG_OK;
}

int ng_cmd_indexes_open(struct ng_cmd_indexes *indexes, struct ng_err *err) {
    int status = indexes->count == 0 ? ng_cmd_indexes_take(ng_cli_index_path(NULL), indexes, err) : NG_OK;
    for (size_t i = 0; i < indexes->count && !status; i++) {
        struct ng_index *index = NULL;
        status = ng_index_open(&index, indexes->named[i].path, err);
        indexes->named[i].index = index;
        indexes->indexes[i] = index;
    }
    return status;
}

void ng_cmd_indexes_close(struct ng_cmd_indexes *indexes) {
    for (size_t i = 0; i < indexes->count; i++) {
        ng_index_close((struct ng_index *)indexes->named[i].index); /* NOLINT: ours, lent out as const */
        free((char *)indexes->named[i].name);
    }
    *indexes = (struct ng_cmd_indexes){0};
}
