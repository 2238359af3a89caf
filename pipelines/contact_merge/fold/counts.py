"""How many rows of children each duplicate brings: differences of running sums over the line in which merges append.

Of list memberships, and children like them, rows are dropped. A membership is dropped where it meets an earlier one of the
same list in the line. Two places meet by the newest of the merges that joined what is between them, so each dropped
membership is charged to one merge. What a contact still has at any moment is its rows less the losses charged within its
stretch.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from contact_merge.catalog import Child
from contact_merge.engine import frames, relation, run_sql
from contact_merge.fold.ranges import Flags, Numbers, RangeMaximum, numbers_of
from contact_merge.loaded import keys_in


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
    """Make the temp table `moved`: how many rows of each child table each duplicate of this batch brings.

    Reads the temp tables `component`, `component_line`, `component_merges`, `component_imports` and `stretches`, and
    `imports_frame`.
    """
    run_sql(con, "fold/membership_line")
    line = numbers_of(relation(con, "fold/membership_line_in_order").to_arrow_table(), "n")
    spans = _Spans.read(con)
    named = _count_named(con, [child for child in children if not child.deduplicated], len(line))
    moments = _moments(con, len(line))[line]
    moved: dict[str, Numbers] = {"seq": spans.seq, "ord": spans.ord}
    for number, child in enumerate(children):
        if child.deduplicated:
            run_sql(con, "fold/component_lists", child=child)
            moved[f"moved_{number}"] = _moved_lists(con, moments, spans, child)
        else:
            moved[f"moved_{number}"] = spans.sums(named[child.name][line])
    with frames(con, moved_frame=pa.table(moved)):
        run_sql(con, "fold/moved", children=children)


def _count_named(con: duckdb.DuckDBPyConnection, children: Sequence[Child], count: int) -> dict[str, Numbers]:
    """By kind of child how many of its rows name each of `count` contacts."""
    kinds = [child.name for child in children]
    if not kinds:
        return {}
    counts = np.zeros((count, len(kinds)), np.int64)
    tables = [keys_in(con, child) for child in children]
    for batch in relation(con, "fold/children_named", tables=tables).to_arrow_reader():
        cells = batch.column("n").to_numpy() * len(kinds) + batch.column("number").to_numpy()
        counts += np.bincount(cells, minlength=counts.size).reshape(counts.shape)
    return dict(zip(kinds, counts.T, strict=True))


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
    charged = RangeMaximum(moments).between(previous[repeated] + 1, g[repeated])
    lost = np.bincount(charged, minlength=len(moments) + 1)[moments]
    lost[moments == 0] = 0
    held = spans.sums(own) - (spans.sums(lost) - lost[spans.first])  # rule: dropped-did-not-move
    moved = held - lost[spans.first]  # rule: this-merge
    previewed = relation(con, "fold/previewed_lists", child=child).to_arrow_table()
    moved[spans.dry_run] = 0
    moved[_find(spans, previewed)] = numbers_of(previewed, "rows_moved")
    return moved


def _find(spans: _Spans, rows: pa.Table) -> Numbers:
    """Which of the stretches rows are about, by `seq` and `ord`."""
    size = spans.ord.max(initial=0) + 1
    keys = numbers_of(rows, "seq") * size + numbers_of(rows, "ord")
    return np.searchsorted(spans.seq * size + spans.ord, keys)
