"""Fails the allocations that the daemon makes for a request, each in turn (fault.c). The answer is then the right one, or
one that tells of an error, or none; the daemon lives on. A few of the allocations, or with NGIDX_FAULTS=all every one."""

import concurrent.futures
import http.client
import json
import os
import random
import re
import subprocess
import time

NGIDX, NGIDXD, FAULT = os.environ["NGIDX"], os.environ["NGIDXD"], os.environ["FAULT_LIBRARY"]
EVERY = os.environ.get("NGIDX_FAULTS") == "all"
MOST = 6

# Method, path, body, and how many of the allocations to fail; None: all.
REQUESTS = {
    "peer's document": ("POST", "/", {"query_type": "get_doc_by_rank", "index": "i", "query": "fish", "s": 0, "rank": 0}, None),
    "peer's find": ("POST", "/", {"query_type": "find", "index": "i", "query": "fish"}, MOST),
    "count": ("POST", "/v1/i/count", {"query": "fish", "docs": True}, MOST),
    "together": ("POST", "/v1/i/count", {"query": "fish", "and": ["red"], "not": ["two"]}, MOST),
    "locate": ("POST", "/v1/i/locate", {"query": "fish", "limit": 3}, MOST),
    "locate a sample": ("POST", "/v1/i/locate", {"query": "fish", "sample": 2, "view": "folded"}, MOST),
    "next": ("POST", "/v1/i/next", {"query": "fish"}, MOST),
    "batch": ("POST", "/v1/i/batch", {"queries": ["fish", "red"]}, MOST),
    "document": ("GET", "/v1/i/doc/1", None, MOST),
    "contam": ("POST", "/v1/i/contam", {"entries": ["one fish two fish red fish"], "chars": 8}, MOST),
    "recipe": ("POST", "/v1/i/contam", {"entries": ["one fish two fish red fish one fish two"], "preset": "llama3"}, MOST),
    "trace": ("POST", "/v1/i/trace", {"text": "one fish two fish", "min_chars": 4}, MOST),
    "indexes": ("GET", "/v1/indexes", None, MOST),
    "readiness": ("GET", "/readyz", None, MOST),
}


def run(name, request, fault=""):
    """Runs the daemon for a request, or none, with files called name. The answer (status and JSON without its time, or None), whether the daemon
    was ready, how it ended, and how many allocations there were."""
    environment = {**os.environ, "LD_PRELOAD": FAULT, "FAULT": fault, "FAULT_COUNTS": os.path.abspath(f"{name}.counts")}
    with open(f"{name}.log", "wb") as log:
        daemon = subprocess.Popen([NGIDXD, "-l", "127.0.0.1:0", "-i", "i=i.ngidx", "-t", "1", "--timeout", "2"], stderr=log, env=environment)
        port, answer, began = None, None, time.monotonic()
        while port is None and daemon.poll() is None and time.monotonic() < began + 60:
            with open(f"{name}.log", "rb") as text:
                port = re.search(rb"http://127\.0\.0\.1:(\d+)/", text.read())
            if port is None:
                time.sleep(0.002)
        if port and request:
            answer = ask(int(port[1]), *request)
        if daemon.poll() is None:
            daemon.terminate()
        try:
            code = daemon.wait(60)
        except subprocess.TimeoutExpired:
            daemon.kill()
            code = "hangs"
    with open(f"{name}.counts", encoding="ascii") as file:
        allocations = int(file.readline().split()[1])
    return answer, port is not None, code, allocations


def ask(port, method, path, body, _):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request(method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read()
        return response.status, untimed(text)
    except TimeoutError:
        return 0, "hangs"
    except (http.client.HTTPException, ConnectionError):
        return None
    finally:
        connection.close()


def untimed(text):
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return {key: part for key, part in value.items() if not key.startswith("latency")}


def try_request(name, rng):
    request = REQUESTS[name]
    idle = run(name, None)[3]
    wanted, _, code, all_calls = run(name, request)
    if not wanted or wanted[0] != 200 or code != 0:
        return [f"{wanted} without a fault, exit status {code}"], 0
    calls = range(idle - 8, all_calls + 1)
    if not EVERY and request[3] and len(calls) > request[3]:
        calls = sorted(rng.sample(calls, request[3]))
    wrong, failed = [], 0
    for call in calls:
        answer, ready, code, _ = run(name, request, f"alloc:{call}")
        failed += answer != wanted
        if ready and code != 0:
            wrong.append(f"alloc:{call}: the daemon ends with {code}")
        if answer and answer[0] < 500 and answer != wanted:
            wrong.append(f"alloc:{call}: {str(answer)[:300]}")
    return wrong, failed


def main():
    with open("corpus.jsonl", "w", encoding="ascii") as file:
        for i, text in enumerate(["one fish two fish red fish", "blue fish and one fish two", "no such animal"]):
            file.write(json.dumps({"text": text, "id": i, "title": "t" * 200}) + "\n")
    subprocess.run([NGIDX, "build", "-q", "corpus.jsonl", "-o", "i.ngidx", "--view", "exact,folded"], check=True)
    total = 0
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda name: try_request(name, random.Random(name)), REQUESTS))
    for name, (wrong, failed) in zip(REQUESTS, results):
        total += failed
        print("\n".join([f"{'not ok' if wrong else 'ok'} {name}: {failed} answers failed", *(f"    {why}" for why in wrong[:20])]))
    print(("ok" if total > len(REQUESTS) else "not ok") + f" {total} answers failed")


main()
