"""What the merged tables read of fold: child_targets (a view) and find_id_spellings."""

import duckdb
from contact_merge.catalog import Reference
from contact_merge.engine import run_sql
from contact_merge.references import Cells
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
    cells = Cells(Reference("contact_id"), "VARCHAR", several=False)
    named = [("notes", cells), ("tasks", cells)]
    asked = {"named": named, "contacts_differ": True, "key_type": "VARCHAR", "usual": lambda key: key}
    for _ in range(2):
        run_sql(con, "fold/find_id_spellings", **asked)
        assert rows(con, "fold.id_spellings") == [("A", "a"), ("C", "C")]


def test_which_spelling_is_unusual(con: duckdb.DuckDBPyConnection) -> None:
    """Two of three contacts are not spelled in small letters, one is not in large ones."""
    make(con, "raw.contacts", "_cm_key text, id text", ("a", "A"), ("b", "B"), ("c", "c"))
    small_and_large = ("contacts._cm_key", "upper(contacts._cm_key)")
    assert run_sql(con, "fold/unusual_ids", id_spellings=small_and_large).fetchall() == [(2, 1)]


def test_rows_whose_column_cannot_hold_the_id_of_their_survivor(con: duckdb.DuckDBPyConnection) -> None:
    """B → A, whose id is too long for a column of one digit; D → C, whose id is not."""
    make(con, "fold.redirects", "retired_key int, survivor_key int, is_contact bool")
    con.execute("insert into fold.redirects values (2, 300, true), (4, 3, true)")
    make(con, "raw.notes", "_cm_contact_key int", (4,))
    asked = {
        "held": "try_cast(redirects.survivor_key as tinyint)",
        "rows": "raw.notes",
        "keys": "_cm_contact_key",
    }
    assert run_sql(con, "fold/without_room", **asked).fetchall() == []
    con.execute("insert into raw.notes values (2)")
    assert run_sql(con, "fold/without_room", **asked).fetchall() == [(1,)]


def test_a_cell_names_each_survivor_once(con: duckdb.DuckDBPyConnection) -> None:
    """B → A. In `B;A;x` the first stays, and x, which is no id, too; `C` changes nothing."""
    redirect = "retired_key text, survivor_key text, survivor_id text, is_contact bool"
    make(con, "fold.redirects", redirect, ("B", "A", "a", True))
    make(con, "fold.id_spellings", ID_SPELLING)
    make(con, "raw.contacts", "_cm_key text, id text", ("A", "a"), ("C", "C"))
    make(con, "raw.deals", "who text, _cm_contact_key text[]", ("B;A;x", ["B", "A", None]), ("C", ["C"]))
    run_sql(con, "fold/child_targets")
    cells = Cells(Reference("who", separator=";"), "VARCHAR", several=True)
    found = run_sql(con, "fold/cells", cells=cells, rows="raw.deals").fetchall()
    assert found == [("B;A;x", "a;x")]
