#!/usr/bin/env python3
"""What Python adds: counts through the package beside the command and beside C, one thread each.

bench_python.py INDEX [ROUNDS], after "make all build/tests/bench_serve"

20,000 phrases of 50 bytes are drawn from the documents. In turns, ROUNDS times: "ngidx count --queries" as a whole, from the
start of the program to its last line; count_batch on an open index; ng_index_count for each phrase, in C; count for each
phrase. Times are those on a processor. Those of single counts are taken for 250 phrases at a time, and the least of all
rounds is added up, since what else happens on the machine only ever adds.
"""

import json
import os
import pathlib
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
os.environ["NGIDX_LIBRARY"] = str(BUILD / "libngidx.so.0")
sys.path.insert(0, str(ROOT / "query/python"))

import ngidx  # noqa: E402

PHRASES, LENGTH, GROUP = 20_000, 50, 250


def draw_phrases(index):
    draw = random.Random(1)
    documents = index.indexes()[0].documents
    phrases = []
    while len(phrases) < PHRASES:
        text = index.document(draw.randrange(documents)).text.encode()
        starts = range(max(len(text) - LENGTH, 0))
        phrases += [text[at : at + LENGTH] for at in draw.sample(starts, min(len(starts), 100))]
    draw.shuffle(phrases)
    return phrases[:PHRASES]


class Single:
    """tests/bench/serve.c, which counts phrases one by one."""

    def __init__(self, index, folder, groups):
        self.folder, self.count_of_groups = folder, len(groups)
        for number, phrases in enumerate(groups):
            with open(folder / f"phrases{number}", "wb") as out:
                for phrase in phrases:
                    out.write(len(phrase).to_bytes(4, "little") + phrase)
        command = [BUILD / "tests/bench_serve", index]
        self.server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ask("clock processor")

    def ask(self, command):
        self.server.stdin.write(command + "\n")
        self.server.stdin.flush()
        return json.loads(self.server.stdout.readline())["seconds"]

    def count(self):
        seconds, counts = [], []
        for number in range(self.count_of_groups):
            self.ask(f"phrases {self.folder / f'phrases{number}'}")
            seconds.append(self.ask(f"count {self.folder / 'counts'}"))
            counts += [int(line) for line in (self.folder / "counts").read_text().split()]
        return seconds, counts

    def close(self):
        self.server.stdin.close()
        self.server.wait()


def children_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def clocked(clock, groups, work):
    """The seconds of each group, and the answers."""
    seconds, answers = [], []
    for group in groups:
        start = clock()
        found = work(group)
        seconds.append(clock() - start)
        answers += found
    return seconds, answers


def main():
    path, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 9
    index = ngidx.open(path)
    phrases = draw_phrases(index)
    groups = [phrases[at : at + GROUP] for at in range(0, PHRASES, GROUP)]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "queries").write_bytes(b"".join(phrase + b"\0" for phrase in phrases))
        command = [BUILD / "ngidx", "count", "-i", path, "--threads", "1", "-0", "--queries", folder / "queries"]
        single = Single(path, folder, groups)

        def run_command(_):
            return [int(line) for line in subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.split()]

        def count_each(group):
            return [index.count(phrase) for phrase in group]

        ways = {
            "command": lambda: clocked(children_seconds, [phrases], run_command),
            "count_batch": lambda: clocked(time.thread_time, [phrases], lambda all: index.count_batch(all, threads=1)),
            "C, one by one": single.count,
            "count": lambda: clocked(time.thread_time, groups, count_each),
        }
        times = {way: [] for way in ways}
        answers = {}
        for number in range(rounds + 1):
            for way, measure in ways.items():
                seconds, answers[way] = measure()
                if number > 0:  # the first round warms up
                    times[way].append(seconds)
        single.close()
    assert all(answer == answers["count"] for answer in answers.values()), "they differ"
    least = {way: sum(map(min, zip(*values))) / PHRASES * 1e6 for way, values in times.items()}
    ratio = statistics.median(
        mine / theirs for (mine,), (theirs,) in zip(times["count_batch"], times["command"])
    )
    for way, microseconds in least.items():
        print(f"{way:14} {microseconds:6.2f} us a phrase")
    print(f"count_batch takes {ratio:.3f} times as long as the command (median)")
    print(f"count adds {least['count'] - least['C, one by one']:.2f} us to C")


if __name__ == "__main__":
    main()
