"""What each place of a line holds, and what counts as empty: place_values, with the predicates of _values."""

import math
from typing import Any

import duckdb
import pytest
from contact_merge.fold.survivorship import hold_values
from fold_rows import A, B, C, contact_columns, make, rows

LINE = "n int, owner_key text, contact_key text, base_batch int"


def test_a_merged_contact_has_the_row_of_its_merge_any_other_its_own(con: duckdb.DuckDBPyConnection) -> None:
    """B → A was merged in batch 1. Since then A and B got phone 9, which is no business of these places. C was never merged."""
    make(con, "raw.contacts", "_cm_key text, id text, phone text")
    make(con, "component_rows", "_cm_key text, id text, phone text")
    con.execute("insert into component_rows values ('A', 'A', '9'), ('B', 'B', '9'), ('C', 'C', '3')")
    make(con, "ledger.contact_versions", "_cm_key text, _cm_batch int, id text, phone text")
    con.execute(
        "insert into ledger.contact_versions values ('A', 1, 'A', '1'), ('B', 1, 'B', '2'), ('B', 4, 'B', '9')"
    )
    make(con, "edit_candidates", "n int")
    make(con, "component_line", LINE, (A, "A", "A", 1), (B, "A", "B", 1), (C, "C", "C", None))
    hold_values(con, contact_columns(con, []))
    assert rows(con, "place_values") == [
        (A, "A", "A", "1"),
        (B, "B", "A", "2"),
        (C, "C", "C", "3"),
    ]


def test_a_place_without_a_row_holds_nothing(con: duckdb.DuckDBPyConnection) -> None:
    """A pointer names A, but no export ever held it."""
    make(con, "raw.contacts", "_cm_key text, id text, phone text")
    make(con, "component_rows", "_cm_key text, id text, phone text")
    make(con, "ledger.contact_versions", "_cm_key text, _cm_batch int, id text, phone text")
    make(con, "edit_candidates", "n int")
    make(con, "component_line", LINE, (A, "A", "A", None))
    hold_values(con, contact_columns(con, []))
    assert rows(con, "place_values") == [(A, "A", "A", None)]


def held(con: duckdb.DuckDBPyConnection, type_: str, value: Any, *json_fields: str) -> list[tuple]:
    """What the place of a contact holds whose `field` has a type and a value."""
    make(con, "raw.contacts", f"_cm_key text, id text, field {type_}")
    make(con, "component_rows", f"_cm_key text, id text, field {type_}", ("A", "A", value))
    make(con, "ledger.contact_versions", f"_cm_key text, _cm_batch int, id text, field {type_}")
    make(con, "edit_candidates", "n int")
    make(con, "component_line", LINE, (A, "A", "A", None))
    hold_values(con, contact_columns(con, json_fields))
    return rows(con, "place_values", "* exclude (n, contact_key, owner_key)")


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("text", None),
        ("text", ""),
        ("text", " \t\n"),
        ("text", "\u3000\u00a0"),
        ("double", math.nan),
        ("text[]", []),
        ("map(text, text)", {}),
        ("int", None),
    ],
    ids=["null", "no text", "blanks", "blanks of Unicode", "NaN", "empty list", "empty map", "no number"],
)
def test_empty_is_null(con: duckdb.DuckDBPyConnection, type_: str, value: Any) -> None:
    assert held(con, type_, value) == [(None,)]


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("text", " x "),
        ("text", "\u200b"),
        ("text", "[]"),
        ("text", "null"),
        ("int", 0),
        ("boolean", False),
        ("double", math.inf),
        ("text[]", [None]),
        ("map(text, text)", {"k": None}),
    ],
    ids=[
        "text with blanks around",
        "a space of no width, which is no white space",
        "[] in a column of text",
        "the word null",
        "zero",
        "false",
        "infinity",
        "a list with something in it",
        "a map with something in it",
    ],
)
def test_a_value_is_carried_as_it_is(con: duckdb.DuckDBPyConnection, type_: str, value: Any) -> None:
    assert held(con, type_, value) == [(value,)]


def test_json_text_is_kept_blank_or_not(con: duckdb.DuckDBPyConnection) -> None:
    """Its keys are folded outside SQL, which decides what is empty in it."""
    assert held(con, "text", " ", "field") == [(" ",)]


def test_each_key_of_a_struct_is_a_field(con: duckdb.DuckDBPyConnection) -> None:
    """A JSON field kept as a struct: its tier is blank, its score 0."""
    assert held(con, "struct(tier text, score int)", {"tier": " ", "score": 0}, "field") == [(None, 0)]
