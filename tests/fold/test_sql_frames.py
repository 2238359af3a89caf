"""What goes out of tables into frames, and what comes back from frames: no more than some columns, some rows, an order.

The fold of lines, of memberships and of JSON fields works on frames. Places are drawn in `fold/lines.py`, memberships counted in
`fold/counts.py`, JSON fields folded chunk by chunk in `fold/json_state.py`.
"""

import duckdb
import polars as pl
import pytest
from contact_merge.columns import Field
from contact_merge.engine import frames, run_sql
from fold_rows import A, B, C, D, contact_columns, make, rows

# ------------------------------------------------------------------ lines

MERGES = "batch_no int, seq int, ordinal int, p int, d int, overwrite bool"
IMPORTS = "batch_no int, d int, t int"


def test_merges_come_in_their_order(con: duckdb.DuckDBPyConnection) -> None:
    """Request 1 merged C and B into A, in that order; request 2 merged D into A."""
    make(con, "component_merges", MERGES)
    con.execute("insert into component_merges values (1, 2, 1, 0, 3, true), (1, 1, 2, 0, 1, false)")
    con.execute("insert into component_merges values (1, 1, 1, 0, 2, false)")
    assert run_sql(con, "fold/merges_in_order").fetchall() == [
        (1, 1, 1, A, C, False),
        (1, 1, 2, A, B, False),
        (1, 2, 1, A, D, True),
    ]


def test_pointers_come_batch_by_batch(con: duckdb.DuckDBPyConnection) -> None:
    make(con, "component_imports", IMPORTS, (2, B, A), (1, D, A), (1, C, A))
    assert run_sql(con, "fold/imports_in_order").fetchall() == [(1, C, A), (1, D, A), (2, B, A)]


def test_pointers_without_effect_are_dropped(con: duckdb.DuckDBPyConnection) -> None:
    make(con, "component_imports", IMPORTS, (1, B, A), (1, C, A))
    with frames(con, idle_frame=pl.DataFrame({"d": [C]})):
        run_sql(con, "fold/drop_idle_imports")
    assert rows(con, "component_imports") == [(1, B, A)]


# ------------------------------------------------------------------ edits

CANDIDATES = "batch_no int, n int"


def test_a_newest_row_that_is_as_it_was_used_shows_no_edit(con: duckdb.DuckDBPyConnection) -> None:
    """The newest row of A is the same, that of B has changed. An edit that batch 1 saw stays for A too."""
    make(con, "edit_candidates", CANDIDATES, (None, A), (None, B), (1, A))
    make(con, "changed_owners", "n int", (B,))
    run_sql(con, "fold/drop_unchanged")
    assert rows(con, "edit_candidates") == [(1, A), (None, B)]


# ------------------------------------------------------------------ memberships


def test_merges_and_pointers_in_time(con: duckdb.DuckDBPyConnection) -> None:
    """Pointers of a batch come before its merges, in the order of their events."""
    make(con, "component_merges", MERGES, (1, 1, 1, A, B, False))
    make(con, "component_imports", IMPORTS, (1, C, A), (1, D, A))
    with frames(con, imports_frame=pl.DataFrame({"d": [C, D], "event": [2, 1]})):
        found = run_sql(con, "fold/in_time").fetchall()
    assert found == [(1, 0, 1, 0, D), (1, 0, 2, 0, C), (1, 1, 1, 1, B)]


def test_contacts_come_along_the_lines_of_memberships(con: duckdb.DuckDBPyConnection) -> None:
    make(con, "membership_line", "g int, n int", (1, C), (0, A), (2, B))
    assert run_sql(con, "fold/membership_line_in_order").fetchall() == [(A,), (C,), (B,)]


def test_memberships_have_two_places(con: duckdb.DuckDBPyConnection) -> None:
    make(con, "component_lists", "g int, list_id text, previous_g int", (0, "L", None), (2, "L", 0))
    assert sorted(run_sql(con, "fold/memberships").fetchall()) == [(0, -1), (2, 0)]


