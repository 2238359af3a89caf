"""Ids as SQL reads them, by the macros that a load has; and UUIDs as only Python reads them."""

import duckdb
import polars as pl

from contact_merge.engine import fetch, frames, ident, run_sql
from contact_merge.ids import UUIDS, WHITE_SPACE, IdType


def make_macros(con: duckdb.DuckDBPyConnection, id_type: IdType = UUIDS) -> None:
    """Make the temporary macros of sql/load: those of UUIDs and of the entity's type of ids, and those of values."""
    for each in dict.fromkeys([UUIDS, id_type]):
        run_sql(con, f"load/{each.name}_ids", **each.macros())
    run_sql(con, "load/entity_ids", id_type=id_type.name)
    run_sql(con, "load/text_values", white_space=WHITE_SPACE)
    run_sql(con, "load/exact_values")


def id_expression(column: str, kind: str | None, id_type: IdType) -> str:
    """SQL of the key that a column names; null where it is no id, and for a column that is not there (`kind` None)."""
    return id_type.expression(ident(column), kind)


def parts_expression(parts: str, kind: str, id_type: IdType) -> str:
    """SQL of the keys of a list of values of this DuckDB type, null for those that are no ids."""
    return f"list_transform({parts}, lambda _cm_part: {id_type.expression('_cm_part', kind)})"


def text_expression(column: str, kind: str) -> str:
    """SQL of a column's value as text, empty ones too: no text that is empty is an id."""
    return ident(column) if kind == "VARCHAR" else f"cast({ident(column)} as varchar)"


def listed_expression(column: str, kind: str) -> str:
    """SQL of the ids in a list column, as texts; an empty one is null.

    Args:
        kind: the type of the column.
    """
    element = "said(_cm_e)"
    if kind not in {"VARCHAR[]", "UUID[]"}:
        element = f"id_number({element})"
    return f"list_transform({ident(column)}, lambda _cm_e: {element})"


def find_non_standard_uuids(con: duckdb.DuckDBPyConnection, texts: list[tuple[str, str]]) -> bool:
    """Make the temporary table non_standard_uuids: spelled, value (never null); true where it holds any.

    Args:
        con: the connection with the macros.
        texts: table and SQL of text in it, of each column that holds UUIDs. SQL reads ids of other types wholly.
    """
    unusual = fetch(con, "load/non_standard_texts", texts=texts) if texts else []
    values = [(text, value) for (text,) in unusual if (value := UUIDS.key_text(text)) is not None]
    found = pl.DataFrame(values, schema={"spelled": pl.String, "value": pl.String}, orient="row")
    with frames(con, found_non_standard_uuids=found):
        run_sql(con, "load/non_standard_uuids")
    return bool(values)
