"""The engine of Infini-gram mini, by its methods and results (Xu et al., 2025): change the import, keep the program."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Tuple, Union

from ._client import Client
from ._errors import UsageError
from ._index import Index
from ._types import Hit, Interval


class InfiniGramMiniEngine:
    """Answers as the class of that name in Infini-gram mini does, from indexes that ngidx built.

    index_dirs: folders of indexes, or URLs of served ones, such as "http://127.0.0.1:8642/corpus". Their shards are
    numbered through, in order. load_to_ram: read the indexes into memory. get_metadata: fill "metadata".

    Lengths count bytes, and no character of a snippet is cut. Mistakes raise NgidxError.

    >>> engine = InfiniGramMiniEngine(index_dirs=["example.ngidx"], load_to_ram=False, get_metadata=True)
    >>> engine.count("to be")
    {'count': 2}
    >>> found = engine.find("not to be")
    >>> found["cnt"]
    1
    >>> (low, high), = found["segment_by_shard"]
    >>> engine.get_doc_by_rank(s=0, rank=low, needle_len=len("not to be"), max_ctx_len=3)["text"]
    'or not to be'
    """

    def __init__(self, index_dirs: Union[str, List[str]], load_to_ram: bool = False, get_metadata: bool = True):
        given = [index_dirs] if isinstance(index_dirs, str) else list(index_dirs)
        if not given:
            raise UsageError("index_dirs is empty")
        self.get_metadata = get_metadata
        self._engines: List[Union[Index, Client]] = []
        for path in given:
            if path.startswith(("http://", "https://")):
                url, _, name = path.rstrip("/").rpartition("/")
                self._engines.append(Client(url, name))
            else:
                self._engines.append(Index(path, load=load_to_ram))
        # For each shard: its engine, its number there, the number of its engine's first document.
        self._shards: List[Tuple[Union[Index, Client], int, int]] = []
        documents = 0
        for engine in self._engines:
            info = engine.indexes()[0]
            self._shards += [(engine, shard, documents) for shard in range(info.shards)]
            documents += info.documents

    def count(self, query: str) -> Dict[str, int]:
        """{'count': occurrences of query}"""
        return {"count": sum(engine.count(query) for engine in self._engines)}

    def find(self, query: str) -> Dict[str, Any]:
        """{'cnt': occurrences, 'segment_by_shard': [(first rank, rank behind the last), ...]}"""
        intervals: List[Interval] = []
        for engine in self._engines:
            intervals += engine.find(query)
        segments = [(interval.begin, interval.end) for interval in intervals]
        return {"cnt": sum(map(len, intervals)), "segment_by_shard": segments}

    def get_doc_by_rank(self, s: int, rank: int, needle_len: int, max_ctx_len: int) -> Dict[str, Any]:
        """The document at a rank of shard s, with max_ctx_len bytes of text on either side of needle_len bytes.

        Members: doc_ix, doc_len, disp_len, needle_offset, metadata (a JSON string with path, linenum, metadata), text.
        """
        if not 0 <= s < len(self._shards):
            raise UsageError(f"no shard {s}: there are {len(self._shards)}")
        engine, shard, first_document = self._shards[s]
        if isinstance(engine, Client):
            answer = engine._peer("get_doc_by_rank", "x" * needle_len, s=shard, rank=rank, max_ctx_len=max_ctx_len)
            fields = ("doc_ix", "doc_len", "disp_len", "needle_offset", "metadata", "text")
            result = {field: answer[field] for field in fields}
            result["doc_ix"] += first_document
            result["metadata"] = result["metadata"] if self.get_metadata else ""
            return result
        hit = engine.hit_at(shard, rank, length=needle_len, context=max_ctx_len)
        return {
            "doc_ix": first_document + hit.doc,
            "doc_len": engine.document_length(hit.doc),
            "disp_len": len(hit.snippet.encode()),
            "needle_offset": hit.offset - hit.snippet_offset,
            "metadata": _metadata(hit) if self.get_metadata else "",
            "text": hit.snippet,
        }


def _metadata(hit: Hit) -> str:
    """linenum counts from 0 there."""
    members = {"path": hit.path, "linenum": max(hit.line - 1, 0), "metadata": hit.metadata}
    return json.dumps(members, ensure_ascii=False, default=str)
