"""Later edits win: edit_candidates, changed_owners and edit_values.

A survivor was edited where its raw row differs from what its last merge found there, and from what that merge made of it.
"""

import duckdb
import pytest
from contact_merge.engine import run_sql
from contact_merge.fold.survivorship import hold_values
from fold_rows import A, B, C, D, contact_columns, make, rows

COMPONENT = "n int, contact_key text"
CONTACT = "id text, phone text"

# ------------------------------------------------------------------ edit_candidates


def edit_candidates(
    con: duckdb.DuckDBPyConnection,
    merges: list[tuple[int, int, int, int]],
    extents: list[tuple[int, int, int, int]],
    versions: list[tuple[str, int]],
    lost: str = "",
    *,
    answering: bool = False,
) -> list[tuple]:
    """Moments at which the row of A, B or C may show an edit: contact, batch, version, version before, first and last place.

    Contacts hold A, B and C, except those `lost`. Each contact stands at its number in the line of A: A, B, C.

    Args:
        merges: request, batch, primary, duplicate.
        extents: request, duplicate, and how many places its primary then had on its left and right.
        versions: the rows that the ledger kept: contact, batch.
        answering: whether batch 3, the newest of the ledger, is being answered.
    """
    make(con, "ledger.batches", "batch_no int", (1,), (3,))
    make(con, "component", COMPONENT, (A, "A"), (B, "B"), (C, "C"))
    make(con, "component_rows", "_cm_key text", *((letter,) for letter in "ABC" if letter not in lost))
    make(con, "component_merges", "seq int, batch_no int, p int, d int", *merges)
    make(con, "edges_frame", 'seq int, d int, "left" int, "right" int', *extents)
    make(con, "component_line", "n int, owner int, position int", (A, A, 0), (B, A, 1), (C, A, 2))
    make(con, "ledger.contact_versions", "_cm_key text, _cm_batch int", *versions)
    run_sql(con, "fold/edit_candidates", answering=answering)
    columns = "contact_key, batch_no, version, last_version, first_position, last_position"
    return rows(con, "edit_candidates", columns)


def test_a_survivor_may_have_been_edited_since_its_last_merge(con: duckdb.DuckDBPyConnection) -> None:
    """B → A in batch 1: A's row now may differ from that of batch 1. B is retired, so its row no longer counts."""
    found = edit_candidates(con, [(1, 1, A, B)], [(1, B, 0, 1)], [("A", 1), ("B", 1)])
    assert found == [("A", None, None, 1, 0, 1)]


def test_a_merge_may_have_found_an_edited_row(con: duckdb.DuckDBPyConnection) -> None:
    """B → A in batch 1, C → A in batch 3, and A's row had changed between: the stretch was A, B at that moment."""
    found = edit_candidates(
        con,
        [(1, 1, A, B), (2, 3, A, C)],
        [(1, B, 0, 1), (2, C, 0, 2)],
        [("A", 1), ("B", 1), ("A", 3), ("C", 3)],
    )
    assert found == [("A", 3, 3, 1, 0, 1), ("A", None, None, 3, 0, 2)]


def test_a_merge_that_found_the_same_row_shows_no_edit(con: duckdb.DuckDBPyConnection) -> None:
    """B → A in batch 1, C → A in batch 3, and A's row was the same: the ledger kept it once."""
    found = edit_candidates(
        con, [(1, 1, A, B), (2, 3, A, C)], [(1, B, 0, 1), (2, C, 0, 2)], [("A", 1), ("B", 1), ("C", 3)]
    )
    assert found == [("A", None, None, 1, 0, 2)]


def test_a_survivor_may_have_been_edited_before_it_was_retired(con: duckdb.DuckDBPyConnection) -> None:
    """C → B in batch 1, B → A in batch 2, and B's row had changed between: B's stretch was B, C."""
    found = edit_candidates(
        con,
        [(1, 1, B, C), (2, 2, A, B)],
        [(1, C, 0, 1), (2, B, 0, 2)],
        [("B", 1), ("C", 1), ("A", 2), ("B", 2)],
    )
    assert found == [("A", None, None, 2, 0, 2), ("B", 2, 2, 1, 1, 2)]


def test_what_overwrites_stands_before_the_survivor(con: duckdb.DuckDBPyConnection) -> None:
    """C → B with overwrite: B's stretch begins one place before B's own."""
    found = edit_candidates(con, [(1, 1, B, C)], [(1, C, 1, 0)], [("B", 1), ("C", 1)])
    assert found == [("B", None, None, 1, 0, 1)]


def test_a_survivor_that_contacts_lost_shows_no_edit_now(con: duckdb.DuckDBPyConnection) -> None:
    found = edit_candidates(con, [(1, 1, A, B)], [(1, B, 0, 1)], [("A", 1), ("B", 1)], lost="A")
    assert found == []


def test_a_merge_of_the_batch_being_answered_used_the_row_that_is_there(
    con: duckdb.DuckDBPyConnection,
) -> None:
    """B → A in batch 1, and C → A in batch 3: A's row may have been edited between, but not since."""
    merges, extents = [(1, 1, A, B), (2, 3, A, C)], [(1, B, 0, 1), (2, C, 0, 2)]
    versions = [("A", 1), ("B", 1), ("A", 3), ("C", 3)]
    found = edit_candidates(con, merges, extents, versions, answering=True)
    assert found == [("A", 3, 3, 1, 0, 1)]


