"""Running a source's query, and saying which file is at fault where it fails."""

from collections.abc import Iterable
from contextlib import suppress

import duckdb

from contact_merge.engine import parquet_rows
from contact_merge.errors import InputError
from contact_merge.load.source import Source

_ROW = "_cm_row"


def row_id(columns: Iterable[str]) -> str:
    """The column of a table made by `create_table` that numbers its rows in input order.

    DuckDB's own rowid does, except where the user has a column of that name, which hides it.
    """
    return _ROW if "rowid" in (name.lower() for name in columns) else "rowid"


def create_table(con: duckdb.DuckDBPyConnection, source: Source, target: str, more_columns: str = "") -> int:
    """Make a table of a source's rows in input order; gives their number.

    Args:
        con: the connection.
        source: the rows.
        target: what to make, as in `temp table name`.
        more_columns: SQL of other columns, with a comma before each.

    Its rows have consecutive numbers in the column `row_id(source.columns)`; where that is a real one, it is
    for the caller to drop.

    Raises:
        InputError: a file turns out to be damaged.
    """
    if row_id(source.columns) == _ROW:
        more_columns += f", row_number() over () as {_ROW}"
    try:
        con.execute(f"create or replace {target} as select *{more_columns} from ({source.query})")
    except duckdb.Error as error:
        damaged = _damaged_file(con, source)
        if damaged is None:
            raise
        raise InputError(
            f"{damaged}: the file is damaged, or holds a value that its type cannot; write it again."
        ) from error
    finally:
        for view in source.views:
            with suppress(duckdb.Error):  # after an error the transaction is lost, and the views with it
                con.unregister(view)
    return con.execute(f"select count(*) from {target.rpartition(' ')[2]}").fetchall()[0][0]


def _damaged_file(con: duckdb.DuckDBPyConnection, source: Source) -> str | None:
    """The first file that cannot be read; only Parquet files are not read to their end beforehand."""
    if source.format != "parquet":
        return None
    with con.cursor() as other:
        for scan in source.file_scans():
            try:
                other.execute(f"select max(hash(rows)) from {parquet_rows([scan.path])} as rows").fetchall()
            except duckdb.Error:
                return scan.file
    return None
