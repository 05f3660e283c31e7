"""libngidx as ctypes sees it: where the library is, its structs, its functions.

Structs and signatures are those of ngidx.h, ngidx_contam.h and ngidx_compare.h; tests/python/test_layout.py compares them with what a C
compiler makes of the headers. ctypes releases the GIL for the time of each call.
"""

from __future__ import annotations

import ctypes
import os
import pathlib
from ctypes import CFUNCTYPE, POINTER, Structure, c_bool, c_char, c_char_p, c_double, c_int, c_size_t, c_uint32, c_uint64
from ctypes import c_uint, c_void_p

PROGRAMS = pathlib.Path(__file__).parent / "_programs"


def _path() -> str:
    """The library of this package, if it is a wheel; else $NGIDX_LIBRARY; else the system's."""
    own = PROGRAMS / "libngidx.so.0"
    return os.environ.get("NGIDX_LIBRARY") or (str(own) if own.exists() else "libngidx.so.0")


# ---- ngidx_base.h ----


class Err(Structure):
    _fields_ = [("status", c_int), ("text", c_char * 1024), ("hint", c_char * 512)]


class Bytes(Structure):
    # c_char_p takes a bytes object without copying it, and keeps it alive.
    _fields_ = [("data", c_char_p), ("length_bytes", c_uint64)]


Asked = CFUNCTYPE(c_bool, c_void_p)


class Cancel(Structure):
    _fields_ = [("asked", Asked), ("context", c_void_p)]


# ---- ngidx.h ----

ID_CHARS = 33


class IndexInfo(Structure):
    _fields_ = [
        ("format_version", c_uint32),
        ("text_bytes", c_uint64),
        ("documents", c_uint64),
        ("shards", c_uint64),
        ("index_bytes", c_uint64),
        ("exact", c_bool),
        ("folded", c_bool),
        ("folded_text_bytes", c_uint64),
        ("folded_bytes", c_uint64),
        ("fold_version", c_uint32),
        ("fold_unicode", c_char_p),
        ("fold_unicode_differs", c_bool),
        ("document_end", c_uint64),
        ("removed_text_bytes", c_uint64),
    ]


class Interval(Structure):
    _fields_ = [("begin", c_uint64), ("end", c_uint64)]


class Hit(Structure):
    _fields_ = [
        ("shard", c_uint64),
        ("rank", c_uint64),
        ("position", c_uint64),
        ("doc", c_uint64),
        ("offset", c_uint64),
    ]


class Snippet(Structure):
    _fields_ = [("text", c_void_p), ("length_bytes", c_uint64), ("offset", c_uint64)]


class TextPlace(Structure):
    _fields_ = [("original", c_bool), ("offset", c_uint64), ("length_bytes", c_uint64)]


class DocSource(Structure):
    _fields_ = [("path", c_char_p), ("line", c_uint64), ("metadata", c_void_p), ("metadata_bytes", c_uint64)]


class Token(Structure):
    # As Bytes, but what is at the address is read, not given.
    _fields_ = [("data", c_void_p), ("length_bytes", c_uint64)]


class DocNames(Structure):
    _fields_ = [("id", Token), ("url", Token)]


class DocumentsOptions(Structure):
    _fields_ = [("first_doc", c_uint64), ("end_doc", c_uint64), ("memory_bytes", c_uint64), ("threads", c_uint)]


class DocumentsPiece(Structure):
    _fields_ = [
        ("doc", c_uint64),
        ("offset", c_uint64),
        ("text", c_void_p),
        ("length_bytes", c_uint64),
        ("last", c_bool),
        ("source", DocSource),
    ]


class DocsOptions(Structure):
    _fields_ = [("most_hits", c_uint64), ("seed", c_uint64), ("most_draws", c_uint64), ("threads", c_uint)]


class DocsCount(Structure):
    _fields_ = [
        ("hits", c_uint64),
        ("documents", c_uint64),
        ("exact", c_bool),
        ("low", c_uint64),
        ("high", c_uint64),
        ("sampled", c_uint64),
    ]


class NextOptions(Structure):
    _fields_ = [
        ("most", c_size_t),
        ("unit", c_int),
        ("length", c_uint64),
        ("before", c_bool),
        ("most_steps", c_uint64),
        ("threads", c_uint),
    ]


