"""An index that is on disk and not in memory: a batch asks for its pages ahead, instead of waiting for one at a time."""
import glob
import json
import os
import random
import resource
import subprocess
import sys

NGIDX = os.environ["NGIDX"]


def check(name, good, seen=""):
    print(("ok " if good else "not ok ") + name + ("" if good else f" ({seen})"))


def run(*arguments):
    return subprocess.run([NGIDX, *arguments], capture_output=True, check=True).stdout


def drop(path):
    with open(path, "rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def faults_of(*arguments):
    """Runs the program; returns what it printed, and its major page faults."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_majflt
    out = run(*arguments)
    return out, resource.getrusage(resource.RUSAGE_CHILDREN).ru_majflt - before


rng = random.Random(1)
words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 9))) for _ in range(30000)]
texts = [" ".join(rng.choices(words, k=400)) for _ in range(8000)]
with open("corpus.jsonl", "w", encoding="ascii") as file:
    for text in texts:
        file.write(json.dumps({"text": text}) + "\n")
run("build", "corpus.jsonl", "-o", "index", "-q")
shard = "index/shard-00000.ngx"
pages = os.path.getsize(shard) // 4096
with open("phrases", "w", encoding="ascii") as file:
    for _ in range(3000):
        text = rng.choice(texts)
        at = rng.randrange(len(text) - 50)
        file.write(text[at:at + 50].strip() + "\n")
batch = ["count", "--queries", "phrases", "-i", "index", "--threads", "1"]
warm = run(*batch)

drop(shard)
_, one = faults_of("count", texts[0][100:150], "-i", "index")
if one < 20:
    print(f"skip dropping a file from the page cache has no effect here ({one} faults of one count)")
    sys.exit(0)
drop(shard)
cold, faults = faults_of(*batch)
check("the answers are the same", cold == warm)
check("most pages are asked for ahead", faults < pages / 2, f"{faults} faults, {pages} pages")

hits = ["locate", "the"[:2], "-i", "index", "--limit", "300", "--context", "0"]
warm = run(*hits)
drop(shard)
cold, faults = faults_of(*hits)
check("located hits are the same", cold == warm)
check("locate asks ahead, too", faults < pages / 2, f"{faults} faults, {pages} pages")

shown = ["locate", "the"[:2], "-i", "index", "--limit", "300"]
warm = run(*shown)
drop(shard)
cold, _ = faults_of(*shown)
check("hits shown with their text are the same", cold == warm)

run("build", "corpus.jsonl", "-o", "many", "-q", "--shard-size", "1M")
shards = sorted(glob.glob("many/*.ngx"))
for words in (["count", texts[0][100:150]], ["count", "a"], ["locate", texts[9][50:80], "--context", "20"]):
    words = [*words, "-i", "many"]
    warm = run(*words)
    for name in shards:
        drop(name)
    cold, faults = faults_of(*words)
    check(f"{words[0]} {len(words[1])} bytes in many shards is the same", cold == warm)
    check("shards are searched together", faults < 4 * len(shards), f"{faults} faults, {len(shards)} shards")

probe = json.loads(run("stats", "-i", "index", "--probe", "--json"))["probe"]
check("stats --probe counts cold phrases", probe["phrases"] >= 1000 and probe["cold_count_ms"] > 0, probe)
check("stats --probe measures the disk or says nothing of it",
      "pages_per_second" not in probe or probe["pages_per_second_deep"] > 0, probe)
