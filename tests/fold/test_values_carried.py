"""Every type that a column can have is carried untouched (SEMANTICS.md, 'Folding'): no value is bent on its way."""

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from contact_merge.pipeline import run, undo
from contact_merge.settings import Settings
from pipeline_endpoint import QUIET
from story import START, id_of

pytestmark = pytest.mark.long

NOON = datetime(2026, 1, 2, 12, 0, 0, 5, UTC)
NESTED = pa.list_(pa.struct([("a b", pa.decimal128(5, 2)), ("times", pa.list_(pa.timestamp("us", "UTC")))]))
# type, value, and how `primary` shows it
VALUES: dict[str, tuple[pa.DataType, Any, Any]] = {
    "int8": (pa.int8(), -128, "-128"),
    "uint64": (pa.uint64(), 2**64 - 1, "18446744073709551615"),
    "real": (pa.float32(), 0.5, "0.5"),
    "minus_zero": (pa.float64(), -0.0, "-0.0"),
    "infinite": (pa.float64(), float("inf"), "null"),
    "decimal": (pa.decimal128(5, 2), Decimal("1.10"), "1.10"),
    "all_digits_after_the_point": (pa.decimal128(38, 38), Decimal("-0." + "1" * 38), "-0." + "1" * 38),
    "day": (pa.date32(), date(1, 1, 1), '"0001-01-01"'),
    "last_day": (pa.date32(), date(9999, 12, 31), '"9999-12-31"'),
    "time": (pa.time64("us"), time(23, 59, 59, 999999), '"23:59:59.999999"'),
    "millis": (pa.timestamp("ms"), NOON.replace(tzinfo=None, microsecond=7000), '"2026-01-02T12:00:00.007"'),
    "nanos": (pa.timestamp("ns"), NOON.replace(tzinfo=None), '"2026-01-02T12:00:00.000005"'),
    "zoned": (pa.timestamp("us", "Europe/Berlin"), NOON, '"2026-01-02T12:00:00.000005Z"'),
    "zoned_nanos": (pa.timestamp("ns", "UTC"), NOON, '"2026-01-02T12:00:00.000005Z"'),
    "blob": (pa.binary(), b"\x00'\\\xff", '"ACdc/w=="'),
    "text": (pa.string(), "é\0\u2028\\\"'", r'"é\u0000' + "\u2028" + r"""\\\"'" """.strip()),
    "category": (pa.dictionary(pa.int8(), pa.string()), "red", '"red"'),
    "flag": (pa.bool_(), False, "false"),
    "uuid": (pa.uuid(), bytes(15) + b"\x07", '"00000000-0000-0000-0000-000000000007"'),
    "list": (pa.list_(pa.float64()), [-0.0, None, 1.5], "[-0.0,null,1.5]"),
    "pair": (pa.list_(pa.int32(), 2), [1, 2], "[1,2]"),
    "nested": (
        NESTED,
        [{"a b": Decimal("1.10"), "times": [NOON]}],
        '[{"a b":1.10,"times":["2026-01-02T12:00:00.000005Z"]}]',
    ),
    "struct": (pa.struct([("x", pa.float32())]), {"x": -0.0}, '{"x":-0.0}'),
    "map": (pa.map_(pa.int32(), pa.float64()), [(1, -0.0), (2, None)], '{"1":-0.0,"2":null}'),
    "nothing": (pa.null(), None, "null"),
    "newest": (pa.string(), "a name of ours", '"a name of ours"'),
    '-- {{ x }} $n 😀\n"': (pa.string(), "x", '"x"'),
}


def column(type_: pa.DataType, *values: Any) -> pa.Array:
    if pa.types.is_dictionary(type_):
        return pa.array(values, type_.value_type).dictionary_encode()
    if isinstance(type_, pa.BaseExtensionType):
        return pa.ExtensionArray.from_storage(type_, pa.array(values, type_.storage_type))
    return pa.array(values, type_)


