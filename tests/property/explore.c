/* Documents, phrases together, samples and continuations on hundreds of small corpora, against scans of the documents.
 * */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/base/utf8.h"
#include "common/text/normal.h"
#include "common/text/script.h"
#include "query/explore/sweep.h"
#include "query/include/ngidx.h"
#include "query/lib/index.h"
#include "tests/support/make_index.h"
#include "tests/support/runner.h"
#include "tests/support/sanitized.h"
#include "tests/support/temp.h"

enum { MAX_DOCUMENTS = 120, MAX_TEXT = 4000, CORPORA = TEST_SANITIZED ? 60 : 400, RUNS = 10, PHRASES = 12 };

struct corpus {
    struct test_document documents[MAX_DOCUMENTS];
    size_t count;
    uint8_t text[MAX_TEXT + 64];
};

/* Pieces that texts are made of: words, spaces, marks, scripts without spaces, bytes that are not UTF-8. */
static const char *const PIECES[] = {
    "the", "king", "kingdom", "king's", "a", "of", "x9", " ", " ", " ", "\n", "\t\t", ".", ", ", "\xE2\x80\x94", "\xC2\xA0",
    "\xC3\xA9", "na\xC3\xAFve", "\xD0\x9A\xD0\xBE\xD1\x82", "\xD0\xBA\xD0\xBE", " \xD0\xBD\xD0\xB0 ", "\xE7\x8C\xAB",
    "\xE5\x9D\x90\xE5\x9C\xA8", "e\xCC\x81", "\xF0\x9F\x98\x80", "\xC3", "\x80", "\xF0\x9F", "\xFE", "--", "0"};
enum { PIECE_COUNT = sizeof PIECES / sizeof *PIECES };

/* Texts of random bytes over a small alphabet, or of pieces; a few pieces alone in most, so that they repeat. */
static void fill_corpus(struct corpus *corpus, struct test_random *random) {
    size_t total = 1 + (size_t)test_random_below(random, test_random_below(random, 3) ? 600 : MAX_TEXT - 1);
    bool random_bytes = test_random_below(random, 4) == 0;
    uint64_t few = 2 + test_random_below(random, PIECE_COUNT - 2);
    uint64_t first = test_random_below(random, PIECE_COUNT);
    size_t length = 0;
    while (length < total) {
        if (random_bytes) {
            corpus->text[length++] = (uint8_t)("ab \xC3\x80"[test_random_below(random, few < 5 ? few : 5)]);
            continue;
        }
        const char *piece = PIECES[(first + test_random_below(random, few)) % PIECE_COUNT];
        memcpy(corpus->text + length, piece, strlen(piece));
        length += strlen(piece);
    }
    /* A long run of spaces now and then, longer than a continuation may be. */
    if (test_random_below(random, 12) == 0 && length > 700) memset(corpus->text + 100, ' ', 500);
    uint64_t mean = 1 + test_random_below(random, 200);
    size_t at = 0;
    corpus->count = 0;
    while (corpus->count + 1 < MAX_DOCUMENTS && at < length) {
        size_t some = (size_t)test_random_below(random, mean + 1);
        if (some > length - at) some = length - at;
        corpus->documents[corpus->count++] = (struct test_document){.text = corpus->text + at, .length = some};
        at += some;
    }
    corpus->documents[corpus->count++] = (struct test_document){.text = corpus->text + at, .length = length - at};
}

static struct ng_bytes pick_phrase(const struct corpus *corpus, struct test_random *random, uint8_t *bytes) {
    const struct test_document *document;
    int tries = 0;
    do {
        document = &corpus->documents[test_random_below(random, corpus->count)];
    } while (document->length == 0 && tries++ < 100);
    uint64_t most = test_random_below(random, 3) ? 4 : 12;
    uint64_t length = 1 + test_random_below(random, most);
    if (length > document->length) length = document->length;
    uint64_t offset = test_random_below(random, document->length - length + 1);
    memcpy(bytes, document->text + offset, length);
    if (length == 0) bytes[length++] = 'q';
    return (struct ng_bytes){.data = bytes, .length_bytes = length};
}

