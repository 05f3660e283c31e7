"""An open index, or several, searched in this process."""

from __future__ import annotations

import contextlib
import ctypes
import operator
import os
import pathlib
import threading
import time
from array import array
from ctypes import byref
from typing import Any, Callable, Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple, Union

from . import _library as c
from ._calls import FOLDED, Phrases, Scratch, as_bytes, document_source, make_hit, not_unicode, several, share, show_hits
from ._contam import check_entries, trace_text
from ._documents import iterate, number_of
from ._errors import NotFoundError, UsageError, from_err
from ._explore import choose_unit, continuations, count_documents
from ._sizes import MOST_THREADS, parse_size, whole
from ._types import Continuations, Document, DocumentCount, Hit, IndexInfo, Interval, Text, Trace, Verdict

_lib = c.library
# Without argtypes, and with arguments that are ctypes objects already, a call takes half the time.
_count = _lib["ng_index_count"]

PathLike = Union[str, "os.PathLike[str]"]


class Member(NamedTuple):
    name: str
    path: str
    handle: ctypes.c_void_p
    info: IndexInfo


class View(NamedTuple):
    folded: bool
    handles: Tuple[ctypes.c_void_p, ...]  # one an index
    members: Tuple[Member, ...]  # of the handles; the index's own list is empty once another thread begins to close


def _split_name(given: PathLike) -> Tuple[str, str]:
    """NAME=PATH, or PATH, whose last part without .ngidx is the name."""
    text = os.fsdecode(given)
    name, equals, path = text.partition("=")
    if isinstance(given, str) and equals and name and "/" not in name and not os.path.exists(text):
        return name, path
    last = pathlib.PurePath(os.path.abspath(text)).name
    return (last[: -len(".ngidx")] if last.endswith(".ngidx") and last != ".ngidx" else last), text


