"""Small corpora and benchmarks, and what each recipe of a publication says of the entries, by scans over all documents:
independent of query/preset. Words, n-grams and rules are those of query/include/ngidx_recipe.h.

usage: recipe_reference.py SEED COUNT [limited]
Prints for each corpus a line "C SEED SPLIT HITS" (documents from SPLIT on are in a second index), a line "D TEXT" for each
document, and a line "E TEXT,TEXT... ANSWER VERDICT..." for each entry; texts are in hexadecimal, with a + before, and a
verdict is class:share:found:of, in the order of enum ng_recipe.

limited: stretches of an entry with over HITS occurrences are documents, too, beside all others; the verdicts are the worst
that a check with limits may give. open-r1 is "suspicious" where only parts of longer words would make it dirty. Else HITS
is 0.
"""
import bisect
import copy
import math
import random
import re
import sys
import unicodedata
from collections import Counter

from fold_reference import decode, fold, fold_decoded

SPACE = '\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000'
UNSPACED = '\u0e01-\u0e2e\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff'
WORD = re.compile(f'[{UNSPACED}]|[^{SPACE}{UNSPACED}]+')

# ---- Words ----


def exact(text):
    """Words as they are, with the places where they begin and end."""
    return [(m.group(), m.start(), m.end()) for m in WORD.finditer(text)]


def folded(text):
    return [w for token in re.split(f'[{SPACE}]+', decode(text)) for w in WORD.findall(fold_decoded(token))]


def split(text):
    return WORD.findall(''.join(fold_decoded(c) or ' ' for c in decode(text)))


def lower(text):
    return [w for token in re.split(f'[{SPACE}]+', decode(text))
            for part in re.split(f'([{UNSPACED}])', token) if part
            for w in [''.join(fold_decoded(c) or c for c in part)]]


def grams(words, n):
    return [tuple(words[i:i + n]) for i in range(len(words) - n + 1)]


def slices(text, n):
    """The exact n-grams of a text, as strings."""
    words = exact(text)
    return [text[words[i][1]:words[i + n - 1][2]] for i in range(len(words) - n + 1)]


# ---- Recipes: (found, of, share, dirty, suspicious), or None for a short entry ----


def by_share(found, of, dirty, suspicious=False):
    return found, of, found / of if of else 0.0, dirty, suspicious


def gpt3(entry, corpus):
    all_grams = [''.join(g) for text in entry.texts for g in grams(folded(text), corpus.gpt3_words)]
    found = sum(any(g in d for d in corpus.folded) for g in all_grams)
    return by_share(found, len(all_grams), found > 0) if all_grams else None


def palm(entry, corpus):
    all_grams = [g for text in entry.texts for g in slices(text, 8)]
    found = sum(any(g in d for d in corpus.documents) for g in all_grams)
    return by_share(found, len(all_grams), found / len(all_grams) >= 0.7) if all_grams else None


def splitmix(state, bound):
    mask = (1 << 64) - 1
    while True:
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & mask
        z = (z ^ z >> 27) * 0x94D049BB133111EB & mask
        z ^= z >> 31
        if z < mask - mask % bound:
            return state, z % bound


def gpt4(entry, corpus):
    texts = [fold(t) for t in entry.texts]
    pieces = [t[i:i + 50] for t in texts for i in range(len(t) - 49)]
    drawn = []
    state = 0xCBF29CE484222325
    for byte in b''.join(t.encode() + b'\xff' for t in texts):
        state = (state ^ byte) * 0x100000001B3 & (1 << 64) - 1
    state = state + corpus.seed & (1 << 64) - 1
    for _ in range(3 if pieces else 0):
        state, place = splitmix(state, len(pieces))
        drawn.append(pieces[place])
    drawn = drawn or [t for t in texts if t]
    found = sum(any(p in d for d in corpus.folded) for p in drawn)
    return by_share(found, len(drawn), found > 0) if drawn else None


