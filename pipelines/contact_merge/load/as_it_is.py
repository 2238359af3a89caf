"""A Parquet file of which every row can be used as it is -> a snapshot: a copy of the file, and the keys of its rows.

So most exports are loaded. The exact way of rows.py loads a table where an id is missing, no id, there twice, or spelled in
another way than ids of its type are written (IdType.plain_keys). So it does where a JSON text is no object, or a number is NaN.

Ids of the entity and of the API's tables are read by columns. What the rows of other children name is read by SQL.
"""
# pyright: reportAttributeAccessIssue=false
# (pyarrow makes its compute functions when it is imported)

import glob
import json
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from contact_merge.catalog import Child
from contact_merge.engine import (
    count,
    fetch,
    frames,
    has_rows,
    ident,
    literal,
    numbered_rows,
    parquet_rows,
    read_to_end,
    run_sql,
)
from contact_merge.errors import InputError
from contact_merge.ids import UUIDS, IdType, id_type_of
from contact_merge.ids.id_type import Hashes
from contact_merge.load.data_keys import DataKeys
from contact_merge.load.flagged import are_flagged, find_unreadable
from contact_merge.load.noted import note_rows
from contact_merge.load.source import Source
from contact_merge.loaded import are_as_loaded, loaded
from contact_merge.preset import Entity
from contact_merge.references import cells_of, may_name_several
from contact_merge.snapshots import (
    copy_file,
    digest_of,
    discard_snapshot,
    is_snapshot,
    is_snapshot_of,
    keys_of,
    make_snapshot_view,
    record_snapshot,
    sync_copy,
)
from contact_merge.tables import CONTACT_KEY, INTO, KEY, ROW

_ROWS = 1 << 13
"""Ids of a batch: what is made of them stays in the processor's cache."""
_AHEAD = 4
"""Row groups that are read, or wait to be stored."""


@dataclass(frozen=True)
class _Columns:
    """What is read of a file's columns.

    Attributes:
        helpers: by name of a helper column the column that it reads.
        optional: those of these that may be empty.
        needed: the columns that have an id in each row.
        key: the one of these that no two rows may have in common, if a single one is.
        json: the columns that hold JSON objects.
        stated: the columns that say that a row's contact is deleted, or who was merged into it.
    """

    helpers: dict[str, str]
    optional: tuple[str, ...]
    needed: list[str]
    key: str | None
    json: tuple[str, ...]
    stated: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return json.dumps(asdict(self))


