"""Child tables from their snapshots to files.

They need nothing of a warehouse but which contacts their rows leave with. So an engine of their own writes them, while the
warehouse's connection writes the other tables.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager

import duckdb

from contact_merge.catalog import Child
from contact_merge.engine import PARQUET, copy_to, frames, ident, parquet_rows, relation, render
from contact_merge.publish.files import OutputFiles
from contact_merge.schema import plain_columns, rehomed
from contact_merge.snapshots import path_of, snapshot_tables

Engine = Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]
"""Opens a database in memory that may read snapshots and write outputs."""


def kept_as_snapshots(con: duckdb.DuckDBPyConnection, children: Sequence[Child]) -> list[Child]:
    """Those of some children that can be written so."""
    snapshots = snapshot_tables(con)
    return [child for child in children if child.name in snapshots]


@contextmanager
def writing_children(
    con: duckdb.DuckDBPyConnection, files: OutputFiles, children: Sequence[Child], engine: Engine
) -> Iterator[Future[dict[str, int]]]:
    """Write these children, kept as snapshots, while the block runs; gives the rows of each file.

    A file that cannot be written is an error of the future.
    """
    if not children:  # to open an engine takes longer than all of a small run's files
        nothing: Future[dict[str, int]] = Future()
        nothing.set_result({})
        yield nothing
        return
    columns = {child: plain_columns(con, child.name) for child in children}
    paths = {child: path_of(con, child.name) for child in children}
    plan = relation(con, "apply/child_targets").to_arrow_table()

    def write(apply: duckdb.DuckDBPyConnection) -> dict[str, int]:
        written = {}
        with frames(apply, child_targets=plan):
            for child in children:
                name = f"merged/{child.name}.parquet"
                rows = rehomed(
                    child,
                    columns[child],
                    rows=parquet_rows([paths[child]]),
                    targets=f"(\n{render('apply/plan')}\n)",
                    snapshot=True,
                )
                names = [column.name for column in columns[child]]
                with files.file(name) as hidden:
                    written[name] = copy_to(
                        apply, "publish/rows_for_file", hidden, PARQUET,
                        rows=f"(\n{rows}\n)", selected=", ".join(map(ident, names)), columns=names,
                    )  # fmt: skip
        return written

    with engine() as apply, ThreadPoolExecutor(1) as writer:
        future = writer.submit(write, apply)
        try:
            yield future
        except BaseException:
            apply.interrupt()
            raise
