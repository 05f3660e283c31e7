"""A bulletin that the daemon serves: its files and nothing else, by whom and how often they may be read; and benchmarks that
are uploaded for it, well-meant and hostile ones, with restarts in the middle."""

import base64
import resource
import shutil
import stat
import threading
import urllib.parse

from lib import *
from schema import Description

one = build("one", FISH + BIRDS, "--view", "exact,folded")
two = build("two", BIRDS[:50], "--view", "exact,folded")
BENCH = "".join(json.dumps({"id": f"bird{i}", "question": BIRDS[i][0]}) + "\n" for i in range(5)).encode()
OCTETS = {"Content-Type": "application/octet-stream"}


def make_report(name, index, **environment):
    pathlib.Path(f"{name}.jsonl").write_bytes(BENCH)
    subprocess.run([os.environ["NGIDX"], "contam", f"{name}.jsonl", "-i", f"one={index}", "--report", f"{name}.report"], check=True,
                   capture_output=True, env={**os.environ, **environment})  # fmt: skip


def bulletin(*arguments):
    subprocess.run([os.environ["NGIDX"], "bulletin", "-q", *map(str, arguments)], check=True)


make_report("birds", one, SOURCE_DATE_EPOCH="1780000000")
bulletin("birds.report", "-o", "site")
KEY = os.listdir("site/reports")[0]


def results(site="site"):
    return json.loads(pathlib.Path(f"{site}/bulletin.json").read_text())["results"]


def names(site="site"):
    return sorted(result["benchmark"] + "/" + result["corpus"] for result in results(site))


def upload(daemon, name, body=BENCH, **headers):
    return daemon.request("POST", "/bulletin/benchmarks?name=" + urllib.parse.quote(name, safe=""), body, {**OCTETS, **headers})


def state(daemon):
    return daemon.get("/bulletin/benchmarks/state").json


def settled(daemon):
    return wait_for(lambda: state(daemon)["free"], 120)


# ---- Files ----


def files():
    pathlib.Path("secret.json").write_text('"secret"')
    os.symlink(os.path.abspath("secret.json"), "site/reports/link.json")
    os.symlink(os.path.abspath("."), "site/reports/folder")
    pathlib.Path("site/.hidden.json").write_text('"secret"')
    pathlib.Path("site/program.sh").write_text("secret")
    os.mkfifo("site/pipe.json")
    with Daemon("-i", f"one={one}", "--bulletin", "site") as d:
        wanted = {"": "text/html; charset=utf-8", "index.html": "text/html; charset=utf-8", "add.html": "text/html; charset=utf-8",
                  "bulletin.json": "application/json", "bulletin.csv": "text/csv; charset=utf-8", "report.schema.json": "application/json",
                  f"reports/{KEY}/report.html": "text/html; charset=utf-8", f"reports/{KEY}/report.json": "application/json",
                  f"reports/{KEY}/report.md": "text/markdown; charset=utf-8", f"reports/{KEY}/entries.jsonl": "application/jsonl"}  # fmt: skip
        for path, kind in wanted.items():
            answer = d.get("/bulletin/" + path)
            body = pathlib.Path("site", path or "index.html").read_bytes()
            equal(f"file '{path}'", (answer.status, answer.body == body, answer.headers["Content-Type"]), (200, True, kind))
            check(f"file '{path}' has a policy", "default-src 'none'" in answer.headers["Content-Security-Policy"], answer.headers)
            head = d.request("HEAD", "/bulletin/" + path)
            equal(f"HEAD '{path}'", (head.status, head.headers["Content-Length"], head.body), (200, str(len(body)), b""))
            tag = answer.headers["ETag"]
            for known in (tag, "W/" + tag, f'"x", {tag}', "*"):
                again = d.get("/bulletin/" + path, **{"If-None-Match": known})
                if (again.status, again.body, again.headers["ETag"]) != (304, b"", tag):
                    check(f"304 for '{path}'", False, again)
            equal(f"another tag for '{path}'", d.get("/bulletin/" + path, **{"If-None-Match": '"x"'}).status, 200)
        check("the page of a report has no origin", "sandbox" in d.get(f"/bulletin/reports/{KEY}/report.html").headers["Content-Security-Policy"])
        moved = d.get("/bulletin")
        equal("the folder", (moved.status, moved.headers["Location"]), (301, "bulletin/"))
        for path in ("../secret.json", "reports/../../secret.json", "%2e%2e/secret.json", "..%2fsecret.json", "/etc/passwd", "/secret.json",
                     "reports/link.json", "reports/folder/secret.json", ".hidden.json", "program.sh", "pipe.json", "reports", "reports/", "index.html/",
                     f"reports/{KEY}", f"reports/{KEY}/", f"reports//{KEY}/report.json", "index.html%00.json", "none.json", "a" * 5000 + ".json",
                     "benchmarks", "benchmarks/state", "./index.html", "reports/./../index.html", "bulletin.json\\..", "~/x.json"):  # fmt: skip
            answer = d.get("/bulletin/" + path)
            if answer.status != 404 or b"secret\"" in answer.body:
                check(f"not served: {path:.80}", False, answer)
        check("nothing else is served", True)
        equal("no POST to files", d.request("POST", "/bulletin/index.html", b"{}").status, 405)
        equal("no uploads unless asked for", upload(d, "a.jsonl").status, 404)
        os.unlink("site/pipe.json"), os.unlink("site/.hidden.json"), os.unlink("site/program.sh")
        os.unlink("site/reports/link.json"), os.unlink("site/reports/folder")
    large = b"x" * (3 << 20)
    pathlib.Path(f"site/reports/{KEY}/entries.csv").write_bytes(large)
    pathlib.Path(f"site/reports/{KEY}/summary.csv").write_bytes(b"")
    with Daemon("-i", f"one={one}", "--bulletin", "site", "--max-buffered", "1M") as d:
        check("a file larger than what may be in memory", d.get(f"/bulletin/reports/{KEY}/entries.csv").body == large)
        equal("an empty file", (lambda a: (a.status, a.body))(d.get(f"/bulletin/reports/{KEY}/summary.csv")), (200, b""))
    with Daemon("-i", f"one={one}") as d:
        equal("no bulletin unless asked for", [d.get(p).status for p in ("/bulletin", "/bulletin/", "/bulletin/benchmarks/state")], [404] * 3)


