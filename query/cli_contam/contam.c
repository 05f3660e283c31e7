#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli/options.h"
#include "query/cli/cmd.h"
#include "query/cli_contam/contam.h"

static const char HELP[] =
    "Usage: ngidx contam BENCH... [-i NAME=INDEX]... [options]\n"
    "       ngidx contam --lm-eval DIR [-i NAME=INDEX]... [options]\n"
    "       ngidx contam BENCH... -r DIR --task I/N [options]; ngidx contam gather DIR\n"
    "       ngidx contam diff REPORT REPORT [--json]\n"
    "       ngidx contam --self-test [BENCH...] [-i INDEX] [options]\n"
    "\n"
    "Reports which entries of benchmarks overlap with the text of indexes. It cuts the text of an entry into\n"
    "windows, one at every word, and searches the corpus for each. A preset says how an entry is judged:\n"
    "\n"
    "  folded  Compares only letters and numbers, in windows of 30, and ignores case, spacing, punctuation and\n"
    "          markup. Every index needs a folded view (ngidx build --view exact,folded); folded is then the\n"
    "          default. Coverage is the share of the entry that found windows cover: dirty from 0.67 on, suspicious\n"
    "          from 0.30. Windows in many entries or documents are common text and count for nothing; an entry with\n"
    "          no other overlap is common. Entries of less than 20 letters are short. (A letter of a script without\n"
    "          spaces counts for two.)\n"
    "  paper   Searches for exact windows of 50 characters, as published (arXiv:2506.12229). eta is the share of\n"
    "          windows found: dirty from 0.80 on, suspicious from 0.20. This preset misses text with other line\n"
    "          breaks, and it judges text without spaces poorly.\n"
    "\n"
    "The recipes of publications judge entries as these do; the report cites them. Windows and evidence are still\n"
    "those of folded, or paper. (e): needs the exact view, (f): the folded view, (ef): both.\n"
    "\n"
    "  gpt3      (f)   any n-gram of 8 to 13 words, by the entries' lengths; case and punctuation apart\n"
    "  palm      (e)   70% of the 8-grams of words\n"
    "  gpt4      (f)   any of three random pieces of 50 letters (--seed draws others)\n"
    "  llama2    (e)   share of words in matches of over 10, up to 4 of them different: 80%, suspicious 20%\n"
    "  llama3    (e)   share of words in 8-grams (50%; the paper chooses by benchmark: set --dirty)\n"
    "  tulu3     (e)   share of words in 8-grams of one document: over 50%\n"
    "  qwen      (ef)  longest common subsequence with a passage: 13 words and 60%\n"
    "  deepseek  (e)   any 10-gram of words; all of a text of 3 to 9 words\n"
    "  open-r1   (ef)  any 8-gram of words; case and white space apart\n"
    "  decon     (ef)  score of question, passage and --answer-field by clusters of 5-grams: 0.8\n"
    "  contam    (e)   share of words in the longest match of at least 8 (50%: set --dirty)\n"
    "  all             every preset: each entry's verdicts, and how the presets agree\n"
    "\n"
    "Words stand in for the tokens of llama2, llama3, tulu3, decon and contam. ngidx_recipe.h says exactly what\n"
    "each counts. A verdict that documents left out might make worse is limited.\n"
    "\n"
    "The classes only say whether overlap was found at these settings. --self-test measures how much is missed;\n"
    "with BENCH, the report has its outcome.\n"
    "\n"
    "BENCH is a file of JSON lines, JSON, CSV (*.csv) or TSV (*.tsv), plain or compressed, or Parquet (which needs\n"
    "duckdb, Python or Node, whichever is installed); - reads JSON from standard input. Entries nested in a JSON\n"
    "object (SQuAD, BIG-bench, a dict by id, columns) are found. The files of GSM8K, MMLU, ARC, HellaSwag, SQuAD,\n"
    "HumanEval, MBPP, BIG-bench, C-Eval and CMMLU are recognized by their members. Whatever is detected is reported.\n"
    "A canary string in the file (a member named canary, or \"canary GUID\" and a GUID) is searched by itself: a\n"
    "corpus with a document that holds it has seen the file.\n"
    "\n"
    "What to check:\n"
    "  -i, --index NAME=INDEX  an index, with a name for the report; may be repeated\n"
    "                          (default: $NGIDX_INDEX, else ./index.ngidx)\n"
    "  -f, --field NAME        the field to check; may be repeated (default: that of a known benchmark, else the\n"
    "                          first present of question (and passage), context, prompt, text). Dots lead into\n"
    "                          objects: doc.title, choices.0. Without a header, fields of a table are numbers from 0\n"
    "      --id-field NAME     the field that names an entry (default: id, else task_id, else its number from 0)\n"
    "      --answer-field NAME look for this field's text near an overlap and in the same document, in whole\n"
    "                          words, folded; auto: that of a known benchmark\n"
    "      --entries PATH      where the entries are in a JSON object: data.paragraphs.qas; * is all members, . the\n"
    "                          object itself (default: detected).\n"
    "                          BENCH:NAME and BENCH:PATH apply to one benchmark: --answer-field gsm8k:answer\n"
    "      --lm-eval DIR       check the tasks whose samples lm-evaluation-harness saved in DIR (lm_eval\n"
    "                          --log_samples --output_path DIR): the newest samples_TASK_DATE.jsonl of each TASK.\n"
    "                          Texts are those fields of a sample's doc that a known benchmark has, or that the\n"
    "                          prompt quotes; the answer is doc's, else target. --field TASK:doc.NAME names others\n"
    "      --no-header         the first row of a table is an entry (detected for MMLU's files)\n"
    "      --tsv-raw           cells of a table have no quotes (detected if quotes would swallow lines of a TSV\n"
    "                          file)\n"
    "      --answer-within N   how near, in characters (default 200)\n"
    "      --sample N          draw N entries at random from each benchmark (default: all)\n"
    "      --seed S            seed of the draw (default 1)\n"
    "\n"
    "How to check:\n"
    "      --preset NAME       folded, paper, a recipe, or all\n"
    "  -c, --chars N           characters in a window (default 30, or 50 in paper)\n"
    "      --stride N          words from one window to the next (default 1)\n"
    "      --suspicious SHARE  from which share on an entry is suspicious (default 0.30, or 0.20 in paper)\n"
    "      --dirty SHARE       from which share on an entry is dirty (default 2/3, or 0.80 in paper)\n"
    "      --benchmark-guard N a window in over N benchmark entries is common text (folded; default 4, 0: no guard)\n"
    "      --corpus-guard N    so is a window in over N documents (folded; default 100, 0: no guard)\n"
    "      --minimum N         entries with fewer letters are short (folded; default 20)\n"
    "  -t, --threads N         threads to use (default: one per processor)\n"
    "      --naive             search for every window separately: the same verdicts, slowly\n"
    "      --task I/N          be one of N tasks, on any machines that see the indexes and DIR: search only its share\n"
    "                          of the shards, which are cut by size, and leave a part in DIR/parts. Once all tasks\n"
    "                          (I from 0) are done, gather makes the report of one run, byte for byte. Repeat a task\n"
    "                          that was killed. With --preset folded or paper\n"
    "\n"
    "What to show:\n"
    "  -r, --report DIR        write to DIR: report.html, report.json, report.md, summary.csv, entries.jsonl and\n"
    "                          entries.csv; and contaminated-docs.jsonl, the documents to take out of the corpus so\n"
    "                          that no entry is dirty or suspicious (ngidx export --without). The date is that of\n"
    "                          SOURCE_DATE_EPOCH, if that is set\n"
    "      --attributes DIR    also write where in those documents the overlap is, as Dolma's toolkit takes it: a\n"
    "                          gzipped file for each file of the corpus, a row for each document\n"
    "      --redact            leave texts of entries and documents, and all paths, out of the report\n"
    "      --corpus-info FILE  what the report cites of each corpus: {\"NAME\": {\"version\": \"...\", \"licence\": ...,\n"
    "                          \"url\": ..., \"crawl_date\": ...}, ...}\n"
    "      --benchmark-info FILE\n"
    "                          the same for each benchmark: revision, licence, url\n"
    "  -n, --limit K           documents to show for each entry (default 5)\n"
    "  -C, --context BYTES     text to show around an overlap (default 80)\n"
    "      --fail-on RULE      exit with code 3 if a benchmark has too many entries of a class: 'dirty>5%',\n"
    "                          'suspicious>=10', 'overlapping>0', or 'canary>0' documents with its canary string;\n"
    "                          may be repeated\n"
    "      --passages N        passages that --self-test draws from the index (default 200)\n"
    "      --json              print the content of report.json on standard output\n"
    "  -h, --help              show this help\n"
    NG_CMD_HELP_REMOTE_WHOLE
    "\n"
    "Exit code: 0 done, 2 error, 3 a --fail-on rule applied.\n"
    "\n"
    "Examples:\n"
    "  ngidx contam gsm8k.jsonl --report report\n"
    "  ngidx contam gsm8k.jsonl mmlu.csv -i web=web.ngidx -i books=books.ngidx --answer-field answer\n"
    "  ngidx contam gsm8k.jsonl --fail-on 'dirty>0'\n"
    "  ngidx contam --lm-eval results --report report\n"
    "  ngidx contam diff report-old report-new\n";

