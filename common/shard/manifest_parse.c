#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/container/container.h"
#include "common/json/in.h"
#include "common/shard/manifest.h"
#include "common/shard/manifest_format.h"

/* What a member is, and where its value goes. */
enum kind {
    KIND_NUMBER,
    KIND_STRING,
    KIND_SHARD_NAME,
    KIND_REMOVED_NAME,
    KIND_HASH,
    KIND_PARAMETERS,
    KIND_FOLD,
    KIND_SHARDS,
    KIND_REMOVED,
    KIND_REMOVALS,
    KIND_FILES
};

static const enum ng_json_event kind_events[] = {[KIND_NUMBER] = NG_JSON_NUMBER,
                                                 [KIND_STRING] = NG_JSON_STRING,
                                                 [KIND_SHARD_NAME] = NG_JSON_STRING,
                                                 [KIND_REMOVED_NAME] = NG_JSON_STRING,
                                                 [KIND_HASH] = NG_JSON_STRING,
                                                 [KIND_PARAMETERS] = NG_JSON_OBJECT,
                                                 [KIND_FOLD] = NG_JSON_OBJECT,
                                                 [KIND_SHARDS] = NG_JSON_ARRAY,
                                                 [KIND_REMOVED] = NG_JSON_OBJECT,
                                                 [KIND_REMOVALS] = NG_JSON_ARRAY,
                                                 [KIND_FILES] = NG_JSON_OBJECT};

struct member {
    const char *name;
    enum kind kind;
    size_t offset;     /* in the struct of the object that it is in */
    uint64_t min, max; /* of a number, or of the length in bytes of a string */
};

#define OF_MANIFEST(field) offsetof(struct ng_manifest, field)
#define OF_SHARD(field) offsetof(struct ng_manifest_shard, field)
#define OF_REMOVED(field) offsetof(struct ng_manifest_removed, field)
#define OF_REMOVAL(field) offsetof(struct ng_manifest_removal, field)

