"""How many rows of children each duplicate brings: differences of running sums over the line in which merges append.

The sums count more than moves, in two kinds of children. A row that names several contacts of a stretch moves once. And of a
child of which rows are dropped, a membership does not move where it meets an earlier one of the same list in the line. Both are
a loss: where the row, or the list, stands in a line before. Two places meet by the newest of the merges that joined what is
between them, so each loss is charged to one merge. What a contact has at any moment is the sum less the losses charged within
its stretch.

An example: C → B, then B → A; the line is A, B, C. A row that names B and C is counted twice in B's stretch, and is one loss
there, charged to C → B. One that names A and C is a loss charged to B → A, outside of B's stretch: B brings it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from contact_merge.catalog import Child
from contact_merge.engine import frames, relation, render, run_sql, types_of
from contact_merge.fold.ranges import Flags, Numbers, RangeMaximum, numbers_of, run_begins
from contact_merge.loaded import keys_in, numbered_keys_in
from contact_merge.references import may_name_several
from contact_merge.schema import as_rows


@dataclass(frozen=True)
class _Spans:
    """The stretches of the duplicates of this batch, by `seq` and `ord`: their first and last index in the lines."""

    seq: Numbers
    ord: Numbers
    first: Numbers
    last: Numbers
    dry_run: Flags

    @classmethod
    def read(cls, con: duckdb.DuckDBPyConnection) -> "_Spans":
        rows = relation(con, "fold/membership_spans").to_arrow_table()
        seq, ord_, first, last, dry_run = (numbers_of(rows, name) for name in rows.column_names)
        return cls(seq, ord_, first, last, dry_run.astype(np.bool_))

    def sums(self, values: Numbers) -> Numbers:
        """The sum of values, one for each index in the lines, over each stretch."""
        running = np.append(0, np.cumsum(values))
        return running[self.last + 1] - running[self.first]


def count_moved(con: duckdb.DuckDBPyConnection, children: Sequence[Child]) -> None:
    """Make the temp tables `moved`, how many rows of each child table each duplicate of this batch brings, and `counted`, how
    many each request moves.

    Reads the temp tables `component`, `component_line`, `component_merges`, `component_imports` and `stretches`, and
    `imports_frame`.
    """
    run_sql(con, "fold/membership_line")
    line = numbers_of(relation(con, "fold/membership_line_in_order").to_arrow_table(), "n")
    spans = _Spans.read(con)
    whole = [child for child in children if not child.deduplicated]
    several = {child.name: keys for child in whole if (keys := _keys_of_several(con, child))}
    named = _count_named(con, {child: several.get(child.name) for child in whole}, len(line))
    moments = _moments(con, len(line))[line]
    moved: dict[str, Numbers] = {"seq": spans.seq, "ord": spans.ord}
    for number, child in enumerate(children):
        if child.deduplicated:
            run_sql(con, "fold/component_lists", child=child)
            moved[f"moved_{number}"] = _moved_lists(con, moments, spans, child)
            if child.repeats:
                moved[f"moved_{number}"] += spans.sums(_count_empty(con, child, len(line))[line])
            continue
        moved[f"moved_{number}"] = spans.sums(named[child.name][line])
        if child.name in several:
            keys = as_rows(_keys_named(con, child, several[child.name], several=True))
            run_sql(con, "fold/component_named", keys=keys)
            within, repeated = _named_again(con, moments, spans)
            moved[f"moved_{number}"] -= within  # rule: row-counts-once
            moved[f"moved_{number}"] -= repeated  # rule: request-counts-once
    with frames(con, moved_frame=pa.table(moved)):
        run_sql(con, "fold/moved", children=children)
        run_sql(con, "fold/counted", children=children)


def _keys_of_several(con: duckdb.DuckDBPyConnection, child: Child) -> dict[str, bool] | None:
    """The helper columns of a child whose rows may name several contacts, each with whether it is a list; else None."""
    if not may_name_several(child):
        return None
    types = types_of(con, keys_in(con, child))
    keys = {
        reference.key_column: types[reference.key_column].endswith("[]") for reference in child.references
    }
    return keys if len(keys) > 1 or any(keys.values()) else None


def _keys_named(con: duckdb.DuckDBPyConnection, child: Child, keys: dict[str, bool], *, several: bool) -> str:
    """SQL of what the rows of a child name; only of those that may name several, with their numbers, or of all."""
    rows = numbered_keys_in(con, child) if several else keys_in(con, child)
    return render("fold/keys_named", keys=keys, rows=rows, several=several)


def _count_named(
    con: duckdb.DuckDBPyConnection, children: Mapping[Child, dict[str, bool] | None], count: int
) -> dict[str, Numbers]:
    """By kind of child how many of its rows name each of `count` contacts.

    Args:
        children: with the helper columns of those whose rows may name several.
    """
    kinds = [child.name for child in children]
    if not kinds:
        return {}
    counts = np.zeros((count, len(kinds)), np.int64)
    tables = [
        as_rows(_keys_named(con, child, keys, several=False)) if keys else keys_in(con, child)
        for child, keys in children.items()
    ]
    for batch in relation(con, "fold/children_named", tables=tables).to_arrow_reader():
        cells = batch.column("n").to_numpy() * len(kinds) + batch.column("number").to_numpy()
        counts += np.bincount(cells, minlength=counts.size).reshape(counts.shape)
    return dict(zip(kinds, counts.T, strict=True))


def _count_empty(con: duckdb.DuckDBPyConnection, child: Child, count: int) -> Numbers:
    """How many rows of a child that are like no other name each of `count` contacts."""
    counts = np.zeros(count, np.int64)
    for batch in relation(con, "fold/empty_rows", child=child).to_arrow_reader():
        counts += np.bincount(batch.column("n").to_numpy(), minlength=count)
    return counts


def _moments(con: duckdb.DuckDBPyConnection, count: int) -> Numbers:
    """By contact which of the merges and imported pointers, in their order from 1, appended it to a line; 0 for none."""
    moments = np.zeros(count, np.int64)
    appended = numbers_of(relation(con, "fold/in_time").to_arrow_table(), "n")
    moments[appended] = np.arange(1, len(appended) + 1)
    return moments


def _moved_lists(con: duckdb.DuckDBPyConnection, moments: Numbers, spans: _Spans, child: Child) -> Numbers:
    """Rows of a deduplicated child that moved with each stretch.

    Args:
        moments: by index in the lines, as `_moments` has them.
    """
    rows = relation(con, "fold/memberships").to_arrow_table()
    g, previous = numbers_of(rows, "g"), numbers_of(rows, "previous_g")
    own = np.bincount(g, minlength=len(moments))
    repeated = previous >= 0
    lost = np.bincount(_meetings(moments, previous[repeated], g[repeated]), minlength=len(moments))
    held = spans.sums(own) - (spans.sums(lost) - lost[spans.first])  # rule: dropped-did-not-move
    moved = held - lost[spans.first]  # rule: this-merge
    previewed = relation(con, "fold/previewed_lists", child=child).to_arrow_table()
    moved[spans.dry_run] = 0
    moved[_find(spans, previewed)] = numbers_of(previewed, "rows_moved")
    return moved


def _named_again(con: duckdb.DuckDBPyConnection, moments: Numbers, spans: _Spans) -> tuple[Numbers, Numbers]:
    """How often the rows of each stretch name a second contact of it, and a third …, and how many an earlier duplicate brings.

    Args:
        moments: by index in the lines, as `_moments` has them.
    """
    rows = relation(con, "fold/named_before").to_arrow_table()
    g, previous = numbers_of(rows, "g"), numbers_of(rows, "previous_g")
    met = _meetings(moments, previous, g)
    lost = np.bincount(met, minlength=len(moments))
    within = spans.sums(lost) - lost[spans.first]
    # the duplicates of a request stand one after the other, from here on
    begins = np.full(len(moments), len(moments))
    real = np.flatnonzero(~spans.dry_run)
    requests = run_begins(spans.seq[real])
    sizes = np.diff(requests, append=len(real))
    begins[spans.first[real]] = np.repeat(spans.first[real[requests]], sizes)
    again = np.bincount(met[previous >= begins[met]], minlength=len(moments))
    repeated = np.where(spans.dry_run, 0, again[spans.first])
    previewed = relation(con, "fold/previewed_repeats").to_arrow_table()
    repeated[_find(spans, previewed)] = numbers_of(previewed, "repeats")
    return within, repeated


def _meetings(moments: Numbers, first: Numbers, last: Numbers) -> Numbers:
    """Where the merge appended that joined two places of one line, as an index in the lines, for each pair of places.

    Args:
        moments: by index in the lines, as `_moments` has them.
    """
    places = np.zeros(int(moments.max(initial=0)) + 1, np.int64)
    appended = np.flatnonzero(moments)
    places[moments[appended]] = appended
    return places[RangeMaximum(moments).between(first + 1, last)]


def _find(spans: _Spans, rows: pa.Table) -> Numbers:
    """Which of the stretches rows are about, by `seq` and `ord`."""
    size = spans.ord.max(initial=0) + 1
    keys = numbers_of(rows, "seq") * size + numbers_of(rows, "ord")
    return np.searchsorted(spans.seq * size + spans.ord, keys)
