"""Write the files of an output folder so that they appear together, and each whole or not at all.

First all are staged: written and synced to the disk beside their final paths, under hidden names that end in the token
of their set. That takes all the space and every permission there is to take. The transaction that records the batch
records the token, too. After its commit the files are promoted, which is renaming alone. Where the process is killed
before that is done, the next one does it: a set whose token is recorded is promoted, any other is discarded.
manifest.json goes first and comes back last: while it is there, the set is complete.
"""

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from contact_merge.errors import OutputError

PARTIAL = ".partial"
MANIFEST = "manifest.json"
_FOLDERS = ("merged", "events", "rejects", ".")


class OutputFiles:
    """A set of files, staged in `with`; a failure inside discards all of them.

    Attributes:
        output: the output folder.
        mode: permissions of the files.
        token: names this set.
    """

    def __init__(self, output: Path, mode: int) -> None:
        self.output = output
        self.mode = mode
        self.token = secrets.token_hex(8)
        self._folders: list[Path] = []

    def __enter__(self) -> "OutputFiles":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            return
        with suppress(OSError):
            discard(self.output, self.token)
            for folder in reversed(self._folders):
                folder.rmdir()
        if isinstance(error, OSError):
            raise OutputError(f"{self.output}: cannot be written to: {error.strerror or error}.") from error

    @contextmanager
    def file(self, name: str) -> Iterator[Path]:
        """A hidden file to write to; `name` is its final path under the output folder."""
        hidden = self.staged(name)
        self._make_folder(hidden.parent)
        os.close(os.open(hidden, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, self.mode))
        yield hidden
        hidden.chmod(self.mode)
        _sync(hidden, os.O_RDWR)

    def staged(self, name: str) -> Path:
        """The hidden file of this final path."""
        final = self.output / name
        return final.with_name(f".{final.name}.{self.token}{PARTIAL}")

    def promote(self) -> None:
        """Promote the files; a set without a manifest (`export = "none"`) is none."""
        promote(self.output, self.token)

    def _make_folder(self, folder: Path) -> None:
        if folder.is_dir():
            return
        self._make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        self._folders.append(folder)
        _sync(folder.parent, os.O_RDONLY)


def promote(output: Path, token: str) -> None:
    """Rename the files of a recorded set to their final names, manifest.json last; can be done again at any time.

    Raises:
        OutputError: that failed; the next command with this output does it again.
    """
    hidden_manifest = output / f".{MANIFEST}.{token}{PARTIAL}"
    if not hidden_manifest.exists():
        return
    try:
        listed = read_manifest(hidden_manifest).get("files", {})
        before = read_manifest(output / MANIFEST).get("files", {})
        (output / MANIFEST).unlink(missing_ok=True)
        for name in before:  # of a table that is none any more
            if (
                name.startswith("merged/")
                and name not in listed
                and (output / name).parent == output / "merged"
            ):
                (output / name).unlink(missing_ok=True)
        _sync(output, os.O_RDONLY)
        for hidden, _ in hidden_files(output, token):
            if hidden != hidden_manifest:
                hidden.replace(hidden.with_name(final_name(hidden)))
        for rejects in (output / "rejects").glob("*.jsonl"):
            if f"rejects/{rejects.name}" not in listed:
                rejects.unlink()
        for folder in map(output.joinpath, _FOLDERS):
            if folder.is_dir():
                _sync(folder, os.O_RDONLY)
        hidden_manifest.replace(output / MANIFEST)
        _sync(output, os.O_RDONLY)
    except OSError as error:
        raise OutputError(
            f"{error.filename or output}: a file cannot be published: {error.strerror or error}. The warehouse has "
            "recorded the batch; mend this, and any run with this output publishes its files."
        ) from error


def finish(output: Path, recorded: set[str]) -> None:
    """Promote what a killed process had staged and recorded; discard what it had not recorded."""
    for token in {token for _, token in hidden_files(output)}:
        if token in recorded:
            promote(output, token)
        discard(output, token)


def discard(output: Path, token: str) -> None:
    """Remove the hidden files of a set."""
    for hidden, _ in hidden_files(output, token):
        hidden.unlink(missing_ok=True)


def hidden_files(output: Path, token: str = "*") -> list[tuple[Path, str]]:
    """The hidden files of all sets, or of one, each with its token."""
    found = [hidden for folder in _FOLDERS for hidden in (output / folder).glob(f".*.{token}{PARTIAL}")]
    return [(hidden, hidden.name.removesuffix(PARTIAL).rpartition(".")[2]) for hidden in found]


def final_name(hidden: Path) -> str:
    """The name that a hidden file will have."""
    return hidden.name.removeprefix(".").removesuffix(PARTIAL).rpartition(".")[0]


def read_manifest(path: Path) -> dict[str, Any]:
    """A manifest; nothing where it cannot be read, which `verify` reports."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def check_writable(output: Path) -> None:
    """Check that outputs can be written, before anything is done that they would report.

    Raises:
        OutputError: something stands where a folder or a file of ours goes, or a folder may not be written to.
    """
    made = next(folder for folder in (output, *output.absolute().parents) if os.path.lexists(folder))
    folders = [made, *(output / name for name in ("merged", "events", "rejects"))]
    for folder in filter(os.path.lexists, folders):
        if not folder.is_dir():
            raise OutputError(f"{folder}: this is no folder, but outputs go into one here; move it away.")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise OutputError(f"{folder}: the folder cannot be written to; check its permissions.")
    files = [output / "manifest.json", output / "changes.parquet"]
    for pattern in (
        "merged/*.parquet",
        "merged/*.csv",
        "events/*.jsonl",
        "rejects/*.jsonl",
        f"*/.*{PARTIAL}",
    ):
        files += output.glob(pattern)
    for file in files:
        if file.is_dir():
            raise OutputError(f"{file}: this is a folder, but a file goes here; move it away.")


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
