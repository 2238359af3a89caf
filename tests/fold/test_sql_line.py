"""Where each contact stands: component_line, spelled and store_line.

`C → B, then B → A` is the example: the line of A is A, B, C.
"""

import duckdb
import pytest
from contact_merge.engine import run_sql
from contact_merge.fold.state import store_line
from fold_rows import A, B, C, make, rows

COMPONENT = "n int, contact_key text"
THREE = ((A, "A"), (B, "B"), (C, "C"))

# ------------------------------------------------------------------ component_line

PLACES = "n int, owner int, position int, brought_seq int, root int, membership_position int, circle bool"
BOUNDARIES = "owner int, boundary int, seq int"
MERGES = "p int, d int, batch_no int"
VERSIONS = "_cm_key text, _cm_batch int"


def test_the_line_of_a_contact(con: duckdb.DuckDBPyConnection) -> None:
    """C → B (request 1), then B → A (request 2): the line of A is A, B, C.

    Request 1 joined C to B on its left, request 2 joined B to A. Request 2 brought both to A.
    """
    make(con, "component", COMPONENT, *THREE)
    make(con, "component_merges", MERGES, (B, C, 1), (A, B, 2))
    make(con, "edges_frame", BOUNDARIES, (A, 2, 1), (A, 1, 2))
    make(con, "ledger.contact_versions", VERSIONS, ("A", 2), ("B", 1), ("C", 1))
    make(
        con,
        "places_frame",
        PLACES,
        (A, A, 0, None, A, 0, False),
        (B, A, 1, 2, A, 1, False),
        (C, A, 2, 2, A, 2, False),
    )
    run_sql(con, "fold/component_line")
    places = (
        "contact_key, owner_key, position, joined_seq, brought_seq, root_key, membership_position, circle"
    )
    assert rows(con, "component_line", places) == [
        ("A", "A", 0, None, None, "A", 0, False),
        ("B", "A", 1, 2, 2, "A", 1, False),
        ("C", "A", 2, 1, 2, "A", 2, False),
    ]
    assert rows(con, "component_line", "n, owner, root") == [(A, A, A), (B, A, A), (C, A, A)]


@pytest.mark.parametrize(
    ("kept_in", "used"),
    [([1], 1), ([2], 2), ([1, 2, 3], 2), ([3], None)],
    ids=[
        "kept earlier, and the same since",
        "kept by that batch",
        "edited before and after it",
        "only kept later, when contacts lost it",
    ],
)
def test_a_place_has_the_row_that_its_first_merge_used(
    con: duckdb.DuckDBPyConnection, kept_in: list[int], used: int | None
) -> None:
    """B's first merge was in batch 2, as the primary of C. In batch 3 it was merged into A."""
    make(con, "component", COMPONENT, (B, "B"))
    make(con, "component_merges", MERGES, (B, C, 2), (A, B, 3))
    make(con, "edges_frame", BOUNDARIES)
    make(con, "ledger.contact_versions", VERSIONS, *(("B", batch) for batch in kept_in))
    make(con, "places_frame", PLACES, (B, B, 0, None, B, 0, False))
    run_sql(con, "fold/component_line")
    assert rows(con, "component_line", "contact_key, base_batch") == [("B", used)]


def test_a_contact_that_only_a_pointer_retired_has_a_line_of_its_own(con: duckdb.DuckDBPyConnection) -> None:
    """B came with a pointer to A: its fields are not folded. Only in the line of memberships it stands behind A."""
    make(con, "component", COMPONENT, (A, "A"), (B, "B"))
    make(con, "component_merges", MERGES)
    make(con, "edges_frame", BOUNDARIES)
    make(con, "ledger.contact_versions", VERSIONS)
    make(con, "places_frame", PLACES, (A, A, 0, None, A, 0, False), (B, B, 0, None, A, 1, False))
    run_sql(con, "fold/component_line")
    places = "contact_key, owner_key, position, base_batch, root_key, membership_position"
    assert rows(con, "component_line", places) == [("A", "A", 0, None, "A", 0), ("B", "B", 0, None, "A", 1)]


