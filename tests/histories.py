"""Hypothesis strategies of histories: what a CRM and its users do to one warehouse, run after run.

A history is a list of steps: runs with newer exports, new, late and repeated requests, and undos. In an export rows are
edited, taken over from the merged tables, gone, back again, or new, and ids are spelled otherwise. Tables come whole or
as upserts, and columns are dropped.
Pointers are set, changed and emptied; they lead anywhere: to the row itself, to a contact that is
retired into it, to one that is gone or goes with the same export. While a history is drawn the reference lives
through it, for a CRM takes over what was merged and users undo what was done. `play` takes any implementation
through it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
from hypothesis import strategies as st
from reference import Endpoint, Refused, endpoint_of
from reference_records import CHILDREN, Pick, Row, first
from reference_values import as_id
from world_values import (
    CATALOGUE,
    CHILD_TYPES,
    KEY_TYPES,
    MEMBERSHIP_TYPES,
    POOL,
    START,
    Types,
    ids_spelled,
    rarely,
)
from worlds import (
    Asking,
    api_keys,
    child_rows,
    contact_row,
    contact_types,
    contacts,
    kinds_of,
    membership_rows,
    request_rows,
    settings_of,
    write_requests,
    write_tables,
)


@dataclass
class Run:
    """A run: the tables that are in its input, with their modes, and its requests."""

    tables: dict[str, list[Row]]
    contact_types: Types
    modes: dict[str, str]
    requests: list[Row]
    as_of: datetime

    @property
    def types(self) -> dict[str, Types]:
        """Table -> column -> Arrow type, for who writes files."""
        others = dict.fromkeys(CHILDREN, CHILD_TYPES)
        return {
            "contacts": self.contact_types,
            **others,
            "list_memberships": MEMBERSHIP_TYPES,
            "api_keys": KEY_TYPES,
        }

    def write(self, folder: Path) -> None:
        """Write the input of this run as files."""
        write_tables(self.tables, self.contact_types, folder)
        if self.requests:
            write_requests(self.requests, folder)


@dataclass
class UndoStep:
    """An undo; `contact` as it is spelled, or None for all of the requests; `alone`: asked for without its request."""

    request_ids: list[str]
    contact: str | None
    as_of: datetime
    alone: bool = False


Step = Run | UndoStep


@dataclass
class History:
    settings: dict[str, Any]
    json_text_fields: tuple[str, ...]
    steps: list[Step] = field(default_factory=list)


def perform(step: Step, endpoint: Any) -> bool:
    """Do one step on an implementation; whether it was done (an undo may be refused).

    `endpoint.types` is set before a load: an implementation that writes files needs the Arrow types.
    """
    if isinstance(step, UndoStep):
        try:
            endpoint.undo([] if step.alone else step.request_ids, step.contact, as_of=step.as_of)
        except Refused:
            return False
        return True
    endpoint.types = step.types
    kinds = kinds_of(step.contact_types)
    columns = list(step.contact_types)
    endpoint.load(step.tables, step.modes, as_of=step.as_of, columns=columns, kinds=kinds)
    endpoint.run(step.requests, step.as_of)
    return True


def play(history: History, endpoint: Any) -> Iterator[tuple[bool, Mapping[str, list[Any]]]]:
    """Take an implementation through a history; after each step whether it was done, and all outputs."""
    for step in history.steps:
        done = perform(step, endpoint)
        yield done, endpoint.merged()


# -------------------------------------------------------------------------------- strategies


@dataclass
class Crm:
    """The CRM behind the exports: its rows now, by place in the pool, and all it ever had."""

    types: Types
    count: int
    rows: dict[int, Row]
    gone: dict[int, Row] = field(default_factory=dict)


@st.composite
def pointer_cells(draw: st.DrawFn, crm: Crm, place: int, endpoint: Endpoint) -> str | None:
    """Where a contact points now: mostly to one with which it has to do already, in any spelling."""
    state, contact = endpoint.state, POOL[place]
    absorbed = [p for p, other in enumerate(POOL) if other != contact and state.survivor(other) == contact]
    pointer = state.pointer(contact)
    targets: dict[str, list[int]] = {
        "anywhere": list(range(crm.count + 1)),
        "to itself": [place],
        "back": absorbed,  # the CRM merged them the other way round
        "along": [POOL.index(pointer.target)] if pointer and pointer.target in POOL else [],  # as here
        "to what is gone": list(crm.gone),
        "to what shares its end": [p for p, other in enumerate(POOL) if state.is_retired(other)],
    }
    ways = ["nowhere", "nowhere", *(way for way in targets if targets[way]), *["back"] * 4 * bool(absorbed)]
    way = draw(st.sampled_from(ways))
    if way == "nowhere":
        return None
    return draw(ids_spelled(len(POOL), at=draw(st.sampled_from(targets[way]))))


@st.composite
def edited_row(draw: st.DrawFn, crm: Crm, place: int, endpoint: Endpoint) -> Row:
    """A contact's row in a newer export: edited, taken over from the merged tables, pointing elsewhere."""
    row = dict(crm.rows[place])
    state, contact = endpoint.state, POOL[place]
    ways = ["edit", "edit", "blank", "take over", "take over", "take over one", "spell", "spell"]
    if "merged_into_id" in crm.types:
        ways += ["point"] * (20 if contact in state.known else 6)
    way = draw(st.sampled_from(ways))
    name = draw(st.sampled_from([name for name in crm.types if name in CATALOGUE]))
    if way == "edit":
        row[name] = draw(CATALOGUE[name].values(crm.types[name]))
    elif way == "blank":
        row[name] = None
    elif way.startswith("take over") and state.is_live(contact):
        merged = state.row(contact)
        row |= {c: merged[c] for c in ([name] if way == "take over one" else crm.types) if c in merged}
    elif way == "point":
        row["merged_into_id"] = draw(pointer_cells(crm, place, endpoint))
    elif way == "spell":
        row["id"] = draw(ids_spelled(crm.count, at=place))
    return row


