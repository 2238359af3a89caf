"""The JSON fields of the members, part by part: texts out of the warehouse, through the fold (json_fields.py), and back.

A part holds what hangs together, so that memory is bounded by its size and not by the batch's. Parts are folded in a
thread of their own: it keeps one processor busy with Python while DuckDB reads the next part, and stores the last.
"""

import gc
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import duckdb
import polars as pl

from contact_merge.columns import ContactColumns, Field
from contact_merge.fold.json_fields import Edit, Folded, JsonFold, Line, Merge
from contact_merge.warehouse import run_sql

_NAMES = pl.List(pl.String)
_AFTER = pl.Schema({"seq": pl.Int64, "text": pl.String, "is_object": pl.Boolean, "populated": _NAMES})
_GIVEN = pl.Schema({"seq": pl.Int64, "ord": pl.Int64, "keys": _NAMES})
_SURVIVORS = pl.Schema({"text": pl.String})
_PROVENANCE = pl.Schema({"n": pl.Int64, "json_key": pl.String, "source": pl.Int64, "seq": pl.Int64})
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
_CHUNK = 100_000  # contacts; a larger part where more than these hang together
_BATCH = 100_000  # rows


class _Rows:
    """Rows for a table; many are kept as columns, for as Python's objects they take several times the memory."""

    def __init__(self, schema: pl.Schema) -> None:
        self.columns = pl.DataFrame(schema=schema)
        self.rows: list[tuple] = []

    def append(self, row: tuple) -> None:
        self.rows.append(row)
        if len(self.rows) == _BATCH:
            self._pack()

    def _pack(self) -> None:
        schema = self.columns.schema
        self.columns.vstack(
            pl.DataFrame(dict(zip(schema, zip(*self.rows, strict=True), strict=True)), schema=schema),
            in_place=True,
        )
        self.rows = []

    def frame(self) -> pl.DataFrame:
        if self.rows:
            self._pack()
        return self.columns


@dataclass(frozen=True)
class _Part:
    """What is folded together: requests, lines, and by number of the field the texts and edits."""

    merges: list[Merge]
    lines: dict[int, Line]
    texts: dict[int, dict[int, str]]
    edits: dict[int, list[Edit]]


@dataclass
class _Told:
    """What became of a part, for json_after and json_survivors, and by number of the field for the other tables."""

    after: dict[str, pl.Series]
    survivors: dict[str, pl.Series]
    given: dict[int, pl.DataFrame]
    provenance: dict[int, pl.DataFrame]
    conflicts: dict[int, pl.DataFrame]


def fold_json(
    con: duckdb.DuckDBPyConnection,
    columns: ContactColumns,
    edits: pl.DataFrame,
    *,
    answering: bool,
    meanwhile: Callable[[], None],
) -> None:
    """Fold the JSON fields of the members.

    Makes the temp tables `json_survivors`, `json_after` and `json_given` (sql/fold/json_tables.sql) and replaces the
    members' rows of fold.json_provenance and fold.json_conflicts.

    Args:
        edits: candidates with the stretch that each had, as fold/state.py found them.
        answering: whether requests of this batch are to be answered.
        meanwhile: done on the connection while the first part is folded.
    """
    con.execute("delete from fold.json_provenance where contact_key in (select contact_key from members)")
    con.execute("delete from fold.json_conflicts where contact_key in (select contact_key from members)")
    run_sql(con, "fold/json_tables", **columns.variables())
    if not columns.json:
        meanwhile()
        return
    run_sql(con, "fold/json_chunks", {"size": _CHUNK}, answering=answering)
    run_sql(con, "fold/json_merges", answering=answering)
    con.register("edits_frame", edits.to_arrow())
    chunks = con.execute("select distinct chunk from json_merges order by chunk").fetchall()
    parts = (_read(con, columns.json, chunk, edited=edits.height > 0) for (chunk,) in chunks)
    with _no_garbage(), ThreadPoolExecutor(1) as folder:

        def start_next() -> Future[_Told] | None:
            part = next(parts, None)
            return None if part is None else folder.submit(_fold_part, columns.json, part)

        running = start_next()
        meanwhile()
        while running is not None:
            following = start_next()
            _store(con, columns.json, running.result())
            running = following
    con.unregister("edits_frame")


