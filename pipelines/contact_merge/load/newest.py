"""Which of several rows with one key counts: the newest by the column that `newest_by` names (SHAPES.md 3)."""

from collections.abc import Mapping

import duckdb

from contact_merge.catalog import Child
from contact_merge.engine import count, has_rows, ident, run_sql
from contact_merge.load.data_keys import comparable_keys
from contact_merge.load.running import row_id
from contact_merge.load.source import Source
from contact_merge.names import fold_name
from contact_merge.preset import Entity
from contact_merge.tables import FLAGGED


def have_times(con: duckdb.DuckDBPyConnection, *values: tuple[str, str]) -> bool:
    """Whether any value by which rows compare is no number: numbers beside it are times, as epoch seconds or milliseconds.

    Args:
        values: each as a table, as SQL names it, and SQL of the value there.
    """
    return any(
        has_rows(con, table, f"said({value}) is not null and number_of(said({value})) is null")
        for table, value in values
    )


def pass_over_older(
    con: duckdb.DuckDBPyConnection,
    table: Entity | Child,
    old: tuple[str, Mapping[str, str]],
    incoming: str,
    source: Source,
) -> int:
    """Delete the incoming rows than which the loaded row of their key is newer; returns their number.

    So it is with the row that deleted a contact (flagged.py).

    Args:
        old: what was loaded, as SQL names it, and the user's columns with their types.
        incoming: the table of the new rows, as SQL names it.
        source: what gave them.
    """
    if not source.newest_by:
        return 0
    old_keys, new_keys = comparable_keys(con, table, old, (incoming, source.columns))
    before = count(con, incoming)
    new_value = ident(source.newest_by)
    old_value = new_value if source.newest_by in old[1] else "null"
    compared = [(incoming, new_value), (old[0], old_value), (f"raw.{ident(FLAGGED)}", "newest")]
    run_sql(
        con,
        "load/older_rows",
        incoming=incoming,
        old=old[0],
        is_entity=isinstance(table, Entity),
        named=fold_name(source.newest_by),
        has_times=have_times(con, *compared),
        row_id=row_id(source.columns),
        old_key=old_keys.across_loads,
        new_key=new_keys.across_loads,
        old_value=old_value,
        new_value=new_value,
    )
    return before - count(con, incoming)
