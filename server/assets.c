/* The page and the API's description, as they stand in server/. The Makefile knows that this object depends on them. */
#include "server/api_impl.h"

__asm__(".section .rodata\n"
        ".global ng_asset_page, ng_asset_page_end, ng_asset_openapi, ng_asset_openapi_end\n"
        "ng_asset_page: .incbin \"server/page.html\"\n"
        "ng_asset_page_end:\n"
        "ng_asset_openapi: .incbin \"server/openapi.json\"\n"
        "ng_asset_openapi_end:\n"
        ".byte 0\n"
        ".previous\n");
