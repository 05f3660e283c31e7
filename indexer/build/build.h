/*
 * Builds an index: reads a corpus, cuts it into shards, sorts, encodes and publishes each, then the manifest.
 */
#ifndef NG_INDEXER_BUILD_BUILD_H
#define NG_INDEXER_BUILD_BUILD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/shard/manifest.h"
#include "indexer/build/stage.h"
#include "indexer/corpus/corpus.h"
#include "indexer/plan/budget.h"

/* Fixed places to cut shards, independent of memory. */
struct ng_build_cuts {
    uint64_t shard_text; /* most text bytes; 0: as the plan has it */
    uint64_t shard_weight; /* most of ng_plan_weight */
};

struct ng_build_result;

/* Called once with the result, before the index appears or the build ends with an empty corpus. If it returns an error,
 * the build fails. */
typedef int ng_build_tell(void *context, const struct ng_build_result *result, struct ng_err *err);

struct ng_build_options {
    struct ng_corpus_options corpus;
    const char *output;       /* folder of the index */
    const char *id_field;     /* paths of documents' ids and URLs in their metadata; NULL: the default */
    const char *url_field;
    uint64_t memory_bytes;    /* 0: half of the memory that is available */
    unsigned threads;         /* 0: one per processor */
    uint64_t shard_bytes;     /* most text bytes of a shard; 0: as many as memory_bytes allows */
    uint64_t block_bytes;     /* most text bytes and documents sorted at a time; 0: as the plan has it */
    uint64_t sa_sample;       /* text positions per sample; 0: NG_DEFAULT_SA_SAMPLE, times NG_FOLDED_SAMPLE_FACTOR in an
                                 index of folded text alone */
    uint64_t folded_sa_sample; /* the same for a folded view next to an exact one; 0: NG_BESIDE_SAMPLE_FACTOR times the
                                  exact view's */
    bool exact, folded;       /* the views to build; neither: the exact one */
    struct ng_build_cuts cuts;
    bool may_be_empty;        /* a corpus without a document is no error; there is no index then */
    bool force;               /* replace an index that exists */
    bool resume;              /* continue a build of the same corpus and options that stopped, if there is one */
    ng_build_progress *progress; /* or NULL */
    void *progress_context;
    ng_build_tell *tell; /* or NULL */
    void *tell_context;
};

struct ng_build_result {
    bool was_there;             /* the index was finished before (indexer/done) */
    uint64_t shards;
    uint64_t documents;         /* that are not removed */
    uint64_t text_bytes;        /* of the exact view, if there is one; of these documents */
    uint64_t folded_text_bytes; /* 0 without a folded view */
    uint64_t index_bytes;
    bool exact, folded;         /* the views of the index */
    uint64_t merged_shards;     /* merged by a step of a compaction into made_shards, 0 or 1 */
    uint64_t made_shards;
    uint64_t dropped_documents; /* whose bytes such a step dropped; they were removed before */
    bool unknown_files;         /* appended to an index whose list of files is partial, or missing */
    bool lost_files;            /* by joining: a list of files that was damaged or missing was left out */
    bool no_ids;                /* an id field was given, but no document has an id there */
    struct ng_corpus_counts corpus;
};

/* Fills *result from the manifest of a whole index, all but corpus. Errors: NG_ERR_NOMEM. */
int ng_build_describe(const struct ng_manifest *manifest, struct ng_build_result *result, struct ng_err *err);

/* Builds the index at options->output. Until it is complete only OUTPUT.building exists, and an older index at OUTPUT
 * stays whole and usable. After an error OUTPUT.building is removed, unless the system failed (memory, disk) and there
 * are finished steps to resume from.
 * Errors: NG_ERR_EXISTS (without force), NG_ERR_USAGE, those of the corpus, NG_ERR_INPUT (empty corpus),
 * NG_ERR_LIMIT (a document that does not fit the memory budget or a shard), NG_ERR_NOMEM, NG_ERR_NOSPACE,
 * NG_ERR_IO. */
int ng_build_run(const struct ng_build_options *options, struct ng_build_result *result, struct ng_err *err);

/* Fills in the options that the caller left open (views, samples, text field), opens the corpus and plans the build. On
 * success the caller closes the corpus. Errors: those of the corpus and of ng_plan_make; NG_ERR_USAGE. */
int ng_build_prepare(struct ng_build_options *options, struct ng_corpus **corpus, struct ng_plan *plan,
                     struct ng_err *err);

/* Fills in the options that the caller left open, and the part of the manifest that says how the index was built.
 * *manifest owns nothing yet. Errors: NG_ERR_USAGE. */
int ng_build_settle(struct ng_build_options *options, struct ng_manifest *manifest, struct ng_err *err);

/* The name of a policy, as options and index.json have it. */
const char *ng_build_policy_name(enum ng_utf8_policy policy);

/* What a build would do. */
struct ng_build_forecast {
    uint64_t files;
    uint64_t input_bytes;  /* 0: not known */
    uint64_t text_bytes;   /* estimated from the first megabytes of the corpus */
    struct ng_plan plan;
    struct ng_plan_expected expected;
};

/* Plans a build without writing anything: reads the first megabytes of the corpus, and sorts them to measure this
 * machine, for about two seconds. Errors: as ng_build_run. */
int ng_build_forecast(const struct ng_build_options *options, struct ng_build_forecast *forecast, struct ng_err *err);

#endif
