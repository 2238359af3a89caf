"""The lines of JSON files as Arrow batches, and a strict look at single lines.

A line is a line of JSON lines, or an element of a file that is one array. Files are read in blocks and cut without a Python
step per byte, so that DuckDB's JSON functions, many times faster than anything per row in Python, can work on whole batches
of lines. What those functions get wrong is left to msgspec, which keeps to RFC 8259 and gives each value's bytes as they
stand.
"""
# pyright: reportAttributeAccessIssue=false
# (pyarrow makes its compute functions when it is imported)

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from contact_merge.load.json_array import ArrayError, elements, is_array
from contact_merge.load.opening import open_bytes
from contact_merge.load.partitions import Partition
from contact_merge.names import fold_name

BLOCK_BYTES = 8 << 20
LINE_SCHEMA = pa.schema([("file_no", pa.int32()), ("line_no", pa.int64()), ("line", pa.large_string())])
_BOM = b"\xef\xbb\xbf"
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ABSENT = msgspec.Raw(b"null")
_SURROGATES = re.compile(  # pairs first, and whatever else a backslash makes of the character behind it
    r"\\u[dD][89abAB]\w{2}\\u[dD][c-fC-F]\w{2}|(?P<lone>\\u[dD][89a-fA-F]\w{2})|\\."
)
UNREADABLE = (msgspec.DecodeError, RecursionError)


