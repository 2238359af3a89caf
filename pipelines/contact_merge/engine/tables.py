"""What callers ask of a table, or change in it, by its name alone.

`table` is a name as SQL has it, as in `raw.contacts` (or, where rows are asked for, anything to select from); columns are given
unquoted.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import duckdb

from contact_merge.engine.duck import parse
from contact_merge.engine.quoting import ident, literal


def columns_of(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> dict[str, str]:
    """Column names and DuckDB types of a table or view, in order; empty where there is none, of a merged view an error."""
    try:
        return types_of(con, f"{ident(schema)}.{ident(table)}")
    except duckdb.CatalogException:  # there is none, or a view names one that is not there
        if schema == "merged" or is_view(con, schema, table):
            raise
        return {}


def is_view(con: duckdb.DuckDBPyConnection, schema: str, name: str) -> bool:
    """Whether there is a view of this name."""
    # duckdb_columns() would bind every view of the file to answer this
    text = (
        "select 1 from duckdb_views() where database_name = current_database() "
        "and schema_name = $schema and view_name = $name"
    )
    return bool(_ask(con, text, {"schema": schema, "name": name}))


def _ask(con: duckdb.DuckDBPyConnection, text: str, params: Mapping[str, Any] | None = None) -> list[Any]:
    """The rows of one query."""
    return con.execute(parse(con, text)[0], params).fetchall()


def database_file(con: duckdb.DuckDBPyConnection) -> Path:
    """The file of the database in use."""
    return Path(
        _ask(con, "select path from duckdb_databases() where database_name = current_database()")[0][0]
    )


def variable(con: duckdb.DuckDBPyConnection, name: str) -> Any:
    """The value of a variable of the connection; None where it has none."""
    return _ask(con, "select getvariable($name)", {"name": name})[0][0]


def types_of(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """Column names and DuckDB types, in order, of a table that is there, as SQL names it; a temporary one too."""
    relation = con.table(table)  # which is bound, and not run
    return dict(zip(relation.columns, map(str, relation.types), strict=True))


def count(
    con: duckdb.DuckDBPyConnection, table: str, where: str = "true", params: Mapping[str, Any] | None = None
) -> int:
    """How many rows there are, or how many for which an expression is true."""
    return _ask(con, f"select count(*) from {table} where {where}", params)[0][0]


def has_rows(
    con: duckdb.DuckDBPyConnection, table: str, where: str = "true", params: Mapping[str, Any] | None = None
) -> bool:
    """Whether there is a row, or one for which an expression is true."""
    return bool(_ask(con, f"select 1 from {table} where {where} limit 1", params))


def read_to_end(con: duckdb.DuckDBPyConnection, table: str, columns: Iterable[str] | None = None) -> None:
    """Read every value of every row, or of some columns.

    Raises:
        duckdb.Error: the file that holds them is damaged.
    """
    values = "_cm_whole" if columns is None else ", ".join(map(ident, columns))
    if values:
        con.execute(f"select max(hash({values})) from {table} as _cm_whole").fetchall()


def delete_all(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Delete all rows."""
    con.execute(f"delete from {table}")


def drop(con: duckdb.DuckDBPyConnection, kind: Literal["table", "view"], name: str) -> None:
    """Drop a table or view, if it is there."""
    con.execute(f"drop {kind} if exists {name}")


def rename_table(con: duckdb.DuckDBPyConnection, table: str, name: str) -> None:
    """Give a table another name."""
    con.execute(f"alter table {table} rename to {ident(name)}")


def add_column(con: duckdb.DuckDBPyConnection, table: str, name: str, type_name: str) -> None:
    """Add a column, null in every row."""
    con.execute(f"alter table {table} add column {ident(name)} {type_name}")


def rename_column(con: duckdb.DuckDBPyConnection, table: str, old: str, new: str) -> None:
    """Give a column another name."""
    con.execute(f"alter table {table} rename {ident(old)} to {ident(new)}")


def drop_column(con: duckdb.DuckDBPyConnection, table: str, name: str) -> None:
    """Drop a column."""
    con.execute(f"alter table {table} drop column {ident(name)}")


def change_type(
    con: duckdb.DuckDBPyConnection, table: str, name: str, type_name: str, value: str | None = None
) -> None:
    """Give a column another type; `value` is an expression of its values in that, a cast where none is given."""
    using = "" if value is None else f" using {value}"
    con.execute(f"alter table {table} alter column {ident(name)} type {type_name}{using}")


def allow_nulls(con: duckdb.DuckDBPyConnection, table: str, name: str) -> None:
    """Let a column hold nulls that could not so far."""
    con.execute(f"alter table {table} alter column {ident(name)} drop not null")


def comment_on_column(con: duckdb.DuckDBPyConnection, table: str, name: str, text: str) -> None:
    """Say what a column is."""
    con.execute(f"comment on column {table}.{ident(name)} is {literal(text)}")


def comment_on(
    con: duckdb.DuckDBPyConnection,
    kind: Literal["table", "view"],
    name: str,
    text: str,
    columns: Mapping[str, str],
) -> None:
    """Say what a table or view is, and what its columns are."""
    comments = [
        f"comment on column {name}.{ident(column)} is {literal(its)}" for column, its in columns.items()
    ]
    con.execute(";\n".join([f"comment on {kind} {name} is {literal(text)}", *comments]))


def create_schema(con: duckdb.DuckDBPyConnection, schema: str) -> None:
    """Make a schema, where there is none of that name."""
    con.execute(f"create schema if not exists {schema}")


def use(con: duckdb.DuckDBPyConnection, database: str) -> None:
    """Let names without a database stand for those of this one."""
    con.execute(f"use {database}")
