"""CSV files -> a Source: everything stays text as it is spelled, an empty cell is null.

DuckDB's parallel reader reads the files. It is told everything (comma, double quotes, all text), so it
guesses nothing. A first pass over each file counts its rows and finds its broken lines, outside the
transaction of the run, which an error would break. Files for which that does not end well (newlines of two
kinds, quotes that do not match, cells of megabytes) are read by `csv_records` instead: slower, but sure of
every line.
"""

import csv
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import duckdb
import pyarrow as pa

from contact_merge.errors import InputError
from contact_merge.load.columns import check_names, select_items, united
from contact_merge.load.csv_records import blank_lines, record_batches
from contact_merge.load.inputs import TableInput
from contact_merge.load.source import Broken, FilePart, Source
from contact_merge.load.sql_text import file_list
from contact_merge.warehouse import ident, literal

# Errors of DuckDB's reader that leave no doubt about where a record ends.
_PLAIN_ERRORS = {
    "MISSING COLUMNS": "the line has fewer cells than the header",
    "TOO MANY COLUMNS": "the line has more cells than the header",
    "INVALID ENCODING": "the line is no UTF-8",
}


@dataclass(frozen=True)
class _File:
    part: FilePart
    header: tuple[str, ...]
    plain: bool  # whether DuckDB's reader can read it


def read_csv(con: duckdb.DuckDBPyConnection, given: TableInput, folder: Path) -> Source:
    """Look through a table's files and give the query that reads them.

    Raises:
        InputError: a file has no header line in UTF-8, or column names that no table can have.
    """
    files = [_looked_through(con, path, str(path.relative_to(folder))) for path in given.files]
    names = tuple(file.part.file for file in files)
    parts = [file.part for file in files]
    files = [file for file in files if file.header]
    columns = united(given.table, [(file.part.file, dict.fromkeys(file.header, "VARCHAR")) for file in files])
    selects: list[str] = []
    views: list[str] = []
    for (header, plain), stretch in groupby(files, key=lambda file: (file.header, file.plain)):
        items = select_items(dict.fromkeys(header, "VARCHAR"), columns)
        alike = [file.part for file in stretch]
        if plain:
            scan = _scan([part.path for part in alike], header, "ignore_errors = true")
            selects.append(f"select {items} from {scan} {_no_blank_lines(header)}")
            continue
        for part in alike:
            schema = pa.schema([(name, pa.large_string()) for name in header])
            views.append(f"csv_records_{len(views)}")
            con.register(views[-1], pa.RecordBatchReader.from_batches(schema, record_batches(part, schema)))
            selects.append(f"select {items} from {views[-1]}")
    query = "\nunion all\n".join(selects)
    return Source(given.table, "csv", columns, query, names, lambda: parts, views=tuple(views))


def _looked_through(con: duckdb.DuckDBPyConnection, path: Path, name: str) -> _File:
    """Read the header, count the rows, note the broken lines, and decide which reader can read the file."""
    header, plain = _header(path, name)
    part = FilePart(name, path)
    if not header or not plain:
        return _File(part, header, plain)
    with con.cursor() as other:
        try:
            part.rows, broken = _counted(other, path, header)
        except duckdb.Error:
            return _File(part, header, plain=False)
    if broken and (any(error not in _PLAIN_ERRORS for _, error, _ in broken) or blank_lines(path)):
        return _File(part, header, plain=False)
    part.broken = [Broken(line - 1, _PLAIN_ERRORS[error], raw) for line, error, raw in broken]
    return _File(part, header, plain=True)


def _header(path: Path, name: str) -> tuple[tuple[str, ...], bool]:
    """The column names (none in a file without any), and whether they stand in the first line, not below
    blank ones.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = tuple(next(filter(None, reader), ()))
            first = reader.line_num <= 1 + sum(name.count("\n") for name in header)
    except OSError as error:
        raise InputError(
            f"{name}: the file cannot be read ({error.strerror}); check its permissions."
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: the file is no UTF-8 text; write it as CSV in UTF-8.") from error
    except csv.Error as error:
        raise InputError(f"{name}: the first line cannot be read as column names ({error}).") from error
    check_names(name, header)
    return header, first


def _counted(
    con: duckdb.DuckDBPyConnection, path: Path, header: tuple[str, ...]
) -> tuple[int, list[tuple[int, str, str]]]:
    """The number of readable rows, and line, error and text of each that is not."""
    scan = _scan([path], header, "store_rejects = true")
    cells = ", ".join(
        f"count({ident(name)})" for name in header
    )  # a cell that nobody asks for is not decoded
    rows = con.execute(f"select count(*), {cells} from {scan} {_no_blank_lines(header)}").fetchall()[0][0]
    broken = con.execute(
        "select line, arg_min(cast(error_type as varchar), column_idx), any_value(csv_line) "
        "from reject_errors group by line order by line"
    ).fetchall()
    return rows, broken


def _no_blank_lines(header: tuple[str, ...]) -> str:
    """With one column, a blank line looks like an empty cell."""
    return f"where {ident(header[0])} is not null" if len(header) == 1 else ""


def _scan(paths: list[Path], header: tuple[str, ...], on_error: str) -> str:
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in header)
    return (
        f"read_csv({file_list(paths)}, columns = {{{columns}}}, auto_detect = false, header = true, "
        "delim = ',', quote = '\"', escape = '\"', nullstr = '', null_padding = false, "
        f"hive_partitioning = false, {on_error})"
    )