static bool occurs_at(const struct test_document *document, size_t offset, struct ng_bytes phrase) {
    return offset + phrase.length_bytes <= document->length &&
           memcmp(document->text + offset, phrase.data, phrase.length_bytes) == 0;
}

static uint64_t count_in(const struct test_document *document, struct ng_bytes phrase) {
    uint64_t count = 0;
    for (size_t o = 0; o < document->length; o++) count += occurs_at(document, o, phrase);
    return count;
}

/* ---- Documents ---- */

struct coverage {
    uint64_t estimates;
    uint64_t covered;
};

static void check_docs(const struct ng_index *index, const struct corpus *corpus, struct ng_bytes phrase, uint64_t seed,
                       struct coverage *coverage) {
    struct ng_err err;
    struct ng_docs_count count;
    uint64_t hits = 0;
    uint64_t documents = 0;
    for (size_t d = 0; d < corpus->count; d++) {
        uint64_t here = count_in(&corpus->documents[d], phrase);
        hits += here;
        documents += here > 0 ? 1 : 0;
    }
    const struct ng_docs_options exact = {.threads = (unsigned)(seed % 3)};
    ck_assert_int_eq(ng_index_count_docs(index, phrase, &exact, &count, &err), 0);
    ck_assert(count.exact && count.low == documents && count.high == documents);
    ck_assert_uint_eq(count.hits, hits);
    ck_assert_uint_eq(count.documents, documents);
    const struct ng_docs_options estimate = {.most_hits = 1, .seed = seed, .most_draws = 400};
    ck_assert_int_eq(ng_index_count_docs(index, phrase, &estimate, &count, &err), 0);
    ck_assert_uint_eq(count.hits, hits);
    ck_assert(count.exact == (hits <= 1));
    ck_assert(count.low <= count.documents && count.documents <= count.high && count.high <= corpus->count);
    if (count.exact) return;
    coverage->estimates++;
    coverage->covered += count.low <= documents && documents <= count.high ? 1 : 0;
}

/* Rows followed in step, as is done with many, against rows located one by one. */
static void check_sweep(const struct ng_index *index, struct ng_bytes phrase) {
    struct ng_err err;
    struct ng_index_info info;
    static uint64_t answers[2][MAX_TEXT + 64];
    static struct ng_interval intervals[MAX_TEXT + MAX_DOCUMENTS];
    ng_index_get_info(index, &info);
    ck_assert_int_eq(ng_index_find(index, phrase, intervals, &err), 0);
    for (uint64_t s = 0; s < info.shards; s++) {
        struct ng_watch watch = ng_watch_make(NULL);
        const struct ng_rows rows = {.shard = &index->shards[s].shard, .all = intervals[s], .some = intervals[s]};
        size_t count = (size_t)(intervals[s].end - intervals[s].begin);
        if (count == 0) continue;
        ck_assert_int_eq(ng_rows_sweep(&rows, intervals[s].begin, count, false, answers[0], &watch, &err), 0);
        ck_assert_int_eq(ng_rows_sweep(&rows, intervals[s].begin, count, true, answers[1], &watch, &err), 0);
        for (size_t i = 0; i < count; i++) {
            struct ng_hit hit;
            ck_assert_int_eq(ng_index_locate_row(index, s, intervals[s].begin + i, &hit, &err), 0);
            ck_assert_uint_eq(answers[0][i], hit.position);
            ck_assert(answers[1][i] == UINT64_MAX || answers[1][i] == hit.doc - index->shards[s].first_document);
        }
    }
}

/* ---- Samples ---- */

