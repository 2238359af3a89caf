"""Values of a table just loaded that count as empty because they cannot be used: their rows stay, and are among the rejects."""

from collections.abc import Iterable

import duckdb

from contact_merge.engine import fetch, has_rows, run_sql
from contact_merge.json_text import parse_object
from contact_merge.load.source import Source
from contact_merge.load.typing import note_uncast


def note_rows(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    target: str,
    row_id: str,
    *,
    pointer: str | None,
    fault: str = "",
    json_fields: tuple[str, ...],
    notes: Iterable[tuple[str, str]] = (),
) -> bool:
    """Make the temp table noted_rows; returns whether it has any row.

    Args:
        target: the table, as SQL names it.
        row_id: SQL of the number of a row of it.
        pointer: its column of pointers, if it has one.
        fault: what is said, after `is`, of a pointer that is no id.
        json_fields: its columns that hold JSON objects.
        notes: SQL that is true for rows with another value that cannot be used, each with what the rejects say of it.
    """
    variables = {
        "target": target,
        "row_id": row_id,
        "pointer": pointer,
        "fault": fault,
        "notes": list(notes),
    }
    run_sql(con, "load/noted_rows", **variables)
    note_uncast(con, source, target, row_id)
    for name in json_fields:
        if source.columns.get(name) in {"VARCHAR", "JSON"}:
            run_sql(con, "load/noted_objects", column=name, **variables)
    # DuckDB may be too lax with some texts
    fine = [text for (text,) in fetch(con, "load/suspects") if parse_object(text) is not None]
    if fine:
        run_sql(con, "load/clear_suspects", {"fine": fine})
    return has_rows(con, "noted_rows")
