"""The DuckDB file: open it, hold it for one process, run the files of sql/ in it.

SQL files are Jinja templates (strict undefined). Identifiers reach them only through the `ident` filter, values only as
bound parameters `$name`; a file may hold several statements, each bound with the parameters it names.
"""

import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import jinja2

from contact_merge.errors import WarehouseError
from contact_merge.settings import Settings

LOCK_WAIT_SECONDS = 5.0


def ident(name: str) -> str:
    """Quote an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote an SQL string, for the few places (COPY options, comments) that take no bound parameter."""
    return "'" + text.replace("'", "''") + "'"


@cache
def sql_folder() -> Path:
    """Where the SQL files are: inside an installed package, or the repository's sql/ in an editable install."""
    inside = Path(__file__).parent / "sql"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "sql"


@cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(sql_folder()),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # the output is SQL: identifiers go through `ident`, values are bound
    )
    environment.filters["ident"] = ident
    environment.filters["literal"] = literal
    return environment


def render(name: str, **variables: Any) -> str:
    """The text of sql/<name>.sql with its variables filled in."""
    return _templates().get_template(f"{name}.sql").render(**variables)


def run_sql(
    con: duckdb.DuckDBPyConnection, name: str, params: Mapping[str, Any] | None = None, **variables: Any
) -> duckdb.DuckDBPyConnection:
    """Run every statement of sql/<name>.sql, each with the parameters that it names; the last one's result is left open."""
    given = params or {}
    for statement in con.extract_statements(render(name, **variables)):
        bound = {key: given[key] for key in statement.named_parameters}
        con.execute(statement, bound or None)
    return con


def columns_of(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> dict[str, str]:
    """Column names and DuckDB types of a table, in order (empty where there is none), or of a merged view."""
    # duckdb_columns() would bind every view of the file to answer this
    if (
        schema != "merged"
        and not con.execute(
            "select 1 from duckdb_tables() where database_name = current_database() "
            "and schema_name = $schema and table_name = $table",
            {"schema": schema, "table": table},
        ).fetchall()
    ):
        return {}
    described = con.execute(f"describe {ident(schema)}.{ident(table)}").fetchall()
    return {name: str(type_) for name, type_, *_ in described}


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """One transaction: committed when the block ends, rolled back on any exception."""
    con.execute("begin transaction")
    try:
        yield
    except BaseException:
        con.execute("rollback")
        raise
    con.execute("commit")


@contextmanager
def open_warehouse(
    path: Path, settings: Settings, *, read_only: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse for this process alone, and close it whatever happens.

    Raises:
        WarehouseError: another process holds it (named by its id), or the file is no DuckDB database.
    """
    con = _connect(path, settings, read_only=read_only)
    try:
        yield con
    finally:
        con.close()


@contextmanager
def attach_warehouse(path: Path, settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory (`memory`) with the warehouse attached read-only and in use (`warehouse`).

    For what has to be made beside the warehouse without changing it.

    Raises:
        WarehouseError: as open_warehouse; also where there is no such file.
    """
    con = _connect(path, settings, read_only=True, attached=True)
    try:
        con.execute("use warehouse")
        yield con
    finally:
        con.close()


def _connect(
    path: Path, settings: Settings, *, read_only: bool, attached: bool = False
) -> duckdb.DuckDBPyConnection:
    config: dict[str, Any] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "temp_directory": settings.temp_directory or f"{path}.tmp",
    }
    if settings.memory_limit is not None:
        config["memory_limit"] = settings.memory_limit
    deadline = time.monotonic() + LOCK_WAIT_SECONDS
    is_new = not path.exists()
    while True:
        try:
            if attached:
                con = duckdb.connect(":memory:", config=config)
                con.execute(f"attach {literal(str(path))} as warehouse (read_only)")
            else:
                con = duckdb.connect(str(path), read_only=read_only, config=config)
            break
        except duckdb.IOException as error:
            if "lock" not in str(error).lower():
                raise WarehouseError(
                    f"{path}: cannot be opened as a warehouse: {_first_line(error)}"
                ) from error
            if time.monotonic() > deadline:
                holder = re.search(r"PID (\d+)", str(error))
                who = f"process {holder[1]}" if holder else "another process"
                raise WarehouseError(
                    f"{path}: {who} holds this warehouse; wait until it has finished, or stop it, and run again."
                ) from error
            time.sleep(0.1)
        except duckdb.Error as error:
            raise WarehouseError(f"{path}: cannot be opened as a warehouse: {_first_line(error)}") from error
    con.execute("set TimeZone = 'UTC'")
    con.execute("set enable_progress_bar = false")
    # Looking for common substrings takes two thirds of a load, for a file of half the size.
    con.execute("set disabled_compression_methods = 'dict_fsst,fsst'")
    if is_new and not read_only:
        os.chmod(path, settings.mode_bits)  # noqa: PTH101
    return con


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0]
