"""What the calls of an index share: memory for arguments, phrases, threads, and hits as Python's objects."""

from __future__ import annotations

import ctypes
import itertools
import os
import threading
from array import array
from ctypes import byref
from typing import Any, Callable, Dict, Iterable, List, Optional, Sequence

from . import _library as c
from ._errors import UsageError, from_err
from ._types import Hit, Text, read_json

_lib = c.library
FOLDED = 1  # NG_VIEWFOLDED
_HITS_AT_ONCE = 1024
_SNIPPET_BYTES_AT_ONCE = 16 << 20
_PHRASES_FOR_THREADS = 2048  # fewer are not worth a second thread
_LEAST_SLICE, _MOST_SLICE = 512, 1 << 16  # phrases that a thread searches for together; between slices it can be stopped


class Scratch:
    """Memory that a call needs, made once and used again. A call has one to itself."""

    __slots__ = ("phrase", "count", "err", "count_ref", "err_ref")

    def __init__(self) -> None:
        self.phrase, self.count, self.err = c.Bytes(), ctypes.c_uint64(), c.Err()
        self.count_ref, self.err_ref = byref(self.count), byref(self.err)


def not_unicode(error: UnicodeEncodeError) -> UsageError:
    return UsageError(f"a phrase that is not Unicode text: {error}", "give bytes instead")


def as_bytes(phrase: Text) -> bytes:
    """A phrase as the library takes it."""
    if isinstance(phrase, str):
        try:
            return phrase.encode()
        except UnicodeEncodeError as error:
            raise not_unicode(error) from None
    if isinstance(phrase, (bytes, bytearray, memoryview)):
        return bytes(phrase)
    raise TypeError(f"a phrase is str or bytes, not {type(phrase).__name__}")


def several(phrases: Iterable[Text]) -> Iterable[Text]:
    """The phrases, unless they are one, whose letters would be counted."""
    if isinstance(phrases, (str, bytes, bytearray, memoryview)):
        raise UsageError("phrases is one phrase; give a list of them")
    return phrases


def source_of(source: c.DocSource) -> Dict[str, Any]:
    """path, line and metadata."""
    metadata = ctypes.string_at(source.metadata, source.metadata_bytes)
    return {
        "path": os.fsdecode(source.path),
        "line": source.line,
        "metadata": read_json(metadata.decode(errors="replace")),
    }


def named_source_of(handle: ctypes.c_void_p, source: c.DocSource) -> Dict[str, Any]:
    """The same, with the document's id and url."""
    names = c.DocNames()
    _lib.ng_index_doc_names(handle, byref(source), byref(names))
    result = source_of(source)
    for name, token in (("id", names.id), ("url", names.url)):
        result[name] = read_json(ctypes.string_at(token.data, token.length_bytes)) if token.length_bytes else None
    return result


def snippet_of(snippet: c.Snippet) -> str:
    return ctypes.string_at(snippet.text, snippet.length_bytes).decode(errors="replace")


class Phrases:
    """Phrases prepared for a search in a view: an array of struct ng_bytes at an address.

    They stand in one buffer, one behind the other: that is the cheapest way to hand many over. A folded view folds
    them."""

    def __init__(self, handle: ctypes.c_void_p, given: List[bytes], scratch: Scratch):
        self._text = b"".join(given)
        lengths = array("Q", map(len, given))
        self._table = array("Q", bytes(16 * len(given)))
        start = ctypes.cast(ctypes.c_char_p(self._text), ctypes.c_void_p).value or 0
        self._table[0::2] = array("Q", itertools.accumulate(lengths[:-1], initial=start))
        self._table[1::2] = lengths
        self.address = self._table.buffer_info()[0]
        self._folded = None
        if _lib.ng_index_text_view(handle) == FOLDED:
            folded = ctypes.c_void_p()
            if _lib.ng_index_phrases(handle, self.address, len(given), byref(folded), scratch.err_ref):
                raise from_err(scratch.err)
            self._folded, self.address = folded, folded.value or 0

    def free(self) -> None:
        _lib.ng_phrases_free(self._folded)
        self._folded = None


class Helpers:
    """Threads that have ended when the block has, and so use none of its memory after it. Ctrl-C calls stop, and is raised
    once they have ended. (Thread.join would not do: if it is interrupted, it takes a thread that runs for one that has ended.)"""

    def __init__(self, work: Callable[[], object], count: int, stop: Callable[[], object]):
        self._work, self._count, self._stop = work, count, stop
        self._ended: List[None] = []
        self._all = threading.Event()

    def _run(self) -> None:
        try:
            self._work()
        finally:
            self._ended.append(None)
            if len(self._ended) == self._count:
                self._all.set()

    def __enter__(self) -> None:
        for _ in range(self._count):
            threading.Thread(target=self._run).start()

    def __exit__(self, *_: object) -> None:
        interrupt: Optional[BaseException] = None
        while not self._all.is_set():
            try:
                self._all.wait()
            except BaseException as error:
                interrupt = error
                self._stop()
        if interrupt:
            raise interrupt


