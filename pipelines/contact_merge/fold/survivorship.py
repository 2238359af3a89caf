"""Which value survives: the one place where a line is asked for the value of a field.

C is merged into B, then B into A: the line of A is A, B, C. Where A and B have no phone, the place of C wins the phone of A.
Whoever asks gives a range of places: a survivor its whole line; the answer to a request the stretch of each contact that it
names; an edit the stretch that the edited contact had before. Of the places in a range that hold a value the one wins whose key
by the field's rule (sql/rules/) is the least, and of places with one key the first.

The places of all lines stand in one order: line after line, each by position. What is here of a field are numbers alone: by
place the row of `place_values` whose value it shows, or none. Values stay in the database, whatever their types and sizes, and
are looked up by row in the end.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise
from operator import attrgetter

import duckdb
import numpy as np
import pyarrow as pa

from contact_merge.columns import ContactColumns, Field
from contact_merge.engine import expression, frames, has_rows, read_header, relation, run_sql
from contact_merge.fold.ranges import Flags, Numbers, RangeMaximum, numbers_of, run_begins

AT_ONCE = 1_000_000
"""Conflicts that wait to be stored."""
_NONE = -1
_LAST = np.iinfo(np.int64).max


def key_of(field: Field, row: str) -> str | None:
    """SQL of the key that a field's rule gives a place, or None where it goes by the order of the line alone.

    Args:
        row: alias of the row of contacts in which the place's value stood.
    """
    key = expression(f"rules/{field.rule}", field=field, row=row)
    return None if key == "null" else key


def takes_last(field: Field) -> bool:
    """Whether of places with one key the last wins by a field's rule. Keys inside a JSON text have no other order."""
    return read_header(f"rules/{field.rule}").ties == "last"  # rule: first-value-fills


def _keyed(fields: list[Field]) -> set[int]:
    """The numbers of the fields whose rule has a key."""
    return {field.i for field in fields if key_of(field, "row") is not None}


def column_groups(columns: ContactColumns) -> dict[int, list[Field]]:
    """The fields that are folded here, by number of the column group."""
    by_group = attrgetter("group")
    return {group: list(some) for group, some in groupby(columns.typed, key=by_group)}


def hold_values(con: duckdb.DuckDBPyConnection, columns: ContactColumns) -> None:
    """Make the temp table `place_values`, of what places and edits hold, and where there may be edits `edit_values` of these.

    Reads the temp tables `component`, `component_line`, `component_rows` and `edit_candidates`.
    """
    variables = {**columns.variables(), "keys": _keyed(columns.typed), "key": key_of}
    run_sql(con, "fold/place_values", **variables)
    if has_rows(con, "edit_candidates"):
        run_sql(con, "fold/edit_values", **variables)
        run_sql(con, "fold/add_edit_values", **variables)


def fold_fields(con: duckdb.DuckDBPyConnection, columns: ContactColumns, *, answering: bool) -> None:
    """Fold the fields of the component, but for those that are JSON texts.

    Reads the temp tables `component`, `component_line`, `component_merges`, `place_values`, `edit_candidates`, `edit_values`
    and, where `answering`, `stretches`.
    Makes for each column group the temp tables
        `survivor_values_<group>`: `n` of each survivor, `value_<i>` field i, null where empty;
        `after_values_<group>`: see sql/fold/after_values_of_group.sql. The temp view `after_values` has them side by side.
    Adds the survivors' rows of fold.kept and fold.conflicts.

    Source: SEMANTICS.md, 'Folding', 'Later edits win' and 'A fact to build on'; SHAPES.md 5.
    """
    lines = _Lines.read(con)
    stretches = _Stretches.read(con, lines) if answering else None
    edited = has_rows(con, "edit_candidates")
    for group, fields in column_groups(columns).items():
        held = _hold(con, lines, fields)
        if edited:
            _apply_edits(con, lines, held)
        won = {one.field: one.winners(lines.begins, lines.ends) for one in held}
        rows = {f"row_{one.field.i}": _nullable(one.rows_at(won[one.field])) for one in held}
        with frames(con, winners_frame=pa.table({"n": lines.n[lines.owners], **rows})):
            run_sql(con, "fold/survivor_values", group=group, some=fields)
        _add_kept(con, lines, won)
        _add_conflicts(con, lines, held, won)
        if stretches:
            with frames(con, answers_frame=stretches.answer(con, held)):
                run_sql(con, "fold/after_values_of_group", group=group, some=fields)
    if answering:
        run_sql(con, "fold/after_values", groups=column_groups(columns))


