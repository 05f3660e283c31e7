/*
 * Turns the BWT of a whole shard, and the rows noted while it was built, into the sections of a shard: the
 * BWT's rank structure, SA samples and their inverse, and the order of the documents.
 */
#ifndef NG_INDEXER_WRITE_ENCODE_H
#define NG_INDEXER_WRITE_ENCODE_H

#include <stdint.h>

#include "common/base/err.h"
#include "common/container/container_write.h"
#include "indexer/bwt/run.h"

struct ng_encode_input {
    const struct ng_run *bwt;  /* of all rows */
    const uint64_t *samples;   /* the row of each sampled position, in text order */
    const uint64_t *starts;    /* the row of each whole document, in document order */
    uint64_t sa_sample;        /* 1 to NG_MAX_SAMPLE */
    unsigned threads;
    void (*progress)(void *context, uint64_t done, uint64_t total); /* or NULL; counts rows */
    void *progress_context;
};

/* Writes sections RDAT to HEAD of the container. Errors: NG_ERR_NOMEM, those of the container and of reading. */
int ng_encode_write(struct ng_container_writer *container, const struct ng_encode_input *input, struct ng_err *err);

/* Bytes of memory it takes for these rows and documents, not counting the input. */
uint64_t ng_encode_memory(uint64_t rows, uint64_t documents, uint64_t sa_sample);

#endif
