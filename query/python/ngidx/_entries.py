"""The entries of a benchmark as Python objects: which of their fields are texts."""

from __future__ import annotations

from typing import Any, Iterable, List, NamedTuple, Optional, Sequence, Union

from ._errors import UsageError

# The first that an entry has is its text, as in ngidx contam.
USUAL = ("question", "context", "prompt", "text")


class Entry(NamedTuple):
    texts: List[str]
    answer: str = ""


def _values(entry: Any, path: str) -> List[Any]:
    """What a dotted path leads to: "doc.title", "choices.0", "turns.content" (of every item)."""
    found = [entry]
    for step in path.split("."):
        following: List[Any] = []
        for value in found:
            if isinstance(value, dict):
                if step in value:
                    following.append(value[step])
                elif step == "*":
                    following.extend(value.values())
            elif isinstance(value, (list, tuple)):
                if step.isdigit():
                    following.extend(value[int(step) : int(step) + 1])
                elif step == "*":
                    following.extend(value)
                else:
                    following.extend(item[step] for item in value if isinstance(item, dict) and step in item)
        found = following
    flat: List[Any] = []
    for value in found:
        flat.extend(value if isinstance(value, (list, tuple)) else [value])
    return flat


def _as_text(value: Any) -> Optional[str]:
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return value if isinstance(value, str) else None


def _clean(text: str) -> str:
    return text.strip().replace("\r\n", "\n")


def _texts(entry: dict, number: int, fields: Sequence[str]) -> List[str]:
    texts: List[str] = []
    for field in fields:
        values = [_as_text(value) for value in _values(entry, field)]
        if not values or None in values:
            why = f"has no field '{field}'" if not values else f"has a '{field}' that is not text"
            raise UsageError(f"entry {number} {why}; it has {', '.join(map(str, entry))}", "fields= names others")
        texts += [_clean(value or "") for value in values]
    return texts


def read_entries(
    entries: Iterable[Any], fields: Union[None, str, Sequence[str]], answer_field: Optional[str]
) -> List[Entry]:
    """Texts come without the white space around them, and with LF for CRLF, as from the files that the command reads.

    >>> read_entries([{"question": " a ", "answer": "b"}, "c"], None, "answer")
    [Entry(texts=['a'], answer='b'), Entry(texts=['c'], answer='')]
    """
    if isinstance(entries, (str, bytes, dict)):
        raise UsageError("entries is one entry; give a list of them")
    result = []
    wanted = [fields] if isinstance(fields, str) else fields
    for number, entry in enumerate(entries):
        text = _as_text(entry)
        if text is not None and entry is not None:
            result.append(Entry([_clean(text)]))
            continue
        if not isinstance(entry, dict):
            raise UsageError(f"entry {number} is {type(entry).__name__}; a str or a dict is needed")
        names = wanted
        if not names:
            names = [next((name for name in USUAL if isinstance(entry.get(name), str)), "")]
            if not names[0]:
                raise UsageError(
                    f"entry {number} has none of {', '.join(USUAL)}; it has {', '.join(map(str, entry))}",
                    "fields= names its texts",
                )
        answers = _values(entry, answer_field) if answer_field else []
        answer = next((str(value) for value in answers if value is not None), "")
        result.append(Entry(_texts(entry, number, names), answer))
    return result
