"""A client of ngidxd in one file, with nothing but Python's standard library.

    from ngidx_client import Client

    client = Client("http://127.0.0.1:8642", "wiki")
    client.count("the quick brown fox")            # {'count': 12}
    client.batch(["one phrase", "another"])        # [3, 0]
    for hit in client.locate("quick brown", limit=100):
        print(hit["doc"], hit["snippet"])
    report = client.contam(questions)              # which entries of a benchmark stand in the index

count, find and get_doc_by_rank take and return what the methods of Infini-gram mini's InfiniGramMiniEngine do, so
that code written for that engine runs against a server: put Client(url, index) where the engine was made.

A phrase is a str, or bytes that need not be UTF-8 (count and locate only). A client keeps one connection and is for one
thread at a time. Every method raises NgidxError where the server refuses or fails.
"""

import http.client
import itertools
import json
import time
import urllib.parse

__all__ = ["Client", "NgidxError"]


class NgidxError(Exception):
    """status is the HTTP status, 0 where the server could not be reached."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class Client:
    def __init__(self, url="http://127.0.0.1:8642", index=None, token=None, timeout=60, retries=5):
        """index may be left out where the server has only one. retries is how often to come again when the server is
        busy or the connection was closed."""
        parts = urllib.parse.urlsplit(url if "//" in url else "http://" + url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"no URL of a server: {url!r}")
        self._make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._address = (parts.hostname, parts.port)
        self._base = parts.path.rstrip("/")
        self._timeout, self._retries = timeout, retries
        self._headers = {"Content-Type": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._connection = None
        self.index = index
        if index is None:
            names = [entry["name"] for entry in self.indexes()]
            if len(names) != 1:
                raise ValueError(f"the server has several indexes; choose one of {names}")
            self.index = names[0]

    def close(self):
        if self._connection:
            self._connection.close()
            self._connection = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # What InfiniGramMiniEngine has.

    def count(self, query):
        """{'count': occurrences of query}"""
        if isinstance(query, bytes):
            return {"count": self._get("count", query=query)["count"]}
        return {"count": self._peer("count", query)["count"]}

    def find(self, query):
        """{'cnt': occurrences, 'segment_by_shard': [(first rank, rank behind the last), ...]}"""
        answer = self._peer("find", query)
        return {"cnt": answer["cnt"], "segment_by_shard": [tuple(s) for s in answer["segment_by_shard"]]}

    def get_doc_by_rank(self, s, rank, needle_len, max_ctx_len):
        """The document at a rank of shard s, with max_ctx_len bytes on each side of needle_len bytes."""
        answer = self._peer("get_doc_by_rank", "x" * needle_len, s=s, rank=rank, max_ctx_len=max_ctx_len)
        fields = ("doc_ix", "doc_len", "disp_len", "needle_offset", "metadata", "text")
        return {field: answer[field] for field in fields}

    # What there is besides.

    def indexes(self):
        """The server's indexes: a list of dicts with name, documents, text_bytes, ready, ..."""
        return self._call("GET", "/v1/indexes")["indexes"]

    def batch(self, queries, size=1000):
        """The counts of many phrases, as a list; sent in groups of size."""
        queries = iter(queries)
        counts = []
        while group := list(itertools.islice(queries, size)):
            counts += self._post("batch", queries=group)["counts"]
        return counts

    def locate(self, query, limit=10, context=80, page=100):
        """Yields the first limit hits (None: all): dicts with doc, offset, length, snippet, metadata, ..."""
        cursor = None
        while limit is None or limit > 0:
            wanted = page if limit is None else min(page, limit)
            parameters = {"query": query, "limit": wanted, "context": context}
            if cursor:
                parameters["cursor"] = cursor
            answer = self._get("locate", **parameters) if isinstance(query, bytes) else self._post("locate", **parameters)
            yield from answer["hits"]
            cursor = answer["next"]
            if not cursor:
                return
            if limit is not None:
                limit -= len(answer["hits"])

    def doc(self, number):
        """A whole document: dict with doc, length, text, metadata, source."""
        answer = self._get(f"doc/{int(number)}")
        while answer["end"] < answer["length"]:
            piece = self._get(f"doc/{int(number)}", offset=answer["end"])
            answer["text"] += piece["text"]
            answer["end"] = piece["end"]
        return answer

    def contam(self, entries, size=200, progress=None, **settings):
        """Which texts of entries overlap with the index: dict with entries (each with number, class, eta, spans, evidence, ...)
        and summary. settings are those of the API: preset, chars, stride, suspicious, dirty, benchmark_guard, corpus_guard,
        minimum_units, evidence, context. Sent in groups of size, which is what benchmark_guard sees; after each,
        progress (if given) is called with the number of entries that are done."""
        entries = iter(entries)
        report = None
        done = 0
        while (group := list(itertools.islice(entries, size))) or report is None:
            answer = self._post("contam", entries=group, **settings)
            for entry in answer["entries"]:
                entry["number"] += done
            done += len(group)
            if report is None:
                report = answer
            else:
                report["entries"] += answer["entries"]
                report["latency_ms"] += answer["latency_ms"]
                report["summary"] = _add(report["summary"], answer["summary"])
            if progress:
                progress(done)
        return report

    def trace(self, text, **settings):
        """Which pieces of a text stand in the index: dict with spans (begin_char, end_char, count, evidence), characters, ...
        settings are min_chars, evidence, context."""
        return self._post("trace", text=text, **settings)

    # Requests.

    def _peer(self, query_type, query, **fields):
        return self._call("POST", "/", {"index": self.index, "query_type": query_type, "query": query, **fields})

    def _path(self, name):
        return f"/v1/{urllib.parse.quote(self.index, safe='')}/{name}"

    def _get(self, name, **parameters):
        query = urllib.parse.urlencode(parameters)
        return self._call("GET", self._path(name) + ("?" + query if query else ""))

    def _post(self, name, **body):
        return self._call("POST", self._path(name), body)

    def _call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        for tries_left in range(self._retries, -1, -1):
            try:
                if not self._connection:
                    self._connection = self._make(*self._address, timeout=self._timeout)
                self._connection.request(method, self._base + path, data, self._headers)
                response = self._connection.getresponse()
                content = response.read()
            except (http.client.HTTPException, OSError) as error:
                self.close()
                # Every request may be sent twice: none changes anything.
                if tries_left and not isinstance(error, TimeoutError):
                    time.sleep(0.05 * (self._retries - tries_left))
                    continue
                raise NgidxError(0, f"cannot reach the server: {error}") from error
            if response.status == 429 and tries_left:
                time.sleep(float(response.headers.get("Retry-After", 1)))
                continue
            return _content(response.status, content)
        raise AssertionError("not reached")


def _content(status, content):
    try:
        answer = json.loads(content)
    except ValueError:
        answer = {}
    if status == 200 and "error" not in answer:
        return answer
    message = answer.get("error") or answer.get("detail") or content[:200].decode(errors="replace")
    if "hint" in answer:
        message += f" ({answer['hint']})"
    raise NgidxError(status, message)


def _add(a, b):
    """Sums of two dicts of numbers or lists of numbers."""
    return {key: [x + y for x, y in zip(a[key], b[key])] if isinstance(a[key], list) else a[key] + b[key] for key in a}
