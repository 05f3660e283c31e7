/* The entries of benchmark files, in every format, and what is said of broken ones. */
#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/benchmark/benchmark.h"
#include "tests/support/runner.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void add(struct ng_buf *shown, const void *bytes, size_t length) {
    if (ng_buf_append(shown, bytes, length, NULL)) ck_abort_msg("out of memory");
}

/* All entries as ID(TEXT|TEXT)ANSWER@LINE with separators between, then the note if that is wanted; or the error. */
static const char *show_with(struct ng_benchmark *benchmark, int status, const char *separator, bool note,
                             struct ng_err *err) {
    static struct ng_buf shown;
    bool found = true;
    shown.length = 0;
    while (!status && found) {
        struct ng_benchmark_entry entry;
        status = ng_benchmark_next(benchmark, &entry, &found, err);
        if (status || !found) break;
        char line[32];
        if (shown.length > 0) add(&shown, separator, 1);
        add(&shown, entry.id.data, entry.id.length_bytes);
        for (size_t t = 0; t < entry.text_count; t++) {
            add(&shown, t ? "|" : "(", 1);
            add(&shown, entry.texts[t].data, entry.texts[t].length_bytes);
        }
        add(&shown, entry.text_count ? ")" : "()", entry.text_count ? 1 : 2);
        add(&shown, entry.answer.data, entry.answer.length_bytes);
        add(&shown, line, (size_t)snprintf(line, sizeof line, "@%llu", (unsigned long long)entry.line));
    }
    const char *found_out = "";
    if (!status && note) status = ng_benchmark_note(benchmark, &found_out, err);
    if (*found_out) add(&shown, "\nnote: ", 7);
    add(&shown, found_out, strlen(found_out));
    ng_benchmark_close(benchmark);
    add(&shown, "", 1);
    return status ? err->text : (const char *)shown.data;
}

static const char *show(struct ng_benchmark *benchmark, int status, struct ng_err *err) {
    return show_with(benchmark, status, " ", false, err);
}

static const char *read_as(const char *name, const char *bytes, const struct ng_benchmark_options *options) {
    static struct ng_err err;
    struct ng_benchmark *benchmark = NULL;
    int status = ng_benchmark_open_bytes(&benchmark, name, (const uint8_t *)bytes, strlen(bytes), options, &err);
    return show(benchmark, status, &err);
}

struct example {
    const char *name;
    const char *bytes;
    const char *wanted;
};

static const struct example PLAIN[] = {
    {"a.jsonl", "{\"question\":\"Q\",\"id\":\"x\"}\n\n{\"id\":7,\"question\":\"R\"}\n", "x(Q)@1 7(R)@3"},
    {"a.jsonl", "\xEF\xBB\xBF{\"text\":\"Q\"}\r\n{\"text\":\"\"}", "0(Q)@1 1()@2"},
    {"a.ndjson", "{\"prompt\":\"Q\",\"text\":\"T\",\"task_id\":\"h/0\"}", "h/0(Q)@1"},
    {"a.json", "[{\"context\":\"C\"},\n {\"context\":null}\n]\n", "0(C)@1 1()@2"},
    {"a.jsonl", "[{\"text\":\"a\"}]", "0(a)@1"},
    {"a.json", "[]", ""},
    {"a.json", " \n", ""},
    {"a.json", "{\n \"text\": \"a\"\n}\n{\"text\":\"b\"}", "0(a)@1 1(b)@4"},
    {"-", "{\"text\":\"\\u00e9\\ud83d\\ude00\\n\\\"\"}", "0(\xC3\xA9\xF0\x9F\x98\x80\n\")@1"},
    {"a.jsonl", "{\"text\":\"a\\ud800b\",\"n\":\"\\\\ud800\"}", "0(a\xEF\xBF\xBD" "b)@1"},
    {"a.jsonl", "{\"text\":\"a\xFF" "b\"}", "0(a\xEF\xBF\xBD" "b)@1"},
    {"a.jsonl", "{\"n\":{\"text\":\"no\"},\"l\":[{\"text\":\"no\"}],\"text\":\"yes\"}", "0(yes)@1"},
    {"a.csv", "id,question\n1,Q\n2,\"R, \"\"S\"\"\nT\"\r\n\n3,\n", "1(Q)@2 2(R, \"S\"\nT)@3 3()@6"},
    {"a.csv", "\xEF\xBB\xBF\"text\"\n\"\"\nx", "0()@2 1(x)@3"},
    {"a.csv", "text,b\nx,y\n,\n", "0(x)@2 1()@3"},
    {"a.tsv", "text\tb\nx, y\tz\n", "0(x, y)@2"},
    {"a.TSV", "text\tb\n\"x\ty\"\tz", "0(x\ty)@2"},
    {"a.csv", "text\n", ""},
    {"a.csv", "id,text\r1,a\r\r2,\"b\"\r", "1(a)@2 2(b)@4"},
    {"a.csv", "id,text\r\n1,\"a\r\nb\"\r\n2,c\rd\r\n", "1(a\nb)@2 2(c\rd)@4"},
    {"a.tsv", "id\ttext\n1\t\"x\n2\ty\n", "1(\"x)@2 2(y)@3"},
    {"a.tsv", "id\ttext\n1\t\"x\ny\"\n", "1(x\ny)@2"},
    {"a.json", "{\"a\":{\"b.c\":[{\"prompt\":\"P\"},{\"prompt\":\"\"}]}}", "0(P)@1 1()@1"},
    {"a.jsonl", "{\"text\":[\"a\",\"b\"]}", "0(a|b)@1"},
    {"a.jsonl", "{\"text\":\"\\ra\\r\\r\\nb\\rc\"}", "0(a\nb\rc)@1"},
};

