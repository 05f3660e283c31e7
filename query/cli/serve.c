#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "query/cli/cmd.h"

static const char HELP[] =
    "Usage: ngidx serve [-i NAME=INDEX]... [options]\n"
    "\n"
    "Serves indexes over HTTP, with a web page to search them. This command runs the program ngidxd, which is\n"
    "installed beside ngidx; 'ngidxd --help' shows all its options.\n"
    "\n"
    "Options:\n"
    "  -i, --index NAME=INDEX  an index to serve; may be repeated; NAME= is optional (default: $NGIDX_INDEX, else\n"
    "                          ./index.ngidx)\n"
    "      --describe NAME=TEXT\n"
    "                          what the index NAME holds, for the web page\n"
    "  -l, --listen HOST:PORT  where to listen (default 127.0.0.1:8642, this machine only)\n"
    "  -t, --threads N         threads that search (default: one per processor)\n"
    "      --bulletin SITE     serve the site that 'ngidx bulletin' wrote at /bulletin/\n"
    "      --accept-benchmarks let people upload benchmarks at /bulletin/benchmarks, check them against the indexes one at\n"
    "                          a time, and add the reports to SITE\n"
    "      --trusted-proxy ADDRESS[/BITS]\n"
    "                          a proxy in front that is believed about the client's address and the request's id\n"
    "  -h, --help              show this help\n"
    "\n"
    "Examples:\n"
    "  ngidx serve                      then open http://127.0.0.1:8642/\n"
    "  ngidx serve -i wiki=/data/wiki.ngidx -i books=/data/books.ngidx\n";

static bool asks_help(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0) return true;
    }
    return false;
}

/* The daemon beside this program, if there is one, so that a build tree needs no installation. */
static const char *daemon_beside(char *path, size_t room) {
    static const char name[] = "ngidxd";
    ssize_t length = readlink("/proc/self/exe", path, room - sizeof name);
    if (length <= 0 || (size_t)length >= room - sizeof name) return NULL;
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    if (!slash) return NULL;
    memcpy(slash + 1, name, sizeof name);
    return access(path, X_OK) == 0 ? path : NULL;
}

static int run(int argc, char **argv) {
    if (asks_help(argc, argv)) return fputs(HELP, stdout) < 0 ? NG_EXIT_ERROR : NG_EXIT_FOUND;
    char path[4096];
    static char name[] = "ngidxd";
    const char *beside = daemon_beside(path, sizeof path);
    argv[0] = name;
    if (beside) (void)execv(beside, argv);
    else (void)execvp(name, argv);
    struct ng_err err;
    (void)ng_err_sys(&err, errno, "cannot start ngidxd");
    (void)ng_err_hint(&err, "install ngidxd in the same folder as ngidx");
    return ng_cli_report(&err);
}

const struct ng_cli_command ng_cmd_serve = {"serve", "serve indexes over HTTP, with a web page", HELP, run};