@dataclass(frozen=True)
class _Lines:
    """The places of all lines.

    Attributes:
        n: the contact that stands there.
        joined, brought: the request that joined the place to the one before, and the one that brought it to the owner; 0 for
            none.
        line: which of the lines to fold it is in, or none.
        begins, ends, owners: of each line to fold its first place, its last one and its owner's.
        place_of: by number of the contact, where it stands.
    """

    n: Numbers
    joined: Numbers
    brought: Numbers
    line: Numbers
    begins: Numbers
    ends: Numbers
    owners: Numbers
    place_of: Numbers

    @classmethod
    def read(cls, con: duckdb.DuckDBPyConnection) -> "_Lines":
        places = relation(con, "fold/places_in_order").to_arrow_table()
        n, owner = numbers_of(places, "n"), numbers_of(places, "owner")
        survives = numbers_of(places, "survives").astype(np.bool_)
        count = len(n)
        place_of = np.empty(count, np.int64)
        place_of[n] = np.arange(count)
        begins = run_begins(owner)
        ends = np.append(begins[1:], count) - 1
        folded = survives[begins]
        numbers = np.where(folded, np.cumsum(folded) - 1, _NONE)
        return cls(
            n=n,
            joined=numbers_of(places, "joined_seq"),
            brought=numbers_of(places, "brought_seq"),
            line=np.repeat(numbers, ends - begins + 1),
            begins=begins[folded],
            ends=ends[folded],
            owners=place_of[owner[begins[folded]]],
            place_of=place_of,
        )

    @cached_property
    def met(self) -> RangeMaximum:
        """Two places met by the newest of the requests that joined what is between them."""
        return RangeMaximum(self.joined)  # rule: brought-met

    def ranges(self, rows: pa.Table) -> tuple[Numbers, Numbers]:
        """First and last places of stretches, given as positions in the line of their owner, who is at 0."""
        own = self.place_of[numbers_of(rows, "owner")]
        return own + numbers_of(rows, "first_position"), own + numbers_of(rows, "last_position")


class _FieldPlaces:
    """What the places hold of a field.

    Attributes:
        field: the field.
        rows: by place the row of place_values whose value it shows, or none.
    """

    def __init__(self, field: Field, lines: _Lines, ranks: Numbers, *, keyed: bool) -> None:
        self.field = field
        self.rows = np.where(ranks[lines.n] > 0, lines.n, _NONE)
        self._ranks = ranks
        self._keyed = keyed
        self._last = takes_last(field)

    def is_filled(self, rows: Numbers) -> Flags:
        """Whether rows of place_values hold a value."""
        return self._ranks[rows] > 0

    def rows_at(self, places: Numbers) -> Numbers:
        """The rows of place_values whose values places show."""
        return np.where(places >= 0, self.rows[places], _NONE)

    def scores(self, rows: Numbers, order: Numbers, count: int) -> Numbers:
        """By rows in an order of `count` numbers a score each: the least one wins. _LAST is that of no value."""
        ties = count - 1 - order if self._last else order
        scores = self._ranks[rows] * count + ties if self._keyed else ties
        return np.where(rows >= 0, scores, _LAST)

    def ordered(self, scores: Numbers, count: int) -> Numbers:
        """Where in that order the rows of scores stand, or none."""
        ties = scores % count
        return np.where(scores < _LAST, count - 1 - ties if self._last else ties, _NONE)

    def _scores_of(self, places: Numbers) -> Numbers:
        return self.scores(self.rows[places], places, len(self.rows))

    @cached_property
    def _following(self) -> Numbers:
        """By place the nearest one from there on that holds a value, or _LAST."""
        return np.minimum.accumulate(self._scores_of(np.arange(len(self.rows)))[::-1])[::-1]

    @cached_property
    def _least(self) -> RangeMaximum:
        return RangeMaximum(-self._scores_of(np.arange(len(self.rows))))

    def winners(self, first: Numbers, last: Numbers) -> Numbers:
        """The place that wins in each range, both ends included, or none."""
        if self._keyed or self._last:
            return self.ordered(-self._least.between(first, last), len(self.rows))
        found = self._following[first]
        return np.where(found <= last, found, _NONE)

    def winners_among_few(self, first: Numbers, last: Numbers) -> Numbers:
        """As `winners`, in time of the places in these ranges, for a field that is edited yet."""
        places, begins = _each(first, last)
        return self.ordered(np.minimum.reduceat(self._scores_of(places), begins), len(self.rows))

    def edit(self, first: Numbers, last: Numbers, places: Numbers, rows: Numbers) -> None:
        """An edit makes the contact's row a new single place: the others of its stretch hold nothing any more."""
        self.rows[_each(first, last)[0]] = _NONE
        self.rows[places] = np.where(self.is_filled(rows), rows, _NONE)


