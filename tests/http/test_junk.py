"""Bytes on a socket that are no sound request: whatever comes, the daemon lives and answers the next one."""

import random

from lib import *

index = build("fish", FISH)
JSON = b"Host: localhost\r\nContent-Type: application/json\r\n"
GOOD = b"POST / HTTP/1.1\r\n" + JSON + b'Content-Length: 57\r\n\r\n{"index": "fish", "query_type": "count", "query": "fish"}'
SEEDS = [
    GOOD,
    b"GET /v1/fish/locate?query=fish&limit=3 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"POST /v1/fish/batch HTTP/1.1\r\n" + JSON + b"Transfer-Encoding: chunked\r\n\r\n16\r\n{\"queries\": [\"fish\", 1\r\n2\r\n]}\r\n0\r\n\r\n",
    b"GET / HTTP/1.0\r\n\r\n",
]
CASES = {
    "nothing": b"",
    "noise": bytes(random.Random(1).randbytes(5000)),
    "a line without an end": b"GET /" + b"a" * 100000,
    "no version": b"GET /livez\r\n\r\n",
    "a version that is not": b"GET /livez HTTP/9.9\r\n\r\n",
    "a method that is not": b"BREW /livez HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a negative length": b"POST / HTTP/1.1\r\n" + JSON + b"Content-Length: -1\r\n\r\n",
    "a length that is no number": b"POST / HTTP/1.1\r\n" + JSON + b"Content-Length: x\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\n" + JSON + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a chunk that is no number": b"POST / HTTP/1.1\r\n" + JSON + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "an endless chunk": b"POST / HTTP/1.1\r\n" + JSON + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
    "NUL in the path": b"GET /v1/\0/count HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "headers without a colon": b"GET /livez HTTP/1.1\r\nnonsense\r\n\r\n",
    "a whole URL": b"GET http://example.org/v1/fish/count?query=a HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "an odd URL": b"GET //\\..%2f..%00?%%%& HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a proxy's method": b"CONNECT example.org:443 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "TLS": bytes.fromhex("1603010200010001fc0303") + b"\x00" * 500,
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}


def fixed(d):
    for name, data in CASES.items():
        got = d.raw(data, timeout=0.3, half_close=True)
        check(f"{name}: no success", not got.startswith(b"HTTP/1.1 200") or name == "a whole URL", got[:200])
    equal("the daemon lives", d.get("/livez").status, 200)


def pipelined(d):
    got = d.raw(GOOD * 5 + b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", timeout=20)
    equal("requests that do not wait for answers get theirs", (got.count(b'{"count":504'), got.count(b"alive")), (5, 1))
    with socket.create_connection(("127.0.0.1", d.port)) as connection:
        for i in range(len(GOOD)):
            connection.sendall(GOOD[i : i + 1])
        check("a byte at a time", b'"count":504' in connection.recv(65536))
    for data in SEEDS[:2]:
        for cut in range(0, len(data), 7):
            with socket.create_connection(("127.0.0.1", d.port)) as connection:
                connection.sendall(data[:cut])
    equal("cut off anywhere", d.get("/livez").status, 200)


def mutated(d, seconds):
    """Sound requests with some bytes changed, cut out or doubled."""
    rng = random.Random(int(os.environ.get("JUNK_SEED", "7")))
    end, sent = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        data = bytearray(rng.choice(SEEDS))
        for _ in range(rng.randint(1, 8)):
            at = rng.randrange(len(data))
            kind = rng.randrange(3)
            if kind == 0:
                data[at] = rng.randrange(256)
            elif kind == 1:
                del data[at : at + rng.randint(1, 20)]
            else:
                data[at:at] = data[at : at + rng.randint(1, 20)]
            if not data:
                data = bytearray(b"\r\n")
        try:
            d.raw(bytes(data), timeout=0.05, half_close=rng.random() < 0.9)
        except OSError:
            pass
        sent += 1
    check(f"the daemon lives after junk ({sent} requests)", d.process.poll() is None and d.get("/livez").status == 200, sent)
    equal("and counts", d.get("/v1/fish/count?query=fish").json["count"], 504)


def test():
    with Daemon("-i", index, "--timeout", 5) as d:
        fixed(d)
        pipelined(d)
        mutated(d, float(os.environ.get("JUNK_SECONDS", "3")))


main(test)
