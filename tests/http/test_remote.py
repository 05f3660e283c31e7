"""An index whose parts are served by other daemons, and what becomes of parts that fail or lie."""

import ctypes
import itertools
import random
import shutil
import socketserver
import threading

from lib import *
from schema import Description

rng = random.Random(7)
SONG = "a pocket full of rye, four and twenty blackbirds baked in a pie; when the pie was opened the birds began to sing"
WORDS = SONG.split()


def make_documents():
    documents = []
    for i in range(240):
        text = f"Document {i}: " + " ".join(rng.choice(WORDS) for _ in range(rng.randint(5, 120))) + " €ü😀\x00\n"
        documents.append((text + (SONG.upper() if i % 40 == 7 else ""), {"id": f"d{i}", "n": i}))
    return documents


def run(*arguments, code=0, stdin=None):
    done = subprocess.run([os.environ["NGIDX"], *map(str, arguments)], capture_output=True, input=pathlib.Path(stdin).read_bytes() if stdin else None)
    if code is not None:
        equal(f"exit code of {' '.join(map(str, arguments))[:60]}", (done.returncode, done.stderr[-300:] if done.returncode != code else b""), (code, b""))
    return done


# One index of three shards, and three indexes with the documents of a shard each, from a file of the same name.
documents = make_documents()
whole = build("corpus", documents, "--shard-size", "30000", "--view", "exact,folded")
shards = [s for s in json.loads(run("stats", "-i", whole, "--json").stdout)["shards"] if s["file"].endswith(".ngx")]
check("the index has three shards", len(shards) == 3, shards)
parts, first = [], 0
for number, shard in enumerate(shards):
    os.makedirs(f"part{number}", exist_ok=True)
    os.chdir(f"part{number}")
    parts.append(build("corpus", documents[first : first + shard["documents"]], "--view", "exact,folded"))
    os.chdir("..")
    first += shard["documents"]


def served(number, port=0, *options):
    return Daemon("-i", f"part={parts[number]}", *(["--listen", f"127.0.0.1:{port}"] if port else []), *options)


def address(daemon):
    return f"http://127.0.0.1:{daemon.port}/part"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def without_lines(body):
    """What does not depend on where an index is built and searched."""
    body = re.sub(rb'"(latency_ms|latency|lf_steps)": ?[0-9.]+', b"", body)
    body = re.sub(rb'"next": ?"[0-9a-f]+\.', b"", body)
    return re.sub(rb'("line": ?|corpus\.jsonl:)[0-9]+', b"", body)


