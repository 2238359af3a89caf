"""The DuckDB file: open it, hold it for one process, let SQL reach nothing else."""

import glob
import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb

from contact_merge.engine import literal
from contact_merge.errors import LockedError, OutputError, WarehouseError
from contact_merge.settings import Settings
from contact_merge.shortages import cause_of, translate_errors
from contact_merge.snapshots import VARIABLE, folder_beside, hold_snapshots

LOCK_WAIT_SECONDS = 5.0
SHARE_OF_MEMORY = "8%"  # of the machine's, for others work on it too; what does not fit is spilled
_NEW, _SPILLED = ".new", ".tmp"
_FILE = "select path from duckdb_databases() where database_name = current_database()"


@contextmanager
def sync_meanwhile(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Sync what is in the warehouse's file so far to the disk while the block runs, for the commit waits for it.

    This uses DuckDB's own handle: closing another one of the same file would give up the lock. The system reports only once
    per handle that the disk failed, so the commit would not see it again.

    Raises:
        WarehouseError: the disk failed.
    """
    path = con.execute(_FILE).fetchall()[0][0]
    handle = _handle_of(path)
    if handle is None:
        yield
        return
    with ThreadPoolExecutor(1) as writer:
        written = writer.submit(os.fdatasync, handle)
        yield
    try:
        written.result()
    except OSError as error:
        raise WarehouseError(
            f"{path}: this file cannot be written down to the disk: {cause_of(error)}."
        ) from error


def _handle_of(path: str) -> int | None:
    """A handle that this process has open on a file already; None where the system lists none."""
    file = Path(path).stat()
    for handle in Path("/proc/self/fd").glob("*"):
        with suppress(OSError):  # the listing's own is closed by now
            if os.path.samestat(os.fstat(int(handle.name)), file):
                return int(handle.name)
    return None


@contextmanager
def permissions(settings: Settings) -> Iterator[None]:
    """Give all files made meanwhile, by DuckDB too, the permissions of `file_mode` from their first byte on."""
    before = os.umask(0o777 & ~_with_folders(settings.mode_bits))  # rule: owner-alone
    try:
        yield
    finally:
        os.umask(before)


def _with_folders(mode: int) -> int:
    """The permissions of files and folders together: who may read a file may look into its folder."""
    return mode | (mode & 0o444) >> 2


@contextmanager
def open_warehouse(
    path: Path,
    settings: Settings,
    *,
    read_only: bool = False,
    folders: Iterable[Path] = (),
    snapshots: Path | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse for this process alone, and close it whatever happens.

    A warehouse made here is removed again where an error comes before anything was recorded in it.

    Args:
        path: the file; made, with its folder, if it is not there.
        settings: memory, temporary files, permissions.
        read_only: whether nothing may be changed.
        folders: what SQL may read and write, besides the warehouse, its snapshots and its temporary files.
        snapshots: where those are, if not beside the file.

    Raises:
        LockedError: another process holds it, named by its id.
        WarehouseError: the file is no DuckDB database, or damaged, or something that the work needs is short (space,
            memory, permission, open files).
    """
    refuse_bad_path(path)
    with translate_errors(path), permissions(settings):
        if read_only:
            with _connection(path, settings, folders, snapshots, read_only=True) as con:
                yield con
            return
        with folder_for(path.parent):
            beside = folder_beside(path)
            others = beside.exists()  # of a warehouse that was here before, and may come back
            is_new = _make_database(path)
            try:
                with _connection(path, settings, folders, snapshots) as con:
                    yield con
            except BaseException:
                if is_new:  # rule: no-empty-warehouse
                    _remove_if_empty(path, None if others else beside)
                raise


@contextmanager
def copy_warehouse(warehouse: Path, copy: Path, settings: Settings) -> Iterator[None]:
    """Copy a warehouse's file with its log. Its snapshots stay where they are, and are not removed while the block runs.

    Raises:
        ContactMergeError: as open_warehouse, which holds it for reading until it is copied.
    """
    with ExitStack() as held:
        with open_warehouse(warehouse, settings, read_only=True):  # nobody writes to it meanwhile
            held.enter_context(hold_snapshots(warehouse))
            file = warehouse.resolve()  # beside which its log stands
            # the database last: with its copy closed, DuckDB's lock on it is given up
            for source in (file.with_name(f"{file.name}.wal"), file):
                if source.exists():
                    name = copy.name + source.name.removeprefix(file.name)
                    shutil.copyfile(source, copy.with_name(name))
        yield


@contextmanager
def folder_for(folder: Path) -> Iterator[None]:
    """Make a folder if it is not there; after an error it is removed again, unless there is something in it.

    Raises:
        OutputError: it cannot be made.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: this folder cannot be made: {error.strerror}.") from error
    try:
        yield
    except BaseException:
        with suppress(OSError):
            for path in missing:
                path.rmdir()  # rule: no-folder
        raise


def _name(path: Path) -> str:
    """A path as DuckDB takes it for a file, absolute: in a relative one it may see a prefix such as `md:`.

    Raises:
        WarehouseError: it is no UTF-8, which DuckDB does not take.
    """
    name = str(path.absolute())
    try:
        name.encode()
    except UnicodeEncodeError:
        raise WarehouseError(f"{path}: this path is no UTF-8; rename it, or use another.") from None
    return name


def refuse_bad_path(path: Path) -> None:
    """Refuse what cannot be a warehouse's file before DuckDB is asked, which would say or do something else.

    Raises:
        WarehouseError: what to name instead.
    """
    if path.is_dir():
        raise WarehouseError(
            f"{path}: this is a folder; name a file for the warehouse, such as {path / 'warehouse.duckdb'}."
        )
    for character in "?\\":
        if character in _name(path):
            raise WarehouseError(
                f"{path}: DuckDB reads a {character} in a path as something else; rename it, or use another."
            )


def _make_database(path: Path) -> bool:
    """Make an empty database where there is none, whole or not at all; returns whether there was none."""
    if path.exists():
        return False
    log = path.with_name(f"{path.name}.wal")
    if (
        log.exists() and not path.exists()
    ):  # DuckDB would take it into the new database; another may just have made that
        raise WarehouseError(
            f"{log}: the log of a warehouse that is not here; put {path.name} back beside it, or move it away."
        )
    snapshots = folder_beside(path)
    if next(snapshots.glob("*/*.parquet"), None) is not None and not path.exists():
        raise WarehouseError(
            f"{snapshots}: the snapshots of a warehouse that is not here; put {path.name} back beside them, or move them away."
        )
    new = _new_file(path, secrets.token_hex(8))
    try:
        duckdb.connect(_name(new)).close()
        # another process was faster, and may have taken this one for a leftover
        with suppress(FileExistsError, FileNotFoundError):
            os.link(new, path)
    finally:
        new.unlink(missing_ok=True)
    return True


def _remove_if_empty(path: Path, snapshots: Path | None) -> None:
    with suppress(duckdb.Error), duckdb.connect(_name(path)) as con:
        recorded = con.execute(
            "select 1 from duckdb_tables() where schema_name <> 'ledger' or table_name <> 'warehouse' limit 1"
        ).fetchall()
        if not recorded:
            # removed before it is closed, for another process may wait for it; and nothing is written afterwards
            con.execute("pragma disable_checkpoint_on_shutdown")
            file = path.resolve()
            if snapshots is not None:
                shutil.rmtree(snapshots, ignore_errors=True)
            file.unlink()
            # a log that could not be written into the file
            file.with_name(f"{file.name}.wal").unlink(missing_ok=True)


def _new_file(path: Path, token: str) -> Path:
    return path.with_name(f".{path.name}.{token}{_NEW}")


def _spill_folder(path: Path, settings: Settings, token: str) -> Path:
    """Where DuckDB spills: of one process alone, for two that read one warehouse would take each other's files."""
    if settings.temp_directory is None:
        return path.with_name(f"{path.name}.{token}{_SPILLED}")
    name_digest = hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:16]
    return Path(settings.temp_directory, f"contact-merge-{name_digest}.{token}{_SPILLED}")


