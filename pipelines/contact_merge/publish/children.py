"""Child tables from their snapshots to files.

They need nothing of a warehouse but which contacts their rows leave with. So they are written beside the other tables, which the
warehouse's connection writes, in one of two ways:

- A file is **spliced** where its references are texts, and DuckDB would write the columns and types that the snapshot has. It is
  the snapshot's own bytes, of which the column of references alone is written again, in row groups where a row is re-homed.
- Any other file is **copied by SQL**: an engine of its own reads every value of the snapshot and writes it again.

Both have the same rows, and to DuckDB the same columns and types. A spliced file also has the order, nullability, encodings and
compression of the export. What splice.py refuses is copied, too.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Event

import duckdb
import pyarrow as pa

from contact_merge.catalog import Child
from contact_merge.columns import Column
from contact_merge.engine import PARQUET, copy_to, frames, ident, parquet_rows, relation, render
from contact_merge.publish.files import OutputFiles
from contact_merge.schema import plain_columns, rehomed
from contact_merge.snapshots import keys_of, path_of, snapshot_tables
from contact_merge.tables import ROW

Engine = Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]
"""Opens a database in memory that may read snapshots and write outputs."""
_KEPT = frozenset(
    {
        "boolean", "tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint", "uinteger", "ubigint", "float", "double",
        "decimal", "varchar", "blob", "uuid", "date", "time", "time_ns", "time with time zone", "timestamp", "timestamp_ns",
        "timestamp with time zone", "interval", "null",
    }
)  # fmt: skip
"""Types that DuckDB, when it has written them to Parquet, reads again as the same."""
_NESTED = frozenset({"struct", "list", "map"})


@dataclass(frozen=True)
class _Plan:
    """What is written of a child.

    Attributes:
        columns: of its snapshot.
        snapshot: the file.
        changes: by apply/rows_to_rehome, the rows whose reference changes; None where that cannot be spliced.
    """

    child: Child
    columns: list[Column]
    snapshot: Path
    changes: pa.Table | None


@dataclass(frozen=True)
class ChildFiles:
    """Files of child tables that are being written.

    Attributes:
        tables: whose they are.
        rows: the rows of each, by its name under the output; an error where one cannot be written.
    """

    tables: frozenset[str]
    rows: Future[dict[str, int]]


@contextmanager
def writing_children(
    con: duckdb.DuckDBPyConnection,
    files: OutputFiles,
    children: Sequence[Child],
    engine: Engine,
    *,
    splice: bool = True,
) -> Iterator[ChildFiles]:
    """Write those of some children that are kept as snapshots while the block runs.

    All that is read of the warehouse is read before.

    Args:
        splice: whether files are spliced where they can be.
    """
    snapshots = snapshot_tables(con)
    plans = [_plan(con, child, splice=splice) for child in children if child.name in snapshots]
    targets = relation(con, "apply/child_targets").to_arrow_table()
    stopped = Event()
    opened: list[duckdb.DuckDBPyConnection] = []

    def go_on() -> None:
        if stopped.is_set():
            raise CancelledError

    with ExitStack() as engines, ThreadPoolExecutor(1) as writer:

        def copy(plan: _Plan, target: Path) -> int:
            if not opened:  # which takes longer than a small file
                opened.append(engines.enter_context(engine()))
                engines.enter_context(frames(opened[0], child_targets=targets))
            return _copy(opened[0], plan, target)

        def write() -> dict[str, int]:
            written = {}
            for plan in plans:
                go_on()
                name = f"merged/{plan.child.name}.parquet"
                with files.file(name) as hidden:
                    rows = _splice(plan, hidden, go_on)
                    written[name] = copy(plan, hidden) if rows is None else rows
            return written

        future = writer.submit(write)
        try:
            yield ChildFiles(frozenset(plan.child.name for plan in plans), future)
        except BaseException:
            stopped.set()
            for apply in opened:
                apply.interrupt()
            raise


def _plan(con: duckdb.DuckDBPyConnection, child: Child, *, splice: bool) -> _Plan:
    columns = plain_columns(con, child.name)
    changes = None
    types = {column.name: column.type for column in columns}
    if splice and types[child.reference] == "VARCHAR" and all(map(_is_kept, types.values())):
        rows = relation(con, "apply/rows_to_rehome", keys=keys_of(child.name))
        changes = rows.to_arrow_table()
    return _Plan(child, columns, path_of(con, child.name), changes)


def _splice(plan: _Plan, target: Path, go_on: Callable[[], None]) -> int | None:
    """Write a child's file as the snapshot with other references; its rows, or None where that cannot be done."""
    if plan.changes is None:
        return None
    from contact_merge.publish.splice import NotSpliced, SplicedFile  # noqa: PLC0415  most small runs splice nothing

    try:
        file = SplicedFile(plan.snapshot, plan.child.reference)
        if file.names != [column.name for column in plan.columns]:
            return None
        rows = plan.changes.column(ROW).to_numpy()
        file.write(target, rows, plan.changes.column("contact_id"), go_on)
    except NotSpliced:
        return None
    return file.rows


@cache
def _is_kept(type_name: str) -> bool:
    """Whether DuckDB reads a type from Parquet as it was when DuckDB wrote it."""
    kind = duckdb.sqltype(type_name)
    return kind.id in _KEPT or (
        kind.id in _NESTED and all(_is_kept(str(child)) for _, child in kind.children)
    )


def _copy(apply: duckdb.DuckDBPyConnection, plan: _Plan, target: Path) -> int:
    """Write a child's file by SQL; returns its rows."""
    rows = rehomed(
        plan.child,
        plan.columns,
        rows=parquet_rows([plan.snapshot]),
        targets=f"(\n{render('apply/plan')}\n)",
        snapshot=True,
    )
    names = [column.name for column in plan.columns]
    return copy_to(
        apply, "publish/rows_for_file", target, PARQUET,
        rows=f"(\n{rows}\n)", selected=", ".join(map(ident, names)), columns=names,
    )  # fmt: skip
