"""Mixed load: sound clients, and others that hang, cut off and send junk, while the indexes are opened anew every
second and one is replaced every few. No request that was accepted is lost, every answer is right, memory stays flat.

LOAD_SECONDS is how long (default 6). For a longer run: LOAD_SECONDS=600 tests/http/run.sh load"""

import random
import threading

from lib import *

SECONDS = float(os.environ.get("LOAD_SECONDS", "6"))
JSON = {"Content-Type": "application/json"}
LEAST_GROWTH_BYTES = 8 << 20  # what the allocator may keep back

VERSIONS = [BIRDS, BIRDS[:150]]
birds = build("birds", VERSIONS[0], "--shard-size", "5000")
fish = build("fish", FISH)
going = True
lock = threading.Lock()
lost, wrong, answered = [], [], 0
log_position = 0


def counted(text):
    return [sum(document.count(text) for document, _ in version) for version in VERSIONS]


CALLS = [
    ("GET", "/v1/fish/count?query=fish", None, lambda a: a["count"] == 504),
    ("POST", "/", {"index": "birds", "query_type": "count", "query": "sixpence"}, lambda a: a["count"] in counted("sixpence")),
    ("POST", "/", {"index": "birds", "query_type": "find", "query": "bird"}, lambda a: a["cnt"] in counted("bird")),
    ("POST", "/", {"index": "fish", "query_type": "get_doc_by_rank", "query": "a", "s": 0, "rank": 5}, lambda a: "text" in a),
    ("GET", "/v1/birds/locate?query=sings&limit=20", None, lambda a: len(a["hits"]) == 20),
    ("GET", "/v1/birds/doc/17", None, lambda a: a["text"] == BIRDS[17][0]),
    ("POST", "/v1/birds/batch", {"queries": ["sixpence", "zebra"] * 50}, lambda a: a["counts"][:2] in [[200, 0], [150, 0]]),
    ("POST", "/v1/birds/contam", {"entries": [BIRDS[3][0], "x" * 80]}, lambda a: a["summary"]["dirty"] == 1),
    ("POST", "/v1/fish/trace", {"text": FISH[3][0][:200], "min_chars": 20}, lambda a: a["covered_characters"] == 200),
    ("GET", "/v1/indexes", None, lambda a: len(a["indexes"]) == 2),
    ("GET", "/v1/none/count?query=a", None, lambda a: a["status"] == 404),
]


def sound(d, seed):
    global answered
    rng = random.Random(seed)
    connection = d.connect()
    while going:
        method, path, body, fits = rng.choice(CALLS)
        try:
            connection.request(method, path, json.dumps(body) if body else None, JSON if body else {})
            response = connection.getresponse()
            answer = json.loads(response.read())
        except (OSError, http.client.HTTPException) as error:
            lost.append((method, path, repr(error)))
            connection.close()
            connection = d.connect()
            continue
        if response.status >= 429 or not fits(answer):
            wrong.append((method, path, response.status, str(answer)[:300]))
        with lock:
            answered += 1
        if rng.random() < 0.01:
            connection.close()
    connection.close()


def unsound(d, seed):
    rng = random.Random(seed)
    hanging = []
    while going:
        kind = rng.randrange(4)
        method, path, body, _ = rng.choice(CALLS)
        body = json.dumps(body).encode() if body else b""
        request = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        try:
            connection = socket.create_connection(("127.0.0.1", d.port), timeout=5)
            if kind == 0:  # hangs in the middle
                connection.sendall(request[: rng.randrange(len(request))])
                hanging.append(connection)
                if len(hanging) > 20:
                    hanging.pop(0).close()
                continue
            if kind == 1:  # goes without waiting for the answer
                connection.sendall(request)
            elif kind == 2:  # cuts off
                connection.sendall(request[: rng.randrange(len(request))])
            else:
                connection.sendall(rng.randbytes(rng.randrange(1, 2000)))
            connection.close()
        except OSError:
            pass
        time.sleep(0.01)
    for connection in hanging:
        connection.close()


def unrest(d):
    second = 0
    while going:
        d.hang_up()
        time.sleep(1)
        second += 1
        if second % 3 == 0:
            build("birds", VERSIONS[second // 3 % 2], "--shard-size", "5000")


def resident(d):
    status = pathlib.Path(f"/proc/{d.process.pid}/status").read_text()
    return int(re.search(r"RssAnon:\s+(\d+) kB", status)[1]) << 10


def test():
    global going
    with Daemon("-i", birds, "-i", fish, "--idle", 5) as d:
        jobs = [(sound, 1), (sound, 2), (sound, 3), (unsound, 4)]
        threads = [threading.Thread(target=job, args=(d, seed)) for job, seed in jobs]
        threads.append(threading.Thread(target=unrest, args=(d,)))
        for thread in threads:
            thread.start()
        time.sleep(SECONDS * 0.3)
        early = resident(d)
        time.sleep(SECONDS * 0.7)
        late = resident(d)
        going = False
        for thread in threads:
            thread.join()
        check("no request was lost", not lost, lost[:5])
        check("every answer is right", not wrong, wrong[:5])
        check(f"requests were answered ({answered} in {SECONDS:.0f} s)", answered > 20 * SECONDS, answered)
        if SANITIZED:
            skip("memory", "the sanitizers keep what is freed")
        else:
            check(f"memory is flat ({early >> 10} KB, then {late >> 10} KB)", late < early + LEAST_GROWTH_BYTES, (early, late))
        reloads = re.search(r"^ngidx_reloads_total (\d+)", d.get("/metrics").body.decode(), re.M)
        # Once a second, but on a machine that has other work.
        check("indexes were opened anew", int(reloads[1]) > SECONDS / 3, reloads[1])
        check("the daemon lives", d.process.poll() is None)


main(test)