static const struct member top_members[] = {
    {"format_version", KIND_NUMBER, OF_MANIFEST(format_version), 0, UINT64_MAX},
    {"program", KIND_STRING, OF_MANIFEST(program), 1, NG_MANIFEST_PROGRAM_BYTES - 1},
    {"parameters", KIND_PARAMETERS, 0, 0, 0},
    {"documents", KIND_NUMBER, OF_MANIFEST(documents), 1, UINT64_MAX},
    {"text_bytes", KIND_NUMBER, OF_MANIFEST(text_bytes), 0, UINT64_MAX},
    {"shards", KIND_SHARDS, OF_MANIFEST(shards), 0, 0},
    {"fold", KIND_FOLD, 0, 0, 0},
    {"folded_shards", KIND_SHARDS, OF_MANIFEST(folded), 0, 0},
    {"removals", KIND_REMOVALS, 0, 0, 0},
    {"files", KIND_FILES, 0, 0, 0},
};
static const struct member *const format_version_member = &top_members[0];
enum { TOP_REQUIRED = 6, TOP_FOLD = TOP_REQUIRED, TOP_FOLDED_SHARDS }; /* of top_members */
static const struct member parameter_members[] = {
    {"text_field", KIND_STRING, OF_MANIFEST(text_field), 0, NG_MAX_FIELD_NAME_BYTES},
    {"invalid_utf8", KIND_STRING, OF_MANIFEST(invalid_utf8), 1, NG_MANIFEST_POLICY_BYTES - 1},
    {"sa_sample", KIND_NUMBER, OF_MANIFEST(sa_sample), 1, NG_MAX_SHARD_ROWS},
    {"shard_bytes", KIND_NUMBER, OF_MANIFEST(shard_bytes), 0, UINT64_MAX},
    {"id_field", KIND_STRING, OF_MANIFEST(id_field), 1, NG_MAX_FIELD_NAME_BYTES},
    {"url_field", KIND_STRING, OF_MANIFEST(url_field), 1, NG_MAX_FIELD_NAME_BYTES},
    {"json_as", KIND_STRING, OF_MANIFEST(json_as), 1, NG_MANIFEST_JSON_AS_BYTES - 1},
};
enum { PARAMETERS_REQUIRED = 4 }; /* of parameter_members */
static const struct member fold_members[] = {
    {"version", KIND_NUMBER, OF_MANIFEST(fold_version), 1, UINT32_MAX},
    {"unicode", KIND_STRING, OF_MANIFEST(fold_unicode), 1, NG_MANIFEST_UNICODE_BYTES - 1},
    {"sa_sample", KIND_NUMBER, OF_MANIFEST(folded_sa_sample), 1, NG_MAX_SHARD_ROWS},
    {"text_bytes", KIND_NUMBER, OF_MANIFEST(folded_text_bytes), 0, UINT64_MAX},
};
static const struct member shard_members[] = {
    {"file", KIND_SHARD_NAME, OF_SHARD(file), 0, NG_SHARD_NAME_BYTES - 1},
    {"bytes", KIND_NUMBER, OF_SHARD(bytes), 1, INT64_MAX},
    {"documents", KIND_NUMBER, OF_SHARD(documents), 1, NG_MAX_SHARD_ROWS},
    {"text_bytes", KIND_NUMBER, OF_SHARD(text_bytes), 0, NG_MAX_SHARD_ROWS},
    {"xxh3_128", KIND_HASH, OF_SHARD(xxh3_128), 0, 0},
    {"removed", KIND_REMOVED, OF_SHARD(removed), 0, 0},
};
enum { SHARD_REQUIRED = 5 }; /* of shard_members */
static const struct member removed_members[] = {
    {"file", KIND_REMOVED_NAME, OF_REMOVED(file), 0, NG_REMOVED_NAME_BYTES - 1},
    {"bytes", KIND_NUMBER, OF_REMOVED(bytes), 1, INT64_MAX},
    {"documents", KIND_NUMBER, OF_REMOVED(documents), 1, NG_MAX_SHARD_ROWS},
    {"text_bytes", KIND_NUMBER, OF_REMOVED(text_bytes), 0, NG_MAX_SHARD_ROWS},
    {"xxh3_128", KIND_HASH, OF_REMOVED(xxh3_128), 0, 0},
};
static const struct member removal_members[] = {
    {"time", KIND_STRING, OF_REMOVAL(time), NG_REMOVAL_TIME_BYTES - 1, NG_REMOVAL_TIME_BYTES - 1},
    {"by", KIND_STRING, OF_REMOVAL(by), 1, NG_REMOVAL_BY_BYTES - 1},
    {"documents", KIND_NUMBER, OF_REMOVAL(documents), 1, UINT64_MAX},
    {"text_bytes", KIND_NUMBER, OF_REMOVAL(text_bytes), 0, UINT64_MAX},
};

static const struct member files_members[] = {
    {"file", KIND_STRING, OF_MANIFEST(files.file), NG_FILES_NAME_BYTES - 1, NG_FILES_NAME_BYTES - 1},
    {"bytes", KIND_NUMBER, OF_MANIFEST(files.bytes), 1, INT64_MAX},
    {"xxh3_128", KIND_HASH, OF_MANIFEST(files.xxh3_128), 0, 0},
};

/* Where in the file the parser is; the first ones are objects with known members, the next two arrays of objects. */
enum place {
    PLACE_TOP,
    PLACE_PARAMETERS,
    PLACE_FOLD,
    PLACE_SHARD,
    PLACE_REMOVED,
    PLACE_REMOVAL,
    PLACE_FILES,
    PLACE_OBJECTS,
    PLACE_SHARDS = PLACE_OBJECTS,
    PLACE_REMOVALS,
    PLACE_OUTSIDE
};

#define COUNT(members) (sizeof(members) / sizeof(members)[0])

static const struct {
    const struct member *members;
    unsigned count;
    unsigned required; /* how many of the members */
} objects[PLACE_OBJECTS] = {
    [PLACE_TOP] = {top_members, COUNT(top_members), TOP_REQUIRED},
    [PLACE_PARAMETERS] = {parameter_members, COUNT(parameter_members), PARAMETERS_REQUIRED},
    [PLACE_FOLD] = {fold_members, COUNT(fold_members), COUNT(fold_members)},
    [PLACE_SHARD] = {shard_members, COUNT(shard_members), SHARD_REQUIRED},
    [PLACE_REMOVED] = {removed_members, COUNT(removed_members), COUNT(removed_members)},
    [PLACE_REMOVAL] = {removal_members, COUNT(removal_members), COUNT(removal_members)},
    [PLACE_FILES] = {files_members, COUNT(files_members), COUNT(files_members)},
};

