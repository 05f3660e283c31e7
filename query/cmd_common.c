#include <string.h>

#include "common/json_out.h"
#include "query/cmd.h"

struct ng_bytes ng_cmd_phrase(const char *argument) {
    return (struct ng_bytes){(const uint8_t *)argument, strlen(argument)};
}

void ng_cmd_json_source(struct ng_json *json, const struct ng_doc_source *source) {
    ng_json_key(json, "metadata");
    ng_json_raw(json, source->metadata, source->metadata_bytes);
    ng_json_key(json, "source");
    ng_json_object_begin(json);
    ng_json_key(json, "path");
    ng_json_text(json, source->path);
    ng_json_key(json, "line");
    ng_json_u64(json, source->line);
    ng_json_object_end(json);
}
