"""One table as its reader hands it over: SQL that gives its rows in order, and where each of them stood.

Whatever the format, a reader ends in a `Source`. It has the row numbers of the lines that cannot be read as
rows. All other rows keep their order, so the position of a loaded row in its table is enough to name the file
and the row it came from. No row has to carry that along.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from contact_merge.engine import ident
from contact_merge.errors import InputError
from contact_merge.load.columns import check_needed, holds_names
from contact_merge.load.endings import Format
from contact_merge.names import spell


@dataclass(frozen=True)
class Broken:
    """A line that cannot be read as a row; `row` is its data row (CSV) or its line number (JSON lines),
    from 1.
    """

    row: int
    reason: str
    raw: str


@dataclass
class FileScan:
    """What one file gave; complete once the source's query has run.

    Attributes:
        file: its name inside the input folder.
        path: the file itself.
        rows: how many rows of it the query gives.
        broken: its unusable lines, ascending by row.
        blank: numbers of lines that are no row at all but count as lines, ascending (JSON lines only).
        header: the names of its columns, in order; none of JSON, whose objects may leave keys out.
        cells: of a broken line of CSV what stands in which column; None of other formats.
    """

    file: str
    path: Path
    rows: int = 0
    broken: list[Broken] = field(default_factory=list)
    blank: list[int] = field(default_factory=list)
    header: tuple[str, ...] = ()
    cells: Callable[[str], Mapping[str, str]] | None = None


@dataclass(frozen=True)
class Uncast:
    """What a column that was cast held before.

    Attributes:
        helper: the column beside it, with the values that its type cannot hold.
        type: the DuckDB type of these.
        is_json: whether they are slices of JSON text.
    """

    helper: str
    type: str
    is_json: bool


@dataclass(frozen=True)
class Source:
    """The rows of one table.

    Attributes:
        table: the table's name.
        format: the format of its files.
        columns: the user's columns in input order with their DuckDB types; none where the files hold no row
            either.
        query: a SELECT that gives exactly these columns, rows in input order; it may be run once.
        files: its files' names inside the input folder, in the order in which the query gives their rows.
        file_scans: what each file gave, to be asked once the query has run.
        json_text: columns whose values are slices of JSON text (objects and mixed columns of JSON lines).
        as_it_is: the one Parquet file that has just these columns in these types, if it has.
        views: registered views that the query reads; to be unregistered once it has run.
        newest_by: the column whose greatest value says which of several rows with one key counts; none where the first does.
        types: the columns whose types the settings give.
        uncast: of those that had another type what they held; the query gives their helper columns, too.
    """

    table: str
    format: Format
    columns: dict[str, str]
    query: str
    files: tuple[str, ...]
    file_scans: Callable[[], list[FileScan]]
    json_text: frozenset[str] = frozenset()
    as_it_is: Path | None = None
    views: tuple[str, ...] = ()
    newest_by: str = ""
    types: Mapping[str, str] = field(default_factory=dict)
    uncast: Mapping[str, Uncast] = field(default_factory=dict)

    @property
    def location(self) -> str:
        """The table's file, its files, or its folder, for messages."""
        first, *others = self.files
        folder = str(Path(first).parent)
        if others and folder == ".":  # files that fit a pattern
            return f"{first} and {len(others)} more"
        return folder if others else first

    def spelled(self, known: Iterable[str]) -> "Source":
        """The same rows, with columns named as known ones spell them (docs/input.md, 'Names of columns')."""
        others = list(known)
        names = {name: spell(name, others) for name in self.columns}  # rule: first-name
        if all(name == its for name, its in names.items()):
            return self
        items = ", ".join(f"{ident(name)} as {ident(its)}" for name, its in names.items())

        def file_scans() -> list[FileScan]:
            return [
                replace(scan, header=tuple(names.get(name, name) for name in scan.header))
                for scan in self.file_scans()
            ]

        return replace(
            self,
            columns={names[name]: kind for name, kind in self.columns.items()},
            query=f"select {items} from ({self.query})",
            file_scans=file_scans,
            json_text=frozenset(names[name] for name in self.json_text),
            as_it_is=None,
        )

    def emptiness(self) -> str:
        """That the files hold nothing at all, for messages; no text where they hold anything."""
        if self.columns or any(scan.rows or scan.broken for scan in self.file_scans()):
            return ""
        return "the file is empty" if len(self.files) == 1 else "all its files are empty"

    def check_needed(self, *needed: str, named: Mapping[str, str] | None = None, renamed: str = "") -> None:
        """Refuse rows without a column that the table is of no use without; each file that has columns needs it.

        Args:
            named: more of them, each with the setting by which the user named it.
            renamed: how to say that one that no user named has another name.

        Raises:
            InputError: naming the file.
        """
        wanted = dict.fromkeys(needed, "") | dict(named or {})
        if empty := self.emptiness():
            raise InputError(
                f"{self.location}: {empty}; the table {self.table} needs a column {next(iter(wanted))!r}."
            )
        scans = self.file_scans()
        headers = [(scan.file, scan.header) for scan in scans if scan.header]  # rule: each-file
        for file, header in headers or [(self.location, tuple(self.columns))]:
            show_names = self.format != "csv" or holds_names(header)  # rule: csv-header
            check_needed(file, self.table, header, wanted, show_names=show_names, renamed=renamed)
