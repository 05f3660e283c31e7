#include "common/cli/progress.h"

#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "common/base/clock.h"
#include "common/cli/cli.h"

static const double REDRAW_SECONDS = 0.1;
static const double SAY_SECONDS = 1.0;
static const double SILENT_SECONDS = 25.0;

void ng_progress_init(struct ng_progress *progress, FILE *stream, bool json) {
    *progress = (struct ng_progress){.stream = stream, .json = json, .silent_seconds = SILENT_SECONDS};
    progress->terminal = stream && !json && ng_cli_terminal(stream);
    if (!stream) return;
    pthread_condattr_t clock;
    (void)pthread_condattr_init(&clock);
    (void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&progress->lock, NULL);
    (void)pthread_cond_init(&progress->begun, &clock);
    (void)pthread_condattr_destroy(&clock);
}

static size_t terminal_columns(FILE *stream) {
    struct winsize size;
    if (ioctl(fileno(stream), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
    return size.ws_col;
}

/* "5 s", "1:05", "2:03:04" */
static void format_time(double seconds, char *out, size_t out_bytes) {
    if (seconds < 9.95) {
        (void)snprintf(out, out_bytes, "%.1f s", seconds);
        return;
    }
    if (seconds > 359999999.0) seconds = 359999999.0;
    unsigned long whole = (unsigned long)(seconds + 0.5);
    unsigned long hours = whole / 3600;
    unsigned long minutes = whole / 60 % 60;
    if (whole < 60)
        (void)snprintf(out, out_bytes, "%lu s", whole);
    else if (hours == 0)
        (void)snprintf(out, out_bytes, "%lu:%02lu", minutes, whole % 60);
    else
        (void)snprintf(out, out_bytes, "%lu:%02lu:%02lu", hours, minutes, whole % 60);
}

/* Bytes a second since the stage began; 0 while that cannot be told. */
static double rate(const struct ng_progress *progress, double seconds) {
    if (seconds < 0.001 || progress->done_bytes <= progress->first_bytes) return 0.0;
    return (double)(progress->done_bytes - progress->first_bytes) / seconds;
}

/* What stands behind the bar. */
static void format_figures(const struct ng_progress *progress, double seconds, char *out, size_t out_bytes) {
    double bytes_a_second = rate(progress, seconds);
    char size[NG_CLI_SIZE_CHARS];
    char time[32];
    double megabytes = bytes_a_second / 1e6;
    if (progress->total_bytes == 0) {
        format_time(seconds, time, sizeof time);
        (void)snprintf(out, out_bytes, "%s  %.1f MB/s  %s", ng_cli_format_size(progress->done_bytes, size), megabytes,
                       time);
        return;
    }
    uint64_t done = progress->done_bytes < progress->total_bytes ? progress->done_bytes : progress->total_bytes;
    unsigned percent = (unsigned)(100.0 * (double)done / (double)progress->total_bytes);
    if (bytes_a_second > 0.0) {
        format_time((double)(progress->total_bytes - done) / bytes_a_second, time, sizeof time);
        (void)snprintf(out, out_bytes, "%3u%%  %.1f MB/s  ETA %s", percent, megabytes, time);
    } else {
        (void)snprintf(out, out_bytes, "%3u%%", percent);
    }
}

void ng_progress_format_bar(const struct ng_progress *progress, double seconds, size_t columns, char *out) {
    enum { LEAST_BAR = 5, MOST_BAR = 40 };
    char figures[128];
    format_figures(progress, seconds, figures, sizeof figures);
    if (columns > NG_PROGRESS_LINE_BYTES) columns = NG_PROGRESS_LINE_BYTES;
    size_t room = columns > 0 ? columns - 1 : 0; /* the last column stays free, or some terminals wrap */
    size_t taken = strlen(progress->label) + strlen(figures) + 6; /* two blanks on either side, two brackets */
    char bar[MOST_BAR + 1] = "";
    if (progress->total_bytes > 0 && taken + LEAST_BAR <= room) {
        size_t width = room - taken < MOST_BAR ? room - taken : MOST_BAR;
        double part = (double)progress->done_bytes / (double)progress->total_bytes;
        size_t filled = part >= 1.0 ? width : (size_t)(part * (double)width);
        for (size_t i = 0; i < width; i++) bar[i] = i < filled ? '#' : '.';
        bar[width] = '\0';
    }
    if (*bar)
        (void)snprintf(out, NG_PROGRESS_LINE_BYTES, "%s  [%s]  %s", progress->label, bar, figures);
    else
        (void)snprintf(out, NG_PROGRESS_LINE_BYTES, "%s  %s", progress->label, figures);
    if (strlen(out) > room) out[room] = '\0';
}

void ng_progress_format_running(const struct ng_progress *progress, double seconds, char *out) {
    char size[NG_CLI_SIZE_CHARS];
    char time[32];
    char figures[128] = "";
    double bytes_a_second = rate(progress, seconds);
    format_time(seconds, time, sizeof time);
    if (bytes_a_second > 0.0 && progress->total_bytes > progress->done_bytes) {
        char left[32];
        double whole = (double)progress->total_bytes;
        format_time((whole - (double)progress->done_bytes) / bytes_a_second, left, sizeof left);
        (void)snprintf(figures, sizeof figures, ", %u%%, %.1f MB/s, ETA %s",
                       (unsigned)(100.0 * (double)progress->done_bytes / whole), bytes_a_second / 1e6, left);
    } else if (bytes_a_second > 0.0) {
        (void)snprintf(figures, sizeof figures, ", %s, %.1f MB/s", ng_cli_format_size(progress->done_bytes, size),
                       bytes_a_second / 1e6);
    }
    (void)snprintf(out, NG_PROGRESS_LINE_BYTES, "%s: %s so far%s", progress->label, time, figures);
}

void ng_progress_format_end(const struct ng_progress *progress, double seconds, char *out) {
    char size[NG_CLI_SIZE_CHARS];
    char time[32];
    format_time(seconds, time, sizeof time);
    uint64_t done = progress->done_bytes - progress->first_bytes;
    double bytes_a_second = rate(progress, seconds);
    if (bytes_a_second > 0.0)
        (void)snprintf(out, NG_PROGRESS_LINE_BYTES, "%s: %s in %s (%.1f MB/s)", progress->label,
                       ng_cli_format_size(done, size), time, bytes_a_second / 1e6);
    else
        (void)snprintf(out, NG_PROGRESS_LINE_BYTES, "%s: %s", progress->label, time);
}

/* Functions from here on to the public ones are called under the lock. */

static void clear(struct ng_progress *progress) {
    if (!progress->drawn) return;
    (void)fputs("\r\033[K", progress->stream);
    (void)fflush(progress->stream);
    progress->drawn = false;
}

static void draw(struct ng_progress *progress, double now) {
    char line[NG_PROGRESS_LINE_BYTES];
    ng_progress_format_bar(progress, now - progress->started_seconds, terminal_columns(progress->stream), line);
    (void)fprintf(progress->stream, "\r%s\033[K", line);
    (void)fflush(progress->stream);
    progress->drawn = true;
    progress->redrawn_seconds = now;
}

static void say_json(struct ng_progress *progress, double now, bool ended) {
    double seconds = now - progress->started_seconds;
    double bytes_a_second = rate(progress, seconds);
    (void)fprintf(progress->stream, "{\"stage\":\"%s\",\"part\":%" PRIu64 ",\"done\":%" PRIu64 ",\"total\":%" PRIu64
                  ",\"seconds\":%.3f,\"rate\":%.1f", progress->stage, progress->part, progress->done_bytes,
                  progress->total_bytes, seconds, bytes_a_second);
    if (progress->total_bytes >= progress->done_bytes && bytes_a_second > 0.0) {
        double left = (double)(progress->total_bytes - progress->done_bytes);
        (void)fprintf(progress->stream, ",\"eta_seconds\":%.1f", left / bytes_a_second);
    }
    (void)fprintf(progress->stream, ",\"ended\":%s}\n", ended ? "true" : "false");
    (void)fflush(progress->stream);
    progress->redrawn_seconds = now;
}

static void say_line(struct ng_progress *progress, double now) {
    char line[NG_PROGRESS_LINE_BYTES];
    ng_progress_format_running(progress, now - progress->started_seconds, line);
    (void)fprintf(progress->stream, "%s\n", line);
    (void)fflush(progress->stream);
    progress->redrawn_seconds = now;
}

/* Says a line when nothing was said for long. */
static void *speak(void *context) {
    struct ng_progress *progress = context;
    (void)pthread_mutex_lock(&progress->lock);
    while (!progress->closing) {
        double due = progress->redrawn_seconds + progress->silent_seconds;
        double now = ng_clock_seconds();
        if (!progress->running) {
            (void)pthread_cond_wait(&progress->begun, &progress->lock);
        } else if (now < due) {
            const struct timespec until = {.tv_sec = (time_t)due, .tv_nsec = (long)((due - (double)(time_t)due) * 1e9)};
            (void)pthread_cond_timedwait(&progress->begun, &progress->lock, &until);
        } else if (progress->json) {
            say_json(progress, now, false);
        } else {
            say_line(progress, now);
        }
    }
    (void)pthread_mutex_unlock(&progress->lock);
    return NULL;
}

/* Without a thread there are fewer lines. */
static void start_speaker(struct ng_progress *progress) {
    enum { STACK_BYTES = 1 << 18 };
    pthread_attr_t attributes;
    if (progress->speaks || progress->terminal || pthread_attr_init(&attributes) != 0) return;
    (void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
    progress->speaks = pthread_create(&progress->speaker, &attributes, speak, progress) == 0;
    (void)pthread_attr_destroy(&attributes);
}

static void end_stage(struct ng_progress *progress) {
    if (!progress->running) return;
    char line[NG_PROGRESS_LINE_BYTES];
    double now = ng_clock_seconds();
    progress->running = false;
    if (progress->json) {
        say_json(progress, now, true);
        return;
    }
    clear(progress);
    ng_progress_format_end(progress, now - progress->started_seconds, line);
    (void)fprintf(progress->stream, "%s\n", line);
}

static void begin_stage(struct ng_progress *progress, const char *stage, uint64_t part, const char *label,
                        uint64_t done_bytes, double now) {
    end_stage(progress);
    progress->running = true;
    (void)snprintf(progress->label, sizeof progress->label, "%s", label);
    progress->stage = stage;
    progress->part = part;
    progress->first_bytes = done_bytes;
    progress->started_seconds = now;
    progress->redrawn_seconds = progress->terminal ? now - REDRAW_SECONDS : now;
    start_speaker(progress);
    (void)pthread_cond_signal(&progress->begun);
}

void ng_progress_update(struct ng_progress *progress, const char *stage, uint64_t part, uint64_t done_bytes,
                        uint64_t total_bytes) {
    if (!progress->stream) return;
    double now = ng_clock_seconds();
    char label[NG_PROGRESS_LABEL_BYTES];
    if (part == NG_PROGRESS_WHOLE) (void)snprintf(label, sizeof label, "%s", stage);
    else (void)snprintf(label, sizeof label, "%s shard %" PRIu64, stage, part);
    (void)pthread_mutex_lock(&progress->lock);
    if (!progress->running || strcmp(label, progress->label) != 0) {
        begin_stage(progress, stage, part, label, done_bytes, now);
    }
    progress->done_bytes = done_bytes > progress->first_bytes ? done_bytes : progress->first_bytes;
    progress->total_bytes = total_bytes;
    if (progress->json && now - progress->redrawn_seconds >= SAY_SECONDS) say_json(progress, now, false);
    if (progress->terminal && now - progress->redrawn_seconds >= REDRAW_SECONDS) draw(progress, now);
    (void)pthread_mutex_unlock(&progress->lock);
}

void ng_progress_end_stage(struct ng_progress *progress) {
    if (!progress->stream) return;
    (void)pthread_mutex_lock(&progress->lock);
    end_stage(progress);
    (void)pthread_mutex_unlock(&progress->lock);
}

void ng_progress_clear(struct ng_progress *progress) {
    if (!progress->stream) return;
    (void)pthread_mutex_lock(&progress->lock);
    clear(progress);
    (void)pthread_mutex_unlock(&progress->lock);
}

void ng_progress_close(struct ng_progress *progress) {
    if (!progress->stream) return;
    (void)pthread_mutex_lock(&progress->lock);
    clear(progress);
    progress->running = false;
    progress->closing = true;
    (void)pthread_cond_signal(&progress->begun);
    (void)pthread_mutex_unlock(&progress->lock);
    if (progress->speaks) (void)pthread_join(progress->speaker, NULL);
    (void)pthread_cond_destroy(&progress->begun);
    (void)pthread_mutex_destroy(&progress->lock);
    progress->stream = NULL;
}
