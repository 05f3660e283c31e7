"""A served index over HTTP, with the methods of an open one."""

from __future__ import annotations

import http.client
import itertools
import json
import operator
import os
import threading
import time
import urllib.parse
import warnings
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Sequence, Union

from . import _errors
from ._calls import as_bytes, several
from ._entries import read_entries
from ._sizes import whole
from ._types import (
    Continuation,
    Continuations,
    Document,
    DocumentCount,
    Evidence,
    Hit,
    IndexInfo,
    Interval,
    Match,
    Span,
    Text,
    Trace,
    TraceDocument,
    TraceSpan,
    Verdict,
    plain,
    read_json,
)

_bytes = bytes  # where an argument has this name

_BY_HTTP_STATUS = {
    400: _errors.UsageError,
    404: _errors.NotFoundError,
    409: _errors.NotFoundError,
    413: _errors.LimitError,
    502: _errors.RemoteError,
    504: _errors.CancelledError,
}


class _Mine(threading.local):
    """What a thread has for itself."""

    connection: Optional[http.client.HTTPConnection] = None
    process = 0


class Client:
    """An index that ngidxd, or `ngidx serve`, serves.

    The methods and their results are those of the index that `ngidx.open` gives, without hit_at: a program can use either. A
    client keeps a connection for each thread and process that uses it. It comes again if the server is busy, or has closed
    the connection.

    Errors, in every method: those of ngidx.Index; `http_status` says what the server answered. SystemCallError if the
    server cannot be reached. Phrases of bytes that are not UTF-8 work with count and locate.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8642",
        index: Optional[str] = None,
        *,
        token: Optional[str] = None,
        timeout: float = 60,
        retries: int = 5,
    ):
        """index: its name, which may be left out if the server has only one. token: what the server's token file has.
        timeout: seconds for an answer. retries: how often to come again."""
        parts = urllib.parse.urlsplit(url if "//" in url else "http://" + url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise _errors.UsageError(f"no URL of a server: {url!r}")
        self._make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._address = (parts.hostname, parts.port)
        self._base = parts.path.rstrip("/")
        self._timeout, self._retries = timeout, retries
        self._headers = {"Content-Type": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._mine = _Mine()
        self.index = index or ""
        if index is None:
            names = [entry.name for entry in self.served()]
            if len(names) != 1:
                raise _errors.UsageError(f"the server has several indexes; choose one of {', '.join(names)}")
            self.index = names[0]

    def close(self) -> None:
        """Closes the connection of this thread; the next call opens one again."""
        if self._mine.connection:
            self._mine.connection.close()
            self._mine.connection = None

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getstate__(self) -> Dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_mine"}

    def __setstate__(self, state: Dict[str, Any]) -> None:
        self.__dict__.update(state, _mine=_Mine())

    def __repr__(self) -> str:
        return f"<ngidx.Client {self.index}>"

    def served(self) -> List[IndexInfo]:
        """All indexes of the server."""
        names = IndexInfo.__dataclass_fields__
        entries = self._call("GET", "/v1/indexes")["indexes"]
        return [IndexInfo(**{name: entry[name] for name in names}) for entry in entries]

    def indexes(self) -> List[IndexInfo]:
        """What this client searches: one IndexInfo."""
        found = [info for info in self.served() if info.name == self.index]
        if not found:
            raise _errors.NotFoundError(f"the server has no index '{self.index}'")
        return found

    # ---- Searching ----

    def count(self, phrase: Text, *, view: Optional[str] = None) -> int:
        """As Index.count."""
        return self._ask("count", phrase, view=view)["count"]

    def count_batch(
        self, phrases: Iterable[Text], *, view: Optional[str] = None, threads: Optional[int] = None, size: int = 1000
    ) -> List[int]:
        """As Index.count_batch; sent in groups of `size`. threads is ignored: the server decides."""
        counts: List[int] = []
        remaining = iter(several(phrases))
        while group := [_string(phrase) for phrase in itertools.islice(remaining, size)]:
            counts += self._post("batch", queries=group, view=view)["counts"]
        return counts

    def count_docs(
        self, phrase: Text, *, view: Optional[str] = None, most_hits: int = 1_000_000, seed: int = 0, threads: int = 0
    ) -> DocumentCount:
        """As Index.count_docs; most_hits: at most 1,000,000. An estimate may come from fewer occurrences. threads is
        ignored: the server decides."""
        if most_hits < 1 or seed < 0:
            raise _errors.UsageError("most_hits must be at least 1, seed at least 0")
        answer = self._ask("count", phrase, docs=True, docs_limit=most_hits, seed=seed, view=view)
        documents = answer["documents"]
        return DocumentCount(
            answer["count"],
            documents,
            answer["documents_exact"],
            answer.get("documents_low", documents),
            answer.get("documents_high", documents),
            answer.get("sampled", 0),
        )

    def next(
        self,
        phrase: Text,
        *,
        k: int = 20,
        words: Optional[int] = None,
        chars: Optional[int] = None,
        bytes: bool = False,
        before: bool = False,
        view: Optional[str] = None,
        threads: int = 0,
    ) -> Continuations:
        """As Index.next; k: at most 1,000. A server may end a long search early, which `complete` tells. threads is
        ignored: the server decides."""
        if k < 0:
            raise _errors.UsageError("k must not be negative")
        settings = {"k": k, "words": words, "chars": chars, "bytes": bytes or None, "before": before or None, "view": view}
        answer = self._ask("next", phrase, **settings)
        listed = []
        for one in answer["continuations"]:
            data = _bytes.fromhex(one["hex"]) if "hex" in one else one["text"].encode()
            share = one["count"] / answer["count"]  # the server rounds
            listed.append(Continuation(data.decode(errors="replace"), data, one["count"], share, one["end"], one["shortened"]))
        return Continuations(listed, answer["count"], answer["shown"], answer["complete"])

    def find(self, phrase: Text, *, view: Optional[str] = None) -> List[Interval]:
        """As Index.find."""
        segments = self._ask("find", phrase, view=view)["segment_by_shard"]
        return [Interval(self.index, shard, begin, end) for shard, (begin, end) in enumerate(segments)]

    def locate(
        self,
        phrase: Text,
        *,
        limit: Optional[int] = 10,
        offset: int = 0,
        context: int = 80,
        view: Optional[str] = None,
        page: int = 100,
    ) -> List[Hit]:
        """As Index.locate; asked for in pages of `page` hits."""
        limit = None if limit is None else whole("limit", limit)
        hits: List[Hit] = []
        cursor = None
        while limit is None or len(hits) < limit:
            wanted = page if limit is None else min(page, limit - len(hits))
            place = {"cursor": cursor} if cursor else {"offset": offset} if offset else {}
            answer = self._ask("locate", phrase, limit=wanted, context=context, view=view, **place)
            hits += [_hit(self.index, hit) for hit in answer["hits"]]
            cursor = answer["next"]
            if not cursor:
                break
        return hits

    # ---- Documents ----

    def document(
        self,
        number: Optional[int] = None,
        *,
        id: Union[None, str, int] = None,
        index: Union[None, str, int] = None,
    ) -> Document:
        """As Index.document."""
        self._check_own(index)
        if (number is None) == (id is None):
            raise _errors.UsageError("give either the document's number or its id")
        if id is not None:
            answer = self._get("doc", id=str(id))
            if answer["count"] > 1:
                several = ", ".join(f"{self.index}:{doc}" for doc in answer["docs"][:20])
                hint = f"ask for one by its number: {several}"
                raise _errors.UsageError(f"{answer['count']} documents have the id '{id}'", hint)
            number = answer["doc"]
        else:
            answer = self._get_document(number)  # type: ignore[arg-type]
        pieces = [answer["text"]]
        while answer["end"] < answer["length"]:
            answer = self._get(f"doc/{number}", offset=answer["end"])
            pieces.append(answer["text"])
        return Document(self.index, answer["doc"], "".join(pieces), **_named_source(answer))

    def document_length(self, number: int, *, index: Union[None, str, int] = None) -> int:
        """As Index.document_length."""
        self._check_own(index)
        return self._get_document(number, length=4)["length"]

    def _get_document(self, number: int, **piece: int) -> Dict[str, Any]:
        number = operator.index(number)
        if number < 0:
            raise _errors.NotFoundError(f"no document {number}")
        return self._get(f"doc/{number}", **piece)

    def _check_own(self, index: Union[None, str, int]) -> None:
        """index: as the methods of Index take it; a client has one only."""
        if index not in (None, self.index) and (isinstance(index, str) or index != 0):
            raise _errors.UsageError(f"this client has no index {index!r}", f"it is for '{self.index}'")

    def documents(
        self,
        first: int = 0,
        end: Optional[int] = None,
        *,
        index: Union[None, str, int] = None,
        memory: Union[int, str] = "1G",
        threads: int = 0,
    ) -> Iterator[Document]:
        """As Index.documents; one request a document. memory and threads are ignored: the server decides."""
        self._check_own(index)
        last = self.indexes()[0].document_end
        wanted = last if end is None else end
        if not 0 <= first <= wanted <= last:
            raise _errors.UsageError(f"no documents {first} to {wanted}: the index has {last}")
        return self._each(first, wanted)

    def _each(self, first: int, end: int) -> Iterator[Document]:
        found = True
        for number in range(first, end):
            try:
                document = self.document(number)
            except _errors.NotFoundError:  # it was removed, or the whole index is gone
                if found:
                    self.indexes()
                found = False
                continue
            found = True
            yield document
        if not found:
            self.indexes()  # it may have gone since

    # ---- Contamination ----

    def contam(
        self,
        entries: Iterable[Any],
        *,
        preset: Optional[str] = None,
        fields: Union[None, str, Sequence[str]] = None,
        answer_field: Optional[str] = None,
        evidence: int = 1,
        context: int = 80,
        threads: int = 0,
        progress: Optional[Callable[[int], object]] = None,
        size: int = 1000,
        **settings: Union[int, float],
    ) -> List[Verdict]:
        """As Index.contam. Each request checks `size` entries, and sends all of them, since what stands in many entries is
        common text. A benchmark that is larger than a request may be is sent in parts, and a warning says so: the guard
        then sees one part at a time. threads is ignored.

        Errors: UsageError also for answer_field.
        """
        if answer_field:
            raise _errors.UsageError("a server does not look for answers", "open the index itself, or use ngidx contam")
        given = read_entries(entries, fields, None)
        settings.update(evidence=evidence, context=context)
        if preset:
            settings["preset"] = preset  # type: ignore[assignment]
        verdicts: List[Verdict] = []
        for part in self._parts([entry.texts for entry in given]):
            for first in range(0, len(part), size):
                end = min(first + size, len(part))
                answer = self._post("contam", entries=part, first=first, end=end, **settings)
                for texts, entry in zip(part[first:end], answer["entries"]):
                    verdicts.append(_verdict(self.index, len(verdicts), texts, entry))
                if progress:
                    progress(len(verdicts))
        return verdicts

    def _parts(self, entries: List[List[str]]) -> List[List[List[str]]]:
        """Entries in parts that a request may hold."""
        limits = self._call("GET", "/v1/indexes")["limits"]
        parts: List[List[List[str]]] = []
        room = 0
        for texts in entries:
            needed = len(json.dumps(texts)) + 2
            if needed > room or len(parts[-1]) == limits["batch_phrases"]:
                parts.append([])
                room = limits["body_bytes"] - 4096
            parts[-1].append(texts)
            room -= needed
        if len(parts) > 1:
            warnings.warn(f"the benchmark is sent in {len(parts)} parts; what is common text is told by each alone", stacklevel=3)
        return parts

    def trace(
        self,
        text: str,
        *,
        min_chars: int = 30,
        min_count: int = 1,
        max_count: Optional[int] = None,
        whole_words: bool = False,
        documents: int = 0,
        evidence: int = 3,
        context: int = 80,
        view: Optional[str] = None,
    ) -> Trace:
        """As Index.trace; at most 100 documents."""
        if min_chars < 1 or min_count < 1 or (max_count is not None and max_count < 1):
            raise _errors.UsageError("min_chars, min_count and max_count must be at least 1")
        settings = {"min_count": min_count, "max_count": max_count, "whole_words": whole_words, "documents": documents}
        settings.update(min_chars=min_chars, evidence=evidence, context=context, view=view)
        answer = self._post("trace", text=_string(text), **settings)
        spans = [
            TraceSpan(
                **_place(span),
                count=span["count"],
                hits_seen=span["hits_seen"],
                documents_seen=span["documents_seen"],
                evidence=[_evidence(self.index, one) for one in span["evidence"]],
            )
            for span in answer["spans"]
        ]
        ranked = [
            TraceDocument(one["shared_characters"], one["spans"], _evidence(self.index, one["evidence"]))
            for one in answer.get("documents", [])
        ]
        sums = (answer["characters"], answer["covered_characters"])
        return Trace(spans, *sums, ranked, answer.get("documents_seen", 0), answer.get("unlocated", 0))

    # ---- Requests ----

    def _peer(self, query_type: str, query: str, **fields: Any) -> Dict[str, Any]:
        return self._call("POST", "/", {"index": self.index, "query_type": query_type, "query": query, **fields})

    def _path(self, name: str) -> str:
        return f"/v1/{urllib.parse.quote(self.index, safe='')}/{name}"

    def _ask(self, name: str, phrase: Text, **parameters: Any) -> Dict[str, Any]:
        """Only a URL can hold bytes that are not UTF-8."""
        try:
            return self._post(name, query=_string(phrase), **parameters)
        except _errors.InputError:
            return self._get(name, query=bytes(phrase), **parameters)  # type: ignore[arg-type]

    def _get(self, name: str, **parameters: Any) -> Dict[str, Any]:
        given = {key: value for key, value in parameters.items() if value is not None}
        given = {key: str(value).lower() if isinstance(value, bool) else value for key, value in given.items()}
        query = urllib.parse.urlencode(given)
        return self._call("GET", self._path(name) + ("?" + query if query else ""))

    def _post(self, name: str, **body: Any) -> Dict[str, Any]:
        return self._call("POST", self._path(name), {key: value for key, value in body.items() if value is not None})

    def _connect(self) -> http.client.HTTPConnection:
        if self._mine.process != os.getpid():  # a child would take answers for its parent
            self.close()
        connection = self._mine.connection or self._make(*self._address, timeout=self._timeout)
        self._mine.connection, self._mine.process = connection, os.getpid()
        return connection

    def _call(self, method: str, path: str, body: Optional[Dict[str, Any]] = None) -> Dict[str, Any]:
        data = None if body is None else json.dumps(body, default=plain).encode()
        for tries_left in range(self._retries, -1, -1):
            try:
                connection = self._connect()
                connection.request(method, self._base + path, data, self._headers)
                response = connection.getresponse()
                content = response.read()
            except (http.client.HTTPException, OSError) as error:
                self.close()
                # Every request may be sent twice: none changes anything.
                if tries_left and not isinstance(error, TimeoutError):
                    time.sleep(0.05 * (self._retries - tries_left))
                    continue
                raise _errors.SystemCallError(f"cannot reach the server: {error}", http_status=0) from error
            if response.status == 429 and tries_left:
                time.sleep(float(response.headers.get("Retry-After", 1)))
                continue
            return _content(response.status, content)
        raise AssertionError("not reached")


def _string(phrase: Text) -> str:
    """A phrase as JSON can hold it."""
    if isinstance(phrase, str):
        return phrase
    try:
        return as_bytes(phrase).decode()
    except UnicodeDecodeError:
        raise _errors.InputError("JSON holds no bytes that are not UTF-8", "count and locate take them") from None


def _content(status: int, content: bytes) -> Dict[str, Any]:
    try:
        answer = read_json(content)
    except ValueError:
        answer = {}
    if status == 200 and isinstance(answer, dict) and answer and "error" not in answer:
        if parts := answer.get("missing_parts"):
            warnings.warn(f"this is without parts of the index that did not answer: {', '.join(parts)}", stacklevel=4)
        return answer
    text = answer.get("error") or answer.get("detail") or content[:200].decode(errors="replace")
    kind = _BY_HTTP_STATUS.get(status, _errors.HttpError)
    raise kind(text, answer.get("hint", ""), status)


def _source(members: Dict[str, Any]) -> Dict[str, Any]:
    source = members["source"]
    return {"metadata": members["metadata"], "path": source["path"], "line": source["line"]}


def _named_source(members: Dict[str, Any]) -> Dict[str, Any]:
    return {"id": members["id"], "url": members["url"], **_source(members)}


def _hit(index: str, hit: Dict[str, Any]) -> Hit:
    names = ("shard", "rank", "position", "doc", "offset", "length", "snippet", "snippet_offset")
    return Hit(index=index, text=hit.get("text", "original"), **{name: hit[name] for name in names}, **_named_source(hit))


def _place(members: Dict[str, Any]) -> Dict[str, int]:
    return {
        "begin": members["begin_char"],
        "end": members["end_char"],
        "begin_byte": members["begin_byte"],
        "end_byte": members["end_byte"],
        "text": members.get("text", 0),
    }


def _match(members: Optional[Dict[str, Any]]) -> Optional[Match]:
    return Match(**_place(members), count=members["count"]) if members else None


def _evidence(index: str, evidence: Dict[str, Any]) -> Evidence:
    return Evidence(
        index=index,
        doc=evidence["doc"],
        offset=evidence["offset"],
        length=evidence["length_bytes"],
        piece=Span(**_place(evidence["entry"])),
        snippet=evidence["snippet"],
        snippet_offset=evidence["snippet_offset"],
        **_source(evidence),
    )


def _verdict(index: str, number: int, texts: List[str], entry: Dict[str, Any]) -> Verdict:
    same = (
        *("eta", "coverage", "windows", "found", "common", "document_coverage", "short", "unspaced"),
        *("characters", "covered_characters", "hits_seen", "documents_seen"),
    )
    return Verdict(
        number=number,
        class_=entry["class"],
        spans=[Span(**_place(span)) for span in entry["spans"]],
        longest_match=_match(entry["longest_match"]),
        rarest_window=_match(entry["rarest_window"]),
        evidence=[_evidence(index, one) for one in entry["evidence"]],
        texts=texts,
        **{name: entry[name] for name in same},
    )
