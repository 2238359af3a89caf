"""Which place of a line wins a field: for survivors, their sources and conflicts, the answers to requests, and later edits."""

from collections.abc import Callable

import duckdb
import numpy as np
import pytest
from contact_merge.engine import expression, read_header, rule_names
from contact_merge.fold.ranges import RangeMaximum
from contact_merge.fold.survivorship import fold_fields
from fold_rows import A, B, C, D, contact_columns, make, rows

LINE = "n int, contact_key text, owner int, owner_key text, position int, joined_seq int, brought_seq int"
STRETCHES = "seq int, ord int, turn int, overwrite bool, owner int, first_position int, last_position int"
CONFLICTS = "kept_value text, kept_from text, other_value text, other_from text, seq int"


@pytest.fixture
def line(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """C → B (request 1), then B → A (request 2): the line of A is A, B, C. D stands alone.

    Contacts have a phone. Tests say what phones the places hold.
    """
    make(con, "raw.contacts", "_cm_key text, id text, phone text")
    make(con, "component", "n int, contact_key text", *enumerate("ABCD"))
    make(con, "component_line", LINE)
    con.execute(
        "insert into component_line values (0, 'A', 0, 'A', 0, null, null), (1, 'B', 0, 'A', 1, 2, 2), "
        "(2, 'C', 0, 'A', 2, 1, 2), (3, 'D', 3, 'D', 0, null, null)"
    )
    make(con, "component_merges", "p int, d int", (B, C), (A, B))
    make(con, "place_values", "n int, contact_key text, owner_key text, value_0 text")
    make(con, "edit_candidates", "n int")
    make(con, "stretches", STRETCHES)
    make(con, "fold.kept", "contact_key text, field text, json_key text, source_key text, seq int")
    make(con, "fold.conflicts", f"contact_key text, field text, json_key text, {CONFLICTS}")
    return con


def fold_phones(con: duckdb.DuckDBPyConnection, *phones: str | None, answering: bool = False) -> None:
    """Fold, where A, B, C and D hold these phones."""
    for n, phone in enumerate(phones):
        owner = "D" if n == D else "A"
        con.execute("insert into place_values values (?, ?, ?, ?)", [n, "ABCD"[n], owner, phone])
    fold_fields(con, contact_columns(con, []), answering=answering)


# ------------------------------------------------------------------ survivors


@pytest.mark.parametrize(
    ("phones", "value", "source"),
    [
        (("1", "2", "3"), "1", []),
        ((None, "2", "3"), "2", ["B"]),
        ((None, None, "3"), "3", ["C"]),
        ((None, "2", "2"), "2", ["B"]),
        ((None, None, None), None, []),
    ],
    ids=["its own", "the first that fills", "the next one", "of equal ones the first", "all are empty"],
)
def test_a_survivor_has_the_first_value_along_its_line(
    line: duckdb.DuckDBPyConnection, phones: tuple, value: str | None, source: list[str]
) -> None:
    """What came from elsewhere has its source, and request 2, which brought it to A. D is no survivor, for nothing was merged."""
    fold_phones(line, *phones, "4")
    assert rows(line, "survivor_values_0") == [(value, A)]
    assert rows(line, "fold.kept") == [("A", "phone", None, letter, 2) for letter in source]


def test_a_place_before_the_survivor_counts_first(line: duckdb.DuckDBPyConnection) -> None:
    """B overwrote with C behind it: the line is B, C, A."""
    line.execute("update component_line set position = position - 3 where n in (1, 2)")
    fold_phones(line, "1", None, "3", None)
    assert rows(line, "survivor_values_0") == [("3", A)]
    assert rows(line, "fold.kept") == [("A", "phone", None, "C", 2)]


def test_a_contact_of_no_field_is_folded(
    con: duckdb.DuckDBPyConnection, line: duckdb.DuckDBPyConnection
) -> None:
    line.execute("alter table raw.contacts drop phone")
    line.execute("insert into stretches values (1, 0, 0, false, 0, 0, 0), (1, 1, 1, false, 0, 1, 1)")
    fold_fields(con, contact_columns(con, []), answering=True)
    assert rows(con, "after_values") == [(1,)]


# ------------------------------------------------------------------ conflicts


@pytest.mark.parametrize(
    ("phones", "conflicts"),
    [
        (("1", "2", "1"), [("1", "A", "2", "B", 2)]),
        ((None, "2", "3"), [("2", "B", "3", "C", 1)]),
        (("1", None, "3"), [("1", "A", "3", "C", 2)]),
        (("1", "1", None), []),
        ((None, None, "3"), []),
    ],
    ids=[
        "another value was brought by request 2",
        "two of what request 2 brought had met by request 1",
        "the newest request that joined what is between two is the one by which they met",
        "an equal value is no conflict",
        "nor is one alone",
    ],
)
def test_values_that_were_not_taken(
    line: duckdb.DuckDBPyConnection, phones: tuple, conflicts: list[tuple]
) -> None:
    fold_phones(line, *phones, "4")
    assert rows(line, "fold.conflicts", "* exclude (contact_key, field, json_key)") == conflicts
    assert {row[:3] for row in rows(line, "fold.conflicts")} <= {("A", "phone", None)}


def test_the_value_of_a_contact_that_overwrote_is_kept_before_the_survivors_own(
    line: duckdb.DuckDBPyConnection,
) -> None:
    """The line is B, C, A; A was joined to C by request 2, C to B by request 1."""
    line.execute("update component_line set position = position - 3 where n in (1, 2)")
    line.execute("update component_line set joined_seq = case n when 0 then 2 when 2 then 1 end")
    fold_phones(line, "1", "2", "3", None)
    found = rows(line, "fold.conflicts", "* exclude (contact_key, field, json_key)")
    assert found == [("2", "B", "1", "A", 2), ("2", "B", "3", "C", 1)]


# ------------------------------------------------------------------ answers


def after_values(con: duckdb.DuckDBPyConnection, phones: tuple, *stretches: tuple) -> list[tuple]:
    """Of each request: the phone after it, and which duplicate populated it. Stretches as in STRETCHES."""
    for stretch in stretches:
        con.execute("insert into stretches values (?, ?, ?, ?, ?, ?, ?)", stretch)
    fold_phones(con, *phones, answering=True)
    return rows(con, "after_values", "seq, after_0, giver_0")


@pytest.mark.parametrize(
    ("phones", "after", "giver"),
    [
        (("1", "2", "3"), "1", None),
        ((None, "2", "3"), "2", 1),
        ((None, None, "3"), "3", 2),
        ((None, None, None), None, None),
        ((None, "2", "2"), "2", 1),
        ((None, None, None, "4"), None, None),
    ],
    ids=[
        "the primary's stays",
        "the first duplicate fills",
        "the first is empty, the second fills",
        "all are empty",
        "of equal ones the first counts",
        "what is no contact of the request does not count",
    ],
)
def test_fill(line: duckdb.DuckDBPyConnection, phones: tuple, after: str | None, giver: int | None) -> None:
    """A, then its duplicates B and C."""
    found = after_values(
        line,
        (*phones, None)[:4],
        (1, 0, 0, False, A, 0, 0),
        (1, 1, 1, False, A, 1, 1),
        (1, 2, 2, False, A, 2, 2),
    )
    assert found == [(1, after, giver)]


@pytest.mark.parametrize(
    ("phones", "after", "giver"),
    [
        (("1", "2", "3"), "2", 1),
        (("1", None, "3"), "3", 2),
        (("1", None, None), "1", None),
        (("1", "1", None), "1", None),
        ((None, None, "3"), "3", 2),
    ],
    ids=[
        "the first duplicate counts",
        "the first is empty, the second counts",
        "both are empty, the primary's stays",
        "the first has an equal one: nothing was populated",
        "the primary's was empty",
    ],
)
def test_overwrite(line: duckdb.DuckDBPyConnection, phones: tuple, after: str, giver: int | None) -> None:
    """The duplicates B and C count before A, in listed order."""
    found = after_values(
        line, (*phones, None), (1, 0, 9, True, A, 0, 0), (1, 1, 1, True, A, 1, 1), (1, 2, 2, True, A, 2, 2)
    )
    assert found == [(1, after, giver)]


def test_the_value_of_a_stretch_is_its_first(line: duckdb.DuckDBPyConnection) -> None:
    """A and B are empty, so B gives A what it had from C."""
    found = after_values(
        line,
        (None, None, "3", None),
        (1, 0, 0, False, A, 1, 1),
        (1, 1, 1, False, A, 2, 2),
        (2, 0, 0, False, A, 0, 0),
        (2, 1, 1, False, A, 1, 2),
    )
    assert found == [(1, "3", 1), (2, "3", 1)]


def test_a_dry_run_looks_across_lines(line: duckdb.DuckDBPyConnection) -> None:
    """Request 3 previews A → D with overwrite."""
    found = after_values(line, (None, "2", "3", "4"), (3, 0, 9, True, D, 0, 0), (3, 1, 1, True, A, 0, 2))
    assert found == [(3, "2", 1)]


# ------------------------------------------------------------------ later edits


def edit_line(con: duckdb.DuckDBPyConnection, *edits: tuple) -> None:
    """Edits that may be: row of place_values, place, turn, first and last position in the line of A, the raw phone then."""
    make(
        con,
        "edit_values",
        "n int, place int, turn int, owner int, first_position int, last_position int, differs_0 bool",
    )
    for n, place, turn, first, last, phone in edits:
        con.execute("insert into edit_candidates values (?)", [place])
        con.execute("insert into edit_values values (?, ?, ?, 0, ?, ?, true)", [n, place, turn, first, last])
        con.execute("insert into place_values values (?, ?, 'A', ?)", [n, "ABCD"[place], phone])


@pytest.mark.parametrize(
    ("phones", "raw", "value", "sources"),
    [
        (("1", "2", "3"), "9", "9", []),
        ((None, "2", "3"), "9", "9", []),
        (("1", "2", "3"), None, None, []),
        ((None, "2", "3"), "2", "2", ["B"]),
        ((None, "2", "3"), "3", "3", []),
        ((None, None, None), None, None, []),
    ],
    ids=[
        "changed",
        "filled, where the merge had filled it otherwise",
        "emptied",
        "set to what the merge had made of it: the CRM took it over",
        "set to what another duplicate had",
        "empty before and after",
    ],
)
def test_an_edit_makes_the_survivors_row_a_new_single_place(
    line: duckdb.DuckDBPyConnection, phones: tuple, raw: str | None, value: str | None, sources: list[str]
) -> None:
    """A's row was changed since the merge: what else is in its line counts no more, and is no conflict."""
    edit_line(line, (4, A, 1, 0, 2, raw))
    fold_phones(line, *phones, None)
    assert rows(line, "survivor_values_0") == [(value, A)]
    assert [row[3] for row in rows(line, "fold.kept")] == sources
    kept = [row[4] for row in rows(line, "fold.conflicts")]
    assert kept == (["B"] if sources else [])


def test_an_edit_of_a_contact_that_was_merged_later_stays_in_its_stretch(
    line: duckdb.DuckDBPyConnection,
) -> None:
    """C → B, B was edited, then B → A: A's place, before the stretch of B and C, holds what it held."""
    edit_line(line, (4, B, 1, 1, 2, "9"))
    fold_phones(line, "1", "2", "3", None)
    assert rows(line, "survivor_values_0") == [("1", A)]
    assert rows(line, "fold.conflicts") == [("A", "phone", None, "1", "A", "9", "B", 2)]


def test_edits_of_a_line_are_applied_one_after_the_other(line: duckdb.DuckDBPyConnection) -> None:
    """B was emptied, then merged into A, who so got nothing of it; A took over the phone 5 by hand, and it was made 6."""
    edit_line(line, (4, B, 1, 1, 2, None), (5, A, 2, 0, 2, "5"), (6, A, 3, 0, 2, "6"))
    fold_phones(line, None, "2", "3", None)
    assert rows(line, "survivor_values_0") == [("6", A)]
    assert rows(line, "fold.kept") == rows(line, "fold.conflicts") == []


def test_a_later_edit_is_compared_with_what_an_earlier_one_made(line: duckdb.DuckDBPyConnection) -> None:
    """B was edited to 9 and merged into A; A's row took that 9 over, which is no edit: its source is B still."""
    edit_line(line, (4, B, 1, 1, 2, "9"), (5, A, 2, 0, 2, "9"))
    fold_phones(line, None, "2", "3", None)
    assert rows(line, "survivor_values_0") == [("9", A)]
    assert rows(line, "fold.kept") == [("A", "phone", None, "B", 2)]


def test_an_answer_sees_the_edits_before_it(line: duckdb.DuckDBPyConnection) -> None:
    """A's phone was emptied; D → A fills it."""
    edit_line(line, (4, A, 1, 0, 2, None))
    found = after_values(line, ("1", "2", "3", "4"), (3, 0, 0, False, A, 0, 2), (3, 1, 1, False, D, 0, 0))
    assert found == [(3, "4", 1)]


# ------------------------------------------------------------------ rules


def test_the_shipped_rule_goes_by_the_line_alone() -> None:
    assert rule_names() == ["first"]
    assert (read_header("rules/first").ties, expression("rules/first")) == ("first", "null")


def test_a_rule_may_take_the_last_one(
    line: duckdb.DuckDBPyConnection, set_rule: Callable[[str], None]
) -> None:
    """Its file has no key: of places with one key the last counts."""
    set_rule("-- The last value.\n-- reads: none\n-- ties: last\n-- kind: rule\nnull\n")
    found = after_values(line, ("1", "2", "3", "4"), (3, 0, 0, False, D, 0, 0), (3, 1, 1, False, A, 0, 1))
    assert found == [(3, "2", 1)]
    assert rows(line, "survivor_values_0") == [("3", A)]
    assert rows(line, "fold.kept") == [("A", "phone", None, "C", 2)]
    kept = rows(line, "fold.conflicts", "* exclude (contact_key, field, json_key)")
    assert kept == [("3", "C", "1", "A", 2), ("3", "C", "2", "B", 1)]


def test_a_rule_may_have_a_key(line: duckdb.DuckDBPyConnection, set_rule: Callable[[str], None]) -> None:
    """The longest phone survives, and of two the first: C's. A's, of which nobody knows the length, comes last."""
    set_rule("-- The longest.\n-- reads: none\n-- kind: rule\n-length({{ field.of(row) }})\n")
    line.execute("alter table place_values add key_0 int")
    line.execute(
        "insert into place_values values (0, 'A', 'A', '1', null), (1, 'B', 'A', '22', -2), "
        "(2, 'C', 'A', '333', -3), (3, 'D', 'D', '444', -3)"
    )
    line.execute("insert into stretches values (3, 0, 9, true, 3, 0, 0), (3, 1, 1, true, 0, 0, 2)")
    fold_fields(line, contact_columns(line, []), answering=True)
    assert rows(line, "survivor_values_0") == [("333", A)]
    assert rows(line, "after_values", "after_0, giver_0") == [("333", 1)]
    kept = rows(line, "fold.conflicts", "* exclude (contact_key, field, json_key)")
    assert kept == [("333", "C", "1", "A", 2), ("333", "C", "22", "B", 1)]


# ------------------------------------------------------------------ ranges


def test_the_greatest_of_any_range() -> None:
    numbers = np.array([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5])
    ranges = [(first, last) for first in range(11) for last in range(first, 11)]
    found = RangeMaximum(numbers).between(*(np.array(ends) for ends in zip(*ranges, strict=True)))
    assert found.tolist() == [max(numbers[first : last + 1]) for first, last in ranges]
