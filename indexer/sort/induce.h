/*
 * The BWT of a block of documents by induced sorting.
 *
 * A suffix is of type S if it is smaller than the one that starts a byte later, else of type L. In the sorted list
 * the suffixes that begin with the same byte are adjacent, those of type L first. Given the order of the S suffixes
 * that have an L suffix before them ("LMS", leftmost S), one sweep upward through the sorted list finds the order of
 * all L suffixes: for each suffix it meets, the suffix that starts a byte earlier, if of type L, is the next one of
 * its byte. A second sweep, downward, finds all S suffixes from the L ones in the same way. The LMS suffixes are at
 * most half of all; they are brought into order by two such sweeps over them unsorted, which sort the pieces between
 * them ("LMS substrings"), by naming each of them by its rank among these, and by sorting the string of the names,
 * shorter and over an alphabet of its own, by the same method (Nong, Zhang and Chan, "Two efficient algorithms for
 * linear time suffix array construction", IEEE Transactions on Computers, 2011).
 *
 * The cost is not instructions but memory reads in random order, one for each suffix and sweep. Hence
 *  - each list that a sweep reads holds just what it needs to read: the suffixes whose predecessor it finds. A suffix
 *    whose predecessor is of the other type goes to a list of the other sweep, or to none. So there are neither holes
 *    nor unpredictable branches, and the byte of a suffix some entries ahead can be prefetched
 *    (these lists, and names in the sweeps as below, are those of Grebnov's libsais and Mori's sais);
 *  - LMS substrings are never compared. Each suffix that a sweep finds is marked if it differs from the one found
 *    before it for the same list: it does if the two were found from different suffixes;
 *  - the byte before a suffix is read to find the type of the suffix there, and it is the BWT symbol. So the last
 *    two sweeps write the BWT, by lists alone, and no suffix array is ever made (after Okanohara and Sadakane, "A linear-
 *    time Burrows-Wheeler transform using induced sorting", 2009).
 *
 * In prose a third of all suffixes are LMS, with 200,000 names; in the string of these names a third are LMS again. By
 * then few suffixes share a name, and comparing a few more names distinguishes nearly all of them. Every level with few
 * suffixes per name does so: it reads neighbours in memory, and stops early where a text repeats itself. Of a run of
 * suffixes with unique names only the first goes into the next string, since no comparison gets beyond it (as in
 * libsais); the names of the others already fix their places. That leaves one suffix in a thousand, so that two levels
 * do the work.
 *
 * Terminators are not ordinary bytes: each is a symbol of its own, larger than all bytes, and larger than those before
 * it. So no comparison goes beyond a document. This needs no extra work: all terminators count as type L, the upward
 * sweep's finds among them are discarded, and before the downward sweep they are put in place, in order, each marked as
 * different from the last.
 */
#ifndef NG_INDEXER_SORT_INDUCE_H
#define NG_INDEXER_SORT_INDUCE_H

#include <stdint.h>

#include "common/base/err.h"
#include "indexer/sort/notes.h"

/* text is a zero byte, a terminator (NG_NOTES_MARGIN together), and documents, each with its terminator: length
 * bytes in all, at least 3. bwt receives the BWT of the documents, length - NG_NOTES_MARGIN bytes; the rows are
 * noted. Takes 4 bytes of memory per byte of text; more only if a large part of the text looks random and is then
 * repeated, so that tables of names do not fit in between. Errors: NG_ERR_NOMEM. */
int ng_induce_bwt(const uint8_t *text, uint32_t length, const struct ng_note_taker *taker, uint8_t *bwt,
                  struct ng_err *err);

#endif
