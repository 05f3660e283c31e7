"""Building indexes: runs the program ngidx, which comes with the package."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import threading
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Union

from . import _errors
from ._library import PROGRAMS
from ._types import plain

PathLike = Union[str, "os.PathLike[str]"]


@dataclass
class Progress:
    """How far a build is. str() gives a line for a terminal."""

    stage: str  # "reading", "sorting", "merging", "encoding", "writing", "folding", ...
    part: int  # number of the shard, from 0
    done: int  # bytes of this stage
    total: int  # bytes of this stage; 0 if not known
    seconds: float  # since the stage began
    rate: float  # bytes per second
    eta_seconds: Optional[float] = None  # what is left of the stage
    ended: bool = False  # the stage is over

    def __str__(self) -> str:
        share = f" {100 * self.done // self.total} %" if self.total else ""
        left = f", {self.eta_seconds:.0f} s left" if self.eta_seconds else ""
        return f"{self.stage}{'' if self.ended else share}{', done' if self.ended else left}"


@dataclass
class Built:
    """The index that a build made. Sizes are in bytes."""

    index: str  # its path
    documents: int
    shards: int
    text_bytes: int
    index_bytes: int
    views: List[str]
    files: int  # read
    skipped: Dict[str, int]  # what was skipped, and how often; see `summary` for names
    repaired: int  # repairs, such as text that was not UTF-8
    seconds: float
    summary: Dict[str, Any] = field(repr=False)  # all that the program reports with --json
    empty: int = 0  # documents without a byte of text


def program(name: str = "ngidx") -> str:
    """The path of the program ngidx or ngidxd: $NGIDX or $NGIDXD, else the one in this package, else the one in $PATH."""
    given = os.environ.get(name.upper())
    own = PROGRAMS / name
    found = given or (str(own) if own.exists() else shutil.which(name))
    if not found:
        raise _errors.NotFoundError(f"there is no program {name}", "install the wheel, or the Debian package ngidx")
    return found


def _arguments(options: Mapping[str, Any]) -> List[str]:
    """memory="2G", skip_bad_lines=True, exclude=["a", "b"] as the command takes them."""
    result = []
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        if value is None or value is False or name == "quiet":  # nothing is printed; without its messages an error is lost
            continue
        if value is True:
            result.append(flag)
        elif name in ("view", "text_field") and not isinstance(value, str):
            result.append(f"{flag}={','.join(value)}")
        elif isinstance(value, (list, tuple)):
            result += [f"{flag}={item}" for item in value]
        else:
            result.append(f"{flag}={value}")
    return result


def build(
    corpus: Union[None, PathLike, Sequence[PathLike]] = None,
    index: PathLike = "index.ngidx",
    *,
    documents: Optional[Iterable[Union[str, Mapping[str, Any]]]] = None,
    progress: Optional[Callable[[Progress], object]] = None,
    cancel: Optional[threading.Event] = None,
    **options: Any,
) -> Built:
    """Builds an index of a corpus: files and folders, or documents from Python.

    corpus: a path or several, as for `ngidx build`. documents: texts, or dicts with a text and metadata; the text is
    the member "text", unless text_field names another.
    options: those of `ngidx build --help` with underscores, such as memory="2G", threads=8, view=["exact", "folded"],
    text_field="content", skip_bad_lines=True, exclude=["*.md"], force=True, resume=True.
    progress: called about once a second and at the end of each stage. cancel: a threading.Event that ends the build
    when it is set, within a second; Ctrl-C ends it, too. A build that was ended goes on with resume=True.

    Errors: those of the program as NgidxError, with its message and hint: NotFoundError for a corpus that does not
    exist, ExistsError for an index that does (force=True replaces it). CancelledError after cancel.

    >>> import ngidx
    >>> built = ngidx.build(documents=["one fish", {"text": "two fish", "n": 2}], index="fish.ngidx", force=True)
    >>> built.documents, ngidx.open("fish.ngidx").count("fish")
    (2, 2)
    """
    _check(corpus, documents, options)
    paths = _paths(corpus)
    command = [program(), "build", "--json", f"--output={os.fspath(index)}", *_arguments(options), "--", *paths]
    return _built(run_program(command, documents, _text_member(options), progress, cancel))


def append(
    index: PathLike,
    corpus: Union[None, PathLike, Sequence[PathLike]] = None,
    *,
    documents: Optional[Iterable[Union[str, Mapping[str, Any]]]] = None,
    progress: Optional[Callable[[Progress], object]] = None,
    cancel: Optional[threading.Event] = None,
    **options: Any,
) -> Built:
    """Adds documents to the end of an index, as `ngidx append` does; arguments and errors are those of `build`.

    An index that is open goes on answering for the documents it had; open it again for the new ones.

    >>> import ngidx
    >>> _ = ngidx.build(documents=["one fish"], index="more.ngidx", force=True)
    >>> ngidx.append("more.ngidx", documents=["red fish"]).documents
    2
    """
    _check(corpus, documents, options)
    command = [program(), "append", "--json", *_arguments(options), "--", os.fspath(index), *_paths(corpus)]
    return _built(run_program(command, documents, _text_member(options), progress, cancel))


def _check(corpus: Any, documents: Any, options: Mapping[str, Any]) -> None:
    if (corpus is None) == (documents is None):
        raise _errors.UsageError("give either corpus or documents")
    if isinstance(documents, (str, bytes, Mapping)):
        raise _errors.UsageError("documents is one document; give a list of them")
    for name in ("dry_run", "finish"):
        if options.get(name):
            raise _errors.UsageError(f"{name} is not of this function", "run the program: ngidx.program() is its path")


def _text_member(options: Mapping[str, Any]) -> str:
    """The member for the text of a document that is a str: the first of those that hold text."""
    given = options.get("text_field") or "text"
    return given if isinstance(given, str) else next(iter(given))


def _paths(corpus: Union[None, PathLike, Sequence[PathLike]]) -> List[str]:
    if corpus is None:
        return ["-"]
    paths = [corpus] if isinstance(corpus, (str, os.PathLike)) else list(corpus)
    if not paths:
        raise _errors.UsageError("corpus is empty")
    return [os.fspath(path) for path in paths]


def _record(number: int, document: Any, text_field: str) -> bytes:
    """A document as a line of JSON."""
    if not isinstance(document, (str, Mapping)):
        raise _errors.UsageError(f"document {number} is {type(document).__name__}; a str or a dict is needed")
    record = {text_field: document} if isinstance(document, str) else dict(document)
    try:
        line = json.dumps(record, ensure_ascii=False, default=plain)
    except (TypeError, ValueError) as error:
        raise _errors.UsageError(f"document {number} does not fit into JSON: {error}") from None
    try:
        return line.encode() + b"\n"
    except UnicodeEncodeError:  # half a surrogate pair, which the program counts as repaired
        return json.dumps(record, default=plain).encode() + b"\n"


class _Feeder(threading.Thread):
    """Writes documents to the program's standard input."""

    def __init__(self, stream: Any, documents: Iterable[Any], text_field: str):
        super().__init__(daemon=True)
        self.stream, self.documents, self.text_field = stream, documents, text_field
        self.error: Optional[BaseException] = None

    def run(self) -> None:
        try:
            for number, document in enumerate(self.documents):
                self.stream.write(_record(number, document, self.text_field))
            self.stream.close()
        except BrokenPipeError:
            self.close()  # the program ended, and says why
        except BaseException as error:
            # The stream stays open: to the program its end is the end of the documents.
            self.error = error

    def close(self) -> None:
        """Closes the stream to a program that has ended."""
        try:
            self.stream.close()
        except OSError:
            pass


