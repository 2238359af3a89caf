"""Spliced files: read as if every value had been written again; anything unusual is refused, and so is any damage."""

import random
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from contact_merge.publish.splice import NotSpliced, SplicedFile
from contact_merge.publish.thrift import (
    BINARY,
    I32,
    I64,
    STRUCT,
    Items,
    Struct,
    read_struct,
    struct_in,
    structs,
    write_struct,
)

ID = "contact_id"
START = datetime(2026, 3, 1, tzinfo=UTC)
OTHERS: Mapping[str, tuple[pa.DataType, Callable[[int], Any]]] = {
    "number": (pa.int64(), lambda i: i * 7919 % 1000),
    "small": (pa.uint8(), lambda i: i % 200),
    "real": (pa.float64(), lambda i: i / 3),
    "flag": (pa.bool_(), lambda i: i % 3 == 0),
    "ü text": (pa.string(), lambda i: f"text {i % 50} é" * (i % 4)),
    "word": (pa.dictionary(pa.int32(), pa.string()), lambda i: "abc"[i % 3]),
    "bytes": (pa.binary(), lambda i: bytes([i % 256]) * (i % 5)),
    "at": (pa.timestamp("us", "UTC"), lambda i: START + timedelta(seconds=i)),
    "price": (pa.decimal128(12, 2), lambda i: Decimal(i) / 4),
    "list": (pa.list_(pa.int32()), lambda i: [*range(i % 4)]),
    "row": (
        pa.struct([("contact_id", pa.string()), ("tags", pa.list_(pa.string()))]),
        lambda i: {"contact_id": f"inner {i}", "tags": ["x"] * (i % 3)},
    ),
}
READERS: Mapping[str, Callable[[Path], pa.Table]] = {
    "pyarrow": pq.read_table,
    "duckdb": lambda path: duckdb.sql(
        f"from read_parquet('{path}', hive_partitioning = false)"
    ).to_arrow_table(),
    "polars": lambda path: pl.read_parquet(path, hive_partitioning=False, glob=False).to_arrow(),
}


INTEGERS = [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32()]


def make_table(draw: random.Random, rows: int, *, whole: bool = False) -> pa.Table:
    """A table of some columns in any order, one of them texts, or whole numbers, named `contact_id`; nulls in some of them."""
    names = draw.sample(list(OTHERS), draw.randrange(5))
    columns, fields = [], []
    for name in names:
        kind, value = OTHERS[name]
        nullable = draw.random() < 0.7
        values = [None if nullable and draw.random() < 0.2 else value(i) for i in range(rows)]
        columns.append(pa.array(values, kind))
        fields.append(pa.field(name, kind, nullable))
    nullable, nulls = draw.random() < 0.7, draw.choice([0, 0.1, 1])
    kind = draw.choice(
        [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())]
    )
    few = draw.random() < 0.5
    ids = [
        None if nullable and draw.random() < nulls else f"{draw.randrange(5 if few else 10**9):036d}"
        for _ in range(rows)
    ]
    if whole:
        kind = draw.choice(INTEGERS)
        ids = [None if text is None else int(text) % 128 for text in ids]
    place = draw.randrange(len(columns) + 1)
    columns.insert(place, pa.array(ids, kind))
    fields.insert(place, pa.field(ID, kind, nullable))
    return pa.table(columns, schema=pa.schema(fields))


