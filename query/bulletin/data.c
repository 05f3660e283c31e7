/* bulletin.json and bulletin.csv: all that the pages show, for programs. */
#include <inttypes.h>
#include <string.h>

#include "common/json/out.h"
#include "query/bulletin/site.h"

static const enum ng_contam_class CLASSES[] = {NG_CONTAM_DIRTY, NG_CONTAM_SUSPICIOUS, NG_CONTAM_COMMON, NG_CONTAM_CLEAN};
enum { CLASS_COUNT = sizeof CLASSES / sizeof *CLASSES };

static void write_report(struct ng_json *json, const struct ng_bulletin_report *report) {
    ng_json_object_begin(json);
    ng_json_member_text(json, "report", report->key);
    ng_json_member_text(json, "date", report->date);
    ng_json_member_bool(json, "date_of_file", report->date_of_file);
    ng_json_member_u64(json, "report_version", report->version);
    ng_json_member_text(json, "program", report->program);
    ng_json_member_text(json, "command", report->command);
    ng_json_member_text(json, "preset", report->preset);
    ng_json_member_text(json, "method", report->method);
    ng_json_member_text(json, "source", report->source);
    if (report->sample > 0) ng_json_member_u64(json, "sample", report->sample);
    else ng_json_member_null(json, "sample");
    ng_json_member_bool(json, "redacted", report->redacted);
    ng_json_member_array(json, "files");
    for (size_t i = 0; i < NG_SITE_REPORT_FILES; i++) {
        char path[128];
        if (!report->has_file[i]) continue;
        (void)snprintf(path, sizeof path, NG_BULLETIN_REPORTS "/%s/%s", report->key, ng_site_report_files[i]);
        ng_json_text(json, path);
    }
    ng_json_array_end(json);
    ng_json_object_end(json);
}

static void write_result(struct ng_json *json, const struct ng_bulletin_result *result) {
    ng_json_object_begin(json);
    ng_json_member_text(json, "benchmark", result->benchmark);
    ng_json_member_text(json, "corpus", result->corpus->name);
    ng_json_member_text(json, "method", result->report->method);
    ng_json_member_text(json, "date", result->report->date);
    ng_json_member_text(json, "report", result->report->key);
    ng_json_member_text(json, "xxh3_128", result->hash);
    ng_json_member_text(json, "revision", result->revision);
    ng_json_member_text(json, "index_id", result->corpus->id);
    ng_json_member_text(json, "corpus_version", result->corpus->version);
    ng_json_member_u64(json, "entries", result->entries);
    ng_json_member_u64(json, "checked", result->checked);
    for (size_t i = 0; i < CLASS_COUNT; i++) {
        const struct ng_bulletin_rate *rate = &result->rates[CLASSES[i]];
        ng_json_member_object(json, ng_contam_class_name(CLASSES[i]));
        ng_json_member_u64(json, "entries", rate->entries);
        ng_json_member_decimal(json, "percent", rate->percent, 2);
        if (rate->sampled) {
            ng_json_member_array(json, "interval");
            ng_json_decimal(json, rate->low, 2);
            ng_json_decimal(json, rate->high, 2);
            ng_json_array_end(json);
        } else {
            ng_json_member_null(json, "interval");
        }
        ng_json_object_end(json);
    }
    ng_json_object_end(json);
}

int ng_site_write_json(FILE *out, const struct ng_grid *grid, const char *title, struct ng_err *err) {
    struct ng_json json;
    int status = ng_json_init(&json, out, err);
    if (status) return status;
    ng_json_object_begin(&json);
    ng_json_member_text(&json, "bulletin", "ngidx");
    ng_json_member_u64(&json, "bulletin_version", 1);
    ng_json_member_text(&json, "title", title);
    ng_json_member_array(&json, "reports");
    for (size_t i = 0; i < grid->bulletin->count; i++) write_report(&json, grid->bulletin->reports[i]);
    ng_json_array_end(&json);
    ng_json_member_array(&json, "results");
    for (size_t i = 0; i < grid->count; i++) write_result(&json, grid->rows[i]);
    ng_json_array_end(&json);
    ng_json_object_end(&json);
    ng_json_end_line(&json);
    ng_json_free(&json);
    return NG_OK;
}

/* RFC 4180, LF at line ends. */
static void write_cell(FILE *out, const char *text) {
    (void)putc('"', out);
    for (; text && *text; text++) {
        if (*text == '"') (void)putc('"', out);
        (void)putc(*text, out);
    }
    (void)fputs("\",", out);
}

void ng_site_write_csv(FILE *out, const struct ng_grid *grid) {
    (void)fputs("benchmark,corpus,method,date,report,xxh3_128,revision,index_id,corpus_version,sample,entries,checked", out);
    for (size_t i = 0; i < CLASS_COUNT; i++) {
        const char *name = ng_contam_class_name(CLASSES[i]);
        (void)fprintf(out, ",%s,%s_percent,%s_low,%s_high", name, name, name, name);
    }
    (void)putc('\n', out);
    for (size_t r = 0; r < grid->count; r++) {
        const struct ng_bulletin_result *row = grid->rows[r];
        write_cell(out, row->benchmark);
        write_cell(out, row->corpus->name);
        write_cell(out, row->report->method);
        (void)fprintf(out, "%s,%s,", row->report->date, row->report->key);
        write_cell(out, row->hash);
        write_cell(out, row->revision);
        write_cell(out, row->corpus->id);
        write_cell(out, row->corpus->version);
        if (row->report->sample > 0) (void)fprintf(out, "%" PRIu64, row->report->sample);
        (void)fprintf(out, ",%" PRIu64 ",%" PRIu64, row->entries, row->checked);
        for (size_t i = 0; i < CLASS_COUNT; i++) {
            const struct ng_bulletin_rate *rate = &row->rates[CLASSES[i]];
            (void)fprintf(out, ",%" PRIu64 ",%.2f", rate->entries, rate->percent);
            if (rate->sampled) (void)fprintf(out, ",%.2f,%.2f", rate->low, rate->high);
            else (void)fputs(",,", out);
        }
        (void)putc('\n', out);
    }
}
