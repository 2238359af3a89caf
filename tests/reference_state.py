"""The warehouse as it is at one moment of its history, in plain dictionaries.

A State is changed by three things only: tables are loaded, a merge is done, contacts are brought back by an
undo. Replaying those in the order of the log gives the state again; leaving an undone merge out of the replay
gives what there would be had it never been (SEMANTICS 'Undo'). Nothing here asks whether a merge is allowed.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from reference_records import (
    CHILDREN,
    KINDS,
    SYSTEM,
    TIMES,
    Field,
    LastMerge,
    Lines,
    Loaded,
    Merge,
    Outcome,
    Pick,
    Place,
    Pointer,
    Row,
    first,
    name_of,
)
from reference_values import Json, as_id, as_moment, in_kind, kind_of, object_of, same, utc


@dataclass
class State:
    """See the module. `known`: the last rows of contacts that a merge names, or that a pointer led from or to when the export
    ceased to hold them. They are deleted contacts then: child rows go on naming them."""

    json_fields: tuple[str, ...]
    pick: Pick = first
    known: dict[UUID, Row] = field(default_factory=dict)
    rows: dict[UUID, Row] = field(default_factory=dict)
    columns: list[str] = field(default_factory=list)
    children: dict[str, list[Row]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    kinds: dict[str, str] = field(default_factory=dict)
    last_known: dict[UUID, Row] = field(default_factory=dict)
    imported: dict[UUID, Pointer] = field(default_factory=dict)
    retired: dict[UUID, Pointer] = field(default_factory=dict)
    last_merges: dict[UUID, LastMerge] = field(default_factory=dict)
    struct_keys: dict[str, list[str]] = field(default_factory=dict)
    maps: set[str] = field(default_factory=set)

    # ------------------------------------------------------------------------------------- what changes it

    def load(self, loaded: Loaded) -> None:
        """Take over the raw tables; a contact brought back by an undo lasts until a full export lacks it."""
        brought_back = (
            {} if loaded.full else {c: row for c, row in self.rows.items() if c not in loaded.contacts}
        )
        pointers = [*self.imported.items(), *self.retired.items()]
        linked = {contact for retired, pointer in pointers for contact in (retired, pointer.target)}
        rows = {**loaded.contacts, **brought_back}
        for contact in self.rows.keys() - rows.keys():
            self.known.pop(contact, None)
            if contact in linked:
                self.known[contact] = self.rows[contact]
        self.rows = rows
        self.columns, self.children, self.kinds = loaded.columns, loaded.children, loaded.kinds
        self.last_known.update(loaded.contacts)
        for contact, row in loaded.contacts.items():
            target = as_id(row.get("merged_into_id"))
            if target is None or target == contact:
                self.imported.pop(contact, None)
            elif contact not in self.imported or self.imported[contact].target != target:
                sent = str(row["merged_into_id"]).strip()
                self.imported[contact] = Pointer(target, loaded.number, None, loaded.as_of, sent)
            for column in self.json_fields:
                if isinstance(row.get(column), dict):
                    self.struct_keys[column] = list(row[column])
                elif isinstance(row.get(column), list):
                    self.maps.add(column)

    def bring_back(self, contacts: list[UUID]) -> None:
        """After an undo: contacts that the export no longer has get the last row that it had of them, in today's columns."""
        for contact in contacts:
            if contact not in self.rows:
                row = {
                    name: value for name, value in self.last_known[contact].items() if name in self.columns
                }
                self.rows[contact] = self.last_known[contact] = row

    def merge(self, merge: Merge) -> Outcome:
        """Fold the duplicates into the primary, as SEMANTICS 'Folding' says, and retire them."""
        primary = merge.primary
        self.known |= {contact: self.rows[contact] for contact in (primary, *merge.duplicates)}
        before = self.values(primary)
        counts = self._count(primary, merge.duplicates)
        own = self.lines(primary)
        brought = [
            {f: [place.move(primary, merge) for place in line] for f, line in self.lines(duplicate).items()}
            for duplicate in merge.duplicates
        ]
        lines: Lines = {}
        for f in dict.fromkeys(f for part in (own, *brought) for f in part):
            parts = [*brought, own] if merge.overwrite else [own, *brought]
            lines[f] = [place for part in parts for place in part.get(f, [])]
        last = self.last_merges.get(primary)
        taken = dict(last.taken) if last else {}
        for part in brought:
            for f, line in part.items():
                kept = self.winner(f, lines[f])
                if f[1] is not None and kept in line and f not in taken:
                    taken[f] = getattr(kept.value, "name", "") if kept else ""
        missing = {f: v for f, v in last.used.items() if f[0] not in self.columns} if last else {}
        used = {**missing, **self.cells(primary)}
        self.last_merges[primary] = LastMerge(used, lines, taken, merge.as_of)
        for duplicate in merge.duplicates:
            self.retired[duplicate] = Pointer(primary, merge.number, merge.request_id, merge.as_of)

        changed = [f for f, value in self.values(primary).items() if not same(before.get(f), value)]
        given = {
            duplicate: [name_of(f) for f in changed if self.winner(f, lines[f]) in part.get(f, [])]
            for duplicate, part in zip(merge.duplicates, brought, strict=True)
        }
        return Outcome([name_of(f) for f in changed], given, counts)

    def _count(self, primary: UUID, duplicates: tuple[UUID, ...]) -> dict[UUID, dict[str, int]]:
        """The rows that each duplicate is about to bring: all its children, the memberships of new lists."""
        counts: dict[UUID, dict[str, int]] = {}
        lists = {row["list_id"] for row in self.memberships_of(primary)}
        for duplicate in duplicates:
            counts[duplicate] = {
                kind: sum(
                    self.child_target(as_id(row["contact_id"])) == duplicate for row in self.children[kind]
                )
                for kind in CHILDREN
            }
            new = {row["list_id"] for row in self.memberships_of(duplicate)} - lists
            counts[duplicate]["list_memberships"] = len(new)
            lists |= new
        return counts

    # ------------------------------------------------------------------------------------- who is who

    def pointer(self, contact: UUID) -> Pointer | None:
        """The pointer that counts: the ledger's, else the imported one, unless that closes a circle with a merge."""
        if contact in self.retired:
            return self.retired[contact]
        return None if self.closes_circle(contact) else self.imported.get(contact)

    def closes_circle(self, contact: UUID) -> bool:
        """Whether an imported pointer is on a circle of pointers that goes through a merge: it has no effect then."""
        passed: set[UUID] = set()
        step = contact
        while step not in passed and (pointer := self.retired.get(step) or self.imported.get(step)):
            passed.add(step)
            step = pointer.target
        return step == contact and any(other in self.retired for other in passed)

    def pointers(self) -> dict[UUID, Pointer]:
        """All pointers that count, by the contact that they retire."""
        found = {contact: self.pointer(contact) for contact in dict.fromkeys((*self.retired, *self.imported))}
        return {contact: pointer for contact, pointer in found.items() if pointer is not None}

    def is_retired(self, contact: UUID) -> bool:
        return self.pointer(contact) is not None

    def is_live(self, contact: UUID) -> bool:
        return contact in self.rows and not self.is_retired(contact)

    def survivor(self, contact: UUID) -> UUID | None:
        """Where the pointers of a contact end; None where they come round in a circle."""
        passed = {contact}
        while pointer := self.pointer(contact):
            contact = pointer.target
            if contact in passed:
                return None
            passed.add(contact)
        return contact

    def spell(self, contact: UUID, sent: str | None = None) -> str:
        """An id as the contacts table spells it, or did when it was deleted; of no contact as it was sent."""
        row = self.rows.get(contact) or self.known.get(contact)
        return str(row["id"]) if row else sent or str(contact)

    def spell_survivor(self, contact: UUID) -> str | None:
        """Where the pointers of a contact end; an id of no contact has one spelling for all who point at it."""
        end = self.survivor(contact)
        sent = [
            pointer.sent for pointer in self.pointers().values() if pointer.sent and pointer.target == end
        ]
        return None if end is None else self.spell(end, min(sent, default=None))

    def workspace(self, contact: UUID) -> Any:
        return (self.rows.get(contact) or self.last_known[contact]).get("workspace_id")

    # ------------------------------------------------------------------------------------- children

    def child_target(self, contact: UUID | None) -> UUID | None:
        """The contact that has the rows that name this one now; where pointers end in no contact, itself."""
        assert contact is not None
        end = self.survivor(contact)
        return end if end is not None and (end in self.rows or end in self.known) else contact

    def rehome(self, row: Row) -> Row:
        """A child row as it is now: with the id of the contact that has it, if there is one, as contacts spell it."""
        contact = as_id(row["contact_id"])
        target = self.child_target(contact)
        if target is None or (target == contact and (target not in self.rows or self.is_retired(target))):
            return row
        return {**row, "contact_id": self.spell(target)}

    def membership_lines(self) -> dict[UUID, list[UUID]]:
        """For each contact that is not retired, itself and all that ended in it: every merge appends.

        Imported retirements take part as fill merges done when their pointer was loaded, in ascending id.
        """
        pointers = self.pointers()
        order = self._places_in_time()
        lines: dict[UUID, list[UUID]] = {}
        for contact in sorted(pointers, key=order.__getitem__):
            pointer = pointers[contact]
            end, passed = pointer.target, {contact}
            while end not in passed and (after := pointers.get(end)) and after.number <= pointer.number:
                passed.add(end)
                end = after.target
            if end not in passed:
                lines.setdefault(end, [end]).extend(lines.pop(contact, [contact]))
        return lines

    def _places_in_time(self) -> dict[UUID, tuple[int, int]]:
        """When each retirement was done: number in the log, then position in its merge or the id it retires."""
        order = {c: (p.number, c.int) for c, p in self.imported.items()}
        placed: dict[int, int] = {}
        for contact, pointer in self.retired.items():
            placed[pointer.number] = placed.get(pointer.number, 0) + 1
            order[contact] = (pointer.number, placed[pointer.number])
        return order

    def memberships_of(self, contact: UUID) -> list[Row]:
        """The memberships of a contact that is not retired: of each list the first row along its line."""
        kept: dict[Any, Row] = {}
        for source in self.membership_lines().get(contact, [contact]):
            for row in self.children["list_memberships"]:
                if as_id(row["contact_id"]) == source:
                    kept.setdefault(row["list_id"], row)
        return list(kept.values())

    def memberships(self) -> list[Row]:
        """All memberships as they are now; where pointers end in no contact, rows stay as they are."""
        targets = dict.fromkeys(
            self.child_target(as_id(row["contact_id"])) for row in self.children["list_memberships"]
        )
        out: list[Row] = []
        for target in targets:
            assert target is not None
            if self.is_retired(target) or not (target in self.rows or target in self.known):
                out += [
                    row for row in self.children["list_memberships"] if as_id(row["contact_id"]) == target
                ]
            else:
                out += [self.rehome(row) for row in self.memberships_of(target)]
        return out

    def dropped_memberships(self) -> list[tuple[UUID, Row, UUID, Row]]:
        """Memberships that did not move: the contact that had each, its row, its survivor, and the row that stays instead."""
        out: list[tuple[UUID, Row, UUID, Row]] = []
        for end, line in self.membership_lines().items():
            if self.is_retired(end) or not (end in self.rows or end in self.known):
                continue
            kept = {row["list_id"]: row for row in self.memberships_of(end)}
            for contact in line:
                for row in self.children["list_memberships"]:
                    if as_id(row["contact_id"]) == contact and row is not kept[row["list_id"]]:
                        out.append((contact, row, end, kept[row["list_id"]]))
        return out

    # ------------------------------------------------------------------------------------- fields

    def winner(self, f: Field, line: list[Place]) -> Place | None:
        """The place of a line that counts, by the rule."""
        return self.pick(line)

    def cells(self, contact: UUID) -> dict[Field, Any]:
        """The fields of a contact's newest raw row; of a JSON field its keys."""
        row = self.rows[contact]
        cells: dict[Field, Any] = {}
        for column in self.columns:
            if column in self.json_fields:
                found = object_of(row.get(column)) or dict.fromkeys(self.struct_keys.get(column, []))
                cells.update({(column, key): value for key, value in found.items()})
            elif column not in SYSTEM:
                cells[column, None] = row.get(column)
        return cells

    def lines(self, contact: UUID) -> Lines:
        """The line of each field of a contact as it is now: what the last merge left, with edits since.

        Where the raw value differs from what that merge used and from what it made, somebody edited it: the
        contact's own row is then the only place of the line (SEMANTICS 'Later edits win').
        """
        cells = self.cells(contact)
        own = {f: [Place(contact, value, ((contact, -1, None),))] for f, value in cells.items()}
        last = self.last_merges.get(contact)
        if last is None:
            return own
        lines: Lines = {}
        for f in dict.fromkeys((*cells, *last.taken, *last.lines)):
            line, raw = last.lines.get(f, []), cells.get(f)
            made = self.winner(f, line)
            if (
                f[0] not in self.columns
                or same(raw, last.used.get(f))
                or same(raw, made.value if made else None)
            ):
                lines[f] = line
            else:
                lines[f] = own.get(f, [])
        return lines

    def values(self, contact: UUID) -> dict[Field, Any]:
        """The fields of a contact as they are now, in column order; keys as in its raw row, then those taken.

        What is empty in the end is spelled as the newest raw row spells it.
        """
        cells, lines, last = self.cells(contact), self.lines(contact), self.last_merges.get(contact)
        values: dict[Field, Any] = {}
        for column in self.columns:
            for f in (*cells, *(last.taken if last else ())):
                if f[0] == column and (kept := self.winner(f, lines.get(f, []))):
                    values[f] = kept.value
                elif f[0] == column and f in cells:
                    values[f] = cells[f]
        return values

    def row(self, contact: UUID) -> Row:
        """A contact as it is now, its JSON fields in the form that the table holds."""
        raw, last = self.rows[contact], self.last_merges.get(contact)
        values, merged_at = self.values(contact), last.as_of if last else None
        row = {}
        for column in self.columns:
            if column in self.json_fields:
                row[column] = self._object(contact, column, values)
            elif column in TIMES and merged_at is not None:
                moment = as_moment(raw.get(column))
                kind = self.kinds.get(column) or kind_of([r.get(column) for r in self.rows.values()])
                later = moment is not None and moment > utc(merged_at)
                row[column] = raw.get(column) if later else in_kind(merged_at, kind)
            else:
                row[column] = raw.get(column) if column in SYSTEM else values[column, None]
        return row

    def _object(self, contact: UUID, column: str, values: dict[Field, Any]) -> Any:
        """A JSON field: the raw cell where no merge changed it, else put together from slices."""
        raw = self.rows[contact].get(column)
        before = {f: value for f, value in self.cells(contact).items() if f[0] == column}
        after = {f: value for f, value in values.items() if f[0] == column}
        if list(after) == list(before) and all(same(after[f], before[f]) for f in after):
            return raw
        if column in self.struct_keys:
            return {key: value for (_, key), value in after.items()}
        if column in self.maps:
            return [(key, value) for (_, key), value in after.items()]
        last = self.last_merges[contact]
        names = {f: value.name for f, value in before.items() if isinstance(value, Json)}
        return "{" + ",".join(f"{names.get(f) or last.taken[f]}:{value}" for f, value in after.items()) + "}"

    def show(self, contact: UUID) -> Row:
        """A contact as a response shows it: all columns in table order, JSON fields as key -> slice."""
        row = self.row(contact)
        for column in self.json_fields:
            if row.get(column) is not None:
                cut = object_of(row[column])
                row[column] = row[column] if cut is None else cut
        return row
