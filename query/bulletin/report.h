/*
 * What a bulletin takes from a report.json. Texts are borrowed from an arena and may hold anything; they are well-formed
 * UTF-8 without NUL. NULL is a text that the report does not have.
 */
#ifndef NG_QUERY_BULLETIN_REPORT_H
#define NG_QUERY_BULLETIN_REPORT_H

#include "query/schema/doc.h"
#include "query/include/ngidx_contam.h"

enum { NG_BULLETIN_REPORT_VERSION = 2 }; /* that the schema describes */
enum { NG_SITE_REPORT_FILES = 7 }; /* that a report may have; site.h names them */
enum { NG_BULLETIN_CLASSES = NG_CONTAM_COMMON + 1 };

struct ng_bulletin_rate {
    uint64_t entries;
    double percent;
    bool sampled; /* [low, high] is its interval, in percent */
    double low;
    double high;
};

struct ng_bulletin_corpus {
    const char *name;
    const char *id;
    const char *version;
    const char *licence;
    const char *url;
    const char *crawl_date;
    uint64_t documents;
    uint64_t text_bytes;
};

/* A benchmark against a corpus. */
struct ng_bulletin_result {
    const struct ng_bulletin_report *report;
    const struct ng_bulletin_corpus *corpus;
    const char *benchmark;
    const char *hash;
    const char *revision;
    const char *licence;
    const char *url;
    const char *fields;
    uint64_t entries; /* of the file */
    uint64_t unjudged; /* blank, or too short */
    uint64_t checked;
    struct ng_bulletin_rate rates[NG_BULLETIN_CLASSES]; /* by enum ng_contam_class */
    uint64_t windows;
    uint64_t found;
};

struct ng_bulletin_report {
    const char *key;    /* name of its folder in the site: digits, lower-case letters, hyphens */
    const char *folder; /* where it was read */
    bool alone;         /* that is report.json itself, which may have any name */
    bool in_site;       /* that is a folder of a site, whose files never change */
    uint64_t version;   /* report_version */
    const char *date;   /* 2026-11-30T12:34:56Z; of the file, if date_of_file */
    bool date_of_file;
    const char *program;
    const char *command; /* as one types it */
    const char *method;  /* the preset, with the settings that are not its defaults */
    const char *preset;
    const char *source;  /* of the preset */
    const char *measure;
    const char *measured; /* how well the preset does, a sentence */
    const char **texts;   /* what the classes mean, paragraphs; owned */
    size_t text_count;
    uint64_t sample; /* 0: all entries */
    bool redacted;
    struct ng_bulletin_corpus *corpora; /* owned */
    size_t corpus_count;
    struct ng_bulletin_result *results; /* owned; benchmark by benchmark, in the order of the report */
    size_t result_count;
    uint64_t benchmark_count;
    bool has_file[NG_SITE_REPORT_FILES]; /* in the site; once that is written */
};

/* Reads a report.json of version 1 or 2. name is for errors. fallback_date is used if the report has none. Errors:
 * NG_ERR_INPUT (version 2: it does not fit the schema; version 1: it lacks what a bulletin cannot do without; either:
 * its figures contradict each other), NG_ERR_VERSION (a later version), NG_ERR_NOMEM. Either way
 * ng_bulletin_report_free. */
int ng_bulletin_report_read(struct ng_bulletin_report *report, const struct ng_doc *doc, const char *name,
                            const char *fallback_date, struct ng_arena *arena, struct ng_err *err);

/* Idempotent. */
void ng_bulletin_report_free(struct ng_bulletin_report *report);

/* Checks that the figures of a report agree with each other: what no schema can say. Errors: NG_ERR_INPUT, whose text is
 * where and why. */
int ng_bulletin_report_check(const struct ng_bulletin_report *report, struct ng_err *err);

/* The number that the first digits characters of a text are; they are digits. */
static inline int ng_bulletin_digits(const char *text, int digits) {
    int number = 0;
    for (int i = 0; i < digits; i++) number = number * 10 + (text[i] - '0');
    return number;
}

/* query/report/report.schema.json as it was when the program was compiled. */
extern const char ng_bulletin_schema[];
extern const uint64_t ng_bulletin_schema_bytes;

#endif
