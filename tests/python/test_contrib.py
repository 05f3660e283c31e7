"""The adapters to other tools: a blocklist of a report that ngidx contam wrote, and filters for datatrove."""

import contextlib
import doctest
import io
import os
import pickle
import subprocess
import sys

import datatrove_stand_in  # noqa: F401
from ngidx.contrib import blocklist as blocklists
from ngidx.contrib.blocklist import Blocklist
from ngidx.contrib.datatrove import BenchmarkFilter, BlocklistFilter
from datatrove.data import Document
from support import *

QUESTIONS = [
    "Mira packs nine crates of plums, and each crate holds fourteen plums. How many plums does she pack?",
    "A ferry crosses the fjord in thirty-five minutes and waits ten. How long do four crossings take?",
    "Which of the seven lighthouses was the first to be lit by the keeper's youngest daughter?",
]
CORPUS = [
    {"text": f"A forum. {QUESTIONS[0]} I think 126.", "id": "page-1", "url": "https://example.org/plums"},
    {"text": "Nothing of the kind, only lamps and herons on a wall.", "id": "page-2", "url": "https://example.org/lamps"},
    {"text": f"Copied: {QUESTIONS[1]}", "id": 3},
    {"text": f"Copied, too: {QUESTIONS[2]}", "n": 1},
]


def documents():
    """As datatrove's reader of JSON lines gives them."""
    for number, record in enumerate(CORPUS):
        rest = {name: value for name, value in record.items() if name not in ("text", "id")}
        yield Document(record["text"], str(record.get("id", f"corpus.jsonl/{number}")), metadata=rest)


class Kept:
    """A writer of datatrove that keeps what it is given."""

    def __init__(self):
        self.documents = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def write(self, doc, rank=0, **_):
        self.documents.append(doc)


