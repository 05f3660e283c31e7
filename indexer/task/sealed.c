#include "indexer/task/sealed.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "common/base/text.h"

enum { SUM_DIGITS = 16 };

int ng_sealed_refuse(const struct ng_sealed *in, const char *why, struct ng_err *err) {
    (void)ng_err_set(err, NG_ERR_CORRUPT, "%s: %s", in->path, why);
    return ng_err_hint(err, "remove the folder and start the build anew");
}

int ng_sealed_seal(struct ng_buf *out, size_t begin, struct ng_err *err) {
    return ng_buf_print(out, err, "%016" PRIx64 "\n", (uint64_t)XXH3_64bits(out->data + begin, out->length - begin));
}

int ng_sealed_open(struct ng_sealed *in, const char *path, const uint8_t *bytes, size_t length, const char *first_line,
                   struct ng_err *err) {
    char digits[SUM_DIGITS + 2];
    const size_t first = strlen(first_line);
    const size_t name = (size_t)(strrchr(first_line, ' ') + 1 - first_line);
    *in = (struct ng_sealed){path, bytes, bytes + length};
    if (length >= first && memcmp(bytes, first_line, name) == 0 && memcmp(bytes, first_line, first) != 0) {
        return ng_err_set(err, NG_ERR_VERSION, "%s was made by another version of ngidx", path);
    }
    if (length < first + SUM_DIGITS + 1 || memcmp(bytes, first_line, first) != 0) {
        return ng_sealed_refuse(in, "it does not begin as a file of tasks does", err);
    }
    in->end -= SUM_DIGITS + 1;
    (void)snprintf(digits, sizeof digits, "%016" PRIx64 "\n", (uint64_t)XXH3_64bits(bytes, length - SUM_DIGITS - 1));
    if (memcmp(digits, in->end, SUM_DIGITS + 1) != 0) return ng_sealed_refuse(in, "wrong checksum", err);
    in->at += first;
    return NG_OK;
}

int ng_sealed_number(struct ng_sealed *in, char end, uint64_t *value, struct ng_err *err) {
    const uint8_t *stop = memchr(in->at, end, (size_t)(in->end - in->at));
    if (!stop || !ng_text_decimal((const char *)in->at, (size_t)(stop - in->at), value)) {
        return ng_sealed_refuse(in, "a number is missing", err);
    }
    in->at = stop + 1;
    return NG_OK;
}

int ng_sealed_string(struct ng_sealed *in, const char **text, struct ng_err *err) {
    const uint8_t *stop = memchr(in->at, '\0', (size_t)(in->end - in->at));
    if (!stop) return ng_sealed_refuse(in, "a string is cut", err);
    *text = (const char *)in->at;
    in->at = stop + 1;
    return NG_OK;
}