@dataclass(frozen=True)
class _Stretches:
    """What the contacts named by accepted requests were at that moment, by request, in the order in which their values count.

    Attributes:
        seq: the request.
        ord: which of its contacts it is, 0 the primary.
        first, last: the range of places.
    """

    seq: Numbers
    ord: Numbers
    first: Numbers
    last: Numbers

    @classmethod
    def read(cls, con: duckdb.DuckDBPyConnection, lines: _Lines) -> "_Stretches":
        rows = relation(con, "fold/stretches_in_order").to_arrow_table()
        return cls(numbers_of(rows, "seq"), numbers_of(rows, "ord"), *lines.ranges(rows))

    def answer(self, con: duckdb.DuckDBPyConnection, held: list[_FieldPlaces]) -> pa.Table:
        """By request `row_<i>` of place_values that field i has after it, and `giver_<i>`, which of its duplicates populated it.

        Populated is a field whose value came from a duplicate and differs from what the primary had.
        """
        begins, primaries = run_begins(self.seq), np.flatnonzero(self.ord == 0)
        found: list[tuple[Numbers, Numbers, Numbers]] = []
        pairs: list[_Pairs] = []
        for one in held:
            rows = one.rows_at(one.winners(self.first, self.last))
            scores = one.scores(rows, np.arange(len(rows)), len(rows))
            least = np.minimum.reduceat(scores, begins)  # rule: first-value-in-responses
            won = one.ordered(least, len(rows))
            after, givers = np.where(won >= 0, rows[won], _NONE), np.where(won >= 0, self.ord[won], 0)
            given = np.flatnonzero(givers)
            found.append((after, givers, given))
            pairs.append(_Pairs(one, after[given], rows[primaries[given]]))
        answers: dict[str, pa.Array] = {"seq": pa.array(self.seq[begins])}
        for one, (after, givers, given), populated in zip(held, found, _differing(con, pairs), strict=True):
            givers[given[~populated]] = 0  # rule: populated
            i = one.field.i
            answers |= {f"row_{i}": _nullable(after), f"giver_{i}": pa.array(givers, mask=givers == 0)}
        return pa.table(answers)


def _hold(con: duckdb.DuckDBPyConnection, lines: _Lines, fields: list[Field]) -> list[_FieldPlaces]:
    keyed = _keyed(fields)
    table = relation(con, "fold/ranks", some=fields, keys=keyed).to_arrow_table()
    n = numbers_of(table, "n")
    held = []
    for field in fields:
        ranks = np.empty(len(n), np.int64)
        ranks[n] = numbers_of(table, f"rank_{field.i}")
        held.append(_FieldPlaces(field, lines, ranks, keyed=field.i in keyed))
    return held


def _apply_edits(con: duckdb.DuckDBPyConnection, lines: _Lines, held: list[_FieldPlaces]) -> None:
    """Find which fields were edited, one moment of each line after the other, and let the edited rows count from there on.

    Edited is a field whose raw value differs from what the last merge found there and from what it made of it.
    """
    table = relation(con, "fold/edits_in_order", some=[one.field for one in held]).to_arrow_table()
    rows, places = numbers_of(table, "n"), lines.place_of[numbers_of(table, "place")]
    first, last = lines.ranges(table)
    differs = {one.field: numbers_of(table, f"differs_{one.field.i}").astype(np.bool_) for one in held}
    turns = np.append(run_begins(numbers_of(table, "turn")), len(rows))
    for begin, after in pairwise(turns):
        found = [(one, begin + np.flatnonzero(differs[one.field][begin:after])) for one in held]
        found = [(one, which) for one, which in found if len(which)]
        made = [one.rows_at(one.winners_among_few(first[which], last[which])) for one, which in found]
        pairs = [_Pairs(one, rows[which], old) for (one, which), old in zip(found, made, strict=True)]
        for (one, which), edited in zip(found, _differing(con, pairs), strict=True):  # rule: took-over
            some = which[edited]
            one.edit(first[some], last[some], places[some], rows[some])


@dataclass(frozen=True)
class _Pairs:
    """Rows of place_values to compare in a field; `other` may be none."""

    held: _FieldPlaces
    one: Numbers
    other: Numbers


