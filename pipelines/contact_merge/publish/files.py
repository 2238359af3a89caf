"""Write files so that each appears whole or not at all: beside its place, to the disk, then renamed over it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contact_merge.errors import ContactMergeError

PARTIAL = ".partial"


@contextmanager
def whole_file(path: Path, mode: int) -> Iterator[Path]:
    """A name to write to; when the block ends without an error it becomes `path`, with the given permissions."""
    partial = path.with_name(f".{path.name}{PARTIAL}")
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, mode))
    try:
        yield partial
        partial.chmod(mode)
        _sync(partial, os.O_RDWR)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    _sync(path.parent, os.O_RDONLY)


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def check_places(output: Path) -> None:
    """Look whether outputs can be written, before anything is done that they should tell of.

    Raises:
        ContactMergeError: something stands where a folder or a file of ours goes, or a folder may not be written to.
    """
    made = next(folder for folder in (output, *output.absolute().parents) if os.path.lexists(folder))
    folders = [made, *(output / name for name in ("merged", "events", "rejects"))]
    for folder in filter(os.path.lexists, folders):
        if not folder.is_dir():
            raise ContactMergeError(
                f"{folder}: this is no folder, but outputs go into one here; take it away."
            )
        if not os.access(folder, os.W_OK | os.X_OK):
            raise ContactMergeError(f"{folder}: the folder cannot be written to; check its permissions.")
    files = [output / "manifest.json", output / "changes.parquet"]
    for pattern in ("merged/*.parquet", "events/*.jsonl", "rejects/*.jsonl", f"*/.*{PARTIAL}"):
        files += output.glob(pattern)
    for file in files:
        if file.is_dir():
            raise ContactMergeError(f"{file}: this is a folder, but a file goes here; take it away.")


def remove_partial_files(folder: Path) -> None:
    """Remove what a killed run left beside the files of a folder."""
    for partial in folder.glob(f".*{PARTIAL}"):
        partial.unlink(missing_ok=True)
