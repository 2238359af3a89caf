"""A Parquet file with other values in one column: the bytes of all other columns are copied, and nothing of them is decoded.

A file is row groups; each has one stretch of bytes for each column, its chunk. The footer says where they are. So in the new file

- a row group in which no row changes is the old one, byte by byte,
- of any other row group the chunk of this column is encoded again, and the others are copied,
- the footer is the old one, with other places and sizes. Indexes of pages, bloom filters, and the order of rows by this column
  are left out: readers do without.

Schema, nullability, metadata and the writer's name stay. Files are not trusted: each chunk has to consist of the pages that the
footer claims, and no two may overlap. What is not as expected cannot be spliced, and is for others to read and write.
"""
# pyright: reportAttributeAccessIssue=false
# (pyarrow makes its compute functions when it is imported)

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise, takewhile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from contact_merge.publish.thrift import (
    I64,
    LIST,
    STRUCT,
    Items,
    Struct,
    ThriftError,
    binaries,
    binary,
    integer,
    read_struct,
    struct_in,
    structs,
    write_struct,
)

_MAGIC = b"PAR1"
_TAIL = 8
"""Bytes after the footer: its length, and the magic."""
_STEP = 1 << 26
"""Bytes that are copied at once."""
_HEADERS = (1 << 8, 1 << 12, 1 << 16, 1 << 24)
"""Bytes in which the header of a page is looked for, one after the other."""

# Fields, by their numbers in parquet.thrift.
_SCHEMA, _ROWS, _GROUPS = 2, 3, 4  # FileMetaData
_FILE_FIELDS = frozenset(range(1, 8))  # without encryption
_TYPE, _REPETITION, _NAME, _CHILDREN, _CONVERTED, _LOGICAL = 1, 3, 4, 5, 6, 10  # SchemaElement
_CHUNKS, _BYTES, _GROUP_ROWS, _SORTED_BY, _BEGINS, _PACKED = 1, 2, 3, 4, 5, 6  # RowGroup
_GROUP_FIELDS = frozenset(range(1, 8))
_SORTED_COLUMN = 1  # SortingColumn
_OFFSET, _META, _INDEXES = 2, 3, (4, 5, 6, 7)  # ColumnChunk
_CHUNK_FIELDS = frozenset({_OFFSET, _META, *_INDEXES})  # without other files, and encryption
_PATH, _VALUES, _UNPACKED_SIZE, _SIZE, _DATA, _DICTIONARY = 3, 5, 6, 7, 9, 11  # ColumnMetaData
_BLOOM = (14, 15)
_META_FIELDS = frozenset(range(1, 18)) - {10}  # without index pages
_PAGE_TYPE, _PAGE_SIZE, _PAGE_1, _PAGE_2 = 1, 3, 5, 8  # PageHeader
_DATA_PAGE, _DICTIONARY_PAGE, _DATA_PAGE_2 = 0, 2, 3  # PageType
_BYTE_ARRAY, _UTF8, _STRING = 6, 0, 1  # Type, ConvertedType, LogicalType
_INTS, _INT_KINDS, _INTEGER = (1, 2), range(11, 19), 10  # the same of whole numbers
_REQUIRED, _OPTIONAL, _REPEATED = 0, 1, 2  # FieldRepetitionType


class NotSpliced(Exception):
    """Why a file cannot be spliced."""


@dataclass(frozen=True)
class _Leaf:
    """A column as the schema has it: values of one type, perhaps inside others."""

    path: tuple[bytes, ...]
    element: Struct
    repeated: bool


