"""Who a contact is: what the warehouse knows of it, the pointers from it, and those that lead through it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

import duckdb

from contact_merge.columns import ContactColumns
from contact_merge.engine import fetch
from contact_merge.explain.explanation import Deletion
from contact_merge.ids import Key


class Known(NamedTuple):
    """What the warehouse has of one contact; see sql/explain/contact.sql."""

    key: Key
    loaded_id: str | None
    known_id: str | None
    pointed_at_id: str | None
    root_key: Key | None
    survivor: bool
    changed: bool
    deleted_id: str | None
    deleted_by: str | None
    deleted_at: datetime | None

    @property
    def contact_id(self) -> str | None:
        """The id as spelled in the newest place that has it; null for an id that is nowhere."""
        return self.loaded_id or self.known_id or self.pointed_at_id or self.deleted_id

    @property
    def state(self) -> Literal["live", "deleted", "missing"]:
        """The state of a contact that is not retired."""
        if self.loaded_id is not None:
            return "live"
        return "missing" if self.known_id is None and self.deleted_id is None else "deleted"

    @property
    def deletion(self) -> Deletion | None:
        """The export that deleted the contact; null for a live one, and where no batch noted it."""
        if self.state != "deleted" or self.deleted_by is None or self.deleted_at is None:
            return None
        return Deletion(batch_id=self.deleted_by, at=self.deleted_at)


class Redirect(NamedTuple):
    """A retired contact and where it went; see sql/explain/pointers.sql."""

    retired_key: Key
    retired_id: str
    target_key: Key
    primary_id: str
    survivor_key: Key | None
    survivor_id: str | None
    seq: int | None
    request_id: str | None
    retired_at: datetime


@dataclass(frozen=True)
class RedirectPath:
    """The pointers of a contact, and those that lead to it.

    Attributes:
        key: the contact.
        steps: its own pointers, step by step to the survivor; in a circle once round.
        absorbed: those whose pointers lead through it, in the order in which they came.
        names: how each of them is spelled now.
    """

    key: Key
    steps: list[Redirect]
    absorbed: list[Key]
    names: dict[Key, str]

    def name(self, contact: Key, otherwise: str | None = None) -> str:
        """The id of a contact as contacts spells it, else as it is given, else in the ordinary spelling."""
        return self.names.get(contact) or otherwise or str(contact)


def look_up(con: duckdb.DuckDBPyConnection, columns: ContactColumns, key: Key) -> Known:
    """Look a contact up in raw, ledger and fold."""
    return Known(key, *fetch(con, "explain/contact", {"key": key}, **columns.variables())[0])


def find_redirect_path(con: duckdb.DuckDBPyConnection, known: Known) -> RedirectPath:
    """Follow the pointers of a contact, and find those that lead to it."""
    rows = fetch(con, "explain/pointers", {"root": known.root_key}) if known.root_key else []
    redirects = {row[0]: Redirect(*row) for row in rows}
    steps: dict[Key, Redirect] = {}
    contact = known.key
    while contact in redirects and contact not in steps:
        steps[contact] = redirects[contact]
        contact = steps[contact].target_key
    # whether a contact's pointers lead through this one; a circle that does not ends where it began
    through = dict.fromkeys(steps, False) | {known.key: True}
    for start in redirects:
        contact, passed = start, []
        while contact not in through:
            through[contact] = False
            passed.append(contact)
            contact = redirects[contact].target_key if contact in redirects else contact
        through |= dict.fromkeys(passed, through[contact])
    names = {step.target_key: step.primary_id for step in redirects.values()}
    names |= {retired: step.retired_id for retired, step in redirects.items()}
    if known.contact_id is not None:
        names[known.key] = known.contact_id
    absorbed = [retired for retired in redirects if through[retired] and retired != known.key]
    return RedirectPath(known.key, list(steps.values()), absorbed, names)
