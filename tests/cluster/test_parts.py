"""An index in three parts on three hosts: network namespaces with a daemon each. Before them a front daemon, and HAProxy
with two replicas of one part. A replica is killed under load, a part cut off and joined again."""

import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

NGIDX, NGIDXD = os.environ["NGIDX"], os.environ["NGIDXD"]
ROOT = pathlib.Path(__file__).parents[2]
TAG = f"ng{os.getpid() % 100000}"
HOSTS = ["a", "b", "c", "front"]  # 10.77.0.1 to .4
processes = []
rng = random.Random(11)


def skip(why):
    print(f"skip parts: {why}")
    sys.exit(0)


def check(name, condition, seen=""):
    print(f"ok {name}" if condition else f"not ok {name}\n    seen: {str(seen)[:1500]}")


def ip(*arguments, fails=False):
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True)
    if done.returncode and not fails:
        raise RuntimeError(f"ip {' '.join(arguments)}: {done.stderr}")
    return done


def inside(host):
    return ["ip", "netns", "exec", f"{TAG}{host}"]


def start(host, *command):
    """Starts a program on a host, and waits until it listens if it is a daemon."""
    log = open(f"{len(processes)}.log", "wb")
    process = subprocess.Popen([*inside(host), *map(str, command)], stderr=log, stdout=log)
    processes.append(process)
    for _ in range(200):
        if b"listening" in pathlib.Path(log.name).read_bytes() or command[0] != NGIDXD:
            return process
        time.sleep(0.05)
    raise RuntimeError(pathlib.Path(log.name).read_text())


def lay_cables():
    """A bridge in a namespace of its own, so that nothing of this machine changes."""
    ip("netns", "add", f"{TAG}sw")
    ip("-n", f"{TAG}sw", "link", "add", "name", "bridge0", "type", "bridge")
    ip("-n", f"{TAG}sw", "link", "set", "bridge0", "up")
    for number, host in enumerate(HOSTS, 1):
        ip("netns", "add", f"{TAG}{host}")
        ip("-n", f"{TAG}sw", "link", "add", f"to-{host}", "type", "veth", "peer", "name", "eth0", "netns", f"{TAG}{host}")
        ip("-n", f"{TAG}sw", "link", "set", f"to-{host}", "master", "bridge0", "up")
        ip("-n", f"{TAG}{host}", "address", "add", f"10.77.0.{number}/24", "dev", "eth0")
        ip("-n", f"{TAG}{host}", "link", "set", "eth0", "up")
        ip("-n", f"{TAG}{host}", "link", "set", "lo", "up")


