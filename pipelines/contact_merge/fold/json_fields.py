"""Fold JSON-object fields key by key (SEMANTICS.md, 'Folding'): the members' merges once more, in order, on objects.

Only objects of contacts that hang together with a merge of this batch are looked at. What goes in are texts; what
comes out are the survivors' texts, those of the responses, and for each key where its value came from and what was not taken.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from contact_merge.fold.json_text import is_filled, parse_object, render_object


class Entry(NamedTuple):
    """A key of a contact's object at some moment; `source` is the contact whose raw row holds the value."""

    key: str
    value: str
    filled: bool
    source: int
    brought: int | None


Object = dict[str, Entry]


class Merge(NamedTuple):
    """A request on contacts by number, duplicates in listed order; `answered` are those of the batch being decided."""

    batch_no: int
    seq: int
    primary: int
    duplicates: list[int]
    overwrite: bool
    dry_run: bool
    answered: bool


class Edit(NamedTuple):
    """A raw row that is another than the one that the last merge saw; `batch_no` None for the row as it is now."""

    batch_no: int | None
    contact: int
    old: str | None
    new: str | None
    owner: int
    first_position: int
    last_position: int


@dataclass
class Folded:
    """What became of one JSON field.

    Attributes:
        after: seq -> (text of the primary's object after the request, keys populated, {ord: keys that it gave}).
        survivors: owner -> text of its object now.
        provenance: (owner, key, source, seq that brought it).
        conflicts: (owner, key, kept value, kept from, other value, other from, seq by which they met).
    """

    after: dict[int, tuple[str | None, list[str], dict[int, list[str]]]] = field(default_factory=dict)
    survivors: dict[int, str | None] = field(default_factory=dict)
    provenance: list[tuple[int, str, int, int]] = field(default_factory=list)
    conflicts: list[tuple[int, str, str, int, str, int, int]] = field(default_factory=list)


@dataclass
class JsonFold:
    """One JSON field of the members, folded in time.

    Attributes:
        texts: contact -> text that its place began with.
        lines: owner -> its line as (position, contact, seq that joined it to the one on its left), by position.
    """

    texts: dict[int, str | None]
    lines: dict[int, list[tuple[int, int, int | None]]]
    objects: dict[int, Object] = field(default_factory=dict)
    raw: dict[int, str | None] = field(default_factory=dict)
    places: dict[int, dict[str, str]] = field(default_factory=dict)

    def fold(self, merges: Iterable[Merge], edits: Iterable[Edit], owners: Iterable[int]) -> Folded:
        """Go through merges and edits in time; `owners` are the live survivors to tell about."""
        folded = Folded()
        waiting = sorted(edits, key=_moment, reverse=True)
        for merge in merges:
            # A row as it is now was so before every request of this batch, dry runs included.
            while waiting and (merge.answered or _moment(waiting[-1]) <= merge.batch_no):
                self._edit(waiting.pop())
            self._merge(merge, folded)
        while waiting:
            self._edit(waiting.pop())
        for owner in owners:
            folded.survivors[owner] = self._text(owner, self._object(owner))
            self._tell(owner, folded)
        return folded

    def _object(self, contact: int) -> Object:
        known = self.objects.get(contact)
        if known is None:
            self.raw[contact] = self.texts.get(contact)
            known = self.objects[contact] = _entries(contact, self.raw[contact])
            self.places[contact] = {name: e.value for name, e in known.items() if e.filled}
        return known

    def _text(self, contact: int, now: Object) -> str | None:
        """The object as text: the raw row's own where that says the same, else put together anew."""
        raw = self.raw[contact]
        own = parse_object(raw) or {}
        same = len(own) == len(now) and all(
            key == name and value[1] == entry.value
            for (key, value), (name, entry) in zip(own.items(), now.items(), strict=True)
        )
        return raw if same else render_object([(e.key, e.value) for e in now.values()])

    def _merge(self, merge: Merge, folded: Folded) -> None:
        before = self._object(merge.primary)
        now = dict(before)
        giver: dict[str, int] = {}
        for ordinal, duplicate in enumerate(merge.duplicates, 1):
            for name, entry in self._object(duplicate).items():
                if not entry.filled or name in giver:
                    continue
                mine = now.get(name)
                if merge.overwrite or mine is None or not mine.filled:
                    giver[name] = ordinal
                    now[name] = Entry(
                        mine.key if mine else entry.key, entry.value, True, entry.source, merge.seq
                    )
        if not merge.dry_run:
            self.objects[merge.primary] = now
        if merge.answered:
            populated = [
                name
                for name in now
                if name in giver
                and not (name in before and before[name].filled and before[name].value == now[name].value)
            ]
            given: dict[int, list[str]] = defaultdict(list)
            for name in populated:
                given[giver[name]].append(name)
            folded.after[merge.seq] = (self._text(merge.primary, now), populated, given)

    def _edit(self, edit: Edit) -> None:
        made = self._object(edit.contact)
        old, new = _entries(edit.contact, edit.old), _entries(edit.contact, edit.new)
        edited = {
            name
            for name in {**new, **old, **made}
            if _value(new, name) != _value(old, name) and _value(new, name) != _value(made, name)
        }
        self.raw[edit.contact] = edit.new
        now = {
            name: made[name]._replace(key=entry.key)
            if name not in edited and name in made and made[name].filled
            else entry
            for name, entry in new.items()
        }
        now |= {n: e for n, e in made.items() if n not in new and n not in edited and e.filled}
        self.objects[edit.contact] = now
        for position, contact, _ in self.lines.get(edit.owner, []):
            if edit.first_position <= position <= edit.last_position:
                self._object(contact)
                for name in edited:
                    self.places[contact].pop(name, None)
        for name in edited:
            if name in new and new[name].filled:
                self.places[edit.contact][name] = new[name].value

    def _tell(self, owner: int, folded: Folded) -> None:
        for name, entry in self.objects[owner].items():
            if entry.filled and entry.source != owner and entry.brought is not None:
                folded.provenance.append((owner, name, entry.source, entry.brought))
        kept: dict[str, tuple[int, str, int]] = {}
        peaks: list[
            tuple[int, int]
        ] = []  # (index, seq): a place that no later place's joining request outdoes
        for index, (_, contact, joined) in enumerate(self.lines.get(owner, [])):
            while peaks and peaks[-1][1] <= (joined or 0):
                peaks.pop()
            peaks.append((index, joined or 0))
            self._object(contact)
            for name, value in self.places[contact].items():
                if name not in kept:
                    kept[name] = (index, value, contact)
                elif kept[name][1] != value:
                    first, kept_value, kept_from = kept[name]
                    met = peaks[bisect_right(peaks, (first, float("inf")))][1]
                    folded.conflicts.append((owner, name, kept_value, kept_from, value, contact, met))


def _moment(edit: Edit) -> float:
    return float("inf") if edit.batch_no is None else edit.batch_no


def _entries(contact: int, text: str | None) -> Object:
    return {
        name: Entry(key, value, is_filled(value), contact, None)
        for name, (key, value) in (parse_object(text) or {}).items()
    }


def _value(entries: Object, name: str) -> str | None:
    entry = entries.get(name)
    return entry.value if entry is not None and entry.filled else None
