#include "indexer/task/options.h"

#include <string.h>

#include "query/include/ngidx_base.h"

static int append_each(struct ng_buf *out, const char *name, const char *const *values, size_t count, struct ng_err *err) {
    int status = NG_OK;
    for (size_t i = 0; i < count && !status; i++) status = ng_buf_print(out, err, "%s=%s\n", name, values[i]);
    return status;
}

int ng_task_options_describe(const struct ng_build_options *o, struct ng_buf *out, struct ng_err *err) {
    const struct ng_corpus_options *corpus = &o->corpus;
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {{"json-as", corpus->json_as},
                   {"skip-bad-lines", corpus->skip_bad_lines},
                   {"skip-bad-files", corpus->skip_bad_files},
                   {"long-window", corpus->long_window},
                   {"hidden", corpus->walk.hidden},
                   {"follow", corpus->walk.follow},
                   {"exact", o->exact || !o->folded},
                   {"folded", o->folded},
                   {"sa-sample", o->sa_sample},
                   {"shard-size", o->shard_bytes}};
    int status = ng_buf_print(out, err, "program=" NGIDX_VERSION "\n");
    if (!status) status = append_each(out, "CORPUS", corpus->paths, corpus->path_count, err);
    if (!status) status = ng_buf_print(out, err, "text-field=%s\n", corpus->text_field ? corpus->text_field : "text");
    if (!status && o->id_field) status = ng_buf_print(out, err, "id-field=%s\n", o->id_field);
    if (!status && o->url_field) status = ng_buf_print(out, err, "url-field=%s\n", o->url_field);
    if (!status) status = ng_buf_print(out, err, "invalid-utf8=%s\n", ng_build_policy_name(corpus->invalid_utf8));
    if (!status) status = append_each(out, "include", corpus->walk.include, corpus->walk.include_count, err);
    if (!status) status = append_each(out, "exclude", corpus->walk.exclude, corpus->walk.exclude_count, err);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers && !status; i++) {
        status = ng_buf_print(out, err, "%s=%llu\n", numbers[i].name, (unsigned long long)numbers[i].value);
    }
    return status ? status : ng_buf_append(out, "", 1, err);
}

int ng_task_options_compare(const char *folder, const char *first, const char *mine, struct ng_err *err) {
    if (strcmp(first, mine) == 0) return NG_OK;
    while (true) {
        size_t first_bytes = strcspn(first, "\n");
        size_t mine_bytes = strcspn(mine, "\n");
        if (first_bytes != mine_bytes || memcmp(first, mine, mine_bytes) != 0) {
            (void)ng_err_set(err, NG_ERR_USAGE, "%s was begun with %.*s, and is given %.*s here", folder, (int)first_bytes, first,
                             (int)mine_bytes, mine);
            return ng_err_hint(err, "give all tasks, and --finish, the same corpus and options");
        }
        if (first[first_bytes] == '\0' || mine[mine_bytes] == '\0') break;
        first += first_bytes + 1;
        mine += mine_bytes + 1;
    }
    return ng_err_set(err, NG_ERR_USAGE, "%s was begun with other options", folder);
}
