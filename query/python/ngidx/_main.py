"""The commands ngidx and ngidxd of the wheel: each gives way to the program of that name."""

from __future__ import annotations

import os
import sys

from ._library import PROGRAMS


def _become(name: str) -> None:
    path = str(PROGRAMS / name)
    os.execv(path, [name, *sys.argv[1:]])


def ngidx() -> None:
    _become("ngidx")


def ngidxd() -> None:
    _become("ngidxd")
