#include "common/container/frames.h"

#include <liburing.h>
#include <pthread.h>
#include <stdlib.h>

#include "common/os/memory.h"

/* A copy holds so many pages that follow each other. WAYS: places where it may be. SUBMITTED: reads that the system is
 * told of together. */
enum { FRAMES_LOG2 = 11, FRAMES = 1 << FRAMES_LOG2, FRAME_PAGES = 2, WAYS = 4, RING = 256, SUBMITTED = 32 };

/* A system short of memory, or a signal, makes one try fail. */
enum { MOST_TRIES = 1000 };

#define FRAME_BYTES (FRAME_PAGES * NG_PAGE_BYTES + NG_VIEW_SLACK_BYTES)

struct frame {
    struct ng_container *container; /* while the pages are being read */
    uint64_t serial; /* of the container, which may be gone; 0: the frame is empty */
    uint64_t page;   /* the first */
    uint32_t round;  /* that asked for it last */
    uint16_t pages;
    bool is_read;
};

struct frames {
    struct io_uring ring;
    uint8_t *bytes;
    struct frame frames[FRAMES];
    uint32_t round;
    unsigned queued;  /* reads that the system has not been told of */
    unsigned pending; /* and those that it has not ended */
};

/* This thread's, which it makes when it first needs them; has_none: it can have none. */
static _Thread_local struct frames *thread_frames;
static _Thread_local bool has_none;
static pthread_key_t key; /* frees them when the thread ends */
static bool has_key;
static pthread_once_t key_once = PTHREAD_ONCE_INIT;

static void free_frames(void *data) {
    struct frames *f = data;
    if (!f) return;
    io_uring_queue_exit(&f->ring);
    free(f->bytes);
    free(f);
}

static void make_key(void) {
    has_key = pthread_key_create(&key, free_frames) == 0;
}

static struct frames *make_frames(void) {
    has_none = true;
    (void)pthread_once(&key_once, make_key);
    struct frames *f = has_key ? calloc(1, sizeof *f) : NULL;
    if (!f) return NULL;
    if (io_uring_queue_init(RING, &f->ring, 0) != 0) {
        free(f);
        return NULL;
    }
    f->bytes = ng_memory_huge(FRAMES * FRAME_BYTES);
    if (!f->bytes || pthread_setspecific(key, f) != 0) {
        free_frames(f);
        return NULL;
    }
    has_none = false;
    return f;
}

void ng_frames_begin(void) {
    if (!thread_frames && !has_none) thread_frames = make_frames();
    if (thread_frames) thread_frames->round++;
}

static bool holds(const struct frame *frame, uint64_t serial, uint64_t page, uint16_t pages) {
    return frame->serial == serial && frame->page == page && frame->pages >= pages;
}

/* The frame that holds so many pages, or one that this round does not need, or NULL. */
static struct frame *find_frame(struct frames *f, uint64_t serial, uint64_t page, uint16_t pages) {
    struct frame *oldest = NULL;
    const size_t first = (size_t)((page ^ serial << 40) * UINT64_C(0x9e3779b97f4a7c15) >> (64 - FRAMES_LOG2));
    for (size_t i = 0; i < WAYS; i++) {
        struct frame *frame = &f->frames[(first + i) % FRAMES];
        if (holds(frame, serial, page, pages)) return frame;
        if (frame->round != f->round && (!oldest || frame->round < oldest->round)) oldest = frame;
    }
    return oldest;
}

/* The system does not answer any more: this thread does without. What it may still write to is not freed. */
static void lose(void) {
    (void)pthread_setspecific(key, NULL);
    thread_frames = NULL;
    has_none = true;
}

static void submit(struct frames *f) {
    const int taken = io_uring_submit(&f->ring);
    if (taken <= 0) return;
    f->queued -= (unsigned)taken;
    f->pending += (unsigned)taken;
}

static void note_end(struct frames *f, const struct io_uring_cqe *end) {
    const size_t number = (size_t)io_uring_cqe_get_data64(end);
    struct frame *frame = &f->frames[number];
    const uint8_t *bytes = f->bytes + number * FRAME_BYTES;
    frame->is_read = end->res == (int)(frame->pages * NG_PAGE_BYTES);
    for (uint16_t i = 0; i < frame->pages && frame->is_read; i++) {
        frame->is_read = ng_container_check_copy(frame->container, frame->page + i, bytes + i * NG_PAGE_BYTES);
    }
    f->pending--;
}

void ng_frames_wait(void) {
    struct frames *f = thread_frames;
    if (!f) return;
    for (unsigned tries = 0; f->queued + f->pending > 0; tries++) {
        struct io_uring_cqe *end;
        if (tries == MOST_TRIES) {
            lose();
            return;
        }
        if (f->queued > 0) submit(f);
        if (f->pending == 0 || io_uring_wait_cqe(&f->ring, &end) != 0) continue;
        note_end(f, end);
        io_uring_cqe_seen(&f->ring, end);
        tries = 0;
    }
}

/* Has the frame read its pages of a file. */
static bool queue_read(struct frames *f, struct frame *frame, int file) {
    struct io_uring_sqe *read = io_uring_get_sqe(&f->ring);
    if (!read) return false;
    const size_t number = (size_t)(frame - f->frames);
    io_uring_prep_read(read, file, f->bytes + number * FRAME_BYTES, (unsigned)(frame->pages * NG_PAGE_BYTES),
                       frame->page << NG_PAGE_LOG2);
    io_uring_sqe_set_data64(read, number);
    if (++f->queued == SUBMITTED) submit(f);
    return true;
}

int ng_frames_ask(const struct ng_view *view, uint64_t offset, uint64_t length) {
    struct frames *f = thread_frames;
    if (!f || length == 0 || !ng_checked_range(offset, length, view->length_bytes)) return NG_FRAME_NONE;
    struct ng_container *c = view->container;
    const uint64_t page = view->first_page + (offset >> NG_PAGE_LOG2);
    const uint64_t pages = view->first_page + ((offset + length - 1) >> NG_PAGE_LOG2) - page + 1;
    const int file = ng_container_descriptor(c);
    struct frame *frame = file < 0 || pages > FRAME_PAGES ? NULL : find_frame(f, c->serial, page, (uint16_t)pages);
    if (!frame) return NG_FRAME_NONE;
    if (!holds(frame, c->serial, page, (uint16_t)pages)) {
        *frame = (struct frame){.container = c, .serial = c->serial, .page = page, .pages = (uint16_t)pages};
        if (!queue_read(f, frame, file)) {
            frame->serial = 0;
            return NG_FRAME_NONE;
        }
    }
    frame->round = f->round;
    return (int)(frame - f->frames);
}

const uint8_t *ng_frames_at(int frame, const struct ng_view *view, uint64_t offset) {
    const struct frames *f = thread_frames;
    if (frame == NG_FRAME_NONE || !f || !f->frames[frame].is_read) return NULL;
    const uint64_t begin = (f->frames[frame].page - view->first_page) << NG_PAGE_LOG2;
    return f->bytes + (size_t)frame * FRAME_BYTES + (offset - begin);
}
