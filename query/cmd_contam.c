#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli.h"
#include "query/cmd.h"
#include "query/cmd_contam.h"

static const char HELP[] =
    "Usage: ngidx contam BENCH... [-i NAME=INDEX]... [options]\n"
    "       ngidx contam diff REPORT REPORT [--json]\n"
    "       ngidx contam --self-test [-i INDEX] [options]\n"
    "\n"
    "Tells which entries of benchmarks overlap with the text of indexes. An entry's text is cut into windows of\n"
    "characters, one at every word; eta is the share of its windows that occur, exactly, in the corpus. Entries\n"
    "are dirty from eta 0.80 on, suspicious from 0.20 on, else clean: overlap found, or not found, at these\n"
    "settings. Text that was reworded or re-wrapped is not found; --self-test measures how much that is.\n"
    "\n"
    "BENCH is JSON lines, a JSON array, or *.csv or *.tsv with a header; .gz and .zst of these are read as they\n"
    "are, and - is JSON on standard input.\n"
    "\n"
    "What to check:\n"
    "  -i, --index NAME=INDEX  an index, with a name for the report; may be given many times\n"
    "                          (default: $NGIDX_INDEX, else ./index.ngidx)\n"
    "  -f, --field NAME        the field to check, many times for many (default: the first of question, context,\n"
    "                          prompt, text that there is); dots lead into objects: doc.title, choices.0\n"
    "      --id-field NAME     the field that names an entry (default: id, else task_id, else its number from 0)\n"
    "      --answer-field NAME look whether this field's text stands near an overlap\n"
    "      --answer-within N   how near, in characters (default 200)\n"
    "      --sample N          draw N entries of each benchmark (default: all)\n"
    "      --seed S            for the drawing (default 1)\n"
    "\n"
    "How to check:\n"
    "  -c, --chars N           characters of a window (default 50)\n"
    "      --stride N          words from one window to the next (default 1)\n"
    "      --suspicious ETA    (default 0.20)\n"
    "      --dirty ETA         (default 0.80)\n"
    "  -t, --threads N         (default: as many as there are processors)\n"
    "      --naive             search every window by itself: the same verdicts, slowly\n"
    "\n"
    "What to show:\n"
    "  -r, --report DIR        write report.html, report.json, report.md, entries.jsonl and entries.csv there\n"
    "      --redact            leave the text of entries and documents out of the report\n"
    "  -n, --limit K           documents to show for an entry (default 5)\n"
    "  -C, --context BYTES     text to show around an overlap (default 80)\n"
    "      --fail-on RULE      exit with code 3 if a benchmark has too many entries of a kind: 'dirty>5%',\n"
    "                          'suspicious>=10', 'overlapping>0'; may be given many times\n"
    "      --passages N        of --self-test, to draw from the index (default 200)\n"
    "      --json              the content of report.json on standard output\n"
    "  -h, --help              this text\n"
    "\n"
    "Exit code: 0 done, 2 error, 3 a --fail-on limit was passed.\n"
    "\n"
    "Examples:\n"
    "  ngidx contam gsm8k.jsonl --report report\n"
    "  ngidx contam gsm8k.jsonl mmlu.csv -i web=web.ngidx -i books=books.ngidx --answer-field answer\n"
    "  ngidx contam gsm8k.jsonl --fail-on 'dirty>0'\n"
    "  ngidx contam diff report-old report-new\n";

enum {
    ID_FIELD = NG_CLI_OPT_OWN,
    ANSWER_FIELD,
    ANSWER_WITHIN,
    SAMPLE,
    SEED,
    STRIDE,
    SUSPICIOUS,
    DIRTY,
    NAIVE,
    REDACT,
    FAIL_ON,
    SELF_TEST,
    PASSAGES
};

static int parse_eta(const char *text, const char *name, double *eta, struct ng_err *err) {
    char *end;
    *eta = strtod(text, &end);
    if (end != text && *end == '\0' && *eta >= 0.0 && *eta <= 1.0) return NG_OK;
    return ng_err_set(err, NG_ERR_USAGE, "%s must be a number from 0 to 1, not '%s'", name, text);
}

