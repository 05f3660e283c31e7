"""The documents that a contamination report wants out of a corpus, as a list of ids and URLs.

    from ngidx.contrib.blocklist import Blocklist
    blocklist = Blocklist.read("report/contaminated-docs.jsonl")
    kept = [page for page in pages if not blocklist.blocks(page["id"], page["url"])]

Also a program: `python3 -m ngidx.contrib.blocklist report/contaminated-docs.jsonl > blocklist.txt` writes the ids, then the
URLs, one a line; --ids and --urls write one kind.

For the corpus that the index was built from, `ngidx export --without` does it without ids.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import dataclass
from typing import Collection, FrozenSet, Iterable, List, Optional, Sequence, Set, Tuple, Union

from .._errors import InputError, NgidxError, NotFoundError, UsageError

PathLike = Union[str, "os.PathLike[str]"]

CLASSES = ("suspicious", "dirty")


@dataclass(frozen=True)
class Blocklist:
    """Documents to leave out.

    A document is known by its id or its URL. Several documents may have the same URL, as the visits of a crawl do: all of
    them are blocked.

    >>> blocklist = Blocklist(ids=frozenset({"a"}), urls=frozenset({"https://example.org/"}))
    >>> blocklist.blocks("a"), blocklist.blocks("b", "https://example.org/"), blocklist.blocks("b")
    ('id', 'url', None)
    """

    ids: FrozenSet[str]
    urls: FrozenSet[str]
    places: FrozenSet[Tuple[str, int]] = frozenset()  # file of the corpus and line, from 1; 0: the whole file
    documents: int = 0  # that were listed
    nameless: int = 0  # of them those with neither id nor URL, which only `places` has

    @classmethod
    def read(
        cls,
        reports: Union[PathLike, Sequence[PathLike]],
        *,
        classes: Collection[str] = CLASSES,
        benchmarks: Optional[Collection[str]] = None,
    ) -> "Blocklist":
        """Reads contaminated-docs.jsonl of one or several reports; a folder of a report will do.

        classes: which documents to take, by the worst class of their entries. benchmarks: only those that hold text of
        these. A document without entries of them is not listed.

        Errors: NotFoundError; InputError for a file that is no such list, or that is redacted and so names no document;
        UsageError for an unknown class.
        """
        unknown = set(classes) - set(CLASSES)
        if unknown:
            raise UsageError(f"there is no class '{sorted(unknown)[0]}'", f"classes are {' and '.join(CLASSES)}")
        ids: Set[str] = set()
        urls: Set[str] = set()
        places: Set[Tuple[str, int]] = set()
        documents = nameless = 0
        for name, line, document in _lines([reports] if isinstance(reports, (str, os.PathLike)) else reports):
            try:
                entries = [e for e in document["entries"] if benchmarks is None or e["benchmark"] in benchmarks]
                wanted = any(entry["class"] in classes for entry in entries)
                found_id, url, source, place = (document[key] for key in ("id", "url", "source", "line"))
            except (KeyError, TypeError) as error:
                raise InputError(f"{name}:{line}: not a line of contaminated-docs.jsonl: no {error}") from None
            if not wanted:
                continue
            documents += 1
            if found_id is None and url is None and source is None:
                hint = "write the report again without --redact"
                raise InputError(f"{name}:{line}: document {document['doc']} has no name: the report is redacted", hint)
            nameless += found_id is None and url is None
            ids.update([] if found_id is None else [found_id])
            urls.update([] if url is None else [url])
            places.update([] if source is None else [(source, place or 0)])
        return cls(frozenset(ids), frozenset(urls), frozenset(places), documents, nameless)

    def blocks(
        self,
        id: Optional[object] = None,
        url: Optional[str] = None,
        *,
        source: Optional[str] = None,
        line: Optional[int] = None,
    ) -> Optional[str]:
        """By what a document is blocked, "id", "url" or "place"; None if it is not.

        id: as in the document's metadata; a number counts as its digits. source, line: its file, named as in the report,
        and the line from 1.
        """
        if id is not None and str(id) in self.ids:
            return "id"
        if url is not None and url in self.urls:
            return "url"
        if source is not None and (source, line or 0) in self.places:
            return "place"
        return None


def _lines(reports: Sequence[PathLike]) -> Iterable[Tuple[str, int, dict]]:
    """(name, line number, document) of every line."""
    for report in reports:
        path = os.fspath(report)
        if os.path.isdir(path):
            path = os.path.join(path, "contaminated-docs.jsonl")
        try:
            with open(path, encoding="utf-8") as file:
                for number, line in enumerate(file, 1):
                    document = json.loads(line)
                    if not isinstance(document, dict):
                        raise ValueError("not an object")
                    yield path, number, document
        except FileNotFoundError:
            raise NotFoundError(f"there is no {path}", "ngidx contam --report DIR writes it") from None
        except ValueError as error:
            raise InputError(f"{path}: not JSON lines: {error}") from None


def main(arguments: Optional[List[str]] = None) -> int:
    """The program; returns its exit status: 0, 1 for an empty list, 2 after an error."""
    parser = argparse.ArgumentParser(prog="python3 -m ngidx.contrib.blocklist", description=__doc__.split("\n")[0])
    parser.add_argument("report", nargs="+", help="contaminated-docs.jsonl, or the folder of a report")
    parser.add_argument("--class", dest="classes", action="append", choices=CLASSES, help="default: both")
    parser.add_argument("--benchmark", dest="benchmarks", action="append", help="only documents with text of it")
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--ids", action="store_true", help="only ids")
    kinds.add_argument("--urls", action="store_true", help="only URLs")
    given = parser.parse_args(arguments)
    try:
        found = Blocklist.read(given.report, classes=given.classes or CLASSES, benchmarks=given.benchmarks)
    except NgidxError as error:
        print(f"blocklist: {error}", file=sys.stderr)
        return 2
    names = [] if given.urls else sorted(found.ids)
    names += [] if given.ids else sorted(found.urls)
    broken = [name for name in names if "\n" in name]
    for name in names:
        if name not in broken:
            print(name)
    if found.nameless:
        print(f"blocklist: {found.nameless} of {found.documents} documents have neither id nor URL", file=sys.stderr)
    if broken:
        print(f"blocklist: {len(broken)} names with a line end are left out", file=sys.stderr)
        return 2
    return 0 if names else 1


if __name__ == "__main__":
    sys.exit(main())