# ------------------------------------------------------------------ spelled


def spelled(
    con: duckdb.DuckDBPyConnection,
    merges: list[tuple[int, int]],
    pointers: list[tuple[int, str, str | None]],
    deleted: list[tuple[int, str]],
) -> list[tuple[str, str | None]]:
    """How A, B and C are spelled, of which contacts hold only C now, as c; the ledger kept rows of A and B as a and b.

    Args:
        merges: active merges: primary, duplicate.
        pointers: imported pointers: batch, contact, target.
        deleted: batch, and the live contact that its export no longer held (spelled in small letters).
    """
    make(con, "component", COMPONENT, *THREE)
    make(con, "component_rows", "_cm_key text, _cm_id text", ("C", "c"))
    make(con, "component_merges", "p int, d int", *merges)
    make(con, "ledger.imports", "batch_no int, contact_key text, target_key text", *pointers)
    make(con, "ledger.contact_versions", "_cm_key text, _cm_batch int, id text")
    con.execute("insert into ledger.contact_versions values ('A', 1, 'A'), ('A', 2, 'a'), ('B', 2, 'b')")
    lost = [(batch, letter, letter.lower()) for batch, letter in deleted]
    make(con, "ledger.deletions", "batch_no int, contact_key text, contact_id text", *lost)
    run_sql(con, "fold/spelled", id_of=lambda row: f"{row}.id")
    return rows(con, "spelled", "contact_key, id")


def test_contacts_of_active_merges_are_spelled_as_their_last_rows(con: duckdb.DuckDBPyConnection) -> None:
    """B → A was merged, and contacts lost both. A's last row says a, an earlier one A."""
    assert spelled(con, [(A, B)], [], [(3, "A")]) == [("A", "a"), ("B", "b"), ("C", "c")]


def test_a_lost_contact_that_only_undone_merges_named_is_none(con: duckdb.DuckDBPyConnection) -> None:
    assert spelled(con, [], [], [(3, "A"), (3, "B")]) == [("A", None), ("B", None), ("C", "c")]


@pytest.mark.parametrize(
    ("pointers", "spelling"),
    [
        ([(1, "C", "A")], "a"),
        ([(1, "C", "A"), (3, "C", None)], "a"),
        ([(1, "C", "A"), (4, "C", None)], "a"),
        ([(1, "C", "A"), (2, "C", None)], None),
        ([(3, "C", "A")], None),
        ([(1, "C", "B")], None),
        ([(1, "A", "A"), (4, "C", "A")], None),
    ],
    ids=[
        "it led there before",
        "it was emptied by the export that lost A",
        "it was emptied later",
        "it was emptied before",
        "it came with the export that lost A",
        "it leads elsewhere",
        "A's pointer to itself, in an older ledger, is none",
    ],
)
def test_a_deleted_contact_is_one_to_which_a_pointer_led_then(
    con: duckdb.DuckDBPyConnection, pointers: list[tuple], spelling: str | None
) -> None:
    """Batch 3 no longer held A, which was live. Pointers are batch, contact, target."""
    assert spelled(con, [], pointers, [(3, "A")])[0] == ("A", spelling)


@pytest.mark.parametrize(
    ("pointers", "spelling"),
    [
        ([(1, "A", "C")], "a"),
        ([(1, "A", "C"), (2, "A", "B")], "a"),
        ([(1, "A", "C"), (2, "A", None)], None),
        ([(1, "A", "A")], None),
    ],
    ids=["active", "active since it turned", "emptied", "to itself, in an older ledger"],
)
def test_a_lost_contact_that_a_pointer_retired_is_spelled_as_its_last_row(
    con: duckdb.DuckDBPyConnection, pointers: list[tuple], spelling: str | None
) -> None:
    """An imported pointer lasts when contacts lose its contact."""
    assert spelled(con, [], pointers, [])[0] == ("A", spelling)


