"""What the fold of JSON fields reads and fills: json_chunks, json_merges, json_after, json_given and json_survivors.

Their objects are folded outside SQL, chunk by chunk. A chunk holds whole lines.
"""

import duckdb
import pytest
from contact_merge.engine import run_sql, types_of
from fold_rows import A, B, C, D, contact_columns, make, rows

# ------------------------------------------------------------------ json_chunks


def json_chunks(
    con: duckdb.DuckDBPyConnection, size: int, previewed: tuple[int, ...] | None = None
) -> list[tuple]:
    """Contact, chunk, number in it. The line of A is A, C; B and D stand alone.

    Args:
        size: contacts of a chunk, more where more are connected.
        previewed: the contacts that a dry run names; None where no requests are to be answered.
    """
    make(
        con,
        "component_line",
        "n int, contact_key text, root int",
        (A, "A", A),
        (B, "B", B),
        (C, "C", A),
        (D, "D", D),
    )
    if previewed is not None:
        make(
            con,
            "stretches",
            "root int, dry_run bool",
            (D, False),
            *((contact, True) for contact in previewed),
        )
    run_sql(con, "fold/json_chunks", {"size": size}, answering=previewed is not None)
    return rows(con, "json_chunks", "contact_key, chunk, number")


def test_all_fit_into_one_chunk(con: duckdb.DuckDBPyConnection) -> None:
    assert json_chunks(con, 10) == [("A", 1, 0), ("B", 1, 1), ("C", 1, 2), ("D", 1, 3)]


def test_a_line_is_not_cut(con: duckdb.DuckDBPyConnection) -> None:
    """Chunks of one contact: A and C are in one all the same."""
    assert json_chunks(con, 1) == [("A", 1, 0), ("B", 3, 0), ("C", 1, 1), ("D", 4, 0)]


def test_what_dry_runs_name_is_in_the_first_chunk(con: duckdb.DuckDBPyConnection) -> None:
    """A dry run names A and B, which no merge connects. D is named by a request that is none."""
    assert json_chunks(con, 1, (A, B)) == [("A", 0, 0), ("B", 0, 1), ("C", 0, 2), ("D", 4, 0)]


# ------------------------------------------------------------------ json_merges


@pytest.fixture
def merged(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Request 1 of batch 1 merged C and B into A with overwrite, in that order. D stands in a chunk of its own."""
    make(con, "component_merges", "batch_no int, seq int, ordinal int, p int, d int, overwrite bool")
    con.execute("insert into component_merges values (1, 1, 2, 0, 1, true), (1, 1, 1, 0, 2, true)")
    make(con, "json_chunks", "n int, number int, chunk int", (A, 0, 1), (B, 1, 1), (C, 2, 1), (D, 0, 2))
    make(con, "stretches", "seq int, ord int, n int, overwrite bool, dry_run bool")
    return con


MERGE = "batch_no, seq, p, duplicates, overwrite, dry_run, answered, chunk"


def test_active_merges_are_folded_again(merged: duckdb.DuckDBPyConnection) -> None:
    """Duplicates stand in listed order: C, then B."""
    run_sql(merged, "fold/json_merges", answering=False)
    assert rows(merged, "json_merges", MERGE) == [(1, 1, 0, [2, 1], True, False, False, 1)]


def test_requests_of_this_batch_are_folded_as_they_were_asked(merged: duckdb.DuckDBPyConnection) -> None:
    """Request 1 is of this batch, so it stands once. Request 2 previews B and D into A, all in chunk 1 then."""
    merged.execute("update json_chunks set number = 3, chunk = 1 where n = 3")
    merged.execute(
        "insert into stretches values (1, 0, 0, true, false), (1, 1, 2, true, false), (1, 2, 1, true, false)"
    )
    merged.execute(
        "insert into stretches values (2, 0, 0, false, true), (2, 1, 1, false, true), (2, 2, 3, false, true)"
    )
    run_sql(merged, "fold/json_merges", answering=True)
    assert rows(merged, "json_merges", MERGE) == [
        (0, 1, 0, [2, 1], True, False, True, 1),
        (0, 2, 0, [1, 3], False, True, True, 1),
    ]


def test_a_request_that_merges_nobody_is_answered_too(merged: duckdb.DuckDBPyConnection) -> None:
    """Under follow, the only duplicate of request 2 already was in D."""
    merged.execute("insert into stretches values (2, 0, 3, false, false)")
    run_sql(merged, "fold/json_merges", answering=True)
    assert rows(merged, "json_merges", MERGE) == [
        (0, 2, 0, [], False, False, True, 2),
        (1, 1, 0, [2, 1], True, False, False, 1),
    ]


# ------------------------------------------------------------------ json_after, json_given, json_survivors


def test_tables_for_what_the_fold_of_json_fields_makes(con: duckdb.DuckDBPyConnection) -> None:
    """They are made empty, with columns for each JSON field: extra is field 1."""
    make(con, "raw.contacts", "_cm_key text, id text, phone text, extra text")
    variables = contact_columns(con, ["extra"]).variables()
    for table in ("json_after", "json_given", "json_survivors"):
        run_sql(con, f"fold/{table}", **variables)
        assert rows(con, table) == []
    assert list(types_of(con, "json_after")) == ["seq", "known", "value_1", "is_object_1", "keys_1"]
    assert list(types_of(con, "json_given")) == ["i", "seq", "ord", "keys"]
    assert list(types_of(con, "json_survivors")) == ["n", "known", "value_1"]
