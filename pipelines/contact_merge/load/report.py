"""What a load did, for the summary of the run."""

from dataclasses import dataclass

from contact_merge.load.inputs import UnknownFile


@dataclass(frozen=True)
class TableLoad:
    """One table's figures.

    Attributes:
        location: its file or folder in the input, for messages.
        rows: rows that the files hold, broken lines too.
        rows_loaded: those that went in or were passed over (of merge_requests: those new to the ledger).
        rejected: those that did not, for they cannot be used.
        kept: earlier rows that stay, for the new ones of their keys are rejected.
        passed_over: those of them that did not go in, for one with their key is newer (`newest_by`).
        already_known: merge_requests left out because the ledger or an earlier row has the same one.
        emptiness: that the files hold nothing at all, for messages.
        lost: columns that a file lacks, with the values that its rows had in them before, as (column, values).
        misspelt: extra columns of merge_requests that may stand for one that is missing, as (column, the one missing).
        flagged: rows of contacts that these rows delete.
        unchanged: whether the files are those that the table was loaded from last, so that it stays as it is.
        raw_rows, raw_rows_before: rows of the raw table now, and before the load (of data tables).
    """

    rows: int
    rows_loaded: int
    rejected: int
    kept: int = 0
    location: str = ""
    already_known: int = 0
    emptiness: str = ""
    lost: tuple[tuple[str, int], ...] = ()
    misspelt: tuple[tuple[str, str], ...] = ()
    flagged: int = 0
    unchanged: bool = False
    passed_over: int = 0
    raw_rows: int = 0
    raw_rows_before: int = 0


@dataclass(frozen=True)
class LoadReport:
    """What was loaded, by table, and what names no table, or is an empty folder of one."""

    tables: dict[str, TableLoad]
    unknown: tuple[UnknownFile, ...]
