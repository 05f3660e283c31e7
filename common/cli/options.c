#include "common/cli/options.h"

#include <assert.h>

static int take_value(const struct ng_cli_option *option, struct ng_err *err) {
    char name[64];
    (void)snprintf(name, sizeof name, "--%s", option->name);
    if (option->number) return ng_cli_parse_number(optarg, name, option->least, option->most, option->number, err);
    if (option->size) return ng_cli_parse_size(optarg, name, option->size, err);
    if (option->threads) return ng_cli_parse_threads(optarg, option->threads, err);
    if (option->take) return option->take(optarg, option->to, err);
    if (option->text) *option->text = optarg;
    if (option->flag) *option->flag = true;
    return NG_OK;
}

/* What getopt_long returns for an option of the table. */
static int value_of(const struct ng_cli_option *table, size_t i) {
    return table[i].letter ? table[i].letter : NG_CLI_OPT_OWN + (int)i;
}

static int read_options(int argc, char **argv, const struct ng_cli_option *table, bool *help, struct ng_err *err) {
    struct option options[NG_CLI_MAX_OPTIONS + 2] = {NG_CLI_LONG_HELP};
    char letters[2 * NG_CLI_MAX_OPTIONS + 2] = "h";
    size_t used = 1;
    for (size_t i = 0; table[i].name; i++) {
        assert(i < NG_CLI_MAX_OPTIONS);
        int argument = table[i].flag ? no_argument : required_argument;
        options[i + 1] = (struct option){table[i].name, argument, NULL, value_of(table, i)};
        if (table[i].letter) letters[used++] = table[i].letter;
        if (table[i].letter && argument == required_argument) letters[used++] = ':';
    }
    for (;;) {
        int value;
        int status = ng_cli_next_option(argc, argv, letters, options, &value, err);
        *help = value == 'h';
        if (status || value == -1 || *help) return status;
        size_t i = 0;
        while (value_of(table, i) != value) i++;
        status = take_value(&table[i], err);
        if (status) return status;
    }
}

int ng_cli_run(int argc, char **argv, const char *help, const struct ng_cli_option *table, ng_cli_work *work,
               void *options) {
    struct ng_err err;
    bool asks_help;
    ng_err_clear(&err);
    int status = read_options(argc, argv, table, &asks_help, &err);
    if (!status && asks_help) {
        (void)fputs(help, stdout);
        return NG_EXIT_FOUND;
    }
    if (!status) status = work(argc, argv, options, &err);
    (void)ng_cli_output_lost(); /* keeps the cause, before cleaning up changes errno */
    return status < 0 ? ng_cli_report_usage(argv[0], &err) : status;
}
