"""Building from Python: progress, errors, cancelling."""

import os
import threading
import time

from support import *


class Build(Case):
    def test_corpus_and_progress(self):
        os.mkdir("corpus")
        write_lines("corpus/a.jsonl", DOCUMENTS)
        pathlib.Path("corpus/b.txt").write_text("a plain file\n")
        seen = []
        built = ngidx.build("corpus", "a.ngidx", memory="256M", threads=2, progress=seen.append, exclude=["*.md", "*.x"])
        self.assertEqual((built.documents, built.files, built.views), (len(DOCUMENTS) + 1, 2, ["exact"]))
        self.assertEqual(built.summary["read"], {"text": 1, "json_lines": 1})
        self.assertIn("writing", [one.stage for one in seen])
        self.assertTrue(all(isinstance(one, ngidx.Progress) and str(one) for one in seen))
        with ngidx.open("a.ngidx") as index:
            self.assertEqual(index.locate("plain file")[0].path, "corpus/b.txt")
        again = ngidx.append("a.ngidx", ["corpus/b.txt", pathlib.Path("corpus/a.jsonl")])
        self.assertEqual(again.documents, 2 * built.documents)

    def test_documents(self):
        built = ngidx.build(documents=({"body": f"number {i}", "i": i} for i in range(2000)), index="n.ngidx", text_field="body")
        self.assertEqual(built.documents, 2000)
        with ngidx.open("n.ngidx") as index:
            self.assertEqual([document.metadata["i"] for document in index.documents(7, 9)], [7, 8])

    def test_what_json_lacks(self):
        class Array:  # as NumPy's numbers and arrays
            def tolist(self):
                return [1, 2.5]

        documents = ["half \ud800 a pair", {"text": "b", "n": Array()}]
        built = ngidx.build(documents=documents, index="j.ngidx")
        self.assertEqual(built.repaired, 1)
        with ngidx.open("j.ngidx") as index:
            self.assertEqual(index.document(0).text, "half \ufffd a pair")
            self.assertEqual(index.document(1).metadata, {"n": [1, 2.5]})
        for wrong in b"bytes", 3, None, ["list"]:
            self.raises(ngidx.UsageError, f"document 1 is {type(wrong).__name__}", ngidx.build, documents=["a", wrong], index="k.ngidx")
        self.raises(ngidx.UsageError, "document 0 does not fit into JSON: set", ngidx.build, documents=[{"text": {3}}], index="k.ngidx")

    def test_errors(self):
        error = self.raises(ngidx.NotFoundError, "nowhere", ngidx.build, "nowhere", "b.ngidx")
        self.assertEqual(error.status, "NOTFOUND")
        ngidx.build(documents=["x"], index="c.ngidx")
        error = self.raises(ngidx.ExistsError, "is an index already", ngidx.build, documents=["x"], index="c.ngidx")
        self.assertIn("--force", error.hint)
        self.raises(ngidx.ExistsError, "is an index already", ngidx.build, documents=["x"], index="c.ngidx", quiet=True)
        self.raises(ngidx.UsageError, "--bogus", ngidx.build, "x", "d.ngidx", bogus=1)
        self.raises(ngidx.UsageError, "one document", ngidx.build, documents="abc", index="d.ngidx")
        self.raises(ngidx.UsageError, "one document", ngidx.append, "c.ngidx", documents={"text": "abc"})
        self.raises(ngidx.UsageError, "dry_run", ngidx.build, "x", "d.ngidx", dry_run=True)
        self.raises(ngidx.UsageError, "either", ngidx.build)
        self.raises(ngidx.UsageError, "either", ngidx.build, "x", documents=["x"])
        pathlib.Path("bad.jsonl").write_text('{"text": "a"}\n{"text": broken\n')
        self.raises(ngidx.InputError, "bad.jsonl:2", ngidx.build, "bad.jsonl", "e.ngidx")
        built = ngidx.build("bad.jsonl", "e.ngidx", skip_bad_lines=True)
        self.assertEqual((built.documents, built.summary["bad_lines"]), (1, 1))

        def broken():
            yield "one"
            raise KeyError("from the iterator")

        with self.assertRaises(KeyError):
            ngidx.build(documents=broken(), index="f.ngidx")
        self.assertFalse(os.path.exists("f.ngidx/index.json"))

    def test_documents_that_break_off(self):
        """The program must not take the end of what came for the end of the documents, however quick it is."""
        program = pathlib.Path("quick").absolute()
        program.write_text("#!/bin/sh\ncat > /dev/null\ntouch whole\necho '{}'\n")
        program.chmod(0o755)
        before, os.environ["NGIDX"] = os.environ["NGIDX"], str(program)

        def broken():
            yield "one"
            time.sleep(0.05)
            raise RuntimeError("from the iterator")

        try:
            with self.assertRaises(RuntimeError):
                ngidx.build(documents=broken(), index="i.ngidx")
        finally:
            os.environ["NGIDX"] = before
        self.assertFalse(os.path.exists("whole"))

    def test_cancel(self):
        cancel = threading.Event()

        def endless():
            while True:
                yield "a document like any other"

        timer = threading.Timer(0.5, cancel.set)
        timer.start()
        with self.assertRaises(ngidx.CancelledError):
            ngidx.build(documents=endless(), index="g.ngidx", cancel=cancel)
        self.assertFalse(os.path.exists("g.ngidx/index.json"))

    def test_no_program(self):
        before = os.environ["NGIDX"]
        os.environ["NGIDX"] = "/nowhere/ngidx"
        try:
            with self.assertRaises(OSError):
                ngidx.build(documents=["x"], index="h.ngidx")
        finally:
            os.environ["NGIDX"] = before
