"""A raw table that is loaded whole stands beside the new one until its batch ends.

What the export deletes is the difference, and a rejected row leaves the last good row of its key.
"""

from collections.abc import Iterable

import duckdb
import polars as pl

from contact_merge.catalog import Child
from contact_merge.engine import (
    change_type,
    columns_of,
    count,
    delete_all,
    drop,
    fetch,
    fetch_value,
    frames,
    has_rows,
    ident,
    rename_table,
    run_sql,
)
from contact_merge.ids import UUIDS, id_type_of
from contact_merge.json_text import broken_object
from contact_merge.load.columns import converted, select_items
from contact_merge.load.data_keys import comparable_keys, data_keys
from contact_merge.load.source import Source
from contact_merge.load.upsert import common_columns
from contact_merge.loaded import earlier, loaded, make_earlier_view
from contact_merge.names import spell
from contact_merge.preset import Entity
from contact_merge.snapshots import drop_replaced, is_snapshot, set_snapshot_aside
from contact_merge.tables import EARLIER_PREFIX, FLAGGED, REPLACED_PREFIX, RESERVED_PREFIX


def earlier_columns(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """The user's columns of a raw table that this batch replaces; none where it replaces none."""
    columns = columns_of(con, "raw", EARLIER_PREFIX + table)
    return {name: kind for name, kind in columns.items() if not name.startswith(RESERVED_PREFIX)}


def set_aside(con: duckdb.DuckDBPyConnection, table: Entity | Child) -> None:
    """Keep a raw table under the name that `earlier` gives, so that a new one can be loaded whole."""
    drop_earlier(con, [table.name])
    types = columns_of(con, "raw", table.name)
    if types:
        if is_snapshot(con, table.name):
            set_snapshot_aside(con, table.name)
        else:
            rename_table(con, loaded(table.name), REPLACED_PREFIX + table.name)
        make_earlier_view(con, table, types)
    if isinstance(table, Entity):
        run_sql(con, "ledger/end_restored")  # rule: until-a-full-export
        delete_all(con, f"raw.{FLAGGED}")


def drop_earlier(con: duckdb.DuckDBPyConnection, tables: Iterable[str]) -> None:
    """Drop what was set aside of these tables, at the end of a batch."""
    views = fetch(con, "warehouse/views")
    for table in tables:
        if ("raw", EARLIER_PREFIX + table) in views:
            drop(con, "view", earlier(table))
            drop_replaced(con, table)


def keep_last_good_rows(con: duckdb.DuckDBPyConnection, table: Entity | Child, source: Source) -> int:
    """Put back the earlier rows whose key only a rejected row has (temp table `rejected_keys`); returns their number.

    The columns are those of the new table, each of a type that holds the kept values too.

    Raises:
        InputError: there is no such type.

    Source: SHAPES.md, 'Guards'.
    """
    before = earlier_columns(con, table.name)
    if not before or not data_keys(table, before).unique:
        return 0
    _add_keys_of_broken_lines(con, table, source)
    if not has_rows(con, "rejected_keys"):
        return 0
    raw = loaded(table.name)
    keys, new_keys = comparable_keys(con, table, (earlier(table.name), before), (raw, source.columns))
    run_sql(
        con,
        "load/kept_rows",
        earlier=earlier(table.name),
        raw=raw,
        old_key=keys.across_loads,
        new_key=new_keys.across_loads,
    )
    kept = count(con, "kept_rows")
    if not kept:
        return 0
    shared = {name: kind for name, kind in before.items() if name in source.columns}
    columns = common_columns(
        con, table, ("kept_rows", shared), (raw, source.columns), "correct the rejected rows", source.types
    )
    for name, kind in columns.items():
        if kind != source.columns[name]:
            change_type(con, raw, name, kind, converted(name, source.columns[name], kind))
    run_sql(
        con,
        "load/put_back",
        raw=raw,
        columns=columns,
        items=select_items(shared, columns),
        helpers=list(keys.helpers),
    )
    return kept


def _add_keys_of_broken_lines(con: duckdb.DuckDBPyConnection, table: Entity | Child, source: Source) -> None:
    """Add to `rejected_keys` the keys of the lines that are no rows, where these can be read nevertheless."""
    its = data_keys(table, source.columns)
    columns = (table.id,) if isinstance(table, Entity) else table.key
    referring = columns if isinstance(table, Entity) else [reference.column for reference in table.references]
    types = {name: id_type_of(table) if name in referring else UUIDS for name in columns}
    said = {name for name, value in zip(columns, its.unique, strict=True) if value in its.said}
    keys: set[tuple[str | None, ...]] = set()
    for scan in source.file_scans():
        for line in scan.broken:
            found = scan.cells(line.raw) if scan.cells is not None else broken_object(line.raw)
            ids = {name: found.get(spell(name, found)) for name in columns}
            keys.add(
                tuple(
                    value if name in said else types[name].key_text(value or "")
                    for name, value in ids.items()
                )
            )
    names = [f"key_{position}" for position in range(1, len(columns) + 1)]
    if keys:
        frame = pl.DataFrame(list(keys), dict.fromkeys(names, pl.String), orient="row").drop_nulls()
        with frames(con, broken_keys=frame):
            run_sql(con, "load/add_broken_keys")


def count_deleted_rows(con: duckdb.DuckDBPyConnection, table: Child, *, at_least: int) -> int:
    """How many rows of a child table with a key an export deletes: those whose key it no longer holds.

    Ids are compared as they are spelled, and by value only where that finds `at_least` so many. So a smaller number may be
    larger than the true one.
    """
    before = earlier_columns(con, table.name)
    if not before:
        return 0
    if table.strict and not table.unique:
        spelled = [f"cast({ident(name)} as varchar)" for name in table.key]
        deleted = _count_missing(con, table.name, spelled, spelled)
        if deleted < at_least:
            return deleted
    raw = f"raw.{ident(table.name)}"
    now = columns_of(con, "raw", table.name)
    old, new = comparable_keys(con, table, (earlier(table.name), before), (raw, now))
    return _count_missing(con, table.name, old.across_loads, new.across_loads)


def _count_missing(
    con: duckdb.DuckDBPyConnection, table: str, old_key: Iterable[str], new_key: Iterable[str]
) -> int:
    return fetch_value(
        con,
        "load/deleted_rows",
        earlier=earlier(table),
        raw=f"raw.{ident(table)}",
        old_key=list(old_key),
        new_key=list(new_key),
    )
