/*
 * The options of a subcommand as a table: what each is called and where its value goes. (The idea of the table is that
 * of Git's parse-options.) Not thread-safe: meant for the main thread, once.
 */
#ifndef NG_COMMON_CLI_OPTIONS_H
#define NG_COMMON_CLI_OPTIONS_H

#include <getopt.h>

#include "common/cli/cli.h"

/* One option. Of the pointers just one is set; it tells what the option takes. A table ends with a NULL name; it has
 * at most NG_CLI_MAX_OPTIONS, and -h, --help belongs to all of them unsaid. */
struct ng_cli_option {
    const char *name; /* long, without dashes */
    char letter;      /* 0: it has none */

    bool *flag;        /* set to true; the only kind without an argument */
    const char **text; /* borrowed from argv */
    uint64_t *number;  /* within [least, most] */
    uint64_t least;
    uint64_t most;
    uint64_t *size;    /* as ng_cli_parse_size reads it; at most most, unless that is 0 */
    unsigned *threads; /* 1 to NG_MAX_THREADS */
    int (*take)(const char *text, void *to, struct ng_err *err); /* any other: returns 0, or NG_ERR_USAGE */
    void *to;
};

enum { NG_CLI_MAX_OPTIONS = 40 };

#define NG_CLI_OPTION_JSON(wanted) {.name = "json", .flag = (wanted)}
#define NG_CLI_OPTION_QUIET(wanted) {.name = "quiet", .letter = 'q', .flag = (wanted)}

/* What a subcommand does once its options are read; the other arguments begin at argv[optind]. Returns enum ng_exit,
 * or a negative ng_status. */
typedef int ng_cli_work(int argc, char **argv, void *options, struct ng_err *err);

/* Reads options into what the table points at; *help: help is asked for, and what follows is not read.
 * Errors: NG_ERR_USAGE, those of the table's take. */
int ng_cli_read(int argc, char **argv, const struct ng_cli_option *table, bool *help, struct ng_err *err);

/* Reads the value of one option; name says in an error whose it is. Errors: as above. */
int ng_cli_take(const struct ng_cli_option *option, const char *name, const char *value, struct ng_err *err);

/* Runs a subcommand: reads its options into what the table points at, then prints help if that is asked for, else does
 * the work with options. Errors are told to the user. Returns enum ng_exit. */
int ng_cli_run(int argc, char **argv, const char *help, const struct ng_cli_option *table, ng_cli_work *work,
               void *options);

#endif
