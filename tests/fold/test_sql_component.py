"""What is connected with the affected contacts: component, component_rows, component_merges, component_imports."""

import duckdb
import pytest
from contact_merge.engine import run_sql
from fold_rows import A, B, C, make, rows

COMPONENT = "n int, contact_key text"
THREE = ((A, "A"), (B, "B"), (C, "C"))

# ------------------------------------------------------------------ component


def component(
    con: duckdb.DuckDBPyConnection,
    affected: str,
    line: list[tuple[str, str]],
    idle: list[tuple[str, str]] | None = None,
) -> list[tuple[int, str]]:
    """The contacts connected with the `affected` letters.

    Args:
        line: contacts, and where all their pointers end.
        idle: contacts whose pointer has no effect, and one contact of the circle that it is on.
    """
    make(con, "affected", "contact_key text", *((letter,) for letter in affected))
    make(con, "fold.line", "contact_key text, root_key text", *line)
    make(con, "fold.idle_pointers", "contact_key text, circle_key text", *(idle or []))
    run_sql(con, "fold/component")
    return rows(con, "component")


def test_a_contact_without_merges_is_alone(con: duckdb.DuckDBPyConnection) -> None:
    assert component(con, "A", []) == [(0, "A")]


def test_nobody_affected_makes_no_component(con: duckdb.DuckDBPyConnection) -> None:
    assert component(con, "", [("A", "A"), ("B", "A")]) == []


def test_one_affected_contact_brings_its_whole_line(con: duckdb.DuckDBPyConnection) -> None:
    """C → B, then B → A: the line of A is A, B, C. The merge E → D is another line."""
    line = [("A", "A"), ("B", "A"), ("C", "A"), ("D", "D"), ("E", "D")]
    assert component(con, "C", line) == [(0, "A"), (1, "B"), (2, "C")]


def test_a_batch_that_joins_two_lines_brings_both(con: duckdb.DuckDBPyConnection) -> None:
    """B → A and E → D were merged. A request that names A and D affects both: contacts are numbered in ascending order."""
    line = [("A", "A"), ("B", "A"), ("D", "D"), ("E", "D")]
    assert component(con, "AD", line) == [(0, "A"), (1, "B"), (2, "D"), (3, "E")]


def test_a_pointer_without_effect_joins_the_lines_of_its_circle(con: duckdb.DuckDBPyConnection) -> None:
    """B → A was merged, A points to C and C points to B: a circle. C's line has D, which is connected too."""
    line = [("A", "A"), ("B", "A"), ("C", "C"), ("D", "C"), ("E", "E"), ("F", "E")]
    idle = [("A", "A"), ("C", "A"), ("E", "E")]
    assert component(con, "B", line, idle) == [(0, "A"), (1, "B"), (2, "C"), (3, "D")]


# ------------------------------------------------------------------ component_rows


def test_each_contact_of_the_component_comes_with_its_newest_row(con: duckdb.DuckDBPyConnection) -> None:
    """B is in the component, but the export no longer holds it. C is not in the component."""
    make(con, "component", COMPONENT, (A, "A"), (B, "B"))
    make(con, "raw.contacts", "_cm_key text, id text, phone text", ("A", "a", " "), ("C", "C", "3"))
    run_sql(con, "fold/component_rows")
    assert rows(con, "component_rows", "_cm_key, id, phone") == [("A", "a", " ")]


# ------------------------------------------------------------------ component_merges

MERGES = (
    "batch_no int, seq int, ordinal int, primary_key text, retired_key text, overwrite bool, "
    "retired_id text, primary_id text, request_id text, merged_at date"
)


def merge(seq: int, primary: str, retired: str, ordinal: int = 1) -> tuple:
    """A merge of request r<seq> in batch 1."""
    return (1, seq, ordinal, primary, retired, False, retired, primary, f"r{seq}", "2026-03-01")


def component_merges(
    con: duckdb.DuckDBPyConnection, merges: list[tuple], undone: list[tuple[int, str]]
) -> list[tuple]:
    """The active merges of A, B and C: request, place in the request, primary, duplicate."""
    make(con, "component", COMPONENT, *THREE)
    make(con, "all_merges", MERGES, *merges)
    make(con, "all_reversals", "seq int, retired_key text", *undone)
    run_sql(con, "fold/component_merges")
    return rows(con, "component_merges", "seq, ordinal, p, d")


