/*
 * Text from a shard: LF-mapping spells it backwards from a row whose position is known. Internal to the query
 * library.
 */
#ifndef NG_QUERY_LIB_EXTRACT_H
#define NG_QUERY_LIB_EXTRACT_H

#include <stddef.h>
#include <stdint.h>

#include "common/shard/shard.h"

/* One chain of LF steps: from row, the row of position, down to begin. It writes the text of [begin, end) to
 * out[0, end - begin). begin <= end <= position, and no document ends in [begin, position). */
struct ng_extract_chain {
    uint64_t row;
    uint64_t sample; /* if not 0, the row is not yet known; position is that of this sample */
    uint64_t position;
    uint64_t begin;
    uint64_t end;
    uint8_t *out;
};

enum { NG_EXTRACT_CHAINS = NG_SHARD_WALKS };

/* Follows chains, NG_EXTRACT_CHAINS at a time. The text that the functions of this file write is valid only once
 * ng_shard_outcome has returned NG_OK. */
void ng_extract_run(const struct ng_shard *shard, const struct ng_extract_chain *chains, size_t count,
                    struct ng_watch *watch);

/* The chain that spells text positions [begin, end) of a document, from the next known row after them; begin < end. */
struct ng_extract_chain ng_extract_chain_to(const struct ng_shard *shard, uint64_t document, uint64_t begin,
                                            uint64_t end, uint8_t *out);

/* Text positions [begin, end) of a document, and where their text goes. */
struct ng_extract_text {
    uint64_t document;
    uint64_t begin;
    uint64_t end;
    uint8_t *out;
};

/* Extracts texts side by side. Sampled positions cut them into chains. */
void ng_extract_texts(const struct ng_shard *shard, const struct ng_extract_text *texts, size_t count,
                      struct ng_watch *watch);

/* Extracts one text. */
void ng_extract_range(const struct ng_shard *shard, uint64_t document, uint64_t begin, uint64_t end, uint8_t *out,
                      struct ng_watch *watch);

#endif
