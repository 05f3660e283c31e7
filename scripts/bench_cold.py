#!/usr/bin/env python3
"""Measures an index that is larger than memory, or not in memory: how fast the disk reads single pages (fio), and how
fast ngidx reads them while it counts 2,000 phrases, shows 100 hits and checks a benchmark. Beside it, the peer counts the phrases
in its index, which is mapped. The disk is measured anew before each round: others may use it, too.

bench_cold.py NGIDX INDEX PHRASES [--benchmark FILE] [--phrase TEXT] [--limit BYTES] [--rounds N]
              [--peer PEER PEER_INDEX PEER_PHRASES]

PHRASES: one a line. Caches are dropped before each measurement, so it runs as root on a machine that is otherwise quiet.
With --limit it also runs within a memory cgroup of that size (cgroup v1 or v2), which it makes. fio is Debian's. PEER is
build/bench/peer of "make bench", PEER_PHRASES as it reads them."""
import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time


def drop_caches():
    os.sync()
    pathlib.Path("/proc/sys/vm/drop_caches").write_text("3\n")


def disk_rate(file, depth, seconds=1):
    """Random reads of 4 KB a second, past the page cache, at a depth."""
    drop_caches()
    done = subprocess.run(["fio", "--name=r", f"--filename={file}", "--rw=randread", "--bs=4k", "--direct=1", "--readonly",
                           "--ioengine=libaio", f"--iodepth={depth}", f"--runtime={seconds}", "--time_based",
                           "--output-format=json"], check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)["jobs"][0]["read"]["iops"]


class Cgroup:
    """A memory cgroup; a program enters it by its pid."""

    def __init__(self, limit):
        v1 = pathlib.Path("/sys/fs/cgroup/memory")
        self.folder = (v1 if v1.is_dir() else pathlib.Path("/sys/fs/cgroup")) / f"ngidx-bench-{os.getpid()}"
        self.folder.mkdir()
        (self.folder / ("memory.limit_in_bytes" if v1.is_dir() else "memory.max")).write_text(str(limit))

    def enter(self):
        (self.folder / "cgroup.procs").write_text(str(os.getpid()))

    def close(self):
        self.folder.rmdir()


def run(command, group):
    """Seconds, pages read and seconds of processor time of a command that finds nothing in memory."""
    drop_caches()
    subprocess.run([command[0], "--version"], check=True, stdout=subprocess.DEVNULL)  # the program itself
    usage, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          preexec_fn=group.enter if group else None)
    seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode > 1:
        sys.exit(f"bench_cold: {' '.join(command)}: {done.stderr.decode()}")
    busy = after.ru_utime - usage.ru_utime + after.ru_stime - usage.ru_stime
    return seconds, (after.ru_inblock - usage.ru_inblock) // 8, busy  # blocks have 512 bytes, pages 4,096


def print_line(title, rounds):
    """The medians of rounds: seconds, pages, seconds of processor time or None, and pages a second of the disk."""
    seconds, pages = (statistics.median(r[k] for r in rounds) for k in (0, 1))
    busy = "" if rounds[0][2] is None else f"{statistics.median(r[2] for r in rounds):.2f} s"
    part = statistics.median(r[1] / r[0] / r[3] for r in rounds)
    rate = statistics.median(r[3] for r in rounds)
    print(f"| {title} | {seconds:.2f} s | {pages:,.0f} | {pages / seconds:,.0f} | {rate:,.0f} | {part:.0%} | {busy} |",
          flush=True)


def run_peer(program, index, phrases):
    with tempfile.NamedTemporaryFile(dir=pathlib.Path(index).parent) as mapped:
        done = subprocess.run([program, "cold", "32", index, phrases, mapped.name], check=True, stdout=subprocess.PIPE)
    found = json.loads(done.stdout)
    return found["seconds"], found["faults"], None


def measure(title, options, file, once):
    rounds = []
    for _ in range(options.rounds):
        rate = disk_rate(file, 32)
        rounds.append((*once(), rate))
    print_line(title, rounds)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ngidx")
    parser.add_argument("index")
    parser.add_argument("phrases")
    parser.add_argument("--benchmark")
    parser.add_argument("--phrase", default="return")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer", nargs=3)
    options = parser.parse_args()

    files = sorted(pathlib.Path(options.index).glob("*.ngx"), key=lambda path: path.stat().st_size)
    size = sum(path.stat().st_size for path in files)
    print(f"index: {size:,} bytes in {len(files)} files; disk: {disk_rate(files[-1], 1, 3):,.0f} pages a second at depth 1\n")
    print("| job, one thread | time | pages | pages a second | disk at depth 32 | of the disk | processor |\n"
          "|---|---:|---:|---:|---:|---:|---:|")
    jobs = [("count the phrases", ["count", "--queries", options.phrases, "--threads", "1"]),
            ("show 100 hits", ["locate", options.phrase, "--limit", "100", "--threads", "1"])]
    if options.benchmark:
        jobs.append(("check the benchmark", ["contam", options.benchmark, "--preset", "paper", "--threads", "1"]))
    for limit in (None, options.limit) if options.limit else (None,):
        group = Cgroup(limit) if limit else None
        try:
            for title, words in jobs:
                command = [options.ngidx, *words, "-i", options.index]
                measure(title + (f", {limit:,} bytes of memory" if limit else ""), options, files[-1],
                        lambda command=command, group=group: run(command, group))
        finally:
            if group:
                group.close()
    if options.peer:
        measure("the peer: count the phrases", options, files[-1], lambda: run_peer(*options.peer))


if __name__ == "__main__":
    main()
