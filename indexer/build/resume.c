#include "indexer/build/resume.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/text.h"
#include "common/os/file.h"
#include "indexer/build/shard_build.h"
#include "indexer/spool/files_log.h"

static bool is_whole(const char *path, const struct ng_spool_sum *wanted) {
    struct ng_spool_sum sum;
    if (ng_spool_measure(path, &sum, NULL)) return false;
    return sum.bytes == wanted->bytes && sum.xxh3_64 == wanted->xxh3_64;
}

/* The first blocks whose files are whole. */
static int cut_blocks(struct ng_journal_state *state, const char *folder, struct ng_err *err) {
    uint64_t kept = 0;
    for (bool whole = true; whole && kept < state->block_count; kept += whole) {
        const struct ng_journal_block *block = &state->blocks[kept];
        char *path = NULL;
        char *documents = NULL;
        int status = ng_shard_build_block_paths(folder, block->shard, block->index, &path, &documents, err);
        if (status) return status;
        whole = is_whole(path, &block->sum) && is_whole(documents, &block->documents_sum);
        free(path);
        free(documents);
    }
    if (kept == state->block_count) return NG_OK;
    if (kept == 0 && state->shard_count > 0) {
        return ng_err_set(err, NG_ERR_CORRUPT, "%s: a sorted block is damaged; the position after its shard is lost",
                          folder);
    }
    state->block_count = kept;
    state->end = kept ? state->blocks[kept - 1].end : (struct ng_corpus_position){0};
    return NG_OK;
}

static int check_shards(const struct ng_manifest_shard *shards, uint64_t count, const char *folder,
                        struct ng_err *err) {
    for (uint64_t i = 0; shards && i < count; i++) {
        struct stat found;
        char *path = NULL;
        int status = ng_file_join(&path, folder, shards[i].file, err);
        if (!status && (stat(path, &found) != 0 || (uint64_t)found.st_size != shards[i].bytes)) {
            (void)ng_err_set(err, NG_ERR_CORRUPT, "%s is missing or does not match the journal", path);
            status = ng_err_hint(err, "run without --resume to start anew");
        }
        free(path);
        if (status) return status;
    }
    return NG_OK;
}

/* Whether a file of the folder belongs to the state; without one, whether it is not temporary. */
static bool belongs(const struct ng_journal_state *state, const char *folder, const char *name) {
    if (!state) return !ng_text_ends(name, strlen(name), ".tmp");
    if (strcmp(name, NG_JOURNAL_FILE) == 0 || strcmp(name, NG_FILES_LOG) == 0 || strcmp(name, "lock") == 0) return true;
    for (uint64_t i = 0; i < state->shard_count; i++) {
        if (state->shards && strcmp(name, state->shards[i].file) == 0) return true;
        if (state->folded && strcmp(name, state->folded[i].file) == 0) return true;
    }
    bool found = false;
    for (uint64_t i = 0; i < state->block_count && !found; i++) {
        char *path = NULL;
        char *documents = NULL;
        if (ng_shard_build_block_paths(folder, state->blocks[i].shard, i, &path, &documents, NULL)) return true;
        found = strcmp(name, strrchr(path, '/') + 1) == 0 || strcmp(name, strrchr(documents, '/') + 1) == 0;
        free(path);
        free(documents);
    }
    return found;
}

static int remove_others(const struct ng_journal_state *state, const char *folder, struct ng_err *err) {
    DIR *listing = opendir(folder);
    if (!listing) return ng_err_sys(err, errno, "cannot list folder %s", folder);
    int status = NG_OK;
    const struct dirent *entry;
    while (!status && (errno = 0, entry = readdir(listing))) {
        if (entry->d_name[0] == '.' || belongs(state, folder, entry->d_name)) continue;
        if (unlinkat(dirfd(listing), entry->d_name, 0) != 0 && errno != ENOENT) {
            status = ng_err_sys(err, errno, "cannot remove %s/%s", folder, entry->d_name);
        }
    }
    if (!status && errno) status = ng_err_sys(err, errno, "cannot list folder %s", folder);
    (void)closedir(listing);
    return status;
}

int ng_resume_check(struct ng_journal_state *state, const char *folder, struct ng_err *err) {
    int status = check_shards(state->shards, state->shard_count, folder, err);
    if (!status) status = check_shards(state->folded, state->shard_count, folder, err);
    if (!status) status = cut_blocks(state, folder, err);
    return status ? status : remove_others(state, folder, err);
}

int ng_resume_clear(const char *folder, struct ng_err *err) {
    return remove_others(NULL, folder, err);
}
