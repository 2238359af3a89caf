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


Key = uuid.UUID | int | str
"""What ids compare by: a UUID, a whole number, text (SHAPES 1, 'Two ids are the same')."""


def as_id(value: Any, id_type: str = "uuid") -> Any:
    """The key that a cell spells, or None where it is no id of that type (SHAPES 1; SEMANTICS step 5)."""
    read = {"uuid": _as_uuid, "integer": _as_integer, "text": _as_text_id, "salesforce": _as_salesforce}
    return read[id_type](value)


def _as_uuid(value: Any) -> uuid.UUID | None:
    """What `uuid.UUID` takes after `strip()`."""
    if isinstance(value, uuid.UUID):
        return value
    if not isinstance(value, str):
        return None
    try:
        return uuid.UUID(value.strip())
    except ValueError:
        return None


def _as_integer(value: Any) -> int | None:
    """By value: 42, "42", 42.0, " 042". Doubles beyond 2^53 are none; digits are ASCII; 64 bits have to hold it."""
    if isinstance(value, str):
        digits = re.fullmatch(r"([+-]?[0-9]+)(\.0+)?", value.strip())
        number = int(digits[1]) if digits else None
    elif isinstance(value, float):
        number = int(value) if value.is_integer() and abs(value) <= 2**53 else None
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        number = int(value) if value == int(value) else None
    else:
        number = None
    return number if number is not None and -(2**63) <= number < 2**63 else None


def _as_text_id(value: Any) -> str | None:
    """The text without white space around it; case counts."""
    text = None if isinstance(value, list | dict) else said(value)
    return None if text is None else text.strip()


def _as_salesforce(value: Any) -> str | None:
    """The first 15 of 15 or 18 letters and digits; the last three of 18 have to be their checksum."""
    text = value.strip() if isinstance(value, str) else ""
    if not re.fullmatch(r"[A-Za-z0-9]{15}([A-Za-z0-9]{3})?", text):
        return None
    return text[:15] if len(text) == 15 or text[15:] == salesforce_checksum(text[:15]) else None


def salesforce_checksum(first: str) -> str:
    """Of each five letters a digit of base 32: the first is its lowest bit; a bit is set where a letter is a capital."""
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    fives = [first[start : start + 5] for start in (0, 5, 10)]
    return "".join(digits[sum(2**place for place, c in enumerate(five) if "A" <= c <= "Z")] for five in fives)


def ids_listed(cell: Any, id_type: str) -> list[Any]:
    """The cells of a list of ids: a list column, or text: a JSON array, else what stands between , ; | and blanks."""
    if isinstance(cell, list):
        return cell
    if not isinstance(cell, str) or is_blank(cell):
        return [] if is_empty(cell) else [cell]
    if cell.strip().startswith("["):
        try:
            return list(json.loads(cell))
        except ValueError:
            return []
    return [cell] if id_type == "text" else re.split(r"[,;|\s]+", cell.strip())


def is_flagged(value: Any) -> bool:
    """Whether a cell is true, read as flags are, or a time (SHAPES 1, `deleted`)."""
    if isinstance(value, str):
        return value.strip().lower() in ("true", "1") or as_moment(value) is not None
    return isinstance(value, date) or value == 1


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