START_TEST(plain) {
    const struct ng_benchmark_options options = {0};
    for (size_t i = 0; i < COUNT(PLAIN); i++) {
        ck_assert_str_eq(read_as(PLAIN[i].name, PLAIN[i].bytes, &options), PLAIN[i].wanted);
    }
}
END_TEST

START_TEST(chosen_fields) {
    static const char *const fields[] = {"doc.title", "choices", "n.1.t"};
    struct ng_benchmark_options options = {
        .fields = fields, .field_count = COUNT(fields), .id_field = "doc.key", .answer_field = "right"};
    const char *entry = "{\"doc\":{\"key\":3,\"title\":\"T\",\"x\":{\"title\":\"no\"}},\"right\":true,\"choices\":[\"a\",\"b\"],"
                        "\"n\":[{\"t\":\"no\"},{\"t\":\"N\"}]}";
    ck_assert_str_eq(read_as("a.json", entry, &options), "3(T|a|b|N)true@1");
    const char *flat = "{\"doc.title\":\"T\",\"doc.key\":\"k\",\"right\":null,\"choices\":[],\"n.1.t\":\"N\"}";
    ck_assert_str_eq(read_as("a.json", flat, &options), "k(T|N)@1");
    options.fields = (const char *const[]){"doc.title", "text"};
    options.field_count = 2;
    const char *table = "text,doc.title,doc.key,right\nx,y,z,w\n";
    ck_assert_str_eq(read_as("a.csv", table, &options), "z(y|x)w@2");
    options.scalars = true;
    const char *scalars = "{\"doc\":{\"title\":1.50,\"key\":2},\"text\":false,\"right\":\"\"}";
    ck_assert_str_eq(read_as("a.json", scalars, &options), "2(1.50|false)@1");
}
END_TEST

