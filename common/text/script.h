/*
 * Scripts that are written without spaces between words.
 */
#ifndef NG_COMMON_TEXT_SCRIPT_H
#define NG_COMMON_TEXT_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

/* True for letters, marks and numbers of Han, kana, Bopomofo, Yi, Thai, Lao, Tibetan, Myanmar, Khmer, the Tai scripts,
 * Balinese, Javanese and similar scripts, which Unicode line breaking (UAX 14) calls ideographic or complex-context.
 * utf8proc does not know scripts. Thread-safe. */
bool ng_script_is_unspaced(int32_t character);

#endif
