"""Run the files of sql/, in DuckDB."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa

from contact_merge.engine.quoting import ident, literal
from contact_merge.engine.templates import render, statements_of

PARQUET = "format parquet, parquet_version v2, compression zstd, compression_level 1"
CSV = "format csv, header true, delimiter ',', quote '\"', escape '\"', nullstr ''"
"""How Parquet files are written: half the size of DuckDB's defaults, in less time, and read faster."""

_parsed: dict[str, list[duckdb.Statement]] = {}


def parse(con: duckdb.DuckDBPyConnection, text: str) -> list[duckdb.Statement]:
    """The statements of a text; kept, for a process runs them again and parsing takes longer than a small run."""
    if text not in _parsed:
        if len(_parsed) >= 1000:
            _parsed.clear()
        _parsed[text] = con.extract_statements(text)
    return _parsed[text]


def run_sql(
    con: duckdb.DuckDBPyConnection, name: str, params: Mapping[str, Any] | None = None, **variables: Any
) -> duckdb.DuckDBPyConnection:
    """Run sql/<name>.sql: each of its statements with the parameters that it names; the last one's result is left open."""
    given = params or {}
    for statement in parse(con, statements_of(render(name, **variables))):
        bound = {key: given[key] for key in statement.named_parameters}
        con.execute(statement, bound or None)
    return con


def fetch(
    con: duckdb.DuckDBPyConnection, name: str, params: Mapping[str, Any] | None = None, **variables: Any
) -> list[Any]:
    """Run a query of sql/; all its rows."""
    return run_sql(con, name, params, **variables).fetchall()


def fetch_value(
    con: duckdb.DuckDBPyConnection, name: str, params: Mapping[str, Any] | None = None, **variables: Any
) -> Any:
    """Run a query of sql/; the first value of its first row, which is there."""
    return fetch(con, name, params, **variables)[0][0]


def relation(
    con: duckdb.DuckDBPyConnection, name: str, params: Mapping[str, Any] | None = None, **variables: Any
) -> duckdb.DuckDBPyRelation:
    """A query of sql/, for `.pl()` and `.to_arrow_table()`: they read columns in parallel, rows need not come first.

    Args:
        params: those that the query names, and no others.
    """
    return con.sql(render(name, **variables), params=params)


def types_of_query(con: duckdb.DuckDBPyConnection, name: str, **variables: Any) -> dict[str, str]:
    """Column names and DuckDB types, in order, of a query of sql/."""
    described = con.execute(f"describe\n{render(name, **variables)}").fetchall()
    return {column: str(type_) for column, type_, *_ in described}


def copy_to(con: duckdb.DuckDBPyConnection, name: str, path: Path, options: str, **variables: Any) -> int:
    """Write the rows of a query of sql/ to a file that is there already, as COPY's options say; returns their number."""
    # DuckDB's own temporary file would be readable for all, and stay behind where the process is killed.
    text = f"copy (\n{render(name, **variables)}\n) to {literal(str(path))} ({options}, use_tmp_file false)"
    return con.execute(text).fetchall()[0][0]


@contextmanager
def frames(
    con: duckdb.DuckDBPyConnection, **named: pl.DataFrame | pa.Table | pa.RecordBatchReader
) -> Iterator[None]:
    """Let SQL read frames under their names within the block; an error ends the transaction, and the names with it."""
    for name, frame in named.items():
        con.register(name, frame.to_arrow() if isinstance(frame, pl.DataFrame) else frame)
    yield
    for name in named:
        con.unregister(name)


def make_temp_table(con: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> None:
    """Make a temp table of a frame's rows."""
    with frames(con, rows_frame=frame):
        con.execute(f"create or replace temp table {ident(name)} as from rows_frame")


def checkpoint(con: duckdb.DuckDBPyConnection) -> None:
    """Write what is committed into the database's file, so that it has no log beside it."""
    con.execute("checkpoint")


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """One transaction: committed when the block ends, rolled back on any exception."""
    con.execute("begin transaction")
    try:
        yield
    except BaseException:
        with suppress(duckdb.Error):  # some errors have ended the transaction already
            con.execute("rollback")
        raise
    con.execute("commit")
