#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/le.h"
#include "common/base/limits.h"
#include "common/base/text.h"
#include "query/shares/shares.h"

/* ---- A part ---- */

/* The words of a head while they are read. */
struct reading {
    const struct ng_shares_part *part;
    size_t count;
    size_t next;
    bool failed;
};

static const char *take_word(struct reading *reading) {
    if (reading->next < reading->count) return reading->part->words[reading->next++];
    reading->failed = true;
    return "";
}

static uint64_t take_number(struct reading *reading) {
    const char *word = take_word(reading);
    uint64_t number = 0;
    if (!ng_text_decimal(word, strlen(word), &number)) reading->failed = true;
    return number;
}

static struct ng_shares_words take_words(struct reading *reading) {
    uint64_t count = take_number(reading);
    struct ng_shares_words words = {0};
    if (reading->failed || count > reading->count - reading->next) {
        reading->failed = true;
        return words;
    }
    words = (struct ng_shares_words){.words = reading->part->words + reading->next, .count = (size_t)count};
    reading->next += (size_t)count;
    return words;
}

static int fail(const struct ng_shares_part *part, const char *why, struct ng_err *err) {
    (void)ng_err_set(err, NG_ERR_CORRUPT, "%s: %s", part->path, why);
    return ng_err_hint(err, "remove it, and run its task again");
}

/* Cuts the section HEAD into its words. */
static int split(struct ng_shares_part *part, const struct ng_view *head, size_t *count, struct ng_err *err) {
    *count = 0;
    if (head->length_bytes == 0 || head->data[head->length_bytes - 1] != 0) return fail(part, "its head is cut short", err);
    for (uint64_t i = 0; i < head->length_bytes; i++) *count += head->data[i] == 0 ? 1 : 0;
    part->words = calloc(*count + 1, sizeof(char *));
    if (!part->words) return ng_err_nomem(err, *count * sizeof(char *), "the head of a part");
    const char *word = (const char *)head->data;
    for (size_t i = 0; i < *count; i++, word += strlen(word) + 1) part->words[i] = word;
    return NG_OK;
}

static int read_head(struct ng_shares_part *part, const struct ng_view *view, struct ng_err *err) {
    struct reading reading = {.part = part};
    int status = split(part, view, &reading.count, err);
    if (status) return status;
    if (strcmp(take_word(&reading), NG_SHARES_FORMAT) != 0) {
        return ng_err_set(err, NG_ERR_VERSION, "%s is no part that this version of ngidx reads", part->path);
    }
    struct ng_shares_head *head = &part->head;
    head->number = take_number(&reading);
    head->count = take_number(&reading);
    head->first_shard = take_number(&reading);
    head->shard_count = take_number(&reading);
    head->entries = take_number(&reading);
    head->date = take_word(&reading);
    head->folder = take_word(&reading);
    head->command = take_words(&reading);
    head->facts = take_words(&reading);
    bool sound = !reading.failed && reading.next == reading.count && head->number < head->count &&
                 head->count <= NG_MAX_TASKS && head->command.count > 0;
    return sound ? NG_OK : fail(part, "its head is not sound", err);
}

static void close_part(struct ng_shares_part *part) {
    ng_container_close(part->container);
    free((void *)part->words);
    free(part->path);
    *part = (struct ng_shares_part){0};
}

/* Close the part also after an error. */
static int open_part(struct ng_shares_part *part, const char *report, uint64_t number, struct ng_err *err) {
    struct ng_view head = {0};
    *part = (struct ng_shares_part){0};
    int status = ng_shares_path(&part->path, report, number, err);
    if (!status) status = ng_container_open(&part->container, part->path, err);
    if (!status) status = ng_container_view(part->container, "HEAD", &head, err);
    if (!status) status = ng_container_view(part->container, "FIND", &part->found, err);
    if (status) return status;
    (void)(ng_view_check(&head, 0, head.length_bytes) && ng_view_check(&part->found, 0, part->found.length_bytes));
    status = ng_container_status(part->container, err);
    if (!status) status = read_head(part, &head, err);
    if (!status && part->head.number != number) status = fail(part, "it is the part of another task", err);
    return status;
}