def llama2(entry, corpus):
    texts = [[w for w, _, _ in exact(t)] for t in entry.texts]
    if max(map(len, texts), default=0) < 11:
        return None
    marked = [[False] * len(words) for words in texts]
    seeds = [g for t in entry.texts for g in slices(t, 10)]
    for document in corpus.documents:
        if not any(s in document for s in seeds):
            continue
        other = [w for w, _, _ in exact(document)]
        for words, marks in zip(texts, marked):
            places = grams(other, 10)
            for i, gram in enumerate(grams(words, 10)):
                for j in [j for j, g in enumerate(places) if g == gram]:
                    equal = [a == b for a, b in zip(words[i:], other[j:])]
                    ends = [k + 1 for k, same in enumerate(equal) if same and equal[:k].count(False) <= 4]
                    if ends[-1] > 10:
                        marks[i:i + ends[-1]] = [True] * ends[-1]
    found, of = sum(map(sum, marked)), sum(map(len, texts))
    return by_share(found, of, found / of >= 0.8, found / of >= 0.2)


def covered(entry, holds):
    """Words in 8-grams for which holds is true, and words."""
    marks = []
    for text in entry.texts:
        here = [False] * len(exact(text))
        for i, gram in enumerate(slices(text, 8)):
            if holds(gram):
                here[i:i + 8] = [True] * 8
        marks += here
    return sum(marks), len(marks)


def has_gram(entry):
    return any(len(exact(t)) >= 8 for t in entry.texts)


def llama3(entry, corpus):
    found, of = covered(entry, lambda g: any(g in d for d in corpus.documents))
    return by_share(found, of, found / of >= 0.5) if has_gram(entry) else None


def tulu3(entry, corpus):
    if not has_gram(entry):
        return None
    found, of = max(covered(entry, lambda g, d=d: g in d) for d in corpus.documents)
    return by_share(found, of, found / of > 0.5)


def common(a, b):
    """Length of the longest common subsequence."""
    places = {}
    for j in reversed(range(len(b))):
        places.setdefault(b[j], []).append(j)
    ends = []  # of each length the first place in b where a subsequence of it can end
    for x in a:
        for j in places.get(x, []):
            at = bisect.bisect_left(ends, j)
            ends[at:at + 1] = [j]
    return len(ends)


def qwen(entry, corpus):
    texts = [folded(t) for t in entry.texts]
    words = [w for t in texts for w in t]
    if len(words) < 13:
        return None
    seeds, base = [], 0
    for t in texts:
        seeds += [(g, base + i) for i, g in enumerate(grams(t, 8))]
        base += len(t)
    best = (0.0, 0, len(words))
    for document, whole in zip(corpus.documents, corpus.folded):
        if not any(''.join(g) in whole for g, _ in seeds):
            continue
        other = folded(document)
        places = grams(other, 8)
        begins = {j - i for g, i in seeds if g in places for j, h in enumerate(places) if g == h}
        for begin in begins:
            half = len(words) // 2
            length = common(words, other[max(0, begin - half):max(0, begin + len(words) + half)])
            shorter = min(len(words), len(other))
            if length >= 13:
                best = max(best, (length / shorter, length, shorter), key=lambda b: b[:2])
    return best[1], best[2], best[0], best[0] >= 0.6 and best[1] >= 13, False


def deepseek(entry, corpus):
    pieces = [g for t in entry.texts for g in slices(t, 10)]
    pieces += [g for t in entry.texts if 3 <= len(exact(t)) <= 9 for g in slices(t, len(exact(t)))]
    found = sum(any(p in d for d in corpus.documents) for p in pieces)
    return by_share(found, len(pieces), found > 0) if pieces else None


def open_r1(entry, corpus):
    wanted = {g for t in entry.texts for g in grams(lower(t), 8)}
    found = int(any(wanted & set(grams(lower(d), 8)) for d in corpus.documents))
    return by_share(found, 1, found > 0) if wanted else None


