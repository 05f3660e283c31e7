#include "query/args/indexes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/cli/cli.h"
#include "query/args/view.h"

int ng_cmd_indexes_take(const char *argument, void *to, struct ng_err *err) {
    struct ng_cmd_indexes *indexes = to;
    if (indexes->count == NG_MAX_CONTAM_INDEXES) {
        return ng_err_set(err, NG_ERR_USAGE, "over %u indexes (NG_MAX_CONTAM_INDEXES)", NG_MAX_CONTAM_INDEXES);
    }
    struct ng_report_index *added = &indexes->named[indexes->count];
    struct ng_text name = ng_text_index_name(argument, &added->path);
    added->name = strndup(name.at, name.length);
    if (!added->name) return ng_err_nomem(err, strlen(argument), "the name of an index");
    indexes->count++;
    for (size_t i = 0; i + 1 < indexes->count; i++) {
        if (strcmp(indexes->named[i].name, added->name) != 0) continue;
        (void)ng_err_set(err, NG_ERR_USAGE, "two indexes are named '%s'", added->name);
        return ng_err_hint(err, "-i NAME=INDEX gives an index a name of its own");
    }
    return NG_OK;
}

int ng_cmd_indexes_settle(struct ng_cmd_indexes *indexes, struct ng_err *err) {
    return indexes->count == 0 ? ng_cmd_indexes_take(ng_cli_index_path(), indexes, err) : NG_OK;
}

int ng_cmd_indexes_take_token(const char *path, void *to, struct ng_err *err) {
    struct ng_cmd_indexes *indexes = to;
    free(indexes->token);
    return ng_remote_read_token(&indexes->token, path, err);
}

static int open_index(const struct ng_cmd_indexes *indexes, struct ng_index **index, const char *path, struct ng_err *err) {
    if (!ng_remote_is_address(path)) return ng_index_open(index, path, err);
    struct ng_remote_options options = indexes->remote;
    options.token = indexes->token;
    options.allow_absent = true;
    if (options.timeout_seconds == 0) options.timeout_seconds = NG_REMOTE_TIMEOUT_SECONDS;
    return ng_remote_open(index, path, &options, err);
}

void ng_cmd_indexes_tell_missing(const struct ng_cmd_indexes *indexes) {
    for (size_t i = 0; i < indexes->count; i++) {
        uint64_t missing = indexes->indexes[i] ? ng_index_missing_parts(indexes->indexes[i]) : 0;
        for (size_t p = 0; p < NG_MAX_PARTS; p++) {
            if (!(missing >> p & 1)) continue;
            (void)fprintf(stderr, "ngidx: part %zu of the index %s, %s, did not answer: this is without it\n", p + 1,
                          indexes->named[i].name, ng_index_part_name(indexes->indexes[i], p));
        }
    }
}

void ng_cmd_indexes_put_missing(const struct ng_cmd_indexes *indexes, struct ng_json *json) {
    bool any = false;
    for (size_t i = 0; i < indexes->count; i++) {
        uint64_t missing = ng_index_missing_parts(indexes->indexes[i]);
        for (size_t p = 0; p < NG_MAX_PARTS; p++) {
            if (!(missing >> p & 1)) continue;
            if (!any) ng_json_member_array(json, "missing_parts");
            any = true;
            ng_json_text(json, ng_index_part_name(indexes->indexes[i], p));
        }
    }
    if (any) ng_json_array_end(json);
}

int ng_cmd_indexes_open(struct ng_cmd_indexes *indexes, struct ng_err *err) {
    int status = ng_cmd_indexes_settle(indexes, err);
    for (size_t i = 0; i < indexes->count && !status; i++) {
        struct ng_index *index = NULL;
        status = open_index(indexes, &index, indexes->named[i].path, err);
        indexes->named[i].index = index;
        indexes->indexes[i] = index;
    }
    return status;
}

int ng_cmd_indexes_choose(struct ng_cmd_indexes *indexes, const char *name, struct ng_err *err) {
    int status = NG_OK;
    for (size_t i = 0; i < indexes->count && !name; i++) {
        if (!ng_index_view(indexes->indexes[i], NG_VIEW_EXACT)) name = "folded";
    }
    for (size_t i = 0; i < indexes->count && !status; i++) {
        status = ng_cmd_choose_view(indexes->indexes[i], name, &indexes->views[i], err);
    }
    return status;
}

int ng_cmd_indexes_refuse_address(const char *path, const char *what, struct ng_err *err) {
    const char *equals = strchr(path, '=');
    if (!ng_remote_is_address(path) && (!equals || !ng_remote_is_address(equals + 1))) return NG_OK;
    (void)ng_err_set(err, NG_ERR_USAGE, "a remote index cannot %s", what);
    return ng_err_hint(err, "do it on the machines that hold its parts");
}

int ng_cmd_indexes_refuse_remote(const struct ng_cmd_indexes *indexes, const char *what, struct ng_err *err) {
    int status = NG_OK;
    for (size_t i = 0; i < indexes->count && !status; i++) {
        status = ng_cmd_indexes_refuse_address(indexes->named[i].path, what, err);
    }
    return status;
}

const struct ng_report_index *ng_cmd_indexes_find(const struct ng_cmd_indexes *indexes, const char *name, size_t length) {
    for (size_t i = 0; i < indexes->count; i++) {
        const char *known = indexes->named[i].name;
        if (strlen(known) == length && memcmp(known, name, length) == 0) return &indexes->named[i];
    }
    return NULL;
}

void ng_cmd_indexes_close(void *closed) {
    struct ng_cmd_indexes *indexes = closed;
    for (size_t i = 0; i < indexes->count; i++) {
        ng_index_close((struct ng_index *)indexes->named[i].index); /* NOLINT: ours, lent out as const */
        free((char *)indexes->named[i].name);
    }
    free(indexes->token);
    *indexes = (struct ng_cmd_indexes){0};
}
