#include "indexer/spool/journal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "common/base/buf.h"
#include "common/base/le.h"
#include "common/container/container.h"
#include "common/os/file.h"

#define NEW_FILE "journal-new.tmp"

enum { LINE_BYTES = 512, SUM_CHARS = 17, MAX_JOURNAL_BYTES = 1 << 28 };

struct ng_journal {
    int fd;
    char *path;
    uint64_t steps;
    pthread_mutex_t lock; /* one line at a time */
};

/* Ends a line with its line end, and puts its checksum before it. text holds it from SUM_CHARS on. */
static int append_line(struct ng_buf *out, char text[static LINE_BYTES], struct ng_err *err) {
    size_t length = strlen(text + SUM_CHARS);
    char sum[SUM_CHARS + 1];
    (void)snprintf(sum, sizeof sum, "%016" PRIx64 " ", (uint64_t)XXH3_64bits(text + SUM_CHARS, length));
    memcpy(text, sum, SUM_CHARS);
    text[SUM_CHARS + length] = '\n';
    return ng_buf_append(out, text, SUM_CHARS + length + 1, err);
}

/* Puts a line's numbers behind its words, in hexadecimal. */
static int append_numbers(struct ng_buf *out, const char *words, const uint64_t *numbers, size_t count,
                          struct ng_err *err) {
    char text[LINE_BYTES];
    size_t at = SUM_CHARS;
    at += (size_t)snprintf(text + at, LINE_BYTES - at - 1, "%s", words);
    for (size_t i = 0; i < count; i++) at += (size_t)snprintf(text + at, LINE_BYTES - at - 1, " %" PRIx64, numbers[i]);
    return append_line(out, text, err);
}

#define HEAD_WORD "build"
#define BLOCK_WORD "block"
#define SHARD_WORD "shard "
#define FOLDED_WORD "fold "

/* Heads and blocks are structs of nothing but 64-bit numbers, which lines hold in their order. */
enum { HEAD_NUMBERS = 3, BLOCK_NUMBERS = 13, SHARD_NUMBERS = 5 };
_Static_assert(sizeof(struct ng_journal_head) == HEAD_NUMBERS * sizeof(uint64_t), "a head is its numbers");
_Static_assert(sizeof(struct ng_journal_block) == BLOCK_NUMBERS * sizeof(uint64_t), "a block is its numbers");

static int append_block(struct ng_buf *out, const struct ng_journal_block *block, struct ng_err *err) {
    return append_numbers(out, BLOCK_WORD, (const uint64_t *)block, BLOCK_NUMBERS, err);
}

static int append_shard(struct ng_buf *out, const char *word, const struct ng_manifest_shard *s, struct ng_err *err) {
    char words[8 + NG_SHARD_NAME_BYTES];
    const uint64_t numbers[SHARD_NUMBERS] = {s->bytes, s->documents, s->text_bytes, ng_le_load64(s->xxh3_128),
                                             ng_le_load64(s->xxh3_128 + 8)};
    (void)snprintf(words, sizeof words, "%s%s", word, s->file);
    return append_numbers(out, words, numbers, SHARD_NUMBERS, err);
}

/* The folded one first: the step is finished once the line of the other is whole. */
static int append_shards(struct ng_buf *out, const struct ng_manifest_shard *shard,
                         const struct ng_manifest_shard *folded, struct ng_err *err) {
    int status = folded ? append_shard(out, FOLDED_WORD, folded, err) : NG_OK;
    return status ? status : append_shard(out, SHARD_WORD, shard, err);
}

/* Words, and behind them exactly count numbers up to the end of the line. */
static bool scan_numbers(const char *text, const char *words, uint64_t *numbers, size_t count) {
    if (strncmp(text, words, strlen(words)) != 0) return false;
    text += strlen(words);
    for (size_t i = 0; i < count; i++) {
        char *end;
        if (*text != ' ') return false;
        errno = 0;
        numbers[i] = strtoull(text, &end, 16);
        if (errno || end == text) return false;
        text = end;
    }
    return *text == '\0';
}

static bool scan_shard(const char *line, const char *word, struct ng_manifest_shard *s) {
    const size_t name_at = strlen(word);
    const size_t name_length = sizeof s->file - 1;
    uint64_t n[SHARD_NUMBERS];
    if (strncmp(line, word, name_at) != 0 || strlen(line) < name_at + name_length) return false;
    memcpy(s->file, line + name_at, name_length);
    s->file[name_length] = '\0';
    if (!ng_shard_name_valid(s->file) || !scan_numbers(line + name_at + name_length, "", n, SHARD_NUMBERS)) return false;
    s->bytes = n[0];
    s->documents = n[1];
    s->text_bytes = n[2];
    ng_le_store64(s->xxh3_128, n[3]);
    ng_le_store64(s->xxh3_128 + 8, n[4]);
    return true;
}

