#!/usr/bin/env python3
"""Measures ngidx and the peer on one text: bench_run.py OPTIONS, started by bench.sh.

Builds what is not built yet (kept in FOLDER, by program), starts both as servers, gives them the same phrases in
turns, ngidx, peer, ngidx, peer, and takes the medians over the rounds. Answers are compared with each other, and
with a plain scan of the text for a sample of the phrases. Writes FOLDER/results.json.
"""

import argparse
import bisect
import collections
import contextlib
import functools
import hashlib
import json
import mmap
import os
import pathlib
import random
import re
import resource
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time

COUNT_LENGTHS = (10, 20, 50, 100, 200)
MAPPED_TOO = ("count 50", "snippet", "extract") # measured with the index mapped, too
PAGES_LENGTH = 50
CONTEXT_BYTES = 100
LOCATE_LIMIT = 1000
PEER_DENSITY = 32
NGIDX_SAMPLES = (32, 64, 128, 256)
PEER_DENSITIES = (16, 32, 64)
PICTURE_ROUNDS = 5
SEED = 20240501

Sizes = collections.namedtuple("Sizes", "phrases snippets locates pages scanned extract peer_extract encode")
FULL = Sizes(5000, 1000, 40, 200, 10, 20_000_000, 2_000_000, 64_000_000)
QUICK = Sizes(1000, 200, 20, 100, 10, 4_000_000, 500_000, 16_000_000)


def say(text):
    print(f"bench: {text}", flush=True)


def fail(text):
    sys.exit(f"bench: FAILED: {text}")


# ---- Building, once for a program and a text ----


def program_key(*paths):
    digest = hashlib.sha256()
    for path in paths:
        digest.update(pathlib.Path(path).read_bytes())
    return digest.hexdigest()[:12]


def watch_memory(pid, peaks, done):
    """Looks every 10 ms: "now" is the largest resident set since it was set to 0 (each stage's peak), "all" that
    of the whole run."""
    while not done.wait(0.01):
        with contextlib.suppress(OSError, IndexError, ValueError):
            pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
            peaks["now"] = max(peaks["now"], pages * mmap.PAGESIZE)
            peaks["all"] = max(peaks["all"], peaks["now"])


def run_measured(command):
    """Runs a program; returns its output, wall and processor seconds, peak memory, and what each stage it reports
    on stderr ("label: ... 1.2 s") took."""
    start = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        peaks, done, stages, messages = {"now": 0, "all": 0}, threading.Event(), [], []
        watcher = threading.Thread(target=watch_memory, args=(process.pid, peaks, done))
        watcher.start()
        for line in process.stderr:
            messages.append(line)
            # The time is "1.6 s", or from a minute on "1:07".
            stage = re.match(r"([a-z][a-z ]*?)(?: shard \d+)?: (?:.* in )?(?:([0-9.]+) s\b|([0-9:]+)(?: |$))", line)
            if stage:
                seconds = float(stage[2]) if stage[2] else functools.reduce(
                    lambda total, part: 60 * total + int(part), stage[3].split(":"), 0)
                stages.append({"stage": stage[1], "seconds": seconds, "peak_bytes": peaks["now"]})
                peaks["now"] = 0
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        done.set()
        watcher.join()
    # The system's own figure is exact, but starts at what this program had when it forked.
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak = usage.ru_maxrss * 1024 if usage.ru_maxrss > own else peaks["all"]
    if process.returncode != 0:
        fail(f"{' '.join(command)}\n{''.join(messages)}")
    return output, {"seconds": time.monotonic() - start, "cpu_seconds": usage.ru_utime + usage.ru_stime,
                    "peak_bytes": peak, "stages": stages}


def keep_built(folder, kind, name, build):
    """FOLDER/NAME and NAME.json: what build() makes, and its figures; those of older programs are removed."""
    path, figures_path = folder / name, folder / f"{name}.json"
    if path.exists() and figures_path.exists():
        return path, json.loads(figures_path.read_text())
    for old in folder.glob(f"{kind}-*"):
        if old.is_dir():
            shutil.rmtree(old)
        else:
            old.unlink()
    say(f"{folder.name}: building {name}")
    figures = build(path)
    figures_path.write_text(json.dumps(figures) + "\n")
    return path, figures


