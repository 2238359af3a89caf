"""Which tables stand in the input folder, and in which format.

In comes a folder, out goes a list of files for each table (SEMANTICS.md, 'Tables'); nothing is read yet.
Hidden files (a leading dot or underscore, as writers of folders leave them) are nobody's data. What names
no table is listed with the nearest table's name (nearest.py), so that a misspelt file is not silently left out.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from contact_merge.catalog import Catalog
from contact_merge.errors import InputError, first_of
from contact_merge.load.delta import LOG, NoLiveFiles, live_files
from contact_merge.load.endings import ENDINGS, Format, split_name
from contact_merge.load.nearest import nearest_table
from contact_merge.load.partitions import is_partition
from contact_merge.names import fold_name
from contact_merge.preset import Files
from contact_merge.tables import API_KEYS, REQUESTS

_TABLE_FORMATS = (
    ("_delta_log", "Delta Lake", "delta_scan"),
    ("metadata/*.metadata.json", "Iceberg", "iceberg_scan"),
    (".hoodie", "Hudi", None),
)


@dataclass(frozen=True)
class TableSource:
    """Where the rows of a table are looked for.

    Attributes:
        table: the table.
        name: the name of its file, with or without its ending, or of its folder; or a pattern, in which `*` stands for any
            letters and `?` for one.
        files: which ones count where a pattern fits several: all of them, or the last by name; none where that is a fault.
        setting: the section of the settings that has `files`.
    """

    table: str
    name: str
    files: Files = ""
    setting: str = ""

    @property
    def is_pattern(self) -> bool:
        """Whether several names may fit."""
        return not {"*", "?"}.isdisjoint(self.name)

    @property
    def plain_name(self) -> str:
        """Its name, without what stands for other letters."""
        return re.sub(r"[*?]+", " ", self.name).strip()

    def fits(self, entry: Path, *, folded: bool) -> bool:
        """Whether a file or folder is one of its own; `folded`: but for case and outer blanks."""
        names, wanted = {entry.name, split_name(entry.name)[0]}, self.name
        if folded:
            names, wanted = {fold_name(name) for name in names}, fold_name(wanted)
        pattern = re.sub(r"\\\*|\\\?", lambda wild: ".*" if wild[0] == r"\*" else ".", re.escape(wanted))
        return any(re.fullmatch(pattern, name, re.DOTALL) for name in names)


def table_sources(catalog: Catalog, load: Mapping[str, str]) -> list[TableSource]:
    """Where the tables of a catalog are looked for, in the order in which they are loaded.

    Args:
        load: by table how it is loaded; of one that is upserted all files count that fit its pattern.
    """
    tables = [catalog.entity, *catalog.children]
    sections = ["entity", *(f"children.{child.name}" for child in catalog.children)]
    return [
        TableSource(
            table.name,
            table.source or table.name,
            table.files or ("all" if load.get(table.name) == "upsert" else ""),
            section,
        )
        for table, section in zip(tables, sections, strict=True)
    ] + [TableSource(table, table) for table in (REQUESTS, API_KEYS)]


@dataclass(frozen=True)
class TableInput:
    """The files of one table, in the order in which their rows count (by name)."""

    table: str
    format: Format
    files: tuple[Path, ...]


@dataclass(frozen=True)
class UnknownFile:
    """A file or folder (its name then ends in `/`) that names no table, or a table's folder without a file to read.

    `nearest` is the name that it may have meant, if any is near and could be read under its ending: that of a table, or of its
    source. `advice` says why it is not read.
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


def find_inputs(folder: Path, sources: Sequence[TableSource]) -> Inputs:
    """Find tables in a folder: files `<source>.parquet`, `<source>.csv.gz` and the like, or a folder `<source>/` of such files.

    Raises:
        InputError: the folder cannot be read, a table stands there twice, a file is that of two tables, or a table is kept in a
            table format.
    """
    found: dict[TableSource, list[TableInput]] = {}
    unknown: list[UnknownFile] = []
    for entry in _listing(folder):
        source = _source_of(entry, sources)
        if source is None:
            unknown.append(_unknown(entry, sources))
            continue
        here = _table_input(source.table, entry)
        if here is None:
            unknown.append(UnknownFile(f"{entry.name}/", None, "the folder has no file to read"))
            continue
        found.setdefault(source, []).append(here)
    tables = {source.table: _united(source, found[source], folder) for source in sources if source in found}
    return Inputs(folder, tables, tuple(unknown))


