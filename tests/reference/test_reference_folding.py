"""What a merge makes (SEMANTICS 'Folding'), each rule by a case of its own."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pipeline_endpoint import MakeEndpoint
from story import Story

EMPTY = [None, "", " ", "\t\n", "\u00a0", "\u3000", "\u2028\u0085", "\x1c"]
"""Text that is empty: Python's `str.isspace`."""

VALUES = ["0", "x", " x ", "[]", "{}", "null", "NaN", "\u200b", "\ufeff", "\x00"]
"""Text that is none."""


@pytest.fixture
def story(endpoint: MakeEndpoint) -> Story:
    return Story(endpoint())


def merged(story: Story, *values: Any, column: str = "f", **options: Any) -> Any:
    """The value of a field after a merge of contacts that hold these values, in order."""
    letters = "abcdef"[: len(values)]
    story.load({letter: {column: value} for letter, value in zip(letters, values, strict=True)})
    assert story.ask(*letters, **options)["status"] == 200
    return story.field("a", column)


def columns_merged(
    endpoint: MakeEndpoint, rows: Sequence[tuple[Any, ...]], json_fields: Sequence[str] = (), **options: Any
) -> list[Any]:
    """The values of as many fields after one merge of contacts that hold these values, in order; each row is a field."""
    story = Story(endpoint(json_fields=list(json_fields)), json_fields=json_fields)
    story.load(_contacts(rows))
    assert story.ask(*"abcdef"[: len(rows[0])], **options)["status"] == 200
    row = story.contact("a")
    assert row is not None
    return [row[f"f{number}"] for number in range(len(rows))]


def _contacts(rows: Sequence[tuple[Any, ...]]) -> dict[str, dict[str, Any]]:
    """A contact a letter, with a field `f0`, `f1` … a row."""
    return {
        letter: {f"f{number}": row[place] for number, row in enumerate(rows)}
        for place, letter in enumerate("abcdef"[: len(rows[0])])
    }


# ------------------------------------------------------------------------------------------ fields


def test_fill_takes_the_first_value_among_the_duplicates(endpoint: MakeEndpoint) -> None:
    assert columns_merged(endpoint, [(empty, empty, "2", "3") for empty in EMPTY]) == ["2"] * len(EMPTY)


def test_fill_keeps_what_is_no_empty_text(endpoint: MakeEndpoint) -> None:
    assert columns_merged(endpoint, [(value, "2") for value in VALUES]) == VALUES


def test_overwrite_takes_what_is_no_empty_text(endpoint: MakeEndpoint) -> None:
    assert columns_merged(endpoint, [("1", "", value, "3") for value in VALUES], overwrite=True) == VALUES


def test_overwrite_keeps_the_primary_s_value_where_no_duplicate_has_one(story: Story) -> None:
    assert merged(story, "1", None, " ", overwrite=True) == "1"


@pytest.mark.parametrize("overwrite", [False, True])
def test_where_all_are_empty_the_primary_s_stays_as_it_is(story: Story, overwrite: bool) -> None:
    story.load(_contacts([(empty, "  ", None) for empty in EMPTY]))
    response = story.ask("a", "b", "c", overwrite=overwrite)
    assert [story.field("a", f"f{number}") for number in range(len(EMPTY))] == EMPTY
    assert response["fields_populated"] == []


def test_fill_keeps_a_zero(story: Story) -> None:
    assert merged(story, 0, 7) == 0


def test_fill_keeps_a_false(story: Story) -> None:
    assert merged(story, False, True) is False


def test_not_a_number_is_empty_but_infinity_is_a_value(story: Story) -> None:
    assert merged(story, float("nan"), float("inf"), 1.0) == float("inf")


def test_an_empty_list_is_empty_but_a_list_of_nulls_is_a_value(story: Story) -> None:
    assert merged(story, [], [None], ["x"]) == [None]


def test_an_empty_map_is_empty(story: Story) -> None:
    assert merged(story, [], [("k", "v")]) == [("k", "v")]


def test_a_struct_is_a_value_as_a_whole(story: Story) -> None:
    struct = {"city": None, "zip": "1"}
    assert merged(story, None, struct, {"city": "C", "zip": "2"}) == struct


def test_values_are_carried_over_unchanged(endpoint: MakeEndpoint) -> None:
    values = [
        Decimal("1.10"),
        date(2026, 1, 2),
        datetime(2026, 1, 2, 3, 4, 5, 678901),
        datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        b"",
        b"\x00\xff",
        2**62 + 1,
    ]
    carried = columns_merged(endpoint, [(None, value) for value in values])
    assert [(value, type(value)) for value in carried] == [(value, type(value)) for value in values]


