"""JSON objects as ordered keys with the slices of text that stood behind them, byte for byte.

No SQL engine keeps the spelling of numbers and escapes, so objects that a merge touches are taken apart here, and only those.
"""

import json
from json.decoder import scanstring  # pyright: ignore[reportAttributeAccessIssue]

import msgspec

_slices = msgspec.json.Decoder(dict[str, msgspec.Raw])
_scan = json.JSONDecoder()
_SPACE = " \t\n\r"


def parse_object(text: str | None) -> dict[str, tuple[str, str]] | None:
    """The keys of a JSON object in their order, each with its own spelling and its value's; None for other text.

    Of a key written twice the last value counts, at the first one's place.
    """
    if text is None:
        return None
    try:
        slices = _slices.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    if "\\" not in text:
        return {key: (f'"{key}"', bytes(raw).decode().strip(_SPACE)) for key, raw in slices.items()}
    return _parse_escaped(text)


def _parse_escaped(text: str) -> dict[str, tuple[str, str]] | None:
    """`parse_object` for text with escapes, where a key's spelling is not its content; the text is known to be sound."""
    found: dict[str, tuple[str, str]] = {}
    at = _skip(text, text.index("{") + 1)
    while text[at] != "}":
        key, key_end = scanstring(text, at + 1, False)
        value_start = _skip(text, _skip(text, key_end) + 1)
        value_end = _value_end(text, value_start)
        spelled = found[key][0] if key in found else text[at:key_end]
        found[key] = (spelled, text[value_start:value_end])
        at = _skip(text, value_end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return found


def _skip(text: str, at: int) -> int:
    while text[at] in _SPACE:
        at += 1
    return at


def _value_end(text: str, at: int) -> int:
    """Where the value that begins at `at` ends; without recursion, so that no depth is too deep."""
    depth = 0
    while True:
        char = text[at]
        if char == '"':
            at = scanstring(text, at + 1, False)[1]
        elif char in "{[":
            depth += 1
            at += 1
        elif char in "}]":
            depth -= 1
            at += 1
        elif char in ",:" or char in _SPACE:
            at += 1
            continue
        else:
            while at < len(text) and text[at] not in ",:]}" + _SPACE:
                at += 1
        if depth == 0:
            return at


def is_filled(value: str) -> bool:
    """Whether a JSON value counts as one: not null, blank text, [] or {} (SEMANTICS.md, 'Folding')."""
    first = value[0]
    if first == '"':
        return not _is_blank(value)
    if first in "[{":
        return bool(value[1:-1].strip(_SPACE))
    return value != "null"


def _is_blank(value: str) -> bool:
    inner = scanstring(value, 1, False)[0] if "\\" in value else value[1:-1]
    return not inner or inner.isspace()


def render_object(entries: list[tuple[str, str]]) -> str:
    """An object from spelled keys and values."""
    return "{" + ",".join(f"{key}:{value}" for key, value in entries) + "}"
