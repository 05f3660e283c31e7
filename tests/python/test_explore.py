"""Documents that hold a phrase, and what follows it, against scans."""

import collections
import subprocess

from support import *


def following(texts, phrase, before=False):
    """Continuations of one byte; empty where the document ends."""
    counts = collections.Counter()
    for text in texts:
        data = text.encode()
        for at in occurrences(data, phrase):
            counts[data[max(at - 1, 0) : at] if before else data[at + len(phrase) : at + len(phrase) + 1]] += 1
    return counts


class Explore(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.texts = random_texts(5, 300)
        ngidx.build(documents=cls.texts, index="random.ngidx", shard_size=4000)
        ngidx.build(documents=DOCUMENTS, index="fish.ngidx", view=["exact", "folded"])
        cls.index = ngidx.open("random.ngidx")
        cls.both = ngidx.open(["random.ngidx", "fish.ngidx"])

    @classmethod
    def tearDownClass(cls):
        cls.index.close()
        cls.both.close()
        super().tearDownClass()

    def test_documents(self):
        for phrase in ("ab", "abc", "the", " ", "€", "zebra", b"\x82\xac", "abc the"):
            data = phrase.encode() if isinstance(phrase, str) else phrase
            hits = [doc for doc, _ in scan(self.texts, data)]
            found = self.index.count_docs(phrase)
            wanted = len(set(hits))
            self.assertEqual(found, ngidx.DocumentCount(len(hits), wanted, True, wanted, wanted, 0), phrase)
            more = {doc for doc, _ in scan(TEXTS, data)}
            self.assertEqual(self.both.count_docs(phrase).documents, wanted + len(more))

    def test_estimate(self):
        whole = self.index.count_docs("ab")
        found = self.index.count_docs("ab", most_hits=1, seed=3)
        self.assertFalse(found.exact)
        self.assertGreater(found.sampled, 0)
        self.assertEqual(found.hits, whole.hits)
        self.assertTrue(found.low <= found.documents <= found.high)
        self.assertEqual(found, self.index.count_docs("ab", most_hits=1, seed=3, threads=1))
        with ngidx.open(["a=random.ngidx", "b=random.ngidx"]) as twice:
            command = [ngidx.program(), "count", "ab", "--docs", "--json", "--docs-limit", "1", "--seed", "3"]
            run = subprocess.run(command + ["-i", "a=random.ngidx", "-i", "b=random.ngidx"], stdout=subprocess.PIPE, check=True)
            told, both = json.loads(run.stdout), twice.count_docs("ab", most_hits=1, seed=3)
            self.assertEqual([told[f"documents{end}"] for end in ("", "_low", "_high")], [both.documents, both.low, both.high])
            self.assertEqual(told["sampled"], both.sampled)

    def test_next(self):
        for phrase in (b"ab", b"the", b" ", b"zebra", "€".encode()):
            for before in (False, True):
                wanted = following(self.texts, phrase, before)
                found = self.index.next(phrase, k=300, bytes=True, before=before)
                self.assertEqual({one.data: one.count for one in found.continuations}, dict(wanted))
                self.assertEqual([one.count for one in found.continuations], sorted(wanted.values(), reverse=True))
                self.assertEqual((found.hits, found.shown), (sum(wanted.values()),) * 2)
                self.assertEqual([one.at_end for one in found.continuations if not one.data], [True] * (b"" in wanted))
                self.assertTrue(found.complete)
        few = self.index.next("ab", k=2)
        self.assertEqual(len(few.continuations), 2)
        self.assertLess(few.shown, few.hits)
        self.assertAlmostEqual(few.continuations[0].share, few.continuations[0].count / few.hits)

    def test_units(self):
        with ngidx.open("fish.ngidx") as index:
            texts = lambda **settings: [one.text for one in index.next("That is", k=1, **settings).continuations]
            self.assertEqual(texts(), [" the"])
            self.assertEqual(texts(words=2), [" the question"])
            self.assertEqual(texts(chars=3), [" th"])
            self.assertEqual(texts(bytes=True), [" "])
            self.assertEqual(texts(view="folded"), ["t"])
            self.assertEqual(texts(view="folded", chars=4), ["theq"])
            cut = index.next(b"Gr\xc3", bytes=True).continuations[0]
            self.assertEqual((cut.data, cut.text), (b"\xbc", "�"))
            self.raises(ngidx.UsageError, "folded", index.next, "that", view="folded", words=1)
            self.raises(ngidx.UsageError, "only one of", index.next, "that", chars=1, words=1)
            self.raises(ngidx.UsageError, "at least 1", index.next, "that", chars=0)
            self.raises(ngidx.UsageError, "k", index.next, "that", k=-1)
            self.raises(ngidx.UsageError, "most_hits", index.count_docs, "that", most_hits=0)
            self.raises(ngidx.UsageError, "FF", index.count_docs, b"\xff")

    def test_together(self):
        wanted = following(self.texts + TEXTS, b"t")
        found = self.both.next("t", k=300, bytes=True)
        self.assertEqual({one.data: one.count for one in found.continuations}, dict(wanted))


if __name__ == "__main__":
    unittest.main()
