"""What DuckDB's errors mean for the one who reads them: what the work was short of, or that the file is damaged."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from contact_merge.errors import WarehouseError

_SHORT = {
    "No space left on device": "the disk is full; free some space and run again",
    "Disk quota exceeded": "the disk quota is used up; free some space and run again",
    "File too large": "a file would be larger than is allowed here (ulimit -f); allow more and run again",
    "Too many open files": "too many files are open; allow more (ulimit -n), or give the table as fewer files",
    "Read-only file system": "the file system is read-only; make it writable, or use another path",
    "Permission denied": "permission is denied; give it, or use another path",
    "Operation not permitted": "this is not permitted here; permit it, or use another path",
    "Input/output error": "the disk fails; look at the machine's logs before anything else",
    "Cannot allocate memory": "memory is short; give more, or set a smaller memory_limit (docs/settings.md, 'memory_limit')",
}
_MEMORY = (
    "the memory that DuckDB may use is not enough; raise memory_limit (8 % of the machine's where it is not set), or give "
    "temp_directory more space"
)
_OF_DAMAGE = (duckdb.IOException, duckdb.SerializationException, duckdb.FatalException)
_TWICE = "More than one row returned by a subquery"  # what our statements look up is there once
_GONE = "No files found that match the pattern"
_MISSING = (
    "a snapshot of this warehouse is missing; put back the folder of that name that ends in .raw, of the same backup as the "
    "file (docs/operators.md, 'Backup and restore')"
)
_CHANGED = (
    "a row stands in this warehouse twice: it was changed by hand; `contact-merge verify` names it, and a backup brings the "
    "warehouse back (docs/operators.md, 'Backup and restore')"
)
_DAMAGED = (
    "cannot be opened as a warehouse, or is damaged; where it opens, `contact-merge verify` names what of it can be read, "
    "and a backup brings it back (docs/operators.md, 'Backup and restore')"
)


def meaning_of(message: str) -> str | None:
    """What to do about an error of the system, by its message; None where it is none of those that are known."""
    return next((meaning for text, meaning in _SHORT.items() if text in message), None)


def cause_of(error: OSError) -> str:
    """Why the system could not write, and what to do about it."""
    why = error.strerror or str(error)
    todo = meaning_of(why) or "look at the machine's logs"
    return f"{why}; {todo}"


@contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """Translate errors of DuckDB: what the work was short of, or that the file is damaged; others are defects, and pass."""
    try:
        yield
    except (duckdb.OutOfMemoryException, MemoryError) as error:
        raise WarehouseError(f"{path}: {_MEMORY}.") from error
    except duckdb.Error as error:
        message = str(error)
        if (meaning := meaning_of(message)) is not None:
            file = re.search(r'file \\?"([^"\\]+)', message)  # within JSON where a thread of DuckDB's wrote
            raise WarehouseError(f"{file[1] if file else path}: {meaning}.") from error
        if _GONE in message:
            raise WarehouseError(f"{path}: {_MISSING}: {message.strip().splitlines()[0]}") from error
        if _TWICE in message:
            raise WarehouseError(f"{path}: {_CHANGED}.") from error
        if type(error) is duckdb.Error or isinstance(error, _OF_DAMAGE) or f"{path.name}.raw/" in message:
            raise WarehouseError(f"{path}: {_DAMAGED}: {message.strip().splitlines()[0]}") from error
        raise