/* WHAT>LIMIT, WHAT>=LIMIT, with % behind the limit for a share of the entries that were checked. */
static int parse_rule(const char *text, struct ng_cmd_contam *command, struct ng_err *err) {
    static const char *const kinds[] = {"dirty", "suspicious", "overlapping"};
    if (command->rule_count == NG_CMD_CONTAM_RULES) return ng_err_set(err, NG_ERR_USAGE, "too many --fail-on");
    struct ng_cmd_contam_rule *rule = &command->rules[command->rule_count++];
    *rule = (struct ng_cmd_contam_rule){.text = text};
    size_t length = strcspn(text, "> ");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strlen(kinds[i]) == length && strncmp(kinds[i], text, length) == 0) rule->what = kinds[i];
    }
    const char *at = text + length;
    at += strspn(at, " ");
    bool well = rule->what && *at == '>';
    if (well && *++at == '=') {
        rule->or_equal = true;
        at++;
    }
    if (well) {
        char *end;
        rule->limit = strtod(at, &end);
        well = end != at && isfinite(rule->limit) && rule->limit >= 0.0;
        at = end + strspn(end, " ");
        rule->percent = *at == '%';
        well = well && at[rule->percent ? 1 : 0] == '\0';
    }
    if (well) return NG_OK;
    (void)ng_err_set(err, NG_ERR_USAGE, "--fail-on: '%s' is no rule", text);
    return ng_err_hint(err, "such as 'dirty>5%%', 'suspicious>=10' or 'overlapping>0'");
}

static int parse_number(int option, struct ng_cmd_contam *command, struct ng_err *err) {
    struct ng_contam_options *options = &command->settings.options;
    switch (option) {
    case 'c': return ng_cli_parse_number(optarg, "--chars", 1, NG_MAX_WINDOW_CHARS, &options->chars, err);
    case 'n': return ng_cli_parse_number(optarg, "--limit", 0, NG_MAX_EVIDENCE, &options->evidence_limit, err);
    case 'C': return ng_cli_parse_number(optarg, "--context", 0, NG_MAX_CONTEXT_BYTES, &options->context_bytes, err);
    case STRIDE: return ng_cli_parse_number(optarg, "--stride", 1, UINT32_MAX, &options->stride, err);
    case SAMPLE: return ng_cli_parse_number(optarg, "--sample", 1, UINT64_MAX, &command->settings.sample, err);
    case SEED: return ng_cli_parse_number(optarg, "--seed", 0, UINT64_MAX, &command->settings.seed, err);
    case PASSAGES: return ng_cli_parse_number(optarg, "--passages", 1, 1000000, &command->passages, err);
    case ANSWER_WITHIN:
        return ng_cli_parse_number(optarg, "--answer-within", 0, NG_MAX_CONTEXT_BYTES, &options->answer_chars, err);
    default: return ng_cli_parse_threads(optarg, &options->threads, err);
    }
}

static int parse_option(int option, struct ng_cmd_contam *command, struct ng_err *err) {
    switch (option) {
    case 'h': command->help = true; return NG_OK;
    case 'i': return ng_cmd_indexes_add(&command->indexes, optarg, err);
    case 'f':
        if (command->benchmark.field_count == NG_CMD_CONTAM_FIELDS) return ng_err_set(err, NG_ERR_USAGE, "too many --field");
        command->fields[command->benchmark.field_count++] = optarg;
        return NG_OK;
    case 'r': command->report = optarg; return NG_OK;
    case ID_FIELD: command->benchmark.id_field = optarg; return NG_OK;
    case ANSWER_FIELD: command->benchmark.answer_field = optarg; return NG_OK;
    case SUSPICIOUS: return parse_eta(optarg, "--suspicious", &command->settings.options.suspicious, err);
    case DIRTY: return parse_eta(optarg, "--dirty", &command->settings.options.dirty, err);
    case NAIVE: command->settings.options.naive = true; return NG_OK;
    case REDACT: command->settings.redact = true; return NG_OK;
    case FAIL_ON: return parse_rule(optarg, command, err);
    case SELF_TEST: command->self_test = true; return NG_OK;
    case NG_CLI_OPT_JSON: command->json = true; return NG_OK;
    default: return parse_number(option, command, err);
    }
}

