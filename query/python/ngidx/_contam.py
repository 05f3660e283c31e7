"""Contamination and tracing: from Python's objects to the structs of ngidx_contam.h, and back."""

from __future__ import annotations

import ctypes
from ctypes import byref
from typing import Any, Callable, Dict, Iterable, List, Optional, Sequence, Tuple, Union

from . import _library as c
from ._calls import snippet_of, source_of, stoppable
from ._entries import Entry, read_entries
from ._errors import UsageError, from_err
from ._sizes import MOST, MOST_THREADS, whole
from ._types import Evidence, Match, Span, Trace, TraceDocument, TraceSpan, Verdict

_lib = c.library
_ENTRIES_AT_ONCE = 2000
_SETTINGS = ("chars", "stride", "suspicious", "dirty", "benchmark_guard", "corpus_guard", "minimum_units")
_SHARES = ("suspicious", "dirty")
_INNER = ("evidence_limit", "context_bytes", "threads")
_ANSWERS = (None, False, True, None)


def _options(handles: "ctypes.Array[ctypes.c_void_p]", preset: Optional[str], settings: Dict[str, Any]) -> c.ContamOptions:
    options, number = c.ContamOptions(), ctypes.c_int()
    if preset is None:
        number.value = _lib.ng_contam_preset_default(handles, len(handles))
    elif not _lib.ng_contam_preset_find(preset.encode(), byref(number)):
        raise UsageError(f"there is no preset '{preset}'", "presets are folded and paper")
    _lib.ng_contam_options_init(byref(options))
    _lib.ng_contam_options_set_preset(byref(options), number)
    for name, value in settings.items():
        if name not in _SETTINGS + _INNER:
            raise UsageError(f"there is no setting '{name}'", f"settings are {', '.join(_SETTINGS)}")
        if name not in _SHARES:
            value = whole(name, value, MOST_THREADS if name == "threads" else MOST)
        setattr(options, name, value)
    return options


def _entries(entries: Sequence[Entry]) -> Tuple["ctypes.Array[c.ContamEntry]", List[Any]]:
    """The array of structs, and what must live as long."""
    table = (c.ContamEntry * len(entries))()
    alive: List[Any] = []
    for slot, entry in zip(table, entries):
        texts = (c.Bytes * len(entry.texts))()
        for text, given in zip(texts, entry.texts):
            data = given.encode(errors="replace")
            text.data, text.length_bytes = data, len(data)
        answer = entry.answer.encode(errors="replace")
        slot.texts, slot.text_count = texts, len(texts)
        slot.answer.data, slot.answer.length_bytes = answer, len(answer)
        alive += [texts, answer]
    return table, alive


def check_entries(
    names: List[str],
    handles: List[ctypes.c_void_p],
    entries: Iterable[Any],
    preset: Optional[str],
    fields: Union[None, str, Sequence[str]],
    answer_field: Optional[str],
    progress: Optional[Callable[[int], object]],
    settings: Dict[str, Any],
) -> List[Verdict]:
    array = (ctypes.c_void_p * len(handles))(*handles)
    options = _options(array, preset, settings)
    given = read_entries(entries, fields, answer_field)
    contam, err = ctypes.c_void_p(), c.Err()
    if _lib.ng_contam_open(byref(contam), array, len(handles), byref(options), byref(err)):
        raise from_err(err)
    verdicts: List[Verdict] = []
    groups = range(0, len(given), _ENTRIES_AT_ONCE)
    try:
        # The whole benchmark first: what stands in many of its entries is common text.
        for first in groups:
            table, _alive = _entries(given[first : first + _ENTRIES_AT_ONCE])
            if _lib.ng_contam_prepare(contam, table, len(table), byref(err)):
                raise from_err(err)
        for first in groups:
            table, _alive = _entries(given[first : first + _ENTRIES_AT_ONCE])
            results = (c.ContamResult * len(table))()
            if _lib.ng_contam_check(contam, table, len(table), results, byref(err)):
                raise from_err(err)
            try:
                for i, result in enumerate(results):
                    verdicts.append(_verdict(first + i, names, given[first + i], result))
            finally:
                _lib.ng_contam_results_free(results, len(table))
            if progress:
                progress(len(verdicts))
    finally:
        _lib.ng_contam_close(contam)
    return verdicts


