/*
 * libFuzzer target: any bytes as index.json, as they are and with the checksum that belongs to them. What the parser
 * takes must survive being written and read again; what it refuses must come with a reason, and leave nothing behind.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "common/shard/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition, const char *what) {
    if (condition) return;
    (void)fprintf(stderr, "fuzz_manifest: %s\n", what);
    abort();
}

static void check(const uint8_t *data, size_t size) {
    struct ng_manifest manifest;
    struct ng_manifest again;
    struct ng_err err = {0};
    int status = ng_manifest_parse(&manifest, "index.json", data, size, &err);
    if (status) {
        require(status == NG_ERR_CORRUPT || status == NG_ERR_VERSION, "unexpected status");
        require(err.status == status && err.text[0] != '\0' && err.hint[0] != '\0', "no reason given");
        require(manifest.shards == NULL, "something was left behind");
        return;
    }
    struct ng_buf first = {0};
    struct ng_buf second = {0};
    for (uint64_t i = 0; i < manifest.shard_count; i++) {
        require(ng_shard_name_valid(manifest.shards[i].file), "a bad name got through");
    }
    require(ng_manifest_format(&manifest, &first, &err) == NG_OK, "not written");
    require(ng_manifest_parse(&again, "again", first.data, first.length, &err) == NG_OK, "not read again");
    require(ng_manifest_format(&again, &second, &err) == NG_OK, "not written again");
    require(first.length == second.length && memcmp(first.data, second.data, first.length) == 0, "changed");
    ng_buf_free(&first);
    ng_buf_free(&second);
    ng_manifest_free(&manifest);
    ng_manifest_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char seal[64];
    int seal_bytes = snprintf(seal, sizeof seal, "  \"checksum\": \"%016llx\"\n}\n",
                              (unsigned long long)XXH3_64bits(data, size));
    check(data, size);
    uint8_t *sealed = malloc(size + (size_t)seal_bytes);
    require(sealed != NULL, "out of memory");
    if (size > 0) memcpy(sealed, data, size);
    memcpy(sealed + size, seal, (size_t)seal_bytes);
    check(sealed, size + (size_t)seal_bytes);
    free(sealed);
    return 0;
}