def build():
    """The single index, and its shards as indexes of their own."""
    words = "a pocket full of rye four and twenty blackbirds baked in a pie when the pie was opened the birds began to sing".split()
    lines = [json.dumps({"id": i, "text": " ".join(rng.choice(words) for _ in range(rng.randint(5, 400)))}) for i in range(300)]
    corpora = ROOT / "../shared/corpora"
    if (corpora / "leaks.jsonl").exists():
        lines += (corpora / "leaks.jsonl").read_text().splitlines()
    pathlib.Path("corpus.jsonl").write_text("\n".join(lines) + "\n")
    size = os.path.getsize("corpus.jsonl")
    subprocess.run([NGIDX, "build", "-q", "corpus.jsonl", "-o", "w.ngidx", "--shard-size", str(size * 2 // 5), "--view", "exact,folded"], check=True)
    shards = json.loads(subprocess.run([NGIDX, "stats", "-i", "w.ngidx", "--json"], check=True, capture_output=True).stdout)["shards"]
    counts = [s["documents"] for s in shards if s["file"].endswith(".ngx")]
    check("three shards", len(counts) == 3, counts)
    first = 0
    for number, count in enumerate(counts):
        os.mkdir(f"p{number}")
        pathlib.Path(f"p{number}/corpus.jsonl").write_text("\n".join(lines[first : first + count]) + "\n")
        subprocess.run([NGIDX, "build", "-q", "corpus.jsonl", "-o", "w.ngidx", "--view", "exact,folded"], check=True, cwd=f"p{number}")
        first += count
    return len(lines)


def serve(host, part, port=8642):
    return start(host, NGIDXD, "-i", f"w=p{part}/w.ngidx", "--listen", f"0.0.0.0:{port}", "--threads", "2")


def ask(path, body=None):
    """A request to the front daemon, from its host: curl, since a process has one network."""
    command = [*inside("front"), "curl", "-sS", "-m", "60", "-w", "\n%{http_code}", f"http://127.0.0.1:8642{path}"]
    if body is not None:
        command += ["--json", json.dumps(body)]
    text, _, status = subprocess.run(command, capture_output=True, text=True).stdout.rpartition("\n")
    return int(status or 0), text


LOAD = """
import http.client, sys, threading, time
lost, served, end = [], [0], time.monotonic() + float(sys.argv[1])
def run():
    connection = http.client.HTTPConnection("127.0.0.1", 8642, timeout=60)
    while time.monotonic() < end:
        try:
            connection.request("GET", "/v1/w/" + ("count?query=pie" if served[0] % 2 else "locate?query=pie&limit=3"))
            answer = connection.getresponse()
            body = answer.read()
            served[0] += 1
            if answer.status != 200 or b'"count":' + sys.argv[2].encode() not in body: lost.append((answer.status, body[:300]))
        except OSError as error:
            lost.append(error)
            connection.close()
threads = [threading.Thread(target=run) for _ in range(4)]
[t.start() for t in threads]
[t.join() for t in threads]
print(served[0], len(lost), lost[:3])
"""


def plain(text):
    text = re.sub(r'"(latency_ms|line|lf_steps|searches_recalled)": ?[0-9.]+', "", text)
    return re.sub(r'"next": ?"[0-9a-f]+', "", text)


def compare_all(url):
    with open("near.log", "wb") as log:
        near = subprocess.Popen([*inside("front"), NGIDXD, "-i", "w=w.ngidx", "--listen", "127.0.0.1:8643"], stderr=log)
    processes.append(near)
    time.sleep(1)
    for path in ("count?query=pie", "count?query=THE+PIE&view=folded", "locate?query=pie&limit=500&offset=100", "doc/0", "doc/299",
                 "locate?query=the+pie+was&limit=100&view=folded", "doc?id=150", "count?query=nothing+of+this"):
        far = ask(f"/v1/w/{path}")
        got = subprocess.run([*inside("front"), "curl", "-sS", f"http://127.0.0.1:8643/v1/w/{path}"], capture_output=True, text=True).stdout
        check(f"{path} equals the single index", far[0] == 200 and plain(far[1]) == plain(got) and len(got) > 10, (far, got[:500]))
    with open("own.jsonl", "w") as file:
        for i in range(50):
            file.write(json.dumps({"question": "when the pie was opened the birds began to sing a pocket full of rye " * (i % 3 + 1) + str(i)}) + "\n")
    benchmarks = ["own.jsonl"]
    gsm8k = ROOT / "../shared/corpora/benchmarks/gsm8k-test.jsonl"
    if gsm8k.exists():
        benchmarks.append(gsm8k)
    else:
        print("skip gsm8k: ../shared is not there")
    for folder, index in (("far", f"w={url}"), ("near", "w=w.ngidx")):
        done = subprocess.run([*inside("front"), NGIDX, "contam", *benchmarks, "-i", index, "--report", folder], capture_output=True, text=True)
        check(f"a report of {folder}", done.returncode == 0, done.stderr)
    for name in ("entries.jsonl", "entries.csv"):
        far, near = (plain(pathlib.Path(folder, name).read_text()) for folder in ("far", "near"))
        check(f"{name} of {len(benchmarks)} benchmarks is equal", far == near and len(far) > 1000, (len(far), len(near)))


def main():
    documents = build()
    lay_cables()
    serve("a", 0)
    replica = serve("b", 1)
    serve("c", 2)
    serve("c", 1, 8643)
    config = (ROOT / "scripts/haproxy.cfg").read_text().replace("10.0.0.1:8642", "10.77.0.2:8642").replace("10.0.0.2:8642", "10.77.0.3:8643")
    pathlib.Path("haproxy.cfg").write_text(config)
    start("front", "haproxy", "-db", "-f", "haproxy.cfg")
    time.sleep(1)
    url = "http://10.77.0.1:8642/w,http://127.0.0.1:8700/w,http://10.77.0.3:8642/w"
    start("front", NGIDXD, "-i", f"w={url}", "--listen", "127.0.0.1:8642", "--part-timeout", "8", "--threads", "4")
    compare_all(url)

    count = json.loads(ask("/v1/w/count?query=pie")[1])["count"]
    load = subprocess.Popen([*inside("front"), sys.executable, "-c", LOAD, "4", str(count)], stdout=subprocess.PIPE, text=True)
    processes.append(load)
    time.sleep(1.5)
    replica.send_signal(signal.SIGKILL)  # ip netns exec becomes the program itself
    out = load.communicate()[0]
    served, lost = out.split()[:2]
    check(f"a replica killed under load loses none of {served} requests", lost == "0" and int(served) > 10, out)

    ip("-n", f"{TAG}sw", "link", "set", "to-a", "down")
    began = time.monotonic()
    status, text = ask("/v1/w/count?query=pie")
    took = time.monotonic() - began
    check("a part that is cut off is an error that names it", status == 502 and "part 1 of the index, http://10.77.0.1:8642/w" in text, (status, text))
    check("within its deadline", took < 30, took)
    check("the rest is there", ask(f"/v1/w/doc/{documents - 1}")[0] == 200)
    ip("-n", f"{TAG}sw", "link", "set", "to-a", "up")
    began, status = time.monotonic(), 0
    while status != 200 and time.monotonic() - began < 60:
        status, text = ask("/v1/w/count?query=pie")
    check("it is back without a restart", status == 200 and json.loads(text)["count"] == count, (status, text))
    serve("b", 1)
    check("and so is the replica", ask("/v1/w/count?query=pie")[0] == 200)


for program in ("ip", "haproxy", "curl"):
    if not shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin"):
        skip(f"{program} is not there")
os.environ["PATH"] += ":/usr/sbin"
if ip("netns", "add", f"{TAG}x", fails=True).returncode:
    skip("network namespaces are not permitted here")
ip("netns", "delete", f"{TAG}x", fails=True)
try:
    main()
finally:
    for process in reversed(processes):
        process.kill()
        process.wait()
    for host in [*HOSTS, "sw"]:
        ip("netns", "delete", f"{TAG}{host}", fails=True)
