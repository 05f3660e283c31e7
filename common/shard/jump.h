/*
 * The jump table of a shard, as a search uses it. Internal to the query library.
 */
#ifndef NG_COMMON_SHARD_JUMP_H
#define NG_COMMON_SHARD_JUMP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/rank/ef.h"
#include "common/rank/rank.h"

enum { NG_JUMP_MAX_BYTES = 8 };

struct ng_jump {
    struct ng_view view;
    struct ng_ef codes;    /* of the strings that occur, in order */
    uint64_t starts_at;    /* offset of their first rows */
    unsigned width;
    uint64_t length_bytes; /* of the strings; 0: there is no table */
};

/* The first row of string number index. One past the last string gives the number of rows. */
uint64_t ng_jump_start(const struct ng_jump *jump, uint64_t index);

/* Gives the string with a number, jump->length_bytes bytes. Returns how many of them precede its final terminators. */
uint64_t ng_jump_spell(const struct ng_jump *jump, const struct ng_rank *rank, uint64_t number,
                       uint8_t bytes[NG_JUMP_MAX_BYTES]);

/* Errors: NG_ERR_CORRUPT. Nothing to close. */
int ng_jump_open(struct ng_jump *jump, struct ng_container *container, const struct ng_rank *rank, struct ng_err *err);

/* Finds the rows whose suffixes start with jump->length_bytes given bytes, none of them a terminator. The range may be
 * empty. */
void ng_jump_find(const struct ng_jump *jump, const struct ng_rank *rank, const uint8_t *bytes,
                  struct ng_rank_range *range);

/* Where there is a table, and pages are not in memory (ahead.h): asks for those that ng_jump_find will read. Call it for
 * stages 0, 1 and so on up to NG_JUMP_STAGES - 1, each of which reads what the one before asked for; do other work in
 * between. */
enum { NG_JUMP_STAGES = 3 };
void ng_jump_ask(const struct ng_jump *jump, const struct ng_rank *rank, const uint8_t *bytes, unsigned stage);

#endif
