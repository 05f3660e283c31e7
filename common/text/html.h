#ifndef NG_COMMON_TEXT_HTML_H
#define NG_COMMON_TEXT_HTML_H

#include <stdio.h>

/* Writes text that may stand between tags and in a quoted attribute. Control characters become U+FFFD. NULL is nothing.
 * Write errors stay in the FILE. */
void ng_html_text(FILE *out, const char *text);

#endif
