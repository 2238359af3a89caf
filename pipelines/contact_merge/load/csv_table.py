"""CSV files -> a Source: everything stays text as it is spelled, an empty cell is null.

DuckDB's parallel reader reads a file if it finds nothing wrong in it. Every option is set (delimiter, quotes, null texts, all
text), so it guesses nothing, and a first pass looks for errors outside the transaction of the run, which an error would break.
A file with any broken line, with newlines of two kinds or cells of megabytes, in another encoding or with an escape that is no
quote is read by `csv_records` instead. That is several times slower, but sure of every line, where DuckDB may name or leave out
the wrong one.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from pathlib import Path

import duckdb
import msgspec
import pyarrow as pa

from contact_merge.engine import fetch, fetch_value, file_list, has_rows, ident, literal
from contact_merge.errors import InputError
from contact_merge.load.columns import check_names, file_items, holds_names, is_unnamed, no_name, unite
from contact_merge.load.csv_records import (
    Dialect,
    filled_places,
    is_text,
    read_cells,
    read_names,
    read_separator,
    record_batches,
)
from contact_merge.load.endings import compression_of, is_tab_separated
from contact_merge.load.inputs import TableInput
from contact_merge.load.opening import is_utf8
from contact_merge.load.partitions import partitions_of
from contact_merge.load.source import FileScan, Source
from contact_merge.names import spell_all
from contact_merge.reading import CsvKeys
from contact_merge.tables import RESERVED_PREFIX

_PARALLEL, _SERIAL = "parallel = true", "parallel = false"
_MARKS = ",;\t|"


@dataclass(frozen=True)
class _File:
    """A file, and how it is read.

    Attributes:
        scan: what it gives.
        dialect: how its cells are written.
        names: those of all its columns, with names of ours for those without one.
        header: those of the columns that count; none in a file without any.
        reader: how DuckDB's reader can read it; None where it cannot.
        has_empty: whether there are lines without any value, which are no rows.
    """

    scan: FileScan
    dialect: Dialect
    names: tuple[str, ...]
    header: tuple[str, ...]
    reader: str | None
    has_empty: bool = False

    @property
    def rows(self) -> str:
        """SQL of its rows by DuckDB's reader."""
        return _reader_sql([self.scan.path], self)


def read_csv(
    con: duckdb.DuckDBPyConnection,
    given: TableInput,
    folder: Path,
    settings: Mapping[str, CsvKeys] | None = None,
) -> Source:
    """Look through a table's files and give the query that reads them.

    Args:
        con: what reads the files.
        given: the table and its files.
        folder: the input folder.
        settings: how cells are written, by table; of all tables under no name.

    Raises:
        InputError: a file has no header line in its encoding, or column names that no table can have.
    """
    known = settings or {}
    files = [
        _inspect(con, path, str(path.relative_to(folder)), _dialect(path, given.table, known))
        for path in given.files
    ]
    names = tuple(file.scan.file for file in files)
    scans = [file.scan for file in files]
    files = [file for file in files if file.header]
    own = {name for file in files for name in file.header}
    folders = partitions_of([file.scan.path for file in files], folder, own)
    texts = [
        (file.scan.file, dict.fromkeys((*file.header, *its), "VARCHAR"))
        for file, its in zip(files, folders, strict=True)
    ]
    columns = unite(given.table, texts, show_names=all(holds_names(file.header) for file in files))
    for file, its in zip(files, folders, strict=True):
        file.scan.header = spell_all((*file.header, *its), columns)
    selects: list[str] = []
    views: list[str] = []
    alike = groupby(
        zip(files, folders, strict=True),
        key=lambda pair: (
            pair[0].names,
            pair[0].header,
            pair[0].dialect,
            pair[0].reader,
            pair[0].has_empty,
            _kind(pair[0]),
            pair[1],
        ),
    )
    for _, stretch in alike:
        pairs = list(stretch)
        first, its = pairs[0]
        items = file_items(dict.fromkeys(first.header, "VARCHAR"), columns, its)
        same = [file.scan for file, _ in pairs]
        if first.reader is not None:
            selects.append(f"select {items} from {_reader_sql([scan.path for scan in same], first)}")
            continue
        for scan in same:
            schema = pa.schema([(name, pa.large_string()) for name in first.names])
            views.append(f"csv_records_{len(views)}")
            batches = record_batches(scan, first.dialect, first.names)
            con.register(views[-1], pa.RecordBatchReader.from_batches(schema, batches))
            selects.append(f"select {items} from {views[-1]}")
    query = "\nunion all\n".join(selects)
    return Source(given.table, "csv", columns, query, names, lambda: scans, views=tuple(views))


def _kind(file: _File) -> str | None:
    return compression_of(file.scan.path.name)


def _dialect(path: Path, table: str, settings: Mapping[str, CsvKeys]) -> Dialect:
    """How the cells of a file are written: what its table's settings say, then its ending, then the settings of all tables."""
    own, general = settings.get(table, CsvKeys()), settings.get("", CsvKeys())
    if is_tab_separated(path.name):
        general = CsvKeys("\t").over(general)
    keys = own.over(general)
    standard = Dialect()
    quote = standard.quote if keys.quote is None else keys.quote
    return Dialect(
        keys.delimiter or standard.delimiter,
        quote,
        quote if keys.escape is None else keys.escape,
        keys.encoding or standard.encoding,
        standard.null if keys.null is msgspec.UNSET else keys.null,
    )


