"""POST /: Infini-gram mini's protocol, as its clients speak it."""

from lib import *

fish = build("fish", FISH)
birds = build("birds", BIRDS, "--shard-size", "5000")


def is_float(value):
    return isinstance(value, float) and value >= 0


def count_and_find(d):
    answer = d.post("/", {"index": "fish", "query_type": "count", "query": "fish"})
    equal("count: status", answer.status, 200)
    equal("count: content type", answer.headers["Content-Type"], "application/json")
    equal("count: fields", sorted(answer.json), ["count", "latency"])
    equal("count", answer.json["count"], 504)
    check("count: latency is a float", is_float(answer.json["latency"]), answer)
    total = sum(len(text.encode()) + 1 for text, _ in FISH)
    equal("count of nothing", d.post("/", {"index": "fish", "query_type": "count", "query": ""}).json["count"], total)

    answer = d.post("/", {"index": "birds", "query_type": "find", "query": "song of sixpence"}).json
    equal("find: fields", sorted(answer), ["cnt", "latency", "segment_by_shard"])
    equal("find: cnt", answer["cnt"], 200)
    segments = answer["segment_by_shard"]
    check("find: several shards", len(segments) > 1, segments)
    equal("find: the segments add up", sum(high - low for low, high in segments), 200)
    answer = d.post("/", {"index": "birds", "query_type": "find", "query": "no such thing"}).json
    check("find: nothing", answer["cnt"] == 0 and all(low == high for low, high in answer["segment_by_shard"]), answer)


def documents(d):
    wanted = {text: i for i, (text, _) in enumerate(BIRDS)}
    segments = d.post("/", {"index": "birds", "query_type": "find", "query": "sixpence"}).json["segment_by_shard"]
    seen = set()
    for s, (low, high) in enumerate(segments):
        for rank in range(low, high):
            body = {"index": "birds", "query_type": "get_doc_by_rank", "query": "sixpence", "s": s, "rank": rank}
            doc = d.post("/", {**body, "max_ctx_len": 10000}).json
            if doc["text"] in wanted and wanted[doc["text"]] == doc["doc_ix"]:
                seen.add(doc["doc_ix"])
    equal("every document is found by its ranks", len(seen), 200)
    fields = ["disp_len", "doc_ix", "doc_len", "latency", "metadata", "needle_offset", "spans", "text"]
    equal("get_doc_by_rank: fields", sorted(doc), fields)
    check("lengths", doc["doc_len"] == doc["disp_len"] == len(doc["text"].encode()), doc)
    equal("needle_offset", doc["text"].encode()[doc["needle_offset"] :][:8], b"sixpence")
    check("metadata is a string", isinstance(doc["metadata"], str), doc)
    metadata = json.loads(doc["metadata"])
    equal("metadata: fields", sorted(metadata), ["linenum", "metadata", "path"])
    equal("metadata: the line counts from 0", metadata["linenum"], doc["doc_ix"])
    equal("metadata: the record", metadata["metadata"], {"id": doc["doc_ix"]})
    before, behind = doc["text"].split("sixpence")
    equal("spans", doc["spans"], [[before, None], ["sixpence", "0"], [behind, None]])


def contexts(d):
    low = d.post("/", {"index": "fish", "query_type": "find", "query": "fish €"}).json["segment_by_shard"][0][0]
    body = {"index": "fish", "query_type": "get_doc_by_rank", "query": "fish €", "s": 0, "rank": low}
    doc = d.post("/", {**body, "max_ctx_len": 3}).json
    equal("a snippet cuts no character", doc["text"], "ue fish €")
    equal("disp_len is of the snippet", doc["disp_len"], len("ue fish €".encode()))
    equal("spans of a snippet", doc["spans"], [["ue ", None], ["fish €", "0"]])
    equal("max_ctx_len may be left out", d.post("/", body).json["text"], FISH[1][0])
    doc = d.post("/", {**body, "query": "x" * 1000, "max_ctx_len": 0}).json
    equal("a phrase longer than what is left", doc["text"], "fish €😀 end")
    total = sum(len(text.encode()) + 1 for text, _ in FISH)
    doc = d.post("/", {**body, "query": "", "rank": total - 1, "max_ctx_len": 5}).json
    seen = (doc["doc_ix"], doc["text"], doc["needle_offset"], doc["disp_len"])
    equal("the row of a document's end", seen, (3, FISH[3][0][-5:], 5, 5))
    doc = d.post("/", {**body, "query": "", "rank": total - 2, "max_ctx_len": 5}).json
    check("the row of an empty document", doc["text"] == "" and doc["spans"] == [["", None]], doc)


def errors(d):
    good = {"index": "fish", "query_type": "count", "query": "fish"}
    for field in ["query_type", "index", "query"]:
        answer = d.post("/", {key: value for key, value in good.items() if key != field})
        equal(f"without {field}", (answer.status, answer.json), (400, {"error": f"Missing required field: '{field}'"}))
    for name, body in {
        "no such index": {**good, "index": "nope"},
        "no such type": {**good, "query_type": "ntd"},
        "a query of another type": {**good, "query": ["fish"]},
        "get_doc_by_rank without a rank": {**good, "query_type": "get_doc_by_rank", "s": 0},
        "no such shard": {**good, "query_type": "get_doc_by_rank", "s": 9, "rank": 0},
        "no such rank": {**good, "query_type": "get_doc_by_rank", "s": 0, "rank": 10**12},
        "a negative rank": {**good, "query_type": "get_doc_by_rank", "s": 0, "rank": -1},
        "a rank that is no number": {**good, "query_type": "get_doc_by_rank", "s": 0, "rank": "0"},
        "too much context": {**good, "query_type": "get_doc_by_rank", "s": 0, "rank": 0, "max_ctx_len": 10**9},
        "a phrase over the limit": {**good, "query": "x" * 70000},
        "an array": [good],
        "a broken body": b'{"index": "fish"',
        "no body": b"",
    }.items():
        answer = d.post("/", body)
        well = answer.status == 400 and isinstance(answer.json["error"], str) and answer.json["error"]
        check(f"400 with error: {name}", well, answer)
    answer = d.post("/", {**good, "source": "demo", "timestamp": 1, "x": {"y": [1, {}]}})
    equal("fields that it does not know are passed over", answer.json["count"], 504)


def test():
    with Daemon("-i", f"fish={fish}", "-i", birds) as d:
        count_and_find(d)
        documents(d)
        contexts(d)
        errors(d)


main(test)
