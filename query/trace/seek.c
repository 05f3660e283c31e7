#include "common/base/utf8.h"
#include "query/trace/trace.h"

static bool at_character(struct ng_bytes text, uint64_t at) {
    return at == text.length_bytes || !ng_utf8_is_continuation(text.data[at]);
}

static uint64_t round_up(struct ng_bytes text, uint64_t at) {
    while (!at_character(text, at)) at++;
    return at;
}

static uint64_t round_down(struct ng_bytes text, uint64_t at) {
    while (!at_character(text, at)) at--;
    return at;
}

/* The end of the piece of min_chars code points from begin; UINT64_MAX where the text is too short. */
static uint64_t least_end(const struct ng_seek *seek) {
    uint64_t end = seek->begin;
    for (uint64_t chars = 0; chars < seek->min_chars; chars++) {
        if (end == seek->text.length_bytes) return UINT64_MAX;
        end = round_up(seek->text, end + 1);
    }
    return end;
}

/* Asks for a new piece. */
static void ask_new(struct ng_seek *seek) {
    uint64_t end = seek->begin < seek->limit ? least_end(seek) : UINT64_MAX;
    seek->over = end == UINT64_MAX || (end <= seek->done && seek->done == seek->text.length_bytes);
    if (seek->over) return;
    seek->asked = end <= seek->done ? round_up(seek->text, seek->done + 1) : end;
}

int ng_seek_ask(struct ng_seek *seek, struct ng_buf *ranges, struct ng_err *err) {
    if (seek->found && seek->absent - seek->end > 1) {
        uint64_t most = seek->absent - seek->end - 1;
        uint64_t more = seek->leaping ? seek->end - seek->begin : most - most / 8;
        seek->asked = seek->end + (more < most ? more : most);
        return NG_OK;
    }
    if (seek->found) {
        struct ng_call_range range = {.begin = seek->begin, .end = round_down(seek->text, seek->end)};
        int status = ng_buf_append(ranges, &range, sizeof range, err);
        if (status) return status;
        seek->done = range.end;
        seek->found = false;
    }
    ask_new(seek);
    return NG_OK;
}

void ng_seek_take(struct ng_seek *seek, bool occurs, uint64_t low) {
    if (occurs) {
        seek->end = seek->asked;
        if (!seek->found) {
            seek->absent = seek->text.length_bytes + 1;
            seek->leaping = true;
        }
        seek->found = true;
    } else if (seek->found) {
        seek->absent = seek->asked;
        seek->leaping = false;
    } else {
        seek->begin = round_up(seek->text, low);
    }
}
