/* An answer looked for in a document by a scan, where folding keeps nothing but the letters a to c, with accents or without. */
#ifndef NG_TESTS_SUPPORT_SCAN_ANSWER_H
#define NG_TESTS_SUPPORT_SCAN_ANSWER_H

#include "query/include/ngidx.h"
#include "tests/support/make_index.h"

struct test_answer {
    bool tells; /* it has letters enough */
    bool near;
    bool together;
};

/* Looks for it as whole words, outside the piece [piece, piece_end) of the document. */
struct test_answer test_scan_answer(const struct test_document *document, struct ng_bytes answer, uint64_t piece,
                                    uint64_t piece_end, uint64_t chars);

#endif
