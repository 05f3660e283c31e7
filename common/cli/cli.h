/*
 * What the command-line programs share: exit codes, reading of arguments, and how errors reach the user.
 * The only module of common/ that prints. Not thread-safe: meant for the main thread.
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
    NG_EXIT_LIMIT = 3 /* a --fail-on limit was passed */
};

/* One subcommand. Tables of them end with a NULL name. */
struct ng_cli_command {
    const char *name;
    const char *summary; /* one line for the list of commands */
    const char *help;    /* what "ngidx help NAME" prints */
    int (*run)(int argc, char **argv); /* argv[0] is the name; returns enum ng_exit */
};

/* Checks that exactly wanted arguments are left behind the options; what names them. Errors: NG_ERR_USAGE. */
int ng_cli_expect_arguments(int argc, char **argv, int wanted, const char *what, struct ng_err *err);

/* Reads a decimal number within [least, most]. name says in an error whose number it is ("--limit").
 * Errors: NG_ERR_USAGE. */
int ng_cli_parse_number(const char *text, const char *name, uint64_t least, uint64_t most, uint64_t *value,
                        struct ng_err *err);

/* Reads a number of bytes, at least 1, with a unit of either case behind it if wanted: K, M, G, T or KiB, MiB, ... (powers
 * of 1024), KB, MB, ... (powers of 1000), as GNU's tools have them; a number with a unit may have up to 6 decimals.
 * Errors: NG_ERR_USAGE. */
int ng_cli_parse_size(const char *text, const char *name, uint64_t *bytes, struct ng_err *err);

/* The index to use: option if not NULL, else $NGIDX_INDEX if set and not empty, else ./index.ngidx. */
const char *ng_cli_index_path(const char *option);

/* True where stream is a terminal that knows more than lines of text ($TERM is set and not "dumb"). */
bool ng_cli_terminal(FILE *stream);

/* True where colour may be written to stream: such a terminal, and NO_COLOR unset or empty. */
bool ng_cli_color(FILE *stream);

/* Prints err and its hint to standard error. Returns NG_EXIT_ERROR. */
int ng_cli_report(const struct ng_err *err);

/* As ng_cli_report, and points at the help of command where the error is one of usage without a hint. */
int ng_cli_report_usage(const char *command, struct ng_err *err);

/* Text for people: "12.3 MB" (powers of 1000), into out. Returns out. */
enum { NG_CLI_SIZE_CHARS = 24 };
const char *ng_cli_format_size(uint64_t bytes, char out[NG_CLI_SIZE_CHARS]);

/* Writes bytes so that they stay on one line and do nothing to a terminal: control characters as \n, \t, \x1b
 * or \u009b, what is not UTF-8 as U+FFFD, everything else (backslashes, too) as it is. */
void ng_cli_print_visible(FILE *stream, const uint8_t *bytes, size_t length);

/* Opens /dev/null for those of standard input, output and error that are closed, so that no file of ours
 * gets their number; what is then written to them still fails. */
void ng_cli_guard_standard_files(void);

/* True once a write to standard output has failed; the reason is kept for ng_cli_finish. Loops call it right
 * after they wrote, so that a full disk, or a reader that went away, ends the work. */
bool ng_cli_output_lost(void);

/* The end of a program: writes out standard output and closes it. Returns code, or NG_EXIT_ERROR after a
 * message where output was lost. There is no message for a broken pipe: whoever read it chose to stop. */
int ng_cli_finish(int code);

#endif
