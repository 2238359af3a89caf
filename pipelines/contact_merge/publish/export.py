"""The output files of INTERFACE.md: merged tables as Parquet, events and rejects as JSON lines, the manifest last."""

import json
from pathlib import Path

import duckdb
import msgspec

from contact_merge.publish.files import remove_partial_files, whole_file
from contact_merge.tables import DATA_TABLES
from contact_merge.warehouse import columns_of, ident, literal

MERGED_TABLES = (
    *DATA_TABLES,
    "contact_redirects",
    "merge_responses",
    "field_provenance",
    "field_conflicts",
    "identity_map",
)
_WIDE = ("UHUGEINT", "HUGEINT")
# Into the very file that is there: DuckDB's own temporary file would be another one, which nobody clears up.
_IN_PLACE = "use_tmp_file false"
AS_PARQUET = f"(format parquet, {_IN_PLACE})"
_LINES = f"(format csv, header false, quote '', escape '', delimiter '\x1f', nullstr '', {_IN_PLACE})"


def write_merged(con: duckdb.DuckDBPyConnection, output: Path, mode: int) -> dict[str, int]:
    """Write merged/<table>.parquet for every merged table; returns the rows of each file, by its name under OUTPUT."""
    folder = output / "merged"
    folder.mkdir(parents=True, exist_ok=True)
    remove_partial_files(folder)
    rows = {}
    for table in MERGED_TABLES:
        rows[f"merged/{table}.parquet"] = _write_table(con, table, folder / f"{table}.parquet", mode)
    return rows


def _write_table(con: duckdb.DuckDBPyConnection, table: str, path: Path, mode: int) -> int:
    with whole_file(path, mode) as partial:
        return con.execute(
            f"copy (select {exported(con, table)} from merged.{table}) to {literal(str(partial))} {AS_PARQUET}"
        ).fetchall()[0][0]


def exported(con: duckdb.DuckDBPyConnection, table: str) -> str:
    """SQL of the columns of a merged table as they leave."""
    columns = columns_of(con, "merged", table)
    return ", ".join(_exported(con, table, name, type_name) for name, type_name in columns.items())


def _exported(con: duckdb.DuckDBPyConnection, table: str, name: str, type_name: str) -> str:
    """A column as it leaves: DuckDB would write 128-bit integers as DOUBLE, so they go as DECIMAL(38,0), or as text."""
    if not any(wide in type_name for wide in _WIDE):
        return ident(name)
    decimal, text = type_name, type_name
    for wide in _WIDE:
        decimal, text = decimal.replace(wide, "DECIMAL(38,0)"), text.replace(wide, "VARCHAR")
    too_small = con.execute(
        f"select count(*) from merged.{table} "
        f"where {ident(name)} is not null and try_cast({ident(name)} as {decimal}) is null"
    ).fetchall()[0][0]
    return f"cast({ident(name)} as {text if too_small else decimal}) as {ident(name)}"


def write_events(
    con: duckdb.DuckDBPyConnection, output: Path, mode: int, batches: list[tuple[int, str, str]]
) -> dict[str, int]:
    """Write the events of batches (`batch_no`, `batch_id`, `kind`), a file each; none for a batch without an event."""
    folder = output / "events"
    rows = {}
    if folder.is_dir():
        remove_partial_files(folder)
    for batch_no, batch_id, kind in batches:
        name = f"contact_{'merged' if kind == 'run' else 'unmerged'}-{batch_id}.jsonl"
        count = con.execute(
            "select count(*) from merged.events where batch_no = $batch_no", {"batch_no": batch_no}
        ).fetchall()[0][0]
        if count:
            with whole_file(folder / name, mode) as partial:
                con.execute(
                    f"copy (select line from merged.events where batch_no = {batch_no} order by place) "
                    f"to {literal(str(partial))} {_LINES}"
                )
            rows[f"events/{name}"] = count
    return rows


def write_rejects(con: duckdb.DuckDBPyConnection, output: Path, mode: int) -> dict[str, int]:
    """Write rejects/<table>.jsonl for the last run; the file of a table that has no reject any more is removed."""
    folder = output / "rejects"
    rows = {}
    tables = con.execute(
        "select table_name, count(*) from raw.rejects group by table_name order by table_name"
    ).fetchall()
    if folder.is_dir():
        remove_partial_files(folder)
        for old in folder.glob("*.jsonl"):
            if old.stem not in {table for table, _ in tables}:
                old.unlink()
    for table, count in tables:
        rejected = con.execute(
            "select file, row_number, reason, raw from raw.rejects where table_name = $table order by file, row_number",
            {"table": table},
        )
        with whole_file(folder / f"{table}.jsonl", mode) as partial, partial.open("wb") as lines:
            while chunk := rejected.fetchmany(10_000):
                lines.writelines(
                    msgspec.json.encode({"file": file, "row": row, "reason": reason, "raw": raw}) + b"\n"
                    for file, row, reason, raw in chunk
                )
        rows[f"rejects/{table}.jsonl"] = count
    return rows


def write_manifest(
    con: duckdb.DuckDBPyConnection, output: Path, mode: int, rows: dict[str, int], as_of: str
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
            name: {"rows": count, "bytes": (output / name).stat().st_size}
            for name, count in sorted(rows.items())
        },
    }
    with whole_file(output / "manifest.json", mode) as partial:
        partial.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
