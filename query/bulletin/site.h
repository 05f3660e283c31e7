/* The files of a site. */
#ifndef NG_QUERY_BULLETIN_SITE_H
#define NG_QUERY_BULLETIN_SITE_H

#include <stdio.h>

#include "query/bulletin/grid.h"

/* The files of a report that a site takes over, if they are there: report.html first. */
extern const char *const ng_site_report_files[NG_SITE_REPORT_FILES];

/* Write bulletin.json and bulletin.csv. Write errors stay in the FILE. Errors: NG_ERR_NOMEM. */
int ng_site_write_json(FILE *out, const struct ng_grid *grid, const char *title, struct ng_err *err);
void ng_site_write_csv(FILE *out, const struct ng_grid *grid);

/* Makes the folder of a report in the site, whose descriptor is reports, and copies its files; notes which there are.
 * Files of another site are linked, not copied. Errors: NG_ERR_IO, NG_ERR_NOSPACE, NG_ERR_NOTFOUND (report.json). */
int ng_site_take_report(int reports, struct ng_bulletin_report *report, bool data_only, struct ng_err *err);

#endif