def write_by_pyarrow(draw: random.Random, table: pa.Table, path: Path) -> None:
    flat = not any(pa.types.is_nested(field.type) for field in table.schema)
    order = [pq.SortingColumn(i) for i in range(table.num_columns)] if flat and draw.random() < 0.5 else None
    with pq.ParquetWriter(
        path,
        table.schema,
        compression=draw.choice(["none", "snappy", "gzip", "brotli", "lz4", "zstd"]),
        data_page_version=draw.choice(["1.0", "2.0"]),
        version=draw.choice(["1.0", "2.4", "2.6"]),
        use_dictionary=draw.random() < 0.5,
        write_page_index=draw.random() < 0.5,
        write_page_checksum=draw.random() < 0.5,
        write_statistics=draw.random() < 0.8,
        store_schema=draw.random() < 0.5,
        data_page_size=draw.choice([64, 1 << 20]),
        write_batch_size=draw.choice([3, 1024]),
        sorting_columns=order,
    ) as writer:
        step = draw.choice([1 + len(table) // 9, 1 + len(table) // 3, 1 + len(table)])
        for first in range(0, len(table), step):
            writer.write_table(table[first : first + step], step)
            if draw.random() < 0.2:
                writer.write_table(table[:0])


def write_by_duckdb(draw: random.Random, table: pa.Table, path: Path) -> None:
    options = f"compression {draw.choice(['uncompressed', 'snappy', 'gzip', 'brotli', 'lz4_raw', 'zstd'])}"
    options += f", parquet_version {draw.choice(['v1', 'v2'])}, row_group_size 2048"
    with duckdb.connect() as con:
        con.register("rows", table)
        con.execute("set threads = 1")
        con.execute(f"copy (from rows) to '{path}' (format parquet, {options})")


def write_by_polars(draw: random.Random, table: pa.Table, path: Path) -> None:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    compression = draw.choice(["uncompressed", "snappy", "gzip", "brotli", "lz4", "zstd"])
    frame.write_parquet(
        path,
        compression=compression,
        row_group_size=draw.choice([7, 1000, None]),
        statistics=draw.random() < 0.5,
        data_page_size=draw.choice([64, None]),
    )


WRITERS = (write_by_pyarrow, write_by_pyarrow, write_by_duckdb, write_by_polars)


def choose_rows(draw: random.Random, count: int) -> list[int]:
    """None, a stretch, some or all of so many rows."""
    share = draw.choice([0, 0.01, 0.3, 1])
    if draw.random() < 0.3:
        first = draw.randrange(count + 1)
        return [*range(first, draw.randrange(first, count + 1))]
    return [i for i in range(count) if draw.random() < share]


def rewrite(table: pa.Table, rows: list[int], values: list[Any]) -> pa.Table:
    """The table with these values, of the type that the column has."""
    place = table.schema.names.index(ID)
    ids = table.column(ID).to_pylist()
    for row, value in zip(rows, values, strict=True):
        ids[row] = value
    return table.set_column(place, table.schema.field(ID), pa.array(ids, table.schema.field(ID).type))


def splice(base: Path, rows: list[int], values: list[Any]) -> Path:
    target = base.with_name("spliced.parquet")
    kind = pa.int64() if any(isinstance(value, int) for value in values) else pa.string()
    SplicedFile(base, ID).write(target, np.array(rows, np.int64), pa.array(values, kind))
    return target


def check_a_random_file(seed: int, *, whole: bool = False) -> None:
    draw = random.Random(seed)
    table = make_table(draw, draw.choice([0, 1, 2, 50, 300, 5000]), whole=whole)
    rows = choose_rows(draw, len(table))
    texts: list[Any] = [draw.choice(["", "é" * 9, f"{row:036d}", f"new {row % 3}"]) for row in rows]
    if whole:
        texts = [draw.choice([0, 127, row % 128]) for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder, "base.parquet")
        draw.choice(WRITERS)(draw, table, base)
        spliced = splice(base, rows, texts)
        for name, read in READERS.items():
            before, after = read(base), read(spliced)
            assert after.schema == before.schema, name
            assert after.to_pylist() == rewrite(before, rows, texts).to_pylist(), name
        check_figures(base, spliced)


def check_figures(base: Path, spliced: Path) -> None:
    """What the footer says adds up, and is of the new file."""
    old, new = pq.read_metadata(base), pq.read_metadata(spliced)
    assert (new.num_rows, new.created_by, new.metadata) == (old.num_rows, old.created_by, old.metadata)
    assert pq.ParquetFile(spliced).schema.equals(pq.ParquetFile(base).schema)
    at = 4
    for group in map(new.row_group, range(new.num_row_groups)):
        chunks = [group.column(i) for i in range(group.num_columns)]
        for chunk in chunks:
            pages = [page for page in (chunk.data_page_offset, chunk.dictionary_page_offset) if page]
            assert min(pages, default=at) == at
            at += chunk.total_compressed_size
            assert not chunk.has_offset_index
            assert not chunk.has_column_index
            assert chunk.bloom_filter_offset is None
        assert group.total_byte_size == sum(chunk.total_uncompressed_size for chunk in chunks)
    footer = spliced.stat().st_size - at - 8
    assert int.from_bytes(spliced.read_bytes()[-8:-4], "little") == footer


@pytest.mark.parametrize("seed", range(25))
def test_a_spliced_file_is_what_writing_all_of_it_makes(seed: int) -> None:
    check_a_random_file(seed)


@pytest.mark.parametrize("seed", range(25))
def test_a_column_of_whole_numbers_is_spliced_alike(seed: int) -> None:
    check_a_random_file(seed, whole=True)


def test_a_number_that_the_column_cannot_hold_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({ID: pa.array([1, 2], pa.int8())}), tmp_path / "base.parquet")
    with pytest.raises(NotSpliced):
        splice(tmp_path / "base.parquet", [0], [128])


@pytest.mark.long
@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.proof) for part in (1, 2, 3))])
def test_many_spliced_files_are_what_writing_all_of_them_makes(part: int) -> None:
    for seed in range(1000 + part * 100, 1100 + part * 100):
        check_a_random_file(seed)


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """Six rows in three row groups."""
    path = tmp_path / "base.parquet"
    table = pa.table({"n": range(6), ID: [*"aabbcc"], "text": [None, *"12345"]})
    order = [pq.SortingColumn(0), pq.SortingColumn(1), pq.SortingColumn(2)]
    pq.write_table(table, path, row_group_size=2, sorting_columns=order, write_page_index=True)
    return path


