"""Hypothesis strategies of worlds: small, crowded and nasty, so that every rule of SEMANTICS.md is run into.

A World is one run: tables, requests, settings. `worlds()` draws them; `write_world` writes them to Parquet
for the pipeline, `reference_of` says what has to come out, `batches` cuts the requests for batching
invariance. Ids come from a pool of a dozen, so requests collide: they chain, star, nest, come late, are
replayed, name the retired and the absent. How cells look stands in `world_values`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st
from reference import Endpoint, endpoint_of
from reference_records import CHILDREN, Pick, Row, first
from reference_values import UNREADABLE, is_blank, utc
from world_values import (
    API_KEYS,
    CATALOGUE,
    CHILD_TYPES,
    GARBAGE_IDS,
    KEY_TYPES,
    MEMBERSHIP_TYPES,
    POOL,
    REQUEST_TYPES,
    START,
    SYSTEM_COLUMNS,
    TZ,
    Types,
    ids_spelled,
    rarely,
)

AS_OF = START + timedelta(days=30, seconds=1, microseconds=7)
KINDS_OF_TIME = {
    pa.string(): "text",
    pa.timestamp("us"): "timestamp",
    TZ: "timestamptz",
    pa.date32(): "date",
}


@dataclass
class World:
    """One run. `contact_types`: column -> Arrow type, in table order; a table that is None is absent."""

    contacts: list[Row]
    contact_types: Types
    children: dict[str, list[Row]] = field(default_factory=dict)
    memberships: list[Row] | None = None
    api_keys: list[Row] | None = None
    requests: list[Row] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    as_of: datetime = AS_OF
    cuts: list[int] = field(default_factory=list)

    def tables(self) -> dict[str, list[Row]]:
        """The tables that are there, by name, requests aside."""
        found = {"contacts": self.contacts, **self.children}
        if self.memberships is not None:
            found["list_memberships"] = self.memberships
        if self.api_keys is not None:
            found["api_keys"] = self.api_keys
        return found

    @property
    def json_text_fields(self) -> tuple[str, ...]:
        """The columns that `canonical` has to read as JSON text."""
        named = self.settings.get("json_fields", ["custom_fields"])
        return tuple(c for c in named if self.contact_types.get(c) == pa.string())


# -------------------------------------------------------------------------------- files, reference


def write_tables(tables: Mapping[str, Sequence[Row]], contact_types: Types, folder: Path) -> None:
    """Write `<table>.parquet` for each table."""
    types = {"contacts": contact_types, "list_memberships": MEMBERSHIP_TYPES, "api_keys": KEY_TYPES}
    for name, rows in tables.items():
        schema = pa.schema(types.get(name, CHILD_TYPES))
        pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), folder / f"{name}.parquet")


def write_requests(requests: Sequence[Row], folder: Path) -> None:
    """Write `merge_requests.parquet`; as JSON lines where something can't be read, for Parquet has types."""
    if not any(UNREADABLE in (r["duplicate_ids"], r["overwrite"], r["dry_run"]) for r in requests):
        table = pa.Table.from_pylist(list(requests), schema=pa.schema(REQUEST_TYPES))
        pq.write_table(table, folder / "merge_requests.parquet")
        return
    lines = [json.dumps({column: _spelled(value) for column, value in row.items()}) for row in requests]
    (folder / "merge_requests.jsonl").write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def _spelled(value: Any) -> Any:
    if value is UNREADABLE:
        return "who knows"
    return value.isoformat() if isinstance(value, datetime) else value


def write_world(world: World, folder: Path, requests: Sequence[Row] | None = None) -> None:
    """Write a world as the input of one run; with `requests` only these (for `batches`)."""
    write_tables(world.tables(), world.contact_types, folder)
    write_requests(world.requests if requests is None else requests, folder)


def batches(world: World) -> list[list[Row]]:
    """The usable requests in the order in which they are processed, cut at `world.cuts`."""
    usable: dict[str, Row] = {}
    for request in world.requests:
        if not is_blank(request["request_id"]) and request["requested_at"] is not None:
            usable.setdefault(request["request_id"], request)
    ordered = sorted(usable.values(), key=lambda r: (utc(r["requested_at"]), r["request_id"]))
    edges = [0, *sorted({cut for cut in world.cuts if 0 < cut < len(ordered)}), len(ordered)]
    return [ordered[start:end] for start, end in pairwise(edges)]


def kinds_of(types: Types) -> dict[str, str]:
    """The kinds of the time columns that a merge writes to, as `Endpoint.load` takes them."""
    return {c: KINDS_OF_TIME[types[c]] for c in ("updated_at", "updated_date") if c in types}


def load_into(endpoint: Endpoint, world: World) -> None:
    """Load a world's tables into the reference."""
    types = world.contact_types
    endpoint.load(world.tables(), as_of=world.as_of, columns=list(types), kinds=kinds_of(types))


