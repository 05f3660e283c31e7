#include "common/os/parallel.h"
#include "query/lib/index.h"

/* Steps come to about one page each, at random. With this many for each page, all but a few in a hundred are met. */
enum { STEPS_A_PAGE = 4 };

enum { TURN_PAGES = 1024 };

static int check_some(void *context, uint64_t turn, struct ng_err *err) {
    struct ng_container *container = context;
    uint64_t begin = turn * TURN_PAGES;
    uint64_t end = begin + TURN_PAGES;
    (void)err;
    ng_map_populate(&container->map, begin << NG_PAGE_LOG2, end << NG_PAGE_LOG2);
    ng_container_check_pages(container, begin, end);
    return NG_OK;
}

void ng_index_expect_steps(const struct ng_index *index, uint64_t lf_steps, unsigned threads) {
    struct ng_err err;
    for (uint64_t s = 0; s < index->shard_count; s++) {
        struct ng_container *container = index->shards[s].shard.container;
        uint64_t unverified = atomic_load_explicit(&container->unverified, memory_order_relaxed);
        if (unverified == 0 || lf_steps / STEPS_A_PAGE < unverified) continue;
        ng_map_advise(&container->map, true);
        (void)ng_parallel_run(threads, container->data_pages / TURN_PAGES + 1, check_some, container, &err);
        ng_map_advise(&container->map, false);
    }
}