static const struct example BROKEN[] = {
    {"a.jsonl", "{\"text\":\"a\"}\n{\"text\":\"b\"\n{\"text\":\"c\"}\n", "a.jsonl:2: not JSON: the object does not end"},
    {"a.jsonl", "{\"text\":\"a\"}\n{\"text\" \"b\"}\n", "a.jsonl:2: not JSON: parse error"},
    {"a.jsonl", "{\"text\":\"a\"} x", "a.jsonl:1: not JSON: 'x' where an object should start"},
    {"a.jsonl", "\n\"text\"", "a.jsonl:2: not JSON: '\"' where an object should start"},
    {"a.json", "[{\"text\":\"a\"}\n{\"text\":\"b\"}]", "a.json:2: not JSON: a comma is missing between two objects"},
    {"a.json", "[{\"text\":\"a\"},\n]", "a.json:2: not JSON: ']' where an object should start"},
    {"a.json", "[{\"text\":\"a\"}", "a.json:1: not JSON: the array does not end"},
    {"a.json", "[{\"text\":\"a\"}]\n[", "a.json:2: not JSON: '[' where an object should start"},
    {"a.json", "[{\"text\":\"a\"}]\n{\"text\":\"a\"}", "a.json:2: not JSON: '{' where an object should start"},
    {"a.json", "{\"a\":\n\n]}", "a.json:3: not JSON: parse error"},
    {"a.csv", "\xFF\xFEt", "a.csv looks like UTF-16; a benchmark is UTF-8"},
    {"a.jsonl", "\xFE\xFF\x01{", "a.jsonl looks like UTF-16; a benchmark is UTF-8"},
    {"a.json", "\x1F\x8B", "a.json:1: not JSON: byte 0x1f where an object should start"},
    {"a.json", "{\"a\":1,\"b\":\"x\"}",
     "a.json:1: no field \"question\", \"context\", \"prompt\" or \"text\"; there are \"a\", \"b\""},
    {"a.json", "{\"text\":\"x\"}\n{\"txt\":\"x\"}", "a.json:2: no field \"text\"; there is \"txt\""},
    {"a.json", "{\"text\":\"x\",\"id\":1}\n{\"text\":\"x\"}", "a.json:2: no field \"id\"; there is \"text\""},
    {"a.json", "{\"text\":\"x\"}\n{\"text\":7}", "a.json:2: field \"text\" is a number, not a string"},
    {"a.json", "{\"text\":\"x\"}\n{\"text\":{}}", "a.json:2: field \"text\" is an object, not a string"},
    {"a.json", "{\"data\":[]}\n{\"data\":[{\"question\":\"Q\"}]}", "a.json:1: no field"},
    {"a.csv", "", "a.csv:1: the file is empty: a header with the names of the columns is missing"},
    {"a.csv", "text,b\nx\n", "a.csv:2: the row has 1 cells, the header 2"},
    {"a.csv", "text,b\n\"x,y\n", "a.csv:2: the cell that starts here with a quote has no quote at its end"},
    {"a.csv", "text,b\nx,\"y\"z\n", "a.csv:2: text follows the quote at the end of a cell"},
    {"a.csv", "text,text\nx,y\n", "a.csv:1: column \"text\" is there twice"},
    {"a.csv", "a,b\nx,y\n",
     "a.csv:2: no field \"question\", \"context\", \"prompt\" or \"text\"; there are \"a\", \"b\""},
};

START_TEST(broken) {
    const struct ng_benchmark_options options = {0};
    for (size_t i = 0; i < COUNT(BROKEN); i++) {
        const char *text = read_as(BROKEN[i].name, BROKEN[i].bytes, &options);
        ck_assert_msg(strncmp(text, BROKEN[i].wanted, strlen(BROKEN[i].wanted)) == 0, "%s, wanted: %s", text,
                      BROKEN[i].wanted);
    }
}
END_TEST

/* An object's end is looked for in strides: quotes, braces and backslashes before and behind the end of one. */
START_TEST(long_strings) {
    enum { LONGEST = 600 };
    static const char *const tails[] = {"", "\\\"", "}", "\\\\", "{\\\\\\\"}"};
    static const char *const shown[] = {"", "\"", "}", "\\", "{\\\"}"};
    const struct ng_benchmark_options options = {0};
    for (int length = 1; length < LONGEST; length++) {
        for (size_t i = 0; i < COUNT(tails); i++) {
            char bytes[2 * LONGEST];
            char wanted[2 * LONGEST];
            (void)snprintf(bytes, sizeof bytes, "[{\"text\":\"%0*d%s\"},{\"text\":\"\"}]", length, 0, tails[i]);
            (void)snprintf(wanted, sizeof wanted, "0(%0*d%s)@1 1()@1", length, 0, shown[i]);
            ck_assert_str_eq(read_as("a.json", bytes, &options), wanted);
        }
    }
}
END_TEST

