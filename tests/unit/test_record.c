/*
 * UTF-8 and JSON records: everything between the bytes of a line and a document.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "common/base/buf.h"
#include "common/base/limits.h"
#include "common/base/utf8.h"
#include "indexer/record/json_record.h"
#include "tests/support/runner.h"
#include "tests/unit/suites.h"


#define LITERAL(text) (const uint8_t *)(text), sizeof(text) - 1
#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])

/* Each ck_assert is a message to another process: not for what is done a million times. */
static void append(struct ng_buf *buf, const void *bytes, size_t length) {
    if (ng_buf_append(buf, bytes, length, NULL)) ck_abort_msg("out of memory");
}

/* ---- UTF-8 ---- */

static size_t encode(uint32_t code, uint8_t out[4]) {
    if (code < 0x80) return out[0] = (uint8_t)code, 1;
    size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const uint8_t leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = length - 1; i > 0; i--, code >>= 6) out[i] = (uint8_t)(0x80 | (code & 0x3F));
    out[0] = (uint8_t)(leads[length] | code);
    return length;
}

START_TEST(utf8_takes_all_scalar_values_and_no_others) {
    for (uint32_t code = 0; code < 0x120000; code++) {
        uint8_t bytes[4];
        size_t length = encode(code, bytes);
        bool scalar = code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
        bool right = ng_utf8_valid_prefix(bytes, length) == (scalar ? length : 0);
        bool cut_right = length == 1 || ng_utf8_valid_prefix(bytes, length - 1) == 0;
        if (!right || !cut_right) ck_abort_msg("U+%04X", (unsigned)code);
    }
}
END_TEST

START_TEST(utf8_finds_the_first_bad_byte_wherever_it_stands) {
    uint8_t bytes[64];
    for (size_t length = 0; length < sizeof bytes; length++) {
        for (size_t bad = 0; bad <= length; bad++) {
            memset(bytes, 'a', sizeof bytes);
            bytes[bad] = 0xFF;
            ck_assert_uint_eq(ng_utf8_valid_prefix(bytes, length), bad);
        }
    }
}
END_TEST

/* The first four are the Standard's own (tables 3-8 to 3-11); "?" stands for U+FFFD. */
static const struct {
    const char *bytes;
    const char *repaired;
} repairs[] = {
    {"\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41", "????????A"},
    {"\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41", "????????A"},
    {"\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42", "?????A??B"},
    {"\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", "????A"},
    {"ok \xC3\xA9 \xF0\x9F\x98\x80", "ok \xC3\xA9 \xF0\x9F\x98\x80"},
    {"\xF0\x9F\x98", "?"},
    {"a\xC3", "a?"},
    {"\xF5\xFF", "??"},
    {"", ""},
};

START_TEST(utf8_repairs_by_maximal_subparts) {
    struct ng_buf out = {0};
    struct ng_buf shown = {0};
    const char *bytes = repairs[_i].bytes;
    ck_assert_int_eq(ng_utf8_append_repaired(&out, (const uint8_t *)bytes, strlen(bytes), NULL), NG_OK);
    ck_assert_uint_eq(ng_utf8_valid_prefix(out.data, out.length), out.length);
    for (size_t i = 0; i < out.length; i++) {
        bool replacement = out.length - i >= 3 && memcmp(out.data + i, NG_UTF8_REPLACEMENT, 3) == 0;
        append(&shown, replacement ? "?" : (const char *)out.data + i, 1);
        if (replacement) i += 2;
    }
    append(&shown, "", 1);
    ck_assert_str_eq((const char *)shown.data, repairs[_i].repaired);
    ng_buf_free(&out);
    ng_buf_free(&shown);
}
END_TEST

/* ---- records ---- */

