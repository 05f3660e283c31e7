"""A shard that turns bad under the daemon: an error for it, and life goes on."""

import shutil

from lib import *

good = build("good", FISH)
bad = build("bad", [(f"{i} " * 50, {"i": i}) for i in range(3000)])
shard = bad / "shard-00000.ngx"


def truncated():
    kept = shard.read_bytes()
    for keep in (4096, len(kept) // 2):
        with Daemon("-i", good, "-i", bad, "--watch", 0) as d:
            equal("before", d.get("/v1/bad/count?query=77+77").status, 200)
            os.truncate(shard, keep)
            answers = [d.get(f"/v1/bad/locate?query={i}+{i}&limit=20") for i in range(0, 3000, 100)]
            failed = [a for a in answers if a.status != 200]
            check("a request that meets the hole fails", failed, answers[:2])
            check("with 503 and a problem", all(a.status == 503 and "damaged" in a.json["detail"] for a in failed), failed[:2])
            check("and tells no path", all(str(bad) not in a.body.decode() for a in failed), failed[:1])
            answer = d.post("/", {"index": "bad", "query_type": "count", "query": "1"})
            equal("the peer's protocol", (answer.status, list(answer.json)[0]), (500, "error"))
            equal("the other index is served", d.get("/v1/good/count?query=fish").json["count"], 504)
            answer = d.get("/readyz")
            equal("not ready", (answer.status, answer.json["indexes"]), (503, {"good": True, "bad": False}))
            equal("but alive", d.get("/livez").status, 200)
            check("the log tells where", str(shard) in d.log_text(), d.log_text())
            d.hang_up()
            check("it cannot be opened anew", wait_for(lambda: "the old one stays in use" in d.log_text()))
            equal("and still fails", d.get("/v1/bad/count?query=1").status, 503)
            shard.unlink()
            shard.write_bytes(kept)
            d.hang_up()
            check("once restored it can", wait_for(lambda: d.get("/readyz").status == 200), d.log_text())
            equal("and is served", d.get("/v1/bad/count?query=77+77").status, 200)


def preloaded():
    """With --preload the file is read once: what becomes of it later does not matter."""
    kept = shard.read_bytes()
    with Daemon("-i", bad, "--preload", "--watch", 0) as d:
        os.truncate(shard, 4096)
        answers = [d.get(f"/v1/bad/count?query={i}+{i}") for i in range(0, 3000, 100)]
        check("a file cut short after it was read", all(a.status == 200 and a.json["count"] > 0 for a in answers), answers[:2])
        equal("ready", d.get("/readyz").status, 200)
    shard.unlink()
    shard.write_bytes(kept)


def flipped():
    copy = pathlib.Path(shutil.copytree(bad, "flipped.ngidx"))
    bytes_ = bytearray((copy / "shard-00000.ngx").read_bytes())
    for at in range(5000, len(bytes_), 4096):
        bytes_[at] ^= 1
    (copy / "shard-00000.ngx").write_bytes(bytes_)
    done = subprocess.run([os.environ["NGIDXD"], "-i", str(copy), "--listen", "0"], capture_output=True, text=True, timeout=60)
    check("an index that is damaged at the start is refused", done.returncode == 2 and "damaged" in done.stderr, done)


main(truncated, preloaded, flipped)
