"""A served index: the same answers as those of the index itself."""

import inspect
import multiprocessing.pool
import pickle
import re
import signal
import subprocess
import time

from support import *


class Served(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        birds = [
            {"text": f"bird number {i} sings a song of sixpence, a pocket full of rye and {i} more", "id": i}
            for i in range(200)
        ]
        ngidx.build(documents=DOCUMENTS, index="fish.ngidx", view=["exact", "folded"])
        ngidx.build(documents=birds, index="birds.ngidx", shard_size=5000)
        command = [os.environ["NGIDXD"], "--listen", "127.0.0.1:0", "--idle", "1", "-i", "fish.ngidx", "-i", "birds.ngidx"]
        cls.log = open("daemon.log", "wb")
        cls.daemon = subprocess.Popen(command, stderr=cls.log)
        for _ in range(600):
            found = re.search(r"(http://127\.0\.0\.1:\d+)/", pathlib.Path("daemon.log").read_text())
            if found or cls.daemon.poll() is not None:
                break
            time.sleep(0.05)
        cls.url = found[1]

    @classmethod
    def tearDownClass(cls):
        cls.daemon.send_signal(signal.SIGTERM)
        status = cls.daemon.wait(60)
        cls.log.close()
        super().tearDownClass()
        assert status == 0, status

    def test_the_same(self):
        for name, phrase in (("fish", "fish"), ("birds", "song of sixpence"), ("fish", "FISH"), ("fish", "zebra")):
            with ngidx.open(f"{name}.ngidx") as index, ngidx.Client(self.url, name) as client:
                for view in (None, "folded") if name == "fish" else (None,):
                    self.assertEqual(client.count(phrase, view=view), index.count(phrase, view=view))
                    for limits in ({}, {"limit": 150, "offset": 1}, {"limit": None, "context": 5}, {"limit": 0}):
                        mine = client.locate(phrase, view=view, **limits)
                        self.assertEqual(mine, index.locate(phrase, view=view, **limits))
                for view in (None, "exact", "folded") if name == "fish" else (None,):
                    self.assertEqual(client.find(phrase, view=view), index.find(phrase, view=view))
                for one in (client, index):
                    self.raises(ngidx.UsageError, "a list", one.count_batch, phrase)
                self.assertEqual(client.count_batch([phrase, "a"], size=1), index.count_batch([phrase, "a"]))
                self.assertEqual(client.document(1), index.document(1))
                for number in (1.5, "1"):
                    for call in (client.document, index.document, client.document_length, index.document_length):
                        self.assertRaisesRegex(TypeError, "integer", call, number)
                self.assertEqual(list(client.documents(0, 4)), list(index.documents(0, 4)))
                self.assertEqual(client.indexes(), index.indexes())

    def test_methods(self):
        """What Index has, Client has, with the same parameters and defaults; it may have more."""
        ranks = {"hit_at"}  # the server shows a hit by its rank in Infini-gram mini's protocol only
        later = {"count_docs", "next"}
        for name, method in inspect.getmembers(ngidx.Index, inspect.isfunction):
            if name.startswith("_") or name in ranks or (name in later and not hasattr(ngidx.Client, name)):
                continue
            wanted, has = (inspect.signature(one).parameters for one in (method, getattr(ngidx.Client, name)))
            for parameter in wanted.values():
                self.assertEqual(has[parameter.name].replace(annotation=None), parameter.replace(annotation=None), name)

    def test_other_indexes(self):
        with ngidx.Client(self.url, "birds") as client:
            self.assertEqual(client.document(3, index="birds"), client.document(3, index=0))
            self.assertEqual(client.document_length(3), client.document(3).length)
            for call in (client.document, client.document_length, client.documents):
                self.raises(ngidx.UsageError, "no index 'fish'", call, 1, index="fish")
                self.raises(ngidx.UsageError, "no index 1", call, 1, index=1)
            self.raises(ngidx.NotFoundError, "", client.document_length, 500)
            self.raises(ngidx.NotFoundError, "", client.document_length, -1)

    def test_ids(self):
        again = [{"text": "long " * 4_000_000, "id": "long"}, {"text": "a", "id": 7}, {"text": "b", "id": "7"}]
        ngidx.build(documents=again, index="ids.ngidx", force=True)
        with ngidx.open("birds.ngidx") as index, ngidx.Client(self.url, "birds") as client:
            self.assertEqual(client.document(id=7), index.document(id=7))
            self.assertEqual(index.document(id="7").doc, 7)
            self.assertEqual([hit.id for hit in client.locate("bird number 7 ")], [7])
            for each in (index, client):
                self.raises(ngidx.NotFoundError, "id", each.document, id="nobody")
                self.raises(ngidx.UsageError, "either", each.document)
                self.raises(ngidx.UsageError, "either", each.document, 1, id="1")
        with ngidx.open(["ids.ngidx", "birds.ngidx"]) as index:
            self.assertEqual(index.document(id="long").length, 20_000_000)
            error = self.raises(ngidx.UsageError, "3 documents have the id '7'", index.document, id="7")
            self.assertIn("ids:1, ids:2, birds:7", error.hint)
            self.assertEqual(index.document(id=7, index="birds").index, "birds")
            self.raises(ngidx.NotFoundError, "no document", index.document, id="100", index="ids")

    def test_missing_parts(self):
        with self.assertWarnsRegex(UserWarning, "without parts of the index that did not answer: http://x/y"):
            answer = ngidx._client._content(200, b'{"count": 3, "missing_parts": ["http://x/y"]}')
        self.assertEqual(answer["count"], 3)

    def test_bytes(self):
        client = ngidx.Client(self.url, "fish")
        self.assertEqual(client.count(b"\x82\xac"), 1)
        self.assertEqual(client.locate(b"\x82\xac")[0].match, "€")
        self.assertEqual(client.count("fish".encode()), 4)
        self.raises(ngidx.InputError, "not UTF-8", client.count_batch, [b"\x82"])

    def test_arguments(self):
        class Number:  # as NumPy's
            def __index__(self):
                return 2

            def __lt__(self, other):
                return 2 < other

            def tolist(self):
                return 2

        for one in (ngidx.open("fish.ngidx"), ngidx.Client(self.url, "fish")):
            self.raises(TypeError, "a phrase is str or bytes, not int", one.count, 3)
            self.raises(TypeError, "a phrase is str or bytes, not int", one.count_batch, ["a", 3])
            self.raises(ngidx.UsageError, "limit is -1", one.locate, "fish", limit=-1)
            self.assertRaisesRegex(TypeError, "integer", one.locate, "fish", limit=1.5)
            self.assertEqual(len(one.locate("fish", limit=Number(), context=Number())), 2)
            self.assertEqual(len(one.next("fish", k=Number()).continuations), 2)

    def test_threads_and_processes(self):
        """Each gets the answers to its own questions."""
        client = ngidx.Client(self.url, "fish")
        wanted = {phrase: client.count(phrase) for phrase in ("fish", "question", "be", "zebra")}

        def work(phrase):
            return [client.count(phrase) for _ in range(100)] == [wanted[phrase]] * 100

        with multiprocessing.pool.ThreadPool(4) as pool:
            self.assertEqual(pool.map(work, wanted, chunksize=1), [True] * 4)
        children = []
        for phrase in wanted:
            children.append(os.fork())
            if children[-1] == 0:
                os._exit(0 if work(phrase) else 1)
        self.assertTrue(work("fish"))
        self.assertEqual([os.waitpid(child, 0)[1] for child in children], [0] * 4)
        again = pickle.loads(pickle.dumps(client))
        self.assertEqual(again.count("fish"), wanted["fish"])

    def test_contam_and_trace(self):
        with ngidx.open("birds.ngidx") as index, ngidx.Client(self.url, "birds") as client:
            texts = [index.document(i).text for i in range(30)]
            entries = texts + ["quite another text, of nobody's making, at some length"]
            seen = []
            verdicts = client.contam(entries, size=8, progress=seen.append)
            self.assertEqual(seen, [8, 16, 24, 31])
            wanted = index.contam(entries)
            for one in verdicts + wanted:  # the server rounds
                one.eta, one.coverage = round(one.eta, 6), round(one.coverage, 6)
            self.assertEqual(verdicts, wanted)
            self.assertEqual(client.contam([]), [])
            self.assertEqual(client.trace(texts[9], min_chars=20), index.trace(texts[9], min_chars=20))
            pairs = [{"a": texts[i], "b": "nobody said that"} for i in range(9)]
            both = [each.contam(pairs, fields=["a", "b"]) for each in (client, index)]
            for one in both[0] + both[1]:
                one.eta, one.coverage = round(one.eta, 6), round(one.coverage, 6)
            self.assertEqual(both[0], both[1])
            text = f"{texts[9]}. {texts[10]}"
            for settings in (
                {"min_count": 5},
                {"max_count": 20},
                {"whole_words": True, "documents": 100},
                {"documents": 3, "evidence": 0, "min_count": 2},
            ):
                mine = client.trace(text, min_chars=8, **settings)
                self.assertEqual(mine, index.trace(text, min_chars=8, **settings))
                self.assertEqual(bool(mine.documents), "documents" in settings)
            for each in (client, index):
                self.raises(ngidx.UsageError, "at least 1", each.trace, text, min_count=0)

    def test_guard(self):
        """What many entries share is common text, however few are checked at a time."""
        with ngidx.open("fish.ngidx") as index, ngidx.Client(self.url, "fish") as client:
            entries = [f"{index.document(0).text} {'x' * i}" for i in range(12)]
            wanted = [one.class_ for one in index.contam(entries)]
            self.assertEqual([one.class_ for one in client.contam(entries, size=3)], wanted)

    def test_next_and_documents(self):
        for name, phrase in (("fish", "fish"), ("birds", "number "), ("birds", "song of"), ("fish", "zebra")):
            with ngidx.open(f"{name}.ngidx") as index, ngidx.Client(self.url, name) as client:
                for view in (None, "folded") if name == "fish" else (None,):
                    self.assertEqual(client.count_docs(phrase, view=view), index.count_docs(phrase, view=view))
                    for settings in ({}, {"k": 2}, {"chars": 3}, {"bytes": True}, {"before": True}):
                        self.assertEqual(client.next(phrase, view=view, **settings), index.next(phrase, view=view, **settings))
                self.assertEqual(client.next(phrase, words=2), index.next(phrase, words=2))
        with ngidx.open("birds.ngidx") as index, ngidx.Client(self.url, "birds") as client:
            self.assertFalse(client.count_docs("bird", most_hits=10).exact)
        with ngidx.open("fish.ngidx") as index, ngidx.Client(self.url, "fish") as client:
            self.assertEqual(client.next(b"\xe2", bytes=True), index.next(b"\xe2", bytes=True))
            for each in (index, client):
                self.raises(ngidx.UsageError, "only one", each.next, "a", words=1, chars=1)
                self.raises(ngidx.UsageError, "k", each.next, "a", k=-1)

    def test_answers(self):
        with ngidx.Client(self.url, "birds") as client:
            self.raises(ngidx.UsageError, "answers", client.contam, [{"question": "x"}], answer_field="answer")

    def test_peer(self):
        local = ngidx.InfiniGramMiniEngine(["birds.ngidx", "fish.ngidx"])
        remote = ngidx.InfiniGramMiniEngine([f"{self.url}/birds", f"{self.url}/fish/"])
        self.assertEqual(remote.count("fish"), local.count("fish"))
        found = local.find("fish")
        self.assertEqual(remote.find("fish"), found)
        s = len(found["segment_by_shard"]) - 1
        asked = {"s": s, "rank": found["segment_by_shard"][s][0], "needle_len": 4, "max_ctx_len": 9}
        mine, theirs = local.get_doc_by_rank(**asked), remote.get_doc_by_rank(**asked)
        self.assertEqual(json.loads(mine.pop("metadata")), json.loads(theirs.pop("metadata")))
        self.assertEqual(mine, theirs)

    def test_errors(self):
        client = ngidx.Client(self.url, "none")
        self.assertEqual(self.raises(ngidx.NotFoundError, "", client.count, "x").http_status, 404)
        self.raises(ngidx.NotFoundError, "", client.find, "x")
        self.raises(ngidx.UsageError, "fish", ngidx.Client, self.url)
        self.raises(ngidx.UsageError, "URL", ngidx.Client, "ftp://x")
        fish = ngidx.Client(self.url, "fish")
        self.raises(ngidx.NotFoundError, "no document", fish.document, 5)
        self.raises(ngidx.NotFoundError, "no document", fish.document, -1)
        self.raises(ngidx.UsageError, "view", fish.count, "x", view="upper")
        self.raises(ngidx.LimitError, "", fish.count, "x" * 70000)
        gone = ngidx.Client("http://127.0.0.1:9", "fish", retries=1)
        self.assertEqual(self.raises(ngidx.SystemCallError, "cannot reach", gone.count, "x").http_status, 0)

    def test_index_gone_meanwhile(self):
        """Removed documents are passed over; an index that is no longer served does not end the documents in silence."""
        for gone_from in (None, 2, 4):
            client = ngidx.Client(self.url, "fish")
            asked = []

            def document(number):
                asked.append(number)
                if number in (1, 3, 4):
                    raise ngidx.NotFoundError(f"document {number} was removed")
                if gone_from is not None and number >= gone_from:
                    raise ngidx.NotFoundError("no such index")
                return number

            def served():
                return [] if gone_from is not None and asked[-1] >= gone_from else ngidx.Client.served(client)

            client.document, client.served = document, served
            if gone_from is None:
                self.assertEqual(list(client._each(0, 5)), [0, 2])
            else:
                self.raises(ngidx.NotFoundError, "no index 'fish'", list, client._each(0, 5))

    def test_closed_meanwhile(self):
        client = ngidx.Client(self.url, "fish")
        client.count("fish")
        time.sleep(2)
        self.assertEqual(client.count("fish"), 4)