static const struct {
    const char *record;
    const char *text;
    const char *metadata;
    bool ill_formed;
} records[] = {
    {"{\"a\":1, \"text\":\"x\" , \"b\":2}", "x", "{\"a\":1 , \"b\":2}", false},
    {"{\"text\":\"x\"}", "x", "{}", false},
    {" { \"text\" : \"x\" } ", "x", "{ }", false},
    {"{\"text\":\"x\" , \"b\":2}", "x", "{ \"b\":2}", false},
    {"{ \"text\":\"x\",\"b\":2 }", "x", "{\"b\":2 }", false},
    {"{\"a\":{\"text\":1}\t,\"text\":\"x\" }", "x", "{\"a\":{\"text\":1} }", false},
    {"{\"a\":[\"text\",{\"text\":[]}],\"text\":\"\"}", "", "{\"a\":[\"text\",{\"text\":[]}]}", false},
    {"{\"b\":null,\"c\":true,\"d\":false,\"text\":\"x\",\"e\":-0.0E+10,\"f\":123456789012345678901234567890}", "x",
     "{\"b\":null,\"c\":true,\"d\":false,\"e\":-0.0E+10,\"f\":123456789012345678901234567890}", false},
    {"{\"a\":1e999,\"text\":\"x\",\"a\":2}", "x", "{\"a\":1e999,\"a\":2}", false},
    {"{\"te\\u0078t\":\"x\",\"TEXT\":1}", "x", "{\"TEXT\":1}", false},
    {"{\"k\\\"}\":\"\\\\\",\"text\":\"}\\\",{\",\"z\":\"\\u00e9\\n\"}", "}\",{",
     "{\"k\\\"}\":\"\\\\\",\"z\":\"\\u00e9\\n\"}", false},
    {"{\"text\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uFFFF\",\"a\":\"\\u0041\\ud800\"}",
     "\"\\/\b\f\n\r\t\xC3\xA9\xEF\xBF\xBF", "{\"a\":\"\\u0041\\ud800\"}", false},
    {"{\"text\":\"\\ud83d\\ude00\\uD83D\\uDE00\"}", "\xF0\x9F\x98\x80\xF0\x9F\x98\x80", "{}", false},
    {"{\"text\":\"a\\ud800b\"}", "a\xEF\xBF\xBD" "b", "{}", true},
    {"{\"text\":\"\\udc00\\ud800\\ud83d\\ude00\\uDBFF\"}",
     "\xEF\xBF\xBD\xEF\xBF\xBD\xF0\x9F\x98\x80\xEF\xBF\xBD", "{}", true},
    {"{\"text\":\"\\ud800\\u0041\\\\ud800\"}", "\xEF\xBF\xBD" "A\\ud800", "{}", true},
    {"{\"a\":\"\xFF\",\"text\":\"\xC3\xA9\xC3\"}", "\xC3\xA9\xEF\xBF\xBD", "{\"a\":\"\xEF\xBF\xBD\"}", true},
    {"{\"text\":\"x\",\"a\xE2\x82\":[\"\xED\xA0\x80\"]}", "x",
     "{\"a\xEF\xBF\xBD\":[\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"]}", true},
    {"{\"te\\ud800xt\":1,\"text\":\"x\",\"\":\"\"}", "x", "{\"te\\ud800xt\":1,\"\":\"\"}", false},
};

static struct ng_record_parser *open_parser(void) {
    struct ng_record_parser *parser;
    ck_assert_int_eq(ng_record_parser_open(&parser, "text", NULL), NG_OK);
    return parser;
}

static int parse(struct ng_record_parser *parser, const void *bytes, size_t length, struct ng_record *record,
                 struct ng_err *err) {
    return ng_record_parse(parser, "f.jsonl", 7, bytes, length, record, err);
}

