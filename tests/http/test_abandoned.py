"""Expensive requests that nobody waits for any more: the work stops, and others are served."""

import random
import struct
import threading

from lib import *

DEADLINE = 1
chance = random.Random(16)
WORDS = ["".join(chance.choice("abcdefghij") for _ in range(chance.randint(1, 6))) for _ in range(500)]


def text_of(length):
    return " ".join(chance.choice(WORDS) for _ in range(length // 4))[:length]


# Positions are sampled seldom, so that to locate a hit takes tens of thousands of steps.
slow = build("slow", [(text_of(90000), {}) for _ in range(25)], "--sa-sample", 65536)
TRACE = {"text": text_of(2000), "min_chars": 1, "evidence": 20, "context": 65536}
CONTAM = {"entries": [text_of(5) for _ in range(200)], "evidence": 20, "context": 65536}
# Without context its answer stays small, and it takes longest.
LONG = {**TRACE, "text": text_of(40000), "context": 0}
# One locates a page of hits, each of which walks alone. One looks for two phrases near each other.
FIRST_HITS = {"query": "a", "limit": 1000, "context": 0}
TOGETHER = {"query": "ab", "and": ["bc"], "within": 3, "docs_limit": 1000000}
KINDS = {"trace": TRACE, "contam": CONTAM, "locate": FIRST_HITS, "count": TOGETHER}


def metric(d, name):
    return int(re.search(rf"^{name} (\d+)$", d.get("/metrics").body.decode(), re.M)[1])


def idle(d):
    return metric(d, "ngidx_requests_running") == 0


def send(d, kind, body):
    connection = d.connect()
    connection.request("POST", f"/v1/slow/{kind}", json.dumps(body), {"Content-Type": "application/json"})
    return connection


def plain_count(d):
    start = time.monotonic()
    status = d.get("/v1/slow/count?query=a").status
    return status, time.monotonic() - start


def in_time(d, name, attempt):
    """Whether an attempt takes no longer than the deadline and a tenth: once in three, as machines stand still at times."""
    for _ in range(3):
        wait_for(lambda: idle(d), 60)
        status, took = attempt()
        if status == 200 and took < DEADLINE + 0.1:
            break
    check(name, status == 200 and took < DEADLINE + 0.1, (status, took))


def expensive():
    """What follows says something only if the requests take longer than the deadline."""
    with Daemon("-i", slow, "--threads", 2) as d:
        for kind, body in KINDS.items():
            connection = send(d, kind, body)
            time.sleep(1.5 * DEADLINE)
            check(f"{kind} is expensive", not idle(d))
            connection.close()
            check(f"{kind} is given up", wait_for(lambda: idle(d), 5))


def left_by_clients():
    with Daemon("-i", slow, "--threads", 2) as d:
        for kind, body in KINDS.items():

            def attempt():
                for _ in range(10):
                    connection = send(d, kind, body)
                    time.sleep(0.02)
                    connection.close()
                return plain_count(d)

            in_time(d, f"a count behind ten {kind} requests that were left", attempt)
            check(f"no {kind} goes on", wait_for(lambda: idle(d), 5), d.get("/metrics"))
        check("they are counted", metric(d, "ngidx_requests_cancelled_total") >= 20, d.get("/metrics"))


def broken_off():
    """A reset right behind a request: the interim answer it asks for can no longer be sent, and breaks the connection."""
    head = "POST /v1/slow/trace HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
    body = json.dumps({**TRACE, "text": TRACE["text"][:300], "context": 60})
    with Daemon("-i", slow, "--threads", 2) as d:
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", d.port)) as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
            time.sleep(0.02)
        check("no request that was broken off goes on", wait_for(lambda: idle(d), 5), d.get("/metrics"))
        equal("each is counted", metric(d, "ngidx_requests_cancelled_total"), 20)
        metrics = d.get("/metrics").body.decode()
        # A reset may come before the request's end, and then no endpoint is known yet.
        left = sum(int(count) for count in re.findall(r'endpoint="(?:trace|other)",code="499"} (\d+)', metrics))
        check("as one whose client went away", left == 20, metrics)


def late():
    with Daemon("-i", slow, "--threads", 2, "--timeout", DEADLINE) as d:
        for kind, body in KINDS.items():

            def attempt():
                connections = [send(d, kind, body) for _ in range(10)]
                time.sleep(0.3)
                counted = plain_count(d)
                equal(f"{kind} is late", {c.getresponse().status for c in connections}, {504})
                for connection in connections:
                    connection.close()
                return counted

            in_time(d, f"a count behind ten {kind} requests that are late", attempt)
            check(f"no {kind} goes on", wait_for(lambda: idle(d), 5), d.get("/metrics"))


def stalled():
    with Daemon("-i", slow, "--threads", 1) as d:
        connection = send(d, "trace", LONG)
        check("a request is under way", wait_for(lambda: metric(d, "ngidx_requests_running") == 1))
        time.sleep(6)
        ready = d.get("/readyz")
        equal("a busy thread alone is no reason", (ready.status, ready.json["stalled"]), (200, False))
        answers = []
        thread = threading.Thread(target=lambda: answers.append(plain_count(d)))
        thread.start()
        equal("nor is one that has just come to wait", d.get("/readyz").status, 200)
        check("not ready once it waits long", wait_for(lambda: d.get("/readyz").status == 503, 20))
        equal("and why", [d.get("/readyz").json[k] for k in ("stalled", "ready", "draining")], [True, False, False])
        equal("alive all the same", d.get("/livez").status, 200)
        connection.close()
        thread.join(60)
        equal("who waited is served", [status for status, _ in answers], [200])
        equal("ready again", d.get("/readyz").status, 200)


def sizes():
    wide = build("wide", [(text_of(150000), {}) for _ in range(25)])
    with Daemon("-i", wide, "--max-text", "1M") as d:
        limit = d.get("/v1/indexes").json["limits"]["answer_bytes"]
        letters = "".join(chance.choice("abcdefghij") for _ in range(200000))
        bodies = {
            "trace with much evidence": ("trace", TRACE),
            "contam with much evidence": ("contam", CONTAM),
            "trace with many pieces": ("trace", {"text": letters, "min_chars": 1, "evidence": 0}),
        }
        for name, (kind, body) in bodies.items():
            answer = d.post(f"/v1/wide/{kind}", body)
            equal(f"{name}: too large", (answer.status, answer.headers["Content-Type"]), (413, "application/problem+json"))
            check(f"{name}: the limit is named", str(limit) in answer.json["detail"] and answer.json["hint"], answer)
        answer = d.post("/v1/wide/trace", {**TRACE, "text": TRACE["text"][:10], "context": 1000})
        check("less is answered", answer.status == 200 and len(answer.body) < 2 * limit, answer.status)


main(expensive, left_by_clients, broken_off, late, stalled, sizes)
