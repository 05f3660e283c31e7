#include "query/report_page.h"

/* No tool is needed to make a file part of a program but the assembler. The Makefile knows that this depends on it. */
__asm__(".pushsection .rodata\n"
        ".global ng_report_page\n"
        "ng_report_page:\n"
        ".incbin \"query/report.html\"\n"
        ".global ng_report_page_end\n"
        "ng_report_page_end:\n"
        ".byte 0\n"
        ".popsection\n");
