/* The pages and the API's description, as they are in this folder. The Makefile knows that this object depends on them. */
#include "server/assets/assets.h"

#define PAGE(name) ".incbin \"server/assets/page/" name "\"\n"

__asm__(".section .rodata\n"
        ".global ng_asset_page, ng_asset_page_bytes, ng_asset_page_style, ng_asset_page_style_bytes\n"
        ".global ng_asset_page_script, ng_asset_page_script_bytes\n"
        ".global ng_asset_benchmarks, ng_asset_benchmarks_bytes, ng_asset_openapi, ng_asset_openapi_bytes\n"
        "ng_asset_page: " PAGE("page.html")
        "1: ng_asset_page_style: " PAGE("page.css")
        "2: ng_asset_page_script: " PAGE("core.js") PAGE("search.js") PAGE("document.js") PAGE("trace.js") PAGE("report.js")
        "3: ng_asset_benchmarks: .incbin \"server/assets/benchmarks.html\"\n"
        "4: ng_asset_openapi: .incbin \"server/assets/openapi.json\"\n"
        "5: .balign 8\n"
        "ng_asset_page_bytes: .quad 1b - ng_asset_page\n"
        "ng_asset_page_style_bytes: .quad 2b - ng_asset_page_style\n"
        "ng_asset_page_script_bytes: .quad 3b - ng_asset_page_script\n"
        "ng_asset_benchmarks_bytes: .quad 4b - ng_asset_benchmarks\n"
        "ng_asset_openapi_bytes: .quad 5b - ng_asset_openapi\n"
        ".previous\n");