struct parser {
    struct ng_json_in in;
    const char *path;
    struct ng_manifest *manifest;
    struct ng_manifest_shard **shards; /* the list at hand */
    size_t shard_count;                /* of it */
    size_t shard_capacity;
    size_t removal_capacity;
    uint64_t folded_count;             /* of the folded shards, once they were read */
    enum place place;
    const struct member *member;  /* whose value comes next; NULL: one that is not known */
    unsigned seen[PLACE_OBJECTS]; /* a bit for each member of the object */
    bool ignoring;                /* an array or object that belongs to an unknown member, */
    unsigned ignored_depth;       /* which is this deep */
    struct ng_err *err;
};

static int fail(struct parser *p, const char *member, const char *why) {
    unsigned long long shard = p->shard_count ? p->shard_count - 1 : 0;
    const char *list = p->shards == &p->manifest->folded ? "folded_shards" : "shards";
    char place[64] = "";
    const char *separator = *member ? "." : "";
    if (p->place == PLACE_PARAMETERS) (void)snprintf(place, sizeof place, "parameters%s", separator);
    else if (p->place == PLACE_FOLD) (void)snprintf(place, sizeof place, "fold%s", separator);
    else if (p->place == PLACE_FILES) (void)snprintf(place, sizeof place, "files%s", separator);
    else if (p->place == PLACE_SHARD) (void)snprintf(place, sizeof place, "%s[%llu]%s", list, shard, separator);
    else if (p->place == PLACE_REMOVED) (void)snprintf(place, sizeof place, "%s[%llu].removed%s", list, shard, separator);
    else if (p->place == PLACE_REMOVAL) (void)snprintf(place, sizeof place, "removals[%llu]%s",
        (unsigned long long)p->manifest->removal_count - 1, separator);
    else if (p->place == PLACE_SHARDS) member = list;
    else if (p->place == PLACE_REMOVALS) member = "removals";
    else if (!*member) member = "the whole";
    (void)ng_err_set(p->err, NG_ERR_CORRUPT, "%s: %s%s %s", p->path, place, member, why);
    return ng_err_hint(p->err, "%s", NG_MANIFEST_DAMAGE_HINT);
}

static int fail_member(struct parser *p, const char *why) {
    return fail(p, p->member ? p->member->name : "", why);
}

/* Where the value of the current member belongs. */
static void *member_target(const struct parser *p) {
    uint8_t *base = (uint8_t *)p->manifest;
    if (p->place == PLACE_SHARD) base = (uint8_t *)&(*p->shards)[p->shard_count - 1];
    if (p->place == PLACE_REMOVED) base = (uint8_t *)&(*p->shards)[p->shard_count - 1].removed;
    if (p->place == PLACE_REMOVAL) base = (uint8_t *)&p->manifest->removals[p->manifest->removal_count - 1];
    return base + p->member->offset;
}

static int take_number(struct parser *p, const char *digits, size_t length) {
    uint64_t number;
    if (!ng_text_decimal(digits, length, &number) || number < p->member->min || number > p->member->max) {
        return fail_member(p, "is out of range");
    }
    /* At once: what else a file of another format holds is not ours to judge. */
    if (p->member == format_version_member && (number < NG_MANIFEST_VERSION || number > NG_MANIFEST_VERSION_REMOVED)) {
        (void)ng_err_set(p->err, NG_ERR_VERSION, "%s: index format %llu, this program reads formats %u to %u", p->path,
                         (unsigned long long)number, NG_MANIFEST_VERSION, NG_MANIFEST_VERSION_REMOVED);
        return ng_err_hint(p->err, "use the version of ngidx that built it, or build the index again");
    }
    memcpy(member_target(p), &number, sizeof number);
    return NG_OK;
}

