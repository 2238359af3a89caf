"""The warehouse as it is at one moment of its history, in plain dictionaries.

A State is changed by three things only: tables are loaded, a merge is done, contacts are brought back by an
undo. Replaying those in the order of the log gives the state again; leaving an undone merge out of the replay
gives what there would be had it never been (SEMANTICS 'Undo'). Nothing here asks whether a merge is allowed.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from reference_layout import Child, Layout, Row, listed
from reference_records import (
    Field,
    LastMerge,
    Lines,
    Loaded,
    Merge,
    Outcome,
    Pick,
    Place,
    Pointer,
    first,
    name_of,
)
from reference_values import Json, Key, as_moment, in_kind, kind_of, object_of, said, same, utc


@dataclass
class State:
    """See the module. `known`: the last rows of contacts that a merge names, or that a pointer led from or to when the export
    ceased to hold them. They are deleted contacts then: child rows go on naming them."""

    layout: Layout
    json_fields: tuple[str, ...]
    pick: Pick = first
    known: dict[Key, Row] = field(default_factory=dict)
    rows: dict[Key, Row] = field(default_factory=dict)
    columns: list[str] = field(default_factory=list)
    children: dict[str, list[Row]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    last_known: dict[Key, Row] = field(default_factory=dict)
    imported: dict[Key, Pointer] = field(default_factory=dict)
    retired: dict[Key, Pointer] = field(default_factory=dict)
    last_merges: dict[Key, LastMerge] = field(default_factory=dict)
    struct_keys: dict[str, list[str]] = field(default_factory=dict)
    maps: set[str] = field(default_factory=set)
    took_over: dict[tuple[Key, Field], tuple[Any, Any]] = field(default_factory=dict)
    _places: dict[Child, tuple[list[Row], tuple[dict[Key, list[int]], list[list[Key]]]]] = field(
        default_factory=dict
    )

    # ------------------------------------------------------------------------------------- what changes it

    def load(self, loaded: Loaded) -> None:
        """Take over the raw tables; a contact brought back by an undo lasts until a full export lacks it."""
        shown = self._shown_references()
        left = {} if loaded.full else {c: r for c, r in self.rows.items() if c not in loaded.flagged}
        brought_back = {c: row for c, row in left.items() if c not in loaded.contacts}
        pointers = [*self.imported.items(), *self.retired.items()]
        linked = {contact for retired, pointer in pointers for contact in (retired, pointer.target)}
        rows = {**loaded.contacts, **brought_back}
        for contact in self.rows.keys() - rows.keys():
            self.known.pop(contact, None)
            if contact in linked:
                self.known[contact] = self.rows[contact]
        self.rows = rows
        self.layout = self.layout.fitted(loaded.named)
        self.columns = loaded.named.get(self.layout.table, [])
        self.children, self.kinds = loaded.children, loaded.kinds
        self.last_known.update(loaded.contacts)
        self._import_pointers(loaded)
        if loaded.took_over is None:
            loaded.took_over = self._taken_over(shown)
        self.took_over = loaded.took_over
        for row in loaded.contacts.values():
            for column in self.json_fields:
                if isinstance(row.get(column), dict):
                    self.struct_keys[column] = list(row[column])
                elif isinstance(row.get(column), list):
                    self.maps.add(column)

    def _import_pointers(self, loaded: Loaded) -> None:
        """The pointers of the newest rows: a contact's own, else that of a list which names it.

        A contact whose row is there and from which nothing points loses its pointer; one that has no row keeps it.
        """
        layout, rows = self.layout, loaded.contacts
        found = {
            retired: Pointer(
                target, loaded.number, None, loaded.as_of, self._sent(rows[target], layout.id), spelled
            )
            for retired, target, spelled in listed(layout, rows, rows)
        }
        for contact, row in rows.items():
            target = layout.own_pointer(row)
            if target is not None:
                sent = self._sent(row, layout.merged_into)
                found[contact] = Pointer(target, loaded.number, None, loaded.as_of, sent)
        for contact in rows:
            if contact not in found:
                self.imported.pop(contact, None)
        for contact, pointer in found.items():
            if contact not in self.imported or self.imported[contact].target != pointer.target:
                self.imported[contact] = pointer

    def _sent(self, row: Row, column: str) -> str:
        return str(said(row[column])).strip()

    def _shown_references(self) -> dict[tuple[Key, Field], tuple[Any, Any]]:
        """Of the references of survivors: the id that the merged table shows, and the one that the row counts for."""
        shown: dict[tuple[Key, Field], tuple[Any, Any]] = {}
        for contact in self.last_merges.keys() & self.rows.keys():
            values, cells = self.values(contact), self.cells(contact)
            for f in ((column, None) for column in self.layout.references if (column, None) in values):
                shown[contact, f] = self.replaced_cell(contact, values[f]), cells[f]
        return shown

    def _taken_over(
        self, shown: dict[tuple[Key, Field], tuple[Any, Any]]
    ) -> dict[tuple[Key, Field], tuple[Any, Any]]:
        """The references that the CRM took over (SEMANTICS 'Takeovers'): the id, and the one that stood there before."""
        found: dict[tuple[Key, Field], tuple[Any, Any]] = {}
        for contact, f in {**self.took_over, **shown}:
            raw = self.rows.get(contact, {}).get(f[0])
            merged, before = shown.get((contact, f), (raw, raw))
            earlier = self.took_over.get((contact, f))
            if earlier and same(raw, earlier[0]):
                found[contact, f] = earlier
            elif contact in self.rows and same(raw, merged) and not same(raw, before):
                found[contact, f] = raw, before
        return found

    def bring_back(self, contacts: list[Key]) -> None:
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
        filled = {f: [place for part in brought for place in part.get(f, [])] for f in before}
        for part in (filled, *brought):  # keys that the primary has, then others
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

    # ------------------------------------------------------------------------------------- who is who

    def pointer(self, contact: Key) -> Pointer | None:
        """The pointer that counts: the ledger's, else the imported one, unless that closes a circle with a merge."""
        if contact in self.retired:
            return self.retired[contact]
        return None if self.closes_circle(contact) else self.imported.get(contact)

    def closes_circle(self, contact: Key) -> bool:
        """Whether an imported pointer is on a circle of pointers that goes through a merge: it has no effect then."""
        passed: set[Key] = set()
        step = contact
        while step not in passed and (pointer := self.retired.get(step) or self.imported.get(step)):
            passed.add(step)
            step = pointer.target
        return step == contact and any(other in self.retired for other in passed)

    def pointers(self) -> dict[Key, Pointer]:
        """All pointers that count, by the contact that they retire."""
        found = {contact: self.pointer(contact) for contact in dict.fromkeys((*self.retired, *self.imported))}
        return {contact: pointer for contact, pointer in found.items() if pointer is not None}

    def is_retired(self, contact: Key) -> bool:
        return self.pointer(contact) is not None

    def is_live(self, contact: Key) -> bool:
        return contact in self.rows and not self.is_retired(contact)

    def survivor(self, contact: Key) -> Key | None:
        """Where the pointers of a contact end; None where they come round in a circle."""
        passed = {contact}
        while pointer := self.pointer(contact):
            contact = pointer.target
            if contact in passed:
                return None
            passed.add(contact)
        return contact

    def spell(self, contact: Key, sent: str | None = None) -> str:
        """An id as the contacts table spells it, or did when it was deleted; of no contact as a list or a pointer has it."""
        row = self.rows.get(contact) or self.known.get(contact)
        if row:
            return str(said(row[self.layout.id]))
        listed_as = self.imported[contact].listed if contact in self.imported else None
        return listed_as or sent or str(contact)

    def spell_survivor(self, contact: Key) -> str | None:
        """Where the pointers of a contact end; an id of no contact has one spelling for all who point at it."""
        end = self.survivor(contact)
        sent = [
            pointer.sent for pointer in self.pointers().values() if pointer.sent and pointer.target == end
        ]
        return None if end is None else self.spell(end, min(sent, default=None))

    @property
    def has_workspaces(self) -> bool:
        """Whether contacts have a column that says of which workspace they are."""
        return self.layout.workspace in self.columns

    def workspace(self, contact: Key) -> Any:
        """The workspace of a contact; of one that only a list of merged ids names, that of the list's row."""
        row = self.rows.get(contact) or self.last_known.get(contact)
        return (
            self.workspace(self.imported[contact].target) if row is None else row.get(self.layout.workspace)
        )

    # ------------------------------------------------------------------------------------- children

    def child_target(self, contact: Key) -> Key:
        """The contact that has the rows that name this one now; where pointers end in no contact, itself."""
        end = self.survivor(contact)
        return end if end is not None and self.exists(end) else contact

    def exists(self, contact: Key) -> bool:
        """Whether there is a contact of that id, or was one to which rows and pointers lead."""
        return contact in self.rows or contact in self.known

    def stays(self, contact: Key) -> bool:
        """Whether a cell that names a contact stays as it is: it leads to no contact, or to one that was deleted."""
        return self.child_target(contact) == contact and not self.is_live(contact)

    def spell_like(self, cell: Any, contact: Key) -> Any:
        """A contact's id in the place of a cell: as contacts spell it, or a number where the cell is one."""
        if isinstance(cell, int | float | Decimal):
            return type(cell)(contact)
        return self.spell(contact)

    def rehome(self, child: Child, row: Row) -> Row:
        """A child row as it is now: each reference names the contact that has it, if there is one, as contacts spell it."""
        if not child.holds(row):
            return row
        cells = {column: row.get(column) for column in child.references}
        return {**row, **{column: self._led(child, cell) for column, cell in cells.items() if column in row}}

    def _led(self, child: Child, cell: Any) -> Any:
        """The cell of a reference, led to where its contacts are now."""
        parts = child.parts(cell)
        return self.lead(cell) if parts is None else self._lead_several(cell, parts, child.separator)

    def lead(self, cell: Any) -> Any:
        """A cell with one id, led to where its contact is now."""
        contact = self.layout.read(cell)
        if contact is None or self.stays(contact):
            return cell
        return self.spell_like(cell, self.child_target(contact))

    def _lead_several(self, cell: Any, parts: list[Any], separator: str) -> Any:
        """A cell with several ids: of those that lead to one contact the first stays; all that lead to none stay.

        It stays as it is where no part changes; else it is joined by the separator alone.
        """
        before = [
            part.strip() if isinstance(part, str) and not isinstance(cell, list) else part for part in parts
        ]
        after: list[Any] = []
        held: set[Key] = set()
        for part in before:
            contact = self.layout.read(part)
            target = None if contact is None else self.child_target(contact)
            leads = target in self.rows or (target is not None and target == self.survivor(contact))
            if not leads or not self.exists(target):
                after.append(part)
            elif target not in held:
                held.add(target)
                after.append(self.lead(part))
        if after == before:
            return cell
        return after if isinstance(cell, list) else separator.join(after)

    def lines_in_time(self) -> dict[Key, list[Key]]:
        """For each contact that is not retired, itself and all that ended in it: every merge appends.

        Imported retirements take part as fill merges done when their pointer was loaded, in ascending id.
        """
        pointers = self.pointers()
        order = self._places_in_time()
        lines: dict[Key, list[Key]] = {}
        for contact in sorted(pointers, key=order.__getitem__):
            pointer = pointers[contact]
            end, passed = pointer.target, {contact}
            while end not in passed and (after := pointers.get(end)) and after.number <= pointer.number:
                passed.add(end)
                end = after.target
            if end not in passed:
                lines.setdefault(end, [end]).extend(lines.pop(contact, [contact]))
        return lines

    def _places_in_time(self) -> dict[Key, tuple[int, Any]]:
        """When each retirement was done: number in the log, then position in its merge or the id it retires."""
        order: dict[Key, tuple[int, Any]] = {c: (p.number, c) for c, p in self.imported.items()}
        placed: dict[int, int] = {}
        for contact, pointer in self.retired.items():
            placed[pointer.number] = placed.get(pointer.number, 0) + 1
            order[contact] = (pointer.number, placed[pointer.number])
        return order

    def places(self, child: Child) -> tuple[dict[Key, list[int]], list[list[Key]]]:
        """Where a table names each contact, and whom each row names; found once for the rows of a load."""
        rows = self.children.get(child.name, [])
        of, found = self._places.get(child, (None, ({}, [])))
        if of is not rows:
            named = [child.named(row) for row in rows]
            places: dict[Key, list[int]] = {}
            for place, contacts in enumerate(named):
                for contact in dict.fromkeys(contacts):
                    places.setdefault(contact, []).append(place)
            found = places, named
            self._places[child] = rows, found
        return found

    def dropped(self, child: Child) -> list[tuple[Key, int, Key, int]]:
        """Rows that did not move: the contact that had each, its place in the table, its survivor, the place of the row kept.

        Of each contact's rows of one value only the least by key may move, and only if nobody before it in the line has one;
        the survivor's own all stay. A null clashes with nothing.
        """
        rows = self.children.get(child.name, [])
        places, named = self.places(child)
        out: list[tuple[Key, int, Key, int]] = []
        for end, line in self.lines_in_time().items():
            if self.is_retired(end) or not self.exists(end):
                continue
            kept: dict[Any, int] = {}
            for contact in line:
                mine = [place for place in places.get(contact, []) if named[place] == [contact]]
                if child.key:
                    mine.sort(key=lambda place: child.key_of(rows[place]) or ())
                for place in mine:
                    value = child.value_of(rows[place])
                    if value is not None and kept.setdefault(value, place) != place and contact != end:
                        out.append((contact, place, end, kept[value]))
        return out

    def held(self, child: Child) -> list[Row]:
        """The rows of a table without those that did not move."""
        gone = self._gone(child)
        return [row for place, row in enumerate(self.children.get(child.name, [])) if place not in gone]

    def _gone(self, child: Child) -> set[int]:
        return {place for _, place, _, _ in self.dropped(child)} if child.alike else set()

    def child_rows(self, child: Child) -> list[Row]:
        """A child table as it is now."""
        return [self.rehome(child, row) for row in self.held(child)]

    def _count(self, primary: Key, duplicates: tuple[Key, ...]) -> dict[Key, dict[str, int]]:
        """The rows that each duplicate is about to bring: a row that names two of them is brought by the first."""
        counts: dict[Key, dict[str, int]] = {duplicate: {} for duplicate in duplicates}
        for child in self.layout.children:
            rows, (places, _), gone = self.children.get(child.name, []), self.places(child), self._gone(child)
            owners: dict[int, set[Key]] = {}
            for contact in places.keys() & {primary, *duplicates, *self.retired, *self.imported}:
                target = self.child_target(contact)
                if target == primary or target in counts:
                    for place in places[contact]:
                        if place not in gone:
                            owners.setdefault(place, set()).add(target)
            values = {place: child.value_of(rows[place]) if child.alike else None for place in owners}
            there = {values[place] for place, has in owners.items() if primary in has}
            counted: set[int] = set()
            for duplicate in duplicates:
                mine = [place for place, has in owners.items() if duplicate in has and place not in counted]
                counted.update(mine)
                new = {values[place] for place in mine} - there - {None}
                counts[duplicate][child.name] = sum(values[place] is None for place in mine) + len(new)
                there |= new
        return counts

    def replaced(self, contact: Key, row: Row) -> Row:
        """A contact's row as the merged table has it: its references name survivors, and none its own row."""
        return {
            column: self.replaced_cell(contact, value) if column in self.layout.references else value
            for column, value in row.items()
        }

    def replaced_cell(self, contact: Key, cell: Any) -> Any:
        """A reference of a contact's row as the merged table has it; null where it would name its own row."""
        if isinstance(cell, list):
            others = [part for part in cell if part is None or self.replaced_cell(contact, part) is not None]
            return self._lead_several(others, others, "")
        named = self.layout.read(cell)
        return None if named is not None and self.child_target(named) == contact else self.lead(cell)

    # ------------------------------------------------------------------------------------- fields

    def winner(self, f: Field, line: list[Place]) -> Place | None:
        """The place of a line that counts, by the rule."""
        return self.pick(line)

    def cells(self, contact: Key) -> dict[Field, Any]:
        """The fields of a contact's newest raw row; of a JSON field its keys."""
        row = self.rows[contact]
        cells: dict[Field, Any] = {}
        for column in self.columns:
            if column in self.json_fields:
                found = object_of(row.get(column)) or dict.fromkeys(self.struct_keys.get(column, []))
                cells.update({(column, key): value for key, value in found.items()})
            elif column not in self.layout.never_merged:
                raw, over = row.get(column), self.took_over.get((contact, (column, None)))
                cells[column, None] = over[1] if over and same(raw, over[0]) else raw
        return cells

    def lines(self, contact: Key) -> Lines:
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

    def values(self, contact: Key) -> dict[Field, Any]:
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

    def row(self, contact: Key) -> Row:
        """A contact as it is now, its JSON fields in the form that the table holds."""
        raw, last = self.rows[contact], self.last_merges.get(contact)
        values, merged_at = self.values(contact), last.as_of if last else None
        row = {}
        for column in self.columns:
            if column in self.json_fields:
                row[column] = self._object(contact, column, values)
            elif column in self.layout.updated and merged_at is not None:
                moment = as_moment(raw.get(column))
                kind = self.kinds.get(column) or kind_of([r.get(column) for r in self.rows.values()])
                later = moment is not None and moment > utc(merged_at)
                row[column] = raw.get(column) if later else in_kind(merged_at, kind)
            else:
                row[column] = raw.get(column) if column in self.layout.never_merged else values[column, None]
        return row

    def _object(self, contact: Key, column: str, values: dict[Field, Any]) -> Any:
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

    def show(self, contact: Key) -> Row:
        """A contact as a response shows it: all columns in table order, JSON fields as key -> slice."""
        row = self.row(contact)
        for column in self.json_fields:
            if row.get(column) is not None:
                cut = object_of(row[column])
                row[column] = row[column] if cut is None else cut
        return row
