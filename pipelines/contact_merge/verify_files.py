"""Bring the files of an output folder before the checks of sql/checks/ that compare them with the warehouse.

Each function makes temp tables or views. A file that is missing, cut off or damaged is reported as such: nothing
here raises for what a file holds.
"""

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from contact_merge.catalog import Catalog
from contact_merge.engine import (
    columns_of,
    csv_rows,
    fetch,
    fetch_value,
    file_list,
    ident,
    make_temp_table,
    parquet_rows,
    read_to_end,
    run_sql,
    types_of,
    types_of_query,
)
from contact_merge.publish.export import export_list, reject_line
from contact_merge.publish.files import MANIFEST, read_manifest

_IDS = {
    "contact_redirects": ("retired_id",),
    "merge_responses": ("request_id",),
    "field_provenance": ("contact_id", "field"),
    "field_conflicts": ("contact_id", "field", "other_from"),
    "identity_map": ("contact_id",),
    "dropped_children": ("table", "survivor_id", "request_id"),
}
_HEAD = {"batch_id": pl.String, "ledger_digest": pl.String, "warehouse_id": pl.String}
_FILES = {"name": pl.String, "listed_rows": pl.Int64, "listed_bytes": pl.Int64} | {
    "found_rows": pl.Int64,
    "found_bytes": pl.Int64,
}
_LINES = {"file": pl.String, "position": pl.Int64, "line_digest": pl.String}


def compare_manifest(con: duckdb.DuckDBPyConnection, output: Path) -> dict[str, Any]:
    """Make the temp tables `manifest` (no row: unreadable) and `manifest_files`, listed and found."""
    manifest = read_manifest(output / MANIFEST)
    heads = [[_if_typed(manifest.get(name), str) for name in _HEAD]] if manifest else []
    files = manifest.get("files")
    rows = []
    for name, entry in files.items() if isinstance(files, dict) else []:
        figures = entry if isinstance(entry, dict) else {}
        sizes = [_if_typed(figures.get("rows"), int), _if_typed(figures.get("bytes"), int)]
        rows.append([name, *sizes, *_measure(con, output, name)])
    _make_table(con, "manifest", heads, _HEAD)
    _make_table(con, "manifest_files", rows, _FILES)
    return {}


def _if_typed(value: Any, kind: type) -> Any:
    return value if type(value) is kind else None


def _measure(con: duckdb.DuckDBPyConnection, output: Path, name: str) -> tuple[int | None, int | None]:
    """Rows and bytes of a file; null where it is not there, or is no table or lines."""
    path = output / name
    if not path.resolve().is_relative_to(output.resolve()) or not path.is_file():
        return None, None
    size = path.stat().st_size
    if path.suffix == ".jsonl":
        with path.open("rb") as lines:
            return sum(1 for _ in lines), size
    try:
        if path.suffix == ".csv":
            names = columns_of(con, "merged", path.stem)
            return fetch_value(con, "checks/rows_of_csv", rows=csv_rows(path, names)), size
        return fetch_value(con, "checks/rows_of_file", file=file_list([path])), size
    except duckdb.Error:
        return None, size


def compare_parquet(con: duckdb.DuckDBPyConnection, catalog: Catalog, output: Path) -> dict[str, Any]:
    """Make a temp view `file_<table>` of each merged file; `unreadable_files` are those that give none."""
    ids_of = {catalog.entity.table: (catalog.entity.id,)} | _IDS
    ids_of |= {child.name: child.key for child in catalog.children}
    compared: list[dict[str, str]] = []
    unreadable: list[tuple[str, str]] = []
    for table in catalog.outputs:
        path = output / "merged" / f"{table}.parquet"
        view = ident(f"file_{table}")
        selected = export_list(con, table, columns_of(con, "merged", table))
        due = types_of_query(con, "checks/exported", table=table, selected=selected)
        if not path.is_file():
            unreadable.append((table, "its file is missing"))
            continue
        try:
            run_sql(con, "checks/file_of_table", view=view, rows=parquet_rows([path]))
            found = types_of(con, view)
            read_to_end(con, view)
        except duckdb.Error:
            unreadable.append((table, "its file cannot be read"))
            continue
        if list(found) != list(due):
            unreadable.append((table, "its file has other columns"))
            continue
        read = ", ".join(f"cast({ident(name)} as {type_}) as {ident(name)}" for name, type_ in due.items())
        names = [f"cast({ident(name)} as varchar)" for name in ids_of[table] if name in due]
        ids = ", ".join(names or ["'a row without a key'"])
        columns = ", ".join(ident(name) for name in due)
        compared.append(
            {"name": table, "file": view, "selected": selected, "read": read, "columns": columns}
            | {"ids": f"concat_ws(', ', {ids})"}
        )
    _make_table(con, "unreadable_files", unreadable, {"name": pl.String, "fault": pl.String})
    return {"compared": compared}


def read_rejects(con: duckdb.DuckDBPyConnection, output: Path) -> dict[str, Any]:
    """Make the temp tables `reject_lines`, as `event_lines`, and `due_rejects`, what raw.rejects makes of them."""
    due, positions = [], Counter[str]()
    for table, *reject in fetch(con, "publish/rejects", {"table": None}):
        positions[table] += 1
        digest = hashlib.md5(reject_line(tuple(reject)), usedforsecurity=False).hexdigest()
        due.append((f"{table}.jsonl", positions[table], digest))
    _make_table(con, "due_rejects", due, _LINES)
    _make_table(con, "reject_lines", _lines_of(output / "rejects"), _LINES)
    return {}


def read_events(con: duckdb.DuckDBPyConnection, output: Path) -> dict[str, Any]:
    """Make the temp table `event_lines`: one row per line of the files under events/, with its MD5."""
    _make_table(con, "event_lines", _lines_of(output / "events"), _LINES)
    return {}


def _lines_of(folder: Path) -> list[tuple[str, int, str]]:
    rows = []
    for path in sorted(folder.glob("*.jsonl")):
        with path.open("rb") as lines:
            for position, line in enumerate(lines, 1):
                whole = line.endswith(b"\n")
                digest = hashlib.md5(line[:-1], usedforsecurity=False).hexdigest() if whole else "cut off"
                rows.append((path.name, position, digest))
    return rows


def _make_table(con: duckdb.DuckDBPyConnection, name: str, rows: list[Any], schema: dict[str, Any]) -> None:
    make_temp_table(con, name, pl.DataFrame(rows, schema=schema, orient="row"))
