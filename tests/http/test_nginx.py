"""ngidxd behind a real nginx with scripts/nginx.conf, at /ngidx/; skipped where there is no nginx."""

import gzip
import shutil

from lib import *

nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
if not nginx:
    skip("nginx", "there is no nginx")
    sys.exit()

index = build("fish", FISH + BIRDS, "--view", "exact,folded")
CONFIG = pathlib.Path(__file__).parents[2] / "scripts" / "nginx.conf"


class Proxy(Daemon):
    """nginx in front of a daemon, on a port of its own."""

    def __init__(self, behind):
        work = pathlib.Path("nginx").resolve()
        work.mkdir(exist_ok=True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        config = CONFIG.read_text()
        for there, here in ("127.0.0.1:8642", f"127.0.0.1:{behind}"), ("listen 80;", f"listen 127.0.0.1:{self.port};"):
            assert config.count(there) == 1, there
            config = config.replace(there, here)
        folders = "".join(f"{name}_temp_path {work}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (work / "nginx.conf").write_text(
            f"daemon off;\nmaster_process off;\npid {work}/pid;\nerror_log {work}/error.log;\nevents {{}}\n"
            f"http {{\naccess_log off;\n{folders}{config}}}\n"
        )
        self.process = subprocess.Popen([nginx, "-c", work / "nginx.conf", "-e", work / "error.log"])
        if not wait_for(self.is_there):
            self.process.kill()
            raise RuntimeError("nginx did not start: " + (work / "error.log").read_text())

    def is_there(self):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port)).close()
            return True
        return False

    def stop(self):
        self.process.terminate()
        self.process.wait(60)


def bulletin():
    pathlib.Path("bench.jsonl").write_text("".join(json.dumps({"question": text}) + "\n" for text, _ in BIRDS[:5]))
    ngidx = os.environ["NGIDX"]
    subprocess.run([ngidx, "contam", "bench.jsonl", "-i", f"fish={index}", "--report", "r"], check=True, capture_output=True)
    subprocess.run([ngidx, "bulletin", "-q", "r", "-o", "site"], check=True)


bulletin()
daemon = Daemon("-i", index, "--bulletin", "site", "--trusted-proxy", "127.0.0.1", "--access-log", "access.log")
proxy = Proxy(daemon.port)


def log():
    return [json.loads(line) for line in pathlib.Path("access.log").read_text().splitlines()]


def pages():
    equal("without the slash", (proxy.get("/ngidx").status, proxy.get("/ngidx").headers["Location"]), (301, "/ngidx/"))
    page = proxy.get("/ngidx/")
    check("the page", page.status == 200 and b"<html" in page.body, page)
    local = re.findall(rb"(?:href|src|action)=\"(/[^\"]*)", page.body)
    equal("its links are relative", local, [])
    equal("the description", proxy.get("/ngidx/openapi.json").json, daemon.get("/openapi.json").json)
    again = proxy.get("/ngidx/", **{"If-None-Match": page.headers["ETag"]})
    equal("unchanged", (again.status, again.body), (304, b""))
    equal("outside of the prefix", proxy.get("/v1/indexes").status, 404)


def searches():
    equal("a count", proxy.get("/ngidx/v1/fish/count?query=bird+number").json["count"], 200)
    equal("a body", proxy.post("/ngidx/v1/fish/count", {"query": "bird number"}).json["count"], 200)
    equal("the peer's protocol", proxy.post("/ngidx/", {"index": "fish", "query_type": "count", "query": "fish"}).json["count"],
          daemon.get("/v1/fish/count?query=fish").json["count"])  # fmt: skip
    origin = f"http://127.0.0.1:{proxy.port}"
    equal("the page's own origin", proxy.get("/ngidx/v1/fish/count?query=a", Origin=origin).status, 200)
    equal("a foreign one", proxy.get("/ngidx/v1/fish/count?query=a", Origin="http://example.org").status, 403)
    equal("a foreign name", proxy.get("/ngidx/v1/fish/count?query=a", Host="example.org").status, 421)
    everything = proxy.post("/ngidx/v1/fish/batch", {"queries": ["x" * 40] * 9000})
    equal("a large body", (everything.status, len(everything.json["counts"])), (200, 9000))
    long = proxy.get("/ngidx/v1/fish/count?query=" + "a" * 50_000)
    check("a long phrase in the URL", long.status == 200 and long.json["count"] == 0, long)


def sites():
    moved = proxy.get("/ngidx/bulletin")
    equal("to the bulletin, relative to the prefix", (moved.status, moved.headers["Location"]), (301, "bulletin/"))
    check("the bulletin", b"<html" in proxy.get("/ngidx/bulletin/").body)
    table = proxy.get("/ngidx/bulletin/bulletin.json")
    equal("a download", table.body, pathlib.Path("site/bulletin.json").read_bytes())
    packed = proxy.get("/ngidx/bulletin/bulletin.json", **{"Accept-Encoding": "gzip"})
    equal("compressed", (packed.headers["Content-Encoding"], gzip.decompress(packed.body)), ("gzip", table.body))
    known = proxy.get("/ngidx/bulletin/bulletin.json", **{"If-None-Match": packed.headers["ETag"]})
    equal("unchanged", known.status, 304)


def clients():
    pretends = {"X-Forwarded-For": "203.0.113.1", "Forwarded": "for=203.0.113.2", "X-Request-Id": "mine"}
    answer = proxy.get("/ngidx/v1/fish/count?query=fish", **pretends)
    seen = log()[-1]
    equal("the client that nginx saw", seen["client"], "127.0.0.1")
    check("and nginx", seen["proxy"].startswith("127.0.0.1:"), seen)
    check("the id that nginx gave", re.fullmatch("[0-9a-f]{32}", seen["id"]), seen)
    equal("in the answer", answer.headers["X-Request-Id"], seen["id"])
    check("the times", "queue;dur=" in answer.headers["Server-Timing"], answer.headers)


def packed():
    path = "/ngidx/v1/fish/locate?query=bird&limit=100"
    plain = proxy.get(path)
    gzipped = proxy.get(path, **{"Accept-Encoding": "gzip"})
    same = json.loads(gzip.decompress(gzipped.body))["hits"] == plain.json["hits"]
    check("a gzipped answer", same and gzipped.headers["Content-Encoding"] == "gzip", gzipped.headers)
    check("is smaller", len(gzipped.body) * 3 < len(plain.body), (len(gzipped.body), len(plain.body)))
    page = proxy.get("/ngidx/", **{"Accept-Encoding": "gzip"})
    equal("the page, too", gzip.decompress(page.body), proxy.get("/ngidx/").body)


main(pages, searches, sites, clients, packed)
proxy.stop()
daemon.stop()
