"""Fold a JSON-object field key by key (SEMANTICS.md, 'Folding'): the component's merges once more, in order, on objects.

Only contacts that are connected with a merge of this batch are folded. Texts go in. The survivors' texts and those of the
responses come out, and for each key where its value came from and what was not taken.
This is the one place where Python goes row by row, so it makes one object a contact and copies none that nothing changes.
Where a line is too long to keep all objects they are made again.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Protocol

from contact_merge.fold.json_chunk import Edit, Lines, Merge, Texts
from contact_merge.json_text import MAY_BE_EMPTY, is_filled, parse_object, render_object


class Rows(Protocol):
    """Where rows go."""

    def append(self, row: tuple, /) -> None: ...


@dataclass(frozen=True)
class Folded:
    """What became of one JSON field.

    Attributes:
        after: `seq`, `text` of the primary's object after the request, whether it `is_object`, keys `populated`.
        given: `seq`, `ord`, the populated `keys` that this duplicate gave.
        survivors: `text` of the object of each owner now, in the order of the owners.
        kept: of each key whose value came from another contact `n`, `json_key`, `source`, `seq` that brought it.
    """

    after: Rows
    given: Rows
    survivors: Rows
    kept: Rows


# Shared by all objects, of which there are many: an empty one is replaced, never changed.
_NOTHING: dict[str, Any] = {}
_NO_NAMES: frozenset[str] = frozenset()


class _Object:
    """A contact's object at some moment.

    Attributes:
        raw: the text of its row; `sound` says whether that is an object.
        values: each key's value as JSON text, in order of the keys; `empty` names those that count as none.
        spelled: how those keys are spelled that are not their content in quotes.
        taken: of each value from another contact that one, and the request that brought it.
        places: what the contact's own place in the line holds: values of its row, or what edits left of them.
        changes: how often `values` became others than those of `raw` (once, and they surely differ).
    """

    __slots__ = ("changes", "empty", "places", "raw", "sound", "spelled", "taken", "values")

    def __init__(self, raw: str | None) -> None:
        parsed = parse_object(raw)
        self.raw = raw
        self.sound = parsed is not None
        values, self.spelled = parsed or (_NOTHING, _NOTHING)
        self.values = self.places = values
        empty = [name for name, value in values.items() if value[0] in MAY_BE_EMPTY and not is_filled(value)]
        if empty:
            self.empty = frozenset(empty)
            self.places = {name: value for name, value in values.items() if name not in empty}
        else:
            self.empty = _NO_NAMES
        self.taken = _NOTHING
        self.changes = 0

    def filled(self, name: str) -> str | None:
        return None if name in self.empty else self.values.get(name)

    def change(self) -> None:
        """Prepare for another value; the places of the line keep what they hold."""
        if self.places is self.values:
            self.values = dict(self.values)
        self.changes += 1

    def put(self, name: str, value: str, spelling: str | None) -> None:
        """Another value of a key; `spelling` of a key that was not there."""
        if spelling is not None and name not in self.values:
            self.spelled = self.spelled | {name: spelling}
        self.values[name] = value
        if name in self.empty:
            self.empty = self.empty - {name}

    def text(self) -> str | None:
        """The object as text: the raw row's own where that says the same, else rendered again."""
        if not self.changes:
            return self.raw
        if self.changes > 1:
            own, _ = parse_object(self.raw) or ({}, {})
            if list(own.items()) == list(self.values.items()):
                return self.raw
        return render_object(self.values, self.spelled)


