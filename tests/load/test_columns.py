"""Columns that the user brings: types that change between exports, names that are taken (SEMANTICS.md, over time)."""

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from contact_merge.errors import InputError
from contact_merge.explain import explain
from contact_merge.pipeline import run
from contact_merge.settings import Settings
from contact_merge.verify import verify
from pipeline_endpoint import QUIET, PipelineEndpoint
from story import START, Story, id_of

pytestmark = pytest.mark.long

PLAN = pa.struct([("seats", pa.int64()), ("plan", pa.string())])
SEATS = pa.struct([("seats", pa.int16())])
# column: type and b's value on the first night, the type on the second, and what a has then, with its type
CHANGES: dict[str, tuple[Any, Any, Any, Any, Any]] = {
    "gone_empty": (pa.float64(), 2.5, pa.null(), 2.5, pa.float64()),
    "narrower": (pa.int32(), 100_000, pa.int16(), 100_000, pa.int32()),
    "wider": (pa.int16(), 100, pa.int32(), 100, pa.int32()),
    "decimal": (pa.decimal128(10, 2), 7, pa.decimal128(8, 4), 7, pa.decimal128(12, 4)),
    "whole_then_real": (pa.int64(), 5, pa.float64(), 5.0, pa.float64()),
    "real_then_whole": (pa.float64(), 5.5, pa.int64(), 5.5, pa.float64()),
    "object": (PLAN, {"seats": 100_000, "plan": "x"}, SEATS, {"seats": 100_000, "plan": "x"}, PLAN),
    "object_text": (pa.string(), '{"k":1}', pa.null(), '{"k":1}', pa.string()),
    "empty_object": (pa.null(), None, pa.string(), None, pa.string()),
}


NEW = {SEATS: {"seats": 1}, pa.int64(): 2**53 + 1, pa.date32(): date(2020, 1, 1)}


def first_night(types: dict[str, pa.DataType], b: dict[str, Any], json_fields: list[str]) -> Story:
    """A warehouse in which b was merged into a, whose own fields are all null, as they are of c."""
    story = Story(PipelineEndpoint({"json_fields": json_fields}, {"contacts": types}))
    story.load({"a": dict.fromkeys(types), "b": b, "c": dict.fromkeys(types)})
    story.ask("a", "b")
    return story


def next_night(story: Story, types: dict[str, pa.DataType], **contacts: dict[str, Any]) -> None:
    story.endpoint.types = {"contacts": types}
    story.load({letter: {**dict.fromkeys(types), **fields} for letter, fields in contacts.items()})


def test_a_column_of_another_type_keeps_what_merges_saw() -> None:
    fields = ["object", "object_text", "empty_object"]
    values = {column: change[3] for column, change in CHANGES.items()}
    story = first_night(
        {c: change[0] for c, change in CHANGES.items()}, {c: v[1] for c, v in CHANGES.items()}, fields
    )
    next_night(story, {c: change[2] for c, change in CHANGES.items()}, a={}, c={})
    story.ask("c", "a")
    assert story.table("contacts") == [{"id": id_of("c"), **values}]
    schema = pq.read_schema(story.endpoint.output / "merged/contacts.parquet")
    assert {c: schema.field(c).type for c in CHANGES} == {c: change[4] for c, change in CHANGES.items()}
    results = verify(
        story.endpoint.output / "warehouse.duckdb", story.endpoint.output, Settings(json_fields=tuple(fields))
    )
    assert [check for check in results if check.violations] == []
    story.undo("r2", "r1")
    assert story.contact("b") == {"id": id_of("b"), **values}


@pytest.mark.parametrize("now", [pa.string(), pa.struct([("k", pa.int64())]), pa.list_(pa.string())])
def test_where_merges_saw_nothing_a_column_may_become_anything(now: pa.DataType) -> None:
    value = {"k": 1} if pa.types.is_struct(now) else ["v"] if pa.types.is_list(now) else "v"
    story = Story(PipelineEndpoint({}, {"contacts": {"x": pa.int64(), "Y": pa.string()}}))
    story.load({letter: {"x": 1, "Y": "y"} for letter in "abc"})
    assert story.field("a", "x") == 1
    story.endpoint.types = {"contacts": {"x": now, "y": pa.string()}}
    story.load({"a": {"x": None, "y": None}, "b": {"x": value, "y": "z"}, "c": {"x": None, "y": None}})
    story.ask("a", "b")
    assert story.contact("a") == {"id": id_of("a"), "x": value, "Y": "z"}
    story.undo("r1")
    assert story.field("b", "x") == value


@pytest.mark.parametrize("now", [pa.string(), pa.list_(pa.string())])
def test_a_column_of_nulls_takes_the_type_of_what_merges_saw_and_the_other_way_round(
    now: pa.DataType,
) -> None:
    story = first_night({"x": pa.int64()}, {"x": 5}, [])
    next_night(story, {"x": now}, a={}, c={})
    assert story.field("a", "x") == 5
    story = first_night({"x": pa.int64()}, {"x": None}, [])
    next_night(story, {"x": now}, a={}, c={"x": "v" if now == pa.string() else ["v"]})
    story.ask("a", "c")
    assert story.field("a", "x") == ("v" if now == pa.string() else ["v"])
    results = verify(story.endpoint.output / "warehouse.duckdb", story.endpoint.output, Settings())
    assert [check for check in results if check.violations] == []


