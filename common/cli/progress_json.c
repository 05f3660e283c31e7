#include "common/cli/progress_json.h"

#include <inttypes.h>
#include <stdbool.h>

#include "common/base/clock.h"

static const double SAY_SECONDS = 1.0;

void ng_progress_json_init(struct ng_progress_json *progress, FILE *stream) {
    *progress = (struct ng_progress_json){.stream = stream};
}

static void say(struct ng_progress_json *p, double now, bool ended) {
    double seconds = now - p->started_seconds;
    double rate = seconds > 0.001 ? (double)(p->done - p->first) / seconds : 0.0;
    (void)fprintf(p->stream, "{\"stage\":\"%s\",\"part\":%" PRIu64 ",\"done\":%" PRIu64 ",\"total\":%" PRIu64
                  ",\"seconds\":%.3f,\"rate\":%.1f", p->stage, p->part, p->done, p->total, seconds, rate);
    if (p->total >= p->done && rate > 0.0) {
        (void)fprintf(p->stream, ",\"eta_seconds\":%.1f", (double)(p->total - p->done) / rate);
    }
    (void)fprintf(p->stream, ",\"ended\":%s}\n", ended ? "true" : "false");
    (void)fflush(p->stream);
    p->said_seconds = now;
}

void ng_progress_json_update(struct ng_progress_json *p, const char *stage, uint64_t part, uint64_t done,
                             uint64_t total) {
    double now = ng_clock_seconds();
    if (p->stage != stage || p->part != part) {
        ng_progress_json_end(p);
        p->stage = stage;
        p->part = part;
        p->first = done;
        p->started_seconds = now;
        p->said_seconds = now;
    }
    p->done = done > p->first ? done : p->first;
    p->total = total;
    if (now - p->said_seconds >= SAY_SECONDS) say(p, now, false);
}

void ng_progress_json_end(struct ng_progress_json *p) {
    if (p->stage) say(p, ng_clock_seconds(), true);
    p->stage = NULL;
}