def _differing(con: duckdb.DuckDBPyConnection, pairs: list[_Pairs]) -> list[Flags]:
    """Which pairs hold different values; two that hold none do not differ."""
    filled = [some.held.is_filled(some.one) for some in pairs]
    differ = [(some.other >= 0) ^ full for some, full in zip(pairs, filled, strict=True)]
    asked = [np.flatnonzero((some.other >= 0) & full) for some, full in zip(pairs, filled, strict=True)]
    ends = np.cumsum([0, *map(len, asked)])
    if ends[-1] == 0:
        return differ
    both = list(zip(pairs, asked, strict=True))
    frame = {
        "number": np.arange(ends[-1]),
        "i": np.concatenate([np.full(len(which), some.held.field.i) for some, which in both]),
        "one": np.concatenate([some.one[which] for some, which in both]),
        "other": np.concatenate([some.other[which] for some, which in both]),
    }
    with frames(con, pairs_frame=pa.table(frame)):
        found = relation(con, "fold/differing", some=[some.held.field for some in pairs]).to_arrow_table()
    flags = np.zeros(ends[-1], np.bool_)
    flags[numbers_of(found, "number")] = True
    for different, which, (begin, after) in zip(differ, asked, pairwise(ends), strict=True):
        different[which] = flags[begin:after]
    return differ


def _add_kept(con: duckdb.DuckDBPyConnection, lines: _Lines, won: dict[Field, Numbers]) -> None:
    """Store which values came from another place than the survivor's own.

    Args:
        won: by field the winning place of each line to fold, or none.
    """
    given = {field: np.flatnonzero((places >= 0) & (places != lines.owners)) for field, places in won.items()}
    if not any(map(len, given.values())):
        return
    survivors = lines.owners[np.concatenate(list(given.values()))]
    sources = np.concatenate([won[field][which] for field, which in given.items()])
    frame = {
        "n": lines.n[survivors],
        "source": lines.n[sources],  # rule: source
        "seq": lines.brought[sources],
        **_names(list(given), [len(which) for which in given.values()]),
    }
    with frames(con, kept_frame=pa.table(frame)):
        run_sql(con, "fold/add_kept")


def _add_conflicts(
    con: duckdb.DuckDBPyConnection, lines: _Lines, held: list[_FieldPlaces], won: dict[Field, Numbers]
) -> None:
    """Store each value of a line that differs from the one that won, and by which request the two met."""
    waiting: list[tuple[Field, dict[str, Numbers]]] = []
    for one in held:
        winner = np.append(won[one.field], _NONE)[lines.line]
        others = np.flatnonzero((one.rows >= 0) & (winner >= 0) & (winner != np.arange(len(winner))))
        kept = winner[others]
        met = lines.met.between(np.minimum(kept, others) + 1, np.maximum(kept, others))  # rule: two-met
        waiting.append((one.field, {"kept": one.rows[kept], "other": one.rows[others], "seq": met}))
        if sum(len(found["seq"]) for _, found in waiting) >= AT_ONCE or one is held[-1]:
            _store_conflicts(con, waiting)
            waiting = []


def _store_conflicts(con: duckdb.DuckDBPyConnection, found: list[tuple[Field, dict[str, Numbers]]]) -> None:
    fields, sizes = [field for field, _ in found], [len(columns["seq"]) for _, columns in found]
    if not any(sizes):
        return
    frame = {
        **{
            name: np.concatenate([columns[name] for _, columns in found]) for name in ("kept", "other", "seq")
        },
        "i": np.repeat([field.i for field in fields], sizes),
        **_names(fields, sizes),
    }
    with frames(con, conflicts_frame=pa.table(frame)):
        run_sql(con, "fold/add_conflicts", some=fields)


def _names(fields: list[Field], sizes: list[int]) -> dict[str, pa.Array]:
    """The columns `field` and `json_key`: those of each field so many times, each text once in memory."""
    which = pa.array(np.repeat(np.arange(len(fields)), sizes))
    return {
        name: pa.DictionaryArray.from_arrays(which, pa.array(texts, pa.string()))
        for name, texts in (
            ("field", [one.column for one in fields]),
            ("json_key", [one.key for one in fields]),
        )
    }


def _each(first: Numbers, last: Numbers) -> tuple[Numbers, Numbers]:
    """All numbers of ranges, one range after the other, and where in them each range begins."""
    sizes = last - first + 1
    begins = np.cumsum(sizes) - sizes
    return np.arange(sizes.sum()) + np.repeat(first - begins, sizes), begins


def _nullable(numbers: Numbers) -> pa.Array:
    return pa.array(numbers, mask=numbers < 0)