static int parse_eta(const char *text, const char *name, double *eta, struct ng_err *err) {
    char *end;
    *eta = strtod(text, &end);
    if (end != text && *end == '\0' && *eta >= 0.0 && *eta <= 1.0) return NG_OK;
    return ng_err_set(err, NG_ERR_USAGE, "%s must be a number from 0 to 1, not '%s'", name, text);
}

static int take_suspicious(const char *text, void *to, struct ng_err *err) {
    return parse_eta(text, "--suspicious", to, err);
}

static int take_dirty(const char *text, void *to, struct ng_err *err) {
    return parse_eta(text, "--dirty", to, err);
}

/* WHAT>LIMIT, WHAT>=LIMIT, with % behind the limit for a share of the entries that were checked. */
static int take_rule(const char *text, void *to, struct ng_err *err) {
    struct ng_cmd_contam *command = to;
    static const char *const kinds[] = {"dirty", "suspicious", "overlapping", "canary"};
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
        well = well && at[rule->percent ? 1 : 0] == '\0' && !(rule->percent && strcmp(rule->what, "canary") == 0);
    }
    if (well) return NG_OK;
    (void)ng_err_set(err, NG_ERR_USAGE, "--fail-on: '%s' is not a rule", text);
    return ng_err_hint(err, "such as 'dirty>5%%', 'suspicious>=10' or 'overlapping>0'");
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

