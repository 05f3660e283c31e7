/*
 * The documents that hold text of dirty and suspicious entries: contaminated-docs.jsonl, and the files of --attributes.
 * Internal to the command-line program.
 */
#ifndef NG_QUERY_REPORT_DOCUMENTS_H
#define NG_QUERY_REPORT_DOCUMENTS_H

#include "query/report/report.h"

/* The ranges of one document that entries share. */
struct ng_report_document {
    size_t index;
    uint64_t doc;
    struct ng_text_range *ranges; /* in order, apart */
    double *scores;               /* of each range */
    size_t range_count;
};

/* Documents are added in any order. */
struct ng_report_documents;

/* Errors: NG_ERR_NOMEM. Free with ng_report_documents_free. */
int ng_report_documents_open(struct ng_report_documents **documents, const struct ng_report_settings *settings,
                             struct ng_err *err);
void ng_report_documents_free(struct ng_report_documents *documents);

/* Adds the documents that have to change to clean a corpus of an entry. benchmark_name is borrowed. Errors:
 * NG_ERR_NOMEM. */
int ng_report_documents_add(struct ng_report_documents *documents, const char *benchmark_name,
                            const struct ng_benchmark_entry *entry, const struct ng_contam_result *result,
                            const struct ng_contam_holders *holders, struct ng_err *err);

/* Writes contaminated-docs.jsonl. *count is the number of lines. Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT; write errors are
 * left in the stream. */
int ng_report_documents_write(struct ng_report_documents *documents, FILE *stream, uint64_t *count, struct ng_err *err);

/* After writing: the documents in order of index and number. The array belongs to documents. */
const struct ng_report_document *ng_report_documents_get(const struct ng_report_documents *documents, size_t *count);

/* Makes the folder for span files, one for each file of the corpus, in the form that Dolma's toolkit reads. The folder
 * must be new or empty. Errors: NG_ERR_USAGE (it is neither; an index has no exact view), NG_ERR_IO, NG_ERR_NOMEM. */
struct ng_report_attributes;
int ng_report_attributes_open(struct ng_report_attributes **attributes, const char *path,
                              const struct ng_report_settings *settings, struct ng_err *err);

/* Writes the files. *files is their number. *gaps counts the lines of the corpus that are no documents, so that rows do
 * not line up. Errors: NG_ERR_IO, NG_ERR_NOSPACE, NG_ERR_NOMEM, NG_ERR_CORRUPT, NG_ERR_INPUT (two files of a corpus
 * have one name). */
int ng_report_attributes_write(struct ng_report_attributes *attributes, const struct ng_report_documents *documents,
                               uint64_t *files, uint64_t *gaps, struct ng_err *err);

/* Gives the folder its name. Errors: NG_ERR_IO. */
int ng_report_attributes_publish(struct ng_report_attributes *attributes, struct ng_err *err);

/* Removes what was not published. NULL is fine. */
void ng_report_attributes_close(struct ng_report_attributes *attributes);

#endif
