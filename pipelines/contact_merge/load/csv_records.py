"""A CSV file record by record, for files that need care: any encoding and newlines, broken quotes, cells of any size.

RFC 4180 by Python's csv module; where quotes are escaped by another character, by expressions of our own. Where the quotes of a
record do not match, only its first line is broken, and reading goes on with the next line. A quote that is never closed must not
take the rest of the file.
"""

import csv
import re
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TextIO

import pyarrow as pa

from contact_merge.load.opening import is_utf8, open_text
from contact_merge.load.source import Broken, FileScan

MAX_CELL = 16 << 20
_BATCH = 10_000
_NOT_TEXT = re.compile("[\ud800-\udfff]")  # what bytes are read as that are no text
_NO_BYTE = re.compile(
    "[\ud800-\udc7f\udd00-\udfff]"
)  # what stands for no byte: some encodings name halves of characters
_BOM = "\ufeff"
_SEPARATOR = re.compile(r'"?sep=(.)"?[\r\n]*', re.IGNORECASE)

Record = list[str | None]
Parser = Callable[[Iterator[str]], Record]


@dataclass(frozen=True)
class Dialect:
    """How the cells of a CSV file are written.

    Attributes:
        delimiter: what stands between two cells.
        quote: what stands around a cell; no text where nothing does.
        escape: what stands before a quote inside of a cell.
        encoding: what Python calls the encoding.
        null: the texts that are null, as they stand before escapes are resolved.
        lines_before: how many lines stand before the one of names (Excel's `sep=;`).
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    encoding: str = "utf-8"
    null: tuple[str, ...] = ("",)
    lines_before: int = 0

    @property
    def is_standard(self) -> bool:
        """Whether quotes inside of a cell are doubled, or nothing is quoted, and no null text has a quote in it."""
        doubled = self.escape == self.quote if self.quote else not self.escape
        return doubled and not (self.quote and any(self.quote in text for text in self.null))


class _Lines(Iterator[str]):
    """The lines of a file, which can be given back, and those that the present record has taken."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._waiting: deque[str] = deque()
        self.taken: list[str] = []
        with suppress(StopIteration):
            self._waiting.append(next(file).removeprefix(_BOM))

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else next(self._file)
        self.taken.append(line)
        return line

    def give_back_all_but_first(self) -> None:
        self._waiting.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]


def read_separator(path: Path, encoding: str) -> tuple[str | None, bool]:
    """The separator that a first line `sep=;` names, None where there is no such line; whether the next line ends as it does."""
    with open_text(path, encoding) as file:
        first, second = file.readline(_BATCH), file.readline(_BATCH)
    named = _SEPARATOR.fullmatch(first.removeprefix(_BOM))
    return named[1] if named else None, _newline(first) == _newline(second)