static int take_string(struct parser *p, const uint8_t *bytes, size_t length) {
    char *target = member_target(p);
    if (p->member->kind == KIND_HASH) {
        if (ng_manifest_hex_decode((uint8_t *)target, 16, bytes, length)) return NG_OK;
        return fail_member(p, "is not 32 hexadecimal digits");
    }
    bool is_shard = p->member->kind == KIND_SHARD_NAME;
    bool is_name = is_shard || p->member->kind == KIND_REMOVED_NAME;
    const char *no_name = is_shard ? "is not the name of a shard" : "is not the name of a file of removed documents";
    if (is_name && length != p->member->max) return fail_member(p, no_name);
    if (!is_name && (length < p->member->min || length > p->member->max)) {
        return fail_member(p, "is out of range (length)");
    }
    if (!is_name && memchr(bytes, '\0', length)) return fail_member(p, "holds a NUL");
    memcpy(target, bytes, length);
    target[length] = '\0';
    if (!is_name || (is_shard ? ng_shard_name_valid(target) : ng_removed_name_valid(target))) return NG_OK;
    return fail_member(p, no_name);
}

static int take_key(struct parser *p, const uint8_t *name, size_t length) {
    p->member = NULL;
    for (unsigned i = 0; i < objects[p->place].count; i++) {
        const struct member *member = &objects[p->place].members[i];
        if (strlen(member->name) != length || memcmp(member->name, name, length) != 0) continue;
        p->member = member;
        if (p->seen[p->place] >> i & 1) return fail_member(p, "is there twice");
        p->seen[p->place] |= 1u << i;
    }
    return NG_OK;
}

static int enter(struct parser *p, enum place place) {
    p->place = place;
    p->member = NULL;
    if (place < PLACE_OBJECTS) p->seen[place] = 0;
    return NG_OK;
}

static int begin_shards(struct parser *p) {
    p->shards = member_target(p);
    p->shard_count = 0;
    p->shard_capacity = 0;
    return enter(p, PLACE_SHARDS);
}

static int add_shard(struct parser *p) {
    if (p->shard_count == NG_MAX_SHARDS) return fail_member(p, "are too many");
    struct ng_manifest_shard *shards = ng_array_grow(*p->shards, sizeof *shards, p->shard_count, &p->shard_capacity,
                                                     "the list of shards", p->err);
    if (!shards) return NG_ERR_NOMEM;
    *p->shards = shards;
    (*p->shards)[p->shard_count++] = (struct ng_manifest_shard){0};
    return enter(p, PLACE_SHARD);
}

static int add_removal(struct parser *p) {
    struct ng_manifest *manifest = p->manifest;
    if (manifest->removal_count == NG_MAX_REMOVALS) return fail_member(p, "are too many");
    struct ng_manifest_removal *removals = ng_array_grow(manifest->removals, sizeof *removals,
                                                         (size_t)manifest->removal_count, &p->removal_capacity,
                                                         "the journal of removals", p->err);
    if (!removals) return NG_ERR_NOMEM;
    manifest->removals = removals;
    removals[manifest->removal_count++] = (struct ng_manifest_removal){.documents = 0};
    return enter(p, PLACE_REMOVAL);
}

static int take_end(struct parser *p) {
    static const enum place outer[] = {[PLACE_TOP] = PLACE_OUTSIDE,
                                       [PLACE_PARAMETERS] = PLACE_TOP,
                                       [PLACE_FOLD] = PLACE_TOP,
                                       [PLACE_SHARD] = PLACE_SHARDS,
                                       [PLACE_REMOVED] = PLACE_SHARD,
                                       [PLACE_REMOVAL] = PLACE_REMOVALS,
                                       [PLACE_FILES] = PLACE_TOP,
                                       [PLACE_SHARDS] = PLACE_TOP,
                                       [PLACE_REMOVALS] = PLACE_TOP};
    for (unsigned i = 0; p->place < PLACE_OBJECTS && i < objects[p->place].required; i++) {
        if (!(p->seen[p->place] >> i & 1)) return fail(p, objects[p->place].members[i].name, "is missing");
    }
    if (p->place == PLACE_SHARDS && p->shards == &p->manifest->shards) p->manifest->shard_count = p->shard_count;
    else if (p->place == PLACE_SHARDS) p->folded_count = p->shard_count;
    p->place = outer[p->place];
    p->member = NULL;
    return NG_OK;
}

