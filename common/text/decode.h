/*
 * Decodes the characters of text: UTF-8 with JSON escapes, HTML character references and HTML tags, as they occur in
 * text copied from a dump or a page.
 *
 * Escapes come first, then references, then tags, so that a page inside a JSON dump is decoded, too:
 *   \n \t \r \uXXXX     Any other backslash just vanishes, so that text escaped twice reads the same. LaTeX uses
 *                       backslashes as well: \n and \t do not begin an escape in a command such as \nabla or \theta (a
 *                       list in decode.c), nor does \r before a letter. Everything else (\b, \f, \", \alpha) only loses
 *                       the backslash. A path such as C:\new reads as C:, a line end, and "ew".
 *   &eacute; &#233;     Only with the semicolon; the names of HTML 4 and &apos;. &amp;lt; reads like &lt;, and so on up
 *                       to 9 levels.
 *   <p class="x">       An HTML tag name directly after < or </, then attributes with values, at most 256 characters in
 *                       all. So "a < b", "i<n && j>m", vector<int> and <stdio.h> stay text. A value with more than five
 *                       white spaces is a sentence, and stays text with its tag, except for class and style.
 * A tag reads as one space. A byte that is not UTF-8 reads as U+FFFD.
 *
 * How a character is decoded depends only on the bytes from its begin on, never on those before it.
 */
#ifndef NG_COMMON_TEXT_DECODE_H
#define NG_COMMON_TEXT_DECODE_H

#include <stddef.h>
#include <stdint.h>

/* The largest number of bytes, from a character's begin on, that decide how it is decoded. */
enum { NG_DECODE_AHEAD_BYTES = 10240 };

/* Decodes the character that begins at at, which must be below length. Returns the offset of the next one, which is
 * greater than at. Thread-safe. */
size_t ng_decode_next(const uint8_t *bytes, size_t length, size_t at, int32_t *character);

#endif