static int take_task(const char *text, void *to, struct ng_err *err) {
    struct ng_cmd_contam *command = to;
    return ng_cli_parse_task(text, &command->task, &command->task_count, err);
}

static void take_wanted(uint64_t wanted, uint64_t *option) {
    if (wanted != NG_CMD_CONTAM_UNSET) *option = wanted;
}

/* Sets the preset, and over it what was asked for. */
static int settle_preset(struct ng_cmd_contam *command, struct ng_err *err) {
    const struct ng_cmd_contam_wanted *wanted = &command->wanted;
    struct ng_contam_options *options = &command->settings.options;
    enum ng_contam_preset preset = ng_contam_preset_default(command->indexes.indexes, command->indexes.count);
    bool by_others = ng_cmd_presets_is_named(wanted->preset);
    if (wanted->preset && !by_others && !ng_contam_preset_find(wanted->preset, &preset)) {
        (void)ng_err_set(err, NG_ERR_USAGE, "--preset: there is no preset '%s'", wanted->preset);
        return ng_err_hint(err, "use folded or paper, the recipe of a publication (see --help), or all");
    }
    ng_contam_options_set_preset(options, preset);
    take_wanted(wanted->chars, &options->chars);
    take_wanted(wanted->benchmark_guard, &options->benchmark_guard);
    take_wanted(wanted->corpus_guard, &options->corpus_guard);
    take_wanted(wanted->minimum_units, &options->minimum_units);
    if (wanted->suspicious >= 0.0 && !by_others) options->suspicious = wanted->suspicious;
    if (wanted->dirty >= 0.0 && !by_others) options->dirty = wanted->dirty;
    bool folded_only = wanted->benchmark_guard != NG_CMD_CONTAM_UNSET || wanted->corpus_guard != NG_CMD_CONTAM_UNSET ||
                       wanted->minimum_units != NG_CMD_CONTAM_UNSET;
    if (preset == NG_PRESET_PAPER && folded_only) {
        return ng_err_set(err, NG_ERR_USAGE, "--benchmark-guard, --corpus-guard and --minimum need --preset folded");
    }
    if (options->suspicious <= options->dirty) return NG_OK;
    return ng_err_set(err, NG_ERR_USAGE, "--suspicious %g is over --dirty %g", options->suspicious, options->dirty);
}

