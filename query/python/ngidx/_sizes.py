"""Sizes as the command writes them."""

from __future__ import annotations

import operator
import re
from typing import Union

from ._errors import UsageError

MOST = (1 << 64) - 1
MOST_THREADS = (1 << 32) - 1

_SIZE = re.compile(r"(\d+(?:\.\d+)?)([kmgt]?)(i?b)?", re.IGNORECASE)


def whole(name: str, value: int, most: int = MOST) -> int:
    """A number as C takes it. ctypes would cut off in silence what does not fit.

    >>> whole("offset", 1 << 64)
    Traceback (most recent call last):
    ...
    ngidx.UsageError: offset is 18446744073709551616; at most 18446744073709551615 is possible
    """
    number = operator.index(value)
    if number < 0:
        raise UsageError(f"{name} is {number}; it must not be negative")
    if number > most:
        raise UsageError(f"{name} is {number}; at most {most} is possible")
    return number


def parse_size(size: Union[int, str]) -> int:
    """Bytes: 8G and 8GiB are powers of 1024, 8GB powers of 1000, as on the command line.

    >>> parse_size("1.5K"), parse_size("2MB"), parse_size(10)
    (1536, 2000000, 10)
    """
    if not isinstance(size, str):
        return whole("a size", size)
    match = _SIZE.fullmatch(size.strip())
    if not match:
        raise UsageError(f"'{size}' is not a size", "write 500M, 8G or a number of bytes")
    number, unit, suffix = match[1], match[2].lower(), (match[3] or "").lower()
    power = 1000 if suffix == "b" and unit else 1024
    return whole("a size", int(float(number) * power ** " kmgt".index(unit or " ")))