def _newline(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def read_names(path: Path, dialect: Dialect) -> tuple[tuple[str, ...], bool]:
    """The names of the columns, none in a file without any, and whether no blank line stands before them.

    Raises:
        csv.Error: their quotes do not match.
    """
    parse = _parser(dialect)
    csv.field_size_limit(MAX_CELL)
    with open_text(path, dialect.encoding) as file:
        lines = _Lines(file)
        for _ in range(dialect.lines_before):
            next(lines, "")
        is_first = True
        while True:
            try:
                names = parse(lines)
            except StopIteration:
                return (), is_first
            if names:
                return tuple(name or "" for name in names), is_first
            is_first = False


def read_cells(line: str, names: tuple[str, ...], dialect: Dialect) -> dict[str, str]:
    """What a line has in which column, as far as its cells can be separated."""
    with suppress(csv.Error, StopIteration):
        cells = _parser(dialect)(iter([line]))
        return {name: cell for name, cell in zip(names, cells, strict=False) if cell is not None}
    return {}


def record_batches(scan: FileScan, dialect: Dialect, names: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
    """The readable records of a file; notes rows and broken lines in `scan`."""
    scan.rows, scan.broken = 0, []
    schema = pa.schema([(name, pa.large_string()) for name in names])
    null = _null_texts(dialect)
    rows: list[Record] = []
    for row in _records(scan, dialect, len(names)):
        rows.append(row)
        if len(rows) == _BATCH:
            yield _batch(rows, schema, null)
            rows = []
    if rows:
        yield _batch(rows, schema, null)


def filled_places(path: Path, dialect: Dialect, width: int, places: set[int]) -> set[int]:
    """The places of a file's records, of these, in which any has a value."""
    null = _null_texts(dialect)
    filled: set[int] = set()
    for row in _records(FileScan("", path), dialect, width):
        filled |= {place for place in places if (cell := row[place]) and cell.strip() and cell not in null}
    return filled


def _null_texts(dialect: Dialect) -> frozenset[str]:
    """The texts of parsed cells that are null; where quotes may be escaped the parser has made them null already."""
    return frozenset(dialect.null if dialect.is_standard else ())


def _parser(dialect: Dialect) -> Parser:
    """What takes the lines of one record and gives its cells; no cell for a blank line."""
    if not dialect.is_standard:
        return partial(_parse_escaped, _Expressions(dialect))
    if dialect.quote:
        return partial(_parse_standard, dialect, _Expressions(dialect))
    return lambda lines: list(
        next(csv.reader(lines, delimiter=dialect.delimiter, quoting=csv.QUOTE_NONE, strict=True))
    )


def _parse_standard(dialect: Dialect, of: "_Expressions", lines: Iterator[str]) -> Record:
    line = next(lines)
    record = chain([line], lines)
    if of.beside_quotes.search(line):
        return _parse_escaped(of, record)
    return list(next(csv.reader(record, delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True)))


class _Expressions:
    """What finds cells where the csv module does not: quotes are escaped by another character, or have blanks beside them."""

    def __init__(self, dialect: Dialect) -> None:
        delimiter, quote, escape = (
            re.escape(each) for each in (dialect.delimiter, dialect.quote, dialect.escape)
        )
        is_doubled = dialect.escape == dialect.quote
        behind = f"{escape}{escape}" if is_doubled else rf"{escape}(?:\r\n|.)" if escape else "(?!)"
        self.delimiter = dialect.delimiter
        self.null = frozenset(dialect.null)
        self.quoted = re.compile(rf"(?:[^{quote}{'' if is_doubled else escape}]|{behind})*", re.DOTALL)
        blanks = "" if dialect.delimiter == " " else " *"
        closing = rf"{quote}{blanks}(?={delimiter}|[\r\n]|\Z)"
        blank = rf" (?={quote}{self.quoted.pattern}(?:{closing}|\Z))" if blanks else "(?!)"
        self.opening = re.compile(f"(?:{blank})?{quote}" if quote else "(?!)", re.DOTALL)
        self.closing = re.compile(f"{closing}|{quote}")
        self.beside_quotes = re.compile(rf"(?:^|{delimiter}) {quote}|{quote} +(?:{delimiter}|[\r\n]|\Z)")
        outside = "(?!)" if is_doubled else behind
        self.plain = re.compile(
            rf"(?:[^{delimiter}\r\n{'' if is_doubled else escape}]|{outside})*", re.DOTALL
        )
        resolved = rf"\r\n|[{delimiter}{quote}{escape}\r\n]"
        self.escaped = re.compile(f"{escape}({quote if is_doubled else resolved})" if escape else "(?!)()")


def _parse_escaped(of: _Expressions, lines: Iterator[str]) -> Record:
    line, at = next(lines), 0
    if not line.rstrip("\r\n"):
        return []
    cells: Record = []
    while True:
        opening = of.opening.match(line, at)
        quoted = opening is not None
        at = opening.end() if opening else at
        parts: list[str] = []
        while True:
            found = (of.quoted if quoted else of.plain).match(line, at)
            assert found is not None
            parts.append(found[0])
            at = found.end()
            if at < len(line) or not (quoted or line.endswith(("\r", "\n"))):
                break  # the cell ends in this line; else its newline belongs to it
            try:
                line, at = next(lines), 0
            except StopIteration:
                raise csv.Error("unexpected end of data") from None
        text = "".join(parts)
        if len(text) > MAX_CELL:
            raise csv.Error("a cell is too long")
        if quoted:
            closing = of.closing.match(line, at)
            if closing is None:
                raise csv.Error("an escape stands before nothing")
            at = closing.end()
        cells.append(None if text in of.null else of.escaped.sub(r"\1", text))
        if line.startswith(of.delimiter, at):
            at += 1
        elif line[at:].rstrip("\r\n"):
            raise csv.Error("a delimiter is expected behind a quote")
        else:
            return cells


def _records(scan: FileScan, dialect: Dialect, width: int) -> Iterator[Record]:
    csv.field_size_limit(MAX_CELL)
    parse = _parser(dialect)
    null = _null_texts(dialect)
    with open_text(scan.path, dialect.encoding) as file:
        lines = _Lines(file)
        for _ in range(dialect.lines_before):
            next(lines, "")
        while not parse(lines):
            pass  # the line of names follows
        number = 0
        while True:
            lines.taken.clear()
            try:
                row = parse(lines)
            except StopIteration:
                return
            except csv.Error:
                lines.give_back_all_but_first()
                row, reason = None, "the quotes of the line do not match"
            else:
                if all(cell is None or cell in null for cell in row):
                    continue
                while len(row) > width and not row[-1]:
                    row.pop()  # delimiters behind the last cell are none, as for DuckDB's reader
                reason = _fault(row, width, dialect.encoding)
            number += 1
            if row is None or reason is not None:
                scan.broken.append(Broken(number, reason or "", _printable("".join(lines.taken))))
            else:
                scan.rows += 1
                yield row


def _fault(row: Record, width: int, encoding: str) -> str | None:
    if len(row) != width:
        return f"the line has {'fewer' if len(row) < width else 'more'} cells than the header"
    if is_text("".join(filter(None, row))):
        return None
    return f"the line is no {'UTF-8' if is_utf8(encoding) else encoding}"


def is_text(text: str) -> bool:
    """Whether text as `open_text` gives it was text."""
    return _NOT_TEXT.search(text) is None


def _printable(text: str) -> str:
    text = _NO_BYTE.sub("\ufffd", text.rstrip("\r\n"))
    return text.encode(errors="surrogateescape").decode(errors="replace")


def _batch(rows: list[Record], schema: pa.Schema, null: frozenset[str]) -> pa.RecordBatch:
    columns = ([None if cell in null else cell for cell in column] for column in zip(*rows, strict=True))
    return pa.RecordBatch.from_arrays(
        [pa.array(column, pa.large_string()) for column in columns], schema=schema
    )