static int take_value(struct parser *p, enum ng_json_event event, const uint8_t *bytes, size_t length) {
    if (p->place >= PLACE_OBJECTS) {
        if (event != NG_JSON_OBJECT) return fail_member(p, "is not what it should be (an object)");
        if (p->place == PLACE_REMOVALS) return add_removal(p);
        return p->place == PLACE_SHARDS ? add_shard(p) : enter(p, PLACE_TOP);
    }
    if (!p->member) {
        p->ignoring = event == NG_JSON_OBJECT || event == NG_JSON_ARRAY;
        p->ignored_depth = p->in.depth;
        return NG_OK;
    }
    if (event != kind_events[p->member->kind]) return fail_member(p, "is of the wrong type");
    switch (p->member->kind) {
    case KIND_NUMBER: return take_number(p, (const char *)bytes, length);
    case KIND_PARAMETERS: return enter(p, PLACE_PARAMETERS);
    case KIND_FOLD: return enter(p, PLACE_FOLD);
    case KIND_SHARDS: return begin_shards(p);
    case KIND_REMOVED: return enter(p, PLACE_REMOVED);
    case KIND_REMOVALS: return enter(p, PLACE_REMOVALS);
    case KIND_FILES: return enter(p, PLACE_FILES);
    default: return take_string(p, bytes, length);
    }
}

static int take(void *context, enum ng_json_event event, const uint8_t *bytes, size_t length) {
    struct parser *p = context;
    if (p->ignoring) {
        if (p->in.depth - p->ignored_depth == NG_MAX_JSON_DEPTH && (event == NG_JSON_OBJECT || event == NG_JSON_ARRAY)) {
            return fail(p, "", "is nested too deeply");
        }
        p->ignoring = event != NG_JSON_END || p->in.depth > p->ignored_depth;
        return NG_OK;
    }
    if (event == NG_JSON_KEY) return take_key(p, bytes, length);
    return event == NG_JSON_END ? take_end(p) : take_value(p, event, bytes, length);
}

static int run_parser(struct parser *p, const uint8_t *bytes, size_t length) {
    p->in.take = take;
    p->in.context = p;
    p->in.most_depth = NG_MAX_JSON_DEPTH + PLACE_OBJECTS; /* unknown members may be nested so deep at any place */
    int status = ng_json_read(&p->in, bytes, length, p->err);
    if (!p->in.reason[0]) return status;
    (void)ng_err_set(p->err, NG_ERR_CORRUPT, "%s: not JSON at byte %zu", p->path, p->in.refused_at);
    return ng_err_hint(p->err, "%s", NG_MANIFEST_DAMAGE_HINT);
}

/* What is wrong with what was removed from a shard; NULL: nothing. */
static const char *judge_removed(const struct parser *p, const struct ng_manifest_shard *shard, uint64_t number) {
    const struct ng_manifest_removed *removed = &shard->removed;
    const char *why = NULL;
    if (removed->documents != p->manifest->shards[number].removed.documents) {
        return "has other removed documents than the exact one";
    }
    if (removed->documents == 0) return NULL;
    if (p->manifest->format_version < NG_MANIFEST_VERSION_REMOVED) why = "has removed documents before format_version 3";
    if (removed->documents > shard->documents || removed->text_bytes > shard->text_bytes) why = "has less than was removed";
    if (!ng_removed_name_is_of(removed->file, shard->file)) why = "has the removed documents of another shard";
    return why;
}

/* Sums over the shards of a view. */
static int sum_shards(struct parser *p, const struct ng_manifest_shard *shards, bool folded, uint64_t *documents,
                      uint64_t *text_bytes) {
    *documents = *text_bytes = 0;
    for (uint64_t i = 0; i < p->manifest->shard_count; i++) {
        const struct ng_manifest_shard *shard = &shards[i];
        const char *why = NULL;
        char name[64];
        (void)snprintf(name, sizeof name, "%s[%llu]", shards == p->manifest->folded ? "folded_shards" : "shards",
                       (unsigned long long)i);
        if (i > 0 && strcmp(shard[-1].file, shard->file) >= 0) why = "does not follow the one before it by name";
        if (shard->text_bytes + shard->documents > NG_MAX_SHARD_ROWS) why = "is too large";
        if (ng_shard_name_folded(shard->file) != folded) why = "is named as one of another view";
        if (shard->documents != p->manifest->shards[i].documents) why = "has other documents than the exact one";
        if (!why) why = judge_removed(p, shard, i);
        if (why) return fail(p, name, why);
        /* 65,536 shards of 2^48 rows: no overflow. */
        *documents += shard->documents;
        *text_bytes += shard->text_bytes;
    }
    return NG_OK;
}

