"""The lines of JSON-lines files as Arrow batches, and a strict look at single lines.

Files are read in blocks and cut at newlines without a Python step per line, so that DuckDB's JSON functions, which are
many times faster than anything per row in Python, can work on whole batches of lines. They take more than RFC 8259
does (NaN, a comma before a closing bracket) and of a key written twice the first, so the few lines where that may
matter are looked at by msgspec, which is strict.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

BLOCK_BYTES = 8 << 20
_BOM = b"\xef\xbb\xbf"
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
LINE_SCHEMA = pa.schema([("file_no", pa.int32()), ("line_no", pa.int64()), ("line", pa.large_string())])


@dataclass
class Lines:
    """One file's lines, and what the first pass over them found.

    Attributes:
        path: the file.
        number: its place among the files of its table.
        blank: numbers of its blank lines, ascending.
        broken: reason and text of each unusable line by its number.
        rewritten: lines that stand for the given ones (a key written twice is there once, with its last value).
    """

    path: Path
    number: int
    blank: list[int] = field(default_factory=list)
    broken: dict[int, tuple[str, str]] = field(default_factory=dict)
    rewritten: dict[int, str] = field(default_factory=dict)
    total: int = 0

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All lines but the blank ones and those found to be broken so far."""
        first, self.blank = 1, []
        for block in _blocks(self.path):
            lines = pc.split_pattern(pa.array([block], pa.large_binary()), pattern=b"\n").values
            numbers = pa.arange(first, first + len(lines))
            text = self._decoded(lines, first)
            empty = pc.match_substring_regex(text, r"^[ \t\r]*$")
            self.blank += numbers.filter(empty).to_pylist()
            left_out = [number for number in self.broken if first <= number < first + len(lines)]
            keep = pc.invert(empty)
            if left_out:
                keep = pc.and_(keep, pc.invert(pc.is_in(numbers, pa.array(left_out, pa.int64()))))
            text, kept = text.filter(keep), numbers.filter(keep)
            changed = [number for number in self.rewritten if first <= number < first + len(lines)]
            if changed:
                text = pa.array(
                    [
                        self.rewritten.get(number, line)
                        for number, line in zip(kept.to_pylist(), text.to_pylist(), strict=True)
                    ],
                    pa.large_string(),
                )
            files = pa.repeat(pa.scalar(self.number, pa.int32()), len(kept))
            yield pa.RecordBatch.from_arrays([files, kept, text], schema=LINE_SCHEMA)
            first += len(lines)
        self.total = first - 1

    def _decoded(self, lines: pa.Array, first: int) -> pa.Array:
        """The lines as text; one that is no UTF-8 is noted as broken."""
        try:
            return lines.cast(pa.large_string())
        except pa.ArrowInvalid:
            texts = []
            for number, line in enumerate(lines.to_pylist(), start=first):
                try:
                    texts.append(line.decode())
                except UnicodeDecodeError:
                    texts.append(line.decode(errors="replace"))
                    self.broken[number] = ("the line is no UTF-8", texts[-1])
            return pa.array(texts, pa.large_string())


def _blocks(path: Path) -> Iterator[bytes]:
    """The file in blocks of whole lines, without their last newline."""
    rest = b""
    with path.open("rb") as file:
        start = file.read(len(_BOM))
        rest = b"" if start == _BOM else start
        while block := file.read(BLOCK_BYTES):
            head, newline, tail = block.rpartition(b"\n")
            if newline:
                yield rest + head
                rest = tail
            else:
                rest += block
    if rest:
        yield rest


def strict_members(line: str) -> dict[str, bytes] | str:
    """The members of a line's object by name, each value's text as it stands (the last of a repeated name); or what is wrong."""
    try:
        return {name: bytes(value) for name, value in _MEMBERS.decode(line).items()}
    except msgspec.ValidationError:
        return "the line is no JSON object"
    except msgspec.DecodeError as error:
        return f"the line is no JSON: {error}"


def object_text(members: dict[str, bytes]) -> str:
    """One JSON object of members whose values are JSON text already."""
    return msgspec.json.encode({name: msgspec.Raw(value) for name, value in members.items()}).decode()


def slice_batches(files: list[Lines], columns: list[str]) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """The lines of all files, and beside them columns `s0`, `s1`, … with the JSON text of each of the given members as it stands.

    A member that is absent or null is null. Only these members are decoded, the rest of a line is skipped over.
    """
    schema = pa.schema([("line", pa.large_string()), *((f"s{i}", pa.large_string()) for i in range(len(columns)))])
    return schema, _slices(files, columns, schema)


def _slices(files: list[Lines], columns: list[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    names = [f"s{position}" for position in range(len(columns))]
    absent = msgspec.Raw(b"null")
    members = msgspec.defstruct(
        "Members",
        [(name, msgspec.Raw, absent) for name in names],
        rename=dict(zip(names, columns, strict=True)),
        gc=False,
    )
    decode = msgspec.json.Decoder(members).decode
    for file in files:
        for batch in file.batches():
            lines = batch.column("line")
            arrays: list[pa.Array] = [lines]
            if names:
                decoded = [decode(line) for line in lines.to_pylist()]
                for name in names:
                    texts = [bytes(getattr(row, name)) for row in decoded]
                    arrays.append(pa.array([None if text == b"null" else text for text in texts], pa.large_binary()).cast(pa.large_string()))
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)
