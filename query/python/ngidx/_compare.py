"""Two indexes beside each other."""

from __future__ import annotations

import contextlib
import ctypes
from ctypes import byref
from typing import List, Optional, Union

from . import _library as c
from ._calls import stoppable
from ._errors import UsageError, from_err
from ._index import Index, PathLike
from ._sizes import MOST_THREADS, parse_size, whole
from ._types import ComparedIndex, Comparison, Place, SharedPassage

_lib = c.library


def _choose_view(indexes: List[Index]) -> str:
    return "exact" if all("exact" in info.views for index in indexes for info in index.indexes()) else "folded"


def _side(name: str, side: c.CompareSide) -> ComparedIndex:
    drawn = side.drawn
    counts = (side.documents, side.text_bytes, side.shared_documents, side.shared_bytes)
    return ComparedIndex(name, *counts, drawn.windows, drawn.found, drawn.share, drawn.low, drawn.high)


def _passage(passage: c.ComparePassage) -> SharedPassage:
    text = ctypes.string_at(passage.text, passage.length_bytes).decode(errors="replace")
    places = [Place(doc, offset) for doc, offset in zip(passage.docs, passage.offsets)]
    return SharedPassage(text, passage.characters, passage.cut, *places)


def compare(
    a: Union[Index, PathLike],
    b: Union[Index, PathLike],
    *,
    sample: int = 2000,
    seed: int = 1,
    chars: int = 50,
    passages: int = 10,
    view: Optional[str] = None,
    memory: Union[int, str] = "256M",
    threads: int = 0,
) -> Comparison:
    """What two indexes have in common: documents, the share of each one's text, and the longest passages.

    a, b: folders of indexes, or what `open` gave for one. All of both texts is read once, with 40 bytes of memory for
    each document. Shared documents are exact. The shares come from `sample` windows of `chars` characters, drawn at
    random from each index: the same seed draws the same ones. Passages are those around the windows, outside of shared
    documents; one that no window fell into is missed.

    passages: how many to return at most. view: "exact" or "folded" texts; by default exact if both indexes have it.
    memory: for reading the texts; with four bytes per byte of text in a shard it is several times as fast. threads: 0
    means one per processor.

    Errors: those of `open`, and UsageError for a number out of range or an Index of several.

    >>> texts = ["to be or not to be, that is the question", "something else"]
    >>> built = build(documents=texts, index="other.ngidx", force=True)
    >>> found = compare("example.ngidx", "other.ngidx", chars=10)
    >>> found.a.shared_documents, found.a.share > 0.2, found.a.low < found.a.share < found.a.high
    (0, True, True)
    >>> [(passage.text, passage.a.doc, passage.b.doc) for passage in found.passages]
    [('hat is the question', 1, 0), ('to be or not to be', 0, 0)]
    """
    options, found, err = c.CompareOptions(), c.Comparison(), c.Err()
    _lib.ng_compare_options_init(byref(options))
    options.windows, options.seed = whole("sample", sample), whole("seed", seed)
    options.chars, options.passages = whole("chars", chars), whole("passages", passages)
    options.memory_bytes, options.threads = parse_size(memory), whole("threads", threads, MOST_THREADS)
    with contextlib.ExitStack() as stack:
        indexes = [one if isinstance(one, Index) else stack.enter_context(Index(one)) for one in (a, b)]
        view = view if view is not None else _choose_view(indexes)
        views = [stack.enter_context(index._hold(view)) for index in indexes]
        if any(len(one.handles) != 1 for one in views):
            raise UsageError("compare takes two indexes; one of the arguments has several open")
        handles = [one.handles[0] for one in views]
        if stoppable(lambda bound: _lib.ng_index_compare(bound, byref(options), byref(found), byref(err)), handles):
            raise from_err(err)
        names = [one.members[0].name for one in views]
    try:
        sides = [_side(name, side) for name, side in zip(names, found.sides)]
        listed = [_passage(found.passages[i]) for i in range(found.passage_count)]
        return Comparison(*sides, listed, found.tried, chars, seed)
    finally:
        _lib.ng_comparison_free(byref(found))
