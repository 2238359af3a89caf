"""The JSON fields of the component, chunk by chunk: texts out of the warehouse, through the fold (json_fields.py), and back.

A chunk holds connected contacts, so that memory is bounded by its size and not by the batch's. Chunks are folded in a
thread of their own: it keeps one processor busy with Python while DuckDB reads the next chunk and stores the last.
"""

import gc
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice

import duckdb
import polars as pl

from contact_merge.columns import ContactColumns, Field
from contact_merge.engine import frames, run_sql
from contact_merge.fold.json_chunk import Chunk, Sizes, read_chunks
from contact_merge.fold.json_fields import Folded, JsonFold
from contact_merge.fold.survivorship import takes_last
from contact_merge.json_text import content

_NAMES = pl.List(pl.String)
_AFTER = pl.Schema({"seq": pl.Int64, "text": pl.String, "is_object": pl.Boolean, "populated": _NAMES})
_GIVEN = pl.Schema({"seq": pl.Int64, "ord": pl.Int64, "keys": _NAMES})
_SURVIVORS = pl.Schema({"text": pl.String})
_KEPT = pl.Schema({"n": pl.Int64, "json_key": pl.String, "source": pl.Int64, "seq": pl.Int64})
_CONFLICTS = pl.Schema(
    {
        "n": pl.Int64,
        "json_key": pl.String,
        "kept_value": pl.String,
        "kept": pl.Int64,
        "other_value": pl.String,
        "other": pl.Int64,
        "seq": pl.Int64,
    }
)
USUAL = Sizes()


class _Rows:
    """Rows for a table; many are kept as columns, for as Python's objects they take several times the memory."""

    def __init__(self, schema: pl.Schema, at_once: int) -> None:
        self.columns = pl.DataFrame(schema=schema)
        self.at_once = at_once
        self.rows: list[tuple] = []

    def append(self, row: tuple) -> None:
        self.rows.append(row)
        if len(self.rows) == self.at_once:
            self._pack()

    def _pack(self) -> None:
        self.columns.vstack(_frame(self.columns.schema, self.rows), in_place=True)
        self.rows = []

    def frame(self) -> pl.DataFrame:
        if self.rows:
            self._pack()
        return self.columns


def _frame(schema: pl.Schema, rows: list[tuple]) -> pl.DataFrame:
    return pl.DataFrame(dict(zip(schema, zip(*rows, strict=True), strict=True)), schema=schema)


def _frames(schema: pl.Schema, rows: Iterator[tuple], at_once: int) -> Iterator[pl.DataFrame]:
    while some := list(islice(rows, at_once)):
        yield _frame(schema, some)


@dataclass
class _Result:
    """What became of a chunk, for json_after and json_survivors, and by number of the field for the other tables.

    Contacts are given by `n`, their number in the component.
    """

    after: dict[str, pl.Series]
    survivors: dict[str, pl.Series]
    given: dict[int, pl.DataFrame]
    kept: dict[int, pl.DataFrame]
    conflicts: dict[int, Iterator[pl.DataFrame]]


def fold_json(
    con: duckdb.DuckDBPyConnection,
    columns: ContactColumns,
    *,
    answering: bool,
    meanwhile: Callable[[], None],
    sizes: Sizes = USUAL,
) -> None:
    """Fold the JSON fields of the component.

    Makes the temp tables `json_survivors`, `json_after` and `json_given`; adds the component's rows of fold.kept and
    fold.conflicts.

    Args:
        answering: whether requests of this batch are to be answered.
        meanwhile: done on the connection while the first chunk is folded.
        sizes: how much is held at once.
    """
    for table in ("json_survivors", "json_after", "json_given"):
        run_sql(con, f"fold/{table}", json=columns.json)
    if not columns.json:
        meanwhile()
        return
    chunks = read_chunks(con, columns.json, size=sizes.contacts, answering=answering)
    with _no_garbage(), ThreadPoolExecutor(1) as folder:

        def start_next() -> Future[_Result] | None:
            chunk = next(chunks, None)
            return None if chunk is None else folder.submit(_fold_chunk, columns.json, chunk, sizes)

        running = start_next()
        meanwhile()
        while running is not None:
            following = start_next()
            _store(con, columns.json, running.result(), sizes.frames)
            running = following


@contextmanager
def _no_garbage() -> Iterator[None]:
    """No search for cycles meanwhile: there are none, and looking through millions of objects doubles the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _fold_chunk(fields: list[Field], chunk: Chunk, sizes: Sizes) -> _Result:
    """Fold a chunk, apart from the connection."""
    owners = chunk.owners()
    result = _Result({}, {"n": chunk.contacts.gather(owners)}, {}, {}, {})
    for field in fields:
        i = field.i
        after, given, survivors, kept = (
            _Rows(schema, sizes.rows) for schema in (_AFTER, _GIVEN, _SURVIVORS, _KEPT)
        )
        json_fold = JsonFold(
            field.label, chunk.texts[i], chunk.lines, last=takes_last(field), kept=sizes.objects
        )
        folded = Folded(after, given, survivors, kept)
        json_fold.fold(chunk.requests(sizes.merges), chunk.edits[i], owners, folded)
        # the column `seq` is the same for every field
        result.after |= dict(
            zip(
                ("seq", f"value_{i}", f"is_object_{i}", f"keys_{i}"), after.frame().get_columns(), strict=True
            )
        )
        result.survivors[f"value_{i}"] = survivors.frame().to_series()
        result.given[i], result.kept[i] = given.frame(), chunk.name_contacts(kept.frame(), "n", "source")
        rows = json_fold.conflicts(owners)
        if field.is_map:  # outputs show its values as the table spells them  # rule: map-values
            rows = (
                (n, key, content(kept), k, content(other), o, seq) for n, key, kept, k, other, o, seq in rows
            )
        conflicts = (
            chunk.name_contacts(frame, "n", "kept", "other")
            for frame in _frames(_CONFLICTS, rows, sizes.rows)
        )
        result.conflicts[i] = chain(list(islice(conflicts, sizes.frames)), conflicts)
    return result


def _store(con: duckdb.DuckDBPyConnection, fields: list[Field], result: _Result, at_once: int) -> None:
    with frames(con, json_frame=pl.DataFrame(result.after)):
        run_sql(con, "fold/add_known", table="json_after")
    with frames(con, json_frame=pl.DataFrame(result.survivors)):
        run_sql(con, "fold/add_known", table="json_survivors")
    for field in fields:
        with frames(con, json_frame=result.given[field.i]):
            run_sql(con, "fold/add_json_given", field=field)
        with frames(con, kept_frame=result.kept[field.i].with_columns(field=pl.lit(field.column))):
            run_sql(con, "fold/add_kept")
        while conflicts := list(islice(result.conflicts[field.i], at_once)):
            with frames(con, json_frame=pl.concat(conflicts)):
                run_sql(con, "fold/add_json_conflicts", {"field": field.column})
