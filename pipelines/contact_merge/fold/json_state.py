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
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from contact_merge.columns import ContactColumns, Field
from contact_merge.engine import frames, run_sql
from contact_merge.fold.json_chunk import Chunk, Sizes, read_chunks
from contact_merge.fold.json_fields import Folded, JsonFold
from contact_merge.fold.survivorship import takes_last
from contact_merge.json_text import content

_NAMES = pa.large_list(pa.large_string())
_AFTER = {"seq": pa.int64(), "text": pa.large_string(), "is_object": pa.bool_(), "populated": _NAMES}
_GIVEN = {"seq": pa.int64(), "ord": pa.int64(), "keys": _NAMES}
_SURVIVORS = {"text": pa.large_string()}
_KEPT = {"n": pa.int64(), "json_key": pa.large_string(), "source": pa.int64(), "seq": pa.int64()}
_CONFLICTS = {
    "json_key": pa.large_string(),
    "kept_value": pa.large_string(),
    "kept": pa.int64(),
    "other_value": pa.large_string(),
    "other": pa.int64(),
}
USUAL = Sizes()


class _Rows:
    """Rows for a table; many are kept as columns, for as Python's objects they take several times the memory."""

    def __init__(self, types: dict[str, pa.DataType], at_once: int) -> None:
        self.types = types
        self.at_once = at_once
        self.packed: list[pa.Table] = []
        self.rows: list[tuple] = []

    def append(self, row: tuple) -> None:
        self.rows.append(row)
        if len(self.rows) == self.at_once:
            self._pack()

    def _pack(self) -> None:
        self.packed.append(_table(self.types, self.rows))
        self.rows = []

    def table(self) -> pa.Table:
        if self.rows or not self.packed:
            self._pack()
        return pa.concat_tables(self.packed)


def _table(types: dict[str, pa.DataType], rows: list[tuple]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [()] * len(types)
    return pa.table(
        {name: pa.array(column, types[name]) for name, column in zip(types, columns, strict=True)}
    )


def _tables(types: dict[str, pa.DataType], rows: Iterator[tuple], at_once: int) -> Iterator[pa.Table]:
    while some := list(islice(rows, at_once)):
        yield _table(types, some)


@dataclass
class _Result:
    """What became of a chunk, for json_after and json_survivors, and by number of the field for the other tables.

    Contacts are given by `n`, their number in the component.
    """

    after: dict[str, pa.ChunkedArray]
    survivors: dict[str, Any]
    given: dict[int, pa.Table]
    kept: dict[int, pa.Table]
    conflicts: dict[int, Iterator[pa.Table]]


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
    result = _Result({}, {"n": chunk.contacts[owners]}, {}, {}, {})
    for field in fields:
        i = field.i
        after, given, survivors, kept = (
            _Rows(types, sizes.rows) for types in (_AFTER, _GIVEN, _SURVIVORS, _KEPT)
        )
        json_fold = JsonFold(
            field.label, chunk.texts[i], chunk.lines, last=takes_last(field), kept=sizes.objects
        )
        folded = Folded(after, given, survivors, kept)
        json_fold.fold(chunk.requests(sizes.merges), chunk.edits[i], owners, folded)
        # the column `seq` is the same for every field
        names = ("seq", f"value_{i}", f"is_object_{i}", f"keys_{i}")
        result.after |= dict(zip(names, after.table().columns, strict=True))
        result.survivors[f"value_{i}"] = survivors.table().column("text")
        result.given[i], result.kept[i] = given.table(), chunk.name_contacts(kept.table(), "n", "source")
        rows = json_fold.conflicts(owners)
        if field.is_map:  # outputs show its values as the table spells them  # rule: map-values
            rows = ((key, content(kept), k, content(other), o) for key, kept, k, other, o in rows)
        conflicts = map(chunk.name_places, _tables(_CONFLICTS, rows, sizes.rows))
        result.conflicts[i] = chain(list(islice(conflicts, sizes.frames)), conflicts)
    return result


def _store(con: duckdb.DuckDBPyConnection, fields: list[Field], result: _Result, at_once: int) -> None:
    with frames(con, json_frame=pa.table(result.after)):
        run_sql(con, "fold/add_known", table="json_after")
    with frames(con, json_frame=pa.table(result.survivors)):
        run_sql(con, "fold/add_known", table="json_survivors")
    for field in fields:
        with frames(con, json_frame=result.given[field.i]):
            run_sql(con, "fold/add_json_given", field=field)
        kept = result.kept[field.i]
        named = kept.append_column("field", pa.array(np.repeat(field.column, kept.num_rows)))
        with frames(con, kept_frame=named):
            run_sql(con, "fold/add_kept")
        while conflicts := list(islice(result.conflicts[field.i], at_once)):
            with frames(con, json_frame=pa.concat_tables(conflicts)):
                run_sql(con, "fold/add_json_conflicts", {"field": field.column})
