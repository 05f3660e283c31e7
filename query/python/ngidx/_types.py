"""What calls return: plain dataclasses, the same for an open index and for a server.

Positions named `offset`, `length` and `..._byte` count bytes of UTF-8. Those named `begin`, `end` and `..._char`, and
`characters`, count Unicode code points, which is what Python's str counts. `char_offset` and `byte_offset` convert.
"""

from __future__ import annotations

import decimal
import json
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Tuple, Union

from ._errors import UsageError

Text = Union[str, bytes]


def _integer(digits: str) -> Union[int, decimal.Decimal]:
    try:
        return int(digits)
    except ValueError:
        return decimal.Decimal(digits)


def plain(value: Any) -> Any:
    """What JSON has for a number or an array of NumPy."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is nothing that JSON has")


def read_json(text: Union[str, bytes]) -> Any:
    """JSON of documents, which hold what they like. An integer of more digits than Python reads is a Decimal.

    >>> read_json(b'{"n": 12}')
    {'n': 12}
    """
    try:
        return json.loads(text)
    except ValueError:  # or no JSON, which is found out again
        return json.loads(text, parse_int=_integer)


def char_offset(text: Text, byte_offset: int) -> int:
    """How many characters of a text end at or before a byte offset.

    text: a str, or its UTF-8 bytes. byte_offset: 0 to the text's length in bytes.

    >>> char_offset("€ 5", 4)
    2
    """
    data = text.encode() if isinstance(text, str) else bytes(text)
    if not 0 <= byte_offset <= len(data):
        raise UsageError(f"byte {byte_offset} is not within a text of {len(data)} bytes")
    return len(data[:byte_offset].decode(errors="ignore"))


def byte_offset(text: Text, char_offset: int) -> int:
    """At which byte of a text a character starts; the reverse of `char_offset`.

    >>> byte_offset("€ 5", 2)
    4
    """
    string = text if isinstance(text, str) else text.decode(errors="replace")
    if not 0 <= char_offset <= len(string):
        raise UsageError(f"character {char_offset} is not within a text of {len(string)} characters")
    return len(string[:char_offset].encode())


@dataclass
class IndexInfo:
    """What one index holds. Sizes are in bytes."""

    name: str
    id: str  # of 32 hexadecimal digits; equal for equal shards and equal removed documents
    documents: int
    text_bytes: int  # of all documents
    index_bytes: int  # size of all files
    shards: int
    views: List[str]  # "exact", "folded"
    format: int  # version of the format on disk
    document_end: int  # numbers of documents are below it; those of removed documents stay free


@dataclass
class Interval:
    """The ranks [begin, end) of one shard whose suffixes start with a phrase; end - begin is their number."""

    index: str
    shard: int
    begin: int
    end: int

    def __len__(self) -> int:
        return self.end - self.begin


@dataclass
class Hit:
    """One occurrence of a phrase, with the text around it."""

    index: str  # name of the index
    shard: int
    rank: int  # row in the shard
    position: int  # byte position in the shard's text
    doc: int  # number of the document in its index, from 0
    offset: int  # of the occurrence in the document, in bytes
    length: int  # of the occurrence, in bytes
    snippet: str
    snippet_offset: int  # of the snippet in the document, in bytes
    metadata: Dict[str, Any]  # the document's record without its text; integers of over 4,300 digits are Decimals
    path: str  # the corpus file
    line: int  # of the record in that file, from 1; 0 if the whole file is one document
    text: str = "original"  # what offset, length and snippet refer to: "original" or "folded" text
    id: Union[None, str, int, float] = None  # of the document, from its metadata
    url: Optional[str] = None

    def span(self) -> Tuple[int, int]:
        """Where the occurrence is in `snippet`: characters [begin, end). A cut character counts whole.

        >>> hit = Hit("x", 0, 0, 0, 0, offset=4, length=2, snippet="€ be", snippet_offset=0, metadata={}, path="", line=0)
        >>> hit.span(), hit.match
        ((2, 4), 'be')
        """
        data = self.snippet.encode()
        begin = min(max(self.offset - self.snippet_offset, 0), len(data))
        end = min(begin + self.length, len(data))
        while 0 < begin < len(data) and data[begin] & 0xC0 == 0x80:
            begin -= 1
        while end < len(data) and data[end] & 0xC0 == 0x80:
            end += 1
        first = len(data[:begin].decode(errors="replace"))
        return first, first + len(data[begin:end].decode(errors="replace"))

    @property
    def match(self) -> str:
        """The text of the occurrence, as it stands in the document."""
        begin, end = self.span()
        return self.snippet[begin:end]


@dataclass
class Document:
    """One document."""

    index: str  # name of the index
    doc: int  # number in its index, from 0
    text: str
    metadata: Dict[str, Any]  # the record without its text
    path: str  # the corpus file
    line: int  # of the record in that file, from 1; 0 if the whole file is one document
    id: Union[None, str, int, float] = None  # from the metadata
    url: Optional[str] = None

    @property
    def length(self) -> int:
        """Length of the text in bytes."""
        return len(self.text.encode())


@dataclass
class DocumentCount:
    """How many documents hold a phrase."""

    hits: int  # occurrences of the phrase
    documents: int  # that hold at least one; an estimate unless exact
    exact: bool
    low: int  # 95 % confidence interval of an estimate; else both are documents
    high: int
    sampled: int  # occurrences that the estimate comes from; 0 if exact


@dataclass
class Continuation:
    """A string that follows a phrase, or precedes it."""

    text: str
    data: bytes  # the same; text has U+FFFD for what is not UTF-8
    count: int  # how often it follows the phrase
    share: float  # of all occurrences of the phrase
    at_end: bool  # the document ends there (or starts, before the phrase), and it has fewer words
    shortened: bool  # it is longer than 256 bytes; count is of all that go on like that


@dataclass
class Continuations:
    """What follows a phrase most often."""

    continuations: List[Continuation]  # the most frequent first
    hits: int  # occurrences of the phrase
    shown: int  # the sum of the counts of the continuations; the rest goes on otherwise
    complete: bool  # False: the search ended early, and frequent continuations may be missing


@dataclass
class Span:
    """A piece [begin, end) of a text that was given."""

    begin: int  # in characters
    end: int
    begin_byte: int
    end_byte: int
    text: int = 0  # number of the entry's text, from 0


@dataclass
class Match(Span):
    """A piece that occurs."""

    count: int = 0  # occurrences in all indexes


@dataclass
class Evidence:
    """A document that holds a piece of a text that was given."""

    index: str  # name of the index
    doc: int
    offset: int  # of the piece in the document, in bytes
    length: int  # of the piece there, in bytes
    piece: Span  # the piece in the text that was given
    snippet: str
    snippet_offset: int  # of the snippet in the document, in bytes
    metadata: Dict[str, Any]
    path: str
    line: int
    answer_near: Optional[bool] = None  # whether the entry's answer stands near the piece; None: not looked for, or too
    together: Optional[bool] = None  # short to tell; or anywhere in the document


@dataclass
class Verdict:
    """What was found out about one entry of a benchmark. The words are those of the reports of `ngidx contam`.

    class_: "clean", "suspicious" or "dirty"; "common" if the entry overlaps only with common text, "short" if it is too
    short to judge, "skipped" if it is blank. Clean means that no overlap was found at these settings.
    """

    number: int  # of the entry, from 0
    class_: str
    eta: float  # share of the entry's windows that occur
    coverage: float  # share of the text that found windows cover
    windows: int
    found: int  # windows that occur
    common: int  # found windows that are common text
    document_coverage: Optional[float]  # by a single document at most; None if it could not change the class
    short: bool  # no window fits: the texts were searched whole
    unspaced: bool  # preset paper: the text has no spaces, the class says little
    characters: int
    covered_characters: int
    spans: List[Span]  # what found windows cover, in order
    longest_match: Optional[Match]
    rarest_window: Optional[Match]
    hits_seen: int
    documents_seen: int
    evidence: List[Evidence]
    answer_near: Optional[bool] = None  # in any of the evidence
    together: Optional[bool] = None
    texts: List[str] = field(default_factory=list, repr=False)  # as they were checked; spans refer to these

    @property
    def is_dirty(self) -> bool:
        return self.class_ == "dirty"

    def pieces(self) -> List[str]:
        """The text of each span."""
        return [self.texts[span.text][span.begin : span.end] for span in self.spans]


@dataclass
class TraceSpan(Match):
    """A maximal piece: it occurs, and no longer piece around it does."""

    hits_seen: int = 0
    documents_seen: int = 0
    evidence: List[Evidence] = field(default_factory=list)


@dataclass
class TraceDocument:
    """A document that holds pieces of a traced text."""

    characters: int  # of the text, in pieces that the document holds
    spans: List[int]  # numbers of these pieces
    evidence: Evidence  # where the longest of them is


@dataclass
class Trace:
    """The pieces of a text that occur, in order; they may overlap."""

    spans: List[TraceSpan]
    characters: int  # of the text
    covered_characters: int  # of them, those in any span
    documents: List[TraceDocument] = field(default_factory=list)  # the ones that share most with the text come first
    documents_seen: int = 0  # that hold a piece, if documents were asked for
    unlocated: int = 0  # occurrences of frequent pieces that the order of documents does not know of


@dataclass
class ComparedIndex:
    """One of two indexes, seen from the other."""

    name: str
    documents: int
    text_bytes: int
    shared_documents: int  # whose whole text is that of a document of the other index, empty ones included
    shared_bytes: int  # and their text
    windows: int  # that were drawn from its text
    found: int  # of them in the other index
    share: float  # found / windows; 0 without windows
    low: float  # 95 % confidence interval of the share of its text; 0 to 1 without windows
    high: float


@dataclass
class Place:
    """Where a text stands."""

    doc: int  # number of the document in its index, from 0
    offset: int  # in the document, in bytes


@dataclass
class SharedPassage:
    """A passage that occurs in both indexes, and no longer one around it does."""

    text: str
    characters: int
    cut: bool  # it goes on beyond the 64 KiB on either side of a window that were looked at
    a: Place  # in one document of either index that holds it
    b: Place


@dataclass
class Comparison:
    """What two indexes have in common."""

    a: ComparedIndex
    b: ComparedIndex
    passages: List[SharedPassage]  # the longest first
    tried: int  # windows from which a passage was looked for
    chars: int  # characters of a window
    seed: int
