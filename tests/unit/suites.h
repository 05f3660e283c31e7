/*
 * The unit test suites, one a file. To add one: write tests/unit/test_NAME.c, and name its suite here and in
 * main.c.
 */
#ifndef NG_TESTS_UNIT_SUITES_H
#define NG_TESTS_UNIT_SUITES_H

#include "tests/support/check.h"

Suite *test_benchmark_suite(void);
Suite *test_buf_suite(void);
Suite *test_cgroup_suite(void);
Suite *test_cancel_suite(void);
Suite *test_cli_suite(void);
Suite *test_cite_suite(void);
Suite *test_container_suite(void);
Suite *test_corpus_suite(void);
Suite *test_dense_suite(void);
Suite *test_docs_suite(void);
Suite *test_ef_suite(void);
Suite *test_err_suite(void);
Suite *test_file_suite(void);
Suite *test_fields_suite(void);
Suite *test_fold_suite(void);
Suite *test_grams_suite(void);
Suite *test_http_suite(void);
Suite *test_ids_suite(void);
Suite *test_index_files_suite(void);
Suite *test_journal_suite(void);
Suite *test_manifest_suite(void);
Suite *test_map_guard_suite(void);
Suite *test_pages_suite(void);
Suite *test_parallel_suite(void);
Suite *test_plan_suite(void);
Suite *test_publish_suite(void);
Suite *test_rank_suite(void);
Suite *test_record_suite(void);
Suite *test_schema_suite(void);
Suite *test_server_suite(void);
Suite *test_sort_suite(void);
Suite *test_spool_suite(void);
Suite *test_files_suite(void);
Suite *test_task_list_suite(void);
Suite *test_text_suite(void);
Suite *test_tiers_suite(void);
Suite *test_unsort_suite(void);
Suite *test_uploads_suite(void);
Suite *test_walk_suite(void);
Suite *test_windows_suite(void);
Suite *test_parts_suite(void);

#endif
