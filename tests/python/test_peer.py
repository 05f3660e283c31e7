"""The engine of Infini-gram mini: its example program, with the import changed."""

from support import *


class Peer(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        ngidx.build(documents=[{"text": f"nature {i} of natural things", "i": i} for i in range(50)], index="a", shard_size=400)
        ngidx.build(documents=["the nature of things €"], index="b")

    def test_example(self):
        engine = ngidx.InfiniGramMiniEngine(index_dirs=["a", "b"], load_to_ram=False, get_metadata=True)
        query = "nature"
        self.assertEqual(engine.count(query), {"count": 51})
        found = engine.find(query)
        self.assertEqual((sorted(found), found["cnt"]), (["cnt", "segment_by_shard"], 51))
        segments = found["segment_by_shard"]
        self.assertGreater(len(segments), 2)
        self.assertEqual(sum(high - low for low, high in segments), 51)
        documents = set()
        for s, (low, high) in enumerate(segments):
            for rank in range(low, high):
                doc = engine.get_doc_by_rank(s=s, rank=rank, needle_len=len(query), max_ctx_len=1000)
                documents.add(doc["doc_ix"])
                self.assertEqual(doc["text"].encode()[doc["needle_offset"] :][:6], b"nature")
                self.assertEqual(doc["doc_len"], doc["disp_len"])
        self.assertEqual(documents, set(range(51)))
        last = engine.get_doc_by_rank(s=len(segments) - 1, rank=segments[-1][0], needle_len=6, max_ctx_len=4)
        metadata = json.loads(last.pop("metadata"))
        self.assertEqual(metadata, {"path": "-", "linenum": 0, "metadata": {}})
        wanted = {"doc_ix": 50, "doc_len": 24, "disp_len": 14, "needle_offset": 4, "text": "the nature of "}
        self.assertEqual(last, wanted)

    def test_without_metadata(self):
        engine = ngidx.InfiniGramMiniEngine(index_dirs=["b"], load_to_ram=True, get_metadata=False)
        low = engine.find("€")["segment_by_shard"][0][0]
        doc = engine.get_doc_by_rank(s=0, rank=low, needle_len=3, max_ctx_len=1)
        self.assertEqual((doc["text"], doc["metadata"]), (" €", ""))

    def test_errors(self):
        engine = ngidx.InfiniGramMiniEngine(["b"])
        self.raises(ngidx.UsageError, "shard", engine.get_doc_by_rank, 1, 0, 1, 1)
        self.raises(ngidx.UsageError, "no rank", engine.get_doc_by_rank, 0, 1 << 40, 1, 1)
        self.raises(ngidx.UsageError, "empty", ngidx.InfiniGramMiniEngine, [])
