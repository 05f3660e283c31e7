#include "query/cite/facts.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/json/in.h"
#include "common/os/file.h"

struct known {
    char *name; /* owned, as are the values */
    char *facts[NG_FACTS];
};

struct ng_cite_facts {
    struct known *known; /* owned */
    size_t count;
    size_t capacity;
};

static const struct {
    const char *name;
    enum ng_cite_fact fact;
    bool of_corpus, of_benchmark;
} MEMBERS[] = {
    {"version", NG_FACT_VERSION, true, false},
    {"revision", NG_FACT_REVISION, false, true},
    {"licence", NG_FACT_LICENCE, true, true},
    {"license", NG_FACT_LICENCE, true, true},
    {"url", NG_FACT_URL, true, true},
    {"crawl_date", NG_FACT_CRAWL_DATE, true, false},
};

struct parse {
    struct ng_cite_facts *facts;
    enum ng_cite_facts_kind kind;
    const char *path;
    struct ng_json_in in;
    enum ng_cite_fact member; /* NG_FACTS: none */
    struct ng_err *err;
};

static int refuse(struct parse *parse, const char *what, const uint8_t *bytes, size_t length) {
    const char *members = parse->kind == NG_FACTS_CORPUS ? "version, licence, url, crawl_date" : "revision, licence, url";
    (void)ng_err_set(parse->err, NG_ERR_INPUT, "%s: %s%.*s", parse->path, what, (int)(length < 60 ? length : 60),
                     (const char *)bytes);
    return ng_err_hint(parse->err, "the file is {\"NAME\": {...}, ...} with strings for %s", members);
}

static int add_name(struct parse *parse, const uint8_t *bytes, size_t length) {
    struct ng_cite_facts *facts = parse->facts;
    struct known *grown = ng_array_grow(facts->known, sizeof *grown, facts->count, &facts->capacity, "names", parse->err);
    if (!grown) return NG_ERR_NOMEM;
    facts->known = grown;
    struct known *added = &facts->known[facts->count];
    *added = (struct known){.name = strndup((const char *)bytes, length)};
    if (!added->name) return ng_err_nomem(parse->err, length, "a name");
    facts->count++;
    return NG_OK;
}

static int choose_member(struct parse *parse, const uint8_t *bytes, size_t length) {
    for (size_t i = 0; i < sizeof MEMBERS / sizeof *MEMBERS; i++) {
        bool fits = parse->kind == NG_FACTS_CORPUS ? MEMBERS[i].of_corpus : MEMBERS[i].of_benchmark;
        if (!fits || strlen(MEMBERS[i].name) != length || memcmp(MEMBERS[i].name, bytes, length) != 0) continue;
        parse->member = MEMBERS[i].fact;
        return NG_OK;
    }
    return refuse(parse, "there is no member ", bytes, length);
}

static int take_value(struct parse *parse, enum ng_json_event event, const uint8_t *bytes, size_t length) {
    if (event == NG_JSON_NULL) return NG_OK;
    if (event != NG_JSON_STRING || memchr(bytes, '\0', length)) return refuse(parse, "a value is not a string", bytes, 0);
    char **fact = &parse->facts->known[parse->facts->count - 1].facts[parse->member];
    free(*fact);
    *fact = strndup((const char *)bytes, length);
    return *fact ? NG_OK : ng_err_nomem(parse->err, length, "a value");
}

static int take(void *context, enum ng_json_event event, const uint8_t *bytes, size_t length) {
    struct parse *parse = context;
    if (event == NG_JSON_END) return NG_OK;
    if (event == NG_JSON_KEY) {
        return parse->in.depth == 1 ? add_name(parse, bytes, length) : choose_member(parse, bytes, length);
    }
    if (parse->in.depth < 2) {
        return event == NG_JSON_OBJECT ? NG_OK : refuse(parse, "not an object of objects", bytes, 0);
    }
    return take_value(parse, event, bytes, length);
}

int ng_cite_facts_read(struct ng_cite_facts **out, const char *path, enum ng_cite_facts_kind kind,
                         struct ng_err *err) {
    *out = NULL;
    struct ng_map map;
    int status = ng_map_open(&map, path, false, err);
    if (status) return status;
    struct ng_cite_facts *facts = calloc(1, sizeof *facts);
    struct parse parse = {.facts = facts, .kind = kind, .path = path, .err = err, .in = {.take = take}};
    parse.in.context = &parse;
    status = facts ? ng_json_read(&parse.in, map.data ? map.data : (const uint8_t *)"", (size_t)map.length_bytes, err)
                   : ng_err_nomem(err, sizeof *facts, "what is known of corpora");
    if (status && parse.in.reason[0]) {
        (void)ng_err_set(err, status, "%s: %s at byte %zu", path, parse.in.reason, parse.in.refused_at);
    }
    ng_map_close(&map);
    if (status) ng_cite_facts_free(facts);
    else *out = facts;
    return status;
}

void ng_cite_facts_free(struct ng_cite_facts *facts) {
    if (!facts) return;
    for (size_t i = 0; i < facts->count; i++) {
        free(facts->known[i].name);
        for (int f = 0; f < NG_FACTS; f++) free(facts->known[i].facts[f]);
    }
    free(facts->known);
    free(facts);
}

static const struct known *find(const struct ng_cite_facts *facts, const char *name) {
    for (size_t i = facts ? facts->count : 0; i > 0; i--) {
        if (strcmp(facts->known[i - 1].name, name) == 0) return &facts->known[i - 1];
    }
    return NULL;
}

bool ng_cite_facts_has(const struct ng_cite_facts *facts, const char *name) {
    return find(facts, name) != NULL;
}

const char *ng_cite_facts_get(const struct ng_cite_facts *facts, const char *name, enum ng_cite_fact fact) {
    const struct known *known = find(facts, name);
    return known ? known->facts[fact] : NULL;
}
