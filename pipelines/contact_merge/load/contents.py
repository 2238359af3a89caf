"""Whether a file holds what its ending says, by its first bytes: a wrong name is reported as one, not as broken lines."""

import zipfile
from pathlib import Path

from contact_merge.errors import InputError
from contact_merge.load.inputs import Format

_COMPRESSED = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xfd7zXZ\0": "xz",
    b"\x04\x22\x4d\x18": "lz4",
    b"PK\x03\x04": "zip",
    **{b"BZh%d1AY&SY" % level: "bzip2" for level in range(1, 10)},
}
_OTHERS = {
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an Excel workbook",
    b"Obj\x01": "Avro",
    b"SQLite format 3\0": "an SQLite database",
}
_HEAD_BYTES = 512
_PARQUET = b"PAR1"
_TEXT = "CSV in UTF-8, JSON or Parquet"


def check_content(path: Path, name: str, kind: Format) -> None:
    """Refuse a file that its first bytes show to be something else than its ending says.

    Raises:
        InputError: it is compressed, a workbook, a database, Parquet with an ending of text, or text with that of Parquet.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        raise InputError(
            f"{name}: the file cannot be read ({error.strerror}); check its permissions."
        ) from error
    if compressed := _find_mark(head, _COMPRESSED):
        if compressed == "zip" and _is_workbook(path):
            raise InputError(
                f"{name}: this is an Excel workbook, whatever its name says; save it as {_TEXT}."
            )
        raise InputError(
            f"{name}: the file is compressed ({compressed}), whatever its name says; unpack it, and give it the ending of "
            "what is inside."
        )
    if other := _find_mark(head, _OTHERS):
        raise InputError(f"{name}: this is {other}, whatever its name says; write it as {_TEXT}.")
    if kind != "parquet" and head.startswith(_PARQUET) and ends_as_parquet(path):
        raise InputError(
            f"{name}: this is Parquet, whatever its name says; rename it to {path.stem}.parquet."
        )
    if kind == "parquet" and head and not head.startswith(_PARQUET) and _is_text(head):
        raise InputError(
            f"{name}: this is text, not Parquet; give it the ending of what it holds (.csv, .jsonl or .json)."
        )


def _find_mark(head: bytes, marks: dict[bytes, str]) -> str | None:
    return next((name for mark, name in marks.items() if head.startswith(mark)), None)


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return "[Content_Types].xml" in archive.namelist()
    except (OSError, ValueError, zipfile.BadZipFile):
        return False


def ends_as_parquet(path: Path) -> bool:
    """Whether a file ends as Parquet does: its writer adds the end last. One that is gone or shorter does not."""
    try:
        with path.open("rb") as file:
            file.seek(-len(_PARQUET), 2)
            return file.read() == _PARQUET
    except OSError:
        return False


def _is_text(head: bytes) -> bool:
    """Whether bytes are text in UTF-8, of which the last character may be cut off."""
    text = head.decode(errors="replace").rstrip("\ufffd")
    return "\ufffd" not in text and "\0" not in text
