/*
 * The options of a subcommand as a table: the name of each and where its value goes. (The table follows the idea of
 * Git's parse-options.) Not thread-safe: for the main thread, once.
 */
#ifndef NG_COMMON_CLI_OPTIONS_H
#define NG_COMMON_CLI_OPTIONS_H

#include <getopt.h>

#include "common/cli/cli.h"

/* One option. Exactly one of the pointers is set; it decides what the option takes. A table has at most
 * NG_CLI_MAX_OPTIONS and ends with a NULL name. Every table implicitly has -h, --help. */
struct ng_cli_option {
    const char *name; /* long, without dashes */
    char letter;      /* 0: none */

    bool *flag;        /* set to true; the only kind without an argument */
    const char **text; /* borrowed from argv */
    uint64_t *number;  /* within [least, most] */
    uint64_t least;
    uint64_t most;
    uint64_t *size;    /* as ng_cli_parse_size reads it; at most most, unless that is 0 */
    unsigned *threads; /* 1 to NG_MAX_THREADS */
    int (*take)(const char *text, void *to, struct ng_err *err); /* any other: returns 0, or NG_ERR_USAGE */
    void *to;
    void (*free)(void *to); /* or NULL: called when the subcommand has ended */
};

enum { NG_CLI_MAX_OPTIONS = 40 };

#define NG_CLI_OPTION_JSON(wanted) {.name = "json", .flag = (wanted)}
#define NG_CLI_OPTION_QUIET(wanted) {.name = "quiet", .letter = 'q', .flag = (wanted)}

/* Does the work of a subcommand after its options have been read; the other arguments begin at argv[optind]. Returns
 * enum ng_exit, or a negative ng_status. */
typedef int ng_cli_work(int argc, char **argv, void *options, struct ng_err *err);

/* Reads options into the variables that the table points to. *help is true if the user asks for help; the rest is then
 * not read. Errors: NG_ERR_USAGE, those of the table's take. */
int ng_cli_read(int argc, char **argv, const struct ng_cli_option *table, bool *help, struct ng_err *err);

/* Reads the value of one option; name names it in errors. Errors: as above. */
int ng_cli_take(const struct ng_cli_option *option, const char *name, const char *value, struct ng_err *err);

/* Runs a subcommand: reads its options into the variables that the table points to, then prints help if asked, else
 * calls work with options. Reports errors to the user. Returns enum ng_exit. */
int ng_cli_run(int argc, char **argv, const char *help, const struct ng_cli_option *table, ng_cli_work *work,
               void *options);

#endif
