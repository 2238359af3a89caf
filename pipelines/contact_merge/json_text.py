"""JSON objects as ordered keys with the slices of text that stood behind them, byte for byte.

No SQL engine keeps the spelling of numbers and escapes, so objects that a merge changes are parsed here, and only those.
"""

import re
from collections import deque
from contextlib import suppress
from json.decoder import scanstring  # pyright: ignore[reportAttributeAccessIssue]

import msgspec

_slices = msgspec.json.Decoder(dict[str, msgspec.Raw])
_string = msgspec.json.Decoder(str).decode
_SPACE = " \t\n\r"
_TOKEN = re.compile(
    r""""(?:[^"\\]|\\.)*+"|"|[{}\[\]:,]|[^\s"{}\[\]:,]+""", re.DOTALL
)  # a quote alone begins a string without an end
_WHOLE = re.compile(r"(-?[0-9]+)(?:\.0+)?")


def parse_object(text: str | None) -> tuple[dict[str, str], dict[str, str]] | None:
    """The keys of a JSON object in their order with their values' text; None for other text.

    The second dictionary holds the text of keys that are not just their content in quotes. Of a key written twice the last
    value counts, at the position of the first.
    """
    if text is None:
        return None
    try:
        slices = _slices.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    if "\\" not in text:
        return {key: str(raw, "utf-8") for key, raw in slices.items()}, {}
    return _parse_escaped(text)


def _parse_escaped(text: str) -> tuple[dict[str, str], dict[str, str]]:
    """`parse_object` for text with escapes, where a key's spelling is not its content; the text is known to be sound."""
    values: dict[str, str] = {}
    spelled: dict[str, str] = {}
    at = _skip(text, text.index("{") + 1)
    while text[at] != "}":
        key, key_end = scanstring(text, at + 1, False)
        if key not in values and key_end - at != len(key) + 2:
            spelled[key] = text[at:key_end]
        value_start = _skip(text, _skip(text, key_end) + 1)
        value_end = _value_end(text, value_start)
        values[key] = text[value_start:value_end]
        at = _skip(text, value_end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return values, spelled


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


def broken_object(line: str) -> dict[str, str]:
    """What a line that is no JSON says of its outermost object, up to where it breaks off: its strings, and its whole numbers."""
    values: dict[str, str] = {}
    before: deque[str] = deque(maxlen=3)  # the last tokens that are outside of nested objects and lists
    depth = 0
    for found in _TOKEN.finditer(line):
        token = found[0]
        if token == '"' or (not before and token != "{"):
            break
        depth -= token in "}]"
        if len(before) == 3 and before[0] != ":" and before[1][0] == '"' and before[2] == ":":
            whole = _WHOLE.fullmatch(token) if found.end() < len(line) else None
            with suppress(ValueError, msgspec.MsgspecError):
                if token[0] == '"' or whole:
                    values[_string(before[1])] = str(int(whole[1])) if whole else _string(token)
        if depth <= 1:  # rule: outermost-object
            before.append(token)
        depth += token in "{["
        if depth == 0:
            break
    return values


MAY_BE_EMPTY = '"[{n'
"""With what the text of a value begins that may count as none: numbers, true and false always are one."""


def is_filled(value: str) -> bool:
    """Whether a JSON value counts as one: not null, blank text, [] or {} (SEMANTICS.md, 'Folding')."""
    first = value[0]
    if first == '"':
        # one that is visible decides; a quote ends the text, a backslash may stand for a space
        second = value[1]
        return ("#" <= second <= "~" and second != "\\") or not _is_blank(value)
    if first in "[{":
        return bool(value[1:-1].strip(_SPACE))
    return value != "null"


def filled_values(text: str | None) -> dict[str, str]:
    """The keys of a JSON object that hold something, each with its value's text; none for other text."""
    values, _ = parse_object(text) or ({}, {})
    return {key: value for key, value in values.items() if is_filled(value)}


def content(value: str) -> str:
    """What a JSON string says; any other value as it stands."""
    return scanstring(value, 1, False)[0] if value.startswith('"') else value


def _is_blank(value: str) -> bool:
    inner = scanstring(value, 1, False)[0] if "\\" in value else value[1:-1]
    return not inner or inner.isspace()


def render_object(values: dict[str, str], spelled: dict[str, str]) -> str:
    """An object from keys, their values' text, and the text of keys that are not their content in quotes."""
    if spelled:
        return (
            "{" + ",".join(spelled.get(key, f'"{key}"') + f":{value}" for key, value in values.items()) + "}"
        )
    return "{" + ",".join(f'"{key}":{value}' for key, value in values.items()) + "}"
