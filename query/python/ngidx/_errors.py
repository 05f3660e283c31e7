"""Errors. Each class is one status of the library, so that a program can tell them apart without reading texts."""

from __future__ import annotations

from typing import Optional


class NgidxError(Exception):
    """What went wrong, where and why, in one sentence. Every error of this package is one.

    status: the name of the library's status, such as "NOTFOUND".
    hint: the next step, or "".
    http_status: that of the server's answer (Client only); 0 if the server could not be reached; else None.
    """

    status = "ERROR"

    def __init__(self, text: str, hint: str = "", http_status: Optional[int] = None):
        super().__init__(text)
        self.text = text
        self.hint = hint
        self.http_status = http_status

    def __str__(self) -> str:
        return f"{self.text} ({self.hint})" if self.hint else self.text

    def __reduce__(self):
        return type(self), (self.text, self.hint, self.http_status)


class OutOfMemoryError(NgidxError, MemoryError):
    """There is not enough memory."""

    status = "NOMEM"


class SystemCallError(NgidxError, OSError):
    """The system refused to read, write, open or map a file; or the server could not be reached."""

    status = "IO"


class DiskFullError(NgidxError, OSError):
    """The disk or quota is full."""

    status = "NOSPACE"


class NotFoundError(NgidxError, LookupError):
    """There is no such file, index or document."""

    status = "NOTFOUND"


class ExistsError(NgidxError, FileExistsError):
    """The output already exists."""

    status = "EXISTS"


class UsageError(NgidxError, ValueError):
    """An argument is invalid or out of range."""

    status = "USAGE"


class InputError(NgidxError, ValueError):
    """Input data is malformed."""

    status = "INPUT"


class CorruptError(NgidxError):
    """The index is damaged. No answer is made from damaged bytes."""

    status = "CORRUPT"


class VersionError(NgidxError):
    """Another version of ngidx made the index, in a format that this one does not read."""

    status = "VERSION"


class LimitError(NgidxError, ValueError):
    """A limit is exceeded; the text names it."""

    status = "LIMIT"


class CancelledError(NgidxError):
    """The caller asked to stop."""

    status = "CANCELLED"


class RemoteError(NgidxError):
    """A part of an index that is served elsewhere gave no answer, or a wrong one; the text names it."""

    status = "REMOTE"


class HttpError(NgidxError):
    """A server's answer that fits no other class: see http_status."""

    status = "HTTP"


# By the number of enum ng_status, without its sign.
BY_STATUS = (
    NgidxError,
    OutOfMemoryError,
    SystemCallError,
    DiskFullError,
    NotFoundError,
    ExistsError,
    UsageError,
    InputError,
    CorruptError,
    VersionError,
    LimitError,
    CancelledError,
    RemoteError,
)


def from_err(err) -> NgidxError:
    """The exception for a struct ng_err that the library has filled."""
    number = -err.status
    kind = BY_STATUS[number] if 0 < number < len(BY_STATUS) else NgidxError
    return kind(err.text.decode(errors="replace"), err.hint.decode(errors="replace"))
