/*
 * The most that libevent's HTTP server does on this machine: every request gets the same answer, of the size of a
 * count's, from one event loop. What scripts/bench_http.sh compares the daemon with. http_ceiling PORT
 */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static const char ANSWER[] = "{\"count\":12345,\"latency\":0.012345}\n";

static void on_request(struct evhttp_request *request, void *context) {
    (void)context;
    (void)evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", "application/json");
    (void)evbuffer_add(evhttp_request_get_output_buffer(request), ANSWER, sizeof ANSWER - 1);
    evhttp_send_reply(request, 200, "OK", NULL);
}

int main(int argc, char **argv) {
    long port = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
    struct event_base *base = event_base_new();
    struct evhttp *http = base ? evhttp_new(base) : NULL;
    if (port <= 0 || port > UINT16_MAX || !http) {
        (void)fputs("usage: http_ceiling PORT\n", stderr);
        return 2;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    evhttp_set_gencb(http, on_request, NULL);
    if (evhttp_bind_socket(http, "127.0.0.1", (ev_uint16_t)port) != 0) {
        (void)fprintf(stderr, "http_ceiling: cannot listen at port %ld\n", port);
        return 2;
    }
    (void)event_base_dispatch(base);
    return 0;
}
