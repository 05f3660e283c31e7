#!/usr/bin/env python3
"""A contamination report beside the peer counting the same windows one by one, one thread each.

bench_contam.py INDEX BENCHMARK FIELD FOLDER [ROUNDS]

INDEX is an ngidx index. Its text is exported and the peer (tests/bench/peer.cpp, Debian's libsdsl-dev) built of it in
FOLDER, where both are kept for the next time. Then, ROUNDS times in turns: "ngidx contam BENCHMARK --report" as a
whole, from the start of the program to the last file of the report, and the peer's counts of all windows of 50
characters of FIELD, in memory, without start or loading. Both run on the same processor, so that what else happens on the
machine meets both. Prints medians and the ratio.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

CHARS = 50
DENSITY = 32
ROOT = pathlib.Path(__file__).resolve().parent.parent
NGIDX = ROOT / "build/ngidx"


def windows(benchmark, field):
    """The windows of section 8 of the contract, as bytes."""
    for line in open(benchmark, encoding="utf-8"):
        text = json.loads(line)[field]
        starts = [i for i, c in enumerate(text) if not c.isspace() and (i == 0 or text[i - 1].isspace())]
        found = [text[i : i + CHARS] for i in starts if len(text) - i >= CHARS]
        yield from (window.encode() for window in found or [text])


def make_peer(index, folder):
    peer = folder / "peer"
    if not peer.exists():
        command = ["g++", "-std=c++17", "-O3", "-march=native", "-DNDEBUG", "-o", str(peer)]
        subprocess.run([*command, str(ROOT / "tests/bench/peer.cpp"), "-lsdsl", "-ldivsufsort", "-ldivsufsort64"], check=True)
    text, built = folder / "text", folder / f"index{DENSITY}"
    if not built.exists():
        with subprocess.Popen([NGIDX, "export", "-i", index], stdout=subprocess.PIPE) as export, open(text, "wb") as out:
            for line in export.stdout:
                out.write(json.loads(line)["text"].encode() + b"\xff")
        scratch = folder / "scratch"
        scratch.mkdir(exist_ok=True)
        subprocess.run([peer, "build", str(DENSITY), text, folder / "building", scratch], check=True)
        (folder / "building").rename(built)
    return [str(peer), "serve", str(DENSITY), str(text), str(built)]


def main():
    index, benchmark, field, folder = sys.argv[1:5]
    rounds = int(sys.argv[5]) if len(sys.argv) > 5 else 5
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    phrases = list(windows(benchmark, field))
    with open(folder / "phrases", "wb") as out:
        for phrase in phrases:
            out.write(len(phrase).to_bytes(4, "little") + phrase)
    peer = make_peer(index, folder)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    server = subprocess.Popen(peer, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(command):
        server.stdin.write(command + "\n")
        server.stdin.flush()
        return json.loads(server.stdout.readline())["seconds"]

    ask(f"phrases {folder / 'phrases'}")
    ours, theirs = [], []
    command = [NGIDX, "contam", benchmark, "-i", index, "--field", field, "--threads", "1", "--report", folder / "report"]
    for number in range(rounds + 1):
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        seconds = time.perf_counter() - start
        counted = ask(f"count {folder / 'counts'}")
        if number > 0:  # the first round warms up
            ours.append(seconds)
            theirs.append(counted)
    found = sum(int(line) > 0 for line in open(folder / "counts", encoding="ascii"))
    summary = json.load(open(folder / "report/report.json", encoding="utf-8"))["benchmarks"][0]
    if (summary["windows"], summary["found"]) != (len(phrases), found):
        sys.exit(f"ngidx finds {summary['found']} of {summary['windows']} windows, the peer {found} of {len(phrases)}")
    ratios = [t / o for t, o in zip(theirs, ours)]
    print(
        f"{len(phrases)} windows, {found} found by both\n"
        f"ngidx, the whole report: {statistics.median(ours) * 1000:.0f} ms ({min(ours) * 1000:.0f} to {max(ours) * 1000:.0f})\n"
        f"peer, counts alone:      {statistics.median(theirs) * 1000:.0f} ms ({min(theirs) * 1000:.0f} to {max(theirs) * 1000:.0f})\n"
        f"ratio {statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f}), {rounds} rounds in turns, one thread each"
    )


if __name__ == "__main__":
    main()