def _inspect(con: duckdb.DuckDBPyConnection, path: Path, name: str, dialect: Dialect) -> _File:
    """Read the header, and find out which reader can read the file."""
    dialect, names, is_first_line = _header(path, name, dialect)
    scan = FileScan(name, path, header=names)
    if not names:
        return _File(scan, dialect, (), (), None)
    unnamed = {place for place, each in enumerate(names) if is_unnamed(each)}
    all_names = tuple(
        f"{RESERVED_PREFIX}unnamed_{place}" if place in unnamed else each for place, each in enumerate(names)
    )
    scan.cells = partial(read_cells, names=all_names, dialect=dialect)
    file = _File(scan, dialect, all_names, all_names, None)
    named = (None if place in unnamed else each for place, each in enumerate(names))
    check_names(name, named, show_names=holds_names(names))  # rule: csv-cells-alike
    if is_first_line and _suits_duckdb(dialect, all_names):
        file = _with_reader(con, file)
    if unnamed:
        file = _without_unnamed(con, file, names, unnamed)
    return file


def _suits_duckdb(dialect: Dialect, names: tuple[str, ...]) -> bool:
    """Whether DuckDB's reader takes such files, and reads them as `csv_records` does."""
    if not (dialect.is_standard and dialect.quote and is_utf8(dialect.encoding)):
        return False
    if any(mark in text for text in dialect.null for mark in (dialect.delimiter, "\n", "\r")):
        return False
    if any(dialect.quote in name for name in names):
        return False  # behind `id, "a" b` it finds no row, and says nothing
    return bool(dialect.null) and (len(names) > 1 or dialect.null == ("",))


def _with_reader(con: duckdb.DuckDBPyConnection, file: _File) -> _File:
    """The file with how DuckDB's reader can read it to its end, and its rows noted; as it is where that cannot."""
    with con.cursor() as other:
        for reader in (_PARALLEL, _SERIAL):
            tried = replace(file, reader=reader)
            try:
                rows, *filled = fetch(other, "load/csv_counts", columns=file.names, rows=tried.rows)[0]
                if max(filled) < rows:  # else there is a column without an empty cell
                    tried = replace(tried, has_empty=True)
                    rows = fetch_value(other, "load/csv_counts", columns=(), rows=tried.rows)
            except duckdb.NotImplementedException:  # "please run with parallel = false"
                continue
            except duckdb.Error:
                break
            file.scan.rows = rows
            return tried
    return file


def _without_unnamed(
    con: duckdb.DuckDBPyConnection, file: _File, names: tuple[str, ...], unnamed: set[int]
) -> _File:
    """The file without the columns that have neither a name nor a value.

    Raises:
        InputError: a column without a name has a value.
    """
    if file.reader is None:
        filled = filled_places(file.scan.path, file.dialect, len(names), unnamed)
    else:
        with con.cursor() as other:
            filled = {
                place
                for place in unnamed
                if has_rows(other, file.rows, f"regexp_matches({ident(file.names[place])}, '\\S')")
            }
    for place in sorted(filled):
        if not names[place].strip():
            raise no_name(file.scan.file, place + 1)
    kept = tuple(names[place] if place in filled else each for place, each in enumerate(file.names))
    header = tuple(each for place, each in enumerate(kept) if place not in unnamed - filled)
    return replace(file, names=kept, header=header)


def _header(path: Path, name: str, dialect: Dialect) -> tuple[Dialect, tuple[str, ...], bool]:
    """The dialect as the file's first line has it, the column names, and whether DuckDB finds them (not behind a blank line)."""
    try:
        separator, is_alike = read_separator(path, dialect.encoding)
        if separator is not None:
            dialect = replace(dialect, delimiter=separator, lines_before=1)
        header, first = read_names(path, dialect)
        first = first and (separator is None or is_alike)  # else DuckDB finds no row, and says nothing
    except OSError as error:
        raise InputError(
            f"{name}: the file cannot be read ({error.strerror}); check its permissions."
        ) from error
    except csv.Error as error:
        raise InputError(f"{name}: the first line cannot be read as column names ({error}).") from error
    except UnicodeError as error:
        raise InputError(
            f"{name}: the file is no {dialect.encoding} text; give its encoding as `encoding` of [csv]."
        ) from error
    if not is_text("".join(header)):
        if is_utf8(dialect.encoding):
            raise InputError(
                f"{name}: the file is no UTF-8 text; write it as CSV in UTF-8, or give its encoding as `encoding` of [csv]."
            )
        raise InputError(
            f"{name}: the file is no {dialect.encoding} text; give its encoding as `encoding` of [csv]."
        )
    marks = _MARKS.replace(dialect.delimiter, "")
    if len(header) == 1 and (mark := next((mark for mark in marks if mark in header[0]), None)):
        other = "commas" if dialect.delimiter == "," else repr(dialect.delimiter)
        raise InputError(
            f"{name}: its cells are separated by {mark!r}; write it with {other}, or give {mark!r} as `delimiter` of [csv]."
        )
    return dialect, header, first


def _reader_sql(paths: list[Path], like: _File) -> str:
    """SQL of the rows of files by DuckDB's reader, which reads them as it reads one of them."""
    names, dialect = like.names, like.dialect
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    null = ", ".join(map(literal, dialect.null))
    reading = (
        f"read_csv({file_list(paths)}, columns = {{{columns}}}, auto_detect = false, header = true, "
        f"delim = {literal(dialect.delimiter)}, quote = {literal(dialect.quote)}, escape = {literal(dialect.escape)}, "
        f"nullstr = [{null}], null_padding = false, skip = {dialect.lines_before}, "
        f"compression = {literal(compression_of(paths[0].name) or 'none')}, hive_partitioning = false, {like.reader or _SERIAL})"
    )
    if like.has_empty or len(names) == 1:  # with one column, a blank line looks like an empty cell
        return f"(from {reading} where coalesce({', '.join(map(ident, names))}) is not null)"
    return reading