def test_row_groups_without_a_changed_row_stay_as_they_are(base: Path) -> None:
    new = pq.read_metadata(splice(base, [2], ["x"]))
    old = pq.read_metadata(base)
    kinds = [new.row_group(i).column(1).encodings for i in range(3)]
    assert kinds[1] != old.row_group(1).column(1).encodings
    assert [kinds[0], kinds[2]] == [old.row_group(i).column(1).encodings for i in (0, 2)]
    begin, end = (
        old.row_group(0).column(0).dictionary_page_offset,
        old.row_group(1).column(0).dictionary_page_offset,
    )
    assert base.read_bytes()[begin:end] == (base.with_name("spliced.parquet").read_bytes())[begin:end]


def test_only_an_order_that_is_still_there_is_named(base: Path) -> None:
    new = pq.read_metadata(splice(base, [2], ["x"]))
    orders = [[by.column_index for by in new.row_group(i).sorting_columns] for i in range(3)]
    assert orders == [[0, 1, 2], [0], [0, 1, 2]]


def test_statistics_of_the_column_are_those_of_the_new_texts(base: Path) -> None:
    new = pq.read_metadata(splice(base, [2, 5], ["x", ""]))
    found = [new.row_group(i).column(1).statistics for i in range(3)]
    assert [(one.min, one.max) for one in found] == [("a", "a"), ("b", "x"), ("", "c")]
    with duckdb.connect() as con:
        assert con.execute(f"select n from '{base.parent}/spliced.parquet' where {ID} = 'x'").fetchall() == [
            (2,)
        ]


