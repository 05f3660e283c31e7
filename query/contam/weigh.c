/* What decides the class of entries by the rule of NG_PRESET_FOLDED: counts first, documents only where they matter. */
#include <stdlib.h>

#include "query/contam/work.h"

/* Windows that are asked about side by side. */
enum { ASKED = 4096 };

typedef int question(const struct ng_contam *contam, const struct ng_contam_asked *asked, size_t count,
                     struct ng_contam_cost *cost, struct ng_err *err);

/* Questions of the same kind, held until there are many. */
struct questions {
    const struct ng_contam *contam;
    question *ask;
    struct ng_buf asked; /* of struct ng_contam_asked */
    struct ng_contam_cost *cost;
};

static int flush(struct questions *questions, struct ng_err *err) {
    const struct ng_contam_asked *asked = (const struct ng_contam_asked *)(const void *)questions->asked.data;
    size_t count = questions->asked.length / sizeof *asked;
    questions->asked.length = 0;
    return count > 0 ? questions->ask(questions->contam, asked, count, questions->cost, err) : NG_OK;
}

static int ask(struct questions *questions, struct ng_contam_work *work, struct ng_contam_text *text, bool small,
               uint64_t i, struct ng_err *err) {
    const struct ng_windows *windows = small ? &text->small : &text->windows[0];
    struct ng_contam_asked asked = {.work = work,
                                    .text = text,
                                    .begin = windows->begins[i],
                                    .end = ng_windows_end(windows, i),
                                    .fact = &text->facts[small ? NG_CONTAM_SMALL : NG_CONTAM_LONG][i]};
    return ng_buf_append(&questions->asked, &asked, sizeof asked, err);
}

/* Each step decides whether to ask about a window. */
typedef bool choice(const struct ng_contam *contam, const struct ng_contam_text *text, const struct ng_contam_fact *fact,
                    uint64_t i);

static bool may_count(const struct ng_contam *contam, const struct ng_contam_text *text, const struct ng_contam_fact *fact,
                      uint64_t i) {
    (void)contam;
    (void)text;
    (void)i;
    return fact->in && !fact->crowded;
}

static bool is_open(const struct ng_contam *contam, const struct ng_contam_text *text, const struct ng_contam_fact *fact,
                    uint64_t i) {
    (void)text;
    (void)i;
    return !fact->counted && fact->count > contam->options.corpus_guard;
}

static bool may_be_in_too_many(const struct ng_contam *contam, const struct ng_contam_text *text,
                           const struct ng_contam_fact *fact, uint64_t i) {
    (void)text;
    (void)i;
    return fact->counted && fact->count > contam->options.corpus_guard;
}

static bool any(const struct ng_contam *contam, const struct ng_contam_text *text, const struct ng_contam_fact *fact,
                uint64_t i) {
    (void)contam;
    (void)text;
    (void)fact;
    (void)i;
    return true;
}

static bool is_uncommon(const struct ng_contam *contam, const struct ng_contam_text *text,
                        const struct ng_contam_fact *fact, uint64_t i) {
    (void)contam;
    (void)text;
    (void)i;
    return fact->in && !ng_contam_is_common(fact);
}

static bool occurs(const struct ng_contam *contam, const struct ng_contam_text *text, const struct ng_contam_fact *fact,
                   uint64_t i) {
    (void)contam;
    (void)text;
    (void)i;
    return fact->in != 0;
}

/* Asks about the chosen windows of a work. */
static int ask_all(struct questions *questions, struct ng_contam_work *work, bool small, choice *choose,
                   struct ng_err *err) {
    for (size_t t = 0; t < work->entry->text_count; t++) {
        struct ng_contam_text *text = &work->texts[t];
        const struct ng_contam_fact *facts = text->facts[small ? NG_CONTAM_SMALL : NG_CONTAM_LONG];
        uint64_t count = small ? text->small.count : text->windows[0].count;
        for (uint64_t i = 0; facts && i < count; i++) {
            int status = choose(questions->contam, text, &facts[i], i) ? ask(questions, work, text, small, i, err) : NG_OK;
            if (status) return status;
        }
    }
    return questions->asked.length >= ASKED * sizeof(struct ng_contam_asked) ? flush(questions, err) : NG_OK;
}