def _source_of(entry: Path, sources: Sequence[TableSource]) -> TableSource | None:
    """The table that a file or folder is the source of; as its name is written, or else but for case and outer blanks."""
    if not (entry.is_dir() or split_name(entry.name)[1]):
        return None
    for folded in (False, True):
        fitting = [source for source in sources if source.fits(entry, folded=folded)]
        if len(fitting) > 1:  # rule: two-sources
            first, second, *_ = fitting
            raise InputError(
                f"{entry}: this is the source of two tables, {first.table} ({first.name}) and {second.table} ({second.name}); "
                "rename it, or give one of them another source in the settings."
            )
        if fitting:
            return fitting[0]
    return None


def _united(source: TableSource, found: Sequence[TableInput], folder: Path) -> TableInput:
    """The files of a table, of all entries that count."""
    if len(found) == 1 or (source.is_pattern and source.files == "last"):
        return found[-1]
    names = [str(table.files[0].relative_to(folder)) for table in found]
    if not source.is_pattern:
        raise InputError(
            f"{folder}: the table {source.table} is there twice, as {names[0]} and as {names[1]}; keep one of them."
        )
    if source.files != "all":  # rule: several-files
        raise InputError(
            f'{folder}: {len(names)} files fit the source "{source.name}" of the table {source.table}: '
            f'{first_of(names)}; keep one of them, or set files = "last" or "all" in [{source.setting}].'
        )
    formats = sorted({table.format for table in found})
    if len(formats) > 1:
        raise InputError(
            f'{folder}: files of several formats ({" and ".join(formats)}) fit the source "{source.name}" of the table '
            f"{source.table}; keep those of one format."
        )
    return TableInput(source.table, found[0].format, tuple(file for table in found for file in table.files))


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


def _unknown(entry: Path, sources: Sequence[TableSource]) -> UnknownFile:
    name = f"{entry.name}/" if entry.is_dir() else entry.name
    names = [source.plain_name for source in sources]
    stem, format_ = split_name(entry.name)
    readable = entry.is_dir() or format_ is not None
    nearest = nearest_table(stem, names) if readable else None
    if nearest is None and nearest_table(entry.name.partition(".")[0], names):
        return UnknownFile(name, None, f"its ending can't be read; {ENDINGS} can")
    return UnknownFile(name, nearest, nearest or "nothing near")


def _refuse_table_format(table: str, folder: Path, why: str) -> None:
    """Refuse a folder whose files hold rows that its table does not have any more.

    Args:
        why: why the live ones cannot be read, if that is known.
    """
    for mark, kind, scan in _TABLE_FORMATS:
        if next(folder.glob(mark), None) is None:
            continue
        how = f"its {kind} reader"
        if scan:
            how = f"DuckDB: copy (from {scan}('{folder}')) to '{table}.parquet'"
        raise InputError(
            f"{folder}: this is a table of {kind}, whose files also hold rows that were deleted or replaced"
            f"{f' ({why})' if why else ''}; export its live rows to {table}.parquet, for example with {how}, and put that here "
            "instead."
        )


def _table_input(table: str, entry: Path) -> TableInput | None:
    """The files behind one entry; None for a folder without any."""
    files = _files_of_folder(table, entry) if entry.is_dir() else [entry]
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


def _files_of_folder(table: str, folder: Path) -> list[Path]:
    """The entries of a table's folder that may hold rows of it; of a Delta table those that hold live ones."""
    why = ""
    if (folder / LOG).is_dir():
        try:
            return live_files(folder)
        except NoLiveFiles as error:
            why = str(error)
    _refuse_table_format(table, folder, why)  # rule: table-formats
    return _files(folder)


def _files(folder: Path) -> list[Path]:
    """The entries of a table's folder, by name; of a folder that gives a column, those in it."""
    return [
        file
        for entry in _listing(folder)
        for file in (_files(entry) if entry.is_dir() and is_partition(entry) else [entry])
    ]
