#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/json/out.h"
#include "query/args/indexes.h"
#include "query/cli/cmd.h"
#include "query/cli/probe.h"

static const char HELP[] =
    "Usage: ngidx stats [options]\n"
    "\n"
    "Shows what an index holds and how large its parts are.\n"
    "\n"
    "Options:\n"
    "  -i, --index INDEX  the index (default: $NGIDX_INDEX, else ./index.ngidx); may be repeated to show several;\n"
    "                     -i NAME=INDEX gives an index a name\n"
    "      --json         one object per index and line: index (its name), format, text_bytes, index_bytes (of all\n"
    "                     files), ratio (index to text), documents, removed_documents and removed_text_bytes (still\n"
    "                     in the files), removals (time, by, documents, text_bytes), views (view, text_bytes, bytes;\n"
    "                     for a folded view also fold_version, unicode), shards of all views (file, bytes,\n"
    "                     text_bytes, documents, sections), sections (bytes of each kind in all shards)\n"
    "      --probe        also measure, in about three seconds, how many pages the disk reads per second, one at a time\n"
    "                     and 64 at a time, and what a count of 50 bytes costs that finds nothing in memory; --json:\n"
    "                     probe. It drops the index's pages from the page cache\n"
    "  -h, --help         show this help\n"
    NG_CMD_HELP_REMOTE_WHOLE
    "\n"
    "Exit code: 0 done, 2 error.\n"
    "\n"
    "Examples:\n"
    "  ngidx stats\n"
    "  ngidx stats --json | jq .ratio\n";

struct options {
    struct ng_cmd_indexes indexes;
    bool json;
    bool probe;
};

/* Bytes of each kind of section over all shards, in the order they are met. */
struct totals {
    unsigned count;
    struct {
        char name[5];
        uint64_t bytes;
    } sections[NG_MAX_SECTIONS];
};

static void add_section(struct totals *totals, const char *name, uint64_t bytes) {
    unsigned i = 0;
    while (i < totals->count && strcmp(totals->sections[i].name, name) != 0) i++;
    if (i == NG_MAX_SECTIONS) return; /* kinds that differ from shard to shard: none of ours */
    if (i == totals->count) {
        memcpy(totals->sections[i].name, name, sizeof totals->sections[i].name);
        totals->sections[i].bytes = 0;
        totals->count++;
    }
    totals->sections[i].bytes += bytes;
}

static void sum_sections(const struct ng_index *index, uint64_t shards, struct totals *totals) {
    for (uint64_t shard = 0; shard < shards; shard++) {
        struct ng_shard_info info;
        ng_index_get_shard_info(index, shard, &info);
        for (unsigned section = 0; section < info.section_count; section++) {
            char name[5];
            uint64_t bytes;
            ng_index_get_section(index, shard, section, name, &bytes);
            add_section(totals, name, bytes);
        }
    }
}

static double ratio(const struct ng_index_info *info) {
    return info->text_bytes > 0 ? (double)info->index_bytes / (double)info->text_bytes : 0.0;
}

static void print_json_shard(struct ng_json *json, const struct ng_index *index, uint64_t shard) {
    struct ng_shard_info info;
    ng_index_get_shard_info(index, shard, &info);
    ng_json_object_begin(json);
    ng_json_member_text(json, "file", info.file);
    ng_json_member_u64(json, "bytes", info.bytes);
    ng_json_member_u64(json, "text_bytes", info.text_bytes);
    ng_json_member_u64(json, "documents", info.documents);
    ng_json_member_object(json, "sections");
    for (unsigned section = 0; section < info.section_count; section++) {
        char name[5];
        uint64_t bytes;
        ng_index_get_section(index, shard, section, name, &bytes);
        ng_json_member_u64(json, name, bytes);
    }
    ng_json_object_end(json);
    ng_json_object_end(json);
}

/* The views of an index. */
struct views {
    const struct ng_index *list[2];
    struct ng_index_info info[2];
    unsigned count;
};

static const char *name_view(const struct ng_index *view) {
    return ng_index_text_view(view) == NG_VIEW_FOLDED ? "folded" : "exact";
}

static uint64_t view_bytes(const struct views *views, unsigned i) {
    uint64_t bytes = 0;
    for (uint64_t shard = 0; shard < views->info[i].shards; shard++) {
        struct ng_shard_info one;
        ng_index_get_shard_info(views->list[i], shard, &one);
        bytes += one.bytes;
    }
    return bytes;
}

static void print_json_views(struct ng_json *json, const struct views *views) {
    ng_json_member_array(json, "views");
    for (unsigned i = 0; i < views->count; i++) {
        const struct ng_index_info *info = &views->info[i];
        bool folded = ng_index_text_view(views->list[i]) == NG_VIEW_FOLDED;
        ng_json_object_begin(json);
        ng_json_member_text(json, "view", name_view(views->list[i]));
        ng_json_member_u64(json, "text_bytes", info->text_bytes);
        ng_json_member_u64(json, "bytes", view_bytes(views, i));
        if (folded) ng_json_member_u64(json, "fold_version", info->fold_version);
        if (folded) ng_json_member_text(json, "unicode", info->fold_unicode);
        ng_json_object_end(json);
    }
    ng_json_array_end(json);
    ng_json_member_array(json, "shards");
    for (unsigned i = 0; i < views->count; i++) {
        for (uint64_t shard = 0; shard < views->info[i].shards; shard++) print_json_shard(json, views->list[i], shard);
    }
    ng_json_array_end(json);
}