class _Ids:
    """The ids of a file, read once, row group after row group.

    Attributes:
        rows: how many were read.
        are_plain: whether all were there and spelled as ids of their types are written.
        error: why the file could not be read.
    """

    def __init__(self, path: Path, columns: _Columns, id_type: IdType) -> None:
        self.path = path
        self.columns = columns
        self.id_type = id_type  # of those that are read into helper columns; others are UUIDs
        self.rows = 0
        self.are_plain = True
        self.error: Exception | None = None
        self._hashes: list[Hashes] = []

    def reader(self) -> pa.RecordBatchReader:
        """The keys, for DuckDB: it asks for them one after the other, while others are read."""
        kind = self.id_type.arrow_type
        schema = pa.schema([(ROW, pa.int64()), *((name, kind) for name in self.columns.helpers)])
        return pa.RecordBatchReader.from_batches(schema, self._batches(schema))

    def repeat(self) -> bool:
        """Whether two keys may be the same."""
        if not self._hashes:
            return False
        ordered = np.sort(np.concatenate(self._hashes))
        return bool((ordered[1:] == ordered[:-1]).any())

    def _batches(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        # an exception would end DuckDB's transaction
        try:
            groups = range(pq.read_metadata(self.path).num_row_groups)
            with ThreadPoolExecutor(1) as pool:
                reading = deque(pool.submit(self._read_group, group) for group in groups[:_AHEAD])
                for following in (*groups[_AHEAD:], *[None] * _AHEAD):
                    if not reading:
                        return
                    batches = reading.popleft().result()
                    if following is not None and self.are_plain:
                        reading.append(pool.submit(self._read_group, following))
                    for arrays, hashed in batches:
                        rows = pa.array(np.arange(self.rows, self.rows + len(arrays[0])))
                        self.rows += len(rows)
                        if hashed is not None:
                            self._hashes.append(hashed)
                        yield pa.RecordBatch.from_arrays([rows, *arrays], schema=schema)
        except (pa.ArrowException, OSError) as error:
            self.error = error

    def _read_group(self, group: int) -> list[tuple[list[pa.Array], Hashes | None]]:
        """The helper columns of a row group, in batches, each with the hashes of its keys; as far as ids are plain."""
        columns, found = self.columns, []
        types = {
            **dict.fromkeys(columns.needed, UUIDS),
            **dict.fromkeys(columns.helpers.values(), self.id_type),
        }
        with pq.ParquetFile(self.path) as file:
            names = [
                name for name in dict.fromkeys([*columns.needed, *columns.helpers.values()])
                if name in file.schema_arrow.names
            ]  # fmt: skip
            for batch in file.iter_batches(_ROWS, row_groups=[group], columns=names, use_threads=False):
                arrays: dict[str, pa.Array] = {}
                hashed = None
                for name in names if self.are_plain else ():
                    ids = batch.column(name)
                    known = ids.is_valid()
                    keys = types[name].plain_keys(ids.filter(known) if name in columns.optional else ids)
                    if keys is None:
                        self.are_plain = False
                        break
                    if name == columns.key:
                        hashed = types[name].hashes(keys)
                    arrays[name] = keys if len(keys) == len(ids) else _spread(keys, known)
                if not self.are_plain:
                    return []
                empty = pa.nulls(len(batch), self.id_type.arrow_type)
                found.append(([arrays.get(name, empty) for name in columns.helpers.values()], hashed))
        return found


def _spread(array: pa.Array, known: pa.Array) -> pa.Array:
    """Values where they are known, null elsewhere."""
    flags = known.to_numpy(zero_copy_only=False)
    places = np.where(flags, np.cumsum(flags) - 1, -1)
    return array.take(pa.array(places, mask=~flags))


def _is_read_by_sql(table: Entity | Child) -> bool:
    """Whether it is a child of which cells may be empty, hold several ids, or name nobody."""
    return isinstance(table, Child) and (may_name_several(table) or bool(table.where))


def _columns(
    table: Entity | Child, source: Source, keys: DataKeys, json_fields: tuple[str, ...]
) -> _Columns | None:
    """What is to be read; None where ids are of a type that is never plain."""
    if isinstance(table, Entity):
        named = {helper: name for name, helper in table.named_keys.items()}
        helpers, needed = {KEY: table.id, INTO: table.merged_into, **named}, [table.id]
        optional = (table.merged_into, *table.references)
    else:
        helpers, optional, needed = {CONTACT_KEY: table.reference}, (), list(keys.ids)
    types = {**dict.fromkeys(needed, UUIDS), **dict.fromkeys(helpers.values(), id_type_of(table))}
    if any(source.columns[name] not in types[name].plain_kinds for name in types if name in source.columns):
        return None
    key = None if keys.said or len(keys.unique) > 1 else next(iter(keys.ids))
    stated = (*table.deleted, table.merged_ids) if isinstance(table, Entity) else ()
    return _Columns(helpers, optional, needed, key, json_fields, stated)


def rows_loaded_before(
    con: duckdb.DuckDBPyConnection,
    table: Entity | Child,
    source: Source,
    keys: DataKeys,
    json_fields: tuple[str, ...],
) -> int | None:
    """The number of rows of a source that is what the table has now, byte by byte; None where it is not."""
    if source.as_it_is is None or not is_snapshot(con, table.name):
        return None
    if isinstance(table, Child) and _is_read_by_sql(table):
        read_as = _read_as(table)
    else:
        columns = _columns(table, source, keys, json_fields)
        if columns is None:
            return None
        read_as = columns.text
    if not are_as_loaded(con, table) or not is_snapshot_of(con, table.name, source.as_it_is, read_as):
        return None
    return count(con, keys_of(table.name))


def load_as_it_is(
    con: duckdb.DuckDBPyConnection,
    table: Entity | Child,
    source: Source,
    keys: DataKeys,
    json_fields: tuple[str, ...],
) -> int | None:
    """Make a snapshot of a source and show it under the name that `loaded` gives; returns the number of its rows.

    None where the exact way has to load it; nothing is left then.

    Raises:
        InputError: the file turns out to be damaged.
    """
    if isinstance(table, Child) and _is_read_by_sql(table):
        return _load_by_sql(con, table, source, keys)
    columns = _columns(table, source, keys, json_fields)
    if source.as_it_is is None or columns is None:
        return None
    copy = copy_file(con, table.name, source.as_it_is)
    ids = _Ids(copy, columns, id_type_of(table))
    with con.cursor() as beside, ThreadPoolExecutor(1) as reader:
        read = {*columns.needed, *columns.helpers.values()}
        others = {name: kind for name, kind in source.columns.items() if name not in read}
        whole = reader.submit(_read_others, beside, copy, others)
        with frames(con, key_batches=ids.reader()):
            run_sql(con, "load/row_keys", table=table.name, keys=keys_of(table.name), helpers=columns.helpers)
        if not ids.are_plain:
            beside.interrupt()
    if ids.error is not None:
        raise _damaged(source) from ids.error
    if ids.are_plain and not ids.repeat():
        try:
            digest = whole.result()
            make_snapshot_view(con, table.name, f"{table.name}/{copy.name}")
            usable = digest is not None and _is_usable(
                con, table, source, keys, json_fields, counted=columns.key is not None
            )
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            raise _damaged(source) from error
        if usable and digest is not None:
            record_snapshot(con, table.name, copy, digest, columns.text)
            return ids.rows
    discard_snapshot(con, table.name, copy)
    return None


def _load_by_sql(con: duckdb.DuckDBPyConnection, child: Child, source: Source, keys: DataKeys) -> int | None:
    """`load_as_it_is` of a child whose references SQL reads."""
    if source.as_it_is is None or not _may_be_spelled_plainly(child, source.columns):
        return None
    copy = copy_file(con, child.name, source.as_it_is)
    with con.cursor() as beside, ThreadPoolExecutor(1) as reader:
        whole = reader.submit(_read_others, beside, copy, source.columns)
        try:
            make_keys(con, child, numbered_rows(literal(glob.escape(str(copy)))), keys)
            make_snapshot_view(con, child.name, f"{child.name}/{copy.name}")
            usable = is_plain(con, child, source.columns, keys)
            digest = whole.result()
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            raise _damaged(source) from error
    if usable and digest is not None:
        record_snapshot(con, child.name, copy, digest, _read_as(child))
        return count(con, keys_of(child.name))
    discard_snapshot(con, child.name, copy)
    return None


def make_keys(con: duckdb.DuckDBPyConnection, child: Child, rows: str, keys: DataKeys) -> None:
    """Make the table of the keys of a snapshot by SQL.

    Args:
        rows: SQL of its rows, with `file_row_number`.
    """
    run_sql(
        con,
        "load/row_keys_of_file",
        table=child.name,
        keys=keys_of(child.name),
        helpers=keys.helpers,
        columns={reference.key_column: reference.column for reference in child.references},
        rows=rows,
    )


def is_plain(
    con: duckdb.DuckDBPyConnection, child: Child, columns: Mapping[str, str], keys: DataKeys
) -> bool:
    """Whether a child whose keys SQL made may be a snapshot: no row has to be rejected, and ids are in their plain spelling."""
    if not _may_be_spelled_plainly(child, columns):
        return False
    found = fetch(con, "load/has_rejects", keys=keys, target=loaded(child.name), row_id="0")
    return not any(found[0][1:]) and _is_spelled_plainly(con, child, columns)


def _read_as(child: Child) -> str:
    """What is read of a child's columns, as text: with other settings the same file is loaded again."""
    references = [(reference.column, reference.separator) for reference in child.references]
    where = {name: [repr(value) for value in values] for name, values in child.where.items()}
    return json.dumps({"references": references, "where": where, "key": child.key, "strict": child.strict})


def _may_be_spelled_plainly(child: Child, columns: Mapping[str, str]) -> bool:
    kinds = id_type_of(child).plain_kinds
    return all(cells.several or cells.type in kinds for cells in cells_of(child, columns))


def _is_spelled_plainly(con: duckdb.DuckDBPyConnection, child: Child, columns: Mapping[str, str]) -> bool:
    """Whether each cell that holds one id has the plain spelling: files are made by joins with these cells."""
    single = [cells for cells in cells_of(child, columns) if not cells.several and cells.type == "VARCHAR"]
    plain_text = id_type_of(child).plain_text
    return not any(
        has_rows(con, loaded(child.name), f"{ident(cells.column)} <> {plain_text(cells.key_column)}")
        for cells in single
    )


def _read_others(con: duckdb.DuckDBPyConnection, copy: Path, columns: Mapping[str, str]) -> str | None:
    """Read what else a file has than ids, and sync it; returns its digest, or None where a number in it is NaN.

    Parquet's statistics leave NaN out. DuckDB goes by them, and so finds no row by a condition that is true of NaN.

    Raises:
        WarehouseError: the disk failed.
    """
    read_to_end(con, parquet_rows([copy]), columns)
    numbers = [name for name, kind in columns.items() if "FLOAT" in kind or "DOUBLE" in kind]
    if numbers:
        with pq.ParquetFile(copy) as file:
            for batch in file.iter_batches(columns=numbers, use_threads=False):
                if any(map(_holds_nan, batch.columns)):
                    return None
    sync_copy(copy)
    return digest_of(copy)


def _holds_nan(values: pa.Array) -> bool:
    import pyarrow.compute as pc  # noqa: PLC0415  importing it takes long, and few files need it

    kind = values.type
    if pa.types.is_floating(kind):
        return bool(pc.any(pc.is_nan(values.cast(pa.float64()))).as_py())
    if pa.types.is_struct(kind):
        return any(map(_holds_nan, values.flatten()))
    if pa.types.is_map(kind):
        return _holds_nan(values.keys) or _holds_nan(values.items)
    if isinstance(kind, pa.ListType | pa.LargeListType | pa.FixedSizeListType):
        return _holds_nan(values.flatten())
    return False


def _is_usable(
    con: duckdb.DuckDBPyConnection,
    table: Entity | Child,
    source: Source,
    keys: DataKeys,
    json_fields: tuple[str, ...],
    *,
    counted: bool,
) -> bool:
    """Whether no row has to be rejected, and no value of one noted, once its ids are known to be plain."""
    target = loaded(table.name)
    if not counted:
        found = fetch(con, "load/has_rejects", keys=keys, target=target, row_id="0")
        if any(found[0][1:]):
            return False
    notes = find_unreadable(con, table, target, source.columns, "0")
    noted = note_rows(con, source, target, "0", pointer=None, json_fields=json_fields, notes=notes)
    return not noted and not are_flagged(con, table, source.columns)


def _damaged(source: Source) -> InputError:
    return InputError(
        f"{source.location}: the file is damaged, or holds a value that its type cannot; write it again."
    )