static void check_samples(const struct ng_index *index, struct ng_bytes phrase, struct test_random *random) {
    struct ng_err err;
    static struct ng_hit hits[MAX_TEXT + 64];
    static struct ng_hit sample[MAX_TEXT + 64];
    static uint64_t numbers[MAX_TEXT + 64];
    size_t found = 0;
    ck_assert_int_eq(ng_index_locate(index, phrase, 0, hits, MAX_TEXT, &found, NULL, &err), 0);
    size_t wanted = (size_t)test_random_below(random, found + 3);
    size_t drawn = ng_sample_numbers(found, wanted, test_random_next(random), numbers);
    ck_assert_uint_eq(drawn, wanted < found ? wanted : found);
    for (size_t i = 0; i < drawn; i++) ck_assert(numbers[i] < found && (i == 0 || numbers[i - 1] < numbers[i]));
    ck_assert_int_eq(ng_index_locate_numbers(index, phrase, numbers, drawn, sample, &err), 0);
    for (size_t i = 0; i < drawn; i++) ck_assert_mem_eq(&sample[i], &hits[numbers[i]], sizeof *sample);
    numbers[drawn] = found;
    ck_assert_int_eq(ng_index_locate_numbers(index, phrase, numbers, drawn + 1, sample, &err), NG_ERR_USAGE);
}

/* ---- Phrases together ---- */

struct naive_hit {
    uint64_t doc;
    uint64_t offset;
    uint64_t length;
};

static uint64_t gap(uint64_t a, uint64_t a_end, uint64_t b, uint64_t b_end) {
    return a > b_end ? a - b_end : b > a_end ? b - a_end : 0;
}

static bool naive_clause(const struct test_document *document, const struct ng_clause *clause, bool within,
                         uint64_t within_bytes, uint64_t begin, uint64_t end) {
    for (size_t p = 0; p < clause->phrase_count; p++) {
        for (size_t o = 0; o < document->length; o++) {
            if (!occurs_at(document, o, clause->phrases[p])) continue;
            if (!within || gap(begin, end, o, o + clause->phrases[p].length_bytes) <= within_bytes) return !clause->negated;
        }
    }
    return clause->negated;
}

static size_t naive_matches(const struct corpus *corpus, const struct ng_match_options *o, struct naive_hit *hits,
                            uint64_t *documents) {
    size_t count = 0;
    *documents = 0;
    for (size_t d = 0; d < corpus->count; d++) {
        const struct test_document *document = &corpus->documents[d];
        size_t before = count;
        for (size_t at = 0; at < document->length; at++) {
            for (size_t p = 0; p < o->clauses[0].phrase_count; p++) {
                const struct ng_bytes phrase = o->clauses[0].phrases[p];
                bool met = occurs_at(document, at, phrase);
                for (size_t q = 0; q < p; q++) { /* the same alternative again */
                    const struct ng_bytes known = o->clauses[0].phrases[q];
                    if (known.length_bytes == phrase.length_bytes && memcmp(known.data, phrase.data, phrase.length_bytes) == 0)
                        met = false;
                }
                for (size_t c = 1; c < o->clause_count && met; c++) {
                    met = naive_clause(document, &o->clauses[c], o->is_within, o->within_bytes, at, at + phrase.length_bytes);
                }
                if (!met || (o->unique_docs && count > before)) continue;
                hits[count++] = (struct naive_hit){d, at, phrase.length_bytes};
            }
        }
        *documents += count > before ? 1 : 0;
    }
    return count;
}

static void check_hits(const struct ng_matches *matches, const struct naive_hit *wanted, size_t count) {
    struct ng_err err;
    uint64_t *numbers = malloc((count + 1) * sizeof *numbers);
    uint64_t *lengths = malloc((count + 1) * sizeof *lengths);
    struct ng_hit *hits = malloc((count + 1) * sizeof *hits);
    ck_assert(numbers && lengths && hits);
    for (size_t i = 0; i <= count; i++) numbers[i] = i;
    ck_assert_int_eq(ng_matches_locate(matches, numbers, count + 1, hits, lengths, &err), NG_ERR_USAGE);
    ck_assert_int_eq(ng_matches_locate(matches, numbers, count, hits, lengths, &err), 0);
    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_eq(hits[i].doc, wanted[i].doc);
        ck_assert_uint_eq(hits[i].offset, wanted[i].offset);
    }
    /* Alternatives may start at one place: their order is open. */
    for (size_t i = 0; i < count;) {
        uint64_t sums[2] = {0};
        size_t end = i;
        while (end < count && hits[end].doc == hits[i].doc && hits[end].offset == hits[i].offset) {
            sums[0] += lengths[end];
            sums[1] += wanted[end++].length;
        }
        ck_assert_uint_eq(sums[0], sums[1]);
        i = end;
    }
    free(numbers);
    free(lengths);
    free(hits);
}