def distinct(texts, n):
    return list(dict.fromkeys(g for t in texts for g in grams(t, n)))


class Decon:
    """What decon knows of an entry, and of all."""

    def __init__(self, entry):
        texts = [split(t) for t in entry.texts]
        self.texts = {'q': texts[:1], 'a': [split(entry.answer)], 'p': texts[1:]}
        self.words = {k: sum(v, []) for k, v in self.texts.items()}
        self.grams = {k: distinct(v, n) for (k, v), n in zip(self.texts.items(), (5, 3, 4))}

    def overlap(self, kind, seen, corpus):
        weights = [math.log((corpus.size + 1) / corpus.holders[kind, g]) for g in self.grams[kind]]
        found = sum(w for w, g in zip(weights, self.grams[kind]) if g in seen)
        return found / sum(weights) if weights else 0.0


def demand(words, most):
    return 1.0 if words <= 20 else most if words >= 50 else 1 - (1 - most) * (words - 20) / 30


def score(e, words, places, corpus):
    """Of the cluster of 5-grams that begin at places of a document."""
    q = e.overlap('q', {tuple(words[j:j + 5]) for j in places}, corpus)
    if q < demand(len(e.words['q']), 0.5 / 0.7) - 1e-9:
        return 0.0
    answer, passage = e.words['a'], e.words['p']
    after = words[places[-1] + 5:]
    if len(answer) <= 3:
        a = float(any(after[i:i + len(answer)] == answer for i in range(50)))
    else:
        a = e.overlap('a', set(grams(after[:max(100, 2 * len(answer))], 3)), corpus)
    before = words[:places[0]][-max(100, 2 * len(passage)):]
    seen, misses = set(), None
    for g in reversed(grams(before, 4)):
        if g in e.grams['p']:
            seen.add(g)
            misses = 0
        elif misses is not None:
            misses += 1
            if misses == 3:
                break
    p = e.overlap('p', seen, corpus)
    trust = min(1.0, 0.5 + len(e.grams['q']) / 40)
    if answer and passage:
        answer_trust = min(1.0, 0.5 + len(answer) / 8)
        moved = 0.35 * (1 - trust)
        total = (0.7 * trust * q + (0.2 + moved) * answer_trust * a +
                 (0.1 + moved + (0.2 + moved) * (1 - answer_trust)) * p)
    elif answer:
        total = 0.75 * trust * q + (1 - 0.75 * trust) * a
    elif passage:
        total = 0.85 * trust * q + (1 - 0.85 * trust) * p
    else:
        total = q
    if total > 1 - 1e-9:
        return 1.0
    return total * 0.8 / demand(sum(map(len, e.words.values())), 0.8)


def decon(entry, corpus):
    e = entry.decon
    if sum(map(len, e.words.values())) < 20 or len(set(sum(e.words.values(), []))) < 4 or not e.grams['q']:
        return None
    best = 0.0
    for words in corpus.split:
        hits = [j for j, g in enumerate(grams(words, 5)) if g in e.grams['q']]
        cluster = []
        for j in hits + [len(words) + 100]:
            if cluster and j - cluster[-1] > 11:
                best = max(best, score(e, words, cluster, corpus))
                cluster = []
            cluster.append(j)
    return 0, 0, best, best >= 0.8, False


def contam(entry, corpus):
    if not has_gram(entry):
        return None
    best = 0
    for text in entry.texts:
        words = exact(text)
        for i in range(len(words)):
            for n in range(max(8, best + 1), len(words) - i + 1):
                piece = text[words[i][1]:words[i + n - 1][2]]
                if not any(piece in d for d in corpus.documents):
                    break
                best = n
    of = sum(len(exact(t)) for t in entry.texts)
    return by_share(best, of, best / of >= 0.5)


RECIPES = [gpt3, palm, gpt4, llama2, llama3, tulu3, qwen, deepseek, open_r1, decon, contam]


# ---- Stretches that occur often ----

FILLING = ' \u10d0'


