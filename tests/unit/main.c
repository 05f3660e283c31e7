#include "tests/support/runner.h"
#include "tests/unit/suites.h"

int main(void) {
    static test_suite_new *const suites[] = {
        test_benchmark_suite,
        test_buf_suite,
        test_cgroup_suite,
        test_cancel_suite,
        test_cli_suite,
        test_cite_suite,
        test_container_suite,
        test_corpus_suite,
        test_dense_suite,
        test_docs_suite,
        test_ef_suite,
        test_err_suite,
        test_file_suite,
        test_fields_suite,
        test_fold_suite,
        test_grams_suite,
        test_http_suite,
        test_ids_suite,
        test_index_files_suite,
        test_journal_suite,
        test_manifest_suite,
        test_map_guard_suite,
        test_parallel_suite,
        test_plan_suite,
        test_publish_suite,
        test_rank_suite,
        test_record_suite,
        test_schema_suite,
        test_server_suite,
        test_sort_suite,
        test_spool_suite,
        test_task_list_suite,
        test_text_suite,
        test_unsort_suite,
        test_walk_suite,
        test_windows_suite,
    };
    return test_run(suites, sizeof suites / sizeof suites[0]);
}