class Continuation(Structure):
    _fields_ = [
        ("text", c_void_p),
        ("length_bytes", c_uint64),
        ("count", c_uint64),
        ("at_end", c_bool),
        ("shortened", c_bool),
    ]


class Next(Structure):
    _fields_ = [
        ("continuations", POINTER(Continuation)),
        ("count", c_size_t),
        ("hits", c_uint64),
        ("shown", c_uint64),
        ("complete", c_bool),
    ]


# ---- ngidx_contam.h ----


class ContamOptions(Structure):
    _fields_ = [
        ("preset", c_int),
        ("chars", c_uint64),
        ("stride", c_uint64),
        ("suspicious", c_double),
        ("dirty", c_double),
        ("benchmark_guard", c_uint64),
        ("corpus_guard", c_uint64),
        ("minimum_units", c_uint64),
        ("more_chars", POINTER(c_uint64)),
        ("more_count", c_size_t),
        ("evidence_limit", c_uint64),
        ("context_bytes", c_uint64),
        ("answer_chars", c_uint64),
        ("shown_bytes", c_uint64),
        ("threads", c_uint),
        ("naive", c_bool),
    ]


class ContamEntry(Structure):
    _fields_ = [("texts", POINTER(Bytes)), ("text_count", c_size_t), ("answer", Bytes), ("shares", c_void_p), ("share_count", c_size_t)]


class ContamSpan(Structure):
    _fields_ = [
        ("text", c_uint64),
        ("begin", c_uint64),
        ("end", c_uint64),
        ("begin_char", c_uint64),
        ("end_char", c_uint64),
    ]


class ContamMatch(Structure):
    _fields_ = [("span", ContamSpan), ("count", c_uint64)]


class ContamEvidence(Structure):
    _fields_ = [
        ("index", c_size_t),
        ("doc", c_uint64),
        ("offset", c_uint64),
        ("length_bytes", c_uint64),
        ("span", ContamSpan),
        ("snippet", Snippet),
        ("source", DocSource),
        ("answer", c_int),
        ("together", c_int),
    ]


class ContamLength(Structure):
    _fields_ = [("chars", c_uint64), ("windows", c_uint64), ("found", c_uint64)]


class ContamResult(Structure):
    _fields_ = [
        ("verdict", c_int),
        ("is_short", c_bool),
        ("is_unspaced", c_bool),
        ("units", c_uint64),
        ("windows", c_uint64),
        ("found", c_uint64),
        ("common", c_uint64),
        ("eta", c_double),
        ("coverage", c_double),
        ("document_coverage", c_double),
        ("index_found", POINTER(c_uint64)),
        ("index_class", POINTER(c_int)),
        ("lengths", POINTER(ContamLength)),
        ("characters", c_uint64),
        ("covered_characters", c_uint64),
        ("spans", POINTER(ContamSpan)),
        ("span_count", c_size_t),
        ("longest", ContamMatch),
        ("rarest", ContamMatch),
        ("evidence", POINTER(ContamEvidence)),
        ("evidence_count", c_size_t),
        ("hits_seen", c_uint64),
        ("documents_seen", c_uint64),
        ("answer", c_int),
        ("together", c_int),
    ]


class TraceOptions(Structure):
    _fields_ = [
        ("min_chars", c_uint64),
        ("min_count", c_uint64),
        ("max_count", c_uint64),
        ("whole_words", c_bool),
        ("evidence_limit", c_uint64),
        ("context_bytes", c_uint64),
        ("document_limit", c_uint64),
        ("shown_bytes", c_uint64),
    ]


class TraceDocument(Structure):
    _fields_ = [
        ("characters", c_uint64),
        ("spans", POINTER(c_size_t)),
        ("span_count", c_size_t),
        ("longest", c_size_t),
        ("evidence", ContamEvidence),
    ]


class TraceSpan(Structure):
    _fields_ = [
        ("span", ContamSpan),
        ("count", c_uint64),
        ("evidence", POINTER(ContamEvidence)),
        ("evidence_count", c_size_t),
        ("hits_seen", c_uint64),
        ("documents_seen", c_uint64),
    ]


