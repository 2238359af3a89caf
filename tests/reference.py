"""The merge endpoint, one request at a time, in plain Python dictionaries: the oracle of the pipeline.

In go tables, requests and undos in the order in which they happened; out come all the tables of INTERFACE.md
as lists of dictionaries. It is written from SEMANTICS.md alone, naive on purpose: the log is kept whole, and
an undo replays it without the merges undone. Values stay Python values; a map is a list of pairs, a
struct a dict. The rules are in `reference_checks` (may it be merged?), `reference_state` (what a merge
makes), `reference_values` (single values) and `reference_outputs` (the tables); here is the order of things.
"""

import copy
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import NAMESPACE_OID, uuid5

from reference_checks import Refusal, Scope, validate
from reference_layout import Layout, layout_of, listed
from reference_outputs import tables_of
from reference_records import CHILDREN, KINDS, Loaded, Merge, Outcome, Pick, Row, first
from reference_state import State
from reference_values import UNREADABLE, Key, is_empty, iso, said, utc

__all__ = ["CHILDREN", "KINDS", "UNREADABLE", "Endpoint", "Refused"]

SCOPE = "write:contacts"
REQUEST_COLUMNS = (
    "request_id",
    "primary_id",
    "duplicate_ids",
    "overwrite",
    "dry_run",
    "idempotency_key",
    "api_key_id",
    "requested_at",
)
RESULT = ("status", "code", "message", "primary", "merged_ids", "fields_populated", "counts", "dry_run")
NO_LIMIT: Row = dict.fromkeys(("rate_limit_limit", "rate_limit_remaining", "rate_limit_reset"))


class Refused(Exception):
    """An undo that can't be done; `lines` says for each bad id why (SEMANTICS 'Undo')."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


@dataclass(frozen=True)
class Undo:
    """Contacts that left their merges again: pairs of a merge's number and a duplicate."""

    undone: frozenset[tuple[int, Key]]


