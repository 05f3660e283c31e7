/*
 * What the command-line programs share: exit codes, reading arguments, and reporting errors to the user. The only
 * module of common/ that prints. Not thread-safe: for the main thread.
 */
#ifndef NG_COMMON_CLI_CLI_H
#define NG_COMMON_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/err.h"

enum ng_exit {
    NG_EXIT_FOUND = 0, /* found, or done */
    NG_EXIT_NONE = 1,  /* nothing found */
    NG_EXIT_ERROR = 2,
    NG_EXIT_LIMIT = 3 /* a --fail-on limit was exceeded */
};

/* One subcommand. Tables of them end with a NULL name. */
struct ng_cli_command {
    const char *name;
    const char *summary; /* one line for the list of commands */
    const char *help;    /* what "ngidx help NAME" prints */
    int (*run)(int argc, char **argv); /* argv[0] is the name; returns enum ng_exit */
};

/* Checks that exactly wanted arguments remain after the options; what names them. Errors: NG_ERR_USAGE. */
int ng_cli_expect_arguments(int argc, char **argv, int wanted, const char *what, struct ng_err *err);

/* Reads a decimal number within [least, most]. name names it in errors ("--limit").
 * Errors: NG_ERR_USAGE. */
int ng_cli_parse_number(const char *text, const char *name, uint64_t least, uint64_t most, uint64_t *value,
                        struct ng_err *err);

/* Reads a number of bytes, at least 1, with an optional unit of either case: K, M, G, T or KiB, MiB, ... (powers of
 * 1024), KB, MB, ... (powers of 1000), as in GNU tools. A number with a unit may have up to 6 decimals.
 * Errors: NG_ERR_USAGE. */
int ng_cli_parse_size(const char *text, const char *name, uint64_t *bytes, struct ng_err *err);

/* Reads I/N, one of N tasks: 0 <= I < N, N at most NG_MAX_TASKS. Errors: NG_ERR_USAGE. */
int ng_cli_parse_task(const char *text, uint64_t *number, uint64_t *count, struct ng_err *err);

/* The index to use if no option names one: $NGIDX_INDEX if set and not empty, else ./index.ngidx. */
const char *ng_cli_index_path(void);

/* True if stream is a terminal that supports more than plain lines ($TERM is set and not "dumb"). */
bool ng_cli_terminal(FILE *stream);

/* True if stream may get colours: it is such a terminal, and NO_COLOR is unset or empty. */
bool ng_cli_color(FILE *stream);

/* Prints err and its hint to standard error. Returns NG_EXIT_ERROR. */
int ng_cli_report(const struct ng_err *err);

/* As ng_cli_report. If the error is NG_ERR_USAGE and has no hint, also points to the help of command. */
int ng_cli_report_usage(const char *command, struct ng_err *err);

/* Text for people: "12.3 MB" (powers of 1000), into out. Returns out. */
enum { NG_CLI_SIZE_CHARS = 24 };
const char *ng_cli_format_size(uint64_t bytes, char out[NG_CLI_SIZE_CHARS]);

/* What follows a noun: "1 document", "2 documents". */
static inline const char *ng_cli_plural(uint64_t count) {
    return count == 1 ? "" : "s";
}

static inline const char *ng_cli_plural_y(uint64_t count) {
    return count == 1 ? "y" : "ies";
}

/* Writes bytes so that they stay on one line and cannot control a terminal: control characters as \n, \t, \x1b or
 * \u009b, bytes that are not UTF-8 as U+FFFD, everything else, also backslashes, as it is. */
void ng_cli_print_visible(FILE *stream, const uint8_t *bytes, size_t length);

/* If standard input, output or error is closed, opens /dev/null in its place, so that none of our files gets its
 * number. Writing to it still fails. */
void ng_cli_guard_standard_files(void);

/* True once a write to standard output has failed; the reason is kept for ng_cli_finish. Loops call it right after they
 * write, so that a full disk or a closed pipe ends the work. */
bool ng_cli_output_lost(void);

/* The end of a program: flushes and closes standard output. Returns code. If output was lost, prints a message and
 * returns NG_EXIT_ERROR. A broken pipe gets no message: its reader chose to stop. */
int ng_cli_finish(int code);

#endif