class Trace(Structure):
    _fields_ = [
        ("spans", POINTER(TraceSpan)),
        ("span_count", c_size_t),
        ("characters", c_uint64),
        ("covered_characters", c_uint64),
        ("lf_steps", c_uint64),
        ("documents", POINTER(TraceDocument)),
        ("document_count", c_size_t),
        ("documents_seen", c_uint64),
        ("unlocated", c_uint64),
    ]


# ---- ngidx_compare.h ----


class CompareOptions(Structure):
    _fields_ = [
        ("windows", c_uint64),
        ("chars", c_uint64),
        ("passages", c_uint64),
        ("seed", c_uint64),
        ("memory_bytes", c_uint64),
        ("threads", c_uint),
        ("progress", c_void_p),
        ("progress_context", c_void_p),
    ]


class CompareShare(Structure):
    _fields_ = [
        ("windows", c_uint64),
        ("found", c_uint64),
        ("share", c_double),
        ("low", c_double),
        ("high", c_double),
    ]


class CompareSide(Structure):
    _fields_ = [
        ("documents", c_uint64),
        ("text_bytes", c_uint64),
        ("shared_documents", c_uint64),
        ("shared_bytes", c_uint64),
        ("drawn", CompareShare),
    ]


class ComparePassage(Structure):
    _fields_ = [
        ("text", c_void_p),
        ("length_bytes", c_uint64),
        ("characters", c_uint64),
        ("cut", c_bool),
        ("docs", c_uint64 * 2),
        ("offsets", c_uint64 * 2),
    ]


class Comparison(Structure):
    _fields_ = [
        ("sides", CompareSide * 2),
        ("passages", POINTER(ComparePassage)),
        ("passage_count", c_size_t),
        ("passage_side", c_size_t),
        ("tried", c_uint64),
    ]


# Python's class -> the struct's name in C.
STRUCTS = {
    Err: "ng_err",
    Bytes: "ng_bytes",
    IndexInfo: "ng_index_info",
    Interval: "ng_interval",
    Hit: "ng_hit",
    Snippet: "ng_snippet",
    TextPlace: "ng_text_place",
    DocSource: "ng_doc_source",
    Token: "ng_bytes",
    DocNames: "ng_doc_names",
    DocumentsOptions: "ng_documents_options",
    DocumentsPiece: "ng_documents_piece",
    DocsOptions: "ng_docs_options",
    DocsCount: "ng_docs_count",
    NextOptions: "ng_next_options",
    Continuation: "ng_continuation",
    Next: "ng_next",
    ContamOptions: "ng_contam_options",
    ContamEntry: "ng_contam_entry",
    ContamSpan: "ng_contam_span",
    ContamMatch: "ng_contam_match",
    ContamEvidence: "ng_contam_evidence",
    ContamLength: "ng_contam_length",
    ContamResult: "ng_contam_result",
    TraceOptions: "ng_trace_options",
    TraceDocument: "ng_trace_document",
    TraceSpan: "ng_trace_span",
    Trace: "ng_trace",
    CompareOptions: "ng_compare_options",
    CompareShare: "ng_compare_share",
    CompareSide: "ng_compare_side",
    ComparePassage: "ng_compare_passage",
    Comparison: "ng_comparison",
    Cancel: "ng_cancel",
}

_index, _err, _out = c_void_p, POINTER(Err), POINTER(c_void_p)