def plain(rows: list[dict[str, Any]]) -> list[str]:
    """Rows as text, for -0.0 equals 0.0; instants in UTC."""
    utc = [
        {k: v.astimezone(UTC) if isinstance(v, datetime) and v.tzinfo else v for k, v in row.items()}
        for row in rows
    ]
    return sorted(map(repr, utc))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The only values are b's; b is merged into a."""
    folder = tmp_path_factory.mktemp("types")
    values = {name: column(type_, None, value) for name, (type_, value, _) in VALUES.items()}
    ids = [id_of(letter) for letter in "ab"]
    pq.write_table(pa.table({"id": ids, **values}), folder / "contacts.parquet")
    pq.write_table(pa.table({"id": ids, "contact_id": [ids[1]] * 2, **values}), folder / "notes.parquet")
    pq.write_table(
        pa.table({"list_id": ids, "contact_id": [ids[1]] * 2, **values}), folder / "list_memberships.parquet"
    )
    merge(folder)
    return folder


def merge(folder: Path, as_of: datetime = START) -> None:
    """Merge b into a."""
    request = {
        "request_id": "r1",
        "primary_id": id_of("a"),
        "duplicate_ids": [id_of("b")],
        "requested_at": START,
    }
    pq.write_table(pa.Table.from_pylist([request]), folder / "merge_requests.parquet")
    run(
        folder,
        folder / "out",
        warehouse=None,
        dry_run=False,
        as_of=as_of,
        settings=Settings(),
        progress=QUIET,
    )


def merged(folder: Path, name: str, of_a: pa.Array, of_b: pa.Array, as_of: datetime = START) -> pa.Array:
    """Of a column of contacts, what a has when b was merged into it."""
    ids = [id_of(letter) for letter in "ab"]
    pq.write_table(pa.table({"id": ids, name: pa.concat_arrays([of_a, of_b])}), folder / "contacts.parquet")
    merge(folder, as_of)
    return pq.read_table(folder / "out/merged/contacts.parquet")[name].combine_chunks()


def rows_of(path: Path) -> list[dict[str, Any]]:
    return pq.read_table(path).to_pylist()


def test_a_contact_takes_values_of_any_type_as_they_are(folder: Path) -> None:
    (_, b) = rows_of(folder / "contacts.parquet")
    assert plain(rows_of(folder / "out/merged/contacts.parquet")) == plain([{**b, "id": id_of("a")}])


@pytest.mark.parametrize("table", ["notes", "list_memberships"])
def test_children_that_move_keep_values_of_any_type(folder: Path, table: str) -> None:
    before = rows_of(folder / f"{table}.parquet")
    assert plain(rows_of(folder / f"out/merged/{table}.parquet")) == plain(
        [{**r, "contact_id": id_of("a")} for r in before]
    )


def test_primary_shows_values_of_any_type(folder: Path) -> None:
    (response,) = rows_of(folder / "out/merged/merge_responses.parquet")
    shown = ",".join(
        f"{json.dumps(name, ensure_ascii=False)}:{text}" for name, (_, _, text) in VALUES.items()
    )
    assert response["primary"] == f'{{"id":"{id_of("a")}",{shown}}}'
    (event,) = (folder / "out/events/contact_merged-000001.jsonl").read_text("utf-8").rstrip("\n").split("\n")
    assert f'"primary":{response["primary"]}' in event


def test_undo_gives_values_of_any_type_back(folder: Path) -> None:
    undo(
        folder / "out/warehouse.duckdb", folder / "back", ["r1"],
        dry_run=False, as_of=START, settings=Settings(), progress=QUIET,
    )  # fmt: skip
    for table in ("contacts", "notes", "list_memberships"):
        assert plain(rows_of(folder / f"back/merged/{table}.parquet")) == plain(
            rows_of(folder / f"{table}.parquet")
        )


