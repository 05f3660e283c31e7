"""What the daemon refuses of HTTP, byte by byte over a raw socket: the status, and how the connection ends. After RFC 9112
and 9110: two readers of one request must not differ about where it ends, or whom it is for."""

import gzip
import urllib.error
import urllib.request

from lib import *

index = build("fish", FISH)
BODY = b'{"query": "fish"}'
JSON = b"Content-Type: application/json\r\n"
HOST = b"Host: localhost\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)


def get(fields=b"", line=b"GET /livez HTTP/1.1", host=HOST):
    return line + b"\r\n" + host + fields + b"\r\n"


def post(fields, body=BODY, path=b"/v1/fish/count", json_type=JSON):
    return b"POST " + path + b" HTTP/1.1\r\n" + HOST + json_type + fields + b"\r\n" + body


def chunked(body):
    return post(b"Transfer-Encoding: chunked\r\n", body)


# name -> (bytes, status, "closed" or "open")
CASES = {
    "a sound GET": (get(), 200, "open"),
    "a sound POST": (post(LENGTH), 200, "open"),
    "Connection: close": (get(b"Connection: close\r\n"), 200, "closed"),
    "close among other tokens": (get(b"Connection: x, Close\r\n"), 200, "closed"),
    "HTTP/1.0": (get(line=b"GET /livez HTTP/1.0", host=b""), 200, "closed"),
    "HTTP/1.0 that wants to stay": (get(b"Connection: keep-alive\r\n", b"GET /livez HTTP/1.0"), 200, "open"),
    "an empty line before": (b"\r\n" + get(), 200, "open"),
    "a whole URL": (get(line=b"GET http://localhost/livez HTTP/1.1", host=b"Host: other\r\n"), 200, "open"),
    "a whole URL of another": (get(line=b"GET http://example.org/livez HTTP/1.1"), 421, "open"),
    "a whole URL of a user": (get(line=b"GET http://localhost:x@example.org/livez HTTP/1.1"), 400, "closed"),
    # Where the body ends
    "two lengths": (post(LENGTH + b"Content-Length: 1\r\n"), 400, "closed"),
    "two equal lengths": (post(LENGTH + LENGTH), 400, "closed"),
    "a list of lengths": (post(b"Content-Length: 17, 17\r\n"), 400, "closed"),
    "+17": (post(b"Content-Length: +17\r\n"), 400, "closed"),
    "-17": (post(b"Content-Length: -17\r\n"), 400, "closed"),
    "0x11": (post(b"Content-Length: 0x11\r\n"), 400, "closed"),
    "1 7": (post(b"Content-Length: 1 7\r\n"), 400, "closed"),
    "an empty length": (post(b"Content-Length:\r\n"), 400, "closed"),
    "a length over 64 bits": (post(b"Content-Length: 99999999999999999999999999\r\n"), 413, "closed"),
    "chunks and a length": (post(LENGTH + b"Transfer-Encoding: chunked\r\n"), 400, "closed"),
    "a length and chunks": (post(b"Transfer-Encoding: chunked\r\n" + LENGTH), 400, "closed"),
    "gzip, chunked": (post(b"Transfer-Encoding: gzip, chunked\r\n"), 501, "closed"),
    "identity, chunked": (post(b"Transfer-Encoding: identity, chunked\r\n"), 501, "closed"),
    "chunked, chunked": (post(b"Transfer-Encoding: chunked, chunked\r\n"), 501, "closed"),
    "identity": (post(b"Transfer-Encoding: identity\r\n"), 501, "closed"),
    "chunked twice": (post(b"Transfer-Encoding: chunked\r\n" * 2), 400, "closed"),
    "xchunked": (post(b"Transfer-Encoding: xchunked\r\n"), 501, "closed"),
    "chunks in HTTP/1.0": (chunked(b"0\r\n\r\n").replace(b"HTTP/1.1", b"HTTP/1.0"), 400, "closed"),
    # Chunks
    "chunks": (chunked(b"11\r\n" + BODY + b"\r\n0\r\n\r\n"), 200, "open"),
    "a size with zeros before": (chunked(b"0011\r\n" + BODY + b"\r\n000\r\n\r\n"), 200, "open"),
    "extensions": (chunked(b'11;a=b;c="d e"\r\n' + BODY + b"\r\n0;x\r\n\r\n"), 200, "open"),
    "an extension after a space": (chunked(b"11 ;a=b\r\n" + BODY + b"\r\n0\r\n\r\n"), 200, "open"),
    "a trailer": (chunked(b"11\r\n" + BODY + b"\r\n0\r\nX: y\r\n\r\n"), 200, "open"),
    "a size with a sign": (chunked(b"+11\r\n" + BODY + b"\r\n0\r\n\r\n"), 400, "closed"),
    "a size with 0x": (chunked(b"0x11\r\n" + BODY + b"\r\n0\r\n\r\n"), 400, "closed"),
    "a size with a space before": (chunked(b" 11\r\n" + BODY + b"\r\n0\r\n\r\n"), 400, "closed"),
    "an empty size": (chunked(b"\r\n" + BODY + b"\r\n0\r\n\r\n"), 400, "closed"),
    "a size of 17 digits": (chunked(b"1" + b"0" * 16 + b"\r\n"), 400, "closed"),
    "a size over the limit": (chunked(b"ffffffffffffffff\r\n"), 413, "closed"),
    "a chunk longer than its size": (chunked(b"10\r\n" + BODY + b"\r\n0\r\n\r\n"), 400, "closed"),
    "a chunk that ends in LF": (chunked(b"11\r\n" + BODY + b"\n0\r\n\r\n"), 400, "closed"),
    "a size that ends in LF": (chunked(b"11\n" + BODY + b"\r\n0\r\n\r\n"), 400, "closed"),
    "endless extensions": (chunked(b"11;" + b"x" * 20000), 400, "closed"),
    "endless trailers": (chunked(b"0\r\n" + b"X: y\r\n" * 5000), 400, "closed"),
    "NUL in an extension": (chunked(b"11;\0\r\n" + BODY + b"\r\n0\r\n\r\n"), 400, "closed"),
    # The host
    "no Host": (get(host=b""), 400, "closed"),
    "two Host": (get(host=HOST * 2), 400, "closed"),
    "two different Host": (get(host=HOST + b"Host: evil.example\r\n"), 400, "closed"),
    "a Host that is none": (get(host=b"Host: a/b\r\n"), 400, "closed"),
    "a Host of a user": (get(host=b"Host: a@localhost\r\n"), 400, "closed"),
    "a Host with two ports": (get(host=b"Host: localhost:80:evil\r\n"), 400, "closed"),
    "a Host with a port that is none": (get(host=b"Host: localhost:evil.example\r\n"), 400, "closed"),
    "a Host with more behind the brackets": (get(host=b"Host: [::1].evil.example\r\n"), 400, "closed"),
    "another Host": (get(host=b"Host: evil.example\r\n"), 421, "open"),
    "another Host, which begins like ours": (get(host=b"Host: localhost.evil.example\r\n"), 421, "open"),
    "an empty Host": (get(host=b"Host:\r\n"), 421, "open"),
    "a Host with a port": (get(host=b"Host: LOCALHOST:99\r\n"), 200, "open"),
    "a Host in brackets": (get(host=b"Host: [::1]:8642\r\n"), 200, "open"),
    "the address reached": (get(host=b"Host: 127.0.0.1\r\n"), 200, "open"),
    # Lines
    "bare LF": (get().replace(b"\r\n", b"\n"), 400, "closed"),
    "bare LF in one line": (get(b"A: b\nC: d\r\n"), 400, "closed"),
    "bare CR": (get(b"A: b\rC: d\r\n"), 400, "closed"),
    "a folded line": (get(b"A: b\r\n c\r\n"), 400, "closed"),
    "a folded line first": (get(host=b" x\r\n" + HOST), 400, "closed"),
    "NUL in a value": (get(b"A: b\0c\r\n"), 400, "closed"),
    "NUL in a name": (get(b"A\0: b\r\n"), 400, "closed"),
    "a control byte in a value": (get(b"A: b\x01c\r\n"), 400, "closed"),
    "DEL in a value": (get(b"A: b\x7fc\r\n"), 400, "closed"),
    "UTF-8 in a value": (get("A: é\r\n".encode()), 200, "open"),
    "a space before the colon": (get(b"A : b\r\n"), 400, "closed"),
    "a space before the colon of a length": (post(b"Content-Length : 17\r\n"), 400, "closed"),
    "no colon": (get(b"A\r\n"), 400, "closed"),
    "no name": (get(b": b\r\n"), 400, "closed"),
    "a name that is no token": (get(b"A(b): c\r\n"), 400, "closed"),
    # The request line
    "HTTP/1.2": (get(line=b"GET /livez HTTP/1.2"), 505, "closed"),
    "HTTP/2.0": (get(line=b"GET /livez HTTP/2.0"), 505, "closed"),
    "HTTP/0.9": (get(line=b"GET /livez HTTP/0.9"), 505, "closed"),
    "HTTP/1.10": (get(line=b"GET /livez HTTP/1.10"), 400, "closed"),
    "http/1.1": (get(line=b"GET /livez http/1.1"), 400, "closed"),
    "no version": (get(line=b"GET /livez"), 400, "closed"),
    "two spaces": (get(line=b"GET  /livez HTTP/1.1"), 400, "closed"),
    "a space in the target": (get(line=b"GET /livez x HTTP/1.1"), 400, "closed"),
    "a tab in the target": (get(line=b"GET /livez\tx HTTP/1.1"), 400, "closed"),
    "a space after the version": (get(line=b"GET /livez HTTP/1.1 "), 400, "closed"),
    "no slash": (get(line=b"GET livez HTTP/1.1"), 400, "closed"),
    "a fragment": (get(line=b"GET /livez#x HTTP/1.1"), 400, "closed"),
    "a method that is no token": (get(line=b"G(T /livez HTTP/1.1"), 400, "closed"),
    "a method that is unknown": (get(line=b"BREW /livez HTTP/1.1"), 405, "open"),
    "CONNECT": (get(line=b"CONNECT example.org:443 HTTP/1.1"), 501, "closed"),
    "CONNECT of a path": (get(line=b"CONNECT / HTTP/1.1"), 501, "closed"),
    "UTF-8 in the target": (get(line="GET /v1/fish/count?query=Grüße HTTP/1.1".encode()), 200, "open"),
    "a long URL": (get(line=b"GET /v1/fish/count?query=" + b"a" * 70000 + b" HTTP/1.1"), 414, "closed"),
    "many fields": (get(b"A: b\r\n" * 20000), 431, "closed"),
    # The body
    "no type": (post(LENGTH, json_type=b""), 415, "open"),
    "text": (post(LENGTH, json_type=b"Content-Type: text/plain\r\n"), 415, "open"),
    "a form": (post(LENGTH, json_type=b"Content-Type: application/x-www-form-urlencoded\r\n"), 415, "open"),
    "a type that begins like JSON": (post(LENGTH, json_type=b"Content-Type: application/jsonx\r\n"), 415, "open"),
    "two types": (post(LENGTH + b"Content-Type: text/plain\r\n"), 400, "closed"),
    "JSON with a parameter": (post(LENGTH, json_type=b"Content-Type: Application/JSON; charset=utf-8\r\n"), 200, "open"),
    "gzip": (post(b"Content-Encoding: gzip\r\nContent-Length: %d\r\n" % len(gzip.compress(BODY)), gzip.compress(BODY)), 415, "open"),
    "identity, as an encoding": (post(LENGTH + b"Content-Encoding: identity\r\n"), 200, "open"),
    "text, in the peer's protocol": (post(LENGTH, path=b"/", json_type=b"Content-Type: text/plain\r\n"), 415, "open"),
    "a length far over the limit": (post(b"Content-Length: 99999999999\r\n"), 413, "closed"),
    "an expectation": (post(LENGTH + b"Expect: tea\r\n"), 417, "closed"),
    "100-continue of too much": (post(b"Expect: 100-continue\r\nContent-Length: 99999999\r\n", b""), 413, "closed"),
    "100-continue": (post(LENGTH + b"Expect: 100-continue\r\n", b""), 100, "open"),
    "a GET with a body": (get(LENGTH) + BODY, 200, "open"),
    # The browser
    "a foreign page": (get(b"Origin: https://evil.example\r\n"), 403, "open"),
    "a page of no origin": (get(b"Origin: null\r\n"), 403, "open"),
    "a page of another port": (get(b"Origin: http://localhost:3000\r\n", host=b"Host: localhost:8642\r\n"), 403, "open"),
    "a foreign page's POST": (post(LENGTH + b"Origin: http://evil.example\r\n"), 403, "open"),
    "our own page": (get(b"Origin: http://localhost\r\n"), 200, "open"),
    "our own page behind TLS": (get(b"Origin: https://localhost:443\r\n"), 200, "open"),
}  # fmt: skip


