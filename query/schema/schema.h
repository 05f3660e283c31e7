/*
 * Checks JSON against a JSON Schema (draft 2020-12), as far as query/report/report.schema.json uses it: $ref into $defs,
 * type, required, properties, additionalProperties, items, prefixItems, minItems, maxItems, minLength, minimum, maximum,
 * enum, const, allOf, oneOf, and pattern, if it is of characters and classes with counts between ^ and $. The schema is ours and trusted, the value is not. A keyword that is not in this
 * list is an error, so that none is passed over in silence.
 */
#ifndef NG_QUERY_SCHEMA_SCHEMA_H
#define NG_QUERY_SCHEMA_SCHEMA_H

#include "query/schema/doc.h"

/* Checks the whole of value. Errors: NG_ERR_INPUT, whose text is where and why ("benchmarks[2].dirty.entries is not a
 * whole number"); NG_ERR_VERSION (a keyword that this does not know); NG_ERR_NOMEM. */
int ng_schema_check(const struct ng_doc *schema, const struct ng_doc *value, struct ng_err *err);

#endif
