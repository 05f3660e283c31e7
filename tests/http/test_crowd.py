"""Clients that cost a server more than they do: unfinished bodies, answers that nobody reads, heads that trickle in, idle
connections. All at a time: others are served as before, and memory stays under its bound."""

import resource
import statistics

from lib import *

BUFFERED = 32 << 20
BODIES, ANSWERS, READERS, TRICKLES, IDLE = 40, 20, 200, 200, 5000
CONNECTION_BYTES = 4096  # what an idle connection may cost
SLACK_BYTES = 16 << 20  # of the allocator, and of the rest of the daemon
HEAD = b"POST /v1/big/count HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 16000000\r\n\r\n"

index = build("big", [("".join(f"{i:07d} " for i in range(250000)), {})])


def resident(d):
    status = pathlib.Path(f"/proc/{d.process.pid}/status").read_text()
    return int(re.search(r"RssAnon:\s+(\d+) kB", status)[1]) << 10


def connect(d, narrow=False):
    connection = socket.socket()
    connection.settimeout(20)
    if narrow:  # so that an answer waits in the daemon, not in the system
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", d.port))
    return connection


def unfinished(d):
    """All of a body but its end. Returns the connections, and how many were told that there is no room."""
    crowd, refused = [connect(d) for _ in range(BODIES)], 0
    for connection in crowd:
        try:
            connection.sendall(HEAD + b"x" * 15999000)
        except OSError:
            pass  # was refused, and more than lingers was sent
    for connection in crowd:
        connection.settimeout(0.05)
        try:
            refused += connection.recv(100).startswith(b"HTTP/1.1 503")
        except TimeoutError:
            pass
    return crowd, refused


def times(d, count=100):
    """How long sound requests take, in milliseconds: GET and POST, on a new connection and on one that stays."""
    taken, stays = [], d.connect()
    for i in range(count):
        connection = d.connect() if i % 2 else stays
        start = time.monotonic()
        if i % 4 < 2:
            connection.request("GET", "/v1/big/count?query=0001234")
        else:
            connection.request("POST", "/v1/big/count", b'{"query": "0001234"}', {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = response.read()
        taken.append(1000 * (time.monotonic() - start))
        if response.status != 200 or json.loads(answer)["count"] != 1:
            return [float("inf"), answer]
        if connection is not stays:
            connection.close()
    return sorted(taken)


def served(d, name):
    taken = times(d)
    p95 = taken[int(len(taken) * 0.95)]
    check(f"{name}: others are served within 50 ms", p95 < 50, taken[-10:])
    print(f"# {name}: median {statistics.median(taken):.1f} ms, p95 {p95:.1f} ms, most {taken[-1]:.1f} ms")


def bounded(d, before, connections, name):
    now = resident(d)
    most = before + BUFFERED + connections * CONNECTION_BYTES + SLACK_BYTES
    if SANITIZED:
        skip(f"{name}: memory", "the sanitizers keep what is freed")
    else:
        check(f"{name}: memory is bounded", now < most, f"{now >> 10} KB, bound {most >> 10} KB")
        print(f"# {name}: {(now - before) / 1e6:.1f} MB more than before, bound {(most - before) / 1e6:.1f} MB")


def test():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    idle_count = min(IDLE, hard - ANSWERS - READERS - TRICKLES - 100)
    if idle_count < IDLE:
        skip(f"{IDLE} idle clients", f"the system allows {idle_count}")
    with Daemon("-i", index, "--max-buffered", BUFFERED, "--header-timeout", 120) as d:
        served(d, "nobody else")
        before = resident(d)
        crowd, refused = unfinished(d)
        check(f"{BODIES} unfinished bodies: those over the bound get 503 ({refused})", 0 < refused < BODIES, refused)
        served(d, f"{BODIES} unfinished bodies")
        bounded(d, before, BODIES, f"{BODIES} unfinished bodies")
        for connection in crowd:
            connection.close()
        crowd = []
        for request, count, repeated in ((b"/v1/big/doc/0", ANSWERS, 1), (b"/", READERS, 20)):
            crowd += [connect(d, narrow=True) for _ in range(count)]
            for connection in crowd[-count:]:
                connection.sendall(b"GET " + request + b" HTTP/1.1\r\nHost: localhost\r\n\r\n" * repeated)
        check("their answers are made", wait_for(lambda: idle(d), 120))
        served(d, f"{len(crowd)} clients that read nothing")
        bounded(d, before, len(crowd), f"{len(crowd)} clients that read nothing")
        lost = re.search(rb'endpoint="doc",code="503"} (\d+)', d.get("/metrics").body)
        check(f"answers over the bound become 503 ({lost and lost[1]})", lost and 0 < int(lost[1]) < ANSWERS)
        trickles = [connect(d) for _ in range(TRICKLES)]
        for i in range(60):
            for connection in trickles:
                connection.sendall(HEAD[i : i + 1])
        crowd += trickles
        served(d, f"{TRICKLES} clients whose heads trickle in")
        crowd += [connect(d) for _ in range(idle_count)]
        served(d, f"{idle_count} idle clients")
        bounded(d, before, len(crowd), "all of them")
        for connection in crowd:
            connection.close()
        check("and then there is room again", wait_for(lambda: fits(d)))


def idle(d):
    metrics = d.get("/metrics").body.decode()
    return "ngidx_requests_running 0" in metrics and "ngidx_queue_length 0" in metrics


def fits(d):
    with contextlib.closing(d.connect()) as connection:
        connection.request("POST", "/v1/big/batch", json.dumps({"queries": ["1" * 1000] * 10000}), {"Content-Type": "application/json"})
        return connection.getresponse().status == 200


main(test)