def status_of(got):
    found = re.match(rb"HTTP/1\.1 (\d{3}) [^\r\n]*\r\n", got)
    return int(found[1]) if found else None


def cases(d):
    for name, (data, status, end) in CASES.items():
        # One that stays open answers a second request, and that alone: nothing of the first was taken for a request.
        second = b"" if end == "closed" else get(b"Connection: close\r\n", b"GET /second HTTP/1.1")
        if name == "100-continue":
            second = BODY + second
        got, ended = d.exchange(data + second, timeout=5)
        seen = (status_of(got), ended, len(re.findall(rb"^HTTP/1\.1 (?!100)\d", got, re.M)), b" 404 " in got)
        equal(name, seen, (status, "closed", 1 if end == "closed" else 2, end == "open"))
    equal("the daemon lives", d.get("/livez").status, 200)


def smuggled(d):
    """A second request within the body of the first stays a body."""
    inner = get(line=b"GET /metrics HTTP/1.1")
    got, _ = d.exchange(post(b"Content-Length: %d\r\nConnection: close\r\n" % len(inner), inner), timeout=5)
    equal("a request in a body is none", (status_of(got), got.count(b"HTTP/1.1 ")), (400, 1))
    got, _ = d.exchange(get(b"Content-Length: %d\r\nConnection: close\r\n" % len(inner)) + inner, timeout=5)
    equal("nor in the body of a GET", (status_of(got), got.count(b"HTTP/1.1 "), b"alive" in got), (200, 1, True))


