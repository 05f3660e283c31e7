/* What a report says of itself and its sources: what files tell of corpora and benchmarks, paths, the command line. */
#include <stdlib.h>
#include <string.h>

#include "common/cli/cli.h"
#include "query/cli_contam/contam.h"

static void tell_unknown(const char *path, const char *name) {
    (void)fprintf(stderr, "ngidx: %s says nothing of '", path);
    ng_cli_print_visible(stderr, (const uint8_t *)name, strlen(name));
    (void)fputs("'\n", stderr);
}

static int read_facts(struct ng_cmd_contam *command, struct ng_err *err) {
    struct ng_cmd_contam_cited *cited = &command->cited;
    int status = NG_OK;
    if (cited->corpus_info) {
        status = ng_cite_facts_read(&cited->corpora, cited->corpus_info, NG_FACTS_CORPUS, err);
    }
    for (size_t k = 0; k < command->settings.index_count && !status && cited->corpora; k++) {
        const char *name = command->settings.indexes[k].name;
        if (!ng_cite_facts_has(cited->corpora, name)) tell_unknown(cited->corpus_info, name);
    }
    if (!status && cited->benchmark_info) {
        status = ng_cite_facts_read(&cited->benchmarks, cited->benchmark_info, NG_FACTS_BENCHMARK, err);
    }
    command->settings.corpora = cited->corpora;
    command->settings.benchmarks = cited->benchmarks;
    return status;
}

int ng_cmd_contam_cite(struct ng_cmd_contam *command, struct ng_err *err) {
    static const char *const path_options[] = {"index",       "report",         "attributes",
                                               "corpus-info", "benchmark-info", "lm-eval",    NULL};
    struct ng_cmd_contam_cited *cited = &command->cited;
    struct ng_report_settings *settings = &command->settings;
    int status = read_facts(command, err);
    if (status || (!command->report && !command->json)) return status;
    status = ng_cite_date(settings->date, err); /* what is wrong with it is known before the check */
    if (!status) status = ng_cite_paths_open(&cited->paths, command->indexes.indexes, command->indexes.count, err);
    if (!status) {
        status = ng_cite_command_make(&cited->command, &cited->command_count, cited->argc, cited->argv, cited->table,
                                        path_options, cited->paths, settings->redact, err);
    }
    settings->paths = cited->paths;
    settings->command = (const char *const *)cited->command;
    settings->command_count = cited->command_count;
    return status;
}

void ng_cmd_contam_cite_benchmark(const struct ng_cmd_contam *command, const char *name) {
    const struct ng_cmd_contam_cited *cited = &command->cited;
    if (cited->benchmarks && !ng_cite_facts_has(cited->benchmarks, name)) tell_unknown(cited->benchmark_info, name);
}

void ng_cmd_contam_cited_free(struct ng_cmd_contam_cited *cited) {
    ng_cite_facts_free(cited->corpora);
    ng_cite_facts_free(cited->benchmarks);
    ng_cite_paths_free(cited->paths);
    ng_cite_command_free(cited->command, cited->command_count);
    free((void *)cited->argv);
    *cited = (struct ng_cmd_contam_cited){0};
}