/* The rank of each hit leads back to it, and the text shown is its phrase. */
static void check_shown(const struct ng_index *index, const struct corpus *corpus, const struct ng_matches *matches,
                        size_t count) {
    struct ng_err err;
    enum { SOME = 5 };
    uint64_t numbers[SOME];
    uint64_t lengths[SOME];
    struct ng_hit hits[SOME];
    struct ng_text_place places[SOME];
    struct ng_snippet snippets[SOME];
    size_t some = ng_sample_numbers(count, SOME, count, numbers);
    ck_assert_int_eq(ng_matches_locate(matches, numbers, some, hits, lengths, &err), 0);
    ck_assert_int_eq(ng_index_show_hits(index, hits, lengths, some, 3, places, snippets, &err), 0);
    for (size_t i = 0; i < some; i++) {
        struct ng_hit same;
        ck_assert_int_eq(ng_index_locate_row(index, hits[i].shard, hits[i].rank, &same, &err), 0);
        ck_assert_mem_eq(&same, &hits[i], sizeof same);
        const struct test_document *document = &corpus->documents[hits[i].doc];
        ck_assert(places[i].original && places[i].offset == hits[i].offset && places[i].length_bytes == lengths[i]);
        ck_assert_uint_ge(snippets[i].length_bytes, lengths[i]);
        ck_assert_mem_eq(snippets[i].text, document->text + snippets[i].offset, snippets[i].length_bytes);
        ng_snippet_free(&snippets[i]);
    }
}

static void check_matches(const struct ng_index *index, const struct corpus *corpus, const struct ng_bytes *phrases,
                          struct test_random *random) {
    struct ng_err err;
    struct ng_clause clauses[4] = {0};
    static struct naive_hit wanted[4 * MAX_TEXT + 64];
    struct ng_match_options o = {.clauses = clauses,
                                 .clause_count = 1 + test_random_below(random, 4),
                                 .is_within = test_random_below(random, 2),
                                 .within_bytes = test_random_below(random, 4) ? test_random_below(random, 30) : UINT64_MAX,
                                 .unique_docs = test_random_below(random, 3) == 0,
                                 .threads = (unsigned)test_random_below(random, 3)};
    for (size_t c = 0; c < o.clause_count; c++) {
        size_t first = (size_t)test_random_below(random, PHRASES - 2);
        clauses[c] = (struct ng_clause){.phrases = phrases + first, .phrase_count = 1 + test_random_below(random, 2),
                                        .negated = c > 0 && test_random_below(random, 3) == 0};
    }
    uint64_t documents;
    size_t count = naive_matches(corpus, &o, wanted, &documents);
    struct ng_matches *matches = NULL;
    struct ng_match_totals totals;
    ck_assert_int_eq(ng_matches_open(&matches, index, &o, &err), 0);
    ng_matches_get_totals(matches, &totals);
    ck_assert(!totals.cut);
    ck_assert_uint_eq(totals.documents, documents);
    ck_assert_uint_eq(totals.hits, count);
    check_hits(matches, wanted, count);
    check_shown(index, corpus, matches, count);
    ng_matches_close(matches);
    o.count_only = true;
    ck_assert_int_eq(ng_matches_open(&matches, index, &o, &err), 0);
    ng_matches_get_totals(matches, &totals);
    ck_assert_uint_eq(totals.documents, documents);
    ck_assert_uint_eq(totals.hits, count);
    ng_matches_close(matches);
    /* Limits: never more than there is, and said where it is less. */
    o.most_hits = 1 + test_random_below(random, 20);
    o.most_text_bytes = 1 + test_random_below(random, 200);
    ck_assert_int_eq(ng_matches_open(&matches, index, &o, &err), 0);
    ng_matches_get_totals(matches, &totals);
    ck_assert(totals.located_hits <= o.most_hits && totals.read_bytes <= o.most_text_bytes);
    ck_assert(totals.cut ? totals.hits <= count : totals.hits == count && totals.documents == documents);
    ng_matches_close(matches);
}

/* ---- Continuations ---- */

