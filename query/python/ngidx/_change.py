"""Taking documents out of an index, and making it compact: runs the program ngidx, which comes with the package."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from dataclasses import dataclass
from typing import Any, Callable, Iterable, List, Optional, Tuple, Union

from . import _errors
from ._build import PathLike, Progress, error_of, program, run_program


@dataclass
class Removed:
    """What `remove` took out of an index, or would take out."""

    documents: int  # taken out
    text_bytes: int  # of these
    removed_before: int  # documents that were asked for, but had been removed before
    missing: int  # ids that no document has
    left: int  # documents that remain
    first: List[int]  # numbers of up to 10 of those taken out
    dry_run: bool


@dataclass
class Compacted:
    """What `compact` did. Sizes are in bytes."""

    index: str  # its path
    merged_shards: int
    made_shards: int  # of these
    dropped_documents: int  # whose bytes are gone now
    shards: int  # of the index
    documents: int
    text_bytes: int
    index_bytes: int
    seconds: float


def remove(
    index: PathLike,
    *,
    docs: Union[None, PathLike, Iterable[int]] = None,
    ids: Optional[Iterable[str]] = None,
    phrase: Union[None, str, bytes] = None,
    view: Optional[str] = None,
    dry_run: bool = False,
    allow_missing: bool = False,
    threads: Optional[int] = None,
) -> Removed:
    """Takes documents out of an index, at once, as `ngidx remove` does: from then on every answer is that of an index
    built without them. Their bytes stay in the files until `compact`.

    docs: numbers of documents, or the path of contaminated-docs.jsonl of a report. ids: ids of documents. phrase: all
    documents that hold it, in view "exact" or "folded". Give one of the three. dry_run: only tell what would be
    removed. allow_missing: ids that no document has are no error.

    An index that is open goes on answering with the documents it had; open it again.

    Errors: UsageError; NotFoundError for an index that does not exist; InputError for an id or a number that no document
    has; LimitError.

    >>> import ngidx
    >>> _ = ngidx.build(documents=["one fish", "two fish", "a bird"], index="pond.ngidx", force=True)
    >>> ngidx.remove("pond.ngidx", phrase="two").documents
    1
    >>> ngidx.open("pond.ngidx").count("fish")
    1
    """
    source, given = _chosen(docs, ids, phrase)
    command = [program(), "remove", "--json", *source]
    if view is not None:
        command.append(f"--view={view}")
    if threads is not None:
        command.append(f"--threads={threads}")
    command += [flag for flag, wanted in (("--dry-run", dry_run), ("--allow-missing", allow_missing)) if wanted]
    done = subprocess.run([*command, "--", os.fspath(index)], input=given, capture_output=True)
    if done.returncode not in (0, 1):  # 1: nothing to remove
        raise error_of(done.stderr.decode(errors="replace").splitlines(), done.returncode)
    return Removed(**json.loads(done.stdout))


def _chosen(docs: Any, ids: Any, phrase: Any) -> Tuple[List[Union[str, bytes]], bytes]:
    """The option that says which documents, and what the program reads from its standard input."""
    if sum(one is not None for one in (docs, ids, phrase)) != 1:
        raise _errors.UsageError("give one of docs, ids and phrase")
    if phrase is not None:
        data = phrase.encode() if isinstance(phrase, str) else bytes(phrase)
        if b"\0" in data:
            raise _errors.UsageError("the phrase holds NUL, which cannot be given to a program", "give docs")
        return [b"--phrase=" + data], b""
    if isinstance(docs, (str, os.PathLike)):
        return [f"--docs={os.fspath(docs)}"], b""
    if isinstance(ids, (str, bytes)):
        raise _errors.UsageError("ids is one id; give a list of them")
    if docs is not None:
        return ["--docs=-"], b"".join(b"%d\n" % number for number in docs)
    return ["--ids=-"], b"".join(json.dumps(one).encode() + b"\n" for one in ids)


def compact(
    index: PathLike,
    *,
    full: bool = False,
    memory: Union[None, str, int] = None,
    threads: Optional[int] = None,
    shard_size: Union[None, str, int] = None,
    progress: Optional[Callable[[Progress], object]] = None,
    cancel: Optional[threading.Event] = None,
) -> Compacted:
    """Merges small shards of an index, and drops the bytes of removed documents for good, as `ngidx compact` does.

    full: make as few shards as possible. memory, shard_size: sizes such as "2G". progress, cancel: as for `build`; a
    compaction that was ended goes on with the next one. Documents behind removed ones get other numbers.

    An index that is open goes on with the files it had; open it again.

    Errors: as for `build`.

    >>> import ngidx
    >>> _ = ngidx.build(documents=["one fish", "two fish"], index="lake.ngidx", force=True)
    >>> _ = ngidx.remove("lake.ngidx", docs=[0])
    >>> ngidx.compact("lake.ngidx").dropped_documents
    1
    """
    command = [program(), "compact", "--json"]
    for flag, value in (("memory", memory), ("threads", threads), ("shard-size", shard_size)):
        if value is not None:
            command.append(f"--{flag}={value}")
    if full:
        command.append("--full")
    return Compacted(**run_program([*command, "--", os.fspath(index)], progress=progress, cancel=cancel))