def test_a_file_of_hundreds_of_row_groups(tmp_path: Path) -> None:
    table = pa.table({ID: [f"{i:036d}" for i in range(600)], "n": range(600)})
    pq.write_table(table, tmp_path / "base.parquet", row_group_size=2)
    rows = [*range(0, 600, 17)]
    spliced = splice(tmp_path / "base.parquet", rows, [f"new {row}" for row in rows])
    assert pq.read_table(spliced).equals(rewrite(table, rows, [f"new {row}" for row in rows]))
    assert pq.read_metadata(spliced).num_row_groups == 300


def test_a_table_that_was_longer_leaves_nothing_behind(base: Path) -> None:
    target = base.with_name("spliced.parquet")
    target.write_bytes(b"x" * 1_000_000)
    splice(base, [0], ["x"])
    assert pq.read_table(target).column(ID).to_pylist() == [*"xabbcc"]


@pytest.mark.parametrize(
    ("rows", "texts"),
    [([6], ["x"]), ([-1], ["x"]), ([1, 1], ["x", "y"]), ([2, 1], ["x", "y"]), ([1], [None]), ([1], [])],
)
def test_rows_that_cannot_be_are_refused(base: Path, rows: list[int], texts: list[str]) -> None:
    with pytest.raises(NotSpliced, match=r"^Rows are not in order|^Not every row has a value"):
        splice(base, rows, texts)


def test_what_goes_on_can_be_stopped(base: Path) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    rows, texts = np.array([0]), pa.array(["x"])
    with pytest.raises(KeyboardInterrupt):
        SplicedFile(base, ID).write(base.with_name("spliced.parquet"), rows, texts, stop)


@pytest.mark.parametrize(
    ("column", "why"),
    [
        (pa.array([1.5]), "neither texts nor whole numbers"),
        (pa.array([START]), "neither texts nor whole numbers"),
        (pa.array([START.date()]), "neither texts nor whole numbers"),
        (pa.array([Decimal(1)]), "neither texts nor whole numbers"),
        (pa.array([True]), "neither texts nor whole numbers"),
        (pa.array([b"1"]), "neither texts nor whole numbers"),
        (pa.array([b"1" * 16], pa.binary(16)), "neither texts nor whole numbers"),
        (pa.array(["{}"], pa.json_()), "neither texts nor whole numbers"),
        (pa.array([["a"]]), "nested"),
        (pa.array([{ID: "a"}]), "nested"),
        (None, "not there"),
    ],
)
def test_a_column_of_another_type_is_refused(tmp_path: Path, column: Any, why: str) -> None:
    path = tmp_path / "base.parquet"
    pq.write_table(pa.table({"other": [1]} if column is None else {ID: column}), path)
    with pytest.raises(NotSpliced, match=why):
        SplicedFile(path, ID)


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table([["a"], ["b"]], [ID, ID]), tmp_path / "base.parquet")
    with pytest.raises(NotSpliced, match="twice"):
        SplicedFile(tmp_path / "base.parquet", ID)


def footer_of(path: Path) -> Struct:
    data = path.read_bytes()
    length = int.from_bytes(data[-8:-4], "little")
    return read_struct(data[-8 - length : -8])[0]


def with_footer(path: Path, footer: bytes) -> None:
    """Put another footer at the end of a file."""
    data = path.read_bytes()
    end = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    path.write_bytes(data[:end] + footer + len(footer).to_bytes(4, "little") + b"PAR1")


def other_file(footer: Struct) -> None:
    chunk_in(footer)[1] = BINARY, b"other.parquet"


def encrypted_chunk(footer: Struct) -> None:
    chunk_in(footer)[9] = BINARY, b"\0"


def encrypted_footer(footer: Struct) -> None:
    footer[8] = STRUCT, {1: (STRUCT, {})}


def newer_group(footer: Struct) -> None:
    structs(footer, 4)[0][99] = I32, 1


def newer_chunk(footer: Struct) -> None:
    meta_in(footer)[99] = I32, 1


def more_rows(footer: Struct) -> None:
    footer[3] = I64, 7


