"""What single values mean to the reference: ids, emptiness, equality, JSON objects, text.

In go plain Python values as a table holds them, out come the few judgements that SEMANTICS.md makes about
them ('Folding', step 5). Nothing here knows of contacts or merges, so each rule can be read on its own.
"""

import json
import math
import re
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any


class _Unreadable:
    def __repr__(self) -> str:
        return "UNREADABLE"

    def __deepcopy__(self, memo: object) -> "_Unreadable":
        return self


UNREADABLE: Any = _Unreadable()
"""Stands in a request for a `duplicate_ids` or a flag that can't be read (SEMANTICS 'Tables': gives 400)."""


class Json(str):
    """The slice of JSON text that stands for one value, as it was written; `name` is its key, as written."""

    name: str = ""

    @classmethod
    def slice(cls, name: str, text: str) -> "Json":
        value = cls(text)
        value.name = name
        return value


def as_id(value: Any) -> uuid.UUID | None:
    """The UUID that a cell spells, or None: what `uuid.UUID` takes after `strip()` (SEMANTICS step 5)."""
    if isinstance(value, uuid.UUID):
        return value
    if not isinstance(value, str):
        return None
    try:
        return uuid.UUID(value.strip())
    except ValueError:
        return None


def is_blank(value: Any) -> bool:
    """Null, or text of nothing or of white space alone."""
    return value is None or (isinstance(value, str) and (not value or value.isspace()))


def is_empty(value: Any) -> bool:
    """SEMANTICS 'Folding', first rule. Maps are lists of pairs here, as pyarrow gives them."""
    if isinstance(value, Json):
        value = json.loads(value, parse_int=str, parse_float=str)
        return is_blank(value) or value in ([], {})
    if isinstance(value, float):
        return math.isnan(value)
    return is_blank(value) or (isinstance(value, list) and not value)


def said(value: Any) -> str | None:
    """What a cell says in a column that is read (keys, workspaces): its text, None where it is empty.

    A whole number that came as a double is one (SEMANTICS 'Folding', first rule; SHAPES 3).
    """
    if is_empty(value):
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def same(one: Any, other: Any) -> bool:
    """Whether two values of one column do not differ; two empty ones never do, NaN inside is like NaN."""
    if is_empty(one) or is_empty(other):
        return is_empty(one) and is_empty(other)
    return _plain(one) == _plain(other)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


# ---------------------------------------------------------------------------------------------- JSON objects


def json_object(text: str) -> dict[str, Json] | None:
    """Cut the text of a JSON object into key -> slice of its value; None where the text is no JSON object.

    Slices are byte for byte what stood there. Of a key written twice the last counts, at the first place.
    """
    decoder = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=_no_constant)
    found: dict[str, Json] = {}
    try:
        at = _skip(text, 0)
        if text[at] != "{":
            return None
        at = _skip(text, at + 1)
        while text[at] != "}":
            if found or text[at] == ",":
                if text[at] != "," or not found:
                    return None
                at = _skip(text, at + 1)
            if text[at] != '"':
                return None
            key, end = decoder.raw_decode(text, at)
            name = text[at:end]
            at = _skip(text, end)
            if text[at] != ":":
                return None
            at = _skip(text, at + 1)
            _, end = decoder.raw_decode(text, at)
            found[key] = Json.slice(found[key].name if key in found else name, text[at:end])
            at = _skip(text, end)
        return found if _skip(text, at + 1) == len(text) else None
    except (ValueError, IndexError, RecursionError):
        return None


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\n\r":
        at += 1
    return at


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def object_of(value: Any) -> dict[str, Any] | None:
    """The cell of a JSON field as key -> value, be it text (slices), struct (dict) or map (pairs)."""
    if isinstance(value, str):
        return json_object(value)
    if isinstance(value, dict):
        return dict(value)
    if isinstance(value, list):
        return {str(key): item for key, item in value}
    return None


# ---------------------------------------------------------------------------------------------- time and text


def utc(moment: datetime) -> datetime:
    """The moment in UTC; one without a zone is UTC already (SEMANTICS 'Tables')."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with Z, microseconds only if not zero (choice C4)."""
    return utc(moment).replace(tzinfo=None).isoformat() + "Z"


def as_moment(value: Any) -> datetime | None:
    """The moment a cell stands for, in UTC, or None where it holds no time."""
    if isinstance(value, datetime):
        return utc(value)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, str) and re.match(r"\s*\d{4}-\d\d-\d\d", value):
        try:
            return utc(datetime.fromisoformat(value.strip()))
        except ValueError:
            return None
    return None


def in_kind(moment: datetime, kind: str) -> Any:
    """A moment as a column of this kind holds it: text, timestamp (no zone), timestamptz or date."""
    if kind == "text":
        return iso(moment)
    if kind == "date":
        return utc(moment).date()
    return utc(moment) if kind == "timestamptz" else utc(moment).replace(tzinfo=None)


def kind_of(values: list[Any]) -> str:
    """The kind of time column that these values stand in: as the first says, timestamptz if none does."""
    for value in values:
        if isinstance(value, str):
            return "text"
        if isinstance(value, datetime):
            return "timestamptz" if value.tzinfo else "timestamp"
        if isinstance(value, date):
            return "date"
    return "timestamptz"


def as_text(value: Any) -> str:
    """The text of a value in field_conflicts: DuckDB's CAST AS VARCHAR, JSON slices as they are (C11)."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        text = utc(value).replace(tzinfo=None).isoformat(sep=" ")
        text = text.rstrip("0") if "." in text else text
        return text + ("+00" if value.tzinfo else "")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bytes):
        return "".join(chr(b) if 32 <= b < 127 and chr(b) not in "\\'\"" else f"\\x{b:02X}" for b in value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"'{key}': {_nested(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        return "{" + ", ".join(f"{_nested(key)}={_nested(item)}" for key, item in value) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_nested(item) for item in value) + "]"
    return str(value)


def _nested(value: Any) -> str:
    """A value inside a list, struct or map: DuckDB quotes text that could be read as something else."""
    if value is None:
        return "NULL"
    text = as_text(value)
    if isinstance(value, dict | list):
        return text
    blank_edges = text != text.strip(" \t\n\r\v\f")
    if not text or blank_edges or text.upper() == "NULL" or re.search(r"""[,'"\\(){}\[\]=:]""", text):
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return text