def equal_answers():
    """Commands and requests give the same of the parts as of the single index."""
    with served(0) as a, served(1) as b, served(1) as b2, served(2) as c:
        url = f"w={address(a)},{address(b)}|{address(b2)},{address(c)}"
        queries = "\n".join([" ".join(rng.sample(WORDS, 2)) for _ in range(300)] + ["", "€", "birds"])
        pathlib.Path("queries").write_text(queries)
        pathlib.Path("bytes").write_bytes(b"\xe2\x82\0\x82\xac\0pie\0")
        for command in (
            ["count", "pie"], ["count", "--view", "folded", "PIE"], ["count", "--queries", "queries"],
            ["count", "-0", "--queries", "bytes"], ["count", "--json", "nothing like it"],
            ["locate", "pie", "--all", "--json"], ["locate", "pie", "--offset", "100", "--limit", "150", "--context", "7"],
            ["locate", "--view", "folded", "the pie was opened the birds", "--all", "--json"],
            ["locate", "pie", "--sample", "20", "--seed", "5", "--json"],
            ["doc", "0"], ["doc", "239", "--json"], ["doc", "130"], ["doc", "--id", "d100"], ["doc", "--id", "none"],
        ):
            far = run(*command, "-i", url, code=None)
            near = run(*command, "-i", f"w={whole}", code=None)
            equal(f"{' '.join(command)[:50]}", (far.returncode, without_lines(far.stdout)), (near.returncode, without_lines(near.stdout)))
        pathlib.Path("text").write_text(" ".join(documents[40][0].split()[3:40]) + " nothing like it at all, " + SONG.title() + " " + " ".join(documents[170][0].split()[2:60]))
        pathlib.Path("some").write_text("3\n99\n100\n239\n")
        pathlib.Path("single.jsonl").write_text(json.dumps({"question": SONG}) + "\n")
        for command in itertools.islice(explorations(), 0, None, 3 if SANITIZED else 1):
            far = run(*command, "-i", url, code=None, stdin="text")
            near = run(*command, "-i", f"w={whole}", code=None, stdin="text")
            shown = " ".join(map(str, command))[:70]
            check(shown, *same(far, near))
            check(f"{shown} finds something", near.stdout, near)
        for command in (["next", "pie", "--json"], ["next", "the", "--before", "-k", "50"], ["trace", "-", "--min-count", "2", "--json"], ["count", "--docs", "pie"]):
            both = [run(*command, "-i", one, "-i", f"more={whole}", code=None, stdin="text").stdout for one in (f"w={whole}", url)]
            check(f"{command} of an index and one elsewhere", without_lines(both[1]) == without_lines(both[0]), both)
        for command, why in ((["verify"], b"a remote index cannot be verified"), (["contam", "single.jsonl", "--task", "0/2", "-r", "tasks"], b"cannot be checked by tasks")):
            done = run(*command, "-i", url, code=2)
            check(f"{command} is refused, and says why", why in done.stderr, done.stderr)
        for command, why in ((["append", url[2:], "text"], b"be appended to"), (["append", url, "text"], b"be appended to"), (["merge", url[2:], whole, "-o", "merged"], b"be merged"), (["compact", url[2:]], b"be compacted"), (["remove", url, "--phrase", "pie"], b"have documents removed")):
            done = run(*command, code=2)
            check(f"{command[0]} of a remote index is refused, and says why", b"a remote index cannot " + why in done.stderr, done.stderr)
        far, near = (run("compare", f"n={parts[1]}", one, "--sample", "500", "--json", "-q") for one in (url, f"w={whole}"))
        equal("compare", far.stdout, near.stdout)
        far, near = (run("compare", one, f"n={parts[1]}", "--view", "folded", "--json", "-q") for one in (url, f"w={whole}"))
        equal("compare folded, the other way round", far.stdout, near.stdout)
        with Daemon("-i", f"w={whole}") as near, Daemon("-i", url, "-i", f"n={whole}") as far:
            for path in ("count?query=pie", "count?query=pie&view=folded", "locate?query=pie&limit=40",
                         "locate?query=pie&offset=333&limit=300&context=5", "locate?query=the+pie&view=folded&limit=50",
                         "doc/0", "doc/100?offset=5&length=50", "doc/239", "doc/240", "doc?id=d77", "locate?query=zzz"):
                got, wanted = far.get(f"/v1/w/{path}"), near.get(f"/v1/w/{path}")
                equal(path, (got.status, without_lines(got.body)), (wanted.status, without_lines(wanted.body)))
            body = {"queries": queries.split("\n")}
            equal("batch", far.post("/v1/w/batch", body).json["counts"], near.post("/v1/w/batch", body).json["counts"])
            peer = {"index": "w", "query_type": "find", "query": "pie"}
            equal("find", far.post("/", peer).json["segment_by_shard"], near.post("/", peer).json["segment_by_shard"])
            peer = {"index": "w", "query_type": "get_doc_by_rank", "query": "pie", "s": 2, "rank": 20, "max_ctx_len": 40}
            strip = lambda a: {k: v for k, v in a.json.items() if k not in ("latency", "metadata")}
            equal("get_doc_by_rank", strip(far.post("/", peer)), strip(near.post("/", peer)))
            entries = [SONG, documents[100][0].split("\n")[0], "blue suede shoes and nothing that was ever sung " * 3]
            strip = lambda a: (a.status, re.sub(r'"line": ?[0-9]+', "", json.dumps(a.json["entries"])))
            for preset in ("paper", "folded"):
                body = {"entries": entries, "preset": preset, "evidence": 5}
                equal(f"contam {preset}", strip(far.post("/v1/w/contam", body)), strip(near.post("/v1/w/contam", body)))
            strip = lambda a: (a.status, without_lines(a.body))
            for path in ("count?query=pie&docs=true", "count?query=pie&docs=true&docs_limit=20", "locate?query=pie&and=rye&not=sing&limit=50",
                         "locate?query=pie&sample=7&seed=3", "locate?query=pie&unique_docs=true&sort=doc&limit=30", "next?query=the&k=9",
                         "next?query=pie&before=true&words=2", "next?query=pie&bytes=true"):
                equal(path, strip(far.get(f"/v1/w/{path}")), strip(near.get(f"/v1/w/{path}")))
            for body in ({"text": SONG}, {"text": SONG, "min_count": 3, "documents": 4}, {"text": SONG, "view": "folded"}):
                equal(f"trace {body}", strip(far.post("/v1/w/trace", body)), strip(near.post("/v1/w/trace", body)))
            equal("compare", [far.get(f"/v1/{one}").status for one in ("w/compare?with=n", "n/compare?with=w")], [200, 200])
        contam(url)
        contam(url, "--naive")


