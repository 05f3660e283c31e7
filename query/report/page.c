#include "query/report/page.h"

/* No tool is needed to make a file part of a program but the assembler. The Makefile knows that this depends on it. */
__asm__(".pushsection .rodata\n"
        ".global ng_report_page\n"
        "ng_report_page:\n"
        ".incbin \"query/report/report.html\"\n"
        "1:\n"
        ".balign 8\n"
        ".global ng_report_page_bytes\n"
        "ng_report_page_bytes:\n"
        ".quad 1b - ng_report_page\n"
        ".popsection\n");