def _remove_leftovers(path: Path, settings: Settings) -> None:
    """Remove what processes that were killed left of this warehouse; only who holds it alone may."""
    token = "0" * 16
    for left in _like(_spill_folder(path, settings, token), token):
        shutil.rmtree(left, ignore_errors=True)
    for left in _like(_new_file(path, token), token, "*"):
        left.unlink(missing_ok=True)


def _like(path: Path, token: str, rest: str = "") -> Iterator[Path]:
    """The files beside a path, and it, that are named as it is with any token of as many characters; `rest` may follow."""
    before, after = path.name.rsplit(token, 1)
    pattern = f"{glob.escape(before)}{'[0-9a-f]' * len(token)}{glob.escape(after)}{rest}"
    return path.parent.glob(pattern)


@contextmanager
def attach_warehouse(
    path: Path, settings: Settings, *, folders: Iterable[Path] = ()
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory (`memory`) with the warehouse attached read-only and in use (`warehouse`).

    For what has to be made beside the warehouse without changing it.

    Raises:
        WarehouseError: as open_warehouse; also where there is no such file.
    """
    refuse_bad_path(path)
    with (
        translate_errors(path),
        permissions(settings),
        _connection(path, settings, folders, None, read_only=True, attached=True) as con,
    ):
        yield con


def _restrict(con: duckdb.DuckDBPyConnection, folders: Iterable[Path]) -> None:
    """Let SQL reach these folders and nothing else: no other file, no network, no extension; and for good."""
    names = [f"{_name(folder.resolve())}/" for folder in folders]
    # a file to read is named with its glob characters escaped (engine.file_list), one to write is not
    listed = ", ".join(literal(name) for name in dict.fromkeys([*names, *map(glob.escape, names)]))
    con.execute(f"set allowed_directories = [{listed}]")
    con.execute("set enable_external_access = false")  # rule: no-other-files
    con.execute("set lock_configuration = true")  # rule: for-good


@contextmanager
def _connection(
    path: Path,
    settings: Settings,
    folders: Iterable[Path],
    snapshots: Path | None,
    *,
    read_only: bool = False,
    attached: bool = False,
) -> Iterator[duckdb.DuckDBPyConnection]:
    spilled = _spill_folder(path, settings, secrets.token_hex(8))
    con = _connect(path, settings, spilled, read_only=read_only, attached=attached)
    try:
        if not read_only:
            _remove_leftovers(path, settings)
        with suppress(OSError):  # a folder that cannot be written to matters only where something is spilled
            spilled.mkdir(parents=True)
        if attached:
            con.execute("use warehouse")
        if not con.execute(_FILE).fetchall()[0][0]:
            raise _no_database(path)
        _set_up(con)
        beside = folder_beside(path)
        con.execute(f"set variable {VARIABLE} = {literal(glob.escape(_name(snapshots or beside)))}")
        _restrict(con, [*folders, *([snapshots] if snapshots else []), beside])
        yield con
    finally:
        con.close()
        shutil.rmtree(spilled, ignore_errors=True)


@contextmanager
def open_engine(
    path: Path, settings: Settings, folders: Iterable[Path]
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory that may read and write these folders and nothing else, with half of a warehouse's memory.

    Args:
        path: the warehouse beside which it spills.
        settings: memory, temporary files.
        folders: what SQL may read and write.
    """
    spilled = _spill_folder(path, settings, secrets.token_hex(8))
    con = duckdb.connect(":memory:", config=_configuration(settings, spilled))
    try:
        with suppress(OSError):
            spilled.mkdir(parents=True)
        con.execute("set TimeZone = 'UTC'")
        con.execute("set enable_progress_bar = false")
        size, unit = con.execute("select current_setting('memory_limit')").fetchall()[0][0].split()
        con.execute(f"set memory_limit = {literal(f'{float(size) / 2}{unit}')}")
        _restrict(con, folders)
        yield con
    finally:
        con.close()
        shutil.rmtree(spilled, ignore_errors=True)


def _set_up(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("set TimeZone = 'UTC'")  # rule: utc
    con.execute("set enable_progress_bar = false")
    # Freed blocks are used again, not handed back to the system and requested again, page by page.
    limit = con.execute("select current_setting('memory_limit')").fetchall()[0][0]
    with suppress(duckdb.InvalidInputException):  # more than it makes room for: then little is let go
        con.execute(f"set block_allocator_memory = {literal(limit)}")
    # Looking for common substrings takes two thirds of a load, for a file of half the size.
    con.execute("set disabled_compression_methods = 'dict_fsst,fsst'")


def _no_database(path: Path) -> WarehouseError:
    """Where DuckDB would take the file for a table to read, by its name, and make a database in memory."""
    return WarehouseError(
        f"{path}: this file holds a table or text, no DuckDB database; name another file for the warehouse."
    )


def _configuration(settings: Settings, spilled: Path) -> dict[str, Any]:
    return {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "temp_directory": str(spilled),
        "memory_limit": settings.memory_limit or SHARE_OF_MEMORY,
        "enable_external_file_cache": False,  # inputs are read once: kept, they push out what is read again
    }


def _connect(
    path: Path, settings: Settings, spilled: Path, *, read_only: bool, attached: bool
) -> duckdb.DuckDBPyConnection:
    config = _configuration(settings, spilled)
    deadline = time.monotonic() + LOCK_WAIT_SECONDS
    while True:
        try:
            if attached:
                con = duckdb.connect(":memory:", config=config)
                con.execute(f"attach {literal(_name(path))} as warehouse (read_only)")
            else:
                con = duckdb.connect(_name(path), read_only=read_only, config=config)
            return con
        except duckdb.CatalogException as error:  # what may only be read is no database
            raise _no_database(path) from error
        except duckdb.IOException as error:
            if "set lock" not in str(error).lower():
                raise
            if time.monotonic() > deadline:
                holder = re.search(r"PID (\d+)", str(error))
                who = f"process {holder[1]}" if holder else "another process"
                raise LockedError(
                    f"{path}: {who} holds this warehouse; wait until it has finished, or stop it, and run again."
                ) from error
            time.sleep(0.1)
