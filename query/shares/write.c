#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/le.h"
#include "common/container/container_write.h"
#include "common/os/file.h"
#include "query/shares/shares.h"

struct ng_shares_writer {
    char *folder;    /* owned */
    char *path;      /* owned */
    char *temporary; /* owned */
    bool is_there;   /* under its temporary name */
    char *report;      /* owned */
    bool made_report;  /* and it was not there before, */
    bool made_folder;  /* nor was this */
    bool is_finished;
    uint64_t entries;
    struct ng_container_writer *container;
};

int ng_shares_folder(char **path, const char *report, struct ng_err *err) {
    return ng_file_join(path, report, "parts", err);
}

int ng_shares_path(char **path, const char *report, uint64_t number, struct ng_err *err) {
    if (asprintf(path, "%s/parts/" NG_SHARES_PREFIX "%05" PRIu64, report, number) >= 0) return NG_OK;
    *path = NULL;
    return ng_err_nomem(err, strlen(report), "a file name");
}

static int make_folder(const char *path, bool *made, struct ng_err *err) {
    *made = mkdir(path, 0777) == 0;
    return *made || errno == EEXIST ? NG_OK : ng_err_sys(err, errno, "cannot make the folder %s", path);
}

int ng_shares_create(struct ng_shares_writer **out, const char *report, uint64_t number, struct ng_err *err) {
    struct ng_shares_writer *writer = calloc(1, sizeof *writer);
    *out = NULL;
    if (!writer) return ng_err_nomem(err, sizeof *writer, "a part");
    writer->report = strdup(report);
    int status = writer->report ? NG_OK : ng_err_nomem(err, strlen(report), "a file name");
    if (!status) status = ng_shares_folder(&writer->folder, report, err);
    if (!status) status = ng_shares_path(&writer->path, report, number, err);
    if (!status) status = make_folder(report, &writer->made_report, err);
    if (!status) status = make_folder(writer->folder, &writer->made_folder, err);
    /* A task that is taken for lost may still be at it elsewhere: each has a file of its own. */
    uint64_t mark = 0;
    if (!status && getrandom(&mark, sizeof mark, 0) != sizeof mark) status = ng_err_sys(err, errno, "no random number");
    if (!status && asprintf(&writer->temporary, "%s.%016" PRIx64 ".tmp", writer->path, mark) < 0) {
        writer->temporary = NULL;
        status = ng_err_nomem(err, strlen(writer->path), "a file name");
    }
    if (!status) status = ng_container_create(&writer->container, writer->temporary, err);
    writer->is_there = !status;
    if (!status) status = ng_container_begin(writer->container, "FIND", err);
    if (status) ng_shares_writer_free(writer);
    else *out = writer;
    return status;
}

int ng_shares_add(struct ng_shares_writer *writer, struct ng_bytes found, struct ng_err *err) {
    uint8_t length[4];
    if (found.length_bytes > UINT32_MAX) return ng_err_set(err, NG_ERR_LIMIT, "a part has over 4 GB of one entry");
    ng_le_store32(length, (uint32_t)found.length_bytes);
    int status = ng_container_write(writer->container, length, sizeof length, err);
    if (!status) status = ng_container_write(writer->container, found.data, (size_t)found.length_bytes, err);
    if (!status) writer->entries++;
    return status;
}

static int add_number(struct ng_buf *out, uint64_t number, struct ng_err *err) {
    int status = ng_buf_print(out, err, "%" PRIu64, number);
    return status ? status : ng_buf_append(out, "", 1, err);
}

static int add_word(struct ng_buf *out, const char *word, struct ng_err *err) {
    return ng_buf_append(out, word, strlen(word) + 1, err);
}

static int add_words(struct ng_buf *out, const struct ng_shares_words *words, struct ng_err *err) {
    int status = add_number(out, words->count, err);
    for (size_t i = 0; i < words->count && !status; i++) status = add_word(out, words->words[i], err);
    return status;
}

static int format_head(struct ng_buf *out, const struct ng_shares_head *head, struct ng_err *err) {
    const uint64_t numbers[] = {head->number, head->count, head->first_shard, head->shard_count, head->entries};
    int status = add_word(out, NG_SHARES_FORMAT, err);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers && !status; i++) status = add_number(out, numbers[i], err);
    if (!status) status = add_word(out, head->date, err);
    if (!status) status = add_word(out, head->folder, err);
    if (!status) status = add_words(out, &head->command, err);
    return status ? status : add_words(out, &head->facts, err);
}

int ng_shares_finish(struct ng_shares_writer *writer, struct ng_shares_head *head, struct ng_err *err) {
    struct ng_buf bytes = {0};
    struct ng_container_written written;
    head->entries = writer->entries;
    int status = format_head(&bytes, head, err);
    if (!status) status = ng_container_write_section(writer->container, "HEAD", bytes.data, bytes.length, err);
    if (!status) status = ng_container_finish(writer->container, &written, err);
    if (!status && rename(writer->temporary, writer->path) != 0) {
        status = ng_err_sys(err, errno, "cannot rename %s to %s", writer->temporary, writer->path);
    }
    if (!status) {
        writer->is_there = false;
        writer->is_finished = true;
    }
    ng_buf_free(&bytes);
    return status ? status : ng_file_sync_folder(writer->folder, err);
}

void ng_shares_writer_free(struct ng_shares_writer *writer) {
    if (!writer) return;
    ng_container_writer_free(writer->container);
    if (writer->is_there && writer->temporary) (void)unlink(writer->temporary);
    /* Folders in which nothing is. */
    if (writer->made_folder && !writer->is_finished) (void)rmdir(writer->folder);
    if (writer->made_report && !writer->is_finished) (void)rmdir(writer->report);
    free(writer->report);
    free(writer->folder);
    free(writer->path);
    free(writer->temporary);
    free(writer);
}