/* Entries longer than what is read at once, so that each is cut somewhere, and many of them. */
START_TEST(long_entries_from_a_file) {
    enum { ENTRIES = 40, LONGEST = 60000 };
    static const char *const names[] = {"long.jsonl", "long.csv"};
    for (size_t f = 0; f < COUNT(names); f++) {
        struct ng_buf file = {0};
        if (f == 1) add(&file, "text\n", 5);
        for (size_t i = 0; i < ENTRIES; i++) {
            add(&file, f == 0 ? "{\"text\":\"" : "\"", f == 0 ? 9 : 1);
            for (size_t k = 0; k < i * LONGEST / ENTRIES; k++) add(&file, &"abcdefgh"[k % 8], 1);
            add(&file, f == 0 ? "\"}\n" : "\"\n", f == 0 ? 3 : 2);
        }
        const char *path = test_temp_path(names[f]);
        test_write_file(path, file.data, file.length);
        ng_buf_free(&file);
        const struct ng_benchmark_options options = {0};
        struct ng_benchmark *benchmark = NULL;
        struct ng_err err = {0};
        ck_assert_int_eq(ng_benchmark_open(&benchmark, path, &options, &err), 0);
        for (size_t i = 0; i <= ENTRIES; i++) {
            struct ng_benchmark_entry entry;
            bool found;
            ck_assert_int_eq(ng_benchmark_next(benchmark, &entry, &found, &err), 0);
            ck_assert(found == (i < ENTRIES));
            if (!found) break;
            ck_assert_uint_eq(entry.line, i + 1 + f);
            ck_assert_uint_eq(entry.texts[0].length_bytes, i * LONGEST / ENTRIES);
            for (size_t k = 0; k < entry.texts[0].length_bytes; k++) {
                if (entry.texts[0].data[k] != (uint8_t)('a' + k % 8)) ck_abort_msg("entry %zu differs at %zu", i, k);
            }
        }
        ng_benchmark_close(benchmark);
    }
}
END_TEST

static const char *const NUMBER[] = {"1"};
static const char *const STEM[] = {"question.text"};
static const struct ng_benchmark_options NOTHING = {.answer_field = NULL};
static const struct ng_benchmark_options ANSWERS = {.answer_field = "auto"};
static const struct ng_benchmark_options HEADLESS = {.fields = NUMBER, .field_count = 1, .id_field = "0", .no_header = true};
static const struct ng_benchmark_options DOTTED = {.fields = STEM, .field_count = 1};
static const struct ng_benchmark_options DEV = {.entries = "dev"};
static const struct ng_benchmark_options BOTH = {.entries = "*"};
static const struct ng_benchmark_options TOP = {.entries = "."};
static const struct ng_benchmark_options UNQUOTED = {.tsv_raw = true};

