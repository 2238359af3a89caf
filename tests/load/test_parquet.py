"""Parquet files: types come back equal, or are refused by name."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from contact_merge.errors import InputError
from load_world import World, empty_world, uid

world = empty_world

A, B, C = (uid(n) for n in range(1, 4))


def of_int64(values: list[int], kind: pa.DataType) -> pa.Array:
    return pa.array(values, pa.int64()).cast(kind)


EXACT: dict[str, tuple[pa.Array, str]] = {
    "int8": (pa.array([-128, 127], pa.int8()), "TINYINT"),
    "int16": (pa.array([-(2**15), 2**15 - 1], pa.int16()), "SMALLINT"),
    "int32": (pa.array([-(2**31), None], pa.int32()), "INTEGER"),
    "int64": (pa.array([-(2**63), 2**63 - 1], pa.int64()), "BIGINT"),
    "uint8": (pa.array([255, 0], pa.uint8()), "UTINYINT"),
    "uint16": (pa.array([2**16 - 1, 0], pa.uint16()), "USMALLINT"),
    "uint32": (pa.array([2**32 - 1, 0], pa.uint32()), "UINTEGER"),
    "uint64": (pa.array([2**64 - 1, 0], pa.uint64()), "UBIGINT"),
    "float16": (pa.array([1.5, 65504.0], pa.float16()), "FLOAT"),
    "float32": (pa.array([0.1, float("inf")], pa.float32()), "FLOAT"),
    "float64": (pa.array([0.1, -0.0], pa.float64()), "DOUBLE"),
    "bool": (pa.array([True, None]), "BOOLEAN"),
    "string": (pa.array(["", "a\0é"]), "VARCHAR"),
    "large_string": (pa.array(["", "a"], pa.large_string()), "VARCHAR"),
    "string_view": (pa.array(["", "a"], pa.string_view()), "VARCHAR"),
    "binary": (pa.array([b"\xff\0", b""]), "BLOB"),
    "fixed_size_binary": (pa.array([b"abc", None], pa.binary(3)), "BLOB"),
    "uuid": (pa.array([bytes(range(16)), None], pa.uuid()), "UUID"),
    "json": (pa.array(['{"a": 1.10}', None], pa.json_()), "JSON"),
    "date32": (pa.array([dt.date(1, 1, 1), dt.date(9999, 12, 31)]), "DATE"),
    "time32": (pa.array([dt.time(1, 2, 3), None], pa.time32("ms")), "TIME"),
    "time64_us": (of_int64([1, 86_399_999_999], pa.time64("us")), "TIME"),
    "time64_ns": (of_int64([1, 86_399_999_999_999], pa.time64("ns")), "TIME_NS"),
    "timestamp_s": (of_int64([1, -1], pa.timestamp("s")), "TIMESTAMP"),
    "timestamp_ms": (of_int64([1, -1], pa.timestamp("ms")), "TIMESTAMP"),
    "timestamp_us": (of_int64([1, -1], pa.timestamp("us")), "TIMESTAMP"),
    "timestamp_ns": (of_int64([1, -1], pa.timestamp("ns")), "TIMESTAMP_NS"),
    "timestamp_us_zone": (of_int64([1, -1], pa.timestamp("us", "Europe/Berlin")), "TIMESTAMP WITH TIME ZONE"),
    "timestamp_ns_zone": (of_int64([1, -1], pa.timestamp("ns", "+02:00")), "TIMESTAMPTZ_NS"),
    "decimal32": (pa.array([Decimal("1.10"), None], pa.decimal32(9, 2)), "DECIMAL(9,2)"),
    "decimal128": (pa.array([Decimal("1." + "1" * 37), None], pa.decimal128(38, 37)), "DECIMAL(38,37)"),
    "decimal256_38": (pa.array([Decimal("1.10"), None], pa.decimal256(38, 2)), "DECIMAL(38,2)"),
    "dictionary": (pa.array(["a", None]).dictionary_encode(), "VARCHAR"),
    "list": (pa.array([["a", None], []]), "VARCHAR[]"),
    "fixed_size_list": (pa.array([[1, 2], None], pa.list_(pa.int64(), 2)), "BIGINT[]"),
    "struct": (pa.array([{"a": 1, "b": "x"}, None]), "STRUCT(a BIGINT, b VARCHAR)"),
    "map": (pa.array([[("k", 1)], []], pa.map_(pa.string(), pa.int64())), "MAP(VARCHAR, BIGINT)"),
    "null": (pa.nulls(2), '"NULL"'),
}


@pytest.mark.parametrize("name", EXACT)
def test_a_type_comes_back_equal_in_value(world: World, tmp_path: Path, name: str) -> None:
    values, kind = EXACT[name]
    given = world.parquet("contacts.parquet", {"id": [A, B], "x": values})
    world.load()
    assert world.types("contacts")["x"] == kind
    back = tmp_path / "back.parquet"
    world.con.execute(f"copy (select id, x from raw.contacts) to '{back}' (format parquet)")
    equal = (
        "select count(*) from read_parquet($1) as given join read_parquet($2) as back using (id) "
        "where given.x is not distinct from back.x"
    )
    assert world.con.execute(equal, [str(given), str(back)]).fetchall() == [(2,)]
    want, got = values, pq.read_table(back).column("x").combine_chunks()
    if pa.types.is_timestamp(want.type) or pa.types.is_time(want.type):
        assert got.cast(want.type).equals(want)
    elif pa.types.is_floating(want.type):
        assert got.to_pylist() == want.to_pylist()
    elif name != "null":
        assert [repr(v) for v in got.to_pylist()] == [repr(v) for v in want.to_pylist()]


REFUSED: dict[str, tuple[Any, str]] = {
    **{
        f"duration_{unit}": (of_int64([1, 2], pa.duration(unit)), "int64") for unit in ("s", "ms", "us", "ns")
    },
    "list of duration": (pa.array([[dt.timedelta(1)], []]), "int64"),
    "struct of duration": (pa.array([{"d": dt.timedelta(1)}, None]), "int64"),
    "map of duration": (
        pa.array([[("k", dt.timedelta(1))], []], pa.map_(pa.string(), pa.duration("s"))),
        "int64",
    ),
    "decimal256": (pa.array([Decimal(10**40), None], pa.decimal256(76, 2)), "38 digits or to text"),
    "struct names by case": (pa.array([{"a": 1, "A": 2}, None]), "differ in more than case"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_type_that_cannot_be_held_exactly_is_refused_with_what_to_convert_it_to(
    world: World, name: str
) -> None:
    values, advice = REFUSED[name]
    world.parquet("contacts.parquet", {"id": [A, B], "x": values})
    with pytest.raises(InputError) as error:
        world.load()
    assert str(error.value).startswith("contacts.parquet: the column 'x' has the type ")
    assert advice in str(error.value)


def test_int96_timestamps_are_taken_as_long_as_they_have_no_nanoseconds(world: World) -> None:
    whole = pa.array(
        [dt.datetime(2026, 1, 2, 3, 4, 5, 678901), dt.datetime(9999, 12, 31)], pa.timestamp("us")
    )
    world.parquet(
        "contacts.parquet",
        {"id": [A, B], "x": whole, "l": pa.array([[x] for x in whole])},
        use_deprecated_int96_timestamps=True,
    )
    world.load()
    assert world.rows("select x from raw.contacts") == whole.to_pylist()
    assert world.rows("select l[1] from raw.contacts") == whole.to_pylist()


@pytest.mark.parametrize("nested", [False, True])
def test_int96_timestamps_with_nanoseconds_are_refused(world: World, nested: bool) -> None:
    values = of_int64([1, 1001], pa.timestamp("ns"))
    column = pa.array([[value] for value in values], pa.list_(pa.timestamp("ns"))) if nested else values
    world.parquet("contacts.parquet", {"id": [A, B], "x": column}, use_deprecated_int96_timestamps=True)
    with pytest.raises(InputError, match=r"'x' has the type timestamp \(INT96\) with nanoseconds"):
        world.load()


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["id", "a", "A"], "'A' differs from 'a' in case alone"),
        (["id", "a", "a"], "'a' is there twice"),
        (["id", "_CM_key"], "'_CM_key' begins with '_cm_'"),
        (["id", ""], "column 2 has values and no name"),
        (["name"], "needs a column 'id'; it has 'name'"),
    ],
)
def test_column_names_that_no_table_can_have_are_refused(world: World, names: list[str], said: str) -> None:
    world.parquet("contacts.parquet", pa.Table.from_arrays([pa.array([A])] * len(names), names=names))
    with pytest.raises(InputError, match=said):
        world.load()


def test_a_file_that_is_no_parquet_is_refused(world: World) -> None:
    world.write("contacts.parquet", "PAR1 no, it is text PAR1")
    with pytest.raises(InputError, match=r"contacts\.parquet: the file cannot be read as Parquet"):
        world.load()


def test_a_file_without_columns_is_refused_for_that(world: World) -> None:
    world.parquet("notes.parquet", {})
    with pytest.raises(InputError, match=r"notes\.parquet: the file has no columns; write it again"):
        world.load()


def test_a_file_whose_names_of_columns_are_damaged_is_refused(world: World) -> None:
    broken = world.parquet("contacts.parquet", {"id": [A], "surname": ["x"]})
    broken.write_bytes(broken.read_bytes().replace(b"surname", b"sur\xffame"))
    with pytest.raises(
        InputError, match=r"contacts\.parquet: the file cannot be read as Parquet \(it is damaged\)"
    ):
        world.load()


def test_a_file_that_is_damaged_inside_is_refused_by_name_and_shows_none_of_its_values(world: World) -> None:
    world.parquet("notes/a.parquet", {"id": [A], "contact_id": [A]})
    broken = world.parquet(
        "notes/b.parquet",
        {"id": [f"secret-{n}" for n in range(5000)], "contact_id": [A] * 5000},
        compression="snappy",
    )
    content = bytearray(broken.read_bytes())
    content[4:20000] = bytes(19996)
    broken.write_bytes(content)
    with pytest.raises(InputError, match=r"notes/b\.parquet: the file is damaged") as error:
        world.load()
    assert "secret" not in str(error.value)
    assert isinstance(error.value.__cause__, duckdb.Error)


def test_text_that_is_no_utf8_is_refused(world: World) -> None:
    text = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\2\0\0\0"), pa.py_buffer(b"\xff\xfe")]
    )
    world.parquet("contacts.parquet", {"id": [A], "x": text})
    with pytest.raises(InputError, match="damaged"):
        world.load()


def test_ids_may_be_of_the_type_uuid(world: World) -> None:
    as_uuid = pa.array([bytes.fromhex(A.replace("-", "")), None], pa.uuid())
    world.parquet("contacts.parquet", {"id": as_uuid, "x": [1, 2]})
    world.parquet("notes.parquet", {"id": as_uuid, "contact_id": as_uuid})
    world.load()
    assert world.rows("select cast(id as varchar), _cm_key = id, x from raw.contacts") == [(A, True, 1)]
    assert world.rows("select _cm_contact_key = contact_id from raw.notes") == [True]
    assert world.rejects() == [
        ("contacts.parquet", 2, "id is no UUID"),
        ("notes.parquet", 2, "id is no UUID"),
    ]


def test_files_of_a_folder_are_united_and_widened_where_nothing_is_lost(world: World) -> None:
    world.parquet(
        "contacts/1.parquet", {"id": [A], "n": pa.array([1], pa.int32()), "s": pa.array([{"a": 1}])}
    )
    world.parquet("contacts/2.parquet", {"n": pa.array([2**40]), "id": [B], "t": ["x"]})
    world.parquet("contacts/3.parquet", {"id": [C], "s": pa.array([{"b": "y", "a": 2}]), "n": pa.nulls(1)})
    world.load()
    assert world.types("contacts") == {
        "id": "VARCHAR",
        "n": "BIGINT",
        "s": "STRUCT(a BIGINT, b VARCHAR)",
        "t": "VARCHAR",
    }
    assert world.rows("select id, n, s, t from raw.contacts") == [
        (A, 1, {"a": 1, "b": None}, None),
        (B, 2**40, None, "x"),
        (C, None, {"a": 2, "b": "y"}, None),
    ]


def test_files_of_a_folder_whose_types_do_not_go_together_are_refused(world: World) -> None:
    world.parquet("contacts/1.parquet", {"id": [A], "n": [1]})
    world.parquet("contacts/2.parquet", {"id": [B], "n": [1.5]})
    with pytest.raises(
        InputError, match=r"'n' is BIGINT in contacts/1\.parquet, DOUBLE in contacts/2\.parquet"
    ):
        world.load()


def test_a_folder_named_like_a_partition_adds_no_column(world: World, tmp_path: Path) -> None:
    world.folder = tmp_path / "year=2026"
    world.parquet("contacts.parquet", {"id": [A]})
    world.load()
    assert list(world.types("contacts")) == ["id"]


def test_rows_of_many_files_and_row_groups_keep_their_order(world: World) -> None:
    for file in range(4):
        numbers = range(file * 50_000, (file + 1) * 50_000)
        world.parquet(
            f"contacts/{file}.parquet", {"id": [uid(n) for n in numbers], "n": numbers}, row_group_size=7_000
        )
    world.load()
    loaded = "raw._cm_loaded_contacts"
    in_order = f"select count(*), bool_and(rowid - (select min(rowid) from {loaded}) = n) from {loaded}"
    assert world.rows(in_order) == [(200_000, True)]
