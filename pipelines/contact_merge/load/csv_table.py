"""CSV files -> a Source: everything stays text as it is spelled, an empty cell is null.

DuckDB's parallel reader reads a file if it finds nothing wrong in it. Every option is set (comma, double
quotes, all text), so it guesses nothing, and a first pass looks for errors outside the transaction of the
run, which an error would break. A file with any broken line, with newlines of two kinds or cells of
megabytes is read by `csv_records` instead. That is several times slower, but sure of every line, where DuckDB
may name or leave out the wrong one.
"""

import csv
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import duckdb
import pyarrow as pa

from contact_merge.engine import fetch_value, file_list, ident, literal
from contact_merge.errors import InputError
from contact_merge.load.columns import check_names, file_items, holds_names, unite
from contact_merge.load.csv_records import is_utf8, record_batches
from contact_merge.load.inputs import TableInput
from contact_merge.load.source import FileScan, Source
from contact_merge.names import spell_all

_PARALLEL, _SERIAL = "parallel = true", "parallel = false"


@dataclass(frozen=True)
class _File:
    scan: FileScan
    header: tuple[str, ...]
    reader: str | None  # how DuckDB's reader can read it; None where it cannot


def read_csv(con: duckdb.DuckDBPyConnection, given: TableInput, folder: Path) -> Source:
    """Look through a table's files and give the query that reads them.

    Raises:
        InputError: a file has no header line in UTF-8, or column names that no table can have.
    """
    files = [_inspect(con, path, str(path.relative_to(folder))) for path in given.files]
    names = tuple(file.scan.file for file in files)
    scans = [file.scan for file in files]
    files = [file for file in files if file.header]
    texts = [(file.scan.file, dict.fromkeys(file.header, "VARCHAR")) for file in files]
    columns = unite(given.table, texts, show_names=all(holds_names(file.header) for file in files))
    for file in files:
        file.scan.header = spell_all(file.header, columns)
    selects: list[str] = []
    views: list[str] = []
    for (header, reader), stretch in groupby(files, key=lambda file: (file.header, file.reader)):
        items = file_items(dict.fromkeys(header, "VARCHAR"), columns)
        alike = [file.scan for file in stretch]
        if reader is not None:
            selects.append(
                f"select {items} from {_reader_sql([scan.path for scan in alike], header, reader)}"
            )
            continue
        for scan in alike:
            schema = pa.schema([(name, pa.large_string()) for name in header])
            views.append(f"csv_records_{len(views)}")
            con.register(views[-1], pa.RecordBatchReader.from_batches(schema, record_batches(scan, schema)))
            selects.append(f"select {items} from {views[-1]}")
    query = "\nunion all\n".join(selects)
    return Source(given.table, "csv", columns, query, names, lambda: scans, views=tuple(views))


def _inspect(con: duckdb.DuckDBPyConnection, path: Path, name: str) -> _File:
    """Read the header, and find out which reader can read the file."""
    header, is_first_line = _header(path, name)
    scan = FileScan(name, path, header=header)
    if not header or not is_first_line:
        return _File(scan, header, None)
    with con.cursor() as other:
        for reader in (_PARALLEL, _SERIAL):
            try:
                rows = fetch_value(
                    other, "load/csv_counts", columns=header, rows=_reader_sql([path], header, reader)
                )
            except duckdb.NotImplementedException:  # "please run with parallel = false"
                continue
            except duckdb.Error:
                break
            scan.rows = rows
            return _File(scan, header, reader)
    return _File(scan, header, None)


def _header(path: Path, name: str) -> tuple[tuple[str, ...], bool]:
    """The column names, none in a file without any, and whether no blank line stands before them."""
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = tuple(next(filter(None, reader), ()))
            first = reader.line_num <= 1 + sum(name.count("\n") for name in header)
    except OSError as error:
        raise InputError(
            f"{name}: the file cannot be read ({error.strerror}); check its permissions."
        ) from error
    except csv.Error as error:
        raise InputError(f"{name}: the first line cannot be read as column names ({error}).") from error
    if not is_utf8("".join(header)):
        raise InputError(f"{name}: the file is no UTF-8 text; write it as CSV in UTF-8.")
    if len(header) == 1 and (mark := next((mark for mark in ";\t|" if mark in header[0]), None)):
        raise InputError(f"{name}: its cells are separated by {mark!r}; write it with commas.")
    check_names(name, header, show_names=holds_names(header))  # rule: csv-cells-alike
    return header, first


def _reader_sql(paths: list[Path], header: tuple[str, ...], reader: str) -> str:
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in header)
    reading = (
        f"read_csv({file_list(paths)}, columns = {{{columns}}}, auto_detect = false, header = true, "
        "delim = ',', quote = '\"', escape = '\"', nullstr = '', null_padding = false, "
        f"hive_partitioning = false, {reader})"
    )
    # with one column, a blank line looks like an empty cell
    return f"{reading} where {ident(header[0])} is not null" if len(header) == 1 else reading
