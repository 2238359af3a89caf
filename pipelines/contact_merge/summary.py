"""The figures of a run and of an undo: what the verbs of pipeline.py hand back, and command line and Dagster both show."""

from datetime import datetime

import msgspec


class RowCounts(msgspec.Struct, frozen=True):
    """How many rows a loaded table has now and had before, and how many earlier ones stay as the new ones are rejected.

    `rows_passed_over` is there where `newest_by` passed over any: one with their key is newer.
    """

    rows: int
    rows_before: int
    rows_kept: int = 0
    rows_passed_over: int | msgspec.UnsetType = msgspec.UNSET


class GoneColumn(msgspec.Struct, frozen=True):
    """A column that a newer export no longer has, and how many values the merged table showed in it.

    `merged_values` are those that stood there by a merge alone. Where only some files lack the column, or an upsert, the
    values are those that the replaced rows had in it.
    """

    table: str
    column: str
    values: int
    merged_values: int


class PartsOfCells(msgspec.Struct, frozen=True):
    """A column whose cells hold several ids, and how many parts of cells stay, for they are no ids, or ids of no contact."""

    table: str
    column: str
    no_ids: int
    unknown_ids: int


class IdlePointer(msgspec.Struct, frozen=True):
    """An imported pointer without effect: it would close a circle with the merge of this request."""

    contact_id: str
    target_id: str
    request_id: str


class OutrankedList(msgspec.Struct, frozen=True):
    """A list of merged ids, in the row of `other_id`, that names a contact whom the list of `target_id` names, which counts."""

    contact_id: str
    target_id: str
    other_id: str


class Disappearing(msgspec.Struct, frozen=True):
    """A contact that a dry run would retire: who it becomes (null in a circle), by which request (null for a pointer)."""

    contact_id: str
    survivor_id: str | None
    request_id: str | None