def build_ngidx(options, sample=None):
    """With the default sample distance if none is given."""

    def build(path):
        command = [options.ngidx, "build", str(options.folder / "corpus.jsonl"), "-o", str(path), "--force"]
        if sample:
            command += ["--sa-sample", str(sample)]
        _, figures = run_measured(command)
        stats = subprocess.run([options.ngidx, "stats", "--json", "-i", str(path)], check=True, capture_output=True)
        stats = json.loads(stats.stdout)
        figures |= {"text_bytes": stats["text_bytes"], "documents": stats["documents"],
                    "bytes": sum(file.stat().st_size for file in path.iterdir()),
                    "shards": len(stats["shards"]), "sections": stats["sections"]}
        return figures

    kind = f"ngidx{sample or ''}"
    return keep_built(options.folder, kind, f"{kind}-{program_key(options.ngidx)}", build)


def build_peer(options, density):
    text = options.folder / "text"

    def build(path):
        with tempfile.TemporaryDirectory(dir=options.scratch) as scratch:
            command = [options.peer, "build", str(density), str(text), str(path), scratch]
            output, figures = run_measured(command)
        return figures | {"bytes": path.stat().st_size, "sections": json.loads(output)}

    key = program_key(pathlib.Path(__file__).parent.parent / "tests/bench/peer.cpp")
    return keep_built(options.folder, f"peer{density}", f"peer{density}-{key}", build)


# ---- The programs under test ----


class Server:
    """A program that obeys the commands of tests/bench/serve.c."""

    def __init__(self, command, scratch, **environment):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=os.environ | environment)
        self.scratch = scratch
        self.name = pathlib.Path(command[0]).name

    def ask(self, *words):
        """Returns seconds and items."""
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            fail(f"{self.name} ended at: {' '.join(map(str, words))}")
        reply = json.loads(line)
        return reply["seconds"], reply["items"]

    def run(self, *words):
        """Returns microseconds an item, and the answers as bytes."""
        path = self.scratch / f"answers-{self.process.pid}"
        seconds, items = self.ask(*words, path)
        return seconds * 1e6 / max(items, 1), path.read_bytes()

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def write_phrases(path, phrases):
    path.write_bytes(b"".join(struct.pack("<I", len(phrase)) + phrase for phrase in phrases))
    return path


def draw_phrases(text, length, count, seed):
    """Pieces of the text, none across the end of a document."""
    chance = random.Random(seed * 1000 + length)
    phrases = []
    for _ in range(count * 1000):
        at = chance.randrange(len(text) - length)
        phrase = text[at:at + length]
        if b"\xff" not in phrase:
            phrases.append(phrase)
        if len(phrases) == count:
            return phrases
    fail(f"the text has too few documents of {length} bytes and more")


# ---- Brute force ----


def scan(text, phrase):
    """Every position of a phrase, found without any index."""
    positions = []
    at = text.find(phrase)
    while at >= 0:
        positions.append(at)
        at = text.find(phrase, at + 1)
    return positions


def document_starts(text):
    starts, at = [0], text.find(b"\xff")
    while at >= 0:
        starts.append(at + 1)
        at = text.find(b"\xff", at + 1)
    return starts


