"""raw.rejects: what of the last load could not be used, with the file and row where it stood."""

import duckdb
import msgspec
import polars as pl

from contact_merge.columns import comma_joined, json_of
from contact_merge.load.source import FilePart, Source
from contact_merge.sql import ident, literal, run_sql


def make_rejects(con: duckdb.DuckDBPyConnection) -> None:
    """Make raw.rejects anew, empty."""
    run_sql(con, "load/rejects")


def reject_broken_lines(con: duckdb.DuckDBPyConnection, source: Source) -> int:
    """Put the lines that cannot be read as rows into raw.rejects; gives their number."""
    broken = [(part.file, line) for part in source.find_parts() for line in part.broken]
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
        con.register("broken_lines", lines.to_arrow())
        con.execute("insert into raw.rejects by name select * from broken_lines")
        con.unregister("broken_lines")
    return len(broken)


def count_rejects(con: duckdb.DuckDBPyConnection, table: str) -> int:
    """How many entries a table has in raw.rejects."""
    counted = con.execute("select count(*) from raw.rejects where table_name = $table", {"table": table})
    return counted.fetchall()[0][0]


def place_rows(con: duckdb.DuckDBPyConnection, parts: list[FilePart]) -> None:
    """Make the temporary table row_places: which file and row each loaded row came from.

    One row for each stretch of rows without a gap: first_ordinal (the place of its first row among all
    loaded, from 0), file, first_row (the row number of that row in its file).
    """
    stretches: dict[int, tuple[str, int]] = {}
    passed = 0
    for part in parts:
        stretches[passed] = (part.file, 1)
        gaps = sorted([line.row for line in part.broken] + part.blank)
        for gaps_before, gap in enumerate(gaps):
            # where gaps or files follow each other at once, only the last leaves rows behind it
            stretches[passed + gap - 1 - gaps_before] = (part.file, gap + 1)
        passed += part.rows
    places = pl.DataFrame(
        [(ordinal, *place) for ordinal, place in stretches.items()],
        schema={"first_ordinal": pl.Int64, "file": pl.String, "first_row": pl.Int64},
        orient="row",
    )
    con.register("places", places.to_arrow())
    con.execute("create or replace temp table row_places as select * from places")
    con.unregister("places")


def row_as_json(source: Source) -> str:
    """SQL of a row of `loaded` as one JSON object, all columns in their order; slices of JSON text stand as they are."""
    members = []
    for name, kind in source.columns.items():
        value = f"loaded.{ident(name)}"
        text = f"coalesce({value}, 'null')" if name in source.json_text else json_of(value, kind)
        members.append(f"{literal(msgspec.json.encode(name).decode() + ':')} || {text}")
    return f"'{{' || {comma_joined(members)} || '}}'"
