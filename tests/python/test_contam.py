"""Contamination and tracing: the same verdicts as the command's."""

import subprocess

from support import *

COPY = "How many of the twenty-four blackbirds that were baked in a pie began to sing when it was opened?"
CLEAN = "Nothing of this is to be found in any of the documents, however long one goes on looking for it."


class Contam(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        filler = [f"filler number {i} " * 20 for i in range(20)]
        ngidx.build(documents=[f"before. {COPY} after.", *filler], index="c.ngidx", view=["exact", "folded"])
        cls.index = ngidx.open("c.ngidx")

    @classmethod
    def tearDownClass(cls):
        cls.index.close()
        super().tearDownClass()

    def entries(self):
        half = COPY[:50] + CLEAN[50:]
        return [
            {"question": COPY, "answer": "24"},
            {"question": CLEAN, "answer": "none"},
            {"question": COPY.upper() + "\r\n", "answer": "24"},
            {"question": half, "answer": ""},
            {"question": "  ", "answer": ""},
            {"question": "short", "answer": ""},
        ]

    def test_as_the_command(self):
        write_lines("bench.jsonl", self.entries())
        for preset in ("paper", "folded"):
            command = [os.environ["NGIDX"], "contam", "bench.jsonl", "-i", "c.ngidx", "--preset", preset, "--report", preset]
            subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            with open(f"{preset}/entries.jsonl", encoding="utf-8") as file:
                wanted = [json.loads(line) for line in file]
            verdicts = self.index.contam(self.entries(), preset=preset)
            self.assertEqual(len(wanted), len(verdicts))
            for verdict, entry in zip(verdicts, wanted):
                seen = (verdict.class_, verdict.windows, verdict.found, round(verdict.eta, 6), round(verdict.coverage, 6))
                self.assertEqual(seen, tuple(entry[name] for name in ("class", "windows", "found", "eta", "coverage")))

    def test_members(self):
        done = []
        verdicts = self.index.contam([COPY, CLEAN], preset="paper", progress=done.append, context=10)
        self.assertEqual([verdict.class_ for verdict in verdicts], ["dirty", "clean"])
        self.assertEqual(done, [2])
        first = verdicts[0]
        self.assertTrue(first.is_dirty)
        self.assertEqual(first.pieces(), [COPY[:94]])  # the last window begins at the last word that leaves 50 characters
        self.assertEqual((first.evidence[0].doc, first.longest_match.count), (0, 1))
        self.assertIn(COPY, first.evidence[0].snippet)
        self.assertEqual((verdicts[1].longest_match is None or verdicts[1].longest_match.end < 50), True)

    def test_answers(self):
        verdict = self.index.contam([{"question": COPY, "answer": "after"}], answer_field="answer")[0]
        self.assertEqual([(one.answer_near, one.together) for one in verdict.evidence], [(True, True)])
        self.assertEqual((verdict.answer_near, verdict.together), (True, True))

    def test_fields(self):
        turns = {"turns": [{"content": COPY}, {"content": CLEAN}]}
        verdict = self.index.contam([turns], fields="turns.content", preset="paper")[0]
        self.assertEqual((verdict.class_, len(verdict.texts)), ("suspicious", 2))
        self.assertEqual({span.text for span in verdict.spans}, {0})
        self.raises(ngidx.UsageError, "turns", self.index.contam, [turns])
        self.raises(ngidx.UsageError, "no field 'x'", self.index.contam, [turns], fields=["x"])
        self.raises(ngidx.UsageError, "list", self.index.contam, COPY)
        self.raises(ngidx.UsageError, "int", self.index.contam, [3])

    def test_settings(self):
        self.assertEqual(self.index.contam([COPY], preset="paper", chars=97)[0].windows, 1)
        self.raises(ngidx.UsageError, "preset", self.index.contam, [COPY], preset="other")
        self.raises(ngidx.UsageError, "bogus", self.index.contam, [COPY], bogus=1)
        self.raises(ngidx.UsageError, "negative", self.index.contam, [COPY], chars=-1)
        self.raises(ngidx.UsageError, "chars", self.index.contam, [COPY], chars=(1 << 64) + 20)
        self.raises(ngidx.UsageError, "threads", self.index.contam, [COPY], threads=1 << 32)
        self.raises(ngidx.NgidxError, "", self.index.contam, [COPY], suspicious=0.9, dirty=0.1)
        self.assertEqual(self.index.contam([]), [])

    def test_trace(self):
        text = f"€ He asked: {COPY} I say {COPY[:40]}!"
        trace = self.index.trace(text, min_chars=35)
        self.assertEqual([text[span.begin : span.end].strip() for span in trace.spans], [COPY, COPY[:40]])
        self.assertEqual(text.encode()[trace.spans[0].begin_byte : trace.spans[0].end_byte].decode().strip(), COPY)
        self.assertEqual((trace.characters, trace.spans[0].evidence[0].doc), (len(text), 0))
        folded = self.index.trace(text.upper(), min_chars=30, view="folded")
        self.assertEqual(len(folded.spans), 2)
        self.assertEqual(self.index.trace(text.upper()).spans, [])
        self.raises(ngidx.UsageError, "min_chars", self.index.trace, text, min_chars=0)
