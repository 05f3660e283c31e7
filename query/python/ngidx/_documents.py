"""Many documents in order, read ahead by the library's threads."""

from __future__ import annotations

import ctypes
from ctypes import byref
from typing import Iterator, List

from . import _library as c
from ._calls import source_of
from ._errors import from_err
from ._types import Document, IndexInfo

_lib = c.library


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
        yield from _read(info.name, documents, err)
    finally:
        _lib.ng_documents_close(documents)


def _read(name: str, documents: ctypes.c_void_p, err: c.Err) -> Iterator[Document]:
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
            yield Document(name, one.doc, text, **source_of(one.source))
