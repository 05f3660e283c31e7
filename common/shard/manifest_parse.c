#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "common/base/checked.h"
#include "common/container/container.h"
#include "common/json/memory.h"
#include "common/shard/manifest.h"
#include "common/shard/manifest_format.h"

/* What a member is, and where its value goes. */
enum kind { KIND_NUMBER, KIND_STRING, KIND_SHARD_NAME, KIND_HASH, KIND_PARAMETERS, KIND_SHARDS };

struct member {
    const char *name;
    enum kind kind;
    size_t offset;     /* in struct ng_manifest or struct ng_manifest_shard */
    uint64_t min, max; /* of a number, or of the length in bytes of a string */
};

#define OF_MANIFEST(field) offsetof(struct ng_manifest, field)
#define OF_SHARD(field) offsetof(struct ng_manifest_shard, field)

static const struct member top_members[] = {
    {"format_version", KIND_NUMBER, OF_MANIFEST(format_version), 0, UINT64_MAX},
    {"program", KIND_STRING, OF_MANIFEST(program), 1, NG_MANIFEST_PROGRAM_BYTES - 1},
    {"parameters", KIND_PARAMETERS, 0, 0, 0},
    {"documents", KIND_NUMBER, OF_MANIFEST(documents), 1, UINT64_MAX},
    {"text_bytes", KIND_NUMBER, OF_MANIFEST(text_bytes), 0, UINT64_MAX},
    {"shards", KIND_SHARDS, 0, 0, 0},
};
static const struct member *const format_version_member = &top_members[0];
static const struct member parameter_members[] = {
    {"text_field", KIND_STRING, OF_MANIFEST(text_field), 0, NG_MAX_FIELD_NAME_BYTES},
    {"invalid_utf8", KIND_STRING, OF_MANIFEST(invalid_utf8), 1, NG_MANIFEST_POLICY_BYTES - 1},
    {"sa_sample", KIND_NUMBER, OF_MANIFEST(sa_sample), 1, NG_MAX_SHARD_ROWS},
    {"shard_bytes", KIND_NUMBER, OF_MANIFEST(shard_bytes), 0, UINT64_MAX},
};
static const struct member shard_members[] = {
    {"file", KIND_SHARD_NAME, OF_SHARD(file), 0, 0},
    {"bytes", KIND_NUMBER, OF_SHARD(bytes), 1, INT64_MAX},
    {"documents", KIND_NUMBER, OF_SHARD(documents), 1, NG_MAX_SHARD_ROWS},
    {"text_bytes", KIND_NUMBER, OF_SHARD(text_bytes), 0, NG_MAX_SHARD_ROWS},
    {"xxh3_128", KIND_HASH, OF_SHARD(xxh3_128), 0, 0},
};

/* Where in the file the parser is; the first three are objects with known members. */
enum place { PLACE_TOP, PLACE_PARAMETERS, PLACE_SHARD, PLACE_OBJECTS, PLACE_SHARDS = PLACE_OBJECTS, PLACE_OUTSIDE };

static const struct {
    const struct member *members;
    unsigned count;
} objects[PLACE_OBJECTS] = {
    [PLACE_TOP] = {top_members, sizeof top_members / sizeof top_members[0]},
    [PLACE_PARAMETERS] = {parameter_members, sizeof parameter_members / sizeof parameter_members[0]},
    [PLACE_SHARD] = {shard_members, sizeof shard_members / sizeof shard_members[0]},
};

struct parser {
    const char *path;
    struct ng_manifest *manifest;
    uint64_t shard_capacity;
    enum place place;
    const struct member *member;  /* whose value comes next; NULL: one that is not known */
    unsigned seen[PLACE_OBJECTS]; /* a bit for each member of the object */
    unsigned ignored_depth;       /* of arrays and objects that belong to an unknown member */
    struct ng_err *err;
    int status;
};

/* yajl's callbacks return whether to go on. */
enum { STOP = 0, GO_ON = 1 };