def test_fields_populated_are_those_that_differ_in_column_order(story: Story) -> None:
    story.load(
        {
            "a": {"z": None, "same": "1", "y": "old", "x": " "},
            "b": {"z": "1", "same": "1", "y": "new", "x": ""},
        }
    )
    assert story.ask("a", "b", overwrite=True)["fields_populated"] == ["z", "y"]


def test_an_equal_value_in_front_is_the_source_but_populates_nothing(story: Story) -> None:
    story.load({"a": {"f": "1"}, "b": {"f": "1"}})
    assert story.ask("a", "b", overwrite=True)["fields_populated"] == []
    assert story.sources("a") == {"f": ("b", "r1")}


def test_system_columns_are_never_merged(story: Story) -> None:
    times = {"created_at": "2020-01-01", "created_date": date(2020, 1, 1)}
    story.load(
        {
            "a": {"workspace_id": "w", "created_at": None, "created_date": None},
            "b": {"workspace_id": "w", **times},
        }
    )
    assert story.ask("a", "b", overwrite=True)["fields_populated"] == []
    assert story.field("a", "created_at") is None
    assert story.field("a", "created_date") is None


AS_OF = datetime(2026, 3, 1, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "times",
    [
        {
            "2020-01-01T00:00:00Z": "2026-03-01T14:00:00Z",
            "no time": "2026-03-01T14:00:00Z",
            "2026-03-01 14:00:01": "2026-03-01 14:00:01",
            "2026-03-01T16:30:00+02:00": "2026-03-01T16:30:00+02:00",
            "2026-03-01T15:30:00+02:00": "2026-03-01T14:00:00Z",
        },
        {datetime(2020, 1, 1): datetime(2026, 3, 1, 14)},
        {datetime(2020, 1, 1, tzinfo=UTC): AS_OF},
        {date(2020, 1, 1): date(2026, 3, 1), date(2027, 1, 1): date(2027, 1, 1)},
    ],
    ids=["text", "timestamp", "timestamp with zone", "date"],
)
def test_an_update_time_becomes_that_of_the_run_in_the_column_s_type(
    story: Story, times: dict[Any, Any]
) -> None:
    pairs = [("abcdefghij"[i : i + 2], before) for i, before in zip(range(0, 10, 2), times, strict=False)]
    story.load(
        {letter: {"updated_at": before, "updated_date": before} for pair, before in pairs for letter in pair}
    )
    story.batch(*(story.request(*pair) for pair, _ in pairs))
    for (primary, _), before in pairs:
        assert story.field(primary, "updated_at") == times[before]
        assert story.field(primary, "updated_date") == times[before]


@pytest.mark.long
def test_updated_at_stays_where_nothing_was_retired(endpoint: MakeEndpoint) -> None:
    story = Story(endpoint(retired_ids="follow"))
    people = {letter: {"updated_at": "2020-01-01T00:00:00Z"} for letter in "abc"}
    story.load(people)
    story.batch(story.request("a", "b"), story.request("c", "b", dry_run=True))
    before = story.field("a", "updated_at")
    story.ask("a", "b")
    assert story.field("a", "updated_at") == before
    assert story.field("c", "updated_at") == "2020-01-01T00:00:00Z"


# ------------------------------------------------------------------------------------------ JSON fields


def slices(story: Story, *texts: Any, **options: Any) -> Any:
    """The custom fields after a merge, as (key, slice) pairs where they are an object."""
    merged(story, *texts, column="custom_fields", **options)
    return story.plain("contacts")[0]["custom_fields"]


def test_objects_fold_key_by_key(story: Story) -> None:
    folded = slices(story, '{"b":"", "a":1}', '{"c":3,"b":2}', '{"a":9,"d":4}')
    assert folded == [("b", "2"), ("a", "1"), ("c", "3"), ("d", "4")]
    assert story.response("r1")["fields_populated"] == [f"custom_fields.{key}" for key in "bcd"]
    assert story.sources("a")["custom_fields.d"] == ("c", "r1")


def test_objects_overwrite_key_by_key(story: Story) -> None:
    folded = slices(story, '{"a":1,"b":2}', '{"b":null,"a":3}', '{"b":5,"a":4}', overwrite=True)
    assert folded == [("a", "3"), ("b", "5")]


