"""The DuckDB file: open it, hold it for one process, run the files of sql/ in it.

SQL files are Jinja templates (strict undefined). Identifiers reach them only through the `ident` filter, values only as
bound parameters `$name`; a file may hold several statements, each bound with the parameters it names.
"""

import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
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
def permissions(settings: Settings) -> Iterator[None]:
    """What is made meanwhile, by DuckDB too, is for those whom `file_mode` lets read it, from its first byte on."""
    before = os.umask(0o777 & ~_with_folders(settings.mode_bits))
    try:
        yield
    finally:
        os.umask(before)


def _with_folders(mode: int) -> int:
    """The permissions of files and folders together: who may read a file may look into its folder."""
    return mode | (mode & 0o444) >> 2


@contextmanager
def open_warehouse(
    path: Path, settings: Settings, *, read_only: bool = False, folders: Iterable[Path] = ()
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse for this process alone, and close it whatever happens.

    A warehouse made here is taken away again where an error comes before anything was committed to it.

    Args:
        path: the file; made, with its folder, if it is not there.
        settings: memory, temporary files, permissions.
        read_only: whether nothing may be changed.
        folders: what SQL may read and write, besides the warehouse and its temporary files.

    Raises:
        WarehouseError: another process holds it (named by its id), the file is no DuckDB database, or memory is too small.
    """
    is_new = not read_only and not path.exists()
    try:
        with permissions(settings), nullcontext() if read_only else folder_for(path.parent):
            con = _connect(path, settings, read_only=read_only)
            try:
                _shut_in(con, folders)
                yield con
            except BaseException:
                if is_new and not _committed(con):
                    con.close()
                    path.resolve().unlink(missing_ok=True)
                raise
            finally:
                con.close()
    except duckdb.OutOfMemoryException as error:
        raise WarehouseError(
            f"{path}: the memory that DuckDB may use is not enough; raise memory_limit, or leave it out."
        ) from error


@contextmanager
def folder_for(folder: Path) -> Iterator[None]:
    """Make a folder if it is not there; after an error it is taken away again, unless there is something in it."""
    missing = [part for part in (folder, *folder.parents) if not part.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        with suppress(OSError):
            for part in missing:
                part.rmdir()
        raise


def _committed(con: duckdb.DuckDBPyConnection) -> bool:
    try:
        return bool(con.execute("select 1 from duckdb_tables() where not temporary limit 1").fetchall())
    except duckdb.Error:  # of a database that had to give up nothing can be said
        return True


@contextmanager
def attach_warehouse(
    path: Path, settings: Settings, *, folders: Iterable[Path] = ()
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory (`memory`) with the warehouse attached read-only and in use (`warehouse`).

    For what has to be made beside the warehouse without changing it.

    Raises:
        WarehouseError: as open_warehouse; also where there is no such file.
    """
    with permissions(settings):
        con = _connect(path, settings, read_only=True, attached=True)
        try:
            con.execute("use warehouse")
            _shut_in(con, folders)
            yield con
        finally:
            con.close()


def _shut_in(con: duckdb.DuckDBPyConnection, folders: Iterable[Path]) -> None:
    """Let SQL reach these folders and nothing else: no other file, no network, no extension; and for good."""
    listed = ", ".join(literal(f"{folder.resolve()}/") for folder in folders)
    con.execute(f"set allowed_directories = [{listed}]")
    con.execute("set python_enable_replacements = false")
    con.execute("set enable_external_access = false")
    con.execute("set lock_configuration = true")


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
    return con


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0]
