"""scripts/ngidx_client.py against a daemon."""

import ngidx_client
from lib import *

fish = build("fish", FISH)
birds = build("birds", BIRDS, "--shard-size", "5000")


def engine(url):
    client = ngidx_client.Client(url, "birds")
    equal("count", client.count("sixpence"), {"count": 200})
    found = client.find("number 77 sings")
    equal("find", (found["cnt"], sorted(found)), (1, ["cnt", "segment_by_shard"]))
    s = [low < high for low, high in found["segment_by_shard"]].index(True)
    doc = client.get_doc_by_rank(s=s, rank=found["segment_by_shard"][s][0], needle_len=len("number 77 sings"), max_ctx_len=5)
    equal("get_doc_by_rank: fields", sorted(doc), ["disp_len", "doc_ix", "doc_len", "metadata", "needle_offset", "text"])
    equal("get_doc_by_rank", (doc["doc_ix"], doc["text"], doc["needle_offset"]), (77, "bird number 77 sings a so", 5))
    client.close()


def more(url):
    with ngidx_client.Client(url, "fish") as client:
        equal("indexes", [i["name"] for i in client.indexes()], ["fish", "birds"])
        equal("batch", client.batch((q for q in ["fish", "zebra", "€"]), size=2), [504, 0, 1])
        equal("bytes", client.count(b"\x82\xac"), {"count": 1})
        equal("locate", len(list(client.locate("fish", limit=None))), 504)
        equal("locate: limit", len(list(client.locate("fish", limit=150))), 150)
        equal("locate: none", list(client.locate("zebra")), [])
        equal("doc", client.doc(1)["text"], FISH[1][0])
    with ngidx_client.Client(url, "birds") as client:
        seen = []
        report = client.contam([BIRDS[i][0] for i in range(30)] + ["quite another text, of nobody's making, at some length"], size=8, progress=seen.append)
        equal("contam", (report["summary"]["dirty"], report["summary"]["clean"], report["summary"]["entries"]), (30, 1, 31))
        equal("contam: numbers", [e["number"] for e in report["entries"]], list(range(31)))
        equal("contam: progress", seen, [8, 16, 24, 31])
        equal("contam of nothing", client.contam([])["entries"], [])
        equal("trace", client.trace(BIRDS[9][0], min_chars=20)["covered_characters"], len(BIRDS[9][0]))


def errors(daemon, url):
    def fails(name, status, call):
        try:
            check(name, False, call())
        except ngidx_client.NgidxError as error:
            equal(name, error.status, status)

    client = ngidx_client.Client(url, "none")
    fails("no such index", 400, lambda: client.count("x"))
    fails("no such index in /v1", 404, lambda: client.batch(["x"]))
    try:
        check("several indexes", False, ngidx_client.Client(url))
    except ValueError as error:
        check("several indexes", "fish" in str(error), error)
    unreachable = ngidx_client.Client("http://127.0.0.1:9", "fish", retries=1)
    fails("no server", 0, lambda: unreachable.count("x"))


def test():
    with Daemon("-i", fish, "-i", birds, "--idle", 1) as d:
        url = f"http://127.0.0.1:{d.port}/"
        engine(url)
        more(url)
        errors(d, url)
        client = ngidx_client.Client(url, "fish")
        client.count("fish")
        time.sleep(2)
        equal("a connection that was closed meanwhile", client.count("fish"), {"count": 504})
    with Daemon("-i", fish) as d:
        equal("the only index", ngidx_client.Client(f"127.0.0.1:{d.port}").index, "fish")


main(test)
