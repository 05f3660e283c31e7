#include <string.h>

#include "query/include/ngidx_contam.h"

static const struct {
    const char *name;
    const char *source;
    uint64_t chars;
    double suspicious;
    double dirty;
    uint64_t benchmark_guard;
    uint64_t corpus_guard;
    uint64_t minimum_units;
} PRESETS[NG_PRESETS] = {
    [NG_PRESET_PAPER] = {.name = "paper",
                         .source = "Infini-gram mini, arXiv:2506.12229",
                         .chars = 50,
                         .suspicious = 0.2,
                         .dirty = 0.8},
    [NG_PRESET_FOLDED] = {.name = "folded",
                          .source = "ngidx " NGIDX_VERSION ", measured on a labelled benchmark",
                          .chars = 30,
                          .suspicious = 0.3,
                          .dirty = 2.0 / 3.0,
                          .benchmark_guard = 4,
                          .corpus_guard = 100,
                          .minimum_units = 20},
};

const char *ng_contam_preset_name(enum ng_contam_preset preset) {
    return PRESETS[preset].name;
}

const char *ng_contam_preset_source(enum ng_contam_preset preset) {
    return PRESETS[preset].source;
}

bool ng_contam_preset_find(const char *name, enum ng_contam_preset *preset) {
    for (int i = 0; i < NG_PRESETS; i++) {
        if (strcmp(name, PRESETS[i].name) != 0) continue;
        *preset = (enum ng_contam_preset)i;
        return true;
    }
    return false;
}

enum ng_contam_preset ng_contam_preset_default(const struct ng_index *const *indexes, size_t index_count) {
    for (size_t k = 0; k < index_count; k++) {
        if (!ng_index_view(indexes[k], NG_VIEW_FOLDED)) return NG_PRESET_PAPER;
    }
    return NG_PRESET_FOLDED;
}

void ng_contam_options_init(struct ng_contam_options *options) {
    *options = (struct ng_contam_options){.stride = 1, .evidence_limit = 5, .context_bytes = 80, .answer_chars = 200};
    ng_contam_options_set_preset(options, NG_PRESET_PAPER);
}

void ng_contam_options_set_preset(struct ng_contam_options *options, enum ng_contam_preset preset) {
    options->preset = preset;
    options->chars = PRESETS[preset].chars;
    options->suspicious = PRESETS[preset].suspicious;
    options->dirty = PRESETS[preset].dirty;
    options->benchmark_guard = PRESETS[preset].benchmark_guard;
    options->corpus_guard = PRESETS[preset].corpus_guard;
    options->minimum_units = PRESETS[preset].minimum_units;
}