def same(far, near):
    """Whether two runs gave the same, and if not, where they part."""
    a, b = ((done.returncode, done.stderr, without_lines(done.stdout)) for done in (far, near))
    at = len(os.path.commonprefix([a[2], b[2]]))
    return a == b, (a[:2], a[2][max(at - 80, 0) : at + 150], b[:2], b[2][max(at - 80, 0) : at + 150])


def explorations():
    """Commands that look at more than the occurrences of one phrase."""
    for phrase in ("pie", "the", "four and twenty", "€", SONG.upper()[:30], "Document 1"):
        yield ["count", "--docs", phrase]
        yield ["count", "--docs", "--docs-limit", "20", "--json", phrase]
        yield ["locate", phrase, "--unique-docs", "--all"]
        yield ["next", phrase, "--json"]
        yield ["next", phrase, "--before", "--words", "2", "-k", "7", "--json"]
        yield ["next", phrase, "--bytes", "--json"]
        yield ["next", phrase, "--chars", "5", "-k", "1000", "--json"]
    yield ["count", "--docs", ""]
    yield ["count", "--docs", "--view", "folded", "The Pie"]
    yield ["count", "pie", "--and", "rye", "--not", "sing", "--docs"]
    yield ["count", "pie", "--and", "rye", "--docs-limit", "30", "--json"]
    yield ["locate", "pie", "--and", "rye", "--or", "opened", "--all", "--json"]
    yield ["locate", "pie", "--and", "blackbirds", "--not", "sing", "--within", "20", "--all"]
    yield ["locate", "pie", "--and", "rye", "--sample", "9", "--seed", "4", "--json"]
    yield ["locate", "pie", "--sort", "doc", "--limit", "50", "--offset", "33"]
    yield ["locate", "pie", "--not", "a pie", "--within", "2", "--sort", "doc", "--view", "folded", "--all", "--json"]
    for limit in (10, 100, 200, 300, 1000):
        yield ["locate", "pie", "--and", "rye", "--docs-limit", limit, "--all", "--json"]
        yield ["locate", "the", "--and", "pocket", "--text-limit", 1000 * limit, "--all", "--json"]
    yield ["next", "thepie", "--view", "folded", "--json"]
    yield ["next", "", "--json"]
    for options in ([], ["--min-count", 3, "--min-chars", 9], ["--min-chars", 8, "--max-count", 40], ["--whole-words", "--documents", 9],
                    ["--view", "folded", "--documents", 5], ["--view", "folded", "--min-count", 2, "--min-chars", 12], ["--min-chars", 1, "--min-count", 50]):
        yield ["trace", "-", "--json", *options]
    yield ["export"]
    yield ["export", "--only", "some", "--source-field", "src"]
    yield ["export", "--without", "some"]


def removed_documents():
    """The same where documents were removed, from the single index and from the parts."""
    gone = [0, 7, 47, 77, 101, 131, 200, 239]
    first = 0
    for number, shard in enumerate(shards):
        mine = [n - first for n in gone if first <= n < first + shard["documents"]]
        pathlib.Path("gone").write_text("".join(f"{n}\n" for n in mine))
        run("remove", parts[number], "--docs", "gone")
        first += shard["documents"]
    pathlib.Path("gone").write_text("".join(f"{n}\n" for n in gone))
    run("remove", whole, "--docs", "gone")
    equal_answers()


