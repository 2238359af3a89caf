"""How many rows of children each duplicate brings: differences of running sums over the line in which merges append.

Of list memberships, and children like them, rows are dropped. A membership is dropped where it meets an earlier one of the
same list in the line. Two places meet by the newest of the merges that joined what is between them, so each dropped
membership is charged to one merge. What a contact still has at any moment is its rows less the losses charged within its
stretch.
"""

from collections.abc import Sequence

import duckdb
import polars as pl

from contact_merge.catalog import Child
from contact_merge.engine import frames, relation, run_sql
from contact_merge.fold.ranges import RangeMaximum
from contact_merge.loaded import keys_in


def range_max(values: pl.Series, first: pl.Series, last: pl.Series) -> pl.Series:
    """The greatest of `values` between the indexes `first` and `last` (both included), for each pair."""
    return pl.Series(RangeMaximum(values.to_numpy()).between(first.to_numpy(), last.to_numpy()))


def count_moved(con: duckdb.DuckDBPyConnection, children: Sequence[Child]) -> None:
    """Make the temp table `moved`: how many rows of each child table each duplicate of this batch brings.

    Reads the temp tables `component`, `component_line`, `component_merges`, `component_imports` and `stretches`, and
    `imports_frame`.
    """
    whole = [child.name for child in children if not child.deduplicated]
    run_sql(con, "fold/component_children", keys={kind: keys_in(con, kind) for kind in whole})
    order = _charged_order(con)
    moved: dict[str, pl.DataFrame] = {}
    for child in children:
        if child.deduplicated:
            run_sql(con, "fold/component_lists", child=child)
            moved[f"moved_{child.name}"] = _moved_lists(con, order, child)
    with frames(con, **moved):
        run_sql(con, "fold/moved", children=children)


def _charged_order(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The contacts of the component in the order of the lines, `g`, each with the `moment` of the merge that appended it."""
    in_time = relation(con, "fold/in_time").pl()
    charged = in_time.select("n", moment=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
    return (
        relation(con, "fold/children_in_order").pl().join(charged, on="n", how="left", maintain_order="left")
    )


def _moved_lists(con: duckdb.DuckDBPyConnection, order: pl.DataFrame, child: Child) -> pl.DataFrame:
    """Rows of a deduplicated child that moved, as `rows_moved` by `seq` and `ord`, for merges and dry runs of this batch."""
    moments = order["moment"].fill_null(0)
    rows = relation(con, "fold/memberships").pl()
    repeated = rows.filter(pl.col("previous_g").is_not_null())
    lost = (
        pl.DataFrame({"moment": range_max(moments, repeated["previous_g"] + 1, repeated["g"])})
        .group_by("moment")
        .agg(lost=pl.len().cast(pl.Int64))
        if repeated.height
        else pl.DataFrame(schema={"moment": pl.Int64, "lost": pl.Int64})
    )
    own = rows.group_by("g").agg(own=pl.len().cast(pl.Int64))
    order = (
        order.join(own, on="g", how="left", maintain_order="left")
        .join(lost, on="moment", how="left", maintain_order="left")
        .with_columns(pl.col("own").fill_null(0), pl.col("lost").fill_null(0))
        .with_columns(own_sum=pl.col("own").cum_sum(), lost_sum=pl.col("lost").cum_sum())
    )
    spans = relation(con, "fold/membership_spans").pl()
    own_sum, lost_sum = order["own_sum"], order["lost_sum"]
    first, last = spans["first_g"], spans["last_g"]
    left = (
        own_sum.gather(last)
        - own_sum.gather(first)
        + order["own"].gather(first)
        - (lost_sum.gather(last) - lost_sum.gather(first))  # rule: dropped-did-not-move
    )
    real = spans.select("seq", "ord", rows_moved=left - order["lost"].gather(first))  # rule: this-merge
    previewed = relation(con, "fold/previewed_lists", child=child).pl()
    return pl.concat([real, previewed.cast(dict(real.schema))])
