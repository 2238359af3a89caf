"""What the references of contacts name: name_references, and how they leave: replaced_references."""

from collections.abc import Sequence

import duckdb
from contact_merge.columns import Column
from contact_merge.engine import run_sql
from fold_rows import make, rows

CONTACTS = "_cm_key text, _cm_id text, manager text, _cm_named_manager text"
SURVIVORS = "_cm_key text, manager text, _cm_named_manager text"
REDIRECTS = "retired_key text"
TARGETS = "contact_key text, survivor_key text, survivor_id text"
MANAGER = [Column(0, "manager", "VARCHAR", ())]


def replaced(
    con: duckdb.DuckDBPyConnection,
    contacts: Sequence[tuple],
    survivors: Sequence[tuple] = (),
    retired: Sequence[tuple] = (),
    targets: Sequence[tuple] = (),
) -> list[tuple]:
    """The contacts whose manager leaves otherwise, and how."""
    make(con, "raw._cm_entity", CONTACTS, *contacts)
    make(con, "fold.survivors", SURVIVORS, *survivors)
    make(con, "fold.redirects", REDIRECTS, *retired)
    make(con, "fold.child_targets", TARGETS, *targets)
    run_sql(con, "fold/replaced_references", references=MANAGER)
    return rows(con, "fold.replaced_references")


def test_of_live_contacts_that_name_a_retired_one(con: duckdb.DuckDBPyConnection) -> None:
    """B is retired into A, spelled a. C, live, names B; D, retired, too; E names A as a, F nobody."""
    contacts = [
        ("A", "a", None, None),
        ("C", "C", "b", "B"),
        ("D", "D", "b", "B"),
        ("E", "E", "a", "A"),
        ("F", "F", "x", None),
    ]
    found = replaced(con, contacts, retired=[("B",), ("D",)], targets=[("B", "A", "a"), ("D", "A", "a")])
    assert found == [("C", "a")]


def test_what_would_name_its_own_row_is_null(con: duckdb.DuckDBPyConnection) -> None:
    """A names B, which is retired into A; C names itself."""
    contacts = [("A", "A", "B", "B"), ("C", "C", "C", "C")]
    assert replaced(con, contacts, retired=[("B",)], targets=[("B", "A", "A")]) == [("A", None), ("C", None)]


def test_a_survivor_names_whom_its_folded_reference_names_as_contacts_spell_it(
    con: duckdb.DuckDBPyConnection,
) -> None:
    """A's row names C; folded it names B, who is live, as an older row spelled it."""
    contacts = [("A", "A", "C", "C"), ("B", "B", None, None)]
    assert replaced(con, contacts, survivors=[("A", "{b}", "B")]) == [("A", "B")]


def test_what_survivors_of_the_component_name_is_read(con: duckdb.DuckDBPyConnection) -> None:
    """B is not of the component."""
    make(con, "component", "contact_key text", ("A",))
    make(con, "fold.survivors", SURVIVORS, ("A", "c", None), ("B", "c", None))
    run_sql(con, "fold/name_references", keys={"_cm_named_manager": "upper(manager)"})
    assert rows(con, "fold.survivors") == [("A", "c", "C"), ("B", "c", None)]
