"""Snapshots: what a load made of a table, as an immutable Parquet file beside the warehouse.

`<warehouse>.raw/<table>/<token>.parquet` is an own copy of the file that was loaded: whoever rewrites that file later does not
rewrite ours. `raw._cm_keys_<table>` has the keys of its rows, row for row, and a view shows both as one table. The table
`raw._cm_snapshots` has the file, its size and its digest. A file that no row there names is of a run that was killed, or was
replaced: the next one removes it.

Views name the file by its absolute path, so that anybody can query them. For our own connections the variable `VARIABLE` says
where the files are, so that a warehouse that was moved with them works wherever it is. A dry run reads the snapshots of the
warehouse that it copied, and puts its own beside the copy.
"""

import fcntl
import glob
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import duckdb

from contact_merge.engine import (
    columns_of,
    database_file,
    drop,
    fetch,
    ident,
    is_view,
    literal,
    numbered_rows,
    rename_table,
    run_sql,
    variable,
)
from contact_merge.errors import WarehouseError
from contact_merge.shortages import cause_of
from contact_merge.tables import KEYS_PREFIX, LOADED_PREFIX, REPLACED_KEYS_PREFIX, REPLACED_PREFIX

VARIABLE = "contact_merge_raw"
SNAPSHOTS = "_cm_snapshots"
_CHUNK = 1 << 26


def folder_beside(warehouse: Path) -> Path:
    """Where the snapshots of a warehouse are."""
    file = warehouse.resolve()
    return file.with_name(f"{file.name}.raw")


def keys_of(table: str) -> str:
    """The keys of a snapshot's rows, as SQL names the table."""
    return f"raw.{ident(KEYS_PREFIX + table)}"