class SplicedFile:
    """A Parquet file of which a column of texts or whole numbers can be written again.

    Attributes:
        names: of the columns, in order.
        rows: how many it has.
    """

    def __init__(self, path: Path, column: str) -> None:
        """Look through a file's footer and the headers of its pages.

        Raises:
            NotSpliced: there is anything in them that is not expected, or the column is of another type.
        """
        self._path = path
        self._column = column
        try:
            with path.open("rb", buffering=0) as file:
                self._footer, end = _read_footer(file.fileno())
                self._leaves, self.names = _columns_of(structs(self._footer, _SCHEMA))
                self._place = _place_of(self._leaves, column)
                self.rows = integer(self._footer, _ROWS)
                _check_chunks(file.fileno(), self._footer, self._leaves, end)
        except (OSError, ThriftError, UnicodeDecodeError) as error:
            raise NotSpliced(str(error)) from error

    def write(
        self,
        target: Path,
        rows: npt.NDArray[np.int64],
        new: pa.Array | pa.ChunkedArray,
        going_on: Callable[[], object] = lambda: None,
    ) -> None:
        """Write the file with these values in these rows of the column; what the target held is gone, whatever happens.

        It can be called once. It holds one row group of the column in memory.

        Args:
            rows: their numbers, from 0, each greater than the one before.
            new: as many values, none of them null: texts, or whole numbers that the column can hold.
            going_on: is called every now and then; what it raises ends this.

        Raises:
            NotSpliced: the values of the column cannot be read, or there are no such rows.
            OSError: the target cannot be written.
        """
        if len(rows) != len(new) or new.null_count:
            raise NotSpliced("Not every row has a value.")
        if len(rows) and (rows[0] < 0 or rows[-1] >= self.rows or (np.diff(rows) <= 0).any()):
            raise NotSpliced("Rows are not in order, or not there.")
        first = 0
        with (
            self._path.open("rb", buffering=0) as source,
            target.open("wb", buffering=0) as file,
            _reading(self._path) as values,
        ):
            output = _Output(source.fileno(), file.fileno(), going_on)
            output.add(_MAGIC)
            for number, group in enumerate(structs(self._footer, _GROUPS)):
                going_on()
                after = first + integer(group, _GROUP_ROWS)
                begin, end = np.searchsorted(rows, (first, after))
                fresh = None
                if begin < end:
                    inside = new.slice(begin, end - begin)
                    fresh = self._encode(values, number, rows[begin:end] - first, inside)
                self._add_group(output, group, fresh)
                first = after
            output.flush()
            footer = write_struct(self._footer)
            output.add(footer + len(footer).to_bytes(4, "little") + _MAGIC)

    def _encode(
        self,
        values: pq.ParquetFile,
        group: int,
        rows: npt.NDArray[np.int64],
        new: pa.Array | pa.ChunkedArray,
    ) -> tuple[pa.Buffer, Struct]:
        """The column of a row group with other values in some of its rows, and what a footer says of it."""
        optional = integer(self._leaves[self._place].element, _REPETITION) == _OPTIONAL
        try:
            column = values.read_row_group(group, [self._column], use_threads=False).column(0)
            kind = column.type if pa.types.is_integer(column.type) else pa.large_string()
            column = column.cast(kind).combine_chunks()
            changed = np.zeros(len(column), np.bool_)
            changed[rows] = True
            column = pc.replace_with_mask(column, pa.array(changed), _one_array(new, kind))
            table = pa.table([column], schema=pa.schema([pa.field(self._column, column.type, optional)]))
            sink = pa.BufferOutputStream()
            # pyarrow reads a column as a dictionary, where a file says that it was one, but from some encodings
            as_dictionary = pa.types.is_dictionary(values.schema_arrow.field(self._column).type)
            encoding = "PLAIN" if pa.types.is_integer(kind) else "DELTA_LENGTH_BYTE_ARRAY"
            with pq.ParquetWriter(
                sink, table.schema,
                compression="zstd", compression_level=1, store_schema=False, use_dictionary=as_dictionary,
                column_encoding=None if as_dictionary else {self._column: encoding},
            ) as writer:  # fmt: skip
                writer.write_table(table, max(len(column), 1))
            written = sink.getvalue()
            made = read_struct(_footer_bytes(written))[0]
            (group_made,) = structs(made, _GROUPS)
            (chunk,) = structs(group_made, _CHUNKS)
        except (pa.ArrowException, OSError, MemoryError, ValueError, IndexError) as error:
            raise NotSpliced(str(error)) from error
        meta = struct_in(chunk, _META)
        if integer(meta, _TYPE) != integer(self._leaves[self._place].element, _TYPE):
            raise NotSpliced("The column is not written in the type that it has.")
        return written, meta

    def _add_group(self, output: "_Output", group: Struct, fresh: tuple[pa.Buffer, Struct] | None) -> None:
        """Add a row group to the output, and say in the footer where it is; `fresh` is its new chunk, if there is one."""
        begins = output.at
        chunks = structs(group, _CHUNKS)
        for place, chunk in enumerate(chunks):
            at = output.at
            meta = struct_in(chunk, _META)
            if fresh is not None and place == self._place:
                written, made = fresh
                start, size = _stretch(made)
                made[_PATH] = meta[_PATH]
                chunk[_META] = chunk[_META][0], made
                meta = made
                output.add(memoryview(written)[start : start + size])
            else:
                start, size = _stretch(meta)
                output.copy(start, size)
            for field in (_DATA, _DICTIONARY):
                if integer(meta, field, 0) > 0:
                    meta[field] = I64, integer(meta, field) + at - start
            for field in _BLOOM:
                meta.pop(field, None)
            for field in _INDEXES:
                chunk.pop(field, None)
            chunk[_OFFSET] = I64, at if integer(chunk, _OFFSET) else 0
        if _BEGINS in group:
            group[_BEGINS] = I64, begins
        if fresh is not None:
            metas = [struct_in(chunk, _META) for chunk in chunks]
            group[_BYTES] = I64, sum(integer(meta, _UNPACKED_SIZE) for meta in metas)
            if _PACKED in group:
                group[_PACKED] = I64, sum(integer(meta, _SIZE) for meta in metas)
            self._forget_order(group)

    def _forget_order(self, group: Struct) -> None:
        """Leave out that rows are in the order of the column, and of others where it is the same."""
        if _SORTED_BY not in group:
            return
        order = structs(group, _SORTED_BY)
        kept = list(takewhile(lambda by: integer(by, _SORTED_COLUMN) != self._place, order))
        del group[_SORTED_BY]
        if kept:
            group[_SORTED_BY] = LIST, Items(STRUCT, [*kept])


