"""One plain form of all outputs, so that those of the pipeline and of the reference can be compared by `==`.

`canonical(outputs)` takes table -> rows and gives table -> sorted rows. It takes what `Endpoint.merged()`
gives, and as well what is read from the pipeline's files, if it comes so:
- tables: `pyarrow.parquet.read_table(file).to_pylist()` (a map is then a list of pairs, a struct a dict);
- `primary` of a response: the JSON text as it stands in the column;
- `events`: the lines of the `.jsonl` files as text, in order (not parsed: slices would be lost).

Made equal: NaN with NaN, times with their instant in UTC, rows in any order (but for events).
JSON fields are compared by their (key, slice) pairs: a key's spelling and white space around slices don't count.
In `primary` numbers are compared by their value and times by their ISO text. An empty list equals an empty map there,
for Python's form of both is `[]`; `test_values_carried.py` distinguishes them.

Left out, because free or different by nature: `message` (but for the number of reasons of a 404), `batch_id`, the `id`
of events, the `timestamp` of `contact.unmerged`. Kept apart on purpose: 1 and 1.0 in a table, `""` and null, `1.10` and
`1.1` in a slice.
"""

import base64
import json
import math
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Context, Decimal
from typing import Any

from reference_values import iso, json_object

Outputs = Mapping[str, list[Any]]
Rows = list[dict[str, Any]]

FREE = ("message", "batch_id")
EXACT = Context(prec=400)
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)?")


def canonical(
    outputs: Outputs, json_fields: Iterable[str] = ("custom_fields",), entity: str = "contacts"
) -> dict[str, Rows]:
    """See the module. `json_fields`: those columns of contacts that hold a JSON object as text; `entity`: their table."""
    fields = tuple(json_fields)
    plain: dict[str, Rows] = {}
    for table, rows in outputs.items():
        kind = "contacts" if table == entity else table
        if table == "events":
            plain[table] = [_event(row, fields) for row in rows]
        else:
            plain[table] = sorted(
                (_row(kind, row, fields) for row in rows),
                key=lambda row: repr(sorted(row.items())),
            )
    return plain


def differences(one: Mapping[str, Rows], other: Mapping[str, Rows]) -> list[str]:
    """What two canonical outputs do not share, a line a row: a message that can be read."""
    lines = []
    for table in sorted({*one, *other}):
        ours, theirs = list(one.get(table, [])), list(other.get(table, []))
        if ours == theirs:
            continue
        for row in list(ours):
            if row in theirs:
                ours.remove(row)
                theirs.remove(row)
        lines += [f"{table}: only in the first: {row}" for row in ours]
        lines += [f"{table}: only in the second: {row}" for row in theirs]
        lines += [] if ours or theirs else [f"{table}: another order"]
    return lines


def _row(table: str, row: Mapping[str, Any], json_fields: tuple[str, ...]) -> dict[str, Any]:
    plain = {}
    for column, value in row.items():
        if table == "merge_responses" and column == "primary":
            plain[column] = _primary(value, json_fields)
        elif table == "merge_responses" and column == "message" and row["code"] == "not_found":
            plain["reasons"] = len(value.split("; "))
        elif table == "dropped_children" and column in ("row", "kept"):
            plain[column] = _primary(value, ())
        elif table == "contacts" and column in json_fields:
            plain[column] = _pairs(value)
        elif table != "merge_responses" or column not in FREE:
            plain[column] = _value(value)
    return plain


def _value(value: Any) -> Any:
    """A value of a table, its type kept apart."""
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else value + 0.0
    if isinstance(value, datetime):
        return ("timestamptz", iso(value)) if value.tzinfo else ("timestamp", value.isoformat())
    if isinstance(value, date):
        return ("date", value.isoformat())
    if isinstance(value, Decimal):
        return ("decimal", format(value, "f"))
    if isinstance(value, dict):
        return {key: _value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_value(item) for item in value]
    return str(value) if isinstance(value, str) else value


def _pairs(value: Any) -> Any:
    """A JSON field held as text: its (key, slice) pairs; text that is no object, and null, as they are."""
    cut = json_object(value) if isinstance(value, str) else None
    return value if cut is None else [(key, str(item)) for key, item in cut.items()]


# ------------------------------------------------------------------------------------------ primary, events


def _primary(value: Any, json_fields: tuple[str, ...]) -> Any:
    """A contact shown in a response or an event, as (column, value) pairs in table order.

    Out of JSON text (the pipeline) or out of a dictionary of Python values (the reference).
    """
    if value is None or value == "null":
        return None
    if isinstance(value, str):
        columns = json_object(value)
        assert columns is not None, f"no JSON object: {value}"
        return [(c, _parsed(item, c in json_fields)) for c, item in columns.items()]
    return [(c, _made(item, c in json_fields)) for c, item in value.items()]


def _parsed(text: str, json_field: bool) -> Any:
    """A column's value out of JSON text. Of a JSON field, text that is no object stands as a JSON string."""
    if json_field and text.startswith("{"):
        return _pairs(text)
    return _leaf(json.loads(text, parse_int=Decimal, parse_float=Decimal))


def _made(value: Any, json_field: bool) -> Any:
    """A column's value as the reference made it, in the form in which `_parsed` gives it."""
    if json_field and isinstance(value, dict):
        return [(key, str(item)) for key, item in value.items()]
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        value = {str(key): item for key, item in value}
    return _leaf(value)


def _leaf(value: Any) -> Any:
    """A value as JSON says it: numbers by value, times ISO 8601, blobs base64, NaN and infinities null."""
    if value == {}:
        return []
    if isinstance(value, dict):
        return {key: _leaf(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_leaf(item) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float | Decimal):
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        if not number.is_finite():
            return None
        return ("number", str(EXACT.normalize(number)) if number else "0")
    if isinstance(value, datetime):
        return iso(value) if value.tzinfo else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return _moment(str(value))


def _moment(text: str) -> str:
    """Text that is a time in ISO 8601, spelled in one way; other text as it is."""
    try:
        moment = datetime.fromisoformat(text) if ISO.fullmatch(text) else None
    except ValueError:
        moment = None
    if moment is None:
        return text
    return iso(moment) if moment.tzinfo else moment.isoformat()


def _event(event: Any, json_fields: tuple[str, ...]) -> dict[str, Any]:
    """An event out of its line of text (the pipeline) or its dictionary (the reference)."""
    if isinstance(event, str):
        parts = json_object(event)
        assert parts is not None, f"no JSON object: {event}"
        data = json_object(parts["data"])
        assert data is not None, f"data is no JSON object: {event}"
        event = {key: json.loads(item) for key, item in parts.items() if key != "data"}
        event["data"] = {
            key: str(item) if key in ("primary", "restored") else json.loads(item)
            for key, item in data.items()
        }
    kept = {key: value for key, value in event.items() if key not in ("id", "data")}
    if kept["event"].endswith(".unmerged"):
        del kept["timestamp"]
    contacts = {key: _primary(event["data"].get(key), json_fields) for key in ("primary", "restored")}
    return {**kept, "data": {**event["data"], **{k: v for k, v in contacts.items() if k in event["data"]}}}
