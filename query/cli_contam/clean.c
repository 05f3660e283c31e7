/* The documents to take out of a corpus to clean it: those that hold text of dirty and suspicious entries. */
#include <stdlib.h>

#include "query/cli_contam/contam.h"

static bool is_flagged(const struct ng_contam_result *result) {
    return result->verdict == NG_CONTAM_DIRTY || result->verdict == NG_CONTAM_SUSPICIOUS;
}

int ng_cmd_contam_holders(const struct ng_contam *contam, const struct ng_contam_entry *entries,
                          const struct ng_contam_result *results, size_t count, struct ng_contam_holders *holders,
                          struct ng_err *err) {
    struct ng_contam_entry *flagged = calloc(count + 1, sizeof *flagged);
    struct ng_contam_holders *found = calloc(count + 1, sizeof *found);
    size_t flagged_count = 0;
    int status = flagged && found ? NG_OK : ng_err_nomem(err, count * sizeof *flagged, "flagged entries");
    for (size_t i = 0; i < count && !status; i++) {
        if (is_flagged(&results[i])) flagged[flagged_count++] = entries[i];
    }
    if (!status) status = ng_contam_find_holders(contam, flagged, flagged_count, found, err);
    for (size_t i = 0, next = 0; i < count && !status; i++) {
        if (is_flagged(&results[i])) holders[i] = found[next++];
    }
    free(flagged);
    free(found);
    return status;
}
