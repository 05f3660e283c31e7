"""Many documents in order, read ahead by the library's threads; documents by their ids."""

from __future__ import annotations

import ctypes
from array import array
from ctypes import byref
from typing import TYPE_CHECKING, Iterator, List, Optional, Sequence, Tuple

from . import _library as c
from ._calls import Scratch, named_source_of
from ._errors import NotFoundError, UsageError, from_err
from ._types import Document, IndexInfo

if TYPE_CHECKING:
    from ._index import Index

_lib = c.library
_SAME_ID = 20  # documents that an error names


def read_documents(
    info: IndexInfo, handle: ctypes.c_void_p, first: int, end: int, options: c.DocumentsOptions
) -> Iterator[Document]:
    """Documents [first, end) of an index that no other call uses meanwhile."""
    wanted = c.DocumentsOptions(first, end, options.memory_bytes, options.threads)
    # A table of the whole shard does not pay for a few documents.
    if (end - first) * 16 < info.documents:
        wanted.memory_bytes = 0
    documents, err = ctypes.c_void_p(), c.Err()
    if _lib.ng_documents_open(byref(documents), handle, byref(wanted), byref(err)):
        raise from_err(err)
    try:
        yield from _read(info.name, handle, documents, err)
    finally:
        _lib.ng_documents_close(documents)


def iterate(
    opened: "List[Tuple[IndexInfo, Index]]", first: int, end: Optional[int], wanted: c.DocumentsOptions
) -> Iterator[Document]:
    """The documents of several indexes, which are closed at the end."""
    try:
        for info, again in opened:
            handle = again._view(None).handles[0]
            yield from read_documents(info, handle, first, info.document_end if end is None else end, wanted)
    finally:
        for _, again in opened:
            again.close()


def number_of(
    names: Sequence[str], handles: Sequence[ctypes.c_void_p], numbers: Sequence[int], id: str, scratch: Scratch
) -> Tuple[int, int]:
    """(number of the index, number of the document) of the one document with an id. numbers: of the indexes to look in."""
    data = id.encode(errors="surrogateescape")
    found: List[Tuple[int, int]] = []
    total = 0
    for number in numbers:
        room = array("Q", bytes(8 * _SAME_ID))
        given, at = c.Bytes(data, len(data)), room.buffer_info()[0]
        if _lib.ng_index_docs_with_id(handles[number], given, at, _SAME_ID, scratch.count_ref, scratch.err_ref):
            raise from_err(scratch.err)
        total += scratch.count.value
        found += [(number, doc) for doc in room[: scratch.count.value]]
    if not found:
        raise NotFoundError(f"no document has the id '{id}'")
    if total > 1:
        several = ", ".join(f"{names[number]}:{doc}" for number, doc in found[:_SAME_ID])
        raise UsageError(f"{total} documents have the id '{id}'", f"ask for one by its number: {several}")
    return found[0]


def _read(name: str, handle: ctypes.c_void_p, documents: ctypes.c_void_p, err: c.Err) -> Iterator[Document]:
    piece = ctypes.POINTER(c.DocumentsPiece)()
    pieces: List[bytes] = []
    while True:
        if _lib.ng_documents_next(documents, byref(piece), byref(err)):
            raise from_err(err)
        if not piece:
            return
        one = piece.contents
        pieces.append(ctypes.string_at(one.text, one.length_bytes))
        if one.last:
            text = b"".join(pieces).decode(errors="replace")
            pieces = []
            yield Document(name, one.doc, text, **named_source_of(handle, one.source))
