#include "common/os/parallel.h"
#include "query/lib/index.h"

/* Steps come to about one page each, at random. With this many for each page, all but a few in a hundred are met. */
enum { STEPS_A_PAGE = 4 };

enum { TURN_PAGES = 1024 };

struct check {
    struct ng_container *container;
    const struct ng_cancel *cancel;
};

static int check_some(void *context, uint64_t turn, struct ng_err *err) {
    const struct check *check = context;
    struct ng_container *container = check->container;
    struct ng_watch watch = ng_watch_make(check->cancel);
    uint64_t begin = turn * TURN_PAGES;
    uint64_t end = begin + TURN_PAGES;
    ng_map_populate(&container->map, begin << NG_PAGE_LOG2, end << NG_PAGE_LOG2);
    ng_container_check_pages(container, begin, end);
    return ng_watch_check(&watch, 1, err);
}

int ng_index_expect_steps(const struct ng_index *index, uint64_t lf_steps, unsigned threads, struct ng_err *err) {
    int status = NG_OK;
    for (uint64_t s = 0; s < index->shard_count && !status; s++) {
        struct ng_container *container = index->shards[s].shard.container;
        uint64_t unverified = atomic_load_explicit(&container->unverified, memory_order_relaxed);
        if (unverified == 0 || lf_steps / STEPS_A_PAGE < unverified) continue;
        ng_map_advise(&container->map, true);
        struct check check = {.container = container, .cancel = &index->cancel};
        status = ng_parallel_run(threads, container->data_pages / TURN_PAGES + 1, check_some, &check, err);
        ng_map_advise(&container->map, false);
    }
    return status;
}
