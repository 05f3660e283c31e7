#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cli/cli.h"
#include "common/cli/options.h"
#include "common/cli/progress.h"
#include "common/json/out.h"
#include "tests/unit/suites.h"

START_TEST(sizes_are_read) {
    static const struct {
        const char *text;
        uint64_t bytes;
    } cases[] = {{"1", 1},
                 {"4096", 4096},
                 {"1K", 1024},
                 {"3k", 3072},
                 {"5M", UINT64_C(5) << 20},
                 {"8G", UINT64_C(8) << 30},
                 {"2t", UINT64_C(2) << 40},
                 {"18446744073709551615", UINT64_MAX},
                 {"16777215T", UINT64_C(16777215) << 40},
                 {"8GB", UINT64_C(8000000000)},
                 {"8gib", UINT64_C(8) << 30},
                 {"1.5G", UINT64_C(3) << 29},
                 {"512MiB", UINT64_C(512) << 20},
                 {"0.25KB", 250},
                 {"1.000001MB", 1000001},
                 {"77B", 77}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t bytes = 0;
        struct ng_err err;
        ck_assert_int_eq(ng_cli_parse_size(cases[i].text, "--memory", &bytes, &err), NG_OK);
        ck_assert_uint_eq(bytes, cases[i].bytes);
    }
}
END_TEST

START_TEST(what_is_no_size_is_refused) {
    static const char *const cases[] = {"",   "0",   "0K",  "K",    "-1",   "+1",  " 1",   "1 K",                 "1.5",
                                        "1x", "1.G", ".5G", "0.0000001T", "1.1234567G", "0.0001K", "18446744073709551615.5K", "1KiBs", "1iB", "1KI", "0x10", "1KK", "16777216T", "1e3", "18446744073709551616", "1K "};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t bytes = 77;
        struct ng_err err;
        ck_assert_int_eq(ng_cli_parse_size(cases[i], "--memory", &bytes, &err), NG_ERR_USAGE);
        ck_assert_uint_eq(bytes, 77);
        ck_assert_ptr_nonnull(strstr(err.text, "--memory"));
        ck_assert_str_ne(err.hint, "");
    }
}
END_TEST

START_TEST(numbers_keep_to_their_range) {
    uint64_t value = 77;
    struct ng_err err;
    ck_assert_int_eq(ng_cli_parse_number("0", "N", 0, UINT64_MAX, &value, &err), NG_OK);
    ck_assert_uint_eq(value, 0);
    ck_assert_int_eq(ng_cli_parse_number("18446744073709551615", "N", 0, UINT64_MAX, &value, &err), NG_OK);
    ck_assert_uint_eq(value, UINT64_MAX);
    ck_assert_int_eq(ng_cli_parse_number("8", "N", 1, 8, &value, &err), NG_OK);
    ck_assert_uint_eq(value, 8);
    static const char *const bad[] = {"0", "9", "", "-1", "1K", "1 ", "x", "18446744073709551616",
                                      "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_int_eq(ng_cli_parse_number(bad[i], "N", 1, 8, &value, &err), NG_ERR_USAGE);
        ck_assert_uint_eq(value, 8);
    }
}
END_TEST

START_TEST(sizes_are_shown) {
    static const struct {
        uint64_t bytes;
        const char *text;
    } cases[] = {{0, "0 B"},
                 {999, "999 B"},
                 {1000, "1.0 KB"},
                 {1536, "1.5 KB"},
                 {UINT64_C(1000000), "1.0 MB"},
                 {UINT64_C(999999), "1.0 MB"},
                 {UINT64_C(12345678901), "12.3 GB"},
                 {UINT64_MAX, "18.4 EB"}};
    char out[NG_CLI_SIZE_CHARS];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_str_eq(ng_cli_format_size(cases[i].bytes, out), cases[i].text);
}
END_TEST

