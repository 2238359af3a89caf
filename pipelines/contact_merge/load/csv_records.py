"""A CSV file record by record, for files that need care: any newlines, broken quotes, cells of any size.

RFC 4180 by Python's csv module. Where the quotes of a record do not match, only its first line is broken,
and reading goes on with the next line. A quote that is never closed must not take the rest of the file.
"""

import csv
import re
from collections import deque
from collections.abc import Iterator
from typing import TextIO

import pyarrow as pa

from contact_merge.load.source import Broken, FileScan

MAX_CELL = 16 << 20
_BATCH = 10_000
_NOT_TEXT = re.compile("[\ud800-\udfff]")  # what a byte that is no UTF-8 is read as


class _Lines(Iterator[str]):
    """The lines of a file, which can be given back, and those that the present record has taken."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._waiting: deque[str] = deque()
        self.taken: list[str] = []

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else next(self._file)
        self.taken.append(line)
        return line

    def give_back_all_but_first(self) -> None:
        self._waiting.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]


def record_batches(scan: FileScan, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The readable records of a file, empty cells as nulls; notes rows and broken lines in `scan`."""
    scan.rows, scan.broken = 0, []
    rows: list[list[str]] = []
    for row in _records(scan, len(schema.names)):
        rows.append(row)
        if len(rows) == _BATCH:
            yield _batch(rows, schema)
            rows = []
    if rows:
        yield _batch(rows, schema)


def _records(scan: FileScan, width: int) -> Iterator[list[str]]:
    csv.field_size_limit(MAX_CELL)
    with scan.path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        lines = _Lines(file)
        next(filter(None, csv.reader(lines, strict=True)))
        number = 0
        while True:
            lines.taken.clear()
            try:
                row = next(csv.reader(lines, strict=True))
            except StopIteration:
                return
            except csv.Error:
                lines.give_back_all_but_first()
                row, reason = None, "the quotes of the line do not match"
            else:
                if not row:
                    continue
                while len(row) > width and not row[-1]:
                    row.pop()  # commas behind the last cell are none, as for DuckDB's reader
                reason = _fault(row, width)
            number += 1
            if row is None or reason is not None:
                scan.broken.append(Broken(number, reason or "", _printable("".join(lines.taken))))
            else:
                scan.rows += 1
                yield row


def _fault(row: list[str], width: int) -> str | None:
    if len(row) != width:
        return f"the line has {'fewer' if len(row) < width else 'more'} cells than the header"
    return None if is_utf8("".join(row)) else "the line is no UTF-8"


def is_utf8(text: str) -> bool:
    """Whether text read with surrogate escapes was UTF-8."""
    return _NOT_TEXT.search(text) is None


def _printable(text: str) -> str:
    return text.rstrip("\r\n").encode(errors="surrogateescape").decode(errors="replace")


def _batch(rows: list[list[str]], schema: pa.Schema) -> pa.RecordBatch:
    columns = ([cell or None for cell in column] for column in zip(*rows, strict=True))
    return pa.RecordBatch.from_arrays(
        [pa.array(column, pa.large_string()) for column in columns], schema=schema
    )
