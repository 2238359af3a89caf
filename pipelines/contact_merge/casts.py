"""SQL of a value as another type, exactly or not at all (SHAPES.md 3, `[types]`); it runs where the macros of a load are."""

import duckdb

from contact_merge.columns import json_of
from contact_merge.engine import has_rows, ident
from contact_merge.widening import BITS, EXACT_BITS, NO_TYPE

_TEMPORAL = ("DATE", "TIME", "TIMESTAMP")
_REAL_DIGITS = {"FLOAT": 6, "DOUBLE": 15}
_SAID = {
    "DATE": "date_said", "TIME": "time_said", "TIMESTAMP": "timestamp_said", "UUID": "uuid_value",
    "TIMESTAMP WITH TIME ZONE": "timestamptz_said", "BOOLEAN": "flag_said",
}  # fmt: skip


def exact(value: str, given: str, wanted: str) -> str:
    """SQL of a value of one type as another one; null where that cannot hold it exactly, or it is empty.

    Args:
        value: SQL of the value.
        given, wanted: DuckDB types.
    """
    if given == wanted:
        return value
    if given == NO_TYPE:
        return f"cast(null as {wanted})"
    if wanted == "VARCHAR":
        return _text(value, given)
    if (_is_number(given) and _is_number(wanted)) or (
        given.startswith(_TEMPORAL) and wanted.startswith(_TEMPORAL)
    ):
        cast = f"try_cast({value} as {wanted})"
        return f"case when try_cast({cast} as {given}) = {value} then {cast} end"
    spelled = f"stripped({value if given in {'VARCHAR', 'JSON'} else _text(value, given)})"
    cast = f"try_cast({spelled} as {wanted})"
    if wanted in _SAID:
        return f"{_SAID[wanted]}({spelled})"
    if wanted in _REAL_DIGITS:
        return f"real_said({spelled}, {cast}, {_REAL_DIGITS[wanted]})"
    return f"number_said({spelled}, {cast})"


def is_lost(value: str, given: str, wanted: str) -> str:
    """SQL that is true where there is something that the other type cannot hold exactly."""
    return f"({exact(value, given, wanted)}) is null and said({value}) is not null"


def is_nested(kind: str) -> bool:
    """Whether a type holds lists, structs or maps."""
    return kind.endswith("]") or kind.startswith(("STRUCT(", "MAP("))


def holds_exactly(con: duckdb.DuckDBPyConnection, table: str, column: str, given: str, wanted: str) -> bool:
    """Whether a type holds every value that a column has in a table, as SQL names it."""
    return not has_rows(con, table, is_lost(ident(column), given, wanted))


def _text(value: str, given: str) -> str:
    """SQL of a value as text: as it is spelled where it was text, a whole number without a point, nothing for NaN.

    Lists, structs and maps are JSON, and nothing where they are empty.
    """
    if is_nested(given):
        return f"case when said({value}) is not null then {json_of(value, given)} end"
    if given in EXACT_BITS:
        spelled = f"regexp_replace(cast({value} as varchar), '\\.0$', '')"
        return f"case when not isnan({value}) then {spelled} end"
    return f"cast({value} as varchar)"


def _is_number(kind: str) -> bool:
    return kind in BITS or kind in EXACT_BITS or kind == "BOOLEAN" or kind.startswith("DECIMAL")
