"""build(export(X)) is X: over random small corpora, every document keeps its text, metadata, id, file and line, byte for
byte. ROUNDS=N for more corpora."""

import json
import os
import pathlib
import random
import shutil
import subprocess

NGIDX = os.environ["NGIDX"]
ROUNDS = int(os.environ.get("ROUNDS", 12))

# What JSON has to write about a text in some way of its own.
CHARACTERS = ["a", "b ", "\n", "\t", '"', "\\", "/", "\0", "\x01", "\x1f", "\x7f", "\x85", "\u2028", "é", "€", "😀", "\ufffd", "\uffff",
              "\ue000", "\U0010ffff", "{", "}", "[", ",", ":", "text", "\\u0041", "\r\n", "\u00a0", "\ufeff", "א", "न"]  # fmt: skip
VALUES = ["null", "true", "false", "0", "-0", "0.1000", "1e999", "1E-07", "98765432109876543210987654321", '""', "[]", "{}", "[1 , 2]",
          '{"text":"inner","id":[{"a":{}}]}', '"\\u0000\\/\\ud83d\\ude00"', '"\\u00e9é"', "[[[[[[null]]]]]]", "NaN", "-Infinity",
          '{"k":1,"k":2}']  # fmt: skip
NAMES = ["a", "z", "", "é", "a b", "\\u0061", "\\n", '\\"', "id", "url", "source", "meta", "texts", "Text", "k.l"]
FILES = ["x", "y y", "ü", "-n", "#1", "a'b", 'q"q', "d/e", "d/f g/h", "z.tar", "*", "$HOME"]


def text(draw, most=12):
    if draw.random() < 0.05:
        most = 300
    return "".join(draw.choices(CHARACTERS, k=draw.randrange(most)))


def string(draw, value):
    """A JSON string, its characters escaped or not."""
    out = '"'
    for c in value:
        plain = c not in '"\\' and ord(c) >= 32
        if plain and draw.random() < 0.7:
            out += c
        else:
            out += json.dumps(c, ensure_ascii=True)[1:-1] if draw.random() < 0.8 or c == "/" else "".join(
                f"\\u{unit:04{draw.choice('xX')}}" for unit in memoryview(c.encode("utf-16-le")).cast("H"))  # fmt: skip
    return out + '"'


def record(draw, field):
    """A line, and what comes out: text and members."""
    value = text(draw)
    members = [f'"{draw.choice(NAMES)}"{draw.choice(["", " "])}:{draw.choice(["", "  "])}{draw.choice(VALUES)}'
               for _ in range(draw.randrange(6))]  # fmt: skip
    if draw.random() < 0.3:
        members.append(f'"id":"{draw.randrange(1000)}"')
    at = draw.randrange(len(members) + 1)
    space = draw.choice(["", " ", "\t"])
    line = "{" + (space + "," + space).join(members[:at] + [f'"{field}"{space}:{string(draw, value)}'] + members[at:]) + space + "}"
    return line, value, members


def corpus(draw, folder, field):
    """Writes some files, one of them in the folder itself: what leads to all files is not known to be part of their names.
    Returns what documents there are, by file and line."""
    wanted = {}
    for name in [FILES[0]] + draw.sample(FILES[1:], draw.randrange(4)):
        file = folder / (name + ".jsonl")
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = []
        for number in range(1, draw.randrange(2, 9)):
            if draw.random() < 0.15:
                lines.append(draw.choice(["", " ", "\t"]))
                continue
            line, value, members = record(draw, field)
            lines.append(line)
            wanted[name + ".jsonl", number] = value, members
        file.write_bytes(draw.choice(["\n", "\r\n"]).join(lines).encode() + draw.choice([b"", b"\n"]))
    return wanted


def ngidx(*arguments, **others):
    run = subprocess.run([NGIDX, *map(str, arguments)], capture_output=True, **others)
    if run.returncode:
        raise RuntimeError(f"{arguments}: {run.stderr.decode(errors='replace')}")
    return run.stdout


def documents(index, root, field, number):
    """Everything that an index tells of its documents: (lines with sources, ids, raw texts)."""
    lines = ngidx("export", "-i", index, "--text-field", field, "--source-field", "from\1where").split(b"\n")[:-1]
    rest = []
    for doc in number:
        rest.append(ngidx("doc", "-i", index, doc))
        shown = json.loads(ngidx("doc", "-i", index, doc, "--json"))
        rest.append((shown.get("id"), shown.get("url")))
    return [line.replace(json.dumps(str(root))[1:-1].encode(), b"ROOT") for line in lines], rest


def is_right(lines, wanted, field):
    for line in lines:
        start = json.loads(line)
        place = start["from\1where"]
        value, members = wanted.pop((place["path"].removeprefix("ROOT/"), place["line"]))
        rest = line.decode().partition('"from\\u0001where":')[2].partition("}")[2]
        for member in members:  # with nothing but white space and commas between
            skipped, found, rest = rest.partition(member)
            if not found or skipped.strip(" \t,"):
                rest = "lost"
                break
        if start[field] != value or rest.strip(" \t") != "}":
            return f"{line!r} of {value!r} {members}"
    return wanted and f"missing {wanted}"


def one(seed):
    draw = random.Random(seed)
    work = pathlib.Path(f"round{seed}").resolve()
    field = draw.choice(["text", "body", "t\xfc"])
    options = ["-q", "--text-field", field]
    if draw.random() < 0.5:
        options += ["--shard-size", "2K"]
    if draw.random() < 0.5:
        options += ["--view", "exact,folded"]
    wanted = corpus(draw, work / "old", field)
    if not wanted:
        return None
    number = draw.sample(range(len(wanted)), min(len(wanted), 2))
    ngidx("build", *options, work / "old", "-o", work / "x")
    before = documents(work / "x", work / "old", field, number)
    why = is_right(before[0], dict(wanted), field)
    if why:
        return why
    ngidx("export", "-i", work / "x", "--text-field", field, "--to", work / "new")
    ngidx("build", *options, work / "new", "-o", work / "y")
    after = documents(work / "y", work / "new", field, number)
    if before != after:
        return next(f"{a!r}\n    wanted: {b!r}" for a, b in zip(after[0] + after[1], before[0] + before[1]) if a != b)
    # What is left out is gone, and nothing else.
    gone = number[0]
    (work / "list").write_text(f"{gone}\n")
    ngidx("export", "-i", work / "x", "--text-field", field, "--to", work / "less", "--without", work / "list")
    if len(wanted) > 1:
        ngidx("build", *options, work / "less", "-o", work / "z")
        left = documents(work / "z", work / "less", field, [])[0]
        if left != before[0][:gone] + before[0][gone + 1 :]:
            return f"without {gone}: {left}"
    shutil.rmtree(work)
    return None


failed = 0
for seed in range(ROUNDS):
    try:
        why = one(seed)
    except Exception as e:
        why = repr(e)
    if why:
        failed += 1
        print(f"not ok corpus {seed}\n    seen: {why}")
if not failed:
    print(f"ok {ROUNDS} corpora come back")