struct naive_next {
    uint8_t text[NG_MAX_NEXT_BYTES + 4];
    size_t length;
    bool at_end;
    bool shortened;
    uint64_t count;
};

static size_t char_length(const uint8_t *at, size_t left, bool before) {
    size_t length = 1;
    if (before) { /* at is behind the character */
        while (length < 4 && length < left && ng_utf8_is_continuation(at[-(ptrdiff_t)length])) length++;
        return length == left && length < 4 && ng_utf8_is_continuation(at[-(ptrdiff_t)length]) ? length + 1 : length;
    }
    return at[0] < 0xC0 || at[0] >= 0xF8 ? 1 : at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : 4;
}

static char char_kind(const uint8_t *at, size_t length) {
    if (ng_utf8_valid_prefix(at, length) < length || ng_utf8_characters(at, length) != 1) return 'x';
    int32_t character = at[0];
    if (length > 1) character &= 0x7F >> length;
    for (size_t i = 1; i < length; i++) character = character * 64 + (at[i] & 0x3F);
    if (ng_normal_is_space(character)) return ' ';
    return ng_normal_is_word(character) && !ng_script_is_unspaced(character) ? 'a' : 'x';
}

/* What stands at the end of an occurrence, or before its start. */
static struct naive_next continuation(const struct test_document *document, size_t at, const struct ng_next_options *o) {
    struct naive_next next = {0};
    uint64_t done = 0;
    bool in_word = false;
    size_t room = o->before ? at : document->length - at;
    size_t used = 0;
    bool ended = false;
    while (!ended) {
        const uint8_t *from = o->before ? document->text + at - used : document->text + at + used;
        bool last_word = o->unit == NG_NEXT_WORDS && in_word && done + 1 == o->length;
        size_t length = used == room ? 1 : o->unit == NG_NEXT_BYTES ? 1 : char_length(from, room - used, o->before);
        if (length > room - used) { /* the document ends, perhaps within a character */
            if (!last_word) {
                next.at_end = true;
                used = room;
            }
            break;
        }
        char kind = 'x';
        if (o->unit == NG_NEXT_WORDS) kind = char_kind(o->before ? from - length : from, length);
        if (last_word && kind != 'a') break;
        used += length;
        if (o->unit != NG_NEXT_WORDS) {
            ended = ++done == o->length;
        } else if (kind == 'a') {
            in_word = true;
        } else {
            done += in_word ? 1 : 0;
            in_word = false;
            done += kind == 'x' ? 1 : 0;
            ended = kind == 'x' && done == o->length;
        }
        if (!ended && used >= NG_MAX_NEXT_BYTES) next.shortened = ended = true;
    }
    next.length = used;
    memcpy(next.text, document->text + at - (o->before ? used : 0), used);
    return next;
}

static int by_text(const void *a, const void *b) {
    const struct naive_next *x = a;
    const struct naive_next *y = b;
    int order = memcmp(x->text, y->text, x->length < y->length ? x->length : y->length);
    if (order != 0) return order;
    if (x->length != y->length) return x->length < y->length ? -1 : 1;
    if (x->at_end != y->at_end) return x->at_end ? 1 : -1;
    return (int)x->shortened - (int)y->shortened;
}

static int by_count(const void *a, const void *b) {
    const struct naive_next *x = a;
    const struct naive_next *y = b;
    return x->count != y->count ? (x->count > y->count ? -1 : 1) : by_text(a, b);
}

static size_t naive_next(const struct corpus *corpus, struct ng_bytes phrase, const struct ng_next_options *o,
                         struct naive_next *all, uint64_t *hits) {
    size_t count = 0;
    for (size_t d = 0; d < corpus->count; d++) {
        for (size_t at = 0; at < corpus->documents[d].length; at++) {
            if (!occurs_at(&corpus->documents[d], at, phrase)) continue;
            all[count] = continuation(&corpus->documents[d], o->before ? at : at + phrase.length_bytes, o);
            all[count++].count = 1;
        }
    }
    *hits = count;
    qsort(all, count, sizeof *all, by_text);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && by_text(&all[kept - 1], &all[i]) == 0) all[kept - 1].count++;
        else all[kept++] = all[i];
    }
    qsort(all, kept, sizeof *all, by_count);
    return kept;
}

