#include "server/state/registry.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/base/text.h"
#include "common/base/utf8.h"
#include "common/os/file.h"

struct entry {
    char *name;
    char *path;
    char *manifest;           /* path of index.json */
    struct ng_file_identity identity; /* of the last index.json that was opened, well or not; the reloading thread's */
    char *description; /* owned, as are the examples */
    char *examples[NG_MAX_EXAMPLES];
    size_t example_count;
    struct ng_served *served;
};

struct ng_registry {
    pthread_mutex_t lock; /* guards served of every entry */
    bool in_memory;
    struct ng_remote_options remote;
    size_t count;
    struct entry entries[NG_MAX_SERVED_INDEXES];
};

int ng_registry_new(struct ng_registry **registry, bool in_memory, const struct ng_remote_options *remote,
                    struct ng_err *err) {
    struct ng_registry *r = calloc(1, sizeof *r);
    if (!r) return ng_err_nomem(err, sizeof *r, "the list of indexes");
    (void)pthread_mutex_init(&r->lock, NULL);
    r->in_memory = in_memory;
    r->remote = *remote;
    *registry = r;
    return NG_OK;
}

void ng_registry_free(struct ng_registry *r) {
    if (!r) return;
    for (size_t i = 0; i < r->count; i++) {
        ng_served_release(r->entries[i].served);
        for (size_t k = 0; k < r->entries[i].example_count; k++) free(r->entries[i].examples[k]);
        free(r->entries[i].description);
        free(r->entries[i].name);
        free(r->entries[i].path);
        free(r->entries[i].manifest);
    }
    (void)pthread_mutex_destroy(&r->lock);
    free(r);
}

void ng_served_release(struct ng_served *served) {
    if (!served || atomic_fetch_sub(&served->references, 1) != 1) return;
    ng_index_close(served->index);
    free(served);
}