def reference_of(world: World, cut: bool = False, pick: Pick = first) -> dict[str, list[Row]]:
    """What the run of a world has to give by a rule; with `cut` in batches, which must change nothing."""
    endpoint = endpoint_of(world.settings, pick)
    load_into(endpoint, world)
    for requests in batches(world) if cut else [world.requests]:
        endpoint.run(requests, world.as_of)
    return endpoint.merged()


# -------------------------------------------------------------------------------- strategies


@st.composite
def contact_types(draw: st.DrawFn) -> Types:
    """Column -> Arrow type of a contacts table: `id`, some system columns, some fields, in any order."""
    system = draw(st.lists(st.sampled_from(list(SYSTEM_COLUMNS)), unique=True, max_size=5))
    fields = draw(st.lists(st.sampled_from(list(CATALOGUE)), unique=True, min_size=1, max_size=5))
    types = {name: draw(st.sampled_from(SYSTEM_COLUMNS[name].types)) for name in system}
    types |= {name: draw(st.sampled_from(CATALOGUE[name].types)) for name in fields}
    names = draw(st.permutations(list(types)))
    return {"id": pa.string(), **{name: types[name] for name in names}}


@st.composite
def contact_row(draw: st.DrawFn, identity: str | None, types: Types, pool: int) -> Row:
    """A row of contacts: cells as the catalogue has them; pointers into a pool of so many ids."""
    row: Row = {}
    for name, type_ in types.items():
        if name == "id":
            row[name] = identity
        elif name == "merged_into_id":
            row[name] = draw(pointers(pool))
        else:
            row[name] = draw((SYSTEM_COLUMNS | CATALOGUE)[name].values(type_))
    return row


def pointers(pool: int) -> st.SearchStrategy[Any]:
    """A cell of merged_into_id: mostly none; else a contact, one that is not there, or garbage."""
    some = st.one_of(ids_spelled(pool), st.sampled_from(GARBAGE_IDS))
    return st.integers(0, 9).flatmap(lambda n: st.none() if n < 7 else some)


@st.composite
def contacts(draw: st.DrawFn, types: Types, count: int) -> list[Row]:
    """The contacts of the first `count` ids of the pool, now and then a row that can't be used among them."""
    rows = [draw(contact_row(draw(ids_spelled(count, at=place)), types, count + 2)) for place in range(count)]
    if draw(rarely()):
        bad = draw(st.one_of(st.sampled_from(GARBAGE_IDS), ids_spelled(count)))
        rows.insert(draw(st.integers(0, len(rows))), draw(contact_row(bad, types, count)))
    return draw(st.permutations(rows))


@st.composite
def child_rows(draw: st.DrawFn, pool: int, offset: int) -> list[Row]:
    """Children of one kind, of contacts of the pool; now and then a row that can't be used."""
    rows = []
    for place in range(draw(st.integers(0, 4))):
        owner = draw(st.sampled_from(GARBAGE_IDS) if draw(rarely()) else ids_spelled(pool))
        number = place - 1 if place and draw(rarely()) else place
        identity = f"00000000-0000-4000-8000-{offset:04}{number:08}"
        rows.append({"id": identity, "contact_id": owner, "body": str(place)})
    return rows


@st.composite
def membership_rows(draw: st.DrawFn, pool: int) -> list[Row]:
    """Memberships that overlap: few lists, many contacts."""
    owners = st.one_of(ids_spelled(pool), ids_spelled(pool), st.sampled_from(GARBAGE_IDS))
    names = st.sampled_from(["L", "L", "M", "l", "L ", "", None])
    pairs = draw(st.lists(st.tuples(names, owners), max_size=10))
    return [
        {"list_id": name, "contact_id": owner, "added_by": str(place)}
        for place, (name, owner) in enumerate(pairs)
    ]


GAPS = [0, 0, 1, 20, 60, 3600, 11 * 3600, 13 * 3600, -30, -14 * 3600]
"""Seconds between a request and the one before."""


@dataclass
class Asking:
    """What a strategy of requests goes by.

    `live`, `gone`: who is believed live, and retired; `tame`: only requests that should be accepted, for deep
    nests; `keys`: whether keys are given; `now`, `made`: time of the last request, and how many there were.
    """

    live: list[int]
    pool: int
    tame: bool = False
    keys: bool = False
    gone: list[int] = field(default_factory=list)
    now: datetime = START
    made: int = 0