class JsonFold:
    """One JSON field of the component, folded in time.

    Attributes:
        label: the field's name, shown before that of a key.
        last: whether of the places that hold a key the last counts, by the field's rule, or the first.
        kept: objects kept at once; beyond that an object is made again from its text when it is needed.
    """

    def __init__(self, label: str, texts: Texts, lines: Lines, *, last: bool, kept: int) -> None:
        self.label = label
        self.last = last
        self.kept = kept
        self.texts = texts
        self.lines = lines
        self.objects: dict[int, _Object] = {}
        self.edited: set[int] = set()

    def fold(
        self, merges: Iterable[Merge], edits: Iterable[Edit], owners: Iterable[int], folded: Folded
    ) -> None:
        """Go through merges and edits in time; `owners` are the live survivors to report in `folded`."""
        waiting = sorted(edits, key=_moment, reverse=True)
        for merge in merges:
            # A row as it is now was so before every request of this batch, dry runs included.
            while waiting and (merge.answered or _moment(waiting[-1]) <= merge.batch_no):
                self._edit(waiting.pop())
            if merge.answered:
                self._answer(merge, folded)
            else:
                self._merge(merge, self._taken(merge))
        while waiting:
            self._edit(waiting.pop())
        for owner in owners:
            survivor = self._object(owner)
            folded.survivors.append((survivor.text(),))
            for name, (source, brought) in survivor.taken.items():
                folded.kept.append((owner, name, source, brought))

    def _object(self, contact: int) -> _Object:
        known = self.objects.get(contact)
        if known is None:
            known = self.objects[contact] = _Object(self.texts.get(contact))
        return known

    def _taken(self, merge: Merge) -> dict[str, int]:
        """The keys that a merge takes, in the order of their givers, each with its giver's place among the duplicates."""
        mine = self._object(merge.primary)
        fills = merge.overwrite == self.last  # where the primary's place counts before the duplicates'
        values, empty = mine.values, mine.empty
        takers: dict[str, int] = {}
        givers = list(enumerate(merge.duplicates, 1))
        for ordinal, duplicate in reversed(givers) if self.last else givers:
            theirs = self._object(duplicate)
            for name in theirs.values:
                if (
                    name not in takers
                    and name not in theirs.empty  # rule: empty-key-not-taken
                    and (not fills or name not in values or name in empty)  # rule: fills-only-empty
                ):
                    takers[name] = ordinal
        return dict(sorted(takers.items(), key=itemgetter(1))) if self.last else takers

    def _merge(self, merge: Merge, takers: Mapping[str, int]) -> list[str]:
        """Merge for good what `_taken` found; returns the keys whose values differ from before, in no certain order."""
        mine = self._object(merge.primary)
        differing = []
        if takers and not mine.taken:
            mine.taken = {}
        for name, ordinal in takers.items():
            giver = merge.duplicates[ordinal - 1]
            theirs = self.objects[giver]
            value = theirs.values[name]
            if mine.filled(name) != value:  # rule: compared-by-text
                if not differing:
                    mine.change()
                differing.append(name)
                mine.put(name, value, theirs.spelled.get(name))
            mine.taken[name] = (theirs.taken[name][0] if name in theirs.taken else giver, merge.seq)
        if not merge.dry_run and len(self.objects) > self.kept:
            for retired in merge.duplicates:
                if retired not in self.edited:
                    del self.objects[retired]
        return differing

    def _answer(self, merge: Merge, folded: Folded) -> None:
        """Merge, for good or as a dry run, and record what the response and the events show."""
        takers = self._taken(merge)
        before = self.objects[merge.primary]
        if merge.dry_run:
            self.objects[merge.primary] = _copy(before)
        differing = set(self._merge(merge, takers))
        after = self.objects[merge.primary]
        populated: list[str] = []
        given: dict[int, list[str]] = {}
        for name in after.values if differing else ():
            if name in differing:
                shown = f"{self.label}.{name}"
                populated.append(shown)
                given.setdefault(takers[name], []).append(shown)
        text = after.text()
        is_object = after.sound or text is not after.raw
        folded.after.append((merge.seq, text, is_object, populated))
        for ordinal, names in given.items():
            folded.given.append((merge.seq, ordinal, names))
        if merge.dry_run:
            self.objects[merge.primary] = before

    def _edit(self, edit: Edit) -> None:
        made = self._object(edit.contact)
        old, new = _Object(edit.old), _Object(edit.new)
        edited = {
            name
            for name in {**new.values, **old.values, **made.values}
            if new.filled(name) != old.filled(name) and new.filled(name) != made.filled(name)  # rule: by-key
        }
        now = _copy(new)
        now.changes = 2  # more than once, so that its text is compared
        for name in made.values:
            value = made.filled(name)
            if name in edited or value is None:
                continue
            now.put(name, value, made.spelled.get(name))
            if name in made.taken:
                now.taken[name] = made.taken[name]
        now.places = made.places
        self.objects[edit.contact] = now
        self.edited.add(edit.contact)
        for contact in self.lines.between(edit.owner, edit.first_position, edit.last_position):
            place = self._object(contact)
            if not edited.isdisjoint(place.places):
                self.edited.add(contact)
                place.places = {n: value for n, value in place.places.items() if n not in edited}
        now.places = now.places | {name: new.values[name] for name in edited if new.filled(name) is not None}

    def conflicts(self, owners: Iterable[int]) -> Iterator[tuple[str, str, int, str, int]]:
        """What was not taken, once all is folded: `json_key`, `kept_value`, its place `kept`, `other_value`, its place `other`.

        Places are numbers in the order of all lines, as `Lines.contact` has them.
        """
        contacts = self.lines.contacts
        for owner in owners:
            kept: dict[str, str] = {}
            found_at: dict[str, int] = {}
            for place in self.lines.whole(owner, backwards=self.last):
                contact = contacts[place]
                held = self.objects.get(contact) or _Object(self.texts.get(contact))
                for name, value in held.places.items():
                    if name not in kept:
                        kept[name], found_at[name] = value, place
                    elif kept[name] != value:
                        yield name, kept[name], found_at[name], value, place


def _copy(given: _Object) -> _Object:
    """The same, to be changed alone; what no merge changes in place is shared."""
    copied = object.__new__(_Object)
    copied.raw, copied.sound, copied.changes, copied.places = (
        given.raw, given.sound, given.changes, given.places,
    )  # fmt: skip
    copied.empty, copied.spelled = given.empty, given.spelled
    copied.values, copied.taken = dict(given.values), dict(given.taken)
    return copied


def _moment(edit: Edit) -> float:
    return float("inf") if edit.batch_no is None else edit.batch_no