def test_the_stretch_of_a_duplicate_in_the_lines_of_memberships(con: duckdb.DuckDBPyConnection) -> None:
    """Memberships 3 to 5 of the line begin at B, which is 7 in the lines. Primaries move nothing."""
    columns = "seq int, ord int, n int, first_membership int, last_membership int, dry_run bool"
    duplicate, primary, preview = (1, 1, B, 3, 5, False), (1, 0, A, 0, 2, False), (2, 1, B, 3, 5, True)
    make(con, "stretches", columns, duplicate, primary, preview)
    make(con, "membership_line", "g int, n int", (4, A), (7, B))
    assert run_sql(con, "fold/membership_spans").fetchall() == [(1, 1, 7, 9, False), (2, 1, 7, 9, True)]


# ------------------------------------------------------------------ JSON fields, out


@pytest.fixture
def chunked(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Chunk 1 holds A and B, chunk 2 C and D. In each the first one is number 0."""
    make(
        con,
        "json_chunks",
        "n int, contact_key text, chunk int, number int",
        (B, "B", 1, 1),
        (A, "A", 1, 0),
        (C, "C", 2, 0),
        (D, "D", 2, 1),
    )
    return con


@pytest.fixture
def field(con: duckdb.DuckDBPyConnection) -> Field:
    """The JSON field `extra`, number 0."""
    make(con, "raw.contacts", "_cm_key text, id text, extra text")
    [extra] = contact_columns(con, ["extra"]).json
    assert extra.i == 0
    return extra


def test_chunks_without_a_merge_are_left_out(con: duckdb.DuckDBPyConnection) -> None:
    make(con, "json_merges", "chunk int, seq int", (3, 1), (1, 2), (3, 4))
    assert run_sql(con, "fold/json_chunk_numbers").fetchall() == [(1,), (3,)]


def test_contacts_come_by_their_number(chunked: duckdb.DuckDBPyConnection) -> None:
    assert run_sql(chunked, "fold/json_chunk_contacts", {"chunk": 1}).fetchall() == [(A,), (B,)]


def test_merges_of_a_chunk_come_in_the_order_of_requests(con: duckdb.DuckDBPyConnection) -> None:
    make(con, "json_merges", "seq int, p int, chunk int", (3, 1, 1), (2, 0, 1), (1, 0, 2))
    assert run_sql(con, "fold/json_chunk_merges", {"chunk": 1}).fetchall() == [(2, 0), (3, 1)]


def test_texts_come_by_the_number_of_the_contact(chunked: duckdb.DuckDBPyConnection, field: Field) -> None:
    """B is in no line, so no place has values of it."""
    make(chunked, "place_values", "n int, value_0 text", (A, "{}"), (C, "[]"))
    found = run_sql(chunked, "fold/json_chunk_texts", {"chunk": 1}, field=field).fetchall()
    assert found == [("{}",), (None,)]


def test_places_come_line_by_line(chunked: duckdb.DuckDBPyConnection) -> None:
    """The line of B is B, A. A merge of request 5 joined the second place to the first one."""
    make(
        chunked,
        "component_line",
        "n int, owner int, position int, joined_seq int",
        (A, B, 1, 5),
        (B, B, 0, None),
        (C, C, 0, None),
    )
    found = run_sql(chunked, "fold/json_chunk_lines", {"chunk": 1}).fetchall()
    assert found == [(1, 0, 1, 0), (1, 1, 0, 5)]


def test_an_edit_has_the_texts_before_and_after_it(chunked: duckdb.DuckDBPyConnection, field: Field) -> None:
    """Batch 2 saw an edit of B, and contacts show another one now. B stands in its own line, at place 0."""
    columns = "batch_no int, n int, owner int, contact_key text, last_version int, version int"
    make(
        chunked,
        "edit_candidates",
        f"{columns}, first_position int, last_position int",
        (2, B, B, "B", 1, 2, 0, 0),
        (None, B, B, "B", 2, None, 0, 0),
        (None, C, C, "C", 1, None, 0, 0),
    )
    versions = ("B", 1, "first"), ("B", 2, "second"), ("C", 1, "other")
    make(chunked, "ledger.contact_versions", "_cm_key text, _cm_batch int, extra text", *versions)
    make(chunked, "component_rows", "_cm_key text, extra text", ("B", "third"), ("C", "other"))
    found = run_sql(chunked, "fold/json_chunk_edits", {"chunk": 1}, field=field).fetchall()
    assert sorted(found, key=lambda edit: edit[2]) == [
        (2, 1, "first", "second", 1, 0, 0),
        (None, 1, "second", "third", 1, 0, 0),
    ]


# ------------------------------------------------------------------ JSON fields, in


@pytest.mark.parametrize("table", ["fold.kept", "fold.conflicts"])
def test_rows_of_the_component_are_dropped(con: duckdb.DuckDBPyConnection, table: str) -> None:
    make(con, table, "contact_key text, json_key text", ("A", "x"), ("A", "y"), ("B", "x"))
    make(con, "component", "contact_key text", ("A",))
    run_sql(con, "fold/drop_component", table=table)
    assert rows(con, table) == [("B", "x")]


@pytest.mark.parametrize("table", ["json_after", "json_survivors"])
def test_what_a_chunk_gave_is_known(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Columns are found by name."""
    make(con, table, "seq int, known bool, value_0 text")
    with frames(con, json_frame=pl.DataFrame({"value_0": ["{}"], "seq": [1]})):
        run_sql(con, "fold/add_known", table=table)
    assert rows(con, table) == [(1, True, "{}")]


def test_given_keys_are_of_a_field(con: duckdb.DuckDBPyConnection, field: Field) -> None:
    make(con, "json_given", "i int, seq int, ord int, keys text[]")
    with frames(con, json_frame=pl.DataFrame({"seq": [1], "ord": [2], "keys": [["x"]]})):
        run_sql(con, "fold/add_json_given", field=field)
    assert rows(con, "json_given") == [(0, 1, 2, ["x"])]


@pytest.fixture
def component(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The contacts by number."""
    make(con, "component", "n int, contact_key text", *enumerate("ABCD"))
    return con


def test_sources_are_contacts_again(component: duckdb.DuckDBPyConnection) -> None:
    """Key x of C came from D by request 7, and the phone of A from B by request 8."""
    make(component, "fold.kept", "contact_key text, field text, json_key text, source_key text, seq int")
    found = {
        "n": [C, A],
        "field": ["extra", "phone"],
        "json_key": ["x", None],
        "source": [D, B],
        "seq": [7, 8],
    }
    with frames(component, kept_frame=pl.DataFrame(found)):
        run_sql(component, "fold/add_kept")
    assert rows(component, "fold.kept") == [("A", "phone", None, "B", 8), ("C", "extra", "x", "D", 7)]


def test_conflicts_are_between_contacts_again(component: duckdb.DuckDBPyConnection) -> None:
    """Key x of A kept its own 1; the 2 of B was not taken at request 7."""
    columns = "contact_key text, field text, json_key text, kept_value text, kept_from text"
    make(component, "fold.conflicts", f"{columns}, other_value text, other_from text, seq int")
    values = {"kept_value": ["1"], "kept": [A], "other_value": ["2"], "other": [B]}
    found = pl.DataFrame({"n": [A], "json_key": ["x"], **values, "seq": [7]})
    with frames(component, json_frame=found):
        run_sql(component, "fold/add_json_conflicts", {"field": "extra"})
    assert rows(component, "fold.conflicts") == [("A", "extra", "x", "1", "A", "2", "B", 7)]