def test_merges_have_the_numbers_of_their_contacts(con: duckdb.DuckDBPyConnection) -> None:
    """C → B, then B → A. The merge E → D is of another component."""
    found = component_merges(con, [merge(1, "B", "C"), merge(2, "A", "B"), merge(3, "D", "E")], [])
    assert found == [(1, 1, B, C), (2, 1, A, B)]


def test_a_merge_keeps_what_the_ledger_says_of_it(con: duckdb.DuckDBPyConnection) -> None:
    make(con, "component", COMPONENT, *THREE)
    make(con, "all_merges", MERGES, (7, 9, 2, "A", "C", True, "c", "a", "r9", "2026-03-01"))
    make(con, "all_reversals", "seq int, retired_key text")
    run_sql(con, "fold/component_merges")
    kept = "batch_no, seq, ordinal, p, d, overwrite, retired_id, primary_id, request_id, merged_at::text"
    assert rows(con, "component_merges", kept) == [(7, 9, 2, A, C, True, "c", "a", "r9", "2026-03-01")]


def test_an_undone_merge_is_none(con: duckdb.DuckDBPyConnection) -> None:
    assert component_merges(con, [merge(1, "A", "B")], [(1, "B")]) == []


def test_one_contact_undone_leaves_the_others_of_its_request(con: duckdb.DuckDBPyConnection) -> None:
    """Request 1 merged B and C into A. B was taken out of it."""
    assert component_merges(con, [merge(1, "A", "B", 1), merge(1, "A", "C", 2)], [(1, "B")]) == [(1, 2, A, C)]


def test_a_merge_asked_for_again_after_its_undo_counts(con: duckdb.DuckDBPyConnection) -> None:
    """Request 1 merged B into A and was undone. Request 2 merged B into A again."""
    assert component_merges(con, [merge(1, "A", "B"), merge(2, "A", "B")], [(1, "B")]) == [(2, 1, A, B)]


# ------------------------------------------------------------------ component_imports


@pytest.mark.parametrize(
    ("pointers", "active"),
    [
        ([(1, "B", "A")], [(1, B, A)]),
        ([(1, "B", "A"), (2, "B", "C")], [(2, B, C)]),
        ([(1, "B", "A"), (2, "B", None)], []),
        ([(1, "B", "A"), (2, "B", None), (3, "B", "A")], [(3, B, A)]),
        ([(1, "B", "B")], []),
        ([(1, "B", "A"), (2, "B", "B")], []),
        ([(1, "A", "B"), (1, "B", "A")], [(1, A, B), (1, B, A)]),
        ([(1, "B", "E")], []),
    ],
    ids=[
        "one pointer",
        "the newest of a contact counts",
        "emptied by a newer export, it counts no more",
        "emptied and set again, it counts",
        "to its own row, in an older ledger, it is none",
        "nor does an older one count beside that",
        "a circle of pointers alone stays",
        "to a contact of another component",
    ],
)
def test_active_pointers(
    con: duckdb.DuckDBPyConnection, pointers: list[tuple], active: list[tuple[int, int, int]]
) -> None:
    """Pointers are batch, contact, target: first those of the ledger, then those that count."""
    make(con, "component", COMPONENT, *THREE)
    make(con, "component_merges", "d int")
    make(con, "ledger.imports", "batch_no int, contact_key text, target_key text", *pointers)
    run_sql(con, "fold/component_imports")
    assert rows(con, "component_imports") == active


def test_a_merge_of_the_ledger_outranks_the_pointer_of_its_contact(con: duckdb.DuckDBPyConnection) -> None:
    """B came with a pointer to A and was merged into C. The pointer of C to A counts."""
    make(con, "component", COMPONENT, *THREE)
    make(con, "component_merges", "d int", (B,))
    make(
        con, "ledger.imports", "batch_no int, contact_key text, target_key text", (1, "B", "A"), (1, "C", "A")
    )
    run_sql(con, "fold/component_imports")
    assert rows(con, "component_imports") == [(1, C, A)]
