"""What a proxy in front tells and is told: the client's address, request ids, times, compressed answers, entity tags; and
the metrics of the process."""

import gzip
import shutil

from lib import *

index = build("fish", FISH + BIRDS)
LOCATE = "/v1/fish/locate?query=bird&limit=100"


def last_line(name="access.log"):
    return json.loads(pathlib.Path(name).read_text().splitlines()[-1])


# (fields of the request, client in the log); None: the peer itself
CLIENTS = [
    ([], None),
    (["X-Forwarded-For: 203.0.113.7"], "203.0.113.7"),
    (["X-Forwarded-For: 203.0.113.7:4711"], "203.0.113.7"),
    (["X-Forwarded-For: 2001:DB8::0:7"], "2001:db8::7"),
    (["X-Forwarded-For: [2001:db8::7]:80"], "2001:db8::7"),
    (["X-Forwarded-For: ::ffff:203.0.113.7"], "203.0.113.7"),
    (["X-Forwarded-For: 198.51.100.1, 203.0.113.7"], "203.0.113.7"),
    (["X-Forwarded-For: 198.51.100.1, 203.0.113.7, 10.1.2.3"], "203.0.113.7"),
    (["X-Forwarded-For: 198.51.100.1", "X-Forwarded-For: 203.0.113.7", "X-Forwarded-For: 10.1.2.3"], "203.0.113.7"),
    (["X-Forwarded-For: 203.0.113.7,, ,10.1.2.3 ,"], "203.0.113.7"),
    (["X-Forwarded-For: 10.9.9.9, 10.1.2.3"], "10.9.9.9"),
    (["X-Forwarded-For: 203.0.113.7, 11.1.2.3"], "11.1.2.3"),
    (["X-Forwarded-For: 203.0.113.7, fd00::1:2"], "203.0.113.7"),
    (["X-Forwarded-For: 203.0.113.7, fd01::1"], "fd01::1"),
    (["X-Forwarded-For: 203.0.113.7, unknown, 10.1.2.3"], "10.1.2.3"),
    (["X-Forwarded-For: 203.0.113.7, unknown"], None),
    (["X-Forwarded-For: 203.0.113.7x"], None),
    (["X-Forwarded-For: 203.0.113.7:8x"], None),
    (["X-Forwarded-For: [2001:db8::7"], None),
    (["X-Forwarded-For: " + "1" * 300], None),
    (["X-Forwarded-For:"], None),
    (["Forwarded: for=203.0.113.7"], "203.0.113.7"),
    (["Forwarded: proto=https;FOR=\"[2001:db8::7]:4711\" ; by=10.0.0.1"], "2001:db8::7"),
    (["Forwarded: for=198.51.100.1, for=203.0.113.7;host=\"a,b\", for=10.1.2.3"], "203.0.113.7"),
    (["Forwarded: for=198.51.100.1", "Forwarded: for=203.0.113.7"], "203.0.113.7"),
    (["Forwarded: for=\"198.51.100.1, for=203.0.113.7"], "203.0.113.7"),
    (["Forwarded: for=203.0.113.7, for=_hidden"], None),
    (["Forwarded: proto=http"], None),
    # The proxy writes one of the two, and may pass the other one through.
    (["Forwarded: for=198.51.100.1", "X-Forwarded-For: 203.0.113.7"], None),
    (["Forwarded: for=203.0.113.7", "X-Forwarded-For: 203.0.113.7"], "203.0.113.7"),
    (["Forwarded: nothing", "X-Forwarded-For: 203.0.113.7"], None),
]  # fmt: skip


def ask(daemon, fields):
    head = "".join(field + "\r\n" for field in fields)
    answer = daemon.raw(f"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{head}\r\n".encode())
    return answer.split(b"\r\n\r\n")[0].decode("latin-1")


