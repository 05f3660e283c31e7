"""What the daemon refuses, and how: too much, too long, too many, without a token."""

import threading

from lib import *

long_text = "".join(f"{i:05d} " for i in range(5000))
# In a shard each, all of which have to be searched.
index = build("long", [(long_text, {})] * 4, "--shard-size", len(long_text))


def slow(phrases):
    """A request that is some work (a few seconds for 10,000): long phrases that all occur."""
    return json.dumps({"queries": [long_text[i : i + 1500] for i in range(phrases)]})


def metric(d, name):
    return int(re.search(rf"^{name} (\d+)$", d.get("/metrics").body.decode(), re.M)[1])


def busy():
    with Daemon("-i", index, "--threads", 1, "--queue", 1, "--timeout", 600) as d:
        answers = []
        thread = threading.Thread(target=lambda: answers.append(d.post("/v1/long/batch", slow(800))))
        thread.start()
        check("a request is under way", wait_for(lambda: metric(d, "ngidx_requests_running") == 1))
        answer = d.get("/v1/long/count?query=1")
        equal("one more is refused", (answer.status, answer.headers.get("Retry-After")), (429, "1"))
        equal("as a problem", answer.headers["Content-Type"], "application/problem+json")
        answer = d.post("/", {"index": "long", "query_type": "count", "query": "1"})
        equal("in the peer's form", (answer.status, list(answer.json)[0]), (429, "error"))
        equal("health is still told", d.get("/livez").status, 200)
        thread.join()
        equal("the first is answered", answers[0].status, 200)
        equal("then there is room", d.get("/v1/long/count?query=00001").status, 200)


def late():
    with Daemon("-i", index, "--threads", 1, "--timeout", 1) as d:
        check("the daemon is quick with little", d.get("/v1/long/count?query=1").status == 200)
        start = time.monotonic()
        answer = d.post("/v1/long/batch", slow(10000))
        took = time.monotonic() - start
        if answer.status == 200 and took < 1.2:
            skip("deadline", "this machine is too fast for the test")
        else:
            equal("a deadline", (answer.status, answer.headers["Content-Type"]), (504, "application/problem+json"))
            check("and not long behind it", took < 10, took)
        check("the thread is free again", wait_for(lambda: metric(d, "ngidx_requests_running") == 0))
        # One long call into the library.
        entries = [str(i) + long_text[i:] * 3 for i in range(16)]
        start = time.monotonic()
        answer = d.post("/v1/long/contam", {"entries": entries})
        took = time.monotonic() - start
        if answer.status == 200:
            skip("a deadline within a call", "this machine is too fast for the test")
        else:
            equal("a deadline within a call", answer.status, 504)
            check("is kept", took < 3, took)
        check("and the thread comes back", wait_for(lambda: metric(d, "ngidx_requests_running") == 0, 5))


def crowded():
    """More connections than there are file descriptors for: those over the bound wait, and are served in time."""
    with Daemon("-i", index, "--connections", 20) as d:
        waiting = [socket.create_connection(("127.0.0.1", d.port), timeout=10) for _ in range(150)]
        before = cpu(d)
        time.sleep(1)
        check("the daemon does not spin", cpu(d) - before < 0.5, cpu(d) - before)
        for connection in waiting:
            connection.close()
        equal("and serves who comes next", d.get("/v1/long/count?query=00001").status, 200)


