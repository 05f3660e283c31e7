/* The pages and the API's description, as they are in this folder. The Makefile knows that this object depends on them. */
#include "server/assets/assets.h"

__asm__(".section .rodata\n"
        ".global ng_asset_page, ng_asset_page_bytes, ng_asset_benchmarks, ng_asset_benchmarks_bytes\n"
        ".global ng_asset_openapi, ng_asset_openapi_bytes\n"
        "ng_asset_page: .incbin \"server/assets/page.html\"\n"
        "1: ng_asset_benchmarks: .incbin \"server/assets/benchmarks.html\"\n"
        "2: ng_asset_openapi: .incbin \"server/assets/openapi.json\"\n"
        "3: .balign 8\n"
        "ng_asset_page_bytes: .quad 1b - ng_asset_page\n"
        "ng_asset_benchmarks_bytes: .quad 2b - ng_asset_benchmarks\n"
        "ng_asset_openapi_bytes: .quad 3b - ng_asset_openapi\n"
        ".previous\n");
