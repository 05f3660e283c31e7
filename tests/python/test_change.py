"""Removing documents and compacting from Python."""

from support import *


class Change(Case):
    def setUp(self):
        ngidx.build(documents=[{"id": f"d{i}", "text": f"{'red' if i % 3 else 'blue'} fish {i}"} for i in range(30)], index="fish.ngidx", force=True)

    def fish(self):
        with ngidx.open("fish.ngidx") as index:
            return index.count("fish"), index.count("blue"), [document.doc for document in index.documents()]

    def test_remove(self):
        removed = ngidx.remove("fish.ngidx", docs=(n for n in [4, 5, 4]), dry_run=True)
        self.assertEqual((removed.documents, removed.left, removed.first, removed.dry_run), (2, 28, [4, 5], True))
        self.assertEqual(self.fish()[0], 30)
        self.assertEqual(ngidx.remove("fish.ngidx", docs=[4, 5]).documents, 2)
        removed = ngidx.remove("fish.ngidx", docs=[4, 6])
        self.assertEqual((removed.documents, removed.removed_before, removed.left), (1, 1, 27))
        self.assertEqual(ngidx.remove("fish.ngidx", ids=["d7", "d8"]).first, [7, 8])
        self.raises(ngidx.InputError, "'d4'", ngidx.remove, "fish.ngidx", ids=["d4"])
        removed = ngidx.remove("fish.ngidx", phrase="blue", threads=1)
        self.assertEqual((removed.documents, removed.text_bytes), (9, sum(len(f"blue fish {i}") for i in range(0, 30, 3) if i != 6)))
        gone = {4, 5, 7, 8, *range(0, 30, 3)}
        self.assertEqual(self.fish(), (30 - len(gone), 0, [i for i in range(30) if i not in gone]))
        self.assertEqual(ngidx.remove("fish.ngidx", phrase=b"blue").documents, 0)

    def test_remove_errors(self):
        self.assertEqual(self.raises(ngidx.NotFoundError, "nowhere", ngidx.remove, "nowhere", docs=[1]).status, "NOTFOUND")
        self.raises(ngidx.InputError, "'d99'", ngidx.remove, "fish.ngidx", ids=["d1", "d99"])
        self.assertEqual(self.fish()[0], 30)
        self.assertEqual(ngidx.remove("fish.ngidx", ids=["d1", "d99"], allow_missing=True).missing, 1)
        for wrong in ({}, {"docs": [1], "phrase": "x"}):
            self.raises(ngidx.UsageError, "give one", ngidx.remove, "fish.ngidx", **wrong)
        self.raises(ngidx.UsageError, "NUL", ngidx.remove, "fish.ngidx", phrase="a\0b")
        self.raises(ngidx.UsageError, "one id", ngidx.remove, "fish.ngidx", ids="d1")
        self.raises(ngidx.NgidxError, "3000", ngidx.remove, "fish.ngidx", docs=[3000])

    def test_compact(self):
        for part in range(5):
            ngidx.append("fish.ngidx", documents=[f"more fish {part}"])
        ngidx.remove("fish.ngidx", docs=[0])
        seen = []
        compacted = ngidx.compact("fish.ngidx", full=True, memory="256M", progress=seen.append)
        self.assertEqual((compacted.dropped_documents, compacted.shards, compacted.documents), (1, 1, 34))
        self.assertTrue(seen and all(isinstance(one, ngidx.Progress) for one in seen))
        self.assertEqual(self.fish()[0], 34)
        self.assertEqual(ngidx.compact("fish.ngidx").merged_shards, 0)
        self.raises(ngidx.NotFoundError, "nowhere", ngidx.compact, "nowhere")
        self.raises(ngidx.UsageError, "memory", ngidx.compact, "fish.ngidx", memory="much")
