"""Rows in, rows out: a table from rows, and the rows of a table.

The tests of sql/fold run one file each. A contact's key is its letter, for no file minds what type a key has.
Tables have only the columns that the file reads. Where a file numbers contacts, A is 0, B is 1, C is 2, D is 3.
"""

from collections.abc import Collection
from typing import Any

import duckdb
from contact_merge import columns
from contact_merge.catalog import make_catalog
from contact_merge.settings import Settings

A, B, C, D = range(4)


def make(con: duckdb.DuckDBPyConnection, table: str, columns: str, *rows: tuple) -> None:
    """Make a table of the given columns (names and types, as SQL writes them) and rows."""
    con.execute(f"create table {table} ({columns})")
    for row in rows:
        con.execute(f"insert into {table} values ({', '.join('?' * len(row))})", row)
    if table == "raw.contacts":
        id_ = ", cast(id as varchar) as _cm_id" if "id" in columns.replace(",", " ").split() else ""
        con.execute(f"create view raw._cm_entity as select *{id_} from raw.contacts")


def rows(con: duckdb.DuckDBPyConnection, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
    """All rows of a table, sorted by their columns from left to right, nulls last."""
    return con.execute(f"select {columns} from {table} order by all nulls last").fetchall()


def contact_columns(con: duckdb.DuckDBPyConnection, json_fields: Collection[str]) -> columns.ContactColumns:
    """The columns of raw.contacts, as the settings have them that nobody changed."""
    return columns.contact_columns(con, json_fields, make_catalog(Settings()))