static void check_next(const struct ng_index *index, const struct corpus *corpus, struct ng_bytes phrase,
                       struct test_random *random) {
    static struct naive_next all[MAX_TEXT + 64];
    struct ng_err err;
    struct ng_next *next = NULL;
    struct ng_next_options o = {.most = (size_t)(test_random_below(random, 3) ? test_random_below(random, 8) : 1000),
                                .unit = (enum ng_next_unit)test_random_below(random, 3),
                                .length = 1 + test_random_below(random, 3),
                                .before = test_random_below(random, 2),
                                .threads = 1 + (unsigned)test_random_below(random, 2)};
    uint64_t hits;
    size_t count = naive_next(corpus, phrase, &o, all, &hits);
    ck_assert_int_eq(ng_index_next(&index, 1, phrase, &o, &next, &err), 0);
    ck_assert(next->complete);
    ck_assert_uint_eq(next->hits, hits);
    ck_assert_uint_eq(next->count, count < o.most ? count : o.most);
    uint64_t sum = 0;
    for (size_t i = 0; i < next->count; i++) {
        const struct ng_continuation *c = &next->continuations[i];
        ck_assert_uint_eq(c->count, all[i].count);
        size_t same = 0;
        while (same < count && (all[same].length != c->length_bytes || memcmp(all[same].text, c->text, c->length_bytes) != 0 ||
                                all[same].at_end != c->at_end || all[same].shortened != c->shortened)) {
            same++;
        }
        ck_assert_uint_lt(same, count);
        ck_assert_uint_eq(all[same].count, c->count);
        sum += c->count;
    }
    ck_assert_uint_eq(next->shown, sum);
    if (o.most >= count) ck_assert_uint_eq(sum, hits);
    ng_next_free(next);
    /* Two indexes count together. */
    const struct ng_index *twice[] = {index, index};
    ck_assert_int_eq(ng_index_next(twice, 2, phrase, &o, &next, &err), 0);
    ck_assert_uint_eq(next->hits, 2 * hits);
    for (size_t i = 0; i < next->count; i++) ck_assert_uint_eq(next->continuations[i].count, 2 * all[i].count);
    ng_next_free(next);
}

/* ---- All of it ---- */

static void check_corpus(const struct corpus *corpus, struct test_random *random, struct coverage *coverage) {
    static const uint64_t samples[] = {1, 2, 7, 32, 128, 100000};
    struct ng_err err;
    struct ng_index *index = NULL;
    const char *folder = test_temp_path("index");
    uint64_t shard_rows = test_random_below(random, 3) ? 1 << 20 : 1 + test_random_below(random, 900);
    test_make_index(folder, corpus->documents, corpus->count, shard_rows, samples[test_random_below(random, 6)]);
    ck_assert_msg(ng_index_open(&index, folder, &err) == 0, "%s", err.text);
    static uint8_t bytes[PHRASES][16];
    struct ng_bytes phrases[PHRASES];
    for (size_t i = 0; i < PHRASES; i++) phrases[i] = pick_phrase(corpus, random, bytes[i]);
    for (size_t i = 0; i < PHRASES; i++) {
        check_docs(index, corpus, phrases[i], i + 1, coverage);
        check_sweep(index, phrases[i]);
        check_samples(index, phrases[i], random);
        check_matches(index, corpus, phrases, random);
        check_next(index, corpus, phrases[i], random);
    }
    struct ng_docs_count count;
    ck_assert_int_eq(ng_index_count_docs(index, (struct ng_bytes){0}, NULL, &count, &err), 0);
    ck_assert_uint_eq(count.documents, corpus->count);
    ng_index_close(index);
}

START_TEST(test_corpora) {
    struct corpus *corpus = calloc(1, sizeof *corpus);
    struct coverage coverage = {0};
    ck_assert_ptr_nonnull(corpus);
    for (int i = _i; i < CORPORA; i += RUNS) {
        struct test_random random = test_random_make((uint64_t)i + 1);
        fill_corpus(corpus, &random);
        check_corpus(corpus, &random, &coverage);
    }
    free(corpus);
    /* 95 % intervals: of some hundred, a few may miss. */
    ck_assert_msg(coverage.covered * 10 >= coverage.estimates * 9, "%d of %d estimates", (int)coverage.covered,
                  (int)coverage.estimates);
}
END_TEST

