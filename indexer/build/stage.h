/* The stages of a build, which its parts tell the caller about. */
#ifndef NG_INDEXER_BUILD_STAGE_H
#define NG_INDEXER_BUILD_STAGE_H

#include <stdint.h>

/* Where a build is. */
enum ng_build_stage {
    NG_BUILD_READ,   /* done and total count input bytes; total 0 where it is not known; blocks are sorted beside */
    NG_BUILD_SORT,   /* sorting what was read last; done and total count text bytes of the shard */
    NG_BUILD_MERGE,  /* done and total count symbols moved */
    NG_BUILD_ENCODE, /* as NG_BUILD_SORT */
    NG_BUILD_WRITE,  /* making a shard durable; as NG_BUILD_SORT */
    NG_BUILD_UNPACK, /* taking a shard of another index apart, to be merged; done and total count its text bytes */
    NG_BUILD_COPY,   /* taking over a shard of another index that cannot be linked; done and total count its bytes */
    NG_BUILD_FOLD    /* folding the text of a shard; done and total count text bytes; then its stages from sorting on
                        come once more */
};

/* Called now and then, from the thread that called ng_build_run; shard counts from 0. */
typedef void ng_build_progress(void *context, enum ng_build_stage stage, uint64_t shard, uint64_t done,
                               uint64_t total);

#endif
