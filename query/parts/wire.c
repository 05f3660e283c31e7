#include "query/parts/wire.h"

#include <string.h>
#include <xxhash.h>

#include "common/base/le.h"
#include "common/base/limits.h"

enum { SUM_BYTES = 8, MOST_NUMBER_BYTES = 10 };

static const char MAGIC[3] = "ngp";

static void append(struct ng_wire_out *out, const void *bytes, size_t length) {
    if (!out->status && length > NG_MAX_PART_ANSWER_BYTES - out->buf.length) {
        out->status = ng_err_set(out->err, NG_ERR_LIMIT, "a message of over %llu bytes (NG_MAX_PART_ANSWER_BYTES)",
                                 (unsigned long long)NG_MAX_PART_ANSWER_BYTES);
    }
    if (!out->status) out->status = ng_buf_append(&out->buf, bytes, length, out->err);
}

void ng_wire_put(struct ng_wire_out *out, uint64_t number) {
    uint8_t bytes[MOST_NUMBER_BYTES];
    size_t length = 0;
    for (; number >= 0x80; number >>= 7) bytes[length++] = (uint8_t)(number | 0x80);
    bytes[length++] = (uint8_t)number;
    append(out, bytes, length);
}

void ng_wire_put_bytes(struct ng_wire_out *out, const void *bytes, uint64_t length_bytes) {
    ng_wire_put(out, length_bytes);
    append(out, bytes, (size_t)length_bytes);
}

static void begin(struct ng_wire_out *out, enum ng_wire_operation operation) {
    const uint8_t version = NG_WIRE_VERSION;
    append(out, MAGIC, sizeof MAGIC);
    append(out, &version, sizeof version);
    ng_wire_put(out, operation);
}

void ng_wire_begin_request(struct ng_wire_out *out, enum ng_wire_operation operation, enum ng_wire_view view,
                           const char *id) {
    begin(out, operation);
    ng_wire_put(out, view);
    ng_wire_put_bytes(out, id, strlen(id));
}

void ng_wire_begin_answer(struct ng_wire_out *out, enum ng_wire_operation operation, const char *id) {
    begin(out, operation);
    ng_wire_put_bytes(out, id, strlen(id));
}

int ng_wire_end(struct ng_wire_out *out) {
    if (!out->status) out->status = ng_buf_append_u64(&out->buf, XXH3_64bits(out->buf.data, out->buf.length), out->err);
    return out->status;
}

uint64_t ng_wire_get(struct ng_wire_in *in) {
    uint64_t number = 0;
    for (unsigned shift = 0; !in->bad && in->at < in->end; shift += 7) {
        uint64_t seven = *in->at & 0x7f;
        if (shift > 63 || (shift == 63 && seven > 1)) break;
        number |= seven << shift;
        if (!(*in->at++ & 0x80)) return number;
    }
    in->bad = true;
    return 0;
}

uint64_t ng_wire_get_most(struct ng_wire_in *in, uint64_t most) {
    uint64_t number = ng_wire_get(in);
    if (number <= most) return number;
    in->bad = true;
    return 0;
}

size_t ng_wire_get_count(struct ng_wire_in *in) {
    uint64_t count = ng_wire_get(in);
    return (size_t)(in->bad || count <= (uint64_t)(in->end - in->at) ? count : (in->bad = true, UINT64_C(0)));
}

struct ng_bytes ng_wire_get_bytes(struct ng_wire_in *in) {
    size_t length = ng_wire_get_count(in);
    struct ng_bytes bytes = {in->at, length};
    in->at += length;
    return bytes;
}

int ng_wire_open(struct ng_wire_in *in, const uint8_t *bytes, size_t length_bytes, bool request,
                 struct ng_wire_head *head, struct ng_err *err) {
    *head = (struct ng_wire_head){0};
    if (length_bytes < sizeof MAGIC + 1 + SUM_BYTES || memcmp(bytes, MAGIC, sizeof MAGIC) != 0) {
        return ng_err_set(err, NG_ERR_INPUT, "not a message between parts of an index");
    }
    if (bytes[sizeof MAGIC] != NG_WIRE_VERSION) {
        (void)ng_err_set(err, NG_ERR_VERSION, "a message of version %u between parts of an index; this program speaks %u",
                         bytes[sizeof MAGIC], NG_WIRE_VERSION);
        return ng_err_hint(err, "use the same version of ngidx for all parts");
    }
    size_t content = length_bytes - SUM_BYTES;
    *in = (struct ng_wire_in){.at = bytes + sizeof MAGIC + 1, .end = bytes + content};
    bool whole = ng_le_load64(bytes + content) == XXH3_64bits(bytes, content);
    head->operation = (enum ng_wire_operation)ng_wire_get_most(in, NG_WIRE_OPERATIONS - 1);
    if (request) head->view = (enum ng_wire_view)ng_wire_get_most(in, NG_WIRE_VIEWS - 1);
    struct ng_bytes id = ng_wire_get_bytes(in);
    if (whole && !in->bad && (id.length_bytes == 0 || id.length_bytes == NG_INDEX_ID_CHARS - 1)) {
        if (id.length_bytes > 0) memcpy(head->id, id.data, NG_INDEX_ID_CHARS - 1);
        return NG_OK;
    }
    return ng_err_set(err, NG_ERR_INPUT, "a message between parts of an index that is damaged or cut off");
}