/* A line without its end that is what its checksum says; *content is behind that. */
static bool whole_line(char *line, char **content) {
    char sum[SUM_CHARS + 1];
    if (strlen(line) < SUM_CHARS) return false;
    *content = line + SUM_CHARS;
    (void)snprintf(sum, sizeof sum, "%016" PRIx64 " ", (uint64_t)XXH3_64bits(*content, strlen(*content)));
    return memcmp(sum, line, SUM_CHARS) == 0;
}

static int compare_blocks(const void *a, const void *b) {
    const struct ng_journal_block *x = a;
    const struct ng_journal_block *y = b;
    if (x->shard != y->shard) return x->shard < y->shard ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* Blocks were sorted side by side: keeps those of the shard at hand that follow each other. */
static void keep_prefix(struct ng_journal_state *state) {
    uint64_t kept = 0;
    if (!state->blocks) return;
    qsort(state->blocks, (size_t)state->block_count, sizeof *state->blocks, compare_blocks);
    for (uint64_t i = 0; i < state->block_count; i++) {
        const struct ng_journal_block *block = &state->blocks[i];
        if (block->shard < state->shard_count) state->end = block->end;
        if (block->shard != state->shard_count || block->index != kept) continue;
        state->end = block->end;
        state->blocks[kept++] = *block;
    }
    state->block_count = kept;
}

static int put_shard(struct ng_manifest_shard **shards, uint64_t number, const struct ng_manifest_shard *shard,
                     struct ng_err *err) {
    struct ng_manifest_shard *more = reallocarray(*shards, (size_t)number + 1, sizeof *more);
    if (!more) return ng_err_nomem(err, number * sizeof *more, "the journal");
    *shards = more;
    more[number] = *shard;
    return NG_OK;
}

static int take_line(struct ng_journal_state *state, const char *content, struct ng_err *err) {
    struct ng_journal_block block;
    struct ng_manifest_shard shard = {0};
    if (scan_numbers(content, BLOCK_WORD, (uint64_t *)&block, BLOCK_NUMBERS)) {
        struct ng_journal_block *blocks = reallocarray(state->blocks, (size_t)state->block_count + 1, sizeof *blocks);
        if (!blocks) return ng_err_nomem(err, state->block_count * sizeof *blocks, "the journal");
        state->blocks = blocks;
        state->blocks[state->block_count++] = block;
    } else if (scan_shard(content, SHARD_WORD, &shard)) {
        int status = put_shard(&state->shards, state->shard_count, &shard, err);
        if (status) return status;
        state->shard_count++;
    } else if (scan_shard(content, FOLDED_WORD, &shard)) {
        return put_shard(&state->folded, state->shard_count, &shard, err);
    }
    return NG_OK;
}

static int read_lines(struct ng_journal_state *state, char *text, size_t length, bool *found, struct ng_err *err) {
    int status = NG_OK;
    assert(text);
    for (size_t at = 0; at < length && !status;) {
        char *end = memchr(text + at, '\n', length - at);
        char *content;
        if (!end) break;
        *end = '\0';
        if (!whole_line(text + at, &content)) break;
        if (*found) status = take_line(state, content, err);
        else if (!(*found = scan_numbers(content, HEAD_WORD, (uint64_t *)&state->head, HEAD_NUMBERS))) break;
        at = (size_t)(end - text) + 1;
    }
    keep_prefix(state);
    return status;
}

int ng_journal_load(struct ng_journal_state *state, const char *folder, bool *found, struct ng_err *err) {
    struct ng_spool file = {.fd = -1};
    char *path = NULL;
    char *text = NULL;
    *state = (struct ng_journal_state){0};
    *found = false;
    int status = ng_file_join(&path, folder, NG_JOURNAL_FILE, err);
    if (!status) status = ng_spool_open(&file, path, err);
    if (status == NG_ERR_NOTFOUND) {
        ng_err_clear(err);
        free(path);
        return NG_OK;
    }
    if (!status && file.bytes > MAX_JOURNAL_BYTES) status = ng_err_set(err, NG_ERR_LIMIT, "%s is too large", path);
    if (!status && !(text = malloc((size_t)file.bytes + 1))) status = ng_err_nomem(err, file.bytes, "the journal");
    if (!status) status = ng_spool_read(&file, 0, text, (size_t)file.bytes, err);
    if (!status) status = read_lines(state, text, (size_t)file.bytes, found, err);
    if (status) ng_journal_state_free(state);
    ng_spool_close(&file);
    free(text);
    free(path);
    return status;
}

void ng_journal_state_free(struct ng_journal_state *state) {
    free(state->shards);
    free(state->folded);
    free(state->blocks);
    *state = (struct ng_journal_state){0};
}

static int format_state(const struct ng_journal_state *state, struct ng_buf *out, struct ng_err *err) {
    int status = append_numbers(out, HEAD_WORD, (const uint64_t *)&state->head, HEAD_NUMBERS, err);
    /* The last block of the shards that are finished says where the corpus goes on. */
    struct ng_journal_block last = {.shard = 0, .end = state->end};
    if (!status && state->shard_count > 0) status = append_block(out, &last, err);
    for (uint64_t i = 0; i < state->shard_count && !status; i++) {
        status = append_shards(out, &state->shards[i], state->folded ? &state->folded[i] : NULL, err);
    }
    for (uint64_t i = 0; i < state->block_count && !status; i++) status = append_block(out, &state->blocks[i], err);
    return status;
}

/* Writes it under another name first: the old one counts until the new one is whole. */
static int write_state(struct ng_journal *j, const char *folder, const struct ng_journal_state *state,
                       struct ng_err *err) {
    struct ng_buf lines = {0};
    char *name = NULL;
    int status = ng_file_join(&name, folder, NEW_FILE, err);
    if (!status) status = format_state(state, &lines, err);
    if (status) goto out;
    j->fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
    if (j->fd < 0) status = ng_err_sys(err, errno, "cannot create %s", name);
    if (!status) status = ng_file_write(j->fd, lines.data, lines.length, name, err);
    if (!status && fsync(j->fd) != 0) status = ng_err_sys(err, errno, "cannot sync %s", name);
    if (!status && rename(name, j->path) != 0) status = ng_err_sys(err, errno, "cannot rename %s", name);
    if (!status) status = ng_file_sync_folder(folder, err);
out:
    ng_buf_free(&lines);
    free(name);
    return status;
}

int ng_journal_create(struct ng_journal **journal, const char *folder, const struct ng_journal_state *state,
                      struct ng_err *err) {
    struct ng_journal *j = calloc(1, sizeof *j);
    if (!j) return ng_err_nomem(err, sizeof *j, "the journal");
    j->fd = -1;
    j->steps = state->shard_count + state->block_count;
    (void)pthread_mutex_init(&j->lock, NULL);
    int status = ng_file_join(&j->path, folder, NG_JOURNAL_FILE, err);
    if (!status) status = write_state(j, folder, state, err);
    if (status) {
        ng_journal_close(j);
        return status;
    }
    *journal = j;
    return NG_OK;
}

/* Writes a line that was made with this status, and frees it. */
static int add_line(struct ng_journal *j, struct ng_buf *line, int status, struct ng_err *err) {
    (void)pthread_mutex_lock(&j->lock);
    if (!status) status = ng_file_write(j->fd, line->data, line->length, j->path, err);
    if (!status && fdatasync(j->fd) != 0) status = ng_err_sys(err, errno, "cannot sync %s", j->path);
    if (!status) j->steps++;
    (void)pthread_mutex_unlock(&j->lock);
    ng_buf_free(line);
    return status;
}

int ng_journal_add_block(struct ng_journal *journal, const struct ng_journal_block *block, struct ng_err *err) {
    struct ng_buf line = {0};
    return add_line(journal, &line, append_block(&line, block, err), err);
}

int ng_journal_add_shard(struct ng_journal *journal, const struct ng_manifest_shard *shard,
                         const struct ng_manifest_shard *folded, struct ng_err *err) {
    struct ng_buf line = {0};
    return add_line(journal, &line, append_shards(&line, shard, folded, err), err);
}

uint64_t ng_journal_steps(struct ng_journal *journal) {
    (void)pthread_mutex_lock(&journal->lock);
    uint64_t steps = journal->steps;
    (void)pthread_mutex_unlock(&journal->lock);
    return steps;
}

void ng_journal_close(struct ng_journal *journal) {
    if (!journal) return;
    if (journal->fd >= 0) (void)close(journal->fd);
    (void)pthread_mutex_destroy(&journal->lock);
    free(journal->path);
    free(journal);
}