def contam(url, *options):
    """A report of a benchmark with entries of all kinds, with answers."""
    with open("bench.jsonl", "w") as file:
        for i in range(60):
            words = documents[4 * i][0].split()
            text = " ".join(words[2:60]) if i % 2 else " ".join(rng.choice(WORDS) for _ in range(40)) + f" {i}"
            file.write(json.dumps({"question": text if i % 7 else SONG.title() + f" {i}", "answer": "four and twenty"}) + "\n")
    benchmarks = ["bench.jsonl"] + [p for p in [pathlib.Path(__file__).parents[3] / "shared/corpora/benchmarks/gsm8k-test.jsonl"] if p.exists() and not options and not SANITIZED]
    if len(benchmarks) == 1 and not options:
        print("skip gsm8k through the front:", "a sanitizer takes long" if SANITIZED else "../shared is not there")
    for preset in ("folded", "paper") + (() if options else ("all",)):
        for folder, index in (("far", url), ("near", f"w={whole}")):
            shutil.rmtree(folder, ignore_errors=True)
            run("contam", *benchmarks, "-i", index, "--answer-field", "answer", "--preset", preset, "--report", folder, *options)
        for name in ("entries.jsonl", "entries.csv", "contaminated-docs.jsonl"):
            far, near = (without_lines(pathlib.Path(folder, name).read_bytes()) for folder in ("far", "near"))
            check(f"contam {preset} {options}: {name}", far == near and len(near) > 100, (len(far), len(near)))


def failing_parts():
    port = free_port()
    a, b, c = served(0), served(1, port), served(2)
    url = f"w={address(a)},http://127.0.0.1:{port}/part,{address(c)}"
    front = Daemon("-i", url, "--part-timeout", "2")
    partial = Daemon("-i", url, "-i", f"near={parts[0]}", "--part-timeout", "2", "--allow-partial")
    all_pies = front.get("/v1/w/count?query=pie").json["count"]
    b.stop()
    answer = front.get("/v1/w/count?query=pie")
    equal("a part is gone", answer.status, 502)
    check("the error names it", f"part 2 of the index, http://127.0.0.1:{port}/part" in answer.json["detail"], answer)
    equal("its documents are gone", front.get("/v1/w/doc/130").status, 502)
    equal("others are there", front.get("/v1/w/doc/3").status, 200)
    equal("in the peer's protocol", front.post("/", {"index": "w", "query_type": "count", "query": "pie"}).status, 500)
    answer = partial.get("/v1/w/count?query=pie").json
    check("a partial answer says so", answer["count"] < all_pies and answer["missing_parts"] == [f"http://127.0.0.1:{port}/part"], answer)
    answer = partial.get("/v1/w/locate?query=pie&limit=1000").json
    check("a partial page, too", answer["count"] == len(answer["hits"]) < all_pies and answer["missing_parts"], answer["count"])
    equal("a document is no partial answer", partial.get("/v1/w/doc/130").status, 502)
    equal("an id that is there", partial.get("/v1/w/doc?id=d3").status, 200)
    answer = partial.get("/v1/w/doc?id=d130")
    check("an id that the missing part may have", answer.status == 502 and "in the parts that answered" in answer.json["detail"], answer)
    done = run("doc", "--id", "d130", "-i", url, "--allow-partial", code=2)
    check("the same of the command", b"in the parts that answered" in done.stderr and done.stdout == b"", done)
    for names in ("near,w", "w,near"):
        answer = partial.post(f"/v1/{names}/contam", {"entries": [SONG]})
        equal(f"what a check of {names} is without", answer.json.get("missing_parts"), [f"http://127.0.0.1:{port}/part"])
    with Daemon("-i", f"outer=http://127.0.0.1:{partial.port}/w") as outer:
        answer = outer.get("/v1/outer/count?query=pie")
        check("a part that is partial itself", answer.status == 502 and "a part of this part does not answer" in answer.json["detail"], answer)
    done = run("count", "pie", "-i", url, code=2)
    check("the command's error names it", f"part 2 of the index, http://127.0.0.1:{port}/part".encode() in done.stderr, done.stderr)
    done = run("count", "pie", "--json", "--allow-partial", "-i", url)
    check("a partial count says so", json.loads(done.stdout)["missing_parts"] == [f"http://127.0.0.1:{port}/part"] and b"did not answer" in done.stderr, done)
    # A part that takes connections and says nothing.
    with socket.socket() as silent:
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        silent.bind(("127.0.0.1", port))
        silent.listen()
        began = time.monotonic()
        answer = front.get("/v1/w/count?query=pie")
        took = time.monotonic() - began
        check("a silent part", answer.status == 502 and "did not answer within 2 s" in answer.json["detail"], answer)
        check("within its deadline", 1.5 < took < 20, took)
    b = served(1, port)
    wait_for(front, "/v1/w/count?query=pie")
    wait_for(partial, "/v1/w/doc/130")
    equal("it is back", front.get("/v1/w/count?query=pie").json["count"], all_pies)
    equal("for all", partial.get("/v1/w/count?query=pie").json.keys() & {"missing_parts"}, set())
    b.stop()
    b = Daemon("-i", f"part={parts[0]}", "--listen", f"127.0.0.1:{port}")
    answer = front.get("/v1/w/count?query=pie")
    check("another index in its place", answer.status == 503 and "part 2" in answer.json["detail"], answer)
    for daemon in (front, partial, a, b, c):
        daemon.stop()


