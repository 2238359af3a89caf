"""Running a source's query, and saying which file is at fault where it fails."""

from collections.abc import Iterable, Mapping
from contextlib import suppress

import duckdb

from contact_merge.engine import count, parquet_rows, read_to_end, run_sql
from contact_merge.errors import InputError
from contact_merge.load.source import Source

_ROW = "_cm_row"


def row_id(columns: Iterable[str]) -> str:
    """The column of a table made by `create_table` that numbers its rows in input order.

    DuckDB's own rowid does, except where the user has a column of that name, which hides it.
    """
    return _ROW if "rowid" in (name.lower() for name in columns) else "rowid"


def create_table(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    target: str,
    helpers: Mapping[str, str] | None = None,
    *,
    temp: bool = False,
) -> int:
    """Make a table of a source's rows in input order; gives their number.

    Args:
        con: the connection.
        source: the rows.
        target: the table as SQL names it.
        helpers: by name of other columns the SQL of their values.
        temp: whether the table is a temporary one.

    Its rows have consecutive numbers in the column `row_id(source.columns)`; where that is a real one, it is
    for the caller to drop.

    Raises:
        InputError: a file turns out to be damaged.
    """
    more = dict(helpers or {})
    if row_id(source.columns) == _ROW:
        more[_ROW] = "row_number() over ()"
    try:
        run_sql(con, "load/loaded_rows", target=target, temp=temp, more=more, query=source.query)
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
    return count(con, target)


def _damaged_file(con: duckdb.DuckDBPyConnection, source: Source) -> str | None:
    """The first file that cannot be read; only Parquet files are not read to their end beforehand."""
    if source.format != "parquet":
        return None
    with con.cursor() as other:
        for scan in source.file_scans():
            try:
                read_to_end(other, parquet_rows([scan.path]))
            except duckdb.Error:
                return scan.file
    return None
