"""Big tables from their snapshots to files.

They need nothing of a warehouse but a plan: small tables of where child rows go, of survivors, and of who is retired. So they
are written beside what the warehouse's connection does, in one of two ways:

- A child's file is **spliced** where its references are texts, and DuckDB would write the columns and types that the snapshot
  has. It is the snapshot's own bytes, of which the column of references alone is written again, in row groups where a row is
  re-homed. Of a child of which rows are dropped it never is.
- Any other file is **copied by SQL**: an engine of its own reads every value of the snapshot and writes it again.

Both have the same rows, and to DuckDB the same columns and types. A spliced file also has the order, nullability, encodings and
compression of the export. What splice.py refuses is copied, too.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Event
from typing import Any, Self

import duckdb
import pyarrow as pa

from contact_merge.catalog import Catalog, Child
from contact_merge.engine import PARQUET, copy_to, count, frames, ident, parquet_rows, relation, render
from contact_merge.ids import id_type_of
from contact_merge.loaded import are_as_loaded
from contact_merge.preset import Entity
from contact_merge.publish.files import OutputFiles
from contact_merge.references import cells_of
from contact_merge.schema import (
    as_rows,
    cells_name,
    changing_cells,
    folded_columns,
    overlaid,
    plain_columns,
    rehomed,
    types_in,
)
from contact_merge.snapshots import keys_of, path_of, snapshot_tables
from contact_merge.tables import KEY, ROW

Engine = Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]
"""Opens a database in memory that may read snapshots and write outputs."""
_IN_ARROW = frozenset(
    {
        "boolean", "tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint", "uinteger", "ubigint", "float", "double",
        "decimal", "varchar", "blob", "date", "time", "timestamp", "timestamp_ns", "timestamp with time zone",
    }
)  # fmt: skip
"""Types that DuckDB reads from Arrow as it gave them away."""
_IN_PARQUET = _IN_ARROW | {"uuid", "time_ns", "time with time zone", "interval", "null"}
"""Types that DuckDB, when it has written them to Parquet, reads again as the same."""
_MOST_CELLS = 1 << 23
"""Values of survivors that are handed to an engine: Arrow's memory is not counted by DuckDB."""
_NESTED = frozenset({"struct", "list", "map"})


@dataclass(frozen=True)
class _Job:
    """A file to write.

    Attributes:
        table: whose it is.
        snapshot: the file that it is made of.
        columns: the names of its columns.
        rows: SQL of its rows, out of the snapshot and the plan.
        plan: the tables of the plan that it needs.
        reference: the column that may be spliced.
        changes: by apply/rows_to_rehome, the rows in which it changes; None where the file cannot be spliced.
    """

    table: str
    snapshot: Path
    columns: list[str]
    rows: str
    plan: dict[str, pa.Table]
    reference: str = ""
    changes: pa.Table | None = None