def is_often(piece, documents, hits):
    found = 0
    for document in documents:
        at = document.find(piece)
        while at >= 0 and found <= hits:
            found += 1
            at = document.find(piece, at + 1)
    return found > hits


def longest(count, n, piece, documents, hits):
    """The longest stretches of n words or more that occur often, as places."""
    last = 0
    for i in range(count - n + 1):
        j = i + n - 1
        while j < count and is_often(piece(i, j + 1), documents, hits):
            j += 1
        if j >= i + n and j > last:
            yield i, j
            last = j


def exact_stretches(entry, n, corpus, hits):
    for text in entry.texts:
        words = exact(text)
        def piece(i, j):
            return text[words[i][1]:words[j - 1][2]]
        yield from (piece(i, j) for i, j in longest(len(words), n, piece, corpus.documents, hits))


def folded_stretches(texts, n, corpus):
    for words in texts:
        def piece(i, j):
            return ''.join(words[i:j])
        yield from (words[i:j] for i, j in longest(len(words), n, piece, corpus.folded, corpus.hits))


def with_stretches(recipe, entry, corpus):
    """The corpus that a recipe sees, with stretches as documents."""
    seen = copy.copy(corpus)
    more = []
    if recipe in (llama2, tulu3):
        more = list(exact_stretches(entry, 10 if recipe is llama2 else 8, corpus, corpus.hits))
    elif recipe is qwen:
        more = [' '.join(words) for words in folded_stretches([folded(t) for t in entry.texts], 8, corpus)]
    elif recipe is open_r1:
        more = list(exact_stretches(entry, 8, corpus, 0))
    elif recipe is decon:
        seen.split = corpus.split + list(folded_stretches([split(t) for t in entry.texts[:1]], 5, corpus))
    more = [text + FILLING * (sum(len(folded(t)) for t in entry.texts) if recipe is qwen else 12) for text in more]
    seen.documents = corpus.documents + more
    seen.folded = corpus.folded + [fold(text) for text in more]
    return seen


def judge(recipe, entry, corpus):
    if corpus.hits == 0:
        return recipe(entry, corpus)
    verdict = recipe(entry, with_stretches(recipe, entry, corpus))
    if recipe is open_r1 and verdict and verdict[3] and not recipe(entry, corpus)[3]:
        return *verdict[:3], False, True
    return verdict


# ---- Corpora ----


class Entry:
    def __init__(self, texts, answer):
        self.texts, self.answer = texts, answer
        self.is_blank = not any(exact(t) for t in texts)
        self.decon = Decon(self)


class Corpus:
    def __init__(self, seed, documents, entries):
        self.seed, self.documents, self.entries = seed, documents, entries
        self.folded = [fold(d) for d in documents]
        self.split = [split(d) for d in documents]
        lengths = sorted(filter(None, (sum(len(folded(t)) for t in e.texts) for e in entries)))
        self.gpt3_words = min(13, max(8, lengths[math.ceil(len(lengths) / 20) - 1])) if lengths else 8
        counted = [e for e in entries if any(folded(t) for t in e.texts)]
        self.size = len(counted)
        self.holders = Counter((k, g) for e in counted for k, v in e.decon.grams.items() for g in v)


SCRIPTS = [(0x61, 0x7A), (0x61, 0x7A), (0x61, 0x7A), (0xE0, 0xF6), (0x3B1, 0x3C9), (0x430, 0x44F), (0x4E00, 0x4E30),
           (0x3041, 0x3096), (0xE01, 0xE2E), (0x5D0, 0x5EA), (0x30, 0x39)]
SPACES = [' '] * 12 + ['\n', '  ', '\t', '\u00a0', '\u3000', ' \n']
MARKS = ['.', ',', '!', '?', ';', '(', ')', '"', '\u2014', '\u3002', '-', "'", '%', ' - ', ' = ', '<b>', '</p>', '&amp;',
         '\\n', '\\"', '*']