class LineFile:
    """One file's lines, and what earlier passes found in them.

    Attributes:
        path: the file.
        partition: the columns that its folders give.
        fault: what is wrong with the file as a whole, once a pass has found it.
        number: its position among the files of its table.
        total: how many lines it has, the blank ones too.
        blank: numbers of its blank lines, ascending.
        broken: reason and text of each unusable line, by its number.
        rewritten: lines to be read instead of given ones, by their numbers (a key written twice is left once).
    """

    def __init__(self, path: Path, number: int) -> None:
        self.path = path
        self.partition: Partition = {}
        self.fault: str | None = None
        self.number = number
        self.total = 0
        self.blank: list[int] = []
        self.broken: dict[int, tuple[str, str]] = {}
        self.rewritten: dict[int, str] = {}

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All lines but the blank ones and those found to be broken so far, as `LINE_SCHEMA` has them."""
        first, self.blank = 1, []
        for lines in self._lines():
            numbers = pa.arange(first, first + len(lines))
            text = self._as_text(lines, first)
            blank = pc.match_substring_regex(text, r"^[ \t\r]*$")
            self.blank += numbers.filter(blank).to_pylist()
            first += len(lines)
            wanted = pc.invert(pc.or_(blank, pc.is_in(numbers, pa.array(list(self.broken), pa.int64()))))
            text, numbers = text.filter(wanted), numbers.filter(wanted)
            if self.rewritten:
                text = self._with_rewritten(text, numbers)
            files = pa.repeat(pa.scalar(self.number, pa.int32()), len(numbers))
            yield pa.RecordBatch.from_arrays([files, numbers, text], schema=LINE_SCHEMA)
        self.total = first - 1

    def _lines(self) -> Iterator[pa.Array]:
        """The lines as they stand, a block of the file at a time."""
        if not is_array(self.path):
            for block in _blocks(self.path):
                yield pc.split_pattern(pa.array([block], pa.large_binary()), pattern=b"\n").values
            return
        try:
            for found in elements(self.path):
                yield pa.array(found, pa.large_binary())
        except ArrayError as error:
            self.fault = str(error)

    def _as_text(self, lines: pa.Array, first: int) -> pa.Array:
        """The lines as text; those that are no UTF-8 are broken."""
        try:
            return lines.cast(pa.large_string())
        except pa.ArrowInvalid:
            texts = [line.decode(errors="replace") for line in lines.to_pylist()]
            for number, (line, text) in enumerate(zip(lines.to_pylist(), texts, strict=True), start=first):
                if text.encode() != line:
                    self.broken[number] = ("the line is no UTF-8", text)
            return pa.array(texts, pa.large_string())

    def _with_rewritten(self, text: pa.Array, numbers: pa.Array) -> pa.Array:
        changed = pc.is_in(numbers, pa.array(list(self.rewritten), pa.int64()))
        lines = [self.rewritten[number] for number in numbers.filter(changed).to_pylist()]
        return pc.replace_with_mask(text, changed, pa.array(lines, pa.large_string()))


def line_reader(files: Sequence[LineFile]) -> pa.RecordBatchReader:
    """All lines of all files, for one pass over them."""
    return pa.RecordBatchReader.from_batches(
        LINE_SCHEMA, (batch for file in files for batch in file.batches())
    )


def _blocks(path: Path) -> Iterator[bytes]:
    """The file in blocks of whole lines, each without its last newline."""
    waiting: list[bytes] = []
    with open_bytes(path) as file:
        start = file.read(len(_BOM))
        if start != _BOM:
            waiting.append(start)
        while block := file.read(BLOCK_BYTES):
            head, newline, tail = block.rpartition(b"\n")
            if newline:
                yield b"".join([*waiting, head])
                waiting = [tail]
            else:
                waiting.append(block)
    if rest := b"".join(waiting):
        yield rest.removesuffix(b"\n")


def strict_object(line: str) -> dict[str, bytes] | str:
    """The keys of a line's object with each value's text as it stands; or what is wrong with the line.

    Of a name that is there twice the last value counts.
    """
    try:
        return {name: bytes(value) for name, value in _OBJECT.decode(line).items()}
    except msgspec.ValidationError:
        return "the line is no JSON object"
    except UNREADABLE as error:
        return f"the line is no JSON ({_fault_of(line, error)})"


def _fault_of(line: str, error: Exception) -> str:
    """What keeps a line from being JSON; half a character msgspec takes for text that is cut off."""
    lone = any(match["lone"] for match in _SURROGATES.finditer(line))
    return "half of a character: a lone surrogate such as \\ud83d" if lone else str(error)


def object_text(values: dict[str, bytes]) -> str:
    """One JSON object of values that are JSON text already."""
    return msgspec.json.encode({name: msgspec.Raw(value) for name, value in values.items()}).decode()


def slice_decoder(names: Sequence[str]) -> Callable[[str], Sequence[bytes | None]]:
    """A function from a line to the JSON text of the values of these keys, null where absent or null."""
    if any(set(name) & {"\\", '"'} or not name.isprintable() for name in names):  # no struct has such fields

        def from_dict(line: str) -> Sequence[bytes | None]:
            values = _OBJECT.decode(line)
            return [_slice(values.get(name, _ABSENT)) for name in names]

        return from_dict
    fields = [f"s{position}" for position in range(len(names))]
    struct = msgspec.defstruct(
        "Slices",
        [(name, msgspec.Raw, _ABSENT) for name in fields],
        rename=dict(zip(fields, names, strict=True)),
        gc=False,
    )
    decode = msgspec.json.Decoder(struct).decode

    def from_struct(line: str) -> Sequence[bytes | None]:
        slices = decode(line)
        return [_slice(getattr(slices, name)) for name in fields]

    return from_struct


def _slice(value: msgspec.Raw) -> bytes | None:
    text = bytes(value)
    return None if text == b"null" else text


def slice_reader(
    files: Sequence[LineFile], names: Sequence[str], partitions: Sequence[str] = ()
) -> pa.RecordBatchReader:
    """The lines, and beside each, as `s0`, `s1`, …, the JSON text of the values of these keys as it stands.

    Then, as `p0`, `p1`, …, what the folders of the file give for `partitions`.

    A line that cannot be decoded (its values lie too deep in each other) is noted as broken and left out.
    """
    columns = [(f"s{position}", pa.large_string()) for position in range(len(names))]
    columns += [(f"p{position}", pa.large_string()) for position in range(len(partitions))]
    schema = pa.schema([("line", pa.large_string()), *columns])
    return pa.RecordBatchReader.from_batches(
        schema,
        (
            pa.RecordBatch.from_arrays(
                [*arrays, *_folder_texts(file, partitions, len(arrays[0]))], schema=schema
            )
            for file in files
            for arrays in _slices(file, names)
        ),
    )


def _folder_texts(file: LineFile, partitions: Sequence[str], rows: int) -> list[pa.Array]:
    its = {fold_name(name): text for name, text in file.partition.items()}
    return [pa.repeat(pa.scalar(its.get(fold_name(name)), pa.large_string()), rows) for name in partitions]


def _slices(file: LineFile, names: Sequence[str]) -> Iterator[list[pa.Array]]:
    decode = slice_decoder(names)
    for batch in file.batches():
        lines = batch.column("line")
        if not names:
            yield [lines]
            continue
        rows: list[Sequence[bytes | None]] = []
        left_out: list[int] = []
        for position, line in enumerate(lines.to_pylist()):
            try:
                rows.append(decode(line))
            except UNREADABLE as error:
                left_out.append(position)
                number = batch.column("line_no")[position].as_py()
                file.broken[number] = (
                    f"the line cannot be read as JSON ({_fault_of(line, error)})",
                    line,
                )
        if left_out:
            lines = lines.filter(
                pc.invert(pc.is_in(pa.arange(0, len(lines)), pa.array(left_out, pa.int64())))
            )
        slices = zip(*rows, strict=True) if rows else ([] for _ in names)
        texts = [pa.array(values, pa.large_binary()).cast(pa.large_string()) for values in slices]
        yield [lines, *texts]
