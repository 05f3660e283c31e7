#include "query/schema/schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/utf8.h"

enum { PATH_BYTES = 256, SHOWN_BYTES = 60, PATTERN_BYTES = 128 };

struct checker {
    const struct ng_doc *schema;
    const struct ng_doc *value;
    char path[PATH_BYTES]; /* of the value being checked; cut if too long */
    struct ng_err *err;
};

static int check(struct checker *c, uint32_t rule, uint32_t value);

/* Refuses the value at c->path. */
static int refuse(struct checker *c, const char *reason) {
    return ng_err_set(c->err, NG_ERR_INPUT, "%s %s", c->path[0] ? c->path : "the file", reason);
}

static bool key_is(const struct ng_doc *doc, uint32_t member, const char *name) {
    const struct ng_tree_node *node = ng_tree_node(&doc->tree, member);
    return node->key_length == strlen(name) && memcmp(doc->tree.keys.data + node->key, name, node->key_length) == 0;
}

/* A value of the schema as a string without escapes: "abc" without its quotes, any other as it is written. */
static struct ng_bytes written(const struct ng_doc *doc, uint32_t node) {
    const struct ng_tree_node *value = ng_tree_node(&doc->tree, node);
    size_t quote = value->kind == NG_JSON_STRING;
    return (struct ng_bytes){doc->tree.text + value->begin + quote, value->end - value->begin - 2 * quote};
}

static bool bytes_are(struct ng_bytes bytes, const char *text) {
    return bytes.length_bytes == strlen(text) && memcmp(bytes.data, text, (size_t)bytes.length_bytes) == 0;
}

/* ---- Types ---- */

static bool is_whole(const struct ng_doc *doc, uint32_t node) {
    struct ng_bytes digits = written(doc, node);
    size_t sign = digits.length_bytes > 0 && digits.data[0] == '-';
    return strspn((const char *)digits.data + sign, "0123456789") >= digits.length_bytes - sign;
}

static bool has_type(const struct ng_doc *doc, uint32_t node, struct ng_bytes name) {
    static const char *const names[] = {
        [NG_JSON_NULL] = "null",     [NG_JSON_BOOL] = "boolean",  [NG_JSON_NUMBER] = "number",
        [NG_JSON_STRING] = "string", [NG_JSON_OBJECT] = "object", [NG_JSON_ARRAY] = "array"};
    enum ng_json_event kind = ng_doc_kind(doc, node);
    if (kind == NG_JSON_NUMBER && bytes_are(name, "integer")) return is_whole(doc, node);
    return bytes_are(name, names[kind]);
}