def cut(d):
    """Every request in two pieces, cut at each place: the answer is the same."""
    for data in (chunked(b'11;a=b\r\n{"query": "fish"}\r\n0\r\nX: y\r\n\r\n'), post(LENGTH), b"\r\n" + get()):
        data = data.replace(HOST, HOST + b"Connection: close\r\n")
        wrong = []
        for at in range(1, len(data)):
            with socket.create_connection(("127.0.0.1", d.port), timeout=10) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.sendall(data[:at])
                time.sleep(0.001)
                connection.sendall(data[at:])
                got = b"".join(iter(lambda: connection.recv(65536), b""))
            if status_of(got) != 200:
                wrong.append((at, got[:100]))
        equal(f"cut anywhere: {data[:12]}", wrong, [])


def late_readers(d):
    """urllib sends all of a body before it reads: it has to get its answer, not a reset."""
    for megabytes in (17, 33, 64):
        request = urllib.request.Request(f"http://127.0.0.1:{d.port}/v1/fish/count", b"x" * (megabytes << 20), {"Content-Type": "application/json"})
        try:
            status = urllib.request.urlopen(request, timeout=60).status
        except urllib.error.HTTPError as error:
            status = error.code
        except OSError as error:
            status = repr(error)
        equal(f"urllib gets its answer to {megabytes} MB", status, 413)


