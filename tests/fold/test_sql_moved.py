"""How many rows of children move: membership_line, children_named, component_lists, previewed_lists, and `count_moved`.

All count along the line of memberships, in which every merge appends. `g` is a contact's index when lines stand one
after the other.
"""

import duckdb
import pytest
from contact_merge.catalog import Child, Reference
from contact_merge.engine import run_sql
from contact_merge.fold.counts import count_moved
from contact_merge.loaded import loaded
from fold_rows import A, B, C, D, make, rows

NOTES = Child("notes", ("id",), (Reference("contact_id"),))
LISTS = Child("list_memberships", ("list_id", "contact_id"), (Reference("contact_id"),), ("list_id",))
LINE = "n int, contact_key text, root int, membership_position int"

# ------------------------------------------------------------------ membership_line, children_named


def test_lines_of_memberships_stand_one_after_the_other(con: duckdb.DuckDBPyConnection) -> None:
    """The line of A is A, B, C; D stands alone."""
    make(con, "component_line", LINE, (D, "D", D, 0), (C, "C", A, 2), (B, "B", A, 1), (A, "A", A, 0))
    run_sql(con, "fold/membership_line")
    assert rows(con, "membership_line", "g, contact_key, n, root, membership_position") == [
        (0, "A", A, A, 0),
        (1, "B", B, A, 1),
        (2, "C", C, A, 2),
        (3, "D", D, D, 0),
    ]


def test_children_name_contacts_of_the_component(con: duckdb.DuckDBPyConnection) -> None:
    """Notes: one of A, two of B, one of D. Tasks: one of B. A note of E, who is not here, and one of nobody count for none."""
    make(con, "component", "n int, contact_key text", (A, "A"), (B, "B"), (D, "D"))
    make(con, "raw.notes", "_cm_contact_key text", ("A",), ("B",), ("B",), ("D",), ("E",), (None,))
    make(con, "raw.tasks", "_cm_contact_key text", ("B",))
    found = run_sql(con, "fold/children_named", tables=["raw.notes", "raw.tasks"]).fetchall()
    assert sorted(found) == [(A, 0), (B, 0), (B, 0), (B, 1), (D, 0)]


# ------------------------------------------------------------------ component_lists


def test_a_membership_knows_the_one_before_it_of_the_same_list(con: duckdb.DuckDBPyConnection) -> None:
    """The line of A is A, B, C; D stands alone. On list L: A, C and D. On list M: B. E is in no line here."""
    make(con, "membership_line", "contact_key text, g int, root int, membership_position int")
    con.execute(
        "insert into membership_line values ('A', 0, 0, 0), ('B', 1, 0, 1), ('C', 2, 0, 2), ('D', 3, 3, 0)"
    )
    make(con, "raw.list_memberships", "list_id text, _cm_contact_key text")
    con.execute(
        "insert into raw.list_memberships values ('L', 'D'), ('L', 'C'), ('L', 'A'), ('M', 'B'), ('M', 'E')"
    )
    run_sql(con, "fold/component_lists", child=LISTS)
    assert rows(con, "component_lists", "g, list_id, previous_g, previous_position") == [
        (0, "L", None, None),
        (1, "M", None, None),
        (2, "L", 0, 0),
        (3, "L", None, None),
    ]


# ------------------------------------------------------------------ moved