/* Files as people have them, in tests/inputs/benchmarks, with what is read of each beside it. */
static const struct {
    const char *file;
    const char *right; /* NULL: the file's name with ".right" behind it */
    const struct ng_benchmark_options *options;
} FILES[] = {
    {"gsm8k.jsonl", NULL, &ANSWERS},
    {"mmlu.csv", NULL, &ANSWERS},
    {"mmlu.jsonl", NULL, &ANSWERS},
    {"arc.jsonl", NULL, &ANSWERS},
    {"arc-flat.jsonl", NULL, &ANSWERS},
    {"hellaswag.jsonl", NULL, &ANSWERS},
    {"squad.json", NULL, &ANSWERS},
    {"squad.jsonl", NULL, &ANSWERS},
    {"humaneval.jsonl", NULL, &ANSWERS},
    {"mbpp.jsonl", NULL, &ANSWERS},
    {"big-bench.json", NULL, &ANSWERS},
    {"big-bench-scores.json", NULL, &NOTHING},
    {"bbh.json", NULL, &ANSWERS},
    {"c-eval.csv", NULL, &ANSWERS},
    {"cmmlu.csv", NULL, &ANSWERS},
    {"pubmedqa.json", NULL, &NOTHING},
    {"boolq.jsonl", NULL, &NOTHING},
    {"passage.jsonl", NULL, &NOTHING},
    {"columns.json", NULL, &NOTHING},
    {"columns-pandas.json", NULL, &ANSWERS},
    {"list-beside.json", NULL, &NOTHING},
    {"splits.json", NULL, &NOTHING},
    {"splits.json", "splits.json.dev.right", &DEV},
    {"splits.json", "splits.json.both.right", &BOTH},
    {"splits.json", "splits.json.top.right", &TOP},
    {"rows.json", NULL, &NOTHING},
    {"paragraphs.jsonl", NULL, &NOTHING},
    {"case.csv", NULL, &NOTHING},
    {"trim.jsonl", NULL, &NOTHING},
    {"lf.csv", NULL, &NOTHING},
    {"crlf.csv", "lf.csv.right", &NOTHING},
    {"cr.csv", NULL, &NOTHING},
    {"raw.tsv", NULL, &NOTHING},
    {"swallow.tsv", NULL, &NOTHING},
    {"quoted.tsv", NULL, &NOTHING},
    {"quoted.tsv", "quoted.tsv.raw.right", &UNQUOTED},
    {"no-header.csv", NULL, &HEADLESS},
    {"object.jsonl", NULL, &NOTHING},
    {"object.jsonl", "object.jsonl.dotted.right", &DOTTED},
};

/* What the harness's files give, with their answers: one file each in tests/inputs/lm-eval. */
static const char *const SAMPLES[] = {
    "org__model-a/samples_gsm8k_2025-12-31T23-59-59.000001.jsonl",
    "org__model-b/samples_gsm8k_2026-03-04T05-06-07.891011.jsonl",
    "org__model-b/samples_mmlu_folklore_2026-03-04T05-06-07.891011.jsonl",
    "org__model-b/samples_piqa_2026-03-04T05-06-07.891011.jsonl",
    "org__model-b/samples_winogrande_2026-03-04T05-06-07.891011.jsonl",
    "org__model-b/samples_blimp_agreement_2026-03-04T05-06-07.891011.jsonl",
    "org__model-b/samples_wikitext_2026-03-04T05-06-07.891011.jsonl",
    "old_gsm8k.jsonl",
};

START_TEST(samples_of_the_harness) {
    for (size_t i = 0; i < COUNT(SAMPLES); i++) {
        char path[128];
        char right[4096];
        struct ng_err err = {0};
        struct ng_benchmark *benchmark = NULL;
        (void)snprintf(path, sizeof path, "tests/inputs/lm-eval/%s", SAMPLES[i]);
        int status = ng_benchmark_open(&benchmark, path, &ANSWERS, &err);
        const char *shown = show_with(benchmark, status, "\n", true, &err);
        (void)strcat(path, ".right");
        FILE *file = fopen(path, "r");
        ck_assert_msg(file != NULL, "there is no %s", path);
        right[fread(right, 1, sizeof right - 1, file)] = '\0';
        (void)fclose(file);
        if (strlen(right) > 0) right[strlen(right) - 1] = '\0';
        ck_assert_msg(strcmp(shown, right) == 0, "%s, shown: %s, wanted: %s", path, shown, right);
    }
}
END_TEST

