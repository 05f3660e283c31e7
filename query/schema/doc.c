#include "query/schema/doc.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/limits.h"
#include "common/base/text.h"
#include "common/base/utf8.h"
#include "common/os/file.h"

/* ---- Strings ---- */

/* Takes over a string, which may be NULL for lack of memory. */
static int keep(struct ng_arena *arena, char *string, size_t length, const char **copy, struct ng_err *err) {
    if (!string) return ng_err_nomem(err, length + 1, "a text");
    if (arena->count == arena->capacity) {
        void *grown = ng_array_grow(arena->strings, sizeof *arena->strings, arena->count, &arena->capacity, "texts", err);
        if (!grown) {
            free(string);
            return NG_ERR_NOMEM;
        }
        arena->strings = grown;
    }
    arena->strings[arena->count++] = string;
    *copy = string;
    return NG_OK;
}

int ng_arena_copy(struct ng_arena *arena, const void *bytes, size_t length, const char **copy, struct ng_err *err) {
    char *string = malloc(length + 1);
    if (string) {
        if (length > 0) memcpy(string, bytes, length);
        string[length] = '\0';
    }
    return keep(arena, string, length, copy, err);
}

int ng_arena_format(struct ng_arena *arena, const char **copy, struct ng_err *err, const char *format, ...) {
    char *string = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&string, format, arguments);
    va_end(arguments);
    return keep(arena, length < 0 ? NULL : string, 0, copy, err);
}

void ng_arena_free(struct ng_arena *arena) {
    for (size_t i = 0; i < arena->count; i++) free(arena->strings[i]);
    free(arena->strings);
    *arena = (struct ng_arena){0};
}

/* ---- Files ---- */

static uint64_t line_of(const struct ng_doc *doc, size_t offset) {
    uint64_t line = 1;
    for (size_t i = 0; i < offset && i < doc->bytes.length; i++) line += doc->bytes.data[i] == '\n';
    return line;
}

static int parse(struct ng_doc *doc, const char *name, struct ng_err *err) {
    static const uint8_t none = 0;
    const uint8_t *bytes = doc->bytes.length > 0 ? doc->bytes.data : &none;
    if (doc->bytes.length == 0) return ng_err_set(err, NG_ERR_INPUT, "%s is empty", name);
    int status = ng_tree_read(&doc->tree, bytes, doc->bytes.length, err);
    if (status != NG_ERR_INPUT && status != NG_ERR_LIMIT) return status;
    if (doc->tree.in.cut_short) return ng_err_set(err, status, "%s ends in the middle of a JSON value", name);
    return ng_err_set(err, status, "%s:%" PRIu64 ": not JSON: %s", name, line_of(doc, doc->tree.in.refused_at),
                      doc->tree.in.reason);
}

static int read_whole(struct ng_doc *doc, int fd, const char *path, struct ng_err *err) {
    struct stat info;
    if (fstat(fd, &info) != 0) return ng_err_sys(err, errno, "cannot read the size of %s", path);
    if (!S_ISREG(info.st_mode)) return ng_err_set(err, NG_ERR_INPUT, "%s is not a regular file", path);
    if ((uint64_t)info.st_size > NG_MAX_REPORT_BYTES) {
        return ng_err_set(err, NG_ERR_LIMIT, "%s is over %" PRIu64 " bytes (NG_MAX_REPORT_BYTES)", path,
                          NG_MAX_REPORT_BYTES);
    }
    doc->changed = info.st_mtime;
    size_t length = (size_t)info.st_size;
    int status = ng_buf_reserve(&doc->bytes, length + 1, err);
    if (!status) status = ng_file_read(fd, 0, doc->bytes.data, length, path, err);
    if (!status) doc->bytes.length = length;
    return status;
}

