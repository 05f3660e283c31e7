"""compare, beside a naive comparison: over random small corpora every window is drawn, so that shares are exact and the
longest passage is found. ROUNDS=N for more corpora."""

import json
import os
import random
import subprocess

NGIDX = os.environ["NGIDX"]
ROUNDS = int(os.environ.get("ROUNDS", 12))
ALPHABET = ["a", "b", "c ", "é", "猫", "😀"]


def check(name, condition, seen=""):
    print(f"ok {name}" if condition else f"not ok {name}\n    seen: {seen}")


def build(name, texts, *options):
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    subprocess.run([NGIDX, "build", "-q", "--force", "-", "-o", name, *options], input=lines.encode(), check=True)


def run(*arguments):
    return subprocess.run([NGIDX, "compare", "-q", *map(str, arguments)], capture_output=True, text=True)


def compare(*arguments):
    return json.loads(run(*arguments, "--json").stdout)


def windows(texts, chars):
    return [text[i : i + chars] for text in texts for i in range(len(text) - chars + 1)]


def holds(texts, piece):
    return any(piece in text for text in texts)


def naive_side(mine, others, chars):
    all_windows = windows(mine, chars)
    shared = [text for text in mine if text in others]
    return {"documents": len(mine), "text_bytes": sum(len(t.encode()) for t in mine), "shared_documents": len(shared),
            "shared_bytes": sum(len(t.encode()) for t in shared), "windows": len(all_windows),
            "found": sum(holds(others, w) for w in all_windows)}  # fmt: skip


def longest(mine, others, chars):
    """Of the pieces of documents that are not shared, the length of the longest one that others hold."""
    best = 0
    for text in mine:
        if text in others:
            continue
        for i in range(len(text)):
            while i + best < len(text) and holds(others, text[i : i + best + 1]):
                best += 1
    return best if best >= chars else 0


def build_with_gaps(draw, name, texts):
    """Builds an index of texts, and of others that are removed again. Returns its documents by number."""
    kept = {number: text for number, text in enumerate(texts)}
    if draw.random() < 0.5:
        kept = dict(zip(sorted(draw.sample(range(2 * len(texts)), len(texts))), texts))
    count = max(kept) + 1 + draw.randrange(3)
    everything = [kept.get(number, "".join(draw.choices(ALPHABET, k=20))) for number in range(count)]
    build(name, everything, *draw.choice([[], ["--shard-size", "256"]]))
    gone = "".join(f"{number}\n" for number in range(count) if number not in kept)
    if gone:
        subprocess.run([NGIDX, "remove", name, "--docs", "-", "-q"], input=gone.encode(), check=True)
    return kept


def wrong(seed):
    draw = random.Random(seed)
    few = ALPHABET[: draw.randrange(2, len(ALPHABET) + 1)]
    corpora = [["".join(draw.choices(few, k=draw.randrange(40))) for _ in range(draw.randrange(1, 12))] for _ in range(2)]
    for text in draw.sample(corpora[0], draw.randrange(len(corpora[0]))):
        corpora[1].insert(draw.randrange(len(corpora[1]) + 1), draw.choice([text, text + draw.choice(few), text[1:], text[:20]]))
    chars = draw.randrange(1, 9)
    built = {name: build_with_gaps(draw, name, texts) for name, texts in zip("ab", corpora)}
    seen = compare("a", "b", "--sample", 100000, "--chars", chars, "-k", 1000)
    for side, mine, others in ("a", *corpora), ("b", *corpora[::-1]):
        wanted = naive_side(mine, others, chars)
        got = {key: seen[side][key] for key in wanted}
        if got != wanted:
            return f"{side}: {got}\n    wanted: {wanted}"
        if not seen[side]["low"] <= seen[side]["share"] <= seen[side]["high"]:
            return seen[side]
    for passage in seen["passages"]:
        for name, texts in built.items():
            document = texts[passage[name]["doc"]].encode()
            if not document[passage[name]["offset"] :].startswith(passage["text"].encode()):
                return passage
        if len(passage["text"]) != passage["characters"] or passage["cut"]:
            return passage
    lengths = [passage["characters"] for passage in seen["passages"]]
    if lengths != sorted(lengths, reverse=True) or len({p["text"] for p in seen["passages"]}) != len(lengths):
        return lengths
    sizes = [sum(len(t.encode()) for t in texts) for texts in corpora]
    small = sizes[0] > sizes[1]
    best = longest(corpora[small], corpora[not small], chars)
    return None if (lengths or [0])[0] == best else f"{lengths}, the longest has {best}"


failures = [(seed, why) for seed in range(ROUNDS) if (why := wrong(seed))]
check(f"{ROUNDS} comparisons are those of a scan", not failures, failures)

# A long passage in large documents, of more than one piece, and one that is cut.
rng = random.Random(1)
common = "".join(rng.choices("abcdefgh ", k=5000))
huge = "".join(rng.choices("abcdefgh ", k=200000))
noise = ["".join(rng.choices("abcdefgh ", k=300000)) for _ in range(4)]
build("a", [noise[0] + common + noise[1], "same"])
build("b", [noise[2] + common, noise[3], "same", "same"])
seen = compare("a", "b", "--sample", 4000)
check("a long passage", [p["characters"] for p in seen["passages"]][:1] >= [5000], seen)
check("where it is", seen["passages"][0]["a"] == {"doc": 0, "offset": 300000 - (seen["passages"][0]["text"].index(common))}, seen)
check("its windows", 0.003 < seen["a"]["share"] < 0.03 and seen["a"]["low"] < 5000 / 605000 < seen["a"]["high"], seen["a"])
check("equal documents of one side alone", (seen["a"]["shared_documents"], seen["b"]["shared_documents"]) == (1, 2), seen)
check("the same seed, the same answer", compare("a", "b", "--sample", 4000) == seen)
founds = {compare("a", "b", "--sample", 4000, "--seed", seed)["a"]["found"] for seed in range(4)}
check("other seeds, other windows", len(founds) > 1, founds)
build("c", [noise[0] + huge])
build("d", [huge + noise[1]])
passage = compare("c", "d", "-k", 1)["passages"][0]
check("a passage that is cut says so", passage["cut"] and 65536 < passage["characters"] < 200000, str(passage)[:200])

for options, text in [
    (["a"], "A B"),
    (["a", "nowhere"], "nowhere"),
    (["a", "b", "--chars", "0"], "--chars"),
    (["a", "b", "--sample", "100001"], "--sample"),
    (["a", "b", "--view", "folded"], "folded"),
]:
    failed = run(*options)
    check(f"compare {options} fails", failed.returncode == 2 and text in failed.stderr, failed)
build("e", ["", "x"])
shown = run("e", "e").stdout
check("nothing to draw is told", "no window was drawn" in shown and "2 (100.00 %)" in shown, shown)
build("f", ["One, two, THREE four five six!", "other"], "--view", "exact,folded")
build("g", ["one two three; four five six", "else"], "--view", "exact,folded")
seen = compare("f", "g", "--view", "folded", "--chars", 5)
check("folded", seen["a"]["shared_documents"] == 1 and seen["a"]["found"] == seen["a"]["windows"] - 1 == 18, seen)
check("exact", compare("f", "g", "--chars", 5)["a"]["shared_documents"] == 0)
