"""Which documents hold a phrase, and what follows it: the structs of ngidx.h for these, and their calls."""

from __future__ import annotations

import ctypes
import math
from ctypes import byref
from typing import Optional, Sequence

from . import _library as c
from ._calls import Phrases, Scratch, stoppable
from ._errors import UsageError, from_err
from ._types import Continuation, Continuations, DocumentCount

_lib = c.library
_HITS_IN_A_SECOND = 1_000_000  # about; a search for so few is not worth a thread that can be stopped
_WORDS, _CHARACTERS, _BYTES = range(3)  # enum ng_next_unit


def count_documents(
    handles: Sequence[ctypes.c_void_p], phrase: bytes, most_hits: int, seed: int, threads: int, scratch: Scratch
) -> DocumentCount:
    if most_hits < 1 or seed < 0 or threads < 0:
        raise UsageError("most_hits must be at least 1, seed and threads at least 0")
    options, found = c.DocsOptions(most_hits=most_hits, seed=seed, threads=threads), c.DocsCount()
    total = DocumentCount(0, 0, True, 0, 0, 0)
    for handle in handles:
        phrases = Phrases(handle, [phrase], scratch)
        try:
            given = c.Bytes.from_address(phrases.address)
            arguments = given, byref(options), byref(found), scratch.err_ref
            if most_hits <= _HITS_IN_A_SECOND:
                status = _lib.ng_index_count_docs(handle, *arguments)
            else:
                status = stoppable(lambda bound: _lib.ng_index_count_docs(bound[0], *arguments), [handle])
            if status:
                raise from_err(scratch.err)
        finally:
            phrases.free()
        # The errors of estimates are independent of each other, as in ngidx count.
        below = math.hypot(total.documents - total.low, found.documents - found.low)
        above = math.hypot(total.high - total.documents, found.high - found.documents)
        total.hits += found.hits
        total.documents += found.documents
        total.exact = total.exact and found.exact
        total.low, total.high = total.documents - int(below), total.documents + int(above)
        total.sampled += found.sampled
    return total


def choose_unit(words: Optional[int], chars: Optional[int], bytes_: bool, folded: bool) -> "tuple[int, int]":
    """The unit, and how many of it."""
    if (words is not None) + (chars is not None) + bool(bytes_) > 1:
        raise UsageError("give only one of words, chars and bytes")
    length = words if words is not None else chars if chars is not None else 1
    if length < 1:
        raise UsageError("words and chars must be at least 1")
    if bytes_:
        return _BYTES, 1
    return (_CHARACTERS if chars is not None or (folded and words is None) else _WORDS), length


def continuations(
    handles: Sequence[ctypes.c_void_p],
    phrase: bytes,
    k: int,
    unit: "tuple[int, int]",
    before: bool,
    threads: int,
    scratch: Scratch,
) -> Continuations:
    if k < 0 or threads < 0:
        raise UsageError("k and threads must not be negative")
    options = c.NextOptions(most=k, unit=unit[0], length=unit[1], before=before, threads=threads)
    views = (ctypes.c_void_p * len(handles))(*handles)
    found = ctypes.POINTER(c.Next)()
    phrases = Phrases(handles[0], [phrase], scratch)
    try:
        given = c.Bytes.from_address(phrases.address)
        if _lib.ng_index_next(views, len(views), given, byref(options), byref(found), scratch.err_ref):
            raise from_err(scratch.err)
    finally:
        phrases.free()
    try:
        whole = found.contents
        listed = []
        for i in range(whole.count):
            one = whole.continuations[i]
            data = ctypes.string_at(one.text, one.length_bytes)
            text = data.decode(errors="replace")
            listed.append(Continuation(text, data, one.count, one.count / whole.hits, one.at_end, one.shortened))
        return Continuations(listed, whole.hits, whole.shown, whole.complete)
    finally:
        _lib.ng_next_free(found)