/* Starts the facts of an entry's windows. */
static int start_facts(const struct ng_contam *contam, struct ng_contam_work *work, bool small, struct ng_watch *watch,
                       struct ng_err *err) {
    for (size_t t = 0; t < work->entry->text_count; t++) {
        struct ng_contam_text *text = &work->texts[t];
        if (small && text->windows[0].count == 0) continue; /* it does not count */
        int status = small ? ng_contam_fold_windows(&text->small, text, contam->small_units, watch, err) : NG_OK;
        const struct ng_windows *windows = small ? &text->small : &text->windows[0];
        struct ng_contam_fact *facts = status ? NULL : calloc((size_t)windows->count + 1, sizeof *facts);
        text->facts[small ? NG_CONTAM_SMALL : NG_CONTAM_LONG] = facts;
        if (status) return status;
        if (!facts) return ng_err_nomem(err, windows->count * sizeof *facts, "the windows of an entry");
        uint64_t guard = contam->options.benchmark_guard;
        for (uint64_t i = 0; guard > 0 && i < windows->count; i++) {
            uint64_t begin = windows->begins[i];
            struct ng_bytes window = {text->bytes.data + begin, ng_windows_end(windows, i) - begin};
            facts[i].crowded = ng_guard_entries(contam->guard, window) > guard;
        }
        for (size_t k = 0; k < contam->index_count && !small; k++) {
            const uint8_t *verdicts = ng_contam_verdicts(text, k);
            for (uint64_t i = 0; i < windows->count; i++) {
                if (verdicts[i] == NG_VERDICT_FOUND) facts[i].in |= UINT64_C(1) << k;
            }
        }
    }
    return NG_OK;
}

/* What is known so far of each entry. */
struct standing {
    struct ng_contam_work *work;
    bool asks_small;     /* short windows may matter */
    bool asks_documents; /* documents do */
};

struct weighing {
    const struct ng_contam *contam;
    struct standing *standings; /* of the entries with a found window; owned */
    size_t count;
    struct ng_contam_cost *cost;
};

/* The mask of indexes for question i: first all of them; then each alone, if there are several. */
static uint64_t mask_of(size_t i) {
    return i == 0 ? UINT64_MAX : UINT64_C(1) << (i - 1);
}

static size_t mask_count(const struct ng_contam *contam) {
    return contam->index_count == 1 ? 1 : contam->index_count + 1;
}

/* Asks about the long windows of all entries. */
static int ask_long(const struct weighing *weighing, question *what, choice *choose, struct ng_err *err) {
    struct questions questions = {.contam = weighing->contam, .ask = what, .cost = weighing->cost};
    int status = NG_OK;
    for (size_t i = 0; i < weighing->count && !status; i++) {
        status = ask_all(&questions, weighing->standings[i].work, false, choose, err);
    }
    if (!status) status = flush(&questions, err);
    ng_buf_free(&questions.asked);
    return status;
}

/* Finds the long windows that are common text. For most of them, a piece shows that they are not. */
static int weigh_long(const struct weighing *weighing, struct ng_err *err) {
    int status = NG_OK;
    for (size_t i = 0; i < weighing->count && !status; i++) {
        status = start_facts(weighing->contam, weighing->standings[i].work, false, &weighing->cost->watch, err);
    }
    if (status || weighing->contam->options.corpus_guard == 0) return status;
    status = ask_long(weighing, ng_contam_windows_bound, may_count, err);
    if (!status) status = ask_long(weighing, ng_contam_windows_count, is_open, err);
    return status ? status : ask_long(weighing, ng_contam_documents_find, may_be_in_too_many, err);
}

/* Counts the short windows of entries that long windows leave open. */
static int weigh_small(const struct weighing *weighing, struct ng_err *err) {
    const struct ng_contam *contam = weighing->contam;
    struct questions counts = {.contam = contam, .ask = ng_contam_windows_count, .cost = weighing->cost};
    int status = NG_OK;
    for (size_t i = 0; i < weighing->count && !status; i++) {
        struct standing *standing = &weighing->standings[i];
        for (size_t m = 0; m < mask_count(contam) && !status; m++) {
            struct ng_contam_judgement judgement;
            status = ng_contam_judge(contam, standing->work, mask_of(m), &judgement, &weighing->cost->watch, err);
            standing->asks_small = standing->asks_small || (judgement.found && judgement.coverage < NG_CONTAM_QUOTE_BELOW);
        }
        if (status || !standing->asks_small || standing->work->is_short) continue;
        status = start_facts(contam, standing->work, true, &weighing->cost->watch, err);
        if (!status) status = ask_all(&counts, standing->work, true, any, err);
    }
    if (!status) status = flush(&counts, err);
    ng_buf_free(&counts.asked);
    return status;
}

/* Whether the longest match holds all windows that count as found. If so, no document covers more than it does. */
static bool is_in_longest(const struct ng_contam_work *work, bool guarded) {
    const struct ng_plan_match *longest = &work->longest;
    for (size_t t = 0; t < work->entry->text_count; t++) {
        const struct ng_contam_text *text = &work->texts[t];
        for (uint64_t i = 0; i < text->windows[0].count; i++) {
            const struct ng_contam_fact *fact = &text->facts[NG_CONTAM_LONG][i];
            if (fact->in == 0 || (guarded && ng_contam_is_common(fact))) continue;
            if (t != longest->text || text->windows[0].begins[i] < longest->begin ||
                ng_windows_end(&text->windows[0], i) > longest->begin + longest->length_bytes) return false;
        }
    }
    return true;
}