def wait_for(daemon, path):
    """A part that was silent is asked again after a while."""
    for _ in range(100):
        answer = daemon.get(path)
        if answer.status == 200:
            break
        time.sleep(0.1)
    return answer


def silent_part():
    """A part that takes questions and answers none holds one thread, and other indexes have the others."""
    port = free_port()
    a, b = served(0), served(1, port)
    url = f"w={address(a)},http://127.0.0.1:{port}/part"
    with Daemon("-i", url, "-i", f"near={parts[2]}", "--part-timeout", "3", "--threads", "3") as front:
        wanted = front.get("/v1/w/count?query=pie").json["count"]
        near = front.get("/v1/near/count?query=pie").json["count"]
        b.stop()
        with socket.socket() as silent:
            silent.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            silent.bind(("127.0.0.1", port))
            silent.listen(64)
            answer = front.get("/v1/w/count?query=pie")
            check("it does not answer", answer.status == 502 and "did not answer within 3 s" in answer.json["detail"], answer)
            going, seen = [True], []

            def ask():
                while going[0]:
                    began = time.monotonic()
                    answer = front.get("/v1/w/count?query=pie")
                    seen.append((time.monotonic() - began, answer.status, answer.json["detail"]))
                    time.sleep(0.02)

            threads = [threading.Thread(target=ask) for _ in range(8)]
            for thread in threads:
                thread.start()
            slowest, until = 0, time.monotonic() + 6
            while time.monotonic() < until:
                began = time.monotonic()
                answer = front.get("/v1/near/count?query=pie")
                slowest = max(slowest, time.monotonic() - began)
                if not check("another index answers", answer.status == 200 and answer.json["count"] == near, answer):
                    break
                time.sleep(0.1)
            going[0] = False
            for thread in threads:
                thread.join()
            check("and does not wait for the silent part", slowest < 1.5, slowest)
            fast = [s for s in seen if s[0] < 1.5]
            check("questions to it fail at once", len(fast) > 0.8 * len(seen) and len(seen) > 20, (len(fast), len(seen)))
            check("and name it", all(s[1] == 502 and f"127.0.0.1:{port}/part" in s[2] for s in seen), seen[:3])
            check("one at a time is asked nevertheless", any("did not answer within" in s[2] for s in seen), seen[:3])
        b = served(1, port)
        answer = wait_for(front, "/v1/w/count?query=pie")
        equal("it is back", (answer.status, answer.json.get("count")), (200, wanted))
    a.stop()
    b.stop()


def circles():
    """Daemons whose indexes are parts of each other do not wait for each other."""
    port = free_port()
    a = served(0, port)
    with Daemon("-i", f"part=http://127.0.0.1:{port}/part", "--threads", "1") as b:
        a.stop()
        with Daemon("-i", f"part={address(b)}", "--listen", f"127.0.0.1:{port}", "--threads", "1") as a:
            began = time.monotonic()
            for daemon in (a, b):
                answer = daemon.get("/v1/part/count?query=pie")
                check("a circle of two", answer.status == 502 and "came through this daemon before" in answer.json["detail"], answer)
            check("is told at once", time.monotonic() - began < 10, time.monotonic() - began)
    with served(0) as a:
        head, description = {"Content-Type": "application/octet-stream"}, Description(a.get("/openapi.json").json)
        for via, status in (("0123456789abcdef", 400), ("0123456789abcdef," * 20, 508), ("<script>", 508)):
            answer = a.request("POST", "/v1/part/part", b"", {**head, "Ngidx-Via": via})
            equal(f"Ngidx-Via: {via[:20]}", answer.status, status)
            equal(f"{via[:20]}: openapi.json describes {status}", description.answer_errors("POST", "/v1/part/part", answer), [])
        operation = description.operation("POST", "/v1/part/part")
        equal("so is the header", [p["name"] for p in operation["parameters"]], ["Ngidx-Via"])
        with Daemon("-i", f"x={address(a)}") as b, Daemon("-i", f"x=http://127.0.0.1:{b.port}/x") as c:
            equal("a part in parts is no circle", c.get("/v1/x/count?query=pie").status, 200)


