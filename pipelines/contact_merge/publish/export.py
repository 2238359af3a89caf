"""The output files of INTERFACE.md: merged tables as Parquet, events and rejects as JSON lines, the manifest last.

Each function stages its files inside the transaction of the batch and returns the rows of each, by its name
under OUTPUT. They are promoted after the commit.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from contact_merge.engine import columns_of, ident, literal
from contact_merge.errors import OutputError
from contact_merge.progress import Progress
from contact_merge.publish.files import MANIFEST, OutputFiles
from contact_merge.tables import DATA_TABLES, DERIVED, MERGED_TABLES

# A 128-bit integer in the text of a type; what is quoted is a name, and so is what no end of a type follows.
_WIDE = re.compile(r'("(?:[^"]|"")*")|\bU?HUGEINT\b(?=[\[,)]|$)')
REJECT_ORDER = "file, row_number, reason"  # a row may be rejected for several reasons  # rule: one-order
_LINES = "format csv, header false, quote '', escape '', delimiter '\x1f', nullstr ''"


def write_merged(con: duckdb.DuckDBPyConnection, files: OutputFiles, progress: Progress) -> dict[str, int]:
    """Write merged/<table>.parquet for every merged table."""
    rows = {
        f"merged/{table}.parquet": 0 for table in MERGED_TABLES
    }  # listed in this order, written in another
    raw_rows = [con.execute(f"select count(*) from raw.{table}").fetchall()[0][0] for table in DATA_TABLES]
    progress.step("Writing files", sum(raw_rows))
    # What was loaded last is written first: more of it is in memory still.
    for table in (*reversed(DATA_TABLES), *DERIVED):
        progress.doing(f"Writing {table}, {sum(rows.values()):,} rows")
        name = f"merged/{table}.parquet"
        columns = columns_of(con, "merged", table)
        # A row that never comes, but lets every column be null. Without it a file would mark a column as never null
        # wherever DuckDB happens to know, and schemas of the same table would differ.
        any_null = f"union all select {', '.join('null' for _ in columns)} where random() < 0"
        query = f"select {export_list(con, table, columns)} from merged.{table} {any_null}"
        with files.file(name) as hidden:
            rows[name] = copy_to(con, query, hidden, "format parquet")
        progress.advance(rows[name] if table in DATA_TABLES else 0)
    return rows


def copy_to(con: duckdb.DuckDBPyConnection, query: str, hidden: Path, options: str) -> int:
    """Copy a query's rows into a staged file; returns their number."""
    # DuckDB's own temporary file would be readable for all, and stay behind where the process is killed.
    options += ", use_tmp_file false"
    return con.execute(f"copy ({query}) to {literal(str(hidden))} ({options})").fetchall()[0][0]


def export_list(con: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str]) -> str:
    """The select list of a merged table for export; `columns` are its columns with their types."""
    return ", ".join(_export_item(con, table, name, type_name) for name, type_name in columns.items())


def _export_item(con: duckdb.DuckDBPyConnection, table: str, name: str, type_name: str) -> str:
    """A column for export. DuckDB would write 128-bit integers as DOUBLE, so they go as DECIMAL(38,0), or as text."""
    decimal, text = _replace_wide(type_name, "DECIMAL(38,0)"), _replace_wide(type_name, "VARCHAR")
    if decimal == type_name:
        return ident(name)
    too_small = con.execute(
        f"select count(*) from merged.{table} "
        f"where {ident(name)} is not null and try_cast({ident(name)} as {decimal}) is null"
    ).fetchall()[0][0]
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
        con.execute("delete from ledger.deliveries")
    rows = {}
    waiting = con.execute(
        "select batch_no, batch_id, kind from ledger.batches "
        "anti join ledger.deliveries using (batch_no) order by batch_no"
    ).fetchall()
    for batch_no, batch_id, kind in waiting:
        name = f"events/contact_{'merged' if kind == 'run' else 'unmerged'}-{batch_id}.jsonl"
        con.execute("insert into ledger.deliveries values ($no)", {"no": batch_no})
        count = con.execute(
            "select count(*) from merged.events where batch_no = $batch_no", {"batch_no": batch_no}
        ).fetchall()[0][0]
        if not count:
            continue
        if (files.output / name).exists() and not again:
            raise OutputError(
                f"{files.output / name}: events of another batch {batch_id} are here, which this warehouse does not know; "
                "move the file away, or write to another folder."
            )
        query = f"select line from merged.events where batch_no = {batch_no} order by position"
        with files.file(name) as hidden:
            rows[name] = copy_to(con, query, hidden, _LINES)
    return rows


def write_rejects(con: duckdb.DuckDBPyConnection, files: OutputFiles) -> dict[str, int]:
    """Write rejects/<table>.jsonl for the last run; the file of a table that has no reject any more is removed."""
    rows = dict(
        con.execute(
            "select 'rejects/' || table_name || '.jsonl', count(*) from raw.rejects group by 1 order by 1"
        ).fetchall()
    )
    for name in rows:
        rejected = con.execute(
            "select file, row_number, reason, raw from raw.rejects where 'rejects/' || table_name || '.jsonl' = $name "
            f"order by {REJECT_ORDER}",
            {"name": name},
        )
        with files.file(name) as hidden, hidden.open("wb") as lines:
            while chunk := rejected.fetchmany(10_000):
                lines.writelines(reject_line(row) + b"\n" for row in chunk)
    return rows


def reject_line(reject: tuple[Any, ...]) -> bytes:
    """A row of raw.rejects (file, row_number, reason, raw) as it stands in a file."""
    return msgspec.json.encode(dict(zip(("file", "row", "reason", "raw"), reject, strict=True)))


def write_manifest(
    con: duckdb.DuckDBPyConnection, files: OutputFiles, rows: dict[str, int], as_of: str
) -> None:
    """Write manifest.json, last of all: batch, ledger digest, and for each file its rows and bytes."""
    newest = con.execute(
        "select batch_id, digest from ledger.batches order by batch_no desc limit 1"
    ).fetchall()
    batch_id, digest = newest[0] if newest else (None, None)
    warehouse_id = con.execute("select cast(warehouse_id as varchar) from ledger.warehouse").fetchall()[0][0]
    manifest = {
        "batch_id": batch_id,
        "ledger_digest": digest,
        "warehouse_id": warehouse_id,
        "as_of": as_of,
        "files": {
            name: {"rows": count, "bytes": files.size_of(name)} for name, count in sorted(rows.items())
        },
    }
    with files.file(MANIFEST) as hidden:
        hidden.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