/* Intervals of a phrase that nearly all documents hold, most of them many times: of 400, about 20 may miss. */
START_TEST(test_coverage_near_all) {
    enum { SEEDS = 400, TEXTS = 110, WITHOUT = 2, TEXT_BYTES = 4096 };
    static const uint64_t draws[] = {60, 300, 1500};
    struct test_document documents[TEXTS];
    struct test_random random = test_random_make(3);
    uint8_t *text = malloc((size_t)TEXTS * TEXT_BYTES);
    struct ng_index *index = NULL;
    struct ng_err err;
    ck_assert_ptr_nonnull(text);
    for (size_t d = 0; d < TEXTS; d++) {
        uint64_t words = d < WITHOUT ? 0 : 1 + test_random_below(&random, d % 10 == 0 ? 600 : 8);
        documents[d] = (struct test_document){.text = text + d * TEXT_BYTES, .length = 6 * (size_t)words + 1};
        for (uint64_t w = 0; w < words; w++) memcpy(text + d * TEXT_BYTES + 6 * w, w % 2 ? " thea " : " the b", 6);
        text[d * TEXT_BYTES + 6 * words] = 'z';
    }
    const char *folder = test_temp_path("near-all");
    test_make_index(folder, documents, TEXTS, 5000, 32);
    ck_assert_int_eq(ng_index_open(&index, folder, &err), 0);
    for (size_t i = 0; i < sizeof draws / sizeof *draws; i++) {
        uint64_t covered = 0;
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            const struct ng_docs_options options = {.most_hits = 1, .most_draws = draws[i], .seed = seed, .threads = 1};
            struct ng_docs_count count;
            ck_assert_int_eq(
                ng_index_count_docs(index, (struct ng_bytes){(const uint8_t *)"the", 3}, &options, &count, &err), 0);
            ck_assert(!count.exact && count.high <= TEXTS && count.low <= count.documents && count.documents <= count.high);
            covered += count.low <= TEXTS - WITHOUT && TEXTS - WITHOUT <= count.high ? 1 : 0;
        }
        ck_assert_msg(covered >= SEEDS * 92 / 100, "%d draws: %d of %d intervals", (int)draws[i], (int)covered, SEEDS);
    }
    ng_index_close(index);
    free(text);
}
END_TEST

/* Every pair of numbers is drawn about equally often, whichever way the sample is drawn. */
START_TEST(test_uniform) {
    enum { TOTAL = 6, DRAWS = 6000 };
    for (size_t size = 2; size <= 4; size += 2) {
        uint64_t pairs[TOTAL][TOTAL] = {{0}};
        for (uint64_t seed = 0; seed < DRAWS; seed++) {
            uint64_t numbers[TOTAL];
            ck_assert_uint_eq(ng_sample_numbers(TOTAL, size, seed * 77, numbers), size);
            for (size_t a = 0; a < size; a++) {
                for (size_t b = a + 1; b < size; b++) pairs[numbers[a]][numbers[b]]++;
            }
        }
        double expected = (double)(DRAWS * size * (size - 1)) / (TOTAL * (TOTAL - 1));
        for (size_t a = 0; a < TOTAL; a++) {
            for (size_t b = a + 1; b < TOTAL; b++) {
                ck_assert((double)pairs[a][b] > expected * 0.8 && (double)pairs[a][b] < expected * 1.2);
            }
        }
    }
}
END_TEST

static Suite *explore_suite(void) {
    Suite *suite = suite_create("explore");
    TCase *tcase = tcase_create("corpora");
    tcase_set_timeout(tcase, 300);
    tcase_add_loop_test(tcase, test_corpora, 0, RUNS);
    tcase_add_test(tcase, test_uniform);
    tcase_add_test(tcase, test_coverage_near_all);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void) {
    static test_suite_new *const suites[] = {explore_suite};
    return test_run(suites, 1);
}