def replaced():
    """Readers while the site is replaced again and again: none gets anything but a whole file."""
    shutil.copytree("site", "busy")
    with Daemon("-i", f"one={one}", "--bulletin", "busy", "-t", "4") as d:
        seen, stop = set(), threading.Event()

        def read():
            while not stop.is_set():
                answer = d.get("/bulletin/index.html")
                seen.add((answer.status, answer.body[-8:]))

        readers = [threading.Thread(target=read) for _ in range(3)]
        for reader in readers:
            reader.start()
        before = d.get("/bulletin/bulletin.json").headers["ETag"]
        for i in range(15):
            bulletin("busy", "-o", "busy", "--title", f"number {i}")
        stop.set()
        for reader in readers:
            reader.join()
        equal("a site that is replaced is always whole", seen, {(200, b"</html>\n")})
        now = d.get("/bulletin/bulletin.json", **{"If-None-Match": before})
        equal("the new site is served", (now.status, now.json["title"]), (200, "number 14"))


def token():
    pathlib.Path("token").write_text("s:ecret\n")
    basic = lambda text: {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}
    with Daemon("-i", f"one={one}", "--bulletin", "site", "--accept-benchmarks", "--token-file", "token") as d:
        for path in ("/bulletin", "/bulletin/", f"/bulletin/reports/{KEY}/report.json", "/bulletin/benchmarks", "/bulletin/benchmarks/state"):
            answer = d.get(path)
            equal(f"{path} needs the token", answer.status, 401)
            check(f"{path}: a browser asks for it", "Basic realm=" in answer.headers["WWW-Authenticate"], answer.headers)
            for good in (basic("anyone:s:ecret"), basic(":s:ecret"), {"Authorization": "Bearer s:ecret"}, {"Authorization": "basic " + basic("x:s:ecret")["Authorization"][6:].rstrip("=")}):
                if d.get(path, **good).status not in (200, 301):
                    check(f"{path} with the token", False, good)
            for bad in (basic("s:ecret"), basic("s:ecret:"), basic("x:s:ecre"), basic("x:s:ecrets"), basic(""), basic("x:"), {"Authorization": "Basic"}, {"Authorization": "Basic !"},
                        {"Authorization": "Basic " + "A" * 8000}, {"Authorization": "Basic eDpzOmVjcmV0=x"}, {"Authorization": "Bearer " + basic("x:s:ecret")["Authorization"][6:]}):  # fmt: skip
                if d.get(path, **bad).status != 401:
                    check(f"{path} without the token", False, bad)
        equal("an upload without it", upload(d, "a.jsonl").status, 401)
        equal("an upload with it", upload(d, "guarded.jsonl", **basic("x:s:ecret")).status, 202)
        wait_for(lambda: d.get("/bulletin/benchmarks/state", **basic("x:s:ecret")).json["free"], 120)
        answer = d.get("/v1/indexes", **basic("x:s:ecret"))
        equal("a password opens the bulletin only", (answer.status, answer.headers["WWW-Authenticate"]), (401, "Bearer"))


