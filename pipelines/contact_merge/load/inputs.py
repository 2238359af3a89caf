"""Which tables stand in the input folder, and in which format.

In comes a folder, out goes a list of files for each table (SEMANTICS.md, 'Tables'); nothing is read yet.
Hidden files (a leading dot or underscore, as writers of folders leave them) are nobody's data. What names
no table is listed with the nearest table's name (nearest.py), so that a misspelt file is not silently left out.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from contact_merge.errors import InputError
from contact_merge.load.endings import ENDINGS, Format, split_name
from contact_merge.load.nearest import nearest_table
from contact_merge.load.partitions import is_partition

_TABLE_FORMATS = (
    ("_delta_log", "Delta Lake", "delta_scan"),
    ("metadata/*.metadata.json", "Iceberg", "iceberg_scan"),
    (".hoodie", "Hudi", None),
)


@dataclass(frozen=True)
class TableInput:
    """The files of one table, in the order in which their rows count (by name)."""

    table: str
    format: Format
    files: tuple[Path, ...]


@dataclass(frozen=True)
class UnknownFile:
    """A file or folder (its name then ends in `/`) that names no table, or a table's folder without a file to read.

    `nearest` is the table it may have meant, if any is near and could be read under its ending; `advice` says why it is not read.
    """

    name: str
    nearest: str | None
    advice: str


@dataclass(frozen=True)
class Inputs:
    """What was found in the folder."""

    folder: Path
    tables: dict[str, TableInput]
    unknown: tuple[UnknownFile, ...] = ()

    @property
    def folders(self) -> set[Path]:
        """Where the files really are: a file may be a link to one elsewhere."""
        return {file.resolve().parent for table in self.tables.values() for file in table.files}


def find_inputs(folder: Path, tables: Sequence[str]) -> Inputs:
    """Find these tables in a folder: `<table>.parquet`, `<table>.csv.gz` …, or a folder `<table>/` of files.

    Raises:
        InputError: the folder cannot be read, a table stands there twice, or one is kept in a table format.
    """
    found: dict[str, TableInput] = {}
    unknown: list[UnknownFile] = []
    for entry in _listing(folder):
        table = _table_of(entry, tables)
        if table is None:
            unknown.append(_unknown(entry, tables))
            continue
        here = _table_input(table, entry)
        if here is None:
            unknown.append(UnknownFile(f"{entry.name}/", None, "the folder has no file to read"))
            continue
        if table in found:
            raise InputError(
                f"{folder}: the table {table} is there twice, as {found[table].files[0].relative_to(folder)} and as "
                f"{here.files[0].relative_to(folder)}; keep one of them."
            )
        found[table] = here
    ordered = {table: found[table] for table in tables if table in found}
    return Inputs(folder, ordered, tuple(unknown))


def _table_of(entry: Path, tables: Sequence[str]) -> str | None:
    """The table that a file or folder holds by its name; None where it names none, or has an ending that can't be read."""
    stem, format_ = split_name(entry.name)
    names = [entry.name, stem] if entry.is_dir() else [stem] if format_ else []
    for name in names:
        alike = [table for table in tables if table.lower() == name.lower()]
        if name in alike or len(alike) == 1:
            return name if name in alike else alike[0]
    return None


def _listing(folder: Path) -> list[Path]:
    """The visible entries of a folder by name, or an InputError."""
    try:
        entries = [folder / entry.name for entry in os.scandir(folder)]
    except FileNotFoundError as error:
        raise InputError(f"{folder}: there is no such folder; check --input.") from error
    except NotADirectoryError as error:
        raise InputError(
            f"{folder} is a file, not a folder; give the folder that holds the tables."
        ) from error
    except OSError as error:
        raise InputError(
            f"{folder}: the folder cannot be read ({error.strerror}); check its permissions."
        ) from error
    return sorted((entry for entry in entries if entry.name[0] not in "._"), key=lambda entry: entry.name)


def _unknown(entry: Path, tables: Sequence[str]) -> UnknownFile:
    name = f"{entry.name}/" if entry.is_dir() else entry.name
    stem, format_ = split_name(entry.name)
    readable = entry.is_dir() or format_ is not None
    nearest = nearest_table(stem, tables) if readable else None
    if nearest is None and nearest_table(entry.name.partition(".")[0], tables):
        return UnknownFile(name, None, f"its ending can't be read; {ENDINGS} can")
    return UnknownFile(name, nearest, nearest or "nothing near")


def _refuse_table_format(table: str, folder: Path) -> None:
    """Refuse a folder whose files hold rows that its table does not have any more."""
    for mark, kind, scan in _TABLE_FORMATS:
        if next(folder.glob(mark), None) is None:
            continue
        how = f"its {kind} reader"
        if scan:
            how = f"DuckDB: copy (from {scan}('{folder}')) to '{table}.parquet'"
        raise InputError(
            f"{folder}: this is a table of {kind}, whose files also hold rows that were deleted or replaced; export its live "
            f"rows to {table}.parquet, for example with {how}, and put that here instead."
        )


def _table_input(table: str, entry: Path) -> TableInput | None:
    """The files behind one entry; None for a folder without any."""
    if entry.is_dir():
        _refuse_table_format(table, entry)  # rule: table-formats
    files = _files(entry) if entry.is_dir() else [entry]
    formats: set[Format] = set()
    for file in files:
        _, format_ = split_name(file.name)
        if format_ is None or file.is_dir():
            raise InputError(
                f"{file}: the folder of a table may hold only files that end in {ENDINGS}, and folders such as country=DE/; "
                "move it away."
            )
        if file.exists() and not file.is_file():
            raise InputError(f"{file}: this is no file but a pipe or a device; put a file here instead.")
        if not os.access(file, os.R_OK):
            raise InputError(f"{file}: the file cannot be read; check that it exists and its permissions.")
        formats.add(format_)
    if len(formats) > 1:
        raise InputError(
            f"{entry}: the table is there in two formats at once, {' and '.join(sorted(formats))}; keep one."
        )
    if not files:
        return None
    (only,) = formats
    return TableInput(table, only, tuple(files))


def _files(folder: Path) -> list[Path]:
    """The entries of a table's folder, by name; of a folder that gives a column, those in it."""
    return [
        file
        for entry in _listing(folder)
        for file in (_files(entry) if entry.is_dir() and is_partition(entry) else [entry])
    ]
