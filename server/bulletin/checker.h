/*
 * Benchmarks that people upload: one thread checks them against the served indexes, one at a time, and adds the report to
 * the bulletin. It runs the programs "ngidx contam --redact" and "ngidx bulletin" for that.
 *
 * An accepted benchmark is on the disk (slot.h). If the daemon ends during a check, the next one starts it again, and no
 * report is added twice. Thread-safe, but for start and stop.
 */
#ifndef NG_SERVER_BULLETIN_CHECKER_H
#define NG_SERVER_BULLETIN_CHECKER_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/base/limits.h"
#include "server/bulletin/slot.h"
#include "server/state/registry.h"

struct ng_checker;

/* Starts the thread, with the benchmark that an earlier daemon left, if any. site is absolute, need not exist, and is
 * copied; registry is borrowed. Errors: NG_ERR_NOTFOUND (no program ngidx beside this one), NG_ERR_IO, NG_ERR_NOMEM,
 * those of ng_slot_open. On success: ng_checker_stop. */
int ng_checker_start(struct ng_checker **checker, const char *site, struct ng_registry *registry, struct ng_err *err);

/* Interrupts the check under way; the next daemon starts it again. NULL is fine. */
void ng_checker_stop(struct ng_checker *checker);

/* Accepts a benchmark, which is on the disk when this returns. The name is NUL-terminated. Errors: NG_ERR_EXISTS
 * (another one is under way), NG_ERR_USAGE (the name is not allowed), NG_ERR_INPUT (the benchmark is empty), NG_ERR_IO,
 * NG_ERR_NOSPACE, NG_ERR_NOMEM. */
int ng_checker_submit(struct ng_checker *checker, const char *name, const uint8_t *bytes, size_t length,
                      struct ng_err *err);

enum ng_checker_phase { NG_CHECKER_IDLE, NG_CHECKER_TAKING, NG_CHECKER_WAITING, NG_CHECKER_CHECKING, NG_CHECKER_ADDING };

struct ng_checker_state {
    enum ng_checker_phase phase;
    char name[NG_SLOT_NAME_BYTES]; /* of the benchmark under way */
    char received[24];             /* in the form of ng_slot_failure.time */
    char added[NG_SLOT_NAME_BYTES]; /* the last that this daemon added; "" if none */
    char note[NG_ERR_TEXT_BYTES];   /* what was found out about its file; "" if nothing */
    size_t failure_count;
    struct ng_slot_failure failures[NG_MAX_FAILED_BENCHMARKS]; /* the newest first */
};

void ng_checker_get_state(struct ng_checker *checker, struct ng_checker_state *state);

#endif