static bool name_fits(struct ng_text name) {
    static const char fit[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    return name.length > 0 && name.length <= NG_MAX_INDEX_NAME_BYTES && strspn(name.at, fit) >= name.length &&
           name.at[0] != '.';
}

/* What users of an index see of its entry. */
static void show_entry(const struct entry *entry, struct ng_served *served) {
    served->name = entry->name;
    served->description = entry->description;
    served->examples = (const char *const *)entry->examples;
    served->example_count = entry->example_count;
}

static int open_entry(struct ng_registry *r, struct entry *entry, struct ng_err *err) {
    struct ng_served *served = calloc(1, sizeof *served);
    if (!served) return ng_err_nomem(err, sizeof *served, "an index");
    /* Looked at first: what replaces it meanwhile is seen the next time. */
    entry->identity = ng_file_identify(AT_FDCWD, entry->manifest);
    int status = ng_remote_is_address(entry->path) ? ng_remote_open(&served->index, entry->path, &r->remote, err)
                 : r->in_memory                    ? ng_index_load(&served->index, entry->path, err)
                                                   : ng_index_open(&served->index, entry->path, err);
    if (!status) status = ng_index_status(served->index, err);
    if (status) {
        ng_index_close(served->index);
        free(served);
        return status;
    }
    show_entry(entry, served);
    ng_index_get_info(served->index, &served->info);
    ng_index_get_id(served->index, served->id);
    atomic_store(&served->references, 1);
    (void)pthread_mutex_lock(&r->lock);
    struct ng_served *old = entry->served;
    entry->served = served;
    (void)pthread_mutex_unlock(&r->lock);
    ng_served_release(old);
    return NG_OK;
}

int ng_registry_add(struct ng_registry *r, const char *argument, struct ng_err *err) {
    const char *path;
    struct ng_text name = ng_text_index_name(argument, &path);
    if (!name_fits(name) || !*path) {
        (void)ng_err_set(err, NG_ERR_USAGE, "'%s' does not name an index", argument);
        return ng_err_hint(err, "write NAME=FOLDER; a name consists of letters, digits, '.', '_' and '-'");
    }
    if (r->count == NG_MAX_SERVED_INDEXES) {
        return ng_err_set(err, NG_ERR_LIMIT, "more than %u indexes (NG_MAX_SERVED_INDEXES)", NG_MAX_SERVED_INDEXES);
    }
    for (size_t i = 0; i < r->count; i++) {
        if (strlen(r->entries[i].name) != name.length || memcmp(r->entries[i].name, name.at, name.length) != 0) continue;
        (void)ng_err_set(err, NG_ERR_EXISTS, "two indexes are named '%s'", r->entries[i].name);
        return ng_err_hint(err, "give one of them another name: NAME=FOLDER");
    }
    struct entry *entry = &r->entries[r->count];
    *entry = (struct entry){.name = strndup(name.at, name.length), .path = strdup(path)};
    int status = NG_OK;
    if (!entry->name || !entry->path) status = ng_err_nomem(err, strlen(argument), "a name");
    if (!status) status = ng_file_join(&entry->manifest, path, "index.json", err);
    if (!status) status = open_entry(r, entry, err);
    if (!status) {
        r->count++;
        return NG_OK;
    }
    free(entry->name);
    free(entry->path);
    free(entry->manifest);
    return status;
}

/* Finds the entry of NAME=TEXT, NULL after an error, and a copy of its text. */
static int take_text(struct ng_registry *r, const char *argument, struct entry **entry, char **text, struct ng_err *err) {
    const char *equals = strchr(argument, '=');
    size_t name_length = equals ? (size_t)(equals - argument) : 0;
    size_t length = equals ? strlen(equals + 1) : 0;
    *entry = NULL;
    *text = NULL;
    if (length == 0 || length > NG_MAX_DESCRIPTION_BYTES || ng_utf8_valid_prefix((const uint8_t *)equals + 1, length) < length) {
        (void)ng_err_set(err, NG_ERR_USAGE, "'%.80s' is no NAME=TEXT", argument);
        return ng_err_hint(err, "TEXT is UTF-8, 1 to %u bytes long", NG_MAX_DESCRIPTION_BYTES);
    }
    for (size_t i = 0; i < r->count; i++) {
        struct entry *one = &r->entries[i];
        if (strlen(one->name) != name_length || memcmp(one->name, argument, name_length) != 0) continue;
        *text = strdup(equals + 1);
        if (!*text) return ng_err_nomem(err, length, "a description");
        *entry = one;
        return NG_OK;
    }
    return ng_err_set(err, NG_ERR_NOTFOUND, "there is no index '%.*s' to describe", (int)name_length, argument);
}

int ng_registry_describe(struct ng_registry *r, const char *argument, struct ng_err *err) {
    struct entry *entry;
    char *text;
    int status = take_text(r, argument, &entry, &text, err);
    if (!entry) return status;
    if (entry->description) {
        free(text);
        return ng_err_set(err, NG_ERR_EXISTS, "the index '%s' is described twice", entry->name);
    }
    entry->description = text;
    show_entry(entry, entry->served);
    return NG_OK;
}

int ng_registry_exemplify(struct ng_registry *r, const char *argument, struct ng_err *err) {
    struct entry *entry;
    char *text;
    int status = take_text(r, argument, &entry, &text, err);
    if (!entry) return status;
    if (entry->example_count == NG_MAX_EXAMPLES) {
        free(text);
        return ng_err_set(err, NG_ERR_LIMIT, "more than %u examples of '%s' (NG_MAX_EXAMPLES)", NG_MAX_EXAMPLES, entry->name);
    }
    entry->examples[entry->example_count++] = text;
    show_entry(entry, entry->served);
    return NG_OK;
}

size_t ng_registry_count(const struct ng_registry *r) {
    return r->count;
}

const char *ng_registry_name(const struct ng_registry *r, size_t number) {
    return r->entries[number].name;
}

const char *ng_registry_path(const struct ng_registry *r, size_t number) {
    return r->entries[number].path;
}

struct ng_served *ng_registry_acquire_number(struct ng_registry *r, size_t number) {
    if (number >= r->count) return NULL;
    (void)pthread_mutex_lock(&r->lock);
    struct ng_served *served = r->entries[number].served;
    (void)atomic_fetch_add(&served->references, 1);
    (void)pthread_mutex_unlock(&r->lock);
    return served;
}

struct ng_served *ng_registry_acquire(struct ng_registry *r, const char *name, size_t name_length) {
    for (size_t i = 0; i < r->count; i++) {
        const char *known = r->entries[i].name;
        if (strlen(known) == name_length && memcmp(known, name, name_length) == 0) {
            return ng_registry_acquire_number(r, i);
        }
    }
    return NULL;
}

void ng_registry_reload(struct ng_registry *r, bool all, ng_registry_report *report, void *context) {
    for (size_t i = 0; i < r->count; i++) {
        struct entry *entry = &r->entries[i];
        struct ng_file_identity now = ng_file_identify(AT_FDCWD, entry->manifest);
        if (!all && ng_file_identity_equal(&now, &entry->identity)) continue;
        struct ng_err err;
        ng_err_clear(&err);
        int status = open_entry(r, entry, &err);
        report(context, entry->name, status ? &err : NULL);
    }
}