class Apply:
    """Writes big tables to files, one after the other, in a thread.

    Attributes:
        catalog: the tables.

    Args:
        con: the warehouse.
        files: where to write.
        engine: opens what reads snapshots by SQL.
        splice: whether files are spliced where they can be.
    """

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        files: OutputFiles,
        catalog: Catalog,
        engine: Engine,
        *,
        splice: bool = True,
    ) -> None:
        self._con = con
        self._files = files
        self.catalog = catalog
        self._engine = engine
        self._splice = splice
        self._stopped = Event()
        self._opened: list[duckdb.DuckDBPyConnection] = []
        self._rows: dict[str, Future[int]] = {}
        self._plan: dict[str, pa.Table] = {}
        self._held = ExitStack()

    def __enter__(self) -> Self:
        self._engines = self._held.enter_context(ExitStack())
        self._writer = self._held.enter_context(ThreadPoolExecutor(1))
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: Any) -> None:
        if kind is not None:
            self._stopped.set()
            for engine in self._opened:
                engine.interrupt()
        self._held.close()

    def begin(self, tables: Iterable[str]) -> None:
        """Begin to write those of some tables that can be written so; all that is read of the warehouse is read before this ends.

        Of child tables redirects have to stand; of contacts survivors, too.
        """
        snapshots = snapshot_tables(self._con)
        for table in tables:
            if table in snapshots and table not in self._rows and (job := self._job(table)):
                self._rows[table] = self._writer.submit(self._write, job)

    @property
    def tables(self) -> Collection[str]:
        """The tables whose files are written here."""
        return self._rows.keys()

    def rows(self) -> dict[str, int]:
        """The rows of each file, by its name under the output, once all are written.

        Raises:
            Exception: why one could not be written.
        """
        return {_name(table): rows.result() for table, rows in self._rows.items()}

    def _job(self, table: str) -> _Job | None:
        described = self.catalog.table(table)
        if isinstance(described, Entity):
            return self._job_of_entity(described, path_of(self._con, table))
        return self._job_of_child(described, path_of(self._con, table))

    def _job_of_entity(self, entity: Entity, snapshot: Path) -> _Job | None:
        columns = folded_columns(self._con, self.catalog)
        changing, key_type = columns.changing, columns.key_type
        if (
            not are_as_loaded(self._con, entity)
            or not all(_consists_of(column.type, _IN_ARROW) for column in changing)
            or count(self._con, "fold.survivors") * len(changing) > _MOST_CELLS
        ):
            return None
        references = columns.references
        if references and count(self._con, "fold.replaced_references") * len(references) > _MOST_CELLS:
            return None
        named = {
            "survivors": _of_plan("survivors", key_type, [KEY], [column.name for column in changing]),
            "retired": _of_plan("retired", key_type, ["contact_key"]),
        }
        if references:
            values = [f"reference_{number}" for number, _ in enumerate(references, start=1)]
            named["replaced_references"] = _of_plan("replaced_references", key_type, ["contact_key"], values)
        return _Job(
            entity.table,
            snapshot,
            [column.name for column in columns.columns],
            overlaid(columns, rows=parquet_rows([snapshot]), named_by=entity.id, plan=named),
            {name: self._plan_table(name, changing=changing, references=references) for name in named},
        )

    def _job_of_child(self, child: Child, snapshot: Path) -> _Job | None:
        if child.repeats:
            return None  # which of its rows are dropped is no matter of the plan
        columns, key_type = plain_columns(self._con, child.name), self.catalog.key_type
        types = types_in(columns)
        references = cells_of(child, types)
        if not all(_consists_of(cells.type, _IN_ARROW) for cells in references if cells.several):
            return None
        named = {
            "child_targets": _of_plan(
                "child_targets", key_type, ["contact_key", "survivor_key"], ["survivor_id"]
            )
        }
        cells_of_plan = {}
        for cells in (cells for cells in references if cells.several):
            name = cells_name(cells)
            named[name] = _of_plan(name, key_type, [], ["cell", "new_cell"])
            query = changing_cells(child, cells)
            cells_of_plan[name] = relation(self._con, "apply/cells", cells=as_rows(query)).to_arrow_table()
        changes = None
        if child.deduplicated:
            named["line"] = _of_plan("line", key_type, ["contact_key", "root_key"], ["membership_position"])
        elif (
            self._splice
            and [cells.several for cells in references] == [False]
            and types[child.reference] in id_type_of(child).plain_kinds - {"UUID"}
            and all(_consists_of(kind, _IN_PARQUET) for kind in types.values())
        ):
            changes = relation(
                self._con, "apply/rows_to_rehome", keys=keys_of(child.name), type=types[child.reference]
            ).to_arrow_table()
        return _Job(
            child.name,
            snapshot,
            list(types),
            rehomed(
                child,
                columns,
                rows=parquet_rows([snapshot]),
                plan=named,
                snapshot=True,
            ),
            {
                name: cells_of_plan[name] if name in cells_of_plan else self._plan_table(name)
                for name in named
            },
            child.reference,
            changes,
        )

    def _plan_table(self, name: str, **variables: Any) -> pa.Table:
        """A table of the plan, read once: it stands when the first file that needs it is begun."""
        if name not in self._plan:
            self._plan[name] = relation(self._con, f"apply/{name}", **variables).to_arrow_table()
        return self._plan[name]

    def _write(self, job: _Job) -> int:
        self._go_on()
        with self._files.file(_name(job.table)) as hidden:
            rows = _splice(job, hidden, self._go_on)
            return self._copy(job, hidden) if rows is None else rows

    def _go_on(self) -> None:
        if self._stopped.is_set():
            raise CancelledError

    def _copy(self, job: _Job, target: Path) -> int:
        """Write a file by SQL; returns its rows."""
        if not self._opened:  # which takes longer than a small file
            self._opened.append(self._engines.enter_context(self._engine()))
        (engine,) = self._opened
        with frames(engine, **job.plan):
            return copy_to(
                engine, "publish/rows_for_file", target, PARQUET,
                rows=as_rows(job.rows), selected=", ".join(map(ident, job.columns)), columns=job.columns,
            )  # fmt: skip


def _name(table: str) -> str:
    return f"merged/{table}.parquet"


def _of_plan(table: str, key_type: str, keys: Sequence[str], values: Sequence[str] = ()) -> str:
    """A table of the plan as SQL of an engine names it."""
    return as_rows(render("apply/plan", table=table, key_type=key_type, keys=keys, values=values))


def _splice(job: _Job, target: Path, go_on: Callable[[], None]) -> int | None:
    """Write a child's file as the snapshot with other references; its rows, or None where that cannot be done."""
    if job.changes is None:
        return None
    from contact_merge.publish.splice import NotSpliced, SplicedFile  # noqa: PLC0415  most small runs splice nothing

    try:
        file = SplicedFile(job.snapshot, job.reference)
        if file.names != job.columns:
            return None
        file.write(target, job.changes.column(ROW).to_numpy(), job.changes.column("contact_id"), go_on)
    except NotSpliced:
        return None
    return file.rows


@cache
def _consists_of(type_name: str, kinds: frozenset[str]) -> bool:
    """Whether a type is one of some kinds, or nested of them alone."""
    kind = duckdb.sqltype(type_name)
    if "JSON" in type_name and kinds is _IN_ARROW:
        return False  # a name for text, which Arrow does not have
    return kind.id in kinds or (
        kind.id in _NESTED and all(_consists_of(str(child), kinds) for _, child in kind.children)
    )
