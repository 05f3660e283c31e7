"""Exact search in huge texts: how often, and where, does a string occur?

    import ngidx
    ngidx.build("corpus/", "corpus.ngidx", memory="2G", progress=print)
    index = ngidx.open("corpus.ngidx")

The examples in this package run as doctests, on an index of two documents:

>>> documents = [
...     {"text": "to be or not to be", "title": "Hamlet"},
...     {"text": "That is the question.", "title": "Hamlet, later"},
... ]
>>> built = build(documents=documents, index="example.ngidx", force=True)
>>> index = open("example.ngidx")
>>> index.count("to be")
2
>>> index.locate("question", limit=1)[0].doc
1

`open` gives an Index, `Client` the same of a server, `InfiniGramMiniEngine` the interface of Infini-gram mini. All
errors are NgidxError.
"""

from __future__ import annotations

from typing import Sequence, Union

from . import _library
from ._build import Built, Progress, append, build, program
from ._change import Compacted, Removed, compact, remove
from ._client import Client
from ._compare import compare
from ._errors import (
    CancelledError,
    CorruptError,
    DiskFullError,
    ExistsError,
    HttpError,
    InputError,
    LimitError,
    NgidxError,
    NotFoundError,
    OutOfMemoryError,
    RemoteError,
    SystemCallError,
    UsageError,
    VersionError,
)
from ._index import Index, PathLike
from ._peer import InfiniGramMiniEngine
from ._types import (
    ComparedIndex,
    Comparison,
    Continuation,
    Continuations,
    Document,
    DocumentCount,
    Evidence,
    Hit,
    IndexInfo,
    Interval,
    Match,
    Place,
    SharedPassage,
    Span,
    Trace,
    TraceDocument,
    TraceSpan,
    Verdict,
    byte_offset,
    char_offset,
)

__version__: str = _library.version


def open(paths: Union[PathLike, Sequence[PathLike]], *, load: bool = False) -> Index:
    """Opens an index, or several that are searched as one.

    paths: the folder of an index, or a list of them; NAME=PATH gives one a name of its own, which is otherwise the last
    part of its path without .ngidx. Opening maps the files and reads a few pages, whatever the size. load: read them
    into memory instead, for queries that never wait for the disk.

    Errors: NotFoundError if there is no index, VersionError for a format that this version does not read, CorruptError
    for a damaged one, SystemCallError, OutOfMemoryError.

    >>> with open(["a=example.ngidx", "b=example.ngidx"]) as both:
    ...     both.count("to be"), [info.name for info in both.indexes()]
    (4, ['a', 'b'])
    """
    return Index(paths, load=load)


__all__ = [
    "Built",
    "CancelledError",
    "Client",
    "Compacted",
    "ComparedIndex",
    "Comparison",
    "Continuation",
    "Continuations",
    "CorruptError",
    "DiskFullError",
    "Document",
    "DocumentCount",
    "Evidence",
    "ExistsError",
    "Hit",
    "HttpError",
    "Index",
    "IndexInfo",
    "InfiniGramMiniEngine",
    "InputError",
    "Interval",
    "LimitError",
    "Match",
    "NgidxError",
    "NotFoundError",
    "OutOfMemoryError",
    "Place",
    "Progress",
    "RemoteError",
    "Removed",
    "SharedPassage",
    "Span",
    "SystemCallError",
    "Trace",
    "TraceDocument",
    "TraceSpan",
    "UsageError",
    "Verdict",
    "VersionError",
    "append",
    "build",
    "byte_offset",
    "char_offset",
    "compact",
    "compare",
    "open",
    "program",
    "remove",
]

# Readers of an error see "ngidx.UsageError", not where the class is kept.
for _name in __all__:
    globals()[_name].__module__ = __name__
del _name
