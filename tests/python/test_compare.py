"""Two indexes beside each other, against the texts that they were built from, and against the command."""

import subprocess

from support import *

PASSAGE = "a passage of some length that stands in one document of either corpus and nowhere else"


class Compare(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        shared = random_texts(1, 40) + [""]
        cls.texts = [
            shared + random_texts(2, 100) + [f"€ before. {PASSAGE}. after"],
            random_texts(3, 30) + shared[:25] + [f"Otherwise: {PASSAGE}! so it goes on"],
        ]
        ngidx.build(documents=cls.texts[0], index="a.ngidx", shard_size=4000)
        ngidx.build(documents=cls.texts[1], index="b.ngidx", view=["exact", "folded"])
        ngidx.build(documents=cls.texts[1], index="folded.ngidx", view="folded")

    def test_against_texts(self):
        found = ngidx.compare("a.ngidx", "b.ngidx", sample=3000, chars=30)
        for side, own, other in ((found.a, *self.texts), (found.b, *self.texts[::-1])):
            shared = [text for text in own if text in set(other)]
            size = lambda texts: sum(len(text.encode()) for text in texts)
            self.assertEqual((side.documents, side.text_bytes), (len(own), size(own)))
            self.assertEqual((side.shared_documents, side.shared_bytes), (len(shared), size(shared)))
            self.assertEqual(side.share, side.found / side.windows)
            self.assertTrue(0 < side.low < side.share < side.high < 1)
            windows = [text[i : i + 30] for text in own for i in range(len(text) - 29)]
            true = sum(any(window in text for text in other) for window in windows) / len(windows)
            self.assertLess(abs(side.share - true), 2 * (side.high - side.low))
        self.assertEqual((found.a.name, found.b.name, found.chars, found.seed), ("a", "b", 30, 1))
        passage = found.passages[0]
        self.assertEqual(passage.text, f" {PASSAGE}")
        self.assertEqual(passage.characters, len(passage.text))
        self.assertFalse(passage.cut)
        for place, texts in ((passage.a, self.texts[0]), (passage.b, self.texts[1])):
            self.assertEqual((place.doc, place.offset), (len(texts) - 1, texts[-1].encode().index(passage.text.encode())))

    def test_as_the_command(self):
        command = [ngidx.program(), "compare", "a.ngidx", "b.ngidx", "--json", "-q", "--sample", "300", "--seed", "7"]
        run = subprocess.run(command + ["--chars", "20", "-k", "3"], stdout=subprocess.PIPE, check=True)
        told = json.loads(run.stdout)
        with ngidx.open("a.ngidx") as a:
            found = ngidx.compare(a, "b.ngidx", sample=300, seed=7, chars=20, passages=3, threads=1, memory="1M")
            self.assertEqual(a.count(PASSAGE), 1)  # still open
        for side, wanted in ((found.a, told["a"]), (found.b, told["b"])):
            seen = {name: round(value, 6) if isinstance(value, float) else value for name, value in vars(side).items()}
            self.assertEqual(seen, wanted)
        passages = [{**vars(one), "a": vars(one.a), "b": vars(one.b)} for one in found.passages]
        self.assertEqual(passages, told["passages"])
        self.assertEqual(found.tried, told["tried"])

    def test_views(self):
        self.assertEqual(ngidx.compare("b.ngidx", "folded.ngidx").a.share, 1)  # folded, which both have
        self.assertEqual(ngidx.compare("b.ngidx", "folded.ngidx", view="folded").b.shared_documents, len(self.texts[1]))
        self.raises(ngidx.UsageError, "exact", ngidx.compare, "b.ngidx", "folded.ngidx", view="exact")
        self.raises(ngidx.UsageError, "folded", ngidx.compare, "a.ngidx", "folded.ngidx")

    def test_errors(self):
        self.raises(ngidx.NotFoundError, "none.ngidx", ngidx.compare, "a.ngidx", "none.ngidx")
        with ngidx.open(["a.ngidx", "b.ngidx"]) as both:
            self.raises(ngidx.UsageError, "several", ngidx.compare, both, "b.ngidx")
        both.close()
        self.raises(ngidx.UsageError, "closed", ngidx.compare, "a.ngidx", both)
        for options in ({"sample": 0}, {"chars": 0}, {"chars": 1001}, {"passages": 1001}, {"sample": -1}, {"seed": 1 << 64}):
            with self.assertRaises(ngidx.UsageError, msg=options):
                ngidx.compare("a.ngidx", "b.ngidx", **options)


if __name__ == "__main__":
    unittest.main()