int ng_cmd_contam_open(struct ng_cmd_contam *command, struct ng_err *err) {
    int status = ng_cmd_indexes_open(&command->indexes, err);
    if (!status) status = settle_preset(command, err);
    if (!status) status = ng_cmd_presets_settle(command, err);
    if (!status && (command->report || command->json)) add_lengths(command);
    return status;
}

/* What options decide together. */
static int settle(struct ng_cmd_contam *command, int argc, struct ng_err *err) {
    if (command->gathered) command->report = command->gathered_report;
    if (command->task_count > 0 && !command->report) return ng_err_set(err, NG_ERR_USAGE, "--task needs --report");
    if (command->task_count > 0 && command->settings.options.naive) return ng_err_set(err, NG_ERR_USAGE, "--task excludes --naive");
    if (command->attributes && !command->report) return ng_err_set(err, NG_ERR_USAGE, "--attributes needs --report");
    if (command->lm_eval) return NG_OK;
    if (optind == argc && command->self_test && command->task_count == 0) return NG_OK;
    if (optind == argc) return ng_err_set(err, NG_ERR_USAGE, "contam: BENCH is missing");
    /* Only a report shows evidence. */
    if (!command->report && !ng_cmd_benchmarks_last(&command->benchmarks, NG_CMD_BENCHMARK_ANSWER)) command->settings.options.evidence_limit = 0;
    return NG_OK;
}

/* Checks the benchmarks that were named and, behind them, those of saved samples. */
static int check_samples(struct ng_cmd_contam *command, char **named, size_t count, struct ng_err *err) {
    struct ng_cmd_samples samples = {0};
    char **paths = NULL;
    int code = ng_cmd_samples_find(&samples, command->lm_eval, err);
    if (code) goto out;
    paths = calloc(count + samples.count, sizeof *paths);
    if (!paths) {
        code = ng_err_nomem(err, (count + samples.count) * sizeof *paths, "the names of benchmarks");
        goto out;
    }
    for (size_t i = 0; i < count; i++) paths[i] = named[i];
    for (size_t i = 0; i < samples.count; i++) paths[count + i] = samples.paths[i];
    command->first_sample = count;
    code = ng_cmd_contam_run(command, paths, count + samples.count);
out:
    free((void *)paths);
    ng_cmd_samples_free(&samples);
    return code;
}

static int check(int argc, char **argv, void *context, struct ng_err *err) {
    struct ng_cmd_contam *command = context;
    int status = settle(command, argc, err);
    if (status) return status;
    if (command->lm_eval) return check_samples(command, argv + optind, (size_t)(argc - optind), err);
    return optind == argc ? ng_cmd_contam_self_test(command)
                          : ng_cmd_contam_run(command, argv + optind, (size_t)(argc - optind));
}

static int out_of_memory(uint64_t bytes) {
    struct ng_err err;
    ng_err_clear(&err);
    (void)ng_err_nomem(&err, bytes, "a check");
    return ng_cli_report(&err);
}

