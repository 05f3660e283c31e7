/*
 * Shapes of the files of well-known benchmarks, recognised by the members of an entry: which of them are its text, its
 * id and its answer. Internal to this folder.
 */
#ifndef NG_COMMON_BENCHMARK_SHAPES_H
#define NG_COMMON_BENCHMARK_SHAPES_H

/* Paths, separated by blanks; NULL: none. Names are compared without regard to case. */
struct ng_shape {
    const char *name;
    const char *members; /* all of them must be there */
    const char *texts;
    const char *id;
    const char *answer;
    const char *choices; /* the answer is one of these texts, by its letter, its number from 0, or one of the labels */
    const char *labels;
};

/* The more specific come first; ends with a NULL name. */
extern const struct ng_shape ng_shapes[];

/* Of a table without a header: four choices and a letter. */
extern const struct ng_shape ng_shape_mmlu_table;

#endif