START_TEST(index_path_has_its_defaults) {
    ck_assert_int_eq(unsetenv("NGIDX_INDEX"), 0);
    ck_assert_str_eq(ng_cli_index_path(), "./index.ngidx");
    ck_assert_int_eq(setenv("NGIDX_INDEX", "", 1), 0);
    ck_assert_str_eq(ng_cli_index_path(), "./index.ngidx");
    ck_assert_int_eq(setenv("NGIDX_INDEX", "/x", 1), 0);
    ck_assert_str_eq(ng_cli_index_path(), "/x");
    ck_assert_int_eq(unsetenv("NGIDX_INDEX"), 0);
}
END_TEST

/* Reads the options of a command line. */
static int run_options(char **argv, struct ng_err *err) {
    bool json = false;
    bool force = false;
    bool help = false;
    const char *index = NULL;
    const struct ng_cli_option table[] = {
        {.name = "index", .letter = 'i', .text = &index},
        NG_CLI_OPTION_JSON(&json),
        {.name = "force", .letter = 'f', .flag = &force},
        {0}};
    int argc = 0;
    while (argv[argc]) argc++;
    optind = 0; /* glibc: start anew */
    return ng_cli_read(argc, argv, table, &help, err);
}

START_TEST(refused_options_are_named) {
    static const struct {
        const char *argument;
        const char *text;
    } cases[] = {{"--nope", "unknown option --nope"},          {"-x", "unknown option -x"},
                 {"-fx", "unknown option -x"},                 {"--index", "option --index needs an argument"},
                 {"-i", "option -i needs an argument"},        {"--json=1", "option --json takes no argument"},
                 {"--force=1", "option --force takes no argument"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char name[] = "count";
        char first[] = "--json";
        char argument[32];
        (void)snprintf(argument, sizeof argument, "%s", cases[i].argument);
        char *argv[] = {name, first, argument, NULL};
        struct ng_err err;
        ck_assert_int_eq(run_options(argv, &err), NG_ERR_USAGE);
        ck_assert_str_eq(err.text, cases[i].text);
    }
}
END_TEST

START_TEST(arguments_are_counted) {
    char name[] = "count";
    char dashes[] = "--";
    char phrase[] = "-i";
    char *argv[] = {name, dashes, phrase, NULL};
    struct ng_err err;
    ck_assert_int_eq(run_options(argv, &err), NG_OK);
    ck_assert_int_eq(ng_cli_expect_arguments(3, argv, 1, "PHRASE", &err), NG_OK);
    ck_assert_str_eq(argv[optind], "-i");
    ck_assert_int_eq(ng_cli_expect_arguments(3, argv, 0, "", &err), NG_ERR_USAGE);
    ck_assert_str_eq(err.text, "count: one argument too many: '-i'");
    ck_assert_int_eq(ng_cli_expect_arguments(3, argv, 2, "PHRASE", &err), NG_ERR_USAGE);
    ck_assert_str_eq(err.text, "count: PHRASE is missing");
}
END_TEST

/* A stream into memory whose content a test compares. */
struct memory {
    FILE *stream;
    char *bytes;
    size_t length;
};

static void memory_open(struct memory *memory) {
    memory->stream = open_memstream(&memory->bytes, &memory->length);
    ck_assert_ptr_nonnull(memory->stream);
}

static void memory_expect(struct memory *memory, const char *expected, size_t length) {
    ck_assert_int_eq(fclose(memory->stream), 0);
    ck_assert_uint_eq(memory->length, length);
    ck_assert_mem_eq(memory->bytes, expected, length);
    free(memory->bytes);
}

/* Where the options of a table go. */
struct values {
    bool flag;
    const char *text;
    uint64_t number;
    uint64_t size;
    unsigned threads;
    uint64_t sum; /* of the arguments of an option that may be repeated */
    int arguments;
};

static int add_to_sum(const char *text, void *to, struct ng_err *err) {
    uint64_t number;
    int status = ng_cli_parse_number(text, "--add", 0, 9, &number, err);
    if (!status) *(uint64_t *)to += number;
    return status;
}

static int count_arguments(int argc, char **argv, void *options, struct ng_err *err) {
    (void)argv;
    (void)err;
    ((struct values *)options)->arguments = argc - optind;
    return NG_EXIT_NONE;
}

START_TEST(options_go_where_their_table_says) {
    struct values values = {0};
    const struct ng_cli_option table[] = {{.name = "flag", .letter = 'f', .flag = &values.flag},
                                          {.name = "text", .letter = 't', .text = &values.text},
                                          {.name = "number", .number = &values.number, .least = 3, .most = 4},
                                          {.name = "size", .size = &values.size},
                                          {.name = "threads", .threads = &values.threads},
                                          {.name = "add", .letter = 'a', .take = add_to_sum, .to = &values.sum},
                                          {0}};
    char words[][16] = {"name", "-fa4", "x",    "--number=4", "-t",   "word", "--size",
                        "2K",   "--th", "7",    "-a",         "5",    "--",   "-f"};
    enum { WORDS = sizeof words / sizeof words[0] };
    char *argv[WORDS + 1] = {0};
    for (size_t i = 0; i < WORDS; i++) argv[i] = words[i];
    optind = 0; /* glibc: start anew */
    ck_assert_int_eq(ng_cli_run(WORDS, argv, "", table, count_arguments, &values), NG_EXIT_NONE);
    ck_assert(values.flag);
    ck_assert_str_eq(values.text, "word");
    ck_assert_uint_eq(values.number, 4);
    ck_assert_uint_eq(values.size, 2048);
    ck_assert_uint_eq(values.threads, 7);
    ck_assert_uint_eq(values.sum, 9);
    ck_assert_int_eq(values.arguments, 2);
}
END_TEST

START_TEST(visible_text_stays_on_its_line) {
    static const char text[] = "a\n\r\t\x1b[0m\0\x7f \\ \xc2\x85 \xc2\xa9 \xe2\x82\xac|\xe2\x82|\xff\xc2";
    static const char shown[] =
        "a\\n\\r\\t\\x1b[0m\\x00\\x7f \\ \\u0085 \xc2\xa9 \xe2\x82\xac|\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd";
    struct memory memory;
    memory_open(&memory);
    ng_cli_print_visible(memory.stream, (const uint8_t *)text, sizeof text - 1);
    memory_expect(&memory, shown, sizeof shown - 1);
}
END_TEST

static void json_open(struct memory *memory, struct ng_json *json) {
    struct ng_err err;
    memory_open(memory);
    ck_assert_int_eq(ng_json_init(json, memory->stream, &err), NG_OK);
}

static void json_expect(struct memory *memory, struct ng_json *json, const char *expected) {
    ng_json_free(json);
    memory_expect(memory, expected, strlen(expected));
}

START_TEST(json_structure) {
    struct memory memory;
    struct ng_json json;
    json_open(&memory, &json);
    static const char raw[] = "{ \"n\": 123456789012345678901234567890.10, \"a\":[1 ]}";
    for (int line = 0; line < 2; line++) {
        ng_json_object_begin(&json);
        ng_json_key(&json, "u");
        ng_json_u64(&json, UINT64_MAX);
        ng_json_key(&json, "raw");
        ng_json_raw(&json, raw, sizeof raw - 1);
        ng_json_key(&json, "list");
        ng_json_array_begin(&json);
        ng_json_text(&json, "x");
        ng_json_decimal(&json, 0.41149, 3);
        for (int decimals = 0; decimals <= 7; decimals++) ng_json_decimal(&json, 0.0, decimals);
        ng_json_object_begin(&json);
        ng_json_object_end(&json);
        ng_json_array_end(&json);
        ng_json_member_bool(&json, "is", true);
        ng_json_object_end(&json);
        ng_json_end_line(&json);
    }
#define LINE                                                                                              \
    "{\"u\":18446744073709551615,\"raw\":{ \"n\": 123456789012345678901234567890.10, \"a\":[1 ]},\"list\":[" \
    "\"x\",0.411,0,0.0,0.00,0.000,0.0000,0.00000,0.000000,0.0000000,{}],\"is\":true}\n"
    json_expect(&memory, &json, LINE LINE);
#undef LINE
}
END_TEST

START_TEST(json_members_are_verbatim) {
    static const struct {
        const char *object;
        const char *line;
    } cases[] = {{"{}", "{\"text\":\"t\"}\n"},
                 {" { \t} ", "{\"text\":\"t\"}\n"},
                 {"{\"b\":1e400,\"a\":{}}", "{\"text\":\"t\",\"b\":1e400,\"a\":{}}\n"},
                 {"{ \"a\" : \"}\" }", "{\"text\":\"t\", \"a\" : \"}\" }\n"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct memory memory;
        struct ng_json json;
        json_open(&memory, &json);
        ng_json_object_begin(&json);
        ng_json_key(&json, "text");
        ng_json_text(&json, "t");
        ng_json_members(&json, cases[i].object, strlen(cases[i].object));
        ng_json_object_end(&json);
        ng_json_end_line(&json);
        json_expect(&memory, &json, cases[i].line);
    }
}
END_TEST

START_TEST(json_strings_are_escaped_and_repaired) {
    static const struct {
        const char *bytes;
        size_t length;
        const char *json;
    } cases[] = {{"", 0, "\"\""},
                 {"a\"b\\c/", 6, "\"a\\\"b\\\\c/\""},
                 {"\n\r\t\0\x1f\x7f", 6, "\"\\n\\r\\t\\u0000\\u001f\x7f\""},
                 {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9, "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
                 {"a\xff" "b", 3, "\"a\xef\xbf\xbd" "b\""},
                 {"\xe2\x82", 2, "\"\xef\xbf\xbd\""},
                 {"\xe2\x82z", 3, "\"\xef\xbf\xbdz\""},
                 {"\xed\xa0\x80", 3, "\"\xef\xbf\xbd\""},
                 {"\xa9z", 2, "\"\xef\xbf\xbdz\""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct memory memory;
        struct ng_json json;
        json_open(&memory, &json);
        ng_json_string(&json, (const uint8_t *)cases[i].bytes, cases[i].length);
        json_expect(&memory, &json, cases[i].json);
    }
}
END_TEST

/* However a string is cut in three, what is written is the same as in one piece. */
/* Every byte of ASCII at every place of a string: strings are looked through several bytes at a time. */
START_TEST(json_escapes_at_every_place) {
    enum { LENGTH = 20 };
    for (unsigned byte = 0; byte < 0x80; byte++) {
        for (size_t place = 0; place < LENGTH; place++) {
            struct memory memory;
            struct ng_json json;
            uint8_t text[LENGTH];
            char expected[4 * LENGTH];
            char escaped[8] = {(char)byte};
            if (byte == '"' || byte == '\\') (void)snprintf(escaped, sizeof escaped, "\\%c", (int)byte);
            else if (byte == '\n' || byte == '\r' || byte == '\t') {
                (void)snprintf(escaped, sizeof escaped, "\\%c", byte == '\n' ? 'n' : byte == '\r' ? 'r' : 't');
            } else if (byte < 0x20) (void)snprintf(escaped, sizeof escaped, "\\u%04x", byte);
            memset(text, 'a', sizeof text);
            text[place] = (uint8_t)byte;
            (void)snprintf(expected, sizeof expected, "\"%.*s%s%.*s\"", (int)place, "aaaaaaaaaaaaaaaaaaaa", escaped,
                           (int)(LENGTH - 1 - place), "aaaaaaaaaaaaaaaaaaaa");
            json_open(&memory, &json);
            ng_json_string(&json, text, sizeof text);
            json_expect(&memory, &json, expected);
        }
    }
}
END_TEST

START_TEST(json_strings_may_be_cut_anywhere) {
    static const char text[] = "a\xc3\xa9\n\xe2\x82\xac\xf0\x9f\x98\x80z\xf0\x9f\x98";
    static const char expected[] = "\"a\xc3\xa9\\n\xe2\x82\xac\xf0\x9f\x98\x80z\xef\xbf\xbd\"";
    const uint8_t *bytes = (const uint8_t *)text;
    size_t length = sizeof text - 1;
    for (size_t first = 0; first <= length; first++) {
        for (size_t second = first; second <= length; second++) {
            struct memory memory;
            struct ng_json json;
            json_open(&memory, &json);
            ng_json_string_begin(&json);
            ng_json_string_piece(&json, bytes, first);
            ng_json_string_piece(&json, bytes + first, second - first);
            ng_json_string_piece(&json, bytes + second, length - second);
            ng_json_string_end(&json);
            json_expect(&memory, &json, expected);
        }
    }
}
END_TEST

static struct ng_progress halfway(void) {
    return (struct ng_progress){.label = "sorting", .done_bytes = 50000000, .total_bytes = 100000000};
}

START_TEST(progress_bar_fits_its_terminal) {
    struct ng_progress progress = halfway();
    char line[NG_PROGRESS_LINE_BYTES];
    ng_progress_format_bar(&progress, 10.0, 60, line);
    ck_assert_str_eq(line, "sorting  [###########...........]   50%  5.0 MB/s  ETA 10 s");
    for (size_t columns = 0; columns < 600; columns++) {
        ng_progress_format_bar(&progress, 10.0, columns, line);
        ck_assert_uint_le(strlen(line), columns ? columns - 1 : 0);
    }
    ng_progress_format_bar(&progress, 10.0, 25, line); /* no room for a bar */
    ck_assert_str_eq(line, "sorting   50%  5.0 MB/s ");
}
END_TEST

START_TEST(progress_rate_counts_from_the_stage) {
    struct ng_progress progress = halfway();
    char line[NG_PROGRESS_LINE_BYTES];
    progress.first_bytes = 40000000;
    ng_progress_format_bar(&progress, 10.0, 40, line);
    ck_assert_str_eq(line, "sorting   50%  1.0 MB/s  ETA 50 s");
    ng_progress_format_end(&progress, 75.0, line);
    ck_assert_str_eq(line, "sorting: 10.0 MB in 1:15 (0.1 MB/s)");
}
END_TEST

START_TEST(progress_without_a_total) {
    struct ng_progress progress = halfway();
    char line[NG_PROGRESS_LINE_BYTES];
    progress.total_bytes = 0;
    ng_progress_format_bar(&progress, 3725.0, 80, line);
    ck_assert_str_eq(line, "sorting  50.0 MB  0.0 MB/s  1:02:05");
    progress.done_bytes = 0;
    ng_progress_format_bar(&progress, 0.0, 80, line);
    ck_assert_str_eq(line, "sorting  0 B  0.0 MB/s  0.0 s");
    ng_progress_format_end(&progress, 0.25, line);
    ck_assert_str_eq(line, "sorting: 0.2 s");
}
END_TEST

/* Counts beyond their total come from files that grow: the bar is full, not over. */
START_TEST(progress_beyond_its_total) {
    struct ng_progress progress = halfway();
    char line[NG_PROGRESS_LINE_BYTES];
    progress.done_bytes = 200000000;
    ng_progress_format_bar(&progress, 10.0, 50, line);
    ck_assert_str_eq(line, "sorting  [##########]  100%  20.0 MB/s  ETA 0.0 s");
}
END_TEST

START_TEST(progress_in_a_log_is_a_line_a_stage) {
    struct memory memory;
    struct ng_progress progress;
    memory_open(&memory);
    ng_progress_init(&progress, memory.stream, false);
    for (uint64_t done = 0; done <= 1000; done++) ng_progress_update(&progress, "reading", NG_PROGRESS_WHOLE, done, 1000);
    for (uint64_t done = 0; done <= 1000; done++) ng_progress_update(&progress, "sorting", NG_PROGRESS_WHOLE, done, 1000);
    ng_progress_end_stage(&progress);
    ng_progress_end_stage(&progress);
    ng_progress_close(&progress);
    ck_assert_int_eq(fclose(memory.stream), 0);
    unsigned lines = 0;
    for (size_t i = 0; i < memory.length; i++) lines += memory.bytes[i] == '\n';
    ck_assert_uint_eq(lines, 2);
    ck_assert_int_eq(strncmp(memory.bytes, "reading: ", 9), 0);
    ck_assert_ptr_nonnull(strstr(memory.bytes, "\nsorting: "));
    ck_assert_ptr_null(strchr(memory.bytes, '\r'));
    free(memory.bytes);
}
END_TEST

static size_t count_in(const char *text, const char *wanted) {
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, wanted)); at++) count++;
    return count;
}

/* A stage that reports nothing for long is told of all the same. */
START_TEST(progress_speaks_up_in_long_stages) {
    struct memory memory;
    struct ng_progress progress;
    memory_open(&memory);
    ng_progress_init(&progress, memory.stream, _i == 1);
    progress.silent_seconds = 0.05;
    ng_progress_update(&progress, "sorting", 3, 0, 1000);
    (void)usleep(400000);
    ng_progress_end_stage(&progress);
    (void)usleep(200000); /* no stage, no lines */
    ng_progress_update(&progress, "merging", 3, 0, 1000);
    ng_progress_update(&progress, "merging", 3, 100, 1000);
    (void)usleep(200000);
    ng_progress_close(&progress);
    ng_progress_close(&progress);
    ck_assert_int_eq(fclose(memory.stream), 0);
    size_t sorting = count_in(memory.bytes, _i ? "{\"stage\":\"sorting\",\"part\":3,\"done\":0," : "sorting shard 3: 0.");
    size_t merging = count_in(memory.bytes, _i ? "\"merging\",\"part\":3,\"done\":100," : " so far, 10%, 0.0 MB/s, ETA ");
    ck_assert_msg(sorting >= 3 && sorting <= 9 && merging >= 1, "%s", memory.bytes);
    ck_assert_uint_eq(count_in(memory.bytes, "\n"), count_in(memory.bytes, _i ? "}\n" : "shard"));
    free(memory.bytes);
}
END_TEST

START_TEST(quiet_progress_says_nothing) {
    struct ng_progress progress;
    ng_progress_init(&progress, NULL, false);
    ng_progress_update(&progress, "reading", NG_PROGRESS_WHOLE, 1, 2);
    ng_progress_clear(&progress);
    ng_progress_end_stage(&progress);
    ck_assert(!progress.running);
}
END_TEST

Suite *test_cli_suite(void) {
    Suite *suite = suite_create("cli");
    TCase *arguments = tcase_create("arguments");
    tcase_add_test(arguments, sizes_are_read);
    tcase_add_test(arguments, what_is_no_size_is_refused);
    tcase_add_test(arguments, numbers_keep_to_their_range);
    tcase_add_test(arguments, sizes_are_shown);
    tcase_add_test(arguments, index_path_has_its_defaults);
    tcase_add_test(arguments, refused_options_are_named);
    tcase_add_test(arguments, arguments_are_counted);
    tcase_add_test(arguments, options_go_where_their_table_says);
    tcase_add_test(arguments, visible_text_stays_on_its_line);
    suite_add_tcase(suite, arguments);
    TCase *json = tcase_create("json");
    tcase_add_test(json, json_structure);
    tcase_add_test(json, json_members_are_verbatim);
    tcase_add_test(json, json_strings_are_escaped_and_repaired);
    tcase_add_test(json, json_escapes_at_every_place);
    tcase_add_test(json, json_strings_may_be_cut_anywhere);
    suite_add_tcase(suite, json);
    TCase *progress = tcase_create("progress");
    tcase_add_test(progress, progress_bar_fits_its_terminal);
    tcase_add_test(progress, progress_rate_counts_from_the_stage);
    tcase_add_test(progress, progress_without_a_total);
    tcase_add_test(progress, progress_beyond_its_total);
    tcase_add_test(progress, progress_in_a_log_is_a_line_a_stage);
    tcase_add_loop_test(progress, progress_speaks_up_in_long_stages, 0, 2);
    tcase_add_test(progress, quiet_progress_says_nothing);
    suite_add_tcase(suite, progress);
    return suite;
}