def make_words(rng):
    first, last = rng.choice(SCRIPTS)
    size = rng.randrange(12, 60)
    return [''.join(chr(rng.randint(first, last)) for _ in range(rng.randrange(1, 6))) for _ in range(size)]


def write(rng, words, care):
    """Words as a text: the less care, the more other spaces, punctuation and case."""
    out = []
    for word in words:
        if rng.random() > care:
            word = rng.choice([word.upper(), word.capitalize(), word + rng.choice(MARKS), rng.choice(MARKS) + word])
        out += [word, ' ' if rng.random() < care else rng.choice(SPACES)]
    return unicodedata.normalize('NFC', ''.join(out[:-1]))


def edit(rng, words, others):
    """Words with some changed, missing or added, or a part of them."""
    words = list(words)
    if rng.random() < 0.3:
        at = rng.randrange(len(words) + 1)
        words = words[at:] if rng.random() < 0.5 else words[:at]
    for _ in range(rng.choice([0, 0, 1, 1, 2, 4, 7])):
        at = rng.randrange(len(words) + 1)
        words[at:at + rng.randrange(3)] = rng.choices(others, k=rng.randrange(3))
    return words


def make_corpus(rng, seed):
    vocabulary = make_words(rng) + (make_words(rng) if rng.random() < 0.4 else [])
    care = rng.choice([1.0, 0.97, 0.9])
    def some(least, most):
        return rng.choices(vocabulary, k=rng.randrange(least, most))
    passages = [some(1, rng.choice([12, 40, 70])) for _ in range(5)]
    entries, parts = [], []
    for _ in range(rng.choice([1, 3, 6])):
        texts = [edit(rng, rng.choice(passages), vocabulary) if rng.random() < 0.6 else some(0, 40)
                 for _ in range(rng.choice([1, 1, 1, 2, 3]))]
        answer = some(1, rng.choice([4, 20])) if rng.random() < 0.4 else []
        entries.append(Entry([write(rng, t, care) for t in texts], write(rng, answer, care) if answer else ''))
        parts.append((texts, answer))
    entries += rng.choices(entries, k=rng.randrange(2))
    documents = []
    for _ in range(rng.choice([1, 3, 6, 12])):
        words = []
        for _ in range(rng.randrange(1, 5)):
            texts, answer = rng.choice(parts)
            kind = rng.random()
            if kind < 0.35:
                words += sum(texts[1:] + texts[:1], []) + some(0, 3) + answer
            elif kind < 0.7:
                words += edit(rng, rng.choice(texts), vocabulary)
            else:
                words += edit(rng, rng.choice(passages), vocabulary)
            words += some(0, 14)
        documents.append(write(rng, words, rng.choice([1.0, care, care, 0.8])))
    documents += rng.choices(documents, k=rng.randrange(3))
    return Corpus(seed, documents, entries)


def main():
    first, count = int(sys.argv[1]), int(sys.argv[2])
    is_limited = sys.argv[3:] == ['limited']
    for seed in range(first, first + count):
        rng = random.Random(seed)
        corpus = make_corpus(rng, seed)
        corpus.hits = 1 + seed % 3 if is_limited else 0
        print('C', seed, rng.randrange(1, len(corpus.documents) + 1), corpus.hits)
        for document in corpus.documents:
            print('D', '+' + document.encode().hex())
        for entry in corpus.entries:
            line = ['E', ','.join('+' + t.encode().hex() for t in entry.texts), '+' + entry.answer.encode().hex()]
            for recipe in RECIPES:
                verdict = None if entry.is_blank else judge(recipe, entry, corpus)
                if verdict is None:
                    line.append('skipped:0:0:0' if entry.is_blank else 'short:0:0:0')
                    continue
                found, of, share, dirty, suspicious = verdict
                name = 'dirty' if dirty else 'suspicious' if suspicious else 'clean'
                line.append(f'{name}:{share!r}:{found}:{of}')
            print(*line)


if __name__ == '__main__':
    main()