@pytest.fixture
def chain(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """C → B (request 1), then B → A (request 2): the line is A, B, C. Notes: one of A, two of B, three of C.

    On list L are A and C, on M is B.
    """
    make(con, "component", "n int, contact_key text", (A, "A"), (B, "B"), (C, "C"))
    make(con, "component_line", LINE, (A, "A", A, 0), (B, "B", A, 1), (C, "C", A, 2))
    make(con, "component_merges", "batch_no int, seq int, ordinal int, d int", (1, 1, 1, C), (1, 2, 1, B))
    make(con, "component_imports", "batch_no int, d int")
    make(con, "imports_frame", "d int, event int")
    make(con, loaded("notes"), "_cm_contact_key text", *((letter,) for letter in "ABBCCC"))
    make(
        con, "raw.list_memberships", "list_id text, _cm_contact_key text", ("L", "A"), ("M", "B"), ("L", "C")
    )
    make(con, "stretches", STRETCHES)
    return con


STRETCHES = "seq int, ord int, n int, root int, first_membership int, last_membership int, dry_run bool"


def test_a_duplicate_moves_what_its_stretch_has(chain: duckdb.DuckDBPyConnection) -> None:
    """Request 1 moved the three notes of C and its list, request 2 all five notes that B had then, and M alone: A is on L."""
    primaries = "(1, 0, 1, 0, 1, 1, false), (2, 0, 0, 0, 0, 0, false)"
    chain.execute(
        f"insert into stretches values {primaries}, (1, 1, 2, 0, 2, 2, false), (2, 1, 1, 0, 1, 2, false)"
    )
    count_moved(chain, (NOTES, LISTS))
    assert rows(chain, "moved", 'seq, ord, "of notes", "of list_memberships"') == [(1, 1, 3, 1), (2, 1, 5, 1)]


def test_a_dry_run_counts_what_would_move(chain: duckdb.DuckDBPyConnection) -> None:
    """Request 3 previews B and C, which had been merged, into A."""
    chain.execute(
        "insert into stretches values "
        "(3, 0, 0, 0, 0, 0, true), (3, 1, 1, 0, 1, 1, true), (3, 2, 2, 0, 2, 2, true), (4, 1, 2, 0, 2, 2, false)"
    )
    count_moved(chain, (LISTS, NOTES))
    assert rows(chain, "moved", 'seq, ord, "of notes", "of list_memberships"') == [
        (3, 1, 2, 1),
        (3, 2, 3, 0),
        (4, 1, 3, 1),
    ]


# ------------------------------------------------------------------ previewed_lists


def previewed_lists(con: duckdb.DuckDBPyConnection, *lists: tuple, dry_run: bool = True) -> list[tuple]:
    """What a preview of B and C into A says: place in the request, memberships. `lists`: contact, list."""
    make(
        con,
        "stretches",
        "seq int, ord int, root int, first_membership int, last_membership int, dry_run bool",
    )
    con.execute(
        "insert into stretches values (1, 0, 0, 0, 0, $dry), (1, 1, 1, 0, 0, $dry), (1, 2, 2, 0, 0, $dry)",
        {"dry": dry_run},
    )
    make(con, "component_lists", "root int, membership_position int, list_id text, previous_position int")
    for contact, list_id in lists:
        con.execute(
            "insert into component_lists values ($root, 0, $list, null)", {"root": contact, "list": list_id}
        )
    return sorted(run_sql(con, "fold/previewed_lists", child=LISTS).fetchall())


def test_a_preview_counts_a_list_for_the_first_that_is_on_it(con: duckdb.DuckDBPyConnection) -> None:
    """A is on L. B is on L and M. C is on M and N. M would move from B, N from C, and L is the primary's own."""
    assert previewed_lists(con, (A, "L"), (B, "L"), (B, "M"), (C, "M"), (C, "N")) == [(1, 1, 1), (1, 2, 1)]


def test_a_preview_in_which_no_list_would_move(con: duckdb.DuckDBPyConnection) -> None:
    assert previewed_lists(con, (A, "L"), (B, "L"), (C, "L")) == []


def test_what_is_no_preview_is_counted_elsewhere(con: duckdb.DuckDBPyConnection) -> None:
    assert previewed_lists(con, (B, "L"), dry_run=False) == []


def test_a_preview_counts_a_list_once_for_what_was_merged_already(con: duckdb.DuckDBPyConnection) -> None:
    """Request 1 previews B → A. D → B was merged before, B → C comes later: the line of C is C, B, D.

    On L are B and D, on M are C and B. One L and one M would move: D's is B's already, and C's does not count yet.
    """
    make(
        con,
        "stretches",
        "seq int, ord int, root int, first_membership int, last_membership int, dry_run bool",
    )
    con.execute("insert into stretches values (1, 0, 0, 0, 0, true), (1, 1, 2, 1, 2, true)")
    make(con, "component_lists", "root int, membership_position int, list_id text, previous_position int")
    con.execute(
        "insert into component_lists values (2, 0, 'M', null), (2, 1, 'L', null), (2, 1, 'M', 0), (2, 2, 'L', 1)"
    )
    assert run_sql(con, "fold/previewed_lists", child=LISTS).fetchall() == [(1, 1, 2)]
