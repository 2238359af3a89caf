"""When one type can hold the values of two without losing any.

Old and new rows of a column must stand together in the files of one table, in an upsert, and in the ledger's
kept rows. A type counts as wider only if every value of both comes back equal and of its own kind.

Whole numbers widen to larger ones and to decimals, REAL to DOUBLE, a UUID to its text, a struct to one with
more fields. Text and a number have no common type here: 5 and '5' are two values. For 64-bit whole numbers and
DOUBLE the values decide.
"""

import re

import duckdb

from contact_merge.engine import has_rows, ident

_SIGNED = {"TINYINT": 8, "SMALLINT": 16, "INTEGER": 32, "BIGINT": 64, "HUGEINT": 128}
_UNSIGNED = {"UTINYINT": 8, "USMALLINT": 16, "UINTEGER": 32, "UBIGINT": 64, "UHUGEINT": 128}
BITS = {**_SIGNED, **_UNSIGNED}
EXACT_BITS = {"FLOAT": 24, "DOUBLE": 53}  # whole numbers up to so many bits are exact in them
_DIGITS = {8: 3, 16: 5, 32: 10, 64: 20}
_MAX_DIGITS = 38
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")
_TEXT_LIKE = ("JSON", "UUID")
NO_TYPE = '"NULL"'  # of a column in which Parquet or JSON lines have only nulls


def widen(old_type: str, new_type: str) -> str | None:
    """The narrowest DuckDB type that holds every value of both types exactly; None where there is none."""
    if NO_TYPE in (old_type, new_type) or old_type == new_type:
        return new_type if old_type == NO_TYPE else old_type
    if "VARCHAR" in (old_type, new_type):
        other = new_type if old_type == "VARCHAR" else old_type
        return "VARCHAR" if other in _TEXT_LIKE else None
    if old_type.endswith("[]") and new_type.endswith("[]"):
        inner = widen(old_type[:-2], new_type[:-2])
        return None if inner is None else f"{inner}[]"
    if all(kind.startswith("STRUCT(") and kind.endswith(")") for kind in (old_type, new_type)):
        return _wider_struct(old_type, new_type)
    if {old_type, new_type} == {"TIME", "TIME_NS"}:
        return "TIME_NS"
    return _wider_integer(old_type, new_type) or _wider_number(old_type, new_type)


def common_type(
    con: duckdb.DuckDBPyConnection, column: str, old: tuple[str, str], new: tuple[str, str]
) -> str | None:
    """The type that holds every value that a column has in two tables; None where there is none.

    Args:
        con: the connection.
        column: the column.
        old, new: each table as SQL names it, and the column's type there.
    """
    wide = widen(old[1], new[1])
    if wide is None and (old[1] in BITS or new[1] in BITS) and {old[1], new[1]} & EXACT_BITS.keys():
        table, kind = old if old[1] in BITS else new
        name = ident(column)
        inexact = f"try_cast(cast({name} as double) as {kind}) is distinct from {name}"
        if not has_rows(con, table, inexact):
            return "DOUBLE"
    return wide


def _wider_struct(old_type: str, new_type: str) -> str | None:
    """The fields of both, the old ones first; a field of one alone is null in the rows of the other."""
    fields = {name: str(kind) for name, kind in duckdb.sqltype(old_type).children}
    for name, kind in duckdb.sqltype(new_type).children:
        wider = widen(fields.get(name, str(kind)), str(kind))
        if wider is None:
            return None
        fields[name] = wider
    if len({name.lower() for name in fields}) < len(fields):
        return None
    quoted = ((name.replace('"', '""'), kind) for name, kind in fields.items())
    return str(duckdb.sqltype("STRUCT(" + ", ".join(f'"{name}" {kind}' for name, kind in quoted) + ")"))


def _wider_integer(old_type: str, new_type: str) -> str | None:
    """Of two integer types; where only one has a sign, a signed type that the unsigned one fits into."""
    for kinds in (_SIGNED, _UNSIGNED):
        if old_type in kinds and new_type in kinds:
            return max(old_type, new_type, key=kinds.__getitem__)
    signed, unsigned = (old_type, new_type) if old_type in _SIGNED else (new_type, old_type)
    if signed in _SIGNED and unsigned in _UNSIGNED:
        bits = max(_SIGNED[signed], 2 * _UNSIGNED[unsigned])
        return next((name for name, size in _SIGNED.items() if size == bits), None)
    return None


def _wider_number(old_type: str, new_type: str) -> str | None:
    """Of decimals and floats, with each other or with integers."""
    if {old_type, new_type} == {"FLOAT", "DOUBLE"}:
        return "DOUBLE"
    for real, other in ((old_type, new_type), (new_type, old_type)):
        if real in EXACT_BITS and other in BITS:
            return next((name for name in (real, "DOUBLE") if BITS[other] <= EXACT_BITS[name]), None)
    old, new = _decimal(old_type), _decimal(new_type)
    if old is None or new is None:
        return None
    scale = max(old[1], new[1])
    digits = max(old[0] - old[1], new[0] - new[1]) + scale
    return f"DECIMAL({digits},{scale})" if digits <= _MAX_DIGITS else None


def _decimal(kind: str) -> tuple[int, int] | None:
    """Digits and scale of a decimal, or of the decimal that holds an integer type."""
    if kind in BITS:
        digits = _DIGITS.get(BITS[kind])
        return None if digits is None else (digits, 0)
    match = _DECIMAL.fullmatch(kind)
    return (int(match[1]), int(match[2])) if match else None