def cpu(d):
    fields = pathlib.Path(f"/proc/{d.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def gone():
    with Daemon("-i", index, "--threads", 1) as d:
        connection = d.connect()
        connection.request("POST", "/v1/long/batch", slow(10000), {"Content-Type": "application/json"})
        check("a request is under way", wait_for(lambda: metric(d, "ngidx_requests_running") == 1))
        connection.close()
        check("it is given up", wait_for(lambda: metric(d, "ngidx_requests_cancelled_total") == 1), d.get("/metrics"))
        check("and its thread is free", wait_for(lambda: metric(d, "ngidx_requests_running") == 0))


def sizes():
    with Daemon("-i", index, "--max-body", "1M", "--max-headers", "8K", "--max-phrase", 100, "--max-hits", 5,
                "--max-context", 50, "--max-batch", 3) as d:  # fmt: skip
        answer = d.post("/v1/long/count", b"x" * 1200000)
        equal("a body over the limit", (answer.status, answer.headers["Content-Type"]), (413, "application/problem+json"))
        head = b"POST /v1/long/count HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
        check("a body far over the limit", d.raw(head + b"99999999999\r\n\r\n{}", 3).startswith(b"HTTP/1.1 413"))
        got = d.raw(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 20000 + b"\r\n\r\n", 3)
        check("headers over the limit", b" 200 " not in got[:20], got[:100])
        equal("a phrase at the limit", d.get("/v1/long/count?query=" + "1" * 100).status, 200)
        equal("a phrase over it", d.get("/v1/long/count?query=" + "1" * 101).status, 413)
        equal("hits over the limit", d.get("/v1/long/locate?query=1&limit=6").status, 400)
        equal("context over the limit", d.get("/v1/long/locate?query=1&context=51").status, 400)
        equal("the default context is within it", d.get("/v1/long/locate?query=1&limit=1").status, 200)
        equal("a batch over the limit", d.post("/v1/long/batch", {"queries": ["1"] * 4}).status, 413)
        limits = d.get("/v1/indexes").json["limits"]
        equal("the limits are told", (limits["phrase_bytes"], limits["hits"], limits["body_bytes"]), (100, 5, 1 << 20))


def token():
    pathlib.Path("token").write_text("a-secret-token\n")
    with Daemon("-i", index, "--token-file", "token") as d:
        for path in ("/v1/indexes", "/v1/long/count?query=1", "/metrics"):
            answer = d.get(path)
            equal(f"{path} without a token", (answer.status, answer.headers.get("WWW-Authenticate")), (401, "Bearer"))
        for wrong in ("Bearer a-secret-toke", "Bearer a-secret-tokenn", "Bearer b-secret-token", "Bearer ", "a-secret-token", "Basic YTpi"):
            equal(f"'{wrong}' does not do", d.get("/v1/indexes", Authorization=wrong).status, 401)
        equal("the token does", d.get("/v1/indexes", Authorization="Bearer a-secret-token").status, 200)
        equal("the scheme's case does not matter", d.get("/v1/indexes", Authorization="bearer a-secret-token").status, 200)
        answer = d.post("/", {"index": "long", "query_type": "count", "query": "1"})
        equal("the peer's protocol without it", (answer.status, "error" in answer.json), (401, True))
        for path in ("/", "/livez", "/readyz", "/openapi.json"):
            equal(f"{path} needs none", d.get(path).status, 200)


def cors():
    with Daemon("-i", index) as d:
        check("no CORS by default", "Access-Control-Allow-Origin" not in d.get("/v1/indexes", Origin="https://a.example").headers)
    with Daemon("-i", index, "--cors", "https://a.example") as d:
        answer = d.get("/v1/indexes", Origin="https://a.example")
        equal("CORS where it was asked for", answer.headers.get("Access-Control-Allow-Origin"), "https://a.example")
        answer = d.request("OPTIONS", "/v1/long/count", headers={"Origin": "https://a.example"})
        equal("preflight", (answer.status, answer.headers.get("Access-Control-Allow-Methods")), (204, "GET, HEAD, POST, OPTIONS"))


def settings():
    pathlib.Path("ngidxd.conf").write_text(f"# a comment\n\nindex = named={index}\nmax-hits = 7\n log-queries\naccess-log = access.log\n")
    with Daemon("--config", "ngidxd.conf") as d:
        equal("settings from a file", d.get("/v1/indexes").json["limits"]["hits"], 7)
        equal("refused at once, and logged", d.post("/nothing", "a body").status, 404)
        d.get("/v1/named/count?query=secret")
    line = json.loads(pathlib.Path("access.log").read_text().splitlines()[-1])
    equal("access log", [line[k] for k in ("method", "path", "endpoint", "status", "query")],
          ["GET", "/v1/named/count", "count", 200, "query=secret"])  # fmt: skip
    with Daemon("-i", index, "--access-log", "quiet.log") as d:
        d.post("/v1/long/count", {"query": "secret"})
        os.rename("quiet.log", "rotated.log")
        d.hang_up()
        check("the log is opened anew", wait_for(lambda: os.path.exists("quiet.log")))
        d.get("/v1/long/count?query=secret")
    with open("rotated.log") as rotated, open("quiet.log", "a") as quiet:
        quiet.write(rotated.read())
    with Daemon("-i", index, "--access-log", "/dev/full") as d:
        for _ in range(3):
            equal("served without a log", d.get("/v1/long/count?query=00001").status, 200)
        lost = d.log_text().count("lines of the access log are lost: No space left on device")
        equal("lines that are lost are told of once", lost, 1)
    text = pathlib.Path("quiet.log").read_text()
    check("without the queries unless asked for", len(text.splitlines()) == 2 and "secret" not in text, text)

    def fails(name, pattern, *arguments):
        done = subprocess.run([os.environ["NGIDXD"], *map(str, arguments)], capture_output=True, text=True)
        check(name, done.returncode == 2 and re.search(pattern, done.stderr) and not done.stdout, done)

    for text, pattern in [("hits = 3", "bad.conf:1: there is no setting 'hits'"), ("\nmax-hits = x", "bad.conf:2: .*max-hits must be"),
                          ("max-hits", "'max-hits' needs a value"), ("config = x", "cannot name another"), ("log-queries = no", "no value but true")]:  # fmt: skip
        pathlib.Path("bad.conf").write_text(text)
        fails(f"a bad setting: {text!r}", pattern, "--config", "bad.conf")
    fails("settings that cannot be read", r"cannot read \.: Is a directory", "--config", ".")
    fails("no index", "there is no index at nowhere", "-i", "nowhere")
    fails("two of one name", "two indexes are named 'long'", "-i", index, "-i", index)
    fails("a bad name", "does not name an index", "-i", f"a b={index}")
    fails("a bad address", "cannot listen at 'x'", "-i", index, "--listen", "x")
    fails("an unknown option", "unknown option --nonsense", "--nonsense")
    pathlib.Path("empty").write_text("\n")
    fails("an empty token", "must be a token", "-i", index, "--token-file", "empty")
    with Daemon("-i", index) as d:
        fails("a port that is taken", "in use", "-i", index, "--listen", f"127.0.0.1:{d.port}")
    done = subprocess.run([os.environ["NGIDXD"], "--help"], capture_output=True, text=True)
    check("--help", done.returncode == 0 and "--max-phrase" in done.stdout and not done.stderr, done)


def warning():
    with Daemon("-i", index, "--listen", "0.0.0.0:0") as d:
        check("a warning where others can reach it", "WARNING" in d.log_text(), d.log_text())


main(busy, late, crowded, gone, sizes, token, cors, settings, warning)
