#ifndef NG_SERVER_ASSETS_ASSETS_H
#define NG_SERVER_ASSETS_ASSETS_H

#include <stdint.h>

/* Files that are part of the program. */
extern const char ng_asset_page[];
extern const uint64_t ng_asset_page_bytes;
extern const char ng_asset_page_style[];
extern const uint64_t ng_asset_page_style_bytes;
extern const char ng_asset_page_script[];
extern const uint64_t ng_asset_page_script_bytes;
extern const char ng_asset_benchmarks[];
extern const uint64_t ng_asset_benchmarks_bytes;
extern const char ng_asset_openapi[];
extern const uint64_t ng_asset_openapi_bytes;

#endif