# ------------------------------------------------------------------ store_line

LINE = (
    "contact_key text, owner_key text, position int, joined_seq int, brought_seq int, base_batch int, "
    "root_key text, membership_position int"
)
REDIRECTS = (
    "retired_key text, retired_id text, target_key text, primary_id text, survivor_key text, survivor_id text, "
    "is_contact bool, seq int, request_id text, retired_at date"
)
IDLE = "contact_key text, target_key text, circle_key text, batch_no int, seq int"


@pytest.fixture
def drawn(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A, B and C are the component. Nothing is merged yet, and nothing stored; each test fills what it is about."""
    make(con, "component", COMPONENT, *THREE)
    make(con, "component_line", f"n int, root int, circle bool, {LINE}")
    make(
        con,
        "component_merges",
        "p int, d int, retired_id text, primary_id text, seq int, request_id text, merged_at date",
    )
    make(con, "component_imports", "batch_no int, d int, t int")
    make(con, "idle_frame", "batch_no int, d int, t int, circle int, seq int")
    make(con, "spelled", "n int, contact_key text, id text")
    make(
        con,
        "ledger.imports",
        "batch_no int, contact_key text, contact_id text, target_id text, imported_at date",
    )
    make(con, "fold.line", LINE)
    make(con, "fold.redirects", REDIRECTS)
    make(con, "fold.idle_pointers", IDLE)
    return con


def stands(
    con: duckdb.DuckDBPyConnection, contact: int, root: int, place: int, *, circle: bool = False
) -> None:
    """A contact's row of component_line, in the line in which its pointers end."""
    key, root_key = "ABCD"[contact], "ABCD"[root]
    con.execute(
        "insert into component_line values ($n, $root, $circle, $key, $root_key, $place, null, null, 1, $root_key, $place)",
        {"n": contact, "root": root, "circle": circle, "key": key, "root_key": root_key, "place": place},
    )


def redirects(con: duckdb.DuckDBPyConnection) -> list[tuple]:
    store_line(con)
    return rows(con, "fold.redirects", "* exclude (retired_at)")


def test_redirects_name_target_and_survivor(drawn: duckdb.DuckDBPyConnection) -> None:
    """C → B, then B → A: C went to B and ends in A. Contacts spell A as a now, and lost C's row with its spelling."""
    stands(drawn, A, A, 0)
    stands(drawn, B, A, 1)
    stands(drawn, C, A, 2)
    drawn.execute(
        "insert into component_merges values (1, 2, 'C', 'B', 1, 'r1', '2026-03-01'), (0, 1, 'B', 'A', 2, 'r2', '2026-03-02')"
    )
    drawn.execute("insert into spelled values (0, 'A', 'a'), (1, 'B', 'B'), (2, 'C', null)")
    assert redirects(drawn) == [
        ("B", "B", "A", "a", "A", "a", True, 2, "r2"),
        ("C", "C", "B", "B", "A", "a", True, 1, "r1"),
    ]
    assert rows(drawn, "fold.line", "contact_key, owner_key, position") == [
        ("A", "A", 0),
        ("B", "A", 1),
        ("C", "A", 2),
    ]


def test_an_undone_merge_leaves_no_line_and_no_redirect(drawn: duckdb.DuckDBPyConnection) -> None:
    """B → A was stored and is undone: A and B stand alone. E → D is of another component and stays."""
    stands(drawn, A, A, 0)
    stands(drawn, B, B, 0)
    drawn.execute("insert into spelled values (0, 'A', 'A'), (1, 'B', 'B')")
    for retired, survivor in ("BA", "ED"):
        drawn.execute(
            "insert into fold.line values ($d, $p, 1, 1, 1, 1, $p, 1), ($p, $p, 0, null, null, 1, $p, 0)",
            {"d": retired, "p": survivor},
        )
        drawn.execute(
            "insert into fold.redirects values ($d, $d, $p, $p, $p, $p, true, 1, 'r1', '2026-03-01')",
            {"d": retired, "p": survivor},
        )
    drawn.execute("insert into fold.idle_pointers values ('A', 'B', 'A', 1, 1), ('D', 'E', 'D', 1, 1)")
    assert redirects(drawn) == [("E", "E", "D", "D", "D", "D", True, 1, "r1")]
    assert rows(drawn, "fold.line", "contact_key") == [("D",), ("E",)]
    assert rows(drawn, "fold.idle_pointers", "contact_key") == [("D",)]


def test_an_imported_pointer_is_a_redirect_without_a_request(drawn: duckdb.DuckDBPyConnection) -> None:
    """B came with a pointer to A in batch 1."""
    stands(drawn, A, A, 0)
    stands(drawn, B, A, 1)
    drawn.execute("insert into component_imports values (1, 1, 0)")
    drawn.execute("insert into ledger.imports values (1, 'B', 'B', 'A', '2026-03-01')")
    drawn.execute("insert into spelled values (0, 'A', 'A'), (1, 'B', 'B')")
    assert redirects(drawn) == [("B", "B", "A", "A", "A", "A", True, None, None)]
    assert rows(drawn, "fold.line", "contact_key") == [("A",), ("B",)]


def test_a_pointer_to_no_contact_ends_in_the_id_that_it_names(drawn: duckdb.DuckDBPyConnection) -> None:
    """B and C came with pointers to A, which no export held; B's spells it as a. C's is the first spelling in order."""
    stands(drawn, A, A, 0)
    stands(drawn, B, A, 1)
    stands(drawn, C, A, 2)
    drawn.execute("insert into component_imports values (1, 1, 0), (1, 2, 0)")
    drawn.execute(
        "insert into ledger.imports values (1, 'B', 'B', 'a', '2026-03-01'), (1, 'C', 'C', 'A', '2026-03-01')"
    )
    drawn.execute("insert into spelled values (0, 'A', null), (1, 'B', 'B'), (2, 'C', 'C')")
    assert redirects(drawn) == [
        ("B", "B", "A", "a", "A", "A", False, None, None),
        ("C", "C", "A", "A", "A", "A", False, None, None),
    ]


def test_a_circle_of_pointers_has_no_survivor(drawn: duckdb.DuckDBPyConnection) -> None:
    """B came with a pointer to C, and C with one to B."""
    stands(drawn, B, B, 0, circle=True)
    stands(drawn, C, B, 1, circle=True)
    drawn.execute("insert into component_imports values (1, 1, 2), (1, 2, 1)")
    drawn.execute(
        "insert into ledger.imports values (1, 'B', 'B', 'C', '2026-03-01'), (1, 'C', 'C', 'B', '2026-03-01')"
    )
    drawn.execute("insert into spelled values (1, 'B', 'B'), (2, 'C', 'C')")
    assert redirects(drawn) == [
        ("B", "B", "C", "C", None, None, False, None, None),
        ("C", "C", "B", "B", None, None, False, None, None),
    ]


def test_a_pointer_without_effect_is_kept_apart(drawn: duckdb.DuckDBPyConnection) -> None:
    """B → A was merged by request 5, and A came with a pointer to B: A stays live, and the pointer is remembered."""
    stands(drawn, A, A, 0)
    stands(drawn, B, A, 1)
    drawn.execute("insert into component_merges values (0, 1, 'B', 'A', 5, 'r5', '2026-03-02')")
    drawn.execute("insert into idle_frame values (1, 0, 1, 0, 5)")
    drawn.execute("insert into spelled values (0, 'A', 'A'), (1, 'B', 'B')")
    assert redirects(drawn) == [("B", "B", "A", "A", "A", "A", True, 5, "r5")]
    assert rows(drawn, "fold.idle_pointers") == [("A", "B", "A", 1, 5)]