@st.composite
def exports(draw: st.DrawFn, crm: Crm, endpoint: Endpoint) -> dict[int, Row]:
    """What the CRM does between two exports; gives the rows that changed or are new."""
    changed: dict[int, Row] = {}
    for place in list(crm.rows):
        fate = draw(st.integers(0, 9))
        if fate < 5:
            changed[place] = crm.rows[place] = draw(edited_row(crm, place, endpoint))
        elif fate == 7 or (fate == 8 and endpoint.state.survivor(POOL[place]) != POOL[place]):
            crm.gone[place] = crm.rows.pop(place)
    for place in list(crm.gone):
        if draw(st.integers(0, 3)) == 2:
            crm.rows[place] = crm.gone.pop(place)
            changed[place] = crm.rows[place] = draw(edited_row(crm, place, endpoint))
    if draw(rarely()):
        place = crm.count
        crm.count = min(crm.count + 1, len(POOL) - 2)
        row = draw(contact_row(str(POOL[place]), crm.types, place))
        changed[place] = crm.rows[place] = row
    return changed


@st.composite
def runs(draw: st.DrawFn, crm: Crm, asking: Asking, endpoint: Endpoint, as_of: datetime) -> Run:
    """A later run: some tables again, some requests."""
    tables: dict[str, list[Row]] = {}
    modes: dict[str, str] = {}
    types = crm.types
    if draw(st.integers(0, 9)) < 7:
        changed = draw(exports(crm, endpoint))
        if draw(st.integers(0, 3)) == 2:
            modes["contacts"] = "upsert"
            tables["contacts"] = list(changed.values())
        else:
            tables["contacts"] = list(crm.rows.values())
            if draw(rarely()):
                dropped = draw(st.sampled_from([name for name in types if name in CATALOGUE]))
                types = {name: type_ for name, type_ in types.items() if name != dropped}
                tables["contacts"] = [{name: row[name] for name in types} for row in tables["contacts"]]
    for kind in ("notes", "documents"):
        if draw(st.integers(0, 4)) == 2:
            tables[kind] = draw(child_rows(crm.count + 1, CHILDREN.index(kind)))
            modes[kind] = draw(st.sampled_from(["replace", "upsert"]))
    if draw(st.integers(0, 2)) == 1:
        tables["list_memberships"] = draw(membership_rows(crm.count + 1))
        modes["list_memberships"] = draw(st.sampled_from(["replace", "upsert"]))
    if draw(rarely()):
        tables["api_keys"] = draw(api_keys())
        asking.keys = True
    requests = draw(later_requests(asking, endpoint)) if draw(st.integers(0, 9)) < 7 else []
    return Run(tables, types, modes, requests, as_of)


