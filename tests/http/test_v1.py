"""/v1: every endpoint, every answer checked against /openapi.json."""

import collections
import gzip
import lzma
import random
import re

from lib import *
from schema import Description

fish = build("fish", FISH)
birds = build("birds", BIRDS, "--shard-size", "5000")
BOTH = [("Red FISH,\n> red; &quot;herring&quot; — <b>blue</b> fish", {"title": "Both"}), ("redfish", {}), ("...", {})]
both = build("both", BOTH, "--view", "exact,folded")
folded = build("folded", BOTH, "--view", "folded")


IDS = [("one", {"id": "café", "url": "https://example.org/"}), ("two", {}), ("three", {"id": "café"})]
ids_index = build("ids", IDS)


class Described:
    """A daemon whose every answer is checked against its description."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.description = Description(daemon.get("/openapi.json").json)
        self.called = set()
        self.wrong = []

    def __call__(self, method, path, body=None, status=200, headers=None):
        answer = self.daemon.request(method, path, body, headers)
        plain = path.split("?")[0]
        self.called.add((method.lower(), str(self.description.operation(method, plain) or {})))
        self.wrong += self.description.answer_errors(method, plain, answer)
        if answer.status != status:
            self.wrong.append(f"{method} {path} {body!r:.200}: {answer}, not {status}")
        return answer

    def get(self, path, status=200):
        return self("GET", path, None, status)

    def post(self, path, body, status=200):
        return self("POST", path, body, status)


def indexes(api):
    answer = api.get("/v1/indexes").json
    equal("indexes", [(i["name"], i["documents"], i["ready"]) for i in answer["indexes"]], [("fish", 4, True), ("birds", 200, True), ("both", 3, True), ("folded", 3, True), ("ids", 3, True)])
    check("shards", answer["indexes"][1]["shards"] > 1, answer)
    equal("readyz", api.get("/readyz").json["ready"], True)
    equal("livez", api.get("/livez").body, b"alive\n")
    known = api.daemon.get("/openapi.json", **{"If-None-Match": api.daemon.get("/openapi.json").headers["ETag"]})
    equal("304 is described", (known.status, api.description.answer_errors("GET", "/openapi.json", known)), (304, []))
    page = api.get("/").body
    check("the page asks nobody else", b"<title>ngidx</title>" in page and re.findall(rb"src=.[^ >]*|<link [^>]*stylesheet[^>]*href=.[^ >]*", page) == [b'<link rel="stylesheet" href="page.css"', b'src="page.js"'], page[:200])
    for name, kind in ("page.css", "text/css"), ("page.js", "text/javascript"):
        check(name, api.get("/" + name).headers["Content-Type"].startswith(kind))


def count(api):
    equal("count by GET", api.get("/v1/fish/count?query=fish").json["count"], 504)
    equal("count by POST", api.post("/v1/fish/count", {"query": "fish"}).json["count"], 504)
    equal("a space as + and %20", api.get("/v1/fish/count?query=blue+fish%20").json["count"], 1)
    equal("bytes that are half a character", api.get("/v1/fish/count?query=%82%AC").json["count"], 1)
    equal("UTF-8 in JSON", api.post("/v1/fish/count", {"query": "€😀"}).json["count"], 1)
    equal("escapes in JSON", api.post("/v1/fish/count", '{"query": "\\u20ac\\ud83d\\ude00"}').json["count"], 1)
    equal("NUL", api.post("/v1/fish/count", {"query": "\0"}).json["count"], 0)
    equal("a line end", api.post("/v1/fish/count", {"query": "fish\nred"}).json["count"], 1)
    equal("null is no value", api.post("/v1/fish/locate", {"query": "red", "limit": None}).json["count"], 1)


def find(api):
    everything = api.get("/v1/fish/locate?query=fish&limit=1000").json["hits"]
    found = api.get("/v1/fish/find?query=fish").json
    ranks = [(shard, rank) for shard, (begin, end) in enumerate(found["segment_by_shard"]) for rank in range(begin, end)]
    equal("find: the ranks of all hits", sorted(ranks), sorted((hit["shard"], hit["rank"]) for hit in everything))
    equal("find: their number", found["count"], len(everything))
    posted = api.post("/v1/fish/find", {"query": "fish", "view": "exact"}).json
    equal("find: POST", posted["segment_by_shard"], found["segment_by_shard"])
    peer = api.post("/", {"index": "fish", "query_type": "find", "query": "fish"}).json
    equal("find: as the peer's", peer["segment_by_shard"], found["segment_by_shard"])
    equal("find: nothing", api.get("/v1/fish/find?query=zebra%20crossing").json["count"], 0)
    api.get("/v1/fish/find?query=a&docs=true", 400)


def locate(api):
    first = api.get("/v1/fish/locate?query=fish&limit=3&context=4").json
    equal("locate: count", (first["count"], len(first["hits"]), first["offset"]), (504, 3, 0))
    everything = api.get("/v1/fish/locate?query=fish&limit=1000").json
    equal("no next page behind the last", (len(everything["hits"]), everything["next"]), (504, None))
    paged, cursor = [], None
    while True:
        page = api.post("/v1/fish/locate", {"query": "fish", "limit": 100, "cursor": cursor}).json
        paged += page["hits"]
        cursor = page["next"]
        if cursor is None:
            break
    equal("cursors page through all hits, in order", paged, everything["hits"])
    equal("offset", api.get("/v1/fish/locate?query=fish&limit=5&offset=7").json["hits"], everything["hits"][7:12])
    equal("an offset behind the end", api.get("/v1/fish/locate?query=fish&offset=99999999999999999").json["hits"], [])
    equal("limit 0", api.get("/v1/fish/locate?query=fish&limit=0").json["hits"], [])
    for hit in everything["hits"]:
        text = FISH[hit["doc"]][0].encode()
        snippet = hit["snippet"].encode()
        here = snippet[hit["offset"] - hit["snippet_offset"] :][: hit["length"]]
        if here != b"fish" or text[hit["snippet_offset"] :][: len(snippet)] != snippet:
            return check("every hit is in its place", False, hit)
        if hit["metadata"] != FISH[hit["doc"]][1]:
            return check("every hit has its metadata", False, hit)
    equal("a hit's source", everything["hits"][0]["source"]["path"], "fish.jsonl")
    return check("every hit is in its place, with its metadata", True)


def starts(text, phrase):
    return [i for i in range(len(text)) if text.startswith(phrase, i)]


def meeting(documents, clauses, within=None):
    """(document, offset, length) of the hits of the first clause that meet the others: (negated, phrases)."""
    found = []
    for d, (text, _) in enumerate(documents):
        for phrase in clauses[0][1]:
            for at in starts(text, phrase):
                end = at + len(phrase)
                near = lambda i, other: within is None or (i <= end + within and i + len(other) + within >= at)
                if all(negated != any(near(i, p) for p in phrases for i in starts(text, p)) for negated, phrases in clauses[1:]):
                    found.append((d, at, len(phrase)))
    return sorted(found)


def count_documents(api):
    equal("documents of a phrase", {k: v for k, v in api.get("/v1/fish/count?query=fish&docs=true").json.items() if k != "latency_ms"},
          {"count": 504, "documents": 3, "documents_exact": True})  # fmt: skip
    equal("docs=false", set(api.post("/v1/fish/count", {"query": "fish", "docs": False}).json), {"count", "latency_ms"})
    equal("in folded text", api.get("/v1/both/count?query=RED&docs=true&view=folded").json["documents"], 2)
    estimate = api.post("/v1/birds/count", {"query": "i", "docs": True, "docs_limit": 50, "seed": 5}).json
    check("past docs_limit it is an estimate, and says so", not estimate["documents_exact"] and estimate["sampled"] > 0
          and estimate["documents_low"] <= 200 <= estimate["documents_high"], estimate)  # fmt: skip
    again = api.get("/v1/birds/count?query=i&docs=true&docs_limit=50&seed=5").json
    equal("the same seed, the same estimate", again["documents"], estimate["documents"])
    for body in [{"docs": 1}, {"docs": "true"}, {"docs": [True]}, {"docs_limit": 0}, {"docs_limit": 10**7}, {"text_limit": 10**10}]:
        api.post("/v1/fish/count", {"query": "a", "docs": True, **body}, 400)
    api.get("/v1/fish/count?query=a&docs=yes", 400)


def together(api):
    asked = [
        ("/v1/birds/count?query=7&and=3", {"and": ["3"]}, [(False, ["7"]), (False, ["3"])], None),
        ("/v1/birds/count?query=7&or=3&and=13&or=17&not=1%20m", {"or": ["3"], "not": ["1 m"], "and": [["13", "17"]]},
         [(False, ["7", "3"]), (False, ["13", "17"]), (True, ["1 m"])], None),
        ("/v1/birds/count?query=number&not=5&or=8&not=9", {"not": [["5", "8"], "9"]}, [(False, ["number"]), (True, ["5", "8"]), (True, ["9"])], None),
        ("/v1/birds/count?query=number&and=8&within=2", {"and": ["8"], "within": 2}, [(False, ["number"]), (False, ["8"])], 2),
        ("/v1/birds/count?or=pence&query=song", {"or": ["pence"]}, [(False, ["song", "pence"])], None),
        ("/v1/birds/count?query=song&and=zebra", {"and": ["zebra"]}, [(False, ["song"]), (False, ["zebra"])], None),
    ]  # fmt: skip
    for path, body, clauses, within in asked:
        wanted = meeting(BIRDS, clauses, within)
        phrase = clauses[0][1][0]
        totals = {"count": len(wanted), "documents": len({d for d, _, _ in wanted}), "exact": True}
        for answer in (api.get(path).json, api.post("/v1/birds/count", {"query": phrase, **body}).json):
            equal(f"together: {path}", {k: v for k, v in answer.items() if k != "latency_ms"}, totals)
        hits = api.post("/v1/birds/locate", {"query": phrase, "limit": 1000, **body}).json
        equal(f"located: {path}", ([(h["doc"], h["offset"], h["length"]) for h in hits["hits"]], hits["count"], hits["exact"]),
              (wanted, len(wanted), True))  # fmt: skip
    near = api.post("/v1/both/count", {"query": "Red FISH", "and": ["blue"], "not": ["zebra"], "view": "folded"}).json
    equal("together in folded text", (near["count"], near["documents"]), (1, 1))
    cut = api.post("/v1/birds/count", {"query": "i", "and": ["song"], "docs_limit": 20}).json
    check("what is cut says so", not cut["exact"] and cut["unlocated"] > 0, cut)
    for body in [{"and": "x"}, {"and": [1]}, {"and": [[]]}, {"and": ["x", []]}, {"or": [["x"]]}, {"and": [[["x"]]]}, {"and": [""]},
                 {"within": 5}, {"within": 5, "or": ["b"]}, {"within": -1, "and": ["x"]}, {"and": ["x"], "other": 1}]:  # fmt: skip
        for kind in ("count", "locate"):
            api.post(f"/v1/birds/{kind}", {"query": "a", **body}, 400)
    api.get("/v1/birds/count?query=a&within=3", 400)
    api.post("/v1/birds/count", {"query": "a", "and": ["x"] * 63})
    api.post("/v1/birds/count", {"query": "a", "and": ["x"] * 64}, 413)
    api.post("/v1/birds/count", {"query": "a", "and": ["x", "b" * 70000]}, 413)


def chosen(api):
    everything = api.post("/v1/birds/locate", {"query": "s", "limit": 1000}).json["hits"]
    wanted = sorted((d, i) for d, (text, _) in enumerate(BIRDS) for i in starts(text, "s"))
    place = lambda hit: (hit["doc"], hit["offset"])
    equal("sort=doc", [place(h) for h in api.get("/v1/birds/locate?query=s&sort=doc&limit=1000").json["hits"]], wanted)
    paged, cursor = [], None
    while True:
        page = api.post("/v1/birds/locate", {"query": "s", "sort": "doc", "limit": 300, "cursor": cursor}).json
        paged += page["hits"]
        cursor = page["next"]
        if cursor is None:
            break
    equal("its pages", [place(h) for h in paged], wanted)
    unique = api.post("/v1/birds/locate", {"query": "s", "unique_docs": True, "limit": 1000}).json
    equal("one hit a document: the first", [place(h) for h in unique["hits"]], [(d, min(starts(t, "s"))) for d, (t, _) in enumerate(BIRDS)])
    equal("its count", (unique["count"], unique["documents"], unique["exact"]), (200, 200, True))
    sample = api.get("/v1/birds/locate?query=s&sample=50&seed=3").json
    equal("a sample", (len(sample["hits"]), sample["sampled"], sample["count"], sample["next"]), (50, 50, len(wanted), None))
    check("of distinct hits", {place(h) for h in sample["hits"]} < set(wanted) and len({place(h) for h in sample["hits"]}) == 50)
    check("each as it is told elsewhere", all(h in everything for h in sample["hits"]))
    equal("the same seed", api.post("/v1/birds/locate", {"query": "s", "sample": 50, "seed": 3}).json["hits"], sample["hits"])
    check("another seed", api.post("/v1/birds/locate", {"query": "s", "sample": 50, "seed": 4}).json["hits"] != sample["hits"])
    paged = [api.get(f"/v1/birds/locate?query=s&sample=50&seed=3&limit=20&offset={at}").json for at in (0, 20, 40, 60)]
    equal("a sample by pages", (sum((p["hits"] for p in paged), []), [p["next"] is None for p in paged]),
          (sample["hits"], [False, False, True, True]))  # fmt: skip
    by_doc = api.get("/v1/birds/locate?query=s&sample=50&seed=3&sort=doc").json["hits"]
    equal("a sample in order of documents", by_doc, sorted(sample["hits"], key=place))
    both = api.post("/v1/birds/locate", {"query": "s", "and": ["7"], "unique_docs": True, "sample": 5}).json
    docs = [d for d, (text, _) in enumerate(BIRDS) if "7" in text]
    equal("all of it at once", (len(both["hits"]), both["count"], {h["doc"] for h in both["hits"]} <= set(docs)), (5, len(docs), True))
    equal("a sample of everything", len(api.get("/v1/birds/locate?query=7&sample=1000").json["hits"]), sum(len(starts(t, "7")) for t, _ in BIRDS))
    equal("a sample of nothing", api.get("/v1/birds/locate?query=zebra&sample=5").json["hits"], [])
    equal("in folded text", [h["snippet"] for h in api.get("/v1/both/locate?query=RED+fish&view=folded&sort=doc&context=0").json["hits"]],
          ["Red FISH", "redfish"])  # fmt: skip
    for tail in ["sample=0", "sample=100001", "sort=", "sort=rank", "unique_docs=1", "sample=x"]:
        api.get("/v1/birds/locate?query=s&" + tail, 400)


def compared(api):
    same = api.get("/v1/fish/compare?with=birds&chars=4").json
    equal("names", (same["a"]["name"], same["b"]["name"], same["chars"], same["seed"]), ("fish", "birds", 4, 1))
    texts = {name: [text for text, _ in documents] for name, documents in (("fish", FISH), ("birds", BIRDS))}
    everything = api.post("/v1/birds/compare", {"with": "fish", "chars": 6, "sample": 10000}).json
    for side, name, other in ("a", "birds", "fish"), ("b", "fish", "birds"):
        windows = [text[i : i + 6] for text in texts[name] for i in range(len(text) - 5)]
        found = sum(any(window in text for text in texts[other]) for window in windows)
        seen = everything[side]
        check(f"{name}: low to high", seen["low"] <= seen["share"] <= seen["high"], seen)
        if sum(len(text.encode()) + 1 for text in texts[name]) <= 10000:  # every place was drawn
            equal(f"{name}: all windows", (seen["windows"], seen["found"]), (len(windows), found))
        else:
            check(f"{name}: the interval", seen["low"] <= found / len(windows) <= seen["high"], seen)
    equal("again", api.get("/v1/fish/compare?with=birds&chars=4&seed=1").json["a"], same["a"])
    drawn = {api.get(f"/v1/fish/compare?with=birds&chars=4&sample=50&seed={seed}").json["a"]["windows"] for seed in range(9)}
    check("other seeds, other windows", len(drawn) > 1, drawn)
    equal("nothing to draw", api.get("/v1/fish/compare?with=birds&chars=1000&sample=1").json["b"], {"name": "birds", "windows": 0, "found": 0, "share": 0, "low": 0, "high": 1})  # fmt: skip
    equal("folded", api.get("/v1/both/compare?with=folded&view=folded&chars=3").json["a"]["share"], 1)
    for query, status, text in (
        ("", 400, "with"), ("with=none", 404, "none"), ("with=fish", 400, "twice"), ("with=birds,both", 404, "birds,both"),
        ("with=folded", 400, "exact"), ("with=birds&view=folded", 400, "folded"), ("with=birds&sample=10001", 400, "sample"),
        ("with=birds&chars=0", 400, "chars"), ("with=birds&k=1", 400, "k"),
    ):  # fmt: skip
        problem = api.get("/v1/fish/compare?" + query, status).json
        check(f"compare?{query}", text in json.dumps(problem), problem)
    api.get("/v1/fish,birds/compare?with=both", 404)


def following(api):
    words = collections.Counter()
    for text, _ in BIRDS:
        words.update(m[1] for m in re.finditer(r"(?=rye and (\w+))", text))
    answer = api.get("/v1/birds/next?query=rye+and&k=30").json
    seen = {c["text"]: c["count"] for c in answer["continuations"]}
    check("what follows", all(words[t.strip()] == n for t, n in seen.items()) and len(seen) == 30, answer)
    equal("sums", (answer["count"], answer["shown"], answer["rest"], answer["complete"]), (200, 30, 170, True))
    answer = api.post("/v1/birds/next", {"query": "song of", "words": 2}).json
    equal("two words", [(c["text"], c["count"], c["share"]) for c in answer["continuations"]], [(" sixpence,", 200, 1)])
    answer = api.post("/v1/birds/next", {"query": "of rye", "before": True}).json
    equal("what precedes", (answer["before"], [(c["text"], c["count"]) for c in answer["continuations"]]), (True, [("full ", 200)]))
    answer = api.post("/v1/birds/next", {"query": " more", "bytes": True}).json
    equal("the end of a document", [(c["text"], c["count"], c["end"]) for c in answer["continuations"]], [("", 200, True)])
    answer = api.get("/v1/both/next?query=RED&view=folded").json
    equal("folded: characters", (answer["unit"], [(c["text"], c["count"]) for c in answer["continuations"]]), ("chars", [("f", 2), ("h", 1)]))
    answer = api.get("/v1/fish/next?query=%E2%82&bytes=true").json
    equal("bytes that are no characters", [(c["text"], c["hex"]) for c in answer["continuations"]], [("\ufffd", "ac")])
    equal("nothing follows what does not occur", api.get("/v1/fish/next?query=zebra").json["continuations"], [])
    equal("k=0", api.get("/v1/fish/next?query=fish&k=0").json["count"], 504)
    for tail in ["k=1001", "words=0", "words=300", "words=1&chars=1", "bytes=true&chars=2", "before=1", "limit=3"]:
        api.get("/v1/fish/next?query=fish&" + tail, 400)
    api.get("/v1/both/next?query=fish&words=1&view=folded", 400)
    api.get("/v1/fish/next?k=1", 400)
    api.get("/v1/none/next?query=a", 404)


def documents(api):
    for i, (text, metadata) in enumerate(FISH):
        doc = api.get(f"/v1/fish/doc/{i}").json
        if (doc["text"], doc["metadata"], doc["length"]) != (text, metadata, len(text.encode())):
            check("documents", False, doc)
            return
    check("documents", True)
    text, at = "", 0
    while at < len(FISH[3][0].encode()):
        piece = api.get(f"/v1/fish/doc/3?offset={at}&length={random.randint(4, 300)}").json
        if piece["offset"] != at or piece["end"] <= at:
            break
        text += piece["text"]
        at = piece["end"]
    equal("a document piece by piece", text, FISH[3][0])
    piece = api.get("/v1/fish/doc/1?offset=12&length=4").json
    equal("a piece begins with a character", (piece["offset"], piece["text"], piece["end"]), (13, "", 13))


def ids(api):
    doc = api.get("/v1/birds/doc?id=17&offset=5&length=6").json
    equal("a document by its id", (doc["doc"], doc["id"], doc["count"], doc["docs"], doc["text"]), (17, 17, 1, [17], "number"))
    doc = api.get("/v1/ids/doc?id=caf%C3%A9").json
    equal("an id twice", (doc["doc"], doc["id"], doc["url"], doc["count"], doc["docs"]), (0, "café", "https://example.org/", 2, [0, 2]))
    equal("the id of a document", api.get("/v1/ids/doc/1").json["id"], None)
    hit = api.get("/v1/ids/locate?query=one").json["hits"][0]
    equal("the id of a hit", (hit["id"], hit["url"]), ("café", "https://example.org/"))
    equal("no such id", "no document has the id 'x' (member 'id'" in api.get("/v1/ids/doc?id=x", 404).json["detail"], True)
    for path in ("/v1/ids/doc", "/v1/ids/doc/0?id=x", "/v1/ids/doc?id=x&id=y", "/v1/ids/doc?id=x&length=1"):
        check(f"{path} is a mistake", api.get(path, 400).json["status"] == 400)


def batch(api):
    queries = ["fish", "no such", "", "€", "fish"] * 300
    counts = api.post("/v1/fish/batch", {"queries": queries}).json["counts"]
    equal("batch", counts[:5], [504, 0, sum(len(t.encode()) + 1 for t, _ in FISH), 1, 504])
    equal("batch: length", counts, counts[:5] * 300)
    equal("an empty batch", api.post("/v1/fish/batch", {"queries": []}).json["counts"], [])
    for documents, name in ((BIRDS, "birds"), (FISH, "fish")):
        texts = [text.encode() for text, _ in documents]
        chosen = [random.choice(texts) for _ in range(200)]
        pieces = [t[(i := random.randrange(len(t) or 1)) : i + random.randint(1, 30)].decode(errors="ignore") for t in chosen]
        pieces = [p for p in pieces if p]
        wanted = [sum(sum(t.startswith(p.encode(), i) for i in range(len(t))) for t in texts) for p in pieces[:40]]
        equal(f"counts against a scan: {name}", api.post(f"/v1/{name}/batch", {"queries": pieces[:40]}).json["counts"], wanted)


def recipes(api):
    entries = [BIRDS[3][0], "a text that nobody has written before, and that is long enough", "", "short"]
    names = ("palm", "llama3", "tulu3", "deepseek", "contam", "llama2")
    for name in names:
        answer = api.post("/v1/birds/contam", {"entries": entries, "preset": name}).json
        told = answer["parameters"]
        equal(f"{name}: the recipe is told", (told["preset"], told["windows"], "arXiv" in told["source"]), (name, "paper", True))
        equal(f"{name}: classes", [e["class"] for e in answer["entries"]], ["dirty", "clean", "skipped", "short"])
        equal(f"{name}: figures", [e["verdict"]["share"] for e in answer["entries"]], [1, 0, 0, 0])
        found = answer["entries"][0]["verdict"]
        equal(f"{name}: found", (found["found"] == found["of"] > 0, found["limited"]), (True, False))
        summary = answer["summary"]
        equal(f"{name}: summary", [summary[k] for k in ("dirty", "clean", "skipped", "too_short", "limited")], [1, 1, 1, 1, 0])
    equal("anything found makes dirty", told["dirty"], 0.8)
    body = {"entries": entries[:1], "preset": "deepseek"}
    equal("a recipe without thresholds", api.post("/v1/birds/contam", body).json["parameters"]["dirty"], None)
    refusals = {"dirty": ({**body, "dirty": 0.5}, "anything found"), "suspicious": ({**body, "suspicious": 0.5}, "no suspicious"),
                "both": ({"entries": [], "preset": "llama2", "suspicious": 0.9}, "must not be above"),
                "view": ({"entries": [], "preset": "gpt3"}, "no folded view"),
                "all": ({"entries": [], "preset": "all"}, "open-r1, decon or contam")}  # fmt: skip
    for name, (request, why) in refusals.items():
        check(f"refused: {name}", why in str(api.post("/v1/birds/contam", request, 400).json), name)
    half = BIRDS[3][0][: len(BIRDS[3][0]) // 2] + " and then it goes on in other words than those before, which nobody has written"
    shares = {dirty: api.post("/v1/birds/contam", {"entries": [half], "preset": "llama3", "dirty": dirty}).json for dirty in (0.1, 0.99)}
    equal("the threshold of a recipe", [a["entries"][0]["class"] for a in shares.values()], ["dirty", "clean"])
    text = "red fish red herring blue fish " * 2
    body = {"entries": [text.upper(), text.replace("blue", "green")], "preset": "gpt3"}
    equal("folded", [e["class"] for e in api.post("/v1/both/contam", body).json["entries"]], ["clean", "clean"])


def contam(api):
    entries = [BIRDS[3][0] * 2, BIRDS[7][0], "a text that nobody has written before, and that is long enough", "", "short"]
    body = {"entries": entries, "chars": 30, "evidence": 2}
    answer = api.post("/v1/birds/contam", body).json
    classes = [entry["class"] for entry in answer["entries"]]
    equal("classes", classes, ["suspicious", "dirty", "clean", "skipped", "clean"])
    equal("numbers of entries", [entry["number"] for entry in answer["entries"]], list(range(5)))
    summary = answer["summary"]
    equal("summary", [summary[k] for k in ("entries", "dirty", "clean", "skipped", "short")], [5, 1, 2, 1, 1])
    equal("the parameters are told", (answer["parameters"]["chars"], answer["parameters"]["dirty"]), (30, 0.8))
    equal("evidence", answer["entries"][1]["evidence"][0]["doc"], 7)
    equal("the longest match", answer["entries"][1]["longest_match"]["end_char"], len(BIRDS[7][0]))
    clean = api.post("/v1/birds/contam", {**body, "suspicious": 1, "dirty": 1.0}).json["summary"]
    equal("thresholds", (clean["dirty"], clean["suspicious"]), (1, 0))
    equal("the preset is told", answer["parameters"]["preset"], "paper")
    api.post("/v1/birds/contam", {**body, "preset": "folded"}, 400)
    api.post("/v1/birds/contam", {**body, "preset": "other"}, 400)
    api.post("/v1/birds/contam", {**body, "suspicious": 0.9}, 400)
    api.post("/v1/birds/contam", {**body, "preset": "all"}, 400)
    for name in ("both", "folded"):
        small = {"entries": ["redFISH: red herring; BLUE fish", "no such fish, nor herring", "red"], "chars": 9, "minimum_units": 5}
        answer = api.post(f"/v1/{name}/contam", small).json
        equal(f"the preset folded: {name}", (answer["parameters"]["preset"], [(e["class"], e["coverage"]) for e in answer["entries"]]),
              ("folded", [("dirty", 0.92), ("clean", 0), ("short", 0)]))  # fmt: skip
        found = answer["entries"][0]["evidence"][0]
        equal("evidence is the document's text", found["snippet"][:8], "Red FISH" if name == "both" else "redfishr")
    api.post("/v1/both/contam", {**small, "preset": "paper", "minimum_units": 5})
    api.post("/v1/birds/contam", {**body, "dirty": 1.5}, 400)
    api.post("/v1/birds/contam", {**body, "dirty": "0.5"}, 400)


def trace(api):
    text = "Listen: " + BIRDS[5][0] + " (so it goes)"
    answer = api.post("/v1/birds/trace", {"text": text, "min_chars": 20}).json
    longest = max(answer["spans"], key=lambda span: span["end_char"] - span["begin_char"])
    check("trace finds the piece", text[longest["begin_char"] : longest["end_char"]].strip() == BIRDS[5][0], longest)
    equal("trace: its document", longest["evidence"][0]["doc"], 5)
    equal("trace of nothing", api.post("/v1/birds/trace", {"text": ""}).json["spans"], [])


    ranked = api.post("/v1/birds/trace", {"text": BIRDS[5][0], "documents": 3, "min_chars": 12, "whole_words": True}).json
    equal("documents by what they share", [(d["evidence"]["doc"], d["shared_characters"]) for d in ranked["documents"]], [(5, len(BIRDS[5][0]))])
    equal("and how many there are", (ranked["documents_seen"], ranked["unlocated"]), (1, 0))
    often = {"text": BIRDS[5][0], "min_chars": 12, "min_count": 100}
    piece = max(api.post("/v1/birds/trace", often).json["spans"], key=lambda span: span["end_char"] - span["begin_char"])
    equal("the longest frequent piece", (piece["count"], BIRDS[5][0][piece["begin_char"] : piece["end_char"]]), (200, BIRDS[5][0][13:-6]))
    equal("none too frequent", [span for span in api.post("/v1/birds/trace", {**often, "max_count": 199}).json["spans"] if span["count"] > 199], [])
    for wrong in {"min_count": 0}, {"max_count": 0}, {"documents": 101}, {"whole_words": 1}:
        api.post("/v1/birds/trace", {"text": "x", **wrong}, 400)


def several(api):
    """What does not add up, of several indexes as of one."""
    one = api.post("/v1/birds/next", {"query": " s", "chars": 3}).json
    two = api.post("/v1/birds,fish/next", {"query": " s", "chars": 3}).json
    equal("next in several: one has nothing", {**two, "latency_ms": 0}, {**one, "latency_ms": 0})
    counts = [api.get(f"/v1/{name}/count?query=e").json["count"] for name in ("birds", "fish")]
    equal("next in several: the sum", api.get("/v1/birds,fish/next?query=e").json["count"], sum(counts))
    encoded = api.get("/v1/birds%2cfish/next?query=e").json["count"]
    equal("next in several, the comma percent-encoded", encoded, sum(counts))
    text = "one fish, two fish, and bird number 8 sings a song"
    answer = api.post("/v1/fish,birds/trace", {"text": text, "min_chars": 8, "documents": 9}).json
    equal("trace in several", [span["evidence"][0]["index"] for span in answer["spans"]], ["fish", "birds"])
    equal("ranked in several", [d["evidence"]["index"] for d in answer["documents"][:2]], ["birds", "fish"])
    entry = text.replace("and", "red fish; and")
    checked = api.post("/v1/fish,birds/contam", {"entries": [entry], "chars": 8, "evidence": 9}).json
    equal("contam in several", [i["name"] for i in checked["indexes"]], ["fish", "birds"])
    equal("evidence of both", {e["index"] for e in checked["entries"][0]["evidence"]}, {"fish", "birds"})
    alone = [api.post(f"/v1/{name}/contam", {"entries": [entry], "chars": 8}).json["entries"][0]["found"] for name in ("fish", "birds")]
    check("windows found in either", max(alone) < checked["entries"][0]["found"] <= sum(alone), (alone, checked["entries"][0]))
    for path, status in ("fish,none/next", 404), ("fish,fish/next", 400), ("fish,/next", 404), (",fish/next", 404), ("fish,folded/next", 400), ("fish,birds/count", 404), ("fish,birds/locate", 404):
        api.get(f"/v1/{path}?query=a", status)
    api.get("/v1/both,folded/next?query=a&view=folded")
    api.get("/v1/both,folded/next?query=a", 400)


def whole_benchmark(api):
    """Entries that are not checked count for the guard; entries of several texts."""
    entries = [f"red fish red herring {'x' * i}" for i in range(9)]
    body = {"entries": entries, "preset": "folded", "chars": 9, "minimum_units": 5}
    wanted = api.post("/v1/both/contam", body).json["entries"]
    parts = [api.post("/v1/both/contam", {**body, "first": i, "end": i + 4}).json for i in (0, 4, 8)]
    equal("in parts as at once", [e for part in parts for e in part["entries"]], wanted)
    equal("the summary is of the part", [part["summary"]["entries"] for part in parts], [4, 4, 1])
    check("the guard hears of all", wanted[0]["common"] > 0 and api.post("/v1/both/contam", {**body, "entries": entries[:4]}).json["entries"][0]["common"] == 0)
    equal("nothing in the part", api.post("/v1/both/contam", {**body, "first": 9}).json["entries"], [])
    texts = ["nobody has said that so far", BIRDS[4][0]]
    entry = api.post("/v1/birds/contam", {"entries": [texts, [], texts[0]], "chars": 20}).json["entries"]
    equal("an entry of two texts", (entry[0]["class"], {span["text"] for span in entry[0]["spans"]}, entry[1]["class"]), ("dirty", {1}, "skipped"))
    for wrong in ["x"], [["x", 1]], [[["x"]]], [{"x": "y"}], "x":
        api.post("/v1/birds/contam", {"entries": wrong}, 200 if wrong == ["x"] else 400)


def uploaded(api):
    """Files of benchmarks, as ngidx contam reads them."""
    def read(name, content, status=200, more=""):
        headers = {"Content-Type": "application/octet-stream"}
        return api("POST", f"/v1/benchmark?name={name}{more}", content, status, headers).json

    lines = b'{"id": "a", "question": "one"}\n{"id": "b", "question": "two", "x": "three"}\n'
    got = read("b.jsonl", lines)
    equal("JSON lines", (got["entries"], got["fields"]), ([{"id": "a", "texts": ["one"]}, {"id": "b", "texts": ["two"]}], ["question"]))
    equal("with nothing to tell", got["note"], "")
    equal("Latin-1 is told", read("b.jsonl", b'{"question": "caf\xe9"}\n')["note"], "not UTF-8, repaired with U+FFFD: 1 entry, the first at line 1")
    equal("gzip", read("b.jsonl.gz", gzip.compress(lines))["entries"], got["entries"])
    equal("xz", read("b.jsonl.xz", lzma.compress(lines))["entries"], got["entries"])
    equal("CSV", read("b.csv", b'question,id\r\n"one",a\r\ntwo,b\r\n')["entries"], got["entries"])
    equal("an array", read("b.json", b"[" + lines.replace(b"}\n{", b"},{") + b"]")["entries"], got["entries"])
    equal("a field", read("b.jsonl", lines.splitlines()[1], more="&field=x&field=question")["entries"][0]["texts"], ["three", "two"])
    equal("an id", read("b.jsonl", lines, more="&id_field=question")["entries"][1]["id"], "two")
    equal("no header", len(read("b.csv", b"one,two\nthree,four\n", more="&no_header=true&field=1")["entries"]), 2)
    for name, content in ("b.jsonl", b""), ("b.jsonl", b"{"), ("b.jsonl", lines + b"1\n"), ("b.gz", gzip.compress(lines)[:-9]), ("b.parquet", b"PAR1" + b"x" * 50 + b"PAR1"):
        read(name, content, 400)
    read("b.jsonl", lines, 400, "&field=none")
    read("b.jsonl", lines, 400, "&other=1")
    read("%00", lines, 400)
    read("b.jsonl.gz", gzip.compress(b'{"question": "' + b"x" * (17 << 20) + b'"}\n'), 413)
    api.post("/v1/benchmark?name=x", {}, 415)
    api("POST", "/v1/benchmark", lines, 400, {"Content-Type": "application/octet-stream"})


def views(api):
    listed = {i["name"]: i["views"] for i in api.get("/v1/indexes").json["indexes"]}
    equal("views are listed", (listed["fish"], listed["both"], listed["folded"]), (["exact"], ["exact", "folded"], ["folded"]))
    for name, view, wanted in [("both", "", 0), ("both", "&view=exact", 0), ("both", "&view=folded", 2), ("folded", "", 2)]:
        equal(f"count in {name}{view}", api.get(f"/v1/{name}/count?query=RED+fish{view}").json["count"], wanted)
    queries = {"queries": ["Herring", "b L U e", "redfish", ""], "view": "folded"}
    equal("batch", api.post("/v1/both/batch", queries).json["counts"], [1, 1, 2, len("redfishredherringbluefish" + "redfish") + 3])
    hits = api.post("/v1/both/locate", {"query": "HERRING blue FISH", "view": "folded", "context": 7}).json["hits"]
    text = BOTH[0][0].encode()
    begin, end = text.index(b"herring"), len(text)
    equal("a hit in folded text is shown in the original", [(h["doc"], h["offset"], h["length"], h["text"], h["view"]) for h in hits],
          [(0, begin, end - begin, "original", "folded")])  # fmt: skip
    equal("its snippet", (hits[0]["snippet"].encode(), hits[0]["snippet_offset"]), (text[begin - 7 :], begin - 7))
    equal("and where it stands in folded text", (hits[0]["folded_offset"], hits[0]["folded_length"]), (10, 15))
    equal("and its source", (hits[0]["metadata"], hits[0]["source"]), ({"title": "Both"}, {"path": "both.jsonl", "line": 1}))
    hits = api.post("/v1/folded/locate", {"query": "HERRING"}).json["hits"]
    equal("without exact text the folded is shown", [(h["text"], h["offset"], h["snippet"]) for h in hits],
          [("folded", 10, "redfishredherringbluefish")])  # fmt: skip
    text = "So: red, HERRING! blue"
    for name, body in [("both", {"view": "folded"}), ("folded", {})]:
        answer = api.post(f"/v1/{name}/trace", {"text": text, "min_chars": 8, **body}).json
        pieces = [text[s["begin_char"] : s["end_char"]] for s in answer["spans"]]
        equal(f"trace in {name}", (pieces, answer["view"], answer["covered_characters"]), (["red, HERRING! blue"], "folded", 18))
    equal("trace of exact text", api.post("/v1/both/trace", {"text": text, "min_chars": 8}).json["spans"], [])
    for path in ["/v1/fish/count?query=x&view=folded", "/v1/folded/count?query=x&view=exact", "/v1/both/count?query=x&view=other",
                 "/v1/both/count?query=...&view=folded", "/v1/both/locate?query=...&view=folded", "/v1/both/count?query=x&view="]:  # fmt: skip
        api.get(path, 400)
    api.post("/v1/both/batch", {"queries": ["a", "..."], "view": "folded"}, 400)
    answer = api.daemon.post("/", {"index": "both", "query_type": "count", "query": "RED fish"})
    equal("the peer's protocol counts exact text", answer.json["count"], 0)
    answer = api.daemon.post("/", {"index": "folded", "query_type": "count", "query": "RED fish"})
    equal("or folded text where there is no other", answer.json["count"], 2)


def errors(api):
    for path in [
        "/v1/fish/count", "/v1/fish/count?q=x", "/v1/fish/count?query=a&query=b", "/v1/fish/count?query=%F", "/v1/fish/count?query=%FF",
        "/v1/fish/locate?query=a&limit=x", "/v1/fish/locate?query=a&limit=-1", "/v1/fish/locate?query=a&limit=1000000",
        "/v1/fish/locate?query=a&limit=", "/v1/fish/locate?query=a&cursor=x", "/v1/fish/locate?query=a&cursor=aaaaaaaa.x",
        "/v1/fish/locate?query=a&offset=99999999999999999999999", "/v1/fish/doc/x", "/v1/fish/doc/", "/v1/fish/doc/-1",
        "/v1/fish/doc/99999999999999999999999", "/v1/fish/doc/0?length=1",
    ]:  # fmt: skip
        if "doc/" == path[-4:]:
            equal("a document without a number", api.daemon.get(path).status, 400)
        else:
            api.get(path, 400)
    api.get("/v1/fish/locate?query=a&cursor=00000000.1", 409)
    api.get("/v1/fish/doc/4", 404)
    api.get("/v1/none/count?query=a", 404)
    api.get("/v1/fish%2F/count?query=a", 404)
    for body in [
        b"", b"[]", b'"x"', b"{", b'{"query"}', b"null", b'{"query": 1}', b'{"query": ["a"]}', b'{"query": {"a": 1}}', b'{"qery": "a"}',
        b'{"query": "a", "query": "b"}', b'{"query": "a"} x', b'{"query": "\xff"}', b'{"query": "\\ud800"}', b'{"query": "\\udc00x"}',
        b'{"query": null}', b"{" * 1000, b'{"x": ' * 200 + b"1" + b"}" * 200, b'{"query": "a"',
    ]:  # fmt: skip
        api.post("/v1/fish/count", body, 400)
    for body in [{}, {"queries": "a"}, {"queries": [1]}, {"queries": [["a"]]}, {"queries": {"a": "b"}}, {"queries": ["a", None]}]:
        api.post("/v1/fish/batch", body, 400)
    api.post("/v1/fish/batch", {"queries": ["a"] * 10001}, 413)
    api.post("/v1/fish/batch", {"queries": ["a", "b" * 70000]}, 413)
    api.post("/v1/fish/trace", {"text": "b" * 300000}, 413)
    for answer in [api.daemon.get("/nothing"), api.daemon.get("/v1/"), api.daemon.get("/v1/fish"), api.daemon.get("/v1//count?query=a")]:
        equal("no such path", (answer.status, answer.headers["Content-Type"]), (404, "application/problem+json"))
    answer = api.daemon.request("DELETE", "/v1/fish/count")
    equal("no such method", (answer.status, answer.headers["Allow"]), (405, "GET, HEAD, POST, OPTIONS"))
    answer = api.daemon.post("/livez", b"")
    equal("livez takes no POST", (answer.status, answer.headers["Allow"]), (405, "GET, HEAD, OPTIONS"))
    answer = api.daemon.request("HEAD", "/v1/fish/count?query=fish")
    equal("HEAD", (answer.status, answer.body), (200, b""))
    problem = api.daemon.get("/v1/fish/count?q=x").json
    equal("a problem tells the next step", problem["hint"], "this endpoint takes: query, and, or, not, within, docs_limit, text_limit, seed, docs, view")


def metrics(api):
    text = api.daemon.get("/metrics").body.decode()
    for line in text.splitlines():
        if not re.fullmatch(r'# (HELP|TYPE) .*|[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.e+-]+', line):
            check("metrics are in Prometheus' format", False, line)
    for wanted in [
        r'ngidx_requests_total\{endpoint="count",code="200"\} \d+', r'ngidx_request_duration_seconds_bucket\{endpoint="locate",le="\+Inf"\}',
        "ngidx_queue_length 0", r'ngidx_index_text_bytes\{index="birds"\} \d+', "ngidx_major_page_faults_total",
        r'ngidx_index_ready\{index="fish"\} 1',
    ]:  # fmt: skip
        check(f"metrics: {wanted}", re.search(wanted, text), text[:500])


def uploads(api):
    """Off, unless asked for (test_bulletin)."""
    api.get("/bulletin/benchmarks", 404)
    api.get("/bulletin/benchmarks/state", 404)
    api.post("/bulletin/benchmarks?name=a.jsonl", {}, 404)


def test():
    with Daemon("-i", f"fish={fish}", "-i", birds, "-i", both, "-i", folded, "-i", ids_index) as d:
        api = Described(d)
        for part in (indexes, count, find, locate, count_documents, together, chosen, compared, following, documents, ids, batch, contam,
                     recipes, trace, several, whole_benchmark, uploaded, views, errors, metrics, uploads):
            before = len(api.wrong)
            part(api)
            check(f"answers are as described: {part.__name__}", len(api.wrong) == before, "\n    ".join(api.wrong[before:]))
        for path, item in api.description.document["paths"].items():
            for method, operation in item.items():
                if method in ("get", "post") and path not in ("/", "/metrics", "/openapi.json", "/v1/{index}/part"):
                    check(f"{method} {path} was tried", (method, str(operation)) in api.called)


random.seed(6)
main(test)
