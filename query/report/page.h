/* The page of a report, query/report/report.html, as it was when the program was compiled. Internal to report_html.c. */
#ifndef NG_QUERY_REPORT_PAGE_H
#define NG_QUERY_REPORT_PAGE_H

#include <stdint.h>

extern const uint8_t ng_report_page[];      /* the bytes of the file, */
extern const uint64_t ng_report_page_bytes; /* and their number */

#endif