# Name -> result and arguments. Buffers of many items are passed by their address, c_void_p.
FUNCTIONS = {
    "ng_version": (c_char_p, []),
    "ng_index_open": (c_int, [_out, c_char_p, _err]),
    "ng_index_load": (c_int, [_out, c_char_p, _err]),
    "ng_index_bind": (c_int, [_out, _index, POINTER(Cancel), _err]),
    "ng_index_close": (None, [_index]),
    "ng_index_choose_view": (c_int, [_index, c_char_p, _out, _err]),
    "ng_index_text_view": (c_int, [_index]),
    "ng_index_phrases": (c_int, [_index, c_void_p, c_size_t, _out, _err]),
    "ng_phrases_free": (None, [c_void_p]),
    "ng_index_get_info": (None, [_index, POINTER(IndexInfo)]),
    "ng_index_get_id": (None, [_index, c_char * ID_CHARS]),
    "ng_index_status": (c_int, [_index, _err]),
    "ng_index_count": (c_int, [_index, Bytes, POINTER(c_uint64), _err]),
    "ng_index_count_batch": (c_int, [_index, c_void_p, c_size_t, c_void_p, _err]),
    "ng_index_find": (c_int, [_index, Bytes, POINTER(Interval), _err]),
    "ng_index_locate_row": (c_int, [_index, c_uint64, c_uint64, POINTER(Hit), _err]),
    "ng_index_doc_length": (c_int, [_index, c_uint64, POINTER(c_uint64), _err]),
    "ng_index_docs_with_id": (c_int, [_index, Bytes, c_void_p, c_size_t, POINTER(c_uint64), _err]),
    "ng_index_extract": (c_int, [_index, c_uint64, c_uint64, c_uint64, c_void_p, _err]),
    "ng_index_snippet": (c_int, [_index, POINTER(Hit), c_uint64, c_uint64, POINTER(Snippet), _err]),
    "ng_index_show_view": (
        c_int,
        [
            _index,
            Bytes,
            c_uint64,
            c_uint64,
            POINTER(Hit),
            POINTER(TextPlace),
            POINTER(Snippet),
            c_size_t,
            POINTER(c_size_t),
            POINTER(c_uint64),
            _err,
        ],
    ),
    "ng_snippet_free": (None, [POINTER(Snippet)]),
    "ng_index_doc_source": (c_int, [_index, c_uint64, POINTER(DocSource), _err]),
    "ng_doc_source_free": (None, [POINTER(DocSource)]),
    "ng_index_doc_names": (None, [_index, POINTER(DocSource), POINTER(DocNames)]),
    "ng_index_count_docs": (c_int, [_index, Bytes, POINTER(DocsOptions), POINTER(DocsCount), _err]),
    "ng_index_next": (c_int, [c_void_p, c_size_t, Bytes, POINTER(NextOptions), POINTER(POINTER(Next)), _err]),
    "ng_next_free": (None, [POINTER(Next)]),
    "ng_documents_open": (c_int, [_out, _index, POINTER(DocumentsOptions), _err]),
    "ng_documents_next": (c_int, [c_void_p, POINTER(POINTER(DocumentsPiece)), _err]),
    "ng_documents_close": (None, [c_void_p]),
    "ng_contam_preset_name": (c_char_p, [c_int]),
    "ng_contam_preset_source": (c_char_p, [c_int]),
    "ng_contam_preset_find": (c_bool, [c_char_p, POINTER(c_int)]),
    "ng_contam_preset_default": (c_int, [c_void_p, c_size_t]),
    "ng_contam_options_init": (None, [POINTER(ContamOptions)]),
    "ng_contam_options_set_preset": (None, [POINTER(ContamOptions), c_int]),
    "ng_contam_class_name": (c_char_p, [c_int]),
    "ng_contam_open": (c_int, [_out, c_void_p, c_size_t, POINTER(ContamOptions), _err]),
    "ng_contam_prepare": (c_int, [c_void_p, c_void_p, c_size_t, _err]),
    "ng_contam_check": (c_int, [c_void_p, c_void_p, c_size_t, POINTER(ContamResult), _err]),
    "ng_contam_results_free": (None, [POINTER(ContamResult), c_size_t]),
    "ng_contam_close": (None, [c_void_p]),
    "ng_trace_options_init": (None, [POINTER(TraceOptions)]),
    "ng_trace_view": (c_int, [POINTER(Trace), c_void_p, c_size_t, Bytes, POINTER(TraceOptions), _err]),
    "ng_trace_free": (None, [POINTER(Trace)]),
    "ng_compare_options_init": (None, [POINTER(CompareOptions)]),
    "ng_index_compare": (c_int, [c_void_p, POINTER(CompareOptions), POINTER(Comparison), _err]),
    "ng_comparison_free": (None, [POINTER(Comparison)]),
}


def _load() -> ctypes.CDLL:
    path = _path()
    try:
        loaded = ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(
            f"cannot load the library of ngidx, {path}: {error}. Install the wheel or the package libngidx0, or set "
            "NGIDX_LIBRARY to the path of libngidx.so.0"
        ) from error
    for name, (result, arguments) in FUNCTIONS.items():
        function = getattr(loaded, name, None)
        if function is None:
            raise ImportError(f"the library {path} has no {name}: it is of another version than this package")
        function.restype, function.argtypes = result, arguments
    return loaded


library = _load()
version: str = library.ng_version().decode()