class _Output:
    """The file that is written; what follows each other in the old file is copied at once.

    Attributes:
        at: its size, with what is yet to be copied.
    """

    def __init__(self, source: int, target: int, going_on: Callable[[], object]) -> None:
        self.at = 0
        self._source = source
        self._target = target
        self._going_on = going_on
        self._start = self._size = 0
        self._by_kernel = hasattr(os, "copy_file_range")

    def copy(self, start: int, size: int) -> None:
        """Add bytes of the old file."""
        if start != self._start + self._size:
            self.flush()
            self._start = start
        self._size += size
        self.at += size

    def add(self, data: bytes | memoryview) -> None:
        """Add bytes."""
        self.flush()
        left = memoryview(data)
        self.at += len(left)
        while left:
            left = left[os.write(self._target, left) :]

    def flush(self) -> None:
        """Copy what is yet to be copied."""
        start, end = self._start, self._start + self._size
        while start < end:
            self._going_on()
            start += self._copy(start, min(end - start, _STEP))
        self._start, self._size = end, 0

    def _copy(self, start: int, size: int) -> int:
        """Copy some bytes; returns how many."""
        if self._by_kernel:
            with suppress(OSError):  # between two file systems, or on one that cannot do it
                if copied := os.copy_file_range(self._source, self._target, size, start):
                    return copied
            self._by_kernel = False
        data = os.pread(self._source, size, start)
        if not data:
            raise NotSpliced("The file has become shorter.")
        return os.write(self._target, data)


