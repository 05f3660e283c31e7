/* ngidx contam --self-test: what the method finds of passages that are in the index, as they are and altered. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/random.h"
#include "common/base/utf8.h"
#include "common/cli/cli.h"
#include "common/text/normal.h"
#include "query/cli/cmd.h"
#include "query/cli_contam/contam.h"

/* Passages have this many times the characters of a window of preset paper, as the questions of common benchmarks do. */
enum { PASSAGE_WINDOWS = 5, MOST_TRIES = 50, WRAP_COLUMNS = 60, LONGEST_WORD = 256, MEAN_WORD = 32 };

/* Letters of a folded text are three fifths of its characters: so passages of both presets are as long by default. */
static uint64_t passage_characters(const struct ng_contam_options *options) {
    uint64_t characters = options->chars * PASSAGE_WINDOWS;
    return options->preset == NG_PRESET_FOLDED ? characters * 5 / 3 : characters;
}

struct passage {
    uint8_t *text; /* owned */
    size_t length;
};

/* A way to alter a passage: appends it to out. */
typedef int alter_passage(struct ng_buf *out, const struct passage *passage, uint64_t *random, struct ng_err *err);

static bool is_space(uint8_t byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static int keep(struct ng_buf *out, const struct passage *passage, uint64_t *random, struct ng_err *err) {
    (void)random;
    return ng_buf_append(out, passage->text, passage->length, err);
}

/* The next word of a passage from *at on; false at the end. */
static bool next_word(const struct passage *passage, size_t *at, size_t *begin) {
    while (*at < passage->length && is_space(passage->text[*at])) (*at)++;
    *begin = *at;
    while (*at < passage->length && !is_space(passage->text[*at])) (*at)++;
    return *at > *begin;
}

/* Lines of at most WRAP_COLUMNS, with a prefix each. */
static int wrap_with(struct ng_buf *out, const struct passage *passage, const char *prefix, struct ng_err *err) {
    size_t at = 0;
    size_t begin;
    size_t column = 0;
    int status = ng_buf_append(out, prefix, strlen(prefix), err);
    while (!status && next_word(passage, &at, &begin)) {
        bool breaks = column > 0 && column + 1 + (at - begin) > WRAP_COLUMNS;
        if (column > 0) status = ng_buf_append(out, breaks ? "\n" : " ", 1, err);
        if (!status && breaks) status = ng_buf_append(out, prefix, strlen(prefix), err);
        column = (breaks || column == 0 ? 0 : column + 1) + (at - begin);
        if (!status) status = ng_buf_append(out, passage->text + begin, at - begin, err);
    }
    return status;
}

static int wrap(struct ng_buf *out, const struct passage *passage, uint64_t *random, struct ng_err *err) {
    (void)random;
    return wrap_with(out, passage, "", err);
}

/* As mail and forums quote. */
static int quote(struct ng_buf *out, const struct passage *passage, uint64_t *random, struct ng_err *err) {
    (void)random;
    return wrap_with(out, passage, "> ", err);
}

/* As a page's source: paragraphs, some words emphasised, what HTML escapes escaped. */
static int mark_up(struct ng_buf *out, const struct passage *passage, uint64_t *random, struct ng_err *err) {
    static const struct {
        char byte;
        const char *escaped;
    } escapes[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
    int status = ng_buf_append(out, "<p>", 3, err);
    for (size_t i = 0; i < passage->length && !status; i++) {
        const char *text = (const char *)&passage->text[i];
        size_t length = 1;
        for (size_t e = 0; e < sizeof escapes / sizeof *escapes; e++) {
            if (*text != escapes[e].byte) continue;
            text = escapes[e].escaped;
            length = strlen(text);
            break;
        }
        if (*text == ' ' && ng_random_below(random, 12) == 0) text = "</p>\n<p>", length = 8;
        status = ng_buf_append(out, text, length, err);
    }
    return status ? status : ng_buf_append(out, "</p>", 4, err);
}

static int lower(struct ng_buf *out, const struct passage *passage, uint64_t *random, struct ng_err *err) {
    (void)random;
    return ng_normal_append_lower(out, passage->text, passage->length, err);
}

/* Another letter in place of one: the neighbour but one of a character of several bytes, as those beside it may be the same
 * letter in the other case. False: there is none at a byte, or it begins before. */
static bool change_letter(uint8_t *text, size_t length, size_t at, bool ascii) {
    uint8_t *byte = &text[at];
    if (!ascii) {
        bool ends = ng_utf8_is_continuation(*byte) && (at + 1 == length || !ng_utf8_is_continuation(text[at + 1]));
        if (ends) *byte ^= 2;
        return ends;
    }
    if (!((*byte >= 'a' && *byte <= 'z') || (*byte >= 'A' && *byte <= 'Z'))) return false;
    *byte = *byte == 'q' ? 'x' : 'q';
    return true;
}

/* The bytes of the first so many characters. */
static size_t characters_bytes(const uint8_t *text, size_t length, size_t characters) {
    size_t end = 0;
    for (; characters > 0 && end < length; characters--) {
        do {
            end++;
        } while (end < length && ng_utf8_is_continuation(text[end]));
    }
    return end;
}

/* Changes one letter in each stretch of so many characters: of a script with one byte a letter, if it has one. */
static int change_one_in(struct ng_buf *out, const struct passage *passage, uint64_t *random, size_t stretch,
                         struct ng_err *err) {
    size_t first = out->length;
    int status = keep(out, passage, random, err);
    if (status) return status;
    size_t length = 0;
    for (size_t begin = 0; begin < passage->length; begin += length) {
        length = characters_bytes(passage->text + begin, passage->length - begin, stretch);
        assert(length > 0);
        const size_t from = (size_t)ng_random_below(random, length);
        bool changed = false;
        for (size_t tried = 0; tried < 2 * length && !changed; tried++) {
            changed = change_letter(out->data + first + begin, length, (from + tried) % length, tried < length);
        }
    }
    return NG_OK;
}

static int change_one(struct ng_buf *out, const struct passage *passage, uint64_t *random, struct ng_err *err) {
    return change_one_in(out, passage, random, passage->length, err);
}

static int change_some(struct ng_buf *out, const struct passage *passage, uint64_t *random, struct ng_err *err) {
    return change_one_in(out, passage, random, 100, err);
}

static int change_many(struct ng_buf *out, const struct passage *passage, uint64_t *random, struct ng_err *err) {
    return change_one_in(out, passage, random, 50, err);
}

/* The next word, or character where words are too long to be words. */
static bool next_unit(const struct passage *passage, bool words, size_t *at, size_t *begin) {
    if (words) return next_word(passage, at, begin);
    *begin = *at;
    *at += characters_bytes(passage->text + *at, passage->length - *at, 1);
    return *at > *begin;
}

/* Whether spaces part words, or there are too few for that. */
static bool has_words(const struct passage *passage) {
    size_t count = 0;
    size_t begin;
    for (size_t at = 0; next_word(passage, &at, &begin);) count++;
    return passage->length / MEAN_WORD <= count;
}

/* The same words, or characters of text without spaces, in another order (Fisher and Yates): text like the corpus's that
 * is not in it. */
static int shuffle(struct ng_buf *out, const struct passage *passage, uint64_t *random, struct ng_err *err) {
    size_t *words = calloc(passage->length + 1, 2 * sizeof *words);
    if (!words) return ng_err_nomem(err, passage->length * 2 * sizeof *words, "the words of a passage");
    size_t count = 0;
    const bool spaced = has_words(passage);
    for (size_t at = 0; next_unit(passage, spaced, &at, &words[2 * count]); count++) words[2 * count + 1] = at;
    int status = NG_OK;
    for (size_t left = count; left > 0 && !status; left--) {
        size_t pick = (size_t)ng_random_below(random, left);
        size_t begin = words[2 * pick];
        size_t end = words[2 * pick + 1];
        words[2 * pick] = words[2 * (left - 1)];
        words[2 * pick + 1] = words[2 * (left - 1) + 1];
        if (left < count && spaced) status = ng_buf_append(out, " ", 1, err);
        if (!status) status = ng_buf_append(out, passage->text + begin, end - begin, err);
    }
    free(words);
    return status;
}

static const struct {
    const char *name;
    const char *key;
    alter_passage *alter;
    bool control;
} ALTERATIONS[] = {
    {"as it stands", "as_it_stands", keep, false},
    {"re-wrapped at 60 columns", "re_wrapped", wrap, false},
    {"lower case", "lower_case", lower, false},
    {"quoted, \"> \" before each line", "quoted", quote, false},
    {"as HTML", "html", mark_up, false},
    {"one character changed", "one_character", change_one, false},
    {"one character in 100 changed", "one_in_100", change_some, false},
    {"one character in 50 changed", "one_in_50", change_many, false},
    {"control: its words shuffled", "control_shuffled", shuffle, true},
};
enum { ALTERATION_COUNT = sizeof ALTERATIONS / sizeof *ALTERATIONS };

_Static_assert((int)ALTERATION_COUNT <= (int)NG_REPORT_ALTERATIONS, "an outcome has room for all");

/* Takes a piece of a document, about characters long, from a random position on; *found is false where the document
 * ends before. */
static int draw_passage(const struct ng_index *index, uint64_t characters, uint64_t *random, struct passage *passage,
                        bool *found, struct ng_err *err) {
    struct ng_index_info info;
    struct ng_shard_info shard;
    ng_index_get_info(index, &info);
    uint64_t row = ng_random_below(random, info.text_bytes + info.documents);
    uint64_t number = 0;
    for (ng_index_get_shard_info(index, 0, &shard); row >= shard.text_bytes + shard.documents;
         ng_index_get_shard_info(index, number, &shard)) {
        row -= shard.text_bytes + shard.documents;
        number++;
    }
    struct ng_hit hit;
    uint64_t length = 0;
    *found = false;
    int status = ng_index_locate_row(index, number, row, &hit, err);
    if (!status) status = ng_index_doc_length(index, hit.doc, &length, err);
    enum { MOST_BYTES = 4 }; /* of a character */
    if (status || length - hit.offset < characters) return status;
    uint64_t wanted = (characters + 1) * MOST_BYTES;
    if (wanted > length - hit.offset) wanted = length - hit.offset;
    uint8_t *text = malloc((size_t)wanted + 1);
    if (!text) return ng_err_nomem(err, wanted, "a passage");
    status = ng_index_extract(index, hit.doc, hit.offset, wanted, text, err);
    /* Whole characters, from a word's start; from any where no word is that long. */
    size_t begin = 0;
    while (begin < wanted && !is_space(text[begin])) begin++;
    while (begin < wanted && is_space(text[begin])) begin++;
    if (begin > LONGEST_WORD) {
        for (begin = 0; begin < wanted && ng_utf8_is_continuation(text[begin]);) begin++;
    }
    size_t end = begin + characters_bytes(text + begin, (size_t)wanted - begin, (size_t)characters);
    if (status || end - begin < characters) {
        free(text);
        return status;
    }
    memmove(text, text + begin, end - begin);
    *passage = (struct passage){.text = text, .length = end - begin};
    *found = true;
    return NG_OK;
}

static int draw_passages(const struct ng_cmd_contam *command, uint64_t *random, struct passage *passages,
                         uint64_t *count, struct ng_err *err) {
    uint64_t characters = passage_characters(&command->settings.options);
    for (uint64_t tried = 0; *count < command->passages && tried < MOST_TRIES * command->passages; tried++) {
        bool found;
        const struct ng_index *index = ng_index_view(command->indexes.indexes[tried % command->indexes.count], NG_VIEW_EXACT);
        if (!index) {
            (void)ng_err_set(err, NG_ERR_USAGE, "an index without an exact view has no passages to alter");
            return ng_err_hint(err, "ngidx build --view exact,folded");
        }
        int status = draw_passage(index, characters, random, &passages[*count], &found, err);
        if (status) return status;
        if (found) (*count)++;
    }
    if (*count > 0) return NG_OK;
    (void)ng_err_set(err, NG_ERR_INPUT, "no document of the index is as long as a passage, %" PRIu64 " characters",
                     characters);
    return ng_err_hint(err, "a smaller --chars makes shorter passages");
}

/* Checks all passages, altered in one way. */
static int run_alteration(const struct ng_cmd_contam *command, size_t number, const struct passage *passages,
                          uint64_t count, uint64_t *random, struct ng_report_alteration *outcome, struct ng_err *err) {
    struct ng_contam *contam = NULL;
    struct ng_contam_options options = command->settings.options;
    struct ng_buf altered = {0};
    options.evidence_limit = 0;
    options.more_count = 0;
    size_t *ends = calloc(count + 1, sizeof *ends);
    struct ng_bytes *texts = calloc(count + 1, sizeof *texts);
    struct ng_contam_entry *entries = calloc(count + 1, sizeof *entries);
    struct ng_contam_result *results = calloc(count + 1, sizeof *results);
    int status = NG_OK;
    if (!ends || !texts || !entries || !results) {
        status = ng_err_nomem(err, count * sizeof *results, "passages");
        goto out;
    }
    for (uint64_t i = 0; i < count && !status; i++) {
        status = ALTERATIONS[number].alter(&altered, &passages[i], random, err);
        ends[i] = altered.length;
    }
    for (uint64_t i = 0; i < count && !status; i++) {
        size_t begin = i > 0 ? ends[i - 1] : 0;
        texts[i] = (struct ng_bytes){altered.data + begin, ends[i] - begin};
        entries[i] = (struct ng_contam_entry){.texts = &texts[i], .text_count = 1};
    }
    if (!status) status = ng_contam_open(&contam, command->indexes.indexes, command->indexes.count, &options, err);
    if (!status) status = ng_contam_check(contam, entries, (size_t)count, results, err);
    if (!status) {
        for (uint64_t i = 0; i < count; i++) {
            double measure = options.preset == NG_PRESET_FOLDED ? results[i].coverage : results[i].eta;
            outcome->classes[results[i].verdict]++;
            outcome->mean_eta += results[i].eta / (double)count;
            outcome->mean_measure += measure / (double)count;
        }
        ng_contam_results_free(results, (size_t)count);
    }
out:
    ng_contam_close(contam);
    ng_buf_free(&altered);
    free(ends);
    free(texts);
    free(entries);
    free(results);
    return status;
}

static double share(const struct ng_report_alteration *outcome, int class) {
    uint64_t judged = 0;
    for (int c = NG_CONTAM_CLEAN; c <= NG_CONTAM_COMMON; c++) judged += outcome->classes[c];
    return ng_report_percent(outcome->classes[class], judged);
}

void ng_cmd_contam_show_outcome(const struct ng_cmd_contam *command) {
    const struct ng_contam_options *options = &command->settings.options;
    const struct ng_report_self_test *outcome = &command->outcome;
    const char *measure = ng_report_measure(&command->settings);
    (void)printf("%-30s  %8s  %10s  %8s  %8s  mean %s\n", "passage of the corpus", "dirty", "suspicious", "common", "clean",
                 measure);
    for (size_t i = 0; i < outcome->alteration_count; i++) {
        const struct ng_report_alteration *alteration = &outcome->alterations[i];
        (void)printf("%-30s  %7.1f%%  %9.1f%%  %7.1f%%  %7.1f%%  %8.3f\n", alteration->name,
                     share(alteration, NG_CONTAM_DIRTY), share(alteration, NG_CONTAM_SUSPICIOUS),
                     share(alteration, NG_CONTAM_COMMON), share(alteration, NG_CONTAM_CLEAN), alteration->mean_measure);
    }
    (void)printf("\n%" PRIu64 " passages of %" PRIu64 " characters, drawn with seed %" PRIu64 "; preset %s: windows of %" PRIu64
                 " %s,\nstride %" PRIu64 "; dirty from %s %.2f on, suspicious from %.2f on. Dirty is the method's recall;\n"
                 "in the control row it is the rate of false positives. Passages called clean in the other rows are in the\n"
                 "corpus, too, or nearly so.\n",
                 outcome->passages, outcome->characters, outcome->seed, ng_contam_preset_name(options->preset),
                 options->chars, options->preset == NG_PRESET_FOLDED ? "letters" : "characters", options->stride, measure,
                 options->dirty, options->suspicious);
}

static int print_json(const struct ng_cmd_contam *command, struct ng_err *err) {
    struct ng_json json;
    int status = ng_cmd_json_begin(&json, err);
    if (status) return status;
    ng_json_member_text(&json, "preset", ng_contam_preset_name(command->settings.options.preset));
    ng_report_self_test_write(&json, &command->outcome);
    return ng_cmd_json_end(&json);
}

static int check_passages(struct ng_cmd_contam *command, struct passage *passages, struct ng_err *err) {
    struct ng_report_self_test *outcome = &command->outcome;
    uint64_t random = command->settings.seed;
    uint64_t count = 0;
    int status = draw_passages(command, &random, passages, &count, err);
    *outcome = (struct ng_report_self_test){.passages = count,
                                            .characters = passage_characters(&command->settings.options),
                                            .seed = command->settings.seed};
    for (size_t i = 0; i < ALTERATION_COUNT && !status; i++) {
        struct ng_report_alteration *alteration = &outcome->alterations[outcome->alteration_count++];
        *alteration = (struct ng_report_alteration){
            .name = ALTERATIONS[i].name, .key = ALTERATIONS[i].key, .control = ALTERATIONS[i].control};
        status = run_alteration(command, i, passages, count, &random, alteration, err);
    }
    return status;
}

int ng_cmd_contam_measure(struct ng_cmd_contam *command, struct ng_err *err) {
    struct passage *passages = calloc(command->passages, sizeof *passages);
    if (!passages) return ng_err_nomem(err, command->passages * sizeof *passages, "passages");
    int status = check_passages(command, passages, err);
    for (uint64_t i = 0; i < command->passages; i++) free(passages[i].text);
    free(passages);
    if (status || command->outcome.alterations[0].mean_eta > 1.0 - 1e-9) return status;
    (void)ng_err_set(err, NG_ERR_CORRUPT, "a passage of the index is not found in it");
    return ng_err_hint(err, "ngidx verify");
}

int ng_cmd_contam_self_test(struct ng_cmd_contam *command) {
    struct ng_err err;
    ng_err_clear(&err);
    int status = ng_cmd_contam_open(command, &err);
    if (!status) status = ng_cmd_contam_measure(command, &err);
    if (command->outcome.alteration_count == ALTERATION_COUNT && (!status || status == NG_ERR_CORRUPT)) {
        int printed = NG_OK;
        if (command->json) printed = print_json(command, &err);
        else ng_cmd_contam_show_outcome(command);
        if (printed) status = printed;
    }
    return status ? ng_cli_report_usage("contam", &err) : NG_EXIT_FOUND;
}
