"""The figures of one run: what `pipeline.run` hands back, and command line and Dagster both show."""

from datetime import datetime

import msgspec


class Held(msgspec.Struct, frozen=True):
    """How many rows a loaded table has now, and had before."""

    rows: int
    rows_before: int


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What one run did.

    Attributes:
        batch_id: the batch in the ledger; null when the run added nothing to it.
        as_of: the time of the run, UTC.
        requests: the new requests by outcome: `merged`, `nothing_merged`, `dry_run`, `replayed`, or the code
            of a refusal (SEMANTICS.md, 'What happens to one request').
        requests_new: requests answered by this run.
        requests_known: requests of the input that the ledger had answered before, or that an earlier row has as well.
        loaded: the tables of contacts and children that were loaded, with their rows.
        contacts_before: live contacts before the new requests, imported retirements already left out.
        contacts_after: live contacts after them.
        contacts_retired: contacts that this run's requests retired.
        fields_populated: fields that this run's merges filled or changed.
        rehomed: rows moved to a survivor, for each of the six kinds of children.
        rejects: input rows that could not be used, for each table that had any.
        rejected_reasons: the most frequent reasons as (table, reason, rows).
        unknown_files: input files that name no table, as (file, the table with the nearest name).
        misspelt_columns: columns of merge_requests that were taken for further ones, as (column, the missing one it is like).
        events: event lines written.
        files: output files, by the name they have in INTERFACE.md.
        first_changes: the first ten changes that a dry run found, as (contact, field, before, after, source contact, request).
        dry_run: whether this was a preview that changed nothing.
        seconds: how long the run took.
    """

    batch_id: str | None
    as_of: datetime
    requests: dict[str, int]
    requests_new: int
    requests_known: int
    loaded: dict[str, Held] = {}
    contacts_before: int
    contacts_after: int
    contacts_retired: int
    fields_populated: int
    rehomed: dict[str, int]
    rejects: dict[str, int]
    rejected_reasons: list[tuple[str, str, int]]
    unknown_files: list[tuple[str, str | None]]
    misspelt_columns: list[tuple[str, str]] = []
    events: int
    files: dict[str, str]
    first_changes: list[tuple[str, str, str | None, str | None, str, str | None]] = []
    dry_run: bool
    seconds: float

    @property
    def rejected(self) -> int:
        """Input rows that could not be used, of all tables."""
        return sum(self.rejects.values())
