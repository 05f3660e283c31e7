#include <string.h>

#include "common/json/out.h"
#include "query/cli/cmd.h"

struct ng_bytes ng_cmd_phrase(const char *argument) {
    return (struct ng_bytes){(const uint8_t *)argument, strlen(argument)};
}

void ng_cmd_json_source(struct ng_json *json, const struct ng_doc_source *source) {
    ng_json_origin(json, source->metadata, (size_t)source->metadata_bytes, source->path, source->line);
}