START_TEST(samples_that_are_others) {
    static const char *const fields[] = {"doc.b"};
    struct ng_benchmark_options options = {.fields = fields, .field_count = 1, .id_field = "doc.k"};
#define SAMPLE(doc, arguments) "{\"doc_id\":0,\"doc\":" doc ",\"target\":\"1\",\"arguments\":" arguments ",\"filter\":\"none\"}"
    const char *own = SAMPLE("{\"a\":\"A\",\"b\":\"B\",\"k\":\"K\"}", "{}");
    ck_assert_str_eq(read_as("a.jsonl", own, &options), "K(B)@1");
    options = (struct ng_benchmark_options){.answer_field = "auto"};
    ck_assert_str_eq(read_as("a.jsonl", own, &options),
                     "a.jsonl:1: no field \"question\", \"context\", \"prompt\" or \"text\"; there are \"doc_id\", \"doc\", "
                     "\"target\", \"arguments\", \"filter\"");
    const char *later = SAMPLE("{\"text\":\"A\"}", "[]") "\n" SAMPLE("{\"txt\":\"B\"}", "[]");
    ck_assert_ptr_nonnull(strstr(read_as("a.jsonl", later, &options), "a.jsonl:2: no field \"doc.text\""));
    const char *none = SAMPLE("{\"text\":\"A\"}", "[]") "\n{\"doc_id\":1,\"filter\":\"none\"}";
    ck_assert_ptr_nonnull(strstr(read_as("a.jsonl", none, &options), "a.jsonl:2: no field \"doc.text\""));
    options.entries = "doc"; /* as asked for, whatever it looks like */
    options.answer_field = NULL;
    ck_assert_str_eq(read_as("a.json", SAMPLE("{\"text\":\"A\",\"id\":\"i\"}", "[]"), &options), "i(A)@1");
    options = (struct ng_benchmark_options){0};
    ck_assert_str_eq(read_as("a.json", "{\"doc_id\":1,\"doc\":\"no row\",\"target\":0,\"arguments\":[],\"text\":\"T\"}",
                             &options), "0(T)@1");
}
END_TEST

/* What Python's json module writes, and no parser of JSON reads. */
START_TEST(nonfinite_numbers) {
    struct ng_benchmark_options options = {.answer_field = "a"};
    ck_assert_str_eq(read_as("a.jsonl", "{\"text\":\"NaN\",\"a\":NaN}\n{\"text\":NaN,\"a\":-Infinity,\"b\":\"\\ud800\"}",
                             &options), "0(NaN)@1 1()@2");
    ck_assert_str_eq(read_as("a.json", "{\"x\":[{\"text\":\"T\",\"a\":Infinity},{\"text\":\"U\",\"a\":2}]}", &options),
                     "0(T)@1 1(U)2@1");
    ck_assert_ptr_nonnull(strstr(read_as("a.jsonl", "{\"text\":\"x\",\"a\":Nan}", &options), "a.jsonl:1: not JSON"));
    ck_assert_ptr_nonnull(strstr(read_as("a.jsonl", "{\"text\":\"x\",\"a\":NaN", &options), "the object does not end"));
}
END_TEST

START_TEST(inputs) {
    for (size_t i = 0; i < COUNT(FILES); i++) {
        char path[128];
        char right[4096];
        struct ng_err err = {0};
        struct ng_benchmark *benchmark = NULL;
        (void)snprintf(path, sizeof path, "tests/inputs/benchmarks/%s", FILES[i].file);
        int status = ng_benchmark_open(&benchmark, path, FILES[i].options, &err);
        const char *shown = show_with(benchmark, status, "\n", true, &err);
        (void)snprintf(path, sizeof path, "tests/inputs/benchmarks/%s%s", FILES[i].right ? FILES[i].right : FILES[i].file,
                       FILES[i].right ? "" : ".right");
        FILE *file = fopen(path, "r");
        ck_assert_msg(file != NULL, "there is no %s", path);
        right[fread(right, 1, sizeof right - 1, file)] = '\0';
        (void)fclose(file);
        if (strlen(right) > 0) right[strlen(right) - 1] = '\0'; /* the last line's end */
        ck_assert_msg(strcmp(shown, right) == 0, "%s, shown: %s, wanted: %s", path, shown, right);
    }
}
END_TEST

#define GUID_A "26b5c67b-86cf-4cbc-8d1b-0123456789ab"
#define GUID_B "0A1B2C3D-86cf-4cbc-8d1b-ffffffffffff"