int ng_shares_next(struct ng_shares_part *part, struct ng_contam_share *share, struct ng_err *err) {
    uint64_t left = part->found.length_bytes - part->at;
    const uint8_t *at = part->found.data + part->at;
    uint32_t length = left >= 4 ? ng_le_load32(at) : 0;
    if (left < 4 || length > left - 4) return fail(part, "it has fewer entries than are checked", err);
    part->at += 4 + (uint64_t)length;
    *share = (struct ng_contam_share){.first_shard = part->head.first_shard,
                                      .shard_count = part->head.shard_count,
                                      .found = {at + 4, length}};
    return NG_OK;
}

int ng_shares_check_facts(const struct ng_shares_part *part, const struct ng_shares_words *facts, const char *from,
                          struct ng_err *err) {
    const struct ng_shares_words *own = &part->head.facts;
    size_t i = 0;
    while (i < own->count && i < facts->count && strcmp(own->words[i], facts->words[i]) == 0) i++;
    if (i == own->count && i == facts->count) return NG_OK;
    (void)ng_err_set(err, NG_ERR_INPUT, "%s is the part of another check: %s; %s: %s", part->path,
                     i < own->count ? own->words[i] : "no more", from, i < facts->count ? facts->words[i] : "no more");
    return ng_err_hint(err, "run its task again as the others, or remove the part if it is left from before");
}

bool ng_shares_is_there(const char *report, uint64_t number, uint64_t count, const struct ng_shares_words *facts) {
    struct ng_shares_part part;
    struct ng_err unread;
    ng_err_clear(&unread);
    bool there = !open_part(&part, report, number, &unread) && part.head.count == count &&
                 !ng_shares_check_facts(&part, facts, "", &unread);
    close_part(&part);
    return there;
}

/* ---- All parts ---- */

typedef int visit(const char *report, int folder, const char *name, void *context, struct ng_err *err);

/* Visits the files of parts, whole or not. */
static int visit_all(const char *report, visit *each, void *context, struct ng_err *err) {
    char *path = NULL;
    int status = ng_shares_folder(&path, report, err);
    if (status) return status;
    DIR *folder = opendir(path);
    if (!folder && errno == ENOENT) {
        (void)ng_err_set(err, NG_ERR_NOTFOUND, "%s: no task has left a part there", path);
        status = ng_err_hint(err, "run ngidx contam BENCH --report %s --task I/N for each I below N first", report);
    } else if (!folder) {
        status = ng_err_sys(err, errno, "cannot list folder %s", path);
    }
    const struct dirent *entry;
    while (folder && !status && (errno = 0, entry = readdir(folder))) {
        if (strncmp(entry->d_name, NG_SHARES_PREFIX, sizeof NG_SHARES_PREFIX - 1) != 0) continue;
        status = each(report, dirfd(folder), entry->d_name, context, err);
    }
    if (folder && !status && errno) status = ng_err_sys(err, errno, "cannot list folder %s", path);
    if (folder) (void)closedir(folder);
    free(path);
    return status;
}

/* The number of a part that is whole; false where it is not, or is no part. */
static bool read_number(const char *name, uint64_t *number) {
    enum { DIGITS = 5 }; /* as ng_shares_path writes them: "part-1" beside "part-00001" is not the same part again */
    const char *digits = name + sizeof NG_SHARES_PREFIX - 1;
    return strlen(digits) == DIGITS && ng_text_decimal(digits, DIGITS, number);
}

struct others {
    uint64_t number; /* of the task that asks, */
    uint64_t count;
    const struct ng_shares_words *facts;
    bool looked;     /* at a part of another task */
};

