/*
 * The BWT of a block of documents by induced sorting.
 *
 * A suffix is of type S if it is smaller than the one that starts a byte later, else of type L. In the sorted list the
 * suffixes that begin with the same byte stand together, those of type L first. Given the order of the S suffixes that
 * have an L suffix before them ("LMS", leftmost S), one sweep upward through the sorted list finds the order of all L
 * suffixes: whoever is met, the suffix that starts a byte before it, if it is L, is the next one of its byte. A second
 * sweep, downward, finds all S suffixes from the L ones in the same way. The LMS suffixes are at most half of all; they
 * are brought into order by two such sweeps over them unsorted, which sort the pieces between them ("LMS substrings"),
 * by naming each of them by its rank among these, and by sorting the string of the names, shorter and over an alphabet
 * of its own, by the same method (Nong, Zhang and Chan, "Two efficient algorithms for linear time suffix array
 * construction", IEEE Transactions on Computers, 2011).
 *
 * What it takes is not instructions but reads from memory in random order, one for each suffix and sweep. Hence
 *  - each list that a sweep reads holds just what it needs to read: the suffixes whose predecessor it finds. A suffix
 *    whose predecessor is of the other type goes to a list of the other sweep, or to none. So there are neither holes
 *    nor branches that a processor cannot foresee, and the byte of a suffix some entries ahead can be asked for early
 *    (these lists, and names in the sweeps as below, are those of Grebnov's libsais and Mori's sais);
 *  - LMS substrings are never compared. Each suffix a sweep finds is told whether it differs from the one found before
 *    it for the same list: it does if the two were found from suffixes that differ;
 *  - the byte before a suffix is read to see of what type that one is, and it is the suffix's BWT symbol. So the last
 *    two sweeps write the BWT, by lists alone, and no suffix array is ever made (after Okanohara and Sadakane, "A linear-
 *    time Burrows-Wheeler transform using induced sorting", 2009).
 *
 * In prose a third of all suffixes are LMS, with 200,000 names; of the string of these again a third are. By then
 * there are few suffixes to a name, and nearly all are told apart when they are compared a few names further, which
 * is done at any level where it is so: reads of neighbours in memory, and cut short where a text repeats itself. Of
 * a run of suffixes whose names are no other's only the first goes into the next string, since no comparison gets
 * beyond it (as in libsais); the others are in place by their names. That leaves one in a thousand, so that two
 * levels do the work.
 *
 * Terminators are not ordinary bytes: each is a symbol of its own, larger than all bytes, and larger than those before
 * it. So no comparison goes beyond a document. It comes about by itself: all count as type L, what the upward sweep
 * finds of them is thrown away, and before the downward one they are put in place, in their order, each of them
 * different from the last.
 */
#ifndef NG_INDEXER_SORT_INDUCE_H
#define NG_INDEXER_SORT_INDUCE_H

#include <stdint.h>

#include "common/base/err.h"
#include "indexer/sort/notes.h"

/* text is a zero byte, a terminator (NG_NOTES_MARGIN together), and documents, each with its terminator: length
 * bytes in all, at least 3. To bwt goes the BWT of the documents, length - NG_NOTES_MARGIN bytes; rows are noted
 * down. Takes 4 bytes of memory a byte of text; more only where a large part of it is as good as random and then
 * repeated, so that tables of names do not fit in between. Errors: NG_ERR_NOMEM. */
int ng_induce_bwt(const uint8_t *text, uint32_t length, const struct ng_note_taker *taker, uint8_t *bwt,
                  struct ng_err *err);

#endif