/* The entries of a file, then its canaries. */
static const char *canaries_of(const char *name, const char *bytes) {
    static char shown[1024];
    struct ng_err err = {0};
    struct ng_benchmark *benchmark = NULL;
    bool found = true;
    int status = ng_benchmark_open_bytes(&benchmark, name, (const uint8_t *)bytes, strlen(bytes), &NOTHING, &err);
    int length = 0;
    while (!status && found) {
        struct ng_benchmark_entry entry;
        status = ng_benchmark_next(benchmark, &entry, &found, &err);
        if (!status && found) {
            length += snprintf(shown + length, sizeof shown - (size_t)length, "%.*s@%llu ",
                               (int)entry.texts[0].length_bytes, (const char *)entry.texts[0].data,
                               (unsigned long long)entry.line);
        }
    }
    for (size_t i = 0; !status && i < ng_benchmark_canary_count(benchmark); i++) {
        struct ng_bytes canary = ng_benchmark_canary(benchmark, i);
        length += snprintf(shown + length, sizeof shown - (size_t)length, "[%.*s]", (int)canary.length_bytes,
                           (const char *)canary.data);
    }
    ng_benchmark_close(benchmark);
    return status ? strcpy(shown, err.text) : shown;
}

START_TEST(canaries) {
    static const struct example examples[] = {
        {"a.json", "{\"canary\": \"NEVER IN TRAINING. canary GUID " GUID_A "\", \"examples\": [{\"input\": \"q\", \"target\": \"a\"}]}",
         "q@1 [" GUID_A "]"},
        {"a.json", "{\"examples\": [{\"input\": \"q\", \"target\": \"a\"}], \"about\": {\"deep\": [{\"Canary_String\": [\"x\", \"" GUID_B "\"]}]}}",
         "q@1 [" GUID_B "]"},
        {"a.jsonl", "{\"canary\": \"" GUID_A "\"}\n{\"question\": \"q\"}\n{\"question\": \"r\", \"canary\": \"" GUID_A "\"}\n",
         "q@2 r@3 [" GUID_A "]"},
        {"a.jsonl", "# BENCHMARK DATA. canary GUID " GUID_A "\n\n{\"question\": \"q\"}\n\"Canary: " GUID_B "\"",
         "q@3 [" GUID_A "][" GUID_B "]"},
        {"a.json", "[{\"canary\": \"a long string without a GUID\"}, {\"question\": \"q\", \"canary\": \"short\"}]",
         "q@1 [a long string without a GUID]"},
        {"a.jsonl", "{\"question\": \"the canary sings " GUID_A "\"}", "the canary sings " GUID_A "@1 [" GUID_A "]"},
        {"a.jsonl", "{\"question\": \"a canary\", \"canary_islands\": \"Tenerife and Lanzarote, Gomera\", \"guid\": \"" GUID_A "\"}",
         "a canary@1 "},
        {"a.jsonl", "{\"question\": \"q\", \"canary\": \"---- ---- ---- ---- ----\"}", "q@1 "},
        {"a.csv", "question,Canary String\nq,gpqa-canary:" GUID_A ":hash\nr,\"a canary, without a GUID\"\n",
         "q@2 r@3 [" GUID_A "][a canary, without a GUID]"},
        {"a.csv", "NEVER IN TRAINING CORPORA. CANARY GUID " GUID_A "\nquestion,b\nq,x\n", "q@3 [" GUID_A "]"},
        {"a.csv", "question\ncanary " GUID_A "\n", "canary " GUID_A "@2 [" GUID_A "]"},
        {"a.tsv", "question\tb\nq\tcanary GUID " GUID_A "\n", "q@2 [" GUID_A "]"},
        {"a.jsonl", "# a comment\n{\"question\": \"q\"}", "a.jsonl:1: not JSON: '#' where an object should start"},
    };
    for (size_t i = 0; i < COUNT(examples); i++) {
        ck_assert_str_eq(canaries_of(examples[i].name, examples[i].bytes), examples[i].wanted);
    }
}
END_TEST