@contextmanager
def _no_garbage() -> Iterator[None]:
    """No search for cycles meanwhile: there are none, and looking through millions of objects doubles the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _read(con: duckdb.DuckDBPyConnection, fields: list[Field], chunk: int, *, edited: bool) -> _Part:
    merges = (
        "select batch_no, seq, p, duplicates, overwrite, dry_run, answered from json_merges "
        "where chunk = $chunk order by seq"
    )
    texts = "select n, f{} from place_values inner join json_chunks using (n) where chunk = $chunk and f{} is not null"
    return _Part(
        merges=[Merge(*row) for row in _rows(con, merges, chunk)],
        lines=_lines(con, chunk),
        texts={field.i: dict(_rows(con, texts.format(field.i, field.i), chunk)) for field in fields},
        edits={field.i: _edits(con, field, chunk) if edited else [] for field in fields},
    )


def _fold_part(fields: list[Field], part: _Part) -> _Told:
    """Fold a part, apart from the connection."""
    primaries = {merge.primary for merge in part.merges if merge.duplicates and not merge.dry_run}
    retired = {d for merge in part.merges if not merge.dry_run for d in merge.duplicates}
    owners = sorted(primaries - retired)
    told = _Told({}, {"n": pl.Series(owners, dtype=pl.Int64)}, {}, {}, {})
    for field in fields:
        i = field.i
        after, given, survivors, provenance, conflicts = map(
            _Rows, (_AFTER, _GIVEN, _SURVIVORS, _PROVENANCE, _CONFLICTS)
        )
        JsonFold(field.label, part.texts[i], part.lines).fold(
            part.merges, part.edits[i], owners, Folded(after, given, survivors, provenance, conflicts)
        )
        # the column `seq` is the same for every field
        told.after |= dict(zip(("seq", f"f{i}", f"o{i}", f"k{i}"), after.frame().get_columns(), strict=True))
        told.survivors[f"f{i}"] = survivors.frame().to_series()
        told.given[i], told.provenance[i], told.conflicts[i] = (
            given.frame(),
            provenance.frame(),
            conflicts.frame(),
        )
    return told


def _store(con: duckdb.DuckDBPyConnection, fields: list[Field], told: _Told) -> None:
    _insert(
        con, pl.DataFrame(told.after), "insert into json_after by name select *, true as known from frame"
    )
    _insert(
        con,
        pl.DataFrame(told.survivors),
        "insert into json_survivors by name select *, true as known from frame",
    )
    for field in fields:
        _insert(con, told.given[field.i], f"insert into json_given select {field.i}, * from frame")
        _insert(
            con,
            told.provenance[field.i],
            "insert into fold.json_provenance "
            "select c.contact_key, $field, frame.json_key, s.contact_key, frame.seq from frame "
            "inner join members as c on c.n = frame.n inner join members as s on s.n = frame.source",
            {"field": field.column},
        )
        _insert(
            con,
            told.conflicts[field.i],
            "insert into fold.json_conflicts select c.contact_key, $field, frame.json_key, frame.kept_value, k.contact_key, "
            "frame.other_value, o.contact_key, frame.seq from frame inner join members as c on c.n = frame.n "
            "inner join members as k on k.n = frame.kept inner join members as o on o.n = frame.other",
            {"field": field.column},
        )


def _rows(con: duckdb.DuckDBPyConnection, query: str, chunk: int) -> Iterator[tuple]:
    """The rows of a query on one part; by columns, for that is how they come fastest."""
    return zip(*(column.to_list() for column in con.sql(query, params={"chunk": chunk}).pl()), strict=True)


def _lines(con: duckdb.DuckDBPyConnection, chunk: int) -> dict[int, Line]:
    query = (
        "select owner, position, n, joined_seq from member_line inner join json_chunks using (n) "
        "where chunk = $chunk order by owner, position"
    )
    return {
        owner: [(position, n, seq) for _, position, n, seq in places]
        for owner, places in groupby(_rows(con, query, chunk), key=itemgetter(0))
    }


def _edits(con: duckdb.DuckDBPyConnection, field: Field, chunk: int) -> list[Edit]:
    rows = con.execute(
        f"select e.batch_no, e.n, {field.of('old_row')}, "
        f"case when e.batch_no is null then {field.of('contacts')} else {field.of('new_row')} end, "
        "e.owner, e.first_position, e.last_position from edits_frame as e "
        "inner join json_chunks on json_chunks.n = e.n "
        "left join ledger.seen as old_row on old_row._cm_key = e.contact_key and old_row._cm_batch = e.last_version "
        "left join ledger.seen as new_row on new_row._cm_key = e.contact_key and new_row._cm_batch = e.version "
        "left join member_rows as contacts on contacts._cm_key = e.contact_key "
        "where json_chunks.chunk = $chunk",
        {"chunk": chunk},
    ).fetchall()
    return [Edit(*row) for row in rows]


def _insert(
    con: duckdb.DuckDBPyConnection, frame: pl.DataFrame, text: str, params: dict[str, str] | None = None
) -> None:
    con.register("frame", frame.to_arrow())
    con.execute(text, params)
    con.unregister("frame")