static int fail(struct parser *p, int status, const char *member, const char *why) {
    unsigned long long shard = p->manifest->shard_count ? p->manifest->shard_count - 1 : 0;
    const char *separator = *member ? "." : "";
    switch (p->place) {
    case PLACE_PARAMETERS:
        p->status = ng_err_set(p->err, status, "%s: parameters%s%s %s", p->path, separator, member, why);
        break;
    case PLACE_SHARD:
        p->status = ng_err_set(p->err, status, "%s: shards[%llu]%s%s %s", p->path, shard, separator, member, why);
        break;
    case PLACE_SHARDS: p->status = ng_err_set(p->err, status, "%s: shards %s", p->path, why); break;
    default: p->status = ng_err_set(p->err, status, "%s: %s %s", p->path, *member ? member : "the whole", why);
    }
    (void)ng_err_hint(p->err, "%s", NG_MANIFEST_DAMAGE_HINT);
    return STOP;
}

static int fail_member(struct parser *p, const char *why) {
    return fail(p, NG_ERR_CORRUPT, p->member ? p->member->name : "", why);
}

static bool parse_number(const char *digits, size_t length, uint64_t *number) {
    uint64_t value = 0;
    for (size_t i = 0; i < length; i++) {
        if (digits[i] < '0' || digits[i] > '9') return false;
        if (!ng_checked_mul(value, 10, &value)) return false;
        if (!ng_checked_add(value, (uint64_t)(digits[i] - '0'), &value)) return false;
    }
    *number = value;
    return true;
}

/* Where the value of the current member belongs. */
static void *member_target(const struct parser *p) {
    uint8_t *base = (uint8_t *)p->manifest;
    if (p->place == PLACE_SHARD) base = (uint8_t *)&p->manifest->shards[p->manifest->shard_count - 1];
    return base + p->member->offset;
}

/* Whether the value that comes next is none of the manifest's. Sets *go_on where it cannot be there at all. */
static bool is_ignored(struct parser *p, int *go_on) {
    *go_on = GO_ON;
    if (p->ignored_depth > 0) return true;
    if (p->place >= PLACE_OBJECTS) *go_on = fail_member(p, "is not what it should be (an object)");
    else if (p->member) return false;
    return true;
}

static int on_other(void *context) {
    struct parser *p = context;
    int go_on;
    if (is_ignored(p, &go_on)) return go_on;
    return fail_member(p, "is of the wrong type");
}

static int on_boolean(void *context, int value) {
    (void)value;
    return on_other(context);
}

static int on_number(void *context, const char *digits, size_t length) {
    struct parser *p = context;
    int go_on;
    if (is_ignored(p, &go_on)) return go_on;
    if (p->member->kind != KIND_NUMBER) return fail_member(p, "is of the wrong type");
    uint64_t number;
    if (!parse_number(digits, length, &number) || number < p->member->min || number > p->member->max) {
        return fail_member(p, "is out of range");
    }
    /* At once: what else a file of another format holds is not ours to judge. */
    if (p->member == format_version_member && number != NG_FORMAT_VERSION) {
        p->status = ng_err_set(p->err, NG_ERR_VERSION, "%s: index format %llu, this program reads format %u", p->path,
                               (unsigned long long)number, NG_FORMAT_VERSION);
        (void)ng_err_hint(p->err, "use the version of ngidx that built it, or build the index again");
        return STOP;
    }
    memcpy(member_target(p), &number, sizeof number);
    return GO_ON;
}

static int on_string(void *context, const unsigned char *bytes, size_t length) {
    struct parser *p = context;
    int go_on;
    if (is_ignored(p, &go_on)) return go_on;
    char *target = member_target(p);
    switch (p->member->kind) {
    case KIND_STRING:
        if (length < p->member->min || length > p->member->max) return fail_member(p, "is out of range (length)");
        if (memchr(bytes, '\0', length)) return fail_member(p, "holds a NUL");
        memcpy(target, bytes, length);
        target[length] = '\0';
        return GO_ON;
    case KIND_SHARD_NAME:
        if (length != NG_SHARD_NAME_BYTES - 1) return fail_member(p, "is not the name of a shard");
        memcpy(target, bytes, length);
        target[length] = '\0';
        if (!ng_shard_name_valid(target)) return fail_member(p, "is not the name of a shard");
        return GO_ON;
    case KIND_HASH:
        if (!ng_manifest_hex_decode((uint8_t *)target, 16, bytes, length)) {
            return fail_member(p, "is not 32 hexadecimal digits");
        }
        return GO_ON;
    default: return fail_member(p, "is of the wrong type");
    }
}

