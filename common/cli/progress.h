/*
 * Shows the user how far a long job is. On a terminal: a bar with percent, rate and time left, redrawn at most ten
 * times a second. Elsewhere (a log file): one line per stage, at its end, and one every 25 seconds of a long stage, also
 * of one that reports nothing meanwhile: a thread writes it. Either way a finished stage leaves one line with its amount
 * of work and its time.
 *
 * For programs: one JSON object per line, at most one a second, at least one every 25 seconds, and one at the end of each
 * stage:
 * {"stage":"merging","part":0,"done":123,"total":456,"seconds":7.8,"rate":15.8,"eta_seconds":21.1,"ended":false}
 * rate is the amount done per second since the stage began; eta_seconds is present only if the total is known.
 *
 * Thread-safety: one thread at a time, any thread; but other threads may not write to the stream half a line.
 */
#ifndef NG_COMMON_CLI_PROGRESS_H
#define NG_COMMON_CLI_PROGRESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define NG_PROGRESS_WHOLE UINT64_MAX
enum { NG_PROGRESS_LABEL_BYTES = 64, NG_PROGRESS_LINE_BYTES = 512 };

struct ng_progress {
    FILE *stream; /* borrowed; NULL: write nothing */
    bool json;
    bool terminal;
    bool running; /* within a stage */
    bool drawn;   /* the terminal's current line shows a bar */
    const char *stage; /* borrowed; of JSON */
    uint64_t part;
    char label[NG_PROGRESS_LABEL_BYTES];
    uint64_t first_bytes; /* done when the stage began; only later work counts for the rate */
    uint64_t done_bytes;
    uint64_t total_bytes; /* 0: not known */
    double started_seconds;
    double redrawn_seconds;
    double silent_seconds; /* most time without a line, where there is no terminal; a test may change it */

    /* The thread that writes when nothing else does; lock guards all of the above. */
    pthread_mutex_t lock;
    pthread_cond_t begun;  /* a stage, or the end */
    pthread_t speaker;
    bool speaks;  /* it runs */
    bool closing;
};

/* stream is where to write, usually stderr, or NULL for silence. Close it with ng_progress_close. */
void ng_progress_init(struct ng_progress *progress, FILE *stream, bool json);

/* Reports that a stage has done done_bytes of total_bytes (0: the total is not known). A new stage or part (the number
 * of a shard, or NG_PROGRESS_WHOLE) ends the running stage and begins another. For JSON, stage is a literal without
 * characters to escape. */
void ng_progress_update(struct ng_progress *progress, const char *stage, uint64_t part, uint64_t done_bytes,
                        uint64_t total_bytes);

/* Ends the running stage, if any, and writes its line. */
void ng_progress_end_stage(struct ng_progress *progress);

/* Removes the bar from the terminal, so that something else can be written; the next update draws it again. Also for
 * the end of a failed job, which leaves no line. */
void ng_progress_clear(struct ng_progress *progress);

/* Ends the thread, if there is one. Leaves no line of the running stage. Idempotent; zero-initialised memory is fine. */
void ng_progress_close(struct ng_progress *progress);

/* Format the three kinds of lines: a bar, a line of a stage that goes on, and one of a stage that ended. seconds is the time since the stage began; columns is the width of the terminal; out
 * has room for NG_PROGRESS_LINE_BYTES. The bar is at most columns - 1 characters wide, without newline. */
void ng_progress_format_bar(const struct ng_progress *progress, double seconds, size_t columns, char *out);
void ng_progress_format_running(const struct ng_progress *progress, double seconds, char *out);
void ng_progress_format_end(const struct ng_progress *progress, double seconds, char *out);

#endif
