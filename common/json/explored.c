#include "common/json/explored.h"

#include "common/base/limits.h"
#include "common/base/utf8.h"

void ng_json_docs_count(struct ng_json *json, const struct ng_docs_count *count) {
    ng_json_member_u64(json, "documents", count->documents);
    ng_json_member_bool(json, "documents_exact", count->exact);
    if (count->exact) return;
    ng_json_member_u64(json, "documents_low", count->low);
    ng_json_member_u64(json, "documents_high", count->high);
    ng_json_member_u64(json, "sampled", count->sampled);
}

void ng_json_match_totals(struct ng_json *json, const struct ng_match_totals *totals) {
    ng_json_member_u64(json, "count", totals->hits);
    ng_json_member_u64(json, "documents", totals->documents);
    ng_json_member_bool(json, "exact", !totals->cut);
    if (!totals->cut) return;
    ng_json_member_u64(json, "unlocated", totals->unlocated_hits);
    ng_json_member_u64(json, "unread_documents", totals->unread_documents);
}

/* The unit as --unit and "unit" spell it. */
static const char *unit_name(enum ng_next_unit unit) {
    return unit == NG_NEXT_WORDS ? "words" : unit == NG_NEXT_CHARACTERS ? "chars" : "bytes";
}

static void put_continuation(struct ng_json *json, const struct ng_continuation *c, uint64_t hits) {
    char hex[2 * (NG_MAX_NEXT_BYTES + 4) + 1];
    ng_json_object_begin(json);
    ng_json_member_string(json, "text", c->text, (size_t)c->length_bytes);
    ng_json_member_u64(json, "count", c->count);
    ng_json_member_decimal(json, "share", hits ? (double)c->count / (double)hits : 0, 9);
    ng_json_member_bool(json, "end", c->at_end);
    ng_json_member_bool(json, "shortened", c->shortened);
    if (ng_utf8_valid_prefix(c->text, (size_t)c->length_bytes) < c->length_bytes) {
        for (size_t i = 0; i < c->length_bytes && 2 * i + 2 < sizeof hex; i++) {
            (void)snprintf(hex + 2 * i, 3, "%02x", c->text[i]);
        }
        ng_json_member_text(json, "hex", hex);
    }
    ng_json_object_end(json);
}

void ng_json_next(struct ng_json *json, const struct ng_next *next, const struct ng_next_options *options) {
    ng_json_member_u64(json, "count", next->hits);
    ng_json_member_u64(json, "shown", next->shown);
    ng_json_member_u64(json, "rest", next->hits - next->shown);
    ng_json_member_bool(json, "complete", next->complete);
    ng_json_member_text(json, "unit", unit_name(options->unit));
    ng_json_member_u64(json, "length", options->length);
    ng_json_member_bool(json, "before", options->before);
    ng_json_member_array(json, "continuations");
    for (size_t i = 0; i < next->count; i++) put_continuation(json, &next->continuations[i], next->hits);
    ng_json_array_end(json);
}
