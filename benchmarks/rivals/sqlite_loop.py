"""Rival: the endpoint one request at a time over SQLite, as a back end would do it.

    uv run python benchmarks/rivals/sqlite_loop.py INPUT OUTPUT AS_OF

Loads the Parquet files, makes indexes on ids and on contact_id, then for each request looks at its contacts, answers 404
where one is missing or retired, and else folds the rows, updates the primary, re-homes the children, and retires the
duplicates, all in one transaction.
"""

import json
import sqlite3
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from json_objects import fold_objects

CHILDREN = ("notes", "activities", "tasks", "emails", "documents")
TABLES = ("contacts", *CHILDREN, "list_memberships")
SYSTEM = ("id", "workspace_id", "created_at", "updated_at")
JSON = "custom_fields"


def merge(source: Path, output: Path, as_of: str) -> None:
    """Load, merge request by request, write contacts and children."""
    output.mkdir(parents=True)
    con = sqlite3.connect(output / "contacts.sqlite", isolation_level=None)
    con.execute("pragma journal_mode = off")
    con.execute("pragma synchronous = off")
    con.execute("pragma cache_size = -2000000")  # 2 GB
    schemas = {table: _load(con, source / f"{table}.parquet", table) for table in TABLES}
    con.execute("create unique index by_id on contacts (id)")
    for child in CHILDREN:
        con.execute(f"create index {child}_by_contact on {child} (contact_id)")
    con.execute("create unique index memberships_by_contact on list_memberships (contact_id, list_id)")
    requests = pq.read_table(source / "merge_requests.parquet").sort_by(
        [("requested_at", "ascending"), ("request_id", "ascending")]
    )
    updated_at = int(datetime.fromisoformat(f"{as_of}+00:00").timestamp() * 1_000_000)
    con.execute("begin")
    _merge_all(con, requests.to_pylist(), schemas["contacts"].names, updated_at)
    con.execute("commit")
    for table, schema in schemas.items():
        _write(con, table, schema, output / f"{table}.parquet")
    con.close()


def _merge_all(con: sqlite3.Connection, requests: list[dict[str, Any]], names: list[str], now: int) -> None:
    con.execute("create table redirects (retired_id text primary key, primary_id text, request_id text)")
    con.execute("create table responses (request_id text primary key, status integer, body text)")
    fields = [n for n, name in enumerate(names) if name not in SYSTEM]
    workspace = names.index("workspace_id")
    update = (
        f"update contacts set {', '.join(f'{names[n]} = ?' for n in fields)}, updated_at = ? where id = ?"
    )
    for request in requests:
        primary, duplicates = request["primary_id"], list(dict.fromkeys(request["duplicate_ids"]))
        found = [
            con.execute("select * from contacts where id = ?", (id_,)).fetchone()
            for id_ in (primary, *duplicates)
        ]
        if None in found or any(row[workspace] != found[0][workspace] for row in found):
            con.execute("insert into responses values (?, 404, null)", (request["request_id"],))
            continue
        own, others = found[0], found[1:]
        line = [*others, own] if request["overwrite"] else found
        folded = [_fold(names[n], n, own, line) for n in fields]
        populated = [names[n] for n, value in zip(fields, folded, strict=True) if value != own[n]]
        con.execute(update, (*folded, now, primary))
        counts = dict.fromkeys((*CHILDREN, "list_memberships"), 0)
        for id_ in duplicates:
            for child in CHILDREN:
                counts[child] += con.execute(
                    f"update {child} set contact_id = ? where contact_id = ?", (primary, id_)
                ).rowcount
            counts["list_memberships"] += con.execute(
                "update or ignore list_memberships set contact_id = ? where contact_id = ?", (primary, id_)
            ).rowcount
            con.execute("delete from list_memberships where contact_id = ?", (id_,))
            con.execute("delete from contacts where id = ?", (id_,))
            con.execute("insert into redirects values (?, ?, ?)", (id_, primary, request["request_id"]))
        after = con.execute("select * from contacts where id = ?", (primary,)).fetchone()
        body = {
            "primary": dict(zip(names, after, strict=True)),
            "merged_ids": duplicates,
            "fields_populated": populated,
            "counts": counts,
        }
        con.execute("insert into responses values (?, 200, ?)", (request["request_id"], json.dumps(body)))


def _fold(name: str, n: int, own: tuple[Any, ...], line: list[tuple[Any, ...]]) -> Any:
    if name == JSON:
        return fold_objects(own[n], (row[n] for row in line))
    return next((row[n] for row in line if not _is_empty(row[n])), own[n])


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and (not value or value.isspace() or value == "[]"))


def _load(con: sqlite3.Connection, path: Path, table: str) -> pa.Schema:
    """A table of SQLite out of a Parquet file: times in microseconds, decimals as text, lists as JSON arrays."""
    file = pq.ParquetFile(path)
    schema = file.schema_arrow
    con.execute(f"create table {table} ({', '.join(schema.names)})")
    con.execute("begin")
    for batch in file.iter_batches(100_000):
        columns = [_plain(column) for column in batch.columns]
        con.executemany(
            f"insert into {table} values ({', '.join('?' * len(columns))})", zip(*columns, strict=True)
        )
    con.execute("commit")
    return schema


def _plain(column: pa.Array) -> list[Any]:
    if pa.types.is_timestamp(column.type):
        return pc.cast(column.cast(pa.timestamp("us")), pa.int64()).to_pylist()
    if pa.types.is_decimal(column.type):
        return pc.cast(column, pa.string()).to_pylist()
    if pa.types.is_list(column.type):
        return [None if value is None else json.dumps(value) for value in column.to_pylist()]
    return column.to_pylist()


def _write(con: sqlite3.Connection, table: str, schema: pa.Schema, path: Path) -> None:
    rows = con.execute(f"select * from {table}")
    with pq.ParquetWriter(path, schema) as writer:
        while chunk := rows.fetchmany(100_000):
            columns = zip(zip(*chunk, strict=True), schema, strict=True)
            writer.write_table(pa.table([_typed(values, f.type) for values, f in columns], schema=schema))


def _typed(values: tuple[Any, ...], type_: pa.DataType) -> pa.Array:
    if pa.types.is_timestamp(type_):
        return pa.array(values, pa.int64()).cast(pa.timestamp("us")).cast(type_)
    if pa.types.is_decimal(type_):
        return pa.array(values, pa.string()).cast(type_)
    if pa.types.is_list(type_):
        return pa.array([None if value is None else json.loads(value) for value in values], type_)
    if pa.types.is_boolean(type_):
        return pa.array([None if value is None else bool(value) for value in values], type_)
    return pa.array(values, type_)


if __name__ == "__main__":
    merge(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