int ng_cmd_contam_start(int argc, char **argv, struct ng_shares *gathered, const char *report) {
    static struct ng_cmd_contam contam; /* it holds many paths */
    struct ng_cmd_contam *command = &contam;
    struct ng_contam_options *options = &command->settings.options;
    struct ng_cmd_contam_wanted *wanted = &command->wanted;
    const struct ng_cli_option table[] = {
        NG_CMD_OPTION_INDEXES(&command->indexes),
        NG_CMD_BENCHMARK_OPTIONS(&command->benchmarks),
        {.name = "lm-eval", .text = &command->lm_eval},
        {.name = "answer-within", .number = &options->answer_chars, .most = NG_MAX_CONTEXT_BYTES},
        {.name = "sample", .number = &command->settings.sample, .least = 1, .most = UINT64_MAX},
        {.name = "seed", .number = &command->settings.seed, .most = UINT64_MAX},
        {.name = "chars", .letter = 'c', .number = &wanted->chars, .least = 1, .most = NG_MAX_WINDOW_CHARS},
        {.name = "preset", .text = &wanted->preset},
        {.name = "benchmark-guard", .number = &wanted->benchmark_guard, .most = UINT32_MAX},
        {.name = "corpus-guard", .number = &wanted->corpus_guard, .most = NG_MAX_CORPUS_GUARD},
        {.name = "minimum", .number = &wanted->minimum_units, .most = NG_MAX_WINDOW_CHARS},
        {.name = "stride", .number = &options->stride, .least = 1, .most = UINT32_MAX},
        {.name = "suspicious", .take = take_suspicious, .to = &wanted->suspicious},
        {.name = "dirty", .take = take_dirty, .to = &wanted->dirty},
        {.name = "threads", .letter = 't', .threads = &options->threads},
        {.name = "naive", .flag = &options->naive},
        {.name = "task", .take = take_task, .to = command},
        {.name = "report", .letter = 'r', .text = &command->report},
        {.name = "attributes", .text = &command->attributes},
        {.name = "redact", .flag = &command->settings.redact},
        {.name = "corpus-info", .text = &command->cited.corpus_info},
        {.name = "benchmark-info", .text = &command->cited.benchmark_info},
        {.name = "limit", .letter = 'n', .number = &options->evidence_limit, .most = NG_MAX_EVIDENCE},
        {.name = "context", .letter = 'C', .number = &options->context_bytes, .most = NG_MAX_CONTEXT_BYTES},
        {.name = "fail-on", .take = take_rule, .to = command},
        {.name = "self-test", .flag = &command->self_test},
        {.name = "passages", .number = &command->passages, .least = 1, .most = 1000000},
        NG_CMD_OPTIONS_REMOTE_WHOLE(&command->indexes),
        NG_CLI_OPTION_JSON(&command->json),
        {0}};
    *command = (struct ng_cmd_contam){.passages = 200,
                                      .first_sample = SIZE_MAX,
                                      .settings = {.seed = 1},
                                      .gathered = gathered,
                                      .gathered_report = report};
    *wanted = (struct ng_cmd_contam_wanted){.chars = NG_CMD_CONTAM_UNSET,
                                            .suspicious = -1.0,
                                            .dirty = -1.0,
                                            .benchmark_guard = NG_CMD_CONTAM_UNSET,
                                            .corpus_guard = NG_CMD_CONTAM_UNSET,
                                            .minimum_units = NG_CMD_CONTAM_UNSET};
    ng_contam_options_init(options);
    struct ng_cmd_contam_cited *cited = &command->cited;
    *cited = (struct ng_cmd_contam_cited){.argc = argc, .argv = calloc((size_t)argc + 1, sizeof(char *)), .table = table};
    if (!cited->argv) return out_of_memory((uint64_t)argc * sizeof(char *));
    memcpy((void *)cited->argv, (void *)argv, (size_t)argc * sizeof(char *));
    int code = ng_cli_run(argc, argv, HELP, table, check, command);
    ng_cmd_contam_cited_free(cited);
    return code;
}

static int run(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "diff") == 0) return ng_cmd_contam_diff(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "gather") == 0) return ng_cmd_contam_gather(argc - 1, argv + 1);
    return ng_cmd_contam_start(argc, argv, NULL, NULL);
}

const struct ng_cli_command ng_cmd_contam = {"contam", "which entries of a benchmark occur in an index", HELP, run};