START_TEST(record_gives_text_and_metadata_verbatim) {
    struct ng_record_parser *parser = open_parser();
    struct ng_record record;
    struct ng_err err = {0};
    size_t length = strlen(records[_i].record);
    uint8_t *exact = malloc(length); /* no byte beyond, so that the sanitizer sees a read there */
    ck_assert_ptr_nonnull(exact);
    memcpy(exact, records[_i].record, length);
    ck_assert_msg(parse(parser, exact, length, &record, &err) == NG_OK, "%s", err.text);
    ck_assert_uint_eq(record.text_bytes, strlen(records[_i].text));
    ck_assert_mem_eq(record.text, records[_i].text, record.text_bytes);
    ck_assert_uint_eq(record.metadata_bytes, strlen(records[_i].metadata));
    ck_assert_mem_eq(record.metadata, records[_i].metadata, record.metadata_bytes);
    ck_assert_int_eq(record.ill_formed, records[_i].ill_formed);
    free(exact);
    ng_record_parser_close(parser);
}
END_TEST

static const struct {
    const char *record;
    const char *reason;
    const char *hint;
} bad_records[] = {
    {"{", "premature EOF, at byte 1", "one document per line"},
    {"[", "an array, not a JSON object", "one document per line"},
    {"[{\"text\":\"x\"}]", "an array, not a JSON object", "jq -c '.[]'"},
    {"\"text\"", "a string, not a JSON object", "one document per line"},
    {"12", "a number, not a JSON object", "one document per line"},
    {"null", "null, not a JSON object", "one document per line"},
    {"true", "a boolean, not a JSON object", "one document per line"},
    {"plain words", "not JSON", "one document per line"},
    {"{\"text\":\"x\"} {}", "two records on one line, the second at byte 13", "jq -c"},
    {"{\"text\":\"x\"}\r{}", "records end in CR without LF, the second at byte 13", "jq -c"},
    {"{\"text\":\"x\"} \"", "trailing garbage, at byte 13", "one document per line"},
    {"{\"text\":\"x\",}", "not JSON", "one document per line"},
    {"{\"text\":\"x\",\"a\":01}", "not JSON", "one document per line"},
    {"{\"text\":\"x\",\"a\":NaNa}", "not JSON", "one document per line"},
    {"{\"text\":NaN}", "is a number, not", "--text-field"},
    {"{\"text\":\"x\",\"a\":'b'}", "not JSON", "one document per line"},
    {"{\"text\":\"x\"/* c */}", "not JSON", "one document per line"},
    {"{\"text\":\"tab\tin it\"}", "invalid character inside string", "one document per line"},
    {"{\"text\":\"\\x\"}", "not JSON", "one document per line"},
    {"{\"text\":\"\\u12g4\"}", "not JSON", "one document per line"},
    {"{\"text\":\"x\",\v\"a\":1}", "control character, at byte 12", "one document per line"},
    {"{\"text\":\"x\"\f}", "control character", "one document per line"},
    {"{\"text\":\"x", "premature EOF", "one document per line"},
    {"{\"text\":\"x\",\"text\":\"y\"}", "field \"text\" appears twice", ""},
    {"{\"text\":\"x\",\"t\\u0065xt\":1}", "field \"text\" appears twice", ""},
    {"{\"text\":1}", "field \"text\" is a number, not a string", "--text-field"},
    {"{\"text\":null}", "is null, not", "--text-field"},
    {"{\"text\":false}", "is a boolean, not", "--text-field"},
    {"{\"text\":[\"x\",1]}", "is a number, not", "--text-field"},
    {"{\"text\":[]}", "no field \"text\"", "--text-field"},
    {"{\"text\":[null]}", "is null, not", "--text-field"},
    {"{\"text\":{\"text\":\"x\"}}", "is an object, not", "--text-field"},
    {"{}", "no field \"text\"; the record has no fields", "--text-field"},
    {"{\"content\":\"x\",\"id\":{\"text\":\"x\"}}", "the record has \"content\", \"id\"", "--text-field"},
    {"{\"1\":1,\"2\":1,\"3\":1,\"4\":1,\"5\":1,\"6\":1,\"7\":1}", "\"5\", \"6\", ...", "--text-field"},
    {"{\"n567890123456789012345678901234567890\xC3\xA9\xC3\xA9\xC3\xA9\":1}", "67890\xC3\xA9...", "--text-field"},
};

