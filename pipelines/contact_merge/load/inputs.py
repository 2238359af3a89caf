"""Which tables stand in the input folder, and in which format.

In comes a folder, out goes a list of files for each table (SEMANTICS.md, 'Tables'); nothing is read yet.
Hidden files (a leading dot or underscore, as writers of folders leave them) are nobody's data. What names
no table is listed with the nearest table's name (nearest.py), so that a misspelt file is not silently left out.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from contact_merge.errors import InputError
from contact_merge.load.nearest import nearest_table

Format = Literal["parquet", "csv", "jsonl"]
FORMATS: dict[str, Format] = {".parquet": "parquet", ".csv": "csv", ".jsonl": "jsonl", ".json": "jsonl"}
ENDINGS = ".parquet, .csv, .jsonl or .json"
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
    """Find these tables in a folder: `<table>.parquet`, `.csv`, `.jsonl`, `.json`, or a folder `<table>/` of such files.

    Raises:
        InputError: the folder cannot be read, a table stands there twice, or one is kept in a table format.
    """
    found: dict[str, TableInput] = {}
    unknown: list[UnknownFile] = []
    for entry in _listing(folder):
        table = entry.name if entry.is_dir() else entry.stem
        if table not in tables or not (entry.is_dir() or entry.suffix in FORMATS):
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
    readable = entry.is_dir() or entry.suffix.lower() in FORMATS
    nearest = nearest_table(entry.name if entry.is_dir() else entry.stem, tables) if readable else None
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
    files = _listing(entry) if entry.is_dir() else [entry]
    for file in files:
        if file.suffix not in FORMATS or file.is_dir():
            raise InputError(
                f"{file}: the folder of a table may hold only files that end in {ENDINGS}; move it away."
            )
        if file.exists() and not file.is_file():
            raise InputError(f"{file}: this is no file but a pipe or a device; put a file here instead.")
        if not os.access(file, os.R_OK):
            raise InputError(f"{file}: the file cannot be read; check that it exists and its permissions.")
    formats: set[Format] = {FORMATS[file.suffix] for file in files}
    if len(formats) > 1:
        raise InputError(
            f"{entry}: the table is there in two formats at once, {' and '.join(sorted(formats))}; keep one."
        )
    if not files:
        return None
    (only,) = formats
    return TableInput(table, only, tuple(files))
