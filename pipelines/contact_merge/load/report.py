"""What a load did, for the summary, the JSON output and the metadata of assets."""

from dataclasses import dataclass, field

from contact_merge.load.inputs import Format, UnknownFile


@dataclass(frozen=True)
class TableLoad:
    """One table's figures.

    Attributes:
        rows_read: rows and broken lines in its files.
        rows_loaded: rows that went in (of merge_requests: those new to the ledger).
        rejects: entries for it in raw.rejects (a row with a bad pointer or JSON field is loaded and has one
            as well).
        already_known: merge_requests left out because the ledger or an earlier row has the same one.
        misspelt: further columns of merge_requests that may stand for one that is missing, as (column, the one missing).
        columns_added, columns_dropped: against what was loaded of it before; empty at the first load.
    """

    table: str
    format: Format
    files: int
    rows_read: int
    rows_loaded: int
    rejects: int
    already_known: int = 0
    misspelt: tuple[tuple[str, str], ...] = ()
    columns_added: tuple[str, ...] = ()
    columns_dropped: tuple[str, ...] = ()


@dataclass(frozen=True)
class LoadReport:
    """What was loaded, by table, and the files that name no table."""

    tables: dict[str, TableLoad] = field(default_factory=dict)
    unknown: tuple[UnknownFile, ...] = ()

    @property
    def rejects(self) -> int:
        """Entries in raw.rejects."""
        return sum(table.rejects for table in self.tables.values())
