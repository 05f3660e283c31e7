#!/usr/bin/env python3
"""What Python adds: counts through the package beside the command and beside C, one thread each.

bench_python.py INDEX [ROUNDS], after "make all build/tests/bench_serve"

20,000 phrases of 50 bytes are drawn from the documents. In turns, ROUNDS times: "ngidx count --queries" as a whole, from the
start of the program to its last line; count_batch on an open index; ng_index_count for each phrase, in C; count for each
phrase. Prints the medians of the processor time that each takes, which other programs disturb less than the clock.
"""

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

PHRASES, LENGTH = 20_000, 50


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


def processor_time(who, work):
    before = resource.getrusage(who)
    result = work()
    after = resource.getrusage(who)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, result


class Single:
    """tests/bench/serve.c, which counts phrases one by one."""

    def __init__(self, index, folder, phrases):
        self.counts = folder / "counts"
        with open(folder / "phrases", "wb") as out:
            for phrase in phrases:
                out.write(len(phrase).to_bytes(4, "little") + phrase)
        command = [BUILD / "tests/bench_serve", index]
        self.server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ask(f"phrases {folder / 'phrases'}")

    def ask(self, command):
        """Nanoseconds on a processor, as Linux counts them."""
        times = pathlib.Path(f"/proc/{self.server.pid}/schedstat")
        before = int(times.read_text().split()[0])
        self.server.stdin.write(command + "\n")
        self.server.stdin.flush()
        self.server.stdout.readline()
        return (int(times.read_text().split()[0]) - before) / 1e9

    def count(self):
        seconds = self.ask(f"count {self.counts}")
        return seconds, [int(line) for line in self.counts.read_text().split()]

    def close(self):
        self.server.stdin.close()
        self.server.wait()


def main():
    path, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 7
    index = ngidx.open(path)
    phrases = draw_phrases(index)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "queries").write_bytes(b"".join(phrase + b"\0" for phrase in phrases))
        command = [BUILD / "ngidx", "count", "-i", path, "--threads", "1", "-0", "--queries", folder / "queries"]
        single = Single(path, folder, phrases)

        def run_command():
            return [int(line) for line in subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.split()]

        ways = {
            "command": lambda: processor_time(resource.RUSAGE_CHILDREN, run_command),
            "count_batch": lambda: processor_time(resource.RUSAGE_THREAD, lambda: index.count_batch(phrases, threads=1)),
            "C, one by one": single.count,
            "count": lambda: processor_time(resource.RUSAGE_THREAD, lambda: [index.count(phrase) for phrase in phrases]),
        }
        times = {way: [] for way in ways}
        answers = {}
        for number in range(rounds + 1):
            for way, measure in ways.items():
                seconds, answers[way] = measure()
                if number > 0:  # the first round warms up
                    times[way].append(seconds / PHRASES * 1e6)
        single.close()
    assert all(answer == answers["count"] for answer in answers.values()), "they differ"
    median = {way: statistics.median(values) for way, values in times.items()}
    for way, values in times.items():
        print(f"{way:14} {median[way]:6.2f} us a phrase  ({min(values):.2f} to {max(values):.2f})")
    print(f"count_batch / command: {median['count_batch'] / median['command']:.3f}")
    print(f"count adds {median['count'] - median['C, one by one']:.2f} us to C")


if __name__ == "__main__":
    main()
