"""What a dry run would change: a row a contact and field, with the value before and after and where it comes from."""

import duckdb
import polars as pl

from contact_merge.columns import ContactColumns
from contact_merge.engine import PARQUET, copy_to, fetch, frames, run_sql
from contact_merge.json_text import parse_object
from contact_merge.publish.files import OutputFiles

_SCHEMA = {
    "contact_id": pl.String,
    "field": pl.String,
    "position": pl.Int32,
    "before": pl.String,
    "after": pl.String,
}


def remember_before(con: duckdb.DuckDBPyConnection, columns: ContactColumns, merges: str) -> None:
    """Keep the merged rows of the contacts that merges go into, or went into: those in this table, by their `primary_key`."""
    run_sql(con, "publish/before_merge", merges=merges, **columns.variables())


def find_changes(con: duckdb.DuckDBPyConnection, columns: ContactColumns) -> None:
    """Compare them with the merged rows now; makes the temp table `changes`."""
    rows = []
    for field in columns.json:
        pairs = fetch(con, "publish/changed_texts", field=field, **columns.variables())
        for contact_id, before, after in pairs:
            (old, _), (new, _) = parse_object(before) or ({}, {}), parse_object(after) or ({}, {})
            for key in {**old, **new}:
                if old.get(key) != new.get(key):
                    was, now = (field.shown(cut[key]) if key in cut else None for cut in (old, new))
                    rows.append((contact_id, f"{field.label}.{key}", field.i, was, now))
    with frames(con, json_changes=pl.DataFrame(rows, schema=_SCHEMA, orient="row")):
        run_sql(con, "publish/changes", **columns.variables())


def write_changes(con: duckdb.DuckDBPyConnection, files: OutputFiles) -> dict[str, int]:
    """Write changes.parquet: contact_id, field, before, after, source_contact_id, request_id."""
    with files.file("changes.parquet") as hidden:
        return {"changes.parquet": copy_to(con, "publish/changes_for_file", hidden, PARQUET)}