def addresses():
    trusted = ["--trusted-proxy", "127.0.0.1", "--trusted-proxy", "10.0.0.0/8", "--trusted-proxy", "fd00::/16"]
    with Daemon("-i", index, "--access-log", "access.log", *trusted) as daemon:
        for fields, client in CLIENTS:
            ask(daemon, fields)
            seen = last_line()
            told = seen["client"] == client and seen["proxy"].startswith("127.0.0.1:")
            itself = seen["client"].startswith("127.0.0.1:") and "proxy" not in seen
            check(f"the client of {fields}", told if client else itself, seen)
        check("too many lines", " 400 " in ask(daemon, ["X-Forwarded-For: 1.1.1.1"] * 9))
        equal("the client of what is refused", last_line()["status"], 400)
    for trusted in [], ["--trusted-proxy", "127.0.0.0/31", "--trusted-proxy", "::ffff:127.0.0.1/128"]:
        with Daemon("-i", index, "--access-log", "access.log", *trusted) as daemon:
            ask(daemon, ["X-Forwarded-For: 203.0.113.7", "X-Request-Id: mine"])
            equal(f"believed with {trusted}", (last_line()["client"], last_line()["id"]) == ("203.0.113.7", "mine"), bool(trusted))


def settings():
    for wrong in "", "x", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0/8", "1.2.3.4/8/8", "1" * 100:
        run = subprocess.run([os.environ["NGIDXD"], "-i", index, "--trusted-proxy", wrong], capture_output=True, text=True)
        check(f"--trusted-proxy {wrong}", run.returncode == 2 and "ADDRESS/BITS" in run.stderr, run)


def ids():
    with Daemon("-i", index, "--access-log", "access.log", "--trusted-proxy", "127.0.0.1") as daemon:
        for given in "0b5c2cc9-7a4d", "a" * 128, "Root=1-67891233:x/y+z@a_b":
            answer = daemon.get("/v1/fish/count?query=fish", **{"X-Request-Id": given})
            equal(f"an id that is well: {given}", (answer.headers["X-Request-Id"], last_line()["id"]), (given, given))
        made = set()
        for wrong in "", "a" * 129, "a b", "a\"b", "a,b", "€".encode().decode("latin-1"):
            answer = daemon.get("/livez", **{"X-Request-Id": wrong})
            check(f"an id that is not: {wrong!r}", answer.headers["X-Request-Id"] not in ("", wrong), answer.headers)
            equal("is the same in the log", last_line()["id"], answer.headers["X-Request-Id"])
            made.add(answer.headers["X-Request-Id"])
        equal("all are different", len(made), 6)
        with contextlib.closing(daemon.connect()) as connection:
            for _ in range(3):
                connection.request("GET", "/livez")
                response = connection.getresponse()
                response.read()
                made.add(response.headers["X-Request-Id"])
        equal("on one connection, too", len(made), 9)
        check("errors have one", daemon.get("/nowhere").headers["X-Request-Id"])


def times():
    with Daemon("-i", index) as daemon:
        for path in "/v1/fish/count?query=fish", LOCATE, "/v1/fish/count":
            text = daemon.get(path).headers["Server-Timing"]
            found = re.fullmatch(r"queue;dur=(\d+\.\d{3}), engine;dur=(\d+\.\d{3})", text)
            check(f"the times of {path}", found and float(found[1]) < 1e5 and float(found[2]) < 1e5, text)
        check("none without an engine", "Server-Timing" not in daemon.get("/livez").headers)


# Accept-Encoding, what it gets
CODINGS = [
    (None, None),
    ("", None),
    ("identity", None),
    ("br", None),
    ("gzip", "gzip"),
    ("GZip", "gzip"),
    ("x-gzip", "gzip"),
    ("zstd", "zstd"),
    ("gzip, deflate, br, zstd", "zstd"),
    ("gzip;q=1.0, zstd;q=0.9", "gzip"),
    ("gzip ; q=0.899,zstd;Q=0.9", "zstd"),
    ("gzip;q=0, zstd;q=0.000", None),
    ("*", "zstd"),
    ("zstd;q=0, *", "gzip"),
    ("*;q=0", None),
    ("*;q=0, gzip;q=0.001", "gzip"),
    ("identity;q=1, gzip;q=0.5", None),
    ("identity;q=0.5, gzip;q=0.5", "gzip"),
    ("gzip;q=x", None),
    ("gzip;q=", None),
    (",,gzip,", "gzip"),
    ("gzipped", None),
]


