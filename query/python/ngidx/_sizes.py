"""Sizes as the command writes them."""

from __future__ import annotations

import re
from typing import Union

from ._errors import UsageError

_SIZE = re.compile(r"(\d+(?:\.\d+)?)([kmgt]?)(i?b)?", re.IGNORECASE)


def parse_size(size: Union[int, str]) -> int:
    """Bytes: 8G and 8GiB are powers of 1024, 8GB powers of 1000, as on the command line.

    >>> parse_size("1.5K"), parse_size("2MB"), parse_size(10)
    (1536, 2000000, 10)
    """
    if isinstance(size, int):
        if size < 0:
            raise UsageError(f"a size of {size} bytes")
        return size
    match = _SIZE.fullmatch(size.strip())
    if not match:
        raise UsageError(f"'{size}' is not a size", "write 500M, 8G or a number of bytes")
    number, unit, suffix = match[1], match[2].lower(), (match[3] or "").lower()
    power = 1000 if suffix == "b" and unit else 1024
    return int(float(number) * power ** " kmgt".index(unit or " "))