static int on_key(void *context, const unsigned char *name, size_t length) {
    struct parser *p = context;
    if (p->ignored_depth > 0) return GO_ON;
    p->member = NULL;
    for (unsigned i = 0; i < objects[p->place].count; i++) {
        const struct member *member = &objects[p->place].members[i];
        if (strlen(member->name) != length || memcmp(member->name, name, length) != 0) continue;
        p->member = member;
        if (p->seen[p->place] >> i & 1) return fail_member(p, "is there twice");
        p->seen[p->place] |= 1u << i;
    }
    return GO_ON;
}

static int ignore_nested(struct parser *p) {
    if (p->ignored_depth == NG_MAX_JSON_DEPTH) return fail(p, NG_ERR_CORRUPT, "", "is nested too deeply");
    p->ignored_depth++;
    return GO_ON;
}

static int enter(struct parser *p, enum place place) {
    p->place = place;
    p->member = NULL;
    if (place < PLACE_OBJECTS) p->seen[place] = 0;
    return GO_ON;
}

static int add_shard(struct parser *p) {
    struct ng_manifest *manifest = p->manifest;
    if (manifest->shard_count == NG_MAX_SHARDS) return fail_member(p, "are too many");
    if (manifest->shard_count == p->shard_capacity) {
        uint64_t capacity = p->shard_capacity ? 2 * p->shard_capacity : 16;
        struct ng_manifest_shard *shards = realloc(manifest->shards, (size_t)capacity * sizeof *shards);
        if (!shards) {
            p->status = ng_err_nomem(p->err, capacity * sizeof *shards, "the list of shards");
            return STOP;
        }
        manifest->shards = shards;
        p->shard_capacity = capacity;
    }
    manifest->shards[manifest->shard_count++] = (struct ng_manifest_shard){0};
    return enter(p, PLACE_SHARD);
}

static int on_start_map(void *context) {
    struct parser *p = context;
    if (p->ignored_depth > 0) return ignore_nested(p);
    if (p->place == PLACE_OUTSIDE) return enter(p, PLACE_TOP);
    if (p->place == PLACE_SHARDS) return add_shard(p);
    if (!p->member) return ignore_nested(p);
    if (p->member->kind == KIND_PARAMETERS) return enter(p, PLACE_PARAMETERS);
    return fail_member(p, "is of the wrong type");
}

static int on_end_map(void *context) {
    struct parser *p = context;
    if (p->ignored_depth > 0) {
        p->ignored_depth--;
        return GO_ON;
    }
    for (unsigned i = 0; i < objects[p->place].count; i++) {
        if (p->seen[p->place] >> i & 1) continue;
        return fail(p, NG_ERR_CORRUPT, objects[p->place].members[i].name, "is missing");
    }
    static const enum place outer[] = {
        [PLACE_TOP] = PLACE_OUTSIDE, [PLACE_PARAMETERS] = PLACE_TOP, [PLACE_SHARD] = PLACE_SHARDS};
    p->place = outer[p->place];
    p->member = NULL;
    return GO_ON;
}

static int on_start_array(void *context) {
    struct parser *p = context;
    if (p->ignored_depth > 0) return ignore_nested(p);
    if (p->place >= PLACE_OBJECTS) return fail_member(p, "is not what it should be (an object)");
    if (!p->member) return ignore_nested(p);
    if (p->member->kind == KIND_SHARDS) return enter(p, PLACE_SHARDS);
    return fail_member(p, "is of the wrong type");
}

static int on_end_array(void *context) {
    struct parser *p = context;
    if (p->ignored_depth > 0) {
        p->ignored_depth--;
        return GO_ON;
    }
    p->place = PLACE_TOP;
    return GO_ON;
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_other,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_start_map,
    .yajl_map_key = on_key,
    .yajl_end_map = on_end_map,
    .yajl_start_array = on_start_array,
    .yajl_end_array = on_end_array,
};

