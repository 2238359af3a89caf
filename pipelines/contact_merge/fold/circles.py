"""Which imported pointers have no effect: those on a circle that goes through a merge (SEMANTICS.md, Retirement pointers)."""

import polars as pl

_IDLE = {"batch_no": pl.Int64, "d": pl.Int64, "t": pl.Int64, "circle": pl.Int64, "seq": pl.Int64}


def find_idle_pointers(merges: pl.DataFrame, imports: pl.DataFrame) -> pl.DataFrame:
    """Find them, in linear time; from a contact leads one pointer at most.

    Args:
        merges: active merges, `seq`, `p`, `d`.
        imports: active imported pointers, `batch_no`, `d`, `t`.

    Returns:
        A row a pointer without effect: `batch_no`, `d`, `t`, `circle` (a contact on it, the same for all pointers of a
        circle), `seq` (of the newest merge on it).
    """
    if imports.is_empty() or merges.is_empty():
        return pl.DataFrame(schema=_IDLE)
    pointers = pl.concat(
        [merges.select("d", "seq", t="p"), imports.select("d", "t", seq=pl.lit(None, pl.Int64))],
        how="diagonal",
    )
    # only what a pointer leads to and what leads on can be on a circle
    kept = pointers.join(pointers.select(d="t").unique(), on="d", how="semi").join(
        pointers.select(t="d"), on="t", how="semi"
    )
    target = dict(kept.select("d", "t").iter_rows())
    merged = dict(kept.filter(pl.col("seq").is_not_null()).select("d", "seq").iter_rows())
    idle: list[tuple[int, int, int]] = []
    passed: set[int] = set()
    for start in target:
        path: dict[int, None] = {}
        contact = start
        while contact in target and contact not in passed:
            passed.add(contact)
            path[contact] = None
            contact = target[contact]
        if contact in path:
            steps = list(path)
            circle = steps[steps.index(contact) :]
            seqs = [merged[step] for step in circle if step in merged]
            if seqs:  # rule: circle-with-a-merge
                idle += [(step, min(circle), max(seqs)) for step in circle if step not in merged]
    found = pl.DataFrame(idle, schema={"d": pl.Int64, "circle": pl.Int64, "seq": pl.Int64}, orient="row")
    return imports.join(found, on="d").select(list(_IDLE))