def is_snapshot(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether what loads made of a table is a snapshot; else it is a table of the warehouse."""
    return is_view(con, "raw", LOADED_PREFIX + table)


def path_of(con: duckdb.DuckDBPyConnection, table: str) -> Path:
    """The file of a table's snapshot."""
    ((file,),) = fetch(con, "raw/file_of_snapshot", {"table": table})
    own = folder_beside(database_file(con)) / file
    return own if own.exists() else Path(re.sub(r"\[([*?[])\]", r"\1", variable(con, VARIABLE))) / file


def copy_file(con: duckdb.DuckDBPyConnection, table: str, source: Path) -> Path:
    """Copy a Parquet file beside the warehouse.

    Raises:
        WarehouseError: it cannot be written, or not be read to its end.
    """
    folder = folder_beside(database_file(con)) / table
    copy = folder / f"{secrets.token_hex(8)}.parquet"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as read, copy.open("xb") as written:
            _copy(read, written)
    except OSError as error:
        raise _cannot_write(copy, error) from error
    return copy


def sync_copy(copy: Path) -> None:
    """Write a copy, and where it is, down to the disk.

    Raises:
        WarehouseError: the disk failed.
    """
    folder = copy.parent
    try:
        for written in (copy, folder, folder.parent, folder.parent.parent):
            sync(written)
    except OSError as error:
        raise _cannot_write(copy, error) from error


def _cannot_write(copy: Path, error: OSError) -> WarehouseError:
    return WarehouseError(f"{copy}: this copy of {copy.parent.name} cannot be written: {cause_of(error)}.")


def _copy(read: BinaryIO, written: BinaryIO) -> None:
    try:
        while os.copy_file_range(read.fileno(), written.fileno(), _CHUNK):
            pass
    except (OSError, AttributeError):  # between two file systems, or on a system that cannot do it
        written.seek(0)
        written.truncate()
        read.seek(0)
        shutil.copyfileobj(read, written, _CHUNK)
        written.flush()


def sync(path: Path) -> None:
    """Write a file, or what a folder lists, down to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_snapshot_view(
    con: duckdb.DuckDBPyConnection, table: str, file: str, *, replaced: bool = False
) -> None:
    """Make the view of a snapshot with its keys.

    Args:
        table: the table.
        file: of the snapshot, inside the folder of all.
        replaced: whether another one takes its place in this batch.
    """
    view, keys = (REPLACED_PREFIX, REPLACED_KEYS_PREFIX) if replaced else (LOADED_PREFIX, KEYS_PREFIX)
    run_sql(
        con,
        "raw/snapshot",
        table=table,
        view=f"raw.{ident(view + table)}",
        keys=f"raw.{ident(keys + table)}",
        rows=numbered_rows(_file_in_sql(con, file)),
    )


def show_snapshot(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Make the view of a table's snapshot again: its keys have other columns."""
    ((file,),) = fetch(con, "raw/file_of_snapshot", {"table": table})
    make_snapshot_view(con, table, file)


def snapshot_rows(con: duckdb.DuckDBPyConnection, table: str) -> str:
    """SQL of the rows of a table's snapshot, with `file_row_number`."""
    ((file,),) = fetch(con, "raw/file_of_snapshot", {"table": table})
    return numbered_rows(_file_in_sql(con, file))


def _file_in_sql(con: duckdb.DuckDBPyConnection, file: str) -> str:
    """SQL of a snapshot's path: where our connections say that it is, else where it is now."""
    beside = folder_beside(database_file(con))
    path = literal(glob.escape(str(beside / file)))
    if variable(con, VARIABLE) != glob.escape(str(beside)) and (beside / file).exists():
        return path  # of a dry run
    shown = variable(con, VARIABLE) or glob.escape(str(beside))
    return (
        f"coalesce(getvariable({literal(VARIABLE)}), {literal(shown)}) || {literal('/' + glob.escape(file))}"
    )


def record_snapshot(
    con: duckdb.DuckDBPyConnection, table: str, copy: Path, digest: str, read_as: str
) -> None:
    """Note a snapshot, in place of the table's one before.

    Args:
        digest: that of the file.
        read_as: which columns were read as what.
    """
    forget_snapshot(con, table)
    values = {"table": table, "file": f"{table}/{copy.name}", "bytes": copy.stat().st_size, "sha256": digest}
    run_sql(con, "raw/add_snapshot", values | {"read_as": read_as})


def is_snapshot_of(con: duckdb.DuckDBPyConnection, table: str, source: Path, read_as: str) -> bool:
    """Whether a table's snapshot is a copy of just this file, and whole; `read_as` is as it was recorded."""
    values = {"table": table, "bytes": source.stat().st_size, "read_as": read_as}
    found = fetch(con, "raw/same_snapshot", values)
    if not found:
        return False
    ((digest,),) = found
    own = path_of(con, table)
    return own.is_file() and digest_of(source) == digest == digest_of(own)


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def damaged_snapshots(con: duckdb.DuckDBPyConnection) -> list[Path]:
    """The snapshots whose files are missing, or are no longer what they were."""
    folder = folder_beside(database_file(con))
    damaged = []
    for _, file, size, digest in fetch(con, "raw/all_snapshots"):
        path = folder / file
        if not path.is_file() or path.stat().st_size != size or digest_of(path) != digest:
            damaged.append(path)
    return damaged


def forget_snapshot(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Note that a table has no snapshot."""
    run_sql(con, "raw/drop_snapshot", {"table": table})


def set_snapshot_aside(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Show a table's snapshot under the name of what this batch replaces."""
    ((file,),) = fetch(con, "raw/file_of_snapshot", {"table": table})
    drop(con, "view", f"raw.{ident(LOADED_PREFIX + table)}")
    rename_table(con, keys_of(table), REPLACED_KEYS_PREFIX + table)
    make_snapshot_view(con, table, file, replaced=True)
    forget_snapshot(con, table)


def drop_replaced(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Drop what a batch replaced of a table."""
    name = REPLACED_PREFIX + table
    drop(con, "view" if is_view(con, "raw", name) else "table", f"raw.{ident(name)}")
    drop(con, "table", f"raw.{ident(REPLACED_KEYS_PREFIX + table)}")


def make_table(con: duckdb.DuckDBPyConnection, table: str, *, in_order: bool = False) -> None:
    """Make a table of the warehouse out of a snapshot, for rows of it are to be replaced.

    Args:
        in_order: whether its rows stand as those of the snapshot do.
    """
    name = f"raw.{ident(LOADED_PREFIX + table)}"
    rows = snapshot_rows(con, table)
    set_snapshot_aside(con, table)
    run_sql(
        con,
        "raw/table_of_snapshot",
        target=name,
        replaced=f"raw.{ident(REPLACED_PREFIX + table)}",
        keys=f"raw.{ident(REPLACED_KEYS_PREFIX + table)}",
        rows=rows,
        in_order=in_order,
    )
    drop_replaced(con, table)


def discard_snapshot(con: duckdb.DuckDBPyConnection, table: str, copy: Path) -> None:
    """Remove a snapshot that was not recorded."""
    drop(con, "view", f"raw.{ident(LOADED_PREFIX + table)}")
    drop(con, "table", keys_of(table))
    copy.unlink()


def remove_unrecorded(con: duckdb.DuckDBPyConnection) -> None:
    """Remove the files that no snapshot is in, of runs that were killed or refused and of snapshots that were replaced, and the
    folders in which nothing is left.

    None while a dry run reads them.
    """
    folder = folder_beside(database_file(con))
    if not folder.is_dir() or not columns_of(con, "raw", SNAPSHOTS):
        return
    with suppress(BlockingIOError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            recorded = {folder / file for _, file, *_ in fetch(con, "raw/all_snapshots")}
            for file in folder.glob("*/*.parquet"):
                if file not in recorded:
                    file.unlink(missing_ok=True)
            for emptied in (*folder.iterdir(), folder):
                with suppress(OSError):  # something is in it, or it is none
                    emptied.rmdir()
        finally:
            os.close(handle)


def snapshot_tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables of which there is a snapshot."""
    if not columns_of(con, "raw", SNAPSHOTS):
        return []
    return [table for table, *_ in fetch(con, "raw/all_snapshots")]


def moved_snapshots(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Each table with the file of its snapshot of which the view names another folder than our connections do."""
    if not columns_of(con, "raw", SNAPSHOTS):
        return []
    return fetch(con, "raw/moved_snapshots", {"folder": literal(variable(con, VARIABLE))})


def require_snapshots(con: duckdb.DuckDBPyConnection, warehouse: Path) -> None:
    """Refuse a warehouse whose snapshots are not beside it.

    Raises:
        WarehouseError: which file is missing.
    """
    if not columns_of(con, "raw", SNAPSHOTS):
        return
    folder = folder_beside(warehouse)
    for _, file, *_ in fetch(con, "raw/all_snapshots"):
        if not (folder / file).is_file():
            raise WarehouseError(
                f"{folder / file}: this file of the warehouse is not here; put the folder {folder.name} back beside "
                "it, from the same place or backup."
            )


@contextmanager
def hold_snapshots(warehouse: Path) -> Iterator[None]:
    """Keep the snapshots of a warehouse from being removed meanwhile."""
    folder = folder_beside(warehouse)
    if not folder.is_dir():
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)