/* Half, one and a half, two and four times the length: the rows of the sensitivity grid. */
static void add_lengths(struct ng_cmd_contam *command) {
    static const struct {
        uint64_t numerator, denominator;
    } shares[] = {{1, 2}, {3, 2}, {2, 1}, {4, 1}};
    struct ng_contam_options *options = &command->settings.options;
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        uint64_t chars = options->chars * shares[i].numerator / shares[i].denominator;
        if (chars > 0 && chars <= NG_MAX_WINDOW_CHARS) command->more_chars[options->more_count++] = chars;
    }
    options->more_chars = command->more_chars;
}

int ng_cmd_contam_parse(int argc, char **argv, struct ng_cmd_contam *command, struct ng_err *err) {
    static const struct option table[] = {
        NG_CLI_LONG_HELP, NG_CLI_LONG_INDEX, NG_CLI_LONG_JSON,
        {"field", required_argument, NULL, 'f'}, {"id-field", required_argument, NULL, ID_FIELD},
        {"answer-field", required_argument, NULL, ANSWER_FIELD},
        {"answer-within", required_argument, NULL, ANSWER_WITHIN}, {"sample", required_argument, NULL, SAMPLE},
        {"seed", required_argument, NULL, SEED}, {"chars", required_argument, NULL, 'c'},
        {"stride", required_argument, NULL, STRIDE}, {"suspicious", required_argument, NULL, SUSPICIOUS},
        {"dirty", required_argument, NULL, DIRTY}, {"threads", required_argument, NULL, 't'},
        {"naive", no_argument, NULL, NAIVE}, {"report", required_argument, NULL, 'r'},
        {"redact", no_argument, NULL, REDACT}, {"limit", required_argument, NULL, 'n'},
        {"context", required_argument, NULL, 'C'}, {"fail-on", required_argument, NULL, FAIL_ON},
        {"self-test", no_argument, NULL, SELF_TEST}, {"passages", required_argument, NULL, PASSAGES},
        {NULL, 0, NULL, 0}};
    *command = (struct ng_cmd_contam){.passages = 200, .settings = {.seed = 1}};
    ng_contam_options_init(&command->settings.options);
    command->benchmark.fields = command->fields;
    for (;;) {
        int option;
        int status = ng_cli_next_option(argc, argv, "hi:f:c:t:r:n:C:", table, &option, err);
        if (status) return status;
        if (option == -1) break;
        status = parse_option(option, command, err);
        if (status) return status;
        if (command->help) return NG_OK;
    }
    const struct ng_contam_options *options = &command->settings.options;
    if (options->suspicious > options->dirty) {
        return ng_err_set(err, NG_ERR_USAGE, "--suspicious %g is over --dirty %g", options->suspicious, options->dirty);
    }
    if (command->self_test) return ng_cli_expect_arguments(argc, argv, 0, "nothing", err);
    if (optind == argc) return ng_err_set(err, NG_ERR_USAGE, "contam: a benchmark is missing");
    if (command->report || command->json) add_lengths(command);
    /* Only a report shows evidence. */
    if (!command->report && !command->benchmark.answer_field) command->settings.options.evidence_limit = 0;
    return NG_OK;
}

void ng_cmd_contam_free(struct ng_cmd_contam *command) {
    ng_cmd_indexes_close(&command->indexes);
}

static int run(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "diff") == 0) return ng_cmd_contam_diff(argc - 1, argv + 1);
    struct ng_err err;
    ng_err_clear(&err);
    struct ng_cmd_contam *command = calloc(1, sizeof *command);
    if (!command) {
        (void)ng_err_nomem(&err, sizeof *command, "a check");
        return ng_cli_report(&err);
    }
    int code;
    if (ng_cmd_contam_parse(argc, argv, command, &err)) {
        code = ng_cli_report_usage(argv[0], &err);
    } else if (command->help) {
        (void)fputs(HELP, stdout);
        code = NG_EXIT_FOUND;
    } else if (command->self_test) {
        code = ng_cmd_contam_self_test(command);
    } else {
        code = ng_cmd_contam_run(command, argv + optind, (size_t)(argc - optind));
    }
    ng_cmd_contam_free(command);
    free(command);
    return code;
}

const struct ng_cli_command ng_cmd_contam = {"contam", "which entries of a benchmark occur in an index", HELP, run};
