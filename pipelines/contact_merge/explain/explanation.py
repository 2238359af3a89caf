"""What is reported of one contact: `explain` hands these records back, `--json` prints them as they are."""

from datetime import datetime
from typing import Literal

import msgspec

State = Literal["live", "retired", "circle", "deleted", "missing"]


class Retired(msgspec.Struct, frozen=True, kw_only=True):
    """One contact that a request retired: fields it gave to the primary, and rows that moved, by kind."""

    contact_id: str
    fields_populated: list[str]
    moved: dict[str, int]
    undone_at: datetime | None


class Merged(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="merged"):
    """A request that merged contacts, in the batch of time `at`; its `extra_columns` are text."""

    at: datetime
    batch_id: str
    request_id: str
    requested_at: datetime
    api_key_id: str | None
    extra_columns: dict[str, str]
    overwrite: bool
    primary_id: str
    retired: list[Retired]


class Unmerged(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="unmerged"):
    """An undo: merges of one request undone."""

    at: datetime
    batch_id: str
    request_id: str
    primary_id: str
    restored_ids: list[str]


class Imported(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="event", tag="imported"
):
    """A retirement pointer that an export brought; `target_id` is null where a newer one emptied it.

    `idle_while` is the request whose active merge it would close a circle with: until that one is undone it has no effect.
    `listed` says that it is one of a list of merged ids, in the row of the target.
    """

    at: datetime
    batch_id: str
    contact_id: str
    target_id: str | None
    idle_while: str | None
    listed: bool = False


Event = Merged | Unmerged | Imported


class Pointer(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a retired contact's path to its survivor; `request_id` is null for an imported pointer."""

    retired_id: str
    primary_id: str
    request_id: str | None
    retired_at: datetime


class Other(msgspec.Struct, frozen=True, kw_only=True):
    """A value that was not taken, the contact in whose row it stood, and the request that brought the two together."""

    value: str
    contact_id: str
    request_id: str


class FieldNow(msgspec.Struct, frozen=True, kw_only=True):
    """A field's value now as text, in whose row it stood, and by which request it came (null: its own)."""

    field: str
    value: str
    source_id: str
    request_id: str | None
    not_taken: list[Other]


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """A field that somebody edited since the last merge: its value in the row that this merge used, and now."""

    field: str
    before: str | None
    now: str | None


class Children(msgspec.Struct, frozen=True, kw_only=True):
    """Child rows that name a contact, by kind, and how many of its list memberships were dropped."""

    contact_id: str
    rows: dict[str, int]
    memberships_dropped: int


class Deletion(msgspec.Struct, frozen=True, kw_only=True):
    """The batch whose export did not hold a live contact any more, and its time."""

    batch_id: str
    at: datetime


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """All that is reported of one contact.

    Attributes:
        contact_id: as contacts spells it.
        state: `live`; `retired`; `circle` (imported pointers that end nowhere); `deleted` (a newer export no
            longer holds it); `missing` (never loaded under this id, only pointers lead to it).
        survivor_id: who it is now; itself where it is not retired, null in a circle.
        survivor_state: `live`, `deleted` or `missing`; null in a circle.
        deleted: the export that deleted who it is now; null where that is not deleted, and where no batch noted it.
        absorbed: contacts whose pointers lead through this one, in the order in which they came.
        chain: of a retired contact, each step to its survivor (in a circle, once round).
        story: what happened to it, to those it absorbed, and what retired it since; newest last.
        fields: of a live contact every field that holds a value; of a retired one those of its survivor that
            it gave, or where its value was not taken.
        edits: fields edited since the last merge into it.
        children: rows that name it or a contact it absorbed, for each contact that any row names.
    """

    contact_id: str
    state: State
    survivor_id: str | None
    survivor_state: Literal["live", "deleted", "missing"] | None
    deleted: Deletion | None
    absorbed: list[str]
    chain: list[Pointer]
    story: list[Event]
    fields: list[FieldNow]
    edits: list[Edit]
    children: list[Children]
