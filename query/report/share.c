#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "query/report/report.h"

/* In whole numbers: printf takes ten times as long, and a report holds many shares. Only where a share lies in the middle
 * between two printed ones it is asked: what it does there depends on the double. */
void ng_report_share_format(uint64_t part, uint64_t whole, char text[NG_REPORT_SHARE_CHARS]) {
    enum { MILLION = 1000000 };
    assert(part <= whole);
    if (whole == 0) whole = 1;
    const unsigned __int128 scaled = (unsigned __int128)part * MILLION;
    uint64_t millionths = (uint64_t)(scaled / whole);
    uint64_t left = (uint64_t)(scaled % whole);
    if (left > 0 && left == whole - left) {
        (void)snprintf(text, NG_REPORT_SHARE_CHARS, "%.6f", (double)part / (double)whole);
        return;
    }
    if (left > whole - left) millionths++;
    memcpy(text, "0.000000", NG_REPORT_SHARE_CHARS);
    text[0] = (char)('0' + millionths / MILLION);
    for (size_t i = NG_REPORT_SHARE_CHARS - 2; i > 1; i--, millionths /= 10) text[i] = (char)('0' + millionths % 10);
}