def share(work: Callable[[int, int, c.Err], None], count: int, threads: Optional[int], err: c.Err) -> None:
    """Has work(first, number, err) done for slices of count phrases, by several threads where that pays; raises the first
    error. Slices are large, as phrases that are searched for together take fewer steps than apart."""
    if threads is None:
        threads = len(os.sched_getaffinity(0)) if count >= _PHRASES_FOR_THREADS else 1
    if threads < 1:
        raise UsageError(f"threads is {threads}; at least 1 is needed")
    number = min(max(-(-count // threads), _LEAST_SLICE), _MOST_SLICE)
    turns = range(0, count, number)
    remaining, lock = iter(turns), threading.Lock()
    errors: List[BaseException] = []

    def run(err: c.Err) -> None:
        try:
            while not errors:
                with lock:
                    turn = next(remaining, None)
                if turn is None:
                    return
                work(turn, min(number, count - turn), err)
        except BaseException as error:
            errors.append(error)

    helpers = min(threads, len(turns)) - 1
    if helpers < 1:
        run(err)
    else:
        with Helpers(lambda: run(c.Err()), helpers, lambda: errors.append(KeyboardInterrupt())):
            run(err)
    if errors:
        raise errors[0]


def stoppable(call: Callable[[Any], int], handles: Sequence[ctypes.c_void_p]) -> int:
    """call(array of handles), a long one, that Ctrl-C ends. Python's main thread learns of Ctrl-C once it is back
    from C, so another thread makes the call, with handles that can be stopped."""
    if threading.current_thread() is not threading.main_thread():
        return call((ctypes.c_void_p * len(handles))(*handles))
    stop, err = threading.Event(), c.Err()
    cancel = c.Cancel(c.Asked(lambda _: stop.is_set()), None)
    bound = (ctypes.c_void_p * len(handles))()
    status: List[int] = []
    try:
        for i, handle in enumerate(handles):
            at = ctypes.byref(bound, i * ctypes.sizeof(ctypes.c_void_p))
            if _lib.ng_index_bind(ctypes.cast(at, ctypes.POINTER(ctypes.c_void_p)), handle, byref(cancel), byref(err)):
                raise from_err(err)
        with Helpers(lambda: status.append(call(bound)), 1, stop.set):
            pass
        return status[0]
    finally:
        for one in bound:
            _lib.ng_index_close(one)


def document_source(handle: ctypes.c_void_p, doc: int, scratch: Scratch) -> Dict[str, Any]:
    source = c.DocSource()
    if _lib.ng_index_doc_source(handle, doc, byref(source), scratch.err_ref):
        raise from_err(scratch.err)
    try:
        return named_source_of(handle, source)
    finally:
        _lib.ng_doc_source_free(byref(source))


def make_hit(
    name: str, handle: ctypes.c_void_p, hit: c.Hit, place: c.TextPlace, snippet: c.Snippet, scratch: Scratch
) -> Hit:
    return Hit(
        index=name,
        shard=hit.shard,
        rank=hit.rank,
        position=hit.position,
        doc=hit.doc,
        offset=place.offset,
        length=place.length_bytes,
        snippet=snippet_of(snippet),
        snippet_offset=snippet.offset,
        text="original" if place.original else "folded",
        **document_source(handle, hit.doc, scratch),
    )


def show_hits(
    name: str,
    handle: ctypes.c_void_p,
    phrase: c.Bytes,
    folded: bool,
    first: int,
    limit: Optional[int],
    context: int,
    hits: List[Hit],
    scratch: Scratch,
) -> int:
    """Adds hits of one index; returns how often the phrase occurs in it."""
    snippet_bytes = 2 * context + phrase.length_bytes + 1 + (4096 + 2 * phrase.length_bytes if folded else 0)
    most = max(1, min(_HITS_AT_ONCE, _SNIPPET_BYTES_AT_ONCE // snippet_bytes))
    room = most if limit is None else min(most, limit)
    found, places, snippets = (c.Hit * room)(), (c.TextPlace * room)(), (c.Snippet * room)()
    got = ctypes.c_size_t()
    added = 0
    while True:
        wanted = room if limit is None else min(room, limit - added)
        if _lib.ng_index_show_view(
            handle,
            phrase,
            first + added,
            context,
            found,
            places,
            snippets,
            wanted,
            byref(got),
            scratch.count_ref,
            scratch.err_ref,
        ):
            raise from_err(scratch.err)
        total = scratch.count.value
        try:
            for i in range(got.value):
                hits.append(make_hit(name, handle, found[i], places[i], snippets[i], scratch))
        finally:
            for i in range(got.value):
                _lib.ng_snippet_free(byref(snippets[i]))
        added += got.value
        if got.value == 0 or added == limit:
            return total