class Endpoint:
    """The endpoint and its memory. Settings as in INTERFACE 'Settings'."""

    def __init__(
        self,
        retired_ids: Literal["reject", "follow"] = "reject",
        json_fields: Iterable[str] = ("custom_fields",),
        max_duplicates: int = 20,
        pick: Pick = first,
        entity: Mapping[str, Any] | None = None,
        children: Mapping[str, Any] | None = None,
    ) -> None:
        self.follow = retired_ids == "follow"
        self.json_fields = tuple(json_fields)
        self.max_duplicates = max_duplicates
        self.layout = layout_of({"entity": entity or {}, "children": children or {}})
        self.kinds = list(self.layout.kinds)
        self.tables: dict[str, dict[Any, Row]] = {}
        self.named: dict[str, list[str]] = {}
        self.columns: list[str] = []
        self.keys: dict[str, Row] | None = None
        self.log: list[Loaded | Merge | Undo] = []
        self.pick = pick
        self.state = State(self.layout, self.json_fields, pick)
        self.merges: dict[str, Merge] = {}
        self.responses: dict[str, Row] = {}
        self.first_uses: dict[tuple[str | None, str], tuple[datetime, Row]] = {}
        self.passed: Counter[tuple[str, int]] = Counter()
        self.events: list[Row] = []
        self.batch = 0

    # ------------------------------------------------------------------------------------------------ load

    def load(
        self,
        tables: Mapping[str, Sequence[Row]],
        modes: Mapping[str, Literal["replace", "upsert"]] | None = None,
        *,
        as_of: datetime,
        columns: Sequence[str] | None = None,
        kinds: Mapping[str, str] | None = None,
    ) -> None:
        """Load tables: each replaces what was loaded of it, with mode `upsert` only the rows of the same key.

        `columns` are those of contacts, in order (default: the keys of the first row). `kinds` says which of
        text, timestamp, timestamptz, date the columns that say when a contact was changed are (default: as their values
        are).
        """
        table = self.layout.table
        modes = modes or {}
        for name, rows in tables.items():
            if rows:
                self.named[name] = list(rows[0])
        if table in tables:
            named = list(columns or (tables[table][0] if tables[table] else self.columns))
            kept = self.columns if modes.get(table) == "upsert" else []
            self.columns = [*kept, *(column for column in named if column not in kept)]
            self.named[table] = self.columns
        layout = self.layout.fitted(self.named)
        flagged: frozenset[Key] = frozenset()
        for name, rows in tables.items():
            usable = _by_key(layout, name, rows)
            if name == "api_keys":
                old = self.keys or {}
                self.keys = {**old, **usable} if modes.get(name) == "upsert" else usable
            else:
                old = self.tables.get(name, {})
                if modes.get(name) == "upsert":
                    self.tables[name] = {**old, **usable}
                else:  # a rejected row whose key can be read deletes nothing (SHAPES 'Guards')
                    read = _keys(layout, name, rows)
                    kept = {key: row for key, row in old.items() if key in read and key not in usable}
                    self.tables[name] = {**usable, **kept}
            if name == table:
                flagged = _flagged(layout, self.tables[name])
                self.tables[name] = {k: row for k, row in self.tables[name].items() if k not in flagged}
        loaded = Loaded(
            number=len(self.log),
            contacts=dict(self.tables.get(table, {})),
            named=dict(self.named),
            full=table in tables and modes.get(table) != "upsert",
            flagged=flagged,
            children={name: list(rows.values()) for name, rows in self.tables.items() if name != table},
            kinds=dict(kinds) if kinds is not None else self.state.kinds,
            as_of=utc(as_of),
        )
        self.log.append(loaded)
        self.state.load(loaded)

    # ------------------------------------------------------------------------------------------------ run

    def run(self, requests: Sequence[Row], as_of: datetime) -> list[Row]:
        """Answer the new requests, one at a time, by (`requested_at`, `request_id`); give their responses."""
        self.batch += 1
        new: dict[str, Row] = {}
        for request in requests:
            unusable = is_empty(request["request_id"]) or request.get("requested_at") is None
            if not unusable and request["request_id"] not in self.responses:
                new.setdefault(request["request_id"], request)
        ordered = sorted(new.values(), key=lambda r: (utc(r["requested_at"]), r["request_id"]))
        return [self._answer(request, utc(as_of)) for request in ordered]

    def _answer(self, request: Row, as_of: datetime) -> Row:
        """One request through the eight steps of SEMANTICS 'What happens to one request'."""
        own = {
            "request_id": request["request_id"],
            "batch_id": str(self.batch),
            "processed_at": as_of,
            **{column: value for column, value in request.items() if column not in REQUEST_COLUMNS},
        }
        dry_run = request.get("dry_run") is True
        limits = NO_LIMIT
        try:
            key = self._authorise(request)
            limits, exceeded = self._count(request, key)
            if exceeded:
                raise Refusal(429, "rate_limited", "too many requests in this minute")
            earlier = None if dry_run else self._first_response(request)
            if earlier is not None:
                response = {
                    **{column: earlier[column] for column in RESULT},
                    **limits,
                    **own,
                    "replayed": True,
                }
            else:
                result = self._merge(request, key, dry_run, as_of)
                response = {"status": 200, "code": None, **result, **limits, **own}
                response |= {"dry_run": dry_run, "replayed": False}
        except Refusal as refusal:
            response = {
                "status": refusal.status,
                "code": refusal.code,
                "message": refusal.message,
                "primary": None,
                "merged_ids": [],
                "fields_populated": [],
                "counts": None,
                "dry_run": dry_run,
                "replayed": False,
                **limits,
                **own,
            }
        passed_step_3 = response["status"] not in (401, 403, 429)
        if passed_step_3 and not dry_run and not response["replayed"]:
            self._remember(request, response)
        self.responses[request["request_id"]] = response
        return response

    def _authorise(self, request: Row) -> Row | None:
        """Steps 1 and 2: the key of a request; None where no keys are given and requests are trusted."""
        if self.keys is None:
            return None
        key, moment = self.keys.get(said(request.get("api_key_id")) or ""), utc(request["requested_at"])
        if key is None:
            raise Refusal(401, "invalid_key", "the API key is missing or unknown")
        for ending in (key.get("revoked_at"), key.get("expires_at")):
            if ending is not None and utc(ending) <= moment:
                raise Refusal(401, "invalid_key", "the API key is revoked or expired")
        if SCOPE not in (key.get("scopes") or []):
            raise Refusal(403, "insufficient_permissions", f"the API key lacks {SCOPE}")
        return key

    def _count(self, request: Row, key: Row | None) -> tuple[Row, bool]:
        """Step 3: count the request in its clock minute; give its limits, and whether it is one too many."""
        key_id = said(request.get("api_key_id"))
        if key_id is None:
            return NO_LIMIT, False
        minute = int(utc(request["requested_at"]).timestamp() // 60)
        self.passed[key_id, minute] += 1
        limit = key.get("rate_limit") if key else None
        if limit is None:
            return NO_LIMIT, False
        count = self.passed[key_id, minute]
        limits = {
            "rate_limit_limit": limit,
            "rate_limit_remaining": max(0, limit - count),
            "rate_limit_reset": (minute + 1) * 60,
        }
        return limits, count > limit

    def _key_space(self, request: Row) -> tuple[str | None, str] | None:
        used = said(request.get("idempotency_key"))
        return None if used is None else (said(request.get("api_key_id")), used)

    def _first_response(self, request: Row) -> Row | None:
        """Step 4: the response of the key's first use, if less than 24 hours passed since (choice C5)."""
        space = self._key_space(request)
        if space is None or space not in self.first_uses:
            return None
        used_at, response = self.first_uses[space]
        return response if utc(request["requested_at"]) < used_at + timedelta(hours=24) else None

    def _remember(self, request: Row, response: Row) -> None:
        space = self._key_space(request)
        if space is not None:
            self.first_uses[space] = utc(request["requested_at"]), response

    def _merge(self, request: Row, key: Row | None, dry_run: bool, as_of: datetime) -> Row:
        """Steps 5 to 8: check the request against the contacts, and do it (on a copy for a dry run)."""
        primary, duplicates = validate(request, self.max_duplicates, self.layout)
        scope = Scope.of(self.state, primary, key)
        check = scope.resolve if self.follow else scope.require_live
        primary, duplicates = check(primary, duplicates)
        state = copy.deepcopy(self.state) if dry_run else self.state
        outcome = Outcome([], {}, {})
        if duplicates:
            overwrite = request.get("overwrite") is True
            number, request_id = len(self.log), request["request_id"]
            merge = Merge(number, request_id, primary, tuple(duplicates), overwrite, as_of)
            outcome = state.merge(merge)
            if not dry_run:
                self.log.append(merge)
                self.merges[request_id] = merge
                self._add_merged(merge, outcome)
        return {
            "message": f"{len(duplicates)} merged",
            "primary": state.show(primary),
            "merged_ids": [state.spell(duplicate) for duplicate in duplicates],
            "fields_populated": outcome.fields,
            "counts": {
                kind: sum(brought[kind] for brought in outcome.counts.values()) for kind in self.layout.kinds
            }
            or None,
        }

    # ------------------------------------------------------------------------------------------------ undo

    def undo(self, request_ids: Sequence[str], contact: str | None = None, *, as_of: datetime) -> list[Row]:
        """Undo merges, or one contact out of them, and give the events; else raise Refused.

        A contact without requests: the merge by which it is retired now.
        """
        undone = frozenset(pair for entry in self.log if isinstance(entry, Undo) for pair in entry.undone)
        chosen: list[tuple[Merge, Key]] = []
        lines: list[str] = []
        if not request_ids and contact is not None:
            pointer = self.state.retired.get(self.layout.read(contact))
            if pointer is None:
                raise Refused([f"{contact}: no merge retired it"])
            request_ids = [str(pointer.request_id)]
        for request_id in dict.fromkeys(request_ids):
            merge = self.merges.get(request_id)
            wanted = (
                [d for d in merge.duplicates if contact is None or d == self.layout.read(contact)]
                if merge
                else []
            )
            active = [d for d in wanted if merge and (merge.number, d) not in undone]
            if merge is None:
                known = request_id in self.responses
                lines.append(f"{request_id}: " + ("merged nothing" if known else "unknown"))
            elif not active:
                lines.append(
                    f"{request_id}: " + ("already undone" if wanted else f"did not retire {contact}")
                )
            else:
                chosen += [(merge, duplicate) for duplicate in active]
        if lines:
            raise Refused(lines)
        chosen.sort(key=lambda pair: pair[0].number)
        self.batch += 1
        before = self.state
        self.log.append(Undo(frozenset((merge.number, duplicate) for merge, duplicate in chosen)))
        self.replay()
        return self._add_unmerged(chosen, before, utc(as_of))

    def replay(self) -> None:
        """Make the state again from the log, the merges undone left out and all others forced."""
        undone = {pair for entry in self.log if isinstance(entry, Undo) for pair in entry.undone}
        state = State(self.layout, self.json_fields, self.pick)
        for entry in self.log:
            if isinstance(entry, Loaded):
                state.load(entry)
            elif isinstance(entry, Undo):
                state.bring_back([duplicate for _, duplicate in entry.undone])
            elif left := tuple(d for d in entry.duplicates if (entry.number, d) not in undone):
                state.merge(
                    Merge(entry.number, entry.request_id, entry.primary, left, entry.overwrite, entry.as_of)
                )
        self.state = state

    # ------------------------------------------------------------------------------------------------ events

    def _add_merged(self, merge: Merge, outcome: Outcome) -> None:
        """One `contact.merged` for each retired duplicate."""
        for duplicate in merge.duplicates:
            data = {
                "primary_id": self.state.spell(merge.primary),
                "merged_id": self.state.spell(duplicate),
                "request_id": merge.request_id,
                "fields_populated": outcome.given[duplicate],
                "counts": outcome.counts[duplicate] or None,
                "primary": self.state.show(merge.primary),
            }
            self._add_event("merged", merge, duplicate, merge.as_of, data)

    def _add_unmerged(self, chosen: list[tuple[Merge, Key]], before: State, as_of: datetime) -> list[Row]:
        """One `contact.unmerged` for each contact that came back: not where an imported pointer counts now.

        `primary` shows what the merge's primary is now: itself, the live contact that it ended in, or null. A primary that
        was deleted is named as it was while the merge was active.
        """
        before_these = len(self.events)
        for merge, duplicate in chosen:
            if self.state.is_live(duplicate):
                survivor = self.state.survivor(merge.primary)
                named = self.state if merge.primary in self.state.rows else before
                data = {
                    "primary_id": named.spell(merge.primary),
                    "restored_id": self.state.spell(duplicate),
                    "request_id": merge.request_id,
                    "primary": self.state.show(survivor)
                    if survivor is not None and survivor in self.state.rows
                    else None,
                    "restored": self.state.show(duplicate),
                }
                self._add_event("unmerged", merge, duplicate, as_of, data)
        return self.events[before_these:]

    def _add_event(self, event: str, merge: Merge, duplicate: Key, as_of: datetime, data: Row) -> None:
        event, workspace = f"{self.layout.event}.{event}", self.state.workspace(merge.primary)
        self.events.append(
            {
                "id": str(uuid5(NAMESPACE_OID, f"{event} {merge.request_id} {duplicate}")),
                "event": event,
                "timestamp": iso(as_of),
                "workspace_id": said(workspace),
                "data": data,
            }
        )

    # ------------------------------------------------------------------------------------------------ outputs

    def merged(self) -> dict[str, list[Row]]:
        """All tables of INTERFACE 'Outputs' as of now, and `events` in ledger order."""
        responses = [
            {**response, "counts": response["counts"] and {k: response["counts"].get(k) for k in self.kinds}}
            for response in self.responses.values()
        ]
        return {**tables_of(self.state), "merge_responses": responses, "events": list(self.events)}


def _by_key(layout: Layout, table: str, rows: Sequence[Row]) -> dict[Any, Row]:
    """The usable rows of a table by key; of two with one key the first stays (SEMANTICS 'Tables').

    Rows of a table without a key are known by their place in it.
    """
    found: dict[Any, Row] = {}
    for place, row in enumerate(rows):
        key = _key(layout, table, row)
        if table in layout.kinds:
            child = layout.child(table)
            key = key if child.key else place
            if not child.is_usable(row):
                continue
        if key is not None:
            found.setdefault(key, row)
    return found


def _keys(layout: Layout, table: str, rows: Sequence[Row]) -> set[Any]:
    """The keys that can be read, of unusable rows too."""
    if table in layout.kinds and not layout.child(table).key:
        return set()
    return {_key(layout, table, row) for row in rows} - {None}


def _key(layout: Layout, table: str, row: Row) -> Any:
    if table == "api_keys":
        return said(row["api_key_id"])
    if table in layout.kinds:
        return layout.child(table).key_of(row)
    return layout.read(row[layout.id])


def _flagged(layout: Layout, rows: Mapping[Key, Row]) -> frozenset[Key]:
    """The contacts whose rows delete them: flagged, with no pointer of their own or in the list of a row that stays."""
    stay = {
        contact
        for contact, row in rows.items()
        if not layout.is_deleted(row) or layout.own_pointer(row) is not None
    }
    while more := {contact for contact, _, _ in listed(layout, rows, stay)} & rows.keys() - stay:
        stay |= more
    return frozenset(rows.keys() - stay)


def endpoint_of(settings: Mapping[str, Any], pick: Pick = first) -> Endpoint:
    """An endpoint with settings as a config file would give them, and a rule for its fields."""
    return Endpoint(
        retired_ids=settings.get("retired_ids", "reject"),
        json_fields=settings.get(
            "json_fields", settings.get("entity", {}).get("json_fields", ("custom_fields",))
        ),
        max_duplicates=settings.get("max_duplicates", 20),
        pick=pick,
        entity=settings.get("entity"),
        children=settings.get("children"),
    )