/* Looks for documents if they decide the class, or if the evidence is in several pieces. */
static int weigh_documents(const struct weighing *weighing, struct ng_err *err) {
    const struct ng_contam *contam = weighing->contam;
    struct questions documents = {.contam = contam, .ask = ng_contam_documents_find, .cost = weighing->cost};
    int status = NG_OK;
    for (size_t i = 0; i < weighing->count && !status; i++) {
        struct standing *standing = &weighing->standings[i];
        bool wants = false;
        bool guarded = true;
        for (size_t m = 0; m < mask_count(contam) && !status; m++) {
            struct ng_contam_judgement judgement;
            status = ng_contam_judge(contam, standing->work, mask_of(m), &judgement, &weighing->cost->watch, err);
            if (status) break;
            guarded = judgement.guarded; /* the same for all */
            bool open = judgement.found && judgement.coverage < NG_CONTAM_QUOTE_BELOW &&
                        judgement.most_coverage >= contam->options.suspicious;
            standing->asks_documents = standing->asks_documents || open;
            wants = wants || (m == 0 && judgement.found && judgement.coverage >= NG_CONTAM_QUOTE_BELOW &&
                              (contam->options.naive || !is_in_longest(standing->work, guarded)));
        }
        choice *choose = guarded ? is_uncommon : occurs;
        if (!status && (standing->asks_documents || wants)) status = ask_all(&documents, standing->work, false, choose, err);
        if (!status && standing->asks_documents) status = ask_all(&documents, standing->work, true, choose, err);
    }
    if (!status) status = flush(&documents, err);
    ng_buf_free(&documents.asked);
    return status;
}

static uint64_t count_common(const struct ng_contam_work *work) {
    uint64_t common = 0;
    for (size_t t = 0; t < work->entry->text_count; t++) {
        const struct ng_contam_text *text = &work->texts[t];
        for (uint64_t i = 0; i < text->windows[0].count; i++) {
            const struct ng_contam_fact *fact = &text->facts[NG_CONTAM_LONG][i];
            common += fact->in && ng_contam_is_common(fact) ? 1 : 0;
        }
    }
    return common;
}

static int judge(const struct weighing *weighing, const struct standing *standing, struct ng_err *err) {
    const struct ng_contam *contam = weighing->contam;
    struct ng_contam_work *work = standing->work;
    struct ng_contam_result *result = &work->result;
    struct ng_contam_judgement judgement = {0};
    int status = NG_OK;
    for (size_t m = mask_count(contam); m-- > 0 && !status;) { /* all of them last: their short windows are shown */
        status = ng_contam_judge(contam, work, mask_of(m), &judgement, &weighing->cost->watch, err);
        if (status) return status;
        if (m > 0) result->index_class[m - 1] = judgement.verdict;
    }
    result->verdict = judgement.verdict;
    if (contam->index_count == 1) result->index_class[0] = judgement.verdict;
    result->coverage = judgement.last_coverage;
    result->common = count_common(work);
    if (!standing->asks_documents && judgement.coverage < NG_CONTAM_QUOTE_BELOW) return NG_OK;
    return ng_contam_judge_document(contam, work, &result->document_coverage, &weighing->cost->watch, err);
}

int ng_contam_weigh(const struct ng_contam *contam, struct ng_contam_work *works, size_t count,
                    struct ng_contam_cost *cost, struct ng_err *err) {
    struct weighing weighing = {.contam = contam, .cost = cost};
    weighing.standings = calloc(count + 1, sizeof *weighing.standings);
    if (!weighing.standings) return ng_err_nomem(err, count * sizeof *weighing.standings, "entries");
    for (size_t i = 0; i < count; i++) {
        struct ng_contam_result *result = &works[i].result;
        if (works[i].skipped) continue;
        result->verdict = NG_CONTAM_CLEAN;
        for (size_t k = 0; k < contam->index_count; k++) result->index_class[k] = NG_CONTAM_CLEAN;
        if (result->found > 0) weighing.standings[weighing.count++].work = &works[i];
    }
    int status = weigh_long(&weighing, err);
    if (!status) status = weigh_small(&weighing, err);
    if (!status) status = weigh_documents(&weighing, err);
    for (size_t i = 0; i < weighing.count && !status; i++) status = judge(&weighing, &weighing.standings[i], err);
    free(weighing.standings);
    return status;
}