@pytest.mark.parametrize(
    ("was", "value", "now"),
    [
        (pa.int64(), 5, SEATS),
        (pa.string(), "007", pa.int64()),
        (pa.float64(), 2.5, pa.int64()),
        (pa.timestamp("us"), datetime(2020, 1, 1, 12), pa.date32()),
    ],
)
@pytest.mark.parametrize("merged", [True, False])
def test_a_contact_that_the_export_lost_keeps_its_type(
    was: pa.DataType, value: Any, now: pa.DataType, merged: bool
) -> None:
    """Its last row is kept where a merge or an imported pointer knows it, though no merge saw a value."""
    types = {"x": was, "merged_into_id": pa.string()}
    story = Story(PipelineEndpoint({}, {"contacts": types}))
    pointer = None if merged else id_of("a")
    story.load({"a": dict.fromkeys(types), "b": {"x": None, "merged_into_id": pointer}})
    if merged:
        story.ask("a", "b")
    story.load({"a": dict.fromkeys(types), "b": {"x": value, "merged_into_id": pointer}})
    story.endpoint.merged()
    story.endpoint.types = {"contacts": types | {"x": now}}
    story.load({"a": dict.fromkeys(types)})
    assert story.field("a", "x") is None
    if merged:
        story.undo("r1")
        assert story.field("b", "x") == value
    story.load({"a": {"x": NEW[now], "merged_into_id": None}})
    with pytest.raises(InputError, match="column x was"):
        story.endpoint.merged()


@pytest.mark.parametrize(
    ("column", "was", "value", "now", "named"),
    [
        ("x", pa.string(), "5", pa.int64(), "column x was VARCHAR and is BIGINT now"),
        ("x", pa.int64(), 2**53 + 1, pa.float64(), "column x was BIGINT and is DOUBLE now"),
    ],
)
def test_a_type_that_cannot_hold_what_merges_saw_is_refused(
    column: str, was: pa.DataType, value: Any, now: pa.DataType, named: str
) -> None:
    story = first_night({column: was}, {column: value}, [])
    next_night(story, {"x": now}, a={}, c={"x": 5})
    with pytest.raises(InputError, match=named):
        story.ask("c", "a")


def test_an_extra_column_of_requests_may_be_whole_one_night_and_real_the_next(tmp_path: Path) -> None:
    rows = [{"id": id_of(letter)} for letter in "abc"]
    (tmp_path / "contacts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for asked, score in (("ab", 1), ("ac", 0.5), ("bc", None)):
        request = {
            "request_id": asked,
            "primary_id": id_of(asked[0]),
            "duplicate_ids": [id_of(asked[1])],
            "requested_at": "2026-03-01",
            "score": score,
        }
        (tmp_path / "merge_requests.jsonl").write_text(json.dumps(request) + "\n")
        run(
            tmp_path,
            tmp_path / "out",
            warehouse=None,
            dry_run=False,
            as_of=START,
            settings=Settings(),
            progress=QUIET,
        )
    responses = pq.read_table(tmp_path / "out/merged/merge_responses.parquet")
    assert responses["score"].type == pa.float64()
    assert sorted(map(str, responses["score"].to_pylist())) == ["0.5", "1.0", "None"]


@pytest.mark.parametrize("name", ["status", "Counts", "batch_no"])
def test_an_extra_column_with_the_name_of_one_of_ours_is_refused(name: str) -> None:
    story = Story(PipelineEndpoint({}))
    story.load({"a": {}, "b": {}})
    with pytest.raises(InputError, match=f"'{name}' has the name of one that responses or the ledger have"):
        story.ask("a", "b", **{name: "x"})


@pytest.mark.parametrize(
    ("values", "kept", "other", "shown"),
    [
        (pa.string(), 'a "b"', "\u00e9\n", ('a "b"', "\u00e9\n")),
        (pa.int64(), 10, 11, ("10", "11")),
        (pa.float64(), 0.1, 2.5, ("0.1", "2.5")),
        (pa.decimal128(6, 2), Decimal("1.10"), Decimal("2.20"), ("1.10", "2.20")),
        (pa.bool_(), True, False, ("true", "false")),
    ],
)
def test_values_of_a_map_are_shown_as_the_table_spells_them(
    values: pa.DataType, kept: Any, other: Any, shown: tuple[str, str]
) -> None:
    types = {"m": pa.map_(pa.string(), values)}
    story = Story(PipelineEndpoint({"json_fields": ["m"]}, {"contacts": types}))
    story.load({"a": {"m": [("k", kept)]}, "b": {"m": [("k", other), ("l", other)]}})
    story.ask("a", "b")
    (conflict,) = story.table("field_conflicts")
    assert (conflict["field"], conflict["kept_value"], conflict["other_value"]) == ("m.k", *shown)
    fields = explain(story.endpoint.output / "warehouse.duckdb", id_of("a"), Settings()).fields
    assert [(field.field, field.value, [other.value for other in field.not_taken]) for field in fields] == [
        ("m.k", shown[0], [shown[1]]),
        ("m.l", shown[1], []),
    ]