def half_closed():
    """A client that closes its side after the request is still there, and one that is gone is not."""
    text = "".join(f"{i:05d} " for i in range(5000))
    slow = build("slow", [(text, {})] * 4, "--shard-size", len(text))
    body = json.dumps({"queries": [text[i : i + 1500] for i in range(1500)]}).encode()
    request = post(b"Content-Length: %d\r\n" % len(body), body, b"/v1/slow/batch")
    with Daemon("-i", slow, "--threads", 1) as d:
        got, end = d.exchange(request, timeout=120, half_close=True)
        answers = re.findall(rb"^HTTP/1\.1 (\d+)", got, re.M)
        equal("half-closed", (answers[-1:], set(answers[:-1]) <= {b"100"}, end), ([b"200"], True, "closed"))
        big = get(line=b"GET /v1/slow/doc/0 HTTP/1.1") * 50
        got, end = d.exchange(big, timeout=60, half_close=True)
        equal("half-closed, with much to read", (got.count(b"HTTP/1.1 200"), end), (50, "closed"))
        with socket.create_connection(("127.0.0.1", d.port)) as connection:
            connection.sendall(request)
        cancelled = rb"^ngidx_requests_cancelled_total 1$"
        check("one that is gone is given up", wait_for(lambda: re.search(cancelled, d.get("/metrics").body, re.M)))


