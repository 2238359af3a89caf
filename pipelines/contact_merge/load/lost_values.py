"""Values that a load empties because the file of their row lacks the column (SHAPES.md 3)."""

from collections.abc import Iterable, Mapping

import duckdb

from contact_merge.catalog import Child
from contact_merge.engine import fetch, fetch_value
from contact_merge.load.data_keys import comparable_keys
from contact_merge.load.running import row_id
from contact_merge.load.source import Source
from contact_merge.preset import Entity


def find_lacking(
    con: duckdb.DuckDBPyConnection, source: Source, target: str, before: Iterable[str]
) -> dict[str, str]:
    """The columns of before that a file lacks, each with SQL that is true for the rows of `target` that came from such a file.

    To be called before any row of `target` is deleted.
    """
    ranges: dict[str, list[tuple[int, int]]] = {}
    start = 0
    for scan in source.file_scans():
        end = start + scan.rows
        for name in before:
            if scan.rows and name not in (scan.header or source.columns):  # rule: lacking-columns
                ranges.setdefault(name, []).append((start, end - 1))
        start = end
    if not ranges:
        return {}
    number = row_id(source.columns)
    first = fetch_value(con, "load/first_number", number=number, target=target)
    return {
        name: " or ".join(f"{number} between {first + start} and {first + end}" for start, end in its_ranges)
        for name, its_ranges in ranges.items()
    }


def count_lost_values(
    con: duckdb.DuckDBPyConnection,
    table: Entity | Child,
    old: tuple[str, Mapping[str, str]],
    new: tuple[str, Mapping[str, str]],
    lacking: Mapping[str, str],
) -> tuple[tuple[str, int], ...]:
    """For each lacking column that had values in rows which new ones replace: the column, and the number of these values.

    Args:
        con: the connection.
        table: the table.
        old, new: each as SQL names it, and the user's columns with their types.
        lacking: as `find_lacking` returns it.
    """
    if not lacking:
        return ()
    old_keys, new_keys = comparable_keys(con, table, old, new)
    if not new_keys.unique:
        return ()  # which rows replace which cannot be said
    counts = fetch(
        con,
        "load/lost_values",
        old=old[0],
        new=new[0],
        old_key=old_keys.across_loads,
        new_key=new_keys.across_loads,
        lacking=lacking,
    )[0]
    return tuple((name, values) for name, values in zip(lacking, counts, strict=True) if values)
