"""Hold an output folder for one process, and let it belong to one warehouse.

manifest.json says whose files they are. While files are being promoted it is away, and the hidden one beside it counts.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from contact_merge.engine import columns_of, fetch
from contact_merge.errors import LockedError, OutputError
from contact_merge.publish.files import MANIFEST, final_name, finish, hidden_files, read_manifest
from contact_merge.warehouse import LOCK_WAIT_SECONDS, folder_for

LOCK = ".lock"
PREVIEW = ".preview-"
_TAKEN = frozenset({"merged", "events", "rejects", "preview", MANIFEST, LOCK})


@contextmanager
def hold_output(output: Path) -> Iterator[None]:
    """Hold the folder (made where it is missing) for this process alone; removes what killed dry runs left there.

    Raises:
        LockedError: another process holds it, named by its id.
        OutputError: it cannot be written to.
    """
    with folder_for(output):
        lock = output / LOCK
        try:
            handle = _lock(lock, output)
        except OSError as error:
            raise OutputError(f"{output}: cannot be written to: {error.strerror or error}.") from error
        try:
            for left in output.glob(f"{PREVIEW}*"):
                shutil.rmtree(left, ignore_errors=True)
            yield
        finally:
            lock.unlink(missing_ok=True)
            os.close(handle)


def _lock(lock: Path, output: Path) -> int:
    deadline = time.monotonic() + LOCK_WAIT_SECONDS
    while True:
        handle = os.open(lock, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with suppress(FileNotFoundError):
                if os.fstat(handle).st_ino == lock.stat().st_ino:  # else its holder has just removed it
                    _name_holder(lock, handle)
                    return handle
        except BlockingIOError:
            if time.monotonic() > deadline:
                holder = os.read(handle, 20).decode("ascii", "replace").strip()
                os.close(handle)
                raise LockedError(
                    f"{output}: process {holder or '(unknown)'} is writing to this folder; wait until it has finished, "
                    "or stop it, and run again."
                ) from None
            time.sleep(0.1)
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _name_holder(lock: Path, handle: int) -> None:
    """Write our process into the lock that we hold; where that fails there is none."""
    try:
        os.ftruncate(handle, 0)
        os.write(handle, b"%d\n" % os.getpid())
    except BaseException:
        lock.unlink(missing_ok=True)
        raise


def refuse_warehouse_among_outputs(warehouse: Path, output: Path) -> None:
    """Refuse a warehouse where a file of ours would replace it, or where dry runs are cleared away.

    Raises:
        OutputError: where to put it instead.
    """
    for path in (warehouse.absolute(), warehouse.resolve()):
        for folder in (output.absolute(), output.resolve()):
            if not path.is_relative_to(folder):
                continue
            first = next(iter(path.relative_to(folder).parts), "")
            if first in _TAKEN or first.startswith(PREVIEW):
                raise OutputError(
                    f"{warehouse}: outputs go here, and would replace the warehouse; name a file outside of "
                    f"{output / first}."
                )


def refuse_foreign_files(
    con: duckdb.DuckDBPyConnection, output: Path, warehouse_id: str, *, newer: bool = False
) -> None:
    """Refuse to write over the files of another warehouse, or of this one as it was later (`newer` allows that).

    Raises:
        OutputError: what to do instead.
    """
    digests: set[str] = set()
    if columns_of(con, "ledger", "batches"):
        digests = {digest for (digest,) in fetch(con, "ledger/batch_digests")}
    manifest = read_manifest(output / MANIFEST)
    hidden = [read_manifest(path) for path, _ in hidden_files(output) if final_name(path) == MANIFEST]
    for written in (manifest, *hidden):
        if written.get("warehouse_id") not in (warehouse_id, None):
            raise OutputError(
                f"{output}: the files here were made from another warehouse; name that one with --warehouse, write to "
                "another folder, or, to begin again, move these files away."
            )
    if not newer and manifest.get("ledger_digest") not in (*digests, None):
        raise OutputError(
            f"{output}: the files here are of batch {manifest.get('batch_id')}, which this warehouse does not hold so: it is "
            "an older copy, or has lost its end. Put back warehouse and files of one backup, write to another folder, or, "
            "where this warehouse shall count, write its files by `contact-merge rebuild`."
        )


def finish_files(con: duckdb.DuckDBPyConnection, output: Path) -> None:
    """Finish what a killed process had begun to publish in this folder."""
    finish(output, recorded_tokens(con))


def recorded_tokens(con: duckdb.DuckDBPyConnection) -> set[str]:
    """The tokens of all sets of files that were committed."""
    if not columns_of(con, "ledger", "publications"):
        return set()
    return {token for (token,) in fetch(con, "ledger/tokens")}