def _span(span: c.ContamSpan) -> Dict[str, int]:
    return {
        "begin": span.begin_char,
        "end": span.end_char,
        "begin_byte": span.begin,
        "end_byte": span.end,
        "text": span.text,
    }


def _match(match: c.ContamMatch) -> Optional[Match]:
    return Match(**_span(match.span), count=match.count) if match.count else None


def _evidence(names: List[str], evidence: c.ContamEvidence) -> Evidence:
    return Evidence(
        index=names[evidence.index],
        doc=evidence.doc,
        offset=evidence.offset,
        length=evidence.length_bytes,
        piece=Span(**_span(evidence.span)),
        snippet=snippet_of(evidence.snippet),
        snippet_offset=evidence.snippet.offset,
        answer_near=_ANSWERS[evidence.answer],
        together=_ANSWERS[evidence.together],
        **source_of(evidence.source),
    )


def _verdict(number: int, names: List[str], entry: Entry, result: c.ContamResult) -> Verdict:
    return Verdict(
        number=number,
        class_=_lib.ng_contam_class_name(result.verdict).decode(),
        eta=result.eta,
        coverage=result.coverage,
        windows=result.windows,
        found=result.found,
        common=result.common,
        document_coverage=None if result.document_coverage < 0 else result.document_coverage,
        short=result.is_short,
        unspaced=result.is_unspaced,
        characters=result.characters,
        covered_characters=result.covered_characters,
        spans=[Span(**_span(result.spans[i])) for i in range(result.span_count)],
        longest_match=_match(result.longest),
        rarest_window=_match(result.rarest),
        hits_seen=result.hits_seen,
        documents_seen=result.documents_seen,
        evidence=[_evidence(names, result.evidence[i]) for i in range(result.evidence_count)],
        answer_near=_ANSWERS[result.answer],
        together=_ANSWERS[result.together],
        texts=entry.texts,
    )


def trace_text(
    names: List[str], views: Sequence[ctypes.c_void_p], text: bytes, evidence: int, context: int, settings: Dict[str, Any]
) -> Trace:
    options, trace, err = c.TraceOptions(), c.Trace(), c.Err()
    for name in ("min_chars", "min_count", "max_count"):
        if settings[name] is not None and settings[name] < 1:
            raise UsageError(f"{name} must be at least 1")
    _lib.ng_trace_options_init(byref(options))
    for name in ("min_chars", "min_count"):
        setattr(options, name, whole(name, settings[name]))
    options.max_count = whole("max_count", settings["max_count"] or 0)
    options.whole_words = bool(settings["whole_words"])
    options.document_limit = whole("documents", settings["documents"])
    options.evidence_limit, options.context_bytes = whole("evidence", evidence), whole("context", context)
    given = c.Bytes(text, len(text))
    if stoppable(lambda bound: _lib.ng_trace_view(byref(trace), bound, len(views), given, byref(options), byref(err)), views):
        raise from_err(err)
    try:
        spans = []
        for i in range(trace.span_count):
            one = trace.spans[i]
            spans.append(
                TraceSpan(
                    **_span(one.span),
                    count=one.count,
                    hits_seen=one.hits_seen,
                    documents_seen=one.documents_seen,
                    evidence=[_evidence(names, one.evidence[k]) for k in range(one.evidence_count)],
                )
            )
        documents = [
            TraceDocument(one.characters, one.spans[: one.span_count], _evidence(names, one.evidence))
            for one in trace.documents[: trace.document_count]
        ]
        sums = (trace.characters, trace.covered_characters)
        return Trace(spans, *sums, documents, trace.documents_seen, trace.unlocated)
    finally:
        _lib.ng_trace_free(byref(trace))
