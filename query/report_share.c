#include <string.h>

#include "query/report.h"

/* In whole numbers: printf takes ten times as long, and a report holds many shares. */
void ng_report_share_format(uint64_t part, uint64_t whole, char text[NG_REPORT_SHARE_CHARS]) {
    enum { MILLION = 1000000 };
    const unsigned __int128 scaled = (unsigned __int128)part * MILLION;
    uint64_t millionths = whole == 0 ? 0 : (uint64_t)(scaled / whole);
    uint64_t left = whole == 0 ? 0 : (uint64_t)(scaled % whole);
    if (left > whole - left || (left > 0 && left == whole - left && millionths % 2 == 1)) millionths++;
    memcpy(text, "0.000000", NG_REPORT_SHARE_CHARS);
    text[0] = (char)('0' + millionths / MILLION);
    for (size_t i = NG_REPORT_SHARE_CHARS - 2; i > 1; i--, millionths /= 10) text[i] = (char)('0' + millionths % 10);
}
