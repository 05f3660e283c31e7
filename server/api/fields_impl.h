/* What the two readers of fields.h share. Internal to them. */
#ifndef NG_SERVER_API_FIELDS_IMPL_H
#define NG_SERVER_API_FIELDS_IMPL_H

#include "server/api/fields.h"

/* The field of that name, or NULL. */
struct ng_field *ng_fields_find(struct ng_fields *fields, const uint8_t *name, size_t length);

/* The error for a name that is not listed. */
int ng_fields_unknown(const struct ng_fields *fields, const uint8_t *name, size_t length, struct ng_err *err);

/* Stores decimal digits as a field's number. Errors: NG_ERR_USAGE. */
int ng_fields_store_number(struct ng_field *field, const char *digits, size_t length, struct ng_err *err);

/* The same for a field of type NG_FIELD_DECIMAL, in JSON's form. */
int ng_fields_store_decimal(struct ng_field *field, const char *digits, size_t length, struct ng_err *err);

/* Adds a string to a field of type NG_FIELD_TEXTS; one list of fields has at most one such. Errors: NG_ERR_LIMIT,
 * NG_ERR_NOMEM. */
int ng_fields_append_text(struct ng_fields *fields, struct ng_field *field, struct ng_bytes text, struct ng_err *err);

/* The end of reading: what is required is there. Errors: NG_ERR_USAGE. */
int ng_fields_check(struct ng_fields *fields, struct ng_err *err);

#endif
