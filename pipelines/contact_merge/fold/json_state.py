"""The JSON fields of the members, part by part: texts out of the warehouse, through the fold (json_fields.py), and back.

A part holds what hangs together, so that memory is bounded by its size and not by the batch's.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter

import duckdb
import polars as pl
import pyarrow as pa

from contact_merge.columns import ContactColumns, Field
from contact_merge.fold.json_fields import Edit, Folded, JsonFold, Line, Merge
from contact_merge.warehouse import run_sql

_NAMES = pa.list_(pa.string())
_GIVEN = pa.schema({"seq": pa.int64(), "ord": pa.int64(), "keys": _NAMES})
_PROVENANCE = pa.schema({"n": pa.int64(), "json_key": pa.string(), "source": pa.int64(), "seq": pa.int64()})
_CONFLICTS = pa.schema(
    {
        "n": pa.int64(),
        "json_key": pa.string(),
        "kept_value": pa.string(),
        "kept": pa.int64(),
        "other_value": pa.string(),
        "other": pa.int64(),
        "seq": pa.int64(),
    }
)
_CHUNK = 100_000  # contacts; a larger part where more than these hang together


def fold_json(
    con: duckdb.DuckDBPyConnection, columns: ContactColumns, edits: pl.DataFrame, *, answering: bool
) -> None:
    """Fold the JSON fields of the members.

    Makes the temp tables `json_survivors`, `json_after` and `json_given` (sql/fold/json_tables.sql) and replaces the
    members' rows of fold.json_provenance and fold.json_conflicts.

    Args:
        edits: candidates with the stretch that each had, as fold/state.py found them.
        answering: whether requests of this batch are to be answered.
    """
    con.execute("delete from fold.json_provenance where contact_key in (select contact_key from members)")
    con.execute("delete from fold.json_conflicts where contact_key in (select contact_key from members)")
    run_sql(con, "fold/json_tables", **columns.variables())
    if not columns.json:
        return
    run_sql(con, "fold/json_chunks", {"size": _CHUNK}, answering=answering)
    run_sql(con, "fold/json_merges", answering=answering)
    con.register("edits_frame", edits.to_arrow())
    chunks = con.execute("select distinct chunk from json_merges order by chunk").fetchall()
    for (chunk,) in chunks:
        with _no_garbage():
            _fold_chunk(con, columns.json, chunk, edited=edits.height > 0)
    con.unregister("edits_frame")


@contextmanager
def _no_garbage() -> Iterator[None]:
    """No search for cycles meanwhile: there are none, and looking through millions of objects doubles the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _fold_chunk(con: duckdb.DuckDBPyConnection, fields: list[Field], chunk: int, *, edited: bool) -> None:
    merges = [Merge(*row) for row in _rows(
        con, "select batch_no, seq, p, duplicates, overwrite, dry_run, answered from json_merges where chunk = $chunk "
        "order by seq", chunk,
    )]  # fmt: skip
    lines = _lines(con, chunk)
    primaries = {merge.primary for merge in merges if merge.duplicates and not merge.dry_run}
    retired = {d for merge in merges if not merge.dry_run for d in merge.duplicates}
    owners = sorted(primaries - retired)
    after: dict[str, pa.Array] = {}
    survivors: dict[str, pa.Array] = {"n": pa.array(owners, pa.int64())}
    for field in fields:
        i = field.i
        texts = (
            f"select n, f{i} from place_values inner join json_chunks using (n) "
            f"where chunk = $chunk and f{i} is not null"
        )
        fold = JsonFold(field.label, dict(_rows(con, texts, chunk)), lines)
        folded = fold.fold(merges, _edits(con, field, chunk) if edited else [], owners)
        seqs, texts_after, are_objects, keys = folded.after
        after |= {
            "seq": pa.array(seqs, pa.int64()),  # the same for every field
            f"f{i}": pa.array(texts_after, pa.string()),
            f"o{i}": pa.array(are_objects, pa.bool_()),
            f"k{i}": pa.array(keys, _NAMES),
        }
        survivors[f"f{i}"] = pa.array(folded.survivors, pa.string())
        given = pa.table(dict(zip(("seq", "ord", "keys"), folded.given, strict=True)), schema=_GIVEN)
        _insert(con, given, f"insert into json_given select {i}, * from frame")
        _store_told(con, field.column, folded)
    _insert(con, pa.table(after), "insert into json_after by name select *, true as known from frame")
    _insert(con, pa.table(survivors), "insert into json_survivors by name select *, true as known from frame")


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


def _store_told(con: duckdb.DuckDBPyConnection, field: str, folded: Folded) -> None:
    """Store where the values of a JSON field's keys came from, and what was not taken."""
    _insert(
        con,
        _table(folded.provenance, _PROVENANCE),
        "insert into fold.json_provenance "
        "select c.contact_key, $field, frame.json_key, s.contact_key, frame.seq from frame "
        "inner join members as c on c.n = frame.n inner join members as s on s.n = frame.source",
        {"field": field},
    )
    _insert(
        con,
        _table(folded.conflicts, _CONFLICTS),
        "insert into fold.json_conflicts select c.contact_key, $field, frame.json_key, frame.kept_value, k.contact_key, "
        "frame.other_value, o.contact_key, frame.seq from frame inner join members as c on c.n = frame.n "
        "inner join members as k on k.n = frame.kept inner join members as o on o.n = frame.other",
        {"field": field},
    )


def _table(rows: list[tuple], schema: pa.Schema) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    return pa.table(
        [pa.array(values, kind) for values, kind in zip(columns, schema.types, strict=True)], schema=schema
    )


def _insert(
    con: duckdb.DuckDBPyConnection, frame: pa.Table, text: str, params: dict[str, str] | None = None
) -> None:
    con.register("frame", frame)
    con.execute(text, params)
    con.unregister("frame")