def test_a_survivor_of_an_earlier_batch_may_have_been_edited(con: duckdb.DuckDBPyConnection) -> None:
    """B → A in batch 1, and batch 3 is being answered: the row of A now is another than the one that batch 1 used."""
    found = edit_candidates(con, [(1, 1, A, B)], [(1, B, 0, 1)], [("A", 1), ("B", 1)], answering=True)
    assert found == [("A", None, None, 1, 0, 1)]


def test_an_undone_merge_leaves_no_candidate(con: duckdb.DuckDBPyConnection) -> None:
    """B → A in batch 1 was undone. The rows that the merge used still stand in the ledger."""
    assert edit_candidates(con, [], [], [("A", 1), ("B", 1)]) == []


# ------------------------------------------------------------------ changed_owners


def test_changed_owners_are_survivors_whose_row_differs_now(con: duckdb.DuckDBPyConnection) -> None:
    """A's phone changed, B's did not, and C's null became blank, which outputs show. Batch 2 of C is another moment."""
    make(con, "raw.contacts", f"_cm_key text, {CONTACT}")
    make(con, "component_rows", f"_cm_key text, {CONTACT}", ("A", "A", "9"), ("B", "B", "2"), ("C", "C", ""))
    make(con, "ledger.contact_versions", f"_cm_key text, _cm_batch int, {CONTACT}")
    con.execute(
        "insert into ledger.contact_versions values "
        "('A', 1, 'A', '1'), ('B', 1, 'B', '2'), ('C', 1, 'C', '3'), ('C', 2, 'C', null)"
    )
    make(con, "edit_candidates", "n int, batch_no int, contact_key text, last_version int")
    con.execute(
        "insert into edit_candidates values (0, null, 'A', 1), (1, null, 'B', 1), (2, 2, 'C', 1), (2, null, 'C', 2)"
    )
    run_sql(con, "fold/changed_owners", **contact_columns(con, []).variables())
    assert rows(con, "changed_owners") == [(A,), (C,)]


# ------------------------------------------------------------------ edit_values

CANDIDATE = (
    "n int, batch_no int, version int, last_version int, contact_key text, owner int, "
    "first_position int, last_position int"
)


@pytest.fixture
def line(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The line of A is A, B. Batch 1 merged B, whose phone is 2, into A; tests say what A's row was and is."""
    make(con, "raw.contacts", f"_cm_key text, {CONTACT}")
    make(con, "component_rows", f"_cm_key text, {CONTACT}")
    make(con, "ledger.contact_versions", f"_cm_key text, _cm_batch int, {CONTACT}", ("B", 1, "B", "2"))
    make(con, "component", COMPONENT, (A, "A"), (B, "B"))
    make(con, "component_line", "n int, contact_key text, owner_key text, base_batch int")
    con.execute("insert into component_line values (0, 'A', 'A', 1), (1, 'B', 'A', 1)")
    make(con, "edit_candidates", CANDIDATE, (A, None, None, 1, "A", A, 0, 1))
    return con


def edit_values(con: duckdb.DuckDBPyConnection, found: str | None, raw: str | None) -> list[tuple]:
    """The edit that A's phone may show: the last merge `found` that, and A's raw row now says `raw`."""
    con.execute("insert into ledger.contact_versions values ('A', 1, 'A', $found)", {"found": found})
    con.execute("insert into component_rows values ('A', 'A', $raw)", {"raw": raw})
    hold_values(con, contact_columns(con, []))
    return rows(con, "edit_values", "n, place, turn, first_position, last_position, differs_0, value_0")


@pytest.mark.parametrize(
    ("found", "raw", "value"),
    [("1", "9", "9"), (None, "9", "9"), ("1", None, None), ("1", " ", None), ("1", "2", "2")],
    ids=["changed", "filled", "emptied", "made blank, which is empty", "set to what the duplicate had"],
)
def test_a_field_may_have_been_edited(
    line: duckdb.DuckDBPyConnection, found: str | None, raw: str | None, value: str | None
) -> None:
    """It is a row of place_values, after those of A and B."""
    assert edit_values(line, found, raw) == [(C, A, 1, 0, 1, True, value)]
    assert rows(line, "place_values") == [(A, "A", "A", found), (B, "B", "A", "2"), (C, "A", "A", value)]


@pytest.mark.parametrize(
    ("found", "raw"),
    [("1", "1"), (None, " "), ("", None)],
    ids=["it is the same", "null and blank do not differ", "blank and null do not differ"],
)
def test_a_field_was_not_edited(line: duckdb.DuckDBPyConnection, found: str | None, raw: str | None) -> None:
    assert edit_values(line, found, raw) == []
    assert len(rows(line, "place_values")) == 2


def test_edits_of_a_line_come_one_moment_after_the_other(line: duckdb.DuckDBPyConnection) -> None:
    """A's row had changed when batch 3 saw it, and has since. What contacts hold now comes last."""
    line.execute("delete from edit_candidates")
    line.execute(
        "insert into edit_candidates values (0, null, null, 3, 'A', 0, 0, 2), (0, 3, 3, 1, 'A', 0, 0, 1)"
    )
    line.execute("insert into ledger.contact_versions values ('A', 3, 'A', '7')")
    found = edit_values(line, "1", "9")
    assert sorted(edit[1:] for edit in found) == [(A, 1, 0, 1, True, "7"), (A, 2, 0, 2, True, "9")]
    assert sorted(edit[0] for edit in found) == [C, D]