@st.composite
def later_requests(draw: st.DrawFn, asking: Asking, endpoint: Endpoint) -> list[Row]:
    """New requests of contacts that are live by now; now and then an id that was answered before."""
    live = [place for place, contact in enumerate(POOL) if endpoint.state.is_live(contact)]
    asking.live = live
    asking.gone = [place for place, contact in enumerate(POOL) if endpoint.state.is_retired(contact)]
    if asking.tame and len(live) < 2:
        return []
    requests = draw(request_rows(asking, max_size=4))
    if endpoint.responses and draw(rarely()):
        requests[0] = {**requests[0], "request_id": draw(st.sampled_from(list(endpoint.responses)))}
    return requests


@st.composite
def undo_steps(draw: st.DrawFn, endpoint: Endpoint, as_of: datetime) -> UndoStep:
    """An undo, mostly of active merges; at times of one contact, at times of what can't be undone."""
    gone = endpoint.state.retired.values()
    active = sorted({pointer.request_id for pointer in gone if pointer.request_id})
    known = st.sampled_from(list(endpoint.merges) if not active or draw(rarely()) else active)
    ids = draw(st.lists(known, unique=True, min_size=1, max_size=2))
    contact = None
    if draw(st.integers(0, 2)) == 1:
        merged = st.sampled_from(endpoint.merges[ids[0]].duplicates)
        contact = str(draw(merged)) if len(ids) == 1 else None
        if contact is not None and draw(st.booleans()):
            pointer = endpoint.state.retired.get(UUID(contact))
            retired_by = ids if pointer is None else [str(pointer.request_id)]
            return UndoStep(retired_by, contact, as_of, alone=True)
    if draw(rarely()):
        ids.append(draw(st.sampled_from([*endpoint.responses, "unknown"])))
    return UndoStep(ids, contact, as_of)


@dataclass
class Living:
    """A history while it is drawn: the CRM behind it, who asks, and the reference that lives through it."""

    history: History
    crm: Crm
    asking: Asking
    endpoint: Endpoint
    as_of: datetime


@st.composite
def beginnings(draw: st.DrawFn, pick: Pick = first) -> Living:
    """The first run of a warehouse of 3 to 8 contacts, whose fields have a rule."""
    count, types = draw(st.integers(3, 8)), draw(contact_types())
    if draw(st.integers(0, 3)):
        types |= {"merged_into_id": pa.string(), "custom_fields": pa.string()}
    settings = draw(settings_of())
    endpoint, as_of = endpoint_of(settings, pick), START + timedelta(days=30, seconds=1)
    rows = draw(contacts(types, count))
    crm = Crm(types, count, {})
    for row in rows:
        contact = as_id(row["id"])
        if contact is not None and contact in POOL:
            crm.rows.setdefault(POOL.index(contact), row)
    asking = Asking(list(range(count)), count + 2, tame=draw(st.booleans()))
    kinds = {kind: draw(child_rows(count + 2, CHILDREN.index(kind))) for kind in ("notes", "documents")}
    tables = {"contacts": rows, **kinds, "list_memberships": draw(membership_rows(count + 1))}
    run = Run(tables, types, {}, draw(request_rows(asking, max_size=6)), as_of)
    history = History(settings, _json_text_fields(settings, types), [run])
    perform(run, endpoint)
    return Living(history, crm, asking, endpoint, as_of)


@st.composite
def next_steps(draw: st.DrawFn, living: Living) -> Step:
    """What comes next; the history and the reference have lived it when it is given."""
    endpoint = living.endpoint
    living.as_of += timedelta(hours=draw(st.sampled_from([0, 1, 30])))
    later_runs = runs(living.crm, living.asking, endpoint, living.as_of)
    undoing = endpoint.merges and draw(st.integers(0, 9)) < (4 if endpoint.state.retired else 1)
    step = draw(undo_steps(endpoint, living.as_of) if undoing else later_runs)
    living.history.steps.append(step)
    perform(step, endpoint)
    return step


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Three to eight steps in the life of a warehouse."""
    living = draw(beginnings())
    for _ in range(draw(st.integers(2, 7))):
        draw(next_steps(living))
    return living.history


def _json_text_fields(settings: Mapping[str, Any], types: Types) -> tuple[str, ...]:
    named = settings.get("json_fields", ["custom_fields"])
    return tuple(c for c in named if str(types.get(c)) == "string")
