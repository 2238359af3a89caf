"""What the name of a file says of it: the format, and what it is compressed with."""

from pathlib import Path
from typing import Literal

Format = Literal["parquet", "csv", "jsonl"]
Compression = Literal["gzip", "zstd"]
FORMATS: dict[str, Format] = {
    ".parquet": "parquet", ".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl",
}  # fmt: skip
COMPRESSIONS: dict[str, Compression] = {".gz": "gzip", ".zst": "zstd"}
ENDINGS = ".parquet, .csv, .tsv, .jsonl, .ndjson or .json"
"""The endings that can be read, for messages."""


def split_name(name: str) -> tuple[str, Format | None]:
    """The name of a file or folder without the endings that say its format, in any case, and that format.

    None, with the whole name, where no ending can be read. Parquet is compressed inside, and has no second ending.
    """
    bare = name[: -len(Path(name).suffix)] if compression_of(name) else name
    format_ = FORMATS.get(Path(bare).suffix.lower())
    if format_ is None or (format_ == "parquet" and bare != name):
        return name, None
    return bare[: -len(Path(bare).suffix)], format_


def compression_of(name: str) -> Compression | None:
    """What a file of this name is compressed with; None where it is not."""
    return COMPRESSIONS.get(Path(name).suffix.lower())


def is_tab_separated(name: str) -> bool:
    """Whether the ending of a file says that tabs stand between its cells."""
    return Path(name.lower().removesuffix(".gz").removesuffix(".zst")).suffix == ".tsv"
