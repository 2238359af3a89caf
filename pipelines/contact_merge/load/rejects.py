"""raw.rejects: what of the last load could not be used, with the file and row where it stood."""

import duckdb
import msgspec
import polars as pl

from contact_merge.columns import join_commas, json_of
from contact_merge.engine import count, delete_all, frames, ident, literal, make_temp_table, run_sql
from contact_merge.load.running import row_id
from contact_merge.load.source import FileScan, Source


def make_rejects(con: duckdb.DuckDBPyConnection) -> None:
    """Make raw.rejects, or empty it."""
    run_sql(con, "load/rejects")
    delete_all(con, "raw.rejects")


def reject_broken_lines(con: duckdb.DuckDBPyConnection, source: Source) -> int:
    """Put the lines that cannot be read as rows into raw.rejects; gives their number."""
    broken = [(scan.file, line) for scan in source.file_scans() for line in scan.broken]
    if broken:
        lines = pl.DataFrame(
            {
                "table_name": [source.table] * len(broken),
                "file": [file for file, _ in broken],
                "row_number": [line.row for _, line in broken],
                "reason": [line.reason for _, line in broken],
                "raw": [line.raw for _, line in broken],
            }
        )
        with frames(con, broken_lines=lines):
            run_sql(con, "load/add_broken_lines")
    return len(broken)


def count_rejects(con: duckdb.DuckDBPyConnection, table: str) -> int:
    """How many entries a table has in raw.rejects."""
    return count(con, "raw.rejects", "table_name = $table", {"table": table})


def locate_rows(con: duckdb.DuckDBPyConnection, scans: list[FileScan]) -> None:
    """Make the temporary table row_positions: which file and row each loaded row came from.

    One row for each stretch of rows without a gap: first_ordinal (the position of its first row among all
    loaded, from 0), file, first_row (the row number of that row in its file).
    """
    stretches: dict[int, tuple[str, int]] = {}
    passed = 0
    for scan in scans:
        stretches[passed] = (scan.file, 1)
        gaps = sorted([line.row for line in scan.broken] + scan.blank)
        for gaps_before, gap in enumerate(gaps):
            # where gaps or files follow each other at once, only the last leaves rows behind it
            stretches[passed + gap - 1 - gaps_before] = (scan.file, gap + 1)
        passed += scan.rows
    positions = pl.DataFrame(
        [(ordinal, *start) for ordinal, start in stretches.items()],
        schema={"first_ordinal": pl.Int64, "file": pl.String, "first_row": pl.Int64},
        orient="row",
    )
    make_temp_table(con, "row_positions", positions)


def add_rejects(con: duckdb.DuckDBPyConnection, source: Source, rejected: str, target: str) -> None:
    """Put the rows of a temporary table `rejected` with a reason into raw.rejects.

    Args:
        con: the connection.
        source: where the rows came from; `locate_rows` was called for it.
        rejected: the temporary table, with `row_id`, `ordinal` and `reason`.
        target: the table that holds the rows as they were loaded.
    """
    run_sql(
        con,
        "load/add_rejects",
        {"table": source.table},
        rejected=rejected,
        target=target,
        raw_row=_row_as_json(source),
        row_id=row_id(source.columns),
    )


def _row_as_json(source: Source) -> str:
    """SQL of a row of `loaded` as one JSON object, all columns in their order; slices of JSON text stand as they are."""
    pairs = []
    for name, kind in source.columns.items():
        value = f"loaded.{ident(name)}"
        text = f"coalesce({value}, 'null')" if name in source.json_text else json_of(value, kind)
        if name in source.uncast:
            its = source.uncast[name]
            before = f"loaded.{its.helper}"
            spelled = before if its.is_json else json_of(before, its.type)
            text = f"case when {before} is null then {text} else {spelled} end"
        pairs.append(f"{literal(msgspec.json.encode(name).decode() + ':')} || {text}")
    return f"'{{' || {join_commas(pairs)} || '}}'"
