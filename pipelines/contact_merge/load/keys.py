"""Ids as UUID values: what Python's uuid.UUID takes after strip(), worked out by SQL for all but the oddest spellings."""

import uuid

import duckdb

from contact_merge.warehouse import ident, run_sql

# Python's str.isspace and str.strip; no engine's own idea of white space is the same.
WHITE_SPACE = (
    r"[\x{0009}-\x{000D}\x{001C}-\x{0020}\x{0085}\x{00A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}]"
)


def make_uuid_macros(con: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary macros uuid_value(text) and uuid_is_odd(text), and those of text_values.sql."""
    run_sql(con, "load/uuid_value", white_space=WHITE_SPACE)
    run_sql(con, "load/text_values", white_space=WHITE_SPACE)


def uuid_expression(column: str, kind: str) -> str:
    """SQL for a column's UUID value."""
    if kind == "UUID":
        return ident(column)
    return f"uuid_value({ident(column)})" if kind == "VARCHAR" else f"uuid_value(cast({ident(column)} as varchar))"


def parse_uuid(text: str) -> uuid.UUID | None:
    """The reference that all the SQL is measured by."""
    try:
        return uuid.UUID(text.strip())
    except ValueError:
        return None
