"""Ids as UUID values: all that Python's uuid.UUID takes after strip(), by SQL for all but rare id spellings."""

import duckdb
import polars as pl

from contact_merge.engine import fetch, frames, ident, run_sql
from contact_merge.identifiers import WHITE_SPACE, uuid_value


def make_macros(con: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary macros of sql/load/uuid_value.sql and text_values.sql and exact_values.sql."""
    run_sql(con, "load/uuid_value", white_space=WHITE_SPACE)
    run_sql(con, "load/text_values", white_space=WHITE_SPACE)
    run_sql(con, "load/exact_values")


def uuid_expression(column: str, kind: str | None) -> str:
    """SQL of a column's value as a UUID; null for a column that is not there (`kind` None)."""
    if kind is None:
        return "cast(null as uuid)"
    if kind == "UUID":
        return ident(column)
    return f"uuid_value({text_expression(column, kind)})"


def text_expression(column: str, kind: str) -> str:
    """SQL of a column's value as text, empty ones too: no text that is empty is an id."""
    return ident(column) if kind == "VARCHAR" else f"cast({ident(column)} as varchar)"


def find_non_standard_uuids(con: duckdb.DuckDBPyConnection, texts: list[tuple[str, str]]) -> bool:
    """Make the temporary table non_standard_uuids: spelled, value (never null); true where it holds any.

    Args:
        con: the connection with the macros.
        texts: table and SQL of text in it, of each column that holds ids.
    """
    unusual = fetch(con, "load/non_standard_texts", texts=texts) if texts else []
    values = [(text, value) for (text,) in unusual if (value := uuid_value(text)) is not None]
    found = pl.DataFrame(values, schema={"spelled": pl.String, "value": pl.String}, orient="row")
    with frames(con, found_non_standard_uuids=found):
        run_sql(con, "load/non_standard_uuids")
    return bool(values)