def _read_lines(stream: Any, lines: "queue.Queue[Optional[bytes]]") -> None:
    for line in stream:
        lines.put(line)
    lines.put(None)


def run_program(
    command: List[str],
    documents: Optional[Iterable[Any]] = None,
    text_field: str = "text",
    progress: Optional[Callable[[Progress], object]] = None,
    cancel: Optional[threading.Event] = None,
) -> Dict[str, Any]:
    """Runs the program with --json; returns its summary."""
    source = subprocess.DEVNULL if documents is None else subprocess.PIPE
    with subprocess.Popen(command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        feeder = None
        if documents is not None:
            feeder = _Feeder(process.stdin, documents, text_field)
            feeder.start()
            process.stdin = None  # the feeder closes it
        lines: "queue.Queue[Optional[bytes]]" = queue.Queue()
        reader = threading.Thread(target=_read_lines, args=(process.stderr, lines), daemon=True)
        reader.start()
        try:
            messages = _watch(lines, feeder, progress, cancel)
            output = process.stdout.read() if process.stdout else b""
            code = process.wait()
        except BaseException:
            process.kill()
            process.wait()
            if feeder is not None:
                feeder.close()
            raise
    if code != 0:
        raise error_of(messages, code)
    summary: Dict[str, Any] = json.loads(output)
    return summary


def _watch(
    lines: "queue.Queue[Optional[bytes]]",
    feeder: Optional[_Feeder],
    progress: Optional[Callable[[Progress], object]],
    cancel: Optional[threading.Event],
) -> List[str]:
    """Takes the program's messages until it closes their stream."""
    messages: List[str] = []
    while True:
        if cancel is not None and cancel.is_set():
            raise _errors.CancelledError("the work was cancelled", "build(resume=True) or compact() goes on with it")
        if feeder is not None and feeder.error is not None:
            raise feeder.error
        try:
            line = lines.get(timeout=0.1)
        except queue.Empty:
            continue
        if line is None:
            return messages
        text = line.decode(errors="replace").rstrip("\n")
        found = _progress(text)
        if found is None:
            messages.append(text)
        elif progress is not None:
            progress(found)


def _members(text: str) -> Dict[str, Any]:
    """Of a line that is a JSON object; else none."""
    try:
        value = json.loads(text) if text.startswith("{") else {}
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _progress(text: str) -> Optional[Progress]:
    members = _members(text)
    if "stage" not in members:
        return None
    known = Progress.__dataclass_fields__
    return Progress(**{name: value for name, value in members.items() if name in known})


def _built(summary: Dict[str, Any]) -> Built:
    names = ("index", "documents", "shards", "text_bytes", "index_bytes", "views", "files", "seconds")
    return Built(
        **{name: summary[name] for name in names},
        skipped=summary.get("skipped", {}),
        repaired=summary.get("repaired", 0),
        summary=summary,
        empty=summary.get("empty", 0),
    )


def error_of(messages: Sequence[str], code: int) -> _errors.NgidxError:
    """What the program said: as a line of JSON where it got to work, else, for mistaken arguments, in words."""
    if code < 0:
        return _errors.SystemCallError(f"the program ngidx was ended by signal {-code}", "resume=True goes on")
    for message in messages:
        members = _members(message)
        if "error" in members:
            kinds = {kind.status: kind for kind in _errors.BY_STATUS}
            return kinds.get(members["status"], _errors.NgidxError)(members["error"], members["hint"])
    text = messages[0].partition(": ")[2] if messages else f"the program ngidx ended with exit status {code}"
    hint = " ".join(line.strip() for line in messages[1:])
    return _errors.UsageError(text, hint[5:] if hint.startswith("try: ") else hint)
