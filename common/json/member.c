#include "common/json/member.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/json/in.h"
#include "common/json/nonfinite.h"

struct search {
    struct ng_json_in in;
    const char *const *names;
    char **values;
    size_t count;
    size_t wanted; /* the member that the next value is of; count: none of them */
    struct ng_err *err;
};

static int take(void *context, enum ng_json_event event, const uint8_t *bytes, size_t length) {
    struct search *search = context;
    if (event == NG_JSON_KEY) {
        size_t i = 0;
        while (i < search->count && (strlen(search->names[i]) != length || memcmp(search->names[i], bytes, length) != 0)) i++;
        search->wanted = i;
        return NG_OK;
    }
    if (search->in.depth != 1 || search->wanted == search->count || event == NG_JSON_END) return NG_OK;
    char **value = &search->values[search->wanted];
    search->wanted = search->count;
    free(*value);
    *value = NULL;
    if (event != NG_JSON_STRING && event != NG_JSON_NUMBER) return NG_OK;
    *value = strndup((const char *)bytes, length);
    return *value ? NG_OK : ng_err_nomem(search->err, length, "a member of metadata");
}

int ng_json_find_members(const char *object, size_t length, const char *const *names, char **values, size_t count,
                         struct ng_err *err) {
    struct search search = {.in = {.take = take, .deepest = 1, .any_bytes = true}, .names = names, .values = values,
                            .count = count, .wanted = count, .err = err};
    search.in.context = &search;
    struct ng_buf finite = {0};
    const uint8_t *bytes = (const uint8_t *)object;
    int status = NG_OK;
    for (size_t i = 0; i < count; i++) values[i] = NULL;
    if (memmem(object, length, "NaN", 3) || memmem(object, length, "Infinity", 8)) {
        status = ng_buf_append(&finite, object, length, err);
        if (!status) (void)ng_nonfinite_replace(finite.data, finite.length);
        bytes = finite.data;
    }
    if (!status) status = ng_json_read(&search.in, bytes, length, err);
    ng_buf_free(&finite);
    if (status != NG_ERR_NOMEM) return NG_OK; /* metadata was JSON when the index was built; what is no member is none */
    for (size_t i = 0; i < count; i++) {
        free(values[i]);
        values[i] = NULL;
    }
    return status;
}