def deadlines():
    with Daemon("-i", index, "--header-timeout", 2, "--idle", 4) as d:
        for name, data in {"head": get(b"A: " + b"b" * 1000), "body": post(b"Content-Length: 5000\r\n", b"{" * 999)}.items():
            with socket.create_connection(("127.0.0.1", d.port), timeout=8) as connection:
                start = time.monotonic()
                at = 30 if name == "head" else len(data) - 999
                connection.sendall(data[:at])
                got = b""
                connection.settimeout(0.3)
                while time.monotonic() - start < 8:
                    try:
                        connection.sendall(data[at : at + 1])
                        at += 1
                        got = connection.recv(65536)
                        break
                    except TimeoutError:
                        continue
                took = time.monotonic() - start
            check(f"a {name} byte by byte has a deadline", status_of(got) == 408 and 1.5 < took < 4, (got, took))
        with socket.create_connection(("127.0.0.1", d.port), timeout=10) as connection:
            start = time.monotonic()
            got = connection.recv(100)
            check("an idle connection is closed without a word", got == b"" and 3 < time.monotonic() - start < 7, got)


def names():
    with Daemon("-i", index, "--host", "search.example", "--host", "[2001:db8::1]") as d:
        for host, status in {"search.example": 200, "SEARCH.example.:443": 200, "localhost": 200, "[2001:DB8::1]:1": 200,
                             "x.search.example": 421, "[2001:db8::2]": 421}.items():  # fmt: skip
            equal(f"--host: {host}", d.get("/livez", Host=host).status, status)
    with Daemon("-i", index, "--host", "*", "--peer-any-type") as d:
        equal("--host '*'", d.get("/livez", Host="any.example").status, 200)
        call = {"index": "fish", "query_type": "count", "query": "fish"}
        equal("--peer-any-type", d.post("/", call, **{"Content-Type": "text/plain"}).status, 200)
        equal("is for POST / alone", d.post("/v1/fish/count", {"query": "a"}, **{"Content-Type": "text/plain"}).status, 415)
    with Daemon("-i", index, "--cors", "https://a.example") as d:
        equal("--cors", d.get("/v1/indexes", Origin="https://a.example").status, 200)
        equal("is for that page alone", d.get("/v1/indexes", Origin="https://b.example").status, 403)


def at_the_door():
    """Without a token, or over the bound, no body is waited for."""
    pathlib.Path("token").write_text("secret\n")
    with Daemon("-i", index, "--token-file", "token") as d:
        got, end = d.exchange(post(b"Content-Length: 9999999\r\n", b""), timeout=5)
        equal("no token, and the body is not waited for", (status_of(got), end), (401, "closed"))


def test():
    with Daemon("-i", index) as d:
        cases(d)
        smuggled(d)
        cut(d)
        late_readers(d)


main(test, half_closed, deadlines, names, at_the_door)