/* More canaries than are kept: a search that finds none of them must not pass for a search for all. */
START_TEST(many_canaries) {
    enum { KEPT = 16, LEAST = KEPT - 1, MOST = KEPT + 3 };
    for (int count = LEAST; count <= MOST; count++) {
        char bytes[MOST * 128] = "";
        size_t length = 0;
        for (int i = 0; i < count; i++) {
            length += (size_t)snprintf(bytes + length, sizeof bytes - length,
                                       "{\"question\": \"q\", \"canary\": \"26b5c67b-86cf-4cbc-8d1b-%012d\"}\n", i);
        }
        struct ng_err err = {0};
        struct ng_benchmark *benchmark = NULL;
        struct ng_benchmark_entry entry;
        const char *note;
        bool found = true;
        ck_assert_int_eq(ng_benchmark_open_bytes(&benchmark, "a.jsonl", (const uint8_t *)bytes, length, &NOTHING, &err), 0);
        while (found) ck_assert_int_eq(ng_benchmark_next(benchmark, &entry, &found, &err), 0);
        ck_assert_int_eq(ng_benchmark_note(benchmark, &note, &err), 0);
        ck_assert_uint_eq(ng_benchmark_canary_count(benchmark), (size_t)(count < KEPT ? count : KEPT));
        ck_assert_str_eq(note, count > KEPT ? "over 16 canary strings: only the first ones are searched" : "");
        ng_benchmark_close(benchmark);
    }
}
END_TEST

/* What is repaired is told, once. */
START_TEST(repairs_are_noted) {
    static const struct example examples[] = {
        {"a.csv", "text\nplain\ncaf\xE9\n\xE9t\xE9\n",
         "not UTF-8, repaired with U+FFFD: 2 entries, the first at line 3"},
        {"a.jsonl", "{\"text\":\"a\",\"n\":\"\xFF\"}\n{\"text\":\"\xFF\"}",
         "not UTF-8, repaired with U+FFFD: 1 entry, the first at line 2"},
        {"a.jsonl", "{\"text\":\"a\"}\n{\"text\":\"\\udead\"}",
         "half a surrogate pair, repaired with U+FFFD: the first at line 2"},
        {"a.jsonl", "{\"text\":\"\xC3\xA9\"}", ""},
    };
    for (size_t i = 0; i < COUNT(examples); i++) {
        struct ng_err err = {0};
        struct ng_benchmark *benchmark = NULL;
        struct ng_benchmark_entry entry;
        const char *note;
        bool found = true;
        ck_assert_int_eq(ng_benchmark_open_bytes(&benchmark, examples[i].name, (const uint8_t *)examples[i].bytes,
                                                 strlen(examples[i].bytes), &NOTHING, &err), 0);
        while (found) ck_assert_int_eq(ng_benchmark_next(benchmark, &entry, &found, &err), 0);
        ck_assert_int_eq(ng_benchmark_note(benchmark, &note, &err), 0);
        ck_assert_int_eq(ng_benchmark_note(benchmark, &note, &err), 0);
        ck_assert_str_eq(note, examples[i].wanted);
        ng_benchmark_close(benchmark);
    }
}
END_TEST

START_TEST(refuses) {
    static const char *const twice[] = {"a", "a"};
    struct ng_benchmark_options options = {.fields = twice, .field_count = 2};
    ck_assert_str_eq(read_as("a.json", "", &options), "field \"a\" is asked for twice");
    options = (struct ng_benchmark_options){0};
    struct ng_benchmark *benchmark = NULL;
    struct ng_err err = {0};
    ck_assert_int_eq(ng_benchmark_open(&benchmark, test_temp_path("none.json"), &options, &err), NG_ERR_NOTFOUND);
    ck_assert_ptr_null(benchmark);
}
END_TEST

Suite *test_benchmark_suite(void) {
    Suite *suite = suite_create("benchmark");
    TCase *cases = tcase_create("files");
    tcase_add_test(cases, plain);
    tcase_add_test(cases, chosen_fields);
    tcase_add_test(cases, broken);
    tcase_add_test(cases, long_strings);
    tcase_add_test(cases, long_entries_from_a_file);
    tcase_add_test(cases, inputs);
    tcase_add_test(cases, samples_of_the_harness);
    tcase_add_test(cases, samples_that_are_others);
    tcase_add_test(cases, nonfinite_numbers);
    tcase_add_test(cases, canaries);
    tcase_add_test(cases, many_canaries);
    tcase_add_test(cases, repairs_are_noted);
    tcase_add_test(cases, refuses);
    suite_add_tcase(suite, cases);
    return suite;
}
