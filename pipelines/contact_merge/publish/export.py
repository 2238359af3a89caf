"""The output files of INTERFACE.md: merged tables as Parquet and CSV, events and rejects as JSON lines, the manifest last.

Each function stages its files inside the transaction of the batch and returns the rows of each, by its name
under OUTPUT. They are promoted after the commit.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import duckdb
import msgspec

from contact_merge.catalog import DERIVED, Catalog
from contact_merge.columns import json_of
from contact_merge.engine import (
    CSV,
    PARQUET,
    columns_of,
    copy_to,
    count,
    delete_all,
    fetch,
    fetch_value,
    ident,
    parquet_rows,
    run_sql,
    types_of_query,
)
from contact_merge.errors import OutputError
from contact_merge.loaded import keys_in
from contact_merge.progress import Progress
from contact_merge.publish.apply import Apply
from contact_merge.publish.files import MANIFEST, OutputFiles
from contact_merge.widening import EXACT_BITS

# A 128-bit integer in the text of a type; what is quoted is a name, and so is what no end of a type follows.
_WIDE = re.compile(r'("(?:[^"]|"")*")|\bU?HUGEINT\b(?=[\[,)]|$)')
_LINES = "format csv, header false, quote '', escape '', delimiter '\x1f', nullstr ''"


def write_merged(
    con: duckdb.DuckDBPyConnection,
    files: OutputFiles,
    catalog: Catalog,
    apply: Apply,
    progress: Progress,
) -> dict[str, int]:
    """Write merged/<table>.parquet for every merged table; `apply` writes those that it can."""
    # listed in this order, written in another
    rows = {f"merged/{table}.parquet": 0 for table in catalog.outputs}
    progress.step(
        "Writing files", sum(count(con, keys_in(con, catalog.table(table))) for table in catalog.data_tables)
    )
    apply.begin(catalog.data_tables)
    # What was loaded last is written first: more of it is in memory still.
    for table in (*reversed(catalog.data_tables), *DERIVED):
        if table in apply.tables:
            continue
        progress.doing(f"Writing {table}, {sum(rows.values()):,} rows")
        name = f"merged/{table}.parquet"
        columns = columns_of(con, "merged", table)
        selected = export_list(con, table, columns)
        with files.file(name) as hidden:
            rows[name] = copy_to(
                con,
                "publish/rows_for_file",
                hidden,
                PARQUET,
                rows=f"merged.{ident(table)}",
                selected=selected,
                columns=columns,
            )
        progress.advance(rows[name] if table in catalog.data_tables else 0)
    written = apply.rows()
    progress.advance(sum(written.values()))
    return rows | written


def write_csv(
    con: duckdb.DuckDBPyConnection, files: OutputFiles, catalog: Catalog, progress: Progress
) -> dict[str, int]:
    """Write merged/<table>.csv of every merged table whose Parquet file is staged, with the rows of that in their order."""
    rows = {}
    for table in catalog.outputs:
        progress.doing(f"Writing {table} as CSV")
        given = parquet_rows([files.staged(f"merged/{table}.parquet")])
        columns = types_of_query(con, "publish/rows_for_csv", rows=given, selected="*")
        selected = ", ".join(
            f"{_csv_text(ident(name), kind)} as {ident(name)}" for name, kind in columns.items()
        )
        name = f"merged/{table}.csv"
        with files.file(name) as hidden:
            rows[name] = copy_to(con, "publish/rows_for_csv", hidden, CSV, rows=given, selected=selected)
    return rows


def _csv_text(value: str, type_name: str) -> str:
    """SQL of a value as a cell of CSV has it: as `primary` of a response has it, texts and times without quotes around."""
    kind = duckdb.sqltype(type_name).id
    if kind in {"varchar", "json"} or type_name == "JSON":
        return value
    if kind in {"list", "array", "struct", "map"}:
        return f"case when {value} is not null then {json_of(value, type_name)} end"
    if kind in {"date", "blob"} or kind.startswith("timestamp"):
        return f"json_extract_string({json_of(value, type_name)}, '$')"
    text = f"cast({value} as varchar)"
    return f"case when not isnan({value}) then {text} end" if type_name in EXACT_BITS else text


def export_list(con: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str]) -> str:
    """The select list of a merged table for export; `columns` are its columns with their types."""
    return ", ".join(_export_item(con, table, name, type_name) for name, type_name in columns.items())


def _export_item(con: duckdb.DuckDBPyConnection, table: str, name: str, type_name: str) -> str:
    """A column for export. DuckDB would write 128-bit integers as DOUBLE, so they go as DECIMAL(38,0), or as text."""
    decimal, text = _replace_wide(type_name, "DECIMAL(38,0)"), _replace_wide(type_name, "VARCHAR")
    if decimal == type_name:
        return ident(name)
    unfit = f"{ident(name)} is not null and try_cast({ident(name)} as {decimal}) is null"
    too_small = count(con, f"merged.{ident(table)}", unfit)
    return f"cast({ident(name)} as {text if too_small else decimal}) as {ident(name)}"


def _replace_wide(type_name: str, instead: str) -> str:
    """A type with another one instead of its 128-bit integers."""
    return _WIDE.sub(lambda found: found[1] or instead, type_name)


def write_events(con: duckdb.DuckDBPyConnection, files: OutputFiles, *, again: bool) -> dict[str, int]:
    """Write the events of every batch whose events stand in no file yet, a file each; none for a batch without one.

    Each batch is noted in ledger.deliveries, in the transaction that records it or a later one.

    Args:
        again: those of all batches, over the files that may be there (`rebuild --events`).

    Raises:
        OutputError: a file of that name is there: a batch that this warehouse does not know was delivered in it.
    """
    if again:
        delete_all(con, "ledger.deliveries")
    rows = {}
    for batch_no, batch_id, kind, event in fetch(con, "publish/batches_without_file"):
        name = f"events/{event}_{'merged' if kind == 'run' else 'unmerged'}-{batch_id}.jsonl"
        run_sql(con, "ledger/add_delivery", {"batch_no": batch_no})
        if not count(con, "merged.events", "batch_no = $batch_no", {"batch_no": batch_no}):
            continue
        if (files.output / name).exists() and not again:
            raise OutputError(
                f"{files.output / name}: events of another batch {batch_id} are here, which this warehouse does not know; "
                "move the file away, or write to another folder."
            )
        with files.file(name) as hidden:
            rows[name] = copy_to(con, "publish/event_lines", hidden, _LINES, batch_no=batch_no)
    return rows


def write_rejects(con: duckdb.DuckDBPyConnection, files: OutputFiles) -> dict[str, int]:
    """Write rejects/<table>.jsonl for the last run; the file of a table that has no reject any more is removed."""
    rows = {}
    for table, entries in fetch(con, "publish/reject_counts"):
        name = f"rejects/{table}.jsonl"
        rows[name] = entries
        rejected = run_sql(con, "publish/rejects", {"table": table})
        with files.file(name) as hidden, hidden.open("wb") as lines:
            while chunk := rejected.fetchmany(10_000):
                lines.writelines(reject_line(row[1:]) + b"\n" for row in chunk)
    return rows


def reject_line(reject: tuple[Any, ...]) -> bytes:
    """A row of raw.rejects (file, row_number, reason, raw) as it stands in a file."""
    return msgspec.json.encode(dict(zip(("file", "row", "reason", "raw"), reject, strict=True)))


def write_manifest(
    con: duckdb.DuckDBPyConnection, files: OutputFiles, rows: dict[str, int], as_of: str
) -> None:
    """Write manifest.json, last of all: batch, ledger digest, and for each file its rows and bytes."""
    newest = fetch(con, "ledger/newest_batch")
    batch_id, digest, _ = newest[0] if newest else (None, None, None)
    warehouse_id = fetch_value(con, "ledger/warehouse_id")
    manifest = {
        "batch_id": batch_id,
        "ledger_digest": digest,
        "warehouse_id": warehouse_id,
        "as_of": as_of,
        "files": {
            name: {"rows": count, "bytes": files.staged(name).stat().st_size}
            for name, count in sorted(rows.items())
        },
    }
    with files.file(MANIFEST) as hidden:
        hidden.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
