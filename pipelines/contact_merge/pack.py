"""A warehouse as one DuckDB file, for whoever it is handed to: tables stand in place of the views over snapshots.

It is made of a copy in a hidden folder, and gets its name when it is whole. It stays a warehouse, with the same id.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import msgspec

from contact_merge.catalog import Catalog
from contact_merge.engine import checkpoint, transaction
from contact_merge.errors import OutputError
from contact_merge.loaded import comment_on_loaded
from contact_merge.progress import Progress
from contact_merge.publish.folder import refuse_warehouse_among_outputs
from contact_merge.recorded import settings_in_force
from contact_merge.schema import (
    catalog_of,
    check_there_is,
    folded_columns,
    make_views,
    require_merged,
    require_this_version,
)
from contact_merge.settings import Settings
from contact_merge.snapshots import folder_beside, make_table, snapshot_tables, sync
from contact_merge.warehouse import copy_warehouse, folder_for, open_warehouse, permissions, refuse_bad_path

_HIDDEN = ".pack"


class Packed(msgspec.Struct, frozen=True, kw_only=True):
    """A packed file.

    Attributes:
        path: where it is.
        bytes: its size.
    """

    path: str
    bytes: int


def pack(
    warehouse: Path, file: Path, settings: Settings, progress: Progress, *, output: Path | None = None
) -> Packed:
    """Write a warehouse with all of its tables into one file; the warehouse is only read.

    Args:
        file: not there yet.
        output: the folder of the warehouse's outputs, among which the file may not be.

    Raises:
        OutputError: the file, or one that would belong to it, is there already, or cannot be there.
        WarehouseError: the warehouse is none, is of another version, or lacks a snapshot.

    Source: INTERFACE.md, `contact-merge pack`.
    """
    check_there_is(warehouse)
    _refuse_what_is_there(file)
    if output is not None:
        refuse_warehouse_among_outputs(file, output)
    with open_warehouse(warehouse, settings, read_only=True) as con:
        require_this_version(con, warehouse)
        catalog = catalog_of(con, settings_in_force(con, settings))
        require_merged(con, warehouse, catalog)
    with permissions(settings), folder_for(file.parent), _hidden_folder(file) as folder:
        made = folder / file.name
        progress.step("Copying the warehouse")
        with (
            copy_warehouse(warehouse, made, settings),
            open_warehouse(made, settings, snapshots=folder_beside(warehouse)) as con,
        ):
            _make_tables(con, catalog, progress)
            checkpoint(con)
        _promote(made, file)
        return Packed(path=str(file), bytes=file.stat().st_size)


def _refuse_what_is_there(file: Path) -> None:
    refuse_bad_path(file)
    # a log or snapshots that are left there would count as those of the new file
    for path in (file, file.with_name(f"{file.name}.wal"), folder_beside(file)):
        if os.path.lexists(path):
            raise _there_already(path)


def _there_already(path: Path) -> OutputError:
    return OutputError(f"{path}: this is there already; name another file to pack into, or move it away.")


@contextmanager
def _hidden_folder(file: Path) -> Iterator[Path]:
    """A folder beside a file that is to be made; those that killed commands left are removed."""
    prefix = f".{file.name}."
    for left in file.parent.iterdir():
        if left.name.startswith(prefix) and left.name.endswith(_HIDDEN):
            with suppress(OSError), _locked(left):  # else another one is at work in it
                shutil.rmtree(left, ignore_errors=True)
    with (
        tempfile.TemporaryDirectory(prefix=prefix, suffix=_HIDDEN, dir=file.parent) as folder,
        _locked(Path(folder)),
    ):
        yield Path(folder)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def _make_tables(con: duckdb.DuckDBPyConnection, catalog: Catalog, progress: Progress) -> None:
    """Make a table of each snapshot, and the merged views again, which read the one in another way than the other."""
    with transaction(con):
        tables = snapshot_tables(con)
        by_order = {child.name for child in catalog.children if child.repeats and not child.key}
        progress.step("Packing tables", len(tables))
        for table in tables:
            make_table(con, table, in_order=table in by_order)
            comment_on_loaded(con, table)
            progress.advance(1)
        make_views(con, folded_columns(con, catalog), catalog.children)


def _promote(made: Path, file: Path) -> None:
    """Give a file that is whole its name, unless one of that name came meanwhile."""
    with made.open("rb") as written:
        os.fsync(written.fileno())
    try:
        os.link(made, file)
    except FileExistsError:
        raise _there_already(file) from None
    sync(file.parent)