/* Some documents are left, and the journal tells of all that are gone. */
static int check_removals(struct parser *p) {
    const struct ng_manifest *manifest = p->manifest;
    struct ng_manifest_removed told = {.documents = 0};
    struct ng_manifest_removed removed = ng_manifest_sum_removed(manifest->shards, manifest->shard_count);
    if (manifest->format_version == NG_MANIFEST_VERSION_REMOVED && removed.documents == 0) {
        return fail(p, "format_version", "is 3, but no shard has removed documents");
    }
    if (removed.documents >= manifest->documents) return fail(p, "documents", "were all removed");
    for (uint64_t i = 0; i < manifest->removal_count; i++) {
        const struct ng_manifest_removal *removal = &manifest->removals[i];
        if (__builtin_add_overflow(told.documents, removal->documents, &told.documents) ||
            __builtin_add_overflow(told.text_bytes, removal->text_bytes, &told.text_bytes)) {
            return fail(p, "removals", "are out of range");
        }
    }
    if (told.documents >= removed.documents && told.text_bytes >= removed.text_bytes) return NG_OK;
    return fail(p, "removals", "do not tell of all that was removed");
}

/* What no member shows alone. */
static int check_views(struct parser *p) {
    const struct ng_manifest *manifest = p->manifest;
    bool folded = p->seen[PLACE_TOP] >> TOP_FOLD & 1;
    bool both = p->seen[PLACE_TOP] >> TOP_FOLDED_SHARDS & 1;
    uint64_t documents;
    uint64_t text_bytes;
    if (manifest->format_version != NG_MANIFEST_VERSION_REMOVED &&
        folded != (manifest->format_version == NG_MANIFEST_VERSION_FOLDED)) {
        return fail(p, "fold", folded ? "is there, which format_version 1 does not have" : "is missing");
    }
    if (both && !folded) return fail(p, "folded_shards", "is there without fold");
    if (manifest->shard_count == 0) return fail(p, "shards", "is empty");
    if (both && p->folded_count != manifest->shard_count) return fail(p, "folded_shards", "is not as long as shards");
    int status = sum_shards(p, manifest->shards, folded && !both, &documents, &text_bytes);
    if (status) return status;
    if (documents != manifest->documents) return fail(p, "documents", "is not the sum of the shards'");
    if (text_bytes != manifest->text_bytes) return fail(p, "text_bytes", "is not the sum of the shards'");
    if (both) status = sum_shards(p, manifest->folded, true, &documents, &text_bytes);
    if (status || !folded) return status;
    return text_bytes == manifest->folded_text_bytes ? NG_OK : fail(p, "fold.text_bytes", "is not the sum of the shards'");
}

int ng_manifest_parse(struct ng_manifest *manifest, const char *path, const uint8_t *bytes, size_t length,
                      struct ng_err *err) {
    *manifest = (struct ng_manifest){0};
    if (length > NG_MAX_MANIFEST_BYTES) {
        return ng_err_set(err, NG_ERR_LIMIT, "%s: over %llu bytes", path, (unsigned long long)NG_MAX_MANIFEST_BYTES);
    }
    if (!ng_manifest_sealed(bytes, length)) {
        (void)ng_err_set(err, NG_ERR_CORRUPT, "%s: was edited or damaged: its checksum does not match its content",
                         path);
        (void)ng_err_hint(err, "%s", NG_MANIFEST_DAMAGE_HINT);
        return NG_ERR_CORRUPT;
    }
    struct parser *parser = calloc(1, sizeof *parser);
    if (!parser) return ng_err_nomem(err, sizeof *parser, "reading the manifest");
    parser->path = path;
    parser->manifest = manifest;
    parser->place = PLACE_OUTSIDE;
    parser->err = err;
    int status = run_parser(parser, bytes, length);
    if (!status) status = check_views(parser);
    if (!status) status = check_removals(parser);
    if (!status && manifest->files.bytes > 0 && strcmp(manifest->files.file, NG_MANIFEST_FILES_FILE) != 0) {
        status = fail(parser, "files.file", "is not " NG_MANIFEST_FILES_FILE);
    }
    free(parser);
    if (status) ng_manifest_free(manifest);
    return status;
}
