/*
 * Members of a document's metadata: its id, its address.
 */
#ifndef NG_COMMON_JSON_MEMBER_H
#define NG_COMMON_JSON_MEMBER_H

#include <stddef.h>

#include "common/base/err.h"

/* Gives the values of members of a JSON object by their names: a string decoded, a number as it is written; NULL where
 * there is no such member, or its value is another. Of several with one name, the last counts. NaN and Infinity do not
 * matter. values has room for count; the caller frees each. On an error they are all NULL. Errors: NG_ERR_NOMEM. */
int ng_json_find_members(const char *object, size_t length, const char *const *names, char **values, size_t count,
                         struct ng_err *err);

#endif