def replicas():
    with served(0) as a, served(2) as c, served(1) as b2:
        b = served(1)
        url = f"w={address(a)},{address(b)}|{address(b2)},{address(c)}"
        with Daemon("-i", url, "--threads", "4") as front:
            wanted = front.get("/v1/w/count?query=pie").json["count"]
            wrong, going, seen = [], [True], []

            def ask():
                connection = front.connect()
                while going[0]:
                    connection.request("GET", "/v1/w/count?query=pie")
                    response = connection.getresponse()
                    body = response.read()
                    (seen if response.status == 200 and json.loads(body)["count"] == wanted else wrong).append(body)

            threads = [threading.Thread(target=ask) for _ in range(4)]
            for thread in threads:
                thread.start()
            time.sleep(0.5)
            b.process.kill()
            b.process.wait()
            time.sleep(0.7)
            going[0] = False
            for thread in threads:
                thread.join()
            check("a replica that is killed loses no request", not wrong and len(seen) > 50, (wrong[:2], len(seen)))
            b2.stop()  # the one that is asked first by now
            with served(0, b2.port), served(1, b.port):
                answer = front.get("/v1/w/count?query=pie")
                equal("a replica that became another index", (answer.status, answer.json.get("count")), (200, wanted))
        with served(1, b2.port):
            done = run("count", "pie", "-i", url)
        equal("one replica is enough to open", int(done.stdout), wanted)
        done = run("count", "pie", "-i", f"w={address(a)}|{address(c)}", code=2)
        check("replicas that differ", b"are not the same index" in done.stderr, done.stderr)
    b.log.close()


def tokens():
    pathlib.Path("token").write_text("secret\n")
    with Daemon("-i", f"part={parts[0]}", "--token-file", "token") as a:
        done = run("count", "pie", "-i", address(a), code=2)
        check("without the token", b"401" in done.stderr, done.stderr)
        run("count", "pie", "-i", address(a), "--token-file", "token")
        with Daemon("-i", address(a), "--part-token-file", "token") as front:
            equal("the daemon sends it", front.get("/v1/part/count?query=pie").status, 200)


class Liar(socketserver.BaseRequestHandler):
    """Answers each request with the same bytes, made from what a part really says."""

    def handle(self):
        got = self.request.recv(1 << 16)
        while b"\r\n\r\n" not in got:
            got += self.request.recv(1 << 16)
        length = int(re.search(rb"[Cc]ontent-[Ll]ength: (\d+)", got)[1])
        body = got.split(b"\r\n\r\n", 1)[1]
        while len(body) < length:
            body += self.request.recv(1 << 16)
        with contextlib.suppress(OSError):
            self.request.sendall(self.server.lie(body))


