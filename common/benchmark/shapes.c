#include "common/benchmark/shapes.h"

#include <stddef.h>

const struct ng_shape ng_shapes[] = {
    {"HumanEval", "task_id prompt canonical_solution", "prompt", "task_id", "canonical_solution", NULL, NULL},
    {"MBPP", "task_id text code test_list", "text", "task_id", "code", NULL, NULL},
    {"MBPP", "task_id prompt code test_list", "prompt", "task_id", "code", NULL, NULL},
    {"HellaSwag", "ctx endings", "ctx", "ind", "label", "endings", NULL},
    {"SQuAD", "question context answers", "question context", "id", "answers.text", NULL, NULL},
    {"SQuAD", "question answers is_impossible", "question context", "id", "answers.text", NULL, NULL},
    {"SQuAD", "question answers.answer_start", "question context", "id", "answers.text", NULL, NULL},
    {"ARC", "question.stem question.choices.text", "question.stem", "id", "answerKey", "question.choices.text",
     "question.choices.label"},
    {"ARC", "question choices.text answerKey", "question", "id", "answerKey", "choices.text", "choices.label"},
    {"MMLU", "question choices answer", "question", "id", "answer", "choices", NULL},
    {"C-Eval", "id question A B C D", "question", "id", "answer", "A B C D", NULL},
    {"CMMLU", "question A B C D", "question", NULL, "answer", "A B C D", NULL},
    {"BIG-bench", "input target_scores", "input", NULL, NULL, NULL, NULL},
    {"BIG-bench", "input target", "input", NULL, "target", NULL, NULL},
    {"BIG-bench", "inputs targets", "inputs", NULL, "targets", NULL, NULL},
    {"BoolQ", "question passage answer", "question passage", NULL, NULL, NULL, NULL},
    {"GSM8K", "question answer", "question", "id", "answer", NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL, NULL},
};

const struct ng_shape ng_shape_mmlu_table = {"MMLU", "0 1 2 3 4 5", "0", NULL, "5", "1 2 3 4", NULL};
