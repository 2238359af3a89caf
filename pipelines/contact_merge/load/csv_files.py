"""CSV files -> a Source: everything stays text as it is spelled, an empty cell is null, ragged lines are told apart."""

import csv
from itertools import groupby
from pathlib import Path

import duckdb

from contact_merge.errors import InputError
from contact_merge.load.columns import check_names, united
from contact_merge.load.inputs import TableInput
from contact_merge.load.parquet import file_list
from contact_merge.load.source import Broken, FilePart, Source
from contact_merge.warehouse import ident, literal


def read_csv(con: duckdb.DuckDBPyConnection, given: TableInput, folder: Path) -> Source:
    """Read the headers of a table's files, load their rows into a temporary table and give the query on it.

    Raises:
        InputError: a file has no header line, or column names that no table can have.
    """
    headers = [(path, str(path.relative_to(folder)), _header(path)) for path in given.files]
    columns = united(given.table, [(name, dict.fromkeys(header, "VARCHAR")) for _, name, header in headers])
    parts: list[FilePart] = []
    selects: list[str] = []
    for header, stretch in groupby(headers, key=lambda item: item[2]):
        paths = [path for path, _, _ in stretch]
        scan = _scan(paths, header)
        items = ", ".join(ident(name) if name in header else f"null as {ident(name)}" for name in columns)
        selects.append(f"select {items} from {scan}")
        for path in paths:
            rows = con.execute(f"select count(*) from {_scan([path], header)}").fetchall()
            broken = con.execute("select line - 1, error_message, csv_line from reject_errors order by line").fetchall()
            con.execute("drop table if exists reject_errors; drop table if exists reject_scans")
            parts.append(
                FilePart(str(path.relative_to(folder)), rows[0][0], [Broken(*line) for line in broken])
            )
    return Source(given.table, "csv", columns, "\nunion all\n".join(selects), parts)


def _header(path: Path) -> tuple[str, ...]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = tuple(next(csv.reader(file, strict=True)))
    except (StopIteration, csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"{path.name}: the file has no readable header line; the first line must name the columns.") from error
    check_names(path.name, header)
    return header


def _scan(paths: list[Path], header: tuple[str, ...]) -> str:
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in header)
    return (
        f"read_csv({file_list(paths)}, columns = {{{columns}}}, auto_detect = false, header = true, delim = ',', "
        "quote = '\"', escape = '\"', nullstr = '', null_padding = false, store_rejects = true)"
    )