def hostile():
    octets = {"Content-Type": "application/octet-stream"}
    head = lambda n, kind="application/octet-stream": f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {n}\r\n\r\n".encode()
    with served(0) as a, served(1) as other:
        def truth(body, daemon=a):
            return daemon.request("POST", "/v1/part/part", body, octets).body

        def info_then(lie):
            """Honest when the index is opened, not afterwards."""
            def answer(body):
                true = truth(body)
                return head(len(true)) + true if body[4] == 0 else lie(true, body)
            return answer

        def flipped(true):
            at = rng.randrange(len(true))
            return true[:at] + bytes([true[at] ^ 1 << rng.randrange(8)]) + true[at + 1 :]

        lies = {
            "no HTTP": lambda body: b"hello\r\n\r\n",
            "a web page": lambda body: head(5, "text/html") + b"hello",
            "another status": lambda body: b"HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n",
            "too much": lambda body: head(1 << 40),
            "endless": lambda body: b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffff\r\n",
            "cut off": lambda body: head(len(truth(body))) + truth(body)[:-9],
            "cut off, as if whole": lambda body: head(len(truth(body)) - 9) + truth(body)[:-9],
            "empty": lambda body: head(0),
            "closed": lambda body: b"",
            "one bit": lambda body: (lambda t: head(len(t)) + t)(flipped(truth(body))),
            "later: one bit": info_then(lambda true, body: (lambda t: head(len(t)) + t)(flipped(true))),
            "later: empty": info_then(lambda true, body: head(0)),
            "later: the answer to another question": info_then(lambda true, body: (lambda t: head(len(t)) + t)(truth(b"ngp\x02\x00\x00\x00" + xxh_of_info()))),
            "later: cut off": info_then(lambda true, body: head(len(true)) + true[: len(true) // 2]),
        }
        for name, lie in lies.items():
            with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Liar) as server:
                server.daemon_threads, server.lie = True, lie
                threading.Thread(target=server.serve_forever, daemon=True).start()
                url = f"http://127.0.0.1:{server.server_address[1]}/part"
                done = run("locate", "pie", "-i", url, "--part-timeout", "1", code=2)
                check(f"a part that lies ({name}) is named", b"part 1 of the index" in done.stderr and url.encode() in done.stderr, done.stderr)
                equal(f"and nothing is shown ({name})", done.stdout, b"")
                server.shutdown()
        for body in (b"", b"ngp", b"ngp\x01" + bytes(40), bytes(1000), b"ngp\x02" + bytes(rng.randrange(256) for _ in range(500))):
            answer = a.request("POST", "/v1/part/part", body, octets)
            check("a question that is none", answer.status in (400, 409), answer)
        equal("a question of the wrong type", a.post("/v1/part/part", {}).status, 415)
        equal("the part is well", a.get("/v1/part/count?query=pie").status, 200)


def encode(*values):
    """Numbers and byte strings as in a message (query/parts/wire.h)."""
    out = b""
    for value in values:
        number, rest = (len(value), value) if isinstance(value, bytes) else (value, b"")
        while number >= 128:
            out, number = out + bytes([number & 127 | 128]), number >> 7
        out += bytes([number]) + rest
    return out


def decode(message, at):
    """A number, and where it ends."""
    number = shift = 0
    while True:
        byte = message[at]
        number, shift, at = number | (byte & 127) << shift, shift + 7, at + 1
        if byte < 128:
            return number, at


def sealed(message):
    return message + XXH.XXH3_64bits(message, len(message)).to_bytes(8, "little")


HEAD = 38  # bytes of an answer before its values
COUNT, FIND, PAGE, ROWS, SHOW, READ, IDS, RANGES = range(1, 9)
AS_HIT, ORIGINALS, AS_VIEW = range(3)
try:
    XXH = ctypes.CDLL("libxxhash.so.0")
    XXH.XXH3_64bits.restype, XXH.XXH3_64bits.argtypes = ctypes.c_uint64, [ctypes.c_char_p, ctypes.c_size_t]
except (OSError, AttributeError):
    XXH = None


def odd_questions():
    """Questions that are well formed and do not fit are refused, and the part stays in service."""
    if not XXH:
        return skip("questions that do not fit", "libxxhash.so.0 is not there")
    with served(0) as a:
        identity = next(i["id"] for i in a.get("/v1/indexes").json["indexes"]).encode()

        def ask(operation, view, *values):
            body = sealed(b"ngp\x02" + encode(operation, view, identity, *values))
            return a.request("POST", "/v1/part/part", body, {"Content-Type": "application/octet-stream"})

        page = ask(PAGE, 1, b"pie", AS_HIT, 0, 1, 10)
        equal("a page of a hit", page.status, 200)
        at, hit = HEAD, []
        found, at = decode(page.body, at)
        for _ in range(5):
            number, at = decode(page.body, at)
            hit.append(number)
        shard, rank, position, doc, offset = hit
        length = len(documents[doc][0].encode())
        for kind in (AS_HIT, ORIGINALS, AS_VIEW):
            equal(f"its text ({kind})", ask(SHOW, 1, kind, 10, 1, *hit, 3).status, 200)
            odd = {
                "too long": [*hit, 100000],
                "beyond the document": [shard, rank, position, doc, 10 * length, 3],
                "at the end of numbers": [shard, rank, 2**64 - 1, doc, 2**64 - 1, 3],
                "of no document": [shard, rank, position, 10**6, offset, 3],
            }
            if kind != ORIGINALS:
                odd["of another row"] = [shard, rank + 1, position, doc, offset, 3]
                odd["of no row"] = [shard, 2**40, position, doc, offset, 3]
                odd["of no shard"] = [7, rank, position, doc, offset, 3]
                odd["of another document"] = [shard, rank, position, doc + 1, offset, 3]
            for name, values in odd.items():
                for view in (0, 1):
                    answer = ask(SHOW, view, kind, 10, 1, *values)
                    check(f"text of a hit {name} ({kind}, {view})", answer.status in (400, 404), answer)
        for view in (0, 1):
            equal(f"a range ({view})", ask(RANGES, view, 1, 0, 1, 0, 5).status, 200)
            for ranges in ([5000, 6000], [5, 5], [9, 5], [0, 2**64 - 1], [2**64 - 2, 2**64 - 1], [9, 12, 3, 5]):
                answer = ask(RANGES, view, 1, 0, len(ranges) // 2, *ranges)
                check(f"ranges that do not fit ({view}, {ranges})", answer.status == 400, answer)
        equal("the part is well", a.get("/v1/part/count?query=pie").status, 200)
        equal("in the log, too", "no longer ready" in a.log_text(), False)


def lying_numbers():
    """Answers that are well formed, with numbers that do not fit."""
    if not XXH:
        return skip("answers that do not fit", "libxxhash.so.0 is not there")

    def bend(true, operation, which, by):
        """Changes a number of each place and snippet of an answer: 1 offset, 2 length, 3 offset of the text."""
        message, at, out = true[:-8], HEAD, true[:HEAD]
        if operation == PAGE:
            found, at = decode(message, at)
            out += encode(found)
        while at < len(message):
            if operation == PAGE:
                for _ in range(5):
                    number, at = decode(message, at)
                    out += encode(number)
            values = []
            for _ in range(5):
                number, at = decode(message, at)
                values.append(number)
            length = values.pop()
            values[which] += by
            out += encode(*values, message[at : at + length])
            at += length
        return sealed(out)

    lies = {f"number {which} of a hit is {by} more": lambda true, operation, which=which, by=by: bend(true, operation, which, by) if operation in (PAGE, SHOW) else true
            for which, by in ((1, 1 << 22), (1, 1 << 60), (2, 1 << 22), (2, 1 << 62), (3, 1 << 22), (3, 1 << 62))}
    lies["documents are found and not listed"] = lambda true, operation: sealed(true[:HEAD] + encode(5, 0)) if operation == IDS else true
    pathlib.Path("one.jsonl").write_text(json.dumps({"question": documents[3][0]}) + "\n")
    with served(0) as a, socketserver.ThreadingTCPServer(("127.0.0.1", 0), Liar) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/part"
        for name, lie in lies.items():
            def answer(body, lie=lie):
                true = a.request("POST", "/v1/part/part", body, {"Content-Type": "application/octet-stream"}).body
                if body[4] != 0:
                    true = lie(true, body[4])
                return f"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {len(true)}\r\n\r\n".encode() + true
            server.lie = answer
            commands = ([["doc", "--id", "d1"]] if "listed" in name else
                        [["locate", "pie", "--view", "folded"], ["locate", "pie"], ["contam", "one.jsonl", "--report", "bent", "--preset", "folded"]])
            for command in commands:
                shutil.rmtree("bent", ignore_errors=True)
                done = run(*command, "-i", url, code=2)
                check(f"{name}: {command[0]} refuses it", b"does not fit the question" in done.stderr, done.stderr)
        server.shutdown()


def xxh_of_info():
    """The XXH3-64 of the head of a request for what a part holds, little-endian; taken from such a request."""
    return INFO[0][-8:]


INFO = []


def learn_info():
    class Listener(Liar):
        pass

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Listener) as server:
        server.daemon_threads = True
        server.lie = lambda body: (INFO.append(body), b"")[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        run("count", "pie", "-i", f"http://127.0.0.1:{server.server_address[1]}/part", code=2)
        server.shutdown()
    check("a request for what a part holds", len(INFO) == 1 and INFO[0][:5] == b"ngp\x02\x00", INFO)


def addresses():
    for wrong in ("http://", "http://host", "http://host/", "https://host/web", "http://host:0/web", "http://host:99999/web",
                  "http://host:x/web", "http://[::1/web", "http://host/a b", "http://host/web,", "http://host/web|", "http://:80/web",
                  "http://host/web?x=1", "http://ho st/web", ",".join(["http://127.0.0.1:1/web"] * 65), "|".join(["http://127.0.0.1:1/web"] * 9),
                  "http://host/" + "x" * 2000):
        done = run("count", "pie", "-i", f"w={wrong}", code=2)
        check(f"{wrong[:40]} is no address", b"is not the address" in done.stderr or b"NG_MAX" in done.stderr, done.stderr)


main(equal_answers, failing_parts, silent_part, circles, replicas, tokens, addresses, learn_info, hostile, odd_questions, lying_numbers, removed_documents)
