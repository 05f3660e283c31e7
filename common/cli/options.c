#include "common/cli/options.h"

#include <assert.h>
#include <string.h>

#include "common/base/limits.h"

static int take_size(const struct ng_cli_option *option, const char *name, const char *value, struct ng_err *err) {
    int status = ng_cli_parse_size(value, name, option->size, err);
    if (status || option->most == 0 || *option->size <= option->most) return status;
    return ng_err_set(err, NG_ERR_USAGE, "%s is at most %llu bytes", name, (unsigned long long)option->most);
}

int ng_cli_take(const struct ng_cli_option *option, const char *name, const char *value, struct ng_err *err) {
    uint64_t threads = 0;
    if (option->number) return ng_cli_parse_number(value, name, option->least, option->most, option->number, err);
    if (option->size) return take_size(option, name, value, err);
    if (option->take) return option->take(value, option->to, err);
    if (option->text) *option->text = value;
    if (option->flag) *option->flag = true;
    int status = option->threads ? ng_cli_parse_number(value, name, 1, NG_MAX_THREADS, &threads, err) : NG_OK;
    if (threads > 0) *option->threads = (unsigned)threads;
    return status;
}

enum { NO_LETTER = 256 };

/* What getopt_long returns for an option of the table. */
static int value_of(const struct ng_cli_option *table, size_t i) {
    return table[i].letter ? table[i].letter : NO_LETTER + (int)i;
}

static const struct option *find_option(const struct option *options, int value) {
    for (const struct option *option = options; option->name; option++) {
        if (option->val == value) return option;
    }
    return NULL;
}

/* getopt_long without its own messages. letters begin with ':': so a missing argument is told from an unknown option. */
static int next_option(int argc, char **argv, const char *letters, const struct option *options, int *value,
                       struct ng_err *err) {
    opterr = 0;
    *value = getopt_long(argc, argv, letters, options, NULL);
    if (*value != '?' && *value != ':') return NG_OK;
    const char *passed = argv[optind - 1]; /* the refused option itself, where it is a long one */
    if (*value == ':') {
        if (strncmp(passed, "--", 2) == 0) return ng_err_set(err, NG_ERR_USAGE, "option %s needs an argument", passed);
        return ng_err_set(err, NG_ERR_USAGE, "option -%c needs an argument", optopt);
    }
    const struct option *known = optopt ? find_option(options, optopt) : NULL;
    if (known) return ng_err_set(err, NG_ERR_USAGE, "option --%s takes no argument", known->name);
    if (optopt)
        (void)ng_err_set(err, NG_ERR_USAGE, "unknown option -%c", optopt);
    else
        (void)ng_err_set(err, NG_ERR_USAGE, "unknown option %s", passed);
    return ng_err_hint(err, "'ngidx help %s' lists the options; put -- before an argument that starts with '-'",
                       argv[0]);
}

int ng_cli_read(int argc, char **argv, const struct ng_cli_option *table, bool *help, struct ng_err *err) {
    struct option options[NG_CLI_MAX_OPTIONS + 2] = {{"help", no_argument, NULL, 'h'}};
    char letters[2 * NG_CLI_MAX_OPTIONS + 3] = ":h";
    size_t used = 2;
    for (size_t i = 0; table[i].name; i++) {
        assert(i < NG_CLI_MAX_OPTIONS);
        int argument = table[i].flag ? no_argument : required_argument;
        options[i + 1] = (struct option){table[i].name, argument, NULL, value_of(table, i)};
        if (table[i].letter) letters[used++] = table[i].letter;
        if (table[i].letter && argument == required_argument) letters[used++] = ':';
    }
    for (;;) {
        int value;
        int status = next_option(argc, argv, letters, options, &value, err);
        *help = value == 'h';
        if (status || value == -1 || *help) return status;
        size_t i = 0;
        while (value_of(table, i) != value) i++;
        char name[64];
        (void)snprintf(name, sizeof name, "--%s", table[i].name);
        status = ng_cli_take(&table[i], name, optarg, err);
        if (status) return status;
    }
}

int ng_cli_run(int argc, char **argv, const char *help, const struct ng_cli_option *table, ng_cli_work *work,
               void *options) {
    struct ng_err err;
    bool asks_help;
    ng_err_clear(&err);
    int status = ng_cli_read(argc, argv, table, &asks_help, &err);
    if (!status && asks_help) (void)fputs(help, stdout);
    else if (!status) status = work(argc, argv, options, &err);
    (void)ng_cli_output_lost(); /* keeps the cause, before cleaning up changes errno */
    for (; table->name; table++) {
        if (table->free) table->free(table->to);
    }
    return status < 0 ? ng_cli_report_usage(argv[0], &err) : status;
}
