"""Filters for datatrove (https://github.com/huggingface/datatrove), whose BaseFilter they extend.

    from ngidx.contrib.datatrove import BenchmarkFilter, BlocklistFilter
    LocalPipelineExecutor(pipeline=[
        JsonlReader("corpus/"),
        BenchmarkFilter("benchmarks.ngidx", exclusion_writer=JsonlWriter("removed/")),
        JsonlWriter("clean/"),
    ])

BenchmarkFilter asks, of each document, what of it is in an index of benchmarks:
`ngidx build gsm8k.jsonl mmlu.jsonl --text-field question -o benchmarks.ngidx --view exact,folded`. BlocklistFilter leaves out the
documents that a report of `ngidx contam` lists.
"""

from __future__ import annotations

import os
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

from datatrove.data import Document
from datatrove.pipeline.filters.base_filter import BaseFilter

from .. import _index
from .._errors import UsageError
from .blocklist import Blocklist

PathLike = Union[str, "os.PathLike[str]"]
Result = Union[bool, Tuple[bool, str]]


class BenchmarkFilter(BaseFilter):
    """Removes documents that hold text of benchmarks.

    index: the path of an index of the benchmarks, or several. min_chars: a piece of at least so many characters counts;
    in the folded view those are letters, marks and numbers. min_share: the pieces must also be this share of the
    document's characters; 0 means that one piece is enough. view: "exact" or "folded"; by default folded if every index
    has it, so that case, spacing and punctuation do not matter.

    A document that is removed gets `ngidx_overlap` in its metadata: the longest piece, and where the benchmark has it. The
    reason is the name of the index.

    The index is opened by each worker, when it needs it. Errors: those of ngidx.open and Index.trace; NgidxError.
    """

    name = "ngidx benchmarks"

    def __init__(
        self,
        index: Union[PathLike, Sequence[PathLike]],
        *,
        min_chars: int = 50,
        min_share: float = 0.0,
        view: Optional[str] = None,
        exclusion_writer: Any = None,
    ):
        super().__init__(exclusion_writer)
        if min_chars < 1 or not 0.0 <= min_share <= 1.0:
            raise UsageError("min_chars must be at least 1, min_share from 0 to 1")
        self.index: List[PathLike] = [index] if isinstance(index, (str, os.PathLike)) else list(index)
        self.min_chars, self.min_share, self.view = min_chars, min_share, view
        self._opened: Optional[_index.Index] = None

    def __getstate__(self) -> Dict[str, Any]:
        """What goes to a worker: all but the open index."""
        return {**self.__dict__, "_opened": None}

    def _open(self) -> _index.Index:
        if self._opened is None:
            self._opened = _index.Index(self.index)
            if self.view is None:
                folded = all("folded" in info.views for info in self._opened.indexes())
                self.view = "folded" if folded else "exact"
        return self._opened

    def filter(self, doc: Document) -> Result:
        """Whether a document stays, or (False, reason)."""
        index = self._open()
        trace = index.trace(doc.text, min_chars=self.min_chars, evidence=1, context=0, view=self.view)
        if not trace.spans or trace.covered_characters < self.min_share * trace.characters:
            return True
        longest = max(trace.spans, key=lambda span: span.end - span.begin)
        evidence = longest.evidence[0] if longest.evidence else None
        doc.metadata["ngidx_overlap"] = {
            "text": doc.text[longest.begin : longest.end],
            "begin": longest.begin,
            "end": longest.end,
            "covered_characters": trace.covered_characters,
            "source": {"path": evidence.path, "line": evidence.line} if evidence else None,
        }
        return False, evidence.index if evidence else "overlap"


class BlocklistFilter(BaseFilter):
    """Removes the documents of a blocklist, by their id, or by metadata["url"].

    blocklist: a Blocklist, or what Blocklist.read takes. url_field: where the URL is in the metadata; None: do not compare
    URLs. Documents without an id in the corpus are known by the one that datatrove's readers give them, FILE/LINE with
    lines from 0, if the report names files as the reader does.

    The reason is "ngidx_id", "ngidx_url" or "ngidx_place".
    """

    name = "ngidx blocklist"

    def __init__(
        self,
        blocklist: Union[Blocklist, PathLike, Sequence[PathLike]],
        *,
        url_field: Optional[str] = "url",
        exclusion_writer: Any = None,
    ):
        super().__init__(exclusion_writer)
        self.blocklist = blocklist if isinstance(blocklist, Blocklist) else Blocklist.read(blocklist)
        self.url_field = url_field

    def filter(self, doc: Document) -> Result:
        """Whether a document stays, or (False, reason)."""
        url = doc.metadata.get(self.url_field) if self.url_field else None
        source, slash, line = str(doc.id).rpartition("/")
        place = {"source": source, "line": int(line) + 1} if slash and line.isdecimal() and line.isascii() else {}
        found = self.blocklist.blocks(doc.id, url, **place)
        return (False, f"ngidx_{found}") if found else True
