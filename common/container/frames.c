#include "common/container/frames.h"

#include <errno.h>
#include <liburing.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/container/ahead.h"
#include "common/os/memory.h"

/* A frame holds a page. WAYS: places where it may be. SUBMITTED: reads that the system is told of together. */
enum { LEAST_LOG2 = 10, MOST_LOG2 = 12, WAYS = 8, RING = 256, SUBMITTED = 32 };

/* A thread's copies take at most one part of MEMORY_PART of memory. */
enum { MEMORY_PART = 16 };

/* A round asks for at most MOST_PIECES pieces. A piece spans at most PIECE_PAGES pages, as a leaf does. Pieces that span
 * several pages are joined in a buffer of JOINED_BYTES. */
enum { MOST_PIECES = 512, PIECE_PAGES = 4, JOINED_BYTES = 512 << 10 };

/* A system short of memory, or a signal, makes one try fail. */
enum { MOST_TRIES = 1000 };

struct frame {
    struct ng_container *container; /* while the page is being read */
    uint64_t serial; /* of the container, which may be gone; 0: the frame is empty */
    uint64_t page;
    uint32_t round;  /* in which it was last asked for */
    bool is_pending; /* being read */
    bool is_read;
};

/* What a round asked for at once. */
struct piece {
    uint16_t frames[PIECE_PAGES];
    uint16_t pages;
    uint16_t skip_bytes; /* before it, of its first page */
    uint32_t length_bytes;
};

struct frames {
    struct io_uring ring;
    uint8_t *bytes;
    struct frame frames[1 << MOST_LOG2];
    struct piece pieces[MOST_PIECES]; /* of this round */
    unsigned piece_count;
    uint8_t *joined; /* pieces of several pages */
    size_t joined_bytes;
    unsigned count_log2; /* as many are used */
    uint32_t round;
    unsigned queued;  /* reads that the system has not been told of */
    unsigned pending; /* and those that it has not ended */
    unsigned needed;  /* those of either that this round has asked for */
    struct frames *next;  /* of all that there are, */
    struct frames **link; /* and what points here; NULL: not among them yet */
};

/* A thread makes its frames when it first needs them. has_none: it has tried, and cannot have any. */
static _Thread_local struct frames *thread_frames;
static _Thread_local bool has_none;
static pthread_key_t key; /* frees them when the thread ends */
static bool has_key;
static pthread_once_t key_once = PTHREAD_ONCE_INIT;

/* The frames of all threads, so that a forked child can release its copies of them. */
static pthread_mutex_t all_lock = PTHREAD_MUTEX_INITIALIZER;
static struct frames *first_frames;

static void lock_all(void) {
    (void)pthread_mutex_lock(&all_lock);
}

static void unlock_all(void) {
    (void)pthread_mutex_unlock(&all_lock);
}

static void enlist(struct frames *f) {
    lock_all();
    f->next = first_frames;
    f->link = &first_frames;
    if (first_frames) first_frames->link = &f->next;
    first_frames = f;
    unlock_all();
}

static void give_back(struct frames *f) {
    io_uring_queue_exit(&f->ring);
    free(f->bytes);
    free(f->joined);
    free(f);
}

static void free_frames(void *data) {
    struct frames *f = data;
    if (!f) return;
    if (f == thread_frames) thread_frames = NULL; /* another destructor of the thread may search */
    lock_all();
    if (f->link) *f->link = f->next;
    if (f->next) f->next->link = f->link;
    unlock_all();
    give_back(f);
}

/* A forked child would share the rings with its parent. The child closes its descriptors, unmaps its rings and frees its
 * pages. The parent's stay, and the system goes on reading into them. */
static void leave_to_parent(void) {
    if (thread_frames) (void)pthread_setspecific(key, NULL);
    thread_frames = NULL;
    while (first_frames) {
        struct frames *f = first_frames;
        first_frames = f->next;
        give_back(f);
    }
    unlock_all();
}

static void make_key(void) {
    has_key = pthread_atfork(lock_all, unlock_all, leave_to_parent) == 0 && pthread_key_create(&key, free_frames) == 0;
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
    const uint64_t most = ng_memory_total() / MEMORY_PART;
    f->count_log2 = MOST_LOG2;
    while (f->count_log2 > LEAST_LOG2 && NG_PAGE_BYTES << f->count_log2 > most) f->count_log2--;
    f->bytes = ng_memory_huge((NG_PAGE_BYTES << f->count_log2) + NG_VIEW_SLACK_BYTES);
    f->joined = malloc(JOINED_BYTES + NG_VIEW_SLACK_BYTES);
    if (!f->bytes || !f->joined || pthread_setspecific(key, f) != 0) {
        free_frames(f);
        return NULL;
    }
    has_none = false;
    enlist(f);
    return f;
}

void ng_frames_begin(void) {
    if (!thread_frames && !has_none) thread_frames = make_frames();
    if (!thread_frames) return;
    thread_frames->round++;
    thread_frames->needed = 0;
    thread_frames->piece_count = 0;
    thread_frames->joined_bytes = 0;
}

static bool holds(const struct frame *frame, uint64_t serial, uint64_t page) {
    return frame->serial == serial && frame->page == page;
}

