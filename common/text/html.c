#include "common/text/html.h"

#include "common/base/utf8.h"

void ng_html_text(FILE *out, const char *text) {
    for (; text && *text; text++) {
        switch (*text) {
        case '<': (void)fputs("&lt;", out); break;
        case '>': (void)fputs("&gt;", out); break;
        case '&': (void)fputs("&amp;", out); break;
        case '"': (void)fputs("&quot;", out); break;
        case '\'': (void)fputs("&#39;", out); break;
        case '\n':
        case '\t': (void)putc(*text, out); break;
        default:
            if ((unsigned char)*text < ' ' || *text == 0x7f) (void)fputs(NG_UTF8_REPLACEMENT, out);
            else (void)putc(*text, out);
        }
    }
}