static void print_json_probe(struct ng_json *json, const struct ng_cmd_probe *probe) {
    ng_json_member_object(json, "probe");
    if (probe->reads_deep > 0) {
        ng_json_member_u64(json, "pages_per_second", (uint64_t)probe->reads_single);
        ng_json_member_u64(json, "pages_per_second_deep", (uint64_t)probe->reads_deep);
    }
    ng_json_member_u64(json, "depth", NG_CMD_PROBE_DEPTH);
    ng_json_member_u64(json, "phrases", probe->phrases);
    if (probe->phrases > 0) {
        ng_json_member_decimal(json, "cold_count_ms", probe->count_ms, 3);
        ng_json_member_decimal(json, "cold_batch_count_ms", probe->batch_ms, 3);
    }
    ng_json_object_end(json);
}

static void print_probe(const struct ng_cmd_probe *probe) {
    (void)printf("\ndisk\n");
    if (probe->reads_deep > 0) {
        (void)printf("  %.0f pages of 4 KiB a second one at a time, %.0f a second %d at a time\n", probe->reads_single,
                     probe->reads_deep, NG_CMD_PROBE_DEPTH);
    } else {
        (void)printf("  the file system cannot be measured: it has no O_DIRECT\n");
    }
    if (probe->phrases > 0) {
        (void)printf("  a count of %d bytes with nothing in memory: %.2f ms, in a batch %.2f ms\n",
                     NG_CMD_PROBE_PHRASE_BYTES, probe->count_ms, probe->batch_ms);
    } else {
        (void)printf("  the index is too small to measure a cold count\n");
    }
}

/* What was removed, and when. */
static void print_json_removals(struct ng_json *json, const struct ng_index *index, const struct ng_index_info *info) {
    struct ng_removal_info removal;
    ng_json_member_u64(json, "removed_documents", info->document_end - info->documents);
    ng_json_member_u64(json, "removed_text_bytes", info->removed_text_bytes);
    ng_json_member_array(json, "removals");
    for (uint64_t i = 0; ng_index_get_removal(index, i, &removal); i++) {
        ng_json_object_begin(json);
        ng_json_member_text(json, "time", removal.time);
        ng_json_member_text(json, "by", removal.by);
        ng_json_member_u64(json, "documents", removal.documents);
        ng_json_member_u64(json, "text_bytes", removal.text_bytes);
        ng_json_object_end(json);
    }
    ng_json_array_end(json);
}

static void print_removals(const struct ng_index *index, const struct views *views, const struct ng_index_info *info) {
    char size[NG_CLI_SIZE_CHARS];
    struct ng_removal_info removal;
    uint64_t bytes = 0;
    if (!ng_index_get_removal(index, 0, &removal)) return;
    for (unsigned i = 0; i < views->count; i++) {
        for (uint64_t shard = 0; shard < views->info[i].shards; shard++) {
            struct ng_shard_info one;
            ng_index_get_shard_info(views->list[i], shard, &one);
            bytes += one.removed_bytes;
        }
    }
    const uint64_t removed = info->document_end - info->documents;
    (void)printf("\nremoved    %" PRIu64 " document%s, ", removed, ng_cli_plural(removed));
    (void)printf("%s of text", ng_cli_format_size(info->removed_text_bytes, size));
    if (bytes > 0) (void)printf(", still in the files; %s tell which", ng_cli_format_size(bytes, size));
    (void)fputc('\n', stdout);
    for (uint64_t i = 0; ng_index_get_removal(index, i, &removal); i++) {
        (void)printf("  %s  %" PRIu64 " document%s, %s of text, by %s\n", removal.time, removal.documents,
                     ng_cli_plural(removal.documents), ng_cli_format_size(removal.text_bytes, size), removal.by);
    }
}

static int print_json(const char *name, const struct ng_index *index, const struct views *views, const struct ng_index_info *info,
                      const struct totals *totals, const struct ng_cmd_probe *probe, struct ng_err *err) {
    struct ng_json json;
    int status = ng_cmd_json_begin(&json, err);
    if (status) return status;
    ng_json_member_text(&json, "index", name);
    ng_json_member_u64(&json, "format", info->format_version);
    ng_json_member_u64(&json, "text_bytes", info->text_bytes);
    ng_json_member_u64(&json, "index_bytes", info->index_bytes);
    ng_json_member_decimal(&json, "ratio", ratio(info), 4);
    ng_json_member_u64(&json, "documents", info->documents);
    print_json_removals(&json, index, info);
    print_json_views(&json, views);
    ng_json_member_object(&json, "sections");
    for (unsigned i = 0; i < totals->count; i++) {
        ng_json_member_u64(&json, totals->sections[i].name, totals->sections[i].bytes);
    }
    ng_json_object_end(&json);
    if (probe) print_json_probe(&json, probe);
    return ng_cmd_json_end(&json);
}