START_TEST(record_refuses_with_place_and_reason) {
    struct ng_record_parser *parser = open_parser();
    struct ng_record record;
    struct ng_err err = {0};
    const char *bytes = bad_records[_i].record;
    ck_assert_int_eq(parse(parser, bytes, strlen(bytes), &record, &err), NG_ERR_INPUT);
    ck_assert_int_eq(err.status, NG_ERR_INPUT);
    ck_assert_msg(strncmp(err.text, "f.jsonl:7: ", 11) == 0, "%s", err.text);
    ck_assert_msg(strstr(err.text, bad_records[_i].reason) != NULL, "%s: %s", bytes, err.text);
    ck_assert_msg(strstr(err.hint, bad_records[_i].hint) != NULL, "%s: %s", bytes, err.hint);
    ck_assert_int_eq(parse(parser, LITERAL("{\"text\":\"\\n\"}"), &record, &err), NG_OK);
    ng_record_parser_close(parser);
}
END_TEST

static const struct {
    const char *paths;
    const char *record;
    const char *text; /* NULL: refused, with the metadata's place for the reason */
    const char *metadata;
} path_records[] = {
    {"text", "{\"text\":[\"a\",\"b\"],\"n\":1}", "a\nb", "{\"text\":[\"\",\"\"],\"n\":1}"},
    {"a.b", "{\"a\":{\"b\":\"x\\ny\",\"c\":2}}", "x\ny", "{\"a\":{\"b\":\"\",\"c\":2}}"},
    {"a.b", "{\"a.b\":\"x\"}", "x", "{\"a.b\":\"\"}"},
    {"a.b", "{\"b\":\"y\",\"a\":{\"c\":{\"b\":\"z\"}}}", NULL, "no field \"a.b\"; the record has \"b\", \"a\""},
    {"m.c", "{\"m\":[{\"c\":\"1\"},{\"c\":null},{\"d\":0},{\"c\":\"2\"}]}", "1\n2",
     "{\"m\":[{\"c\":\"\"},{\"c\":null},{\"d\":0},{\"c\":\"\"}]}"},
    {"m.1.c", "{\"m\":[{\"c\":\"1\"},{\"c\":\"2\"},{\"c\":\"3\"}]}", "2", "{\"m\":[{\"c\":\"1\"},{\"c\":\"\"},{\"c\":\"3\"}]}"},
    {"title,body", "{\"body\":\"b\",\"title\":\"t\"}", "t\nb", "{\"body\":\"\",\"title\":\"\"}"},
    {"title,body", "{\"body\":\"b\"}", "b", "{\"body\":\"\"}"},
    {"m.c", "{\"m\":[{\"c\":\"1\"},{\"c\":{\"t\":\"2\"}}]}", NULL, "\"m.c\" is an object, not a string"},
    {"m.c,m.c.t", "{\"m\":[{\"c\":\"1\"},{\"c\":{\"t\":\"2\"}}]}", "1\n2", "{\"m\":[{\"c\":\"\"},{\"c\":{\"t\":\"\"}}]}"},
    {"a.b", "{\"a\":{\"b\":\"\"}}", "", "{\"a\":{\"b\":\"\"}}"},
    {"a.b", "{\"a\":{\"b\":\"\\ud800\"}}", "\xEF\xBF\xBD", "{\"a\":{\"b\":\"\"}}"},
    {"text", "{\"x\":NaN,\"text\":\"NaN \\\" Infinity\",\"y\":[-Infinity]}", "NaN \" Infinity", "{\"x\":NaN,\"y\":[-Infinity]}"},
    {"a.b", "{\"a\":{\"b\":\"x\",\"c\":Infinity}}", "x", "{\"a\":{\"b\":\"\",\"c\":Infinity}}"},
};

