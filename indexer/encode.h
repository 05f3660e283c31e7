/*
 * Turns sorted rows into the sections of a shard: the BWT's rank structure, SA samples and their inverse, and the order of
 * the documents.
 */
#ifndef NG_INDEXER_ENCODE_H
#define NG_INDEXER_ENCODE_H

#include <stddef.h>
#include <stdint.h>

#include "common/container_write.h"
#include "common/err.h"
#include "indexer/sort.h"

struct ng_encoder;

struct ng_encoder_options {
    uint64_t rows;
    uint64_t documents;
    uint64_t sa_sample;  /* 1 to NG_MAX_SAMPLE */
};

/* Starts section RDAT in the container. Errors: NG_ERR_NOMEM, those of the container. */
int ng_encoder_open(struct ng_encoder **encoder, struct ng_container_writer *container,
                    const struct ng_encoder_options *options, struct ng_err *err);

/* Takes the next rows, in order. */
int ng_encoder_push(struct ng_encoder *encoder, const struct ng_sort_row *rows, size_t count, struct ng_err *err);

/* Writes the sections behind RDAT. All rows were pushed. */
int ng_encoder_finish(struct ng_encoder *encoder, struct ng_err *err);

/* NULL is fine. */
void ng_encoder_close(struct ng_encoder *encoder);

#endif