def test_a_key_overwritten_by_an_equal_value_is_not_populated(story: Story) -> None:
    slices(story, '{"a":1,"b":2}', '{"a":1,"b":2.0}', overwrite=True)
    assert story.response("r1")["fields_populated"] == ["custom_fields.b"]
    assert story.sources("a")["custom_fields.a"] == ("b", "r1")


NUMBERS = ["1.10", "1e3", "-0", "12345678901234567890.10"]
OTHERS = ['"\\u00e9"', '"é"', "[1, 2]", '{ "x" : 1.0 }', "false"]


def objects_merged(
    endpoint: MakeEndpoint, rows: Sequence[tuple[Any, ...]], **options: Any
) -> tuple[list[Any], list[Any]]:
    """As `columns_merged`, of JSON fields: (key, slice) pairs where the value is an object; then those of the response."""
    fields = [f"f{number}" for number in range(len(rows))]
    story = Story(endpoint(json_fields=fields), json_fields=fields)
    story.load(_contacts(rows))
    primary = story.ask(*"abcdef"[: len(rows[0])], **options)["primary"]
    contact = dict(story.plain("contacts")[0])
    return [contact[field] for field in fields], [primary[field] for field in fields]


def test_slices_are_carried_over_unchanged(endpoint: MakeEndpoint) -> None:
    carried = NUMBERS + OTHERS
    objects, in_response = objects_merged(
        endpoint, [('{"k":""}', f'{{"k": {slice_} }}') for slice_ in carried]
    )
    assert objects == in_response == [[("k", slice_)] for slice_ in carried]


def test_empties_inside_an_object(endpoint: MakeEndpoint) -> None:
    empties = ["null", '""', '"\\u00a0 \\t"', "[ ]", "{\n}"]
    rows = [(f'{{"a":{empty}, "b":{empty}}}', '{"a":1}', f'{{"c":{empty}}}') for empty in empties]
    assert objects_merged(endpoint, rows)[0] == [[("a", "1"), ("b", empty)] for empty in empties]


def test_values_inside_an_object(endpoint: MakeEndpoint) -> None:
    values = ["0", "false", '"[]"', "[null]", '{"x":null}', '"\\u200b"']
    rows = [(f'{{"a":{value}}}', '{"a":1}') for value in values]
    assert objects_merged(endpoint, rows)[0] == [[("a", value)] for value in values]


def test_of_a_key_written_twice_the_last_counts(story: Story) -> None:
    assert slices(story, '{"a":1,"b":"","a":2}', '{"b":3,"b":4}') == [("a", "2"), ("b", "4")]


def test_keys_are_compared_by_what_they_spell(story: Story) -> None:
    assert slices(story, '{"\\u00e9":""}', '{"é":1}') == [("é", "1")]


NO_OBJECTS = ["[1, 2]", '"text"', "1", "garbage", "{", '{"a":1,}', "{'a':1}", '{"a":NaN}', '{"a":01}', "{} x"]


@pytest.mark.long
def test_text_that_is_no_object_counts_as_empty_and_stays_where_nothing_takes_its_place(
    endpoint: MakeEndpoint,
) -> None:
    one = [[("a", "1")]] * len(NO_OBJECTS)
    assert objects_merged(endpoint, [(text, '{"a":""}', None) for text in NO_OBJECTS])[0] == NO_OBJECTS
    assert objects_merged(endpoint, [(text, '{"a":1}') for text in NO_OBJECTS])[0] == one
    assert objects_merged(endpoint, [('{"a":1}', text) for text in NO_OBJECTS], overwrite=True)[0] == one


def test_an_object_that_takes_nothing_stays_as_it_is(endpoint: MakeEndpoint) -> None:
    texts = [None, "", " ", "{}", "{ }"]
    rows = [(text, '{"a":null}', "{}") for text in texts]
    assert columns_merged(endpoint, rows, json_fields=[f"f{i}" for i in range(len(rows))]) == texts


def test_an_object_that_takes_nothing_keeps_its_white_space(story: Story) -> None:
    text = '{ "a" : 1 ,"a": 2 }'
    assert merged(story, text, '{"a":3}', column="custom_fields") == text


def test_a_struct_folds_key_by_key(story: Story) -> None:
    values = [{"x": None, "y": " "}, None, {"x": None, "y": "2"}, {"x": "3", "y": "3"}]
    assert merged(story, *values, column="custom_fields") == {"x": "3", "y": "2"}
    assert story.response("r1")["fields_populated"] == ["custom_fields.x", "custom_fields.y"]


