"""The records that the reference is made of: places of a line, merges, loads, pointers.

A field is named by `(column, None)`, a key of a JSON field by `(column, key)`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reference_layout import SIX, Row
from reference_values import Key, is_empty

KINDS = tuple(SIX)
CHILDREN = KINDS[:-1]

Field = tuple[str, str | None]


def name_of(field: Field) -> str:
    """How a field is reported: its column, or `column.key`."""
    column, key = field
    return column if key is None else f"{column}.{key}"


@dataclass(frozen=True)
class Place:
    """One place of a line: a value that stood in the raw row of `source`.

    `path` lists the contacts that held it since, each with the number and request of the merge that brought it.
    """

    source: Key
    value: Any
    path: tuple[tuple[Key, int, str | None], ...]

    def move(self, to: Key, merge: "Merge") -> "Place":
        return Place(self.source, self.value, (*self.path, (to, merge.number, merge.request_id)))

    def meeting(self, other: "Place") -> str | None:
        """The request by which two places of a line met: the later arrival at the first holder of both."""
        mine = {holder: (number, request) for holder, number, request in self.path}
        for holder, number, request in other.path:
            if holder in mine:
                return max((number, request), mine[holder], key=lambda arrival: arrival[0])[1]
        raise AssertionError("places of one line always meet")


Lines = dict[Field, list[Place]]


@dataclass(frozen=True)
class Merge:
    """An accepted merge; `number` is its position in the log, `duplicates` are the resolved ids in order."""

    number: int
    request_id: str
    primary: Key
    duplicates: tuple[Key, ...]
    overwrite: bool
    as_of: datetime


@dataclass
class Loaded:
    """Tables as they are after a load: whole raw tables, each row usable and its key unique.

    `named` are the columns of each table, and `flagged` the contacts that rows of this load deleted. `took_over` is found out
    at the load and then lasts: by contact and reference the id that the CRM took over, and the one that stood there before.
    """

    number: int
    contacts: dict[Key, Row]
    named: dict[str, list[str]]
    full: bool
    flagged: frozenset[Key]
    children: dict[str, list[Row]]
    kinds: dict[str, str]
    as_of: datetime
    took_over: dict[tuple[Key, Field], tuple[Any, Any]] | None = None


@dataclass(frozen=True)
class Pointer:
    """Where a retired contact points: by a merge, or as imported (`request_id` null, `sent` as spelled).

    `listed` is how a list of merged ids spells the contact itself, which may have no row of its own.
    """

    target: Key
    number: int
    request_id: str | None
    at: datetime
    sent: str | None = None
    listed: str | None = None


@dataclass
class LastMerge:
    """What the last merge into a survivor used of its raw row, and what it made of it."""

    used: dict[Field, Any]
    lines: Lines
    taken: dict[Field, str]
    as_of: datetime


@dataclass
class Outcome:
    """What a merge did: the fields that changed, and by duplicate the fields given and the rows brought."""

    fields: list[str]
    given: dict[Key, list[str]]
    counts: dict[Key, dict[str, int]]


Pick = Callable[[list[Place]], Place | None]
"""A rule: which place of a line gives the field its value."""


def first(line: list[Place]) -> Place | None:
    """The first place of a line whose value is not empty."""
    return next((place for place in line if not is_empty(place.value)), None)
