"""A Parquet file of which every row can be used as it is -> a snapshot: a copy of the file, and the keys of its rows.

So most exports are loaded, in a third of the time. The exact way of rows.py loads a table in which an id is missing, no UUID,
twice there, or spelled in another way than UUIDs are written, or a JSON text is no object.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from contact_merge.catalog import Child
from contact_merge.engine import fetch, frames, parquet_rows, read_to_end, run_sql
from contact_merge.errors import InputError
from contact_merge.load.data_keys import DataKeys
from contact_merge.load.noted import note_rows
from contact_merge.load.plain_ids import hashes, uuid_array, uuid_bytes
from contact_merge.load.source import Source
from contact_merge.loaded import loaded
from contact_merge.preset import Entity
from contact_merge.snapshots import (
    copy_file,
    discard_snapshot,
    keys_of,
    make_snapshot_view,
    record_snapshot,
)
from contact_merge.tables import CONTACT_KEY, INTO, KEY, ROW

_ROWS = 1 << 13


@dataclass
class _Ids:
    """The ids of a file, read once, batch after batch.

    Attributes:
        path: the file.
        helpers: by name of a helper column the column that it reads; `optional` names that which may be empty.
        key: the id column that no two rows may have in common, if a single one is.
        rows: how many were read.
        are_plain: whether all were there and spelled as UUIDs are.
        hashes: those of the key.
        error: why the file could not be read.
    """

    path: Path
    helpers: dict[str, str]
    optional: str | None
    needed: list[str]
    key: str | None
    rows: int = 0
    are_plain: bool = True
    hashes: list[npt.NDArray[np.uint64]] = field(default_factory=list)
    error: Exception | None = None

    def reader(self) -> pa.RecordBatchReader:
        schema = pa.schema([(ROW, pa.int64()), *((name, pa.uuid()) for name in self.helpers)])
        return pa.RecordBatchReader.from_batches(schema, self._batches(schema))

    def _batches(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        columns = list(dict.fromkeys([*self.needed, *self.helpers.values()]))
        try:
            with pq.ParquetFile(self.path) as file:
                names = file.schema_arrow.names
                for batch in file.iter_batches(_ROWS, columns=[name for name in columns if name in names]):
                    values = {name: self._read(batch.column(name), name) for name in batch.schema.names}
                    if not self.are_plain:
                        return
                    empty = pa.nulls(len(batch), pa.uuid())
                    arrays = [values.get(name, empty) for name in self.helpers.values()]
                    rows = pa.array(np.arange(self.rows, self.rows + len(batch)))
                    self.rows += len(batch)
                    yield pa.RecordBatch.from_arrays([rows, *arrays], schema=schema)
        except (pa.ArrowException, OSError) as error:
            self.error = error

    def _read(self, ids: pa.Array, name: str) -> pa.Array | None:
        known = ids.is_valid()
        values = uuid_bytes(ids.filter(known) if name == self.optional else ids)
        if values is None:
            self.are_plain = False
            return None
        if name == self.key:
            self.hashes.append(hashes(values))
        array = uuid_array(values)
        return _spread(array, known) if len(array) < len(ids) else array

    def repeat(self) -> bool:
        """Whether two keys may be the same."""
        if not self.hashes:
            return False
        ordered = np.sort(np.concatenate(self.hashes))
        return bool((ordered[1:] == ordered[:-1]).any())


def _spread(array: pa.Array, known: pa.Array) -> pa.Array:
    """Values where they are known, null elsewhere."""
    flags = known.to_numpy(zero_copy_only=False)
    places = np.where(flags, np.cumsum(flags) - 1, -1)
    return array.take(pa.array(places, mask=~flags))


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
    if source.as_it_is is None:
        return None
    if isinstance(table, Entity):
        helpers, optional, needed = {KEY: table.id, INTO: table.merged_into}, table.merged_into, [table.id]
    else:
        helpers, optional, needed = {CONTACT_KEY: table.reference}, None, list(keys.ids)
    columns = [name for name in (*needed, *helpers.values()) if name in source.columns]
    if any(source.columns[name] not in {"VARCHAR", "UUID"} for name in columns):
        return None
    key = None if keys.said or len(keys.unique) > 1 else next(iter(keys.ids))
    copy = copy_file(con, table.name, source.as_it_is)
    ids = _Ids(copy, helpers, optional, needed, key)
    with frames(con, key_batches=ids.reader()):
        run_sql(con, "load/row_keys", keys=keys_of(table.name))
    if ids.error is not None:
        raise _damaged(source) from ids.error
    if ids.are_plain and not ids.repeat():
        make_snapshot_view(con, table.name, f"{table.name}/{copy.name}")
        if _is_usable(con, table, source, keys, copy, json_fields, counted=key is not None):
            record_snapshot(con, table.name, copy)
            return ids.rows
    discard_snapshot(con, table.name, copy)
    return None


def _is_usable(
    con: duckdb.DuckDBPyConnection,
    table: Entity | Child,
    source: Source,
    keys: DataKeys,
    copy: Path,
    json_fields: tuple[str, ...],
    *,
    counted: bool,
) -> bool:
    """Whether no row has to be rejected, and no value of one noted, once its ids are known to be plain."""
    try:
        read_to_end(con, parquet_rows([copy]))
        target = loaded(table.name)
        if not counted:
            found = fetch(con, "load/has_rejects", keys=keys, target=target, row_id="0")
            if any(found[0][1:]):
                return False
        return not note_rows(con, source, target, "0", pointer=None, json_fields=json_fields)
    except duckdb.Error as error:
        raise _damaged(source) from error


def _damaged(source: Source) -> InputError:
    return InputError(
        f"{source.location}: the file is damaged, or holds a value that its type cannot; write it again."
    )