def test_primary_shows_an_empty_map_as_an_object_and_an_empty_list_as_a_list(tmp_path: Path) -> None:
    types = {"id": pa.string(), "list": pa.list_(pa.string()), "map": pa.map_(pa.string(), pa.string())}
    rows = [{"id": id_of(letter), "list": [], "map": []} for letter in "ab"]
    pq.write_table(pa.Table.from_pylist(rows, pa.schema(types)), tmp_path / "contacts.parquet")
    merge(tmp_path)
    (response,) = rows_of(tmp_path / "out/merged/merge_responses.parquet")
    assert response["primary"] == f'{{"id":"{id_of("a")}","list":[],"map":{{}}}}'


@pytest.mark.parametrize(
    ("type_", "value", "shown"),
    [
        (pa.timestamp("us"), 2**63 - 1, "null"),
        (pa.date32(), -(2**31) + 1, "null"),
        (pa.timestamp("us", "UTC"), -63_549_446_400_000_000, '"-0044-03-14T00:00:00Z"'),
        (pa.timestamp("us"), -62_167_219_200_000_000, '"0000-01-01T00:00:00"'),
        (pa.date32(), 2_932_897, '"+10000-01-01"'),
    ],
)
def test_primary_shows_times_beyond_the_calendar(
    tmp_path: Path, type_: pa.DataType, value: int, shown: str
) -> None:
    times = pa.array([value], pa.int32() if type_ == pa.date32() else pa.int64()).view(type_)
    assert merged(tmp_path, "time", pa.nulls(1, type_), times).equals(times)
    (response,) = rows_of(tmp_path / "out/merged/merge_responses.parquet")
    assert response["primary"] == f'{{"id":"{id_of("a")}","time":{shown}}}'


@pytest.mark.parametrize("as_of", [datetime(1, 1, 1, tzinfo=UTC), datetime(2300, 1, 1, tzinfo=UTC)])
@pytest.mark.parametrize("zone", [None, "UTC"])
def test_updated_at_in_nanoseconds_is_as_late_as_it_can_be(
    tmp_path: Path, as_of: datetime, zone: str | None
) -> None:
    type_ = pa.timestamp("ns", zone)
    (time,) = merged(tmp_path, "updated_at", pa.array([5], type_), pa.array([9], type_), as_of)
    last = int(datetime(2262, 4, 11, tzinfo=UTC).timestamp()) * 10**9
    assert time.value == (5 if as_of.year == 1 else last)


@pytest.mark.parametrize(
    ("whole", "type_"),
    [(2**100, pa.decimal128(38, 0)), (2**127 - 1, pa.string()), (-(2**100), pa.decimal128(38, 0))],
)
def test_whole_numbers_of_128_bits_leave_with_all_their_digits(
    tmp_path: Path, whole: int, type_: pa.DataType
) -> None:
    rows = [{"id": id_of("a"), "whole": None}, {"id": id_of("b"), "whole": whole}]
    (tmp_path / "contacts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    merge(tmp_path)
    (left,) = pq.read_table(tmp_path / "out/merged/contacts.parquet")["whole"]
    assert (left.type, str(left)) == (type_, str(whole))


def test_a_struct_may_name_its_fields_after_types(tmp_path: Path) -> None:
    type_ = pa.struct([("HUGEINT", pa.int8()), ("a UHUGEINT)", pa.int8()), ('"HUGEINT"', pa.string())])
    value = pa.array([{"HUGEINT": 1, "a UHUGEINT)": 2, '"HUGEINT"': "x"}], type_)
    assert merged(tmp_path, "s", pa.nulls(1, type_), value).equals(value)


def test_a_map_keeps_what_is_no_number_where_no_merge_replaces_it(tmp_path: Path) -> None:
    type_ = pa.map_(pa.string(), pa.float64())
    nan = float("nan")
    a = pa.array([[("kept", nan), ("none", None), ("taken", nan)]], type_)
    b = pa.array([[("taken", 1.5), ("not", nan)]], type_)
    after = merged(tmp_path, "custom_fields", a, b).to_pylist()
    assert repr(after) == repr([[("kept", nan), ("none", None), ("taken", 1.5)]])
