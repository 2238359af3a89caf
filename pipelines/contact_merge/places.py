"""Paths as people type them, on the command line, in the environment and in settings, and the default warehouse."""

import re
from pathlib import Path

from contact_merge.errors import PlaceError

_SCHEME = re.compile(
    r"\s*(?:[A-Za-z][A-Za-z0-9+.-]*:)*?([A-Za-z][A-Za-z0-9+.-]+)://"
)  # of one letter it is a drive


def local_path(text: str) -> Path:
    """A file or folder of this machine.

    Raises:
        PlaceError: it begins with a scheme (`s3://…`, `postgres://…`), and would be made as a folder of that name.
    """
    if scheme := scheme_of(text):  # rule: no-scheme
        raise PlaceError(  # the rest may hold a password
            f"A path that begins with {scheme}:// cannot be read or written; copy what is there to a local folder, or mount it, "
            "and give its path."
        )
    return Path(text)


def default_warehouse(output: Path) -> Path:
    """Where the warehouse of an output stands if it is not named (INTERFACE.md, 'Command line')."""
    return output / "warehouse.duckdb"


def scheme_of(text: str) -> str | None:
    """The scheme that a text begins with, None for a path; `C:` is a drive."""
    found = _SCHEME.match(text)
    return found[1] if found else None