static void print_row(const char *name, uint64_t bytes, const struct ng_index_info *info) {
    char size[NG_CLI_SIZE_CHARS];
    double part = info->text_bytes > 0 ? (double)bytes / (double)info->text_bytes : 0.0;
    (void)printf("  %-16s %10s %16" PRIu64 " bytes  %.4f of the text\n", name, ng_cli_format_size(bytes, size), bytes,
                 part);
}

static void print_shards(const struct ng_index *view, uint64_t count) {
    char size[NG_CLI_SIZE_CHARS];
    for (uint64_t shard = 0; shard < count; shard++) {
        struct ng_shard_info one;
        ng_index_get_shard_info(view, shard, &one);
        (void)printf("  %-16s %10s for ", one.file, ng_cli_format_size(one.bytes, size));
        (void)printf("%s of text, %" PRIu64 " document%s\n", ng_cli_format_size(one.text_bytes, size), one.documents,
                     ng_cli_plural(one.documents));
    }
}

static void print_table(const struct views *views, const struct ng_index_info *info, const struct totals *totals) {
    char size[NG_CLI_SIZE_CHARS];
    (void)printf("format     %" PRIu32 "\n", info->format_version);
    (void)printf("documents  %" PRIu64 "\n", info->documents);
    (void)printf("text       %s (%" PRIu64 " bytes)\n", ng_cli_format_size(info->text_bytes, size), info->text_bytes);
    (void)printf("index      %s (%" PRIu64 " bytes), %.4f of the text\n", ng_cli_format_size(info->index_bytes, size),
                 info->index_bytes, ratio(info));
    if (info->folded) (void)printf("\nviews\n");
    for (unsigned i = 0; i < views->count && info->folded; i++) print_row(name_view(views->list[i]), view_bytes(views, i), info);
    if (info->folded) {
        (void)printf("  folded text: %s, by version %" PRIu32 " of folding and Unicode %s\n",
                     ng_cli_format_size(info->folded_text_bytes, size), info->fold_version, info->fold_unicode);
    }
    if (totals->count > 0) (void)printf("\nsections\n");
    for (unsigned i = 0; i < totals->count; i++) print_row(totals->sections[i].name, totals->sections[i].bytes, info);
    (void)printf("\nshards     %" PRIu64 "\n", info->shards);
    for (unsigned i = 0; i < views->count; i++) print_shards(views->list[i], info->shards);
}

static int show_index(const struct ng_report_index *named, const struct options *options, struct ng_err *err) {
    struct ng_index_info info;
    struct ng_cmd_probe probe;
    struct totals totals = {.count = 0};
    struct views views = {.count = 0};
    ng_index_get_info(named->index, &info);
    for (int view = NG_VIEW_EXACT; view <= NG_VIEW_FOLDED; view++) {
        const struct ng_index *one = ng_index_view(named->index, (enum ng_text_view)view);
        if (!one) continue;
        views.list[views.count] = one;
        ng_index_get_info(one, &views.info[views.count++]);
        sum_sections(one, info.shards, &totals);
    }
    bool remote = ng_index_is_in_parts(named->index);
    if (options->probe && remote) return ng_err_set(err, NG_ERR_USAGE, "a remote index cannot be measured: --probe is for disks here");
    int status = options->probe ? ng_cmd_probe_run(named->path, &probe, err) : NG_OK;
    if (status) return status;
    if (options->json) return print_json(named->name, named->index, &views, &info, &totals, options->probe ? &probe : NULL, err);
    print_table(&views, &info, &totals);
    print_removals(named->index, &views, &info);
    if (options->probe) print_probe(&probe);
    return NG_OK;
}

static int show(int argc, char **argv, void *context, struct ng_err *err) {
    struct options *options = context;
    int status = ng_cli_expect_arguments(argc, argv, 0, "", err);
    if (!status) status = ng_cmd_indexes_open(&options->indexes, err);
    for (size_t k = 0; k < options->indexes.count && !status; k++) {
        if (options->indexes.count > 1 && !options->json) {
            (void)printf("%s%s (%s)\n", k > 0 ? "\n" : "", options->indexes.named[k].name, options->indexes.named[k].path);
        }
        status = show_index(&options->indexes.named[k], options, err);
    }
    return status;
}

static int run(int argc, char **argv) {
    struct options options = {0};
    const struct ng_cli_option table[] = {NG_CMD_OPTION_INDEXES(&options.indexes), NG_CLI_OPTION_JSON(&options.json),
                                          {.name = "probe", .flag = &options.probe},
                                          NG_CMD_OPTIONS_REMOTE_WHOLE(&options.indexes), {0}};
    return ng_cli_run(argc, argv, HELP, table, show, &options);
}

const struct ng_cli_command ng_cmd_stats = {"stats", "what an index holds and how large its parts are", HELP, run};
