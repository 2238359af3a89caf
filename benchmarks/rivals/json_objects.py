"""Folding a JSON object key by key with values spelled as they were, for the rivals that are written in Python."""

from collections.abc import Iterable

import msgspec

_read = msgspec.json.Decoder(dict[str, msgspec.Raw])
EMPTY = (b"null", b'""', b"[]", b"{}")


def fold_objects(own: str | None, line: Iterable[str | None]) -> str | None:
    """The primary's object `own` with each key's first non-empty value along `line` (in which `own` stands too)."""
    values = {} if own is None else {key: bytes(value) for key, value in _read.decode(own).items()}
    taken: set[str] = set()
    for text in line:
        if text is None:
            continue
        for key, raw in _read.decode(text).items():
            value = bytes(raw)
            if key not in taken and value not in EMPTY:
                values[key] = value
                taken.add(key)
    if not taken:
        return own
    return "{" + ", ".join(f'"{key}": {value.decode()}' for key, value in values.items()) + "}"