def unpack(answer):
    coding = answer.headers.get("Content-Encoding")
    if coding == "gzip":
        return gzip.decompress(answer.body)
    if coding == "zstd":
        return subprocess.run(["zstd", "-dcq"], input=answer.body, check=True, capture_output=True).stdout
    return answer.body


def codings():
    have_zstd = shutil.which("zstd")
    with Daemon("-i", index, "--access-log", "access.log") as daemon:
        hits = daemon.get(LOCATE).json["hits"]
        page = daemon.get("/").body
        for accepted, wanted in CODINGS:
            headers = {} if accepted is None else {"Accept-Encoding": accepted}
            for path in LOCATE, "/":
                answer = daemon.get(path, **headers)
                equal(f"{path} for {accepted}", answer.headers.get("Content-Encoding"), wanted)
                equal("depends on it", answer.headers["Vary"], "Accept-Encoding")
                if wanted != "zstd" or have_zstd:
                    body = unpack(answer)
                    check("has the same content", body == page if path == "/" else json.loads(body)["hits"] == hits)
                equal("what is sent is logged", last_line()["bytes"], len(answer.body))
                if wanted:
                    check("is smaller", len(answer.body) < len(page) / 2)
        both = {"Accept-Encoding": "gzip, zstd"}
        small = daemon.get("/v1/fish/count?query=fish", **both)
        check("a small answer stays", "Content-Encoding" not in small.headers and small.json["count"], small)
        with contextlib.closing(daemon.connect()) as connection:
            connection.request("HEAD", LOCATE, headers=both)
            head = connection.getresponse()
            equal("HEAD tells the same", (head.headers["Content-Encoding"], head.read()), ("zstd", b""))
            connection.request("GET", "/livez")
            equal("and the connection goes on", connection.getresponse().status, 200)
        error = daemon.get("/v1/fish/locate?query=" + "x" * 3000 + "&limit=x", **both)
        equal("an error", error.status, 400)


def tags():
    with Daemon("-i", index) as daemon:
        for path in "/", "/openapi.json":
            whole = daemon.get(path)
            tag = whole.headers["ETag"]
            check(f"{path} has a tag", re.fullmatch(r'W/"[0-9a-f]{16}"', tag), tag)
            equal("and is asked for again", whole.headers["Cache-Control"], "private, no-cache")
            for known in tag, tag[2:], "*", f'"x", {tag}':
                answer = daemon.get(path, **{"If-None-Match": known, "Accept-Encoding": "gzip"})
                seen = (answer.status, answer.body, answer.headers["ETag"], answer.headers["Vary"])
                equal(f"{path} is known by {known}", seen, (304, b"", tag, "Accept-Encoding"))
            for other in '"x"', "x", tag[:-2] + '"':
                equal(f"{path} is not known by {other}", daemon.get(path, **{"If-None-Match": other}).body, whole.body)
        check("an answer has none", "ETag" not in daemon.get(LOCATE).headers)


def metrics():
    with Daemon("-i", index) as daemon:
        text = daemon.get("/metrics").body.decode()
        values = {line.split()[0]: float(line.split()[1]) for line in text.splitlines() if line.startswith("process_")}
        proc = pathlib.Path(f"/proc/{daemon.process.pid}")
        check("resident memory", 1 << 20 < values["process_resident_memory_bytes"] < values["process_virtual_memory_bytes"], values)
        check("processor time", 0 <= values["process_cpu_seconds_total"] < 600, values)
        check("when it was started", abs(time.time() - values["process_start_time_seconds"]) < 300, values)
        check("open files", 5 < values["process_open_fds"] <= len(os.listdir(proc / "fd")) + 2, values)
        check("most open files", values["process_open_fds"] < values["process_max_fds"], values)


def cors():
    with Daemon("-i", index, "--cors", "http://example.org") as daemon:
        headers = daemon.get("/v1/fish/count?query=fish", Origin="http://example.org").headers
        check("another page may read them", "X-Request-Id" in headers["Access-Control-Expose-Headers"], headers)
        equal("and the times", headers["Timing-Allow-Origin"], "http://example.org")


main(addresses, settings, ids, times, codings, tags, metrics, cors)
