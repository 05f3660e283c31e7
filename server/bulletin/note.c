#include "server/bulletin/note.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/utf8.h"
#include "common/json/find.h"
#include "common/os/file.h"

void ng_note_read(const char *report, char note[NG_ERR_TEXT_BYTES]) {
    struct ng_map map = {0};
    struct ng_buf room = {0};
    char *path = NULL;
    const uint8_t *bytes;
    size_t length;
    note[0] = '\0';
    int status = ng_file_join(&path, report, "report.json", NULL);
    if (!status) status = ng_map_open(&map, path, true, NULL);
    if (!status) {
        const struct ng_json_token token = ng_json_find(map.data, (size_t)map.length_bytes, "benchmarks.0.note");
        bool found = token.data && ng_json_token_is_string(token) &&
                     ng_json_token_bytes(token, &room, &bytes, &length, NULL) == NG_OK;
        if (found) {
            if (length >= NG_ERR_TEXT_BYTES) length = NG_ERR_TEXT_BYTES - 1;
            length = ng_utf8_valid_prefix(bytes, length);
            memcpy(note, bytes, length);
            note[length] = '\0';
        }
    }
    ng_buf_free(&room);
    ng_map_close(&map);
    free(path);
}
