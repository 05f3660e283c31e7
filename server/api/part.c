/* Questions of another server, or command, that has an index of this one as a part of its own. */
#include "server/api/api_impl.h"

int ng_api_part(struct ng_api_turn *turn) {
    uint8_t *answer;
    size_t length;
    int status = ng_index_answer_part(turn->index, turn->request->body, turn->request->body_bytes, &answer, &length,
                                      &turn->err);
    if (status == NG_ERR_VERSION) turn->http_status = 409;
    if (status) return status;
    *turn->answer = (struct ng_api_answer){.status = 200,
                                           .content_type = "application/octet-stream",
                                           .bytes = (const char *)answer,
                                           .length_bytes = length,
                                           .owned = (char *)answer,
                                           .endpoint = turn->answer->endpoint};
    return NG_OK;
}
