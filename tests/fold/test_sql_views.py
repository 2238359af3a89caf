"""What the merged tables read of fold: child_targets, places (views) and find_id_spellings."""

import duckdb
import pytest
from contact_merge.catalog import Child
from contact_merge.engine import run_sql
from fold_rows import contact_columns, make, rows

ID_SPELLING = "contact_key text, contact_id text"

# ------------------------------------------------------------------ child_targets


def child_targets(
    con: duckdb.DuckDBPyConnection, redirects: list[tuple], id_spellings: list[tuple[str, str]]
) -> list[tuple]:
    """Whose child rows do not leave as they came: contact, who has them now, how that one is spelled."""
    make(
        con,
        "fold.redirects",
        "retired_key text, survivor_key text, survivor_id text, is_contact bool",
        *redirects,
    )
    make(con, "fold.id_spellings", ID_SPELLING, *id_spellings)
    run_sql(con, "fold/child_targets")
    return rows(con, "fold.child_targets")


def test_children_of_a_retired_contact_go_to_its_survivor(con: duckdb.DuckDBPyConnection) -> None:
    """C → B, then B → A: children of both name A, as contacts spell it."""
    found = child_targets(con, [("B", "A", "a", True), ("C", "A", "a", True)], [])
    assert found == [("B", "A", "a"), ("C", "A", "a")]


def test_children_stay_where_pointers_end_in_no_contact(con: duckdb.DuckDBPyConnection) -> None:
    """B's pointer leads to an id that no export held, C's goes round in a circle."""
    assert child_targets(con, [("B", "A", "A", False), ("C", None, None, False)], []) == []


def test_children_of_a_live_contact_name_it_as_contacts_spell_it(con: duckdb.DuckDBPyConnection) -> None:
    """A is spelled a. B is too, but retired into A: its children go there."""
    found = child_targets(con, [("B", "A", "a", True)], [("A", "a"), ("B", "b")])
    assert found == [("A", "A", "a"), ("B", "A", "a")]


# ------------------------------------------------------------------ places


@pytest.fixture
def survivor(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """B → A (request 1): the line of A is A, B. A had no phone (a blank one) and fax 1, B phone 2."""
    make(con, "raw.contacts", "_cm_key text, id text, phone text, fax text")
    con.execute("insert into raw.contacts values ('A', 'a', ' ', '1'), ('B', 'B', '9', '9')")
    make(con, "ledger.contact_versions", "_cm_key text, _cm_batch int, id text, phone text, fax text")
    con.execute(
        "insert into ledger.contact_versions values ('A', 1, 'a', ' ', '1'), ('B', 1, 'B', '2', null)"
    )
    make(con, "fold.survivors", "_cm_key text", ("A",))
    make(con, "fold.redirects", "retired_key text, retired_id text", ("B", "B"))
    make(
        con,
        "fold.line",
        "contact_key text, owner_key text, position int, joined_seq int, brought_seq int, base_batch int",
        ("A", "A", 0, None, None, 1),
        ("B", "A", 1, 1, 1, 1),
    )
    make(con, "fold.overrides", "_cm_key text, phone text, fax text")
    run_sql(con, "fold/places", **contact_columns(con, []).variables())
    return con


def test_the_places_of_a_survivor(survivor: duckdb.DuckDBPyConnection) -> None:
    assert rows(survivor, "fold.places") == [
        ("A", "a", "A", "a", 0, None, None, None, "1"),
        ("B", "B", "A", "a", 1, 1, 1, "2", None),
    ]


def test_an_edit_takes_the_place_of_what_the_merge_found(survivor: duckdb.DuckDBPyConnection) -> None:
    """A's phone was edited to 3 since: its place holds that, and B's holds no phone any more."""
    survivor.execute("insert into fold.overrides values ('A', '3', '1'), ('B', null, null)")
    assert rows(survivor, "fold.places", "contact_id, value_0, value_1") == [
        ("B", None, None),
        ("a", "3", "1"),
    ]


def test_a_survivor_that_contacts_lost_has_no_places(survivor: duckdb.DuckDBPyConnection) -> None:
    survivor.execute("delete from raw.contacts where _cm_key = 'A'")
    assert rows(survivor, "fold.places") == []


def test_a_survivor_that_a_pointer_retired_since_has_no_places(survivor: duckdb.DuckDBPyConnection) -> None:
    """A newer export gave A a pointer to C. Where pointers retire, no fields are folded."""
    survivor.execute("insert into fold.redirects values ('A', 'a')")
    assert rows(survivor, "fold.places") == []


# ------------------------------------------------------------------ find_id_spellings


def test_contacts_that_are_not_everywhere_spelled_as_their_key(con: duckdb.DuckDBPyConnection) -> None:
    """Contacts spell A as a, and a task names C as c. B is B everywhere. A note names E, who is no contact, as e.

    The table is filled afresh: X of an older export is gone, and a second time changes nothing.
    """
    make(con, "fold.id_spellings", ID_SPELLING, ("X", "x"))
    make(con, "raw.contacts", "_cm_key text, id text", ("A", "a"), ("B", "B"), ("C", "C"))
    make(con, "raw.notes", "_cm_contact_key text, contact_id text", ("A", "A"), ("B", "B"), ("E", "e"))
    make(con, "raw.tasks", "_cm_contact_key text, contact_id text", ("C", "c"), ("C", "C"), (None, None))
    children = [Child(name, ("id",), "contact_id") for name in ("notes", "tasks")]
    for _ in range(2):
        run_sql(con, "fold/find_id_spellings", children=children)
        assert rows(con, "fold.id_spellings") == [("A", "a"), ("C", "C")]