# ---- Uploads ----


def uploads():
    shutil.rmtree("site.queue", ignore_errors=True)
    with Daemon("-i", f"one={one}", "-i", f"two={two}", "--bulletin", "site", "--accept-benchmarks", "--max-body", "4K") as d:
        description = Description(d.get("/openapi.json").json)
        page = d.get("/bulletin/benchmarks")
        check("the upload page", page.status == 200 and b"<form" in page.body and "connect-src 'self'" in page.headers["Content-Security-Policy"], page)
        before = names()
        answer = upload(d, "mine.jsonl")
        equal("an upload", (answer.status, answer.json["name"]), (202, "mine.jsonl"))
        equal("is answered as described", description.answer_errors("POST", "/bulletin/benchmarks", answer), [])
        settled(d)
        equal("and added, for each index", names(), sorted(before + ["mine/one", "mine/two"]))
        equal("which is told", (state(d)["added"], state(d)["job"], state(d)["failed"]), ("mine.jsonl", None, []))
        equal("as described", description.answer_errors("GET", "/bulletin/benchmarks/state", d.get("/bulletin/benchmarks/state")), [])
        equal("the bulletin has it", d.get("/bulletin/bulletin.json").json["results"], results())
        mine = next(key for key in os.listdir("site/reports") if "mine" in pathlib.Path(f"site/reports/{key}/report.json").read_text())
        everything = b"".join(path.read_bytes() for path in pathlib.Path(f"site/reports/{mine}").iterdir())
        check("without texts and paths", b"sixpence" not in everything and os.getcwd().encode() not in everything, everything[:500])
        equal("nothing to tell of the file", state(d)["note"], None)
        equal("a benchmark in Latin-1", upload(d, "latin.jsonl", b'{"question":"caf\xe9 after caf\xe9 in the long street by the old harbour"}\n').status, 202)
        settled(d)
        equal("is told to have been repaired", (state(d)["added"], state(d)["note"]),
              ("latin.jsonl", "not UTF-8, repaired with U+FFFD: 1 entry, the first at line 1"))  # fmt: skip
        equal("as described", description.answer_errors("GET", "/bulletin/benchmarks/state", d.get("/bulletin/benchmarks/state")), [])
        equal("nothing is left of it", sorted(os.listdir("site.queue")), ["failed"])
        equal("the queue is private", stat.S_IMODE(os.stat("site.queue").st_mode), 0o700)

        answer = upload(d, "large.jsonl", b"x" * 4097)
        equal("too large", answer.status, 413)
        chunked = b"POST /bulletin/benchmarks?name=a.jsonl HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        check("too large in chunks", b" 413 " in d.raw(chunked + b"1001\r\n" + b"x" * 4097).split(b"\r\n")[0])
        equal("empty", upload(d, "a.jsonl", b"").status, 400)
        equal("no name", d.request("POST", "/bulletin/benchmarks", BENCH, OCTETS).status, 400)
        equal("two names", d.request("POST", "/bulletin/benchmarks?name=a.jsonl&name=b.jsonl", BENCH, OCTETS).status, 400)
        equal("another parameter", d.request("POST", "/bulletin/benchmarks?name=a.jsonl&x=1", BENCH, OCTETS).status, 400)
        for kind in ("application/json", "text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"):
            equal(f"a body of type {kind}", upload(d, "a.jsonl", **{"Content-Type": kind}).status, 415)
        equal("a compressed body", upload(d, "a.jsonl", **{"Content-Encoding": "gzip"}).status, 415)
        equal("from another site's page", upload(d, "a.jsonl", Origin="https://example.org").status, 403)
        equal("another method", d.request("PUT", "/bulletin/benchmarks?name=a.jsonl", BENCH, OCTETS).status, 405)
        for name in ("", ".", "..", "../x.jsonl", "/etc/x.jsonl", "a/b.jsonl", "..%2fx.jsonl", ".x.jsonl", "-o.jsonl", "--report.jsonl", "_x.jsonl", "x", "x.jsonl.gz",
                     "x.sh", "x.html", ".jsonl", "a b.jsonl", "$(touch executed).jsonl", "`touch executed`.jsonl", "a;touch executed;.jsonl", "a|b.jsonl",
                     "a\nb.jsonl", "a\0b.jsonl", "a.jsonl\0", "ü.jsonl", "a\\b.jsonl", "a:b.jsonl", "a=b.jsonl", "<b>.jsonl", "'\".jsonl", "a" * 74 + ".jsonl", "a" * 5000 + ".jsonl"):  # fmt: skip
            answer = upload(d, name)
            if answer.status != 400 or description.answer_errors("POST", "/bulletin/benchmarks", answer):
                check(f"refused: {name!r:.60}", False, answer)
        check("hostile names are refused", True)
        equal("of all these nothing came", (sorted(os.listdir("site.queue")), os.listdir("site.queue/failed"), state(d)["failed"]), (["failed"], [], []))
        equal("the longest name", upload(d, "a" * 73 + ".jsonl").status, 202)
        settled(d)

        # What is no benchmark is refused later, and kept.
        bad = [("text.json", b"not JSON"), ("zeros.jsonl", b"\0" * 100), ("gzip.jsonl", b"\x1f\x8b\x08\0" * 20), ("fields.jsonl", b'{"a":1}\n'),
               ("deep.json", b"[" * 4000), ("cut.jsonl", BENCH[:-20]), ("script.csv", b"<script>alert(1)</script>\n")]  # fmt: skip
        for name, body in bad:
            equal(f"{name} is accepted", upload(d, name, body).status, 202)
            settled(d)
        failed = state(d)["failed"]
        equal("but fails", [one["name"] for one in failed], [name for name, _ in reversed(bad)])
        check("for a reason", all(len(one["reason"]) > 15 and "/" + one["name"] not in one["reason"] and "\n" not in one["reason"] for one in failed), failed)
        check("which tells no folder", not any(os.getcwd() in one["reason"] for one in failed), failed)
        equal("as described", description.answer_errors("GET", "/bulletin/benchmarks/state", d.get("/bulletin/benchmarks/state")), [])
        kept = sorted(os.listdir("site.queue/failed"))
        equal("and is kept", [pathlib.Path(f"site.queue/failed/{key}/{name}").read_bytes() for key, (name, _) in zip(kept, bad)], [body for _, body in bad])

        # Hostile texts of a sound benchmark.
        hostile = "</script><script>alert(1)</script><img src=x onerror=alert(2)>$(touch executed)`touch executed`\u0007\u202e ../../etc/passwd"
        equal("hostile texts", upload(d, "hostile.jsonl", (json.dumps({"id": hostile, "question": hostile * 3, "answer": hostile}) + "\n").encode()).status, 202)
        settled(d)
        equal("are checked", state(d)["added"], "hostile.jsonl")
        pages = "".join(path.read_text() for path in pathlib.Path("site").rglob("*.html"))
        check("and become no tag", "<img src=x" not in pages and "<script>alert" not in pages)
    check("nothing was executed", not list(pathlib.Path(".").rglob("executed")))
    with Daemon("-i", f"one={one}", "--bulletin", "site", "--accept-benchmarks") as d:
        equal("a restart knows what failed", [one["name"] for one in state(d)["failed"]], [name for name, _ in reversed(bad)])
        for i in range(22 - len(bad)):
            upload(d, f"bad{i}.json", b"x")
            settled(d)
        equal("the last twenty are kept", (len(os.listdir("site.queue/failed")), len(state(d)["failed"]), state(d)["failed"][0]["name"]), (20, 20, "bad14.json"))


