"""Which tables stand in the input folder, and in which format.

In comes a folder, out goes a list of files for each table (SEMANTICS.md, 'Tables'); nothing is read yet.
Hidden files (a leading dot or underscore, as writers of folders leave them) are nobody's data. What names
no table is told with the nearest table's name, so that a misspelt file is not silently left out.
"""

import difflib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from contact_merge.errors import InputError
from contact_merge.tables import INPUT_TABLES

Format = Literal["parquet", "csv", "jsonl"]
FORMATS: tuple[Format, ...] = ("parquet", "csv", "jsonl")


@dataclass(frozen=True)
class TableInput:
    """The files of one table, in the order in which their rows count (by name)."""

    table: str
    format: Format
    files: tuple[Path, ...]


@dataclass(frozen=True)
class UnknownFile:
    """A file or folder that names no table; `nearest` is the table it may have meant, if any is near."""

    name: str
    nearest: str | None


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


def find_inputs(folder: Path) -> Inputs:
    """Find the tables of a folder: `<table>.parquet`, `.csv`, `.jsonl`, or a folder `<table>/` of such files.

    Raises:
        InputError: the folder cannot be read, or a table stands there twice.
    """
    found: dict[str, TableInput] = {}
    unknown: list[UnknownFile] = []
    for entry in _listing(folder):
        table = _table_named_by(entry)
        if table is None:
            unknown.append(UnknownFile(entry.name, _nearest(entry.name)))
            continue
        here = _table_input(table, entry)
        if here is None:
            continue
        if table in found:
            raise InputError(
                f"{folder}: the table {table} is there twice, as {found[table].files[0].relative_to(folder)} and as "
                f"{here.files[0].relative_to(folder)}; keep one of them."
            )
        found[table] = here
    ordered = {table: found[table] for table in INPUT_TABLES if table in found}
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


def _table_named_by(entry: Path) -> str | None:
    if entry.is_dir():
        return entry.name if entry.name in INPUT_TABLES else None
    return entry.stem if entry.stem in INPUT_TABLES and entry.suffix[1:] in FORMATS else None


def _nearest(name: str) -> str | None:
    matches = difflib.get_close_matches(name.partition(".")[0].lower(), INPUT_TABLES, n=1, cutoff=0.6)
    return matches[0] if matches else None


def _table_input(table: str, entry: Path) -> TableInput | None:
    """The files behind one entry; None for a folder without any."""
    files = _listing(entry) if entry.is_dir() else [entry]
    for file in files:
        if file.suffix[1:] not in FORMATS or file.is_dir():
            raise InputError(
                f"{file}: the folder of a table may hold only .parquet, .csv or .jsonl files; take it away."
            )
        if file.exists() and not file.is_file():
            raise InputError(f"{file}: this is no file but a pipe or a device; put a file in its place.")
        if not os.access(file, os.R_OK):
            raise InputError(f"{file}: the file cannot be read; check that it exists and its permissions.")
    formats = {file.suffix[1:] for file in files}
    if len(formats) > 1:
        raise InputError(
            f"{entry}: the table is there in two formats at once, {' and '.join(sorted(formats))}; keep one."
        )
    if not files:
        return None
    (only,) = formats
    return TableInput(table, _as_format(only), tuple(files))


def _as_format(name: str) -> Format:
    return next(known for known in FORMATS if known == name)