def _reading(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise NotSpliced(str(error)) from error


def _one_array(values: pa.Array | pa.ChunkedArray, kind: pa.DataType) -> pa.Array:
    values = values.cast(kind)
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _footer_bytes(file: pa.Buffer) -> bytes:
    """The footer of a file in memory, which pyarrow wrote."""
    end = len(file) - _TAIL
    length = int.from_bytes(file[end : end + 4].to_pybytes(), "little")
    return file[end - length : end].to_pybytes()


def _read_footer(file: int) -> tuple[Struct, int]:
    """The footer of a file, and where it begins."""
    size = os.fstat(file).st_size
    tail = os.pread(file, _TAIL, max(size - _TAIL, 0))
    start = size - _TAIL - int.from_bytes(tail[:4], "little")
    if tail[4:] != _MAGIC or os.pread(file, len(_MAGIC), 0) != _MAGIC or start < len(_MAGIC):
        raise NotSpliced("The file is not Parquet, or is encrypted.")
    data = os.pread(file, size - _TAIL - start, start)
    footer, end = read_struct(data)
    if end != len(data) or not footer.keys() <= _FILE_FIELDS:
        raise NotSpliced("The footer is encrypted, or newer.")
    return footer, start


def _columns_of(elements: list[Struct]) -> tuple[list[_Leaf], list[str]]:
    """The leaves of a schema, and the names of its columns."""
    leaves: list[_Leaf] = []
    names: list[str] = []
    if not elements:
        raise NotSpliced("There is no schema.")
    # for each struct that is open how many columns are to follow in it, its path, and whether it or one around it is repeated
    around: list[tuple[int, tuple[bytes, ...], bool]] = [(integer(elements[0], _CHILDREN, 0), (), False)]
    for element in elements[1:]:
        while around and around[-1][0] == 0:
            around.pop()
        if not around or len(around) > 100:
            raise NotSpliced("The schema is no tree, or a deep one.")
        left, path, repeated = around.pop()
        around.append((left - 1, path, repeated))
        name = binary(element, _NAME)
        repeated = repeated or integer(element, _REPETITION) == _REPEATED
        if not path:
            names.append(name.decode())
        if _TYPE in element:
            leaves.append(_Leaf((*path, name), element, repeated))
        else:
            around.append((integer(element, _CHILDREN), (*path, name), repeated))
    if any(left for left, _, _ in around):
        raise NotSpliced("The schema is no tree.")
    return leaves, names


def _place_of(leaves: list[_Leaf], column: str) -> int:
    """Which leaf is a column of texts or whole numbers."""
    places = [place for place, leaf in enumerate(leaves) if leaf.path[0] == column.encode()]
    if len(places) != 1 or len(leaves[places[0]].path) != 1 or "." in column:
        raise NotSpliced("The column is not there, or there twice, or nested.")
    element = leaves[places[0]].element
    logical = struct_in(element, _LOGICAL).keys() if _LOGICAL in element else None
    if integer(element, _REPETITION) not in (_REQUIRED, _OPTIONAL):
        raise NotSpliced("The column is repeated.")
    if integer(element, _TYPE) in _INTS:
        is_known = logical in (None, {_INTEGER}) and integer(element, _CONVERTED, _INT_KINDS[0]) in _INT_KINDS
    else:
        is_known = (
            integer(element, _TYPE) == _BYTE_ARRAY
            and not {_CONVERTED, _LOGICAL}.isdisjoint(element)
            and logical in (None, {_STRING})
            and integer(element, _CONVERTED, _UTF8) == _UTF8
        )
    if not is_known:
        raise NotSpliced("The column holds neither texts nor whole numbers.")
    return places[0]


def _check_chunks(file: int, footer: Struct, leaves: list[_Leaf], end: int) -> None:
    """Check that row groups have a chunk for each column, of pages that have its values, and that none overlaps another.

    Args:
        end: where the bytes of columns end at the latest.
    """
    stretches = []
    rows = 0
    for group in structs(footer, _GROUPS):
        of_group = integer(group, _GROUP_ROWS)
        rows += of_group
        chunks = structs(group, _CHUNKS)
        if not group.keys() <= _GROUP_FIELDS or of_group < 0 or len(chunks) != len(leaves):
            raise NotSpliced("A row group is not as the schema has it, or newer.")
        for chunk, leaf in zip(chunks, leaves, strict=True):
            meta = struct_in(chunk, _META)
            if not (chunk.keys() <= _CHUNK_FIELDS and meta.keys() <= _META_FIELDS):
                raise NotSpliced("A chunk is encrypted, or in another file, or newer.")
            values = integer(meta, _VALUES)
            if (
                tuple(binaries(meta, _PATH)) != leaf.path
                or integer(meta, _TYPE) != integer(leaf.element, _TYPE)
                or (values != of_group and not leaf.repeated)
            ):
                raise NotSpliced("A chunk is not as the schema has it.")
            integer(chunk, _OFFSET)
            start, size = _stretch(meta)
            if size < 0 or (size and not len(_MAGIC) <= start <= end - size):
                raise NotSpliced("A chunk is not inside the file.")
            _check_pages(file, start, size, values)
            stretches.append((start, start + size))
        if _SORTED_BY in group:
            for by in structs(group, _SORTED_BY):
                integer(by, _SORTED_COLUMN)
    stretches.sort()
    if any(start < before for (_, before), (start, _) in pairwise(stretches)):
        raise NotSpliced("Chunks overlap.")
    if rows != integer(footer, _ROWS):
        raise NotSpliced("Row groups do not have the rows of the file.")


def _stretch(meta: Struct) -> tuple[int, int]:
    """Where a chunk begins, and its size."""
    pages = integer(meta, _DATA), integer(meta, _DICTIONARY, 0)
    return min((page for page in pages if page > 0), default=0), integer(
        meta, _SIZE
    )  # 0: there is no such page


def _check_pages(file: int, start: int, size: int, values: int) -> None:
    """Check that a chunk is pages with so many values, and no more."""
    end = start + size
    while start < end:
        header, length = _page_header(file, start, end)
        body = integer(header, _PAGE_SIZE)
        kind = integer(header, _PAGE_TYPE)
        if kind in (_DATA_PAGE, _DATA_PAGE_2):
            values -= integer(struct_in(header, _PAGE_1 if kind == _DATA_PAGE else _PAGE_2), 1)  # num_values
        elif kind != _DICTIONARY_PAGE:
            raise NotSpliced("A page is of a newer kind.")
        if body < 0:
            raise NotSpliced("A page has no size.")
        start += length + body
    if start != end or values:
        raise NotSpliced("The pages of a chunk are not those that the footer has.")


def _page_header(file: int, start: int, end: int) -> tuple[Struct, int]:
    """The header of the page that begins there, and its length."""
    for most in _HEADERS:
        data = os.pread(file, min(most, end - start), start)
        try:
            return read_struct(data)
        except ThriftError:
            if len(data) < most:
                raise
    raise NotSpliced("A page has no header.")