START_TEST(record_follows_paths) {
    struct ng_record_parser *parser;
    struct ng_record record;
    struct ng_err err = {0};
    ck_assert_int_eq(ng_record_parser_open(&parser, path_records[_i].paths, &err), NG_OK);
    const char *bytes = path_records[_i].record;
    for (int round = 0; round < 2; round++) {
        int status = ng_record_parse(parser, "f", 1, (const uint8_t *)bytes, strlen(bytes), &record, &err);
        if (!path_records[_i].text) {
            ck_assert_int_eq(status, NG_ERR_INPUT);
            ck_assert_msg(strstr(err.text, path_records[_i].metadata) != NULL, "%s", err.text);
            continue;
        }
        ck_assert_msg(status == NG_OK, "%s", err.text);
        ck_assert_uint_eq(record.text_bytes, strlen(path_records[_i].text));
        ck_assert_ptr_nonnull(record.text);
        ck_assert_mem_eq(record.text, path_records[_i].text, record.text_bytes);
        ck_assert_uint_eq(record.metadata_bytes, strlen(path_records[_i].metadata));
        ck_assert_mem_eq(record.metadata, path_records[_i].metadata, record.metadata_bytes);
        ck_assert_int_eq(record.nonfinite, strstr(path_records[_i].metadata, "N") || strstr(path_records[_i].metadata, "I"));
    }
    ng_record_parser_close(parser);
}
END_TEST

/* A text in an array, or what looked like one, changes nothing of the records behind it. */
START_TEST(record_depends_on_itself_alone) {
    static const char *const before[] = {"{\"text\":[\"a\",\"b\"]}", "{\"text\":[\"}", "{\"text\":[1]}", "{\"text\":[\"\\ud800\"]}"};
    struct ng_record_parser *parser = open_parser();
    struct ng_record record;
    for (size_t i = 0; i < COUNT(before); i++) {
        (void)parse(parser, before[i], strlen(before[i]), &record, NULL);
        ck_assert_int_eq(parse(parser, LITERAL("{\"n\":1,\"text\":\"x\"}"), &record, NULL), NG_OK);
        ck_assert_uint_eq(record.metadata_bytes, strlen("{\"n\":1}"));
        ck_assert_mem_eq(record.metadata, "{\"n\":1}", record.metadata_bytes);
    }
    ng_record_parser_close(parser);
}
END_TEST

START_TEST(record_text_may_hold_nul) {
    struct ng_record_parser *parser = open_parser();
    struct ng_record record;
    struct ng_err err;
    ck_assert_int_eq(parse(parser, LITERAL("{\"text\":\"a\\u0000b\"}"), &record, &err), NG_OK);
    ck_assert_uint_eq(record.text_bytes, 3);
    ck_assert_mem_eq(record.text, "a\0b", 3);
    ck_assert_int_eq(parse(parser, LITERAL("{\"text\":\"a\0b\"}"), &record, &err), NG_ERR_INPUT);
    ck_assert_int_eq(parse(parser, LITERAL("{\"text\":\"a\"}\0"), &record, &err), NG_ERR_INPUT);
    ck_assert_int_eq(parse(parser, NULL, 0, &record, &err), NG_ERR_INPUT);
    ng_record_parser_close(parser);
}
END_TEST

START_TEST(record_says_where_text_is_ill_formed) {
    struct ng_record_parser *parser = open_parser();
    struct ng_record record;
    ck_assert_int_eq(parse(parser, LITERAL("{\"text\":\"a\\ud800\xFF\"}"), &record, NULL), NG_OK);
    ck_assert(record.ill_formed);
    ck_assert_uint_eq(record.ill_formed_at, 10);
    ck_assert_int_eq(parse(parser, LITERAL("{\"text\":\"a\xFF\\ud800\"}"), &record, NULL), NG_OK);
    ck_assert_uint_eq(record.ill_formed_at, 10);
    ck_assert_int_eq(parse(parser, LITERAL("{\"text\":\"a\"}"), &record, NULL), NG_OK);
    ck_assert(!record.ill_formed);
    ng_record_parser_close(parser);
}
END_TEST

