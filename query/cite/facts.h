/*
 * What is known of corpora and benchmarks from elsewhere, as a report cites it: --corpus-info and --benchmark-info. A file
 * is a JSON object that has an object for each name:
 *
 *   {"web": {"version": "2.1", "licence": "ODC-By-1.0", "url": "https://...", "crawl_date": "2024-05"}}
 */
#ifndef NG_QUERY_CITE_FACTS_H
#define NG_QUERY_CITE_FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/err.h"

/* The members. VERSION and CRAWL_DATE are for corpora, REVISION for benchmarks. */
enum ng_cite_fact {
    NG_FACT_VERSION,
    NG_FACT_REVISION,
    NG_FACT_LICENCE,
    NG_FACT_URL,
    NG_FACT_CRAWL_DATE,
    NG_FACTS
};

enum ng_cite_facts_kind { NG_FACTS_CORPUS, NG_FACTS_BENCHMARK };

struct ng_cite_facts;

/* Reads a file. On success, free *facts with ng_cite_facts_free. Errors: NG_ERR_NOTFOUND, NG_ERR_IO, NG_ERR_NOMEM,
 * NG_ERR_INPUT (no JSON, a member that is not known, a value that is no string). */
int ng_cite_facts_read(struct ng_cite_facts **facts, const char *path, enum ng_cite_facts_kind kind,
                         struct ng_err *err);
void ng_cite_facts_free(struct ng_cite_facts *facts);

/* What the file says of a name; NULL if it says nothing, or if facts is NULL. */
const char *ng_cite_facts_get(const struct ng_cite_facts *facts, const char *name, enum ng_cite_fact fact);

/* Whether the file has an object for a name. */
bool ng_cite_facts_has(const struct ng_cite_facts *facts, const char *name);

#endif
