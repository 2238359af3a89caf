"""One table as its reader hands it over: SQL that gives its rows in order, and where each of them stood.

Whatever the format, a reader ends in a `Source`. The rows that could not even be read (broken lines) are in it by their
row numbers; since all other rows keep their order, the place of a loaded row in its table is enough to name the file and
the row it came from, and no row has to carry that along.
"""

from dataclasses import dataclass, field

from contact_merge.load.inputs import Format


@dataclass(frozen=True)
class Broken:
    """A line that could not be read as a row. `row` is its 1-based data row (CSV) or line number (JSON lines)."""

    row: int
    reason: str
    raw: str


@dataclass
class FilePart:
    """What one file gave.

    Attributes:
        file: its name inside the input folder.
        rows: how many rows of it the source's query gives.
        broken: its unusable lines, ascending by row.
        blank: numbers of lines that count as no row at all, ascending (JSON lines only).
    """

    file: str
    rows: int
    broken: list[Broken] = field(default_factory=list)
    blank: list[int] = field(default_factory=list)


@dataclass
class Source:
    """The rows of one table.

    Attributes:
        table: the table's name.
        format: the format of its files.
        columns: the user's columns in input order with their DuckDB types.
        query: a SELECT that gives exactly these columns, row order = input order.
        parts: its files in the order in which the query gives their rows.
        json_text: columns in which every value is a slice of JSON text (mixed columns and objects of JSON lines).
    """

    table: str
    format: Format
    columns: dict[str, str]
    query: str
    parts: list[FilePart]
    json_text: frozenset[str] = frozenset()

    @property
    def broken_rows(self) -> int:
        """How many lines could not be read as a row."""
        return sum(len(part.broken) for part in self.parts)