def smaller(footer: Struct) -> None:
    meta_in(footer)[7] = I64, 5


def overlapping(footer: Struct) -> None:
    (first, *_), (second, *_) = (structs(group, 1) for group in structs(footer, 4)[:2])
    second[3] = first[3]


def outside(footer: Struct) -> None:
    meta_in(footer)[9] = I64, 1 << 40
    meta_in(footer).pop(11)


def no_schema(footer: Struct) -> None:
    footer[2] = footer[2][0], Items(STRUCT, [])


def endless_schema(footer: Struct) -> None:
    structs(footer, 2)[0][5] = I32, 1 << 30


def deep_schema(footer: Struct) -> None:
    group: Struct = {3: (I32, 0), 4: (BINARY, b"g"), 5: (I32, 1)}
    elements = structs(footer, 2)
    footer[2] = footer[2][0], Items(STRUCT, [elements[0], *[group] * 2000, *elements[1:]])


def chunk_in(footer: Struct) -> Struct:
    return structs(structs(footer, 4)[0], 1)[0]


def meta_in(footer: Struct) -> Struct:
    return struct_in(chunk_in(footer), 3)


@pytest.mark.parametrize(
    "change",
    [
        other_file, encrypted_chunk, encrypted_footer, newer_group, newer_chunk, more_rows, smaller, overlapping, outside,
        no_schema, endless_schema, deep_schema,
    ],
)  # fmt: skip
def test_an_unusual_footer_is_refused(base: Path, change: Callable[[Struct], None]) -> None:
    footer = footer_of(base)
    with_footer(base, write_struct(footer))
    assert SplicedFile(base, ID).rows == 6
    change(footer)
    with_footer(base, write_struct(footer))
    with pytest.raises(NotSpliced):
        SplicedFile(base, ID)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: b"PAR1",
        lambda data: data[:-1],
        lambda data: data[:-4] + b"PARE",
        lambda data: b"PARE" + data[4:],
        lambda data: data[:-8] + b"\xff\xff\xff\xff" + b"PAR1",
        lambda data: data[:-8] + b"\0\0\0\0" + b"PAR1",
        lambda data: data[:-300] + data[-8:],
    ],
)
def test_a_file_that_is_cut_off_or_encrypted_is_refused(base: Path, damage: Callable[[bytes], bytes]) -> None:
    base.write_bytes(damage(base.read_bytes()))
    with pytest.raises(NotSpliced):
        SplicedFile(base, ID)


def check_damage(base: Path, at: int, mask: int) -> bool:
    """Damage one byte, from the end of a file: it is refused, or read as the damaged file would be; whether it is refused."""
    whole = bytearray(base.read_bytes())
    whole[-at] ^= mask
    damaged = base.with_name("damaged.parquet")
    damaged.write_bytes(whole)
    try:
        spliced = splice(damaged, [1, 4], ["x", "y"])
    except NotSpliced:
        return True
    for read in (READERS["pyarrow"], READERS["duckdb"]):
        expected = None
        with suppress(pa.ArrowException, OSError, duckdb.Error, UnicodeDecodeError):
            expected = rewrite(read(damaged), [1, 4], ["x", "y"])
        if expected is not None and expected.validate() is None:
            assert read(spliced).equals(expected), (at, mask)
    return False


def test_a_damaged_footer_is_refused_or_makes_no_difference(base: Path) -> None:
    length = int.from_bytes(base.read_bytes()[-8:-4], "little")
    refused = [check_damage(base, at, 1 << at % 8) for at in range(1, length + 8, 19)]
    assert 0.3 < sum(refused) / len(refused) < 1


@pytest.mark.long
@pytest.mark.proof
def test_any_damaged_byte_is_refused_or_makes_no_difference(base: Path) -> None:
    refused = [check_damage(base, at, (1, 64, 255)[at % 3]) for at in range(1, base.stat().st_size + 1)]
    assert 0.3 < sum(refused) / len(refused) < 1