static const char *with_article(struct ng_bytes type) {
    static const char *const names[][2] = {{"null", "null"},           {"boolean", "true or false"},
                                           {"number", "a number"},     {"integer", "a whole number"},
                                           {"string", "a string"},     {"object", "an object"},
                                           {"array", "an array"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (bytes_are(type, names[i][0])) return names[i][1];
    }
    return "of another type";
}

static int check_type(struct checker *c, uint32_t types, uint32_t value) {
    char wanted[PATH_BYTES] = "";
    size_t used = 0;
    bool many = ng_doc_kind(c->schema, types) == NG_JSON_ARRAY;
    uint32_t type = many ? ng_doc_first(c->schema, types) : types;
    while (type != NG_TREE_NONE) {
        struct ng_bytes name = written(c->schema, type);
        if (has_type(c->value, value, name)) return NG_OK;
        int added = snprintf(wanted + used, sizeof wanted - used, "%s%s", used > 0 ? " or " : "", with_article(name));
        if (added > 0 && (size_t)added < sizeof wanted - used) used += (size_t)added;
        type = many ? ng_doc_next(c->schema, types, type) : NG_TREE_NONE;
    }
    char reason[2 * PATH_BYTES];
    bool fraction = ng_doc_kind(c->value, value) == NG_JSON_NUMBER;
    (void)snprintf(reason, sizeof reason, "is %s, but must be %s",
                   fraction ? "another number" : ng_json_kinds[ng_doc_kind(c->value, value)], wanted);
    return refuse(c, reason);
}

/* ---- Values ---- */

static bool equal(struct checker *c, uint32_t wanted, uint32_t value) {
    if (ng_doc_kind(c->schema, wanted) != ng_doc_kind(c->value, value)) return false;
    struct ng_bytes a = written(c->schema, wanted);
    struct ng_bytes b = written(c->value, value);
    return a.length_bytes == b.length_bytes && memcmp(a.data, b.data, (size_t)a.length_bytes) == 0;
}

/* With the value that is there, which may be anything, as far as it is short. */
static int refuse_value(struct checker *c, uint32_t value, const char *must, struct ng_bytes wanted) {
    char reason[PATH_BYTES + 2 * SHOWN_BYTES];
    struct ng_bytes is = written(c->value, value);
    bool scalar = ng_doc_kind(c->value, value) < NG_JSON_OBJECT;
    size_t shown = !scalar ? 0 : is.length_bytes < SHOWN_BYTES ? (size_t)is.length_bytes : SHOWN_BYTES;
    (void)snprintf(reason, sizeof reason, "%s%.*s%s%s%.*s", scalar ? "is '" : "", (int)shown, (const char *)is.data,
                   scalar ? "', but " : "", must, (int)(wanted.length_bytes < SHOWN_BYTES ? wanted.length_bytes : SHOWN_BYTES),
                   (const char *)wanted.data);
    return refuse(c, reason);
}

static int check_enum(struct checker *c, uint32_t list, uint32_t value) {
    for (uint32_t item = ng_doc_first(c->schema, list); item != NG_TREE_NONE; item = ng_doc_next(c->schema, list, item)) {
        if (equal(c, item, value)) return NG_OK;
    }
    return refuse_value(c, value, "must be one of ", written(c->schema, list));
}

static int check_range(struct checker *c, uint32_t bound, uint32_t value, bool least) {
    double limit = 0.0;
    double number = 0.0;
    if (ng_doc_kind(c->value, value) != NG_JSON_NUMBER) return NG_OK;
    (void)ng_doc_decimal(c->schema, bound, &limit);
    if (!ng_doc_decimal(c->value, value, &number)) return refuse(c, "is no finite number");
    if (least ? number >= limit : number <= limit) return NG_OK;
    return refuse_value(c, value, least ? "must be at least " : "must be at most ", written(c->schema, bound));
}

/* Whether a character is in a class such as [0-9a-f], which ends at end. */
static bool in_class(const char *class, const char *end, char c) {
    for (; class < end; class++) {
        if (class + 2 < end && class[1] == '-') {
            if (c >= class[0] && c <= class[2]) return true;
            class += 2;
        } else if (c == *class) {
            return true;
        }
    }
    return false;
}

/* Whether text matches a pattern of literal characters and classes, each with an optional {count}, between ^ and $. Sets
 * *known to whether the pattern is such a one. (The C library's regular expressions do not survive a lack of memory.) */
static bool matches(const char *pattern, const char *text, bool *known) {
    bool fits = true;
    *known = *pattern++ == '^';
    while (*known && *pattern && *pattern != '$') {
        const char *begin = pattern;
        const char *end = pattern + 1;
        if (*pattern == '[') {
            begin = pattern + 1;
            end = strchr(begin, ']');
            if (!end) break;
        }
        *known = !strchr("\\.*+?()|{}", *begin);
        pattern = *pattern == '[' ? end + 1 : end;
        long count = 1;
        if (*pattern == '{') {
            char *close;
            count = strtol(pattern + 1, &close, 10);
            *known = *known && *close == '}';
            pattern = *close ? close + 1 : close;
        }
        for (; count > 0 && fits; count--) fits = *text && in_class(begin, end, *text++);
    }
    *known = *known && strcmp(pattern, "$") == 0;
    return fits && *text == '\0';
}

static int check_pattern(struct checker *c, uint32_t pattern, uint32_t value) {
    struct ng_bytes source = written(c->schema, pattern);
    char expression[PATTERN_BYTES];
    if (ng_doc_kind(c->value, value) != NG_JSON_STRING) return NG_OK;
    (void)snprintf(expression, sizeof expression, "%.*s", (int)source.length_bytes, (const char *)source.data);
    struct ng_arena arena = {0};
    const char *text = "";
    bool known;
    int status = ng_doc_text(c->value, value, &arena, &text, c->err);
    bool fits = matches(expression, text, &known);
    ng_arena_free(&arena);
    if (status) return status;
    if (!known || source.length_bytes >= sizeof expression) {
        return ng_err_set(c->err, NG_ERR_VERSION, "the schema has a pattern that ngidx does not know: %s", expression);
    }
    return fits ? NG_OK : refuse_value(c, value, "must match ", source);
}

static int check_length(struct checker *c, uint32_t bound, uint32_t value) {
    uint64_t least = 0;
    if (ng_doc_kind(c->value, value) != NG_JSON_STRING) return NG_OK;
    (void)ng_doc_u64(c->schema, bound, &least);
    return written(c->value, value).length_bytes >= least ? NG_OK : refuse(c, "is an empty string");
}

/* ---- Objects and arrays ---- */

/* Checks a value whose path goes on from the present one. */
static int check_at(struct checker *c, uint32_t rule, uint32_t value, const char *separator, const uint8_t *name,
                    size_t name_length) {
    size_t length = strlen(c->path);
    int shown = name_length < SHOWN_BYTES ? (int)name_length : SHOWN_BYTES;
    (void)snprintf(c->path + length, sizeof c->path - length, separator, shown, (const char *)name);
    int status = check(c, rule, value);
    c->path[length] = '\0';
    return status;
}

static int check_required(struct checker *c, uint32_t names, uint32_t value) {
    if (ng_doc_kind(c->value, value) != NG_JSON_OBJECT) return NG_OK;
    for (uint32_t name = ng_doc_first(c->schema, names); name != NG_TREE_NONE; name = ng_doc_next(c->schema, names, name)) {
        struct ng_bytes wanted = written(c->schema, name);
        char copy[SHOWN_BYTES];
        (void)snprintf(copy, sizeof copy, "%.*s", (int)wanted.length_bytes, (const char *)wanted.data);
        if (ng_tree_member(&c->value->tree, value, copy, false) != NG_TREE_NONE) continue;
        char reason[2 * SHOWN_BYTES];
        (void)snprintf(reason, sizeof reason, "has no member '%s'", copy);
        return refuse(c, reason);
    }
    return NG_OK;
}

static uint32_t property_of(const struct checker *c, uint32_t properties, uint32_t member) {
    const struct ng_tree_node *node = ng_tree_node(&c->value->tree, member);
    if (properties == NG_TREE_NONE) return NG_TREE_NONE;
    for (uint32_t p = ng_doc_first(c->schema, properties); p != NG_TREE_NONE; p = ng_doc_next(c->schema, properties, p)) {
        const struct ng_tree_node *named = ng_tree_node(&c->schema->tree, p);
        if (named->key_length == node->key_length &&
            memcmp(c->schema->tree.keys.data + named->key, c->value->tree.keys.data + node->key, node->key_length) == 0) {
            return p;
        }
    }
    return NG_TREE_NONE;
}

static int check_members(struct checker *c, uint32_t rule, uint32_t value) {
    uint32_t properties = ng_doc_member(c->schema, rule, "properties");
    uint32_t others = ng_doc_member(c->schema, rule, "additionalProperties");
    int status = NG_OK;
    if (ng_doc_kind(c->value, value) != NG_JSON_OBJECT) return NG_OK;
    for (uint32_t m = ng_doc_first(c->value, value); m != NG_TREE_NONE && !status; m = ng_doc_next(c->value, value, m)) {
        const struct ng_tree_node *node = ng_tree_node(&c->value->tree, m);
        uint32_t property = property_of(c, properties, m);
        if (property == NG_TREE_NONE) property = others;
        if (property == NG_TREE_NONE) continue;
        status = check_at(c, property, m, c->path[0] ? ".%.*s" : "%.*s", c->value->tree.keys.data + node->key,
                          node->key_length);
    }
    return status;
}

static int check_items(struct checker *c, uint32_t rule, uint32_t value) {
    uint32_t items = ng_doc_member(c->schema, rule, "items");
    uint32_t firsts = ng_doc_member(c->schema, rule, "prefixItems");
    uint32_t first = ng_doc_first(c->schema, firsts);
    uint64_t number = 0;
    int status = NG_OK;
    if (ng_doc_kind(c->value, value) != NG_JSON_ARRAY) return NG_OK;
    for (uint32_t i = ng_doc_first(c->value, value); i != NG_TREE_NONE && !status; i = ng_doc_next(c->value, value, i)) {
        char digits[24];
        int length = snprintf(digits, sizeof digits, "%" PRIu64, number++);
        uint32_t own = first != NG_TREE_NONE ? first : items;
        if (first != NG_TREE_NONE) first = ng_doc_next(c->schema, firsts, first);
        if (own != NG_TREE_NONE) status = check_at(c, own, i, "[%.*s]", (const uint8_t *)digits, (size_t)length);
    }
    return status;
}

static int check_count(struct checker *c, uint32_t bound, uint32_t value, bool least) {
    uint64_t limit = 0;
    uint64_t count = 0;
    if (ng_doc_kind(c->value, value) != NG_JSON_ARRAY) return NG_OK;
    (void)ng_doc_u64(c->schema, bound, &limit);
    for (uint32_t i = ng_doc_first(c->value, value); i != NG_TREE_NONE; i = ng_doc_next(c->value, value, i)) count++;
    if (least ? count >= limit : count <= limit) return NG_OK;
    char reason[2 * SHOWN_BYTES];
    (void)snprintf(reason, sizeof reason, "has %" PRIu64 " items, but must have at %s %" PRIu64, count,
                   least ? "least" : "most", limit);
    return refuse(c, reason);
}

/* ---- Combinations ---- */

static int check_ref(struct checker *c, uint32_t ref, uint32_t value) {
    static const char start[] = "#/$defs/";
    char name[SHOWN_BYTES] = "";
    struct ng_bytes target = written(c->schema, ref);
    if (target.length_bytes >= sizeof start && memcmp(target.data, start, sizeof start - 1) == 0) {
        (void)snprintf(name, sizeof name, "%.*s", (int)(target.length_bytes - sizeof start + 1),
                       (const char *)target.data + sizeof start - 1);
    }
    uint32_t rule = ng_doc_member(c->schema, ng_doc_member(c->schema, 0, "$defs"), name);
    if (rule == NG_TREE_NONE) return ng_err_set(c->err, NG_ERR_VERSION, "the schema refers to nothing with '%s'", name);
    return check(c, rule, value);
}

static int check_all(struct checker *c, uint32_t rules, uint32_t value) {
    int status = NG_OK;
    for (uint32_t r = ng_doc_first(c->schema, rules); r != NG_TREE_NONE && !status; r = ng_doc_next(c->schema, rules, r)) {
        status = check(c, r, value);
    }
    return status;
}

/* Of a value that fits none, the error is that of the last alternative: the first is null, wherever there are two. */
static int check_one(struct checker *c, uint32_t rules, uint32_t value) {
    unsigned fitting = 0;
    int status = NG_OK;
    for (uint32_t r = ng_doc_first(c->schema, rules); r != NG_TREE_NONE; r = ng_doc_next(c->schema, rules, r)) {
        status = check(c, r, value);
        if (!status) fitting++;
        else if (status != NG_ERR_INPUT) return status;
    }
    if (fitting == 1) return NG_OK;
    return fitting == 0 ? status : refuse(c, "fits more than one alternative");
}

/* One keyword of a rule. */
static int check_keyword(struct checker *c, uint32_t rule, uint32_t keyword, uint32_t value) {
    static const char *const notes[] = {"$schema", "$id", "title", "description", "$defs"};
    const struct ng_doc *s = c->schema;
    if (key_is(s, keyword, "$ref")) return check_ref(c, keyword, value);
    if (key_is(s, keyword, "type")) return check_type(c, keyword, value);
    if (key_is(s, keyword, "required")) return check_required(c, keyword, value);
    if (key_is(s, keyword, "minimum")) return check_range(c, keyword, value, true);
    if (key_is(s, keyword, "maximum")) return check_range(c, keyword, value, false);
    if (key_is(s, keyword, "minItems")) return check_count(c, keyword, value, true);
    if (key_is(s, keyword, "maxItems")) return check_count(c, keyword, value, false);
    if (key_is(s, keyword, "minLength")) return check_length(c, keyword, value);
    if (key_is(s, keyword, "pattern")) return check_pattern(c, keyword, value);
    if (key_is(s, keyword, "enum")) return check_enum(c, keyword, value);
    if (key_is(s, keyword, "allOf")) return check_all(c, keyword, value);
    if (key_is(s, keyword, "oneOf")) return check_one(c, keyword, value);
    if (key_is(s, keyword, "const")) {
        return equal(c, keyword, value) ? NG_OK : refuse_value(c, value, "must be ", written(s, keyword));
    }
    if (key_is(s, keyword, "properties")) return check_members(c, rule, value);
    if (key_is(s, keyword, "items")) return check_items(c, rule, value);
    if (key_is(s, keyword, "additionalProperties")) {
        return ng_doc_member(s, rule, "properties") == NG_TREE_NONE ? check_members(c, rule, value) : NG_OK;
    }
    if (key_is(s, keyword, "prefixItems")) {
        return ng_doc_member(s, rule, "items") == NG_TREE_NONE ? check_items(c, rule, value) : NG_OK;
    }
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
        if (key_is(s, keyword, notes[i])) return NG_OK;
    }
    struct ng_bytes name = {s->tree.keys.data + ng_tree_node(&s->tree, keyword)->key,
                            ng_tree_node(&s->tree, keyword)->key_length};
    return ng_err_set(c->err, NG_ERR_VERSION, "the schema has a keyword that ngidx does not know: %.*s",
                      (int)name.length_bytes, (const char *)name.data);
}

/* Both nest no deeper than NG_MAX_JSON_DEPTH. */
static int check(struct checker *c, uint32_t rule, uint32_t value) {
    int status = NG_OK;
    if (ng_doc_kind(c->schema, rule) == NG_JSON_BOOL) {
        return bytes_are(written(c->schema, rule), "true") ? NG_OK : refuse(c, "must not be there");
    }
    for (uint32_t k = ng_doc_first(c->schema, rule); k != NG_TREE_NONE && !status; k = ng_doc_next(c->schema, rule, k)) {
        status = check_keyword(c, rule, k, value);
    }
    return status;
}

int ng_schema_check(const struct ng_doc *schema, const struct ng_doc *value, struct ng_err *err) {
    struct checker c = {.schema = schema, .value = value, .err = err};
    return check(&c, 0, 0);
}
