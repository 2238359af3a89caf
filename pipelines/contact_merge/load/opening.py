"""Files opened for reading, decompressed and decoded as they are read, so that a file of any size takes the memory of a block."""

import codecs
import gzip
import io
import zlib
from pathlib import Path
from typing import BinaryIO, TextIO, cast

import pyarrow as pa

from contact_merge.load.endings import compression_of

_MARK = "\udc80"
_BLOCK_BYTES = 1 << 20


def _mark(error: UnicodeError) -> tuple[str, int]:
    """What stands in decoded text for bytes that are none: half of a character, which no text has."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return _MARK, error.end


codecs.register_error("contact_merge_mark", _mark)


def open_bytes(path: Path) -> BinaryIO:
    """A file for reading, without the compression that its ending names."""
    match compression_of(path.name):
        case "gzip":
            return cast("BinaryIO", gzip.open(path))
        case "zstd":
            return cast("BinaryIO", io.BufferedReader(pa.input_stream(path, compression="zstd")))
        case _:
            return path.open("rb")


def open_text(path: Path, encoding: str) -> TextIO:
    """The text of a file, its newlines as they are; for bytes that are none in this encoding there are halves of characters."""
    errors = "surrogateescape" if is_utf8(encoding) else "contact_merge_mark"
    return io.TextIOWrapper(
        open_bytes(path), "utf-8-sig" if is_utf8(encoding) else encoding, errors, newline=""
    )


def is_utf8(encoding: str) -> bool:
    """Whether this is another name of UTF-8."""
    return codecs.lookup(encoding).name in {"utf-8", "utf-8-sig"}


def find_damage(path: Path) -> str | None:
    """What keeps a compressed file from being read to its end; None where nothing does, or it is not compressed."""
    if compression_of(path.name) is None:
        return None
    try:
        with open_bytes(path) as file:
            while file.read(_BLOCK_BYTES):
                pass
    except (OSError, EOFError, zlib.error) as error:
        return str(error)
    return None
