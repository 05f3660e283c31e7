"""An open index, against a scan of its documents."""

import ctypes
import functools
import gc
import pickle
import random
import signal
import threading
import time

from ngidx import _calls, _library
from support import *


class Known(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        ngidx.build(documents=DOCUMENTS, index="known.ngidx", view=["exact", "folded"])
        cls.index = ngidx.open("known.ngidx")

    @classmethod
    def tearDownClass(cls):
        cls.index.close()
        super().tearDownClass()

    def test_count(self):
        for phrase in ["be", "fish", "€", "😀", "zebra", "question. That", '"fish"', "\n"]:
            wanted = len(scan(TEXTS, phrase.encode()))
            self.assertEqual(self.index.count(phrase), wanted, phrase)
            self.assertEqual(self.index.count(phrase.encode()), wanted, phrase)
            self.assertEqual(self.index.count(bytearray(phrase.encode())), wanted, phrase)
        self.assertEqual(self.index.count(""), sum(len(text.encode()) + 1 for text in TEXTS))
        self.assertEqual(self.index.count(b"\x82\xac"), 1)

    def test_kernel(self):
        """A kernel that there is not is an error of the library and of the program that the package runs."""
        before = os.environ.get("NGIDX_KERNEL")
        try:
            for name in "sse9", "":
                os.environ["NGIDX_KERNEL"] = name
                wanted = f"NGIDX_KERNEL={name}: there is no such kernel (set NGIDX_KERNEL to portable, bmi2 or avx512"
                self.raises(ngidx.UsageError, wanted, ngidx.open, "known.ngidx")
                self.raises(ngidx.UsageError, wanted, ngidx.build, documents=["one"], index="none.ngidx")
                self.assertFalse(os.path.exists("none.ngidx"))
            os.environ["NGIDX_KERNEL"] = "portable"
            with ngidx.open("known.ngidx") as index:
                self.assertEqual(index.count("fish"), 4)
        finally:
            del os.environ["NGIDX_KERNEL"]
            if before is not None:
                os.environ["NGIDX_KERNEL"] = before

    def test_views(self):
        self.assertEqual(self.index.count("FISH"), 0)
        self.assertEqual(self.index.count("FISH", view="folded"), 4)
        self.assertEqual(self.index.count("to... BE", view="folded"), 2)
        self.assertEqual(self.index.count("fish", view="exact"), 4)
        self.assertEqual(self.index.count_batch(["FISH", "grüsse"], view="folded"), [4, 1])
        hit = self.index.locate("FISH END", view="folded", context=4)[0]
        self.assertEqual((hit.doc, hit.match, hit.text), (1, "fish €😀 end", "original"))

    def test_names(self):
        """Ids and URLs are where the build was told, in hits and documents."""
        papers = [{"text": "a fish", "doi": "x/1", "at": {"url": "http://a"}, "id": 5}, {"text": "no fish", "doi": 12}, "fish"]
        ngidx.build(documents=papers, index="papers.ngidx", id_field="doi", url_field="at.url", force=True)
        wanted = [("x/1", "http://a"), (12, None), (None, None)]
        with ngidx.open("papers.ngidx") as index:
            self.assertEqual([(one.id, one.url) for one in index.documents()], wanted)
            self.assertEqual([(index.document(i).id, index.document(i).url) for i in range(3)], wanted)
            for hit in index.locate("fish"):
                self.assertEqual((hit.id, hit.url), wanted[hit.doc])

    def test_batch(self):
        self.assertEqual(self.index.count_batch([]), [])
        self.assertEqual(self.index.count_batch(iter(["be", b"be", "", "zebra"])), [2, 2, self.index.count(""), 0])

    def test_locate(self):
        for phrase in ["be", "fish", "question", "€"]:
            hits = self.index.locate(phrase, limit=None)
            self.assertEqual(sorted((hit.doc, hit.offset) for hit in hits), scan(TEXTS, phrase.encode()))
            for hit in hits:
                self.assertEqual(hit.match, phrase)
                self.assertEqual(hit.length, len(phrase.encode()))
                text = TEXTS[hit.doc].encode()
                snippet = hit.snippet.encode()
                self.assertEqual(text[hit.snippet_offset :][: len(snippet)], snippet)
        all_hits = self.index.locate("question", limit=None)
        self.assertEqual(self.index.locate("question", limit=7, offset=3), all_hits[3:10])
        self.assertEqual(self.index.locate("question", limit=0), [])
        self.assertEqual(self.index.locate("question", offset=1000), [])
        self.assertEqual(self.index.locate("zebra"), [])

    def test_hit(self):
        hit = self.index.locate("€", context=2)[0]
        self.assertEqual((hit.index, hit.doc, hit.metadata), ("known", 1, {"title": "€"}))
        self.assertEqual((hit.path, hit.line), ("-", 2))
        cut = self.index.locate(b"\x82\xac", context=0)[0]
        self.assertEqual((cut.snippet, cut.match, cut.length), ("€", "€", 2))
        self.assertEqual(ngidx.char_offset(TEXTS[1], hit.offset), TEXTS[1].index("€"))
        self.assertEqual(ngidx.byte_offset(TEXTS[1], TEXTS[1].index("€")), hit.offset)

    def test_find_and_hit_at(self):
        found = self.index.find("fish")
        self.assertEqual(sum(map(len, found)), 4)
        hits = [
            self.index.hit_at(interval.shard, rank, length=4, context=80)
            for interval in found
            for rank in range(interval.begin, interval.end)
        ]
        self.assertEqual(hits, self.index.locate("fish"))
        self.raises(ngidx.UsageError, "no rank", self.index.hit_at, 0, 1 << 40)

    def test_memory(self):
        class Number:  # as NumPy's
            def __index__(self):
                return 1 << 20

        self.assertEqual(len(list(self.index.documents(memory=Number()))), len(TEXTS))

    def test_documents(self):
        self.assertEqual([document.text for document in self.index.documents()], TEXTS)
        self.assertEqual([self.index.document(i) for i in range(5)], list(self.index.documents(memory=0, threads=1)))
        self.assertEqual([document.doc for document in self.index.documents(1, 3)], [1, 2])
        self.assertEqual(self.index.document(4).metadata, {"nested": {"a": [1, None, "x"]}})
        self.assertEqual(self.index.document(1).length, self.index.document_length(1))
        iterator = self.index.documents()
        self.assertEqual(next(iterator).doc, 0)
        iterator.close()
        for number in (-1, 5, 1 << 63, 1 << 70):
            self.raises(ngidx.NotFoundError, "no document", self.index.document, number)
        self.raises(ngidx.UsageError, "no documents", list, self.index.documents(3, 9))

    def test_info(self):
        info = self.index.indexes()[0]
        self.assertEqual((info.name, info.documents, info.views), ("known", 5, ["exact", "folded"]))
        self.assertEqual(info.text_bytes, sum(len(text.encode()) for text in TEXTS))

    def test_errors(self):
        index = self.index
        error = self.raises(ngidx.NotFoundError, "no index", ngidx.open, "nowhere.ngidx")
        self.assertEqual((error.status, bool(error.hint)), ("NOTFOUND", True))
        self.raises(ngidx.UsageError, "0xFF", index.count, b"\xff")
        self.raises(ngidx.UsageError, "0xFF", index.count_batch, ["a", b"\xff"])
        self.raises(ngidx.LimitError, "NG_MAX_PHRASE_BYTES", index.count, "x" * (2 << 20))
        self.raises(ngidx.UsageError, "view", index.count, "x", view="upper")
        self.raises(ngidx.UsageError, "not Unicode", index.count, "\ud800")
        self.raises(ngidx.UsageError, "not Unicode", index.count_batch, ["be", "\ud800"])
        self.assertIn("ngidx.Client", self.raises(ngidx.UsageError, "server", ngidx.open, "http://127.0.0.1:8642/a").hint)
        self.raises(ngidx.UsageError, "negative", index.locate, "x", limit=-1)
        self.raises(ngidx.LimitError, "context", index.locate, "be", context=2 << 20)
        self.raises(TypeError, "str or bytes", index.count, 3)
        self.raises(TypeError, "str or bytes", index.count_batch, ["a", 3])
        self.raises(ngidx.UsageError, "threads", index.count_batch, ["a"], threads=0)
        self.raises(ngidx.UsageError, "no index", ngidx.open, [])
        self.raises(ngidx.UsageError, "named 'known'", ngidx.open, ["known.ngidx", "./known.ngidx"])
        for name in ["offset", "limit", "context"]:
            self.raises(ngidx.UsageError, name, index.locate, "be", **{name: 1 << 64})
        for name in ["length", "context"]:
            self.raises(ngidx.UsageError, name, index.hit_at, 0, 0, **{name: 1 << 64})
        self.raises(ngidx.UsageError, "shard", index.hit_at, 1 << 64, 0)
        self.raises(ngidx.UsageError, "rank", index.hit_at, 0, 1 << 64)
        self.raises(ngidx.UsageError, "first", index.documents, 1 << 64)
        self.raises(ngidx.UsageError, "end", index.documents, 0, (1 << 64) + 1)
        self.raises(ngidx.UsageError, "threads", index.documents, threads=1 << 32)
        self.raises(ngidx.UsageError, "size", index.documents, memory="99999999T")
        self.raises(ngidx.UsageError, "min_chars", index.trace, "to be or not", min_chars=(1 << 64) + 1)
        # After an error everything works as before.
        self.assertEqual(index.count("be"), 2)
        copied = pickle.loads(pickle.dumps(error))
        self.assertEqual((type(copied), str(copied)), (type(error), str(error)))
        with self.assertRaisesRegex(TypeError, "open it in each process"):
            pickle.dumps(index)

    def test_no_folded_view(self):
        ngidx.build(documents=["a"], index="plain.ngidx")
        with ngidx.open("plain.ngidx") as index:
            self.raises(ngidx.UsageError, "no folded view", index.count, "a", view="folded")
            self.raises(ngidx.UsageError, "no folded view", index.contam, ["a"], preset="folded")

    def test_damage(self):
        ngidx.build(documents=["damage " * 5000], index="damaged.ngidx")
        shard = next(pathlib.Path("damaged.ngidx").glob("shard-*.ngx"))
        data = bytearray(shard.read_bytes())
        for at in range(4096, len(data), 512):
            data[at] ^= 0x55
        shard.write_bytes(data)
        with self.assertRaises(ngidx.CorruptError):
            with ngidx.open("damaged.ngidx") as index:
                index.count("damage")
                index.document(0)


class Several(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.texts = [random_texts(seed, 80) for seed in (1, 2)]
        for number, texts in enumerate(cls.texts):
            ngidx.build(documents=texts, index=f"{number}.ngidx", shard_size="800")

    def test_against_scan(self):
        source = random.Random(3)
        everything = [text for texts in self.texts for text in texts]
        phrases = []
        while len(phrases) < 3000:
            text = source.choice(everything).encode()
            begin = source.randrange(len(text) + 1)
            phrases.append(text[begin : begin + source.randrange(1, 12)] or b"x")
        wanted = [len(scan(everything, phrase)) for phrase in phrases]
        with ngidx.open(["one=0.ngidx", "1.ngidx"]) as both:
            self.assertGreater(both.indexes()[0].shards, 1)
            self.assertEqual(both.count_batch(phrases), wanted)
            self.assertEqual(both.count_batch(phrases, threads=3), wanted)
            self.assertEqual([both.count(phrase) for phrase in phrases[:300]], wanted[:300])
            hits = both.locate("ab", limit=None)
            seen = sorted((hit.index, hit.doc, hit.offset) for hit in hits)
            scanned = [
                (name, *place) for name, texts in zip(["one", "1"], self.texts) for place in scan(texts, b"ab")
            ]
            self.assertEqual(seen, sorted(scanned))
            first = sum(hit.index == "one" for hit in hits)
            self.assertEqual(both.locate("ab", limit=5, offset=first - 2), hits[first - 2 : first + 3])
            self.assertEqual([document.text for document in both.documents()], everything)
            self.assertEqual([document.text for document in both.documents(index="1")], self.texts[1])
            self.assertEqual(both.document(3, index="one").text, self.texts[0][3])
            self.assertEqual(both.document(3, index=1).text, self.texts[1][3])
            self.raises(ngidx.UsageError, "one, 1", both.document, 3)
            self.raises(ngidx.UsageError, "'two'", both.document, 3, index="two")

    def test_load(self):
        with ngidx.open("0.ngidx", load=True) as index:
            self.assertEqual(index.count("the"), len(scan(self.texts[0], b"the")))


class Threads(Case):
    def test_many_threads_and_close(self):
        ngidx.build(documents=random_texts(5, 200), index="x.ngidx")
        wanted = ngidx.open("x.ngidx").count("the")
        index = ngidx.open("x.ngidx")
        wrong, closed = [], []

        def work():
            try:
                while True:
                    if index.count("the") != wanted or len(index.locate("the", limit=3)) != 3:
                        wrong.append(1)
            except ngidx.UsageError as error:
                closed.append(str(error))

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        threading.Event().wait(0.5)
        index.close()
        for thread in threads:
            thread.join()
        self.assertEqual((wrong, closed), ([], ["the index is closed"] * 6))
        index.close()
        self.raises(ngidx.UsageError, "closed", index.locate, "the")
        self.raises(ngidx.UsageError, "closed", index.contam, ["the"])
        self.raises(ngidx.UsageError, "closed", index.documents)

    def test_close_amid_a_call(self):
        """A call that has begun gives the whole answer."""
        ngidx.build(documents=["the one", "the other"], index="z.ngidx")
        calls = [
            lambda index: index.locate("the"),
            lambda index: index.find("the"),
            lambda index: index.hit_at(0, 3),
            lambda index: index.document(1),
            lambda index: index.document_length(1),
            lambda index: index.trace("the other", min_chars=3),
        ]
        with ngidx.open("z.ngidx") as index:
            wanted = [call(index) for call in calls]
        for call, answer in zip(calls, wanted):
            index = ngidx.open("z.ngidx")
            choose, closers = index._view, []

            def close_now(view):
                chosen = choose(view)
                closers.append(threading.Thread(target=index.close))
                closers[0].start()
                while index._members:
                    time.sleep(0.001)
                return chosen

            index._view = close_now
            self.assertEqual(call(index), answer)
            closers[0].join()

    def interrupted(self, call):
        """Ctrl-C comes amid the call, and is raised once no thread works for it any more."""
        # Whoever starts the tests in the background has SIGINT ignored.
        self.addCleanup(signal.signal, signal.SIGINT, signal.signal(signal.SIGINT, signal.default_int_handler))
        before = threading.active_count()
        timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with self.assertRaises(KeyboardInterrupt):
            call()
        timer.join()
        time.sleep(0.01)  # a thread that has told of its end
        self.assertEqual(threading.active_count(), before)

    def test_interrupt(self):
        ngidx.build(documents=["the one"], index="i.ngidx")

        def busy(handles):
            err, count = _library.Err(), ctypes.c_uint64()
            end = time.monotonic() + 30
            count_o = functools.partial(_library.library.ng_index_count, handles[0], _library.Bytes(b"o", 1))
            while time.monotonic() < end and not count_o(ctypes.byref(count), ctypes.byref(err)):
                time.sleep(0.001)
            cancelled.append(err.text)
            return err.status

        def slow_helper(*_):  # while the main thread has nothing left to do
            if threading.current_thread() is threading.main_thread():
                begun.wait()
            else:
                begun.set()
                time.sleep(0.5)
                ended.append(1)

        cancelled, ended, begun = [], [], threading.Event()
        with ngidx.open("i.ngidx") as index:
            self.interrupted(lambda: _calls.stoppable(busy, index._view(None).handles))
            self.assertEqual(len(cancelled), 1)
            self.interrupted(lambda: _calls.share(slow_helper, 100_000, 2, _library.Err()))
            self.assertEqual(len(ended), 1)
            self.assertEqual(index.count("o"), 1)

    def test_long_number(self):
        """Metadata is of others: a number that Python's int() refuses is no error."""
        digits = "1" * 5000
        pathlib.Path("long.jsonl").write_text('{"text": "a number", "n": -%s, "m": 7}\n' % digits)
        ngidx.build("long.jsonl", "long.ngidx")
        with ngidx.open("long.ngidx") as index:
            for metadata in [index.locate("number")[0].metadata, next(index.documents()).metadata]:
                self.assertEqual((str(metadata["n"]), metadata["m"]), ("-" + digits, 7))

    def test_path_with_equals(self):
        ngidx.build(documents=["one"], index="a=b.ngidx")
        with ngidx.open("a=b.ngidx") as index:
            self.assertEqual([document.text for document in index.documents()], ["one"])

    def test_replaced_and_forgotten(self):
        ngidx.build(documents=["old"], index="y.ngidx")
        index = ngidx.open("y.ngidx")
        ngidx.build(documents=["new", "new"], index="y.ngidx", force=True)
        self.assertEqual((index.count("old"), index.count("new")), (1, 0))
        self.raises(ngidx.NotFoundError, "replaced", index.documents)
        del index
        gc.collect()
        self.assertEqual(ngidx.open("y.ngidx").count("new"), 2)
