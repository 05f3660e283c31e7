/* The program ngidx: finds the subcommand and runs it. The only file that knows both sides of the house. */
#include <signal.h>
#include <string.h>

#include "common/cli/cli.h"
#include "common/cpu/cpu.h"
#include "query/cli/cmd.h"
#include "query/include/ngidx_base.h"

static int run_help(int argc, char **argv);

static const char HELP_HELP[] = "Usage: ngidx help [COMMAND]\n"
                                "\n"
                                "Explains a command, or lists them all.\n";

static const struct ng_cli_command HELP = {"help", "explain a command", HELP_HELP, run_help};

static const struct ng_cli_command *const COMMANDS[] = {
    &ng_cmd_build,   &ng_cmd_append, &ng_cmd_merge,  &ng_cmd_compact, &ng_cmd_remove,   &ng_cmd_count, &ng_cmd_locate,
    &ng_cmd_next,    &ng_cmd_doc,    &ng_cmd_export, &ng_cmd_contam,  &ng_cmd_bulletin, &ng_cmd_trace, &ng_cmd_verify,
    &ng_cmd_compare, &ng_cmd_stats,  &ng_cmd_serve,  &HELP,           NULL};

static void print_overview(FILE *stream) {
    (void)fputs("ngidx: exact search of any string in a huge text\n"
                "\n"
                "Usage: ngidx COMMAND [arguments]\n"
                "\n"
                "Commands:\n",
                stream);
    for (size_t i = 0; COMMANDS[i]; i++)
        (void)fprintf(stream, "  %-8s %s\n", COMMANDS[i]->name, COMMANDS[i]->summary);
    (void)fputs("\n"
                "'ngidx help COMMAND' explains one, with examples. 'ngidx --version' prints the version.\n"
                "\n"
                "Start here:\n"
                "  ngidx build corpus/             makes ./index.ngidx\n"
                "  ngidx count 'some phrase'       how often it occurs\n"
                "  ngidx locate 'some phrase'      and where\n"
                "  ngidx serve                     search in a browser, and an HTTP API\n"
                "\n"
                "Environment:\n"
                "  NGIDX_INDEX                     the index, where there is no -i\n"
                "  NGIDX_KERNEL                    portable, bmi2 or avx512: code for fewer instructions than this\n"
                "                                  processor has, to compare with\n",
                stream);
}

static const struct ng_cli_command *find_command(const char *name) {
    for (size_t i = 0; COMMANDS[i]; i++) {
        if (strcmp(COMMANDS[i]->name, name) == 0) return COMMANDS[i];
    }
    return NULL;
}

enum { LONGEST_GUESS = 15 };

/* Levenshtein distance of two words of at most LONGEST_GUESS letters, by rows. */
static size_t distance(const char *a, const char *b) {
    size_t row[LONGEST_GUESS + 1];
    size_t b_length = strlen(b);
    for (size_t j = 0; j <= b_length; j++) row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < b_length; j++) {
            size_t best = diagonal + (a[i] != b[j] ? 1 : 0);
            if (row[j] + 1 < best) best = row[j] + 1;
            diagonal = row[j + 1];
            if (diagonal + 1 < best) best = diagonal + 1;
            row[j + 1] = best;
        }
    }
    return row[b_length];
}

/* The command that a mistyped name may mean, or NULL. */
static const char *guess_command(const char *name) {
    if (strlen(name) > LONGEST_GUESS) return NULL;
    const char *nearest = NULL;
    size_t nearest_distance = 3; /* two slips are a guess, three are another word */
    for (size_t i = 0; COMMANDS[i]; i++) {
        size_t d = distance(name, COMMANDS[i]->name);
        if (d >= nearest_distance || d >= strlen(COMMANDS[i]->name)) continue;
        nearest = COMMANDS[i]->name;
        nearest_distance = d;
    }
    return nearest;
}

static int report_unknown(const char *name) {
    struct ng_err err;
    const char *guess = guess_command(name);
    (void)ng_err_set(&err, NG_ERR_USAGE, "there is no command '%s'", name);
    if (guess)
        (void)ng_err_hint(&err, "ngidx %s", guess);
    else
        (void)ng_err_hint(&err, "ngidx help");
    return ng_cli_report(&err);
}

static int run_help(int argc, char **argv) {
    if (argc < 2) {
        print_overview(stdout);
        return NG_EXIT_FOUND;
    }
    bool about_help = strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0;
    const struct ng_cli_command *command = about_help ? &HELP : find_command(argv[1]);
    if (!command) return report_unknown(argv[1]);
    (void)fputs(command->help, stdout);
    return NG_EXIT_FOUND;
}

static int dispatch(int argc, char **argv) {
    struct ng_err err;
    if (ng_cpu_check(&err)) return ng_cli_report(&err);
    if (argc < 2) {
        print_overview(stderr);
        return NG_EXIT_ERROR;
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("ngidx %s (kernel %s)\n", NGIDX_VERSION, ng_cpu_level_name());
        return NG_EXIT_FOUND;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_overview(stdout);
        return NG_EXIT_FOUND;
    }
    const struct ng_cli_command *command = find_command(argv[1]);
    return command ? command->run(argc - 1, argv + 1) : report_unknown(argv[1]);
}

int main(int argc, char **argv) {
    ng_cli_guard_standard_files();
    /* A reader that goes away is a failed write, after which commands still clean up. */
    (void)signal(SIGPIPE, SIG_IGN);
    /* So is a file that reaches the limit on its size. */
    (void)signal(SIGXFSZ, SIG_IGN);
    return ng_cli_finish(dispatch(argc, argv));
}