class Index:
    """One open index or several, as `ngidx.open` gives it.

    All methods are thread-safe, and the GIL is free while the library works. `close` waits for calls of other threads.
    A phrase is str, taken as UTF-8, or bytes, which need not be UTF-8. Phrases match exactly, byte for byte:
    occurrences may overlap, and none crosses the end of a document.

    view: "exact" searches the text as it is; "folded" compares only letters, marks and numbers without case, and needs
    an index built with that view. By default it is exact if the index has it.

    Errors, in every method: UsageError for a view that an index lacks, a closed index, and a phrase with byte FF;
    LimitError for a phrase over 1 MiB; CorruptError if a damaged page is met. Each is an NgidxError.
    """

    def __init__(self, paths: Union[PathLike, Sequence[PathLike]], load: bool = False):
        self._members: List[Member] = []
        self._by_view: Dict[Optional[str], View] = {}
        self._idle: List[Scratch] = []
        self._scratches = 0
        self._lock = threading.Lock()
        given = [paths] if isinstance(paths, (str, bytes, os.PathLike)) else list(paths)
        if not given:
            raise UsageError("no index is given")
        try:
            for path in given:
                self._open_one(*_split_name(path), load)
        except BaseException:
            self.close()
            raise

    def _open_one(self, name: str, path: str, load: bool) -> None:
        if any(member.name == name for member in self._members):
            raise UsageError(f"two indexes are named '{name}'", "NAME=PATH gives an index a name of its own")
        handle, err = ctypes.c_void_p(), c.Err()
        opener = _lib.ng_index_load if load else _lib.ng_index_open
        if opener(byref(handle), os.fsencode(path), byref(err)):
            if path.startswith(("http://", "https://")):
                raise UsageError(f"{path} is the address of a server", "ngidx.Client(address, index) asks a server")
            raise from_err(err)
        info = c.IndexInfo()
        _lib.ng_index_get_info(handle, byref(info))
        identity = (ctypes.c_char * c.ID_CHARS)()
        _lib.ng_index_get_id(handle, identity)
        views = [view for view, has in (("exact", info.exact), ("folded", info.folded)) if has]
        text_bytes = info.text_bytes if info.exact else info.folded_text_bytes
        self._members.append(
            Member(
                name,
                path,
                handle,
                IndexInfo(
                    name,
                    identity.value.decode(),
                    info.documents,
                    text_bytes,
                    info.index_bytes,
                    info.shards,
                    views,
                    info.format_version,
                    info.document_end,
                ),
            )
        )

    # ---- Opening and closing ----

    def close(self) -> None:
        """Closes the indexes, once no call uses them. Idempotent. `with ngidx.open(...)` does it at its end."""
        with self._lock:
            members, self._members, self._by_view = self._members, [], {}
        # A call takes its scratch memory before it looks for the handles, so that none begins from here on.
        while len(self._idle) < self._scratches:
            time.sleep(0.001)
        for member in members:
            _lib.ng_index_close(member.handle)

    def __enter__(self) -> "Index":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_members", None):
            self.close()

    def __reduce__(self) -> Tuple[object, ...]:
        raise TypeError("an open index cannot be pickled or copied: open it in each process with ngidx.open")

    def __repr__(self) -> str:
        names = ", ".join(member.name for member in self._members)
        return f"<ngidx.Index {names or 'closed'}>"

    def indexes(self) -> List[IndexInfo]:
        """What is open: one IndexInfo an index, in the order given to `open`."""
        return [member.info for member in self._members]

    def _take_scratch(self) -> Scratch:
        try:
            return self._idle.pop()
        except IndexError:
            with self._lock:
                self._scratches += 1
            return Scratch()

    def _view(self, name: Optional[str]) -> View:
        """The handles of a view. To be called with scratch memory taken, which keeps them open."""
        view = self._by_view.get(name)
        return view if view else self._choose_view(name)

    @contextlib.contextmanager
    def _hold(self, name: Optional[str]) -> Iterator[View]:
        """The handles of a view, kept open meanwhile."""
        scratch = self._take_scratch()
        try:
            yield self._view(name)
        finally:
            self._idle.append(scratch)

    def _choose_view(self, name: Optional[str]) -> View:
        members = self._members
        if not members:
            raise UsageError("the index is closed")
        wanted = name
        if name is None and any("exact" not in member.info.views for member in members):
            wanted = "folded"
        if wanted is not None and not isinstance(wanted, str):
            raise TypeError(f"a view is a str, not {type(wanted).__name__}")
        handles, err = [], c.Err()
        for member in members:
            handle = ctypes.c_void_p()
            encoded = None if wanted is None else wanted.encode()
            if _lib.ng_index_choose_view(member.handle, encoded, byref(handle), byref(err)):
                raise from_err(err)
            handles.append(handle)
        view = View(_lib.ng_index_text_view(handles[0]) == FOLDED, tuple(handles), tuple(members))
        with self._lock:
            if self._members is members:
                self._by_view[name] = view
        return view

    @staticmethod
    def _number(members: Sequence[Member], index: Union[None, str, int]) -> int:
        """The number of an index that is named, numbered, or the only one."""
        if index is None:
            if len(members) > 1:
                names = ", ".join(member.name for member in members)
                raise UsageError("each of several indexes has its own documents", f"index= one of {names}")
            index = 0
        for number, member in enumerate(members):
            if index == member.name or (not isinstance(index, str) and index == number):
                return number
        raise UsageError(f"no index {index!r} is open")

    # ---- Searching ----

    def count(self, phrase: Text, *, view: Optional[str] = None) -> int:
        """How often a phrase occurs in all documents.

        The empty phrase occurs at every byte and at the end of every document.

        >>> index.count("to be")
        2
        >>> index.count(b"to \\xff")
        Traceback (most recent call last):
        ...
        ngidx.UsageError: a phrase with the byte 0xFF, which no text contains
        """
        if type(phrase) is str:
            try:
                data = phrase.encode()
            except UnicodeEncodeError:
                data = as_bytes(phrase)
        elif type(phrase) is bytes:
            data = phrase
        else:
            data = as_bytes(phrase)
        try:
            scratch = self._idle.pop()
        except IndexError:
            scratch = self._take_scratch()
        try:
            folded, handles, _ = self._by_view.get(view) or self._choose_view(view)
            if folded:
                return self._count_folded(data, handles, scratch)
            given = scratch.phrase
            given.data, given.length_bytes = data, len(data)
            total = 0
            for handle in handles:
                if _count(handle, given, scratch.count_ref, scratch.err_ref):
                    raise from_err(scratch.err)
                total += scratch.count.value
            return total
        finally:
            self._idle.append(scratch)

    @staticmethod
    def _count_folded(data: bytes, handles: Tuple[ctypes.c_void_p, ...], scratch: Scratch) -> int:
        total = 0
        for handle in handles:
            phrases = Phrases(handle, [data], scratch)
            try:
                given = c.Bytes.from_address(phrases.address)
                if _count(handle, given, scratch.count_ref, scratch.err_ref):
                    raise from_err(scratch.err)
                total += scratch.count.value
            finally:
                phrases.free()
        return total

    def count_batch(
        self, phrases: Iterable[Text], *, view: Optional[str] = None, threads: Optional[int] = None
    ) -> List[int]:
        """How often each of many phrases occurs: a list of as many numbers, in order.

        Much faster than `count` in a loop: the library searches for many phrases at the same time.
        threads: how many to use; by default one per processor for large batches.

        >>> index.count_batch(["to be", b"question", "zebra"])
        [2, 1, 0]
        """
        try:
            given = [phrase.encode() if type(phrase) is str else as_bytes(phrase) for phrase in several(phrases)]
        except UnicodeEncodeError as error:
            raise not_unicode(error) from None
        if not given:
            return []
        scratch = self._take_scratch()
        try:
            counts = None
            for handle in self._view(view).handles:
                one = self._count_many(handle, given, threads, scratch)
                counts = one if counts is None else [a + b for a, b in zip(counts, one)]
            return counts or []
        finally:
            self._idle.append(scratch)

    @staticmethod
    def _count_many(handle: ctypes.c_void_p, given: List[bytes], threads: Optional[int], scratch: Scratch) -> List[int]:
        counts = array("Q", bytes(8 * len(given)))
        counts_at = counts.buffer_info()[0]
        phrases = Phrases(handle, given, scratch)
        size = ctypes.sizeof(c.Bytes)

        def count_slice(first: int, number: int, err: c.Err) -> None:
            at = phrases.address + first * size
            if _lib.ng_index_count_batch(handle, at, number, counts_at + 8 * first, byref(err)):
                raise from_err(err)

        try:
            share(count_slice, len(given), threads, scratch.err)
        finally:
            phrases.free()
        return counts.tolist()

    def count_docs(
        self, phrase: Text, *, view: Optional[str] = None, most_hits: int = 1_000_000, seed: int = 0, threads: int = 0
    ) -> DocumentCount:
        """How many documents hold a phrase.

        Exact up to `most_hits` occurrences in an index; beyond, an estimate from a random sample, which `seed` draws,
        with its 95 % confidence interval. threads: 0 means one per processor.

        >>> index.count_docs("to be").documents
        1
        """
        data, scratch = as_bytes(phrase), self._take_scratch()
        try:
            return count_documents(self._view(view).handles, data, most_hits, seed, threads, scratch)
        finally:
            self._idle.append(scratch)

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
        """What follows a phrase most often in all indexes together, or precedes it: up to k strings, with exact counts.

        words, chars: how long they are, one word by default (one character in the folded view, which has no words);
        bytes: one byte. White space before a word belongs to it. before: what precedes the phrase. k: at most 10,000.
        Errors: UsageError for words of a folded view.

        >>> [(one.text, one.count) for one in index.next("be", k=2).continuations]
        [('', 1), (' or', 1)]
        """
        data, scratch = as_bytes(phrase), self._take_scratch()
        try:
            folded, handles, _ = self._view(view)
            unit = choose_unit(words, chars, bytes, folded)
            return continuations(handles, data, k, unit, before, threads, scratch)
        finally:
            self._idle.append(scratch)

    def find(self, phrase: Text, *, view: Optional[str] = None) -> List[Interval]:
        """The ranks of a phrase in every shard of every index, in order. `hit_at` gives the document at a rank.

        >>> index.find("to be")
        [Interval(index='example', shard=0, begin=..., end=...)]
        >>> sum(map(len, index.find("to be")))
        2
        """
        data = as_bytes(phrase)
        scratch = self._take_scratch()
        try:
            result = []
            _, handles, members = self._view(view)
            for member, handle in zip(members, handles):
                found = (c.Interval * member.info.shards)()
                phrases = Phrases(handle, [data], scratch)
                try:
                    given = c.Bytes.from_address(phrases.address)
                    if _lib.ng_index_find(handle, given, found, scratch.err_ref):
                        raise from_err(scratch.err)
                finally:
                    phrases.free()
                result += [Interval(member.name, s, i.begin, i.end) for s, i in enumerate(found)]
            return result
        finally:
            self._idle.append(scratch)

    def locate(
        self,
        phrase: Text,
        *,
        limit: Optional[int] = 10,
        offset: int = 0,
        context: int = 80,
        view: Optional[str] = None,
    ) -> List[Hit]:
        """Where a phrase occurs: up to `limit` hits (None: all), after the first `offset`.

        Hits are in the order of the indexes, shards and ranks, which is always the same. context: bytes of text to show
        on either side, at most 1 MiB; no character is cut. Hits in a folded view are shown in the original text, if the
        index has it.

        >>> for hit in index.locate("be", limit=2, context=3):
        ...     print(hit.doc, hit.offset, hit.snippet, hit.match, hit.metadata)
        0 3 to be or be {'title': 'Hamlet'}
        0 16 to be be {'title': 'Hamlet'}
        """
        data = as_bytes(phrase)
        offset, context = whole("offset", offset), whole("context", context)
        limit = None if limit is None else whole("limit", limit)
        scratch = self._take_scratch()
        try:
            folded, handles, members = self._view(view)
            hits: List[Hit] = []
            skip = offset
            for member, handle in zip(members, handles):
                if limit is not None and len(hits) >= limit:
                    break
                left = None if limit is None else limit - len(hits)
                phrases = Phrases(handle, [data], scratch)
                try:
                    given = c.Bytes.from_address(phrases.address)
                    total = show_hits(member.name, handle, given, folded, skip, left, context, hits, scratch)
                finally:
                    phrases.free()
                skip = max(skip - total, 0)
            return hits
        finally:
            self._idle.append(scratch)

    def hit_at(
        self,
        shard: int,
        rank: int,
        *,
        length: int = 0,
        context: int = 80,
        index: Union[None, str, int] = None,
        view: Optional[str] = None,
    ) -> Hit:
        """The hit at a rank of a shard, as `find` gives them, `length` bytes long; text of that view itself.

        index: the name or number of the index; needed if several are open.
        Errors: UsageError for a shard or rank that does not exist.
        """
        scratch = self._take_scratch()
        try:
            folded, handles, members = self._view(view)
            number = self._number(members, index)
            handle, found, snippet = handles[number], c.Hit(), c.Snippet()
            length, context = whole("length", length), whole("context", context)
            err = scratch.err_ref
            if _lib.ng_index_locate_row(handle, whole("shard", shard), whole("rank", rank), byref(found), err):
                raise from_err(scratch.err)
            if _lib.ng_index_doc_length(handle, found.doc, scratch.count_ref, err):
                raise from_err(scratch.err)
            length = min(length, scratch.count.value - found.offset)
            if _lib.ng_index_snippet(handle, byref(found), length, context, byref(snippet), err):
                raise from_err(scratch.err)
            try:
                place = c.TextPlace(not folded, found.offset, length)
                return make_hit(members[number].name, handle, found, place, snippet, scratch)
            finally:
                _lib.ng_snippet_free(byref(snippet))
        finally:
            self._idle.append(scratch)

    # ---- Documents ----

    def document_length(self, number: int, *, index: Union[None, str, int] = None) -> int:
        """The length of a document's text in bytes. Arguments and errors are those of `document`."""
        scratch = self._take_scratch()
        try:
            view = self._view(None)
            handle = view.handles[self._number(view.members, index)]
            number = operator.index(number)
            if not 0 <= number < 1 << 64:
                raise NotFoundError(f"no document {number}")
            if _lib.ng_index_doc_length(handle, number, scratch.count_ref, scratch.err_ref):
                raise from_err(scratch.err)
            return scratch.count.value
        finally:
            self._idle.append(scratch)

    def document(
        self,
        number: Optional[int] = None,
        *,
        id: Union[None, str, int] = None,
        index: Union[None, str, int] = None,
    ) -> Document:
        """A whole document. number: from 0, as in Hit.doc. index: its name or number; needed if several are open.

        id: instead of the number, the id in its metadata: the member "id", or the one that the build was given as
        id_field. All open indexes are asked, unless `index` names one.
        Errors: NotFoundError if there is no such document; UsageError if several have the id.

        >>> index.document(1).text
        'That is the question.'
        """
        if (number is None) == (id is None):
            raise UsageError("give either the document's number or its id")
        scratch = self._take_scratch()
        try:
            view = self._view(None)
            if id is None:
                which = self._number(view.members, index)
            else:
                names = [member.name for member in view.members]
                asked = range(len(names)) if index is None else [self._number(view.members, index)]
                which, number = number_of(names, view.handles, asked, str(id), scratch)
            handle = view.handles[which]
            number = operator.index(number)  # type: ignore[arg-type]
            if not 0 <= number < 1 << 64:
                raise NotFoundError(f"no document {number}")
            if _lib.ng_index_doc_length(handle, number, scratch.count_ref, scratch.err_ref):
                raise from_err(scratch.err)
            length = scratch.count.value
            text = ctypes.create_string_buffer(length + 1)
            if _lib.ng_index_extract(handle, number, 0, length, text, scratch.err_ref):
                raise from_err(scratch.err)
            source = document_source(handle, number, scratch)  # type: ignore[arg-type]
            data = memoryview(text)[:length]
            return Document(view.members[which].name, number, str(data, "utf-8", "replace"), **source)  # type: ignore
        finally:
            self._idle.append(scratch)

    def documents(
        self,
        first: int = 0,
        end: Optional[int] = None,
        *,
        index: Union[None, str, int] = None,
        memory: Union[int, str] = "1G",
        threads: int = 0,
    ) -> Iterator[Document]:
        """Iterates over documents [first, end) in order, by default all; several times as fast as `document`.

        memory: for a table of four bytes per byte of a shard's text, which long ranges are read with; a number of bytes
        or a size such as "2G". A larger shard is read without it, more slowly. threads: 0 means one per processor.
        If several indexes are open, they follow one after the other, unless `index` names one of them.

        >>> [document.metadata["title"] for document in index.documents()]
        ['Hamlet', 'Hamlet, later']
        """
        members = self._members
        if not members:
            raise UsageError("the index is closed")
        numbers = range(len(members)) if index is None else [self._number(members, index)]
        if len(numbers) > 1 and (first or end is not None):
            raise UsageError("each of several indexes has its own document numbers", "index= says which one is meant")
        first, end = whole("first", first), None if end is None else whole("end", end)
        wanted = c.DocumentsOptions(0, 0, parse_size(memory), whole("threads", threads, MOST_THREADS))
        # The library wants a handle of its own for this.
        opened = [(members[number].info, self._reopen(members[number])) for number in numbers]
        return iterate(opened, first, end, wanted)

    @staticmethod
    def _reopen(member: Member) -> "Index":
        again = Index(pathlib.PurePath(member.path))  # of which no part is taken for a name
        if again._members[0].info.id != member.info.id:
            again.close()
            raise NotFoundError(f"the index at {member.path} was replaced since it was opened", "open it again")
        return again

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
        **settings: Union[int, float],
    ) -> List[Verdict]:
        """Which entries of a benchmark overlap with the indexes: one Verdict an entry, in order.

        entries: strings, or dicts with texts in `fields` (by default the first present of question, context, prompt,
        text; dots lead into dicts and lists). The fields of an entry are checked apart, and all of them count.
        preset: "folded" if every index has a folded view, else "paper"; ngidx_contam.h says how each judges.
        answer_field: the field with the answer, to be looked for in the documents shown.
        evidence: documents to show for an entry, at most 1,000, with `context` bytes of text around the piece.
        progress: called with the number of entries that are done, now and then.
        settings: chars, stride, suspicious, dirty; for preset folded benchmark_guard, corpus_guard, minimum_units.

        Errors: UsageError for an entry without text, and settings out of range.

        >>> entries = [{"question": "to be or not to be"}, "How much wood would a woodchuck chuck?"]
        >>> [verdict.class_ for verdict in index.contam(entries)]
        ['dirty', 'clean']
        """
        scratch = self._take_scratch()
        try:
            members = self._members
            if not members:
                raise UsageError("the index is closed")
            names = [member.name for member in members]
            handles = [member.handle for member in members]
            settings.update(evidence_limit=evidence, context_bytes=context, threads=threads)
            return check_entries(names, handles, entries, preset, fields, answer_field, progress, settings)
        finally:
            self._idle.append(scratch)

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
        """Which pieces of a text, of at least min_chars characters, occur in the indexes.

        min_count, max_count: pieces that occur so often: the longest that occur min_count times, and of these none that
        occurs more than max_count times. whole_words: pieces that cut no word of the text. documents: how many documents
        to list by how much they share with the text, at most 1,000.
        evidence: documents to show for each piece, at most 1,000, with `context` bytes of text around it.
        Errors: InputError for a text that is not UTF-8, LimitError for one over 64 MiB.

        >>> trace = index.trace("He said: to be or not to be", min_chars=10)
        >>> [(span.begin, span.end, span.count) for span in trace.spans]
        [(9, 27, 1)]
        """
        data = as_bytes(text)
        scratch = self._take_scratch()
        try:
            _, handles, members = self._view(view)
            names = [member.name for member in members]
            settings = {
                "min_chars": min_chars,
                "min_count": min_count,
                "max_count": max_count,
                "whole_words": whole_words,
                "documents": documents,
            }
            return trace_text(names, handles, data, evidence, context, settings)
        finally:
            self._idle.append(scratch)