static int compare_part(const char *report, int folder, const char *name, void *context, struct ng_err *err) {
    struct others *others = context;
    struct ng_shares_part part;
    struct ng_err unread;
    uint64_t number;
    (void)folder;
    if (others->looked || !read_number(name, &number) || number == others->number) return NG_OK;
    ng_err_clear(&unread);
    int status = NG_OK;
    if (!open_part(&part, report, number, &unread)) {
        others->looked = true;
        status = ng_shares_check_facts(&part, others->facts, "this task", err);
        if (!status && part.head.count != others->count) {
            (void)ng_err_set(err, NG_ERR_INPUT, "%s is of %" PRIu64 " tasks, this task is of %" PRIu64, part.path,
                             part.head.count, others->count);
            status = ng_err_hint(err, "remove the parts of the check that was given up");
        }
    }
    close_part(&part);
    return status;
}

bool ng_shares_others_differ(const char *report, uint64_t number, uint64_t count, const struct ng_shares_words *facts,
                             struct ng_err *why) {
    struct others others = {.number = number, .count = count, .facts = facts};
    ng_err_clear(why);
    return visit_all(report, compare_part, &others, why) == NG_ERR_INPUT;
}

static int add_part(const char *report, int folder, const char *name, void *context, struct ng_err *err) {
    struct ng_shares *shares = context;
    uint64_t number;
    (void)folder;
    if (!read_number(name, &number)) return NG_OK;
    struct ng_shares_part *grown = reallocarray(shares->parts, shares->count + 1, sizeof *grown);
    if (!grown) return ng_err_nomem(err, (shares->count + 1) * sizeof *grown, "parts");
    shares->parts = grown;
    return open_part(&grown[shares->count++], report, number, err);
}

static int by_number(const void *a, const void *b) {
    const struct ng_shares_part *first = a;
    const struct ng_shares_part *second = b;
    return (first->head.number > second->head.number) - (first->head.number < second->head.number);
}

/* The parts are in order, and those of one check. */
static int check_all(const struct ng_shares *shares, const char *report, struct ng_err *err) {
    const struct ng_shares_part *first = &shares->parts[0];
    for (size_t i = 0; i < shares->count; i++) {
        const struct ng_shares_part *part = &shares->parts[i];
        int status = ng_shares_check_facts(part, &first->head.facts, first->path, err);
        if (status) return status;
        if (part->head.count != first->head.count) {
            (void)ng_err_set(err, NG_ERR_INPUT, "%s is of %" PRIu64 " tasks, %s of %" PRIu64, part->path, part->head.count,
                             first->path, first->head.count);
            return ng_err_hint(err, "remove the parts of the check that was given up");
        }
    }
    uint64_t missing = 0;
    while (missing < shares->count && shares->parts[missing].head.number == missing) missing++;
    if (missing == first->head.count) return NG_OK;
    (void)ng_err_set(err, NG_ERR_NOTFOUND, "%s: %" PRIu64 " of %" PRIu64 " parts are missing, the first of them that of task %"
                     PRIu64, report, first->head.count - shares->count, first->head.count, missing);
    return ng_err_hint(err, "run the tasks again whose parts are not in %s/parts", report);
}

int ng_shares_open(struct ng_shares *shares, const char *report, struct ng_err *err) {
    *shares = (struct ng_shares){0};
    int status = visit_all(report, add_part, shares, err);
    if (status) return status;
    if (shares->count == 0) return ng_err_set(err, NG_ERR_NOTFOUND, "%s/parts: no task has left a part there", report);
    qsort(shares->parts, shares->count, sizeof *shares->parts, by_number);
    return check_all(shares, report, err);
}

void ng_shares_close(struct ng_shares *shares) {
    for (size_t i = 0; i < shares->count; i++) close_part(&shares->parts[i]);
    free(shares->parts);
    *shares = (struct ng_shares){0};
}

static int remove_part(const char *report, int folder, const char *name, void *context, struct ng_err *err) {
    (void)context;
    if (unlinkat(folder, name, 0) == 0 || errno == ENOENT) return NG_OK;
    return ng_err_sys(err, errno, "cannot remove %s/parts/%s", report, name);
}

int ng_shares_remove(const char *report, struct ng_err *err) {
    char *path = NULL;
    int status = visit_all(report, remove_part, NULL, err);
    if (!status) status = ng_shares_folder(&path, report, err);
    if (!status) (void)rmdir(path);
    free(path);
    return status;
}
