"""Whether a file holds what its ending says, by its first bytes: a wrong name is reported as one, not as broken lines."""

import zipfile
from pathlib import Path

from contact_merge.errors import InputError
from contact_merge.load.endings import FORMATS, Format, compression_of, split_name
from contact_merge.load.opening import find_damage, open_bytes

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
    head = _read_head(path, name)
    compression = compression_of(path.name)
    found = _find_mark(head, _COMPRESSED)
    if compression is not None and head and found != compression:
        what = f"compressed as {found}" if found else "not compressed"
        raise InputError(f"{name}: the file is {what}, whatever its name says; rename it to what it is.")
    if compression is not None:
        if damage := find_damage(path):
            raise InputError(f"{name}: the file can't be unpacked ({damage}); write it again.")
        with open_bytes(path) as file:
            head = file.read(_HEAD_BYTES)
        found = _find_mark(head, _COMPRESSED)
    if found:
        if found == "zip" and _is_workbook(path):
            raise InputError(
                f"{name}: this is an Excel workbook, whatever its name says; save it as {_TEXT}."
            )
        raise InputError(
            f"{name}: the file is compressed ({found}), whatever its name says; {_remedy(path, found)}."
        )
    if other := _find_mark(head, _OTHERS):
        raise InputError(f"{name}: this is {other}, whatever its name says; write it as {_TEXT}.")
    if kind != "parquet" and head.startswith(_PARQUET) and (compression or ends_as_parquet(path)):
        how = "unpack it, and " if compression else ""
        raise InputError(
            f"{name}: this is Parquet, whatever its name says; {how}rename it to {split_name(path.name)[0]}.parquet."
        )
    if kind == "parquet" and head and not head.startswith(_PARQUET) and _is_text(head):
        raise InputError(
            f"{name}: this is text, not Parquet; give it the ending of what it holds (.csv, .jsonl or .json)."
        )


def _read_head(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except OSError as error:
        raise InputError(
            f"{name}: the file cannot be read ({error.strerror}); check its permissions."
        ) from error


def _remedy(path: Path, found: str) -> str:
    """What to do with a file that is compressed and not called so."""
    ending = {"gzip": ".gz", "zstd": ".zst"}.get(found)
    if ending is None or compression_of(path.name) or FORMATS.get(path.suffix.lower()) == "parquet":
        return "unpack it, and give it the ending of what is inside"
    return f"rename it to {path.name}{ending}, or unpack it"


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