/* The frame that holds the page, or one that this round does not need, or NULL. */
static struct frame *find_frame(struct frames *f, uint64_t serial, uint64_t page) {
    struct frame *oldest = NULL;
    const size_t first = (size_t)((page ^ serial << 40) * UINT64_C(0x9e3779b97f4a7c15) >> (64 - f->count_log2));
    for (size_t i = 0; i < WAYS; i++) {
        struct frame *frame = &f->frames[(first + i) % ((size_t)1 << f->count_log2)];
        if (holds(frame, serial, page)) return frame;
        if (frame->is_pending || frame->round == f->round) continue;
        if (!oldest || frame->round < oldest->round) oldest = frame;
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
    if (end->res == -EINVAL) ng_ahead_thread.exceeds = false; /* alignment may be the reason */
    frame->is_read = end->res == NG_PAGE_BYTES &&
                     ng_container_check_copy(frame->container, frame->page, f->bytes + number * NG_PAGE_BYTES);
    frame->is_pending = false;
    if (frame->round == f->round) f->needed--;
    f->pending--;
}

void ng_frames_submit(void) {
    if (thread_frames && thread_frames->queued > 0) submit(thread_frames);
}

/* Waits for all reads, or for those of this round. */
static void wait_for(struct frames *f, bool all) {
    for (unsigned tries = 0; f->queued + (all ? f->pending : f->needed) > 0; tries++) {
        struct io_uring_cqe *end;
        if (tries == MOST_TRIES) {
            lose();
            return;
        }
        if (f->queued > 0) submit(f);
        const unsigned left = all ? f->pending : f->needed;
        if (left == 0 || f->pending == 0 || io_uring_wait_cqe(&f->ring, &end) != 0) continue;
        note_end(f, end);
        io_uring_cqe_seen(&f->ring, end);
        tries = 0;
    }
}

void ng_frames_wait(void) {
    if (thread_frames) wait_for(thread_frames, false);
}

void ng_frames_finish(void) {
    if (thread_frames) wait_for(thread_frames, true);
}

/* Has the frame read its page of a file. */
static bool queue_read(struct frames *f, struct frame *frame, int file) {
    struct io_uring_sqe *read = io_uring_get_sqe(&f->ring);
    if (!read) return false;
    const size_t number = (size_t)(frame - f->frames);
    io_uring_prep_read(read, file, f->bytes + number * NG_PAGE_BYTES, NG_PAGE_BYTES, frame->page << NG_PAGE_LOG2);
    io_uring_sqe_set_data64(read, number);
    frame->is_pending = true;
    ng_ahead_note_copied(frame->container, frame->page, 1);
    if (++f->queued == SUBMITTED) submit(f);
    return true;
}

/* Asks for a page. Returns the number of its frame, or NG_FRAME_NONE. */
static int ask_page(struct frames *f, struct ng_container *c, int file, uint64_t page) {
    struct frame *frame = find_frame(f, c->serial, page);
    if (!frame) return NG_FRAME_NONE;
    if (!holds(frame, c->serial, page)) {
        *frame = (struct frame){.container = c, .serial = c->serial, .page = page};
        if (!queue_read(f, frame, file)) {
            frame->serial = 0;
            return NG_FRAME_NONE;
        }
    }
    if (frame->is_pending && frame->round != f->round) f->needed++;
    frame->round = f->round;
    return (int)(frame - f->frames);
}

int ng_frames_ask(const struct ng_view *view, uint64_t offset, uint64_t length) {
    struct frames *f = thread_frames;
    if (!f || length == 0 || !ng_checked_range(offset, length, view->length_bytes)) return NG_FRAME_NONE;
    const uint64_t page = view->first_page + (offset >> NG_PAGE_LOG2);
    const uint64_t pages = view->first_page + ((offset + length - 1) >> NG_PAGE_LOG2) - page + 1;
    const int direct = ng_ahead_thread.exceeds ? ng_container_descriptor(view->container, true) : -1;
    const int file = direct >= 0 ? direct : ng_container_descriptor(view->container, false);
    if (file < 0 || pages > PIECE_PAGES || f->piece_count == MOST_PIECES) return NG_FRAME_NONE;
    struct piece *piece = &f->pieces[f->piece_count];
    *piece = (struct piece){.pages = (uint16_t)pages,
                            .skip_bytes = (uint16_t)(offset % NG_PAGE_BYTES),
                            .length_bytes = (uint32_t)length};
    for (uint64_t i = 0; i < pages; i++) {
        const int frame = ask_page(f, view->container, file, page + i);
        if (frame == NG_FRAME_NONE) return NG_FRAME_NONE;
        piece->frames[i] = (uint16_t)frame;
    }
    return (int)f->piece_count++;
}

/* Puts the parts of a piece, which are in frames here and there, one behind the other. */
static const uint8_t *join(struct frames *f, const struct piece *piece) {
    if (piece->length_bytes > JOINED_BYTES - f->joined_bytes) return NULL;
    uint8_t *const joined = f->joined + f->joined_bytes;
    size_t done = 0;
    for (uint16_t i = 0; i < piece->pages; i++) {
        const size_t skip = i == 0 ? piece->skip_bytes : 0;
        const size_t left = piece->length_bytes - done;
        const size_t some = left < NG_PAGE_BYTES - skip ? left : NG_PAGE_BYTES - skip;
        memcpy(joined + done, f->bytes + piece->frames[i] * NG_PAGE_BYTES + skip, some);
        done += some;
    }
    f->joined_bytes += done;
    return joined;
}

const uint8_t *ng_frames_at(int number) {
    struct frames *f = thread_frames;
    if (number == NG_FRAME_NONE || !f) return NULL;
    const struct piece *piece = &f->pieces[number];
    for (uint16_t i = 0; i < piece->pages; i++) {
        if (!f->frames[piece->frames[i]].is_read) return NULL;
    }
    return piece->pages == 1 ? f->bytes + piece->frames[0] * NG_PAGE_BYTES + piece->skip_bytes : join(f, piece);
}