int ng_doc_open(struct ng_doc *doc, const char *path, struct ng_err *err) {
    *doc = (struct ng_doc){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe without a writer does not block */
    if (fd < 0) return ng_err_sys(err, errno, "cannot open %s", path);
    int status = read_whole(doc, fd, path, err);
    (void)close(fd);
    return status ? status : parse(doc, path, err);
}

int ng_doc_parse(struct ng_doc *doc, const void *bytes, size_t length, const char *name, struct ng_err *err) {
    *doc = (struct ng_doc){0};
    int status = ng_buf_append(&doc->bytes, bytes, length, err);
    return status ? status : parse(doc, name, err);
}

void ng_doc_free(struct ng_doc *doc) {
    ng_tree_free(&doc->tree);
    ng_buf_free(&doc->bytes);
}

/* ---- Values ---- */

uint32_t ng_doc_member(const struct ng_doc *doc, uint32_t node, const char *name) {
    if (node == NG_TREE_NONE) return NG_TREE_NONE;
    uint32_t member = ng_tree_member(&doc->tree, node, name, false);
    return member != NG_TREE_NONE && ng_doc_kind(doc, member) == NG_JSON_NULL ? NG_TREE_NONE : member;
}

uint32_t ng_doc_first(const struct ng_doc *doc, uint32_t node) {
    if (node == NG_TREE_NONE) return NG_TREE_NONE;
    return ng_tree_has(&doc->tree, node, node + 1) ? node + 1 : NG_TREE_NONE;
}

uint32_t ng_doc_next(const struct ng_doc *doc, uint32_t parent, uint32_t child) {
    uint32_t next = ng_tree_next(&doc->tree, child);
    return ng_tree_has(&doc->tree, parent, next) ? next : NG_TREE_NONE;
}

/* The digits of a number; false for any other value. */
static bool digits_of(const struct ng_doc *doc, uint32_t node, const char **digits, size_t *length) {
    if (node == NG_TREE_NONE || ng_doc_kind(doc, node) != NG_JSON_NUMBER) return false;
    const struct ng_tree_node *number = ng_tree_node(&doc->tree, node);
    *digits = (const char *)doc->tree.text + number->begin;
    *length = number->end - number->begin;
    return true;
}

bool ng_doc_u64(const struct ng_doc *doc, uint32_t node, uint64_t *value) {
    const char *digits;
    size_t length;
    return digits_of(doc, node, &digits, &length) && ng_text_decimal(digits, length, value);
}

bool ng_doc_decimal(const struct ng_doc *doc, uint32_t node, double *value) {
    enum { MOST_DIGITS = 64 };
    char copy[MOST_DIGITS];
    const char *digits;
    size_t length;
    if (!digits_of(doc, node, &digits, &length) || length >= sizeof copy) return false;
    memcpy(copy, digits, length);
    copy[length] = '\0';
    double number = strtod(copy, NULL);
    if (!isfinite(number)) return false;
    *value = number;
    return true;
}

int ng_doc_text(const struct ng_doc *doc, uint32_t node, struct ng_arena *arena, const char **text, struct ng_err *err) {
    if (node == NG_TREE_NONE || ng_doc_kind(doc, node) != NG_JSON_STRING) return NG_OK;
    struct ng_buf raw = {0};
    struct ng_buf clean = {0};
    int status = ng_tree_scalar(&doc->tree, node, &raw, err);
    for (size_t at = 0; at < raw.length && !status;) {
        size_t valid = ng_utf8_valid_prefix(raw.data + at, raw.length - at);
        size_t plain = strnlen((const char *)raw.data + at, valid);
        status = ng_buf_append(&clean, raw.data + at, plain, err);
        at += plain;
        if (at == raw.length || status) break;
        status = ng_buf_append(&clean, NG_UTF8_REPLACEMENT, sizeof NG_UTF8_REPLACEMENT - 1, err);
        at++;
    }
    if (!status) status = ng_arena_copy(arena, clean.data, clean.length, text, err);
    ng_buf_free(&raw);
    ng_buf_free(&clean);
    return status;
}