class Contrib(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        write_lines("corpus.jsonl", CORPUS)
        write_lines("plums.jsonl", [{"question": QUESTIONS[0]}, {"question": QUESTIONS[1]}])
        write_lines("lights.jsonl", [{"question": QUESTIONS[2]}])
        ngidx.build("corpus.jsonl", "corpus.ngidx", view=["exact", "folded"])
        for name, more in ("report", []), ("redacted", ["--redact"]):
            command = [ngidx.program(), "contam", "plums.jsonl", "lights.jsonl", "-i", "corpus.ngidx", "--report", name]
            subprocess.run(command + more, check=True, stdout=subprocess.DEVNULL)
        for name in "plums", "lights":
            ngidx.build(f"{name}.jsonl", f"{name}.ngidx", view=["exact", "folded"], text_field="question")

    def test_blocklist(self):
        found = Blocklist.read("report/contaminated-docs.jsonl")
        self.assertEqual(found.ids, {"page-1", "3"})
        self.assertEqual(found.urls, {"https://example.org/plums"})
        self.assertEqual(found.places, {("corpus.jsonl", 1), ("corpus.jsonl", 3), ("corpus.jsonl", 4)})
        self.assertEqual((found.documents, found.nameless), (3, 1))
        self.assertEqual(found, Blocklist.read(["report"]))
        self.assertEqual([found.blocks(record.get("id"), record.get("url")) for record in CORPUS], ["id", None, "id", None])
        self.assertEqual(found.blocks(url="https://example.org/plums"), "url")
        self.assertEqual(found.blocks(source="corpus.jsonl", line=4), "place")
        self.assertEqual(Blocklist.read("report", benchmarks=["lights"]).documents, 1)
        self.assertEqual(Blocklist.read("report", classes=["suspicious"]).documents, 0)
        self.assertEqual(doctest.testmod(blocklists).failed, 0)

    def test_blocklist_errors(self):
        self.raises(ngidx.InputError, "the report is redacted", Blocklist.read, "redacted")
        self.raises(ngidx.NotFoundError, "there is no nowhere", Blocklist.read, "nowhere")
        self.raises(ngidx.InputError, "corpus.jsonl:1: not a line of contaminated-docs.jsonl", Blocklist.read, "corpus.jsonl")
        pathlib.Path("broken.jsonl").write_text("[1]\n")
        self.raises(ngidx.InputError, "broken.jsonl: not JSON lines", Blocklist.read, "broken.jsonl")
        pathlib.Path("latin.jsonl").write_bytes(b'"\xff"\n')
        self.raises(ngidx.InputError, "latin.jsonl: not JSON lines", Blocklist.read, "latin.jsonl")
        self.raises(ngidx.UsageError, "no class 'clean'", Blocklist.read, "report", classes=["clean"])

    def test_blocklist_program(self):
        def run(*arguments):
            out, err = io.StringIO(), io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = blocklists.main(list(arguments))
            return code, out.getvalue().splitlines(), err.getvalue()

        code, out, err = run("report")
        self.assertEqual((code, out), (0, ["3", "page-1", "https://example.org/plums"]))
        self.assertIn("1 of 3 documents have neither id nor URL", err)
        self.assertEqual(run("report", "--urls")[1], ["https://example.org/plums"])
        self.assertEqual(run("report", "--ids", "--benchmark", "plums")[1], ["3", "page-1"])
        self.assertEqual(run("report", "--class", "suspicious")[:2], (1, []))
        self.assertEqual(run("nowhere")[0], 2)
        command = [sys.executable, "-m", "ngidx.contrib.blocklist", "report", "--ids"]
        env = {**os.environ, "LD_PRELOAD": os.environ.get("PYTHON_PRELOAD", "")}
        self.assertEqual(subprocess.run(command, check=True, stdout=subprocess.PIPE, env=env).stdout, b"3\npage-1\n")

    def test_blocklist_filter(self):
        removed = Kept()
        step = BlocklistFilter("report", exclusion_writer=removed)
        self.assertEqual([doc.id for doc in step(documents())], ["page-2"])
        reasons = [(doc.id, doc.metadata["filter_reason"]) for doc in removed.documents]
        self.assertEqual(reasons, [("page-1", "ngidx_id"), ("3", "ngidx_id"), ("corpus.jsonl/3", "ngidx_place")])
        urls = Blocklist(frozenset(), frozenset({"https://example.org/lamps"}))
        self.assertEqual([doc.id for doc in BlocklistFilter(urls).run(documents())], ["page-1", "3", "corpus.jsonl/3"])
        self.assertEqual(len(list(BlocklistFilter(urls, url_field=None).run(documents()))), 4)

    def test_benchmark_filter(self):
        removed = Kept()
        step = BenchmarkFilter(["plums.ngidx", "lights.ngidx"], exclusion_writer=removed)
        step = pickle.loads(pickle.dumps(step))  # as it comes to a worker
        removed = step.exclusion_writer
        self.assertEqual([doc.id for doc in step.run(documents(), rank=1, world_size=2)], ["page-2"])
        self.assertEqual([doc.metadata["filter_reason"] for doc in removed.documents], ["plums", "plums", "lights"])
        overlap = removed.documents[0].metadata["ngidx_overlap"]
        self.assertIn("nine crates of plums, and each crate", overlap["text"])
        self.assertEqual(overlap["source"], {"path": "plums.jsonl", "line": 1})
        self.assertEqual(CORPUS[0]["text"][overlap["begin"] : overlap["end"]], overlap["text"])
        pickle.dumps(step)  # also when it has an index open

    def test_benchmark_filter_settings(self):
        shouted = [Document(QUESTIONS[0].upper(), "x"), Document("", "empty")]
        keep = lambda **settings: [doc.id for doc in BenchmarkFilter("plums.ngidx", **settings).run(iter(shouted))]
        self.assertEqual(keep(), ["empty"])
        self.assertEqual(keep(view="exact"), ["x", "empty"])
        self.assertEqual(keep(min_chars=200), ["x", "empty"])
        long = [Document(QUESTIONS[0] + " and on it goes" * 100, "long")]
        self.assertEqual(len(list(BenchmarkFilter("plums.ngidx", min_share=0.5).run(iter(long)))), 1)
        self.assertEqual(len(list(BenchmarkFilter("plums.ngidx", min_share=0.01).run(iter(long)))), 0)
        self.raises(ngidx.UsageError, "min_share", BenchmarkFilter, "plums.ngidx", min_share=2)
        self.raises(ngidx.NotFoundError, "nowhere", list, BenchmarkFilter("nowhere.ngidx").run(iter(long)))


if __name__ == "__main__":
    unittest.main()