/* One use of yajl, from its making on; longjmp comes back here where there is no memory. */
static int drive_parser(struct parser *p, yajl_handle *yajl, struct ng_json_memory *memory, const uint8_t *bytes,
                        size_t length) {
    if (setjmp(memory->out_of_memory)) return ng_err_nomem(p->err, memory->refused_bytes, "reading the manifest");
    yajl_alloc_funcs functions = ng_json_memory_start(memory);
    *yajl = yajl_alloc(&callbacks, &functions, p);
    yajl_status result = yajl_parse(*yajl, bytes, length);
    if (result == yajl_status_ok) result = yajl_complete_parse(*yajl);
    if (result == yajl_status_ok) return NG_OK;
    if (result == yajl_status_client_canceled) return p->status;
    (void)ng_err_set(p->err, NG_ERR_CORRUPT, "%s: not JSON at byte %zu", p->path, yajl_get_bytes_consumed(*yajl));
    return ng_err_hint(p->err, "%s", NG_MANIFEST_DAMAGE_HINT);
}

static int run_parser(struct parser *p, const uint8_t *bytes, size_t length) {
    yajl_handle yajl = NULL;
    struct ng_json_memory *memory = malloc(sizeof *memory);
    if (!memory) return ng_err_nomem(p->err, sizeof *memory, "reading the manifest");
    int status = drive_parser(p, &yajl, memory, bytes, length);
    if (yajl) yajl_free(yajl);
    free(memory);
    return status;
}

/* What no member shows alone. */
static int check_shards(struct parser *p) {
    const struct ng_manifest *manifest = p->manifest;
    uint64_t documents = 0;
    uint64_t text_bytes = 0;
    for (uint64_t i = 0; i < manifest->shard_count; i++) {
        const struct ng_manifest_shard *shard = &manifest->shards[i];
        const char *why = NULL;
        if (i > 0 && strcmp(shard[-1].file, shard->file) >= 0) why = "does not follow the one before it by name";
        if (shard->text_bytes + shard->documents > NG_MAX_SHARD_ROWS) why = "is too large";
        if (why) {
            (void)ng_err_set(p->err, NG_ERR_CORRUPT, "%s: shards[%llu] %s", p->path, (unsigned long long)i, why);
            (void)ng_err_hint(p->err, "%s", NG_MANIFEST_DAMAGE_HINT);
    return NG_ERR_CORRUPT;
        }
        /* 65,536 shards of 2^48 rows: no overflow. */
        documents += shard->documents;
        text_bytes += shard->text_bytes;
    }
    if (manifest->shard_count == 0) {
        (void)fail(p, NG_ERR_CORRUPT, "shards", "is empty");
    } else if (documents != manifest->documents) {
        (void)fail(p, NG_ERR_CORRUPT, "documents", "is not the sum of the shards'");
    } else if (text_bytes != manifest->text_bytes) {
        (void)fail(p, NG_ERR_CORRUPT, "text_bytes", "is not the sum of the shards'");
    }
    return p->status;
}

int ng_manifest_parse(struct ng_manifest *manifest, const char *path, const uint8_t *bytes, size_t length,
                      struct ng_err *err) {
    *manifest = (struct ng_manifest){0};
    if (length > NG_MAX_MANIFEST_BYTES) {
        return ng_err_set(err, NG_ERR_LIMIT, "%s: over %llu bytes", path, (unsigned long long)NG_MAX_MANIFEST_BYTES);
    }
    if (!ng_manifest_sealed(bytes, length)) {
        (void)ng_err_set(err, NG_ERR_CORRUPT, "%s: was edited or damaged: its checksum is not that of its content",
                         path);
        (void)ng_err_hint(err, "%s", NG_MANIFEST_DAMAGE_HINT);
        return NG_ERR_CORRUPT;
    }
    struct parser parser = {.path = path, .manifest = manifest, .place = PLACE_OUTSIDE, .err = err};
    int status = run_parser(&parser, bytes, length);
    if (!status) status = check_shards(&parser);
    if (status) ng_manifest_free(manifest);
    return status;
}