class NotKept(msgspec.Struct, frozen=True):
    """How many contacts keep a value of a field beside which the requests would not keep `not_kept` other ones."""

    field: str
    kept: int
    not_kept: int


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """Who would disappear by a dry run, and what would be lost; of each list the first twenty.

    How many contacts disappear stands in the summary itself.

    Attributes:
        retired_first: contacts that requests would retire, in the order of the ledger.
        retired_by_pointers_first: contacts that imported pointers would retire.
        deleted_first: contacts that the export would delete.
        values_not_kept: values that differ from the kept one, where a request would bring both together.
        fields: fields that have any.
        fields_first: of these those with most.
        memberships_dropped: rows, such as memberships of lists, that do not move, for the survivor has one like them.
        rows_of_deleted: children that name a deleted contact, by kind; kinds without any are left out.
    """

    retired_first: list[Disappearing]
    retired_by_pointers_first: list[Disappearing]
    deleted_first: list[str]
    values_not_kept: int
    fields: int
    fields_first: list[NotKept]
    memberships_dropped: int
    rows_of_deleted: dict[str, int]


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
        contacts_before: live contacts as published before the run.
        contacts_deleted: of them, those that the export no longer holds.
        contacts_retired_by_pointers: contacts that imported pointers retire now, new ones included.
        contacts_retired: contacts that this run's requests retired.
        contacts_new: contacts that the warehouse holds for the first time.
        contacts_back_again: contacts that an earlier batch deleted or retired, and the export made live again.
        contacts_after: live contacts after the run.
        contacts_flagged: rows of contacts that say that they are deleted; unset where the settings name no column for it.
        leading_to_nobody: retired contacts whose redirects lead to no live contact.
        leading_to_nobody_first: the first ten of them.
        pointers_without_effect: imported pointers that would close a circle with an active merge.
        pointers_without_effect_first: the first ten of them.
        lists_outranked: lists of merged ids that name a contact whom the list of a lower id names, too; unset where the settings
            name no column of such lists.
        lists_outranked_first: the first ten of them.
        columns_gone: columns that the tables loaded no longer have, or that a file of theirs lacks.
        parts_that_stay: columns whose cells hold several ids, with the parts that no survivor could take the place of.
        settings_changed: settings of tables and fields that differ from those of the last batch, so that all contacts were folded
            again; each as its key and what became of it.
        guards_passed: guards that would have stopped the run and were allowed to pass.
        fields_populated: fields that this run's merges filled or changed.
        rehomed: rows moved to a survivor, for each child table.
        rejects: input rows that could not be used, for each table that had any.
        rejected_reasons: the most frequent reasons as (table, reason, rows).
        unknown_files: input files that name no table, and empty folders of tables, as (file, the table with the nearest
            name, why it was not read).
        misspelt_columns: extra columns of merge_requests that look like a missing one, as (column, the missing one).
        events: event lines written.
        files: output files, by the name they have in INTERFACE.md.
        preview: of a dry run who would disappear, and what would be lost.
        dry_run: whether this was a preview that changed nothing.
        seconds: how long the run took.
    """

    batch_id: str | None
    as_of: datetime
    requests: dict[str, int]
    requests_new: int
    requests_known: int
    loaded: dict[str, RowCounts] = {}
    contacts_before: int
    contacts_deleted: int = 0
    contacts_retired_by_pointers: int = 0
    contacts_retired: int
    contacts_new: int = 0
    contacts_back_again: int = 0
    contacts_after: int
    contacts_flagged: int | msgspec.UnsetType = msgspec.UNSET
    leading_to_nobody: int = 0
    leading_to_nobody_first: list[str] = []
    pointers_without_effect: int = 0
    pointers_without_effect_first: list[IdlePointer] = []
    lists_outranked: int | msgspec.UnsetType = msgspec.UNSET
    lists_outranked_first: list[OutrankedList] | msgspec.UnsetType = msgspec.UNSET
    columns_gone: list[GoneColumn] = []
    parts_that_stay: list[PartsOfCells] = []
    settings_changed: list[str] = []
    guards_passed: list[str] = []
    fields_populated: int
    rehomed: dict[str, int]
    rejects: dict[str, int]
    rejected_reasons: list[tuple[str, str, int]]
    unknown_files: list[tuple[str, str | None, str]]
    misspelt_columns: list[tuple[str, str]] = []
    events: int
    files: dict[str, str]
    preview: Preview | None = None
    dry_run: bool
    seconds: float

    @property
    def rejected(self) -> int:
        """Input rows that could not be used, of all tables."""
        return sum(self.rejects.values())

    @property
    def contacts(self) -> dict[str, int]:
        """Live contacts before and after, and all that lies between; what is lost and what comes add up."""
        return {
            "contacts_before": self.contacts_before,
            "contacts_deleted": self.contacts_deleted,
            "contacts_retired_by_pointers": self.contacts_retired_by_pointers,
            "contacts_retired": self.contacts_retired,
            "contacts_new": self.contacts_new,
            "contacts_back_again": self.contacts_back_again,
            "contacts_after": self.contacts_after,
        }


class Restored(msgspec.Struct, frozen=True):
    """A contact that would come back, the one that it was merged into, and the request that asked for it."""

    contact_id: str
    primary_id: str
    request_id: str


class LostField(msgspec.Struct, frozen=True):
    """How many survivors would lose their value of a field."""

    field: str
    values: int


class UndoPreview(msgspec.Struct, frozen=True, kw_only=True):
    """Who would come back by a dry run of an undo, and what survivors would lose; of each list the first twenty.

    Attributes:
        restored_first: contacts that would come back.
        fields: fields of which survivors would lose values.
        fields_first: of these those with most values.
        moved: rows that the merges had moved, for each child table.
    """

    restored_first: list[Restored]
    fields: int
    fields_first: list[LostField]
    moved: dict[str, int]


class Undone(msgspec.Struct, frozen=True, kw_only=True):
    """What an undo did.

    Attributes:
        batch_id: the batch in the ledger.
        as_of: the time of the undo, UTC.
        requests: the requests undone.
        restored: the contacts that came back: not those that an imported pointer keeps retired.
        contacts_before, contacts_after: live contacts.
        events: event lines written.
        files: output files, by their name in INTERFACE.md.
        preview: of a dry run who would come back, and from whom.
        dry_run: whether this was a preview that changed nothing.
        seconds: how long it took.
    """

    batch_id: str
    as_of: datetime
    requests: list[str]
    restored: list[str]
    contacts_before: int
    contacts_after: int
    events: int
    files: dict[str, str]
    preview: UndoPreview | None
    dry_run: bool
    seconds: float