def check_counts(text, phrases, answers, sample):
    counts = [int(line) for line in answers.split()]
    if len(counts) != len(phrases) or min(counts) < 1:
        fail("a phrase of the text is not found")
    for i in range(0, len(phrases), max(1, len(phrases) // sample)):
        if counts[i] != len(scan(text, phrases[i])):
            fail(f"count {counts[i]} is not that of a scan: {phrases[i]!r}")


def check_snippets(text, starts, phrases, answers):
    """Each against the text itself. A snippet may be up to 3 bytes shorter at an end, not to cut a character."""
    lines = answers.decode().splitlines()
    if len(lines) != len(phrases):
        fail("not a snippet for each phrase")
    for phrase, line in zip(phrases, lines):
        at, document, offset, begin, *snippet = line.split()
        at, document, offset, begin = int(at), int(document), int(offset), int(begin)
        snippet = bytes.fromhex(snippet[0])
        first, last = starts[document], starts[document + 1] - 1
        end = begin + len(snippet)
        sound = (text[at:at + len(phrase)] == phrase and bisect.bisect_right(starts, at) - 1 == document
                 and at == first + offset and text[begin:end] == snippet
                 and 0 <= begin - max(first, at - CONTEXT_BYTES) <= 3
                 and 0 <= min(last, at + len(phrase) + CONTEXT_BYTES) - end <= 3)
        if not sound:
            fail(f"wrong snippet of {phrase!r}: {line}")


def check_positions(text, phrases, answers, others, sample):
    lines, other_lines = (one.decode().split("\n") for one in (answers, others))
    for i, phrase in enumerate(phrases):
        positions = sorted(map(int, lines[i].split()))
        if positions != sorted(map(int, other_lines[i].split())):
            fail(f"ngidx and the peer locate {phrase!r} in different places")
        if i < sample and positions != scan(text, phrase):
            fail(f"located otherwise than by a scan: {phrase!r}")


def check_extract(text, starts, most, answers):
    documents = len(starts) - 1
    stride = (starts[-1] - documents) // most + 1
    expected = bytearray()
    for document in range(0, documents, stride):
        if len(expected) >= most:
            break
        length = min(starts[document + 1] - 1 - starts[document], most - len(expected))
        expected += text[starts[document]:starts[document] + length]
    if answers != bytes(expected):
        fail("extracted text is not the text")


# ---- Workloads ----


class Workloads:
    """What is measured: each a name, the command for a server, its phrases, and how answers are checked."""

    def __init__(self, options, sizes, text, ngidx):
        self.text, self.sizes, self.name, self.scratch = text, sizes, options.name, options.scratch
        self.starts = document_starts(text)
        self.text_bytes = len(text) - (len(self.starts) - 1)
        self.phrases = {length: draw_phrases(text, length, sizes.phrases, SEED) for length in COUNT_LENGTHS}
        self.files = {length: write_phrases(self.scratch / f"phrases-{length}", phrases)
                      for length, phrases in self.phrases.items()}
        self.snippets = self.phrases[PAGES_LENGTH][:sizes.snippets]
        self.files["snippet"] = write_phrases(self.scratch / "phrases-snippet", self.snippets)
        self.locates = self.frequent_phrases(ngidx)
        self.files["locate"] = write_phrases(self.scratch / "phrases-locate", self.locates)

    def frequent_phrases(self, ngidx):
        """Phrases with many hits, but not more than a locate gives."""
        candidates = draw_phrases(self.text, 8, 4000, SEED)
        ngidx.ask("phrases", write_phrases(self.scratch / "phrases-candidates", candidates))
        counts = list(map(int, ngidx.run("count")[1].split()))
        chosen = [phrase for phrase, count in zip(candidates, counts) if LOCATE_LIMIT // 10 <= count <= LOCATE_LIMIT]
        if not chosen:
            fail("the text is too small: no phrase of 8 bytes has 100 hits")
        return list(dict.fromkeys(chosen))[:self.sizes.locates]

    def rounds(self, servers, count):
        """Returns {workload: {kind: [microseconds an item, ...]}}, with kinds as in measure; round 0 warms up and
        checks."""
        figures = collections.defaultdict(lambda: collections.defaultdict(list))
        for number in range(count + 1):
            say(f"{self.name}: round {number} of {count}" + ("" if number else " (warms up and checks answers)"))
            for length in COUNT_LENGTHS:
                self.measure(figures, f"count {length}", length, ("count",), servers, number)
            self.measure(figures, "locate", "locate", ("locate", LOCATE_LIMIT), servers, number)
            self.measure(figures, "snippet", "snippet", ("snippet", CONTEXT_BYTES), servers, number)
            self.measure(figures, "extract", None, ("extract", self.sizes.extract), servers, number)
        return figures

    def measure(self, figures, name, phrases, command, servers, number):
        """A kind is a server's, or one and "batch" for counts asked of it at once."""
        answers = {}
        for kind in ("ngidx", "peer", "ngidx batch", "bmi2", "bmi2 batch", "mapped"):
            words = command
            server = servers.get(kind.removesuffix(" batch"))
            batch = kind.endswith(" batch")
            if server is None or (batch and command[0] != "count") or (kind == "mapped" and name not in MAPPED_TOO):
                continue
            if batch:
                words = ("batch",)
            elif kind == "peer" and command[0] == "extract":
                words = ("extract", self.sizes.peer_extract)
            if phrases is not None:
                server.ask("phrases", self.files[phrases])
            microseconds, answers[kind] = server.run(*words)
            if number > 0:
                figures[name][kind].append(microseconds)
        if number == 0:
            self.check(phrases, answers)

    def check(self, phrases, answers):
        if phrases is None:
            check_extract(self.text, self.starts, self.sizes.extract, answers["ngidx"])
            if "peer" in answers:
                check_extract(self.text, self.starts, self.sizes.peer_extract, answers["peer"])
        elif phrases == "snippet":
            for answer in answers.values():
                check_snippets(self.text, self.starts, self.snippets, answer)
        elif phrases == "locate":
            others = answers.get("peer", answers["ngidx"])
            check_positions(self.text, self.locates, answers["ngidx"], others, self.sizes.scanned)
        else:
            check_counts(self.text, self.phrases[phrases], answers["ngidx"], self.sizes.scanned)
            for kind, answer in answers.items():
                if answer != answers["ngidx"]:
                    fail(f"{kind} counts {phrases}-byte phrases otherwise than ngidx one at a time")


def summarise(figures):
    """Medians, and of the peer the ratio: peer / ngidx by median, and its range over the rounds."""
    results = {}
    for name, kinds in figures.items():
        results[name] = {kind: {"median_us": statistics.median(all_us), "rounds_us": all_us}
                         for kind, all_us in kinds.items()}
        for kind, own in results[name].items():
            if kind == "peer" or "peer" not in kinds:
                continue
            each = [theirs / ours for theirs, ours in zip(kinds["peer"], kinds[kind])]
            own["ratio"] = results[name]["peer"]["median_us"] / own["median_us"]
            own["ratio_range"] = [min(each), max(each)]
    return results


def run_json(*command):
    done = subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def measure_pages(options, workloads, ngidx_index, peer_index):
    """Of ngidx also what mincore said, and pages by section for a count."""
    phrases = workloads.phrases[PAGES_LENGTH][:workloads.sizes.pages]
    path = write_phrases(options.scratch / "phrases-pages", phrases)
    own = run_json(f"{options.tests}/bench_pages", ngidx_index, path)
    results = {"ngidx": {"mean": statistics.mean(own["pages"]), "median": statistics.median(own["pages"]),
                         "mincore_mean": statistics.mean(own["resident"]),
                         "sections": {name: pages / len(phrases) for name, pages in own["sections"].items()}}}
    if peer_index:
        theirs = run_json(options.peer, "pages", PEER_DENSITY, peer_index, path)["pages"]
        results["peer"] = {"mean": statistics.mean(theirs), "median": statistics.median(theirs)}
        results["ratio"] = results["peer"]["mean"] / results["ngidx"]["mean"]
    return results


def measure_encode(options, sizes, index):
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else options.folder
    with tempfile.TemporaryDirectory(dir=memory) as scratch:
        result = run_json(f"{options.tests}/bench_encode", index, sizes.encode, scratch, options.rounds)
    result["median_mb_s"] = result["symbols"] / 1e6 / statistics.median(result["seconds"])
    return result


def check_export(text, starts, lines):
    for number, line in enumerate(lines):
        if json.loads(line)["text"].encode("utf-8") != text[starts[number]:starts[number + 1] - 1]:
            fail(f"document {number} is exported otherwise than it is")
    if number + 1 != len(starts) - 1:
        fail("not all documents are exported")


def measure_export(options, workloads, index):
    """The whole command on one thread, from its start to its end, its output into a file in memory."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else options.folder
    seconds = []
    with tempfile.TemporaryFile(dir=memory) as out:
        for number in range(options.rounds + 1):
            say(f"{options.name}: export, round {number} of {options.rounds}")
            out.seek(0)
            begin = time.monotonic()
            subprocess.run([options.ngidx, "export", "-i", str(index), "--threads", "1"], check=True, stdout=out)
            if number > 0:
                seconds.append(time.monotonic() - begin)
                continue
            out.seek(0)
            check_export(workloads.text, workloads.starts, out)
    return {"median_mb_s": workloads.text_bytes / 1e6 / statistics.median(seconds), "seconds": seconds}


def measure_picture(options, workloads):
    """Size and time at several sample distances, all programs in turns."""
    points, servers = [], []
    for kind, distances, build in (("ngidx", NGIDX_SAMPLES, build_ngidx), ("peer", PEER_DENSITIES, build_peer)):
        for distance in distances if kind == "ngidx" or options.peer else ():
            path, figures = build(options, distance)
            servers.append(start(options, kind, path, distance))
            points.append({"program": kind, "sample": distance, "bytes": figures["bytes"],
                           "figures": collections.defaultdict(list)})
    for number in range(PICTURE_ROUNDS + 1):
        say(f"{options.name}: picture, round {number} of {PICTURE_ROUNDS}")
        for name, phrases, words in (("count", PAGES_LENGTH, ("count",)), ("batch", PAGES_LENGTH, ("batch",)),
                                     ("snippet", "snippet", ("snippet", CONTEXT_BYTES))):
            for point, server in zip(points, servers):
                if name == "batch" and point["program"] == "peer":
                    continue
                server.ask("phrases", workloads.files[phrases])
                microseconds, _ = server.run(*words)
                if number > 0:
                    point["figures"][name].append(microseconds)
    for server in servers:
        server.close()
    for point in points:
        point["share"] = point["bytes"] / workloads.text_bytes
        point["us"] = {name: statistics.median(all_us) for name, all_us in point.pop("figures").items()}
    return points


def running_kernel(options):
    version = subprocess.run([options.ngidx, "--version"], check=True, capture_output=True, text=True).stdout
    return re.search(r"\(kernel (\w+)\)", version)[1]


def start(options, kind, path, density):
    if kind == "ngidx":
        return Server([f"{options.tests}/bench_serve", str(path), "memory"], options.scratch)
    if kind == "mapped":
        return Server([f"{options.tests}/bench_serve", str(path)], options.scratch)
    if kind == "bmi2":
        return Server([f"{options.tests}/bench_serve", str(path), "memory"], options.scratch, NGIDX_KERNEL="bmi2")
    return Server([options.peer, "serve", str(density), str(options.folder / "text"), str(path)], options.scratch)


def measure_all(options):
    sizes = QUICK if options.quick else FULL
    ngidx_index, results_ngidx = build_ngidx(options)
    results = {"name": options.name, "made": json.loads((options.folder / "made.json").read_text()),
               "quick": options.quick, "rounds": options.rounds, "kernel": running_kernel(options),
               "build": {"ngidx": results_ngidx}}
    if not (options.folder / "text").exists():
        return results  # the whole of a text that is too large for the peer: size and build only
    peer_index = None
    if options.peer:
        peer_index, results["build"]["peer"] = build_peer(options, PEER_DENSITY)
    with open(options.folder / "text", "rb") as file, \
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        servers = {kind: start(options, kind, ngidx_index, None) for kind in ("ngidx", "mapped")}
        if results["kernel"] == "avx512":
            servers["bmi2"] = start(options, "bmi2", ngidx_index, None)
        if options.peer:
            servers["peer"] = start(options, "peer", peer_index, PEER_DENSITY)
        workloads = Workloads(options, sizes, text, servers["ngidx"])
        results["workloads"] = summarise(workloads.rounds(servers, options.rounds))
        for server in servers.values():
            server.close()
        results["pages"] = measure_pages(options, workloads, ngidx_index, peer_index)
        results["export"] = measure_export(options, workloads, ngidx_index)
        results["encode"] = measure_encode(options, sizes, ngidx_index)
        if options.picture:
            results["picture"] = measure_picture(options, workloads)
    return results


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", required=True)
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="what bench_texts.py made")
    parser.add_argument("--ngidx", required=True)
    parser.add_argument("--tests", required=True, help="folder of the bench programs")
    parser.add_argument("--peer", default="", help="the peer's program, if there is one")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--picture", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as scratch:
        options.scratch = pathlib.Path(scratch)
        results = measure_all(options)
    (options.folder / "results.json").write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