def test_a_map_folds_key_by_key(story: Story) -> None:
    values = [[("b", ""), ("a", "1")], None, [("c", "3"), ("b", "2"), ("d", None)]]
    assert merged(story, *values, column="custom_fields") == [("b", "2"), ("a", "1"), ("c", "3")]


def test_which_columns_are_json_fields_is_a_setting(endpoint: MakeEndpoint) -> None:
    story = Story(endpoint(json_fields=["more", "extra"]), json_fields=["more", "extra"])
    story.load(
        {
            "a": {"more": '{"x":""}', "custom_fields": '{"x":""}', "extra": None},
            "b": {"more": '{"x":1}', "custom_fields": '{"x":1}', "extra": '{"y":2}'},
        }
    )
    assert story.ask("a", "b")["fields_populated"] == ["more.x", "extra.y"]
    assert story.field("a", "custom_fields") == '{"x":""}'


# ------------------------------------------------------------------------------------------ lines


def test_a_chain_of_fills_is_one_line(story: Story) -> None:
    story.load({letter: {"f": None if letter in "ab" else letter, "g": letter} for letter in "abcd"})
    story.batch(story.request("b", "c"), story.request("b", "d"), story.request("a", "b"))
    assert (story.field("a", "f"), story.field("a", "g")) == ("c", "a")
    assert story.sources("a") == {"f": ("c", "r3")}


@pytest.mark.long
def test_an_overwrite_in_the_middle_comes_to_the_front(story: Story) -> None:
    story.load({letter: {"f": letter} for letter in "abcd"})
    story.ask("b", "c")
    story.ask("b", "d", overwrite=True)
    story.ask("a", "b", overwrite=True)
    assert story.field("a", "f") == "d"
    assert story.conflicts("a") == [
        ("f", "d", "d", "a", "a", "r3"),
        ("f", "d", "d", "b", "b", "r2"),
        ("f", "d", "d", "c", "c", "r2"),
    ]


def test_duplicates_stand_in_listed_order_under_overwrite(story: Story) -> None:
    assert merged(story, "1", "2", "3", overwrite=True) == "2"


def test_a_conflict_shows_where_two_places_met(story: Story) -> None:
    story.load({letter: {"f": letter} for letter in "abcd"})
    story.batch(story.request("a", "b"), story.request("c", "d"), story.request("a", "c"))
    assert story.conflicts("a") == [
        ("f", "a", "a", "b", "b", "r1"),
        ("f", "a", "a", "c", "c", "r3"),
        ("f", "a", "a", "d", "d", "r3"),
    ]


def test_places_that_one_request_brought_met_before_it_did(story: Story) -> None:
    story.load({"p": {"f": None}} | {letter: {"f": letter} for letter in "abcde"})
    story.batch(
        story.request("a", "b"),
        story.request("a", "c"),
        story.request("a", "d", overwrite=True),
        story.request("p", "a", "e"),
    )
    assert story.conflicts("p") == [
        ("f", "d", "d", "a", "a", "r3"),
        ("f", "d", "d", "b", "b", "r3"),
        ("f", "d", "d", "c", "c", "r3"),
        ("f", "d", "d", "e", "e", "r4"),
    ]
    story.undo("r3")
    assert story.conflicts("p") == [
        ("f", "a", "a", "b", "b", "r1"),
        ("f", "a", "a", "c", "c", "r2"),
        ("f", "a", "a", "e", "e", "r4"),
    ]


def test_equal_and_empty_values_are_no_conflict(story: Story) -> None:
    story.load({"a": {"f": "1"}, "b": {"f": "1"}, "c": {"f": " "}, "d": {"f": "1 "}})
    story.ask("a", "b", "c", "d")
    assert story.conflicts("a") == [("f", "1", "a", "1 ", "d", "r1")]


def test_slices_are_shown_as_they_are_in_conflicts(story: Story) -> None:
    slices(story, '{"k":1.10}', '{"k":1.1}')
    assert story.conflicts("a") == [("custom_fields.k", "1.10", "a", "1.1", "b", "r1")]


def test_provenance_and_conflicts_list_live_contacts_only(story: Story) -> None:
    story.load({"a": {"f": "1"}, "b": {"f": None}, "c": {"f": "3"}, "d": {"f": "4"}})
    story.batch(story.request("b", "c", "d"), story.request("a", "b"))
    assert (story.sources("b"), story.conflicts("b")) == ({}, [])
    assert story.sources("a") == {}
