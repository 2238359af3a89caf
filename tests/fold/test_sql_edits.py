"""Later edits win: edit_candidates, changed_owners, edits and override_places.

A survivor was edited where its raw row differs from what its last merge found there, and from what that merge made of it.
"""

import duckdb
import pytest
from contact_merge.engine import run_sql
from fold_rows import A, B, C, contact_columns, make, rows

COMPONENT = "n int, contact_key text"
CONTACT = "id text, phone text"

# ------------------------------------------------------------------ edit_candidates


def edit_candidates(
    con: duckdb.DuckDBPyConnection,
    merges: list[tuple[int, int, int, int]],
    extents: list[tuple[int, int, int, int]],
    versions: list[tuple[str, int]],
    lost: str = "",
) -> list[tuple]:
    """Moments at which the row of A, B or C may show an edit: contact, batch, version, version before, first and last place.

    Contacts hold A, B and C, except those `lost`. Each contact stands at its number in the line of A: A, B, C.

    Args:
        merges: request, batch, primary, duplicate.
        extents: request, duplicate, and how many places its primary then had on its left and right.
        versions: the rows that the ledger kept: contact, batch.
    """
    make(con, "component", COMPONENT, (A, "A"), (B, "B"), (C, "C"))
    make(con, "component_rows", "_cm_key text", *((letter,) for letter in "ABC" if letter not in lost))
    make(con, "component_merges", "seq int, batch_no int, p int, d int", *merges)
    make(con, "edges_frame", 'seq int, d int, "left" int, "right" int', *extents)
    make(con, "component_line", "n int, owner int, position int", (A, A, 0), (B, A, 1), (C, A, 2))
    make(con, "ledger.contact_versions", "_cm_key text, _cm_batch int", *versions)
    run_sql(con, "fold/edit_candidates")
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


# ------------------------------------------------------------------ edits


def edits(
    con: duckdb.DuckDBPyConnection, found: str | None, other: str | None, raw: str | None
) -> list[tuple[int, bool, str | None]]:
    """Edits of A's phone: the last merge `found` that in A and the `other` in B, and A's raw row now says `raw`."""
    make(con, "raw.contacts", f"_cm_key text, {CONTACT}")
    make(con, "component_rows", f"_cm_key text, {CONTACT}", ("A", "A", raw))
    make(con, "ledger.contact_versions", f"_cm_key text, _cm_batch int, {CONTACT}", ("A", 1, "A", found))
    made = (found or "").strip() or None
    make(con, "place_values", "owner int, position int, value_0 text", (A, 0, made), (A, 1, other))
    make(
        con,
        "edit_candidates",
        "n int, batch_no int, version int, last_version int, contact_key text, owner int, first_position int, last_position int",
        (A, None, None, 1, "A", A, 0, 1),
    )
    run_sql(con, "fold/edits", {"batch_no": None}, now=True, **contact_columns(con, []).variables())
    return rows(con, "edits", "n, edited_0, value_0")


@pytest.mark.parametrize(
    ("found", "other", "raw", "value"),
    [
        ("1", "2", "9", "9"),
        (None, "2", "9", "9"),
        ("1", "2", None, None),
        ("1", "2", " ", None),
        ("1", "2", "2", "2"),
    ],
    ids=[
        "changed",
        "filled, where the merge had filled it otherwise",
        "emptied",
        "made blank, which is empty",
        "set to what the duplicate had, but the merge had not taken",
    ],
)
def test_a_field_was_edited(
    con: duckdb.DuckDBPyConnection, found: str | None, other: str, raw: str | None, value: str | None
) -> None:
    assert edits(con, found, other, raw) == [(A, True, value)]


@pytest.mark.parametrize(
    ("found", "other", "raw"),
    [("1", "2", "1"), (None, None, " "), ("", "2", None), (None, "2", "2")],
    ids=[
        "it is the same",
        "null and blank do not differ",
        "blank and null do not differ, beside a merged value either",
        "the CRM took over the merged value",
    ],
)
def test_a_field_was_not_edited(
    con: duckdb.DuckDBPyConnection, found: str | None, other: str | None, raw: str | None
) -> None:
    assert edits(con, found, other, raw) == []