@st.composite
def request_ids(draw: st.DrawFn, asking: Asking) -> Row:
    """Whom a request is about: contacts believed live, or those once retired too, or anyone at all."""
    way = 0 if asking.tame else draw(st.integers(0, 9))
    if len(asking.live) > 1 and way < 6:
        places = draw(st.lists(st.sampled_from(asking.live), unique=True, min_size=2, max_size=4))
        spelled = [draw(ids_spelled(asking.pool, at=place)) for place in places]
        asking.live = [place for place in asking.live if place not in places[1:]]
        asking.gone += places[1:]
        return {"primary_id": spelled[0], "duplicate_ids": spelled[1:]}
    if asking.gone and way < 9:
        known = st.sampled_from(asking.gone + asking.live)
        places = draw(st.lists(known, unique=True, min_size=1, max_size=3))
        primary = draw(st.sampled_from(asking.gone))
        spelled = [draw(ids_spelled(asking.pool, at=place)) for place in (primary, *places)]
        return {"primary_id": spelled[0], "duplicate_ids": spelled[1:]}
    known = ids_spelled(asking.pool)
    anyone = st.integers(0, 9).flatmap(lambda n: st.sampled_from(GARBAGE_IDS) if n == 7 else known)
    row: Row = {"primary_id": draw(anyone), "duplicate_ids": draw(st.lists(anyone, min_size=1, max_size=4))}
    if draw(rarely()):
        many = [str(POOL[0])] * 21
        row["duplicate_ids"] = draw(st.sampled_from([[], None, UNREADABLE, many, many[:20]]))
    return row


@st.composite
def request_row(draw: st.DrawFn, asking: Asking) -> Row:
    """A request, some time after (or before) the last one."""
    asking.made += 1
    asking.now += timedelta(seconds=draw(st.sampled_from(GAPS)))
    unreadable = not asking.tame and draw(rarely())
    keys = [None, "full"]
    if asking.keys:
        keys = (
            ["full"] * 20 + ["w1"] * 5 + ([] if asking.tame else ["one", "two"] * 4 + [*API_KEYS, None, "?"])
        )
    return {
        "request_id": draw(st.sampled_from(["r", "R", "é", "r1"])) + str(asking.made),
        **draw(request_ids(asking)),
        "overwrite": UNREADABLE if unreadable else draw(st.sampled_from([None, False, False, True])),
        "dry_run": draw(st.sampled_from([None, False, False, False, False, True])),
        "idempotency_key": None
        if asking.tame
        else draw(st.sampled_from([None] * 4 + ["", " ", "i", "i", "j"])),
        "api_key_id": draw(st.sampled_from(keys)),
        "requested_at": asking.now,
        "reason": draw(st.sampled_from([None, "", "same e-mail"])),
        "score": draw(st.sampled_from([None, 0.5])),
    }


@st.composite
def request_rows(draw: st.DrawFn, asking: Asking, max_size: int = 12) -> list[Row]:
    """Requests of one run, in any order; now and then a row or an id twice, or a row that can't be used."""
    size = draw(st.integers(1, min(max_size, len(asking.live)) if asking.tame and asking.live else max_size))
    rows = [draw(request_row(asking)) for _ in range(size)]
    if not asking.tame and draw(rarely()):
        again = draw(st.sampled_from(rows))
        other: list[Row] = [{}, {"overwrite": True}, {"dry_run": UNREADABLE, "reason": "x"}]
        rows.append({**again, **draw(st.sampled_from(other))})
    if not asking.tame and draw(rarely()):
        broken = draw(st.sampled_from([{"request_id": None}, {"request_id": " "}, {"requested_at": None}]))
        rows.append({**rows[0], **broken})
    return draw(st.permutations(rows)) if draw(st.booleans()) else rows


def api_keys() -> st.SearchStrategy[list[Row]]:
    """Most of the keys that there are, in any order."""
    return st.permutations(list(API_KEYS.values())).map(
        lambda keys: keys[1:] if keys[0]["revoked_at"] else keys
    )


def settings_of() -> st.SearchStrategy[dict[str, Any]]:
    """Settings: mostly as they are by default."""
    fields = [["custom_fields"], ["custom_fields", "extra"], ["extra"]]
    return st.fixed_dictionaries(
        {"retired_ids": st.sampled_from(["reject", "follow"])},
        optional={
            "json_fields": st.sampled_from(fields),
            "max_duplicates": st.sampled_from([1, 3, 20, 20]),
        },
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A world of 3 to 12 contacts and 1 to 12 requests."""
    count = draw(st.integers(3, 12))
    types = draw(contact_types())
    kinds = draw(st.lists(st.sampled_from(CHILDREN), unique=True))
    keys = draw(st.one_of(st.none(), api_keys()))
    asking = Asking(list(range(count)), count + 2, tame=draw(st.booleans()), keys=keys is not None)
    requests = draw(request_rows(asking))
    return World(
        contacts=draw(contacts(types, count)),
        contact_types=types,
        children={kind: draw(child_rows(count + 2, CHILDREN.index(kind))) for kind in kinds},
        memberships=draw(st.one_of(st.none(), membership_rows(count + 1))),
        api_keys=keys,
        requests=requests,
        settings=draw(settings_of()),
        cuts=draw(st.lists(st.integers(1, len(requests)), max_size=3)),
    )
