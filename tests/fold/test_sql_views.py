"""What the merged tables read of fold: child_targets (a view) and find_id_spellings."""

import duckdb
from contact_merge.catalog import Child, Reference
from contact_merge.engine import run_sql
from fold_rows import make, rows

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


# ------------------------------------------------------------------ find_id_spellings


def test_contacts_that_are_not_everywhere_spelled_as_their_key(con: duckdb.DuckDBPyConnection) -> None:
    """Contacts spell A as a, and a task names C as c. B is B everywhere. A note names E, who is no contact, as e.

    The table is filled afresh: X of an older export is gone, and a second time changes nothing.
    """
    make(con, "fold.id_spellings", ID_SPELLING, ("X", "x"))
    make(con, "raw.contacts", "_cm_key text, id text", ("A", "a"), ("B", "B"), ("C", "C"))
    make(con, "raw.notes", "_cm_contact_key text, contact_id text", ("A", "A"), ("B", "B"), ("E", "e"))
    make(con, "raw.tasks", "_cm_contact_key text, contact_id text", ("C", "c"), ("C", "C"), (None, None))
    children = [Child(name, ("id",), (Reference("contact_id"),)) for name in ("notes", "tasks")]
    for _ in range(2):
        run_sql(con, "fold/find_id_spellings", children=children)
        assert rows(con, "fold.id_spellings") == [("A", "a"), ("C", "C")]