/* A record whose metadata nests so that the whole is depth deep. */
static void make_nested(struct ng_buf *out, unsigned depth) {
    append(out, LITERAL("{\"a\":"));
    for (unsigned i = 1; i < depth; i++) append(out, i % 2 ? "[" : "{\"text\":", i % 2 ? 1 : 8);
    append(out, "1", 1);
    for (unsigned i = depth - 1; i > 0; i--) append(out, i % 2 ? "]" : "}", 1);
    append(out, LITERAL(",\"text\":\"x\"}"));
}

START_TEST(record_depth_is_limited) {
    struct ng_record_parser *parser = open_parser();
    struct ng_record record;
    struct ng_err err = {0};
    struct ng_buf nested = {0};
    make_nested(&nested, NG_MAX_JSON_DEPTH);
    ck_assert_int_eq(parse(parser, nested.data, nested.length, &record, &err), NG_OK);
    ck_assert_uint_eq(record.metadata_bytes, nested.length - strlen(",\"text\":\"x\""));
    nested.length = 0;
    make_nested(&nested, NG_MAX_JSON_DEPTH + 1);
    ck_assert_int_eq(parse(parser, nested.data, nested.length, &record, &err), NG_ERR_LIMIT);
    ck_assert_ptr_nonnull(strstr(err.text, "NG_MAX_JSON_DEPTH"));
    ng_buf_free(&nested);
    ng_record_parser_close(parser);
}
END_TEST

/* {"a":"...","text":"..."} with both strings of length bytes, each "ab\n" in turn, with escapes or not. */
static void make_long(struct ng_buf *record, struct ng_buf *text, size_t length, bool escapes) {
    for (int field = 0; field < 2; field++) {
        append(record, field ? "\",\"text\":\"" : "{\"a\":\"", field ? 10 : 6);
        for (size_t i = 0; i < length; i++) {
            char byte = (escapes ? "ab\n" : "abc")[i % 3];
            append(record, byte == '\n' ? "\\n" : &byte, byte == '\n' ? 2 : 1);
            if (field) append(text, &byte, 1);
        }
    }
    append(record, LITERAL("\"}"));
}

START_TEST(record_strings_may_be_long) {
    static const size_t lengths[] = {1, 2047, 2048, 4096, 70000, 1000003};
    struct ng_record_parser *parser = open_parser();
    for (size_t i = 0; i < 2 * sizeof lengths / sizeof lengths[0]; i++) {
        struct ng_buf bytes = {0};
        struct ng_buf text = {0};
        struct ng_record record;
        make_long(&bytes, &text, lengths[i / 2], i % 2);
        ck_assert_int_eq(parse(parser, bytes.data, bytes.length, &record, NULL), NG_OK);
        ck_assert_uint_eq(record.text_bytes, text.length);
        ck_assert_mem_eq(record.text, text.data, text.length);
        size_t head = record.metadata_bytes - 1;
        ck_assert_mem_eq(record.metadata, bytes.data, head);
        ck_assert_uint_eq(record.metadata[head], '}');
        ng_buf_free(&bytes);
        ng_buf_free(&text);
    }
    ng_record_parser_close(parser);
}
END_TEST

START_TEST(record_metadata_is_limited) {
    struct ng_record_parser *parser = open_parser();
    struct ng_record record;
    struct ng_err err = {0};
    struct ng_buf bytes = {0};
    append(&bytes, LITERAL("{\"text\":\"x\",\"a\":\""));
    size_t padding = NG_MAX_METADATA_BYTES - strlen("{\"a\":\"\"}");
    ck_assert_int_eq(ng_buf_reserve(&bytes, padding + 3, NULL), NG_OK);
    memset(bytes.data + bytes.length, 'y', padding);
    bytes.length += padding;
    append(&bytes, LITERAL("\"}"));
    ck_assert_int_eq(parse(parser, bytes.data, bytes.length, &record, &err), NG_OK);
    ck_assert_uint_eq(record.metadata_bytes, NG_MAX_METADATA_BYTES);
    bytes.length -= 2;
    append(&bytes, LITERAL("y\"}"));
    ck_assert_int_eq(parse(parser, bytes.data, bytes.length, &record, &err), NG_ERR_LIMIT);
    ck_assert_ptr_nonnull(strstr(err.text, "NG_MAX_METADATA_BYTES"));
    ng_buf_free(&bytes);
    ng_record_parser_close(parser);
}
END_TEST

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define SANITIZED 1
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