def test_edits_of_one_moment(con: duckdb.DuckDBPyConnection) -> None:
    """B → A in batch 1, C → A in batch 3: A's phone was edited before batch 3 and again since. Its fax never was."""
    make(con, "raw.contacts", "_cm_key text, id text, phone text, fax text")
    make(con, "component_rows", "_cm_key text, id text, phone text, fax text", ("A", "A", "9", "5"))
    make(con, "ledger.contact_versions", "_cm_key text, _cm_batch int, id text, phone text, fax text")
    con.execute("insert into ledger.contact_versions values ('A', 1, 'A', '1', '5'), ('A', 3, 'A', '7', '5')")
    make(con, "place_values", "owner int, position int, value_0 text, value_1 text")
    con.execute("insert into place_values values (0, 0, '1', '5'), (0, 1, '2', '6'), (0, 2, '3', null)")
    make(
        con,
        "edit_candidates",
        "n int, batch_no int, version int, last_version int, contact_key text, owner int, first_position int, last_position int",
        (A, 3, 3, 1, "A", A, 0, 1),
        (A, None, None, 3, "A", A, 0, 2),
    )
    variables = contact_columns(con, []).variables()
    run_sql(con, "fold/edits", {"batch_no": 3}, now=False, **variables)
    assert rows(con, "edits") == [(A, A, 0, 1, "7", True, "5", False)]
    run_sql(con, "fold/edits", {"batch_no": None}, now=True, **variables)
    assert rows(con, "edits") == [(A, A, 0, 2, "9", True, "5", False)]


# ------------------------------------------------------------------ override_places

PLACES = "n int, owner int, position int, overridden bool, value_0 text, value_1 text"
EDITS = (
    "n int, owner int, first_position int, last_position int, "
    "value_0 text, edited_0 bool, value_1 text, edited_1 bool"
)


@pytest.fixture
def line(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The line of A is A, B, C; their phones are 1, 2, 3 and their faxes 4, 5, 6."""
    make(con, "raw.contacts", "_cm_key text, id text, phone text, fax text")
    make(con, "place_values", PLACES)
    con.execute(
        "insert into place_values values "
        "(0, 0, 0, false, '1', '4'), (1, 0, 1, false, '2', '5'), (2, 0, 2, false, '3', '6')"
    )
    return con


@pytest.mark.parametrize("phone", ["9", None], ids=["changed", "emptied"])
def test_an_edit_makes_the_stretch_a_single_place_of_that_field(
    line: duckdb.DuckDBPyConnection, phone: str | None
) -> None:
    """A's phone was edited when its stretch was A, B. C came later: its place holds what it held, and so do all faxes."""
    make(line, "edits", EDITS, (A, A, 0, 1, phone, True, "4", False))
    run_sql(line, "fold/override_places", **contact_columns(line, []).variables())
    assert rows(line, "place_values", "n, overridden, value_0, value_1") == [
        (A, True, phone, "4"),
        (B, True, None, "5"),
        (C, False, "3", "6"),
    ]


def test_an_edit_of_a_contact_that_was_merged_later_stays_in_its_stretch(
    line: duckdb.DuckDBPyConnection,
) -> None:
    """C → B, B was edited in both fields, then B → A: the place of A, before the stretch, holds what it held."""
    make(line, "edits", EDITS, (B, A, 1, 2, "8", True, "9", True))
    run_sql(line, "fold/override_places", **contact_columns(line, []).variables())
    assert rows(line, "place_values", "n, overridden, value_0, value_1") == [
        (A, False, "1", "4"),
        (B, True, "8", "9"),
        (C, True, None, None),
    ]


def test_no_edit_leaves_the_places_as_they_are(line: duckdb.DuckDBPyConnection) -> None:
    make(line, "edits", EDITS)
    run_sql(line, "fold/override_places", **contact_columns(line, []).variables())
    assert rows(line, "place_values", "n, overridden, value_0") == [
        (A, False, "1"),
        (B, False, "2"),
        (C, False, "3"),
    ]
