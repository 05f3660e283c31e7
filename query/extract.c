#include "query/extract.h"

#include <assert.h>
#include <string.h>

#include "common/shard_format.h"

void ng_extract_run(const struct ng_shard *shard, struct ng_extract_chain *chains, size_t count) {
    assert(count <= NG_EXTRACT_CHAINS);
    struct ng_rank_step steps[NG_EXTRACT_CHAINS];
    for (size_t i = 0; i < count; i++) steps[i] = (struct ng_rank_step){.row = chains[i].row};
    for (;;) {
        for (size_t i = 0; i < count;) {
            if (chains[i].position > chains[i].begin) {
                i++;
                continue;
            }
            count--;
            chains[i] = chains[count];
            steps[i] = steps[count];
        }
        if (count == 0) return;
        ng_rank_lf_batch(&shard->rank, steps, count);
        for (size_t i = 0; i < count; i++) {
            struct ng_extract_chain *chain = &chains[i];
            chain->position--;
            if (chain->position < chain->end) chain->out[chain->position - chain->begin] = steps[i].symbol;
            if (steps[i].symbol == NG_TERMINATOR) ng_container_mark_damaged(shard->container);
        }
    }
}

struct ng_extract_chain ng_extract_chain_to(const struct ng_shard *shard, uint64_t document, uint64_t begin,
                                            uint64_t end, uint8_t *out) {
    uint64_t document_end = ng_docs_end(&shard->docs, document);
    uint64_t sample = (end + shard->isa_sample - 1) / shard->isa_sample;
    uint64_t position = sample * shard->isa_sample;
    uint64_t row;
    if (position < document_end) {
        row = ng_shard_array_get(&shard->isa, sample, shard->rows - 1);
    } else {
        position = document_end;
        row = shard->first_terminator_row + document;
    }
    if (position < end || position - end >= shard->isa_sample) { /* no sound shard */
        ng_container_mark_damaged(shard->container);
        position = begin;
    }
    return (struct ng_extract_chain){.row = row, .position = position, .begin = begin, .end = end, .out = out};
}

void ng_extract_range(const struct ng_shard *shard, uint64_t document, uint64_t begin, uint64_t end, uint8_t *out) {
    struct ng_extract_chain chains[NG_EXTRACT_CHAINS];
    size_t used = 0;
    while (begin < end) {
        uint64_t cut = (begin / shard->isa_sample + 1) * shard->isa_sample;
        if (cut > end) cut = end;
        chains[used++] = ng_extract_chain_to(shard, document, begin, cut, out);
        out += cut - begin;
        begin = cut;
        if (used == NG_EXTRACT_CHAINS || begin == end) {
            ng_extract_run(shard, chains, used);
            used = 0;
        }
    }
}
