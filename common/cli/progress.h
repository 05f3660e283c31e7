/*
 * Tells the user how far a long job is. On a terminal: a bar with percent, rate and time left, redrawn at most
 * ten times a second. Elsewhere (a log file): one line a stage, at its end. Either way a finished stage leaves
 * one line that says how much it did in which time.
 *
 * Thread-safety: one thread at a time, any thread.
 */
#ifndef NG_COMMON_CLI_PROGRESS_H
#define NG_COMMON_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { NG_PROGRESS_LABEL_BYTES = 64, NG_PROGRESS_LINE_BYTES = 512 };

struct ng_progress {
    FILE *stream; /* borrowed; NULL: say nothing at all */
    bool terminal;
    bool running; /* within a stage */
    bool drawn;   /* a bar stands on the terminal's current line */
    char label[NG_PROGRESS_LABEL_BYTES];
    uint64_t first_bytes; /* done when the stage began: only what came after it counts for the rate */
    uint64_t done_bytes;
    uint64_t total_bytes; /* 0: not known */
    double started_seconds;
    double redrawn_seconds;
};

/* stream is where to write, usually stderr, or NULL for silence. Nothing is to be freed. */
void ng_progress_init(struct ng_progress *progress, FILE *stream);

/* Says that the stage named label has done so many of total bytes (0 where the total is not known). Another
 * label than before ends the stage that was running and begins a new one. */
void ng_progress_update(struct ng_progress *progress, const char *label, uint64_t done_bytes, uint64_t total_bytes);

/* Ends the running stage, if any, and writes its line. */
void ng_progress_end_stage(struct ng_progress *progress);

/* Takes the bar off the terminal, so that something else can be written; it comes back with the next update.
 * Also for the end of a job that failed, which leaves no line. */
void ng_progress_clear(struct ng_progress *progress);

/* What the two kinds of line look like. seconds is the time since the stage began; columns the width of the
 * terminal; out holds NG_PROGRESS_LINE_BYTES. The bar is at most columns - 1 characters wide, without newline. */
void ng_progress_format_bar(const struct ng_progress *progress, double seconds, size_t columns, char *out);
void ng_progress_format_end(const struct ng_progress *progress, double seconds, char *out);

#endif
