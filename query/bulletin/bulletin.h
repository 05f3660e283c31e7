/*
 * A bulletin: one static site from the reports of many contamination checks.
 *
 *   report.c        report.json to a struct; check.c whether its figures agree
 *   collect.c       folders, files and sites to a list of reports
 *   grid.c          their results by benchmark, corpus, method and date
 *   html.c          text to HTML; chart.c rates over time
 *   page.c          index.html and add.html, of sections: overview.c, history.c, sources.c
 *   data.c          bulletin.json and bulletin.csv
 *   site.c          the folder, and how it takes the place of the one before; files.c what it takes of a report
 *
 * Internal to the command-line program. One thread at a time.
 */
#ifndef NG_QUERY_BULLETIN_BULLETIN_H
#define NG_QUERY_BULLETIN_BULLETIN_H

#include "query/bulletin/report.h"

/* Zero-initialised memory is a bulletin without reports. */
struct ng_bulletin {
    struct ng_arena arena;
    struct ng_bulletin_report **reports; /* owned, as each of them is; by date once published */
    size_t count;
    size_t capacity;
    uint64_t results;
    uint64_t duplicates; /* reports that were given twice, and taken once */
    const char *title;   /* of the last site that was added; NULL: none had one */
};

/* Adds what a path leads to: a report folder, a report.json, or a site, which stands for all of its reports. Errors:
 * those of ng_bulletin_report_read; NG_ERR_NOTFOUND, NG_ERR_IO, NG_ERR_NOMEM, NG_ERR_LIMIT (NG_MAX_BULLETIN_REPORTS,
 * NG_MAX_BULLETIN_RESULTS), NG_ERR_INPUT (neither). */
int ng_bulletin_add(struct ng_bulletin *bulletin, const char *path, struct ng_err *err);

/* Checks one report.json, or that of a folder, of the newest version. Errors: as above; NG_ERR_VERSION for an older one. */
int ng_bulletin_check(const char *path, struct ng_err *err);

struct ng_bulletin_options {
    const char *title; /* NULL: that of the bulletin, else a general one */
    bool data_only;    /* leave the report.html of reports out */
};

/* Makes other programs that do the same wait until *lock, a file descriptor, is closed; -1 if the file system knows no
 * locks. To be called before the first site is read. Errors: NG_ERR_NOTFOUND, NG_ERR_IO (the folder around the site),
 * NG_ERR_NOMEM. */
int ng_bulletin_lock(const char *site, int *lock, struct ng_err *err);

/* Writes the site, and puts it in the place of the one that is there, if any, at once. A failure leaves that as it was.
 * Errors: NG_ERR_USAGE (the path is no folder), NG_ERR_EXISTS (the folder holds what is not of a site), NG_ERR_IO,
 * NG_ERR_NOSPACE, NG_ERR_NOMEM. */
int ng_bulletin_publish(struct ng_bulletin *bulletin, const char *site, const struct ng_bulletin_options *options,
                        struct ng_err *err);

/* Idempotent. */
void ng_bulletin_free(struct ng_bulletin *bulletin);

/* Names of a site's files. */
#define NG_BULLETIN_DATA "bulletin.json"
#define NG_BULLETIN_REPORTS "reports"
#define NG_BULLETIN_REPORT "report.json"

#endif