START_TEST(record_runs_out_of_memory_in_order) {
#ifdef SANITIZED
    test_skip("the address space cannot be limited under a sanitizer");
#else
    struct ng_record_parser *parser = open_parser();
    struct ng_record record;
    struct ng_err err = {0};
    struct ng_buf bytes = {0};
    struct ng_buf text = {0};
    make_long(&bytes, &text, 24 << 20, true);
    struct rlimit all;
    ck_assert_int_eq(getrlimit(RLIMIT_AS, &all), 0);
    struct rlimit little = {.rlim_cur = 16 << 20, .rlim_max = all.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &little), 0);
    const bool kept = mmap(NULL, 32 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
    int status = parse(parser, bytes.data, bytes.length, &record, &err);
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &all), 0);
    if (kept) ck_assert_int_eq(status, NG_ERR_NOMEM);
    else test_skip("the address space cannot be limited under an emulator");
    ck_assert_int_eq(parse(parser, bytes.data, bytes.length, &record, &err), NG_OK);
    ck_assert_uint_eq(record.text_bytes, text.length);
    ng_buf_free(&bytes);
    ng_buf_free(&text);
    ng_record_parser_close(parser);
#endif
}
END_TEST

START_TEST(record_field_name_is_checked) {
    char name[NG_MAX_FIELD_NAME_BYTES + 2];
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    struct ng_record_parser *parser;
    struct ng_err err = {0};
    ck_assert_int_eq(ng_record_parser_open(&parser, name, &err), NG_ERR_USAGE);
    ck_assert_ptr_nonnull(strstr(err.text, "NG_MAX_FIELD_NAME_BYTES"));
    ck_assert_int_eq(ng_record_parser_open(&parser, "\xFF", &err), NG_ERR_USAGE);
    ck_assert_ptr_null(parser);
    ng_record_parser_close(NULL);
}
END_TEST

Suite *test_record_suite(void) {
    Suite *suite = suite_create("record");
    TCase *utf8 = tcase_create("utf8");
    tcase_add_test(utf8, utf8_takes_all_scalar_values_and_no_others);
    tcase_add_test(utf8, utf8_finds_the_first_bad_byte_wherever_it_stands);
    tcase_add_loop_test(utf8, utf8_repairs_by_maximal_subparts, 0, COUNT(repairs));
    suite_add_tcase(suite, utf8);

    TCase *record = tcase_create("record");
    tcase_set_timeout(record, 60);
    tcase_add_loop_test(record, record_gives_text_and_metadata_verbatim, 0, COUNT(records));
    tcase_add_loop_test(record, record_refuses_with_place_and_reason, 0, COUNT(bad_records));
    tcase_add_loop_test(record, record_follows_paths, 0, COUNT(path_records));
    tcase_add_test(record, record_depends_on_itself_alone);
    tcase_add_test(record, record_text_may_hold_nul);
    tcase_add_test(record, record_says_where_text_is_ill_formed);
    tcase_add_test(record, record_depth_is_limited);
    tcase_add_test(record, record_strings_may_be_long);
    tcase_add_test(record, record_metadata_is_limited);
    tcase_add_test(record, record_runs_out_of_memory_in_order);
    tcase_add_test(record, record_field_name_is_checked);
    suite_add_tcase(suite, record);
    return suite;
}