# ---- A program ngidx that does as the test wants ----


class Programs:
    """A folder with ngidxd, and with an ngidx that runs a script of the test's."""

    def __init__(self, name, script):
        os.mkdir(name)
        shutil.copy(os.environ["NGIDXD"], f"{name}/ngidxd")
        self.daemon = os.path.abspath(f"{name}/ngidxd")
        self.set(script)

    def set(self, script):
        path = pathlib.Path(self.daemon).parent / "ngidx"
        path.write_text("#!/bin/bash\nreal=" + os.environ["NGIDX"] + "\n" + script)
        path.chmod(0o755)

    def run(self, site, *arguments):
        os.environ["NGIDXD"], real = self.daemon, os.environ["NGIDXD"]
        try:
            return Daemon("-i", f"one={one}", "--bulletin", site, "--accept-benchmarks", *arguments)
        finally:
            os.environ["NGIDXD"] = real


SLOW = 'echo "$*" >> %s; if [ "$1" = %s ]; then while [ ! -e go ] && [ ! -e ../../go ]; do sleep 0.05; done; fi; exec "$real" "$@"\n'


def one_at_a_time():
    programs = Programs("slow", SLOW % (os.path.abspath("calls"), "contam"))
    with programs.run("new-site") as d:
        equal("no site yet", d.get("/bulletin/").status, 404)
        equal("the first", upload(d, "first.jsonl").status, 202)
        answers = []
        threads = [threading.Thread(target=lambda i=i: answers.append(upload(d, f"other{i}.jsonl"))) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        equal("the others have to wait", {(a.status, a.headers.get("Retry-After")) for a in answers}, {(429, "30")})
        wait_for(lambda: state(d)["job"]["phase"] == "checking")
        equal("which is told", (state(d)["free"], state(d)["job"]["name"]), (False, "first.jsonl"))
        equal("other requests are answered", d.get("/v1/one/count?query=fish").json["count"], 504)
        refused = subprocess.run([os.environ["NGIDXD"], "-i", one, "-l", "127.0.0.1:0", "--bulletin", "new-site", "--accept-benchmarks"], capture_output=True, check=False)
        check("a second daemon is refused the queue", refused.returncode == 2 and b"another daemon uses" in refused.stderr, refused)
        pathlib.Path("go").touch()
        settled(d)
        equal("the first is added, to a new site", names("new-site"), ["first/one"])
        answers = [upload(d, f"next{i}.jsonl").status for i in range(2)]
        check("then the next one", answers[0] == 202, answers)
        settled(d)
    os.unlink("go")


def schema_check():
    """A report that does not fit the schema is not added."""
    programs = Programs("broken", '''"$real" "$@" || exit; if [ "$1" = contam ]; then sed -i 's/"report_version":2/"report_version":"two"/' making/report.json; fi\n''')
    before = pathlib.Path("site/bulletin.json").read_bytes()
    with programs.run("site") as d:
        upload(d, "unfit.jsonl")
        settled(d)
        failed = state(d)["failed"][0]
        check("a report that does not fit the schema is refused", failed["name"] == "unfit.jsonl" and "report_version" in failed["reason"], failed)
        programs.set('kill -SEGV $$\n')
        upload(d, "crash.jsonl")
        wait_for(lambda: state(d)["failed"][0]["name"] == "crash.jsonl", 60)
        failed = state(d)["failed"][0]
        check("a program that always crashes is given up", "interrupted 5 times" in failed["reason"] and "signal 11" in failed["reason"], failed)
        programs.set("exit 5\n")
        upload(d, "silent.jsonl")
        settled(d)
        check("one that says nothing", "exit status 5" in state(d)["failed"][0]["reason"], state(d)["failed"][0])
    equal("the site is as it was", pathlib.Path("site/bulletin.json").read_bytes(), before)


def kill(daemon):
    daemon.process.kill()
    daemon.process.wait()
    daemon.log.close()


def children(folder):
    """Processes that work in a folder."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(process / "cwd").startswith(os.path.abspath(folder)):
                found.append(process.name)
        except OSError:
            pass
    return found


def restarts():
    shutil.copytree("birds.report", "start.report")
    for step in ("contam", "bulletin"):
        site = f"{step}-site"
        bulletin("start.report", "-o", site)
        programs = Programs(f"kill-{step}", SLOW % (os.path.abspath(f"{step}-calls"), step))
        d = programs.run(site)
        equal(f"{step}: accepted", upload(d, "kept.jsonl").status, 202)
        wait_for(lambda: pathlib.Path(f"{step}-calls").exists() and pathlib.Path(f"{step}-calls").read_text().split("\n")[-2].startswith(step))
        kill(d)
        if step == "contam":
            check(f"{step}: its child ends with it", wait_for(lambda: not children(f"{site}.queue")), children(f"{site}.queue"))
        equal(f"{step}: the upload is kept", pathlib.Path(f"{site}.queue/job/kept.jsonl").read_bytes(), BENCH)
        d = programs.run(site)
        equal(f"{step}: it is taken up again", (upload(d, "other.jsonl").status, state(d)["job"]["name"]), (429, "kept.jsonl"))
        d.process.send_signal(signal.SIGTERM)  # with a child that waits: contam is ended, bulletin is waited for
        if step == "bulletin":
            pathlib.Path("go").touch()
        d.stop()
        pathlib.Path("go").touch()
        wait_for(lambda: not children(f"{site}.queue"))
        with programs.run(site) as d:
            settled(d)
            equal(f"{step}: and is added once", names(site), ["birds/one", "kept/one"])
            equal(f"{step}: nothing failed", state(d)["failed"], [])
        equal(f"{step}: nothing is left over", sorted(os.listdir(f"{site}.queue")), ["failed"])
        os.unlink("go")
    # At any moment.
    bulletin("start.report", "-o", "any-site")
    accepted = []
    for i in range(12):
        d = Daemon("-i", f"one={one}", "--bulletin", "any-site", "--accept-benchmarks")
        settled(d)
        sender = threading.Thread(target=lambda i=i, d=d: accepted.append(i) if try_upload(d, f"any{i}.jsonl") else None)
        sender.start()
        time.sleep(0.012 * i)
        kill(d)
        sender.join()
    with Daemon("-i", f"one={one}", "--bulletin", "any-site", "--accept-benchmarks") as d:
        settled(d)
        got = names("any-site")
        check("killed at any moment: all that was accepted is there, once", len(set(got)) == len(got) and {f"any{i}/one" for i in accepted} <= set(got), (accepted, got))
        equal("and nothing failed", state(d)["failed"], [])
    check("some were accepted", len(accepted) > 2, accepted)


def try_upload(daemon, name):
    try:
        return upload(daemon, name).status == 202
    except OSError:
        return False
    except http.client.HTTPException:
        return False


def full_disk():
    """Where a file cannot be written, the upload is refused, and nothing of it stays."""
    with Daemon("-i", f"one={one}", "--bulletin", "site", "--accept-benchmarks") as d:
        before = os.listdir("site.queue")
        resource.prlimit(d.process.pid, resource.RLIMIT_FSIZE, (os.path.getsize("daemon.log") + 4096, resource.RLIM_INFINITY))
        answer = upload(d, "full.jsonl", b"x" * 100000)
        equal("no room for an upload", (answer.status, answer.json["detail"], answer.headers["Retry-After"]), (503, "the benchmark cannot be stored", "1"))
        equal("nothing stays of it", (os.listdir("site.queue"), state(d)["free"]), (before, True))
        check("the log says where", "site.queue" in d.log_text().split("\n")[-2], d.log_text()[-500:])
        resource.prlimit(d.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        equal("room again", upload(d, "room.jsonl").status, 202)
        settled(d)
        equal("and it is added", state(d)["added"], "room.jsonl")


def refusals():
    """What the command line cannot ask for."""
    os.mkdir("not-a-site")
    os.makedirs("alone")
    shutil.copy(os.environ["NGIDXD"], "alone/ngidxd")
    for name, program, arguments, why in (
        ("uploads without a bulletin", os.environ["NGIDXD"], ["--accept-benchmarks"], "needs --bulletin"),
        ("no site", os.environ["NGIDXD"], ["--bulletin", "nowhere"], "bulletin.json"),
        ("not a site", os.environ["NGIDXD"], ["--bulletin", "not-a-site", "--accept-benchmarks"], "bulletin.json"),
        ("no folder around it", os.environ["NGIDXD"], ["--bulletin", "no/where", "--accept-benchmarks"], "cannot use the folder no/"),
        ("a name that is none", os.environ["NGIDXD"], ["--bulletin", "site/..", "--accept-benchmarks"], "does not name a folder"),
        ("no ngidx beside it", "alone/ngidxd", ["--bulletin", "site", "--accept-benchmarks"], "which checks benchmarks"),
    ):
        done = subprocess.run([program, "-i", one, "-l", "127.0.0.1:0", *arguments], capture_output=True, check=False, timeout=60)
        check(name, done.returncode == 2 and why in done.stderr.decode(), done)


main(files, replaced, refusals, uploads, token, one_at_a_time, schema_check, full_disk, restarts)
