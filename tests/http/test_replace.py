"""Fifty readers of an index that is replaced all the time: by build --force, append and merge. NGIDX_REPLACE_SECONDS=8.

Its versions agree in the sizes of their shards, so that a mix of two would show in the counts alone."""

import collections
import itertools
import threading

from lib import *

SECONDS = float(os.environ.get("NGIDX_REPLACE_SECONDS", "8"))
PROGRAM_READERS, CLIENTS = 46, 4
WORDS, DOCUMENTS, MORE = 20, 30, 7
RED, MANY_RED, TAN = DOCUMENTS * WORDS, (DOCUMENTS + MORE) * WORDS, DOCUMENTS * WORDS
VERSIONS = {(RED, 0), (MANY_RED, 0), (0, TAN)}
SHARDS = ["--shard-size", "1K", "--threads", "1"]


def corpus(name, word, documents):
    write_corpus(f"{name}.jsonl", [(f"{word} " * WORDS, {}) for _ in range(documents)])


def ngidx(*arguments):
    return subprocess.run([os.environ["NGIDX"], *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL)


class Readers:
    """Each reads until the end, in a way of its own."""

    def __init__(self):
        self.going, self.reads, self.wrong, self.lock = True, collections.Counter(), [], threading.Lock()
        self.threads = []

    def start(self, kind, read):
        def run():
            while self.going:
                fault = read()
                with self.lock:
                    self.reads[kind] += 1
                    if fault:
                        self.wrong.append((kind, fault))

        self.threads.append(threading.Thread(target=run))
        self.threads[-1].start()

    def end(self):
        self.going = False
        for thread in self.threads:
            thread.join()


def fault_of(result, good):
    return None if result.returncode in (0, 1) and not result.stderr and good(result.stdout) else result


def count():
    return fault_of(
        ngidx("count", "-i", "index", "--queries", "phrases"),
        lambda out: tuple(int(line.split()[0]) for line in out.splitlines()) in VERSIONS,
    )


def locate():
    result = ngidx("locate", "-i", "index", "--json", "--limit", "1000", "red")
    return fault_of(result, lambda out: len(out.splitlines()) in {red for red, _ in VERSIONS})


def export():
    result = ngidx("export", "-i", "index")
    return fault_of(result, lambda out: (out.count("red "), out.count("tan ")) in VERSIONS)


def verify():
    result = ngidx("verify", "-q", "-i", "index")
    return None if result.returncode == 0 else result


def contam():
    result = ngidx("contam", "bench.jsonl", "-i", "index")
    return None if result.returncode == 0 else result


def client(daemon):
    connection = daemon.connect()

    def read():
        connection.request("GET", "/v1/index/count?query=red")
        response = connection.getresponse()
        body = response.read()
        if response.status != 200 or json.loads(body)["count"] not in {red for red, _ in VERSIONS}:
            return response.status, body

    return read


def replacing():
    corpus("red", "red", DOCUMENTS)
    corpus("more", "red", MORE)
    corpus("tan", "tan", DOCUMENTS)
    pathlib.Path("phrases").write_text("red\ntan\n")
    pathlib.Path("bench.jsonl").write_text(json.dumps({"text": "red " * WORDS}) + "\n")
    for name in ("red", "more", "tan"):
        ngidx("build", "-q", f"{name}.jsonl", "-o", f"{name}.ngidx", *SHARDS)
    sizes = [[f.stat().st_size for f in sorted(pathlib.Path(f"{n}.ngidx").iterdir())] for n in ("red", "tan")]
    check("two versions agree in every size", sizes[0] == sizes[1] and len(sizes[0]) > 2, sizes)
    writes = [
        ("build", "red.jsonl", "-o", "index", "--force", *SHARDS),
        ("append", "index", "more.jsonl", *SHARDS),
        ("build", "tan.jsonl", "-o", "index", "--force", *SHARDS),
        ("merge", "red.ngidx", "more.ngidx", "-o", "index", "--force", "--shard-size", "1K"),
        ("build", "tan.jsonl", "-o", "index", "--force", *SHARDS),
        ("merge", "red.ngidx", "-o", "index", "--force", "--shard-size", "1K"),
    ]
    ngidx(*writes[0], "-q")
    readers, written, failed = Readers(), 0, []
    with Daemon("-i", "index") as daemon:
        for _ in range(CLIENTS):
            readers.start("request", client(daemon))
        for kind, _ in zip(itertools.cycle([count, count, count, locate, export, verify, contam]), range(PROGRAM_READERS)):
            readers.start(kind.__name__, kind)
        end = time.monotonic() + SECONDS
        while time.monotonic() < end or written < len(writes):
            result = ngidx(*writes[written % len(writes)], "-q")
            written += 1
            if result.returncode != 0:
                failed.append(result)
            daemon.hang_up()
        readers.end()
        log = daemon.log_text()
    seen = f"{len(readers.wrong)} of {sum(readers.reads.values())} reads: {readers.wrong[:5]}"
    print(f"{dict(readers.reads)}, {written} replacements, {len(readers.wrong)} faults")
    check("every write is done", not failed, (written, failed[:3]))
    check("every reader reads", set(readers.reads) == {"request", "count", "locate", "export", "verify", "contam"}, readers.reads)
    check("no reader fails, and none sees a mix", not readers.wrong, seen)
    check("the daemon opens each version", "the old one stays in use" not in log and "opened anew" in log, log[-1000:])


main(replacing)
